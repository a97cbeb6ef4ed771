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
spelling (tags, and the escapes of HTML, JSON, URLs and mails) are taken off one by one, in every order, until none is
left. Each view of the text that this gives is searched for any eight characters in a row of the secret or its base64,
and what stands there in the text as it came is hidden. A text with more views than can be searched is hidden whole.
"""

from __future__ import annotations

import re
from array import array
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple


_HIDDEN = "***"
_SHOWN_AT_MOST = 7  # characters in a row of a secret
_SEED = 5  # characters that are searched for; every seed stands
_SEED_GAP = 4  # so many characters after the one before, so that any 8 characters of a secret hold a whole one
_MIN_BASE64 = 4  # characters; fewer would be found everywhere
_MAX_VIEWS = 500  # of a text that are searched; a page with all kinds of escapes has less than a hundred
_MAX_CHARS = 8 * 1024 * 1024  # of all these views together
_MAX_ROUNDS = 20  # of searching again after something was hidden
_BLANK = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+"
)


class _Layer(NamedTuple):
    """One way to spell a character, or to put something between two: `sign` stands in each of its tokens."""

    sign: str
    token: re.Pattern[str]
    decode: Callable[[str], str]


def _layer(sign: str, token: str, decode: Callable[[str], str]) -> _Layer:
    return _Layer(sign, re.compile(f"({token})", re.IGNORECASE), decode)


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
_Path = tuple[_Layer, ...]
_ROOTS: tuple[_Path, ...] = ((_BLANKS,), (_SOFT_BREAKS, _BLANKS))  # the secret has no blanks, so no view needs any


class _View(NamedTuple):
    """A text without some layers of its spelling, taken off in the order of `path`."""

    chars: str
    path: _Path


class _TooManyViews(Exception):
    pass


class Redactor:
    """Replaces a secret, and the base64 of "user:secret", with *** wherever a text shows eight characters of it.

    A shorter secret is hidden as a whole. Found in any case, escaped for HTML, JSON, URLs or mails, also several times
    over, in base64 of any alphabet, with or without padding, as a part of something longer too, wrapped over lines,
    split by blanks or tags, and cut off at either end. All else in the text stays as it is. Only a text that is escaped
    in more ways than can be searched is hidden as a whole. The time is linear in the length of the text.
    """

    def __init__(self, user: str, secret: str) -> None:
        spellings = _spellings(user, "".join(secret.split()))
        self._needles = [_Needle(spelling) for spelling in spellings if spelling not in _HIDDEN]

    def __repr__(self) -> str:
        return "Redactor()"

    def __call__(self, text: str) -> str:
        """Return the text without the secret."""
        try:
            for _ in range(_MAX_ROUNDS if self._needles else 0):
                shown = self._shown(text)
                if not shown:
                    return text
                text = _hide(text, shown)
        except _TooManyViews:
            return _HIDDEN
        return _HIDDEN if self._needles else text

    def _shown(self, text: str) -> list[tuple[int, int]]:
        """Where a text shows the secret, in the first of its views that does."""
        for view in _views(text):
            folded = _folded(view.chars)
            spans = [span for needle in self._needles for span in needle.find(folded)]
            if spans:
                starts, ends = _origins(text, view.path)
                return [(starts[start], ends[end - 1]) for start, end in spans]
        return []


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


def _views(text: str) -> Iterator[_View]:
    """All views of a text, those with few layers taken off first. Raises _TooManyViews in the end."""
    known: set[int] = set()
    views: deque[_View] = deque()
    left = _MAX_CHARS

    def add(outer: str, path: _Path, layers: _Path) -> None:
        nonlocal left
        chars = _peeled(outer, layers)
        if hash(chars) not in known:
            known.add(hash(chars))
            views.append(_View(chars, path + layers))
            left -= len(chars)

    for root in _ROOTS:
        add(text, (), root)
    while views:
        view = views.popleft()
        yield view
        for layer in _LAYERS:
            add(view.chars, view.path, (layer,))
            if left < 0 or len(known) > _MAX_VIEWS:
                raise _TooManyViews


def _peeled(text: str, path: _Path) -> str:
    """The text with the layers of a path taken off, one after the other."""
    for layer in path:
        if not layer.sign or layer.sign in text:
            parts = layer.token.split(text)
            decoded = {token: layer.decode(token) for token in set(parts[1::2])}
            parts[1::2] = [decoded[token] for token in parts[1::2]]
            text = "".join(parts)
    return text


def _origins(text: str, path: _Path) -> tuple[array[int], array[int]]:
    """Where each character of a view begins and ends in the text that the view was made of."""
    starts, ends = array("l", range(len(text))), array("l", range(1, len(text) + 1))
    for layer in path:
        new_starts, new_ends, at = array("l"), array("l"), 0
        for token in layer.token.finditer(text):
            length = len(layer.decode(token[0]))
            new_starts += starts[at : token.start()] + array("l", [starts[token.start()]] * length)
            new_ends += ends[at : token.start()] + array("l", [ends[token.end() - 1]] * length)
            at = token.end()
        starts, ends = new_starts + starts[at:], new_ends + ends[at:]
        text = _peeled(text, (layer,))
    return starts, ends


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
