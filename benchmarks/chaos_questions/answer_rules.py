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
"""Which texts answer which questions, by the written rules alone: the app's own function has no part in it.

It is written slowly and literally, one rule of the contract after the other, to be compared with the app's function on
random conversations and to judge what the app did with a real log.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any


DAY_S = 24 * 3600
OPT_OUT = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"}
OTHER_KEYWORDS = {"start", "unstop", "help", "info"}


@dataclass
class Verdict:
    """How a question stands after all texts of the log. `calls_for_reply_line`: the first text that is no answer."""

    codes: dict[str, str]
    response: str | None = None
    answer_sid: str | None = None
    answered_with: str | None = None
    is_closed: bool = False  # after five wrong codes
    stopped_by: str | None = None
    calls_for_reply_line: str | None = None
    wrong_codes: int = field(default=0, repr=False)

    @property
    def is_open(self) -> bool:
        return self.response is None


def verdicts(rows: Iterable[Mapping[str, Any]]) -> dict[str, Verdict]:
    """Judge every question in these rows of Twilio's log, which stand as the log has them: the newest first."""
    oldest_first = list(rows)[::-1]
    texts = sorted((row for row in oldest_first if row["direction"] == "inbound"), key=_created)
    sent = [row for row in oldest_first if row["direction"] != "inbound"]
    found = {row["sid"]: Verdict(codes) for row in sent if (codes := codes_of(row))}
    questions = [row for row in sent if row["sid"] in found]
    for text in texts:
        to_whom = [row for row in sent if is_same_person(row["to"], text["from"])]
        asked = [row for row in to_whom if row["sid"] in found and is_in_time(row, text)]
        by_code = [row for row in asked if is_answer_by_code(text, row, asked, found)]
        # The state of other questions at this moment decides about a word, so all are judged before any is changed.
        answers = {row["sid"]: "code" for row in by_code}
        for row in asked:
            if row["sid"] not in answers and is_answer_by_word(text, row, to_whom, texts, found):
                answers[row["sid"]] = "word"
        known_codes = {code for row in asked for code in found[row["sid"]].codes}
        for row in asked:
            if not reaches(text, row, rows_of_account=sent):
                continue
            verdict = found[row["sid"]]
            if not verdict.is_open or verdict.is_closed:
                continue
            if row["sid"] in answers:
                verdict.answered_with = answers[row["sid"]]
                verdict.answer_sid = text["sid"]
                verdict.response = _answer_of(text, verdict.codes, answers[row["sid"]])
            elif not _is_for_another(text, row, answers, asked, found):
                if needs_code(verdict.codes) and any(len(n) == 6 and n not in known_codes for n in numbers_in(text)):
                    verdict.wrong_codes += 1
                    verdict.is_closed = verdict.wrong_codes >= 5
                _note(text, verdict)
    return {row["sid"]: found[row["sid"]] for row in questions}


def _note(text: Mapping[str, Any], verdict: Verdict) -> None:
    word = _bare(text["body"])
    if word in OPT_OUT:
        verdict.stopped_by = verdict.stopped_by or text["sid"]
    elif word not in OTHER_KEYWORDS and text["status"] != "receiving":
        verdict.calls_for_reply_line = verdict.calls_for_reply_line or text["sid"]


def _is_for_another(
    text: Mapping[str, Any],
    question: Mapping[str, Any],
    answers: Mapping[str, str],
    asked: list[Mapping[str, Any]],
    found: Mapping[str, Verdict],
) -> bool:
    """Whether it answers another question to this person, or did so before and is sent again."""
    if any(sid != question["sid"] for sid in answers):
        return True
    others = [row for row in asked if row["sid"] != question["sid"]]
    return any(is_answer_by_code(text, row, asked, found) for row in others)


# --- who and when


def is_same_person(one: str | None, other: str | None) -> bool:
    return bool(spellings(one) & spellings(other))


def spellings(address: str | None) -> set[str]:
    """Every way in which this person's number is written."""
    number = (address or "").rpartition(":")[2]
    if not number:
        return set()
    found = {number}
    for with_digit, without in (
        (r"\+521(\d{10})", r"\+52(\d{10})"),
        (r"\+549(\d{10})", r"\+54(\d{10})"),
    ):
        prefix = with_digit.split("(")[0].replace("\\", "")
        if match := re.fullmatch(with_digit, number):
            found.add(prefix[:-1] + match[1])
        elif match := re.fullmatch(without, number):
            found.add(prefix + match[1])
    if match := re.fullmatch(r"\+55(\d\d)9([6-9]\d{7})", number):
        found.add(f"+55{match[1]}{match[2]}")
    elif match := re.fullmatch(r"\+55(\d\d)([6-9]\d{7})", number):
        found.add(f"+55{match[1]}9{match[2]}")
    return found


