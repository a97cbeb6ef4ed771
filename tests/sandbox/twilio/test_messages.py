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
"""Messages are created, read, redacted and deleted as at Twilio."""

from __future__ import annotations

import re
from datetime import datetime, timezone

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox.twilio import LocalTwilio, Outcome
from tests.sandbox.twilio.clients import START, TO, Clock, call, error_of


def test_a_message_is_queued_when_it_is_created(twilio: LocalTwilio, client: Client) -> None:
    message = client.messages.create(to=TO, from_=twilio.from_phone, body="Happy Halloween to GV")
    assert (message.status, message.to, message.from_) == ("queued", TO, twilio.from_phone)
    assert message.body == "Happy Halloween to GV"
    assert message.date_created == datetime.fromtimestamp(START, timezone.utc)
    assert re.fullmatch("SM[0-9a-f]{32}", message.sid or "")
    assert [kept.sid for kept in twilio.messages] == [message.sid]


def test_a_message_has_all_the_fields_of_twilios_own(twilio: LocalTwilio) -> None:
    message = call(twilio).json()
    uri = f"/2010-04-01/Accounts/{twilio.account_sid}/Messages/{message['sid']}"
    assert message == {
        "account_sid": twilio.account_sid,
        "api_version": "2010-04-01",
        "body": "Hello",
        "date_created": "Tue, 14 Nov 2023 22:13:20 +0000",
        "date_sent": None,
        "date_updated": "Tue, 14 Nov 2023 22:13:20 +0000",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": twilio.from_phone,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": message["sid"],
        "status": "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": TO,
        "uri": f"{uri}.json",
    }


def test_a_long_message_has_several_segments(twilio: LocalTwilio) -> None:
    assert call(twilio, To=TO, From=twilio.from_phone, Body="a" * 161).json()["num_segments"] == "2"


def test_a_message_can_be_fetched_and_deleted(twilio: LocalTwilio, client: Client) -> None:
    sid = twilio.add_message(TO, "Hello", created=START - 60).sid
    assert client.messages(sid).fetch().body == "Hello"
    assert client.messages(sid).delete()
    with pytest.raises(TwilioRestException) as error:
        client.messages(sid).fetch()
    assert (error.value.status, error.value.code) == (404, 20404)


def test_a_message_can_be_redacted_and_keeps_its_number_of_segments(twilio: LocalTwilio, client: Client) -> None:
    sid = twilio.add_message(TO, "a" * 161, created=START - 60).sid
    redacted = client.messages(sid).update(body="")
    assert (redacted.body, redacted.num_segments) == ("", "2")


def test_a_message_cannot_be_given_another_text(twilio: LocalTwilio, client: Client) -> None:
    message = twilio.add_message(TO, "Hello", created=START - 60)
    with pytest.raises(TwilioRestException):
        client.messages(message.sid).update(body="Goodbye")
    assert message.body == "Hello"


# A message that is not final yet


def test_a_message_that_is_still_on_its_way_can_be_neither_deleted_nor_redacted(
    twilio: LocalTwilio, client: Client
) -> None:
    message = twilio.add_message(TO, "Hello")
    assert error_of(client.messages(message.sid).delete)[:2] == (409, 20009)
    assert error_of(lambda: client.messages(message.sid).update(body=""))[:2] == (409, 20009)
    assert client.messages(message.sid).fetch().body == "Hello"


# A limited validity


def test_a_message_that_waits_longer_than_it_is_valid_fails(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.outcomes[TO] = Outcome("queued", 0.0)
    message = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello", validity_period=60)
    clock.now += 59.0
    assert message.fetch().status == "queued"
    clock.now += 1.0
    message = message.fetch()
    assert (message.status, message.error_code, message.date_sent) == ("failed", 30036, None)


def test_a_message_that_leaves_in_time_is_delivered(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.outcomes[TO] = Outcome("delivered", 100.0)
    message = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello", validity_period=60)
    clock.now += 100.0
    assert message.fetch().status == "delivered"


@pytest.mark.parametrize("seconds", ["0", "36001", "soon"])
def test_a_validity_that_makes_no_sense_is_refused(twilio: LocalTwilio, seconds: str) -> None:
    assert call(twilio, To=TO, From=twilio.from_phone, Body="Hello", ValidityPeriod=seconds).status_code == 400
