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
import itertools
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from urllib3 import HTTPResponse
from werkzeug.wrappers import Response as WerkzeugResponse

from sandbox.twilio import Fault, LocalTwilio
from sandbox.twilio.fault_effects import Exchange, apply_fault
from sandbox.twilio.handling import handle
from sandbox.virtual_time import VirtualClock
from twilio_api.errors import CallError, ConnectionFailed, NoResponse, UnexpectedResponse
from twilio_api.response import Response, host_of, read_response
from twilio_consts import MAX_BODY_BYTES, READ_TIMEOUT_S, REQUEST_DEADLINE_S, USER_AGENT


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


@dataclass(frozen=True)
class Trouble:
    """What befalls a call on its way.

    `connect_s` passes before the request leaves; `refusal` then says why it never does ("the connection was refused").
    `lost` says that the connection breaks while the response is on its way, `lost_before` before the request arrives.
    `response_s` passes before the response comes. All times in seconds. `fault` is what the local Twilio does with it.
    """

    connect_s: float = 0.0
    refusal: str = ""
    lost_before: bool = False
    lost: bool = False
    response_s: float = 0.0
    fault: Fault | None = None


REFUSED = Trouble(refusal="the connection was refused")
_HANGS = {Fault.HANG_BEFORE, Fault.HANG_AFTER}
_BREAKS = {Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.CLOSE_AFTER}
_LATE = f"not complete after {REQUEST_DEADLINE_S:.3g} seconds"


def _no_trouble(request: MemoryRequest) -> Trouble | None:
    return None


class Network:
    """The way to a local Twilio: how long it takes, and what goes wrong on it. All runs of a test may share it.

    `trouble` is asked about each call. `round_trip_s` is in seconds. `calls` holds all that were made; `under_way` counts
    those that are.
    """

    def __init__(self, twilio: LocalTwilio, clock: VirtualClock, *, round_trip_s: float = 0.0) -> None:
        self.twilio = twilio
        self.clock = clock
        self.round_trip_s = round_trip_s
        self.trouble: Callable[[MemoryRequest], Trouble | None] = _no_trouble
        self.calls: list[MemoryRequest] = []
        self.under_way = 0

    def transport(self, auth: tuple[str, str], redact: Callable[[str], str]) -> MemoryTransport:
        """Return a transport, as TwilioConnector.new_transport does."""
        return MemoryTransport(self, auth, redact)


@dataclass
class _Way:
    """How far a call came, for whoever gives it up: when it left, and the status of its response."""

    left_at: float | None = None
    status: int = 0


class MemoryTransport:
    """Makes the calls of one run over a Network."""

    _numbers = itertools.count(1)

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
        network = self._network
        request = MemoryRequest(method, url, urlsplit(url).path, params or {}, form or {}, network.clock.monotonic())
        network.calls.append(request)
        network.under_way += 1
        connection = self._free.pop() if self._free else next(self._numbers)
        way = _Way()
        made = asyncio.ensure_future(self._make(request, network.trouble(request) or Trouble(), connection, way))
        try:
            await asyncio.wait({made}, timeout=deadline_s)
            if not made.done():
                raise _at_deadline(way, request)
            response = made.result()
            self._free.append(connection)
            return response
        finally:
            network.under_way -= 1
            if not made.done():
                made.cancel()

    async def _make(self, request: MemoryRequest, trouble: Trouble, connection: int, way: _Way) -> Response:
        network, host = self._network, host_of(request.url)
        await asyncio.sleep(trouble.connect_s)
        if trouble.refusal:
            raise ConnectionFailed(host, trouble.refusal)
        way.left_at = asyncio.get_running_loop().time()
        try:
            await asyncio.sleep(network.round_trip_s / 2)
            if trouble.lost_before:
                raise NoResponse(host, "the connection broke")
            with network.twilio.throttle.request() as admission:
                environ, body = self._environ(request)
                response, fault = handle(network.twilio, environ, body, admission, connection)
                fault = trouble.fault or fault
                await asyncio.sleep(network.twilio.latency_s)
            if fault in _HANGS:
                await asyncio.sleep(READ_TIMEOUT_S)
                raise NoResponse(host, f"it was silent for {READ_TIMEOUT_S:g} seconds")
            if fault in _BREAKS or trouble.lost:
                raise NoResponse(host, "the connection broke")
            if fault in (Fault.DRIP_HEADERS, Fault.DRIP_BODY):
                way.status = response.status_code if fault is Fault.DRIP_BODY else 0
                await asyncio.sleep(2 * REQUEST_DEADLINE_S)
            await asyncio.sleep(network.round_trip_s / 2 + trouble.response_s)
            return read_response(_raw(request, response, fault), self._redact)
        except CallError as error:
            error.sent_at = way.left_at
            raise

    def _environ(self, request: MemoryRequest) -> tuple[dict[str, Any], bytes]:
        body = urlencode(request.form, doseq=True).encode()
        return {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": request.path,
            "QUERY_STRING": urlencode(request.params),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": "application/x-www-form-urlencoded" if body else "",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_AUTHORIZATION": self._authorization,
            "HTTP_USER_AGENT": USER_AGENT,
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
        }, body


def _at_deadline(way: _Way, request: MemoryRequest) -> CallError:
    """The error of a call that was given up at its deadline."""
    host = host_of(request.url)
    error: CallError = NoResponse(host, _LATE)
    if way.left_at is None:
        error = ConnectionFailed(host, "timed out while connecting")
    elif way.status:
        error = UnexpectedResponse(way.status, f"The response was {_LATE}")
    error.sent_at = way.left_at
    return error


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
