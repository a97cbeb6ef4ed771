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
"""A clock that runs faster than the real one, so that a minute of waiting for a message takes a second."""

from __future__ import annotations

import random
import time

from twilio_api.clock import Clock


class FastClock:
    """Time that passes `speed` times as fast. App and local Twilio share one, so that both see the same minute.

    `skew_s` sets the app's wall clock wrong by so many seconds; the local Twilio's (`time`) stays right.
    """

    def __init__(self, speed: float, *, skew_s: float = 0.0, seed: int = 0) -> None:
        self.skew_s = skew_s
        self._speed = speed
        self._began = time.monotonic()
        self._epoch = float(int(time.time()))
        self._skipped_s = 0.0
        self._random = random.Random(seed)

    @property
    def speed(self) -> float:
        """How many of these seconds pass in a real one; to change it moves no time that has passed."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._skipped_s += (time.monotonic() - self._began) * (self._speed - speed)
        self._speed = speed

    def monotonic(self) -> float:
        """Seconds since the start."""
        return (time.monotonic() - self._began) * self._speed + self._skipped_s

    def advance(self, seconds: float) -> None:
        """Let so many of these seconds pass at once, for everybody."""
        self._skipped_s += seconds

    def time(self) -> float:
        """Seconds since the epoch."""
        return self._epoch + self.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let so many of these seconds pass."""
        time.sleep(seconds / self.speed)

    def for_app(self, *, skips: bool = False) -> Clock:
        """The clock for a run of the app; `skips` where only one thread of it sleeps, so that no sleep takes time."""
        return Clock(
            monotonic=self.monotonic,
            time=lambda: self.time() + self.skew_s,
            sleep=self.advance if skips else self.sleep,
            random=self._random.random,
            to_real_s=lambda seconds: seconds / self.speed,
        )
