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
"""The widget and the page in which the local SOAR shows the app's custom view."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from sandbox.soar.views import page, render_view


def test_the_template_fills_the_blocks_of_the_platforms_widget() -> None:
    soup = BeautifulSoup(render_view({"result_data": [], "result_summary": {}}, "list messages"), "html.parser")
    title = soup.find("header")
    assert title is not None
    assert title.text.split() == ["Twilio", "Messages"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_shows_a_view_in_a_theme(theme: Any) -> None:
    soup = BeautifulSoup(page("<p>toast</p>", theme=theme), "html.parser")
    assert soup.body is not None
    assert soup.body["class"] == [f"{theme}-theme"]
    assert [row.text for row in soup.find_all("p")] == ["toast"]


def test_a_page_is_light_unless_asked_otherwise() -> None:
    assert '<body class="light-theme">' in page("")
