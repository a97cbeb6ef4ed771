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

import secrets
from threading import Lock
from typing import Any, NamedTuple

from actions.action import Run, add_sentence
from actions.answers import (
    CANCELLED,
    LOCKED,
    TIMED_OUT,
    WAITING,
    set_answered,
    set_asked,
    set_question,
    set_unanswered,
    set_undelivered,
)
from actions.conversations import Conversations
from actions.creations import CreatingAction
from actions.delivery_report import status_text
from actions.error_text import clause, happened
from actions.sending import Delivery, Sending
from phantom.action_result import ActionResult
from twilio_api.errors import CallError, NotAsked, NotSent, OutcomeUnknown, ReadFailed, Refused, TwilioError
from twilio_api.messages import Draft, Message, fetch_message
from twilio_api.question import (
    LONG_CODE_DIGITS,
    QUESTION_NUMBERS,
    Choice,
    QuestionState,
    long_choices,
    parse_choices,
    question_text,
    reply_line,
    short_choices,
)
from twilio_api.timestamps import created_at
from twilio_api.values import WrongValue, checked_body, is_given, parse_number, parse_truth
from twilio_consts import (
    ANSWER_GAP_SHARE,
    CANCEL_CHECK_S,
    DEFAULT_RESPONSES,
    MAX_BODY_CHARS,
    MAX_TIMEOUT_MIN,
    MIN_ANSWER_GAP_S,
    OUTAGE_S,
    OUTCOME_UNKNOWN,
    SUMMARY_OUTCOME,
)


class _Request(NamedTuple):
    """One parameter set, checked. `person` is the recipient as Twilio knows it; `timeout_s` is in seconds."""

    person: str
    question: str
    words: tuple[str, ...]
    confirmation: str
    needs_code: bool
    timeout_s: float

    def choices(self, number: int) -> tuple[Choice, ...]:
        """The ways to answer; without `needs_code` their codes begin with the question's number."""
        if self.needs_code:
            return long_choices(self.words, lambda: secrets.randbelow(10**LONG_CODE_DIGITS))
        return short_choices(number, self.words)


class _Asked:
    """A question that Twilio accepted, and what its result waits for. Times are seconds of Clock.monotonic."""

    def __init__(self, request: _Request, delivery: Delivery) -> None:
        self.request = request
        self.delivery = delivery
        self.result = delivery.result
        self.asked_at = delivery.accepted_at
        self.end_at = delivery.accepted_at + request.timeout_s
        self.is_open = request.timeout_s > 0.0
        self.was_reminded = False
        self.texts_read = 0  # of the person, when the question was last read by its SID
        self.is_current = True  # whether it was read since the last text of the person
        self.notes: list[str] = []

    @property
    def row(self) -> dict[str, Any]:
        """The question as Twilio showed it last."""
        return self.delivery.value.resource


