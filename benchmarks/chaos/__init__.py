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
"""Chaos: thousands of sends with faults at every byte of the way, and a count of the promises that were broken.

    python -m benchmarks.chaos [--sends 10000] [--seed 1] [--jobs 2]

A fault injector (`fault_injector`) stands as a man in the middle between the app and a local Twilio, with a network of
its own (`network`). What happens to each connection and each call is drawn from a grammar (`grammar`), and follows from
the seed alone as far as timing allows. Afterwards, and all the while, each action result is held against what the local
Twilio really took (`judge`). All of `judge.PROMISES` must be 0.
"""

from benchmarks.chaos.chaos import chaos, play_and_judge
from benchmarks.chaos.grammar import RunPlan, draw_run
from benchmarks.chaos.report import Report


__all__ = ["Report", "RunPlan", "chaos", "draw_run", "play_and_judge"]
