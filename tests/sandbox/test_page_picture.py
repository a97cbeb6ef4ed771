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
"""The picture of an on-call page, and the figures that the README has of it."""

from __future__ import annotations

import pytest

from sandbox.page_picture import PEOPLE, Played, draw, play
from sandbox.soar import APP_DIR


@pytest.fixture(scope="module")
def played() -> Played:
    """The page, played once."""
    return play()


def test_the_third_person_takes_it_when_called(played: Played) -> None:
    steps = [(PEOPLE.index(row["person"]), row["kind"]) for row in played.rows]
    asleep = [(person, kind) for person in (0, 1) for kind in ("text", "call", "call")]
    assert steps == [*asleep, (2, "text"), (2, "call"), (0, "notice"), (1, "notice")]


def test_the_picture_is_of_this_page(played: Played) -> None:
    drawn = (APP_DIR / "docs" / "page_on_call.svg").read_text(encoding="utf-8")
    assert drawn == draw(played), "make picture draws it anew"


def test_the_readme_has_its_figures(played: Played) -> None:
    manual = (APP_DIR / "manual_readme_content.md").read_text(encoding="utf-8")
    assert f"{played.requests} requests in {played.taken_after_s // 60:.0f} minutes" in manual
