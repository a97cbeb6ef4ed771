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
"""Chaos for calls: hundreds of calls with faults on two of five requests, and a count of what went wrong.

    python -m benchmarks.chaos_calls [--calls 500] [--seed 1] [--share 0.4]

Half of the calls ask for an acknowledgement. Every request to the local Twilio (calls, flows, executions, contexts)
meets a fault with the given chance: any of `Fault`; and so does every new connection (refused). People answer, decline,
let it ring, hang up, press 1 or another key, or have a machine that answers. Some are called twice in one run, some
have been called by others just before, some runs are cancelled, now and then an execution is ended by hand, or the
app's flow deleted. Calls and executions show their ends sooner or later. What the n-th request of a kind meets follows
from the seed alone. Afterwards each action result is held against what the local Twilio really did:

- called twice: Twilio called a person twice for one parameter set, or two results claim the same call
- lost: Twilio called, but the result says that nothing was sent, or has no SID and does not say that it is unknown
- misreported: the result names a call that is not its own, or says of its end what is not so
- acknowledged without a key: the result says that a person acknowledged, and nobody pressed 1 in that call

All four must be 0. "Unknown" (it cannot be known, and nobody was called again) and "unconfirmed" are honest words.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.chaos_program import run_chaos
from benchmarks.promise_counts import PromiseCounts
from benchmarks.random_faults import RandomFaults
from benchmarks.refused_connections import connections_refused
from sandbox.assets import local_asset
from sandbox.fast_clock import FastClock
from sandbox.soar import run_action
from sandbox.twilio import Call, CallOutcome, LocalTwilio, RecordedRequest
from sandbox.twilio.call import FINAL_STATUSES, Script
from sandbox.twilio.execution import Execution
from twilio_connector import TwilioConnector


SPEED = 40.0
CALLS_A_RUN = 10
CANCELLED_RUNS = 0.15  # the share of runs that are cancelled
DELETED_FLOWS = 0.3  # the share of runs before which the app's flow is deleted
ENDED_BY_HAND = 0.1  # the share of progress lines at which an execution is ended by hand
END_LAGS_S = (0.0, 0.0, 1.0, 5.0)  # until a call shows the end of its execution, and the other way round
CALLS_OF_OTHERS = 0.3  # the share of runs before which somebody else called some of the people
RINGING_S = 8
_ANSWERS = (
    CallOutcome(after_s=2.0, keys="1", key_after_s=3.0),
    CallOutcome(after_s=1.0, keys="1", key_after_s=4.5),
    CallOutcome(after_s=2.0, keys="2", key_after_s=3.0),
    CallOutcome(after_s=2.0, answered_by="machine_start"),
    CallOutcome(after_s=2.0, answered_by="unknown"),
    CallOutcome(after_s=2.0),
    CallOutcome(after_s=2.0, hang_up_after_s=1.0),
    CallOutcome(after_s=2.0, hang_up_after_s=3.0),
    CallOutcome("busy", after_s=2.0),
    CallOutcome("failed", after_s=1.0),
    CallOutcome("no-answer"),
)
_NOT_ANSWERED = FINAL_STATUSES - {"completed"}


@dataclass
class Counts(PromiseCounts):
    """What a chaos run counted."""

    GROUPS = {
        "What happened": ("calls", "cancelled_runs", "ended_by_hand", "requests", "faults", "refused_connections"),
        "Outcomes": (
            *("acknowledged", "not_acknowledged", "answered", "unconfirmed"),
            *("not_answered", "not_sent", "unknown"),
        ),
    }
    PROMISES = ("called_twice", "lost", "misreported", "acknowledged_without_a_key")

    calls: int = 0
    requests: int = 0
    faults: int = 0
    refused_connections: int = 0
    cancelled_runs: int = 0
    ended_by_hand: int = 0
    acknowledged: int = 0
    not_acknowledged: int = 0
    answered: int = 0
    unconfirmed: int = 0
    not_answered: int = 0
    unknown: int = 0
    not_sent: int = 0
    called_twice: int = 0
    lost: int = 0
    misreported: int = 0
    acknowledged_without_a_key: int = 0


def _kind_of(request: RecordedRequest) -> str:
    """The resource, without SIDs, and the person called."""
    words = [word for word in request.path.split("/") if not any(char.isdigit() for char in word)]
    return f"{'/'.join(words)} {request.form.get('To', '')}"


class Chaos:
    """Makes calls with faults injected, run by run, and judges each run."""

    def __init__(self, seed: int, share: float) -> None:
        self.counts = Counts()
        self._clock = FastClock(SPEED, seed=seed)
        self._twilio = LocalTwilio(clock=self._clock.time, sleep=self._clock.sleep)
        self._faults = RandomFaults(seed, share, _kind_of)
        self._twilio.faults.choose = self._faults.fault
        self._rng = random.Random(seed)

    def run(self, calls: int, on_run: Callable[[int], object]) -> None:
        """Make so many calls; `on_run` is called after each run with the number of its calls."""
        first = 0
        with self._twilio, connections_refused(self._faults.refuses):
            while self.counts.calls < calls:
                # a cancelled run has fewer results
                parameters = [_parameters(n) for n in range(first, first + min(CALLS_A_RUN, calls - self.counts.calls))]
                first += CALLS_A_RUN
                self._prepare(parameters)
                results = self._run(parameters)
                _Judge(self._twilio, self.counts).judge(results)
                on_run(len(results))
        self.counts.requests, self.counts.faults = len(self._twilio.requests), self._faults.faults
        self.counts.refused_connections = self._faults.refused

    def _prepare(self, parameters: list[dict[str, Any]]) -> None:
        studio = self._twilio.studio
        studio.settings.end_lag_s = self._rng.choice(END_LAGS_S)
        studio.settings.call_end_lag_s = self._rng.choice(END_LAGS_S)
        studio.settings.end_ends_call = self._rng.random() < 0.5
        for row in parameters:
            self._twilio.call_log.outcomes[row["to_phone"]] = self._rng.choice(_ANSWERS)
        if self._rng.random() < DELETED_FLOWS:
            for flow in studio.flows:
                studio.delete_flow(flow)
        elif studio.flows and self._rng.random() < CALLS_OF_OTHERS:
            for to in {row["to_phone"] for row in parameters[::3]}:
                others = {"message": "of others", "run_id": "of others"}
                studio.create_execution(studio.flows[0], to, self._twilio.from_phone, others)
            # Some of these calls are running, others are over; none began in the seconds in which Twilio's dates, which
            # are whole seconds, could not tell them from this run's
            self._clock.sleep(self._rng.choice((4.0, 40.0)))

    def _run(self, parameters: list[dict[str, Any]]) -> list[dict[str, Any]]:
        app = TwilioConnector()
        app.clock = self._clock.for_app()
        lines = self._rng.randrange(1, 12) if self._rng.random() < CANCELLED_RUNS else None
        self.counts.cancelled_runs += lines is not None

        def watch(line: str, is_kept: bool) -> None:
            nonlocal lines
            if lines is not None:
                lines -= 1
                if lines == 0:
                    app.cancel()
            if self._rng.random() < ENDED_BY_HAND:
                self._end_by_hand()

        config = local_asset(self._twilio)
        return list(run_action("call phone", config, parameters, connector=app, progress=watch)["result_data"])

    def _end_by_hand(self) -> None:
        """Let somebody end an execution at Twilio, if one is running."""
        now = self._twilio.clock()
        running = [each for each in self._twilio.studio.executions if each.status_at(now) == "active"]
        if running:
            self._rng.choice(running).end()
            self.counts.ended_by_hand += 1


class _Judge:
    """Holds the results of a run against what the local Twilio did."""

    def __init__(self, twilio: LocalTwilio, counts: Counts) -> None:
        self._counts = counts
        self._now = twilio.clock()
        self._twilio = twilio
        self._calls = {call.sid: call for call in twilio.calls}
        self._executions = {execution.sid: execution for execution in twilio.studio.executions}
        self._claimed: Counter[str] = Counter()

    def judge(self, results: list[dict[str, Any]]) -> None:
        """Count what the results of a run say, and the promises that they broke."""
        for result in results:
            self._counts.calls += 1
            outcome = result["summary"]["outcome"]
            setattr(self._counts, outcome, getattr(self._counts, outcome) + 1)
            if result["parameter"]["acknowledge"]:
                self._judge_execution(result, outcome)
            else:
                self._judge_call(result, outcome)
        for sid, times in self._claimed.items():
            if times > 1:
                self._counts.broke("called_twice", f"{sid} was claimed {times} times")

    def _judge_call(self, result: dict[str, Any], outcome: str) -> None:
        text = result["parameter"]["message"]
        made = [call for call in self._calls.values() if _text(call) == text]
        if not self._is_kept(result, outcome, [call.sid for call in made], lambda row: row.get("sid")):
            return
        (row,), (call,) = result["data"], made
        truth = call.status_at(self._now)
        is_over = row["status"] in FINAL_STATUSES
        right = {
            "answered": call.answered_by_at(self._now) == "human",
            "unconfirmed": not is_over or call.answered_by_at(self._now) != "human",
            "not_answered": truth in _NOT_ANSWERED,
        }
        if not right.get(outcome, False) or (is_over and row["status"] != truth):
            self._misreported(result, truth)
        self._check(result, call, is_good=outcome in ("answered", "unconfirmed"))

    def _judge_execution(self, result: dict[str, Any], outcome: str) -> None:
        text = result["parameter"]["message"]
        made = [execution for execution in self._executions.values() if execution.parameters.get("message") == text]
        if not self._is_kept(
            result, outcome, [execution.sid for execution in made], lambda row: row.get("execution", {}).get("sid")
        ):
            return
        (row,), (execution,) = result["data"], made
        pressed = _has_acknowledged(execution, self._now)
        if outcome == "acknowledged" and not pressed:
            self._counts.broke("acknowledged_without_a_key", f"{text}: {result['message']!r}")
        call = execution.calls[0] if execution.calls else None
        status = call.status_at(self._now) if call else "not called"
        right = {
            "acknowledged": pressed,
            "not_acknowledged": not pressed and status in ("completed", "in-progress"),
            "not_answered": not pressed and (call is None or status in _NOT_ANSWERED),
            "unknown": True,
        }
        if not right.get(outcome, False) or ("sid" in row and (call is None or row["sid"] != call.sid)):
            self._misreported(result, status)
        if len(execution.calls) > 1:
            self._counts.broke("called_twice", f"{text}: {len(execution.calls)} calls of one execution")
        if not _is_true_of_end(result["message"], execution, call):
            self._misreported(result, "another end")
        self._check(result, call, is_good=outcome == "acknowledged")

    def _is_kept(
        self, result: dict[str, Any], outcome: str, made: list[str], sid_of: Callable[[dict[str, Any]], object]
    ) -> bool:
        """Count what was called twice or lost; whether there is one call and one row of data to compare."""
        text = result["parameter"]["message"]
        if len(made) > 1:
            self._counts.broke("called_twice", f"{text}: asked once, called {len(made)} times")
        if not result["data"]:
            if outcome not in ("unknown", "not_sent") or (outcome == "not_sent" and made):
                self._counts.broke("lost", f"{text}: {outcome}, {result['message']!r}, made {made}")
            if result["status"] != "failed":
                self._misreported(result, "without data")
            return False
        sid = str(sid_of(result["data"][0]))
        self._claimed[sid] += 1
        if sid not in made:
            self._misreported(result, f"{sid} is not its own")
            return False
        return len(made) == 1

    def _check(self, result: dict[str, Any], call: Call | None, *, is_good: bool) -> None:
        if (result["status"] == "success") != is_good:
            self._misreported(result, "another status")
        if "and the call with it" in result["message"] and call and call.status in ("queued", "ringing"):
            self._misreported(result, "it still rings")

    def _misreported(self, result: dict[str, Any], truth: str) -> None:
        report = f"{result['parameter']['message']}; reported as {result['status']}, {result['message']!r}"
        self._counts.broke("misreported", f"{report}; it is {truth}")


def _parameters(number: int) -> dict[str, Any]:
    """Every second call asks for an acknowledgement; some go to the person of the one before."""
    person = number - 1 if number % 5 == 3 else number
    return {
        "to_phone": f"+1510{2_000_000 + person}",
        "message": f"Page {number}.",  # as a sentence, it is spoken unchanged
        "acknowledge": number % 2 == 0,
        "timeout": RINGING_S,
    }


def _text(call: Call) -> str:
    """What a call says that is no flow's."""
    utterances = call.conversation.utterances if isinstance(call.conversation, Script) else ()
    return utterances[0].text if utterances else ""


def _has_acknowledged(execution: Execution, now: float) -> bool:
    """Whether somebody pressed 1 when they were asked."""
    widgets = execution.walk(now).widgets
    return any(widget.get("Digits") == "1" for name, widget in widgets.items() if name.startswith("question"))


def _is_true_of_end(message: str, execution: Execution, call: Call | None) -> bool:
    """Whether it is true who, by the words of a result, ended a flow or hung up; either may be said of both."""
    hung_up_at = math.inf if call is None else call.cut_off_at
    if "The person hung up before" in message:
        return hung_up_at < execution.ended_by_client_at
    if "The flow was ended" in message:
        return execution.ended_by_client_at < hung_up_at
    return True


def chaos(calls: int, seed: int, share: float, on_run: Callable[[int], object] = lambda calls: None) -> Counts:
    """Make so many calls with faults on this share of the requests, and count what went wrong."""
    run = Chaos(seed, share)
    run.run(calls, on_run)
    return run.counts


if __name__ == "__main__":
    run_chaos(chaos, name="chaos_calls", does="Makes calls", unit="calls", count=500, share=0.4)
