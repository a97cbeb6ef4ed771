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
"""The statuses of a message over time."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from twilio.rest import Client

from sandbox.twilio import LocalTwilio, Outcome
from tests.sandbox.twilio.clients import START, TO, Clock


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome("delivered", 10.0), ["queued", "sending", "sent", "sent", "delivered"]),
        (Outcome("undelivered", 10.0, 30003), ["queued", "sending", "sent", "sent", "undelivered"]),
        (Outcome("read", 10.0), ["queued", "sending", "sent", "sent", "read"]),
        (Outcome("failed", 10.0, 30008), ["queued", "queued", "queued", "queued", "failed"]),
        (Outcome("sent", 10.0), ["queued", "sending", "sent", "sent", "sent"]),
        (Outcome("queued", 10.0), ["queued", "queued", "queued", "queued", "queued"]),
    ],
)
def test_a_message_goes_through_statuses_to_its_outcome(
    twilio: LocalTwilio, client: Client, clock: Clock, outcome: Outcome, expected: list[str]
) -> None:
    twilio.outcomes[TO] = outcome
    sid = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello").sid
    statuses = []
    for age_s in (0.0, 1.0, 3.0, 9.9, 10.0):
        clock.now = START + age_s
        statuses.append(client.messages(sid).fetch().status)
    assert statuses == expected
    assert twilio.messages[0].status(clock.now) == expected[-1]


def test_even_a_message_that_ends_at_once_is_queued_when_it_is_created(twilio: LocalTwilio, client: Client) -> None:
    twilio.outcomes[TO] = Outcome("delivered", after_s=0.0)
    message = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello")
    assert message.status == "queued"
    assert message.fetch().status == "delivered"


def test_a_delivered_message_has_its_dates_and_price(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.outcomes[TO] = Outcome("delivered", after_s=10.0)
    message = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello")
    clock.now += 60.0
    message = message.fetch()
    assert message.date_sent == datetime.fromtimestamp(START + 3, timezone.utc)
    assert message.date_updated == datetime.fromtimestamp(START + 10, timezone.utc)
    assert (message.price, message.price_unit) == ("-0.00750", "USD")
    assert (message.error_code, message.error_message) == (None, None)
    assert twilio.messages[0].reached_at == START + 10


def test_a_message_that_is_not_delivered_says_why(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.outcomes[TO] = Outcome("undelivered", after_s=10.0, error_code=30003)
    message = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello")
    assert message.error_code is None
    clock.now += 10.0
    message = message.fetch()
    assert (message.error_code, message.error_message) == (30003, "Unreachable destination handset")
    assert twilio.messages[0].reached_at is None


def test_a_failed_message_was_never_sent(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.outcomes[TO] = Outcome("failed", after_s=10.0, error_code=30008)
    message = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello")
    clock.now += 10.0
    assert message.fetch().date_sent is None
