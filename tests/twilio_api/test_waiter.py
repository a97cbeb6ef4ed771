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
"""Following messages: when to look, for how long, many at once, and what is told in the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.fake_clock import FakeClock
from twilio_api.errors import ErrorAnswer, GaveUp, NoAnswer, TwilioError
from twilio_api.waiter import Followed, Message, follow, is_final, next_look_s, report


SID = "SM" + "0" * 32


def looks(call_s: float) -> list[float]:
    """When a message is looked at in its minute, each look taking `call_s` seconds."""
    elapsed, found = 0.0, []
    while (look := next_look_s(elapsed)) is not None:
        found.append(look)
        elapsed = look + call_s
    return found


def noticed(delivered_s: float, call_s: float) -> float:
    """When a delivery is known, with the answer of the first look after it."""
    return next(look for look in looks(call_s) if look >= delivered_s) + call_s


@pytest.mark.parametrize("call_s", [0.0, 0.02, 0.2, 2.0])
def test_a_message_costs_at_most_25_requests_with_its_create_call(call_s: float) -> None:
    assert 1 + len(looks(call_s)) <= 25


@pytest.mark.parametrize("call_s", [0.0, 0.02])
def test_the_last_look_is_at_the_end_of_the_minute(call_s: float) -> None:
    assert looks(call_s)[-1] == 60.0


def test_after_the_minute_nobody_looks() -> None:
    assert next_look_s(60.0) is None


def test_a_delivery_is_noticed_within_a_fifth_of_its_time_up_to_20_s() -> None:
    for tenth in range(1, 200):
        delivered_s = tenth / 10
        lag = noticed(delivered_s, call_s=0.02) - delivered_s
        assert lag <= max(0.3, 0.2 * delivered_s) + 0.021, f"delivered after {delivered_s} s, known {lag:.2f} s later"


@pytest.mark.parametrize("delivered_s", [0.4, 1.0, 2.0, 4.0, 8.0, 20.0])
def test_the_measured_deliveries_keep_the_bound_to_the_letter(delivered_s: float) -> None:
    assert noticed(delivered_s, call_s=0.02) - delivered_s <= max(0.3, 0.2 * delivered_s)


def test_a_late_delivery_is_noticed_within_a_third_of_its_time() -> None:
    for delivered_s in range(20, 60):
        assert noticed(delivered_s, call_s=0.02) - delivered_s <= delivered_s / 3


@pytest.mark.parametrize("status", ["delivered", "read", "undelivered", "failed", "canceled"])
def test_these_statuses_are_final(status: str) -> None:
    assert is_final(status)


@pytest.mark.parametrize(
    "status", ["accepted", "scheduled", "queued", "sending", "sent", "partially_delivered", "unknown", "brand new"]
)
def test_any_other_status_may_still_change(status: str) -> None:
    assert not is_final(status)


# --- following

Look = Callable[[str], Message]


class Journey:
    """Messages on their way in fake time: each has a status that changes at given seconds, or an error to raise."""

    def __init__(self, *steps: Mapping[float, str | TwilioError]) -> None:
        self.time = FakeClock(0.0)
        self.steps = {f"SM{number:032}": way for number, way in enumerate(steps)}
        self.followed = [Followed(Message(sid, {"status": "queued"}), 0.0) for sid in self.steps]
        self.looked_at: list[tuple[str, float]] = []
        self.seen: list[str] = []
        self.cancelled_at = float("inf")

    def look(self, sid: str) -> Message:
        self.looked_at.append((sid, self.time.now))
        state = [state for at, state in self.steps[sid].items() if at <= self.time.now][-1]
        if isinstance(state, TwilioError):
            raise state
        return Message(sid, {"status": state})

    def follow(self) -> list[str]:
        follow(
            self.followed,
            self.look,
            self.time.for_app(),
            seen=lambda item: self.seen.append(item.message.status),
            cancelled=lambda: self.time.now >= self.cancelled_at,
        )
        return [item.message.status for item in self.followed]


BROKEN = NoAnswer("twilio", "the connection broke")


def test_a_final_status_ends_the_following() -> None:
    journey = Journey({0: "queued", 3: "delivered"})
    assert journey.follow() == ["delivered"]
    assert 3.0 <= journey.time.now <= 3.6


def test_without_a_final_status_it_ends_with_the_minute() -> None:
    journey = Journey({0: "queued", 2: "sent"})
    assert journey.follow() == ["sent"]
    assert journey.time.now == pytest.approx(60.0)


def test_a_message_that_was_final_at_once_is_not_looked_at() -> None:
    journey = Journey({})
    journey.followed = [Followed(Message(SID, {"status": "delivered"}), 0.0)]
    journey.follow()
    assert journey.looked_at == []


def test_several_wait_for_the_slowest_not_for_the_sum() -> None:
    journey = Journey(*({0: "queued", float(after): "delivered"} for after in (2, 8, 14)))
    assert journey.follow() == ["delivered"] * 3
    assert journey.time.now <= 17.0


def test_a_bad_ending_does_not_stop_the_others() -> None:
    journey = Journey({0: "failed"}, {0: "sent", 5: "delivered"})
    assert journey.follow() == ["failed", "delivered"]


def test_a_missed_look_is_repeated_by_the_schedule() -> None:
    journey = Journey({0: BROKEN, 4: "delivered"})
    assert journey.follow() == ["delivered"]
    assert [look for _, look in journey.looked_at] == pytest.approx(looks(0.0)[: len(journey.looked_at)])


@pytest.mark.parametrize(
    "barred", [GaveUp("twilio", 25.0), ErrorAnswer(403, "{}", {"code": 20008}), ErrorAnswer(401, "{}", {"code": 20003})]
)
def test_an_error_that_no_later_look_can_escape_ends_that_message_alone(barred: TwilioError) -> None:
    journey = Journey({0: barred}, {0: "queued", 3: "delivered"})
    assert journey.follow() == ["queued", "delivered"]
    assert len([sid for sid, _ in journey.looked_at if sid.endswith("0")]) == 1


def test_a_pause_that_the_server_asks_for_is_kept() -> None:
    journey = Journey({0: ErrorAnswer(429, "{}", {"code": 20429}, retry_after_s=7.0), 5: "delivered"})
    journey.follow()
    assert [round(look, 2) for _, look in journey.looked_at] == [0.28, 7.28]


def test_a_pause_does_not_reach_beyond_the_minute() -> None:
    item = Followed(Message(SID, {"status": "sent"}), 0.0)
    item.missed(ErrorAnswer(429, "{}", {}, retry_after_s=10.0), 55.0)
    assert item.look_at == 60.0


def test_a_cancelled_run_ends_within_a_second() -> None:
    journey = Journey({0: "sent"})
    journey.cancelled_at = 20.5
    journey.follow()
    assert journey.time.now <= 21.5


def test_each_look_is_told() -> None:
    journey = Journey({0: "queued", 1: "sent", 2: "delivered"})
    journey.follow()
    assert len(journey.seen) == len(journey.looked_at)
    assert journey.seen[-1] == "delivered"


# --- what is told in the end


def ended(*, trouble: TwilioError | None = None, over: bool = True, **resource: Any) -> Followed:
    item = Followed(Message(SID, resource), 0.0)
    if trouble is not None:
        item.missed(trouble, 59.0)
    if over:
        item.look_at = None
    return item


@pytest.mark.parametrize("status", ["delivered", "read"])
def test_a_good_ending_is_told_in_four_words(status: str) -> None:
    assert report(ended(status=status)) == (True, f"Message delivery status: {status}")


def test_a_bad_ending_is_told_with_code_text_and_hint() -> None:
    told = report(ended(status="undelivered", error_code=30003, error_message="Unreachable destination handset"))
    assert told == (
        False,
        "Message delivery status: undelivered. Error code 30003: Unreachable destination handset. "
        "The phone is off, out of reach, or gets no SMS: reach the person another way.",
    )


@pytest.mark.parametrize(
    ("resource", "text"),
    [
        ({"error_code": 30003, "error_message": None}, ". Error code 30003. The phone is off"),
        ({"error_code": 39999, "error_message": None}, ". Error code 39999."),
        ({"error_code": None, "error_message": "Odd"}, ". Odd."),
        ({}, "."),
    ],
)
def test_a_bad_ending_is_told_with_what_twilio_said_of_it(resource: dict[str, Any], text: str) -> None:
    assert report(ended(status="failed", **resource)).text.startswith(f"Message delivery status: failed{text}")


def test_a_minute_without_a_final_status_is_a_success_that_is_not_confirmed() -> None:
    told = report(ended(status="sent"))
    assert told.ok
    assert told.text.startswith(
        "Message delivery status: sent. Delivery is not confirmed: no final status came within 60"
    )
    assert SID in told.text


def test_an_unreadable_status_is_a_success_that_is_not_confirmed() -> None:
    told = report(ended(status="queued", trouble=BROKEN))
    assert told.ok
    assert "its status could not be read any more (No answer from twilio: the connection broke)" in told.text


def test_a_message_on_its_way_is_told_as_such() -> None:
    told = report(ended(status="queued", over=False))
    assert told.ok
    assert "Delivery is not confirmed: it is on its way." in told.text


def test_a_resource_without_a_status_is_unknown() -> None:
    assert report(ended(status=None)).text.startswith("Message delivery status: unknown. Delivery is not confirmed")
