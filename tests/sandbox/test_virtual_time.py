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
"""Virtual time: it passes where everybody waits, and nowhere else."""

from __future__ import annotations

import asyncio
import time
from threading import Barrier, Thread

import pytest

from sandbox.virtual_time import Deadlock, VirtualClock, VirtualTimeLoop, run


def test_a_year_of_waiting_takes_no_time() -> None:
    clock = VirtualClock()
    began, real = clock.now, time.monotonic()
    run(asyncio.sleep(365 * 86400.0), clock)
    assert clock.now - began == pytest.approx(365 * 86400.0)
    assert clock.monotonic() == pytest.approx(365 * 86400.0)
    assert time.monotonic() - real < 5.0


def test_those_who_wait_wake_in_the_order_of_their_timers() -> None:
    clock = VirtualClock()
    woken: list[tuple[float, str]] = []

    async def sleeper(name: str, *naps: float) -> None:
        for nap in naps:
            await asyncio.sleep(nap)
            woken.append((clock.monotonic(), name))

    async def both() -> None:
        await asyncio.gather(sleeper("a", 1.0, 1.0, 1.0), sleeper("b", 1.5, 1.0))

    run(both(), clock)
    assert woken == [(1.0, "a"), (1.5, "b"), (2.0, "a"), (2.5, "b"), (3.0, "a")]


def test_computing_takes_no_time() -> None:
    clock = VirtualClock()

    async def compute() -> None:
        await asyncio.sleep(1.0)
        time.sleep(0.02)
        for _ in range(100):
            await asyncio.sleep(0)

    run(compute(), clock)
    assert clock.monotonic() == 1.0


def test_everybody_waiting_without_a_timer_is_a_deadlock() -> None:
    async def waits_for_ever() -> None:
        await asyncio.sleep(1.0)
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock, match="Everybody waits, and no timer is set"):
        run(waits_for_ever())


def test_a_story_returns_and_raises_through_run() -> None:
    async def story(error: Exception | None) -> int:
        if error:
            raise error
        return 3

    assert run(story(None)) == 3
    with pytest.raises(KeyError):
        run(story(KeyError()))


def test_what_a_story_left_behind_is_cancelled() -> None:
    ended: list[str] = []

    async def rest() -> None:
        try:
            await asyncio.sleep(1000.0)
        finally:
            ended.append("cancelled")

    async def story() -> None:
        asyncio.get_running_loop().create_task(rest())
        await asyncio.sleep(0)

    clock = VirtualClock()
    run(story(), clock)
    assert (ended, clock.monotonic()) == (["cancelled"], 0.0)


# --- what happens at its moment


def test_what_is_set_on_the_clock_happens_at_its_moment() -> None:
    clock = VirtualClock()
    happened: list[tuple[float, str]] = []
    for seconds, name in ((2.0, "c"), (1.0, "a"), (1.0, "b"), (9.0, "never")):
        clock.call_later(seconds, lambda name=name: happened.append((clock.monotonic(), name)))  # type: ignore[misc]
    run(asyncio.sleep(3.0), clock)
    assert happened == [(1.0, "a"), (1.0, "b"), (2.0, "c")]


def test_it_may_wake_a_story_that_has_no_timer() -> None:
    clock = VirtualClock()

    async def story() -> str:
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        clock.call_later(5.0, lambda: future.set_result("woken"))
        return await future

    assert (run(story(), clock), clock.monotonic()) == ("woken", 5.0)


def test_what_it_raises_ends_the_run_as_a_signal_does() -> None:
    clock = VirtualClock()

    def terminate() -> None:
        raise SystemExit

    clock.call_later(5.0, terminate)
    with pytest.raises(SystemExit):
        run(asyncio.sleep(9.0), clock)
    assert clock.monotonic() == 5.0


def test_a_platform_that_stands_still_stops_nobody_else() -> None:
    clock = VirtualClock()
    happened: list[float] = []

    async def story() -> float:
        clock.call_later(10.0, lambda: happened.append(clock.monotonic()))
        timer = asyncio.get_running_loop().create_task(asyncio.sleep(5.0))
        await asyncio.sleep(0)
        clock.advance(30.0)
        await timer
        return clock.monotonic()

    assert (run(story(), clock), happened) == (30.0, [10.0])


# --- several loops


def test_loops_one_after_the_other_share_a_clock() -> None:
    clock = VirtualClock()
    run(asyncio.sleep(2.0), clock)
    run(asyncio.sleep(3.0), clock)
    assert clock.monotonic() == 5.0


def test_a_loop_may_run_in_pieces() -> None:
    clock = VirtualClock()
    loop = VirtualTimeLoop(clock)
    story = loop.create_task(asyncio.sleep(5.0))
    loop.run_until_complete(asyncio.sleep(2.0))
    assert (clock.monotonic(), story.done()) == (2.0, False)
    loop.run_until_complete(story)
    loop.close()
    assert clock.monotonic() == 5.0


def test_loops_in_two_threads_share_a_clock() -> None:
    clock = VirtualClock()
    both_run = Barrier(2)
    woken: list[tuple[float, str]] = []

    async def story(name: str, *naps: float) -> None:
        both_run.wait()
        for nap in naps:
            await asyncio.sleep(nap)
            woken.append((clock.monotonic(), name))

    threads = [
        Thread(target=run, args=(story("a", 1.0, 1.0, 1.0), clock)),
        Thread(target=run, args=(story("b", 1.5, 7.0), clock)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10.0)
    assert woken == [(1.0, "a"), (1.5, "b"), (2.0, "a"), (3.0, "a"), (8.5, "b")]
