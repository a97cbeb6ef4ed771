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

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from twilio_api.client import TwilioClient
from twilio_api.creation import SEARCH_PAGE_SIZE, Attempt, creation_window
from twilio_api.log_pages import LogPage, log_page, log_url
from twilio_api.sender import Sender
from twilio_api.text import as_stored
from twilio_api.timestamps import created_at
from twilio_api.values import num_media, sid_of
from twilio_consts import RCS_PREFIX, TRIAL_PREFIX


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
        body = str(row.get("body") or "").removeprefix(TRIAL_PREFIX)
        return as_stored(body) == as_stored(self.body) and num_media(row) == str(self.media)


class _Candidate(NamedTuple):
    """A row that can be one's own message: how far from the attempt it was created (seconds), and perhaps before it."""

    may_be_older: bool
    distance_s: float
    row: dict[str, Any]


@dataclass(eq=False)
class MessageLog:
    """The account's messages, and the search for those that this run created."""

    client: TwilioClient
    _unresolved: Counter[str] = field(default_factory=Counter)  # create calls by recipient, whose end nobody knows

    async def page(self, *, despite_cancel: bool = False, **filters: str) -> LogPage:
        """Read one page of the log, once. Raises CallError."""
        return await self.client.call(
            "GET", log_url(self.client), log_page, params=filters, despite_cancel=despite_cancel
        )

    # --- one's own message

    def note_unresolved(self, recipient: str) -> None:
        """Note that nobody knows whether a message to this recipient was sent."""
        self._unresolved[recipient] += 1

    async def find(self, own: OwnMessage, attempt: Attempt) -> dict[str, Any] | None:
        """Find the message that a create call made, and return its row; None where no row is it. Raises CallError.

        Candidates are those that this run did not claim and that Twilio can have created since the request left. Of
        several, the one created closest to that moment is taken. A text that Twilio made proves less: then there must
        be only one that was created before the call failed, and no other create call to this recipient whose end nobody
        knows.
        """
        found: dict[str, _Candidate] = {}
        for to in own.addresses:
            filters = {"To": to, "PageSize": str(SEARCH_PAGE_SIZE), **own.sender.log_filter()}
            page = await self.page(despite_cancel=True, **filters)
            found.update(self._candidates(page, own, attempt))
        if not found or (own.body is None and (len(found) > 1 or self._unresolved[own.to])):
            return None
        return min(found.values(), key=lambda each: (each.may_be_older, each.distance_s)).row

    def _candidates(self, page: LogPage, own: OwnMessage, attempt: Attempt) -> Iterator[tuple[str, _Candidate]]:
        """The rows of a page that can be it, each with its SID, the oldest first."""
        created = {sid_of(row): at for row in page.rows if sid_of(row) and (at := created_at(row)) is not None}
        window = creation_window(self.client, attempt, page.server_time, created.values())
        is_template = own.body is None
        earliest = window.surely_since if is_template else window.earliest
        latest = window.latest if is_template else math.inf
        for row in reversed(page.rows):
            sid = sid_of(row)
            at = created.get(sid, -math.inf)
            if earliest <= at <= latest and sid not in self.client.claimed and own.matches(row):
                yield sid, _Candidate(at < window.surely_since, abs(at - window.expected), row)
