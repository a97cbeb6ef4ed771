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
"""The resources of Studio, version 2: https://www.twilio.com/docs/studio/rest-api/v2"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from sandbox.twilio.errors import ApiError, NotFound
from sandbox.twilio.execution import Execution
from sandbox.twilio.flow import Flow
from sandbox.twilio.paging import page_with_meta
from sandbox.twilio.recorded_request import RecordedRequest
from sandbox.twilio.responses import Response, json_response
from sandbox.twilio.routes import Route
from sandbox.twilio.studio import Studio


FLOW_STATUSES = ("draft", "published")

_LIST_PATH = "/v2/Flows"
_FLOW_PATH = f"{_LIST_PATH}/<flow_sid>"
_EXECUTIONS_PATH = f"{_FLOW_PATH}/Executions"
_EXECUTION_PATH = f"{_EXECUTIONS_PATH}/<sid>"
_FLOWS = "twilio/studio/flows"
_EXECUTIONS = "twilio/studio/executions"


class Flows:
    """Creates and shows flows, and creates, shows and ends their executions."""

    def __init__(self, studio: Studio, clock: Callable[[], float]) -> None:
        self._studio = studio
        self._clock = clock

    def routes(self) -> list[Route]:
        """Flows, and the executions of each."""
        return [
            Route("POST", _LIST_PATH, self.create, f"{_FLOWS}/create"),
            Route("GET", _LIST_PATH, self.list, f"{_FLOWS}/list"),
            Route("GET", _FLOW_PATH, self.fetch, f"{_FLOWS}/read"),
            Route("POST", _EXECUTIONS_PATH, self.create_execution, f"{_EXECUTIONS}/create"),
            Route("GET", _EXECUTIONS_PATH, self.list_executions, f"{_EXECUTIONS}/list"),
            Route("GET", _EXECUTION_PATH, self.fetch_execution, f"{_EXECUTIONS}/read"),
            Route("POST", _EXECUTION_PATH, self.update_execution, f"{_EXECUTIONS}/update"),
            Route("GET", f"{_EXECUTION_PATH}/Context", self.fetch_context, f"{_EXECUTIONS}.context/read"),
        ]

    def create(self, request: RecordedRequest) -> Response:
        """Save a new flow."""
        form = request.form
        name, status, definition = (_required(form, name) for name in ("FriendlyName", "Status", "Definition"))
        flow = self._studio.create_flow(name, _checked(status), definition, form.get("CommitMessage"))
        return json_response(flow.resource(self._clock()), 201)

    def list(self, request: RecordedRequest) -> Response:
        """Show a page of flows, without their definitions."""
        flows = page_with_meta(self._studio.visible_flows(), request.query, "flows", (), request.url, self._clock())
        rows = [{**flow, "definition": None} for flow in flows["flows"]]
        return json_response({**flows, "flows": rows})

    def fetch(self, request: RecordedRequest, flow_sid: str) -> Response:
        """Show one flow."""
        return json_response(self._find(flow_sid).resource(self._clock()))

    def create_execution(self, request: RecordedRequest, flow_sid: str) -> Response:
        """Begin an execution of a published flow."""
        flow, form = self._find(flow_sid), request.form
        if flow.status != "published":
            raise NotFound
        execution = self._studio.create_execution(
            flow, _required(form, "To"), _required(form, "From"), _parameters(form)
        )
        return json_response(execution.resource(self._clock()), 201)

    def list_executions(self, request: RecordedRequest, flow_sid: str) -> Response:
        """Show a page of a flow's executions."""
        executions = self._studio.visible_executions(self._find(flow_sid))
        shown = page_with_meta(executions, request.query, "executions", (), request.url, self._clock())
        return json_response(shown)

    def fetch_execution(self, request: RecordedRequest, flow_sid: str, sid: str) -> Response:
        """Show one execution."""
        return json_response(self._find_execution(flow_sid, sid).resource(self._clock()))

    def update_execution(self, request: RecordedRequest, flow_sid: str, sid: str) -> Response:
        """End an execution, by its Status."""
        execution = self._find_execution(flow_sid, sid)
        if request.form.get("Status") != "ended":
            raise ApiError(20001, parameter="Status")
        execution.end()
        return json_response(execution.resource(self._clock()))

    def fetch_context(self, request: RecordedRequest, flow_sid: str, sid: str) -> Response:
        """Show what an execution has come to know."""
        execution = self._find_execution(flow_sid, sid)
        content = {
            "account_sid": execution.flow.account_sid,
            "context": execution.context(self._clock()),
            "flow_sid": flow_sid,
            "execution_sid": sid,
            "url": f"{execution.url}/Context",
        }
        return json_response(content)

    def _find(self, flow_sid: str) -> Flow:
        flow = self._studio.find_flow(flow_sid)
        if flow is None:
            raise NotFound
        return flow

    def _find_execution(self, flow_sid: str, sid: str) -> Execution:
        execution = self._studio.find_execution(self._find(flow_sid), sid)
        if execution is None:
            raise NotFound
        return execution


def _required(form: Mapping[str, str], name: str) -> str:
    value = form.get(name, "")
    if not value:
        raise ApiError(20001, parameter=name)
    return value


def _checked(status: str) -> str:
    if status not in FLOW_STATUSES:
        raise ApiError(20001, parameter="Status")
    return status


def _parameters(form: Mapping[str, str]) -> Mapping[str, object]:
    try:
        parameters = json.loads(form.get("Parameters") or "{}")
    except ValueError:
        raise ApiError(20001, parameter="Parameters") from None
    if not isinstance(parameters, dict):
        raise ApiError(20001, parameter="Parameters")
    return parameters
