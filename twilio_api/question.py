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
back from that line, so that nothing but Twilio's message log is needed, on any node and at any time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

from twilio_api.timestamps import created_at
from twilio_consts import TRIAL_PREFIX


ANSWER_WINDOW_S = 24 * 60 * 60  # after the question, by Twilio's date_created
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
_QUESTION_MARKS = frozenset("?¿؟？")


class Choice(NamedTuple):
    """One way to answer: its code, and its word as the question shows it."""

    code: str
    word: str


class Question(NamedTuple):
    """A question as the message log shows it.

    `person` and `number` are the two sides as Twilio writes them; `number` is empty until a Messaging Service chose
    one. `asked_at` is Twilio's date_created, in seconds since the epoch.
    """

    sid: str
    person: str
    number: str
    asked_at: float
    choices: tuple[Choice, ...]

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
    def is_locked(self) -> bool:
        """Whether no answer counts any more."""
        return self.wrong_codes >= MAX_WRONG_CODES

    @property
    def needs_reminder(self) -> bool:
        """Whether the reply line should be sent, which happens once at the most."""
        return self.has_other_text and not (self.was_reminded or self.answer or self.is_locked)


# --- asking


def parse_choices(text: object) -> tuple[str, ...]:
    """Return the words of a comma-separated list of choices. Raises ValueError for those that no answer could name."""
    parts = text if isinstance(text, (list, tuple)) else str(text or "").split(",")
    words = tuple(word for part in parts if (word := " ".join(str(part).split())))
    if not 1 <= len(words) <= MAX_CHOICES:
        raise ValueError(f"The parameter 'responses' has {len(words)} choices; give 1 to {MAX_CHOICES}.")
    seen: set[tuple[str, ...]] = set()
    for word in words:
        tokens = _tokens(word)
        if not tokens or "," in word:
            raise ValueError(f"The choice '{word}' of 'responses' cannot be answered: use letters or digits.")
        if len(tokens) == 1 and tokens[0] in _REFUSED_CHOICES:
            raise ValueError(
                f"The choice '{word}' of 'responses' is a keyword of carriers and Twilio: a person who answers it may "
                "be opted out. Use another word."
            )
        if any(_is_code(token) for token in tokens):
            raise ValueError(f"The choice '{word}' of 'responses' reads like a code. Use another word.")
        if tokens in seen:
            raise ValueError(f"The choice '{word}' stands in 'responses' twice.")
        seen.add(tokens)
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
    """Read a question from a row of the message log; None where the row is no question of this app."""
    asked_at = created_at(row)
    body = _own_body(row)
    text, _, last_line = body.rpartition("\n")
    choices = _parse_reply_line(last_line)
    if not choices or not text.strip() or asked_at is None:
        return None
    return Question(str(row.get("sid")), str(row.get("to")), str(row.get("from") or ""), asked_at, choices)


def taken_numbers(rows: Iterable[dict[str, Any]], person: str, now: float) -> set[int]:
    """Return the numbers of the questions to a person in the 24 hours before `now` (seconds since the epoch)."""
    questions = (question for row in rows if (question := parse_question(row)) and question.person == person)
    return {
        question.question_number
        for question in questions
        if question.question_number is not None and question.asked_at >= now - ANSWER_WINDOW_S
    }


def read_states(rows: Iterable[dict[str, Any]]) -> dict[str, QuestionState]:
    """Read from rows of the message log, in any order, what came of each question among them, by the question's SID.

    The rows must hold, for each question of interest, the texts since then of its person, and the questions to that
    person of the 24 hours before. What counts as an answer:

    - a text from the very person to the very number that asked, within 24 hours;
    - a code of the question, alone or with its own word: from the question's own second on. A code that two questions
      to the person carry answers neither;
    - or a word alone, if the question does not need a code: from the second after the question on, and only if no
      other question to the person was open.

    The first answer counts. Where it is not certain, it is no answer.
    """
    rows = [row for row in rows if created_at(row) is not None]
    questions = [question for row in rows if (question := parse_question(row))]
    states = {question.sid: QuestionState(question) for question in questions}
    for row in sorted(rows, key=lambda row: created_at(row) or 0.0):
        if row.get("direction") == "inbound":
            _read_text(row, states)
        elif (choices := _parse_reply_line(_own_body(row))) is not None:
            for state in states.values():
                if state.question.choices == choices and state.question.person == row.get("to"):
                    states[state.question.sid] = state._replace(was_reminded=True)
    return states


def is_keyword(text: object) -> bool:
    """Whether a text is one that carriers and Twilio act upon, such as STOP, START or HELP."""
    tokens = _tokens(str(text or ""))
    return tokens is not None and len(tokens) == 1 and tokens[0] in _KEYWORDS


def _read_text(row: dict[str, Any], states: dict[str, QuestionState]) -> None:
    """Let one text of a person change the states of the questions to that person."""
    at = created_at(row) or 0.0
    asked = [
        state
        for state in states.values()
        if state.question.person == row.get("from") and state.question.was_asked_in_the_day_before(at)
    ]
    here = [state for state in asked if state.question.number == row.get("to")]
    body = str(row.get("body") or "")
    tokens = _tokens(body)
    codes = [token for token in tokens or () if _is_code(token)]
    named = [state for state in asked if any(choice.code in codes for choice in state.question.choices)]
    found = _answered(here, asked, named, tokens, at)
    if found is not None:
        state, choice = found
        if state.answer is None and not state.is_locked:
            states[state.question.sid] = state._replace(answer=Answer(choice, row))
        return
    is_guess = any(len(code) == LONG_CODE_DIGITS for code in codes) and not named
    for state in here:
        if state.answer is None:
            states[state.question.sid] = state._replace(
                wrong_codes=state.wrong_codes + (is_guess and state.question.needs_code),
                has_other_text=state.has_other_text or not is_keyword(body),
            )


def _answered(
    here: list[QuestionState],
    asked: list[QuestionState],
    named: list[QuestionState],
    tokens: tuple[str, ...] | None,
    at: float,
) -> tuple[QuestionState, Choice] | None:
    """The question that a text answers, and the choice it makes; None where that is not certain.

    `here`: the questions of the last day from the number that was written to; `asked`: all of the last day to the
    person; `named`: those with a code that stands in the text.
    """
    if not tokens:
        return None
    for state in here:
        for choice in state.question.choices:
            word = _tokens(choice.word) or ()
            if tokens in ((choice.code,), (choice.code, *word), (*word, choice.code)):
                return (state, choice) if len(named) == 1 else None
    is_open = [state for state in asked if state.answer is None]
    if len(is_open) != 1 or is_open[0] not in here:
        return None
    (only,) = is_open
    if only.question.needs_code or at <= only.question.asked_at:
        return None
    return next(((only, choice) for choice in only.question.choices if tokens == _tokens(choice.word)), None)


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
    """The words of a text without punctuation and case, digits of all scripts as ASCII; None for one that asks back."""
    if any(char in _QUESTION_MARKS for char in text):
        return None
    characters = []
    for char in unicodedata.normalize("NFKC", text).casefold():
        category = unicodedata.category(char)
        if category == "Nd":
            characters.append(str(unicodedata.digit(char)))
        elif category[0] in "PZ" or char.isspace():
            characters.append(" ")
        elif category != "Cf" and not unicodedata.name(char, "").startswith("VARIATION SELECTOR"):
            characters.append(char)
    return tuple("".join(characters).split())
