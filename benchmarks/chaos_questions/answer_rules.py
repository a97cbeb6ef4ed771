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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cache
from itertools import groupby
from typing import Any


Row = Mapping[str, Any]  # a message as Twilio's log shows it

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


def verdicts(rows: Iterable[Row]) -> dict[str, Verdict]:
    """Judge every question in these rows of Twilio's log."""
    texts = sorted((row for row in rows if row["direction"] == "inbound"), key=_order)
    sent = sorted((row for row in rows if row["direction"] != "inbound"), key=_order)
    found = {row["sid"]: Verdict(codes) for row in sent if (codes := codes_of(row))}
    for _, of_second in groupby(texts, key=_created):
        # Which text of a second came first is not known, so all are judged before anything is changed.
        together = list(of_second)
        answers = {text["sid"]: answers_of(text, sent, found) for text in together}
        for sid, verdict in found.items():
            question = next(row for row in sent if row["sid"] == sid)
            own = [text for text in together if is_same_person(question["to"], text["from"])]
            reaching = [text for text in own if is_in_time(question, text) and reaches(text, question, sent)]
            if verdict.response is None and reaching:
                _judge_second(question, verdict, reaching, answers, sent, found)
    return found


def answers_of(text: Row, sent: Sequence[Row], found: Mapping[str, Verdict]) -> dict[str, tuple[str, str]]:
    """Which questions a text answers, by SID: with the choice, and by what."""
    to_whom = [row for row in sent if is_same_person(row["to"], text["from"])]
    asked = [row for row in to_whom if row["sid"] in found and is_in_time(row, text)]
    answers = {}
    for question in asked:
        if not reaches(text, question, sent):
            continue
        verdict = found[question["sid"]]
        code = code_in(text, verdict.codes)
        carriers = [row for row in to_whom if row["sid"] in found and may_be_meant(row, text)]
        if code is not None and sum(code in found[row["sid"]].codes for row in carriers) == 1:
            answers[question["sid"]] = (verdict.codes[code], "code")
        elif code is None and is_word_beyond_doubt(text, question, to_whom, found):
            answers[question["sid"]] = (word_in(text, verdict.codes) or "", "word")
    return answers


def _judge_second(
    question: Row,
    verdict: Verdict,
    texts: Sequence[Row],
    answers: Mapping[str, Mapping[str, tuple[str, str]]],
    sent: Sequence[Row],
    found: Mapping[str, Verdict],
) -> None:
    sid = question["sid"]
    has_stop = any(_bare(text["body"]) in OPT_OUT for text in texts)
    given = {}
    for text in texts:
        asked = [row for row in sent if is_same_person(row["to"], text["from"]) and may_be_meant(row, text)]
        known = {code for row in asked if row["sid"] in found for code in found[row["sid"]].codes}
        if needs_code(verdict.codes) and any(len(n) == 6 and n not in known for n in numbers_in(text["body"])):
            verdict.wrong_codes += 1
            verdict.is_closed = verdict.wrong_codes >= 5
        if sid in answers[text["sid"]]:
            response, by = answers[text["sid"]][sid]
            if by == "code" or not has_stop:
                given[text["sid"]] = (response, by)
    if len({response for response, _ in given.values()}) == 1 and not verdict.is_closed:
        text_sid = min(given, key=lambda text_sid: (given[text_sid][1], text_sid))
        response, by = given[text_sid]
        repeated = [
            row for row in sent if is_reply_line_of(row, verdict.codes) and is_same_person(row["to"], question["to"])
        ]
        is_answered_by_line = bool(repeated) and min(map(_created, repeated)) > _created(texts[0])
        if by == "word" and is_answered_by_line and verdict.calls_for_reply_line is None:
            verdict.calls_for_reply_line = text_sid  # whoever asked answered this very text with it: it was no answer
        else:
            verdict.answer_sid, verdict.response, verdict.answered_with = text_sid, response, by
        return
    for text in texts:
        others = [other for other in answers[text["sid"]] if other != sid]
        asked = [row for row in sent if is_same_person(row["to"], text["from"]) and is_in_time(row, text)]
        unchosen = [row for row in asked if row["sid"] in found and row["from"] is None]
        named = [code for row in unchosen if (code := code_in(text, found[row["sid"]].codes))]
        earlier = [row for row in sent if is_same_person(row["to"], text["from"]) and may_be_meant(row, text)]
        carried = [code for row in earlier if row["sid"] in found for code in found[row["sid"]].codes]
        may_answer = [code for code in named if carried.count(code) == 1]
        if _bare(text["body"]) in OPT_OUT:
            verdict.stopped_by = verdict.stopped_by or text["sid"]
        elif not (others or may_answer or _bare(text["body"]) in OTHER_KEYWORDS or text["status"] == "receiving"):
            verdict.calls_for_reply_line = verdict.calls_for_reply_line or text["sid"]


