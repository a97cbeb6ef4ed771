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
import math
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any, NamedTuple

from actions.action import CreatingAction, Run
from actions.alert_report import NOTICE, notice, people_asked, set_open, set_steps, set_taken, unanswered
from actions.asking import Asked, Inquiry, Questions
from actions.call_report import call_report, is_worth_another
from actions.error_text import cause_of, sentence
from actions.parameters import caller_of, language, minutes, optional, phone_numbers, sender, whole_number
from actions.sending import Sending
from phantom.action_result import ActionResult
from twilio_api.acknowledgement import spoken_message
from twilio_api.caller import Caller, PlacedCall
from twilio_api.calls import CallDraft
from twilio_api.errors import CallError, NotSent, Refused
from twilio_api.question import ANSWER_WINDOW_S, Ending
from twilio_api.sender import Sender
from twilio_api.timestamps import iso_of
from twilio_api.values import WrongValue, checked_body, parse_truth
from twilio_consts import (
    DEFAULT_PAGE_ATTEMPTS,
    DEFAULT_RINGING_S,
    DEFAULT_TEXT_TIMEOUT_MIN,
    MAX_PAGE_ATTEMPTS,
    MAX_PAGE_PEOPLE,
    MAX_PAGE_ROUNDS,
    OUTCOME_ACKNOWLEDGED,
    OUTCOME_ASKED,
    OUTCOME_NO_RESPONSE,
    OUTCOME_NOT_SENT,
    OUTCOME_PASSED,
    OUTCOME_SENT,
    OUTCOME_TAKEN,
    OUTCOME_TOO_LATE,
    OUTCOME_UNKNOWN,
)


_TAKE, _PASS = "take it", "pass it on"


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

    def inquiry(self, person: str) -> Inquiry:
        """The question to a person."""
        return Inquiry(self.sender.recipient(person, ""), self.sender, self.message, (_TAKE, _PASS), joint="to")


