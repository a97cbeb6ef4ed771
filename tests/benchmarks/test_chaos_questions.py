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
from typing import Any

import pytest

from benchmarks.chaos_questions.chaos import chaos, simulate
from twilio_api import question
from twilio_api.conversations import Conversations
from twilio_api.log_pages import Horizon
from twilio_api.question import QuestionState


def test_no_promise_is_broken() -> None:
    counts = chaos(20, 6, 0.1, lambda done: None)
    assert counts.wrong == []
    assert min(counts.with_code, counts.with_word, counts.no_response, counts.undelivered, counts.troubles) > 0


def is_blind_to_other_runs(patch: pytest.MonkeyPatch) -> None:
    note = Conversations.note

    def note_own(self: Conversations, row: dict[str, Any]) -> None:
        if row["direction"] == "inbound" or any(row["sid"] in person.rows for person in self._people.values()):
            note(self, row)

    patch.setattr(Conversations, "note", note_own)


def reads_one_page(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Horizon, "is_passed_by", lambda self, rows: True)


BREAKAGES: dict[str, tuple[Callable[[pytest.MonkeyPatch], object], str, int]] = {
    "a word counts whatever else was sent": (
        lambda patch: patch.setattr(question, "_is_beyond_doubt", lambda *args: True),
        "wrong_answers",
        2_000_012,
    ),
    "what other runs send is never noticed": (is_blind_to_other_runs, "wrong_answers", 2_000_100),
    "only the number that asked is known": (
        lambda patch: patch.setattr(question, "_reaches", lambda text, asked, services: text.get("to") == asked.number),
        "lost_answers",
        2_000_029,
    ),
    "the reply line is sent whatever comes": (
        lambda patch: patch.setattr(QuestionState, "needs_reply_line", property(lambda state: True)),
        "sent_twice",
        2_000_000,
    ),
    "the log is not read at the end": (
        lambda patch: patch.setattr(Conversations, "is_known", lambda self, wait: True),
        "lost_answers",
        2_000_054,
    ),
    "a page of a person is all there is": (reads_one_page, "lost_answers", 36),
}


@pytest.mark.development
@pytest.mark.parametrize("breakage", BREAKAGES)
def test_the_judge_notices_an_app_that_is_broken_on_purpose(monkeypatch: pytest.MonkeyPatch, breakage: str) -> None:
    break_app, promise, first_seed = BREAKAGES[breakage]
    break_app(monkeypatch)
    assert any(getattr(simulate(seed, 0.1)[1], promise) for seed in range(first_seed, first_seed + 60))