# --- who and when


def is_same_person(one: str | None, other: str | None) -> bool:
    return bool(spellings(one) & spellings(other))


@cache
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


def reaches(text: Row, question: Row, rows_of_account: Iterable[Row]) -> bool:
    """Whether it was sent to the number that asked, or to another one of the service that asked."""
    if text["to"] and _number(text["to"]) == _number(question["from"]):
        return True
    service = question.get("messaging_service_sid")
    if not service:
        return False
    numbers = {_number(row["from"]) for row in rows_of_account if row.get("messaging_service_sid") == service}
    return text.get("messaging_service_sid") == service or _number(text["to"]) in numbers


def _number(address: str | None) -> str:
    return (address or "").split(":")[-1]


def is_in_time(question: Row, text: Row) -> bool:
    return 0 <= _created(text) - _created(question) <= DAY_S


def may_be_meant(question: Row, text: Row) -> bool:
    """Whether the number of a question is still kept for it, so that a late answer to it would show the same code."""
    return 0 <= _created(text) - _created(question) <= 2 * DAY_S


def _created(row: Row) -> float:
    return _seconds(row["date_created"])  # type: ignore[return-value]


def _order(row: Row) -> tuple[float, str]:
    return _created(row), row["sid"]


def _left(row: Row) -> float | None:
    """When it left Twilio; where Twilio does not say so of a message that left, when it was created."""
    left = _seconds(row.get("date_sent"))
    has_left = row["status"] not in ("accepted", "scheduled", "queued", "sending", "undelivered", "failed", "canceled")
    return _created(row) if left is None and has_left and not codes_of(row) else left


@cache
def _seconds(date: str | None) -> float | None:
    return parsedate_to_datetime(date).timestamp() if date else None


# --- what was asked


def codes_of(row: Row) -> dict[str, str]:
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


def is_reply_line_of(message: Row, codes: Mapping[str, str]) -> bool:
    """Whether the app sent it to repeat a question's codes: one line, which may name the question before them."""
    body = message["body"] or ""
    return "\n" not in body and body.lower().endswith(_reply_line(codes).lower())


def _reply_line(codes: Mapping[str, str]) -> str:
    return "Reply " + ", ".join(f"{code} for {choice}" for code, choice in codes.items())


# --- by code


def code_in(text: Row, codes: Mapping[str, str]) -> str | None:
    """The one code that a text holds as a number by itself, with no other number and no word of another choice."""
    if is_asking_or_denying(text["body"]):
        return None
    found = [code for code in codes if _holds_only(_dotless(_plain(text["body"]).casefold()), code, codes)]
    return found[0] if len(found) == 1 else None


def _holds_only(words: str, code: str, codes: Mapping[str, str]) -> bool:
    own = _places(codes[code], words)
    for other_code, choice in codes.items():
        for start, end in _places(choice, words):
            if other_code != code and not any(first <= start and end <= last for first, last in own):
                return False
    quoted = _dotless(_plain(_reply_line(codes)).casefold())
    if quoted in words and re.search(r"\w", words.replace(quoted, "")):
        return False  # a tapback quotes what it likes or dislikes
    before, reply, _ = words.partition(f"reply {code}")
    if reply and _bare(before) and not re.search(r"\w$", before):
        return False  # or the beginning of it
    for start, end in reversed(own):
        words = words[:start] + " " * (end - start) + words[end:]  # a number in the choice's own word is no other one
    if any(sign in words for sign in DENYING_SIGNS) or any(word in DENYING for word in re.split(r"[^\w']+", words)):
        return False
    places = [match for match in re.finditer(r"[0-9]+", words) if len(match[0]) >= 3]
    return bool(places) and all(match[0] == code and _stands_alone(words, *match.span()) for match in places)


def _stands_alone(words: str, start: int, end: int) -> bool:
    before, after = words[:start], words[end:]
    joined_before = r"[^\W_]$|[~+$€£¥]$|[^\W_][-_./@\\]$|[0-9][,:']$"
    joined_after = r"[^\W_]|[~%€£¥]|[\u0300-\u036f\u20d0-\u20f0]|[-_.,:/'@][0-9]"
    return not re.search(joined_before, before) and not re.match(joined_after, after)


def numbers_in(body: str | None) -> list[str]:
    return re.findall(r"[0-9]+", _plain(body))


