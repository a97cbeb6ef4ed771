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
"""Runs of the app against the local Twilio, in fast time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.chaos_questions.plan import RunPlan
from sandbox.assets import local_asset
from sandbox.fast_clock import FastClock
from sandbox.soar import ProcessDied, run_action
from sandbox.twilio import FROM_PHONE, LocalTwilio
from twilio_connector import TwilioConnector


@dataclass
class AppRun:
    """A run of "ask question", and what it left. Times are in seconds since the epoch.

    `json` is None as long as it goes on, and where it was killed.
    """

    plan: RunPlan
    cancel_at: float | None = None
    kill_at: float | None = None
    connector: Any = None
    json: dict[str, Any] | None = None
    started_at: float = 0.0
    ended_at: float = 0.0

    @classmethod
    def of(cls, plan: RunPlan, began: float) -> AppRun:
        """The run of a plan, in a group that began then."""
        return cls(
            plan,
            cancel_at=None if plan.cancel_after_s is None else began + plan.cancel_after_s,
            kill_at=None if plan.kill_after_s is None else began + plan.kill_after_s,
        )


class Runner:
    """Runs the app's actions against a local Twilio."""

    def __init__(self, twilio: LocalTwilio, time: FastClock) -> None:
        self._twilio, self._time = twilio, time

    def ask(self, run: AppRun) -> None:
        """Ask the questions of a run, from its start to its end, whichever that is."""
        self._time.sleep(run.plan.start_after_s)
        app = _Connector()
        app.run, app.now, run.connector = run, self._time.time, app
        run.started_at = self._time.time()
        parameters = [question.parameters() for question in run.plan.questions]
        try:
            run.json = self._run(app, "ask question", parameters, run.plan.sender)
        except ProcessDied:
            run.json = None
        run.ended_at = self._time.time()

    def get_response(self, question_id: str) -> dict[str, Any]:
        """Read the answer to a question, and return the action result."""
        run = self._run(TwilioConnector(), "get response", [{"question_id": question_id}])
        (result,) = run["result_data"]
        return dict(result)

    def _run(
        self, app: TwilioConnector, action: str, parameters: list[dict[str, Any]], sender: str = FROM_PHONE
    ) -> dict[str, Any]:
        app.clock = self._time.for_app()
        config = {**local_asset(self._twilio), "from_phone": sender}
        return run_action(action, config, parameters, connector=app)


class _Connector(TwilioConnector):
    """The app, which a person cancels or a fault kills at the times of its run."""

    run: AppRun
    now: Callable[[], float]

    def is_action_cancelled(self) -> bool:
        if self.run.kill_at is not None and self.now() >= self.run.kill_at:
            self.kill()
        if self.run.cancel_at is not None and self.now() >= self.run.cancel_at:
            self.cancel()
        return super().is_action_cancelled()
