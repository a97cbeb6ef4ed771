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
"""A clock on which every sleep is over at once, so that minutes of waiting take no time."""

from __future__ import annotations

import random
import threading
import time
from typing import Any

from twilio_api.clock import Clock


class SkippingClock:
    """Real time, and on top of it all the time that was slept. App and local Twilio share one.

    It is for runs in which one thread sleeps at a time: what several sleep side by side would be added up.
    """

    def __init__(self, seed: int = 0) -> None:
        self._epoch = float(int(time.time())) - time.monotonic()
        self._skipped_s = 0.0
        self._lock = threading.Lock()
        self._random = random.Random(seed)

    def monotonic(self) -> float:
        """Seconds."""
        return time.monotonic() + self._skipped_s

    def time(self) -> float:
        """Seconds since the epoch."""
        return self._epoch + self.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let so many seconds be over."""
        with self._lock:
            self._skipped_s += seconds

    def for_app(self, **changes: Any) -> Clock:
        """The clock for a run of the app."""
        made = Clock(monotonic=self.monotonic, time=self.time, sleep=self.sleep, random=self._random.random)
        return made._replace(**changes)
