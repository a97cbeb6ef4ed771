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
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from actions.action import Action, Run, set_status
from actions.containers import container_of, iso8601
from actions.ingestion import (
    FIRST_POLL_WINDOW_S,
    MAX_FAILED_POLLS,
    Backlog,
    Cursor,
    Reader,
    Settled,
    Text,
    first_cursor,
    inbound_texts,
    settle,
)
from actions.poll_state import PollState, StateUnreadable
from actions.text_media import TextMedia
from actions.vault import why
from phantom.action_result import ActionResult
from twilio_api.errors import CallError, Cancelled, InternalError, MessageNotFound, ReadFailed
from twilio_api.log_pages import Horizon, LogPage, pages_back_to, read_pages
from twilio_api.message_log import MessageLog
from twilio_api.messages import read_message
from twilio_api.person_log import PersonLog
from twilio_api.question import TEXT_LOG_WINDOW_S
from twilio_api.values import parse_truth
from twilio_consts import LOG_PAGE_SIZE, PERSON_PAGE_SIZE


_MAX_CONTAINERS = 1000  # that one poll saves; the next one goes on
_SAVES_PER_STATE = 50  # texts gone through between two writings of the state
_POLL_NOW_ROWS = 20_000  # of the log that "Poll Now" searches for texts at the most
_MAX_UNREADABLE_PEOPLE = 5  # whose log one poll tries to read in vain, which takes half a minute each
_LAST_SECOND_TRIES = 3  # to read what a text of this moment answers, once that can be certain
_MAX_LAST_SECOND_S = 5.0  # that is waited for between them
_HOURS = f"{FIRST_POLL_WINDOW_S / 3600.0:.0f} hours"
_DUPLICATE = "duplicate"  # stands in the platform's message where the container was there already
_NOT_KNOWN = "what its sender was asked cannot be read"
_SHOWN_FAILURES = 5
_NUMBER = re.compile(r"(?:\w+:)?\+[0-9]+")  # of a person on any channel: nobody else can have been asked


@dataclass
class Tally:
    """What became of the texts of one poll, by SID; and what else there is to say, in sentences."""

    saved: set[str] = field(default_factory=set)
    duplicates: set[str] = field(default_factory=set)
    answers: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    not_saved: dict[str, str] = field(default_factory=dict)  # with the reason
    not_read: dict[str, str] = field(default_factory=dict)  # with the reason
    not_known: dict[str, str] = field(default_factory=dict)  # whether they are answers; with the reason
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def note(self, problem: Exception) -> None:
        """Note what went wrong, once."""
        if str(problem) not in self.problems:
            self.problems.append(str(problem))

    @property
    def done(self) -> set[str]:
        """The texts that are settled."""
        return self.saved | self.duplicates | self.answers | self.deleted

    @property
    def failed(self) -> dict[str, str]:
        """The texts that are to be tried again, with the reason."""
        return {**self.not_saved, **self.not_read, **self.not_known}

    @property
    def blamed(self) -> dict[str, str]:
        """The texts whose fault it is that they were not saved: none where the platform takes none at all."""
        return self.not_saved if self.saved or self.duplicates else {}