class AskQuestion(CreatingAction):
    """Asks each person by text, and waits for all answers together, by polling Twilio's message log.

    Nothing is kept between runs: the codes of a question stand in its own text, so that "get response" finds an answer
    later, on any node.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._sending = Sending(run, self.fail, complete=self._update, tick=self._poll)
        self._requests: dict[int, _Request] = {}  # by the id of the result
        self._asked: dict[str, _Asked] = {}  # by the question's SID
        self._conversations = Conversations(self._sending.log, run.clock)
        self._lock = Lock()
        self._poll_at = 0.0

    # --- asking

    def start(self, param: dict[str, Any], result: ActionResult) -> None:
        """Ask one person."""
        with self._sending.refusing(result):
            request = self._request(param)
        self._requests[id(result)] = request
        self._sending.send_prepared(request.person, lambda: self._question(request, result), result)

    def fail(self, result: ActionResult, error: Exception) -> None:
        """Let an error end a result."""
        super().fail(result, error)
        if result.get_summary().get(SUMMARY_OUTCOME) == OUTCOME_UNKNOWN:
            self._conversations.expect_for_a_while(id(result))
        else:
            self._conversations.expect_no_more(id(result))

    def _request(self, param: dict[str, Any]) -> _Request:
        sender = self.run.asset.sender
        if not sender.can_receive:
            raise WrongValue(
                f"Nobody can answer to {sender.value}, the sender of the asset: it is not a number. "
                "Set from_phone of the asset to one that can receive texts."
            )
        person = sender.recipient(param.get("to_phone"))
        words = parse_choices(param["responses"] if is_given(param.get("responses")) else DEFAULT_RESPONSES)
        minutes = self.run.asset.timeout_min
        if is_given(param.get("timeout")):
            minutes = parse_number(param.get("timeout"), "The parameter 'timeout'", "minutes", 0.0, MAX_TIMEOUT_MIN)
        confirmation = param.get("confirmation")
        request = _Request(
            person=person,
            question=checked_body(param.get("question"), "The parameter 'question'"),
            words=words,
            confirmation=checked_body(confirmation, "The parameter 'confirmation'") if is_given(confirmation) else "",
            needs_code=parse_truth(param.get("require_code"), "The parameter 'require_code'"),
            timeout_s=minutes * 60.0,
        )
        length = len(question_text(request.question, request.choices(QUESTION_NUMBERS[0])))
        if length > MAX_BODY_CHARS:
            raise WrongValue(
                f"The question makes a text of {length} characters with its reply line; Twilio takes at most "
                f"{MAX_BODY_CHARS}. Shorten it by {length - MAX_BODY_CHARS}."
            )
        return request

    def _question(self, request: _Request, result: ActionResult) -> Draft:
        """Return the question with codes that no other question to this person carries. Raises NotAsked or NotSent."""
        circuit = self.run.twilio.outage()
        if circuit is not None:
            raise NotSent(circuit)
        try:
            number = self._conversations.draw_number(request.person)
        except ReadFailed as error:
            why = clause(error.cause)
            raise NotAsked(
                f"the message log could not be read, so that the question cannot get codes of its own ({why})"
            ) from error
        if number is None:
            raise NotAsked("too many questions to this person are open. Wait until some are a day old.")
        self._conversations.expect(id(result), request.person)
        return self._draft(request, question_text(request.question, request.choices(number)))

    def _draft(self, request: _Request, body: str) -> Draft:
        return Draft(request.person, self.run.asset.sender, body=body)

    # --- waiting

    def finish(self) -> None:
        """Wait for the answers, and complete the results."""
        self._sending.wait()
        while any(asked.is_open for asked in self._asked.values()) and not self.run.is_cancelled():
            self._poll()
            pause = self._poll_at - self.run.clock.monotonic()
            self.run.clock.sleep(min(max(pause, 0.0), CANCEL_CHECK_S))
        for asked in self._asked.values():
            if asked.is_open:
                self._end(asked, CANCELLED)
        self._sending.drain()
        for asked in self._asked.values():
            for note in asked.notes:
                add_sentence(asked.result, note)

    def _update(self, delivery: Delivery) -> None:
        """Note a question that Twilio accepted, or its latest state."""
        row = delivery.value.resource
        self._conversations.note(row)
        self._conversations.expect_no_more(id(delivery.result))
        with self._lock:
            asked = self._asked.get(delivery.sid)
            if asked is None:
                asked = self._asked[delivery.sid] = _Asked(self._requests[id(delivery.result)], delivery)
                self._poll_at = min(self._poll_at, self.run.clock.monotonic() + MIN_ANSWER_GAP_S)
                set_question(asked.result, row)
                if asked.is_open:
                    set_unanswered(asked.result, WAITING)
                else:
                    set_asked(asked.result)
            elif asked.is_open:
                set_question(asked.result, row)
            else:
                return
            if delivery.value.is_undelivered:
                self._end_undelivered(asked, delivery.value)

    def _poll(self) -> None:
        """Read what came since the last poll, if it is time, and complete the results whose answer is there."""
        for asked in list(self._asked.values()):
            if not asked.is_open and not asked.delivery.is_done:
                self._sending.forget(asked.delivery)
        waiting = [asked for asked in list(self._asked.values()) if asked.is_open]
        now = self.run.clock.monotonic()
        if not waiting or now < self._poll_at:
            return
        age = now - max(asked.asked_at for asked in waiting)
        gap = min(max(MIN_ANSWER_GAP_S, ANSWER_GAP_SHARE * age), self.run.asset.poll_interval_s)
        error: CallError | None = None
        unread = "The message log"
        is_complete = False
        try:
            # Where the time of a question is over, the log is read back to it and shows what became of it
            ended = [created for asked in waiting if now >= asked.end_at and (created := created_at(asked.row))]
            self._conversations.read(back_to=ended)
        except CallError as failure:
            error = failure
        else:
            error, unread = self._read_questions(waiting), "What became of the question"
            is_decided = self._read_answers(waiting)
            is_complete = is_decided and not self._conversations.has_late_text()
            gap = gap if is_complete else min(gap, MIN_ANSWER_GAP_S)
        if error is not None:
            gap = max(gap, error.retry_after_s)
        for asked in waiting:
            is_over = now >= asked.end_at + (0.0 if is_complete else OUTAGE_S)
            if asked.is_open and is_over:
                self._end(asked, TIMED_OUT)
                if error is not None:
                    asked.notes.append(f"{unread} could not be read at the end ({clause(error)})")
        ends = [asked.end_at for asked in waiting if asked.is_open and asked.end_at > now]
        self._poll_at = min([now + gap, *ends])
        if any(asked.is_open for asked in waiting):
            self.run.progress(self._counts(), kept=False)

    def _read_questions(self, waiting: list[_Asked]) -> CallError | None:
        """Read each question anew to whose person a text came, unless its status is final; return the last error.

        Its row of the log may be older: a Messaging Service may choose a number late, and a carrier may say late that
        the question did not arrive. What a text answers depends on both.
        """
        last_error: CallError | None = None
        texts = self._conversations.count_texts()
        for asked in waiting:
            sid, count = asked.delivery.sid, texts[asked.request.person]
            asked.is_current = count == asked.texts_read or Message(sid, self._conversations.row(sid)).is_final
            if asked.is_current:
                continue
            try:
                self._conversations.note(fetch_message(self.run.twilio, sid).resource)
            except CallError as error:
                if not error.is_not_found:  # deleted meanwhile
                    last_error = error
                    continue
            asked.is_current = True
            if self._conversations.row(sid).get("from"):  # else it is read again until a number is chosen
                asked.texts_read = count
        return last_error

    def _read_answers(self, waiting: list[_Asked]) -> bool:
        """Complete the results whose answer is there; False where some of it cannot be decided yet.

        Nothing but a code is certain while a question of this run to the same person is being sent, which may be open
        already and not in the log, and while a question could not be read anew.
        """
        unsure = self._conversations.people_with_unlisted_questions()
        states = self._conversations.states()
        is_decided = True
        for asked in waiting:
            state = states.get(asked.delivery.sid)
            if state is None or not asked.is_open:
                continue
            is_by_code = state.answer is not None and state.answer.is_by_code
            if is_by_code or (asked.is_current and asked.request.person not in unsure):
                self._read_answer(asked, state)
            elif state.answer is not None or state.is_locked or not asked.is_current:
                is_decided = False
        return is_decided

    def _read_answer(self, asked: _Asked, state: QuestionState) -> None:
        answer, row = state.final_answer, self._conversations.row(asked.delivery.sid)
        if answer is not None:
            asked.is_open = False
            set_answered(asked.result, row, answer)
            self.run.progress(f"{asked.request.person} answered {answer.choice.word}")
            if asked.request.confirmation:
                self._send_aside(asked, asked.request.confirmation, "the confirmation")
        elif state.is_locked:
            self._end(asked, LOCKED)
        elif state.question.is_undelivered:
            set_question(asked.result, row)
            self._end_undelivered(asked, Message(asked.delivery.sid, row))
            self.run.progress(f"{asked.request.person}: {asked.result.get_message()}")
        elif state.needs_reminder and not asked.was_reminded:
            asked.was_reminded = True
            self.run.progress(f"{asked.request.person} texted something else: the reply line is sent")
            self._send_aside(asked, reply_line(state.question.choices), "the reply line")

    def _send_aside(self, asked: _Asked, body: str, what: str) -> None:
        def note(error: TwilioError) -> None:
            # Without the advice of an error, which would invite to ask again
            cause = happened(error.cause if isinstance(error, (NotSent, Refused, OutcomeUnknown)) else error)
            if isinstance(error, OutcomeUnknown):
                asked.notes.append(f"It cannot be known whether {what} was sent: {cause}")
            else:
                asked.notes.append(f"Only {what} was not sent: {cause}")

        self._sending.send_aside(self._draft(asked.request, body), note)

    def _end(self, asked: _Asked, why: str) -> None:
        """Let a question end without an answer."""
        asked.is_open = False
        set_question(asked.result, self._conversations.row(asked.delivery.sid))
        set_unanswered(asked.result, why)
        self.run.progress(f"{asked.request.person}: {asked.result.get_message()}")

    def _end_undelivered(self, asked: _Asked, question: Message) -> None:
        """Let a question end that did not arrive."""
        asked.is_open = False
        set_undelivered(asked.result, status_text(question))

    def _counts(self) -> str:
        states = list(self._asked.values())
        ends = [asked.end_at for asked in states if asked.is_open]
        minutes, seconds = divmod(max(round(max(ends, default=0.0) - self.run.clock.monotonic()), 0), 60)
        left = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
        return f"Waiting for answers: {len(ends)} of {len(states)} missing, {left} left"
