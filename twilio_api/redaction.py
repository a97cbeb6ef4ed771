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
"""Hides a secret in foreign text, however it is spelled there.

A proxy's page that shows the request, or an error that quotes it, may spell a token in many ways. So the layers of
spelling are taken off one by one: blanks, tags, and the escapes of HTML, JSON, URLs and mails. Each view of the text
that this gives is searched for any eight characters in a row of the secret or its base64, and what stands there in the
text as it came is hidden.
"""

from __future__ import annotations

import re
from base64 import b64encode
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import NamedTuple


_HIDDEN = "***"
_SHOWN_AT_MOST = 7  # characters in a row of a secret
_SEED = 5  # characters that are searched for; every seed stands
_SEED_GAP = 4  # so many characters after the one before, so that any 8 characters of a secret hold a whole one
_MIN_BASE64 = 4  # characters; fewer would be found everywhere
_ROUNDS = 4  # of taking off all escapes at once
_BLANK = re.compile(r"[\s\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+")


class _Layer(NamedTuple):
    """One way to spell a character, or to put something between two: `signs` stand in each of its tokens."""

    signs: str
    token: re.Pattern[str]
    decode: Callable[[str], str]


def _layer(signs: str, token: str, decode: Callable[[str], str]) -> _Layer:
    return _Layer(signs, re.compile(f"({token})", re.IGNORECASE), decode)


def _nothing(token: str) -> str:
    return ""


def _character(digits: str, base: int) -> str:
    """The character of a number, nothing for a blank."""
    number = int(digits, base)
    return _unless_blank(chr(number) if number < 0x110000 else "�")


def _unless_blank(char: str) -> str:
    return "" if _BLANK.fullmatch(char) else char


def _entity(token: str) -> str:
    name = token[1:].rstrip(";").lower()
    if name.startswith("#x"):
        return _character(name[2:], 16)
    if name.startswith("#"):
        return _character(name[1:], 10)
    from html.entities import html5  # rarely needed

    char = html5.get(f"{token[1:].rstrip(';')};") or html5.get(f"{name};") or token
    return _unless_blank(char)


def _backslash(token: str) -> str:
    kind = token[1].lower()
    if len(token) > 2:
        return _character(token[2:].lstrip("uU").strip("{}"), 16)
    return "" if kind in "nrtfbv" else token[1]


def _last_two_digits(token: str) -> str:
    return _character(token[-2:], 16)


_ASCII = "(?:[2-7][0-9a-f]|0[9a-d])"
_ENTITY = r"&(?:#x0{0,16}[0-9a-f]{1,6};?|#0{0,16}[0-9]{1,7};?|[a-z][a-z0-9]{1,31};|(?:lt|gt|amp|quot))"
_BACKSLASH = r"\\(?:u+[0-9a-f]{4}|u\{0{0,16}[0-9a-f]{1,6}\}|x[0-9a-f]{2}|.)"
_PERCENT = f"%(?:u00)?{_ASCII}"
_EQUALS = f"={_ASCII}"
_TAG = r"<[a-z/!?][^<>]*>"

_BLANKS = _layer("", _BLANK.pattern, _nothing)
_SOFT_BREAKS = _layer("=", r"=[ \t]*\r?\n", _nothing)  # of a mail in quoted-printable
_LAYERS = (
    _layer("<", _TAG, _nothing),
    _layer("&", _ENTITY, _entity),
    _layer("\\", _BACKSLASH, _backslash),
    _layer("%", _PERCENT, _last_two_digits),
    _layer("=", _EQUALS, _last_two_digits),
)


def _any_of(layers: tuple[_Layer, ...]) -> _Layer:
    decoders = {layer.signs: layer.decode for layer in layers}
    tokens = "|".join(layer.token.pattern[1:-1] for layer in layers)
    return _layer("".join(decoders), tokens, lambda token: decoders[token[0]](token))


_Path = tuple[_Layer, ...]


def _paths() -> Iterator[_Path]:
    """The layers to take off, one after the other, each path after those that it begins with.

    Two layers of any kind are told apart, so that a secret that itself looks like an escape is found. For more, all
    escapes are taken off at once: with and without quoted-printable, since `=41` may be a value, and with and without
    tags, since the secret may stand inside of one.
    """
    roots: tuple[_Path, ...] = ((_BLANKS,), (_SOFT_BREAKS, _BLANKS))
    yield from roots
    for root in roots:
        yield from ((*root, layer) for layer in _LAYERS)
        yield from ((*root, outer, inner) for outer in _LAYERS for inner in _LAYERS)
        for layers in (_LAYERS[:-1], _LAYERS, _LAYERS[1:-1], _LAYERS[1:]):
            all_layers = _any_of(layers)
            yield from ((*root, *[all_layers] * rounds) for rounds in range(1, _ROUNDS + 1))


_PATHS = tuple(_paths())


