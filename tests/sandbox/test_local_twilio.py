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
"""The local Twilio behaves as Twilio does; its clients here are Twilio's own library, requests, and bare sockets."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from werkzeug.datastructures import Authorization

from sandbox.twilio import Fault, LocalTwilio, Outcome


TO = "+15101112345"
START = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 +0000
SOON_S = 0.2  # a client's patience where no answer comes


class Clock:
    """A clock that moves when a test says so; its sleep moves it, too."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class _ToLocal:
    """An HTTP client for Twilio's library that sends to the local Twilio what is meant for api.twilio.com."""

    def __init__(self, twilio: LocalTwilio) -> None:
        self._http = TwilioHttpClient()
        self._origin = twilio.base_url.rpartition("/")[0]

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return self._http.request(method, url.replace("https://api.twilio.com", self._origin), *args, **kwargs)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def twilio(clock: Clock) -> Iterator[LocalTwilio]:
    with LocalTwilio(clock=clock) as server:
        yield server


@pytest.fixture
def client(twilio: LocalTwilio) -> Client:
    return library(twilio)


def library(twilio: LocalTwilio, auth_token: str | None = None) -> Client:
    return Client(twilio.account_sid, auth_token or twilio.auth_token, http_client=_ToLocal(twilio))


def messages_url(twilio: LocalTwilio) -> str:
    return f"{twilio.base_url}/Accounts/{twilio.account_sid}/Messages.json"


def call(twilio: LocalTwilio, method: str = "POST", timeout: float = 5.0, **form: str) -> requests.Response:
    """One request for Messages.json, without following redirects."""
    form = form or {"To": TO, "From": twilio.from_phone, "Body": "Hello"}
    return requests.request(
        method,
        messages_url(twilio),
        data=form if method == "POST" else None,
        auth=(twilio.account_sid, twilio.auth_token),
        timeout=timeout,
        allow_redirects=False,
    )


def refusal(twilio: LocalTwilio, to: str = TO, from_: str | None = None, body: str = "Hello") -> tuple[int, int, str]:
    """HTTP status, code and message with which a message is refused."""
    answer = call(twilio, To=to, From=twilio.from_phone if from_ is None else from_, Body=body)
    error = answer.json()
    assert error["status"] == answer.status_code
    assert error["more_info"] == f"https://www.twilio.com/docs/errors/{error['code']}"
    return answer.status_code, error["code"], error["message"]


def raw(twilio: LocalTwilio) -> socket.socket:
    """A connection on which a POST for a message has just been sent."""
    body = urlencode({"To": TO, "From": twilio.from_phone, "Body": "Hello"})
    credentials = Authorization("basic", {"username": twilio.account_sid, "password": twilio.auth_token})
    lines = (
        f"POST {urlsplit(messages_url(twilio)).path} HTTP/1.1",
        "Host: local",
        f"Authorization: {credentials}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        "",
        body,
    )
    connection = socket.create_connection((twilio.host, twilio.port), timeout=5.0)
    connection.sendall("\r\n".join(lines).encode())
    return connection


def read_all(connection: socket.socket) -> bytes:
    with connection:
        return b"".join(iter(lambda: connection.recv(65536), b""))


# Creating, reading and deleting messages


def test_a_message_is_queued_when_it_is_created(twilio: LocalTwilio, client: Client) -> None:
    message = client.messages.create(to=TO, from_=twilio.from_phone, body="Happy Halloween to GV")
    assert (message.status, message.to, message.from_) == ("queued", TO, twilio.from_phone)
    assert message.body == "Happy Halloween to GV"
    assert message.date_created == datetime.fromtimestamp(START, timezone.utc)
    assert re.fullmatch("SM[0-9a-f]{32}", message.sid or "")
    assert [kept.sid for kept in twilio.messages] == [message.sid]


