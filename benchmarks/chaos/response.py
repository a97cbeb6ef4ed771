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
"""Responses as bytes: Twilio's own, what comes in its place, and the forms in which they come."""

from __future__ import annotations

import gzip
import html
import itertools
import json
import random
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from benchmarks.chaos.grammar import CallFault, Content, Form


_REASONS = {200: "OK", 201: "CREATED", 302: "FOUND", 403: "FORBIDDEN", 429: "TOO MANY REQUESTS", 502: "BAD GATEWAY"}
_BOMB_BLOCKS = 1024  # of 64 KiB
_BLOCK = b" " * 65536
_GARBAGE = bytes(range(32)) * 40 + b"\xff\xfe\r\n\r\n\x00{]"

Chunks = Iterable[bytes]
Echo = Callable[[], str]


@dataclass(frozen=True)
class Response:
    """A response, and `more` that follows without end."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    status_line: str = ""
    more: Callable[[], Chunks] | None = None

    @classmethod
    def parse(cls, data: bytes) -> Response:
        """Read a whole response off its bytes."""
        head, _, body = data.partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = [line.partition(":") for line in lines]
        return cls(
            int(status_line.split()[1]),
            tuple((name, value.strip()) for name, _, value in headers if name.lower() != "content-length"),
            body,
        )

    @property
    def json(self) -> object:
        """The body as JSON."""
        return json.loads(self.body)

    def with_headers(self, *headers: tuple[str, str]) -> Response:
        """The same with these headers too, in the place of those of the same names."""
        names = {name.lower() for name, _ in headers}
        kept = (each for each in self.headers if each[0].lower() not in names)
        return replace(self, headers=(*kept, *headers))

    def head(self) -> bytes:
        """Status line and headers; the length of the body is among them unless they say it in some way."""
        names = {name.lower() for name, _ in self.headers}
        headers = list(self.headers)
        if not {"content-length", "transfer-encoding"} & names and self.status not in (204, 304):
            headers.append(("Content-Length", str(len(self.body))))
        line = self.status_line or f"HTTP/1.1 {self.status} {_REASONS.get(self.status, 'Status')}"
        return "\r\n".join([line, *(f"{name}: {value}" for name, value in headers), "", ""]).encode(
            "latin-1", "replace"
        )


def substitute(fault: CallFault, twilios: Response | None, echo: Echo, chance: random.Random) -> Response:
    """What comes back, in the form that it has at first: Twilio's response or what is in its place."""
    content = fault.content
    if content is Content.TWILIOS and twilios is not None:
        return twilios
    date = tuple(header for header in (twilios.headers if twilios else ()) if header[0] == "Date")
    if content is Content.PAGE or content is Content.TWILIOS:
        return Response(fault.status or 502, (*date, ("Content-Type", "text/html")), _page(fault.status, echo, chance))
    if content is Content.API_ERROR:
        return _api_error(fault, date, echo, chance)
    if content is Content.NO_MESSAGE:
        return Response(fault.status, (*date, _JSON), chance.choice(_NO_MESSAGES)(echo))
    if content is Content.REDIRECT:
        location = chance.choice(("/elsewhere", "https://elsewhere.test/login", f"https://{_in_header(echo())}/", ""))
        moved = Response(fault.status, (*date, ("Location", location)), b"moved")
        return moved if chance.random() < 0.7 else _without_end(moved, chance)
    return Response(fault.status, date, b"")


_JSON = ("Content-Type", "application/json")


def _api_error(fault: CallFault, date: tuple[tuple[str, str], ...], echo: Echo, chance: random.Random) -> Response:
    message = f"It was turned down: {echo()}" if chance.random() < 0.3 else "It was turned down {0}"
    error = {
        "code": fault.code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{fault.code}",
        "status": fault.status,
    }
    retry_after = (("Retry-After", fault.retry_after),) if fault.retry_after else ()
    return Response(fault.status, (*date, _JSON, *retry_after), json.dumps(error).encode())


_NO_MESSAGES: tuple[Callable[[Echo], bytes], ...] = (
    lambda echo: b"{}",
    lambda echo: b"[]",
    lambda echo: b"null",
    lambda echo: b'"queued"',
    lambda echo: b'{"sid": null, "messages": null}',
    lambda echo: b'{"sid": 7, "messages": {}}',
    lambda echo: b'{"sid": "AC0123456789abcdef0123456789abcdef", "status": "active", "messages": [null, 1, []]}',
    lambda echo: b'{"messages": [{}, {"sid": "SM1"}, {"sid": []}], "next_page_uri": 5}',
    lambda echo: b'{"status": NaN}',
    lambda echo: json.dumps({"you_sent": echo()}).encode(),
)


