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
"""The action "send message", as a playbook meets it."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.raw_server import http_response
from sandbox.soar import FormError
from sandbox.twilio import Outcome
from tests.harness import E164, TEXT, TO, Harness
from twilio_connector import TwilioConnector


def test_a_delivered_message_is_a_success_with_the_last_resource_as_twilio_sent_it(harness: Harness) -> None:
    run = harness.send("tel:(510) 111-2345", "  two  blanks ")
    assert (run.json["status"], run.status) == ("success", "success")
    assert run.message == "Message delivery status: delivered"
    assert run.result["parameter"] == {"to_phone": "tel:(510) 111-2345", "message": "  two  blanks "}
    assert run.summary == {"message_delivery_status": "delivered", "outcome": "delivered"}
    (message,) = harness.twilio.messages
    assert run.row == message.resource(harness.clock.time())


@pytest.mark.parametrize("to", ["", ', "to": {"number": 1}'], ids=["none", "an object"])
def test_progress_names_the_number_that_was_asked_whatever_the_resource_says(harness: Harness, to: str) -> None:
    sid = "SM" + "7" * 32
    harness.respond(http_response(f'{{"sid": "{sid}", "status": "delivered"{to}}}'.encode()))
    run = harness.send()
    assert run.progress[-2:] == [
        f"Twilio accepted the message to {E164} as {sid}",
        f"{E164}: Message delivery status: delivered",
    ]


def test_one_form_with_recipient_sender_and_unchanged_text_is_posted(harness: Harness) -> None:
    harness.send("(510) 111-2345", " ünïcode & {braces} = \n")
    (post,) = harness.requests("POST")
    assert post.form == {"To": E164, "From": harness.twilio.from_phone, "Body": " ünïcode & {braces} = \n"}


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        ("undelivered", 30003, "Error code 30003: Unreachable destination handset. The phone is off"),
        ("failed", 30008, "Error code 30008: "),
        ("canceled", None, ""),
    ],
)
def test_a_bad_outcome_fails_and_keeps_its_data(harness: Harness, status: str, code: int | None, says: str) -> None:
    harness.twilio.outcomes[E164] = Outcome(status, 0.5, code)
    run = harness.send()
    assert run.status == "failed"
    assert run.message.startswith(f"Message delivery status: {status}{f'. {says}' if says else ''}")
    assert (run.row["error_code"], run.row["sid"]) == (code, harness.twilio.messages[0].sid)
    assert run.summary == {"message_delivery_status": status, "outcome": "undelivered"}


def test_a_message_without_a_receipt_is_a_success_that_is_not_confirmed_after_a_minute_and_few_requests(
    harness: Harness,
) -> None:
    harness.twilio.outcomes[E164] = Outcome("sent", 1.0)
    run = harness.send()
    assert run.status == "success"
    assert run.message.startswith("Message delivery status: sent. Delivery is not confirmed: ")
    assert "do not send it again" in run.message
    assert run.row["status"] == "sent"
    assert run.summary == {"message_delivery_status": "sent", "outcome": "unconfirmed"}
    assert 59.0 < run.seconds < 90.0
    assert len(harness.twilio.requests) <= 25


def test_a_refusal_shows_what_twilio_sent_with_single_braces(harness: Harness) -> None:
    run = harness.send(base_url=harness.twilio.base_url.replace("2010-04-01", "2010-04-02"))
    assert run.status == "failed"
    assert run.message.startswith('Error from server. Status Code: 404 Data from server: {"code": 20404, ')
    assert f"/2010-04-02/Accounts/{harness.twilio.account_sid}/Messages.json was not found" in run.message
    assert "{{" not in run.message


def test_wrong_credentials_are_reported_with_what_to_check(harness: Harness) -> None:
    run = harness.send(auth_token="0" * 32)
    assert run.message.startswith('Error from server. Status Code: 401 Data from server: {"code": 20003')
    assert "account_sid" in run.message
    assert "auth_token" in run.message


def test_twilios_refusals_come_with_a_hint(harness: Harness) -> None:
    refusals = {
        "+15005550001": (21211, "does not exist"),
        "+15005550002": (21612, "cannot reach this recipient"),
        "+15005550003": (21408, "may not write to this country"),
        "+15005550004": (21610, "texted STOP"),
        "+15005550009": (21614, "landline"),
    }
    run = harness.send_all(list(refusals))
    for result, (code, hint) in zip(run.results, refusals.values()):
        assert (result["status"], result["summary"], result["data"]) == ("failed", {"outcome": "not_sent"}, [])
        assert f'"code": {code}' in result["message"]
        assert hint in result["message"]


def test_a_trial_accounts_prefix_is_part_of_the_data_only() -> None:
    trial = Harness(account_type="Trial")
    run = trial.send()
    assert run.row["body"] == f"Sent from your Twilio trial account - {TEXT}"
    assert run.result["parameter"]["message"] == TEXT


def test_with_test_credentials_the_message_is_accepted_and_unconfirmed() -> None:
    harness = Harness(test_credentials=True)
    run = harness.send(from_phone="+15005550006")
    assert run.seconds < 10.0
    assert (run.status, run.row["status"]) == ("success", "queued")
    assert "Delivery is not confirmed" in run.message
    assert "test credentials" in run.message


def test_one_connection_serves_the_whole_run(harness: Harness) -> None:
    harness.send()
    assert len({request.connection for request in harness.twilio.requests}) == 1


# --- many parameter sets in one run


def test_each_parameter_set_ends_in_its_own_result(harness: Harness) -> None:
    harness.twilio.outcomes["+15101112222"] = Outcome("undelivered", 0.5, 30003)
    run = harness.send_all([TO, "not a number", "+15101112222", "+15005550001"])
    assert [result["status"] for result in run.results] == ["success", "failed", "failed", "failed"]
    assert run.json["result_summary"] == {"total_objects": 4, "total_objects_successful": 1}
    assert [result["summary"].get("message_delivery_status") for result in run.results] == [
        "delivered",
        None,
        "undelivered",
        None,
    ]


def test_many_recipients_wait_for_the_slowest_not_for_the_sum(harness: Harness) -> None:
    recipients = [f"+1510111{number:04}" for number in range(12)]
    for number, to in enumerate(recipients):
        harness.twilio.outcomes[to] = Outcome("delivered", 1.0 + number)
    run = harness.send_all(recipients)
    assert run.json["result_summary"]["total_objects_successful"] == 12
    assert run.seconds < 39.0  # the slowest takes 12, the sum would be 78


def test_a_hundred_recipients_get_a_message_each_and_do_not_make_a_hundred_connections(harness: Harness) -> None:
    run = harness.send_all([f"+1510111{number:04}" for number in range(100)])
    assert run.json["result_summary"]["total_objects_successful"] == 100
    assert len(harness.requests("POST")) == len(harness.twilio.messages) == 100
    assert len({request.connection for request in harness.twilio.requests}) <= 8


# --- bad input: one clear sentence, and nothing sent


def test_what_is_not_one_phone_number_is_refused_before_any_request(harness: Harness) -> None:
    refusals = {
        "12345": "is a short code",
        "not a number": "is not a phone number",
        "whatsapp:+15101112345": "is a WhatsApp address",
        "{0.__class__} {x": "is not a phone number",
    }
    run = harness.send_all(list(refusals))
    for result, (to, says) in zip(run.results, refusals.items()):
        assert (result["status"], result["summary"]) == ("failed", {"outcome": "not_sent"})
        assert result["message"].startswith(f"'{to}' {says}")
    assert harness.twilio.requests == []


def test_a_text_that_twilio_cannot_take_is_refused_before_any_request(harness: Harness) -> None:
    texts: list[Any] = [" \n ", "x" * 1601, "half \ud83d", ["a"]]
    run = harness.run("send message", *({"to_phone": TO, "message": text} for text in texts), checks_form=False)
    for result, says in zip(run.results, ("is blank", "has 1601 characters", "half of a character", "is a list")):
        assert (result["status"], result["summary"]) == ("failed", {"outcome": "not_sent"})
        assert says in result["message"]
    assert harness.twilio.requests == []


@pytest.mark.parametrize("field", ["to_phone", "message"])
def test_the_form_asks_for_each_required_parameter(harness: Harness, field: str) -> None:
    parameters: dict[str, Any] = {"to_phone": TO, "message": TEXT}
    del parameters[field]
    with pytest.raises(FormError, match=field):
        harness.run("send message", parameters)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("base_url", "twilio", "base_url of the asset is not a URL"),
        ("account_sid", "AC/../" + "0" * 28, "account_sid of the asset is wrong"),
        ("from_phone", "5101281337", "from_phone of the asset is wrong: '5101281337'"),
    ],
)
def test_a_wrong_setting_ends_the_run_before_any_request(harness: Harness, field: str, value: str, says: str) -> None:
    asset: dict[str, Any] = {field: value}
    run = harness.send(**asset)
    assert (run.json["status"], run.results) == ("failed", [])
    assert says in run.json["message"]
    assert harness.twilio.requests == []


def test_a_wrong_to_phone_of_the_asset_does_not_concern_send_message(harness: Harness) -> None:
    assert harness.send(to_phone="nonsense").status == "success"


def test_a_result_of_a_run_with_a_wrong_setting_says_that_nothing_was_sent(harness: Harness) -> None:
    class GoesOn(TwilioConnector):
        def initialize(self) -> bool:
            super().initialize()
            return True

    parameters = {"to_phone": TO, "message": TEXT}
    run = harness.run("send message", parameters, connector=GoesOn(), account_sid="AC12")
    assert run.message.startswith("account_sid of the asset is wrong")
    assert run.summary == {"outcome": "not_sent"}
