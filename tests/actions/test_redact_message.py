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
"""The action "redact message"."""

from __future__ import annotations

import pytest

from sandbox.twilio import Fault, File, Message, Outcome
from tests.harness import E164, TEXT, Harness


def test_the_text_is_emptied_and_the_rest_stays(harness: Harness, message: Message) -> None:
    run = harness.run("redact message", {"message_sid": message.sid})
    assert (run.status, run.message) == ("success", f"The text of {message.sid} was emptied at Twilio")
    assert run.row == message.resource(harness.clock.time())
    assert (run.row["body"], run.row["to"], message.body) == ("", E164, "")
    (post,) = harness.requests("POST")
    assert (post.path.rpartition("/")[2], post.form) == (f"{message.sid}.json", {"Body": ""})


PICTURES = [File(b"one", "image/png"), File(b"two", "image/jpeg")]


def test_the_media_are_removed_too_and_it_says_how_many(harness: Harness) -> None:
    message = harness.twilio.receive(E164, harness.twilio.from_phone, TEXT, media=PICTURES)
    for removed in (2, 0):  # the second time, they are gone already
        run = harness.run("redact message", {"message_sid": message.sid})
        says = f"The text of {message.sid} was emptied at Twilio. Media files removed: {removed}"
        assert (run.status, run.message) == ("success", says)
        assert (message.body, message.media) == ("", [])


@pytest.mark.parametrize("fault", [Fault.RESET_AFTER, Fault.ERROR_503, Fault.HTML_502_AFTER])
def test_the_removal_of_a_file_is_repeated_since_it_does_no_harm(harness: Harness, fault: Fault) -> None:
    message = harness.twilio.receive(E164, harness.twilio.from_phone, TEXT, media=PICTURES)
    harness.fault(fault, "DELETE", 2)
    run = harness.run("redact message", {"message_sid": message.sid})
    assert (run.status, message.media) == ("success", [])


def test_media_that_cannot_be_removed_are_reported_and_the_text_is_emptied(harness: Harness) -> None:
    message = harness.twilio.receive(E164, harness.twilio.from_phone, TEXT, media=PICTURES)
    harness.fault(Fault.ERROR_503, "DELETE", 1000, skip=1)
    run = harness.run("redact message", {"message_sid": message.sid})
    assert (run.status, message.body, len(message.media)) == ("failed", "", 1)
    says = "was emptied at Twilio. Media files removed: 1. Not all of them could be removed, so run the action again: "
    assert says in run.message
    assert run.row["sid"] == message.sid


@pytest.mark.parametrize("fault", [Fault.RESET_AFTER, Fault.ERROR_500_AFTER, Fault.HTML_502_BEFORE, Fault.EMPTY_AFTER])
def test_what_went_wrong_is_repeated_since_it_does_no_harm(harness: Harness, message: Message, fault: Fault) -> None:
    harness.fault(fault, "POST", 2)
    assert harness.run("redact message", {"message_sid": message.sid}).status == "success"
    assert message.body == ""


def test_a_message_that_is_not_final_is_to_be_redacted_later(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("queued", 0.0)
    message = harness.twilio.add_message(E164, TEXT)
    run = harness.run("redact message", {"message_sid": message.sid})
    assert (run.status, run.result["data"], message.body) == ("failed", [], TEXT)
    assert '"code": 20009' in run.message
    assert run.message.endswith(
        "The message is still on its way, and Twilio changes or deletes it only after that. Try again later."
    )
    assert len(harness.requests("POST")) == 1


@pytest.mark.parametrize("fault", [Fault.RESET_BEFORE, Fault.HTML_403_BEFORE, Fault.HTML_403_AFTER])
def test_where_nobody_can_say_whether_it_was_done_the_message_says_so(
    harness: Harness, message: Message, fault: Fault
) -> None:
    harness.fault(fault, "POST", 1000)
    run = harness.run("redact message", {"message_sid": message.sid})
    assert run.status == "failed"
    assert "It cannot be known whether Twilio did it. It is safe to run this action again." in run.message
