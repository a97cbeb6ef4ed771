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
"""What Twilio serves and the local Twilio does not, so that nobody takes the lack for an answer of Twilio."""

from __future__ import annotations

from typing import Any

from sandbox.twilio.account import SUBRESOURCES
from sandbox.twilio.errors import NotSimulated
from sandbox.twilio.recorded_request import RecordedRequest
from sandbox.twilio.responses import Response
from sandbox.twilio.routes import ACCOUNT_PATH, API_PATH, Route


_SERVED = {"Calls", "IncomingPhoneNumbers", "Messages"}
_ROUTES = {
    f"{API_PATH}/Accounts.json": ("GET", "POST"),
    f"{ACCOUNT_PATH}.json": ("POST",),
    **{f"{ACCOUNT_PATH}/{name}.json": ("GET", "POST") for name in SUBRESOURCES.values() if name not in _SERVED},
    f"{ACCOUNT_PATH}/IncomingPhoneNumbers.json": ("POST",),
    f"{ACCOUNT_PATH}/IncomingPhoneNumbers/<sid>.json": ("POST", "DELETE"),
    f"{ACCOUNT_PATH}/Messages/<sid>/Feedback.json": ("POST",),
    f"{ACCOUNT_PATH}/Calls/<sid>.json": ("DELETE",),
    "/v1/Services": ("GET", "POST"),
    "/v1/Services/<sid>": ("POST", "DELETE"),
    "/v2/Flows/<flow_sid>/Executions/<sid>": ("DELETE",),
}


class NotSimulatedHere:
    """Refuses, in its own name, what only Twilio can do."""

    def routes(self) -> list[Route]:
        """The paths and methods that a client of the other resources may come to try."""
        return [
            Route(method, path, _refuse, "that is not simulated")
            for path, methods in _ROUTES.items()
            for method in methods
        ]


def _refuse(request: RecordedRequest, **_variables: Any) -> Response:
    raise NotSimulated(f"{request.method} {request.path}")
