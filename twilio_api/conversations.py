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
- Where nothing rings, what the person wrote from other addresses than one would answer from is read more seldom.
- What a person wrote is read back to where it is known, over several polls if need be: no traffic hides a text.
- What the account sent a person, and what the person wrote from other addresses, decides what a text answers, so it
  is read after each text; the first also every STATUS_GAP_S while it is not known what became of the question.
"""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any

from twilio_api.choice import draw_number
from twilio_api.client import TwilioClient
from twilio_api.creation import Standing
from twilio_api.delivery import Deliveries, Delivery
from twilio_api.errors import CallError, OutcomeUnknown, ResponseTooLong
from twilio_api.log_pages import Horizon, page_size_for, shown_at
from twilio_api.message_log import MessageLog
from twilio_api.messages import Draft
from twilio_api.person import addresses_of, person_of
from twilio_api.person_log import LOG_READ_S, SETTLE_S, PersonLog, Side
from twilio_api.question import Ending, QuestionState, repeated_choices, taken_numbers
from twilio_api.sender import Sender
from twilio_consts import DEFAULT_PAGE_SIZE, FINAL_STATUSES, LOG_MARGIN_S, MAX_PAGE_SIZE, REPEAT_S, WHATSAPP_PREFIX


FEW_PEOPLE = 3
PAGES_A_PERSON = 2  # that one poll reads
STATUS_GAP_S = 45.0
_FIRST_STATUS_S = 2.0  # after a question was sent, where nothing has shown it since
_MIN_GAP_S, _GAP_SHARE = 1.0, 0.1  # between two polls: at least, and of the youngest question's age
_ELSEWHERE_GAP_S, _ELSEWHERE_GAP_SHARE = 75.0, 0.2  # the same from where no answer is expected, of the person's
_EARLY_S = 0.01  # by which a timer may be early
_NEXT_PAGES_S = 0.3  # before the poll that reads what was too much for the last one
_BELL_MARGIN_S = 10.0  # by which rows of the log may come late and still ring
_BUSY_S = 60.0  # for which the bell is left alone where the log is too busy for it


class _Bell:
    """The head of the account's log, which tells who has written, while one page reaches back to the last one."""

    def __init__(self, log: MessageLog) -> None:
        self.due_at = -math.inf  # in seconds of the event loop
        self.is_left_alone = False  # until then, since the log is too busy
        self.is_whole = False  # whether the last page reached back to the one before
        self._log = log
        self._known_until = -math.inf  # in seconds since the epoch by the server's clock
        self._size = DEFAULT_PAGE_SIZE

    async def ring(self, client: TwilioClient, gap_s: float) -> list[dict[str, Any]]:
        """Read one page, and return its rows. A log that is too busy for the largest page is left alone."""
        self.due_at, self.is_left_alone, self.is_whole = client.now + gap_s, False, False
        try:
            page = await self._log.page(PageSize=str(self._size))
        except CallError as error:
            if isinstance(error, ResponseTooLong):
                self._size = page_size_for(self._size // 2)
            return []
        horizon = Horizon(self._known_until - _BELL_MARGIN_S)
        self.is_whole = page.next_page_uri is None or horizon.is_passed_by(page.rows)
        self._known_until = shown_at(client, page)
        if not self.is_whole:
            self.is_left_alone = self._size == MAX_PAGE_SIZE
            self.due_at += _BUSY_S if self.is_left_alone else 0.0
            self._size = page_size_for(2 * self._size)
        return page.rows


class _Person(PersonLog):
    """What the log showed of one person, and what else one run knows of what was sent there."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.writes_from: list[str] = []  # the addresses that answers are expected from
        self.meeting = asyncio.Lock()  # one reading before a question at a time
        self.waits: list[Wait] = []
        self.had_text: dict[str, bool] = {}  # by SID, whether Twilio showed the text of a message at first
        self.drawn: set[int] = set()  # numbers of questions of this run, which the log may not show yet
        self.sending: list[str] = []  # texts of this run that are being created
        # Texts of which it is not known whether they were created, until when the log would show them (event loop)
        self.unresolved: dict[str, float] = {}
        self.error: CallError | None = None  # why the last reading failed
        self.not_before = -math.inf  # in seconds of the event loop: Twilio asked for a pause
        self.rang = True  # whether the person has written since the texts were read


class Wait:
    """A question that Twilio accepted at `began`, whose answer is waited for until `end_at` (of the event loop).

    `state` is what is certain of it, None where its text cannot be read; `ending` is how the wait ended.
    """

    def __init__(self, delivery: Delivery, conversations: Conversations) -> None:
        self.delivery = delivery
        self.sid = delivery.message.sid
        self.person = conversations.person(delivery.message.resource.get("to"))
        self.began = delivery.accepted_at
        self.end_at = math.inf
        self.state: QuestionState | None = None
        self.ending = Ending.CANCELLED  # unless it comes to another one

    @property
    def row(self) -> dict[str, Any]:
        """The question as Twilio showed it last."""
        return self.person.rows[self.sid]


class Conversations:
    """The texts between the account and the people whom one run asks."""

    def __init__(self, client: TwilioClient, deliveries: Deliveries, max_gap_s: float) -> None:
        self._client = client
        self._deliveries = deliveries
        self._max_gap_s = max_gap_s
        self._people: dict[str, _Person] = {}
        self._service_rows: dict[tuple[Any, Any], dict[str, Any]] = {}  # one of each number of each service
        self._bell = _Bell(deliveries.log)
        self._polling: asyncio.Task[None] | None = None  # the next poll, or the last one
        self._sooner: asyncio.Future[None] = client.loop.create_future()  # done where that is to be planned anew

    # --- asking

    async def draw_number(self, address: str, sender: Sender, text: str) -> int | None:
        """Draw the number of a question to a person, to whom what was sent lately is read; None where none is free.

        `text` is the question's own. Raises CallError.
        """
        person = self.person(address)
        async with person.meeting:
            person.writes_from += [each for each in _reply_addresses(address, sender) if each not in person.writes_from]
            was_met = person.certain_until > -math.inf  # then it is the polls that read what else the person writes
            await (person.read_sent if was_met else person.read)(self._client)
        for row in person.rows.values():
            self._note_service(row)
        taken = taken_numbers(person.rows.values(), self._client.now + self._server_ahead_s)
        number = draw_number(text, taken | person.drawn, secrets.choice)
        person.drawn |= set() if number is None else {number}
        return number

    async def send(self, draft: Draft, standing: Standing) -> Delivery:
        """Send a text once, and return it as Twilio took it. Raises NotSent, Refused or OutcomeUnknown.

        Until it is noted, a word may mean that one. Where nobody knows whether it was created, the log shows it soon,
        or never.
        """
        person, text = self.person(draft.recipient), draft.body
        person.sending.append(text)
        try:
            delivery = await self._deliveries.send(draft, standing)
        except OutcomeUnknown:
            person.unresolved[text] = self._client.now + LOG_MARGIN_S
            raise
        finally:
            person.sending.remove(text)
        row = delivery.message.resource
        self.person(row.get("to")).note({**row, "body": row.get("body") or text})
        return delivery

    def note(self, row: dict[str, Any]) -> None:
        """Take a message, as Twilio shows it now."""
        is_text = row.get("direction") == "inbound"
        person = self._people.get(person_of(row.get("from" if is_text else "to")))
        if person is not None:
            sid = str(row.get("sid"))
            person.rang = person.rang or (is_text and sid not in person.rows)
            person.had_text.setdefault(sid, bool(row.get("body")))
            person.note(row)
        self._note_service(row)

    def _note_service(self, row: dict[str, Any]) -> None:
        """Learn a number that a Messaging Service sends from."""
        if row.get("messaging_service_sid") and row.get("direction") != "inbound" and row.get("from"):
            self._service_rows[row["messaging_service_sid"], row["from"]] = row

    def person(self, address: Any) -> _Person:
        """Return the person who has an address."""
        return self._people.setdefault(person_of(address), _Person(address))

    # --- waiting

    async def follow(self, wait: Wait, timeout_s: float) -> AsyncIterator[QuestionState | None]:
        """Yield what is certain of a question after each poll that ends nothing, for so many seconds at the most."""
        client = self._client
        wait.end_at = min(wait.end_at, wait.began + timeout_s)
        wait.person.waits.append(wait)
        self._plan_anew()
        try:
            while True:
                if self._polling is None or self._polling.done():
                    self._polling = asyncio.ensure_future(self._poll_when_due())
                # It is not worth waiting any longer, though the log could not be read to the end
                give_up_at = wait.end_at + REPEAT_S
                done, _ = await asyncio.wait({self._polling}, timeout=max(give_up_at - client.now, 0.0))
                for polling in done:
                    polling.result()  # raises a mistake of the app, which each further poll may make again
                if client.ask_cancelled():
                    return
                wait.state = self.state(wait)
                ending = self._ending(wait)
                if ending is not None:
                    wait.ending = ending
                    return
                yield wait.state
        finally:
            wait.person.waits.remove(wait)

    def end(self, wait: Wait) -> None:
        """Let a wait end as soon as all is known that came until now, even if it has yet to begin."""
        wait.end_at = min(wait.end_at, self._client.now)
        self._plan_anew()

    def _plan_anew(self) -> None:
        if not self._sooner.done():
            self._sooner.set_result(None)

    def state(self, wait: Wait) -> QuestionState | None:
        """Return what is certain of a question by what was read."""
        person, now = wait.person, self._client.now
        state = person.states(self._service_rows.values()).get(wait.sid)
        if state is None or (state.answer is not None and state.answer.answered_with == "code"):
            return state
        sent = [*person.sending, *(text for text, until in person.unresolved.items() if now < until)]
        if all(repeated_choices(text) == state.question.choices for text in sent):
            return state
        return state._replace(answer=None, unanswered=None)

    def _ending(self, wait: Wait) -> Ending | None:
        """How a wait ends now, if it does."""
        if wait.state is not None and wait.state.ending is not None:
            return wait.state.ending
        if wait.person.had_text.get(wait.sid) is False:
            return Ending.HIDDEN
        if self._client.now >= wait.end_at and self.is_known(wait):
            return Ending.TIMED_OUT
        return Ending.UNREAD if self._client.now >= wait.end_at + REPEAT_S else None

    def is_known(self, wait: Wait) -> bool:
        """Whether all is certain that came in the time of a wait."""
        return all(side.known_until >= goal for side, goal in self._goals(wait))

    # --- polls

    async def _poll_when_due(self) -> None:
        """Poll once, as soon as something is due; one poll serves all who wait."""
        client = self._client
        while self._people_waited_for() and not client.ask_cancelled():
            self._sooner = client.loop.create_future()
            pause_s = max(self._next_poll_at() - client.now, _EARLY_S)
            ends = {client.cancelled, self._sooner}
            await asyncio.wait(ends, timeout=pause_s, return_when=asyncio.FIRST_COMPLETED)
            if not self._sooner.done():
                await self._poll()
                return

    async def _poll(self) -> None:
        people = self._people_waited_for()
        if len(people) > FEW_PEOPLE and self._client.now >= self._bell.due_at - _EARLY_S:
            for row in await self._bell.ring(self._client, self._gap_s):
                self.note(row)
            for person in people:
                person.rang = person.rang or not self._bell.is_whole
        await asyncio.gather(*map(self._read, people))

    async def _read(self, person: _Person) -> None:
        """Read what is due of one person."""
        began, read = self._client.now, set[Side]()
        try:
            for due_at, side in sorted(self._dues(person), key=lambda due: due[0]):
                if due_at > began + _EARLY_S or len(read) == PAGES_A_PERSON:
                    break
                if side not in read:
                    read.add(side)
                    page = await side.read_page(self._client)
                    for row in page.rows:
                        self.note(row)
                    for each in person.sides:  # an earlier page that is dated later had a wrong date
                        each.known_until = min(each.known_until, shown_at(self._client, page))
        except CallError as error:
            person.error, person.not_before = error, self._client.now + error.retry_after_s
            return
        person.error = None if read else person.error
        if all(person.inbound[each].read_at >= began for each in person.writes_from):
            person.rang = False

    def _dues(self, person: _Person) -> Iterator[tuple[float, Side]]:
        """Which sides of a person are to be read, each with the time of the event loop from which on."""
        is_without_bell = len(self._people_waited_for()) <= FEW_PEOPLE or self._bell.is_left_alone
        for address in person.writes_from:
            side = person.inbound[address]
            if is_without_bell or person.rang:
                yield max(side.read_at + (self._gap_s if is_without_bell else _MIN_GAP_S), person.not_before), side
        began = max((wait.began for wait in person.waits), default=self._client.now)  # the last may have ended
        elsewhere_gap_s = max(_ELSEWHERE_GAP_S, _ELSEWHERE_GAP_SHARE * (self._client.now - began))
        for address, side in person.inbound.items():
            if is_without_bell and address not in person.writes_from:
                yield max(max(side.read_at, began) + elsewhere_gap_s, person.not_before), side
        for side in person.sides:
            if side.goes_on:
                yield max(side.read_at + _NEXT_PAGES_S, person.not_before), side
        for wait in person.waits:
            for side, goal in (*self._goals(wait), *self._status_goals(wait)):
                if side.known_until < goal:
                    yield max(goal - self._server_ahead_s, side.read_at + _MIN_GAP_S, person.not_before), side

    def _goals(self, wait: Wait) -> Iterator[tuple[Side, float]]:
        """Until when the sides should be known: for the texts that are not certain yet, and at the end of the wait."""
        person = wait.person
        for at in person.uncertain_texts():
            yield from ((side, at + 1.0 + LOG_READ_S + SETTLE_S) for side in person.sides)
        end_at = math.floor(wait.end_at + self._server_ahead_s) + 1.0 + LOG_READ_S
        yield from ((side, end_at) for side in person.inbound.values())
        if str(wait.row.get("status")) not in FINAL_STATUSES:
            yield person.outbound[str(wait.row.get("to"))], end_at

    def _status_goals(self, wait: Wait) -> Iterator[tuple[Side, float]]:
        """The same for what became of the question, as long as that is not known."""
        if str(wait.row.get("status")) not in FINAL_STATUSES:
            side = wait.person.outbound[str(wait.row.get("to"))]
            yield side, side.known_until + STATUS_GAP_S
            if wait.sid not in wait.person.had_text:
                yield side, wait.began + self._server_ahead_s + _FIRST_STATUS_S

    def _next_poll_at(self) -> float:
        people = self._people_waited_for()
        dues = [due_at for person in people for due_at, _ in self._dues(person)]
        return min([*dues, self._bell.due_at] if len(people) > FEW_PEOPLE else dues)

    @property
    def _gap_s(self) -> float:
        now = self._client.now
        waits = [wait for person in self._people_waited_for() for wait in person.waits]
        age = now - max((wait.began for wait in waits), default=now)  # all may have ended during a poll
        return max(min(_GAP_SHARE * age, self._max_gap_s), _MIN_GAP_S)

    def _people_waited_for(self) -> list[_Person]:
        return [person for person in self._people.values() if person.waits]

    @property
    def _server_ahead_s(self) -> float:
        """How far the server's clock (seconds since the epoch) is ahead of the event loop's, at least."""
        return self._client.server_now - self._client.now


def _reply_addresses(address: str, sender: Sender) -> list[str]:
    """From where a person answers a message of a sender: on the same channel, or where a service chooses it, on two."""
    channel = address.partition(":")[0] + ":" if ":" in address else ""
    if channel != WHATSAPP_PREFIX and sender.is_service:
        return [each for each in addresses_of(address) if not each.startswith(WHATSAPP_PREFIX)]
    return [each for each in addresses_of(address) if each.startswith(channel) and (channel or ":" not in each)]
