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
"""Chaos for texts: people write while an asset polls, in virtual time, and a count of broken promises.

    python -m benchmarks.chaos_texts [--texts 1000] [--seed 1] [--share 0.1] [--log FILE]

A simulation is an account to which some four hundred texts come, and an asset that polls it, on a platform that
deduplicates artifacts or on one that does nothing but what is documented. All of it is drawn from its seed. Calls meet
trouble on their way and at Twilio; the platform refuses, raises, gives no id, or its process dies before or after a
call had its effect; processes die between those calls, too; polls overlap, save a few texts only, are "Poll Now".
Clocks are wrong: that of the machine, that of Twilio's edge, or the one that left the cursor. Some texts are shown late
by the log or are deleted at Twilio. And there is what fails for ever: texts that the platform never takes, people whose
log cannot be read, a row that makes each page with it unreadable, media.
With --log, one seed is played alone, and every call and result is written down in order.

Afterwards the containers are held against what people wrote:

- lost: a text without a container, that no poll gave up
- twice: a text with two containers, or an artifact or a file that its container holds twice
- incomplete: a container without one of its artifacts, or without one of its files
- misjudged: an answer to a question of the app that became a container
- stuck: something that fails for ever still holds the cursor, or waits
- afterwards: a call was made after the end of its poll, or was still under way

All of them must be 0. On a platform that does not deduplicate, nobody can save the artifact of a file just once if a
process may die in between, or if "Poll Now" was there before: how often that happens is counted as `files again`.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any
from unittest.mock import patch

from actions.links import links
from benchmarks.chaos_program import chaos_program
from benchmarks.program import run_program
from benchmarks.promise_counts import PromiseCounts
from benchmarks.random_trouble import RandomTrouble
from sandbox.assets import local_asset
from sandbox.memory_transport import BASE_URL, MemoryRequest, Network, Trouble
from sandbox.soar import ProcessDied, SoarStore, StoreFault, load_manifest, run_action
from sandbox.twilio import Fault, File, LocalTwilio, Message
from sandbox.virtual_time import VirtualClock
from twilio_connector import TwilioConnector


MANIFEST = load_manifest()
TEXTS_A_SIMULATION = 400
TEXTS_A_ROUND = 40
PAGE_ROWS = 50  # of the log; a few texts then make many pages
PEOPLE = 8
MAX_LAG_S = 30 * 60.0  # of the log: half of the time that each poll reads again
PAUSES_S = (30.0, 60.0, 300.0, 900.0, 5400.0)  # between two rounds
PLATFORM_SHARE = 0.03  # of the platform's calls that meet a fault
DEATH_SHARE = 0.002  # of the requests during which the process dies
WRONG_CLOCK_SHARE = 0.1  # of the polls, for each clock
WRONG_BY_S = (-40 * 24 * 3600.0, -3600.0, 5400.0, 40 * 24 * 3600.0)  # the clock of the machine
EDGE_AHEAD_S = 5400.0  # when the clock of Twilio's edge is wrong
CURSOR_AHEAD_S = 23 * 3600.0  # when a clock was wrong before
OVERLAP_SHARE = 0.003  # of the requests during which another poll runs from its beginning to its end
HELD_POLLS = 22  # at the end, at the most: a text may wait ten for what its sender was asked, and fail in ten more
QUIET_POLLS = 60  # at the end, at the most: of bad media, which hold nothing back, a poll tries a few
_BODIES = (
    "Disk full on host %d",
    "Is it over? %d",
    "STOP",
    "%d https://a.example/%d hxxps://b[.]example/%d",
    "bit.ly/a%d or http://b.example/%d.",
    "",
)
_FILES = (File(b"picture", "image/png"), File(b"film" * 9, "video/mp4"))
_GIVEN_UP = re.compile(r"((?:SM|MM)[0-9a-f]{32}) (?:is given up|was deleted)")
_REST_GIVEN_UP = re.compile(r"Texts that people sent before (\S+) and that have no container yet were given up")
_MEDIA_GIVEN_UP = re.compile(r"(?:Media of|The media of) ((?:SM|MM)[0-9a-f]{32}) (?:could not be saved, and are|were)")


class Counts(PromiseCounts):
    """What the simulations counted."""

    GROUPS = {
        "What happened": (
            "polls",
            "polls_now",
            "overlapping",
            "died",
            "wrong_clocks",
            "failed",
            "calls",
            "troubles",
            "platform_faults",
        ),
        "Texts": ("texts", "ingested", "answers", "given_up", "offered_again", "files", "files_again"),
    }
    PROMISES = ("lost", "twice", "incomplete", "misjudged", "stuck", "afterwards")


@dataclass
class Simulation:
    """An account to which people write, and an asset that polls it, drawn from a seed."""

    seed: int
    share: float
    texts: int = TEXTS_A_SIMULATION
    counts: Counts = field(default_factory=Counts)
    messages: list[str] = field(default_factory=list)  # of the polls, in their order

    def __post_init__(self) -> None:
        self.rng = rng = Random(self.seed)
        self.clock = VirtualClock()
        self.twilio = LocalTwilio(clock=self.clock.time, sleep=self.clock.advance)
        self.network = Network(self.twilio, self.clock, round_trip_s=rng.choice((0.0, 0.02, 0.15)))
        self.store = SoarStore(documented_only=rng.random() < 0.5)
        self.store.draw_faults(self._platform_fault)
        self.saves_media = rng.random() < 0.5
        self.written: list[Message] = []
        self.answers: set[str] = set()
        self.bad: set[str] = set()  # which the platform never takes
        self.bad_media: set[str] = set()
        self.deleted: set[str] = set()
        self.people = [f"+1510{2_000_000 + number}" for number in range(PEOPLE)]
        self.unreadable = {rng.choice(self.people)} if rng.random() < 0.3 else set()
        self.bad_row_at = rng.randrange(self.texts) if rng.random() < 0.3 else -1
        self.bad_row: Message | None = None  # no page with it can be read
        self.rest_given_up: list[tuple[float, float]] = []  # before which time, and when that poll began
        self.twilio.log.unordered_s = 0.0 if self.bad_row_at >= 0 else rng.choice((0.0, 120.0))
        self._is_calm = False
        self._depth = 0  # of polls that run during each other
        self._random_trouble: Callable[[MemoryRequest], Trouble | None] = lambda request: None

    # --- what people do

    def write(self, number: int) -> None:
        """Let so many texts come in, and some other traffic."""
        rng, twilio = self.rng, self.twilio
        for _ in range(number):
            index, created = len(self.written), self.clock.time() - 60.0 * rng.random()
            twilio.log_lag_s = MAX_LAG_S * rng.random() if rng.random() < 0.1 else 0.0
            if rng.random() < 0.06:
                self._answer(index, created)
            else:
                body = rng.choice(_BODIES).replace("%d", str(index))
                media = [rng.choice(_FILES) for _ in range(rng.choice((0, 0, 0, 0, 1, 2)))]
                self._receive(rng.choice(self.people), body, created, media)
            text = self.written[-1]
            if rng.random() < 0.005:
                self.bad.add(text.sid)
                self.store.fail("save_container", StoreFault.REFUSES, times=None, source_data_identifier=text.sid)
            if rng.random() < 0.05:
                self.bad_media.add(text.sid)
            if index == self.bad_row_at:
                self.bad_row = text
            twilio.log_lag_s = 0.0
            twilio.add_message(f"+1510{3_000_000 + index}", "Something else", created=created)
        if rng.random() < 0.05:
            deleted = rng.choice(self.written)
            if deleted is not self.bad_row:
                self.deleted.add(deleted.sid)
                twilio.log.remove(deleted)

    def _answer(self, index: int, created: float) -> None:
        """Let a person answer a question that was asked a little before."""
        person, number = f"+1510{4_000_000 + index}", 200 + index % 700
        lag, self.twilio.log_lag_s = self.twilio.log_lag_s, 0.0
        question = f"Isolate it?\nReply {number}1 for yes, {number}2 for no"
        self.twilio.add_message(person, question, created=created - 90.0)
        self.twilio.log_lag_s = lag
        self._receive(person, f"{number}1", created)
        self.answers.add(self.written[-1].sid)

    def _receive(self, person: str, body: str, created: float, media: list[File] | None = None) -> None:
        self.written.append(
            self.twilio.receive(person, self.twilio.from_phone, body, created=created, media=media or [])
        )

    # --- what goes wrong

    def _trouble(self, request: MemoryRequest) -> Trouble | None:
        """What befalls a call; and, while it is made, the death of its process, and other polls."""
        app = self._running[-1]
        if not self._is_calm and self.rng.random() < DEATH_SHARE:
            app.kill()
        if not self._is_calm and self._depth == 1 and self.rng.random() < OVERLAP_SHARE:
            self.counts.overlapping += 1
            self.clock.leave()
            self.poll()
            self.clock.enter()
        person = {request.params.get("To", "").rpartition(":")[2], request.params.get("From", "").rpartition(":")[2]}
        if person & self.unreadable or self._shows_the_bad_row(request):
            return Trouble(fault=Fault.ERROR_503)
        if "/Media" in request.path and set(request.path.split("/")) & self.bad_media:
            return Trouble(fault=Fault.ERROR_503)
        return None if self._is_calm else self._random_trouble(request)

    def _shows_the_bad_row(self, request: MemoryRequest) -> bool:
        is_page = self.bad_row is not None and request.path.endswith("/Messages.json")
        return is_page and self.bad_row is not None and self.twilio.shows(request.params, self.bad_row)

    def _platform_fault(self, operation: str) -> StoreFault | None:
        if self._is_calm or self.rng.random() >= PLATFORM_SHARE:
            return None
        self.counts.platform_faults += 1
        faults = [
            fault
            for fault in StoreFault
            if fault.kind != "gives no id" or operation not in ("load_state", "save_state", "vault_info")
        ]
        return self.rng.choice(faults)

    # --- the polls

    def _set_clocks(self) -> float:
        """Set clocks right or wrong for the next poll; return by how many seconds that of the machine is."""
        wrong = [not self._is_calm and self.rng.random() < WRONG_CLOCK_SHARE for _ in range(3)]
        self.twilio.edge_ahead_s = EDGE_AHEAD_S if wrong[0] else 0.0
        if wrong[1]:
            self._is_calm = True  # no fault of the platform meets this
            state = self.store.load_state("1") or {}
            if "cursor" in state:
                state["cursor"]["since"] = self.clock.time() + CURSOR_AHEAD_S
                self.store.save_state("1", state)
            self._is_calm = False
        self.counts.wrong_clocks += any(wrong)
        return self.rng.choice(WRONG_BY_S) if wrong[2] else 0.0

    def poll(self) -> str:
        """Poll once, and return the message; empty where the process died, whose progress lines then stay."""
        counts, rng = self.counts, self.rng
        is_poll_now = not self._is_calm and rng.random() < 0.15
        some = {"container_count": rng.randint(1, 7)} if is_poll_now or rng.random() < 0.2 * (not self._is_calm) else {}
        counts.polls += 1
        counts.polls_now += is_poll_now
        app = self.network.prepare(TwilioConnector(), Random(rng.random()), skew_s=self._set_clocks())
        self._running.append(app)
        self._depth += 1
        config = {**local_asset(self.twilio), "base_url": BASE_URL, "save_media": self.saves_media}
        result: dict[str, Any] = {"status": "failed", "message": ""}
        began, said = self.clock.time(), len(self.messages)
        try:
            result = run_action(
                *("on poll", config, [some]),
                connector=app,
                store=self.store,
                is_poll_now=is_poll_now,
                checks_form=False,
                manifest=MANIFEST,
            )
        except ProcessDied:
            counts.died += 1
            self.messages += app.progress_lines
        finally:
            self._running.pop()
            self._depth -= 1
        counts.failed += result["status"] != "success"
        self.messages.append(str(result["message"]))
        for until in _REST_GIVEN_UP.findall(" ".join(self.messages[said:])):
            self.rest_given_up.append((datetime.fromisoformat(until.replace("Z", "+00:00")).timestamp(), began))
        if not self._depth and self.network.under_way:
            counts.broke("afterwards", f"seed {self.seed}: {self.network.under_way} calls")
        return str(result["message"])

    def run(self) -> None:
        """Let the texts come in, poll meanwhile, and until all is quiet."""
        self._running: list[TwilioConnector] = []
        while len(self.written) < self.texts:
            self.write(min(TEXTS_A_ROUND, self.texts - len(self.written)))
            for _ in range(self.rng.choice((1, 1, 2))):
                troubles = RandomTrouble(self.network, self.rng, self.share)
                self._random_trouble, self.network.trouble = self.network.trouble, self._trouble
                self.poll()
                self.counts.troubles += troubles.met
            self.clock.advance(self.rng.choice(PAUSES_S))
        self._is_calm = True
        self.twilio.faults.choose = lambda request: None
        self.clock.advance(MAX_LAG_S)
        for number in range(QUIET_POLLS):
            # A text that the platform does not take is given up only where it takes others
            self._receive(f"+1510{5_000_000 + number}", "Still here", self.clock.time())
            message = self.poll()
            if re.fullmatch(r"1 text ingested\.(?: \d+ texts? left out: .*\.)?", message) and not self._waits():
                break
            if number + 1 >= HELD_POLLS and self._is_held():
                break
            self.clock.advance(60.0)
        self.counts.calls = len(self.network.calls)

    def _waits(self) -> bool:
        """Whether anything holds the cursor, or is still to be saved."""
        return self._is_held() or bool(self._cursor().get("media"))

    def _is_held(self) -> bool:
        """Whether a text, or what of the log cannot be read, holds the cursor."""
        cursor = self._cursor()
        return bool(cursor.get("attempts") or cursor.get("gap"))

    def _cursor(self) -> dict[str, Any]:
        return dict((self.store.load_state("1") or {}).get("cursor") or {})


@contextmanager
def drawn(seed: int) -> Iterator[None]:
    """Let the SIDs and signatures of the local Twilio be drawn from the seed too, and let the log have short pages."""
    rng = Random(-seed)
    with (
        patch("uuid.uuid4", lambda: uuid.UUID(int=rng.getrandbits(128), version=4)),
        patch("secrets.token_bytes", lambda: rng.getrandbits(256).to_bytes(32, "big")),
        patch("actions.on_poll.LOG_PAGE_SIZE", PAGE_ROWS),
    ):
        yield


def simulate(seed: int, share: float, texts: int = TEXTS_A_SIMULATION) -> tuple[Simulation, Counts]:
    """Play a seed, and judge it."""
    with drawn(seed):
        simulation = Simulation(seed, share, texts)
        simulation.run()
    judge(simulation)
    return simulation, simulation.counts


def judge(simulation: Simulation) -> None:
    """Hold the containers against what people wrote."""
    counts, store, where = simulation.counts, simulation.store, f"seed {simulation.seed}"
    containers = {container["id"]: container["data"]["sid"] for container in store.containers}
    ingested = Counter(containers.values())
    artifacts = Counter(
        (containers[artifact["container_id"]], artifact["source_data_identifier"]) for artifact in store.artifacts
    )
    files = Counter((containers[file["container_id"]], file["name"]) for file in store.files)
    held = Counter(sid for sid, _ in artifacts)
    reported = {sid for message in simulation.messages for sid in _GIVEN_UP.findall(message)}
    media_reported = {sid for message in simulation.messages for sid in _MEDIA_GIVEN_UP.findall(message)}
    behind = texts_lost_to_the_bad_row(simulation)
    if simulation._waits():
        counts.broke("stuck", f"{where}: {simulation.messages[-1]}")
    for text in simulation.written:
        sid, times = text.sid, ingested[text.sid]
        is_excused = sid in simulation.answers | simulation.bad | simulation.deleted | behind | reported
        counts.given_up += not times and sid not in simulation.answers
        if not times and not is_excused:
            counts.broke("lost", f"{where}: {sid} {text.body!r}")
        if times > 1:
            counts.broke("twice", f"{where}: {sid} {times} containers")
        if times and sid in simulation.answers:
            counts.broke("misjudged", f"{where}: {sid} {text.body!r}")
        if times and held[sid] < max(1, len(links(text.body))):
            counts.broke("incomplete", f"{where}: {sid} {held[sid]} artifacts")
        may_lack_media = sid in simulation.bad_media | simulation.deleted | media_reported | behind
        if times and simulation.saves_media and not may_lack_media:
            for media in text.media:
                name = next((name for of, name in files if of == sid and media.sid in name), None)
                if name is None or not artifacts[sid, f"{sid}-{media.sid}"]:
                    counts.broke("incomplete", f"{where}: {sid} lacks {media.sid} ({name})")
    for (sid, identifier), times in artifacts.items():
        if times > 1 and "-ME" in identifier and store.documented_only:
            counts.files_again += times - 1
        elif times > 1:
            counts.broke("twice", f"{where}: {sid} has the artifact {identifier} {times} times")
    for (sid, name), times in files.items():
        if times > 1:
            counts.broke("twice", f"{where}: {sid} has the file {name} {times} times")
    counts.texts, counts.answers, counts.ingested = len(simulation.written), len(simulation.answers), len(ingested)
    counts.files, counts.offered_again = len(files), len(store.duplicate_containers)


def texts_lost_to_the_bad_row(simulation: Simulation) -> set[str]:
    """The texts that no poll could read: those of its second, and those that came once all before them was given up."""
    if simulation.bad_row is None:
        return set()
    second = int(simulation.bad_row.created)
    return {
        text.sid
        for text in simulation.written
        if int(text.created) == second
        or any(text.created < until and text.listed_at >= began for until, began in simulation.rest_given_up)
    }


def chaos(texts: int, seed: int, share: float, on_progress: Callable[[int], object]) -> Counts:
    """Play as many seeds as so many texts need, and add up what they counted."""
    total = Counts()
    for number in range((texts + TEXTS_A_SIMULATION - 1) // TEXTS_A_SIMULATION):
        asked_for = min(TEXTS_A_SIMULATION, texts - number * TEXTS_A_SIMULATION)
        total.add(simulate(seed * 1_000_000 + number, share, asked_for)[1])
        on_progress(asked_for)
    return total


def played(simulation: Simulation) -> Iterator[str]:
    """Every call and result of a simulation in order."""
    for call in simulation.network.calls:
        yield f"{call.at:9.3f} {call.method} {call.path} {dict(call.params)}"
    yield from simulation.messages


def main() -> int:
    """Play what the command line asks for, and return the exit status."""
    return chaos_program(
        __doc__,
        unit="texts",
        default=3000,
        share=0.1,
        simulate=simulate,
        played=played,
        chaos=chaos,
    )


if __name__ == "__main__":
    run_program(main)
