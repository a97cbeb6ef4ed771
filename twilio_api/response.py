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
"""One HTTP response as it comes off a connection: a JSON object, or a sentence that says what came instead."""

from __future__ import annotations

import hashlib
import json
import math
import re
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from urllib.parse import urlsplit

from twilio_api.errors import ApiError, ResponseTooLong, UnexpectedResponse
from twilio_api.timestamps import parse_date
from twilio_api.values import sid_of
from twilio_consts import MAX_BODY_BYTES


if TYPE_CHECKING:
    from urllib3 import HTTPResponse

MAX_FILE_BYTES = (
    16 * 1024 * 1024
)  # of media; WhatsApp has the largest: https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages
_MAX_PAGE_CHARS = 64 * 1024  # of an HTML page that is searched for its visible text
_MAX_SHOWN_CHARS = 2000  # of a response that is not a JSON object
_MAX_RETRY_AFTER_S = 10.0  # a longer Retry-After is cut to this
_READ_BYTES = 64 * 1024
_MAX_NESTING = 100  # of a JSON object; more would end in a RecursionError where it is copied or shown
_TOO_LONG = f"The response is longer than {MAX_BODY_BYTES} bytes"
_MAX_DIGITS = 300  # of an integer; Python takes quadratic time to read one, or refuses it
_DELAY_S = r"[0-9]+(?:\.[0-9]+)?"  # of a Retry-After header, which few have; a decimal point is tolerated
_NO_CONTENT = 204
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What the other statuses from 300 to 399 say
_NO_REDIRECTS = {
    300: "The server offers several addresses, none of which is followed",
    304: "The server says that nothing has changed, and sent nothing else",
}
# The charsets of pages that are older than UTF-8. Python knows others, some of which it decodes in quadratic time.
_CHARSET = re.compile(r"charset\s*=\s*[\"']?((?:iso-8859|windows|koi8|euc|big5|gb|shift)[\w-]*)", re.IGNORECASE)
# What a page does not show. Each alternative ends with the page at the latest, so that finding all takes linear time.
# Compiled when a page comes, which few runs see.
_HIDDEN = r"(?is)<!--.*?(?:-->|\Z)|<\?[^>]*>?|<(script|style|template)\b.*?(?:</\1\b[^>]*>|\Z)"
# Start tags with long attributes, such as a logo in a data URI, and a tag that was cut off
_LONG_TAG = r"(?i)<([a-z][a-z0-9]{0,20})\s[^<>]{200,}>"
_CUT_TAG = r"(?i)<[a-z/!?][^<>]*\Z"
_MAX_PARSED_CHARS = 8 * 1024  # of what is left: html.parser takes quadratic time for some pages


class Response(NamedTuple):
    """A response that is a JSON object, as it came, and whose status is neither that of a redirect nor of an error.

    `server_time` is the server's clock in seconds since the epoch, None where it showed none. `sent_at` is when the
    request left, in seconds of the event loop; None where nobody noted it.
    """

    status: int
    json: dict[str, Any]
    server_time: float | None
    sent_at: float | None = None


class StoredFile(NamedTuple):
    """A file that a server sent and that was written on this machine: its length in bytes, and its SHA-256 in hex."""

    size: int
    sha256: str


class Redirect(NamedTuple):
    """An address that a server gave in place of a file, as it came."""

    location: str


class _Unreadable(Exception):
    """The text says what came in place of a JSON object."""


class _TooLong(_Unreadable):
    pass


def sid_of_response(response: Response, kinds: str | tuple[str, ...], what: str, sid: str = "") -> str:
    """Return the SID of the resource that a response is: one of these kinds, "a call", and with `sid` that very one.

    Raises UnexpectedResponse.
    """
    found = sid_of(response.json)
    if not found.startswith(kinds):
        raise UnexpectedResponse(response.status, f"The response is not {what}.")
    if sid not in ("", found):
        raise UnexpectedResponse(response.status, f"The response shows another {what.split()[-1]}.")
    return found


def rows_of_response(response: Response, key: str, what: str) -> list[dict[str, Any]]:
    """Return the rows of the list that a response holds under a key: "a call log". What is no object is left out.

    Raises UnexpectedResponse.
    """
    rows = response.json.get(key)
    if not isinstance(rows, list):
        raise UnexpectedResponse(response.status, f"The response is not {what}.")
    return [row for row in rows if isinstance(row, dict)]


