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
"""Questions by text: what is sent, and which text answers which question. Nothing here calls anybody.

**What is sent.** The question, and in a last line how to answer it, such as "Reply 4211 for yes, 4212 for no". The
first three digits are the question's own number, the last one is the choice. Codes of six digits say that nothing but
a code counts. All is read back from that line, so that nothing but Twilio's message log is needed, on any node and at
any time. Version 2.2.0 sent codes of three digits, two of them the question's own.

**What counts.** A text from the very person, on whatever channel, to the number that asked or to another one of the
Messaging Service that asked, within 24 hours after the question by Twilio's dates, which is

- by code: it holds exactly one code of the question, as a number by itself, no other number of three or more digits,
  and no word of another choice. It counts from the question's own second on. A code that two questions to this person
  carry answers neither;
- or by word, unless the question takes nothing but codes: a choice's word alone, in any case, without the punctuation
  around it, beyond doubt about what it answers. It counts from two seconds after the question left Twilio, and only if
  the account sent this person nothing else since then but the question's own reply line, and no older question to this
  person was still open. What was redacted was sent all the same.

Where there is doubt, it is no answer: a text that asks back or denies, one that quotes the whole question, two
different answers within one second, of which Twilio does not tell the first; a word after STOP, which opts in again,
after the carrier said that the question did not arrive, or one that the asking run answered with the reply line.

The first answer counts. Five texts that look like a code and are none close a question that takes nothing but codes.
Any other text is answered once with the reply line, except for keywords of the carriers, what answers another question,
and what is still being received.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from itertools import groupby
from typing import Any, NamedTuple

from twilio_api.choice import (
    LONG_CODE_DIGITS,
    Choice,
    chosen_by_code,
    chosen_by_word,
    is_keyword,
    is_opt_out,
    numbers_in,
    parse_reply_line,
    reply_line,
)
from twilio_api.person import person_of
from twilio_api.timestamps import created_at, parse_date, sent_at
from twilio_api.values import num_media
from twilio_consts import STATUSES_AT_TWILIO, TRIAL_PREFIX, UNDELIVERED_STATUSES


ANSWER_WINDOW_S = 24 * 60 * 60  # after the question, by Twilio's date_created
TAKEN_WINDOW_S = 48 * 60 * 60  # in which no two questions to a person carry the same number
# How far before a question the log of its person is read: a day for the questions that can be open together with it,
# and two more to tell which of those were answered.
LOG_WINDOW_S = 3 * ANSWER_WINDOW_S
TEXT_LOG_WINDOW_S = ANSWER_WINDOW_S + LOG_WINDOW_S  # the same before a text, to tell which question it answers
WORD_FROM_S = 2.0  # after a question left Twilio
MAX_WRONG_CODES = 5

Row = Mapping[str, Any]  # a message as Twilio's log shows it


class Question(NamedTuple):
    """A question as the message log shows it. Times are Twilio's, in seconds since the epoch.

    `address` was asked, by `number`; that is empty until a Messaging Service, `service`, has chosen one. `left_at`:
    None until Twilio let go of it. `lost_at`: when it became known that the question did not arrive.
    """

    sid: str
    address: str
    number: str
    service: str
    text: str
    choices: tuple[Choice, ...]
    asked_at: float
    left_at: float | None
    lost_at: float | None

    @property
    def needs_code(self) -> bool:
        """Whether nothing but a code counts."""
        return len(self.choices[0].code) == LONG_CODE_DIGITS


class Answer(NamedTuple):
    """The choice that a person made, the text that made it, and by what: "code" or "word"."""

    choice: Choice
    row: Row
    answered_with: str


class Ending(Enum):
    """How a question, or the wait for its answer, ended."""

    ANSWERED = "answered"
    CLOSED = "closed"  # too many wrong codes came
    UNDELIVERED = "undelivered"
    STOPPED = "stopped"  # the person texted STOP
    SHARED = "shared"  # another question to the person carries the same codes
    HIDDEN = "hidden"  # the account redacts its texts
    UNREAD = "unread"  # the time is over, and the log could not be read to its end
    TIMED_OUT = "timed out"
    CANCELLED = "cancelled"


class QuestionState(NamedTuple):
    """What came of a question so far.

    `other_texts` reached it and do not count. `unanswered` is the first of them that calls for the reply line, which
    was sent first at `reminded_at` (seconds since the epoch); `stopped_by` is the first one that opts out.
    `shares_codes`: another question to this person carries the same codes, so that they answer neither.
    `is_one_of_several`: other questions to this person were open with it.
    """

    question: Question
    answer: Answer | None = None
    other_texts: tuple[Row, ...] = ()
    unanswered: Row | None = None
    stopped_by: Row | None = None
    wrong_codes: int = 0
    reminded_at: float | None = None
    shares_codes: bool = False
    is_one_of_several: bool = False

    @property
    def is_closed(self) -> bool:
        """Whether no answer counts any more, after too many wrong codes."""
        return self.wrong_codes >= MAX_WRONG_CODES

    @property
    def ending(self) -> Ending | None:
        """How the question ended, where it is of no use to wait any more."""
        endings = {
            Ending.ANSWERED: self.answer is not None,
            Ending.CLOSED: self.is_closed,
            Ending.UNDELIVERED: self.question.lost_at is not None,
            Ending.SHARED: self.shares_codes,
            Ending.STOPPED: self.stopped_by is not None,
        }
        return next((ending for ending, applies in endings.items() if applies), None)

    @property
    def needs_reply_line(self) -> bool:
        """Whether the reply line should be sent, which happens once at the most."""
        return self.unanswered is not None and self.reminded_at is None and self.ending is None


# --- asking


def taken_numbers(rows: Iterable[Row], now: float) -> set[int]:
    """Return the numbers of the questions of a person's log in the 48 hours before `now` (seconds since the epoch)."""
    questions = (question for row in rows if (question := parse_question(row)))
    return {
        int(question.choices[0].code[:-1])
        for question in questions
        if not question.needs_code and question.asked_at >= now - TAKEN_WINDOW_S
    }


