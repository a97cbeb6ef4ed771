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
"""The fault injector: a man in the middle through which passes whatever a run of the app says to Twilio.

It stands before a local Twilio. For each connection and each call it draws what happens, and keeps a record of the
truth: which create calls came, which of them Twilio took, what went back.
"""

from __future__ import annotations

import base64
import random
import re
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import parse_qs, urlsplit

from benchmarks.chaos.chance import Chance
from benchmarks.chaos.grammar import (
    FOREVER_S,
    Break,
    CallFault,
    CallKind,
    Form,
    Opening,
    OpeningFault,
    Part,
    Route,
    RunPlan,
    Then,
    draw_call_fault,
    draw_opening_fault,
)
from benchmarks.chaos.network import (
    DIRECT_HOST,
    PLAIN_HOST,
    TUNNEL_HOST,
    Address,
    NameHangs,
    Network,
)
from benchmarks.chaos.response import Response, garbage, in_form, substitute
from benchmarks.chaos.spelling import spell
from sandbox.fast_clock import FastClock
from sandbox.raw_server import RawConnection, RawServer
from sandbox.twilio import LocalTwilio


_SLICE_S = 0.05  # real seconds of waiting, between two checks that the injector is not stopping
_LAST_CALLS_S = 0.02  # real seconds
_PATIENCE_S = 5.0  # real seconds
_DRIP_GAP_S = 1.0
_JUNK = (
    b"\x00\x01\x02 nothing that anybody understands\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.6\r\n",
    b"\r\n\r\n\r\n",
    b"<html>",
)
_TWILIOS_CODE = re.compile(r'"code": ?[0-9]{5}\b')
_ALERT = b"\x15\x03\x03\x00\x02\x02\x28"  # handshake_failure
_HOSTS = {Route.HTTP: PLAIN_HOST, Route.TLS: DIRECT_HOST, Route.PROXY: TUNNEL_HOST}
_NO_FAULT = CallFault()
_CROSSED = CallFault(is_taken=False, break_=Break(Part.REQUEST, 0.0, Then.CLOSE))  # the end of its connection


@dataclass
class Call:
    """One call as the injector knows it. Times are seconds of the run's clock.

    `to` and `body` are of a create call, `to` of a search. `sids` are those that a whole response showed. `is_harmed`:
    whether the caller may have got anything but Twilio's whole response. `status` and `text` are of what was sent.
    """

    kind: CallKind
    to: str
    body: str
    fault: CallFault
    came_at: float
    taken_at: float | None = None
    sid: str = ""
    status: int = 0
    text: str = ""
    sids: frozenset[str] = frozenset()
    is_harmed: bool = True
    is_first: bool = False  # on its connection
    ended_at: float = 0.0

    @property
    def is_refusal(self) -> bool:
        """Whether what was sent is an error of Twilio's own that says that the call was turned down."""
        return 400 <= self.status < 500 and self.status != 408 and _TWILIOS_CODE.search(self.text) is not None


@dataclass
class Record:
    """The truth about a run."""

    calls: list[Call] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)
    bare_resets: int = 0  # of connections on which a request may have been lost unseen
    connections: int = 0
    late_names: int = 0  # that were resolved after a while, so that a call began long before it came

    def creates(self) -> list[Call]:
        """The create calls that came, in their order."""
        return [call for call in list(self.calls) if call.kind is CallKind.CREATE]


