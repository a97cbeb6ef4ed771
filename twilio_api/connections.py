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
"""At most so many calls at a time, and how they are shared."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


MAX_CONNECTIONS = 8  # calls of a run at a time
_MAX_READS_BESIDE_CREATES = 4  # reads that hang must not keep people unpaged
_INCREASE = 0.25  # of a create call, for each one that Twilio took
_INCREASE_FOUND = 1.0  # for one that had failed although Twilio took it: more than its failure cost


@dataclass(eq=False, repr=False)
class Connections:
    """MAX_CONNECTIONS for all calls of a run: reads go first, and create calls give way when Twilio turns them away.

    One page of the log shows how many messages stand, so a read goes before a create call. But while create calls wait,
    reads hold half of the connections at the most.

    Create calls at a time follow "additive increase, multiplicative decrease": one that was turned away or failed
    halves their number, each success adds a little back. Failures of calls that were under way together count once. A
    call that failed and was found all the same adds more than it took: responses that are lost or slow delay nobody.
    """

    # Of reads, and of create calls
    _under_way: list[int] = field(default_factory=lambda: [0, 0])
    _waiting: tuple[deque[asyncio.Future[None]], ...] = field(default_factory=lambda: (deque(), deque()))
    _most_creates: float = MAX_CONNECTIONS
    _decreases: int = 0

    @asynccontextmanager
    async def one(self, *, creates: bool = False) -> AsyncIterator[int]:
        """Wait for a connection; `creates` says what for. Gives the number of decreases so far, for `decrease`."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting[creates].append(turn)
        self._admit()
        try:
            await turn
            yield self._decreases
        finally:
            if not turn.cancelled():  # else whoever waited never had it
                self._under_way[creates] -= 1
                self._admit()

    def increase(self, *, had_failed: bool = False) -> None:
        """Note a create call that Twilio took; `had_failed` where only a search shows it. The next end admits more."""
        self._most_creates = min(self._most_creates + (_INCREASE_FOUND if had_failed else _INCREASE), MAX_CONNECTIONS)

    def decrease(self, admission: int) -> None:
        """Note a create call that was turned away or failed; `admission` is what `one` gave for it: after it, once."""
        if admission == self._decreases:
            self._most_creates = max(self._most_creates / 2, 1.0)
            self._decreases += 1

    def _admit(self) -> None:
        for creates in (False, True):
            waiting = self._waiting[creates]
            while waiting and (waiting[0].done() or self._may_enter(creates)):
                turn = waiting.popleft()
                if not turn.done():  # else whoever waited was cancelled
                    self._under_way[creates] += 1
                    turn.set_result(None)

    def _may_enter(self, creates: bool) -> bool:
        if sum(self._under_way) >= MAX_CONNECTIONS:
            return False
        if creates:
            return self._under_way[True] < int(self._most_creates)
        return not self._waiting[True] or self._under_way[False] < _MAX_READS_BESIDE_CREATES
