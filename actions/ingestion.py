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

import math
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from twilio_api.log_pages import dated_at
from twilio_api.timestamps import created_at, iso_of
from twilio_api.values import sid_of


FIRST_POLL_WINDOW_S = 24 * 60.0 * 60.0  # before a poll that has no sound cursor
MAX_FAILED_POLLS = 10  # in which something failed: then it is given up
OVERLAP_S = 60.0 * 60.0  # that each poll reads again, since rows of the log may come late or not in order
_RECEIVING_S = 300.0  # for which a text that is still being received is waited for


class Text(NamedTuple):
    """A text that a person sent: when Twilio created it (seconds since the epoch), and the resource as it came."""

    sid: str
    created: float
    resource: dict[str, Any]


class Outcome(Enum):
    """What became of a text in one poll."""

    SAVED = "saved"
    DUPLICATE = "duplicate"  # it was a container already
    ANSWER = "answer"  # to a question of this app
    DELETED = "deleted"  # at Twilio, before it could be saved
    NOT_SAVED = "not saved"
    NOT_READ = "not read"
    NOT_KNOWN = "not known"  # whether it is an answer


_SETTLED = (Outcome.SAVED, Outcome.DUPLICATE, Outcome.ANSWER, Outcome.DELETED)  # the text need not be tried again


class Attempt(NamedTuple):
    """A text that is no container so far: when it was created, how many polls could not save it, how many not read it,
    and how many not read what its sender was asked. Of a page of the log that cannot be read, the same of the oldest
    message before it.
    """

    created: float
    failures: int = 0
    unread: int = 0
    unknown: int = 0


class MediaAttempt(NamedTuple):
    """Media of a text that are still to be saved: their container, in how many polls that failed, which are there."""

    container_id: int
    failures: int = 0
    saved: tuple[str, ...] = ()


class Cursor(NamedTuple):
    """Where ingestion stands; times in seconds since the epoch.

    A text is settled when it is a container, answers a question, or was given up. All texts created before `since` are
    settled. `settled` holds those created later, by SID with the time of creation, and `attempts` those that failed.
    `gap` is the time before which the last polls could not read all of the log. `media` holds the texts whose media are
    still to be saved, which holds nothing back.
    """

    since: float
    settled: dict[str, float] = {}
    attempts: dict[str, Attempt] = {}
    gap: Attempt | None = None
    media: dict[str, MediaAttempt] = {}

    def to_json(self) -> dict[str, Any]:
        """Return the cursor as JSON keeps it, each attempt as a list."""
        return self._asdict()

    @classmethod
    def from_json(cls, value: Any) -> Cursor:
        """Read a cursor, also one of an earlier version. Raises ValueError for anything else."""
        try:
            gap = value.get("gap")
            return cls(
                _time(value["since"]),
                {str(sid): _time(created) for sid, created in value["settled"].items()},
                {str(sid): _attempt(attempt) for sid, attempt in value["attempts"].items()},
                None if gap is None else _attempt(gap),
                {str(sid): _media_attempt(attempt) for sid, attempt in value.get("media", {}).items()},
            )
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError, OSError):
            raise ValueError("This is no cursor.") from None


class Settled(NamedTuple):
    """Where a poll left ingestion, the texts that it gave up, and the time before which it gave up the rest."""

    cursor: Cursor
    given_up: list[str]
    given_up_until: float | None


def first_cursor(now: float) -> Cursor:
    """Return where ingestion begins: a little before now."""
    return Cursor(now - FIRST_POLL_WINDOW_S)


def inbound_texts(rows: Iterable[dict[str, Any]], now: float, latest: float = math.inf) -> Iterator[Text]:
    """Return the texts among rows of the log, in the same order.

    One that is still being received is left for the next poll, for some minutes. A row without a date is as old as the
    one before it; the first row comes after one of `latest`.
    """
    created = min(latest, now)
    for row in rows:
        time = created_at(row)
        created = created if time is None else time
        is_received = row.get("status") != "receiving" or created < now - _RECEIVING_S
        if row.get("direction") == "inbound" and is_received and sid_of(row):
            yield Text(sid_of(row), created, row)


