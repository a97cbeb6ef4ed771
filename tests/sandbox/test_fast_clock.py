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
"""A clock that runs faster than the real one, and skips what one thread alone sleeps."""

from __future__ import annotations

import time

from sandbox.fast_clock import FastClock


def test_another_speed_moves_no_time_that_has_passed() -> None:
    clock = FastClock(1000.0)
    time.sleep(0.01)
    before = clock.monotonic()
    clock.speed = 1.0
    assert before >= 10.0
    assert 0.0 <= clock.monotonic() - before < 1000.0


def test_a_sleep_that_is_skipped_passes_for_everybody_and_takes_no_time() -> None:
    clock = FastClock(1.0)
    began = time.monotonic()
    clock.for_app(skips=True).sleep(3600.0)
    assert clock.monotonic() >= 3600.0
    assert time.monotonic() - began < 60.0
