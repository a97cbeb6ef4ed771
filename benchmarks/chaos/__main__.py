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
"""Chaos at the command line."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from benchmarks.chaos.chaos import chaos, plans, play_and_judge
from benchmarks.chaos.network import Network
from benchmarks.chaos.report import Report
from benchmarks.chaos.run import SPEED
from benchmarks.program import run_program
from benchmarks.progress import progress_bar


def main(arguments: list[str] | None = None) -> int:
    """Run chaos; the exit status is 0 where no promise was broken."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.chaos", description="Sends messages with faults injected and counts broken promises."
    )
    parser.add_argument("--sends", type=int, default=1000, help="how many messages (1000)")
    parser.add_argument("--seed", type=int, default=1, help="what all faults follow from (1)")
    parser.add_argument("--seeds", type=int, default=1, help="with how many seeds, each from the one before (1)")
    parser.add_argument("--jobs", type=int, default=2, help="processes side by side (2)")
    parser.add_argument("--run", type=int, help="play this run of the seed alone, in this process")
    parser.add_argument("--speed", type=float, default=SPEED, help=f"how many times as fast as real time ({SPEED:g})")
    args = parser.parse_args(arguments)
    report = _one(args) if args.run else _all(args)
    print("\n".join(report.lines()))
    return 1 if report.broken_promises else 0


def _all(args: argparse.Namespace) -> Report:
    total = Report()
    with progress_bar(args.sends * args.seeds, "sends") as bar:
        for seed in range(args.seed, args.seed + args.seeds):
            total.add(
                chaos(args.sends, seed, args.jobs, lambda report: bar.update(report.verdict.sends), speed=args.speed)
            )
    return total


def _one(args: argparse.Namespace) -> Report:
    plan = next(plan for plan in plans(sys.maxsize, args.seed) if plan.number == args.run)
    with Network().installed() as network:
        print(replace(plan, recipients=()), f"{len(plan.recipients)} recipients")
        return play_and_judge(plan, network, args.speed)


if __name__ == "__main__":
    run_program(main)
