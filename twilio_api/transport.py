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
import socket
import ssl
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import requests
from requests.utils import get_auth_from_url, get_environ_proxies

from twilio_api.clock import Clock
from twilio_api.connections import CallState, Phase, ReportingAdapter, this_thread
from twilio_api.errors import CallError, ConnectionFailed, NoResponse, UnexpectedResponse
from twilio_api.response import Response, host_of, read_response
from twilio_consts import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, REQUEST_DEADLINE_S, USER_AGENT


_HEADERS = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}
_TUNNEL_FAILED = "Tunnel connection failed: "  # how http.client begins to say what a proxy said


def ignore() -> None:
    """Do nothing."""


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
        self._adapter = ReportingAdapter()

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()  # type: ignore[no-untyped-call]

    def call(
        self,
        method: str,
        url: str,
        *,
        params: dict[str, str] | None = None,
        form: dict[str, Any] | None = None,
        deadline_s: float = REQUEST_DEADLINE_S,
        on_send: Callable[[], object] = ignore,
    ) -> Response:
        """Send one request and return the JSON object that came back, whatever its status.

        Raises ConnectionFailed, NoResponse, UnexpectedResponse or ResponseTooLong. A call that is not complete after
        `deadline_s` is given up: where nothing was sent until then, nothing is sent later. `on_send` is called when a
        connection stands and the request is about to leave, by another thread.
        """
        call = CallState(host_of(url), on_send)
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
        raise result or _deadline_error(call, deadline_s)

    def _make(self, call: CallState, request: requests.PreparedRequest) -> None:
        this_thread.call = call
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
            call.result = call.result or _translated(error, call, redact)
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


def _deadline_error(call: CallState, deadline_s: float) -> CallError:
    """The error of a call that was given up at its deadline."""
    late = f"not complete after {deadline_s:.3g} seconds"
    if call.status is not None:
        return UnexpectedResponse(call.status, f"The response was {late}")
    return NoResponse(call.host, late) if call.sent else _connection_failed(call, call.phase.timed_out)


def _translated(error: BaseException, call: CallState, redact: Callable[[str], str]) -> CallError:
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
    is_transient = call.phase is not Phase.PREPARING
    for cause in causes:
        if isinstance(cause, ConnectionRefusedError):
            reason = "the connection was refused"
        elif isinstance(cause, OSError) and str(cause).startswith(_TUNNEL_FAILED):
            reason = f"the proxy said: {redact(str(cause)[len(_TUNNEL_FAILED) :])[:200]}"
        elif call.phase is Phase.HANDSHAKE and isinstance(cause, ValueError):
            # ssl and urllib3 have an error each for an untrusted certificate, and only these are ValueErrors
            reason, is_transient = "{whose} TLS certificate is not trusted", False
        elif isinstance(cause, ssl.SSLError) and cause.library not in (None, "SSL"):  # X509 or PEM: no certificates
            reason, is_transient = Phase.PREPARING.failed, False
        elif isinstance(cause, ssl.SSLError) and cause.reason:
            reason = f"{{whose}} TLS handshake failed ({cause.reason})"
    return _connection_failed(call, reason, is_transient=is_transient)


def _without_passwords(proxy_urls: list[str], said: str) -> str:
    """What a proxy may have said, without its own password: it may quote the credentials that it was shown."""
    from twilio_api.redaction import Redactor  # only a page or a proxy's refusal need cost its import

    for url in proxy_urls:
        said = Redactor(*get_auth_from_url(url))(said)
    return said


def _connection_failed(call: CallState, reason: str, *, is_transient: bool = True) -> ConnectionFailed:
    host = f"{call.host} through the proxy {call.proxy}" if call.proxy else call.host
    return ConnectionFailed(host, reason.replace("{whose}", call.whose), is_transient=is_transient)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__context__
