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
"""Following what Twilio took until it is final: many at once by pages of the log, a few each by its SID."""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from twilio_api.client import TwilioClient
from twilio_api.creation import Standing, create_once
from twilio_api.errors import CallError, Cancelled, OutcomeUnknown, ResponseTooLong
from twilio_api.log_pages import log_url
from twilio_api.message_log import MessageLog
from twilio_api.messages import KIND, Draft, Message, fetch_message, parse_message, parse_rows
from twilio_api.person import person_of
from twilio_consts import DELIVERY_BUDGET_S, MAX_PAGE_SIZE, REQUEST_DEADLINE_S


_T = TypeVar("_T")

POLL_MIN_GAP_S = 0.28  # between two polls of one message, start to start
POLL_GAP_SHARE = 0.2  # of the message's age: the gap to the next poll
POLL_LEAD_S = 0.02  # taken off that gap, for a machine that is late
LONG_WAIT_FROM_S = 20.0  # from here on, polls are spread wider, to stay within 25 requests a message
LONG_WAIT_SHARE = 1 / 3
MAX_QUEUE_S = 1800.0  # for which a message is followed while its queue at Twilio moves
_MAX_GAP_S = 15.0  # between two polls of a message, which may have waited in that queue for minutes

_PAGE_FROM = 3  # things; with fewer, each is read by its SID
_PAGE_MARGIN = 20  # rows more than the things of this run, for other traffic
_MIN_PAGE_SIZE = 10
_MISSES = 2  # pages that do not show a thing before it is read by its SID
_PATIENCE_WHILE_CREATING_S = 0.4  # of a page, which more things can share then
_SLOW_PAGE_S = 2.0  # after which a page is slow, if a thing can be read by its SID meanwhile
REFUSALS_APART_S = 1.0  # from the first to the last in a row that end the following: a single one may be a stray
_WITHOUT_PAGES_S = 10.0  # for which all are read by their SID, where that works and pages do not


@dataclass(eq=False)
class Delivery:
    """A message that Twilio took, on its way to a recipient.

    `message` is what a poll showed last, and is kept whatever goes wrong; `last_error` is why the last poll failed,
    None where it succeeded, and Cancelled where the run was. `is_followed` is false once it is final, its time is over,
    the run was cancelled, or Twilio refuses to show it. Times are seconds of the event loop: `started_at` when its
    create call left, `accepted_at` when Twilio had accepted it, `let_go_at` when it was first seen to have left Twilio,
    `waited_s` how long it was followed.
    """

    message: Message
    recipient: str
    started_at: float
    accepted_at: float
    let_go_at: float = -math.inf
    waited_s: float = 0.0
    last_error: CallError | None = None
    is_followed: bool = True


