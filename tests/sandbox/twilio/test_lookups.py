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
"""Lookup: what is known about a number, with packages that can fail on their own."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox.twilio import LocalTwilio


NUMBER = "+15108675310"
PACKAGE_NAMES = {
    "caller_name",
    "sim_swap",
    "call_forwarding",
    "line_status",
    "line_type_intelligence",
    "identity_match",
    "reassigned_number",
    "sms_pumping_risk",
    "phone_number_quality_score",
    "pre_fill",
}


def look_up(client: Client, number: str = NUMBER, fields: str | None = None) -> Any:
    return client.lookups.v2.phone_numbers(number).fetch(fields=fields or "")


def test_a_number_is_described_for_free(twilio: LocalTwilio, client: Client) -> None:
    found = look_up(client)
    assert (found.phone_number, found.national_format, found.valid) == (NUMBER, "(510) 867-5310", True)
    assert (found.country_code, found.calling_country_code, found.validation_errors) == ("US", "1", [])
    assert {getattr(found, name) for name in PACKAGE_NAMES} == {None}
    assert not twilio.lookups.billed


@pytest.mark.parametrize(
    ("number", "error"),
    [
        ("+15101112345", "INVALID_BUT_POSSIBLE"),
        ("+1510", "TOO_SHORT"),
        ("+151011123456789", "TOO_LONG"),
        ("+9991234567", "NOT_A_NUMBER"),
    ],
)
def test_an_impossible_number_is_a_good_response(client: Client, number: str, error: str) -> None:
    found = look_up(client, number, "line_type_intelligence")
    assert (found.phone_number, found.valid, found.validation_errors) == (number, False, [error])
    assert (found.national_format, found.line_type_intelligence) == (None, None)


def test_what_is_no_number_at_all_is_not_found(client: Client) -> None:
    with pytest.raises(TwilioRestException) as error:
        look_up(client, "somebody")
    assert (error.value.status, error.value.code) == (404, 20404)


def test_packages_that_are_asked_for_are_billed(twilio: LocalTwilio, client: Client) -> None:
    found = look_up(client, fields="line_type_intelligence,caller_name")
    assert found.line_type_intelligence["type"] == "mobile"
    assert found.line_type_intelligence["error_code"] is None
    assert found.sim_swap is None
    assert twilio.lookups.billed == {"line_type_intelligence": 1, "caller_name": 1}


def test_a_package_says_what_was_set(twilio: LocalTwilio, client: Client) -> None:
    twilio.lookups.know(NUMBER, "line_type_intelligence", type="landline", carrier_name="Acme Telephone")
    package = look_up(client, fields="line_type_intelligence").line_type_intelligence
    assert (package["type"], package["carrier_name"]) == ("landline", "Acme Telephone")


@pytest.mark.parametrize("code", [60600, 60606, 60607, 60608])
def test_a_package_can_fail_inside_a_good_response(twilio: LocalTwilio, client: Client, code: int) -> None:
    twilio.lookups.fail(NUMBER, "caller_name", code)
    found = look_up(client, fields="caller_name,line_type_intelligence")
    assert found.caller_name == {"caller_name": None, "caller_type": None, "error_code": code}
    assert found.line_type_intelligence["error_code"] is None
    assert twilio.lookups.billed == {"line_type_intelligence": 1}


def test_a_package_that_needs_more_than_a_number_says_so(client: Client) -> None:
    assert look_up(client, fields="reassigned_number").reassigned_number["error_code"] == 60617


def test_an_unknown_package_is_refused(client: Client) -> None:
    with pytest.raises(TwilioRestException) as error:
        look_up(client, fields="line_type_intelligence,shoe_size")
    assert (error.value.status, error.value.code) == (400, 60618)


def test_a_number_may_be_written_without_its_country(client: Client) -> None:
    assert look_up(client, "5108675310").phone_number == NUMBER
    found = client.lookups.v2.phone_numbers("02079460958").fetch(country_code="GB")
    assert found.phone_number == "+442079460958"
