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
"""The account's phone numbers: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.twilio.account import Account
from sandbox.twilio.paging import page
from sandbox.twilio.recorded_request import RecordedRequest
from sandbox.twilio.responses import Response, json_response
from sandbox.twilio.routes import ACCOUNT_PATH, Route
from sandbox.twilio.senders import PhoneNumber


_PERMISSION = "twilio/phone-numbers/active-numbers"


class IncomingPhoneNumbers:
    """Shows the phone numbers of an account, and what each can do."""

    def __init__(self, account: Account, clock: Callable[[], float]) -> None:
        self._account = account
        self._clock = clock

    def routes(self) -> list[Route]:
        """The list."""
        return [
            Route("GET", f"{ACCOUNT_PATH}/IncomingPhoneNumbers.json", self.list_page, f"{_PERMISSION}/list"),
        ]

    def list_page(self, request: RecordedRequest) -> Response:
        """Show a page of the numbers; PhoneNumber finds those that hold its digits."""
        digits = request.query.get("PhoneNumber", "")
        matching = [row for row in self._rows() if digits in row.number.number]
        return json_response(
            page(matching, request.query, "incoming_phone_numbers", ("PhoneNumber",), request.path, self._clock())
        )

    def _rows(self) -> list[_Row]:
        return [_Row(number, self._account) for number in self._account.senders.numbers]


@dataclass(frozen=True)
class _Row:
    number: PhoneNumber
    account: Account

    @property
    def sid(self) -> str:
        return f"PN{self.number.number.lstrip('+'):0>32}"

    def resource(self, now: float) -> dict[str, object]:
        """The number as Twilio shows it; what concerns neither texts nor calls is left out."""
        number, account = self.number, self.account
        return {
            "account_sid": account.sid,
            "capabilities": {"fax": False, "mms": number.mms, "sms": number.sms, "voice": number.voice},
            "date_created": account.created,
            "date_updated": account.created,
            "friendly_name": number.number,
            "phone_number": number.number,
            "sid": self.sid,
            "status": "in-use",
            "uri": f"{account.uri}/IncomingPhoneNumbers/{self.sid}.json",
        }
