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
from twilio_api.phone_number import split_channel, to_address, to_e164
from twilio_api.values import WrongValue


# Each number with its spellings
NUMBERS: dict[str, list[object]] = {
    "+15101112345": [
        *("5101112345", "(510) 111-2345", "510.111.2345", "510/111-2345", "  5101112345\n", 5101112345),
        *("1-510-111-2345", "15101112345", "+1 510 111 2345", "011 1 510 111 2345", 15101112345),
        *("tel:5101112345", "TEL:+1-510-111-2345", '"+15101112345"', "'5101112345'", "“+1 510 111 2345”"),
        *(
            "510\u2011111\u20132345",
            "+1\u00a0510\u00a0111\u00a02345",
            "(510)\t111-2345",
            "５１０１１１２３４５",
            "＋１ ５１０ １１１ ２３４５",
        ),
        *("\u202a+15101112345\u202c", "\u200e(510) 111-2345\u200f"),  # as copied from a web page
        *("5101112345.0", "+15101112345.00", "15101112345.0", 5101112345.0),  # as a spreadsheet writes it
    ],
    "+442079460958": [
        *("+44 20 7946 0958", "+44 (0)20 7946 0958", "(+44) 20 7946 0958", "tel:+44-20-7946-0958"),
        *("011 44 20 7946 0958", "011 44 (0)20 7946 0958", "0044 20 7946 0958"),
    ],
    "+525512345678": [
        *("+52 55 1234 5678", "+52 1 55 1234 5678", "0052 1 55 1234 5678", "+52 (1) 55 1234 5678"),
        *("011 52 55 1234 5678", "011 52 1 55 1234 5678", "011-52-1-55-1234-5678"),
    ],
    "+12079460958": ["2079460958"],  # without a country code it is American
    "+39066981234": ["+39 06 698 1234"],  # in Italy the zero belongs to the number
}


@for_each("number, spelling", [(number, spelling) for number in NUMBERS for spelling in NUMBERS[number]])
def test_a_number_is_read_in_any_spelling(number: str, spelling: object) -> None:
    assert to_e164(spelling) == number


@for_each("spelling", ["+52 1 55 1234 5678", "011 52 1 55 1234 5678"])
def test_on_whatsapp_alone_a_number_of_mexico_keeps_its_1(spelling: str) -> None:
    addresses = [to_address(channel, spelling) for channel in ("", "whatsapp:", "rcs:")]
    assert addresses == ["+525512345678", "whatsapp:+5215512345678", "rcs:+525512345678"]
    assert to_address("whatsapp:", "+52 55 1234 5678") == "whatsapp:+525512345678"


# --- what is no number that can be written to, and the sentence that says why


def refusal_of(spelling: object) -> str:
    with pytest.raises(WrongValue, match=r"^('|No phone)") as caught:
        to_e164(spelling)
    return str(caught.value)


NO_NUMBER = (
    "is not a phone number. Give one number with its country code, such as +15101112345; "
    "without a country code it is taken for a +1 number."
)
NATIONAL_0 = (
    "needs its country code: it begins with the 0 that is dialled within a country. "
    "Write + and the country code in its place, such as +33 6 12 34 56 78 for 06 12 34 56 78 in France."
)
TOO_MANY_DIGITS = "has too many digits for a +1 number."
# Each sentence about a spelling, with the spellings
REFUSALS: dict[str, list[object]] = {
    NO_NUMBER: [
        *("+", "()", "+12", "+999123456789", "+06 12 34 56 78", "510111234²", "5O1-whatever", "call 5101112345"),
        *("00-33 6 12 34 56 78", "00 +1 5101112345"),
        *("-5101112345", "- 510 111 2345", "(-510) 111-2345", "\u22125101112345", "+-15101112345", -5101112345),
        *("tel:-5101112345", "-5101112345.0", "5101112345+", "+1+5101112345", "++15101112345"),
        *("5101112345@example.com", "5.101112345E+09", 5101112345.5),
    ],
    NATIONAL_0: [
        *(
            "06 12 34 56 78",
            "0612345678",
            "(0)20 7946 0958",
            "020 7946 0958",
            "(020) 7946 0958",
            "0113 496 0000",
            "01-11 510 111 2345",
            "06 12",
        ),
    ],
    "has an extension, which cannot be reached. Give the number alone, such as +15101112345.": [
        *("5101112345 x12", "5101112345x12", "5101112345 ext. 12", "(510) 111-2345 Extension: 12", "5101112345 #12"),
        *("5101112345,,12", "5101112345;12", "5101112345p12", "tel:+1-510-111-2345;ext=12"),
    ],
    "holds more than one phone number. Give one number, such as +15101112345.": [
        *("5101112345 5101112346", "5101112345 -5101112346", "5101112345 - 5101112346", "510 111 2345 510 111 2346"),
        *(
            "5101112345 5101112346 5101112347",
            "5101112345, 5101112346",
            "5101112345;5101112346",
            "5101112345/5101112346",
        ),
        *("5101112345\n5101112346", "+15101112345+442079460958", "5101112345 or 5101112346"),
        "work 5101112345, home (510) 111-2346",
    ],
    "is a short code or part of a number. Give a whole phone number, such as +15101112345.": [
        "911",
        "12345",
        "123-456",
        "(510)",
        12345,
    ],
    "has letters in place of digits. Give the digits, such as +15101112345.": [
        *("1-800-FLOWERS", "+1 800 flowers", "(800) GOT-JUNK", "1-800-CALL-NOW"),
    ],
    "has no area code. Give the whole number, such as +15101112345.": ["1112345", "111-2345", "+1 111 2345"],
    "has too few digits for a +1 number.": ["51011123", "+1 510 111 23"],
    TOO_MANY_DIGITS: ["+1510111234567890", "+1 1 510 111 2345", "00 1 1 510 111 2345"],
    f"{TOO_MANY_DIGITS} If it begins with a country code, put + before it.": [
        *("442079460958", "115101112345", "11 5101112345", "1 1 510-111-2345"),
    ],
    "has too many digits for a +44 number.": ["+44 20 7946 0958 123"],
    "is a WhatsApp address. Give the phone number alone, such as +15101112345.": ["whatsapp:+15101112345"],
    "is an RCS address. Give the phone number alone, such as +15101112345.": ["rcs:+15101112345"],
}


@for_each("says, spelling", [(says, spelling) for says in REFUSALS for spelling in REFUSALS[says]])
def test_what_is_no_phone_number_is_shown_with_what_is_wrong_with_it(says: str, spelling: object) -> None:
    assert refusal_of(spelling) == f"'{spelling}' {says}"


@for_each(
    "value, shown",
    [
        *((float("nan"), "NaN"), (float("-inf"), "-Infinity"), (-5101112345.0, "-5101112345"), (True, "true")),
        *(([5101112345], "[5101112345]"), ({"phone": "5101112345"}, '{"phone": "5101112345"}')),
    ],
)
def test_a_value_that_is_no_text_is_refused_and_shown_as_json(value: object, shown: str) -> None:
    assert refusal_of(value) == f"'{shown}' {NO_NUMBER}"


def test_a_sid_is_named() -> None:
    assert refusal_of("SM" + "12345678" * 4) == "'SM12…' is a SID. Give a phone number, such as +15101112345."


@for_each("spelling", [None, "", " \u202a"])
def test_a_number_that_is_missing_is_not_shown(spelling: object) -> None:
    assert refusal_of(spelling) == "No phone number was given. Give one with its country code, such as +15101112345."


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
