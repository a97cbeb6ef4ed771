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
"""Who has an address: a person is the same on every channel, and in every spelling of the number."""

from __future__ import annotations

import re

from twilio_consts import RCS_PREFIX, WHATSAPP_PREFIX


# WhatsApp writes mobile numbers of Mexico with or without a 1 after the country code, of Argentina with or without a
# 9, and of Brazil with or without a 9 before eight digits. The first spelling of each is the one that stands for all.
_SPELLINGS = (
    (re.compile(r"^\+521?([0-9]{10})\Z"), r"+52\1", r"+521\1"),
    (re.compile(r"^\+549?([0-9]{10})\Z"), r"+549\1", r"+54\1"),
    (re.compile(r"^\+55([0-9]{2})9?([6-9][0-9]{7})\Z"), r"+55\g<1>9\2", r"+55\1\2"),
)
_CHANNELS = ("", WHATSAPP_PREFIX, RCS_PREFIX)


def person_of(address: object) -> str:
    """Return who has an address: the number without its channel, in the one spelling that stands for all."""
    number = str(address or "").rpartition(":")[2].strip()
    for pattern, first, _ in _SPELLINGS:
        number = pattern.sub(first, number)
    return number


def addresses_of(address: object) -> tuple[str, ...]:
    """Return every address that the person may have in Twilio's log."""
    person = person_of(address)
    numbers = dict.fromkeys([person, *(pattern.sub(other, person) for pattern, _, other in _SPELLINGS)])
    return tuple(f"{channel}{number}" for channel in _CHANNELS for number in numbers)
