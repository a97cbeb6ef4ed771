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
"""Values as people, forms and programs give them."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tests.tables import for_each
from twilio_api.values import (
    WrongValue,
    as_text,
    checked_body,
    checked_json_object,
    checked_sid,
    checked_text,
    is_given,
    parse_media_urls,
    parse_moment,
    parse_number,
    parse_truth,
    parse_whole_number,
    parts_of,
    quoted,
    sid_of,
)


WHERE = "The parameter 'x'"
WORDS = "abcdefABCDEF0123456789"


# --- what every value has in common


@for_each(
    "value, text",
    [
        *((None, ""), ("", ""), (" a \n", "a"), ('"', '"'), ('"15', '"15'), ("it's", "it's")),
        *((1, "1"), (1.0, "1"), (-2.0, "-2"), (1.5, "1.5")),
        *(('"15"', "15"), (" '+15101112345' ", "+15101112345"), ("“15”", "15")),
        *((value, None) for value in (True, float("nan"), float("-inf"), [1], {"a": 1})),
    ],
)
def test_a_text_and_a_number_are_read_as_text_without_blanks_quotes_and_needless_decimals(
    value: Any, text: str | None
) -> None:
    assert as_text(value) == text


@for_each("value, is_so", [(None, False), ("", False), (" \n", False), ("x", True), (0, True), (False, True)])
def test_an_optional_value_is_given_where_it_is_not_blank(value: Any, is_so: bool) -> None:
    assert is_given(value) is is_so


@for_each(
    "value, shown",
    [
        *(("x", "'x'"), (" x ", "' x '"), (None, "''"), (1.0, "'1'"), (1.5, "'1.5'"), (True, "'true'")),
        *((["é", 1], "'[\"é\", 1]'"), (float("nan"), "'NaN'"), ("x y " * 100, "'" + "x y " * 15 + "…'")),
        ("+1 510 111 2345 ext 5", "'+1 510 111 2345 ext 5'"),
        ("SM" + "0" * 32, "'SM00…'"),
        ("https://example.com/a b.png", "'https://example.com/a b.png'"),
        ("1" * 19, "'" + "1" * 19 + "'"),
        ("1" * 20, "'1111…'"),
    ],
)
def test_a_value_is_quoted_as_a_person_knows_it(value: Any, shown: str) -> None:
    assert quoted(value) == shown


@given(
    secret=st.text(WORDS, min_size=20, max_size=64),
    before=st.sampled_from(["", "token ", "+1510 ", "Basic ", "x" * 55 + " ", '"', "AC:", "https://example.com/"]),
    after=st.sampled_from(["", " ", "\n", '"', ", 5101112345"]),
    shape=st.sampled_from([str, lambda text: [text], lambda text: {"a": [text]}]),
)
def test_a_secret_in_the_wrong_field_is_not_shown(secret: str, before: str, after: str, shape: Any) -> None:
    shown = quoted(shape(before + secret + after))
    assert not [at for at in range(len(secret) - 7) if secret[at : at + 8] in shown.replace(before, "")]


# --- lists


@for_each(
    "value, parts",
    [
        *((None, []), ("", []), (" , ,", []), ("a", ["a"]), (" a ,\nb,", ["a", "b"]), (12, ["12"])),
        *((["a ", "", "b,c"], ["a", "b,c"]), (("a",), ["a"]), ([1, 2.0, 2.5], ["1", "2", "2.5"])),
        *(('["a", "b,c"]', ["a", "b,c"]), (' ["a", 1.0] ', ["a", "1"])),
        *(([None, "a"], ["a"]), ('["a", null]', ["a"]), ([None], [])),
        *(("[a],b", ["[a]", "b"]), ("[", ["["]), ("[" * 100_000, ["[" * 100_000])),
    ],
)
def test_a_list_may_be_a_text_with_commas_or_json(value: Any, parts: list[str]) -> None:
    assert parts_of(value) == parts


# --- truth values, numbers, times


@for_each(
    "value, is_true",
    [
        *((value, True) for value in (True, 1, 1.0, "1", "true", " Yes ", "True", '"true"')),
        *((value, False) for value in (False, 0, 0.0, "0", "FALSE", "no", "", None, " ")),
    ],
)
def test_a_truth_value_may_be_a_text_or_a_number(value: Any, is_true: bool) -> None:
    assert parse_truth(value, WHERE) is is_true


@for_each("value", ["perhaps", 2, 0.5, [], {}])
def test_nothing_else_is_true_or_false(value: Any) -> None:
    with pytest.raises(WrongValue, match=r"^The parameter 'x' is wrong: '.*' is neither true nor false\.$"):
        parse_truth(value, WHERE)


@for_each("value, number", [(1, 1.0), (0.5, 0.5), (" 0.5\n", 0.5), ("1e1", 10.0), ('"2"', 2.0)])
def test_a_number_may_be_text(value: Any, number: float) -> None:
    assert parse_number(value, WHERE, "minutes", 0.0, 10.0) == number


@for_each("value", [7, 7.0, "7", "7.0", " 7 ", "7e0", "'7'"])
def test_a_whole_number_may_be_text_or_have_decimals_of_zero(value: Any) -> None:
    assert parse_whole_number(value, WHERE, "items", 1, 10) == 7


@for_each("value", [-1, 11, "", None, "soon", True, "nan", float("inf"), [1], "0x1"])
def test_a_number_out_of_range_is_refused_with_the_range(value: Any) -> None:
    for parse, unit in ((parse_number, "minutes"), (parse_whole_number, "items")):
        with pytest.raises(
            WrongValue, match=rf"^The parameter 'x' is wrong: '.*' is not a number of {unit} from 0 to 10\.$"
        ):
            parse(value, WHERE, unit, 0, 10)


def test_a_fraction_is_no_whole_number() -> None:
    with pytest.raises(WrongValue, match=r"^The parameter 'x' is wrong: '1\.5' is not a whole number of items\.$"):
        parse_whole_number(1.5, WHERE, "items", 1, 10)


def utc(*parts: int) -> float:
    return datetime(*parts, tzinfo=timezone.utc).timestamp()  # type: ignore[arg-type,misc]


@for_each(
    "text, begin, lasts_s",
    [
        ("2026-11-23T14:30:05Z", utc(2026, 11, 23, 14, 30, 5), 1.0),
        ("2026-11-23T14:30:05", utc(2026, 11, 23, 14, 30, 5), 1.0),
        ("2026-11-23 14:30:05", utc(2026, 11, 23, 14, 30, 5), 1.0),
        ("2026-11-23t14:30:05z", utc(2026, 11, 23, 14, 30, 5), 1.0),
        (" 2026-11-23T14:30Z ", utc(2026, 11, 23, 14, 30), 1.0),
        ("2026-11-23T14:30:05+02:00", utc(2026, 11, 23, 12, 30, 5), 1.0),
        ("2026-11-23T14:30:05-0530", utc(2026, 11, 23, 20, 0, 5), 1.0),
        ("2026-11-23T14:30:05+02", utc(2026, 11, 23, 12, 30, 5), 1.0),
        ("2026-11-23 14:30:05 +00:00", utc(2026, 11, 23, 14, 30, 5), 1.0),
        ("2026-11-23T14:30:05.250000Z", utc(2026, 11, 23, 14, 30, 5) + 0.25, 0.75),
        ("2026-11-23T14:30:05,25", utc(2026, 11, 23, 14, 30, 5) + 0.25, 0.75),
        ("2026-11-23", utc(2026, 11, 23), 86_400.0),
    ],
)
def test_a_time_lasts_to_the_end_of_its_second_or_day_and_is_in_utc_unless_it_has_a_zone(
    text: str, begin: float, lasts_s: float
) -> None:
    assert parse_moment(text, WHERE) == (begin, begin + lasts_s)


@for_each(
    "text",
    [
        *("", "now", "2026", "2026-11", "23.11.2026", "2026-02-30", "2026-11-23T25:00Z", "2026-11-23T14:60Z"),
        *("2026-11-23T14Z", "2026-11-23Z", "2026-11-23T14:30+25:00", "0000-01-01", "1795348800", "２０２６-11-23"),
    ],
)
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(
        WrongValue, match=r"^The parameter 'x' is wrong: '.*' is not a time in ISO 8601, such as 2026-11-23 or "
    ):
        parse_moment(text, WHERE)


# --- SIDs


@for_each("value", ["SM" + "0" * 32, " SM" + "0" * 32 + "\n", '"SM' + "0" * 32 + '"'])
def test_a_sid_is_taken_without_blanks_and_quotes(value: str) -> None:
    assert checked_sid(value, ("SM", "MM"), WHERE, "SM01") == "SM" + "0" * 32


@for_each(
    "value", [None, "", "SM", "SM" + "g" * 32, "SM" + "0" * 31, "SM" + "0" * 30 + "/x", "AC" + "0" * 32, 7, [], True]
)
def test_any_other_is_refused_with_kinds_and_example(value: Any) -> None:
    with pytest.raises(WrongValue, match=r"^The parameter 'x' is wrong: it is SM or MM and 32 .* such as SM01\.$"):
        checked_sid(value, ("SM", "MM"), WHERE, "SM01")


@for_each(
    "resource, sid",
    [
        *(({"sid": sid}, sid) for sid in ("SM" + "0" * 32, "MM0123456789abcdef0123456789abcdef", "SMabc")),
        *(({"sid": sid}, "") for sid in (None, 7, "", "SM", "SM/../x", "SM%2e", "sm" + "0" * 32, "SM" + "0" * 65)),
        *(({"sid": sid}, "") for sid in ("SM 0", ["SM0"])),
        ({}, ""),
    ],
)
def test_a_resource_is_named_by_its_sid_if_that_can_stand_in_a_path(resource: dict[str, Any], sid: str) -> None:
    assert sid_of(resource) == sid


# --- texts


@for_each(
    "value, text",
    [
        *((text, text) for text in ("x", " x ", '"x"', "{0} {", "x" * 1600, "😀\n\t", "1.0")),
        *((42, "42"), (42.0, "42"), (0, "0"), (1.5, "1.5")),  # that a playbook passes
    ],
)
def test_a_text_is_passed_on_unchanged_and_a_number_as_text(value: object, text: str) -> None:
    assert checked_body(value, WHERE) == text


@for_each(
    "value, what",
    [
        *((value, "blank") for value in (None, "", " ", "\n\t\u00a0", "\u200b\ufeff \u2060")),
        *((value, "true or false, not a text") for value in (True, False)),
        *((value, "a list, not a text") for value in ([], ["x"])),
        *((value, "NaN or infinite, not a text") for value in (float("nan"), float("-inf"))),
        *((value, "an object, not a text") for value in ({}, {"text": "x"})),
    ],
)
def test_what_is_blank_or_no_text_is_refused(value: Any, what: str) -> None:
    for check in (checked_text, checked_body):
        with pytest.raises(WrongValue) as caught:
            check(value, WHERE)
        assert str(caught.value) == f"The parameter 'x' is {what}. Give a text."


@for_each(
    "body, why",
    [
        ("x" * 1601, "has 1601 characters; Twilio takes at most 1600. Shorten it."),
        ("ab\ud83d", "holds half of a character at position 3, which cannot be sent. Remove it."),
        ("\udfff", "holds half of a character at position 1, which cannot be sent. Remove it."),
    ],
)
def test_a_body_that_twilio_cannot_take_is_refused(body: str, why: str) -> None:
    with pytest.raises(WrongValue) as caught:
        checked_body(body, WHERE)
    assert str(caught.value) == f"The parameter 'x' {why}"
    assert checked_text(body, WHERE) == body


# --- JSON objects


@for_each("value", ['{"1": "12 Oct"}', '  {"1": "12 Oct"}\n', {"1": "12 Oct"}, '{"1": "\\ud83d\\ude00"}'])
def test_an_object_is_passed_on_as_json(value: Any) -> None:
    passed_on = checked_json_object(value, WHERE, "{}")
    assert json.loads(passed_on) == (value if isinstance(value, dict) else json.loads(value))
    assert passed_on == passed_on.strip()
    assert [checked_json_object(nothing, WHERE, "{}") for nothing in (None, "", " ")] == [""] * 3


@for_each("value", ["1=12 Oct", '["12 Oct"]', '"x"', "{", "[" * 100_000, 7, ["x"], True])
def test_anything_else_is_no_object(value: Any) -> None:
    with pytest.raises(
        WrongValue, match=r"^The parameter 'x' is wrong: it is a JSON object, such as \{\"1\": \"x\"\}\.$"
    ):
        checked_json_object(value, WHERE, '{"1": "x"}')


@for_each(
    "value",
    [
        *('{"1": NaN}', '{"1": [-Infinity]}', '{"1": 1e999}', '{"1": "\\ud83d"}', '{"\\ude00": 1}', '{"1": "\ud83d"}'),
        *({"1": float("nan")}, {"1": {"2": "\ud83d"}}),
    ],
)
def test_what_json_has_no_place_for_is_refused(value: Any) -> None:
    with pytest.raises(WrongValue, match=r"^The parameter 'x' is wrong: it holds NaN, infinity or half of a character"):
        checked_json_object(value, WHERE, "{}")


# --- media

A, B = "https://example.com/a.png", "https://example.com/b.png?x=1,2"


@for_each(
    "value, urls",
    [
        *((nothing, ()) for nothing in (None, "", " ", " , ", "[]")),
        *((both, (A, B)) for both in ([A, B], json.dumps([A, B]), f'["{A}",\n "{B}"]', [f" {A} ", B])),
        (f" {A} ,\n{A}?x=1%2C2,", (A, f"{A}?x=1%2C2")),
        *(([], ()), (",".join([A] * 10), (A,) * 10)),
    ],
)
def test_a_message_may_have_ten_media_or_none_whose_urls_have_a_comma_only_in_a_list(
    value: Any, urls: tuple[str, ...]
) -> None:
    assert parse_media_urls(value, WHERE) == urls


@for_each(
    "url",
    [
        *("http://example.com/a.png", "ftp://x/a", "example.com/a.png", "https://", "https://[::1", "None"),
        *("https://example.com/a b.png", "https://example.com/\ud83d"),
    ],
)
def test_what_twilio_cannot_fetch_is_refused_and_shown(url: str) -> None:
    with pytest.raises(WrongValue, match=rf"^The parameter 'x' is wrong: '{re.escape(url)}' is not an https URL"):
        parse_media_urls(f"{A},{url}", WHERE)


def test_more_than_ten_urls_are_refused() -> None:
    with pytest.raises(WrongValue, match="has 11 URLs; Twilio takes at most 10"):
        parse_media_urls(",".join([A] * 11), WHERE)
