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
"""The server's clock, as far as its responses tell."""

from __future__ import annotations

import pytest

from tests.fake_clock import FakeClock
from tests.twilio_api.scripted_transport import NOON
from twilio_api.server_clock import ServerClock, Span


@pytest.fixture
def time() -> FakeClock:
    """The app's clock; at second 1000 of it, the server's shows noon."""
    return FakeClock(1000.0)


@pytest.fixture
def server(time: FakeClock) -> ServerClock:
    return ServerClock(time.for_app(time=lambda: NOON - 86_400.0))


def respond(server: ServerClock, time: FakeClock, asked_at: float, shown: float, came_at: float) -> None:
    """Let a response come that shows so many seconds after noon."""
    time.now = came_at
    server.note(asked_at, NOON + shown)


def test_before_any_response_the_local_clock_stands_in(server: ServerClock) -> None:
    assert server.at(990.0) == Span(NOON - 86_410.0, NOON - 86_410.0)


def test_a_response_that_shows_no_time_says_nothing(server: ServerClock) -> None:
    server.note(1000.0, None)
    assert server.at(1000.0).earliest == NOON - 86_400.0


def test_one_response_leaves_its_whole_second_and_its_round_trip(server: ServerClock, time: FakeClock) -> None:
    respond(server, time, 1005.2, 5.0, 1005.5)
    found = server.at(1005.0)
    assert found == pytest.approx((NOON + 4.5, NOON + 5.8))
    assert found.middle == pytest.approx(NOON + 5.15)


def test_several_responses_leave_less(server: ServerClock, time: FakeClock) -> None:
    for asked_at, shown, came_at in [(1005.2, 5.0, 1005.5), (1006.9, 7.0, 1007.1), (1008.8, 8.0, 1009.0)]:
        respond(server, time, asked_at, shown, came_at)
    assert server.at(1010.0) == pytest.approx((NOON + 9.9, NOON + 10.2))


def test_of_clocks_that_contradict_each_other_the_last_counts(server: ServerClock, time: FakeClock) -> None:
    respond(server, time, 1005.0, 500.0, 1005.0)
    respond(server, time, 1006.0, 6.0, 1006.0)
    assert server.at(1006.0) == pytest.approx((NOON + 6.0, NOON + 7.0))
