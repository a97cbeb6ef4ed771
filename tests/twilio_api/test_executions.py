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
"""The flow that asks for a key, found or made; and executions, found by what only the run knows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.memory_transport import Trouble
from sandbox.twilio import CallOutcome, Fault, RecordedRequest
from tests.tables import for_each
from tests.twilio_api.twilio_client import TO, Setup, local_setup
from twilio_api.acknowledgement import Speech, definition, flow_name
from twilio_api.creation import _SEARCH_PAUSES_S, SEARCH_PAGE_SIZE, Standing
from twilio_api.errors import FlowMissing, OutcomeUnknown, UnexpectedResponse
from twilio_api.executions import Execution, Flows, create_execution, fetch_context, fetch_execution
from twilio_api.response import Response
from twilio_api.transport import Fields


SPEECH = Speech(30, "en-US")
RUN_ID = "7f3a" * 8


def url_for(setup: Setup) -> str:
    """What a new run finds or makes."""
    return setup.run(Flows(setup.client).url_for(SPEECH))


def make(setup: Setup, name: str | None = None, status: str = "published", raw: dict[str, Any] | None = None) -> str:
    """Let somebody else make a flow, and return its SID."""
    name = flow_name(SPEECH) if name is None else name
    return setup.twilio.studio.create_flow(name, status, json.dumps(raw or definition(SPEECH))).sid


# --- the flow, found or made


def test_the_flow_is_made_where_it_is_missing_and_found_by_the_next_run(setup: Setup) -> None:
    assert url_for(setup) == url_for(setup)
    (flow,) = setup.twilio.studio.flows
    assert (flow.friendly_name, flow.status, flow.raw_definition) == (
        flow_name(SPEECH),
        "published",
        definition(SPEECH),
    )


def test_a_run_searches_for_it_once(setup: Setup) -> None:
    flows = Flows(setup.client)
    setup.run(flows.url_for(SPEECH))
    asked = len(setup.twilio.requests)
    setup.run(flows.url_for(SPEECH))
    assert len(setup.twilio.requests) == asked


@pytest.mark.parametrize("what", ["removed", "edited"])
def test_one_that_is_removed_or_edited_during_the_run_is_made_again(setup: Setup, what: str) -> None:
    flows, studio = Flows(setup.client), setup.twilio.studio
    used = setup.run(flows.url_for(SPEECH))
    if what == "removed":
        studio._flows.clear()
    else:
        edited = json.dumps(definition(SPEECH)).replace("Press 1", "Press 2")
        studio.flows[0].revise("published", None, edited, None, setup.clock.time())
    setup.clock.advance(61.0)
    again = setup.run(flows.url_for(SPEECH))
    assert again != used
    assert again.endswith(studio.flows[-1].sid)


def test_one_that_cannot_be_read_again_is_used_all_the_same(setup: Setup) -> None:
    flows = Flows(setup.client)
    used = setup.run(flows.url_for(SPEECH))
    setup.clock.advance(61.0)
    setup.twilio.faults.add(Fault.ERROR_503, method="GET", times=1)
    assert setup.run(flows.url_for(SPEECH)) == used
    asked = len(setup.twilio.requests)
    assert setup.run(flows.url_for(SPEECH)) == used
    assert len(setup.twilio.requests) == asked


def test_it_is_found_behind_many_others(setup: Setup) -> None:
    sid = make(setup)
    for number in range(250):
        make(setup, f"another {number}")
    assert url_for(setup).endswith(sid)


def test_of_several_the_oldest_is_taken(setup: Setup) -> None:
    oldest = make(setup)
    setup.clock.advance(2.0)
    make(setup)
    assert url_for(setup).endswith(oldest)


def test_of_several_one_that_somebody_edited_is_passed_over(setup: Setup) -> None:
    edited = definition(SPEECH)
    edited["states"][1]["properties"]["timeout"] = 5
    make(setup, raw=edited)
    setup.clock.advance(2.0)
    sid = make(setup)
    assert url_for(setup).endswith(sid)
    assert len(setup.twilio.studio.flows) == 2


def test_a_draft_cannot_be_used(setup: Setup) -> None:
    assert not url_for(setup).endswith(make(setup, status="draft"))


@pytest.mark.parametrize("fault", [Fault.RESET_AFTER, Fault.ERROR_500_AFTER, Fault.CUT_OFF_AFTER, Fault.HTML_403_AFTER])
def test_one_whose_response_was_lost_is_found(setup: Setup, fault: Fault) -> None:
    setup.twilio.faults.add(fault, method="POST")
    assert url_for(setup).endswith(setup.twilio.studio.flows[0].sid)
    assert len(setup.twilio.studio.flows) == 1


def test_one_that_was_not_made_is_made_again_since_two_do_no_harm(setup: Setup) -> None:
    setup.twilio.faults.add(Fault.RESET_BEFORE, method="POST")
    assert url_for(setup).endswith(setup.twilio.studio.flows[0].sid)


@pytest.mark.parametrize(("fault", "method"), [(Fault.HTML_403_BEFORE, "POST"), (Fault.ERROR_503, "GET")])
def test_one_that_cannot_be_had_ends_in_half_a_minute(setup: Setup, fault: Fault, method: str) -> None:
    setup.twilio.faults.add(fault, method=method, times=999)
    with pytest.raises(FlowMissing):
        url_for(setup)
    assert setup.clock.monotonic() < 40.0


class Pages:
    """A transport that gives each page of Studio's list as it is written, the last one again and again."""

    def __init__(self, *pages: Any) -> None:
        self.pages = list(pages)
        self.calls: list[tuple[str, str | None]] = []

    async def call(self, method: str, url: str, fields: Fields = None, **more: Any) -> Response:
        self.calls.append((url, (fields or {}).get("PageToken")))
        page = self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]
        return Response(200, page, None)

    def close(self) -> None:
        """Close nothing."""


