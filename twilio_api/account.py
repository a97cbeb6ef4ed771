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
"""The account: whether its credentials work, and which numbers it has."""

from __future__ import annotations

from typing import NamedTuple

from twilio_api.client import TwilioClient
from twilio_api.errors import CallError, OtherAccount, UnexpectedResponse
from twilio_api.log_pages import log_page, log_url
from twilio_api.response import Response, rows_of_response
from twilio_consts import ACCOUNT_ACTIVE


class Account(NamedTuple):
    """What may be shown of an account. The response it is read from holds the auth token and goes no further."""

    friendly_name: str
    status: str  # active, suspended or closed
    type: str  # Trial or Full

    @property
    def is_active(self) -> bool:
        """Whether the account can send."""
        return self.status == ACCOUNT_ACTIVE


async def read_account(client: TwilioClient) -> Account:
    """Read the account of the credentials. Raises CallError."""

    def parse(response: Response) -> Account:
        if str(response.json.get("sid")).lower() != client.credentials.account_sid.lower():
            raise OtherAccount(response.status)
        shown = (str(response.json.get(key)) for key in ("friendly_name", "status", "type"))
        return Account(*map(client.credentials.redact, shown))

    return await client.read(f"{client.account_url}.json", parse)


async def read_newest_message(client: TwilioClient) -> None:
    """Read one row of the message log, which proves that an API key works. Raises CallError."""
    await client.read(log_url(client), log_page, {"PageSize": "1"})


async def can_send_sms(client: TwilioClient, number: str) -> bool:
    """Whether an E.164 number is one of the account's and can send SMS; asked once. Raises CallError."""

    def parse(response: Response) -> bool:
        rows = rows_of_response(response, "incoming_phone_numbers", "a list of phone numbers")
        capabilities = [row.get("capabilities") for row in rows if row.get("phone_number") == number]
        return any(isinstance(found, dict) and found.get("sms") is True for found in capabilities)

    url = f"{client.account_url}/IncomingPhoneNumbers.json"
    return await client.call("GET", url, parse, {"PhoneNumber": number})


async def has_service(client: TwilioClient, sid: str) -> bool:
    """Whether a Messaging Service is one of the account's; asked once. Raises CallError.

    https://www.twilio.com/docs/messaging/api/service-resource
    """

    def parse(response: Response) -> bool:
        if str(response.json.get("sid")).lower() != sid.lower():
            raise UnexpectedResponse(response.status, "The response is not this Messaging Service.")
        return True

    try:
        return await client.call("GET", f"{client.product_url('messaging')}/v1/Services/{sid}", parse)
    except CallError as error:
        if error.is_not_found:
            return False
        raise
