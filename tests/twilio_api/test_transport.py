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

import base64
import errno
import gzip
import http.client
import logging
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
from twilio_api import response as response_module
from twilio_api.clock import Clock
from twilio_api.errors import (
    CallError,
    ConnectionFailed,
    NoResponse,
    ResponseTooLong,
    Sent,
    UnexpectedResponse,
)
from twilio_api.transport import Transport


SPEED = 40.0  # of the hurried transport: it connects for 100 ms, reads for 250 ms, and ends after 375 ms
AUTH = ("AC0", "s3cret")
PATIENCE_S = 5.0  # more than a busy machine needs, and less than any time limit at its real length
LATE_S = 0.5  # well after a deadline of 0.1 s, also on a busy machine
FORM = {"Body": "hä", "To": "+1"}
PAGE = b"<p>busy</p>"
ROOT = Path(__file__).parents[2]

Serve = Callable[..., RawServer]
Error = TypeVar("Error", bound=CallError)


def hide(text: str) -> str:
    """A redaction."""
    return text.replace("s3cret", "***")


@pytest.fixture
def transport() -> Iterator[Transport]:
    """A transport in real time, for what ends at once."""
    made = Transport(AUTH, clock=Clock(), redact=hide)
    yield made
    made.close()


@pytest.fixture
def hurried() -> Iterator[Transport]:
    """A transport whose time limits are short, for what never ends."""
    made = Transport(AUTH, clock=Clock(to_real_s=lambda seconds: seconds / SPEED), redact=hide)
    yield made
    made.close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server that ends with the test."""
    servers = []

    def start(script: Script, *, tls: ssl.SSLContext | None = None) -> RawServer:
        servers.append(RawServer(script, tls=tls))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that nobody knows."""
    return trustme.CA()


@pytest.fixture(scope="module")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """What a TLS server on this machine needs."""
    return server_context(authority, "127.0.0.1", "localhost")


