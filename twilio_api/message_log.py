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
"""The message log: its pages, and the search for one's own message."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from twilio_api.claims import Claims
from twilio_api.client import TwilioClient
from twilio_api.log_pages import LogPage, log_page, read_pages
from twilio_api.sender import Sender
from twilio_api.sid import sid_of
from twilio_api.timestamps import created_at, sent_at
from twilio_consts import DEFAULT_PAGE_SIZE, LOG_READ_S, SEARCH_PAGE_SIZE, TRIAL_PREFIX


_HALF_SECOND_S = 0.5  # from a whole second to the middle of what it stands for


class OwnMessage(NamedTuple):
    """What a message of one's own is known by: recipient as Twilio shows it, sender, and text.

    `body` is None where Twilio makes the text, as it does of a template.
    """

    to: str
    sender: Sender
    body: str | None

    def matches(self, row: dict[str, Any]) -> bool:
        """Whether a row of the log can be this message."""
        if row.get("to") != self.to or not self.sender.matches(row):
            return False
        return self.body is None or row.get("body") in (self.body, TRIAL_PREFIX + self.body)


class LogRows(NamedTuple):
    """Rows of the log, and when the reading began by the server's clock (seconds since the epoch).

    Twilio dates in whole seconds, and more rows may come of the second in which the log was read: they are complete
    until `complete_until`, which is math.inf where the server did not say what time it was.
    """

    rows: list[dict[str, Any]]
    server_time: float
    complete_until: float


class MessageLog:
    """The account's messages, and which of them this run claims as its own. Safe to use from several threads."""

    def __init__(self, client: TwilioClient) -> None:
        self.claims = Claims()
        self._client = client

    @property
    def url(self) -> str:
        """Where messages are listed and created."""
        return f"{self._client.account_url}/Messages.json"

    def page(self, **filters: str) -> LogPage:
        """Read one page of the log, once. Raises CallError."""
        return self._client.call("GET", self.url, log_page, params=filters)

    def rows_since(self, time: float, *, repeat: bool = True, **filters: str) -> LogRows:
        """Read all rows created at `time` (seconds since the epoch) or later.

        The log is in order by and large: reading ends with a page on which every row is older. A page of messages that
        were never sent ends nothing, since it is not documented where those stand. A page that fails is repeated as any
        reading call, and then raises ReadFailed; without `repeat` it raises CallError at once.
        """
        return self._rows(lambda server_time: time, repeat=repeat, **filters)

    def rows_of_last(self, seconds: float, **filters: str) -> LogRows:
        """Read all rows of the last so many seconds, by the server's clock. Raises ReadFailed."""
        return self._rows(lambda server_time: server_time - seconds, repeat=True, **filters)

    def conversation_since(self, time: float, person: str, page_size: int = DEFAULT_PAGE_SIZE) -> LogRows:
        """Read the texts from and to a person since a time (seconds since the epoch). Raises ReadFailed.

        The person's own come first, so that each question that was open when one of them came is read after it.
        """
        own = self.rows_since(time, From=person, PageSize=str(page_size))
        ours = self.rows_since(time, To=person, PageSize=str(page_size))
        return own._replace(rows=own.rows + ours.rows)

    def _rows(self, since: Callable[[float], float], *, repeat: bool, **filters: str) -> LogRows:
        rows: list[dict[str, Any]] = []
        began: float | None = None
        complete_until = math.inf
        for page in read_pages(self._client, filters, repeat=repeat):
            if began is None:
                began = self._client.clock.time() if page.server_time is None else page.server_time
                complete_until = math.inf if page.server_time is None else page.server_time - LOG_READ_S
            new = [row for row in page.rows if (created_at(row) or 0.0) >= since(began)]
            rows += new
            if not new and any(sent_at(row) is not None for row in page.rows):
                break
        return LogRows(rows, began or 0.0, complete_until)

    def claim_own(self, own: OwnMessage, attempted_at: float) -> dict[str, Any] | None:
        """Find the message that an attempt (seconds of Clock.monotonic) created, and claim it. Raises CallError.

        Candidates are those that this run did not claim and that Twilio created since the attempt. The server's clock
        decides; Twilio dates in whole seconds. Of several, the one created closest to the attempt is taken; of several
        whose text is not known, none.
        """
        page = self.page(To=own.to, PageSize=str(SEARCH_PAGE_SIZE), **own.sender.log_filter())
        attempted = self._client.server_clock.at(attempted_at)
        candidates = [
            (abs(created + _HALF_SECOND_S - attempted.middle), created, row)
            for row in reversed(page.rows)  # oldest first
            if own.matches(row) and (created := created_at(row)) is not None and created >= int(attempted.earliest)
        ]
        free = [found for found in candidates if sid_of(found[2]) and sid_of(found[2]) not in self.claims]
        if own.body is None and len(free) > 1:
            return None
        closest_first = (row for *_, row in sorted(free, key=lambda found: found[:2]))
        return next((row for row in closest_first if self.claims.add(sid_of(row))), None)
