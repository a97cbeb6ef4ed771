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
"""Connections of urllib3 that report how far a call came, and carry nothing of one that was given up."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import Enum
from threading import Event, Lock, local
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from twilio_api.errors import CallError
from twilio_api.response import Response


# A pool that is full throws connections away with a warning. Calls that were given up keep theirs for a while, so this
# is well above the number of calls at a time.
_POOL_SIZE = 64


def _is_fit_to_log(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("Failed to parse headers")


# urllib3 logs headers that it cannot parse to the letter, and a server may echo a secret in them
for _logger in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_logger).addFilter(_is_fit_to_log)


class Phase(Enum):
    """How far a call came before anything of it was sent, and what to say where it got stuck or failed there."""

    PREPARING = ("it was not begun in time", "the proxy or CA bundle of the environment is not usable")
    RESOLVING = ("{whose} name was not resolved in time", "{whose} name cannot be resolved")
    CONNECTING = ("timed out while connecting", "the network does not lead there")
    TUNNELLING = ("the proxy did not open the tunnel in time", "the proxy opened no tunnel")
    HANDSHAKE = ("{whose} TLS handshake timed out", "{whose} TLS handshake failed: the connection broke")

    def __init__(self, timed_out: str, failed: str) -> None:
        self.timed_out = timed_out
        self.failed = failed


class GivenUp(Exception):
    """Ends the thread of a call whose caller has left. Not an OSError, which urllib3 would wrap or swallow."""


class CallState:
    """What the thread that makes a call and the thread that waits for it know of each other.

    `sent`: whether anything of the request can have left; final once `give_up` has returned.
    `proxy`: host and port of the proxy on the way, empty where there is none.
    `proxy_urls`: the proxies of the environment, whose passwords nobody may see.
    `whose`: the name, TCP connection or TLS handshake that the phase is about: "its" (the host's) or "the proxy's".
    `status`: the HTTP status, once the head of the response is here.
    `result`: what the call came to; complete once `done` is set.
    """

    def __init__(self, host: str, on_send: Callable[[], object]) -> None:
        self.host = host
        self._on_send = on_send
        self.phase = Phase.PREPARING
        self.proxy = ""
        self.proxy_urls: list[str] = []
        self.whose = "its"
        self.sent = False
        self.status: int | None = None
        self.result: Response | CallError | None = None
        self.done = Event()
        self._lock = Lock()
        self._is_given_up = False
        self._socket: socket.socket | None = None

    def enter(self, phase: Phase, whose: str = "its") -> None:
        """Note how far the call came; once it is given up, what happens to it is due to that and means nothing."""
        with self._lock:
            if not self._is_given_up:
                self.phase, self.whose = phase, whose

    def note_status(self, status: int) -> None:
        """Note the status of the response, its head being here; raises GivenUp where that may be a part of it."""
        with self._lock:
            if self._is_given_up:
                raise GivenUp
            self.status = status

    def hold(self, sock: Any, *, to_send: bool = False) -> None:
        """Break this socket if the call is given up; with `to_send` it is about to carry the request.

        Raises GivenUp, and nothing will have been sent, where the call is given up already.
        """
        with self._lock:
            if self._is_given_up:
                raise GivenUp
            self._drop_socket()
            # A duplicate is this socket for sure: TLS detaches the original, whose number may then be another call's
            self._socket = socket.fromfd(sock.fileno(), socket.AF_INET, socket.SOCK_STREAM)
            if to_send:
                self._on_send()
                self.sent = True

    def let_go(self) -> None:
        """Leave the socket alone from now on: it is closed, or free for another call."""
        with self._lock:
            self._drop_socket()

    def give_up(self) -> None:
        """Break the connection, and see to it that nothing is sent from now on. Harmless once the call is done."""
        with self._lock:
            self._is_given_up = True
            if self._socket:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)  # this wakes the thread that waits for it
            self._drop_socket()

    def _drop_socket(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None


class _ThisThread(local):
    call: CallState


this_thread = _ThisThread()  # knows the call that it makes


class _SocketOptions:
    """What urllib3 sets on each socket, which it does after it resolved the name and before it connects."""

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        this_thread.call.enter(Phase.CONNECTING, this_thread.call.whose)
        return iter([(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)])


class _Connection(HTTPConnection):
    """Put before a connection class of urllib3: keeps the call informed of what happens."""

    def _new_conn(self) -> Any:
        call = this_thread.call
        if getattr(self, "proxy", None):
            call.proxy = f"{self.host}:{self.port}"
        whose = "the proxy's" if call.proxy else "its"
        call.enter(Phase.RESOLVING, whose)
        self.socket_options = _SocketOptions()  # type: ignore[assignment]
        sock = super()._new_conn()
        try:
            call.hold(sock)
        except BaseException:
            sock.close()
            raise
        call.enter(Phase.HANDSHAKE, whose)
        return sock

    def _tunnel(self) -> None:
        this_thread.call.enter(Phase.TUNNELLING)
        super()._tunnel()
        this_thread.call.enter(Phase.HANDSHAKE)

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        """Send the head of the request; the proxy's CONNECT does not pass here."""
        if self.sock is None:  # http.client would connect while it sends
            self.connect()
        this_thread.call.hold(self.sock, to_send=True)
        super().endheaders(*args, **kwargs)


class _Pool(HTTPConnectionPool):
    """Put before a pool class of urllib3: nothing of a call sticks to a connection that another one can get."""

    def _put_conn(self, conn: Any) -> None:
        this_thread.call.let_go()
        # What TLS decrypted together with a response, and nobody read, would be taken for the next one
        if isinstance(getattr(conn, "sock", None), ssl.SSLSocket) and conn.sock.pending():
            conn.close()
        super()._put_conn(conn)


def _reporting(manager: Any) -> Any:
    """The same pool manager (direct, of a proxy, of SOCKS), whose connections report from now on."""
    pools = {}
    for scheme, pool in manager.pool_classes_by_scheme.items():
        connection = type("Connection", (_Connection, pool.ConnectionCls), {})
        pools[scheme] = type("Pool", (_Pool, pool), {"ConnectionCls": connection})
    manager.pool_classes_by_scheme = pools
    return manager


class ReportingAdapter(HTTPAdapter):
    """The adapter of requests over connections that report.

    Used without a session of requests, which would keep cookies, read .netrc and read the bodies of redirects.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        super().__init__(max_retries=0, pool_maxsize=_POOL_SIZE)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)  # type: ignore[no-untyped-call]
        _reporting(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        with self._lock:  # no other thread gets it before its connections report
            is_known = proxy in self.proxy_manager
            manager = super().proxy_manager_for(proxy, **kwargs)  # type: ignore[no-untyped-call]
            return manager if is_known else _reporting(manager)

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """The bare response: requests would read charset and cookies too, and fails on some."""
        response = requests.Response()
        response.request, response.status_code, response.raw = req, resp.status, resp
        return response
