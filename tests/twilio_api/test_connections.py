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
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import Any

from sandbox.virtual_time import run
from tests.tables import for_each
from twilio_api.connections import MAX_CONNECTIONS, Connections


READ, CREATE = "read", "create"


class Calls:
    """Calls that hold a connection until a test ends them."""

    def __init__(self) -> None:
        self.connections = Connections()
        self.under_way: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def begin(self, *names: str) -> None:
        """Begin calls of these names, each of which says its kind at its beginning."""
        for name in names:
            self._ends[name] = asyncio.Event()
            self._tasks[name] = asyncio.ensure_future(self._call(name))
            await settled()

    async def end(self, *names: str) -> None:
        """End calls that are under way."""
        for name in names:
            self._ends[name].set()
            await settled()

    async def cancel(self, *names: str) -> None:
        """Cancel calls, whether they wait or are under way."""
        for name in names:
            self._tasks[name].cancel()
        await settled()

    async def _call(self, name: str) -> None:
        connection: Any = self.connections.one(creates=name.startswith(CREATE))
        async with connection:
            self.under_way.append(name)
            try:
                await self._ends[name].wait()
            finally:
                self.under_way.remove(name)


async def settled() -> None:
    """Let whoever can go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)


def numbered(kind: str, count: int) -> list[str]:
    return [f"{kind} {number}" for number in range(count)]


async def free_for(kind: str, connections: Connections) -> int:
    """How many calls of a kind may be under way at a time, where there are no others."""
    calls = Calls()
    calls.connections = connections
    names = numbered(kind, 2 * MAX_CONNECTIONS)
    await calls.begin(*names)
    count = len(calls.under_way)
    await calls.cancel(*names)
    return count


def story(tale: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    """A test in virtual time."""

    def test() -> None:
        run(_as_coroutine(tale()))

    test.__name__ = tale.__name__
    return test


async def _as_coroutine(awaitable: Awaitable[None]) -> None:
    await awaitable


@for_each("kind", [READ, CREATE])
def test_eight_calls_may_be_under_way(kind: str) -> None:
    assert run(free_for(kind, Connections())) == MAX_CONNECTIONS == 8


@story
async def test_reads_and_create_calls_share_them() -> None:
    calls = Calls()
    await calls.begin(*numbered(CREATE, 5), *numbered(READ, 5))
    assert len(calls.under_way) == MAX_CONNECTIONS
    await calls.end("create 0")
    assert len(calls.under_way) == MAX_CONNECTIONS


@story
async def test_a_call_that_raised_gives_its_connection_back() -> None:
    connections = Connections()
    for _ in range(2 * MAX_CONNECTIONS):
        with suppress(KeyError):
            async with connections.one():
                raise KeyError
        with suppress(KeyError):
            async with connections.one(creates=True):
                raise KeyError
    assert await free_for(CREATE, connections) == MAX_CONNECTIONS


@story
async def test_whoever_waits_longer_goes_first() -> None:
    calls = Calls()
    await calls.begin(*numbered(CREATE, 10))
    await calls.end("create 3")
    assert calls.under_way[-1] == "create 8"
    assert "create 9" not in calls.under_way


@story
async def test_a_read_goes_before_a_create_call_that_waited_longer() -> None:
    calls = Calls()
    await calls.begin(*numbered(CREATE, 9), "read")
    await calls.end("create 0")
    assert calls.under_way[-1] == "read"


@story
async def test_while_create_calls_wait_reads_hold_half_of_the_connections_at_most() -> None:
    calls = Calls()
    await calls.begin(*numbered(CREATE, 16), *numbered(READ, 16))
    await calls.end(*numbered(CREATE, 8))
    assert sum(name.startswith(READ) for name in calls.under_way) == MAX_CONNECTIONS // 2
    assert sum(name.startswith(CREATE) for name in calls.under_way) == MAX_CONNECTIONS // 2


@story
async def test_reads_that_hang_keep_create_calls_waiting_no_longer_than_one_of_them_takes() -> None:
    calls = Calls()
    await calls.begin(*numbered(READ, 8), "create", *(f"read again {number}" for number in range(8)))
    await calls.end("read 0", "read 1", "read 2", "read 3")
    assert "create" in calls.under_way


@story
async def test_whoever_is_cancelled_while_waiting_leaves_the_turn_to_others() -> None:
    calls = Calls()
    await calls.begin(*numbered(CREATE, 10), "read")
    await calls.cancel("read", "create 8")
    await calls.end("create 0")
    assert calls.under_way[-1] == "create 9"
    await calls.cancel(*numbered(CREATE, 10))
    assert await free_for(CREATE, calls.connections) == MAX_CONNECTIONS


@story
async def test_whoever_is_cancelled_as_the_turn_comes_gives_it_back() -> None:
    calls = Calls()
    await calls.begin(*numbered(CREATE, 9))
    calls._ends["create 0"].set()
    await asyncio.sleep(0)  # the ninth has its turn now, and has not run since
    await calls.cancel("create 8")
    await calls.cancel(*numbered(CREATE, 8))
    assert await free_for(CREATE, calls.connections) == MAX_CONNECTIONS


# --- create calls that Twilio turns away


@story
async def test_a_create_call_that_was_turned_away_halves_their_number() -> None:
    connections, left = Connections(), []
    for _ in range(5):
        async with connections.one(creates=True) as admission:
            connections.decrease(admission)
        left.append(await free_for(CREATE, connections))
    assert left == [4, 2, 1, 1, 1]


@story
async def test_failures_of_calls_that_were_under_way_together_count_once() -> None:
    connections = Connections()
    async with AsyncExitStack() as calls:
        for admission in [
            await calls.enter_async_context(connections.one(creates=True)) for _ in range(MAX_CONNECTIONS)
        ]:
            connections.decrease(admission)
    assert await free_for(CREATE, connections) == MAX_CONNECTIONS / 2


@story
async def test_each_success_adds_a_little_back() -> None:
    connections, left = Connections(), []
    async with connections.one(creates=True) as admission:
        connections.decrease(admission)
    for _ in range(5):
        for _ in range(4):
            connections.increase()
        left.append(await free_for(CREATE, connections))
    assert left == [5, 6, 7, 8, 8]


@story
async def test_create_calls_that_were_taken_although_they_failed_are_not_fewer() -> None:
    connections = Connections()
    for _ in range(10):
        async with AsyncExitStack() as calls:
            for admission in [await calls.enter_async_context(connections.one(creates=True)) for _ in range(4)]:
                connections.decrease(admission)
                connections.increase(had_failed=True)
    assert await free_for(CREATE, connections) == MAX_CONNECTIONS


@story
async def test_reads_are_not_fewer_when_create_calls_are_turned_away() -> None:
    connections = Connections()
    for _ in range(5):
        async with connections.one(creates=True) as admission:
            connections.decrease(admission)
    assert await free_for(READ, connections) == MAX_CONNECTIONS