def test_a_message_has_all_the_fields_of_twilios_own(twilio: LocalTwilio) -> None:
    message = call(twilio).json()
    uri = f"/2010-04-01/Accounts/{twilio.account_sid}/Messages/{message['sid']}"
    assert message == {
        "account_sid": twilio.account_sid,
        "api_version": "2010-04-01",
        "body": "Hello",
        "date_created": "Tue, 14 Nov 2023 22:13:20 +0000",
        "date_sent": None,
        "date_updated": "Tue, 14 Nov 2023 22:13:20 +0000",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": twilio.from_phone,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": message["sid"],
        "status": "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": TO,
        "uri": f"{uri}.json",
    }


def test_a_long_message_has_several_segments(twilio: LocalTwilio) -> None:
    assert call(twilio, To=TO, From=twilio.from_phone, Body="a" * 161).json()["num_segments"] == "2"


def test_a_message_can_be_fetched_and_deleted(twilio: LocalTwilio, client: Client) -> None:
    sid = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello").sid
    assert client.messages(sid).fetch().body == "Hello"
    assert client.messages(sid).delete()
    with pytest.raises(TwilioRestException) as error:
        client.messages(sid).fetch()
    assert (error.value.status, error.value.code) == (404, 20404)


def test_a_message_can_be_redacted_and_keeps_its_number_of_segments(twilio: LocalTwilio, client: Client) -> None:
    sid = client.messages.create(to=TO, from_=twilio.from_phone, body="a" * 161).sid
    redacted = client.messages(sid).update(body="")
    assert (redacted.body, redacted.num_segments) == ("", "2")


def test_a_message_cannot_be_given_another_text(twilio: LocalTwilio, client: Client) -> None:
    message = twilio.add_message(TO, "Hello")
    with pytest.raises(TwilioRestException):
        client.messages(message.sid).update(body="Goodbye")
    assert message.body == "Hello"


# The list


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
    back = second.previous_page()
    assert back is not None
    assert [message.body for message in back] == ["4", "3"]


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
    yesterday = datetime.fromtimestamp(START - day_s, timezone.utc).date().isoformat()

    def bodies(**filters: Any) -> list[str | None]:
        return [message.body for message in client.messages.list(**filters)]

    assert bodies(date_sent=yesterday) == ["yesterday"]
    assert bodies(date_sent_after=yesterday) == ["today", "yesterday"]
    assert bodies(date_sent_before=yesterday) == ["yesterday", "before"]
    assert bodies(date_sent_after=datetime.fromtimestamp(START - 10, timezone.utc)) == ["today"]


@pytest.mark.parametrize("query", ["PageSize=0", "PageSize=1001", "PageSize=many", "Page=-1", "DateSent=yesterday"])
def test_a_filter_without_a_meaning_is_refused(twilio: LocalTwilio, query: str) -> None:
    twilio.add_message(TO, "Hello")
    answer = requests.get(f"{messages_url(twilio)}?{query}", auth=(twilio.account_sid, twilio.auth_token), timeout=5)
    assert answer.status_code == 400


def test_a_message_may_be_late_in_the_list_but_not_under_its_sid(
    twilio: LocalTwilio, client: Client, clock: Clock
) -> None:
    twilio.log_lag_s = 2.0
    sid = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello").sid
    assert client.messages.list() == []
    assert client.messages(sid).fetch().sid == sid
    clock.now += 2.0
    assert [message.sid for message in client.messages.list()] == [sid]


# Statuses over time


@pytest.mark.parametrize(
    ("outcome", "course"),
    [
        (Outcome("delivered", 10.0), ["queued", "sending", "sent", "sent", "delivered"]),
        (Outcome("undelivered", 10.0, 30003), ["queued", "sending", "sent", "sent", "undelivered"]),
        (Outcome("read", 10.0), ["queued", "sending", "sent", "sent", "read"]),
        (Outcome("failed", 10.0, 30008), ["queued", "queued", "queued", "queued", "failed"]),
        (Outcome("sent", 10.0), ["queued", "sending", "sent", "sent", "sent"]),
        (Outcome("queued", 10.0), ["queued", "queued", "queued", "queued", "queued"]),
    ],
)
def test_a_message_moves_towards_its_ending(
    twilio: LocalTwilio, client: Client, clock: Clock, outcome: Outcome, course: list[str]
) -> None:
    twilio.outcomes[TO] = outcome
    sid = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello").sid
    seen = []
    for age_s in (0.0, 1.0, 3.0, 9.9, 10.0):
        clock.now = START + age_s
        seen.append(client.messages(sid).fetch().status)
    assert seen == course
    assert twilio.messages[0].status(clock.now) == course[-1]


