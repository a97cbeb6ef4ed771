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
"""What the actions that create something at Twilio share: create each once, side by side, wait for all of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from actions.action import Action, Run, set_failed, set_outcome
from actions.error_text import sentence, text_of
from actions.worker_pool import WorkerPool
from phantom.action_result import ActionResult
from twilio_api.clock import Clock
from twilio_api.creation import Kind, Step
from twilio_api.errors import CallError, NotAsked, NotSent, OutcomeUnknown, Refused
from twilio_api.pending import Pending, Source
from twilio_api.values import WrongValue
from twilio_api.waiter import Waiter
from twilio_consts import OUTAGE_S, OUTCOME_NOT_SENT, OUTCOME_UNKNOWN, PROGRESS_GAP_S, SUMMARY_OUTCOME


_T = TypeVar("_T")


class Created(Pending[_T]):
    """What Twilio accepted and is waited for, with the result that it completes and the status shown last."""

    def __init__(
        self, sid: str, value: _T, result: ActionResult, *, started_at: float, accepted_at: float, end_at: float
    ) -> None:
        super().__init__(sid, value, started_at=started_at, accepted_at=accepted_at, end_at=end_at)
        self.result = result
        self.shown_status = ""


_C = TypeVar("_C", bound="Created[Any]")


class Creation:
    """One thing that is being created, whose result says what is known at any moment.

    `began` is when its last create call began (seconds of Clock.monotonic). `progress` shows a line.
    """

    def __init__(self, clock: Clock, kind: Kind, result: ActionResult, progress: Callable[..., None]) -> None:
        self.result = result
        self.progress = progress
        self.began = clock.monotonic()
        self._clock = clock
        self._kind = kind

    def observe(self, step: Step, error: CallError | None) -> None:
        """Let the result say what the next step makes true."""
        noun, log = self._kind
        cause = "" if error is None else sentence(error)
        if step is Step.SENDING:
            self.began = self._clock.monotonic()
            set_failed(self.result, f"It cannot be known whether Twilio took the {noun}: its create call did not end.")
            set_outcome(self.result, OUTCOME_UNKNOWN)  # last, so that an unknown outcome never stands with other words
        elif step is Step.UNSENT:
            set_outcome(self.result, OUTCOME_NOT_SENT)
            set_failed(self.result, f"Nothing was sent so far: {error}")
            self.progress(f"{cause} The call is repeated for up to {OUTAGE_S:.0f} seconds", kept=False)
        else:
            self.progress(f"{cause} Searching {log} for the {noun}", kept=False)


class Creations(Generic[_C]):
    """Creates things at Twilio for the results of a run, each once, and waits for all of them together.

    The first is created before `begin` returns; those that follow are created by a few threads. A result says "not
    sent" while it waits for its turn, and "cannot be known" from the moment its create call may leave until that call
    ended. Things of the same key are created one after the other. Progress is shown by the thread that runs the action.

    `fail` ends a result with an error, `tick` is called at least every half second while `wait` runs. A subclass says
    what is created, how a result is updated to its latest state, and what progress says.
    """

    kind: Kind

    def __init__(
        self,
        run: Run,
        source: Source,
        fail: Callable[[ActionResult, Exception], None],
        tick: Callable[[], None] | None = None,
    ) -> None:
        self._run = run
        self._fail = fail
        self._on_tick = tick
        self._workers = WorkerPool()
        self._results: list[ActionResult] = []
        self._created: list[_C] = []
        self._unsent: list[ActionResult] = []
        self._refused = 0  # of those: results for which nothing was tried
        self._reported_at = float("-inf")
        self._waiter: Waiter[_C] = Waiter(
            run.clock, source, on_update=self._update, on_tick=self._tick, is_cancelled=run.is_cancelled
        )

    # --- what a subclass says

    def complete(self, created: _C) -> None:
        """Update a result to the latest state of what it stands for."""
        raise NotImplementedError

    def accepted_line(self, created: _C) -> str:
        """What progress says of something that Twilio accepted."""
        raise NotImplementedError

    def update_line(self, created: _C) -> str:
        """What progress says of how something stands, in the words of its person and status."""
        raise NotImplementedError

    def counts(self, created: list[_C], unsent: int) -> str:
        """What progress says of how a run of many stands: what was accepted, and how many were not."""
        raise NotImplementedError

    def is_complete(self) -> bool:
        """Whether nothing more will be created."""
        return self._workers.is_idle

    # --- creating, in any thread

    def begin(self, key: Hashable, create: Callable[[Creation], _C], result: ActionResult) -> None:
        """Create something for a result: at once if it is the first, else soon. What `create` raises fails it."""
        self._enqueue(result)
        self._begin(key, create, result)

    @contextmanager
    def refusing(self, result: ActionResult) -> Iterator[None]:
        """Count a result whose parameters turn out to be wrong among those that failed; nothing is created for it."""
        try:
            yield
        except WrongValue:
            self._results.append(result)
            self._unsent.append(result)
            self._refused += 1
            raise

    def wait(self) -> None:
        """Wait until everything is final or its time is over, and complete the results."""
        self._waiter.wait(self.is_complete)
        self.drain()
        if len(self._results) > 1:
            self._run.progress(self._counts())

    def drain(self) -> None:
        """Wait for the threads that create; of a cancelled run, what was not begun is not created."""
        self._workers.drain()

    def _enqueue(self, result: ActionResult) -> None:
        """Let a result say that it waits."""
        set_outcome(result, OUTCOME_NOT_SENT)
        set_failed(result, f"Nothing was sent: the {self.kind.noun} waits for its turn.")
        self._results.append(result)

    def _begin(self, key: Hashable, create: Callable[[Creation], _C], result: ActionResult) -> None:
        if len(self._results) == self._refused + 1:
            self._create(create, result, self._run.progress)
        else:
            self._workers.submit(key, lambda: self._create(create, result, _no_progress))

    def _create(self, create: Callable[[Creation], _C], result: ActionResult, progress: Callable[..., None]) -> None:
        try:
            created = create(Creation(self._run.clock, self.kind, result, progress))
        except Exception as error:  # ends this result, and no other
            self._fail(result, error)
            self._unsent.append(result)
            progress(text_of(error))
        else:
            self.complete(created)
            self._created.append(created)
            self._waiter.add(created)
            progress(self.accepted_line(created))
        self._waiter.wake()

    # --- waiting, in the thread of the run

    def _update(self, created: _C) -> None:
        self.complete(created)
        if len(self._results) > 1:
            return
        line = self.update_line(created)
        if created.is_done:
            self._run.progress(line)
        elif created.shown_status != line:
            self._run.progress(line, kept=False)
        created.shown_status = line

    def _tick(self) -> None:
        """Show how a run of many stands, once in a while."""
        if self._on_tick is not None:
            self._on_tick()
        now = self._run.clock.monotonic()
        if len(self._results) > 1 and now >= self._reported_at + PROGRESS_GAP_S:
            self._reported_at = now
            self._run.progress(self._counts(), kept=False)

    def _counts(self) -> str:
        return self.counts(list(self._created), len(self._unsent))


class CreatingAction(Action):
    """An action that creates something for each parameter set; a result says in its outcome whether it was sent."""

    @classmethod
    def refuse(cls, result: ActionResult, why: str) -> None:
        """End a result of a run that was not begun."""
        super().refuse(result, why)
        set_outcome(result, OUTCOME_NOT_SENT)

    def fail(self, result: ActionResult, error: Exception) -> None:
        """Let an error end a result."""
        super().fail(result, error)
        set_outcome(result, outcome_of(error, result))


def outcome_of(error: Exception, result: ActionResult) -> str:
    """Whether anything was sent when an error ended a result; an unexpected one leaves what was known."""
    if isinstance(error, (NotSent, NotAsked, Refused, WrongValue)):
        return OUTCOME_NOT_SENT
    if isinstance(error, OutcomeUnknown):
        return OUTCOME_UNKNOWN
    return str(result.get_summary().get(SUMMARY_OUTCOME) or OUTCOME_NOT_SENT)


def _no_progress(text: str, *, kept: bool = True) -> None:
    """Progress of many is shown by their counts."""
