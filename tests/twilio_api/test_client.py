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
"""What every call shares: address and credentials, repetition, what counts as healthy, and no secret in any text."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from tests.fake_clock import FakeClock
from tests.twilio_api.scripted_transport import (
    ACCOUNT_SID,
    BASE_URL,
    CREDENTIALS,
    REFUSED_CONNECTION,
    SILENCE,
    TOKEN,
    After,
    ScriptedTransport,
    Step,
    api_error,
    response,
    script,
    scripted_client,
)
from twilio_api.client import Credentials, TwilioClient
from twilio_api.errors import (
    ApiError,
    CallError,
    InternalError,
    NotSent,
    ReadFailed,
    TwilioError,
    UnexpectedResponse,
)
from twilio_api.response import Response
from twilio_consts import MAX_BODY_BYTES, USER_AGENT


URL = f"{BASE_URL}/Accounts/{ACCOUNT_SID}/Things.json"
KEY = Credentials(ACCOUNT_SID, "SK" + "0" * 32, "the secret of a key")
OK = response({"fine": True})


def json_of(found: Response) -> dict[str, Any]:
    return found.json


# --- one call, as it leaves and as it comes back (through requests, up to where a socket would be opened)


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    """Responses that are declared, each used once, the last one again and again."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def client() -> Iterator[TwilioClient]:
    """A client that never really sleeps."""
    made = TwilioClient(BASE_URL, CREDENTIALS, FakeClock().for_app())
    yield made
    made.close()


