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
from actions.answers import EXPIRED, NOT_AVAILABLE, set_ended, set_question, set_unanswered
from actions.parameters import message_sid
from phantom.action_result import ActionResult
from twilio_api.messages import Message, read_message
from twilio_api.person_log import LOG_READ_S, SETTLE_S, PersonLog
from twilio_api.question import ANSWER_WINDOW_S, LOG_WINDOW_S, Ending, parse_question, read_states
from twilio_api.values import WrongValue
from twilio_consts import LOG_MARGIN_S


class GetResponse(Action):
    """Reads the answer to a question of "ask question" from Twilio's message log, and from nothing else."""

    async def handle(self, param: dict[str, Any], result: ActionResult) -> None:
        """Read one answer."""
        message = await read_message(self.run.twilio, message_sid(param, "question_id"))
        question = parse_question(message.resource)
        if question is None:
            raise WrongValue(_why_no_question(message))
        set_question(result, message.resource)
        log = PersonLog(question.address, question.asked_at - LOG_WINDOW_S)
        log.note(message.resource)
        await log.read(self.run.twilio)
        state = log.states()[question.sid]
        # What a text means that has just come is certain a little later, which is waited for once if it matters
        may_change = state.answer is None and state != read_states(log.rows.values())[question.sid]
        if may_change and await self.run.twilio.pause(LOG_READ_S + SETTLE_S + 1.0):
            await log.read(self.run.twilio)
            state = log.states()[question.sid]
        if state.ending is None or state.ending is Ending.STOPPED:
            set_question(result, message.resource, state)
            is_over = log.certain_until > question.asked_at + ANSWER_WINDOW_S + LOG_MARGIN_S
            set_unanswered(result, EXPIRED if is_over else NOT_AVAILABLE)
        else:
            set_ended(result, message, state, state.ending)


def _why_no_question(message: Message) -> str:
    if not message.resource.get("body"):
        return f"The text of the message {message.sid} is empty at Twilio: it was redacted, and its codes with it."
    return f"The message {message.sid} is not a question of this app."
