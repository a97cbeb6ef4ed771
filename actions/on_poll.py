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
"""The action "on poll": texts that people send become containers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, islice
from typing import Any, NamedTuple

from actions.action import Action, Run, set_status
from actions.containers import artifacts_of, container_of
from actions.error_text import text_of
from actions.ingestion import Backlog, Cursor, Settled, Text, first_cursor, inbound_texts, read_backlog, settle
from actions.poll_state import PollState, StateUnreadable
from phantom.action_result import ActionResult
from twilio_api.errors import Cancelled, InternalError, TwilioError
from twilio_api.log_pages import LogPage, read_pages
from twilio_api.message_log import MessageLog
from twilio_api.question import TEXT_LOG_WINDOW_S, parse_question, read_states
from twilio_consts import (
    FIRST_POLL_WINDOW_S,
    LAST_SECOND_TRIES,
    LOG_PAGE_SIZE,
    MAX_CONTAINERS,
    MAX_FAILED_POLLS,
    PERSON_PAGE_SIZE,
    POLL_NOW_ROWS,
    RECOVERY_WINDOW_S,
    SAVES_PER_STATE,
)


_DUPLICATE = "duplicate"  # stands in the platform's message where the container was there already
_SHOWN_FAILURES = 5


class SaveFailed(Exception):
    """The platform did not save a text; the error's own text says why."""


class Tally:
    """What became of the texts of one poll, by SID; and what else went wrong, in sentences."""

    def __init__(self) -> None:
        self.saved: set[str] = set()
        self.duplicates: set[str] = set()
        self.answers: set[str] = set()
        self.failed: dict[str, str] = {}  # with the reason
        self.problems: list[str] = []

    @property
    def done(self) -> set[str]:
        """The texts that are settled."""
        return self.saved | self.duplicates | self.answers

    @property
    def platform_works(self) -> bool:
        """Whether the platform took any text."""
        return bool(self.saved or self.duplicates)


class _Known(NamedTuple):
    """The texts of a person, by SID, that answer a question, among those created from `since` on and before `until`."""

    since: float
    until: float
    sids: set[str]


class OnPoll(Action):
    """Makes a container of each text that people send to the account's numbers: none is lost, none comes twice.

    A scheduled poll reads the log back to the cursor, saves the oldest texts first, and then writes where the next poll
    goes on. A text that could not be saved holds the cursor back. SOAR knows a container by the SID of its text, so
    that one that is saved again stays one. Its artifacts are left out then, unless the poll that made it may have died
    before it saved them.

    "Poll Now" shows the newest texts, and neither reads nor writes the cursor.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._label = str((run.soar.get_config().get("ingest") or {}).get("container_label") or "")
        self._answers = _Answers(run)

    def start(self, param: dict[str, Any], result: ActionResult) -> None:
        """Poll once."""
        count = min(_count(param.get("container_count")), MAX_CONTAINERS)
        pages = read_pages(self.run.twilio, {"PageSize": str(LOG_PAGE_SIZE)})
        poll = self._poll_now if self.run.soar.is_poll_now() else self._poll
        poll(count, pages, result)
        self.run.progress(result.get_message())

    def fail(self, result: ActionResult, error: Exception) -> None:
        """Let an error end the poll, and show it."""
        super().fail(result, error)
        self.run.progress(text_of(error))

    def _poll(self, count: int, pages: Iterator[LogPage], result: ActionResult) -> None:
        tally, state = Tally(), PollState(self.run)
        cursor = self._load(state, tally)
        head = next(pages)
        now = self._now(head)
        if cursor is None:
            # Written at once, so that the beginning stays where it is however often the first poll fails
            cursor = first_cursor(now, RECOVERY_WINDOW_S if tally.problems else FIRST_POLL_WINDOW_S)
            state.save(cursor)
        backlog = read_backlog(cursor, self._rows(chain([head], pages)), now, count)
        if backlog.texts:
            state.save(cursor)  # notes that this poll began
        try:
            self._save_all(backlog, cursor, count, state, tally)
        except TwilioError as error:
            tally.problems.append(text_of(error))
        settled = _settle(cursor, backlog, tally)
        has_more = _has_more(backlog, tally)
        if not state.finish(settled.cursor, is_complete=not has_more):
            tally.problems.append(
                "The state of the asset could not be written, so that the next poll goes through these texts again."
            )
        _report(result, tally, settled, has_more=has_more)

    def _poll_now(self, count: int, pages: Iterator[LogPage], result: ActionResult) -> None:
        tally = Tally()
        head = next(pages)
        rows = islice(self._rows(chain([head], pages)), POLL_NOW_ROWS)
        newest: list[Text] = []
        for text in inbound_texts(rows, self._now(head)):
            if self._answers.holds(text):
                tally.answers.add(text.sid)
            else:
                newest.append(text)
            if len(newest) == count:
                break
        for text in reversed(newest):
            self._save(text, tally, lambda: False)
        _report(result, tally)

    def _load(self, state: PollState, tally: Tally) -> Cursor | None:
        try:
            return state.load()
        except StateUnreadable:
            tally.problems.append(
                "The state of the asset could not be read, so it was begun anew: the texts of the last "
                f"{RECOVERY_WINDOW_S / 3600.0:.0f} hours were gone through again."
            )
            return None

    def _now(self, page: LogPage) -> float:
        """The server's time in seconds since the epoch; the local clock only stands in for it."""
        return self.run.clock.time() if page.server_time is None else page.server_time

    def _rows(self, pages: Iterable[LogPage]) -> Iterator[dict[str, Any]]:
        read = 0
        for page in pages:
            yield from page.rows
            read += len(page.rows)
            self.run.progress(f"{read} messages of the log read", kept=False)
            if self.run.is_cancelled():
                raise Cancelled

    def _save_all(self, backlog: Backlog, cursor: Cursor, count: int, state: PollState, tally: Tally) -> None:
        """Save texts, the oldest first, until so many are new containers. Raises TwilioError."""
        for number, text in enumerate(backlog.texts, start=1):
            if len(tally.saved) == count or self.run.is_cancelled():
                return
            if self._answers.holds(text):
                tally.answers.add(text.sid)
                continue
            self._save(text, tally, partial(_may_lack_artifacts, text, cursor, state))
            if number % SAVES_PER_STATE == 0:
                state.save(_settle(cursor, backlog, tally).cursor)
                self.run.progress(f"{number} of {len(backlog.texts)} texts gone through", kept=False)

    def _save(self, text: Text, tally: Tally, may_lack_artifacts: Callable[[], bool]) -> None:
        """Save a text as a container; `may_lack_artifacts` is asked about one that is there already."""
        soar = self.run.soar
        try:
            message, container_id = _saved(lambda: soar.save_container(container_of(text, self._label)))
            is_duplicate = _DUPLICATE in message.lower()
            if not is_duplicate or may_lack_artifacts():
                _saved(lambda: soar.save_artifacts(artifacts_of(text, container_id)))
        except SaveFailed as error:
            tally.failed[text.sid] = str(error)
        else:
            (tally.duplicates if is_duplicate else tally.saved).add(text.sid)


