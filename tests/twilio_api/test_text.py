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
"""Texts: what may be sent, and how many segments it costs."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from twilio_api.text import checked_body, segments


@pytest.mark.parametrize(
    ("text", "number", "encoding"),
    [
        ("", 1, "GSM-7"),
        ("a" * 160, 1, "GSM-7"),
        ("a" * 161, 2, "GSM-7"),
        ("a" * 306, 2, "GSM-7"),
        ("a" * 307, 3, "GSM-7"),
        ("a" * 1600, 11, "GSM-7"),
        ("é\n£Ω", 1, "GSM-7"),
        ("€" * 80, 1, "GSM-7"),
        ("€" * 81, 2, "GSM-7"),
        ("{" * 76 + "}" * 76, 2, "GSM-7"),
        ("[" * 152, 2, "GSM-7"),
        ("[" * 153, 3, "GSM-7"),
        ("a" * 152 + "€" + "a" * 152, 3, "GSM-7"),  # the euro sign is not torn apart
        ("й" * 70, 1, "UCS-2"),
        ("й" * 71, 2, "UCS-2"),
        ("й" * 134, 2, "UCS-2"),
        ("й" * 135, 3, "UCS-2"),
        ("😀" * 35, 1, "UCS-2"),
        ("😀" * 36, 2, "UCS-2"),
        ("й" * 66 + "😀" + "й" * 66, 3, "UCS-2"),  # nor is an emoji
        ("a" * 69 + "’", 1, "UCS-2"),
    ],
    ids=lambda value: f"{value[:3]}… of {len(value)}" if isinstance(value, str) and len(value) > 6 else None,
)
def test_segments(text: str, number: int, encoding: str) -> None:
    assert segments(text) == (number, encoding)


@given(st.text(max_size=400))
def test_a_longer_text_never_costs_less(text: str) -> None:
    assert segments(text + "й").number >= segments(text).number >= 1


@pytest.mark.parametrize("text", ["x", " x ", "{0} {", "x" * 1600, "😀\n\t"])
def test_a_text_is_passed_on_unchanged(text: str) -> None:
    assert checked_body(text) == text


def test_a_number_that_a_playbook_passes_as_text_is_sent_as_text() -> None:
    assert checked_body(42) == "42"


@pytest.mark.parametrize("text", [None, "", " ", "\n\t\u00a0"])
def test_a_blank_text_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="'message' is blank"):
        checked_body(text)


def test_1601_characters_are_refused() -> None:
    with pytest.raises(ValueError, match="has 1601 characters; Twilio takes at most 1600"):
        checked_body("x" * 1601)


def test_half_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match="half of a character at position 3"):
        checked_body("ab\ud83d")


@given(st.text(alphabet=st.characters()))
def test_any_text_is_sent_as_it_is_or_refused_plainly(text: str) -> None:
    with suppress(ValueError):
        assert checked_body(text) == text
