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

import threading
from collections.abc import Callable

from sandbox.twilio.message import Message, Outcome


class MessageLog:
    """The messages of the account; safe to use from several threads.

    A message appears in `visible` (the list) `lag_s` seconds after its creation, and can be found by its SID at once.
    """

    def __init__(self, account_uri: str, outcome: Outcome, clock: Callable[[], float]) -> None:
        self.outcome = outcome
        self.outcomes: dict[str, Outcome] = {}
        self.lag_s = 0.0
        self._account_uri = account_uri
        self._clock = clock
        self._messages: dict[str, Message] = {}
        self._lock = threading.Lock()

    def draft(self, to: str, from_: str, body: str, created: float | None = None) -> Message:
        """A message that is not in the log, created now unless said otherwise."""
        when = self._clock() if created is None else created
        return Message(self._account_uri, to, from_, body, when, self.outcomes.get(to, self.outcome))

    def add(self, message: Message) -> None:
        """Put a message into the log."""
        with self._lock:
            self._messages[message.sid] = message

    def find(self, sid: str) -> Message | None:
        """The message with this SID, if there is one."""
        with self._lock:
            return self._messages.get(sid)

    def remove(self, message: Message) -> None:
        """Delete a message, if it is still there."""
        with self._lock:
            self._messages.pop(message.sid, None)

    def in_order(self) -> list[Message]:
        """All messages, the earliest first."""
        with self._lock:
            return sorted(self._messages.values(), key=lambda message: message.created)

    def visible(self) -> list[Message]:
        """The messages that the list shows now, the newest first."""
        latest = self._clock() - self.lag_s
        return [message for message in reversed(self.in_order()) if message.created <= latest]
