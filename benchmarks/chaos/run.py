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
"""One run of the app, or two side by side, through what a plan lets happen; and all that can be judged of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from benchmarks.chaos.chance import Chance
from benchmarks.chaos.fault_injector import Call, FaultInjector, Record
from benchmarks.chaos.grammar import RunPlan
from benchmarks.chaos.machine import Log, Stalls
from benchmarks.chaos.network import Network
from benchmarks.memory import PeakMemory
from sandbox.assets import local_asset
from sandbox.fast_clock import FastClock
from sandbox.soar import run_action
from sandbox.twilio import SERVICE_SID, LocalTwilio, Message, Outcome
from twilio_connector import TwilioConnector
from twilio_consts import TRIAL_PREFIX


SPEED = 40.0
_SAMPLE_S = 0.01  # real seconds between two samples of the results

Key = tuple[str, str]  # recipient and text


@dataclass
class AppRun:
    """What a run of the app left, and the truth about it. Times are seconds of the run's clock."""

    record: Record
    began_at: float = 0.0
    ended_at: float = 0.0
    json: dict[str, Any] = field(default_factory=dict)
    progress: list[str] = field(default_factory=list)
    debug_data: list[Any] = field(default_factory=list)
    lies: list[str] = field(default_factory=list)  # what results said while it went on, and was not so
    samples: int = 0

    @property
    def results(self) -> list[dict[str, Any]]:
        """The action results."""
        return list(self.json.get("result_data", []))


@dataclass
class PlayedPlan:
    """All that can be judged of a plan that was played. `now` is the local Twilio's clock at the end."""

    plan: RunPlan
    runs: list[AppRun]
    messages: dict[str, Message]
    now: float
    epoch: float  # seconds since the epoch at second 0 of the clock
    log: Log
    stalls_s: float  # of the run's clock
    peak_bytes: int
    secrets: Sequence[tuple[str, str]]

    @property
    def call_count(self) -> int:
        """How many calls came."""
        return sum(len(run.record.calls) for run in self.runs)


