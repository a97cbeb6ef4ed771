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
"""What Twilio's log shows of the texts between the account and one person, on every channel."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Collection, Iterable
from typing import Any

from twilio_api.client import TwilioClient
from twilio_api.log_pages import LogPage, pages_back_to, shown_at
from twilio_api.person import addresses_of
from twilio_api.question import LOG_WINDOW_S, QuestionState, Row, parse_question, read_states
from twilio_api.timestamps import created_at
from twilio_consts import DEFAULT_PAGE_SIZE, FINAL_STATUSES, LOG_MARGIN_S, LOG_PAGE_SIZE


LOG_READ_S = 1.0  # from the moment that a page of the log shows to its Date header, at the most
SETTLE_S = 2.0  # for which the log may show another message of a second late


class Side:
    """The messages from an address, or to it, read from the newest one back to where they are known.

    `known_until` is in seconds since the epoch by the server's clock: before the first reading, what is older is not
    wanted, and where it is -math.inf, LOG_WINDOW_S are. `read_at` is in seconds of the event loop.
    """

    def __init__(self, known_until: float, **filters: str) -> None:
        self.known_until = known_until
        self.read_at = -math.inf
        self._filters = filters
        self._pages: AsyncIterator[LogPage] | None = None

    @property
    def goes_on(self) -> bool:
        """Whether a reading page by page has not come back yet to where the messages are known."""
        return self._pages is not None

    async def read_page(self, client: TwilioClient) -> LogPage:
        """Read one page, once: the next one of a reading that goes on, else the newest. Raises CallError."""
        pages = self._pages or self.read(client, DEFAULT_PAGE_SIZE, repeat=False)
        self._pages, self.read_at = None, client.now
        page = await pages.__anext__()
        self._pages = None if page.next_page_uri is None else pages
        return page

    async def read(self, client: TwilioClient, page_size: int, *, repeat: bool = True) -> AsyncIterator[LogPage]:
        """Read page after page, the last of which names no next one. Raises CallError."""
        self.read_at = client.now
        began: float | None = None
        since, query = self.known_until - LOG_MARGIN_S, {**self._filters, "PageSize": str(page_size)}
        async for page in pages_back_to(client, since, query, window_s=LOG_WINDOW_S, repeat=repeat):
            began = shown_at(client, page) if began is None else began
            if page.next_page_uri is None:
                self.known_until = began
            yield page


class PersonLog:
    """The texts from and to a person since a time (seconds since the epoch), as far as they were read.

    What was read once is not forgotten, should it be redacted or deleted later. What a text means is certain SETTLE_S
    after its second is over: the log may show another message late.
    """

    def __init__(self, address: str, since: float = -math.inf) -> None:
        self.inbound = {each: Side(since, From=each) for each in addresses_of(address)}
        self.outbound = {each: Side(since, To=each) for each in addresses_of(address)}
        self.rows: dict[str, dict[str, Any]] = {}  # by SID
        self._changes = 0  # of the rows
        # What the last judgement was made of, and what it was
        self._judged: tuple[object, dict[str, QuestionState]] = (None, {})

    @property
    def sides(self) -> list[Side]:
        """What the person wrote, from each address, and what the account sent to each."""
        return [*self.inbound.values(), *self.outbound.values()]

    @property
    def certain_until(self) -> float:
        """Until when it is certain what the person's texts mean."""
        return min(side.known_until for side in self.sides) - LOG_READ_S - SETTLE_S

    def uncertain_texts(self) -> list[float]:
        """When those texts came of which it is not certain yet what they mean."""
        certain_until = self.certain_until
        texts = (created_at(row) for row in self.rows.values() if row.get("direction") == "inbound")
        return [at for at in texts if at is not None and at + 1.0 > certain_until]

    def note(self, row: dict[str, Any]) -> None:
        """Take a message as Twilio shows it; its text stays known where it is empty now, and a status that is final."""
        known = self.rows.get(str(row.get("sid")), {})
        if str(row.get("status")) in FINAL_STATUSES or str(known.get("status")) not in FINAL_STATUSES:
            row = {**row, "body": row.get("body") or known.get("body")}
            if row != known:
                self.rows[str(row.get("sid"))] = row
                self._changes += 1

    async def read(self, client: TwilioClient) -> None:
        """Read all that is not known yet. Raises CallError.

        What the account sent comes first. For most people it shows that nobody asked them anything: then nothing that
        they wrote answers a question.
        """
        await self.read_sent(client)
        if any(map(parse_question, self.rows.values())):
            await self._read(client, self.inbound.values())
        else:
            for side in self.inbound.values():
                side.known_until = max(side.known_until, min(each.known_until for each in self.outbound.values()))

    async def read_sent(self, client: TwilioClient) -> None:
        """Read what the account sent, as far as it is not known yet. Raises CallError."""
        await self._read(client, self.outbound.values())

    async def _read(self, client: TwilioClient, sides: Iterable[Side]) -> None:
        async def read(side: Side) -> None:
            async for page in side.read(client, LOG_PAGE_SIZE):
                for row in page.rows:
                    self.note(row)

        await asyncio.gather(*map(read, sides))

    def states(self, others: Collection[Row] = ()) -> dict[str, QuestionState]:
        """Return what is certain of the questions, by SID; `others` are rows that show more numbers of a service.

        Most polls show nothing new, and somebody may have written thousands of texts: they are not judged again then.
        """
        basis = (self._changes, len(others), len(self.uncertain_texts()))
        if self._judged[0] != basis:
            self._judged = basis, read_states([*self.rows.values(), *others], until=self.certain_until)
        return self._judged[1]
