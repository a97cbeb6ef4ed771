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
"""Draws a real run of `make send` as an SVG: `python -m sandbox.picture docs/send_message.svg`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any


TO, MESSAGE = "(510) 111-2345", "Happy Halloween to GV"
COMMAND = f'make send TO="{TO}" MESSAGE="{MESSAGE}"'
CUT = "…"
# What the picture shows of the result JSON; CUT stands for the rest
_SHOWN_OF_RUN = ("status", "message", "result_data", CUT)
_SHOWN_OF_RESULT = ("data", "summary", CUT)
_SHOWN_OF_MESSAGE = ("to", "sid", "status", "error_code", CUT)

_MAX_COLUMNS = 108
_FONT_PX, _LINE_PX, _MARGIN_PX = 12, 16, 14
_CHAR_PX = 7.2  # of a usual monospaced font
_GREEN, _YELLOW, _GREY, _DARK = "#8ce99a", "#ffd43b", "#dee2e6", "#16181d"


def draw(lines: Sequence[str]) -> str:
    """Return the SVG of a terminal that shows these lines.

    Indentation is an offset of its own, because browsers drop blanks at the beginning of a text.
    """
    shown = [line if len(line) <= _MAX_COLUMNS else f"{line[: _MAX_COLUMNS - 1]}{CUT}" for line in lines]
    width = int(_MAX_COLUMNS * _CHAR_PX) + 2 * _MARGIN_PX
    height = len(shown) * _LINE_PX + 2 * _MARGIN_PX
    rows = "\n".join(_row(number, line) for number, line in enumerate(shown))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-size="{_FONT_PX}" '
        'font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace">\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="{_DARK}"/>\n{rows}\n</svg>\n'
    )


def _row(number: int, line: str) -> str:
    text = line.lstrip(" ")
    x = _MARGIN_PX + (len(line) - len(text)) * _CHAR_PX
    y = _MARGIN_PX + number * _LINE_PX + _FONT_PX
    return f'<text x="{x:g}" y="{y}" fill="{_colour(line)}">{escape(text)}</text>'


def _colour(line: str) -> str:
    if line.startswith("$"):
        return _GREEN
    return _YELLOW if line.startswith("  ") and not line.startswith("   ") else _GREY


def shortened(result: Mapping[str, Any]) -> list[str]:
    """The lines of a result JSON, cut to what matters of it."""
    (row,) = result["result_data"]
    (message,) = row["data"]
    rows = [{**_only(_SHOWN_OF_RESULT, row), "data": [_only(_SHOWN_OF_MESSAGE, message)]}]
    text = json.dumps({**_only(_SHOWN_OF_RUN, result), "result_data": rows}, indent=4, ensure_ascii=False)
    return [line.replace(f'"{CUT}": null', CUT) for line in text.splitlines()]


def _only(names: Sequence[str], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values.get(name) for name in names}


def main(arguments: Sequence[str]) -> int:
    """Run the command and write the picture to the path given."""
    (path,) = arguments
    words = [sys.executable, "-m", "sandbox", "send", TO, MESSAGE, "--after", "1"]
    run = subprocess.run(words, capture_output=True, text=True, check=True)  # noqa: S603 our own command
    # of the progress, the lines that the platform keeps
    progress = [line for line in run.stderr.splitlines() if not line.lstrip().startswith(CUT)]
    lines = [f"$ {COMMAND}", *progress, *shortened(json.loads(run.stdout))]
    Path(path).write_text(draw(lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
