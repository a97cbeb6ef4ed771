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
"""The escalation playbook at work: docs/escalation_playbook.py on the local SOAR and the local Twilio, in no time.

`play` lets the people on call behave in a certain way, and returns the steps that the playbook took. `BRANCHES` are
ways to behave that together take every path through it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sandbox.assets import local_asset
from sandbox.memory_transport import BASE_URL, Network
from sandbox.soar import APP_DIR, run_action
from sandbox.soar.playbook import LocalPlaybook
from sandbox.twilio import CallOutcome, Fault, LocalTwilio, Outcome
from sandbox.virtual_time import VirtualClock
from twilio_connector import TwilioConnector


PLAYBOOK = APP_DIR / "docs" / "escalation_playbook.py"
PEOPLE = ("+15101110001", "+15101110002")  # of the playbook
REPLIES_AFTER_S = 40.0


@dataclass(frozen=True)
class Person:
    """How somebody on call behaves: what they reply to a text, and what they do when the phone rings.

    `text` is what becomes of the text to them. `has_opted_out`: they once texted STOP, so Twilio refuses to write to
    them. `lost_call`: the request that starts the call gets lost on its way, and nobody can say whether Twilio took it.
    """

    reply: str = ""
    call: CallOutcome = CallOutcome("no-answer")  # noqa: RUF009 a frozen value
    text: Outcome = Outcome("delivered", 1.0)  # noqa: RUF009 a frozen value
    has_opted_out: bool = False
    lost_call: bool = False


class Step(NamedTuple):
    """A step of the playbook: an action, on which person (0 is the first), and what came of it in a word."""

    action: str
    person: int
    outcome: str


@dataclass(frozen=True)
class Trace:
    """What a playbook did: its steps, what it said at the end, and how long it took (seconds)."""

    steps: tuple[Step, ...]
    lines: tuple[str, ...]
    seconds: float


NOBODY = Person()
PRESSES_1 = CallOutcome(keys="1", key_after_s=5.0)
BRANCHES: Mapping[str, Sequence[Person]] = {
    "the first person takes it by text": [Person("yes"), NOBODY],
    "the first person cannot, the second takes it by text": [Person("no"), Person("yes")],
    "the first person sleeps until the phone rings": [Person(call=PRESSES_1), NOBODY],
    "the first person's voicemail answers": [Person(call=CallOutcome(answered_by="machine_start")), Person("yes")],
    "the first person declines, the second sleeps until the phone rings": [
        Person(call=CallOutcome("busy")),
        Person(call=PRESSES_1),
    ],
    "a text does not arrive, so the phone rings at once": [
        Person(text=Outcome("undelivered", 2.0, 30003), call=PRESSES_1),
        NOBODY,
    ],
    "a text is refused, so the phone rings at once": [Person(has_opted_out=True, call=PRESSES_1), NOBODY],
    "nobody knows whether the first person's phone rang": [Person(lost_call=True), Person("yes")],
    "the second person cannot either": [Person("no"), Person("no")],
    "nobody can be reached": [NOBODY, NOBODY],
}


def play(people: Sequence[Person]) -> Trace:
    """Run the playbook while the people on call behave like this."""
    clock = VirtualClock()
    twilio = LocalTwilio(clock=clock.time, sleep=clock.advance)
    network = Network(twilio, clock)
    for number, person in zip(PEOPLE, people):
        twilio.outcomes[number] = person.text
        twilio.call_log.outcomes[number] = person.call
        if person.has_opted_out:
            twilio.unsubscribed.add(number)
    playbook = LocalPlaybook(lambda action, parameters: _run(network, people, action, parameters))
    playbook.play(PLAYBOOK.read_text(encoding="utf-8"))
    steps = tuple(_step(run.action, run.result["result_data"][0]) for run in playbook.runs)
    return Trace(steps, tuple(playbook.lines), clock.monotonic())


def _run(
    network: Network,
    people: Sequence[Person],
    action: str,
    parameters: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    number = parameters[0]["to_phone"]
    person = people[PEOPLE.index(number)]
    twilio = network.twilio
    app = network.prepare(TwilioConnector(), random.Random(0))
    if action == "call phone" and person.lost_call:
        twilio.faults.add(Fault.RESET_BEFORE, method="POST", path="/Executions")

    def reply(line: str, is_kept: bool) -> None:
        if person.reply and line.startswith("Twilio accepted the message"):
            question = next(message for message in reversed(twilio.messages) if message.to == number)
            (code,) = re.findall(rf"([0-9]+) for {person.reply}\b", question.body)
            twilio.receive(number, twilio.from_phone, code, created=twilio.clock() + REPLIES_AFTER_S)

    asset = {**local_asset(twilio), "base_url": BASE_URL}
    return run_action(action, asset, parameters, connector=app, progress=reply)


def _step(action: str, result: Mapping[str, Any]) -> Step:
    summary = result["summary"]
    outcome = summary["response"] if summary["outcome"] == "answered" else summary["outcome"]
    return Step(action, PEOPLE.index(result["parameter"]["to_phone"]), outcome)
