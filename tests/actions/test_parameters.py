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
"""The parameters that several actions share."""

from __future__ import annotations

from typing import Any

import pytest

from actions.asset import Asset
from actions.parameters import content_variables, message_sid, sender, validity_s
from tests.tables import for_each
from twilio_api.sender import Sender, SenderKind
from twilio_api.values import WrongValue


ASSET = Asset.from_config(
    {
        "base_url": "https://api.twilio.com/2010-04-01",
        "account_sid": "AC" + "0" * 32,
        "auth_token": "x" * 32,
        "from_phone": "+15101281337",
    }
)
NUMBER = Sender(SenderKind.NUMBER, "+15101281337")


# --- from_phone


@for_each("given", [None, "", "  "])
def test_without_a_sender_the_assets_is_used(given: Any) -> None:
    assert sender({"from_phone": given}, ASSET) == sender({}, ASSET) == NUMBER


@for_each("given, value", [("12345", "12345"), (12345, "12345"), ("ACME SOC", "ACME SOC")])
def test_a_sender_that_is_given_is_used_instead(given: Any, value: str) -> None:
    assert sender({"from_phone": given}, ASSET).value == value


def test_a_wrong_sender_is_refused_by_the_name_of_the_parameter() -> None:
    with pytest.raises(WrongValue, match=r"^The parameter 'from_phone' is wrong: '5101281337' is not a sender"):
        sender({"from_phone": "5101281337"}, ASSET)


@for_each("given", ["MG123", "None", "null"])
def test_what_a_playbook_left_empty_or_mistyped_is_no_sender(given: str) -> None:
    with pytest.raises(WrongValue, match=rf"^The parameter 'from_phone' is wrong: '{given}' is not a sender"):
        sender({"from_phone": given}, ASSET)


# --- message_sid


@for_each("kind", ["SM", "MM"])
def test_a_message_sid_is_taken_without_blanks(kind: str) -> None:
    assert message_sid({"message_sid": f" {kind}{'0' * 32}\n"}) == kind + "0" * 32


@for_each("given", [None, "", "SM", "CA" + "0" * 32, "SM" + "0" * 30 + "/x", "SM" + "0" * 33])
def test_what_is_no_message_sid_is_refused_by_name(given: Any) -> None:
    with pytest.raises(WrongValue, match=r"^The parameter 'message_sid' is wrong: it is SM or MM and 32 hexadecimal"):
        message_sid({"message_sid": given})


# --- validity_period


@for_each("given", [None, "", "  "])
def test_the_validity_need_not_be_limited(given: Any) -> None:
    assert validity_s({"validity_period": given}) is None


@for_each("given, seconds", [(1, 1), ("36000", 36000), (60.0, 60), (" 60 ", 60), ("60.0", 60)])
def test_the_validity_is_a_whole_number_of_seconds(given: Any, seconds: int) -> None:
    assert validity_s({"validity_period": given}) == seconds


@for_each("given", [0, -1, 36001, 1.5, "soon", "nan", "inf", True, [60]])
def test_any_other_validity_is_refused_by_name(given: Any) -> None:
    with pytest.raises(WrongValue, match=r"^The parameter 'validity_period' is wrong"):
        validity_s({"validity_period": given})


# --- content_variables


@for_each("given, passed_on", [(None, ""), ("", ""), ({"1": "12 Oct"}, '{"1": "12 Oct"}')])
def test_the_variables_are_a_json_object_or_none(given: Any, passed_on: str) -> None:
    assert content_variables({"content_variables": given}) == passed_on


def test_variables_that_are_none_are_refused_by_name() -> None:
    with pytest.raises(WrongValue) as caught:
        content_variables({"content_variables": "1=12 Oct"})
    assert str(caught.value) == (
        'The parameter \'content_variables\' is wrong: it is a JSON object, such as {"1": "12 Oct", "2": "3 pm"}.'
    )
