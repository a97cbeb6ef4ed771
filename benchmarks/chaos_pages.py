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
"""Chaos for on-call pages: alerts in virtual time, trouble on every seam, and a count of broken promises.

    python -m benchmarks.chaos_pages [--pages 500] [--seed 1] [--share 0.3] [--log FILE]

A simulation is one run of "page on call" for up to three alerts, which share their people. Its plan is drawn from its
seed: a round trip, trouble for the requests, lags of Studio and of the logs, a queue for calls, a clock of Twilio's
edge that is ahead; people who answer by code or by word, pass, write something else first, answer late, twice, or with
STOP; phones that are answered, declined, hung up or taken by a machine, with the key 1, another key or none; texts that
do not arrive; and what the platform does: a person who cancels, a process that stands still, SIGTERM, progress that
raises. With --log, one seed is played alone, and every request, reply and result is written down in order.

Meanwhile, and afterwards, each result is held against the local Twilio:

- texted twice: a person got more questions than the result has text steps, or two notices
- called twice: more calls than call steps, two at once to one person, or two rows name one SID
- lost: a text or call went out that no row names or admits ("unknown")
- taken by nobody: a result says that somebody took it, who did not
- taken and not reported: somebody took it in time, and the result says that nobody did
- misreported: a result, or one of its rows, says anything else that is not so, at any moment
- rings on: the run ended, and a call of its own goes on that its row does not admit
- wrong notices: who took it got a notice, somebody who was asked did not, or there was no cause for one
- late: the run took longer than the sum of its times
- afterwards: a request was made after the end of its run, or was still under way
- crashed: the run left no results

All of them must be 0.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random
from typing import Any
from unittest import mock

from actions.asking import Asked, Questions
from benchmarks.chaos_calls import has_acknowledged
from benchmarks.chaos_program import chaos_program
from benchmarks.program import run_program
from benchmarks.promise_counts import PromiseCounts
from benchmarks.random_trouble import KINDS, RandomTrouble, SeededDraws
from benchmarks.simulated_run import SimulatedRun
from sandbox.memory_transport import MemoryRequest, Network, Trouble
from sandbox.twilio import CallOutcome, LocalTwilio, Message, Outcome
from sandbox.twilio.execution import Execution
from sandbox.virtual_time import VirtualClock
from twilio_api.caller import CALL_BUDGET_S, MAX_CALL_BUDGET_S
from twilio_connector import TwilioConnector
from twilio_consts import DEFAULT_RINGING_S, OUTAGE_S, REQUEST_DEADLINE_S


MAX_ALERTS = 3
_SURE_S = 1.5  # before the end of all steps: by then an answer came in time, in whole seconds
_ANSWERS_CALLS = (
    CallOutcome(after_s=4.0, keys="1", key_after_s=5.0),
    CallOutcome(after_s=3.0, keys="21", key_after_s=5.0, key_gap_s=3.0),
    CallOutcome(after_s=2.0, keys="9", key_after_s=3.0),
    CallOutcome(after_s=2.0, answered_by="machine_start"),
    CallOutcome(after_s=2.0, hang_up_after_s=3.0),
    CallOutcome("busy", after_s=2.0),
    CallOutcome("failed", after_s=1.0),
    *(CallOutcome("no-answer"),) * 3,
)
_TEXTS_END = (
    *(Outcome("delivered", 2.0, sent_after_s=1.0),) * 6,
    Outcome("sent", 3.0),
    Outcome("undelivered", 4.0, 30003, sent_after_s=1.0),
    Outcome("failed", 3.0, 30001),
)
# What a person writes after a question, in order, and nothing for most of them
_REPLIES: tuple[tuple[str, ...], ...] = (
    *((),) * 6,
    *(("take",),) * 3,
    *(("pass",),) * 2,
    ("word",),
    ("what?", "take"),
    ("take", "take"),
    ("take", "pass"),
    ("pass", "take"),
    ("STOP",),
)
_ADMITS = ("is not known", "cannot be known", "it was not ended")
_KINDS = {
    **KINDS,
    "Studio": lambda request: "//studio." in request.url,
    "what one person wrote": lambda request: "From" in request.params,
}
_DRAWING = (
    *("twilio_api.conversations.secrets", "twilio_api.caller.secrets"),
    *(f"sandbox.twilio.{name}.uuid" for name in ("message", "call", "execution", "flow")),
)
_OUTCOMES = ("taken", "not_taken", "not_sent", "unknown")


class Counts(PromiseCounts):
    """What the simulations counted."""

    GROUPS = {
        "What happened": (
            *("pages", "texted", "called", "replies", "notices", "requests", "troubles"),
            *("cancelled", "terminated"),
        ),
        "Outcomes": (*_OUTCOMES, "by_text", "by_call"),
    }
    PROMISES = (
        *("texted_twice", "called_twice", "lost", "taken_by_nobody", "taken_and_not_reported", "misreported"),
        *("rings_on", "wrong_notices", "late", "afterwards", "crashed"),
    )


@dataclass
class Simulation(SimulatedRun):
    """One run of "page on call"."""

    most: int = MAX_ALERTS
    was_cancelled: bool = False

    def __post_init__(self) -> None:
        self.rng = rng = Random(self.seed)
        self.clock = VirtualClock()
        self.twilio = LocalTwilio(clock=self.clock.time, sleep=self.clock.advance)
        self.network = Network(self.twilio, self.clock)
        self.round_trip_s = rng.choice((0.0, 0.02, 0.15, 0.3))
        self.sent: list[Message] = []
        self.texts: list[tuple[float, str, str, str]] = []  # what people wrote: when, who, the text, to which question
        self.ends: dict[str, float] = {}  # of all steps, by alert, as far as answers were waited for until then
        self.untrue: list[str] = []  # what results said meanwhile that was not so
        self._add = self.twilio.log.add
        self.twilio.log.add = self._note  # type: ignore[method-assign]
        people = [f"+1510111{number:04}" for number in range(rng.choice((1, 2, 3, 5)))]
        self.parameters = [self._alert(number, people) for number in range(rng.randint(1, self.most))]
        self._plan_twilio(people)
        self.troubles = RandomTrouble(self.network, rng, self.share if rng.random() < 0.8 else 0.0, _KINDS)
        self._trouble, self.network.trouble = self.network.trouble, self._watch
        self.app = self.network.prepare(TwilioConnector(), rng, skew_s=rng.choice((0.0, 0.0, -400.0, 3600.0)))
        self._plan_platform()

    def _alert(self, number: int, people: list[str]) -> dict[str, Any]:
        rng = self.rng
        order = rng.sample(people, rng.randint(1, len(people)))
        call = rng.random() < 0.8
        return {
            "people": ",".join(order),
            "message": f"Page {number}.",  # as a sentence, it is spoken unchanged
            "text_timeout": rng.choice((0.2, 0.5, 1.5) if not call or rng.random() < 0.8 else (0,)),
            "call": call,
            "call_attempts": rng.choice((1, 1, 2)),
            "rounds": rng.choice((1, 1, 1, 2)),
        }

    def _plan_twilio(self, people: list[str]) -> None:
        """Draw what Twilio does of its own: what becomes of texts and calls, lags, and a queue."""
        rng, studio, calls = self.rng, self.twilio.studio.settings, self.twilio.call_log
        for to in people:
            calls.outcomes[to], self.twilio.outcomes[to] = rng.choice(_ANSWERS_CALLS), rng.choice(_TEXTS_END)
        studio.begin_after_s = rng.choice((0.2, 0.2, 2.0))
        studio.context_lag_s, studio.context_lag_is_404 = rng.choice((0.0, 0.0, 3.0)), rng.random() < 0.5
        studio.step_lag_s = rng.choice((0.0, 0.0, 1.0, 4.0))
        studio.end_lag_s = rng.choice((0.0, 0.0, 1.0))
        studio.call_end_lag_s = rng.choice((0.0, 0.0, 1.0))
        studio.failures_leave_nothing = rng.random() < 0.8
        calls.lag_s = rng.choice((0.0, 0.0, 0.5))
        calls.calls_per_s = rng.choice((None, None, None, 0.5))
        self.twilio.log.lag_s = rng.choice((0.0, 0.5, 1.5))
        self.twilio.edge_ahead_s = rng.choice((0.0, 0.0, 0.5))

    def _plan_platform(self) -> None:
        """Let the platform raise, stand still, cancel, or end the process."""
        rng = self.rng
        self.progress_fails = rng.choice((0.0, 0.0, 0.0, 0.2, 1.0))
        if rng.random() < 0.1:
            self.clock.call_later(rng.uniform(0.0, 60.0), lambda: self.clock.advance(30.0))
        if rng.random() < 0.15:
            self.was_cancelled = True
            self.clock.call_later(rng.uniform(0.0, 150.0), self.app.cancel)
        if rng.random() < 0.1:
            self.clock.call_later(rng.uniform(0.0, 150.0), self.terminate)

    # --- what happens

    def _note(self, message: Message) -> None:
        """Keep what was sent, and let the person react to a question that reaches the phone."""
        self._add(message)
        self.sent.append(message)
        if message.is_inbound or "\nReply " not in message.body or message.reached_at is None:
            return
        at = message.reached_at + self.rng.choice(
            (1.0, 5.0, self.rng.uniform(1.0, 60.0), self.rng.uniform(60.0, 300.0))
        )
        for what in self.rng.choice(_REPLIES):
            self.clock.call_later(at - self.clock.now, lambda what=what: self._reply(message, what))  # type: ignore[misc]
            at += self.rng.choice((1.2, 7.0, 40.0))  # Twilio dates in whole seconds

    def _reply(self, question: Message, what: str) -> None:
        codes = re.findall(r"\d{4}", question.body.rpartition("\n")[2])
        text = {"take": codes[0], "pass": codes[1], "word": "take it"}.get(what, what)
        self.texts.append((self.clock.now, question.to, what, question.sid))
        self.lines.append((self.clock.monotonic(), f"{question.to} writes {text!r}"))
        self.twilio.receive(question.to, question.from_, text)

    def _watch(self, request: MemoryRequest) -> Trouble | None:
        """Hold the results against the local Twilio as they stand now, with each request."""
        for parameter, result in zip(self.parameters, self.app.get_action_results()):
            if result.get_summary().get("outcome") == "not_sent" and self.made(parameter["message"]):
                self.untrue.append(f"{parameter['message']} is reported as not sent at {request.at:.3f}")
        # No two calls take equally long, so that the order of what happens is the same on each Python
        self.network.round_trip_s = self.round_trip_s + self.rng.uniform(0.0, 0.001)
        return self._trouble(request)

    def made(self, alert: str) -> list[Any]:
        """The questions, and executions that call, of an alert."""
        return [*self.questions(alert), *self.executions(alert)]

    def questions(self, alert: str) -> list[Message]:
        """The questions of an alert."""
        return [each for each in self.sent if not each.is_inbound and each.body.startswith(f"{alert}\nReply ")]

    def notices(self, alert: str) -> list[Message]:
        """The texts that tell who has taken it."""
        return [each for each in self.sent if each.body.endswith(f" has taken it: {alert}")]

    def executions(self, alert: str) -> list[Execution]:
        """What called for an alert."""
        return [each for each in self.twilio.studio.executions if each.parameters.get("message") == alert]

    def run(self) -> None:
        """Run the app; what becomes of it stands in the results of `app`."""
        end_wait = Questions.end_wait

        def note_end(questions: Questions, asked: Asked) -> None:
            self.ends[asked.inquiry.question] = self.clock.now
            end_wait(questions, asked)

        with mock.patch.object(Questions, "end_wait", note_end):
            self.act("page on call")
        self.live_at_end = {call.sid for call in self.twilio.calls if call.is_live}
        self.clock.advance(60.0)


def simulate(seed: int, share: float, most: int = MAX_ALERTS) -> tuple[Simulation, Counts]:
    """Play a seed, and judge it."""
    draws = SeededDraws(Random(seed))
    with ExitStack() as stack:
        for used in _DRAWING:
            stack.enter_context(mock.patch(used, draws))
        simulation = Simulation(seed, share, most)
        simulation.run()
    counts = Counts(
        pages=len(simulation.parameters),
        replies=len(simulation.texts),
        requests=len(simulation.network.calls),
        troubles=simulation.troubles.met,
        cancelled=simulation.was_cancelled,
        terminated=isinstance(simulation.error, SystemExit),
    )
    Judge(simulation, counts).judge()
    return simulation, counts


class Judge:
    """Holds the results of a run against what the local Twilio did."""

    def __init__(self, simulation: Simulation, counts: Counts) -> None:
        self._simulation = simulation
        self._counts = counts
        self._now = simulation.clock.now

    def judge(self) -> None:
        """Count what happened, and the promises that were broken."""
        simulation = self._simulation
        if simulation.error is not None and not isinstance(simulation.error, SystemExit):
            self._broke("crashed", repr(simulation.error))
        for what in simulation.untrue:
            self._broke("misreported", what)
        for result in simulation.results:
            self._judge_result(result["parameter"]["message"], result)
        self._judge_overlaps()
        if simulation.seconds > self._longest_s():
            self._broke("late", f"{simulation.seconds:.0f} s")
        if simulation.still_under_way or len(simulation.network.calls) > simulation.requests_at_end:
            self._broke("afterwards", "")

    def _judge_result(self, alert: str, result: dict[str, Any]) -> None:
        simulation, counts, summary = self._simulation, self._counts, result["summary"]
        outcome, rows = str(summary["outcome"]), result["data"]
        setattr(counts, outcome, getattr(counts, outcome) + 1)
        questions, executions = simulation.questions(alert), simulation.executions(alert)
        notices = simulation.notices(alert)
        counts.texted, counts.called = counts.texted + len(questions), counts.called + len(executions)
        counts.notices += len(notices)
        self._judge_steps(alert, "text", rows, [(each.to, {each.sid}) for each in questions])
        self._judge_steps(alert, "call", rows, [(each.to, {each.sid, *_call_sids(each)}) for each in executions])
        self._judge_steps(alert, "notice", rows, [(each.to, {each.sid}) for each in notices])
        if (result["status"] == "success") != (outcome == "taken"):
            self._broke("misreported", f"{alert} {outcome} is a {result['status']}")
        if outcome == "not_sent" and (questions or executions):
            self._broke("misreported", f"{alert} is reported as not sent: {result['message']!r}")
        if outcome == "taken":
            self._judge_taker(alert, summary, executions)
        elif outcome != "unknown":
            self._judge_whether_taken(alert, result, executions)
        self._judge_notices(alert, summary, rows, Counter(each.to for each in notices))
        for execution in executions:
            self._judge_end(alert, rows, execution)

    def _judge_steps(self, alert: str, kind: str, rows: list[dict[str, Any]], made: list[tuple[str, set[str]]]) -> None:
        """Whether each step went out once, and is named."""
        rows = [row for row in rows if row["kind"] == kind]
        twice = "called_twice" if kind == "call" else "texted_twice"
        named = Counter(row["sid"] for row in rows if row["sid"])
        if max(named.values(), default=0) > 1:
            self._broke(twice, f"{alert} names a {kind} twice")
        for person in {to for to, _ in made}:
            theirs = [sids for to, sids in made if to == person]
            steps = [row for row in rows if row["person"] == person and row["outcome"] != "not_sent"]
            if len(theirs) > len(steps):
                self._broke(twice, f"{alert} {kind} to {person}: {len(theirs)} for {len(steps)} steps")
            unnamed = sum(sids.isdisjoint(named) for sids in theirs)
            if unnamed > sum(row["outcome"] == "unknown" and not row["sid"] for row in steps):
                self._broke("lost", f"{alert} {kind} to {person}: {unnamed} that no row names")
        for row in rows:
            if row["sid"] and not any(row["sid"] in sids and to == row["person"] for to, sids in made):
                self._broke("misreported", f"{alert} names another {kind}, {row['sid']}")

    def _judge_taker(self, alert: str, summary: dict[str, Any], executions: list[Execution]) -> None:
        taker, means = summary["taken_by"], summary["taken_with"]
        self._counts.count(f"by_{means}")
        sids = {question.sid for question in self._simulation.questions(alert)}
        wrote = any(
            who == taker and what in ("take", "word") and sid in sids for _, who, what, sid in self._simulation.texts
        )
        pressed = any(each.to == taker and has_acknowledged(each, self._now) for each in executions)
        if not {"text": wrote, "call": pressed}[means]:
            self._broke("taken_by_nobody", f"{alert} by {taker} by {means}")

    def _judge_whether_taken(self, alert: str, result: dict[str, Any], executions: list[Execution]) -> None:
        simulation = self._simulation
        if any(has_acknowledged(each, self._now) for each in executions):
            self._broke("taken_and_not_reported", f"{alert} by call: {result['message']!r}")
        end = simulation.ends.get(alert)
        if end is None or simulation.error is not None or simulation.app.is_action_cancelled():
            return
        for question in simulation.questions(alert):
            answers = [(at, what) for at, _, what, sid in simulation.texts if sid == question.sid]
            first = next(((at, what) for at, what in answers if what in ("take", "pass", "word")), None)
            stopped = [at for at, who, what, _ in simulation.texts if (who, what) == (question.to, "STOP")]
            if first and first[1] == "take" and first[0] < min([end - _SURE_S, *stopped]):
                self._broke("taken_and_not_reported", f"{alert} by a text of {question.to}: {result['message']!r}")

    def _judge_notices(
        self, alert: str, summary: dict[str, Any], rows: list[dict[str, Any]], notices: Counter[str]
    ) -> None:
        taker = summary.get("taken_by")
        if notices and (taker is None or taker in notices):
            self._broke("wrong_notices", f"{alert}, taken by {taker}: {dict(notices)}")
        if max(notices.values(), default=0) > 1:
            self._broke("texted_twice", f"{alert} notices {dict(notices)}")
        if taker is None or self._simulation.error is not None or self._simulation.app.is_action_cancelled():
            return
        asked = {row["person"] for row in rows if row["kind"] != "notice" and row["outcome"] != "not_sent"}
        if {row["person"] for row in rows if row["kind"] == "notice"} != asked - {taker}:
            self._broke("wrong_notices", f"{alert}: not everybody who was asked was to get one")

    def _judge_end(self, alert: str, rows: list[dict[str, Any]], execution: Execution) -> None:
        """Whether a call that goes on after the run is admitted; somebody who hears goodbye is no longer called."""
        simulation = self._simulation
        live = any(call.sid in simulation.live_at_end for call in execution.calls)
        if not live or isinstance(simulation.error, SystemExit):
            return
        sids = {execution.sid, *_call_sids(execution)}
        row = next((row for row in rows if row["sid"] in sids), None)
        sids |= {f"{sid}.json" for sid in sids}
        text = str(row["text"]) if row is not None else "cannot be known"
        if row is not None and row["outcome"] in ("acknowledged", "not_acknowledged"):
            return
        ended = any(call.method == "POST" and call.path.endswith(tuple(sids)) for call in simulation.network.calls)
        is_admitted = any(words in text for words in _ADMITS) and (row is None or ended)
        if not is_admitted:
            self._broke("rings_on", f"{alert} {text!r}")

    def _judge_overlaps(self) -> None:
        """Whether anybody was called twice at the same time, but for calls of which the run did not know."""
        named = {row["sid"] for result in self._simulation.results for row in result["data"]}
        spans: dict[str, list[tuple[float, float]]] = {}
        for execution in self._simulation.twilio.studio.executions:
            if not named.isdisjoint({execution.sid, *_call_sids(execution)}):
                for call in execution.calls:
                    end = call.ended_at(self._now)
                    spans.setdefault(call.to, []).append((call.created, self._now if end is None else end))
        for to, times in spans.items():
            for (_, end), (begin, _) in zip(sorted(times), sorted(times)[1:]):
                if begin < end - 0.001:
                    self._broke("called_twice", f"{to} at the same time, for {end - begin:.1f} s")

    def _longest_s(self) -> float:
        """The sum of the times of all steps: in the worst case each call waits for all others."""
        text_s = 3 * OUTAGE_S + 4 * REQUEST_DEADLINE_S
        call_s = 2 * (CALL_BUDGET_S + DEFAULT_RINGING_S) + 3 * OUTAGE_S + 8 * REQUEST_DEADLINE_S
        if self._simulation.twilio.call_log.calls_per_s:
            call_s += MAX_CALL_BUDGET_S
        total_s = 2 * text_s  # the last answers, and the notices
        for row in self._simulation.parameters:
            steps = row["rounds"] * len(row["people"].split(","))
            total_s += steps * (row["text_timeout"] * 60.0 + text_s + row["call"] * row["call_attempts"] * call_s)
        return float(total_s)

    def _broke(self, promise: str, what: str) -> None:
        self._counts.broke(promise, f"seed {self._simulation.seed}: {what}")


def _call_sids(execution: Execution) -> set[str]:
    return {call.sid for call in execution.calls}


def chaos(pages: int, seed: int, share: float, on_progress: Callable[[int], object] = lambda pages: None) -> Counts:
    """Play as many seeds as so many pages need, and add up what they counted."""
    total = Counts()
    number = 0
    while total.pages < pages:
        _, counts = simulate(seed * 1_000_000 + number, share, min(MAX_ALERTS, pages - total.pages))
        total.add(counts)
        on_progress(counts.pages)
        number += 1
    return total


def played(simulation: Simulation) -> Iterator[str]:
    """Every request, reply, progress line and result of a simulation in order."""
    requests = [
        (call.at, f"{call.method} {call.path} {dict(call.params)} {dict(call.form)}")
        for call in simulation.network.calls
    ]
    for at, what in sorted([*requests, *simulation.lines], key=lambda moment: moment[0]):
        yield f"{at:9.3f} {what}"
    yield from map(str, simulation.results)


def main() -> int:
    """Play what the command line asks for, and return the exit status."""
    return chaos_program(
        __doc__,
        unit="pages",
        default=500,
        share=0.3,
        simulate=simulate,
        played=played,
        chaos=chaos,
    )


if __name__ == "__main__":
    run_program(main)
