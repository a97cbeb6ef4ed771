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
"""Calls: created, listed and ended as Twilio does, with what the people called do."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance

from sandbox.twilio import Call, CallOutcome, Fault, LocalTwilio
from tests.sandbox.twilio.clients import START, TO, Clock


TWIML = '<Response><Say loop="2">Disk full on db1</Say></Response>'
SPOKEN_S = 2 * 16 / 15
# With an outcome that is left as it is: rings at 0.5 s, answered at 3.5 s, machine detection done at 5.5 s
ANSWERED_S = 3.5
DETECTED_S = 5.5


def create(client: Client, twilio: LocalTwilio, to: str = TO, **parameters: Any) -> CallInstance:
    parameters = {"from_": twilio.from_phone, "twiml": TWIML, "machine_detection": "Enable", **parameters}
    return client.calls.create(to=to, **parameters)


def refusal(twilio: LocalTwilio, **form: str) -> tuple[int, int]:
    """HTTP status and code with which a call is refused."""
    form = {"To": TO, "From": twilio.from_phone, "Twiml": TWIML, **form}
    response = post(twilio, "Calls.json", **form)
    assert response.json()["status"] == response.status_code
    return response.status_code, response.json()["code"]


def post(twilio: LocalTwilio, path: str, **form: str) -> requests.Response:
    url = f"{twilio.base_url}/Accounts/{twilio.account_sid}/{path}"
    return requests.post(url, data=form, auth=(twilio.account_sid, twilio.auth_token), timeout=5)


def course(clock: Clock, call: Call, *ages_s: float) -> list[str]:
    """Its statuses at these ages (seconds after its creation)."""
    statuses = []
    for age_s in ages_s:
        clock.now = START + age_s
        statuses.append(call.status)
    return statuses


# Creating and showing


def test_a_call_is_queued_when_it_is_created(twilio: LocalTwilio, client: Client) -> None:
    call = create(client, twilio)
    assert (call.status, call.to) == ("queued", TO)
    assert re.fullmatch("CA[0-9a-f]{32}", call.sid or "")
    assert [(kept.sid, kept.from_) for kept in twilio.calls] == [(call.sid, twilio.from_phone)]


def test_a_call_has_all_the_fields_of_twilios_own(twilio: LocalTwilio) -> None:
    call = post(twilio, "Calls.json", To=TO, From=twilio.from_phone, Twiml=TWIML).json()
    uri = f"/2010-04-01/Accounts/{twilio.account_sid}/Calls/{call['sid']}"
    assert set(call.pop("subresource_uris")) >= {"recordings", "notifications", "events"}
    assert call == {
        "sid": call["sid"],
        "date_created": "Tue, 14 Nov 2023 22:13:20 +0000",
        "date_updated": "Tue, 14 Nov 2023 22:13:20 +0000",
        "parent_call_sid": None,
        "account_sid": twilio.account_sid,
        "to": TO,
        "to_formatted": "(510) 111-2345",
        "from": twilio.from_phone,
        "from_formatted": "(510) 128-1337",
        "phone_number_sid": None,
        "status": "queued",
        "start_time": None,
        "end_time": None,
        "duration": None,
        "price": None,
        "price_unit": "USD",
        "direction": "outbound-api",
        "answered_by": None,
        "api_version": "2010-04-01",
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def test_a_call_that_is_over_shows_when_and_how_long_it_was(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    call = create(client, twilio)
    clock.now += 60
    call = call.fetch()
    assert (call.status, call.answered_by, call.duration, call.price) == ("completed", "human", "5", "-0.01400")
    assert call.start_time == datetime.fromtimestamp(START, timezone.utc)
    assert call.end_time == datetime.fromtimestamp(int(START + DETECTED_S + SPOKEN_S), timezone.utc)


def test_an_unknown_call_is_not_found(client: Client) -> None:
    with pytest.raises(TwilioRestException) as error:
        client.calls("CA" + "0" * 32).fetch()
    assert (error.value.status, error.value.code) == (404, 20404)


# What the person called does


@pytest.mark.parametrize(
    ("outcome", "statuses"),
    [
        (CallOutcome(), ["queued", "ringing", "in-progress", "completed"]),
        (CallOutcome("busy"), ["queued", "ringing", "busy", "busy"]),
        (CallOutcome("failed"), ["queued", "queued", "failed", "failed"]),
        (CallOutcome("no-answer"), ["queued", "ringing", "ringing", "no-answer"]),
        (CallOutcome(by_hand=True), ["queued", "ringing", "ringing", "no-answer"]),
        (CallOutcome(after_s=0.0), ["queued", "in-progress", "in-progress", "completed"]),
    ],
)
def test_a_call_goes_its_way(
    twilio: LocalTwilio, client: Client, clock: Clock, outcome: CallOutcome, statuses: list[str]
) -> None:
    twilio.call_log.outcomes[TO] = outcome
    create(client, twilio, timeout=20)
    assert course(clock, twilio.calls[0], 0, 0.5, 4, 20.5) == statuses


@pytest.mark.parametrize("answered_by", ["human", "machine_start", "fax", "unknown"])
def test_machine_detection_finds_who_answered(
    twilio: LocalTwilio, client: Client, clock: Clock, answered_by: str
) -> None:
    twilio.call_log.outcome = CallOutcome(answered_by=answered_by)
    call = create(client, twilio)
    clock.now = START + ANSWERED_S
    assert (call.fetch().status, call.fetch().answered_by) == ("in-progress", None)
    clock.now = START + DETECTED_S
    assert call.fetch().answered_by == answered_by


def test_without_machine_detection_nobody_knows_who_answered(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    post(twilio, "Calls.json", To=TO, From=twilio.from_phone, Twiml=TWIML)
    clock.now += 60
    call = client.calls.list()[0]
    assert (call.status, call.answered_by) == ("completed", None)


def test_who_hangs_up_before_the_detection_hears_nothing_and_stays_unknown(
    twilio: LocalTwilio, client: Client, clock: Clock
) -> None:
    twilio.call_log.outcome = CallOutcome(hang_up_after_s=1.0)
    call = create(client, twilio)
    clock.now = START + ANSWERED_S + 1
    assert (call.fetch().status, call.fetch().answered_by, twilio.calls[0].spoken) == ("completed", None, "")


def test_a_call_knows_what_was_spoken(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    create(client, twilio)
    clock.now = START + DETECTED_S - 0.1
    assert twilio.calls[0].spoken == ""
    clock.now = START + DETECTED_S
    assert twilio.calls[0].spoken == "Disk full on db1"
    clock.now = START + 60
    assert twilio.calls[0].spoken == "Disk full on db1\nDisk full on db1"


@pytest.mark.parametrize(
    ("inputs", "outcome", "heard"),
    [
        ("dtmf", CallOutcome(keys="1", key_after_s=2.2), False),
        ("dtmf", CallOutcome(says="Hello?", says_after_s=2.2), True),
        ("speech", CallOutcome(says="Hello?", says_after_s=2.2), False),
        ("dtmf speech", CallOutcome(says="Hello?", says_after_s=2.2), False),
    ],
)
def test_what_a_gather_listens_for_ends_it(
    twilio: LocalTwilio, client: Client, clock: Clock, inputs: str, outcome: CallOutcome, heard: bool
) -> None:
    twilio.call_log.outcome = outcome
    create(
        client, twilio, twiml=f'<Response><Gather input="{inputs}"><Say>Press 1</Say></Gather><Say>End</Say></Response>'
    )
    clock.now += 60.0
    assert twilio.calls[0].spoken == ("Press 1\nEnd" if heard else "Press 1")


def test_a_gather_waits_for_a_key(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    create(client, twilio, twiml="<Response><Gather><Say>Press 1</Say></Gather></Response>")
    clock.now += DETECTED_S + 1.0
    assert twilio.calls[0].waits_for_key_at(clock.now)


def test_what_is_said_again_and_again_comes_four_seconds_apart(
    twilio: LocalTwilio, client: Client, clock: Clock
) -> None:
    twilio.call_log.outcome = CallOutcome(says="Hello? | Who is it?", says_after_s=1.0)
    create(client, twilio)
    spoken_at = [round(time - twilio.calls[0].answered_at, 3) for time, _ in twilio.calls[0].speech]
    assert spoken_at == [1.0, 5.0]


def test_an_outcome_that_no_call_has_is_an_error() -> None:
    with pytest.raises(ValueError, match="not 'answered'"):
        CallOutcome("answered")
    with pytest.raises(ValueError, match="not 'robot'"):
        CallOutcome(answered_by="robot")


# Decided by a person


@pytest.fixture
def ringing(twilio: LocalTwilio, client: Client, clock: Clock) -> Call:
    twilio.call_log.outcome = CallOutcome(by_hand=True)
    create(client, twilio)
    clock.now += 5
    return twilio.calls[0]


def test_a_person_answers_and_hangs_up(ringing: Call, clock: Clock) -> None:
    ringing.answer()
    clock.now += 2.5
    assert (ringing.status, ringing.answered_by, ringing.is_live) == ("in-progress", "human", True)
    ringing.hang_up()
    assert (ringing.status, ringing.is_live) == ("completed", False)


def test_a_person_lets_it_go_to_voicemail(ringing: Call, clock: Clock) -> None:
    ringing.voicemail()
    clock.now += 60
    assert (ringing.status, ringing.answered_by) == ("completed", "machine_start")


def test_a_person_speaks(ringing: Call) -> None:
    ringing.answer()
    ringing.speak("Who is it?")
    assert [text for _, text in ringing.speech] == ["Who is it?"]


def test_a_person_declines(ringing: Call) -> None:
    ringing.decline()
    assert ringing.status == "busy"


def test_nothing_can_be_done_with_a_call_in_the_wrong_state(ringing: Call) -> None:
    with pytest.raises(ValueError, match="must be in-progress: it is ringing"):
        ringing.press("1")
    ringing.decline()
    with pytest.raises(ValueError, match="must be ringing: it is busy"):
        ringing.answer()


def test_a_phone_has_twelve_keys(ringing: Call) -> None:
    ringing.answer()
    with pytest.raises(ValueError, match="no key 'A'"):
        ringing.press("A")


# Ended by a client


def test_a_call_that_rings_can_be_canceled(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    call = create(client, twilio)
    clock.now += 1
    assert call.update(status="canceled").status == "canceled"
    clock.now += 60
    assert (call.fetch().status, call.fetch().duration) == ("canceled", "0")


def test_completed_ends_a_conversation_and_canceled_does_not(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    call = create(client, twilio)
    clock.now = START + ANSWERED_S
    assert call.update(status="canceled").status == "in-progress"
    assert call.update(status="completed").status == "completed"


def test_completed_ends_the_ringing_too(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    call = create(client, twilio)
    clock.now += 1
    assert call.update(status="completed").status == "canceled"


def test_a_call_that_has_ended_cannot_be_ended(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    call = create(client, twilio)
    clock.now += 60
    with pytest.raises(TwilioRestException) as error:
        call.update(status="completed")
    assert error.value.code == 21220


def test_no_other_status_can_be_asked_for(twilio: LocalTwilio, client: Client) -> None:
    call = create(client, twilio)
    assert post(twilio, f"Calls/{call.sid}.json", Status="busy").status_code == 400


# The list


def test_the_list_shows_the_newest_call_first(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    sids = []
    for _ in range(3):
        sids.append(create(client, twilio).sid)
        clock.now += 1
    assert [call.sid for call in client.calls.list()] == sids[::-1]
    assert [call.sid for call in client.calls.list(page_size=2)] == sids[::-1]


def test_the_list_is_filtered_by_numbers(twilio: LocalTwilio, client: Client) -> None:
    mine = create(client, twilio).sid
    create(client, twilio, to="+15103334444")
    assert [call.sid for call in client.calls.list(to=TO, from_=twilio.from_phone)] == [mine]


def test_a_call_may_be_late_in_the_list_but_not_under_its_sid(
    twilio: LocalTwilio, client: Client, clock: Clock
) -> None:
    twilio.call_log.lag_s = 2.0
    sid = create(client, twilio).sid
    assert client.calls.list() == []
    assert client.calls(sid).fetch().sid == sid
    clock.now += 2
    assert [call.sid for call in client.calls.list()] == [sid]


def test_more_calls_than_one_a_second_wait_in_a_queue(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.call_log.calls_per_s = 1.0
    for _ in range(3):
        create(client, twilio)
    clock.now += 1.5
    assert [call.status for call in twilio.calls] == ["ringing", "ringing", "queued"]
    assert twilio.calls[2].resource(clock.now)["queue_time"] == "2000"


# What is refused


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": ""}, 21201),
        ({"From": ""}, 21213),
        ({"From": "ACME"}, 21212),
        ({"From": "+15109999999"}, 21210),
        ({"To": "5101112345"}, 21217),
        ({"Twiml": ""}, 21205),
        ({"Twiml": "<Response><Say>a & b</Say></Response>"}, 12100),
        ({"Twiml": f"<Response><Say>{'a' * 4000}</Say></Response>"}, 32018),
        ({"Timeout": "soon"}, 20001),
        ({"Timeout": "601"}, 20001),
        ({"MachineDetection": "yes"}, 20001),
    ],
)
def test_a_bad_call_is_refused(twilio: LocalTwilio, form: dict[str, str], code: int) -> None:
    assert refusal(twilio, **form) == (400, code)
    assert twilio.calls == []


@pytest.mark.parametrize("code", [13227, 21215, 21216, 21264])
def test_a_call_can_be_refused_for_its_recipient(twilio: LocalTwilio, code: int) -> None:
    twilio.call_log.refusals[TO] = code
    assert refusal(twilio) == (400, code)


def test_a_trial_account_calls_verified_numbers_only() -> None:
    with LocalTwilio(account_type="Trial", verified=[TO]) as twilio:
        assert refusal(twilio, To="+15103334444") == (400, 21219)
        assert post(twilio, "Calls.json", To=TO, From=twilio.from_phone, Twiml=TWIML).status_code == 201


def test_test_credentials_validate_a_call_and_make_none() -> None:
    with LocalTwilio(test_credentials=True) as twilio:
        call = post(twilio, "Calls.json", To=TO, From="+15005550006", Twiml=TWIML)
        assert (call.status_code, call.json()["status"]) == (201, "queued")
        assert refusal(twilio) == (400, 21210)
        assert refusal(twilio, From="+15005550006", To="+15005550001") == (400, 21217)
        assert twilio.calls == []


def test_faults_are_for_calls_too(twilio: LocalTwilio, client: Client) -> None:
    twilio.faults.add(Fault.ERROR_500_AFTER, path="/Calls.json")
    with pytest.raises(TwilioRestException) as error:
        create(client, twilio)
    assert error.value.status == 500
    assert len(twilio.calls) == 1
