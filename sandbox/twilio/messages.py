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
"""Messages, what becomes of them over time, and the log that keeps them."""

from __future__ import annotations

import math
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import format_datetime

from sandbox.twilio.errors import DELIVERY_ERRORS
from twilio_api.text import segments


PRICE_USD = "-0.00750"

# The usual way of a message: from which share of its time on it has which status
_WAY = ((0.0, "queued"), (0.1, "sending"), (0.3, "sent"))
_STATUSES_ON_THE_WAY = tuple(status for _, status in _WAY)
_ENDS_BEFORE_SENDING = frozenset({"failed", "canceled"})


@dataclass(frozen=True)
class Outcome:
    """What becomes of a message: its last status, how long after its creation (seconds), and why, if it is a bad one.

    A status of the way there (queued, sending, sent) is where the message stays for ever, as one without a receipt.
    """

    status: str
    after_s: float
    error_code: int | None = None

    @property
    def is_final(self) -> bool:
        """Whether the message comes to an end at all."""
        return self.status not in _STATUSES_ON_THE_WAY

    def steps(self) -> tuple[tuple[float, str], ...]:
        """The statuses in their order, each with its seconds after creation."""
        if not self.is_final:
            shares = _WAY[: _STATUSES_ON_THE_WAY.index(self.status) + 1]
        else:
            before = _WAY[:1] if self.status in _ENDS_BEFORE_SENDING else _WAY
            shares = (*before, (1.0, self.status))
        return tuple((share * self.after_s, status) for share, status in shares)


@dataclass
class Message:
    """A message that Twilio took, at `created` (seconds since the epoch, the server's clock)."""

    account_uri: str
    to: str
    from_: str
    body: str
    created: float
    outcome: Outcome
    sid: str = field(default_factory=lambda: f"SM{uuid.uuid4().hex}")
    segment_count: int = field(init=False)

    def __post_init__(self) -> None:
        # counted once: a redacted message keeps the number
        self.segment_count = segments(self.body).number

    @property
    def final_at(self) -> float | None:
        """When its last status comes (seconds since the epoch), if it ever does."""
        return self.created + self.outcome.after_s if self.outcome.is_final else None

    @property
    def delivered_at(self) -> float | None:
        """When it reaches the handset (seconds since the epoch), if it ever does."""
        return self.final_at if self.outcome.status in {"delivered", "read"} else None

    def status(self, now: float) -> str:
        """Its status at `now` (seconds since the epoch)."""
        return self._steps_taken(now)[-1][1]

    def sent_at(self, now: float) -> float | None:
        """When the next carrier took it (seconds since the epoch), if it has by `now`."""
        return next((time for time, status in self._steps_taken(now) if status == "sent"), None)

    def resource(self, now: float) -> dict[str, object]:
        """The message as Twilio shows it at `now` (seconds since the epoch)."""
        updated, status = self._steps_taken(now)[-1]
        sent = self.sent_at(now)
        ended = self.outcome.is_final and status == self.outcome.status
        error_code = self.outcome.error_code if ended else None
        uri = f"{self.account_uri}/Messages/{self.sid}"
        return {
            "body": self.body,
            "num_segments": str(self.segment_count),
            "direction": "outbound-api",
            "from": self.from_,
            "date_updated": rfc2822(updated),
            "price": PRICE_USD if ended else None,
            "error_message": DELIVERY_ERRORS.get(error_code) if error_code else None,
            "uri": f"{uri}.json",
            "account_sid": self.account_uri.rpartition("/")[2],
            "num_media": "0",
            "to": self.to,
            "date_created": rfc2822(self.created),
            "status": status,
            "sid": self.sid,
            "date_sent": None if sent is None else rfc2822(sent),
            "messaging_service_sid": None,
            "error_code": error_code,
            "price_unit": "USD" if ended else None,
            "api_version": "2010-04-01",
            "subresource_uris": {"media": f"{uri}/Media.json"},
        }

    def resource_when_created(self) -> dict[str, object]:
        """What the client that creates it is answered: queued, however soon it ends."""
        return self.resource(-math.inf)

    def _steps_taken(self, now: float) -> list[tuple[float, str]]:
        """The statuses up to `now`, each with its time; the first is there from the beginning."""
        first, *later = ((self.created + after_s, status) for after_s, status in self.outcome.steps())
        return [first, *((time, status) for time, status in later if time <= now)]


class MessageLog:
    """The messages of the account; safe to use from several threads.

    A message appears in `visible` (the list) `lag_s` seconds after its creation, and can be found by its SID at once.
    """

    def __init__(self, account_uri: str, outcome: Outcome, clock: Callable[[], float]) -> None:
        self.outcome = outcome
        self.outcomes: dict[str, Outcome] = {}
        self.lag_s = 0.0
        self._account_uri = account_uri
        self._clock = clock
        self._messages: dict[str, Message] = {}
        self._lock = threading.Lock()

    def draft(self, to: str, from_: str, body: str, created: float | None = None) -> Message:
        """A message that is not in the log, created now unless said otherwise."""
        when = self._clock() if created is None else created
        return Message(self._account_uri, to, from_, body, when, self.outcomes.get(to, self.outcome))

    def add(self, message: Message) -> None:
        """Take a message into the log."""
        with self._lock:
            self._messages[message.sid] = message

    def find(self, sid: str) -> Message | None:
        """The message with this SID, if there is one."""
        with self._lock:
            return self._messages.get(sid)

    def remove(self, message: Message) -> None:
        """Delete a message, if it is still there."""
        with self._lock:
            self._messages.pop(message.sid, None)

    def in_order(self) -> list[Message]:
        """All messages, the earliest first."""
        with self._lock:
            return sorted(self._messages.values(), key=lambda message: message.created)

    def visible(self) -> list[Message]:
        """The messages that the list shows now, the newest first."""
        latest = self._clock() - self.lag_s
        return [message for message in reversed(self.in_order()) if message.created <= latest]


def rfc2822(time: float) -> str:
    """A date as Twilio writes it, such as "Thu, 24 Aug 2023 05:01:45 +0000"."""
    return format_datetime(datetime.fromtimestamp(time, timezone.utc))
