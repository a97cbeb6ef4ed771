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
"""The action "ask question"."""

from __future__ import annotations

from typing import Any

from actions.action import Action, ResultStanding, Run, add_sentence
from actions.answers import WAITING, set_asked, set_ended, set_question, set_unanswered
from actions.asking import Asked, Inquiry, Questions
from actions.parameters import minutes, optional
from phantom.action_result import ActionResult
from twilio_api.choice import parse_choices
from twilio_api.messages import KIND
from twilio_api.question import Ending
from twilio_api.timestamps import duration
from twilio_api.values import WrongValue, checked_body, is_given, parse_truth
from twilio_consts import OUTCOME_ANSWERED, SUMMARY_OUTCOME, UNDELIVERED_STATUSES


DEFAULT_RESPONSES = "yes,no"


class AskQuestion(Action):
    """Asks each person by text, and waits for all answers together, by polling Twilio's message log.

    Nothing is kept between runs: the codes of a question stand in its own text, so that "get response" finds an answer
    later, on any node.
    """

    creates = True

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._questions = Questions(run)
        self._ends: dict[str, float] = {}  # of the waits, by the question's SID, in seconds of the event loop

    async def handle(self, param: dict[str, Any], result: ActionResult) -> None:
        """Ask one person, wait for the answer, and confirm it. The result is complete before the confirmation."""
        inquiry = self._inquiry(param)
        confirmation = optional(param, "confirmation", "", checked_body)
        timeout_s = 60.0 * minutes(param, "timeout", self.run.asset.timeout_min)
        asked = await self._questions.ask(inquiry, ResultStanding(self.run, result, KIND))
        set_question(result, asked.message.resource)
        self.run.show(f"Twilio accepted the message to {inquiry.person} as {asked.sid}")
        if asked.message.status in UNDELIVERED_STATUSES:
            set_ended(result, asked.message, None, Ending.UNDELIVERED)
            return
        if not timeout_s:
            set_asked(result)
            return
        set_unanswered(result, WAITING)
        self._ends[asked.sid] = asked.began + timeout_s
        try:
            ending = await self._questions.wait(asked, timeout_s, lambda: self._show_wait(result, asked))
        finally:
            del self._ends[asked.sid]
        set_ended(result, asked.message, asked.state, ending)
        self.run.show(f"{asked.inquiry.person}: {result.get_message()}")
        if ending is Ending.ANSWERED and confirmation:
            await self._questions.tell(asked, confirmation, "the confirmation")
        for note in asked.notes:
            add_sentence(result, note)

    def counts(self) -> str:
        """Say how many were asked, and how many answers are missing."""
        results, ended = self.run.results, self.run.ended
        sent = sum(bool(result.get_data()) for result in results)
        answered = sum(result.get_summary().get(SUMMARY_OUTCOME) == OUTCOME_ANSWERED for result in results)
        failed = sum(not result.is_success() for result in ended)
        line = f"{len(results)} questions: {sent} sent, {answered} answered, {failed} failed"
        return f"{line}, {self._left()}" if self._ends else line

    def _inquiry(self, param: dict[str, Any]) -> Inquiry:
        sender = self.run.asset.sender
        if not sender.can_receive:
            raise WrongValue(
                f"Nobody can reply to {sender.value}, the sender of the asset: it is not a number. "
                "Set from_phone of the asset to one that can receive texts."
            )
        inquiry = Inquiry(
            person=sender.recipient(param.get("to_phone"), "from_phone of the asset"),
            sender=sender,
            question=checked_body(param.get("question"), "The parameter 'question'"),
            words=parse_choices(param["responses"] if is_given(param.get("responses")) else DEFAULT_RESPONSES),
            needs_code=parse_truth(param.get("require_code"), "The parameter 'require_code'"),
        )
        inquiry.check_length()
        return inquiry

    def _show_wait(self, result: ActionResult, asked: Asked) -> None:
        """Let the result hold what is known so far, and show how long the wait goes on."""
        set_question(result, asked.message.resource, asked.state)
        self.run.show(f"Waiting for an answer from {asked.inquiry.person}, {self._left()}", kept=False)

    def _left(self) -> str:
        left_s = max(self._ends.values()) - self.run.twilio.now
        return f"{duration(max(round(left_s), 0))} left"
