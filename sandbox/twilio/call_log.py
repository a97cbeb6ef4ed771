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
"""The log that keeps an account's calls, and the calls that Twilio refuses."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from sandbox.twilio.account import Account
from sandbox.twilio.addresses import is_phone_number
from sandbox.twilio.call import Call, CallOutcome, Conversation, NewCall
from sandbox.twilio.errors import ApiError
from sandbox.twilio.magic_numbers import MAGIC_FROM


_MAGIC_FROM_CODES = {"+15005550001": 21212}
_MAGIC_TO_CODES = {"+15005550001": 21217, "+15005550002": 21214, "+15005550003": 21215, "+15005550004": 21216}


class CallLog:
    """The calls of the account; safe to use from several threads.

    `outcomes[recipient]`, or else `outcome`, is what the person called does. `refusals[recipient]` is an error code
    with which a call is refused. `calls_per_s` is how many calls are dialed in a second, where those beyond wait in a
    queue (None: no queue). A call appears in `visible` (the list) `lag_s` seconds after its creation, and one that a
    client ends goes on for `ending_s`.
    """

    def __init__(self, account: Account, clock: Callable[[], float]) -> None:
        self.outcome = CallOutcome()
        self.outcomes: dict[str, CallOutcome] = {}
        self.refusals: dict[str, int] = {}
        self.calls_per_s: float | None = None
        self.lag_s = 0.0
        self.ending_s = 0.0
        self.clock = clock
        self.before_read: list[Callable[[], None]] = []
        self._account = account
        self._calls: dict[str, Call] = {}
        self._dialed_at = -math.inf
        self._lock = threading.Lock()

    def check(self, new: NewCall) -> None:
        """Raise the ApiError with which Twilio refuses a call, if it does: 'From' is checked before 'To'."""
        code = self._from_code(new) or self._to_code(new)
        if code:
            raise ApiError(code, to=new.to, from_=new.from_)

    def place(self, new: NewCall, conversation: Conversation, created: float | None = None) -> Call:
        """Make a call, created now unless said otherwise; with test credentials, it is not kept. Raises ApiError."""
        self.check(new)
        when = self.clock() if created is None else created
        outcome = self.outcomes.get(new.to, self.outcome)
        with self._lock:
            dialed_at = max(when, self._dialed_at + 1 / self.calls_per_s) if self.calls_per_s else when
            call = Call(self._account.uri, new, when, dialed_at, outcome, conversation, self.clock)
            if not self._account.test_credentials:
                self._dialed_at = dialed_at
                self._calls[call.sid] = call
        return call

    def find(self, sid: str) -> Call | None:
        """The call with this SID, if there is one."""
        self._refresh()
        with self._lock:
            return self._calls.get(sid)

    def in_order(self) -> list[Call]:
        """All calls, the earliest first."""
        self._refresh()
        with self._lock:
            return sorted(self._calls.values(), key=lambda call: call.created)

    def visible(self) -> list[Call]:
        """The calls that the list shows now, the newest first."""
        latest = self.clock() - self.lag_s
        return [call for call in reversed(self.in_order()) if call.created <= latest]

    def _refresh(self) -> None:
        """Let flows make the calls that are due."""
        for refresh in self.before_read:
            refresh()

    def _from_code(self, new: NewCall) -> int | None:
        if not new.from_:
            return 21213
        if not is_phone_number(new.from_):
            return 21212
        if self._account.test_credentials:
            return None if new.from_ == MAGIC_FROM else _MAGIC_FROM_CODES.get(new.from_, 21210)
        number = self._account.senders.number(new.from_)
        return None if new.from_ == MAGIC_FROM or (number and number.voice) else 21210

    def _to_code(self, new: NewCall) -> int | None:
        if not new.to:
            return 21201
        if not is_phone_number(new.to):
            return 21217
        verified = self._account.verified
        if self._account.is_trial and verified is not None and new.to not in verified:
            return 21219
        return self.refusals.get(new.to) or _MAGIC_TO_CODES.get(new.to)
