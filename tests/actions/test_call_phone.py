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
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox.soar import load_manifest
from sandbox.twilio import SERVICE_SID, CallOutcome, Fault, RecordedRequest
from sandbox.twilio.call import Call, NewCall, Script
from tests.harness import E164, TO, Harness, Run
from twilio_connector import TwilioConnector


MESSAGE = "The mail gateway is down"
ACKNOWLEDGED = CallOutcome(keys="1", key_after_s=4.0)
RINGS = CallOutcome(by_hand=True)
BOTH = pytest.mark.parametrize("acknowledge", [False, True])

TAKEN = [fault for fault in Fault if fault.is_processed]
REPEATABLE = [Fault.TOO_MANY, Fault.TOO_MANY_RETRY_AFTER]
REFUSED = [Fault.QUEUE_FULL]
UNKNOWN = [fault for fault in Fault if not fault.is_processed and fault not in REPEATABLE + REFUSED]


@pytest.fixture
def harness() -> Iterator[Harness]:
    """A local Twilio where a person answers after three seconds and presses 1."""
    with Harness() as made:
        made.twilio.call_log.outcome = ACKNOWLEDGED
        yield made


def call(harness: Harness, to: Any = TO, message: Any = MESSAGE, *, asset: Any = None, **parameters: Any) -> Run:
    return harness.run("call phone", {"to_phone": to, "message": message, **parameters}, **(asset or {}))


def call_all(harness: Harness, people: list[str], *, acknowledge: bool, **options: Any) -> Run:
    sets = [{"to_phone": to, "message": MESSAGE, "acknowledge": acknowledge} for to in people]
    return harness.run("call phone", *sets, **options)


def outcome(run: Run) -> str:
    return str(run.result["summary"]["outcome"])


def creations(harness: Harness) -> list[str]:
    """The paths of the requests that could make a phone ring."""
    return [
        request.path for request in harness.requests("POST") if request.path.endswith(("/Calls.json", "/Executions"))
    ]


def when(line: str, act: Callable[[TwilioConnector], Any]) -> Callable[[TwilioConnector, str], None]:
    """Act once, as soon as progress shows a line with this text."""
    done: list[str] = []

    def watch(app: TwilioConnector, shown: str) -> None:
        if line in shown and not done:
            done.append(shown)
            act(app)

    return watch


# --- without acknowledgement


def test_a_call_that_a_person_answered_is_a_success(harness: Harness) -> None:
    run = call(harness)
    assert (run.status, run.message) == ("success", "Call status: completed. A person answered.")
    assert run.result["summary"] == {"call_status": "completed", "answered_by": "human", "outcome": "answered"}


def test_the_data_is_the_last_resource_as_twilio_sent_it(harness: Harness) -> None:
    run = call(harness)
    assert run.row == harness.twilio.calls[0].resource(harness.clock.time())


