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
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from random import Random
from typing import Any, BinaryIO, NamedTuple, TypeVar
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from urllib3 import HTTPResponse
from werkzeug.wrappers import Response as WerkzeugResponse

from sandbox.twilio import Fault, LocalTwilio
from sandbox.twilio.fault_effects import Exchange, apply_fault
from sandbox.twilio.handling import handle
from sandbox.virtual_time import VirtualClock, VirtualTimeLoop
from twilio_api.errors import ApiError, CallError, ConnectionFailed, NoResponse, Sent, UnexpectedResponse
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
        self._authorization = "Basic " + b64encode(":".join(auth).encode()).decode()
        self._redact = redact
        self._free: list[int] = []  # numbers of connections that no call uses

    def close(self) -> None:
        """Close nothing."""

    async def call(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, Any] | None = None,
        deadline_s: float = REQUEST_DEADLINE_S,
    ) -> Response:
        """Make one call, as Transport.call does."""
        request = self._request(method, url, params, form)

        def read(call: _Call, raw: HTTPResponse) -> Response:
            return read_response(raw, self._redact)._replace(sent_at=call.left_at)

        return await self._exchange(request, True, read, deadline_s)

    async def download(
        self, url: str, file: BinaryIO, *, with_credentials: bool, deadline_s: float = FILE_DEADLINE_S
    ) -> StoredFile | Redirect:
        """Read a file, as Transport.download does."""
        request = self._request("GET", url)
        return await self._exchange(
            request, with_credentials, lambda call, raw: read_file(raw, file.write, self._redact), deadline_s
        )

    def _request(
        self, method: str, url: str, params: Mapping[str, str] | None = None, form: Mapping[str, Any] | None = None
    ) -> MemoryRequest:
        parts = urlsplit(url)
        query = {**dict(parse_qsl(parts.query)), **(params or {})}
        return MemoryRequest(method, url, parts.path, query, form or {}, self._network.clock.monotonic())

    async def _exchange(
        self,
        request: MemoryRequest,
        with_credentials: bool,
        read: Callable[[_Call, HTTPResponse], _T],
        deadline_s: float,
    ) -> _T:
        network = self._network
        network.calls.append(request)
        network.under_way += 1
        connection = self._free.pop() if self._free else next(network.connections)
        call = _Call(self, request, network.trouble(request) or Trouble(), connection, with_credentials)
        made = asyncio.ensure_future(call.make(read))
        response: _T | None = None
        try:
            await asyncio.wait({made}, timeout=deadline_s)
            if not made.done():
                raise call.at_deadline(deadline_s)
            response = made.result()
            self._free.append(connection)
            return response
        except CallError as error:
            if isinstance(error, ApiError):
                self._free.append(connection)
            error.sent_at = None if error.sent is Sent.NEVER else call.left_at
            raise
        finally:
            network.under_way -= 1
            network.ended.append(EndedCall(request, call.left_at, network.clock.monotonic(), response))
            if not made.cancel() and not made.cancelled():
                made.exception()  # of a call that was given up at the moment of its end

    def environ(self, request: MemoryRequest, with_credentials: bool) -> tuple[dict[str, Any], bytes]:
        """Return the request as a server hands it to its application, and its body."""
        form = {name: value for name, value in request.form.items() if value is not None}
        body = urlencode(form, doseq=True).encode()
        environ = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(request.path).encode().decode("latin-1"),
            "QUERY_STRING": urlencode(request.params),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": host_of(request.url),
            "HTTP_USER_AGENT": USER_AGENT,
            "wsgi.url_scheme": urlsplit(request.url).scheme,
        }
        if with_credentials:
            environ["HTTP_AUTHORIZATION"] = self._authorization
        if body:
            environ.update(CONTENT_TYPE="application/x-www-form-urlencoded", CONTENT_LENGTH=str(len(body)))
        return environ, body


