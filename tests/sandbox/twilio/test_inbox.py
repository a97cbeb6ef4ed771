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
"""Texts from people: their rows in the log, opt-outs and Twilio's own replies."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from twilio.rest import Client

from sandbox.twilio import SENDER_ID, SERVICE_SID, SHORT_CODE, WHATSAPP_SENDER, LocalTwilio, PhoneNumber
from tests.sandbox.twilio.clients import START, TO, Clock, call, refusal


def bodies(client: Client, direction: str) -> list[str | None]:
    """The texts of one direction, the newest first."""
    return [message.body for message in client.messages.list() if message.direction == direction]


def test_a_persons_text_is_in_the_log(twilio: LocalTwilio, client: Client) -> None:
    sid = twilio.receive(TO, twilio.from_phone, "Yes 4211").sid
    (message,) = client.messages.list(from_=TO)
    assert (message.sid, message.direction, message.status) == (sid, "inbound", "received")
    assert (message.from_, message.to, message.body) == (TO, twilio.from_phone, "Yes 4211")
    assert message.date_sent == message.date_created == datetime.fromtimestamp(START, timezone.utc)


def test_a_text_is_receiving_at_first(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    sid = twilio.receive(TO, twilio.from_phone, "Yes", after_s=2.0).sid
    assert client.messages(sid).fetch().status == "receiving"
    clock.now += 2.0
    assert client.messages(sid).fetch().status == "received"


def test_a_text_may_come_from_the_past(twilio: LocalTwilio, client: Client) -> None:
    twilio.receive(TO, twilio.from_phone, "new")
    twilio.receive(TO, twilio.from_phone, "old", created=START - 60)
    assert bodies(client, "inbound") == ["new", "old"]


def test_a_text_to_a_number_of_a_pool_names_the_service(twilio: LocalTwilio, client: Client) -> None:
    sid = twilio.receive(TO, twilio.from_phone, "Yes").sid
    assert client.messages(sid).fetch().messaging_service_sid == SERVICE_SID


def test_pictures_come_along(twilio: LocalTwilio, client: Client) -> None:
    sid = twilio.receive(TO, twilio.from_phone, "Look", media=["https://example.com/a.gif"]).sid
    message = client.messages(sid).fetch()
    assert (sid[:2], message.num_media) == ("MM", "1")
    assert [media.content_type for media in message.media.list()] == ["image/gif"]


@pytest.mark.parametrize("address", [SHORT_CODE, "+15101281337"])
def test_people_write_to_numbers_and_short_codes(twilio: LocalTwilio, address: str) -> None:
    assert twilio.receive(TO, address, "Yes").to == address


@pytest.mark.parametrize(
    ("from_", "to"),
    [
        (TO, SENDER_ID),
        (TO, "+15109999999"),
        (TO, WHATSAPP_SENDER),
        (f"whatsapp:{TO}", "+15101281337"),
        ("Bob", "12345"),
    ],
)
def test_people_cannot_write_to_or_from_anything_else(twilio: LocalTwilio, from_: str, to: str) -> None:
    with pytest.raises(ValueError, match="write to"):
        twilio.receive(from_, to, "Yes")
    assert twilio.messages == []


# Opt-outs


@pytest.mark.parametrize(
    "text", ["STOP", " stop ", "StopAll", "unsubscribe", "CANCEL", "end", "Quit", "revoke", "OptOut"]
)
def test_who_texts_stop_gets_no_more_messages(twilio: LocalTwilio, text: str) -> None:
    twilio.receive(TO, twilio.from_phone, text)
    assert refusal(twilio)[:2] == (400, 21610)


@pytest.mark.parametrize("text", ["please stop", "stop it", "yes", "no"])
def test_a_keyword_stands_alone(twilio: LocalTwilio, text: str) -> None:
    twilio.receive(TO, twilio.from_phone, text)
    assert len(twilio.messages) == 1
    assert twilio.unsubscribed == set()


def test_twilio_itself_replies_to_stop(twilio: LocalTwilio, client: Client) -> None:
    twilio.receive(TO, twilio.from_phone, "STOP")
    (reply,) = (message for message in client.messages.list() if message.direction == "outbound-reply")
    assert (reply.from_, reply.to) == (twilio.from_phone, TO)
    assert "unsubscribed" in str(reply.body)


@pytest.mark.parametrize("text", ["START", "unstop", "Yes"])
def test_start_takes_a_stop_back(twilio: LocalTwilio, client: Client, text: str) -> None:
    twilio.receive(TO, twilio.from_phone, "STOP")
    twilio.receive(TO, twilio.from_phone, text)
    assert client.messages.create(to=TO, from_=twilio.from_phone, body="Hello").status == "queued"
    assert len(bodies(client, "outbound-reply")) == 2


@pytest.mark.parametrize("text", ["HELP", "info"])
def test_twilio_itself_replies_to_help(twilio: LocalTwilio, client: Client, text: str) -> None:
    twilio.receive(TO, twilio.from_phone, text)
    assert len(bodies(client, "outbound-reply")) == 1


def test_a_stop_holds_for_one_sender(clock: Clock) -> None:
    with LocalTwilio(clock=clock, numbers=map(PhoneNumber, ("+15101281337", "+15101281338")), services={}) as twilio:
        twilio.receive(TO, "+15101281337", "STOP")
        assert refusal(twilio, from_="+15101281337")[1] == 21610
        assert call(twilio, To=TO, From="+15101281338", Body="Hello").status_code == 201


def test_a_stop_holds_for_all_senders_of_a_pool(clock: Clock) -> None:
    pool = ("+15101281337", "+15101281338")
    with LocalTwilio(clock=clock, numbers=map(PhoneNumber, pool), services={SERVICE_SID: pool}) as twilio:
        twilio.receive(TO, pool[0], "STOP")
        assert refusal(twilio, from_=pool[1])[1] == 21610


def test_a_stop_holds_for_sms_and_rcs_together(clock: Clock) -> None:
    agent, number, on_rcs = "rcs:AcmeSOC", "+15101281337", f"rcs:{TO}"
    with LocalTwilio(clock=clock, services={SERVICE_SID: [agent, number]}) as twilio:
        twilio.receive(on_rcs, agent, "STOP")
        assert refusal(twilio, to=TO, from_=number)[1] == 21610
        twilio.receive(TO, number, "START")
        assert call(twilio, To=on_rcs, From=agent, Body="Hello").status_code == 201
        twilio.receive(TO, number, "STOP")
        assert refusal(twilio, to=on_rcs, from_=agent)[1] == 21610