def a_page(next_page: str | None, sid: str = "FW" + "1" * 32, name: str = "another") -> dict[str, Any]:
    rows = [{"sid": sid, "friendly_name": name, "status": "published", "definition": definition(SPEECH)}]
    return {**rows[0], "flows": rows, "meta": {"next_page_url": next_page}}


def test_flows_are_at_studios_host_and_no_link_leads_elsewhere() -> None:
    ours = "FW" + "2" * 32
    link = "https://evil.example/v2/Flows?PageSize=100&Page=1&PageToken=PA"
    pages = Pages(a_page(link), a_page(None, ours, flow_name(SPEECH)))
    with local_setup(pages) as setup:
        assert url_for(setup) == f"https://studio.twilio.com/v2/Flows/{ours}"
    flows = "https://studio.twilio.com/v2/Flows"
    assert pages.calls == [(flows, None), (flows, "PA"), (f"{flows}/{ours}", None)]


def test_pages_that_lead_round_in_a_circle_end() -> None:
    there, back = (f"https://studio.twilio.com/v2/Flows?PageToken={token}" for token in ("there", "back"))
    pages = Pages(a_page(there), *[a_page(back), a_page(there)] * 40)
    with local_setup(pages) as setup:
        url_for(setup)
    assert [token for _, token in pages.calls if token] == ["there", "back"]


def test_pages_without_end_end() -> None:
    class Endless(Pages):
        async def call(self, method: str, url: str, fields: Fields = None, **more: Any) -> Response:
            self.pages = [a_page(f"https://studio.twilio.com/v2/Flows?PageToken={len(self.calls)}")]
            return await super().call(method, url, fields, **more)

    pages = Endless()
    with local_setup(pages) as setup:
        url_for(setup)
    assert len(pages.calls) < 60


@for_each("page", [{}, {"flows": None}, {"flows": {}}])
def test_what_is_no_list_of_flows_is_reported(page: dict[str, Any]) -> None:
    with local_setup(Pages(page)) as setup, pytest.raises(FlowMissing, match="The response is not a list of flows"):
        url_for(setup)


def test_rows_of_another_shape_are_left_out() -> None:
    rows = {"flows": [None, 7, {}, {"sid": "../x", "friendly_name": flow_name(SPEECH)}], "meta": []}
    made = a_page(None)
    with local_setup(Pages(rows, made)) as setup:
        assert url_for(setup).endswith(made["sid"])


# --- an execution, begun once and found again


def create(setup: Setup, run_id: str = RUN_ID, message: str = "Disk full") -> Execution:
    url = url_for(setup)
    return setup.run(create_execution(setup.client, url, setup.draft(message), run_id, Standing()))


def let_somebody_else_call(setup: Setup, run_id: str = "other") -> str:
    """Begin an execution of the same flow for the same two numbers, and let it end."""
    setup.twilio.call_log.outcome = CallOutcome("busy", after_s=0.5)
    url_for(setup)
    parameters = {"message": "another", "run_id": run_id}
    (flow,) = setup.twilio.studio.flows
    execution = setup.twilio.studio.create_execution(flow, TO, setup.twilio.from_phone, parameters)
    setup.clock.advance(1.5)
    return execution.sid


def test_the_text_and_the_runs_own_id_are_parameters(setup: Setup) -> None:
    create(setup)
    post = next(request for request in setup.twilio.requests if request.path.endswith("/Executions"))
    assert (post.form["To"], post.form["From"]) == (TO, setup.twilio.from_phone)
    assert json.loads(post.form["Parameters"]) == {"message": "Disk full.", "run_id": RUN_ID}


