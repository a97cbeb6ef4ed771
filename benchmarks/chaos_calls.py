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
"""Chaos for calls: hundreds of calls in virtual time, trouble on every seam, and a count of broken promises.

    python -m benchmarks.chaos_calls [--calls 500] [--seed 1] [--share 0.3] [--log FILE]

A simulation is one run of "call phone" for some twenty people, most of whom are asked for a key. Its plan is drawn from
its seed: round trip, trouble for the requests, outages of either host, lags of Studio, of contexts and of logs, a
queue, a clock of Twilio's edge that is ahead, a token that is wrong for a moment, numbers that Twilio refuses to call;
people who answer, decline, hang up, press 1, wrong keys or nothing, speak, or have a machine that answers; other runs
that call the same people, also at the same moment, with a flow or without, and an execution of theirs that never ends;
flows of the app's name that somebody edited; somebody who ends flows and calls by hand; and what the platform does: a
person who cancels at any request, also when the call log or a host is down, a process that stands still, SIGTERM,
progress that raises. With --log, one seed is played alone, and every request and result is written down in order.

Afterwards each result is held against the local Twilio:

- called twice: more calls were made than were asked for, one to somebody who had acknowledged, two at once to one
  person, or two results name one call
- lost: a call was made that no result names or admits ("unknown")
- misreported: a result names a call that is not its own, or says of its end what is not so
- acknowledged without a key: a result says that a person acknowledged, and nobody pressed 1 in that call
- rings on: a cancelled run left a call of its own that goes on, and its result does not say so
- ended others': a call of a rival was ended
- late: the run took longer than it may
- afterwards: a request was made after the end of its run, or was still under way
- crashed: the run left no results

All of them must be 0.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from benchmarks.chaos_program import chaos_program
from benchmarks.program import run_program
from benchmarks.promise_counts import PromiseCounts
from benchmarks.random_trouble import KINDS, RandomTrouble
from benchmarks.simulated_run import SimulatedRun
from sandbox.memory_transport import MemoryRequest, Network, Trouble
from sandbox.twilio import Call, CallOutcome, LocalTwilio
from sandbox.twilio.call import FINAL_STATUSES, NewCall, Script
from sandbox.twilio.errors import ApiError
from sandbox.twilio.execution import Execution
from sandbox.twilio.twiml import Utterance
from sandbox.virtual_time import VirtualClock
from twilio_api.acknowledgement import Speech, definition, flow_name
from twilio_api.caller import CALL_BUDGET_S, MAX_CALL_BUDGET_S
from twilio_connector import TwilioConnector
from twilio_consts import OUTAGE_S, REQUEST_DEADLINE_S


CALLS_A_RUN = 20
RINGING_S = 8
_ANSWERS = (
    CallOutcome(after_s=2.0, keys="1", key_after_s=3.0),
    CallOutcome(after_s=1.0, keys="1", key_after_s=4.5, hang_up_after_s=4.6),
    CallOutcome(after_s=2.0, keys="21", key_after_s=3.0, key_gap_s=2.0),
    CallOutcome(after_s=2.0, keys="#*31", key_after_s=3.0, key_gap_s=2.0),
    CallOutcome(after_s=2.0, keys="9", key_after_s=3.0),
    CallOutcome(after_s=2.0, says="Hello? | Who is it? | It will rain", keys="1", key_after_s=9.0),
    CallOutcome(after_s=2.0, says="Hello? | Hello?", keys="2#*", key_after_s=4.0, key_gap_s=6.0),
    CallOutcome(after_s=2.0, keys="*", key_after_s=4.0, hang_up_after_s=7.0),
    CallOutcome(after_s=7.0, keys="1", key_after_s=19.0),
    CallOutcome(after_s=2.0, answered_by="machine_start"),
    CallOutcome(after_s=2.0, answered_by="fax", hang_up_after_s=9.0),
    CallOutcome(after_s=2.0, answered_by="unknown", keys="1", key_after_s=4.0),
    CallOutcome(after_s=2.0),
    CallOutcome(after_s=2.0, hang_up_after_s=1.0),
    CallOutcome(after_s=2.0, hang_up_after_s=3.0),
    CallOutcome("busy", after_s=2.0),
    CallOutcome("failed", after_s=1.0),
    CallOutcome("no-answer"),
)
# What a cancelled run says where a call of its own may go on
_ADMITS = (
    "still rings is not known",
    "whether the call has ended is not known",
    "it was not ended",
    "cannot be known",
)
_NOT_ANSWERED = FINAL_STATUSES - {"completed"}
_KINDS = {
    **KINDS,
    "Studio": lambda request: "//studio." in request.url,
    "all but Studio": lambda request: "//studio." not in request.url,
    "contexts": lambda request: request.path.endswith("/Context"),
    "calls by their SID": lambda request: "/Calls/" in request.path,
    "the call list": lambda request: request.method == "GET" and request.path.endswith("/Calls.json"),
}


class Counts(PromiseCounts):
    """What the simulations counted."""

    GROUPS = {
        "What happened": (
            "asked",
            "called",
            "requests",
            "troubles",
            "cancelled",
            "terminated",
            "ended_by_hand",
            "mistaken",
        ),
        "Outcomes": (
            *("acknowledged", "not_acknowledged", "answered", "unconfirmed"),
            *("not_answered", "not_sent", "unknown"),
        ),
    }
    PROMISES = (
        *("called_twice", "lost", "misreported", "acknowledged_without_a_key", "rings_on", "ended_others"),
        *("late", "afterwards", "crashed"),
    )


@dataclass
class Simulation(SimulatedRun):
    """One run of "call phone"."""

    calls: int = CALLS_A_RUN
    was_cancelled: bool = False
    ended_by_hand: int = 0

    def __post_init__(self) -> None:
        self.rng = rng = Random(self.seed)
        self.clock = VirtualClock()
        self.twilio = LocalTwilio(clock=self.clock.time, sleep=self.clock.advance)
        self.network = Network(self.twilio, self.clock, round_trip_s=rng.choice((0.0, 0.02, 0.15, 0.3)))
        people = [f"+1510111{number:04}" for number in range(self.calls)]
        if rng.random() < 0.3:
            people = [rng.choice(people[: max(self.calls // 2, 1)]) for _ in people]
        self.parameters = [
            {
                "to_phone": to,
                "message": f"Page {number}.",  # as a sentence, it is spoken unchanged
                "acknowledge": rng.random() < 0.7,
                "attempts": rng.choice((1, 1, 2, 3)),
                "timeout": RINGING_S,
            }
            for number, to in enumerate(people)
        ]
        self.rivals: list[Call] = []
        self._plan_twilio(people)
        self.troubles = RandomTrouble(self.network, rng, self.share, _KINDS)
        self._meets, self.network.trouble = self.network.trouble, self._on_request
        self.app = self.network.prepare(TwilioConnector(), rng, skew_s=rng.choice((0.0, 0.0, -400.0, 3600.0)))
        self._plan_people(people)
        self._plan_platform()

    def _plan_twilio(self, people: list[str]) -> None:
        """Draw what Twilio does of its own: lags, a queue, and flows that are there already."""
        rng, studio, log = self.rng, self.twilio.studio.settings, self.twilio.call_log
        for to in people:
            log.outcomes[to] = rng.choice(_ANSWERS)
        studio.begin_after_s = rng.choice((0.2, 0.2, 2.0, 6.0))
        studio.context_lag_s, studio.context_lag_is_404 = rng.choice((0.0, 0.0, 3.0)), rng.random() < 0.5
        studio.step_lag_s = rng.choice((0.0, 0.0, 1.0, 4.0, 12.0))
        studio.list_lag_s = rng.choice((0.0, 0.0, 1.0))
        studio.end_lag_s = rng.choice((0.0, 0.0, 1.0, 5.0, math.inf))
        studio.call_end_lag_s = rng.choice((0.0, 0.0, 1.0, 5.0, 20.0))
        studio.end_ends_call = rng.random() < 0.7
        studio.failures_leave_nothing = rng.random() < 0.8
        log.lag_s, log.ending_s = rng.choice((0.0, 0.0, 0.5, 3.0)), rng.choice((0.0, 0.0, 2.0))
        log.calls_per_s = rng.choice((None, None, None, 1.0, 0.1))
        for to in rng.sample(people, rng.choice((0, 0, 2))):
            log.refusals[to] = 21215
        self.twilio.edge_ahead_s = rng.choice((0.0, 0.0, 0.5))
        for kind in rng.sample((*_EDITS, "draft", "whole"), rng.choice((0, 0, 1, 3))):
            self._add_flow(kind)
            self.clock.advance(60.0)  # flows are told apart by the second of their creation
        if rng.random() < 0.2:
            self._lock_out(rng.uniform(0.0, 20.0), rng.choice((0.1, 0.5, 2.0)))

    def _add_flow(self, kind: str) -> None:
        speech = Speech(RINGING_S, "en-US")
        raw = definition(speech)
        if kind in _EDITS:
            _EDITS[kind]({state["name"]: state for state in raw["states"]})
        status = "draft" if kind == "draft" else "published"
        self.twilio.studio.create_flow(flow_name(speech), status, json.dumps(raw))

    def _lock_out(self, after_s: float, for_s: float) -> None:
        """Let Twilio say of every request within a time that the token is wrong."""
        account = self.twilio.account
        token = account.auth_token
        self.clock.call_later(after_s, lambda: setattr(account, "auth_token", "another"))
        self.clock.call_later(after_s + for_s, lambda: setattr(account, "auth_token", token))

    def _plan_people(self, people: list[str]) -> None:
        """Let other runs call the same people, at any time or when this one does, and somebody end calls by hand."""
        rng = self.rng
        for _ in range(rng.choice((0, 0, 4))):
            self._rival_calls_later(rng.choice(people), rng.uniform(0.0, 30.0))
        self._rival_share = rng.choice((0.0, 0.0, 0.0, 0.2))
        if rng.random() < 0.1:  # one whose execution never ends, and bars the way
            self._rival_calls(rng.choice(people), by_flow=True)
        for _ in range(rng.choice((0, 0, 0, 3))):
            self.clock.call_later(rng.uniform(1.0, 40.0), self._end_by_hand)

    def _rival_calls_later(self, to: str, after_s: float) -> None:
        by_flow = self.rng.random() < 0.5
        self.clock.call_later(after_s, lambda: self._rival_calls(to, by_flow))

    def _on_request(self, request: MemoryRequest) -> Trouble | None:
        """Let things happen at the moment of a request: another run's call, a person who cancels."""
        if request.is_create and self.rng.random() < self._rival_share:
            self._rival_calls_later(str(request.form["To"]), self.rng.uniform(0.0, 2.0))
        if len(self.network.calls) == self._cancelled_at_request:
            self.clock.call_later(self.rng.choice((0.0, 0.1, 1.0)), self._cancel)
            called = [call.to for call in self.twilio.calls if call.is_live]
            if called and self.rng.random() < 0.5:
                self._rival_calls(self.rng.choice(called), by_flow=False)
        return self._meets(request)

    def _cancel(self) -> None:
        """Cancel, maybe at a moment at which something is down."""
        if self.is_over:
            return
        self.was_cancelled = True
        if self.rng.random() < self.share:
            self.troubles.begin_outage()
        self.app.cancel()

    def _rival_calls(self, to: str, by_flow: bool) -> None:
        flows = [flow for flow in self.twilio.studio.flows if flow.status == "published"]
        sender = self.twilio.from_phone
        if not by_flow or not flows:
            call = NewCall(to, sender, RINGING_S, detects_machines=True)
            with suppress(ApiError):  # Twilio refuses to call some
                self.rivals.append(self.twilio.call_log.place(call, Script((Utterance("Your pizza is here", 20.0),))))
        elif not any(
            (each.to, each.status_at(self.clock.now)) == (to, "active") for each in self.twilio.studio.executions
        ):
            self.twilio.studio.create_execution(flows[0], to, sender, {"message": "Pizza.", "run_id": "of others"})

    def _end_by_hand(self) -> None:
        now = self.clock.now
        running = [each for each in self.twilio.studio.executions if each.status_at(now) == "active"]
        plain = [call for call in self.twilio.calls if call.is_live and _is_own(call) and _text(call)]
        either: list[Execution | Call] = [*running, *plain]
        chosen = self.rng.choice(either) if either else None
        if isinstance(chosen, Execution):
            chosen.end()
        elif isinstance(chosen, Call):
            chosen.end("completed")
        self.ended_by_hand += chosen is not None

    def _plan_platform(self) -> None:
        """Let the platform raise, stand still, cancel, or end the process."""
        rng = self.rng
        self.progress_fails = rng.choice((0.0, 0.0, 0.0, 0.2, 1.0))
        if rng.random() < 0.1:
            self.clock.call_later(rng.uniform(0.0, 20.0), lambda: self.clock.advance(30.0))
        self._cancelled_at_request = rng.choice((0, 0, rng.randrange(1, 20 * self.calls)))
        if rng.random() < 0.1:
            self.clock.call_later(rng.uniform(0.0, 30.0), self.terminate)

    def run(self) -> None:
        """Run the app; what becomes of it stands in the results of `app`."""
        self.act("call phone")
        self.live_at_end = {call.sid for call in self.twilio.calls if call.is_live}
        self.clock.advance(120.0)