def reaches(
    text: Mapping[str, Any], question: Mapping[str, Any], rows_of_account: Iterable[Mapping[str, Any]]
) -> bool:
    """Whether it was sent to the number that asked, or to another one of the service that asked."""
    if text["to"] == question["from"]:
        return True
    service = question.get("messaging_service_sid")
    if not service:
        return False
    numbers = {row["from"] for row in rows_of_account if row.get("messaging_service_sid") == service}
    return text.get("messaging_service_sid") == service or text["to"] in numbers


def is_in_time(question: Mapping[str, Any], text: Mapping[str, Any]) -> bool:
    return 0 <= _created(text) - _created(question) <= DAY_S


def _created(row: Mapping[str, Any]) -> float:
    return _seconds(row["date_created"])  # type: ignore[return-value]


def _left(row: Mapping[str, Any]) -> float | None:
    return _seconds(row.get("date_sent"))


def _seconds(date: str | None) -> float | None:
    return parsedate_to_datetime(date).timestamp() if date else None


# --- what was asked


def codes_of(row: Mapping[str, Any]) -> dict[str, str]:
    """The choice of each code that a question names in its last line; none where it is no question of the app."""
    *question, last = (row["body"] or "").split("\n")
    if not "".join(question).strip():
        return {}
    return _codes_in(last)


def _codes_in(line: str) -> dict[str, str]:
    if not line.startswith("Reply "):
        return {}
    pairs = [re.fullmatch(r"([0-9]+) for (.+)", part) for part in line[len("Reply ") :].split(", ")]
    codes = {pair[1]: pair[2] for pair in pairs if pair}
    if len(codes) != len(pairs) or len(pairs) > 9:
        return {}
    given = list(codes)
    if all(len(code) == 6 for code in given):
        return codes
    number = given[0][:-1]
    is_numbered = given == [f"{number}{choice}" for choice in range(1, len(given) + 1)]
    if is_numbered and (len(number) == 2 or (len(number) == 3 and 200 <= int(number) <= 979)):
        return codes
    return {}


def needs_code(codes: Mapping[str, str]) -> bool:
    return all(len(code) == 6 for code in codes)


def is_reply_line_of(message: Mapping[str, Any], codes: Mapping[str, str]) -> bool:
    """Whether the app sent it to repeat a question's codes: one line, which may name the question before them."""
    body = message["body"] or ""
    return "\n" not in body and body.lower().endswith(_reply_line(codes).lower())


def _reply_line(codes: Mapping[str, str]) -> str:
    return "Reply " + ", ".join(f"{code} for {choice}" for code, choice in codes.items())


# --- by code


def is_answer_by_code(
    text: Mapping[str, Any],
    question: Mapping[str, Any],
    asked: Iterable[Mapping[str, Any]],
    found: Mapping[str, Verdict],
) -> bool:
    codes = found[question["sid"]].codes
    code = code_in(text, codes)
    if code is None:
        return False
    carriers = [row for row in asked if code in found[row["sid"]].codes]
    return len(carriers) == 1


def code_in(text: Mapping[str, Any], codes: Mapping[str, str]) -> str | None:
    """The one code that a text holds as a number by itself, with no other number and no word of another choice."""
    numbers = {number for number in numbers_in(text) if len(number) >= 3}
    if len(numbers) != 1:
        return None
    (code,) = numbers
    if code not in codes:
        return None
    body = _plain(text["body"])
    for match in re.finditer(r"[0-9]+", body):
        if match[0] == code:
            before, after = body[: match.start()], body[match.end() :]
            if re.search(r"\w$", before) or re.match(r"\w", after):
                return None
            if re.search(r"\w[-_./@\\]$|[0-9][,:']$", before) or re.match(r"[-.,:/'@][0-9]", after):
                return None
    words = body.casefold()
    own = _places(codes[code], words)
    for other_code, choice in codes.items():
        if other_code != code:
            for start, end in _places(choice, words):
                if not any(first <= start and end <= last for first, last in own):
                    return None
    quoted = _plain(_reply_line(codes)).casefold()
    if quoted in words and re.search(r"\w", words.replace(quoted, "")):
        return None  # a tapback quotes what it likes or dislikes
    return code


