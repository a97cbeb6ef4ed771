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
"""The pages of the message log, the newest message first, and how far back to read them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urljoin, urlsplit

from twilio_api.client import TwilioClient
from twilio_api.errors import CallError, ReadFailed, ResponseTooLong, UnexpectedResponse
from twilio_api.response import Response
from twilio_api.sid import sid_of
from twilio_api.timestamps import created_at, sent_at
from twilio_consts import DEFAULT_PAGE_SIZE, PAGE_SIZES, ROWS_BEYOND


class LogPage(NamedTuple):
    """Rows of the log, newest first; `server_time` in seconds since the epoch, None where the server did not say."""

    rows: list[dict[str, Any]]
    next_page_uri: str | None
    server_time: float | None


async def read_pages(client: TwilioClient, query: Mapping[str, str], *, repeat: bool = True) -> AsyncIterator[LogPage]:
    """Read page after page of what a query (filters and PageSize) asks for, each when it is needed.

    - Each is repeated as any reading call, and then raises ReadFailed; without `repeat` it raises CallError at once.
    - One that is longer than MAX_BODY_BYTES is asked for again with fewer rows.
    - The next page is the one that `next_page_uri` names, never one that was counted. It must be of this log.
    - A message that an earlier page held is left out, since the log grows at its head while it is read.
    """
    reader = _Reader(client, query)
    sids: set[str] = set()
    while True:
        try:
            page = await (client.repeat(reader.read) if repeat else reader.read())
        except CallError as error:
            if not repeat:
                raise
            raise ReadFailed(error) from error
        yield page._replace(rows=[row for row in page.rows if sid_of(row) not in sids])
        sids.update(sid for row in page.rows if (sid := sid_of(row)))
        if page.next_page_uri is None:
            return
        reader.turn(page.next_page_uri)


def log_page(response: Response) -> LogPage:
    """Read a page of the log. Raises UnexpectedResponse where it is none."""
    rows = response.json.get("messages")
    if not isinstance(rows, list):
        raise UnexpectedResponse(response.status, "The response is not a message log.")
    next_page = response.json.get("next_page_uri")
    return LogPage(
        [row for row in rows if isinstance(row, dict)],
        next_page if isinstance(next_page, str) and next_page else None,
        response.server_time,
    )


class Horizon:
    """Tells when the log, read from its newest message on, holds nothing more since a time (seconds since the epoch).

    A single row may stand out of order, so that one that is older proves nothing: ROWS_BEYOND in a row do. A message
    that was never sent proves nothing either, since it is not documented where it stands.
    """

    def __init__(self, since: float) -> None:
        self._since = since
        self._beyond = 0

    def is_passed(self, row: Mapping[str, Any]) -> bool:
        """Take in the next row, and say whether there is no use in reading on."""
        time = sent_at(row)
        if time is not None:
            self._beyond = self._beyond + 1 if time < self._since else 0
        return self._beyond >= ROWS_BEYOND


def logged_at(row: Mapping[str, Any]) -> float | None:
    """The time by which the log is sorted, in seconds since the epoch: when a message was sent, else created."""
    sent = sent_at(row)
    return created_at(row) if sent is None else sent


def page_size_for(rows: int) -> int:
    """Return the smallest page size that shows so many rows at once, the largest where none does."""
    return min((size for size in PAGE_SIZES if size >= rows), default=PAGE_SIZES[0])


def smaller_page(query: Mapping[str, str]) -> dict[str, str]:
    """Return the query for the beginning of the same page with fewer rows; the same query where there is none.

    Each of PAGE_SIZES divides the one before it, so that the number of the page can be changed with the size.
    """
    size = int(query.get("PageSize", DEFAULT_PAGE_SIZE))
    smaller = next((each for each in PAGE_SIZES if each < size and size % each == 0), size)
    changed = {**query, "PageSize": str(smaller)}
    if "Page" in query:
        changed["Page"] = str(int(query["Page"]) * (size // smaller))
    return changed


class _Reader:
    """Reads the page where it stands, and turns to the next."""

    def __init__(self, client: TwilioClient, query: Mapping[str, str]) -> None:
        self._client = client
        self._url = f"{client.account_url}/Messages.json"
        self._query = dict(query)
        self._earlier: list[dict[str, str]] = []

    async def read(self) -> LogPage:
        """Read the page, once. Raises CallError; a page that was too long is a smaller one the next time."""
        try:
            return await self._client.call("GET", self._url, self._parse, params=self._query)
        except ResponseTooLong:
            self._query = smaller_page(self._query)
            raise

    def turn(self, next_page_uri: str) -> None:
        """Go on to the next page."""
        self._earlier.append(self._query)
        self._query = self._query_of(next_page_uri)

    def _parse(self, response: Response) -> LogPage:
        page = log_page(response)
        if page.next_page_uri is not None and self._query_of(page.next_page_uri) in (*self._earlier, self._query):
            raise UnexpectedResponse(response.status, "The pages of the message log lead round in a circle.")
        return page

    def _query_of(self, uri: str) -> dict[str, str]:
        """The query of a page, which is all that is used of its address: the credentials go nowhere else."""
        elsewhere = UnexpectedResponse(200, "The message log goes on at an address of something else.")
        try:
            here, there = urlsplit(self._url), urlsplit(urljoin(self._url, uri))
        except ValueError:
            raise elsewhere from None
        log = f"/Accounts/{self._client.credentials.account_sid}/Messages.json"
        query = dict(parse_qsl(there.query, keep_blank_values=True))
        numbers = (query.get(name, "1") for name in ("Page", "PageSize"))
        if there[:2] != here[:2] or not there.path.endswith(log) or not all(map(str.isdecimal, numbers)):
            raise elsewhere
        return query
