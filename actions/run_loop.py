# Copyright (c) 2026 Splunk Inc.
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""The event loop of a run: a coroutine for each parameter set, all in the thread that SOAR gave.

A person's cancellation is noticed within a second, or before the next create call. A create call that was under way
then ends by itself, after 15 s at the most. How a run can end, and what becomes of what it began:

| what happens | create calls | reads | results |
|---|---|---|---|
| all stories end | - | - | each says how its own story ended |
| a story raises | go on | go on | its own fails, with the outcome that was known |
| a person cancels | none begins; one under way ends, and is searched for once | end at once | say what was sent |
| the platform raises where it shows a line or is asked whether the run is cancelled | go on | go on | the same |
| SystemExit, as of a signal | given up: none leaves any more | given up | stay true: "unknown" if it may have left |
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from actions.action import Action, Run
from phantom.action_result import ActionResult


_CHECK_S = 1.0  # between two questions whether the run is cancelled, and two progress lines of a run of many
_CLOSING_S = 0.5  # for tasks that are cancelled, which end at once


@dataclass(eq=False, repr=False)
class RunLoop:
    """Runs the stories of the parameter sets: `begin` for each, `finish` once, and `close` whatever happened.

    Between these calls nothing happens, and after `close` nothing of the run exists: what is left is cancelled, calls
    under way are given up, and the loop is closed.
    """

    loop: asyncio.AbstractEventLoop
    run: Run
    action: Action
    _stories: list[asyncio.Task[None]] = field(default_factory=list)
    _is_complete: bool = False  # whether all parameter sets are here

    def __post_init__(self) -> None:
        self.loop.call_soon(self._attend)

    def begin(self, param: dict[str, Any], result: ActionResult) -> None:
        """Begin the story of a parameter set.

        The first creation of a run ends in here, and a story that creates nothing ends as a whole: such stories run one
        after the other. Should the process end afterwards, what their results say is true. Later stories that create
        something run side by side in `finish`.
        """
        try:
            self.run.results.append(result)
            self.action.note_waiting(result)
            story = self.loop.create_task(self._tell(param, result))
            self._stories.append(story)
            if not self.run.creation_over.done():
                self._until(asyncio.wait({story, self.run.creation_over}, return_when=asyncio.FIRST_COMPLETED))
        except BaseException:
            self.close()
            raise

    def finish(self) -> None:
        """Run all stories to their end, and close the loop."""
        try:
            if self._stories and not self.loop.is_closed():
                self._is_complete = True
                self._until(asyncio.wait(self._stories))
                if self.run.twilio.cancelled.done():
                    self._until(self.action.end())
                self._show_counts(kept=True)
        finally:
            self.close()

    def close(self) -> None:
        """End whatever is left."""
        if self.loop.is_closed():
            return
        try:
            self.loop.set_exception_handler(lambda loop, context: None)  # how a task ends concerns nobody any more
            left = asyncio.all_tasks(self.loop)
            if left:
                self._cancel(left)
            self._until(self.loop.shutdown_asyncgens())
        finally:
            self.loop.close()
            self.run.twilio.transport.close()

    def _cancel(self, tasks: set[asyncio.Task[Any]]) -> None:
        for task in tasks:
            task.cancel()
        ending = asyncio.wait(tasks, timeout=_CLOSING_S)
        try:
            with suppress(RuntimeError):  # of a loop that was about to stop when a signal came, and stops at once now
                self._until(ending)
        finally:
            ending.close()
            # A signal that comes between two steps of the loop takes the next step away: a task whose step that was
            # never hears that it is cancelled
            for task in tasks:
                if not task.done():
                    with suppress(RuntimeError):  # of one that would wait for something even now
                        task.get_coro().close()  # gives up the call that it makes

    async def _tell(self, param: dict[str, Any], result: ActionResult) -> None:
        try:
            await self.action.handle(param, result)
        except Exception as error:  # ends this result, and no other
            self.action.fail(result, error)
        self.run.ended.append(result)

    def _attend(self) -> None:
        """Ask whether the run is cancelled, show how a run of many stands, and do so again a little later."""
        self.loop.call_later(_CHECK_S, self._attend)  # first, because the platform may raise anything
        if not self.run.twilio.ask_cancelled() and self._is_complete:
            self._show_counts(kept=False)

    def _show_counts(self, *, kept: bool) -> None:
        line = self.action.counts() if self.run.is_of_many else ""
        if line:
            self.run.progress(line, kept=kept)

    def _until(self, awaited: Awaitable[Any]) -> None:
        """Run the loop until something has ended: in this thread, or beside it where another loop runs here."""
        run: Callable[[Awaitable[Any]], object] = self.loop.run_until_complete
        with suppress(RuntimeError):  # none runs here, as everywhere on the platform
            asyncio.get_running_loop()
            run = self._run_beside
        run(awaited)

    def _run_beside(self, awaited: Awaitable[Any]) -> None:
        from concurrent.futures import ThreadPoolExecutor  # only a stand-in of the platform comes here

        with ThreadPoolExecutor(1) as executor:
            ended = executor.submit(self.loop.run_until_complete, awaited)
            try:
                ended.result()
            except BaseException:
                if not ended.done():  # else it would stop what is run next
                    self.loop.call_soon_threadsafe(self.loop.stop)
                raise
