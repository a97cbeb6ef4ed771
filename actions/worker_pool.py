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
"""The threads that create things at Twilio."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from contextlib import suppress
from threading import Condition, Thread

from twilio_consts import MAX_CONNECTIONS


class WorkerPool:
    """At most MAX_CONNECTIONS threads that do jobs: those of one key one after the other, in the order they came."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._ready: deque[Hashable] = deque()  # keys with a job to do and none under way
        self._jobs: dict[Hashable, deque[Callable[[], object]]] = {}
        self._threads = 0
        self._idle_threads = 0

    @property
    def is_idle(self) -> bool:
        """Whether all jobs are done."""
        with self._changed:
            return not self._jobs

    def submit(self, key: Hashable, job: Callable[[], object]) -> None:
        """Do a job soon, after those of the same key."""
        with self._changed:
            if key in self._jobs:
                self._jobs[key].append(job)
                return
            self._jobs[key] = deque([job])
            self._ready.append(key)
            if len(self._ready) > self._idle_threads and self._threads < MAX_CONNECTIONS:
                self._threads += 1
                Thread(target=self._work, name="worker", daemon=True).start()
            self._changed.notify_all()

    def drain(self) -> None:
        """Wait until all jobs are done."""
        with self._changed:
            self._changed.wait_for(lambda: not self._jobs)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._idle_threads += 1
                self._changed.wait_for(lambda: self._ready)
                self._idle_threads -= 1
                key = self._ready.popleft()
                job = self._jobs[key].popleft()
            # A job reports its own errors. Nothing may end the thread: whoever waits for its jobs would wait for ever.
            with suppress(BaseException):
                job()
            with self._changed:
                if self._jobs[key]:
                    self._ready.append(key)
                else:
                    del self._jobs[key]
                self._changed.notify_all()
