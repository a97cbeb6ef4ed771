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

A question is a text whose last line says how to answer it, such as "Reply 421 for yes, 422 for no". Its codes are read
back from that line, so that nothing but Twilio's message log is needed, on any node and at any time. A code of six
digits says that nothing but a code counts.

How an action asks: parse_choices; a reading of the log of the person since LOG_WINDOW_S; taken_numbers, draw_number;
short_choices or long_choices; question_text. How it waits: it reads the log from that moment on, gaplessly, and gives
all rows so far to read_states after each reading.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

from twilio_api.text import is_blank
from twilio_api.timestamps import created_at
from twilio_api.values import WrongValue, parts_of, quoted
from twilio_consts import TRIAL_PREFIX, UNDELIVERED_STATUSES


ANSWER_WINDOW_S = 24 * 60 * 60  # after the question, by Twilio's date_created
# How far before a question the log of its person is read: a day for the questions that can be open together with it,
# and two more to tell which of those were answered
LOG_WINDOW_S = 3 * ANSWER_WINDOW_S
# How far before a text the log of its person is read, to tell which question it answers
TEXT_LOG_WINDOW_S = ANSWER_WINDOW_S + LOG_WINDOW_S
MAX_CHOICES = 9
MAX_WRONG_CODES = 5  # of a question that takes nothing but a code: then no answer counts any more
CODE_DIGITS, LONG_CODE_DIGITS = 3, 6

# With these first two digits no code reads like 911, 112, 988, 999 or another service's number
QUESTION_NUMBERS = tuple(number for number in range(20, 98) if number % 10 != 1)

# Texts that carriers and Twilio act upon: https://help.twilio.com/articles/223134027
_OPT_OUTS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_HELPS = frozenset({"help", "info"})
_OPT_INS = frozenset({"start", "unstop"})
_REFUSED_CHOICES = _OPT_OUTS | _HELPS
_KEYWORDS = _REFUSED_CHOICES | _OPT_INS

_REPLY = re.compile(r"Reply (?P<choices>.+)")
_CHOICE = re.compile(r"(?P<code>[0-9]{3}|[0-9]{6}) for (?P<word>.+)")
_GREEK_QUESTION = re.compile(r"\u037e|;[^\w;]*\Z")  # Greek keyboards write a semicolon
_NEGATION = re.compile(r"(?<!\w)[!\uff01](?=\w)")  # who writes programs means "not yes" by "!yes"
_REORDERING = frozenset("\u202d\u202e")  # what follows is shown in another order than it stands there


class Choice(NamedTuple):
    """One way to answer: its code, and its word as the question shows it."""

    code: str
    word: str


class Question(NamedTuple):
    """A question as the message log shows it.

    `person` and `number` are the two sides as Twilio writes them; `number` is empty until a Messaging Service chose
    one. `asked_at` is Twilio's date_created, in seconds since the epoch. `is_undelivered`: Twilio says that it did not
    arrive.
    """

    sid: str
    person: str
    number: str
    asked_at: float
    choices: tuple[Choice, ...]
    is_undelivered: bool = False

    @property
    def needs_code(self) -> bool:
        """Whether nothing but a code counts."""
        return len(self.choices[0].code) == LONG_CODE_DIGITS

    @property
    def question_number(self) -> int | None:
        """The first two digits of its codes; None where each code is drawn by itself."""
        return None if self.needs_code else int(self.choices[0].code[:2])

    def was_asked_in_the_day_before(self, time: float) -> bool:
        """Whether it was asked within the 24 hours before `time`, or in that second."""
        return 0.0 <= time - self.asked_at <= ANSWER_WINDOW_S


class Answer(NamedTuple):
    """The choice that a person made, and the text that made it, as Twilio shows it."""

    choice: Choice
    row: dict[str, Any]

    @property
    def is_by_code(self) -> bool:
        """Whether it names its question; a word alone is an answer only while no other question is open."""
        return self.choice.code in (_tokens(str(self.row.get("body") or "")) or ())


class QuestionState(NamedTuple):
    """What came of a question so far.

    `has_other_text`: whether a text came that answers nothing and is no keyword, so that the person may need the reply
    line; `was_reminded`: whether the reply line was sent. `is_locked`: too many wrong codes came.
    """

    question: Question
    answer: Answer | None = None
    wrong_codes: int = 0
    has_other_text: bool = False
    was_reminded: bool = False

    @property
    def final_answer(self) -> Answer | None:
        """The answer, but for a word alone to a question that did not arrive: the person meant something else."""
        return self.answer if self.answer and (self.answer.is_by_code or not self.question.is_undelivered) else None

    @property
    def is_locked(self) -> bool:
        """Whether no answer counts any more."""
        return self.wrong_codes >= MAX_WRONG_CODES

    @property
    def needs_reminder(self) -> bool:
        """Whether the reply line should be sent, which happens once at the most."""
        return self.has_other_text and not (self.was_reminded or self.answer or self.is_locked)


