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
"""The action "call phone"."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from actions.action import Action, Report, ResultStanding, Run, add_sentence, set_report, set_row
from actions.asset import Asset
from actions.call_report import call_report, is_worth_another
from actions.error_text import clause
from actions.parameters import caller_of, language, optional, whole_number
from phantom.action_result import ActionResult
from twilio_api.acknowledgement import spoken_message
from twilio_api.caller import Caller, PlacedCall
from twilio_api.calls import KIND, CallDraft
from twilio_api.errors import CallError, FlowMissing, NotSent, Refused
from twilio_api.phone_number import to_e164
from twilio_api.twiml import checked_voice
from twilio_api.values import checked_text, parse_truth
from twilio_consts import DEFAULT_RINGING_S, MAX_CALL_ATTEMPTS


MIN_RINGING_S, MAX_RINGING_S = 5, 600  # https://www.twilio.com/docs/voice/api/call-resource
_MESSAGE = "The parameter 'message'"


class Order(NamedTuple):
    """What one parameter set asks for: a call, whether it asks for a key, and how often it is made at the most."""

    draft: CallDraft
    acknowledge: bool
    attempts: int


class CallPhone(Action):
    """Calls one person for each parameter set, and says a message; with `acknowledge`, waits for the key 1."""

    creates = True

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._caller = Caller(run.twilio)
        self._going_on: list[tuple[PlacedCall, ActionResult, Order]] = []  # calls that are not followed any more

    async def handle(self, param: dict[str, Any], result: ActionResult) -> None:
        """Call a person, once or until somebody answers, and follow each call to its end.

        Calls to one person are made one after the other: the next begins when the last is over. Where a further one
        cannot be made, what came of the last one stands.
        """
        order = _order(param, self.run.asset)
        draft = order.draft
        place = self._caller.ask if order.acknowledge else self._caller.call
        last: Report | None = None
        async with self.run.turns["call", draft.to]:
            for number in range(1, order.attempts + 1):
                which = f", call {number} of {order.attempts}" if last else ""
                self.run.show(f"Calling {draft.to} from {draft.caller}{which}")
                standing = ResultStanding(self.run, result, KIND) if last is None else _Again(self.run, result, last)
                try:
                    placed = await place(draft, standing)
                except (NotSent, Refused, FlowMissing) as error:
                    if last is None:
                        raise
                    set_report(result, last)
                    add_sentence(result, f"Call {number} could not be made: {clause(error.cause)}.")
                    return
                finally:
                    self.run.note_creation_over()
                if last is not None:
                    self._going_on = [each for each in self._going_on if each[1] is not result]
                    result.get_data().insert(0, {})  # the row of the last call comes first, and none is lost
                complete(result, placed)
                self.run.show(f"Twilio accepted the call to {draft.to} as {placed.sid}")
                await self._follow(placed, result)
                if placed.goes_on and not placed.is_ended_by_app:
                    self._going_on.append((placed, result, order))
                if self.run.twilio.ask_cancelled() or not is_worth_another(placed):
                    break
                last = call_report(placed)
        _add_number(result, order)

    async def _follow(self, placed: PlacedCall, result: ActionResult) -> None:
        """Let a result say how its call stands until it is over; a cancelled run ends what goes on."""
        shown = ""
        async for _ in self._caller.follow(placed):
            complete(result, placed)
            line = f"{placed.draft.to}: {_standing_line(placed)}"
            if not placed.is_done and line != shown:
                self.run.show(line, kept=False)
                shown = line
        if placed.goes_on and self.run.twilio.ask_cancelled():
            await self._end(placed, result)
        self.run.show(f"{placed.draft.to}: {result.get_message()}")

    async def _end(self, placed: PlacedCall, result: ActionResult) -> None:
        self.run.show("The action was cancelled: ending the call", kept=False)
        await self._caller.end(placed)
        complete(result, placed)

    async def end(self) -> None:
        """End the calls that went on when they were not followed any more."""
        await asyncio.gather(*(self._end(placed, result) for placed, result, _ in self._going_on))
        for _, result, order in self._going_on:
            _add_number(result, order)

    def counts(self) -> str:
        """Say how many calls were made, and what became of them."""
        results, ended = self.run.results, self.run.ended
        made = sum(len(result.get_data()) for result in results)
        succeeded = sum(bool(result.is_success()) for result in ended)
        return (
            f"{len(results)} people: {made} calls made, {succeeded} succeeded, {len(ended) - succeeded} failed, "
            f"{len(results) - len(ended)} waiting"
        )


class _Again(ResultStanding):
    """Of a further call to a person: until its request may leave, the result says what came of the last one."""

    def __init__(self, run: Run, result: ActionResult, report: Report) -> None:
        super().__init__(run, result, KIND)
        self._report = report
        set_report(result, report)

    def unsent(self, error: CallError) -> None:
        """Say what came of the last call."""
        super().unsent(error)
        set_report(self.result, self._report)


def complete(result: ActionResult, placed: PlacedCall) -> None:
    """Let a result say what is known of its call."""
    call = placed.call.resource
    if not placed.asks_for_key:
        set_row(result, call)
    else:
        set_row(result, {**call, "execution": placed.execution.resource, "execution_context": placed.context.raw})
        result.update_summary({"acknowledged": placed.context.is_acknowledged})
    if placed.status:
        who = placed.answered_by or None
        result.update_summary({"call_status": placed.status, "answered_by": who})
    set_report(result, call_report(placed))


def _add_number(result: ActionResult, order: Order) -> None:
    """Say which call to this person was the last one, where it was not the only one; the data has a row for each."""
    number = len(result.get_data())
    if number > 1:
        add_sentence(result, f"This was call {number} of {order.attempts}.")


def _standing_line(placed: PlacedCall) -> str:
    if placed.context.keys:
        return f"{placed.context.keys[-1]} was pressed"
    return placed.status or "is being called"


# --- parameters


def _order(param: dict[str, Any], asset: Asset) -> Order:
    """Read a parameter set; raises WrongValue for what cannot be called or said, before any request."""
    draft = CallDraft(
        to_e164(param.get("to_phone")),
        caller_of(param, asset),
        checked_text(param.get("message"), _MESSAGE),
        language(param),
        whole_number(param, "timeout", "seconds", MIN_RINGING_S, MAX_RINGING_S, DEFAULT_RINGING_S),
        optional(param, "voice", "", checked_voice),
    )
    acknowledge = parse_truth(param.get("acknowledge"), "The parameter 'acknowledge'")
    if acknowledge:
        spoken_message(draft.message, draft.language, _MESSAGE)
    else:
        draft.form(_MESSAGE)
    return Order(draft, acknowledge, whole_number(param, "attempts", "calls", 1, MAX_CALL_ATTEMPTS, 1))
