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

import asyncio
import math
import time as _time
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TypeVar
from urllib.parse import urlsplit

from twilio_api.connections import Connections
from twilio_api.errors import CallError, Cancelled, InternalError, NoResponse
from twilio_api.outage import Outage, is_healthy
from twilio_api.response import Redirect, Response, StoredFile, host_of
from twilio_consts import REPEAT_S


if TYPE_CHECKING:
    from twilio_api.transport import Fields, Transport


_T = TypeVar("_T")
Parse = Callable[[Response], _T]  # it raises UnexpectedResponse where a response is not what was asked for
_Sent = TypeVar("_Sent")
_API_HOST = "api."
_BACKOFF_S, _MAX_BACKOFF_S = 0.5, 5.0  # before the first repetition, doubled for each further one
_STOP_CHECK_S = 0.25
_BACKOFF_JITTER = 0.5  # up to this share more, so that many runs do not repeat in step


class Credentials(NamedTuple):
    """Who calls: an account, and its auth token or an API key and its secret. The secret is not part of the repr."""

    account_sid: str
    user: str  # the account's SID, or the API key's
    secret: str

    def __repr__(self) -> str:
        return f"Credentials({self.account_sid}, {self.user})"

    def redact(self, text: str) -> str:
        """Return a server's text, but nothing of one that shows the secret."""
        from twilio_api.redaction import Redactor  # only a text that is shown need cost its import

        return Redactor(self.user, self.secret)(text)