def play(plan: RunPlan, network: Network, speed: float = SPEED) -> PlayedPlan:
    """Let the app run through a plan."""
    clock = FastClock(speed, skew_s=plan.clock_skew_s, seed=plan.seed)
    chance = Chance(plan.seed, plan.number)
    log, memory = Log(), PeakMemory()
    network.released.clear()
    with ExitStack() as stack:
        twilio = stack.enter_context(_local_twilio(plan, clock, chance))
        injectors = [
            FaultInjector(plan, twilio, clock, network, chance.child(name))
            for name in ("first", "second")[: _runs(plan)]
        ]
        stack.enter_context(log.kept())
        memory.begin()
        stalls = stack.enter_context(Stalls())
        runs = [AppRun(injector.record) for injector in injectors]
        threads = [
            Thread(target=_run_app, args=(plan, run, injector, twilio, clock, delay_s), name="run")
            for run, injector, delay_s in zip(runs, injectors, (0.0, plan.rival_after_s or 0.0))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        peak_bytes = memory.bytes
        for injector in injectors:
            injector.stop()
        messages = {message.sid: message for message in twilio.messages}
        return PlayedPlan(
            plan,
            runs,
            messages,
            clock.time(),
            clock.time() - clock.monotonic(),
            log,
            stalls.total_s * speed,
            peak_bytes,
            [(twilio.account_sid, twilio.auth_token), *network.secrets],
        )


def _runs(plan: RunPlan) -> int:
    return 1 if plan.rival_after_s is None else 2


def _local_twilio(plan: RunPlan, clock: FastClock, chance: Chance) -> LocalTwilio:
    twilio = LocalTwilio(
        account_type="Trial" if plan.is_trial else "Full",
        clock=clock.time,
        sleep=clock.sleep,
        max_concurrent=plan.max_concurrent,
    )
    for each in plan.recipients:
        twilio.outcomes[each.to] = Outcome(each.status, each.after_s, each.error_code)
        if each.is_unsubscribed:
            twilio.unsubscribed.add(each.to)
    for place, seconds in plan.earlier:
        recipient = plan.recipients[place]
        text = TRIAL_PREFIX + recipient.text if plan.is_trial else recipient.text
        twilio.add_message(recipient.to, text, created=clock.time() - seconds)
    twilio.log.unordered_s = plan.unordered_s
    twilio.log.hides = lambda message: _is_hidden(message, plan, clock.time(), chance.only(f"row {message.sid}"))
    return twilio


def _is_hidden(message: Message, plan: RunPlan, now: float, chance: random.Random) -> bool:
    """Whether the log does not show a message now: some rows never come, the others late."""
    if chance.random() < plan.hidden_share:
        return True
    return now < message.created + chance.uniform(0.0, plan.log_lag_s)


def _run_app(
    plan: RunPlan, run: AppRun, injector: FaultInjector, twilio: LocalTwilio, clock: FastClock, delay_s: float
) -> None:
    clock.sleep(delay_s)
    app = TwilioConnector()
    app.clock = clock.for_app()
    config = {
        **local_asset(twilio),
        "base_url": injector.base_url,
        "from_phone": SERVICE_SID if plan.has_service else twilio.from_phone,
    }
    parameters = [{"to_phone": each.to, "message": each.text} for each in plan.recipients]
    with _Sampler(app, run, injector, twilio, clock):
        run.began_at = clock.monotonic()
        injector.begin()
        run.json = run_action("send message", config, parameters, connector=app)
        run.ended_at = clock.monotonic()
    run.progress = [line.text for line in app.progress_log]
    run.debug_data = [item for row in app.get_action_results() for item in row.get_debug_data()]


class _Sampler:
    """Reads the results while a run goes on, and holds them against what Twilio has taken.

    Whenever a create call comes, and every few milliseconds.
    """

    def __init__(
        self, app: TwilioConnector, run: AppRun, injector: FaultInjector, twilio: LocalTwilio, clock: FastClock
    ) -> None:
        self._app = app
        self._run = run
        self._twilio = twilio
        self._clock = clock
        self._stop = Event()
        self._sids: dict[int, str] = {}  # by the place of the result
        self._thread = Thread(target=self._watch, name="sampler", daemon=True)
        injector.on_create = self._came

    def __enter__(self) -> _Sampler:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(_SAMPLE_S):
            taken = self._taken()
            self._check_unsent(taken)
            self._check_known()

    def _came(self, call: Call) -> None:
        taken = self._taken()
        taken[call.to, call.body] = taken.get((call.to, call.body), 0) + 1
        self._check_unsent(taken)

    def _taken(self) -> dict[Key, int]:
        """How many messages Twilio has taken of each recipient and text."""
        taken: dict[Key, int] = {}
        for call in self._run.record.creates():
            if call.sid:
                taken[call.to, call.body] = taken.get((call.to, call.body), 0) + 1
        return taken

    def _check_unsent(self, taken: dict[Key, int]) -> None:
        """A result that says "not sent" while its message is at Twilio, or on its way there, lies."""
        self._run.samples += 1
        may_be_sent: dict[Key, int] = {}
        for result in list(self._app.get_action_results()):
            parameter = result.get_param()
            key = parameter["to_phone"], parameter["message"]
            says_unsent = result.get_summary().get("outcome", "not_sent") == "not_sent"
            says_unsent = says_unsent or "Nothing was sent" in result.get_message()
            may_be_sent[key] = may_be_sent.get(key, 0) + (not says_unsent)
        for key, times in taken.items():
            if may_be_sent.get(key, 0) < times:
                self._lie(f"{key}: reported as not sent while Twilio took it {times} times")

    def _check_known(self) -> None:
        """A result that claims a message, or a status, that is not there lies; so does one that drops its message."""
        for place, result in enumerate(list(self._app.get_action_results())):
            parameter, outcome = result.get_param(), result.get_summary().get("outcome")
            is_success = result.get_status()  # before the row, which is there first
            sid = next((str(row.get("sid")) for row in list(result.get_data())), "")
            message = self._twilio.log.find(sid) if sid else None
            status = message.status(self._clock.time()) if message else None
            if self._sids.setdefault(place, sid) not in ("", sid):
                self._lie(f"{parameter}: {self._sids[place]} became {sid!r}")
            self._sids[place] = sid or self._sids[place]
            if outcome == "delivered" and status != "delivered":
                self._lie(f"{parameter}: reported as delivered while it is {status}")
            if outcome == "undelivered" and status not in ("undelivered", "failed"):
                self._lie(f"{parameter}: reported as undelivered while it is {status}")
            if is_success and message is None:
                self._lie(f"{parameter}: reported as a success while Twilio has no such message")

    def _lie(self, what: str) -> None:
        if what not in self._run.lies:
            self._run.lies.append(what)
