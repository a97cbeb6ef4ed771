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
from typing import Any, NamedTuple

from actions.action import Action, Report, Run, set_report
from actions.containers import container_of, iso8601
from actions.ingestion import (
    FIRST_POLL_WINDOW_S,
    MAX_FAILED_POLLS,
    Backlog,
    Cursor,
    Outcome,
    Settled,
    Text,
    first_cursor,
    inbound_texts,
    settle,
)
from actions.poll_state import StateUnreadable, load_cursor, save_cursor
from actions.text_media import TextMedia
from actions.vault import why
from phantom.action_result import ActionResult
from twilio_api.errors import CallError, Cancelled, InternalError, MessageNotFound
from twilio_api.log_pages import Hole, LogPage, pages_around_holes, read_newest, read_pages, shown_at
from twilio_api.messages import read_message
from twilio_api.person_log import PersonLog
from twilio_api.question import TEXT_LOG_WINDOW_S
from twilio_api.values import num_media, parse_truth
from twilio_consts import LOG_PAGE_SIZE


_MAX_CONTAINERS = 1000  # that one poll saves; the next one goes on
_SAVES_PER_STATE = 50  # texts gone through between two writings of the state
_POLL_NOW_ROWS = 20_000  # of the log that "Poll Now" searches for texts at the most
_MAX_UNREADABLE_TEXTS = 5  # that one poll tries to read by SID in vain, which takes half a minute each
_MAX_UNREADABLE_PEOPLE = 5  # whose log one poll tries to read in vain, which takes half a minute each
_LAST_SECOND_TRIES = 3  # to read what a text of this moment answers, once that can be certain
_MAX_LAST_SECOND_S = 5.0  # that is waited for between them
_HOURS = f"{FIRST_POLL_WINDOW_S / 3600.0:.0f} hours"
_DUPLICATE = "duplicate"  # stands in the platform's message where the container was there already
_NOT_KNOWN = "the questions to its sender cannot be read"
_SHOWN_FAILURES = 5
_NUMBER = re.compile(r"(?:\w+:)?\+[0-9]+")  # of a person on any channel: nobody else can have been asked


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
        self._media = TextMedia(run, is_tried_again=not run.soar.is_poll_now())
        self._outcomes: dict[str, Outcome] = {}  # of the texts, by SID
        self._reasons: dict[str, str] = {}  # why those that are to be tried again failed
        self._given_up: list[str] = []  # what is not tried again, in sentences
        self._notes: list[str] = []  # what else there is to say, in sentences
        self._problems: list[str] = []  # what else went wrong, in sentences

    async def handle(self, param: dict[str, Any], result: ActionResult) -> None:
        """Poll once."""
        count = _count(param.get("container_count"))
        await (self._poll_now if self.run.soar.is_poll_now() else self._poll)(count, result)
        self.run.progress(result.get_message())

    # --- a scheduled poll

    async def _poll(self, count: int, result: ActionResult) -> None:
        media = self._media
        cursor = await self._load()
        since, query = cursor.since if cursor else -math.inf, {"PageSize": str(LOG_PAGE_SIZE)}
        pages = pages_around_holes(self.run.twilio, since, query, window_s=FIRST_POLL_WINDOW_S)
        head = await pages.__anext__()
        now = shown_at(self.run.twilio, head)
        if cursor is None:
            cursor = first_cursor(now)
            # So that the beginning stays where it is, however often the first poll fails
            save_cursor(self.run, cursor, media)
        elif cursor.since > now:
            cursor = cursor._replace(since=first_cursor(now).since)
            self._problems.append(
                "By Twilio's clock, the last poll was in the future, so one of the two clocks was wrong: "
                f"the texts of the last {_HOURS} were gone through again."
            )
        if self._saves_media:
            media.waiting.update(cursor.media)
        backlog = Backlog(cursor, now, count)
        await self._read(backlog, head, pages)
        await self._add_hidden(backlog)
        await self._save_all(backlog, count)

        settled = settle(backlog, self._outcomes)
        self._give_up(settled)
        is_written = save_cursor(self.run, settled.cursor, media)
        async for _ in media.save_each():
            is_written = save_cursor(self.run, settled.cursor, media)
        if not is_written:
            self._problems.append(
                "The state of the asset could not be written, so the next poll goes through these texts again."
            )
        has_more = backlog.left_out is not None or any(text.sid not in self._outcomes for text in backlog.texts)
        self._report(result, "The next poll tries again", has_more=has_more)

    async def _load(self) -> Cursor | None:
        try:
            cursor = await load_cursor(self.run)
        except StateUnreadable:
            self._problems.append(
                "The state of the asset could not be read, so a new one was begun: "
                f"the texts of the last {_HOURS} were gone through again."
            )
            return None
        if cursor is None:
            self._notes.append(f"No earlier poll has left a state, so this one began with the last {_HOURS}.")
        return cursor

    async def _read(self, backlog: Backlog, head: LogPage, pages: AsyncIterator[LogPage]) -> None:
        """Read the log back to the cursor, or as far as that can be done. Raises Cancelled."""
        self._take(backlog, head)
        try:
            async for page in pages:
                self._take(backlog, page)
        except CallError as error:
            if isinstance(error, Cancelled):
                raise
            self._miss(backlog, Hole(backlog.oldest, error))

    def _take(self, backlog: Backlog, page: LogPage) -> None:
        backlog.take(page.rows)
        if page.hole:
            self._miss(backlog, page.hole)
        self.run.progress(f"{backlog.count} messages of the log read", kept=False)
        if self.run.twilio.ask_cancelled():
            raise Cancelled

    def _miss(self, backlog: Backlog, hole: Hole) -> None:
        """Note what cannot be read, so that the cursor stays before it."""
        if backlog.gap is None:
            backlog.gap = hole.until
            backlog.is_outage = hole.error.is_unsent or hole.error.status == 429
        self._problems.append(
            f"The message log could not be read right before {iso8601(hole.until)}, "
            f"and the next poll tries again: {why(hole.error)}"
        )

    async def _add_hidden(self, backlog: Backlog) -> None:
        """Add the texts that failed before and that the log does not show any more, read by their SIDs."""
        shown = {text.sid for text in backlog.texts}
        hidden = []
        for sid, attempt in sorted(backlog.cursor.attempts.items(), key=lambda item: item[1].unread):
            is_in_vain = self._number_of(Outcome.NOT_READ) == _MAX_UNREADABLE_TEXTS
            if sid in shown or is_in_vain or self.run.twilio.ask_cancelled():
                continue
            try:
                hidden.append(Text(sid, attempt.created, (await read_message(self.run.twilio, sid)).resource))
            except MessageNotFound:
                self._outcomes[sid] = Outcome.DELETED
                self._problems.append(f"{sid} was deleted at Twilio before it could be saved.")
                self.run.progress(self._problems[-1])
            except CallError as error:
                self._fail(sid, Outcome.NOT_READ, "it cannot be read")
                self._problems.append(f"{sid} could not be read: {why(error)}")
        backlog.texts = sorted([*hidden, *backlog.texts], key=lambda text: text.created)

    async def _save_all(self, backlog: Backlog, count: int) -> None:
        """Save texts, the oldest first and those that failed before last, until so many are new containers."""
        attempts = backlog.cursor.attempts
        in_order = sorted(backlog.texts, key=lambda text: text.sid in attempts)
        for number, text in enumerate(in_order, start=1):
            if self._number_of(Outcome.SAVED) == count or self.run.twilio.ask_cancelled():
                return
            attempt = attempts.get(text.sid)
            try:
                if await self._is_wanted(text, unknown=attempt.unknown if attempt else 0):
                    self._save(text)
            except CallError as error:
                if not isinstance(error, Cancelled):
                    self._problems.append(why(error))
                return
            if number % _SAVES_PER_STATE == 0:
                save_cursor(self.run, settle(backlog, self._outcomes, is_over=False).cursor, self._media)
                self.run.progress(f"{number} of {len(in_order)} texts gone through", kept=False)

    def _give_up(self, settled: Settled) -> None:
        """Name what this poll gives up, before it is settled: a process that dies then leaves no result."""
        for sid in settled.given_up:
            why_not = self._reasons.pop(sid)
            self._given_up.append(f"{sid} was given up after it failed in {MAX_FAILED_POLLS} polls: {why_not}.")
        if settled.given_up_until is not None:
            self._given_up.append(
                f"Texts that people sent before {iso8601(settled.given_up_until)} and that have no container yet were "
                f"given up: {MAX_FAILED_POLLS} polls could not read all of the message log before then."
            )
        for sentence in self._given_up:
            self.run.progress(sentence)

    # --- "Poll Now"

    async def _poll_now(self, count: int, result: ActionResult) -> None:
        for text in reversed(await self._newest(count)):
            if self.run.twilio.ask_cancelled():
                break
            self._save(text)
        async for _ in self._media.save_each():
            pass
        self._report(result, "Poll Now does not try again")

    async def _newest(self, count: int) -> list[Text]:
        """Return so many of the newest texts that answer no question, as far as the log can be read."""
        found: list[Text] = []
        read = 0
        try:
            async for page in read_pages(self.run.twilio, {"PageSize": str(LOG_PAGE_SIZE)}, narrowed={}):
                texts = list(inbound_texts(page.rows, shown_at(self.run.twilio, page)))
                oldest = {_sender(text): text.created for text in texts}
                for text in texts:
                    if await self._is_wanted(text, since=oldest[_sender(text)]):
                        found.append(text)
                    if len(found) == count:
                        return found
                read += len(page.rows)
                if read >= _POLL_NOW_ROWS:
                    return found
                self.run.progress(f"{read} messages of the log read", kept=False)
        except CallError as error:
            if not read and not found:
                raise
            self._problems.append(f"The message log could not be read any further: {why(error)}")
        return found

    # --- both

    async def _is_wanted(self, text: Text, *, since: float = math.inf, unknown: int = 0) -> bool:
        """Whether a text is to be saved, since it answers no question. Raises CallError.

        Where nobody can tell, as in `unknown` polls before, it is left for the next one, up to MAX_FAILED_POLLS times.
        """
        try:
            if not await self._answers.hold(text, since):
                return True
            self._outcomes[text.sid] = Outcome.ANSWER
        except PersonUnreadable as error:
            if unknown + 1 >= MAX_FAILED_POLLS:
                self._problems.append(f"{text.sid} was ingested after {MAX_FAILED_POLLS} polls, although {_NOT_KNOWN}.")
                return True
            self._fail(text.sid, Outcome.NOT_KNOWN, _NOT_KNOWN)
            if str(error) not in self._problems:  # it is said once a person
                self._problems.append(str(error))
        return False

    def _save(self, text: Text) -> None:
        """Save a text as a container with its artifacts, in one call: no fault leaves one without the other."""
        try:
            is_success, message, container_id = self.run.soar.save_container(container_of(text, self._label))
        except Exception as error:  # of the platform, which has no errors of its own
            self._fail(text.sid, Outcome.NOT_SAVED, str(InternalError(error)))
            return
        if not is_success or not container_id:
            self._fail(text.sid, Outcome.NOT_SAVED, "the platform gave no id" if is_success else str(message))
            return
        self._outcomes[text.sid] = Outcome.DUPLICATE if _DUPLICATE in str(message).lower() else Outcome.SAVED
        if self._saves_media and num_media(text.resource) != "0":
            self._media.note(text.sid, container_id)

    def _fail(self, sid: str, outcome: Outcome, reason: str) -> None:
        self._outcomes[sid], self._reasons[sid] = outcome, reason.rstrip(".")

    def _number_of(self, outcome: Outcome) -> int:
        return list(self._outcomes.values()).count(outcome)

    def _report(self, result: ActionResult, what_follows: str, *, has_more: bool = False) -> None:
        """Say in the result what became of the texts; a success where none failed and nothing else went wrong."""
        sentences = [f"{_texts(self._number_of(Outcome.SAVED))} ingested."]
        if duplicates := self._number_of(Outcome.DUPLICATE):
            sentences.append(f"{_texts(duplicates)} already had a container.")
        if answers := self._number_of(Outcome.ANSWER):
            sentences.append(f"{_texts(answers)} left out: they answer questions of this app.")
        if self._media.files:
            sentences.append(f"Files saved into the vault: {self._media.files}.")
        if has_more:
            sentences.append("Further texts wait for the next poll.")
        if failed := list(self._reasons.items()):
            shown = ", ".join(f"{sid} ({reason})" for sid, reason in failed[:_SHOWN_FAILURES])
            more = ", …" if len(failed) > _SHOWN_FAILURES else ""
            sentences.append(f"{_texts(len(failed))} could not be saved: {shown}{more}. {what_follows}.")
        problems = [*self._problems, *self._media.problems]
        is_good = not (failed or self._given_up or problems)
        set_report(result, Report(is_good, " ".join([*sentences, *self._given_up, *self._notes, *problems])))


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
        self._known: dict[str, _Known] = {}  # by person
        self._unreadable: dict[str, PersonUnreadable] = {}

    async def hold(self, text: Text, since: float = math.inf) -> bool:
        """Whether a text answers a question; for one that has just come, that is decided a few seconds later.

        `since` is when the first of the person's texts was created that will be asked about (seconds since the epoch),
        where that is earlier: their log is read once for all of them. Raises PersonUnreadable, or CallError where it
        is of no use to ask for the next text.
        """
        person = _sender(text)
        if not _NUMBER.fullmatch(person):
            return False  # a name or a short code, which nobody can ask
        if person in self._unreadable:
            raise self._unreadable[person]
        known = self._known.get(person)
        if known is None or text.created < known.since:
            known = await self._read(person, min(text.created, since))
        for _ in range(_LAST_SECOND_TRIES):
            if text.created + 1.0 <= known.until or text.sid in known.sids:
                break
            if not await self._run.twilio.pause(min(text.created + 1.0 - known.until, _MAX_LAST_SECOND_S)):
                raise Cancelled
            known = await self._read(person, known.since)
        return text.sid in known.sids

    async def _read(self, person: str, since: float) -> _Known:
        begin = since - TEXT_LOG_WINDOW_S
        log = PersonLog(person, begin)
        try:
            await log.read(self._run.twilio)
        except CallError as error:
            if isinstance(error, Cancelled) or len(self._unreadable) == _MAX_UNREADABLE_PEOPLE:
                raise
            try:
                await read_newest(self._run.twilio, begin)
            except CallError:
                raise error from None  # it is not about this person
            self._unreadable[person] = PersonUnreadable(f"The questions to {person} cannot be read: {why(error)}")
            raise self._unreadable[person] from None
        states = log.states().values()
        answers = {str(state.answer.row.get("sid")) for state in states if state.answer}
        known = self._known[person] = _Known(since, log.certain_until if states else math.inf, answers)
        return known


def _sender(text: Text) -> str:
    return str(text.resource.get("from"))


def _count(given: object) -> int:
    """How many containers a poll may save; the platform passes a very large number for all."""
    try:
        count = int(float(str(given)))
    except (ValueError, OverflowError):
        return _MAX_CONTAINERS
    return min(count, _MAX_CONTAINERS) if count > 0 else _MAX_CONTAINERS


def _texts(number: int) -> str:
    return "1 text" if number == 1 else f"{number} texts"
