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
"""Time that tests move by hand."""

from __future__ import annotations

from typing import Any

from twilio_api.clock import Clock


class FakeClock:
    """A clock that only moves when somebody sleeps, or a test says so. `slept` holds each sleep in seconds."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let seconds pass at once."""
        self.slept.append(seconds)
        self.now += seconds

    def for_app(self, **changes: Any) -> Clock:
        """A clock for the app, whose random numbers are all 0."""
        made = Clock(monotonic=self.monotonic, time=self.monotonic, sleep=self.sleep, random=lambda: 0.0)
        return made._replace(**changes)
