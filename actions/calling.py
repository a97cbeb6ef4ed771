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
"""What "call phone" does with its calls: make each once, side by side, wait for all, complete each result."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import Any, Union

from actions.action import Report, Run, set_report, set_row
from actions.call_report import acknowledgement_report, answered_by, call_report, call_status
from actions.creations import Created, Creation, Creations
from phantom.action_result import ActionResult
from twilio_api.calls import Call, CallDraft, CallLog, create_call, end_call, fetch_call, next_poll_s
from twilio_api.creation import Kind
from twilio_api.errors import CallError, Cancelled, NotSent
from twilio_api.executions import Execution, create_execution, end_execution, fetch_execution
from twilio_api.flows import Flows
from twilio_api.pending import Source
from twilio_consts import (
    CALL_BUDGET_S,
    CALL_COMPLETED,
    MAX_CALL_BUDGET_S,
    SUMMARY_ACKNOWLEDGED,
    SUMMARY_ANSWERED_BY,
    SUMMARY_CALL_STATUS,
)


_END_TRIES = 3  # to end a call of a cancelled run, where they fail
# After each try; all in all, the context of an execution may be late by so much
_END_PAUSES_S = (0.5, 0.5, 1.0, 1.5, 2.0)
_Create = Callable[[Creation], "PlacedCall"]
_Value = Union[Call, Execution]


class PlacedCall(Created[_Value]):
    """A call that Twilio accepted, by itself or as the execution of a flow.

    It is polled for CALL_BUDGET_S and the time of ringing after it left Twilio's queue, MAX_CALL_BUDGET_S at the most.
    """

    def __init__(
        self, value: _Value, draft: CallDraft, result: ActionResult, *, started_at: float, accepted_at: float
    ) -> None:
        self._budget_s = CALL_BUDGET_S + draft.ringing_s
        end_at = accepted_at + self._budget_s
        super().__init__(value.sid, value, result, started_at=started_at, accepted_at=accepted_at, end_at=end_at)
        self.draft = draft
        self.is_listed = isinstance(value, Call)
        self.cancellation = ""  # what became of it when its run was cancelled
        self._has_left_queue = False

    @property
    def call(self) -> Call | None:
        """The call, as far as it is known."""
        return self.value if isinstance(self.value, Call) else self.value.call

    @property
    def report(self) -> Report:
        """What became of it."""
        value, is_cancelled = self.value, bool(self.cancellation)
        if isinstance(value, Call):
            return call_report(value, self, is_cancelled=is_cancelled)
        return acknowledgement_report(value, self, is_cancelled=is_cancelled)

    def note(self, value: _Value, polled_at: float) -> None:
        """Take what a poll showed."""
        super().note(value, polled_at)
        if self.call is None or self._has_left_queue:
            return
        self._has_left_queue = not self.call.is_queued
        self.end_at = min(polled_at + self._budget_s, self.accepted_at + MAX_CALL_BUDGET_S)


class Calling(Creations[PlacedCall]):
    """Makes the calls of a run, each once, and waits for all of them together.

    Calls to one person are made one after the other: the next begins when the last is over. A run that is cancelled
    ends what still rings.
    """

    kind = Kind(noun="call", log="Twilio's log")  # of calls or of executions

    def __init__(self, run: Run, fail: Callable[[ActionResult, Exception], None]) -> None:
        self._log = CallLog(run.twilio)
        self._flows = Flows(run.twilio)
        self._placed: dict[str, PlacedCall] = {}
        self._turns: dict[str, deque[tuple[_Create, ActionResult]]] = {}  # by the number of who is being called
        self._lock = Lock()
        source = Source(
            read_one=self._read_one,
            read_page=self._log.newest,
            is_final=lambda value: value.is_final,
            next_poll_s=next_poll_s,
        )
        super().__init__(run, source, fail)

    def call(self, draft: CallDraft, result: ActionResult, *, acknowledge: bool) -> None:
        """Call once: at once if it is the first, else soon, or when this person's last call is over."""

        def create(creation: Creation) -> PlacedCall:
            try:
                return self._place(draft, creation, acknowledge=acknowledge)
            except BaseException:
                self._begin_next(draft.to)
                raise

        self._enqueue(result)
        with self._lock:
            turns = self._turns.get(draft.to)
            if turns is not None:
                turns.append((create, result))
                return
            self._turns[draft.to] = deque()
        self._begin(draft.to, create, result)

    def wait(self) -> None:
        """Wait until every call is over or its time is, and complete the results."""
        self._waiter.wait(self.is_complete)
        if self._run.is_cancelled():
            self._cancel()
        self.drain()
        if len(self._results) > 1:
            self._run.progress(self._counts())
        elif self._run.is_cancelled():
            self._run.progress(str(self._results[0].get_message()))

    def is_complete(self) -> bool:
        """Whether no more calls will be made."""
        with self._lock:
            return not any(self._turns.values()) and self._workers.is_idle

    def complete(self, created: PlacedCall) -> None:
        """Update a result to the latest state of its call."""
        result, value, report = created.result, created.value, created.report
        if isinstance(value, Execution):
            set_row(result, _row(value))
            result.update_summary({SUMMARY_ACKNOWLEDGED: value.is_acknowledged})
            status, who = call_status(value), answered_by(value)
        else:
            set_row(result, value.resource)
            status, who = value.status, value.answered_by
        if status:
            result.update_summary({SUMMARY_CALL_STATUS: status, SUMMARY_ANSWERED_BY: who})
        set_report(result, report._replace(text=f"{report.text} {created.cancellation}".rstrip()))

    def accepted_line(self, created: PlacedCall) -> str:
        """Say that Twilio accepted a call."""
        return f"Twilio accepted the call to {created.draft.to} as {created.sid}"

    def update_line(self, created: PlacedCall) -> str:
        """Say how a call stands."""
        if created.is_done:
            return f"{created.draft.to}: {created.result.get_message()}"
        return f"{created.draft.to}: {created.call.status if created.call else 'is being called'}"

    def counts(self, created: list[PlacedCall], unsent: int) -> str:
        """Say how many calls were made, and what became of them."""
        reports = [(placed.is_done, placed.report) for placed in created]
        succeeded = sum(is_done and report.is_success for is_done, report in reports)
        failed = unsent + sum(is_done and not report.is_success for is_done, report in reports)
        waiting = len(self._results) - unsent - sum(is_done for is_done, _ in reports)
        return (
            f"{len(self._results)} calls: {len(reports)} made, {succeeded} succeeded, {failed} failed, "
            f"{waiting} waiting"
        )

    # --- making calls, in any thread

    def _place(self, draft: CallDraft, creation: Creation, *, acknowledge: bool) -> PlacedCall:
        if self._run.is_cancelled():
            raise NotSent(Cancelled())
        creation.progress(f"Calling {draft.to} from {draft.caller}")
        value: _Value
        if acknowledge:
            flow_url = f"{self._flows.url}/{self._flows.sid_for(draft.ringing_s, draft.language)}"
            run_id = secrets.token_hex(16)
            value = create_execution(self._run.twilio, self._log, flow_url, draft, run_id, creation.observe)
        else:
            value = create_call(self._run.twilio, self._log, draft, creation.observe)
        accepted_at = self._run.clock.monotonic()
        placed = PlacedCall(value, draft, creation.result, started_at=creation.began, accepted_at=accepted_at)
        self._placed[value.sid] = placed
        return placed

    def _begin_next(self, person: str) -> None:
        """Let the next call to a person begin, now that the last is over: it could not be made, or is done.

        A call that could not be made is never waited for, so that this is called once for each.
        """
        with self._lock:
            turns = self._turns[person]
            if turns:
                create, result = turns.popleft()
                self._begin(person, create, result)
            else:
                del self._turns[person]

    # --- waiting, in the thread of the run

    def _read_one(self, sid: str) -> _Value:
        last = self._placed[sid].value
        if isinstance(last, Execution):
            return fetch_execution(self._run.twilio, self._log, last)
        return fetch_call(self._run.twilio, sid)

    def _update(self, created: PlacedCall) -> None:
        super()._update(created)
        if created.is_done:
            self._begin_next(created.draft.to)

    def _cancel(self) -> None:
        """End what still rings; whose turn had not come is not called."""
        with self._lock:
            waiting = [turn for turns in self._turns.values() for turn in turns]
            self._turns = {person: deque() for person in self._turns}
        for _, result in waiting:
            self._fail(result, NotSent(Cancelled()))
            self._unsent.append(result)
        self.drain()
        for placed in self._created:
            if not placed.is_done:
                self._workers.submit(placed.sid, partial(self._end, placed))

    def _end(self, placed: PlacedCall) -> None:
        """End a call, and read how it stands then; both a few times where they fail, or it shows late."""
        for tries, pause in enumerate(_END_PAUSES_S, 1):
            for step in (self._end_once, self._read_again):
                try:
                    step(placed)
                except CallError as error:  # of the first: perhaps it has ended by itself
                    placed.last_error = error
            if placed.last_error is None and placed.call is not None and _is_read_to_its_end(placed.value):
                break  # a call that was not found may ring on, so it is searched again
            if placed.last_error is not None and tries >= _END_TRIES:
                break
            self._run.clock.sleep(pause)
        placed.cancellation = _cancellation(placed)
        placed.poll_at = None
        self.complete(placed)

    def _end_once(self, placed: PlacedCall) -> None:
        if isinstance(placed.value, Execution):
            end_execution(self._run.twilio, self._log, placed.value)
        else:
            end_call(self._run.twilio, placed.sid, also_when_answered=False)

    def _read_again(self, placed: PlacedCall) -> None:
        placed.note(self._read_one(placed.sid), self._run.clock.monotonic())


