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
"""Texts: whether they show anything, and how many segments they cost."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from tests.tables import for_each
from twilio_api.text import is_blank, segments


@for_each(
    "text, number, encoding",
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
)
def test_segments(text: str, number: int, encoding: str) -> None:
    assert segments(text) == (number, encoding)


@settings(max_examples=30)
@given(st.text(max_size=400))
def test_a_longer_text_never_costs_less(text: str) -> None:
    assert segments(text + "й").number >= segments(text).number >= 1


INVISIBLE = {
    "blanks": " \n\t\r\u00a0\u2003\u2028\u3000",
    "control characters": "\x00\x07\x1b\x85",
    "zero width space": "\u200b",
    "joiners": "\u200c\u200d\u034f",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "direction marks": "\u200e\u200f\u202a\u2066",
    "Hangul fillers": "\u3164\u115f\u1160\uffa0",
    "blank braille": "\u2800",
    "variation selectors": "\ufe0f\ufe00\U000e0100\u180b",
    "tags": "\U000e0001\U000e0041",
    "Khmer vowels that are not written": "\u17b4\u17b5",
}


@for_each("text", INVISIBLE.values())
def test_a_text_of_characters_that_show_nothing_is_blank(text: str) -> None:
    assert is_blank(text)
    assert all(is_blank(char) for char in text)
    assert not is_blank(f"{text}x{text}")


@for_each("text", [".", "0", "é", "\u0301", "😀", "👍🏽", "❤️", "\u0600", "ﷺ", "ㅤ한", "\ue000"])
def test_a_text_that_shows_something_is_not_blank(text: str) -> None:
    assert not is_blank(text)
