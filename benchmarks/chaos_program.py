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
"""A chaos program at the command line: so many of something, from a seed, with faults on a share of the requests."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from benchmarks.program import run_program
from benchmarks.progress import progress_bar
from benchmarks.promise_counts import PromiseCounts


Chaos = Callable[[int, int, float, Callable[[int], object]], PromiseCounts]


def run_chaos(chaos: Chaos, *, name: str, does: str, unit: str, count: int, share: float) -> None:
    """Run the chaos program of a name and exit; the status is 0 where no promise was broken.

    `does` says what it does, `unit` what is counted; `count` and `share` hold unless others are given. `chaos` gets the
    count, the seed, the share of the requests that meet a fault, and a function to call with how many more are done.
    """

    def main() -> int:
        parser = argparse.ArgumentParser(
            prog=f"python -m benchmarks.{name}", description=f"{does} with faults injected and counts broken promises."
        )
        parser.add_argument(f"--{unit}", type=int, default=count, dest="count", metavar=unit.upper())
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--share", type=float, default=share, help="of the requests that meet a fault")
        args = parser.parse_args()
        with progress_bar(args.count, unit) as bar:
            counts = chaos(args.count, args.seed, args.share, bar.update)
        print("\n".join(counts.lines()))
        return 1 if counts.broken_promises else 0

    run_program(main)
