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
"""The sender of a message."""

from __future__ import annotations

from typing import Any, NamedTuple

from twilio_api.phone_number import to_e164


class Sender(NamedTuple):
    """A sender."""

    kind: str
    value: str
    is_number: bool = True
    is_whatsapp: bool = False
    is_service: bool = False
    can_receive: bool = True

    def form(self) -> dict[str, str]:
        """The fields of a create call."""
        return {"From": self.value}

    def recipient(self, e164: str) -> str:
        """The recipient as Twilio knows it."""
        return e164

    def log_filter(self) -> dict[str, str]:
        """What a search of the message log asks for."""
        return {"From": self.value}

    def matches(self, row: dict[str, Any]) -> bool:
        """Whether a row of the message log is from this sender."""
        return bool(row.get("from") == self.value)


def parse_sender(spelling: object, where: str) -> Sender:
    """Return the sender that a spelling stands for. Raises ValueError, naming `where`."""
    text = str(spelling)
    try:
        number = to_e164(text) if "+" in text else ""
    except ValueError:
        number = ""
    if not number:
        raise ValueError(f"{where} is wrong: '{text}' is not a sender, such as +15101281337.")
    return Sender("number", number)
