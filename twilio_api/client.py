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
"""What every call to Twilio shares: addresses, credentials, connections, repetition, outages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from twilio_api.circuit_breaker import CircuitBreaker
from twilio_api.clock import Clock
from twilio_api.connection_limit import ConnectionLimit
from twilio_api.errors import ApiError, CallError, HostDown, InternalError, ReadFailed, UnexpectedResponse
from twilio_api.response import Response
from twilio_api.retries import backoff_s, next_pause_s
from twilio_api.server_clock import ServerClock
from twilio_api.transport import Transport, ignore
from twilio_consts import CANCEL_CHECK_S, OUTAGE_S


_T = TypeVar("_T")
_API_HOST = "api."
NO_CONTENT = 204  # the status of a response that has no body, such as that of a DELETE
Prepare = Callable[[], None]


class Credentials(NamedTuple):
    """Who calls: an account, and its auth token or an API key and its secret. The secret is not part of the repr."""

    account_sid: str
    user: str  # the account's SID, or the API key's
    secret: str

    def __repr__(self) -> str:
        return f"Credentials({self.account_sid}, {self.user})"


def _never() -> bool:
    return False


class TwilioClient:
    """Twilio for one run of the app. Safe to use from several threads.

    - `call` makes one call. Every failure is a CallError, whatever was raised inside.
    - `read` repeats a call that only reads, with backoff, for up to OUTAGE_S from its first failure; `repeat` does so
      with any call that does no harm when it is made several times.
    - Create calls go through `creation.create_once`, which knows what may be repeated.
    - At most MAX_CONNECTIONS calls are under way at a time, reads first.
    - Two circuit breakers notice an outage: one counts all calls, one counts create calls alone.
    """

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        clock: Clock | None = None,
        *,
        is_cancelled: Callable[[], bool] = _never,
    ) -> None:
        self.clock = clock or Clock()
        self.server_clock = ServerClock(self.clock)
        self.credentials = credentials
        self.account_url = f"{base_url}/Accounts/{credentials.account_sid}"
        self.is_cancelled = is_cancelled
        self._base_url = base_url
        self._limit = ConnectionLimit()
        self._all_calls = CircuitBreaker(self.clock)
        self._create_calls = CircuitBreaker(self.clock)
        self._redactor: Callable[[str], str] | None = None
        self._transport = Transport((credentials.user, credentials.secret), clock=self.clock, redact=self.redact)

    def __repr__(self) -> str:
        return f"TwilioClient({self._base_url}, {self.credentials!r})"

    @property
    def host(self) -> str:
        """Twilio's host and port, for a person."""
        return urlsplit(self._base_url).netloc

    def product_url(self, product: str) -> str:
        """Return the origin of another product of Twilio's, such as "studio".

        Its host has the product's name for the `api` of base_url. A base_url of another form, such as that of a local
        stand-in, serves all products.
        """
        parts = urlsplit(self._base_url)
        host = parts.netloc
        if host.lower().startswith(_API_HOST):
            host = f"{product}.{host[len(_API_HOST) :]}"
        return f"{parts.scheme}://{host}"

    def redact(self, text: str) -> str:
        """Return a server's text without the credentials, in whatever spelling."""
        if self._redactor is None:
            from twilio_api.redaction import Redactor  # only a text that is shown need cost its import

            self._redactor = Redactor(self.credentials.user, self.credentials.secret)
        return self._redactor(text)

    def close(self) -> None:
        """Close the connections to Twilio."""
        self._transport.close()

    def call(
        self,
        method: str,
        url: str,
        parse: Callable[[Response], _T],
        *,
        params: dict[str, str] | None = None,
        form: dict[str, Any] | None = None,
    ) -> _T:
        """Make one call that creates nothing, and return what `parse` makes of the response. Raises CallError.

        `parse` raises CallError where the response is not what was asked for.
        """
        with self._limit.reading(), self._all_calls.operation():
            try:
                found = self._exchange(method, url, parse, params=params, form=form)
            except CallError as error:
                self._note(error, (self._all_calls,), is_healthy=_is_healthy(error))
                raise
        self._all_calls.succeeded()
        return found

    def create(
        self,
        url: str,
        parse: Callable[[Response], _T],
        form: dict[str, Any],
        prepare: Prepare,
        on_send: Callable[[], object] = ignore,
    ) -> _T:
        """Make one call that creates something, once. Only `creation.create_once` may use it.

        `prepare` is called when a connection is free, before anything can be sent; what it raises ends the call.
        `on_send` is called when the request is about to leave, by another thread.
        """
        with self._limit.creating() as began:
            prepare()
            try:
                found = self._exchange("POST", url, parse, form=form, on_send=on_send)
            except CallError as error:
                is_healthy = _is_healthy(error) and error.status != 429
                self._note(error, (self._all_calls, self._create_calls), is_healthy=is_healthy)
                if not is_healthy:
                    self._limit.decrease(began)
                raise
        self._all_calls.succeeded()
        self._create_calls.succeeded()
        self._limit.increase()
        return found

    def read(self, url: str, parse: Callable[[Response], _T], *, params: dict[str, str] | None = None) -> _T:
        """Read something, repeating the call for up to OUTAGE_S from its first failure; raises ReadFailed."""
        try:
            return self.repeat(lambda: self.call("GET", url, parse, params=params))
        except CallError as error:
            raise ReadFailed(error) from error

    def repeat(self, call: Callable[[], _T]) -> _T:
        """Make a call that may safely be made several times: again after a transient failure, with backoff.

        That goes on for up to OUTAGE_S from the first failure, unless the run is cancelled. Raises the last CallError.
        """
        failed_at: float | None = None
        tries = 0
        with self._all_calls.operation():
            while True:
                began = self.clock.monotonic()
                try:
                    return call()
                except CallError as error:
                    failure = error
                failed_at = began if failed_at is None else failed_at
                tries += 1
                left = failed_at + OUTAGE_S - self.clock.monotonic()
                pause = next_pause_s(backoff_s(tries, self.clock.random()), failure.retry_after_s, left)
                if pause is None or not failure.is_transient or not self.pause(pause):
                    raise failure

    @contextmanager
    def creating(self) -> Iterator[None]:
        """Count the time inside as time in which create calls are made."""
        with self._all_calls.operation(), self._create_calls.operation():
            yield

    def outage(self) -> HostDown | None:
        """Say why nothing may be created now; None where it may."""
        circuit = self.outage_of_all_calls()
        if circuit is not None:
            return circuit
        error = self._create_calls.outage()
        return None if error is None else HostDown(f"{self.host} took no create call", error)

    def outage_of_all_calls(self) -> HostDown | None:
        """Say why no call is worth making now; None where some have healthy responses."""
        error = self._all_calls.outage()
        return None if error is None else HostDown(f"{self.host} gave no healthy response", error)

    def pause(self, seconds: float, stop: Callable[[], object] = _never) -> bool:
        """Sleep, and say whether to go on: False as soon as the run is cancelled or `stop` says so."""
        until = self.clock.monotonic() + seconds
        while not (self.is_cancelled() or stop()):
            left = until - self.clock.monotonic()
            if left <= 0.0:
                return True
            self.clock.sleep(min(left, CANCEL_CHECK_S))
        return False

    def _exchange(
        self,
        method: str,
        url: str,
        parse: Callable[[Response], _T],
        *,
        params: dict[str, str] | None = None,
        form: dict[str, Any] | None = None,
        on_send: Callable[[], object] = ignore,
    ) -> _T:
        departures = [self.clock.monotonic()]

        def depart() -> None:
            departures.append(self.clock.monotonic())
            on_send()

        try:
            response = self._transport.call(method, url, params=params, form=form, on_send=depart)
            self.server_clock.note(departures[-1], response.server_time)
            if response.status >= 400:
                raise ApiError(response.status, response.text, response.json, response.retry_after_s)
            return parse(response)
        except UnexpectedResponse as error:
            if error.status != NO_CONTENT:
                raise
            return parse(Response(NO_CONTENT, {}, "", 0.0, None))  # whether no body is right, the caller knows
        except CallError:
            raise
        except Exception as error:  # of no library may one end a run
            raise InternalError(error) from error

    def _note(self, error: CallError, breakers: tuple[CircuitBreaker, ...], *, is_healthy: bool) -> None:
        """Note an error: a healthy response, such as Twilio's refusal, or a sign of an outage."""
        for breaker in breakers:
            if is_healthy:
                breaker.succeeded()
            else:
                breaker.failed(error)


def _is_healthy(error: CallError) -> bool:
    """Whether a call reached a Twilio that is well, though it was turned down."""
    return error.is_twilios and error.status < 500