def check_deleted(response: Response) -> None:
    """Raise UnexpectedResponse for a response to a deletion that does not say that it was done."""
    if response.status != _NO_CONTENT:
        raise UnexpectedResponse(response.status, "The response is not that to a deletion.")


def read_response(raw: HTTPResponse, redact: Callable[[str], str], sent_at: float | None = None) -> Response:
    """Read a response to its end and return it.

    `redact` takes the secrets out of a text that is shown. `sent_at` is when the request left, which the response
    carries. Raises ApiError for a JSON object with a status of 400 or more, whose text is the body, stripped and
    redacted; and UnexpectedResponse for all else, whatever goes wrong on the way.
    """
    server_time = parse_date(raw.headers.get("Date"))
    try:
        text, found = _read(raw)
    except Exception as error:  # http.client, urllib3 and zlib have many
        raise _unexpected(raw.status, error, "response", redact, _retry_after_s(raw, server_time)) from None
    if raw.status < 400:
        return Response(raw.status, found, server_time, sent_at)
    raise ApiError(raw.status, redact(text), found, _retry_after_s(raw, server_time), server_time)


def read_file(
    raw: HTTPResponse, write: Callable[[bytes], object], redact: Callable[[str], str]
) -> StoredFile | Redirect:
    """Write the body of a response as it comes, and say what it was; no more than MAX_FILE_BYTES of it.

    A redirect is returned, and its body is left unread. A page is not the file: a proxy may send one, and no phone can.
    Raises ApiError for what `read_response` raises it for, and UnexpectedResponse, whatever goes wrong on the way.
    """
    if raw.status >= 400:
        read_response(raw, redact)  # which raises
    location = raw.headers.get("Location", "")
    if raw.status in _REDIRECTS and location:
        return Redirect(location)
    try:
        is_encoded = raw.headers.get("Content-Encoding", "identity").strip().lower() != "identity"
        is_page = raw.headers.get("Content-Type", "").strip().lower().startswith("text/html")
        if raw.status != 200 or is_encoded or is_page:
            raise _Unreadable("The response is not the file")
        size, sha256 = 0, hashlib.sha256()
        while chunk := raw.read(_READ_BYTES, decode_content=False):
            size += len(chunk)
            if size > MAX_FILE_BYTES:
                raise _TooLong(f"The file is longer than {MAX_FILE_BYTES // 1024 // 1024} MiB")
            sha256.update(chunk)
            _write(write, chunk)
        if raw.length_remaining:
            raise _Unreadable("The file was cut off")
        return StoredFile(size, sha256.hexdigest())
    except Exception as error:  # http.client and urllib3 have many
        raise _unexpected(raw.status, error, "file", redact) from None


def _unexpected(
    status: int, error: Exception, what: str, redact: Callable[[str], str], retry_after_s: float = 0.0
) -> UnexpectedResponse:
    """The error for a response, or a file, whose reading ended in this exception."""
    said = str(error) if isinstance(error, _Unreadable) else f"The {what} was cut off or garbled"
    kind = ResponseTooLong if isinstance(error, _TooLong) else UnexpectedResponse
    return kind(status, redact(said[:_MAX_SHOWN_CHARS]), retry_after_s)


def _write(write: Callable[[bytes], object], chunk: bytes) -> None:
    try:
        write(chunk)
    except OSError as error:
        raise _Unreadable(f"The file could not be written on this machine: {error.strerror}") from None


def host_of(url: str) -> str:
    """Host and port of a URL, without user and password; empty where there is none."""
    with suppress(ValueError):
        return urlsplit(url).netloc.rpartition("@")[2][:200]
    return ""


def _retry_after_s(raw: HTTPResponse, server_time: float | None) -> float:
    """The pause that a Retry-After header asks for, cut to _MAX_RETRY_AFTER_S; 0 without one.

    It is a number of seconds, or a date by the server's clock. Junk, and a date that has passed, ask for none.
    """
    header = raw.headers.get("Retry-After", "")
    if re.fullmatch(_DELAY_S, header.strip()):
        return min(float(header), _MAX_RETRY_AFTER_S)
    date = parse_date(header)
    if date is None or server_time is None:
        return 0.0
    return min(max(date - server_time, 0.0), _MAX_RETRY_AFTER_S)


