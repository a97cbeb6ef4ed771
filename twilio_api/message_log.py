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
from typing import NamedTuple

from twilio_api.client import TwilioClient
from twilio_api.creation import SEARCH_PAGE_SIZE, Attempt, creation_window
from twilio_api.log_pages import LogPage, log_page, log_url
from twilio_api.messages import Draft, Message, parse_rows
from twilio_api.person import person_of
from twilio_api.timestamps import created_at


class _Candidate(NamedTuple):
    """What can be one's own message: how far from the attempt it was created (seconds), and perhaps before it."""

    may_be_older: bool
    distance_s: float
    message: Message


@dataclass(eq=False)
class MessageLog:
    """The account's messages, and the search for those that this run created."""

    client: TwilioClient
    _unresolved: Counter[str] = field(default_factory=Counter)  # create calls by person, whose end nobody knows

    async def page(self, *, despite_cancel: bool = False, **filters: str) -> LogPage:
        """Read one page of the log, once. Raises CallError."""
        return await self.client.call("GET", log_url(self.client), log_page, filters, despite_cancel=despite_cancel)

    # --- one's own message

    def note_unresolved(self, recipient: str) -> None:
        """Note that nobody knows whether a message to this recipient was sent, on whichever channel."""
        self._unresolved[person_of(recipient)] += 1

    async def find(self, draft: Draft, attempt: Attempt) -> Message | None:
        """Find the message that a create call made, and return it; None where no row is it. Raises CallError.

        Candidates are those that this run did not claim and that Twilio can have created since the request left. Of
        several, the one created closest to that moment is taken, and one that may be older only where there is no
        other. A text that Twilio made proves less: then there must be only one that was created before the call failed,
        and no other create call to this recipient whose end nobody knows.
        """
        found: dict[str, _Candidate] = {}
        for to in draft.addresses:
            filters = {"To": to, "PageSize": str(SEARCH_PAGE_SIZE), **draft.sender.log_filter()}
            page = await self.page(despite_cancel=True, **filters)
            found.update(self._candidates(page, draft, attempt))
        if not found or (draft.content_sid and (len(found) > 1 or self._unresolved[person_of(draft.recipient)])):
            return None
        return min(found.values(), key=lambda each: (each.may_be_older, each.distance_s)).message

    def _candidates(self, page: LogPage, draft: Draft, attempt: Attempt) -> Iterator[tuple[str, _Candidate]]:
        """What a page shows that can be it, each with its SID, the oldest first."""
        messages = parse_rows(page.rows)
        created = {each.sid: at for each in messages if (at := created_at(each.resource)) is not None}
        window = creation_window(self.client, attempt, page.server_time, created.values())
        earliest = window.surely_since if draft.content_sid else window.earliest
        latest = window.latest if draft.content_sid else math.inf
        for message in reversed(messages):
            at = created.get(message.sid, -math.inf)
            is_claimed = message.sid in self.client.claimed
            if earliest <= at <= latest and not is_claimed and draft.matches(message.resource):
                yield message.sid, _Candidate(at < window.surely_since, abs(at - window.expected), message)
