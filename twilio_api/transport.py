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
"""One HTTP call: from a method and a URL to an answer, or to one of the errors of twilio_api.errors."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from concurrent.futures import Future, TimeoutError as FutureTimeout
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from threading import Thread
from typing import Any, NamedTuple, NoReturn, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, ProxyError

from twilio_api.errors import ErrorAnswer, NoAnswer, StrangeAnswer, Unreachable
from twilio_consts import (
    CALL_DEADLINE_S,
    CONNECT_TIMEOUT_S,
    MAX_ANSWER_BYTES,
    MAX_RETRY_AFTER_S,
    PARALLEL_LOOKS,
    READ_TIMEOUT_S,
    USER_AGENT,
)


_T = TypeVar("_T")
# What requests raises before it opens a connection
_UNUSABLE = (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema)
_CHUNK_BYTES = 64 * 1024
_SHOWN_CHARS = 2000  # of an answer that is no JSON object


class Answer(NamedTuple):
    """A JSON object as it came, and the server's clock (seconds since the epoch, whole; None where not told)."""

    json: dict[str, Any]
    server_time: float | None


class Wire:
    """HTTP with the manners that every call needs; it repeats nothing.

    - One connection is kept open and used again; redirects are never followed; cookies are not kept.
    - TLS is always verified. The proxy settings of the environment hold, except for plain http, which only goes to
      this machine.
    - A call ends after CALL_DEADLINE_S at the latest, however slowly the server drips, and an answer is read up to
      MAX_ANSWER_BYTES.
    - What the body says counts, not its label: a JSON object is taken whatever the content type.
    """

    def __init__(
        self,
        auth: tuple[str, str],
        *,
        to_real_s: Callable[[float], float],
        use_proxies: bool,
        redact: Callable[[str], str],
    ) -> None:
        self._session = requests.Session()
        self._session.auth = auth
        self._session.trust_env = use_proxies
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(max_retries=0, pool_maxsize=PARALLEL_LOOKS)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._on_wire = to_real_s
        self._redact = redact

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def call(
        self,
        method: str,
        url: str,
        *,
        deadline_s: float = CALL_DEADLINE_S,
        params: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
    ) -> Answer:
        """Send one request and return the JSON object that answers it.

        Raises Unreachable, NoAnswer, ErrorAnswer (a JSON object with a status of 400 or more) or StrangeAnswer.
        """

        def exchange() -> tuple[requests.Response, bytes]:
            timeouts = (self._on_wire(CONNECT_TIMEOUT_S), self._on_wire(READ_TIMEOUT_S))
            with self._session.request(
                method, url, params=params, data=form, timeout=timeouts, allow_redirects=False, stream=True
            ) as response:
                return response, self._read(response)

        host = urlsplit(url).netloc
        try:
            response, body = _within(self._on_wire(deadline_s), exchange)
        except FutureTimeout:
            raise NoAnswer(host, f"it was not complete after {deadline_s:.0f} seconds") from None
        except OSError as error:  # of requests all are of this kind, and one of a missing CA bundle is no more than it
            _raise_typed(error, host)
        return self._answer(response, body)

    def _read(self, response: requests.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(_CHUNK_BYTES):
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise StrangeAnswer(response.status_code, f"The answer is longer than {MAX_ANSWER_BYTES} bytes")
        return bytes(body)

    def _answer(self, response: requests.Response, body: bytes) -> Answer:
        status = response.status_code
        pause = _retry_after_s(response.headers.get("Retry-After", ""))
        found = _json_object(body)
        if 300 <= status < 400:
            target = urlsplit(response.headers.get("Location", "")).netloc or "another page"
            raise StrangeAnswer(status, f"The server redirects to {self._redact(target)}, which is never followed")
        if found is None:
            raise StrangeAnswer(status, self._redact(_described(body)), pause)
        if status >= 400:
            text = self._redact(body.decode("utf-8", "replace").strip())
            raise ErrorAnswer(status, text, _json_object(text.encode()) or {}, pause)
        return Answer(found, _server_time(response.headers.get("Date", "")))


def _within(seconds: float, call: Callable[[], _T]) -> _T:
    """Return what a call returns, or raise what it raises, but wait no longer than so many seconds.

    The time limits of sockets start anew with each byte, so only another thread can end a server that drips. The
    thread left behind ends with its socket, or with the process.
    """
    future: Future[_T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # carried to the thread that waits
            future.set_exception(error)

    Thread(target=run, name="twilio-call", daemon=True).start()
    return future.result(timeout=seconds)


def _raise_typed(error: OSError, host: str) -> NoReturn:
    """Raise the error of twilio_api.errors that says whether the request can have been sent."""
    if not isinstance(error, requests.RequestException) or isinstance(error, _UNUSABLE):
        # Not in its own words, which may show a proxy's password
        raise Unreachable(host, "the proxy or CA bundle of the environment is not usable", passing=False) from error
    if isinstance(error, requests.ConnectTimeout):
        raise Unreachable(host, "timed out while connecting") from error
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        raise Unreachable(host, "its TLS certificate is not trusted", passing=False) from error
    for cause in causes:
        if isinstance(cause, ConnectTimeoutError):  # a refused connection and an unknown name are of this class too
            raise Unreachable(host, _connect_reason(causes)) from error
        if isinstance(cause, ProxyError) and "Tunnel connection failed" in str(cause.original_error):
            raise Unreachable(host, f"the proxy said: {cause.original_error}") from error
    if isinstance(error, requests.Timeout):
        raise NoAnswer(host, "timed out while waiting for it") from error
    if isinstance(error, requests.exceptions.ContentDecodingError):
        raise NoAnswer(host, "it was cut off or garbled") from error
    raise NoAnswer(host, "the connection broke") from error


def _causes(error: BaseException) -> list[BaseException]:
    """An error and all that it wraps, outermost first."""
    found: list[BaseException] = []
    queue: list[Any] = [error]
    while queue:
        item = queue.pop(0)
        if isinstance(item, BaseException) and item not in found:
            found.append(item)
            queue += [*item.args, getattr(item, "reason", None), getattr(item, "original_error", None), item.__cause__]
    return found


def _connect_reason(causes: list[BaseException]) -> str:
    text = " ".join(str(cause) for cause in causes)
    if "NameResolutionError" in text or "resolve" in text or "getaddrinfo" in text or "not known" in text:
        return "its name cannot be resolved"
    if "refused" in text:
        return "the connection was refused"
    if "timed out" in text:
        return "timed out while connecting"
    return "the network does not lead there"


def _json_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object that a body holds; None for anything else."""
    try:
        found = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _described(body: bytes) -> str:
    """What a body that is no JSON object says, for a person: the visible text of a page."""
    text = body.decode("utf-8", "replace").strip()
    if not text:
        return "The answer is empty"
    if "<" in text:
        text = _visible_text(text)
    return f"Data from server: {text[:_SHOWN_CHARS]}"


def _visible_text(page: str) -> str:
    from bs4 import BeautifulSoup  # 60 ms that only a proxy's page need cost

    soup = BeautifulSoup(page, "html.parser")
    for hidden in soup(["script", "style", "template"]):
        hidden.decompose()
    return " ".join(soup.get_text(" ").split())


def _retry_after_s(header: str) -> float:
    """The pause that a Retry-After header asks for in seconds, cut to MAX_RETRY_AFTER_S; a date counts as that."""
    try:
        seconds = float(header)
    except ValueError:
        seconds = MAX_RETRY_AFTER_S if header else 0.0
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S) if seconds == seconds else 0.0


def _server_time(header: str) -> float | None:
    try:
        return parsedate_to_datetime(header).timestamp()
    except (TypeError, ValueError):
        return None


def parse_date(text: object) -> float | None:
    """Seconds since the epoch of a date as Twilio writes it (RFC 2822); None where it is none."""
    return _server_time(text) if isinstance(text, str) else None
