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
"""The circuit breaker: an outage is a matter of time, not of a count of tries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from twilio_api.clock import Clock
from twilio_api.errors import CallError
from twilio_consts import OUTAGE_S


class CircuitBreaker:
    """Open once calls failed for OUTAGE_S of the time in which calls were made, without a healthy response between.

    The time in which calls were made is that of operations: a call with all its repetitions and the pauses between
    them. The time between two operations does not count. An open breaker closes with the next healthy response. Once
    for OUTAGE_S no call has failed and no operation ended in failure, operations may try again, and the first failure
    keeps it open. Safe to use from several threads.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._operations = 0  # under way
        self._counted_s = 0.0  # of operations since the last healthy response, without those under way
        self._counts_from = 0.0  # while operations are under way
        self._failed_at = 0.0  # when a call failed last, or an operation ended without a healthy response since
        self._last_error: CallError | None = None

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Count the time inside as time in which calls are made."""
        with self._lock:
            if not self._operations:
                self._counts_from = self._clock.monotonic()
            self._operations += 1
        try:
            yield
        finally:
            with self._lock:
                now = self._clock.monotonic()
                self._operations -= 1
                if self._last_error is not None:  # what follows at once is no try after a pause
                    self._failed_at = now
                if not self._operations:
                    self._counted_s += now - self._counts_from

    def succeeded(self) -> None:
        """Note a healthy response."""
        with self._lock:
            self._counted_s = 0.0
            self._counts_from = self._clock.monotonic()
            self._last_error = None

    def failed(self, error: CallError) -> None:
        """Note a call without a healthy response."""
        with self._lock:
            self._failed_at = self._clock.monotonic()
            self._last_error = error

    def outage(self) -> CallError | None:
        """The last error while the breaker is open; None while it is closed."""
        with self._lock:
            now = self._clock.monotonic()
            failing_s = self._counted_s + (now - self._counts_from if self._operations else 0.0)
            is_open = failing_s >= OUTAGE_S and now - self._failed_at < OUTAGE_S
            return self._last_error if is_open else None
