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
"""What a resource module contributes to the local Twilio: its routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from sandbox.twilio.responses import Response


API_PATH = "/2010-04-01"
ACCOUNT_PATH = f"{API_PATH}/Accounts/<account_sid>"


@dataclass(frozen=True)
class Route:
    """One method of one path, and who may use it.

    `path` is the whole path, also where Twilio serves it on another host (such as Studio's `/v2/Flows`): the local
    Twilio has one origin for all. `<account_sid>` stands for the account and is checked before the handler is called;
    the handler gets the request and the path's other variables by name, returns a response, and raises an ApiError for
    a request that Twilio refuses.

    `permission` is what a restricted key needs, such as "twilio/messaging/messages/create". None: only the Auth Token
    will do, and no API key. `takes_test_credentials`: whether test credentials may use it.
    `needs_active_account` is False where a suspended or closed account may still use it.
    """

    method: str
    path: str
    handler: Callable[..., Response]
    permission: str | None
    takes_test_credentials: bool = False
    needs_active_account: bool = True

    @property
    def name(self) -> str:
        """The endpoint's name; there is one for each method and path."""
        return f"{self.method} {self.path}"


class Resource(Protocol):
    """A resource of Twilio's API, such as messages or calls."""

    def routes(self) -> Iterable[Route]:
        """The routes that lead to it."""