def test_even_a_message_that_ends_at_once_is_queued_when_it_is_created(twilio: LocalTwilio, client: Client) -> None:
    twilio.outcomes[TO] = Outcome("delivered", after_s=0.0)
    message = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello")
    assert message.status == "queued"
    assert message.fetch().status == "delivered"


def test_a_delivered_message_has_its_dates_and_price(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.outcomes[TO] = Outcome("delivered", after_s=10.0)
    message = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello")
    clock.now += 60.0
    message = message.fetch()
    assert message.date_sent == datetime.fromtimestamp(START + 3, timezone.utc)
    assert message.date_updated == datetime.fromtimestamp(START + 10, timezone.utc)
    assert (message.price, message.price_unit) == ("-0.00750", "USD")
    assert (message.error_code, message.error_message) == (None, None)
    assert twilio.messages[0].delivered_at == START + 10


def test_a_message_that_is_not_delivered_says_why(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.outcomes[TO] = Outcome("undelivered", after_s=10.0, error_code=30003)
    message = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello")
    assert message.error_code is None
    clock.now += 10.0
    message = message.fetch()
    assert (message.error_code, message.error_message) == (30003, "Unreachable destination handset")
    assert twilio.messages[0].delivered_at is None


def test_a_failed_message_was_never_sent(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.outcomes[TO] = Outcome("failed", after_s=10.0, error_code=30008)
    message = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello")
    clock.now += 10.0
    assert message.fetch().date_sent is None


# What is refused


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        ({"to": ""}, 21604, "A 'To' phone number is required."),
        ({"from_": ""}, 21603, "A 'From' phone number is required."),
        ({"body": ""}, 21602, "Message body is required."),
        ({"body": "a" * 1601}, 21617, "The concatenated message body exceeds the 1600 character limit."),
        ({"to": "+1403555"}, 21211, "Invalid 'To' Phone Number: +140XXXX"),
        ({"to": "14035551234"}, 21211, "Invalid 'To' Phone Number: 1403555XXXX"),
        ({"to": "+1403555123456789"}, 21211, "Invalid 'To' Phone Number: +140355512345XXXX"),
        ({"to": "+15101281337"}, 21266, "'To' and 'From' number cannot be the same"),
        (
            {"from_": "no sender!"},
            21212,
            "The 'From' number no sender! is not a valid phone number, shortcode, or alphanumeric sender ID.",
        ),
        (
            {"from_": "+15109999999"},
            21606,
            "The 'From' phone number provided (+15109999999) is not a valid message-capable Twilio phone number "
            "for this destination",
        ),
    ],
)
def test_a_bad_message_is_refused(twilio: LocalTwilio, parameters: dict[str, str], code: int, message: str) -> None:
    assert refusal(twilio, **parameters) == (400, code, message)
    assert twilio.messages == []


def test_a_message_of_1600_characters_passes(twilio: LocalTwilio) -> None:
    assert call(twilio, To=TO, From=twilio.from_phone, Body="a" * 1600).status_code == 201


def test_twilios_library_raises_the_error(client: Client, twilio: LocalTwilio) -> None:
    with pytest.raises(TwilioRestException) as error:
        client.messages.create(to="+1403555", from_=twilio.from_phone, body="Hello")
    assert (error.value.status, error.value.code) == (400, 21211)


def test_who_texted_stop_gets_nothing(twilio: LocalTwilio) -> None:
    twilio.unsubscribed.add(TO)
    assert refusal(twilio) == (400, 21610, "Attempt to send to unsubscribed recipient")


MAGIC_TO = [
    ("+15005550001", 21211),
    ("+15005550002", 21612),
    ("+15005550003", 21408),
    ("+15005550004", 21610),
    ("+15005550009", 21614),
]


@pytest.mark.parametrize("test_credentials", [False, True])
@pytest.mark.parametrize(("to", "code"), MAGIC_TO)
def test_a_magic_recipient_is_refused_with_any_credentials(to: str, code: int, test_credentials: bool) -> None:
    with LocalTwilio(test_credentials=test_credentials) as twilio:
        assert refusal(twilio, to=to, from_="+15005550006")[:2] == (400, code)


# Test credentials


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[LocalTwilio]:
    with LocalTwilio(test_credentials=True) as server:
        yield server


@pytest.mark.parametrize(
    ("from_", "status", "code"),
    [
        ("+15005550001", 400, 21212),
        ("+15005550007", 400, 21606),
        ("+15005550008", 429, 21611),
        ("+15101281337", 400, 21606),
    ],
)
def test_with_test_credentials_other_senders_are_refused_before_the_recipient_is_looked_at(
    rehearsal: LocalTwilio, from_: str, status: int, code: int
) -> None:
    assert refusal(rehearsal, to="+15005550001", from_=from_)[:2] == (status, code)


def test_with_test_credentials_a_message_is_accepted_and_not_kept(rehearsal: LocalTwilio) -> None:
    message = library(rehearsal).messages.create(to=TO, from_="+15005550006", body="Hello")
    assert message.status == "queued"
    assert rehearsal.messages == []


def test_with_test_credentials_nothing_can_be_read(rehearsal: LocalTwilio) -> None:
    client = library(rehearsal)
    for read in (client.messages(f"SM{'0' * 32}").fetch, client.api.accounts(rehearsal.account_sid).fetch):
        with pytest.raises(TwilioRestException) as error:
            read()
        assert (error.value.status, error.value.code) == (403, 20008)
    assert call(rehearsal, "GET").json()["code"] == 20008


# The account


def test_the_account_shows_its_state_and_its_token(twilio: LocalTwilio, client: Client) -> None:
    account = client.api.accounts(twilio.account_sid).fetch()
    assert (account.sid, account.status, account.type) == (twilio.account_sid, "active", "Full")
    assert account.auth_token == twilio.auth_token


def test_wrong_credentials_are_refused(twilio: LocalTwilio) -> None:
    with pytest.raises(TwilioRestException) as error:
        library(twilio, auth_token="wrong").api.accounts(twilio.account_sid).fetch()
    assert (error.value.status, error.value.code) == (401, 20003)


def test_a_refusal_of_credentials_says_what_is_wanted(twilio: LocalTwilio) -> None:
    answer = requests.post(messages_url(twilio), timeout=5)
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
    assert answer.json()["message"] == "Authenticate"


def test_another_accounts_messages_are_not_found(twilio: LocalTwilio) -> None:
    path = f"/2010-04-01/Accounts/AC{'f' * 32}/Messages.json"
    url = twilio.base_url.replace("/2010-04-01", path)
    answer = requests.get(url, auth=(twilio.account_sid, twilio.auth_token), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)
    assert answer.json()["message"] == f"The requested resource {path} was not found"


def test_a_method_that_is_not_there_is_refused(twilio: LocalTwilio) -> None:
    assert call(twilio, method="PUT").json()["code"] == 20004


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_is_not_active_shows_it_and_sends_nothing(status: str) -> None:
    with LocalTwilio(account_status=status) as twilio:
        assert library(twilio).api.accounts(twilio.account_sid).fetch().status == status
        assert refusal(twilio) == (403, 20005, "Account not active")


def test_a_trial_account_puts_a_sentence_before_the_text() -> None:
    with LocalTwilio(account_type="Trial") as twilio:
        assert call(twilio).json()["body"] == "Sent from your Twilio trial account - Hello"


def test_a_trial_account_sends_to_verified_numbers_only() -> None:
    with LocalTwilio(account_type="Trial", verified={TO}) as twilio:
        assert call(twilio).status_code == 201
        assert refusal(twilio, to="+15103334444")[:2] == (400, 21608)


# HTTP


def test_a_connection_stays_open_between_requests(twilio: LocalTwilio) -> None:
    with requests.Session() as session:
        session.auth = (twilio.account_sid, twilio.auth_token)
        session.post(messages_url(twilio), data={"To": "nobody"}, timeout=5)
        session.post(messages_url(twilio), data={"To": "nobody"}, auth=("AC", "wrong"), timeout=5)
        session.get(messages_url(twilio), timeout=5)
    call(twilio)
    assert [seen.connection for seen in twilio.requests] == [1, 1, 1, 2]


def test_every_answer_has_one_date_by_the_servers_clock(twilio: LocalTwilio) -> None:
    answer = requests.get(messages_url(twilio), timeout=5)
    assert answer.raw.headers.getlist("Date") == ["Tue, 14 Nov 2023 22:13:20 GMT"]
    assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == START


def test_an_answer_is_json_with_a_request_id(twilio: LocalTwilio) -> None:
    answer = call(twilio)
    assert answer.headers["Content-Type"] == "application/json"
    assert re.fullmatch("RQ[0-9a-f]{32}", answer.headers["Twilio-Request-Id"])


def test_the_server_remembers_what_it_was_asked(twilio: LocalTwilio) -> None:
    requests.post(
        f"{messages_url(twilio)}?a=b", data={"To": TO, "Body": ""}, headers={"User-Agent": "test/1"}, timeout=5
    )
    (seen,) = twilio.requests
    assert (seen.method, seen.path) == ("POST", f"/2010-04-01/Accounts/{twilio.account_sid}/Messages.json")
    assert (seen.query, seen.form) == ({"a": "b"}, {"To": TO, "Body": ""})
    assert (seen.time, seen.user_agent, seen.fault) == (START, "test/1", None)


def test_latency_comes_before_the_answer_and_after_the_message_was_taken(clock: Clock) -> None:
    with LocalTwilio(clock=clock, sleep=clock.sleep, latency_s=3.0) as twilio:
        answer = call(twilio)
        assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == START + 3
        assert twilio.messages[0].created == START


def test_a_request_that_breaks_off_is_not_taken(twilio: LocalTwilio) -> None:
    with socket.create_connection((twilio.host, twilio.port), timeout=5) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nTo=")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    assert twilio.requests == []


def test_stopping_ends_open_connections_and_starting_again_takes_the_same_port(twilio: LocalTwilio) -> None:
    port = twilio.port
    with socket.create_connection((twilio.host, port), timeout=5) as idle:
        # a request on a second connection, so that the first is surely accepted
        call(twilio)
        twilio.stop()
        assert idle.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((twilio.host, port), timeout=5)
    twilio.start()
    assert twilio.port == port
    assert len(call(twilio, method="GET").json()["messages"]) == 1


# Faults


def test_a_message_is_taken_or_not_as_the_fault_says(clock: Clock) -> None:
    outcomes = {}
    for fault in Fault:
        # the clock's own sleep, so that a hanging request is over at once; one byte ends a dripping answer
        with LocalTwilio(clock=clock, sleep=clock.sleep) as twilio:
            twilio.faults.add(fault)
            try:
                with raw(twilio) as connection:
                    connection.recv(1)
            except ConnectionResetError:
                pass
            outcomes[fault] = bool(twilio.messages)
            assert [seen.fault for seen in twilio.requests] == [fault]
    assert outcomes == {fault: fault.is_processed for fault in Fault}


@pytest.mark.parametrize("fault", [Fault.RESET_BEFORE, Fault.RESET_AFTER])
def test_a_reset_connection_is_reset(twilio: LocalTwilio, fault: Fault) -> None:
    twilio.faults.add(fault)
    with raw(twilio) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)


