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
"""Whether a host is down: a matter of time and of evidence, not of a count of tries."""

from __future__ import annotations

import math
from dataclasses import dataclass

from twilio_api.errors import CallError, HostDown
from twilio_consts import OUTAGE_S, REQUEST_DEADLINE_S


_TRY_EVERY_S = 25.0  # while there is an outage
_EVIDENCE_S = 60.0  # after which a failure proves nothing any more
_LATE_S = 1.0  # by which a busy machine may be late to end a call


@dataclass(eq=False, repr=False)
class Outage:
    """Known once calls failed for OUTAGE_S, from the first failure to the last, and none between them succeeded.

    `what` says so of the host, such as "api.twilio.com accepted no message or call". The clock is no evidence: between
    two failures it counts for no longer than a call can last, and not at all where a call took longer, so that a
    machine that stood still proves nothing. Of a call that began before the last success, only the time since then
    counts. While there is an outage, one call every _TRY_EVERY_S may try: its failure prolongs the outage, its success
    ends it. All times are seconds of the event loop.
    """

    what: str
    succeeded_at: float = -math.inf  # the last time; where a call never succeeded, before all times
    _failing_s: float = 0.0
    _counted_to: float = 0.0  # the end of the last failure, or the beginning of the first
    _tried_at: float = 0.0
    _error: CallError | None = None

    def succeeded(self, now: float) -> None:
        """Note a call that succeeded now."""
        self.succeeded_at, self._failing_s, self._error = now, 0.0, None

    def failed(self, began: float, now: float, error: CallError) -> None:
        """Note a call that failed now."""
        if self._error is None or began - self._counted_to > _EVIDENCE_S:
            self._failing_s, self._counted_to = 0.0, max(began, self.succeeded_at)
        if now - began <= REQUEST_DEADLINE_S + _LATE_S:
            self._failing_s += min(now - self._counted_to, REQUEST_DEADLINE_S)
        self._counted_to, self._error = now, error

    def why_down(self, now: float, *, is_try: bool = False) -> HostDown | None:
        """Say why a call may not be made now; None where it may.

        `is_try` says that it is made then: it uses up the one that may try.
        """
        if self._error is None or self._failing_s < OUTAGE_S:
            return None
        if now < max(self._counted_to, self._tried_at) + _TRY_EVERY_S:
            return HostDown(self.what, self._error)
        if is_try:
            self._tried_at = now
        return None


def is_healthy(error: CallError) -> bool:
    """Whether a call reached a Twilio that is well, though it was turned down."""
    return error.is_twilios and error.status < 500
