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

from contextlib import suppress
from typing import Any

from actions.action import Run, Soar
from actions.ingestion import Cursor
from actions.text_media import TextMedia


_TRIES = 3  # to read the state, a second apart
_CURSOR = "cursor"


class StateUnreadable(Exception):
    """The platform could not read the asset's state, or it holds something else."""


async def load_cursor(run: Run) -> Cursor | None:
    """Read the cursor; None where no poll has written one. Raises StateUnreadable."""
    for _ in range(_TRIES - 1):
        with suppress(StateUnreadable):
            return _load(run.soar)
        await run.twilio.pause(1.0)
    return _load(run.soar)


def save_cursor(run: Run, cursor: Cursor, media: TextMedia) -> bool:
    """Write the cursor, and the media that are still to be saved; False where that failed.

    Polls of one asset may overlap, and the last one that writes wins. That does no harm, since a cursor never claims
    more than its own poll settled. Media that are still to be saved are kept, whichever poll noted them.
    """
    waiting = dict(media.waiting)
    with suppress(StateUnreadable):
        noted = _load(run.soar)
        waiting = {**(noted.media if noted else {}), **waiting}
    merged = cursor._replace(media={sid: attempt for sid, attempt in waiting.items() if sid not in media.settled})
    try:
        # None is no failure: apps of the platform do not check what it returns
        saved: Any = run.soar.save_state({_CURSOR: merged.to_json()})
    except Exception:  # of the platform, which has no errors of its own
        return False
    return saved is None or bool(saved)


def _load(soar: Soar) -> Cursor | None:
    state: Any = None
    with suppress(Exception):  # of the platform, which has no errors of its own
        state = soar.load_state()
    if not isinstance(state, dict):
        raise StateUnreadable
    try:
        return Cursor.from_json(state[_CURSOR]) if _CURSOR in state else None
    except ValueError:
        raise StateUnreadable from None
