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
"""Groups of runs, one after the other, with a local Twilio, its people, and the faults; and what is counted."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

from benchmarks.chaos_questions.answer_rules import DAY_S, codes_of, shown_at
from benchmarks.chaos_questions.counts import Counts
from benchmarks.chaos_questions.faults import FaultsAndOutages
from benchmarks.chaos_questions.people import People
from benchmarks.chaos_questions.plan import NUMBERS, POOL_NUMBER, TIMEOUTS_S, GroupPlan, Planner
from benchmarks.chaos_questions.record import SECOND_S, UNORDERED_S, Record
from benchmarks.chaos_questions.response_judge import ResponseJudge
from benchmarks.chaos_questions.run import AppRun, Runner
from benchmarks.chaos_questions.run_judge import RunJudge
from benchmarks.refused_connections import connections_refused
from sandbox.fast_clock import FastClock
from sandbox.soar import ProcessDied
from sandbox.twilio import (
    FROM_PHONE,
    SERVICE_SID,
    WHATSAPP_SENDER,
    Fault,
    LocalTwilio,
    Message,
    PhoneNumber,
    RecordedRequest,
)


_SPEED = 40.0
_GROUP_GAP_S = 200.0  # that pass between two groups of runs, so that the log read by one holds little of the other
_LATE_ROW_S = 15.0  # after its creation, a late row comes into the log at the latest
_ENDLESS_S = 1000.0  # after which a run is not waited for any more


def chaos_questions(
    questions: int,
    seed: int,
    share: float,
    on_asked: Callable[[int], object] = lambda asked: None,
    *,
    timeouts_s: tuple[float, ...] = TIMEOUTS_S,
) -> Counts:
    """Ask so many questions with faults on this share of the requests, and count what went wrong.

    `timeouts_s` are the seconds for which questions are waited for, 0 among them for those that are not.
    `on_asked` is called after each group of runs with the number of its questions.
    """
    time = FastClock(_SPEED, skew_s=random.Random(seed).uniform(-7200.0, 7200.0), seed=seed)
    numbers = [PhoneNumber(number) for number in NUMBERS]
    services = {SERVICE_SID: (FROM_PHONE, POOL_NUMBER)}
    with LocalTwilio(clock=time.time, sleep=time.sleep, numbers=numbers, services=services) as twilio:
        chaos = _Chaos(twilio, time, seed, share, timeouts_s)
        twilio.faults.choose = chaos.fault
        with _patched(chaos, twilio, seed):
            left = questions
            while left > 0:
                asked = chaos.run_group(left)
                left -= asked
                on_asked(asked)
            chaos.a_day_later()
        counts = chaos.counts
        counts.requests, counts.faults = len(twilio.requests), chaos.faults.faults
        counts.refused_connections = chaos.faults.refused
    return counts


class _Chaos:
    """The whole: a local Twilio, its people, the runs that ask them, and what is counted."""

    def __init__(
        self, twilio: LocalTwilio, time: FastClock, seed: int, share: float, timeouts_s: tuple[float, ...]
    ) -> None:
        self.counts = Counts()
        self.faults = FaultsAndOutages(seed, share, began=time.time())
        self._twilio, self._time, self._seed, self._share = twilio, time, seed, share
        self._planner, self._people = Planner(seed, timeouts_s), People(seed, twilio)
        self._record, self._runner = Record(twilio, time), Runner(twilio, time)
        self._run_judge = RunJudge(self.counts, self._record)
        self._response_judge = ResponseJudge(self.counts, self._record, self._runner, time)
        self._lateness = random.Random(seed)
        self._add = twilio.log.add
        twilio.log.unordered_s = UNORDERED_S

    # --- what happens at the local Twilio

    def add(self, message: Message) -> None:
        """Put a message into Twilio's log, where it may appear late, and let its person react to a question."""
        if self._share and self._lateness.random() < 0.15:
            message.listed_at = message.created + self._lateness.uniform(0.0, _LATE_ROW_S)
        self._add(message)
        question = self._record.question_of(message.body)
        if question is not None and message.direction == "outbound-api":
            self._people.react(question, message)

    def fault(self, request: RecordedRequest) -> Fault | None:
        """Kill a run that dies when it asks, and choose the fault that a request meets, if any."""
        run = self._record.run_of(request.form.get("Body", "")) if request.method == "POST" else None
        if run is not None and run.plan.dies_when_asked:
            run.connector.kill()
        return self.faults.fault(request)

    # --- a group of runs

    def run_group(self, most: int) -> int:
        """Let a few runs ask at most so many questions side by side, judge them, and return how many it were."""
        runs = self._prepare(self._planner.draw_group(most))
        began = self._time.time()
        threads = [threading.Thread(target=self._runner.ask, args=(run,), name="run", daemon=True) for run in runs]
        for thread in threads:
            thread.start()
        prober = random.Random(f"{self._seed} prober {began}")
        while any(thread.is_alive() for thread in threads) and self._time.time() < began + _ENDLESS_S:
            self._time.sleep(prober.uniform(2.0, 8.0))
            questions = self._record.taken(runs)
            if questions:
                self._response_judge.fetch(prober.choice(questions))
        self._settle()
        for run, thread in zip(runs, threads):
            if thread.is_alive():
                self.counts.broke("late", f"a run never ended: {run.connector.progress_log[-3:]}")
            else:
                self._run_judge.judge(run)
        for message in self._record.taken(runs):
            self._response_judge.fetch(message, is_last=True)
        self._time.advance(_GROUP_GAP_S)
        return sum(len(run.plan.questions) for run in runs)

    def a_day_later(self) -> None:
        """Fetch once more the answers to questions that somebody answered a day later."""
        now = self._time.time()
        waiting = {message.person for message in self._twilio.messages if message.created > now + DAY_S / 2}
        self._time.advance(DAY_S + 60.0)
        questions = [message for message in self._twilio.messages if codes_of(message.body) and message.to in waiting]
        for message in questions[:: max(len(questions) // 60, 1)]:
            self._response_judge.fetch(message, is_last=True)

    def _prepare(self, group: GroupPlan) -> list[AppRun]:
        """Make the local Twilio ready for a group that begins now, and return its runs."""
        self._twilio.outcomes.update(group.outcomes)
        for plan in group.runs:
            self.counts.questions += len(plan.questions)
            if plan.sender == WHATSAPP_SENDER:
                for question in plan.questions:
                    self._twilio.receive(question.person, plan.sender, "Hello")  # opens WhatsApp's window of 24 hours
        began = self._time.time()
        runs = [AppRun.of(plan, began) for plan in group.runs]
        for run in runs:
            self._record.add(run)
        return runs

    def _settle(self) -> None:
        """Let the time pass until every text of now has come, and stands in the log."""
        now = self._time.time()
        times = [shown_at(message) for message in self._twilio.messages]
        self._time.advance(max([time for time in times if time < now + DAY_S / 2] + [now]) - now + SECOND_S)


class _FewDraws:
    """In the place of `secrets`: draws codes from so few that runs side by side often draw the same."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)

    def choice(self, numbers: list[int]) -> int:
        return self._rng.choice(numbers[:6])

    def randbelow(self, end: int) -> int:
        return 100_000 + self._rng.randrange(40)


@contextmanager
def _patched(chaos: _Chaos, twilio: LocalTwilio, seed: int) -> Iterator[None]:
    def note(hook: threading.ExceptHookArgs) -> None:
        if not issubclass(hook.exc_type, ProcessDied):
            chaos.counts.broke("tracebacks", f"in thread {hook.thread}: {hook.exc_value!r}")

    with ExitStack() as stack:
        stack.enter_context(connections_refused(chaos.faults.refuses))
        stack.enter_context(mock.patch.object(threading, "excepthook", note))
        stack.enter_context(mock.patch.object(twilio.log, "add", chaos.add))
        few_draws = _FewDraws(seed)
        for module in ("actions.conversations", "actions.ask_question"):  # of numbers, and of long codes
            stack.enter_context(mock.patch(f"{module}.secrets", few_draws))
        yield
