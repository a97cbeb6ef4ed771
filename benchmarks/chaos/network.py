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
"""The network of one process: name resolution, addresses that do not answer, certificates, and a proxy.

A run reaches Twilio by a name that only this network resolves. What a name leads to is asked anew for each connection,
so that name and TCP go wrong as they really do: the app's own libraries meet a resolver that fails or hangs, and ports
that refuse, drop or reset.
"""

from __future__ import annotations

import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import Any
from unittest import mock

import trustme

from sandbox.raw_server import RawConnection, RawServer, server_context


PROXY_USER, PROXY_PASSWORD = "proxy-user", "Proxy0Password9Nobody8May7See"
DIRECT_HOST, TUNNEL_HOST, PROXY_HOST, PLAIN_HOST = "direct.test", "tunnel.test", "proxy.test", "localhost"
_PROXY_PORT = 3128
_FIRST_PORT = 20_000  # of the ports that stand in URLs; nobody listens there

Address = tuple[str, int]
Resolve = Callable[[], Address]
ServeTunnel = Callable[[RawConnection, bytes], object]


class NameHangs(Exception):
    """Makes a resolver hang for so many real seconds, and then give an address or, with none, fail."""

    def __init__(self, real_s: float, address: Address | None) -> None:
        super().__init__()
        self.real_s = real_s
        self.address = address


class Network:
    """What a process needs to play a run; `installed` makes it the network of this process.

    `resolve_proxy` is what the proxy's name leads to; a run sets it.
    """

    def __init__(self) -> None:
        self.resolve_proxy: Resolve = self.refused
        self.released = Event()  # lets resolvers that hang go on
        authority, stranger = trustme.CA(), trustme.CA()
        names = (DIRECT_HOST, TUNNEL_HOST)
        self.tls = server_context(authority, *names)
        self.untrusted_tls = server_context(stranger, *names)
        self._authority_pem = authority.cert_pem.bytes()
        self._resolvers: dict[tuple[str, int], Resolve] = {}
        self._tunnels: dict[int, ServeTunnel] = {}
        self._next_port = _FIRST_PORT
        self._exits = ExitStack()
        self._ports: dict[str, int] = {}
        self._getaddrinfo = socket.getaddrinfo

    @property
    def secrets(self) -> list[tuple[str, str]]:
        """Users and secrets that nobody may see."""
        return [(PROXY_USER, PROXY_PASSWORD)]

    @contextmanager
    def installed(self) -> Iterator[Network]:
        """Let names, certificates and proxy of this process be this network's."""
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            (folder / "ca.pem").write_bytes(self._authority_pem)
            proxy = f"http://{PROXY_USER}:{PROXY_PASSWORD}@{PROXY_HOST}:{_PROXY_PORT}"
            variables = {
                "REQUESTS_CA_BUNDLE": str(folder / "ca.pem"),
                "HTTPS_PROXY": proxy,
                "https_proxy": proxy,
                "NO_PROXY": DIRECT_HOST,
                "no_proxy": DIRECT_HOST,
            }
            stack.enter_context(mock.patch.dict(os.environ, variables))
            stack.enter_context(mock.patch.object(socket, "getaddrinfo", self._resolve))
            self._ports["refused"] = stack.enter_context(_port_that_refuses())
            self._ports["hangs"] = stack.enter_context(_port_that_hangs())
            self._ports["reset"] = stack.enter_context(RawServer(RawConnection.reset)).port
            self._ports["proxy"] = stack.enter_context(RawServer(self._serve_proxy)).port
            yield self

    def register(self, host: str, resolve: Resolve) -> int:
        """Let a name, with a port that only this registration has, lead somewhere; return the port."""
        self._next_port += 1
        self._resolvers[host, self._next_port] = resolve
        return self._next_port

    def register_tunnel(self, port: int, serve: ServeTunnel) -> None:
        """Let the proxy hand over its tunnels to this port; `serve` gets the connection and the CONNECT."""
        self._tunnels[port] = serve

    def forget(self, host: str, port: int) -> None:
        """Undo the registrations of a port."""
        del self._resolvers[host, port]
        self._tunnels.pop(port, None)

    # --- where a name may lead

    @property
    def proxy(self) -> Address:
        """Where the proxy listens."""
        return self._address("proxy")

    def refused(self) -> Address:
        """An address that refuses connections."""
        return self._address("refused")

    def hangs(self) -> Address:
        """An address that drops the packets that ask for a connection."""
        return self._address("hangs")

    def reset(self) -> Address:
        """An address that resets a connection as soon as it stands."""
        return self._address("reset")

    def _address(self, what: str) -> Address:
        return "127.0.0.1", self._ports[what]

    def _serve_proxy(self, connection: RawConnection) -> None:
        request = connection.read_request()
        serve = self._tunnels.get(int(request.split()[1].rpartition(b":")[2]))
        if serve:
            serve(connection, request)

    def _resolve(self, host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        resolve = self.resolve_proxy if host == PROXY_HOST else self._resolvers.get((host, port))
        if resolve is None:
            if host in (DIRECT_HOST, TUNNEL_HOST):  # of a run that is over
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return self._getaddrinfo(host, port, *args, **kwargs)
        try:
            address = resolve()
        except NameHangs as hangs:
            self.released.wait(hangs.real_s)
            if hangs.address is None:
                raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution") from None
            address = hangs.address
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)]


@contextmanager
def _port_that_refuses() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # so that nobody else listens there
        yield taken.getsockname()[1]


@contextmanager
def _port_that_hangs() -> Iterator[int]:
    """A port whose queue is full, so that the system drops whatever asks for a connection."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = listener.getsockname()
        for _ in range(8):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            with suppress(BlockingIOError):
                filler.connect(address)
        time.sleep(0.02)  # until the queue is full
        yield address[1]
