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
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from twilio_api.values import WrongValue, as_text, quoted
from twilio_consts import RCS_PREFIX, WHATSAPP_PREFIX


if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_DEFAULT_REGION = "US"  # country code +1, and 011 as the prefix for calls abroad
_TEL_LINK = re.compile(r"^tel:", re.IGNORECASE)
_CHANNEL = re.compile(rf"{WHATSAPP_PREFIX}|{RCS_PREFIX}", re.IGNORECASE)
_SPREADSHEET_DECIMALS = re.compile(r"^(\+?[0-9]{7,})\.0+\Z")  # what a spreadsheet makes of a number
# The 0 dialled before an area code within a country, where no "+" says that the country code comes first
_NATIONAL_0 = re.compile(r"[^\d+]*0(?!0|11)")
_DASHES = "-‐‑‒–—―−"
# No number of country code +1 begins with 00.
_BARE_NUMBER = re.compile(
    rf"""
    (?: (?P<abroad> [ (\[]*\+ | 00(?=\D*[1-9])) | (?!00\D*[1-9]))  # most of the world dials 00 for "+"
    (?! [\s(\[]*[{_DASHES}])  # that would be a minus
    (?P<number> [{_DASHES}\d()\[\]./ ]*)
    """,
    re.VERBOSE,
)
# The 1 before numbers of Mexico: WhatsApp writes them so, and until 2019 they were dialled so from abroad
_MEXICAN_1 = re.compile(r"^(?:\+|011\D+)52\D*1(?=(?:\D*\d){10}\D*\Z)")
_PREFIXES_OF_1 = ("", "1", "0111")  # what a number of country code +1 may begin with, if not with "+"

_SHORT_CODE_DIGITS = range(3, 7)
_DIGITS_WITHOUT_AREA_CODE = 7
_MAX_DIGITS = 15  # of a number in E.164
# Compiled when a number is refused, so that a run that refuses none starts sooner.
_EXTENSION = r"(?i)\d\W*(?:;\s*ext\s*=|ext(?:ension|n)?|x|#|[,;pw])[\s.:,;]*\d{1,6}\W*$"
_BETWEEN_NUMBERS = r"[^\d\s()\[\].+-]+|\s*\n\s*|(?<=\d)\s*(?=\+)"
_NATIONAL_011 = r"011\d"  # 011 abroad is followed by a blank or dash more often than not, 0114 9… is not
_SID = r"(?i)[a-z]{2}[0-9a-f]{32}"
_LETTERS_AS_DIGITS = r"(?i)\+?1?\d{3}(?=\d*[a-z])[a-z\d]{7,9}"

_EXAMPLE = "such as +15101112345"
_NO_AREA_CODE = f"has no area code. Give the whole number, {_EXAMPLE}."
_TWO_NUMBERS = f"holds more than one phone number. Give one number, {_EXAMPLE}."


def to_e164(spelling: object) -> str:
    """Return the one phone number that a spelling stands for, in E.164 (such as "+15101112345").

    Without a country code it is taken for a number of country code +1. Blanks, brackets, dots and dashes of all
    kinds, direction marks copied from a web page, quotes, a `tel:` link, 00 or 011 for "+", and a spreadsheet's ".0"
    are understood. A number counts when it is possible (right length for its country); whether it exists only Twilio
    can tell.

    Raises WrongValue, with a sentence that shows the spelling and says what is wrong with it, for anything else.
    """
    given = None if isinstance(spelling, float) and not spelling.is_integer() else as_text(spelling)
    number = None if given is None else _bare(given)
    e164 = None if number is None or _NATIONAL_0.match(number) else _possible(_MEXICAN_1.sub("+52", number))
    if e164 is None:
        raise _refusal(spelling, number)
    return e164


def to_address(channel: str, spelling: object) -> str:
    """Return the address that a spelling of a number stands for on a channel. Raises WrongValue, as to_e164."""
    return _to_whatsapp(spelling) if channel == WHATSAPP_PREFIX else f"{channel}{to_e164(spelling)}"


def _to_whatsapp(spelling: object) -> str:
    """WhatsApp has addresses of Mexico with a 1 after the country code, and there it stays."""
    number = to_e164(spelling)
    if _MEXICAN_1.match(_bare(as_text(spelling) or "") or ""):
        number = number.replace("+52", "+521", 1)
    return f"{WHATSAPP_PREFIX}{number}"


def split_channel(spelling: Any) -> tuple[str, Any]:
    """Return the channel before an address, "whatsapp:" or "rcs:", and the rest; the channel is empty where none is."""
    text = _visible(as_text(spelling) or "")
    channel = _CHANNEL.match(text)
    return (channel[0].lower(), text[channel.end() :].strip()) if channel else ("", spelling)


def _visible(spelling: str) -> str:
    """A spelling without the marks that show nothing, such as those for the direction of writing."""
    return "".join(char for char in spelling if unicodedata.category(char) != "Cf").strip()


def _bare(spelling: str) -> str | None:
    """The digits and punctuation of a spelling, with a leading "+" where one is meant; None if there is more in it."""
    visible = _visible(spelling)
    if any(unicodedata.category(char) == "No" for char in visible):
        return None  # a superscript of a footnote is no digit of the number
    number = unicodedata.normalize("NFKC", _TEL_LINK.sub("", visible)).replace("\t", " ").strip()
    bare = _BARE_NUMBER.fullmatch(_SPREADSHEET_DECIMALS.sub(r"\1", number))
    if bare is None:
        return None
    return f"+{bare['number']}" if bare["abroad"] else bare["number"]