def _is_over(value: _Value) -> bool:
    """Whether cancelling has nothing more to end; a call that somebody answered may say what it has to say."""
    if isinstance(value, Execution):
        return value.is_ended and (value.call is None or value.call.is_final)
    return value.is_final or value.is_answered


def _is_read_to_its_end(value: _Value) -> bool:
    """Whether it is over, and known what came of it.

    A key may show in the context of an execution a moment later, but not where nobody picked up.
    """
    if not isinstance(value, Execution):
        return _is_over(value)
    return value.is_final or (
        _is_over(value) and value.has_context and value.call is not None and value.call.is_canceled
    )


def _cancellation(placed: PlacedCall) -> str:
    """The sentence on what became of a call when its run was cancelled."""
    if placed.last_error is not None or not _is_over(placed.value):
        return "The action was cancelled; whether the call ended with it is not known."
    call = placed.call
    if call is None:
        return "The action was cancelled, and the flow with it; no call of it was found."
    if call.is_canceled or (isinstance(placed.value, Execution) and call.status == CALL_COMPLETED):
        return "The action was cancelled, and the call with it."
    if call.is_answered:
        return "The action was cancelled; the call goes on, since somebody answered it."
    return "The action was cancelled."


def _row(execution: Execution) -> dict[str, Any]:
    """The data of a call with acknowledgement: the call's resource, and the execution with its context."""
    call = execution.call.resource if execution.call is not None else {}
    return {**call, "execution": execution.resource, "execution_context": execution.context}
