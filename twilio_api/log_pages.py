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

import math
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urljoin, urlsplit

from twilio_api.client import TwilioClient
from twilio_api.errors import CallError, ResponseTooLong, UnexpectedResponse
from twilio_api.response import Response, rows_of_response
from twilio_api.timestamps import created_at, iso_of, sent_at
from twilio_api.values import sid_of
from twilio_consts import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, REPEAT_S


PAGE_SIZES = (MAX_PAGE_SIZE, 500, 100, 50, 10, 5, 1)  # each divides the one before it
ROWS_BEYOND = 20  # in a row that are older than what is looked for: then nothing more comes
_MAX_EMPTY_PAGES = 10
_MAX_UNSENT_ROWS = 1000  # in a row, of messages that were never sent: then the log is gone on with by date
_MAX_HOLES = 3  # of one reading, each of which may cost a minute
_DAY_S = 24 * 60.0 * 60.0  # by which it is gone back further, should the server heed no time of day


class Hole(NamedTuple):
    """A place of the log where a row makes every page with it unreadable, just before a time (since the epoch)."""

    until: float
    error: CallError


class LogPage(NamedTuple):
    """Rows of the log, newest first; `server_time` in seconds since the epoch, None where the server did not say.

    One that stands for a `hole` has no rows.
    """

    rows: list[dict[str, Any]]
    next_page_uri: str | None
    server_time: float | None
    hole: Hole | None = None


async def read_pages(
    client: TwilioClient, query: Mapping[str, str], *, repeat: bool = True, narrowed: Mapping[str, str] | None = None
) -> AsyncIterator[LogPage]:
    """Read page after page of what a query (filters and PageSize) asks for, each when it is needed.

    - Each is repeated as any reading call, unless `repeat` is False. Raises CallError.
    - One that is longer than MAX_BODY_BYTES is asked for again with fewer rows.
    - With `narrowed`, so is any that may be unreadable for one of its rows, and with these filters; the pages after it
      have more rows again.
    - The next page is the one that `next_page_uri` names, never one that was counted. It must be of this log.
    - A message that an earlier page held is left out, since the log grows at its head while it is read.
    - A log that goes on without an end, and shows nothing new, cannot be read.
    """
    url = log_url(client)
    asked = dict(query)
    most = int(query.get("PageSize", DEFAULT_PAGE_SIZE))

    async def read() -> LogPage:
        nonlocal asked, most
        while True:
            before = asked
            try:
                return await client.call("GET", url, log_page, asked)
            except CallError as error:
                if isinstance(error, ResponseTooLong) or (narrowed is not None and _may_be_for_a_row(error)):
                    asked = smaller_page({**asked, **(narrowed or {})})
                    if error.status == 0:  # silence, which leaves time for few tries
                        asked = smaller_page(smaller_page(asked))
                if isinstance(error, ResponseTooLong):
                    most = int(asked["PageSize"])
                if error.is_transient or asked == before:
                    raise

    earlier: list[dict[str, str]] = []
    sids: set[str] = set()
    empty = 0
    next_page_uri: str | None = ""
    while next_page_uri is not None:
        if empty == _MAX_EMPTY_PAGES:
            raise UnexpectedResponse(200, f"{empty} pages of the message log in a row show nothing new.")
        if next_page_uri:
            earlier.append(asked)
            asked = _next_query(client, url, next_page_uri)
            if narrowed is not None:
                asked = _larger_page(asked, most)
        if asked in earlier:
            raise UnexpectedResponse(200, "The pages of the message log lead round in a circle.")
        page = await (client.repeat(read) if repeat else read())
        new = [row for row in page.rows if sid_of(row) not in sids]
        yield page._replace(rows=new)
        found = {sid_of(row) for row in new} - {""}  # a row without a SID may be an old one
        sids |= found
        empty = 0 if found else empty + 1
        next_page_uri = page.next_page_uri


