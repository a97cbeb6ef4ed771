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
"""The harness for whole actions: the app on the local SOAR, against a local Twilio in memory, in virtual time."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.assets import local_asset
from sandbox.memory_transport import BASE_URL, REFUSED, Network, Trouble
from sandbox.soar import SoarStore, run_action
from sandbox.twilio import ApiKey, Fault, LocalTwilio, Outcome, RecordedRequest
from sandbox.virtual_time import VirtualClock
from tests.words import check_words
from twilio_connector import TwilioConnector


TO, E164 = "5101112345", "+15101112345"
TEXT = "Happy Halloween to GV"


@dataclass(frozen=True)
class Run:
    """What a run of the app left, and its length in seconds: result JSON, progress and debug data.

    `lines` are all lines of progress, and `progress` those that the platform keeps; `silence_s` is the longest time in
    which none was shown.
    """

    json: dict[str, Any]
    lines: list[str]
    progress: list[str]
    seconds: float
    silence_s: float

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
    def summary(self) -> dict[str, Any]:
        """The summary of the only action result."""
        return dict(self.result["summary"])

    @property
    def outcome(self) -> str:
        """The outcome in the summary of the only action result."""
        return str(self.summary["outcome"])

    @property
    def outcomes(self) -> list[str]:
        """The outcome of each action result."""
        return [str(result["summary"]["outcome"]) for result in self.results]

    @property
    def message(self) -> str:
        """The message of the only action result."""
        return str(self.result["message"])

    @property
    def row(self) -> dict[str, Any]:
        """The only row of data of the only action result."""
        (only,) = self.result["data"]
        return dict(only)

    def everything(self) -> str:
        """All that a person or a log could come to see of the run."""
        return json.dumps([self.json, self.lines])


def people(count: int) -> list[str]:
    """So many different phone numbers."""
    return [f"+1510{2_000_000 + number}" for number in range(count)]


class CutShort(TwilioConnector):
    """A run that is over as soon as all parameter sets were handed over."""

    def finalize(self) -> bool:
        """End, with nothing done of what finalize does."""
        assert self._loop is not None
        self._loop.close()
        return True


class Harness:
    """A local Twilio, an asset for it, and the way between them. Keyword arguments are the local Twilio's.

    Time is virtual: it stands still while anybody computes, and jumps where everybody waits. `skew_s` sets the app's
    wall clock wrong; `network.trouble` says what befalls a call on its way, `fault` what the local Twilio does with it,
    and `clock.call_later` what else happens when. The same seed is the same run.
    """

    def __init__(self, *, skew_s: float = 0.0, round_trip_s: float = 0.0, seed: int = 0, **twilio: Any) -> None:
        self.clock = VirtualClock()
        twilio.setdefault("outcome", Outcome("delivered", 1.0))
        self.twilio = LocalTwilio(clock=self.clock.time, sleep=self.clock.advance, **twilio)
        self.network = Network(self.twilio, self.clock, round_trip_s=round_trip_s)
        self.config: dict[str, Any] = {**local_asset(self.twilio), "base_url": BASE_URL}
        self._skew_s = skew_s
        self._rng = random.Random(seed)

    def send(self, to: Any = TO, message: Any = TEXT, **config: Any) -> Run:
        """Send one message; keyword arguments change the asset."""
        return self.run("send message", {"to_phone": to, "message": message}, **config)

    def send_all(self, recipients: Sequence[str], message: str = TEXT, **options: Any) -> Run:
        """Send the same text to several recipients in one run."""
        return self.run("send message", *({"to_phone": to, "message": message} for to in recipients), **options)

    def test_connectivity(self, **config: Any) -> Run:
        """Press the asset's test button."""
        return self.run("test connectivity", {}, **config)

    def prepared(self, app: TwilioConnector) -> TwilioConnector:
        """Return the app for one run, in virtual time and over this network."""
        self.network.prepare(app, self._rng, skew_s=self._skew_s)
        return app

    def run(
        self,
        action: str,
        *parameters: Mapping[str, Any],
        connector: TwilioConnector | None = None,
        watch: Callable[[TwilioConnector, str], None] | None = None,
        cancelled_after_s: float | None = None,
        environment: Mapping[str, str] | None = None,
        checks_form: bool = True,
        store: SoarStore | None = None,
        is_poll_now: bool = False,
        container_id: int = 1,
        **config: Any,
    ) -> Run:
        """Run an action; `watch` is called with each progress line and the connector that runs.

        It fails where the run says what docs/results.md does not, or shows the token. With `cancelled_after_s`, a
        person cancels the run so many seconds from now. `checks_form` false hands over what the platform's form would
        not let through, as a playbook may.
        """
        app = self.prepared(connector or TwilioConnector())
        if cancelled_after_s is not None:
            self.clock.call_later(cancelled_after_s, app.cancel)
        times = [self.clock.monotonic()]

        def show(line: str, is_kept: bool) -> None:
            times.append(self.clock.monotonic())
            if watch is not None:
                watch(app, line)

        result = run_action(
            action,
            {**self.config, **config},
            parameters,
            connector=app,
            progress=show,
            environment=environment,
            checks_form=checks_form,
            store=store,
            is_poll_now=is_poll_now,
            container_id=container_id,
        )
        times.append(self.clock.monotonic())
        silence_s = max(later - earlier for earlier, later in zip(times, times[1:]))
        lines = [line.text for line in app.progress_log]
        run = Run(result, lines, app.progress_lines, times[-1] - times[0], silence_s)
        check_words(result, lines)
        assert self.twilio.auth_token not in run.everything()
        return run

    def use_key(self, *permissions: str) -> None:
        """Let the asset use an API key that has just these permissions."""
        key = ApiKey("SK" + "a1" * 16, "SecretOfTheKeyThatIsTested000001", frozenset(permissions))
        self.twilio.account.keys.append(key)
        self.config.update(api_sid=key.sid, auth_token=key.secret)

    def fault(self, fault: Fault, method: str = "POST", times: int = 1, **rule: Any) -> None:
        """Let the next requests of a method meet a fault."""
        self.twilio.faults.add(fault, method=method, times=times, **rule)

    def respond(self, data: bytes) -> None:
        """Let these bytes come back from each call, in place of Twilio's response."""
        self.network.trouble = lambda request: Trouble(lost_before=True, response=data)

    def refuse_connections(self, seconds: float) -> None:
        """Let connections be refused from now on, for so long."""
        end = self.clock.monotonic() + seconds
        self.network.trouble = lambda request: REFUSED if request.at < end else None

    def requests(self, method: str) -> list[RecordedRequest]:
        """What was asked of the local Twilio."""
        return [request for request in self.twilio.requests if request.method == method]


class ServedHarness(Harness):
    """The same over sockets and in real time, for the few tests that are about them."""

    def __init__(self, **twilio: Any) -> None:
        super().__init__()
        self.twilio = LocalTwilio(**{"outcome": Outcome("delivered", 0.1), **twilio})

    def __enter__(self) -> ServedHarness:
        self.twilio.start()
        self.config = local_asset(self.twilio)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.twilio.stop()

    def prepared(self, app: TwilioConnector) -> TwilioConnector:
        """Return the app as it is."""
        return app
