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
"""Chaos for messages: thousands of sends in virtual time, trouble on every seam, and a count of broken promises.

    python -m benchmarks.chaos_messages [--sends 1000] [--seed 1] [--share 0.3] [--log FILE]

A simulation is one run of "send message" or "send template" for some forty people. Its plan is drawn from its seed:

- of Twilio: round trip, deliveries, a queue of the sender, a log that lags or shows its rows in any order, a limit on
  calls at a time, and a clock of its edge that is not that of its rows, or jumps;
- of the way there: every kind of trouble for single calls, and for calls of a kind for a while (a list that is down,
  responses that all come late, a gateway's JSON);
- of others: the same alert of minutes before, and a second run that writes to the same people meanwhile;
- of the platform: progress and the question for cancellation that raise, a person who cancels, a process that stands
  still, a local clock that is wrong or jumps, SIGTERM.

With --log, one seed is played alone, and every call and result is written down in order.

Afterwards each result is held against the local Twilio:

- doubled: more messages were created than were to be sent
- lost: a message was created that no result names or admits ("unknown")
- shared: two results name one message
- misreported: a result says what is not so of its message, or "not sent" of one that was
- unpaged: nothing was tried for somebody, though Twilio was seen to take create calls
- unfound: a result is "unknown", though the log showed its message while the run searched for it
- unfollowed: a message was given up in Twilio's queue, though the queue moved
- late: the run took longer than it may
- afterwards: a call was made after the end of its run, or was still under way, or a create call after a cancellation
- crashed: the run left no results

All of them must be 0. What nobody can tell apart is counted as "mixed up" and is no broken promise: a template whose
own row the log did not show, and the only message to that person that was created while its call was under way.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from multiprocessing import get_context
from random import Random
from typing import Any

from benchmarks.chaos_program import chaos_program
from benchmarks.program import run_program
from benchmarks.promise_counts import PromiseCounts
from benchmarks.random_trouble import LOST_OR_REPLACED, RandomTrouble
from benchmarks.simulated_run import SimulatedRun
from sandbox.memory_transport import EndedCall, MemoryRequest, Network, Trouble
from sandbox.twilio import CONTENT_SID, LocalTwilio, Message, Outcome
from sandbox.virtual_time import VirtualClock
from twilio_api.response import Response
from twilio_connector import TwilioConnector
from twilio_consts import DELIVERED_STATUSES, OUTAGE_S, REQUEST_DEADLINE_S, STATUSES_AT_TWILIO, UNDELIVERED_STATUSES


SENDS_A_RUN = 40
_STATUSES = ("delivered", "delivered", "delivered", "undelivered", "failed", "sent", "read")
_EQUAL_SHARE = 0.2  # of the runs in which some people get the same text several times
_TEMPLATE_SHARE = 0.4  # of the runs
_LONG = f"Page {'x' * 400}"  # three segments, each of which a queue holds by itself
_STANDSTILL_S = 30.0
_MIXED_UP_S = 3.0  # Twilio dates in whole seconds, and by two clocks
_FEW_SIMULATIONS = 10  # which one processor plays before others have begun
_CANCEL_CHECK_S = 1.0  # after which a run knows that it is cancelled


class Counts(PromiseCounts):
    """What the simulations counted."""

    GROUPS = {
        "What happened": ("sends", "created", "calls", "troubles", "cancelled", "terminated", "mixed_up"),
        "Outcomes": ("delivered", "undelivered", "unconfirmed", "not_sent", "unknown"),
    }
    PROMISES = (
        "doubled",
        "lost",
        "shared",
        "misreported",
        "unpaged",
        "unfound",
        "unfollowed",
        "late",
        "afterwards",
        "crashed",
    )


@dataclass
class Simulation(SimulatedRun):
    """One run of "send message" or "send template". Its own times are seconds of the clock, which begins at 0."""

    sends: int = SENDS_A_RUN
    others: list[Message] = field(default_factory=list)  # that this run did not send
    cancelled_at: float | None = None
    stands_still_at: float = math.inf
    has_trusted_clock: bool = True  # the clock that dates Twilio's responses

    def __post_init__(self) -> None:
        self.rng = rng = Random(self.seed)
        self.clock = VirtualClock()
        self.twilio = LocalTwilio(clock=self.clock.time, sleep=self.clock.advance)
        self.network = Network(self.twilio, self.clock, round_trip_s=rng.choice((0.0, 0.02, 0.15, 0.3)))
        people = [f"+1510111{number:04}" for number in range(self.sends)]
        if rng.random() < _EQUAL_SHARE:
            people = [rng.choice(people[: max(self.sends // 3, 1)]) for _ in people]
        self.is_template = rng.random() < _TEMPLATE_SHARE
        text, is_equal = rng.choice(("Page", "Page", _LONG)), rng.random() < 0.5
        self.parameters = [
            {"to_phone": to, **self._text(text if is_equal else f"{text} {number}")} for number, to in enumerate(people)
        ]
        self._plan_twilio(people)
        self.troubles = RandomTrouble(self.network, rng, self.share, of_a_kind=LOST_OR_REPLACED)
        self.skew_s = rng.choice((0.0, 0.0, -400.0, 3600.0))
        self.app = self.network.prepare(TwilioConnector(), rng)
        self.app.time = lambda: self.clock.time() + self.skew_s
        self._plan_people(people)
        self._plan_platform()
        self._random_trouble, self.network.trouble = self.network.trouble, self._on_the_way

    def _text(self, text: str) -> dict[str, str]:
        if not self.is_template:
            return {"message": text}
        return {"content_sid": CONTENT_SID, "content_variables": json.dumps({"1": text, "2": "host"})}

    def _plan_twilio(self, people: list[str]) -> None:
        """Draw what Twilio does of its own."""
        rng, log = self.rng, self.twilio.log
        longest = rng.choice((1.0, 5.0, 90.0))
        for to in people:
            status = rng.choice(_STATUSES)
            error_code = 30003 if status == "undelivered" else None
            self.twilio.outcomes[to] = Outcome(status, rng.uniform(0.2, longest), error_code)
        log.lag_s, log.unordered_s = rng.choice((0.0, 0.0, 0.5, 3.0)), rng.choice((0.0, 5.0))
        log.segments_per_s = rng.choice((None, None, None, 1.0, 3.0))
        self.twilio.edge_ahead_s = rng.choice((0.0, 0.0, 0.5, -0.5))
        self.twilio.throttle.max_concurrent = rng.choice((None, None, 4))
        if rng.random() < 0.1:
            self.has_trusted_clock = False
            for _ in range(3):
                self._later(20.0, lambda: setattr(self.twilio, "edge_ahead_s", rng.choice((0.0, -300.0, 300.0))))

    def _plan_people(self, people: list[str]) -> None:
        """Let a second run write to the same people: the same alert some minutes before, and another text meanwhile."""
        for to in self.rng.sample(people, self.rng.choice((0, 0, 0, self.sends // 2))):
            earlier = self.clock.now - self.rng.uniform(4.0, 250.0)
            body = _body(self.parameters[people.index(to)])
            self.others.append(self.twilio.add_message(to, body, created=earlier))
        self.rival_share = self.rng.choice((0.0, 0.0, 0.2, 0.6))  # of the create calls, after which it writes, too

    def _write_to(self, to: str) -> None:
        self.others.append(self.twilio.add_message(to, "Your pizza is here"))

    def _on_the_way(self, request: MemoryRequest) -> Trouble | None:
        """Return what befalls a call, and let the second run write to the same person about then."""
        if request.is_create and self.rng.random() < self.rival_share:
            self._later(12.0, partial(self._write_to, str(request.form["To"])))
        if 0.0 <= self.stands_still_at - request.at < 1.0:  # its connections do not outlast it
            return Trouble(lost=True, response_s=1.0)
        return self._random_trouble(request)

    def _plan_platform(self) -> None:
        """Let the platform raise, stand still, cancel, set its clock, or end the process."""
        rng, app = self.rng, self.app
        self.progress_fails = rng.choice((0.0, 0.0, 0.0, 0.2, 1.0))
        if rng.random() < 0.1:
            app.is_action_cancelled = _raise_oserror  # type: ignore[method-assign]
        if rng.random() < 0.15:
            self.stands_still_at = rng.uniform(0.0, 3.0)
            self.clock.call_later(self.stands_still_at, lambda: self.clock.advance(_STANDSTILL_S))
        if rng.random() < 0.1:
            self._later(30.0, self._cancel)
        if rng.random() < 0.1:
            self._later(30.0, lambda: setattr(self, "skew_s", rng.choice((-400.0, 3600.0))))
        if rng.random() < 0.1:
            self._later(30.0, self.terminate)

    def _later(self, seconds: float, event: Callable[[], object]) -> None:
        """Let something happen at some moment of the first so many seconds."""
        self.clock.call_later(self.rng.uniform(0.0, seconds), event)

    def _cancel(self) -> None:
        if self.app.is_action_cancelled is not _raise_oserror:
            self.cancelled_at = self.clock.monotonic()
        self.app.cancel()

    def run(self) -> None:
        """Run the app; what becomes of it stands in the results of `app`."""
        self.act("send template" if self.is_template else "send message")
        self.clock.advance(120.0)


def _raise_oserror() -> bool:
    raise OSError("the platform is gone")


def _body(parameter: dict[str, Any]) -> str:
    """The text of the message that a parameter set asks for."""
    if "message" in parameter:
        return str(parameter["message"])
    return f"Alert {json.loads(parameter['content_variables'])['1']} on host: please look into it."


def simulate(seed: int, share: float, sends: int = SENDS_A_RUN) -> tuple[Simulation, Counts]:
    """Play a seed, and judge it."""
    simulation = Simulation(seed, share, sends)
    simulation.run()
    counts = Counts(
        sends=len(simulation.parameters), calls=len(simulation.network.calls), troubles=simulation.troubles.met
    )
    Judge(simulation, counts).judge()
    return simulation, counts


class Judge:
    """Holds the results of a run against the local Twilio."""

    def __init__(self, simulation: Simulation, counts: Counts) -> None:
        self._simulation = simulation
        self._counts = counts
        others = {message.sid for message in simulation.others}
        self._created = {message.sid: message for message in simulation.twilio.messages if message.sid not in others}
        self._others = {message.sid: message for message in simulation.others}
        self._wanted = Counter((row["to_phone"], _body(row)) for row in simulation.parameters)
        self._shown: dict[str, float] = {}  # when a response first showed a message to the run
        self._searches: list[EndedCall] = []  # of the log, each for messages to one person
        for call in simulation.network.ended:
            for sid in _sids_of(call):
                self._shown.setdefault(sid, call.ended_at)
            if "To" in call.request.params:
                self._searches.append(call)
        create_calls = [call for call in simulation.network.ended if call.request.is_create]
        self._create_calls: dict[str, list[EndedCall]] = {}
        for call in create_calls:
            self._create_calls.setdefault(str(call.request.form["To"]), []).append(call)

    def judge(self) -> None:
        """Count what happened, and the promises that were broken."""
        simulation, counts = self._simulation, self._counts
        counts.created = len(self._created)
        counts.cancelled += simulation.cancelled_at is not None
        counts.terminated += isinstance(simulation.error, SystemExit)
        if simulation.error is not None and not isinstance(simulation.error, SystemExit):
            self._broke("crashed", repr(simulation.error))
        made = Counter((message.to, message.body) for message in self._created.values())
        for key, number in (made - self._wanted).items():
            self._broke("doubled", f"{key} {number} more")
        self._judge_results()
        self._judge_end()

    def _judge_results(self) -> None:
        results = self._simulation.results
        named = Counter(row["sid"] for result in results for row in result["data"])
        for sid in (sid for sid, number in named.items() if number > 1):
            self._broke("shared", sid)
        unnamed = {sid: (each.to, each.body) for sid, each in self._created.items() if sid not in named}
        unadmitted = Counter(unnamed.values())
        unsent: Counter[tuple[str, str]] = Counter()
        for result in results:
            outcome = str(result["summary"].get("outcome"))
            self._counts.count(outcome)
            key = (result["parameter"]["to_phone"], _body(result["parameter"]))
            if outcome == "unknown":
                unadmitted -= Counter([key])
                self._judge_unknown(key, [sid for sid, of in unnamed.items() if of == key])
            elif outcome == "not_sent":
                unsent[key] += 1
            elif self._is_mixed_up(result):
                self._counts.mixed_up += 1
                unadmitted -= Counter([key])
            else:
                self._judge_sent(result, key, outcome)
        for key, number in unadmitted.items():
            self._broke("misreported" if unsent[key] else "lost", f"{key} {number} times")
        if not self._was_ended() and not self._had_outage():
            for to, _ in unsent:
                if to not in self._create_calls:
                    self._broke("unpaged", to)

    def _is_mixed_up(self, result: dict[str, Any]) -> bool:
        """Whether a result names the message of another that nobody could tell from its own template."""
        other = self._others.get(result["data"][0]["sid"])
        if other is None or not self._simulation.is_template:
            return False
        at = other.created - self._simulation.clock.now + self._simulation.clock.monotonic()
        return any(
            call.left_at is not None and call.left_at - _MIXED_UP_S <= at <= call.ended_at + _MIXED_UP_S
            for call in self._create_calls.get(other.to, ())
        )

    def _judge_unknown(self, key: tuple[str, str], own: list[str]) -> None:
        simulation = self._simulation
        if self._was_ended() or simulation.is_template or not simulation.has_trusted_clock or self._wanted[key] > 1:
            return
        for sid in self._shown_to_search(*key).intersection(own):
            self._broke("unfound", f"{key}: {sid}")

    def _shown_to_search(self, to: str, body: str) -> set[str]:
        """The SIDs that the log showed while a message was searched for, before the next one to `to` left."""
        calls = self._create_calls[to]
        failed_at = max(call.ended_at for call in calls if call.request.form["Body"] == body)
        over_at = min((call.request.at for call in calls if call.request.at >= failed_at), default=math.inf)
        searches = [call for call in self._searches if call.request.params["To"] == to]
        return {
            sid
            for call in searches
            if failed_at <= call.request.at and call.ended_at <= over_at
            for sid in _sids_of(call)
        }

    def _judge_sent(self, result: dict[str, Any], key: tuple[str, str], outcome: str) -> None:
        (row,) = result["data"]
        message = self._created.get(row["sid"])
        if message is None or (message.to, message.body) != key:
            self._broke("misreported", f"{row['sid']} is another message than {key}")
            return
        last, status = message.outcome.status, row["status"]
        is_true = {
            "delivered": status in DELIVERED_STATUSES and status == last,
            "undelivered": status in UNDELIVERED_STATUSES and status == last,
            "unconfirmed": status not in DELIVERED_STATUSES | UNDELIVERED_STATUSES,
        }
        if not is_true.get(outcome) or result["status"] != ("failed" if outcome == "undelivered" else "success"):
            self._broke("misreported", f"{row['sid']} is {last}, told as {outcome} ({status}, {result['status']})")
        if outcome == "unconfirmed" and status in STATUSES_AT_TWILIO and self._did_queue_move():
            self._broke("unfollowed", f"{row['sid']}: {result['message']}")

    def _was_ended(self) -> bool:
        """Whether somebody ended the run before its time."""
        return self._simulation.error is not None or self._simulation.cancelled_at is not None

    def _did_queue_move(self) -> bool:
        """Whether messages left Twilio's queue until the end of a run that could see them."""
        simulation = self._simulation
        if self._was_ended() or simulation.troubles.outages:
            return False
        end = simulation.ended_at
        left = [at for message in self._created.values() if (at := message.sent_at(end)) is not None]
        return max(left, default=0.0) > end - 50.0

    def _had_outage(self) -> bool:
        """Whether for OUTAGE_S nothing showed to the run that Twilio took a create call, while some were made."""
        tried = sorted(call.ended_at for calls in self._create_calls.values() for call in calls)
        if not tried:
            return False
        taken = sorted(self._shown[sid] for sid in self._created.keys() & self._shown.keys())
        edges = [tried[0] - REQUEST_DEADLINE_S, *taken, tried[-1]]
        return any(self._awake(after) - self._awake(before) >= OUTAGE_S for before, after in zip(edges, edges[1:]))

    def _awake(self, moment: float) -> float:
        """How long the process had not stood still by a moment."""
        return moment - min(max(moment - self._simulation.stands_still_at, 0.0), _STANDSTILL_S)

    def _judge_end(self) -> None:
        simulation, network = self._simulation, self._simulation.network
        budget = 2 * OUTAGE_S + 2 * REQUEST_DEADLINE_S + 60.0 + _STANDSTILL_S * (simulation.stands_still_at < math.inf)
        if simulation.twilio.log.segments_per_s:
            segments = sum(message.segment_count for message in simulation.twilio.messages)
            budget += segments / simulation.twilio.log.segments_per_s
        longest_chain = max(Counter(str(row["to_phone"]) for row in simulation.parameters).values())
        if simulation.seconds > budget + longest_chain * (OUTAGE_S + REQUEST_DEADLINE_S + 10.0):
            self._broke("late", f"{simulation.seconds:.0f} s")
        if simulation.still_under_way or len(network.calls) > simulation.requests_at_end:
            self._broke("afterwards", "calls after the end")
        if simulation.cancelled_at is not None:
            obeys_at = simulation.cancelled_at + _CANCEL_CHECK_S
            for call in network.calls:
                if call.is_create and call.at > obeys_at:
                    self._broke("afterwards", f"created at {call.at:.1f} s, cancelled at {simulation.cancelled_at:.1f}")

    def _broke(self, promise: str, what: str) -> None:
        self._counts.broke(promise, f"seed {self._simulation.seed}: {what:.200}")


