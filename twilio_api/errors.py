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
├── Unreachable      no connection, so nothing was sent
├── GaveUp           not even tried, after a long time without a good answer
├── NoAnswer         sent, but no whole answer came back
├── ErrorAnswer      an error in Twilio's form (a JSON object)
├── StrangeAnswer    anything else that is not what was asked for
└── OutcomeUnknown   a create call of which nobody can say whether Twilio took it
"""

from __future__ import annotations

from typing import Any

from twilio_api.error_advice import advice_for
from twilio_consts import CODE_TEST_CREDENTIALS, CODE_TOO_MANY_REQUESTS


class TwilioError(Exception):
    """Something went wrong on the way to Twilio or back.

    `passing`: whether the same call may well succeed a little later.
    `barred`: whether no later look at a message can succeed either.
    `arrived`: whether Twilio may have acted on the call: False if certainly not, None if nobody can say.
    `from_twilio`: whether Twilio answered and was in good health, so that there is no outage.
    `retry_after_s`: the pause in seconds that the server asked for, 0 where it asked for none.
    """

    passing = True
    barred = False
    arrived: bool | None = None
    from_twilio = False
    retry_after_s = 0.0


class Unreachable(TwilioError):
    """No connection could be opened (name, network, proxy or TLS), so nothing was sent."""

    arrived = False

    def __init__(self, host: str, reason: str, *, passing: bool = True) -> None:
        super().__init__(
            f"Could not connect to {host}: {reason}. Nothing was sent. "
            "Check base_url of the asset, and the network and proxy of this machine."
        )
        self.passing = passing


class GaveUp(TwilioError):
    """Nothing was tried, since no good answer came for too long."""

    arrived = False
    passing = False
    barred = True

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(
            f"Nothing was sent: {host} gave no good answer for {seconds:.0f} seconds before. "
            "Check that Twilio is reachable and run the action again."
        )


class NoAnswer(TwilioError):
    """The call was sent, but no whole answer came back."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"No answer from {host}: {reason}")


class ErrorAnswer(TwilioError):
    """An error as Twilio sends it: a JSON object with an HTTP status of 400 or more.

    `status` is the HTTP status; `code`, `text` and `more_info` are Twilio's own (https://www.twilio.com/docs/api/errors),
    None or empty where the answer has none; `body` is the answer to the letter.
    """

    def __init__(self, status: int, body: str, answer: dict[str, Any], retry_after_s: float = 0.0) -> None:
        code = answer.get("code")
        self.status = status
        self.code: int | None = code if isinstance(code, int) else None
        self.text = str(answer.get("message") or "")
        self.more_info = str(answer.get("more_info") or "")
        self.body = body
        self.retry_after_s = retry_after_s
        self.passing = status in (408, 429) or status >= 500
        self.barred = status in (401, 403)
        self.arrived = None if status == 408 or status >= 500 else False
        self.from_twilio = status < 500
        advice = advice_for(self.code)
        super().__init__(
            f"Error from server. Status Code: {status} Data from server: {body}{' ' if advice else ''}{advice}"
        )

    @property
    def was_too_many(self) -> bool:
        """Whether Twilio turned the call away unread, so that it may be repeated (https://www.twilio.com/docs/api/errors/20429)."""
        return self.status == 429 and self.code == CODE_TOO_MANY_REQUESTS

    @property
    def means_test_credentials(self) -> bool:
        """Whether the credentials are right, but test credentials (https://www.twilio.com/docs/iam/test-credentials)."""
        return self.status == 403 and self.code == CODE_TEST_CREDENTIALS


class StrangeAnswer(TwilioError):
    """An answer that is not Twilio's: a proxy's page, a redirect, an empty or cut-off body.

    `status` is its HTTP status.
    """

    def __init__(self, status: int, what: str, retry_after_s: float = 0.0) -> None:
        self.status = status
        self.retry_after_s = retry_after_s
        refused = 400 <= status < 500 and status != 408
        self.passing = not refused or status == 429
        self.arrived = False if refused else None
        super().__init__(f"Status Code: {status}. {what}")


class AccountNotActive(TwilioError):
    """The account exists, but cannot send: it is suspended or closed."""

    arrived = False
    passing = False

    def __init__(self, name: str, status: str) -> None:
        super().__init__(f"The Twilio account {name} is {status}, so it cannot send. See the Twilio console.")


class OutcomeUnknown(TwilioError):
    """A create call went wrong so that it cannot be known whether Twilio took the message."""

    passing = False

    def __init__(self, cause: TwilioError, searched: str) -> None:
        super().__init__(
            f"{_sentence(cause)} It cannot be known whether Twilio took the message; it was not sent again. {searched} "
            "Look into Twilio's message log before you send it once more."
        )


def _sentence(error: TwilioError) -> str:
    text = str(error)
    return text if text.endswith((".", "}")) else f"{text}."
