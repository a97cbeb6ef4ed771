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

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from itertools import count
from typing import Any, NamedTuple

import pytest

from tests.twilio_api.scripted_transport import (
    ACCOUNT_SID,
    BASE_URL,
    REFUSED_CONNECTION,
    SILENCE,
    After,
    Call,
    Scripted,
    Step,
    api_error,
    response,
)
from twilio_api.creation import Attempt, Created, Kind, Standing, create_once
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
DENIED = UnexpectedResponse(403, "Data from server: Access denied")

UNCLEAR: dict[str, CallError] = {
    "no response": NoResponse("twilio", "it was silent for 10 seconds"),
    "408": api_error(408, 20408),
    "500": api_error(500, 20500),
    "503": api_error(503, 20503),
    "a page with status 200": UnexpectedResponse(200, "Data from server: Welcome"),
    "a redirect": UnexpectedResponse(302, "The server redirects to elsewhere, which is never followed"),
    "a page with status 408": UnexpectedResponse(408, "Data from server: Request Time-out"),
    "a proxy's page with status 400": UnexpectedResponse(400, "Data from server: Bad Request"),
    "a proxy's page with status 403": DENIED,
    "a page with status 404": UnexpectedResponse(404, "Data from server: Not Found"),
    "a page with status 407": UnexpectedResponse(407, "Data from server: Who are you?"),
    "a page with status 429": UnexpectedResponse(429, "Data from server: Slow down"),
    "401 without a body": UnexpectedResponse(401, "The response is empty"),
    "JSON of a proxy": api_error(403),
    "JSON of a proxy with the status as its code": api_error(403, 403),
    "JSON of a gateway with a code": ApiError(403, '{"code": 10000}', {"code": 10000}),
    "429 of a proxy in JSON": api_error(429),
    "a gateway's page": UnexpectedResponse(502, "Data from server: Bad Gateway"),
    "a mistake": InternalError(KeyError("x")),
}


class Thing(NamedTuple):
    """What is created: the first is "made 1", the second "made 2"."""

    sid: str


class Creation(Scripted, Standing):
    """Creations in virtual time: `found` is the SID that their searches find, `steps` what their standing hears."""

    def __init__(self) -> None:
        super().__init__()
        self.http.on("POST", CREATED).on("GET", LOG)
        self.found: str | None = None
        self.attempts: list[Attempt] = []  # what `find` was given
        self.steps: list[tuple[str, CallError | None]] = []
        self.on_step: Callable[[str], object] = lambda step: None
        self._numbers = count(1)

    def parse(self, response: Response) -> Thing:
        """Return what a response shows."""
        return Thing(f"{response.json['sid']} {next(self._numbers)}")

    async def find(self, attempt: Attempt) -> Thing | None:
        """Search once."""
        self.attempts.append(attempt)
        await self.client.call("GET", URL, lambda found: found, despite_cancel=True)
        return Thing(self.found) if self.found else None

    def _note(self, step: str, error: CallError | None = None) -> None:
        self.steps.append((step, error))
        self.on_step(step)

    def leaving(self) -> None:
        self._note("leaving")

    def unsent(self, error: CallError) -> None:
        self._note("unsent", error)

    def searching(self, error: CallError) -> None:
        self._note("searching", error)

    def one(
        self,
        parse: Callable[[Response], Thing] | None = None,
        find: Callable[[Attempt], Awaitable[Thing | None]] | None = None,
        url: str = URL,
        to: str = "x",
    ) -> Awaitable[Created[Thing]]:
        kind = Kind(noun="thing", resource="thing", log="Twilio's list of things")
        parse, find = parse or self.parse, find or self.find
        return create_once(self.client, url, {"To": to}, kind=kind, parse=parse, find=find, standing=self)

    def create(self, **how: Any) -> str:
        """Create something, and return its SID."""
        created: Created[Thing] = self.run(self.one(**how))
        return created.resource.sid

    def fails(self, error: type[Exception], match: str | None = None, **how: Any) -> Any:
        """Create something, which must fail so; return the error."""
        with pytest.raises(error, match=match) as caught:
            self.create(**how)
        return caught.value


@pytest.fixture
def creation() -> Iterator[Creation]:
    with Creation() as made:
        yield made


def test_one_call_creates_it(creation: Creation) -> None:
    assert creation.create() == "made 1"
    (call,) = creation.http.calls
    assert (call.method, call.url, call.form) == ("POST", URL, {"To": "x"})


# --- turned away unread, or no connection: repeated


