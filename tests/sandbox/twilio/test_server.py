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
"""HTTP as Twilio speaks it, and what the server records."""

from __future__ import annotations

import re
import socket
from email.utils import parsedate_to_datetime

import pytest
import requests

from sandbox.twilio import LocalTwilio, Message
from tests.sandbox.twilio.clients import START, TO, Clock, call, messages_url


def test_a_connection_stays_open_between_requests(twilio: LocalTwilio) -> None:
    with requests.Session() as session:
        session.auth = (twilio.account_sid, twilio.auth_token)
        session.post(messages_url(twilio), data={"To": "nobody"}, timeout=5)
        session.post(messages_url(twilio), data={"To": "nobody"}, auth=("AC", "wrong"), timeout=5)
        session.get(messages_url(twilio), timeout=5)
    call(twilio)
    assert [request.connection for request in twilio.requests] == [1, 1, 1, 2]


def test_every_response_has_one_date_by_the_servers_clock(twilio: LocalTwilio) -> None:
    response = requests.get(messages_url(twilio), timeout=5)
    assert response.raw.headers.getlist("Date") == ["Tue, 14 Nov 2023 22:13:20 GMT"]
    assert parsedate_to_datetime(response.headers["Date"]).timestamp() == START


def test_a_response_is_json_with_a_request_id(twilio: LocalTwilio) -> None:
    response = call(twilio)
    assert response.headers["Content-Type"] == "application/json"
    assert re.fullmatch("RQ[0-9a-f]{32}", response.headers["Twilio-Request-Id"])


def test_the_server_records_what_it_was_sent(twilio: LocalTwilio) -> None:
    requests.post(
        f"{messages_url(twilio)}?a=b", data={"To": TO, "Body": ""}, headers={"User-Agent": "test/1"}, timeout=5
    )
    (recorded,) = twilio.requests
    assert (recorded.method, recorded.path) == ("POST", f"/2010-04-01/Accounts/{twilio.account_sid}/Messages.json")
    assert (recorded.query, recorded.form) == ({"a": "b"}, {"To": TO, "Body": ""})
    assert (recorded.time, recorded.user_agent, recorded.fault) == (START, "test/1", None)


def test_a_machine_that_is_slow_makes_no_date_later(twilio: LocalTwilio, clock: Clock) -> None:
    def hides_none_slowly(message: Message) -> bool:
        clock.sleep(5.0)
        return False

    twilio.add_message(TO, "Hello")
    twilio.log.hides = hides_none_slowly
    response = requests.get(messages_url(twilio), auth=(twilio.account_sid, twilio.auth_token), timeout=5)
    assert clock() == START + 5
    assert parsedate_to_datetime(response.headers["Date"]).timestamp() == START


def test_latency_comes_before_the_response_and_after_the_message_was_accepted(clock: Clock) -> None:
    with LocalTwilio(clock=clock, sleep=clock.sleep, latency_s=3.0) as twilio:
        response = call(twilio)
        assert parsedate_to_datetime(response.headers["Date"]).timestamp() == START + 3
        assert twilio.messages[0].created == START


def test_a_request_that_breaks_off_is_not_processed(twilio: LocalTwilio) -> None:
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
