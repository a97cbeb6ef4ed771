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
"""WhatsApp: both sides of a message, the window for free text, templates."""

from __future__ import annotations

import json
from typing import Any

import pytest
from twilio.rest import Client

from sandbox.twilio import CONTENT_SID, SERVICE_SID, WHATSAPP_SENDER, LocalTwilio, Outcome
from tests.sandbox.twilio.clients import TO, Clock, call


PERSON = f"whatsapp:{TO}"
DAY_S = 86_400.0


def end(client: Client, clock: Clock, **message: str) -> tuple[str | None, int | None]:
    """How a message to a person on WhatsApp ends: its status and error code."""
    sid = client.messages.create(**{"to": PERSON, "from_": WHATSAPP_SENDER, **message}).sid
    clock.now += 10.0
    fetched = client.messages(str(sid)).fetch()
    return fetched.status, fetched.error_code


def test_free_text_reaches_a_person_within_a_day_of_their_last_message(
    twilio: LocalTwilio, client: Client, clock: Clock
) -> None:
    twilio.receive(PERSON, WHATSAPP_SENDER, "Hi", created=clock.now - DAY_S + 1)
    assert end(client, clock, body="Hello") == ("delivered", None)


def test_free_text_fails_later_on(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.receive(PERSON, WHATSAPP_SENDER, "Hi", created=clock.now - DAY_S)
    assert end(client, clock, body="Hello") == ("undelivered", 63016)


def test_a_template_reaches_a_person_at_any_time(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    variables = json.dumps({"1": "INC-7", "2": "mail-01"})
    assert end(client, clock, content_sid=CONTENT_SID, content_variables=variables) == ("delivered", None)
    assert twilio.messages[0].body == "Alert INC-7 on mail-01: please look into it."


def test_a_message_may_be_read(twilio: LocalTwilio, client: Client, clock: Clock) -> None:
    twilio.outcomes[TO] = Outcome("read", 1.0)
    assert end(client, clock, content_sid=CONTENT_SID) == ("read", None)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": TO, "From": WHATSAPP_SENDER}, 21910),
        ({"To": PERSON, "From": "+15101281337"}, 21910),
        ({"To": PERSON, "From": "whatsapp:+15109999999"}, 63007),
        ({"To": "whatsapp:5101112345", "From": WHATSAPP_SENDER}, 21211),
        ({"To": PERSON, "MessagingServiceSid": SERVICE_SID}, 21703),
    ],
    ids=["only From", "only To", "no such sender", "no number", "none in the pool"],
)
def test_a_message_that_cannot_go_by_whatsapp_is_refused(twilio: LocalTwilio, form: dict[str, Any], code: int) -> None:
    response = call(twilio, Body="Hello", **form)
    assert (response.status_code, response.json()["code"]) == (400, code)


def test_a_service_sends_by_whatsapp_from_a_whatsapp_sender(twilio: LocalTwilio, client: Client) -> None:
    twilio.account.senders.services[0].pool.append(WHATSAPP_SENDER)
    client.messages.create(to=PERSON, messaging_service_sid=SERVICE_SID, content_sid=CONTENT_SID)
    assert twilio.messages[0].from_ == WHATSAPP_SENDER


@pytest.mark.parametrize(
    ("content_sid", "variables", "code"),
    [("HX" + "0" * 32, "{}", 21655), (CONTENT_SID, "[1]", 21656), (CONTENT_SID, "{", 21656)],
    ids=["unknown", "no object", "no JSON"],
)
def test_a_template_that_cannot_be_filled_is_refused(
    twilio: LocalTwilio, content_sid: str, variables: str, code: int
) -> None:
    response = call(twilio, To=PERSON, From=WHATSAPP_SENDER, ContentSid=content_sid, ContentVariables=variables)
    assert (response.status_code, response.json()["code"]) == (400, code)