@pytest.mark.parametrize("failure", [REFUSED_CONNECTION, api_error(429, 20429)], ids=["no connection", "429"])
def test_a_call_that_provably_was_not_processed_is_repeated_with_growing_pauses(
    creation: Creation, failure: CallError
) -> None:
    creation.http.on("POST", *[failure] * 5, CREATED)
    assert creation.create() == "made 1"
    assert creation.http.times("POST") == [0.0, 0.5, 1.5, 3.5, 7.5, 12.5]


def test_the_pause_that_the_server_asks_for_is_kept(creation: Creation) -> None:
    creation.http.on("POST", api_error(429, 20429, retry_after_s=7.0), CREATED)
    creation.create()
    assert creation.http.times("POST") == [0.0, 7.0]


@pytest.mark.parametrize("failure", [REFUSED_CONNECTION, api_error(429, 20429)], ids=["no connection", "429"])
def test_it_is_repeated_for_25_seconds_and_the_last_try_comes_at_their_end(
    creation: Creation, failure: CallError
) -> None:
    creation.http.on("POST", failure)
    assert creation.fails(NotSent).cause is failure
    assert 24.0 <= creation.http.times("POST")[-1] < 25.0
    assert set(creation.http.methods) == {"POST"}


def test_the_25_seconds_count_from_the_first_call_and_not_from_the_wait_for_a_connection(creation: Creation) -> None:
    others = 8
    creation.http.on("POST", *[After(14.0, CREATED)] * (2 * others), REFUSED_CONNECTION)
    with pytest.raises(NotSent):
        creation.run(*(creation.one() for _ in range(2 * others + 1)))
    times = creation.http.times("POST")[2 * others :]
    assert (times[0], times[-1]) == (28.0, 52.5)


def test_it_is_repeated_for_longer_while_others_get_through(creation: Creation) -> None:
    creation.http.on("POST", lambda call: CREATED if call.form["To"] == "others" else REFUSED_CONNECTION)

    async def others() -> None:
        for _ in range(10):
            await creation.one(to="others")
            await creation.client.pause(10.0)

    async def one() -> type[Exception] | None:
        return await _caught(creation.one())

    assert creation.run(one(), others())[0] is NotSent
    assert 90.0 + 24.0 <= max(call.at for call in creation.http.calls if call.form["To"] == "x") < 90.0 + 25.0


def test_a_cause_that_will_not_pass_is_not_repeated(creation: Creation) -> None:
    creation.http.on("POST", ConnectionFailed("twilio", "its TLS certificate is not trusted", is_transient=False))
    creation.fails(NotSent, "not trusted")
    assert creation.http.methods == ["POST"]


def test_what_follows_a_repeated_call_is_what_the_last_call_came_to(creation: Creation) -> None:
    creation.http.on("POST", REFUSED_CONNECTION, api_error(400, 21211))
    creation.fails(Refused, "21211")


# --- refused


@pytest.mark.parametrize(
    ("status", "code"), [(400, 21211), (401, 20003), (403, 20005), (404, 20404), (409, 20409), (429, 21611)]
)
def test_a_refusal_is_neither_repeated_nor_searched_for(creation: Creation, status: int, code: int) -> None:
    refusal = api_error(status, code)
    creation.http.on("POST", refusal)
    assert creation.fails(Refused).cause is refusal
    assert creation.http.methods == ["POST"]


# --- unclear: searched for, and never repeated


@pytest.mark.parametrize("failure", UNCLEAR.values(), ids=UNCLEAR)
def test_an_unclear_call_goes_on_with_what_the_search_finds(creation: Creation, failure: CallError) -> None:
    creation.http.on("POST", failure)
    creation.found = "found"
    assert creation.create() == "found"
    assert creation.http.methods == ["POST", "GET"]


@pytest.mark.parametrize("failure", UNCLEAR.values(), ids=UNCLEAR)
def test_an_unclear_call_is_never_repeated_and_reported_as_unknown(creation: Creation, failure: CallError) -> None:
    creation.http.on("POST", failure)
    error = creation.fails(OutcomeUnknown)
    assert str(error.cause) == str(failure)
    assert (error.what, error.log, error.search_error) == ("the thing", "Twilio's list of things", None)
    assert creation.http.methods.count("POST") == 1


def test_a_response_that_nothing_can_be_made_of_is_unclear(creation: Creation) -> None:
    creation.found = "found"
    assert creation.create(parse=lambda found: found.json["nonsense"]) == "found"


def test_a_list_that_lags_is_searched_again_with_growing_pauses(creation: Creation) -> None:
    creation.http.on("POST", SILENCE)
    assert creation.fails(OutcomeUnknown).search_error is None
    assert creation.http.times("GET") == [0.0, 1.0, 3.0, 7.0]


