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
"""What WhatsApp lets through."""

from __future__ import annotations

from sandbox.twilio.addresses import phone_number
from sandbox.twilio.message import Outcome
from sandbox.twilio.new_message import NewMessage


WHATSAPP_SANDBOX = "whatsapp:+14155238886"  # a sender of every account, for those who joined it
WINDOW_S = 86_400.0  # after a person's last message, in which free text reaches them


class WhatsApp:
    """The people on WhatsApp: all but `unknown_numbers`; those in `joined_numbers` have joined the sandbox."""

    def __init__(self) -> None:
        self.unknown_numbers: set[str] = set()
        self.joined_numbers: set[str] = set()

    def outcome(self, new: NewMessage, sender: str, last_inbound_at: float | None, now: float) -> Outcome | None:
        """How a message fails, if it does: it is accepted, and the error comes at once after that."""
        number = phone_number(new.to)
        if number in self.unknown_numbers:
            return Outcome("failed", 0.0, 63003)
        if sender == WHATSAPP_SANDBOX and number not in self.joined_numbers:
            return Outcome("failed", 0.0, 63015)
        is_window_open = last_inbound_at is not None and now < last_inbound_at + WINDOW_S
        if not new.is_template and not is_window_open:
            return Outcome("undelivered", 0.0, 63016)
        return None