def _sids_of(call: EndedCall) -> list[str]:
    """The SIDs of the messages that a response shows."""
    found = call.response.json if isinstance(call.response, Response) else {}
    rows = found.get("messages", [found])
    return [str(row["sid"]) for row in rows if "sid" in row]


def chaos(sends: int, seed: int, share: float, on_progress: Callable[[int], object]) -> Counts:
    """Play as many seeds as so many sends need, and add up what they counted; many on all processors."""
    total = Counts()
    sizes = [min(SENDS_A_RUN, sends - first) for first in range(0, sends, SENDS_A_RUN)]
    seeds = [seed * 1_000_000 + number for number in range(len(sizes))]
    with ExitStack() as stack:
        play: Callable[..., Iterable[Counts]] = map
        if len(sizes) > _FEW_SIMULATIONS:
            play = stack.enter_context(ProcessPoolExecutor(mp_context=get_context("spawn"))).map
        for counts in play(_counts_of, seeds, repeat(share), sizes):
            total.add(counts)
            on_progress(counts.sends)
    return total


def _counts_of(seed: int, share: float, sends: int) -> Counts:
    return simulate(seed, share, sends)[1]


def played(simulation: Simulation) -> Iterator[str]:
    """Every call, progress line and result of a simulation in order; SIDs as numbers, since those are drawn anew."""
    calls = [(call.at, f"{call.method} {call.path} {dict(call.form)}") for call in simulation.network.calls]
    happened = sorted([*calls, *simulation.lines], key=lambda moment: moment[0])
    lines = [*(f"{at:9.3f} {what}" for at, what in happened), *map(str, simulation.results)]
    text = "\n".join(lines)
    for number, message in enumerate(simulation.twilio.messages, 1):
        text = text.replace(message.sid, f"SM#{number}")
    yield from text.splitlines()


def main() -> int:
    """Play what the command line asks for, and return the exit status."""
    return chaos_program(
        __doc__,
        unit="sends",
        default=1000,
        share=0.3,
        simulate=simulate,
        played=played,
        chaos=chaos,
    )


if __name__ == "__main__":
    run_program(main)
