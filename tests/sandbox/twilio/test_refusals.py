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
"""Messages that Twilio refuses, and with which error."""

from __future__ import annotations

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox.twilio import LocalTwilio
from tests.sandbox.twilio.clients import TO, call, refusal
from tests.tables import for_each


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        ({"to": ""}, 21604, "A 'To' phone number is required."),
        ({"from_": ""}, 21603, "A 'From' phone number is required."),
        ({"body": ""}, 21602, "Message body is required."),
        ({"body": "a" * 1601}, 21617, "The concatenated message body exceeds the 1600 character limit."),
        ({"to": "+1403555"}, 21211, "Invalid 'To' Phone Number: +140XXXX"),
        ({"to": "14035551234"}, 21211, "Invalid 'To' Phone Number: 1403555XXXX"),
        ({"to": "+1403555123456789"}, 21211, "Invalid 'To' Phone Number: +140355512345XXXX"),
        ({"to": "+15101281337"}, 21266, "'To' and 'From' number cannot be the same"),
        (
            {"from_": "no sender!"},
            21212,
            "The 'From' number no sender! is not a valid phone number, shortcode, or alphanumeric sender ID.",
        ),
        (
            {"from_": "+15109999999"},
            21606,
            "The 'From' phone number provided (+15109999999) is not a valid message-capable Twilio phone number "
            "for this destination",
        ),
    ],
)
def test_a_bad_message_is_refused(twilio: LocalTwilio, parameters: dict[str, str], code: int, message: str) -> None:
    assert refusal(twilio, **parameters) == (400, code, message)
    assert twilio.messages == []


def test_a_message_of_1600_characters_passes(twilio: LocalTwilio) -> None:
    assert call(twilio, To=TO, From=twilio.from_phone, Body="a" * 1600).status_code == 201


def test_twilios_library_raises_the_error(client: Client, twilio: LocalTwilio) -> None:
    with pytest.raises(TwilioRestException) as error:
        client.messages.create(to="+1403555", from_=twilio.from_phone, body="Hello")
    assert (error.value.status, error.value.code) == (400, 21211)


def test_who_texted_stop_gets_nothing(twilio: LocalTwilio) -> None:
    twilio.unsubscribed.add(TO)
    assert refusal(twilio) == (400, 21610, "Attempt to send to unsubscribed recipient")


MAGIC_TO = [
    ("+15005550001", 21211),
    ("+15005550002", 21612),
    ("+15005550003", 21408),
    ("+15005550004", 21610),
    ("+15005550009", 21614),
]


@for_each("test_credentials", [False, True])
@for_each("to, code", MAGIC_TO)
def test_a_magic_recipient_is_refused_with_any_credentials(to: str, code: int, test_credentials: bool) -> None:
    with LocalTwilio(test_credentials=test_credentials) as twilio:
        assert refusal(twilio, to=to, from_="+15005550006")[:2] == (400, code)
