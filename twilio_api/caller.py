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
"""Calling people: a call by itself or by the flow that asks for a key; followed to its end, or ended."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress

from twilio_api.acknowledgement import Context, Speech
from twilio_api.calls import Call, CallDraft, CallLog, create_call, end_call, fetch_call
from twilio_api.client import TwilioClient
from twilio_api.creation import Standing
from twilio_api.delivery import REFUSALS_APART_S, Statuses, refused_since, within_one_call
from twilio_api.errors import CallError, Cancelled, Refused
from twilio_api.executions import (
    Execution,
    Flows,
    conflicting_sid,
    create_execution,
    end_execution,
    fetch_context,
    fetch_execution,
)
from twilio_consts import CALL_BUDGET_S, CALL_COMPLETED, MAX_CALL_BUDGET_S, REPEAT_S


_MIN_GAP_S, _MAX_GAP_S = 1.5, 5.0  # between two polls of one call, start to start
_GAP_SHARE = 0.15  # of the call's age: the gap to the next poll
_END_EACH = 3  # polls of the context, which tells nothing of who hangs up: then it is read whether all is over
_CONTEXT_LAG_S = 20.0  # by which a context may be behind: a key that is not there so long after the end does not come
_GOODBYE_S = 10.0  # for which a call goes on at the most once nothing that matters is to come
_GOODBYE_GAP_S = 2.0
_END_PAUSES_S = (0.5, 0.5, 1.0, 1.5, 2.0, 4.0, 4.0, 4.0, 4.0)  # after each try to end a call of a cancelled run
_ENDING_S = 5.0  # after which no further try begins, unless a context may still come to show the call, or its key


class PlacedCall:
    """A call that Twilio took, by itself or by an execution of the flow that asks for a key.

    `call` is None as long as an execution does not show it. What a poll showed last is kept whatever goes wrong;
    `last_error` is why the last poll failed, None where it succeeded. Times are seconds of the event loop:
    `started_at` when its creation began, `accepted_at` when Twilio had accepted it, `end_at` when it is polled last.
    """

    def __init__(
        self,
        draft: CallDraft,
        *,
        call: Call | None = None,
        execution: Execution | None = None,
        started_at: float,
        accepted_at: float,
    ) -> None:
        self.draft = draft
        self.call = call
        self.execution = execution
        self.context = Context({})
        self.started_at = started_at
        self.accepted_at = accepted_at
        self.end_at = accepted_at + self.budget_s
        self.ended_since: float | None = None  # when its execution, or its call, was first seen to be over
        self.has_hung_up = False  # that is some time ago, and its context does not tell how it ended
        self.may_be_queued = True  # as long as its flow does not tell otherwise
        self.is_time_over = False
        self.last_error: CallError | None = None
        self.ending: Ending | None = None

    @property
    def sid(self) -> str:
        """The name that Twilio gave to what was created: the execution, or the call."""
        return self.execution.sid if self.execution is not None else self.call.sid if self.call is not None else ""

    @property
    def budget_s(self) -> float:
        """For how long it is followed after it left Twilio's queue."""
        return CALL_BUDGET_S + self.draft.ringing_s

    @property
    def is_over(self) -> bool:
        """Whether it is known what came of it: nothing that matters can change any more."""
        if self.execution is None:
            return self.is_call_final
        return self.context.is_over or self.has_hung_up

    @property
    def is_done(self) -> bool:
        """Whether it is not followed any more."""
        return self.is_over or self.is_time_over

    @property
    def flow_ended_first(self) -> bool | None:
        """Whether its execution ended before the call did; None where Twilio's whole seconds do not tell."""
        call_ended_at = self.call.ended_at if self.call is not None else None
        flow_ended_at = self.execution.ended_at if self.execution is not None else None
        if call_ended_at is None or flow_ended_at is None or call_ended_at == flow_ended_at:
            return None
        return flow_ended_at < call_ended_at

    @property
    def goes_on(self) -> bool:
        """Whether it may still ring, or somebody may be on the line."""
        if self.execution is None:
            return not self.is_call_final
        return not (self.context.not_answered_status or (self.is_call_final and self.execution.is_ended))

    @property
    def call_sid(self) -> str:
        """The SID of the call itself, where it is this one for certain; empty where it is not known."""
        return self.context.call_sid if self.execution is not None else self.sid

    @property
    def is_call_final(self) -> bool:
        """Whether the call itself is known to be over."""
        return self.call is not None and self.call.is_final

    @property
    def status(self) -> str:
        """The status of the call as far as it is known; empty where it is not."""
        if self.execution is None:
            return self.call.status if self.call is not None else ""
        if self.call is not None and self.call.is_final:
            return self.call.status
        shown = self.context.not_answered_status or str(self.context.call.get("CallStatus") or "")
        return shown or (self.call.status if self.call is not None else "")

    @property
    def answered_by(self) -> str:
        """Who answered, as machine detection found; empty where it has not, or did not say."""
        return (self.call.answered_by if self.call is not None else "") or self.context.answered_by