def test_a_closed_connection_is_closed_without_a_byte(twilio: LocalTwilio) -> None:
    twilio.faults.add(Fault.CLOSE_AFTER)
    assert read_all(raw(twilio)) == b""


@pytest.mark.parametrize("fault", [Fault.HANG_BEFORE, Fault.HANG_AFTER])
def test_a_hanging_request_gets_no_answer(twilio: LocalTwilio, fault: Fault) -> None:
    twilio.faults.add(fault)
    with pytest.raises(requests.ReadTimeout):
        call(twilio, timeout=SOON_S)


def test_a_hanging_request_is_let_go_after_a_minute(clock: Clock) -> None:
    with LocalTwilio(clock=clock, sleep=clock.sleep) as twilio:
        twilio.faults.add(Fault.HANG_BEFORE)
        assert read_all(raw(twilio)) == b""
        assert clock.now == pytest.approx(START + 60)


@pytest.mark.parametrize("fault", [Fault.HANG_AFTER, Fault.DRIP_HEADERS, Fault.DRIP_BODY, Fault.ENDLESS_BODY])
def test_stopping_ends_a_request_without_end_at_once(twilio: LocalTwilio, fault: Fault) -> None:
    twilio.faults.add(fault)
    with raw(twilio) as connection:
        while not twilio.messages:
            time.sleep(0.001)
        started = time.monotonic()
        twilio.stop()
        while connection.recv(1_000_000):
            pass
    assert time.monotonic() - started < 0.5


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault.TOO_MANY, 429, 20429),
        (Fault.TOO_MANY_RETRY_AFTER, 429, 20429),
        (Fault.QUEUE_FULL, 429, 21611),
        (Fault.ERROR_500_BEFORE, 500, 20500),
        (Fault.ERROR_500_AFTER, 500, 20500),
        (Fault.ERROR_503, 503, 20503),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_error_answer_is_twilios_own(twilio: LocalTwilio, method: str, fault: Fault, status: int, code: int) -> None:
    twilio.faults.add(fault)
    answer = call(twilio, method)
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (status, code, status)
    assert answer.headers.get("Retry-After") == ("1" if fault is Fault.TOO_MANY_RETRY_AFTER else None)


