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
"""Chaos for "on poll": thousands of texts, faults at every seam, and a count of what went wrong.

    python -m benchmarks.chaos_polling [--texts 3000] [--seed 1] [--share 0.1]

People write while an asset polls. Some texts are shown late by the log, and its youngest rows stand in any order. Each
request to the local Twilio meets a fault with the given chance, each call of the platform (save_container,
save_artifacts, load_state, save_state) likewise: it is refused, gives no id, raises, or the process dies, before or
after it had its effect. Processes die between those calls too. Some polls overlap, some take a few texts only, and now
and then all of Twilio or all of the platform is out of order for a while. A few texts are never taken by the platform.

Afterwards the containers are held against what people wrote:

- lost: a text without a container
- twice: a text with two containers, or an artifact that its container holds twice
- incomplete: a container without one of its artifacts
- misjudged: an answer to a question of the app that became a container
- stuck: a text that the platform never takes still holds the cursor

All five must be 0.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from actions.containers import links
from benchmarks.chaos_program import run_chaos
from benchmarks.promise_counts import PromiseCounts
from sandbox.assets import local_asset
from sandbox.fast_clock import FastClock
from sandbox.soar import ProcessDied, SoarStore, StoreFault, poll, run_action
from sandbox.twilio import Fault, LocalTwilio, Message, RecordedRequest
from twilio_api.choice import numbered_choices
from twilio_api.question import question_text
from twilio_connector import TwilioConnector


SPEED = 40.0
TEXTS_A_ROUND = 40
MAX_LAG_S = 30 * 60.0  # half of the time that each poll reads again
UNORDERED_S = 120.0
PAUSES_S = (30.0, 60.0, 300.0, 900.0, 5400.0)  # between two rounds
PLATFORM_SHARE = 0.01  # of the platform's calls that meet a fault
CRASH_SHARE = 0.002  # of the requests during which a process dies
OUTAGE_SHARE = 0.04  # of the rounds in which Twilio is out of order, and of those in which the platform is
OVERLAP_SHARE = 0.2  # of the rounds in which two polls overlap
QUIET_POLLS = 100  # at the end, at the most
_BODIES = (
    "Disk full on host %d",
    "Is it over? %d",
    "STOP",
    "%d http://a.example/%d",
    "bit.ly/a%d http://b.example/%d",
    "",
)


@dataclass
class Counts(PromiseCounts):
    """What a chaos run counted."""

    GROUPS = {
        "What happened": ("polls", "overlapping", "died", "failed", "requests", "faults", "platform_faults"),
        "Texts": ("texts", "ingested", "answers", "given_up", "offered_again"),
    }
    PROMISES = ("lost", "twice", "incomplete", "misjudged", "stuck")

    texts: int = 0
    polls: int = 0
    overlapping: int = 0
    died: int = 0
    failed: int = 0
    requests: int = 0
    faults: int = 0
    platform_faults: int = 0
    ingested: int = 0
    answers: int = 0
    given_up: int = 0
    offered_again: int = 0
    lost: int = 0
    twice: int = 0
    incomplete: int = 0
    misjudged: int = 0
    stuck: int = 0


class Chaos:
    """An account whose people write, an asset that polls it, and all that goes wrong between them."""

    def __init__(self, twilio: LocalTwilio, clock: FastClock, seed: int, share: float) -> None:
        self.counts = Counts()
        self.store = SoarStore()
        self._twilio = twilio
        self._clock = clock
        self._share = share
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._running: list[TwilioConnector] = []
        self._is_calm = False
        self._twilio_is_out = self._platform_is_out = False
        self._texts: list[Message] = []
        self._answers: set[str] = set()
        self._bad: set[str] = set()
        twilio.log.unordered_s = UNORDERED_S
        twilio.faults.choose = self._fault
        self.store.draw_faults(self._platform_fault)

    def run(self, texts: int, on_written: Callable[[int], object]) -> Counts:
        """Let so many texts come in, poll meanwhile and until all is quiet, and count."""
        while len(self._texts) < texts:
            written = min(TEXTS_A_ROUND, texts - len(self._texts))
            self._write(written)
            on_written(written)
            self._twilio_is_out = self._random.random() < OUTAGE_SHARE
            self._platform_is_out = self._random.random() < OUTAGE_SHARE
            if self._random.random() < OVERLAP_SHARE:
                self._overlap()
            else:
                self._poll()
            self._clock.advance(self._random.choice(PAUSES_S))
        self._is_calm = True
        self._clock.advance(MAX_LAG_S)
        self._finish()
        self._judge()
        return self.counts

    # --- what people do

    def _write(self, texts: int) -> None:
        for _ in range(texts):
            now, number = self._clock.time(), len(self._texts)
            created = now - 60.0 * self._random.random()
            self._twilio.log_lag_s = MAX_LAG_S * self._random.random() if self._random.random() < 0.1 else 0.0
            if self._random.random() < 0.05:
                self._answer(number, created)
            else:
                body = self._random.choice(_BODIES)
                person = f"+1510{2_000_000 + self._random.randrange(200)}"
                self._receive(person, body.replace("%d", str(number)), created)
            if self._random.random() < 0.002:
                sid = self._texts[-1].sid
                self._bad.add(sid)
                self.store.fail("save_container", StoreFault.REFUSES, times=None, source_data_identifier=sid)
            self._twilio.log_lag_s = 0.0
            self._twilio.add_message(f"+1510{3_000_000 + number}", "Something else", created=created)

    def _answer(self, number: int, created: float) -> None:
        """Let a person answer a question that was asked a little before."""
        person = f"+1510{4_000_000 + number}"
        lag, self._twilio.log_lag_s = self._twilio.log_lag_s, 0.0
        choices = numbered_choices(200 + number % 780, ("yes", "no"))
        self._twilio.add_message(person, question_text("Isolate it?", choices), created=created - 90.0)
        self._twilio.log_lag_s = lag
        self._receive(person, f"{choices[0].code} Yes!", created)
        self._answers.add(self._texts[-1].sid)

    def _receive(self, person: str, body: str, created: float) -> None:
        self._texts.append(self._twilio.receive(person, self._twilio.from_phone, body, created=created))

    # --- what goes wrong

    def _chance(self, share: float) -> bool:
        with self._lock:
            return not self._is_calm and self._random.random() < share

    def _fault(self, request: RecordedRequest) -> Fault | None:
        for app in list(self._running):
            if self._chance(CRASH_SHARE):
                app.kill()
        if self._twilio_is_out:
            return Fault.ERROR_503
        if not self._chance(self._share):
            return None
        self.counts.faults += 1
        return self._random.choice(list(Fault))

    def _platform_fault(self, operation: str) -> StoreFault | None:
        if self._platform_is_out:
            return StoreFault.REFUSES
        if not self._chance(PLATFORM_SHARE):
            return None
        self.counts.platform_faults += 1
        faults = [fault for fault in StoreFault if "state" not in operation or fault.kind != "gives no id"]
        return self._random.choice(faults)

    # --- the polls

    def _poll(self) -> str | None:
        """Poll once, and return the message; None where the process died."""
        app = TwilioConnector()
        app.clock = self._clock.for_app()
        config = local_asset(self._twilio)
        self.counts.polls += 1
        self._running.append(app)
        try:
            if self._chance(0.2):
                result = run_action("on poll", config, [{"container_count": 7}], connector=app, store=self.store)
            else:
                result = poll(config, self.store, now=self._clock.time(), connector=app)
        except ProcessDied:
            self.counts.died += 1
            return None
        finally:
            self._running.remove(app)
        self.counts.failed += result["status"] != "success"
        return str(result["message"])

    def _overlap(self) -> None:
        self.counts.overlapping += 2
        threads = [threading.Thread(target=self._poll) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _finish(self) -> None:
        """Poll in calm until nothing is left; a text that the platform never takes is given up meanwhile."""
        self._twilio_is_out = self._platform_is_out = False
        for number in range(QUIET_POLLS):
            if self._bad - self._forgotten():
                # A text is given up only where others are saved
                self._receive(f"+1510{5_000_000 + number}", "Still here", self._clock.time())
            if self._poll() == "0 texts ingested." and not self._bad - self._forgotten():
                return
            self._clock.advance(60.0)

    def _forgotten(self) -> set[str]:
        """The bad texts that hold nothing back any more."""
        cursor = (self.store.load_state("1") or {}).get("cursor") or {}
        waiting = set(cursor.get("attempts", {}))
        return {text.sid for text in self._texts if text.sid in self._bad and self._is_behind(text, cursor)} - waiting

    def _is_behind(self, text: Message, cursor: dict[str, Any]) -> bool:
        return text.sid in cursor.get("settled", {}) or int(text.created) < cursor.get("since", 0.0)

    # --- the count

    def _judge(self) -> None:
        counts, store = self.counts, self.store
        containers = {container["id"]: container["data"]["sid"] for container in store.containers}
        ingested = Counter(containers.values())
        artifacts = Counter(
            (containers[artifact["container_id"]], artifact["source_data_identifier"]) for artifact in store.artifacts
        )
        held = Counter(sid for sid, _ in artifacts)
        forgotten = self._forgotten()
        for text in self._texts:
            is_answer, is_bad, times = text.sid in self._answers, text.sid in self._bad, ingested[text.sid]
            if is_answer and times:
                counts.broke("misjudged", f"{text.sid}: {text.body!r} became a container")
            elif is_bad and text.sid not in forgotten:
                counts.broke("stuck", text.sid)
            elif not times and not is_answer and not is_bad:
                counts.broke("lost", f"{text.sid}: {text.body!r}")
            elif times > 1:
                counts.broke("twice", f"{text.sid}: {times} containers")
            if times and held[text.sid] < max(1, len(links(text.body))):
                counts.broke("incomplete", f"{text.sid}: {held[text.sid]} artifacts")
        for (sid, identifier), times in artifacts.items():
            if times > 1:
                counts.broke("twice", f"{sid}: the artifact {identifier} {times} times")
        counts.texts, counts.answers, counts.given_up = len(self._texts), len(self._answers), len(forgotten)
        counts.ingested, counts.requests = len(ingested), len(self._twilio.requests)
        counts.offered_again = len(store.duplicate_containers)


def _ignore(written: int) -> None:
    """Nobody waits for progress."""


def chaos(texts: int, seed: int, share: float, on_written: Callable[[int], object] = _ignore) -> Counts:
    """Let so many texts come in with faults on this share of the requests, and count what went wrong.

    `on_written` is called with how many more texts came in.
    """
    clock = FastClock(SPEED, seed=seed)
    with LocalTwilio(clock=clock.time, sleep=clock.sleep) as twilio:
        return Chaos(twilio, clock, seed, share).run(texts, on_written)


if __name__ == "__main__":
    run_chaos(chaos, name="chaos_polling", does="Polls", unit="texts", count=3000, share=0.1)
