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
"""From accepted to final: when to look at a message, for how long, and at many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from twilio_api.clock import Clock
from twilio_api.error_advice import advice_for
from twilio_api.errors import TwilioError
from twilio_consts import (
    BAD_STATUSES,
    DELIVERY_BUDGET_S,
    DELIVERY_STATUS_MESSAGE,
    GOOD_STATUSES,
    LONG_WAIT_FROM_S,
    LONG_WAIT_SHARE,
    LOOK_LEAD_S,
    LOOK_MIN_GAP_S,
    LOOK_SHARE,
    PARALLEL_LOOKS,
    STATUS_UNKNOWN,
)


_F = TypeVar("_F", bound="Followed")
_CANCEL_CHECK_S = 1.0  # the longest sleep between two checks for a cancelled action


class Message(NamedTuple):
    """A message as Twilio last showed it: `resource` is the answer as it came, `sid` the name Twilio gave it."""

    sid: str
    resource: dict[str, Any]

    @property
    def status(self) -> str:
        """Twilio's status; "unknown" where the resource names none."""
        return str(self.resource.get("status") or STATUS_UNKNOWN)


def is_final(status: str) -> bool:
    """Whether a status cannot change any more."""
    return status in GOOD_STATUSES or status in BAD_STATUSES


def next_look_s(elapsed_s: float) -> float | None:
    """When to look at a message next, in seconds since its acceptance, `elapsed_s` after it; None: not any more.

    A delivery is noticed within a fifth of the time it took (0.3 s for the fast ones) up to 20 s, and within a third
    beyond, since 25 calls are all that one message may cost in its minute. The last look is at the end of the minute.
    """
    if elapsed_s >= DELIVERY_BUDGET_S:
        return None
    share, lead = (LOOK_SHARE, LOOK_LEAD_S) if elapsed_s < LONG_WAIT_FROM_S else (LONG_WAIT_SHARE, 0.0)
    return min(elapsed_s + max(LOOK_MIN_GAP_S, share * elapsed_s - lead), DELIVERY_BUDGET_S)


class Followed:
    """A message on its way, accepted at `accepted_at` (seconds of Clock.clock).

    `message` is kept whatever goes wrong; `trouble` is why it could not be read last; `look_at` is when to look next
    (seconds of Clock.clock), None once it was followed to the end.
    """

    def __init__(self, message: Message, accepted_at: float) -> None:
        self.message = message
        self.accepted_at = accepted_at
        self.trouble: TwilioError | None = None
        self.look_at: float | None = None
        self._plan(accepted_at)

    def saw(self, message: Message, now: float) -> None:
        """Note a look that showed the message."""
        self.message, self.trouble = message, None
        self._plan(now)

    def missed(self, trouble: TwilioError, now: float) -> None:
        """Note a look that failed: the schedule is its repetition, unless no later one can succeed."""
        self.trouble = trouble
        self._plan(now)
        if trouble.barred:
            self.look_at = None
        elif self.look_at is not None:
            last = self.accepted_at + DELIVERY_BUDGET_S
            self.look_at = min(max(self.look_at, now + trouble.retry_after_s), last)

    def _plan(self, now: float) -> None:
        after = None if is_final(self.message.status) else next_look_s(now - self.accepted_at)
        self.look_at = None if after is None else self.accepted_at + after


def follow(
    followed: Sequence[_F],
    look: Callable[[str], Message],
    clock: Clock,
    *,
    seen: Callable[[_F], None],
    cancelled: Callable[[], bool],
) -> None:
    """Look at messages until each has a final status, its minute is over, or it cannot be read any more.

    `look` reads one message by its SID, or raises a TwilioError; it is called from several threads (PARALLEL_LOOKS at
    the most) where several messages are due. `seen` is told of each look. Waits for all together: as long as the
    slowest takes. Ends early once `cancelled` says so. Raises nothing of its own.
    """

    def attempt(item: _F) -> Message | TwilioError:
        try:
            return look(item.message.sid)
        except TwilioError as error:
            return error

    with _mapper(len(followed)) as map_looks:
        while not cancelled():
            waiting = [(item.look_at, item) for item in followed if item.look_at is not None]
            if not waiting:
                return
            now = clock.monotonic()
            pause = min(look_at for look_at, _ in waiting) - now
            if pause > 0:
                clock.sleep(min(pause, _CANCEL_CHECK_S))
                continue
            due = [item for look_at, item in waiting if look_at <= now]
            for item, found in zip(due, map_looks(attempt, due)):
                if isinstance(found, Message):
                    item.saw(found, clock.monotonic())
                else:
                    item.missed(found, clock.monotonic())
                seen(item)


@contextmanager
def _mapper(messages: int) -> Iterator[Callable[..., Iterator[Any]]]:
    """The built-in map for one message, and one over a few threads for several."""
    if messages < 2:
        yield map
        return
    from concurrent.futures import ThreadPoolExecutor  # only a run of several messages needs threads of its own

    with ThreadPoolExecutor(max_workers=min(messages, PARALLEL_LOOKS)) as threads:
        yield threads.map


class Report(NamedTuple):
    """What became of a message: `ok` decides the action result's status, `text` is its message."""

    ok: bool
    text: str


def report(followed: Followed) -> Report:
    """Say what became of a message that was followed to the end, or as far as it went."""
    message = followed.message
    headline = DELIVERY_STATUS_MESSAGE.format(message.status)
    if message.status in GOOD_STATUSES:
        return Report(True, headline)
    if message.status in BAD_STATUSES:
        return Report(False, f"{headline}. {_why_bad(message.resource)}".rstrip())
    if followed.trouble is not None:
        reason = f"its status could not be read any more ({followed.trouble})"
    elif followed.look_at is None:
        reason = f"no final status came within {DELIVERY_BUDGET_S:.0f} seconds, and many carriers never send a receipt"
    else:
        reason = "it is on its way"
    return Report(
        True,
        f"{headline}. Delivery is not confirmed: {reason}. "
        f"Twilio has the message ({message.sid}), so do not send it again.",
    )


def _why_bad(resource: dict[str, Any]) -> str:
    code = resource.get("error_code")
    text = str(resource.get("error_message") or "").rstrip(".")
    advice = advice_for(code) if isinstance(code, int) else ""
    if code is None:
        return f"{text}." if text else ""
    return f"Error code {code}{': ' if text else ''}{text}. {advice}"
