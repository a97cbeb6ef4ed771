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
"""A limit on how many requests Twilio handles at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Admission:
    """How many requests are being handled, this one included, and whether this one is too many."""

    concurrent: int
    is_throttled: bool


class Throttle:
    """Counts requests; `max_concurrent`, how many there may be at a time (None: any), may be changed at any time."""

    def __init__(self, max_concurrent: int | None) -> None:
        self.max_concurrent = max_concurrent
        self._concurrent = 0
        self._lock = threading.Lock()

    def begin(self) -> Admission:
        """Count a request, until `end` is called as its response leaves."""
        with self._lock:
            self._concurrent += 1
            is_throttled = self.max_concurrent is not None and self._concurrent > self.max_concurrent
            return Admission(self._concurrent, is_throttled)

    def end(self) -> None:
        """Count it no longer."""
        with self._lock:
            self._concurrent -= 1
