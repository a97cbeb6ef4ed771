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
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any, TypeVar

import pytest

from tests.fake_clock import FakeClock
from tests.harness import E164, Harness
from twilio_api.client import Credentials, TwilioClient
from twilio_api.errors import NoResponse, ReadFailed
from twilio_api.log_pages import Horizon, logged_at, page_size_for, read_pages, smaller_page
from twilio_api.response import Response
from twilio_consts import LOG_PAGE_SIZE, PAGE_SIZES, PERSON_PAGE_SIZE, ROWS_BEYOND


ACCOUNT = "AC" + "0" * 32
LOG = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
_T = TypeVar("_T")


class CannedClient(TwilioClient):
    """A client for which the responses are there already; it keeps the queries that it is asked."""

    def __init__(self, *pages: dict[str, Any], base_url: str = "https://api.twilio.com/2010-04-01") -> None:
        super().__init__(base_url, Credentials(ACCOUNT, ACCOUNT, "x"), FakeClock().for_app())
        self._pages = iter(pages)
        self._last: dict[str, Any] = {}
        self.queries: list[dict[str, str]] = []
        self.urls: set[str] = set()

    def call(self, method: str, url: str, parse: Callable[[Response], _T], **request: Any) -> _T:
        """Return the next response; the last one again and again."""
        self.urls.add(url)
        self.queries.append(request["params"])
        self._last = next(self._pages, self._last)
        return parse(Response(200, self._last, "", 0.0, None))


def page(*sids: str, following: str | None = None) -> dict[str, Any]:
    return {"messages": [{"sid": sid} for sid in sids], "next_page_uri": following}


def sids(client: TwilioClient, **query: str) -> list[str]:
    return [row["sid"] for each in read_pages(client, query) for row in each.rows]


def sent(seconds: float) -> dict[str, Any]:
    """A message that was sent in the second of its creation."""
    return row(seconds, sent=seconds)


def row(seconds: float, sent: float | None = None) -> dict[str, Any]:
    def date(time: float) -> str:
        return format_datetime(datetime.fromtimestamp(time, timezone.utc))

    return {"date_created": date(seconds), "date_sent": None if sent is None else date(sent)}


# --- the next page


def test_the_next_page_is_the_one_that_the_last_one_names() -> None:
    client = CannedClient(page("SM1", following=f"{LOG}?PageSize=7&Page=1&PageToken=PASM1"), page("SM2"))
    assert sids(client, To="+1") == ["SM1", "SM2"]
    assert client.queries == [{"To": "+1"}, {"PageSize": "7", "Page": "1", "PageToken": "PASM1"}]


def test_a_page_is_read_only_when_it_is_needed() -> None:
    client = CannedClient(page("SM1", following=f"{LOG}?Page=1"), page("SM2"))
    next(read_pages(client, {}))
    assert len(client.queries) == 1


def test_a_message_that_an_earlier_page_held_is_left_out() -> None:
    client = CannedClient(page("SM1", "SM2", following=f"{LOG}?Page=1"), page("SM2", "SM3"))
    assert sids(client) == ["SM1", "SM2", "SM3"]


def test_behind_a_gateway_with_a_path_of_its_own_the_pages_stay_there() -> None:
    client = CannedClient(
        page("SM1", following=f"{LOG}?Page=1"), page("SM2"), base_url="https://gw.example/t/2010-04-01"
    )
    assert sids(client) == ["SM1", "SM2"]
    assert client.urls == {f"https://gw.example/t{LOG}"}


@pytest.mark.parametrize(
    "following",
    [
        f"https://evil.example{LOG}?Page=1",
        f"//evil.example{LOG}?Page=1",
        f"http://api.twilio.com{LOG}?Page=1",
        f"/2010-04-01/Accounts/AC{'1' * 32}/Messages.json?Page=1",
        f"/2010-04-01/Accounts/{ACCOUNT}.json?Page=1",
        f"{LOG}?Page=1&PageSize=lots",
        "https://[?Page=1",
    ],
)
def test_a_next_page_of_anything_else_is_never_asked_for(following: str) -> None:
    client = CannedClient(page("SM1", following=following))
    with pytest.raises(ReadFailed):
        sids(client)
    assert client.urls == {f"https://api.twilio.com{LOG}"}
    assert all(query == {} for query in client.queries)


def test_pages_that_lead_round_in_a_circle_end_in_an_error() -> None:
    client = CannedClient(page("SM1", following=f"{LOG}?Page=1"), page("SM2", following=f"{LOG}?Page=1"))
    with pytest.raises(ReadFailed, match="round in a circle"):
        sids(client)


def test_without_repetition_a_page_is_asked_for_once() -> None:
    class Silent(CannedClient):
        def call(self, method: str, url: str, parse: Callable[[Response], _T], **request: Any) -> _T:
            self.queries.append(request["params"])
            raise NoResponse("api.twilio.com", "silence")

    client = Silent()
    with pytest.raises(NoResponse):
        next(read_pages(client, {}, repeat=False))
    assert len(client.queries) == 1


# --- pages that are too long


@pytest.fixture
def long_log(harness: Harness) -> Harness:
    """A log whose messages take up ten thousand bytes each."""
    now = harness.clock.time()
    for number in range(450):
        harness.twilio.add_message(E164, f"{number} " + "é" * 1500, created=now - number)
    return harness


def test_a_page_that_is_too_long_is_asked_for_again_with_fewer_rows(long_log: Harness) -> None:
    twilio = long_log.twilio
    credentials = Credentials(twilio.account_sid, twilio.account_sid, twilio.auth_token)
    client = TwilioClient(twilio.base_url, credentials, long_log.clock.for_app())
    pages = [each.rows for each in read_pages(client, {"PageSize": "1000"})]
    client.close()
    assert [row["body"].split()[0] for rows in pages for row in rows] == [str(number) for number in range(450)]
    assert [len(rows) for rows in pages] == [100, 100, 100, 100, 50]


def test_each_page_size_divides_the_one_before_it_and_those_that_are_asked_for_are_among_them() -> None:
    assert all(size % smaller == 0 for size, smaller in zip(PAGE_SIZES, PAGE_SIZES[1:]))
    assert {LOG_PAGE_SIZE, PERSON_PAGE_SIZE} <= set(PAGE_SIZES)


@pytest.mark.parametrize(
    ("query", "smaller"),
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


@pytest.mark.parametrize(("rows", "size"), [(1, 1), (2, 5), (100, 100), (101, 500), (1000, 1000), (5000, 1000)])
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


@pytest.mark.parametrize("unsent", [{}, row(999.0), row(1001.0)], ids=["without a date", "older", "newer"])
def test_messages_that_were_never_sent_neither_end_the_reading_nor_keep_it_going(unsent: dict[str, Any]) -> None:
    horizon = Horizon(1000.0)
    rows = [sent(999.0) if number % 2 else unsent for number in range(2 * ROWS_BEYOND)]
    assert [horizon.is_passed(each) for each in rows].index(True) == 2 * ROWS_BEYOND - 1