# --- asking


def parse_choices(text: object) -> tuple[str, ...]:
    """Return the words of a list of choices, in text with commas, or in JSON. Raises WrongValue for wrong ones."""
    if isinstance(text, (bool, dict)):
        raise WrongValue(
            "The parameter 'responses' is not a list of choices. Give words with commas between, such as yes,no."
        )
    words = tuple(" ".join(part.split()) for part in parts_of(text))
    if not 1 <= len(words) <= MAX_CHOICES:
        raise WrongValue(f"The parameter 'responses' has {len(words)} choices; give 1 to {MAX_CHOICES}.")
    known: set[tuple[str, ...]] = set()
    for word in words:
        tokens = _tokens(word)
        if not tokens or "," in word or is_blank("".join(tokens)):
            raise WrongValue(f"The choice {quoted(word)} of 'responses' cannot be answered: use letters or digits.")
        if len(tokens) == 1 and tokens[0] in _REFUSED_CHOICES:
            raise WrongValue(
                f"The choice {quoted(word)} of 'responses' is a keyword of carriers and Twilio: a person who answers "
                "it may be opted out. Use another word."
            )
        if len(tokens) == 1 and _is_code(tokens[0]):
            raise WrongValue(f"The choice {quoted(word)} of 'responses' reads like a code. Use another word.")
        if tokens in known:
            raise WrongValue(
                f"The choice {quoted(word)} stands in 'responses' twice. Upper and lower case count as the same."
            )
        known.add(tokens)
    return words


def draw_number(taken: Collection[int], choose: Callable[[Sequence[int]], int]) -> int | None:
    """Draw the number of a question that no other open question carries; None where none is free."""
    free = [number for number in QUESTION_NUMBERS if number not in taken]
    return choose(free) if free else None


def short_choices(number: int, words: Iterable[str]) -> tuple[Choice, ...]:
    """Give each word the code of a question's number and its place."""
    return tuple(Choice(f"{number}{place}", word) for place, word in enumerate(words, start=1))


def long_choices(words: Iterable[str], draw_digits: Callable[[], int]) -> tuple[Choice, ...]:
    """Give each word six digits of its own; `draw_digits` draws from 0 to 999999, unpredictably."""
    codes: list[str] = []
    choices = []
    for word in words:
        code = f"{draw_digits():0{LONG_CODE_DIGITS}d}"
        while code in codes:
            code = f"{draw_digits():0{LONG_CODE_DIGITS}d}"
        codes.append(code)
        choices.append(Choice(code, word))
    return tuple(choices)


def reply_line(choices: Iterable[Choice]) -> str:
    """Return how to answer, such as "Reply 421 for yes, 422 for no"."""
    return "Reply " + ", ".join(f"{choice.code} for {choice.word}" for choice in choices)


def question_text(question: str, choices: Iterable[Choice]) -> str:
    """Return what is sent: the question, and how to answer it."""
    return f"{question}\n{reply_line(choices)}"


# --- reading the message log


def parse_question(row: dict[str, Any]) -> Question | None:
    """Read a question from a row of the message log; None where the row is not a question of this app."""
    asked_at = created_at(row)
    body = _own_body(row)
    text, _, last_line = body.rpartition("\n")
    choices = _parse_reply_line(last_line)
    if not choices or not text.strip() or asked_at is None:
        return None
    return Question(
        sid=str(row.get("sid")),
        person=str(row.get("to")),
        number=str(row.get("from") or ""),
        asked_at=asked_at,
        choices=choices,
        is_undelivered=row.get("status") in UNDELIVERED_STATUSES,
    )


def taken_numbers(rows: Iterable[dict[str, Any]], person: str, now: float) -> set[int]:
    """Return the numbers of the questions to a person in the 24 hours before `now` (seconds since the epoch)."""
    questions = (question for row in rows if (question := parse_question(row)) and question.person == person)
    return {
        question.question_number
        for question in questions
        if question.question_number is not None and question.asked_at >= now - ANSWER_WINDOW_S
    }


