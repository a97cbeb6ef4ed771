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
"""What Twilio's log shows of the people who are asked, read in bounded polls until all of it is known.

One poll serves all who wait. It costs at most one page of the account's log, and two pages for each person concerned:

- Up to FEW_PEOPLE are read for themselves. For more, the head of the account's log is the bell: while it reaches back
  to the last poll, those who wrote are read, else all are, also while it is left alone.
- What a person wrote is read back to where it is known, over several polls if need be: no traffic hides a text.
- What the account sent a person, and what the person wrote from other addresses, decides what a text answers, so it
  is read after each text; the first also every STATUS_GAP_S while it is not known what became of the question.

What a text means is certain SETTLE_S after its second is over: the log may show another message late. What was read
once is not forgotten, should it be redacted or deleted later.
"""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from twilio_api.choice import draw_number
from twilio_api.client import TwilioClient
from twilio_api.errors import CallError, Cancelled, ResponseTooLong
from twilio_api.log_pages import LogPage, page_size_for, read_pages
from twilio_api.message_log import LOG_READ_S, MessageLog
from twilio_api.person import addresses_of, person_of
from twilio_api.question import (
    LOG_WINDOW_S,
    QuestionState,
    parse_question,
    read_states,
    repeated_choices,
    taken_numbers,
)
from twilio_api.sender import Sender
from twilio_api.timestamps import created_at, sent_at
from twilio_consts import (
    DEFAULT_PAGE_SIZE,
    FINAL_STATUSES,
    LOG_MARGIN_S,
    LOG_PAGE_SIZE,
    MAX_PAGE_SIZE,
    OUTAGE_S,
    WHATSAPP_PREFIX,
)


FEW_PEOPLE = 3
PAGES_A_PERSON = 2  # that one poll reads
SETTLE_S = 2.0
STATUS_GAP_S = 45.0
_FIRST_STATUS_S = 2.0  # after a question was sent, where nothing has shown it since
_MIN_GAP_S, _GAP_SHARE = 1.0, 0.1  # between two polls: at least, and of the youngest question's age
_EARLY_S = 0.01  # by which a timer may be early
_NEXT_PAGES_S = 0.3  # before the poll that reads what was too much for the last one
_BELL_MARGIN_S = 10.0  # by which rows of the log may come late and still ring
_BUSY_S = 60.0  # for which the bell is left alone where the log is too busy for it


class _Side:
    """The messages from an address, or to it: read page by page, back to where they are known.

    `known_until` is in seconds since the epoch by the server's clock, `read_at` in seconds of the event loop.
    """

    def __init__(self, **filters: str) -> None:
        self.filters = filters
        self.known_until = -math.inf
        self.read_at = -math.inf
        self._pages: AsyncIterator[LogPage] | None = None
        self._began = 0.0

    @property
    def goes_on(self) -> bool:
        """Whether a reading has not come back yet to where the messages are known."""
        return self._pages is not None

    async def read(self, client: TwilioClient, margin_s: float, page_size: int = DEFAULT_PAGE_SIZE) -> LogPage:
        """Read one page: the next one of a reading that goes on, else the newest. Raises CallError."""
        pages = self._pages or read_pages(client, {**self.filters, "PageSize": str(page_size)}, repeat=False)
        is_first, self._pages, self.read_at = self._pages is None, None, client.now
        page = await pages.__anext__()
        if is_first:
            self._began = client.time() if page.server_time is None else page.server_time
        dates = [date for row in page.rows if (date := sent_at(row)) is not None]
        if page.next_page_uri is None or (dates and dates[-1] < self.known_until - margin_s):
            self.known_until = self._began
        else:
            self._pages = pages
        return page


