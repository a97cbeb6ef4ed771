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
"""The vocabulary: names are the field's own, and words that the project invented once do not come back."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest


pytestmark = pytest.mark.development

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("actions", "twilio_api", "sandbox", "tests", "benchmarks", "release", "docs")
FILES = sorted([*ROOT.glob("*.py"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))])

# What stood in a name once, and the field's word for it
RETIRED = {
    "barred": "permanent",
    "dice": "rng, jitter",
    "fate": "outcome",
    "look": "poll",
    "pace": "clock, schedule",
    "passing": "transient",
    "seen": "requests, reported",
    "stage": "harness",
    "storm": "faults, chaos",
    "strange": "unexpected",
    "told": "reported",
    "wire": "transport",
}
FIELDS_OWN = re.compile(r"look_?ups?", re.IGNORECASE)


def names_of(path: Path, text: str) -> Iterator[str]:
    """The names of a file: its own, and those of its classes, functions, parameters, variables and attributes."""
    yield path.stem
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


@cache
def retired_words_of(name: str) -> set[str]:
    """The words of a name, in snake_case or CamelCase, that are retired."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", FIELDS_OWN.sub("", name))
    return {word.lower() for word in words} & RETIRED.keys()


def retired_names_of(path: Path) -> set[str]:
    """The names of a file that hold a retired word."""
    text = path.read_text(encoding="utf-8")
    suspects = {name for name in (path.stem, *re.findall(r"\w+", text)) if retired_words_of(name)}
    # To parse a file takes long, and in most of them no sentence holds such a word either
    return suspects & set(names_of(path, text)) if suspects else suspects


def test_no_name_holds_a_retired_word() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}": "the field says "
        + ", ".join(RETIRED[word] for word in sorted(retired_words_of(name)))
        for path in FILES
        for name in retired_names_of(path)
    }
    assert found == {}


def test_a_word_is_recognised_within_a_name() -> None:
    words: dict[str, set[str]] = {
        "next_look_s": {"look"},
        "StrangeAnswer": {"strange"},
        "CallStorm": {"storm"},
        "_dice": {"dice"},
        "look_up": set(),
        "parse_lookup": set(),
        "storming": set(),
    }
    assert {name: retired_words_of(name) for name in words} == words
