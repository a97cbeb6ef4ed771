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
"""Time and chance, handed in so that tests need neither."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import NamedTuple


def _unscaled(seconds: float) -> float:
    return seconds


class Pace(NamedTuple):
    """The clocks, the sleep and the dice of a run.

    `clock` counts seconds and never jumps; `wall_clock` is seconds since the epoch, and may be wrong; `sleep` takes
    seconds; `dice` gives a number from 0 up to 1. `on_wire` turns seconds of `clock` into seconds of a socket's
    timeout, for a run whose clock is not the real one.
    """

    clock: Callable[[], float] = time.monotonic
    wall_clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    dice: Callable[[], float] = random.random
    on_wire: Callable[[float], float] = _unscaled