class OnPoll(Action):
    """Makes a container of each text that people send to the account's numbers: none is lost, none comes twice.

    A scheduled poll reads the log back to the cursor, saves the oldest texts first, and then writes where the next poll
    goes on. SOAR knows a container by the SID of its text, so that one that is saved again stays one; its artifacts are
    saved in the same call. What cannot be read or saved holds the cursor back, and no other text: the next polls try
    again, and after MAX_FAILED_POLLS it is given up.

    "Poll Now" shows the newest texts, and neither reads nor writes the cursor.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        config = run.soar.get_config()
        self._label = str((config.get("ingest") or {}).get("container_label") or "")
        self._saves_media = parse_truth(config.get("save_media"), "save_media of the asset")
        self._answers = _Answers(run)

    async def handle(self, param: dict[str, Any], result: ActionResult) -> None:
        """Poll once."""
        count = min(_count(param.get("container_count")), _MAX_CONTAINERS)
        await (self._poll_now if self.run.soar.is_poll_now() else self._poll)(count, result)
        self.run.progress(result.get_message())

    # --- a scheduled poll

    async def _poll(self, count: int, result: ActionResult) -> None:
        tally, state = Tally(), PollState(self.run)
        cursor = await self._load(state, tally)
        horizon = Horizon(0.0)
        pages = pages_back_to(self.run.twilio, horizon, LOG_PAGE_SIZE)
        head = await pages.__anext__()
        now = self._now(head)
        media = TextMedia(self.run, cursor.media if cursor else {})
        if cursor is None:
            cursor = first_cursor(now)
            state.save(cursor, media)  # so that the beginning stays where it is, however often the first poll fails
        elif cursor.since > now:
            cursor = cursor._replace(since=first_cursor(now).since)
            tally.problems.append(
                "The last poll lay in the future by the clock of Twilio, which one of the two must have had wrong: "
                f"the texts of the last {_HOURS} were gone through again."
            )
        horizon.since = cursor.since
        backlog = await self._read(Reader(cursor, now, count), head, pages, tally)
        backlog = await self._with_hidden(cursor, backlog, tally)
        await self._save_all(cursor, backlog, count, tally, media, state)

        settled = _settle(cursor, backlog, tally)
        for sentence in _given_up(settled, tally):
            self.run.progress(sentence)  # before it is settled: a process that dies then leaves no result
        is_written = state.save(settled.cursor, media)
        async for _ in media.save_each():
            is_written = state.save(settled.cursor, media)
        if not is_written:
            tally.problems.append(
                "The state of the asset could not be written, so that the next poll goes through these texts again."
            )
        _report(result, tally, media, settled, has_more=_has_more(backlog, tally))

    async def _load(self, state: PollState, tally: Tally) -> Cursor | None:
        try:
            cursor = await state.load()
        except StateUnreadable:
            tally.problems.append(
                "The state of the asset could not be read, so it was begun anew: "
                f"the texts of the last {_HOURS} were gone through again."
            )
            return None
        if cursor is None:
            tally.notes.append(f"No earlier poll has left a state, so this one began with the last {_HOURS}.")
        return cursor

    async def _read(self, reader: Reader, head: LogPage, pages: AsyncIterator[LogPage], tally: Tally) -> Backlog:
        """Read the log back to the cursor, or as far as that can be done. Raises ReadFailed for a cancelled run."""
        self._take(reader, head)
        try:
            async for page in pages:
                self._take(reader, page)
        except ReadFailed as error:
            if isinstance(error.cause, Cancelled):
                raise
            backlog = reader.backlog(is_whole=False)
            tally.problems.append(
                f"The message log could be read back to {iso8601(backlog.gap or 0.0)} only, "
                f"and the next poll tries again: {why(error)}"
            )
            return backlog
        return reader.backlog(is_whole=True)

    def _take(self, reader: Reader, page: LogPage) -> None:
        reader.take(page.rows)
        self.run.progress(f"{reader.count} messages of the log read", kept=False)
        if self.run.twilio.is_cancelled:
            raise ReadFailed(Cancelled())

    async def _with_hidden(self, cursor: Cursor, backlog: Backlog, tally: Tally) -> Backlog:
        """Add the texts that failed before and that the log does not show any more, read by their SIDs."""
        shown = {text.sid for text in backlog.texts}
        hidden = []
        for sid, attempt in cursor.attempts.items():
            if sid in shown or self.run.twilio.is_cancelled:
                continue
            try:
                hidden.append(Text(sid, attempt.created, (await read_message(self.run.twilio, sid)).resource))
            except MessageNotFound:
                tally.deleted.add(sid)
                tally.problems.append(f"{sid} was deleted at Twilio before it could be saved.")
                self.run.progress(tally.problems[-1])
            except ReadFailed as error:
                tally.not_read[sid] = "it cannot be read"
                tally.problems.append(f"{sid} could not be read: {why(error)}")
        return backlog._replace(texts=sorted([*hidden, *backlog.texts], key=lambda text: text.created))

    async def _save_all(
        self, cursor: Cursor, backlog: Backlog, count: int, tally: Tally, media: TextMedia, state: PollState
    ) -> None:
        """Save texts, the oldest first and those that failed before last, until so many are new containers."""
        in_order = sorted(backlog.texts, key=lambda text: text.sid in cursor.attempts)
        for number, text in enumerate(in_order, start=1):
            if len(tally.saved) == count or self.run.twilio.is_cancelled:
                return
            try:
                is_answer = await self._answers.hold(text)
            except PersonUnreadable as error:
                if text.sid not in cursor.attempts or cursor.attempts[text.sid].unknown + 1 < MAX_FAILED_POLLS:
                    tally.not_known[text.sid] = _NOT_KNOWN
                    tally.note(error)
                    continue
                is_answer = False
                tally.problems.append(f"{text.sid} was ingested after {MAX_FAILED_POLLS} polls, although {_NOT_KNOWN}.")
            except ReadFailed as error:
                if not isinstance(error.cause, Cancelled):
                    tally.problems.append(why(error))
                return
            if is_answer:
                tally.answers.add(text.sid)
            else:
                self._save(text, tally, media)
            if number % _SAVES_PER_STATE == 0:
                state.save(_settle(cursor, backlog, tally, is_over=False).cursor, media)
                self.run.progress(f"{number} of {len(in_order)} texts gone through", kept=False)

    # --- "Poll Now"

    async def _poll_now(self, count: int, result: ActionResult) -> None:
        tally, media = Tally(), TextMedia(self.run, {}, is_tried_again=False)
        for text in reversed(await self._newest(count, tally)):
            self._save(text, tally, media)
        async for _ in media.save_each():
            pass
        _report(result, tally, media)

    async def _newest(self, count: int, tally: Tally) -> list[Text]:
        """Return so many of the newest texts that answer no question, as far as the log can be read."""
        found: list[Text] = []
        read = 0
        try:
            async for page in read_pages(self.run.twilio, {"PageSize": str(LOG_PAGE_SIZE)}):
                for text in inbound_texts(page.rows, self._now(page)):
                    try:
                        if await self._answers.hold(text):
                            tally.answers.add(text.sid)
                        else:
                            found.append(text)
                    except PersonUnreadable as error:
                        tally.not_known[text.sid] = _NOT_KNOWN
                        tally.note(error)
                    if len(found) == count:
                        return found
                read += len(page.rows)
                if read >= _POLL_NOW_ROWS:
                    return found
                self.run.progress(f"{read} messages of the log read", kept=False)
        except ReadFailed as error:
            if not read:
                raise
            tally.problems.append(f"The message log could not be read any further: {why(error)}")
        return found

    # --- both

    def _now(self, page: LogPage) -> float:
        """The server's time in seconds since the epoch; the local clock only stands in for it."""
        return self.run.twilio.time() if page.server_time is None else page.server_time

    def _save(self, text: Text, tally: Tally, media: TextMedia) -> None:
        """Save a text as a container with its artifacts, in one call: no fault leaves one without the other."""
        try:
            is_success, message, container_id = self.run.soar.save_container(container_of(text, self._label))
        except Exception as error:  # of the platform, which has no errors of its own
            tally.not_saved[text.sid] = str(InternalError(error)).rstrip(".")
            return
        if not is_success or not container_id:
            tally.not_saved[text.sid] = "the platform gave no id" if is_success else str(message)
            return
        is_duplicate = _DUPLICATE in str(message).lower()
        (tally.duplicates if is_duplicate else tally.saved).add(text.sid)
        if self._saves_media and str(text.resource.get("num_media") or "0") != "0":
            media.note(text.sid, container_id)


