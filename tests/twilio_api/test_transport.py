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
"""One HTTP call against servers that do anything: what is sent, what is known of it, and that nothing is sent later.

The servers and their scripts are in sandbox/raw_server.py. What is made of a response is in test_response.py.
"""

from __future__ import annotations

import asyncio
import base64
import errno
import gzip
import http.client
import logging
import random
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import pytest
import trustme
import urllib3
from hypothesis import given, settings, strategies as st

from sandbox.raw_server import (
    JSON_OK,
    RawConnection,
    RawServer,
    Script,
    connect_proxy,
    http_response,
    respond,
    respond_once,
    server_context,
)
from tests.tables import for_each
from twilio_api import response as response_module, transport as transport_module
from twilio_api.errors import ApiError, CallError, ConnectionFailed, NoResponse, UnexpectedResponse
from twilio_api.http_call import reporting
from twilio_api.response import Response
from twilio_api.transport import Transport
from twilio_consts import CONNECT_TIMEOUT_S, REQUEST_DEADLINE_S


AUTH = ("AC0", "s3cret")
PATIENCE_S = 5.0  # more than a busy machine needs, and less than any time limit at its real length
FORM = {"Body": "hä", "To": "+1"}
PAGE = b"<p>busy</p>"
PASSWORD = "hunter2"
JOE = base64.b64encode(f"joe:{PASSWORD}".encode()).decode().rstrip("=")
HIDDEN = "[hidden, since it shows credentials]"
UNUSABLE = "the proxy or CA bundle that the environment names cannot be used"
ROOT = Path(__file__).parents[2]

every_way = for_each("way", ["http", "https", "proxy"])
Error = TypeVar("Error", bound=CallError)


# --- calls and what they come to


@pytest.fixture
def transport() -> Iterator[Transport]:
    """A transport whose user knows one secret."""
    made = Transport(AUTH, lambda text: text.replace("s3cret", "***"))
    yield made
    made.close()


def call(
    transport: Transport,
    url: str,
    *,
    form: dict[str, Any] | None = FORM,
    until: Callable[[], object] | None = None,
    cancels: bool = False,
    **options: Any,
) -> Response:
    """Make one call in a loop of its own. As soon as `until` is true its deadline is over, or it is cancelled."""

    async def story() -> Response:
        loop = asyncio.get_running_loop()
        task = loop.create_task(transport.call("POST", url, form, **options))
        if until:
            while not (until() or task.done()):
                await asyncio.sleep(0.002)
            if cancels:
                task.cancel()
            else:
                loop.time = lambda: time.monotonic() + 100.0  # type: ignore[method-assign]
        return await task

    return asyncio.run(story())


def failure(kind: type[Error], transport: Transport, url: str, **options: Any) -> Error:
    """Make a call that fails, and return its error, which is of just this kind and holds no other."""
    began = time.monotonic()
    with pytest.raises(kind) as caught:
        call(transport, url, **options)
    error = caught.value
    assert type(error) is kind
    assert error.__context__ is None or error.__suppress_context__
    assert PASSWORD not in f"{error!r} {error}"
    if error.is_unsent:
        assert error.sent_at is None
    else:
        assert error.sent_at is not None
        assert began <= error.sent_at <= time.monotonic()
    return error


def not_connected(transport: Transport, url: str, **options: Any) -> ConnectionFailed:
    """Make a call that fails before anything was sent."""
    error = failure(ConnectionFailed, transport, url, **options)
    assert error.is_unsent
    return error


def not_answered(transport: Transport, url: str, **options: Any) -> NoResponse:
    """Make a call of which nobody can say whether the server processed it."""
    error = failure(NoResponse, transport, url, **options)
    assert not error.is_unsent
    assert error.is_transient
    return error


def comes_true(condition: Callable[[], object]) -> bool:
    """Whether a condition comes true in time, which a busy machine may need some of."""
    end = time.monotonic() + PATIENCE_S
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return bool(condition())


def call_threads() -> list[threading.Thread]:
    """The threads of calls that have not ended."""
    return [thread for thread in threading.enumerate() if thread.name == "twilio-call"]


def ends(*servers: RawServer) -> bool:
    """Whether all threads of calls end soon, and all connections, of which each server had some."""

    def are_over() -> bool:
        return all(
            server.connections and all(each.is_closed.is_set() for each in server.connections) for server in servers
        )

    return comes_true(lambda: not call_threads() and are_over())


class Gate:
    """Holds the thread of a call, or a server, until the test opens it."""

    def __init__(self) -> None:
        self.is_reached = threading.Event()
        self._is_open = threading.Event()

    def wait(self) -> None:
        """Wait until it is open."""
        self.is_reached.set()
        self._is_open.wait(PATIENCE_S)

    def open(self) -> None:
        """Let everything pass."""
        self._is_open.set()

    def put(self, patch: pytest.MonkeyPatch, owner: Any, name: str, *, behind: bool = False) -> None:
        """Put it before a function of a library, or behind it, in the threads of calls."""
        function = getattr(owner, name)

        def gated(*args: Any, **kwargs: Any) -> Any:
            is_call = threading.current_thread().name == "twilio-call"
            if is_call and not behind:
                self.wait()
            try:
                return function(*args, **kwargs)
            finally:
                if is_call and behind:
                    self.wait()

        patch.setattr(owner, name, gated)


def reached(patch: pytest.MonkeyPatch, owner: Any, name: str) -> Callable[[], bool]:
    """Return the question whether a function of a library was called in the thread of a call."""
    gate = Gate()
    gate.open()
    gate.put(patch, owner, name)
    return gate.is_reached.is_set


# --- servers, proxies and the environment


