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
"""Calls: what is posted, when they are polled, and which call of the log is one's own."""

from __future__ import annotations

import pytest

from sandbox.twilio import CallOutcome, Fault, RecordedRequest
from sandbox.twilio.call import NewCall, Script
from tests.tables import for_each
from tests.twilio_api.twilio_client import TO, Setup
from twilio_api.caller import next_gap_s
from twilio_api.calls import Call, create_call, end_call, fetch_call, newest_calls
from twilio_api.creation import Standing
from twilio_api.errors import ApiError, OutcomeUnknown, UnexpectedResponse


SID = "CA" + "0" * 32


def place(setup: Setup, to: str = TO, created: float | None = None) -> str:
    """Let somebody else make a call, and return its SID."""
    return setup.twilio.call_log.place(NewCall(to, setup.twilio.from_phone), Script(()), created).sid


def create(setup: Setup) -> Call:
    return setup.run(create_call(setup.client, setup.draft(), Standing()))


def test_the_gap_between_two_polls_grows_with_the_age_of_a_call() -> None:
    assert [next_gap_s(age_s) for age_s in (0.0, 10.0, 20.0, 60.0, 1800.0)] == [1.5, 1.5, 3.0, 5.0, 5.0]


# --- creating


def test_a_created_call_is_queued(setup: Setup) -> None:
    call = create(setup)
    assert (call.sid, call.is_queued, call.is_final) == (setup.twilio.calls[0].sid, True, False)


def test_a_call_whose_response_was_lost_is_found_although_it_has_no_start_time(setup: Setup) -> None:
    setup.twilio.call_log.calls_per_s = 1 / 3600
    place(setup, "+15103334444")  # so that the next waits in the queue for an hour
    setup.twilio.faults.add(Fault.RESET_AFTER, method="POST")
    call = create(setup)
    assert (call.sid, call.resource["start_time"]) == (setup.twilio.calls[1].sid, None)


def test_a_lost_call_is_not_found_where_another_of_the_pair_was_made_meanwhile(setup: Setup) -> None:
    def call_meanwhile(request: RecordedRequest) -> Fault | None:
        if request.method != "POST":
            return None
        place(setup)
        return Fault.RESET_AFTER

    setup.twilio.faults.choose = call_meanwhile
    with pytest.raises(OutcomeUnknown) as caught:
        create(setup)
    assert caught.value.what == "the call"


@pytest.mark.parametrize("after_s", [-60.0, 5.0], ids=["before the attempt", "after it failed"])
def test_calls_of_another_time_do_not_count(setup: Setup, after_s: float) -> None:
    setup.twilio.faults.add(Fault.RESET_BEFORE, method="POST")
    setup.clock.call_later(max(after_s, 0.0), lambda: place(setup, created=setup.clock.time() + min(after_s, 0.0)))
    with pytest.raises(OutcomeUnknown):
        create(setup)


def test_calls_to_others_and_of_this_run_do_not_count(setup: Setup) -> None:
    place(setup, "+15103334444")
    setup.client.claimed.add(place(setup))
    setup.twilio.faults.add(Fault.RESET_AFTER, method="POST")
    assert create(setup).sid == setup.twilio.calls[-1].sid


def test_a_log_whose_clock_is_behind_its_own_rows_proves_nothing(setup: Setup) -> None:
    setup.twilio.faults.add(Fault.RESET_AFTER, method="POST")
    setup.twilio.call_log.lag_s = -120.0
    place(setup, created=setup.clock.time() + 60.0)
    with pytest.raises(OutcomeUnknown) as caught:
        create(setup)
    assert "The date of the response is missing, or does not fit Twilio's log" in str(caught.value.search_error)


# --- reading and ending a call


def test_another_call_is_no_response(setup: Setup) -> None:
    setup.twilio.faults.add(Fault.ARRAY_AFTER, method="GET")
    with pytest.raises(UnexpectedResponse):
        setup.run(fetch_call(setup.client, place(setup)))


def test_the_newest_calls_are_read_at_once(setup: Setup) -> None:
    sids = [place(setup, f"+1510111000{digit}") for digit in range(5)]
    assert set(setup.run(newest_calls(setup.client, 5))) == set(sids)


@pytest.mark.parametrize(("is_answered", "status"), [(False, "canceled"), (True, "completed")])
def test_a_call_is_ended_whether_it_rings_or_goes_on(setup: Setup, is_answered: bool, status: str) -> None:
    setup.twilio.call_log.outcome = CallOutcome(by_hand=True)
    call = create(setup)
    setup.clock.advance(2.0)
    if is_answered:
        setup.twilio.calls[0].answer()
    assert setup.run(end_call(setup.client, call.sid)).status == status


def test_a_call_that_ended_cannot_be_ended(setup: Setup) -> None:
    setup.twilio.call_log.outcome = CallOutcome("busy", after_s=0.0)
    sid = place(setup)
    setup.clock.advance(2.0)
    with pytest.raises(ApiError):
        setup.run(end_call(setup.client, sid))


@for_each("status", ["completed", "busy", "no-answer", "failed", "canceled"])
def test_these_statuses_are_final(status: str) -> None:
    assert Call(SID, {"status": status}).is_final


@for_each("status", ["queued", "ringing", "in-progress", "initiated", None])
def test_these_statuses_may_still_change(status: str | None) -> None:
    assert not Call(SID, {"status": status}).is_final
