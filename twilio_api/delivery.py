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
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, Generic, TypeVar

from twilio_api.client import TwilioClient
from twilio_api.errors import ApiError, CallError, Cancelled, NoResponse, ResponseTooLong
from twilio_api.message_log import MessageLog
from twilio_api.messages import Message, fetch_message, parse_rows
from twilio_consts import (
    DELIVERY_BUDGET_S,
    LONG_WAIT_FROM_S,
    LONG_WAIT_SHARE,
    POLL_GAP_SHARE,
    POLL_LEAD_S,
    POLL_MIN_GAP_S,
    REQUEST_DEADLINE_S,
)


_T = TypeVar("_T")

MAX_QUEUE_S = 1800.0  # for which a message is followed while its queue at Twilio moves
_HELD_S = 5.0  # in Twilio's queue, after which a message that left it is young again

_PAGE_FROM = 3  # messages; with fewer, each is read by its SID
_PAGE_MARGIN = 20  # rows more than the messages of this run, for other traffic
_MAX_PAGE_SIZE, _MIN_PAGE_SIZE = 1000, 10
_MISSES = 2  # pages that do not show a message before it is read by its SID
_PATIENCE_SHARE, _MAX_PATIENCE_S = 1 / 12, 5.0  # of the message's age: how long it waits for others to share a page
_MIN_PATIENCE_S, _PATIENCE_WHILE_CREATING_S = 0.05, 0.4  # each page costs a create call its connection
_SLOW_PAGE_S = 2.0  # after which a page is slow, if a message can be read by its SID meanwhile
REFUSALS_APART_S = 1.0  # between two in a row that end the following: a single one may be a stray
_WITHOUT_PAGES_S = 10.0  # for which all are read by their SID, where that works and pages do not


class Delivery:
    """A message that Twilio took, on its way to a recipient.

    `message` is what a poll showed last, and is kept whatever goes wrong; `last_error` is why the last poll failed,
    None where it succeeded. Times are seconds of the event loop: `started_at` when its creation began, `accepted_at`
    when Twilio had accepted it, `waited_s` how long it was followed.
    """

    def __init__(self, message: Message, recipient: str, *, started_at: float, accepted_at: float) -> None:
        self.message = message
        self.recipient = recipient
        self.started_at = started_at
        self.accepted_at = accepted_at
        self.let_go_at = accepted_at  # when it was first seen to have left Twilio
        self.waited_s = 0.0
        self.is_time_over = False
        self.last_error: CallError | None = None

    @property
    def is_done(self) -> bool:
        """Whether it is not followed any more: it is final, or its time is over."""
        return self.message.is_final or self.is_time_over


