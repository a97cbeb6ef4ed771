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
"""A quick version of chaos for texts, and proof that its judge notices what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from actions import containers, on_poll
from actions.ingestion import Backlog, Outcome, Settled, settle
from actions.text_media import TextMedia
from benchmarks.chaos_texts import Counts, chaos, simulate
from twilio_api import person_log


FEW = 60  # texts of a simulation


def test_no_promise_is_broken() -> None:
    counts = Counts()
    for seed in range(5, 35):  # the first one shows it all, unless things are drawn in another order one day
        counts.add(chaos(90, seed, 0.1, lambda done: None))
        troubles = (counts.died, counts.overlapping, counts.troubles, counts.wrong_clocks, counts.platform_faults)
        if all((*troubles, counts.polls_now, counts.ingested, counts.answers)):
            break
    else:
        pytest.fail(f"Something never happens: {counts}")
    assert counts.wrong == []


@pytest.mark.parametrize(("seed", "deduplicates"), [(3, True), (10, False)])
def test_no_promise_is_broken_on_a_platform_of_either_kind(seed: int, deduplicates: bool) -> None:
    simulation, counts = simulate(seed, 0.1, FEW)
    assert (counts.wrong, simulation.store.documented_only) == ([], not deduplicates)
    assert counts.files > 0


def _skip_what_failed(backlog: Backlog, outcomes: Any, **how: Any) -> Settled:
    return settle(backlog, {text.sid: Outcome.SAVED for text in backlog.texts})


def _go_on_from_the_newest(backlog: Backlog, outcomes: Any, **how: Any) -> Settled:
    settled = settle(backlog, outcomes, **how)
    return settled._replace(cursor=settled.cursor._replace(since=backlog.newest or backlog.cursor.since))


def _never_give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.chaos_texts.QUIET_POLLS", 15)
    for module in ("ingestion", "on_poll", "text_media"):
        monkeypatch.setattr(f"actions.{module}.MAX_FAILED_POLLS", 10_000)


# What is broken, the promise that is broken by it, and a seed that shows it soon
BREAKAGES: dict[str, tuple[Callable[[pytest.MonkeyPatch], object], str, int]] = {
    "what failed is taken for settled": (lambda patch: patch.setattr(on_poll, "settle", _skip_what_failed), "lost", 1),
    "a text that the log shows late is passed over": (
        lambda patch: patch.setattr(on_poll, "settle", _go_on_from_the_newest),
        "lost",
        4,
    ),
    "a container is known by nothing": (
        lambda patch: patch.setattr(
            on_poll,
            "container_of",
            lambda text, label: {**containers.container_of(text, label), "source_data_identifier": None},
        ),
        "twice",
        12,
    ),
    "a container comes without its artifacts": (
        lambda patch: patch.setattr(
            on_poll, "container_of", lambda text, label: {**containers.container_of(text, label), "artifacts": []}
        ),
        "incomplete",
        11,
    ),
    "media are forgotten": (lambda patch: patch.setattr(TextMedia, "note", lambda *args: None), "incomplete", 3),
    "answers are ingested": (
        lambda patch: patch.setattr(person_log, "parse_question", lambda row: None),
        "misjudged",
        11,
    ),
    "nothing is ever given up": (_never_give_up, "stuck", 24),
}


@pytest.mark.development
@pytest.mark.parametrize("breakage", BREAKAGES)
def test_the_judge_notices_an_app_that_is_broken_on_purpose(monkeypatch: pytest.MonkeyPatch, breakage: str) -> None:
    break_app, promise, first_seed = BREAKAGES[breakage]
    break_app(monkeypatch)
    assert any(getattr(simulate(seed, 0.2, FEW)[1], promise) for seed in range(first_seed, first_seed + 60))
