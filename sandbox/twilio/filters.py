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
"""Filters of lists by date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta, timezone

from sandbox.twilio.errors import ApiError


# How a date may be written; Twilio's library writes the second for a date, too, at midnight
_DATE_FORMATS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ")
# What follows a filter's name, and whether a time passes, for a date that lasts from start to end
DATE_COMPARISONS: dict[str, Callable[[float, float, float], bool]] = {
    "": lambda time, start, end: start <= time < end,
    ">": lambda time, start, end: start <= time,
    "<": lambda time, start, end: time < end,
}


def date_filter(query: Mapping[str, str], name: str) -> Callable[[float | None], bool]:
    """Return a check of a time (seconds since the epoch) against the filters `name`, `name>` and `name<`.

    They hold at, from, or up to, the second that they name, or that whole day where it is midnight.
    None, for something that has no such time, passes only where there is no filter. Raises ApiError for a filter that
    is no date.
    """
    spans = {sign: _span(name + sign, query[name + sign]) for sign in DATE_COMPARISONS if name + sign in query}

    def passes(time: float | None) -> bool:
        return all(time is not None and DATE_COMPARISONS[sign](time, *span) for sign, span in spans.items())

    return passes if spans else lambda time: True


def _span(name: str, text: str) -> tuple[float, float]:
    """The first second of what a filter names, and the first after it (since the epoch)."""
    for layout in _DATE_FORMATS:
        try:
            start = datetime.strptime(text, layout).replace(tzinfo=timezone.utc)
        except ValueError:
            continue
        length = timedelta(days=1) if start.time() == time() else timedelta(seconds=1)
        return start.timestamp(), (start + length).timestamp()
    raise ApiError(20001, parameter=name)
