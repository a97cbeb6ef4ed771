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


MAX_CONNECTIONS = 8  # at a time
_MAX_READS_BESIDE_CREATES = 4  # reads that hang must not keep people unpaged
_INCREASE = 0.25  # of a create call, for each one that Twilio took
_INCREASE_FOUND = 1.0  # for one that had failed although Twilio took it: more than its failure cost
_READS, _CREATES = "reads", "creates"


class Connections:
    """MAX_CONNECTIONS for all calls of a run: reads go first, and create calls give way when Twilio turns them away.

    One page of the log shows how many messages stand, so a read goes before a create call. But while create calls wait,
    reads hold half of the connections at the most.

    Create calls at a time follow "additive increase, multiplicative decrease": one that was turned away or failed
    halves their number, each success adds a little back. Failures of calls that were under way together count once. A
    call that failed and was found all the same adds more than it took: responses that are lost or slow delay nobody.
    """

    def __init__(self) -> None:
        self._under_way = {_READS: 0, _CREATES: 0}
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {_READS: deque(), _CREATES: deque()}
        self._most_creates = float(MAX_CONNECTIONS)
        self._decreases = 0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Wait for a connection for a call that creates nothing."""
        await self._enter(_READS)
        try:
            yield
        finally:
            self._leave(_READS)

    @asynccontextmanager
    async def creating(self) -> AsyncIterator[int]:
        """Wait for a connection for a call that creates; gives what `decrease` wants to know."""
        await self._enter(_CREATES)
        try:
            yield self._decreases
        finally:
            self._leave(_CREATES)

    def increase(self, *, had_failed: bool = False) -> None:
        """Note a create call that Twilio took; `had_failed` where that is known by a search alone."""
        self._most_creates = min(self._most_creates + (_INCREASE_FOUND if had_failed else _INCREASE), MAX_CONNECTIONS)

    def decrease(self, began: int) -> None:
        """Note a create call that was turned away or failed; `began` is what `creating` gave for it."""
        if began == self._decreases:
            self._most_creates = max(self._most_creates / 2, 1.0)
            self._decreases += 1

    async def _enter(self, kind: str) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting[kind].append(turn)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # the turn was given at the same moment
                self._leave(kind)
            raise

    def _leave(self, kind: str) -> None:
        self._under_way[kind] -= 1
        self._admit()

    def _admit(self) -> None:
        for kind in (_READS, _CREATES):
            waiting = self._waiting[kind]
            while waiting and (waiting[0].done() or self._may_enter(kind)):
                turn = waiting.popleft()
                if not turn.done():  # else whoever waited was cancelled
                    self._under_way[kind] += 1
                    turn.set_result(None)

    def _may_enter(self, kind: str) -> bool:
        if sum(self._under_way.values()) >= MAX_CONNECTIONS:
            return False
        if kind == _CREATES:
            return self._under_way[_CREATES] < int(self._most_creates)
        return not self._waiting[_CREATES] or self._under_way[_READS] < _MAX_READS_BESIDE_CREATES
