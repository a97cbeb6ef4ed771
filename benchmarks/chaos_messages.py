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

A simulation is one run of "send message" for some forty people. Its plan is drawn from its seed: round trip,
deliveries, trouble for the calls, a queue of the sender, a clock of Twilio's edge that is ahead, a wrong local clock, a
rival who texts the same people, a log that lags or shows its rows in any order, a limit on calls at a time; and what
the platform does: progress and the question for cancellation that raise, a person who cancels, a process that stands
still, SIGTERM.
With --log, one seed is played alone, and every call and result is written down in order.

Afterwards each result is held against the local Twilio:

- doubled: more messages were created than were to be sent
- lost: a message was created that no result names or admits ("unknown")
- shared: two results name one message
- misreported: a result says what is not so of its message, or "not sent" of one that was
- unpaged: "not sent" for an outage, though Twilio took create calls meanwhile
- late: the run took longer than it may
- afterwards: a call was made after the end of its run, or was still under way
- crashed: the run left no results

All of them must be 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from benchmarks.chaos_program import chaos_program
from benchmarks.program import run_program
from benchmarks.promise_counts import PromiseCounts
from benchmarks.random_trouble import RandomTrouble
from sandbox.assets import local_asset
from sandbox.memory_transport import Network
from sandbox.soar import load_manifest, run_action
from sandbox.twilio import LocalTwilio, Outcome
from sandbox.virtual_time import VirtualClock
from twilio_connector import TwilioConnector
from twilio_consts import DELIVERED_STATUSES, OUTAGE_S, REQUEST_DEADLINE_S, UNDELIVERED_STATUSES


BASE_URL = "https://api.twilio.com/2010-04-01"
MANIFEST = load_manifest()
SENDS_A_RUN = 40
_STATUSES = ("delivered", "delivered", "delivered", "undelivered", "failed", "sent", "read")
_EQUAL_SHARE = 0.2  # of the runs in which some people get the same text several times


@dataclass
class Counts(PromiseCounts):
    """What the simulations counted."""

    GROUPS = {
        "What happened": ("sends", "created", "calls", "troubles", "cancelled", "terminated"),
        "Outcomes": ("delivered", "undelivered", "unconfirmed", "not_sent", "unknown"),
    }
    PROMISES = ("doubled", "lost", "shared", "misreported", "unpaged", "late", "afterwards", "crashed")

    sends: int = 0
    created: int = 0
    calls: int = 0
    troubles: int = 0
    cancelled: int = 0
    terminated: int = 0
    delivered: int = 0
    undelivered: int = 0
    unconfirmed: int = 0
    not_sent: int = 0
    unknown: int = 0
    doubled: int = 0
    lost: int = 0
    shared: int = 0
    misreported: int = 0
    unpaged: int = 0
    late: int = 0
    afterwards: int = 0
    crashed: int = 0