@dataclass(eq=False, repr=False)
class TwilioClient:
    """Twilio for one run: coroutines of one event loop use it, and nobody else.

    - `call` makes one call. Every failure is a CallError, whatever was raised inside.
    - `read` repeats a call that only reads, with backoff, for up to REPEAT_S from its first failure; `repeat` does so
      with any call that does no harm when it is made several times. `on_repeat` is told the error before each pause.
    - Create calls go through `creation.create_once`, which knows what may be repeated.
    - A person may cancel the run: `cancelled` is done as soon as that is known, so that whoever sleeps wakes.
    - Each host has two outages: only create calls that fail stop creating, while calls of any kind stop reading. Reads
      that work say nothing for create calls.
    """

    base_url: str
    credentials: Credentials
    transport: Transport
    loop: asyncio.AbstractEventLoop
    rng: Random
    time: Callable[[], float] = _time.time  # seconds since the epoch; may be wrong, so it only stands in for Twilio's
    asks_cancelled: Callable[[], bool] = lambda: False
    on_repeat: Callable[[CallError], object] = lambda error: None
    account_url: str = field(init=False)
    cancelled: asyncio.Future[None] = field(init=False)
    connections: Connections = field(default_factory=Connections)
    claimed: set[str] = field(default_factory=set)  # SIDs that this run knows as its own: none is taken for another one
    _outages: dict[str, Outage] = field(default_factory=dict)
    _clock_ahead_s: tuple[float, float] = (-math.inf, math.inf)  # Twilio's, of the loop's: least, most

    def __post_init__(self) -> None:
        self.account_url = f"{self.base_url}/Accounts/{self.credentials.account_sid}"
        self.cancelled = self.loop.create_future()

    def __repr__(self) -> str:
        return f"TwilioClient({self.base_url}, {self.credentials!r})"

    @property
    def host(self) -> str:
        """Twilio's host and port, for a person."""
        return host_of(self.base_url)

    @property
    def now(self) -> float:
        """Seconds of the event loop."""
        return self.loop.time()

    @property
    def server_now(self) -> float:
        """Seconds since the epoch by Twilio's clock, at least; by this machine's as long as no response showed it."""
        known = self.server_times(self.now)
        return self.time() if known is None else known[0]

    def ask_cancelled(self) -> bool:
        """Ask whether a person cancelled the run, and wake whoever sleeps if so. An exception is no cancellation."""
        with suppress(Exception):
            if not self.cancelled.done() and self.asks_cancelled():
                self.cancelled.set_result(None)
        return self.cancelled.done()

    def server_times(self, moment: float) -> tuple[float, float] | None:
        """Return what Twilio's clock showed at a moment of the event loop: at least, and at most.

        None where it never showed. A response is dated at some moment between its request and its end, in whole
        seconds, so that each narrows it down.
        """
        least, most = self._clock_ahead_s
        return None if math.isinf(most) else (moment + least, moment + most)

    def product_url(self, product: str) -> str:
        """Return the origin of another product of Twilio's, such as "studio".

        Its host has the product's name for the `api` of base_url. A base_url of another form, such as that of a local
        stand-in, serves all products.
        """
        parts = urlsplit(self.base_url)
        host = parts.netloc
        if host.lower().startswith(_API_HOST):
            host = f"{product}.{host[len(_API_HOST) :]}"
        return f"{parts.scheme}://{host}"

    # --- calls that create nothing

    async def call(
        self, method: str, url: str, parse: Parse[_T], fields: Fields = None, *, despite_cancel: bool = False
    ) -> _T:
        """Make one call that creates nothing, and return what `parse` makes of the response. Raises CallError.

        `parse` raises CallError where the response is not what was asked for. A cancelled run ends the call at once
        with Cancelled, but for one that is made `despite_cancel`.
        """
        call = self._connected(url, partial(self.transport.call, method, url, fields), parse)
        return await (call if despite_cancel else unless({self.cancelled}, call))

    async def read(self, url: str, parse: Parse[_T], query: Fields = None) -> _T:
        """Read something, repeating the call for up to REPEAT_S from its first failure. Raises CallError."""
        return await self.repeat(lambda: self.call("GET", url, parse, query))

    async def download(self, url: str, file: BinaryIO, *, with_credentials: bool) -> StoredFile | Redirect:
        """Write what is at an address into a file, once, or return where the server redirects to. Raises CallError."""
        send = partial(self.transport.download, url, file, with_credentials=with_credentials)
        return await unless({self.cancelled}, self._connected(url, send, lambda found: found))

    async def repeat(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """Make a call that may safely be made several times: again after a transient failure, with backoff.

        That goes on for up to REPEAT_S from the first failure, unless the run is cancelled. Raises the last CallError.
        """
        failed_at: float | None = None
        tries = 0
        while True:
            began = self.now
            try:
                return await call()
            except CallError as error:
                failure = error
            failed_at = began if failed_at is None else failed_at
            tries += 1
            pause = self.next_pause_s(tries, failure, failed_at + REPEAT_S)
            if pause is None or not failure.is_transient:
                raise failure
            self.on_repeat(failure)
            if not await self.pause(pause):
                raise failure

    def next_pause_s(self, tries: int, failure: CallError, end_at: float) -> float | None:
        """Return the pause in seconds before a call that failed is repeated; None where no time is left for that.

        Exponential backoff with jitter, no shorter than the server asked for. The last try comes when the time is over.
        """
        left = end_at - self.now
        if left <= 0.0 or failure.retry_after_s > left:
            return None
        return min(max(backoff_s(tries, self.rng.random()), failure.retry_after_s), left)

    async def pause(self, seconds: float) -> bool:
        """Sleep, and say whether to go on: False as soon as the run is cancelled."""
        await asyncio.wait({self.cancelled}, timeout=max(seconds, 0.0))
        return not self.cancelled.done()

    async def within(self, seconds: float, awaited: Awaitable[_T]) -> _T:
        """Return what comes of some calls within so many seconds, after which they are given up. Raises CallError."""
        task = asyncio.ensure_future(awaited)
        try:
            await asyncio.wait({task}, timeout=seconds)
        finally:
            if not task.done():
                task.cancel()
        if not task.done():
            raise NoResponse(self.host, f"too many calls were under way for {seconds:g} seconds")
        return task.result()

    # --- for create_once

    async def create(self, url: str, parse: Parse[_T], form: Fields) -> _T:
        """Make one call that creates something, once. Only `creation.create_once` may use it, holding a connection.

        A cancelled run does not break it off, which would only make its outcome unknown. Raises CallError.
        """
        return await self._noted(url, self.transport.call("POST", url, form), parse)

    # --- one call

    def outage(self, url: str, *, of_creates: bool = False) -> Outage:
        """Return what shows whether a host is down: of all its calls or, with `of_creates`, of create calls alone."""
        what = f"{host_of(url)} {'accepted no message or call' if of_creates else 'gave no healthy response'}"
        return self._outages.setdefault(what, Outage(what))

    async def _connected(self, url: str, send: Callable[[], Awaitable[_Sent]], parse: Callable[[_Sent], _T]) -> _T:
        """Make one call that creates nothing, as soon as a connection is free for it."""
        async with self.connections.one():
            return await self._noted(url, send(), parse)

    async def _noted(self, url: str, sent: Awaitable[_Sent], parse: Callable[[_Sent], _T]) -> _T:
        """Return what `parse` makes of what came, and note whether the host is well and what its clock shows."""
        began, outage = self.now, self.outage(url)
        came: _Sent | None = None
        try:
            came = await sent
            found = parse(came)
        except Exception as error:  # no exception of a library may end a run
            failure = error if isinstance(error, CallError) else InternalError(error)
            self._note_failure(failure, came, began, outage)
            raise failure from (error.__cause__ if failure is error else error)
        if isinstance(came, Response):
            self._note_clock(came)
        outage.succeeded(self.now)
        return found

    def _note_failure(self, failure: CallError, came: object, began: float, outage: Outage) -> None:
        if isinstance(came, Response):
            failure.sent_at = came.sent_at
        if failure.is_twilios:
            self._note_clock(failure)
        if is_healthy(failure):
            outage.succeeded(self.now)
        else:
            outage.failed(began, self.now, failure)

    def _note_clock(self, response: Response | CallError) -> None:
        """Learn from the date of a response of Twilio's; one that contradicts what was known replaces it."""
        if response.server_time is None:
            return
        least = response.server_time - self.now
        most = response.server_time + 1.0 - (self.now if response.sent_at is None else response.sent_at)
        known_least, known_most = self._clock_ahead_s
        if max(least, known_least) <= min(most, known_most):
            least, most = max(least, known_least), min(most, known_most)
        self._clock_ahead_s = least, most


async def unless(
    ends: Collection[asyncio.Future[Any]], awaited: Awaitable[_T], may_stop: Callable[[], bool] = lambda: True
) -> _T:
    """Return what comes of something. Where one of `ends` is done before, give it up, and raise Cancelled.

    `may_stop` says whether it can be given up now. Where it cannot, that is asked again and again until it has ended.
    """
    task = asyncio.ensure_future(awaited)
    try:
        if not any(end.done() for end in ends):  # else not even its first step is made
            await asyncio.wait({task, *ends}, return_when=asyncio.FIRST_COMPLETED)
        while not (task.done() or may_stop()):
            await asyncio.wait({task}, timeout=_STOP_CHECK_S)
    finally:
        if task.cancel():
            await asyncio.wait({task})  # not gather, which takes a turn of the loop more until Python 3.12
        if not task.cancelled():
            task.exception()  # also one that came at the same moment
    if task.cancelled():
        raise Cancelled
    return task.result()


def backoff_s(tries: int, random: float) -> float:
    """Return the pause in seconds after so many tries: exponential, with jitter. `random` is from 0 up to 1."""
    return float(min(_BACKOFF_S * 2.0 ** (tries - 1), _MAX_BACKOFF_S) * (1.0 + _BACKOFF_JITTER * random))