class PersonUnreadable(Exception):
    """The log of one person cannot be read, while that of the account can; the text says why."""


class _Known(NamedTuple):
    """The texts of a person, by SID, that answer a question, among those created from `since` on and before `until`."""

    since: float
    until: float
    sids: set[str]


class _Answers:
    """Tells which texts answer a question of this app, from the log of the person who sent them."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._log = MessageLog(run.twilio)
        self._known: dict[str, _Known] = {}  # by person
        self._unreadable: dict[str, PersonUnreadable] = {}

    async def hold(self, text: Text) -> bool:
        """Whether a text answers a question; for one that has just come, that is decided a few seconds later.

        Raises PersonUnreadable, or ReadFailed where it is of no use to ask for the next text.
        """
        person = str(text.resource.get("from"))
        if not _NUMBER.fullmatch(person):
            return False  # a name or a short code, which nobody can ask
        if person in self._unreadable:
            raise self._unreadable[person]
        known = self._known.get(person)
        if known is None or text.created < known.since:
            known = await self._read(person, text.created)
        for _ in range(_LAST_SECOND_TRIES):
            if text.created + 1.0 <= known.until or text.sid in known.sids:
                break
            if not await self._run.twilio.pause(min(text.created + 1.0 - known.until, _MAX_LAST_SECOND_S)):
                raise ReadFailed(Cancelled())
            known = await self._read(person, known.since)
        return text.sid in known.sids

    async def _read(self, person: str, since: float) -> _Known:
        try:
            known = self._known[person] = await self._read_log(person, since)
        except ReadFailed as error:
            if isinstance(error.cause, Cancelled) or len(self._unreadable) == _MAX_UNREADABLE_PEOPLE:
                raise
            try:
                await self._log.page(PageSize="1")
            except CallError:
                raise error from None  # it is not about this person
            what = f"What {person} was asked cannot be read: {why(error)}"
            unreadable = self._unreadable[person] = PersonUnreadable(what)
            raise unreadable from None
        return known

    async def _read_log(self, person: str, since: float) -> _Known:
        log = PersonLog(person, since - TEXT_LOG_WINDOW_S)
        await log.read(self._run.twilio, PERSON_PAGE_SIZE)
        answers = {str(state.answer.row.get("sid")) for state in log.states().values() if state.answer}
        return _Known(since, log.certain_until if log.states() else math.inf, answers)


def _count(given: object) -> int:
    """How many containers a poll may save; the platform passes a very large number for all."""
    try:
        count = int(float(str(given)))
    except (ValueError, OverflowError):
        return _MAX_CONTAINERS
    return count if count > 0 else _MAX_CONTAINERS


def _settle(cursor: Cursor, backlog: Backlog, tally: Tally, *, is_over: bool = True) -> Settled:
    failed = {"not_saved": tally.not_saved, "blamed": tally.blamed, "not_read": tally.not_read}
    return settle(cursor, backlog, tally.done, **failed, not_known=tally.not_known, is_over=is_over)


def _has_more(backlog: Backlog, tally: Tally) -> bool:
    return backlog.left_out is not None or any(
        text.sid not in tally.done and text.sid not in tally.failed for text in backlog.texts
    )


def _report(
    result: ActionResult, tally: Tally, media: TextMedia, settled: Settled | None = None, *, has_more: bool = False
) -> None:
    """Say in the result what became of the texts; a success where none failed and nothing else went wrong."""
    given_up = settled.given_up if settled else []
    sentences = [f"{_texts(len(tally.saved))} ingested."]
    if tally.duplicates:
        sentences.append(f"{_texts(len(tally.duplicates))} had a container already.")
    if tally.answers:
        sentences.append(f"{_texts(len(tally.answers))} left out: they answer questions of this app.")
    if media.files:
        sentences.append(f"Files saved into the vault: {media.files}.")
    if has_more:
        sentences.append("Further texts wait for the next poll.")
    retried = [sid for sid in tally.failed if sid not in given_up]
    if retried:
        shown = ", ".join(f"{sid} ({tally.failed[sid].rstrip('.')})" for sid in retried[:_SHOWN_FAILURES])
        more = ", …" if len(retried) > _SHOWN_FAILURES else ""
        again = "The next poll tries again" if settled else "They were not saved"
        sentences.append(f"{_texts(len(retried))} could not be saved: {shown}{more}. {again}.")
    sentences += _given_up(settled, tally) if settled else []
    problems = [*tally.problems, *media.problems]
    is_good = not (tally.failed or given_up or problems)
    set_status(result, " ".join([*sentences, *tally.notes, *problems]), is_success=is_good)


def _given_up(settled: Settled, tally: Tally) -> list[str]:
    """Name what a poll gave up, in sentences."""
    sentences = [
        f"{sid} is given up, since it failed in {MAX_FAILED_POLLS} polls: {tally.failed[sid]}."
        for sid in settled.given_up
    ]
    if settled.given_up_gap is not None:
        sentences.append(
            f"What people sent before {iso8601(settled.given_up_gap)} and is no container by now is given up: "
            f"{MAX_FAILED_POLLS} polls could not read the message log so far back."
        )
    return sentences


def _texts(number: int) -> str:
    return "1 text" if number == 1 else f"{number} texts"
