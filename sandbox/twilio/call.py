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
"""A call, and what becomes of it over time."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from sandbox.twilio.dates import rfc2822
from sandbox.twilio.errors import ApiError
from sandbox.twilio.twiml import Utterance


RING_AFTER_S = 0.5  # from dialing until the phone rings
DETECTION_S = 2.0  # what machine detection takes once somebody picked up; the call says nothing before
KEYS = "0123456789*#"
KEY_GAP_S = 0.5  # between two keys that a person presses, unless said otherwise
SPEECH_GAP_S = 4.0  # between two things that a person says
DEFAULT_TIMEOUT_S = 60  # of ringing
PRICE_USD = "-0.01400"

FINAL_STATUSES = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
OUTCOME_STATUSES = ("completed", "busy", "failed", "no-answer")
ANSWERED_BY = ("human", "machine_start", "fax", "unknown")

_US_NUMBER = re.compile(r"\+1(\d{3})(\d{3})(\d{4})")
_SUBRESOURCES = {
    "events": "Events",
    "notifications": "Notifications",
    "payments": "Payments",
    "recordings": "Recordings",
    "siprec": "Siprec",
    "streams": "Streams",
    "transcriptions": "Transcriptions",
    "user_defined_message_subscriptions": "UserDefinedMessageSubscriptions",
    "user_defined_messages": "UserDefinedMessages",
}


@dataclass(frozen=True)
class CallOutcome:
    """What the person called does.

    `status` is completed (picked up), busy (declined), no-answer or failed; `after_s` is how long it rings before
    (seconds; a no-answer rings as long as the call's Timeout allows). Who picks up is `answered_by`: human,
    machine_start, fax or unknown. Times after picking up: the first of `keys` is pressed after `key_after_s`, the next
    `key_gap_s` later; the first of `says` (sentences with | between them: a greeting, or a television in the room) is
    heard after `says_after_s`, the next SPEECH_GAP_S later; and the phone is hung up after `hang_up_after_s` (None:
    when the call has said everything).
    `by_hand`: nothing happens by itself; it rings until a person uses the call's methods, as the page does.
    """

    status: str = "completed"
    after_s: float = 3.0
    answered_by: str = "human"
    keys: str = ""
    key_after_s: float = 5.0
    key_gap_s: float = KEY_GAP_S
    says: str = ""
    says_after_s: float = 1.0
    hang_up_after_s: float | None = None
    by_hand: bool = False

    def __post_init__(self) -> None:
        if self.status not in OUTCOME_STATUSES:
            raise ValueError(f"the outcome of a call is one of {', '.join(OUTCOME_STATUSES)}, not {self.status!r}")
        if self.answered_by not in ANSWERED_BY:
            raise ValueError(f"a call is answered by one of {', '.join(ANSWERED_BY)}, not {self.answered_by!r}")


@dataclass(frozen=True)
class NewCall:
    """The parameters of a call to create; empty where the client gave none."""

    to: str
    from_: str
    timeout_s: int = DEFAULT_TIMEOUT_S
    detects_machines: bool = False


class Conversation(Protocol):
    """What a call says once somebody picked up."""

    def spoken(self, call: Call, now: float) -> list[str]:
        """The texts that were begun by `now` (seconds since the epoch)."""

    def ended_at(self, call: Call, now: float) -> float | None:
        """When there was no more to say (seconds since the epoch), if that is known at `now`."""
        ...

    def waits_for_key(self, call: Call, now: float) -> bool:
        """Whether a key that is pressed at `now` (seconds since the epoch) counts."""
        ...


@dataclass(frozen=True)
class Script:
    """A conversation that was written before the call: TwiML.

    A key or a word that a Gather listens for ends it, and the call: there is no document to go on with.
    """

    utterances: tuple[Utterance, ...]

    def spoken(self, call: Call, now: float) -> list[str]:
        """The texts that were begun by `now`."""
        return [
            utterance.text
            for begun, _, utterance in self._timeline(call)
            if utterance.text and begun <= now and begun < call.cut_off_at
        ]

    def ended_at(self, call: Call, now: float) -> float | None:
        """When the last of them was over."""
        return max((ended for _, ended, _ in self._timeline(call)), default=call.conversation_from)

    def waits_for_key(self, call: Call, now: float) -> bool:
        """Whether a Gather listens for keys now."""
        return any(begun <= now < ended and "dtmf" in what.listens_for for begun, ended, what in self._timeline(call))

    def _timeline(self, call: Call) -> Iterable[tuple[float, float, Utterance]]:
        """Each utterance with when it begins and ends (seconds since the epoch), up to what ends a Gather."""
        begun = call.conversation_from
        for utterance in self.utterances:
            inputs = [
                *(at for at, _ in call.keys if "dtmf" in utterance.listens_for),
                *(at for at, _ in call.speech if "speech" in utterance.listens_for),
            ]
            over = begun + utterance.duration_s
            ended = min((at for at in inputs if begun <= at < over), default=over)
            yield begun, ended, utterance
            if ended < over:
                return
            begun = over


@dataclass
class Call:
    """A call that Twilio took, at `created` (seconds since the epoch, the server's clock), and dialed at `dialed_at`.

    What it shows is what is so now, by `clock`. `answer`, `voicemail`, `decline`, `press`, `speak` and `hang_up`
    are what the person called can do; they raise ValueError where the call is not in the state for it.
    """

    account_uri: str
    new: NewCall
    created: float
    dialed_at: float
    outcome: CallOutcome
    conversation: Conversation
    clock: Callable[[], float]
    sid: str = field(default_factory=lambda: f"CA{uuid.uuid4().hex}")
    keys: list[tuple[float, str]] = field(default_factory=list)
    speech: list[tuple[float, str]] = field(default_factory=list)
    _answered_by: str = "human"
    _ring_ends: list[tuple[float, str]] = field(default_factory=list)
    _ends: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._answered_by = self.outcome.answered_by
        self._ring_ends.append((self.rings_at + self.new.timeout_s, "no-answer"))
        if self.outcome.by_hand or self.outcome.status == "no-answer":
            return
        self._ring_ends.append((self.rings_at + self.outcome.after_s, self.outcome.status))
        if self.outcome.status == "completed":
            self._plan(self.rings_at + self.outcome.after_s)

    def _plan(self, answered_at: float) -> None:
        """What the person will do after picking up."""
        first_key_at = answered_at + self.outcome.key_after_s
        self.keys += [(first_key_at + self.outcome.key_gap_s * n, key) for n, key in enumerate(self.outcome.keys)]
        first_said_at = answered_at + self.outcome.says_after_s
        said = [text.strip() for text in self.outcome.says.split("|") if text.strip()]
        self.speech += [(first_said_at + SPEECH_GAP_S * n, text) for n, text in enumerate(said)]
        if self.outcome.hang_up_after_s is not None:
            self._ends.append(answered_at + self.outcome.hang_up_after_s)

    # What is planned, as far as it is known now: times in seconds since the epoch, which may lie ahead

    @property
    def rings_at(self) -> float:
        """When the phone begins to ring."""
        return self.dialed_at + RING_AFTER_S

    @property
    def ring_end(self) -> tuple[float, str]:
        """When it stops ringing, and the call's status from then on; completed stands for "picked up"."""
        return min(self._ring_ends)

    @property
    def answered_at(self) -> float:
        """When somebody or something picks up; infinity if nobody does."""
        time, status = self.ring_end
        return time if status == "completed" else math.inf

    @property
    def conversation_from(self) -> float:
        """When the call begins to speak."""
        return self.answered_at + (DETECTION_S if self.new.detects_machines else 0.0)

    @property
    def cut_off_at(self) -> float:
        """When somebody ends the conversation before its end; infinity if nobody does."""
        return min(self._ends, default=math.inf)

    # What is so now

    @property
    def to(self) -> str:
        """The number called."""
        return self.new.to

    @property
    def from_(self) -> str:
        """The caller."""
        return self.new.from_

    @property
    def status(self) -> str:
        """The status as Twilio shows it."""
        return self.status_at(self.clock())

    def status_at(self, now: float) -> str:
        """Its status at `now` (seconds since the epoch)."""
        time, status = self.ring_end
        if now < time:
            return "queued" if now < self.rings_at or status == "failed" else "ringing"
        if status != "completed":
            return status
        end = self.ended_at(now)
        return "in-progress" if end is None else "completed"

    def ended_at(self, now: float) -> float | None:
        """When it ended (seconds since the epoch), if it had by `now`."""
        time, status = self.ring_end
        if status == "completed":
            time = min(self.cut_off_at, self.conversation.ended_at(self, now) or math.inf)
        return time if time <= now else None

    @property
    def answered_by(self) -> str | None:
        """Who answered, as machine detection found, once it has."""
        return self.answered_by_at(self.clock())

    def answered_by_at(self, now: float) -> str | None:
        """Who answered, as machine detection had found by `now` (seconds since the epoch)."""
        detected = self.new.detects_machines and self.conversation_from <= min(now, self.cut_off_at)
        return self._answered_by if detected else None

    @property
    def is_live(self) -> bool:
        """Whether it has not ended."""
        return self.status not in FINAL_STATUSES

    @property
    def spoken(self) -> str:
        """What the person called has heard: the plain text, a line an utterance; empty before anybody picked up."""
        return "\n".join(self.spoken_at(self.clock()))

    def spoken_at(self, now: float) -> list[str]:
        """The texts that were begun by `now` (seconds since the epoch); none before anybody picked up."""
        return self.conversation.spoken(self, now) if self.answered_at <= now else []

    def waits_for_key_at(self, now: float) -> bool:
        """Whether a person is on the phone at `now` (seconds since the epoch) and a key that is pressed counts."""
        is_open = self.status_at(now) == "in-progress" and not self.is_on_voicemail
        return is_open and self.conversation.waits_for_key(self, now)

    @property
    def is_on_voicemail(self) -> bool:
        """Whether whoever picks up is none who could press a key; known here before machine detection finds out."""
        return self._answered_by in ("machine_start", "fax")

    # What the person called does

    def answer(self, by: str = "human") -> None:
        """Pick up."""
        self._be("ringing", "answer")
        self._answered_by = by
        self._ring_ends.append((self.clock(), "completed"))

    def voicemail(self) -> None:
        """Let voicemail pick up."""
        self.answer("machine_start")

    def decline(self) -> None:
        """Do not take the call."""
        self._be("ringing", "decline")
        self._ring_ends.append((self.clock(), "busy"))

    def press(self, key: str) -> None:
        """Press a key of the phone: a digit, # or *."""
        self._be("in-progress", "press a key")
        if key not in tuple(KEYS):
            raise ValueError(f"a phone has no key {key!r}")
        self.keys.append((self.clock(), key))

    def speak(self, text: str = "Hello?") -> None:
        """Say something."""
        self._be("in-progress", "speak")
        self.speech.append((self.clock(), text))

    def hang_up(self) -> None:
        """End the conversation."""
        self._be("in-progress", "hang up")
        self._ends.append(self.clock())

    def _be(self, status: str, act: str) -> None:
        if self.status != status:
            raise ValueError(f"to {act}, the call must be {status}: it is {self.status}")

    # What the client does

    def end(self, status: str, after_s: float = 0.0) -> None:
        """End it as a client asked to, now or a while later.

        Either way, a call that nobody picked up yet is canceled; of a conversation, "canceled" takes no notice.
        Raises ApiError where the call has ended.
        """
        now = self.clock()
        if not self.is_live:
            raise ApiError(21220)
        if now < self.ring_end[0]:
            self._ring_ends.append((now + after_s, "canceled"))
        elif status == "completed":
            self._ends.append(now + after_s)

    def resource(self, now: float) -> dict[str, object]:
        """The call as Twilio shows it at `now` (seconds since the epoch)."""
        status = self.status_at(now)
        started = self.started_at(now)
        ended = self.ended_at(now)
        changes = (self.created, self.rings_at, self.ring_end[0], self.created if ended is None else ended)
        uri = f"{self.account_uri}/Calls/{self.sid}"
        return {
            "sid": self.sid,
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(max(time for time in changes if time <= max(now, self.created))),
            "parent_call_sid": None,
            "account_sid": self.account_uri.rpartition("/")[2],
            "to": self.to,
            "to_formatted": _formatted(self.to),
            "from": self.from_,
            "from_formatted": _formatted(self.from_),
            "phone_number_sid": None,
            "status": status,
            "start_time": None if started is None else rfc2822(started),
            "end_time": None if ended is None else rfc2822(ended),
            "duration": None if ended is None else str(self._duration_s(ended)),
            "price": PRICE_USD if status == "completed" else None,
            "price_unit": "USD",
            "direction": "outbound-api",
            "answered_by": self.answered_by_at(now),
            "api_version": "2010-04-01",
            "forwarded_from": None,
            "group_sid": None,
            "caller_name": None,
            "queue_time": str(round((self.dialed_at - self.created) * 1000)),
            "trunk_sid": None,
            "uri": f"{uri}.json",
            "subresource_uris": {name: f"{uri}/{path}.json" for name, path in _SUBRESOURCES.items()},
        }

    def resource_when_created(self) -> dict[str, object]:
        """What the client that creates it gets: queued, however soon it ends."""
        return self.resource(self.created)

    def started_at(self, now: float) -> float | None:
        """When it was dialed (seconds since the epoch), once it rings; a queued call has no start."""
        return self.dialed_at if self.rings_at <= min(now, self.ring_end[0]) else None

    def _duration_s(self, ended: float) -> int:
        return math.ceil(ended - self.answered_at) if self.answered_at <= ended else 0


def _formatted(number: str) -> str:
    match = _US_NUMBER.fullmatch(number)
    return f"({match[1]}) {match[2]}-{match[3]}" if match else number
