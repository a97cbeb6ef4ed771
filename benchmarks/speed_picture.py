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
"""The picture of the benchmark: seconds over the number of recipients."""

from __future__ import annotations

from collections.abc import Sequence

import pygal
from pygal.style import Style


_SECONDS = (3, 10, 30, 100, 300, 1000)  # that are marked
# Readable on a dark and on a light page
_STYLE = Style(
    background="transparent",
    plot_background="transparent",
    foreground="#7d8590",
    foreground_strong="#7d8590",
    foreground_subtle="#7d8590",
    colors=("#2f81f7", "#d29922", "#3fb950"),
    font_family="sans-serif",
    title_font_size=18,
    label_font_size=14,
    major_label_font_size=14,
    legend_font_size=14,
    stroke_width=3,
    guide_stroke_color="#7d859040",
    guide_stroke_dasharray="",
    major_guide_stroke_color="#7d859040",
    major_guide_stroke_dasharray="",
)


def draw(recipients: Sequence[int], seconds: Sequence[tuple[float, float | None]], ideal_s: float) -> str:
    """Return the SVG. `seconds` are those of the app and the plain client for each number of recipients.

    Where the plain client was not measured, it is drawn as a multiple of its largest run, since its waits are a sum.
    """
    measured = [(count, plain) for count, (_, plain) in zip(recipients, seconds) if plain is not None]
    most, its_seconds = measured[-1]
    chart = pygal.Line(
        style=_STYLE,
        width=800,
        height=420,
        logarithmic=True,
        x_title="recipients in one run",
        y_title="seconds",
        legend_at_bottom=True,
        legend_at_bottom_columns=1,
        truncate_legend=-1,
        js=(),
        disable_xml_declaration=True,
        show_y_guides=True,
        dots_size=4,
    )
    chart.y_labels = _SECONDS
    chart.x_labels = [str(count) for count in recipients]
    chart.add("the app", [round(app, 2) for app, _ in seconds])
    chart.add(
        f"a plain client (beyond {most} recipients: a multiple of that run)",
        [
            round(its_seconds * count / most if plain is None else plain, 2)
            for count, (_, plain) in zip(recipients, seconds)
        ],
    )
    chart.add("ideal", [round(ideal_s, 2)] * len(recipients), stroke_style={"dasharray": "6, 6"})
    return f"{chart.render(is_unicode=True)}\n"