class Network:
    """The servers of a test, and the environment that leads to them."""

    def __init__(self, authority: trustme.CA, ca_bundle: Path, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch
        self.servers: list[RawServer] = []
        self._authority = authority
        self._ca_bundle = ca_bundle

    def serve(self, script: Script, way: str = "http") -> RawServer:
        """Start a server to which "http", "https" or "proxy" leads: TLS that is trusted, through a proxy."""
        if way == "http":
            return self.start(script)
        self.trust()
        if way == "proxy":
            self.use_proxy(f"joe:{PASSWORD}", self.start(connect_proxy).port)
        return self.start(script, tls=self.tls())

    def start(self, script: Script, *, tls: ssl.SSLContext | None = None) -> RawServer:
        """Start a server that ends with the test."""
        self.servers.append(RawServer(script, tls=tls))
        return self.servers[-1]

    def tls(self, *hosts: str) -> ssl.SSLContext:
        """What a TLS server needs, for this machine or for others; nobody knows its authority."""
        return server_context(self._authority, *(hosts or ("127.0.0.1", "localhost")))

    def trust(self) -> None:
        """Let the environment trust that authority."""
        self.patch.setenv("REQUESTS_CA_BUNDLE", str(self._ca_bundle))

    def use_proxy(self, credentials: str, port: int) -> None:
        """Let the environment name a proxy on this machine."""
        self.patch.setenv("HTTPS_PROXY", f"http://{credentials}@127.0.0.1:{port}")

    def resolve(self, *ports: int) -> None:
        """Let each name have an address for each of these ports of this machine; without any it is unknown."""

        def getaddrinfo(*_args: Any, **_kwargs: Any) -> list[Any]:
            if not ports:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]

        self.patch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    """A certificate authority that nobody knows, and the bundle of whoever trusts it."""
    made, ca_bundle = trustme.CA(), tmp_path_factory.mktemp("authority") / "ca.pem"
    made.cert_pem.write_to_path(str(ca_bundle))
    return made, ca_bundle


