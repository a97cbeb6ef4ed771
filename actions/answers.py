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
"""What a result says of a question and its answer."""

from __future__ import annotations

from typing import Any

from actions.action import Report, set_report, set_row
from actions.delivery_report import status_text
from actions.error_advice import USUAL_NAMES, Names
from phantom.action_result import ActionResult
from twilio_api.messages import Message
from twilio_api.question import Answer, Ending, QuestionState
from twilio_api.timestamps import created_at, iso_of
from twilio_consts import OUTCOME_ANSWERED, OUTCOME_ASKED, OUTCOME_NO_RESPONSE, OUTCOME_UNDELIVERED


NOT_AVAILABLE = "Response to question not available"
EXPIRED = "The question is more than 24 hours old, so no answer to it counts any more"
WAITING = "The question was sent and is not answered yet"

_WHY_UNANSWERED = {
    Ending.CLOSED: "Too many wrong codes came in, so no answer to the question counts any more",
    Ending.STOPPED: (
        "The person texted STOP, or a word like it, so nothing more can be sent to them until they text START"
    ),
    Ending.SHARED: (
        "Another question to this person carries the same codes, so an answer to one cannot be told from an answer to "
        "the other"
    ),
    Ending.HIDDEN: (
        "Twilio shows the question without its text: this account redacts its messages, so no answer can be read"
    ),
    Ending.UNREAD: "Question timed out with no response",
    Ending.TIMED_OUT: "Question timed out with no response",
    Ending.CANCELLED: "The wait for an answer was cancelled",
}


def set_question(result: ActionResult, question: dict[str, Any], state: QuestionState | None = None) -> None:
    """Let a question, as Twilio shows it, and what else the person wrote be the result's row of data."""
    others = {"other_messages": [dict(row) for row in state.other_texts]} if state and state.other_texts else {}
    set_row(result, {"question": question, **others})
    result.update_summary({"question_id": question.get("sid"), "response_received": False})


def why_unanswered(question: Message, ending: Ending, names: Names = USUAL_NAMES) -> str:
    """Say why there is no answer to a question."""
    return status_text(question, names) if ending is Ending.UNDELIVERED else _WHY_UNANSWERED[ending]


def set_ended(result: ActionResult, question: Message, state: QuestionState | None, ending: Ending) -> None:
    """Complete a result with the answer, or say why there is none."""
    set_question(result, question.resource, state)
    if state is not None and state.answer is not None:
        _set_answered(result, state, state.answer)
    elif ending is Ending.UNDELIVERED:
        set_report(result, Report(False, why_unanswered(question, ending), OUTCOME_UNDELIVERED))
    else:
        set_unanswered(result, why_unanswered(question, ending))


def _set_answered(result: ActionResult, state: QuestionState, answer: Answer) -> None:
    answered_at, word = created_at(answer.row) or 0.0, answer.choice.word
    set_row(result, {**result.get_data()[0], "response_message": dict(answer.row)})
    result.update_summary(
        {
            "response_received": True,
            "response": word,
            "answered_at": iso_of(answered_at),
            "answered_with": answer.answered_with,
            "seconds_to_answer": int(answered_at - state.question.asked_at),
        }
    )
    text = f"Response received: True, Question id: {_sid(result)}, Response: {word}"
    set_report(result, Report(True, text, OUTCOME_ANSWERED))


def set_asked(result: ActionResult) -> None:
    """Complete the result of a question whose answer is not waited for."""
    set_report(result, Report(True, f"Question sent, Question id: {_sid(result)}", OUTCOME_ASKED))


def set_unanswered(result: ActionResult, why: str) -> None:
    """Let a result say that there is no answer, and why."""
    set_report(result, Report(False, f"{why}, Question id: {_sid(result)}", OUTCOME_NO_RESPONSE))


def _sid(result: ActionResult) -> object:
    return result.get_summary().get("question_id")
