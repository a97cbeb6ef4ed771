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
"""What every call shares: address and credentials, repetition, what counts as healthy, and an end when cancelled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests.tables import for_each
from tests.twilio_api.scripted_transport import (
    ACCOUNT_SID,
    BASE_URL,
    CREDENTIALS,
    NOON,
    REFUSED_CONNECTION,
    SILENCE,
    After,
    Scripted,
    Step,
    api_error,
    response,
)
from twilio_api.client import Credentials, backoff_s
from twilio_api.errors import CallError, Cancelled, InternalError, TwilioError, UnexpectedResponse
from twilio_api.response import Response


URL = f"{BASE_URL}/Accounts/{ACCOUNT_SID}/Things.json"
ELSEWHERE = "https://lookups.twilio.com/v2/PhoneNumbers/1"
KEY = Credentials(ACCOUNT_SID, "SK" + "0" * 32, "the secret of a key")
OK = response({"fine": True})


def json_of(found: Response) -> dict[str, Any]:
    return found.json


def read(scripted: Scripted, parse: Callable[[Response], Any] = json_of) -> Any:
    return scripted.run(scripted.client.read(URL, parse))


# --- addresses and credentials


@for_each(
    "base_url, studio",
    [
        ("https://api.twilio.com/2010-04-01", "https://studio.twilio.com"),
        ("https://api.dublin.ie1.twilio.com/2010-04-01", "https://studio.dublin.ie1.twilio.com"),
        ("https://API.twilio.com:443/2010-04-01", "https://studio.twilio.com:443"),
        ("http://127.0.0.1:8080/2010-04-01", "http://127.0.0.1:8080"),
        ("https://twilio.example/api.x", "https://twilio.example"),
    ],
)
def test_other_products_have_a_host_of_their_own_beside_the_api(base_url: str, studio: str) -> None:
    with Scripted(base_url=base_url) as scripted:
        assert scripted.client.product_url("studio") == studio


def test_the_host_is_shown_with_its_port() -> None:
    with Scripted(base_url="http://127.0.0.1:8080/2010-04-01") as scripted:
        assert scripted.client.host == "127.0.0.1:8080"


def test_an_api_key_stands_for_its_account() -> None:
    with Scripted(credentials=KEY) as scripted:
        assert scripted.client.account_url == f"{BASE_URL}/Accounts/{ACCOUNT_SID}"


@for_each("credentials", [CREDENTIALS, KEY])
def test_no_text_of_client_or_credentials_shows_the_secret(credentials: Credentials) -> None:
    with Scripted(credentials=credentials) as scripted:
        client = scripted.client
        assert credentials.secret not in f"{client!r} {client} {credentials!r} {credentials} {[credentials]}"


# --- one call


@pytest.mark.parametrize(
    ("step", "parse", "error"),
    [
        (AssertionError("a secret"), json_of, r"^Internal error \(AssertionError\)\.$"),
        (OK, lambda found: found.json["nonsense"], r"^Internal error \(KeyError\)\.$"),
    ],
    ids=["a library chokes", "the reader chokes"],
)
def test_an_exception_that_nobody_expected_is_one_of_the_apps_errors(
    scripted: Scripted, step: Step, parse: Callable[[Response], Any], error: str
) -> None:
    scripted.http.on("GET", step)
    with pytest.raises(InternalError, match=error):
        scripted.run(scripted.client.call("GET", URL, parse))


@for_each("step, is_known", [(OK, True), (api_error(404, 20404), True), (api_error(404), False)])
def test_twilios_clock_is_known_from_its_responses_and_errors_alone(step: Step, is_known: bool) -> None:
    with Scripted() as scripted:
        scripted.http.on("GET", step)
        with suppress(CallError):
            scripted.run(scripted.client.call("GET", URL, json_of))
        assert (scripted.client.server_times(0.0) == (NOON, NOON + 1.0)) is is_known


# --- repetition of what only reads


@pytest.mark.parametrize(
    "failure",
    [
        SILENCE,
        REFUSED_CONNECTION,
        api_error(408),
        api_error(429, 20429),
        api_error(500),
        api_error(503),
        UnexpectedResponse(200, "Data from server: a portal"),
        UnexpectedResponse(302, "The server redirects to elsewhere, which is never followed"),
        UnexpectedResponse(502, "Data from server: Bad Gateway"),
    ],
    ids=str,
)
def test_reading_is_repeated_with_growing_pauses_and_shows_it(scripted: Scripted, failure: CallError) -> None:
    scripted.http.on("GET", failure, failure, failure, OK)
    assert read(scripted) == {"fine": True}
    assert scripted.http.times("GET") == [0.0, 0.5, 1.5, 3.5]
    assert scripted.repeated == [failure] * 3


@pytest.mark.parametrize(
    "failure",
    [
        api_error(400),
        api_error(401, 20003),
        api_error(403, 20008),
        api_error(404, 20404),
        UnexpectedResponse(403, "Data from server: Access denied"),
    ],
    ids=str,
)
def test_a_refused_read_is_not_repeated(scripted: Scripted, failure: CallError) -> None:
    scripted.http.on("GET", failure)
    with pytest.raises(CallError):
        read(scripted)
    assert len(scripted.http.calls) == 1


def test_pauses_double_up_to_five_seconds_however_many_there_are() -> None:
    assert [backoff_s(tries, 0.0) for tries in (*range(1, 7), 1000)] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0]


@for_each("random, pause", [(0.0, 1.0), (0.5, 1.25), (1.0, 1.5)])
def test_jitter_makes_a_pause_up_to_half_as_long_again(random: float, pause: float) -> None:
    assert backoff_s(2, random) == pause


@pytest.mark.parametrize(("asked_s", "pause_s"), [(0.2, 0.5), (3.0, 3.0)])
def test_a_pause_is_no_shorter_than_the_server_asks_for(scripted: Scripted, asked_s: float, pause_s: float) -> None:
    scripted.http.on("GET", api_error(503, retry_after_s=asked_s), OK)
    read(scripted)
    assert scripted.http.times("GET") == [0.0, pause_s]


@pytest.mark.parametrize(
    ("step", "last_try_at"),
    [(SILENCE, 25.0), (After(1.0, SILENCE), 25.0), (After(10.0, SILENCE), 21.5)],
    ids=["at once", "after a second", "after ten seconds"],
)
def test_reading_is_repeated_for_25_seconds_from_its_first_failure(
    scripted: Scripted, step: Step, last_try_at: float
) -> None:
    scripted.http.on("GET", step)
    with pytest.raises(CallError) as caught:
        read(scripted)
    assert caught.value is SILENCE
    assert scripted.http.times("GET")[-1] == last_try_at
    assert scripted.now <= 40.0


def test_a_server_that_asks_for_more_than_is_left_gets_no_further_try(scripted: Scripted) -> None:
    scripted.http.on("GET", After(20.0, SILENCE), api_error(503, retry_after_s=10.0))
    with pytest.raises(CallError):
        read(scripted)
    assert len(scripted.http.calls) == 2


# --- a run that is cancelled


@pytest.mark.parametrize("step", [After(10.0, OK), SILENCE], ids=["while a call hangs", "in a pause"])
def test_a_cancelled_run_ends_a_read_at_once(scripted: Scripted, step: Step) -> None:
    scripted.http.on("GET", step)
    scripted.cancel_at(2.0)
    with pytest.raises(CallError):
        read(scripted)
    assert scripted.now == 2.0
    assert scripted.http.under_way == 0


def test_a_call_may_be_made_despite_it(scripted: Scripted) -> None:
    scripted.http.on("GET", After(10.0, OK))
    scripted.cancel_at(2.0)
    assert scripted.run(scripted.client.call("GET", URL, json_of, despite_cancel=True)) == {"fine": True}


def test_a_call_of_a_cancelled_run_says_so(scripted: Scripted) -> None:
    scripted.http.on("GET", After(1.0, OK))
    scripted.cancel()
    with pytest.raises(Cancelled):
        scripted.run(scripted.client.call("GET", URL, json_of))


@pytest.mark.parametrize(("seconds", "slept_s", "goes_on"), [(1.5, 1.5, True), (0.0, 0.0, True), (5.0, 2.0, False)])
def test_a_pause_ends_with_the_run(scripted: Scripted, seconds: float, slept_s: float, goes_on: bool) -> None:
    scripted.cancel_at(2.0)
    assert scripted.run(scripted.client.pause(seconds)) is goes_on
    assert scripted.now == slept_s


# --- outages: which response is healthy


def one(scripted: Scripted, method: str, step: Step, url: str = URL) -> None:
    """Make one call, whatever it comes to."""
    client = scripted.client
    scripted.http.on(method, step)
    with suppress(TwilioError):
        scripted.run(client.call(method, url, json_of) if method == "GET" else client.create(url, json_of, {}))


def is_down(scripted: Scripted, url: str = URL) -> bool:
    return scripted.client.outage(url).why_down(scripted.now) is not None


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("step", "still_down"),
    [
        (OK, False),
        (api_error(400, 21211), False),
        (api_error(401, 20003), False),
        (api_error(404, 20404), False),
        (api_error(429, 20429), False),
        (api_error(503, 20503), True),
        (api_error(403), True),
        (UnexpectedResponse(403, "Data from server: a proxy"), True),
        (UnexpectedResponse(200, "Data from server: a portal"), True),
        (REFUSED_CONNECTION, True),
        (SILENCE, True),
    ],
    ids=str,
)
def test_between_calls_that_fail_a_healthy_response_ends_an_outage(
    scripted: Scripted, method: str, step: Step, still_down: bool
) -> None:
    one(scripted, "GET", After(15.0, SILENCE))
    one(scripted, method, step)
    one(scripted, "GET", After(15.0, SILENCE))
    assert is_down(scripted) is still_down


def test_an_outage_is_that_of_one_host(scripted: Scripted) -> None:
    for _ in range(2):
        one(scripted, "GET", After(15.0, SILENCE), ELSEWHERE)
    assert (is_down(scripted, ELSEWHERE), is_down(scripted, URL)) == (True, False)


def test_an_outage_says_which_host_has_it_and_the_last_error(scripted: Scripted) -> None:
    for _ in range(2):
        one(scripted, "GET", After(15.0, SILENCE))
    assert str(scripted.client.outage(URL).why_down(scripted.now)) == (
        f"api.twilio.com gave no healthy response for 25 seconds. The last error: {SILENCE}"
    )
