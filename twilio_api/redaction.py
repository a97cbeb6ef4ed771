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
"""Hides a foreign text that shows a secret, such as a proxy's page that echoes the request."""

from __future__ import annotations

import re
from base64 import b64encode
from html import unescape


HIDDEN = "[hidden, since it shows credentials]"
_SHOWN = 8  # characters in a row of a secret, of which a text is hidden
_MIN_BASE64 = 4  # characters; fewer would be found everywhere
_MAX_LAYERS = 20  # of escapes around escapes; a text with more is hidden unread
# How HTML, URLs, JSON and its like, and mails escape a character. Each attempt to match is bounded, so that reading a
# text takes linear time.
_ESCAPES = (
    r"&#x[0-9a-f]{2,8};?|&#[0-9]{2,8};?|&[a-z]{2,31};",
    r"%u[0-9a-f]{4}|%[0-9a-f]{2}",
    r"""\\(?:u[0-9a-f]{4}|u\{[0-9a-f]{2,6}\}|x[0-9a-f]{2}|[nrtfbv"'/\\])""",
    r"=[ \t]{0,80}\r?\n|=[0-9a-f]{2}",
)
# A text is read with all of them taken off at once, with all but those of mails, since an "=" stands before many a
# secret, and with each kind alone: a secret may look like an escape itself.
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE) for pattern in ("|".join(_ESCAPES), "|".join(_ESCAPES[:-1]), *_ESCAPES)
)
_BLANK = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
# An account shows its token, which need not be the one that is known: an account may have two. As _folded leaves it.
_TOKEN_FIELD = re.compile(r"auth[+/]?token[^0-9a-z]{0,8}[0-9a-f]{8}")
_TAG = re.compile(r"<[a-z/!?][^<>]{0,500}>")


class Redactor:
    """Replaces a text by HIDDEN where it shows eight characters in a row of a secret, or all of a shorter one.

    They are found in any case, escaped for HTML, JSON, URLs or mails, also several times over, in base64 of either
    alphabet, with or without padding and as a part of something longer, wrapped over lines, split by blanks or tags,
    and cut off at either end; with letters beyond ASCII in UTF-8 and in Latin-1. What stands in a field that is called
    an auth token is taken for a secret, too.
    """

    def __init__(self, user: str, secret: str) -> None:
        secret = "".join(secret.split())
        # URLs and mails escape each byte of UTF-8 by itself, which is read as a character of Latin-1
        spellings = [secret, _in_utf_8(secret).decode("latin-1")] if secret else []
        # In the base64 of something longer, the first letters are those of what stands before the secret, too.
        for text, cut in ((f"{user}:{secret}", 0), (secret, 0), (f"-{secret}", 2), (f"--{secret}", 3)):
            # requests sends a password in Latin-1
            for encoded in {_in_utf_8(text), text.encode("latin-1", "replace")}:
                base64 = b64encode(encoded).decode().rstrip("=")[cut:]
                spellings += [base64] if secret and len(base64) >= _MIN_BASE64 else []
        folded = [_folded(_BLANK.sub("", spelling)) for spelling in spellings]
        self._parts = {text[at : at + _SHOWN] for text in folded for at in range(max(len(text) - _SHOWN + 1, 1))}
        self._short_parts = [part for part in self._parts if len(part) < _SHOWN]

    def __repr__(self) -> str:
        return "Redactor()"

    def __call__(self, text: str) -> str:
        """Return the text, or HIDDEN where it shows the secret."""
        return HIDDEN if self._parts and any(self._is_shown(text, escape) for escape in _PATTERNS) else text

    def _is_shown(self, text: str, escape: re.Pattern[str]) -> bool:
        """Whether a text shows the secret, as it is or under layers of an escape."""
        for _ in range(_MAX_LAYERS):
            visible = _folded(_BLANK.sub("", text))
            if self._is_in(visible) or self._is_in(_TAG.sub("", visible)):
                return True
            plain = escape.sub(_unescaped, text)
            if plain == text:
                return False
            text = plain
        return True

    def _is_in(self, text: str) -> bool:
        if _TOKEN_FIELD.search(text) or any(part in text for part in self._short_parts):
            return True
        return any(text[at : at + _SHOWN] in self._parts for at in range(len(text) - _SHOWN + 1))


def _in_utf_8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _folded(text: str) -> str:
    """A text in which case, and the two alphabets of base64, make no difference."""
    return text.lower().replace("-", "+").replace("_", "/")


def _unescaped(escape: re.Match[str]) -> str:
    token = escape[0]
    if token.startswith("&"):
        return unescape(token)
    digits = token.lstrip("\\uUxX%={").rstrip("} \t\r\n")
    if token.startswith("\\") and len(token) == 2:
        return {"n": "\n", **dict.fromkeys("rtfbv", " ")}.get(token[1].lower(), token[1])
    return chr(int(digits, 16)) if digits else ""  # the end of a line in a mail is nothing
