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
"""One response: taken where it is a JSON object, else reported in a sentence, and bounded in any case."""

from __future__ import annotations

import gzip
import http.client
import io
import re
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from json import dumps

import pytest
from hypothesis import given, strategies as st
from urllib3 import HTTPResponse

from sandbox.raw_server import JSON_OK, http_response
from tests.tables import for_each
from twilio_api.errors import ApiError, ResponseTooLong, UnexpectedResponse
from twilio_api.response import Response, host_of, read_response
from twilio_consts import MAX_BODY_BYTES


NOON = "Mon, 02 Mar 2026 10:00:00 GMT"
NOON_S = 1772445600.0
PATIENCE_S = 5.0  # more than a busy machine needs; quadratic time would be far more
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Socket:
    """All that http.client asks of a socket: the bytes that a server sent before it closed the connection."""

    def __init__(self, data: bytes) -> None:
        self.file = io.BytesIO(data)

    def makefile(self, _mode: str) -> io.BytesIO:
        """The bytes."""
        return self.file


def received(data: bytes) -> HTTPResponse:
    """The response that these bytes are, its head read and its body not."""
    head = http.client.HTTPResponse(Socket(data))  # type: ignore[arg-type]
    head.begin()
    return HTTPResponse(
        body=head,
        headers=dict(head.headers.items()),
        status=head.status,
        original_response=head,
        preload_content=False,
    )


def read(data: bytes, redact: Callable[[str], str] = str) -> Response:
    """Read the response that these bytes are."""
    with closing(received(data)) as raw:
        return read_response(raw, redact)


def refused(data: bytes, redact: Callable[[str], str] = str) -> UnexpectedResponse:
    """The error that these bytes end in."""
    with pytest.raises(UnexpectedResponse) as caught:
        read(data, redact)
    return caught.value


def turned_down(data: bytes, redact: Callable[[str], str] = str) -> ApiError:
    """The error that these bytes are: a JSON object."""
    with pytest.raises(ApiError) as caught:
        read(data, redact)
    return caught.value


def shown(error: ApiError) -> str:
    """The body of an error as its text shows it."""
    return str(error).partition(" Data from server: ")[2]


# --- a JSON object is taken


def test_a_json_object_is_taken_with_what_its_head_says() -> None:
    json = {"sid": "SM1", "price": None, "": [0, -7, 1.5e300, True, {}, [["\n€"]]]}
    body = f" {dumps(json)}\n".encode()
    assert read(http_response(body, "201 Created", f"Date: {NOON}", "Retry-After: 3")) == (201, json, NOON_S, None)


@for_each("status", [400, 401, 404, 408, 429, 500, 503])
def test_with_the_status_of_an_error_it_is_raised(status: int) -> None:
    body = f'{{"code": 20404, "status": {status}}}'
    error = turned_down(http_response(body.encode(), f"{status} X", f"Date: {NOON}", "Retry-After: 3"))
    assert (error.status, error.code, error.retry_after_s, error.server_time) == (status, 20404, 3.0, NOON_S)
    assert shown(error) == body


@for_each(
    "label",
    [
        *("application/json", "APPLICATION/Json ;charset=utf8", "text/html", "image/png", ""),
        *(f"text/html; charset{named}" for named in ("", "=", "=\xff\xfe;;;=", "=punycode", "=windows-9999")),
    ],
)
def test_the_body_counts_and_not_its_label(label: str) -> None:
    body = '{"a": "ä"}'.encode()
    assert read(http_response(body, "200 OK", f"Content-Type: {label}")).json == {"a": "ä"}


