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
"""The parts of a lookup: which are asked for, and what they say."""

from __future__ import annotations

import re

import pytest

from tests.tables import for_each
from tests.twilio_api.scripted_transport import SILENCE, Scripted, response
from twilio_api.errors import CallError
from twilio_api.lookups import Lookup, look_up, parse_packages
from twilio_api.values import WrongValue


@for_each(
    "given, names",
    [
        (None, ()),
        ("", ()),
        (" , ", ()),
        ("caller_name", ("caller_name",)),
        (" line_type_intelligence ,caller_name,, ", ("line_type_intelligence", "caller_name")),
        ("Caller_Name,caller_name", ("caller_name",)),
        ("one_that_is_new", ("one_that_is_new",)),
        (["caller_name", "sim_swap"], ("caller_name", "sim_swap")),
    ],
)
def test_names_are_separated_by_commas_or_a_list(given: object, names: tuple[str, ...]) -> None:
    assert parse_packages(given, "The parameter 'fields'") == names


@for_each("given", ["caller name", "caller_name;sim_swap", "a&b=c", "../x", "naïve", "1"])
def test_what_can_be_no_name_is_refused(given: str) -> None:
    with pytest.raises(WrongValue, match="The parameter 'fields' is wrong: "):
        parse_packages(given, "The parameter 'fields'")


@for_each("given, shown", [({"sim_swap": 1, "caller_name": 1}, '{"sim_swap": 1, "caller_name": 1}'), (True, "true")])
def test_what_is_neither_text_nor_a_list_is_refused_and_shown_as_json(given: object, shown: str) -> None:
    with pytest.raises(WrongValue, match=f"'{re.escape(shown)}' is not the name of a Lookup package"):
        parse_packages(given, "The parameter 'fields'")


def test_the_carrier_comes_from_the_package_that_knows_it() -> None:
    resource = {"valid": True, "line_type_intelligence": None, "sim_swap": {"carrier_name": "Example Wireless"}}
    assert Lookup(resource, ("sim_swap",)).carrier_name == "Example Wireless"


@for_each("part", [None, [], "text", {}, {"type": 7}])
def test_a_part_of_another_shape_says_nothing(part: object) -> None:
    lookup = Lookup({"valid": True, "line_type_intelligence": part}, ("line_type_intelligence",))
    assert (lookup.line_type, lookup.carrier_name, lookup.failed) == (None, None, [])


@for_each("code, failed", [(60606, 60606), ("60606", 60606), (None, None), ("", None), ({}, None)])
def test_an_error_code_may_be_a_number_or_text(code: object, failed: int | None) -> None:
    lookup = Lookup({"valid": True, "sim_swap": {"error_code": code}}, ("sim_swap",))
    assert [package.code for package in lookup.failed] == ([] if failed is None else [failed])


@for_each("valid, missing", [(True, ["sim_swap", "pre_fill"]), (False, [])])
def test_what_was_asked_for_and_is_not_there_is_missing_but_for_numbers_that_are_none(
    valid: bool, missing: list[str]
) -> None:
    resource = {"valid": valid, "caller_name": {"error_code": None}, "sim_swap": None}
    assert Lookup(resource, ("caller_name", "sim_swap", "pre_fill")).missing == missing


@for_each("period, words", [("PT24H", "24 hours"), ("P1D", "Twilio's period"), (None, "Twilio's period")])
def test_the_period_of_a_sim_swap_is_said_in_words(period: str | None, words: str) -> None:
    lookup = Lookup({"valid": True, "sim_swap": {"last_sim_swap": {"swapped_period": period}}}, ("sim_swap",))
    assert (lookup.sim_swap_period, lookup.is_sim_swapped) == (words, None)


def test_only_packages_that_were_asked_for_can_fail() -> None:
    resource = {"valid": True, "caller_name": {"error_code": 60606}, "sim_swap": {"error_code": 60607}}
    assert [package.name for package in Lookup(resource, ("sim_swap",)).failed] == ["sim_swap"]


@for_each("packages, params", [((), {}), (("caller_name", "sim_swap"), {"Fields": "caller_name,sim_swap"})])
def test_a_number_is_looked_up_at_the_host_of_lookups(packages: tuple[str, ...], params: dict[str, str]) -> None:
    with Scripted() as scripted:
        scripted.http.on("GET", SILENCE, response({"valid": True}))
        assert scripted.run(look_up(scripted.client, "+15101112345", packages)) == Lookup({"valid": True}, packages)
        call = scripted.http.calls[-1]
    assert (call.url, call.params) == ("https://lookups.twilio.com/v2/PhoneNumbers/%2B15101112345", params)


@for_each("json", [{}, {"valid": None}, {"valid": "yes"}])
def test_another_response_than_a_look_up_is_not_believed(json: dict[str, object]) -> None:
    with Scripted() as scripted:
        scripted.http.on("GET", response(json))
        with pytest.raises(CallError, match="not a look-up"):
            scripted.run(look_up(scripted.client, "+15101112345", ()))
