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
"""The action "page on call": asks one person after the other by text and by phone, until somebody takes the alert."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import Any, NamedTuple

from actions.action import CreatingAction, Run, set_outcome, set_status
from actions.asking import Asked, Ending, Inquiry, Questions
from actions.call_phone import caller_of
from actions.call_report import call_report, is_worth_another
from actions.error_text import text_of
from actions.parameters import sender
from actions.sending import Sending
from phantom.action_result import ActionResult
from twilio_api.acknowledgement import spoken_message
from twilio_api.caller import Caller, PlacedCall
from twilio_api.calls import CallDraft
from twilio_api.errors import CallError, FlowMissing, NotAsked, NotSent, OutcomeUnknown, Refused
from twilio_api.messages import Draft, create_message
from twilio_api.phone_number import to_e164
from twilio_api.question import ANSWER_WINDOW_S
from twilio_api.sender import Sender, parse_sender
from twilio_api.twiml import checked_language
from twilio_api.values import (
    WrongValue,
    checked_body,
    is_given,
    parse_number,
    parse_truth,
    parse_whole_number,
    parts_of,
)
from twilio_consts import (
    DEFAULT_LANGUAGE,
    DEFAULT_RINGING_S,
    DEFAULT_TEXT_TIMEOUT_MIN,
    MAX_PAGE_ATTEMPTS,
    MAX_PAGE_PEOPLE,
    MAX_PAGE_ROUNDS,
    MAX_TIMEOUT_MIN,
    OUTCOME_ACKNOWLEDGED,
    OUTCOME_ASKED,
    OUTCOME_NO_RESPONSE,
    OUTCOME_NOT_SENT,
    OUTCOME_NOT_TAKEN,
    OUTCOME_PASSED,
    OUTCOME_SENT,
    OUTCOME_TAKEN,
    OUTCOME_UNDELIVERED,
    OUTCOME_UNKNOWN,
)


_TAKE, _PASS = "take it", "pass it on"
_NOTHING_WENT_OUT = frozenset({OUTCOME_NOT_SENT})
_WITHOUT_TRACE = frozenset({OUTCOME_NOT_SENT, OUTCOME_UNKNOWN})


class Page(NamedTuple):
    """One parameter set, checked: whom to ask in which order, by what, and how often. Numbers are in E.164."""

    people: tuple[str, ...]
    message: str
    sender: Sender
    text_timeout_s: float  # 0: no text
    caller: str  # empty: no call
    call_attempts: int
    rounds: int
    language: str


class Step:
    """One text, call or notice to a person, as it stands in the result; a creation tells it how far it is."""

    def __init__(self, alert: Alert, person: str, kind: str) -> None:
        self.began = 0.0
        self._alert = alert
        self.row: dict[str, Any] = {"person": person, "kind": kind, "outcome": OUTCOME_NOT_SENT, "sid": None}
        self.row.update(at=alert.now_iso(), text=None)
        alert.rows.append(self.row)

    def note(self, outcome: str, text: object = None, **more: Any) -> None:
        """Let the row, and with it the result, say what is known now."""
        self.row.update(outcome=outcome, text=text, **more)
        self._alert.report()

    def leaving(self) -> None:
        """From now on the request may leave."""
        self.began = self._alert.run.twilio.now
        self.note(OUTCOME_UNKNOWN, "Its create call did not end.")

    def unsent(self, error: CallError) -> None:
        """The last call provably sent nothing."""
        self.note(OUTCOME_NOT_SENT, text_of(error))

    def searching(self, error: CallError) -> None:
        """The last call may have been processed: the row says so already."""


class Alert:
    """What became of one alert so far. `taken` is done as soon as somebody has taken it."""

    def __init__(self, run: Run, result: ActionResult) -> None:
        self.run = run
        self.result = result
        self.rows: list[dict[str, Any]] = []
        self.asked: dict[str, Asked] = {}  # the last question to each person
        self.waits: set[asyncio.Future[None]] = set()  # for an answer by text, one for each question
        self.taken: asyncio.Future[tuple[str, str]] = asyncio.get_running_loop().create_future()
        self._began = run.twilio.now
        self._taken_after_s = 0.0
        self._taken_at = ""
        self.report()

    @property
    def is_over(self) -> bool:
        """Whether nobody more is to be asked."""
        return self.taken.done() or self.run.twilio.is_cancelled

    def now_iso(self) -> str:
        """The time now, in ISO 8601."""
        return datetime.fromtimestamp(self.run.twilio.time(), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    def take(self, person: str, means: str) -> None:
        """Note that a person takes it by "text" or by "call"; only the first one does."""
        if not self.taken.done():
            self._taken_after_s, self._taken_at = self.run.twilio.now - self._began, self.now_iso()
            self.taken.set_result((person, means))
            self.report()

    async def unless_taken(self, work: Awaitable[Any], timeout_s: float | None = None) -> bool:
        """Wait until something is done, somebody takes the alert, or the time is over; say whether it is done."""
        task = asyncio.ensure_future(work)
        ends: set[asyncio.Future[Any]] = {task, self.taken, self.run.twilio.cancelled}
        await asyncio.wait(ends, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        return task.done()

    def report(self) -> None:
        """Let the result say what would be right if the process ended now."""
        result = self.result
        result.get_data()[:] = self.rows
        people = len({row["person"] for row in self.rows if row["outcome"] not in _NOTHING_WENT_OUT})
        result.update_summary({"people_asked": people})
        steps = [row for row in self.rows if row["kind"] != "notice"]
        outcomes = {row["outcome"] for row in steps}
        if self.taken.done():
            person, means = self.taken.result()
            minutes, seconds = divmod(int(self._taken_after_s), 60)
            after = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
            result.update_summary({"taken_by": person, "taken_with": means, "taken_at": self._taken_at})
            result.update_summary({"seconds_to_take": int(self._taken_after_s)})
            outcome, text = OUTCOME_TAKEN, f"Taken by {person} by {means} after {after}"
        elif OUTCOME_UNKNOWN in outcomes:
            outcome = OUTCOME_UNKNOWN
            text = "Nobody is known to have taken it, and it cannot be known whether each text and call went out"
        elif outcomes <= _NOTHING_WENT_OUT:
            outcome, text = OUTCOME_NOT_SENT, "Nothing was sent: nobody could be reached"
        else:
            outcome, text = OUTCOME_NOT_TAKEN, f"Nobody has taken it. People asked: {people}"
        # why a step did not go out, or may not have
        causes = [row["text"] for row in steps if row["outcome"] in _WITHOUT_TRACE and row["text"]]
        set_outcome(result, outcome)
        message = f"{text}. {causes[-1]}" if causes and outcome != OUTCOME_TAKEN else text
        set_status(result, message, is_success=outcome == OUTCOME_TAKEN)


class PageOnCall(CreatingAction):
    """Gets one person of a list to take an alert: each in turn by text, then by phone, round after round.

    Whoever was asked can take it until somebody has; then the call that rings is ended, and everybody else who was
    asked is told by text who has it.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._sending = Sending(run)
        self._questions = Questions(run, self._sending)
        self._caller = Caller(run.twilio)

    async def handle(self, param: dict[str, Any], result: ActionResult) -> None:
        """Ask one person after the other until somebody takes the alert, and tell the others."""
        page = read_page(param, self.run)
        alert = Alert(self.run, result)
        try:
            for _ in range(page.rounds):
                for person in page.people:
                    if alert.is_over:
                        break
                    is_passed = page.text_timeout_s > 0.0 and await self._text(page, alert, person)
                    if page.caller and not (is_passed or alert.is_over):
                        await self._call(page, alert, person)
        finally:
            self.run.note_created()
            for wait in alert.waits:
                wait.cancel()
            if alert.waits:
                await asyncio.wait(alert.waits)
        for row in alert.rows:
            if row["outcome"] == OUTCOME_ASKED:
                row["outcome"] = OUTCOME_NO_RESPONSE
        if alert.taken.done() and not self.run.twilio.is_cancelled:
            taker, _ = alert.taken.result()
            asked = dict.fromkeys(row["person"] for row in alert.rows if row["outcome"] != OUTCOME_NOT_SENT)
            await asyncio.gather(*(self._notify(page, alert, person, taker) for person in asked if person != taker))
        alert.report()
        self._show(str(result.get_message()))

    async def _text(self, page: Page, alert: Alert, person: str) -> bool:
        """Ask a person by text, and wait until it is time for the next step; say whether the person passed it on."""
        self._show(f"Texting {person}, {_since(alert)}")
        step = Step(alert, person, "text")
        recipient = page.sender.recipient(person, "")
        try:
            asked = await self._questions.ask(
                Inquiry(recipient, page.sender, page.message, (_TAKE, _PASS), joint="to"), step
            )
        except (NotSent, NotAsked, Refused, OutcomeUnknown) as error:
            step.note(OUTCOME_UNKNOWN if isinstance(error, OutcomeUnknown) else OUTCOME_NOT_SENT, text_of(error))
            return False
        finally:
            self.run.note_created()
        alert.asked[person] = asked
        step.note(OUTCOME_ASKED, sid=asked.sid)
        wait = asyncio.ensure_future(self._wait(alert, step, asked, person))
        alert.waits.add(wait)
        await alert.unless_taken(wait, page.text_timeout_s)
        return bool(step.row["outcome"] == OUTCOME_PASSED)

    async def _wait(self, alert: Alert, step: Step, asked: Asked, person: str) -> None:
        """Wait for the answer of a person until the alert is over."""
        ending = await self._questions.wait(asked, float(ANSWER_WINDOW_S), lambda: None)
        answer = asked.state.answer if ending is Ending.ANSWERED and asked.state is not None else None
        if answer is None:
            step.note(OUTCOME_UNDELIVERED if ending is Ending.UNDELIVERED else OUTCOME_NO_RESPONSE, ending.value)
        elif answer.choice.word == _TAKE:
            step.note(OUTCOME_TAKEN, answer.row.get("body"))
            alert.take(person, "text")
        else:
            step.note(OUTCOME_PASSED, answer.row.get("body"))

    async def _call(self, page: Page, alert: Alert, person: str) -> None:
        """Call a person until they press 1, a few times at the most; calls of several alerts one after the other."""
        turn = self.run.turn(("call", person))
        if not await _entered(turn, alert):
            return
        try:
            for number in range(1, page.call_attempts + 1):
                self._show(f"Calling {person}, call {number} of {page.call_attempts}, {_since(alert)}")
                placed = await self._ring(page, alert, person)
                if placed is None or alert.is_over or not is_worth_another(placed):
                    return
        finally:
            turn.release()

    async def _ring(self, page: Page, alert: Alert, person: str) -> PlacedCall | None:
        """Call a person once, and follow the call until it is over or somebody takes the alert; then it is ended."""
        step = Step(alert, person, "call")
        draft = CallDraft(person, page.caller, page.message, page.language, DEFAULT_RINGING_S)
        try:
            placed = await self._caller.ask(draft, step)
        except (NotSent, Refused, FlowMissing, OutcomeUnknown) as error:
            step.note(OUTCOME_UNKNOWN if isinstance(error, OutcomeUnknown) else OUTCOME_NOT_SENT, text_of(error))
            return None

        def note() -> None:
            report = call_report(placed)
            step.note(report.outcome, report.text, sid=placed.call_sid or placed.sid)
            if report.outcome == OUTCOME_ACKNOWLEDGED:
                alert.take(person, "call")

        async def follow() -> None:
            async for _ in self._caller.follow(placed):
                note()

        note()
        following = asyncio.ensure_future(follow())
        try:
            await alert.unless_taken(following)
        finally:
            following.cancel()
            await asyncio.wait({following})
        if placed.goes_on and not placed.context.is_acknowledged and alert.is_over:
            await self._caller.end(placed)
        note()
        return placed

    async def _notify(self, page: Page, alert: Alert, person: str, taker: str) -> None:
        """Tell a person who was asked, once, who has taken the alert."""
        step = Step(alert, person, "notice")
        number, asked = page.sender, alert.asked.get(person)
        if asked is not None and asked.row.get("from"):
            number = parse_sender(asked.row["from"], "")
        first_words = page.message if len(page.message) <= 60 else f"{page.message[:59]}…"
        draft = Draft(page.sender.recipient(person, ""), number, body=f"{taker} has taken it: {first_words}")
        try:
            async with self.run.turn(draft.recipient):
                message = await create_message(self.run.twilio, self._sending.log, draft, step)
            step.note(OUTCOME_SENT, sid=message.sid)
        except (NotSent, Refused, OutcomeUnknown) as error:
            step.note(OUTCOME_UNKNOWN if isinstance(error, OutcomeUnknown) else OUTCOME_NOT_SENT, text_of(error))

    def counts(self) -> str:
        """Say how many alerts were taken."""
        taken = sum(bool(result.is_success()) for result in self.run.results)
        return f"{len(self.run.results)} alerts: {taken} taken, {len(self.run.results) - len(self.run.ended)} waiting"

    def _show(self, line: str) -> None:
        if not self.run.is_of_many:
            self.run.progress(line)


