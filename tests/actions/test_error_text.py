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
"""Errors in words for a person: what happened, what follows from it, and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable

from actions.error_advice import Names, advice_for
from actions.error_text import cause_of, clause, sentence, text_of
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
    NotAsked,
    NotSent,
    OtherAccount,
    OutcomeUnknown,
    Refused,
    TwilioError,
    UnexpectedResponse,
)
from twilio_api.values import WrongValue


REFUSED_CONNECTION = ConnectionFailed("h", "the connection was refused")
BROKEN = NoResponse("h", "the connection broke")
PAGE = UnexpectedResponse(502, "Data from server: Bad Gateway")
NOT_FOUND = ApiError(404, '{"code": 20404}', {"code": 20404, "status": 404})
ODD = ApiError(400, '{"code": 99999}', {"code": 99999, "status": 400})
NO_NUMBER = ApiError(400, '{"code": 21211}', {"code": 21211, "status": 400})
TOO_EARLY = ApiError(400, '{"code": 20009}', {"code": 20009, "status": 400})
TOO_MANY = ApiError(429, '{"code": 20429}', {"code": 20429, "status": 429})
CAUSES: list[CallError] = [REFUSED_CONNECTION, BROKEN, PAGE, NOT_FOUND, TOO_MANY, InternalError(KeyError("secret"))]
SAID_404 = 'Error from server. Status Code: 404 Data from server: {"code": 20404}'


def unknown(cause: CallError, search_error: CallError | None = None) -> OutcomeUnknown:
    return OutcomeUnknown(cause, what="the call", log="Twilio's log", search_error=search_error)


@for_each(
    "error, text",
    [
        # what was never sent
        (
            NotSent(REFUSED_CONNECTION),
            "Could not connect to h: the connection was refused. Nothing was sent. Check base_url of the asset, "
            "and the network and proxy of this machine, and run the action again.",
        ),
        (
            NotSent(TOO_MANY),
            'Error from server. Status Code: 429 Data from server: {"code": 20429} Nothing was sent. '
            "Run the action again in a minute.",
        ),
        (NotSent(Cancelled()), "Nothing was sent: the action was cancelled."),
        (
            NotSent(HostDown("h accepted no message or call", PAGE)),
            "Nothing was sent: h accepted no message or call for 25 seconds. "
            "The last error: Status Code: 502. Data from server: Bad Gateway",
        ),
        (NotAsked("no number is free."), "Nothing was sent: no number is free."),
        # what Twilio turned down, or did not show
        (Refused(NOT_FOUND), f"{SAID_404} {advice_for(20404)}"),
        (NOT_FOUND, f"{SAID_404} {advice_for(20404)}"),
        (Refused(ODD), 'Error from server. Status Code: 400 Data from server: {"code": 99999}'),
        (BROKEN, "No response from h: the connection broke."),
        (
            OtherAccount(200),
            "Status Code: 200. The response is not this account: check base_url of the asset.",
        ),
        (
            MessageNotFound("SM1", NOT_FOUND),
            f"{SAID_404} The account has no message SM1. It may have been deleted; otherwise check the SID.",
        ),
        (
            AccountNotActive("ACME", "suspended"),
            "The Twilio account ACME is suspended, not active, so it cannot send. See the Twilio console.",
        ),
        # what nobody knows
        (
            unknown(BROKEN),
            "No response from h: the connection broke. It cannot be known whether Twilio took the call; it was not "
            "sent again. Twilio's log does not show it for certain. Search there before anything is repeated.",
        ),
        (
            unknown(PAGE, BROKEN),
            "Status Code: 502. Data from server: Bad Gateway. It cannot be known whether Twilio took the call; it was "
            "not sent again. Twilio's log could not be read (No response from h: the connection broke). "
            "Search there before anything is repeated.",
        ),
        (
            unknown(BROKEN, Cancelled()),
            "No response from h: the connection broke. It cannot be known whether Twilio took the call; it was not "
            "sent again. Twilio's log could not be read (The action was cancelled). "
            "Search there before anything is repeated.",
        ),
        # what was to be changed
        (
            ChangeFailed(TOO_EARLY, may_be_done=False),
            'Error from server. Status Code: 400 Data from server: {"code": 20009} The message is still on its way, '
            "and Twilio changes or deletes it only after that. Try again later.",
        ),
        (
            ChangeFailed(PAGE, may_be_done=True),
            "Status Code: 502. Data from server: Bad Gateway. It cannot be known whether Twilio did it. "
            "It is safe to run this action again.",
        ),
        (ChangeFailed(NOT_FOUND, may_be_done=False), f"{SAID_404} {advice_for(20404)}"),
        # what a call by phone needs
        (
            FlowMissing(NOT_FOUND),
            "Nobody was called: the Studio flow that asks for the key could be neither found nor made. "
            f"{SAID_404} {advice_for(20404)}",
        ),
        # what is not Twilio's
        (WrongValue("The parameter 'message' is blank."), "The parameter 'message' is blank."),
        (Cancelled(), "The action was cancelled."),
        (InternalError(KeyError("what it holds")), "Internal error (KeyError)."),
        (KeyError("what a secret looks like"), "Internal error (KeyError)."),
        (OSError("http://user:password@proxy"), "Internal error (OSError)."),
        (UnicodeEncodeError("ascii", "secret", 0, 1, "x"), "Internal error (UnicodeEncodeError)."),
    ],
)
def test_an_error_says_what_happened_what_follows_and_what_to_do(error: Exception, text: str) -> None:
    assert text_of(error) == text


def test_what_happened_fits_into_a_sentence_and_before_one() -> None:
    assert (clause(BROKEN), sentence(BROKEN)) == (
        "No response from h: the connection broke",
        "No response from h: the connection broke.",
    )
    assert (clause(PAGE), sentence(PAGE)) == (
        "Status Code: 502. Data from server: Bad Gateway",
        "Status Code: 502. Data from server: Bad Gateway.",
    )
    assert clause(NOT_FOUND) == sentence(NOT_FOUND) == SAID_404
    assert clause(Cancelled()) == "The action was cancelled"


@for_each(
    "error, text",
    [
        (NotSent(BROKEN), "No response from h: the connection broke."),
        (NotAsked("no number is free."), "No number is free."),
        (Refused(NOT_FOUND), f"{SAID_404} {advice_for(20404)}"),
        (
            Refused(NO_NUMBER),
            'Error from server. Status Code: 400 Data from server: {"code": 21211} '
            "The recipient's number does not exist: check on_call.",
        ),
        (
            FlowMissing(NOT_FOUND),
            f"The Studio flow that asks for the key could be neither found nor made: {SAID_404}",
        ),
        (WrongValue("It is blank."), "It is blank."),
    ],
)
def test_a_cause_does_not_say_whether_to_repeat_it(error: Exception, text: str) -> None:
    assert cause_of(error, Names("on_call")) == text


# --- no two sentences of one error contradict: every operation with every cause

OPERATIONS: dict[str, Callable[[CallError], TwilioError]] = {
    "not sent": NotSent,
    "not sent in an outage": lambda cause: NotSent(HostDown("h gave no healthy response", cause)),
    "refused": Refused,
    "unknown": unknown,
    "unknown, not searched": lambda cause: unknown(cause, cause),
    "not read": lambda cause: cause,
}
INVITES = re.compile(r"nothing was sent|run the action again|try again", re.IGNORECASE)
WARNS = re.compile(r"cannot be known|Twilio has the|not sent again|before anything is repeated")


@for_each("cause", CAUSES)
@for_each("operation", OPERATIONS)
def test_every_operation_reports_every_cause_and_contradicts_itself_with_none(operation: str, cause: CallError) -> None:
    text = text_of(OPERATIONS[operation](cause))
    assert str(cause).rstrip(".") in text
    assert bool(INVITES.search(text)) == operation.startswith("not sent")
    assert bool(WARNS.search(text)) == operation.startswith("unknown")
    assert "secret" not in text