def simulate(seed: int, share: float, calls: int = CALLS_A_RUN) -> tuple[Simulation, Counts]:
    """Play a seed, and judge it."""
    simulation = Simulation(seed, share, calls)
    simulation.run()
    counts = Counts(asked=calls, requests=len(simulation.network.calls), troubles=simulation.troubles.met)
    Judge(simulation, counts).judge()
    return simulation, counts


class Judge:
    """Holds the results of a run against what the local Twilio did."""

    def __init__(self, simulation: Simulation, counts: Counts) -> None:
        self._simulation = simulation
        self._counts = counts
        self._where = f"seed {simulation.seed}"
        self._now = simulation.clock.now
        self._others = {call.sid for call in simulation.twilio.calls if not _is_own(call)}
        self._calls: dict[str, list[Call]] = {}
        self._executions: dict[str, list[Execution]] = {}
        for call in simulation.twilio.calls:
            self._calls.setdefault(_text(call), []).append(call)
        for execution in simulation.twilio.studio.executions:
            self._executions.setdefault(str(execution.parameters.get("message")), []).append(execution)

    def judge(self) -> None:
        """Count what happened, and the promises that were broken."""
        simulation, counts = self._simulation, self._counts
        counts.cancelled += simulation.was_cancelled
        counts.terminated += isinstance(simulation.error, SystemExit)
        counts.ended_by_hand += simulation.ended_by_hand
        if simulation.error is not None and not isinstance(simulation.error, SystemExit):
            self._broke("crashed", repr(simulation.error))
        named: Counter[str] = Counter()
        for result in simulation.results:
            outcome = str(result["summary"].get("outcome"))
            setattr(counts, outcome, getattr(counts, outcome) + 1)
            named.update(_name(row) for row in result["data"])
            self._judge_result(result, outcome)
        for sid, times in named.items():
            if times > 1:
                self._broke("called_twice", f"{sid} is named {times} times")
        self._judge_overlaps(named)
        for call in simulation.rivals:
            if call.status == "canceled":
                self._broke("ended_others", call.sid)
        if simulation.seconds > self._longest_s():
            self._broke("late", f"{simulation.seconds:.0f} s")
        if simulation.still_under_way or len(simulation.network.calls) > simulation.requests_at_end:
            self._broke("afterwards", "")

    def _judge_result(self, result: dict[str, Any], outcome: str) -> None:
        parameter = result["parameter"]
        text, acknowledge = parameter["message"], parameter["acknowledge"]
        made: list[Any] = (self._executions if acknowledge else self._calls).get(text, [])
        self._counts.called += len(made)
        if len(made) > parameter["attempts"]:
            self._broke("called_twice", f"{text} {len(made)} calls for {parameter['attempts']}")
        if acknowledge and any(has_acknowledged(execution, self._now) for execution in made[:-1]):
            self._broke("called_twice", f"{text} after an acknowledgement")
        rows = result["data"]
        unnamed = {each.sid for each in made} - {_name(row) for row in rows}
        if unnamed and not (outcome == "unknown" and len(unnamed) == 1):
            self._broke("lost", f"{text} {outcome}: {result['message']!r}, {len(unnamed)} unnamed")
        if outcome == "not_sent":
            if made or rows or result["status"] != "failed":
                self._misreported(result, "not sent, though it was")
            return
        if not rows:
            if outcome != "unknown":
                self._misreported(result, "no data")
            return
        last = next((each for each in made if each.sid == _name(rows[0])), None)
        if last is None and not acknowledge and _name(rows[0]) in self._others:
            self._counts.mistaken += 1  # which cannot be told apart, as the README says
        elif last is None:
            self._misreported(result, "another call's name")
        elif not (outcome == "unknown" and "cannot be known" in result["message"]):  # that is of a further call
            judge = self._judge_execution if acknowledge else self._judge_call
            judge(result, outcome, last)

    def _judge_call(self, result: dict[str, Any], outcome: str, call: Call) -> None:
        row, truth = result["data"][0], call.status_at(self._now)
        is_over = row["status"] in FINAL_STATUSES
        right = {
            "answered": call.answered_by_at(self._now) == "human",
            "unconfirmed": not is_over or call.answered_by_at(self._now) != "human",
            "not_answered": truth in _NOT_ANSWERED,
        }
        if not right.get(outcome) or (is_over and row["status"] != truth):
            self._misreported(result, truth)
        if (result["status"] == "success") != (outcome in ("answered", "unconfirmed")):
            self._misreported(result, "another status")
        self._judge_end(result, [call])

    def _judge_execution(self, result: dict[str, Any], outcome: str, execution: Execution) -> None:
        row = result["data"][0]
        pressed = has_acknowledged(execution, self._now)
        call = execution.calls[0] if execution.calls else None
        truth = call.status_at(self._now) if call else "not called"
        if outcome == "acknowledged" and not pressed:
            self._broke("acknowledged_without_a_key", f"{result['parameter']['message']} {result['message']!r}")
        right = {
            "acknowledged": pressed,
            "not_acknowledged": not pressed and truth in ("completed", "in-progress"),
            "not_answered": not pressed and (call is None or truth in _NOT_ANSWERED),
            "unknown": True,
        }
        if not right.get(outcome):
            self._misreported(result, f"{truth}, {'' if pressed else 'not '}pressed")
        if "sid" in row and (call is None or row["sid"] != call.sid):
            self._misreported(result, f"another call's data, {row['sid']}")
        if len(execution.calls) > 1:
            self._broke("called_twice", f"{len(execution.calls)} calls of one execution")
        if not _is_true_of_end(result["message"], execution, call):
            self._misreported(result, "another end")
        if (result["status"] == "success") != (outcome == "acknowledged"):
            self._misreported(result, "another status")
        self._judge_end(result, execution.calls)

    def _judge_end(self, result: dict[str, Any], calls: list[Call]) -> None:
        """Whether what a cancelled run left is what its result says."""
        simulation = self._simulation
        if not simulation.was_cancelled or simulation.error is not None or not simulation.app.is_action_cancelled():
            return
        goes_on = any(call.sid in simulation.live_at_end for call in calls)
        if goes_on and not any(words in result["message"] for words in _ADMITS):
            self._broke("rings_on", f"{result['parameter']['message']} {result['message']!r}")

    def _judge_overlaps(self, named: Collection[str]) -> None:
        """Whether this run called anybody twice at the same time, of which it knew: "unknown" calls may go on."""
        spans: dict[str, list[tuple[float, float]]] = {}
        for parameter in self._simulation.parameters:
            text = str(parameter["message"])
            plain = [call for call in self._calls.get(text, []) if call.sid in named]
            executions = [execution for execution in self._executions.get(text, []) if execution.sid in named]
            for call in [*plain, *(call for each in executions for call in each.calls)]:
                end = call.ended_at(self._now)
                spans.setdefault(call.to, []).append((call.created, self._now if end is None else end))
        for to, times in spans.items():
            for (_, end), (begin, _) in zip(sorted(times), sorted(times)[1:]):
                if begin < end - 0.001:
                    self._broke("called_twice", f"{to} at the same time, for {end - begin:.1f} s")

    def _longest_s(self) -> float:
        """How long the run may take: the calls to one person go one after the other."""
        one_s = 2 * (CALL_BUDGET_S + RINGING_S) + 2 * OUTAGE_S + 8 * REQUEST_DEADLINE_S
        if self._simulation.twilio.call_log.calls_per_s:
            one_s += MAX_CALL_BUDGET_S
        chains: Counter[str] = Counter()
        for row in self._simulation.parameters:
            chains[str(row["to_phone"])] += int(str(row["attempts"]))
        return one_s * max(chains.values()) + 2 * OUTAGE_S

    def _misreported(self, result: dict[str, Any], truth: str) -> None:
        text = result["parameter"]["message"]
        outcome, message = result["summary"].get("outcome"), result["message"]
        self._broke("misreported", f"{text} reported as {outcome} ({result['status']}), {message!r}; it is {truth}")

    def _broke(self, promise: str, what: str) -> None:
        self._counts.broke(promise, f"{self._where}: {what}")


