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
"""A quick version of chaos for messages, and proof that its judge notices what is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from typing import Any

import pytest

from actions import send_message
from actions.action import Report
from actions.run_loop import RunLoop
from benchmarks.chaos_messages import Counts, Judge, Simulation, chaos, simulate
from sandbox.memory_transport import REFUSED, MemoryRequest, Trouble
from sandbox.twilio import Outcome
from twilio_api import creation, errors, message_log, outage
from twilio_api.client import TwilioClient
from twilio_api.creation import creation_window
from twilio_api.delivery import Deliveries
from twilio_api.errors import NotSent
from twilio_api.messages import Draft
from twilio_api.outage import Outage
from twilio_consts import DELIVERY_BUDGET_S


Patch = pytest.MonkeyPatch
TO, OTHER = "+15101110001", "+15101110002"


def test_no_promise_is_broken() -> None:
    counts = chaos(60, 2, 0.3, lambda done: None)
    assert counts.wrong == []
    assert min(counts.delivered, counts.undelivered, counts.unconfirmed, counts.unknown, counts.troubles) > 0


def test_what_the_log_shows_once_a_search_is_over_is_not_held_against_the_app() -> None:
    simulation = Simulation(4, 0.0)  # in which nobody ends the run, and clocks are right
    simulation.parameters = [{"to_phone": to, "message": f"Page {to}"} for to in (OTHER, TO)]
    simulation.parameters.append({"to_phone": TO, "message": "Another page"})
    # The polls of the first one show that Twilio is well
    simulation.twilio.outcomes.update({OTHER: Outcome("sent", 0.0), TO: Outcome("delivered", 1.0)})

    def trouble(request: MemoryRequest) -> Trouble | None:
        created = [call for call in simulation.network.calls if call.is_create and call.form["To"] == TO]
        if request.is_create:
            return Trouble(lost=True) if created and created[-1] is request else None
        return REFUSED if "To" in request.params and len(created) < 2 else None

    simulation.network.trouble = trouble
    simulation.run()
    Judge(simulation, counts := Counts()).judge()
    assert [result["summary"]["outcome"] for result in simulation.results] == ["unconfirmed", "unknown", "delivered"]
    assert counts.wrong == []


# --- an app that is broken on purpose


def _repeat_whatever_befell_it(patch: Patch) -> None:
    patch.setattr(creation, "_is_unprocessed", lambda error: True)


def _say_that_nothing_was_sent(patch: Patch) -> None:
    patch.setattr(creation, "OutcomeUnknown", lambda error, **details: NotSent(error))


def _adopt_any(patch: Patch) -> None:
    patch.setattr(Draft, "matches", lambda draft, row: row.get("to") == draft.recipient)


def _widen_the_window(patch: Patch, **changes: float) -> None:
    patch.setattr(message_log, "creation_window", lambda *args: creation_window(*args)._replace(**changes))


def _adopt_what_was_before(patch: Patch) -> None:
    _widen_the_window(patch, earliest=0.0, surely_since=0.0)


def _adopt_what_came_after(patch: Patch) -> None:
    _widen_the_window(patch, latest=math.inf)


def _trust_a_gateway(patch: Patch) -> None:
    patch.setattr(errors, "_is_twilios", lambda status, json: isinstance(json.get("code"), int))


def _know_of_one_clock(patch: Patch) -> None:
    patch.setattr(creation, "_TWO_CLOCKS_S", 0.0)


def _trust_the_local_clock(patch: Patch) -> None:
    patch.setattr(TwilioClient, "server_times", lambda twilio, at: (twilio.time() - twilio.now + at,) * 2)


def _count_reads(patch: Patch) -> None:
    outage = TwilioClient.outage
    patch.setattr(TwilioClient, "outage", lambda twilio, url, of_creates=False: outage(twilio, url))


def _forget_what_was_found(patch: Patch) -> None:
    search = creation._search

    async def forgetful(client: TwilioClient, *args: Any) -> Any:
        other = copy(client)
        vars(other)["outage"] = lambda url, of_creates=False: Outage("") if of_creates else client.outage(url)
        return await search(other, *args)

    patch.setattr(creation, "_search", forgetful)


def _trust_the_time_that_passed(patch: Patch) -> None:
    patch.setattr(outage, "REQUEST_DEADLINE_S", math.inf)


def _follow_no_queue(patch: Patch) -> None:
    patch.setattr(Deliveries, "_end_at", lambda deliveries, delivery: delivery.accepted_at + DELIVERY_BUDGET_S)


def _end_with_the_platform(patch: Patch) -> None:
    patch.setattr(TwilioClient, "ask_cancelled", lambda twilio: twilio.asks_cancelled())


def _send_although_cancelled(patch: Patch) -> None:
    patch.setattr(TwilioClient, "ask_cancelled", lambda twilio: False)


def _leave_calls_behind(patch: Patch) -> None:
    patch.setattr(RunLoop, "close", lambda loop: None)


def _call_all_delivered(patch: Patch) -> None:
    patch.setattr(send_message, "delivery_report", lambda delivery: Report(True, "delivered", "delivered"))


# Each with the promise that it breaks, and a seed in which that shows
BREAKAGES: dict[Callable[[Patch], None], tuple[str, int]] = {
    _repeat_whatever_befell_it: ("doubled", 52),
    _say_that_nothing_was_sent: ("misreported", 0),
    _adopt_any: ("misreported", 12),
    _adopt_what_was_before: ("misreported", 6),
    _adopt_what_came_after: ("misreported", 9),
    _trust_a_gateway: ("misreported", 5),
    _know_of_one_clock: ("unfound", 10),
    _trust_the_local_clock: ("unfound", 51),
    _count_reads: ("unpaged", 8),
    _forget_what_was_found: ("unpaged", 199),
    _trust_the_time_that_passed: ("unpaged", 3),
    _end_with_the_platform: ("unpaged", 3),
    _follow_no_queue: ("unfollowed", 6),
    _send_although_cancelled: ("afterwards", 52),
    _leave_calls_behind: ("afterwards", 26),
    _call_all_delivered: ("misreported", 0),
}


@pytest.mark.development
@pytest.mark.parametrize("break_app", BREAKAGES, ids=lambda breakage: breakage.__name__.strip("_"))
def test_the_judge_notices_an_app_that_is_broken_on_purpose(
    breaking: pytest.MonkeyPatch, break_app: Callable[[Patch], None]
) -> None:
    promise, seed = BREAKAGES[break_app]
    break_app(breaking)
    assert any(getattr(simulate(number, 0.5)[1], promise) for number in range(seed, seed + 40))
