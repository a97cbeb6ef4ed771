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
"""Which texts a poll ingests, and where the next one goes on."""

from __future__ import annotations

import json
import math
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any

import pytest

from actions.ingestion import (
    FIRST_POLL_WINDOW_S,
    MAX_FAILED_POLLS,
    OVERLAP_S,
    Attempt,
    Backlog,
    Cursor,
    MediaAttempt,
    Outcome,
    Settled,
    Text,
    first_cursor,
    inbound_texts,
    settle,
)
from tests.tables import for_each


NOON = 1795348800.0
RECEIVING_S = 300.0


def row(name: str, at: float | None, **changes: Any) -> dict[str, Any]:
    """A row of the log: a text that was received so many seconds after noon."""
    date = None if at is None else format_datetime(datetime.fromtimestamp(NOON + at, timezone.utc))
    usual = {"direction": "inbound", "status": "received", "date_created": date, "date_sent": date}
    return {"sid": f"SM{name}", **usual, **changes}


def texts(*times: float) -> list[Text]:
    return [Text(f"SM{at:g}", NOON + at, {}) for at in times]


def cursor(since: float = 0.0, settled: dict[str, float] | None = None, **attempts: tuple[float, int]) -> Cursor:
    """A cursor; all times are seconds after noon."""
    return Cursor(
        NOON + since,
        {sid: NOON + at for sid, at in (settled or {}).items()},
        {sid: Attempt(NOON + at, failures) for sid, (at, failures) in attempts.items()},
    )


def read(before: Cursor, rows: list[dict[str, Any]], now: float, keep: int = 9) -> Backlog:
    found = Backlog(before, NOON + now, keep)
    for each in rows:
        found.take([each])
    return found


def backlog(before: Cursor, found: list[Text], newest: float | None = 9000.0, gap: float | None = None) -> Backlog:
    """What a reading found; all times are seconds after noon."""
    made = Backlog(before, NOON, 9)
    made.texts = found
    made.newest, made.gap = (None if at is None else NOON + at for at in (newest, gap))
    return made


def sids(backlog: Backlog) -> list[str]:
    return [text.sid for text in backlog.texts]


# --- which rows are texts that can be ingested


@for_each(
    "changes, is_text",
    [
        ({}, True),
        ({"direction": "outbound-api"}, False),
        ({"direction": "outbound-reply"}, False),
        ({"direction": None}, False),
        ({"body": "STOP"}, True),
        ({"body": None}, True),
        ({"status": "failed"}, True),
        ({"sid": None}, False),
        ({"sid": "../Calls"}, False),
        ({"status": "receiving"}, False),
    ],
)
def test_what_people_send_is_ingested_once_it_is_received(changes: dict[str, Any], is_text: bool) -> None:
    assert bool(list(inbound_texts([row("1", 0.0, **changes)], NOON))) == is_text


def test_a_text_that_is_never_said_to_be_received_is_waited_for_some_minutes_only() -> None:
    rows = [row("1", 0.0, status="receiving")]
    assert list(inbound_texts(rows, NOON + RECEIVING_S)) == []
    assert [text.sid for text in inbound_texts(rows, NOON + RECEIVING_S + 1.0)] == ["SM1"]


def test_a_row_without_a_date_is_as_old_as_the_one_before_it() -> None:
    found = inbound_texts([row("1", None), row("2", 5.0), row("3", None)], NOON + 9.0)
    assert [text.created - NOON for text in found] == [9.0, 5.0, 5.0]


# --- what is not settled


def test_the_texts_since_the_cursor_are_not_settled_the_oldest_first() -> None:
    found = read(cursor(10.0), [row("3", 30.0), row("2", 10.0), row("1", 9.0)], 40.0)
    assert sids(found) == ["SM2", "SM3"]
    assert (found.left_out, found.newest) == (None, NOON + 30.0)


def test_settled_texts_are_left_out() -> None:
    rows = [row("2", 20.0), row("1", 10.0)]
    assert sids(read(cursor(settled={"SM1": 10.0}), rows, 40.0)) == ["SM2"]


