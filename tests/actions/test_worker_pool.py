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
"""The worker pool: jobs side by side, but for jobs of one key."""

from __future__ import annotations

from functools import partial
from threading import Barrier, BrokenBarrierError, Event, Lock, Thread

import pytest

from actions.worker_pool import WorkerPool
from twilio_consts import MAX_CONNECTIONS


PATIENCE_S = 5.0


def test_as_many_jobs_as_there_are_connections_are_done_side_by_side() -> None:
    for _ in range(20):  # a thread that is about to take one job must not be counted for the next
        pool, together = WorkerPool(), Barrier(MAX_CONNECTIONS + 1)
        pool.submit("the first", lambda: None)
        pool.drain()
        for number in range(MAX_CONNECTIONS):
            pool.submit(number, partial(together.wait, PATIENCE_S))
        try:
            together.wait(PATIENCE_S)
        except BrokenBarrierError:
            pytest.fail("some job waited for another one")
        pool.drain()


def test_no_more_jobs_than_that_are_under_way() -> None:
    pool, lock, under_way, most = WorkerPool(), Lock(), 0, 0

    def job() -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        Event().wait(0.001)
        with lock:
            under_way -= 1

    for number in range(50):
        pool.submit(number, job)
    pool.drain()
    assert 1 < most <= MAX_CONNECTIONS


def test_jobs_of_one_key_are_done_one_after_the_other_in_their_order() -> None:
    pool, done, under_way = WorkerPool(), [], Lock()

    def job(number: int) -> None:
        assert under_way.acquire(blocking=False)
        Event().wait(0.001)
        done.append(number)
        under_way.release()

    for number in range(20):
        pool.submit("one person", lambda number=number: job(number))  # type: ignore[misc]
    pool.drain()
    assert done == list(range(20))


@pytest.mark.parametrize("error", [KeyError, SystemExit])
def test_a_job_that_raises_does_not_keep_those_after_it_from_being_done(error: type[BaseException]) -> None:
    pool, done = WorkerPool(), []

    def stumble() -> None:
        raise error

    for number in range(3 * MAX_CONNECTIONS):
        pool.submit(number, stumble)
    pool.submit("another", lambda: done.append(1))
    waiting = Thread(target=pool.drain, daemon=True)
    waiting.start()
    waiting.join(PATIENCE_S)
    assert not waiting.is_alive()
    assert done == [1]


def test_it_is_idle_when_every_job_is_done() -> None:
    pool, go_on = WorkerPool(), Event()
    assert pool.is_idle
    pool.submit("one", lambda: go_on.wait(PATIENCE_S))
    assert not pool.is_idle
    go_on.set()
    pool.drain()
    assert pool.is_idle
