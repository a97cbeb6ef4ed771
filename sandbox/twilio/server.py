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
"""The local Twilio as a server on loopback."""

from __future__ import annotations

import itertools
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from io import BytesIO
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Request, Response

from sandbox.twilio.account import Account
from sandbox.twilio.api import make_app
from sandbox.twilio.call import Call
from sandbox.twilio.call_log import CallLog
from sandbox.twilio.calls import Calls
from sandbox.twilio.dates import rfc2822
from sandbox.twilio.fault_effects import Exchange, apply_fault
from sandbox.twilio.fault_plan import FaultPlan
from sandbox.twilio.flows import Flows
from sandbox.twilio.lookups import Lookups
from sandbox.twilio.message import Message, Outcome
from sandbox.twilio.message_log import MessageLog
from sandbox.twilio.messages import Messages
from sandbox.twilio.recorded_request import RecordedRequest
from sandbox.twilio.responses import response_head
from sandbox.twilio.routes import API_PATH, Resource
from sandbox.twilio.studio import Studio


ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "fedcba9876543210" * 2
FROM_PHONE = "+15101281337"

_POLL_S = 0.01  # how soon stop() is noticed


class LocalTwilio:
    """A Twilio of one account on this machine, for development: it keeps messages, and sends none.

    Serve it with start() and stop(), or as a context manager. It responds at `base_url`. Its clock (seconds since the
    epoch) dates everything: a message's status is a matter of the time since its creation, and of its Outcome, which
    is `outcomes[recipient]` or else `outcome`. `sleep` makes the pauses: `latency_s` before each response, and those of
    faults. Everything that arrives is in `requests`, every message that was accepted is in `messages`, and `faults`
    makes things go wrong. `account` may be changed while it is served. `call_log` is about calls (what the people
    called do, too), `studio` about flows and executions, `lookups` about what is known of numbers.
    """

    def __init__(
        self,
        *,
        account_sid: str = ACCOUNT_SID,
        auth_token: str = AUTH_TOKEN,
        from_phone: str = FROM_PHONE,
        account_status: str = "active",
        account_type: str = "Full",
        verified: Collection[str] | None = None,
        test_credentials: bool = False,
        outcome: Outcome = Outcome("delivered", after_s=1.0),  # noqa: B008 a frozen value
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
        latency_s: float = 0.0,
        ssl_context: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.from_phone = from_phone
        self.clock = clock
        self.sleep = sleep
        self.latency_s = latency_s
        self.ssl_context = ssl_context
        self.host = host
        self.port = port
        self.account = Account(
            account_sid,
            auth_token,
            from_phone,
            created=rfc2822(clock()),
            status=account_status,
            type=account_type,
            verified=verified,
            test_credentials=test_credentials,
        )
        self.unsubscribed = self.account.unsubscribed
        self.requests: list[RecordedRequest] = []
        self.faults = FaultPlan()
        self._log = MessageLog(self.account.uri, outcome, clock)
        self.outcomes = self._log.outcomes
        self.call_log = CallLog(self.account, clock)
        self.studio = Studio(account_sid, self.call_log)
        self.lookups = Lookups()
        resources: list[Resource] = [
            self.account,
            Messages(self.account, self._log, clock),
            Calls(self.call_log, clock),
            Flows(self.studio, clock),
            self.lookups,
        ]
        self._app = make_app(self.account, resources)
        self._server: _Server | None = None

    @property
    def base_url(self) -> str:
        """Where the API is, such as "http://127.0.0.1:8080/2010-04-01"; the port is known from the first start() on."""
        return f"{self.scheme}://{self.host}:{self.port}{API_PATH}"

    @property
    def scheme(self) -> str:
        """http or https."""
        return "https" if self.ssl_context else "http"

    @property
    def messages(self) -> list[Message]:
        """All messages in order of their creation."""
        return self._log.in_order()

    @property
    def calls(self) -> list[Call]:
        """All calls in order of their creation."""
        return self.call_log.in_order()

    @property
    def log_lag_s(self) -> float:
        """How long after its creation a message appears in the list (seconds)."""
        return self._log.lag_s

    @log_lag_s.setter
    def log_lag_s(self, lag_s: float) -> None:
        self._log.lag_s = lag_s

    def add_message(self, to: str, body: str, *, created: float | None = None, from_: str | None = None) -> Message:
        """Put a message in the log by hand, such as one of an earlier run; created now unless said otherwise."""
        message = self._log.draft(to, self.from_phone if from_ is None else from_, body, created)
        self._log.add(message)
        return message

    def start(self) -> None:
        """Serve; after a stop(), on the same port as before."""
        self._server = _Server(self)
        self.port = self._server.port
        self._server.start()

    def stop(self) -> None:
        """Refuse new connections and close the open ones."""
        if self._server:
            self._server.stop()
            self._server = None

    def __enter__(self) -> LocalTwilio:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()


class _Server(ThreadedWSGIServer):
    """A thread for each connection, all of which stop() can end."""

    def __init__(self, twilio: LocalTwilio) -> None:
        super().__init__(twilio.host, twilio.port, twilio._app, _Handler)
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

    server: _Server
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
        recorded = self._record({**environ, "wsgi.input": BytesIO(body)})
        fault = twilio.faults.next_for(recorded)
        twilio.requests.append(replace(recorded, fault=fault))
        response = Response()
        if fault is None or fault.is_processed:
            response = Response.from_app(self.server.app, {**environ, "wsgi.input": BytesIO(body)}, buffered=True)
        if twilio.latency_s:
            twilio.sleep(twilio.latency_s)
        to_send = apply_fault(fault, self._exchange(response)) if fault else response
        if to_send is None:
            self.close_connection = True
        else:
            self._send(to_send)

    def _exchange(self, response: Response) -> Exchange:
        twilio = self.server.twilio
        elsewhere = f"{twilio.scheme}://localhost:{twilio.port}"
        return Exchange(response, self.connection, elsewhere, self.server.stopping, twilio.clock, twilio.sleep)

    def _read_body(self, environ: dict[str, Any]) -> bytes:
        if environ.get("wsgi.input_terminated"):  # sent in chunks
            return bytes(environ["wsgi.input"].read())
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionAbortedError("the client closed the connection before its request was complete")
        return body

    def _record(self, environ: dict[str, Any]) -> RecordedRequest:
        request = Request(environ)
        return RecordedRequest(
            method=request.method,
            path=request.path,
            query=request.args.to_dict(),
            form=request.form.to_dict(),
            time=self.server.twilio.clock(),
            connection=self.connection_id,
            user_agent=request.user_agent.string,
        )

    def _send(self, response: Response) -> None:
        content = response.get_data()
        if response.status_code != 204:
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
