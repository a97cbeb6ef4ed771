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
"""The text of a message: whether it shows anything, and how many segments it costs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple


# The basic character set of GSM 03.38; each character takes one septet.
_GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Reached through the escape character, so each takes two septets, which may not be torn apart.
_GSM7_EXTENDED = frozenset("\f^{}\\[~]|€")

_GSM7_ALONE, _GSM7_JOINED = 160, 153  # septets in a single message, and in each part of a joined one
_UCS2_ALONE, _UCS2_JOINED = 70, 67  # 16-bit units, likewise

# Characters that show nothing although their category is that of letters, marks or symbols: joiners, fillers, blank
# braille, variation selectors, and what is set aside for more of them (Unicode's Default_Ignorable_Code_Point).
_INVISIBLE = (
    ("\u034f", "\u034f"),
    ("\u115f", "\u1160"),
    ("\u17b4", "\u17b5"),
    ("\u180b", "\u180f"),
    ("\u2065", "\u2065"),
    ("\u2800", "\u2800"),
    ("\u3164", "\u3164"),
    ("\ufe00", "\ufe0f"),
    ("\uffa0", "\uffa0"),
    ("\ufff0", "\ufff8"),
    ("\U00016fe4", "\U00016fe4"),
    ("\U0001d159", "\U0001d159"),
    ("\U000e0000", "\U000e0fff"),
)
# Format characters that do show something: the signs that stand before Arabic, Syriac and Kaithi numbers
_VISIBLE_FORMAT_CHARACTERS = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)


class Segments(NamedTuple):
    """What a text costs: the number of segments, and the encoding that decides it ("GSM-7" or "UCS-2")."""

    number: int
    encoding: str


def segments(text: str) -> Segments:
    """Count the SMS segments of a text (https://www.twilio.com/docs/glossary/what-sms-character-limit)."""
    if all(char in _GSM7_BASIC or char in _GSM7_EXTENDED for char in text):
        encoding, alone, joined = "GSM-7", _GSM7_ALONE, _GSM7_JOINED
        sizes = [2 if char in _GSM7_EXTENDED else 1 for char in text]
    else:
        encoding, alone, joined = "UCS-2", _UCS2_ALONE, _UCS2_JOINED
        sizes = [2 if ord(char) > 0xFFFF else 1 for char in text]
    return Segments(1 if sum(sizes) <= alone else _count_joined(sizes, joined), encoding)


def _count_joined(sizes: Iterable[int], most: int) -> int:
    """How many segments characters of these sizes fill, of which each segment holds so much; none is torn apart."""
    count, room = 1, most
    for size in sizes:
        if size > room:
            count, room = count + 1, most
        room -= size
    return count


def is_blank(text: str) -> bool:
    """Whether a text shows nothing: it is empty, or holds only blanks and characters that are invisible."""
    return all(map(_is_invisible, text))


def _is_invisible(char: str) -> bool:
    category = unicodedata.category(char)
    if category == "Cf":
        return char not in _VISIBLE_FORMAT_CHARACTERS
    return category in ("Zs", "Zl", "Zp", "Cc") or any(first <= char <= last for first, last in _INVISIBLE)


# What Twilio's Smart Encoding puts in place of characters that would cost a text its GSM-7
# (https://www.twilio.com/docs/messaging/services#smart-encoding)
_SMART_ENCODING = str.maketrans(
    {
        **dict.fromkeys("\u00ab\u00bb\u201c\u201d\u201e\u201f\u02ba\u02ee\u275d\u275e\u301d\u301e\uff02", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u02b9\u02bb\u02bc\u02bd\u02c8\u2032\u275b\u275c\u2039\u203a", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u00ad", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", None),
        "\u2026": "...",
    }
)


def as_stored(text: str) -> str:
    """Return a text so that two are equal if Twilio may store the one for the other.

    Line ends, blanks at the ends, composed letters, and what Smart Encoding replaces make no difference.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_SMART_ENCODING)
    return unicodedata.normalize("NFC", text).strip()