# What somebody made of a flow by hand: each of them must not be trusted
_EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "2 acknowledges": lambda states: [
        state["transitions"][1]["conditions"][0].update(value="2")
        for name, state in states.items()
        if name.startswith("key_of_")
    ],
    "1 declines": lambda states: [
        state["transitions"][1].update(next="farewell") for name, state in states.items() if name.startswith("key_of_")
    ],
    "speech": lambda states: states["question"]["transitions"][1].update(next="no_key"),
    "renamed": lambda states: [
        *(state["transitions"][0].update(next="ask") for state in states.values() if state["name"] == "call"),
        states["question"].update(name="ask"),
    ],
}


def _name(row: dict[str, Any]) -> str:
    """The SID of what a row of data is about: an execution, or a call."""
    return str(row.get("execution", row).get("sid"))


def _text(call: Call) -> str:
    """What a call says that is no flow's."""
    utterances = call.conversation.utterances if isinstance(call.conversation, Script) else ()
    return utterances[0].text if utterances else ""


def _is_own(call: Call) -> bool:
    """Whether a call is of the run, and not a rival's."""
    conversation = call.conversation
    message = conversation.parameters.get("message") if isinstance(conversation, Execution) else _text(call)
    return str(message).startswith("Page")


def has_acknowledged(execution: Execution, now: float) -> bool:
    """Whether somebody pressed 1 when they were asked, and heard that it was acknowledged."""
    walk = execution.walk(now)
    pressed = any(widget.get("Digits") == "1" for name, widget in walk.widgets.items() if name.startswith("question"))
    return pressed and "acknowledged" in walk.states