def _page(status: int, echo: Echo, chance: random.Random) -> bytes:
    shown = echo()
    if chance.random() < 0.3:
        return f"Not HTML at all: {shown}".encode("utf-8", "replace")
    title = f"{status} from a proxy"
    inner = chance.choice(
        (f"<pre>Authorization: {shown}</pre>", f"<!-- {shown} -->", f"<p title='{shown}'>{shown}</p>")
    )
    filler = chance.choice(("", "<a x='" * 20_000, "<p>policy 12</p>" * 5_000, "&amp;" * 10_000))
    start = chance.choice(("<!DOCTYPE html><html>", "<![x[<html>", "<html"))
    return f"{start}<head><title>{html.escape(title)}</title></head><body>{inner}{filler}</body>".encode()


def _in_header(text: str) -> str:
    return "".join(text.split())


# --- forms


def in_form(response: Response, form: Form, echo: Echo, chance: random.Random) -> tuple[bytes, bytes, Response]:
    """Return head and body as they are sent, and the response that they are of; `more` of it follows."""
    changed = _FORMS[form](response, echo, chance)
    head = changed.head()
    if form is Form.INTERIM:
        head = b"HTTP/1.1 100 Continue\r\n\r\n" * chance.randint(1, 3) + head
    return head, changed.body, changed


def garbage() -> bytes:
    """Bytes that are no part of any head or JSON."""
    return _GARBAGE


def _plain(response: Response, echo: Echo, chance: random.Random) -> Response:
    return response


def _gzip(response: Response, echo: Echo, chance: random.Random) -> Response:
    label = chance.choice(("gzip", "GZIP", "x-gzip"))
    return replace(response.with_headers(("Content-Encoding", label)), body=gzip.compress(response.body))


