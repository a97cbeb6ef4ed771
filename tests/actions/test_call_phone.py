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
"""The action "call phone", as a playbook meets it."""

from __future__ import annotations

import json
from collections import Counter
from math import inf
from typing import Any

import pytest

from sandbox.memory_transport import REFUSED, SILENT
from sandbox.twilio import FROM_PHONE, SERVICE_SID, CallOutcome, Fault, RecordedRequest
from sandbox.twilio.call import Call, NewCall, Script
from sandbox.twilio.twiml import Utterance
from tests.harness import E164, TO, CutShort, Harness, Run
from twilio_connector import TwilioConnector


MESSAGE = "The mail gateway is down"
ACKNOWLEDGED = CallOutcome(keys="1", key_after_s=4.0)
RINGS = CallOutcome(by_hand=True)
THANKS = "Thank you. You have acknowledged."
BOTH = pytest.mark.parametrize("acknowledge", [False, True])


@pytest.fixture
def harness() -> Harness:
    """A local Twilio where a person answers after three seconds and presses 1."""
    made = Harness()
    made.twilio.call_log.outcome = ACKNOWLEDGED
    return made


def call(harness: Harness, to: Any = TO, message: Any = MESSAGE, *, asset: Any = None, **parameters: Any) -> Run:
    return harness.run("call phone", {"to_phone": to, "message": message, **parameters}, **(asset or {}))


def call_all(harness: Harness, people: list[str], *, acknowledge: bool, message: str = MESSAGE, **options: Any) -> Run:
    sets = [{"to_phone": to, "message": message, "acknowledge": acknowledge} for to in people]
    return harness.run("call phone", *sets, **options)


def creations(harness: Harness) -> list[str]:
    """The paths of the requests that could make a phone ring."""
    return [
        request.path for request in harness.requests("POST") if request.path.endswith(("/Calls.json", "/Executions"))
    ]


def cancelled(harness: Harness, after_s: float, *sets: dict[str, Any]) -> Run:
    """Run the action, which somebody cancels after so many seconds."""
    people = [{"to_phone": TO, "message": MESSAGE, **each} for each in sets or ({},)]
    return harness.run("call phone", *people, cancelled_after_s=after_s)


def another_rings(harness: Harness) -> Call:
    """Let another run call the same person from the same number, without a key to press."""
    new = NewCall(E164, harness.twilio.from_phone, 60, detects_machines=True)
    return harness.twilio.call_log.place(new, Script((Utterance("Disk full", 300.0),)))


def lock_out(harness: Harness, after_s: float, until_s: float) -> None:
    """Let Twilio say of every request within a time that the token is wrong."""
    token = harness.twilio.account.auth_token
    harness.clock.call_later(after_s, lambda: setattr(harness.twilio.account, "auth_token", "another"))
    harness.clock.call_later(until_s, lambda: setattr(harness.twilio.account, "auth_token", token))


# --- without acknowledgement


def test_a_call_that_a_person_answered_is_a_success(harness: Harness) -> None:
    run = call(harness)
    assert (run.status, run.message) == ("success", "Call status: completed. A person answered.")
    assert run.summary == {"call_status": "completed", "answered_by": "human", "outcome": "answered"}


def test_the_data_is_the_last_resource_as_twilio_sent_it(harness: Harness) -> None:
    run = call(harness)
    assert run.row == harness.twilio.calls[0].resource(harness.clock.time())


def test_one_call_is_posted_with_twiml_ringing_and_machine_detection(harness: Harness) -> None:
    call(harness, "(510) 111-2345", timeout="45.0", language="de-DE", voice="Polly.Vicki")
    (post,) = harness.requests("POST")
    assert post.form == {
        "To": E164,
        "From": harness.twilio.from_phone,
        "Twiml": f'<Response><Say language="de-DE" loop="2" voice="Polly.Vicki">{MESSAGE}</Say></Response>',
        "Timeout": "45",
        "MachineDetection": "Enable",
    }


@pytest.mark.parametrize(
    ("answer", "word", "says"),
    [
        (CallOutcome(answered_by="machine_start"), "unconfirmed", "A machine answered (machine_start), such as voice"),
        (CallOutcome(answered_by="fax"), "unconfirmed", "A machine answered (fax)"),
        (CallOutcome(answered_by="unknown"), "unconfirmed", "does not know whether it was a person"),
        (CallOutcome(hang_up_after_s=0.5), "unconfirmed", "does not know whether it was a person"),
    ],
)
def test_a_call_that_was_picked_up_is_a_success_that_says_by_whom(
    harness: Harness, answer: CallOutcome, word: str, says: str
) -> None:
    harness.twilio.call_log.outcome = answer
    run = call(harness)
    assert (run.status, run.outcome, run.summary["call_status"]) == ("success", word, "completed")
    assert says in run.message


@pytest.mark.parametrize(
    ("status", "says"),
    [("busy", "declined"), ("no-answer", "Nobody answered"), ("failed", "could not connect")],
)
@BOTH
def test_a_call_that_nobody_answered_fails_and_keeps_its_data(
    harness: Harness, status: str, says: str, acknowledge: bool
) -> None:
    harness.twilio.call_log.outcome = CallOutcome(status)
    run = call(harness, acknowledge=acknowledge, timeout=5)
    assert (run.status, run.outcome) == ("failed", "not_answered")
    assert run.message.startswith(f"Call status: {status}. ")
    assert says in run.message
    assert (run.row["sid"], run.summary["call_status"]) == (harness.twilio.calls[0].sid, status)


@pytest.mark.parametrize(
    "message",
    [
        "a < b && c > d </Say></Response> \"double\" 'single' &amp; &lt;",
        "Größe 🔥 \u200f日本語 \x00control\x1b \ud83d",
        "{{flow.sid}} {% raw %}",
        "1" * 1601,
        12345,
    ],
    ids=["markup", "scripts and control characters", "Liquid", "long", "int"],
)
@pytest.mark.parametrize(
    ("acknowledge", "escapes"),
    [(False, False), (True, True), (True, False)],
    ids=["no Studio", "Studio escapes", "Studio does not escape"],
)
def test_a_text_of_any_characters_is_spoken(harness: Harness, message: Any, acknowledge: bool, escapes: bool) -> None:
    harness.twilio.studio.settings.escapes_say = escapes
    harness.twilio.call_log.outcome = CallOutcome(keys="1", key_after_s=3.0, hang_up_after_s=20.0)
    run = call(harness, message=message, acknowledge=acknowledge)
    assert run.status == "success"
    (made,) = harness.twilio.calls
    words = [word for word in str(message).replace("\x00", " ").split() if word.isalnum()]
    assert made.spoken
    assert all(word in made.spoken for word in words)
    assert "Press 1 to acknowledge" in made.spoken if acknowledge else True
    assert "flow.sid" in made.spoken if "flow.sid" in str(message) else True


