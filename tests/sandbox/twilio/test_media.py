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
"""Media of a message."""

from __future__ import annotations

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox.twilio import LocalTwilio
from tests.sandbox.twilio.clients import TO


PICTURES = ["https://example.com/map.png?size=2", "https://example.com/photo"]


def test_a_message_with_media_has_an_mm_sid_and_shows_their_number(twilio: LocalTwilio, client: Client) -> None:
    message = client.messages.create(to=TO, from_=twilio.from_phone, body="Look", media_url=PICTURES)
    assert str(message.sid).startswith("MM")
    assert message.num_media == "2"


def test_media_need_no_text(twilio: LocalTwilio, client: Client) -> None:
    assert client.messages.create(to=TO, from_=twilio.from_phone, media_url=PICTURES).body == ""


def test_media_are_listed_and_fetched(twilio: LocalTwilio, client: Client) -> None:
    message = client.messages.create(to=TO, from_=twilio.from_phone, media_url=PICTURES)
    listed = message.media.list()
    assert [media.content_type for media in listed] == ["image/png", "image/jpeg"]
    fetched = client.messages(str(message.sid)).media(str(listed[0].sid)).fetch()
    assert (fetched.sid, fetched.parent_sid) == (listed[0].sid, message.sid)


def test_other_media_are_not_found(twilio: LocalTwilio, client: Client) -> None:
    message = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello")
    assert message.media.list() == []
    with pytest.raises(TwilioRestException) as error:
        client.messages(str(message.sid)).media("ME" + "0" * 32).fetch()
    assert error.value.code == 20404


@pytest.mark.parametrize(
    ("urls", "code"),
    [(["ftp://example.com/a.png"], 21620), (["example.com"], 21620), (["https://[::"], 21620), (PICTURES * 6, 21623)],
    ids=["not of the web", "no URL", "not parseable", "too many"],
)
def test_media_that_twilio_cannot_fetch_are_refused(
    twilio: LocalTwilio, client: Client, urls: list[str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as error:
        client.messages.create(to=TO, from_=twilio.from_phone, media_url=urls)
    assert (error.value.status, error.value.code) == (400, code)
