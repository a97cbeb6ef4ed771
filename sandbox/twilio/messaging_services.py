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
"""The account's Messaging Services: https://www.twilio.com/docs/messaging/api/service-resource"""

from __future__ import annotations

from sandbox.twilio.account import Account
from sandbox.twilio.errors import ApiError
from sandbox.twilio.recorded_request import RecordedRequest
from sandbox.twilio.responses import Response, json_response
from sandbox.twilio.routes import Route


class MessagingServices:
    """Shows a Messaging Service of an account by its SID."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route("GET", "/v1/Services/<sid>", self.fetch, "twilio/messaging/services/read")]

    def fetch(self, request: RecordedRequest, sid: str) -> Response:
        """Show one service."""
        if self._account.senders.service(sid) is None:
            raise ApiError(20404, path=f"/Services/{sid}")
        return json_response({"sid": sid, "account_sid": self._account.sid, "friendly_name": "Local service"})
