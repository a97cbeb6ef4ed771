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
"""A client of the app for a local Twilio in memory, in virtual time."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, TypeVar

from sandbox.memory_transport import Network
from sandbox.twilio import LocalTwilio
from sandbox.virtual_time import VirtualClock, VirtualTimeLoop
from twilio_api.calls import CallDraft
from twilio_api.client import Credentials, TwilioClient


TO = "+15101112345"
BASE_URL = "https://api.twilio.com/2010-04-01"

_T = TypeVar("_T")


class Setup:
    """A local Twilio, the way to it, a client, and the clock of all; `transport` may take the place of the way."""

    def __init__(self, transport: Any = None) -> None:
        self.clock = VirtualClock()
        self.twilio = LocalTwilio(clock=self.clock.time, sleep=self.clock.advance)
        self.network = Network(self.twilio, self.clock)
        self.loop = VirtualTimeLoop(self.clock)
        credentials = Credentials(self.twilio.account_sid, self.twilio.account_sid, self.twilio.auth_token)
        transport = transport or self.network.transport((credentials.user, credentials.secret), str)
        self.client = TwilioClient(BASE_URL, credentials, transport, self.loop, rng=Random(1), time=self.clock.time)

    def run(self, story: Coroutine[Any, Any, _T]) -> _T:
        """Let a coroutine run to its end."""
        return self.loop.run_until_complete(story)

    def draft(self, message: str = "Disk full") -> CallDraft:
        """A call to a person that says a message."""
        return CallDraft(TO, self.twilio.from_phone, message, "en-US", 30)


@contextmanager
def local_setup(transport: Any = None) -> Iterator[Setup]:
    """Make a local Twilio with a client for it, and close the loop at the end."""
    made = Setup(transport)
    try:
        yield made
    finally:
        made.loop.close()
