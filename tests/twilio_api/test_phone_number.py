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

from twilio_api.phone_number import to_e164


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        None,
        "+",
        "00",
        "()",
        "911",
        "12345",
        "1112345",
        "442079460958",
        "+999123456789",
        "+1510111234567890",
        "5101112345 5101112346",
        "5101112345, 5101112346",
        "5101112345;5101112346",
        "5101112345\n5101112346",
        "5101112345 x12",
        "5101112345 ext. 12",
        "1-800-FLOWERS",
        "whatsapp:+15101112345",
        "call 5101112345",
        "5101112345+",
        "+1+5101112345",
        "++15101112345",
        "510111234²",
        "5101112345@example.com",
        True,
    ],
)
def test_anything_else_is_refused(spelling: object) -> None:
    with pytest.raises(ValueError, match="is not a phone number"):
        to_e164(spelling)


def test_the_error_shows_the_input_and_an_example() -> None:
    with pytest.raises(ValueError, match=r"^'5O1-whatever' is not a phone number\. .*\+15101112345"):
        to_e164("5O1-whatever")


def test_a_long_input_is_shown_shortened() -> None:
    with pytest.raises(ValueError, match=f"^'{'9' * 60}…' is not"):
        to_e164("9" * 5000)


@given(st.text() | st.text(alphabet="0123456789+()-. \u00a0\u202a", max_size=24))
def test_any_text_gives_an_e164_number_or_a_plain_error(spelling: str) -> None:
    try:
        number = to_e164(spelling)
    except ValueError:
        return
    assert re.fullmatch(r"\+[1-9][0-9]{4,14}", number)


@given(st.integers(min_value=2_000_000_000, max_value=9_999_999_999))
def test_what_came_out_goes_in_unchanged(number: int) -> None:
    once = to_e164(str(number))
    assert to_e164(once) == once == f"+1{number}"
