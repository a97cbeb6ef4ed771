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
"""One HTTP call through requests, which knows at any moment how far it came, and whether anything was sent."""

from __future__ import annotations

import logging
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import Enum
from threading import Event, Lock, Thread, local
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_auth_from_url, get_environ_proxies
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from twilio_api.clock import Clock
from twilio_api.errors import CallError, ConnectionFailed, NoResponse, UnexpectedResponse
from twilio_api.response import Response, host_of, read_response
from twilio_consts import CALL_DEADLINE_S, CONNECT_TIMEOUT_S, READ_TIMEOUT_S, USER_AGENT


# A pool that is full throws connections away with a warning. Calls that were given up keep theirs for a while, so this
# is well above the number of calls at a time.
_POOL_SIZE = 64
_HEADERS = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}
_TUNNEL_FAILED = "Tunnel connection failed: "  # how http.client begins to say what a proxy said


def _is_fit_to_log(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("Failed to parse headers")


# urllib3 logs headers that it cannot parse to the letter, and a server may echo a secret in them
for _logger in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_logger).addFilter(_is_fit_to_log)


class _Phase(Enum):
    """How far a call came before anything of it was sent, and what to say where it got stuck or failed there."""

    PREPARING = ("it was not begun in time", "the proxy or CA bundle of the environment is not usable")
    RESOLVING = ("{its} name was not resolved in time", "{its} name cannot be resolved")
    CONNECTING = ("timed out while connecting", "the network does not lead there")
    TUNNELLING = ("the proxy did not open the tunnel in time", "the proxy opened no tunnel")
    HANDSHAKE = ("{its} TLS handshake timed out", "{its} TLS handshake failed: the connection broke")

    def __init__(self, timed_out: str, failed: str) -> None:
        self.timed_out = timed_out
        self.failed = failed


def ignore() -> None:
    """Nobody wants to know."""


class _GivenUp(Exception):
    """Ends the thread of a call whose caller has left. Not an OSError, which urllib3 would wrap or swallow."""


class _Call:
    """What the thread that makes a call and the thread that waits for it know of each other.

    `sent`: whether anything of the request can have left; final once `give_up` has returned.
    `proxy`: host and port of the proxy on the way, empty where there is none.
    `proxy_urls`: the proxies of the environment, whose passwords nobody may see.
    `its`: whose name, TCP connection or TLS handshake is at stake, the server's or the proxy's.
    `status`: the HTTP status, once the head of the response is here.
    """

    def __init__(self, host: str, on_send: Callable[[], object]) -> None:
        self.host = host
        self._on_send = on_send
        self.phase = _Phase.PREPARING
        self.proxy = ""
        self.proxy_urls: list[str] = []
        self.its = "its"
        self.sent = False
        self.status: int | None = None
        self.result: Response | CallError | None = None
        self.done = Event()
        self._lock = Lock()
        self._is_given_up = False
        self._socket: socket.socket | None = None

    def enter(self, phase: _Phase, its: str = "its") -> None:
        """Note how far the call came; once it is given up, what happens to it is due to that and tells nothing."""
        with self._lock:
            if not self._is_given_up:
                self.phase, self.its = phase, its

    def note_status(self, status: int) -> None:
        """Note the status of the response, its head being here; raises _GivenUp where that may be a part of it."""
        with self._lock:
            if self._is_given_up:
                raise _GivenUp
            self.status = status

    def hold(self, sock: Any, *, to_send: bool = False) -> None:
        """Break this socket if the call is given up; with `to_send` it is about to carry the request.

        Raises _GivenUp, and nothing will have been sent, where the call is given up already.
        """
        with self._lock:
            if self._is_given_up:
                raise _GivenUp
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


class _Threads(local):
    call: _Call


_this_thread = _Threads()


class _SocketOptions:
    """What urllib3 sets on each socket, which it does after it resolved the name and before it connects."""

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        _this_thread.call.enter(_Phase.CONNECTING, _this_thread.call.its)
        return iter([(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)])