def read_states(rows: Iterable[dict[str, Any]], *, until: float = math.inf) -> dict[str, QuestionState]:
    """Read from rows of the message log, in any order, what came of each question among them, by the question's SID.

    The rows must hold all texts from and to the person since LOG_WINDOW_S before the question; what is older is left
    out, so that it makes no difference how much was read. A row may stand there twice. What counts as an answer:

    - a text from the very person to the very number that asked, within 24 hours by Twilio's date_created;
    - a code of the question, alone or with its own word, from the question's own second on. A code that two questions
      to the person of the last 24 hours carry answers neither;
    - or a word alone, if the question does not need a code: from the second after the question on, and only if no other
      question to the person of the last 24 hours was open then.

    Case, punctuation and the script of digits make no difference. A question mark makes it no answer, and so do a
    semicolon at the end, which is the Greek one, and an exclamation mark before a word. The first answer counts. Where
    it is not certain, it is no answer: two different answers within one second, of which Twilio does not tell the
    first, are none. Texts of the second `until` or later (since the epoch) are therefore left for the next reading:
    more may come in the second in which the log is read.
    """
    log: dict[str, dict[float, dict[str, dict[str, Any]]]] = {}  # by person, by second, by SID
    for row in rows:
        created = created_at(row)
        if created is not None and not (_is_inbound(row) and created >= until):
            person = str(row.get("from" if _is_inbound(row) else "to"))
            log.setdefault(person, {}).setdefault(created, {})[str(row.get("sid"))] = row
    states: dict[str, QuestionState] = {}
    for seconds in log.values():
        in_order = {at: list(seconds[at].values()) for at in sorted(seconds)}
        found = _read_person(in_order)
        for sid, state in found.items():
            since = state.question.asked_at - LOG_WINDOW_S
            if min(in_order) < since:
                state = _read_person({at: of_second for at, of_second in in_order.items() if at >= since})[sid]
            states[sid] = state
    return states


def has_text_since(rows: Iterable[dict[str, Any]], time: float) -> bool:
    """Whether a text of somebody else is among the rows that came at `time` (seconds since the epoch) or later."""
    return any(_is_inbound(row) and (created_at(row) or 0.0) >= time for row in rows)


def count_texts(rows: Iterable[dict[str, Any]], until: float) -> Counter[str]:
    """Count the texts of each person among the rows that came before `until` (seconds since the epoch)."""
    return Counter(str(row.get("from")) for row in rows if _is_inbound(row) and (created_at(row) or 0.0) < until)


def is_keyword(text: object) -> bool:
    """Whether a text is one that carriers and Twilio act upon, such as STOP, START or HELP."""
    tokens = _tokens(str(text or ""))
    return tokens is not None and len(tokens) == 1 and tokens[0] in _KEYWORDS


class _Reading(NamedTuple):
    """What a person's text says.

    `here`: SIDs of the questions that were asked from the number it was sent to. `choices`: the choice it makes, by the
    question's SID; none or one. `is_guess`: it holds a code that no question has. `may_answer`: it chooses by the code
    of a question whose Messaging Service has not chosen a number yet.
    """

    row: dict[str, Any]
    here: frozenset[str]
    choices: tuple[tuple[str, Choice], ...]
    is_guess: bool
    may_answer: bool


def _read_person(seconds: dict[float, list[dict[str, Any]]]) -> dict[str, QuestionState]:
    """The states of the questions to one person, from the rows between the two sides, second by second."""
    found = [question for rows in seconds.values() for row in rows if (question := parse_question(row))]
    states = {question.sid: QuestionState(question) for question in found}
    for at, rows in seconds.items():
        # Which row of a second came first is not known: each is read as if it were the first
        readings = [_read_text(at, row, states) for row in rows if _is_inbound(row)] if states else []
        reminders = [choices for row in rows if (choices := _parse_reply_line(_own_body(row)))]
        for sid, state in states.items():
            states[sid] = _after(state, [reading for reading in readings if sid in reading.here])._replace(
                was_reminded=state.was_reminded or state.question.choices in reminders
            )
    return states


def _after(state: QuestionState, readings: list[_Reading]) -> QuestionState:
    """The state of a question after the texts of one second."""
    if state.answer is not None or not readings:
        return state
    sid = state.question.sid
    if state.question.needs_code:
        state = state._replace(wrong_codes=state.wrong_codes + sum(reading.is_guess for reading in readings))
    answers = [
        Answer(choice, reading.row) for reading in readings for chosen, choice in reading.choices if chosen == sid
    ]
    is_certain = len({answer.choice for answer in answers}) == 1
    if is_certain and not state.is_locked:
        return state._replace(answer=min(answers, key=lambda each: (not each.is_by_code, str(each.row.get("sid")))))
    # A text that answers another question, or may do so, or is a keyword, needs no reply line
    others = [
        reading
        for reading in readings
        if not (reading.choices or reading.may_answer or is_keyword(reading.row.get("body")))
    ]
    return state._replace(has_other_text=state.has_other_text or bool(others or answers))