def test_a_text_that_failed_before_is_tried_whatever_its_date() -> None:
    rows = [row("2", 20.0), row("1", 10.0)]
    assert sids(read(cursor(15.0, SM1=(10.0, 3)), rows, 40.0)) == ["SM1", "SM2"]


@for_each("order", [[1, 2, 3], [3, 1, 2], [2, 3, 1], [3, 2, 1]])
def test_the_order_of_the_rows_does_not_matter(order: list[int]) -> None:
    found = read(cursor(), [row(str(number), number) for number in order], 40.0)
    assert sids(found) == ["SM1", "SM2", "SM3"]


def test_texts_of_the_same_second_are_in_the_order_of_the_log() -> None:
    rows = [row("4", 2.0), row("3", 1.0), row("2", 1.0), row("1", 1.0)]
    assert sids(read(cursor(), rows, 40.0)) == ["SM1", "SM2", "SM3", "SM4"]
    assert sids(read(cursor(), rows, 40.0, keep=2)) == ["SM1", "SM2"]


def test_it_is_known_how_far_the_log_was_read() -> None:
    found = read(cursor(), [row("3", 30.0), row("2", 20.0)], 40.0)
    assert (found.oldest, found.gap) == (NOON + 20.0, None)


def test_a_row_without_a_date_is_as_old_as_the_last_one_of_the_page_before_it() -> None:
    assert [text.created - NOON for text in read(cursor(), [row("2", 20.0), row("1", None)], 40.0).texts] == [
        20.0,
        20.0,
    ]


def test_of_many_texts_the_oldest_are_kept_and_the_first_of_the_others_is_known() -> None:
    rows = [row(str(number), number) for number in range(500, 0, -1)]
    found = read(cursor(), rows, 600.0, keep=3)
    assert sids(found) == ["SM1", "SM2", "SM3"]
    assert (found.left_out, found.newest) == (NOON + 4.0, NOON + 500.0)


def test_texts_that_failed_before_take_no_place_from_others() -> None:
    rows = [row(str(number), number) for number in range(500, 0, -1)]
    assert sids(read(cursor(SM1=(1.0, 2), SM400=(400.0, 0)), rows, 600.0, keep=1)) == [*("SM1", "SM2", "SM400")]


def test_the_newest_message_of_either_direction_counts_but_none_of_the_future() -> None:
    rows = [row("2", 999.0, direction="outbound-api"), row("1", 10.0)]
    assert read(cursor(), rows, 40.0).newest == NOON + 40.0
    assert read(cursor(), rows[1:], 40.0).newest == NOON + 10.0
    assert read(cursor(), [], 40.0).newest is None


# --- where the next poll goes on


def after(before: Cursor, found: list[Text], saved: set[str], failed: set[str], *, newest: float = 9000.0) -> Settled:
    outcomes = {**dict.fromkeys(sorted(saved), Outcome.SAVED), **dict.fromkeys(sorted(failed), Outcome.NOT_SAVED)}
    return settle(backlog(before, found, newest), outcomes)


def test_the_cursor_stays_an_hour_behind_the_newest_message() -> None:
    found = after(cursor(), texts(10.0, 8000.0), {"SM10", "SM8000"}, set())
    assert found.cursor == cursor(9000.0 - OVERLAP_S, {"SM8000": 8000.0})


def test_the_cursor_never_goes_back() -> None:
    assert after(cursor(8000.0), [], set(), set()).cursor.since == NOON + 8000.0


def test_a_log_without_a_message_leaves_the_cursor_where_it_is() -> None:
    assert settle(backlog(cursor(5.0), [], None), {}).cursor == cursor(5.0)


def test_a_text_that_was_not_tried_holds_the_cursor() -> None:
    found = after(cursor(), texts(10.0, 20.0), {"SM10"}, set())
    assert found.cursor == cursor(20.0)


def test_the_texts_that_were_left_out_hold_the_cursor() -> None:
    found = backlog(cursor(), texts(10.0))
    found.left_out = NOON + 30.0
    assert settle(found, {"SM10": Outcome.SAVED}).cursor == cursor(30.0)


def test_a_failed_text_holds_the_cursor_and_later_ones_stay_settled() -> None:
    found = after(cursor(), texts(10.0, 20.0), {"SM20"}, {"SM10"})
    assert found == Settled(cursor(10.0, {"SM20": 20.0}, SM10=(10.0, 1)), [], None)


