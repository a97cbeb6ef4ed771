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
"""Studio's flows and executions."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from sandbox.twilio.call_log import CallLog
from sandbox.twilio.errors import ApiError
from sandbox.twilio.execution import Execution, StudioSettings
from sandbox.twilio.flow import Flow, check_definition


class Studio:
    """The flows and executions of the account; safe to use from several threads. `settings` may be changed."""

    def __init__(self, account_sid: str, calls: CallLog) -> None:
        self.settings = StudioSettings()
        self._account_sid = account_sid
        self._calls = calls
        self._clock = calls.clock
        self._flows: dict[str, Flow] = {}
        self._executions: dict[str, Execution] = {}
        self._active: list[Execution] = []
        self._lock = threading.RLock()
        calls.before_read.append(self._make_due_calls)

    @property
    def flows(self) -> list[Flow]:
        """All flows in order of their creation."""
        with self._lock:
            return list(self._flows.values())

    @property
    def executions(self) -> list[Execution]:
        """All executions in order of their creation."""
        with self._lock:
            return list(self._executions.values())

    def visible_flows(self) -> list[Flow]:
        """The flows that the list shows now, the newest first."""
        return [flow for flow in reversed(self.flows) if self._is_visible(flow.created)]

    def visible_executions(self, flow: Flow) -> list[Execution]:
        """The executions of a flow that the list shows now, the newest first."""
        executions = [execution for execution in self.executions if execution.flow is flow]
        return [execution for execution in reversed(executions) if self._is_visible(execution.created)]

    def find_flow(self, sid: str) -> Flow | None:
        """The flow with this SID, if there is one."""
        return self._flows.get(sid)

    def find_execution(self, flow: Flow, sid: str) -> Execution | None:
        """The execution of a flow with this SID, if there is one."""
        execution = self._executions.get(sid)
        return execution if execution is not None and execution.flow is flow else None

    def create_flow(self, friendly_name: str, status: str, definition: str, commit_message: str | None = None) -> Flow:
        """Save a new flow. Raises ApiError for an invalid definition."""
        now = self._clock()
        parsed, raw = check_definition(definition)
        flow = Flow(self._account_sid, friendly_name, status, raw, parsed, now, now, commit_message)
        with self._lock:
            self._flows[flow.sid] = flow
        return flow

    def create_execution(self, flow: Flow, to: str, from_: str, parameters: Mapping[str, object]) -> Execution:
        """Begin an execution. Raises ApiError while another one for the same two numbers is active."""
        with self._lock:
            now = self._clock()
            self._active = [execution for execution in self._active if execution.status_at(now) == "active"]
            for execution in self._active:
                if (execution.to, execution.from_) == (to, from_):
                    details = {"conflicting_execution_sid": execution.sid}
                    raise ApiError(20409, sid=execution.sid, details=details)
            execution = Execution(flow, to, from_, parameters, now, self._calls, self.settings)
            self._executions[execution.sid] = execution
            self._active.append(execution)
            return execution

    def _make_due_calls(self) -> None:
        with self._lock:
            active = list(self._active)
        for execution in active:
            execution.walk(self._clock())

    def _is_visible(self, created: float) -> bool:
        return created <= self._clock() - self.settings.list_lag_s
