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
"""Who may call the API: the account with its Auth Token, and API keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sandbox.twilio.errors import ApiError


@dataclass(frozen=True)
class ApiKey:
    """An API key: a Standard key, or a Restricted one that has only `permissions`.

    A permission is called as in Twilio's console, such as "twilio/messaging/messages/create".
    """

    sid: str
    secret: str
    permissions: Collection[str] | None = None

    def check(self, permission: str | None) -> None:
        """Raise ApiError where the key may not use a route that needs this permission (None: the Auth Token)."""
        if permission is None:
            raise ApiError(20003)
        if self.permissions is not None and permission not in self.permissions:
            raise ApiError(70051, permission=permission)


def authenticate(
    credentials: tuple[str, str] | None, account_sid: str, auth_token: str, keys: Sequence[ApiKey]
) -> ApiKey | None:
    """Return the key that a request's credentials are of, or None where they are the account's own.

    Raises ApiError for any other credentials.
    """
    if credentials == (account_sid, auth_token):
        return None
    for key in keys:
        if credentials == (key.sid, key.secret):
            return key
    raise ApiError(20003)
