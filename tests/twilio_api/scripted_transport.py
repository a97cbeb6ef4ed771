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
"""A transport that makes no calls: what each call returns or raises is written down before."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any, NamedTuple, Union

from tests.fake_clock import FakeClock
from twilio_api.client import Credentials, TwilioClient
from twilio_api.errors import ApiError, ConnectionFailed, NoResponse
from twilio_api.response import Response
from twilio_api.transport import Transport, ignore


BASE_URL = "https://api.twilio.com/2010-04-01"
ACCOUNT_SID = "AC" + "0" * 32
TOKEN = "0123456789abcdef0123456789abcdef"
CREDENTIALS = Credentials(ACCOUNT_SID, ACCOUNT_SID, TOKEN)
NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=timezone.utc).timestamp()  # by the server's clock

REFUSED_CONNECTION = ConnectionFailed("api.twilio.com", "the connection was refused")
SILENCE = NoResponse("api.twilio.com", "it was silent for 10 seconds")


class Call(NamedTuple):
    """One call that was asked for; `at` is when (seconds of the fake clock)."""

    method: str
    url: str
    params: Mapping[str, str]
    form: Mapping[str, Any]
    at: float


class After(NamedTuple):
    """A step that takes so many seconds from when the request left, which it does after `to_connect_s`."""

    seconds: float
    step: Response | Exception
    to_connect_s: float = 0.0


Step = Union[Response, Exception, After, Callable[[], Union[Response, Exception, After]]]


class ScriptedTransport(Transport):
    """Takes the steps of a method in their order, the last one again and again. `calls` holds what was asked for."""

    def __init__(self, time: FakeClock) -> None:
        self.time = time
        self.calls: list[Call] = []
        self._steps: dict[str, deque[Step]] = {}

    def on(self, method: str, *steps: Step) -> ScriptedTransport:
        """Say what the calls of a method come to, from now on."""
        self._steps[method] = deque(steps)
        return self

    def call(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, Any] | None = None,
        on_send: Callable[[], object] = ignore,
        **limits: Any,
    ) -> Response:
        """Return or raise what the script says."""
        self.calls.append(Call(method, url, params or {}, form or {}, self.time.now))
        steps = self._steps[method]
        step = steps.popleft() if len(steps) > 1 else steps[0]
        if callable(step):
            step = step()
        self.time.now += step.to_connect_s if isinstance(step, After) else 0.0
        on_send()
        if isinstance(step, After):
            self.time.now += step.seconds
            step = step.step
        if isinstance(step, Exception):
            raise step
        return step

    def close(self) -> None:
        """Close nothing."""

    @property
    def methods(self) -> list[str]:
        """The methods of all calls, in their order."""
        return [call.method for call in self.calls]

    def times(self, method: str) -> list[float]:
        """When the calls of a method were made (seconds of the fake clock)."""
        return [call.at for call in self.calls if call.method == method]


def scripted_client(time: FakeClock, /, *, cancelled: Callable[[], bool] | None = None, **clock: Any) -> TwilioClient:
    """A client whose transport is scripted. Keyword arguments change the app's clock."""
    is_cancelled = (lambda: False) if cancelled is None else cancelled
    client = TwilioClient(BASE_URL, CREDENTIALS, time.for_app(**clock), is_cancelled=is_cancelled)
    client._transport = ScriptedTransport(time)
    return client


def script(client: TwilioClient) -> ScriptedTransport:
    """The scripted transport of a client."""
    assert isinstance(client._transport, ScriptedTransport)
    return client._transport


def response(json: Mapping[str, Any], status: int = 200, *, server_time: float | None = NOON) -> Response:
    """A response that is a JSON object."""
    return Response(status, dict(json), str(dict(json)), 0.0, server_time)


def api_error(status: int, code: int | None = None, *, retry_after_s: float = 0.0) -> ApiError:
    """An error in Twilio's form."""
    return ApiError(status, f'{{"code": {code or "null"}}}', {"code": code, "status": status}, retry_after_s)


def rfc2822(seconds: float) -> str:
    """A date as Twilio writes it."""
    return format_datetime(datetime.fromtimestamp(seconds, timezone.utc))
