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
"""A transport that hands each call to a local Twilio in memory, in virtual time: nothing waits, nothing is random.

It has the interface of twilio_api.transport.Transport, and its errors are the very ones that the real one raises.
"""

from __future__ import annotations

import asyncio
import http.client
import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from random import Random
from typing import Any, BinaryIO, NamedTuple, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from urllib3 import HTTPResponse

from sandbox.twilio import Fault, LocalTwilio, RecordedRequest
from sandbox.twilio.fault_effects import changed_response
from sandbox.twilio.handling import handle
from sandbox.twilio.responses import Response as Served
from sandbox.virtual_time import VirtualClock, VirtualTimeLoop
from twilio_api.errors import ApiError, CallError, ConnectionFailed, NoResponse, UnexpectedResponse
from twilio_api.response import Redirect, Response, StoredFile, host_of, read_file, read_response
from twilio_consts import FILE_DEADLINE_S, MAX_BODY_BYTES, READ_TIMEOUT_S, REQUEST_DEADLINE_S, USER_AGENT


_T = TypeVar("_T")


class MemoryRequest(NamedTuple):
    """A call that is about to be made: `at` is when, in seconds of the clock."""

    method: str
    url: str
    path: str
    params: Mapping[str, str]
    form: Mapping[str, Any]
    at: float

    @property
    def is_create(self) -> bool:
        """Whether it creates a message, a call or an execution."""
        return self.method == "POST" and self.path.endswith(("/Messages.json", "/Calls.json", "/Executions"))


class EndedCall(NamedTuple):
    """A call that has ended: when its request left (None: it never did), when it ended, and the response if any came.

    Times are seconds of the clock.
    """

    request: MemoryRequest
    left_at: float | None
    ended_at: float
    response: object


@dataclass(frozen=True)
class Trouble:
    """What befalls a call on its way.

    `connect_s` passes before the request leaves; `refusal` then says why it never does ("the connection was refused"),
    and `is_transient` whether that may change. `lost` says that the connection breaks while the response is on its way,
    `lost_before` before the request arrives. `response_s` passes before the response comes. `fault` is what the local
    Twilio does with the request. `response` comes to the letter in place of Twilio's, which handled the request unless
    it was lost before. `error` is what the call comes to in the end. All times in seconds.
    """

    connect_s: float = 0.0
    refusal: str = ""
    is_transient: bool = True
    lost_before: bool = False
    lost: bool = False
    response_s: float = 0.0
    fault: Fault | None = None
    response: bytes | None = None
    error: CallError | None = None


BASE_URL = "https://api.twilio.com/2010-04-01"  # whose host only this transport serves
REFUSED = Trouble(refusal="the connection was refused")
SILENT = Trouble(lost_before=True, response_s=10_000.0)  # a host that is dead behind a connection that stands
DEAD = Trouble(connect_s=4.0, refusal="timed out while connecting")
_HANGS = {Fault.HANG_BEFORE, Fault.HANG_AFTER}
_BREAKS = {Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.CLOSE_AFTER}


def _no_trouble(request: MemoryRequest) -> Trouble | None:
    return None


class Network:
    """The way to a local Twilio: how long it takes, and what goes wrong on it. All runs of a test may share it.

    `trouble` is asked about each call. `round_trip_s` is in seconds. `calls` holds all that were made; `under_way`
    counts those that are, and `ended` holds those that are over.
    """

    def __init__(self, twilio: LocalTwilio, clock: VirtualClock, *, round_trip_s: float = 0.0) -> None:
        self.twilio = twilio
        self.clock = clock
        self.round_trip_s = round_trip_s
        self.trouble: Callable[[MemoryRequest], Trouble | None] = _no_trouble
        self.calls: list[MemoryRequest] = []
        self.ended: list[EndedCall] = []
        self.connections = itertools.count(1)
        self.under_way = 0

    def prepare(self, app: Any, rng: Random, *, skew_s: float = 0.0) -> Any:
        """Return the app for one run over this network, in virtual time; `skew_s` sets its wall clock wrong."""
        app.new_event_loop = lambda: VirtualTimeLoop(self.clock)
        app.new_transport = self.transport
        app.rng = rng
        app.time = lambda: self.clock.time() + skew_s
        return app

    def transport(self, auth: tuple[str, str], redact: Callable[[str], str]) -> MemoryTransport:
        """Return a transport, as TwilioConnector.new_transport does."""
        return MemoryTransport(self, auth, redact)


