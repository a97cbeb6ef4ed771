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
"""Chaos for questions at the command line."""

from __future__ import annotations

import argparse

from benchmarks.chaos_questions.chaos import chaos_questions
from benchmarks.program import run_program
from benchmarks.progress import progress_bar


def main(arguments: list[str] | None = None) -> int:
    """Run chaos; the exit status is 0 where no promise was broken."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.chaos_questions",
        description="Asks questions with faults injected and counts broken promises.",
    )
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.25, help="of the requests that meet a fault")
    args = parser.parse_args(arguments)
    with progress_bar(args.questions, "questions") as bar:
        counts = chaos_questions(args.questions, args.seed, args.share, on_asked=bar.update)
    print("\n".join(counts.lines()))
    return 1 if counts.broken_promises else 0


if __name__ == "__main__":
    run_program(main)
