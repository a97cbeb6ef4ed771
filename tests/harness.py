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
"""The harness for whole actions: the app on the local SOAR, against a local Twilio, in fast time."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.assets import local_asset
from sandbox.fast_clock import FastClock
from sandbox.soar import run_action
from sandbox.twilio import Fault, LocalTwilio, Outcome, RecordedRequest
from twilio_api.clock import Clock
from twilio_connector import TwilioConnector


# How fast time may pass at most. Where an action waits for something real, a busy moment of the machine is so many
# times as long in its time: tests that failed are run again with a lower limit (.ci/test)
MAX_SPEED = float(os.environ.get("TESTS_MAX_SPEED", "inf"))
SPEED = min(20.0, MAX_SPEED)  # of the clock, where a run has to wait for something real
SLOW_FAULTS = {Fault.HANG_BEFORE, Fault.HANG_AFTER, Fault.DRIP_HEADERS, Fault.DRIP_BODY}  # ended by a time-out alone
TO, E164 = "5101112345", "+15101112345"
TEXT = "Happy Halloween to GV"


@dataclass(frozen=True)
class Run:
    """What a run of the app left: result JSON, kept progress lines, debug data; and its length in seconds."""

    json: dict[str, Any]
    progress: list[str]
    debug_data: list[Any]
    seconds: float

    @property
    def results(self) -> list[dict[str, Any]]:
        """The action results."""
        return list(self.json["result_data"])

    @property
    def result(self) -> dict[str, Any]:
        """The only action result."""
        (only,) = self.results
        return dict(only)

    @property
    def status(self) -> str:
        """The status of the only action result."""
        return str(self.result["status"])

    @property
    def message(self) -> str:
        """The message of the only action result."""
        return str(self.result["message"])

    @property
    def row(self) -> dict[str, Any]:
        """The only row of data of the only action result."""
        (only,) = self.result["data"]
        return dict(only)

    @property
    def delivery_status(self) -> str:
        """message_delivery_status of the only action result's summary."""
        return str(self.result["summary"]["message_delivery_status"])

    def everything(self) -> str:
        """All that a person or a log could come to see of the run."""
        return json.dumps([self.json, self.progress, self.debug_data])


class Harness:
    """A local Twilio and an asset for it. Keyword arguments are FastClock's and the local Twilio's.

    A run of one parameter set is made by one thread of the app. Its sleeps take no time, and all other time is real, so
    that a busy machine does it no harm. Where there are several sets, or a fault that only a time-out ends, all time is
    `SPEED` times as fast. With a `speed` of its own, each run has that, and sleeps: for tests in which something else
    happens meanwhile.
    """

    def __init__(self, *, speed: float | None = None, skew_s: float = 0.0, **twilio: Any) -> None:
        self.clock = FastClock(min(speed or 1.0, MAX_SPEED), skew_s=skew_s)
        self._is_fast = speed is not None
        twilio.setdefault("outcome", Outcome("delivered", 1.0))
        self.twilio = LocalTwilio(clock=self.clock.time, sleep=self.clock.sleep, **twilio)
        self.config: dict[str, Any] = {}

    def __enter__(self) -> Harness:
        self.twilio.start()
        self.config = local_asset(self.twilio)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.twilio.stop()

    def send(self, to: Any = TO, message: Any = TEXT, **config: Any) -> Run:
        """Send one message; keyword arguments change the asset."""
        return self.run("send message", {"to_phone": to, "message": message}, **config)

    def send_all(self, recipients: list[str], message: str = TEXT) -> Run:
        """Send the same text to several recipients in one run."""
        return self.run("send message", *({"to_phone": to, "message": message} for to in recipients))

    def test_connectivity(self, **config: Any) -> Run:
        """Press the asset's test button."""
        return self.run("test connectivity", {}, **config)

    def run(
        self,
        action: str,
        *parameters: Mapping[str, Any],
        connector: TwilioConnector | None = None,
        watch: Callable[[TwilioConnector, str], None] | None = None,
        environment: Mapping[str, str] | None = None,
        checks_form: bool = True,
        **config: Any,
    ) -> Run:
        """Run an action; `watch` is called with each progress line and the connector that runs.

        `checks_form` false hands over what the platform's form would not let through, as a playbook may.
        """
        app = connector or TwilioConnector()
        app.clock = self.clock_for_run(len(parameters))
        began = self.clock.monotonic()
        result = run_action(
            action,
            {**self.config, **config},
            parameters,
            connector=app,
            progress=lambda line, kept: watch(app, line) if watch else None,
            environment=environment,
            checks_form=checks_form,
        )
        debug_data = [item for row in app.get_action_results() for item in row.get_debug_data()]
        return Run(result, app.progress_lines, debug_data, self.clock.monotonic() - began)

    def clock_for_run(self, parameter_sets: int = 1) -> Clock:
        """The clock for a run of the app on so many parameter sets."""
        if self._is_fast:
            return self.clock.for_app()
        is_alone = parameter_sets == 1
        self.clock.speed = 1.0 if is_alone and not self.twilio.faults.to_come() & SLOW_FAULTS else SPEED
        return self.clock.for_app(skips=is_alone)

    def fault(self, fault: Fault, method: str = "POST", times: int = 1, **rule: Any) -> None:
        """Let the next requests of a method meet a fault."""
        self.twilio.faults.add(fault, method=method, times=times, **rule)

    def requests(self, method: str) -> list[RecordedRequest]:
        """What was asked of the local Twilio."""
        return [request for request in self.twilio.requests if request.method == method]
