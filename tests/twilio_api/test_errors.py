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
"""Errors: what each knows of what happened, and no word of what to do about it."""

from __future__ import annotations

import re

from tests.tables import for_each
from twilio_api.errors import (
    AccountNotActive,
    ApiError,
    CallError,
    Cancelled,
    ChangeFailed,
    ConnectionFailed,
    FlowMissing,
    HostDown,
    InternalError,
    MessageNotFound,
    NoResponse,
    NotSent,
    OtherAccount,
    OutcomeUnknown,
    Refused,
    ResponseTooLong,
    TwilioError,
    UnexpectedResponse,
)


BODY = '{"code": 20404, "message": "not found", "more_info": "https://www.twilio.com/docs/errors/20404", "status": 404}'
REFUSED_CONNECTION = ConnectionFailed("h", "the connection was refused")
BROKEN = NoResponse("h", "the connection broke")
PAGE = UnexpectedResponse(502, "Data from server: Bad Gateway")
NOT_FOUND = ApiError(404, BODY, {"code": 20404, "status": 404})
TOO_MANY = ApiError(429, '{"code": 20429}', {"code": 20429, "status": 429})
CAUSES: list[CallError] = [
    *(REFUSED_CONNECTION, BROKEN, PAGE, NOT_FOUND, TOO_MANY, Cancelled(), OtherAccount(200)),
    InternalError(KeyError("what it holds")),
]
OUTAGE = HostDown("h accepted no message or call", PAGE)
OPERATIONS: list[TwilioError] = [
    *(make(cause) for make in (NotSent, Refused, FlowMissing) for cause in CAUSES),
    *(ChangeFailed(cause, may_be_done=True) for cause in CAUSES),
    *(OutcomeUnknown(cause, what="the message", log="the log", search_error=OUTAGE) for cause in CAUSES),
    *(NotSent(OUTAGE), OUTAGE, AccountNotActive("x", "closed"), MessageNotFound("SM1", NOT_FOUND)),
]


# --- what happened to one call


def test_an_error_in_twilios_form_shows_the_body_as_twilio_sent_it() -> None:
    assert str(NOT_FOUND) == f"Error from server. Status Code: 404 Data from server: {BODY}"
    assert (NOT_FOUND.status, NOT_FOUND.code) == (404, 20404)


@for_each(
    "error, text",
    [
        (REFUSED_CONNECTION, "Could not connect to h: the connection was refused."),
        (BROKEN, "No response from h: the connection broke."),
        (PAGE, "Status Code: 502. Data from server: Bad Gateway"),
        (InternalError(KeyError("what it holds")), "Internal error (KeyError)."),
    ],
)
def test_a_call_that_failed_is_reported_in_one_sentence(error: CallError, text: str) -> None:
    assert str(error) == text


def test_no_error_gives_advice_or_names_what_others_call_things() -> None:
    advice = re.compile(r"(?i)again|retry|check|search there|console|asset|action|playbook|from_phone|to_phone")
    assert [str(error) for error in [*CAUSES, *OPERATIONS] if advice.search(str(error))] == []


def test_an_error_of_an_operation_says_what_happened_to_its_call() -> None:
    causes = [getattr(error, "cause", None) for error in OPERATIONS if not isinstance(error, MessageNotFound)]
    assert [cause for cause, error in zip(causes, OPERATIONS) if cause and str(cause) not in str(error)] == []


@for_each("error", CAUSES)
def test_only_where_no_connection_stood_is_it_certain_that_nothing_was_sent(error: CallError) -> None:
    assert error.is_unsent == isinstance(error, (ConnectionFailed, Cancelled))


def test_when_a_request_left_is_not_known_unless_its_transport_says_so() -> None:
    assert [error.sent_at for error in CAUSES] == [None] * len(CAUSES)


@for_each(
    "status, is_transient, is_unauthorized",
    [
        (400, False, False),
        (401, False, True),
        (403, False, True),
        (404, False, False),
        (408, True, False),
        (429, True, False),
        (500, True, False),
        (503, True, False),
    ],
)
def test_what_may_pass_and_what_credentials_may_not_do(status: int, is_transient: bool, is_unauthorized: bool) -> None:
    error = ApiError(status, "{}", {"code": 20000, "status": status})
    assert (error.is_transient, error.is_unauthorized) == (is_transient, is_unauthorized)