def test_one_call_is_posted_with_twiml_ringing_and_machine_detection(harness: Harness) -> None:
    call(harness, "(510) 111-2345", timeout=45, language="de-DE")
    (post,) = harness.requests("POST")
    assert post.form == {
        "To": E164,
        "From": harness.twilio.from_phone,
        "Twiml": f'<Response><Say language="de-DE" loop="2">{MESSAGE}</Say></Response>',
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
    assert (run.status, outcome(run), run.result["summary"]["call_status"]) == ("success", word, "completed")
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
    assert (run.status, outcome(run)) == ("failed", "not_answered")
    assert run.message.startswith(f"Call status: {status}. ")
    assert says in run.message
    assert (run.row["sid"], run.result["summary"]["call_status"]) == (harness.twilio.calls[0].sid, status)


@pytest.mark.parametrize(
    "message",
    [
        "a < b && c > d",
        "</Say></Response>",
        "\"double\" 'single'",
        "Größe 🔥 \u200f日本語",
        "{{flow.sid}} {% raw %}",
        "\x00control\x1b \ud83d",
        "&amp; &lt;",
        "1" * 1601,
        12345,
    ],
    ids=["markup", "end of the TwiML", "quotes", "scripts", "Liquid", "control characters", "entities", "long", "int"],
)
@pytest.mark.parametrize("escapes", [True, False], ids=["Studio escapes", "Studio does not escape"])
@BOTH
def test_a_text_of_any_characters_is_spoken(harness: Harness, message: Any, escapes: bool, acknowledge: bool) -> None:
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


def test_the_given_parameters_stay_as_they_are(harness: Harness) -> None:
    assert call(harness, "tel:(510) 111-2345", " two  blanks ").result["parameter"]["message"] == " two  blanks "


def test_another_caller_can_be_given(harness: Harness) -> None:
    call(harness, from_phone=harness.twilio.from_phone, asset={"from_phone": SERVICE_SID})
    assert harness.requests("POST")[0].form["From"] == harness.twilio.from_phone


def test_an_end_that_could_not_be_read_is_a_success_that_is_not_confirmed(harness: Harness) -> None:
    harness.fault(Fault.ERROR_503, "GET", times=999)
    run = call(harness, timeout=5)
    assert (run.status, outcome(run)) == ("success", "unconfirmed")
    assert "How it ended is not known: its status could not be read any more" in run.message
    assert (run.row["sid"], run.seconds < 210.0) == (harness.twilio.calls[0].sid, True)


def test_with_test_credentials_the_call_is_accepted_and_unconfirmed() -> None:
    with Harness(test_credentials=True) as harness:
        run = call(harness, from_phone="+15005550006")
    assert (run.status, outcome(run)) == ("success", "unconfirmed")
    assert "test credentials" in run.message


def test_with_test_credentials_nobody_can_be_asked_for_a_key() -> None:
    with Harness(test_credentials=True) as harness:
        run = call(harness, from_phone="+15005550006", acknowledge=True)
    assert (run.status, outcome(run)) == ("failed", "not_sent")
    assert "Nobody was called" in run.message


# --- with acknowledgement


def test_it_succeeds_if_a_person_pressed_1(harness: Harness) -> None:
    run = call(harness, acknowledge=True)
    assert (run.status, run.message) == ("success", "Call status: completed. Acknowledged: a person pressed 1.")
    assert run.result["summary"] == {
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
    assert harness.twilio.calls[0].spoken == f"{line}\n{line}"


def test_who_pressed_1_is_thanked(harness: Harness) -> None:
    call(harness, acknowledge=True)
    assert harness.twilio.calls[0].spoken.endswith("\nThank you. You have acknowledged.")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (CallOutcome(answered_by="machine_start"), "A machine answered (machine_start), such as voicemail. Nobody"),
        (CallOutcome(keys="2"), "The person pressed 2, not 1."),
        (CallOutcome(keys="#"), "The person pressed #, not 1."),
        (CallOutcome(keys="21"), "The person pressed 2, not 1."),
        (CallOutcome(), "Somebody answered, but pressed no key."),
        (CallOutcome(keys="1", key_after_s=90.0), "Somebody answered, but pressed no key."),
        (CallOutcome(hang_up_after_s=4.0), "The person hung up before anybody pressed a key."),
        (CallOutcome(hang_up_after_s=0.5), "The person hung up before anybody pressed a key."),
    ],
    ids=["voicemail", "2", "#", "21", "no key", "1 too late", "hung up", "hung up at once"],
)
def test_without_a_1_it_fails_in_words_of_its_own(harness: Harness, answer: CallOutcome, says: str) -> None:
    harness.twilio.studio.settings.end_lag_s = 1.0
    harness.twilio.call_log.outcome = answer
    run = call(harness, acknowledge=True)
    assert (run.status, outcome(run), run.result["summary"]["acknowledged"]) == ("failed", "not_acknowledged", False)
    assert run.message.startswith("Call status: completed. Not acknowledged. ")
    assert says in run.message
    assert run.row["sid"] == harness.twilio.calls[0].sid


