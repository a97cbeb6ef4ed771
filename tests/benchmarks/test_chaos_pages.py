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
"""A quick version of chaos for on-call pages, and proof that its judge notices what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from actions import page_on_call
from actions.action import Report
from actions.page_on_call import Alert, PageOnCall, Step
from actions.run_loop import RunLoop
from benchmarks.chaos_pages import chaos, simulate
from twilio_api import creation
from twilio_api.acknowledgement import Context
from twilio_api.caller import Caller
from twilio_api.conversations import Conversations


def test_no_promise_is_broken() -> None:
    counts = chaos(12, 2, 0.3)
    assert counts.wrong == []
    assert min(counts.by_text, counts.by_call, counts.not_taken, counts.unknown, counts.notices, counts.troubles) > 0


async def _ask_twice(caller: Caller, draft: Any, standing: Any) -> Any:
    """Call a person two times."""
    await ASK(caller, draft, standing)
    return await ASK(caller, draft, standing)


async def _end_nothing(caller: Caller, placed: Any) -> None:
    """End nothing."""


async def _notify_all(action: PageOnCall, page: Any, alert: Alert, person: str) -> None:
    """Tell the taker, too."""
    for each in (person, alert.taker):
        await NOTIFY(action, page, alert, each)


async def _notify_nobody(action: PageOnCall, page: Any, alert: Alert, person: str) -> None:
    """Tell nobody."""


def _nobody_is_unknown(rows: Any, *, is_cancelled: bool) -> Report:
    """Say of each alert that is open that nobody took it."""
    return OPEN_REPORT(rows, is_cancelled=is_cancelled)._replace(outcome="not_taken")


def _all_take(step: Step, outcome: str, text: object = None, **more: Any) -> None:
    """Let whoever was asked have it."""
    NOTE(step, outcome, text, **more)
    if outcome == "passed":
        step._alert.take(step.row)


NOTIFY, OPEN_REPORT, NOTE, ASK = PageOnCall._notify, page_on_call.open_report, Step.note, Caller.ask

# What is broken, the promise that is broken by it, and a seed that shows it soon
BREAKAGES: dict[str, tuple[Callable[[pytest.MonkeyPatch], object], str, int]] = {
    "a create call is repeated whatever befell it": (
        lambda patch: patch.setattr(creation, "_is_unprocessed", lambda error: True),
        "texted_twice",
        16,
    ),
    "a person is called two times": (lambda patch: patch.setattr(Caller, "ask", _ask_twice), "called_twice", 1),
    "what may have been sent is not sent": (
        lambda patch: patch.setattr(Step, "leaving", lambda step: None),
        "misreported",
        1,
    ),
    "each key acknowledges": (
        lambda patch: patch.setattr(Context, "is_acknowledged", property(lambda context: bool(context.keys))),
        "taken_by_nobody",
        5,
    ),
    "who passes it on takes it": (lambda patch: patch.setattr(Step, "note", _all_take), "taken_by_nobody", 1),
    "an answer that was not read did not come": (
        lambda patch: patch.setattr(page_on_call, "open_report", _nobody_is_unknown),
        "taken_and_not_reported",
        33,
    ),
    "the last answers are not waited for": (
        lambda patch: patch.setattr(Conversations, "is_known", lambda conversations, wait: True),
        "taken_and_not_reported",
        33,
    ),
    "an alert that is over ends no call": (lambda patch: patch.setattr(Caller, "end", _end_nothing), "rings_on", 63),
    "who has it is told so": (lambda patch: patch.setattr(PageOnCall, "_notify", _notify_all), "wrong_notices", 9),
    "nobody is told who has it": (
        lambda patch: patch.setattr(PageOnCall, "_notify", _notify_nobody),
        "wrong_notices",
        9,
    ),
    "a run leaves its requests behind": (
        lambda patch: patch.setattr(RunLoop, "close", lambda loop: None),
        "afterwards",
        17,
    ),
}


@pytest.mark.development
@pytest.mark.parametrize("breakage", BREAKAGES)
def test_the_judge_notices_an_app_that_is_broken_on_purpose(breaking: pytest.MonkeyPatch, breakage: str) -> None:
    break_app, promise, first_seed = BREAKAGES[breakage]
    break_app(breaking)
    assert any(getattr(simulate(seed, 0.4)[1], promise) for seed in range(first_seed, first_seed + 60))
