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
"""What a run knows of the texts between the account and the people whom it asks."""

from __future__ import annotations

import math
import secrets
from collections import Counter
from collections.abc import Iterable
from threading import Lock
from typing import Any

from twilio_api.clock import Clock
from twilio_api.message_log import MessageLog
from twilio_api.question import (
    LOG_WINDOW_S,
    QuestionState,
    count_texts,
    draw_number,
    has_text_since,
    parse_question,
    read_states,
    taken_numbers,
)
from twilio_consts import LOG_MARGIN_S


class Conversations:
    """Rows of the message log with the people asked, and what the log may not show yet.

    A question comes late to the log. Which numbers this run drew, and which of its questions may stand at Twilio
    unlisted, is known without it; a question is named by a key of the caller's. Safe to use from several threads.
    """

    def __init__(self, log: MessageLog, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._people: set[str] = set()
        self._rows: dict[str, dict[str, Any]] = {}  # by SID
        self._drawn: dict[str, set[int]] = {}  # by person
        self._unlisted: dict[int, tuple[str, float]] = {}  # person, and until when (seconds of Clock.monotonic)
        self._read_until: float | None = None  # seconds since the epoch, the server's clock
        self._complete_until = math.inf  # likewise: later rows may be followed by others of their second
        self._lock = Lock()

    # --- the questions of this run

    def draw_number(self, person: str) -> int | None:
        """Draw a number for a question that no other one of the last day to this person has; None if all are taken.

        Raises ReadFailed where the log could not be read.
        """
        found = self._log.rows_of_last(LOG_WINDOW_S, To=person)
        rows = found.rows
        if any(parse_question(row) for row in rows):
            rows = rows + self._log.rows_of_last(LOG_WINDOW_S, From=person).rows
        with self._lock:
            self._people.add(person)
            self._rows.update({str(row.get("sid")): row for row in rows})
            # What others ask this person from here on is read with the answers
            self._read_until = min(found.server_time, self._read_until or found.server_time)
            drawn = self._drawn.setdefault(person, set())
            number = draw_number(taken_numbers(self._rows.values(), person, found.server_time) | drawn, secrets.choice)
            if number is not None:
                drawn.add(number)
        return number

    def expect(self, key: int, person: str) -> None:
        """Note that a question to this person is being sent."""
        with self._lock:
            self._unlisted[key] = (person, math.inf)

    def expect_no_more(self, key: int) -> None:
        """Note that a question is known by its row, or was not sent."""
        with self._lock:
            self._unlisted.pop(key, None)

    def expect_for_a_while(self, key: int) -> None:
        """Note that nobody knows whether a question was sent: the log shows it soon, or never."""
        with self._lock:
            if key in self._unlisted:
                self._unlisted[key] = (self._unlisted[key][0], self._clock.monotonic() + LOG_MARGIN_S)

    # --- rows

    def row(self, sid: str) -> dict[str, Any]:
        """Return a message as Twilio showed it last."""
        return self._rows[sid]

    def note(self, row: dict[str, Any]) -> None:
        """Take a message as Twilio shows it now; a question that was redacted stays as it was."""
        with self._lock:
            self._note(row)

    def read(self, back_to: Iterable[float] = ()) -> None:
        """Read what the log shows since the last reading, or since the earliest of these times. Raises CallError.

        The times are seconds since the epoch.
        """
        with self._lock:
            since = min([(self._read_until or 0.0) - LOG_MARGIN_S, *back_to])
        found = self._log.rows_since(since, repeat=False)
        with self._lock:
            for row in found.rows:
                if str(row.get("from")) in self._people or str(row.get("to")) in self._people:
                    self._note(row)
            self._read_until = found.server_time
            self._complete_until = found.complete_until

    def _note(self, row: dict[str, Any]) -> None:
        sid = str(row.get("sid"))
        known = self._rows.get(sid)
        if known is None or parse_question(known) is None or parse_question(row) is not None:
            self._rows[sid] = row

    # --- what they say

    def states(self) -> dict[str, QuestionState]:
        """Return how each question stands, by its SID."""
        return read_states(self._known_rows(), until=self._complete_until)

    def count_texts(self) -> Counter[str]:
        """Return how many texts came from each person."""
        return count_texts(self._known_rows(), self._complete_until)

    def has_late_text(self) -> bool:
        """Whether a text came so late that others of its second may be missing yet."""
        return has_text_since(self._known_rows(), self._complete_until)

    def people_with_unlisted_questions(self) -> set[str]:
        """Return to whom a question of this run may be open that the log does not show."""
        now = self._clock.monotonic()
        with self._lock:
            return {person for person, until in self._unlisted.values() if until > now}

    def _known_rows(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._rows.values())