class _Call:
    """One call: `left_at` is when its request left, in seconds of the clock; None before."""

    def __init__(
        self,
        transport: MemoryTransport,
        request: MemoryRequest,
        trouble: Trouble,
        connection: int,
        with_credentials: bool,
    ) -> None:
        self.left_at: float | None = None
        self._status = 0  # of the response, once its head is here
        self._transport = transport
        self._network = transport._network
        self._request = request
        self._trouble = trouble
        self._connection = connection
        self._with_credentials = with_credentials
        self._host = host_of(request.url)

    async def make(self, read: Callable[[_Call, HTTPResponse], _T]) -> _T:
        """Make it; raises CallError."""
        trouble, network, clock = self._trouble, self._network, self._network.clock
        await asyncio.sleep(trouble.connect_s)
        if trouble.refusal:
            raise ConnectionFailed(self._host, trouble.refusal, is_transient=trouble.is_transient)
        self.left_at = clock.monotonic()
        handled: asyncio.Future[tuple[WerkzeugResponse, Fault | None]] = asyncio.get_running_loop().create_future()
        clock.call_later(network.round_trip_s / 2, lambda: self._arrive(handled))
        served, fault = await handled
        back_s = network.round_trip_s / 2 + trouble.response_s
        if trouble.error is not None:
            await asyncio.sleep(back_s)
            # Raised anew: with a traceback it would keep all that stood on the stack when it was raised before
            raise trouble.error.with_traceback(None)
        if fault in _HANGS or clock.monotonic() + back_s - self.left_at > READ_TIMEOUT_S:
            await asyncio.sleep(self.left_at + READ_TIMEOUT_S - clock.monotonic())
            raise NoResponse(self._host, f"it was silent for {READ_TIMEOUT_S:g} seconds")
        if fault in (Fault.DRIP_HEADERS, Fault.DRIP_BODY):
            await asyncio.sleep(network.round_trip_s / 2)
            self._status = served.status_code if fault is Fault.DRIP_BODY else 0
            await asyncio.get_running_loop().create_future()  # until the deadline
        await asyncio.sleep(back_s)
        if fault in _BREAKS or trouble.lost or (trouble.lost_before and trouble.response is None):
            raise NoResponse(self._host, "the connection broke")
        replaced = trouble.response
        raw = _raw(self._request, served, fault) if replaced is None else self._parsed(replaced)
        return read(self, raw)

    def at_deadline(self, deadline_s: float) -> CallError:
        """The error of a call that was given up at its deadline."""
        late = f"not complete after {deadline_s:.3g} seconds"
        if self.left_at is None:
            return ConnectionFailed(self._host, "timed out while connecting")
        if self._status:
            return UnexpectedResponse(self._status, f"The response was {late}")
        return NoResponse(self._host, f"it was {late}")

    def _arrive(self, handled: asyncio.Future[tuple[WerkzeugResponse, Fault | None]]) -> None:
        """Let the local Twilio handle the request, whether or not anybody still waits for the response."""
        twilio, trouble = self._network.twilio, self._trouble
        served: tuple[WerkzeugResponse, Fault | None] = (WerkzeugResponse(), trouble.fault)
        way_back = ExitStack()
        if not (trouble.lost_before or (trouble.fault and not trouble.fault.is_processed)):
            admission = way_back.enter_context(twilio.throttle.request())
            environ, body = self._transport.environ(self._request, self._with_credentials)
            response, fault = handle(twilio, environ, body, admission, self._connection)
            served = response, trouble.fault or fault

        def leave() -> None:
            way_back.close()
            if not handled.done():
                handled.set_result(served)

        if twilio.latency_s:
            self._network.clock.call_later(twilio.latency_s, leave)
        else:
            leave()

    def _parsed(self, data: bytes) -> HTTPResponse:
        """The response that these bytes are, as the standard library reads it from a socket."""
        found = http.client.HTTPResponse(_Bytes(data), method=self._request.method)  # type: ignore[arg-type]
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
            request_method=self._request.method,
            original_response=found,
        )


class _Bytes:
    """The end of a connection that has received these bytes, and will receive no more."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *args: Any, **options: Any) -> Any:
        """Return them as a file."""
        return BytesIO(self._data)


def _raw(request: MemoryRequest, response: WerkzeugResponse, fault: Fault | None) -> HTTPResponse:
    """The response as urllib3 gives it to the app."""
    if fault is not None and fault not in (Fault.CUT_OFF_AFTER, Fault.ENDLESS_BODY):
        exchange = Exchange(response, None, "http://localhost", threading.Event(), float, float)  # type: ignore[arg-type]
        response = apply_fault(fault, exchange) or response
    content = response.get_data()
    headers = {**response.headers, "Content-Length": str(len(content))}
    if fault is Fault.CUT_OFF_AFTER:
        content = content[: len(content) // 2]
    elif fault is Fault.ENDLESS_BODY:
        content, headers = b" " * (MAX_BODY_BYTES + 1), {**response.headers, "Content-Length": str(MAX_BODY_BYTES + 1)}
    return HTTPResponse(
        BytesIO(content),
        headers=headers,
        status=response.status_code,
        preload_content=False,
        request_method=request.method,
    )
