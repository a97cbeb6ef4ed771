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
"""What a chaos run counts, promises that were broken among it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import ClassVar

from benchmarks.table import counts_table


@dataclass
class PromiseCounts:
    """Counts of a run. A subclass adds a field for each, and names those that must stay 0 in PROMISES.

    GROUPS holds the names of the others under the headings of the table.
    """

    GROUPS: ClassVar[dict[str, tuple[str, ...]]] = {}
    PROMISES: ClassVar[tuple[str, ...]] = ()

    wrong: list[str] = field(default_factory=list)

    @property
    def broken_promises(self) -> int:
        """How many times a promise was broken."""
        return sum(getattr(self, promise) for promise in self.PROMISES)

    def broke(self, promise: str, what: str) -> None:
        """Count a broken promise, and keep what happened."""
        setattr(self, promise, getattr(self, promise) + 1)
        self.wrong.append(f"{promise.replace('_', ' ')}: {what}")

    def add(self, other: PromiseCounts) -> None:
        """Add what another run counted."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def lines(self) -> Iterator[str]:
        """The table line by line, then what went wrong."""
        for heading, names in self.GROUPS.items():
            yield heading
            yield from counts_table(self, names)
            yield ""
        yield from self.remarks()
        yield "Broken promises"
        yield from counts_table(self, self.PROMISES)
        yield from self.wrong

    def remarks(self) -> Iterable[str]:
        """What else a subclass has to say, line by line."""
        return ()