@pytest.mark.parametrize("ends_call", [True, False])
def test_a_flow_that_was_ended_by_hand_before_anybody_answered_is_reported(harness: Harness, ends_call: bool) -> None:
    harness.twilio.studio.settings.end_ends_call = ends_call
    harness.twilio.call_log.outcome = CallOutcome("no-answer")

    def watch(app: TwilioConnector, line: str) -> None:
        if "ringing" in line:
            harness.twilio.studio.executions[0].end()

    parameters = {"to_phone": TO, "message": MESSAGE, "acknowledge": True, "timeout": 10}
    run = harness.run("call phone", parameters, watch=watch)
    assert (run.status, outcome(run)) == ("failed", "not_answered")
    assert "Not acknowledged. The flow was ended by hand before anybody answered." in run.message
    assert run.row["status"] == ("canceled" if ends_call else "no-answer")


def test_a_flow_that_was_ended_by_hand_during_the_conversation_is_reported(harness: Harness) -> None:
    harness.twilio.studio.settings.end_ends_call = False
    harness.twilio.studio.settings.call_end_lag_s = 1.0
    run = end_flow_during_conversation(harness)
    assert "Not acknowledged. The flow was ended by hand before anybody pressed a key." in run.message


def test_where_a_flow_and_its_call_ended_in_one_second_nobody_is_said_to_have_hung_up(harness: Harness) -> None:
    run = end_flow_during_conversation(harness)
    assert (
        "Not acknowledged. The person hung up, or the flow was ended by hand, before anybody pressed a key."
        in run.message
    )


def end_flow_during_conversation(harness: Harness) -> Run:
    watch = when("in-progress", lambda app: harness.twilio.studio.executions[0].end())
    run = call_all(harness, [TO], acknowledge=True, watch=watch)
    assert (run.status, outcome(run), run.row["status"]) == ("failed", "not_acknowledged", "completed")
    return run


def test_a_call_that_twilio_refuses_within_the_flow_is_reported_with_advice(harness: Harness) -> None:
    harness.twilio.call_log.refusals[E164] = 21215
    run = call(harness, acknowledge=True)
    assert (run.status, outcome(run)) == ("failed", "not_answered")
    assert "Twilio did not make the call, error code 21215. The account may not call this country" in run.message
    assert run.row["execution"]["sid"] == harness.twilio.studio.executions[0].sid


def test_a_person_at_the_page_can_acknowledge(harness: Harness) -> None:
    harness.twilio.call_log.outcome = RINGS

    def watch(app: TwilioConnector, line: str) -> None:
        if line.endswith("ringing"):
            harness.twilio.calls[0].answer()
            harness.clock.advance(4.0)  # of machine detection, and of the message
            harness.twilio.calls[0].press("1")

    run = harness.run("call phone", {"to_phone": TO, "message": MESSAGE * 5, "acknowledge": True}, watch=watch)
    assert (run.status, outcome(run)) == ("success", "acknowledged")


def test_the_flow_is_made_once_for_all_runs(harness: Harness) -> None:
    call(harness, acknowledge=True)
    call(harness, acknowledge=True, message="Another text")
    call_all(harness, [f"+1510111000{digit}" for digit in range(4)], acknowledge=True)
    assert len(harness.twilio.studio.flows) == 1


