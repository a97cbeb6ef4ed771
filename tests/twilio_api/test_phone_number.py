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
"""From a person's spelling to E.164."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from tests.tables import for_each
from twilio_api.phone_number import split_channel, to_e164
from twilio_api.values import WrongValue


@for_each(
    "spelling",
    [
        "5101112345",
        "(510) 111-2345",
        "510.111.2345",
        "510/111-2345",
        "1-510-111-2345",
        "15101112345",
        "+1 510 111 2345",
        "  5101112345\n",
        "510\u2011111\u20132345",
        "+1\u00a0510\u00a0111\u00a02345",
        "\u202a+15101112345\u202c",
        "\u200e(510) 111-2345\u200f",
        "５１０１１１２３４５",
        "＋１ ５１０ １１１ ２３４５",
        "tel:5101112345",
        "TEL:+1-510-111-2345",
        "011 1 510 111 2345",
    ],
)
def test_an_american_number_in_any_spelling(spelling: str) -> None:
    assert to_e164(spelling) == "+15101112345"


@for_each(
    "spelling",
    [
        "+44 20 7946 0958",
        "+44 (0)20 7946 0958",
        "(+44) 20 7946 0958",
        "011 44 20 7946 0958",
        "011 44 (0)20 7946 0958",
        "0044 20 7946 0958",
        "tel:+44-20-7946-0958",
    ],
)
def test_a_number_with_a_country_code_keeps_it(spelling: str) -> None:
    assert to_e164(spelling) == "+442079460958"


def test_a_number_without_a_country_code_is_american() -> None:
    assert to_e164("2079460958") == "+12079460958"


def test_a_zero_that_belongs_to_the_number_stays() -> None:
    assert to_e164("+39 06 698 1234") == "+39066981234"


def test_a_number_that_a_playbook_passes_as_an_integer_is_read() -> None:
    assert to_e164(5101112345) == "+15101112345"


@for_each("spelling", ["5101112345.0", "+15101112345.00", "15101112345.0", 5101112345.0, 15101112345])
def test_a_number_that_went_through_a_spreadsheet_is_read(spelling: object) -> None:
    assert to_e164(spelling) == "+15101112345"


# --- what is no number that can be written to, and the sentence that says why


def refusal_of(spelling: object) -> str:
    with pytest.raises(WrongValue, match=r"^('|No phone)") as caught:
        to_e164(spelling)
    return str(caught.value)


@for_each(
    "spelling",
    [
        "+",
        "()",
        "+12",
        "+999123456789",
        "+06 12 34 56 78",
        "-5101112345",
        "- 510 111 2345",
        "(-510) 111-2345",
        "\u22125101112345",
        "+-15101112345",
        "tel:-5101112345",
        "-5101112345.0",
        -5101112345,
        "5101112345+",
        "+1+5101112345",
        "++15101112345",
        "510111234²",
        "5101112345@example.com",
        "call 5101112345",
        "5.101112345E+09",
        5101112345.5,
    ],
)
def test_what_is_no_phone_number_is_refused(spelling: object) -> None:
    assert refusal_of(spelling).startswith(
        f"'{spelling}' is not a phone number. Give one number with its country code, "
    )


@for_each(
    "value, shown",
    [
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (-5101112345.0, "-5101112345"),
        (True, "true"),
        ([5101112345], "[5101112345]"),
        ({"phone": "5101112345"}, '{"phone": "5101112345"}'),
    ],
)
def test_a_value_that_is_no_text_is_refused_and_shown_as_json(value: object, shown: str) -> None:
    assert refusal_of(value).startswith(f"'{shown}' is not a phone number. Give one number with its country code, ")


@for_each(
    "spelling",
    ["06 12 34 56 78", "0612345678", "(0)20 7946 0958", "020 7946 0958", "(020) 7946 0958", "0113 496 0000"],
)
def test_a_national_0_is_said_to_need_a_country_code(spelling: str) -> None:
    assert refusal_of(spelling).startswith(f"'{spelling}' needs its country code: it begins with the 0 that ")


@for_each(
    "spelling",
    [
        "5101112345 x12",
        "5101112345x12",
        "5101112345 ext. 12",
        "(510) 111-2345 Extension: 12",
        "5101112345 #12",
        "5101112345,,12",
        "5101112345;12",
        "5101112345p12",
        "tel:+1-510-111-2345;ext=12",
    ],
)
def test_an_extension_is_named(spelling: str) -> None:
    assert refusal_of(spelling).startswith(f"'{spelling}' has an extension, which cannot be reached. Give the number ")


@for_each(
    "spelling",
    [
        "5101112345 5101112346",
        "5101112345 -5101112346",
        "5101112345 - 5101112346",
        "510 111 2345 510 111 2346",
        "5101112345 5101112346 5101112347",
        "5101112345, 5101112346",
        "5101112345;5101112346",
        "5101112345/5101112346",
        "5101112345\n5101112346",
        "+15101112345+442079460958",
        "5101112345 or 5101112346",
        "work 5101112345, home (510) 111-2346",
    ],
)
def test_two_numbers_are_named(spelling: str) -> None:
    assert refusal_of(spelling).startswith(f"'{spelling}' holds more than one phone number. Give one number, ")


@for_each("spelling", ["911", "12345", "123-456", "(510)", 12345])
def test_a_short_code_and_a_part_of_a_number_are_named(spelling: object) -> None:
    assert refusal_of(spelling).startswith(f"'{spelling}' is a short code or part of a number. Give a whole phone ")


def test_the_national_0_is_named_however_few_digits_follow() -> None:
    assert refusal_of("06 12").startswith("'06 12' needs its country code: ")


def test_a_sid_is_named() -> None:
    assert refusal_of("SM" + "12345678" * 4) == "'SM12…' is a SID. Give a phone number, such as +15101112345."


@for_each("spelling", [None, "", " \u202a"])
def test_a_number_that_is_missing_is_not_shown(spelling: object) -> None:
    assert refusal_of(spelling).startswith("No phone number was given. Give one with its country code, ")


@for_each("spelling", ["1-800-FLOWERS", "+1 800 flowers", "(800) GOT-JUNK", "1-800-CALL-NOW"])
def test_letters_in_place_of_digits_are_named(spelling: str) -> None:
    assert refusal_of(spelling).startswith(f"'{spelling}' has letters in place of digits. Give the digits, ")


@for_each("spelling", ["1112345", "111-2345", "+1 111 2345"])
def test_a_missing_area_code_is_named(spelling: str) -> None:
    assert refusal_of(spelling) == f"'{spelling}' has no area code. Give the whole number, such as +15101112345."


@for_each(
    "spelling, says",
    [
        ("51011123", "has too few digits for a +1 number."),
        ("+1 510 111 23", "has too few digits for a +1 number."),
        ("+1510111234567890", "has too many digits for a +1 number."),
        (
            "442079460958",
            "has too many digits for a +1 number. If it begins with a country code, put + before it.",
        ),
        ("115101112345", "has too many digits for a +1 number. If it begins with a country code, put + before it."),
        ("11 5101112345", "has too many digits for a +1 number. If it begins with a country code, put + before it."),
        (
            "1 1 510-111-2345",
            "has too many digits for a +1 number. If it begins with a country code, put + before it.",
        ),
        ("+1 1 510 111 2345", "has too many digits for a +1 number."),
        ("00 1 1 510 111 2345", "has too many digits for a +1 number."),
        ("+44 20 7946 0958 123", "has too many digits for a +44 number."),
    ],
)
def test_a_wrong_number_of_digits_is_named(spelling: str, says: str) -> None:
    assert refusal_of(spelling) == f"'{spelling}' {says}"


def test_the_error_shows_the_input_and_an_example() -> None:
    assert refusal_of("5O1-whatever").startswith("'5O1-whatever' is not a phone number. ")
    assert "+15101112345" in refusal_of("5O1-whatever")


@for_each(
    "spelling, shown",
    [("9" * 5000, "9999…"), ("5101112345 " * 100, ("5101112345 " * 6)[:60] + "…"), (10**80, "1000…")],
)
def test_a_long_input_is_shown_shortened(spelling: object, shown: str) -> None:
    assert refusal_of(spelling).startswith(f"'{shown}' ")


# --- addresses of other channels


@for_each(
    "spelling, channel, address",
    [
        ("whatsapp:+15101112345", "whatsapp:", "+15101112345"),
        (" WhatsApp: (510) 111-2345 ", "whatsapp:", "(510) 111-2345"),
        ("\u202awhatsapp:+15101112345\u202c", "whatsapp:", "+15101112345"),
        ('"whatsapp:+15101112345"', "whatsapp:", "+15101112345"),
        ("rcs:+15101112345", "rcs:", "+15101112345"),
        ("RCS: AcmeSOC", "rcs:", "AcmeSOC"),
        ("+15101112345", "", "+15101112345"),
        ("messenger:123", "", "messenger:123"),
        (5101112345, "", 5101112345),
        (None, "", None),
    ],
)
def test_an_address_is_split_into_its_channel_and_the_rest(spelling: object, channel: str, address: object) -> None:
    assert split_channel(spelling) == (channel, address)


@for_each(
    "spelling, what",
    [("whatsapp:+15101112345", "a WhatsApp address"), ("rcs:+15101112345", "an RCS address")],
)
def test_an_address_of_a_channel_is_not_a_phone_number(spelling: str, what: str) -> None:
    assert refusal_of(spelling) == f"'{spelling}' is {what}. Give the phone number alone, such as +15101112345."


@for_each("spelling", ['"+15101112345"', "'5101112345'", "“+1 510 111 2345”"])
def test_quotes_around_a_number_are_no_part_of_it(spelling: str) -> None:
    assert to_e164(spelling) == "+15101112345"


# --- any text


@given(st.text() | st.text(alphabet="0123456789+()-. \u00a0\u202a", max_size=24))
def test_any_text_gives_an_e164_number_or_a_plain_error(spelling: str) -> None:
    try:
        number = to_e164(spelling)
    except WrongValue:
        return
    assert re.fullmatch(r"\+[1-9][0-9]{4,14}", number)


@given(st.integers(min_value=2_000_000_000, max_value=9_999_999_999))
def test_what_came_out_goes_in_unchanged(number: int) -> None:
    once = to_e164(str(number))
    assert to_e164(once) == once == f"+1{number}"


def test_a_long_spelling_is_refused_quickly() -> None:
    assert "more than one phone number" in refusal_of("1 2 3 4 5 6 7 8 9 0 " * 2000 + "x")
