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
"""A quick version of chaos for questions, and proof that its judge notices what is wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.chaos_questions.chaos import chaos, played, simulate
from twilio_api import conversations, question
from twilio_api.question import QuestionState


def test_no_promise_is_broken() -> None:
    counts = chaos(120, 1, 0.1, lambda done: None)
    assert counts.wrong == []
    assert min(counts.with_code, counts.with_word, counts.no_response, counts.undelivered, counts.troubles) > 0


def test_the_same_seed_is_the_same_run() -> None:
    first, second = (list(played(simulate(1_000_006, 0.2)[0])) for _ in range(2))
    assert first == second
    assert len(first) > 100


BREAKAGES: dict[str, tuple[Callable[[pytest.MonkeyPatch], object], str]] = {
    "a word counts whatever else was sent": (
        lambda patch: patch.setattr(question, "_is_beyond_doubt", lambda *args: True),
        "wrong_answers",
    ),
    "what the account sent is never read": (
        lambda patch: patch.setattr(
            conversations._Person, "sent_known_until", property(lambda person: person.texts_known_until + 9.0)
        ),
        "wrong_answers",
    ),
    "only the number that asked is known": (
        lambda patch: patch.setattr(question, "_reaches", lambda text, asked, services: text.get("to") == asked.number),
        "lost_answers",
    ),
    "the reply line is sent whatever comes": (
        lambda patch: patch.setattr(QuestionState, "needs_reply_line", property(lambda state: True)),
        "sent_twice",
    ),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_the_judge_notices_an_app_that_is_broken_on_purpose(monkeypatch: pytest.MonkeyPatch, breakage: str) -> None:
    break_app, promise = BREAKAGES[breakage]
    break_app(monkeypatch)
    assert any(getattr(simulate(seed, 0.1)[1], promise) for seed in range(2_000_000, 2_000_060))