@pytest.mark.parametrize("end", [SILENCE, api_error(503, 20503), response({})], ids=["silence", "503", "no thing"])
def test_the_search_knows_when_the_last_request_left_and_when_it_failed(creation: Creation, end: Step) -> None:
    creation.http.on("POST", After(4.0, api_error(429, 20429)), After(10.0, end, to_connect_s=3.0))
    creation.found = "found"
    creation.create()
    assert creation.attempts == [Attempt(left_at=7.5, failed_at=17.5)]


@pytest.mark.parametrize("error", [REFUSED_CONNECTION, SILENCE, api_error(503, 20503), DENIED, api_error(403)], ids=str)
def test_a_search_that_fails_or_that_a_proxy_turns_away_is_tried_again(creation: Creation, error: CallError) -> None:
    creation.http.on("POST", SILENCE).on("GET", *[error] * 5, LOG)
    creation.found = "found"
    assert creation.create() == "found"
    assert creation.http.times("GET") == [0.0, 0.5, 1.5, 3.5, 7.5, 12.5]


def test_a_search_that_failed_for_a_while_still_waits_for_a_list_that_lags(creation: Creation) -> None:
    creation.http.on("POST", SILENCE).on("GET", *[REFUSED_CONNECTION] * 5, LOG)
    assert creation.fails(OutcomeUnknown).search_error is None
    assert creation.http.times("GET")[5:] == [12.5, 13.5, 15.5, 19.5]


def test_a_search_that_always_fails_says_why(creation: Creation) -> None:
    page = UnexpectedResponse(502, "Data from server: Bad Gateway")
    creation.http.on("POST", SILENCE).on("GET", page)
    assert creation.fails(OutcomeUnknown).search_error is page
    assert creation.now <= 26.0


@pytest.mark.parametrize("status", [401, 403])
def test_a_list_that_these_credentials_may_not_read_is_asked_for_once(creation: Creation, status: int) -> None:
    creation.http.on("POST", SILENCE).on("GET", api_error(status, 70051))
    assert creation.fails(OutcomeUnknown).search_error.code == 70051
    assert len(creation.http.times("GET")) == 1


def test_a_mistake_of_the_search_leaves_the_outcome_unknown(creation: Creation) -> None:
    async def stumble(attempt: Attempt) -> Thing:
        raise KeyError("a secret")

    creation.http.on("POST", SILENCE)
    error = creation.fails(OutcomeUnknown, find=stumble)
    assert str(error.search_error) == "Internal error (KeyError)."


def test_a_response_that_shows_what_this_run_created_before_is_that_of_another_call(creation: Creation) -> None:
    def parse(response: Response) -> Thing:
        return Thing(response.json["sid"])

    creation.create(parse=parse)
    creation.found = "found"
    assert creation.create(parse=parse) == "found"
    assert str(creation.steps[-1][1]) == "Status Code: 201. The response shows another thing."


def test_when_the_request_left_is_known_of_what_was_created_and_of_what_was_found(creation: Creation) -> None:
    creation.http.on("POST", After(2.0, CREATED, to_connect_s=0.5), After(2.0, SILENCE, to_connect_s=0.5))
    assert creation.run(creation.one()).left_at == 0.5
    creation.found = "found"
    assert creation.run(creation.one()).left_at == 3.0


def test_responses_that_are_lost_make_no_later_call_wait(creation: Creation) -> None:
    creation.http.on("POST", *[After(1.0, SILENCE)] * 8, After(1.0, CREATED))
    creation.found = "found"
    creation.run(*[creation.one() for _ in range(8)])
    began = creation.now
    creation.run(*[creation.one() for _ in range(8)])
    assert creation.http.times("POST")[8:] == [began] * 8


def test_what_was_found_is_claimed_as_this_runs_own(creation: Creation) -> None:
    creation.http.on("POST", SILENCE)
    creation.found = "found"
    creation.create()
    assert creation.client.claimed == {"found"}


# --- outages


def test_create_calls_that_fail_for_25_seconds_are_an_outage_though_reads_work(creation: Creation) -> None:
    creation.http.on("POST", After(10.0, SILENCE))
    for _ in range(2):  # 10 s for the call and 7 s for the search, which works
        creation.fails(OutcomeUnknown)
    creation.fails(NotSent, r"^api\.twilio\.com accepted no message or call for 25 seconds")
    assert creation.http.methods.count("POST") == 2
    assert creation.steps[-1] == ("searching", SILENCE)


@pytest.mark.parametrize("error", [DENIED, api_error(500, 20500)], ids=["a proxy's page", "an error of Twilio's"])
def test_create_calls_that_all_fail_are_an_outage_though_reads_work(creation: Creation, error: CallError) -> None:
    creation.http.on("POST", error)
    for _ in range(5):  # 7 s each for the search
        creation.fails(OutcomeUnknown)
    creation.fails(NotSent, r"^api\.twilio\.com accepted no message or call for 25 seconds")