class Backlog:
    """The texts since a cursor that are not settled, as one reading of the log shows them, from its newest row on.

    `texts` are the oldest, the oldest first: so many as are to be kept, and all that failed before. `left_out` is when
    the first of the others was created; None where all are kept. `newest` is when the newest message of the log that
    was taken in was created, and `oldest` when the oldest was sent, or came. `gap` is the newest time before which rows
    of the log could not be read, though they are not older than the cursor; else None; `is_outage` says that this was
    no matter of these rows. All times are seconds since the epoch.
    """

    def __init__(self, cursor: Cursor, now: float, keep: int) -> None:
        self.cursor = cursor
        self.texts: list[Text] = []
        self.count = 0  # of rows taken in
        self.left_out: float | None = None
        self.newest: float | None = None
        self.oldest = now
        self.gap: float | None = None
        self.is_outage = False
        self._now = now
        self._most = keep + len(cursor.attempts)

    def take(self, rows: list[dict[str, Any]]) -> None:
        """Take in further rows."""
        cursor = self.cursor
        known = {text.sid for text in self.texts}  # a log that is gone on with by date shows its head again
        found = {
            text.sid: text
            for text in inbound_texts(rows, self._now, latest=self.oldest)
            if text.sid in cursor.attempts or (text.sid not in cursor.settled and text.created >= cursor.since)
            if text.sid not in known
        }
        self.count += len(rows)
        for row in rows:
            # One that was never sent stands nobody knows where
            self.oldest = min(self.oldest, dated_at(row) or self.oldest)
            created = created_at(row)
            if created is not None:
                self.newest = max(self.newest or 0.0, min(created, self._now))
        # Twilio dates in whole seconds: texts of the same second stay in the log's order
        in_order = [*reversed(list(found.values())), *self.texts]
        in_order.sort(key=lambda text: (text.sid not in cursor.attempts, text.created))
        self.texts = sorted(in_order[: self._most], key=lambda text: text.created)
        for text in in_order[self._most :]:
            self.left_out = text.created if self.left_out is None else min(self.left_out, text.created)


def settle(backlog: Backlog, outcomes: Mapping[str, Outcome], *, is_over: bool = True) -> Settled:
    """Return where the next poll goes on, given what became of texts, by SID. Nothing is given up before `is_over`.

    What failed holds the cursor back. A text is given up when so many polls could not save it, or not read it, and so
    is what lies behind a page of the log that so many polls could not read. A poll in which the platform took no text
    at all blames none for not being saved, and an outage of Twilio blames no page.
    """
    cursor = backlog.cursor
    takes_texts = any(outcome in (Outcome.SAVED, Outcome.DUPLICATE) for outcome in outcomes.values())
    created = {sid: attempt.created for sid, attempt in cursor.attempts.items()}
    created.update((text.sid, text.created) for text in backlog.texts)
    settled, attempts = dict(cursor.settled), dict[str, Attempt]()
    given_up = []
    for sid in dict.fromkeys((*outcomes, *cursor.attempts)):
        outcome, attempt = outcomes.get(sid), cursor.attempts.get(sid, Attempt(created[sid]))
        if outcome in _SETTLED:
            settled[sid] = created[sid]
            continue
        is_blamed = outcome is Outcome.NOT_SAVED and takes_texts
        attempt = attempt._replace(
            failures=attempt.failures + is_blamed,
            unread=attempt.unread + (outcome is Outcome.NOT_READ),
            unknown=attempt.unknown + (outcome is Outcome.NOT_KNOWN),
        )
        is_unreadable = outcome is Outcome.NOT_READ and attempt.unread >= MAX_FAILED_POLLS
        is_hopeless = is_unreadable or (is_blamed and attempt.failures >= MAX_FAILED_POLLS)
        if is_over and is_hopeless:
            given_up.append(sid)
            settled[sid] = attempt.created
        else:
            attempts[sid] = attempt
    unread = (cursor.gap.unread if cursor.gap else 0) + (not backlog.is_outage)
    gap = None if backlog.gap is None else Attempt(backlog.gap, unread=unread)
    is_given_up = gap is not None and is_over and gap.unread >= MAX_FAILED_POLLS
    holding = [text.created for text in backlog.texts if text.sid not in settled]
    holding += [attempt.created for attempt in attempts.values()]
    if backlog.left_out is not None:
        holding.append(backlog.left_out)
    reached = cursor.since if backlog.newest is None else backlog.newest - OVERLAP_S
    given_up_until: float | None = None
    if gap is not None and is_given_up:
        # Well before what cannot be read, so that the next polls need not come near it
        given_up_until = (max(backlog.newest or gap.created, gap.created) + gap.created) / 2
        reached = max(reached, given_up_until)
    elif gap is not None:
        reached = cursor.since
    since = max(cursor.since, min([reached, *holding]))
    return Settled(
        cursor._replace(
            since=since,
            settled={sid: at for sid, at in settled.items() if at >= since},
            attempts=attempts,
            gap=None if is_given_up else gap,
        ),
        given_up,
        given_up_until,
    )


def _time(value: Any) -> float:
    time = float(value)
    iso_of(time)  # raises one of three errors for what no date can be
    return time


def _attempt(value: Any) -> Attempt:
    created, failures, *unread_and_unknown = value
    return Attempt(_time(created), int(failures), *map(int, unread_and_unknown))


def _media_attempt(value: Any) -> MediaAttempt:
    container_id, failures, saved = value
    return MediaAttempt(int(container_id), int(failures), tuple(map(str, saved)))
