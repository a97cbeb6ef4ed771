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
"""A client in virtual time whose transport makes no calls: what each call comes to is written down before."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timezone
from email.utils import format_datetime
from random import Random
from types import TracebackType
from typing import Any, NamedTuple, TypeVar, Union

from sandbox.virtual_time import VirtualClock, VirtualTimeLoop
from twilio_api.client import Credentials, TwilioClient
from twilio_api.errors import ApiError, CallError, ConnectionFailed, NoResponse
from twilio_api.response import Response
from twilio_api.transport import Fields
from twilio_consts import REQUEST_DEADLINE_S


_T = TypeVar("_T")
_Scripted = TypeVar("_Scripted", bound="Scripted")

BASE_URL = "https://api.twilio.com/2010-04-01"
ACCOUNT_SID = "AC" + "0" * 32
TOKEN = "0123456789abcdef0123456789abcdef"
CREDENTIALS = Credentials(ACCOUNT_SID, ACCOUNT_SID, TOKEN)
NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=timezone.utc).timestamp()  # by the server's clock

REFUSED_CONNECTION = ConnectionFailed("api.twilio.com", "the connection was refused")
SILENCE = NoResponse("api.twilio.com", "it was silent for 10 seconds")


class Call(NamedTuple):
    """One call that was asked for; `at` is when, in seconds since the client was made."""

    method: str
    url: str
    params: Mapping[str, str]
    form: Mapping[str, Any]
    at: float


class After(NamedTuple):
    """A step that comes so many seconds after the request left, which it does after `to_connect_s`."""

    seconds: float
    step: Step
    to_connect_s: float = 0.0


Step = Union[Response, Exception, After, Callable[[Call], Any]]  # a function returns a step


class ScriptedTransport:
    """Takes the steps of a method in their order, the last one again and again. `calls` holds what was asked for.

    It has the interface of Transport, but for files.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.under_way = 0
        self._steps: dict[str, deque[Step]] = {}

    def on(self, method: str, *steps: Step) -> ScriptedTransport:
        """Say what the calls of a method come to, from now on."""
        self._steps[method] = deque(steps)
        return self

    async def call(
        self, method: str, url: str, fields: Fields = None, *, deadline_s: float = REQUEST_DEADLINE_S
    ) -> Response:
        """Return or raise what the script says, when it says so."""
        time = asyncio.get_running_loop().time
        query, form = (fields, None) if method == "GET" else (None, fields)
        call = Call(method, url, query or {}, form or {}, time())
        self.calls.append(call)
        steps = self._steps[method]
        step = steps.popleft() if len(steps) > 1 else steps[0]
        self.under_way += 1
        left_at = call.at
        try:
            while not isinstance(step, (Response, Exception)):
                if isinstance(step, After):
                    left_at += step.to_connect_s
                    await asyncio.sleep(step.to_connect_s + step.seconds)
                    step = step.step
                else:
                    step = step(call)
        finally:
            self.under_way -= 1
        if isinstance(step, CallError) and not step.is_unsent:
            step.sent_at = left_at
        if isinstance(step, Exception):
            raise step
        return step._replace(sent_at=left_at)

    def close(self) -> None:
        """Close nothing."""

    @property
    def methods(self) -> list[str]:
        """The methods of all calls, in their order."""
        return [call.method for call in self.calls]

    def times(self, method: str) -> list[float]:
        """When the calls of a method were made, in seconds since the client was made."""
        return [call.at for call in self.calls if call.method == method]


class ScriptedRandom(Random):
    """Chance that always says the same."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self._value = value

    def random(self) -> float:
        """Return the value."""
        return self._value


class Scripted:
    """A client whose transport is scripted, and the loop in which its stories run. `repeated` holds what it showed."""

    def __init__(
        self, *, random: float = 0.0, base_url: str = BASE_URL, credentials: Credentials = CREDENTIALS
    ) -> None:
        self.clock = VirtualClock()
        self.loop = VirtualTimeLoop(self.clock)
        self.http = ScriptedTransport()
        transport: Any = self.http
        self.repeated: list[CallError] = []
        self.client = TwilioClient(
            base_url,
            credentials,
            transport,
            self.loop,
            rng=ScriptedRandom(random),
            time=self.clock.time,
            on_repeat=self.repeated.append,
        )

    @property
    def now(self) -> float:
        """Seconds since the client was made."""
        return self.clock.monotonic()

    def run(self, *stories: Awaitable[_T]) -> Any:
        """Return what a story returns; where several run side by side, the list of it."""

        async def story() -> Any:
            return await stories[0] if len(stories) == 1 else await asyncio.gather(*stories)

        return self.loop.run_until_complete(story())

    def cancel_at(self, seconds: float) -> None:
        """Cancel the run so many seconds after the client was made."""
        self.loop.call_at(seconds, self.cancel)

    def cancel(self) -> None:
        """Cancel the run now."""
        self.client.cancelled.set_result(None)

    def close(self) -> None:
        """End what still runs."""
        rest = asyncio.all_tasks(self.loop)
        for task in rest:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True) if rest else asyncio.sleep(0))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    def __enter__(self: _Scripted) -> _Scripted:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def response(json: Mapping[str, Any], status: int = 200, *, server_time: float | None = NOON) -> Response:
    """A response that is a JSON object."""
    return Response(status, dict(json), server_time)


def api_error(status: int, code: int | None = None, *, retry_after_s: float = 0.0) -> ApiError:
    """An error in Twilio's form; without a code it is another server's."""
    return ApiError(status, f'{{"code": {code or "null"}}}', {"code": code, "status": status}, retry_after_s, NOON)


def rfc2822(seconds: float) -> str:
    """A date as Twilio writes it."""
    return format_datetime(datetime.fromtimestamp(seconds, timezone.utc))
