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
"""Faults of requests and connections, and outages, drawn from a seed."""

from __future__ import annotations

import random
from collections import Counter
from threading import Lock

from sandbox.twilio import Fault, RecordedRequest


_OUTAGE_EVERY_S, _OUTAGE_S = 200.0, 15.0


class RandomFaults:
    """Decides, from a seed, which request and which connection meets a fault; and has outages."""

    def __init__(self, seed: int, share: float, began: float) -> None:
        self._seed, self._share, self._began = seed, share, began
        self._asked: Counter[str] = Counter()
        self._lock = Lock()
        self.faults = 0
        self.refused = 0

    def fault(self, request: RecordedRequest) -> Fault | None:
        """The fault that a request meets, if any."""
        key = (
            request.form.get("Body", "") or request.query.get("To", "") + request.query.get("From", "") or request.path
        )
        rng = self._rng(f"{request.method} {key}")
        if self._is_outage(request.time):
            self.faults += 1
            return Fault.ERROR_503
        if rng.random() >= self._share:
            return None
        self.faults += 1
        return rng.choice(list(Fault))

    def refuses(self) -> bool:
        """Whether a new connection is refused."""
        refused = self._rng("connection").random() < self._share
        self.refused += refused
        return refused

    def _is_outage(self, time: float) -> bool:
        number, since = divmod(time - self._began, _OUTAGE_EVERY_S)
        start = random.Random(f"{self._seed} outage {number}").uniform(0.0, _OUTAGE_EVERY_S - _OUTAGE_S)
        return self._share > 0.0 and start <= since < start + _OUTAGE_S

    def _rng(self, kind: str) -> random.Random:
        with self._lock:
            self._asked[kind] += 1
            return random.Random(f"{self._seed} {kind} {self._asked[kind]}")
