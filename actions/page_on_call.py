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
from collections import defaultdict
from contextlib import AbstractContextManager, AsyncExitStack, suppress
from typing import Any, NamedTuple

from actions.action import Action, Report, ResultStanding, Run, set_report
from actions.answers import why_unanswered
from actions.asking import Asked, Inquiry, Questions
from actions.call_report import CANCELLED, WhyEnded, call_report, is_worth_another
from actions.error_advice import Names
from actions.error_text import cause_of, sentence, with_full_stop
from actions.parameters import caller_of, language, minutes, optional, phone_numbers, whole_number
from phantom.action_result import ActionResult
from twilio_api import calls, messages
from twilio_api.acknowledgement import spoken_message
from twilio_api.caller import Caller, PlacedCall
from twilio_api.client import unless
from twilio_api.errors import CallError, Cancelled, NotSent, Refused
from twilio_api.question import ANSWER_WINDOW_S, Ending, Row
from twilio_api.sender import Sender, parse_sender
from twilio_api.timestamps import created_at, duration, iso_of
from twilio_api.values import WrongValue, checked_body, parse_truth
from twilio_consts import OUTCOME_ASKED, OUTCOME_NO_RESPONSE, OUTCOME_NOT_SENT, OUTCOME_UNDELIVERED, OUTCOME_UNKNOWN


_TAKE, _PASS = "take it", "pass it on"
_TEXT_TIMEOUT_MIN, _CALL_ATTEMPTS, _ROUNDS = 5.0, 2, 1  # where the parameters are not given
_MAX_PEOPLE, _MAX_CALL_ATTEMPTS, _MAX_ROUNDS = 20, 3, 5
_NOTICE_CHARS = 60  # of the alert that a notice repeats
_TAKEN, _NOT_TAKEN, _PASSED, _TOO_LATE, _SENT = "taken", "not_taken", "passed", "too_late", "sent"  # outcomes
_MAY_BE_ANSWERED = (Ending.UNREAD, Ending.HIDDEN, Ending.SHARED)  # nobody can tell whether the person has taken it
_PASSED_ON = WhyEnded("because the alert was passed on", "The alert is over for this person")
_TIME_OVER = WhyEnded("because its time was over", "Its time was over")


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


