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
"""The app against a local Twilio without a network, in fake time: a run of any length takes milliseconds.

For runs of one parameter set, which the app makes in one thread. What happens to a call is said by CallErrors, as the
transport raises them.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from unittest.mock import patch

from sandbox.assets import local_asset
from sandbox.soar import SoarStore, load_manifest, run_action
from sandbox.twilio import LocalTwilio, Outcome
from tests.fake_clock import FakeClock
from tests.harness import Run
from twilio_api.errors import CallError, UnexpectedResponse
from twilio_api.response import Response
from twilio_api.timestamps import parse_date
from twilio_api.transport import Transport
from twilio_connector import TwilioConnector


NOW = 1_790_000_000.0  # seconds since the epoch, when each run begins
BASE_URL = "https://api.twilio.com/2010-04-01"
# What a run needs of the manifest: with all its outputs, reading it would take longer than the run
MANIFEST = load_manifest()
MANIFEST["actions"] = [{**action, "output": []} for action in MANIFEST["actions"]]


class Request(NamedTuple):
    """One call that the app makes."""

    method: str
    path: str

    @property
    def is_create(self) -> bool:
        """Whether it creates a message, a call or an execution."""
        return self.method == "POST" and self.path.endswith(("/Messages.json", "/Calls.json", "/Executions"))


class Failure(NamedTuple):
    """How a call fails, whether Twilio processed it all the same, and how many seconds it takes."""

    error: CallError
    is_processed: bool = False
    seconds: float = 0.0


class _DirectTransport(Transport):
    """Hands each call to the local Twilio, unless it is to fail."""

    def __init__(self, auth: tuple[str, str], offline: Offline) -> None:
        self._offline = offline
        self._header = "Basic " + b64encode(":".join(auth).encode()).decode()

    def call(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, Any] | None = None,
        **limits: Any,
    ) -> Response:
        """Make one call."""
        offline = self._offline
        path = "/" + url.split("/", 3)[3]
        request = Request(method, path)
        offline.requests.append(request)
        failure = offline.fails(request)
        if failure is not None:
            offline.time.now += failure.seconds
            if not failure.is_processed:
                raise failure.error
        offline.time.now += offline.round_trip_s
        made = self._respond(method, path, params, form)
        if failure is not None:
            raise failure.error
        return made

    def close(self) -> None:
        """Close nothing."""

    def _respond(
        self, method: str, path: str, params: Mapping[str, str] | None, form: Mapping[str, Any] | None
    ) -> Response:
        client = self._offline.twilio.app.test_client()
        got = client.open(path, method=method, query_string=params, data=form, headers={"Authorization": self._header})
        if got.status_code == 204:
            raise UnexpectedResponse(204, "The response is empty")
        return Response(got.status_code, got.get_json(), got.text, 0.0, parse_date(got.headers.get("Date")))


class Offline:
    """A local Twilio and an asset for it. `fails` says how a call fails; None where it does not."""

    def __init__(self, *, round_trip_s: float = 0.0, **twilio: Any) -> None:
        self.time = FakeClock(NOW)
        twilio.setdefault("outcome", Outcome("delivered", 1.0))
        self.twilio = LocalTwilio(clock=self.time.monotonic, sleep=self.time.sleep, **twilio)
        self.round_trip_s = round_trip_s
        self.requests: list[Request] = []
        self.fails: Callable[[Request], Failure | None] = lambda request: None
        self.config: dict[str, Any] = {**local_asset(self.twilio), "base_url": BASE_URL}

    @property
    def creates(self) -> list[Request]:
        """The create calls that were made."""
        return [request for request in self.requests if request.is_create]

    def run(
        self,
        action: str,
        parameters: Mapping[str, Any],
        *,
        connector: TwilioConnector | None = None,
        watch: Callable[[TwilioConnector, str], None] | None = None,
        store: SoarStore | None = None,
        is_poll_now: bool = False,
        **config: Any,
    ) -> Run:
        """Run an action on one parameter set; keyword arguments change the asset."""
        app = connector or TwilioConnector()
        app.clock = self.time.for_app()
        began = self.time.now
        with patch("twilio_api.client.Transport", lambda auth, **options: _DirectTransport(auth, self)):
            result = run_action(
                action,
                {**self.config, **config},
                [parameters],
                connector=app,
                progress=lambda line, kept: watch(app, line) if watch else None,
                store=store,
                is_poll_now=is_poll_now,
                checks_form=False,
                manifest=MANIFEST,
            )
        return Run(result, app.progress_lines, [], self.time.now - began)
