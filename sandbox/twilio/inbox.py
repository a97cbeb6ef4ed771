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
"""Texts that people send to the account, and what Twilio itself replies."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.twilio.account import Account
from sandbox.twilio.addresses import is_phone_number, is_whatsapp, phone_number
from sandbox.twilio.media import Attachment
from sandbox.twilio.message import Message, Outcome
from sandbox.twilio.message_log import MessageLog


class Inbox:
    """Where the account's texts from people come in."""

    def __init__(self, account: Account, log: MessageLog) -> None:
        self._account = account
        self._log = log

    def receive(
        self,
        from_: str,
        to: str,
        body: str,
        media: Iterable[Attachment] = (),
        created: float | None = None,
        after_s: float = 0.0,
    ) -> Message:
        """Take a text from a person; see LocalTwilio.receive."""
        self._check(from_, to)
        service = self._account.senders.service_of(to)
        message = self._log.draft(
            to,
            from_,
            body,
            created,
            direction="inbound",
            outcome=Outcome("received", after_s),
            service_sid=service.sid if service else None,
            attachments=tuple(media),
        )
        self._log.add(message)
        if not is_whatsapp(from_):
            self._reply_to_keyword(message)
        if self._account.redacts_texts:
            message.body = ""
        return message

    def _check(self, from_: str, to: str) -> None:
        if not self._account.senders.can_receive(to):
            raise ValueError(f"Nobody can write to {to}: it is not a number of this account that can receive texts")
        if not is_phone_number(phone_number(from_)) or is_whatsapp(from_) != is_whatsapp(to):
            raise ValueError(f"{from_} cannot write to {to}")

    def _reply_to_keyword(self, message: Message) -> None:
        scope = self._account.opt_out_scope(message.to)
        keyword = self._account.opt_outs.handle(message.from_, scope, message.body)
        if keyword:
            reply = self._log.draft(
                message.from_, message.to, keyword.reply, message.created, direction="outbound-reply"
            )
            self._log.add(reply)
