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
"""Values as a form or a playbook gives them."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from actions.values import parse_moment, parse_truth, parse_whole_number


def utc(*parts: int) -> float:
    return datetime(*parts, tzinfo=timezone.utc).timestamp()  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("2026-11-23T14:30:05Z", utc(2026, 11, 23, 14, 30, 5)),
        ("2026-11-23T14:30:05", utc(2026, 11, 23, 14, 30, 5)),
        ("2026-11-23 14:30:05", utc(2026, 11, 23, 14, 30, 5)),
        ("2026-11-23t14:30:05z", utc(2026, 11, 23, 14, 30, 5)),
        (" 2026-11-23T14:30Z ", utc(2026, 11, 23, 14, 30)),
        ("2026-11-23T14:30:05+02:00", utc(2026, 11, 23, 12, 30, 5)),
        ("2026-11-23T14:30:05-0530", utc(2026, 11, 23, 20, 0, 5)),
        ("2026-11-23T14:30:05+02", utc(2026, 11, 23, 12, 30, 5)),
        ("2026-11-23 14:30:05 +00:00", utc(2026, 11, 23, 14, 30, 5)),
    ],
)
def test_a_time_lasts_a_second_and_is_in_utc_unless_it_has_a_zone(text: str, begin: float) -> None:
    assert parse_moment(text, "x") == (begin, begin + 1.0)


@pytest.mark.parametrize("text", ["2026-11-23T14:30:05.250000Z", "2026-11-23T14:30:05,25"])
def test_a_fraction_of_a_second_counts_for_the_beginning(text: str) -> None:
    assert parse_moment(text, "x") == (utc(2026, 11, 23, 14, 30, 5) + 0.25, utc(2026, 11, 23, 14, 30, 6))


def test_a_date_alone_lasts_a_day() -> None:
    assert parse_moment("2026-11-23", "x") == (utc(2026, 11, 23), utc(2026, 11, 24))


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "2026", "2026-11", "23.11.2026", "2026-02-30", "2026-11-23T25:00Z", "2026-11-23T14:60Z"),
        *("2026-11-23T14Z", "2026-11-23Z", "2026-11-23T14:30+25:00", "0000-01-01", "1795348800", "２０２６-11-23"),
    ],
)
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"^The time is wrong: '.*' is not a time in ISO 8601, such as 2026-11-23 or "):
        parse_moment(text, "The time")


@pytest.mark.parametrize("value", [7, 7.0, "7", "7.0", " 7 ", "7e0"])
def test_a_whole_number_may_be_text_or_have_decimals_of_zero(value: object) -> None:
    assert parse_whole_number(value, "x", "items", 1, 10) == 7


@pytest.mark.parametrize("value", [0, 11, 1.5, "a", True, None, "nan", "inf", [7]])
def test_anything_else_is_no_whole_number_of_the_range(value: object) -> None:
    with pytest.raises(ValueError, match=r"^The count is wrong: "):
        parse_whole_number(value, "The count", "items", 1, 10)


def test_a_long_value_is_shown_shortened() -> None:
    for parse in (
        lambda value: parse_whole_number(value, "It", "seconds", 1, 5),
        lambda value: parse_truth(value, "It"),
        lambda value: parse_moment(value, "It"),
    ):
        with pytest.raises(ValueError, match=f"^It is wrong: '{'x' * 60}…' is n"):
            parse("x" * 10_000)


@pytest.mark.parametrize("value", [True, 1, 1.0, "1", "true", " Yes "])
def test_a_truth_value_may_be_a_text_or_a_number(value: object) -> None:
    assert parse_truth(value, "It") is True


@pytest.mark.parametrize("value", [False, 0, 0.0, "0", "FALSE", "no", "", None])
def test_so_may_an_untruth(value: object) -> None:
    assert parse_truth(value, "It") is False


@pytest.mark.parametrize("value", ["perhaps", 2, 0.5, [], {}])
def test_nothing_else_is_true_or_false(value: object) -> None:
    with pytest.raises(ValueError, match="is neither true nor false"):
        parse_truth(value, "It")
