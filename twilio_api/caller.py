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
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from twilio_api.acknowledgement import Context, Speech
from twilio_api.calls import Call, CallDraft, calls_created_since, create_call, end_call, fetch_call, newest_calls
from twilio_api.client import TwilioClient
from twilio_api.creation import Standing
from twilio_api.delivery import REFUSALS_APART_S, Statuses, refused_since
from twilio_api.errors import CallError, Cancelled
from twilio_api.executions import Execution, Flows, create_execution, end_execution, fetch_context, fetch_execution
from twilio_consts import CALL_COMPLETED, CALL_NOT_ANSWERED_STATUSES, REPEAT_S, REQUEST_DEADLINE_S


CALL_BUDGET_S = 180.0  # for which a call is followed, and the time of ringing, after it left Twilio's queue
MAX_CALL_BUDGET_S = 1800.0  # the same from acceptance, at the most
_MIN_GAP_S, _MAX_GAP_S = 1.5, 5.0  # between two polls of one call, start to start
_GAP_SHARE = 0.15  # of the call's age: the gap to the next poll
_SHARING_S = 0.5  # for which a call waits for others that are polled, to share a page of the log
_MORE_EACH = 3  # polls of the context, which tells nothing of a queue or of who hangs up: then more is read
_CONTEXT_LAG_S = 20.0  # by which a context may be behind: a key that is not there so long after the end does not come
_GOODBYE_S = 10.0  # for which a call goes on at the most once nothing that matters is to come
_GOODBYE_GAP_S = 2.0
_END_PAUSES_S = (0.5, 0.5, 1.0, 1.5, 2.0, 4.0, 4.0, 4.0, 4.0)  # after each try to end a call of a cancelled run
_ENDING_S = 5.0  # after which no further try begins, unless a context may still come to show the call, or its key


@dataclass(eq=False)
class PlacedCall:
    """A call that Twilio took, by itself or by an execution of the flow that asks for a key.

    `call` has no SID as long as an execution does not show it; then `candidates` are the calls in the log that may be
    it, or another run's. What a poll showed last is kept whatever goes wrong; `last_error` is why the last poll failed,
    or the ending, None where it succeeded. Times are seconds of the event loop: `started_at` when its creation began,
    `accepted_at` when Twilio had accepted it, `end_at` when it is polled last, `ending_at` when the app began to end
    it, or to try to; None where it did not.
    """

    client: TwilioClient
    draft: CallDraft
    started_at: float
    call: Call = field(default_factory=Call)
    execution: Execution = field(default_factory=Execution)
    candidates: list[Call] = field(default_factory=list)
    context: Context = field(default_factory=Context)
    may_be_queued: bool = True
    over_since: float | None = None  # when its execution, or its call, was first seen to be over
    has_hung_up: bool = False  # that is some time ago, and its context does not tell how it ended
    is_time_over: bool = False
    ending_at: float | None = None
    last_error: CallError | None = None

    def __post_init__(self) -> None:
        self.accepted_at = self.end_at = self.client.now
        self.note_queue(is_queued=True)

    @property
    def sid(self) -> str:
        """The name that Twilio gave to what was created: the execution, or the call."""
        return self.execution.sid or self.call.sid

    @property
    def asks_for_key(self) -> bool:
        """Whether it is made by the flow that asks for a key."""
        return bool(self.execution.sid)

    @property
    def call_sid(self) -> str:
        """The SID of the call itself, where it is this one for certain; empty where it is not known."""
        return self.context.call_sid if self.asks_for_key else self.call.sid

    @property
    def is_over(self) -> bool:
        """Whether it is known what came of it: nothing that matters can change any more."""
        return self.context.is_over or self.has_hung_up or (self.call.is_final and not self.asks_for_key)

    @property
    def is_done(self) -> bool:
        """Whether it is not followed any more."""
        return self.is_over or self.is_time_over

    @property
    def is_ended_by_app(self) -> bool:
        """Whether the app ended it, or tried to."""
        return self.ending_at is not None

    @property
    def had_ended(self) -> bool:
        """Whether Twilio shows that the call was over before the app began to end it; its seconds are whole ones."""
        ended_at = self.call.ended_at
        times = self.client.server_times(self.ending_at) if self.ending_at is not None else None
        return ended_at is not None and times is not None and ended_at + 1.0 <= times[0]

    @property
    def goes_on(self) -> bool:
        """Whether it may still ring, or somebody may be on the line."""
        return not (self.context.not_answered_status or (self.call.is_final and self.execution.is_ended))

    @property
    def live_calls(self) -> list[Call]:
        """The calls that go on, as Twilio showed last, and are it or, where its SID is not known, may be."""
        return [call for call in (self.call, *self.candidates) if call.sid and not call.is_final]

    @property
    def status(self) -> str:
        """The status of the call as far as it is known; empty where it is not."""
        known = self.call.status if self.call.sid else ""
        if self.call.is_final:
            return known
        return self.context.not_answered_status or str(self.context.call.get("CallStatus") or "") or known

    @property
    def answered_by(self) -> str:
        """Who answered, as machine detection found; empty where it has not, or did not say."""
        return self.call.answered_by or self.context.answered_by

    @property
    def flow_ended_first(self) -> bool | None:
        """Whether its execution ended before the call did; None where Twilio's whole seconds do not tell."""
        call_ended_at, flow_ended_at = self.call.ended_at, self.execution.ended_at
        if call_ended_at is None or flow_ended_at is None or call_ended_at == flow_ended_at:
            return None
        return flow_ended_at < call_ended_at

    def note_queue(self, *, is_queued: bool) -> None:
        """Let its time begin when it leaves Twilio's queue, in which it may wait for long."""
        if self.may_be_queued:
            self.may_be_queued = is_queued
            budget_s = CALL_BUDGET_S + self.draft.ringing_s
            self.end_at = min(self.client.now + budget_s, self.accepted_at + MAX_CALL_BUDGET_S)

    # --- reading and ending it

    async def read_context(self) -> None:
        """Read the context of the execution, where there is one. Raises CallError."""
        if not self.asks_for_key:
            return
        context = await fetch_context(self.client, self.execution, despite_cancel=self.is_ended_by_app)
        if context.is_known:  # else Twilio shows nothing yet
            self.context = context
        if self.call_sid:
            self.client.claimed.add(self.call_sid)
        if self.context.is_answered:
            self.note_queue(is_queued=False)

    async def read_execution(self) -> None:
        """Read the execution. Raises CallError."""
        self.execution = await fetch_execution(self.client, self.execution)

    async def read_call(self) -> None:
        """Read the call, unless it is known to be over; where its SID is not known, those in the log that may be it.

        Raises CallError.
        """
        if self.call.is_final:
            return
        self.candidates = []
        if self.call_sid:
            self.call = await fetch_call(self.client, self.call_sid, despite_cancel=self.is_ended_by_app)
        else:
            self.candidates = await calls_created_since(self.client, self.draft, self.started_at)
            if self.is_done or self.is_ended_by_app:
                self.call = self._only_one()
        if self.live_calls:
            self.note_queue(is_queued=any(call.is_queued for call in self.live_calls))

    def _only_one(self) -> Call:
        """Return the call of the execution, whose SID is not known: the only one since, if it ended as its flow did.

        What goes on, or was answered, may be another run's.
        """
        began = self.execution.created_at
        found = [call for call in self.candidates if began is None or (call.created_at or 0.0) >= began]
        if len(found) != 1 or not found[0].is_not_answered or self.context.is_answered:
            return Call()
        reported = self.context.not_answered_status
        if reported not in ("", found[0].status) and not (reported == "failed" and found[0].is_canceled):
            return Call()
        self.client.claimed.add(found[0].sid)
        return found[0]

    async def end_execution(self) -> None:
        """End the execution, where there is one that is not over. Raises CallError."""
        if not self.execution.is_ended:
            self.execution = await end_execution(self.client, self.execution)

    async def end_call(self) -> None:
        """End the call, where its SID is known and it is not over. Raises CallError."""
        if self.call_sid and not self.call.is_final:
            self.call = await end_call(self.client, self.call_sid)


