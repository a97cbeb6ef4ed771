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
"""What "on poll" keeps from one poll to the next, in the asset's state."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Any

from actions.action import Run
from actions.ingestion import Attempt, Cursor
from twilio_consts import STATE_TRIES, UNFINISHED_S


_CURSOR, _UNFINISHED = "cursor", "unfinished"


class StateUnreadable(Exception):
    """The platform could not read the asset's state, or it holds something else."""


class PollState:
    """The asset's state: the cursor, and the polls that began and did not finish, each with its time.

    Polls of one asset may overlap, and the last one that writes wins. That does no harm to the cursor, which never
    claims more than its own poll settled. But containers may lack their artifacts: those that failed, and those of a
    poll that did not finish. So each poll keeps what others noted of that.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._id = secrets.token_hex(4)
        self._unfinished: dict[str, float] = {}  # other polls, each with the time at which it wrote last
        self._at_start: dict[str, float] = {}
        self._attempts: dict[str, Attempt] = {}

    def load(self) -> Cursor | None:
        """Read the cursor; None before the first poll. Raises StateUnreadable."""
        for tries_left in reversed(range(STATE_TRIES)):
            try:
                cursor = self._load()
                self._at_start = self._unfinished
                return cursor
            except StateUnreadable:
                if not tries_left or not self._run.twilio.pause(1.0):
                    raise
        raise StateUnreadable

    def save(self, cursor: Cursor) -> bool:
        """Write the cursor, and that this poll did not finish yet; False where that failed."""
        self._refresh()
        return self._write(cursor, {**self._unfinished, self._id: self._run.clock.time()})

    def finish(self, cursor: Cursor, *, is_complete: bool) -> bool:
        """Write the cursor, and that this poll finished; False where that failed.

        `is_complete` says that it went through all texts there are: then nothing is left of polls that died.
        """
        self._refresh()
        now = self._run.clock.time()
        dead = {key for key, wrote_at in self._at_start.items() if is_complete and abs(now - wrote_at) > UNFINISHED_S}
        return self._write(cursor, {key: wrote_at for key, wrote_at in self._unfinished.items() if key not in dead})

    def may_lack_artifacts(self, sid: str) -> bool:
        """Whether another poll may have left the container of a text without artifacts; asks the platform each time."""
        self._refresh()
        return bool(self._unfinished) or sid in self._attempts

    def _write(self, cursor: Cursor, unfinished: dict[str, float]) -> bool:
        attempts = {
            sid: attempt
            for sid, attempt in self._attempts.items()
            if sid not in cursor.settled and attempt.created >= cursor.since
        }
        merged = cursor._replace(attempts={**attempts, **cursor.attempts})
        try:
            # None is no failure: apps of the platform do not check what it returns
            saved: Any = self._run.soar.save_state({_CURSOR: merged.to_json(), _UNFINISHED: unfinished})
        except Exception:  # of the platform, which has no errors of its own
            return False
        return saved is None or bool(saved)

    def _refresh(self) -> None:
        with suppress(StateUnreadable):  # then what was known before holds
            self._load()

    def _load(self) -> Cursor | None:
        try:
            state = self._run.soar.load_state()
        except Exception:  # of the platform, which has no errors of its own
            state = None
        if not isinstance(state, dict):
            raise StateUnreadable
        try:
            unfinished = {str(key): float(wrote_at) for key, wrote_at in (state.get(_UNFINISHED) or {}).items()}
            cursor = Cursor.from_json(state[_CURSOR]) if _CURSOR in state else None
        except (AttributeError, TypeError, ValueError):
            raise StateUnreadable from None
        self._unfinished = {key: wrote_at for key, wrote_at in unfinished.items() if key != self._id}
        self._attempts = cursor.attempts if cursor else {}
        return cursor
