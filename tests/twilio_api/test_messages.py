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
"""Messages: what a create call says, what is believed, and when a message is polled."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fake_clock import FakeClock
from tests.twilio_api.scripted_transport import (
    ACCOUNT_SID,
    BASE_URL,
    NOON,
    SILENCE,
    ScriptedTransport,
    api_error,
    response,
    rfc2822,
    script,
    scripted_client,
)
from twilio_api.client import TwilioClient
from twilio_api.creation import Step
from twilio_api.errors import CallError, OutcomeUnknown, UnexpectedResponse
from twilio_api.message_log import MessageLog
from twilio_api.messages import Draft, Message, create_message, fetch_message, is_final, next_poll_s, parse_rows
from twilio_api.sender import Sender, SenderKind


LOG_URL = f"{BASE_URL}/Accounts/{ACCOUNT_SID}/Messages.json"
TO, FROM, BODY = "+15101112345", "+15101281337", "Page {1} & more"
SERVICE = "MG" + "0" * 32
SID, OTHER_SID = "SM" + "1" * 32, "SM" + "2" * 32
NUMBER = Sender(SenderKind.NUMBER, FROM)
DRAFT = Draft(TO, NUMBER, body=BODY)


def resource(**changes: Any) -> dict[str, Any]:
    return {
        "sid": SID,
        "status": "queued",
        "to": TO,
        "from": FROM,
        "body": BODY,
        "date_created": rfc2822(NOON),
        **changes,
    }


@pytest.fixture
def client() -> TwilioClient:
    return scripted_client(FakeClock())


@pytest.fixture
def http(client: TwilioClient) -> ScriptedTransport:
    return script(client).on("POST", response(resource(), 201))


def create(client: TwilioClient, draft: Draft = DRAFT, log: MessageLog | None = None) -> Message:
    return create_message(client, log or MessageLog(client), draft)


# --- what a create call says


@pytest.mark.parametrize(
    ("draft", "form"),
    [
        (DRAFT, {"To": TO, "From": FROM, "Body": BODY}),
        (
            DRAFT._replace(sender=Sender(SenderKind.SERVICE, SERVICE)),
            {"To": TO, "MessagingServiceSid": SERVICE, "Body": BODY},
        ),
        (
            DRAFT._replace(recipient=f"whatsapp:{TO}", sender=Sender(SenderKind.WHATSAPP, f"whatsapp:{FROM}")),
            {"To": f"whatsapp:{TO}", "From": f"whatsapp:{FROM}", "Body": BODY},
        ),
        (
            DRAFT._replace(recipient=f"whatsapp:{TO}", sender=Sender(SenderKind.SERVICE, SERVICE)),
            {"To": f"whatsapp:{TO}", "MessagingServiceSid": SERVICE, "Body": BODY},
        ),
        (
            DRAFT._replace(media_urls=("https://a.example/1", "https://a.example/2"), validity_s=60),
            {
                "To": TO,
                "From": FROM,
                "Body": BODY,
                "MediaUrl": ["https://a.example/1", "https://a.example/2"],
                "ValidityPeriod": "60",
            },
        ),
        (
            Draft(TO, NUMBER, content_sid="HX1", content_variables='{"1": "x"}'),
            {"To": TO, "From": FROM, "ContentSid": "HX1", "ContentVariables": '{"1": "x"}'},
        ),
    ],
    ids=["number", "service", "WhatsApp", "service to WhatsApp", "media and validity", "template"],
)
def test_the_form_holds_what_the_draft_says_and_nothing_else(draft: Draft, form: dict[str, Any]) -> None:
    assert draft.form() == form


def test_one_form_is_posted_to_the_message_log(client: TwilioClient, http: ScriptedTransport) -> None:
    assert create(client).sid == SID
    (call,) = http.calls
    assert (call.method, call.url, call.form) == ("POST", LOG_URL, DRAFT.form())


# --- what is believed


def test_a_created_message_is_the_resource_as_it_came(client: TwilioClient, http: ScriptedTransport) -> None:
    came = resource(error_code=None, price=None, nested={"a": [1]})
    http.on("POST", response(came, 201))
    assert create(client).resource == came


@pytest.mark.parametrize(
    "json",
    [
        {},
        {"status": "queued"},
        resource(sid="SM/../../x"),
        resource(sid=7),
        {"sid": "AC" + "0" * 32, "status": "active"},
    ],
    ids=str,
)
def test_a_response_without_a_usable_sid_is_no_message_and_is_searched_for(
    client: TwilioClient, http: ScriptedTransport, json: dict[str, Any]
) -> None:
    http.on("POST", response(json, 201)).on("GET", response({"messages": [resource(status="sending")]}))
    assert create(client) == Message(SID, resource(status="sending"))
    assert http.methods == ["POST", "GET"]


def test_a_lost_message_that_the_log_does_not_show_is_unknown(client: TwilioClient, http: ScriptedTransport) -> None:
    http.on("POST", SILENCE).on("GET", response({"messages": []}))
    with pytest.raises(OutcomeUnknown, match=r"whether Twilio took the message: .* Twilio's message log does not show"):
        create(client)


def test_a_message_that_was_accepted_is_never_found_for_an_equal_one(
    client: TwilioClient, http: ScriptedTransport
) -> None:
    log = MessageLog(client)
    http.on("POST", response(resource(), 201), SILENCE).on("GET", response({"messages": [resource()]}))
    assert create(client, log=log).sid == SID
    with pytest.raises(OutcomeUnknown):
        create(client, log=log)


def test_a_response_to_an_earlier_call_is_not_taken_for_this_ones(
    client: TwilioClient, http: ScriptedTransport
) -> None:
    log = MessageLog(client)
    http.on("POST", response(resource(), 201)).on("GET", response({"messages": [resource(sid=OTHER_SID), resource()]}))
    assert [create(client, log=log).sid for _ in range(2)] == [SID, OTHER_SID]


def test_each_step_is_reported(client: TwilioClient, http: ScriptedTransport) -> None:
    steps: list[Step] = []
    create_message(client, MessageLog(client), DRAFT, lambda attempt, error: steps.append(attempt))
    assert steps == [Step.SENDING]


# --- reading a message


def test_a_message_is_read_by_its_sid(client: TwilioClient, http: ScriptedTransport) -> None:
    http.on("GET", response(resource(status="sent")))
    assert fetch_message(client, SID).status == "sent"
    assert http.calls[0].url == LOG_URL.replace(".json", f"/{SID}.json")


@pytest.mark.parametrize("json", [{}, resource(sid=OTHER_SID), {"status": "delivered"}], ids=str)
def test_another_message_is_not_believed(client: TwilioClient, http: ScriptedTransport, json: dict[str, Any]) -> None:
    http.on("GET", response(json))
    with pytest.raises(UnexpectedResponse):
        fetch_message(client, SID)


@pytest.mark.parametrize("error", [SILENCE, api_error(503, 20503), api_error(429, 20429)], ids=str)
def test_a_poll_is_not_repeated(client: TwilioClient, http: ScriptedTransport, error: CallError) -> None:
    http.on("GET", error)
    with pytest.raises(CallError):
        fetch_message(client, SID)
    assert len(http.calls) == 1


def test_rows_without_a_sid_are_left_out() -> None:
    assert parse_rows([{}, resource(), {"sid": "SM/x"}]) == [Message(SID, resource())]


# --- what a status means


@pytest.mark.parametrize("status", ["delivered", "read", "undelivered", "failed", "canceled"])
def test_these_statuses_are_final(status: str) -> None:
    assert is_final(status)
    assert Message(SID, {"status": status}).is_final


@pytest.mark.parametrize(
    "status", ["accepted", "scheduled", "queued", "sending", "sent", "partially_delivered", "unknown", "brand new"]
)
def test_any_other_status_may_still_change(status: str) -> None:
    assert not is_final(status)


@pytest.mark.parametrize("json", [{}, {"status": None}, {"status": ""}], ids=str)
def test_a_resource_without_a_status_is_unknown(json: dict[str, Any]) -> None:
    assert Message(SID, json).status == "unknown"


# --- when a message is polled


@pytest.mark.parametrize(
    ("age_s", "next_age_s"),
    [(0.0, 0.28), (1.0, 1.28), (1.5, 1.78), (5.0, 5.98), (10.0, 11.98), (19.99, 23.968), (20.0, 26.647), (30.0, 39.98)],
)
def test_gaps_grow_with_the_age_of_the_message(age_s: float, next_age_s: float) -> None:
    assert next_poll_s(age_s) == pytest.approx(next_age_s, abs=0.001)