def _chunked(response: Response, echo: Echo, chance: random.Random) -> Response:
    size = max(chance.choice((7, 100, 5000)), len(response.body) // 1000)
    body = response.body
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    sent = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    return replace(response.with_headers(("Transfer-Encoding", "chunked")), body=sent)


def _another_type(response: Response, echo: Echo, chance: random.Random) -> Response:
    label = chance.choice(("text/html", "application/json; charset", "text/plain; charset=nonsense", "\xe9"))
    return response.with_headers(("Content-Type", label))


def _utf_16(response: Response, echo: Echo, chance: random.Random) -> Response:
    return replace(response, body=response.body.decode("utf-8", "replace").encode("utf-16"))


def _gzip_broken(response: Response, echo: Echo, chance: random.Random) -> Response:
    packed = bytearray(gzip.compress(response.body + b" " * 200))
    at = chance.randrange(10, len(packed))
    broken = bytes(packed[:at]) if chance.random() < 0.5 else bytes(packed[:at]) + b"\xff\x00\xff" + bytes(packed[at:])
    return replace(response.with_headers(("Content-Encoding", "gzip")), body=broken)


@lru_cache(maxsize=1)
def _bomb() -> bytes:
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    return b"".join([*(packer.compress(_BLOCK) for _ in range(_BOMB_BLOCKS)), packer.flush()])


def _gzip_bomb(response: Response, echo: Echo, chance: random.Random) -> Response:
    return replace(response.with_headers(("Content-Encoding", "gzip")), body=_bomb())


def _chunk_length_wrong(response: Response, echo: Echo, chance: random.Random) -> Response:
    length = chance.choice((b"zz", b"-5", b"", b"ffffffffffff", b"1", b"0x10", b"1e3"))
    sent = length + b"\r\n" + response.body + b"\r\n0\r\n\r\n"
    return replace(response.with_headers(("Transfer-Encoding", "chunked")), body=sent)


def _chunk_length_endless(response: Response, echo: Echo, chance: random.Random) -> Response:
    more = lambda: itertools.repeat(b"0" * 65536)  # noqa: E731 a short one
    return replace(response.with_headers(("Transfer-Encoding", "chunked")), body=b"", more=more)


def _length_short(response: Response, echo: Echo, chance: random.Random) -> Response:
    return response.with_headers(("Content-Length", str(chance.randint(0, max(len(response.body) - 1, 0)))))


def _length_long(response: Response, echo: Echo, chance: random.Random) -> Response:
    return response.with_headers(("Content-Length", str(len(response.body) + chance.choice((1, 500, 10**12)))))


def _length_junk(response: Response, echo: Echo, chance: random.Random) -> Response:
    return response.with_headers(("Content-Length", chance.choice(("much", "-1", "1, 2", "0x20", "9" * 5000))))


def _encoding_unknown(response: Response, echo: Echo, chance: random.Random) -> Response:
    label = chance.choice(("br", "zstd", "gzip, gzip", "nonsense", _in_header(echo())))
    return response.with_headers(("Content-Encoding", label))


def _header_junk(response: Response, echo: Echo, chance: random.Random) -> Response:
    name, value = chance.choice(
        (
            ("no colon here", ""),
            ("X-Nul", "a\x00b"),
            (" X-Folded", "after a blank"),
            ("", "no name"),
            ("X-Break", "a\rb\nc"),
            ("X-Authorization", _in_header(echo())),
            ("Date", "yesterday"),
            ("Connection", "upgrade, \xff"),
            ("Set-Cookie", "a=b; expires=nonsense; domain=.test"),
        )
    )
    return replace(response, headers=((name, value), *response.headers))


def _header_long(response: Response, echo: Echo, chance: random.Random) -> Response:
    return response.with_headers(("X-Long", "x" * 100_000))


def _headers_many(response: Response, echo: Echo, chance: random.Random) -> Response:
    return response.with_headers(*((f"X-Many-{number}", "x") for number in range(150)))


def _headers_endless(response: Response, echo: Echo, chance: random.Random) -> Response:
    endless = lambda: itertools.repeat(b"X-Endless: x\r\n" * 1000)  # noqa: E731
    return Response(response.status, (), b"", status_line=f"HTTP/1.1 {response.status} OK\r\nX-First: 1", more=endless)


def _location_unparsable(response: Response, echo: Echo, chance: random.Random) -> Response:
    location = chance.choice(
        ("http://[::1", "//[", "https://a:b:c/", "\x00", "http://\u2100.test".encode().decode("latin-1"))
    )
    return replace(response, status=chance.choice((302, 307))).with_headers(("Location", location))


def _retry_after_junk(response: Response, echo: Echo, chance: random.Random) -> Response:
    junk = ("9" * 5000, "-1", "inf", "nan", "1e999", "\xb2", "")
    return response.with_headers(("Retry-After", chance.choice(junk)))


def _status_junk(response: Response, echo: Echo, chance: random.Random) -> Response:
    lines = (
        "HTTP/1.1 abc OK",
        "HTTP/9.9 200 OK",
        "ICY 200 OK",
        "HTTP/1.1 99 Low",
        "HTTP/1.1 1000 High",
        "",
        "HTTP/1.1",
    )
    return replace(response, status_line=chance.choice((*lines, f"HTTP/1.1 abc {_in_header(echo())}")))


def _body_endless(response: Response, echo: Echo, chance: random.Random) -> Response:
    return _without_end(response, chance)


def _without_end(response: Response, chance: random.Random) -> Response:
    if chance.random() < 0.5:
        chunk = b"%x\r\n%s\r\n" % (len(_BLOCK), _BLOCK)
        chunked = response.with_headers(("Transfer-Encoding", "chunked"))
        return replace(chunked, body=b"", more=lambda: itertools.repeat(chunk))
    long = response.with_headers(("Content-Length", str(10**12)))
    return replace(long, more=lambda: itertools.repeat(_BLOCK))


def _number_huge(response: Response, echo: Echo, chance: random.Random) -> Response:
    return replace(response, body=response.body.replace(b"{", b'{"huge": ' + b"7" * 5000 + b", ", 1))


def _nested_deeply(response: Response, echo: Echo, chance: random.Random) -> Response:
    depth = chance.choice((150, 100_000))
    return replace(response, body=response.body.replace(b"{", b'{"deep": ' + b"[" * depth + b"]" * depth + b", ", 1))


_FORMS: dict[Form, Callable[[Response, Echo, random.Random], Response]] = {
    Form.PLAIN: _plain,
    Form.GZIP: _gzip,
    Form.CHUNKED: _chunked,
    Form.ANOTHER_TYPE: _another_type,
    Form.UTF_16: _utf_16,
    Form.INTERIM: _plain,
    Form.GZIP_BROKEN: _gzip_broken,
    Form.GZIP_BOMB: _gzip_bomb,
    Form.CHUNK_LENGTH_WRONG: _chunk_length_wrong,
    Form.CHUNK_LENGTH_ENDLESS: _chunk_length_endless,
    Form.LENGTH_SHORT: _length_short,
    Form.LENGTH_LONG: _length_long,
    Form.LENGTH_JUNK: _length_junk,
    Form.ENCODING_UNKNOWN: _encoding_unknown,
    Form.HEADER_JUNK: _header_junk,
    Form.HEADER_LONG: _header_long,
    Form.HEADERS_MANY: _headers_many,
    Form.HEADERS_ENDLESS: _headers_endless,
    Form.LOCATION_UNPARSABLE: _location_unparsable,
    Form.RETRY_AFTER_JUNK: _retry_after_junk,
    Form.STATUS_JUNK: _status_junk,
    Form.BODY_ENDLESS: _body_endless,
    Form.NUMBER_HUGE: _number_huge,
    Form.NESTED_DEEPLY: _nested_deeply,
    Form.SECOND_RESPONSE: _plain,
}
