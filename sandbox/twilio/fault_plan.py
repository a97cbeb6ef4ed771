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
"""Which requests meet which fault."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.twilio.fault import Fault
from sandbox.twilio.recorded_request import RecordedRequest


@dataclass
class _Rule:
    fault: Fault
    method: str | None
    path: str | None
    skip: int
    times: int

    def matches(self, request: RecordedRequest) -> bool:
        return self.method in (None, request.method) and (
            self.path is None or self.path.lower() in request.path.lower()
        )


def _no_fault(request: RecordedRequest) -> Fault | None:
    return None


class FaultPlan:
    """Which requests meet which fault; safe to use from several threads.

    Set `choose` to be asked about each request that no added fault is for.
    """

    def __init__(self) -> None:
        self.choose: Callable[[RecordedRequest], Fault | None] = _no_fault
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()

    def add(
        self, fault: Fault, *, method: str | None = None, times: int = 1, path: str | None = None, skip: int = 0
    ) -> None:
        """Let the next `times` requests meet a fault, after `skip` that do not.

        Only requests of this method and with this text (in any case) in their path count; None stands for all.
        A request that meets a fault does not count for those added later.
        """
        with self._lock:
            self._rules.append(_Rule(fault, method, path, skip, times))

    def clear(self) -> None:
        """Forget all faults that were added and have not happened yet."""
        with self._lock:
            self._rules.clear()

    def next_for(self, request: RecordedRequest) -> Fault | None:
        """The fault that a request meets, if any; counts the request."""
        return self._added(request) or self.choose(request)

    def _added(self, request: RecordedRequest) -> Fault | None:
        with self._lock:
            for rule in self._rules:
                if not rule.times or not rule.matches(request):
                    continue
                if rule.skip:
                    rule.skip -= 1
                    continue
                rule.times -= 1
                return rule.fault
        return None