@for_each("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_json_is_read_in_each_encoding_of_unicode(encoding: str) -> None:
    body = '{"a": "ä€𝄞"}'
    assert read(http_response(body.encode(encoding))).json == {"a": "ä€𝄞"}
    assert shown(turned_down(http_response(body.encode(encoding), "400 Bad Request"))) == body


@for_each("charset", ["ISO-8859-1", "windows-1252", '"iso-8859-15"', "shift_jis", "GB18030", "koi8-r"])
def test_what_is_not_unicode_is_read_in_the_charset_that_the_head_names(charset: str) -> None:
    text = "Д" if charset in ("shift_jis", "GB18030", "koi8-r") else "ü"
    data = http_response(
        f'{{"a": "{text}"}}'.encode(charset.strip('"')), "200 OK", f"Content-Type: x; charset={charset}"
    )
    assert read(data).json == {"a": text}


def test_bytes_that_are_no_text_cost_only_themselves() -> None:
    assert read(http_response(b'{"sid": "SM1", "body": "\xff"}')).json == {"sid": "SM1", "body": "\ufffd"}


def test_half_a_character_is_taken_as_it_came_and_can_be_shown() -> None:
    body = b'{"a": "\\ud800"}'
    assert read(http_response(body)).json == {"a": "\ud800"}
    assert shown(turned_down(http_response(body, "400 Bad Request"))).encode() == body


def test_it_may_be_a_hundred_levels_deep() -> None:
    body = b'{"a":' + b"[" * 99 + b"]" * 99 + b"}"
    assert dumps(read(http_response(body)).json, separators=(",", ":")).encode() == body


def test_of_equal_keys_the_last_counts() -> None:
    assert read(http_response(b'{"a": 1, "a": 2}')).json == {"a": 2}


@for_each(
    "data",
    [
        CHUNKED + b"5;x=y\r\n" + JSON_OK[:5] + b"\r\n7\r\n" + JSON_OK[5:] + b"\r\n0\r\nTrailer: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n" + JSON_OK + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + JSON_OK,
        b"HTTP/1.0 200 OK\r\n\r\n" + JSON_OK,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 50 + http_response(),
        b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 12\r\n\r\n" + JSON_OK,
        http_response(JSON_OK, "200 OK", "Set-Cookie: a=b; expires=Mon, 99 Foo 9; Max-Age=x", "Set-Cookie: =;=;;"),
        b"HTTP/1.1 200 OK\r\nno header\r\n\r\n" + JSON_OK,
        http_response(JSON_OK + b"more", length=12),
    ],
)
def test_it_may_come_in_any_way_that_http_knows(data: bytes) -> None:
    assert read(data).json == {"ok": True}


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
}


@for_each("label", ["gzip", "x-gzip", "GZIP ", "deflate", "identity", ""])
def test_it_may_be_compressed(label: str) -> None:
    compress = COMPRESSIONS.get(label.strip().lower(), bytes)
    assert read(http_response(compress(JSON_OK), "200 OK", f"Content-Encoding: {label}")).json == {"ok": True}


# --- anything else is an error in one sentence


@for_each(
    "body",
    [
        *(b"[1]", b"null", b'"text"', b"7"),
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 400 + b"}",
        b'{"a": ' + b"9" * 1_000_000 + b"}",
        b"{}{}",
        b'{"sid": "SM',
        b"{'a': 1}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b"\0" * 100,
        b"\xff\xfe\0\0\xff\xff\xff\xff",
        '{"a": 1}'.encode("utf-16-le")[:-1],
        b"Bad gateway",
    ],
)
def test_a_body_that_is_no_json_object_is_shown_at_its_beginning(body: bytes) -> None:
    began = time.monotonic()
    error = refused(http_response(body, "502 Bad Gateway"))
    assert re.match(r"Status Code: 502\. Data from server: .", str(error))
    assert len(str(error)) < 2100
    assert time.monotonic() - began < PATIENCE_S


@for_each(
    "data",
    [
        *(http_response(body, "201 Created") for body in (b"", b" \r\n", b"\xef\xbb\xbf")),
        *(http_response(JSON_OK, status) for status in ("101 Switching", "103 Early Hints", "205 Reset")),
        http_response(b"", "401 Unauthorized", "Content-Encoding: gzip"),
    ],
)
def test_a_response_is_empty_without_a_body_or_with_a_status_that_has_none(data: bytes) -> None:
    assert re.fullmatch(r"Status Code: \d+\. The response is empty", str(refused(data)))


def test_a_deletion_is_answered_by_no_content_which_is_not_read_either() -> None:
    assert read(http_response(JSON_OK, "204 No Content")).json == {}


