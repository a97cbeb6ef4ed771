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
"""A quick version of chaos for calls, and proof that its judge notices what is wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from actions import call_report
from actions.action import Run
from actions.run_loop import RunLoop
from benchmarks.chaos_calls import chaos, simulate
from twilio_api import creation, executions
from twilio_api.acknowledgement import Context
from twilio_api.caller import Caller
from twilio_api.calls import calls_created_since, end_call
from twilio_api.errors import NotSent


def test_no_promise_is_broken() -> None:
    counts = chaos(30, 3, 0.3)
    assert counts.wrong == []
    assert min(counts.acknowledged, counts.not_acknowledged, counts.not_answered, counts.unknown, counts.troubles) > 0


class Always:
    """A turn that everybody has at once."""

    async def __aenter__(self) -> None:
        """Begin."""

    async def __aexit__(self, *error: object) -> None:
        """End."""


def _not_sent_if_unknown(*args: Any, search_error: Any = None, **kwargs: Any) -> NotSent:
    return NotSent(args[0])


async def _end_all_of_the_pair(caller: Caller, placed: Any) -> None:
    """End whatever the log shows of these two numbers, as 2.2.0 did."""
    for call in await calls_created_since(caller._client, placed.draft, placed.started_at - 60.0):
        if not call.is_final:
            await end_call(caller._client, call.sid)


async def _end_nothing(caller: Caller, placed: Any) -> None:
    """End nothing."""


# What is broken, the promise that is broken by it, and a seed that shows it soon
BREAKAGES: dict[str, tuple[Callable[[pytest.MonkeyPatch], object], str, int]] = {
    "a create call is repeated whatever befell it": (
        lambda patch: patch.setattr(creation, "_is_unprocessed", lambda error: True),
        "called_twice",
        2,
    ),
    "calls to one person are made at once": (
        lambda patch: patch.setattr(
            Run, "turns", property(lambda run: defaultdict(Always), lambda run, turns: None), raising=False
        ),
        "called_twice",
        2,
    ),
    "what may have been sent is not sent": (
        lambda patch: patch.setattr(creation, "OutcomeUnknown", _not_sent_if_unknown),
        "lost",
        4,
    ),
    "each key acknowledges": (
        lambda patch: patch.setattr(Context, "is_acknowledged", property(lambda context: bool(context.keys))),
        "acknowledged_without_a_key",
        46,
    ),
    "a flow is trusted by its name": (
        lambda patch: patch.setattr(executions, "is_same_definition", lambda shown, speech: True),
        "acknowledged_without_a_key",
        24,
    ),
    "every machine is a person": (
        lambda patch: patch.setattr(call_report, "ANSWERED_BY_HUMAN", "machine_start"),
        "misreported",
        44,
    ),
    "a cancelled run ends nothing": (lambda patch: patch.setattr(Caller, "end", _end_nothing), "rings_on", 25),
    "a cancelled run ends whatever rings": (
        lambda patch: patch.setattr(Caller, "end", _end_all_of_the_pair),
        "ended_others",
        0,
    ),
    "a run leaves its requests behind": (
        lambda patch: patch.setattr(RunLoop, "close", lambda loop: None),
        "afterwards",
        6,
    ),
}


@pytest.mark.development
@pytest.mark.parametrize("breakage", BREAKAGES)
def test_the_judge_notices_an_app_that_is_broken_on_purpose(breaking: pytest.MonkeyPatch, breakage: str) -> None:
    break_app, promise, first_seed = BREAKAGES[breakage]
    break_app(breaking)
    assert any(getattr(simulate(seed, 0.4)[1], promise) for seed in range(first_seed, first_seed + 60))
