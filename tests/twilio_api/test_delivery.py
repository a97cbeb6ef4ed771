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
"""Following messages: how soon a delivery is noticed, for how long it is waited for, and what goes wrong meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Union

import pytest

from tests.tables import for_each
from tests.twilio_api.scripted_transport import (
    NOON,
    REFUSED_CONNECTION,
    SILENCE,
    After,
    Call,
    Scripted,
    Step,
    api_error,
    response,
    rfc2822,
)
from twilio_api.creation import Standing
from twilio_api.delivery import Deliveries, Delivery
from twilio_api.errors import CallError, Cancelled, OutcomeUnknown, ResponseTooLong
from twilio_api.messages import Draft, Message
from twilio_api.sender import Sender, SenderKind


MINUTE_S = 60.0
TOO_LONG = ResponseTooLong(200, "The response is longer than 2097152 bytes")
DELIVERED_AFTER_S = [0.1 * 1.2231**number for number in range(32)]  # from 0.1 to 51 seconds
NOON_DATE = rfc2822(NOON)
ROUND_TRIPS_S = [0.0, 0.15, 0.3]
MALFORMED = response({"code": None, "message": "Not a log"})

Way = Mapping[float, Union[str, CallError]]  # a status, or the error of reading it, from an age (seconds) on


def by(delivered_s: float) -> Way:
    """The way of a message that is delivered after so many seconds."""
    return {0.0: "sent", delivered_s: "delivered"}


class Following(Scripted):
    """Messages of a run that Twilio took, and what became of them; creating each took one round trip.

    `status_of` says how a message stands at an age, `page` what comes in place of a page of the log, and `noticed` when
    each was known to be final.
    """

    def __init__(self, *ways: Way, round_trip_s: float = 0.0) -> None:
        super().__init__()
        self.ways = {f"SM{number:032}": way for number, way in enumerate(ways)}
        self.round_trip_s = round_trip_s
        self.hidden: set[str] = set()  # from pages
        self.others = 0  # rows of other traffic, which a page shows first
        self.page: Callable[[Call], Step | None] = lambda call: None
        self.noticed: dict[str, float] = {}
        self.updates: list[str] = []
        self.deliveries = Deliveries(self.client)
        self.http.on("GET", self._respond)
        self.clock.advance(round_trip_s)
        self.followed = {
            sid: Delivery(
                Message(sid, {"sid": sid, "status": str(way.get(0.0, "sent"))}),
                f"+1510{number:07}",
                started_at=0.0,
                accepted_at=self.now,
            )
            for number, (sid, way) in enumerate(self.ways.items())
        }

    def wait(self) -> list[str]:
        """Follow all to their end; return their last statuses."""
        with self:
            self.run(*map(self._follow, self.followed.values()))
        return [delivery.message.status for delivery in self.followed.values()]

    def lag_s(self, sid: str) -> float:
        """How long after its delivery a message was known to be delivered."""
        return self.noticed[sid] - self.round_trip_s / 2 - max(self.ways[sid])

    def polls(self, sid: str = "") -> list[float]:
        """When a message, or any, was read by its SID."""
        return [call.at for call in self.http.calls if call.url.endswith(f"{sid}.json") and "/SM" in call.url]

    def pages(self) -> list[int]:
        """How many rows each page asked for."""
        return [int(call.params["PageSize"]) for call in self.http.calls if "PageSize" in call.params]

    async def _follow(self, delivery: Delivery) -> None:
        await self.client.pause(delivery.accepted_at - self.now)
        self.deliveries.statuses.creating -= self.deliveries.statuses.creating > 0
        async for _ in self.deliveries.follow(delivery):
            self.updates.append(delivery.message.status)
        self.noticed[delivery.message.sid] = self.now

    def _respond(self, call: Call) -> Step:
        """Say half a round trip later how it stands then."""
        step = self.page(call) if "PageSize" in call.params else None
        return After(self.round_trip_s / 2, lambda call: After(self.round_trip_s / 2, step or self._state(call)))

    def _state(self, call: Call) -> Step:
        if "PageSize" in call.params:
            rows = [{"sid": f"SX{number}"} for number in range(self.others)]
            made = [sid for sid in self.ways if self.followed[sid].accepted_at - self.round_trip_s / 2 <= self.now]
            rows += [self._row(sid) for sid in reversed(made) if sid not in self.hidden]
            return response({"messages": rows[: int(call.params["PageSize"])]})
        sid = call.url.rpartition("/")[2][: -len(".json")]
        state = self._status(sid)
        return state if isinstance(state, CallError) else response(self._row(sid))

    def _status(self, sid: str) -> str | CallError:
        age = self.now - self.round_trip_s / 2
        return [status for at, status in self.ways[sid].items() if at <= age + 1e-9][-1]

    def _row(self, sid: str) -> dict[str, Any]:
        status = self._status(sid)
        shown = status if isinstance(status, str) else "sent"
        return {"sid": sid, "status": shown, "date_created": NOON_DATE}


def allowed_lag_s(delivered_s: float) -> float:
    return max(0.3, delivered_s * (0.2 if delivered_s <= 20.0 else 1 / 3)) + 1e-6


# --- one message


@for_each("round_trip_s", ROUND_TRIPS_S)
def test_a_delivery_is_noticed_within_a_fifth_of_its_time_and_one_round_trip(round_trip_s: float) -> None:
    """Within a third for what took more than 20 seconds."""
    late = {}
    for delivered_s in DELIVERED_AFTER_S:
        following = Following(by(delivered_s), round_trip_s=round_trip_s)
        assert following.wait() == ["delivered"]
        (sid,) = following.ways
        if following.lag_s(sid) > allowed_lag_s(delivered_s) + round_trip_s:
            late[delivered_s] = following.lag_s(sid)
    assert late == {}


@for_each("round_trip_s", ROUND_TRIPS_S)
def test_a_message_costs_at_most_25_requests_and_is_polled_last_at_the_end_of_the_minute(round_trip_s: float) -> None:
    following = Following({0.0: "sent"}, round_trip_s=round_trip_s)
    assert following.wait() == ["sent"]
    assert 1 + len(following.http.calls) <= 25
    assert following.polls()[-1] == pytest.approx(round_trip_s + MINUTE_S)


def test_the_times_of_a_message_begin_when_its_create_call_left_and_when_twilio_had_accepted_it() -> None:
    created = response({"sid": "SM" + "0" * 32, "status": "queued"}, 201)
    draft = Draft("+15101112345", Sender(SenderKind.NUMBER, "+15101281337"), "Page")
    with Scripted() as scripted:
        scripted.http.on("POST", After(2.0, created, to_connect_s=0.5))
        delivery = scripted.run(Deliveries(scripted.client).send(draft, Standing()))
    assert (delivery.started_at, delivery.accepted_at) == (0.5, 2.5)


def test_a_template_of_which_nobody_knows_whether_it_was_sent_keeps_a_later_one_from_being_found() -> None:
    number = "+15101281337"
    draft = Draft("+15101112345", Sender(SenderKind.NUMBER, number), content_sid="HX" + "0" * 32)
    row = {"sid": "SM" + "0" * 32, "to": draft.recipient, "from": number, "status": "queued"}
    rows: list[dict[str, Any]] = []
    with Scripted() as scripted:
        scripted.http.on("POST", SILENCE).on(
            "GET", lambda call: response({"messages": rows}, server_time=NOON + call.at)
        )
        deliveries = Deliveries(scripted.client)
        with pytest.raises(OutcomeUnknown):
            scripted.run(deliveries.send(draft, Standing()))
        rows.append({**row, "date_created": rfc2822(NOON + scripted.now)})
        with pytest.raises(OutcomeUnknown):
            scripted.run(deliveries.send(draft, Standing()))


def test_a_message_that_is_final_at_once_is_not_polled() -> None:
    following = Following({0.0: "delivered"})
    following.wait()
    assert following.http.calls == []


def test_each_poll_is_reported() -> None:
    following = Following({0.0: "queued", 1.0: "sent", 2.0: "delivered"})
    following.wait()
    assert len(following.updates) == len(following.http.calls)
    assert list(dict.fromkeys(following.updates)) == ["queued", "sent", "delivered"]


@for_each("status", ["undelivered", "failed", "canceled", "read"])
def test_any_final_status_ends_it(status: str) -> None:
    following = Following({0.0: "sent", 3.0: status})
    assert following.wait() == [status]
    assert following.now <= 3.6


@for_each("status", ["partially_delivered", "brand new"])
def test_a_status_that_twilio_adds_is_followed_to_the_end_of_the_minute(status: str) -> None:
    following = Following({0.0: "sent", 3.0: status})
    assert following.wait() == [status]
    assert following.now == MINUTE_S


# --- polls that fail


@for_each(
    "error",
    [SILENCE, REFUSED_CONNECTION, api_error(404, 20404), api_error(429, 20429), api_error(500), api_error(403)],
)
def test_a_failed_poll_is_repeated_by_the_schedule(error: CallError) -> None:
    following, undisturbed = Following({0.0: error, 4.0: "delivered"}), Following(by(4.0))
    assert following.wait() == undisturbed.wait() == ["delivered"]
    assert following.http.times("GET") == undisturbed.http.times("GET")


def test_polls_go_on_until_the_minute_is_over_whatever_befalls_them() -> None:
    following = Following({0.0: SILENCE})
    following.wait()
    (delivery,) = following.followed.values()
    assert following.polls()[-1] == MINUTE_S
    assert (delivery.last_error, delivery.is_followed) == (SILENCE, False)


def test_a_success_ends_the_failure() -> None:
    following = Following({0.0: "queued", 1.0: SILENCE, 5.0: "sent"})
    following.wait()
    (delivery,) = following.followed.values()
    assert delivery.last_error is None


@for_each("refusal", [api_error(401, 20003), api_error(401, 70051), api_error(403, 20008)])
def test_one_stray_refusal_does_not_end_the_following(refusal: CallError) -> None:
    assert Following({0.0: refusal, 0.5: "sent", 5.0: "delivered"}).wait() == ["delivered"]


@for_each("refusal", [api_error(401, 20003), api_error(401, 70051), api_error(403, 20008)])
def test_two_refusals_in_a_row_at_least_a_second_apart_end_that_message_alone(refusal: CallError) -> None:
    following = Following({0.0: refusal}, by(3.0))
    following.wait()
    refused, delivered = following.followed.values()
    assert (refused.last_error, refused.is_followed) == (refusal, False)
    assert 1.0 <= following.noticed[refused.message.sid] <= 2.0
    assert delivered.message.status == "delivered"


def test_refusals_with_a_response_between_them_end_nothing() -> None:
    refusal = api_error(401, 20003)
    assert Following({0.0: refusal, 0.9: "sent", 2.0: refusal, 2.9: "sent", 9.0: "delivered"}).wait() == ["delivered"]


@for_each("messages", [1, 2, 5])
def test_a_cancelled_run_ends_the_following_at_once_and_nothing_is_under_way(messages: int) -> None:
    following = Following(*[{0.0: "sent"}] * messages, round_trip_s=0.3)
    following.cancel_at(20.5)
    following.wait()
    assert following.now == 20.5
    assert following.http.under_way == 0
    assert all(isinstance(delivery.last_error, Cancelled) for delivery in following.followed.values())


# --- a queue at Twilio


def queue(*let_go_at: float) -> list[Way]:
    """Messages that wait in Twilio's queue until then, and arrive a second later."""
    return [{0.0: "queued", at: "sent", at + 1.0: "delivered"} for at in let_go_at]


