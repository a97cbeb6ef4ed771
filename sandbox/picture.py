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
"""Draws a real run of `make send` as a picture of a terminal: `python -m sandbox.picture docs/send_message.svg`."""

from __future__ import annotations

import subprocess
import sys
from html import escape
from pathlib import Path


COMMAND = 'make send TO="(510) 111-2345" MESSAGE="Happy Halloween to GV"'
_MAX_COLUMNS = 108
_CHAR_PX, _LINE_PX, _MARGIN_PX = 7.8, 18, 16


def draw(lines: list[str]) -> str:
    """Return the SVG of a terminal that shows these lines."""
    shown = [line if len(line) <= _MAX_COLUMNS else f"{line[: _MAX_COLUMNS - 1]}…" for line in lines]
    width = int(_MAX_COLUMNS * _CHAR_PX) + 2 * _MARGIN_PX
    height = len(shown) * _LINE_PX + 2 * _MARGIN_PX
    rows = "\n".join(
        f'<text x="{_MARGIN_PX}" y="{(number + 1) * _LINE_PX + 11}" fill="{_colour(line)}">{escape(line)}</text>'
        for number, line in enumerate(shown)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-size="13" '
        'font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" xml:space="preserve">\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="#16181d"/>\n{rows}\n</svg>\n'
    )


def _colour(line: str) -> str:
    if line.startswith("$"):
        return "#8ce99a"
    return "#ffd43b" if line.startswith("  ") and not line.startswith("   ") and '"' not in line else "#dee2e6"


def main(arguments: list[str]) -> int:
    """Run the command and write the picture to the path given."""
    (path,) = arguments
    words = [sys.executable, "-m", "sandbox", "send", "(510) 111-2345", "Happy Halloween to GV"]
    run = subprocess.run(words, capture_output=True, text=True, check=True)  # noqa: S603 our own command
    Path(path).write_text(draw([f"$ {COMMAND}", *run.stdout.splitlines()]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