class _Connection(HTTPConnection):
    """Put before a connection class of urllib3: keeps the call informed of what happens."""

    def _new_conn(self) -> Any:
        call = _this_thread.call
        if getattr(self, "proxy", None):
            call.proxy = f"{self.host}:{self.port}"
        its = "the proxy's" if call.proxy else "its"
        call.enter(_Phase.RESOLVING, its)
        self.socket_options = _SocketOptions()  # type: ignore[assignment]
        sock = super()._new_conn()
        try:
            call.hold(sock)
        except BaseException:
            sock.close()
            raise
        call.enter(_Phase.HANDSHAKE, its)
        return sock

    def _tunnel(self) -> None:
        _this_thread.call.enter(_Phase.TUNNELLING)
        super()._tunnel()
        _this_thread.call.enter(_Phase.HANDSHAKE)

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        """Send the head of the request; the proxy's CONNECT does not pass here."""
        if self.sock is None:  # http.client would connect while it sends
            self.connect()
        _this_thread.call.hold(self.sock, to_send=True)
        super().endheaders(*args, **kwargs)


class _Pool(HTTPConnectionPool):
    """Put before a pool class of urllib3: nothing of a call sticks to a connection that another one can get."""

    def _put_conn(self, conn: Any) -> None:
        _this_thread.call.let_go()
        # What TLS decrypted together with a response, and nobody read, would be taken for the next one
        if isinstance(getattr(conn, "sock", None), ssl.SSLSocket) and conn.sock.pending():
            conn.close()
        super()._put_conn(conn)


def _watched(manager: Any) -> Any:
    """The same pool manager (direct, of a proxy, of SOCKS), whose connections are watched from now on."""
    pools = {}
    for scheme, pool in manager.pool_classes_by_scheme.items():
        connection = type("Connection", (_Connection, pool.ConnectionCls), {})
        pools[scheme] = type("Pool", (_Pool, pool), {"ConnectionCls": connection})
    manager.pool_classes_by_scheme = pools
    return manager