class Statuses(Generic[_T]):
    """The status of things at Twilio: each read by its SID, or where several are asked for, all by one page.

    So the cost of following does not grow with their number. A page that fails or is slow is no news of anybody: where
    a message can be read by its SID meanwhile, all are for a while.
    """

    def __init__(
        self,
        client: TwilioClient,
        fetch: Callable[[str], Awaitable[_T]],
        page: Callable[[int], Awaitable[dict[str, _T]]],
    ) -> None:
        self.followed = 0  # things of this run, all of which a page may have to show
        self.creating = 0  # that are not created yet
        self.read_at: dict[str, float] = {}  # when the last request left that asked for it, in seconds of the loop
        self._client = client
        self._fetch = fetch
        self._page = page
        self._asked: dict[str, asyncio.Future[_T]] = {}
        self._misses: defaultdict[str, int] = defaultdict(int)
        self._server: asyncio.Task[None] | None = None
        self._answers: set[asyncio.Future[None]] = set()  # under way, each by a SID
        self._serve_at = float("inf")
        self._by_sid_until = float("-inf")
        self._most_rows = _MAX_PAGE_SIZE
        self._least_rows = 0  # while other traffic pushes messages of this run off a shorter page

    @property
    def by_page(self) -> bool:
        """Whether pages are worth reading."""
        return self.followed + self.creating >= _PAGE_FROM and self._client.now >= self._by_sid_until

    def is_shared(self, sid: str) -> bool:
        """Whether a page answers for a thing: pages have shown it so far."""
        return self.by_page and self._misses[sid] < _MISSES

    async def of(self, sid: str, age_s: float, due_at: float = float("inf")) -> _T:
        """Return how a thing of this age (seconds) stands. Raises CallError.

        The request leaves a twelfth of that age from now at the latest, so that others can share it, and at `due_at`.
        """
        loop = asyncio.get_running_loop()
        if not self.is_shared(sid):
            self.read_at[sid] = loop.time()
            return await self._fetch(sid)
        least = _PATIENCE_WHILE_CREATING_S if self.creating else _MIN_PATIENCE_S
        patience = max(least, min(age_s * _PATIENCE_SHARE, _MAX_PATIENCE_S, due_at - loop.time()))
        self._serve_at = min(self._serve_at, loop.time() + patience)
        found: asyncio.Future[_T] = loop.create_future()
        self._asked[sid] = found
        if self._server is None:
            self._server = loop.create_task(self._serve())
        return await found

    async def _serve(self) -> None:
        """Answer all who ask, some at a time, until nobody does."""
        while self._asked:
            while self._client.now < self._serve_at and await self._client.pause(self._serve_at - self._client.now):
                pass
            asked, self._asked, self._serve_at = self._asked, {}, float("inf")
            self.read_at.update(dict.fromkeys(asked, self._client.now))
            if self.by_page and len(asked) >= _PAGE_FROM:
                await self._answer_by_page(asked)
            else:
                self._answer_each(asked)
        self._server = None

    async def _answer_by_page(self, asked: dict[str, asyncio.Future[_T]]) -> None:
        size = min(max(self.followed + _PAGE_MARGIN, self._least_rows), self._most_rows)
        page = asyncio.ensure_future(self._page(size))
        await asyncio.wait({page}, timeout=_SLOW_PAGE_S)
        while page.done() and isinstance(page.exception(), ResponseTooLong) and size > _MIN_PAGE_SIZE:
            size = self._most_rows = max(size // 2, _MIN_PAGE_SIZE)
            page = asyncio.ensure_future(self._page(size))
            await asyncio.wait({page}, timeout=_SLOW_PAGE_S)
        if not _has_succeeded(page):
            # Is it the pages alone? What succeeds first says so: the page, or one message by its SID.
            probe = asyncio.ensure_future(self._fetch(next(iter(asked))))
            await _first_success(page, probe)
            if not _has_succeeded(page) and _has_succeeded(probe):
                self._by_sid_until = self._client.now + _WITHOUT_PAGES_S
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
        for sid in asked:
            self._misses[sid] += not is_too_short
        self._answer_each(asked)

    def _answer_each(self, asked: dict[str, asyncio.Future[_T]]) -> None:
        for sid, found in asked.items():
            answer = asyncio.ensure_future(self._answer(sid, found))
            self._answers.add(answer)
            answer.add_done_callback(self._answers.discard)

    async def _answer(self, sid: str, found: asyncio.Future[_T]) -> None:
        try:
            _settle(found, await self._fetch(sid))
        except CallError as error:
            _settle(found, error=error)


class Deliveries:
    """Follows the messages of a run, each until it is final or its time is over.

    The time is DELIVERY_BUDGET_S, and it begins when Twilio lets go of the message: one number sends about one segment
    a second. A message that still stands in Twilio's queue is waited for as long as the queue moves, that is, some
    message of this run left it within that time; MAX_QUEUE_S at the most.

    No failed poll ends the following: the schedule is its repetition. Only two responses in a row, at least a second
    apart, that say that these credentials may not read end it early. The last poll is made by SID.
    """

    def __init__(self, client: TwilioClient, log: MessageLog) -> None:
        self.statuses = Statuses(client, partial(fetch_message, client), self._page)
        self.at_twilio = 0  # messages that stand in Twilio's queue
        self._client = client
        self._log = log
        self._queue_moved_at = float("-inf")

    async def follow(self, delivery: Delivery) -> AsyncIterator[Delivery]:
        """Yield the delivery after each poll; it ends early where the run is cancelled."""
        client = self._client
        sid = delivery.message.sid
        refused_at: float | None = None
        self.statuses.followed += 1
        self.at_twilio += delivery.message.is_at_twilio
        try:
            while not delivery.is_done:
                read_at = self.statuses.read_at.get(sid, delivery.started_at)
                next_at = read_at + self._gap_s(delivery, read_at)
                if not await client.pause(min(next_at, self._end_at(delivery)) - client.now):
                    return
                polled_at = client.now
                try:
                    await self._poll(delivery, polled_at)
                except Cancelled:
                    return
                except CallError as error:
                    delivery.last_error = error
                delivery.waited_s = client.now - delivery.accepted_at
                refused_at = refused_since(refused_at, delivery.last_error, polled_at)
                is_refused = refused_at is not None and polled_at - refused_at >= REFUSALS_APART_S
                delivery.is_time_over = polled_at >= self._end_at(delivery) or is_refused
                yield delivery
        finally:
            self.at_twilio -= delivery.message.is_at_twilio

    async def _poll(self, delivery: Delivery, polled_at: float) -> None:
        """Read the message. The last time by its SID, and then it must come within the time of one call. CallError.

        Before a message that stands in Twilio's queue is given up, a page shows whether the queue moved meanwhile,
        unless reads fail.
        """
        sid = delivery.message.sid
        if polled_at < self._end_at(delivery):
            age_s, read_at = polled_at - delivery.started_at, self.statuses.read_at.get(sid, polled_at)
            due_at = read_at + next_gap_s(read_at - delivery.started_at)
            self._note(delivery, await self.statuses.of(sid, age_s, due_at))
            return
        if delivery.message.is_at_twilio and delivery.last_error is None and self.statuses.is_shared(sid):
            with suppress(CallError):
                self._note(delivery, await within_one_call(self._client, self.statuses.of(sid, 0.0), _SLOW_PAGE_S))
        if not delivery.message.is_final and polled_at >= self._end_at(delivery):
            self._note(delivery, await within_one_call(self._client, fetch_message(self._client, sid)))

    async def _page(self, size: int) -> dict[str, Message]:
        page = await self._log.page(PageSize=str(size))
        return {message.sid: message for message in parse_rows(page.rows)}

    def _note(self, delivery: Delivery, message: Message) -> None:
        has_left = delivery.message.is_at_twilio and not message.is_at_twilio
        self.at_twilio += message.is_at_twilio - delivery.message.is_at_twilio
        delivery.message, delivery.last_error = message, None
        if has_left:
            delivery.let_go_at = self._queue_moved_at = self._client.now

    def _gap_s(self, delivery: Delivery, read_at: float) -> float:
        """Return the time from one poll to the next, start to start.

        A delivery is noticed within a fifth of the time it took (0.3 s for the fast ones) up to 20 s, and within a
        third beyond, since 25 requests are all that one message may cost in its minute.
        """
        since = delivery.started_at
        if delivery.message.is_at_twilio:
            since = max(since, self._queue_moved_at)
        elif delivery.let_go_at - since > _HELD_S:
            since = delivery.let_go_at
        return next_gap_s(read_at - since, shared=self.statuses.is_shared(delivery.message.sid))

    def _end_at(self, delivery: Delivery) -> float:
        """When a message is polled for the last time."""
        if not delivery.message.is_at_twilio:
            return delivery.let_go_at + DELIVERY_BUDGET_S
        moved_at = max(delivery.accepted_at, self._queue_moved_at)
        return min(moved_at + DELIVERY_BUDGET_S, delivery.accepted_at + MAX_QUEUE_S)


def refused_since(since: float | None, error: CallError | None, polled_at: float) -> float | None:
    """Return since when each response says that these credentials may not read, given how the last poll ended.

    None where the last one did not say so. All times are seconds of the event loop.
    """
    if isinstance(error, ApiError) and error.is_unauthorized:
        return polled_at if since is None else since
    return None


async def within_one_call(
    client: TwilioClient, poll: Coroutine[Any, Any, _T], seconds: float = REQUEST_DEADLINE_S
) -> _T:
    """Await the last poll, which must come within the time of one call: the end of the run comes first. CallError."""
    task = asyncio.ensure_future(poll)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
    if not task.done():
        raise NoResponse(client.host, f"too many calls were under way for {seconds:g} seconds")
    return task.result()


def next_gap_s(age_s: float, *, shared: bool = False) -> float:
    """Return the gap to the next poll of a message of this age, in seconds.

    With `shared`, the poll waits for others to share a page, for which time is left.
    """
    share = POLL_GAP_SHARE if age_s < LONG_WAIT_FROM_S else LONG_WAIT_SHARE
    if not shared:
        return max(POLL_MIN_GAP_S, share * age_s - POLL_LEAD_S)
    patience = max(_MIN_PATIENCE_S, min(age_s * _PATIENCE_SHARE, _MAX_PATIENCE_S))
    return max(POLL_MIN_GAP_S, share * age_s - POLL_LEAD_S) - patience


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
