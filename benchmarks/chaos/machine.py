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
"""What the machine did while a run went on: how long it stood still, and what was logged."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType


_TICK_S = 0.005  # real seconds between two readings of the clock
_STALL_S = 0.02  # real seconds that a thread may come late before it counts


class Stalls:
    """Adds up the real seconds for which a thread that wanted to run did not: fast time makes much of them."""

    def __init__(self) -> None:
        self.total_s = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stalls", daemon=True)

    def __enter__(self) -> Stalls:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            time.sleep(_TICK_S)
            late = time.monotonic() - began - _TICK_S
            if late > _STALL_S:
                self.total_s += late


class Log(logging.Handler):
    """Keeps all that is logged, and all that a thread dies of."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.tracebacks: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        text = self.format(record)
        self.lines.append(text)
        if record.exc_info:
            self.tracebacks.append(text)

    @contextmanager
    def kept(self) -> Iterator[Log]:
        """Keep what is logged from now on."""
        root, level, hook = logging.getLogger(), logging.getLogger().level, threading.excepthook
        root.addHandler(self)
        root.setLevel(logging.DEBUG)
        threading.excepthook = self._died
        try:
            yield self
        finally:
            threading.excepthook = hook
            root.setLevel(level)
            root.removeHandler(self)

    def _died(self, args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread else "a thread"
        self.tracebacks.append(f"{name}: {args.exc_type.__name__}: {args.exc_value}")
        sys.stderr.flush()