async def pages_back_to(
    client: TwilioClient,
    since: float,
    query: Mapping[str, str],
    *,
    window_s: float,
    repeat: bool = True,
    narrows: bool = False,
) -> AsyncIterator[LogPage]:
    """Read page after page back to a time (seconds since the epoch); the last one names no next page.

    Where that time is -math.inf or lies in the future, they are read back so many seconds (`window_s`) by the server's
    clock. It is not documented where messages stand that were never sent. So that they neither hide others nor make
    each reading one of the whole log, it is gone on with by the date of sending where very many stand in a row. With
    `narrows`, a page that may be unreadable for a row is asked for with fewer, and none from before that time. Raises
    CallError.
    """
    narrowed = {"DateSent>": iso_of(since)} if since > -math.inf else {}
    horizon: Horizon | None = None
    by_date: dict[str, str] = {}
    unsent = 0
    while True:
        pages = read_pages(client, {**query, **by_date}, repeat=repeat, narrowed=narrowed if narrows else None)
        async for page in pages:
            if horizon is None:
                now = shown_at(client, page)
                horizon = Horizon(_begin(since, now, window_s))
                narrowed["DateSent>"] = iso_of(horizon.since)
            is_last = page.next_page_uri is None or horizon.is_passed_by(page.rows)
            yield page._replace(next_page_uri=None) if is_last else page
            if is_last:
                return
            unsent = 0 if any(dated_at(row) is not None for row in page.rows) else unsent + len(page.rows)
            if unsent >= _MAX_UNSENT_ROWS and not by_date:
                day = datetime.fromtimestamp(horizon.since, timezone.utc)
                by_date = {"DateSent>": day.strftime("%Y-%m-%d")}
                break


async def pages_around_holes(
    client: TwilioClient, since: float, query: Mapping[str, str], *, window_s: float
) -> AsyncIterator[LogPage]:
    """Read as `pages_back_to` does, and go round rows that make each page with them unreadable, _MAX_HOLES at the most.

    All that is newer than such a row is read, on smaller pages; a page with a `hole` stands for the row; what is older
    is asked for by the date of sending. Where that cannot be read either, it is no matter of a row. Raises CallError.
    """
    asked, until, holes = query, math.inf, 0
    while True:
        try:
            async for page in pages_back_to(client, since, asked, window_s=window_s, narrows=True):
                yield page
                until = min([until, *(time for row in page.rows if (time := dated_at(row)) is not None)])
            return
        except CallError as error:
            if holes == _MAX_HOLES or not _may_be_for_a_row(error):
                raise
            failure = error
        begin = _begin(since, client.server_now, window_s)
        try:
            page, readable, unreadable = await _readable_until(client, begin - _DAY_S, until)
        except CallError:
            raise failure from None
        yield LogPage([], "", page.server_time, Hole(unreadable + 1.0 if until == math.inf else until, failure))
        asked, until, holes = {**query, "DateSent<": iso_of(readable)}, readable + 1.0, holes + 1


async def _readable_until(client: TwilioClient, begin: float, end: float) -> tuple[LogPage, int, int]:
    """Search for the last second up to which the log can be read; return a page, that second, and the first other one.

    `end` is one up to which it cannot be read; where none is known, it is now by the server's clock. All are in seconds
    since the epoch. Twilio documents that such a filter heeds days; where it heeds no seconds, a midnight is found.
    Raises CallError where the log cannot be read up to `begin`.
    """
    readable, stop_at = math.floor(begin), client.now + REPEAT_S
    page = await read_newest(client, readable)
    unreadable = math.floor(min(end, shown_at(client, page)))
    while unreadable - readable > 1 and client.now < stop_at:
        # At random, so that of several such rows, or of a silent one, each search finds another part readable
        second = readable + max(1, int((unreadable - readable) * (0.25 + client.rng.random() / 2)))
        if await _can_be_read(client, second):
            readable = second
        else:
            unreadable = second
    return page, readable, unreadable


async def _can_be_read(client: TwilioClient, until: int) -> bool:
    """Whether the log can be read up to a second. A row that is newer shows that the server heeds no time of day."""
    try:
        page = await read_newest(client, until)
    except CallError:
        return False
    return all((dated_at(row) or 0.0) <= until for row in page.rows)


async def read_newest(client: TwilioClient, until: float) -> LogPage:
    """Read once the newest message that was sent before a second was over (since the epoch). Raises CallError."""
    query = {"PageSize": "1", "DateSent<": iso_of(until)}
    return await client.call("GET", log_url(client), log_page, query)


def _may_be_for_a_row(error: CallError) -> bool:
    """Whether a page may be unreadable for one of its rows: it was asked for, and not turned down for who asked."""
    return not (error.is_unsent or error.is_refusal or error.status == 429)


