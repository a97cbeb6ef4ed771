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
"""The list of messages, filtered and cut into pages: https://www.twilio.com/docs/usage/twilios-response#pagination"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

from sandbox.twilio.errors import ApiError
from sandbox.twilio.messages import Message


DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000

# How a date of a filter may be written, and how long it lasts
_DATE_FORMATS = (
    ("%Y-%m-%d", timedelta(days=1)),
    ("%Y-%m-%dT%H:%M:%SZ", timedelta(seconds=1)),
)
# Whether a message sent at a time (seconds since the epoch) is wanted, for a date that lasts from start to end
_DATE_FILTERS: dict[str, Callable[[float, float, float], bool]] = {
    "DateSent": lambda sent, start, end: start <= sent < end,
    "DateSent>": lambda sent, start, end: start <= sent,
    "DateSent<": lambda sent, start, end: sent < end,
}
_FILTERS = ("To", "From", *_DATE_FILTERS)
_AFTER, _BEFORE = "PA", "PB"  # a page token is one of these and the SID of the page's neighbour


def page(messages: list[Message], query: Mapping[str, str], uri: str, now: float) -> dict[str, object]:
    """The page of `messages` (newest first) that `query` asks for, as Twilio shows it at `now`.

    Raises ApiError for a parameter that has no meaning.
    """
    size = _number(query, "PageSize", DEFAULT_PAGE_SIZE, 1, MAX_PAGE_SIZE)
    number = _number(query, "Page", 0, 0)
    wanted = [message for message in messages if _is_wanted(message, query, now)]
    start = _start(wanted, query.get("PageToken", ""), number, size)
    shown = wanted[start : start + size]
    filters = {name: query[name] for name in _FILTERS if name in query}

    def page_uri(page_number: int, **token: str) -> str:
        return f"{uri}?{urlencode({**filters, 'PageSize': size, 'Page': page_number, **token})}"

    has_next = start + size < len(wanted)
    has_previous = number > 0 and bool(shown)
    return {
        "first_page_uri": page_uri(0),
        "end": number * size + max(len(shown) - 1, 0),
        "previous_page_uri": page_uri(number - 1, PageToken=_BEFORE + shown[0].sid) if has_previous else None,
        "messages": [message.resource(now) for message in shown],
        "uri": page_uri(number),
        "page_size": size,
        "start": number * size,
        "next_page_uri": page_uri(number + 1, PageToken=_AFTER + shown[-1].sid) if has_next else None,
        "page": number,
    }


def _start(wanted: list[Message], token: str, number: int, size: int) -> int:
    """The index of a page's first message. A token holds its place when newer messages come; a bare number does not."""
    side, sid = token[:2], token[2:]
    place = next((index for index, message in enumerate(wanted) if message.sid == sid), None)
    if place is None:
        return number * size
    return place + 1 if side == _AFTER else max(place - size, 0)


def _is_wanted(message: Message, query: Mapping[str, str], now: float) -> bool:
    if query.get("To", message.to) != message.to or query.get("From", message.from_) != message.from_:
        return False
    spans = {name: _span(name, query[name]) for name in _DATE_FILTERS if name in query}
    sent = message.sent_at(now)
    return all(sent is not None and _DATE_FILTERS[name](sent, *span) for name, span in spans.items())


def _span(name: str, text: str) -> tuple[float, float]:
    """The first second of a date, and the first after it (since the epoch)."""
    for layout, length in _DATE_FORMATS:
        try:
            start = datetime.strptime(text, layout).replace(tzinfo=timezone.utc)
        except ValueError:
            continue
        return start.timestamp(), (start + length).timestamp()
    raise ApiError(20001, parameter=name)


def _number(query: Mapping[str, str], name: str, default: int, least: int, most: int | None = None) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or int(text) < least or (most is not None and int(text) > most):
        raise ApiError(20001, parameter=name)
    return int(text)
