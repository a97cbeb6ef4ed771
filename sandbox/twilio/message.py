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
from collections.abc import Sequence
from dataclasses import dataclass, field

from sandbox.twilio.dates import rfc2822
from sandbox.twilio.errors import delivery_error
from sandbox.twilio.media import Attachment, Media, media_of
from twilio_api.text import segments


PRICE_USD = "-0.00750"

# The usual statuses before the last one, each with the share of the time after which it comes
_TRANSIENT_STEPS = ((0.0, "queued"), (0.1, "sending"), (0.3, "sent"))
# The same through a Messaging Service, which chooses a sender first
_SERVICE_STEPS = ((0.0, "accepted"), (0.05, "queued"), *_TRANSIENT_STEPS[1:])
_TRANSIENT_STATUSES = ("accepted", "queued", "sending", "sent", "receiving")
_ENDS_UNSENT = frozenset({"failed", "canceled"})
_WAITING = frozenset({"accepted", "queued"})  # at Twilio, where a message can still be held back
_UNDELETABLE = frozenset({*_WAITING, "sending", "receiving"})
_VALIDITY_EXPIRED = 30036


@dataclass(frozen=True)
class Outcome:
    """What becomes of a message: its last status, how long after its creation (seconds), and why, if it is a bad one.

    With a transient status (accepted, queued, sending, sent) the message stays there for ever, like one without a
    receipt. `sent_after_s` is when the carrier takes it, in seconds after its creation, where its receipt comes late.
    """

    status: str
    after_s: float
    error_code: int | None = None
    sent_after_s: float | None = None

    @property
    def is_final(self) -> bool:
        """Whether the message ever has a final status."""
        return self.status not in _TRANSIENT_STATUSES

    def steps(self, has_service: bool = False) -> tuple[tuple[float, str], ...]:
        """The statuses of an outbound message in their order, each with its seconds after creation."""
        usual = _SERVICE_STEPS if has_service else _TRANSIENT_STEPS
        if self.is_final:
            before = tuple(step for step in usual if self.status not in _ENDS_UNSENT or step[1] in _WAITING)
            shares = (*before, (1.0, self.status))
        else:
            statuses = [status for _, status in usual]
            # without a service no message is accepted only; it is queued at once
            last = statuses.index(self.status) if self.status in statuses else 0
            shares = usual[: last + 1]
        steps = [(share * self.after_s, status) for share, status in shares]
        if self.sent_after_s is not None:
            steps = [
                (time if status == self.status else min(time, self.sent_after_s), status) for time, status in steps
            ]
        return tuple(steps)


