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
"""The senders of an account: numbers, Messaging Services, short codes, sender IDs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox.twilio import SENDER_ID, SERVICE_SID, SHORT_CODE, LocalTwilio, Outcome, PhoneNumber
from tests.sandbox.twilio.clients import START, TO, Clock, call, library


BRITISH = "+447700900123"
POOL = ("+15101281337", "+15101281338")
EMPTY, MIXED = "MG" + "e" * 32, "MG" + "a" * 32


@pytest.fixture
def twilio(clock: Clock) -> Iterator[LocalTwilio]:
    numbers = [*map(PhoneNumber, POOL), PhoneNumber("+15101281339", sms=False)]
    services = {SERVICE_SID: POOL, EMPTY: (), MIXED: (SENDER_ID,)}
    with LocalTwilio(clock=clock, numbers=numbers, services=services) as server:
        yield server


def refused(twilio: LocalTwilio, to: str = TO, **form: Any) -> tuple[int, int]:
    """HTTP status and code with which a message is refused."""
    response = call(twilio, To=to, Body="Hello", **form)
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize("sender", POOL)
def test_a_message_goes_out_from_any_number_of_the_account(client: Client, sender: str) -> None:
    assert client.messages.create(to=TO, from_=sender, body="Hello").from_ == sender


@pytest.mark.parametrize(
    ("sender", "code"),
    [("+15101281399", 21606), ("+15101281339", 21661)],
    ids=["nobody's", "for calls only"],
)
def test_other_numbers_are_refused(twilio: LocalTwilio, sender: str, code: int) -> None:
    assert refused(twilio, From=sender) == (400, code)


# Messaging Services


def test_a_message_through_a_service_is_accepted_without_a_sender(twilio: LocalTwilio, client: Client) -> None:
    message = client.messages.create(to=TO, messaging_service_sid=SERVICE_SID, body="Hello")
    assert (message.status, message.from_, message.num_segments) == ("accepted", None, "0")
    assert message.messaging_service_sid == SERVICE_SID


def test_a_service_chooses_a_sender_of_its_pool_later(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.outcomes[TO] = Outcome("delivered", 10.0)
    message = client.messages.create(to=TO, messaging_service_sid=SERVICE_SID, body="Hello")
    statuses = []
    for age_s in (0.4, 0.5, 1.0, 3.0, 10.0):
        clock.now = START + age_s
        statuses.append(message.fetch().status)
    assert statuses == ["accepted", "queued", "sending", "sent", "delivered"]
    message = message.fetch()
    assert (message.from_, message.num_segments) == (POOL[0], "1")


def test_a_list_by_sender_lacks_a_message_whose_sender_is_not_chosen(client: Client, clock: Clock) -> None:
    client.messages.create(to=TO, messaging_service_sid=SERVICE_SID, body="Hello")
    assert client.messages.list(from_=POOL[0]) == []
    assert len(client.messages.list(to=TO)) == 1
    clock.now += 1.0
    assert len(client.messages.list(from_=POOL[0])) == 1


def test_a_service_spreads_recipients_over_its_pool_and_keeps_to_its_choice(
    twilio: LocalTwilio, client: Client
) -> None:
    for to in (TO, "+15103334444", TO, "+15103334444"):
        client.messages.create(to=to, messaging_service_sid=SERVICE_SID, body="Hello")
    assert [message.from_ for message in twilio.messages] == [*POOL, *POOL]


def test_a_sender_may_be_named_beside_its_service(client: Client) -> None:
    message = client.messages.create(to=TO, messaging_service_sid=SERVICE_SID, from_=POOL[1], body="Hello")
    assert message.status == "accepted"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"MessagingServiceSid": "MG" + "0" * 32}, 21701),
        ({"MessagingServiceSid": "MG123"}, 21705),
        ({"MessagingServiceSid": EMPTY}, 21704),
        ({"MessagingServiceSid": MIXED}, 21703),
        ({"MessagingServiceSid": SERVICE_SID, "From": SHORT_CODE}, 21711),
    ],
    ids=["unknown", "malformed", "empty pool", "none fits", "not in the pool"],
)
def test_a_service_that_cannot_send_is_refused(twilio: LocalTwilio, form: dict[str, Any], code: int) -> None:
    assert refused(twilio, **form) == (400, code)


def test_through_a_service_an_unsubscribed_recipient_comes_to_light_later(
    twilio: LocalTwilio, client: Client, clock: Clock
) -> None:
    twilio.unsubscribed.add(TO)
    message = client.messages.create(to=TO, messaging_service_sid=SERVICE_SID, body="Hello")
    assert message.status == "accepted"
    clock.now += 60.0
    message = message.fetch()
    assert (message.status, message.error_code) == ("failed", 21610)
    assert message.error_message == "Attempt to send to unsubscribed recipient"


# Short codes


def test_a_short_code_sends_within_its_country(client: Client) -> None:
    assert client.messages.create(to=TO, from_=SHORT_CODE, body="Hello").from_ == SHORT_CODE


@pytest.mark.parametrize(("sender", "to"), [("54321", TO), (SHORT_CODE, BRITISH)], ids=["not ours", "abroad"])
def test_other_short_codes_are_refused(twilio: LocalTwilio, sender: str, to: str) -> None:
    assert refused(twilio, to, From=sender) == (400, 21659)


# Sender IDs


@pytest.mark.parametrize("spelling", [SENDER_ID, SENDER_ID.lower()])
def test_a_sender_id_in_any_case_is_shown_as_it_is_registered(client: Client, spelling: str) -> None:
    assert client.messages.create(to=BRITISH, from_=spelling, body="Hello").from_ == SENDER_ID


@pytest.mark.parametrize(
    ("sender", "to", "code"),
    [(SENDER_ID, TO, 21612), ("Nobody", BRITISH, 21212), ("Twelve chars", BRITISH, 21212)],
    ids=["to the USA", "not registered", "too long"],
)
def test_other_sender_ids_are_refused(twilio: LocalTwilio, sender: str, to: str, code: int) -> None:
    assert refused(twilio, to, From=sender) == (400, code)


def test_a_trial_account_has_no_sender_id() -> None:
    with LocalTwilio(account_type="Trial") as twilio, pytest.raises(TwilioRestException) as error:
        library(twilio).messages.create(to=BRITISH, from_=SENDER_ID, body="Hello")
    assert error.value.code == 21267


# The numbers as a resource


def test_a_number_of_the_account_shows_what_it_can_do(client: Client) -> None:
    (number,) = client.incoming_phone_numbers.list(phone_number="+15101281339")
    assert number.phone_number == "+15101281339"
    assert number.capabilities == {"fax": False, "mms": True, "sms": False, "voice": True}


def test_a_number_of_nobody_is_not_listed(client: Client) -> None:
    assert client.incoming_phone_numbers.list(phone_number="+15101281399") == []


@pytest.mark.parametrize(("pattern", "count"), [(None, 3), ("1510128133", 3), ("1281339", 1)])
def test_numbers_are_filtered_by_digits(client: Client, pattern: Any, count: int) -> None:
    filters = {} if pattern is None else {"phone_number": pattern}
    assert len(client.incoming_phone_numbers.list(**filters)) == count


def test_a_service_without_sticky_senders_takes_each_of_its_pool_in_turn(twilio: LocalTwilio, client: Client) -> None:
    service = twilio.account.senders.service(SERVICE_SID)
    assert service is not None
    service.is_sticky = False
    for _ in range(4):
        client.messages.create(to=TO, messaging_service_sid=SERVICE_SID, body="Hello")
    assert [message.from_ for message in twilio.messages] == [*POOL, *POOL]


def test_a_service_with_an_rcs_agent_writes_by_rcs_and_is_answered_there(twilio: LocalTwilio, client: Client) -> None:
    service = twilio.account.senders.service(SERVICE_SID)
    assert service is not None
    service.pool[:] = ["rcs:AcmeSOC"]
    client.messages.create(to=TO, messaging_service_sid=SERVICE_SID, body="Hello")
    assert (twilio.messages[0].from_, twilio.messages[0].to) == ("rcs:AcmeSOC", f"rcs:{TO}")
    assert twilio.receive(f"rcs:{TO}", "rcs:AcmeSOC", "Yes").service_sid == SERVICE_SID