def test_two_runs_at_the_same_time_do_no_harm(harness: Harness) -> None:
    with ThreadPoolExecutor(2) as threads:
        runs = list(threads.map(lambda to: call(harness, to, acknowledge=True), [E164, "+15101110001"]))
    assert [outcome(run) for run in runs] == ["acknowledged", "acknowledged"]
    assert len({flow.friendly_name for flow in harness.twilio.studio.flows}) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"context_lag_s": 3.0},
        {"context_lag_s": 3.0, "context_lag_is_404": False},
        {"list_lag_s": 5.0},
        {"end_lag_s": 5},
        {"call_end_lag_s": 5},
    ],
    ids=["context 404", "context empty", "lists late", "end late", "end of the call late"],
)
def test_what_studio_may_do_differently_does_no_harm(harness: Harness, settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        setattr(harness.twilio.studio.settings, name, value)
    assert outcome(call(harness, acknowledge=True)) == "acknowledged"


@pytest.mark.parametrize("answered_by", ["machine_start", "fax", "unknown"])
def test_the_key_counts_although_machine_detection_took_the_person_for_something_else(
    harness: Harness, answered_by: str
) -> None:
    harness.twilio.call_log.outcome = CallOutcome(answered_by=answered_by, keys="1")
    summary = call(harness, acknowledge=True).result["summary"]
    assert (summary["outcome"], summary["answered_by"]) == ("acknowledged", answered_by)


def test_who_presses_1_and_hangs_up_acknowledges_although_the_key_shows_seconds_later(harness: Harness) -> None:
    harness.twilio.studio.settings.step_lag_s = 4.0
    harness.twilio.call_log.outcome = CallOutcome(keys="1", key_after_s=3.0, hang_up_after_s=3.1)
    assert outcome(call(harness, acknowledge=True)) == "acknowledged"


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
    assert (run.status, outcome(run), run.result["data"]) == ("failed", "not_sent", [])
    assert "Another call to this person is running" in run.message


def test_an_end_that_could_not_be_read_fails_with_the_sid_kept(harness: Harness) -> None:
    harness.twilio.call_log.outcome = CallOutcome("busy")
    harness.fault(Fault.ERROR_503, "GET", times=9999, path="/Executions/")
    run = call(harness, acknowledge=True, timeout=5)
    assert (run.status, outcome(run), run.result["summary"]["acknowledged"]) == ("failed", "unknown", False)
    assert "Whether anybody acknowledges is not known" in run.message
    assert run.row["execution"]["sid"] == harness.twilio.studio.executions[0].sid


def test_a_key_that_was_read_counts_whatever_fails_later(harness: Harness) -> None:
    harness.twilio.studio.settings.end_lag_s = 400.0
    harness.twilio.faults.choose = lambda request: (
        Fault.ERROR_503 if harness.twilio.calls and harness.twilio.calls[0].status == "completed" else None
    )
    run = call(harness, acknowledge=True, timeout=5, message=MESSAGE * 5)
    assert (run.status, outcome(run)) == ("success", "acknowledged")


# --- never twice, never lost


@pytest.mark.parametrize("fault", TAKEN, ids=lambda fault: fault.name)
@BOTH
def test_a_call_that_twilio_took_in_spite_of_a_fault_is_found_and_followed(
    harness: Harness, fault: Fault, acknowledge: bool
) -> None:
    harness.fault(fault, path="/Executions" if acknowledge else "/Calls.json")
    run = call(harness, acknowledge=acknowledge)
    assert (run.status, run.row["sid"]) == ("success", harness.twilio.calls[0].sid)
    assert (len(harness.twilio.calls), len(creations(harness))) == (1, 1)


@pytest.mark.parametrize("fault", UNKNOWN, ids=lambda fault: fault.name)
@BOTH
def test_a_call_that_may_have_been_taken_is_not_made_again(harness: Harness, fault: Fault, acknowledge: bool) -> None:
    harness.fault(fault, path="/Executions" if acknowledge else "/Calls.json")
    run = call(harness, acknowledge=acknowledge)
    assert (run.status, outcome(run)) == ("failed", "unknown")
    assert "cannot be known whether Twilio took the call; it was not sent again" in run.message
    assert len(creations(harness)) == 1


@pytest.mark.parametrize("fault", REPEATABLE, ids=lambda fault: fault.name)
@BOTH
def test_a_call_that_twilio_turned_away_unread_is_repeated(harness: Harness, fault: Fault, acknowledge: bool) -> None:
    harness.fault(fault, times=2, path="/Executions" if acknowledge else "/Calls.json")
    assert call(harness, acknowledge=acknowledge).status == "success"
    assert len(harness.twilio.calls) == 1


@pytest.mark.parametrize("fault", REFUSED, ids=lambda fault: fault.name)
@BOTH
def test_a_refusal_is_not_repeated(harness: Harness, fault: Fault, acknowledge: bool) -> None:
    harness.fault(fault, path="/Executions" if acknowledge else "/Calls.json")
    run = call(harness, acknowledge=acknowledge)
    assert (run.status, outcome(run), len(creations(harness))) == ("failed", "not_sent", 1)


def test_a_lost_call_is_not_taken_for_another_ones(harness: Harness) -> None:
    def call_meanwhile(request: RecordedRequest) -> Fault | None:
        if request.method != "POST":
            return None
        harness.twilio.call_log.place(NewCall(E164, harness.twilio.from_phone), Script(()))
        return Fault.RESET_AFTER

    harness.twilio.faults.choose = call_meanwhile
    run = call(harness)
    assert (run.status, outcome(run)) == ("failed", "unknown")


def test_another_persons_key_is_not_taken_for_this_calls(harness: Harness) -> None:
    call(harness, "+15101110001", acknowledge=True)
    (flow,) = harness.twilio.studio.flows
    harness.twilio.studio.create_execution(flow, E164, harness.twilio.from_phone, {"run_id": "another"})
    harness.clock.advance(20.0)
    harness.fault(Fault.RESET_BEFORE, path="/Executions")
    run = call(harness, acknowledge=True)
    assert (run.status, outcome(run), run.result["data"]) == ("failed", "unknown", [])


def test_a_server_that_is_gone_ends_in_half_a_minute_and_nobody_is_called(harness: Harness) -> None:
    harness.twilio.stop()
    for acknowledge in (False, True):
        run = call(harness, acknowledge=acknowledge)
        assert (run.status, outcome(run)) == ("failed", "not_sent")
        assert "Nothing was sent" in run.message or "Nobody was called" in run.message
        assert run.seconds < 40.0


@BOTH
def test_many_people_cost_no_more_time_than_one_where_the_server_is_gone(harness: Harness, acknowledge: bool) -> None:
    harness.twilio.stop()
    run = call_all(harness, [f"+1510111000{digit}" for digit in range(5)], acknowledge=acknowledge)
    assert {result["summary"]["outcome"] for result in run.results} == {"not_sent"}
    assert run.seconds < 40.0


def test_a_studio_that_does_not_respond_is_tried_for_half_a_minute_whoever_is_called(harness: Harness) -> None:
    harness.fault(Fault.ERROR_503, "GET", path="/v2/Flows", times=9999)
    sets = [{"to_phone": f"+1510111000{digit}", "message": MESSAGE, "acknowledge": digit > 0} for digit in range(5)]
    run = harness.run("call phone", *sets)
    assert [result["summary"]["outcome"] for result in run.results] == ["answered", *["not_sent"] * 4]
    assert run.seconds < 45.0


@pytest.mark.parametrize("code", [21210, 21215, 21216, 21217, 21219])
def test_twilios_refusals_come_with_a_hint(harness: Harness, code: int) -> None:
    harness.twilio.call_log.refusals[E164] = code
    run = call(harness)
    assert (run.status, outcome(run)) == ("failed", "not_sent")
    assert f'"code": {code}' in run.message
    assert len(run.message) > run.message.index("}") + 20


# --- several people


@BOTH
def test_each_person_has_their_own_result(harness: Harness, acknowledge: bool) -> None:
    people = [f"+1510111000{digit}" for digit in range(6)]
    harness.twilio.call_log.outcomes[people[1]] = CallOutcome("busy")
    harness.twilio.call_log.outcomes[people[4]] = CallOutcome(answered_by="machine_start")
    run = call_all(harness, people, acknowledge=acknowledge)
    good, machine = ("acknowledged", "not_acknowledged") if acknowledge else ("answered", "unconfirmed")
    expected = [good, "not_answered", good, good, machine, good]
    assert [result["summary"]["outcome"] for result in run.results] == expected
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
    assert run.progress[-1] == "4 calls: 3 made, 2 succeeded, 2 failed, 0 waiting"


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
    assert [result["summary"]["outcome"] for result in run.results] == ["acknowledged", "answered"] * 3


def test_one_that_was_refused_lets_the_next_call_to_this_person_begin(harness: Harness) -> None:
    harness.fault(Fault.HTML_403_BEFORE, path="/Calls.json", skip=1)
    run = call_all(harness, ["+15101110001", TO, TO], acknowledge=False)
    assert [result["status"] for result in run.results] == ["success", "failed", "success"]


def test_calls_that_wait_in_twilios_queue_are_followed(harness: Harness) -> None:
    harness.twilio.call_log.calls_per_s = 1 / 120  # so that the last is dialed after six minutes
    harness.twilio.call_log.outcome = CallOutcome(hang_up_after_s=4.0)

    def watch(app: TwilioConnector, line: str) -> None:
        if len(harness.twilio.calls) == 4:
            harness.clock.speed = 200.0  # a poll that fails is made again

    run = call_all(harness, [f"+1510111000{digit}" for digit in range(4)], acknowledge=False, watch=watch)
    assert {result["summary"]["outcome"] for result in run.results} == {"answered"}
    assert run.seconds > 360.0


# --- true at any moment


@BOTH
def test_a_run_that_is_cut_short_has_reported_the_truth(harness: Harness, acknowledge: bool) -> None:
    class CutShort(TwilioConnector):
        def finalize(self) -> bool:
            return True

    run = call_all(harness, [TO], acknowledge=acknowledge, connector=CutShort())
    assert (run.status, outcome(run)) == (("failed", "unknown") if acknowledge else ("success", "unconfirmed"))
    row = run.row["execution"] if acknowledge else run.row
    assert row["sid"] in run.message


@pytest.mark.parametrize("ends_call", [True, False])
@BOTH
def test_cancelling_ends_the_ringing_and_is_reported(harness: Harness, acknowledge: bool, ends_call: bool) -> None:
    harness.twilio.studio.settings.end_ends_call = ends_call
    harness.twilio.call_log.outcome = RINGS
    run = call_all(harness, [TO], acknowledge=acknowledge, watch=when("ringing", lambda app: app.cancel()))
    assert harness.twilio.calls[0].status == "canceled"
    assert (run.status, outcome(run), run.row["status"]) == ("failed", "not_answered", "canceled")
    assert run.message.endswith("The action was cancelled, and the call with it.")
    assert ("The flow was ended with the action before anybody answered." in run.message) is acknowledge
    assert "by hand" not in run.message
    assert run.seconds < 30.0


def test_cancelling_ends_the_ringing_of_a_call_that_is_hard_to_find(harness: Harness) -> None:
    harness.twilio.studio.settings.end_ends_call = False
    harness.twilio.call_log.outcome = RINGS
    harness.fault(Fault.ERROR_503, "GET", path="/Calls.json", times=3)
    watch = when("is being called", lambda app: app.cancel())
    run = call_all(harness, [TO], acknowledge=True, watch=watch)
    assert harness.twilio.calls[0].status == "canceled"
    assert run.message.endswith("The action was cancelled, and the call with it.")


def test_cancelling_lets_a_conversation_without_a_question_go_on(harness: Harness) -> None:
    run = call_all(harness, [TO], acknowledge=False, watch=when("in-progress", lambda app: app.cancel()))
    assert (run.status, run.row["status"]) == ("success", "in-progress")
    assert "How it ended is not known: it did not end before the action was cancelled. Twilio has the " in run.message
    assert "The action was cancelled; the call goes on, since somebody answered it." in run.message
    assert "the time that calls are followed" not in run.message


def test_a_key_pressed_before_the_cancelling_counts(harness: Harness) -> None:
    harness.twilio.studio.settings.end_lag_s = 30.0

    def cancel_later(app: TwilioConnector) -> None:
        harness.clock.advance(8.0)
        app.cancel()

    run = call_all(harness, [TO], acknowledge=True, watch=when("in-progress", cancel_later))
    assert (run.status, outcome(run)) == ("success", "acknowledged")


@pytest.mark.parametrize("lag_s", [1.0, 4.0])
def test_a_key_pressed_before_the_cancelling_counts_although_it_shows_later(harness: Harness, lag_s: float) -> None:
    harness.twilio.studio.settings.step_lag_s = lag_s

    def cancel_later(app: TwilioConnector) -> None:
        harness.clock.advance(4.5)  # the key is pressed 4 s after the answer
        app.cancel()

    run = call_all(harness, [TO], acknowledge=True, watch=when("in-progress", cancel_later))
    assert (run.status, outcome(run)) == ("success", "acknowledged")


def test_cancelling_while_it_rings_ends_the_flow_once(harness: Harness) -> None:
    harness.twilio.call_log.outcome = RINGS
    run = call_all(harness, [TO], acknowledge=True, watch=when("ringing", lambda app: app.cancel()))
    ended = [request for request in harness.requests("POST") if request.form.get("Status") == "ended"]
    assert (outcome(run), len(ended)) == ("not_answered", 1)


def let_another_run_call(harness: Harness, begin_after_s: float, then: Callable[[], Any] = lambda: None) -> list[Call]:
    """Let another run call the same person from the same number, before Studio makes the call of this one."""
    others: list[Call] = []
    harness.twilio.studio.settings.begin_after_s = begin_after_s

    def choose(request: RecordedRequest) -> Fault | None:
        if request.method == "GET" and "/Executions/" in request.path and not others:
            new = NewCall(E164, harness.twilio.from_phone, 30, detects_machines=True)
            others.append(harness.twilio.call_log.place(new, Script(()), harness.clock.time()))
            then()
        return None

    harness.twilio.faults.choose = choose
    return others


def test_cancelling_never_hangs_up_another_runs_conversation(harness: Harness) -> None:
    harness.twilio.call_log.outcome = CallOutcome(after_s=1.0, hang_up_after_s=120.0)
    others = let_another_run_call(harness, begin_after_s=3.0)
    call_all(harness, [TO], acknowledge=True, watch=when("in-progress", lambda app: app.cancel()))
    asked = {request.form["Status"] for request in harness.requests("POST") if others[0].sid in request.path}
    assert asked <= {"canceled"}  # which Twilio does to a call that rings, and to no other


def test_of_two_calls_that_ring_none_is_canceled_for_the_other(harness: Harness) -> None:
    harness.twilio.studio.settings.end_ends_call = False
    harness.twilio.call_log.outcome = RINGS
    others = let_another_run_call(harness, begin_after_s=1.5)

    def cancel(app: TwilioConnector) -> None:
        harness.clock.advance(3.0)
        app.cancel()

    run = call_all(harness, [TO], acknowledge=True, watch=when("ringing", cancel))
    assert [made.status for made in harness.twilio.calls] == ["ringing", "ringing"]
    assert outcome(run) == "unknown"
    assert run.message.endswith("The action was cancelled, and the flow with it; no call of it was found.")
    assert others[0].sid != run.row.get("sid")


def test_the_call_of_another_run_is_not_taken_for_one_that_twilio_refused(harness: Harness) -> None:
    harness.twilio.call_log.outcome = CallOutcome(after_s=1.0, hang_up_after_s=20.0)
    let_another_run_call(harness, begin_after_s=2.5, then=harness.twilio.account.senders.numbers.clear)
    run = call(harness, acknowledge=True)
    assert outcome(run) == "not_answered"
    assert "error code 21210" in run.message
    assert "sid" not in run.row


@BOTH
def test_whose_turn_had_not_come_is_not_called_by_a_cancelled_run(harness: Harness, acknowledge: bool) -> None:
    harness.twilio.call_log.outcome = RINGS
    run = call_all(harness, [TO, TO, TO], acknowledge=acknowledge, watch=when("1 made", lambda app: app.cancel()))
    assert [result["summary"]["outcome"] for result in run.results] == ["not_answered", "not_sent", "not_sent"]
    assert "Nothing was sent: the action was cancelled." in run.results[1]["message"]
    assert [made.status for made in harness.twilio.calls] == ["canceled"]


def test_a_call_that_cannot_be_ended_is_reported(harness: Harness) -> None:
    harness.twilio.call_log.outcome = RINGS
    harness.fault(Fault.ERROR_503, path="/Calls/CA", times=99)
    run = call_all(harness, [TO], acknowledge=False, watch=when("ringing", lambda app: app.cancel()))
    assert (run.status, outcome(run)) == ("success", "unconfirmed")
    assert "The action was cancelled; whether the call ended with it is not known." in run.message


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
        ({"from_phone": SERVICE_SID}, "A call needs a phone number as its caller"),
        ({"from_phone": "12345"}, "A call needs a phone number as its caller"),
        ({"from_phone": "nobody at all"}, "A call needs a phone number as its caller, and 'nobody at all' is none"),
        (
            {"from_phone": "(510) 128-1337"},
            "Set the parameter 'from_phone' to a phone number of the account, such as +",
        ),
    ],
    ids=lambda value: None if isinstance(value, str) else "-".join(value),
)
@BOTH
def test_wrong_input_costs_no_request(
    harness: Harness, parameters: dict[str, Any], says: str, acknowledge: bool
) -> None:
    given = {"to_phone": TO, "message": MESSAGE, "acknowledge": acknowledge, **parameters}
    run = harness.run("call phone", given, checks_form=False)
    assert (run.status, outcome(run)) == ("failed", "not_sent")
    assert says in run.message
    assert harness.twilio.requests == []


