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
"""The flow that asks for a key: its definition, and how it is found again or made."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox.twilio import Fault
from sandbox.twilio.flow_definition import parse
from tests.fake_clock import FakeClock
from tests.twilio_api.scripted_transport import response, script, scripted_client
from tests.twilio_api.twilio_client import Setup
from twilio_api.errors import FlowMissing
from twilio_api.flows import NO_KEY_WIDGET, QUESTION_WIDGETS, Flows, definition, flow_name


NAME = flow_name(definition(30, "en-US"), 30, "en-US")


def sid_for(setup: Setup, ringing_s: int = 30, language: str = "en-US") -> str:
    """What a new run finds or makes."""
    return Flows(setup.client).sid_for(ringing_s, language)


def make(setup: Setup, name: str = NAME, status: str = "published") -> str:
    """Let somebody else make a flow."""
    return setup.twilio.studio.create_flow(name, status, json.dumps(definition(30, "en-US"))).sid


def state(name: str, raw: dict[str, Any]) -> dict[str, Any]:
    (found,) = [state for state in raw["states"] if state["name"] == name]
    return dict(found)


def leads_to(name: str, raw: dict[str, Any]) -> dict[str, str | None]:
    return {transition["event"]: transition.get("next") for transition in state(name, raw)["transitions"]}


# --- the definition


@pytest.mark.parametrize("language", ["en-US", "de-DE", "cy-GB"])
def test_studio_takes_the_definition(language: str) -> None:
    assert parse(json.dumps(definition(600, language))).initial_state == "Trigger"


def test_time_of_ringing_and_language_are_literals() -> None:
    raw = definition(45, "de-DE")
    assert state("call", raw)["properties"]["timeout"] == 45
    assert state("question", raw)["properties"]["language"] == "de-DE"
    assert "Drücken Sie die 1" in state("question", raw)["properties"]["say"]


def test_the_message_is_a_parameter_and_is_spoken_twice() -> None:
    question = state("question", definition(30, "en-US"))["properties"]
    assert (question["say"], question["loop"]) == ("{{flow.data.message}} Press 1 to acknowledge.", 2)


def test_a_person_who_says_hello_is_asked_again_but_not_for_ever() -> None:
    raw = definition(30, "en-US")
    assert [leads_to(name, raw)["speech"] for name in QUESTION_WIDGETS] == [*QUESTION_WIDGETS[1:], NO_KEY_WIDGET]


@pytest.mark.parametrize("question", QUESTION_WIDGETS)
def test_only_the_key_1_of_the_question_itself_leads_to_the_thanks(question: str) -> None:
    raw = definition(30, "en-US")
    assert leads_to(question, raw)["timeout"] == NO_KEY_WIDGET
    key = state(str(leads_to(question, raw)["keypress"]), raw)
    assert leads_to(key["name"], raw) == {"match": "thanks", "noMatch": "not_1"}
    (condition,) = key["transitions"][1]["conditions"]
    assert (condition["arguments"], condition["type"], condition["value"]) == (
        [f"{{{{widgets.{question}.Digits}}}}"],
        "equal_to",
        "1",
    )


def test_each_definition_has_a_name_of_its_own() -> None:
    pairs = [(30, "en-US"), (31, "en-US"), (30, "en-GB")]
    assert len({flow_name(definition(*pair), *pair) for pair in pairs}) == 3
    changed = {**definition(30, "en-US"), "description": "another version"}
    assert flow_name(changed, 30, "en-US") != NAME


# --- found, or made


def test_the_flow_is_made_where_it_is_missing_and_found_by_the_next_run(setup: Setup) -> None:
    made = sid_for(setup)
    assert sid_for(setup) == made
    (flow,) = setup.twilio.studio.flows
    assert (flow.friendly_name, flow.status, flow.raw_definition) == (NAME, "published", definition(30, "en-US"))


def test_a_run_searches_for_it_once(setup: Setup) -> None:
    flows = Flows(setup.client)
    flows.sid_for(30, "en-US")
    asked = len(setup.twilio.requests)
    flows.sid_for(30, "en-US")
    assert len(setup.twilio.requests) == asked


def test_each_time_of_ringing_and_language_has_its_own(setup: Setup) -> None:
    assert len({sid_for(setup), sid_for(setup, 45), sid_for(setup, 30, "de-DE")}) == 3


def test_it_is_found_behind_many_others(setup: Setup) -> None:
    sid = make(setup)
    for number in range(250):
        make(setup, f"another {number}")
    assert sid_for(setup) == sid


def test_of_several_the_oldest_is_taken(setup: Setup) -> None:
    oldest = make(setup)
    setup.clock.sleep(2.0)
    make(setup)
    assert sid_for(setup) == oldest


def test_a_draft_cannot_be_used(setup: Setup) -> None:
    draft = make(setup, status="draft")
    assert sid_for(setup) != draft


@pytest.mark.parametrize("fault", [Fault.RESET_AFTER, Fault.ERROR_500_AFTER, Fault.CUT_OFF_AFTER])
def test_one_whose_response_was_lost_is_found(setup: Setup, fault: Fault) -> None:
    setup.twilio.faults.add(fault, method="POST")
    assert sid_for(setup) == setup.twilio.studio.flows[0].sid
    assert len(setup.twilio.studio.flows) == 1


def test_one_that_was_not_made_is_made_again_since_two_do_no_harm(setup: Setup) -> None:
    setup.twilio.faults.add(Fault.RESET_BEFORE, method="POST")
    assert sid_for(setup) == setup.twilio.studio.flows[0].sid


def test_runs_at_the_same_time_do_no_harm(setup: Setup) -> None:
    with ThreadPoolExecutor(8) as threads:
        sids = list(threads.map(lambda _: sid_for(setup), range(8)))
    assert set(sids) <= {flow.sid for flow in setup.twilio.studio.flows}
    assert len({sid_for(setup), sid_for(setup)}) == 1


def test_a_proxy_that_takes_no_definition_is_reported_and_nobody_is_called(setup: Setup) -> None:
    setup.twilio.faults.add(Fault.HTML_403_BEFORE, method="POST", times=99)
    with pytest.raises(FlowMissing, match=r"The Studio flow .* Access Denied"):
        sid_for(setup)


def test_a_list_that_cannot_be_read_ends_in_half_a_minute(setup: Setup) -> None:
    setup.twilio.faults.add(Fault.ERROR_503, method="GET", times=999)
    began = setup.clock.monotonic()
    with pytest.raises(FlowMissing, match="neither found nor made"):
        sid_for(setup)
    assert setup.clock.monotonic() - began < 40.0


def test_flows_are_at_studios_host_and_no_link_leads_elsewhere() -> None:
    client = scripted_client(FakeClock())
    other = {"sid": "FW" + "1" * 32, "friendly_name": "another", "status": "published"}
    link = {"next_page_url": "https://evil.example/v2/Flows?PageSize=100&Page=1&PageToken=PA"}
    ours = {**other, "sid": "FW" + "2" * 32, "friendly_name": NAME}
    pages = [{"flows": [other], "meta": link}, {"flows": [ours], "meta": {"next_page_url": None}}]
    script(client).on("GET", *map(response, pages))
    assert Flows(client).sid_for(30, "en-US") == ours["sid"]
    assert [(call.url, call.params.get("PageToken")) for call in script(client).calls] == [
        ("https://studio.twilio.com/v2/Flows", None),
        ("https://studio.twilio.com/v2/Flows", "PA"),
    ]


@pytest.mark.parametrize("page", [{}, {"flows": None}, {"flows": {}}])
def test_what_is_no_list_of_flows_is_reported(page: dict[str, Any]) -> None:
    client = scripted_client(FakeClock())
    script(client).on("GET", response(page))
    with pytest.raises(FlowMissing, match="The response is not a list of flows"):
        Flows(client).sid_for(30, "en-US")


def test_rows_of_another_shape_are_left_out() -> None:
    client = scripted_client(FakeClock())
    made = {"sid": "FW" + "1" * 32}
    script(client).on("GET", response({"flows": [None, 7, {}, {"sid": "../x", "friendly_name": NAME}], "meta": []}))
    script(client).on("POST", response(made, 201))
    assert Flows(client).sid_for(30, "en-US") == made["sid"]
