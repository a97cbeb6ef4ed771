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
"""Recipients that want no messages, and the keywords by which they say so."""

from __future__ import annotations

from enum import Enum

from sandbox.twilio.addresses import RCS


class Keyword(Enum):
    """What a keyword asks for, and what Twilio replies to it."""

    STOP = "You have been unsubscribed and will get no more messages from this number. Reply START to get them again."
    START = "You will get messages from this number again. Reply HELP for help, STOP to unsubscribe."
    HELP = "Reply STOP to unsubscribe. Your carrier may charge for messages and data."

    @property
    def reply(self) -> str:
        """The text that Twilio sends by itself."""
        return self.value


_KEYWORDS = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"), Keyword.STOP),
    **dict.fromkeys(("START", "YES", "UNSTOP"), Keyword.START),
    **dict.fromkeys(("HELP", "INFO"), Keyword.HELP),
}


class OptOuts:
    """Who texted STOP to which sender.

    `scope` is the sender's address, or the SID of the Messaging Service that it belongs to: those of one pool share
    their opt-outs. They hold for SMS and RCS together, so a person's number stands for the RCS address, too.
    `everywhere` holds recipients that get nothing from any sender.
    """

    def __init__(self) -> None:
        self.everywhere: set[str] = set()
        self._pairs: set[tuple[str, str]] = set()

    def holds(self, recipient: str, scope: str) -> bool:
        """Whether a recipient wants nothing from there."""
        return recipient in self.everywhere or (_without_rcs(recipient), scope) in self._pairs

    def handle(self, person: str, scope: str, text: str) -> Keyword | None:
        """Do what a text from a person asks for; return the keyword that Twilio replies to, if it is one.

        A keyword stands alone, in any case. START and its like mean something only to those who texted STOP before.
        """
        keyword = _KEYWORDS.get(text.strip().upper())
        if keyword is Keyword.STOP:
            self._pairs.add((_without_rcs(person), scope))
        if keyword is Keyword.START:
            if not self.holds(person, scope):
                return None
            self._pairs.discard((_without_rcs(person), scope))
            self.everywhere.discard(person)
        return keyword


def _without_rcs(address: str) -> str:
    return address[len(RCS) :] if address.startswith(RCS) else address
