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
"""Questions in virtual time, people who answer in any way, trouble on every seam, and a count of broken promises.

A simulation is one run of "ask question", and "get response" for each of its questions when it is over. Its plan is
drawn from its seed: the sender (a number, WhatsApp, a service with a pool, with or without sticky senders or an RCS
agent), up to ten people of whom one may be asked twice, what they write, when, from where and to which number, now and
then more than a page of the log at once; other playbooks that ask or text the same people, with the same codes now and
then, and redact or delete that again; other traffic of up to 50 messages a second that drains from its queue; a log
that lags or shows its rows in any order; late receipts; a round trip; trouble for the calls; a person who cancels.

Afterwards the written rules (answer_rules) judge by the messages that were really there:

- asked twice: more questions were created than were to be asked
- wrong answers: a result has an answer that nobody gave
- lost answers: a wait ended without the answer that was there in time, or get response does not have it
- misreported: a result says what is not so
- sent twice: a reply line or a confirmation was sent twice, or without a cause
- late: the run took longer than it may
- afterwards: a call was made after the end of its run, or was still under way
- crashed: the run left no results

All of them must be 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random
from typing import Any
from unittest import mock

from benchmarks.chaos_program import chaos_program
from benchmarks.chaos_questions.answer_rules import Verdict, codes_of, is_reply_line_of, is_same_person, verdicts
from benchmarks.chaos_questions.conversations import FORMS
from benchmarks.promise_counts import PromiseCounts
from benchmarks.random_trouble import RandomTrouble, SeededDraws
from benchmarks.simulated_run import SimulatedRun
from sandbox.memory_transport import Network
from sandbox.soar import run_action
from sandbox.twilio import FROM_PHONE, SERVICE_SID, WHATSAPP_SENDER, LocalTwilio, Message, Outcome, PhoneNumber
from sandbox.virtual_time import VirtualClock
from twilio_connector import TwilioConnector
from twilio_consts import DEFAULT_PAGE_SIZE, OUTAGE_S, REQUEST_DEADLINE_S, UNDELIVERED_STATUSES


POOL = (FROM_PHONE, "+15105550001", "+15105550002")
BROADCASTER = "+15109990000"
RESPONSES = ("yes,no", "yes,no", "isolate,do not isolate,call me", "ok", "room 101,room 102")
CONFIRMATION = "Thank you, noted."
_RIVAL_LINE = "Reply 9711 for yes, 9712 for no"
# What becomes of a message to a person, most often delivered soon; the receipts of some come late.
_OUTCOMES = (
    *(Outcome("delivered", 2.0, sent_after_s=1.0),) * 6,
    Outcome("sent", 3.0),
    Outcome("delivered", 40.0, sent_after_s=20.0),
    Outcome("delivered", 150.0, sent_after_s=1.0),
    Outcome("undelivered", 4.0, 30003, sent_after_s=1.0),
    Outcome("undelivered", 100.0, 30003, sent_after_s=1.0),
    Outcome("failed", 3.0, 30001),
)


class Counts(PromiseCounts):
    """What the simulations counted."""

    GROUPS = {
        "What happened": ("questions", "texts", "other_messages", "calls", "troubles", "cancelled", "get_responses"),
        "Outcomes": ("answered", "asked", "no_response", "undelivered", "not_sent", "unknown"),
        "Answered": ("with_code", "with_word"),
    }
    PROMISES = (
        *("asked_twice", "wrong_answers", "lost_answers", "misreported", "sent_twice"),
        *("late", "afterwards", "crashed"),
    )


@dataclass
class Simulation(SimulatedRun):
    """One run of "ask question" and its world, and a run of "get response" when all is over."""

    was_cancelled: bool = False

    def __post_init__(self) -> None:
        self.rng = rng = Random(self.seed)
        self.clock = VirtualClock()
        numbers = [PhoneNumber(number) for number in (*POOL, BROADCASTER)]
        pool = ("rcs:AcmeSOC",) if rng.random() < 0.2 else POOL
        self.twilio = LocalTwilio(
            clock=self.clock.time, sleep=self.clock.advance, numbers=numbers, services={SERVICE_SID: pool}
        )
        (service,) = self.twilio.account.senders.services
        service.is_sticky = rng.random() < 0.5
        self.network = Network(self.twilio, self.clock, round_trip_s=rng.choice((0.0, 0.05, 0.3)))
        self.sender = rng.choice((FROM_PHONE, FROM_PHONE, SERVICE_SID, SERVICE_SID, WHATSAPP_SENDER))
        self.log_of: dict[str, Message] = {}  # every message that was ever there, by SID
        self.bodies: dict[str, str] = {}  # what they said before they were redacted
        self.rivals: set[str] = set()
        self._add = self.twilio.log.add
        self.twilio.log.add = self._note  # type: ignore[method-assign]
        self.twilio.log.lag_s, self.twilio.log.unordered_s = rng.choice((0.0, 0.5, 1.5)), rng.choice((0.0, 5.0))
        self.twilio.log.unsent_first = rng.random() < 0.3
        self._plan_questions()
        self._plan_traffic()
        self.troubles = RandomTrouble(self.network, rng, self.share)
        self.app = self.network.prepare(TwilioConnector(), rng, skew_s=rng.choice((0.0, 0.0, -400.0, 3600.0)))
        if rng.random() < 0.08:
            self.was_cancelled = True
            self.clock.call_later(rng.uniform(0.0, 90.0), self.app.cancel)

    # --- the plan

    def _plan_questions(self) -> None:
        rng = self.rng
        people = [f"+1510111{number:04}" for number in range(rng.choice((1, 1, 2, 3, 4, 9)))]
        if rng.random() < 0.1:
            people[0] = "+525512345678"
        people += [rng.choice(people)] * (rng.random() < 0.2)
        self.parameters = [
            {
                "to_phone": person,
                "question": f"Question {number}: isolate host WS-{rng.randrange(10_000):04}?",
                "responses": rng.choice(RESPONSES),
                "timeout": rng.choice((0.5, 0.5, 1, 1, 2)) if rng.random() < 0.93 else 0,
                "require_code": rng.random() < 0.2,
                "confirmation": CONFIRMATION if rng.random() < 0.5 else "",
            }
            for number, person in enumerate(people)
        ]
        for person in people:
            self.twilio.outcomes[person] = rng.choice(_OUTCOMES)
            if self.sender == WHATSAPP_SENDER:  # opens the 24 hours of free text
                self.twilio.receive(f"whatsapp:{person}", WHATSAPP_SENDER, "hi", created=self.clock.time() - 3600.0)
            for _ in range(rng.choice((0, 0, 0, 1, 2))):
                self.clock.call_later(rng.uniform(-20.0, 90.0), lambda person=person: self._rival(person))  # type: ignore[misc]

    def _plan_traffic(self) -> None:
        """Let a broadcast drain from its queue, so that its rows stand in front of the log as they leave."""
        rate = self.rng.choice((0, 0, 0, 0, 0, 0, 0, 5, 20, 50))
        if rate:
            self.twilio.log.outcome = Outcome("delivered", 1.0)
            self.twilio.log.segments_per_s = float(rate)
            for number in range(rate * 60):
                self.twilio.add_message(f"+1202555{number:04}", f"alert {number}", from_=BROADCASTER)
            self.twilio.log.segments_per_s = None

    # --- what happens

    def _rival(self, person: str) -> None:
        """Let another playbook text somebody, or ask; what it sent may be redacted later, or deleted."""
        rng = self.rng
        asked = [message for message in self.log_of.values() if message.person == person and codes_of(_row(message))]
        line = asked[-1].body.rpartition("\n")[2] if asked and rng.random() < 0.1 else _RIVAL_LINE
        body = rng.choice(("Are you in the office?", f"Rival: reset the VPN?\n{line}", _RIVAL_LINE))
        address = f"whatsapp:{person}" if self.sender == WHATSAPP_SENDER else person
        from_ = WHATSAPP_SENDER if self.sender == WHATSAPP_SENDER else FROM_PHONE
        message = self.twilio.log.draft(address, from_, body, outcome=Outcome("delivered", 1.0))
        self.rivals.add(message.sid)
        self.twilio.log.add(message)
        if rng.random() < 0.2:
            self.clock.call_later(rng.uniform(5.0, 100.0), lambda: setattr(message, "body", ""))
        elif rng.random() < 0.2:  # when whoever asked has surely seen it
            self.clock.call_later(300.0, lambda: self.twilio.log.remove(message))

    def _note(self, message: Message) -> None:
        """Keep what was sent, and let the person react to what reaches the phone."""
        self._add(message)
        self.log_of[message.sid] = message
        self.bodies[message.sid] = message.body
        if message.from_ == BROADCASTER or message.is_inbound or not codes_of(_row(message)):
            return
        at = message.reached_at
        if at is None:
            at = message.created + 5.0  # it may arrive all the same, whatever the carrier says
        waits = (60.0 * each["timeout"] for each in self.parameters if message.body.startswith(each["question"]))
        end_at = message.created + next(waits, 60.0)
        for _ in range(self.rng.choice((0, 1, 1, 1, 2, 3, 8))):
            usual = self.rng.choice((0.0, 1.0, 3.0, self.rng.uniform(0.0, 100.0)))
            moment = end_at - self.rng.uniform(0.0, 5.0) if self.rng.random() < 0.15 else at + usual
            self.clock.call_later(moment - self.clock.now, lambda: self._react(message))

    def _react(self, message: Message) -> None:
        """Let a person write something about a question."""
        rng, codes = self.rng, list(codes_of({"body": self.bodies[message.sid]}).items())
        (code, word), (other_code, other_word) = rng.choice(codes), rng.choice(codes)
        form = rng.choice(("{code}", "{word}", rng.choice(FORMS)))
        if len(code) == 6 and rng.random() < 0.3:
            form = "{guess}"
        line = self.bodies[message.sid].rpartition("\n")[2]
        text = form.format(
            code=code,
            word=word,
            upper=word.upper(),
            arabic=code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
            other_code=other_code,
            other_word=other_word,
            guess=f"{rng.randrange(10**6):06d}",
            question=self.bodies[message.sid],
            cut=self.bodies[message.sid].partition(", ")[0],
            line=line,
            cut_line=line.partition(", ")[0],
        )
        person, to = message.to, message.from_
        if to in POOL and rng.random() < 0.2:
            to = rng.choice(POOL)
        if person == "whatsapp:+525512345678" and rng.random() < 0.5:
            person = "whatsapp:+5215512345678"
        after_s = rng.choice((0.0, 0.0, 0.0, 30.0)) if rng.random() < 0.2 else 0.0
        self.twilio.receive(person, to, text, after_s=after_s)
        if rng.random() < 0.03:  # what was said before stands on a later page of the person's log
            for _ in range(rng.randrange(DEFAULT_PAGE_SIZE, 3 * DEFAULT_PAGE_SIZE)):
                self.twilio.receive(person, to, "hm")

    # --- the run

    @property
    def asset(self) -> dict[str, Any]:
        """The configuration of the asset, with its sender."""
        return {**super().asset, "from_phone": self.sender}

    def show(self, line: str, is_kept: bool) -> None:
        """Show a line of progress."""
        self.lines.append((self.clock.monotonic(), f"progress {line}"))

    def run(self) -> None:
        """Run the app, and fetch the answer to each question when all is over."""
        self.act("ask question")
        self.clock.advance(400.0)
        self.network.trouble = lambda request: None
        self.twilio.faults.choose = lambda request: None
        sids = [str(result["summary"]["question_id"]) for result in self.results if "question_id" in result["summary"]]
        app = self.network.prepare(TwilioConnector(), self.rng)
        questions = [{"question_id": sid} for sid in sids]
        fetched = run_action("get response", self.asset, questions, connector=app, progress=self.show) if sids else {}
        self.fetched = dict(zip(sids, fetched.get("result_data", [])))

    def judgements(self) -> list[dict[str, Verdict]]:
        """What the written rules say, whichever of the changes to other messages the app saw before they happened."""
        found: list[dict[str, Any]] = [{}]
        for message in self.log_of.values():
            if BROADCASTER in (message.from_, message.to):
                continue
            known = {**_row(message), "body": self.bodies[message.sid]}
            ways: list[dict[str, Any] | None] = [known]
            if message.body != known["body"]:
                ways.append(_row(message))
            if self.twilio.log.find(message.sid) is None:
                ways.append(None)
            found = [{**rows, message.sid: way} for rows in found for way in ways]
        return [verdicts([row for row in rows.values() if row]) for rows in found]

    def final_judgement(self) -> dict[str, Verdict]:
        """What they say of what the log shows now."""
        messages = self.twilio.log.in_order()
        return verdicts([_row(each) for each in messages if BROADCASTER not in (each.from_, each.to)])


def _row(message: Message) -> dict[str, Any]:
    return dict(message.resource(1e12))


def simulate(seed: int, share: float) -> tuple[Simulation, Counts]:
    """Play a seed, and judge it."""
    draws = SeededDraws(Random(seed))
    with ExitStack() as stack:
        for used in ("twilio_api.conversations.secrets", "actions.asking.secrets", "sandbox.twilio.message.uuid"):
            stack.enter_context(mock.patch(used, draws))
        simulation = Simulation(seed, share)
        simulation.run()
    texts = sum(message.is_inbound for message in simulation.log_of.values())
    counts = Counts(
        questions=len(simulation.parameters),
        texts=texts,
        other_messages=len(simulation.log_of) - texts,
        calls=len(simulation.network.calls),
        troubles=simulation.troubles.met,
        cancelled=simulation.was_cancelled,
        get_responses=len(simulation.fetched),
    )
    _Judge(simulation, counts).judge()
    return simulation, counts


class _Judge:
    """Holds the results of a simulation against what was there."""

    def __init__(self, simulation: Simulation, counts: Counts) -> None:
        self._simulation, self._counts = simulation, counts
        self._judgements = simulation.judgements()
        self._final = simulation.final_judgement()
        self._own = [each for sid, each in simulation.log_of.items() if sid not in simulation.rivals]

    def judge(self) -> None:
        """Count the outcomes, and the promises that were broken."""
        simulation = self._simulation
        is_cut_short = len(simulation.results) < len(simulation.parameters) and not simulation.was_cancelled
        if simulation.error is not None or is_cut_short:
            self._broke("crashed", repr(simulation.error))
            return
        for parameter, result in zip(simulation.parameters, simulation.results):
            outcome = str(result["summary"].get("outcome"))
            self._counts.count(outcome)
            asked = [each for each in self._own if simulation.bodies[each.sid].startswith(f"{parameter['question']}\n")]
            if len(asked) > 1:
                self._broke("asked_twice", parameter["question"])
            self._judge_outcome(parameter, result, outcome, asked)
        self._judge_asides()
        longest_s = max(60.0 * parameter["timeout"] for parameter in simulation.parameters)
        creation_s = len(simulation.parameters) * (2 * OUTAGE_S + 2 * REQUEST_DEADLINE_S)
        if simulation.seconds > longest_s + creation_s + 2 * OUTAGE_S + 6 * REQUEST_DEADLINE_S:
            self._broke("late", f"{simulation.seconds:.0f} s")
        if simulation.still_under_way:
            self._broke("afterwards", f"{simulation.still_under_way} calls")

    def _judge_outcome(
        self, parameter: dict[str, Any], result: dict[str, Any], outcome: str, asked: list[Message]
    ) -> None:
        summary, message = result["summary"], result["message"]
        if outcome in ("not_sent", "unknown"):
            if outcome == "not_sent" and asked:
                self._broke("misreported", f"{message}: but {asked[0].sid} was sent")
            return
        sid = str(summary["question_id"])
        if [each.sid for each in asked] != [sid]:
            self._broke("misreported", f"{sid} is not the question")
            return
        views = [view[sid] for view in self._judgements]
        reported = summary.get("response")
        if outcome == "answered":
            text = result["data"][0]["response_message"]
            if not any(
                (view.response, view.answer_sid, view.answered_with)
                == (reported, text["sid"], summary["answered_with"])
                for view in views
            ):
                self._broke("wrong_answers", f"{sid}: {reported} by {text['sid']}, not {views}")
            self._counts.count(f"with_{summary['answered_with']}")
        elif not self._is_true(parameter, message, outcome, asked[0], views):
            self._broke("misreported", f"{sid}: {message}, not {views}")
        elif "timed out" in message and "could not be read" not in message:
            self._judge_time_out(parameter, asked[0], views)
        self._judge_fetched(sid, outcome, reported)

    def _is_true(
        self, parameter: dict[str, Any], message: str, outcome: str, asked: Message, views: list[Verdict]
    ) -> bool:
        """Whether a result without an answer says what is so."""
        others = [each for each in self._simulation.log_of.values() if each.sid != asked.sid and not each.is_inbound]
        own = codes_of({"body": self._simulation.bodies[asked.sid]})
        shared = any(set(own) & set(codes_of({"body": self._simulation.bodies[each.sid]})) for each in others)
        whys = {
            "Question timed out": True,
            "Question sent": not parameter["timeout"],
            "The wait for an answer was cancelled": self._simulation.was_cancelled,
            "Too many wrong codes": any(view.is_closed for view in views),
            "The person texted STOP": any(view.stopped_by for view in views),
            "Another question to this person carries": shared,
            "Message delivery status": outcome == "undelivered" and asked.outcome.status in UNDELIVERED_STATUSES,
        }
        return any(message.startswith(why) and is_so for why, is_so in whys.items())

    def _judge_time_out(self, parameter: dict[str, Any], asked: Message, views: list[Verdict]) -> None:
        """A wait that timed out must not have had an answer.

        A word may be none while nobody knows whether something else was sent to this person, which a result says.
        """
        in_time = asked.created + 60.0 * parameter["timeout"] - 1.0
        is_unsure = any(
            result["summary"]["outcome"] == "unknown" or "It cannot be known whether" in result["message"]
            for other, result in zip(self._simulation.parameters, self._simulation.results)
            if other is not parameter and other["to_phone"] == parameter["to_phone"]
        )
        for view in views:
            text = self._simulation.log_of.get(view.answer_sid or "")
            if text is None or text.created > in_time or (is_unsure and view.answered_with == "word"):
                return
        self._broke("lost_answers", f"{asked.sid}: {views[0]}")

    def _judge_fetched(self, sid: str, outcome: str, reported: str | None) -> None:
        """What "get response" says must be what the log says now, and what was reported before."""
        result, view = self._simulation.fetched[sid], self._final[sid]
        found = result["summary"].get("response")
        if found != view.response:
            self._broke(
                "lost_answers" if view.response else "wrong_answers", f"get response {sid}: {found}, not {view}"
            )
        if outcome == "answered" and len(self._judgements) == 1 and found != reported:
            self._broke("misreported", f"get response {sid}: {found}, and {reported} before")

    def _judge_asides(self) -> None:
        """Reply lines and confirmations: once, and not without a cause."""
        answered: Counter[str] = Counter()
        for parameter, result in zip(self._simulation.parameters, self._simulation.results):
            sid = result["summary"].get("question_id")
            answered[parameter["to_phone"]] += result["summary"].get("response_received") is True and bool(
                parameter["confirmation"]
            )
            if sid is None:
                continue
            codes = self._judgements[0][sid].codes
            person = parameter["to_phone"]
            bodies = [
                {"body": self._simulation.bodies[each.sid]} for each in self._own if is_same_person(each.to, person)
            ]
            lines = [body for body in bodies if is_reply_line_of(body, codes)]
            if len(lines) > 1 or (lines and not any(view[sid].calls_for_reply_line for view in self._judgements)):
                self._broke("sent_twice", f"{sid}: {len(lines)} reply lines")
        sent = Counter(
            each.to.rpartition(":")[2] for each in self._own if self._simulation.bodies[each.sid] == CONFIRMATION
        )
        if sent - answered:
            self._broke("sent_twice", f"confirmations {sent - answered}")

    def _broke(self, promise: str, what: str) -> None:
        self._counts.broke(promise, f"seed {self._simulation.seed}: {what}")


def chaos(questions: int, seed: int, share: float, on_progress: Callable[[int], object]) -> Counts:
    """Play as many seeds as so many questions need, and add up what they counted."""
    total, number = Counts(), 0
    while total.questions < questions:
        _, counts = simulate(seed * 1_000_000 + number, share)
        total.add(counts)
        on_progress(counts.questions)
        number += 1
    return total


def played(simulation: Simulation) -> Iterator[str]:
    """Every call, text, progress line and result of a simulation in order, with SIDs as numbers."""
    start = simulation.clock.now - simulation.clock.monotonic()
    calls = [
        (call.at, f"{call.method} {call.path} {dict(call.params)} {dict(call.form)}")
        for call in simulation.network.calls
    ]
    texts = [
        (each.created - start, f"text {each.sid} of {each.from_} to {each.to}: {simulation.bodies[each.sid]!r}")
        for each in simulation.log_of.values()
        if each.is_inbound or each.sid in simulation.rivals
    ]
    happened = sorted([*calls, *texts, *simulation.lines], key=lambda moment: moment[0])
    text = "\n".join([*(f"{at:9.3f} {what}" for at, what in happened), *map(str, simulation.results)])
    for number, sid in enumerate(simulation.log_of, 1):
        text = text.replace(sid, f"SM#{number}")
    yield from text.splitlines()


def main() -> int:
    """Play what the command line asks for, and return the exit status."""
    return chaos_program(
        __doc__,
        unit="questions",
        default=500,
        share=0.1,
        simulate=simulate,
        played=played,
        chaos=chaos,
    )