@pytest.mark.parametrize(
    ("fault", "status", "title"),
    [
        (Fault.HTML_502_BEFORE, 502, "502 Bad Gateway"),
        (Fault.HTML_502_AFTER, 502, "502 Bad Gateway"),
        (Fault.HTML_403, 403, "Access Denied"),
        (Fault.HTML_200_AFTER, 200, "Sign in"),
    ],
)
def test_somebody_else_may_answer_with_a_page(twilio: LocalTwilio, fault: Fault, status: int, title: str) -> None:
    twilio.faults.add(fault)
    answer = call(twilio)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html")
    assert f"<title>{title}</title>" in answer.text
    assert "<script" in answer.text
    assert "Twilio-Request-Id" not in answer.headers


def test_an_answer_may_break_off(twilio: LocalTwilio) -> None:
    twilio.faults.add(Fault.CUT_OFF_AFTER)
    start, _, content = read_all(raw(twilio)).partition(b"\r\n\r\n")
    (length,) = re.findall(rb"Content-Length: (\d+)", start)
    assert start.startswith(b"HTTP/1.1 201 ")
    assert 0 < len(content) < int(length)


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 201)])
@pytest.mark.parametrize(("fault", "text"), [(Fault.EMPTY_AFTER, ""), (Fault.ARRAY_AFTER, "[]")])
def test_a_good_status_may_come_with_a_body_of_no_use(
    twilio: LocalTwilio, fault: Fault, text: str, method: str, status: int
) -> None:
    twilio.faults.add(fault)
    answer = call(twilio, method)
    assert (answer.status_code, answer.text) == (status, text)


