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
"""The table that chaos prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.chaos.judge import PROMISES, Verdict
from benchmarks.chaos.run import PlayedPlan
from benchmarks.table import table


@dataclass
class Report:
    """Counts of many plans that were played."""

    verdict: Verdict = field(default_factory=Verdict)
    calls: int = 0
    connections: int = 0
    samples: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    peak_bytes: int = 0
    longest_s: float = 0.0
    stalls_s: float = 0.0

    @classmethod
    def of(cls, played: PlayedPlan, verdict: Verdict) -> Report:
        """The counts of one plan."""
        faults: Counter[str] = Counter()
        for run in played.runs:
            faults.update(f"connection, {opening.text}" for opening in run.record.openings)
            for call in run.record.calls:
                faults.update(f"{call.kind.value} call, {kind}" for kind in call.fault.kinds)
        faults.update(f"outage, {outage.text}" for outage in played.plan.outages)
        return cls(
            verdict,
            calls=played.call_count,
            connections=sum(run.record.connections for run in played.runs),
            samples=sum(run.samples for run in played.runs),
            faults=faults,
            peak_bytes=played.peak_bytes,
            longest_s=max(run.ended_at - run.began_at for run in played.runs),
            stalls_s=played.stalls_s,
        )

    def add(self, other: Report) -> None:
        """Add the counts of another."""
        mine, its = self.verdict, other.verdict
        mine.sends, mine.runs, mine.ambiguous = (
            mine.sends + its.sends,
            mine.runs + its.runs,
            mine.ambiguous + its.ambiguous,
        )
        mine.outcomes.update(its.outcomes)
        mine.broken.update(its.broken)
        mine.wrong += its.wrong
        self.calls += other.calls
        self.connections += other.connections
        self.samples += other.samples
        self.faults.update(other.faults)
        self.peak_bytes = max(self.peak_bytes, other.peak_bytes)
        self.longest_s = max(self.longest_s, other.longest_s)
        self.stalls_s += other.stalls_s

    @property
    def broken_promises(self) -> int:
        """How often a promise was broken."""
        return sum(self.verdict.broken.values())

    def lines(self) -> Iterator[str]:
        """The table, line by line."""
        yield from table(
            {
                "sends": self.verdict.sends,
                "runs": self.verdict.runs,
                "calls": self.calls,
                "connections": self.connections,
                "samples of results": self.samples,
                "most memory (MB)": round(self.peak_bytes / 1e6),
                "longest run (s)": round(self.longest_s),
            }
        )
        yield ""
        yield from table(dict(self.verdict.outcomes.most_common()))
        yield from table({"equal texts of two runs, indistinguishable": self.verdict.ambiguous})
        yield ""
        yield "Faults"
        yield from table(dict(sorted(self.faults.items())))
        yield ""
        yield "Broken promises"
        yield from table({promise: self.verdict.broken[promise] for promise in PROMISES})
        yield from self.verdict.wrong
