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
"""The message log: its rows, and the search for one's own message."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from twilio_api.client import TwilioClient
from twilio_api.creation import Attempt, creation_window
from twilio_api.log_pages import LogPage, log_page, read_pages
from twilio_api.person import addresses_of
from twilio_api.sender import Sender
from twilio_api.sid import sid_of
from twilio_api.text import as_stored
from twilio_api.timestamps import created_at, sent_at
from twilio_consts import DEFAULT_PAGE_SIZE, RCS_PREFIX, TRIAL_PREFIX


LOG_READ_S = 1.0  # from the moment that a page of the log shows to its Date header, at the most
_SEARCH_PAGE_SIZE = 50  # newest first, so more than enough for a message of a few seconds ago


class OwnMessage(NamedTuple):
    """What a message of one's own is known by: recipient, sender, text, and number of media.

    `body` is None where Twilio makes the text, as it does of a template.
    """

    to: str
    sender: Sender
    body: str | None
    media: int = 0

    @property
    def addresses(self) -> tuple[str, ...]:
        """The recipient as Twilio may show it: a service with an RCS sender in its pool writes through RCS."""
        return (self.to, f"{RCS_PREFIX}{self.to}") if self.sender.is_service and self.to[:1] == "+" else (self.to,)

    def matches(self, row: dict[str, Any]) -> bool:
        """Whether a row of the log can be this message, as Twilio stores it."""
        if row.get("to") not in self.addresses or not self.sender.matches(row):
            return False
        if self.body is None:
            return True
        body = str(row.get("body") or "")
        body = body[len(TRIAL_PREFIX) :] if body.startswith(TRIAL_PREFIX) else body
        return as_stored(body) == as_stored(self.body) and str(row.get("num_media") or "0") == str(self.media)


class LogRows(NamedTuple):
    """Rows of the log, and when the reading began by the server's clock (seconds since the epoch).

    Twilio dates in whole seconds, and more rows may come of the second in which the log was read: they are complete
    until `complete_until`, which is math.inf where the server did not say what time it was.
    """

    rows: list[dict[str, Any]]
    server_time: float
    complete_until: float


class MessageLog:
    """The account's messages, and the search for those that this run created."""

    def __init__(self, client: TwilioClient) -> None:
        self.url = f"{client.account_url}/Messages.json"
        self._client = client
        self._unresolved: Counter[str] = Counter()  # create calls by their recipient, of which nobody knows the end

    async def page(self, *, despite_cancel: bool = False, **filters: str) -> LogPage:
        """Read one page of the log, once. Raises CallError."""
        return await self._client.call("GET", self.url, log_page, params=filters, despite_cancel=despite_cancel)

    async def rows_since(self, time: float, *, repeat: bool = True, **filters: str) -> LogRows:
        """Read all rows created at `time` (seconds since the epoch) or later.

        The log is in order of sending, by and large: reading ends with a page on which every row is older. A page of
        messages that were never sent ends nothing, since it is not documented where those stand. A page that fails is
        repeated as any reading call, and then raises ReadFailed; without `repeat` it raises CallError at once.
        """
        return await self._rows(lambda server_time: time, repeat=repeat, **filters)

    async def rows_of_last(self, seconds: float, **filters: str) -> LogRows:
        """Read all rows of the last so many seconds, by the server's clock. Raises ReadFailed."""
        return await self._rows(lambda server_time: server_time - seconds, repeat=True, **filters)

    async def conversation_since(self, time: float, person: str, page_size: int = DEFAULT_PAGE_SIZE) -> LogRows:
        """Read the texts from and to a person, on every channel, since a time (seconds since the epoch).

        The person's own come first, so that each question that was open when one of them came is read after it. Raises
        ReadFailed.
        """
        own = await self._of_addresses("From", time, person, page_size)
        ours = await self._of_addresses("To", time, person, page_size)
        rows = [row for side in (*own, *ours) for row in side.rows]
        return LogRows(rows, min(each.server_time for each in own), min(each.complete_until for each in own))

    async def sent_since(self, time: float, person: str, page_size: int = DEFAULT_PAGE_SIZE) -> list[dict[str, Any]]:
        """Read what the account sent to a person, on every channel, since a time. Raises ReadFailed."""
        return [row for side in await self._of_addresses("To", time, person, page_size) for row in side.rows]

    async def _of_addresses(self, name: str, time: float, person: str, page_size: int) -> list[LogRows]:
        """Read the messages from or to each address of a person."""
        size = str(page_size)
        sides = (self.rows_since(time, repeat=True, **{name: each, "PageSize": size}) for each in addresses_of(person))
        return await asyncio.gather(*sides)

    async def _rows(self, since: Callable[[float], float], *, repeat: bool, **filters: str) -> LogRows:
        found = LogRows([], self._client.time(), math.inf)
        is_head = True
        async for page in read_pages(self._client, filters, repeat=repeat):
            if is_head and page.server_time is not None:
                found = LogRows([], page.server_time, page.server_time - LOG_READ_S)
            is_head = False
            time = since(found.server_time)
            new = [row for row in page.rows if (created_at(row) or 0.0) >= time]
            found.rows.extend(new)
            dates = [date for row in page.rows if (date := sent_at(row)) is not None]
            if not new and dates and max(dates) < time:
                break
        return found

    # --- one's own message

    def note_unresolved(self, recipient: str) -> None:
        """Note that nobody knows whether a message to this recipient was sent."""
        self._unresolved[recipient] += 1

    async def claim_own(self, own: OwnMessage, attempt: Attempt) -> dict[str, Any] | None:
        """Find the message that a create call made, and claim it; None where no row is it. Raises CallError.

        Candidates are those that this run did not claim and that Twilio can have created since the request left. Of
        several, the one created closest to that moment is taken. A text that Twilio made proves less: then there must
        be only one that was created before the call failed, and no other create call to this recipient whose end nobody
        knows.
        """
        found: dict[str, tuple[tuple[bool, float], dict[str, Any]]] = {}
        for to in own.addresses:
            filters = {"To": to, "PageSize": str(_SEARCH_PAGE_SIZE), **own.sender.log_filter()}
            page = await self.page(despite_cancel=True, **filters)
            found.update(self._candidates(page, own, attempt))
        if not found or (own.body is None and (len(found) > 1 or self._unresolved[own.to])):
            return None
        closest = min(found, key=lambda sid: found[sid][0])
        self._client.claimed.add(closest)
        return found[closest][1]

    def _candidates(
        self, page: LogPage, own: OwnMessage, attempt: Attempt
    ) -> Iterator[tuple[str, tuple[tuple[bool, float], dict[str, Any]]]]:
        """The rows that can be it, the oldest first: SID, how little it fits the moment of the attempt, and the row."""
        created = {sid_of(row): at for row in page.rows if sid_of(row) and (at := created_at(row)) is not None}
        window = creation_window(self._client, attempt, page.server_time, created.values())
        is_template = own.body is None
        earliest = window.surely_since if is_template else window.earliest
        latest = window.latest if is_template else math.inf
        for row in reversed(page.rows):
            sid = sid_of(row)
            at = created.get(sid, -math.inf)
            if earliest <= at <= latest and sid not in self._client.claimed and own.matches(row):
                yield sid, ((at < window.surely_since, abs(at - window.left_at)), row)
