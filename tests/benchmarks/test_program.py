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
"""How a measuring program ends."""

from __future__ import annotations

import sys
from types import ModuleType

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


CHAOS = {
    **{"sends": chaos_messages, "questions": chaos_questions, "calls": chaos_calls, "texts": chaos_texts},
    "pages": chaos_pages,
}


@pytest.mark.parametrize("unit", CHAOS)
@pytest.mark.parametrize("number", ["-3", "0", "1e3", "many", ""])
def test_a_number_that_counts_nothing_is_refused(
    unit: str, number: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program: ModuleType = CHAOS[unit]
    monkeypatch.setattr(sys, "argv", ["chaos", f"--{unit}", number])
    with pytest.raises(SystemExit) as ended:
        program.main()
    assert ended.value.code == 2
    assert f"{number!r} is not a whole number from 1 on" in capsys.readouterr().err
