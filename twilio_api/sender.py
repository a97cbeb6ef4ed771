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
"""The sender of a message: a number, a Messaging Service, a short code, a name, a WhatsApp number, or an RCS agent."""

from __future__ import annotations

import re
from contextlib import suppress
from enum import Enum
from typing import Any, NamedTuple

from twilio_api.phone_number import split_channel, to_address
from twilio_api.values import WrongValue, as_text, quoted
from twilio_consts import RCS_PREFIX, WHATSAPP_PREFIX


_EXAMPLES = (
    "Give one of these: a phone number with its country code, starting with +, such as +15101281337; "
    "a Messaging Service SID, MG and 32 hexadecimal digits; a short code, such as 12345; "
    "an alphanumeric sender ID of at most 11 letters, digits and blanks, such as ACME SOC; "
    "a WhatsApp sender, such as whatsapp:+15101281337; an RCS sender, such as rcs:AcmeSOC."
)


class SenderKind(Enum):
    """What a sender is, in words for a person."""

    NUMBER = "phone number"
    SERVICE = "Messaging Service"
    SHORT_CODE = "short code"
    NAME = "alphanumeric sender ID"
    WHATSAPP = "WhatsApp sender"
    RCS = "RCS sender"


# What looks like the SID of a Messaging Service, an account or a key, or like the beginning of one, and what an empty
# variable is called in Python, JSON and JavaScript
_NO_NAME = r"(?:MG|AC|SK)(?:(?=[a-f]*[0-9])[0-9a-f]+|x{3,})|none|null|nan|undefined"
_PATTERNS = {
    SenderKind.SERVICE: re.compile(r"MG[0-9a-fA-F]{32}"),
    SenderKind.SHORT_CODE: re.compile(r"[0-9]{3,6}"),
    SenderKind.NAME: re.compile(rf"(?ai)(?!(?:{_NO_NAME})$)(?=[0-9 ]*[a-z])[a-z0-9 ]{{1,11}}"),
    SenderKind.RCS: re.compile(rf"{RCS_PREFIX}(?=[0-9_.-]*[A-Za-z])[A-Za-z0-9_.-]{{1,100}}"),
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
    def can_receive(self) -> bool:
        """Whether a person can answer it."""
        return self.kind is not SenderKind.NAME

    def recipient(self, spelling: object, sender_name: str = "the sender") -> str:
        """Return the recipient that a spelling stands for, as Twilio knows it.

        A sender of WhatsApp or RCS writes to that channel alone, and a service does where its name stands before the
        number. Raises WrongValue for anything else, as to_address; `sender_name` is what people know this sender by.
        """
        asked, number = split_channel(spelling)
        own, _ = split_channel(self.value)
        if asked not in ("", own) and not self.is_service:
            raise self._cannot_reach(asked, spelling, sender_name)
        return to_address(asked or own, number)

    def _cannot_reach(self, channel: str, spelling: object, sender_name: str) -> WrongValue:
        article, name = ("a", "WhatsApp") if channel == WHATSAPP_PREFIX else ("an", "RCS")
        return WrongValue(
            f"{quoted(spelling)} is {article} {name} address, but the sender {self.value} is not on {name}. "
            f"Leave out '{channel}', or use {article} {name} sender or a Messaging Service as {sender_name}."
        )

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

    Raises WrongValue for anything else, with a text that begins with `where` and gives an example of each kind.
    """
    text = as_text(spelling) or ""
    channel, address = split_channel(text)
    value = f"{channel}{address}"
    for kind, pattern in _PATTERNS.items():
        if pattern.fullmatch(value):
            return Sender(kind, value)
    if channel != RCS_PREFIX and re.search("[+＋]", address):
        with suppress(WrongValue):
            return Sender(SenderKind.WHATSAPP if channel else SenderKind.NUMBER, to_address(channel, address))
    raise WrongValue(f"{where} is wrong: {quoted(spelling)} is not a sender. {_EXAMPLES}")
