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
"""The ways in which a page spells credentials that it echoes."""

from __future__ import annotations

import base64
import html
import json
import random
import re
import textwrap
from collections.abc import Callable
from urllib.parse import quote


Spelling = Callable[[str, random.Random], str]


def _cut_off(text: str, chance: random.Random) -> str:
    start = chance.randrange(0, max(len(text) // 2, 1))
    return text[start : start + chance.randint(8, max(len(text), 9))]


def _split_by_tags(text: str, chance: random.Random) -> str:
    return re.sub("(.{5})", r"\1<wbr>", text)


def _entities(text: str, chance: random.Random) -> str:
    form = chance.choice(("&#{:d};", "&#x{:x};", "&#X{:04X};"))
    return "".join(form.format(ord(char)) for char in text)


def _percent(text: str, chance: random.Random) -> str:
    form = chance.choice(("%{:02X}", "%{:02x}"))
    return "".join(form.format(ord(char)) if chance.random() < 0.5 else char for char in text)


def _json_escapes(text: str, chance: random.Random) -> str:
    return "".join(f"\\u{ord(char):04x}" for char in text)


SPELLINGS: dict[str, Spelling] = {
    "as it is": lambda text, chance: text,
    "in other case": lambda text, chance: text.upper() if chance.random() < 0.5 else text.swapcase(),
    "cut off": _cut_off,
    "wrapped": lambda text, chance: "\n".join(textwrap.wrap(text, chance.choice((11, 16, 23)))),
    "split by tags": _split_by_tags,
    "in HTML entities": _entities,
    "escaped for HTML": lambda text, chance: html.escape(text),
    "percent-escaped": _percent,
    "percent-escaped twice": lambda text, chance: quote(_percent(text, chance)),
    "escaped for JSON": _json_escapes,
    "quoted as JSON": lambda text, chance: json.dumps(text),
    "split by invisible blanks": lambda text, chance: "\u200b".join(textwrap.wrap(text, 7)),
}


def base64_of(text: str, chance: random.Random) -> str:
    """The base64 of a text, in either alphabet, with or without padding."""
    encode = chance.choice((base64.b64encode, base64.urlsafe_b64encode))
    encoded = encode(text.encode()).decode()
    return encoded if chance.random() < 0.5 else encoded.rstrip("=")


def spell(user: str, secret: str, chance: random.Random) -> str:
    """The secret, or user and secret, in some spelling."""
    text = chance.choice(
        (
            secret,
            f"{user}:{secret}",
            base64_of(f"{user}:{secret}", chance),
            f"Basic {base64_of(f'{user}:{secret}', chance)}",
            base64_of(secret, chance),
        )
    )
    return SPELLINGS[chance.choice(list(SPELLINGS))](text, chance)
