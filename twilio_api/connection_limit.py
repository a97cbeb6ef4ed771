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
"""At most so many connections at a time, and how they are shared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from twilio_consts import MAX_CONNECTIONS


_INCREASE = 0.25  # of a create call, for each one that Twilio took


class ConnectionLimit:
    """MAX_CONNECTIONS for all calls: reads go first, and create calls give way when Twilio turns them away.

    Create calls at a time follow "additive increase, multiplicative decrease": one that was turned away or failed
    halves their number, each success adds a little back. Failures of calls that were under way together count once.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._calls = 0
        self._creates = 0
        self._reads_waiting = 0
        self._most_creates = float(MAX_CONNECTIONS)
        self._decreases = 0

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Wait for a connection for a call that creates nothing."""
        with self._changed:
            self._reads_waiting += 1
            self._changed.wait_for(lambda: self._calls < MAX_CONNECTIONS)
            self._reads_waiting -= 1
            self._calls += 1
        try:
            yield
        finally:
            with self._changed:
                self._calls -= 1
                self._changed.notify_all()

    @contextmanager
    def creating(self) -> Iterator[int]:
        """Wait for a connection for a call that creates; gives what `decrease` wants to know."""
        with self._changed:
            self._changed.wait_for(self._may_create)
            self._calls += 1
            self._creates += 1
            decreases = self._decreases
        try:
            yield decreases
        finally:
            with self._changed:
                self._calls -= 1
                self._creates -= 1
                self._changed.notify_all()

    def increase(self) -> None:
        """Note a create call that Twilio took."""
        with self._changed:
            self._most_creates = min(self._most_creates + _INCREASE, MAX_CONNECTIONS)
            self._changed.notify_all()

    def decrease(self, began: int) -> None:
        """Note a create call that was turned away or failed; `began` is what `creating` gave for it."""
        with self._changed:
            if began == self._decreases:
                self._most_creates = max(self._most_creates / 2, 1.0)
                self._decreases += 1

    def _may_create(self) -> bool:
        return self._calls < MAX_CONNECTIONS and self._creates < int(self._most_creates) and not self._reads_waiting
