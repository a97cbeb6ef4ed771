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
"""How long a call is followed."""

from __future__ import annotations

from typing import Any

import pytest

from actions.calling import PlacedCall, _cancellation
from phantom.action_result import ActionResult
from twilio_api.calls import Call, CallDraft
from twilio_api.executions import Execution


DRAFT = CallDraft("+15101112345", "+15101281337", "Disk full", "en-US", 30)
SID = "CA" + "0" * 32
ACCEPTED_AT = 1000.0


def call(status: str) -> Call:
    return Call(SID, {"status": status})


def placed(value: Call | Execution) -> PlacedCall:
    return PlacedCall(value, DRAFT, ActionResult({}), started_at=ACCEPTED_AT - 1.0, accepted_at=ACCEPTED_AT)


def execution(of: Call | None) -> Execution:
    resource: dict[str, Any] = {"status": "active"}
    return Execution("FN" + "0" * 32, "https://x", DRAFT, ACCEPTED_AT, resource, call=of)


@pytest.mark.parametrize("value", [call("queued"), execution(None)], ids=["call", "execution"])
def test_one_that_was_never_read_is_followed_for_three_minutes_and_its_ringing(value: Call | Execution) -> None:
    assert placed(value).end_at == ACCEPTED_AT + 180.0 + 30.0


@pytest.mark.parametrize("status", ["ringing", "in-progress"])
def test_the_time_counts_from_when_it_left_the_queue(status: str) -> None:
    it = placed(call("queued"))
    it.note(call("queued"), ACCEPTED_AT + 100.0)
    it.note(call(status), ACCEPTED_AT + 102.0)
    assert it.end_at == ACCEPTED_AT + 102.0 + 210.0


def test_the_time_does_not_begin_again() -> None:
    it = placed(call("queued"))
    it.note(call("ringing"), ACCEPTED_AT + 1.0)
    it.note(call("in-progress"), ACCEPTED_AT + 20.0)
    assert it.end_at == ACCEPTED_AT + 1.0 + 210.0


def test_no_call_is_followed_for_more_than_half_an_hour() -> None:
    it = placed(call("queued"))
    for minute in range(1, 40):
        it.note(call("queued"), ACCEPTED_AT + minute * 60.0)
    assert it.end_at == ACCEPTED_AT + 1800.0


def test_the_call_of_an_execution_counts_once_it_is_known() -> None:
    it = placed(execution(None))
    it.note(execution(None), ACCEPTED_AT + 50.0)
    assert it.end_at == ACCEPTED_AT + 210.0
    it.note(execution(call("queued")), ACCEPTED_AT + 60.0)
    assert it.end_at == ACCEPTED_AT + 60.0 + 210.0
    it.note(execution(call("ringing")), ACCEPTED_AT + 70.0)
    it.note(execution(call("ringing")), ACCEPTED_AT + 90.0)
    assert it.end_at == ACCEPTED_AT + 70.0 + 210.0


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("canceled", "The action was cancelled, and the call with it."),
        ("completed", "The action was cancelled, and the call with it."),
        ("no-answer", "The action was cancelled."),
        ("busy", "The action was cancelled."),
    ],
)
def test_a_flow_whose_call_had_ended_by_itself_did_not_end_with_the_action(status: str, says: str) -> None:
    it = placed(execution(call(status))._replace(resource={"status": "ended"}))
    assert _cancellation(it) == says


def test_nothing_is_said_of_the_end_of_a_call_that_twilio_did_not_show() -> None:
    it = placed(execution(None)._replace(resource={"status": "ended"}))
    assert _cancellation(it) == "The action was cancelled, and the flow with it; no call of it was found."
