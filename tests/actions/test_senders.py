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
"""Every kind of sender, media, validity and templates, as a playbook meets them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.twilio import (
    CONTENT_SID,
    FROM_PHONE,
    SENDER_ID,
    SERVICE_SID,
    SHORT_CODE,
    WHATSAPP_SENDER,
    Fault,
    Outcome,
)
from tests.harness import E164, TEXT, TO, Harness, Run
from tests.tables import for_each


BRITISH, BRITISH_SPELLING = "+442079460958", "+44 (0)20 7946 0958"
VARIABLES = '{"1": "WS-0417", "2": "Friday"}'


def send(harness: Harness, **parameters: Any) -> Run:
    """Send one message."""
    return harness.run("send message", {"to_phone": TO, "message": TEXT, **parameters})


def send_template(harness: Harness, **parameters: Any) -> Run:
    """Send one template from the WhatsApp sender."""
    given = {"to_phone": TO, "content_sid": CONTENT_SID, "content_variables": VARIABLES, **parameters}
    return harness.run("send template", given, from_phone=WHATSAPP_SENDER)


# --- senders


@pytest.mark.parametrize(
    ("sender", "to", "fields"),
    [
        (FROM_PHONE, TO, {"To": E164, "From": FROM_PHONE}),
        (SERVICE_SID, TO, {"To": E164, "MessagingServiceSid": SERVICE_SID}),
        (SHORT_CODE, TO, {"To": E164, "From": SHORT_CODE}),
        (SENDER_ID, BRITISH_SPELLING, {"To": BRITISH, "From": SENDER_ID}),
        (WHATSAPP_SENDER, TO, {"To": f"whatsapp:{E164}", "From": WHATSAPP_SENDER}),
    ],
    ids=["number", "Messaging Service", "short code", "sender ID", "WhatsApp"],
)
@pytest.mark.parametrize("is_parameter", [False, True], ids=["of the asset", "of the parameter"])
@pytest.mark.parametrize("fault", [None, Fault.RESET_AFTER], ids=["", "response lost"])
def test_each_kind_of_sender_sends_once_and_delivers(
    harness: Harness, sender: str, to: str, fields: dict[str, str], is_parameter: bool, fault: Fault | None
) -> None:
    harness.twilio.receive(f"whatsapp:{E164}", WHATSAPP_SENDER, "hello")  # opens WhatsApp's window
    if fault is not None:
        harness.fault(fault)
    own: dict[str, Any] = {"from_phone": sender}
    parameters = {"to_phone": to, "message": TEXT, **(own if is_parameter else {})}
    run = harness.run("send message", parameters, **({} if is_parameter else own))
    assert (run.status, run.outcome) == ("success", "delivered")
    (post,) = harness.requests("POST")
    assert post.form == {**fields, "Body": TEXT}


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"from_phone": "ACME-SOC"}, "The parameter 'from_phone' is wrong: 'ACME-SOC' is not a sender."),
        ({"to_phone": f"whatsapp:{E164}"}, f"'whatsapp:{E164}' is a WhatsApp address, but the sender +1"),
        (
            {"media_url": "file:///etc/passwd"},
            "The parameter 'media_url' is wrong: 'file:///etc/passwd' is not an https",
        ),
        ({"media_url": ",".join(["https://example.com/a.png"] * 11)}, "The parameter 'media_url' has 11 URLs"),
        ({"validity_period": 36001}, "The parameter 'validity_period' is wrong: '36001' is not a number of seconds"),
        ({"validity_period": 1.5}, "The parameter 'validity_period' is wrong: '1.5' is not a whole number of seconds"),
    ],
    ids=str,
)
def test_a_wrong_parameter_is_refused_before_any_request(
    harness: Harness, parameters: dict[str, Any], says: str
) -> None:
    run = send(harness, **parameters)
    assert run.message.startswith(says)
    assert run.outcome == "not_sent"
    assert harness.twilio.requests == []


@pytest.mark.parametrize("sender", [WHATSAPP_SENDER, SERVICE_SID])
def test_a_whatsapp_address_is_understood_where_the_sender_can_write_there(harness: Harness, sender: str) -> None:
    send(harness, to_phone=f"whatsapp:{E164}", from_phone=sender)
    (post,) = harness.requests("POST")
    assert post.form["To"] == f"whatsapp:{E164}"


def test_who_wrote_from_mexico_on_whatsapp_is_answered_at_that_address(harness: Harness) -> None:
    person = "whatsapp:+5215512345678"
    harness.twilio.receive(person, WHATSAPP_SENDER, "hello")
    assert send(harness, to_phone=person, from_phone=WHATSAPP_SENDER).outcome == "delivered"
    (post,) = harness.requests("POST")
    assert post.form["To"] == person


def test_free_text_outside_the_window_of_whatsapp_is_said_to_need_a_template(harness: Harness) -> None:
    run = send(harness, from_phone=WHATSAPP_SENDER)
    assert run.message.startswith("Message delivery status: undelivered. Error code 63016")
    assert "template" in run.message


# --- media and validity


def test_media_are_sent_along(harness: Harness) -> None:
    run = send(harness, media_url="https://example.com/a.png, https://example.com/b.png")
    assert run.outcome == "delivered"
    assert (run.row["sid"][:2], run.row["num_media"]) == ("MM", "2")


def test_the_validity_period_is_passed_on_in_seconds(harness: Harness) -> None:
    send(harness, validity_period=600.0)
    (post,) = harness.requests("POST")
    assert post.form["ValidityPeriod"] == "600"


def test_a_message_whose_validity_ran_out_is_reported_as_not_sent_by_twilio(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("failed", 1.0, 30036)
    run = send(harness, validity_period=1)
    assert run.outcome == "undelivered"
    assert "validity" in run.message


# --- templates


def test_a_template_is_sent_with_its_variables(harness: Harness) -> None:
    run = send_template(harness)
    assert (run.status, run.outcome) == ("success", "delivered")
    (post,) = harness.requests("POST")
    assert post.form == {
        "To": f"whatsapp:{E164}",
        "From": WHATSAPP_SENDER,
        "ContentSid": CONTENT_SID,
        "ContentVariables": VARIABLES,
    }


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"content_sid": "HX12"}, "'content_sid' is wrong"),
        ({"content_variables": "1=12 Oct"}, 'is a JSON object, such as {"1": "12 Oct", "2": "3 pm"}.'),
    ],
)
def test_a_wrong_template_is_refused_before_any_request(
    harness: Harness, parameters: dict[str, Any], says: str
) -> None:
    run = send_template(harness, **parameters)
    assert says in run.message
    assert run.outcome == "not_sent"
    assert harness.twilio.requests == []


def test_a_template_whose_response_was_lost_is_found(harness: Harness) -> None:
    harness.fault(Fault.RESET_AFTER)
    run = send_template(harness)
    assert run.outcome == "delivered"
    assert len(harness.requests("POST")) == 1


def test_a_lost_template_is_unknown_where_another_message_of_the_pair_can_be_meant(harness: Harness) -> None:
    harness.fault(Fault.RESET_AFTER)
    harness.twilio.add_message(f"whatsapp:{E164}", "Something else", from_=WHATSAPP_SENDER)
    run = send_template(harness)
    assert run.outcome == "unknown"
    assert "cannot be known" in run.message


# --- RCS


@for_each("fault", [None, Fault.RESET_AFTER])
@for_each("sender", ["rcs:AcmeSOC", SERVICE_SID])
@for_each(
    "action, text",
    [
        ("send message", {"message": TEXT}),
        ("send template", {"content_sid": CONTENT_SID, "content_variables": VARIABLES}),
    ],
)
def test_texts_and_templates_go_through_rcs_once_and_are_delivered(
    action: str, text: dict[str, str], sender: str, fault: Fault | None
) -> None:
    harness = Harness(services={SERVICE_SID: ("rcs:AcmeSOC", FROM_PHONE)})
    if fault is not None:
        harness.fault(fault)
    run = harness.run(action, {"to_phone": TO, **text}, from_phone=sender)
    assert (run.row["to"], run.row["from"]) == (f"rcs:{E164}", "rcs:AcmeSOC")
    assert run.outcome == "delivered"
    assert len(harness.requests("POST")) == 1


def test_a_run_whose_responses_are_all_lost_leaves_nobody_out_although_the_log_shows_them_by_rcs() -> None:
    harness = Harness(services={SERVICE_SID: ("rcs:AcmeSOC",)}, round_trip_s=0.15)
    harness.fault(Fault.RESET_AFTER, times=999)
    run = harness.send_all([f"+1510{2_000_000 + number}" for number in range(60)], from_phone=SERVICE_SID)
    assert run.outcomes == ["delivered"] * 60
