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
"""Asking people by text and waiting for their answers: what "ask question" shares with any action that asks."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from actions.action import Run
from actions.delivery_report import sending_line
from actions.error_text import clause
from twilio_api.choice import LONG_CODE_DIGITS, QUESTION_NUMBERS, Choice, long_choices, numbered_choices, reply_line
from twilio_api.conversations import Conversations, Wait
from twilio_api.creation import Standing
from twilio_api.delivery import Deliveries, Delivery
from twilio_api.errors import CallError, Cancelled, NotAsked, NotSent, OutcomeUnknown, Refused
from twilio_api.log_pages import log_url
from twilio_api.messages import Draft, Message
from twilio_api.question import Ending, QuestionState, question_text
from twilio_api.sender import Sender, parse_sender
from twilio_api.values import WrongValue
from twilio_consts import MAX_BODY_CHARS


class Inquiry(NamedTuple):
    """A question to one person: the recipient as Twilio knows it, the sender, the text and the words of the choices.

    `joint` stands between a code and its word.
    """

    person: str
    sender: Sender
    question: str
    words: tuple[str, ...]
    needs_code: bool = False
    joint: str = "for"

    def choices(self, number: int) -> tuple[Choice, ...]:
        """The ways to answer; without `needs_code` their codes begin with the question's number."""
        if self.needs_code:
            return long_choices(self.words, lambda: secrets.randbelow(10**LONG_CODE_DIGITS))
        return numbered_choices(number, self.words, self.joint)

    def check_length(self) -> None:
        """Raise WrongValue where Twilio would not take the text with its reply line."""
        length = len(question_text(self.question, self.choices(QUESTION_NUMBERS[0])))
        if length > MAX_BODY_CHARS:
            raise WrongValue(
                f"With its reply line, the question is {length} characters long; Twilio takes at most "
                f"{MAX_BODY_CHARS}. Shorten it by {length - MAX_BODY_CHARS}."
            )


class Asked(Wait):
    """A question that Twilio accepted. `notes` says what else went wrong, in sentences for the result."""

    def __init__(self, inquiry: Inquiry, delivery: Delivery, conversations: Conversations) -> None:
        super().__init__(delivery, conversations)
        self.inquiry = inquiry
        self.notes: list[str] = []

    @property
    def message(self) -> Message:
        """The question as Twilio showed it last."""
        return Message(self.sid, self.row)

    @property
    def sender(self) -> Sender:
        """The number that asked; where it is not known, the sender that chooses one."""
        with suppress(WrongValue):
            return parse_sender(self.row.get("from"), "")
        return self.inquiry.sender


class Questions:
    """Asks people by text, and waits for the answers of all of them by the same polls of Twilio's log."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._deliveries = Deliveries(run.twilio)
        self._conversations = Conversations(run.twilio, self._deliveries, run.asset.poll_interval_s)

    async def ask(self, inquiry: Inquiry, standing: Standing) -> Asked:
        """Send a question with codes that no other one to this person carries.

        `standing` is told how far that is. Raises NotAsked, NotSent, Refused or OutcomeUnknown.
        """
        twilio = self._run.twilio
        down = twilio.outage(log_url(twilio), of_creates=True).why_down(twilio.now)
        if down is not None:
            raise NotSent(down)
        person, conversations = inquiry.person, self._conversations
        text = " ".join((inquiry.question, *inquiry.words))
        try:
            number = await conversations.draw_number(person, inquiry.sender, text)
        except Cancelled as error:
            raise NotSent(error) from error
        except CallError as error:
            raise NotAsked(
                "the message log could not be read, so no unused codes could be chosen for the question "
                f"({clause(error)})"
            ) from error
        if number is None:
            raise NotAsked(
                "no codes are free for another question to this person. Codes become free again after two days."
            )
        draft = Draft(person, inquiry.sender, body=question_text(inquiry.question, inquiry.choices(number)))
        self._run.show(sending_line(draft))
        try:
            return Asked(inquiry, await conversations.send(draft, standing), conversations)
        finally:
            self._run.note_creation_over()

    async def wait(self, asked: Asked, timeout_s: float, on_change: Callable[[], object]) -> Ending:
        """Wait for the answer, and say how that ended; `on_change` is called after each poll that ends nothing.

        Meanwhile the delivery is followed, and the reply line is sent, once at the most, to whoever texts something
        else.
        """
        follower = asyncio.ensure_future(self._follow(asked))
        reminder: asyncio.Future[None] | None = None
        try:
            async for state in self._conversations.follow(asked, timeout_s):
                if state is not None and state.needs_reply_line and reminder is None:
                    reminder = asyncio.ensure_future(self._remind(asked, state))
                on_change()
            if asked.ending is Ending.UNREAD:
                asked.notes.append(f"The message log could not be read at the end ({_why_unread(asked)})")
            return asked.ending
        finally:
            follower.cancel()
            await asyncio.wait({follower, reminder} if reminder else {follower})

    def state(self, asked: Asked) -> QuestionState | None:
        """Return what is certain of a question now; None where its text cannot be read."""
        return self._conversations.state(asked)

    def end_wait(self, asked: Asked) -> None:
        """Let the wait for an answer end as soon as all is known that came until now, even if it has yet to begin."""
        self._conversations.end(asked)

    async def tell(self, asked: Asked, text: str, what: str) -> None:
        """Send a further text to a person, once, from the number that asked. `what` it is stands in a note if it fails.

        What becomes of it changes nothing of the question.
        """
        try:
            await self.write(asked.inquiry.person, asked.sender, text, Standing())
        except (NotSent, Refused) as error:  # whose own text has advice that would invite to ask again
            asked.notes.append(f"{what.capitalize()} was not sent: {clause(error.cause)}.")
        except OutcomeUnknown as error:
            asked.notes.append(f"It cannot be known whether {what} was sent: {clause(error.cause)}.")

    async def write(self, person: str, sender: Sender, text: str, standing: Standing) -> Message:
        """Send a text that is no question to a person, once, and return it as Twilio took it.

        `standing` is told how far that is. Raises NotSent, Refused or OutcomeUnknown.
        """
        return (await self._conversations.send(Draft(person, sender, body=text), standing)).message

    async def _follow(self, asked: Asked) -> None:
        """Follow the delivery, whose news are in the log, too, but later."""
        async for delivery in self._deliveries.follow(asked.delivery):
            self._conversations.note(delivery.message.resource)

    async def _remind(self, asked: Asked, state: QuestionState) -> None:
        """Send the reply line, which names the question where several are open."""
        name = state.question.text if state.is_one_of_several else ""
        self._run.progress(f"{asked.inquiry.person} texted something else: the reply line is sent")
        await self.tell(asked, reply_line(state.question.choices, name), "the reply line")


def _why_unread(asked: Asked) -> str:
    """Say why it is not certain what a person texted."""
    person = asked.person
    if person.error is not None:
        return clause(person.error)
    if any(side.goes_on for side in person.sides):
        return "there is too much of it"
    return "it shows texts that are later than the time of its pages, so a clock is wrong"
