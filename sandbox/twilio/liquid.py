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
"""The part of the Liquid template language that texts in a Studio flow need: `{{ path }}` and a few filters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape


_OUTPUT = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)
_PATH = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+)*")
_FILTER = re.compile(r"(?P<name>\w+)(?:\s*:\s*(?P<quote>['\"])(?P<argument>.*)(?P=quote))?", re.DOTALL)

_FILTERS: dict[str, Callable[[str, str], str]] = {
    "default": lambda text, argument: text or argument,
    "escape": lambda text, argument: escape(text, {'"': "&quot;", "'": "&#39;"}),
    "strip": lambda text, argument: text.strip(),
}


class LiquidError(ValueError):
    """A template that cannot be rendered."""


def render(template: str, context: Mapping[str, object]) -> str:
    """The template with its outputs replaced by values of the context; what is not there is empty.

    A value is put in as it is: what looks like a template in it stays as it is. Raises LiquidError.
    """
    rendered = _OUTPUT.sub(lambda output: _value(output[1].strip(), context), template)
    rest = _OUTPUT.sub("", template)
    if "{{" in rest or "{%" in rest:
        raise LiquidError(f"Liquid syntax error in '{template}'")
    return rendered


def _value(expression: str, context: Mapping[str, object]) -> str:
    path, *filters = (part.strip() for part in expression.split("|"))
    if not _PATH.fullmatch(path):
        raise LiquidError(f"Liquid syntax error: '{expression}' is no variable")
    text = _text(_lookup(path, context))
    for part in filters:
        match = _FILTER.fullmatch(part)
        if match is None or match["name"] not in _FILTERS:
            raise LiquidError(f"Liquid syntax error: unknown filter '{part}'")
        text = _FILTERS[match["name"]](text, match["argument"] or "")
    return text


def _lookup(path: str, context: Mapping[str, object]) -> object:
    value: object = context
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