def _read(raw: HTTPResponse) -> tuple[str, dict[str, Any]]:
    """The body as text, and the JSON object that it is."""
    if raw.status < 200 or raw.status in (_NO_CONTENT, 205) or 300 <= raw.status < 400:
        return "", _without_body(raw.status, raw.headers.get("Location", ""))
    text = _decoded(_body(raw), raw.headers.get("Content-Type", "")).strip()
    found = _json_object(text)
    if found is None or (raw.status >= 400 and len(text) > _MAX_PAGE_CHARS):  # no error of Twilio's is as long
        raise _Unreadable(_described(text[:_MAX_PAGE_CHARS]))
    return text, found


def _without_body(status: int, location: str) -> dict[str, Any]:
    """What stands for the body of a response that has none, or whose body is left unread. Raises _Unreadable."""
    if status == _NO_CONTENT:
        return {}
    if status in _REDIRECTS:
        raise _Unreadable(f"The server redirects to {host_of(location) or 'another page'}, which is never followed")
    if status >= 300:
        raise _Unreadable(_NO_REDIRECTS.get(status, "The server sent neither what was asked for nor a redirect"))
    raise _Unreadable("The response is empty")  # what came all the same may belong to no request


def _body(raw: HTTPResponse) -> bytes:
    """The body, decompressed: MAX_BODY_BYTES at most, before and after."""
    # Not with stream(), which takes in the size line of a chunk whatever its length
    body = raw.read(MAX_BODY_BYTES + 1, decode_content=False)
    if len(body) > MAX_BODY_BYTES:
        raise _TooLong(_TOO_LONG)
    if raw.length_remaining:  # urllib3 1.26 leaves this check to its caller
        raise _Unreadable("The response was cut off")
    encoding = raw.headers.get("Content-Encoding", "").strip().lower()
    return body if not body or encoding in ("", "identity") else _decompressed(body, encoding)


def _decompressed(body: bytes, encoding: str) -> bytes:
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise _Unreadable(f"The response is compressed in a way that was not asked for: {encoding[:40]}")
    decompressor = zlib.decompressobj(wbits=32 + zlib.MAX_WBITS)  # both formats
    found = decompressor.decompress(body, MAX_BODY_BYTES + 1)
    if len(found) > MAX_BODY_BYTES:
        raise _TooLong(_TOO_LONG)
    if not decompressor.eof or decompressor.unused_data:
        raise _Unreadable("The response was cut off or garbled")
    return found


def _decoded(body: bytes, content_type: str) -> str:
    """The text of a body: in UTF-8, -16 or -32 where it is, else in the charset of its Content-Type."""
    named = _CHARSET.search(content_type)
    for encoding in [json.detect_encoding(body), *(named.groups() if named else ())]:
        with suppress(UnicodeDecodeError, LookupError):
            return body.decode(encoding)
    return body.decode("utf-8", "replace")


def _json_object(text: str) -> dict[str, Any] | None:
    """The JSON object that a text is; None for anything else."""
    try:
        found = json.loads(text, parse_constant=_no_number, parse_float=_float, parse_int=_int)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and not _is_deeper(found, _MAX_NESTING) else None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _float(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _int(text: str) -> int:
    return int(text) if len(text) <= _MAX_DIGITS else _no_number(text)


def _is_deeper(found: Any, levels: int) -> bool:
    """Whether the objects and arrays of a JSON object stand in each other on more than so many levels."""
    inner = found.values() if isinstance(found, dict) else found
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in inner if isinstance(each, (dict, list)))


def _described(text: str) -> str:
    """What a text that is no JSON object says to a person: of a page what a browser shows of it."""
    if not text:
        return "The response is empty"
    shown = _visible_text(text) if "<" in text else text
    return f"Data from server: {shown}" if shown else "The response is a page without any text"


def _visible_text(page: str) -> str:
    """The text of a page, its title before it unless the text says the same."""
    from bs4 import BeautifulSoup  # only a proxy's page need cost its import

    markup = re.sub(_LONG_TAG, r"<\1>", re.sub(_HIDDEN, " ", page))
    if len(markup) > _MAX_PARSED_CHARS:
        markup = re.sub(_CUT_TAG, "", markup[:_MAX_PARSED_CHARS])
    soup = BeautifulSoup(markup, "html.parser")
    title = " ".join(soup.title.extract().get_text(" ").split()) if soup.title else ""
    text = " ".join(soup.get_text(" ").split())
    return text if title in text else f"{title} {text}".strip()