class Caller:
    """Makes the calls of a run, each once, and follows or ends them.

    One call to a person at a time is for whoever uses it to see to: Studio refuses a second execution for the same two
    numbers, and calls between them cannot be told apart. A call that goes on though it is not followed any more is
    waited for before the next to this person is made.
    """

    def __init__(self, client: TwilioClient) -> None:
        self.flows = Flows(client)
        self.statuses: Statuses[Call] = Statuses(client, partial(fetch_call, client), partial(newest_calls, client))
        self._client = client
        self._last: dict[str, PlacedCall] = {}  # the last call to each person

    # --- making a call

    async def call(self, draft: CallDraft, standing: Standing) -> PlacedCall:
        """Call a person, and say a message. Raises NotSent, Refused or OutcomeUnknown."""
        await self._outlast(draft.to)
        began = self._client.now
        self.statuses.creating += 1
        try:
            call = await create_call(self._client, draft, standing)
        finally:
            self.statuses.creating -= 1
        self.statuses.followed += 1
        self._last[draft.to] = PlacedCall(self._client, draft, began, call=call)
        return self._last[draft.to]

    async def ask(self, draft: CallDraft, standing: Standing) -> PlacedCall:
        """Call a person by the flow that asks for a key. Raises NotSent, Refused, OutcomeUnknown or FlowMissing."""
        await self._outlast(draft.to)
        url = await self.flows.url_for(Speech(draft.ringing_s, draft.language, draft.voice))
        began = self._client.now
        execution = await create_execution(self._client, url, draft, secrets.token_hex(16), standing)
        self._last[draft.to] = PlacedCall(self._client, draft, began, execution=execution)
        return self._last[draft.to]

    async def _outlast(self, person: str) -> None:
        """Wait until the last call to a person has ended, as long as Twilio shows that it goes on.

        Where that cannot be read for REPEAT_S, it is waited for no longer, and neither beyond MAX_CALL_BUDGET_S. An
        execution that Twilio shows as active, though its call is over, is ended: it would bar the way.
        """
        last = self._last.get(person)
        if last is None:
            return
        give_up_at = last.accepted_at + MAX_CALL_BUDGET_S
        read_at = self._client.now
        while not (last.call.is_final or last.context.not_answered_status):
            if self._client.now >= give_up_at or self._client.now - read_at >= REPEAT_S:
                break
            with suppress(CallError):
                await last.read_call()
                if not last.live_calls:
                    break
                read_at = self._client.now
            if not await self._client.pause(_MAX_GAP_S):
                return
        if last.is_over:
            with suppress(CallError):
                await last.end_execution()

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
                poll = self._poll(placed, is_last=is_last)
                await (client.within(REQUEST_DEADLINE_S, poll) if is_last else poll)
                placed.last_error = None
            except Cancelled:
                return
            except CallError as error:
                placed.last_error = error
            if not placed.is_over and (is_last or polls % _MORE_EACH == 0):
                both = (placed.read_execution, placed.read_call)
                reads = both if is_last else (both[polls // _MORE_EACH % 2],)  # in turns: either is enough
                placed.last_error = await self._poll_for_the_end(placed, *reads) or placed.last_error
            refused_at = refused_since(refused_at, placed.last_error, polled_at)
            is_refused = refused_at is not None and polled_at - refused_at >= REFUSALS_APART_S
            placed.is_time_over = is_refused or polled_at >= placed.end_at
            yield placed
        if placed.asks_for_key:
            await self._read_the_rest(placed)
            yield placed

    async def _poll(self, placed: PlacedCall, *, is_last: bool) -> None:
        """Read how a call stands: the call, or the context of its execution, which is enough most times."""
        if placed.asks_for_key:
            await placed.read_context()
            if placed.over_since is not None:
                placed.has_hung_up = self._client.now - placed.over_since >= _CONTEXT_LAG_S
        elif is_last:
            await placed.read_call()
        else:
            placed.call = await self.statuses.of(placed.sid, self._client.now + _SHARING_S)
            placed.note_queue(is_queued=placed.call.is_queued)

    async def _poll_for_the_end(self, placed: PlacedCall, *reads: Callable[[], Awaitable[None]]) -> CallError | None:
        """Read what the context of an execution does not tell: whether its call is queued, or somebody hung up.

        Of the execution and the call, either may show its end late. What fails is left out; where neither shows the
        end, why one of them failed is returned.
        """
        if not placed.asks_for_key or placed.over_since is not None:
            return None
        errors = await asyncio.gather(*(_error_of(read()) for read in reads))
        if not (placed.execution.is_ended or placed.call.is_final):
            return next((error for error in errors if error is not None), None)
        placed.over_since = self._client.now
        placed.end_at = max(placed.end_at, placed.over_since + _CONTEXT_LAG_S)
        return None

    async def _read_the_rest(self, placed: PlacedCall) -> None:
        """Read what a result shows besides: the call to its end, since something is said to a person yet; once each
        the execution and a call that nobody answered. What fails is left out."""
        is_spoken_to = placed.is_over and not placed.context.not_answered_status
        give_up_at = self._client.now + (_GOODBYE_S if is_spoken_to else 0.0)
        while True:
            with suppress(CallError):
                await placed.read_call()
            if placed.call.is_final or self._client.now >= give_up_at:
                break
            if not await self._client.pause(_GOODBYE_GAP_S):
                return
        with suppress(CallError):
            await placed.read_execution()

    # --- ending it

    async def end(self, placed: PlacedCall) -> None:
        """End a call that is not over, by its own SID and its execution's, each whether or not the other works.

        Then it is read how it stands, a few times where it shows late, or a step failed. A call that only the log
        shows may be another run's: it is told, and not ended.
        """
        began = placed.ending_at = self._client.now
        for pause in (0.0, *_END_PAUSES_S):
            await asyncio.sleep(pause)
            sid = placed.call_sid
            # Side by side, since a host may hang
            steps = (placed.read_context(), placed.end_execution(), placed.end_call())
            errors = await asyncio.gather(*map(_error_of, steps))
            if placed.call_sid != sid:  # the context has come to name the call
                errors.append(await _error_of(placed.end_call()))
            errors.append(await _error_of(placed.read_call()))
            placed.last_error = next((error for error in errors if error is not None), None)
            is_known = not placed.goes_on and (
                not placed.asks_for_key or placed.context.is_over or placed.status in CALL_NOT_ANSWERED_STATUSES
            )
            if is_known and placed.last_error is None:
                return
            may_show = placed.context.is_answered or placed.status == CALL_COMPLETED or placed.candidates
            patience_s = _CONTEXT_LAG_S if placed.asks_for_key and may_show else _ENDING_S
            if self._client.now - began > patience_s:
                return


def next_gap_s(age_s: float) -> float:
    """Return the gap to the next poll of a call of this age, in seconds."""
    return min(max(_MIN_GAP_S, _GAP_SHARE * age_s), _MAX_GAP_S)


async def _error_of(step: Awaitable[None]) -> CallError | None:
    try:
        await step
    except CallError as error:
        return error
    return None
