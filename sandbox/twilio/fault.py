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
"""What can go wrong between a client and Twilio."""

from __future__ import annotations

from enum import Enum


class Fault(Enum):
    """A fault, and whether Twilio processes the request that meets it."""

    RESET_BEFORE = ("connection reset", False)
    RESET_AFTER = ("connection reset, although processed", True)
    CLOSE_AFTER = ("connection closed without a response, although processed", True)
    HANG_BEFORE = ("no response", False)
    HANG_AFTER = ("no response, although processed", True)
    TOO_MANY = ("429, code 20429", False)
    TOO_MANY_RETRY_AFTER = ("429, code 20429, Retry-After: 1", False)
    QUEUE_FULL = ("429, code 21611", False)
    ERROR_500_BEFORE = ("500, code 20500", False)
    ERROR_500_AFTER = ("500, code 20500, although processed", True)
    ERROR_503 = ("503, code 20503", False)
    HTML_502_BEFORE = ("a gateway's page", False)
    HTML_502_AFTER = ("a gateway's page, although processed", True)
    HTML_403_BEFORE = ("a proxy's page", False)
    HTML_403_AFTER = ("a proxy's page, although processed", True)
    JSON_403_AFTER = ("a gateway's JSON with a code of its own, although processed", True)
    JSON_502_AFTER = ("a gateway's JSON with a Date of 1970, although processed", True)
    HTML_200_AFTER = ("a proxy's page with status 200, although processed", True)
    CUT_OFF_AFTER = ("the response breaks off half way", True)
    EMPTY_AFTER = ("the response has an empty body", True)
    ARRAY_AFTER = ("the response is a JSON array", True)
    REDIRECT = ("307 to another path", False)
    REDIRECT_AWAY = ("302 to another host name", False)
    DRIP_HEADERS = ("headers without end, a byte a second", True)
    DRIP_BODY = ("a body without end, a byte a second", True)
    ENDLESS_BODY = ("a body without end, as fast as it is read", True)

    def __init__(self, _description: str, is_processed: bool) -> None:
        self.is_processed = is_processed
