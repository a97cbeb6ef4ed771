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
"""What is asked, of whom and by which runs: drawn from a seed, a group of runs at a time."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from sandbox.twilio import FROM_PHONE, SERVICE_SID, SHORT_CODE, WHATSAPP_SENDER, Outcome


TIMEOUTS_S = (0.0, 12.0, 30.0, 60.0, 90.0)
ALSO_OURS, POOL_NUMBER = "+15101281338", "+15101281339"
NUMBERS = (FROM_PHONE, ALSO_OURS, POOL_NUMBER)

_MOST_RUNS = 5  # side by side
_SENDERS = (FROM_PHONE, FROM_PHONE, ALSO_OURS, SERVICE_SID, SHORT_CODE, WHATSAPP_SENDER)
_RESPONSES = ("yes,no", "yes,no", "isolate,wait,call me", "Ja,Nein", "1,2,3", "approve,deny")
_OUTCOMES = (
    *(Outcome("delivered", 1.0),) * 6,
    Outcome("delivered", 20.0),
    Outcome("sent", 1.0),
    Outcome("undelivered", 4.0, 30003),
    Outcome("undelivered", 90.0, 30003),  # long after its delivery was followed
)


@dataclass(frozen=True)
class Question:
    """One question that is to be asked. `person` is the recipient as Twilio writes it; times are in seconds."""

    text: str
    person: str
    words: tuple[str, ...]
    needs_code: bool
    timeout_s: float
    confirmation: str

    def parameters(self) -> dict[str, Any]:
        """The parameter set."""
        return {
            "to_phone": self.person,
            "question": self.text,
            "responses": ",".join(self.words),
            "confirmation": self.confirmation,
            "timeout": self.timeout_s / 60.0,
            "require_code": self.needs_code,
        }


@dataclass(frozen=True)
class RunPlan:
    """One run of "ask question". It starts, is cancelled or dies so many seconds after its group began, if at all."""

    sender: str
    questions: tuple[Question, ...]
    start_after_s: float
    cancel_after_s: float | None = None
    kill_after_s: float | None = None
    dies_when_asked: bool = False


@dataclass(frozen=True)
class GroupPlan:
    """A few runs side by side, and what becomes of messages to the people who are new in this group."""

    runs: tuple[RunPlan, ...]
    outcomes: dict[str, Outcome]  # by the number of the person


class Planner:
    """Draws groups of runs, one after the other."""

    def __init__(self, seed: int, timeouts_s: tuple[float, ...]) -> None:
        self._rng, self._timeouts_s = random.Random(seed), timeouts_s
        self._people: list[str] = []
        self._questions = 0

    def draw_group(self, most: int) -> GroupPlan:
        """Draw a group that asks at most so many questions."""
        rng = self._rng
        fresh = [f"+1510{2_000_000 + len(self._people) + number}" for number in range(rng.randint(2, 6))]
        self._people += fresh
        outcomes = {person: rng.choice(_OUTCOMES) for person in fresh}
        people = [*fresh, rng.choice(self._people)]
        runs: list[RunPlan] = []
        while most > 0 and len(runs) < _MOST_RUNS:
            runs.append(self._draw_run(people, most))
            most -= len(runs[-1].questions)
        return GroupPlan(tuple(runs), outcomes)

    def _draw_run(self, people: list[str], most: int) -> RunPlan:
        rng = self._rng
        sender = rng.choice(_SENDERS)
        start_after_s = rng.choice((0.0, 0.0, rng.uniform(0.0, 15.0)))
        count = min(rng.randint(1, 4), most)
        questions = tuple(self._draw_question(rng.choice(people), sender) for _ in range(count))
        end = rng.choices(("as it is", "cancelled", "killed", "killed when asked"), (8, 1, 1, 1))[0]
        return RunPlan(
            sender,
            questions,
            start_after_s,
            cancel_after_s=rng.uniform(1.0, 60.0) if end == "cancelled" else None,
            kill_after_s=rng.uniform(1.0, 60.0) if end == "killed" else None,
            dies_when_asked=end == "killed when asked",
        )

    def _draw_question(self, number: str, sender: str) -> Question:
        rng, count = self._rng, self._questions
        self._questions += 1
        return Question(
            text=f"Isolate host WS-{count:04}?",
            person=f"whatsapp:{number}" if sender == WHATSAPP_SENDER else number,
            words=tuple(rng.choice(_RESPONSES).split(",")),
            needs_code=rng.random() < 0.25,
            timeout_s=rng.choice(self._timeouts_s),
            confirmation=f"Thank you for WS-{count:04}." if rng.random() < 0.5 else "",
        )
