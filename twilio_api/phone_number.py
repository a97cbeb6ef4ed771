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
"""From a person's spelling of a phone number to E.164."""

from __future__ import annotations

import re
import unicodedata


_DEFAULT_REGION = "US"  # country code +1, and 011 as the prefix for calls abroad
_TEL_LINK = re.compile(r"^tel:", re.IGNORECASE)
_INTERNATIONAL_00 = re.compile(r"00(?=\D*[1-9])")  # what most of the world dials for "+"; no +1 number begins so
_PUNCTUATION = frozenset("()[].-/‐‑‒–—―−－．（）／")
_SHOWN_CHARS = 60


def to_e164(spelling: object) -> str:
    """Return the one phone number that a spelling stands for, in E.164 (such as "+15101112345").

    Without a country code it is taken for a number of country code +1. Blanks, brackets, dots and dashes of all
    kinds, direction marks copied from a web page, a `tel:` link, and 00 or 011 for "+" are understood. A number
    counts when it is possible (right length for its country); whether it exists only Twilio can tell.

    Raises ValueError, with a sentence that shows the spelling, for anything else: text around the number, two
    numbers, an extension, a short code, a number that lacks its area code.
    """
    import phonenumbers  # 20 ms that loading the app need not cost

    given = "" if spelling is None else str(spelling)
    number = _bare(given)
    if number is None:
        raise _not_a_number(given)
    try:
        parsed = phonenumbers.parse(number, _DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        raise _not_a_number(given) from None
    # is_possible_number() would let a number without its area code pass
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise _not_a_number(given)
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _bare(spelling: str) -> str | None:
    """The digits and punctuation of a spelling, with a leading "+" where one is meant; None if there is more in it."""
    visible = "".join(char for char in spelling if unicodedata.category(char) != "Cf").strip()
    if any(unicodedata.category(char) == "No" for char in visible):
        return None  # a superscript of a footnote is no digit of the number
    number = unicodedata.normalize("NFKC", _TEL_LINK.sub("", visible, count=1)).strip()
    before, plus, after = number.rpartition("+")
    if plus:
        number = after
    elif abroad := _INTERNATIONAL_00.match(number):
        plus, number = "+", number[abroad.end() :]
    is_number = all(char.isdecimal() or char in _PUNCTUATION or char in " \t" for char in number)
    return plus + number if is_number and not (plus and before.strip(" ([")) else None


def _not_a_number(given: str) -> ValueError:
    shown = given if len(given) <= _SHOWN_CHARS else f"{given[:_SHOWN_CHARS]}…"
    return ValueError(
        f"'{shown}' is not a phone number. Give one number with its country code, such as +15101112345; "
        "without a country code it is taken for a +1 number."
    )
