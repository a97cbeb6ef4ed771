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
"""A file over HTTP: streamed into a file, bounded, and redirects returned and not followed."""

from __future__ import annotations

import asyncio
import hashlib
import io
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from sandbox.raw_server import RawConnection, RawServer, http_response, respond_once
from twilio_api import response as response_module, transport as transport_module
from twilio_api.errors import ApiError, CallError, ConnectionFailed, NoResponse, ResponseTooLong, UnexpectedResponse
from twilio_api.response import Redirect, StoredFile
from twilio_api.transport import Transport


AUTH = ("AC0", "s3cret")
CONTENT = bytes(range(256)) * 1000
PATIENCE_S = 5.0


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> Iterator[Transport]:
    """A transport with short time limits, whose user knows one secret."""
    monkeypatch.setattr(transport_module, "READ_TIMEOUT_S", 0.3)
    made = Transport(AUTH, lambda text: text.replace("s3cret", "***"))
    yield made
    made.close()


def download(
    transport: Transport, url: str, file: BinaryIO, *, with_credentials: bool = False, **options: Any
) -> StoredFile | Redirect:
    """Download a file in a loop of its own."""
    return asyncio.run(transport.download(url, file, with_credentials=with_credentials, **options))


def test_a_file_is_written_as_it_came(transport: Transport) -> None:
    file = io.BytesIO()
    with RawServer(respond_once(http_response(CONTENT))) as server:
        found = download(transport, server.url, file)
    assert found == StoredFile(len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert file.getvalue() == CONTENT


def test_a_file_in_chunks_is_written_as_it_came(transport: Transport) -> None:
    file = io.BytesIO()
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (b"abc", b"defg")) + b"0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with RawServer(respond_once(head + body)) as server:
        assert download(transport, server.url, file) == StoredFile(7, hashlib.sha256(b"abcdefg").hexdigest())
    assert file.getvalue() == b"abcdefg"


@pytest.mark.parametrize("with_credentials", [True, False])
def test_credentials_are_shown_only_where_they_may_be(transport: Transport, with_credentials: bool) -> None:
    with RawServer(respond_once(http_response(CONTENT))) as server:
        download(transport, server.url, io.BytesIO(), with_credentials=with_credentials)
    request = server.received.lower()
    assert (b"authorization: basic" in request) == with_credentials
    assert b"accept-encoding: identity" in request


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_returned_and_its_body_not_written(transport: Transport, status: str) -> None:
    file = io.BytesIO()
    with RawServer(respond_once(http_response(b"moved", status, "Location: https://x.example/y?z=1"))) as server:
        assert download(transport, server.url, file) == Redirect("https://x.example/y?z=1")
    assert file.getvalue() == b""


def test_an_error_of_twilios_is_raised(transport: Transport) -> None:
    body = b'{"code": 20404, "status": 404}'
    with RawServer(respond_once(http_response(body, "404 Not Found"))) as server, pytest.raises(ApiError) as caught:
        download(transport, server.url, io.BytesIO())
    assert (caught.value.status, caught.value.code) == (404, 20404)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (http_response(CONTENT, length=len(CONTENT) + 1), "The file was cut off"),
        (http_response(b"", "204 No Content"), "The response is not the file"),
        (http_response(b"part", "206 Partial Content"), "The response is not the file"),
        (http_response(b"x", "200 OK", "Content-Encoding: gzip"), "The response is not the file"),
        (http_response(b"x", "302 Found"), "The response is not the file"),
        (http_response(b"<p>blocked</p>", "200 OK", "Content-Type: Text/HTML; charset=x"), "The response is not the"),
        (http_response(b"<Error><Code>AccessDenied</Code></Error>", "403 Forbidden"), "AccessDenied"),
    ],
    ids=[
        "cut off",
        "empty",
        "a part",
        "compressed",
        "a redirect to nowhere",
        "a page of a proxy",
        "an error of the store",
    ],
)
def test_what_is_not_the_whole_file_is_an_error(transport: Transport, data: bytes, says: str) -> None:
    with RawServer(respond_once(data)) as server, pytest.raises(UnexpectedResponse, match=says):
        download(transport, server.url, io.BytesIO())


def test_no_more_is_read_than_a_file_may_have_and_little_is_held_in_memory(
    transport: Transport, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(response_module, "MAX_FILE_BYTES", 4 * 1024 * 1024)

    def send_without_end(connection: RawConnection) -> None:
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\n\r\n")
        connection.drip(b"x" * 65536, pause_s=0.0)

    path = tmp_path / "file"
    with RawServer(send_without_end) as server, path.open("wb") as file:
        tracemalloc.start()
        try:
            with pytest.raises(ResponseTooLong, match="The file is longer than 4 MiB"):
                download(transport, server.url, file)
            assert tracemalloc.get_traced_memory()[1] < 2 * 1024 * 1024
        finally:
            tracemalloc.stop()
    assert path.stat().st_size <= 4 * 1024 * 1024


def test_a_file_that_cannot_be_written_is_an_error(transport: Transport, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with RawServer(respond_once(http_response(CONTENT))) as server, path.open("rb") as file, pytest.raises(CallError):
        download(transport, server.url, file)


def test_a_full_disk_is_an_error(transport: Transport) -> None:
    says = "could not be written on this machine: No space left on device"
    with (
        RawServer(respond_once(http_response(CONTENT))) as server,
        open("/dev/full", "wb", buffering=0) as full,
        pytest.raises(UnexpectedResponse, match=says),
    ):
        download(transport, server.url, full)


def drip(connection: RawConnection) -> None:
    connection.read_request()
    connection.send(b"HTTP/1.1 200 OK\r\n\r\n")
    connection.drip(b"x")


def test_a_file_without_end_is_given_up_at_the_deadline_and_nothing_is_written_later(
    transport: Transport, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    with RawServer(drip) as server, path.open("wb", buffering=0) as file:
        began = time.monotonic()
        with pytest.raises(UnexpectedResponse, match=r"not complete after 0\.3 seconds"):
            download(transport, server.url, file, deadline_s=0.3)
        assert time.monotonic() - began < PATIENCE_S
        written = path.stat().st_size
        time.sleep(0.2)
        assert path.stat().st_size == written


def test_a_silent_server_is_not_waited_for(transport: Transport) -> None:
    with (
        RawServer(RawConnection.read_until_closed) as server,
        pytest.raises(NoResponse, match=r"silent for 0\.3 s"),
    ):
        download(transport, server.url, io.BytesIO())


def test_an_address_that_is_none_is_no_connection(transport: Transport) -> None:
    with pytest.raises(ConnectionFailed):
        download(transport, "https://[", io.BytesIO())
