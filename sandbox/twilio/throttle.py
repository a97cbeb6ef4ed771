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
"""Limits on how many requests Twilio handles at a time, and in a second."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Admission:
    """How many requests are being handled, this one included, and whether this one is too many."""

    concurrent: int
    is_throttled: bool


class Throttle:
    """Counts requests; both limits may be changed at any time, and None stands for no limit.

    `max_concurrent` is the number of requests at a time, `max_per_second` the number that begin within a second. A
    request that is turned away counts for the first while its response is on its way, and not for the second.
    """

    def __init__(self, clock: Callable[[], float], max_concurrent: int | None, max_per_second: int | None) -> None:
        self.max_concurrent = max_concurrent
        self.max_per_second = max_per_second
        self._clock = clock
        self._concurrent = 0
        self._begun: deque[float] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def request(self) -> Iterator[Admission]:
        """Count a request as long as it is being handled."""
        with self._lock:
            self._concurrent += 1
            admission = Admission(self._concurrent, self._is_too_many())
        try:
            yield admission
        finally:
            with self._lock:
                self._concurrent -= 1

    def _is_too_many(self) -> bool:
        if self.max_concurrent is not None and self._concurrent > self.max_concurrent:
            return True
        if self.max_per_second is None:
            return False
        now = self._clock()
        while self._begun and self._begun[0] <= now - 1.0:
            self._begun.popleft()
        if len(self._begun) >= self.max_per_second:
            return True
        self._begun.append(now)
        return False