class MemoryTransport:
    """Makes the calls of one run over a Network.

    A request that has left arrives, whoever gives the call up meanwhile; one that has not never does.
    """

    def __init__(self, network: Network, auth: tuple[str, str], redact: Callable[[str], str]) -> None:
        self._network = network
        self._auth = auth
        self._redact = redact
        self._free: list[int] = []  # numbers of connections that no call uses

    def close(self) -> None:
        """Close nothing."""

    async def call(
        self, method: str, url: str, fields: Mapping[str, Any] | None = None, *, deadline_s: float = REQUEST_DEADLINE_S
    ) -> Response:
        """Make one call, as Transport.call does."""
        return await self._exchange(
            _Call(self._network, method, url, fields or {}, self._auth, deadline_s),
            lambda raw, sent_at: read_response(raw, self._redact, sent_at),
        )

    async def download(
        self, url: str, file: BinaryIO, *, with_credentials: bool, deadline_s: float = FILE_DEADLINE_S
    ) -> StoredFile | Redirect:
        """Read a file, as Transport.download does."""
        return await self._exchange(
            _Call(self._network, "GET", url, {}, self._auth if with_credentials else None, deadline_s),
            lambda raw, sent_at: read_file(raw, file.write, self._redact),
        )

    async def _exchange(self, call: _Call, read: Callable[[Any, float | None], _T]) -> _T:
        network = self._network
        network.calls.append(call.request)
        network.under_way += 1
        call.connection = self._free.pop() if self._free else next(network.connections)
        response: _T | None = None
        try:
            raw = await call.make(network.trouble(call.request) or Trouble())
            response = read(raw, call.left_at)
            self._free.append(call.connection)
            return response
        except CallError as error:
            if isinstance(error, ApiError):
                self._free.append(call.connection)
            error.sent_at = None if error.is_unsent else call.left_at
            raise
        finally:
            network.under_way -= 1
            network.ended.append(EndedCall(call.request, call.left_at, network.clock.monotonic(), response))


