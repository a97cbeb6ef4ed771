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
"""A progress bar for commands that take minutes."""

from __future__ import annotations

import sys
from typing import NoReturn, TextIO

from tqdm import tqdm


def progress_bar(total: int, unit: str, stream: TextIO | None = None) -> tqdm[NoReturn]:
    """A bar of so many units on standard error, shown only where that is a terminal; `write` prints above it."""
    # the ascii one, since a terminal that shows no block characters shows a broken bar
    return tqdm(total=total, unit=unit, file=stream or sys.stderr, disable=None, ascii=" #", leave=False)
