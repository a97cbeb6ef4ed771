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
"""One HTTP call through requests: credentials, TLS, proxies, time limits, and what went wrong on which way."""

from __future__ import annotations

import os
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Any, BinaryIO, Optional, TypeVar
from urllib.parse import quote, unquote

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_auth_from_url, get_environ_proxies, select_proxy

from twilio_api.errors import CallError, ConnectionFailed, NoResponse, UnexpectedResponse
from twilio_api.http_call import GivenUp, HttpCall, Phase, reporting
from twilio_api.response import MAX_FILE_BYTES, Redirect, Response, StoredFile, host_of, read_file, read_response
from twilio_consts import CONNECT_TIMEOUT_S, FILE_DEADLINE_S, READ_TIMEOUT_S, REQUEST_DEADLINE_S, USER_AGENT


_T = TypeVar("_T")
Fields = Optional[Mapping[str, Any]]  # of the query of a GET, and of the form of a POST
_Read = Callable[[HttpCall, Any, Callable[[str], str]], _T]  # of a response of urllib3; the last one hides secrets
_HEADERS = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}
_FILE_HEADERS = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
# A pool that is full throws connections away with a warning. Calls that were given up keep theirs for a while, so this
# is well above the number of calls at a time.
_POOL_SIZE = 64
# Compiled when there is a proxy, which few runs have
_PROXY = r"(?is)(?:([a-z][a-z0-9+.-]*)://)?(?:(.*)@)?(.*)"
_TUNNEL_FAILED = "Tunnel connection failed: "  # how http.client begins to say what a proxy said
_PROXY_AUTHENTICATION = "407"  # https://www.rfc-editor.org/rfc/rfc9110#status.407
# Twilio retired api.{region}.twilio.com on 2026-04-28 (https://www.twilio.com/docs/global-infrastructure)
_RETIRED_HOST = r"(?i)api\.([a-z]+[0-9]+)\.twilio\.com(?::[0-9]+)?"  # compiled when a call fails
_CITIES = {"us1": "ashburn", "ie1": "dublin", "au1": "sydney"}

_TIMEOUTS = (socket.timeout, TimeoutError)  # one and the same since Python 3.10
_NOT_STARTED = "the connection was not started in time"
_UNUSABLE = "the proxy or CA bundle that the environment names cannot be used"
# What is said where a call got stuck before anything of it was sent, and where it failed
_STUCK_OR_FAILED = {
    Phase.STARTING: (_NOT_STARTED, "no thread could be started"),
    Phase.PREPARING: (_NOT_STARTED, _UNUSABLE),
    Phase.RESOLVING: ("{whose} name was not resolved in time", "{whose} name cannot be resolved"),
    Phase.CONNECTING: ("timed out while connecting", "there is no route to it"),
    Phase.TUNNELLING: ("the proxy did not open the tunnel in time", "the proxy opened no tunnel"),
    Phase.HANDSHAKE: ("{whose} TLS handshake timed out", "{whose} TLS handshake failed: the connection broke"),
}


