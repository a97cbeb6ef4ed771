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

from typing import Any

from actions.action import Report
from actions.error_advice import advice_for
from actions.error_text import clause
from twilio_api.calls import Call
from twilio_api.errors import ApiError
from twilio_api.executions import Execution
from twilio_api.flows import ACKNOWLEDGE_KEY, CALL_WIDGET
from twilio_api.pending import Pending
from twilio_consts import (
    ANSWERED_BY_HUMAN,
    CALL_COMPLETED,
    CALL_NOT_ANSWERED_STATUSES,
    CALL_STATUS_MESSAGE,
    OUTCOME_ACKNOWLEDGED,
    OUTCOME_ANSWERED,
    OUTCOME_NOT_ACKNOWLEDGED,
    OUTCOME_NOT_ANSWERED,
    OUTCOME_UNCONFIRMED,
    OUTCOME_UNKNOWN,
)


_WHY_NOT_ANSWERED = {
    "busy": "The line was busy, or the person declined.",
    "no-answer": "Nobody answered in time.",
    "failed": "Twilio could not connect it: check to_phone.",
    "canceled": "It was canceled before anybody answered.",
}


def call_report(call: Call, pending: Pending[Any], *, is_cancelled: bool) -> Report:
    """Say what became of a call that Twilio accepted, as far as it is known now, or was when the run was cancelled."""
    headline = CALL_STATUS_MESSAGE.format(call.status)
    if call.status in CALL_NOT_ANSWERED_STATUSES:
        return Report(False, OUTCOME_NOT_ANSWERED, f"{headline}. {_WHY_NOT_ANSWERED[call.status]}")
    by_person = call.is_answered_by_person
    outcome = OUTCOME_ANSWERED if by_person else OUTCOME_UNCONFIRMED
    if call.status == CALL_COMPLETED:
        return Report(True, outcome, f"{headline}. {_who_answered(call.answered_by)}")
    who = " A person answered." if by_person else ""
    why = _why_unknown(pending, call.sid, is_cancelled=is_cancelled)
    return Report(True, outcome, f"{headline}.{who} How it ended is not known: {why}")


def acknowledgement_report(execution: Execution, pending: Pending[Any], *, is_cancelled: bool) -> Report:
    """Say whether a person acknowledged a call that Twilio accepted, as far as it is known now."""
    status = call_status(execution)
    headline = f"{CALL_STATUS_MESSAGE.format(status)}. " if status else ""
    if execution.is_acknowledged:
        return Report(True, OUTCOME_ACKNOWLEDGED, f"{headline}Acknowledged: a person pressed {ACKNOWLEDGE_KEY}.")
    is_over = execution.is_ended and execution.has_context and (execution.is_final or pending.is_done)
    if not is_over:
        why = _why_unknown(pending, execution.sid, is_cancelled=is_cancelled)
        return Report(False, OUTCOME_UNKNOWN, f"{headline}Whether anybody acknowledges is not known: {why}")
    outcome, why = _why_not_acknowledged(execution, status, "with the action" if is_cancelled else "by hand")
    return Report(False, outcome, f"{headline}Not acknowledged. {why}")


def call_status(execution: Execution) -> str:
    """The status of an execution's call; empty where it is not known."""
    call = execution.call
    if call is not None and call.is_final:
        return call.status
    # of a call that is not over the context may know more than the last reading of it
    return str(execution.widget(CALL_WIDGET).get("CallStatus") or (call.status if call else ""))


def answered_by(execution: Execution) -> str | None:
    """Who answered an execution's call, as machine detection found."""
    named = execution.widget(CALL_WIDGET).get("AnsweredBy")
    found = execution.call.answered_by if execution.call is not None else None
    return found or (named if isinstance(named, str) else None)


def _why_not_acknowledged(execution: Execution, status: str, how: str) -> tuple[str, str]:
    """The word and the sentence for an execution that ended without the right key; `how`, if it was cut short.

    In the order of a call, from its end: a key says most, then how the ringing ended, then who was on the line.
    """
    if execution.digits is not None:
        return OUTCOME_NOT_ACKNOWLEDGED, f"The person pressed {execution.digits}, not {ACKNOWLEDGE_KEY}."
    if not execution.has_rung and status in CALL_NOT_ANSWERED_STATUSES:
        return OUTCOME_NOT_ANSWERED, f"The flow was ended {how} before anybody answered."
    if not execution.has_rung and status != CALL_COMPLETED:
        return OUTCOME_UNKNOWN, f"The flow was ended {how}; whether anybody answered is not known."
    if status in CALL_NOT_ANSWERED_STATUSES:
        return OUTCOME_NOT_ANSWERED, _why_failed(execution.widget(CALL_WIDGET)) or _WHY_NOT_ANSWERED[status]
    who = answered_by(execution)
    if who is not None and who != ANSWERED_BY_HUMAN:
        return OUTCOME_NOT_ACKNOWLEDGED, f"{_who_answered(who)} Nobody pressed a key."
    if execution.got_no_key:
        return OUTCOME_NOT_ACKNOWLEDGED, "Somebody answered, but pressed no key."
    return OUTCOME_NOT_ACKNOWLEDGED, f"{_what_came_first(execution, how)} before anybody pressed a key."


def _what_came_first(execution: Execution, how: str) -> str:
    """What ended a conversation: the person, or who ended the flow; both, where Twilio's times do not tell."""
    if execution.ended_before_call is None:
        return f"The person hung up, or the flow was ended {how},"
    return f"The flow was ended {how}" if execution.ended_before_call else "The person hung up"


def _why_failed(widget: dict[str, Any]) -> str:
    """The error code with which Twilio refused the call that a flow wanted to make; empty where there is none."""
    code = str(widget.get("ErrorCode") or "")
    if not code:
        return ""
    advice = advice_for(int(code)) if code.isdecimal() else ""
    return f"Twilio did not make the call, error code {code}. {advice}".rstrip()


def _who_answered(who: str | None) -> str:
    if who == ANSWERED_BY_HUMAN:
        return "A person answered."
    if who is None or who == "unknown":
        return "Somebody or something answered; Twilio does not know whether it was a person."
    return f"A machine answered ({who}), such as voicemail."


def _why_unknown(pending: Pending[Any], sid: str, *, is_cancelled: bool) -> str:
    error = pending.last_error
    if isinstance(error, ApiError) and error.is_test_credentials:
        return "these are test credentials, with which Twilio checks a call, but makes none."
    if error is not None:
        reason = f"its status could not be read any more ({clause(error)})"
    elif not pending.is_done:
        reason = "it is under way"
    elif is_cancelled:
        reason = "it did not end before the action was cancelled"
    else:
        reason = "it did not end in the time that calls are followed"
    return f"{reason}. Twilio has the call ({sid}), so look there before the person is called again."
