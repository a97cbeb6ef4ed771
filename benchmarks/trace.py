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
"""What one healthy text runs through: functions, classes, files, lines of code, and climbs from twilio_api to actions.

    python -m benchmarks.trace

Traces the second run of "send message" in a process, against the local Twilio. Functions and methods count, lambdas and
comprehensions do not; lines are theirs, without blanks, comments and docstrings.
"""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from sandbox.assets import local_asset
from sandbox.soar import APP_DIR, run_action
from sandbox.twilio import LocalTwilio


_APP = ("twilio_connector.py", "actions", "twilio_api")


class Trace:
    """The functions of the app that ran, and how often twilio_api called one of actions."""

    def __init__(self) -> None:
        self.codes: set[CodeType] = set()
        self.climbs = 0

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        """Note a call; a coroutine that goes on counts as called again, but is no climb."""
        if event != "call" or not _room(frame.f_code) or frame.f_code.co_name.startswith("<"):
            return
        is_first = frame.f_lasti <= 0 or frame.f_code not in self.codes
        self.codes.add(frame.f_code)
        caller = frame.f_back
        if caller and is_first and _room(frame.f_code) == "actions" and _room(caller.f_code) == "twilio_api":
            self.climbs += 1


def trace_send() -> Trace:
    """Trace the second run of "send message" of this process."""
    with LocalTwilio() as twilio:
        config = local_asset(twilio)
        parameters = [{"to_phone": "5101112345", "message": "Page"}]
        run_action("send message", config, parameters)
        trace = Trace()
        threading.setprofile(trace)
        sys.setprofile(trace)
        try:
            run_action("send message", config, parameters)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
    return trace


def functions(path: Path) -> Iterator[tuple[int, str, str, set[int]]]:
    """The functions of a file: first line with decorators, name, class (empty for none), and the lines of code."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    owners = {
        child: node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for child in ast.iter_child_nodes(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            yield first, node.name, owners.get(node, ""), code_lines(node)


def code_lines(node: ast.AST) -> set[int]:
    """The lines that hold code of a node: neither blank, nor comment, nor docstring."""
    texts = {
        id(first.value)
        for each in ast.walk(node)
        if isinstance(each, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and each.body
        if isinstance(first := each.body[0], ast.Expr) and isinstance(first.value, ast.Constant)
    }
    lines: set[int] = set()
    for each in ast.walk(node):
        if isinstance(each, (ast.expr, ast.stmt, ast.arg, ast.keyword)) and id(each) not in texts:
            if isinstance(each, ast.Expr) and id(each.value) in texts:
                continue
            is_compound = isinstance(each, ast.stmt) and hasattr(each, "body")
            lines.update((each.lineno,) if is_compound else range(each.lineno, (each.end_lineno or each.lineno) + 1))
    return lines


def main() -> int:
    """Print the measure."""
    trace = trace_send()
    paths = {Path(code.co_filename) for code in trace.codes}
    ran = {(Path(code.co_filename), code.co_firstlineno) for code in trace.codes}
    found = [(path, *each) for path in paths for each in functions(path) if (path, each[0]) in ran]
    classes = {(path, owner) for path, _, _, owner, _ in found if owner}
    print(f"functions {len(found)}")
    print(f"classes   {len(classes)}")
    print(f"files     {len(paths)}")
    lines = {(path, line) for path, *_, numbers in found for line in numbers}  # those of an inner function count once
    print(f"lines     {len(lines)}")
    print(f"climbs    {trace.climbs}")
    app = [path for pattern in ("*.py", "actions/*.py", "twilio_api/*.py") for path in APP_DIR.glob(pattern)]
    total = sum(len(code_lines(ast.parse(path.read_text(encoding="utf-8")))) for path in app)
    print(f"lines of code of the whole app {total}")
    return 0


def _room(code: CodeType) -> str:
    """The folder of the app that a function stands in; empty for all else."""
    try:
        first = Path(code.co_filename).relative_to(APP_DIR).parts[0]
    except ValueError:
        return ""
    return first if first in _APP else ""


if __name__ == "__main__":
    sys.exit(main())
