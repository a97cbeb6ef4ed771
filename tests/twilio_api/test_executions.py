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
"""Executions: found by what only the run knows, and what their context says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.twilio import CallOutcome, Fault
from tests.fake_clock import FakeClock
from tests.twilio_api.scripted_transport import response, script, scripted_client
from tests.twilio_api.twilio_client import TO, Setup, call_draft
from twilio_api.calls import Call, CallDraft, CallLog
from twilio_api.creation import unobserved
from twilio_api.errors import OutcomeUnknown, Refused, UnexpectedResponse
from twilio_api.executions import Execution, create_execution, end_execution, fetch_execution, flow_message
from twilio_api.flows import Flows
from twilio_api.values import WrongValue


RUN_ID = "7f3a" * 8
FN = "FN" + "0" * 32


def flow_url(setup: Setup) -> str:
    flows = Flows(setup.client)
    return f"{flows.url}/{flows.sid_for(30, 'en-US')}"


def create(setup: Setup, run_id: str = RUN_ID, message: str = "Disk full") -> Execution:
    log = CallLog(setup.client)
    return create_execution(setup.client, log, flow_url(setup), call_draft(setup, message), run_id, unobserved)


def let_somebody_else_call(setup: Setup, run_id: str = "other") -> str:
    """Begin an execution of the same flow for the same two numbers, and let it end."""
    setup.twilio.call_log.outcome = CallOutcome(keys="1", key_after_s=3.0)
    flow_url(setup)
    parameters = {"message": "another", "run_id": run_id}
    (flow,) = setup.twilio.studio.flows
    execution = setup.twilio.studio.create_execution(flow, TO, setup.twilio.from_phone, parameters)
    setup.clock.sleep(15.0)
    return execution.sid


def read_to_the_end(setup: Setup, execution: Execution) -> Execution:
    log = CallLog(setup.client)
    while not execution.is_final:
        setup.clock.sleep(1.0)
        execution = fetch_execution(setup.client, log, execution)
    return execution


# --- created once, and found again


def test_the_text_and_the_runs_own_id_are_parameters(setup: Setup) -> None:
    create(setup)
    post = next(request for request in setup.twilio.requests if request.path.endswith("/Executions"))
    assert (post.form["To"], post.form["From"]) == (TO, setup.twilio.from_phone)
    assert json.loads(post.form["Parameters"]) == {"message": "Disk full.", "run_id": RUN_ID}


@pytest.mark.parametrize("fault", [Fault.RESET_AFTER, Fault.CUT_OFF_AFTER, Fault.ERROR_500_AFTER, Fault.HTML_200_AFTER])
def test_one_whose_response_was_lost_is_found_by_the_runs_id(setup: Setup, fault: Fault) -> None:
    setup.twilio.faults.add(fault, method="POST", path="/Executions")
    assert create(setup).sid == setup.twilio.studio.executions[0].sid
    assert len(setup.twilio.studio.executions) == 1


def test_another_runs_execution_is_never_taken_for_ones_own(setup: Setup) -> None:
    let_somebody_else_call(setup)
    setup.twilio.faults.add(Fault.RESET_BEFORE, method="POST", path="/Executions")
    with pytest.raises(OutcomeUnknown, match="Studio's list of executions does not show it for certain"):
        create(setup)


def test_it_is_found_although_context_and_list_are_late(setup: Setup) -> None:
    setup.twilio.studio.settings.context_lag_s = 2.0
    flow_url(setup)
    setup.twilio.studio.settings.list_lag_s = 1.0
    setup.clock.sleep(1.0)
    setup.twilio.faults.add(Fault.RESET_AFTER, method="POST", path="/Executions")
    assert create(setup).sid == setup.twilio.studio.executions[0].sid


def test_a_response_to_an_earlier_call_is_not_taken_for_this_ones() -> None:
    client = scripted_client(FakeClock())
    log = CallLog(client)
    log.claims.add(FN)
    script(client).on("POST", response({"sid": FN}, 201)).on("GET", response({"executions": []}))
    with pytest.raises(OutcomeUnknown, match="The response is another execution"):
        create_execution(client, log, "https://x", CallDraft(TO, "+1", "x", "en-US", 30), RUN_ID, unobserved)


def test_a_conflict_is_reported_as_a_call_that_is_running(setup: Setup) -> None:
    create(setup)
    with pytest.raises(Refused, match="20409"):
        create(setup, "another")
    assert len(setup.twilio.studio.executions) == 1


def test_a_conflict_after_a_call_that_was_turned_away_is_a_conflict_too(setup: Setup) -> None:
    create(setup)
    setup.twilio.faults.add(Fault.TOO_MANY, method="POST", path="/Executions")
    with pytest.raises(Refused):
        create(setup, "another")


@pytest.mark.parametrize(("message", "says"), [("{}", "nothing that can be spoken"), ("x" * 4000, "too long")])
def test_what_cannot_be_said_is_refused_before_any_request(setup: Setup, message: str, says: str) -> None:
    with pytest.raises(WrongValue, match=says):
        flow_message(call_draft(setup, message))


# --- read


def test_a_key_is_read_from_the_executions_own_context(setup: Setup) -> None:
    setup.twilio.call_log.outcome = CallOutcome(keys="1", key_after_s=3.0)
    execution = read_to_the_end(setup, create(setup))
    assert (execution.is_acknowledged, execution.digits) == (True, "1")
    assert execution.call is not None
    assert execution.call.resource["sid"] == setup.twilio.calls[0].sid == execution.call_sid


def test_the_call_is_known_while_it_rings(setup: Setup) -> None:
    setup.twilio.call_log.outcome = CallOutcome(by_hand=True)
    execution = create(setup)
    setup.clock.sleep(2.0)
    execution = fetch_execution(setup.client, CallLog(setup.client), execution)
    assert (execution.has_rung, execution.call and execution.call.status) == (False, "ringing")


def test_the_context_of_another_execution_is_no_response(setup: Setup) -> None:
    other = let_somebody_else_call(setup)
    execution = create(setup)
    lookalike = execution._replace(url=execution.url.replace(execution.sid, other))
    with pytest.raises(UnexpectedResponse, match="another execution"):
        fetch_execution(setup.client, CallLog(setup.client), lookalike)


def test_a_call_that_cannot_be_read_leaves_what_the_context_says(setup: Setup) -> None:
    setup.twilio.call_log.outcome = CallOutcome(keys="1", key_after_s=3.0)
    execution = create(setup)
    setup.twilio.faults.add(Fault.ERROR_503, method="GET", path="/Calls", times=999)
    setup.clock.sleep(15.0)
    execution = fetch_execution(setup.client, CallLog(setup.client), execution)
    assert (execution.is_acknowledged, execution.call) == (True, None)


def test_ending_it_ends_the_ringing_whether_or_not_studio_does(setup: Setup) -> None:
    for ends_call in (True, False):
        setup.twilio.studio.settings.end_ends_call = ends_call
        setup.twilio.call_log.outcome = CallOutcome(by_hand=True)
        execution = create(setup)
        setup.clock.sleep(2.0)
        assert setup.twilio.calls[-1].status == "ringing"
        end_execution(setup.client, CallLog(setup.client), execution)
        assert setup.twilio.calls[-1].status == "canceled"
        setup.clock.sleep(3.0)


# --- what a context says


ENDED_AT = 100.0


def execution_with(
    widgets: dict[str, Any] | None, status: str = "ended", ended_for_s: float = 60.0, call: Call | None = None
) -> Execution:
    context = {} if widgets is None else {"widgets": widgets}
    draft = CallDraft(TO, "+15101281337", "x", "en-US", 30)
    return Execution(FN, "https://x", draft, 0.0, {"status": status}, context, call, ENDED_AT + ended_for_s, ENDED_AT)


@pytest.mark.parametrize("digits", ["2", "11", "0", "#", "", None, "01", " 1", "１", ["1"]])
def test_nothing_but_the_key_1_acknowledges(digits: object) -> None:
    assert not execution_with({"call": {}, "question": {"Digits": digits}}).is_acknowledged


@pytest.mark.parametrize("question", ["question", "question_2", "question_3"])
def test_the_key_counts_at_each_question(question: str) -> None:
    assert execution_with({"call": {}, "question": {}, question: {"Digits": "1"}}).is_acknowledged


def test_the_key_counts_nowhere_else() -> None:
    assert not execution_with({"call": {"Digits": "1"}, "other": {"Digits": "1"}, "question": {}}).is_acknowledged


@pytest.mark.parametrize("context", [None, [], "x", {"question": None}, {"question": "1"}, {"question": ["1"]}])
def test_a_context_of_another_shape_acknowledges_nothing(context: Any) -> None:
    assert not execution_with(context).is_acknowledged


OVER = Call("CA" + "0" * 32, {"status": "completed"})
CALLED = {"call": {"CallSid": OVER.sid}}


@pytest.mark.parametrize(
    ("widgets", "call"),
    [
        ({**CALLED, "question": {"Digits": "1"}}, OVER),
        ({**CALLED, "question": {"Digits": "2"}}, OVER),
        ({**CALLED, "question": {}, "no_key": {}}, OVER),
        ({"call": {"CallSid": OVER.sid, "CallStatus": "busy"}}, OVER._replace(resource={"status": "busy"})),
        ({"call": {"CallStatus": "failed"}}, None),
    ],
    ids=["1", "another key", "no key", "busy", "no call was made"],
)
def test_an_execution_whose_context_tells_how_it_ended_is_final_at_once(
    widgets: dict[str, Any], call: Call | None
) -> None:
    assert execution_with(widgets, ended_for_s=0.0, call=call).is_final


@pytest.mark.parametrize(
    ("widgets", "call"),
    [
        ({**CALLED, "question": {}}, OVER),
        (CALLED, OVER),
        ({}, OVER._replace(resource={"status": "busy"})),
        ({}, None),
        ({**CALLED, "question": {"Digits": "1"}}, None),
    ],
    ids=["a key may come", "an answer to the call may come", "busy may come", "all may come", "its call is not read"],
)
def test_another_is_read_for_five_seconds_more(widgets: dict[str, Any], call: Call | None) -> None:
    is_final = [execution_with(widgets, ended_for_s=seconds, call=call).is_final for seconds in (0.0, 4.9, 5.0)]
    assert is_final == [False, False, True]


@pytest.mark.parametrize(
    "execution",
    [
        execution_with({"call": {}}, status="active", call=OVER),
        execution_with(None, call=OVER),
        execution_with({"call": {}}, call=OVER._replace(resource={"status": "in-progress"})),
    ],
    ids=["active", "context not there yet", "call goes on"],
)
def test_an_execution_is_not_final_before(execution: Execution) -> None:
    assert not execution.is_final
