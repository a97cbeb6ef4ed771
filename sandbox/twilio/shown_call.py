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
"""A call as the phone of the person called shows it, and what that person can do with it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sandbox.twilio.addresses import spelled
from sandbox.twilio.call import FINAL_STATUSES, Call


KEYPAD = tuple("123456789*0#")  # as a phone shows its keys

_ACTS: dict[str, Callable[[Call], None]] = {
    "answer": Call.answer,
    "decline": Call.decline,
    "voicemail": Call.voicemail,
    "speak": Call.speak,
    "hang-up": Call.hang_up,
}
_STATES = {
    "queued": "About to ring",
    "ringing": "Ringing",
    "busy": "Declined",
    "no-answer": "Not answered",
    "failed": "Could not be put through",
    "canceled": "The caller gave up",
}


@dataclass(frozen=True)
class ShownCall:
    """A call as a phone shows it at `now` (seconds since the epoch)."""

    call: Call
    now: float

    @property
    def id(self) -> str:
        """What it is called in the document."""
        return f"call-{self.call.sid}"

    @property
    def caller(self) -> str:
        """The caller's number as people write it."""
        return spelled(self.call.from_)

    @property
    def status(self) -> str:
        """The status that Twilio shows."""
        return self.call.status_at(self.now)

    @property
    def kind(self) -> str:
        """How it is drawn: ringing, open or over."""
        if self.status in FINAL_STATUSES:
            return "over"
        return "open" if self.status == "in-progress" else "ringing"

    @property
    def state(self) -> str:
        """How it stands, in words."""
        if self.status in _STATES:
            return _STATES[self.status]
        if self.kind == "over":
            return "Voicemail took the call" if self.call.is_on_voicemail else f"Over{self._pressed}"
        if self.call.is_on_voicemail:
            return "Voicemail is taking the call"
        if self.now < self.call.conversation_from:
            return "Answered: Twilio listens whether it is a person"
        return f"Waiting for a key{self._pressed}" if self.waits_for_key else f"Speaking{self._pressed}"

    @property
    def _pressed(self) -> str:
        """What was pressed and said so far."""
        keys = [key for time, key in sorted(self.call.keys) if time <= self.now]
        pressed = f"{' '.join(keys)} was pressed" if keys else ""
        spoke = "somebody spoke" if any(time <= self.now for time, _ in self.call.speech) else ""
        acts = ", ".join(filter(None, (pressed, spoke)))
        return f": {acts}" if acts else ""

    @property
    def rings_for_s(self) -> int | None:
        """For how many more seconds it rings, where nothing else ends the ringing before."""
        time, status = self.call.ring_end
        return math.ceil(time - self.now) if self.status == "ringing" and status == "no-answer" else None

    @property
    def waits_for_key(self) -> bool:
        """Whether a key that is pressed now counts."""
        return self.call.waits_for_key_at(self.now)

    @property
    def can_hang_up(self) -> bool:
        """Whether a person is on the phone."""
        return self.kind == "open" and not self.call.is_on_voicemail

    @property
    def spoken(self) -> list[tuple[str, int]]:
        """What was spoken so far: each text, and how many times in a row."""
        return [(text, len(list(times))) for text, times in groupby(self.call.spoken_at(self.now))]

    @property
    def time(self) -> datetime:
        """When it was created, by the clock of this machine."""
        return datetime.fromtimestamp(self.call.created).astimezone()

    def act(self, act: str, key: str) -> bool:
        """Do one of the acts, or press a key; return whether it was either. Raises ValueError where it cannot be."""
        if act in _ACTS:
            _ACTS[act](self.call)
        elif key:
            self.call.press(key)
        return act in _ACTS or bool(key)
