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
"""What can go wrong between a client and Twilio, each as it looks on the wire."""

from __future__ import annotations

import itertools
import os
import selectors
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from werkzeug.wrappers import Response

from sandbox.twilio.errors import ApiError
from sandbox.twilio.recorded_request import RecordedRequest
from sandbox.twilio.responses import head


HANG_S = 60.0  # how long a hanging request is held before the connection is closed
DRIP_GAP_S = 1.0  # between two bytes of a dripping answer

_SLICE_S = 0.02  # of waiting, between two looks whether anybody still waits
_ENDLESS_LENGTH = 10**9  # bytes that a dripping body promises
_CHUNK = b"%x\r\n%s\r\n" % (65536, b" " * 65536)


class Fault(Enum):
    """A fault, and whether Twilio takes (carries out) the request that meets it."""

    RESET_BEFORE = ("connection reset", False)
    RESET_AFTER = ("connection reset, although taken", True)
    CLOSE_AFTER = ("connection closed without an answer, although taken", True)
    HANG_BEFORE = ("no answer", False)
    HANG_AFTER = ("no answer, although taken", True)
    TOO_MANY = ("429, code 20429", False)
    TOO_MANY_RETRY_AFTER = ("429, code 20429, Retry-After: 1", False)
    QUEUE_FULL = ("429, code 21611", False)
    ERROR_500_BEFORE = ("500, code 20500", False)
    ERROR_500_AFTER = ("500, code 20500, although taken", True)
    ERROR_503 = ("503, code 20503", False)
    HTML_502_BEFORE = ("a gateway's page", False)
    HTML_502_AFTER = ("a gateway's page, although taken", True)
    HTML_403 = ("a proxy's page", False)
    HTML_200_AFTER = ("a proxy's page with status 200, although taken", True)
    CUT_OFF_AFTER = ("the answer breaks off half way", True)
    EMPTY_AFTER = ("the answer has an empty body", True)
    ARRAY_AFTER = ("the answer is a JSON array", True)
    REDIRECT = ("307 to another path", False)
    REDIRECT_AWAY = ("302 to another host name", False)
    DRIP_HEADERS = ("headers without end, a byte a second", True)
    DRIP_BODY = ("a body without end, a byte a second", True)
    ENDLESS_BODY = ("a body without end, as fast as it is read", True)

    def __init__(self, looks_like: str, taken: bool) -> None:
        self.looks_like = looks_like
        self.taken = taken


@dataclass
class _Rule:
    fault: Fault
    method: str | None
    path: str | None
    skip: int
    times: int

    def matches(self, seen: RecordedRequest) -> bool:
        return self.method in (None, seen.method) and (self.path is None or self.path.lower() in seen.path.lower())


def _no_fault(seen: RecordedRequest) -> Fault | None:
    return None


class FaultPlan:
    """Which requests meet which fault; safe to use from several threads.

    Set `choose` to be asked about each request that no added fault is for.
    """

    def __init__(self) -> None:
        self.choose: Callable[[RecordedRequest], Fault | None] = _no_fault
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()

    def add(
        self, fault: Fault, *, method: str | None = None, times: int = 1, path: str | None = None, skip: int = 0
    ) -> None:
        """Let the next `times` requests meet a fault, after `skip` that do not.

        Only requests of this method and with this text (in any case) in their path count; None stands for all.
        A request that meets a fault does not count for those added later.
        """
        with self._lock:
            self._rules.append(_Rule(fault, method, path, skip, times))

    def clear(self) -> None:
        """Forget all faults that were added and have not happened yet."""
        with self._lock:
            self._rules.clear()

    def next_for(self, seen: RecordedRequest) -> Fault | None:
        """The fault that a request meets, if any; counts the request."""
        return self._added(seen) or self.choose(seen)

    def _added(self, seen: RecordedRequest) -> Fault | None:
        with self._lock:
            for rule in self._rules:
                if not rule.times or not rule.matches(seen):
                    continue
                if rule.skip:
                    rule.skip -= 1
                    continue
                rule.times -= 1
                return rule.fault
        return None


@dataclass(frozen=True)
class Exchange:
    """One request that meets a fault: the answer it would have got, and the server's end of its connection."""

    answer: Response
    connection: socket.socket
    origin_elsewhere: str  # this server by another host name, such as "http://localhost:8080"
    stopping: threading.Event
    clock: Callable[[], float]
    sleep: Callable[[float], object]

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.connection.sendall(data)

    def send_head(self, **headers: str) -> None:
        """Send the answer's status line and headers, some of them replaced."""
        self.answer.headers.pop("Content-Length", None)
        for name, value in headers.items():
            self.answer.headers[name.replace("_", "-")] = value
        self.send(head(self.answer, self.clock()))

    def send_slowly(self, data: Iterable[int]) -> None:
        """Send bytes with pauses, for as long as somebody reads them."""
        for byte in data:
            self.send(bytes([byte]))
            if not self.wait(DRIP_GAP_S):
                return

    def wait(self, seconds: float) -> bool:
        """Pause; False as soon as the client has gone or the server stops."""
        for _ in range(round(seconds / _SLICE_S)):
            if self.stopping.is_set() or self._client_has_gone():
                return False
            self.sleep(_SLICE_S)
        return True

    def _client_has_gone(self) -> bool:
        # a client that waits for its answer sends nothing, so what can be read is its farewell
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            return bool(selector.select(timeout=0))


