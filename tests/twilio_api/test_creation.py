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
"""Creating something once: what is repeated, what is a refusal, what is searched for, and what is said in the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests.fake_clock import FakeClock
from tests.twilio_api.scripted_transport import (
    ACCOUNT_SID,
    BASE_URL,
    REFUSED_CONNECTION,
    SILENCE,
    After,
    ScriptedTransport,
    api_error,
    response,
    script,
    scripted_client,
)
from twilio_api.client import TwilioClient
from twilio_api.creation import Kind, Step, create_once
from twilio_api.errors import (
    ApiError,
    CallError,
    ConnectionFailed,
    InternalError,
    NoResponse,
    NotSent,
    OutcomeUnknown,
    Refused,
    UnexpectedResponse,
)
from twilio_api.response import Response


URL = f"{BASE_URL}/Accounts/{ACCOUNT_SID}/Things.json"
LOG = response({"things": []})
CREATED = response({"sid": "made"}, 201)

UNCLEAR: dict[str, CallError] = {
    "no response": NoResponse("twilio", "it was silent for 10 seconds"),
    "408": api_error(408),
    "500": api_error(500, 20500),
    "503": api_error(503, 20503),
    "a page with status 200": UnexpectedResponse(200, "Data from server: Welcome"),
    "a redirect": UnexpectedResponse(302, "The server redirects to elsewhere, which is never followed"),
    "a page with status 408": UnexpectedResponse(408, "Data from server: Request Time-out"),
    "a proxy's page with status 400": UnexpectedResponse(400, "Data from server: Bad Request"),
    "a proxy's page with status 403": UnexpectedResponse(403, "Data from server: Access Denied"),
    "a page with status 404": UnexpectedResponse(404, "Data from server: Not Found"),
    "a page with status 407": UnexpectedResponse(407, "Data from server: Who are you?"),
    "a page with status 429": UnexpectedResponse(429, "Data from server: Slow down"),
    "401 without a body": UnexpectedResponse(401, "The response is empty"),
    "JSON of a proxy": api_error(403),
    "JSON of a proxy with the status as its code": api_error(403, 403),
    "429 of a proxy in JSON": api_error(429),
    "a gateway's page": UnexpectedResponse(502, "Data from server: Bad Gateway"),
    "a mistake": InternalError(KeyError("x")),
}


class Creation:
    """One creation in fake time: `find` is what its searches come to, `steps` what `observe` hears."""

    def __init__(self) -> None:
        self.time = FakeClock()
        self.is_cancelled = False
        self.client: TwilioClient = scripted_client(self.time, cancelled=lambda: self.is_cancelled)
        self.http: ScriptedTransport = script(self.client).on("POST", CREATED).on("GET", LOG)
        self.find: Callable[[], str | None] = lambda: None
        self.attempts: list[float] = []  # what `find` was given
        self.steps: list[tuple[Step, CallError | None]] = []
        self.on_step: Callable[[Step], None] = lambda step: None

    def _find(self, attempted_at: float) -> str | None:
        self.attempts.append(attempted_at)
        self.client.call("GET", URL, lambda found: found)  # a search is a call
        return self.find()

    def _observe(self, step: Step, error: CallError | None) -> None:
        self.steps.append((step, error))
        self.on_step(step)

    def run(self, parse: Callable[[Response], Any] = lambda found: found.json["sid"]) -> Any:
        kind = Kind(noun="thing", log="Twilio's list of things")
        return create_once(
            self.client, URL, {"To": "x"}, kind=kind, parse=parse, find=self._find, observe=self._observe
        )


@pytest.fixture
def creation() -> Creation:
    return Creation()


def test_one_call_creates_it(creation: Creation) -> None:
    assert creation.run() == "made"
    (call,) = creation.http.calls
    assert (call.method, call.url, call.form) == ("POST", URL, {"To": "x"})


# --- turned away unread, or no connection: repeated


def test_a_call_that_was_turned_away_unread_is_repeated_with_growing_pauses(creation: Creation) -> None:
    creation.http.on("POST", *[api_error(429, 20429)] * 5, CREATED)
    assert creation.run() == "made"
    assert [at - 1000.0 for at in creation.http.times("POST")] == [0.0, 0.5, 1.5, 3.5, 7.5, 12.5]


def test_a_call_that_never_connected_is_repeated(creation: Creation) -> None:
    creation.http.on("POST", REFUSED_CONNECTION, CREATED)
    assert creation.run() == "made"
    assert creation.http.methods == ["POST", "POST"]


def test_the_pause_that_the_server_asks_for_is_kept(creation: Creation) -> None:
    creation.http.on("POST", api_error(429, 20429, retry_after_s=7.0), CREATED)
    creation.run()
    assert creation.http.times("POST") == [1000.0, 1007.0]


@pytest.mark.parametrize("failure", [REFUSED_CONNECTION, api_error(429, 20429)], ids=["no connection", "429"])
def test_it_is_repeated_for_25_seconds_and_the_last_try_comes_at_their_end(
    creation: Creation, failure: CallError
) -> None:
    creation.http.on("POST", failure)
    with pytest.raises(NotSent) as caught:
        creation.run()
    assert caught.value.cause is failure
    assert 1024.0 <= creation.http.times("POST")[-1] < 1025.0
    assert set(creation.http.methods) == {"POST"}


def test_the_25_seconds_count_from_the_first_call_and_not_from_the_wait_for_a_connection(creation: Creation) -> None:
    creation.http.on("POST", REFUSED_CONNECTION)
    limit = creation.client._limit.creating

    def after_the_calls_of_others() -> Any:
        if not creation.http.calls:
            creation.time.now += 20.0
            creation.client._all_calls.succeeded()
            creation.client._create_calls.succeeded()
        return limit()

    creation.client._limit.creating = after_the_calls_of_others  # type: ignore[method-assign]
    with pytest.raises(NotSent):
        creation.run()
    times = creation.http.times("POST")
    assert 24.0 <= times[-1] - times[0] < 25.0


def test_a_cause_that_will_not_pass_is_not_repeated(creation: Creation) -> None:
    untrusted = ConnectionFailed("twilio", "its TLS certificate is not trusted", is_transient=False)
    creation.http.on("POST", untrusted)
    with pytest.raises(NotSent, match="not trusted"):
        creation.run()
    assert creation.http.methods == ["POST"]


def test_what_follows_a_repeated_call_is_what_the_last_call_came_to(creation: Creation) -> None:
    creation.http.on("POST", REFUSED_CONNECTION, api_error(400, 21211))
    with pytest.raises(Refused, match="21211"):
        creation.run()


# --- refused


@pytest.mark.parametrize(
    ("status", "code"), [(400, 21211), (401, 20003), (403, 20005), (404, 20404), (409, 20409), (429, 21611)]
)
def test_a_refusal_is_neither_repeated_nor_searched_for(creation: Creation, status: int, code: int | None) -> None:
    creation.http.on("POST", api_error(status, code))
    with pytest.raises(Refused) as caught:
        creation.run()
    assert isinstance(caught.value.cause, ApiError)
    assert (caught.value.cause.status, caught.value.cause.code) == (status, code)
    assert creation.http.methods == ["POST"]


@pytest.mark.parametrize("status", [400, 403, 404, 429])
def test_a_proxys_page_proves_nothing_and_is_shown(creation: Creation, status: int) -> None:
    """A proxy that scans responses sends its page after Twilio took the call."""
    creation.http.on("POST", UnexpectedResponse(status, "Data from server: Access denied"))
    with pytest.raises(OutcomeUnknown) as caught:
        creation.run()
    assert str(caught.value) == (
        f"It cannot be known whether Twilio took the thing: Status Code: {status}. Data from server: Access denied "
        "Twilio's list of things does not show it for certain."
    )


# --- unclear: searched for, and never repeated


@pytest.mark.parametrize("failure", UNCLEAR.values(), ids=UNCLEAR)
def test_an_unclear_call_goes_on_with_what_the_search_finds(creation: Creation, failure: CallError) -> None:
    creation.http.on("POST", failure)
    creation.find = lambda: "found"
    assert creation.run() == "found"
    assert creation.http.methods == ["POST", "GET"]


@pytest.mark.parametrize("failure", UNCLEAR.values(), ids=UNCLEAR)
def test_an_unclear_call_is_never_repeated(creation: Creation, failure: CallError) -> None:
    creation.http.on("POST", failure)
    with pytest.raises(OutcomeUnknown, match=r"cannot be known whether Twilio took the thing: "):
        creation.run()
    assert creation.http.methods.count("POST") == 1


def test_a_list_that_lags_is_searched_again_with_growing_pauses(creation: Creation) -> None:
    creation.http.on("POST", SILENCE)
    with pytest.raises(OutcomeUnknown, match="Twilio's list of things does not show it for certain"):
        creation.run()
    assert [at - 1000.0 for at in creation.http.times("GET")] == [0.0, 1.0, 3.0, 7.0]


def test_a_response_that_nothing_can_be_made_of_is_unclear(creation: Creation) -> None:
    creation.find = lambda: "found"
    assert creation.run(parse=lambda found: found.json["nonsense"]) == "found"


def test_the_search_knows_when_the_last_request_left(creation: Creation) -> None:
    creation.http.on("POST", After(4.0, api_error(429, 20429)), After(10.0, SILENCE, to_connect_s=3.0))
    creation.find = lambda: "found"
    creation.run()
    assert creation.attempts == [1007.5]


def test_a_search_that_fails_is_tried_again(creation: Creation) -> None:
    creation.http.on("POST", SILENCE).on("GET", *[REFUSED_CONNECTION] * 5, LOG)
    creation.find = lambda: "found"
    assert creation.run() == "found"
    assert [at - 1000.0 for at in creation.http.times("GET")] == [0.0, 0.5, 1.5, 3.5, 7.5, 12.5]


@pytest.mark.parametrize("error", [UnexpectedResponse(403, "Data from server: Access denied"), api_error(403)], ids=str)
def test_a_search_that_a_proxy_turns_away_is_tried_again(creation: Creation, error: CallError) -> None:
    creation.http.on("POST", SILENCE).on("GET", error, error, LOG)
    creation.find = lambda: "found"
    assert creation.run() == "found"


@pytest.mark.parametrize("error", [UnexpectedResponse(403, "Data from server: Access denied"), api_error(403)], ids=str)
def test_a_proxy_that_turns_every_call_away_is_an_outage(creation: Creation, error: CallError) -> None:
    creation.http.on("POST", error).on("GET", error)
    with pytest.raises(OutcomeUnknown, match=r"list of things could not be read: .*Status Code: 403"):
        creation.run()
    with pytest.raises(NotSent, match=r"^Nothing was sent: api\.twilio\.com gave no healthy response for 25 seconds"):
        creation.run()
    assert creation.http.methods.count("POST") == 1
    assert creation.time.now <= 1025.0


def test_a_proxy_that_turns_every_create_call_away_is_an_outage_though_reads_work(creation: Creation) -> None:
    creation.http.on("POST", UnexpectedResponse(403, "Data from server: Access denied"))
    for _ in range(4):  # 7 s each for the search, which works
        with pytest.raises(OutcomeUnknown):
            creation.run()
    with pytest.raises(NotSent, match=r"^Nothing was sent: api\.twilio\.com took no create call for 25 seconds"):
        creation.run()


def test_a_search_that_failed_for_a_while_still_waits_for_a_list_that_lags(creation: Creation) -> None:
    creation.http.on("POST", SILENCE).on("GET", *[REFUSED_CONNECTION] * 5, LOG)
    with pytest.raises(OutcomeUnknown, match="does not show it"):
        creation.run()
    assert [at - 1012.5 for at in creation.http.times("GET")[5:]] == [0.0, 1.0, 3.0, 7.0]


def test_a_mistake_of_the_search_leaves_the_outcome_unknown(creation: Creation) -> None:
    def stumble() -> str:
        raise KeyError("a secret")

    creation.http.on("POST", SILENCE)
    creation.find = stumble
    with pytest.raises(OutcomeUnknown, match=r"could not be read: Internal error \(KeyError\)"):
        creation.run()


def test_a_search_that_always_fails_says_why(creation: Creation) -> None:
    creation.http.on("POST", SILENCE).on("GET", UnexpectedResponse(502, "Data from server: Bad Gateway"))
    with pytest.raises(OutcomeUnknown, match=r"list of things could not be read: Status Code: 502\. .* Bad Gateway"):
        creation.run()
    assert creation.http.times("GET")[-1] <= 1025.0


@pytest.mark.parametrize("status", [401, 403])
def test_a_list_that_these_credentials_may_not_read_is_asked_for_once(creation: Creation, status: int) -> None:
    creation.http.on("POST", SILENCE).on("GET", api_error(status, 70051))
    with pytest.raises(OutcomeUnknown, match="could not be read"):
        creation.run()
    assert len(creation.http.times("GET")) == 1


# --- outages


def fail_for(creation: Creation, seconds: float) -> None:
    """Let reads fail for so long."""
    with creation.client._all_calls.operation():
        creation.time.now += seconds
        creation.client._all_calls.failed(SILENCE)


def test_while_there_is_an_outage_nothing_is_sent(creation: Creation) -> None:
    fail_for(creation, 25.0)
    with pytest.raises(NotSent, match=r"^Nothing was sent: api\.twilio\.com gave no healthy response for 25 seconds"):
        creation.run()
    assert creation.http.calls == []
    assert creation.steps == []


def test_create_calls_that_fail_for_25_seconds_are_an_outage_though_reads_work(creation: Creation) -> None:
    creation.http.on("POST", After(10.0, SILENCE))
    for _ in range(2):  # 10 s for the call and 7 s for the search, which works
        with pytest.raises(OutcomeUnknown):
            creation.run()
    with pytest.raises(NotSent, match=r"^Nothing was sent: api\.twilio\.com took no create call for 25 seconds"):
        creation.run()
    assert creation.http.methods.count("POST") == 2


def test_create_calls_that_are_turned_away_for_25_seconds_are_an_outage_though_reads_work(creation: Creation) -> None:
    creation.http.on("POST", api_error(429, 20429))
    creation.on_step = lambda step: creation.client.call("GET", URL, lambda found: None)
    for _ in range(2):
        with pytest.raises(NotSent, match="20429"):
            creation.run()
    with pytest.raises(NotSent, match="took no create call for 25 seconds"):
        creation.run()


@pytest.mark.parametrize("healthy", [CREATED, api_error(400, 21211)], ids=["created", "refused"])
def test_a_healthy_response_to_a_create_call_ends_the_outage_of_create_calls(
    creation: Creation, healthy: Response | ApiError
) -> None:
    creation.http.on("POST", *[After(4.9, SILENCE)] * 2, healthy, After(4.9, SILENCE))
    for _ in range(4):  # about 12 s each, but for the third
        with suppress(OutcomeUnknown, Refused):
            creation.run()
    assert creation.http.methods.count("POST") == 4


def test_an_outage_that_others_meet_ends_a_pause(creation: Creation) -> None:
    creation.http.on("POST", api_error(429, 20429, retry_after_s=10.0))
    sleep = creation.time.sleep

    def sleep_while_others_fail(seconds: float) -> None:
        sleep(seconds)
        if creation.time.now >= 1002.0:
            creation.client._all_calls._counted_s = 25.0
            creation.client._all_calls.failed(SILENCE)

    creation.client.clock = creation.time.for_app(sleep=sleep_while_others_fail)
    with pytest.raises(NotSent, match="20429"):
        creation.run()
    assert creation.time.now <= 1003.0


def test_a_search_ends_with_the_outage(creation: Creation) -> None:
    creation.http.on("POST", After(10.0, SILENCE)).on("GET", After(10.0, SILENCE))
    with pytest.raises(OutcomeUnknown, match="could not be read"):
        creation.run()
    assert len(creation.http.times("GET")) == 2
    assert creation.time.now <= 1035.0


def test_no_search_begins_in_an_outage(creation: Creation) -> None:
    creation.http.on("POST", REFUSED_CONNECTION, After(25.0, SILENCE))
    with pytest.raises(OutcomeUnknown, match=r"could not be read: api\.twilio\.com gave no healthy response for 25"):
        creation.run()
    assert creation.http.times("GET") == []


def test_where_reads_work_one_search_is_made_although_create_calls_fail(creation: Creation) -> None:
    creation.http.on("POST", After(13.0, SILENCE))
    with pytest.raises(OutcomeUnknown):
        creation.run()
    creation.find = lambda: "found"
    assert creation.run() == "found"


# --- cancelled


def test_a_cancelled_run_sends_nothing_more(creation: Creation) -> None:
    creation.is_cancelled = True
    with pytest.raises(NotSent, match=r"^Nothing was sent: The run was cancelled\.$"):
        creation.run()
    assert creation.http.calls == []


def test_a_cancelled_run_does_not_wait_for_its_next_try(creation: Creation) -> None:
    creation.http.on("POST", api_error(429, 20429, retry_after_s=10.0))

    def cancel(step: Step) -> None:
        creation.is_cancelled = step is Step.UNSENT

    creation.on_step = cancel
    with pytest.raises(NotSent, match="cancelled"):
        creation.run()
    assert creation.time.now == 1000.0


def test_a_cancelled_run_searches_once_for_what_it_may_have_sent(creation: Creation) -> None:
    def lose() -> NoResponse:
        creation.is_cancelled = True
        return SILENCE

    creation.http.on("POST", lose)
    with pytest.raises(OutcomeUnknown):
        creation.run()
    assert creation.http.methods == ["POST", "GET"]


# --- each step is reported before it is taken


def test_sending_is_reported_before_the_call_can_leave(creation: Creation) -> None:
    calls_then: list[int] = []
    creation.on_step = lambda step: calls_then.append(len(creation.http.calls))
    creation.run()
    assert creation.steps == [(Step.SENDING, None)]
    assert calls_then == [0]


def test_each_repetition_and_the_search_are_reported_with_their_cause(creation: Creation) -> None:
    creation.http.on("POST", REFUSED_CONNECTION, api_error(429, 20429), SILENCE)
    creation.find = lambda: "found"
    creation.run()
    steps = [(step, type(error)) for step, error in creation.steps]
    assert steps == [
        (Step.SENDING, type(None)),
        (Step.UNSENT, ConnectionFailed),
        (Step.SENDING, type(None)),
        (Step.UNSENT, ApiError),
        (Step.SENDING, type(None)),
        (Step.SEARCHING, NoResponse),
    ]