def test_a_call_carries_the_account_and_its_token(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.get(URL, json={})
    client.call("GET", URL, json_of)
    sent = http.calls[0].request.headers
    assert sent["Authorization"] == "Basic " + base64.b64encode(f"{ACCOUNT_SID}:{TOKEN}".encode()).decode()
    assert sent["User-Agent"] == USER_AGENT


def test_a_call_carries_the_api_key_and_its_secret_and_the_account_stays_in_the_path(
    http: responses.RequestsMock,
) -> None:
    client = TwilioClient(BASE_URL, KEY, FakeClock().for_app())
    http.get(URL, json={})
    client.call("GET", f"{client.account_url}/Things.json", json_of)
    sent = http.calls[0].request.headers
    assert sent["Authorization"] == "Basic " + base64.b64encode(f"{KEY.user}:{KEY.secret}".encode()).decode()


def test_a_form_is_url_encoded_and_a_list_is_repeated(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.post(URL, json={})
    client.call("POST", URL, json_of, form={"Body": "ünïcode & = {braces}\n", "MediaUrl": ["https://a", "https://b"]})
    sent = http.calls[0].request
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(str(sent.body)) == {"Body": ["ünïcode & = {braces}\n"], "MediaUrl": ["https://a", "https://b"]}


def test_parameters_are_a_query(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.get(URL, json={})
    client.call("GET", URL, json_of, params={"To": "+1510", "PageSize": "50"})
    assert parse_qs(urlsplit(str(http.calls[0].request.url)).query) == {"To": ["+1510"], "PageSize": ["50"]}


@pytest.mark.parametrize("label", ["application/json", "APPLICATION/Json ;charset=utf8", "text/html", "image/png", ""])
def test_the_body_counts_not_its_label(client: TwilioClient, http: responses.RequestsMock, label: str) -> None:
    http.get(URL, json={"a": 1}, content_type=label)
    assert client.call("GET", URL, json_of) == {"a": 1}


def test_a_byte_order_mark_does_no_harm(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.get(URL, body=b'\xef\xbb\xbf{"a": 1}')
    assert client.call("GET", URL, json_of) == {"a": 1}


NO_OBJECT: dict[str, tuple[dict[str, Any], str]] = {
    "a page": ({"body": "<h1>Welcome</h1>"}, r"Status Code: 200\. Data from server: Welcome"),
    "a proxy's page": ({"body": "<h1>Access</h1>denied &amp; logged", "status": 403}, "Access denied & logged"),
    "empty": ({"body": "", "status": 201}, r"Status Code: 201\. The response is empty"),
    "an array": ({"json": []}, r"Data from server: \[\]"),
    "cut-off JSON": ({"body": '{"sid": "SM'}, "Data from server: "),
    "nested without end": ({"body": "[" * 100_000}, "Status Code: 200"),
    "no number": ({"body": '{"sid": NaN}'}, "Status Code: 200"),
    "too long": ({"body": b" " * (MAX_BODY_BYTES + 1)}, "longer than"),
    "a redirect": (
        {"status": 301, "headers": {"Location": "https://elsewhere.example/x"}},
        "elsewhere.*never followed",
    ),
}


@pytest.mark.parametrize(("declared", "says"), NO_OBJECT.values(), ids=NO_OBJECT)
def test_what_is_no_json_object_is_reported_in_one_sentence(
    client: TwilioClient, http: responses.RequestsMock, declared: dict[str, Any], says: str
) -> None:
    http.get(URL, **declared)
    with pytest.raises(UnexpectedResponse, match=says):
        client.call("GET", URL, json_of)
    assert {str(call.request.url) for call in http.calls} == {URL}


def test_cookies_are_not_kept(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.get(URL, json={}, headers={"Set-Cookie": "tracker=1; Path=/"})
    client.call("GET", URL, json_of)
    client.call("GET", URL, json_of)
    assert "Cookie" not in http.calls[1].request.headers


@pytest.mark.parametrize(
    "body",
    [f'{{"message": "{TOKEN}"}}', f"<p>{TOKEN}</p>", base64.b64encode(f"{ACCOUNT_SID}:{TOKEN}".encode()).decode()],
    ids=["JSON", "a page", "the header"],
)
def test_a_server_that_echoes_the_credentials_is_reported_without_them(
    client: TwilioClient, http: responses.RequestsMock, body: str
) -> None:
    http.get(URL, body=body, status=400)
    with pytest.raises(TwilioError) as caught:
        client.call("GET", URL, json_of)
    error = caught.value
    assert body not in f"{error} {error!r} {vars(error)}"
    assert TOKEN not in f"{error} {error!r} {vars(error)}"


@pytest.mark.parametrize("credentials", [CREDENTIALS, KEY], ids=["token", "key"])
def test_no_text_of_client_or_credentials_shows_the_secret(credentials: Credentials) -> None:
    client = TwilioClient(BASE_URL, credentials, FakeClock().for_app())
    assert credentials.secret not in f"{client!r} {client} {credentials!r} {credentials} {[credentials]}"


# --- addresses


@pytest.mark.parametrize(
    ("base_url", "studio"),
    [
        ("https://api.twilio.com/2010-04-01", "https://studio.twilio.com"),
        ("https://api.dublin.ie1.twilio.com/2010-04-01", "https://studio.dublin.ie1.twilio.com"),
        ("https://API.twilio.com:443/2010-04-01", "https://studio.twilio.com:443"),
        ("http://127.0.0.1:8080/2010-04-01", "http://127.0.0.1:8080"),
        ("https://twilio.example/api.x", "https://twilio.example"),
    ],
)
def test_other_products_have_a_host_of_their_own_beside_the_api(base_url: str, studio: str) -> None:
    assert TwilioClient(base_url, CREDENTIALS).product_url("studio") == studio


def test_the_host_is_shown_with_its_port() -> None:
    assert TwilioClient("http://127.0.0.1:8080/2010-04-01", CREDENTIALS).host == "127.0.0.1:8080"


# --- repetition of what only reads


class Reading:
    """Reads in fake time."""

    def __init__(self, **clock: Any) -> None:
        self.time = FakeClock()
        self.is_cancelled = False
        self.client = scripted_client(self.time, cancelled=lambda: self.is_cancelled, **clock)
        self.http: ScriptedTransport = script(self.client)

    def read(self, parse: Callable[[Response], Any] = json_of) -> Any:
        return self.client.read(URL, parse)


@pytest.fixture
def reading() -> Reading:
    return Reading()


@pytest.mark.parametrize(
    "failure",
    [SILENCE, REFUSED_CONNECTION, api_error(408), api_error(429, 20429), api_error(500), api_error(503)],
    ids=str,
)
def test_reading_is_repeated_with_growing_pauses(reading: Reading, failure: CallError) -> None:
    reading.http.on("GET", failure, failure, failure, OK)
    assert reading.read() == {"fine": True}
    assert reading.time.slept == [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]  # 0.5, 1 and 2 s, in steps of half a second


@pytest.mark.parametrize("status", [200, 302, 502])
def test_a_page_in_between_is_read_past(reading: Reading, status: int) -> None:
    reading.http.on("GET", UnexpectedResponse(status, "Data from server: a page"), OK)
    assert reading.read() == {"fine": True}


def test_pauses_are_jittered() -> None:
    reading = Reading(random=lambda: 0.5)
    reading.http.on("GET", SILENCE, OK)
    reading.read()
    assert reading.time.now == 1000.625


def test_a_pause_that_the_server_asks_for_is_kept(reading: Reading) -> None:
    reading.http.on("GET", api_error(503, retry_after_s=3.0), OK)
    reading.read()
    assert reading.time.now == 1003.0


def test_reading_is_repeated_for_25_seconds_from_its_first_failure(reading: Reading) -> None:
    reading.http.on("GET", After(1.0, SILENCE))
    with pytest.raises(ReadFailed) as caught:
        reading.read()
    assert caught.value.cause is SILENCE
    assert reading.http.times("GET")[-1] == 1025.0


def test_a_hanging_server_ends_a_read_within_40_seconds(reading: Reading) -> None:
    reading.http.on("GET", After(15.0, SILENCE))
    with pytest.raises(ReadFailed):
        reading.read()
    assert reading.time.now <= 1040.0


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
def test_a_refused_read_is_not_repeated(reading: Reading, failure: CallError) -> None:
    reading.http.on("GET", failure)
    with pytest.raises(ReadFailed):
        reading.read()
    assert len(reading.http.calls) == 1


def test_a_cancelled_run_does_not_read_again(reading: Reading) -> None:
    def cancel() -> CallError:
        reading.is_cancelled = True
        return SILENCE

    reading.http.on("GET", cancel)
    with pytest.raises(ReadFailed):
        reading.read()
    assert (len(reading.http.calls), reading.time.now) == (1, 1000.0)


def test_an_exception_of_a_library_is_one_of_the_apps_errors(reading: Reading) -> None:
    reading.http.on("GET", AssertionError("what a parser choked on"))
    with pytest.raises(InternalError, match=r"^Internal error \(AssertionError\)\.$"):
        reading.client.call("GET", URL, json_of)


def test_a_response_that_the_reader_chokes_on_is_one_of_the_apps_errors(reading: Reading) -> None:
    reading.http.on("GET", OK)
    with pytest.raises(ReadFailed, match="KeyError"):
        reading.read(lambda found: found.json["nonsense"])


def test_an_error_in_twilios_form_is_an_error_whatever_was_asked(reading: Reading) -> None:
    text = '{"code": 20404, "status": 404}'
    reading.http.on("GET", Response(404, {"code": 20404, "status": 404}, text, 0.0, None))
    with pytest.raises(ApiError) as caught:
        reading.client.call("GET", URL, json_of)
    assert (caught.value.status, caught.value.code) == (404, 20404)
    assert str(caught.value).endswith(text)


def test_a_pause_ends_with_what_stops_it(reading: Reading) -> None:
    assert reading.client.pause(2.0)
    assert reading.time.now == 1002.0
    assert not reading.client.pause(5.0, stop=lambda: reading.time.now >= 1004.0)
    assert reading.time.now == 1004.0


# --- outages: which response is healthy for what


class Calls(Reading):
    """Calls that fail for 24 s, then one call, then more that fail for 2 s: was there an outage?"""

    def one(self, method: str, step: Step) -> None:
        self.http.on(method, step)
        with suppress(TwilioError):
            if method == "GET":
                self.client.call("GET", URL, json_of)
            else:
                with self.client.creating():
                    self.client.create(URL, json_of, {}, lambda: None)

    def outage_after(self, method: str, step: Step) -> str:
        self.one("POST", After(24.0, SILENCE))
        self.one(method, step)
        self.one("POST", After(2.0, SILENCE))
        circuit = self.client.outage()
        return "" if circuit is None else str(circuit)


@pytest.mark.parametrize(
    ("method", "step", "outage"),
    [
        ("POST", OK, ""),
        ("POST", api_error(400, 21211), ""),
        ("POST", api_error(401, 20003), ""),
        ("POST", api_error(429, 20429), "gave no healthy response"),
        ("POST", api_error(429, 21611), "gave no healthy response"),
        ("POST", api_error(503, 20503), "gave no healthy response"),
        ("POST", UnexpectedResponse(403, "Data from server: a proxy"), "gave no healthy response"),
        ("POST", REFUSED_CONNECTION, "gave no healthy response"),
        ("GET", OK, "took no create call"),
        ("GET", api_error(404, 20404), "took no create call"),
        ("GET", api_error(429, 20429), "took no create call"),
        ("GET", api_error(503, 20503), "gave no healthy response"),
        ("GET", UnexpectedResponse(200, "Data from server: a portal"), "gave no healthy response"),
        ("GET", SILENCE, "gave no healthy response"),
    ],
    ids=str,
)
def test_a_healthy_response_ends_an_outage_of_its_kind(method: str, step: Step, outage: str) -> None:
    said = Calls().outage_after(method, step)
    assert said.startswith(f"api.twilio.com {outage} for 25 seconds. The last error: ") if outage else said == ""


def test_an_outage_of_reads_alone_keeps_create_calls_from_being_made() -> None:
    calls = Calls()
    for _ in range(2):
        calls.one("GET", After(13.0, SILENCE))
    assert "gave no healthy response" in str(calls.client.outage())


def test_a_healthy_read_ends_the_outage_for_a_run_that_waits_long() -> None:
    calls = Calls()
    calls.one("GET", After(26.0, SILENCE))
    assert calls.client.outage_of_all_calls() is not None
    calls.one("GET", OK)
    assert calls.client.outage() is None


def test_what_is_raised_before_a_create_call_ends_it_unmade() -> None:
    calls = Calls()

    def refuse() -> None:
        raise NotSent(SILENCE)

    with pytest.raises(NotSent):
        calls.client.create(URL, json_of, {}, refuse)
    assert calls.http.calls == []
