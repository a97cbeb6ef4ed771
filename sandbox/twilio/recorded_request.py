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
"""What a client asked for, kept for tests."""

from __future__ import annotations

from typing import NamedTuple

from sandbox.twilio.fault import Fault


class RecordedRequest(NamedTuple):
    """One request: when it came (seconds since the epoch, the server's clock), what it held, which fault it met, and
    whether it was one too many.

    `connection` is the same number for requests over the same TCP connection.
    """

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    time: float
    connection: int
    user_agent: str
    fault: Fault | None = None
    is_throttled: bool = False
