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
from tests.fake_clock import FakeClock
from tests.twilio_api.scripted_transport import response, script, scripted_client
from tests.twilio_api.twilio_client import TO, Setup, call_draft
from twilio_api.calls import Call, CallDraft, CallLog, create_call, end_call, fetch_call, next_poll_s
from twilio_api.creation import unobserved
from twilio_api.errors import ApiError, OutcomeUnknown, UnexpectedResponse


SID = "CA" + "0" * 32


def place(setup: Setup, to: str = TO, created: float | None = None) -> str:
    """Let somebody else make a call, and return its SID."""
    return setup.twilio.call_log.place(NewCall(to, setup.twilio.from_phone), Script(()), created).sid


def create(setup: Setup, log: CallLog, message: str = "Disk full") -> Call:
    return create_call(setup.client, log, call_draft(setup, message), unobserved)


# --- the schedule


def test_a_call_is_polled_every_half_second_while_it_is_young() -> None:
    assert [next_poll_s(age_s) for age_s in (0.0, 0.5, 5.0)] == [0.5, 1.0, 5.5]


def test_a_change_is_noticed_within_a_tenth_of_the_calls_age_and_five_seconds() -> None:
    assert next_poll_s(20.0) == 22.0
    assert [next_poll_s(age_s) - age_s for age_s in (50.0, 1800.0)] == [5.0, 5.0]


# --- creating


def test_one_form_is_posted(setup: Setup) -> None:
    create(setup, CallLog(setup.client))
    (request,) = setup.twilio.requests
    assert request.form == {
        "To": TO,
        "From": setup.twilio.from_phone,
        "Twiml": '<Response><Say language="en-US" loop="2">Disk full</Say></Response>',
        "Timeout": "30",
        "MachineDetection": "Enable",
    }


def test_a_created_call_is_queued(setup: Setup) -> None:
    call = create(setup, CallLog(setup.client))
    assert (call.sid, call.is_queued, call.is_final) == (setup.twilio.calls[0].sid, True, False)


def test_a_call_whose_response_was_lost_is_found_although_it_has_no_start_time(setup: Setup) -> None:
    setup.twilio.call_log.outcome = CallOutcome(by_hand=True)
    setup.twilio.call_log.calls_per_s = 1 / 3600
    place(setup, "+15103334444")  # so that the next waits in the queue for an hour
    setup.twilio.faults.add(Fault.RESET_AFTER, method="POST")
    call = create(setup, CallLog(setup.client))
    assert (call.sid, call.resource["start_time"]) == (setup.twilio.calls[1].sid, None)


def test_a_lost_call_is_not_found_where_another_of_the_pair_was_made_meanwhile(setup: Setup) -> None:
    def call_meanwhile(request: RecordedRequest) -> Fault | None:
        if request.method != "POST":
            return None
        place(setup)
        return Fault.RESET_AFTER

    setup.twilio.faults.choose = call_meanwhile
    with pytest.raises(OutcomeUnknown, match="cannot be known whether Twilio took the call: "):
        create(setup, CallLog(setup.client))


def test_calls_before_the_attempt_to_others_and_of_this_run_do_not_count(setup: Setup) -> None:
    log = CallLog(setup.client)
    place(setup, created=setup.clock.time() - 60.0)
    place(setup, "+15103334444")
    log.claims.add(place(setup))
    setup.twilio.faults.add(Fault.RESET_AFTER, method="POST")
    assert create(setup, log).sid == setup.twilio.calls[-1].sid


def test_a_call_is_found_once(setup: Setup) -> None:
    log = CallLog(setup.client)
    setup.twilio.faults.add(Fault.RESET_AFTER, method="POST")
    create(setup, log)
    assert log.find_own(TO, setup.twilio.from_phone, setup.clock.monotonic() - 60.0) is None


def test_a_response_to_an_earlier_call_is_not_taken_for_this_ones() -> None:
    client = scripted_client(FakeClock())
    log = CallLog(client)
    log.claims.add(SID)
    script(client).on("POST", response({"sid": SID}, 201)).on("GET", response({"calls": []}))
    with pytest.raises(OutcomeUnknown, match="The response is another call"):
        create_call(client, log, CallDraft(TO, "+15101281337", "x", "en-US", 30), unobserved)


# --- reading and ending a call


def test_another_call_is_no_response(setup: Setup) -> None:
    setup.twilio.faults.add(Fault.ARRAY_AFTER, method="GET")
    with pytest.raises(UnexpectedResponse):
        fetch_call(setup.client, place(setup))


def test_the_newest_calls_are_read_at_once(setup: Setup) -> None:
    sids = [place(setup, f"+1510111000{digit}") for digit in range(5)]
    assert set(CallLog(setup.client).newest(5)) == set(sids)


def test_a_call_that_rings_is_canceled(setup: Setup) -> None:
    setup.twilio.call_log.outcome = CallOutcome(by_hand=True)
    assert end_call(setup.client, place(setup), also_when_answered=False).status == "canceled"


def test_a_call_that_somebody_answered_goes_on_unless_said_otherwise(setup: Setup) -> None:
    setup.twilio.call_log.outcome = CallOutcome(by_hand=True)
    call = create(setup, CallLog(setup.client), "a long text " * 300)
    setup.clock.sleep(2.0)
    setup.twilio.calls[0].answer()
    assert end_call(setup.client, call.sid, also_when_answered=False).status == "in-progress"
    assert end_call(setup.client, call.sid, also_when_answered=True).status == "completed"


def test_a_call_that_ended_cannot_be_ended(setup: Setup) -> None:
    setup.twilio.call_log.outcome = CallOutcome("busy", after_s=0.0)
    sid = place(setup)
    setup.clock.sleep(2.0)
    with pytest.raises(ApiError):
        end_call(setup.client, sid, also_when_answered=True)


@pytest.mark.parametrize("status", ["completed", "busy", "no-answer", "failed", "canceled"])
def test_these_statuses_are_final(status: str) -> None:
    assert Call(SID, {"status": status}).is_final


@pytest.mark.parametrize("status", ["queued", "ringing", "in-progress", "initiated", None])
def test_these_statuses_may_still_change(status: str | None) -> None:
    assert not Call(SID, {"status": status}).is_final