class Redactor:
    """Replaces a secret, and the base64 of "user:secret", with *** wherever a text shows eight characters of it.

    A shorter secret is hidden as a whole. Found in any case, escaped for HTML, JSON, URLs (also twice) or mails, in
    base64 of any alphabet, with or without padding, as a part of something longer too, wrapped over lines, split by
    blanks or tags, and cut off at either end. All else in the text stays as it is. The time is linear in its length.
    """

    def __init__(self, user: str, secret: str) -> None:
        self._needles = [_Needle(spelling) for spelling in _spellings(user, "".join(secret.split()))]

    def __repr__(self) -> str:
        return "Redactor()"

    def __call__(self, text: str) -> str:
        """Return the text without the secret."""
        if not self._needles:
            return text
        views: dict[_Path, str | None] = {}
        searched: set[int] = set()
        for path in _PATHS:
            view = _view(text, path, views)
            if view is None or hash(view) in searched:
                continue
            searched.add(hash(view))
            spans = self._find(view)
            if spans:
                text = _hide(text, _back(text, path, spans, views))
                views.clear()
        return text

    def _find(self, view: str) -> list[tuple[int, int]]:
        folded = _folded(view)
        return _merged([span for needle in self._needles for span in needle.find(folded)])


class _Needle:
    """A spelling of the secret, found wherever 8 of its characters (all, if it is shorter) stand in a row."""

    def __init__(self, spelling: str) -> None:
        self._chars = _folded(spelling)
        self._least = min(_SHOWN_AT_MOST + 1, len(spelling))
        seed = _SEED if len(spelling) > _SHOWN_AT_MOST else len(spelling)
        self._seeds = [(self._chars[at : at + seed], at) for at in range(0, len(spelling) - seed + 1, _SEED_GAP)]

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Find where a folded text shows a part of the spelling."""
        for seed, at in self._seeds:
            found = text.find(seed)
            while found >= 0:
                start, end = self._extended(text, found, at, len(seed))
                if end - start >= self._least:
                    yield start, end
                # A further part that is not inside this one ends behind it, so it holds a seed in its last characters
                found = text.find(seed, max(found + 1, end - _SHOWN_AT_MOST))

    def _extended(self, text: str, start: int, at: int, length: int) -> tuple[int, int]:
        """Start and end of all that fits around a seed, which stands in the text and at `at` in the spelling."""
        end, until = start + length, at + length
        while start > 0 and at > 0 and text[start - 1] == self._chars[at - 1]:
            start, at = start - 1, at - 1
        while end < len(text) and until < len(self._chars) and text[end] == self._chars[until]:
            end, until = end + 1, until + 1
        return start, end


def _spellings(user: str, secret: str) -> list[str]:
    """The secret, the base64 of "user:secret", and that of the secret at each place in something longer."""
    if not secret:
        return []
    found = [secret]
    for text, cut in ((f"{user}:{secret}", 0), (secret, 0), (f"-{secret}", 2), (f"--{secret}", 3)):
        base64 = b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")[cut:]
        if len(base64) >= _MIN_BASE64 and not any(base64 in longer for longer in found):
            found.append(base64)
    return found


def _folded(text: str) -> str:
    """A text of the same length in which case, and the two alphabets of base64, make no difference."""
    return text.replace("İ", "i").lower().replace("-", "+").replace("_", "/")


# --- views of a text, and the way back


def _view(text: str, path: _Path, views: dict[_Path, str | None]) -> str | None:
    """The text with the layers of a path taken off; None where the last of them is not there."""
    if not path:
        return text
    if path not in views:
        outer = _view(text, path[:-1], views)
        views[path] = None if outer is None else _peeled(outer, path[-1])
    return views[path]


def _peeled(text: str, layer: _Layer) -> str | None:
    if layer.signs and not any(sign in text for sign in layer.signs):
        return None
    parts = layer.token.split(text)
    if len(parts) == 1:
        return None if layer.signs else text
    decoded = {token: layer.decode(token) for token in set(parts[1::2])}
    parts[1::2] = [decoded[token] for token in parts[1::2]]
    return "".join(parts)


def _back(
    text: str, path: _Path, spans: list[tuple[int, int]], views: dict[_Path, str | None]
) -> list[tuple[int, int]]:
    """Where the spans of a view stand in the text itself."""
    for depth in range(len(path), 0, -1):
        spans = _origins(_view(text, path[: depth - 1], views) or "", path[depth - 1], spans)
    return spans


def _origins(text: str, layer: _Layer, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where spans of the peeled text stand in the text that it was made of."""
    tokens: list[tuple[int, int, int]] = []  # start, end, and length when decoded
    begins: list[int] = []  # of each, in the peeled text
    longer = 0
    for match in layer.token.finditer(text):
        length = len(layer.decode(match[0]))
        tokens.append((match.start(), match.end(), length))
        begins.append(match.start() - longer)
        longer += match.end() - match.start() - length

    def origin(at: int) -> tuple[int, int]:
        before = bisect_right(begins, at) - 1
        if before < 0:
            return at, at + 1
        start, end, length = tokens[before]
        beyond = at - begins[before] - length
        return (start, end) if beyond < 0 else (end + beyond, end + beyond + 1)

    return [(origin(start)[0], origin(end - 1)[1]) for start, end in spans]


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, those that touch made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _hide(text: str, spans: list[tuple[int, int]]) -> str:
    kept, at = [], 0
    for start, end in _merged(spans):
        kept.append(text[at:start])
        at = end
    return _HIDDEN.join([*kept, text[at:]])
