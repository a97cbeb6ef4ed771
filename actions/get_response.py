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
"""The action "get response"."""

from __future__ import annotations

from typing import Any

from actions.action import Action
from actions.answers import EXPIRED, LOCKED, NOT_AVAILABLE, set_answered, set_question, set_unanswered, set_undelivered
from actions.delivery_report import status_text
from actions.parameters import message_sid
from phantom.action_result import ActionResult
from twilio_api.message_log import MessageLog
from twilio_api.messages import read_message
from twilio_api.question import ANSWER_WINDOW_S, LOG_WINDOW_S, parse_question, read_states
from twilio_api.values import WrongValue
from twilio_consts import LOG_MARGIN_S


class GetResponse(Action):
    """Reads the answer to a question of "ask question" from Twilio's message log, and from nothing else."""

    def start(self, param: dict[str, Any], result: ActionResult) -> None:
        """Read one answer."""
        sid = message_sid(param, "question_id")
        message = read_message(self.run.twilio, sid)
        row = message.resource
        question = parse_question(row)
        if question is None:
            raise WrongValue(f"The message {sid} is not a question of this app.")
        set_question(result, row)
        log = MessageLog(self.run.twilio).conversation_since(question.asked_at - LOG_WINDOW_S, question.person)
        rows = [each for each in log.rows if each.get("sid") != sid]
        state = read_states([row, *rows], until=log.complete_until)[sid]
        if state.final_answer is not None:
            set_answered(result, row, state.final_answer)
        elif state.is_locked:
            set_unanswered(result, LOCKED)
        elif question.is_undelivered:
            set_undelivered(result, status_text(message))
        else:
            is_over = log.server_time > question.asked_at + ANSWER_WINDOW_S + LOG_MARGIN_S
            set_unanswered(result, EXPIRED if is_over else NOT_AVAILABLE)