def test_an_asset_whose_sender_is_no_number_needs_a_caller(harness: Harness) -> None:
    run = call(harness, asset={"from_phone": SERVICE_SID})
    assert "Set the parameter 'from_phone' to a phone number of the account" in run.message
    assert harness.twilio.requests == []


def test_numbers_may_come_as_text(harness: Harness) -> None:
    call(harness, timeout="45.0")
    assert harness.requests("POST")[0].form["Timeout"] == "45"


# --- the manifest


def test_every_field_of_a_result_is_in_the_manifest(harness: Harness) -> None:
    (action,) = [action for action in load_manifest()["actions"] if action["action"] == "call phone"]
    paths = {row["data_path"] for row in action["output"]}
    harness.twilio.call_log.outcomes["+15101110001"] = CallOutcome()
    harness.twilio.call_log.refusals["+15101110002"] = 21215
    runs = [call(harness, to, acknowledge=True) for to in (TO, "+15101110001", "+15101110002")]
    for run in [call(harness), *runs]:
        found = {f"action_result.data.*.{path}" for path in _leaves(run.row)}
        assert {path for path in found if not any(known.startswith(f"{path}.") for known in paths)} <= paths
        assert {f"action_result.summary.{name}" for name in run.result["summary"]} <= paths


def _leaves(value: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """The paths of all values that are no objects with something in them."""
    for name, part in value.items():
        if isinstance(part, dict) and part:
            yield from _leaves(part, f"{prefix}{name}.")
        elif part != {}:
            yield f"{prefix}{name}"


@BOTH
def test_no_output_holds_the_token(harness: Harness, acknowledge: bool) -> None:
    harness.fault(Fault.ERROR_500_AFTER, times=2)
    shown = call(harness, acknowledge=acknowledge).everything()
    assert harness.twilio.auth_token not in shown
    assert json.loads(shown)