@pytest.mark.parametrize(("parameter", "setting"), [(FROM_PHONE, ""), ("", FROM_PHONE)])
def test_the_caller_may_be_given_where_the_sender_is_no_number(harness: Harness, parameter: str, setting: str) -> None:
    call(harness, from_phone=parameter, asset={"from_phone": SERVICE_SID, "caller_phone": setting})
    assert harness.requests("POST")[0].form["From"] == FROM_PHONE


def test_an_end_that_could_not_be_read_is_a_success_that_is_not_confirmed(harness: Harness) -> None:
    harness.fault(Fault.ERROR_503, "GET", times=999)
    run = call(harness, timeout=5)
    assert (run.status, run.outcome) == ("success", "unconfirmed")
    assert "The outcome of the call is not known: its status could not be read any more" in run.message
    assert (run.row["sid"], run.seconds < 210.0) == (harness.twilio.calls[0].sid, True)


def test_with_test_credentials_the_call_is_accepted_and_unconfirmed() -> None:
    harness = Harness(test_credentials=True)
    run = call(harness, from_phone="+15005550006")
    assert (run.status, run.outcome) == ("success", "unconfirmed")
    assert "test credentials" in run.message


def test_with_test_credentials_nobody_can_be_asked_for_a_key() -> None:
    harness = Harness(test_credentials=True)
    run = call(harness, from_phone="+15005550006", acknowledge=True)
    assert (run.status, run.outcome) == ("failed", "not_sent")
    assert "Nobody was called" in run.message


# --- with acknowledgement


def test_it_succeeds_if_a_person_pressed_1(harness: Harness) -> None:
    run = call(harness, acknowledge=True)
    assert (run.status, run.message) == ("success", "Call status: completed. Acknowledged: a person pressed 1.")
    assert run.summary == {
        "call_status": "completed",
        "answered_by": "human",
        "acknowledged": True,
        "outcome": "acknowledged",
    }


def test_the_data_holds_the_call_the_execution_and_its_context(harness: Harness) -> None:
    row = call(harness, acknowledge=True).row
    (execution,), now = harness.twilio.studio.executions, harness.clock.time()
    assert row.pop("execution")["sid"] == execution.sid
    assert row.pop("execution_context")["widgets"]["question"]["Digits"] == "1"
    assert row == harness.twilio.calls[0].resource(now)


def test_the_message_is_spoken_twice_with_the_question_in_its_language(harness: Harness) -> None:
    harness.twilio.call_log.outcome = CallOutcome(answered_by="machine_start")
    call(harness, message="Platte voll", acknowledge=True, language="de-DE")
    line = "Platte voll. Drücken Sie die 1, um zu bestätigen."
    farewell = "Sie haben nicht bestätigt. Auf Wiederhören."
    assert harness.twilio.calls[0].spoken == f"{line}\n{line}\n{farewell}"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (CallOutcome(answered_by="machine_start"), "A machine answered (machine_start), such as voicemail. Nobody"),
        (CallOutcome(keys="2"), "The person pressed 2, not 1."),
        (CallOutcome(keys="2#*"), "The person pressed 2, #, *, not 1."),
        (CallOutcome(keys="2#*1"), "The person pressed 2, #, *, not 1."),
        (CallOutcome(keys="2", hang_up_after_s=9.0), "The person pressed 2, not 1."),
        (CallOutcome(), "Somebody answered, but pressed no key."),
        (CallOutcome(keys="1", key_after_s=90.0), "Somebody answered, but pressed no key."),
        (CallOutcome(hang_up_after_s=4.0), "The person hung up before anybody pressed a key."),
        (CallOutcome(hang_up_after_s=0.5), "The person hung up before anybody pressed a key."),
    ],
    ids=["voicemail", "2", "2#*", "1 too late by one", "2 and hung up", "no key", "1 too late", "hung up", "at once"],
)
def test_without_a_1_it_fails_in_words_of_its_own(harness: Harness, answer: CallOutcome, says: str) -> None:
    harness.twilio.studio.settings.end_lag_s = 1.0
    harness.twilio.call_log.outcome = answer
    run = call(harness, acknowledge=True)
    assert (run.status, run.outcome, run.summary["acknowledged"]) == ("failed", "not_acknowledged", False)
    assert run.message.startswith("Call status: completed. Not acknowledged. ")
    assert says in run.message
    assert run.row["sid"] == harness.twilio.calls[0].sid


@pytest.mark.parametrize("ends_call", [True, False])
def test_a_flow_that_was_ended_by_hand_before_anybody_answered_is_reported(harness: Harness, ends_call: bool) -> None:
    harness.twilio.studio.settings.end_ends_call = ends_call
    harness.twilio.call_log.outcome = CallOutcome("no-answer")
    harness.clock.call_later(3.0, lambda: harness.twilio.studio.executions[0].end())
    run = call(harness, acknowledge=True, timeout=10)
    assert (run.status, run.outcome) == ("failed", "not_answered")
    assert "Not acknowledged. The flow was ended by hand before anybody answered." in run.message
    assert run.row["status"] == ("canceled" if ends_call else "no-answer")


@pytest.mark.parametrize(
    ("ends_call", "says"),
    [(False, "The flow was ended by hand before"), (True, "The person hung up, or the flow was ended by hand, before")],
    ids=["its call goes on", "both in one second"],
)
def test_a_flow_that_was_ended_by_hand_during_the_conversation_is_reported(
    harness: Harness, ends_call: bool, says: str
) -> None:
    harness.twilio.studio.settings.end_ends_call = ends_call
    harness.twilio.studio.settings.call_end_lag_s = 1.0
    harness.clock.call_later(6.5, lambda: harness.twilio.studio.executions[0].end())
    run = call(harness, acknowledge=True)
    assert (run.status, run.outcome, run.row["status"]) == ("failed", "not_acknowledged", "completed")
    assert f"Not acknowledged. {says} anybody pressed a key." in run.message


@pytest.mark.parametrize(
    ("shows_code", "says"),
    [
        (True, "Twilio did not make the call, error code 21215. The account may not call this country"),
        (False, "Twilio did not make the call, or could not connect it: check to_phone"),
    ],
)
def test_a_call_that_twilio_refuses_within_the_flow_is_reported(harness: Harness, shows_code: bool, says: str) -> None:
    harness.twilio.studio.settings.failures_leave_nothing = not shows_code
    harness.twilio.call_log.refusals[E164] = 21215
    run = call(harness, acknowledge=True)
    assert (run.status, run.outcome) == ("failed", "not_answered")
    assert says in run.message
    assert run.row["execution"]["sid"] == harness.twilio.studio.executions[0].sid