class _Bell(_Side):
    """The head of the account's log, which tells who has written, while one page reaches back to the last one."""

    def __init__(self) -> None:
        super().__init__()
        self.due_at = -math.inf  # in seconds of the event loop
        self.is_left_alone = False  # until then, since the log is too busy
        self._size = DEFAULT_PAGE_SIZE

    async def ring(self, client: TwilioClient, gap_s: float) -> tuple[list[dict[str, Any]], bool]:
        """Read one page, and say whether it is whole. A log that is too busy for the largest page is left alone."""
        self.due_at, self.is_left_alone = client.now + gap_s, False
        try:
            page = await self.read(client, _BELL_MARGIN_S, self._size)
        except CallError as error:
            if isinstance(error, ResponseTooLong):
                self._size = page_size_for(self._size // 2)
            return [], False
        is_whole, self._pages, self.known_until = not self.goes_on, None, self._began
        if not is_whole:
            self.is_left_alone = self._size == MAX_PAGE_SIZE
            self.due_at += _BUSY_S if self.is_left_alone else 0.0
            self._size = page_size_for(2 * self._size)
        return page.rows, is_whole


class _Person:
    """What the log showed of the texts between the account and one person, and what is still to be read of them."""

    def __init__(self, address: str) -> None:
        self.inbound = {each: _Side(From=each) for each in addresses_of(address)}
        self.outbound = {each: _Side(To=each) for each in addresses_of(address)}
        self.writes_from: list[str] = []  # the addresses that answers are expected from
        self.meeting = asyncio.Lock()  # one reading before a question at a time
        self.rows: dict[str, dict[str, Any]] = {}  # by SID
        self.version = 0  # of the rows
        self.judgement: tuple[Any, dict[str, QuestionState]] = (None, {})  # and what it is one of
        self.drawn: set[int] = set()  # numbers of questions of this run, which the log may not show yet
        self.sending: list[str] = []  # texts of this run that are being created
        # Texts of which it is not known whether they were created, until when the log would show them (event loop)
        self.unresolved: dict[str, float] = {}
        self.error: CallError | None = None  # why the last reading failed
        self.not_before = -math.inf  # in seconds of the event loop: Twilio asked for a pause
        self.rang = True  # whether the person has written since the texts were read

    @property
    def sides(self) -> list[_Side]:
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
                self.version += 1


class Wait:
    """Somebody who waits for the answer to a question until `end_at`, in seconds of the event loop as `began`."""

    def __init__(self, sid: str, person: _Person, began: float, end_at: float) -> None:
        self.sid = sid
        self.person = person
        self.began = began
        self.end_at = end_at
        self.give_up_at = end_at + OUTAGE_S  # where the log cannot be read

    @property
    def row(self) -> dict[str, Any]:
        """The question as Twilio showed it last."""
        return self.person.rows[self.sid]

    @property
    def error(self) -> CallError | None:
        """Why the log could not be read when that failed last; None where it never did."""
        return self.person.error


class Conversations:
    """The texts between the account and the people whom one run asks."""

    def __init__(self, client: TwilioClient, log: MessageLog, max_gap_s: float) -> None:
        self._client = client
        self._log = log
        self._max_gap_s = max_gap_s
        self._people: dict[str, _Person] = {}
        self._waiting: list[Wait] = []
        self._created: set[str] = set()  # SIDs of this run's own messages
        self._hidden: set[str] = set()  # those whose text Twilio showed empty from the beginning
        self._shown: set[str] = set()  # those whose text it showed
        self._service_rows: dict[tuple[Any, Any], dict[str, Any]] = {}  # one of each number of each service
        self._bell = _Bell()
        self._server_ahead_s = -math.inf  # the server's clock minus the event loop's, at least
        self._reader: asyncio.Task[None] | None = None
        self._polled: asyncio.Future[None] | None = None  # done after the next poll
        self._sooner: asyncio.Future[None] | None = None  # done where somebody waits who did not before

    # --- asking

    async def meet(self, address: str, sender: Sender) -> None:
        """Read what was sent to a person lately, before a question is drawn up. Raises ReadFailed."""
        person = self._people.setdefault(person_of(address), _Person(address))
        async with person.meeting:
            person.writes_from += [each for each in _reply_addresses(address, sender) if each not in person.writes_from]
            is_new = any(side.known_until == -math.inf for side in person.inbound.values())
            await self._catch_up(person, person.outbound.values())
            if is_new and any(map(parse_question, person.rows.values())):
                await self._catch_up(person, person.inbound.values())
            elif is_new:  # no earlier text answers anything
                for side in person.inbound.values():
                    side.known_until = min(each.known_until for each in person.outbound.values())

    async def _catch_up(self, person: _Person, sides: Iterable[_Side]) -> None:
        async def read(side: _Side) -> None:
            if side.known_until == -math.inf:
                found = await self._log.rows_of_last(LOG_WINDOW_S, PageSize=str(LOG_PAGE_SIZE), **side.filters)
            else:
                found = await self._log.rows_since(side.known_until - LOG_MARGIN_S, repeat=True, **side.filters)
            for row in found.rows:
                self.note(row)
            side.known_until, side.read_at = found.server_time, self._client.now
            self._note_server_time(found.server_time)

        await asyncio.gather(*map(read, sides))

    def draw_number(self, address: str, text: str) -> int | None:
        """Draw the number of a question to a person whom this run met; None where none is free."""
        person = self._people[person_of(address)]
        taken = (
            taken_numbers(person.rows.values(), person_of(address), self._client.now + self._server_ahead_s)
            | person.drawn
        )
        number = draw_number(text, taken, secrets.choice)
        person.drawn |= set() if number is None else {number}
        return number

    @contextmanager
    def sending_to(self, address: str, text: str) -> Iterator[None]:
        """Mark that a text of this run is being created: until it is noted, a word may mean that one."""
        person = self._people.setdefault(person_of(address), _Person(address))
        person.sending.append(text)
        try:
            yield
        finally:
            person.sending.remove(text)

    def note_unresolved(self, address: str, text: str) -> None:
        """Note that nobody knows whether a text was created: the log shows it soon, or never."""
        self._people[person_of(address)].unresolved[text] = self._client.now + LOG_MARGIN_S

    def note_created(self, row: dict[str, Any], text: str) -> None:
        """Note a message of this run as the response to its creation shows it, and the text that was sent."""
        self._created.add(str(row.get("sid")))
        self._people[person_of(row.get("to"))].note({**row, "body": row.get("body") or text})

    def note(self, row: dict[str, Any]) -> None:
        """Take a message of one of the people, as Twilio shows it now."""
        is_text = row.get("direction") == "inbound"
        person = self._people.get(person_of(row.get("from" if is_text else "to")))
        sid = str(row.get("sid"))
        if sid in self._created and sid not in self._shown | self._hidden:
            (self._shown if row.get("body") else self._hidden).add(sid)
        if person is not None:
            person.note(row)
        if row.get("messaging_service_sid") and not is_text and row.get("from"):
            self._service_rows[row["messaging_service_sid"], row["from"]] = row

    # --- waiting

    @contextmanager
    def waiting_for(self, row: dict[str, Any], began: float, end_at: float) -> Iterator[Wait]:
        """Let a question be waited for, which was asked at `began`, until `end_at`."""
        wait = Wait(str(row["sid"]), self._people[person_of(row.get("to"))], began, end_at)
        self._waiting.append(wait)
        self._hurry()
        try:
            yield wait
        finally:
            self._waiting.remove(wait)

    def end(self, wait: Wait) -> None:
        """Let a wait end as soon as all is known that came until now."""
        wait.end_at = min(wait.end_at, self._client.now)
        wait.give_up_at = wait.end_at + OUTAGE_S
        self._hurry()

    def _hurry(self) -> None:
        """Let the next poll be planned anew."""
        if self._sooner is not None and not self._sooner.done():
            self._sooner.set_result(None)

    async def next_poll(self, wait: Wait) -> None:
        """Return after the next poll; where none ends, when it is not worth waiting any more. Raises Cancelled."""
        loop = asyncio.get_running_loop()
        self._polled = self._polled or loop.create_future()
        if self._reader is None or self._reader.done():
            self._reader = loop.create_task(self._keep_reading())
        await asyncio.wait({self._polled}, timeout=max(wait.give_up_at - self._client.now, 0.0))
        if self._client.is_cancelled:
            raise Cancelled

    def state(self, wait: Wait) -> QuestionState | None:
        """Return what is certain of a question; None where its text cannot be read."""
        person, now = wait.person, self._client.now
        state = self._judged(person).get(wait.sid)
        if state is None or (state.answer is not None and state.answer.answered_with == "code"):
            return state
        sent = [*person.sending, *(text for text, until in person.unresolved.items() if now < until)]
        if all(repeated_choices(text) == state.question.choices for text in sent):
            return state
        return state._replace(answer=None, unanswered=None)

    def _judged(self, person: _Person) -> dict[str, QuestionState]:
        """Return what is certain of the questions to a person; judged anew where there is something new."""
        about = (person.version, len(self._service_rows), len(person.uncertain_texts()))
        if person.judgement[0] != about:
            rows = [*person.rows.values(), *self._service_rows.values()]
            person.judgement = about, read_states(rows, until=person.certain_until)
        return person.judgement[1]

    def is_hidden(self, wait: Wait) -> bool:
        """Whether the account redacts its texts: Twilio never showed the one of the question."""
        return wait.sid in self._hidden

    def is_over(self, wait: Wait) -> bool:
        """Whether the time of a wait is over, and all is certain that came in it, or cannot be read."""
        now = self._client.now
        return now >= wait.give_up_at or (now >= wait.end_at and self.is_known(wait))

    def is_known(self, wait: Wait) -> bool:
        """Whether all is certain that came in the time of a wait."""
        goals = [*self._end_goals(wait), *self._text_goals(wait.person)]
        return all(side.known_until >= goal for side, goal in goals)

    # --- polls

    async def _keep_reading(self) -> None:
        """Poll while anybody waits, and tell all who do after each poll."""
        loop = asyncio.get_running_loop()
        while self._waiting and not self._client.is_cancelled:
            self._sooner = loop.create_future()
            pause_s = max(self._next_poll_at() - self._client.now, _EARLY_S)
            pause = loop.create_task(self._client.pause(pause_s))
            either: set[asyncio.Future[Any]] = {pause, self._sooner}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self._sooner.done():
                pause.cancel()
                continue
            await self._poll()
            self._tell()
        self._tell()

    def _tell(self) -> None:
        polled, self._polled = self._polled, None
        if polled is not None:
            polled.set_result(None)

    async def _poll(self) -> None:
        people = self._people_waited_for()
        if len(people) > FEW_PEOPLE and self._client.now >= self._bell.due_at - _EARLY_S:
            rows, is_whole = await self._bell.ring(self._client, self._gap_s)
            for row in rows:
                self._note_ring(row)
            for person in people:
                person.rang = person.rang or not is_whole
        await asyncio.gather(*(self._read(person, waits) for person, waits in people.items()))

    async def _read(self, person: _Person, waits: list[Wait]) -> None:
        """Read what is due of one person."""
        began, read = self._client.now, set[_Side]()
        try:
            for due_at, side in sorted(self._dues(person, waits), key=lambda due: due[0]):
                if due_at > began + _EARLY_S or len(read) == PAGES_A_PERSON:
                    break
                if side not in read:
                    read.add(side)
                    page = await side.read(self._client, LOG_MARGIN_S)
                    self._note_server_time(page.server_time)
                    for row in page.rows:
                        self.note(row)
        except CallError as error:
            person.error, person.not_before = error, self._client.now + error.retry_after_s
            return
        if all(person.inbound[each].read_at >= began for each in person.writes_from):
            person.rang = False

    def _dues(self, person: _Person, waits: list[Wait]) -> Iterator[tuple[float, _Side]]:
        """Which sides of a person are to be read, each with the time of the event loop from which on."""
        is_without_bell = len({wait.person for wait in self._waiting}) <= FEW_PEOPLE or self._bell.is_left_alone
        for address in person.writes_from:
            side = person.inbound[address]
            if is_without_bell or person.rang:
                yield max(side.read_at + (self._gap_s if is_without_bell else _MIN_GAP_S), person.not_before), side
        for side in person.sides:
            if side.goes_on:
                yield max(side.read_at + _NEXT_PAGES_S, person.not_before), side
        goals = [*self._text_goals(person), *(goal for wait in waits for goal in self._wait_goals(wait))]
        for side, goal in goals:
            if side.known_until < goal:
                yield max(goal - self._server_ahead_s, side.read_at + _MIN_GAP_S, person.not_before), side

    def _text_goals(self, person: _Person) -> Iterator[tuple[_Side, float]]:
        """Until when the sides should be known for the texts that are not certain yet."""
        for at in person.uncertain_texts():
            yield from ((side, at + 1.0 + LOG_READ_S + SETTLE_S) for side in person.sides)

    def _wait_goals(self, wait: Wait) -> Iterator[tuple[_Side, float]]:
        """Until when they should be known at the end, and for the status of the question."""
        yield from self._end_goals(wait)
        if str(wait.row.get("status")) not in FINAL_STATUSES:
            side = wait.person.outbound[str(wait.row.get("to"))]
            yield side, side.known_until + STATUS_GAP_S
            if wait.sid not in self._shown:
                yield side, wait.began + self._server_ahead_s + _FIRST_STATUS_S

    def _end_goals(self, wait: Wait) -> Iterator[tuple[_Side, float]]:
        end_at = math.floor(wait.end_at + self._server_ahead_s) + 1.0 + LOG_READ_S
        yield from ((side, end_at) for side in wait.person.inbound.values())
        if str(wait.row.get("status")) not in FINAL_STATUSES:
            yield wait.person.outbound[str(wait.row.get("to"))], end_at

    def _next_poll_at(self) -> float:
        people = self._people_waited_for()
        dues = [due_at for person, waits in people.items() for due_at, _ in self._dues(person, waits)]
        return min([*dues, self._bell.due_at] if len(people) > FEW_PEOPLE else dues)

    @property
    def _gap_s(self) -> float:
        now = self._client.now
        age = now - max((wait.began for wait in self._waiting), default=now)  # all may have ended during a poll
        return max(min(_GAP_SHARE * age, self._max_gap_s), _MIN_GAP_S)

    def _people_waited_for(self) -> dict[_Person, list[Wait]]:
        people: dict[_Person, list[Wait]] = {}
        for wait in self._waiting:
            people.setdefault(wait.person, []).append(wait)
        return people

    def _note_server_time(self, time: float | None) -> None:
        """Take the date of a page, which comes the later, the slower its response is."""
        if time is not None:
            self._server_ahead_s = max(self._server_ahead_s, time - self._client.now)

    def _note_ring(self, row: dict[str, Any]) -> None:
        person = self._people.get(person_of(row.get("from"))) if row.get("direction") == "inbound" else None
        if person is not None and str(row.get("sid")) not in person.rows:
            person.rang = True
        self.note(row)


def _reply_addresses(address: str, sender: Sender) -> list[str]:
    """From where a person answers a message of a sender: on the same channel, or where a service chooses it, on two."""
    channel = address.partition(":")[0] + ":" if ":" in address else ""
    if channel != WHATSAPP_PREFIX and sender.is_service:
        return [each for each in addresses_of(address) if not each.startswith(WHATSAPP_PREFIX)]
    return [each for each in addresses_of(address) if each.startswith(channel) and (channel or ":" not in each)]