def test_a_queue_that_moves_is_waited_for() -> None:
    """One US long code lets go of one segment a second."""
    following = Following(*queue(*(float(second) for second in range(1, 151))), round_trip_s=0.15)
    assert following.wait() == ["delivered"] * 150
    assert following.now <= 151.0 + 6.0


def test_a_queue_that_moves_slowly_is_followed_for_half_an_hour_at_most() -> None:
    following = Following(*queue(*(50.0 * number for number in range(1, 50))))
    statuses = following.wait()
    assert statuses.count("delivered") == 36
    assert statuses.count("queued") >= 13
    assert 1800.0 <= following.now <= 1860.0


@for_each("messages", [1, 2, 5])
def test_a_queue_that_stands_is_followed_for_a_minute(messages: int) -> None:
    following = Following(*[{0.0: "queued"}] * messages)
    assert following.wait() == ["queued"] * messages
    assert following.now == pytest.approx(MINUTE_S, abs=0.3)


@for_each("messages", [1, 2])
def test_a_queue_that_stands_costs_no_message_more_than_25_requests(messages: int) -> None:
    following = Following(*[{0.0: "queued"}] * messages, round_trip_s=0.3)
    following.wait()
    assert max(1 + len(following.polls(sid)) for sid in following.ways) <= 25