def _begin(since: float, now: float, window_s: float) -> float:
    """Return back to when the log is read: a while, where the time to read it back to is not known or in the future."""
    return since if -math.inf < since <= now else now - window_s


def shown_at(client: TwilioClient, page: LogPage) -> float:
    """When the server showed a page, in seconds since the epoch; the local clock only stands in for it."""
    return client.time() if page.server_time is None else page.server_time


def log_page(response: Response) -> LogPage:
    """Read a page of the log. Raises UnexpectedResponse where it is none."""
    next_page = response.json.get("next_page_uri")
    return LogPage(
        rows_of_response(response, "messages", "a message log"),
        None if next_page in (None, "") else str(next_page),  # what is no address leads nowhere, and is not the end
        response.server_time,
    )


class Horizon:
    """Tells when the log, read from its newest message on, holds nothing more since a time (seconds since the epoch).

    A single row may stand out of order, so that one that is older proves nothing: ROWS_BEYOND in a row do. A message
    of the account that was never sent proves nothing either, since it is not documented where it stands.
    """

    def __init__(self, since: float) -> None:
        self.since = since
        self._beyond = 0

    def is_passed(self, row: Mapping[str, Any]) -> bool:
        """Take in the next row, and say whether there is no use in reading on."""
        time = dated_at(row)
        if time is not None:
            self._beyond = self._beyond + 1 if time < self.since else 0
        return self._beyond >= ROWS_BEYOND

    def is_passed_by(self, rows: Iterable[Mapping[str, Any]]) -> bool:
        """Take in the next rows, and say the same."""
        return any(self.is_passed(row) for row in rows)


def dated_at(row: Mapping[str, Any]) -> float | None:
    """When a message was sent, or came: a text from a person is there as soon as it is created."""
    sent = sent_at(row)
    return created_at(row) if sent is None and row.get("direction") == "inbound" else sent


def logged_at(row: Mapping[str, Any]) -> float | None:
    """The time by which the log is sorted, in seconds since the epoch: when a message was sent, else created."""
    sent = sent_at(row)
    return created_at(row) if sent is None else sent


def page_size_for(rows: int) -> int:
    """Return the smallest page size that shows so many rows at once, the largest where none does."""
    return min((size for size in PAGE_SIZES if size >= rows), default=MAX_PAGE_SIZE)


def smaller_page(query: Mapping[str, str]) -> dict[str, str]:
    """Return the query for the beginning of the same page with fewer rows; the same query where there is none.

    Each of PAGE_SIZES divides the one before it, so that the number of the page can be changed with the size.
    """
    size = int(query.get("PageSize", DEFAULT_PAGE_SIZE))
    return _resized(query, next((each for each in PAGE_SIZES if each < size and size % each == 0), size))


def _larger_page(query: Mapping[str, str], most: int) -> dict[str, str]:
    """Return the query for the page that begins at the same row, with more rows up to `most` where there is one."""
    size, page = int(query.get("PageSize", DEFAULT_PAGE_SIZE)), int(query.get("Page", 0))
    larger = (each for each in reversed(PAGE_SIZES) if size < each <= most and page * size % each == 0)
    return _resized(query, next(larger, size))


def _resized(query: Mapping[str, str], size: int) -> dict[str, str]:
    """Return the query for the page of another size that begins at the same row."""
    changed = {**query, "PageSize": str(size)}
    if "Page" in query:
        changed["Page"] = str(int(query["Page"]) * int(query.get("PageSize", DEFAULT_PAGE_SIZE)) // size)
    return changed


def _next_query(client: TwilioClient, url: str, uri: str) -> dict[str, str]:
    """Return the query of the next page, which is all that is used of its address: the credentials go nowhere else."""
    elsewhere = UnexpectedResponse(200, "The next page of the message log is at an address that is not the log's.")
    try:
        here, there = urlsplit(url), urlsplit(urljoin(url, uri))
    except ValueError:
        raise elsewhere from None
    log = f"/Accounts/{client.credentials.account_sid}/Messages.json"
    query = dict(parse_qsl(there.query, keep_blank_values=True))
    numbers = (query.get(name, "1") for name in ("Page", "PageSize"))
    if there[:2] != here[:2] or not there.path.endswith(log) or not all(map(str.isdecimal, numbers)):
        raise elsewhere
    return query


def log_url(client: TwilioClient) -> str:
    """The address of the account's messages, which takes the create calls, too."""
    return f"{client.account_url}/Messages.json"
