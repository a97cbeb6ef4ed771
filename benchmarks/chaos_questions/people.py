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
"""The people who are asked, and what they text: at any moment, in any spelling, and much besides."""

from __future__ import annotations

import random

from benchmarks.chaos_questions.answer_rules import DAY_S, codes_of
from benchmarks.chaos_questions.plan import NUMBERS, Question
from sandbox.twilio import LocalTwilio, Message


_CHAT = ("who is this?", "ok, let me see", "on my way", "👍", "yes or no?", "555", "call 911", "Reply 421 for yes")
_KEYWORDS = ("STOP", "HELP", "INFO", "START", "stop")


class People:
    """The people who are asked, and what they text."""

    def __init__(self, seed: int, twilio: LocalTwilio) -> None:
        self._seed, self._twilio = seed, twilio
        self._codes: dict[str, list[dict[str, str]]] = {}  # of the questions to each person so far

    def react(self, question: Question, message: Message) -> None:
        """Let the person who got a question text whatever they are going to."""
        rng = random.Random(f"{self._seed} {question.text} {message.to}")
        words = {word: code for code, word in codes_of(message.body).items()}
        known = self._codes.setdefault(message.to, [])
        wait_s = question.timeout_s or 30.0
        delay = rng.choices(
            (rng.uniform(0.5, wait_s * 0.8), wait_s + rng.uniform(-2.0, 2.0), wait_s + rng.uniform(2.0, 60.0), None),
            (8, 2, 2, 2),
        )[0]
        if rng.random() < 0.1:
            self._text(message, self._answer(rng, words), 0.01)  # in the question's own second, or almost
        if delay is not None:
            self._text(message, self._answer(rng, words), delay)
            if rng.random() < 0.4:
                self._text(message, self._answer(rng, words), delay + rng.choice((0.0, 0.3, 1.5, 4.0, 9.0)))
        if rng.random() < 0.3:
            self._text(message, rng.choice(_CHAT), rng.uniform(0.2, wait_s))
        if rng.random() < 0.05:
            self._text(message, rng.choice(_KEYWORDS), rng.uniform(0.2, wait_s))
        if rng.random() < 0.2 and known:
            self._text(message, self._answer(rng, rng.choice(known)), rng.uniform(0.2, wait_s))
        if question.needs_code:
            for _ in range(rng.choice((0, 0, 1, 4, 5, 6))):
                self._text(message, str(rng.randrange(900_000, 1_000_000)), rng.uniform(0.2, wait_s))
        if rng.random() < 0.2 and not message.to.startswith("whatsapp:"):
            elsewhere = rng.choice([number for number in NUMBERS if number != message.from_])
            self._text(message, self._answer(rng, words), rng.uniform(0.2, wait_s), to=elsewhere)
        if rng.random() < 0.2:
            stranger = f"+1212{rng.randrange(2_000_000, 9_999_999)}"
            sender = f"whatsapp:{stranger}" if message.to.startswith("whatsapp:") else stranger
            self._text(message, self._answer(rng, words), rng.uniform(0.2, wait_s), person=sender)
        if rng.random() < 0.1:
            # to the second a day later, when it still counts, or a second after that
            day_later = int(message.created) + DAY_S + rng.randrange(2) - message.created
            self._text(message, rng.choice(list(words.values())), day_later)
        known.append(words)

    def _text(self, question: Message, body: str, after_s: float, *, person: str = "", to: str = "") -> None:
        self._twilio.receive(person or question.to, to or question.from_, body, created=question.created + after_s)

    def _answer(self, rng: random.Random, codes: dict[str, str]) -> str:
        """An answer to the question with these codes, in one of the spellings of people; some are none."""
        word = rng.choice(list(codes))
        code, other = codes[word], rng.choice(list(codes))
        text = rng.choices(
            (code, word, f"{word} {code}", f"{code} - {word}!", f"{other} {code}", f"{code} please", f"not {word}"),
            (7, 6, 2, 2, 1, 1, 1),
        )[0]
        dressed = (
            text,
            text.upper(),
            f"“{text}”",
            f"  {text}. \n",
            f"({text})!!",
            f"\u200e{text}\ufe0f",
            f"{text} 👍",
            f"{text}?",
            _in_digits_of("٠", text),
            _in_digits_of("०", text),
            _in_digits_of("０", text),
        )
        return rng.choices(dressed, (9, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1))[0]


def _in_digits_of(zero: str, text: str) -> str:
    return "".join(chr(ord(zero) + int(char)) if char in "0123456789" else char for char in text)
