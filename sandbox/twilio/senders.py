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
"""What messages can be sent from, and which sender a message gets."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sandbox.twilio.addresses import (
    is_north_american,
    is_phone_number,
    is_rcs,
    is_sender_id,
    is_short_code,
    is_whatsapp,
)
from sandbox.twilio.new_message import NewMessage


_SERVICE_SID = re.compile("MG[0-9a-fA-F]{32}")


@dataclass(frozen=True)
class PhoneNumber:
    """A phone number of the account, and what it can do."""

    number: str
    sms: bool = True
    mms: bool = True
    voice: bool = True


@dataclass
class MessagingService:
    """A Messaging Service: its SID, and the pool of senders that it chooses from.

    With `is_sticky`, a recipient is written to from the same sender each time, as long as that one is in the pool; else
    from each of them in turn.
    """

    sid: str
    pool: list[str]
    is_sticky: bool = True
    _last_senders: dict[str, str] = field(default_factory=dict)
    _chosen: int = 0

    def choose(self, recipient: str, fitting: Sequence[str]) -> str:
        """Choose one of the senders that fit the recipient, in turn for new recipients."""
        sender = self._last_senders.get(recipient, "")
        if not self.is_sticky or sender not in fitting:
            sender = fitting[self._chosen % len(fitting)]
            self._chosen += 1
        self._last_senders[recipient] = sender
        return sender


@dataclass
class Senders:
    """The senders of an account; all may be changed while it is served.

    `is_trial` says whether the account is one now.
    """

    numbers: list[PhoneNumber]
    services: list[MessagingService]
    short_codes: list[str]
    sender_ids: list[str]
    whatsapp_senders: list[str]
    is_trial: Callable[[], bool]

    def number(self, phone_number: str) -> PhoneNumber | None:
        """The account's phone number, if it is one."""
        return next((number for number in self.numbers if number.number == phone_number), None)

    def service(self, sid: str) -> MessagingService | None:
        """The Messaging Service with this SID, if there is one."""
        return next((service for service in self.services if service.sid == sid), None)

    def service_of(self, sender: str) -> MessagingService | None:
        """The first Messaging Service that has a sender in its pool."""
        return next((service for service in self.services if sender in service.pool), None)

    def can_receive(self, address: str) -> bool:
        """Whether people can write to an address of the account."""
        return address in {number.number for number in self.numbers if number.sms} or address in (
            *self.short_codes,
            *self.whatsapp_senders,
            *(sender for service in self.services for sender in service.pool if is_rcs(sender)),
        )

    def choose(self, new: NewMessage) -> str:
        """Return the sender of a message, as Twilio will show it, or raise the ApiError for a wrong one."""
        if new.service_sid:
            return self._from_pool(new)
        code = self._code(new.from_, new.to)
        if code:
            raise new.refusal(code)
        return self._registered_spelling(new.from_)

    def _from_pool(self, new: NewMessage) -> str:
        service = self.service(new.service_sid)
        if service is None:
            raise new.refusal(21701 if _SERVICE_SID.fullmatch(new.service_sid) else 21705)
        if not service.pool:
            raise new.refusal(21704)
        if new.from_:
            if self._registered_spelling(new.from_) not in service.pool:
                raise new.refusal(21711)
            return self._registered_spelling(new.from_)
        fitting = [sender for sender in service.pool if self._code(sender, new.to) is None]
        if not fitting:
            raise new.refusal(21703)
        return service.choose(new.to, fitting)

    def _code(self, sender: str, recipient: str) -> int | None:
        """The error of sending from one address to the other, if any."""
        if is_rcs(sender):
            return None if self.can_receive(sender) and not is_whatsapp(recipient) else 21910
        if is_whatsapp(sender) != is_whatsapp(recipient):
            return 21910
        if sender == recipient:
            return 21266
        if is_whatsapp(sender):
            return None if sender in self.whatsapp_senders else 63007
        if is_phone_number(sender):
            return self._number_code(sender)
        if is_short_code(sender):
            return None if sender in self.short_codes and is_north_american(recipient) else 21659
        if is_sender_id(sender) and self._registered_spelling(sender) in self.sender_ids:
            return self._sender_id_code(recipient)
        return 21212

    def _number_code(self, sender: str) -> int | None:
        number = self.number(sender)
        if number:
            return None if number.sms else 21661
        return 21606

    def _sender_id_code(self, recipient: str) -> int | None:
        if self.is_trial():
            return 21267
        return 21612 if is_north_american(recipient) else None

    def _registered_spelling(self, sender: str) -> str:
        """A sender as the account has it: a sender ID is known in any case."""
        return next((known for known in self.sender_ids if known.lower() == sender.lower()), sender)
