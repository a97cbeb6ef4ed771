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
"""Waiting for messages: when each is polled, for how long, many at once, and what goes wrong meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from threading import Event, Lock
from typing import Any, NamedTuple

import pytest

from tests.fake_clock import FakeClock
from tests.twilio_api.scripted_transport import SILENCE, api_error
from twilio_api.errors import CallError, InternalError, ResponseTooLong
from twilio_api.messages import Message, next_poll_s
from twilio_api.pending import Pending, Source
from twilio_api.waiter import Waiter


MINUTE_S = 60.0
ROUND_TRIPS_S = [0.0, 0.02, 0.1, 0.2, 0.3]
TOO_LONG = ResponseTooLong(200, "The response is longer than 2097152 bytes")


class Poll(NamedTuple):
    """One poll: when it began (seconds), and what it asked for: a SID, or a number of rows."""

    at: float
    asked: str | int


class Simulation:
    """Messages on their way in fake time, each with statuses (or errors of reading it) that come at given seconds.

    Creating each takes one round trip, in the middle of which Twilio creates it; `created_at` is that moment.
    """

    def __init__(self, *states: Mapping[Any, str | CallError], round_trip_s: float = 0.0, pages: bool = True) -> None:
        self.time = FakeClock(0.0)
        self.round_trip_s = round_trip_s
        self.states: dict[str, Mapping[Any, str | CallError]] = {
            f"SM{number:032}": way for number, way in enumerate(states)
        }
        self.created_at = round_trip_s / 2
        self.polls: list[Poll] = []
        self.updates: list[str] = []
        self.ticks = 0
        self.cancelled_at = float("inf")
        self.hidden: set[str] = set()  # from pages
        self.page_error: Callable[[int], CallError | Exception | None] = lambda size: None
        self.others = 0  # rows of other traffic, which a page shows first
        self.is_complete: Callable[[], bool] = lambda: True
        self._lock = Lock()
        self.waiter: Waiter[Pending[Message]] = Waiter(
            self.time.for_app(to_real_s=lambda seconds: seconds / 100),
            Source(self._read_one, lambda message: message.is_final, next_poll_s, self._read_page if pages else None),
            on_update=lambda item: self.updates.append(item.value.status),
            on_tick=self._tick,
            is_cancelled=lambda: self.time.now >= self.cancelled_at,
        )
        self.time.now = round_trip_s
        self.items = [self.pending(sid) for sid in self.states]

    def pending(self, sid: str, status: str = "queued") -> Pending[Message]:
        message = Message(sid, {"status": status})
        accepted_at = self.round_trip_s
        return Pending(sid, message, started_at=0.0, accepted_at=accepted_at, end_at=accepted_at + MINUTE_S)

    def wait(self) -> list[str]:
        """Wait for all, and return their last statuses."""
        for item in self.items:
            self.waiter.add(item)
        self.waiter.wait(self.is_complete)
        return [item.value.status for item in self.items]

    def polls_of(self, sid_or_size: type) -> list[float]:
        """When single messages (str) or pages (int) were read."""
        return [poll.at for poll in self.polls if isinstance(poll.asked, sid_or_size)]

    def _tick(self) -> None:
        self.ticks += 1

    def _state(self, sid: str) -> str | CallError:
        age = self.time.now - self.created_at
        known = [state for at, state in self.states[sid].items() if at <= age]
        return known[-1]

    def _read_one(self, sid: str) -> Message:
        with self._lock:
            self.polls.append(Poll(self.time.now, sid))
            self.time.now += self.round_trip_s / 2
            state = self._state(sid)
            self.time.now += self.round_trip_s / 2
        if isinstance(state, CallError):
            raise state
        return Message(sid, {"status": state})

    def _read_page(self, size: int) -> dict[str, Message]:
        with self._lock:
            self.polls.append(Poll(self.time.now, size))
            self.time.now += self.round_trip_s / 2
            error = self.page_error(size)
            if error is not None:
                raise error
            newest_first = [f"XX{number}" for number in range(self.others)] + list(reversed(self.states))
            shown = {sid: self._shown(sid) for sid in newest_first[:size] if sid not in self.hidden}
            self.time.now += self.round_trip_s / 2
        return shown

    def _shown(self, sid: str) -> Message:
        state = self._state(sid) if sid in self.states else "sent"
        return Message(sid, {"status": state if isinstance(state, str) else "queued"})


def delivered(*after_s: float) -> list[Mapping[Any, str | CallError]]:
    """The ways of messages that are delivered after so many seconds."""
    return [{0: "queued", seconds: "delivered"} for seconds in after_s]


# --- when one message is polled


@pytest.mark.parametrize("round_trip_s", ROUND_TRIPS_S)
def test_a_message_costs_at_most_25_requests_with_its_create_call(round_trip_s: float) -> None:
    simulation = Simulation({0: "sent"}, round_trip_s=round_trip_s)
    simulation.wait()
    assert 1 + len(simulation.polls) <= 25


@pytest.mark.parametrize("round_trip_s", ROUND_TRIPS_S)
def test_the_last_poll_starts_at_the_end_of_the_minute(round_trip_s: float) -> None:
    simulation = Simulation({0: "sent"}, round_trip_s=round_trip_s)
    simulation.wait()
    assert simulation.polls[-1].at == pytest.approx(round_trip_s + MINUTE_S)


def lag_s(delivered_s: float, round_trip_s: float) -> float:
    """How long after its delivery a message is known to be delivered."""
    simulation = Simulation(*delivered(delivered_s), round_trip_s=round_trip_s)
    assert simulation.wait() == ["delivered"]
    return simulation.time.now - (simulation.created_at + delivered_s)


@pytest.mark.parametrize("round_trip_s", ROUND_TRIPS_S)
def test_a_delivery_is_noticed_within_a_fifth_of_its_time_and_one_round_trip(round_trip_s: float) -> None:
    for tenth in range(1, 200):
        lag = lag_s(tenth / 10, round_trip_s)
        assert lag <= max(0.3, 0.2 * tenth / 10) + round_trip_s, f"delivered after {tenth / 10} s, {lag:.2f} s late"


@pytest.mark.parametrize("round_trip_s", ROUND_TRIPS_S)
def test_a_late_delivery_is_noticed_within_a_third_of_its_time_and_one_round_trip(round_trip_s: float) -> None:
    for seconds in range(20, 60):
        assert lag_s(float(seconds), round_trip_s) <= seconds / 3 + round_trip_s


def test_the_round_trip_is_part_of_the_gap_and_not_added_to_it() -> None:
    gaps = [
        [late.at - early.at for early, late in zip(simulation.polls, simulation.polls[1:])]
        for round_trip_s in (0.0, 0.25)
        for simulation in [Simulation({0: "sent"}, round_trip_s=round_trip_s)]
        if simulation.wait()
    ]
    assert gaps[1][:15] == pytest.approx(gaps[0][:15], abs=0.001)


def test_a_final_status_ends_the_waiting() -> None:
    simulation = Simulation(*delivered(3.0))
    assert simulation.wait() == ["delivered"]
    assert 3.0 <= simulation.time.now <= 3.6


def test_without_a_final_status_it_ends_with_the_minute() -> None:
    simulation = Simulation({0: "queued", 2: "sent"})
    assert simulation.wait() == ["sent"]
    assert simulation.time.now == pytest.approx(MINUTE_S)


def test_a_message_that_was_final_at_once_is_not_polled() -> None:
    simulation = Simulation({0: "queued"})
    simulation.items = [simulation.pending("SM" + "0" * 32, "delivered")]
    simulation.wait()
    assert simulation.polls == []
    assert simulation.items[0].is_done


def test_one_message_is_polled_by_the_thread_that_waits() -> None:
    simulation = Simulation(*delivered(3.0))
    simulation.wait()
    assert simulation.waiter._threads is None


def test_each_poll_is_reported() -> None:
    simulation = Simulation({0: "queued", 1: "sent", 2: "delivered"})
    simulation.wait()
    assert len(simulation.updates) == len(simulation.polls)
    assert simulation.updates[-1] == "delivered"


def test_nobody_waits_long_without_a_sign_of_life() -> None:
    simulation = Simulation({0: "sent"})
    simulation.wait()
    assert simulation.ticks >= 2 * MINUTE_S


# --- what goes wrong with one message


def test_a_failed_poll_is_repeated_by_the_schedule() -> None:
    simulation, undisturbed = Simulation({0: SILENCE, 4: "delivered"}), Simulation(*delivered(4.0))
    assert simulation.wait() == undisturbed.wait() == ["delivered"]
    assert simulation.polls == undisturbed.polls


def test_polls_go_on_until_the_minute_is_over_whatever_befalls_them() -> None:
    simulation = Simulation({0: SILENCE})
    assert simulation.wait() == ["queued"]
    assert simulation.polls[-1].at == pytest.approx(MINUTE_S)
    assert simulation.items[0].last_error is SILENCE


def test_a_success_ends_the_failure() -> None:
    simulation = Simulation({0: "queued", 1: SILENCE, 5: "sent"})
    assert simulation.wait() == ["sent"]
    assert simulation.items[0].last_error is None


@pytest.mark.parametrize("refusal", [api_error(403, 20008), api_error(401, 20003), api_error(401, 70051)], ids=str)
def test_a_refusal_that_no_later_poll_can_escape_ends_that_message_alone(refusal: CallError) -> None:
    simulation = Simulation({0: refusal}, *delivered(3.0))
    assert simulation.wait() == ["queued", "delivered"]
    assert len([poll for poll in simulation.polls if poll.asked == simulation.items[0].sid]) == 1
    assert simulation.items[0].last_error is refusal


@pytest.mark.parametrize("error", [api_error(404, 20404), api_error(400), api_error(500), SILENCE], ids=str)
def test_any_other_error_may_pass(error: CallError) -> None:
    assert Simulation({0: error, 30: "delivered"}).wait() == ["delivered"]


def test_a_pause_that_the_server_asks_for_is_kept() -> None:
    simulation = Simulation({0: api_error(429, 20429, retry_after_s=7.0), 5: "delivered"})
    simulation.wait()
    assert [poll.at for poll in simulation.polls] == pytest.approx([0.28, 7.28])


def test_a_pause_does_not_reach_beyond_the_minute() -> None:
    simulation = Simulation({0: "sent", 40: api_error(429, 20429, retry_after_s=10.0), 59: "delivered"})
    assert simulation.wait() == ["delivered"]
    assert simulation.polls[-1].at == pytest.approx(MINUTE_S)


def test_a_mistake_of_the_reader_is_an_error_like_others() -> None:
    simulation = Simulation({0: "queued"})
    simulation.states = {}
    assert simulation.wait() == ["queued"]
    assert isinstance(simulation.items[0].last_error, InternalError)


@pytest.mark.parametrize("messages", [1, 2, 5])
def test_a_cancelled_run_ends_within_a_second(messages: int) -> None:
    simulation = Simulation(*[{0: "sent"}] * messages)
    simulation.cancelled_at = 20.5
    simulation.wait()
    assert simulation.time.now <= 21.5
    assert not simulation.items[0].is_done


# --- many messages


def test_several_wait_for_the_slowest_not_for_the_sum() -> None:
    simulation = Simulation(*delivered(2.0, 8.0, 14.0))
    assert simulation.wait() == ["delivered"] * 3
    assert simulation.time.now <= 17.0


def test_a_bad_end_does_not_stop_the_others() -> None:
    assert Simulation({0: "failed"}, {0: "sent", 5: "delivered"}).wait() == ["failed", "delivered"]


def test_two_messages_are_read_by_their_sids() -> None:
    simulation = Simulation(*delivered(3.0, 3.0))
    simulation.wait()
    assert simulation.polls_of(int) == []


def test_from_three_messages_on_one_page_shows_all_of_them() -> None:
    simulation = Simulation(*delivered(3.0, 3.0, 3.0))
    assert simulation.wait() == ["delivered"] * 3
    assert simulation.polls_of(str) == []


def test_the_cost_does_not_grow_with_the_messages() -> None:
    few, many = Simulation(*delivered(*[3.0] * 3)), Simulation(*delivered(*[3.0] * 200))
    few.wait()
    assert many.wait() == ["delivered"] * 200
    assert len(many.polls) == len(few.polls) <= 60


@pytest.mark.parametrize("delivered_s", [0.5, 1.0, 3.0, 8.0, 15.0, 30.0, 55.0])
def test_pages_notice_a_delivery_as_soon_as_polls_of_one_message(delivered_s: float) -> None:
    simulation = Simulation(*delivered(*[delivered_s] * 20), round_trip_s=0.15)
    simulation.wait()
    lag = simulation.time.now - (simulation.created_at + delivered_s)
    assert lag <= max(0.3, delivered_s * (0.2 if delivered_s <= 20.0 else 1 / 3)) + 0.15


def test_the_last_page_is_read_at_the_end_of_the_minute() -> None:
    simulation = Simulation(*[{0: "sent"}] * 20)
    assert simulation.wait() == ["sent"] * 20
    assert simulation.polls[-1].at == pytest.approx(MINUTE_S, abs=0.3)
    assert simulation.time.now == pytest.approx(MINUTE_S, abs=0.3)


def test_a_page_asks_for_as_many_rows_as_there_are_messages_and_some_more() -> None:
    simulation = Simulation(*delivered(*[1.0] * 30))
    simulation.wait()
    assert simulation.polls[0].asked == 50


def test_other_traffic_makes_pages_larger() -> None:
    simulation = Simulation(*delivered(*[5.0] * 10))
    simulation.others = 150
    assert simulation.wait() == ["delivered"] * 10
    sizes = [poll.asked for poll in simulation.polls if isinstance(poll.asked, int)]
    assert sizes[0] < 160 <= sizes[-1]
    assert simulation.polls_of(str) == []


def test_a_page_has_at_most_1000_rows() -> None:
    simulation = Simulation(*delivered(*[1.0] * 3))
    simulation.others = 5000
    simulation.wait()
    assert max(poll.asked for poll in simulation.polls if isinstance(poll.asked, int)) == 1000


def test_hidden_messages_are_read_by_their_sids_at_most_25_times() -> None:
    simulation = Simulation(*[{0: "sent"}] * 10)
    simulation.hidden = {simulation.items[0].sid, simulation.items[1].sid}
    simulation.wait()
    for sid in simulation.hidden:
        assert 0 < len([poll for poll in simulation.polls if poll.asked == sid]) <= 25
    assert len(simulation.polls_of(str)) <= 50


@pytest.mark.parametrize("delivered_s", [1.0, 3.0, 8.0, 15.0])
def test_a_hidden_message_is_noticed_as_soon_as_others(delivered_s: float) -> None:
    simulation = Simulation(*delivered(*[delivered_s] * 10))
    simulation.hidden = {simulation.items[0].sid}
    assert simulation.wait() == ["delivered"] * 10
    assert simulation.time.now - delivered_s <= max(0.3, 0.2 * delivered_s)


def test_a_log_that_shows_nothing_costs_no_more_than_reading_each_message() -> None:
    simulation = Simulation(*delivered(*[20.0] * 10))
    simulation.hidden = {item.sid for item in simulation.items}
    assert simulation.wait() == ["delivered"] * 10
    assert len(simulation.polls_of(int)) <= 5


def test_a_page_that_is_too_long_is_asked_for_again_smaller() -> None:
    simulation = Simulation(*delivered(*[3.0] * 100))
    simulation.page_error = lambda size: TOO_LONG if size > 70 else None
    assert simulation.wait() == ["delivered"] * 100
    sizes = [poll.asked for poll in simulation.polls if isinstance(poll.asked, int)]
    assert sizes[:2] == [120, 60]
    assert set(sizes[1:]) == {60}


def test_pages_that_are_too_long_at_any_size_are_given_up() -> None:
    simulation = Simulation(*delivered(*[3.0] * 5))
    simulation.page_error = lambda size: TOO_LONG
    assert simulation.wait() == ["delivered"] * 5
    assert len(simulation.polls_of(int)) <= 4


@pytest.mark.parametrize("refusal", [api_error(401, 70051), api_error(403, 20005), api_error(404, 20404)], ids=str)
def test_where_pages_are_refused_each_message_is_read_by_its_sid(refusal: CallError) -> None:
    simulation = Simulation(*delivered(*[3.0] * 5))
    simulation.page_error = lambda size: refusal
    assert simulation.wait() == ["delivered"] * 5
    assert len(simulation.polls_of(int)) == 1


@pytest.mark.parametrize("error", [SILENCE, api_error(503), api_error(429, 20429), KeyError("x")], ids=str)
def test_a_page_that_fails_is_tried_again(error: Exception) -> None:
    simulation = Simulation(*delivered(*[5.0] * 5))
    simulation.page_error = lambda size: error if simulation.time.now < 4.0 else None
    assert simulation.wait() == ["delivered"] * 5
    assert simulation.polls_of(str) == []
    assert simulation.time.now <= 6.0 + 0.3


def test_pages_that_always_fail_as_other_reads_do_are_tried_until_the_minute_is_over() -> None:
    simulation = Simulation(*[{0: SILENCE}] * 50)
    simulation.page_error = lambda size: SILENCE
    assert simulation.wait() == ["queued"] * 50
    assert simulation.polls_of(int)[-1] == pytest.approx(MINUTE_S, abs=0.3)
    assert {item.last_error for item in simulation.items} == {SILENCE}
    assert len(simulation.polls_of(int)) <= 60
    assert len({poll.asked for poll in simulation.polls if isinstance(poll.asked, str)}) == 1
    assert len(simulation.polls_of(str)) <= 25


@pytest.mark.parametrize("error", [SILENCE, api_error(503), api_error(429, 20429)], ids=str)
def test_where_pages_always_fail_and_other_reads_work_each_message_is_read_by_its_sid(error: CallError) -> None:
    simulation = Simulation(*delivered(*[20.0] * 50))
    simulation.page_error = lambda size: error
    assert simulation.wait() == ["delivered"] * 50
    assert simulation.time.now <= 20.0 * 1.2
    assert len(simulation.polls_of(int)) <= 30


def test_pages_keep_the_pause_that_the_server_asks_for() -> None:
    simulation = Simulation(*delivered(*[5.0] * 5))
    too_many = api_error(429, 20429, retry_after_s=3.0)
    simulation.page_error = lambda size: too_many if len(simulation.polls) == 1 else None
    simulation.wait()
    first, second = simulation.polls_of(int)[:2]
    assert second - first == pytest.approx(3.0)


def test_a_pause_of_pages_does_not_reach_beyond_the_minute() -> None:
    simulation = Simulation(*[{0: "sent"}] * 5)
    too_many = api_error(429, 20429, retry_after_s=10.0)
    simulation.page_error = lambda size: too_many if 40.0 <= simulation.time.now < 59.0 else None
    assert simulation.wait() == ["sent"] * 5
    assert simulation.polls[-1].at == pytest.approx(MINUTE_S, abs=0.3)
    assert {item.last_error for item in simulation.items} == {None}


def test_a_page_that_hangs_neither_delays_the_next_nor_undoes_what_that_one_showed() -> None:
    simulation = Simulation(*[{0: "queued"}] * 3)
    numbers, is_overtaken = count(1), Event()

    def read_page(size: int) -> dict[str, Message]:
        number = next(numbers)
        if number == 1:
            assert is_overtaken.wait(10.0)
        elif number == 3:
            is_overtaken.set()
        status = {1: "queued", 10: "delivered"}.get(number, "sent")
        return {sid: Message(sid, {"status": status}) for sid in simulation.states}

    def let_time_pass() -> None:
        simulation.time.now += 0.05

    simulation.waiter._source = simulation.waiter._source._replace(read_page=read_page)
    simulation.waiter._on_tick = let_time_pass
    assert simulation.wait() == ["delivered"] * 3
    assert "queued" not in simulation.updates


def test_pages_leave_the_connections_to_create_calls_while_there_are_any() -> None:
    simulation = Simulation(*[{0: "sent"}] * 3)
    simulation.is_complete = lambda: simulation.time.now > 3.0
    simulation.waiter._on_tick = lambda: simulation.time.sleep(0.05)
    simulation.cancelled_at = 4.0
    simulation.wait()
    before = [at for at in simulation.polls_of(int) if at <= 3.0]
    after = [at for at in simulation.polls_of(int) if at > 3.0]
    assert len(before) <= 1 + 3.0 / 0.5
    assert len(after) > 2 * 1.0 / 0.5


def test_without_pages_each_is_read_by_its_sid() -> None:
    simulation = Simulation(*delivered(*[3.0] * 5), pages=False)
    assert simulation.wait() == ["delivered"] * 5
    assert simulation.polls_of(int) == []


# --- more come while others are waited for


def test_one_that_is_added_later_is_waited_for_too() -> None:
    simulation = Simulation(*delivered(1.0, 2.0))
    first, later = simulation.items
    simulation.items = [first]
    simulation.is_complete = _after_ticks(simulation, 3, lambda: simulation.waiter.add(later))
    simulation.wait()
    assert later.value.status == "delivered"


def test_the_waiting_goes_on_while_more_may_come() -> None:
    simulation = Simulation()
    simulation.is_complete = _after_ticks(simulation, 3, lambda: None)
    simulation.wait()
    assert simulation.ticks > 3


def _after_ticks(simulation: Simulation, ticks: int, then: Callable[[], Any]) -> Callable[[], bool]:
    """Whether all is complete: no, until so many ticks have come and `then` was done."""

    def is_complete() -> bool:
        if simulation.ticks < ticks:
            return False
        if simulation.ticks == ticks:
            then()
        return True

    return is_complete


def test_one_that_is_dropped_is_not_polled_any_more() -> None:
    simulation = Simulation({0: "sent"}, *delivered(10.0))
    simulation.waiter._on_update = lambda item: (
        simulation.waiter.drop(simulation.items[0]) if simulation.time.now > 5.0 else None
    )
    simulation.wait()
    assert simulation.time.now < 13.0
    assert simulation.items[0].is_done


def test_one_that_was_dropped_before_is_not_polled() -> None:
    simulation = Simulation({0: "sent"})
    simulation.waiter.drop(simulation.items[0])
    simulation.wait()
    assert simulation.polls == []