@dataclass(eq=False)
class Statuses(Generic[_T]):
    """The status of things at Twilio: each read by its SID, or where several are waited for, all by one page.

    So the cost of following does not grow with their number. A page that fails or is slow is no news of anybody: where
    a thing can be read by its SID meanwhile, all are for a while. `fetch` and `page` read one thing and a page of so
    many rows; they raise CallError.
    """

    client: TwilioClient
    fetch: Callable[[str], Awaitable[_T]]
    page: Callable[[int], Awaitable[dict[str, _T]]]
    followed: int = 0  # things of this run, final ones too, all of which a page has to reach behind
    creating: int = 0  # that are not created yet
    read_at: dict[str, float] = field(default_factory=dict)  # when the last request left that asked for it (loop time)
    _waiting: dict[str, asyncio.Future[_T]] = field(default_factory=dict)  # for the next page
    _reading: asyncio.Task[None] | None = None  # of the last page
    _answers: set[asyncio.Task[None]] = field(default_factory=set)  # under way, each by a SID that a page did not show
    _misses: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    _by_sid_until: float = -math.inf
    _most_rows: int = MAX_PAGE_SIZE
    _least_rows: int = 0  # while other traffic pushes things of this run off a shorter page

    async def of(self, sid: str, due_at: float) -> _T:
        """Return how a thing stands. Raises CallError.

        It is read at `due_at` (seconds of the event loop), or before, together with another thing that is due.
        """
        client = self.client
        if self._misses[sid] >= _MISSES:
            if not await client.pause(due_at - client.now):
                raise Cancelled
            return await self._read(sid)
        found: asyncio.Future[_T] = client.loop.create_future()
        self._waiting[sid] = found  # as long as it stands there, no page was asked for it
        try:
            # Until it is due, or the page of one that was due before shows it
            either: set[asyncio.Future[Any]] = {found, client.cancelled}
            await asyncio.wait(either, timeout=max(due_at - client.now, 0.0), return_when=asyncio.FIRST_COMPLETED)
            # A page takes its connection from a create call: it comes a little later, for what was created by then, too
            if self.creating and len(self._waiting) + self.creating >= _PAGE_FROM:
                await asyncio.wait(either, timeout=_PATIENCE_WHILE_CREATING_S, return_when=asyncio.FIRST_COMPLETED)
            # One page at a time: behind one that was asked for before this thing was due
            if self._reading is not None and self._waiting.get(sid) is found:
                await asyncio.wait({*either, self._reading}, return_when=asyncio.FIRST_COMPLETED)
            if client.cancelled.done():
                raise Cancelled
            if self._waiting.get(sid) is found:  # it is the first that is due: it reads for all that wait
                if len(self._waiting) < _PAGE_FROM or client.now < self._by_sid_until:
                    return await self._read(sid)
                waiting, self._waiting = self._waiting, {}
                self._reading = client.loop.create_task(self._answer_by_page(waiting))
            return await found
        finally:
            found.cancel()
            if self._waiting.get(sid) is found:
                del self._waiting[sid]

    async def _read(self, sid: str) -> _T:
        self.read_at[sid] = self.client.now
        return await self.fetch(sid)

    async def _answer_by_page(self, asked: dict[str, asyncio.Future[_T]]) -> None:
        self.read_at.update(dict.fromkeys(asked, self.client.now))
        size = min(max(self.followed + _PAGE_MARGIN, self._least_rows), self._most_rows)
        page = asyncio.ensure_future(self.page(size))
        await asyncio.wait({page}, timeout=_SLOW_PAGE_S)
        while page.done() and isinstance(page.exception(), ResponseTooLong) and size > _MIN_PAGE_SIZE:
            size = self._most_rows = max(size // 2, _MIN_PAGE_SIZE)
            page = asyncio.ensure_future(self.page(size))
            await asyncio.wait({page}, timeout=_SLOW_PAGE_S)
        if not _has_succeeded(page):
            # Is it the pages alone? What succeeds first says so: the page, or one message by its SID.
            probe = asyncio.ensure_future(self.fetch(next(iter(asked))))
            await _first_success(page, probe)
            if not _has_succeeded(page) and _has_succeeded(probe):
                self._by_sid_until = self.client.now + _WITHOUT_PAGES_S
                page.cancel()
                self._answer_each(asked)
                return
            probe.cancel()
        error = page.exception()
        if error is not None:
            for found in asked.values():
                _settle(found, error=error)
            return
        rows = page.result()
        is_too_short = size < self._most_rows and len(rows) >= size and not asked.keys() <= rows.keys()
        if is_too_short:
            self._least_rows = size * 2
        for sid in [sid for sid in asked if sid in rows]:
            self._misses[sid] = 0
            _settle(asked.pop(sid), rows[sid])
        for sid in () if is_too_short else asked:
            self._misses[sid] += 1
        self._answer_each(asked)

    def _answer_each(self, asked: dict[str, asyncio.Future[_T]]) -> None:
        for sid, found in asked.items():
            answer = self.client.loop.create_task(self._answer(sid, found))
            self._answers.add(answer)
            answer.add_done_callback(self._answers.discard)

    async def _answer(self, sid: str, found: asyncio.Future[_T]) -> None:
        try:
            _settle(found, await self._read(sid))
        except CallError as error:
            _settle(found, error=error)


@dataclass(eq=False)
class Deliveries:
    """Sends the messages of a run, each once, and follows each until it is final or its time is over.

    The time is DELIVERY_BUDGET_S, and it begins when Twilio lets go of the message: one number sends about one segment
    a second. A message that still stands in Twilio's queue is waited for as long as the queue moves, that is, some
    message of this run left it within that time; MAX_QUEUE_S at the most.

    No failed poll ends the following: the schedule is its repetition. It ends early only where all responses in a row,
    from the first to the last at least a second, say that these credentials may not read. The last poll is made by SID.
    """

    client: TwilioClient
    _followed: list[Delivery] = field(default_factory=list)
    _queue_moved_at: float = -math.inf
    _turns: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    def __post_init__(self) -> None:
        self.log = MessageLog(self.client)
        self.statuses = Statuses(self.client, partial(fetch_message, self.client), self._page)

    @property
    def at_twilio(self) -> int:
        """How many of the messages that are followed stand in Twilio's queue."""
        return sum(delivery.message.is_at_twilio and delivery.is_followed for delivery in self._followed)

    async def send(self, draft: Draft, standing: Standing) -> Delivery:
        """Send a message once, and return it as Twilio took it. Raises NotSent, Refused or OutcomeUnknown.

        The log may show no more of a message of one's own than to whom it goes, and not even on which channel, so no
        two to the same person are under way at once.
        """
        url, find = log_url(self.client), partial(self.log.find, draft)
        self.statuses.creating += 1
        try:
            async with self._turns[person_of(draft.recipient)]:
                created = await create_once(
                    self.client, url, draft.form(), kind=KIND, parse=parse_message, find=find, standing=standing
                )
            return Delivery(created.resource, draft.recipient, created.left_at, self.client.now)
        except OutcomeUnknown:
            self.log.note_unresolved(draft.recipient)
            raise
        finally:
            self.statuses.creating -= 1

    async def follow(self, delivery: Delivery) -> AsyncIterator[Delivery]:
        """Yield the delivery after each poll, and at once where the run is cancelled, which ends it."""
        client, sid = self.client, delivery.message.sid
        refused_at: float | None = None
        self.statuses.followed += 1
        self._followed.append(delivery)
        delivery.is_followed = not delivery.message.is_final
        while delivery.is_followed:
            read_at = self.statuses.read_at.get(sid, delivery.started_at)  # perhaps by the page of another message
            next_at = read_at + next_gap_s(read_at - delivery.started_at)
            is_last = next_at >= self._end_at(delivery)
            try:
                if is_last:
                    await self._read_last(delivery)
                else:
                    self._note(delivery, await self.statuses.of(sid, next_at))
            except CallError as error:
                delivery.last_error = error
            delivery.waited_s = client.now - delivery.accepted_at
            refused_at = refused_since(refused_at, delivery.last_error, client.now)
            is_refused = refused_at is not None and client.now - refused_at >= REFUSALS_APART_S
            # Its queue may have moved during the last poll, which gives it more time
            is_time_over = is_last and client.now >= self._end_at(delivery)
            is_cancelled = isinstance(delivery.last_error, Cancelled)
            delivery.is_followed = not (delivery.message.is_final or is_refused or is_time_over or is_cancelled)
            yield delivery

    async def _read_last(self, delivery: Delivery) -> None:
        """Read the message when its time is over, by its SID and within the time of one call. Raises CallError.

        Before one of several that stand in Twilio's queue is given up, a page shows whether the queue moved meanwhile,
        unless reads fail. If it did, the time is not over.
        """
        client, sid = self.client, delivery.message.sid
        if not await client.pause(self._end_at(delivery) - client.now):
            raise Cancelled
        if delivery.message.is_at_twilio and delivery.last_error is None and self.at_twilio >= _PAGE_FROM:
            with suppress(CallError):
                self._note(delivery, await client.within(_SLOW_PAGE_S, self.statuses.of(sid, client.now)))
        if not delivery.message.is_final and client.now >= self._end_at(delivery):
            self._note(delivery, await client.within(REQUEST_DEADLINE_S, fetch_message(client, sid)))

    async def _page(self, size: int) -> dict[str, Message]:
        page = await self.log.page(PageSize=str(size))
        return {message.sid: message for message in parse_rows(page.rows)}

    def _note(self, delivery: Delivery, message: Message) -> None:
        if delivery.message.is_at_twilio and not message.is_at_twilio:
            delivery.let_go_at = self._queue_moved_at = self.client.now
        delivery.message, delivery.last_error = message, None

    def _end_at(self, delivery: Delivery) -> float:
        """When a message is polled for the last time."""
        if not delivery.message.is_at_twilio:
            return max(delivery.accepted_at, delivery.let_go_at) + DELIVERY_BUDGET_S
        moved_at = max(delivery.accepted_at, self._queue_moved_at)
        return min(moved_at + DELIVERY_BUDGET_S, delivery.accepted_at + MAX_QUEUE_S)


def refused_since(since: float | None, error: CallError | None, polled_at: float) -> float | None:
    """Return since when each response says that these credentials may not read, given how the last poll ended.

    None where the last one did not say so. All times are seconds of the event loop.
    """
    if error is not None and error.is_unauthorized:
        return polled_at if since is None else since
    return None


def next_gap_s(age_s: float) -> float:
    """Return the gap from one poll of a message of this age to the next, start to start, in seconds.

    A delivery is noticed within a fifth of the time it took (0.3 s for the fast ones) up to 20 s, and within a third
    beyond, since 25 requests are all that one message may cost in its minute.
    """
    share = POLL_GAP_SHARE if age_s < LONG_WAIT_FROM_S else LONG_WAIT_SHARE
    return min(max(POLL_MIN_GAP_S, share * age_s - POLL_LEAD_S), _MAX_GAP_S)


def _has_succeeded(task: asyncio.Future[Any]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


async def _first_success(*tasks: asyncio.Future[Any]) -> None:
    """Wait until one of these succeeds, or all have failed."""
    pending = {task for task in tasks if not task.done()}
    while pending and not any(map(_has_succeeded, tasks)):
        _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)


def _settle(future: asyncio.Future[_T], value: Any = None, *, error: BaseException | None = None) -> None:
    if future.done():  # its story was cancelled meanwhile
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(value)
