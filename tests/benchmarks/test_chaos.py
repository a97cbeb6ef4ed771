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
"""A quick version of chaos for messages, and proof that its judge notices what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from actions import sending
from actions.action import Report
from actions.run_loop import RunLoop
from benchmarks.chaos_messages import chaos, played, simulate
from twilio_api import creation
from twilio_api.errors import NotSent
from twilio_api.message_log import OwnMessage


def test_no_promise_is_broken() -> None:
    counts = chaos(400, 1, 0.3, lambda done: None)
    assert counts.wrong == []
    assert min(counts.delivered, counts.undelivered, counts.unconfirmed, counts.unknown, counts.troubles) > 0


def test_the_same_seed_is_the_same_run() -> None:
    first, second = (list(played(simulate(seed, 0.4)[0])) for seed in (7, 7))
    assert first == second
    assert len(first) > 100


def _not_sent_if_unknown(*args: Any, search_error: Any = None, **kwargs: Any) -> NotSent:
    return NotSent(args[0])


def _adopt_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OwnMessage, "matches", lambda own, row: row.get("to") == own.to)


BREAKAGES: dict[str, tuple[Callable[[pytest.MonkeyPatch], object], set[str]]] = {
    "a create call is repeated whatever befell it": (
        lambda patch: patch.setattr(creation, "_is_unprocessed", lambda error: True),
        {"doubled"},
    ),
    "what may have been sent is told as not sent": (
        lambda patch: patch.setattr(creation, "OutcomeUnknown", _not_sent_if_unknown),
        {"misreported"},
    ),
    "any message to the person is taken for one's own": (_adopt_any, {"misreported"}),
    "a run leaves its calls behind": (lambda patch: patch.setattr(RunLoop, "close", lambda loop: None), {"afterwards"}),
    "every message is told as delivered": (
        lambda patch: patch.setattr(
            sending, "delivery_report", lambda delivery: Report(True, "delivered", "delivered")
        ),
        {"misreported"},
    ),
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # one leaves its calls behind
@pytest.mark.parametrize("breakage", BREAKAGES)
def test_the_judge_notices_an_app_that_is_broken_on_purpose(monkeypatch: pytest.MonkeyPatch, breakage: str) -> None:
    break_app, promises = BREAKAGES[breakage]
    break_app(monkeypatch)
    assert any(
        getattr(counts, promise) for seed in range(40) for _, counts in [simulate(seed, 0.5)] for promise in promises
    )
