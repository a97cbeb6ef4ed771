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
"""The action "get message"."""

from __future__ import annotations

import pytest

from sandbox.twilio import Fault, Outcome
from tests.harness import E164, TEXT, Harness


def test_the_data_is_the_message_as_twilio_shows_it(harness: Harness) -> None:
    message = harness.twilio.add_message(E164, TEXT, created=harness.clock.time() - 60.0)
    run = harness.run("get message", {"message_sid": message.sid})
    assert run.row == message.resource(harness.clock.time())
    assert run.summary == {"message_delivery_status": "delivered"}
    assert (run.status, run.message) == ("success", "Message delivery status: delivered")


def test_an_undelivered_message_was_read_all_the_same_and_says_why(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("undelivered", 0.0, 30003)
    message = harness.twilio.add_message(E164, TEXT)
    run = harness.run("get message", {"message_sid": message.sid})
    assert (run.status, run.summary["message_delivery_status"]) == ("success", "undelivered")
    assert run.message.startswith("Message delivery status: undelivered. Error code 30003: ")


def test_a_text_that_a_person_sent_is_read_too(harness: Harness) -> None:
    message = harness.twilio.receive(E164, harness.twilio.from_phone, "hello", media=["https://example.com/a.png"])
    run = harness.run("get message", {"message_sid": f" {message.sid} "})
    assert message.sid.startswith("MM")
    assert (run.row["body"], run.summary["message_delivery_status"]) == ("hello", "received")


@pytest.mark.parametrize("sid", ["", "SM123", "AC" + "0" * 32, "SM" + "0" * 32 + "/../Calls"])
def test_what_is_no_sid_of_a_message_is_never_asked_for(harness: Harness, sid: str) -> None:
    run = harness.run("get message", {"message_sid": sid}, checks_form=False)
    assert run.message.startswith("The parameter 'message_sid' is wrong: it is SM or MM and 32 hexadecimal digits")
    assert (run.status, harness.twilio.requests) == ("failed", [])


def test_a_message_that_the_account_does_not_have_fails(harness: Harness) -> None:
    sid = "SM" + "0" * 32
    run = harness.run("get message", {"message_sid": sid})
    assert (run.status, run.result["data"], run.summary) == ("failed", [], {})
    assert run.message.startswith('Error from server. Status Code: 404 Data from server: {"code": 20404')
    assert run.message.endswith(f"The account has no message {sid}. It may have been deleted; otherwise check the SID.")


def test_a_fault_costs_another_request_and_no_more(harness: Harness) -> None:
    message = harness.twilio.add_message(E164, TEXT)
    harness.fault(Fault.ERROR_503, "GET", 2)
    assert harness.run("get message", {"message_sid": message.sid}).status == "success"
    assert len(harness.twilio.requests) == 3


def test_each_parameter_set_ends_in_its_own_result(harness: Harness) -> None:
    message = harness.twilio.add_message(E164, TEXT)
    run = harness.run("get message", {"message_sid": "SM" + "0" * 32}, {"message_sid": message.sid})
    assert [result["status"] for result in run.results] == ["failed", "success"]
