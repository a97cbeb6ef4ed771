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
"""The event loop of a run: a coroutine for each parameter set, all in the thread that SOAR gave."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from actions.action import Action, Run
from phantom.action_result import ActionResult


_CANCEL_CHECK_S = 0.5  # between two questions whether the run is cancelled
_PROGRESS_GAP_S = 1.0  # between two progress lines of a run of many


class RunLoop:
    """Runs the stories of the parameter sets: `begin` for each, `finish` once, and `close` whatever happened.

    Between these calls nothing happens, and after `close` nothing of the run exists: what is left is cancelled, calls
    under way are given up, and the loop is closed.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, run: Run, action: Action) -> None:
        self._loop = loop
        self._run = run
        self._action = action
        self._stories: list[asyncio.Task[None]] = []
        self._watch = loop.create_task(self._watch_cancellation())
        self._watch.add_done_callback(_take_note)

    def begin(self, param: dict[str, Any], result: ActionResult) -> None:
        """Begin the story of a parameter set.

        The first creation of a run ends in here, and a story that creates nothing as a whole: should the process end
        afterwards, what their results say is true. Later stories run side by side in `finish`.
        """
        self._run.results.append(result)
        self._stories.append(self._loop.create_task(self._tell(param, result)))
        if self._run.created.done():
            self._action.wait(result)
        else:
            self._until(self._first_creation(self._stories[-1]))

    def finish(self) -> None:
        """Run all stories to their end."""
        if self._stories:
            self._until(self._all_stories())

    def close(self) -> None:
        """End whatever is left."""
        if self._loop.is_closed():
            return
        try:
            rest = asyncio.all_tasks(self._loop)
            for task in rest:
                task.cancel()
            if rest:
                self._until(_ended(rest))
            self._until(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()

    async def _tell(self, param: dict[str, Any], result: ActionResult) -> None:
        try:
            await self._action.handle(param, result)
        except Exception as error:  # ends this result, and no other
            self._action.fail(result, error)
        self._run.ended.append(result)

    async def _first_creation(self, story: asyncio.Task[None]) -> None:
        await asyncio.wait({story, self._run.created}, return_when=asyncio.FIRST_COMPLETED)
        if story.done():
            story.result()

    async def _all_stories(self) -> None:
        """Wait for all stories; what a story raises, such as SystemExit, ends the run."""
        all_stories = asyncio.gather(*self._stories)
        all_stories.add_done_callback(_take_note)
        tasks: set[asyncio.Future[Any]] = {all_stories, self._watch}
        if self._run.is_of_many:
            tasks.add(self._loop.create_task(self._show_counts()))
        while not all_stories.done():
            done, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        self._show(kept=True)

    async def _watch_cancellation(self) -> None:
        while not self._run.cancellation.check():
            await asyncio.sleep(_CANCEL_CHECK_S)

    async def _show_counts(self) -> None:
        while True:
            self._show(kept=False)
            await asyncio.sleep(_PROGRESS_GAP_S)

    def _show(self, *, kept: bool) -> None:
        line = self._action.counts() if self._run.is_of_many else ""
        if line:
            self._run.progress(line, kept=kept)

    def _until(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run the loop until a coroutine has ended: in this thread, or beside it where another loop runs here."""
        if not _is_inside_a_loop():
            self._loop.run_until_complete(coroutine)
            return
        from concurrent.futures import ThreadPoolExecutor  # the platform itself never comes here

        with ThreadPoolExecutor(1) as executor:
            ended = executor.submit(self._loop.run_until_complete, coroutine)
            try:
                ended.result()
            except BaseException:
                if not ended.done():  # else it would stop what is run next
                    self._loop.call_soon_threadsafe(self._loop.stop)
                raise


def _is_inside_a_loop() -> bool:
    """Whether a loop runs in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _take_note(ended: asyncio.Future[Any]) -> None:
    """Ask what became of a future: where a signal ends a run, nobody else does, and asyncio would complain of it."""
    if not ended.cancelled():
        ended.exception()


async def _ended(tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.wait(tasks)
