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
"""What the measuring programs have in common: how they end, and that a seed is a run."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from benchmarks import chaos_calls, chaos_messages, chaos_pages, chaos_texts
from benchmarks.chaos_questions import chaos as chaos_questions
from benchmarks.program import run_program


def test_the_status_of_the_program_is_its_exit_status() -> None:
    with pytest.raises(SystemExit) as ended:
        run_program(lambda: 1)
    assert ended.value.code == 1


def test_ctrl_c_ends_it_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        run_program(interrupted)
    assert ended.value.code == 130
    assert capsys.readouterr().err == "Interrupted: nothing was counted to the end.\n"


CHAOS: dict[str, ModuleType] = {
    **{"sends": chaos_messages, "questions": chaos_questions, "calls": chaos_calls, "texts": chaos_texts},
    "pages": chaos_pages,
}


@pytest.mark.parametrize("unit", CHAOS)
@pytest.mark.parametrize("number", ["-3", "0", "1e3", "many", ""])
def test_a_number_that_counts_nothing_is_refused(
    unit: str, number: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["chaos", f"--{unit}", number])
    with pytest.raises(SystemExit) as ended:
        CHAOS[unit].main()
    assert ended.value.code == 2
    assert f"{number!r} is not a whole number from 1 on" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("unit", "simulated"),
    [
        ("sends", (7, 0.4)),
        ("questions", (1_000_006, 0.2)),
        ("calls", (7, 0.4)),
        ("texts", (7, 0.2, 20)),
        ("pages", (7, 0.4)),
    ],
)
def test_the_same_seed_is_the_same_run(unit: str, simulated: tuple[Any, ...]) -> None:
    program = CHAOS[unit]
    first, second = (
        [_without_run_id(line) for line in program.played(program.simulate(*simulated)[0])] for _ in range(2)
    )
    assert first == second
    assert len(first) > 50


def _without_run_id(line: str) -> str:
    """A line without what is drawn from the system: the id by which a run knows its executions."""
    return line.partition("run_id")[0]
