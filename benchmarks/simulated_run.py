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
"""One run of an action in virtual time: what the simulations of chaos have in common, whatever they send."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from sandbox.assets import local_asset
from sandbox.memory_transport import BASE_URL, Network
from sandbox.soar import load_manifest, run_action
from sandbox.twilio import LocalTwilio
from sandbox.virtual_time import VirtualClock
from twilio_connector import TwilioConnector


MANIFEST = load_manifest()


@dataclass
class SimulatedRun:
    """One run and its world, drawn from a seed; `share` is the share of calls that meet trouble.

    Whoever simulates sets all down to `progress_fails`, the share of progress lines that the platform cannot show.
    `lines` are those shown, each with its time. What is below `error` is known once the run has ended: `seconds` is how
    long it took, `ended_at` the seconds since the epoch.
    """

    seed: int
    share: float
    rng: Random = field(init=False)
    clock: VirtualClock = field(init=False)
    twilio: LocalTwilio = field(init=False)
    network: Network = field(init=False)
    app: TwilioConnector = field(init=False)
    parameters: list[dict[str, Any]] = field(init=False)
    progress_fails: float = field(init=False)
    lines: list[tuple[float, str]] = field(init=False, default_factory=list)
    is_over: bool = field(init=False, default=False)
    error: BaseException | None = field(init=False, default=None)
    seconds: float = field(init=False)
    ended_at: float = field(init=False)
    results: list[dict[str, Any]] = field(init=False)
    requests_at_end: int = field(init=False)
    still_under_way: int = field(init=False)

    @property
    def asset(self) -> dict[str, Any]:
        """The configuration of the asset."""
        return {**local_asset(self.twilio), "base_url": BASE_URL}

    def terminate(self) -> None:
        """Let SIGTERM end the process, as long as the run goes on."""
        if not self.is_over:
            raise SystemExit(143)

    def show(self, line: str, is_kept: bool) -> None:
        """Show a line of progress, or fail to."""
        self.lines.append((self.clock.monotonic(), f"progress {line}"))
        if self.rng.random() < self.progress_fails:
            raise BrokenPipeError

    def act(self, action: str) -> None:
        """Run an action of the app, whatever it raises."""
        began = self.clock.monotonic()
        try:
            run_action(
                action,
                self.asset,
                self.parameters,
                connector=self.app,
                progress=self.show,
                checks_form=False,
                manifest=MANIFEST,
            )
        except BaseException as error:
            self.error = error
        self.is_over = True
        self.seconds = self.clock.monotonic() - began
        self.ended_at = self.clock.now
        self.results = [result.get_dict() for result in self.app.get_action_results()]
        self.requests_at_end = len(self.network.calls)
        self.still_under_way = self.network.under_way