def test_a_failed_text_that_is_saved_later_is_settled() -> None:
    before = cursor(10.0, SM10=(10.0, 4))
    assert after(before, texts(10.0), {"SM10"}, set()).cursor == cursor(9000.0 - OVERLAP_S)


def test_where_nothing_could_be_saved_no_text_is_blamed() -> None:
    before = cursor(10.0, SM10=(10.0, 4))
    assert after(before, texts(10.0), set(), {"SM10"}).cursor.attempts == {"SM10": Attempt(NOON + 10.0, 4)}
    outcomes = {"SM10": Outcome.NOT_SAVED, "SM20": Outcome.ANSWER}
    assert settle(backlog(before, texts(10.0, 20.0), 0.0), outcomes).cursor.attempts == before.attempts


def test_an_outage_of_the_platform_gives_up_no_text_that_failed_often_before_a_poll_died() -> None:
    before = cursor(10.0, SM10=(10.0, MAX_FAILED_POLLS))
    assert settle(backlog(before, texts(10.0), 0.0), {"SM10": Outcome.NOT_SAVED}).given_up == []


def test_a_text_that_fails_again_and_again_while_others_are_saved_is_given_up() -> None:
    state = cursor()
    for poll in range(MAX_FAILED_POLLS):
        good = float(1000 + poll)
        found = after(state, texts(10.0, good), {f"SM{good:g}"}, {"SM10"})
        state, given_up, _ = found
        assert (given_up == ["SM10"]) == (poll == MAX_FAILED_POLLS - 1)
    assert state == cursor(9000.0 - OVERLAP_S)


def test_a_text_that_was_given_up_is_settled() -> None:
    before = cursor(5000.0, SM6000=(6000.0, MAX_FAILED_POLLS - 1))
    found = after(before, texts(6000.0, 7000.0), {"SM7000"}, {"SM6000"})
    assert found == Settled(cursor(9000.0 - OVERLAP_S, {"SM6000": 6000.0, "SM7000": 7000.0}), ["SM6000"], None)


def test_a_failed_text_that_the_log_does_not_show_any_more_is_settled_once_it_is_known_to_be_gone() -> None:
    before = cursor(5.0, SM10=(10.0, 0))
    assert after(before, texts(20.0), {"SM10", "SM20"}, set()).cursor == cursor(9000.0 - OVERLAP_S)


def test_a_text_that_cannot_be_read_is_given_up_after_as_many_polls_and_each_way_counts_for_itself() -> None:
    before = cursor()._replace(attempts={"SM10": Attempt(NOON + 10.0, 9, 8, 9)})
    outcomes = {"SM10": Outcome.NOT_READ}
    once_more = settle(backlog(before, texts(10.0)), outcomes)
    assert (once_more.given_up, once_more.cursor.attempts) == ([], {"SM10": Attempt(NOON + 10.0, 9, 9, 9)})
    assert settle(backlog(once_more.cursor, texts(10.0)), outcomes).given_up == ["SM10"]


def gap(at: float, before: Cursor, saved: set[str], found: list[Text]) -> Settled:
    return settle(backlog(before, found, gap=at), dict.fromkeys(saved, Outcome.SAVED))


def test_a_page_that_cannot_be_read_holds_the_cursor_and_what_was_read_is_settled() -> None:
    found = gap(5000.0, cursor(), {"SM6000"}, texts(6000.0))
    assert found.cursor == cursor(0.0, {"SM6000": 6000.0})._replace(gap=Attempt(NOON + 5000.0, unread=1))


def test_a_page_that_can_be_read_again_is_forgotten() -> None:
    assert after(cursor()._replace(gap=Attempt(NOON, unread=9)), [], set(), set()).cursor.gap is None


def test_what_lies_behind_a_page_that_so_many_polls_could_not_read_is_given_up() -> None:
    before = cursor()._replace(gap=Attempt(NOON + 5000.0, unread=MAX_FAILED_POLLS - 1))
    assert gap(5000.0, before, set(), []) == Settled(cursor(7000.0), [], NOON + 7000.0)


