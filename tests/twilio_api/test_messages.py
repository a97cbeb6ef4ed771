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
"""Messages: what a create call says, what is believed, and what a status means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.tables import for_each
from tests.twilio_api.scripted_transport import (
    ACCOUNT_SID,
    BASE_URL,
    NOON,
    REFUSED_CONNECTION,
    SILENCE,
    Scripted,
    api_error,
    response,
    rfc2822,
)
from twilio_api.creation import Standing
from twilio_api.delivery import Deliveries, Delivery
from twilio_api.errors import (
    CallError,
    ChangeFailed,
    MessageNotFound,
    OutcomeUnknown,
    UnexpectedResponse,
)
from twilio_api.messages import (
    Draft,
    Message,
    delete_message,
    fetch_message,
    parse_rows,
    read_message,
    redact_message,
)
from twilio_api.sender import Sender, SenderKind


LOG_URL = f"{BASE_URL}/Accounts/{ACCOUNT_SID}/Messages.json"
TO, FROM, BODY = "+15101112345", "+15101281337", "Page {1} & more"
MESSAGE_URL = LOG_URL.replace(".json", f"/{'SM' + '1' * 32}.json")
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


class Sending(Scripted, Standing):
    """Creates messages of which Twilio takes each, unless the script says otherwise; `left` counts those calls."""

    def __init__(self) -> None:
        super().__init__()
        self._deliveries = Deliveries(self.client)
        self.left = 0
        self.http.on("POST", response(resource(), 201)).on("GET", response({"messages": []}))

    def leaving(self) -> None:
        self.left += 1

    def unsent(self, error: CallError) -> None:
        self.left -= 1

    def create(self, draft: Draft = DRAFT) -> Message:
        delivery: Delivery = self.run(self._deliveries.send(draft, self))
        return delivery.message


@pytest.fixture
def sending() -> Iterator[Sending]:
    with Sending() as made:
        yield made


# --- what a create call says


@for_each(
    "draft, form",
    [
        (DRAFT, {"To": TO, "From": FROM, "Body": BODY}),
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
                **{"To": TO, "From": FROM, "Body": BODY, "ValidityPeriod": "60"},
                "MediaUrl": ["https://a.example/1", "https://a.example/2"],
            },
        ),
        (
            Draft(TO, NUMBER, content_sid="HX1", content_variables='{"1": "x"}'),
            {"To": TO, "From": FROM, "ContentSid": "HX1", "ContentVariables": '{"1": "x"}'},
        ),
    ],
)
def test_the_form_holds_what_the_draft_says_and_nothing_else(draft: Draft, form: dict[str, Any]) -> None:
    assert draft.form() == form


def test_one_form_is_posted_to_the_message_log(sending: Sending) -> None:
    assert sending.create().sid == SID
    (call,) = sending.http.calls
    assert (call.method, call.url, call.form) == ("POST", LOG_URL, DRAFT.form())
    assert sending.left == 1


# --- what is believed


def test_a_created_message_is_the_resource_as_it_came(sending: Sending) -> None:
    came = resource(error_code=None, price=None, nested={"a": [1]})
    sending.http.on("POST", response(came, 201))
    assert sending.create().resource == came


@pytest.mark.parametrize(
    "json",
    [{"status": "queued"}, resource(sid="SM/../../x"), {"sid": "AC" + "0" * 32, "status": "active"}],
    ids=str,
)
def test_a_response_without_a_usable_sid_is_no_message_and_is_searched_for(
    sending: Sending, json: dict[str, Any]
) -> None:
    sending.http.on("POST", response(json, 201)).on("GET", response({"messages": [resource(status="sending")]}))
    assert sending.create() == Message(SID, resource(status="sending"))
    assert sending.http.methods == ["POST", "GET"]


def test_a_lost_message_that_the_log_does_not_show_is_unknown(sending: Sending) -> None:
    sending.http.on("POST", SILENCE)
    with pytest.raises(OutcomeUnknown) as caught:
        sending.create()
    error = caught.value
    assert (error.what, error.log, error.search_error) == ("the message", "Twilio's message log", None)


def test_a_message_that_was_accepted_is_never_found_for_an_equal_one(sending: Sending) -> None:
    sending.http.on("POST", response(resource(), 201), SILENCE).on("GET", response({"messages": [resource()]}))
    assert sending.create().sid == SID
    with pytest.raises(OutcomeUnknown):
        sending.create()


def test_a_response_to_an_earlier_call_is_not_taken_for_this_ones(sending: Sending) -> None:
    sending.http.on("GET", response({"messages": [resource(sid=OTHER_SID), resource()]}))
    assert [sending.create().sid for _ in range(2)] == [SID, OTHER_SID]


# --- reading a message


def test_a_message_is_read_by_its_sid(sending: Sending) -> None:
    sending.http.on("GET", response(resource(status="sent")))
    assert sending.run(fetch_message(sending.client, SID)).status == "sent"
    assert sending.http.calls[0].url == MESSAGE_URL


@pytest.mark.parametrize("json", [{}, resource(sid=OTHER_SID), {"status": "delivered"}], ids=str)
def test_another_message_is_not_believed(sending: Sending, json: dict[str, Any]) -> None:
    sending.http.on("GET", response(json))
    with pytest.raises(UnexpectedResponse):
        sending.run(fetch_message(sending.client, SID))


@pytest.mark.parametrize("error", [SILENCE, api_error(503, 20503), api_error(429, 20429)], ids=str)
def test_a_poll_is_not_repeated_but_a_reading_is(sending: Sending, error: CallError) -> None:
    sending.http.on("GET", error, response(resource()))
    with pytest.raises(CallError):
        sending.run(fetch_message(sending.client, SID))
    assert len(sending.http.calls) == 1
    sending.http.on("GET", error, response(resource()))
    assert sending.run(read_message(sending.client, SID)).sid == SID


def test_rows_without_a_sid_are_left_out() -> None:
    assert parse_rows([{}, resource(), {"sid": "SM/x"}]) == [Message(SID, resource())]


# --- changing a message


CHANGES = [read_message, redact_message, delete_message]


@pytest.mark.parametrize("change", CHANGES)
def test_a_message_that_is_not_there_is_called_so(sending: Sending, change: Any) -> None:
    for method in ("GET", "POST", "DELETE"):
        sending.http.on(method, api_error(404, 20404))
    with pytest.raises(MessageNotFound, match=SID):
        sending.run(change(sending.client, SID))
    assert len(sending.http.calls) == 1


@pytest.mark.parametrize(("change", "error"), zip(CHANGES, [CallError, ChangeFailed, ChangeFailed]))
def test_a_refusal_of_a_change_is_not_repeated(sending: Sending, change: Any, error: type[Exception]) -> None:
    for method in ("GET", "POST", "DELETE"):
        sending.http.on(method, api_error(400, 20009))
    with pytest.raises(error, match="20009"):
        sending.run(change(sending.client, SID))
    assert len(sending.http.calls) == 1


def test_redacting_empties_the_text_and_is_repeated_where_it_failed(sending: Sending) -> None:
    sending.http.on("POST", SILENCE, response(resource(body="")))
    assert sending.run(redact_message(sending.client, SID)).resource["body"] == ""
    assert [(call.url, call.form) for call in sending.http.calls] == [(MESSAGE_URL, {"Body": ""})] * 2


def test_a_message_that_still_shows_its_text_is_not_redacted(sending: Sending) -> None:
    sending.http.on("POST", response(resource()))
    with pytest.raises(ChangeFailed, match="not the redacted message"):
        sending.run(redact_message(sending.client, SID))


def test_a_deletion_has_no_body(sending: Sending) -> None:
    sending.http.on("DELETE", response({}, 204))
    sending.run(delete_message(sending.client, SID))
    assert [(call.method, call.url) for call in sending.http.calls] == [("DELETE", MESSAGE_URL)]


def test_a_message_that_is_gone_after_a_lost_response_was_deleted(sending: Sending) -> None:
    sending.http.on("DELETE", SILENCE, api_error(404, 20404))
    sending.run(delete_message(sending.client, SID))


def test_a_message_that_is_not_there_although_no_call_can_have_deleted_it_was_not_there(sending: Sending) -> None:
    sending.http.on("DELETE", api_error(429, 20429), api_error(404, 20404))
    with pytest.raises(MessageNotFound):
        sending.run(delete_message(sending.client, SID))


@for_each(
    "errors, may_be_done",
    [
        ((api_error(400, 20009),), False),
        ((REFUSED_CONNECTION,), False),
        ((api_error(429, 20429),), False),
        ((SILENCE,), True),
        ((api_error(503, 20503),), True),
        ((UnexpectedResponse(403, "Data from server: a page"),), True),
        ((SILENCE, REFUSED_CONNECTION), True),
        ((SILENCE, api_error(401, 20003)), True),
    ],
)
def test_a_change_that_failed_knows_whether_any_of_its_calls_may_have_done_it(
    errors: tuple[CallError, ...], may_be_done: bool
) -> None:
    for change in (redact_message, delete_message):
        with Sending() as sending:
            sending.http.on("POST", *errors).on("DELETE", *errors)
            with pytest.raises(ChangeFailed) as caught:
                sending.run(change(sending.client, SID))
            assert caught.value.may_be_done is may_be_done


# --- what a status means


@for_each(
    "status, is_final",
    [
        *((status, True) for status in ("delivered", "read", "undelivered", "failed", "canceled")),
        *((status, False) for status in ("accepted", "scheduled", "queued", "sending", "sent", "partially_delivered")),
        *((status, False) for status in ("unknown", "brand new")),
    ],
)
def test_a_final_status_cannot_change_any_more(status: str, is_final: bool) -> None:
    assert Message(SID, {"status": status}).is_final is is_final


@for_each("json", [{}, {"status": None}, {"status": ""}])
def test_a_resource_without_a_status_is_unknown(json: dict[str, Any]) -> None:
    assert Message(SID, json).status == "unknown"
