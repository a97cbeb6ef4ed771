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
"""Chaos: a thousand sends with faults on two of five requests, and a count of what went wrong.

    python -m benchmarks.chaos [--sends 1000] [--seed 1] [--share 0.4]

Every request to the local Twilio (create, message log, fetch) meets a fault with the given chance: any of `Fault`; and
so does every new connection (refused). What befalls the n-th request of a kind for a message follows from the seed
alone. Afterwards each action result is held against what the local Twilio really took:

- doubled: Twilio took a message twice, or two results claim the same one
- lost: Twilio took it and said so, or it was found, but the result has no SID; or the result says that nothing was sent
- misreported: the result claims a message that Twilio does not have, or a final status that it does not have

All three must be 0. "Unknown" (it cannot be known, and was not sent again) and "unconfirmed" are honest answers.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Any
from unittest import mock

import urllib3.util.connection as urllib3_connection

from benchmarks.progress import progress_bar
from sandbox.fast_clock import FastClock
from sandbox.soar import run_action
from sandbox.twilio import Fault, LocalTwilio, Outcome, RecordedRequest
from twilio_connector import TwilioConnector


SPEED = 40.0
RECIPIENTS_A_RUN = 10
_ENDINGS = (
    Outcome("delivered", 1.0),
    Outcome("delivered", 6.0),
    Outcome("undelivered", 3.0, 30003),
    Outcome("failed", 2.0, 30008),
    Outcome("sent", 1.0),
)


@dataclass
class Counts:
    """What a chaos run counted."""

    sends: int = 0
    requests: int = 0
    faults: int = 0
    refused_connections: int = 0
    final: int = 0
    unconfirmed: int = 0
    unknown: int = 0
    not_sent: int = 0
    doubled: int = 0
    lost: int = 0
    misreported: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def broken_promises(self) -> int:
        """How many sends broke a promise."""
        return self.doubled + self.lost + self.misreported

    def broke(self, promise: str, what: str) -> None:
        """Count a broken promise, and keep what happened."""
        setattr(self, promise, getattr(self, promise) + 1)
        self.wrong.append(f"{promise}: {what}")


class Chance:
    """Decides, from a seed, which request and which connection meets a fault."""

    def __init__(self, seed: int, share: float, twilio: LocalTwilio) -> None:
        self._seed, self._share, self._twilio = seed, share, twilio
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.faults = 0
        self.refused = 0

    def fault(self, seen: RecordedRequest) -> Fault | None:
        """The fault that a request meets, if any."""
        dice = self._dice(f"{seen.method} {self._kind(seen)}")
        if dice.random() >= self._share:
            return None
        self.faults += 1
        return dice.choice(list(Fault))

    def refuses(self) -> bool:
        """Whether a new connection is refused."""
        refused = self._dice("connection").random() < self._share
        self.refused += refused
        return refused

    def _kind(self, seen: RecordedRequest) -> str:
        if seen.method == "POST":
            return seen.form.get("Body", "")
        if not seen.path.endswith("/Messages.json"):
            sid = seen.path.rsplit("/", 1)[-1].split(".")[0]
            return next((message.body for message in self._twilio.messages if message.sid == sid), sid)
        return seen.query.get("To", "")

    def _dice(self, kind: str) -> random.Random:
        with self._lock:
            self._asked[kind] += 1
            key = f"{self._seed} {kind} {self._asked[kind]}"
        return random.Random(hashlib.sha256(key.encode()).digest())


def chaos(sends: int, seed: int, share: float, on_sent: Callable[[int], object] = lambda sent: None) -> Counts:
    """Send so many messages with faults on this share of the requests, and count what went wrong.

    `on_sent` is called after each run with the number of messages it sent.
    """
    time = FastClock(SPEED, seed=seed)
    counts = Counts()
    with LocalTwilio(clock=time.time, sleep=time.sleep) as twilio:
        chance = Chance(seed, share, twilio)
        twilio.faults.choose = chance.fault
        dice = random.Random(seed)
        with _connections_refused_by(chance):
            for first in range(0, sends, RECIPIENTS_A_RUN):
                numbers = range(first, min(first + RECIPIENTS_A_RUN, sends))
                # Some of the messages of a run are equal to the letter
                parameters = [
                    {"to_phone": f"+1510{2_000_000 + n - n % 2 * (n % 5 == 1)}", "message": ""} for n in numbers
                ]
                for n, row in zip(numbers, parameters):
                    row["message"] = f"Page {n - n % 2 * (n % 5 == 1)}"
                    twilio.outcomes[row["to_phone"]] = dice.choice(_ENDINGS)
                _judge(_run(twilio, time, parameters), parameters, twilio, counts, time.time())
                on_sent(len(parameters))
        counts.requests, counts.faults = len(twilio.requests), chance.faults
        counts.refused_connections = chance.refused
    return counts


def _run(twilio: LocalTwilio, time: FastClock, parameters: list[dict[str, str]]) -> list[dict[str, Any]]:
    app = TwilioConnector()
    app.clock = time.for_app()
    config = {
        "base_url": twilio.base_url,
        "account_sid": twilio.account_sid,
        "auth_token": twilio.auth_token,
        "from_phone": twilio.from_phone,
    }
    return list(run_action("send message", config, parameters, connector=app)["result_data"])


def _judge(
    results: list[dict[str, Any]], parameters: list[dict[str, str]], twilio: LocalTwilio, counts: Counts, now: float
) -> None:
    """Hold the results of a run against what the local Twilio took."""
    taken = {message.sid: message for message in twilio.messages}
    claimed: Counter[str] = Counter()
    asked, answered = Counter(row["message"] for row in parameters), Counter(message.body for message in taken.values())
    for text, times in asked.items():
        if answered[text] > times:
            counts.broke("doubled", f"{text}: asked {times} times, sent {answered[text]} times")
    unknown: Counter[str] = Counter()
    for result in results:
        counts.sends += 1
        text, message = result["parameter"]["message"], result["message"]
        if not result["data"]:
            unsure = "cannot be known" in message
            counts.unknown += unsure
            counts.not_sent += not unsure
            unknown[text] += unsure
            if result["status"] != "failed":
                counts.broke("misreported", f"{text}: success without a message")
            continue
        row = result["data"][0]
        claimed[row["sid"]] += 1
        found = taken.get(row["sid"])
        if found is None or found.body != text:
            counts.broke("misreported", f"{text}: Twilio has no such message as {row['sid']}")
            continue
        status, truth = row["status"], found.status(now)
        if "Delivery is not confirmed" in message:
            counts.unconfirmed += 1
            good = result["status"] == "success"
        else:
            counts.final += 1
            good = status == truth and (result["status"] == "success") == (status == "delivered")
        if not good:
            counts.broke("misreported", f"{text}: told as {result['status']}, {message!r}; it is {truth}")
    for sid, times in claimed.items():
        if times > 1:
            counts.broke("doubled", f"{sid} was claimed {times} times")
    for text in asked:
        sids = [sid for sid, message in taken.items() if message.body == text]
        forgotten = sum(sid not in claimed for sid in sids) - unknown[text]
        if forgotten > 0:
            counts.broke("lost", f"{text}: {forgotten} taken, but told as not sent")


@contextmanager
def _connections_refused_by(chance: Chance) -> Iterator[None]:
    connect = urllib3_connection.create_connection

    def create_connection(*args: Any, **kwargs: Any) -> Any:
        if chance.refuses():
            raise ConnectionRefusedError(111, "Connection refused")
        return connect(*args, **kwargs)

    with mock.patch.object(urllib3_connection, "create_connection", create_connection):
        yield


def main(arguments: list[str] | None = None) -> int:
    """Run chaos at the command line; the exit status is 0 where no promise was broken."""
    parser = argparse.ArgumentParser(description="Sends through a storm of faults and counts broken promises.")
    parser.add_argument("--sends", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.4, help="of the requests that meet a fault")
    args = parser.parse_args(arguments)
    with progress_bar(args.sends, "sends") as bar:
        counts = chaos(args.sends, args.seed, args.share, on_sent=bar.update)
    for name in (each.name for each in fields(counts) if each.name != "wrong"):
        print(f"{name.replace('_', ' '):<20} {getattr(counts, name):>6}")
    for line in counts.wrong:
        print(line)
    return 1 if counts.broken_promises else 0


if __name__ == "__main__":
    sys.exit(main())
