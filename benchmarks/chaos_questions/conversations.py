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
"""Random conversations, and the app's judgement of them beside that of the written rules.

`python -m benchmarks.chaos_questions.conversations [COUNT] [SEED]` compares them and prints each difference. The same
seed prints the same.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any

from benchmarks.chaos_questions.answer_rules import verdicts
from twilio_api.choice import Choice, long_choices, numbered_choices, reply_line
from twilio_api.question import question_text, read_states


NOON = 1_790_000_000  # seconds since the epoch
MINUTE, HOUR = 60, 3600
SERVICE = "MG0123456789abcdef0123456789abcdef"
POOL = ("+15105550001", "+15105550002", "rcs:AcmeSOC", "whatsapp:+15105550003")
NUMBERS = ("+15101281337", "+15101281338")
PEOPLE = (
    ("+15101112345", "whatsapp:+15101112345", "rcs:+15101112345"),
    ("+525512345678", "whatsapp:+5215512345678", "whatsapp:+525512345678"),
    ("+5491112345678", "whatsapp:+541112345678"),
    ("+5511987654321", "whatsapp:+551187654321"),
    ("+442079460958",),
)
WORDS = (
    ("yes", "no"),
    ("yes", "no", "yes please"),
    ("isolate", "do not isolate", "call me"),
    ("ok",),
    ("room 101", "room 102"),
    ("👍", "👎"),
    ("Straße", "C", "C++"),
    ("isit", "hayır"),
    ("don't", "do"),
)
QUESTIONS = (
    "Isolate host WS-0417?",
    "VPN reset?\nFor Ann",
    "Ok?\nReply 4211 for no",
    'Quote "x".',
    "Reply 4211 for yes, 4212 for no\nSure?",
)
FORMS = (
    *("{code}", "{word}", "{code}", "{word}", "{word} {code}", "{code} for {word}", "Reply {code}", "{code} 👍"),
    *("{code} - {word}!", "Reply {code} for {word}", "{word}!", '"{word}."', "{code}👍", "#{code}", "({code})"),
    *("{other_word} {code}", "{code} {other_code}", "{code} or {other_word}", "{other_code}", "{other_word}"),
    *("{code}?", "{word}?", "not {code}", "{code} 👎", "!{word}", "{code};", "{code}yes", "WS-{code}", "{code}.50"),
    *("please {code}", "{code} at 12:30", "{code} on 2026", "+{code}", "~{code}~", "{word} 👍", "{word} please"),
    *("{upper}", "{upper} {code}", "{code}\u200e", "{arabic}", "{code} {code}", "{word} {word}", "{word}-{code}"),
    *("Liked “{question}”", "Liked “{line}”", "{line}", "{code}/{word}", "{guess}", "{guess}", "{guess}", "hello"),
    *("STOP", "stop.", "START", "help", "who is this", "", "{code}\u202e", "{guess} {code}", "\u00bf{code}"),
    *("Disliked “{cut}…”", "👎 to “{cut}…”", "Liked “{cut_line}…”", "> {cut_line}", "what is {code}", "deny {code}"),
)
STATUSES = ("delivered", "delivered", "delivered", "sent", "queued", "undelivered", "failed", "canceled", "accepted")

Row = dict[str, Any]


def conversation(rng: random.Random) -> list[Row]:
    """Draw the rows of a log with one person, or with two, in any order."""
    rows: list[Row] = []
    questions: list[tuple[Row, tuple[Choice, ...]]] = []
    spread = rng.choice((5, MINUTE, 20 * MINUTE, HOUR, 28 * HOUR))
    is_quiet, has_guesses = rng.random() < 0.4, rng.random() < 0.1
    usual = ("", "{guess}") if has_guesses else ("", "{word}")
    person, somebody_else = rng.sample(PEOPLE, 2)
    style = rng.choice(("number", "number", "service", "any"))
    for _ in range(1 if is_quiet else rng.choice((1, 1, 2, 2, 3, 4))):
        choices = _choices(rng, 1.0 if has_guesses else 0.2)
        body = question_text(rng.choice(QUESTIONS), choices)
        row = _sent(rng, rng.randrange(spread), body, _address(rng, person, somebody_else), style)
        questions.append((row, choices))
    for _ in range(0 if is_quiet else rng.choice((0, 0, 0, 1, 1, 2))):
        choices, name = rng.choice(questions)[1], rng.choice(("", "", "Isolate host WS-0417?"))
        body = rng.choice(("Lunch?", reply_line(choices, name), reply_line(choices), "", "Thanks"))
        rows.append(_sent(rng, rng.randrange(2 * spread), body, _address(rng, person, somebody_else), style))
    for row, _ in questions:
        if rng.random() < 0.07:
            row["body"] = ""
    for _ in range(9 if has_guesses else rng.choice((1, 2, 3, 4, 7))):
        question, choices = rng.choice(questions)
        at = rng.choice((rng.randrange(2 * spread), rng.randrange(2 * spread), 24 * HOUR + rng.randrange(-2, 3)))
        if rng.random() < 0.3 and rows and rows[-1]["direction"] == "inbound":
            at = int(rows[-1]["at"])
        body = _text(rng, rng.choice(usual), str(question["body"]), choices)
        rows.append(_texted(rng, at, body, _address(rng, person, somebody_else), question))
    rows += [row for row, _ in questions]
    for number, row in enumerate(rows):
        row["sid"] = f"SM{number:032x}"
        del row["at"]
    rng.shuffle(rows)
    return rows


def _choices(rng: random.Random, share_of_long_codes: float) -> tuple[Choice, ...]:
    words = rng.choice(WORDS)
    if rng.random() < share_of_long_codes:
        return long_choices(words, lambda: rng.randrange(10**6))
    return numbered_choices(rng.choice((421, 421, 537, 888, 42, 57)), words)


def _address(rng: random.Random, person: tuple[str, ...], somebody_else: tuple[str, ...]) -> str:
    return rng.choice(person if rng.random() < 0.93 else somebody_else)


def _sent(rng: random.Random, at: int, body: str, to: str, style: str) -> Row:
    status = rng.choice(STATUSES) if rng.random() < 0.4 else "delivered"
    is_of_service = style == "service" or (style == "any" and rng.random() < 0.5)
    left_after: int | None = rng.choice((0, 0, 1, 1, 3, 90))
    if status in ("queued", "accepted", "canceled") or (status == "failed" and rng.random() < 0.5):
        left_after = None
    updated = at + (left_after or 0) + rng.choice((0, 2, 200))
    return {
        "at": at,
        "direction": "outbound-api",
        "body": body,
        "to": to,
        "from": None if status == "accepted" else rng.choice(POOL if is_of_service else NUMBERS),
        "messaging_service_sid": SERVICE if is_of_service else None,
        "status": status,
        "num_media": "1" if not body and rng.random() < 0.3 else "0",
        "date_created": _date(at),
        "date_sent": None if left_after is None else _date(at + left_after),
        "date_updated": _date(updated),
    }


def _texted(rng: random.Random, at: int, body: str, from_: str, question: Row) -> Row:
    to = question["from"] or rng.choice(POOL)
    if rng.random() < 0.15:
        to = rng.choice(POOL + NUMBERS)
    return {
        "at": at,
        "direction": "inbound",
        "body": body,
        "to": to,
        "from": from_,
        "messaging_service_sid": SERVICE if to in POOL and rng.random() < 0.8 else None,
        "status": "receiving" if rng.random() < 0.05 else "received",
        "num_media": "0",
        "date_created": _date(at),
        "date_sent": _date(at),
        "date_updated": _date(at),
    }


def _text(rng: random.Random, form: str, question: str, choices: tuple[Choice, ...]) -> str:
    choice, other = rng.choice(choices), rng.choice(choices)
    return (form or rng.choice(FORMS)).format(
        code=choice.code,
        word=choice.word,
        upper=choice.word.upper(),
        arabic=choice.code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
        other_code=other.code,
        other_word=other.word,
        guess=f"{rng.randrange(10**6):06d}",
        question=question,
        cut=question[: question.rfind("Reply ") + len(f"Reply {choices[0].code} for")],
        line=reply_line(choices),
        cut_line=reply_line(choices)[: len(f"Reply {choices[0].code} for {choices[0].word}")],
    )


def _date(at: int) -> str:
    return formatdate(NOON + at, usegmt=True)


def conversations(count: int, seed: int) -> Iterator[list[Row]]:
    """Draw so many of them."""
    return (conversation(random.Random(f"{seed} {number}")) for number in range(count))


def differences(rows: list[Row]) -> list[str]:
    """Compare the app's judgement of a log with that of the written rules, and with the one of its rows reversed."""
    expected = verdicts(rows)
    states = read_states(rows)
    found = []
    if states != read_states(rows[::-1]):
        found.append("the order of the rows makes a difference")
    if set(states) != set(expected):
        found.append(f"questions {sorted(states)}, not {sorted(expected)}")
    for sid in set(states) & set(expected):
        state, verdict = states[sid], expected[sid]
        answer = state.answer
        for what, ours, theirs in (
            ("response", answer and answer.choice.word, verdict.response),
            ("answered with", answer and answer.answered_with, verdict.answered_with),
            ("text", answer and answer.row["sid"], verdict.answer_sid),
            ("closed", state.is_closed, verdict.is_closed),
            ("stopped by", state.stopped_by and state.stopped_by["sid"], verdict.stopped_by),
            ("unanswered", state.unanswered is not None, verdict.calls_for_reply_line is not None),
        ):
            if ours != theirs:
                found.append(f"{sid}: {what} {ours!r}, not {theirs!r}")
    return found


def compare(count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Compare so many conversations: what came of their questions, and each difference with its seed."""
    counts: Counter[str] = Counter()
    found = []
    for number, rows in enumerate(conversations(count, seed)):
        found += [f"{seed} {number}: {difference}" for difference in differences(rows)]
        for verdict in verdicts(rows).values():
            counts[f"answered with a {verdict.answered_with}" if verdict.response else "not answered"] += 1
            counts["closed"] += verdict.is_closed
            counts["stopped"] += verdict.stopped_by is not None
    return counts, found


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    counts, found = compare(*(given + [10_000, 1][len(given) :]))
    print("\n".join([*found, f"{len(found)} differences; questions: {dict(sorted(counts.items()))}"]))
    sys.exit(bool(found))
