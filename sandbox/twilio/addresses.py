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
"""The kinds of addresses that messages go from and to."""

from __future__ import annotations

import re

import phonenumbers


WHATSAPP = "whatsapp:"
RCS = "rcs:"

_E164 = re.compile(r"\+[0-9]{8,15}")
_SHORT_CODE = re.compile(r"[0-9]{3,6}")
_SENDER_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")


def is_phone_number(address: str) -> bool:
    """Whether an address is a phone number in E.164 form."""
    return bool(_E164.fullmatch(address))


def is_short_code(address: str) -> bool:
    """Whether an address is a short code: 3 to 6 digits."""
    return bool(_SHORT_CODE.fullmatch(address))


def is_sender_id(address: str) -> bool:
    """Whether an address is an alphanumeric sender ID: 1 to 11 letters, digits and blanks, at least one letter."""
    return bool(_SENDER_ID.fullmatch(address))


def is_whatsapp(address: str) -> bool:
    """Whether an address is one of WhatsApp."""
    return address.startswith(WHATSAPP)


def is_rcs(address: str) -> bool:
    """Whether an address is one of RCS: a person's number, or an agent's name."""
    return address.startswith(RCS)


def phone_number(address: str) -> str:
    """The phone number of an address, which may be one of WhatsApp or RCS."""
    return address.rpartition(":")[2]


def is_north_american(address: str) -> bool:
    """Whether an address is in the country code of the USA and Canada."""
    return phone_number(address).startswith("+1")


def spelled(number: str) -> str:
    """A phone number as people write it; anything else as it is."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