def numbers_in(text: Mapping[str, Any]) -> list[str]:
    return re.findall(r"[0-9]+", _plain(text["body"]))


def _places(choice: str, words: str) -> list[tuple[int, int]]:
    """Where a choice's word stands in a text, as a word by itself."""
    word = _bare(choice) or _plain(choice).casefold()
    before = r"(?<!\w)" if re.match(r"\w", word) else ""
    after = r"(?!\w)" if re.search(r"\w$", word) else ""
    folded = _dotless(words)
    return [match.span() for match in re.finditer(before + re.escape(word) + after, folded)]


# --- by word


def is_answer_by_word(
    text: Mapping[str, Any],
    question: Mapping[str, Any],
    to_whom: Iterable[Mapping[str, Any]],
    texts: Iterable[Mapping[str, Any]],
    found: Mapping[str, Verdict],
) -> bool:
    codes = found[question["sid"]].codes
    if needs_code(codes) or word_in(text, codes) is None:
        return False
    at, left = _created(text), _left(question)
    if left is None or at < left + 2:
        return False
    if question["status"] in ("undelivered", "failed", "canceled") and (_seconds(question["date_updated"]) or 0) <= at:
        return False  # it was known by then that the question did not arrive
    for other in to_whom:
        if other["sid"] == question["sid"] or is_reply_line_of(other, codes):
            continue
        other_left = _left(other)
        if other_left is None and other["status"] in ("failed", "canceled"):
            continue  # nobody ever got it
        if other_left is not None and left <= other_left <= at:
            return False
        is_older = _created(other) <= _created(question) or (other_left is not None and other_left <= left)
        if is_older and 0 <= at - _created(other) <= DAY_S:
            if other["sid"] in found and found[other["sid"]].is_open:
                return False
            if not (other["body"] or "").strip() and str(other["num_media"] or "0") == "0":
                return False  # what it said is gone: it may have been a question
    for earlier in texts:
        if earlier["sid"] == text["sid"]:
            break
        if is_same_person(earlier["from"], text["from"]) and _created(earlier) >= _created(question):
            if _bare(earlier["body"]) in OPT_OUT:
                return False  # "yes" opts in again
    return True


def word_in(text: Mapping[str, Any], codes: Mapping[str, str]) -> str | None:
    """The choice whose word a text is, in any case and without the punctuation around it."""
    choices = list(codes.values())
    given = _plain(text["body"])
    for form in (lambda word: _plain(word), lambda word: _dotless(_plain(word).casefold()), _bare):
        same = [choice for choice in choices if form(choice) == form(given) != ""]
        if len(same) == 1:
            return same[0]
        if same:
            return None
    return None


def _answer_of(text: Mapping[str, Any], codes: Mapping[str, str], answered_with: str) -> str:
    code = code_in(text, codes)
    if answered_with == "code":
        assert code is not None
        return codes[code]
    word = word_in(text, codes)
    assert word is not None
    return word


# --- how people and phones write


def _plain(text: str | None) -> str:
    """A text without what nobody sees, its digits as 0 to 9, its quotes and dashes straight, its blanks single."""
    shown = []
    for character in unicodedata.normalize("NFKC", text or ""):
        if unicodedata.category(character) in ("Cf", "Cs", "Me") or "\ufe00" <= character <= "\ufe0f":
            continue
        if character.isdecimal():
            character = str(unicodedata.decimal(character))
        shown.append({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‐": "-", "‑": "-"}.get(character, character))
    return " ".join("".join(shown).split())


def _dotless(folded: str) -> str:
    """Turkish has two letters i, whose capitals are each other's: I is the capital of ı, and İ of i."""
    return folded.replace("i\u0307", "i").replace("ı", "i")


def _bare(text: str | None) -> str:
    word = _dotless(_plain(text).casefold())
    is_outside = lambda character: character.isspace() or unicodedata.category(character)[0] == "P" or character in "$+<=>^`|~"  # noqa: E731
    while word and is_outside(word[0]):
        word = word[1:]
    while word and is_outside(word[-1]):
        word = word[:-1]
    return word
