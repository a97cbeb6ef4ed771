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
"""What chaos for questions counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.promise_counts import PromiseCounts
from benchmarks.table import counts_table


@dataclass
class Counts(PromiseCounts):
    """What a chaos run counted."""

    GROUPS = {
        "What happened": (
            *("questions", "runs", "killed", "cancelled", "fetched"),
            *("requests", "faults", "refused_connections"),
        ),
        "Outcomes": ("answered", "asked", "no_response", "undelivered", "not_sent", "unknown"),
    }
    PROMISES = ("asked_twice", "wrong_answers", "lost_answers", "misreported", "sent_twice", "late", "tracebacks")

    questions: int = 0
    runs: int = 0
    requests: int = 0
    faults: int = 0
    refused_connections: int = 0
    answered: int = 0
    asked: int = 0
    no_response: int = 0
    undelivered: int = 0
    not_sent: int = 0
    unknown: int = 0
    killed: int = 0
    cancelled: int = 0
    fetched: int = 0
    overtaken: int = 0
    asked_twice: int = 0
    wrong_answers: int = 0
    lost_answers: int = 0
    misreported: int = 0
    sent_twice: int = 0
    late: int = 0
    tracebacks: int = 0
    notes: list[str] = field(default_factory=list)

    def remarks(self) -> Iterator[str]:
        """What was overtaken."""
        yield from counts_table(self, ("overtaken",))
        yield "  Right by what the log showed when they were reported. A row that came later would have undone them:"
        yield "  another open question, where the answer was a bare word, or a different answer of the same second."
        yield from self.notes
        yield ""
