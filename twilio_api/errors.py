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
"""What can go wrong between the app and Twilio: one class each, its text a sentence for a person.

TwilioError
├── CallError              what happened to one HTTP call, as far as the transport knows
│   ├── ConnectionFailed   no connection stood, so nothing of the request was sent, nor will be
│   ├── NoResponse         the request may have been processed, but no response came back
│   ├── UnexpectedResponse a response that is not what was asked for: a redirect, a page, an empty or garbled body
│   │   └── ResponseTooLong
│   ├── ApiError           a JSON object with a status of 400 or more: Twilio's own where it has a code of Twilio's
│   └── InternalError      a mistake of this app, or of a library
├── CircuitOpen            no call was made, since there is an outage
├── Cancelled              a person cancelled the run
├── NotSent                what follows for an operation that creates: nothing was sent
├── NotAsked               the same for a question that could not be given codes of its own
├── Refused                Twilio turned it down
├── OutcomeUnknown         nobody can say whether Twilio took it
├── ReadFailed             what follows for an operation that only reads
├── ChangeFailed           what follows for an operation that changes a message, and may be repeated
├── MessageNotFound        there is no such message, or no longer
├── FlowMissing            what follows for a call, where the flow that it needs is not there
└── AccountNotActive
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from twilio_api.error_advice import advice_for
from twilio_consts import (
    ACCOUNT_ACTIVE,
    CODE_NOT_FINAL,
    CODE_TEST_CREDENTIALS,
    CODE_TOO_MANY_REQUESTS,
    MIN_ERROR_CODE,
    OUTAGE_S,
)


class Sent(Enum):
    """Whether anything of a request can have reached the server."""

    NEVER = "never"
    MAYBE = "maybe"


class TwilioError(Exception):
    """Something went wrong; the text says what happened, and never what follows from it unless it is known."""


class CallError(TwilioError):
    """One HTTP call failed.

    `sent`: whether anything of the request can have reached the server.
    `status`: the HTTP status of the response, 0 where none came.
    `sent_at`: when the request left, by the clock of the loop that awaited it; None where nothing of it left.
    `retry_after_s`: the pause in seconds that the server asked for, 0 where it asked for none.
    `is_twilios`: whether Twilio itself said so, and no server on the way.
    `is_transient`: whether the same call may well succeed a little later.
    `is_not_found`: whether Twilio does not know what was asked for.
    """

    sent = Sent.MAYBE
    sent_at: float | None = None
    status = 0
    is_twilios = False
    is_transient = False
    is_not_found = False
    retry_after_s = 0.0


class ConnectionFailed(CallError):
    """No connection stood (name, TCP, proxy or TLS): nothing of the request was sent, nor will be."""

    sent = Sent.NEVER

    def __init__(self, host: str, reason: str, *, is_transient: bool = True) -> None:
        super().__init__(f"Could not connect to {host}: {reason}.")
        self.is_transient = is_transient


class NoResponse(CallError):
    """The request may have been processed, but not even the head of a response came back in time."""

    is_transient = True

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"No response from {host}: {reason}.")


class UnexpectedResponse(CallError):
    """A response that is not what was asked for. `status` is its HTTP status, `what` a sentence that describes it."""

    def __init__(self, status: int, what: str, retry_after_s: float = 0.0) -> None:
        super().__init__(f"Status Code: {status}. {what}")
        self.status = status
        self.retry_after_s = retry_after_s
        self.is_transient = not 400 <= status < 500 or status in (408, 429)


class ResponseTooLong(UnexpectedResponse):
    """A response of more bytes than are read."""


class ApiError(CallError):
    """A JSON object with an HTTP status of 400 or more, as Twilio sends its errors.

    `status` is the HTTP status, `code` Twilio's (https://www.twilio.com/docs/api/errors; None where there is none:
    then it may be of any server on the way). The text shows `body`, the response to the letter; `json` is what it
    holds.
    """

    def __init__(self, status: int, body: str, json: dict[str, Any], retry_after_s: float = 0.0) -> None:
        super().__init__(f"Error from server. Status Code: {status} Data from server: {body}")
        code = json.get("code")
        self.status = status
        self.code: int | None = code if isinstance(code, int) and code >= MIN_ERROR_CODE else None
        self.is_twilios = self.code is not None
        self.retry_after_s = retry_after_s
        self.is_transient = status in (408, 429) or status >= 500
        self.is_not_found = self.is_twilios and status == 404

    @property
    def is_too_many_requests(self) -> bool:
        """Whether Twilio turned the call away unread (https://www.twilio.com/docs/api/errors/20429)."""
        return self.status == 429 and self.code == CODE_TOO_MANY_REQUESTS

    @property
    def is_test_credentials(self) -> bool:
        """Whether the credentials are right, but test credentials (https://www.twilio.com/docs/iam/test-credentials)."""
        return self.status == 403 and self.code == CODE_TEST_CREDENTIALS

    @property
    def is_unauthorized(self) -> bool:
        """Whether Twilio does not let these credentials do this, now or later."""
        return self.is_twilios and self.status in (401, 403)


class InternalError(CallError):
    """An exception that nobody expected. Its own text may hold anything, so only its class is shown."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"Internal error ({type(error).__name__}).")


class CircuitOpen(TwilioError):
    """No call was made, since there is an outage. `cause` is the last error of a call."""

    def __init__(self, what: str, cause: CallError) -> None:
        super().__init__(f"{what} for {OUTAGE_S:.0f} seconds. The last error: {cause}")
        self.cause = cause


class Cancelled(TwilioError):
    """A person cancelled the run."""

    def __init__(self) -> None:
        super().__init__("The action was cancelled.")


class NotSent(TwilioError):
    """A resource was not created, and nothing was sent: the same action is safe to repeat."""

    def __init__(self, cause: CallError | CircuitOpen | Cancelled) -> None:
        if isinstance(cause, Cancelled):
            text = "Nothing was sent: the action was cancelled."
        elif isinstance(cause, CircuitOpen):
            text = f"Nothing was sent: {cause}"
        elif isinstance(cause, ConnectionFailed):
            text = (
                f"{cause} Nothing was sent. Check base_url of the asset, and the network and proxy of this machine, "
                "and run the action again."
            )
        else:
            text = f"{cause} Nothing was sent. Run the action again in a minute."
        super().__init__(text)
        self.cause = cause


class NotAsked(TwilioError):
    """A question was not sent, since it could not be given codes of its own; `why` is the end of a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Nothing was sent: {why}")


class Refused(TwilioError):
    """Twilio itself turned a create call down: repeating it changes nothing."""

    def __init__(self, cause: CallError) -> None:
        super().__init__(_with_advice(cause))
        self.cause = cause


class OutcomeUnknown(TwilioError):
    """A create call went wrong so that it cannot be known whether Twilio took it.

    `what` is the thing that was to be created, with its article; `log` is where it was searched for; `search_error`
    is why the search failed, or was not made; None where it worked and found nothing, or several that it could be.
    """

    def __init__(self, cause: CallError, *, what: str, log: str, search_error: CallError | CircuitOpen | None) -> None:
        searched = (
            f"{log} could not be read ({clause(search_error)})"
            if search_error is not None
            else f"{log} does not show it for certain"
        )
        super().__init__(
            f"{sentence(str(cause))} It cannot be known whether Twilio took {what}; it was not sent again. "
            f"{searched}. Search there before anything is repeated."
        )
        self.cause = cause


class ReadFailed(TwilioError):
    """Something could not be read at Twilio. `cause` is the last error."""

    def __init__(self, cause: CallError) -> None:
        super().__init__(_with_advice(cause))
        self.cause = cause


class ChangeFailed(TwilioError):
    """A message could not be redacted or deleted. `cause` is the last error."""

    def __init__(self, cause: CallError) -> None:
        if isinstance(cause, ApiError) and cause.code == CODE_NOT_FINAL:
            text = f"{cause} The message is not final yet, and Twilio changes only final ones. Try again later."
        elif cause.sent is Sent.MAYBE and (cause.is_transient or not cause.is_twilios):
            text = (
                f"{sentence(str(cause))} It cannot be known whether Twilio did it. It is safe to run this action again."
            )
        else:
            text = _with_advice(cause)
        super().__init__(text)
        self.cause = cause


class MessageNotFound(TwilioError):
    """The account has no such message: it was deleted, or belongs to another account."""

    def __init__(self, sid: str, cause: CallError) -> None:
        super().__init__(
            f"{cause} The account has no message {sid}. It may have been deleted; otherwise check the SID."
        )
        self.cause = cause


class FlowMissing(TwilioError):
    """The Studio flow that asks for a key could be neither found nor made. `cause` is the last error."""

    def __init__(self, cause: CallError) -> None:
        super().__init__(
            "Nobody was called: the Studio flow that asks for the key could be neither found nor made. "
            f"{_with_advice(cause)}"
        )
        self.cause = cause


class AccountNotActive(TwilioError):
    """The account exists, but cannot send: it is suspended or closed."""

    def __init__(self, name: str, status: str) -> None:
        super().__init__(
            f"The Twilio account {name} is {status}, not {ACCOUNT_ACTIVE}, so it cannot send. See the Twilio console."
        )


def clause(error: TwilioError) -> str:
    """The text of an error for the inside of a sentence: without its full stop."""
    return str(error).rstrip(".")


def _with_advice(cause: CallError) -> str:
    advice = advice_for(cause.code) if isinstance(cause, ApiError) else ""
    return f"{cause} {advice}".rstrip()


def sentence(text: str) -> str:
    """Return a text with the full stop that further sentences need before them."""
    return text if text.endswith((".", "}")) else f"{text}."
