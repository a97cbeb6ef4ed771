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
"""Faults of requests and connections by chance, and outages."""

from __future__ import annotations

import random

from benchmarks.random_faults import RandomFaults
from sandbox.twilio import Fault, RecordedRequest


_OUTAGE_EVERY_S, _OUTAGE_S = 200.0, 15.0


class FaultsAndOutages(RandomFaults):
    """Decides which request and which connection meets a fault; now and then, each request does."""

    def __init__(self, seed: int, share: float, began: float) -> None:
        super().__init__(seed, share, _kind_of)
        self._began = began

    def fault(self, request: RecordedRequest) -> Fault | None:
        """The fault that a request meets, if any."""
        fault = super().fault(request)
        if fault is None and self._is_outage(request.time):
            self.faults += 1
            return Fault.ERROR_503
        return fault

    def _is_outage(self, time: float) -> bool:
        number, since = divmod(time - self._began, _OUTAGE_EVERY_S)
        start = random.Random(f"{self._seed} outage {number}").uniform(0.0, _OUTAGE_EVERY_S - _OUTAGE_S)
        return self._share > 0.0 and start <= since < start + _OUTAGE_S


def _kind_of(request: RecordedRequest) -> str:
    """The text that is sent, or the people of a list."""
    return request.form.get("Body", "") or request.query.get("To", "") + request.query.get("From", "") or request.path
