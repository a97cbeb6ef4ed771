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
"""The account of the local Twilio, and the messages it refuses to create."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from werkzeug.wrappers import Response

from sandbox.twilio.errors import ApiError
from sandbox.twilio.responses import json_response
from sandbox.twilio.routes import ACCOUNT_PATH, API_PATH, Route


MAX_BODY_CHARS = 1600
TRIAL_PREFIX = "Sent from your Twilio trial account - "
MAGIC_FROM = "+15005550006"  # valid with test credentials, and here with any

_E164 = re.compile(r"\+[0-9]{8,15}")
_SENDER = re.compile(r"\+[0-9]{8,15}|[0-9]{3,6}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")  # number, short code or name
_MAGIC_FROM_CODES = {"+15005550001": 21212, "+15005550008": 21611}
_MAGIC_TO_CODES = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
_SUBRESOURCES = {
    "addresses": "Addresses",
    "applications": "Applications",
    "authorized_connect_apps": "AuthorizedConnectApps",
    "available_phone_numbers": "AvailablePhoneNumbers",
    "balance": "Balance",
    "calls": "Calls",
    "conferences": "Conferences",
    "connect_apps": "ConnectApps",
    "incoming_phone_numbers": "IncomingPhoneNumbers",
    "keys": "Keys",
    "messages": "Messages",
    "notifications": "Notifications",
    "outgoing_caller_ids": "OutgoingCallerIds",
    "queues": "Queues",
    "recordings": "Recordings",
    "short_codes": "SMS/ShortCodes",
    "signing_keys": "SigningKeys",
    "sip": "SIP",
    "transcriptions": "Transcriptions",
    "usage": "Usage",
}


@dataclass(frozen=True)
class NewMessage:
    """The parameters of a message to create, as a client gave them; empty where it gave none."""

    to: str
    from_: str
    body: str


@dataclass
class Account:
    """An account, whose fields may be changed while it is served.

    `status` is active, suspended or closed; `type` Full or Trial. A trial account sends to the numbers in `verified`
    only (None: to all). `unsubscribed` holds the recipients that texted STOP.
    """

    sid: str
    auth_token: str
    from_phone: str
    created: str  # RFC 2822
    status: str = "active"
    type: str = "Full"
    verified: Collection[str] | None = None
    test_credentials: bool = False
    unsubscribed: set[str] = field(default_factory=set)

    @property
    def uri(self) -> str:
        """The path of the account, without `.json`."""
        return f"{API_PATH}/Accounts/{self.sid}"

    def routes(self) -> list[Route]:
        """The account itself, which only its Auth Token may read."""
        return [Route("GET", f"{ACCOUNT_PATH}.json", self._fetch, permission=None, needs_active_account=False)]

    def _fetch(self) -> Response:
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
            "subresource_uris": {name: f"{self.uri}/{path}.json" for name, path in _SUBRESOURCES.items()},
            "type": self.type,
            "uri": f"{self.uri}.json",
        }

    def body_to_send(self, body: str) -> str:
        """The text that goes out for a text a client gave."""
        return f"{TRIAL_PREFIX}{body}" if self.type == "Trial" else body

    def check(self, new: NewMessage) -> None:
        """Raise the ApiError with which Twilio refuses a message, if it does: 'From' is checked before 'To'."""
        checks = (_form_code, self._from_code, self._to_code)
        code = next((code for check in checks if (code := check(new))), None)
        if code:
            raise ApiError(code, to=new.to, from_=new.from_, masked_to=f"{new.to[:-4]}XXXX")

    def _from_code(self, new: NewMessage) -> int | None:
        usable = {MAGIC_FROM} if self.test_credentials else {MAGIC_FROM, self.from_phone}
        if new.from_ in usable:
            return 21266 if new.to == new.from_ else None
        if not _SENDER.fullmatch(new.from_):
            return 21212
        return _MAGIC_FROM_CODES.get(new.from_, 21606) if self.test_credentials else 21606

    def _to_code(self, new: NewMessage) -> int | None:
        if not _E164.fullmatch(new.to):
            return 21211
        if new.to in self.unsubscribed:
            return 21610
        if self.type == "Trial" and self.verified is not None and new.to not in self.verified:
            return 21608
        return _MAGIC_TO_CODES.get(new.to)


def _form_code(new: NewMessage) -> int | None:
    checks = ((21604, not new.to), (21603, not new.from_), (21602, not new.body))
    missing = next((code for code, absent in checks if absent), None)
    return missing or (21617 if len(new.body) > MAX_BODY_CHARS else None)
