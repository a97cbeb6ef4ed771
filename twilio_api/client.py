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
"""Twilio's REST API as the app uses it: read the account, create a message, read a message."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from urllib3.exceptions import MaxRetryError
from urllib3.util.retry import Retry

from actions.asset import Asset
from twilio_api.clock import Clock
from twilio_api.errors import ErrorAnswer, GaveUp, OutcomeUnknown, StrangeAnswer, TwilioError, Unreachable
from twilio_api.transport import Answer, Wire, parse_date
from twilio_api.waiter import Message
from twilio_consts import (
    ACCOUNT_ACTIVE,
    BACKOFF_JITTER,
    BACKOFF_S,
    CALL_DEADLINE_S,
    CALL_RETRIES,
    CONNECT_TIMEOUT_S,
    LOG_LOOK_PAUSES_S,
    LOG_PAGE_SIZE,
    OUTAGE_BUDGET_S,
    TRIAL_PREFIX,
)


_T = TypeVar("_T")
# Twilio's SIDs are two capitals and 32 hex digits; being part of a path, they are held to letters and digits
_SID = re.compile(r"[A-Z]{2}[0-9A-Za-z]{1,64}")
_HIDDEN = "***"


class Account(NamedTuple):
    """What may be told of an account. The answer it is read from holds the auth token and goes no further."""

    friendly_name: str
    status: str  # active, suspended or closed
    type: str  # Trial or Full

    @property
    def is_active(self) -> bool:
        """Whether the account can send."""
        return self.status == ACCOUNT_ACTIVE


class TwilioClient:
    """Twilio for one run of the app, which sends no message twice and loses none.

    A create call is repeated only when it provably never reached Twilio (no connection) or Twilio turned it away
    unread (429 with code 20429): up to CALL_RETRIES times, with backoff, jitter and Retry-After. A refusal (4xx) is
    final. After anything else (reset, time out, 5xx, an answer that is no message) Twilio may have the message, and
    has no idempotency key that would make a repetition safe (https://www.twilio.com/docs/api/errors/20500); so the
    client looks for it in the account's message log, and says that it cannot be known if it is not found there.

    Reading the account is repeated after connection faults, 429 and 5xx. A look at a message or at the log is not: the
    next look is its repetition.

    Where no good answer (a JSON object, no 5xx) came for almost OUTAGE_BUDGET_S, every call raises GaveUp without a
    try, so that a run against a dead server ends within it.
    """

    def __init__(self, asset: Asset, clock: Clock | None = None) -> None:
        self._asset = asset
        self._clock = clock or Clock()
        self._account_url = f"{asset.base_url}/Accounts/{asset.account_sid}"
        self._claimed: set[str] = set()
        self._bad_since: float | None = None  # seconds of Clock.clock
        self._retries = Retry(total=CALL_RETRIES, backoff_factor=BACKOFF_S, redirect=False)
        self._wire = Wire(
            (asset.account_sid, asset.auth_token),
            to_real_s=self._clock.to_real_s,
            use_proxies=not asset.is_in_clear,
            redact=self._redact,
        )

    def __repr__(self) -> str:
        return f"TwilioClient({self._asset!r})"

    def close(self) -> None:
        """Close the connections to Twilio."""
        self._wire.close()

    def account(self) -> Account:
        """Read the account of the asset.

        Raises TwilioError; ErrorAnswer.means_test_credentials tells test credentials, which may not read it.
        """

        def read() -> Account:
            answer = self._call("GET", f"{self._account_url}.json")
            if str(answer.json.get("sid")).lower() != self._asset.account_sid.lower():
                raise StrangeAnswer(200, "The answer is not this account: check base_url of the asset")
            return Account(*(self._redact(str(answer.json.get(key))) for key in ("friendly_name", "status", "type")))

        return self._repeated(read, lambda error: error.passing)

    def create(self, to: str, body: str) -> Message:
        """Send `body` to the E.164 number `to`, once, and return the message as Twilio accepted it.

        Raises OutcomeUnknown where it cannot be known whether Twilio took it; any other TwilioError means that it did
        not.
        """
        form = {"To": to, "From": self._asset.from_phone, "Body": body}
        started = self._clock.monotonic()

        def attempt() -> Message:
            nonlocal started
            started = self._clock.monotonic()
            return self._message(self._call("POST", f"{self._account_url}/Messages.json", form=form))

        try:
            message = self._repeated(attempt, _never_taken)
        except TwilioError as error:
            if error.arrived is False:
                raise
            message = self._search_log(to, body, started, error)
        self._claimed.add(message.sid)
        return message

    def message(self, sid: str) -> Message:
        """Read a message by the SID that Twilio gave it; raises TwilioError. Safe to call from several threads."""
        found = self._message(self._call("GET", f"{self._account_url}/Messages/{sid}.json"))
        if found.sid != sid:
            raise StrangeAnswer(200, "The answer is another message")
        return found

    def _search_log(self, to: str, body: str, started: float, cause: TwilioError) -> Message:
        """Find the message of a create call that began at `started` in the message log, or raise OutcomeUnknown."""
        searched = "Twilio's message log does not show it."
        for pause in LOG_LOOK_PAUSES_S:
            self._clock.sleep(pause)
            try:
                found = self._look_into_log(to, body, started)
            except TwilioError as error:
                searched = f"Twilio's message log could not be read either ({error})."
                if error.barred:
                    break
            else:
                if found is not None:
                    return found
                searched = "Twilio's message log does not show it."
        raise OutcomeUnknown(cause, searched) from cause

    def _look_into_log(self, to: str, body: str, started: float) -> Message | None:
        """The first message to `to` with this text that Twilio created since `started` and no other call claimed.

        "Since" is told by the server's clock, its Date header, less the time that passed here; only where that header
        is missing does the local clock stand in. Twilio counts whole seconds, and so rounds the creation down.
        """
        answer = self._call(
            "GET",
            f"{self._account_url}/Messages.json",
            params={"To": to, "From": self._asset.from_phone, "PageSize": str(LOG_PAGE_SIZE)},
        )
        now = self._clock.time() if answer.server_time is None else answer.server_time
        since = int(now - (self._clock.monotonic() - started))
        rows = answer.json.get("messages")
        if not isinstance(rows, list):
            raise StrangeAnswer(200, "The answer is not a message log")
        for row in reversed(rows):  # oldest first
            if not isinstance(row, dict) or row.get("to") != to or row.get("body") not in (body, TRIAL_PREFIX + body):
                continue
            created = parse_date(row.get("date_created"))
            sid = _sid(row)
            if sid and sid not in self._claimed and created is not None and created >= since:
                return Message(sid, row)
        return None

    def _message(self, answer: Answer) -> Message:
        sid = _sid(answer.json)
        if not sid:
            raise StrangeAnswer(200, "The answer is not a message")
        return Message(sid, answer.json)

    def _repeated(self, call: Callable[[], _T], may_repeat: Callable[[TwilioError], bool]) -> _T:
        """Return what a call returns, repeating it with backoff while `may_repeat` allows; raises its last error."""
        retries = self._retries
        failure: TwilioError | None = None
        while True:
            try:
                return call()
            except GaveUp as error:
                raise failure or error from None
            except TwilioError as error:
                failure = error
                if not may_repeat(error):
                    raise
                try:
                    retries = retries.increment()
                except MaxRetryError:
                    raise error from None
            backoff = max(retries.get_backoff_time(), BACKOFF_S) * (1 + BACKOFF_JITTER * self._clock.random())
            self._clock.sleep(max(backoff, failure.retry_after_s))

    def _call(self, method: str, url: str, **request: Any) -> Answer:
        """Make one call, in the time that an outage leaves.

        A create call is only begun where a whole call fits, any other where a connection can still be opened.
        """
        began = self._clock.monotonic()
        left = OUTAGE_BUDGET_S - (began - self._bad_since if self._bad_since is not None else 0.0)
        if left < (CALL_DEADLINE_S if method == "POST" else CONNECT_TIMEOUT_S):
            raise GaveUp(self._asset.host, OUTAGE_BUDGET_S - left)
        try:
            answer = self._wire.call(method, url, deadline_s=min(CALL_DEADLINE_S, left), **request)
        except TwilioError as error:
            self._note(error.from_twilio, began)
            raise
        self._note(True, began)
        return answer

    def _note(self, was_good: bool, began: float) -> None:
        if was_good:
            self._bad_since = None
        elif self._bad_since is None:
            self._bad_since = began

    def _redact(self, text: str) -> str:
        """A server's text without the credentials, should it echo them."""
        token = self._asset.auth_token
        basic = base64.b64encode(f"{self._asset.account_sid}:{token}".encode()).decode()
        for secret in (basic, token, quote(token, safe="")):
            text = text.replace(secret, _HIDDEN)
        return text


def _sid(resource: dict[str, Any]) -> str:
    sid = resource.get("sid")
    return sid if isinstance(sid, str) and _SID.fullmatch(sid) else ""


def _never_taken(error: TwilioError) -> bool:
    """Whether a create call may be repeated: it never reached Twilio, or was turned away unread."""
    return error.was_too_many if isinstance(error, ErrorAnswer) else isinstance(error, Unreachable) and error.passing