def test_a_queue_that_comes_to_a_stand_is_followed_for_a_minute_more() -> None:
    following = Following(*queue(1.0, 2.0, 30.0), *[{0.0: "queued"}] * 3)
    assert following.wait() == ["delivered"] * 3 + ["queued"] * 3
    assert 90.0 <= following.now <= 97.0


def test_the_minute_of_a_message_begins_when_twilio_lets_go_of_it() -> None:
    following = Following(*queue(10.0, 20.0, 50.0), {0.0: "queued", 50.0: "sent"})
    assert following.wait() == ["delivered"] * 3 + ["sent"]
    assert 110.0 <= following.now <= 110.0 + 15.0


def test_how_many_wait_at_twilio_is_known_at_any_moment() -> None:
    following = Following(*queue(1.0, 2.0, 3.0, 4.0, 5.0))
    waiting: list[int] = []

    def note(call: Call) -> None:
        waiting.append(following.deliveries.at_twilio)

    following.page = note
    following.wait()
    assert sorted(set(waiting), reverse=True) == list(range(waiting[0], min(waiting) - 1, -1))
    assert waiting == sorted(waiting, reverse=True)
    assert (waiting[0], following.deliveries.at_twilio) == (5, 0)


# --- many messages


def test_a_page_shows_them_all_and_the_cost_does_not_grow_with_their_number() -> None:
    few, many = Following(*[by(3.0)] * 3), Following(*[by(3.0)] * 200)
    assert few.wait() == ["delivered"] * 3
    assert many.wait() == ["delivered"] * 200
    assert many.polls() == few.polls() == []
    assert len(many.http.calls) == len(few.http.calls) <= 60


