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
"""The pictures of "list messages" that the README shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from sandbox import messages_picture


def test_the_pictures_show_both_sides_an_attachment_and_a_message_that_failed() -> None:
    shown = BeautifulSoup(messages_picture.conversation(), "html.parser")
    for each in (".twilio-inbound", ".twilio-outbound", ".twilio-media", ".twilio-bad .twilio-reason"):
        assert shown.select(each), each


def test_without_a_browser_the_command_says_what_it_searched_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert messages_picture.main(str(tmp_path)) == 2
    assert "No Chromium was found on PATH" in capsys.readouterr().err
