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
"""Random trouble for a simulation: what befalls each call of a run, drawn from a seed.

One injector for all chaos programs. A call meets trouble on its way (no connection, a lost or late response) or at the
local Twilio (every Fault), by chance; now and then a whole kind of call fails for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from uuid import UUID

from sandbox.memory_transport import MemoryRequest, Network, Trouble
from sandbox.twilio import Fault, RecordedRequest


_REFUSALS = ("the connection was refused", "timed out while connecting", "its name cannot be resolved")
_ON_THE_WAY: tuple[Callable[[Random], Trouble], ...] = (
    lambda rng: Trouble(connect_s=rng.choice((0.0, 0.5, 4.0)), refusal=rng.choice(_REFUSALS)),
    lambda rng: Trouble(lost_before=True),
    lambda rng: Trouble(lost=True),
    lambda rng: Trouble(response_s=rng.uniform(1.0, 9.0)),
    lambda rng: Trouble(connect_s=rng.uniform(0.5, 3.0)),
)
_LOST = (Trouble(refusal="the connection was refused"), Trouble(lost=True), Trouble(lost_before=True))
LOST_OR_REPLACED = (
    *_LOST,
    Trouble(response_s=11.0),  # later than anybody waits
    Trouble(fault=Fault.ERROR_503),
    Trouble(fault=Fault.HTML_403_BEFORE),
    Trouble(fault=Fault.JSON_403_AFTER),
)


class SeededDraws:
    """In the place of `secrets` and `uuid`, so that the same seed draws the same codes and SIDs."""

    def __init__(self, rng: Random) -> None:
        self.choice = rng.choice
        self.randbelow = rng.randrange
        self.token_hex = lambda size: f"{rng.getrandbits(8 * size):0{2 * size}x}"
        self.uuid4 = lambda: UUID(int=rng.getrandbits(128))


@dataclass(frozen=True)
class Outage:
    """A time, in seconds of the clock, in which calls of one kind all meet the same trouble."""

    begins_at: float
    ends_at: float
    concerns: Callable[[MemoryRequest], bool]
    trouble: Trouble

    def befalls(self, request: MemoryRequest) -> bool:
        """Whether a call meets it."""
        return self.begins_at <= request.at < self.ends_at and self.concerns(request)


KINDS: dict[str, Callable[[MemoryRequest], bool]] = {
    "everything": lambda request: True,
    "create calls": lambda request: request.is_create,
    "reads": lambda request: not request.is_create,
    "the message list": lambda request: request.method == "GET" and request.path.endswith("/Messages.json"),
}


class RandomTrouble:
    """Trouble for the calls over a network: on a share of them, and `outages`, each of calls of one kind.

    `of_a_kind` is what may befall those.
    """

    def __init__(
        self,
        network: Network,
        rng: Random,
        share: float,
        kinds: Mapping[str, Callable[[MemoryRequest], bool]] = KINDS,
        of_a_kind: Sequence[Trouble] = _LOST,
    ) -> None:
        self.met = 0  # calls that met trouble
        self.outages: list[Outage] = []
        self._network = network
        self._rng = rng
        self._share = share
        self._kinds = kinds
        self._of_a_kind = of_a_kind
        network.trouble = self._on_the_way
        network.twilio.faults.choose = self._at_twilio
        if rng.random() < share:
            self.begin_outage(rng.uniform(0.0, 20.0))

    def begin_outage(self, after_s: float = 0.0) -> None:
        """Let all calls of some kind fail for a while, from so many seconds on."""
        rng, begins_at = self._rng, self._network.clock.monotonic() + after_s
        trouble = rng.choice(self._of_a_kind)
        length = rng.choice((3.0, 12.0, 40.0, 200.0))
        self.outages.append(Outage(begins_at, begins_at + length, self._kinds[rng.choice(list(self._kinds))], trouble))

    def _on_the_way(self, request: MemoryRequest) -> Trouble | None:
        trouble = next((outage.trouble for outage in self.outages if outage.befalls(request)), None)
        if trouble is None and self._rng.random() < self._share / 2:
            trouble = self._rng.choice(_ON_THE_WAY)(self._rng)
        self.met += trouble is not None
        return trouble

    def _at_twilio(self, request: RecordedRequest) -> Fault | None:
        if self._rng.random() >= self._share / 2:
            return None
        self.met += 1
        return self._rng.choice(list(Fault))