def _places(choice: str, words: str) -> list[tuple[int, int]]:
    """Where a choice's word stands in a text, as a word by itself."""
    word = _bare(choice) or _plain(choice).casefold()
    found = []
    for start in range(len(words)):
        end = start + len(word)
        if words[start:end] != word:
            continue
        is_begun_before = start > 0 and re.match(r"\w\w", words[start - 1] + word[0])
        if not is_begun_before and not re.match(r"\w\w", word[-1] + words[end : end + 1]):
            found.append((start, end))
    return found


# --- by word


def is_word_beyond_doubt(text: Row, question: Row, to_whom: Iterable[Row], found: Mapping[str, Verdict]) -> bool:
    verdict = found[question["sid"]]
    at, left = _created(text), _left(question)
    if needs_code(verdict.codes) or word_in(text, verdict.codes) is None or left is None or at < left + 2:
        return False
    if verdict.stopped_by:
        return False  # "yes" opts in again
    if question["status"] in ("undelivered", "failed", "canceled") and (_seconds(question["date_updated"]) or 0) <= at:
        return False  # it was known by then that the question did not arrive
    for other in to_whom:
        other_left = _left(other)
        if other["sid"] == question["sid"] or (other_left is None and other["status"] in ("failed", "canceled")):
            continue  # nobody ever got it
        if is_reply_line_of(other, verdict.codes):
            continue
        if other_left is not None and left <= other_left <= at:
            return False
        is_older = _created(other) <= _created(question) or (other_left is not None and other_left <= left)
        if is_older and 0 <= at - _created(other) <= DAY_S:
            if other["sid"] in found and found[other["sid"]].response is None:
                return False
            if not (other["body"] or "").strip() and str(other["num_media"] or "0") == "0":
                return False  # what it said is gone: it may have been a question
    return True


def word_in(text: Row, codes: Mapping[str, str]) -> str | None:
    """The choice whose word a text is, in any case and without the punctuation around it."""
    word = "" if is_asking_or_denying(text["body"]) else _bare(text["body"])
    same = [choice for choice in codes.values() if word and _bare(choice) == word]
    return same[0] if len(same) == 1 else None


# --- how people and phones write


DENYING = {
    *("no", "nope", "nah", "not", "never", "don't", "dont", "can't", "cannot", "nein", "nicht", "non", "pas", "nao"),
    *("nie", "deny", "denied", "reject", "rejected", "refuse", "abort", "cancel", "stop", "wrong", "negative"),
    *("what", "what's", "whats", "who", "why", "which", "huh", "wtf"),
}
DENYING_SIGNS = "👎❌🚫⛔✖❎"
QUESTION_MARKS = "?\u00bf\u037e\u055e\u061f\u2048\u2049\u203d\u2753\u2754\ufe56\uff1f"


@cache
def is_asking_or_denying(body: str | None) -> bool:
    """In doubt it is no answer: a question mark, a Greek one at the end, "!yes", or a text that is shown otherwise."""
    given = unicodedata.normalize("NFKC", body or "")
    ends_in_semicolon = re.sub(r"[^\w;]", "", given).endswith(";")
    return (
        any(mark in given or mark in (body or "") for mark in QUESTION_MARKS)
        or ends_in_semicolon
        or re.search(r"(^|\W)!\w", given) is not None
        or "\u202d" in given
        or "\u202e" in given
    )


@cache
def _plain(text: str | None) -> str:
    """A text without what nobody sees, its digits as 0 to 9, its quotes and dashes straight, its blanks single."""
    straight = {"’": "'", "‘": "'", "‚": "'", "“": '"', "”": '"', "„": '"', **dict.fromkeys("‐‑‒–—", "-")}
    shown = []
    for character in unicodedata.normalize("NFKC", text or ""):
        if unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f" or character == "\u20e3":
            continue
        if character.isdecimal():
            character = str(unicodedata.decimal(character))
        shown.append(straight.get(character, character))
    return " ".join("".join(shown).split())


def _dotless(folded: str) -> str:
    """Turkish has two letters i, whose capitals are each other's: what is one in capitals is taken for one."""
    return folded.replace("i\u0307", "i").replace("\u0131", "i")


@cache
def _bare(text: str | None) -> str:
    """A text in lower case, without the punctuation around it."""
    word = _dotless(_plain(text).casefold())
    while word and (word[0] == " " or unicodedata.category(word[0]).startswith("P")):
        word = word[1:]
    while word and (word[-1] == " " or unicodedata.category(word[-1]).startswith("P")):
        word = word[:-1]
    return word
