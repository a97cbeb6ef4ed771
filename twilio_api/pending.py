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
"""What is waited for, and how things of its kind are polled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from twilio_api.errors import CallError


_T = TypeVar("_T")


class Pending(Generic[_T]):
    """One thing that is waited for.

    `value` is what a poll showed last, and is kept whatever goes wrong; `last_error` is why the last poll failed, None
    where it succeeded. `started_at` is when its creation began, `accepted_at` when Twilio accepted it, `end_at` when
    the last poll starts (seconds of Clock.monotonic). `poll_at` is when to poll it next; None once it is final, or the
    last poll was made, or no later one can succeed.
    """

    def __init__(self, sid: str, value: _T, *, started_at: float, accepted_at: float, end_at: float) -> None:
        self.sid = sid
        self.value = value
        self.started_at = started_at
        self.accepted_at = accepted_at
        self.end_at = end_at
        self.last_error: CallError | None = None
        self.poll_at: float | None = accepted_at
        self.is_listed = True  # by pages, where the source has any
        self.page_misses = 0
        self.polled_at = accepted_at  # when the poll began that was noted last
        self.is_polled = False  # at this moment, by its SID

    @property
    def is_done(self) -> bool:
        """Whether it is not waited for any more."""
        return self.poll_at is None

    def note(self, value: _T, polled_at: float) -> None:
        """Take what a poll showed that started at `polled_at`; `end_at` may follow from it."""
        self.last_error, self.value = None, value


class Source(NamedTuple):
    """How a kind of thing is polled.

    `read_one` reads one by its SID; `read_page` reads so many of the newest at once, None where there is no such call.
    Both raise CallError. `next_poll_s` gives the age in seconds of the next poll, for the age of the last.
    """

    read_one: Callable[[str], Any]
    is_final: Callable[[Any], bool]
    next_poll_s: Callable[[float], float]
    read_page: Callable[[int], dict[str, Any]] | None = None
