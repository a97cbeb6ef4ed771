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
"""What can go wrong between a client and Twilio."""

from __future__ import annotations

import json
import re
import time

import pytest
import requests

from sandbox.twilio import Fault, LocalTwilio
from tests.sandbox.twilio.clients import SOON_S, START, TO, Clock, call, messages_url, raw, read_all


PATIENCE_S = 5.0  # more than a busy machine needs; a hanging request is held for a minute


def test_a_request_is_processed_or_not_as_the_fault_says(clock: Clock) -> None:
    outcomes = {}
    for fault in Fault:
        # the clock's own sleep, so that a hanging request is over at once; one byte ends a dripping response
        with LocalTwilio(clock=clock, sleep=clock.sleep) as twilio:
            twilio.faults.add(fault)
            try:
                with raw(twilio) as connection:
                    connection.recv(1)
            except ConnectionResetError:
                pass
            outcomes[fault] = bool(twilio.messages)
            assert [request.fault for request in twilio.requests] == [fault]
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
def test_a_hanging_request_gets_no_response(twilio: LocalTwilio, fault: Fault) -> None:
    twilio.faults.add(fault)
    with pytest.raises(requests.ReadTimeout):
        call(twilio, timeout=SOON_S)


def test_a_hanging_request_is_closed_after_a_minute(clock: Clock) -> None:
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
    assert time.monotonic() - started < PATIENCE_S


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
def test_an_error_response_is_twilios_own(
    twilio: LocalTwilio, method: str, fault: Fault, status: int, code: int
) -> None:
    twilio.faults.add(fault)
    response = call(twilio, method)
    assert (response.status_code, response.json()["code"], response.json()["status"]) == (status, code, status)
    assert response.headers.get("Retry-After") == ("1" if fault is Fault.TOO_MANY_RETRY_AFTER else None)


@pytest.mark.parametrize(
    ("fault", "status", "title"),
    [
        (Fault.HTML_502_BEFORE, 502, "502 Bad Gateway"),
        (Fault.HTML_502_AFTER, 502, "502 Bad Gateway"),
        (Fault.HTML_403_BEFORE, 403, "Access Denied"),
        (Fault.HTML_403_AFTER, 403, "Access Denied"),
        (Fault.HTML_200_AFTER, 200, "Sign in"),
    ],
)
def test_a_proxy_may_respond_with_a_page(twilio: LocalTwilio, fault: Fault, status: int, title: str) -> None:
    twilio.faults.add(fault)
    response = call(twilio)
    assert (response.status_code, response.headers["Content-Type"]) == (status, "text/html")
    assert f"<title>{title}</title>" in response.text
    assert "<script" in response.text
    assert "Twilio-Request-Id" not in response.headers


def test_a_response_may_break_off(twilio: LocalTwilio) -> None:
    twilio.faults.add(Fault.CUT_OFF_AFTER)
    start, _, content = read_all(raw(twilio)).partition(b"\r\n\r\n")
    (length,) = re.findall(rb"Content-Length: (\d+)", start)
    assert start.startswith(b"HTTP/1.1 201 ")
    assert 0 < len(content) < int(length)


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 201)])
@pytest.mark.parametrize(("fault", "text"), [(Fault.EMPTY_AFTER, ""), (Fault.ARRAY_AFTER, "[]")])
def test_a_good_status_may_come_with_a_useless_body(
    twilio: LocalTwilio, fault: Fault, text: str, method: str, status: int
) -> None:
    twilio.faults.add(fault)
    response = call(twilio, method)
    assert (response.status_code, response.text) == (status, text)


def test_a_redirect_leads_to_another_path_of_this_server(twilio: LocalTwilio) -> None:
    twilio.faults.add(Fault.REDIRECT)
    response = call(twilio)
    assert (response.status_code, response.headers["Location"]) == (307, "/elsewhere")


def test_a_redirect_away_leads_to_another_host_name(twilio: LocalTwilio) -> None:
    twilio.faults.add(Fault.REDIRECT_AWAY)
    response = call(twilio)
    assert (response.status_code, response.headers["Location"]) == (302, f"http://localhost:{twilio.port}/elsewhere")


def test_a_request_to_a_redirects_location_is_recorded(twilio: LocalTwilio) -> None:
    response = requests.get(f"http://localhost:{twilio.port}/elsewhere", timeout=5)
    assert response.status_code == 404
    assert [request.path for request in twilio.requests] == ["/elsewhere"]


def test_headers_may_drip_a_byte_a_second(clock: Clock) -> None:
    with LocalTwilio(clock=clock, sleep=clock.sleep) as twilio:
        twilio.faults.add(Fault.DRIP_HEADERS)
        with raw(twilio) as connection:
            data = b"".join(connection.recv(1) for _ in range(100))
        assert data.startswith(b"HTTP/1.1 201 Created\r\nX-Slow: ooooo")
        assert b"\r\n\r\n" not in data
        assert round(clock.now - START) >= 99


def test_a_body_may_drip_a_byte_a_second(clock: Clock) -> None:
    with LocalTwilio(clock=clock, sleep=clock.sleep) as twilio:
        twilio.faults.add(Fault.DRIP_BODY)
        response = requests.post(
            messages_url(twilio), auth=(twilio.account_sid, twilio.auth_token), stream=True, timeout=5
        )
        assert b"".join(response.raw.read(1) for _ in range(100)) == b" " * 100
        assert round(clock.now - START) >= 99
        response.close()


def test_a_body_may_have_no_end(twilio: LocalTwilio) -> None:
    twilio.faults.add(Fault.ENDLESS_BODY)
    with requests.get(
        messages_url(twilio), auth=(twilio.account_sid, twilio.auth_token), stream=True, timeout=5
    ) as response:
        assert response.headers["Transfer-Encoding"] == "chunked"
        assert len(response.raw.read(5_000_000)) == 5_000_000


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
    twilio.faults.choose = lambda request: Fault.ERROR_503 if request.method == "POST" else None
    twilio.faults.add(Fault.TOO_MANY)
    assert [call(twilio, method).status_code for method in ("POST", "POST", "GET")] == [429, 503, 200]
    assert [request.fault for request in twilio.requests] == [Fault.TOO_MANY, Fault.ERROR_503, None]


def test_no_fault_leaves_a_trace_on_the_console(clock: Clock, capfd: pytest.CaptureFixture[str]) -> None:
    with LocalTwilio(clock=clock, sleep=clock.sleep) as twilio:
        for fault in Fault:
            twilio.faults.add(fault)
            # the client goes without reading, which many a fault does not outlive
            raw(twilio).close()
        while len(twilio.requests) < len(Fault):
            time.sleep(0.001)
    assert capfd.readouterr() == ("", "")


def test_the_response_to_a_deletion_leaves_the_connection_usable(twilio: LocalTwilio) -> None:
    message = twilio.add_message(TO, "Hello", created=START - 60)
    url = messages_url(twilio).replace(".json", f"/{message.sid}.json")
    with requests.Session() as session:
        session.auth = (twilio.account_sid, twilio.auth_token)
        response = session.delete(url, timeout=5)
        assert (response.status_code, response.content) == (204, b"")
        assert json.loads(session.get(messages_url(twilio), timeout=5).text)["messages"] == []
    assert [request.connection for request in twilio.requests] == [1, 1]
