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
"""Which texts a poll ingests, and where the next one goes on. Nothing here calls anybody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from twilio_api.log_pages import Horizon
from twilio_api.sid import sid_of
from twilio_api.timestamps import created_at
from twilio_consts import FIRST_POLL_WINDOW_S, INGEST_OVERLAP_S, MAX_FAILED_POLLS, RECEIVING_S


class Text(NamedTuple):
    """A text that a person sent: when Twilio created it (seconds since the epoch), and the resource as it came."""

    sid: str
    created: float
    resource: dict[str, Any]


class Attempt(NamedTuple):
    """A text that could not be saved so far: when it was created, and in how many polls it failed by its own fault."""

    created: float
    failures: int


class Cursor(NamedTuple):
    """Where ingestion stands; times in seconds since the epoch.

    A text is settled when it is a container, answers a question, or was given up. All texts created before `since` are
    settled. `settled` holds those created later, by SID with the time of creation, and `attempts` those that failed.
    """

    since: float
    settled: dict[str, float] = {}
    attempts: dict[str, Attempt] = {}

    def to_json(self) -> dict[str, Any]:
        """Return the cursor as JSON keeps it."""
        attempts = {sid: list(attempt) for sid, attempt in self.attempts.items()}
        return {"since": self.since, "settled": self.settled, "attempts": attempts}

    @classmethod
    def from_json(cls, value: Any) -> Cursor:
        """Read a cursor. Raises ValueError for what is none."""
        try:
            settled = {str(sid): float(created) for sid, created in value["settled"].items()}
            attempts = {
                str(sid): Attempt(float(created), int(failures))
                for sid, (created, failures) in value["attempts"].items()
            }
            return cls(float(value["since"]), settled, attempts)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise ValueError("This is no cursor.") from None


class Backlog(NamedTuple):
    """The texts that one reading of the log found and that are not settled, the oldest first.

    Where there are many, only the oldest are kept, and `left_out` is when the first of the others was created.
    `newest` is when the newest message of the log was created. None where there is none.
    """

    texts: list[Text]
    left_out: float | None
    newest: float | None


class Settled(NamedTuple):
    """Where a poll left ingestion, and the texts that it gave up."""

    cursor: Cursor
    given_up: list[str]


def first_cursor(now: float, window_s: float = FIRST_POLL_WINDOW_S) -> Cursor:
    """Return where ingestion begins: a little before now."""
    return Cursor(now - window_s)


def inbound_texts(rows: Iterable[dict[str, Any]], now: float) -> Iterator[Text]:
    """Return the texts among rows of the log, in the same order.

    One that is still being received is left for the next poll, for some minutes. A row without a date is as old as the
    one before it.
    """
    created = now
    for row in rows:
        time = created_at(row)
        created = created if time is None else time
        is_received = row.get("status") != "receiving" or created < now - RECEIVING_S
        if row.get("direction") == "inbound" and is_received and sid_of(row):
            yield Text(sid_of(row), created, row)


def read_backlog(cursor: Cursor, rows: Iterable[dict[str, Any]], now: float, keep: int) -> Backlog:
    """Read the log, the newest row first, back to the cursor, and return what is not settled.

    `keep` is how many texts are kept, apart from those that failed before, which are all kept.
    """
    horizon = Horizon(cursor.since)
    newest: float | None = None
    waiting: dict[str, Text] = {}
    left_out: float | None = None

    def until_the_cursor() -> Iterator[dict[str, Any]]:
        nonlocal newest
        for row in rows:
            if horizon.is_passed(row):
                return
            created = created_at(row)
            if created is not None:
                newest = min(created, now) if newest is None else max(newest, min(created, now))
            yield row

    def cut() -> None:
        nonlocal left_out
        most = keep + len(cursor.attempts)
        in_order = sorted(_oldest_first(waiting.values()), key=lambda text: text.sid not in cursor.attempts)
        for text in in_order[most:]:
            left_out = text.created if left_out is None else min(left_out, text.created)
            del waiting[text.sid]

    for text in inbound_texts(until_the_cursor(), now):
        is_new = text.sid not in cursor.settled and text.created >= cursor.since
        if is_new or text.sid in cursor.attempts:
            waiting[text.sid] = text
            if len(waiting) > 2 * (keep + len(cursor.attempts)):
                cut()
    cut()
    return Backlog(_oldest_first(waiting.values()), left_out, newest)


def settle(
    cursor: Cursor, backlog: Backlog, done: Collection[str], failed: Collection[str], *, platform_works: bool
) -> Settled:
    """Return where the next poll goes on.

    `done` are the SIDs of the backlog that are settled now, `failed` those that could not be saved. A failed text holds
    the cursor back. It is given up after MAX_FAILED_POLLS polls in which it failed although another one was saved
    (`platform_works`), so that one bad text cannot hold it for ever.
    """
    created = {text.sid: text.created for text in backlog.texts}
    attempts: dict[str, Attempt] = {}
    settled = {**cursor.settled, **{sid: created[sid] for sid in done}}
    given_up = []
    for sid, attempt in {**{sid: Attempt(created[sid], 0) for sid in failed}, **cursor.attempts}.items():
        if sid in done:
            continue
        was_tried = sid in failed or sid not in created  # or the log does not show it any more
        failures = attempt.failures + (was_tried and platform_works)
        if failures >= MAX_FAILED_POLLS:
            given_up.append(sid)
            settled[sid] = attempt.created
        else:
            attempts[sid] = Attempt(attempt.created, failures)
    holding = [text.created for text in backlog.texts if text.sid not in settled]
    holding += [attempt.created for attempt in attempts.values()]
    if backlog.left_out is not None:
        holding.append(backlog.left_out)
    reached = cursor.since if backlog.newest is None else backlog.newest - INGEST_OVERLAP_S
    since = max(cursor.since, min([reached, *holding]))
    return Settled(Cursor(since, {sid: at for sid, at in settled.items() if at >= since}, attempts), given_up)


def _oldest_first(texts: Iterable[Text]) -> list[Text]:
    """Sort texts of the log. Twilio dates in whole seconds: those of the same second stay in the log's order."""
    in_order = list(texts)[::-1]
    in_order.sort(key=lambda text: text.created)
    return in_order
