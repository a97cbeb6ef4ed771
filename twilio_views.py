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
"""The custom view of "list messages": Twilio's message resources as conversations, one for each person.

The platform loads this module by itself to show results that are there already. So it imports nothing else of the
app, and it calls nobody. What it shows is foreign: the template escapes every value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple


TEMPLATE = "templates/messages.html"

DEFAULT_LIMIT = 100  # of the action, where none is given
GOOD_STATUSES = ("delivered", "read", "received")
BAD_STATUSES = ("undelivered", "failed", "canceled")
# Parameters of the action, in the order and by the name under which they are shown
FILTERS = {"phone": "Phone", "direction": "Direction", "start_time": "From", "end_time": "Until", "limit": "Limit"}

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_CHANNELS = {"whatsapp": "WhatsApp", "messenger": "Messenger", "rcs": "RCS"}


class Address(NamedTuple):
    """One side of a conversation: how it is shown, its channel where that is not SMS, and its number, if it is one."""

    text: str
    channel: str
    phone: str


class File(NamedTuple):
    """One of the media of a message that is in the vault: its name, its size in words, and its id."""

    name: str
    size: str
    vault_id: str


class Message(NamedTuple):
    """A message as it is shown. `files` are those of its media that are in the vault."""

    sid: str
    body: str
    is_inbound: bool
    person: Address
    own: Address
    sent_at: datetime | None
    status: str
    media_count: int
    files: list[File]
    error_code: str
    error_message: str

    @property
    def other_media(self) -> int:
        """How many of its media are not in the vault."""
        return max(self.media_count - len(self.files), 0)

    @property
    def short_sid(self) -> str:
        """The ends of the SID, which tell most messages apart."""
        return self.sid if len(self.sid) <= 13 else f"{self.sid[:6]}…{self.sid[-4:]}"

    @property
    def quality(self) -> str:
        """Whether the status is a good one, a bad one, or may still change."""
        if self.status in GOOD_STATUSES:
            return "good"
        return "bad" if self.status in BAD_STATUSES else "open"

    @property
    def day(self) -> str:
        """The day in UTC, such as "Wed 1 Nov 2017"; empty where no time is known."""
        return f"{self.sent_at:%a} {self.sent_at.day} {self.sent_at:%b %Y}" if self.sent_at else ""

    @property
    def time(self) -> str:
        """The time of day in UTC; empty where none is known."""
        return f"{self.sent_at:%H:%M} UTC" if self.sent_at else ""


class Conversation(NamedTuple):
    """All messages with one person, the oldest first, and the own numbers that take part."""

    person: Address
    own: list[Address]
    messages: list[Message]


class Section(NamedTuple):
    """What is shown of one parameter set."""

    filters: list[tuple[str, str, str]]
    is_failed: bool
    error: str
    message_count: int
    is_limited: bool
    conversations: list[Conversation]


def show_messages(provides: str, all_app_runs: Iterable[tuple[Any, Iterable[Any]]], context: dict[str, Any]) -> str:
    """Put the conversations of all results into the context, and return the template that shows them."""
    context["container_id"] = _container_id(context.get("container"))
    context["results"] = [_section(result) for _summary, results in all_app_runs for result in results]
    return TEMPLATE


def _section(result: Any) -> Section:
    param, rows = result.get_param(), [row for row in result.get_data() if isinstance(row, Mapping)]
    is_failed = bool(result.is_fail())
    shown = [(name, label, _text(param.get(name))) for name, label in FILTERS.items()]
    return Section(
        filters=[row for row in shown if row[2]],
        is_failed=is_failed,
        error=(_text(result.get_message()) or "The action failed") if is_failed else "",
        message_count=len(rows),
        is_limited=0 < (_number(param.get("limit")) or DEFAULT_LIMIT) <= len(rows),
        conversations=_conversations(map(_message, rows)),
    )


def _conversations(messages: Iterable[Message]) -> list[Conversation]:
    """Sort messages, the newest first, into conversations, the one with the newest message first."""
    people: dict[Address, list[Message]] = {}
    for message in messages:
        people.setdefault(message.person, []).append(message)
    return [
        Conversation(person, list(dict.fromkeys(one.own for one in theirs)), list(_oldest_first(theirs)))
        for person, theirs in people.items()
    ]


def _oldest_first(messages: list[Message]) -> Iterator[Message]:
    """Sort by time; a message without one stays beside the one before it."""
    latest, placed = datetime.min.replace(tzinfo=timezone.utc), []
    for message in reversed(messages):
        latest = message.sent_at or latest
        placed.append((latest, message))
    return (message for _, message in sorted(placed, key=lambda pair: pair[0]))


def _message(row: Mapping[str, Any]) -> Message:
    is_inbound = _text(row.get("direction")).startswith("inbound")
    sender, recipient = _address(row.get("from") or row.get("messaging_service_sid")), _address(row.get("to"))
    return Message(
        sid=_text(row.get("sid")),
        body=_text(row.get("body")),
        is_inbound=is_inbound,
        person=sender if is_inbound else recipient,
        own=recipient if is_inbound else sender,
        sent_at=_time(row.get("date_sent")) or _time(row.get("date_created")),
        status=_text(row.get("status")),
        media_count=_number(row.get("num_media")) or 0,
        files=[_file(file) for file in row.get("media") or () if isinstance(file, Mapping)],
        error_code=str(_number(row.get("error_code")) or ""),
        error_message=_text(row.get("error_message")),
    )


def _file(file: Mapping[str, Any]) -> File:
    name, size = _text(file.get("file_name")), _number(file.get("size"))
    # Its name begins with the SID of the message, which is shown beside it
    return File(name.partition("-")[2] or name, "" if size is None else _size(size), _text(file.get("vault_id")))


def _size(size: int) -> str:
    """Return a number of bytes as people write it."""
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _address(value: Any) -> Address:
    text = _text(value)
    prefix, colon, rest = text.partition(":")
    channel = _CHANNELS.get(prefix, "") if colon else ""
    shown = rest if channel else text
    return Address(shown or "unknown", channel, shown if _E164.fullmatch(shown) else "")


def _text(value: Any) -> str:
    """Return a value as text that every encoding can write; an unpaired surrogate becomes a question mark."""
    return "" if value is None else str(value).encode("utf-8", "replace").decode()


def _number(value: Any) -> int | None:
    """Return a value as whole number, None where it is none."""
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        return None


def _time(value: Any) -> datetime | None:
    """Read an RFC 2822 time as UTC; None where it is none."""
    try:
        read = parsedate_to_datetime(value)
        return (read if read.tzinfo else read.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (AttributeError, IndexError, OverflowError, TypeError, ValueError):
        return None


def _container_id(container: Any) -> str:
    """Return the container's id as the menu of actions takes it, "null" where it is not known."""
    value = container.get("id") if isinstance(container, Mapping) else getattr(container, "id", container)
    number = _number(value)
    return "null" if number is None else str(number)