def test_every_25_seconds_one_call_may_try_and_its_success_ends_the_outage(creation: Creation) -> None:
    creation.http.on("POST", *[After(13.0, SILENCE)] * 2, CREATED)
    for _ in range(2):
        creation.fails(OutcomeUnknown)
    failed_at = creation.http.times("POST")[-1] + 13.0
    creation.fails(NotSent)
    creation.run(creation.client.pause(failed_at + 24.0 - creation.now))
    creation.fails(NotSent)
    creation.run(creation.client.pause(1.0))
    assert creation.create() == "made 1"
    assert creation.create() == "made 2"


def test_while_an_outage_lasts_only_one_of_many_tries(creation: Creation) -> None:
    creation.http.on("POST", After(13.0, SILENCE))
    for _ in range(2):
        creation.fails(OutcomeUnknown)
    tried = len(creation.http.times("POST"))
    creation.run(creation.client.pause(25.0))
    ends = creation.run(*(_caught(creation.one()) for _ in range(20)))
    assert len(creation.http.times("POST")) - tried == 1
    assert ends.count(NotSent) == 19


async def _caught(story: Awaitable[Any]) -> type[Exception] | None:
    try:
        await story
    except Exception as error:
        return type(error)
    return None


def test_where_every_call_is_silent_the_search_ends_with_the_outage(creation: Creation) -> None:
    creation.http.on("POST", After(10.0, SILENCE)).on("GET", After(10.0, SILENCE))
    error = creation.fails(OutcomeUnknown)
    assert str(error.search_error).startswith("api.twilio.com gave no healthy response for 25 seconds")
    assert len(creation.http.times("GET")) == 2
    assert creation.now <= 35.0


def test_where_reads_work_one_search_is_made_although_create_calls_fail(creation: Creation) -> None:
    creation.http.on("POST", After(13.0, SILENCE))
    creation.fails(OutcomeUnknown)
    creation.found = "found"
    assert creation.create() == "found"


@pytest.mark.parametrize("healthy", [CREATED, api_error(400, 21211)], ids=["created", "refused"])
def test_a_healthy_response_to_a_create_call_ends_the_outage(creation: Creation, healthy: Step) -> None:
    creation.http.on("POST", *[After(4.9, SILENCE)] * 2, healthy, After(4.9, SILENCE))
    for _ in range(4):  # about 12 s each, but for the third
        with suppress(OutcomeUnknown, Refused):
            creation.create()
    assert creation.http.methods.count("POST") == 4


# --- cancelled


def test_a_cancelled_run_sends_nothing_more(creation: Creation) -> None:
    creation.cancel()
    creation.fails(NotSent, r"^The run was cancelled\.$")
    assert creation.http.calls == []
    assert creation.steps == []


def test_a_cancelled_run_does_not_wait_for_its_next_try(creation: Creation) -> None:
    creation.http.on("POST", api_error(429, 20429, retry_after_s=10.0))
    creation.cancel_at(3.0)
    creation.fails(NotSent, "cancelled")
    assert creation.now == 3.0


def test_a_create_call_that_is_under_way_is_awaited_and_searched_for_once(creation: Creation) -> None:
    creation.http.on("POST", After(9.0, SILENCE))
    creation.cancel_at(3.0)
    creation.fails(OutcomeUnknown)
    assert creation.http.methods == ["POST", "GET"]
    assert creation.now == 9.0


# --- each step is reported before it is taken


def test_leaving_is_reported_before_the_call_can_leave(creation: Creation) -> None:
    calls_then: list[int] = []
    creation.on_step = lambda step: calls_then.append(len(creation.http.calls))
    creation.create()
    assert creation.steps == [("leaving", None)]
    assert calls_then == [0]


def test_one_that_waits_for_a_connection_is_not_leaving_yet(creation: Creation) -> None:
    leaving: list[int] = []

    def count(call: Call) -> After:
        leaving.append(len(creation.steps))
        return After(1.0, CREATED)

    creation.http.on("POST", count)
    creation.run(*(creation.one() for _ in range(9)))
    assert (leaving[0], leaving[7], leaving[8]) == (1, 8, 9)


def test_each_repetition_and_the_search_are_reported_with_their_cause(creation: Creation) -> None:
    busy = api_error(429, 20429)
    creation.http.on("POST", REFUSED_CONNECTION, busy, SILENCE)
    creation.found = "found"
    creation.create()
    assert creation.steps == [
        ("leaving", None),
        ("unsent", REFUSED_CONNECTION),
        ("leaving", None),
        ("unsent", busy),
        ("leaving", None),
        ("searching", SILENCE),
    ]