def _is_true_of_end(message: str, execution: Execution, call: Call | None) -> bool:
    """Whether it is true who, by the words of a result, ended a flow or hung up; either may be said of both."""
    hung_up_at = math.inf if call is None else call.cut_off_at
    if "The person hung up before" in message:
        return hung_up_at < execution.ended_by_client_at
    if "The flow was ended" in message:
        return execution.ended_by_client_at < hung_up_at
    return True


def chaos(calls: int, seed: int, share: float, on_progress: Callable[[int], object] = lambda calls: None) -> Counts:
    """Play as many seeds as so many calls need, and add up what they counted."""
    total = Counts()
    for number in range((calls + CALLS_A_RUN - 1) // CALLS_A_RUN):
        _, counts = simulate(seed * 1_000_000 + number, share, min(CALLS_A_RUN, calls - number * CALLS_A_RUN))
        total.add(counts)
        on_progress(counts.asked)
    return total


def played(simulation: Simulation) -> Iterator[str]:
    """Every request, progress line and result of a simulation in order; SIDs as numbers, since those are drawn anew."""
    requests = [(call.at, f"{call.method} {call.path} {dict(call.form)}") for call in simulation.network.calls]
    happened = sorted([*requests, *simulation.lines], key=lambda moment: moment[0])
    text = "\n".join([*(f"{at:9.3f} {what}" for at, what in happened), *map(str, simulation.results)])
    studio = simulation.twilio.studio
    for kind, sids in (
        ("CA", [call.sid for call in simulation.twilio.calls]),
        ("FN", [execution.sid for execution in studio.executions]),
        ("FW", [flow.sid for flow in studio.flows]),
    ):
        for number, sid in enumerate(sids, 1):
            text = text.replace(sid, f"{kind}#{number}")
    yield from text.splitlines()


def main() -> int:
    """Play what the command line asks for, and return the exit status."""
    return chaos_program(
        __doc__,
        unit="calls",
        default=500,
        share=0.3,
        simulate=simulate,
        played=played,
        chaos=chaos,
    )


if __name__ == "__main__":
    run_program(main)
