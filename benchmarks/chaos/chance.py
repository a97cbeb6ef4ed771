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
"""Chance that follows from a seed, whatever the order in which threads ask."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from threading import Lock


class Chance:
    """Random generators by name: what the n-th of a name gives follows from the seed alone."""

    def __init__(self, *seed: object) -> None:
        self._seed = seed
        self._asked: Counter[str] = Counter()
        self._lock = Lock()

    def child(self, name: str) -> Chance:
        """Chance of its own for a part of the whole."""
        return Chance(*self._seed, name)

    def next(self, name: str) -> random.Random:
        """Return the next generator of this name."""
        with self._lock:
            self._asked[name] += 1
            number = self._asked[name]
        return self.only(f"{name} {number}")

    def only(self, name: str) -> random.Random:
        """Return the generator of this name, the same one each time."""
        return random.Random(hashlib.sha256(repr((*self._seed, name)).encode()).digest())