@for_each(
    "data",
    [
        http_response(JSON_OK, length=50),
        http_response(b"{}", length=3),
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 4000 + b"\r\n\r\n{}",
        CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
        CHUNKED + b"-5\r\n{}\r\n0\r\n\r\n",
        CHUNKED + b"50\r\n{}",
        CHUNKED + b"2\r\n{}\r\n",
        CHUNKED + b"ffffffffffffffffffff\r\n{}\r\n",
        CHUNKED + b"0" * 100_000,
        CHUNKED,
    ],
)
def test_a_body_that_is_cut_off_or_garbled_is_called_so(data: bytes) -> None:
    assert re.fullmatch(r"Status Code: 200\. The response was cut off( or garbled)?", str(refused(data)))


@for_each(
    "body",
    [
        b"junk",
        b"\x1f\x8b",
        JSON_OK,
        gzip.compress(JSON_OK)[:-6],
        gzip.compress(JSON_OK)[:12],
        gzip.compress(JSON_OK)[:-8] + b"\0" * 8,
        gzip.compress(JSON_OK) + b"more",
    ],
)
@for_each("label", ["gzip", "deflate"])
def test_compressed_data_that_is_broken_is_called_so(body: bytes, label: str) -> None:
    error = refused(http_response(body, "200 OK", f"Content-Encoding: {label}"))
    assert str(error) == "Status Code: 200. The response was cut off or garbled"


@for_each("label", ["br", "zstd", "compress", "gzip, gzip", "gzip, br", "junk", "\xff", "x" * 60_000])
def test_an_unknown_compression_is_named(label: str) -> None:
    error = refused(http_response(JSON_OK, "200 OK", f"Content-Encoding: {label}"))
    assert f"compressed in a way that was not asked for: {label[:40]}" in str(error)
    assert len(str(error)) < 200


HEADERS = ["Content-Type", "Content-Encoding", "Retry-After", "Date", "Location", "Transfer-Encoding"]
LATIN_1 = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40)


@given(st.binary(max_size=200), st.lists(st.tuples(st.sampled_from(HEADERS), LATIN_1)), st.integers(101, 999))
def test_whatever_comes_ends_in_a_json_object_or_in_this_error(
    body: bytes, headers: list[tuple[str, str]], status: int
) -> None:
    data = http_response(body, f"{status} X", *(f"{name}: {value}" for name, value in headers))
    try:
        found: object = read(data).json
    except (ApiError, UnexpectedResponse) as error:
        found = str(error)
    assert isinstance(found, (dict, str))


# --- redirects


NEITHER = "The server sent neither what was asked for nor a redirect"


@for_each(
    "status, what",
    [
        *(
            (status, "The server redirects to x.example:444, which is never followed")
            for status in (301, 302, 303, 307, 308)
        ),
        (300, "The server offers several addresses, none of which is followed"),
        (304, "The server says that nothing has changed, and sent nothing else"),
        *((status, NEITHER) for status in (305, 306, 399)),
    ],
)
def test_a_redirect_and_its_like_is_called_what_it_is_and_its_body_not_read(status: int, what: str) -> None:
    location = "Location: https://joe:pw@x.example:444/x?y"
    with closing(received(http_response(JSON_OK, f"{status} X", location, "Retry-After: 5"))) as raw:
        with pytest.raises(UnexpectedResponse) as caught:
            read_response(raw, str)
        assert raw.tell() == 0
    assert str(caught.value) == f"Status Code: {status}. {what}"
    assert caught.value.retry_after_s == 5.0


@for_each(
    "location",
    [
        "http://[",
        "http://[::1",
        "//[",
        "\xff\xfe",
        "",
        "/x",
        "http://:junk",
        "http://x:99999999/",
        f"http://{'a' * 60_000}",
    ],
)
def test_a_redirect_may_lead_anywhere(location: str) -> None:
    error = refused(http_response(b"", "302 Found", f"Location: {location}"))
    assert "The server redirects to " in str(error)
    assert len(str(error)) < 400


def test_the_host_of_a_url_is_shown_without_its_password() -> None:
    assert host_of("https://joe:hunter2@proxy.example:3128/x") == "proxy.example:3128"


# --- bounds


@for_each("compress", [bytes, gzip.compress])
def test_the_longest_response_is_taken(compress: Callable[[bytes], bytes]) -> None:
    body = b'{"a": "%s"}' % (b"x" * (MAX_BODY_BYTES - 9))
    assert len(body) == MAX_BODY_BYTES
    label = "Content-Encoding: gzip" if compress is gzip.compress else "X: y"
    assert len(read(http_response(compress(body), "200 OK", label)).json["a"]) == MAX_BODY_BYTES - 9