async def _entered(turn: asyncio.Lock, alert: Alert) -> bool:
    """Wait for one's turn to call a person; False where the alert was over before it came."""
    entering = asyncio.ensure_future(turn.acquire())
    try:
        await alert.unless_taken(entering)
    finally:
        if not entering.done() or alert.is_over:
            entering.cancel()
            await asyncio.wait({entering})
            if not entering.cancelled():
                turn.release()
    return not entering.cancelled() and not alert.is_over


def _since(alert: Alert) -> str:
    return f"{len(alert.rows)} steps so far" if alert.rows else "the first step"


def read_page(param: dict[str, Any], run: Run) -> Page:
    """Read a parameter set; raises WrongValue for what cannot be asked or said, before any request."""
    from_ = sender(param, run.asset)
    minutes = _given(
        param,
        "text_timeout",
        DEFAULT_TEXT_TIMEOUT_MIN,
        lambda value, where: parse_number(value, where, "minutes", 0.0, MAX_TIMEOUT_MIN),
    )
    calls = _given(param, "call", True, parse_truth)
    if minutes and not from_.can_receive:
        raise WrongValue(
            f"Nobody can answer to {from_.value}, so nobody could take it by text. Set from_phone to a sender that "
            "can receive texts, or text_timeout to 0."
        )
    if not (minutes or calls):
        raise WrongValue("With 'text_timeout' 0 and without 'call', nobody would be asked. Set one of them.")
    message = checked_body(param.get("message"), "The parameter 'message'")
    language = _given(param, "language", DEFAULT_LANGUAGE, checked_language)
    if minutes:
        Inquiry("", from_, message, (_TAKE, _PASS), joint="to").check_length()
    if calls:
        spoken_message(message, language, "The parameter 'message'")
    return Page(
        people=_people(param.get("people")),
        message=message,
        sender=from_,
        text_timeout_s=60.0 * minutes,
        caller=caller_of(param, run.asset, "caller_phone") if calls else "",
        call_attempts=_given(param, "call_attempts", 2, _whole("calls", MAX_PAGE_ATTEMPTS)),
        rounds=_given(param, "rounds", 1, _whole("rounds", MAX_PAGE_ROUNDS)),
        language=language,
    )


def _people(given: object) -> tuple[str, ...]:
    """Return the numbers to ask, each once, in their order."""
    numbers: list[str] = []
    for spelling in parts_of(given):
        try:
            numbers.append(to_e164(spelling))
        except WrongValue as error:
            raise WrongValue(f"The parameter 'people' is wrong: {error}") from None
    people = tuple(dict.fromkeys(numbers))
    if not 1 <= len(people) <= MAX_PAGE_PEOPLE:
        raise WrongValue(f"The parameter 'people' has {len(people)} phone numbers; give 1 to {MAX_PAGE_PEOPLE}.")
    return people


def _given(param: dict[str, Any], name: str, default: Any, parse: Callable[[Any, str], Any]) -> Any:
    value = param.get(name)
    return parse(value, f"The parameter '{name}'") if is_given(value) else default


def _whole(unit: str, most: int) -> Callable[[Any, str], int]:
    return lambda value, where: parse_whole_number(value, where, unit, 1, most)
