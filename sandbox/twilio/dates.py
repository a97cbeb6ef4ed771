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
"""Dates as Twilio writes them."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from time import gmtime, strftime


def rfc2822(time: float) -> str:
    """A date of the 2010-04-01 API, such as "Thu, 24 Aug 2023 05:01:45 +0000"; `time` in seconds since the epoch."""
    return strftime("%a, %d %b %Y %H:%M:%S +0000", gmtime(math.floor(time)))


def http_date(time: float) -> str:
    """The Date of a response, such as "Thu, 24 Aug 2023 05:01:45 GMT"; `time` in seconds since the epoch."""
    return strftime("%a, %d %b %Y %H:%M:%S GMT", gmtime(math.floor(time)))


def iso8601(time: float) -> str:
    """A date of the newer APIs, such as "2023-08-24T05:01:45Z"; `time` in seconds since the epoch."""
    return datetime.fromtimestamp(time, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