@dataclass(eq=False)
class Message:
    """A message that Twilio accepted, at `created` (seconds since the epoch, the server's clock).

    `from_` is the sender that it is sent from, also before Twilio shows it. `service_sid` is the Messaging Service
    that it was sent through, or that the sender belongs to for an inbound one. The queue of its sender holds it for
    `held_s` seconds. It appears in the list at `listed_at`
    (seconds since the epoch; math.inf: never), and can be found by its SID at once. `steps` are its statuses in their
    order, each with the time at which it comes (seconds since the epoch).
    """

    account_uri: str
    to: str
    from_: str
    body: str
    created: float
    outcome: Outcome
    direction: str = "outbound-api"
    service_sid: str | None = None
    attachments: Sequence[Attachment] = ()
    validity_s: float | None = None
    held_s: float = 0.0
    listed_at: float = -math.inf
    sid: str = ""
    segment_count: int = field(init=False)
    media: list[Media] = field(init=False)
    steps: list[tuple[float, str]] = field(init=False)
    _shown: tuple[object, dict[str, object]] | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        self.sid = self.sid or f"{'MM' if self.attachments else 'SM'}{uuid.uuid4().hex}"
        self.media = media_of(self.uri, self.attachments, self.created)
        # counted once: a redacted message keeps the number
        self.segment_count = segments(self.body).number
        self.steps = [
            (self.created + after_s + (0.0 if status in _WAITING else self.held_s), status)
            for after_s, status in self._statuses()
        ]
        if self.validity_s is not None and self.validity_s < self._queued_s():
            self._end("failed", self.created + self.validity_s, _VALIDITY_EXPIRED)

    def __lt__(self, other: Message) -> bool:
        """Whether it was created earlier."""
        return self.created < other.created

    @property
    def uri(self) -> str:
        """The path of the message, without `.json`."""
        return f"{self.account_uri}/Messages/{self.sid}"

    @property
    def is_inbound(self) -> bool:
        """Whether a person sent it to the account."""
        return self.direction == "inbound"

    @property
    def person(self) -> str:
        """The address of the person at the other end."""
        return self.from_ if self.is_inbound else self.to

    @property
    def own_address(self) -> str:
        """The address of the account's end."""
        return self.to if self.is_inbound else self.from_

    @property
    def final_at(self) -> float | None:
        """When its last status comes (seconds since the epoch), if it ever does."""
        return self.steps[-1][0] if self.outcome.is_final else None

    @property
    def reached_at(self) -> float | None:
        """When it reaches the handset (seconds since the epoch), if it ever does; a message without a receipt does."""
        return self.steps[-1][0] if self.outcome.status in {"delivered", "read", "sent"} else None

    def status(self, now: float) -> str:
        """Its status at `now` (seconds since the epoch)."""
        return self._last_step(now)[1]

    def sent_at(self, now: float) -> float | None:
        """When the next carrier accepted it, or an inbound one came (seconds since the epoch), if it has by `now`."""
        if self.is_inbound:
            return self.created
        for time, status in self.steps:
            if status == "sent":
                return time if time <= now else None
        return None

    def shown_sender(self, now: float) -> str | None:
        """Its sender, once one is chosen."""
        return None if self.status(now) == "accepted" else self.from_

    def is_final(self, now: float) -> bool:
        """Whether its last status has come."""
        return self.final_at is not None and self.final_at <= now

    def can_be_deleted(self, now: float) -> bool:
        """Whether it has left Twilio, or never will."""
        return self.status(now) not in _UNDELETABLE

    def change_outcome(self, outcome: Outcome, now: float) -> None:
        """Let something else become of it from now on; what has happened stays."""
        happened = [step for step in self.steps if step[0] <= now]
        statuses = {status for _, status in happened}
        self.outcome = outcome
        coming = ((self.created + after_s, status) for after_s, status in self._statuses())
        self.steps = [*happened, *((max(time, now), status) for time, status in coming if status not in statuses)]

    def resource(self, now: float) -> dict[str, object]:
        """The message as Twilio shows it at `now` (seconds since the epoch); not to be changed."""
        state = (self._last_step(now), self.outcome, self.body)
        # kept, because the same rows are listed again and again
        if self._shown is None or self._shown[0] != state:
            self._shown = state, self._resource(now)
        return self._shown[1]

    def _resource(self, now: float) -> dict[str, object]:
        updated, status = self._last_step(now)
        sent = self.sent_at(now)
        is_final = self.outcome.is_final and status == self.outcome.status
        error_code = self.outcome.error_code if is_final else None
        sender = self.shown_sender(now)
        return {
            "body": self.body,
            "num_segments": str(self.segment_count) if sender else "0",
            "direction": self.direction,
            "from": sender,
            "date_updated": rfc2822(updated),
            "price": PRICE_USD if is_final else None,
            "error_message": delivery_error(error_code) if error_code else None,
            "uri": f"{self.uri}.json",
            "account_sid": self.account_uri.rpartition("/")[2],
            "num_media": str(len(self.attachments)),
            "to": self.to,
            "date_created": rfc2822(self.created),
            "status": status,
            "sid": self.sid,
            "date_sent": None if sent is None else rfc2822(sent),
            "messaging_service_sid": self.service_sid,
            "error_code": error_code,
            "price_unit": "USD" if is_final else None,
            "api_version": "2010-04-01",
            "subresource_uris": {"media": f"{self.uri}/Media.json"},
        }

    def resource_when_created(self) -> dict[str, object]:
        """The response to its creation: queued or accepted, however soon it ends."""
        return self.resource(-math.inf)

    def _statuses(self) -> tuple[tuple[float, str], ...]:
        if self.is_inbound:
            return ((0.0, "receiving"), (self.outcome.after_s, "received"))
        return self.outcome.steps(self.service_sid is not None)

    def _last_step(self, now: float) -> tuple[float, str]:
        """The status at `now` and when it came; the first is there from the beginning."""
        for step in reversed(self.steps):
            if step[0] <= now:
                return step
        return self.steps[0]

    def _queued_s(self) -> float:
        """How long it waits at Twilio (seconds; math.inf: for ever)."""
        left_at = next((time for time, status in self.steps if status not in _WAITING), math.inf)
        return left_at - self.created

    def _end(self, status: str, time: float, error_code: int | None) -> None:
        self.outcome = Outcome(status, time - self.created, error_code)
        self.steps = [*(step for step in self.steps if step[0] < time or step is self.steps[0]), (time, status)]
