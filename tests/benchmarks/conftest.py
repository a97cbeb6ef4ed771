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
"""What the tests of chaos need to break the app on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from actions.run_loop import RunLoop


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A patch to break the app with; runs that do not end any more are ended after it.

    Python would complain of what they leave behind whenever it collects garbage, which is in the test of another.
    """
    begin = RunLoop.__init__
    begun: list[RunLoop] = []

    def noted(run: RunLoop, *args: Any) -> None:
        begin(run, *args)
        begun.append(run)

    monkeypatch.setattr(RunLoop, "__init__", noted)
    yield monkeypatch
    monkeypatch.undo()
    for run in begun:
        run.close()
