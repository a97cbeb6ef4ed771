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
"""The escalation playbook: who is texted and called, until somebody takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from sandbox.escalation import BRANCHES, PLAYBOOK, Trace, play
from sandbox.escalation_picture import arrows, draw
from sandbox.soar import APP_DIR
from sandbox.soar.playbook import LocalPlaybook
from tests.harness import Harness


TEXT, CALL = "ask question", "call phone"
FIRST, SECOND = 0, 1
FIRST_TAKES_IT, SECOND_TAKES_IT, NOBODY = (
    "+15101110001 takes it",
    "+15101110002 takes it",
    "Nobody on call could be reached",
)

STEPS = {
    "the first person takes it by text": [(TEXT, FIRST, "yes"), FIRST_TAKES_IT],
    "the first person cannot, the second takes it by text": [
        (TEXT, FIRST, "no"),
        (TEXT, SECOND, "yes"),
        SECOND_TAKES_IT,
    ],
    "the first person sleeps until the phone rings": [
        (TEXT, FIRST, "no_response"),
        (CALL, FIRST, "acknowledged"),
        FIRST_TAKES_IT,
    ],
    "the first person's voicemail answers": [
        (TEXT, FIRST, "no_response"),
        (CALL, FIRST, "not_acknowledged"),
        (TEXT, SECOND, "yes"),
        SECOND_TAKES_IT,
    ],
    "the first person declines, the second sleeps until the phone rings": [
        (TEXT, FIRST, "no_response"),
        (CALL, FIRST, "not_answered"),
        (TEXT, SECOND, "no_response"),
        (CALL, SECOND, "acknowledged"),
        SECOND_TAKES_IT,
    ],
    "a text does not arrive, so the phone rings at once": [
        (TEXT, FIRST, "undelivered"),
        (CALL, FIRST, "acknowledged"),
        FIRST_TAKES_IT,
    ],
    "a text is refused, so the phone rings at once": [
        (TEXT, FIRST, "not_sent"),
        (CALL, FIRST, "acknowledged"),
        FIRST_TAKES_IT,
    ],
    "nobody knows whether the first person's phone rang": [
        (TEXT, FIRST, "no_response"),
        (CALL, FIRST, "unknown"),
        (TEXT, SECOND, "yes"),
        SECOND_TAKES_IT,
    ],
    "the second person cannot either": [(TEXT, FIRST, "no"), (TEXT, SECOND, "no"), NOBODY],
    "nobody can be reached": [
        (TEXT, FIRST, "no_response"),
        (CALL, FIRST, "not_answered"),
        (TEXT, SECOND, "no_response"),
        (CALL, SECOND, "not_answered"),
        NOBODY,
    ],
}


pytestmark = pytest.mark.xdist_group("escalation")  # the costly fixture is made once


@pytest.fixture(scope="module")
def traces() -> dict[str, Trace]:
    """What the playbook did in each branch."""
    return {branch: play(people) for branch, people in BRANCHES.items()}


@pytest.mark.parametrize("branch", BRANCHES)
def test_the_playbook_takes_these_steps(branch: str, traces: dict[str, Trace]) -> None:
    trace = traces[branch]
    assert [*map(tuple, trace.steps), *trace.lines] == STEPS[branch]


@pytest.mark.parametrize(
    ("action", "says"),
    [(TEXT, "The asset is wrong: nobody was texted"), (CALL, "The asset is wrong: nobody was called")],
)
def test_an_asset_that_is_wrong_from_a_step_on_does_not_go_unnoticed(action: str, says: str) -> None:
    harness = Harness()

    def run(name: str, parameters: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        if name == action:
            harness.config["account_sid"] = "AC12"
        return harness.run(name, *parameters).json

    playbook = LocalPlaybook(run)
    playbook.play(PLAYBOOK.read_text(encoding="utf-8"))
    assert playbook.lines == [says]


def test_an_answer_is_waited_for_five_minutes(traces: dict[str, Trace]) -> None:
    assert traces["the first person takes it by text"].seconds < 60.0
    assert 300.0 < traces["the first person sleeps until the phone rings"].seconds < 340.0


def test_the_branches_are_all_there(traces: dict[str, Trace]) -> None:
    outcomes = {(step.action, step.outcome) for trace in traces.values() for step in trace.steps}
    assert {outcome for action, outcome in outcomes if action == TEXT} == {
        *("yes", "no", "no_response", "undelivered", "not_sent"),
    }
    assert {outcome for action, outcome in outcomes if action == CALL} == {
        *("acknowledged", "not_acknowledged", "not_answered", "unknown"),
    }
    assert {line for trace in traces.values() for line in trace.lines} == {FIRST_TAKES_IT, SECOND_TAKES_IT, NOBODY}


def test_the_picture_is_of_these_steps(traces: dict[str, Trace]) -> None:
    drawn = (APP_DIR / "docs" / "escalation.svg").read_text(encoding="utf-8")
    assert drawn == draw(arrows(traces.values())), "make picture draws it anew"


def test_the_page_shows_this_playbook() -> None:
    _, first_line, rest = PLAYBOOK.read_text(encoding="utf-8").partition("import phantom.rules as phantom\n")
    page = (APP_DIR / "docs" / "escalation.md").read_text(encoding="utf-8")
    assert f"```python\n{first_line}{rest.rstrip()}\n```" in page