@dataclass
class Simulation:
    """One run and its world, drawn from a seed."""

    seed: int
    share: float
    sends: int = SENDS_A_RUN
    lines: list[tuple[float, str]] = field(default_factory=list)  # of progress, each with its time
    error: BaseException | None = None
    was_cancelled: bool = False

    def __post_init__(self) -> None:
        self.rng = rng = Random(self.seed)
        self.clock = VirtualClock()
        self.twilio = LocalTwilio(clock=self.clock.time, sleep=self.clock.advance)
        self.network = Network(self.twilio, self.clock, round_trip_s=rng.choice((0.0, 0.02, 0.15, 0.3)))
        people = [f"+1510111{number:04}" for number in range(self.sends)]
        if rng.random() < _EQUAL_SHARE:
            people = [rng.choice(people[: max(self.sends // 3, 1)]) for _ in people]
        is_equal = rng.random() < 0.5
        self.parameters = [
            {"to_phone": to, "message": "Page" if is_equal else f"Page {number}"} for number, to in enumerate(people)
        ]
        longest = rng.choice((1.0, 5.0, 90.0))
        for to in people:
            status = rng.choice(_STATUSES)
            self.twilio.outcomes[to] = Outcome(
                status, rng.uniform(0.2, longest), 30003 if status == "undelivered" else None
            )
        log = self.twilio.log
        log.lag_s, log.unordered_s = rng.choice((0.0, 0.0, 0.5, 3.0)), rng.choice((0.0, 5.0))
        log.segments_per_s = rng.choice((None, None, None, 1.0, 3.0))
        self.twilio.edge_ahead_s = rng.choice((0.0, 0.0, 0.5))
        self.twilio.throttle.max_concurrent = rng.choice((None, None, 4))
        self.skew_s = rng.choice((0.0, 0.0, -400.0, 3600.0))
        self.troubles = RandomTrouble(self.network, rng, self.share)
        self.app = self.network.prepare(TwilioConnector(), rng, skew_s=self.skew_s)
        self._plan_people(people)
        self._plan_platform()

    def _plan_people(self, people: list[str]) -> None:
        """Let a rival text the same people, with words of its own."""
        for _ in range(self.rng.choice((0, 0, 5))):
            to, at = self.rng.choice(people), self.rng.uniform(0.0, 10.0)
            self.clock.call_later(at, lambda to=to: self.twilio.add_message(to, "Your pizza is here"))  # type: ignore[misc]

    def _plan_platform(self) -> None:
        """Let the platform raise, stand still, cancel, or end the process."""
        rng, app = self.rng, self.app
        self.progress_fails = rng.choice((0.0, 0.0, 0.0, 0.2, 1.0))
        if rng.random() < 0.1:
            app.is_action_cancelled = _raise_oserror
        if rng.random() < 0.1:
            self.clock.call_later(rng.uniform(0.0, 5.0), lambda: self.clock.advance(30.0))
        if rng.random() < 0.1:
            self.was_cancelled = True
            self.clock.call_later(rng.uniform(0.0, 30.0), app.cancel)
        if rng.random() < 0.1:
            self.clock.call_later(rng.uniform(0.0, 30.0), self._terminate)

    def _terminate(self) -> None:
        if not self._is_over:
            raise SystemExit(143)

    def _show(self, line: str, is_kept: bool) -> None:
        self.lines.append((self.clock.monotonic(), f"progress {line}"))
        if self.rng.random() < self.progress_fails:
            raise BrokenPipeError

    def run(self) -> None:
        """Run the app; what becomes of it stands in the results of `app`."""
        self._is_over = False
        config = {**local_asset(self.twilio), "base_url": BASE_URL}
        began = self.clock.monotonic()
        try:
            run_action(
                "send message",
                config,
                self.parameters,
                connector=self.app,
                progress=self._show,
                checks_form=False,
                manifest=MANIFEST,
            )
        except BaseException as error:
            self.error = error
        self._is_over = True
        self.seconds = self.clock.monotonic() - began
        self.results = [result.get_dict() for result in self.app.get_action_results()]
        self.calls_at_end = len(self.network.calls)
        self.still_under_way = self.network.under_way
        self.clock.advance(120.0)


def _raise_oserror() -> bool:
    raise OSError("the platform is gone")


def simulate(seed: int, share: float, sends: int = SENDS_A_RUN) -> tuple[Simulation, Counts]:
    """Play a seed, and judge it."""
    simulation = Simulation(seed, share, sends)
    simulation.run()
    counts = Counts(
        sends=len(simulation.parameters), calls=len(simulation.network.calls), troubles=simulation.troubles.met
    )
    judge(simulation, counts)
    return simulation, counts


def judge(simulation: Simulation, counts: Counts) -> None:
    """Hold the results of a run against the local Twilio."""
    results, where = simulation.results, f"seed {simulation.seed}"
    wanted = Counter((row["to_phone"], row["message"]) for row in simulation.parameters)
    created = {message.sid: message for message in simulation.twilio.messages if message.body.startswith("Page")}
    counts.created = len(created)
    counts.cancelled += simulation.was_cancelled
    counts.terminated += isinstance(simulation.error, SystemExit)
    if simulation.error is not None and not isinstance(simulation.error, SystemExit):
        counts.broke("crashed", f"{where}: {simulation.error!r}")
    made = Counter((message.to, message.body) for message in created.values())
    for key, number in (made - wanted).items():
        counts.broke("doubled", f"{where}: {key} {number} more")
    named = Counter(row["sid"] for result in results for row in result["data"])
    for sid in (sid for sid, number in named.items() if number > 1):
        counts.broke("shared", f"{where}: {sid}")
    unadmitted = Counter((message.to, message.body) for sid, message in created.items() if sid not in named)
    unsent: Counter[tuple[str, str]] = Counter()
    for result in results:
        outcome = str(result["summary"].get("outcome"))
        setattr(counts, outcome, getattr(counts, outcome) + 1)
        key = (result["parameter"]["to_phone"], result["parameter"]["message"])
        if outcome == "unknown":
            unadmitted -= Counter([key])
        elif outcome == "not_sent":
            unsent[key] += 1
        else:
            _judge_sent(result, created, key, outcome, counts, where)
        if outcome == "not_sent" and "for 25 seconds" in result["message"] and not _had_outage(simulation):
            counts.broke("unpaged", f"{where}: {result['message']}")
    for key, number in unadmitted.items():
        counts.broke("misreported" if unsent[key] else "lost", f"{where}: {key} {number} times")
    budget = 2 * OUTAGE_S + 2 * REQUEST_DEADLINE_S + 60.0 + 30.0 * bool(simulation.error is None)
    queue_s = len(created) / (simulation.twilio.log.segments_per_s or 1e9)
    longest_chain = max(wanted_people(simulation).values())
    if simulation.seconds > budget * 1.0 + queue_s + longest_chain * (OUTAGE_S + REQUEST_DEADLINE_S + 10.0):
        counts.broke("late", f"{where}: {simulation.seconds:.0f} s")
    if simulation.still_under_way or len(simulation.network.calls) > simulation.calls_at_end:
        counts.broke("afterwards", where)


def wanted_people(simulation: Simulation) -> Counter[str]:
    """How many texts each person is to get: they are sent one after the other."""
    return Counter(str(row["to_phone"]) for row in simulation.parameters)


def _judge_sent(
    result: dict[str, Any], created: dict[str, Any], key: tuple[str, str], outcome: str, counts: Counts, where: str
) -> None:
    (row,) = result["data"]
    message = created.get(row["sid"])
    if message is None or (message.to, message.body) != key:
        counts.broke("misreported", f"{where}: {row['sid']} is another message")
        return
    last, status = message.outcome.status, row["status"]
    is_true = {
        "delivered": status in DELIVERED_STATUSES and status == last,
        "undelivered": status in UNDELIVERED_STATUSES and status == last,
        "unconfirmed": status not in DELIVERED_STATUSES | UNDELIVERED_STATUSES,
    }
    if not is_true.get(outcome) or result["status"] != ("failed" if outcome == "undelivered" else "success"):
        counts.broke(
            "misreported", f"{where}: {row['sid']} is {last}, told as {outcome} ({status}, {result['status']})"
        )


def _had_outage(simulation: Simulation) -> bool:
    """Whether there were OUTAGE_S without a create call that Twilio took, while some were made."""
    times = sorted(
        message.created - simulation.clock.now + simulation.clock.monotonic() for message in simulation.twilio.messages
    )
    tried = [call.at for call in simulation.network.calls if call.is_create]
    edges = [tried[0], *(at for at in times if at >= tried[0]), tried[-1] + REQUEST_DEADLINE_S]
    return any(after - before >= OUTAGE_S for before, after in zip(edges, edges[1:]))


def chaos(sends: int, seed: int, share: float, on_progress: Callable[[int], object]) -> Counts:
    """Play as many seeds as so many sends need, and add up what they counted."""
    total = Counts()
    for number in range((sends + SENDS_A_RUN - 1) // SENDS_A_RUN):
        _, counts = simulate(seed * 1_000_000 + number, share, min(SENDS_A_RUN, sends - number * SENDS_A_RUN))
        total.add(counts)
        on_progress(counts.sends)
    return total


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
