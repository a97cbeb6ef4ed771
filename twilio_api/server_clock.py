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
"""The server's clock, as far as its responses tell."""

from __future__ import annotations

from threading import Lock
from typing import NamedTuple

from twilio_api.clock import Clock


class Span(NamedTuple):
    """Two times (seconds since the epoch, the server's clock) between which a moment was."""

    earliest: float
    latest: float

    @property
    def middle(self) -> float:
        """The best guess."""
        return (self.earliest + self.latest) / 2


class ServerClock:
    """Tells what the server's clock showed at a moment, so that a wrong local clock does no harm.

    A response says, in whole seconds, what it showed at some time between request and response. That leaves a second
    and more; what all responses of a run say together leaves less. Where they contradict each other, the last one
    counts. Before there is any, the local clock stands in. Safe to use from several threads.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._lead: Span | None = None  # of the server's clock before Clock.monotonic

    def note(self, asked_at: float, shown: float | None) -> None:
        """Note what a response that has just come shows; its request left at `asked_at` (seconds of monotonic)."""
        if shown is None:
            return
        found = Span(shown - self._clock.monotonic(), shown + 1.0 - asked_at)
        with self._lock:
            known = self._lead or found
            both = Span(max(found.earliest, known.earliest), min(found.latest, known.latest))
            self._lead = both if both.earliest <= both.latest else found

    def at(self, moment: float) -> Span:
        """Return what the server's clock showed at a moment (seconds of Clock.monotonic)."""
        with self._lock:
            lead = self._lead
        if lead is None:
            local = self._clock.time() - (self._clock.monotonic() - moment)
            return Span(local, local)
        return Span(moment + lead.earliest, moment + lead.latest)