def test_a_redirect_leads_to_another_path_of_this_server(twilio: LocalTwilio) -> None:
    twilio.faults.add(Fault.REDIRECT)
    answer = call(twilio)
    assert (answer.status_code, answer.headers["Location"]) == (307, "/elsewhere")


def test_a_redirect_away_leads_to_another_host_name(twilio: LocalTwilio) -> None:
    twilio.faults.add(Fault.REDIRECT_AWAY)
    answer = call(twilio)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"http://localhost:{twilio.port}/elsewhere")


def test_what_follows_a_redirect_is_seen(twilio: LocalTwilio) -> None:
    answer = requests.get(f"http://localhost:{twilio.port}/elsewhere", timeout=5)
    assert answer.status_code == 404
    assert [seen.path for seen in twilio.requests] == ["/elsewhere"]


def test_headers_may_drip_a_byte_a_second(clock: Clock) -> None:
    with LocalTwilio(clock=clock, sleep=clock.sleep) as twilio:
        twilio.faults.add(Fault.DRIP_HEADERS)
        with raw(twilio) as connection:
            data = b"".join(connection.recv(1) for _ in range(100))
        assert data.startswith(b"HTTP/1.1 201 CREATED\r\nX-Slow: ooooo")
        assert b"\r\n\r\n" not in data
        assert round(clock.now - START) >= 99


