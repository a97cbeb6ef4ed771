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
"""Studio: flows are kept and checked, and executions walk through them, with the calls that they make."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.rest.studio.v2.flow.execution import ExecutionInstance

from sandbox.twilio import CallOutcome, Fault, LocalTwilio
from sandbox.twilio.execution import Execution
from tests.sandbox.twilio.clients import START, TO, Clock, library
from tests.sandbox.twilio.flows_for_tests import CALL_TIMEOUT_S, QUESTION_TIMEOUT_S, as_json, definition


MESSAGE = "Disk full."
QUESTION = f"{MESSAGE} Press 1 to acknowledge."
RINGS_S = 0.7  # an execution leaves its trigger after 0.2 s, and a call rings 0.5 s later
ANSWERED_S = RINGS_S + 3
ASKED_S = ANSWERED_S + 2  # once machine detection is done
SAID_S = ASKED_S + 2 * len(QUESTION) / 15


@pytest.fixture
def flow_sid(client: Client) -> str:
    return create_flow(client)


def create_flow(client: Client, raw: object = None, status: str = "published") -> str:
    flow = client.studio.v2.flows.create(friendly_name="Ack", status=status, definition=raw or definition())
    return str(flow.sid)


def begin(client: Client, twilio: LocalTwilio, flow_sid: str, to: str = TO, **data: object) -> ExecutionInstance:
    data = {"message": MESSAGE, **data}
    return client.studio.v2.flows(flow_sid).executions.create(to=to, from_=twilio.from_phone, parameters=data)


def context(execution: ExecutionInstance) -> dict[str, Any]:
    return dict(execution.execution_context().fetch().context or {})


def states(twilio: LocalTwilio, clock: Clock) -> list[str]:
    """The names of the states that the last execution went through."""
    return latest(twilio).walk(clock.now).states


def latest(twilio: LocalTwilio) -> Execution:
    return twilio.studio.executions[-1]


# Flows


def test_a_flow_is_created_and_fetched(client: Client) -> None:
    created = client.studio.v2.flows.create("Ack", "published", definition(), commit_message="first")
    flow = client.studio.v2.flows(created.sid).fetch()
    assert re.fullmatch("FW[0-9a-f]{32}", flow.sid or "")
    assert (flow.friendly_name, flow.status, flow.revision, flow.valid) == ("Ack", "published", 1, True)
    assert flow.definition == definition()


def test_the_list_shows_flows_newest_first_without_their_definitions(client: Client, clock: Clock) -> None:
    sids = []
    for _ in range(3):
        sids.append(create_flow(client))
        clock.now += 1
    flows = client.studio.v2.flows.list(page_size=2)
    assert [flow.sid for flow in flows] == sids[::-1]
    assert [flow.definition for flow in flows] == [None] * 3


def test_a_flow_may_be_late_in_the_list(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.studio.settings.list_lag_s = 2.0
    create_flow(client)
    assert client.studio.v2.flows.list() == []
    clock.now += 2
    assert len(client.studio.v2.flows.list()) == 1


def test_an_invalid_definition_is_refused_with_all_that_is_wrong(client: Client) -> None:
    bad = definition(timeout="10")
    with pytest.raises(TwilioRestException) as error:
        client.studio.v2.flows.create("Ack", "published", bad)
    assert (error.value.status, error.value.code) == (400, 81022)
    assert [entry["property_path"] for entry in error.value.details["errors"]] == ["#/states/2/properties/timeout"]
    assert client.studio.v2.flows.list() == []


def test_a_draft_cannot_be_executed(twilio: LocalTwilio, client: Client) -> None:
    with pytest.raises(TwilioRestException):
        begin(client, twilio, create_flow(client, status="draft"))


# Executions


def test_an_execution_calls_the_person(twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str) -> None:
    execution = begin(client, twilio, flow_sid)
    assert re.fullmatch("FN[0-9a-f]{32}", execution.sid or "")
    assert (execution.status, execution.contact_channel_address, execution.flow_sid) == ("active", TO, flow_sid)
    assert client.calls.list() == []
    clock.now += 1
    (call,) = client.calls.list()
    assert (call.to, call.status) == (TO, "ringing")
    assert [(made.sid, made.from_) for made in twilio.calls] == [(call.sid, twilio.from_phone)]


def test_who_presses_1_is_thanked(twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str) -> None:
    twilio.call_log.outcome = CallOutcome(keys="1", key_after_s=3.0)
    execution = begin(client, twilio, flow_sid)
    clock.now += 60
    widgets = context(execution)["widgets"]
    call = client.calls.list()[0]
    assert widgets["ask"]["Digits"] == "1"
    assert (widgets["call"]["CallSid"], widgets["call"]["AnsweredBy"]) == (call.sid, "human")
    assert states(twilio, clock) == ["Trigger", "call", "ask", "check", "note", "thank"]
    assert twilio.calls[0].spoken == f"{QUESTION}\nThank you."
    assert (execution.fetch().status, call.status) == ("ended", "completed")


@pytest.mark.parametrize(
    ("outcome", "ask"),
    [
        (CallOutcome(keys="2"), {"Digits": "2"}),
        (CallOutcome(keys="#"), {"Digits": "#"}),
        (CallOutcome(keys="1", key_after_s=0.5), {}),
        (CallOutcome(keys="1", key_after_s=300.0), {}),
        (CallOutcome(answered_by="machine_start"), {}),
    ],
)
def test_a_person_who_does_not_press_1_is_not_thanked(
    twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str, outcome: CallOutcome, ask: dict[str, str]
) -> None:
    twilio.call_log.outcome = outcome
    execution = begin(client, twilio, flow_sid)
    clock.now += 400
    left = context(execution)["widgets"]["ask"]
    assert {name: value for name, value in left.items() if name == "Digits"} == ask
    assert "thank" not in states(twilio, clock)
    assert (execution.fetch().status, twilio.calls[0].status) == ("ended", "completed")


def test_the_question_ends_some_time_after_it_was_asked_for_the_last_time(
    twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str
) -> None:
    execution = begin(client, twilio, flow_sid)
    clock.now = START + SAID_S + QUESTION_TIMEOUT_S - 0.1
    assert (execution.fetch().status, twilio.calls[0].status) == ("active", "in-progress")
    assert twilio.calls[0].spoken == f"{QUESTION}\n{QUESTION}"
    clock.now += 0.2
    assert (execution.fetch().status, twilio.calls[0].status) == ("ended", "completed")


@pytest.mark.parametrize(("status", "age_s"), [("busy", ANSWERED_S), ("failed", ANSWERED_S), ("no-answer", 31)])
def test_a_call_that_nobody_takes_ends_the_execution(
    twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str, status: str, age_s: float
) -> None:
    twilio.call_log.outcome = CallOutcome(status)
    execution = begin(client, twilio, flow_sid)
    clock.now = START + age_s - 0.5
    assert (execution.fetch().status, "call" in context(execution)["widgets"]) == ("active", False)
    clock.now += 0.5
    assert (execution.fetch().status, client.calls.list()[0].status) == ("ended", status)
    assert context(execution)["widgets"]["call"] == {}
    assert "ask" not in context(execution)["widgets"]


def test_a_call_that_nobody_takes_may_leave_its_variables(
    twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str
) -> None:
    twilio.studio.settings.failures_leave_nothing = False
    twilio.call_log.outcome = CallOutcome("busy")
    execution = begin(client, twilio, flow_sid)
    clock.now = START + ANSWERED_S
    assert context(execution)["widgets"]["call"]["CallStatus"] == "busy"


def leads(raw: dict[str, Any], event: str, name: str) -> dict[str, Any]:
    """The flow with an event of its question that leads somewhere else."""
    for transition in raw["states"][2]["transitions"]:
        if transition["event"] == event:
            transition["next"] = name
    return raw


def test_speech_is_not_heard_where_its_event_leads_nowhere(
    twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str
) -> None:
    twilio.call_log.outcome = CallOutcome(says="Hello? | Who is it? | It is late", keys="1", key_after_s=9.0)
    execution = begin(client, twilio, flow_sid)
    clock.now += 60
    left = context(execution)["widgets"]["ask"]
    assert (left["Digits"], "SpeechResult" in left) == ("1", False)


def test_speech_ends_a_question_where_its_event_leads_on(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.call_log.outcome = CallOutcome(says="Hello?", says_after_s=3.0, keys="1", key_after_s=4.0)
    execution = begin(client, twilio, create_flow(client, leads(definition(), "speech", "thank")))
    clock.now += 60
    left = context(execution)["widgets"]["ask"]
    assert (left["SpeechResult"], "Digits" in left) == ("Hello?", False)
    assert states(twilio, clock)[-1] == "thank"


def test_of_a_key_and_speech_the_first_counts(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.call_log.outcome = CallOutcome(says="Hello?", says_after_s=4.0, keys="2", key_after_s=3.0)
    execution = begin(client, twilio, create_flow(client, leads(definition(), "speech", "thank")))
    clock.now += 60
    assert context(execution)["widgets"]["ask"]["Digits"] == "2"


def test_a_variable_that_was_set_stands_in_the_flow_and_in_its_widget(
    twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str
) -> None:
    twilio.call_log.outcome = CallOutcome(keys="1", key_after_s=3.0)
    execution = begin(client, twilio, flow_sid)
    clock.now += 60
    found = context(execution)
    assert found["widgets"]["note"] == found["flow"]["variables"] == {"thanks": "Thank you."}


def test_a_flow_that_was_edited_by_hand_shows_its_new_definition_and_revision(
    twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str
) -> None:
    twilio.studio.flows[0].revise("published", None, as_json(definition(loop=1)), "by hand", clock.now)
    flow = client.studio.v2.flows(flow_sid).fetch()
    assert (flow.revision, flow.definition) == (2, definition(loop=1))


def test_who_hangs_up_ends_the_execution(twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str) -> None:
    twilio.call_log.outcome = CallOutcome(hang_up_after_s=4.0)
    execution = begin(client, twilio, flow_sid)
    clock.now = START + ANSWERED_S + 4
    assert (execution.fetch().status, twilio.calls[0].status) == ("ended", "completed")
    assert "Digits" not in context(execution)["widgets"]["ask"]


def test_a_call_that_twilio_refuses_fails_in_the_flow(
    twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str
) -> None:
    twilio.call_log.refusals[TO] = 21215
    execution = begin(client, twilio, flow_sid)
    clock.now += 1
    assert execution.fetch().status == "ended"
    assert context(execution)["widgets"]["call"] == {}
    assert client.calls.list() == []


def test_a_person_at_the_page_answers_and_presses(
    twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str
) -> None:
    twilio.call_log.outcome = CallOutcome(by_hand=True)
    execution = begin(client, twilio, flow_sid)
    clock.now += CALL_TIMEOUT_S - 1
    call = twilio.calls[0]
    call.answer()
    clock.now += 3
    assert call.spoken == QUESTION
    call.press("1")
    clock.now += 0.1
    assert context(execution)["widgets"]["ask"]["Digits"] == "1"
    assert call.spoken == f"{QUESTION}\nThank you."


def test_several_digits_end_with_the_finish_key(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.call_log.outcome = CallOutcome(keys="42#9")
    execution = begin(client, twilio, create_flow(client, definition(number_of_digits=5, finish_on_key="#")))
    clock.now += 60
    assert context(execution)["widgets"]["ask"]["Digits"] == "42"


# Its context


def test_the_context_holds_what_the_execution_was_given(twilio: LocalTwilio, client: Client, flow_sid: str) -> None:
    execution = begin(client, twilio, flow_sid, run_id="7f3a")
    found = context(execution)
    assert found["flow"]["data"] == {"message": MESSAGE, "run_id": "7f3a"}
    assert found["flow"]["channel"] == {"address": twilio.from_phone}
    assert found["contact"] == {"channel": {"address": TO}}
    assert found["widgets"] == {}


@pytest.mark.parametrize("is_404", [True, False])
def test_the_context_may_be_late(
    twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str, is_404: bool
) -> None:
    twilio.studio.settings.context_lag_s = 2.0
    twilio.studio.settings.context_lag_is_404 = is_404
    execution = begin(client, twilio, flow_sid)
    if is_404:
        with pytest.raises(TwilioRestException) as error:
            context(execution)
        assert (error.value.status, error.value.code) == (404, 20404)
    else:
        assert context(execution) == {}
    clock.now += 2
    assert context(execution)["flow"]["data"] == {"message": MESSAGE}


@pytest.mark.parametrize("message", ["1 < 2 & 3 > 2", "\"quoted\" 'text'", "{{flow.sid}}", "Größe 🔥"])
def test_a_text_of_any_characters_is_spoken(
    twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str, message: str
) -> None:
    begin(client, twilio, flow_sid, message=message)
    clock.now += 60
    assert twilio.calls[0].spoken.startswith(f"{message} Press 1")


def test_a_studio_that_does_not_escape_ends_the_call_at_malformed_markup(
    twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str
) -> None:
    twilio.studio.settings.escapes_say = False
    execution = begin(client, twilio, flow_sid, message="1 < 2")
    clock.now = START + ASKED_S
    assert (execution.fetch().status, twilio.calls[0].status, twilio.calls[0].spoken) == ("ended", "completed", "")


# Conflicts, the list, the end


def test_a_second_execution_for_the_same_pair_conflicts_while_the_first_runs(
    twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str
) -> None:
    first = begin(client, twilio, flow_sid)
    with pytest.raises(TwilioRestException) as error:
        begin(client, twilio, flow_sid)
    assert (error.value.status, error.value.code) == (409, 20409)
    assert error.value.details == {"conflicting_execution_sid": first.sid}
    begin(client, twilio, flow_sid, to="+15103334444")
    clock.now += 60
    assert begin(client, twilio, flow_sid).status == "active"


def test_after_a_lost_response_the_conflict_names_the_execution(
    twilio: LocalTwilio, client: Client, flow_sid: str
) -> None:
    twilio.faults.add(Fault.ERROR_500_AFTER, method="POST", path="/Executions")
    with pytest.raises(TwilioRestException) as lost:
        begin(client, twilio, flow_sid)
    assert lost.value.status == 500
    with pytest.raises(TwilioRestException) as conflict:
        begin(client, twilio, flow_sid)
    assert conflict.value.details == {"conflicting_execution_sid": latest(twilio).sid}


def test_the_list_shows_a_flows_executions_newest_first(
    twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str
) -> None:
    other = create_flow(client)
    sids = []
    for digit in "345":
        sids.append(begin(client, twilio, flow_sid, to=f"+1510111000{digit}").sid)
        begin(client, twilio, other, to=f"+1510222000{digit}")
        clock.now += 1
    found = client.studio.v2.flows(flow_sid).executions.list(page_size=2)
    assert [execution.sid for execution in found] == sids[::-1]


def test_ending_an_execution_ends_the_ringing(twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str) -> None:
    execution = begin(client, twilio, flow_sid)
    clock.now += 1
    assert twilio.calls[0].status == "ringing"
    assert execution.update(status="ended").status == "ended"
    assert twilio.calls[0].status == "canceled"
    clock.now += 60
    assert (twilio.calls[0].status, len(twilio.calls)) == ("canceled", 1)


def test_ending_an_execution_may_leave_its_call_ringing(
    twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str
) -> None:
    twilio.studio.settings.end_ends_call = False
    execution = begin(client, twilio, flow_sid)
    clock.now += 1
    execution.update(status="ended")
    assert (execution.fetch().status, twilio.calls[0].status) == ("ended", "ringing")
    clock.now += 60
    assert (twilio.calls[0].status, twilio.calls[0].spoken) == ("completed", "")


def test_a_call_may_outlive_its_execution(twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str) -> None:
    twilio.studio.settings.call_end_lag_s = 5.0
    twilio.call_log.outcome = CallOutcome(keys="2")
    execution = begin(client, twilio, flow_sid)
    while execution.fetch().status == "active":
        clock.now += 1
    assert twilio.calls[0].status == "in-progress"
    clock.now += 5
    assert twilio.calls[0].status == "completed"


def test_an_execution_that_is_ended_before_it_called_calls_nobody(
    twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str
) -> None:
    begin(client, twilio, flow_sid).update(status="ended")
    clock.now += 60
    assert twilio.calls == []


def test_an_execution_may_stay_active_after_its_end(
    twilio: LocalTwilio, client: Client, clock: Clock, flow_sid: str
) -> None:
    twilio.studio.settings.end_lag_s = 5.0
    twilio.call_log.outcome = CallOutcome("busy")
    execution = begin(client, twilio, flow_sid)
    clock.now = START + ANSWERED_S + 1
    assert (execution.fetch().status, twilio.calls[0].status) == ("active", "busy")
    clock.now += 5
    assert execution.fetch().status == "ended"


def test_a_flow_can_call_again(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    raw = definition()
    again = json.loads(as_json(raw["states"][1]))
    again["name"] = "call-again"
    raw["states"].append(again)
    raw["states"][1]["transitions"][1]["next"] = "call-again"  # busy
    twilio.call_log.outcome = CallOutcome("busy")
    execution = begin(client, twilio, create_flow(client, raw))
    clock.now += 60
    assert [call.status for call in client.calls.list()] == ["busy", "busy"]
    assert set(context(execution)["widgets"]) == {"Trigger", "call", "call-again"}


def test_wrong_credentials_are_refused(twilio: LocalTwilio, flow_sid: str) -> None:
    with pytest.raises(TwilioRestException) as error:
        library(twilio, password="wrong").studio.v2.flows(flow_sid).fetch()
    assert (error.value.status, error.value.code) == (401, 20003)


@pytest.mark.parametrize(
    "parameters",
    [{"to": ""}, {"from_": ""}, {"parameters": "[]"}, {"parameters": "{"}],
)
def test_a_bad_execution_is_refused(
    twilio: LocalTwilio, client: Client, flow_sid: str, parameters: dict[str, Any]
) -> None:
    parameters = {"to": TO, "from_": twilio.from_phone, **parameters}
    with pytest.raises(TwilioRestException) as error:
        client.studio.v2.flows(flow_sid).executions.create(**parameters)
    assert (error.value.status, error.value.code) == (400, 20001)
