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
"""When there is an outage, as a table of histories."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest

from tests.fake_clock import FakeClock
from twilio_api.circuit_breaker import CircuitBreaker
from twilio_api.errors import NoResponse


BEGIN, END, FAIL, HEALTHY = "an operation begins", "it ends", "a call fails", "a healthy response"
ERROR = NoResponse("twilio", "the connection broke")

OPEN: dict[str, list[str | float]] = {
    "one operation fails for 25 s": [BEGIN, 25.0, FAIL],
    "its pauses count": [BEGIN, FAIL, 5.0, FAIL, 15.0, FAIL, 5.0],
    "operations one after the other add up": [BEGIN, 13.0, FAIL, END, BEGIN, 13.0, FAIL, END],
    "however long nothing was asked between them": [BEGIN, 13.0, FAIL, END, 20.0, BEGIN, 12.0, FAIL, END],
    "a healthy response long ago": [BEGIN, FAIL, HEALTHY, 25.0, FAIL],
    "the other one of two operations still fails": [BEGIN, BEGIN, 20.0, FAIL, END, 5.0, FAIL],
    "the try after a pause failed too": [BEGIN, 25.0, FAIL, END, 30.0, BEGIN, 1.0, FAIL],
    "it stays open while calls go on failing": [BEGIN, 25.0, FAIL, 20.0, FAIL, 20.0, FAIL],
    "an operation that failed early and ended late": [BEGIN, 5.0, FAIL, 30.0, END],
    "a short while after the last failure": [BEGIN, 25.0, FAIL, END, 24.0],
}
CLOSED: dict[str, list[str | float]] = {
    "nothing was asked": [100.0],
    "one failure": [BEGIN, 10.0, FAIL, END],
    "a little less than 25 s": [BEGIN, 24.9, FAIL],
    "many failures in a short time": [BEGIN, *([FAIL] * 50), 1.0],
    "a healthy response between": [BEGIN, 20.0, FAIL, HEALTHY, 20.0, FAIL],
    "a healthy response at the end": [BEGIN, 30.0, FAIL, HEALTHY],
    "a healthy response between two operations": [BEGIN, 20.0, FAIL, END, HEALTHY, BEGIN, 20.0, FAIL],
    "the time in which nothing was asked does not count": [BEGIN, 10.0, FAIL, END, 600.0, BEGIN, 10.0, FAIL, END],
    "two operations at a time count once": [BEGIN, BEGIN, 13.0, FAIL, FAIL, END, END],
    "an operation that is slow and does not fail": [BEGIN, 100.0],
    "no call failed for 25 s, so that one may try again": [BEGIN, 25.0, FAIL, END, 25.0],
}


class History:
    """A breaker to which things happen in fake time."""

    def __init__(self, steps: list[str | float]) -> None:
        self.time = FakeClock()
        self.breaker = CircuitBreaker(self.time.for_app())
        self._operations: list[AbstractContextManager[None]] = []
        for step in steps:
            self._take(step)

    def _take(self, step: str | float) -> None:
        if isinstance(step, float):
            self.time.now += step
        elif step == BEGIN:
            self._operations.append(self.breaker.operation())
            self._operations[-1].__enter__()
        elif step == END:
            self._operations.pop().__exit__(None, None, None)
        elif step == FAIL:
            self.breaker.failed(ERROR)
        else:
            self.breaker.succeeded()


@pytest.mark.parametrize("steps", OPEN.values(), ids=OPEN)
def test_the_breaker_is_open(steps: list[str | float]) -> None:
    assert History(steps).breaker.outage() is ERROR


@pytest.mark.parametrize("steps", CLOSED.values(), ids=CLOSED)
def test_the_breaker_is_closed(steps: list[str | float]) -> None:
    assert History(steps).breaker.outage() is None


def test_an_operation_that_raises_is_over_all_the_same() -> None:
    history = History([])
    with pytest.raises(KeyError), history.breaker.operation():
        raise KeyError
    history.breaker.failed(ERROR)
    history.time.now += 24.0
    assert history.breaker.outage() is None


def test_the_last_error_is_the_one_that_is_shown() -> None:
    history = History([BEGIN, 30.0, FAIL])
    last = NoResponse("twilio", "what came is not HTTP")
    history.breaker.failed(last)
    assert history.breaker.outage() is last
