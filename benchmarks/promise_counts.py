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
from itertools import chain
from typing import TYPE_CHECKING, ClassVar


class PromiseCounts:
    """Counts of a run, each an attribute that begins at 0.

    A subclass names those that must stay 0 in PROMISES, and the others in GROUPS, under the headings of the table.
    """

    GROUPS: ClassVar[dict[str, tuple[str, ...]]]
    PROMISES: ClassVar[tuple[str, ...]]

    def __init__(self, **counts: int) -> None:
        self.wrong: list[str] = []
        self._names = (*chain(*self.GROUPS.values()), *self.PROMISES)
        for name in self._names:
            setattr(self, name, counts.pop(name, 0))
        if counts:
            raise AttributeError(f"{type(self).__name__} counts no {', '.join(counts)}")

    if TYPE_CHECKING:  # the counts

        def __getattr__(self, name: str) -> int: ...

        def __setattr__(self, name: str, value: object) -> None: ...

    @property
    def broken_promises(self) -> int:
        """How many times a promise was broken."""
        return sum(getattr(self, promise) for promise in self.PROMISES)

    def count(self, name: str) -> None:
        """Count one more of something."""
        setattr(self, name, getattr(self, name) + 1)

    def broke(self, promise: str, what: str) -> None:
        """Count a broken promise, and keep what happened."""
        self.count(promise)
        self.wrong.append(f"{promise.replace('_', ' ')}: {what}")

    def add(self, other: PromiseCounts) -> None:
        """Add what another run counted."""
        self.wrong += other.wrong
        for name in self._names:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def lines(self) -> Iterator[str]:
        """The table line by line, then what went wrong."""
        for heading, names in self.GROUPS.items():
            yield heading
            yield from self._rows(names)
            yield ""
        yield "Broken promises"
        yield from self._rows(self.PROMISES)
        yield from self.wrong

    def _rows(self, names: Iterable[str]) -> Iterator[str]:
        """A line for each count, its name on the left and its number on the right."""
        for name in names:
            yield f"  {name.replace('_', ' '):<66} {getattr(self, name):>8}"