class Ending:
    """What became of a call when its run was cancelled.

    `candidates` are the calls to the same person in the log that may be it, or another run's; empty where its SID is
    known. `error` is why a step of the ending failed (the first one that did), None where all went well.
    """

    def __init__(self) -> None:
        self.candidates: list[Call] = []
        self.error: CallError | None = None

    @property
    def others(self) -> list[Call]:
        """Those of them that go on: they were not ended."""
        return [call for call in self.candidates if not call.is_final]


class Caller:
    """Makes the calls of a run, each once, and follows or ends them.

    One call to a person at a time is for whoever uses it to see to: Studio refuses a second execution for the same two
    numbers, and calls between them cannot be told apart. A call that goes on though it is not followed any more is
    waited for before the next to this person is made.
    """

    def __init__(self, client: TwilioClient) -> None:
        self.log = CallLog(client)
        self.flows = Flows(client)
        self.statuses: Statuses[Call] = Statuses(client, self._fetch, self.log.newest)
        self._client = client
        self._last: dict[str, PlacedCall] = {}  # the last call to each person

    # --- making a call

    async def call(self, draft: CallDraft, standing: Standing) -> PlacedCall:
        """Call a person, and say a message. Raises NotSent, Refused or OutcomeUnknown."""
        await self._outlast(draft.to)
        began = self._client.now
        self.statuses.creating += 1
        try:
            call = await create_call(self._client, self.log, draft, standing)
        finally:
            self.statuses.creating -= 1
        self.statuses.followed += 1
        placed = PlacedCall(draft, call=call, started_at=began, accepted_at=self._client.now)
        self._last[draft.to] = placed
        return placed

    async def ask(self, draft: CallDraft, standing: Standing) -> PlacedCall:
        """Call a person by the flow that asks for a key. Raises NotSent, Refused, OutcomeUnknown or FlowMissing.

        An execution of this run that Twilio shows as active, though its call is over, is ended: it would bar the way.
        """
        await self._outlast(draft.to)
        began = self._client.now
        url = await self.flows.url_for(Speech(draft.ringing_s, draft.language, draft.voice))
        run_id = secrets.token_hex(16)
        try:
            execution = await create_execution(self._client, url, draft, run_id, standing)
        except Refused as error:
            last = self._last.get(draft.to)
            if last is None or last.execution is None or last.sid != conflicting_sid(error) or not last.is_over:
                raise
            with suppress(CallError):
                await end_execution(self._client, last.execution)
            began = self._client.now
            execution = await create_execution(self._client, url, draft, run_id, standing)
        placed = PlacedCall(draft, execution=execution, started_at=began, accepted_at=self._client.now)
        self._last[draft.to] = placed
        return placed

    async def _outlast(self, person: str) -> None:
        """Wait until the last call to a person has ended, as long as Twilio shows that it goes on.

        Where that cannot be read for REPEAT_S, it is waited for no longer, and neither beyond MAX_CALL_BUDGET_S.
        """
        last = self._last.get(person)
        if last is None:
            return
        give_up_at = last.accepted_at + MAX_CALL_BUDGET_S
        read_at = self._client.now
        while self._client.now < give_up_at and self._client.now - read_at < REPEAT_S:
            with suppress(CallError):
                if not await self._may_go_on(last):
                    return
                read_at = self._client.now
            if not await self._client.pause(_MAX_GAP_S):
                return

    async def _may_go_on(self, placed: PlacedCall) -> bool:
        """Whether Twilio shows that a call goes on or, where its SID is not known, one that may be it."""
        if placed.is_call_final or placed.context.not_answered_status:
            return False
        if not placed.call_sid:
            calls = await self.log.created_since(placed.draft, placed.started_at)
            return not all(call.is_final for call in calls)
        placed.call = await fetch_call(self._client, placed.call_sid)
        return not placed.is_call_final

    # --- following it

    async def follow(self, placed: PlacedCall) -> AsyncIterator[PlacedCall]:
        """Yield the call after each poll, until it is over or its time is; it ends early where the run is cancelled.

        No failed poll ends it: the schedule is its repetition. Only two responses in a row, at least a second apart,
        that say that these credentials may not read do. What is shown besides is read last, and changes no outcome.
        """
        client, refused_at = self._client, None
        polled_at = placed.accepted_at
        polls = 0
        while not placed.is_done:
            next_at = max(polled_at + next_gap_s(polled_at - placed.accepted_at), client.now)
            if not await client.pause(min(next_at, placed.end_at) - client.now):
                return
            polled_at = client.now
            polls += 1
            is_last = polled_at >= placed.end_at
            try:
                poll = self._poll(placed, polls, is_last=is_last)
                await (within_one_call(client, poll) if is_last else poll)
                placed.last_error = None
            except Cancelled:
                return
            except CallError as error:
                placed.last_error = error
            refused_at = refused_since(refused_at, placed.last_error, polled_at)
            is_refused = refused_at is not None and polled_at - refused_at >= REFUSALS_APART_S
            if polled_at >= placed.end_at and not placed.is_over:
                await self._prolong(placed)
            placed.is_time_over = is_refused or polled_at >= placed.end_at
            if placed.is_done:
                yield placed
                await self._read_the_rest(placed)
            yield placed

    async def _poll(self, placed: PlacedCall, polls: int, *, is_last: bool) -> None:
        """Read how a call stands: the call, or the context of its execution, which is enough most times."""
        execution = placed.execution
        if execution is None:
            age_s = self._client.now - placed.accepted_at
            call = await (self._fetch(placed.sid) if is_last else self.statuses.of(placed.sid, age_s))
            has_left_queue = placed.call is not None and placed.call.is_queued and not call.is_queued
            placed.call = call
            if call.is_queued or has_left_queue:
                self._extend(placed)
            return
        was_answered = placed.context.is_answered
        self._note(placed, await fetch_context(self._client, execution))
        if placed.context.is_over:
            return
        if placed.context.is_answered and not was_answered:
            self._extend(placed)  # it may have waited in Twilio's queue
        if placed.ended_since is not None:
            placed.has_hung_up = self._client.now - placed.ended_since >= _CONTEXT_LAG_S
        elif polls % _END_EACH == 0 or is_last:
            await self._read_whether_over(placed, is_last=is_last, is_calls_turn=polls % (2 * _END_EACH) == 0)

    async def _read_whether_over(self, placed: PlacedCall, *, is_last: bool, is_calls_turn: bool) -> None:
        """Read whether all is over. Of the execution and the call either may show it late: they take turns."""
        if placed.call_sid and (is_last or is_calls_turn):
            with suppress(CallError):
                placed.call = await fetch_call(self._client, placed.call_sid)
        if placed.execution is not None and (is_last or not placed.call_sid or not is_calls_turn):
            placed.execution = await fetch_execution(self._client, placed.execution)
        if placed.is_call_final or (placed.execution is not None and placed.execution.is_ended):
            placed.ended_since = self._client.now
            placed.end_at = max(placed.end_at, placed.ended_since + _CONTEXT_LAG_S)

    async def _prolong(self, placed: PlacedCall) -> None:
        """Let the time of a call begin again where it may have waited in Twilio's queue: its flow does not tell.

        A call that still rings when its time is over left the queue late.
        """
        if placed.execution is None or placed.context.is_answered or not placed.may_be_queued:
            return
        with suppress(CallError):
            calls = await self.log.created_since(placed.draft, placed.started_at)
            if not all(call.is_final for call in calls):  # any of which may be it
                placed.may_be_queued = any(call.is_queued for call in calls)
                self._extend(placed)

    def _extend(self, placed: PlacedCall) -> None:
        placed.end_at = min(self._client.now + placed.budget_s, placed.accepted_at + MAX_CALL_BUDGET_S)

    async def _read_the_rest(self, placed: PlacedCall) -> None:
        """Read what a result shows besides: the call to its end, since something is said to a person yet; once each
        the execution and a call that nobody answered. What fails is left out."""
        if placed.execution is None:
            return
        give_up_at = self._client.now + _GOODBYE_S
        is_spoken_to = placed.is_over and not placed.context.not_answered_status
        while True:
            if is_spoken_to and not await self._client.pause(_GOODBYE_GAP_S):
                return
            with suppress(CallError):
                placed.call = await self._own_call(placed)
            if placed.is_call_final or not is_spoken_to or self._client.now + _GOODBYE_GAP_S > give_up_at:
                break
        with suppress(CallError):
            placed.execution = await fetch_execution(self._client, placed.execution)

    async def _own_call(self, placed: PlacedCall) -> Call | None:
        """Read the call of an execution: the one that its context names, else the only one in the log that it can be.

        Raises CallError.
        """
        if placed.call_sid:
            return await fetch_call(self._client, placed.call_sid)
        return self._only_one(placed, await self.log.created_since(placed.draft, placed.started_at))

    def _only_one(self, placed: PlacedCall, calls: list[Call]) -> Call | None:
        """Return the call of an execution whose SID is not known: the only one since, if it ended as its flow did.

        What goes on, or was answered, may be another run's.
        """
        began = placed.execution.created_at if placed.execution is not None else None
        found = [call for call in calls if began is None or (call.created_at or 0.0) >= began]
        if len(found) != 1 or not found[0].is_not_answered or placed.context.is_answered:
            return None
        reported = placed.context.not_answered_status
        if reported not in ("", found[0].status) and not (reported == "failed" and found[0].is_canceled):
            return None
        self._client.claimed.add(found[0].sid)
        return found[0]

    async def _fetch(self, sid: str) -> Call:
        return await fetch_call(self._client, sid)

    def _note(self, placed: PlacedCall, context: Context) -> None:
        if context.is_known:  # else Twilio shows nothing yet
            placed.context = context
        if placed.call_sid:
            self._client.claimed.add(placed.call_sid)

    # --- ending it

    async def end(self, placed: PlacedCall) -> None:
        """End a call that is not over, by its own SID and its execution's, each whether or not the other works.

        Then it is read how it stands, a few times where it shows late, or a step failed. A call that only the log
        shows may be another run's: it is told, and not ended.
        """
        began = self._client.now
        for pause in (*_END_PAUSES_S, None):
            ending = placed.ending = Ending()
            await _attempt(self._read_context(placed), ending)
            await asyncio.gather(
                _attempt(self._end_execution(placed), ending), _attempt(self._end_call(placed), ending)
            )
            await _attempt(self._read_call(placed, ending), ending)
            placed.last_error = ending.error
            may_show = placed.context.is_answered or placed.status == CALL_COMPLETED or bool(ending.candidates)
            patience = _CONTEXT_LAG_S if placed.execution is not None and may_show else _ENDING_S
            if pause is None or self._client.now - began > patience or _is_settled(placed, ending):
                return
            await asyncio.sleep(pause)

    async def _read_context(self, placed: PlacedCall) -> None:
        """Read the context of an execution: it may have come to name the call, or the key."""
        if placed.execution is not None:
            self._note(placed, await fetch_context(self._client, placed.execution, despite_cancel=True))

    async def _end_execution(self, placed: PlacedCall) -> None:
        if placed.execution is not None and not placed.execution.is_ended:
            placed.execution = await end_execution(self._client, placed.execution)

    async def _end_call(self, placed: PlacedCall) -> None:
        if placed.call_sid and not placed.is_call_final:
            placed.call = await end_call(self._client, placed.call_sid)

    async def _read_call(self, placed: PlacedCall, ending: Ending) -> None:
        """Read the call, unless it is known to be over; where its SID is not known, whatever the log shows."""
        if placed.is_call_final:
            return
        if placed.call_sid:
            placed.call = await fetch_call(self._client, placed.call_sid, despite_cancel=True)
            return
        ending.candidates = await self.log.created_since(placed.draft, placed.started_at)
        placed.call = self._only_one(placed, ending.candidates)


def next_gap_s(age_s: float) -> float:
    """Return the gap to the next poll of a call of this age, in seconds."""
    return min(max(_MIN_GAP_S, _GAP_SHARE * age_s), _MAX_GAP_S)


def _is_settled(placed: PlacedCall, ending: Ending) -> bool:
    """Whether nothing of a call goes on, and it is known what came of it.

    A key may show in the context of an execution a moment later, but not where nobody picked up.
    """
    if ending.error is not None or not placed.is_call_final:
        return False
    is_known = placed.context.is_over or (placed.call is not None and placed.call.is_not_answered)
    return placed.execution is None or (placed.execution.is_ended and is_known)


async def _attempt(step: Awaitable[None], ending: Ending) -> None:
    try:
        await step
    except CallError as error:
        ending.error = ending.error or error
