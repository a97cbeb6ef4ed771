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
"""What the measuring programs have in common: how they end, that a seed is a run, and their progress bar."""

from __future__ import annotations

import io
import sys
from types import ModuleType
from typing import Any

import pytest

from benchmarks import chaos_calls, chaos_messages, chaos_pages, chaos_texts
from benchmarks.chaos_questions import chaos as chaos_questions
from benchmarks.program import run_program
from benchmarks.progress import progress_bar


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
    "sends": chaos_messages,
    "questions": chaos_questions,
    "calls": chaos_calls,
    "texts": chaos_texts,
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
    first, second = (list(program.played(program.simulate(*simulated)[0])) for _ in range(2))
    assert first == second
    assert len(first) > 50


# --- the progress bar of those that take long


class Terminal(io.StringIO):
    """A stream that a person watches."""

    def isatty(self) -> bool:
        return True


def test_a_person_sees_how_far_it_is() -> None:
    terminal = Terminal()
    with progress_bar(10, "sends", terminal) as bar:
        bar.update(5)
        bar.refresh()
    assert "50%" in terminal.getvalue()
    assert "5/10" in terminal.getvalue()


def test_a_file_is_spared_it() -> None:
    log = io.StringIO()
    with progress_bar(10, "sends", log) as bar:
        bar.update(5)
    assert log.getvalue() == ""
