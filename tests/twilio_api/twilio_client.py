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
"""A client of the app for a local Twilio, where waiting takes no time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sandbox.skipping_clock import SkippingClock
from sandbox.twilio import LocalTwilio
from twilio_api.calls import CallDraft
from twilio_api.client import Credentials, TwilioClient


TO = "+15101112345"


class Setup(NamedTuple):
    """A local Twilio, a client for it, and the clock of both."""

    twilio: LocalTwilio
    client: TwilioClient
    clock: SkippingClock


@contextmanager
def local_setup() -> Iterator[Setup]:
    """Serve a local Twilio, with a client for it."""
    clock = SkippingClock()
    with LocalTwilio(clock=clock.time, sleep=clock.sleep) as twilio:
        credentials = Credentials(twilio.account_sid, twilio.account_sid, twilio.auth_token)
        client = TwilioClient(twilio.base_url, credentials, clock.for_app())
        yield Setup(twilio, client, clock)
        client.close()


def call_draft(setup: Setup, message: str = "Disk full") -> CallDraft:
    """A call to a person that says a message."""
    return CallDraft(TO, setup.twilio.from_phone, message, "en-US", 30)