def test_an_error_in_json_that_is_longer_than_any_of_twilios_is_cut() -> None:
    def body(chars: int) -> bytes:
        return b'{"code": 20500, "message": "%s"}' % (b"x" * (chars - 30))

    assert turned_down(http_response(body(64 * 1024), "500 Oops")).status == 500
    error = refused(http_response(body(64 * 1024 + 1), "500 Oops"))
    assert str(error).startswith('Status Code: 500. Data from server: {"code": 20500, "message": "xxx')
    assert len(str(error)) < 2100


@for_each("compress", [bytes, gzip.compress])
@for_each("status", ["200 OK", "404 Not Found", "500 Oops"])
def test_a_longer_one_is_an_error_of_its_own(status: str, compress: Callable[[bytes], bytes]) -> None:
    label = "Content-Encoding: gzip" if compress is gzip.compress else "X: y"
    error = refused(http_response(compress(b" " * (MAX_BODY_BYTES + 1)), status, label))
    assert isinstance(error, ResponseTooLong)
    assert str(error) == f"Status Code: {status[:3]}. The response is longer than 2097152 bytes"


# --- pages


@for_each(
    "page, shown",
    [
        (
            "<style>p {x}</style><script>if (a < b) alert('</p>')</script><h1>Access</h1><p>denied &amp; logged</p>",
            "Access denied & logged",
        ),
        (
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1>"
            "</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>",
            "502 Bad Gateway nginx",
        ),
        ("<title>Gate</title><body>Access&nbsp;denied<br>by policy&#32;12", "Gate Access denied by policy 12"),
        ("<title>Blocked</title>", "Blocked"),
        ("<!-- <p>x</p> --><p>a<!----><b>b</b>", "a b"),
        ('<p title="a > b">text</p>', "text"),
        ("<p>it's</p> 1 < 2", "it's 1 < 2"),
        ("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "AccessDenied"),
        ("<SCRIPT>x</script ><p>y</p><template>z</template>", "y"),
        ("a < b", "a < b"),
        (f"<img alt=x src='data:image/png;base64,{'QUJD' * 4000}'><p>denied</p>", "denied"),
    ],
)
def test_of_a_page_its_visible_text_is_shown(page: str, shown: str) -> None:
    error = refused(http_response(page.encode(), "403 Forbidden", "Content-Type: application/json"))
    assert str(error) == f"Status Code: 403. Data from server: {shown}"


def test_a_page_without_text_is_called_so() -> None:
    assert "The response is a page without any text" in str(refused(http_response(b"<html><img src=x></html>")))


def test_a_page_is_shown_at_its_beginning_only() -> None:
    page = b"<p>start</p>" + b"<b>x</b>" * 100_000 + b"<p>end</p>"
    error = refused(http_response(page, "502 Bad Gateway"))
    assert str(error).startswith("Status Code: 502. Data from server: start x x")
    assert len(str(error)) < 2100


def test_a_long_text_is_shown_at_its_beginning_although_no_tag_follows() -> None:
    page = b"<p>" + b"denied " * 5_000 + b"</p>"
    assert str(refused(http_response(page, "502 Bad Gateway"))).startswith("Status Code: 502. Data from server: denied")


def test_a_tag_in_which_a_page_is_cut_is_not_shown() -> None:
    page = b"<p>denied</p>" + b"<b></b>" * 1_168 + b"<a class=button>continue</a>"
    assert str(refused(http_response(page, "502 Bad Gateway"))) == "Status Code: 502. Data from server: denied"


def test_a_page_is_not_searched_beyond_its_first_64_kib() -> None:
    page = b"<p></p>" * 10_000 + b"end"
    assert "a page without any text" in str(refused(http_response(page, "502 Bad Gateway")))


@for_each(
    "piece",
    [
        "<![foo", "<![CDATA[x", "<!x", "<!DOCTYPE [<!ELEMENT", "<![if foo]>x", "<a", "<b>", "<", "<!--", "<!-- -", "<?",
        "<a x=", "<a b='c\"", "</a ", "<script>", "<script ", "</script", "<title>", "<template></", " <= ", "&#",
        "&lt", "&#99999999999999999999;<",
    ],
)  # fmt: skip
def test_no_page_is_more_than_an_error_in_one_sentence(piece: str) -> None:
    page = (piece * (64 * 1024))[: 64 * 1024].encode()
    assert str(refused(http_response(page + b"<", "502 Bad Gateway"))).startswith("Status Code: 502. ")


# --- secrets


def hide(text: str) -> str:
    """A redaction."""
    return re.sub("(?i)s3cret", "***", text)


def test_an_error_that_shows_a_secret_is_known_by_its_code_alone() -> None:
    body = b'{"code": 20003, "message": "s3cret", "status": 401}'
    error = turned_down(http_response(body, "401 Unauthorized"), lambda text: "***")
    assert (error.code, shown(error)) == (20003, "***")


def test_a_good_response_keeps_its_json_as_it_came() -> None:
    assert read(http_response(b'{"auth_token": "s3cret"}'), hide).json == {"auth_token": "s3cret"}


def test_an_error_without_secrets_is_shown_to_the_letter() -> None:
    body = '{"code":20404,  "message": "The resource was not found"}'
    assert shown(turned_down(http_response(f"\n{body} ".encode(), "404 Not Found"), hide)) == body


@for_each(
    "data",
    [
        http_response(b"<p>s3cret</p>", "403 Forbidden"),
        http_response(b"<p>&#115;3cret</p>", "403 Forbidden"),
        http_response(b"S3CRET", "403 Forbidden"),
        http_response(b"x" * 1960 + b" s3cret", "403 Forbidden"),
        http_response(b'["s3cret"]', "403 Forbidden"),
        http_response(b"", "302 Found", "Location: http://s3cret.example/"),
        http_response(b"x", "200 OK", "Content-Encoding: s3cret"),
    ],
)
def test_no_sentence_shows_a_secret(data: bytes) -> None:
    error = refused(data, hide)
    assert "**" in str(error)
    assert not re.search("(?i)s3c", str(error))


# --- what the head says


@for_each(
    "value, seconds",
    [
        ("7", 7.0),
        ("0.5", 0.5),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("3600", 10.0),
        ("9" * 5000, 10.0),
        ("Mon, 02 Mar 2026 10:00:04 GMT", 4.0),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 10.0),
    ],
)
def test_the_pause_that_the_server_asks_for_is_heeded_up_to_a_cap(value: str, seconds: float) -> None:
    headers = (f"Retry-After: {value}", f"Date: {NOON}")
    assert turned_down(http_response(JSON_OK, "429 Too Many", *headers)).retry_after_s == seconds
    assert refused(http_response(b"<p>busy", "503 Busy", *headers)).retry_after_s == seconds