def question_text(question: str, choices: Iterable[Choice]) -> str:
    """Return what is sent: the question, and how to answer it."""
    return f"{question}\n{reply_line(choices)}"


# --- reading the message log


def parse_question(row: Row) -> Question | None:
    """Read a question from a row of the message log; None where the row is not a question of this app."""
    text, _, last_line = _own_body(row).rpartition("\n")
    choices, asked_at = parse_reply_line(last_line), created_at(row)
    if not choices or last_line != reply_line(choices) or not text.strip() or asked_at is None:
        return None
    is_lost = row.get("status") in UNDELIVERED_STATUSES
    return Question(
        sid=str(row.get("sid")),
        address=str(row.get("to")),
        number=str(row.get("from") or ""),
        service=str(row.get("messaging_service_sid") or ""),
        text=text,
        choices=choices,
        asked_at=asked_at,
        left_at=sent_at(row),
        lost_at=(parse_date(row.get("date_updated")) or asked_at) if is_lost else None,
    )


def repeated_choices(text: str) -> tuple[Choice, ...]:
    """Return the choices of a text that is a reply line and no question; none for any other text."""
    return () if "\n" in text else parse_reply_line(text)


def read_states(rows: Iterable[Row], *, until: float = math.inf) -> dict[str, QuestionState]:
    """Read from rows of the message log, in any order, what came of each question among them, by the question's SID.

    The rows must hold all texts from and to the person since LOG_WINDOW_S before the question; what is older is left
    out, so that it makes no difference how much was read. Texts whose second is not over at `until` (since the epoch)
    are left for the next reading: more may come in it.
    """
    people: dict[str, dict[str, tuple[float, Row]]] = defaultdict(dict)  # rows with the time, by person and SID
    services: dict[str, set[str]] = defaultdict(set)  # the numbers that each Messaging Service was seen to send from
    for row in rows:
        at, is_text = created_at(row), row.get("direction") == "inbound"
        if at is None or (is_text and at + 1.0 > until):
            continue
        people[person_of(row.get("from" if is_text else "to"))][str(row.get("sid"))] = (at, row)
        if not is_text and row.get("messaging_service_sid"):
            services[str(row["messaging_service_sid"])].add(person_of(row.get("from")))
    states: dict[str, QuestionState] = {}
    for by_sid in people.values():
        log = sorted(by_sid.values(), key=lambda each: (each[0], str(each[1].get("sid"))))
        found = _judge(log, services)
        for sid, state in found.items():
            since = state.question.asked_at - LOG_WINDOW_S
            recent = [each for each in log if each[0] >= since]
            states[sid] = state if len(recent) == len(log) else _judge(recent, services)[sid]
    return states


