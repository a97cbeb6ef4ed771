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
"""The sender of a message: a number, a Messaging Service, a short code, a name, or a WhatsApp number."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, NamedTuple

from twilio_api.phone_number import split_whatsapp, to_e164
from twilio_api.values import WrongValue, as_text, quoted
from twilio_consts import WHATSAPP_PREFIX


_EXAMPLES = (
    "It is one of: a phone number with its country code, starting with +, such as +15101281337; "
    "a Messaging Service SID, MG and 32 hexadecimal digits; a short code, such as 12345; "
    "an alphanumeric sender ID of at most 11 letters, digits and blanks, such as ACME SOC; "
    "a WhatsApp sender, such as whatsapp:+15101281337."
)


class SenderKind(Enum):
    """What a sender is, in words for a person."""

    NUMBER = "phone number"
    SERVICE = "Messaging Service"
    SHORT_CODE = "short code"
    NAME = "alphanumeric sender ID"
    WHATSAPP = "WhatsApp sender"


_PATTERNS = {
    SenderKind.SERVICE: re.compile(r"MG[0-9a-fA-F]{32}"),
    SenderKind.SHORT_CODE: re.compile(r"[0-9]{3,6}"),
    SenderKind.NAME: re.compile(r"(?=[0-9 ]*[A-Za-z])[A-Za-z0-9 ]{1,11}"),
}


class Sender(NamedTuple):
    """A sender. `value` is what Twilio is given for it, such as "+15101281337", "MG…" or "whatsapp:+15101281337"."""

    kind: SenderKind
    value: str

    @property
    def is_number(self) -> bool:
        """Whether it is a phone number that sends SMS."""
        return self.kind is SenderKind.NUMBER

    @property
    def is_service(self) -> bool:
        """Whether it is a Messaging Service, which picks a sender of its pool for each message."""
        return self.kind is SenderKind.SERVICE

    @property
    def is_whatsapp(self) -> bool:
        """Whether it writes to WhatsApp, and only there."""
        return self.kind is SenderKind.WHATSAPP

    @property
    def can_receive(self) -> bool:
        """Whether a person can answer it."""
        return self.kind is not SenderKind.NAME

    def form(self) -> dict[str, str]:
        """Return the field of a create call that names this sender."""
        return {"MessagingServiceSid": self.value} if self.is_service else {"From": self.value}

    def recipient(self, spelling: object) -> str:
        """Return the recipient that a spelling stands for, as Twilio knows it.

        A WhatsApp sender writes to WhatsApp alone, and a service does where "whatsapp:" stands before the number.
        Raises WrongValue for anything else, as to_e164.
        """
        asks_for_whatsapp, number = split_whatsapp(spelling)
        if asks_for_whatsapp and not (self.is_whatsapp or self.is_service):
            raise WrongValue(
                f"{quoted(spelling)} is a WhatsApp address, but the sender {self.value} is not on WhatsApp. "
                "Leave out 'whatsapp:', or use a WhatsApp sender or a Messaging Service as from_phone."
            )
        e164 = to_e164(number)
        return f"{WHATSAPP_PREFIX}{e164}" if asks_for_whatsapp or self.is_whatsapp else e164

    def log_filter(self) -> dict[str, str]:
        """Return the filter that narrows a page of the message log to this sender.

        There is none for a Messaging Service: its messages have no `from` until a sender of the pool is chosen.
        """
        return {} if self.is_service else {"From": self.value}

    def matches(self, row: dict[str, Any]) -> bool:
        """Whether a row of the message log is a message from this sender.

        A service is known by `messaging_service_sid`, everything else by `from` alone, since a message can belong to a
        service although none was asked for. The case of a name, and of a SID, may differ.
        """
        field = row.get("messaging_service_sid" if self.is_service else "from")
        return isinstance(field, str) and field.casefold() == self.value.casefold()


def parse_sender(spelling: object, where: str) -> Sender:
    """Return the sender that a spelling stands for.

    Raises WrongValue for anything else, with a text that begins with `where` (such as "from_phone of the asset") and
    gives an example of each kind.
    """
    text = as_text(spelling) or ""
    for kind, pattern in _PATTERNS.items():
        if pattern.fullmatch(text):
            return Sender(kind, text)
    is_whatsapp, number = split_whatsapp(text)
    try:
        e164 = to_e164(number) if set("+＋") & set(str(number)) else None
    except WrongValue:
        e164 = None
    if e164 is None:
        raise WrongValue(f"{where} is wrong: {quoted(spelling)} is not a sender. {_EXAMPLES}")
    if is_whatsapp:
        return Sender(SenderKind.WHATSAPP, WHATSAPP_PREFIX + e164)
    return Sender(SenderKind.NUMBER, e164)
