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
"""The asset's test button, as an administrator meets it."""

from __future__ import annotations

import json

import pytest

from sandbox.raw_server import http_response
from sandbox.twilio import KEY_SECRET, KEY_SID, SERVICE_SID, Fault, Outcome
from tests.harness import E164, TO, Harness


def test_an_active_account_passes_and_each_step_is_reported(harness: Harness) -> None:
    run = harness.test_connectivity()
    account, status, sender, message, passed = run.progress
    assert run.json["status"] == "success"
    assert account.startswith(f"Reading account {harness.twilio.account_sid} at api.twilio.com")
    assert status == "The account Local Twilio (Full) is active"
    assert sender.endswith("is a number of this account that can send SMS")
    assert message == "No test message is sent, since to_phone of the asset is empty"
    assert passed == "Test Connectivity Passed"
    assert harness.requests("POST") == []


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_cannot_send_fails_and_is_called_so(status: str) -> None:
    harness = Harness(account_status=status)
    run = harness.test_connectivity(to_phone=TO)
    assert harness.requests("POST") == []
    assert run.status == "failed"
    assert f"is {status}" in run.message
    assert run.progress[-1] == "Test Connectivity Failed"


# --- an API key


def test_a_standard_key_passes_without_reading_the_account(harness: Harness) -> None:
    run = harness.test_connectivity(api_sid=KEY_SID, auth_token=KEY_SECRET)
    assert run.progress[-1] == "Test Connectivity Passed"
    log, *others = harness.twilio.requests
    assert (log.path.rpartition("/")[2], log.query) == ("Messages.json", {"PageSize": "1"})
    assert not [request for request in others if request.path.endswith(f"{harness.twilio.account_sid}.json")]


def test_a_wrong_secret_fails_and_names_key_secret_and_region(harness: Harness) -> None:
    run = harness.test_connectivity(api_sid=KEY_SID, auth_token="0" * 32)
    assert run.status == "failed"
    assert '"code": 20003' in run.message
    assert "api_sid" in run.message
    assert "region" in run.message


# --- whether the sender is one of the account's


def test_another_number_is_reported_with_its_error_and_does_not_fail_the_test(harness: Harness) -> None:
    run = harness.test_connectivity(from_phone="+15105550199")
    assert run.progress[-1] == "Test Connectivity Passed"
    assert any("+15105550199" in line and "21606" in line for line in run.progress)


@pytest.mark.parametrize("sender", [SERVICE_SID, "ACME SOC", "12345"])
def test_other_senders_are_not_asked_for(harness: Harness, sender: str) -> None:
    harness.test_connectivity(from_phone=sender)
    assert not [request for request in harness.twilio.requests if "IncomingPhoneNumbers" in request.path]


def test_a_key_that_may_not_ask_skips_the_step_in_silence(harness: Harness) -> None:
    harness.use_key("twilio/messaging/messages/list")
    run = harness.test_connectivity()
    assert run.progress[-1] == "Test Connectivity Passed"
    assert not any("21606" in line or "70051" in line for line in run.progress)


@pytest.mark.parametrize("fault", [Fault.ERROR_503, Fault.HANG_BEFORE, Fault.DRIP_BODY], ids=lambda fault: fault.name)
def test_whatever_befalls_the_check_of_the_sender_decides_nothing(harness: Harness, fault: Fault) -> None:
    harness.fault(fault, "GET", times=99, path="IncomingPhoneNumbers.json")
    run = harness.test_connectivity(to_phone=TO)
    assert (run.status, run.outcome) == ("success", "delivered")
    assert run.seconds < 5.0 + 1.5


# --- what fails


def test_wrong_credentials_fail(harness: Harness) -> None:
    run = harness.test_connectivity(auth_token="0" * 32)
    assert run.status == "failed"
    assert "Authenticate" in run.message
    assert run.summary == {"outcome": "not_sent"}
    assert run.progress[-2:] == [run.message, "Test Connectivity Failed"]


@pytest.mark.parametrize("setting", [{"account_sid": "AC12"}, {"to_phone": "nobody"}])
def test_a_wrong_setting_fails_and_is_named(harness: Harness, setting: dict[str, str]) -> None:
    run = harness.test_connectivity(**setting)
    assert run.json["status"] == "failed"
    assert run.progress == [run.json["message"], "Test Connectivity Failed"]
    assert f"{next(iter(setting))} of the asset" in run.progress[0]
    assert harness.twilio.requests == []


def test_test_credentials_pass_and_the_person_is_informed_that_nothing_will_be_sent() -> None:
    harness = Harness(test_credentials=True)
    run = harness.test_connectivity()
    assert run.json["status"] == "success"
    assert "nothing will really be sent" in run.progress[1]


def test_with_a_to_phone_a_test_message_is_sent_and_followed(harness: Harness) -> None:
    run = harness.test_connectivity(to_phone="(510) 111-2345")
    (message,) = harness.twilio.messages
    assert (message.to, message.body) == (E164, "Test message from Splunk SOAR: the Twilio asset works.")
    assert run.progress[-2] == f"{E164}: Message delivery status: delivered"
    assert run.json["status"] == "success"


def test_an_undelivered_test_message_fails_and_says_why(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("undelivered", 0.5, 30005)
    run = harness.test_connectivity(to_phone=TO)
    assert run.status == "failed"
    assert "Error code 30005" in run.progress[-2]
    assert run.progress[-1] == "Test Connectivity Failed"


def test_a_test_message_without_a_receipt_passes_and_is_reported_as_unconfirmed(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("sent", 0.5)
    run = harness.test_connectivity(to_phone=TO)
    assert run.json["status"] == "success"
    assert "Delivery is not confirmed" in run.progress[-2]


def test_a_refused_test_message_fails(harness: Harness) -> None:
    run = harness.test_connectivity(to_phone="+15005550009")
    assert run.status == "failed"
    assert "landline" in run.message


@pytest.mark.parametrize(
    "fault", [Fault.RESET_BEFORE, Fault.ERROR_503, Fault.TOO_MANY_RETRY_AFTER, Fault.CUT_OFF_AFTER]
)
def test_a_transient_fault_does_not_fail_the_test(harness: Harness, fault: Fault) -> None:
    harness.fault(fault, "GET", times=2)
    assert harness.test_connectivity().json["status"] == "success"


def test_another_accounts_response_fails(harness: Harness) -> None:
    other = {"sid": "AC" + "9" * 32, "friendly_name": "Another", "status": "active", "type": "Full"}
    harness.respond(http_response(json.dumps(other).encode()))
    run = harness.test_connectivity()
    assert run.status == "failed"
    assert "The response is not this account: check base_url of the asset." in run.message
    assert run.progress[-1] == "Test Connectivity Failed"


@pytest.mark.parametrize(
    ("status", "after"), [("200 OK", "<!-- scanned -->"), ("200 OK", "]"), ("500 Oops", ""), ("401 Unauthorized", "")]
)
def test_an_account_that_cannot_be_read_does_not_show_its_token_either(
    harness: Harness, status: str, after: str
) -> None:
    account = {"sid": harness.twilio.account_sid, "status": "active", "auth_token": "99aabbccddeeff001122334455667788"}
    harness.respond(http_response((json.dumps(account) + after).encode(), status))
    run = harness.test_connectivity()
    assert run.json["status"] == "failed"
    assert "99aabbcc" not in run.everything()
