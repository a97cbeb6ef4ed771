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
"""The HTTP server of the local Twilio, on loopback."""

from __future__ import annotations

import itertools
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from io import BytesIO
from typing import Any, Protocol

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Request, Response as Page

from sandbox.twilio.fault_effects import Exchange, break_connection, changed_response
from sandbox.twilio.fault_plan import FaultPlan
from sandbox.twilio.handling import handle
from sandbox.twilio.recorded_request import RecordedRequest
from sandbox.twilio.responses import Response, response_head
from sandbox.twilio.throttle import Admission, Throttle


PAGES_PREFIX = "/phone"  # pages for people: not Twilio's, so neither recorded, delayed nor disturbed

_POLL_S = 0.01  # how soon stop() is noticed


class PortError(Exception):
    """The port cannot be used; the text says why."""


class Served(Protocol):
    """What the server needs of the local Twilio."""

    host: str
    port: int
    ssl_context: ssl.SSLContext | None
    clock: Callable[[], float]
    sleep: Callable[[float], object]
    latency_s: float
    faults: FaultPlan
    throttle: Throttle
    requests: list[RecordedRequest]

    @property
    def pages(self) -> Flask:
        """The pages for people."""

    @property
    def scheme(self) -> str:
        """http or https."""


class Server(ThreadedWSGIServer):
    """A thread for each connection, all of which stop() can end."""

    def __init__(self, twilio: Served) -> None:
        super().__init__(twilio.host, twilio.port, Page(), _Handler)  # _Handler asks no application
        # not passed on, because the base class would shake hands in the thread that accepts connections
        self.ssl_context = twilio.ssl_context
        self.twilio = twilio
        self.stopping = threading.Event()
        self.connection_ids = itertools.count(1)
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(_POLL_S,), name="local Twilio", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.stopping.set()
        _shut(self.socket)  # wakes the thread that accepts connections, at least on Linux
        self.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._connections:
                _shut(connection)

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)
            if self.stopping.is_set():
                _shut(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)

    def server_bind(self) -> None:
        try:
            super().server_bind()
        except OSError as error:  # at which the base class would print its own advice and end the process
            raise PortError(error.strerror) from error

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self.ssl_context:
            connection = self.ssl_context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        # connections that break are expected here
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(WSGIRequestHandler):
    """Answers the requests of one connection, which stays open between them, as Twilio's do (werkzeug's would not)."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.connection_id = next(self.server.connection_ids)
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def run_wsgi(self) -> None:
        twilio = self.server.twilio
        environ = self.make_environ()
        # read whatever becomes of it, because the next request comes right behind
        body = self._read_body(environ)
        environ["wsgi.input"] = BytesIO(body)
        if environ["PATH_INFO"].startswith(PAGES_PREFIX):
            page = Page.from_app(twilio.pages, environ, buffered=True)
            self._send(Response(page.get_data(), page.status_code, dict(page.headers)))
            return
        admission = twilio.throttle.begin()
        try:
            to_send = self._respond(Request(environ), admission)
        finally:
            twilio.throttle.end()
        if to_send is None:
            self.close_connection = True
        else:
            self._send(to_send)

    def _respond(self, request: Request, admission: Admission) -> Response | None:
        """Handle a request to the API: its response, or None where the connection is to be closed instead."""
        twilio = self.server.twilio
        response, fault = handle(twilio, self._recorded(request), admission)
        if twilio.latency_s:
            twilio.sleep(twilio.latency_s)
        if fault is None:
            return response
        changed = changed_response(fault, response, f"{twilio.scheme}://localhost:{twilio.port}")
        if changed is None:
            exchange = Exchange(response, self.connection, self.server.stopping, twilio.clock, twilio.sleep)
            break_connection(fault, exchange)
        return changed

    def _recorded(self, request: Request) -> RecordedRequest:
        given = request.authorization
        credentials = None
        if "Authorization" in request.headers:
            credentials = (given.username or "", given.password or "") if given and given.type == "basic" else ("", "")
        return RecordedRequest(
            method=request.method,
            path=request.path,
            query=request.args.to_dict(),
            form=request.form.to_dict(),
            media_urls=tuple(request.form.getlist("MediaUrl")),
            origin=request.host_url.rstrip("/"),
            credentials=credentials,
            user_agent=request.user_agent.string,
            time=self.server.twilio.clock(),
            connection=self.connection_id,
        )

    def _read_body(self, environ: dict[str, Any]) -> bytes:
        if environ.get("wsgi.input_terminated"):  # sent in chunks
            return bytes(environ["wsgi.input"].read())
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionAbortedError("the client closed the connection before its request was complete")
        return body

    def _send(self, response: Response) -> None:
        content = response.content
        if response.status != 204:
            response.headers["Content-Length"] = str(len(content))
        if self.close_connection:
            response.headers["Connection"] = "close"
        head = response_head(response, self.server.twilio.clock())
        self.wfile.write(head if self.command == "HEAD" else head + content)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: what arrives is in `LocalTwilio.requests`."""


def _shut(connection: socket.socket) -> None:
    """End a connection that another thread may be using."""
    try:
        # not SSLSocket's own, which takes the encryption away from under that thread
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        return  # the client was faster