class _Sent(NamedTuple):
    """A message of the account to one person.

    `is_void`: nobody ever got it, nor will. `is_unreadable`: what it said is gone, so it may have been a question.
    `repeats`: the choices, where it is a reply line.
    """

    sid: str
    at: float
    left_at: float | None
    is_void: bool
    is_unreadable: bool
    question: Question | None
    repeats: tuple[Choice, ...]


class _Reading(NamedTuple):
    """What one text says: which questions it reaches, and which it answers, by their SIDs.

    `is_for_another`: it names a question whose Messaging Service has not chosen a number yet. `is_guess`: it holds six
    digits that no question to this person carries.
    """

    row: Row
    reaches: set[str]
    answers: dict[str, Answer]
    is_for_another: bool
    is_guess: bool


def _judge(log: Sequence[tuple[float, Row]], services: Mapping[str, set[str]]) -> dict[str, QuestionState]:
    """What came of the questions to one person, from the rows between the two sides, second by second."""
    sent = [_parse_sent(at, row) for at, row in log if row.get("direction") != "inbound"]
    questions = [message.question for message in sent if message.question]
    states: dict[str, QuestionState] = {}
    for question in questions:
        codes = {
            choice.code for other in questions if _overlap(question, other, TAKEN_WINDOW_S) for choice in other.choices
        }
        states[question.sid] = QuestionState(
            question,
            reminded_at=min((message.at for message in sent if message.repeats == question.choices), default=None),
            shares_codes=any(choice.code in codes for choice in question.choices),
        )
    texts = [each for each in log if each[1].get("direction") == "inbound"] if states else []
    for at, of_second in groupby(texts, key=lambda each: each[0]):
        readings = [_read_text(at, row, sent, states, services) for _, row in of_second]
        for sid, state in states.items():
            states[sid] = _after(at, state, [reading for reading in readings if sid in reading.reaches])
    still_open = [state.question for state in states.values() if state.answer is None]
    for sid, state in states.items():
        is_one_of_several = any(_overlap(state.question, other, ANSWER_WINDOW_S) for other in still_open)
        states[sid] = state._replace(is_one_of_several=is_one_of_several)
    return states


def _overlap(one: Question, other: Question, window_s: float) -> bool:
    """Whether two questions were asked within so many seconds."""
    return one is not other and abs(one.asked_at - other.asked_at) <= window_s


def _read_text(
    at: float, row: Row, sent: list[_Sent], states: Mapping[str, QuestionState], services: Mapping[str, set[str]]
) -> _Reading:
    """Read one text of a person, with all questions to that person as they stood before its second."""
    said = str(row.get("body") or "")
    earlier = [state for state in states.values() if 0.0 <= at - state.question.asked_at <= TAKEN_WINDOW_S]
    asked = [state for state in earlier if at - state.question.asked_at <= ANSWER_WINDOW_S]
    reaches = {state.question.sid for state in asked if _reaches(row, state.question, services)}
    carried = [choice.code for state in earlier for choice in state.question.choices]
    answers: dict[str, Answer] = {}
    is_for_another = False
    for state in asked:
        sid, choice = state.question.sid, chosen_by_code(said, state.question.choices)
        if choice and carried.count(choice.code) == 1:
            is_for_another = is_for_another or not state.question.number
            answers.update({sid: Answer(choice, row, "code")} if sid in reaches else {})
        elif sid in reaches and (choice := chosen_by_word(said, state.question.choices)):
            answers.update({sid: Answer(choice, row, "word")} if _is_beyond_doubt(at, state, sent, states) else {})
    is_guess = any(len(number) == LONG_CODE_DIGITS and number not in carried for number in numbers_in(said))
    return _Reading(row, reaches, answers, is_for_another, is_guess)


