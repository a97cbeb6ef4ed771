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
"""What is known of the texts with the people asked, where the log comes late or a message was changed."""

from __future__ import annotations

from typing import Any

import pytest

from actions.conversations import Conversations
from sandbox.twilio.dates import rfc2822
from tests.fake_clock import FakeClock
from twilio_api.message_log import LogRows, MessageLog
from twilio_api.question import QUESTION_NUMBERS, question_text, short_choices
from twilio_consts import LOG_MARGIN_S


PERSON, OTHER, OWN = "+15101112345", "+15101112346", "+15101281337"
NOW = 1_800_000_000.0  # of the server's clock
KEY = 1


class FakeLog(MessageLog):
    """A message log that shows what a test puts into it."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.since: list[float] = []

    def rows_of_last(self, seconds: float, **filters: str) -> LogRows:
        """Show the rows that a filter lets through."""
        names = {name.lower(): value for name, value in filters.items()}
        rows = [row for row in self.rows if all(row[name] == value for name, value in names.items())]
        return LogRows(rows, NOW, NOW)

    def rows_since(self, time: float, *, repeat: bool = True, **filters: str) -> LogRows:
        """Show all rows."""
        self.since.append(time)
        return LogRows(self.rows, NOW + 60.0, NOW + 50.0)


def question(sid: str, number: int, person: str = PERSON) -> dict[str, Any]:
    """A question of this app, with the codes of a number."""
    body = question_text("Isolate?", short_choices(number, ("yes", "no")))
    return row(sid, body, OWN, person, "outbound-api")


def row(sid: str, body: str, from_: str, to: str, direction: str, age_s: float = 30.0) -> dict[str, Any]:
    """A row of the log."""
    date = rfc2822(NOW - age_s)
    return {"sid": sid, "body": body, "from": from_, "to": to, "direction": direction, "date_created": date}


@pytest.fixture
def log() -> FakeLog:
    """An empty message log."""
    return FakeLog()


@pytest.fixture
def clock() -> FakeClock:
    """Time that a test moves."""
    return FakeClock()


@pytest.fixture
def conversations(log: FakeLog, clock: FakeClock) -> Conversations:
    """What is known at the start of a run."""
    return Conversations(log, clock.for_app())


def test_a_number_that_this_run_drew_is_not_drawn_again_while_the_log_does_not_show_it(
    conversations: Conversations,
) -> None:
    drawn = [conversations.draw_number(PERSON) for _ in QUESTION_NUMBERS]
    assert set(drawn) == set(QUESTION_NUMBERS)
    assert conversations.draw_number(PERSON) is None


def test_a_number_in_the_log_is_not_drawn_for_the_same_person(log: FakeLog, conversations: Conversations) -> None:
    log.rows = [question("SM1", 42)]
    assert 42 not in {conversations.draw_number(PERSON) for _ in QUESTION_NUMBERS}
    assert 42 in {conversations.draw_number(OTHER) for _ in QUESTION_NUMBERS}


def test_a_question_that_is_being_sent_may_be_open_until_its_row_is_known(conversations: Conversations) -> None:
    conversations.expect(KEY, PERSON)
    assert conversations.people_with_unlisted_questions() == {PERSON}
    conversations.expect_no_more(KEY)
    assert conversations.people_with_unlisted_questions() == set()


def test_a_question_that_may_have_been_sent_may_be_open_until_the_log_would_show_it(
    conversations: Conversations, clock: FakeClock
) -> None:
    conversations.expect(KEY, PERSON)
    conversations.expect_for_a_while(KEY)
    clock.now += LOG_MARGIN_S - 1.0
    assert conversations.people_with_unlisted_questions() == {PERSON}
    clock.now += 2.0
    assert conversations.people_with_unlisted_questions() == set()


def test_a_question_that_was_redacted_is_known_by_what_it_said(conversations: Conversations) -> None:
    conversations.note(question("SM1", 42))
    conversations.note({**question("SM1", 42), "body": ""})
    assert conversations.states()["SM1"].question.choices[0].code == "421"


def test_a_question_is_known_by_its_latest_row(conversations: Conversations) -> None:
    conversations.note(question("SM1", 42))
    conversations.note({**question("SM1", 42), "status": "undelivered"})
    assert conversations.row("SM1")["status"] == "undelivered"


def test_only_texts_of_people_who_are_asked_are_kept(log: FakeLog, conversations: Conversations) -> None:
    conversations.draw_number(PERSON)
    log.rows = [row("SM1", "yes", PERSON, OWN, "inbound"), row("SM2", "yes", OTHER, OWN, "inbound")]
    conversations.read()
    assert conversations.count_texts() == {PERSON: 1}


def test_the_log_is_read_from_a_margin_before_the_last_reading(log: FakeLog, conversations: Conversations) -> None:
    conversations.draw_number(PERSON)
    conversations.read()
    conversations.read()
    conversations.read(back_to=[NOW - 500.0, NOW - 900.0])
    assert log.since == [NOW - LOG_MARGIN_S, NOW + 60.0 - LOG_MARGIN_S, NOW - 900.0]


def test_a_text_of_a_second_that_may_not_be_complete_is_late(log: FakeLog, conversations: Conversations) -> None:
    conversations.draw_number(PERSON)
    log.rows = [row("SM1", "yes", PERSON, OWN, "inbound", age_s=-49.0)]
    conversations.read()
    assert not conversations.has_late_text()
    log.rows = [row("SM2", "yes", PERSON, OWN, "inbound", age_s=-50.0)]
    conversations.read()
    assert conversations.has_late_text()
    assert conversations.count_texts() == {PERSON: 1}
