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
"""Faults by chance: which request and which connection meets one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from threading import Lock

from sandbox.twilio import Fault, RecordedRequest


class RandomFaults:
    """Decides, from a seed, which request and which connection meets a fault.

    Requests of one kind are counted, so that a run draws the same faults whatever threads are quicker; `kind_of` says
    which are of one kind.
    """

    def __init__(self, seed: int, share: float, kind_of: Callable[[RecordedRequest], str]) -> None:
        self.faults = 0
        self.refused = 0
        self._seed = seed
        self._share = share
        self._kind_of = kind_of
        self._asked: Counter[str] = Counter()
        self._lock = Lock()

    def fault(self, request: RecordedRequest) -> Fault | None:
        """The fault that a request meets, if any."""
        rng = self._rng(f"{request.method} {self._kind_of(request)}")
        if rng.random() >= self._share:
            return None
        self.faults += 1
        return rng.choice(list(Fault))

    def refuses(self) -> bool:
        """Whether a new connection is refused."""
        refused = self._rng("connection").random() < self._share
        self.refused += refused
        return refused

    def _rng(self, kind: str) -> random.Random:
        with self._lock:
            self._asked[kind] += 1
            return random.Random(f"{self._seed} {kind} {self._asked[kind]}")
