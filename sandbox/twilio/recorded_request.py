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
"""A request that arrived at the local Twilio, as its resources read it and as a test finds it afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.twilio.fault import Fault


@dataclass
class RecordedRequest:
    """One request: when it came (seconds since the epoch, the server's clock), what it held, which fault it met, and
    whether it was one too many.

    `query` and `form` hold the first value of each parameter, `media_urls` all of the only one that may come several
    times. `origin` is the scheme and host that were asked. `credentials` are a user and a password; None where the
    request has none, and empty where they are of another kind. `connection` is the same number for requests over the
    same TCP connection.
    """

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    media_urls: tuple[str, ...]
    origin: str
    credentials: tuple[str, str] | None
    user_agent: str
    time: float
    connection: int
    fault: Fault | None = None
    is_throttled: bool = False

    @property
    def url(self) -> str:
        """The address that was asked, without the query."""
        return f"{self.origin}{self.path}"
