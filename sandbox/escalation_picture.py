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
"""Draws the paths through the escalation playbook, from what it did.

    python -m sandbox.escalation_picture docs/escalation.svg

Each arrow stands for a step that the playbook took when people behaved as in `sandbox.escalation.BRANCHES`, and the
words on it are the outcomes that led there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import NamedTuple

from sandbox.escalation import BRANCHES, PEOPLE, Trace, play


TAKEN, NOBODY = "somebody takes it", "nobody could be reached"
_BOX_PX, _HEIGHT_PX = 190, 52
_ROW_PX = 190
_LINE_PX = 15
_COLUMNS_PX = (20, 330, 660)
_TOP_PX = 64
_BOX, _TEXT, _GOOD, _BAD, _BACK = "#2b303b", "#e9ecef", "#2b8a3e", "#c92a2a", "#16181d"
_ACTIONS = {"ask question": ("text", 0), "call phone": ("call", 1)}


class Node(NamedTuple):
    """A box: a step on a person, or an end of the playbook."""

    name: str
    column: int
    row: int

    @property
    def x(self) -> int:
        """Its left side, in pixels."""
        return _COLUMNS_PX[self.column]

    @property
    def y(self) -> int:
        """Its top, in pixels."""
        return _TOP_PX + self.row * _ROW_PX


Arrow = tuple[Node, Node]


def arrows(traces: Iterable[Trace]) -> Mapping[Arrow, list[str]]:
    """Return the arrows that playbooks took, each with the outcomes that led along it."""
    found: dict[Arrow, set[str]] = {}
    for trace in traces:
        nodes = [_node(step.action, step.person) for step in trace.steps]
        end = Node(NOBODY, 0, len(PEOPLE)) if trace.lines[-1].startswith("Nobody") else Node(TAKEN, 2, 0)
        for step, start, following in zip(trace.steps, nodes, [*nodes[1:], end]):
            found.setdefault((start, following), set()).add(step.outcome)
    return {arrow: sorted(found[arrow]) for arrow in sorted(found)}


def draw(ways: Mapping[Arrow, list[str]]) -> str:
    """Return the SVG of these arrows and the boxes between them."""
    nodes = sorted({node for arrow in ways for node in arrow})
    width = _COLUMNS_PX[2] + _BOX_PX + 20
    height = _TOP_PX + len(PEOPLE) * _ROW_PX + _HEIGHT_PX + 20
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-size="13" '
        'font-family="system-ui, Helvetica, Arial, sans-serif">',
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M0 0 L8 4 L0 8 z" fill="{_TEXT}"/></marker></defs>',
        f'<rect width="{width}" height="{height}" rx="8" fill="{_BACK}"/>',
        *(_box(node) for node in nodes),
        *(_arrow(start, end, outcomes) for (start, end), outcomes in ways.items()),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _node(action: str, person: int) -> Node:
    name, column = _ACTIONS[action]
    return Node(f"{name} person {person + 1}", column, person)


def _box(node: Node) -> str:
    colour = {TAKEN: _GOOD, NOBODY: _BAD}.get(node.name, _BOX)
    height = _HEIGHT_PX + (len(PEOPLE) - 1) * _ROW_PX if node.name == TAKEN else _HEIGHT_PX
    return (
        f'<rect x="{node.x}" y="{node.y}" width="{_BOX_PX}" height="{height}" rx="6" fill="{colour}"/>'
        f'<text x="{node.x + _BOX_PX // 2}" y="{node.y + height // 2 + 5}" fill="{_TEXT}" text-anchor="middle">'
        f"{escape(node.name)}</text>"
    )


def _arrow(start: Node, end: Node, outcomes: list[str]) -> str:
    middle = start.y + _HEIGHT_PX // 2
    if end.name == TAKEN and start.column == 0:  # above the call
        x, y = start.x + _BOX_PX - 30, start.y - 32
        path = f"M{x} {start.y} L{x} {y} L{end.x - 30} {y} L{end.x - 30} {start.y + 12} L{end.x} {start.y + 12}"
        return _path(path) + _words(outcomes, x + 12, y - 6)
    if end.row == start.row:  # to the right
        words = _words(outcomes, start.x + _BOX_PX + 12, middle - 8 - (len(outcomes) - 1) * _LINE_PX)
        return _path(f"M{start.x + _BOX_PX} {middle} L{end.x} {middle}") + words
    if end.name == TAKEN:
        words = _words(outcomes, start.x + _BOX_PX + 12, middle - 8)
        return _path(f"M{start.x + _BOX_PX} {middle} L{end.x} {middle}") + words
    x = start.x + (40 if start.column == 0 else _BOX_PX // 2)  # down, to the next person or the end
    bottom = start.y + _HEIGHT_PX
    if start.column == end.column:
        return _path(f"M{x} {bottom} L{x} {end.y}") + _words(outcomes, x + 10, bottom + 26)
    turn, to = bottom + 82, end.x + _BOX_PX - 60
    words = _words(outcomes, x + 10, bottom + 26)
    return _path(f"M{x} {bottom} L{x} {turn} L{to} {turn} L{to} {end.y}") + words


def _path(path: str) -> str:
    return f'<path d="{path}" fill="none" stroke="{_TEXT}" stroke-width="1.5" marker-end="url(#head)"/>'


def _words(outcomes: list[str], x: int, y: int) -> str:
    return "".join(
        f'<text x="{x}" y="{y + number * _LINE_PX}" fill="#ffd43b">{escape(outcome)}</text>'
        for number, outcome in enumerate(outcomes)
    )


def main(arguments: list[str]) -> int:
    """Let the playbook go through all of its branches, and draw its paths into the file given."""
    (path,) = arguments
    Path(path).write_text(draw(arrows(play(people) for people in BRANCHES.values())), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
