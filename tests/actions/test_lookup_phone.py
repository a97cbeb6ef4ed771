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
"""The action "lookup phone", as an analyst meets it."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.twilio import Fault
from tests.harness import Harness, Run


NUMBER, VALID = "(510) 222-2345", "+15102222345"


def look_up(harness: Harness, phone: Any = NUMBER, fields: str = "") -> Run:
    return harness.run("lookup phone", {"phone": phone, **({"fields": fields} if fields else {})})


def test_a_number_is_shown_as_twilio_knows_it(harness: Harness) -> None:
    run = look_up(harness)
    assert (run.status, run.message) == ("success", f"{VALID} is a valid phone number.")
    assert (run.row["phone_number"], run.row["country_code"], run.row["caller_name"]) == (VALID, "US", None)
    assert run.summary == {"valid": True}


def test_the_free_look_up_names_no_package(harness: Harness) -> None:
    look_up(harness)
    (request,) = harness.twilio.requests
    assert (request.method, request.path, request.query) == ("GET", f"/v2/PhoneNumbers/{VALID}", {})
    assert not harness.twilio.lookups.billed


def test_line_type_and_carrier_are_shown_where_they_were_asked_for(harness: Harness) -> None:
    harness.twilio.lookups.know(VALID, "line_type_intelligence", type="landline", carrier_name="Example Bell")
    run = look_up(harness, fields="line_type_intelligence, caller_name")
    assert run.summary == {"valid": True, "line_type": "landline", "carrier_name": "Example Bell"}
    assert run.message.startswith(f"{VALID} is a valid phone number: landline, Example Bell.")
    assert dict(harness.twilio.lookups.billed) == {"line_type_intelligence": 1, "caller_name": 1}
    assert run.progress[0] == f"Looking up {VALID} with line_type_intelligence, caller_name"


@pytest.mark.parametrize(
    ("package", "data", "says"),
    [
        ("caller_name", {"caller_name": "JANE DOE"}, "Its caller name is JANE DOE."),
        ("line_status", {"status": "inactive"}, "Its line is inactive."),
        (
            "sim_swap",
            {"last_sim_swap": {"swapped_in_period": True, "swapped_period": "PT48H"}},
            "was swapped within 48 ho",
        ),
        (
            "sim_swap",
            {"last_sim_swap": {"swapped_in_period": False, "swapped_period": "PT24H"}},
            "was not swapped within",
        ),
    ],
)
def test_the_message_says_what_was_paid_for(harness: Harness, package: str, data: dict[str, Any], says: str) -> None:
    harness.twilio.lookups.know(VALID, package, **data)
    assert says in look_up(harness, fields=package).message


def test_the_carrier_of_a_swapped_sim_stands_in_the_summary(harness: Harness) -> None:
    harness.twilio.lookups.know(VALID, "sim_swap", carrier_name="Example Bell")
    assert look_up(harness, fields="sim_swap").summary == {"valid": True, "carrier_name": "Example Bell"}


def test_a_package_that_was_asked_for_and_is_missing_in_the_answer_is_reported(harness: Harness) -> None:
    harness.twilio.lookups.leave_out = {"line_status"}
    run = look_up(harness, fields="line_status,caller_name")
    assert run.status == "success"
    assert run.message.endswith("Twilio's response says nothing about line_status.")


def test_a_look_up_that_finds_nothing_blames_the_number_and_the_address_not_the_account(harness: Harness) -> None:
    harness.twilio.lookups.unknown = {VALID}
    run = look_up(harness)
    assert run.status == "failed"
    assert run.message.endswith(f"Twilio's Lookup does not know {VALID}. Check phone, and base_url of the asset.")
    assert "account_sid" not in run.message


def test_a_number_that_is_not_valid_is_a_success(harness: Harness) -> None:
    run = look_up(harness, "510 111 2345")
    assert (run.status, run.summary) == ("success", {"valid": False})
    assert run.message == "+15101112345 is not a valid phone number (INVALID_BUT_POSSIBLE)."


def test_a_package_that_failed_is_reported_with_advice_and_the_others_are_kept(harness: Harness) -> None:
    harness.twilio.lookups.fail(VALID, "caller_name", 60606)
    run = look_up(harness, fields="line_type_intelligence,caller_name")
    assert run.status == "success"
    assert run.message.startswith(f"{VALID} is a valid phone number: mobile, Example Wireless. ")
    assert "caller_name failed with error code 60606. The package is not switched on" in run.message
    assert run.row["caller_name"]["error_code"] == 60606


def test_a_package_that_failed_leaves_its_summary_empty(harness: Harness) -> None:
    harness.twilio.lookups.fail(VALID, "line_type_intelligence", 60600)
    run = look_up(harness, fields="line_type_intelligence")
    assert run.summary == {"valid": True, "line_type": None, "carrier_name": None}


def test_a_package_that_twilio_does_not_have_is_twilios_to_refuse(harness: Harness) -> None:
    run = look_up(harness, fields="shoe_size")
    assert run.status == "failed"
    assert '"code": 60618' in run.message
    assert run.message.endswith("Twilio does not know a value of this look-up: check the names in fields.")


def test_a_package_that_needs_more_than_the_number_is_reported_with_advice(harness: Harness) -> None:
    run = look_up(harness, fields="identity_match")
    assert run.status == "success"
    assert run.message.endswith("with data that this action does not give: leave it out of fields.")


@pytest.mark.parametrize(
    ("phone", "fields", "says"),
    [
        ("12345", "", "is a short code"),
        ("nobody", "", "is not a phone number"),
        (NUMBER, "a b", "not the name of a Lookup"),
    ],
)
def test_wrong_input_costs_no_request(harness: Harness, phone: str, fields: str, says: str) -> None:
    run = look_up(harness, phone, fields)
    assert run.status == "failed"
    assert says in run.message
    assert harness.twilio.requests == []


def test_a_reading_call_is_repeated(harness: Harness) -> None:
    harness.fault(Fault.ERROR_503, "GET", times=3)
    assert look_up(harness).status == "success"


def test_each_number_has_its_own_result(harness: Harness) -> None:
    run = harness.run("lookup phone", {"phone": NUMBER}, {"phone": "nobody"}, {"phone": "+442079460958"})
    assert [result["status"] for result in run.results] == ["success", "failed", "success"]
