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
"""What each fault does to a request and its connection."""

from __future__ import annotations

import itertools
import os
import selectors
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sandbox.twilio.errors import ApiError
from sandbox.twilio.fault import Fault
from sandbox.twilio.responses import Response, response_head, status_line


HANG_S = 60.0  # how long a hanging request is held before the connection is closed
DRIP_GAP_S = 1.0  # between two bytes of a dripping response

_SLICE_S = 0.02  # of waiting, between two checks that the client still waits
_ENDLESS_LENGTH = 10**9  # bytes that a dripping body promises
_CHUNK = b"%x\r\n%s\r\n" % (65536, b" " * 65536)


@dataclass(frozen=True)
class Exchange:
    """One request that meets a fault: the response it would have got, and the server's end of its connection."""

    response: Response
    connection: socket.socket
    stopping: threading.Event
    clock: Callable[[], float]
    sleep: Callable[[float], object]

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.connection.sendall(data)

    def send_head(self, **headers: str) -> None:
        """Send the response's status line and headers, some of them replaced."""
        self.response.headers.pop("Content-Length", None)
        for name, value in headers.items():
            self.response.headers[name.replace("_", "-")] = value
        self.send(response_head(self.response, self.clock()))

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
        # a client that waits for its response sends nothing, so what can be read is its farewell
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            return bool(selector.select(timeout=0))


def changed_response(fault: Fault, response: Response, origin_elsewhere: str) -> Response | None:
    """Return the response that comes with a fault in place of the right one; None for a fault of the connection.

    `origin_elsewhere` is the server by another host name, such as "http://localhost:8080".
    """
    if fault is Fault.REDIRECT_AWAY:
        return Response(status=302, headers={"Location": f"{origin_elsewhere}/elsewhere"})
    return _RESPONSES[fault](response) if fault in _RESPONSES else None


def break_connection(fault: Fault, exchange: Exchange) -> None:
    """Let a request meet a fault of its connection, which is to be closed then."""
    _EFFECTS[fault](exchange)


def _reset(exchange: Exchange) -> None:
    # to linger for zero seconds is to reset; past the socket object, whose close() would wait for its files
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(exchange.connection.detach())


def _close(exchange: Exchange) -> None:
    """Nothing to send: the server closes the connection."""


def _hang(exchange: Exchange) -> None:
    exchange.wait(HANG_S)


def _cut_off(exchange: Exchange) -> None:
    content = exchange.response.content
    exchange.send_head(Content_Length=str(len(content)))
    exchange.send(content[: len(content) // 2])


def _drip_headers(exchange: Exchange) -> None:
    start = f"{status_line(exchange.response)}\r\nX-Slow: ".encode("latin-1")
    exchange.send_slowly(itertools.chain(start, itertools.repeat(ord("o"))))


def _drip_body(exchange: Exchange) -> None:
    exchange.send_head(Content_Length=str(_ENDLESS_LENGTH))
    # blanks, which JSON allows in front
    exchange.send_slowly(itertools.repeat(ord(" ")))


def _endless_body(exchange: Exchange) -> None:
    exchange.send_head(Transfer_Encoding="chunked")
    while not exchange.stopping.is_set():
        exchange.send(_CHUNK)


def _error(code: int, **headers: str) -> Callable[[Response], Response]:
    def respond(response: Response) -> Response:
        error = ApiError(code).response()
        error.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        return error

    return respond


def _page(status: int, content: str) -> Callable[[Response], Response]:
    return lambda response: Response(content.encode(), status, {"Content-Type": "text/html"})


def _json(status: int, content: str, **headers: str) -> Callable[[Response], Response]:
    return lambda response: Response(content.encode(), status, {"Content-Type": "application/json", **headers})


def _body(content: str) -> Callable[[Response], Response]:
    return lambda response: _json(response.status, content)(response)


def _redirect(response: Response) -> Response:
    return Response(status=307, headers={"Location": "/elsewhere"})


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

_RESPONSES: dict[Fault, Callable[[Response], Response]] = {
    Fault.TOO_MANY: _error(20429),
    Fault.TOO_MANY_RETRY_AFTER: _error(20429, Retry_After="1"),
    Fault.QUEUE_FULL: _error(21611),
    Fault.ERROR_500_BEFORE: _error(20500),
    Fault.ERROR_500_AFTER: _error(20500),
    Fault.ERROR_503: _error(20503),
    Fault.HTML_502_BEFORE: _page(502, _GATEWAY_PAGE),
    Fault.HTML_502_AFTER: _page(502, _GATEWAY_PAGE),
    Fault.HTML_403_BEFORE: _page(403, _PROXY_PAGE),
    Fault.HTML_403_AFTER: _page(403, _PROXY_PAGE),
    Fault.JSON_403_AFTER: _json(403, '{"code": 10000, "message": "Authentication error"}'),
    Fault.JSON_502_AFTER: _json(502, '{"error": "bad gateway"}', Date="Thu, 01 Jan 1970 00:00:00 GMT"),
    Fault.HTML_200_AFTER: _page(200, _PORTAL_PAGE),
    Fault.EMPTY_AFTER: _body(""),
    Fault.ARRAY_AFTER: _body("[]"),
    Fault.REDIRECT: _redirect,
}
_EFFECTS: dict[Fault, Callable[[Exchange], None]] = {
    Fault.RESET_BEFORE: _reset,
    Fault.RESET_AFTER: _reset,
    Fault.CLOSE_AFTER: _close,
    Fault.HANG_BEFORE: _hang,
    Fault.HANG_AFTER: _hang,
    Fault.CUT_OFF_AFTER: _cut_off,
    Fault.DRIP_HEADERS: _drip_headers,
    Fault.DRIP_BODY: _drip_body,
    Fault.ENDLESS_BODY: _endless_body,
}
