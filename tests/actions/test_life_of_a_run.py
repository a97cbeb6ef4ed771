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
"""The life of a run, seen from outside: however it ends, nothing happens behind its back, and what it says is true."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from actions.action import Report
from actions.delivery_report import delivery_report
from sandbox.assets import local_asset
from sandbox.memory_transport import MemoryRequest, Trouble
from sandbox.soar import APP_DIR
from sandbox.twilio import Fault, LocalTwilio, Outcome
from tests.harness import E164, TO, Harness, Run, ServedHarness, people
from twilio_api.delivery import Delivery
from twilio_connector import TwilioConnector


ROUND_TRIP_S = 0.15
PROMPT_S = 2.0  # within which a process can exit once its run has ended


@pytest.fixture
def harness() -> Harness:
    """A harness at 150 ms a round trip."""
    return Harness(round_trip_s=ROUND_TRIP_S, outcome=Outcome("delivered", 3.0))


@contextmanager
def nothing_afterwards(harness: Harness) -> Iterator[None]:
    """Prove that once a run is over no call is under way, and no request leaves in the minutes that follow."""
    yield
    assert harness.network.under_way == 0
    calls = len(harness.network.calls)
    harness.clock.advance(300.0)
    assert len(harness.network.calls) == calls


# --- exceptions of the platform


@pytest.mark.parametrize("error", [BrokenPipeError(), ValueError("I/O operation on closed file")])
@pytest.mark.parametrize("often", ["once", "always"])
def test_progress_that_cannot_be_shown_changes_nothing(harness: Harness, often: str, error: Exception) -> None:
    raised: list[str] = []

    def watch(app: TwilioConnector, line: str) -> None:
        if often == "always" or (harness.clock.monotonic() > 0.5 and not raised):
            raised.append(line)
            raise error

    with nothing_afterwards(harness):
        run = harness.send_all(people(40), watch=watch)
    assert raised
    assert Counter(run.outcomes) == {"delivered": 40}
    assert len(harness.twilio.messages) == 40


@pytest.mark.parametrize(
    "error", [ValueError("I/O operation on closed file"), UnicodeEncodeError("ascii", "\u2026", 0, 1, "no")]
)
def test_a_search_that_cannot_be_shown_finds_the_message_all_the_same(harness: Harness, error: Exception) -> None:
    harness.fault(Fault.RESET_AFTER)
    raised: list[str] = []

    def watch(app: TwilioConnector, line: str) -> None:
        if "Searching" in line:
            raised.append(line)
            raise error

    run = harness.send_all([TO], watch=watch)
    assert raised
    assert (Counter(run.outcomes), run.row["sid"]) == ({"delivered": 1}, harness.twilio.messages[0].sid)


@pytest.mark.parametrize("error", [ValueError("I/O operation on closed file"), KeyError("no such key")])
def test_an_error_that_nobody_expected_does_not_say_that_what_was_sent_was_not(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    reports = iter([delivery_report])  # of the message as Twilio took it; there is none of what came afterwards

    def report(delivery: Delivery) -> Report:
        for make in reports:
            return make(delivery)
        raise error

    monkeypatch.setattr("actions.send_message.delivery_report", report)
    run = harness.send()
    assert (run.status, Counter(run.outcomes)) == ("failed", {"unconfirmed": 1})
    assert run.row["sid"] == harness.twilio.messages[0].sid


def test_a_platform_that_cannot_say_whether_the_run_is_cancelled_changes_nothing(harness: Harness) -> None:
    class Breaks(TwilioConnector):
        def is_action_cancelled(self) -> bool:
            if harness.clock.monotonic() > 0.5:
                raise OSError("the database is gone")
            return super().is_action_cancelled()

    with nothing_afterwards(harness):
        run = harness.send_all(people(40), connector=Breaks())
    assert Counter(run.outcomes) == {"delivered": 40}


# --- a machine on which no thread can be started

NO_THREAD = Trouble(refusal="no thread could be started", is_transient=False)


@pytest.mark.parametrize("count", [1, 40])
def test_without_threads_nothing_was_sent_and_the_result_says_so(harness: Harness, count: int) -> None:
    harness.network.trouble = lambda request: NO_THREAD
    with nothing_afterwards(harness):
        run = harness.send_all(people(count))
    assert Counter(run.outcomes) == {"not_sent": count}
    assert all("no thread could be started" in result["message"] for result in run.results)
    assert all("Nothing was sent" in result["message"] for result in run.results)
    assert run.seconds < 45.0


def test_without_threads_from_the_middle_on_no_message_is_forgotten(harness: Harness) -> None:
    began = harness.clock.monotonic()
    harness.network.trouble = lambda request: NO_THREAD if request.at - began > 0.5 else None
    with nothing_afterwards(harness):
        run = harness.send_all(people(40))
    sent = len(harness.twilio.messages)
    assert 0 < sent < 40
    assert Counter(run.outcomes) == {"unconfirmed": sent, "not_sent": 40 - sent}


# --- reads that hang, and a key that may not list


@pytest.mark.parametrize("cancelled_s", [None, 5.0], ids=["not cancelled", "cancelled"])
def test_reads_that_hang_hold_no_run_up(cancelled_s: float | None) -> None:
    harness = Harness(round_trip_s=ROUND_TRIP_S)
    harness.use_key("twilio/messaging/messages/create", "twilio/messaging/messages/read")
    harness.twilio.faults.choose = lambda request: Fault.HANG_BEFORE if request.method == "GET" else None
    with nothing_afterwards(harness):
        run = harness.send_all(people(200), cancelled_after_s=cancelled_s)
    assert Counter(run.outcomes) == {"unconfirmed": 200}
    last_sent_s = harness.requests("POST")[-1].time - harness.requests("POST")[0].time
    assert run.seconds <= (last_sent_s + 60.0 + 15.0 + 25.0 if cancelled_s is None else cancelled_s + PROMPT_S)


# --- the end of the process


@pytest.mark.parametrize("after_s", [0.01, 0.1, 0.5, 1.0, 30.0])
def test_a_signal_ends_all_that_the_run_began(harness: Harness, after_s: float) -> None:
    def terminate() -> None:
        raise SystemExit

    harness.twilio.faults.choose = lambda request: Fault.HANG_BEFORE if request.method == "GET" else None
    harness.clock.call_later(after_s, terminate)
    app = TwilioConnector()
    with nothing_afterwards(harness), pytest.raises(SystemExit):
        harness.send_all(people(60), connector=app)
    assert harness.clock.monotonic() - 300.0 <= after_s + PROMPT_S
    sent = {message.to for message in harness.twilio.messages}
    said = {
        str(result.get_param()["to_phone"]): str(result.get_summary()["outcome"]) for result in app.get_action_results()
    }
    assert sent <= said.keys()
    assert {said[to] for to in sent} <= {"unconfirmed", "unknown", "delivered"}
    assert {to for to, outcome in said.items() if outcome == "unconfirmed"} <= sent


@pytest.mark.parametrize("another_after", [0, 1, 4], ids=["once", "at once again", "again while it ends"])
def test_a_signal_between_two_steps_of_the_loop_ends_the_run_all_the_same(
    monkeypatch: pytest.MonkeyPatch, another_after: int
) -> None:
    run = asyncio.events.Handle._run
    for number in range(1, 300, 26):
        steps = itertools.count(1)

        def run_or_end(handle: asyncio.Handle, steps: Iterator[int] = steps, last: int = number) -> None:
            if next(steps) in (last, last + another_after):
                raise SystemExit
            run(handle)

        harness = Harness(round_trip_s=ROUND_TRIP_S)
        monkeypatch.setattr(asyncio.events.Handle, "_run", run_or_end)
        began = harness.clock.monotonic()
        with nothing_afterwards(harness), pytest.raises(SystemExit):
            harness.send_all(people(10))
        assert harness.clock.monotonic() - 300.0 - began < 10.0


def test_a_signal_at_the_end_of_a_step_of_the_loop_ends_the_run_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    run = asyncio.events.Handle._run
    for number in range(1, 31):
        steps = itertools.count(1)

        def run_and_end(handle: asyncio.Handle, steps: Iterator[int] = steps, last: int = number) -> None:
            run(handle)
            if next(steps) == last:
                raise SystemExit

        harness = Harness(round_trip_s=ROUND_TRIP_S)
        monkeypatch.setattr(asyncio.events.Handle, "_run", run_and_end)
        with nothing_afterwards(harness), pytest.raises(SystemExit):
            harness.send_all(people(10))


RUN = f"""
import json, signal, sys
sys.path[:0] = [{str(APP_DIR)!r}, {str(APP_DIR / "sandbox" / "soar" / "platform")!r}]
from sandbox.soar import run_action

