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
"""Many runs, drawn from a seed, played by several processes."""

from __future__ import annotations

import gc
import multiprocessing
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from functools import cache

from benchmarks.chaos.chance import Chance
from benchmarks.chaos.grammar import RunPlan, draw_run
from benchmarks.chaos.judge import judge
from benchmarks.chaos.network import Network
from benchmarks.chaos.report import Report
from benchmarks.chaos.run import SPEED, play


_SWITCH_S = 0.001  # between threads: the usual 5 ms are a fifth of a second in fast time


def chaos(
    sends: int, seed: int, jobs: int, on_played: Callable[[Report], object] = lambda report: None, speed: float = SPEED
) -> Report:
    """Send so many messages in several processes, and count. `on_played` is called with the counts of each run."""
    total = Report()
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_begin) as pool:
        for future in as_completed([pool.submit(_play, plan, speed) for plan in plans(sends, seed)]):
            report = future.result()
            total.add(report)
            on_played(report)
    total.verdict.wrong.sort()
    return total


def plans(sends: int, seed: int) -> Iterator[RunPlan]:
    """Draw runs of so many sends in all."""
    chance = Chance(seed)
    number = 0
    while sends > 0:
        number += 1
        plan = draw_run(seed, number, chance.only(f"run {number}"), sends)
        sends -= plan.sends
        yield plan


def play_and_judge(plan: RunPlan, network: Network, speed: float = SPEED) -> Report:
    """Play one run, and count."""
    played = play(plan, network, speed)
    return Report.of(played, judge(played))


_exits = ExitStack()


@cache
def _network() -> Network:
    """The network of this process, which lasts as long as it."""
    return _exits.enter_context(Network().installed())


def _begin() -> None:
    """Make a process ready to play runs."""
    sys.setswitchinterval(_SWITCH_S)
    _network()


def _play(plan: RunPlan, speed: float) -> Report:
    report = play_and_judge(plan, _network(), speed)
    gc.collect()
    return report