def test_two_messages_are_read_by_their_sids() -> None:
    following = Following(by(3.0), by(3.0))
    following.wait()
    assert following.pages() == []


def test_a_message_does_not_wait_for_the_creation_of_the_only_other_one() -> None:
    following = Following(by(1.0))
    following.deliveries.statuses.creating = 2  # with itself, which is created when its following begins
    assert following.wait() == ["delivered"]
    assert [following.lag_s(sid) <= allowed_lag_s(1.0) for sid in following.ways] == [True]


@for_each("round_trip_s", ROUND_TRIPS_S)
def test_pages_notice_a_delivery_as_soon_as_polls_of_one_message_do(round_trip_s: float) -> None:
    late = {}
    for delivered_s in DELIVERED_AFTER_S[::4]:
        following = Following(*[by(delivered_s)] * 5, round_trip_s=round_trip_s)
        assert following.wait() == ["delivered"] * 5
        lag = max(map(following.lag_s, following.ways))
        if lag > allowed_lag_s(delivered_s) + round_trip_s:
            late[delivered_s] = lag
    assert late == {}


def test_the_slowest_and_not_the_sum_is_waited_for() -> None:
    following = Following(*map(by, [2.0, 8.0, 14.0]))
    following.wait()
    assert following.now <= 17.0


def test_a_page_asks_for_as_many_rows_as_there_are_messages_and_some_more() -> None:
    following = Following(*[by(1.0)] * 30)
    following.wait()
    assert set(following.pages()) == {50}


def test_other_traffic_makes_pages_larger_up_to_1000_rows() -> None:
    following = Following(*[by(5.0)] * 10)
    following.others = 150
    assert following.wait() == ["delivered"] * 10
    assert following.pages()[0] == 30
    assert following.pages()[-1] >= 160
    following = Following(*[{0.0: "sent"}] * 10)
    following.others = 5000
    following.wait()
    assert max(following.pages(), default=0) <= 1000


def test_the_last_poll_is_made_by_sid() -> None:
    """Pages may stay behind what a message shows that is read by its SID."""
    following = Following(*[{0.0: "sent", 5.0: "undelivered"}] * 5)
    stale = {"messages": [{"sid": sid, "status": "sent"} for sid in following.ways]}
    following.page = lambda call: response(stale)
    assert following.wait() == ["undelivered"] * 5
    assert {len(following.polls(sid)) for sid in following.ways} == {1}
    assert following.now == MINUTE_S


# --- messages that pages do not show