def _read_text(at: float, row: dict[str, Any], states: dict[str, QuestionState]) -> _Reading:
    """Read one text of a person, with the states of all questions to that person before it."""
    asked = [state for state in states.values() if state.question.was_asked_in_the_day_before(at)]
    here = frozenset(state.question.sid for state in asked if state.question.number == row.get("to"))
    tokens = _tokens(str(row.get("body") or "")) or ()
    codes = {token for token in tokens if _is_code(token)}
    named = [state for state in asked if any(choice.code in codes for choice in state.question.choices)]
    found: list[tuple[str, Choice]] = []
    if not named:
        found = _chosen_by_word(at, tokens, asked)
    elif len(named) == 1:
        found = _chosen_by_code(tokens, named[0].question)
    choices = tuple(found) if len(found) == 1 and found[0][0] in here else ()
    is_guess = not named and any(len(code) == LONG_CODE_DIGITS for code in codes)
    return _Reading(row, here, choices, is_guess, may_answer=bool(found and named and not named[0].question.number))


def _chosen_by_code(tokens: tuple[str, ...], question: Question) -> list[tuple[str, Choice]]:
    """The choices of a question that a text names by code, alone or with its own word before or after it."""
    words = [_tokens(choice.word) or () for choice in question.choices]
    if tokens in words:  # a word that holds the code of a choice
        return []
    found = []
    for choice, word in zip(question.choices, words):
        if tokens in ((choice.code,), (choice.code, *word), (*word, choice.code)):
            found.append((question.sid, choice))
    return found


def _chosen_by_word(at: float, tokens: tuple[str, ...], asked: list[QuestionState]) -> list[tuple[str, Choice]]:
    """The choices that a text names by word, of the one question that was open."""
    are_open = [state.question for state in asked if state.answer is None]
    if len(are_open) != 1 or not tokens:
        return []
    (only,) = are_open
    if only.needs_code or at <= only.asked_at or (len(tokens) == 1 and tokens[0] in _REFUSED_CHOICES):
        return []
    return [(only.sid, choice) for choice in only.choices if tokens == _tokens(choice.word)]


def _is_inbound(row: dict[str, Any]) -> bool:
    return row.get("direction") == "inbound"


def _own_body(row: dict[str, Any]) -> str:
    """The text of a message of this account, without a trial account's prefix; empty for a text of somebody else."""
    if not str(row.get("direction") or "").startswith("outbound"):
        return ""
    body = str(row.get("body") or "")
    return body[len(TRIAL_PREFIX) :] if body.startswith(TRIAL_PREFIX) else body


def _parse_reply_line(line: str) -> tuple[Choice, ...] | None:
    """The choices of a reply line; None where it is none that this app would write."""
    found = _REPLY.fullmatch(line.strip())
    if not found:
        return None
    parts = [_CHOICE.fullmatch(part) for part in found["choices"].split(", ")]
    choices = tuple(Choice(part["code"], part["word"]) for part in parts if part)
    codes = [choice.code for choice in choices]
    if len(choices) != len(parts) or len(choices) > MAX_CHOICES:
        return None
    is_long = all(len(code) == LONG_CODE_DIGITS for code in codes) and len(set(codes)) == len(codes)
    is_short = codes == [f"{codes[0][:2]}{place}" for place in range(1, len(codes) + 1)]
    is_short = is_short and int(codes[0][:2]) in QUESTION_NUMBERS
    return choices if is_long or is_short else None


def _is_code(token: str) -> bool:
    return token.isdigit() and token.isascii() and len(token) in (CODE_DIGITS, LONG_CODE_DIGITS)


def _tokens(text: str) -> tuple[str, ...] | None:
    """The words of a text without punctuation and case, digits of all scripts as ASCII.

    None for one that asks back, or may mean the opposite of its words.
    """
    if _GREEK_QUESTION.search(text) or _NEGATION.search(text):
        return None
    characters = []
    for char in unicodedata.normalize("NFKC", text).casefold():
        category, name = unicodedata.category(char), unicodedata.name(char, "")
        if category == "Po" and ("QUESTION MARK" in name or "INTERROBANG" in name):
            return None
        if category == "Nd":
            characters.append(str(unicodedata.digit(char)))
        elif category[0] in "PZ" or char.isspace():
            characters.append(" ")
        elif char in _REORDERING or not (category == "Cf" or name.startswith("VARIATION SELECTOR")):
            characters.append(char)
    return tuple("".join(characters).split())
