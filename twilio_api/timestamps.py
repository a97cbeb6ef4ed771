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
"""Dates as Twilio writes them (RFC 2822, whole seconds)."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any


def created_at(row: dict[str, Any]) -> float | None:
    """Seconds since the epoch when Twilio created a message (whole seconds); None where the row does not say."""
    try:
        return parsedate_to_datetime(row["date_created"]).timestamp()
    except Exception:  # TypeError, ValueError, IndexError, OverflowError: it depends on Python's version
        return None
