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
"""The action "delete message"."""

from __future__ import annotations

import pytest

from sandbox.memory_transport import REFUSED, Trouble
from sandbox.twilio import Fault, Message, Outcome
from tests.harness import E164, TEXT, Harness


def test_the_message_is_removed(harness: Harness, message: Message) -> None:
    run = harness.run("delete message", {"message_sid": message.sid})
    assert (run.status, run.message) == ("success", f"{message.sid} was deleted at Twilio")
    assert (run.result["data"], run.summary, harness.twilio.messages) == ([], {}, [])
    assert [request.method for request in harness.twilio.requests] == ["DELETE"]


@pytest.mark.parametrize(
    "fault", [Fault.RESET_AFTER, Fault.ERROR_500_AFTER, Fault.HTML_502_AFTER, Fault.HTML_200_AFTER, Fault.HANG_AFTER]
)
def test_a_message_that_is_gone_after_an_unclear_failure_was_removed(
    harness: Harness, message: Message, fault: Fault
) -> None:
    harness.fault(fault, "DELETE")
    run = harness.run("delete message", {"message_sid": message.sid})
    assert (run.status, harness.twilio.messages) == ("success", [])


@pytest.mark.parametrize("fault", [Fault.RESET_BEFORE, Fault.ERROR_503, Fault.TOO_MANY])
def test_a_call_that_was_not_processed_is_repeated(harness: Harness, message: Message, fault: Fault) -> None:
    harness.fault(fault, "DELETE")
    assert harness.run("delete message", {"message_sid": message.sid}).status == "success"
    assert harness.twilio.messages == []


@pytest.mark.parametrize("turned_away", [0, 1])
def test_a_message_that_was_never_there_was_not_removed(harness: Harness, turned_away: int) -> None:
    harness.fault(Fault.TOO_MANY, "DELETE", turned_away)
    run = harness.run("delete message", {"message_sid": "SM" + "0" * 32})
    assert run.status == "failed"
    assert "The account has no message SM000" in run.message


def test_a_message_that_is_not_final_is_to_be_deleted_later(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("queued", 0.0)
    message = harness.twilio.add_message(E164, TEXT)
    run = harness.run("delete message", {"message_sid": message.sid})
    assert (run.status, harness.twilio.messages) == ("failed", [message])
    assert run.message.endswith(
        "The message is still on its way, and Twilio changes or deletes it only after that. Try again later."
    )


@pytest.mark.parametrize("fault", [Fault.HANG_BEFORE, Fault.HTML_403_BEFORE])
def test_a_deletion_without_a_response_of_twilios_is_not_called_done(
    harness: Harness, message: Message, fault: Fault
) -> None:
    harness.fault(fault, "DELETE", 1000)
    run = harness.run("delete message", {"message_sid": message.sid})
    assert (run.status, harness.twilio.messages) == ("failed", [message])
    assert "It cannot be known whether Twilio did it." in run.message


@pytest.mark.parametrize("action", ["delete message", "redact message"])
def test_a_call_that_a_cancelled_run_gave_up_may_have_done_it(harness: Harness, message: Message, action: str) -> None:
    harness.network.trouble = lambda request: Trouble(response_s=9.0)
    run = harness.run(action, {"message_sid": message.sid}, cancelled_after_s=2.0)
    assert run.status == "failed"
    assert message.body == "" or harness.twilio.messages == []
    assert run.message == (
        "The action was cancelled. It cannot be known whether Twilio did it. It is safe to run this action again."
    )


def test_json_that_does_not_say_that_it_was_deleted_is_called_so(harness: Harness) -> None:
    harness.respond(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    run = harness.run("delete message", {"message_sid": "SM" + "1" * 32})
    assert run.message.startswith("Status Code: 200. The response is not that to a deletion.")


def test_a_lost_deletion_is_not_forgotten_where_no_connection_stands_afterwards(
    harness: Harness, message: Message
) -> None:
    calls = iter([Trouble(lost=True)])
    harness.network.trouble = lambda request: next(calls, REFUSED)
    run = harness.run("delete message", {"message_sid": message.sid})
    assert (run.status, harness.twilio.messages) == ("failed", [])
    assert run.message.endswith(
        "the connection was refused. It cannot be known whether Twilio did it. It is safe to run this action again."
    )
