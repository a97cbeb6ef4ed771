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
"""The account of the local Twilio, and what it lets a message go out for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sandbox.twilio.addresses import is_phone_number, is_sender_id, is_short_code, phone_number
from sandbox.twilio.credentials import ApiKey
from sandbox.twilio.magic_numbers import MAGIC_FROM, MAGIC_FROM_CODES, MAGIC_TO_CODES
from sandbox.twilio.new_message import NewMessage
from sandbox.twilio.opt_outs import OptOuts
from sandbox.twilio.recorded_request import RecordedRequest
from sandbox.twilio.responses import Response, json_response
from sandbox.twilio.routes import ACCOUNT_PATH, API_PATH, Route
from sandbox.twilio.senders import Senders


TRIAL_PREFIX = "Sent from your Twilio trial account - "


@dataclass
class Account:
    """An account, whose fields may be changed while it is served.

    `status` is active, suspended or closed; `type` Full or Trial. A trial account sends to the numbers in `verified`
    only (None: to all). With `redacts_texts`, the log keeps no text. `templates` are texts by their Content SID, with
    variables such as `{{1}}`.
    """

    sid: str
    auth_token: str
    created: str  # RFC 2822
    senders: Senders
    keys: list[ApiKey]
    templates: dict[str, str]
    status: str = "active"
    type: str = "Full"
    verified: Collection[str] | None = None
    test_credentials: bool = False
    redacts_texts: bool = False
    opt_outs: OptOuts = field(default_factory=OptOuts)

    @property
    def uri(self) -> str:
        """The path of the account, without `.json`."""
        return f"{API_PATH}/Accounts/{self.sid}"

    @property
    def is_trial(self) -> bool:
        """Whether this is a trial account."""
        return self.type == "Trial"

    def routes(self) -> list[Route]:
        """The account itself, which only its Auth Token may read."""
        return [Route("GET", f"{ACCOUNT_PATH}.json", self._fetch, permission=None, needs_active_account=False)]

    def _fetch(self, request: RecordedRequest) -> Response:
        return json_response(self.resource())

    def resource(self) -> dict[str, object]:
        """The account as Twilio shows it, its auth token included."""
        return {
            "auth_token": self.auth_token,
            "date_created": self.created,
            "date_updated": self.created,
            "friendly_name": "Local Twilio",
            "owner_account_sid": self.sid,
            "sid": self.sid,
            "status": self.status,
            "type": self.type,
            "uri": f"{self.uri}.json",
        }

    def body_to_send(self, body: str) -> str:
        """The text that goes out for a text a client gave."""
        return f"{TRIAL_PREFIX}{body}" if self.is_trial else body

    def choose_sender(self, new: NewMessage) -> str:
        """Return the sender of a message, or raise the ApiError for a wrong one."""
        if new.from_ == MAGIC_FROM != new.to and not new.service_sid:
            return new.from_
        if self.test_credentials:
            raise new.refusal(_test_sender_code(new))
        return self.senders.choose(new)

    def recipient_code(self, new: NewMessage, sender: str) -> int | None:
        """The error of sending a message to its recipient, if any."""
        number = phone_number(new.to)
        if not is_phone_number(number):
            return 21211
        if self.opt_outs.holds(new.to, self.opt_out_scope(sender)):
            return 21610
        if self.is_trial and self.verified is not None and number not in self.verified:
            return 21608
        return MAGIC_TO_CODES.get(number)

    def opt_out_scope(self, sender: str) -> str:
        """What a STOP to a sender is valid for: the Messaging Service that has it in its pool, or the sender alone."""
        service = self.senders.service_of(sender)
        return service.sid if service else sender


def _test_sender_code(new: NewMessage) -> int:
    """The error that test credentials get for any sender but the magic one."""
    if new.from_ == MAGIC_FROM:
        return 21266
    if not (is_phone_number(new.from_) or is_short_code(new.from_) or is_sender_id(new.from_)):
        return 21212
    return MAGIC_FROM_CODES.get(new.from_, 21606)
