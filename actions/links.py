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
"""Links in a text, as people and browsers mean them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any


# How links are written so that nobody follows them by mistake, and what they stand for
_DEFANGED = (
    (re.compile(r"h(?:xx|tt)p(s?)(?:\[:\]//|\[://\])|hxxp(s?)://", re.IGNORECASE), r"http\1\2://"),
    (re.compile(r"\[(?:\.|dot)\]|\((?:\.|dot)\)|\{(?:\.|dot)\}", re.IGNORECASE), "."),
)
# Not what ends a link wherever it stands: blanks, controls and direction marks; quotes; and the marks of scripts that
# set no blank after a sentence. Other marks may stand within a link, and do not belong to it at its end. No text that
# Twilio takes is longer than 4096 characters.
_CHAR = (
    r"[^\s<>\"\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    r"“”„‟‘’‚‛«»‹›「」『』【】〖〗《》〈〉〔〕。｡、､，！？；：…]"
)
# Signs above, below and around letters, which Python counts to no word
_MARKS = r"\u0300-\u036f\u0900-\u0963\u0970-\u0dff\u0e31-\u0ecd\u102b-\u109d\u17b4-\u17d3"
# Scripts that set no blank before and after a link: Thai and its like, Korean, Japanese, Chinese
_UNSPACED = r"\u0e00-\u0eff\u1000-\u11ff\u1780-\u17d3\u3040-\u318f\u3400-\u9fff\uac00-\ud7af"
_HOST = (
    rf"(?:[^\W_](?:[\w{_MARKS}-]*(?:[^\W_]|[{_MARKS}]))?\.){{1,30}}"
    rf"(?:xn--[a-z0-9-]+|[a-z]{{2,24}}(?=[{_UNSPACED}])|(?:[^\W\d_]|[{_MARKS}]){{2,24}})"
)
# A domain begins a word, or follows such a script
_BEFORE_HOST = rf"(?:(?<![\w{_MARKS}@./-])|(?<=[{_UNSPACED}])(?=[a-z0-9]))(?!\w{{0,62}}[{_UNSPACED}][a-z0-9])"
_AFTER_HOST = rf"(?!(?![{_UNSPACED}])[\w@-])"
_LINK = re.compile(
    rf"(?<![a-z0-9])(?:https?|ftp)://(?:\w|%[0-9a-f]{{2}}|\[[0-9a-f:.]+\]){_CHAR}{{0,4096}}"
    rf"|{_BEFORE_HOST}(?P<host>{_HOST}){_AFTER_HOST}(?::[0-9]{{1,5}}(?![0-9]))?(?:[/?#]{_CHAR}{{0,4096}})?",
    re.IGNORECASE,
)
# A domain or path that ends in Latin letters, and what follows it in such a script
_GLUED = re.compile(
    rf"\A((?:\w+://)?[^/?#]*?(?:\.[a-z]{{2,24}}|[/?#].*?[a-z0-9]))[{_UNSPACED}].*", re.IGNORECASE | re.DOTALL
)
_NEXT = re.compile(r"[,;]https?://.*", re.IGNORECASE | re.DOTALL)  # a further link, without a blank before it
_BRACKETS = {")": "(", "]": "[", "}": "{", "）": "（", "］": "［", "｝": "｛"}
_KEPT_AT_THE_END = {*"_-/", *_BRACKETS}
_NO_END_OF_A_LINK = ("P", "So", "Sk", "Cf", "Mn")  # punctuation, and emoji with what varies and joins them
_FORMATTING = "*_~"  # on both sides of a text, as WhatsApp has it bold, slanting or struck through


def links(body: str) -> list[str]:
    """Return the links in a text, each once, in their order, and as a browser takes them.

    A link has a scheme, or is a domain (perhaps with a path) whose ending is a known one, such as "bit.ly/x".
    """
    for defanged, plain in _DEFANGED:
        body = defanged.sub(plain, body)
    found: list[str] = []
    end = 0
    while match := _LINK.search(body, end):
        link, host, before = match[0], match["host"], body[match.start() - 1 : match.start()]
        end = match.end()
        if host and not host.lower().startswith("www.") and not _is_domain(host.lower()):
            continue
        link = _without_what_follows(_GLUED.sub(r"\1", _NEXT.sub("", link)))
        if link[-1] in _FORMATTING and link[-1] == before:
            link = link[:-1]
        found.append(link)
        end = match.start() + len(link)
    return list(dict.fromkeys(found))


def _without_what_follows(link: str) -> str:
    """Return a link without brackets and punctuation of the sentence around it, and without emoji at its end."""
    open_brackets: list[str] = []
    for place, char in enumerate(link):
        if char in _BRACKETS.values():
            open_brackets.append(char)
        elif char in _BRACKETS and (not open_brackets or open_brackets.pop() != _BRACKETS[char]):
            link = link[:place]
            break
    while link[-1] not in _KEPT_AT_THE_END and unicodedata.category(link[-1]).startswith(_NO_END_OF_A_LINK):
        link = link[:-1]
    return link


def _is_domain(host: str) -> bool:
    """Whether a domain of this name can be somebody's, by the list of known endings (https://publicsuffix.org)."""
    return _known_endings().privatesuffix(host) is not None


@lru_cache
def _known_endings() -> Any:
    from publicsuffixlist import PublicSuffixList  # takes a twentieth of a second, which few texts need

    return PublicSuffixList(accept_unknown=False, only_icann=True)