def test_what_is_given_up_before_the_newest_message_could_be_read_ends_there() -> None:
    before = cursor()._replace(gap=Attempt(NOON + 5000.0, unread=MAX_FAILED_POLLS - 1))
    found = settle(backlog(before, [], newest=4000.0, gap=5000.0), {})
    assert found == Settled(cursor(5000.0), [], NOON + 5000.0)


def test_nothing_is_given_up_before_the_poll_is_over() -> None:
    attempts = {"SM10": Attempt(NOON + 10.0, 9, 0), "SM20": Attempt(NOON + 20.0, 0, 9)}
    outcomes = {"SM10": Outcome.NOT_SAVED, "SM20": Outcome.NOT_READ, "SM30": Outcome.DUPLICATE}
    before = cursor()._replace(attempts=attempts, gap=Attempt(NOON + 5.0, unread=9))
    meanwhile = settle(backlog(before, texts(10.0, 20.0, 30.0), gap=5.0), outcomes, is_over=False)
    assert (meanwhile.given_up, meanwhile.given_up_until, meanwhile.cursor.since) == ([], None, before.since)
    over = settle(backlog(meanwhile.cursor, texts(10.0, 20.0, 30.0), gap=5.0), outcomes)
    assert (over.given_up, over.given_up_until) == (["SM10", "SM20"], NOON + 4502.5)


def test_a_failed_text_whose_turn_did_not_come_is_not_blamed() -> None:
    before = cursor(5.0, SM10=(10.0, 3))
    assert after(before, texts(10.0, 20.0), {"SM20"}, set()).cursor.attempts == before.attempts


def test_what_is_older_than_the_cursor_is_forgotten() -> None:
    before = cursor(0.0, {"SM10": 10.0, "SM8000": 8000.0})
    assert after(before, [], set(), set()).cursor.settled == {"SM8000": NOON + 8000.0}


# --- beginning, keeping


def test_ingestion_begins_a_day_before_the_first_poll() -> None:
    assert first_cursor(NOON) == Cursor(NOON - FIRST_POLL_WINDOW_S) == Cursor(NOON - 24 * 3600.0)


def test_a_cursor_is_kept_as_json() -> None:
    media = {"MM1": MediaAttempt(7, 2, ("ME1",))}
    kept = cursor(5.0, {"SM1": 7.0}, SM2=(8.0, 3))._replace(gap=Attempt(NOON, 2), media=media)
    assert Cursor.from_json(json.loads(json.dumps(kept.to_json()))) == kept


def test_an_attempt_of_an_earlier_version_is_read() -> None:
    value = {"since": 1.0, "settled": {}, "attempts": {"SM1": [NOON, 3]}}
    assert Cursor.from_json(value).attempts == {"SM1": Attempt(NOON, 3)}


@for_each(
    "value",
    [
        *(None, [], {}, "x", {"since": 1.0}, {"since": "x", "settled": {}, "attempts": {}}),
        *({"since": 1.0, "settled": [], "attempts": {}}, {"since": 1.0, "settled": {"SM1": None}, "attempts": {}}),
        *({"since": 1.0, "settled": {}, "attempts": {"SM1": [1.0]}},),
        *({"since": 1.0, "settled": {}, "attempts": {"SM1": 1.0}},),
        *({"since": math.nan, "settled": {}, "attempts": {}}, {"since": math.inf, "settled": {}, "attempts": {}}),
        *({"since": -math.inf, "settled": {}, "attempts": {}}, {"since": "1e400", "settled": {}, "attempts": {}}),
        *({"since": 1.0, "settled": {"SM1": math.nan}, "attempts": {}},),
        *({"since": 1.0, "settled": {}, "attempts": {"SM1": [1.0, math.inf]}},),
        *({"since": 1.0, "settled": {}, "attempts": {}, "gap": [1.0]},),
        *({"since": 1.0, "settled": {}, "attempts": {}, "gap": [math.nan, 1]},),
        *({"since": 1.0, "settled": {}, "attempts": {}, "media": {"SM1": [1]}},),
    ],
)
def test_anything_else_is_no_cursor(value: Any) -> None:
    with pytest.raises(ValueError, match="no cursor"):
        Cursor.from_json(value)
