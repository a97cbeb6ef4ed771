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
"""Everyone at once: many recipients in one run."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sandbox.memory_transport import Trouble
from sandbox.twilio import SERVICE_SID, Fault, Outcome
from tests.harness import E164, TO, CutShort, Harness, people
from twilio_connector import TwilioConnector


@pytest.fixture
def slow_harness() -> Harness:
    """A harness whose local Twilio takes 150 ms for each call."""
    return Harness(latency_s=0.15, outcome=Outcome("delivered", 3.0))


class CountsSent(TwilioConnector):
    """Notes in `sent`, after each parameter set, how many messages there are."""

    def __init__(self, harness: Harness) -> None:
        super().__init__()
        self.sent: list[int] = []
        self._harness = harness

    def handle_action(self, param: dict[str, Any]) -> bool:
        returned = super().handle_action(param)
        self.sent.append(len(self._harness.twilio.messages))
        return returned


# --- side by side


def test_the_first_message_is_sent_before_handle_action_returns(harness: Harness) -> None:
    app = CountsSent(harness)
    harness.send_all(people(3), connector=app)
    assert app.sent[0] == 1


def test_a_first_parameter_set_that_is_wrong_does_not_make_the_second_wait(harness: Harness) -> None:
    app = CountsSent(harness)
    harness.send_all(["12", TO], connector=app)
    assert app.sent == [0, 1]


def test_at_most_eight_connections_are_open(slow_harness: Harness) -> None:
    run = slow_harness.send_all(people(40))
    assert Counter(run.outcomes) == {"delivered": 40}
    assert len({request.connection for request in slow_harness.twilio.requests}) <= 8


def test_200_recipients_cost_200_create_calls_and_at_most_60_reads(slow_harness: Harness) -> None:
    run = slow_harness.send_all(people(200))
    assert Counter(run.outcomes) == {"delivered": 200}
    assert len(slow_harness.requests("POST")) == 200
    assert len(slow_harness.requests("GET")) <= 60


def test_messages_that_the_log_hides_are_read_by_their_sid_at_most_25_times_each(harness: Harness) -> None:
    harness.twilio.log_lag_s = 1e9
    for to in people(6)[:2]:
        harness.twilio.outcomes[to] = Outcome("sent", 0.5)
    run = harness.send_all(people(6))
    assert Counter(run.outcomes) == {"delivered": 4, "unconfirmed": 2}
    reads = Counter(request.path for request in harness.requests("GET") if not request.path.endswith("Messages.json"))
    assert max(reads.values()) <= 25


def test_without_the_permission_to_list_many_messages_are_followed_one_by_one(harness: Harness) -> None:
    harness.use_key("twilio/messaging/messages/create", "twilio/messaging/messages/read")
    assert Counter(harness.send_all(people(5)).outcomes) == {"delivered": 5}


@pytest.mark.parametrize("spellings", [[TO], [TO, f"rcs:{E164}"], ["whatsapp:+525512345678", "+5215512345678"]])
def test_equal_texts_to_one_person_never_go_out_at_the_same_time(slow_harness: Harness, spellings: list[str]) -> None:
    slow_harness.send_all([spelling for spelling in spellings for _ in range(3)], from_phone=SERVICE_SID)
    times = sorted(request.time for request in slow_harness.requests("POST"))
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    assert min(gaps) >= 0.149


def test_a_twilio_that_takes_two_calls_at_a_time_gets_every_message(slow_harness: Harness) -> None:
    slow_harness.twilio.throttle.max_concurrent = 2
    run = slow_harness.send_all(people(20))
    assert Counter(run.outcomes) == {"delivered": 20}
    assert len(slow_harness.twilio.messages) == 20
    assert sum(request.is_throttled for request in slow_harness.twilio.requests) < 40  # since it is asked for less


def test_after_an_outage_messages_go_out_side_by_side_again(slow_harness: Harness) -> None:
    slow_harness.refuse_connections(3.0)
    run = slow_harness.send_all(people(60))
    assert Counter(run.outcomes) == {"delivered": 60}
    assert run.seconds < 13.0


# --- what a result says at any moment


def test_a_run_that_is_cut_short_never_says_more_than_what_is(slow_harness: Harness) -> None:
    run = slow_harness.send_all(people(30), connector=CutShort())
    sent = {message.sid for message in slow_harness.twilio.messages}
    assert Counter(run.outcomes)["unconfirmed"] >= 1
    assert Counter(run.outcomes)["delivered"] == 0
    for result in run.results:
        claimed = {row["sid"] for row in result["data"]}
        assert claimed <= sent
        assert (result["summary"]["outcome"] == "unconfirmed") == bool(claimed)


def test_a_cancelled_run_reports_what_was_not_begun_and_keeps_every_sid(slow_harness: Harness) -> None:
    slow_harness.twilio.log.outcome = Outcome("sent", 0.5)
    run = slow_harness.send_all(people(100), watch=lambda app, line: app.cancel() if " sent, " in line else None)
    counted = Counter(run.outcomes)
    assert counted["not_sent"] > 0
    assert counted["unconfirmed"] == len(slow_harness.twilio.messages)
    assert {row["sid"] for result in run.results for row in result["data"]} == {
        message.sid for message in slow_harness.twilio.messages
    }
    assert "cancelled" in next(r["message"] for r in run.results if r["summary"]["outcome"] == "not_sent")


def test_one_bad_recipient_among_many_never_stops_the_others(harness: Harness) -> None:
    harness.fault(Fault.RESET_BEFORE, skip=3)
    run = harness.send_all([*people(10), "nobody", "+15005550001"])
    assert Counter(run.outcomes) == {"delivered": 9, "unknown": 1, "not_sent": 2}


# --- progress


def test_progress_of_many_is_shown_by_counts_and_not_by_recipient(slow_harness: Harness) -> None:
    lines = slow_harness.send_all(people(40)).lines
    counts = [line for line in lines if line.startswith("40 messages: ")]
    assert counts[-1] == "40 messages: 40 sent, 40 delivered, 0 failed, 0 waiting"
    assert len(lines) <= 12


def test_progress_of_many_counts_a_recipient_who_was_refused(harness: Harness) -> None:
    run = harness.send_all(["nobody", *people(3), "06 12 34 56 78"])
    assert run.lines[-1] == "5 messages: 3 sent, 3 delivered, 2 failed, 0 waiting"


def test_progress_of_many_counts_nobody_before_all_are_known(slow_harness: Harness) -> None:
    slow_harness.network.trouble = lambda request: Trouble(connect_s=3.0)
    run = slow_harness.send_all(["nobody", *people(2)])
    assert {line.split(":")[0] for line in run.lines if " messages: " in line} == {"3 messages"}


def test_progress_comes_from_the_thread_that_runs_the_action(harness: Harness) -> None:
    app = TwilioConnector()
    harness.send_all(people(20), connector=app)
    assert app.progress_threads == {app.run_thread}


def test_the_progress_of_a_single_message_is_shown_step_by_step(harness: Harness) -> None:
    run = harness.send()
    sid = harness.twilio.messages[0].sid
    assert run.progress == [
        f"Sending 1 segment (GSM-7) to {E164}",
        f"Twilio accepted the message to {E164} as {sid}",
        f"{E164}: Message delivery status: delivered",
    ]
