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
"""Messages, and what becomes of them over time."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, field

from sandbox.twilio.dates import rfc2822
from sandbox.twilio.errors import DELIVERY_ERRORS
from twilio_api.text import segments


PRICE_USD = "-0.00750"

# The usual statuses before the last one, each with the share of the time after which it comes
_TRANSIENT_STEPS = ((0.0, "queued"), (0.1, "sending"), (0.3, "sent"))
_TRANSIENT_STATUSES = tuple(status for _, status in _TRANSIENT_STEPS)
_ENDS_UNSENT = frozenset({"failed", "canceled"})


@dataclass(frozen=True)
class Outcome:
    """What becomes of a message: its last status, how long after its creation (seconds), and why, if it is a bad one.

    With a transient status (queued, sending, sent) the message stays there for ever, like one without a receipt.
    """

    status: str
    after_s: float
    error_code: int | None = None

    @property
    def is_final(self) -> bool:
        """Whether the message ever has a final status."""
        return self.status not in _TRANSIENT_STATUSES

    def steps(self) -> tuple[tuple[float, str], ...]:
        """The statuses in their order, each with its seconds after creation."""
        if not self.is_final:
            shares = _TRANSIENT_STEPS[: _TRANSIENT_STATUSES.index(self.status) + 1]
        else:
            before = _TRANSIENT_STEPS[:1] if self.status in _ENDS_UNSENT else _TRANSIENT_STEPS
            shares = (*before, (1.0, self.status))
        return tuple((share * self.after_s, status) for share, status in shares)


@dataclass
class Message:
    """A message that Twilio accepted, at `created` (seconds since the epoch, the server's clock)."""

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
        is_final = self.outcome.is_final and status == self.outcome.status
        error_code = self.outcome.error_code if is_final else None
        uri = f"{self.account_uri}/Messages/{self.sid}"
        return {
            "body": self.body,
            "num_segments": str(self.segment_count),
            "direction": "outbound-api",
            "from": self.from_,
            "date_updated": rfc2822(updated),
            "price": PRICE_USD if is_final else None,
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
            "price_unit": "USD" if is_final else None,
            "api_version": "2010-04-01",
            "subresource_uris": {"media": f"{uri}/Media.json"},
        }

    def resource_when_created(self) -> dict[str, object]:
        """The response to its creation: queued, however soon it ends."""
        return self.resource(-math.inf)

    def _steps_taken(self, now: float) -> list[tuple[float, str]]:
        """The statuses up to `now`, each with its time; the first is there from the beginning."""
        first, *later = ((self.created + after_s, status) for after_s, status in self.outcome.steps())
        return [first, *((time, status) for time, status in later if time <= now)]