def meet(fault: Fault, exchange: Exchange) -> Response | None:
    """Let a request meet its fault: the answer to send instead, or None where the connection is to be closed now."""
    return _EFFECTS[fault](exchange)


def _reset(exchange: Exchange) -> None:
    # to linger for zero seconds is to reset; past the socket object, whose close() would wait for its files
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(exchange.connection.detach())


def _close(exchange: Exchange) -> None:
    """Nothing to send: the server closes the connection."""


def _hang(exchange: Exchange) -> None:
    exchange.wait(HANG_S)


def _cut_off(exchange: Exchange) -> None:
    content = exchange.answer.get_data()
    exchange.send_head(Content_Length=str(len(content)))
    exchange.send(content[: len(content) // 2])


def _drip_headers(exchange: Exchange) -> None:
    start = f"HTTP/1.1 {exchange.answer.status}\r\nX-Slow: ".encode("latin-1")
    exchange.send_slowly(itertools.chain(start, itertools.repeat(ord("o"))))


def _drip_body(exchange: Exchange) -> None:
    exchange.send_head(Content_Length=str(_ENDLESS_LENGTH))
    # blanks, which JSON allows in front
    exchange.send_slowly(itertools.repeat(ord(" ")))


def _endless_body(exchange: Exchange) -> None:
    exchange.send_head(Transfer_Encoding="chunked")
    while not exchange.stopping.is_set():
        exchange.send(_CHUNK)


def _error(code: int, **headers: str) -> Callable[[Exchange], Response]:
    def effect(exchange: Exchange) -> Response:
        answer = ApiError(code).answer()
        answer.headers.extend({name.replace("_", "-"): value for name, value in headers.items()})
        return answer

    return effect


def _page(status: int, content: str) -> Callable[[Exchange], Response]:
    return lambda exchange: Response(content, status, content_type="text/html")


def _body(content: str) -> Callable[[Exchange], Response]:
    return lambda exchange: Response(content, exchange.answer.status_code, content_type="application/json")


def _redirect(exchange: Exchange) -> Response:
    return Response(status=307, headers={"Location": "/elsewhere"})


def _redirect_away(exchange: Exchange) -> Response:
    return Response(status=302, headers={"Location": f"{exchange.origin_elsewhere}/elsewhere"})


_GATEWAY_PAGE = """\
<html>
<head><title>502 Bad Gateway</title>
<style>body { font-family: sans-serif; } .hint { color: #999; }</style>
<script>window.setTimeout(function () { window.location.reload(); }, 30000);</script>
</head>
<body>
<center><h1>502 Bad Gateway</h1></center>
<hr><center>nginx</center>
</body>
</html>
"""
_PROXY_PAGE = """\
<!DOCTYPE html>
<html>
<head><title>Access Denied</title>
<style type="text/css">h1 { color: #b00; }</style>
<script type="text/javascript">var policy = {"category": "web-based-sms"};</script>
</head>
<body>
<h1>Access Denied</h1>
<p>Your organization&#39;s policy does not allow this site (category: web-based SMS).</p>
</body>
</html>
"""
_PORTAL_PAGE = """\
<!DOCTYPE html>
<html>
<head><title>Sign in</title>
<script>document.cookie = "portal=1";</script>
</head>
<body><h1>Sign in to the network</h1></body>
</html>
"""

_EFFECTS: dict[Fault, Callable[[Exchange], Response | None]] = {
    Fault.RESET_BEFORE: _reset,
    Fault.RESET_AFTER: _reset,
    Fault.CLOSE_AFTER: _close,
    Fault.HANG_BEFORE: _hang,
    Fault.HANG_AFTER: _hang,
    Fault.TOO_MANY: _error(20429),
    Fault.TOO_MANY_RETRY_AFTER: _error(20429, Retry_After="1"),
    Fault.QUEUE_FULL: _error(21611),
    Fault.ERROR_500_BEFORE: _error(20500),
    Fault.ERROR_500_AFTER: _error(20500),
    Fault.ERROR_503: _error(20503),
    Fault.HTML_502_BEFORE: _page(502, _GATEWAY_PAGE),
    Fault.HTML_502_AFTER: _page(502, _GATEWAY_PAGE),
    Fault.HTML_403: _page(403, _PROXY_PAGE),
    Fault.HTML_200_AFTER: _page(200, _PORTAL_PAGE),
    Fault.CUT_OFF_AFTER: _cut_off,
    Fault.EMPTY_AFTER: _body(""),
    Fault.ARRAY_AFTER: _body("[]"),
    Fault.REDIRECT: _redirect,
    Fault.REDIRECT_AWAY: _redirect_away,
    Fault.DRIP_HEADERS: _drip_headers,
    Fault.DRIP_BODY: _drip_body,
    Fault.ENDLESS_BODY: _endless_body,
}