TWILIOS_PAGE = "https://www.twilio.com/docs/errors/20003"


@for_each(
    "json",
    [
        {"code": 20003, "status": 403},
        {"code": 20003, "more_info": TWILIOS_PAGE},
        {"code": 20003, "more_info": "https://twilio.com/docs/errors/20003", "status": 400},
        {"code": 20003, "more_info": TWILIOS_PAGE, "status": None},
    ],
)
def test_an_error_is_twilios_own_by_its_code_and_its_status_or_page(json: dict[str, object]) -> None:
    error = ApiError(403, "{}", json)
    assert (error.is_twilios, error.is_unauthorized, error.code) == (True, True, 20003)


@for_each(
    "json",
    [
        {},
        {"code": 20003},
        {"code": 10000, "message": "Authentication error"},
        {"status": 403, "more_info": TWILIOS_PAGE},
        *({"code": code, "status": 403, "more_info": TWILIOS_PAGE} for code in (None, 403, "20003", 20003.0, True)),
        *({"code": 20003, "status": status} for status in (200, "403", None)),
        {"code": 20003, "more_info": "http://www.twilio.com/docs/errors/20003"},
        {"code": 20003, "more_info": "https://www.twilio.com.example.com/"},
        {"code": 20003, "more_info": "https://www.twilio.com@example.com/"},
        {"code": 20003, "more_info": "https://nottwilio.com/"},
        {"code": 20003, "more_info": "https://[twilio.com"},
        {"code": 20003, "more_info": [TWILIOS_PAGE]},
    ],
)
def test_any_other_json_may_be_of_any_server(json: dict[str, object]) -> None:
    error = ApiError(403, "{}", json)
    assert (error.is_twilios, error.is_unauthorized, error.code) == (False, False, None)


@for_each(
    "status, is_transient",
    [(200, True), (201, True), (302, True), (403, False), (404, False), (408, True), (429, True), (502, True)],
)
def test_which_unexpected_responses_may_pass(status: int, is_transient: bool) -> None:
    assert UnexpectedResponse(status, "Data from server: a page").is_transient is is_transient


def test_other_causes_that_may_pass() -> None:
    assert BROKEN.is_transient
    assert REFUSED_CONNECTION.is_transient
    assert not ConnectionFailed("h", "its TLS certificate is not trusted", is_transient=False).is_transient
    assert not InternalError(KeyError("x")).is_transient


@for_each("status, code, is_so", [(429, 20429, True), (429, 21611, False), (429, None, False), (400, 20429, False)])
def test_only_429_with_code_20429_was_turned_away_unread(status: int, code: int | None, is_so: bool) -> None:
    assert ApiError(status, "{}", {"code": code, "status": status}).is_too_many_requests is is_so


@for_each("status, code, is_so", [(403, 20008, True), (403, 20003, False), (400, 20008, False)])
def test_only_403_with_code_20008_means_test_credentials(status: int, code: int, is_so: bool) -> None:
    assert ApiError(status, "{}", {"code": code, "status": status}).is_test_credentials is is_so


def test_a_pause_that_the_server_asked_for_is_part_of_the_error() -> None:
    assert ApiError(429, "{}", {}, 7.0).retry_after_s == UnexpectedResponse(503, "x", 7.0).retry_after_s == 7.0
    assert BROKEN.retry_after_s == 0.0


def test_a_response_that_is_too_long_is_an_unexpected_one() -> None:
    assert isinstance(ResponseTooLong(200, "longer than 2097152 bytes"), UnexpectedResponse)


# --- a message that was to be changed


@for_each(
    "cause, is_too_early",
    [(ApiError(400, "{}", {"code": 20009, "status": 400}), True), (NOT_FOUND, False), (PAGE, False)],
)
def test_a_change_that_failed_knows_whether_it_came_too_early(cause: CallError, is_too_early: bool) -> None:
    assert ChangeFailed(cause, may_be_done=False).is_too_early is is_too_early
