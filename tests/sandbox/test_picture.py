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
"""The picture of a run that the README shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sandbox.picture import COMMAND, draw, main, shortened
from sandbox.soar import APP_DIR


MAX_HEIGHT_PX = 600
PICTURE = APP_DIR / "docs" / "send_message.svg"


def texts(svg: str) -> Iterator[tuple[float, str]]:
    """Each line of a picture: where it begins (pixels from the left), and its text."""
    for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):  # noqa: S314 our own picture
        yield float(element.attrib["x"]), element.text or ""


def test_a_line_begins_where_it_is_indented_to() -> None:
    assert [text for _, text in texts(draw(["a", "    b"]))] == ["a", "b"]
    (left, _), (indented, _) = texts(draw(["a", "    b"]))
    assert indented - left == pytest.approx(4 * 7.2)


def test_no_line_relies_on_blanks_that_a_browser_drops() -> None:
    lines = [text for _, text in texts(PICTURE.read_text(encoding="utf-8"))]
    assert [line for line in lines if line != " ".join(line.split())] == []


def test_the_json_of_the_readmes_picture_is_indented_as_it_was_printed() -> None:
    x_of = {text.rstrip(","): x for x, text in texts(PICTURE.read_text(encoding="utf-8"))}
    left = x_of[f"$ {COMMAND}"]
    step = x_of['"status": "success"'] - left
    assert step > 20
    assert x_of['"data": ['] == pytest.approx(left + 3 * step, abs=0.1)
    assert x_of['"error_code": null'] == pytest.approx(left + 5 * step, abs=0.1)


def test_the_readmes_picture_is_short() -> None:
    assert int(ElementTree.parse(PICTURE).getroot().attrib["height"]) < MAX_HEIGHT_PX  # noqa: S314 our own picture


def test_a_result_is_cut_to_what_matters() -> None:
    message = {"body": "Boo", "to": "+15101112345", "sid": "SM1", "status": "delivered", "error_code": None}
    result = {"status": "success", "message": "m", "result_data": [{"data": [message], "summary": {}, "context": {}}]}
    lines = [line.strip() for line in shortened(result)]
    assert '"sid": "SM1",' in lines
    assert lines.count("…") == 3
    assert not any("body" in line or "context" in line for line in lines)


def test_the_picture_is_of_a_real_run(tmp_path: Path) -> None:
    assert main([str(tmp_path / "picture.svg")]) == 0
    lines = [text for _, text in texts((tmp_path / "picture.svg").read_text(encoding="utf-8"))]
    assert lines[0] == f"$ {COMMAND}"
    assert '"message": "Message delivery status: delivered",' in lines