def _after(at: float, state: QuestionState, readings: list[_Reading]) -> QuestionState:
    """A question after the texts of one second that reach it; which of them came first is not known."""
    sid = state.question.sid
    rows = tuple(reading.row for reading in readings)
    if state.answer is not None or not readings:
        return state._replace(other_texts=state.other_texts + rows)
    if state.question.needs_code:
        state = state._replace(wrong_codes=state.wrong_codes + sum(reading.is_guess for reading in readings))
    opt_outs = [row for row in rows if is_opt_out(str(row.get("body") or ""))]
    answers = [reading.answers[sid] for reading in readings if sid in reading.answers]
    answers = [answer for answer in answers if answer.answered_with == "code" or not opt_outs]
    if len({answer.choice for answer in answers}) == 1 and not state.is_closed:
        answer = min(answers, key=lambda each: (each.answered_with, str(each.row.get("sid"))))
        # Who asked answers the first text that is no answer. A word before which there was none was that text, though
        # what made it doubtful may have been deleted since.
        was_doubtful = state.unanswered is None and state.reminded_at is not None and state.reminded_at > at
        if answer.answered_with == "word" and was_doubtful:
            return state._replace(other_texts=state.other_texts + rows, unanswered=answer.row)
        others = tuple(row for row in rows if row is not answer.row)
        return state._replace(answer=answer, other_texts=state.other_texts + others)
    calls = [reading.row for reading in readings if _calls_for_reply_line(reading, sid)]
    return state._replace(
        other_texts=state.other_texts + rows,
        unanswered=state.unanswered or next(iter(calls), None),
        stopped_by=state.stopped_by or next(iter(opt_outs), None),
    )


def _calls_for_reply_line(reading: _Reading, sid: str) -> bool:
    is_for_another = reading.is_for_another or any(answered != sid for answered in reading.answers)
    is_being_received = reading.row.get("status") == "receiving"
    return not (is_for_another or is_being_received or is_keyword(str(reading.row.get("body") or "")))


def _is_beyond_doubt(at: float, state: QuestionState, sent: list[_Sent], states: Mapping[str, QuestionState]) -> bool:
    """Whether a word of this moment can mean nothing but this question."""
    question = state.question
    left_at = question.left_at
    if question.needs_code or state.stopped_by or left_at is None or at < left_at + WORD_FROM_S:
        return False
    if question.lost_at is not None and question.lost_at <= at:
        return False
    for message in sent:
        if message.sid == question.sid or message.is_void or message.repeats == question.choices:
            continue
        if message.left_at is not None and left_at <= message.left_at <= at:
            return False
        is_older = message.at <= question.asked_at or (message.left_at is not None and message.left_at <= left_at)
        may_be_open = message.is_unreadable or (message.question and states[message.sid].answer is None)
        if is_older and may_be_open and 0.0 <= at - message.at <= ANSWER_WINDOW_S:
            return False
    return True


def _reaches(text: Row, question: Question, services: Mapping[str, set[str]]) -> bool:
    """Whether a text was sent to the number that asked, or to another one of the service that asked."""
    number = person_of(text.get("to"))
    if question.service and text.get("messaging_service_sid") == question.service:
        return True
    return bool(number) and (number == person_of(question.number) or number in services.get(question.service, ()))


def _parse_sent(at: float, row: Row) -> _Sent:
    body, left_at, status = _own_body(row), sent_at(row), row.get("status")
    return _Sent(
        sid=str(row.get("sid")),
        at=at,
        left_at=left_at if left_at is not None or status in STATUSES_AT_TWILIO | UNDELIVERED_STATUSES else at,
        is_void=left_at is None and status in UNDELIVERED_STATUSES,
        is_unreadable=not body.strip() and num_media(row) == "0",
        question=parse_question(row),
        repeats=repeated_choices(body),
    )


def _own_body(row: Row) -> str:
    """The text of a message of this account, without a trial account's prefix; empty for a text of somebody else."""
    if not str(row.get("direction") or "").startswith("outbound"):
        return ""
    return str(row.get("body") or "").replace("\r\n", "\n").rstrip().removeprefix(TRIAL_PREFIX)
