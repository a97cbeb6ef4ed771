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
"""The list of messages: its order, its pages, its filters, its lag."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
import requests
from twilio.rest import Client

from sandbox.twilio import LocalTwilio, Outcome
from tests.sandbox.twilio.clients import START, TO, Clock, messages_url


def test_the_list_shows_the_newest_message_first(twilio: LocalTwilio, client: Client) -> None:
    for age_s in (30, 10, 20):
        twilio.add_message(TO, f"{age_s} s ago", created=START - age_s)
    assert [message.body for message in client.messages.list()] == ["10 s ago", "20 s ago", "30 s ago"]


def test_the_list_comes_in_pages(twilio: LocalTwilio, client: Client) -> None:
    for number in range(5):
        twilio.add_message(TO, str(number), created=START + number - 10)
    first = client.messages.page(page_size=2)
    second = first.next_page()
    third = second.next_page() if second else None
    assert second is not None
    assert third is not None
    assert [[message.body for message in page] for page in (first, second, third)] == [["4", "3"], ["2", "1"], ["0"]]
    assert third.next_page() is None


def test_a_page_says_where_it_is(twilio: LocalTwilio) -> None:
    sids = [twilio.add_message(TO, "Hello", created=START - age_s).sid for age_s in (1, 2, 3)]
    path = f"/2010-04-01/Accounts/{twilio.account_sid}/Messages.json"
    url = f"{messages_url(twilio)}?To=%2B15101112345&PageSize=2"
    page = requests.get(url, auth=(twilio.account_sid, twilio.auth_token), timeout=5).json()
    assert [message["sid"] for message in page.pop("messages")] == sids[:2]
    assert page == {
        "first_page_uri": f"{path}?To=%2B15101112345&PageSize=2&Page=0",
        "uri": f"{path}?To=%2B15101112345&PageSize=2&Page=0",
        "next_page_uri": f"{path}?To=%2B15101112345&PageSize=2&Page=1&PageToken=PA{sids[1]}",
        "previous_page_uri": None,
        "page": 0,
        "page_size": 2,
        "start": 0,
        "end": 1,
    }


def test_a_page_leads_back_to_the_one_before_it(twilio: LocalTwilio, client: Client) -> None:
    for number in range(5):
        twilio.add_message(TO, str(number), created=START + number - 10)
    second = client.messages.page(page_size=2).next_page()
    assert second is not None
    first = second.previous_page()
    assert first is not None
    assert [message.body for message in first] == ["4", "3"]
    assert first.previous_page() is None


def test_the_page_before_holds_its_place_when_new_messages_came_meanwhile(twilio: LocalTwilio, client: Client) -> None:
    for number in range(3):
        twilio.add_message(TO, str(number), created=START + number - 10)
    second = client.messages.page(page_size=2).next_page()
    assert second is not None
    twilio.add_message(TO, "new")
    first = second.previous_page()
    assert first is not None
    assert [message.body for message in first] == ["2", "1"]


def test_the_next_page_does_not_repeat_messages_when_new_ones_came_meanwhile(
    twilio: LocalTwilio, client: Client
) -> None:
    for number in range(3):
        twilio.add_message(TO, str(number), created=START + number - 10)
    first = client.messages.page(page_size=2)
    twilio.add_message(TO, "new")
    second = first.next_page()
    assert second is not None
    assert [message.body for message in second] == ["0"]


def test_the_list_is_filtered_by_recipient_and_sender(twilio: LocalTwilio, client: Client) -> None:
    twilio.add_message(TO, "mine")
    twilio.add_message("+15103334444", "another's")
    twilio.add_message(TO, "from elsewhere", from_="+15005550006")
    assert [message.body for message in client.messages.list(to=TO, from_=twilio.from_phone)] == ["mine"]
    assert client.messages.list(to="+15109999999") == []


def test_the_list_is_filtered_by_the_date_of_sending(twilio: LocalTwilio, client: Client) -> None:
    day_s = 86_400
    for name, age_s in (("today", 10), ("yesterday", day_s), ("before", 2 * day_s)):
        twilio.add_message(TO, name, created=START - age_s)
    twilio.add_message(TO, "not sent yet")
    day = datetime.fromtimestamp(START - day_s, timezone.utc).date()

    def bodies(**filters: Any) -> list[str | None]:
        return [message.body for message in client.messages.list(**filters)]

    # the library writes the text as it is, and of the others the second, which is midnight for a date
    assert [bodies(date_sent_after=each) for each in (day.isoformat(), day)] == [["today", "yesterday"]] * 2
    assert [bodies(date_sent_before=each) for each in (day.isoformat(), day)] == [["yesterday", "before"]] * 2
    assert bodies(date_sent_after=datetime.fromtimestamp(START - 10, timezone.utc)) == ["today"]
    assert [bodies(date_sent=each) for each in (day.isoformat(), day)] == [["yesterday"]] * 2
    assert bodies(date_sent=datetime.fromtimestamp(START - day_s, timezone.utc)) == ["yesterday"]


@pytest.mark.parametrize("query", ["PageSize=0", "PageSize=1001", "PageSize=many", "Page=-1", "DateSent%3E=yesterday"])
def test_a_filter_without_a_meaning_is_refused(twilio: LocalTwilio, query: str) -> None:
    twilio.add_message(TO, "Hello")
    response = requests.get(f"{messages_url(twilio)}?{query}", auth=(twilio.account_sid, twilio.auth_token), timeout=5)
    assert response.status_code == 400


def test_a_message_may_be_late_in_the_list_but_not_under_its_sid(
    twilio: LocalTwilio, client: Client, clock: Clock
) -> None:
    twilio.log_lag_s = 2.0
    sid = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello").sid
    assert client.messages.list() == []
    assert client.messages(sid).fetch().sid == sid
    clock.now += 2.0
    assert [message.sid for message in client.messages.list()] == [sid]


def test_a_message_may_never_appear_in_the_list(twilio: LocalTwilio, client: Client) -> None:
    twilio.log.hides = lambda message: message.body == "hidden"
    for body in ("shown", "hidden"):
        client.messages.create(to=TO, from_=twilio.from_phone, body=body)
    assert [message.body for message in client.messages.list()] == ["shown"]
    assert client.messages(twilio.messages[1].sid).fetch().body == "hidden"


def test_a_message_may_appear_in_the_list_at_a_time_of_its_own(
    twilio: LocalTwilio, client: Client, clock: Clock
) -> None:
    twilio.add_message(TO, "late").listed_at = START + 5
    assert client.messages.list() == []
    clock.now += 5.0
    assert [message.body for message in client.messages.list()] == ["late"]


def test_rows_of_the_last_seconds_may_be_out_of_order(twilio: LocalTwilio, client: Client) -> None:
    twilio.log.unordered_s = 2.0
    for number in range(20):
        twilio.add_message(TO, str(number), created=START - 1)
    twilio.add_message(TO, "older", created=START - 3)
    orders = [[message.body for message in client.messages.list()] for _ in range(2)]
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]
    assert [order[-1] for order in orders] == ["older", "older"]


def test_messages_that_were_never_sent_may_stand_first(twilio: LocalTwilio, client: Client) -> None:
    twilio.log.unsent_first = True
    twilio.add_message(TO, "sent", created=START - 10)
    twilio.outcomes[TO] = Outcome("failed", 1.0, 30036)
    twilio.add_message(TO, "failed", created=START - 20)
    assert [message.body for message in client.messages.list()] == ["failed", "sent"]


def test_twilios_library_follows_the_pages_to_the_end(twilio: LocalTwilio, client: Client) -> None:
    for number in range(25):
        twilio.add_message(TO, str(number), created=START - number)
    listed = client.messages.list(page_size=10, to=TO)
    assert [message.body for message in listed] == [str(number) for number in range(25)]
    assert len(twilio.requests) == 3


def test_a_page_may_be_larger_than_two_mebibytes(twilio: LocalTwilio) -> None:
    for _ in range(1000):
        twilio.add_message(TO, "\N{FIRE}" * 800)
    url = f"{messages_url(twilio)}?PageSize=1000"
    response = requests.get(url, auth=(twilio.account_sid, twilio.auth_token), timeout=5)
    assert len(response.content) > 2 * 1024 * 1024
    assert len(response.json()["messages"]) == 1000


def test_the_list_is_sorted_by_the_date_of_sending(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.log.segments_per_s = 0.1
    twilio.log.outcome = Outcome("delivered", 0.0)
    for number in (1, 2):
        client.messages.create(to=TO, from_=twilio.from_phone, body=f"page {number}")
    clock.now += 12.0
    twilio.receive(TO, twilio.from_phone, "answer", created=clock.now - 5.0)
    assert [message.body for message in client.messages.list()] == ["page 2", "answer", "page 1"]


def test_an_account_that_redacts_keeps_no_text(twilio: LocalTwilio, client: Client) -> None:
    twilio.account.redacts_texts = True
    assert client.messages.create(to=TO, from_=twilio.from_phone, body="Hello").body == "Hello"
    twilio.receive(TO, twilio.from_phone, "answer")
    assert [message.body for message in client.messages.list()] == ["", ""]


def test_a_receipt_may_come_late(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.log.outcome = Outcome("undelivered", 140.0, 30003, sent_after_s=2.0)
    message = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello")
    clock.now += 3.0
    assert client.messages(message.sid).fetch().status == "sent"
    clock.now += 138.0
    assert client.messages(message.sid).fetch().status == "undelivered"