class Transport(HTTPAdapter):
    """HTTP with what every call needs: credentials, TLS, proxies, time limits. It repeats and follows nothing.

    - It is an adapter of requests without a session, which would keep cookies, read .netrc and the bodies of redirects.
    - TLS is always verified. Proxies and CA bundle are those of the environment, but plain http, which is only for
      this machine, never goes through a proxy.
    - Connections are kept open and used again. Several calls may be under way at the same time.
    """

    close: Callable[[], None]  # the connections; requests has no types for it

    def __init__(self, auth: tuple[str, str], redact: Callable[[str], str]) -> None:
        super().__init__(max_retries=0, pool_maxsize=_POOL_SIZE)
        self._auth = auth
        self._redact = redact
        reporting(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Return the connections through a proxy."""
        return reporting(super().proxy_manager_for(proxy, **kwargs))  # type: ignore[no-untyped-call]

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> Any:
        """Return the response of urllib3: requests would read its charset and cookies, and fails on some."""
        return resp

    async def call(
        self, method: str, url: str, fields: Fields = None, *, deadline_s: float = REQUEST_DEADLINE_S
    ) -> Response:
        """Send one request and return the JSON object that came back.

        Raises ConnectionFailed, NoResponse, UnexpectedResponse, ResponseTooLong, or ApiError. A call that is not
        complete after `deadline_s`, or whose task is cancelled, is given up: where nothing was sent until then, nothing
        is sent later.
        """
        query, form = (fields, None) if method == "GET" else (None, fields)
        request = requests.Request(method, url, headers=_HEADERS, params=query, data=form, auth=self._auth)
        return await self._exchange(
            request, lambda call, raw, redact: read_response(raw, redact, call.sent_at), deadline_s
        )

    async def download(
        self, url: str, file: BinaryIO, *, with_credentials: bool, deadline_s: float = FILE_DEADLINE_S
    ) -> StoredFile | Redirect:
        """Write what is at an address into a file, or return where the server redirects to, which is not followed.

        `with_credentials` says whether the server may see them. Raises what `call` raises. However the wait ends,
        nothing is written from then on.
        """
        auth = self._auth if with_credentials else None
        request = requests.Request("GET", url, headers=_FILE_HEADERS, auth=auth)

        def read(call: HttpCall, raw: Any, redact: Callable[[str], str]) -> StoredFile | Redirect:
            if raw.status < 400:
                call.expect_body_of(MAX_FILE_BYTES)
            return read_file(raw, partial(call.write, file), redact)

        return await self._exchange(request, read, deadline_s)

    async def _exchange(self, request: requests.Request, read: _Read[_T], deadline_s: float) -> _T:
        host = host_of(str(request.url))
        try:
            prepared = request.prepare()
            proxy = _proxy_for(str(prepared.url))
        except Exception as error:  # of requests, urllib3 and the codecs
            reason = f"the request cannot be made ({type(error).__name__})"
            raise ConnectionFailed(host, reason, is_transient=False) from None
        call = HttpCall(host, host_of(proxy))
        redact = partial(self._redacted, proxy)

        def exchange() -> _T:
            bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
            timeout, proxies = (CONNECT_TIMEOUT_S, READ_TIMEOUT_S), {"https": proxy} if proxy else {}
            raw: Any = self.send(prepared, stream=True, timeout=timeout, verify=bundle or True, proxies=proxies)
            with closing(raw):
                call.enter(Phase.RECEIVING, status=raw.status)
                return read(call, raw, redact)

        found = await call.made_by(exchange, deadline_s)
        if not isinstance(found, BaseException):
            return found
        failure = found if isinstance(found, CallError) else _failure(found, call, redact)
        failure.sent_at = call.sent_at
        raise failure

    def _redacted(self, proxy: str, said: str) -> str:
        """What was said, without the secrets of this app and the password of the proxy, which may quote it."""
        from twilio_api.redaction import Redactor  # only a page or a proxy's refusal need cost its import

        said, (user, password) = self._redact(said), get_auth_from_url(proxy)
        return Redactor(user, password)(said) if password else said


def _proxy_for(url: str) -> str:
    """The proxy that the environment names for a URL; empty where there is none."""
    proxy = select_proxy(url, get_environ_proxies(url, no_proxy=None)) if url.startswith("https:") else None
    return _spelled(proxy) if proxy else ""


def _spelled(proxy: str) -> str:
    """A proxy of the environment as requests takes it.

    People write passwords with all kinds of characters, percent-encoded or not. What stands before the last "@" is
    the credentials, else a slash in a password would end the host, and a part of the password be taken for a port.
    """
    scheme, credentials, host = re.findall(_PROXY, proxy)[0]
    user, colon, password = credentials.partition(":")
    spelled = f"{quote(unquote(user), safe='')}{colon}{quote(unquote(password), safe='')}"
    # "host:port" alone is not a URL to requests before 2.27
    return f"{scheme or 'http'}://{spelled + '@' if credentials else ''}{host}"


def _failure(error: BaseException, call: HttpCall, redact: Callable[[str], str]) -> CallError:
    """The app's error for GivenUp or one of the libraries'; `redact` is for what the proxy said."""
    if call.sent_at is None:
        return _not_connected(error, call, redact)
    if isinstance(error, GivenUp):
        if call.phase is Phase.RECEIVING:
            return UnexpectedResponse(call.status, f"The response was {error}")
        return NoResponse(call.host, f"it was {error}")
    causes = list(_causes(error))
    if any(isinstance(cause, _TIMEOUTS) for cause in causes):
        return NoResponse(call.host, f"it was silent for {READ_TIMEOUT_S:g} seconds")
    broke = any(isinstance(cause, OSError) and not isinstance(cause, requests.RequestException) for cause in causes)
    return NoResponse(call.host, "the connection broke" if broke else "what it sent is not HTTP")


def _not_connected(error: BaseException, call: HttpCall, redact: Callable[[str], str]) -> ConnectionFailed:
    """The error of a call that sent nothing.

    How far it came is known; only why it came no further is read from the error, whose own text may show a proxy's
    password.
    """
    timed_out, reason = _STUCK_OR_FAILED[call.phase]
    is_transient = call.phase is not Phase.PREPARING
    for cause in _causes(error):
        if isinstance(cause, (GivenUp, *_TIMEOUTS)):
            reason, is_transient = timed_out, True
        elif isinstance(cause, ConnectionRefusedError):
            reason = "the connection was refused"
        elif isinstance(cause, OSError) and str(cause).startswith(_TUNNEL_FAILED):
            response = str(cause)[len(_TUNNEL_FAILED) :]
            said = redact(response)[:200]
            is_transient = not response.startswith(_PROXY_AUTHENTICATION)
            reason = f"the proxy said: {said}" if is_transient else f"the proxy requires valid credentials: {said}"
        elif isinstance(cause, requests.exceptions.InvalidSchema):  # what requests raises for SOCKS alone
            reason = (
                "the environment names a SOCKS proxy, but the Python package PySocks, which it needs, is not installed"
            )
        elif call.phase is Phase.HANDSHAKE and isinstance(cause, ValueError):
            # ssl and urllib3 have an error each for an untrusted certificate, and only these are ValueErrors
            reason, is_transient = "{whose} TLS certificate is not trusted", False
        elif isinstance(cause, ssl.SSLError) and cause.library not in (None, "SSL"):  # X509 or PEM: no certificates
            reason, is_transient = _UNUSABLE, False
        elif isinstance(cause, ssl.SSLError) and cause.reason:
            reason = f"{{whose}} TLS handshake failed ({cause.reason})"
    return _connection_failed(call, reason, is_transient=is_transient)


def _connection_failed(call: HttpCall, reason: str, *, is_transient: bool) -> ConnectionFailed:
    # A proxy is named once it is known to be one: a setting that cannot be used may hold a password anywhere
    has_proxy = call.proxy and call.phase not in (Phase.STARTING, Phase.PREPARING)
    host = f"{call.host} through the proxy {call.proxy}" if has_proxy else call.host
    reason = reason.replace("{whose}", call.whose)
    retired = re.fullmatch(_RETIRED_HOST, call.host)
    if retired and call.phase in (Phase.RESOLVING, Phase.TUNNELLING) and call.whose == "its" and is_transient:
        region = retired[1].lower()
        successor = f"api.{_CITIES.get(region, '<city>')}.{region}.twilio.com"
        reason += f" (Twilio retired this host on 2026-04-28; its successor is {successor})"
    return ConnectionFailed(host, reason, is_transient=is_transient)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__context__