@pytest.mark.parametrize("fault", [Fault.RESET_AFTER, Fault.CUT_OFF_AFTER, Fault.ERROR_500_AFTER, Fault.HTML_200_AFTER])
def test_one_whose_response_was_lost_is_found_by_the_runs_id(setup: Setup, fault: Fault) -> None:
    let_somebody_else_call(setup)
    setup.twilio.faults.add(fault, method="POST", path="/Executions")
    assert create(setup).sid == setup.twilio.studio.executions[1].sid
    assert len(setup.twilio.studio.executions) == 2


def test_another_runs_execution_is_never_taken_for_ones_own(setup: Setup) -> None:
    let_somebody_else_call(setup)
    setup.twilio.faults.add(Fault.RESET_BEFORE, method="POST", path="/Executions")
    with pytest.raises(OutcomeUnknown) as caught:
        create(setup)
    assert (caught.value.log, caught.value.search_error) == ("Studio's list of executions", None)


def test_a_run_id_that_stands_elsewhere_in_a_context_proves_nothing(setup: Setup) -> None:
    let_somebody_else_call(setup, run_id="")
    setup.twilio.studio.executions[0].parameters = {"message": RUN_ID}
    setup.twilio.faults.add(Fault.RESET_BEFORE, method="POST", path="/Executions")
    with pytest.raises(OutcomeUnknown):
        create(setup)


def test_it_is_found_although_context_and_list_are_late(setup: Setup) -> None:
    url_for(setup)
    setup.twilio.studio.settings.context_lag_s = 2.0
    setup.twilio.studio.settings.list_lag_s = 1.0
    setup.clock.advance(1.0)
    setup.twilio.faults.add(Fault.RESET_AFTER, method="POST", path="/Executions")
    assert create(setup).sid == setup.twilio.studio.executions[0].sid


def test_it_is_found_behind_a_page_of_people_who_were_called_since(setup: Setup) -> None:
    url_for(setup)

    def others_are_called(request: RecordedRequest) -> Fault | None:
        if request.method == "POST":
            return Fault.RESET_AFTER
        if len(setup.twilio.studio.executions) == 1:
            (flow,) = setup.twilio.studio.flows
            for number in range(SEARCH_PAGE_SIZE):
                setup.twilio.studio.create_execution(flow, f"+1510222{number:04}", setup.twilio.from_phone, {})
        return None

    setup.twilio.faults.choose = others_are_called
    assert create(setup).sid == setup.twilio.studio.executions[0].sid


@pytest.mark.parametrize("ahead_s", [-5.0, 5.0])
def test_it_is_found_by_the_runs_id_although_twilios_clocks_differ(setup: Setup, ahead_s: float) -> None:
    setup.twilio.edge_ahead_s = ahead_s
    setup.twilio.faults.add(Fault.RESET_AFTER, method="POST", path="/Executions")
    assert create(setup).sid == setup.twilio.studio.executions[0].sid


def test_a_response_that_shows_an_earlier_execution_is_called_so(setup: Setup) -> None:
    response = b"HTTP/1.1 201 Created\r\n\r\n" + json.dumps({"sid": create(setup).sid}).encode()
    setup.network.trouble = lambda request: Trouble(lost_before=True, response=response) if request.is_create else None
    with pytest.raises(OutcomeUnknown, match=r"^Status Code: 201\. The response shows another execution\.$"):
        create(setup, run_id="another")


def test_a_search_ends_at_what_is_older_than_the_attempt(setup: Setup) -> None:
    url_for(setup)
    (flow,) = setup.twilio.studio.flows
    for number in range(3 * SEARCH_PAGE_SIZE):
        setup.twilio.studio.create_execution(flow, f"+1510222{number:04}", setup.twilio.from_phone, {})
    setup.clock.advance(120.0)
    setup.twilio.faults.add(Fault.RESET_BEFORE, method="POST", path="/Executions")
    with pytest.raises(OutcomeUnknown):
        create(setup)
    lists = [request for request in setup.twilio.requests if request.path.endswith("/Executions")]
    assert len(lists) == 1 + len(_SEARCH_PAUSES_S) + 1


def test_a_context_or_an_execution_of_another_is_no_response(setup: Setup) -> None:
    execution, other = create(setup), let_another_person_be_called(setup)
    lookalike = execution._replace(url=execution.url.replace(execution.sid, other))
    for fetch in (fetch_context, fetch_execution):
        with pytest.raises(UnexpectedResponse):
            setup.run(fetch(setup.client, lookalike))


def let_another_person_be_called(setup: Setup) -> str:
    (flow,) = setup.twilio.studio.flows
    return setup.twilio.studio.create_execution(flow, "+15101110001", setup.twilio.from_phone, {}).sid