class _Call:
    """One call: `left_at` is when its request left, in seconds of the clock; None before."""

    def __init__(
        self,
        network: Network,
        method: str,
        url: str,
        fields: Mapping[str, Any],
        credentials: tuple[str, str] | None,
        deadline_s: float,
    ) -> None:
        parts = urlsplit(url)
        query, form = (fields, {}) if method == "GET" else ({}, fields)
        query = {**dict(parse_qsl(parts.query)), **query}
        self.request = MemoryRequest(method, url, parts.path, query, form, network.clock.monotonic())
        self.connection = 0
        self.left_at: float | None = None
        self._network = network
        self._host = host_of(url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._credentials = credentials
        self._deadline_s = deadline_s
        self._status = 0  # of the response, once its head is here

    async def make(self, trouble: Trouble) -> Any:
        """Make it, and return the response as urllib3 gives it to the app; raises CallError."""
        network, clock = self._network, self._network.clock
        await self._pass(trouble.connect_s)
        if trouble.refusal:
            raise ConnectionFailed(self._host, trouble.refusal, is_transient=trouble.is_transient)
        self.left_at = clock.monotonic()
        way_s = network.round_trip_s / 2
        handled: asyncio.Future[tuple[Served, Fault | None]] = asyncio.get_running_loop().create_future()
        clock.call_later(way_s, lambda: self._arrive(trouble, handled))
        await self._pass(way_s + network.twilio.latency_s)
        served, fault = await handled
        back_s = way_s + trouble.response_s
        if trouble.error is not None:
            await self._pass(back_s)
            # Raised anew: with a traceback it would keep all that stood on the stack when it was raised before
            raise trouble.error.with_traceback(None)
        silent_s = self.left_at + READ_TIMEOUT_S - clock.monotonic()
        if fault in _HANGS or back_s > silent_s:
            await self._pass(silent_s)
            raise NoResponse(self._host, f"it was silent for {READ_TIMEOUT_S:g} seconds")
        if fault in (Fault.DRIP_HEADERS, Fault.DRIP_BODY):
            await self._pass(way_s)
            self._status = served.status if fault is Fault.DRIP_BODY else 0
            await self._pass(math.inf)
        await self._pass(back_s)
        if fault in _BREAKS or trouble.lost or (trouble.lost_before and trouble.response is None):
            raise NoResponse(self._host, "the connection broke")
        return _raw(served, fault) if trouble.response is None else self._parsed(trouble.response)

    async def _pass(self, seconds: float) -> None:
        """Let so many seconds pass. Raises CallError at the deadline."""
        remaining_s = self.request.at + self._deadline_s - self._network.clock.monotonic()
        if seconds > 0.0:
            await asyncio.sleep(min(seconds, remaining_s))
        if seconds <= remaining_s:
            return
        late = f"not complete after {self._deadline_s:.3g} seconds"
        if self.left_at is None:
            raise ConnectionFailed(self._host, "timed out while connecting")
        if self._status:
            raise UnexpectedResponse(self._status, f"The response was {late}")
        raise NoResponse(self._host, f"it was {late}")

    def _arrive(self, trouble: Trouble, handled: asyncio.Future[tuple[Served, Fault | None]]) -> None:
        """Let the local Twilio handle the request, whether or not anybody still waits for the response."""
        twilio = self._network.twilio
        response, fault = Served(), trouble.fault
        is_lost = trouble.lost_before or (fault is not None and not fault.is_processed)
        if not is_lost:
            response, met = handle(twilio, self._recorded(), twilio.throttle.begin())
            fault = fault or met

        def leave() -> None:
            if not is_lost:
                twilio.throttle.end()
            if not handled.done():
                handled.set_result((response, fault))

        if twilio.latency_s:
            self._network.clock.call_later(twilio.latency_s, leave)
        else:
            leave()

    def _recorded(self) -> RecordedRequest:
        """The request as the local Twilio receives it."""
        request = self.request
        form = {name: value for name, value in request.form.items() if value not in (None, [])}
        return RecordedRequest(
            method=request.method,
            path=unquote(request.path),
            query={name: str(value) for name, value in request.params.items()},
            form={name: str(value[0] if isinstance(value, list) else value) for name, value in form.items()},
            media_urls=tuple(form.get("MediaUrl", ())),
            origin=self._origin,
            credentials=self._credentials,
            user_agent=USER_AGENT,
            time=self._network.twilio.clock(),
            connection=self.connection,
        )

    def _parsed(self, data: bytes) -> HTTPResponse:
        """The response that these bytes are, as the standard library reads it from a socket."""
        found = http.client.HTTPResponse(_Bytes(data), method=self.request.method)  # type: ignore[arg-type]
        try:
            found.begin()
        except OSError:
            raise NoResponse(self._host, "the connection broke") from None
        except Exception:  # http.client has many
            raise NoResponse(self._host, "what it sent is not HTTP") from None
        return HTTPResponse(
            found,
            headers=dict(found.headers.items()),
            status=found.status,
            preload_content=False,
            request_method=self.request.method,
            original_response=found,
        )


class _Bytes:
    """The end of a connection that has received these bytes, and will receive no more."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *args: Any, **options: Any) -> Any:
        """Return them as a file."""
        return BytesIO(self._data)


class _Raw:
    """A response of the local Twilio, as far as the app asks urllib3 for it."""

    def __init__(self, response: Served, content: bytes, length: int) -> None:
        self.status = response.status
        self.headers = response.headers
        self.length_remaining = length
        self._content = BytesIO(content)

    def read(self, size: int, decode_content: bool) -> bytes:
        """Return the next bytes of the body."""
        data = self._content.read(size)
        self.length_remaining -= len(data)
        return data


def _raw(response: Served, fault: Fault | None) -> _Raw:
    """The response as it arrives with a fault."""
    content, length = response.content, len(response.content)
    if fault is Fault.CUT_OFF_AFTER:
        content = content[: length // 2]
    elif fault is Fault.ENDLESS_BODY:
        content = b" " * (MAX_BODY_BYTES + 1)
    elif fault is not None:
        response = changed_response(fault, response, "http://localhost") or response
        content, length = response.content, len(response.content)
    return _Raw(response, content, length)
