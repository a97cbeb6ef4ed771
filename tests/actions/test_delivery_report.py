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
"""What became of a message, in words."""

from __future__ import annotations

from typing import Any

from actions.action import Report
from actions.delivery_report import delivery_report
from actions.error_advice import advice_for
from tests.tables import for_each
from twilio_api.delivery import Delivery
from twilio_api.errors import ApiError, CallError, NoResponse
from twilio_api.messages import Message


SID = "SM" + "0" * 32
BROKEN = NoResponse("twilio", "the connection broke")


def report(*, error: CallError | None = None, is_followed: bool = False, **resource: Any) -> Report:
    delivery = Delivery(Message(SID, resource), "+15101112345", started_at=0.0, accepted_at=0.0)
    delivery.last_error, delivery.is_followed = error, is_followed
    return delivery_report(delivery)


@for_each("status", ["delivered", "read"])
def test_a_delivery_is_reported_in_four_words(status: str) -> None:
    assert report(status=status) == (True, f"Message delivery status: {status}", "delivered")


def test_a_failure_is_reported_with_code_text_and_advice() -> None:
    said = report(status="undelivered", error_code=30003, error_message="Unreachable destination handset")
    assert said == (
        False,
        "Message delivery status: undelivered. Error code 30003: Unreachable destination handset. "
        "The phone is off, out of reach, or gets no SMS: reach the person another way.",
        "undelivered",
    )


@for_each(
    "resource, text",
    [
        ({"error_code": 30003, "error_message": None}, ". Error code 30003. The phone is off"),
        ({"error_code": 39999, "error_message": None}, ". Error code 39999."),
        ({"error_code": None, "error_message": "Odd"}, ". Odd."),
        ({"error_code": None, "error_message": "Odd."}, ". Odd."),
        ({}, ""),
    ],
)
@for_each("status", ["undelivered", "failed", "canceled"])
def test_a_failure_is_reported_with_what_twilio_said_of_it(status: str, resource: dict[str, Any], text: str) -> None:
    said = report(status=status, **resource)
    assert (said.is_success, said.outcome) == (False, "undelivered")
    assert said.text.startswith(f"Message delivery status: {status}{text}")
    if not text:
        assert said.text == f"Message delivery status: {status}"


def unconfirmed(said: Report, status: str) -> str:
    """Why a delivery is not confirmed."""
    assert (said.is_success, said.outcome) == (True, "unconfirmed")
    headline = f"Message delivery status: {status}. Delivery is not confirmed: "
    assert said.text.startswith(headline)
    return said.text[len(headline) :]


@for_each("status", ["sent", "partially_delivered", "one_that_is_new"])
def test_a_status_that_is_not_final_is_a_success_that_is_not_confirmed(status: str) -> None:
    assert unconfirmed(report(status=status), status) == (
        "no final status came within 60 seconds, and many carriers never send a receipt. "
        f"Twilio has the message ({SID}), so do not send it again."
    )


@for_each("status", ["accepted", "scheduled", "queued", "sending"])
def test_no_carrier_is_blamed_for_a_message_that_none_has(status: str) -> None:
    why = unconfirmed(report(status=status), status)
    assert why.startswith("it is still waiting at Twilio after 60 seconds. Twilio has the message")


def test_an_unreadable_status_is_a_success_that_is_not_confirmed() -> None:
    assert unconfirmed(report(status="queued", error=BROKEN), "queued") == (
        "its status could not be read any more (No response from twilio: the connection broke). "
        f"Twilio has the message ({SID}), so do not send it again."
    )


def test_the_permission_that_a_key_lacks_to_read_the_status_is_named() -> None:
    missing = ApiError(401, "{}", {"code": 70051, "status": 401})
    assert unconfirmed(report(status="queued", error=missing), "queued").endswith(
        f"Twilio has the message ({SID}), so do not send it again. {advice_for(70051)}"
    )


def test_with_test_credentials_nothing_is_ever_sent() -> None:
    why = unconfirmed(report(status="queued", error=ApiError(403, "{}", {"code": 20008, "status": 403})), "queued")
    assert why == "these are test credentials, with which Twilio checks a message, but sends nothing."


def test_a_message_on_its_way_is_reported_as_such() -> None:
    why = unconfirmed(report(status="queued", is_followed=True), "queued")
    assert why.startswith("the message is still on its way. Twilio has the message")


@for_each("status", [None, ""])
def test_a_resource_without_a_status_is_unknown(status: str | None) -> None:
    unconfirmed(report(status=status), "unknown")
