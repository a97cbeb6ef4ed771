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
"""At most so many connections at a time, and how they are shared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from threading import Event, Thread
from typing import Any

import pytest

from twilio_api.connection_limit import ConnectionLimit
from twilio_consts import MAX_CONNECTIONS


WAITING_S = 0.03  # after which a thread that has no connection is held to wait for one
PATIENCE_S = 5.0


class Waiting:
    """A call in a thread of its own, which waits for a connection and keeps it until a test ends it."""

    def __init__(self, connection: Callable[[], AbstractContextManager[Any]]) -> None:
        self._connection = connection
        self._entered, self._end = Event(), Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with self._connection():
            self._entered.set()
            self._end.wait(PATIENCE_S)

    @property
    def is_waiting(self) -> bool:
        """Whether it has no connection yet."""
        return not self._entered.wait(WAITING_S)

    @property
    def has_a_connection(self) -> bool:
        """Whether it gets one soon."""
        return self._entered.wait(PATIENCE_S)

    def end(self) -> None:
        """Give the connection back."""
        self._end.set()
        self._thread.join(PATIENCE_S)


@pytest.fixture
def limit() -> ConnectionLimit:
    return ConnectionLimit()


@pytest.fixture
def calls() -> Iterator[ExitStack]:
    """The calls under way in the test's own thread."""
    with ExitStack() as stack:
        yield stack


def free_for_creating(limit: ConnectionLimit) -> int:
    """How many create calls may be under way at a time."""
    calls: list[Waiting] = []
    while not calls or not calls[-1].is_waiting:
        calls.append(Waiting(limit.creating))
    for call in calls:
        call.end()
    return len(calls) - 1


def test_all_connections_may_create(limit: ConnectionLimit) -> None:
    assert free_for_creating(limit) == MAX_CONNECTIONS == 8


def test_the_next_call_waits_until_one_has_ended(limit: ConnectionLimit, calls: ExitStack) -> None:
    for _ in range(MAX_CONNECTIONS - 1):
        calls.enter_context(limit.creating())
    with limit.reading():
        waiting = Waiting(limit.reading)
        assert waiting.is_waiting
    assert waiting.has_a_connection
    waiting.end()


def test_a_call_that_raised_has_ended(limit: ConnectionLimit) -> None:
    for _ in range(MAX_CONNECTIONS):
        with pytest.raises(KeyError), limit.creating():
            raise KeyError
        with pytest.raises(KeyError), limit.reading():
            raise KeyError
    assert free_for_creating(limit) == MAX_CONNECTIONS


def test_a_read_that_waits_goes_before_a_create_call_that_waited_longer(limit: ConnectionLimit) -> None:
    under_way = [Waiting(limit.creating) for _ in range(MAX_CONNECTIONS)]
    assert all(call.has_a_connection for call in under_way)
    create, read = Waiting(limit.creating), Waiting(limit.reading)
    assert create.is_waiting
    assert read.is_waiting
    under_way[0].end()
    assert read.has_a_connection
    assert create.is_waiting
    for call in [read, *under_way[1:], create]:
        call.end()


def test_a_create_call_that_was_turned_away_halves_their_number(limit: ConnectionLimit) -> None:
    left = []
    for _ in range(5):
        with limit.creating() as began:
            limit.decrease(began)
        left.append(free_for_creating(limit))
    assert left == [4, 2, 1, 1, 1]


def test_failures_of_calls_that_were_under_way_together_count_once(limit: ConnectionLimit, calls: ExitStack) -> None:
    began = [calls.enter_context(limit.creating()) for _ in range(MAX_CONNECTIONS)]
    for when in began:
        limit.decrease(when)
    calls.close()
    assert free_for_creating(limit) == MAX_CONNECTIONS / 2


def test_each_success_adds_a_little_back(limit: ConnectionLimit) -> None:
    with limit.creating() as began:
        limit.decrease(began)
    left = []
    for _ in range(5):
        for _ in range(4):
            limit.increase()
        left.append(free_for_creating(limit))
    assert left == [5, 6, 7, 8, 8]


def test_reads_are_not_fewer_when_create_calls_are_turned_away(limit: ConnectionLimit, calls: ExitStack) -> None:
    for _ in range(5):
        with limit.creating() as began:
            limit.decrease(began)
    for _ in range(MAX_CONNECTIONS - 1):
        calls.enter_context(limit.reading())
    waiting = Waiting(limit.reading)
    assert waiting.has_a_connection
    waiting.end()
