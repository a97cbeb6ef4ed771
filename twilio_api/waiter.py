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
"""Waiting for many things at Twilio until each is final."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from twilio_api.clock import Clock
from twilio_api.errors import ApiError, CallError, InternalError, ResponseTooLong
from twilio_api.page_schedule import PageSchedule
from twilio_api.pending import Pending, Source
from twilio_consts import (
    CANCEL_CHECK_S,
    MAX_CONNECTIONS,
    PAGE_FROM_ITEMS,
    PAGE_MISSES,
    YOUNG_S,
)


if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_P = TypeVar("_P", bound="Pending[Any]")


class Waiter(Generic[_P]):
    """Polls things until each is final or its time is over; all together, as long as the slowest takes.

    A few are read each by its SID. Many are read by pages: one page shows them all, so the cost does not grow with
    their number. What pages do not show is read by its SID, on a schedule of its own; so is everything, where that
    works while pages fail.

    No failed poll ends the waiting: the schedule is its repetition, and the poll at the end of the time is always made.
    Only a response that says that these credentials may not read ends it early.

    `add` and `wake` may be called from any thread, also while `wait` runs. `on_update` is called after each poll of a
    thing, `on_tick` at least every half second; both by the thread that waits.
    """

    def __init__(
        self,
        clock: Clock,
        source: Source,
        *,
        on_update: Callable[[_P], None],
        on_tick: Callable[[], None],
        is_cancelled: Callable[[], bool],
    ) -> None:
        self._clock = clock
        self._source = source
        self._on_update = on_update
        self._on_tick = on_tick
        self._is_cancelled = is_cancelled
        # What other threads want done by the one that waits
        self._inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._pending: list[_P] = []
        self._starts: list[float] = []  # of all things ever added
        self._polls_under_way = 0
        self._pages = PageSchedule()
        self._threads: ThreadPoolExecutor | None = None

    def add(self, pending: _P) -> None:
        """Wait for one more thing."""
        self._inbox.put(lambda: self._take(pending))

    def drop(self, pending: _P) -> None:
        """Do not wait for a thing any more; only the thread that waits may call it."""
        pending.poll_at = None
        if pending in self._pending:
            self._pending.remove(pending)

    def wake(self) -> None:
        """Let the thread that waits see at once whether all is complete."""
        self._inbox.put(lambda: None)

    def wait(self, is_complete: Callable[[], bool]) -> None:
        """Poll until all things are done and `is_complete` says that no more will be added, or the run is cancelled."""
        try:
            while not self._is_cancelled():
                complete = is_complete()
                while not self._inbox.empty():
                    self._inbox.get()()
                self._on_tick()
                if complete and not self._pending:
                    return
                self._pages.is_creating = not complete
                self._start_polls(alone=complete and len(self._starts) == 1)
                if self._pending or not complete:
                    self._sleep(complete)
        finally:
            if self._threads:
                self._threads.shutdown(wait=False)

    def _take(self, pending: _P) -> None:
        if pending.is_done:  # dropped before
            return
        self._starts.append(pending.started_at)
        self._pending.append(pending)
        self._plan(pending, pending.started_at)
        if pending.is_done:
            self._on_update(pending)

    def _sleep(self, complete: bool) -> None:
        """Sleep until the next poll is due or another thread has something, but not for long."""
        by_page = self._page_items()
        times = [item.poll_at for item in self._by_sid(by_page) if item.poll_at is not None and not item.is_polled]
        if by_page and self._pages.may_start:
            times.append(self._pages.due_at(by_page))
        pause = max(min([at - self._clock.monotonic() for at in times] + [CANCEL_CHECK_S]), 0.0)
        if complete and not self._polls_under_way and not self._pages.under_way:
            if self._inbox.empty():
                self._clock.sleep(pause)
            return
        try:
            self._inbox.get(timeout=self._clock.to_real_s(pause))()
        except Empty:
            return

    # --- which polls are due

    def _start_polls(self, *, alone: bool) -> None:
        now = self._clock.monotonic()
        by_page = self._page_items()
        if by_page and self._pages.may_start and self._pages.due_at(by_page) <= now:
            size = self._pages.size(sum(at >= by_page[0].started_at for at in self._starts))
            self._pages.start(now)
            self._run(lambda: self._read_page(size, now), alone=False)
        for item in self._by_sid(by_page):
            if item.poll_at is not None and item.poll_at <= now and not item.is_polled:
                item.is_polled = True
                self._polls_under_way += 1
                self._run(partial(self._read_one, item, now), alone=alone)

    def _by_sid(self, by_page: list[_P]) -> list[_P]:
        paged = {item.sid for item in by_page}
        return [item for item in self._pending if item.sid not in paged]

    def _page_items(self) -> list[_P]:
        """The things that pages show, the oldest first; none where each is better read by its SID."""
        if self._source.read_page is None or self._pages.are_refused or len(self._starts) < PAGE_FROM_ITEMS:
            return []
        shown = [item for item in self._pending if item.is_listed and item.page_misses < PAGE_MISSES]
        is_young = bool(shown) and self._clock.monotonic() - max(item.started_at for item in shown) < YOUNG_S
        if len(shown) < PAGE_FROM_ITEMS and not is_young:
            return []
        return sorted(shown, key=lambda item: item.started_at)

    def _run(self, poll: Callable[[], Callable[[], None]], *, alone: bool) -> None:
        """Make a poll, in a thread of its own unless it is the only one, and let the thread that waits note it."""
        if alone:
            poll()()
            return
        if self._threads is None:
            from concurrent.futures import ThreadPoolExecutor  # only a run of several things needs threads

            self._threads = ThreadPoolExecutor(MAX_CONNECTIONS, thread_name_prefix="poll")
        self._threads.submit(lambda: self._inbox.put(poll()))

    # --- one poll: made by any thread, noted by the one that waits

    def _read_one(self, item: _P, started_at: float) -> Callable[[], None]:
        found = _attempt(partial(self._source.read_one, item.sid))
        return lambda: self._note_one(item, started_at, found)

    def _note_one(self, item: _P, started_at: float, found: Any | CallError) -> None:
        item.is_polled = False
        self._polls_under_way -= 1
        if not isinstance(found, CallError) and self._pages.are_failing(self._clock.monotonic()):
            self._pages.are_refused = True
        self._note(item, started_at, found)

    def _read_page(self, size: int, started_at: float) -> Callable[[], None]:
        found = _attempt(partial(self._source.read_page, size)) if self._source.read_page else {}
        return lambda: self._note_page(size, started_at, found)

    def _note_page(self, size: int, started_at: float, found: dict[str, Any] | CallError) -> None:
        self._pages.under_way -= 1
        if isinstance(found, ResponseTooLong):
            self._pages.shrink(size)
        elif isinstance(found, CallError) and found.is_twilios and found.status < 500 and found.status != 429:
            self._pages.are_refused = True
        elif isinstance(found, CallError):
            self._pages.not_before = self._clock.monotonic() + found.retry_after_s
            self._pages.fail(started_at)
            for item in self._page_items():
                if item.accepted_at <= started_at:
                    self._note(item, started_at, found)
            self._probe()
        else:
            self._pages.failing_since = None
            self._note_rows(size, started_at, found)

    def _probe(self) -> None:
        """Where pages fail, see whether one thing can be read by its SID."""
        by_page = self._page_items()
        if by_page and len(by_page) == len(self._pending) and self._pages.are_failing(self._clock.monotonic()):
            by_page[0].page_misses = PAGE_MISSES

    def _note_rows(self, size: int, started_at: float, rows: dict[str, Any]) -> None:
        expected = [item for item in self._pending if item.is_listed and item.accepted_at <= started_at]
        is_too_small = self._pages.grow(size, rows, expected)
        for item in expected:
            if item.sid in rows:
                item.page_misses = 0
                self._note(item, started_at, rows[item.sid])
            elif not is_too_small:
                item.page_misses += 1

    def _note(self, item: _P, started_at: float, found: Any | CallError) -> None:
        if item.is_done or started_at < item.polled_at:  # a later poll was quicker
            return
        item.polled_at = started_at
        if isinstance(found, CallError):
            item.last_error = found
        else:
            item.note(found, started_at)
        self._plan(item, started_at)
        self._on_update(item)

    def _plan(self, item: _P, polled_at: float) -> None:
        """Say when to poll next a thing that was polled last at `polled_at`."""
        error = item.last_error
        is_refused = isinstance(error, ApiError) and error.is_unauthorized
        if self._source.is_final(item.value) or polled_at >= item.end_at or is_refused:
            item.poll_at = None
            self._pending.remove(item)
            return
        next_at = item.started_at + self._source.next_poll_s(polled_at - item.started_at)
        if error is not None:
            next_at = max(next_at, self._clock.monotonic() + error.retry_after_s)
        item.poll_at = min(max(next_at, item.accepted_at), item.end_at)


def _attempt(call: Callable[[], Any]) -> Any | CallError:
    """Return what a call returns, or the error that it raised."""
    try:
        return call()
    except CallError as error:
        return error
    except Exception as error:  # a thread must always come back
        return InternalError(error)