@for_each(
    "value",
    [
        *("", "-5", "+5", "nan", "inf", "-inf", "1e9", "1e999", "0x10", "1_0", "soon", "abc", "5, 7", "5s", "\xb2"),
        *(NOON, "Wed, 21 Oct 2015 07:28:00 GMT", "Mon, 99 Mar 2026 10:00:00 GMT", "2026-03-02T10:00:05Z"),
    ],
)
def test_a_pause_that_is_junk_or_past_is_none(value: str) -> None:
    headers = (f"Retry-After: {value}", f"Date: {NOON}")
    assert turned_down(http_response(JSON_OK, "429 Too Many", *headers)).retry_after_s == 0.0
    assert refused(http_response(b"<p>busy", "503 Busy", *headers)).retry_after_s == 0.0


def test_a_date_to_wait_for_means_nothing_without_the_servers_clock() -> None:
    error = turned_down(http_response(JSON_OK, "429 Too Many", "Retry-After: Mon, 02 Mar 2099 10:00:00 GMT"))
    assert error.retry_after_s == 0


@for_each("value, seconds", [(NOON, NOON_S), ("junk", None), ("\xff" * 30, None), ("", None)])
def test_the_servers_clock_is_read_where_it_shows_one(value: str, seconds: float | None) -> None:
    assert read(http_response(JSON_OK, "200 OK", f"Date: {value}")).server_time == seconds
    assert read(http_response()).server_time is None