@for_each("delivered_s", [1.0, 3.0, 8.0, 15.0, 40.0])
def test_a_hidden_message_is_noticed_as_soon_as_others_and_read_at_most_25_times(delivered_s: float) -> None:
    following = Following(*[by(delivered_s)] * 10, {0.0: "sent"}, round_trip_s=0.15)
    first, last = next(iter(following.ways)), next(reversed(list(following.ways)))
    following.hidden = {first, last}
    assert following.wait() == ["delivered"] * 10 + ["sent"]
    assert following.lag_s(first) <= allowed_lag_s(delivered_s) + following.round_trip_s
    assert 0 < len(following.polls(last)) <= 25


def test_a_log_that_shows_nothing_costs_no_more_than_reading_each_message() -> None:
    following = Following(*[by(20.0)] * 10)
    following.hidden = set(following.ways)
    assert following.wait() == ["delivered"] * 10
    assert len(following.pages()) <= 5


# --- pages that fail or are slow


PAGE_FAULTS: dict[str, Step] = {
    "silence": After(10.0, SILENCE),
    "no connection": REFUSED_CONNECTION,
    "503": api_error(503, 20503),
    "429": api_error(429, 20429),
    "401, a key that may not read the log": api_error(401, 70051),
    "403 of a proxy": api_error(403),
    "no log": MALFORMED,
    "a mistake": KeyError("x"),
}


@for_each("fault", PAGE_FAULTS.values())
def test_where_pages_fail_and_reads_by_sid_work_each_message_is_read_by_its_sid(fault: Step) -> None:
    following = Following(*[by(20.0)] * 5, round_trip_s=0.05)
    following.page = lambda call: fault
    assert following.wait() == ["delivered"] * 5
    assert max(map(following.lag_s, following.ways)) <= 4.0 + 1.0
    assert len(following.pages()) <= 5


def test_slow_pages_do_not_delay_the_news_where_reads_by_sid_are_fast() -> None:
    following = Following(*[by(20.0)] * 5, round_trip_s=0.05)
    following.page = lambda call: After(9.0, lambda call: following._state(call))
    assert following.wait() == ["delivered"] * 5
    assert max(map(following.lag_s, following.ways)) <= 4.0 + 1.0


def test_where_reads_by_sid_fail_and_pages_work_pages_are_read() -> None:
    following = Following(*[{0.0: "sent"}] * 5)
    shown = {"messages": [{"sid": sid, "status": "delivered"} for sid in following.ways]}
    following.ways = {sid: {0.0: SILENCE} for sid in following.ways}
    following.page = lambda call: response(shown) if following.now >= 10.0 else None
    assert following.wait() == ["delivered"] * 5
    assert following.now <= 12.1


def test_where_all_reads_fail_they_are_tried_until_the_minute_is_over_and_the_cost_does_not_grow() -> None:
    requests = []
    for messages in (20, 50):
        following = Following(*[{0.0: SILENCE}] * messages)
        following.page = lambda call: SILENCE
        following.wait()
        assert {delivery.last_error for delivery in following.followed.values()} == {SILENCE}
        assert following.now == pytest.approx(MINUTE_S, abs=0.3)
        requests.append(len(following.http.calls) - messages)  # but for the last polls
    assert requests[0] == requests[1] <= 80


@for_each("fault", PAGE_FAULTS.values())
def test_pages_that_failed_for_a_while_are_read_again(fault: Step) -> None:
    following = Following(*[by(40.0)] * 5)
    following.page = lambda call: fault if following.now < 4.0 else None
    assert following.wait() == ["delivered"] * 5
    assert len([at for at in following.polls() if at > 20.0]) == 0
    assert max(map(following.lag_s, following.ways)) <= allowed_lag_s(40.0)


@for_each("longest, sizes", [(50, [80, 40]), (15, [80, 40, 20, 10])])
def test_a_page_that_is_too_long_is_asked_for_again_smaller(longest: int, sizes: list[int]) -> None:
    following = Following(*[by(3.0)] * 60)
    following.page = lambda call: TOO_LONG if int(call.params["PageSize"]) > longest else None
    assert following.wait() == ["delivered"] * 60
    assert following.pages()[: len(sizes)] == sizes
    assert max(following.pages()[len(sizes) :], default=0) <= longest


def test_pages_that_are_too_long_at_any_size_are_given_up() -> None:
    following = Following(*[by(3.0)] * 5)
    following.page = lambda call: TOO_LONG
    assert following.wait() == ["delivered"] * 5
    assert len(following.pages()) <= 6