class _Adapter(HTTPAdapter):
    """Used without a session of requests, which would keep cookies, read .netrc and read the bodies of redirects."""

    def __init__(self) -> None:
        self._lock = Lock()
        super().__init__(max_retries=0, pool_maxsize=_POOL_SIZE)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)  # type: ignore[no-untyped-call]
        _watched(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        with self._lock:  # no other thread gets it before it is watched
            is_known = proxy in self.proxy_manager
            manager = super().proxy_manager_for(proxy, **kwargs)  # type: ignore[no-untyped-call]
            return manager if is_known else _watched(manager)

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """The bare response: requests would read charset and cookies too, and fails on some."""
        response = requests.Response()
        response.request, response.status_code, response.raw = req, resp.status, resp
        return response


class Transport:
    """HTTP with what every call needs: credentials, TLS, proxies, time limits. It repeats and follows nothing.

    - TLS is always verified. Proxies and CA bundle are those of the environment, but plain http, which is only for
      this machine, never goes through a proxy.
    - Connections are kept open and used again. Several threads may call at the same time.
    """

    def __init__(self, auth: tuple[str, str], *, clock: Clock, redact: Callable[[str], str]) -> None:
        self._auth = auth
        self._to_real_s = clock.to_real_s
        self._redact = redact
        self._adapter = _Adapter()

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()  # type: ignore[no-untyped-call]

    def call(
        self,
        method: str,
        url: str,
        *,
        params: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
        deadline_s: float = CALL_DEADLINE_S,
        on_send: Callable[[], object] = ignore,
    ) -> Response:
        """Send one request and return the JSON object that came back, whatever its status.

        Raises ConnectionFailed, NoResponse, UnexpectedResponse or ResponseTooLong. A call that is not complete after
        `deadline_s` is given up: where nothing was sent until then, nothing is sent later. `on_send` is called when a
        connection stands and the request is about to leave, by another thread.
        """
        call = _Call(host_of(url), on_send)
        try:
            request = requests.Request(
                method, url, headers=_HEADERS, params=params, data=form, auth=self._auth
            ).prepare()
        except Exception as error:  # of requests, urllib3 and the codecs
            reason = f"the request cannot be made ({type(error).__name__})"
            raise ConnectionFailed(call.host, reason, is_transient=False) from None
        # In a thread of its own: sockets start their time limit anew with each byte, and name resolution has none
        thread = Thread(target=self._make, args=(call, request), name="twilio-call", daemon=True)
        try:
            thread.start()
            is_done = call.done.wait(self._to_real_s(deadline_s))
        except RuntimeError:
            raise ConnectionFailed(call.host, "no thread could be started") from None
        finally:  # also where a signal ends the wait
            call.give_up()
        result = call.result if is_done else None
        if isinstance(result, Response):
            return result
        raise result or _late(call, deadline_s)

    def _make(self, call: _Call, request: requests.PreparedRequest) -> None:
        _this_thread.call = call
        timeouts = (self._to_real_s(CONNECT_TIMEOUT_S), self._to_real_s(READ_TIMEOUT_S))

        def redact(text: str) -> str:
            return _without_passwords(call.proxy_urls, self._redact(text))

        try:
            settings = _environment(str(request.url))
            call.proxy_urls = list(settings["proxies"].values())
            with self._adapter.send(request, stream=True, timeout=timeouts, **settings) as response:
                call.note_status(response.status_code)
                call.result = read_response(response.raw, redact)
        except CallError as error:
            call.result = error
        except BaseException as error:  # whatever it is, the thread that waits hears of it
            call.result = call.result or _typed(error, call, redact)
        call.let_go()
        call.done.set()


def _environment(url: str) -> dict[str, Any]:
    """What the environment says about a call to this URL, in the terms of an adapter."""
    proxies = get_environ_proxies(url, no_proxy=None) if url.startswith("https:") else {}
    return {
        # "host:port" alone is not a URL to requests before 2.27
        "proxies": {key: proxy if "://" in proxy else f"http://{proxy}" for key, proxy in proxies.items()},
        "verify": os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True,
    }


def _late(call: _Call, deadline_s: float) -> CallError:
    """The error of a call that was given up at its deadline."""
    late = f"not complete after {deadline_s:.3g} seconds"
    if call.status is not None:
        return UnexpectedResponse(call.status, f"The response was {late}")
    return NoResponse(call.host, late) if call.sent else _connection_failed(call, call.phase.timed_out)


def _typed(error: BaseException, call: _Call, redact: Callable[[str], str]) -> CallError:
    """The app's error for one of the libraries', whose own text may show a proxy's password.

    How far the call came is known; only why it came no further is read from the error.
    """
    causes = list(_causes(error))
    timed_out = any(isinstance(cause, (socket.timeout, TimeoutError)) for cause in causes)
    if call.sent:
        if timed_out:
            return NoResponse(call.host, f"it was silent for {READ_TIMEOUT_S:g} seconds")
        broke = any(isinstance(cause, OSError) and not isinstance(cause, requests.RequestException) for cause in causes)
        return NoResponse(call.host, "the connection broke" if broke else "what came is not HTTP")
    reason = call.phase.timed_out if timed_out else call.phase.failed
    is_transient = call.phase is not _Phase.PREPARING
    for cause in causes:
        if isinstance(cause, ConnectionRefusedError):
            reason = "the connection was refused"
        elif isinstance(cause, OSError) and str(cause).startswith(_TUNNEL_FAILED):
            reason = f"the proxy said: {redact(str(cause)[len(_TUNNEL_FAILED) :])[:200]}"
        elif call.phase is _Phase.HANDSHAKE and isinstance(cause, ValueError):
            # ssl and urllib3 have an error each for an untrusted certificate, and only these are ValueErrors
            reason, is_transient = "{its} TLS certificate is not trusted", False
        elif isinstance(cause, ssl.SSLError) and cause.library not in (None, "SSL"):  # X509 or PEM: no certificates
            reason, is_transient = _Phase.PREPARING.failed, False
        elif isinstance(cause, ssl.SSLError) and cause.reason:
            reason = f"{{its}} TLS handshake failed ({cause.reason})"
    return _connection_failed(call, reason, is_transient=is_transient)


def _without_passwords(proxy_urls: list[str], said: str) -> str:
    """What a proxy may have said, without its own password: it may quote the credentials that it was shown."""
    from twilio_api.redaction import Redactor  # only a page or a proxy's refusal need cost its import

    for url in proxy_urls:
        said = Redactor(*get_auth_from_url(url))(said)
    return said


def _connection_failed(call: _Call, reason: str, *, is_transient: bool = True) -> ConnectionFailed:
    host = f"{call.host} through the proxy {call.proxy}" if call.proxy else call.host
    return ConnectionFailed(host, reason.replace("{its}", call.its), is_transient=is_transient)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__context__