def _possible(number: str) -> str | None:
    """The E.164 form of a bare number, None where its length is not right for its country."""
    import phonenumbers  # 20 ms that loading the app need not cost

    with suppress(phonenumbers.NumberParseException):
        parsed = phonenumbers.parse(number, _DEFAULT_REGION)
        # is_possible_number() would let a number without its area code pass
        length = phonenumbers.is_possible_number_with_reason(parsed)
        if length == phonenumbers.ValidationResult.IS_POSSIBLE and not _has_surplus_1(number, parsed):
            return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    return None


def _has_surplus_1(number: str, parsed: PhoneNumber) -> bool:
    """Whether the parser dropped more than the one 1 that a number of country code +1 may begin with."""
    digits = "".join(str(unicodedata.decimal(char)) for char in number if char.isdecimal())
    prefix = digits[: -len(str(parsed.national_number))]
    return parsed.country_code == 1 and prefix not in (("1",) if "+" in number else _PREFIXES_OF_1)


# --- what is wrong with a spelling


def _refusal(spelling: object, number: str | None) -> WrongValue:
    """The error for a spelling of which `number` is the bare form (None: there is more than a number in it)."""
    given = as_text(spelling)
    text = unicodedata.normalize("NFKC", _visible(given or ""))[:1000]
    if given is not None and not text:
        return WrongValue(f"No phone number was given. Give one with its country code, {_EXAMPLE}.")
    what = _what_else_is_there(text) if number is None else None
    return WrongValue(f"{quoted(spelling)} {what or _what_is_wrong_with_the_digits(text, number or '')}")


def _what_else_is_there(text: str) -> str | None:
    """Name what stands in a spelling beside, or in place of, the digits of a number."""
    if re.fullmatch(_SID, text):
        return f"is a SID. Give a phone number, {_EXAMPLE}."
    channel, _ = split_channel(text)
    if channel:
        kind = "a WhatsApp" if channel == WHATSAPP_PREFIX else "an RCS"
        return f"is {kind} address. Give the phone number alone, {_EXAMPLE}."
    if re.search(_EXTENSION, text):
        return f"has an extension, which cannot be reached. Give the number alone, {_EXAMPLE}."
    if _holds_two_numbers(text):
        return _TWO_NUMBERS
    if re.fullmatch(_LETTERS_AS_DIGITS, re.sub(r"[\s().-]", "", text)):
        return f"has letters in place of digits. Give the digits, {_EXAMPLE}."
    return None


def _what_is_wrong_with_the_digits(text: str, number: str) -> str:
    """Say why a number of nothing but digits and punctuation is none that can be written to."""
    has_country_code, digits = number.startswith("+"), _count_digits(number)
    if digits and not has_country_code:
        if _NATIONAL_0.match(number) or re.match(_NATIONAL_011, number):
            return (
                "needs its country code: it begins with the 0 that is dialled within a country. "
                "Write + and the country code in its place, such as +33 6 12 34 56 78 for 06 12 34 56 78 in France."
            )
        if digits in _SHORT_CODE_DIGITS:
            return f"is a short code or part of a number. Give a whole phone number, {_EXAMPLE}."
        if digits == _DIGITS_WITHOUT_AREA_CODE:
            return _NO_AREA_CODE
    if _holds_two_numbers(text):
        return _TWO_NUMBERS
    return _what_is_wrong_with_the_length(number) or (
        "is not a phone number. Give one number with its country code, such as +15101112345; "
        "without a country code it is taken for a +1 number."
    )


def _what_is_wrong_with_the_length(number: str) -> str | None:
    import phonenumbers
    from phonenumbers import NumberParseException as Failure, ValidationResult as Result

    country = "phone"
    try:
        parsed = phonenumbers.parse(number, _DEFAULT_REGION)
    except Failure as failure:
        is_short = failure.error_type in (Failure.TOO_SHORT_AFTER_IDD, Failure.TOO_SHORT_NSN)
        is_long = failure.error_type == Failure.TOO_LONG
    else:
        country = f"+{parsed.country_code}"
        length = phonenumbers.is_possible_number_with_reason(parsed)
        if length == Result.IS_POSSIBLE_LOCAL_ONLY:
            return _NO_AREA_CODE
        if length == Result.INVALID_LENGTH:
            return f"has too few or too many digits for a {country} number."
        is_short = length == Result.TOO_SHORT
        is_long = length == Result.TOO_LONG or _has_surplus_1(number, parsed)
    if is_short:
        return f"has too few digits for a {country} number."
    if is_long and "+" not in number:
        return f"has too many digits for a {country} number. If it begins with a country code, put + before it."
    return f"has too many digits for a {country} number." if is_long else None


def _holds_two_numbers(text: str) -> bool:
    parts = re.split(_BETWEEN_NUMBERS, text)
    if sum(_count_digits(part) >= _DIGITS_WITHOUT_AREA_CODE for part in parts) > 1:
        return True
    # Nothing but blanks between them: does a number stand before one of the blanks, and one or more after it?
    for blank in re.finditer(r"\s+", text):
        rest = text[blank.end() :]
        if _is_number(text[: blank.start()]) and (_is_number(rest) or _count_digits(rest) > _MAX_DIGITS):
            return True
    return False


def _is_number(text: str) -> bool:
    number = _bare(text.lstrip(f" {_DASHES}"))
    return number is not None and _possible(number) is not None


def _count_digits(text: str) -> int:
    return sum(char.isdecimal() for char in text)
