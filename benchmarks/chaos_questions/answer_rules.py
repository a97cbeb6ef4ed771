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
"""Which text answers which question, by the rules that the README gives to people.

The rules are written here a second time, with nothing of the app, to judge it. They are given the messages that the
local Twilio's log could show at a moment, and say for each question what the right answer was at that moment:

- A text answers where it comes from the very person to the very number that asked, within 24 hours, and is a code of
  the question, alone or with its own word. A code that two questions to the person carry answers neither.
- Or it is a choice's word alone, later than the question's second, where the question does not need a code and no other
  question of the last day to the person was open then.
- The first answer counts. Twilio dates in whole seconds: two different answers in one second are none.
- Five texts with six digits that are no code lock a question that needs a code.

Punctuation around and between, case, invisible characters and the script of digits make no difference. A question mark
makes a text no answer, and so do emoji. Whether a question arrived is no matter of these rules.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sandbox.twilio import Message


DAY_S = 24 * 60 * 60
WRONG_CODES = 5

_CHOICE = re.compile(r"(\d{6}|\d{3}) for (.+?)(?=, (?:\d{6}|\d{3}) for |$)")
_DIRECTION_OVERRIDES = "\u202d\u202e"
_KEYWORDS = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "help", "info", "start", "unstop"}


@dataclass(frozen=True)
class Verdict:
    """What came of a question: the word of its answer and the SID of the text that gave it, empty where there is none.

    `text_sids` has several where a person gave the same answer several times within a second.
    `needs_line`: a text came that answers nothing, so that the reply line is due.
    """

    word: str = ""
    text_sids: frozenset[str] = frozenset()
    is_locked: bool = False
    needs_line: bool = False


@dataclass
class _Question:
    message: Message
    words: dict[str, str]  # by code
    wrong_codes: int = 0
    answered_at: float = math.inf
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def second(self) -> int:
        return math.floor(self.message.created)

    @property
    def needs_code(self) -> bool:
        return any(len(code) == 6 for code in self.words)

    def covers(self, second: int) -> bool:
        return self.second <= second <= self.second + DAY_S


def codes_of(body: str) -> dict[str, str]:
    """The words of a question's choices by their codes, as a person reads them; empty for another text."""
    text, _, line = body.rpartition("\n")
    return dict(_CHOICE.findall(line)) if text and line.startswith("Reply ") else {}


def verdicts(messages: Iterable[Message]) -> dict[str, Verdict]:
    """What came of each question to one person, by its SID, where these are all messages that the log could show."""
    rows = list(messages)
    questions = [
        _Question(row, words) for row in rows if row.direction == "outbound-api" and (words := codes_of(row.body))
    ]
    texts: dict[int, list[Message]] = {}
    for row in rows:
        if row.is_inbound:
            texts.setdefault(math.floor(row.created), []).append(row)
    for second in sorted(texts):
        _judge_second(second, texts[second], questions)
    return {question.message.sid: question.verdict for question in questions}


def verdicts_between(
    messages: Iterable[Message], sid: str, since: float, until: float, own: Collection[str], unread_s: float = 0.0
) -> list[Verdict]:
    """What came of a question by what the log showed at each moment between two times, the last one last.

    `own` holds the SIDs of messages that count from their creation on, whenever the log shows them. Texts of the last
    `unread_s` seconds are left out, as whoever waits until a second is over does. Times are in seconds since the epoch.
    """
    rows = list(messages)
    times = {row.sid: row.created if row.sid in own else shown_at(row) for row in rows}
    moments = sorted({since, until, *(time for time in times.values() if since < time <= until)})
    found = []
    for moment in moments:
        read = (row for row in rows if not row.is_inbound or row.created <= moment - unread_s)
        found.append(verdicts(row for row in read if times[row.sid] <= moment).get(sid, Verdict()))
    return found