def terminate(number, frame):
    raise SystemExit(3)

signal.signal(signal.SIGTERM, terminate)
config, people = json.loads(sys.argv[1])
run_action("send message", config, [dict(to_phone=to, message="page") for to in people])
"""


def test_sigterm_ends_the_process_within_two_seconds_and_nothing_is_sent_afterwards() -> None:
    with LocalTwilio(latency_s=0.1) as twilio:
        twilio.faults.choose = lambda request: Fault.HANG_BEFORE if request.method == "GET" else None
        arguments = json.dumps([local_asset(twilio), people(200)])
        process = subprocess.Popen([sys.executable, "-c", RUN, arguments], stderr=subprocess.DEVNULL)  # noqa: S603
        try:
            wait_for(lambda: len(twilio.messages) >= 21)
            signalled = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20.0) == 3
            took = time.monotonic() - signalled
        finally:
            process.kill()
        sent = len(twilio.requests)
        time.sleep(0.5)
        assert len(twilio.requests) == sent
    assert took < PROMPT_S + 1.0  # of a busy machine
    assert len(twilio.messages) < 60


def wait_for(condition: Callable[[], bool], patience_s: float = 20.0) -> None:
    """Wait until something is so."""
    until = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


# --- what a run leaves behind


def test_runs_in_one_process_leave_no_threads() -> None:
    def threads_of_the_app() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name.startswith("twilio")]

    with ServedHarness(outcome=Outcome("delivered", 0.0)) as harness:
        for _ in range(3):
            assert harness.send().status == "success"
        wait_for(lambda: threads_of_the_app() == [])


# --- cancelling, at any moment


@pytest.mark.parametrize("after_s", [0.01, 0.3, 0.8, 10.0])
def test_a_cancelled_run_ends_within_two_seconds_and_says_what_was_sent(harness: Harness, after_s: float) -> None:
    harness.twilio.log.outcome = Outcome("delivered", 40.0)
    with nothing_afterwards(harness):
        run = harness.send_all(people(60), cancelled_after_s=after_s)
    counted = Counter(run.outcomes)
    sent = len(harness.twilio.messages)
    assert counted["unconfirmed"] <= sent <= counted["unconfirmed"] + counted["unknown"]
    assert run.seconds <= after_s + PROMPT_S


# --- clocks and machines


def test_a_machine_that_stood_still_during_a_failed_call_stops_nobody_else(harness: Harness) -> None:
    def trouble(request: MemoryRequest) -> Trouble | None:
        if len(harness.network.calls) == 20:
            harness.clock.advance(60.0)
            return Trouble(refusal="the connection was refused")
        return None

    harness.network.trouble = trouble
    with nothing_afterwards(harness):
        run = harness.send_all(people(40))
    assert Counter(run.outcomes)["delivered"] == len(harness.twilio.messages) >= 39


def test_two_runs_in_two_threads_do_not_know_of_each_other() -> None:
    runs: list[Run] = []

    def send(harness: Any) -> None:
        runs.append(harness.send_all(people(5)))

    with ServedHarness(outcome=Outcome("delivered", 0.0)) as first, ServedHarness() as second:
        threads = [threading.Thread(target=send, args=(harness,)) for harness in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=20.0)
    assert [Counter(run.outcomes) for run in runs] == [{"delivered": 5}] * 2


def test_a_run_in_a_thread_whose_loop_runs_has_a_loop_of_its_own() -> None:
    with ServedHarness(outcome=Outcome("delivered", 0.0)) as harness:

        async def platform() -> Run:
            return harness.send()

        assert asyncio.run(platform()).row["to"] == E164