class PageOnCall(CreatingAction):
    """Gets one person of a list to take an alert: each in turn by text, then by phone, round after round.

    Whoever was asked can take it until somebody has; then the call that rings is ended, and everybody else who was
    asked is told by text who has it.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._questions = Questions(run, Sending(run))
        self._caller = Caller(run.twilio)

    async def handle(self, param: dict[str, Any], result: ActionResult) -> None:
        """Ask one person after the other until somebody takes the alert, and tell the others."""
        page = read_page(param, self.run)
        alert = Alert(self.run, result)
        for person in page.people * page.rounds:
            alert.passed.discard(person)
            if page.text_timeout_s and not alert.is_over():
                await self._text(page, alert, person)
            if page.caller and not alert.is_over(person):
                await self._call(page, alert, person)
        for asked in alert.asked:
            self._questions.end_wait(asked)
        for wait in alert.waits:
            await alert.until(wait)
        await alert.end()
        if alert.taker and not alert.run.twilio.is_cancelled:
            others = [person for person in people_asked(alert.rows) if person != alert.taker]
            await asyncio.gather(*(self._notify(page, alert, person) for person in others))
        self.run.show(str(result.get_message()))

    async def _text(self, page: Page, alert: Alert, person: str) -> None:
        """Ask a person by text, who can answer until the alert is over; return when the next step is due."""
        with Step(alert, person, "text") as step:
            asked = await self._questions.ask(page.inquiry(person), step)
            step.note(OUTCOME_ASKED, sid=asked.sid)
            wait = asyncio.ensure_future(self._answer(alert, step, asked))
            alert.asked.append(asked)
            alert.waits.append(wait)
            await alert.until(wait, person, page.text_timeout_s)

    async def _answer(self, alert: Alert, step: Step, asked: Asked) -> None:
        """Wait for the answer to a text, as long as the alert is not over."""
        with step:
            ending = await self._questions.wait(asked, float(ANSWER_WINDOW_S), alert.show)
            answer = asked.state.answer if ending is Ending.ANSWERED and asked.state is not None else None
            if answer is None:
                report = unanswered(asked, ending)
                step.note(report.outcome, report.text)
            elif answer.choice.word == _PASS:
                step.note(OUTCOME_PASSED, answer.row.get("body"))
                alert.passed.add(step.person)
            else:
                step.note(OUTCOME_TAKEN if alert.take(step) else OUTCOME_TOO_LATE, answer.row.get("body"))

    async def _call(self, page: Page, alert: Alert, person: str) -> None:
        """Call a person until they press 1, a few times at the most; calls of several alerts one after the other."""
        async with _turn(self.run, alert, person):
            for number in range(1, page.call_attempts + 1):
                if alert.is_over(person):
                    return
                self.run.show(f"Calling {person}, call {number} of {page.call_attempts}")
                placed = await self._ring(page, alert, person)
                if placed is None or not is_worth_another(placed):
                    return

    async def _ring(self, page: Page, alert: Alert, person: str) -> PlacedCall | None:
        """Call a person once, and follow the call until it is over; it is ended where nobody needs it any more."""
        with Step(alert, person, "call") as step:
            draft = CallDraft(person, page.caller, page.message, page.language, DEFAULT_RINGING_S)
            placed = await self._place(alert, step, draft)
            if placed is None:
                return None
            self.run.note_created()
            step.note_call(placed)
            following = asyncio.ensure_future(self._follow(alert, step, placed))
            try:
                await alert.until(following, person)
            finally:
                if not placed.is_over:
                    following.cancel()
                await asyncio.wait({following})  # whoever pressed 1 hears so before anybody else calls them
            if not placed.is_over:
                await self._caller.end(placed)
            step.note_call(placed)
            return placed
        return None

    async def _place(self, alert: Alert, step: Step, draft: CallDraft) -> PlacedCall | None:
        """Begin a call; return None where nobody needs it any more before its request has left."""
        placing = asyncio.ensure_future(self._caller.ask(draft, step))
        try:
            await alert.until(placing, step.person)
            if step.is_unsent and not self.run.twilio.is_cancelled:
                placing.cancel()
            await asyncio.wait({placing})
        finally:
            placing.cancel()
        if placing.cancelled():
            step.withdraw()
            return None
        return placing.result()

    async def _follow(self, alert: Alert, step: Step, placed: PlacedCall) -> None:
        async for _ in self._caller.follow(placed):
            step.note_call(placed)
            alert.show()

    async def _notify(self, page: Page, alert: Alert, person: str) -> None:
        """Tell a person who was asked, once, who has taken the alert."""
        with Step(alert, person, NOTICE) as step:
            inquiry = page.inquiry(person)
            number = next((asked.sender for asked in alert.asked if asked.inquiry == inquiry), page.sender)
            message = await self._questions.write(inquiry.person, number, notice(alert.taker, page.message), step)
            step.note(OUTCOME_SENT, sid=message.sid)

    def counts(self) -> str:
        """Say how many alerts were taken."""
        taken = sum(bool(result.is_success()) for result in self.run.results)
        return f"{len(self.run.results)} alerts: {taken} taken, {len(self.run.results) - len(self.run.ended)} waiting"


class Alert:
    """What became of one alert so far; its result says at each await what would be right if the process ended then.

    `taker` is empty as long as nobody has taken it. `passed` are those who passed it on since they were asked last.
    """

    def __init__(self, run: Run, result: ActionResult) -> None:
        self.run = run
        self.taker = ""
        self.passed: set[str] = set()
        self.asked: list[Asked] = []
        self.waits: list[asyncio.Future[None]] = []  # for the answers to these questions
        self.rows: list[dict[str, Any]] = result.get_data()  # one a step
        self._result = result
        self._began = run.twilio.now
        self.report()

    def is_over(self, person: str = "") -> bool:
        """Whether nobody more is to be asked, or this person is not."""
        return bool(self.taker) or self.run.twilio.is_cancelled or person in self.passed

    async def until(self, task: asyncio.Future[Any], person: str = "", timeout_s: float = math.inf) -> None:
        """Wait until a task is done, the alert is over (for a person), or the time is."""
        clock, cancelled = self.run.twilio, self.run.twilio.cancelled
        end_at = clock.now + timeout_s
        while not (task.done() or self.is_over(person)) and clock.now < end_at:
            ends = {task, cancelled, *(wait for wait in self.waits if not wait.done())}
            left_s = None if timeout_s == math.inf else end_at - clock.now
            await asyncio.wait(ends, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)

    async def end(self) -> None:
        """End the waits for answers."""
        for wait in self.waits:
            wait.cancel()
        if self.waits:
            await asyncio.wait(self.waits)
        for row in self.rows:
            if row["outcome"] == OUTCOME_ASKED:
                row["outcome"] = OUTCOME_NO_RESPONSE
        self.report()

    def take(self, step: Step) -> bool:
        """Let the person of a step have the alert, unless somebody has it; say whether they have."""
        if self.taker:
            return False
        self.taker = step.person
        set_taken(self._result, step.person, step.kind, self.now_iso(), self.run.twilio.now - self._began)
        return True

    def report(self) -> None:
        """Let the result say what is known now. Once somebody has taken it, that stands."""
        set_steps(self._result, self.rows)
        if not self.taker:
            set_open(self._result, self.rows, is_cancelled=self.run.twilio.cancelled.done())

    def show(self) -> None:
        """Show who is being asked, and since when."""
        row = self.rows[-1]
        others = {each.inquiry for each, wait in zip(self.asked, self.waits) if not wait.done()}
        more = f"; {len(others) - 1} others can take it by text" if len(others) > 1 else ""
        self.run.show(f"Waiting for {row['person']}, {row['kind']} since {row['at'][11:19]} UTC{more}", kept=False)

    def why_over_for(self, person: str) -> str:
        """Say why a call to a person is ended, as the beginning of a sentence."""
        if self.is_over():
            return "The alert is over" if self.taker else "The action was cancelled"
        return "The alert was passed on" if person in self.passed else "Its time was over"

    def now_iso(self) -> str:
        """The time now, in ISO 8601."""
        return iso_of(self.run.twilio.time())


class Step(AbstractContextManager["Step"]):
    """One text, call or notice to a person, as its row of the result shows it; a creation tells it how far it is.

    An error within it, as a context, ends this step, and no other.
    """

    def __init__(self, alert: Alert, person: str, kind: str) -> None:
        self.person = person
        self.kind = kind
        self.began = 0.0
        self._alert = alert
        self._row: dict[str, Any] = {"person": person, "kind": kind, "outcome": OUTCOME_NOT_SENT, "sid": None}
        self._row.update(at=alert.now_iso(), text=None)
        alert.rows.append(self._row)

    def __exit__(self, kind: object, error: object, traceback: object) -> bool:
        self._alert.run.note_created()
        if not isinstance(error, Exception):
            return False
        is_sent = self._row["outcome"] != OUTCOME_NOT_SENT and not isinstance(error, (NotSent, Refused))
        self.note(OUTCOME_UNKNOWN if is_sent else OUTCOME_NOT_SENT, cause_of(error))
        return True

    def note(self, outcome: str, text: object = None, **more: Any) -> None:
        """Let the row, and with it the result, say what is known now."""
        self._row.update(outcome=outcome, text=text, **more)
        self._alert.report()

    def withdraw(self) -> None:
        """Take back the step, which was not begun."""
        self._alert.rows[:] = [row for row in self._alert.rows if row is not self._row]
        self._alert.report()

    @property
    def is_unsent(self) -> bool:
        """Whether it provably sent nothing so far."""
        return bool(self._row["outcome"] == OUTCOME_NOT_SENT)

    def note_call(self, placed: PlacedCall) -> None:
        """Let the row say how a call stands; whoever acknowledges it takes the alert."""
        report = call_report(placed, self._alert.why_over_for(self.person))
        if report.outcome == OUTCOME_ACKNOWLEDGED:
            self._alert.take(self)
        self.note(report.outcome, report.text, sid=placed.call_sid or placed.sid)

    def leaving(self) -> None:
        """From now on the request may leave."""
        self.began = self._alert.run.twilio.now
        self.note(OUTCOME_UNKNOWN, "Its create call did not end.")

    def unsent(self, error: CallError) -> None:
        """The last call provably sent nothing."""
        self.note(OUTCOME_NOT_SENT, sentence(error))

    def searching(self, error: CallError) -> None:
        """The last call may have been processed: the row says so already."""


@asynccontextmanager
async def _turn(run: Run, alert: Alert, person: str) -> AsyncIterator[None]:
    """Wait for the turn to call a person, or until the alert is over for them: then nobody is to be called."""
    turn = run.turn(("call", person))
    entering = asyncio.ensure_future(turn.acquire())
    try:
        await alert.until(entering, person)
        yield
    finally:
        entering.cancel()
        await asyncio.wait({entering})
        if not entering.cancelled():
            turn.release()


def read_page(param: dict[str, Any], run: Run) -> Page:
    """Read a parameter set; raises WrongValue for what cannot be asked or said, before any request."""
    calls = optional(param, "call", True, parse_truth)
    page = Page(
        phone_numbers(param, "people", MAX_PAGE_PEOPLE),
        checked_body(param.get("message"), "The parameter 'message'"),
        sender(param, run.asset),
        60.0 * minutes(param, "text_timeout", DEFAULT_TEXT_TIMEOUT_MIN),
        caller_of(param, run.asset, "caller_phone") if calls else "",
        whole_number(param, "call_attempts", "calls", 1, MAX_PAGE_ATTEMPTS, DEFAULT_PAGE_ATTEMPTS),
        whole_number(param, "rounds", "rounds", 1, MAX_PAGE_ROUNDS, 1),
        language(param),
    )
    if not (page.text_timeout_s or calls):
        raise WrongValue("With 'text_timeout' 0 and without 'call', nobody would be asked. Set one of them.")
    if page.text_timeout_s and not page.sender.can_receive:
        raise WrongValue(
            f"Nobody can answer to {page.sender.value}, so nobody could take it by text. Set from_phone to a sender "
            "that can receive texts, or text_timeout to 0."
        )
    if page.text_timeout_s:
        page.inquiry(page.people[0]).check_length()
    if calls:
        spoken_message(page.message, page.language, "The parameter 'message'")
    return page
