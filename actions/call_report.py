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
"""What became of a call, in words."""

from __future__ import annotations

from typing import NamedTuple

from actions.action import Report
from actions.error_advice import USUAL_NAMES, Names, advice_for
from actions.error_text import clause
from twilio_api.acknowledgement import ACKNOWLEDGE_KEY, NO_KEY, WRONG_KEYS
from twilio_api.caller import PlacedCall
from twilio_consts import (
    ANSWERED_BY_HUMAN,
    CALL_COMPLETED,
    CALL_NOT_ANSWERED_STATUSES,
    OUTCOME_ANSWERED,
    OUTCOME_UNCONFIRMED,
    OUTCOME_UNKNOWN,
)


_NOT_ANSWERED, _ACKNOWLEDGED, _NOT_ACKNOWLEDGED = "not_answered", "acknowledged", "not_acknowledged"  # outcomes
_WHY_NOT_ANSWERED = {
    "busy": "The line was busy, or the person declined.",
    "no-answer": "Nobody answered in time.",
    "failed": "Twilio could not connect the call: check to_phone.",
    "canceled": "The call was canceled before anybody answered.",
}


class WhyEnded(NamedTuple):
    """Why the app ended a call: how its flow was ended, and the beginning of a sentence."""

    how: str
    sentence: str


CANCELLED = WhyEnded("with the action", "The action was cancelled")


def call_report(placed: PlacedCall, why_ended: WhyEnded = CANCELLED, names: Names = USUAL_NAMES) -> Report:
    """Say what became of a call that Twilio accepted, as far as it is known now, and why the app ended it if it did."""
    report = _acknowledgement(placed, why_ended.how, names) if placed.asks_for_key else _plain(placed)
    headline = f"Call status: {placed.status}. " if placed.status else ""
    return report._replace(text=f"{headline}{report.text} {_ending(placed, why_ended.sentence)}".rstrip())


def is_worth_another(placed: PlacedCall) -> bool:
    """Whether the person should be called again: nobody answered, a machine did, or nobody pressed 1.

    A call that somebody ended on purpose, or of which it is not known how it ended, is not made again.
    """
    was_flow_ended = placed.flow_ended_first and not placed.context.is_over  # by hand
    if placed.is_ended_by_app or placed.status == "canceled" or was_flow_ended:
        return False
    report = call_report(placed)
    if report.outcome == OUTCOME_UNCONFIRMED:
        return placed.is_over and _is_machine(placed.answered_by)
    return report.outcome in (_NOT_ANSWERED, _NOT_ACKNOWLEDGED)


def _plain(placed: PlacedCall) -> Report:
    if placed.status in CALL_NOT_ANSWERED_STATUSES:
        return Report(False, _WHY_NOT_ANSWERED[placed.status], _NOT_ANSWERED)
    by_person = placed.answered_by == ANSWERED_BY_HUMAN
    outcome = OUTCOME_ANSWERED if by_person else OUTCOME_UNCONFIRMED
    if placed.status == CALL_COMPLETED:
        return Report(True, _who_answered(placed.answered_by), outcome)
    who = "A person answered. " if by_person else ""
    return Report(True, f"{who}The outcome of the call is not known: {_why_unknown(placed)}", outcome)


def _acknowledgement(placed: PlacedCall, how_ended: str, names: Names) -> Report:
    """Say whether a person acknowledged. In the order of a call, from its end: a key says most."""
    context = placed.context
    if context.is_acknowledged:
        return Report(True, f"Acknowledged: a person pressed {ACKNOWLEDGE_KEY}.", _ACKNOWLEDGED)
    if context.not_answered_status:
        return _not_acknowledged(_NOT_ANSWERED, names.tell(_why_not_answered(placed)))
    if context.end in (NO_KEY, WRONG_KEYS):
        return _not_acknowledged(_NOT_ACKNOWLEDGED, _which_keys(placed))
    was_ended = placed.is_ended_by_app and placed.last_error is None and placed.execution.is_ended
    if placed.has_hung_up or was_ended:
        return _cut_short(placed, how_ended if placed.is_ended_by_app else "by hand", names)
    return Report(False, f"Whether anybody acknowledged is not known: {_why_unknown(placed)}", OUTCOME_UNKNOWN)


def _not_acknowledged(outcome: str, why: str) -> Report:
    return Report(False, f"Not acknowledged. {why}", outcome)


