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
"""The progress bar of long commands."""

from __future__ import annotations

import io

from benchmarks.progress import progress_bar


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
