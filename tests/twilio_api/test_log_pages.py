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
"""The pages of the message log: which is read next, and when reading ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.tables import for_each
from tests.twilio_api.scripted_transport import (
    ACCOUNT_SID,
    BASE_URL,
    REFUSED_CONNECTION,
    SILENCE,
    Call,
    Scripted,
    Step,
    api_error,
    response,
    rfc2822,
)
from twilio_api.errors import CallError, ResponseTooLong, UnexpectedResponse
from twilio_api.log_pages import PAGE_SIZES, ROWS_BEYOND, Horizon, logged_at, page_size_for, read_pages, smaller_page
from twilio_consts import LOG_PAGE_SIZE


LOG = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
TOO_LONG = ResponseTooLong(200, "The response is longer than 2097152 bytes")


class Log(Scripted):
    """A message log of canned pages; the last one comes again and again."""

    def __init__(self, *pages: Step, base_url: str = BASE_URL) -> None:
        super().__init__(base_url=base_url)
        self.http.on("GET", *pages)

    def pages(
        self, most: int = 1000, *, repeat: bool = True, narrowed: dict[str, str] | None = None, **query: str
    ) -> list[list[str]]:
        """Read so many pages; return the SIDs on each."""

        async def read() -> list[list[str]]:
            found = []
            async for page in read_pages(self.client, query, repeat=repeat, narrowed=narrowed):
                found.append([row["sid"] for row in page.rows])
                if len(found) == most:
                    break
            return found

        with self:
            found: list[list[str]] = self.run(read())
        return found

    @property
    def queries(self) -> list[dict[str, str]]:
        """What each call asked for."""
        return [dict(call.params) for call in self.http.calls]

    @property
    def urls(self) -> set[str]:
        """Where it asked."""
        return {call.url for call in self.http.calls}


def page(*sids: str, following: str | None = None) -> Step:
    return response({"messages": [{"sid": sid} for sid in sids], "next_page_uri": following})


def sent(seconds: float) -> dict[str, Any]:
    """A message that was sent in the second of its creation."""
    return row(seconds, sent=seconds)


def row(seconds: float, sent: float | None = None) -> dict[str, Any]:
    return {"date_created": rfc2822(seconds), "date_sent": None if sent is None else rfc2822(sent)}


# --- the next page


def test_the_next_page_is_the_one_that_the_last_one_names() -> None:
    log = Log(page("SM1", following=f"{LOG}?PageSize=7&Page=1&PageToken=PASM1"), page("SM2"))
    assert log.pages(To="+1") == [["SM1"], ["SM2"]]
    assert log.queries == [{"To": "+1"}, {"PageSize": "7", "Page": "1", "PageToken": "PASM1"}]


def test_a_page_is_read_only_when_it_is_needed() -> None:
    log = Log(page("SM1", following=f"{LOG}?Page=1"), page("SM2"))
    assert log.pages(1) == [["SM1"]]
    assert len(log.queries) == 1


def test_a_message_that_an_earlier_page_held_is_left_out() -> None:
    log = Log(page("SM1", "SM2", following=f"{LOG}?Page=1"), page("SM2", "SM3"))
    assert log.pages() == [["SM1", "SM2"], ["SM3"]]


def test_behind_a_gateway_with_a_path_of_its_own_the_pages_stay_there() -> None:
    log = Log(page("SM1", following=f"{LOG}?Page=1"), page("SM2"), base_url="https://gw.example/t/2010-04-01")
    assert log.pages() == [["SM1"], ["SM2"]]
    assert log.urls == {f"https://gw.example/t{LOG}"}


@for_each(
    "following",
    [
        f"https://evil.example{LOG}?Page=1",
        f"//evil.example{LOG}?Page=1",
        f"http://api.twilio.com{LOG}?Page=1",
        f"/2010-04-01/Accounts/AC{'1' * 32}/Messages.json?Page=1",
        f"/2010-04-01/Accounts/{ACCOUNT_SID}.json?Page=1",
        f"{LOG}?Page=1&PageSize=lots",
        "https://[?Page=1",
    ],
)
def test_a_next_page_of_anything_else_is_never_asked_for(following: str) -> None:
    log = Log(page("SM1", following=following))
    with pytest.raises(CallError):
        log.pages()
    assert log.urls == {f"https://api.twilio.com{LOG}"}
    assert all(query == {} for query in log.queries)


def test_pages_that_lead_round_in_a_circle_end_in_an_error() -> None:
    log = Log(page("SM1", following=f"{LOG}?Page=1"), page("SM2", following=f"{LOG}?Page=1"))
    with pytest.raises(CallError, match="round in a circle"):
        log.pages()


def test_what_stands_before_a_next_page_that_leads_nowhere_is_read() -> None:
    log = Log(page("SM1", following="https://evil.example/x"))
    found_sids: list[str] = []

    async def read() -> None:
        async for found in read_pages(log.client, {}):
            found_sids.extend(row["sid"] for row in found.rows)

    with log, pytest.raises(CallError, match="at an address that is not the log's"):
        log.run(read())
    assert found_sids == ["SM1"]


@for_each("following", [7, True, False, {}, {"uri": "/x"}, []])
def test_a_next_page_that_is_no_address_is_not_the_end(following: Any) -> None:
    with pytest.raises(CallError, match="at an address that is not the log's"):
        Log(page("SM1", following=following)).pages()


@for_each("following", [None, ""])
def test_no_next_page_is_the_end(following: str | None) -> None:
    assert Log(page("SM1", following=following)).pages() == [["SM1"]]


@for_each("sid", ["SM1", "garbled/sid"])
def test_pages_that_show_nothing_new_end_in_an_error(sid: str) -> None:
    def next_page(call: Call) -> Step:
        number = int(call.params.get("Page", 0)) + 1
        if number > 100:
            raise AssertionError("The log is read without an end.")
        return page(sid, following=f"{LOG}?Page={number}")

    log = Log(next_page)
    with pytest.raises(CallError, match="10 pages of the message log in a row show nothing new"):
        log.pages()
    assert len(log.queries) <= 11


def test_without_repetition_a_page_is_asked_for_once() -> None:
    log = Log(SILENCE)
    with pytest.raises(CallError):
        log.pages(repeat=False)
    assert len(log.queries) == 1


# --- pages that are too long


def test_a_page_that_is_too_long_is_asked_for_again_with_fewer_rows() -> None:
    def long_rows(call: Call) -> Step:
        """A log of 450 messages, of which no response can hold more than 200."""
        size, number = int(call.params["PageSize"]), int(call.params.get("Page", 0))
        sids = [f"SM{each}" for each in range(450)][size * number : size * (number + 1)]
        is_last = size * (number + 1) >= 450
        following = None if is_last else f"{LOG}?PageSize={size}&Page={number + 1}"
        return TOO_LONG if len(sids) > 200 else page(*sids, following=following)

    pages = Log(long_rows).pages(PageSize="1000")
    assert [sid for sids in pages for sid in sids] == [f"SM{number}" for number in range(450)]
    assert [len(sids) for sids in pages] == [100, 100, 100, 100, 50]


# --- pages that may be unreadable for a row


def log_with(bad: Callable[[range], bool], failing: Step = SILENCE) -> Log:
    """A log of 700 messages, of which a page fails that shows what is bad."""

    def show(call: Call) -> Step:
        size, number = int(call.params["PageSize"]), int(call.params.get("Page", 0))
        rows = range(700)[size * number : size * (number + 1)]
        following = None if rows.stop == 700 else f"{LOG}?PageSize={size}&Page={number + 1}&PageToken=PA{rows.stop}"
        return failing if bad(rows) else page(*map("SM{}".format, rows), following=following)

    return Log(show)


@for_each(
    "failing",
    [SILENCE, api_error(500), UnexpectedResponse(200, "no JSON"), UnexpectedResponse(403, "A page"), TOO_LONG],
)
def test_all_rows_before_a_bad_one_are_read_on_few_pages(failing: Step) -> None:
    log = log_with(lambda rows: 357 in rows, failing)
    found: list[str] = []

    async def read() -> None:
        async for page in read_pages(log.client, {"PageSize": "500"}, narrowed={}):
            found.extend(row["sid"] for row in page.rows)

    with log, pytest.raises(CallError):
        log.run(read())
    assert found == [f"SM{number}" for number in range(357)]
    assert len(log.queries) <= 40


def test_after_a_page_that_failed_for_a_while_the_pages_grow_again() -> None:
    tries = iter(range(1000))
    log = log_with(lambda rows: next(tries) < 5)
    pages = log.pages(narrowed={}, PageSize="500")
    assert [sid for sids in pages for sid in sids] == [f"SM{number}" for number in range(700)]
    assert max(map(len, pages)) == 200  # what is left of 500
    assert len(pages) <= 20


def test_a_page_that_may_be_unreadable_for_a_row_is_asked_for_with_further_filters() -> None:
    log = Log(api_error(500), page("SM1"))
    assert log.pages(PageSize="500", narrowed={"DateSent>": "2026-11-24"}) == [["SM1"]]
    assert log.queries == [{"PageSize": "500"}, {"PageSize": "100", "DateSent>": "2026-11-24"}]


@for_each("failing", [REFUSED_CONNECTION, api_error(429, 20429)])
def test_what_no_row_can_be_the_reason_for_is_asked_for_again_as_it_was(failing: Step) -> None:
    log = Log(failing, page("SM1"))
    log.pages(PageSize="500", narrowed={})
    assert log.queries == [{"PageSize": "500"}] * 2


def test_a_call_that_twilio_turned_down_is_not_made_again_with_fewer_rows() -> None:
    log = Log(api_error(401, 20003))
    with pytest.raises(CallError):
        log.pages(PageSize="500", narrowed={})
    assert len(log.queries) == 1


# --- page sizes


def test_each_page_size_divides_the_one_before_it_and_the_one_that_is_asked_for_is_among_them() -> None:
    assert all(size % smaller == 0 for size, smaller in zip(PAGE_SIZES, PAGE_SIZES[1:]))
    assert LOG_PAGE_SIZE in PAGE_SIZES


@for_each(
    "query, smaller",
    [
        ({"PageSize": "1000"}, {"PageSize": "500"}),
        ({"PageSize": "1000", "Page": "3", "PageToken": "PA"}, {"PageSize": "500", "Page": "6", "PageToken": "PA"}),
        ({"PageSize": "500", "Page": "1"}, {"PageSize": "100", "Page": "5"}),
        ({"To": "+1"}, {"To": "+1", "PageSize": "10"}),
        ({"PageSize": "30"}, {"PageSize": "10"}),
        ({"PageSize": "1", "Page": "9"}, {"PageSize": "1", "Page": "9"}),
    ],
)
def test_a_smaller_page_begins_at_the_same_row(query: dict[str, str], smaller: dict[str, str]) -> None:
    assert smaller_page(query) == smaller


@for_each("rows, size", [(1, 1), (2, 5), (100, 100), (101, 500), (1000, 1000), (5000, 1000)])
def test_the_page_size_is_the_smallest_that_shows_all_at_once(rows: int, size: int) -> None:
    assert page_size_for(rows) == size


# --- how far back


def test_the_log_is_sorted_by_the_time_sent_and_for_want_of_it_by_the_time_created() -> None:
    assert logged_at(row(1000.0, sent=2000.0)) == 2000.0
    assert logged_at(row(1000.0)) == 1000.0
    assert logged_at({"date_created": "soon"}) is None


def test_some_older_rows_in_a_row_end_the_reading() -> None:
    horizon = Horizon(1000.0)
    assert [horizon.is_passed(sent(999.0)) for _ in range(ROWS_BEYOND)] == [False] * (ROWS_BEYOND - 1) + [True]


def test_a_few_rows_out_of_order_do_not_end_the_reading() -> None:
    horizon = Horizon(1000.0)
    rows = [*[sent(999.0)] * (ROWS_BEYOND - 1), sent(1000.0), *[sent(999.0)] * (ROWS_BEYOND - 1)]
    assert not any(horizon.is_passed(each) for each in rows)


@for_each("unsent", [{}, row(999.0), row(1001.0)])
def test_messages_that_were_never_sent_neither_end_the_reading_nor_keep_it_going(unsent: dict[str, Any]) -> None:
    horizon = Horizon(1000.0)
    rows = [sent(999.0) if number % 2 else unsent for number in range(2 * ROWS_BEYOND)]
    assert [horizon.is_passed(each) for each in rows].index(True) == 2 * ROWS_BEYOND - 1