class PageOnCall(Action):
    """Gets one person of a list to take an alert: each in turn by text, then by phone, round after round.

    Whoever was asked can take it until somebody has; then the call that rings is ended, and everybody else who was
    asked is told by text who has it.
    """

    creates = True

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._questions = Questions(run)
        self._caller = Caller(run.twilio)

    async def handle(self, param: dict[str, Any], result: ActionResult) -> None:
        """Ask one person after the other until somebody takes the alert, and tell the others."""
        page = read_page(param, self.run)
        alert = Alert(self.run, result)
        for person in page.people * page.rounds:
            if alert.taker or self.run.twilio.ask_cancelled():
                break
            alert.over.pop(person, None)  # they may have passed it on when they were asked last
            if page.text_timeout_s:
                await self._text(page, alert, person)
            if page.caller:
                with suppress(Cancelled):  # the alert was over before their turn came
                    await self._call(page, alert, person)
        for asked in alert.waits:
            self._questions.end_wait(asked)
        for wait in alert.waits.values():
            with suppress(Cancelled):
                await unless(alert.ends(), wait)
        alert.end()
        if alert.taker and not self.run.twilio.ask_cancelled():
            others = [person for person in people_asked(alert.rows) if person != alert.taker]
            await asyncio.gather(*(self._notify(page, alert, person) for person in others))
        self.run.show(str(result.get_message()))

    async def _text(self, page: Page, alert: Alert, person: str) -> None:
        """Ask a person by text, who can answer until the alert is over; return when the next step is due."""
        with Step(alert, person, "text") as step:
            asked = await unless(alert.ends(person), self._questions.ask(page.inquiry(person), step), step.is_unsent)
            step.note(OUTCOME_ASKED, sid=asked.sid)
            alert.texts[asked] = step
            wait = alert.waits[asked] = asyncio.ensure_future(self._answer(alert, step, asked))
            due = {wait, *alert.ends(person)}
            await asyncio.wait(due, timeout=page.text_timeout_s, return_when=asyncio.FIRST_COMPLETED)

    async def _answer(self, alert: Alert, step: Step, asked: Asked) -> None:
        """Wait for the answer to a text, as long as the alert is not over."""
        with step:
            ending = await self._questions.wait(asked, float(ANSWER_WINDOW_S), alert.show)
            answer = asked.state.answer if asked.state is not None else None
            if answer is None:
                why = ". ".join((why_unanswered(asked.message, ending, step.names), *asked.notes))
                outcome = OUTCOME_UNDELIVERED if ending is Ending.UNDELIVERED else OUTCOME_NO_RESPONSE
                step.note(OUTCOME_UNKNOWN if ending in _MAY_BE_ANSWERED else outcome, why)
            elif answer.choice.word == _PASS:
                step.note(_PASSED, answer.row.get("body"))
                alert.pass_on(step.row["person"])
            else:
                takes = {step: answer.row, **self._takes(alert)}  # one poll may show several
                for taker in sorted(takes, key=lambda each: created_at(takes[each]) or 0.0):
                    taker.note(_TAKEN if alert.take(taker.row) else _TOO_LATE, takes[taker].get("body"))

    def _takes(self, alert: Alert) -> dict[Step, Row]:
        """Return the texts by which people take the alert, as far as they were read, each by its step."""
        states = {step: self._questions.state(asked) for asked, step in alert.texts.items()}
        answers = {step: state.answer for step, state in states.items() if state is not None}
        return {step: answer.row for step, answer in answers.items() if answer and answer.choice.word == _TAKE}

    async def _call(self, page: Page, alert: Alert, person: str) -> None:
        """Call a person until they press 1, a few times at the most; calls of several alerts one after the other."""
        async with AsyncExitStack() as turn:
            await unless(alert.ends(person), turn.enter_async_context(self.run.turns["call", person]))
            for number in range(1, page.call_attempts + 1):
                self.run.show(f"Calling {person}, call {number} of {page.call_attempts}")
                if not await self._ring(page, alert, person):
                    return

    async def _ring(self, page: Page, alert: Alert, person: str) -> bool:
        """Call a person once, and end the call where nobody needs it any more; say whether another one is worth it."""
        with Step(alert, person, "call") as step:
            draft = calls.CallDraft(person, page.caller, page.message, page.language)
            placed = await unless(alert.ends(person), self._caller.ask(draft, step), step.is_unsent)
            self.run.note_creation_over()
            step.note_call(placed)
            with suppress(Cancelled):  # but whoever pressed 1 hears so before anybody else calls them
                await unless(alert.ends(person), self._follow(alert, step, placed), lambda: not placed.is_over)
            if not placed.is_over:
                await self._caller.end(placed)
            step.note_call(placed)
            return is_worth_another(placed)
        return False

    async def _follow(self, alert: Alert, step: Step, placed: PlacedCall) -> None:
        async for _ in self._caller.follow(placed):
            step.note_call(placed)
            alert.show()

    async def _notify(self, page: Page, alert: Alert, person: str) -> None:
        """Tell a person who was asked, once, who has taken the alert."""
        with Step(alert, person, "notice") as step:
            inquiry = page.inquiry(person)
            number = next((asked.sender for asked in alert.waits if asked.inquiry == inquiry), page.sender)
            message = await self._questions.write(inquiry.person, number, notice(alert.taker, page.message), step)
            step.note(_SENT, sid=message.sid)

    def counts(self) -> str:
        """Say how many alerts were taken, and how many people were asked."""
        results = self.run.results
        rows = [row for result in results for row in result.get_data() if row["outcome"] != OUTCOME_NOT_SENT]
        texted, called = (len({row["person"] for row in rows if row["kind"] == kind}) for kind in ("text", "call"))
        taken = sum(bool(result.is_success()) for result in results)
        failed = sum(not result.is_success() for result in self.run.ended)
        line = f"{len(results)} alerts: {taken} taken, {failed} not taken, {len(results) - taken - failed} waiting"
        return f"{line}; people asked: {texted} by text, {called} by call"


