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
"""The log that keeps an account's messages."""

from __future__ import annotations

import random
import threading
from bisect import insort
from collections.abc import Callable
from typing import Any

from sandbox.twilio.addresses import phone_number
from sandbox.twilio.message import Message, Outcome
from twilio_api.text import segments


class MessageLog:
    """The messages of the account; safe to use from several threads.

    `outcomes` holds what becomes of messages to certain recipients, `outcome` of all others. A message appears in
    `visible` (the list) `lag_s` seconds after its creation, unless `hides` says that the list does not show it, and can
    be found by its SID at once. The list is sorted by the date of sending, the newest first; what was not sent yet
    stands where it was created, or with `unsent_first` before all others, since Twilio does not say where. The rows of
    the last `unordered_s` seconds are listed in any order. A sender lets go of `segments_per_s` segments in a second
    (None: of all at once), and holds the others in its queue. `on_add` is called with each message that was added.
    """

    def __init__(self, account_uri: str, outcome: Outcome, clock: Callable[[], float]) -> None:
        self.outcome = outcome
        self.outcomes: dict[str, Outcome] = {}
        self.lag_s = 0.0
        self.unordered_s = 0.0
        self.unsent_first = False
        self.segments_per_s: float | None = None
        self._queue_ends_at: dict[str, float] = {}  # by sender
        self.hides: Callable[[Message], bool] = _hides_nothing
        self.on_add: Callable[[Message], object] | None = None
        self._account_uri = account_uri
        self._clock = clock
        self._random = random.Random(0)
        self._by_sid: dict[str, Message] = {}
        self._in_order: list[Message] = []  # the earliest first
        self._by_address: dict[str, list[Message]] = {}  # the same of each address, as sender or recipient
        self._lock = threading.Lock()

    def draft(self, to: str, from_: str, body: str, created: float | None = None, **details: Any) -> Message:
        """A message that is not in the log, created now unless said otherwise; `details` are Message's fields."""
        when = self._clock() if created is None else created
        details.setdefault("outcome", self.outcome_for(to))
        details.setdefault("listed_at", when + self.lag_s)
        if details.get("direction") != "inbound":
            details.setdefault("held_s", self._queue_up(from_, body, when))
        return Message(self._account_uri, to, from_, body, when, **details)

    def _queue_up(self, sender: str, body: str, when: float) -> float:
        """Put a message into the queue of its sender, and return how long it is held there (seconds)."""
        if self.segments_per_s is None:
            return 0.0
        begins_at = max(self._queue_ends_at.get(sender, when), when)
        self._queue_ends_at[sender] = begins_at + segments(body).number / self.segments_per_s
        return begins_at - when

    def outcome_for(self, recipient: str) -> Outcome:
        """What becomes of a message to a recipient; one for a phone number is for its WhatsApp address too."""
        return self.outcomes.get(recipient) or self.outcomes.get(phone_number(recipient)) or self.outcome

    def add(self, message: Message) -> None:
        """Put a message into the log."""
        with self._lock:
            self._by_sid[message.sid] = message
            for log in self._logs_of(message):
                insort(log, message)
        if self.on_add is not None:
            self.on_add(message)

    def _logs_of(self, message: Message) -> list[list[Message]]:
        return [self._in_order, *(self._by_address.setdefault(each, []) for each in {message.to, message.from_})]

    def find(self, sid: str) -> Message | None:
        """The message with this SID, if there is one."""
        with self._lock:
            return self._by_sid.get(sid)

    def remove(self, message: Message) -> None:
        """Delete a message, if it is still there."""
        with self._lock:
            if self._by_sid.pop(message.sid, None):
                for log in self._logs_of(message):
                    log.remove(message)

    def in_order(self, address: str | None = None) -> list[Message]:
        """All messages, or those of an address, the earliest first."""
        with self._lock:
            return list(self._in_order if address is None else self._by_address.get(address, []))

    def visible(
        self, matches: Callable[[Message], bool] = lambda message: True, address: str | None = None
    ) -> list[Message]:
        """The messages that the list shows now and that match, the newest first; with an `address`, only its own."""
        now = self._clock()
        found = [m for m in reversed(self.in_order(address)) if m.listed_at <= now and matches(m) and not self.hides(m)]
        if self.segments_per_s is not None and any(message.held_s for message in found):
            found.sort(key=lambda message: message.sent_at(now) or message.created, reverse=True)
        if self.unordered_s:
            recent = sum(message.created > now - self.unordered_s for message in found)
            found[:recent] = self._random.sample(found[:recent], recent)
        if self.unsent_first:
            found.sort(key=lambda message: message.sent_at(now) is not None)
        return found

    def last_inbound_at(self, person: str, own_address: str) -> float | None:
        """When a person last wrote to one of the account's addresses (seconds since the epoch), if ever."""
        times = (
            message.created
            for message in reversed(self.in_order(person))
            if message.is_inbound and message.from_ == person and message.to == own_address
        )
        return next(times, None)


def _hides_nothing(message: Message) -> bool:
    return False
