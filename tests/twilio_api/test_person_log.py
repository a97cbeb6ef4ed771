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
"""What is read of one person's texts, and until when it is certain what they mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.tables import for_each
from tests.twilio_api.scripted_transport import (
    ACCOUNT_SID,
    BASE_URL,
    NOON,
    SILENCE,
    Call,
    Scripted,
    Step,
    response,
    rfc2822,
)
from twilio_api.errors import CallError
from twilio_api.log_pages import ROWS_BEYOND
from twilio_api.person import addresses_of
from twilio_api.person_log import LOG_READ_S, SETTLE_S, PersonLog, Side
from twilio_api.question import LOG_WINDOW_S
from twilio_consts import LOG_MARGIN_S


LOG_URL = f"{BASE_URL}/Accounts/{ACCOUNT_SID}/Messages.json"
TO, FROM, OTHER = "+15101112345", "+15101281337", "+15105550001"
QUESTION = "Isolate host?\nReply 4211 for yes, 4212 for no"
LONG_AGO_S = LOG_MARGIN_S + 100.0


def sent(sid: str, ago_s: float, **changes: Any) -> dict[str, Any]:
    """A message of the account, so many seconds before noon."""
    date = rfc2822(NOON - ago_s)
    usual = {"direction": "outbound-api", "to": TO, "from": FROM, "body": "Lunch?", "status": "delivered"}
    return {"sid": f"SM{sid}", **usual, "date_created": date, "date_sent": date, **changes}


def texted(sid: str, ago_s: float) -> dict[str, Any]:
    """A text of the person."""
    return sent(sid, ago_s, direction="inbound", **{"from": TO, "to": FROM, "body": "yes", "status": "received"})


def old(number: int = ROWS_BEYOND, **changes: Any) -> list[dict[str, Any]]:
    """So many messages of long ago."""
    return [sent(f"old{each}", LONG_AGO_S, **changes) for each in range(number)]


def page(*rows: Any, following: int | None = None, server_time: float | None = NOON) -> Step:
    """A page of the log, newest first, that the server shows at noon."""
    next_page = None if following is None else f"{LOG_URL}?Page={following}"
    return response({"messages": list(rows), "next_page_uri": next_page}, server_time=server_time)


class Logged(Scripted):
    """The log of one person."""

    def side(self, *pages: Step) -> tuple[Side, list[str]]:
        """Read one side since a little before noon; return it, and the SIDs that were found."""
        self.http.on("GET", *pages)
        side, sids = Side(NOON - 50.0, To=TO), list[str]()

        async def read() -> None:
            async for found in side.read(self.client, 50):
                sids.extend(row["sid"] for row in found.rows)

        self.run(read())
        return side, sids

    def read(self, choose: Callable[[Call], Step]) -> PersonLog:
        """Read what was said since a little before noon."""
        self.http.on("GET", choose)
        log = PersonLog(TO, NOON - 50.0)
        self.run(log.read(self.client))
        return log


@pytest.fixture
def logged() -> Iterator[Logged]:
    with Logged() as made:
        yield made


# --- one side: how far back it is read


def test_reading_ends_with_some_older_messages_in_a_row(logged: Logged) -> None:
    side, sids = logged.side(page(sent("1", 0.0), *old(), following=1))
    assert (sids[0], len(logged.http.calls)) == ("SM1", 1)
    assert (side.known_until, side.goes_on) == (NOON, False)


@for_each(
    "before",
    [
        [],
        old(ROWS_BEYOND - 1),
        old(date_sent=None),
        old(date_sent=rfc2822(NOON)),
    ],
)
def test_what_proves_nothing_about_the_rest_of_the_log_does_not_end_the_reading(before: list[dict[str, Any]]) -> None:
    """Nothing, a few messages, those that were never sent, and those that left their queue lately."""
    with Logged() as logged:
        side, sids = logged.side(page(*before, following=1), page(sent("1", 0.0)))
        assert (sids[-1], side.known_until) == ("SM1", NOON)


def test_a_first_reading_goes_back_three_days_by_the_servers_clock(logged: Logged) -> None:
    logged.client.time = lambda: NOON + 30 * 86400.0
    days = [[sent(f"{day}-{each}", day * 86400.0) for each in range(ROWS_BEYOND)] for day in (1, 2, 4, 5)]
    logged.http.on("GET", *(page(*rows, following=number) for number, rows in enumerate(days, start=1)))
    side = Side(-float("inf"), To=TO)

    async def read() -> int:
        return len([found async for found in side.read(logged.client, 50)])

    assert (logged.run(read()), LOG_WINDOW_S) == (3, 3 * 86400)


def test_pages_are_repeated_where_all_is_read_and_not_where_one_page_is(logged: Logged) -> None:
    logged.http.on("GET", SILENCE)
    with pytest.raises(CallError):
        logged.run(Side(NOON, To=TO).read_page(logged.client))
    assert len(logged.http.calls) == 1
    with pytest.raises(CallError):
        logged.run(PersonLog(TO, NOON).read(logged.client))
    assert len(logged.http.calls) > 1 + len(addresses_of(TO))


def test_a_reading_page_by_page_is_known_from_its_beginning_on_once_it_has_come_back(logged: Logged) -> None:
    logged.http.on("GET", page(sent("1", 0.0), following=1), page(*old(), server_time=NOON + 9.0))
    side = Side(NOON - 50.0, To=TO)
    logged.run(side.read_page(logged.client))
    assert (side.goes_on, side.known_until) == (True, NOON - 50.0)
    logged.run(side.read_page(logged.client))
    assert (side.goes_on, side.known_until) == (False, NOON)


# --- both sides of a person


def test_where_nobody_asked_a_person_anything_their_own_texts_are_not_read(logged: Logged) -> None:
    log = logged.read(lambda call: page(sent("1", 10.0)))
    assert [call.params["To"] for call in logged.http.calls] == list(addresses_of(TO))
    assert log.certain_until == NOON - LOG_READ_S - SETTLE_S


def test_what_a_person_wrote_is_certain_as_far_as_what_was_sent_before_is_known(logged: Logged) -> None:
    asked = sent("1", 10.0, body=QUESTION)
    log = logged.read(
        lambda call: page(asked) if "To" in call.params else page(texted("2", 2.0), server_time=NOON + 20.0)
    )
    assert len(logged.http.calls) == 2 * len(addresses_of(TO))
    assert log.certain_until == NOON - LOG_READ_S - SETTLE_S
    assert (log.uncertain_texts(), log.states()["SM1"].answer) == ([NOON - 2.0], None)


def test_what_is_read_again_is_only_what_is_not_known(logged: Logged) -> None:
    log = logged.read(lambda call: page(sent("1", 10.0, body=QUESTION), *old(), following=1))
    first = len(logged.http.calls)
    logged.run(log.read(logged.client))
    assert len(logged.http.calls) == 2 * first


def test_a_text_that_was_read_once_and_a_final_status_are_not_forgotten() -> None:
    log = PersonLog(TO)
    log.note(sent("1", 10.0, body=QUESTION))
    log.note(sent("1", 10.0, body="", status="sent"))
    assert (log.rows["SM1"]["body"], log.rows["SM1"]["status"]) == (QUESTION, "delivered")
    log.note(sent("1", 10.0, body="", status="read"))
    assert (log.rows["SM1"]["body"], log.rows["SM1"]["status"]) == (QUESTION, "read")


def test_what_people_wrote_is_judged_again_only_where_a_poll_shows_something_new() -> None:
    log = PersonLog(TO)
    for side in log.sides:
        side.known_until = NOON
    log.note(sent("question", 100.0, body=QUESTION))
    judged = log.states()
    log.note(sent("question", 100.0, body=QUESTION))
    assert log.states() is judged
    log.note(texted("answer", 50.0))
    assert log.states()["SMquestion"].answer is not None


def test_what_people_wrote_is_judged_again_where_another_number_of_the_service_shows() -> None:
    log = PersonLog(TO)
    for side in log.sides:
        side.known_until = NOON
    log.note(sent("question", 100.0, body=QUESTION, messaging_service_sid="MG1"))
    log.note({**texted("answer", 50.0), "to": OTHER, "body": "4211"})
    assert log.states()["SMquestion"].answer is None
    of_the_service = sent("another", 200.0, messaging_service_sid="MG1", to="+1", **{"from": OTHER})
    assert log.states([of_the_service])["SMquestion"].answer is not None