class Alert:
    """What became of one alert so far; its result says at each await what would be right if the process ended then.

    `taker` is empty as long as nobody has taken it.
    """

    def __init__(self, run: Run, result: ActionResult) -> None:
        self.run = run
        self.taker = ""
        self.waits: dict[Asked, asyncio.Future[None]] = {}  # for the answers to these questions
        self.texts: dict[Asked, Step] = {}
        self.rows: list[dict[str, Any]] = result.get_data()  # one a step
        # Why it is over for a person, or for all ("")
        self.over: defaultdict[str, asyncio.Future[WhyEnded]] = defaultdict(run.twilio.loop.create_future)
        self.result = result
        self._began = run.twilio.now
        self._taken_by: dict[str, Any] = {}  # the row of the step by which the taker has it
        self.report()

    def ends(self, person: str = "") -> set[asyncio.Future[Any]]:
        """What is done once nobody more is to be asked, or this person is not."""
        return {self.over[""], self.over[person]}

    def end(self) -> None:
        """Let the rows say that no answer is waited for any more."""
        for row in self.rows:
            if row["outcome"] == OUTCOME_ASKED:
                row["outcome"] = OUTCOME_NO_RESPONSE
        self.report()

    def take(self, row: dict[str, Any]) -> bool:
        """Let the person of a row have the alert, unless somebody has it; say whether they have, by this row."""
        if self.taker:
            return self._taken_by is row
        self._taken_by, self.taker, by = row, row["person"], row["kind"]
        self.over[""].set_result(WhyEnded("with the alert", "The alert is over"))
        at, after_s = iso_of(self.run.twilio.server_now), int(self.run.twilio.now - self._began)
        self.result.update_summary(
            {"taken_by": self.taker, "taken_with": by, "taken_at": at, "seconds_to_take": after_s}
        )
        set_report(self.result, Report(True, f"Taken by {self.taker} by {by} after {duration(after_s)}", _TAKEN))
        return True

    def pass_on(self, person: str) -> None:
        """Let the alert be over for a person, until they are asked again."""
        if not self.over[person].done():
            self.over[person].set_result(_PASSED_ON)

    def report(self) -> None:
        """Let the result say what is known now. Once somebody has taken it, that stands."""
        self.result.update_summary({"people_asked": len(people_asked(self.rows))})
        if not self.taker:
            set_report(self.result, open_report(self.rows, is_cancelled=self.run.twilio.cancelled.done()))

    def show(self) -> None:
        """Show who is being asked, and since when."""
        row = self.rows[-1]
        others = {asked.inquiry for asked, wait in self.waits.items() if not wait.done()}
        more = f"; others who can take it by text: {len(others) - 1}" if len(others) > 1 else ""
        self.run.show(f"Waiting for {row['person']}, {row['kind']} since {row['at'][11:19]} UTC{more}", kept=False)

    def why_over_for(self, person: str) -> WhyEnded:
        """Say why a call to a person is ended."""
        for end in (self.over[""], self.over[person]):
            if end.done():
                return end.result()
        return CANCELLED if self.run.twilio.cancelled.done() else _TIME_OVER


class Step(ResultStanding, AbstractContextManager["Step"]):
    """One text, call or notice to a person, as its row of the result shows it; a creation tells it how far it is.

    An error within it, as a context, ends this step, and no other.
    """

    def __init__(self, alert: Alert, person: str, kind: str) -> None:
        super().__init__(alert.run, alert.result, calls.KIND if kind == "call" else messages.KIND)
        self.row: dict[str, Any] = {"person": person, "kind": kind, "outcome": OUTCOME_NOT_SENT, "sid": None}
        self.row.update(at=iso_of(alert.run.twilio.server_now), text=None)
        self.names = Names("people", "caller_phone" if kind == "call" else "from_phone")
        self._alert = alert
        alert.rows.append(self.row)

    def __exit__(self, kind: object, error: object, traceback: object) -> bool:
        self.run.note_creation_over()
        if self.is_unsent() and isinstance(getattr(error, "cause", error), Cancelled):  # nobody needs it any more
            self._alert.rows.remove(self.row)
            self._alert.report()
        elif isinstance(error, Exception):
            is_unsent = self.is_unsent() or isinstance(error, (NotSent, Refused))
            self.note(OUTCOME_NOT_SENT if is_unsent else OUTCOME_UNKNOWN, cause_of(error, self.names))
        return isinstance(error, Exception)

    def is_unsent(self) -> bool:
        """Whether it provably sent nothing so far."""
        return bool(self.row["outcome"] == OUTCOME_NOT_SENT)

    def note(self, outcome: str, text: object = None, **more: Any) -> None:
        """Let the row, and with it the result, say what is known now."""
        self.row.update(outcome=outcome, text=text, **more)
        self._alert.report()

    def say(self, report: Report, **more: Any) -> None:
        """Let the row say what a report does."""
        self.note(report.outcome, report.text, **more)

    def note_call(self, placed: PlacedCall) -> None:
        """Let the row say how a call stands; whoever acknowledges it takes the alert."""
        report = call_report(placed, self._alert.why_over_for(self.row["person"]), self.names)
        if report.is_success:
            self._alert.take(self.row)
        self.say(report, sid=placed.call_sid or placed.sid)

    def leaving(self) -> None:
        """Say that the request may leave, and when: by now a response has shown Twilio's clock."""
        self.row["at"] = iso_of(self.run.twilio.server_now)
        super().leaving()

    def unsent(self, error: CallError) -> None:
        """Say why nothing was sent so far: it is one step of several."""
        super().unsent(error)
        self.note(OUTCOME_NOT_SENT, sentence(error))