@pytest.fixture
def net(authority: tuple[trustme.CA, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    """Servers that end with the test."""
    made = Network(*authority, monkeypatch)
    yield made
    for server in made.servers:
        server.close()


@pytest.fixture
def hanging_port() -> Iterator[int]:
    """A port on which connections neither stand nor fail: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        queue = [socket.socket() for _ in range(4)]
        for sock in queue:
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for sock in queue:
            sock.close()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def silence(connection: RawConnection) -> None:
    """Take in everything and send nothing."""
    connection.read_until_closed()


def read_and(*steps: Script) -> Script:
    """Read one request, then do these things in turn."""

    def script(connection: RawConnection) -> None:
        connection.read_request()
        for step in steps:
            step(connection)

    return script


def send(*data: bytes) -> Script:
    """Send all of it."""

    def script(connection: RawConnection) -> None:
        for part in data:
            connection.send(part)

    return script


def drip_headers(connection: RawConnection) -> None:
    """Begin the head of a response, and never end it."""
    connection.send(b"HTTP/1.1 200 OK\r\n")
    connection.drip(b"X: y\r\n")


# --- what is sent, and what comes back


def test_a_call_is_one_request_with_basic_auth(transport: Transport, net: Network) -> None:
    server = net.serve(respond(http_response(JSON_OK, "201 Created", "Date: Mon, 02 Mar 2026 10:00:00 GMT")))
    began = time.monotonic()
    found = call(transport, f"{server.url}/m.json?a=b+c")
    assert found[:-1] == (201, {"ok": True}, 1772445600.0)
    assert found.sent_at is not None
    assert began <= found.sent_at <= time.monotonic()
    assert server.received.startswith(b"POST /m.json?a=b+c HTTP/1.1\r\n")
    assert server.received.endswith(b"\r\n\r\nBody=h%C3%A4&To=%2B1")
    head = server.received.decode().lower()
    assert f"authorization: basic {base64.b64encode(b'AC0:s3cret').decode()}\r\n".lower() in head
    assert "user-agent: splunk-soar-twilio/" in head
    assert "accept-encoding: gzip\r\n" in head


def test_the_fields_of_a_get_are_its_query(transport: Transport, net: Network) -> None:
    server = net.serve(respond(http_response(JSON_OK)))
    asyncio.run(transport.call("GET", f"{server.url}/m.json", {"To": "+1 5"}))
    assert server.received.startswith(b"GET /m.json?To=%2B1+5 HTTP/1.1\r\n")
    assert server.received.endswith(b"\r\n\r\n")


@every_way
def test_calls_of_one_loop_are_under_way_at_the_same_time(
    transport: Transport, net: Network, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    """Each connection, also the first ones through a proxy, reports to the call that it is used for."""
    caplog.set_level(logging.WARNING)
    all_are_here = threading.Barrier(8)

    def script(connection: RawConnection) -> None:
        for _ in range(3):
            path = connection.read_request().split()[1]
            all_are_here.wait(PATIENCE_S)
            connection.send(http_response(b'{"path": "%s"}' % path))

    server = net.serve(script, way)

    async def make_calls() -> list[str]:
        paths = []
        for first in (0, 8, 16):
            calls = [transport.call("GET", f"{server.url}/{number}") for number in range(first, first + 8)]
            paths += [found.json["path"] for found in await asyncio.gather(*calls)]
        return paths

    assert asyncio.run(make_calls()) == [f"/{number}" for number in range(24)]
    assert len(server.connections) == 8
    assert caplog.records == []


def test_calls_that_meet_a_new_proxy_at_once_are_all_watched(transport: Transport, net: Network) -> None:
    def report_late(manager: Any) -> Any:
        time.sleep(0.1)
        return reporting(manager)

    async def make_calls() -> list[Any]:
        calls = [transport.call("POST", server.url, FORM) for _ in range(4)]
        return list(await asyncio.gather(*calls, return_exceptions=True))

    net.patch.setattr(transport_module, "reporting", report_late)
    server = net.serve(read_and(RawConnection.close), "proxy")
    assert [type(error) for error in asyncio.run(make_calls())] == [NoResponse] * 4


# --- no connection: nothing was sent, and the error names the step that failed


@for_each(
    "host, successor",
    [
        *(("api.twilio.com", ""), ("api.dublin.ie1.twilio.com", ""), ("a" * 70, "")),
        ("api.ie1.twilio.com", "dublin.ie1"),
        ("api.AU1.twilio.com", "sydney.au1"),
        ("api.us1.twilio.com", "ashburn.us1"),
        ("api.xx1.twilio.com", "<city>.xx1"),
    ],
)
def test_a_name_that_is_unknown(transport: Transport, net: Network, host: str, successor: str) -> None:
    hint = f" (Twilio retired this host on 2026-04-28; its successor is api.{successor}.twilio.com)"
    net.resolve()
    error = not_connected(transport, f"https://{host}/x")
    assert str(error) == f"Could not connect to {host}: its name cannot be resolved{hint if successor else ''}."
    assert error.is_transient


def test_a_connection_that_hangs_is_given_up_at_the_deadline(
    transport: Transport, net: Network, hanging_port: int
) -> None:
    def attempts() -> int:
        return Path("/proc/net/tcp").read_text().count(f":{hanging_port:04X} 02 ")  # SYN_SENT

    before = attempts()
    net.patch.setattr(transport_module, "CONNECT_TIMEOUT_S", 60.0)
    error = not_connected(transport, f"http://127.0.0.1:{hanging_port}/", until=lambda: attempts() > before)
    assert str(error) == f"Could not connect to 127.0.0.1:{hanging_port}: timed out while connecting."
    assert ends()


REFUSED, TIMED_OUT = ConnectionRefusedError("refused"), socket.timeout("timed out")


@for_each(
    "errors, what",
    [
        ([REFUSED], "the connection was refused"),
        ([TIMED_OUT], "timed out while connecting"),
        *(([OSError(number, "no way")], "there is no route to it") for number in (errno.EHOSTUNREACH, errno.EACCES)),
        ([REFUSED, TIMED_OUT], "timed out while connecting"),
        ([TIMED_OUT, TIMED_OUT, REFUSED], "the connection was refused"),
    ],
)
def test_of_addresses_that_are_all_dead_the_last_failure_is_reported(
    transport: Transport, net: Network, errors: list[OSError], what: str
) -> None:
    def connect(_sock: socket.socket, address: tuple[str, int]) -> None:
        raise errors[address[1]]

    net.resolve(*range(len(errors)))
    net.patch.setattr(socket.socket, "connect", connect)
    error = not_connected(transport, "https://api.example/")
    assert str(error) == f"Could not connect to api.example: {what}."
    assert error.is_transient


def test_an_address_that_lives_is_reached_behind_many_that_are_dead(transport: Transport, net: Network) -> None:
    connect, wrap_socket = socket.socket.connect, ssl.SSLContext.wrap_socket
    waits: list[float | None] = []

    def connect_to_one(sock: socket.socket, address: tuple[str, int]) -> None:
        if address[1] != server.port:
            waits.append(sock.gettimeout())
            raise socket.timeout("timed out") if len(waits) % 2 else ConnectionRefusedError
        connect(sock, address)

    def begin_tls(context: ssl.SSLContext, sock: socket.socket, **options: Any) -> ssl.SSLSocket:
        if not options.get("server_side"):
            waits.append(sock.gettimeout())
        return wrap_socket(context, sock, **options)

    net.trust()
    server = net.start(respond(http_response()), tls=net.tls("api.example"))
    net.resolve(1, 2, 3, 4, server.port, 5, 6)
    net.patch.setattr(socket.socket, "connect", connect_to_one)
    net.patch.setattr(ssl.SSLContext, "wrap_socket", begin_tls)
    assert call(transport, "https://api.example/").json == {"ok": True}
    assert waits == [CONNECT_TIMEOUT_S / 4] * 4 + [CONNECT_TIMEOUT_S]  # the last one for the TLS handshake


def test_an_address_of_a_kind_that_this_machine_does_not_know_is_passed_over(
    transport: Transport, net: Network
) -> None:
    server = net.serve(respond(http_response()))
    addresses = [(9999, ()), (socket.AF_INET, ("127.0.0.1", server.port))]
    found = [(family, socket.SOCK_STREAM, 0, "", address) for family, address in addresses]
    net.patch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    assert call(transport, "http://api.example/").json == {"ok": True}


def junk(connection: RawConnection) -> None:
    """Send what is neither TLS nor HTTP."""
    connection.receive()
    connection.send(b"220 mail.example ESMTP\r\n" * 9)
    connection.read_until_closed()


@for_each(
    "script, what",
    [
        (RawConnection.receive, "failed"),
        (lambda connection: (connection.receive(), connection.reset()), "failed: the connection broke"),
        (junk, r"failed \(WRONG_VERSION_NUMBER\)"),
    ],
)
def test_a_tls_handshake_that_fails(transport: Transport, net: Network, script: Script, what: str) -> None:
    error = not_connected(transport, f"https://127.0.0.1:{net.start(script).port}/")
    assert re.match(rf"Could not connect to 127\.0\.0\.1:\d+: its TLS handshake {what}", str(error))
    assert error.is_transient


def drip_tls(connection: RawConnection) -> None:
    """Begin a TLS record, and never end it."""
    connection.receive()
    connection.send(b"\x16\x03\x03\x40\x00")
    connection.drip(b"\x02")


@for_each("script", [silence, drip_tls])
def test_a_tls_handshake_that_hangs(transport: Transport, net: Network, script: Script) -> None:
    server = net.start(script)
    error = not_connected(transport, f"https://127.0.0.1:{server.port}/", until=lambda: server.received)
    assert str(error) == f"Could not connect to 127.0.0.1:{server.port}: its TLS handshake timed out."
    assert ends(server)


@for_each(
    "host, variables",
    [
        ("localhost", {}),  # of an unknown authority
        ("localhost", {"REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": "", "PYTHONHTTPSVERIFY": "0"}),
        ("other.example", None),  # of one that is trusted
    ],
)
def test_a_certificate_that_is_not_trusted(
    transport: Transport, net: Network, host: str, variables: dict[str, str] | None
) -> None:
    if variables is None:
        net.trust()
    for name, value in (variables or {}).items():
        net.patch.setenv(name, value)
    server = net.start(respond(http_response()), tls=net.tls(host))
    error = not_connected(transport, f"https://localhost:{server.port}")
    assert str(error) == f"Could not connect to localhost:{server.port}: its TLS certificate is not trusted."
    assert not error.is_transient
    assert server.requests == 0


@for_each("content", [None, "junk", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_ca_bundle_that_cannot_be_used(
    transport: Transport, net: Network, tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "own.pem").write_text(content)
    net.patch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "own.pem"))
    error = not_connected(transport, net.start(respond(http_response()), tls=net.tls()).url)
    assert UNUSABLE in str(error)
    assert not error.is_transient


@for_each(
    "url, form",
    [
        ("127.0.0.1", FORM),
        ("http://", FORM),
        ("http://[", FORM),
        ("http://127.0.0.1:junk/", FORM),
        ("", FORM),
        ("http://127.0.0.1:1/", {"Body": "\ud800"}),
    ],
)
def test_a_request_that_cannot_be_made(transport: Transport, url: str, form: dict[str, str]) -> None:
    error = not_connected(transport, url, form=form)
    assert re.search(r": the request cannot be made \(\w+\)\.$", str(error))
    assert not error.is_transient


def test_no_thread_for_the_call(transport: Transport, net: Network) -> None:
    def start(_self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    net.use_proxy(f"joe:{PASSWORD}", free_port())
    net.patch.setattr(threading.Thread, "start", start)
    error = not_connected(transport, "https://api.example/")
    net.patch.undo()
    assert str(error) == "Could not connect to api.example: no thread could be started."
    assert error.is_transient


# --- a proxy on the way


NO_PYSOCKS = "the environment names a SOCKS proxy, but the Python package PySocks, which it needs, is not installed"


@for_each(
    "proxy, what",
    [
        (f"nonsense://joe:{PASSWORD}@127.0.0.1:1", UNUSABLE),
        (f"http://joe:{PASSWORD}@", UNUSABLE),
        (f"http://joe:{PASSWORD}@127.0.0.1:junk", UNUSABLE),
        (f"http://[joe:{PASSWORD}@", UNUSABLE),
        (f"http://joe:{PASSWORD}", UNUSABLE),
        (f"joe:{PASSWORD}@:", UNUSABLE),
        ("http://:0", UNUSABLE),
        ("::::", UNUSABLE),
        (f"socks5://joe:{PASSWORD}@127.0.0.1:1080", NO_PYSOCKS),
    ],
)
def test_a_proxy_setting_that_cannot_be_used(transport: Transport, net: Network, proxy: str, what: str) -> None:
    net.patch.setenv("HTTPS_PROXY", proxy)
    error = not_connected(transport, "https://127.0.0.1:1/")
    assert str(error) == f"Could not connect to 127.0.0.1:1: {what}."
    assert not error.is_transient


def through_a_proxy(
    transport: Transport, net: Network, script: Script, credentials: str = f"joe:{PASSWORD}", **options: Any
) -> tuple[ConnectionFailed, str]:
    """Make a call through a proxy that opens no tunnel; return the error and what it says of the proxy."""
    proxy = net.start(script)
    net.use_proxy(credentials, proxy.port)
    error = not_connected(transport, "https://api.example/", **options)
    begin = f"Could not connect to api.example through the proxy 127.0.0.1:{proxy.port}: "
    assert str(error).startswith(begin)
    assert b"POST" not in proxy.received
    assert ends(proxy)
    return error, str(error)[len(begin) :]


def refusal(status: str) -> Script:
    """Refuse a tunnel with this status."""
    return respond_once(f"HTTP/1.1 {status}\r\n\r\n".encode())


def tunnel_to(*steps: Script) -> Script:
    """Open a tunnel, behind which these steps are all there is."""
    return read_and(send(b"HTTP/1.1 200 OK\r\n\r\n"), *steps)


@for_each(
    "script, what, is_transient",
    [
        (refusal("403 Denied by policy 12 (s3cret)"), "the proxy said: 403 Denied by policy 12 (***).", True),
        (refusal("407 Log In"), "the proxy requires valid credentials: 407 Log In.", False),
        (refusal(f"407 Not {PASSWORD}"), f"the proxy requires valid credentials: {HIDDEN}.", False),
        (refusal(f"502 joe:{PASSWORD}"), f"the proxy said: {HIDDEN}.", True),
        (refusal(f"502 {JOE}"), f"the proxy said: {HIDDEN}.", True),
        (respond_once(b""), "the proxy opened no tunnel.", True),
        (read_and(RawConnection.reset), "the proxy opened no tunnel.", True),
        (respond_once(b"SSH-2.0-OpenSSH\r\n" + b"\0" * 100), "the proxy opened no tunnel.", True),
        (tunnel_to(RawConnection.receive), "its TLS handshake failed", True),
        (tunnel_to(RawConnection.reset), "its TLS handshake failed", True),
    ],
)
def test_a_proxy_that_opens_no_tunnel_or_one_to_no_tls(
    transport: Transport, net: Network, script: Script, what: str, is_transient: bool
) -> None:
    error, said = through_a_proxy(transport, net, script)
    assert said.startswith(what)
    assert error.is_transient is is_transient


@for_each(
    "script, what, until",
    [
        (silence, "the proxy did not open the tunnel in time.", b"CONNECT"),
        (read_and(drip_headers), "the proxy did not open the tunnel in time.", b"CONNECT"),
        (tunnel_to(silence), "its TLS handshake timed out.", b"\x16\x03"),
    ],
)
def test_a_proxy_that_opens_no_tunnel_in_time_or_one_to_no_tls(
    transport: Transport, net: Network, script: Script, what: str, until: bytes
) -> None:
    error, said = through_a_proxy(transport, net, script, until=lambda: until in net.servers[-1].received)
    assert said == what
    assert error.is_transient


@for_each(
    "spelled, password",
    [
        ("pa/ss/12345678", "pa/ss/12345678"),
        ("12/34", "12/34"),
        ("12%2F34", "12/34"),
        ("p@ss?w#rd:e%", "p@ss?w#rd:e%"),
        ("p%40ss%3Fw%23rd%3Ae%25", "p@ss?w#rd:e%"),
        ("http://[::1]", "http://[::1]"),
        ("two words\\", "two words\\"),
    ],
)
def test_a_proxy_password_may_be_spelled_in_any_way_and_is_never_shown(
    transport: Transport, net: Network, spelled: str, password: str
) -> None:
    _, said = through_a_proxy(transport, net, refusal(f"403 You are joe:{password} ."), f"joe:{spelled}")
    header = b"Proxy-Authorization: Basic " + base64.b64encode(f"joe:{password}".encode()) + b"\r\n"
    assert header in net.servers[-1].received
    assert said == f"the proxy said: {HIDDEN}."


def test_a_proxy_that_cannot_be_reached(transport: Transport, net: Network) -> None:
    port = free_port()
    net.use_proxy(f"joe:{PASSWORD}", port)
    what = f"api.example through the proxy 127.0.0.1:{port}: the connection was refused."
    assert str(not_connected(transport, "https://api.example/")) == f"Could not connect to {what}"
    net.patch.setenv("HTTPS_PROXY", f"http://joe:{PASSWORD}@proxy.example:3128")
    net.resolve()
    what = "api.ie1.twilio.com through the proxy proxy.example:3128: the proxy's name cannot be resolved."
    assert str(not_connected(transport, "https://api.ie1.twilio.com/")) == f"Could not connect to {what}"


def test_a_proxy_that_does_not_know_a_host_that_twilio_retired(transport: Transport, net: Network) -> None:
    net.use_proxy("joe", net.start(refusal("502 Bad Gateway")).port)
    said = str(not_connected(transport, "https://api.ie1.twilio.com"))
    assert "the proxy said: 502 Bad Gateway (Twilio retired this host on 2026-04-28; its successor is" in said


@pytest.mark.parametrize(("whose", "scheme"), [("the proxy's", "https"), ("its", "http")])
def test_a_certificate_that_is_not_trusted_on_the_way_through_a_proxy(
    transport: Transport, net: Network, whose: str, scheme: str
) -> None:
    server = net.start(respond(http_response()), tls=net.tls())
    proxy = net.start(connect_proxy, tls=net.tls() if scheme == "https" else None)
    net.patch.setenv("HTTPS_PROXY", f"{scheme}://joe:{PASSWORD}@127.0.0.1:{proxy.port}")
    error = not_connected(transport, server.url)
    assert str(error).endswith(f": {whose} TLS certificate is not trusted.")
    assert not error.is_transient


# --- the request was sent, and no response came: nobody can say whether it was processed


@every_way
@for_each("then", [RawConnection.close, RawConnection.reset])
def test_a_connection_that_breaks_after_the_request(transport: Transport, net: Network, then: Script, way: str) -> None:
    """Behind a proxy, urllib3 1.26 calls this "Cannot connect to proxy"."""
    server = net.serve(read_and(then), way)
    error = not_answered(transport, server.url)
    assert str(error) == f"No response from 127.0.0.1:{server.port}: the connection broke."
    assert server.requests == 1


def test_a_connection_that_breaks_before_the_request_is_read(transport: Transport, net: Network) -> None:
    def script(connection: RawConnection) -> None:
        connection.receive()
        connection.reset()

    assert "the connection broke" in str(not_answered(transport, net.serve(script).url, form={"a": "b" * 5_000_000}))


@for_each(
    "deadline_s, what",
    [(PATIENCE_S, "it was silent for 0.2 seconds"), (0.1, "it was not complete after 0.1 seconds")],
)
def test_silence_after_the_request(transport: Transport, net: Network, deadline_s: float, what: str) -> None:
    net.patch.setattr(transport_module, "READ_TIMEOUT_S", 0.2)
    server = net.serve(silence)
    error = not_answered(transport, server.url, deadline_s=deadline_s)
    assert str(error) == f"No response from 127.0.0.1:{server.port}: {what}."
    assert ends(server)


def test_a_request_that_nobody_reads(transport: Transport, net: Network) -> None:
    until = reached(net.patch, http.client.HTTPConnection, "endheaders")
    is_over = threading.Event()
    nobody = net.serve(lambda connection: is_over.wait(PATIENCE_S))
    not_answered(transport, nobody.url, form={"a": "b" * 20_000_000}, until=until)
    assert comes_true(lambda: not call_threads())
    is_over.set()


@for_each(
    "data",
    [
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.0\r\n",
        b"<html>hello</html>",
        b"HTTP/1.1 99 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 1000 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 -200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 1000 + b"Content-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
        b"\0" * 1000,
        b"\r\n\r\n\r\n",
    ],
)
def test_what_is_not_http_is_no_response(transport: Transport, net: Network, data: bytes) -> None:
    assert str(not_answered(transport, net.serve(respond_once(data)).url)).endswith(": what it sent is not HTTP.")


def test_a_kept_connection_that_breaks_under_a_request_is_not_tried_again(transport: Transport, net: Network) -> None:
    server = net.serve(read_and(send(http_response()), RawConnection.read_request))
    call(transport, server.url)
    assert "the connection broke" in str(not_answered(transport, server.url))
    assert (len(server.connections), server.requests) == (1, 2)


# --- whatever drips ends at the deadline


@for_each(
    "drips",
    [
        drip_headers,
        lambda connection: connection.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 9, 0.001),
        lambda connection: connection.drip(b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" * 9, 0.001),
    ],
)
@for_each("way", ["http", "https"])
def test_a_head_that_drips_ends_at_the_deadline(transport: Transport, net: Network, drips: Script, way: str) -> None:
    server = net.serve(read_and(drips), way)
    error = not_answered(transport, server.url, until=lambda: server.requests)
    assert str(error).endswith(f": it was not complete after {REQUEST_DEADLINE_S:g} seconds.")
    assert ends(server)


@for_each("head", ["", "Connection: close\r\n"])
@for_each("way", ["http", "https"])
def test_a_body_that_drips_ends_at_the_deadline(transport: Transport, net: Network, head: str, way: str) -> None:
    start = send(f"HTTP/1.1 403 Forbidden\r\n{head}Content-Length: 100000\r\n\r\n".encode())
    server = net.serve(read_and(start, lambda connection: connection.drip(b"x")), way)
    until = reached(net.patch, transport_module, "read_response")
    error = failure(UnexpectedResponse, transport, server.url, until=until)
    assert str(error) == f"Status Code: 403. The response was not complete after {REQUEST_DEADLINE_S:g} seconds"
    assert ends(server)


# --- a response came, whole or not


def test_a_response_is_taken_although_the_request_was_not_read_to_its_end(transport: Transport, net: Network) -> None:
    def script(connection: RawConnection) -> None:
        connection.receive()
        connection.send(http_response(b'{"code": 1}', "413 Too Long"))

    server = net.serve(script)
    for _ in range(2):  # the second one on a new connection
        assert failure(ApiError, transport, server.url, form={"a": "b" * 5_000_000}).status == 413
    assert len(server.connections) == 2


def test_a_body_that_stops_is_cut_off(transport: Transport, net: Network) -> None:
    net.patch.setattr(transport_module, "READ_TIMEOUT_S", 0.2)
    server = net.serve(read_and(send(http_response(length=50)), silence))
    assert "cut off or garbled" in str(failure(UnexpectedResponse, transport, server.url))


def test_a_redirect_is_not_followed_and_its_body_not_awaited(transport: Transport, net: Network) -> None:
    other = net.serve(respond(http_response()))
    redirect = http_response(b"x", "302 Found", f"Location: {other.url}/x", length=10**9)
    server = net.serve(read_and(send(redirect), silence))
    began = time.monotonic()
    error = failure(UnexpectedResponse, transport, server.url)
    assert time.monotonic() - began < PATIENCE_S
    assert f"redirects to 127.0.0.1:{other.port}, which is never followed" in str(error)
    assert other.connections == []


MEGABYTE = b" " * 1_000_000
ENDLESS = [
    [b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 60000000\r\n\r\n", *[MEGABYTE] * 60],
    [b"HTTP/1.1 500 Oops\r\nContent-Length: 60000000\r\n\r\n", *[MEGABYTE] * 60],
    [b"HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n7270e00\r\n", *[MEGABYTE] * 60],
    [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"0" * 1_000_000] * 60],  # the size of a chunk
    [http_response(gzip.compress(MEGABYTE * 60, 1), "200 OK", "Content-Encoding: gzip")],
]


@for_each("parts", ENDLESS)
def test_no_response_takes_much_memory(transport: Transport, net: Network, parts: list[bytes]) -> None:
    server = net.serve(read_and(send(*parts)))
    tracemalloc.start()
    try:
        with pytest.raises(UnexpectedResponse):
            call(transport, server.url)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()


LINE = b"X: " + b"a" * 60_000 + b"\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKS = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@for_each(
    "before, endless",
    [
        (b"", b"HTTP/1.1 100 Continue\r\n" + LINE + b"\r\n"),
        (OK, LINE),
        (CHUNKS, b"1;" + LINE + b" \r\n"),
        (CHUNKS + b"2\r\n{}\r\n0\r\n", LINE),  # after the last chunk
        (b"HTTP/1.1 500 Oops" + CHUNKS[15:] + b"2\r\n{}\r\n0\r\n", LINE),
    ],
)
@for_each("way", ["http", "https"])
def test_no_response_is_read_far_beyond_the_longest_body(
    transport: Transport, net: Network, way: str, before: bytes, endless: bytes
) -> None:
    sent: list[bytes] = []

    def script(connection: RawConnection) -> None:
        connection.read_request()
        connection.send(before)
        while len(sent) < 1_000:
            connection.send(endless)
            sent.append(endless)

    with pytest.raises((NoResponse, UnexpectedResponse)):
        call(transport, net.serve(script, way).url)
    assert len(sent) < 300  # most of which the sockets hold


# --- a call that was given up, at its deadline or by a cancellation, never sends later


gives_up = for_each("how", ["deadline", "cancel"])


def give_up(transport: Transport, url: str, gate: Gate, how: str, said: str) -> None:
    """Give a call up that is held at a gate, which is then opened; `said` is what a deadline ends it with."""
    if how == "cancel":
        with pytest.raises(asyncio.CancelledError):
            call(transport, url, until=gate.is_reached.is_set, cancels=True)
    else:
        error = not_connected(transport, url, until=gate.is_reached.is_set)
        assert said in str(error)
        assert error.is_transient
    gate.open()
    assert comes_true(lambda: not call_threads())


@for_each(
    "way, owner, step, said",
    [
        ("http", socket, "getaddrinfo", "its name was not resolved in time"),
        ("http", socket.socket, "connect", "timed out while connecting"),
        ("https", urllib3.connection.HTTPSConnection, "connect", "its TLS handshake timed out"),
        ("proxy", socket, "getaddrinfo", "the proxy's name was not resolved in time"),
        ("proxy", urllib3.connection.HTTPConnection, "_tunnel", "the proxy did not open the tunnel in time"),
    ],
)
@gives_up
def test_nothing_is_sent_after_a_step_that_ends_late(
    transport: Transport, net: Network, way: str, owner: Any, step: str, said: str, how: str
) -> None:
    server, gate = net.serve(silence, way), Gate()
    with net.patch.context() as patch:
        gate.put(patch, owner, step, behind=True)
        give_up(transport, server.url, gate, how, said)
    connections = [connection for server in net.servers for connection in server.connections]
    assert comes_true(lambda: all(connection.is_closed.is_set() for connection in connections))
    assert server.received == b""
    # Not even TLS's first words
    assert b"".join(connection.received for connection in connections).rpartition(b"\r\n\r\n")[2] == b""


@gives_up
@pytest.mark.parametrize("way", ["http", "https"])
def test_nothing_is_sent_late_on_a_kept_connection(transport: Transport, net: Network, way: str, how: str) -> None:
    server = net.serve(respond(http_response()), way)
    call(transport, server.url)
    with net.patch.context() as patch:
        gate = Gate()
        gate.put(patch, http.client.HTTPConnection, "putrequest")
        give_up(transport, server.url, gate, how, "the connection was not started in time")
    assert server.requests == 1
    assert call(transport, server.url).json == {"ok": True}


def test_nothing_is_sent_late_around_the_very_moment_of_sending(transport: Transport, net: Network) -> None:
    """Many calls with a deadline at about the time when they send: none that was reported as never sent arrives."""
    server = net.serve(respond(http_response()))
    chance = random.Random(19)
    never_sent: list[bytes] = []
    putrequest = http.client.HTTPConnection.putrequest

    def putrequest_soon(*args: Any, **kwargs: Any) -> None:
        time.sleep(chance.uniform(0.0, 0.004))
        putrequest(*args, **kwargs)

    async def make_calls(first: int) -> None:
        for number in range(first, first + 60):
            with suppress(NoResponse, UnexpectedResponse):
                try:
                    await transport.call("GET", f"{server.url}/call-{number}-", deadline_s=chance.uniform(0.0, 0.008))
                except ConnectionFailed:
                    never_sent.append(f"/call-{number}-".encode())

    async def make_all() -> None:
        await asyncio.gather(*(make_calls(first) for first in (1000, 2000, 3000, 4000)))

    net.patch.setattr(http.client.HTTPConnection, "putrequest", putrequest_soon)
    asyncio.run(make_all())
    assert ends()
    assert 0 < len(never_sent) < 240
    assert not [mark for mark in never_sent if mark in server.received]


def test_a_cancellation_at_the_moment_of_the_result_is_not_lost(transport: Transport, net: Network) -> None:
    server = net.serve(respond(http_response()))

    async def story() -> bool:
        loop = asyncio.get_running_loop()
        call_soon = loop.call_soon_threadsafe

        def cancel_too(callback: Callable[..., object], *args: Any, **_options: Any) -> Any:
            return call_soon(lambda: (callback(*args), task.cancel()))

        loop.call_soon_threadsafe = cancel_too  # type: ignore[assignment]
        task = loop.create_task(transport.call("GET", server.url))
        await asyncio.wait({task})
        return task.cancelled()

    assert asyncio.run(story())
    assert server.requests == 1


# --- nothing of a call is left


def test_a_signal_that_ends_the_loop_gives_the_call_up(transport: Transport, net: Network) -> None:
    class Ended(BaseException):
        pass

    def end(_number: int, _frame: FrameType | None) -> None:
        raise Ended

    this_thread = threading.get_ident()
    server = net.serve(read_and(lambda _: signal.pthread_kill(this_thread, signal.SIGALRM), silence))
    before = signal.signal(signal.SIGALRM, end)
    try:
        with pytest.raises(Ended):
            call(transport, server.url)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert ends(server)


def test_fifteen_runs_leave_no_thread_no_file_and_no_word(net: Network, caplog: pytest.LogCaptureFixture) -> None:
    def files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    async def run(transport: Transport) -> None:
        calls = [transport.call("GET", silent.url, deadline_s=0.02) for _ in range(2)]
        calls += [transport.call("GET", lively.url) for _ in range(4)]
        await asyncio.gather(*calls, return_exceptions=True)
        transport.close()

    caplog.set_level(logging.WARNING)
    files_before, threads_before = files(), threading.active_count()
    silent, lively = net.serve(silence), net.serve(respond(http_response()))
    for _ in range(15):
        asyncio.run(run(Transport(AUTH, str)))
    assert ends(silent, lively)
    silent.close()
    lively.close()
    assert comes_true(lambda: threading.active_count() <= threads_before)
    assert comes_true(lambda: files() <= files_before)
    assert caplog.records == []


def test_a_process_goes_on_and_ends_in_silence_although_calls_hang(net: Network) -> None:
    script = """
import asyncio, socket, sys, time
from twilio_api.errors import CallError
from twilio_api.transport import Transport
def call(deadline_s):
    try:
        print(asyncio.run(transport.call("GET", "http://api.example/", deadline_s=deadline_s)).status)
    except CallError as error:
        print(error)
def resolve(*args, **kwargs):
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", int(port))) for port in sys.argv[1:]]
transport = Transport(("a", "b"), str)
socket.getaddrinfo = resolve
call(10.0)
socket.getaddrinfo = lambda *args, **kwargs: time.sleep(0.1)
call(0.05)
time.sleep(0.1)  # in which the thread ends, whose loop is closed
socket.getaddrinfo = lambda *args, **kwargs: time.sleep(30)
call(0.05)
"""
    server = net.serve(respond_once(http_response(JSON_OK, "200 OK", "Set-Cookie: a=b; expires=x", "no header")))
    child = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "always", "-c", script, str(free_port()), str(server.port)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=15,
    )
    late = "Could not connect to api.example: its name was not resolved in time.\n"
    assert (child.stderr, child.stdout) == ("", f"200\n{late}{late}")


# --- the environment


@pytest.mark.parametrize(
    ("name", "scheme"), [("HTTPS_PROXY", "http://"), ("https_proxy", ""), ("ALL_PROXY", ""), ("all_proxy", "http://")]
)
def test_https_goes_through_the_proxy_of_the_environment(
    transport: Transport, net: Network, name: str, scheme: str
) -> None:
    server, proxy = net.serve(respond(http_response()), "https"), net.start(connect_proxy)
    net.patch.setenv(name, f"{scheme}joe:p%40ss@127.0.0.1:{proxy.port}")
    net.patch.setenv("NO_PROXY", "other.example")
    for _ in range(2):
        assert call(transport, server.url).json == {"ok": True}
    assert len(proxy.connections) == 1
    assert proxy.received.startswith(f"CONNECT 127.0.0.1:{server.port} ".encode())
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"joe:p@ss") in proxy.received
    assert b"Proxy-Authorization" not in server.received


def test_a_page_of_a_proxy_that_reads_along_does_not_show_its_password(transport: Transport, net: Network) -> None:
    page = f"<p>You are joe:{PASSWORD}</p>".encode()
    error = failure(UnexpectedResponse, transport, net.serve(respond(http_response(page, "502 Bad")), "proxy").url)
    assert str(error) == f"Status Code: 502. {HIDDEN}"


def test_a_proxy_may_speak_tls_itself(transport: Transport, net: Network) -> None:
    server = net.serve(read_and(send(http_response()), silence), "https")
    net.patch.setenv("HTTPS_PROXY", f"https://127.0.0.1:{net.start(connect_proxy, tls=net.tls()).port}")
    assert call(transport, server.url).json == {"ok": True}
    not_answered(transport, server.url, until=lambda: server.requests == 2)  # on the same connection
    assert ends(server)


@for_each(
    "name, value",
    [("NO_PROXY", "127.0.0.0/8"), ("no_proxy", "127.0.0.1"), ("no_proxy", "*"), ("no_proxy", "x.example, 127.0.0.1")],
)
def test_no_proxy_is_used_where_the_environment_says_so(
    transport: Transport, net: Network, name: str, value: str
) -> None:
    net.use_proxy("joe", free_port())
    net.patch.setenv(name, value)
    assert call(transport, net.serve(respond(http_response()), "https").url).json == {"ok": True}


@for_each("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_plain_http_stays_on_this_machine(transport: Transport, net: Network, name: str) -> None:
    net.patch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert call(transport, net.serve(respond(http_response())).url).json == {"ok": True}
    assert "proxy" not in str(not_connected(transport, f"http://127.0.0.1:{free_port()}"))


def test_neither_netrc_is_read_nor_cookies_are_kept(transport: Transport, net: Network, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password other\n")
    net.patch.setenv("NETRC", str(tmp_path / "netrc"))
    server = net.serve(respond(http_response(JSON_OK, "200 OK", "Set-Cookie: a=b; Path=/")))
    for _ in range(2):
        call(transport, server.url)
    assert server.received.count(b"Basic " + base64.b64encode(b"AC0:s3cret")) == 2
    assert b"cookie" not in server.received.lower()


# --- connections


@for_each(
    "data",
    [
        http_response(),
        http_response(b"", "500 Oops"),
        http_response(PAGE, "404 Not Found"),
        http_response(gzip.compress(JSON_OK), "200 OK", "Content-Encoding: gzip"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n" + JSON_OK + b"\r\n0\r\n\r\n",
    ],
)
def test_calls_in_a_row_share_one_connection(transport: Transport, net: Network, data: bytes) -> None:
    server = net.serve(respond(data))
    for _ in range(5):
        with suppress(UnexpectedResponse):
            call(transport, server.url)
    assert (len(server.connections), server.requests) == (1, 5)


@for_each("way, header", [("http", "X: y"), ("http", "Connection: close"), ("https", "X: y"), ("proxy", "X: y")])
def test_a_connection_that_was_closed_while_it_was_idle_is_replaced(
    transport: Transport, net: Network, way: str, header: str
) -> None:
    server = net.serve(respond_once(http_response(JSON_OK, "200 OK", header)), way)
    call(transport, server.url)
    time.sleep(0.05)  # until the FIN is here
    assert call(transport, server.url).json == {"ok": True}
    assert len(server.connections) == 2


@for_each("status", ["101 Switching", "103 Early Hints", "205 Reset Content", "304 Not Modified"])
def test_a_late_response_is_not_taken_for_that_of_the_next_call(
    transport: Transport, net: Network, status: str
) -> None:
    def script(connection: RawConnection) -> None:
        connection.read_request()
        connection.send(f"HTTP/1.1 {status}\r\nContent-Length: 100\r\n\r\n".encode())
        connection.receive()  # the next request, if it came on this connection
        connection.send(http_response(b'{"of": "the call before"}'))

    server = net.serve(script)
    for _ in range(2):
        failure(UnexpectedResponse, transport, server.url)
    assert len(server.connections) == 2


def test_what_follows_a_response_without_a_body_is_not_taken_for_that_of_the_next_call(
    transport: Transport, net: Network
) -> None:
    server = net.serve(respond(b"HTTP/1.1 204 No Content\r\n\r\n" + http_response(b'{"of": "the call before"}')))
    for _ in range(2):
        found = call(transport, server.url)
        assert (found.status, found.json) == (204, {})


def test_a_response_too_many_is_not_taken_for_that_of_the_next_call(transport: Transport, net: Network) -> None:
    """TLS keeps what came in one record with the first response, so that the socket does not show it."""
    first = http_response(b'{"n": 1, "pad": "%s"}' % (b"x" * 8000), "200 OK", "X: %s")
    first = first.replace(b"X: %s", b"X: " + b"y" * (8192 - len(first) + 2))
    assert len(first) == 8192  # what http.client reads ahead
    server = net.serve(respond(first + http_response(b'{"of": "nobody"}')), "https")
    for _ in range(2):
        assert call(transport, server.url).json["n"] == 1


@pytest.mark.parametrize("way", ["http", "https"])
def test_giving_up_spares_a_connection_that_another_call_has(transport: Transport, net: Network, way: str) -> None:
    """A call is slow with a body that it has read, while the next one is under way on its connection."""
    response_gate, body_gate = Gate(), Gate()

    def script(connection: RawConnection) -> None:
        for number in range(3):
            connection.read_request()
            if number == 1:
                response_gate.wait()
            connection.send(http_response())

    decoded = response_module._decoded

    def decoded_late(body: bytes, content_type: str) -> str:
        if not body_gate.is_reached.is_set():
            body_gate.wait()
        return decoded(body, content_type)

    async def story() -> None:
        first = asyncio.create_task(transport.call("GET", server.url))
        while not body_gate.is_reached.is_set():
            await asyncio.sleep(0.005)
        second = asyncio.create_task(transport.call("GET", server.url))
        while not response_gate.is_reached.is_set():
            await asyncio.sleep(0.005)
        first.cancel()
        await asyncio.wait({first})
        response_gate.open()
        assert (await second).json == {"ok": True}

    server = net.serve(script, way)
    net.patch.setattr(response_module, "_decoded", decoded_late)
    asyncio.run(story())
    body_gate.open()
    assert call(transport, server.url).json == {"ok": True}
    assert len(server.connections) == 1


# --- nothing else leaves a call


def test_headers_that_cannot_be_parsed_are_not_logged(
    transport: Transport, net: Network, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = net.serve(respond_once(b"HTTP/1.1 200 OK\r\nX: y\r\ns3cret\r\n\r\n{}"))
    with suppress(CallError):
        call(transport, server.url)
    assert caplog.records
    assert "s3cret" not in caplog.text


def test_an_unforeseen_error_is_reported_by_how_far_the_call_came(transport: Transport, net: Network) -> None:
    class Unforeseen(BaseException):
        pass

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise Unforeseen(PASSWORD)

    server = net.serve(respond(http_response()))
    with net.patch.context() as patch:
        patch.setattr(http.client.HTTPConnection, "getresponse", fail)
        not_answered(transport, server.url)
    with net.patch.context() as patch:
        patch.setattr(http.client.HTTPConnection, "putrequest", fail)
        not_connected(transport, server.url)


RESPONSES = [
    http_response(JSON_OK, "200 OK", "Date: Mon, 02 Mar 2026 10:00:00 GMT", "Retry-After: 5"),
    http_response(gzip.compress(JSON_OK), "200 OK", "Content-Encoding: gzip"),
    http_response(PAGE, "302 Found", "Location: http://x/"),
    http_response(PAGE, "502 Bad Gateway", "Content-Type: text/html; charset=utf-8"),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n" + JSON_OK + b"\r\n0\r\n\r\n",
]
PIECES = [
    b"\r\n",
    b"\0",
    b":",
    b";",
    b"\xff",
    b"-",
    b"9" * 30,
    b"chunked",
    b"\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
]


@st.composite
def damaged_responses(draw: st.DrawFn) -> bytes:
    """A response of which some bytes are replaced by others."""
    data = draw(st.sampled_from(RESPONSES))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        data = data[:start] + draw(st.sampled_from(PIECES)) + data[start + draw(st.integers(0, 20)) :]
    return data


def test_whatever_comes_ends_in_a_response_or_an_error_of_the_app(transport: Transport, net: Network) -> None:
    current = [b""]
    server = net.serve(lambda connection: respond_once(current[0])(connection))

    @settings(max_examples=40)
    @given(damaged_responses())
    def check(data: bytes) -> None:
        current[0] = data
        with suppress(NoResponse, UnexpectedResponse, ApiError):
            call(transport, server.url, deadline_s=PATIENCE_S)

    check()  # pylint: disable=no-value-for-parameter  # hypothesis gives it
