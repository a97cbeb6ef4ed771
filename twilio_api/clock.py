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
"""Time and chance, passed in so that tests need neither."""

from __future__ import annotations

import random as _random
import time as _time
from collections.abc import Callable
from typing import NamedTuple


def _unscaled(seconds: float) -> float:
    return seconds


class Clock(NamedTuple):
    """The clocks, the sleep and the randomness of a run.

    `monotonic` counts seconds and never jumps; `time` is seconds since the epoch, and may be wrong; `sleep` takes
    seconds; `random` gives a number from 0 up to 1. `to_real_s` turns seconds of this clock into seconds of a socket's
    timeout or a thread's wait, for a run whose clock is not the real one.
    """

    monotonic: Callable[[], float] = _time.monotonic
    time: Callable[[], float] = _time.time
    sleep: Callable[[float], None] = _time.sleep
    random: Callable[[], float] = _random.random
    to_real_s: Callable[[float], float] = _unscaled
