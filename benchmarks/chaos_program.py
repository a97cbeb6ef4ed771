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
"""The command line of a chaos program: how many of what, from which seed, or one simulation again with its log."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.progress import progress_bar


def chaos_program(
    about: str | None,
    *,
    unit: str,
    default: int,
    share: float,
    simulate: Callable[[int, float], tuple[Any, Any]],
    played: Callable[[Any], Iterable[str]],
    chaos: Callable[[int, int, float, Callable[[int], object]], Any],
) -> int:
    """Play what the command line asks for, and print the table; the exit status is 1 where a promise was broken.

    `unit` names what is counted, such as "sends". `simulate` plays the simulation of one seed, `played` tells it line
    by line, and `chaos` plays as many as it takes.
    """
    parser = argparse.ArgumentParser(prog="chaos", description=(about or "").split("\n")[0])
    parser.add_argument(f"--{unit}", type=_count, default=default, dest="count", metavar="N", help="how many")
    parser.add_argument("--seed", type=_seed, default=1, metavar="N", help="a whole number, from 0 on")
    parser.add_argument("--share", type=_share, default=share, help="of the calls that meet trouble, from 0 to 1")
    parser.add_argument("--log", help="play the simulation of this very seed alone, and write down all that happens")
    args = parser.parse_args()
    if args.log:
        simulation, counts = simulate(args.seed, args.share)
        with open(args.log, "w", encoding="utf-8") as log:
            log.writelines(f"{line}\n" for line in played(simulation))
    else:
        with progress_bar(args.count, unit) as bar:
            counts = chaos(args.count, args.seed, args.share, bar.update)
    sys.stdout.write("\n".join(counts.lines()) + "\n")
    return 1 if counts.broken_promises else 0


def _count(word: str) -> int:
    return _whole_number(word, at_least=1)


def _seed(word: str) -> int:
    return _whole_number(word, at_least=0)


def _whole_number(word: str, at_least: int) -> int:
    if not (word.isascii() and word.isdecimal() and int(word) >= at_least):
        raise argparse.ArgumentTypeError(f"{word!r} is not a whole number from {at_least} on")
    return int(word)


def _share(word: str) -> float:
    try:
        share = float(word)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise argparse.ArgumentTypeError(f"{word!r} is not a number from 0 to 1")
    return share
