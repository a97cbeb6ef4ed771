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
"""Servers on 127.0.0.1 that speak bytes and not HTTP, so that everything that can happen to a call can be played."""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType

import trustme


JSON_OK = b'{"ok": true}'
_RECEIVE_BYTES = 64 * 1024


def http_response(body: bytes = JSON_OK, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """Return the bytes of a response; `length` is what it says of its body, which may be untrue."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def server_context(authority: trustme.CA, *hosts: str) -> ssl.SSLContext:
    """Return what a TLS server needs whose certificate this authority issued for these names or addresses."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*hosts).configure_cert(context)
    return context


class RawConnection:
    """One connection to a RawServer.

    `received`: all bytes that came, decrypted where this end speaks TLS. `is_closed`: set once the peer closed it or
    the script of the server ended.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.received = bytearray()
        self.is_closed = Event()
        self.socket = sock
        self._unread = b""

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Shake hands as a TLS server."""
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def receive(self) -> bytes:
        """Return the next bytes, b"" once the peer closed the connection."""
        data = self.socket.recv(_RECEIVE_BYTES)
        self.received += data
        if not data:
            self.is_closed.set()
        return data

    def read_request(self) -> bytes:
        """Return the next request, head and body; raises EOFError where the peer closes before its end."""
        data = self._unread
        while b"\r\n\r\n" not in data:
            data += self._receive_some()
        head, _, body = data.partition(b"\r\n\r\n")
        found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        length = int(found.group(1)) if found else 0
        while len(body) < length:
            body += self._receive_some()
        self._unread = body[length:]
        return head + b"\r\n\r\n" + body[:length]

    def read_until_closed(self) -> None:
        """Take in everything until the peer closes the connection."""
        with suppress(OSError):
            while self.receive():
                pass
        self.is_closed.set()

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self.socket.sendall(data)

    def drip(self, data: bytes, pause_s: float = 0.02) -> None:
        """Send the same bytes again and again, until the peer closes the connection."""
        with suppress(OSError):
            while True:
                self.send(data)
                time.sleep(pause_s)
        self.is_closed.set()

    def reset(self) -> None:
        """Close with a RST instead of a FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.close()

    def close(self) -> None:
        """Close at once."""
        with suppress(OSError):
            self.socket.close()

    def _receive_some(self) -> bytes:
        data = self.receive()
        if not data:
            raise EOFError
        return data


Script = Callable[[RawConnection], object]


class RawServer:
    """Runs a script for each connection, each in a thread of its own; OSError and EOFError end a script in silence."""

    def __init__(self, script: Script, *, tls: ssl.SSLContext | None = None) -> None:
        self.connections: list[RawConnection] = []
        self._script = script
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> RawServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def received(self) -> bytes:
        """All bytes that came, connection by connection."""
        return b"".join(bytes(connection.received) for connection in self.connections)

    @property
    def requests(self) -> int:
        """The number of requests that came, CONNECT among them."""
        return self.received.count(b" HTTP/1.1\r\n")

    def close(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            connection = RawConnection(sock)
            self.connections.append(connection)
            Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection: RawConnection) -> None:
        with suppress(OSError, EOFError):
            if self._tls:
                connection.start_tls(self._tls)
            self._script(connection)
        connection.close()
        connection.is_closed.set()


def respond(data: bytes) -> Script:
    """Return a script that sends the same bytes for each request of a connection."""

    def script(connection: RawConnection) -> None:
        while True:
            connection.read_request()
            connection.send(data)

    return script


def respond_once(data: bytes) -> Script:
    """Return a script that sends these bytes for the first request, and no more."""

    def script(connection: RawConnection) -> None:
        connection.read_request()
        connection.send(data)
        with suppress(OSError):
            connection.socket.shutdown(socket.SHUT_WR)
        connection.read_until_closed()

    return script


def connect_proxy(connection: RawConnection) -> None:
    """Play a proxy: take one CONNECT, open the tunnel, and pass bytes both ways."""
    host, port = connection.read_request().split()[1].decode().rsplit(":", 1)
    with socket.create_connection((host, int(port))) as server:
        connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = Thread(target=_pass_on, args=(server.recv, connection.socket), daemon=True)
        back.start()
        _pass_on(lambda _: connection.receive(), server)
        back.join()


def _pass_on(receive: Callable[[int], bytes], to: socket.socket) -> None:
    with suppress(OSError):
        while data := receive(_RECEIVE_BYTES):
            to.sendall(data)
    with suppress(OSError):
        to.shutdown(socket.SHUT_WR)
