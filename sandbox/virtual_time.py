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
"""Time that passes only where everybody waits: an hour of waiting costs a millisecond.

Nothing depends on how busy the machine is, and nobody sleeps. The event loops of the app run on a VirtualClock, and
what happens elsewhere (a request arrives, a person answers, somebody cancels) is set on the clock by call_later().
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
import selectors
from collections.abc import Callable, Coroutine
from threading import Condition, RLock
from typing import Any, TypeVar


_T = TypeVar("_T")

START = 1_796_000_000.0  # seconds since the epoch, when a clock begins; a whole number, as Twilio's dates are


class Deadlock(RuntimeError):
    """Everybody waits, and no timer is set that could wake anybody."""

    def __init__(self) -> None:
        super().__init__("Everybody waits, and no timer is set")


class VirtualClock:
    """A clock that stands still while anybody computes, and jumps to the next timer where everybody waits.

    Several loops may share it, one after the other or each in a thread of its own: then time jumps where all of those
    that are running wait. What is set by call_later() happens at its moment, whichever loop waits for what.
    """

    def __init__(self, start: float = START) -> None:
        self._start = start
        self._passed_s = 0.0
        self._alarms: list[tuple[float, int, Callable[[], object]]] = []
        self._order = itertools.count()  # of alarms for the same moment
        self._lock = RLock()
        self._jumped = Condition(self._lock)
        self._running = 0
        self._waiting: list[float] = []  # until when each loop waits that does
        self._jumps = 0
        self._is_stuck = False

    @property
    def now(self) -> float:
        """Seconds since the epoch."""
        return self.time()

    def time(self) -> float:
        """Seconds since the epoch, as time.time() counts them."""
        return self._start + self._passed_s

    def monotonic(self) -> float:
        """Seconds since the clock began."""
        return self._passed_s

    def call_later(self, seconds: float, callback: Callable[[], object]) -> None:
        """Call a function after so many seconds, also while nobody but it is waited for.

        It is called by the thread that moves the clock; what it raises is raised there.
        """
        with self._lock:
            heapq.heappush(self._alarms, (self._passed_s + max(seconds, 0.0), next(self._order), callback))

    def advance(self, seconds: float) -> None:
        """Let time pass for everybody, as where the platform stands still; what is due in it happens at its moment."""
        with self._lock:
            end = self._passed_s + seconds
            while self._alarms and self._alarms[0][0] <= end:
                self._ring(self._alarms[0][0])
            self._passed_s = max(self._passed_s, end)

    def enter(self) -> None:
        """Count a loop that begins to run."""
        with self._lock:
            self._running += 1

    def leave(self) -> None:
        """Count it no longer."""
        with self._lock:
            self._running -= 1
            self._jump_if_all_wait()

    def wait(self, timeout: float | None) -> None:
        """Let a running loop wait for so many seconds (None: for ever), or until anything happened before that.

        Raises Deadlock where nothing ever will.
        """
        with self._lock:
            if timeout is not None and timeout <= 0.0:
                self._ring(self._passed_s)
                return
            self._waiting.append(math.inf if timeout is None else self._passed_s + timeout)
            jumps = self._jumps
            self._jump_if_all_wait()
            while self._jumps == jumps:
                self._jumped.wait()
            if self._is_stuck:
                raise Deadlock

    def _jump_if_all_wait(self) -> None:
        if not self._waiting or len(self._waiting) < self._running:
            return
        next_at = min(self._waiting)
        if self._alarms:
            next_at = min(next_at, self._alarms[0][0])
        self._waiting.clear()
        self._jumps += 1
        self._jumped.notify_all()
        self._is_stuck = next_at == math.inf
        if not self._is_stuck:
            self._ring(next_at)

    def _ring(self, moment: float) -> None:
        """Make it that moment, and do what was set for it."""
        self._passed_s = max(self._passed_s, moment)
        while self._alarms and self._alarms[0][0] <= moment:
            heapq.heappop(self._alarms)[2]()


class _Selector(selectors.SelectSelector):
    """Where a loop would sleep until its next timer or until a socket has something for it, its clock moves on."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[Any]:
        self._clock.wait(timeout)
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop on a VirtualClock. It knows no sockets, and no callbacks from other threads."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(_Selector(clock))
        self._virtual_clock = clock
        # asyncio's own, a nanosecond, is lost in a float of many days: a timer would never be due
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Seconds."""
        return self._virtual_clock.monotonic()

    def run_forever(self) -> None:
        """Run until it is stopped."""
        self._virtual_clock.enter()
        try:
            super().run_forever()
        finally:
            self._virtual_clock.leave()


def run(story: Coroutine[Any, Any, _T], clock: VirtualClock | None = None) -> _T:
    """Return what a coroutine returns, run in virtual time; what it began and did not await is cancelled."""
    loop = VirtualTimeLoop(clock or VirtualClock())
    try:
        return loop.run_until_complete(story)
    finally:
        rest = asyncio.all_tasks(loop)
        for task in rest:
            task.cancel()
        loop.run_until_complete(_all(rest))
        loop.close()


async def _all(tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
