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
"""Dates: read whatever their zone, and never an exception."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, strategies as st

from tests.tables import for_each
from twilio_api.timestamps import created_at, duration, parse_date, parse_iso_date


NOON = "Mon, 02 Mar 2026 10:00:00 GMT"
NOON_S = 1772445600.0


@for_each(
    "value, seconds",
    [
        (NOON, NOON_S),
        ("Mon, 02 Mar 2026 10:00:00 -0000", NOON_S),
        ("Mon, 02 Mar 2026 11:00:00 +0100", NOON_S),
        ("Mon, 02 Mar 2026 10:00:00", NOON_S),
        ("Mon, 02 Mar 2026 99:00:00 GMT", None),
        ("Mon, 02 Mar 99999999999 10:00:00 GMT", None),
        ("Mon, 02 Mar 2026 10:00:00 +99999999999999999999", None),
        ("Mon, 99 Foo 99999999999", None),
        ("1 1 1 1 1 1 1 1 1", None),
        ("9" * 5000, None),
        ("\xff" * 30, None),
        ("junk", None),
        (",", None),
        ("0", None),
        (" ", None),
        ("", None),
    ],
)
def test_a_date_is_a_time_in_seconds(value: str, seconds: float | None) -> None:
    assert parse_date(value) == seconds


def test_a_time_without_a_zone_is_not_that_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        # Of another day, since what was read once is remembered
        assert parse_date("Tue, 03 Mar 2026 10:00:00") == NOON_S + 86400.0
        assert parse_date("Tue, 03 Mar 2026 10:00:00 -0000") == NOON_S + 86400.0
    finally:
        monkeypatch.undo()
        time.tzset()


@for_each(
    "row, seconds",
    [({"date_created": NOON}, NOON_S), ({"date_created": None}, None), ({"date_created": 7}, None), ({}, None)],
)
def test_a_message_was_created_when_its_row_says(row: dict[str, object], seconds: float | None) -> None:
    assert created_at(row) == seconds


DATES = st.from_regex(r"[A-Z][a-z]{2}, \d{1,3} [A-Z][a-z]{2} \d{1,5} \d\d:\d\d:\d\d [+-]?\w{1,5}")


@given(DATES | st.text() | st.integers())
def test_anything_is_a_time_or_none(value: object) -> None:
    found = parse_date(value)
    assert found is None or isinstance(found, float)


@for_each(
    "value, seconds",
    [
        ("2026-03-02T10:00:00Z", NOON_S),
        ("2026-03-02T11:00:00+01:00", NOON_S),
        ("2026-03-02T10:00:00", None),
        (NOON, None),
        ("", None),
        (None, None),
    ],
)
def test_a_date_of_the_newer_apis_is_a_time_in_seconds(value: object, seconds: float | None) -> None:
    assert parse_iso_date(value) == seconds


@for_each(
    "seconds, text", [(9.0, "9 s"), (59.9, "59 s"), (60.0, "1 min 0 s"), (192.4, "3 min 12 s"), (3723.0, "62 min 3 s")]
)
def test_a_duration_is_given_in_minutes_and_seconds(seconds: float, text: str) -> None:
    assert duration(seconds) == text