def test_a_body_may_drip_a_byte_a_second(clock: Clock) -> None:
    with LocalTwilio(clock=clock, sleep=clock.sleep) as twilio:
        twilio.faults.add(Fault.DRIP_BODY)
        answer = requests.post(
            messages_url(twilio), auth=(twilio.account_sid, twilio.auth_token), stream=True, timeout=5
        )
        assert b"".join(answer.raw.read(1) for _ in range(100)) == b" " * 100
        assert round(clock.now - START) >= 99
        answer.close()


def test_a_body_may_have_no_end(twilio: LocalTwilio) -> None:
    twilio.faults.add(Fault.ENDLESS_BODY)
    with requests.get(
        messages_url(twilio), auth=(twilio.account_sid, twilio.auth_token), stream=True, timeout=5
    ) as answer:
        assert answer.headers["Transfer-Encoding"] == "chunked"
        assert len(answer.raw.read(5_000_000)) == 5_000_000


def test_faults_are_for_certain_requests_only(twilio: LocalTwilio) -> None:
    twilio.faults.add(Fault.ERROR_503, method="POST", path="messages.json", times=2, skip=1)
    statuses = [call(twilio, method).status_code for method in ("GET", "POST", "POST", "GET", "POST", "POST")]
    assert statuses == [200, 201, 503, 200, 503, 201]


def test_faults_come_in_the_order_in_which_they_were_added(twilio: LocalTwilio) -> None:
    twilio.faults.add(Fault.TOO_MANY)
    twilio.faults.add(Fault.ERROR_503)
    assert [call(twilio).status_code for _ in range(3)] == [429, 503, 201]


def test_faults_that_have_not_happened_can_be_cleared(twilio: LocalTwilio) -> None:
    twilio.faults.add(Fault.TOO_MANY)
    twilio.faults.clear()
    assert call(twilio).status_code == 201


def test_a_function_may_choose_faults_for_the_requests_that_none_was_added_for(twilio: LocalTwilio) -> None:
    twilio.faults.choose = lambda seen: Fault.ERROR_503 if seen.method == "POST" else None
    twilio.faults.add(Fault.TOO_MANY)
    assert [call(twilio, method).status_code for method in ("POST", "POST", "GET")] == [429, 503, 200]
    assert [seen.fault for seen in twilio.requests] == [Fault.TOO_MANY, Fault.ERROR_503, None]


def test_no_fault_leaves_a_trace_on_the_console(clock: Clock, capfd: pytest.CaptureFixture[str]) -> None:
    with LocalTwilio(clock=clock, sleep=clock.sleep) as twilio:
        for fault in Fault:
            twilio.faults.add(fault)
            # the client goes without reading, which many a fault does not outlive
            raw(twilio).close()
        while len(twilio.requests) < len(Fault):
            time.sleep(0.001)
    assert capfd.readouterr() == ("", "")


def test_the_answer_to_a_deletion_leaves_the_connection_usable(twilio: LocalTwilio) -> None:
    message = twilio.add_message(TO, "Hello")
    url = messages_url(twilio).replace(".json", f"/{message.sid}.json")
    with requests.Session() as session:
        session.auth = (twilio.account_sid, twilio.auth_token)
        answer = session.delete(url, timeout=5)
        assert (answer.status_code, answer.content) == (204, b"")
        assert json.loads(session.get(messages_url(twilio), timeout=5).text)["messages"] == []
    assert [seen.connection for seen in twilio.requests] == [1, 1]
