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
"""What can go wrong between the app and Twilio: one class each. Its text says what happened, and no more.

TwilioError
├── CallError              what happened to one HTTP call, as far as the transport knows
│   ├── ConnectionFailed   no connection stood, so nothing of the request was sent, nor will be
│   ├── NoResponse         the request may have been processed, but no response came back
│   ├── UnexpectedResponse a response that is not what was asked for: a redirect, a page, an empty or garbled body
│   │   ├── ResponseTooLong
│   │   └── OtherAccount
│   ├── ApiError           a JSON object with a status of 400 or more: Twilio's own where it has Twilio's form
│   ├── Cancelled          a person cancelled the run, so that the call was not made
│   ├── HostDown           there is an outage, so that the call was not made
│   └── InternalError      a mistake of this app, or of a library
├── OperationFailed        what follows for an operation from the error of its last call
│   ├── NotSent            nothing of what it was to create was sent
│   ├── Refused            Twilio turned it down
│   ├── OutcomeUnknown     nobody can say whether Twilio took it
│   ├── ChangeFailed       it changes a message, and may be repeated
│   ├── MessageNotFound    there is no such message, or no longer
│   ├── NumberNotFound     a look-up of what Twilio takes for no number
│   └── FlowMissing        a call, where the flow that it needs is not there
├── NotAsked               nothing was sent of a question that could not be given codes of its own
└── AccountNotActive

What a person should do about it is for those to say who know what was wanted.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from twilio_consts import ACCOUNT_ACTIVE, OUTAGE_S


_MIN_ERROR_CODE = 10_000  # a smaller one is no code of Twilio, but perhaps the HTTP status in a proxy's JSON
_CODE_TEST_CREDENTIALS = 20008
_CODE_NOT_FINAL = 20009
_CODE_TOO_MANY_REQUESTS = 20429


class TwilioError(Exception):
    """Something went wrong between the app and Twilio."""


class CallError(TwilioError):
    """One HTTP call failed.

    `is_unsent`: whether it is certain that nothing of the request reached the server, nor will.
    `status`: the HTTP status of the response, 0 where none came.
    `code`: Twilio's own (https://www.twilio.com/docs/api/errors), None where it is not Twilio that said so.
    `sent_at`: when the request left, in seconds of the event loop that awaited it; None where nothing of it left.
    `retry_after_s`: the pause in seconds that the server asked for, cut to 10; 0 where it asked for none.
    `server_time`: the clock of the server that said so, in seconds since the epoch; None where it showed none.
    `is_twilios`: whether Twilio itself said so, and no server on the way.
    `is_transient`: whether the same call may well succeed a little later.
    """

    is_unsent = False
    sent_at: float | None = None
    status = 0
    code: int | None = None
    is_twilios = False
    is_transient = False
    retry_after_s = 0.0
    server_time: float | None = None

    @property
    def is_not_found(self) -> bool:
        """Whether Twilio does not know what was asked for."""
        return self.is_twilios and self.status == 404

    @property
    def is_too_many_requests(self) -> bool:
        """Whether Twilio turned the call away unread (https://www.twilio.com/docs/api/errors/20429)."""
        return self.status == 429 and self.code == _CODE_TOO_MANY_REQUESTS

    @property
    def is_test_credentials(self) -> bool:
        """Whether the credentials are right, but test credentials (https://www.twilio.com/docs/iam/test-credentials)."""
        return self.status == 403 and self.code == _CODE_TEST_CREDENTIALS

    @property
    def is_refusal(self) -> bool:
        """Whether Twilio itself read the call and turned it down: any 4xx but 408, which is a time-out."""
        return self.is_twilios and 400 <= self.status < 500 and self.status != 408

    @property
    def is_unauthorized(self) -> bool:
        """Whether Twilio does not let these credentials do this, now or later."""
        return self.is_twilios and self.status in (401, 403)


class ConnectionFailed(CallError):
    """No connection stood (name, TCP, proxy or TLS): nothing of the request was sent, nor will be."""

    is_unsent = True

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


class OtherAccount(UnexpectedResponse):
    """A response that is not the account that was asked for."""

    def __init__(self, status: int) -> None:
        super().__init__(status, "The response is not this account")


class ApiError(CallError):
    """A JSON object with an HTTP status of 400 or more.

    The text shows `body`, the response to the letter; `json` is what it holds.
    """

    def __init__(
        self, status: int, body: str, json: dict[str, Any], retry_after_s: float = 0.0, server_time: float | None = None
    ) -> None:
        super().__init__(f"Error from server. Status Code: {status} Data from server: {body}")
        self.status = status
        self.is_twilios = _is_twilios(status, json)
        self.code = json["code"] if self.is_twilios else None
        self.retry_after_s = retry_after_s
        self.server_time = server_time
        self.is_transient = status in (408, 429) or status >= 500


class InternalError(CallError):
    """An exception that nobody expected. Its own text may hold anything, so only its class is shown."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"Internal error ({type(error).__name__}).")


class Cancelled(CallError):
    """A person cancelled the run, so that the call was not made."""

    is_unsent = True

    def __init__(self) -> None:
        super().__init__("The run was cancelled.")


class HostDown(CallError):
    """There is an outage, so that the call was not made. `cause` was the last error of a call."""

    is_unsent = True

    def __init__(self, what: str, cause: CallError) -> None:
        super().__init__(f"{what} for {OUTAGE_S:.0f} seconds. The last error: {cause}")


class NotAsked(TwilioError):
    """A question was not sent, since it could not be given codes of its own; `why` is the end of a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Nothing was sent: {why}")
        self.why = why


class OperationFailed(TwilioError):
    """An operation failed. `cause` is the error of its last call, whose own text stands where no other is given."""

    def __init__(self, cause: CallError, text: str = "") -> None:
        super().__init__(text or str(cause))
        self.cause = cause


class NotSent(OperationFailed):
    """A resource was not created, and nothing was sent: the same is safe to repeat."""


class Refused(OperationFailed):
    """Twilio itself turned a create call down: repeating it changes nothing."""


class OutcomeUnknown(OperationFailed):
    """A create call went wrong so that it cannot be known whether Twilio took it.

    `what` is the thing that was to be created, with its article; `log` is where it was searched for; `search_error`
    is why the search failed, or was not made; None where it worked and found nothing, or several that it could be.
    """

    def __init__(self, cause: CallError, *, what: str, log: str, search_error: CallError | None) -> None:
        super().__init__(cause)
        self.what = what
        self.log = log
        self.search_error = search_error


class ChangeFailed(OperationFailed):
    """A message could not be redacted or deleted. `may_be_done`: whether Twilio may have done it all the same."""

    def __init__(self, cause: CallError, *, may_be_done: bool) -> None:
        super().__init__(cause)
        self.may_be_done = may_be_done

    @property
    def is_too_early(self) -> bool:
        """Whether the message is not final yet (https://www.twilio.com/docs/api/errors/20009)."""
        return self.cause.code == _CODE_NOT_FINAL


class MessageNotFound(OperationFailed):
    """The account has no such message: it was deleted, or belongs to another account."""

    def __init__(self, sid: str, cause: CallError) -> None:
        super().__init__(cause, f"The account has no message {sid}.")


class NumberNotFound(OperationFailed):
    """Twilio's Lookup has nothing at the address of a number."""

    def __init__(self, number: str, cause: CallError) -> None:
        super().__init__(cause, f"Twilio's Lookup does not know {number}.")


class FlowMissing(OperationFailed):
    """The Studio flow that asks for a key could be neither found nor made."""

    def __init__(self, cause: CallError) -> None:
        super().__init__(cause, f"The Studio flow that asks for the key could be neither found nor made: {cause}")


class AccountNotActive(TwilioError):
    """The account exists, but cannot send: it is suspended or closed."""

    def __init__(self, name: str, status: str) -> None:
        super().__init__(f"The Twilio account {name} is {status}, not {ACCOUNT_ACTIVE}, so it cannot send.")


def _is_twilios(status: int, json: dict[str, Any]) -> bool:
    """Whether an error has the form of Twilio's own (https://www.twilio.com/docs/usage/twilios-response#errors).

    A code alone does not make it so: others send one, too.
    """
    code = json.get("code")
    if not isinstance(code, int) or code < _MIN_ERROR_CODE:
        return False
    return json.get("status") == status or _is_at_twilio(json.get("more_info"))


def _is_at_twilio(url: object) -> bool:
    try:
        parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and (host == "twilio.com" or host.endswith(".twilio.com"))
