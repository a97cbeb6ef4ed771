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
"""The benchmark."""

from __future__ import annotations

import pytest

from benchmarks import speed
from sandbox.soar import APP_DIR


@pytest.mark.development
def test_the_page_on_proof_shows_what_the_benchmark_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(speed, "MANY", [(40, 0.15), (200, 0.15)])
    assert speed.main(["--virtual"]) == 0
    page = (APP_DIR / "docs" / "proof.md").read_text(encoding="utf-8").splitlines()
    printed = [line for line in capsys.readouterr().out.splitlines() if line]
    assert len(printed) == 2 + len(speed.DELIVERIES_S) + 2 + 2
    assert [line for line in printed if line not in page] == []
