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
"""The text of a message: may it be sent, and how many segments does it cost."""

from __future__ import annotations

from typing import NamedTuple

from twilio_consts import MAX_BODY_CHARS


# The basic character set of GSM 03.38; each character takes one septet.
_GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Reached through the escape character, so each takes two septets, which may not be torn apart.
_GSM7_EXTENDED = frozenset("\f^{}\\[~]|€")

_GSM7_ALONE, _GSM7_JOINED = 160, 153  # septets in a single message, and in each part of a joined one
_UCS2_ALONE, _UCS2_JOINED = 70, 67  # 16-bit units, likewise


class Segments(NamedTuple):
    """What a text costs: the number of segments, and the encoding that decides it ("GSM-7" or "UCS-2")."""

    number: int
    encoding: str


def segments(text: str) -> Segments:
    """Count the SMS segments of a text (https://www.twilio.com/docs/glossary/what-sms-character-limit)."""
    if all(char in _GSM7_BASIC or char in _GSM7_EXTENDED for char in text):
        sizes = [2 if char in _GSM7_EXTENDED else 1 for char in text]
        return Segments(_parts(sizes, _GSM7_ALONE, _GSM7_JOINED), "GSM-7")
    sizes = [2 if ord(char) > 0xFFFF else 1 for char in text]
    return Segments(_parts(sizes, _UCS2_ALONE, _UCS2_JOINED), "UCS-2")


def _parts(sizes: list[int], alone: int, joined: int) -> int:
    """How many segments characters of these sizes fill, none of them torn apart."""
    if sum(sizes) <= alone:
        return 1
    count, room = 1, joined
    for size in sizes:
        if size > room:
            count, room = count + 1, joined
        room -= size
    return count


def checked_body(text: object) -> str:
    """Return the text of a message, unchanged, if Twilio can take it.

    Raises ValueError, with a sentence for a person, where it is blank, longer than 1600 characters
    (https://www.twilio.com/docs/api/errors/21617), or no text that can be encoded.
    """
    body = "" if text is None else str(text)
    if not body.strip():
        raise ValueError("The parameter 'message' is blank. Give the text to send.")
    if len(body) > MAX_BODY_CHARS:
        raise ValueError(
            f"The parameter 'message' has {len(body)} characters; Twilio takes at most {MAX_BODY_CHARS}. Shorten it."
        )
    try:
        body.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"The parameter 'message' holds half of a character at position {error.start + 1}, "
            "which cannot be sent. Remove it."
        ) from None
    return body