@pytest.fixture
def trusted(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The authority is one that the environment trusts."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))


@pytest.fixture
def use_proxy(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the environment name a proxy on this machine."""

    def use(port: int) -> None:
        monkeypatch.setenv("HTTPS_PROXY", f"http://joe:hunter2@127.0.0.1:{port}")

    return use


def failure(kind: type[Error], transport: Transport, url: str, **call: Any) -> Error:
    """Make a call that fails, and return its error, which is of just this kind and holds no other."""
    with pytest.raises(kind) as caught:
        transport.call("POST", url, form=call.pop("form", FORM), **call)
    error = caught.value
    assert type(error) is kind
    assert error.__context__ is None or error.__suppress_context__
    assert "hunter2" not in f"{error!r} {error}"
    return error


def not_connected(transport: Transport, url: str, **call: Any) -> ConnectionFailed:
    """Make a call that fails before anything was sent."""
    error = failure(ConnectionFailed, transport, url, **call)
    assert error.sent is Sent.NEVER
    return error


def not_answered(transport: Transport, url: str, **call: Any) -> NoResponse:
    """Make a call of which nobody can say whether the server processed it."""
    error = failure(NoResponse, transport, url, **call)
    assert error.sent is Sent.MAYBE
    assert error.is_transient
    return error


def comes_true(condition: Callable[[], object], within_s: float = PATIENCE_S) -> bool:
    """Whether a condition comes true in time, which a busy machine may need some of."""
    end = time.monotonic() + within_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return bool(condition())


def no_call_is_left() -> bool:
    """Whether the threads of all calls have ended."""
    return not [thread for thread in threading.enumerate() if thread.name == "twilio-call"]


def all_closed(server: RawServer) -> bool:
    """Whether there were connections to a server, and all are closed."""
    return bool(server.connections) and all(connection.is_closed.is_set() for connection in server.connections)


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


# --- what is sent, and what comes back


def test_a_call_is_one_request_with_basic_auth(transport: Transport, serve: Serve) -> None:
    server = serve(respond(http_response(JSON_OK, "201 Created", "Date: Mon, 02 Mar 2026 10:00:00 GMT")))
    found = transport.call("POST", f"{server.url}/m.json", params={"a": "b c"}, form=FORM)
    assert found == (201, {"ok": True}, "", 0.0, 1772445600.0)
    assert server.received.startswith(b"POST /m.json?a=b+c HTTP/1.1\r\n")
    assert server.received.endswith(b"\r\n\r\nBody=h%C3%A4&To=%2B1")
    head = server.received.decode().lower()
    assert f"authorization: basic {base64.b64encode(b'AC0:s3cret').decode()}\r\n".lower() in head
    assert "user-agent: splunk-soar-twilio/" in head
    assert "accept-encoding: gzip\r\n" in head


def test_a_call_may_have_neither_parameters_nor_form(transport: Transport, serve: Serve) -> None:
    server = serve(respond(http_response(b'{"code": 20003}', "401 Unauthorized")))
    assert transport.call("GET", f"{server.url}/x").json == {"code": 20003}
    assert server.received.startswith(b"GET /x HTTP/1.1\r\n")


def test_a_request_that_is_about_to_leave_is_announced(transport: Transport, serve: Serve) -> None:
    server = serve(respond(http_response()))
    received: list[bytes] = []
    transport.call("POST", server.url, form=FORM, on_send=lambda: received.append(server.received))
    assert received == [b""]


def test_https_is_spoken_where_the_certificate_is_trusted(
    transport: Transport, serve: Serve, tls: ssl.SSLContext, trusted: None
) -> None:
    server = serve(respond(http_response()), tls=tls)
    assert transport.call("POST", server.url, form=FORM).json == {"ok": True}


# --- no connection: nothing was sent, and the error names the step that failed


def test_a_name_that_is_unknown(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", unknown_name)
    error = not_connected(transport, "https://api.example/x")
    assert str(error) == "Could not connect to api.example: its name cannot be resolved."
    assert error.is_transient


def unknown_name(*_args: Any, **_kwargs: Any) -> Any:
    """A resolver that knows nobody."""
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_a_name_that_is_not_resolved_in_time(hurried: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: time.sleep(0.6))
    error = not_connected(hurried, "https://api.example/", deadline_s=4.0)
    assert str(error) == "Could not connect to api.example: its name was not resolved in time."


def test_a_request_that_never_leaves_is_not_announced(transport: Transport) -> None:
    sent: list[bool] = []
    not_connected(transport, f"http://127.0.0.1:{free_port()}/", on_send=lambda: sent.append(True))
    assert sent == []


def test_a_connection_that_is_refused(transport: Transport) -> None:
    port = free_port()
    error = not_connected(transport, f"http://127.0.0.1:{port}/")
    assert str(error) == f"Could not connect to 127.0.0.1:{port}: the connection was refused."
    assert error.is_transient


@pytest.mark.parametrize("deadline_s", [3.0, 15.0])
def test_a_connection_that_hangs(hurried: Transport, deadline_s: float) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:  # whose queue is full
        address = listener.getsockname()
        queue = [socket.socket() for _ in range(4)]
        for sock in queue:
            sock.setblocking(False)
            sock.connect_ex(address)
        error = not_connected(hurried, f"http://127.0.0.1:{address[1]}/", deadline_s=deadline_s)
        for sock in queue:
            sock.close()
    assert str(error) == f"Could not connect to 127.0.0.1:{address[1]}: timed out while connecting."


@pytest.mark.parametrize("number", [errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES])
def test_a_network_that_does_not_lead_there(transport: Transport, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def connect(_self: socket.socket, _address: object) -> None:
        raise OSError(number, "no way")

    monkeypatch.setattr(socket.socket, "connect", connect)
    error = not_connected(transport, "https://127.0.0.1/")
    assert str(error) == "Could not connect to 127.0.0.1: the network does not lead there."


def junk(connection: RawConnection) -> None:
    """Send what is neither TLS nor HTTP."""
    connection.receive()
    connection.send(b"220 mail.example ESMTP\r\n" * 9)
    connection.read_until_closed()


@pytest.mark.parametrize(
    ("script", "what"),
    [
        (RawConnection.receive, "failed"),
        (lambda connection: (connection.receive(), connection.reset()), "failed: the connection broke"),
        (junk, r"failed \(WRONG_VERSION_NUMBER\)"),
    ],
    ids=["closed", "reset", "junk"],
)
def test_a_tls_handshake_that_fails(transport: Transport, serve: Serve, script: Script, what: str) -> None:
    server = serve(script)
    error = not_connected(transport, f"https://127.0.0.1:{server.port}/")
    assert re.match(rf"Could not connect to 127\.0\.0\.1:\d+: its TLS handshake {what}", str(error))
    assert error.is_transient


def drip_tls(connection: RawConnection) -> None:
    """Begin a TLS record, and never end it."""
    connection.receive()
    connection.send(b"\x16\x03\x03\x40\x00")
    connection.drip(b"\x02")


@pytest.mark.parametrize("script", [silence, drip_tls])
def test_a_tls_handshake_that_hangs(hurried: Transport, serve: Serve, script: Script) -> None:
    server = serve(script)
    error = not_connected(hurried, f"https://127.0.0.1:{server.port}/")
    assert str(error) == f"Could not connect to 127.0.0.1:{server.port}: its TLS handshake timed out."
    assert comes_true(lambda: all_closed(server))
    assert comes_true(no_call_is_left)


def test_a_certificate_of_an_unknown_authority(transport: Transport, serve: Serve, tls: ssl.SSLContext) -> None:
    server = serve(respond(http_response()), tls=tls)
    error = not_connected(transport, server.url)
    assert str(error) == f"Could not connect to 127.0.0.1:{server.port}: its TLS certificate is not trusted."
    assert not error.is_transient
    assert server.requests == 0


def test_a_certificate_for_another_host(
    transport: Transport, serve: Serve, authority: trustme.CA, trusted: None
) -> None:
    server = serve(respond(http_response()), tls=server_context(authority, "other.example"))
    error = not_connected(transport, server.url)
    assert "its TLS certificate is not trusted" in str(error)
    assert not error.is_transient
    assert server.requests == 0


def test_no_variable_of_the_environment_switches_verification_off(
    transport: Transport, serve: Serve, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    assert "is not trusted" in str(not_connected(transport, serve(respond(http_response()), tls=tls).url))


@pytest.mark.parametrize("content", [None, "junk", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_ca_bundle_that_cannot_be_used(
    transport: Transport,
    serve: Serve,
    tls: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: str | None,
) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    server = serve(respond(http_response()), tls=tls)
    error = not_connected(transport, server.url)
    assert "the proxy or CA bundle of the environment is not usable" in str(error)
    assert not error.is_transient


@pytest.mark.parametrize(
    "proxy",
    [
        "socks5://joe:hunter2@127.0.0.1:1080",
        "nonsense://joe:hunter2@127.0.0.1:1",
        "http://joe:hunter2@",
        "http://joe:hunter2@127.0.0.1:junk",
        "http://[joe:hunter2@",
        "joe:hunter2@:",
        "http://:0",
        "::::",
    ],
)
def test_a_proxy_setting_that_cannot_be_used(transport: Transport, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    error = not_connected(transport, "https://127.0.0.1:1/")
    assert "the proxy or CA bundle of the environment is not usable" in str(error)
    assert not error.is_transient


@pytest.mark.parametrize(
    ("url", "form"),
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


def test_a_name_that_no_host_can_have(transport: Transport) -> None:
    assert "its name cannot be resolved" in str(not_connected(transport, f"http://{'a' * 70}.example/"))


def test_no_thread_for_the_call(transport: Transport, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    server = serve(respond(http_response()))
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        error = not_connected(transport, server.url)
    assert "no thread could be started" in str(error)
    assert error.is_transient


# --- a proxy on the way


def through_a_proxy(
    transport: Transport, serve: Serve, use_proxy: Callable[[int], None], script: Script, **call: Any
) -> tuple[ConnectionFailed, RawServer]:
    """Make a call through a proxy that opens no tunnel."""
    proxy = serve(script)
    use_proxy(proxy.port)
    error = not_connected(transport, "https://api.example/", **call)
    assert str(error).startswith(f"Could not connect to api.example through the proxy 127.0.0.1:{proxy.port}: ")
    assert b"POST" not in proxy.received
    return error, proxy


def test_a_proxy_that_refuses_is_quoted(transport: Transport, serve: Serve, use_proxy: Callable[[int], None]) -> None:
    refusal = b"HTTP/1.1 403 Access denied by policy 12 (s3cret)\r\n\r\n"
    error, _ = through_a_proxy(transport, serve, use_proxy, respond_once(refusal))
    assert str(error).endswith(": the proxy said: 403 Access denied by policy 12 (***).")
    assert error.is_transient


@pytest.mark.parametrize("quoted", ["hunter2", "joe:hunter2", base64.b64encode(b"joe:hunter2").decode()])
def test_a_proxy_that_quotes_its_password(
    transport: Transport, serve: Serve, use_proxy: Callable[[int], None], quoted: str
) -> None:
    refusal = f"HTTP/1.1 407 Wrong credentials {quoted}\r\n\r\n".encode()
    error, _ = through_a_proxy(transport, serve, use_proxy, respond_once(refusal))
    assert str(error).endswith(": the proxy said: [hidden, since it shows credentials].")


@pytest.mark.parametrize(
    "script",
    [respond_once(b""), read_and(RawConnection.reset), respond_once(b"SSH-2.0-OpenSSH\r\n" + b"\0" * 100)],
    ids=["closed", "reset", "junk"],
)
def test_a_proxy_that_opens_no_tunnel(
    transport: Transport, serve: Serve, use_proxy: Callable[[int], None], script: Script
) -> None:
    error, _ = through_a_proxy(transport, serve, use_proxy, script)
    assert str(error).endswith(": the proxy opened no tunnel.")


def drip_headers(connection: RawConnection) -> None:
    """Begin the head of a response, and never end it."""
    connection.send(b"HTTP/1.1 200 OK\r\n")
    connection.drip(b"X: y\r\n")


@pytest.mark.parametrize("script", [silence, read_and(drip_headers)])
def test_a_proxy_that_hangs(hurried: Transport, serve: Serve, use_proxy: Callable[[int], None], script: Script) -> None:
    error, proxy = through_a_proxy(hurried, serve, use_proxy, script)
    assert str(error).endswith(": the proxy did not open the tunnel in time.")
    assert comes_true(lambda: all_closed(proxy))
    assert comes_true(no_call_is_left)


@pytest.mark.parametrize(
    ("then", "what"), [(silence, "timed out"), (RawConnection.receive, "failed"), (RawConnection.reset, "failed")]
)
def test_a_tunnel_that_leads_to_no_tls(
    transport: Transport, serve: Serve, use_proxy: Callable[[int], None], then: Script, what: str
) -> None:
    script = read_and(send(b"HTTP/1.1 200 OK\r\n\r\n"), then)
    error, _ = through_a_proxy(transport, serve, use_proxy, script, deadline_s=0.6)
    assert f": its TLS handshake {what}" in str(error)


def test_a_proxy_that_refuses_connections(transport: Transport, use_proxy: Callable[[int], None]) -> None:
    port = free_port()
    use_proxy(port)
    error = not_connected(transport, "https://api.example/")
    what = f"api.example through the proxy 127.0.0.1:{port}: the connection was refused."
    assert str(error) == f"Could not connect to {what}"


def test_a_proxy_whose_name_is_unknown(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", unknown_name)
    monkeypatch.setenv("HTTPS_PROXY", "http://joe:hunter2@proxy.example:3128")
    error = not_connected(transport, "https://api.example/")
    what = "api.example through the proxy proxy.example:3128: the proxy's name cannot be resolved."
    assert str(error) == f"Could not connect to {what}"


def test_a_proxy_whose_certificate_is_not_trusted(
    transport: Transport, serve: Serve, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(connect_proxy, tls=tls)
    monkeypatch.setenv("HTTPS_PROXY", f"https://joe:hunter2@127.0.0.1:{proxy.port}")
    error = not_connected(transport, "https://127.0.0.1:1/")
    assert "the proxy's TLS certificate is not trusted" in str(error)
    assert not error.is_transient


def test_a_certificate_that_is_not_trusted_behind_a_proxy(
    transport: Transport, serve: Serve, tls: ssl.SSLContext, use_proxy: Callable[[int], None]
) -> None:
    server = serve(respond(http_response()), tls=tls)
    use_proxy(serve(connect_proxy).port)
    assert ": its TLS certificate is not trusted." in str(not_connected(transport, server.url))


# --- the request was sent, and no response came: nobody can say whether it was processed


@pytest.mark.parametrize("then", [RawConnection.close, RawConnection.reset])
@pytest.mark.parametrize("secure", [False, True])
def test_a_connection_that_breaks_after_the_request(
    transport: Transport, serve: Serve, tls: ssl.SSLContext, trusted: None, then: Script, secure: bool
) -> None:
    server = serve(read_and(then), tls=tls if secure else None)
    error = not_answered(transport, server.url)
    assert str(error) == f"No response from 127.0.0.1:{server.port}: the connection broke."
    assert server.requests == 1


def test_a_connection_that_breaks_before_the_request_is_read(transport: Transport, serve: Serve) -> None:
    def script(connection: RawConnection) -> None:
        connection.receive()
        connection.reset()

    assert "the connection broke" in str(not_answered(transport, serve(script).url, form={"a": "b" * 5_000_000}))


@pytest.mark.parametrize("script", [read_and(RawConnection.close), read_and(RawConnection.reset)])
def test_a_connection_that_breaks_behind_a_proxy(
    transport: Transport,
    serve: Serve,
    tls: ssl.SSLContext,
    trusted: None,
    use_proxy: Callable[[int], None],
    script: Script,
) -> None:
    """urllib3 1.26 calls this "Cannot connect to proxy"."""
    server = serve(script, tls=tls)
    use_proxy(serve(connect_proxy).port)
    assert "the connection broke" in str(not_answered(transport, server.url))


def test_silence_after_the_request(hurried: Transport, serve: Serve) -> None:
    server = serve(silence)
    error = not_answered(hurried, server.url, deadline_s=60.0)
    assert str(error) == f"No response from 127.0.0.1:{server.port}: it was silent for 10 seconds."


def test_silence_until_the_deadline(hurried: Transport, serve: Serve) -> None:
    server = serve(silence)
    error = not_answered(hurried, server.url, deadline_s=8.0)
    assert str(error) == f"No response from 127.0.0.1:{server.port}: not complete after 8 seconds."
    assert comes_true(lambda: all_closed(server))


def test_a_request_that_nobody_reads(hurried: Transport, serve: Serve) -> None:
    def script(connection: RawConnection) -> None:
        connection.is_closed.wait(0.5)

    not_answered(hurried, serve(script).url, form={"a": "b" * 20_000_000})


@pytest.mark.parametrize(
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
    ids=lambda data: repr(data[:16]),
)
def test_what_is_not_http_is_no_response(transport: Transport, serve: Serve, data: bytes) -> None:
    assert str(not_answered(transport, serve(respond_once(data)).url)).endswith(": what came is not HTTP.")


@pytest.mark.parametrize("flood", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n"])
def test_an_endless_promise_to_continue_ends_at_the_deadline(hurried: Transport, serve: Serve, flood: bytes) -> None:
    server = serve(read_and(lambda connection: connection.drip(flood * 9, 0.001)))
    assert "not complete after 15 seconds" in str(not_answered(hurried, server.url))
    assert comes_true(no_call_is_left)


# --- a response came, whole or not


def test_a_response_is_taken_although_the_request_was_not_read_to_its_end(transport: Transport, serve: Serve) -> None:
    def script(connection: RawConnection) -> None:
        connection.receive()
        connection.send(http_response(b'{"code": 1}', "413 Too Long"))

    server = serve(script)
    for _ in range(2):  # the second one on a new connection
        assert transport.call("POST", server.url, form={"a": "b" * 5_000_000}).status == 413
    assert len(server.connections) == 2


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("head", ["", "Connection: close\r\n"])
def test_a_body_that_drips_ends_at_the_deadline(
    hurried: Transport, serve: Serve, tls: ssl.SSLContext, trusted: None, secure: bool, head: str
) -> None:
    start = send(f"HTTP/1.1 403 Forbidden\r\n{head}Content-Length: 100000\r\n\r\n".encode())
    server = serve(read_and(start, lambda connection: connection.drip(b"x")), tls=tls if secure else None)
    began = time.monotonic()
    error = failure(UnexpectedResponse, hurried, server.url)
    assert time.monotonic() - began < PATIENCE_S
    assert str(error) == "Status Code: 403. The response was not complete after 15 seconds"
    assert comes_true(lambda: all_closed(server))
    assert comes_true(no_call_is_left)


@pytest.mark.parametrize("secure", [False, True])
def test_a_head_that_drips_ends_at_the_deadline(
    hurried: Transport, serve: Serve, tls: ssl.SSLContext, trusted: None, secure: bool
) -> None:
    server = serve(read_and(drip_headers), tls=tls if secure else None)
    assert "not complete after 15 seconds" in str(not_answered(hurried, server.url))
    assert comes_true(lambda: all_closed(server))
    assert comes_true(no_call_is_left)


def test_a_body_that_stops_is_cut_off(hurried: Transport, serve: Serve) -> None:
    server = serve(read_and(send(http_response(length=50)), silence))
    assert "cut off or garbled" in str(failure(UnexpectedResponse, hurried, server.url, deadline_s=60.0))


def test_a_redirect_is_not_followed_and_its_body_not_awaited(transport: Transport, serve: Serve) -> None:
    other = serve(respond(http_response()))
    redirect = http_response(b"x", "302 Found", f"Location: {other.url}/x", length=10**9)
    server = serve(read_and(send(redirect), silence))
    began = time.monotonic()
    error = failure(UnexpectedResponse, transport, server.url)
    assert time.monotonic() - began < PATIENCE_S
    assert f"redirects to 127.0.0.1:{other.port}, which is never followed" in str(error)
    assert other.connections == []


MEGABYTE = b" " * 1_000_000
ENDLESS = {
    "redirect": [b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 60000000\r\n\r\n", *[MEGABYTE] * 60],
    "error": [b"HTTP/1.1 500 Oops\r\nContent-Length: 60000000\r\n\r\n", *[MEGABYTE] * 60],
    "chunk": [b"HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n7270e00\r\n", *[MEGABYTE] * 60],
    "size of a chunk": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"0" * 1_000_000] * 60],
    "bomb": [http_response(gzip.compress(MEGABYTE * 60, 1), "200 OK", "Content-Encoding: gzip")],
}


@pytest.mark.parametrize("name", ENDLESS)
def test_no_response_takes_much_memory(transport: Transport, serve: Serve, name: str) -> None:
    server = serve(read_and(send(*ENDLESS[name])))
    tracemalloc.start()
    try:
        with pytest.raises(UnexpectedResponse):
            transport.call("GET", server.url)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()


# --- a call that was given up never sends later


@pytest.mark.parametrize("way", ["http", "https", "proxy"])
def test_nothing_is_sent_after_a_name_that_is_resolved_late(
    transport: Transport, serve: Serve, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    server = serve(silence)
    if way == "proxy":
        monkeypatch.setenv("HTTPS_PROXY", f"http://proxy.example:{server.port}")
    resolve = socket.getaddrinfo

    def resolve_late(_host: str, *args: Any, **kwargs: Any) -> Any:
        time.sleep(LATE_S)
        return resolve("127.0.0.1", *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_late)
    url = f"{'http' if way == 'http' else 'https'}://api.example:{server.port}/"
    error = not_connected(transport, url, deadline_s=0.1)
    assert "name was not resolved in time" in str(error)
    assert comes_true(no_call_is_left)
    assert comes_true(lambda: all_closed(server))  # it connected, and closed at once
    assert server.received == b""


def test_nothing_is_sent_after_a_connection_that_stands_late(
    transport: Transport, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(silence)
    late(monkeypatch, socket.socket, "connect")
    assert "timed out while connecting" in str(not_connected(transport, server.url, deadline_s=0.1))
    assert comes_true(no_call_is_left)
    assert comes_true(lambda: all_closed(server))
    assert server.received == b""


def test_nothing_is_sent_after_a_tunnel_that_opens_late(
    transport: Transport, serve: Serve, tls: ssl.SSLContext, trusted: None, use_proxy: Callable[[int], None]
) -> None:
    server = serve(respond(http_response()), tls=tls)
    proxy = serve(lambda connection: connect_proxy(connection, pause_s=LATE_S))
    use_proxy(proxy.port)
    assert "did not open the tunnel in time" in str(not_connected(transport, server.url, deadline_s=0.1))
    assert comes_true(no_call_is_left)
    assert comes_true(lambda: all_closed(proxy))
    assert server.requests == 0
    assert b"\x16\x03" not in proxy.received  # not even TLS's first words


def test_nothing_is_sent_after_a_handshake_that_begins_late(
    transport: Transport, serve: Serve, tls: ssl.SSLContext, trusted: None
) -> None:
    def script(connection: RawConnection) -> None:
        time.sleep(LATE_S)
        connection.start_tls(tls)
        connection.read_request()

    server = serve(script)
    not_connected(transport, f"https://127.0.0.1:{server.port}/", deadline_s=0.1)
    assert comes_true(no_call_is_left)
    assert comes_true(lambda: all_closed(server))
    assert server.received == b""


def test_nothing_is_sent_after_a_handshake_that_ends_late(
    transport: Transport, serve: Serve, tls: ssl.SSLContext, trusted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(respond(http_response()), tls=tls)
    late(monkeypatch, urllib3.connection.HTTPSConnection, "connect")
    not_connected(transport, server.url, deadline_s=0.1)
    assert comes_true(no_call_is_left)
    assert server.requests == 0


@pytest.mark.parametrize("secure", [False, True])
def test_nothing_is_sent_late_on_a_kept_connection(
    transport: Transport,
    serve: Serve,
    tls: ssl.SSLContext,
    trusted: None,
    monkeypatch: pytest.MonkeyPatch,
    secure: bool,
) -> None:
    server = serve(respond(http_response()), tls=tls if secure else None)
    transport.call("GET", server.url)
    with monkeypatch.context() as patch:
        late(patch, http.client.HTTPConnection, "putrequest", before=True)
        error = not_connected(transport, server.url, deadline_s=0.1)
        assert comes_true(no_call_is_left)
    assert "it was not begun in time" in str(error)
    assert server.requests == 1
    assert transport.call("GET", server.url).json == {"ok": True}


def late(patch: pytest.MonkeyPatch, owner: type, name: str, *, before: bool = False) -> None:
    """Let a method of a library take LATE_S longer in the threads of calls, before it works or afterwards."""
    method = getattr(owner, name)

    def slow(*args: Any, **kwargs: Any) -> Any:
        is_call = threading.current_thread().name == "twilio-call"
        if is_call and before:
            time.sleep(LATE_S)
        found = method(*args, **kwargs)
        if is_call and not before:
            time.sleep(LATE_S)
        return found

    patch.setattr(owner, name, slow)


def test_nothing_is_sent_late_around_the_very_moment_of_sending(transport: Transport, serve: Serve) -> None:
    """Many calls with a deadline just when they send: none that was reported as never sent arrives."""
    server = serve(respond(http_response()))
    never_sent: list[bytes] = []

    def make_calls(first: int) -> None:
        for number in range(first, first + 60):
            try:
                transport.call("GET", f"{server.url}/call-{number}-", deadline_s=0.0002 * (number % 20))
            except ConnectionFailed:
                never_sent.append(f"/call-{number}-".encode())
            except CallError:
                pass

    in_threads(make_calls, [1000, 2000, 3000, 4000])
    assert comes_true(no_call_is_left)
    assert never_sent
    assert not [mark for mark in never_sent if mark in server.received]


def in_threads(work: Callable[[Any], object], arguments: list[Any]) -> None:
    """Run a function in a thread for each of these arguments."""
    threads = [threading.Thread(target=work, args=(argument,)) for argument in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_signal_that_ends_the_wait_gives_the_call_up(transport: Transport, serve: Serve) -> None:
    class Cancelled(BaseException):
        pass

    def cancel(_number: int, _frame: FrameType | None) -> None:
        raise Cancelled

    server = serve(silence)
    before = signal.signal(signal.SIGALRM, cancel)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(Cancelled):
            transport.call("GET", server.url)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert comes_true(lambda: all_closed(server))
    assert comes_true(no_call_is_left)


def test_nothing_of_a_call_is_left(hurried: Transport, serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    files = len(list(Path("/proc/self/fd").iterdir()))
    server = serve(silence)
    for _ in range(20):
        with pytest.raises(CallError):
            hurried.call("GET", server.url, deadline_s=1.0)
    assert comes_true(no_call_is_left)
    assert comes_true(lambda: all_closed(server))
    server.close()
    assert comes_true(lambda: len(list(Path("/proc/self/fd").iterdir())) <= files)
    assert caplog.records == []


def test_a_process_ends_in_silence_although_a_call_hangs(serve: Serve) -> None:
    script = """
import socket, sys, time
from twilio_api.clock import Clock
from twilio_api.errors import CallError
from twilio_api.transport import Transport
transport = Transport(("a", "b"), clock=Clock(), redact=str)
print(transport.call("GET", sys.argv[1]).status)
socket.getaddrinfo = lambda *args, **kwargs: time.sleep(30)
try:
    transport.call("GET", "http://api.example/", deadline_s=0.1)
except CallError as error:
    print(error)
"""
    server = serve(respond_once(http_response(JSON_OK, "200 OK", "Set-Cookie: a=b; expires=x", "no header")))
    child = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "always", "-c", script, server.url], cwd=ROOT, capture_output=True, text=True, timeout=15
    )
    assert child.stderr == ""
    assert child.stdout == "200\nCould not connect to api.example: its name was not resolved in time.\n"


# --- the environment


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_https_goes_through_the_proxy_of_the_environment(
    transport: Transport,
    serve: Serve,
    tls: ssl.SSLContext,
    trusted: None,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    scheme: str,
) -> None:
    server = serve(respond(http_response()), tls=tls)
    proxy = serve(connect_proxy)
    monkeypatch.setenv(name, f"{scheme}joe:p%40ss@127.0.0.1:{proxy.port}")
    for _ in range(2):
        assert transport.call("POST", server.url, form=FORM).json == {"ok": True}
    assert len(proxy.connections) == 1
    assert proxy.received.startswith(f"CONNECT 127.0.0.1:{server.port} ".encode())
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"joe:p@ss") in proxy.received
    assert b"Proxy-Authorization" not in server.received


def test_a_page_of_a_proxy_that_reads_along_does_not_show_its_password(
    transport: Transport, serve: Serve, tls: ssl.SSLContext, trusted: None, use_proxy: Callable[[int], None]
) -> None:
    server = serve(respond(http_response(b"<p>You are joe:hunter2</p>", "502 Bad Gateway")), tls=tls)
    use_proxy(serve(connect_proxy).port)
    error = failure(UnexpectedResponse, transport, server.url)
    assert str(error) == "Status Code: 502. [hidden, since it shows credentials]"


def test_a_proxy_may_speak_tls_itself(
    transport: Transport, serve: Serve, tls: ssl.SSLContext, trusted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(connection: RawConnection) -> None:
        if b"/ok" in connection.read_request():
            connection.send(http_response())
        silence(connection)

    server = serve(script, tls=tls)
    monkeypatch.setenv("HTTPS_PROXY", f"https://127.0.0.1:{serve(connect_proxy, tls=tls).port}")
    assert transport.call("GET", f"{server.url}/ok").json == {"ok": True}
    not_answered(transport, server.url, deadline_s=0.3)
    assert comes_true(no_call_is_left)


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize("value", ["127.0.0.1", "127.0.0.0/8", "*", "x.example, 127.0.0.1"])
def test_no_proxy_is_used_where_the_environment_says_so(
    transport: Transport,
    serve: Serve,
    tls: ssl.SSLContext,
    trusted: None,
    use_proxy: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
) -> None:
    use_proxy(free_port())
    monkeypatch.setenv(name, value)
    assert transport.call("GET", serve(respond(http_response()), tls=tls).url).json == {"ok": True}


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_plain_http_stays_on_this_machine(
    transport: Transport, serve: Serve, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert transport.call("GET", serve(respond(http_response())).url).json == {"ok": True}


def test_netrc_is_not_read(transport: Transport, serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server = serve(respond(http_response()))
    transport.call("GET", server.url)
    assert b"Basic " + base64.b64encode(b"AC0:s3cret") in server.received


def test_cookies_are_not_kept(transport: Transport, serve: Serve) -> None:
    server = serve(respond(http_response(JSON_OK, "200 OK", "Set-Cookie: a=b; Path=/")))
    for _ in range(2):
        transport.call("GET", server.url)
    assert b"cookie" not in server.received.lower()


# --- connections


@pytest.mark.parametrize(
    "data",
    [
        http_response(),
        http_response(b"", "500 Oops"),
        http_response(PAGE, "404 Not Found"),
        http_response(gzip.compress(JSON_OK), "200 OK", "Content-Encoding: gzip"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n" + JSON_OK + b"\r\n0\r\n\r\n",
    ],
    ids=["JSON", "empty", "page", "gzip", "chunks"],
)
def test_calls_in_a_row_share_one_connection(transport: Transport, serve: Serve, data: bytes) -> None:
    server = serve(respond(data))
    for _ in range(5):
        with suppress(UnexpectedResponse):
            transport.call("POST", server.url, form=FORM)
    assert len(server.connections) == 1
    assert server.requests == 5


@pytest.mark.parametrize("way", ["http", "https", "proxy", "close"])
def test_a_connection_that_was_closed_while_it_was_idle_is_replaced(
    transport: Transport,
    serve: Serve,
    tls: ssl.SSLContext,
    trusted: None,
    use_proxy: Callable[[int], None],
    way: str,
) -> None:
    header = "Connection: close" if way == "close" else "X: y"
    server = serve(
        respond_once(http_response(JSON_OK, "200 OK", header)), tls=tls if way in ("https", "proxy") else None
    )
    if way == "proxy":
        use_proxy(serve(connect_proxy).port)
    for number in (1, 2):
        assert transport.call("POST", server.url, form=FORM).json == {"ok": True}
        assert len(server.connections) == number
        time.sleep(0.05)  # until the FIN is here


def test_a_kept_connection_that_breaks_under_a_request_is_not_tried_again(transport: Transport, serve: Serve) -> None:
    def script(connection: RawConnection) -> None:
        connection.read_request()
        connection.send(http_response())
        connection.read_request()

    server = serve(script)
    transport.call("POST", server.url, form=FORM)
    assert "the connection broke" in str(not_answered(transport, server.url))
    assert (len(server.connections), server.requests) == (1, 2)


def test_eight_threads_share_eight_connections(
    transport: Transport, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)

    def script(connection: RawConnection) -> None:
        while True:
            path = connection.read_request().split()[1]
            time.sleep(0.003)
            connection.send(http_response(b'{"path": "%s"}' % path))

    server = serve(script)

    def make_calls(first: int) -> None:
        for number in range(first, first + 10):
            paths.append(transport.call("GET", f"{server.url}/{number}").json["path"] == f"/{number}")

    paths: list[bool] = []
    in_threads(make_calls, list(range(0, 800, 100)))
    assert paths == [True] * 80
    assert len(server.connections) <= 8
    assert caplog.records == []


def test_threads_that_meet_a_new_proxy_at_once_are_all_watched(
    serve: Serve, tls: ssl.SSLContext, trusted: None, use_proxy: Callable[[int], None]
) -> None:
    server = serve(read_and(RawConnection.close), tls=tls)
    use_proxy(serve(connect_proxy).port)
    transport = Transport(AUTH, clock=Clock(), redact=hide)
    start = threading.Barrier(8)
    sent: list[Sent] = []

    def make_call(_number: int) -> None:
        start.wait()
        with pytest.raises(NoResponse) as caught:
            transport.call("POST", server.url, form=FORM)
        sent.append(caught.value.sent)

    in_threads(make_call, list(range(8)))
    assert sent == [Sent.MAYBE] * 8
    transport.close()


@pytest.mark.parametrize("status", ["101 Switching", "103 Early Hints", "204 No Content", "304 Not Modified"])
def test_a_late_response_is_not_taken_for_that_of_the_next_call(
    transport: Transport, serve: Serve, status: str
) -> None:
    def script(connection: RawConnection) -> None:
        connection.read_request()
        connection.send(f"HTTP/1.1 {status}\r\nContent-Length: 100\r\n\r\n".encode())
        connection.receive()  # the next request, if it came on this connection
        connection.send(http_response(b'{"of": "the call before"}'))

    server = serve(script)
    for _ in range(2):
        failure(UnexpectedResponse, transport, server.url)
    assert len(server.connections) == 2


def test_a_response_too_many_is_not_taken_for_that_of_the_next_call(
    transport: Transport, serve: Serve, tls: ssl.SSLContext, trusted: None
) -> None:
    """TLS keeps what came in one record with the first response, so that the socket does not show it."""
    first = http_response(b'{"n": 1, "pad": "%s"}' % (b"x" * 8000), "200 OK", "X: %s")
    first = first.replace(b"X: %s", b"X: " + b"y" * (8192 - len(first) + 2))
    assert len(first) == 8192  # what http.client reads ahead
    server = serve(respond(first + http_response(b'{"of": "nobody"}')), tls=tls)
    for _ in range(2):
        assert transport.call("GET", server.url).json["n"] == 1


@pytest.mark.parametrize("secure", [False, True])
def test_giving_up_spares_a_connection_that_another_call_has(
    transport: Transport,
    serve: Serve,
    tls: ssl.SSLContext,
    trusted: None,
    monkeypatch: pytest.MonkeyPatch,
    secure: bool,
) -> None:
    """A call is slow with a body that it has read, while the next one is under way on its connection."""

    def script(connection: RawConnection) -> None:
        for pause_s in (0.0, 0.3, 0.0):
            connection.read_request()
            time.sleep(pause_s)
            connection.send(http_response())

    server = serve(script, tls=tls if secure else None)
    decompress = response_module._decompressed
    pauses = [0.3]

    def decompress_late(body: bytes, encoding: str) -> bytes:
        time.sleep(pauses.pop() if pauses else 0.0)
        return decompress(body, encoding)

    monkeypatch.setattr(response_module, "_decompressed", decompress_late)
    first = threading.Thread(
        target=lambda: failure(UnexpectedResponse, transport, server.url, deadline_s=0.2), daemon=True
    )
    first.start()
    assert comes_true(lambda: not pauses)
    assert transport.call("GET", server.url).json == {"ok": True}
    first.join()
    assert transport.call("GET", server.url).json == {"ok": True}
    assert len(server.connections) == 1


def test_a_closed_transport_opens_again(transport: Transport, serve: Serve) -> None:
    server = serve(respond(http_response()))
    for number in (1, 2):
        assert transport.call("GET", server.url).json == {"ok": True}
        assert len(server.connections) == number
        transport.close()


# --- nothing else leaves a call


def test_headers_that_cannot_be_parsed_are_not_logged(
    transport: Transport, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = serve(respond_once(b"HTTP/1.1 200 OK\r\nX: y\r\ns3cret\r\n\r\n{}"))
    with suppress(CallError):
        transport.call("GET", server.url)
    assert caplog.records
    assert "s3cret" not in caplog.text


def test_an_unforeseen_error_is_reported_by_how_far_the_call_came(
    transport: Transport, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unforeseen(BaseException):
        pass

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise Unforeseen("hunter2")

    server = serve(respond(http_response()))
    with monkeypatch.context() as patch:
        patch.setattr(http.client.HTTPConnection, "getresponse", fail)
        not_answered(transport, server.url)
    with monkeypatch.context() as patch:
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


def test_whatever_comes_ends_in_a_response_or_an_error_of_the_app(transport: Transport, serve: Serve) -> None:
    current = [b""]
    server = serve(lambda connection: respond_once(current[0])(connection))

    @settings(max_examples=60, deadline=None)
    @given(damaged_responses())
    def check(data: bytes) -> None:
        current[0] = data
        try:
            transport.call("POST", server.url, form=FORM, deadline_s=5.0)
        except (NoResponse, UnexpectedResponse, ResponseTooLong) as error:
            found = error.sent
        else:
            found = Sent.MAYBE
        assert found is Sent.MAYBE

    check()  # pylint: disable=no-value-for-parameter  # hypothesis gives it