# --- the words of a result


def notice(taker: str, alert: str) -> str:
    """Return the text that tells a person who has taken an alert."""
    return f"{taker} has taken it: {alert if len(alert) <= _NOTICE_CHARS else alert[: _NOTICE_CHARS - 1] + '…'}"


def open_report(rows: list[dict[str, Any]], *, is_cancelled: bool) -> Report:
    """Say that nobody has taken the alert, who was asked, and why steps failed.

    As long as a text can still be answered, and where the run was cancelled, an answer may be there that was not read.
    """
    asked = f"People asked: {', '.join(people_asked(rows))}."
    if all(row["outcome"] == OUTCOME_NOT_SENT for row in rows):
        outcome, text = OUTCOME_NOT_SENT, "Nothing was sent: nobody could be reached."
    elif any(row["outcome"] == OUTCOME_UNKNOWN for row in rows):
        outcome, text = OUTCOME_UNKNOWN, f"It cannot be known whether anybody has taken the alert. {asked}"
    elif is_cancelled or any(row["outcome"] == OUTCOME_ASKED for row in rows):
        outcome, text = _NOT_TAKEN, f"Nobody is known to have taken the alert. {asked}"
    else:
        outcome, text = _NOT_TAKEN, f"Nobody has taken the alert. {asked}"
    ending = ["The action was cancelled."] if is_cancelled else []
    return Report(False, " ".join((text, *_causes(rows), *ending)), outcome)


def people_asked(rows: list[dict[str, Any]]) -> list[str]:
    """Return the people to whom a step went out, or may have, in their order."""
    return list(dict.fromkeys(row["person"] for row in rows if row["outcome"] != OUTCOME_NOT_SENT))


def _causes(rows: list[dict[str, Any]]) -> list[str]:
    """One sentence for each cause, with the people whom it concerns."""
    people: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row["outcome"] in (OUTCOME_NOT_SENT, OUTCOME_UNKNOWN) and row["text"]:
            people.setdefault((row["kind"], row["text"]), []).append(row["person"])
    return [
        f"By {kind} to {', '.join(dict.fromkeys(concerned))}: {with_full_stop(text)}"
        for (kind, text), concerned in people.items()
    ]


def read_page(param: dict[str, Any], run: Run) -> Page:
    """Read a parameter set; raises WrongValue for what cannot be asked or said, before any request."""
    page = Page(
        phone_numbers(param, "people", _MAX_PEOPLE),
        checked_body(param.get("message"), "The parameter 'message'"),
        optional(param, "from_phone", run.asset.sender, parse_sender),
        60.0 * minutes(param, "text_timeout", _TEXT_TIMEOUT_MIN),
        caller_of(param, run.asset, "caller_phone") if optional(param, "call", True, parse_truth) else "",
        whole_number(param, "call_attempts", "calls", 1, _MAX_CALL_ATTEMPTS, _CALL_ATTEMPTS),
        whole_number(param, "rounds", "rounds", 1, _MAX_ROUNDS, _ROUNDS),
        language(param),
    )
    if not (page.text_timeout_s or page.caller):
        raise WrongValue("With 'text_timeout' 0 and without 'call', nobody would be asked. Set one of them.")
    if page.text_timeout_s and not page.sender.can_receive:
        raise WrongValue(
            f"Nobody can reply to {page.sender.value}, so nobody could take the alert by text. Set from_phone to a "
            "sender that can receive texts, or text_timeout to 0."
        )
    if page.text_timeout_s:
        page.inquiry(page.people[0]).check_length()
    if page.caller:
        spoken_message(page.message, page.language, "The parameter 'message'")
    return page
