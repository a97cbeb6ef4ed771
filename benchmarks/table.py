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
"""The tables that chaos prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


def table(rows: Mapping[str, int]) -> Iterator[str]:
    """A line for each row, its name on the left and its number on the right."""
    for name, number in rows.items():
        yield f"  {name:<66} {number:>8}"


def counts_table(counts: object, names: Iterable[str]) -> Iterator[str]:
    """A table of some of the attributes of an object, under their names."""
    return table({name.replace("_", " "): getattr(counts, name) for name in names})
