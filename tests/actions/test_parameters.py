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

from actions.parameters import message_sid, optional, whole_number
from tests.tables import for_each
from twilio_api.sender import Sender, SenderKind, parse_sender
from twilio_api.values import WrongValue


# --- parameters that need not be given


@for_each("given, value", [(None, "+15101281337"), ("  ", "+15101281337"), (12345, "12345"), ("ACME SOC", "ACME SOC")])
def test_where_a_parameter_is_not_given_its_default_is_used(given: Any, value: str) -> None:
    default = Sender(SenderKind.NUMBER, "+15101281337")
    assert optional({"from_phone": given}, "from_phone", default, parse_sender).value == value


@for_each("given", ["5101281337", "MG123", "None", "null"])
def test_a_wrong_value_is_refused_by_the_name_of_the_parameter(given: str) -> None:
    with pytest.raises(WrongValue, match=rf"^The parameter 'from_phone' is wrong: '{given}' is not a sender"):
        optional({"from_phone": given}, "from_phone", None, parse_sender)


# --- message_sid


@for_each("kind", ["SM", "MM"])
def test_a_message_sid_is_taken_without_blanks(kind: str) -> None:
    assert message_sid({"message_sid": f" {kind}{'0' * 32}\n"}) == kind + "0" * 32


@for_each("given", [None, "", "SM", "CA" + "0" * 32, "SM" + "0" * 30 + "/x", "SM" + "0" * 33])
def test_what_is_no_message_sid_is_refused_by_name(given: Any) -> None:
    with pytest.raises(WrongValue, match=r"^The parameter 'message_sid' is wrong: it is SM or MM and 32 hexadecimal"):
        message_sid({"message_sid": given})


# --- whole numbers


@for_each("given, number", [(None, None), ("  ", None), ("36000", 36000), (60.0, 60), (" 60.0 ", 60)])
def test_a_whole_number_may_be_missing_and_is_taken_as_playbooks_write_it(given: Any, number: int | None) -> None:
    assert whole_number({"validity_period": given}, "validity_period", "seconds", 1, 36000, None) == number


@for_each("given", [0, -1, 36001, 1.5, "soon", "nan", "inf", True, [60]])
def test_any_other_number_is_refused_by_name(given: Any) -> None:
    with pytest.raises(WrongValue, match=r"^The parameter 'validity_period' is wrong: .* of seconds"):
        whole_number({"validity_period": given}, "validity_period", "seconds", 1, 36000, None)