def test_a_person_at_the_page_can_acknowledge(harness: Harness) -> None:
    harness.twilio.call_log.outcome = RINGS
    harness.clock.call_later(4.0, lambda: harness.twilio.calls[0].answer())
    harness.clock.call_later(8.0, lambda: harness.twilio.calls[0].press("1"))
    assert call(harness, acknowledge=True).outcome == "acknowledged"


def test_the_flow_is_made_once_for_all_runs(harness: Harness) -> None:
    call(harness, acknowledge=True)
    call(harness, acknowledge=True, message="Another text")
    call_all(harness, [f"+1510111000{digit}" for digit in range(4)], acknowledge=True)
    assert len(harness.twilio.studio.flows) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"context_lag_s": 3.0},
        {"context_lag_s": 3.0, "context_lag_is_404": False},
        {"list_lag_s": 5.0},
        {"end_lag_s": 5},
        {"call_end_lag_s": 5},
        {"failures_leave_nothing": False},
    ],
    ids=["context 404", "context empty", "lists late", "end late", "end of the call late", "more variables"],
)
def test_what_studio_may_do_differently_does_no_harm(harness: Harness, settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        setattr(harness.twilio.studio.settings, name, value)
    assert call(harness, acknowledge=True).outcome == "acknowledged"


@pytest.mark.parametrize("answered_by", ["machine_start", "fax", "unknown"])
def test_the_key_counts_although_machine_detection_took_the_person_for_something_else(
    harness: Harness, answered_by: str
) -> None:
    harness.twilio.call_log.outcome = CallOutcome(answered_by=answered_by, keys="1")
    summary = call(harness, acknowledge=True).result["summary"]
    assert (summary["outcome"], summary["answered_by"]) == ("acknowledged", answered_by)


def test_nobody_is_said_to_have_ended_a_flow_that_shows_seconds_later_how_it_ended(harness: Harness) -> None:
    harness.twilio.studio.settings.step_lag_s = 4.0
    harness.twilio.call_log.outcome = CallOutcome("busy")
    run = call(harness, acknowledge=True)
    assert run.message == "Call status: busy. Not acknowledged. The line was busy, or the person declined."


def test_another_call_to_the_person_is_reported_and_nothing_is_sent(harness: Harness) -> None:
    call(harness, "+15101110001", acknowledge=True)
    (flow,) = harness.twilio.studio.flows
    harness.twilio.call_log.outcome = CallOutcome("no-answer")
    harness.twilio.studio.create_execution(flow, E164, harness.twilio.from_phone, {})
    run = call(harness, acknowledge=True)
    assert (run.status, run.outcome, run.result["data"]) == ("failed", "not_sent", [])
    assert "Another call to this person is running" in run.message


def test_an_end_that_could_not_be_read_fails_with_the_sid_kept(harness: Harness) -> None:
    harness.twilio.call_log.outcome = CallOutcome("busy")
    harness.fault(Fault.ERROR_503, "GET", times=9999, path="/Executions/")
    run = call(harness, acknowledge=True, timeout=5)
    assert (run.status, run.outcome, run.summary["acknowledged"]) == ("failed", "unknown", False)
    assert "Whether anybody acknowledged is not known" in run.message
    assert run.row["execution"]["sid"] == harness.twilio.studio.executions[0].sid


def test_a_key_that_was_read_counts_whatever_fails_later(harness: Harness) -> None:
    harness.clock.call_later(9.1, lambda: harness.fault(Fault.ERROR_503, "GET", times=9999))
    run = call(harness, acknowledge=True)
    assert (run.status, run.outcome) == ("success", "acknowledged")


# --- never twice, never lost


@BOTH
def test_a_call_that_twilio_turned_away_unread_is_repeated(harness: Harness, acknowledge: bool) -> None:
    harness.fault(Fault.TOO_MANY, times=2, path="/Executions" if acknowledge else "/Calls.json")
    assert call(harness, acknowledge=acknowledge).status == "success"
    assert len(harness.twilio.calls) == 1


def test_a_lost_call_is_not_taken_for_another_ones(harness: Harness) -> None:
    def call_meanwhile(request: RecordedRequest) -> Fault | None:
        if request.method != "POST":
            return None
        harness.twilio.call_log.place(NewCall(E164, harness.twilio.from_phone), Script(()))
        return Fault.RESET_AFTER

    harness.twilio.faults.choose = call_meanwhile
    run = call(harness)
    assert (run.status, run.outcome) == ("failed", "unknown")


def test_another_persons_key_is_not_taken_for_this_calls(harness: Harness) -> None:
    call(harness, "+15101110001", acknowledge=True)
    (flow,) = harness.twilio.studio.flows
    harness.twilio.studio.create_execution(flow, E164, harness.twilio.from_phone, {"run_id": "another"})
    harness.clock.advance(20.0)
    harness.fault(Fault.RESET_BEFORE, path="/Executions")
    run = call(harness, acknowledge=True)
    assert (run.status, run.outcome, run.result["data"]) == ("failed", "unknown", [])


@BOTH
def test_a_server_that_is_gone_ends_in_half_a_minute_and_nobody_is_called(harness: Harness, acknowledge: bool) -> None:
    harness.network.trouble = lambda request: REFUSED
    run = call_all(harness, [f"+1510111000{digit}" for digit in range(5)], acknowledge=acknowledge)
    assert set(run.outcomes) == {"not_sent"}
    says = "Nobody was called" if acknowledge else "Nothing was sent"
    assert all(says in result["message"] or "Nothing was sent" in result["message"] for result in run.results)
    assert run.seconds < 45.0


def test_twilios_refusals_come_with_a_hint(harness: Harness) -> None:
    harness.twilio.call_log.refusals[E164] = 21215
    run = call(harness)
    assert (run.status, run.outcome) == ("failed", "not_sent")
    assert '"code": 21215' in run.message
    assert "The account may not call this country" in run.message


# --- several people


@BOTH
def test_each_person_has_their_own_result(harness: Harness, acknowledge: bool) -> None:
    people = [f"+1510111000{digit}" for digit in range(6)]
    harness.twilio.call_log.outcomes[people[1]] = CallOutcome("busy")
    harness.twilio.call_log.outcomes[people[4]] = CallOutcome(answered_by="machine_start")
    run = call_all(harness, people, acknowledge=acknowledge)
    good, machine = ("acknowledged", "not_acknowledged") if acknowledge else ("answered", "unconfirmed")
    expected = [good, "not_answered", good, good, machine, good]
    assert run.outcomes == expected
    assert [result["data"][0]["to"] for result in run.results] == people


@BOTH
def test_several_people_are_called_side_by_side(harness: Harness, acknowledge: bool) -> None:
    harness.twilio.call_log.outcome = CallOutcome("no-answer")
    call_all(harness, [f"+1510111000{digit}" for digit in range(6)], acknowledge=acknowledge)
    now = harness.clock.time()
    first_end = min(made.ended_at(now) or 0.0 for made in harness.twilio.calls)
    assert all(made.created < first_end for made in harness.twilio.calls)


def test_the_counts_of_several_calls_add_up(harness: Harness) -> None:
    harness.twilio.call_log.outcomes["+15101110001"] = CallOutcome(answered_by="machine_start")
    harness.twilio.call_log.outcomes["+15101110002"] = CallOutcome("busy")
    run = call_all(harness, ["+15101110000", "+15101110001", "+15101110002", "nobody"], acknowledge=False)
    assert run.progress[-1] == "4 people: 3 calls made, 2 succeeded, 2 failed, 0 waiting"


@BOTH
def test_calls_to_one_person_go_one_after_the_other(harness: Harness, acknowledge: bool) -> None:
    harness.twilio.call_log.outcomes["+15101110001"] = CallOutcome("busy")
    run = call_all(harness, [TO, "+15101110001", TO, TO, "+15101110001"], acknowledge=acknowledge)
    assert [result["status"] for result in run.results] == ["success", "failed", "success", "success", "failed"]
    for to in (E164, "+15101110001"):
        calls = [made for made in harness.twilio.calls if made.to == to]
        ends = [made.ended_at(harness.clock.time()) or 0.0 for made in calls]
        assert len(calls) == (3 if to == E164 else 2)
        assert all(made.created >= end for made, end in zip(calls[1:], ends))


def test_calls_with_and_without_acknowledgement_go_together(harness: Harness) -> None:
    sets = [
        {"to_phone": f"+1510111000{digit}", "message": MESSAGE, "acknowledge": digit % 2 == 0} for digit in range(6)
    ]
    run = harness.run("call phone", *sets)
    assert run.outcomes == ["acknowledged", "answered"] * 3


def test_one_that_was_refused_lets_the_next_call_to_this_person_begin(harness: Harness) -> None:
    harness.fault(Fault.HTML_403_BEFORE, path="/Calls.json", skip=1)
    run = call_all(harness, ["+15101110001", TO, TO], acknowledge=False)
    assert [result["status"] for result in run.results] == ["success", "failed", "success"]


@BOTH
def test_calls_that_wait_in_twilios_queue_are_followed(harness: Harness, acknowledge: bool) -> None:
    harness.twilio.call_log.calls_per_s = 1 / 120  # so that the last is dialed after six minutes
    run = call_all(harness, [f"+1510111000{digit}" for digit in range(4)], acknowledge=acknowledge)
    assert {result["status"] for result in run.results} == {"success"}
    assert run.seconds > 360.0


def test_a_call_that_left_the_queue_late_is_followed_as_long_as_any_other(harness: Harness) -> None:
    harness.twilio.call_log.calls_per_s = 1 / 190
    harness.twilio.call_log.outcome = CallOutcome(says="Hello?", keys="1", key_after_s=25.0)
    message = "All disks are full. " * 20  # so that the question takes longer
    run = call_all(harness, ["+15101110001", "+15101110002"], acknowledge=True, message=message)
    assert run.outcomes == ["acknowledged"] * 2


def test_the_call_of_another_run_hides_no_call_that_waits_in_the_queue(harness: Harness) -> None:
    harness.twilio.call_log.calls_per_s = 1 / 300
    harness.clock.call_later(1.0, lambda: another_rings(harness))
    run = call_all(harness, ["+15101110001", TO], acknowledge=True)
    assert run.outcomes == ["acknowledged"] * 2


@BOTH
def test_a_call_that_goes_on_when_its_time_is_over_is_neither_ended_nor_interrupted_by_the_next(
    harness: Harness, acknowledge: bool
) -> None:
    first = {"to_phone": TO, "message": "The disk is full. " * 120, "acknowledge": acknowledge}  # longer than its time
    harness.twilio.call_log.outcome = CallOutcome(keys="1", key_after_s=270.0)
    harness.run("call phone", first, {**first, "message": MESSAGE})
    spoken_to_the_end, next_one = harness.twilio.calls
    now = harness.clock.time()
    assert (spoken_to_the_end.cut_off_at, next_one.created >= (spoken_to_the_end.ended_at(now) or now)) == (inf, True)


def test_a_call_that_nobody_knows_the_end_of_is_not_ended_by_the_next(harness: Harness) -> None:
    harness.twilio.call_log.outcome = CallOutcome()
    for path in ("/Context", "/Calls"):
        harness.fault(Fault.ERROR_503, "GET", path=path, times=9999)
    first = {"to_phone": TO, "message": "The disk is full. " * 210, "acknowledge": True}
    run = harness.run("call phone", first, {**first, "message": MESSAGE})
    assert run.outcomes == ["unknown", "not_sent"]
    assert "Another call to this person is running" in run.results[1]["message"]
    assert [made.cut_off_at for made in harness.twilio.calls] == [inf]


def test_the_next_call_to_a_person_waits_for_one_that_may_be_this_runs(harness: Harness) -> None:
    harness.twilio.call_log.outcome = CallOutcome()
    harness.fault(Fault.ERROR_503, "GET", path="/Context", times=9999)
    first = {"to_phone": TO, "message": "The disk is full. " * 210, "acknowledge": True}
    harness.run("call phone", first, {**first, "message": MESSAGE})
    one, another = harness.twilio.calls
    assert another.created >= (one.ended_at(harness.clock.time()) or inf)


def test_a_call_that_never_leaves_the_queue_is_followed_for_half_an_hour(harness: Harness) -> None:
    harness.twilio.call_log.calls_per_s = 1 / 7200
    run = call_all(harness, ["+15101110001", "+15101110002"], acknowledge=False)
    assert 1800.0 <= run.seconds < 1830.0
    (in_queue,) = (result for result in run.results if "completed" not in result["message"])
    assert in_queue["summary"]["outcome"] == "unconfirmed"
    assert "it did not end within the time for which calls are followed" in in_queue["message"]


@BOTH
def test_a_call_is_followed_for_three_minutes_and_its_ringing(harness: Harness, acknowledge: bool) -> None:
    harness.fault(Fault.ERROR_503, "GET", times=9999, path="/Executions/" if acknowledge else "/Calls/")
    run = call(harness, acknowledge=acknowledge, timeout=20)
    assert 200.0 <= run.seconds < 215.0


# --- true at any moment


@BOTH
def test_a_run_that_is_cut_short_has_reported_the_truth(harness: Harness, acknowledge: bool) -> None:
    run = call_all(harness, [TO], acknowledge=acknowledge, connector=CutShort())
    assert (run.status, run.outcome) == (("failed", "unknown") if acknowledge else ("success", "unconfirmed"))
    row = run.row["execution"] if acknowledge else run.row
    assert row["sid"] in run.message


# --- cancelled: nothing of it rings on, nobody else's call is ended, and what is not known is not told


@BOTH
def test_cancelling_ends_the_ringing_and_is_reported(harness: Harness, acknowledge: bool) -> None:
    harness.twilio.call_log.outcome = RINGS
    run = cancelled(harness, 3.0, {"acknowledge": acknowledge})
    assert harness.twilio.calls[0].status == "canceled"
    assert (run.status, run.outcome, run.row["status"]) == ("failed", "not_answered", "canceled")
    assert run.message.endswith("The action was cancelled, so the call was ended.")
    assert ("The flow was ended with the action before anybody answered." in run.message) is acknowledge
    assert run.seconds < 10.0


@BOTH
def test_cancelling_ends_a_conversation_too(harness: Harness, acknowledge: bool) -> None:
    harness.twilio.call_log.outcome = CallOutcome(hang_up_after_s=60.0)
    run = cancelled(harness, 6.0, {"acknowledge": acknowledge})
    assert harness.twilio.calls[0].status == "completed"
    assert run.message.endswith("The action was cancelled, so the call was ended.")
    assert run.outcome == ("not_acknowledged" if acknowledge else "answered")


@pytest.mark.parametrize("lag_s", [0.0, 12.0])
def test_a_key_pressed_before_the_cancelling_counts_also_where_it_shows_later(harness: Harness, lag_s: float) -> None:
    harness.twilio.studio.settings.step_lag_s = lag_s
    run = cancelled(harness, 8.2, {"acknowledge": True})  # the key was pressed at 7.7
    assert (run.status, run.outcome) == ("success", "acknowledged")


def test_cancelling_ends_the_flow_once(harness: Harness) -> None:
    harness.twilio.call_log.outcome = RINGS
    cancelled(harness, 3.0, {"acknowledge": True})
    assert len([request for request in harness.requests("POST") if request.form.get("Status") == "ended"]) == 1


@pytest.mark.parametrize("path", ["/Calls", "/Executions"], ids=["the host of calls", "Studio"])
def test_a_call_is_ended_by_its_sid_whether_or_not_its_execution_can_be_and_the_other_way_round(
    harness: Harness, path: str
) -> None:
    harness.twilio.studio.settings.end_ends_call = True
    harness.twilio.call_log.outcome = CallOutcome(hang_up_after_s=60.0)
    harness.clock.call_later(7.9, lambda: harness.fault(Fault.ERROR_503, "POST", times=9999, path=path))
    run = cancelled(harness, 8.0, {"acknowledge": True})
    assert harness.twilio.calls[0].status == "completed"
    assert run.outcome in ("not_acknowledged", "unknown")


def test_a_call_is_ended_at_once_though_studio_hangs(harness: Harness) -> None:
    harness.twilio.call_log.outcome = CallOutcome(after_s=3.0)
    harness.network.trouble = lambda request: SILENT if request.at > 8.0 and "studio" in request.url else None
    began = harness.clock.time()
    cancelled(harness, 9.0, {"acknowledge": True})
    ended_at = harness.twilio.calls[0].ended_at(harness.clock.time())
    assert ended_at is not None
    assert ended_at - began < 11.0


def test_a_call_whose_ending_fails_twice_is_ended_all_the_same(harness: Harness) -> None:
    harness.twilio.call_log.outcome = RINGS
    harness.fault(Fault.ERROR_503, times=2, path="/Calls/CA")
    cancelled(harness, 3.0)
    assert harness.twilio.calls[0].status == "canceled"


def test_a_call_that_cannot_be_ended_is_reported(harness: Harness) -> None:
    harness.twilio.call_log.outcome = RINGS
    harness.fault(Fault.ERROR_503, path="/Calls/CA", times=99)
    run = cancelled(harness, 3.0)
    assert (run.status, run.outcome) == ("success", "unconfirmed")
    assert "The action was cancelled; whether the call has ended is not known (" in run.message


@pytest.mark.parametrize(("fault", "ends_call"), [(Fault.ERROR_503, True), (Fault.HANG_BEFORE, False)])
def test_where_the_log_cannot_be_read_nobody_says_that_no_call_rings(
    harness: Harness, fault: Fault, ends_call: bool
) -> None:
    harness.twilio.studio.settings.end_ends_call = ends_call
    harness.twilio.call_log.outcome = RINGS
    harness.fault(fault, "GET", path="/Calls.json", times=9999)
    run = cancelled(harness, 3.0, {"acknowledge": True})
    assert run.outcome == "unknown"
    assert "The action was cancelled, so its flow was ended; whether its call still rings is not known (" in run.message
    assert run.seconds < 90.0


def test_the_ringing_call_of_another_run_is_neither_ended_nor_shown_as_this_runs(harness: Harness) -> None:
    harness.twilio.call_log.outcome = RINGS
    harness.twilio.studio.settings.begin_after_s = 5.0  # so that this run's own is not made yet
    others: list[Call] = []
    harness.clock.call_later(1.0, lambda: others.append(another_rings(harness)))
    run = cancelled(harness, 3.0, {"acknowledge": True})
    assert [made.status for made in harness.twilio.calls] == ["ringing"]
    assert (run.outcome, "sid" in run.row) == ("unknown", False)
    assert f"may be this one, or another run's ({others[0].sid}, ringing): it was not ended." in run.message


def test_of_two_calls_that_ring_none_is_ended_for_the_other(harness: Harness) -> None:
    harness.twilio.studio.settings.end_ends_call = False
    harness.twilio.call_log.outcome = RINGS
    harness.clock.call_later(1.0, lambda: another_rings(harness))
    run = cancelled(harness, 3.0, {"acknowledge": True})
    assert [made.status for made in harness.twilio.calls] == ["ringing", "ringing"]
    assert all(made.sid in run.message for made in harness.twilio.calls)
    assert (run.outcome, "sid" in run.row) == ("unknown", False)


def test_cancelling_one_run_leaves_the_plain_call_of_another_alone(harness: Harness) -> None:
    harness.twilio.call_log.outcome = RINGS
    harness.clock.call_later(1.0, lambda: another_rings(harness))
    run = cancelled(harness, 3.0)
    mine, other = harness.twilio.calls
    assert (mine.status, other.status, run.row["sid"]) == ("canceled", "ringing", mine.sid)


def test_cancelling_never_hangs_up_another_runs_conversation(harness: Harness) -> None:
    harness.twilio.call_log.outcome = CallOutcome(after_s=1.0, hang_up_after_s=120.0)
    harness.twilio.studio.settings.begin_after_s = 20.0
    harness.clock.call_later(1.0, lambda: another_rings(harness))
    cancelled(harness, 5.0, {"acknowledge": True})
    assert [made.status for made in harness.twilio.calls] == ["in-progress"]


def test_the_call_of_another_run_is_not_taken_for_one_that_twilio_refused(harness: Harness) -> None:
    harness.twilio.call_log.outcome = CallOutcome(after_s=1.0, hang_up_after_s=60.0)
    harness.twilio.studio.settings.begin_after_s = 2.5
    harness.clock.call_later(1.0, lambda: another_rings(harness))
    harness.clock.call_later(1.1, harness.twilio.account.senders.numbers.clear)
    run = call(harness, acknowledge=True)
    assert run.outcome == "not_answered"
    assert run.row.get("status") != "completed"


def test_a_busy_call_of_another_run_is_not_taken_for_one_that_twilio_refused(harness: Harness) -> None:
    harness.twilio.call_log.outcome = CallOutcome("busy", after_s=0.5)
    harness.twilio.call_log.refusals[E164] = 21215
    harness.twilio.studio.settings.begin_after_s = 4.0

    def another() -> None:
        del harness.twilio.call_log.refusals[E164]
        another_rings(harness)
        harness.twilio.call_log.refusals[E164] = 21215

    harness.clock.call_later(1.0, another)
    run = call(harness, acknowledge=True)
    assert run.message.startswith("Call status: failed. Not acknowledged. Twilio did not make the call, or could not")
    assert "sid" not in run.row


@BOTH
def test_a_call_whose_time_was_over_is_ended_by_a_later_cancelling(harness: Harness, acknowledge: bool) -> None:
    first = {"message": "The disk is full. " * 120, "acknowledge": acknowledge}  # longer than its time
    harness.twilio.call_log.outcome = CallOutcome(hang_up_after_s=600.0)
    run = cancelled(harness, 230.0, first, {"acknowledge": acknowledge})  # the second waits for the first
    assert [made.status for made in harness.twilio.calls] == ["completed"]
    assert run.results[0]["message"].endswith("The action was cancelled, so the call was ended.")
    assert run.results[1]["summary"]["outcome"] == "not_sent"


def test_which_call_it_was_is_said_also_of_one_that_a_later_cancelling_ended(harness: Harness) -> None:
    harness.twilio.call_log.outcome = CallOutcome("busy", after_s=2.0)
    talks = CallOutcome(hang_up_after_s=600.0)
    harness.clock.call_later(1.9, lambda: setattr(harness.twilio.call_log, "outcome", talks))
    first = {"message": "The disk is full. " * 120, "attempts": 2}  # longer than its time
    run = cancelled(harness, 240.0, first, {})
    assert [made.status for made in harness.twilio.calls] == ["busy", "completed"]
    assert run.results[0]["message"].endswith("The action was cancelled, so the call was ended. This was call 2 of 2.")


def test_a_call_that_outlives_its_flow_is_ended_by_a_later_cancelling(harness: Harness) -> None:
    harness.twilio.studio.settings.call_end_lag_s = 300.0
    harness.twilio.call_log.outcome = CallOutcome()
    run = cancelled(harness, 90.0, {"acknowledge": True, "attempts": 2})
    assert [made.status for made in harness.twilio.calls] == ["completed"]
    assert "The action was cancelled, so the call was ended." in run.message


def test_who_hung_up_is_reported_only_once_a_key_would_show(harness: Harness) -> None:
    harness.twilio.call_log.outcome = CallOutcome(hang_up_after_s=4.0)
    app, outcomes = TwilioConnector(), set[str]()
    for second in range(1, 30):
        harness.clock.call_later(second, lambda: outcomes.add(app.get_action_results()[0].get_summary()["outcome"]))
    run = harness.run("call phone", {"to_phone": TO, "message": MESSAGE, "acknowledge": True}, connector=app)
    assert (run.outcome, outcomes) == ("not_acknowledged", {"unknown"})


def test_a_flow_that_outlives_its_call_is_ended_by_a_cancelling(harness: Harness) -> None:
    harness.twilio.call_log.outcome = CallOutcome(hang_up_after_s=2.0)
    harness.twilio.studio.settings.end_lag_s = 1000.0
    run = cancelled(harness, 20.0, {"acknowledge": True})
    assert "Not acknowledged. The person hung up before anybody pressed a key." in run.message
    (execution,) = harness.twilio.studio.executions
    assert execution.status_at(harness.clock.time()) == "ended"


@BOTH
def test_whose_turn_had_not_come_is_not_called_by_a_cancelled_run(harness: Harness, acknowledge: bool) -> None:
    harness.twilio.call_log.outcome = RINGS
    run = cancelled(harness, 3.0, *[{"acknowledge": acknowledge}] * 3)
    assert run.outcomes == ["not_answered", "not_sent", "not_sent"]
    assert "Nothing was sent: the action was cancelled." in run.results[1]["message"]
    assert [made.status for made in harness.twilio.calls] == ["canceled"]


@BOTH
def test_a_run_that_is_cancelled_at_any_moment_leaves_nothing_ringing(harness: Harness, acknowledge: bool) -> None:
    rang_on = []
    for tenths in range(0, 120, 11):
        person = f"+1510111{tenths:04}"
        run = cancelled(harness, tenths / 10, {"to_phone": person, "acknowledge": acknowledge, "attempts": 2})
        live = [made for made in harness.twilio.calls if made.to == person and made.is_live]
        rang_on += [(tenths, run.message)] * bool(live)
    assert rang_on == []


# --- again, where nobody answered


@pytest.mark.parametrize(
    ("answer", "acknowledge"),
    [
        *[(CallOutcome("busy"), False), (CallOutcome("no-answer"), True), (CallOutcome("failed"), True)],
        *[(CallOutcome(answered_by="machine_start"), acknowledge) for acknowledge in (False, True)],
        *[(answer, True) for answer in (CallOutcome(), CallOutcome(keys="222"), CallOutcome(hang_up_after_s=4.0))],
    ],
)
def test_a_person_who_was_not_reached_is_called_again(harness: Harness, answer: CallOutcome, acknowledge: bool) -> None:
    harness.twilio.call_log.outcome = answer
    run = call(harness, acknowledge=acknowledge, attempts=3, timeout=5)
    assert len(harness.twilio.calls) == 3
    assert run.message.endswith("This was call 3 of 3.")
    assert [row["sid"] for row in run.result["data"]] == [made.sid for made in reversed(harness.twilio.calls)]


@pytest.mark.parametrize(
    ("answer", "acknowledge"),
    [
        (ACKNOWLEDGED, True),
        (ACKNOWLEDGED, False),
        (CallOutcome(answered_by="unknown"), False),
        (CallOutcome(hang_up_after_s=0.5), False),
    ],
)
def test_a_person_who_was_reached_is_not_called_again(harness: Harness, answer: CallOutcome, acknowledge: bool) -> None:
    harness.twilio.call_log.outcome = answer
    call(harness, acknowledge=acknowledge, attempts=5)
    assert len(harness.twilio.calls) == 1


@BOTH
def test_the_next_call_begins_when_the_last_is_over(harness: Harness, acknowledge: bool) -> None:
    harness.twilio.call_log.outcome = CallOutcome("no-answer")
    call(harness, acknowledge=acknowledge, attempts=3, timeout=10)
    ends = [made.ended_at(harness.clock.time()) or 0.0 for made in harness.twilio.calls]
    gaps = [made.created - end for made, end in zip(harness.twilio.calls[1:], ends)]
    assert [0.0 <= gap < 10.0 for gap in gaps] == [True, True]


@BOTH
def test_the_second_call_may_succeed(harness: Harness, acknowledge: bool) -> None:
    harness.twilio.call_log.outcome = CallOutcome("busy")
    harness.clock.call_later(3.0, lambda: setattr(harness.twilio.call_log, "outcome", ACKNOWLEDGED))
    run = call(harness, acknowledge=acknowledge, attempts=3)
    assert (run.status, len(harness.twilio.calls)) == ("success", 2)
    assert run.message.endswith("This was call 2 of 3.")


@BOTH
def test_a_call_that_somebody_ended_by_hand_is_not_made_again(harness: Harness, acknowledge: bool) -> None:
    harness.twilio.call_log.outcome = RINGS
    harness.clock.call_later(3.0, lambda: harness.twilio.calls[0].end("canceled"))
    call(harness, acknowledge=acknowledge, attempts=3)
    assert len(harness.twilio.calls) == 1


@BOTH
def test_a_call_of_which_the_end_is_not_known_is_not_made_again(harness: Harness, acknowledge: bool) -> None:
    harness.fault(Fault.ERROR_503, "GET", times=9999, path="/Executions/" if acknowledge else "/Calls/")
    run = call(harness, acknowledge=acknowledge, attempts=3, timeout=5)
    assert len(creations(harness)) == 1
    assert run.outcome == ("unknown" if acknowledge else "unconfirmed")


@pytest.mark.parametrize(
    ("fault", "word", "says"),
    [
        (Fault.QUEUE_FULL, "not_answered", "Call 2 could not be made: "),
        (Fault.RESET_BEFORE, "unknown", "cannot be known whether Twilio took the call"),
    ],
)
@BOTH
def test_where_the_second_call_fails_the_first_is_not_lost(
    harness: Harness, fault: Fault, word: str, says: str, acknowledge: bool
) -> None:
    harness.twilio.call_log.outcome = CallOutcome("busy")
    harness.fault(fault, path="/Executions" if acknowledge else "/Calls.json", skip=1)
    run = call(harness, acknowledge=acknowledge, attempts=3)
    assert (run.status, run.outcome) == ("failed", word)
    assert says in run.message
    assert (run.row["sid"], len(creations(harness))) == (harness.twilio.calls[0].sid, 2)


def test_where_the_flow_is_gone_before_the_second_call_and_cannot_be_made_the_first_is_not_lost(
    harness: Harness,
) -> None:
    harness.twilio.call_log.outcome = CallOutcome("no-answer")

    def let_somebody_withdraw_it() -> None:
        harness.twilio.studio.flows[0].revise("draft", None, None, None, harness.clock.time())
        harness.twilio.faults.choose = lambda request: Fault.ERROR_503 if request.path == "/v2/Flows" else None

    harness.clock.call_later(60.0, let_somebody_withdraw_it)
    run = call(harness, acknowledge=True, attempts=3, timeout=90)
    assert (run.status, run.outcome, len(creations(harness))) == ("failed", "not_answered", 1)
    assert run.message.startswith("Call status: no-answer. Not acknowledged.")
    assert "Call 2 could not be made: " in run.message


# --- what calls were found to do wrong, in 2.2.0


def test_a_television_in_the_room_uses_no_question_up(harness: Harness) -> None:
    talk = "Hello? Who is it? | And now the weather | It will rain"
    harness.twilio.call_log.outcome = CallOutcome(says=talk, keys="1", key_after_s=12.0)
    assert call(harness, acknowledge=True).outcome == "acknowledged"


@pytest.mark.parametrize("event", ["busy", "no-answer", "failed"])
def test_a_call_that_was_never_answered_is_reported_although_its_branch_leaves_nothing(
    harness: Harness, event: str
) -> None:
    harness.twilio.call_log.outcome = CallOutcome(event)
    harness.fault(Fault.ERROR_503, "GET", path="/Calls", times=9999)
    run = call(harness, acknowledge=True, timeout=5)
    assert run.row["execution_context"]["widgets"]["call"] == {}
    assert (run.outcome, run.summary["call_status"]) == ("not_answered", event)


def test_a_flow_that_somebody_edited_is_not_used_and_another_one_is_made(harness: Harness) -> None:
    call(harness, acknowledge=True)
    (flow,) = harness.twilio.studio.flows
    edited = json.dumps(flow.raw_definition).replace(THANKS, "You have declined.")
    flow.revise("published", None, edited, "by hand", harness.clock.time())
    assert call(harness, acknowledge=True).outcome == "acknowledged"
    assert harness.twilio.studio.executions[-1].flow.sid != flow.sid
    call(harness, acknowledge=True)
    assert len(harness.twilio.studio.flows) == 2


def test_an_outage_of_studio_stops_no_plain_call_and_is_reported_of_its_host(harness: Harness) -> None:
    harness.network.trouble = lambda request: REFUSED if "studio" in request.url else None
    people = [{"to_phone": f"+1510111000{n}", "message": MESSAGE, "acknowledge": n != 1} for n in range(3)]
    run = harness.run("call phone", *people)
    assert run.outcomes == ["not_sent", "answered", "not_sent"]
    for result in (run.results[0], run.results[2]):
        assert "studio.twilio.com" in result["message"]
        assert "api.twilio.com" not in result["message"]


def test_a_wrong_key_hears_that_it_was_not_understood_and_may_try_again(harness: Harness) -> None:
    harness.twilio.call_log.outcome = CallOutcome(keys="#1", key_gap_s=4.0)
    assert call(harness, acknowledge=True).outcome == "acknowledged"
    heard = harness.twilio.calls[0].spoken.splitlines()
    assert heard[-2:] == [f"That was not understood. {MESSAGE}. Press 1 to acknowledge.", THANKS]


def test_one_stray_401_loses_no_key(harness: Harness) -> None:
    lock_out(harness, 2.0, 4.0)  # in which there is one poll
    assert call(harness, acknowledge=True).outcome == "acknowledged"


def test_two_401_in_a_row_end_the_following(harness: Harness) -> None:
    lock_out(harness, 2.0, 60.0)
    run = call(harness, acknowledge=True)
    assert (run.outcome, run.seconds < 10.0) == ("unknown", True)


def test_a_known_acknowledgement_does_not_wait_for_a_host_that_is_down(harness: Harness) -> None:
    harness.network.trouble = lambda request: REFUSED if "/Calls" in request.path else None
    run = call(harness, acknowledge=True)
    assert (run.outcome, run.seconds < 25.0) == ("acknowledged", True)


def test_a_key_that_shows_long_after_the_end_counts(harness: Harness) -> None:
    harness.twilio.studio.settings.step_lag_s = 15.0
    harness.twilio.call_log.outcome = CallOutcome(keys="1", key_after_s=3.0, hang_up_after_s=3.1)
    assert call(harness, acknowledge=True).outcome == "acknowledged"


def test_an_execution_that_never_ends_bars_no_later_call_of_its_run(harness: Harness) -> None:
    harness.twilio.studio.settings.end_lag_s = float("inf")
    run = call_all(harness, [TO, TO, TO], acknowledge=True)
    assert set(run.outcomes) == {"acknowledged"}


def test_who_hung_up_is_reported_although_the_execution_never_ends(harness: Harness) -> None:
    harness.twilio.studio.settings.end_lag_s = inf
    harness.twilio.call_log.outcome = CallOutcome(hang_up_after_s=4.0)
    run = call(harness, acknowledge=True)
    assert (run.outcome, run.summary["call_status"], run.seconds < 60.0) == (
        "not_acknowledged",
        "completed",
        True,
    )


def test_of_an_execution_of_others_it_is_said_how_to_clear_it(harness: Harness) -> None:
    call(harness, "+15101110001", acknowledge=True)
    (flow,) = harness.twilio.studio.flows
    harness.twilio.studio.settings.end_lag_s = float("inf")
    barring = harness.twilio.studio.create_execution(flow, E164, harness.twilio.from_phone, {})
    harness.clock.advance(300.0)
    run = call(harness, acknowledge=True)
    assert (run.outcome, len(harness.twilio.studio.executions)) == ("not_sent", 2)
    assert barring.sid in run.message
    assert "end the execution that Twilio names" in run.message


def test_nobody_is_answered_by_an_empty_name(harness: Harness) -> None:
    harness.twilio.call_log.outcome = CallOutcome(hang_up_after_s=0.5)
    for acknowledge in (False, True):
        run = call(harness, acknowledge=acknowledge)
        assert "()" not in run.message
        assert run.summary["answered_by"] is None


def test_ten_calls_at_once_cost_few_requests_a_second(harness: Harness) -> None:
    harness.twilio.call_log.outcome = CallOutcome("no-answer")
    run = call_all(harness, [f"+1510111000{n}" for n in range(10)], acknowledge=True)
    reads = Counter(int(made.at) for made in harness.network.calls if made.method == "GET")
    assert max(reads.values()) <= 30
    assert sum(reads.values()) < 7 * run.seconds


# --- wrong input: one clear sentence, and nobody is called


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"to_phone": "12345"}, "is a short code"),
        ({"to_phone": "whatsapp:+15101112345"}, "is a WhatsApp address"),
        ({"message": " \u200b "}, "The parameter 'message' is blank"),
        ({"message": "\ud83d"}, "nothing that can be spoken"),
        ({"message": ["a"]}, "is a list, not a text"),
        ({"message": "x" * 4000}, "at most 4000"),
        ({"timeout": 4}, "The parameter 'timeout' is wrong"),
        ({"timeout": 601}, "from 5 to 600"),
        ({"timeout": 30.5}, "not a whole number"),
        ({"timeout": "soon"}, "The parameter 'timeout' is wrong"),
        ({"language": "English"}, "The parameter 'language' is wrong"),
        ({"acknowledge": "perhaps"}, "The parameter 'acknowledge' is wrong"),
        ({"attempts": 0}, "The parameter 'attempts' is wrong"),
        ({"attempts": 6}, "from 1 to 5"),
        ({"voice": "a nice one"}, "The parameter 'voice' is wrong"),
        ({"from_phone": SERVICE_SID}, "A call needs a phone number to call from"),
        ({"from_phone": "12345"}, "A call needs a phone number to call from"),
        ({"from_phone": "nobody at all"}, "A call needs a phone number to call from, and 'nobody at all' is not one"),
        (
            {"from_phone": "(510) 128-1337"},
            "Set the parameter 'from_phone', or caller_phone of the asset, to a phone number of the account, such as +",
        ),
    ],
    ids=lambda value: None if isinstance(value, str) else "-".join(value),
)
def test_wrong_input_costs_no_request(harness: Harness, parameters: dict[str, Any], says: str) -> None:
    given = {"to_phone": TO, "message": MESSAGE, **parameters}
    run = harness.run("call phone", given, checks_form=False)
    assert (run.status, run.outcome) == ("failed", "not_sent")
    assert says in run.message
    assert harness.twilio.requests == []


def test_an_asset_whose_sender_is_no_number_needs_a_caller(harness: Harness) -> None:
    run = call(harness, asset={"from_phone": SERVICE_SID})
    assert "Set the parameter 'from_phone', or caller_phone of the asset, to a phone number" in run.message
    assert harness.twilio.requests == []


def test_a_caller_of_the_asset_that_is_no_number_ends_the_run(harness: Harness) -> None:
    run = call(harness, asset={"caller_phone": SERVICE_SID})
    assert run.json["message"].startswith("caller_phone of the asset is wrong: ")
    assert harness.twilio.requests == []
