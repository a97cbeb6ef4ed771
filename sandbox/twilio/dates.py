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
from email.utils import format_datetime
from functools import lru_cache


def rfc2822(time: float) -> str:
    """A date of the 2010-04-01 API, such as "Thu, 24 Aug 2023 05:01:45 +0000"; `time` in seconds since the epoch."""
    return _rfc2822(math.floor(time))


@lru_cache(maxsize=4096)  # a list of messages repeats few dates many times
def _rfc2822(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, timezone.utc))


def iso8601(time: float) -> str:
    """A date of the newer APIs, such as "2023-08-24T05:01:45Z"; `time` in seconds since the epoch."""
    return datetime.fromtimestamp(time, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
