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
"""Dates as Twilio and HTTP write them: RFC 2822, or ISO 8601 in the newer APIs; in whole seconds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any


def parse_date(text: object) -> float | None:
    """Seconds since the epoch of a date; None for anything else. Without a zone it is in UTC."""
    return _parse_date(text) if isinstance(text, str) else None


@lru_cache(maxsize=4096)  # the same rows of the log are judged again and again
def _parse_date(text: str) -> float | None:
    with suppress(Exception):  # TypeError, ValueError, IndexError, OverflowError: it depends on Python's version
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    return None


def parse_iso_date(text: object) -> float | None:
    """The same of the newer APIs, which write "2026-11-24T15:30:00Z"."""
    if not isinstance(text, str):
        return None
    with suppress(ValueError):
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").timestamp()
    return None


def iso_of(time: float) -> str:
    """Return seconds since the epoch as such a date."""
    return datetime.fromtimestamp(time, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: float) -> str:
    """Return so many seconds for a person, as "3 min 12 s"."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def created_at(row: Mapping[str, Any]) -> float | None:
    """Seconds since the epoch when Twilio created something (whole seconds); None where the row does not say."""
    return parse_date(row.get("date_created"))


def sent_at(row: Mapping[str, Any]) -> float | None:
    """The same of when a message was sent, or came; None where it was never sent, or not yet."""
    return parse_date(row.get("date_sent"))
