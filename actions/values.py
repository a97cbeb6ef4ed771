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
"""Values as a form or a playbook gives them; each error is a ValueError whose text names the field."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from twilio_api.quoting import quoted


_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no", ""})
_DAY_S = 24 * 60 * 60
# Compiled when an action takes a time, which few do.
_TIME = (
    r"(?ia)(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?P<fraction>[.,]\d+)?)?"
    r" ?(?P<zone>Z|(?P<sign>[+-])(?P<zone_hours>\d\d):?(?P<zone_minutes>\d\d)?)?)?"
)


class Moment(NamedTuple):
    """A time that a person gave, in seconds since the epoch: where it begins, and the first second after it.

    A date alone lasts a day, any other time a second, since Twilio dates in whole seconds.
    """

    begin: float
    end: float


def is_given(value: object) -> bool:
    """Whether an optional value was filled in."""
    return value is not None and str(value).strip() != ""


def parse_number(value: object, where: str, unit: str, least: float, most: float) -> float:
    """Return a number that may have been given as text."""
    try:
        number = float("nan") if isinstance(value, bool) else float(str(value).strip())
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        raise ValueError(f"{where} is wrong: {quoted(value)} is not a number of {unit} from {least:g} to {most:g}.")
    return number


def parse_truth(value: object, where: str) -> bool:
    """Return a truth value that may have been given as text, or as a number with decimals of zero."""
    if isinstance(value, float) and value in (0.0, 1.0):
        return bool(value)
    text = "" if value is None else str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise ValueError(f"{where} is wrong: {quoted(value)} is neither true nor false.")
    return text in _TRUE


def parse_whole_number(value: object, where: str, unit: str, least: int, most: int) -> int:
    """Return a whole number that may have been given as text or with decimals of zero."""
    number = parse_number(value, where, unit, least, most)
    if not number.is_integer():
        raise ValueError(f"{where} is wrong: {quoted(value)} is not a whole number of {unit}.")
    return int(number)


def parse_moment(value: object, where: str) -> Moment:
    """Return the time that a text in ISO 8601 stands for: a date alone or with a time, in UTC unless it has a zone."""
    found = re.fullmatch(_TIME, str(value).strip())
    try:
        if found is None:
            raise ValueError
        day = datetime.strptime(found["date"], "%Y-%m-%d").replace(tzinfo=timezone.utc)
        if not found["hour"]:
            return Moment(day.timestamp(), day.timestamp() + _DAY_S)
        clock = [int(found[part] or 0) for part in ("hour", "minute", "second", "zone_hours", "zone_minutes")]
        hour, minute, second, zone_hours, zone_minutes = clock
        offset = timedelta(hours=zone_hours, minutes=zone_minutes) * (-1 if found["sign"] == "-" else 1)
        time = day.replace(hour=hour, minute=minute, second=second, tzinfo=timezone(offset))
        begin = time.timestamp() + float((found["fraction"] or ".0").replace(",", "."))
    except (ValueError, OverflowError):
        raise ValueError(
            f"{where} is wrong: {quoted(value)} is not a time in ISO 8601, such as 2026-11-23 or 2026-11-23T14:30:00Z "
            "(UTC where no zone is given)."
        ) from None
    return Moment(begin, math.floor(begin) + 1.0)
