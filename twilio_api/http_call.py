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
"""One HTTP call in a thread of its own: how far it came, and that nothing of it is sent once it was given up.

This is the only module of the app whose code runs in several threads, and so the only one with locks. The connections
are urllib3's, which report what they do.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial
from http.client import HTTPResponse, LineTooLong
from threading import RLock, Thread, local
from typing import Any, BinaryIO, TypeVar

from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.util.connection import allowed_gai_family

from twilio_consts import MAX_BODY_BYTES


_T = TypeVar("_T")

_HEAD_BYTES = 128 * 1024  # of a response, beside its body: heads, sizes of chunks, and what follows the last one
_MOST_SHARES = 4  # of the time to connect; of a name with more addresses, each gets as much


def _is_fit_to_log(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("Failed to parse headers")


# urllib3 logs headers that it cannot parse to the letter, and a server may echo a secret in them
for _logger in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_logger).addFilter(_is_fit_to_log)


class Phase(Enum):
    """How far a call came.

    Its thread starts; proxy and CA bundle are prepared; the name is resolved; TCP connects; the proxy opens a tunnel;
    TLS shakes hands; the request is sent, of which something may have left; the response comes, whose head is here.
    """

    STARTING = auto()
    PREPARING = auto()
    RESOLVING = auto()
    CONNECTING = auto()
    TUNNELLING = auto()
    HANDSHAKE = auto()
    SENDING = auto()
    RECEIVING = auto()


class GivenUp(Exception):
    """The end of a call that took too long. Not an OSError, which urllib3 would wrap or swallow."""


@dataclass(eq=False, repr=False)
class HttpCall:
    """One HTTP call, which a thread makes and a coroutine awaits; final as soon as the coroutine goes on.

    `host`: host and port of the server. `proxy`: those of the proxy on the way, empty where there is none.
    `phase`: how far it came.
    `sent_at`: when the request left, by the clock of the loop; None where nothing of it left.
    `status`: the HTTP status, 0 until the head of the response is here.
    `left_bytes`: how much more of what the server sends is read.
    """

    host: str
    proxy: str
    phase: Phase = Phase.STARTING
    sent_at: float | None = None
    status: int = 0
    left_bytes: int = MAX_BODY_BYTES + _HEAD_BYTES
    _is_tunnelled: bool = False
    _is_given_up: bool = False
    _socket: socket.socket | None = None
    _lock: RLock = field(default_factory=RLock)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    @property
    def whose(self) -> str:
        """Whose name, connection or handshake its phase is about: "its" (the host's) or "the proxy's"."""
        return "the proxy's" if self.proxy and not self._is_tunnelled else "its"

    async def made_by(self, work: Callable[[], _T], deadline_s: float) -> _T | BaseException:
        """Let a daemon thread do the work; return what it returned or raised, or GivenUp after `deadline_s`.

        What has come by the time that the wait ends counts, however late this machine woke. However it ends, nothing is
        sent from then on. Returns RuntimeError where no thread can be started.
        """
        # A thread, because sockets start their time limit anew with each byte, and name resolution has none
        done: asyncio.Future[_T | BaseException] = self._loop.create_future()

        def run() -> None:
            _this_thread.call = self
            try:
                self.enter(Phase.PREPARING)
                found: _T | BaseException = work()
            except BaseException as error:  # whatever it is, the coroutine hears of it
                found = error.with_traceback(None)  # which would keep the connection
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(done.set_result, found)

        try:
            Thread(target=run, name="twilio-call", daemon=True).start()  # a signal in here gives the call up, too
            # Not wait_for, which until Python 3.12 swallows a cancellation that comes at the moment of the result
            await asyncio.wait({done}, timeout=deadline_s)
        except RuntimeError as error:
            return error
        finally:  # also where the task is cancelled
            with self._lock:
                self._is_given_up = True
                if self._socket:
                    with suppress(OSError):
                        self._socket.shutdown(socket.SHUT_RDWR)  # this wakes the thread that waits for it
                self.let_go()
        return done.result() if done.done() else GivenUp(f"not complete after {deadline_s:.3g} seconds")

    # --- what the thread reports; `enter` and `write` raise GivenUp once the call is given up

    def enter(self, phase: Phase, sock: Any = None, *, status: int = 0) -> None:
        """Note how far the call came; `sock` is broken if it is given up from now on."""
        with self._lock:
            if self._is_given_up:
                raise GivenUp
            if sock:
                self.let_go()
                # A duplicate is this socket for sure: TLS detaches the original, whose number another call may get
                self._socket = socket.fromfd(sock.fileno(), socket.AF_INET, socket.SOCK_STREAM)
            self.phase, self.status = phase, status
            self._is_tunnelled = self._is_tunnelled or phase is Phase.TUNNELLING
            if phase is Phase.SENDING:
                self.sent_at = self._loop.time()

    def expect_body_of(self, size: int) -> None:
        """Read a body of so many bytes at the most from now on."""
        self.left_bytes = size + _HEAD_BYTES

    def write(self, file: BinaryIO, data: bytes) -> None:
        """Write what came into a file, which somebody else may write into once the call is given up."""
        with self._lock:
            if self._is_given_up:
                raise GivenUp
            file.write(data)

    def read_into(self, receive: Callable[[memoryview], int], buffer: Any) -> int:
        """Read what a server sends into a buffer, but no more than `left_bytes` in all.

        http.client bounds a line of a head or between chunks, but neither their number nor that of heads.
        """
        if self.left_bytes <= 0:
            raise LineTooLong("response")
        count = receive(memoryview(buffer)[: self.left_bytes])
        self.left_bytes -= count
        return count

    def let_go(self) -> None:
        """Leave the socket alone from now on: it is free for another call."""
        with self._lock:
            if self._socket:
                self._socket.close()
                self._socket = None


_this_thread = local()  # knows the call that it makes


class _Connection(HTTPConnection):
    """Put before a connection class of urllib3: it reports to the call of the thread."""

    def response_class(self, sock: Any, **kwargs: Any) -> HTTPResponse:  # type: ignore[override]  # which is called
        """Return a response of the host, or of its proxy to CONNECT, of which the call decides how much is read."""
        response = HTTPResponse(sock, **kwargs)
        # Not by its own readinto: a file that knows itself would not be closed as soon as nobody knows it
        response.fp.raw.readinto = partial(_this_thread.call.read_into, sock.recv_into)  # type: ignore[method-assign]
        return response

    def _new_conn(self) -> Any:
        """Return a socket that is connected to the host or its proxy; urllib3 closes `self.sock` if this fails."""
        call: HttpCall = _this_thread.call
        if hasattr(self, "_socks_options"):
            return self._new_socks_conn(call)
        call.enter(Phase.RESOLVING)
        host = self._dns_host.strip("[]")
        addresses = socket.getaddrinfo(host, self.port, allowed_gai_family(), socket.SOCK_STREAM)
        call.enter(Phase.CONNECTING)
        failure = OSError("the name has no address")
        for family, kind, protocol, _, address in addresses:
            try:
                self.sock = socket.socket(family, kind, protocol)  # fails for IPv6 on a machine that has none
                call.enter(Phase.CONNECTING, self.sock)
                # Each gets its share of the time, so that dead addresses cannot use it up before one that lives
                self.sock.settimeout(float(self.timeout or 0.0) / min(len(addresses), _MOST_SHARES))
                self.sock.connect(address)
                self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.sock.settimeout(self.timeout)
                call.enter(Phase.HANDSHAKE)
                return self.sock
            except OSError as error:
                if self.sock:
                    self.sock.close()
                failure = error
        raise failure

    def _new_socks_conn(self, call: HttpCall) -> Any:
        call.enter(Phase.TUNNELLING)  # PySocks resolves, connects and opens the tunnel in one
        self.sock = super()._new_conn()
        call.enter(Phase.HANDSHAKE, self.sock)
        return self.sock

    def _tunnel(self) -> None:
        _this_thread.call.enter(Phase.TUNNELLING)
        super()._tunnel()
        _this_thread.call.enter(Phase.HANDSHAKE)

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        """Send the head of the request; the proxy's CONNECT does not pass here."""
        if self.sock is None:  # http.client would connect while it sends
            self.connect()
        _this_thread.call.enter(Phase.SENDING, self.sock)
        super().endheaders(*args, **kwargs)


class _Pool(HTTPConnectionPool):
    """Put before a pool class of urllib3: nothing of a call sticks to a connection that another one can get."""

    def _put_conn(self, conn: Any) -> None:
        sock = getattr(conn, "sock", None)
        # What TLS decrypted together with a response, and nobody read, would be taken for the next one
        if isinstance(sock, ssl.SSLSocket) and sock.pending():
            conn.close()
        elif sock:  # from now on another call may get it
            _this_thread.call.let_go()
        super()._put_conn(conn)


def reporting(manager: Any) -> Any:
    """The same pool manager (direct, of a proxy, of SOCKS), whose connections report to the call of their thread.

    It does no harm to ask for that again, so that of several threads that get a new one at once none need wait.
    """
    pools = dict(manager.pool_classes_by_scheme)
    for scheme, pool in pools.items():
        if not issubclass(pool, _Pool):
            connection = type("Connection", (_Connection, pool.ConnectionCls), {})
            pools[scheme] = type("Pool", (_Pool, pool), {"ConnectionCls": connection})
    manager.pool_classes_by_scheme = pools
    return manager
