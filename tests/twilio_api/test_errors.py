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
"""Errors: what each says, and what may be done after it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from twilio_api.error_advice import advice_for
from twilio_api.errors import (
    ApiError,
    CallError,
    Cancelled,
    CircuitOpen,
    ConnectionFailed,
    InternalError,
    NoResponse,
    NotSent,
    OutcomeUnknown,
    ReadFailed,
    Refused,
    ResponseTooLong,
    Sent,
    TwilioError,
    UnexpectedResponse,
)


BODY = '{"code": 20404, "message": "not found", "more_info": "https://www.twilio.com/docs/errors/20404", "status": 404}'
REFUSED_CONNECTION = ConnectionFailed("h", "the connection was refused")
BROKEN = NoResponse("h", "the connection broke")
PAGE = UnexpectedResponse(502, "Data from server: Bad Gateway")
NOT_FOUND = ApiError(404, BODY, {"code": 20404, "message": "not found"})
TOO_MANY = ApiError(429, '{"code": 20429}', {"code": 20429})
CAUSES: list[CallError] = [REFUSED_CONNECTION, BROKEN, PAGE, NOT_FOUND, TOO_MANY, InternalError(KeyError("secret"))]


# --- what happened to one call


def test_an_error_in_twilios_form_shows_the_body_as_twilio_sent_it() -> None:
    assert str(NOT_FOUND) == f"Error from server. Status Code: 404 Data from server: {BODY}"
    assert (NOT_FOUND.status, NOT_FOUND.code) == (404, 20404)


@pytest.mark.parametrize("code", [None, "x", "20404", 1.5, [], {}])
def test_a_code_that_is_no_number_is_none(code: object) -> None:
    error = ApiError(400, '{"a": 1}', {"a": 1, "code": code})
    assert str(error) == 'Error from server. Status Code: 400 Data from server: {"a": 1}'
    assert error.code is None


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (REFUSED_CONNECTION, "Could not connect to h: the connection was refused."),
        (BROKEN, "No response from h: the connection broke."),
        (PAGE, "Status Code: 502. Data from server: Bad Gateway"),
        (InternalError(KeyError("what it holds")), "Internal error (KeyError)."),
    ],
    ids=str,
)
def test_a_call_that_failed_is_reported_in_one_sentence(error: CallError, text: str) -> None:
    assert str(error) == text


@pytest.mark.parametrize("error", CAUSES, ids=str)
def test_what_happened_says_nothing_of_what_follows(error: CallError) -> None:
    assert not re.search(r"nothing was sent|again|retry|cannot be known", str(error), re.IGNORECASE)


@pytest.mark.parametrize("error", CAUSES, ids=str)
def test_only_where_no_connection_stood_is_it_certain_that_nothing_was_sent(error: CallError) -> None:
    assert (error.sent is Sent.NEVER) == isinstance(error, ConnectionFailed)


@pytest.mark.parametrize(
    ("status", "is_transient", "is_unauthorized"),
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
    error = ApiError(status, "{}", {"code": 20000})
    assert (error.is_transient, error.is_unauthorized) == (is_transient, is_unauthorized)


@pytest.mark.parametrize("code", [None, 403, "20003", 20003.0, True], ids=repr)
def test_json_without_a_code_of_twilios_may_be_of_any_server(code: object) -> None:
    error = ApiError(403, "{}", {"code": code})
    assert (error.is_twilios, error.is_unauthorized, error.code) == (False, False, None)
    assert ApiError(403, "{}", {"code": 20403}).is_twilios


@pytest.mark.parametrize(
    ("status", "is_transient"),
    [(200, True), (201, True), (302, True), (403, False), (404, False), (408, True), (429, True), (502, True)],
)
def test_which_unexpected_responses_may_pass(status: int, is_transient: bool) -> None:
    assert UnexpectedResponse(status, "Data from server: a page").is_transient is is_transient


def test_other_causes_that_may_pass() -> None:
    assert BROKEN.is_transient
    assert REFUSED_CONNECTION.is_transient
    assert not ConnectionFailed("h", "its TLS certificate is not trusted", is_transient=False).is_transient
    assert not InternalError(KeyError("x")).is_transient


@pytest.mark.parametrize(
    ("status", "code", "is_so"), [(429, 20429, True), (429, 21611, False), (429, None, False), (400, 20429, False)]
)
def test_only_429_with_code_20429_was_turned_away_unread(status: int, code: int | None, is_so: bool) -> None:
    assert ApiError(status, "{}", {"code": code}).is_too_many_requests is is_so


@pytest.mark.parametrize(("status", "code", "is_so"), [(403, 20008, True), (403, 20003, False), (400, 20008, False)])
def test_only_403_with_code_20008_means_test_credentials(status: int, code: int, is_so: bool) -> None:
    assert ApiError(status, "{}", {"code": code}).is_test_credentials is is_so


def test_a_pause_that_the_server_asked_for_is_part_of_the_error() -> None:
    assert ApiError(429, "{}", {}, 7.0).retry_after_s == UnexpectedResponse(503, "x", 7.0).retry_after_s == 7.0
    assert BROKEN.retry_after_s == 0.0


def test_a_response_that_is_too_long_is_an_unexpected_one() -> None:
    assert isinstance(ResponseTooLong(200, "longer than 2097152 bytes"), UnexpectedResponse)


# --- what follows for an operation


def test_what_was_never_sent_says_so_and_what_to_do() -> None:
    assert str(NotSent(REFUSED_CONNECTION)) == (
        "Could not connect to h: the connection was refused. Nothing was sent. Check base_url of the asset, "
        "and the network and proxy of this machine, and run the action again."
    )
    assert str(NotSent(TOO_MANY)).endswith(" Nothing was sent. Run the action again in a minute.")
    assert str(NotSent(Cancelled())) == "Nothing was sent: the action was cancelled."


def test_what_an_outage_kept_from_being_sent_says_so_with_the_last_cause() -> None:
    assert str(NotSent(CircuitOpen("h gave no healthy response", PAGE))) == (
        "Nothing was sent: h gave no healthy response for 25 seconds. "
        "The last error: Status Code: 502. Data from server: Bad Gateway"
    )


@pytest.mark.parametrize("error", [Refused(NOT_FOUND), ReadFailed(NOT_FOUND)], ids=["create", "read"])
def test_a_refusal_begins_with_what_twilio_sent_and_ends_with_advice(error: TwilioError) -> None:
    assert str(error) == f"Error from server. Status Code: 404 Data from server: {BODY} {advice_for(20404)}"


def test_a_refusal_for_which_there_is_no_advice_is_what_twilio_sent() -> None:
    cause = ApiError(400, '{"code": 99999}', {"code": 99999})
    assert str(Refused(cause)) == 'Error from server. Status Code: 400 Data from server: {"code": 99999}'


def test_an_unknown_outcome_says_why_that_it_cannot_be_known_and_what_to_do() -> None:
    error = OutcomeUnknown(BROKEN, what="the message", log="Twilio's message log", search_error=None)
    assert str(error) == (
        "No response from h: the connection broke. It cannot be known whether Twilio took the message; "
        "it was not sent again. Twilio's message log does not show it for certain. "
        "Search there before anything is repeated."
    )


def test_an_unknown_outcome_says_why_the_search_failed() -> None:
    error = OutcomeUnknown(PAGE, what="the call", log="Twilio's list of calls", search_error=BROKEN)
    assert str(error) == (
        "Status Code: 502. Data from server: Bad Gateway. It cannot be known whether Twilio took the call; it was not "
        "sent again. Twilio's list of calls could not be read (No response from h: the connection broke). "
        "Search there before anything is repeated."
    )


# --- no two sentences of one error contradict: every operation with every cause

OPERATIONS: dict[str, Callable[[CallError], TwilioError]] = {
    "not sent": NotSent,
    "not sent in an outage": lambda cause: NotSent(CircuitOpen("h gave no healthy response", cause)),
    "refused": Refused,
    "unknown": lambda cause: OutcomeUnknown(cause, what="the message", log="the log", search_error=None),
    "unknown, not searched": lambda cause: OutcomeUnknown(cause, what="the message", log="the log", search_error=cause),
    "not read": ReadFailed,
}
_INVITES = re.compile(r"nothing was sent|run the action again|try again", re.IGNORECASE)
_WARNS = re.compile(r"cannot be known|Twilio has the|not sent again|before anything is repeated")


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: type(cause).__name__)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_reports_every_cause_and_contradicts_itself_with_none(operation: str, cause: CallError) -> None:
    text = str(OPERATIONS[operation](cause))
    assert str(cause).rstrip(".") in text
    assert bool(_INVITES.search(text)) == operation.startswith("not sent")
    assert bool(_WARNS.search(text)) == operation.startswith("unknown")
    assert "secret" not in text