class _Answers:
    """Tells which texts answer a question of this app, from the log of the person who sent them."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._log = MessageLog(run.twilio)
        self._known: dict[str, _Known] = {}  # by person

    def holds(self, text: Text) -> bool:
        """Whether a text answers a question. Raises ReadFailed, or Cancelled.

        For a text that has just come, that is decided when its second is over, which is waited for.
        """
        person = str(text.resource.get("from"))
        known = self._known.get(person)
        if known is None or text.created < known.since:
            known = self._known[person] = self._read(person, text.created)
        for _ in range(LAST_SECOND_TRIES):
            if text.created < known.until:
                break
            if not self._run.twilio.pause(1.0):
                raise Cancelled
            known = self._known[person] = self._read(person, known.since)
        return text.sid in known.sids

    def _read(self, person: str, since: float) -> _Known:
        log_since, size = since - TEXT_LOG_WINDOW_S, PERSON_PAGE_SIZE
        # For most people one page shows that nobody asked them anything
        if not any(parse_question(row) for row in self._log.rows_since(log_since, To=person, PageSize=str(size)).rows):
            return _Known(since, math.inf, set())
        rows, _, until = self._log.conversation_since(log_since, person, size)
        answers = (state.answer for state in read_states(rows, until=until).values())
        return _Known(since, until, {str(answer.row.get("sid")) for answer in answers if answer})


def _may_lack_artifacts(text: Text, cursor: Cursor, state: PollState) -> bool:
    """Whether an earlier poll, or one that is at work now, may have left the container of a text without artifacts."""
    return text.sid in cursor.attempts or state.may_lack_artifacts(text.sid)


def _saved(save: Callable[[], tuple[bool, str, Any]]) -> tuple[str, Any]:
    """Call the platform, and return its message and id or ids. Raises SaveFailed."""
    try:
        is_success, message, ids = save()
    except Exception as error:  # of the platform, which has no errors of its own
        raise SaveFailed(str(InternalError(error))) from error
    if not is_success:
        raise SaveFailed(str(message))
    if not ids:
        raise SaveFailed("the platform gave no id")
    return str(message), ids


def _count(given: object) -> int:
    """How many containers a poll may save; the platform passes a very large number for all."""
    try:
        count = int(float(str(given)))
    except (ValueError, OverflowError):
        return MAX_CONTAINERS
    return count if count > 0 else MAX_CONTAINERS


def _settle(cursor: Cursor, backlog: Backlog, tally: Tally) -> Settled:
    return settle(cursor, backlog, tally.done, set(tally.failed), platform_works=tally.platform_works)


def _has_more(backlog: Backlog, tally: Tally) -> bool:
    tried = tally.done | set(tally.failed)
    return backlog.left_out is not None or any(text.sid not in tried for text in backlog.texts)


def _report(result: ActionResult, tally: Tally, settled: Settled | None = None, *, has_more: bool = False) -> None:
    """Say in the result what became of the texts; a success where none failed and nothing else went wrong."""
    given_up = settled.given_up if settled else []
    sentences = [f"{_texts(len(tally.saved))} ingested."]
    if tally.duplicates:
        sentences.append(f"{_texts(len(tally.duplicates))} had a container already.")
    if tally.answers:
        sentences.append(f"{_texts(len(tally.answers))} left out: they answer questions of this app.")
    if has_more:
        sentences.append("Further texts wait for the next poll.")
    retried = [sid for sid in tally.failed if sid not in given_up]
    if retried:
        shown = ", ".join(f"{sid} ({tally.failed[sid]})" for sid in retried[:_SHOWN_FAILURES])
        more = ", …" if len(retried) > _SHOWN_FAILURES else ""
        again = "The next poll tries again" if settled else "They were not saved"
        sentences.append(f"{_texts(len(retried))} could not be saved: {shown}{more}. {again}.")
    for sid in given_up:
        why = tally.failed.get(sid, "the message log does not show it any more")
        sentences.append(f"{sid} is given up, since it failed in {MAX_FAILED_POLLS} polls that saved others: {why}.")
    sentences += tally.problems
    is_good = not (tally.failed or given_up or tally.problems)
    set_status(result, " ".join(sentences), is_success=is_good)


def _texts(number: int) -> str:
    return "1 text" if number == 1 else f"{number} texts"
