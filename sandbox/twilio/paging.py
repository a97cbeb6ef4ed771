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
"""Lists cut into pages: https://www.twilio.com/docs/usage/twilios-response#pagination"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlencode

from sandbox.twilio.errors import ApiError, NotSimulated


DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000

_PAGE_PARAMETERS = ("PageSize", "Page", "PageToken")
# A page token is the SID of the last item before the page, or of the first one after it, behind one of these
_AFTER = "PA"
_BEFORE = "PB"


class Item(Protocol):
    """What a list holds, such as a message or a call."""

    @property
    def sid(self) -> str:
        """What it is known by."""

    def resource(self, now: float) -> dict[str, object]:
        """The item as Twilio shows it at `now` (seconds since the epoch)."""


def page(
    items: Sequence[Item], query: Mapping[str, str], key: str, filters: Collection[str], uri: str, now: float
) -> dict[str, object]:
    """The page that `query` asks for, of items that are in order and have passed the filters already.

    `key` is what the page calls them, such as "messages"; `filters` are the parameters of the query that the links to
    other pages repeat. Raises ApiError for a parameter that has no meaning, and NotSimulated for any other filter.
    """
    unknown = sorted(set(query) - {*filters, *_PAGE_PARAMETERS})
    if unknown:
        raise NotSimulated(f"the filter {unknown[0]} of {key}")
    size = _number(query, "PageSize", DEFAULT_PAGE_SIZE, 1, MAX_PAGE_SIZE)
    number = _number(query, "Page", 0, 0)
    start = _start(items, query.get("PageToken", ""), number, size)
    shown = items[start : start + size]
    repeated = urlencode({**{name: query[name] for name in filters if name in query}, "PageSize": size})

    def page_uri(page_number: int, token: str = "") -> str:
        return f"{uri}?{repeated}&Page={page_number}" + (f"&PageToken={token}" if token else "")

    has_next = start + size < len(items)
    return {
        "first_page_uri": page_uri(0),
        "end": number * size + max(len(shown) - 1, 0),
        key: [item.resource(now) for item in shown],
        "uri": page_uri(number),
        "page_size": size,
        "start": number * size,
        "next_page_uri": page_uri(number + 1, _AFTER + shown[-1].sid) if has_next else None,
        "previous_page_uri": page_uri(number - 1, _BEFORE + shown[0].sid) if number and shown else None,
        "page": number,
    }


def page_with_meta(
    items: Sequence[Item], query: Mapping[str, str], key: str, filters: Collection[str], url: str, now: float
) -> dict[str, Any]:
    """The same page as the newer APIs (version 1 and 2 on hosts of their own) show it, with absolute links."""
    shown = page(items, query, key, filters, url, now)
    meta = {
        "key": key,
        "page": shown["page"],
        "page_size": shown["page_size"],
        "first_page_url": shown["first_page_uri"],
        "previous_page_url": shown["previous_page_uri"],
        "url": shown["uri"],
        "next_page_url": shown["next_page_uri"],
    }
    return {"meta": meta, key: shown[key]}


def _start(items: Sequence[Item], token: str, number: int, size: int) -> int:
    """The index of a page's first item. A token holds its place when newer items come; a bare number does not."""
    sid = token[len(_AFTER) :]
    place = next((index for index, item in enumerate(items) if item.sid == sid), None) if sid else None
    if place is None:
        return number * size
    return max(place - size, 0) if token.startswith(_BEFORE) else place + 1


def _number(query: Mapping[str, str], name: str, default: int, least: int, most: int | None = None) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or int(text) < least or (most is not None and int(text) > most):
        raise ApiError(20001, parameter=name)
    return int(text)