def has_lasting_answer(found: Iterable[Verdict]) -> bool:
    """Whether there was an answer at each of these moments, so that whoever read the log at any of them saw it."""
    return all(verdict.word for verdict in found)


def is_overtaken(messages: Iterable[Message], sid: str, word: str, until: float) -> bool:
    """Whether nothing but rows that came late made an answer wrong that was reported at `until` or before.

    Of all messages that the log shows in the end, those are left out that it did not show yet at some moment between
    the question and then: the rest gives that answer.
    """
    rows = list(messages)
    asked_at = next(row.created for row in rows if row.sid == sid)
    for moment in {time for row in rows for time in (row.created, shown_at(row)) if asked_at <= time <= until}:
        shown = [row for row in rows if not row.created <= moment < shown_at(row)]
        if len(shown) < len(rows) and verdicts(shown).get(sid, Verdict()).word == word:
            return True
    return False


def shown_at(message: Message) -> float:
    """When the log showed a message first (seconds since the epoch)."""
    return max(message.created, message.listed_at)


def _judge_second(second: int, texts: list[Message], questions: list[_Question]) -> None:
    meanings = [(text, _meaning(second, text, questions)) for text in texts]
    for question in questions:
        if question.verdict.word or not question.covers(second):
            continue
        here = [(text, meaning) for text, meaning in meanings if text.to == question.message.from_]
        if question.needs_code:
            question.wrong_codes += sum(_is_wrong_code(second, text, questions) for text, _ in here)
        mine: dict[str, set[str]] = {}
        for text, meaning in here:
            if meaning and meaning[0] is question:
                mine.setdefault(meaning[1], set()).add(text.sid)
        is_locked = question.wrong_codes >= WRONG_CODES
        if len(mine) == 1 and not is_locked:
            ((word, sids),) = mine.items()
            question.verdict, question.answered_at = Verdict(word, frozenset(sids)), second
            continue
        others = [text for text, meaning in here if not meaning and (_plain(text.body) or "") not in _KEYWORDS]
        needs_line = question.verdict.needs_line or bool(others or mine)
        question.verdict = Verdict(is_locked=is_locked, needs_line=needs_line)


def _meaning(second: int, text: Message, questions: list[_Question]) -> tuple[_Question, str] | None:
    """The question that a text answers, and the word of its choice."""
    plain = _plain(text.body)
    if not plain:
        return None
    asked = [question for question in questions if question.covers(second)]
    owners = [question for question in asked if any(code in plain.split() for code in question.words)]
    found: tuple[_Question, str] | None = None
    if len(owners) == 1:
        for code, word in owners[0].words.items():
            if plain in (code, f"{code} {_plain(word)}", f"{_plain(word)} {code}"):
                found = owners[0], word
    elif not owners:
        still_open = [question for question in asked if question.answered_at >= second]
        if len(still_open) == 1 and not still_open[0].needs_code and second > still_open[0].second:
            for word in still_open[0].words.values():
                if plain == _plain(word):
                    found = still_open[0], word
    return found if found and found[0].message.from_ == text.to else None


def _is_wrong_code(second: int, text: Message, questions: list[_Question]) -> bool:
    known = {code for question in questions if question.covers(second) for code in question.words}
    said = (_plain(text.body) or "").split()
    return any(re.fullmatch("[0-9]{6}", word) for word in said) and not known.intersection(said)


def _plain(body: str) -> str | None:
    """A text in lower case, without punctuation, digits as ASCII; None where it asks back."""
    text = unicodedata.normalize("NFKC", body).casefold()
    if re.search("[?\u061f\u00bf]", text):
        return None
    kept = []
    for char in text:
        category = unicodedata.category(char)
        if char.isdecimal():
            kept.append(str(unicodedata.decimal(char)))
        elif char.isspace() or category.startswith("P"):
            kept.append(" ")
        elif char in _DIRECTION_OVERRIDES or not (category == "Cf" or char == "\ufe0f"):
            kept.append(char)
    return " ".join("".join(kept).split())
