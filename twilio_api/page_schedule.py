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
"""When many things are polled by a page of a log, and how large the page is."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from twilio_api.pending import Pending
from twilio_consts import (
    MAX_PAGE_SIZE,
    PAGE_FAILURE_S,
    PAGE_GAP_S,
    PAGE_GAP_SHARE,
    PAGE_MARGIN,
    PAGE_SLOW_GAP_S,
    PAGES_AT_ONCE,
    YOUNG_S,
)


_MIN_PAGE_SIZE = 10


class PageSchedule:
    """When the next page is due, and how large it is."""

    def __init__(self) -> None:
        self.under_way = 0
        self.is_creating = False  # each page costs a create call its connection
        self.are_refused = False  # they may not be listed, are too long at any size, or fail where other reads work
        self.failing_since: float | None = None  # when the first of the pages began that failed, none between worked
        self.not_before = float("-inf")  # by the pause that the server asked for
        self._started_at = float("-inf")
        self._factor = 1.0
        self._largest = MAX_PAGE_SIZE

    @property
    def may_start(self) -> bool:
        """Whether one more page may be read now; some at once, so that the gap can be shorter than a round trip."""
        return self.under_way < (1 if self._is_slow else PAGES_AT_ONCE)

    def due_at(self, items: Collection[Pending[Any]]) -> float:
        """When the next page is due for these things: soon while one is young, else by the schedule of the first."""
        end_at = min(item.end_at for item in items)
        youngest_at = max(item.started_at for item in items)
        gap = max(PAGE_GAP_S, PAGE_GAP_SHARE * (self._started_at - youngest_at))
        if self._is_slow:
            gap = max(gap, PAGE_SLOW_GAP_S)
        soonest = max(self._started_at + gap, min(self.not_before, end_at))
        if soonest < youngest_at + YOUNG_S:
            return soonest
        return max(soonest, min(item.poll_at for item in items if item.poll_at is not None))

    @property
    def _is_slow(self) -> bool:
        return self.is_creating or self.failing_since is not None

    def start(self, now: float) -> None:
        """Note that a page is read."""
        self.under_way += 1
        self._started_at = now

    def fail(self, started_at: float) -> None:
        """Note that a page could not be read."""
        if self.failing_since is None:
            self.failing_since = started_at

    def are_failing(self, now: float) -> bool:
        """Whether no page could be read for a while."""
        return self.failing_since is not None and now - self.failing_since >= PAGE_FAILURE_S

    def size(self, rows: int) -> int:
        """How many rows to ask for, to see so many of one's own."""
        return max(min(int(rows * self._factor) + PAGE_MARGIN, self._largest), 1)

    def shrink(self, size: int) -> None:
        """Ask for smaller pages, and for one at once: this size was too long to be read."""
        self.are_refused = size <= _MIN_PAGE_SIZE
        self._largest = max(size // 2, _MIN_PAGE_SIZE)
        self._started_at = float("-inf")

    def grow(self, size: int, found: Collection[str], items: Collection[Pending[Any]]) -> bool:
        """Ask for larger pages where a full one does not show all; whether that is so."""
        if len(found) < size or size >= self._largest or all(item.sid in found for item in items):
            return False
        self._factor *= 2
        return True