class FaultInjector:
    """Injects faults between one run of the app and a local Twilio. `on_create` is called once a create call came."""

    def __init__(self, plan: RunPlan, twilio: LocalTwilio, clock: FastClock, network: Network, chance: Chance) -> None:
        self.record = Record()
        self.on_create: Callable[[Call], None] = lambda call: None
        self._plan = plan
        self._twilio = twilio
        self._clock = clock
        self._network = network
        self._chance = chance
        self._lock = Lock()
        self._calls_under_way = 0
        self._is_stopping = False
        self._began_at = clock.monotonic()
        self._server = RawServer(self._serve)
        self._host = _HOSTS[plan.route]
        self._port = network.register(self._host, self._resolve)
        if plan.route is Route.PROXY:
            network.resolve_proxy = self._resolve
            network.register_tunnel(self._port, self._serve_tunnel)

    @property
    def base_url(self) -> str:
        """The base URL of an asset that comes this way."""
        scheme = "http" if self._plan.route is Route.HTTP else "https"
        return f"{scheme}://{self._host}:{self._port}/2010-04-01"

    def begin(self) -> None:
        """Let the time of the plan begin."""
        self._began_at = self._clock.monotonic()

    def stop(self) -> None:
        """Let everything that hangs go on, see what still comes of it, and take no more connections."""
        self._is_stopping = True
        self._network.released.set()
        time.sleep(_LAST_CALLS_S)  # a call that was given up while its name hung would come now
        until = time.monotonic() + _PATIENCE_S
        while self._calls_under_way and time.monotonic() < until:
            time.sleep(_LAST_CALLS_S)
        self._server.close()
        for connection in list(self._server.connections):
            with suppress(OSError):
                socket.socket.shutdown(connection.socket, socket.SHUT_RDWR)
        self._network.forget(self._host, self._port)

    # --- opening a connection

    def _opening_fault(self, step: str) -> OpeningFault | None:
        """What goes wrong at a step ("name" stands for all steps before the connection stands), if anything."""
        steps = ("name", "TCP") if step == "name" else (step,)
        for outage in self._plan.outages:
            if outage.opening and outage.holds_at(self._seconds()) and outage.opening.opening.step in steps:
                return self._note(outage.opening)
        chance = self._chance.next(f"opening {step}")
        if chance.random() >= self._plan.opening_share:
            return None
        fault = draw_opening_fault(chance, self._plan.route)
        return self._note(fault) if fault.opening.step in steps else None

    def _note(self, fault: OpeningFault) -> OpeningFault:
        self.record.openings.append(fault.opening)
        return fault

    def _resolve(self) -> Address:
        address = self._network.proxy if self._plan.route is Route.PROXY else ("127.0.0.1", self._server.port)
        fault = self._opening_fault("name")
        if fault is None:
            return address
        if fault.opening is Opening.NAME_FAILS:
            raise NameHangs(0.0, None)
        if fault.opening is Opening.NAME_HANGS:
            is_resolved = fault.for_s < FOREVER_S and fault.share < 0.7
            self.record.late_names += is_resolved
            raise NameHangs(self._real(fault.for_s), address if is_resolved else None)
        if fault.opening is Opening.TCP_RESET:
            self.record.bare_resets += self._plan.route is Route.HTTP
            return self._network.reset()
        return self._network.refused() if fault.opening is Opening.TCP_REFUSED else self._network.hangs()

    def _serve_tunnel(self, connection: RawConnection, request: bytes) -> None:
        """Handle a connection through the proxy, which got this CONNECT."""
        if self._open_tunnel(connection, request):
            self._serve(connection)

    def _serve(self, connection: RawConnection) -> None:
        """Handle a connection, from its first byte on."""
        with self._lock:
            self.record.connections += 1
        connection.socket.settimeout(self._real(FOREVER_S))
        if self._plan.route is not Route.HTTP and not self._shake_hands(connection):
            return
        with _Upstream(self._twilio.port) as upstream:
            is_first = True
            while not self._is_stopping:
                request = connection.read_request()
                is_usable = self._handle(connection, upstream, request, is_first)
                is_first = False
                if not is_usable:
                    self._linger(connection)
                    return

    def _open_tunnel(self, connection: RawConnection, request: bytes) -> bool:
        fault = self._opening_fault("proxy")
        if fault is None:
            connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            return True
        chance = self._chance.next("proxy")
        if fault.opening is Opening.PROXY_REFUSES:
            connection.send(_proxy_refusal(_authorization(request), chance))
        elif fault.opening is Opening.PROXY_JUNK:
            connection.send(chance.choice(_JUNK))
        elif fault.opening is Opening.PROXY_DRIPS:
            self._drip(connection, b"HTTP/1.1 200 Connection " + b"e" * 10_000, fault.for_s)
        self._fail(connection, fault)
        return False

    def _shake_hands(self, connection: RawConnection) -> bool:
        fault = self._opening_fault("TLS")
        if fault is None or fault.opening is Opening.TLS_UNTRUSTED:
            connection.start_tls(self._network.untrusted_tls if fault else self._network.tls)
            return fault is None
        hello = connection.receive()
        if fault.opening is Opening.TLS_CUT_OFF:
            flight = _server_flight(self._network.tls, hello)
            connection.send(flight[: int(len(flight) * fault.share)])
        elif fault.opening is Opening.TLS_JUNK:
            connection.send(self._chance.next("TLS junk").choice(_JUNK))
        elif fault.opening is Opening.TLS_ALERT:
            connection.send(_ALERT)
        self._fail(connection, fault)
        return False

    def _fail(self, connection: RawConnection, fault: OpeningFault) -> None:
        """Hang, reset or close."""
        if fault.opening in (Opening.PROXY_HANGS, Opening.TLS_HANGS):
            self._wait(connection, fault.for_s)
        if fault.opening in (Opening.PROXY_RESETS, Opening.TLS_RESETS):
            connection.reset()

    # --- a call

    def _handle(self, connection: RawConnection, upstream: _Upstream, request: bytes, is_first: bool) -> bool:
        """Let one call happen; whether the connection can be used again."""
        call = self._call(request)
        call.is_first = is_first
        with self._lock:
            self.record.calls.append(call)
            self._calls_under_way += 1
        try:
            return self._play(connection, upstream, request, call)
        finally:
            call.ended_at = self._clock.monotonic()
            with self._lock:
                self._calls_under_way -= 1

    def _linger(self, connection: RawConnection) -> None:
        """Close the connection, and keep a record of a request that was on its way meanwhile: it gets no response."""
        with suppress(OSError, EOFError):
            socket.socket.shutdown(connection.socket, socket.SHUT_WR)
            connection.socket.settimeout(_LAST_CALLS_S)
            call = self._call(connection.read_request())
            call.fault, call.ended_at = _CROSSED, call.came_at
            with self._lock:
                self.record.calls.append(call)

    def _play(self, connection: RawConnection, upstream: _Upstream, request: bytes, call: Call) -> bool:
        fault = call.fault
        if call.kind is CallKind.CREATE:
            self.on_create(call)
        self._pause(self._plan.latency_s + fault.arrives_after_s)
        twilios = Response.parse(upstream.exchange(request)) if fault.is_taken else None
        if twilios is not None:
            self._note_taken(call, twilios)
        self._pause(fault.responds_after_s)
        if fault.break_ and fault.break_.part is Part.REQUEST:
            return self._break(connection, b"", fault.break_)
        return self._respond(connection, call, twilios, request)

    def _call(self, request: bytes) -> Call:
        head, _, body = request.partition(b"\r\n\r\n")
        method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        url = urlsplit(target)
        fields = {
            name: values[0] for name, values in parse_qs(body.decode() if method == "POST" else url.query).items()
        }
        kind, to, text = _kind(method, url.path, fields), fields.get("To", ""), fields.get("Body", "")
        if kind is CallKind.FETCH:
            sid = url.path.rpartition("/")[2].partition(".")[0]
            message = self._twilio.log.find(sid)
            text = f"{message.to} {message.body}" if message else ""
        fault = self._call_fault(kind, f"{kind.value} {to} {text}")
        return Call(kind, to, text, fault, self._clock.monotonic())

    def _call_fault(self, kind: CallKind, name: str) -> CallFault:
        for outage in self._plan.outages:
            if outage.call and kind in outage.kinds and outage.holds_at(self._seconds()):
                return outage.call
        chance = self._chance.next(name)
        if chance.random() >= self._plan.fault_share.get(kind, 0.0):
            return _NO_FAULT
        return draw_call_fault(chance, kind)

    def _note_taken(self, call: Call, response: Response) -> None:
        found = response.json
        if not isinstance(found, dict) or response.status >= 400:
            return
        if call.kind is CallKind.CREATE:
            call.sid = str(found["sid"])
            call.taken_at = self._clock.monotonic()

    def _respond(self, connection: RawConnection, call: Call, twilios: Response | None, request: bytes) -> bool:
        fault = call.fault
        chance = self._chance.next(f"response {call.kind.value} {call.to} {call.body}")
        credentials = [_authorization(request)]
        if self._plan.route is Route.PROXY:  # which may decrypt TLS, and know its own password as well
            credentials += self._network.secrets

        def echo() -> str:
            return spell(*chance.choice(credentials), chance)

        response = substitute(fault, twilios, echo, chance)
        head, body, sent = in_form(response, fault.form, echo, chance)
        call.status, call.text = response.status, response.body.decode("utf-8", "replace")
        if fault.is_harmless and call.kind in (CallKind.SEARCH, CallKind.PAGE):
            call.sids = _sids(response)
        if fault.break_ and fault.break_.part is not Part.REQUEST:
            at = int(len(head) * fault.break_.share)
            if fault.break_.part is Part.BODY:
                at = len(head) + int(len(body) * fault.break_.share)
            data = head + body
            connection.send(data[:at])
            return self._break(connection, data[at:], fault.break_)
        call.is_harmed = not fault.is_harmless
        connection.send(head + body)
        if sent.more:
            self._send_all(connection, sent.more())
        return fault.form.is_harmless or fault.form is Form.SECOND_RESPONSE

    def _break(self, connection: RawConnection, rest: bytes, break_: Break) -> bool:
        """What happens where a call breaks off; whether the connection can be used again."""
        if break_.then is Then.RESET:
            self.record.bare_resets += not rest and break_.part is not Part.REQUEST
            connection.reset()
        elif break_.then is Then.HANG:
            self._wait(connection, break_.for_s)
        elif break_.then is Then.DRIP:
            self._drip(connection, rest, break_.for_s)
        elif break_.then is Then.GARBAGE:
            connection.send(garbage())
        elif break_.then is Then.PAUSE:
            self._wait(connection, break_.for_s)
            connection.send(rest)
            return True
        return False

    # --- time

    def _seconds(self) -> float:
        return self._clock.monotonic() - self._began_at

    def _real(self, seconds: float) -> float:
        return seconds / self._clock.speed

    def _pause(self, seconds: float) -> None:
        """Let so many seconds pass, whether the client is still there or not."""
        until = self._clock.monotonic() + seconds
        while not self._is_stopping and (left := self._real(until - self._clock.monotonic())) > 0.0:
            time.sleep(min(left, _SLICE_S))

    def _wait(self, connection: RawConnection, seconds: float) -> None:
        """Let so many seconds pass, as long as the client is there."""
        until = self._clock.monotonic() + seconds
        while not self._is_stopping and (left := self._real(until - self._clock.monotonic())) > 0.0:
            readable, _, _ = select.select([connection.socket], [], [], min(left, _SLICE_S))
            if readable:  # a client that waits says nothing: it has gone
                return

    def _drip(self, connection: RawConnection, data: bytes, seconds: float) -> None:
        until = self._clock.monotonic() + seconds
        for byte in data:
            if self._is_stopping or self._clock.monotonic() > until:
                return
            connection.send(bytes([byte]))
            self._wait(connection, _DRIP_GAP_S)

    def _send_all(self, connection: RawConnection, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            if self._is_stopping:
                return
            connection.send(chunk)


class _Upstream:
    """A connection to the local Twilio, made when it is first needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def __enter__(self) -> _Upstream:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._socket:
            self._socket.close()

    def exchange(self, request: bytes) -> bytes:
        """Send a request as it is, and return the response as it is."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._receive(self._socket)
        head, _, body = data.partition(b"\r\n\r\n")
        found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        parts, missing = [body], (int(found.group(1)) if found else 0) - len(body)
        while missing > 0:
            part = self._receive(self._socket)
            parts.append(part)
            missing -= len(part)
        return head + b"\r\n\r\n" + b"".join(parts)

    def _receive(self, sock: socket.socket) -> bytes:
        data = sock.recv(65536)
        if not data:
            raise EOFError
        return data


def _kind(method: str, path: str, fields: dict[str, str]) -> CallKind:
    if method == "POST":
        return CallKind.CREATE
    if not path.endswith("/Messages.json"):
        return CallKind.FETCH
    return CallKind.SEARCH if "To" in fields else CallKind.PAGE


def _sids(response: Response) -> frozenset[str]:
    found = response.json
    rows = found.get("messages", []) if isinstance(found, dict) else []
    return frozenset(str(row["sid"]) for row in rows)


def _authorization(request: bytes) -> tuple[str, str]:
    """User and secret of a request, or of the proxy's if it is a CONNECT."""
    found = re.search(rb"(?i)authorization: *basic +(\S+)", request)
    user, _, secret = base64.b64decode(found.group(1)).decode().partition(":") if found else ("", "", "")
    return user, secret


def _proxy_refusal(credentials: tuple[str, str], chance: random.Random) -> bytes:
    user, secret = credentials
    status = chance.choice(("403 Forbidden", "407 Proxy Authentication Required", "502 Bad Gateway", "503 Busy"))
    shown = " ".join(spell(user, secret, chance).split()) if secret else "policy 12"
    if chance.random() < 0.5:
        status = f"{status[:3]} You sent {shown}"
    page = f"<html><body>You sent {shown}</body></html>".encode("utf-8", "replace")
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(page)}\r\n\r\n".encode("latin-1", "replace") + page


def _server_flight(context: ssl.SSLContext, hello: bytes) -> bytes:
    """What a server says to a client's hello."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    incoming.write(hello)
    with suppress(ssl.SSLError):
        context.wrap_bio(incoming, outgoing, server_side=True).do_handshake()
    return outgoing.read()