def _why_not_answered(placed: PlacedCall) -> str:
    """Why nobody answered. Twilio may refuse the call that a flow wants to make; its error code may show or not."""
    code = str(placed.context.call.get("ErrorCode") or "")
    if code:
        advice = advice_for(int(code)) if code.isdecimal() else ""
        return f"Twilio did not make the call, error code {code}. {advice}".rstrip()
    if placed.status == "failed" and not placed.call.sid:
        return "Twilio did not make the call, or could not connect it: check to_phone, and that the caller may call it."
    return _WHY_NOT_ANSWERED[placed.status]


def _which_keys(placed: PlacedCall) -> str:
    if placed.context.keys:
        return f"The person pressed {', '.join(placed.context.keys)}, not {ACKNOWLEDGE_KEY}."
    if _is_machine(placed.answered_by):
        return f"{_who_answered(placed.answered_by)} Nobody pressed a key."
    return "Somebody answered, but pressed no key."


def _cut_short(placed: PlacedCall, how: str, names: Names) -> Report:
    """Report a flow that was ended, and how, or whose person hung up: its context does not tell which.

    Where Twilio's whole seconds do not tell which came first either, it may have been both.
    """
    if placed.call.is_not_answered:
        if placed.call.is_canceled or placed.flow_ended_first:
            return _not_acknowledged(_NOT_ANSWERED, f"The flow was ended {how} before anybody answered.")
        return _not_acknowledged(_NOT_ANSWERED, names.tell(_WHY_NOT_ANSWERED[placed.status]))
    if not placed.context.is_answered and placed.status != CALL_COMPLETED:
        return _not_acknowledged(OUTCOME_UNKNOWN, "The flow is over; whether anybody answered is not known.")
    if placed.context.keys or (_is_machine(placed.answered_by) and not placed.is_ended_by_app):
        return _not_acknowledged(_NOT_ACKNOWLEDGED, _which_keys(placed))
    what = f"The flow was ended {how}" if placed.flow_ended_first else "The person hung up"
    if placed.flow_ended_first is None:
        what = f"The person hung up, or the flow was ended {how},"
    return _not_acknowledged(_NOT_ACKNOWLEDGED, f"{what} before anybody pressed a key.")


def _is_machine(who: str) -> bool:
    return who not in ("", "unknown", ANSWERED_BY_HUMAN)


def _who_answered(who: str) -> str:
    if who == ANSWERED_BY_HUMAN:
        return "A person answered."
    if _is_machine(who):
        return f"A machine answered ({who}), such as voicemail."
    return "Somebody or something answered; Twilio does not know whether it was a person."


def _why_unknown(placed: PlacedCall) -> str:
    error = placed.last_error
    if error is not None and error.is_test_credentials:
        return "these are test credentials, with which Twilio checks a call, but makes none."
    if error is not None:
        reason = f"its status could not be read any more ({clause(error)})"
    elif placed.is_ended_by_app:
        reason = "the app ended it, but Twilio did not confirm that in time"
    elif not placed.is_done:
        reason = "the call is still under way"
    else:
        reason = "it did not end within the time for which calls are followed"
    return f"{reason}. Twilio has the call ({placed.sid}), so look there before the person is called again."


def _ending(placed: PlacedCall, why_ended: str) -> str:
    """The sentences on what became of a call that the app ended, and why it did; empty where it did not."""
    if not placed.is_ended_by_app:
        return ""
    has_flow_ended = placed.execution.is_ended
    why = f" ({clause(placed.last_error)})" if placed.last_error is not None else ""
    if placed.live_calls and not placed.call_sid:
        calls = ", ".join(f"{call.sid}, {call.status}" for call in placed.live_calls)
        flow = f"{why_ended}, so its flow was ended." if has_flow_ended else f"{why_ended}."
        return (
            f"{flow} Twilio's call log shows a call to this person that may be this one, or another run's ({calls}): "
            "it was not ended."
        )
    if not placed.call.is_final and not (has_flow_ended and placed.context.not_answered_status):
        if has_flow_ended and not placed.call_sid:
            return f"{why_ended}, so its flow was ended; whether its call still rings is not known{why}."
        return f"{why_ended}; whether the call has ended is not known{why}."
    if not has_flow_ended:
        return f"{why_ended}, and the call is over; whether its flow ended is not known{why}."
    if placed.status in (CALL_COMPLETED, "canceled") and not placed.had_ended:
        return f"{why_ended}, so the call was ended."
    return f"{why_ended}."
