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
"""The scenario that a saved input tells: messages that are there before, and people who reply."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.scenario import ScenarioError, scenario
from sandbox.twilio import FROM_PHONE, CallOutcome, LocalTwilio, Outcome


PERSON = "+15101112345"
SID = "SM" + "7" * 32


def test_a_message_of_the_account_was_sent_before_the_run() -> None:
    twilio = LocalTwilio(clock=lambda: 10_000.0)
    with scenario(twilio, {"messages": [{"sid": SID, "to": PERSON, "body": "Page", "minutes_ago": 2}]}):
        (message,) = twilio.messages
    assert (message.sid, message.from_, message.to, message.body) == (SID, FROM_PHONE, PERSON, "Page")
    assert (message.created, message.status(10_000.0)) == (10_000.0 - 120.0, "delivered")


@pytest.mark.parametrize(
    ("stands", "status", "error_code"),
    [
        ({"status": "undelivered", "error_code": 30003}, "undelivered", 30003),
        ({"error_code": 30005}, "undelivered", 30005),
        ({"status": "failed"}, "failed", None),
        ({"status": "read"}, "read", None),
        ({"status": "sent"}, "sent", None),
        ({"status": "queued"}, "queued", None),
    ],
)
def test_a_message_of_the_account_stands_as_the_scenario_says(
    stands: dict[str, Any], status: str, error_code: int | None
) -> None:
    twilio = LocalTwilio(clock=lambda: 10_000.0)
    with scenario(twilio, {"messages": [{"to": PERSON, "body": "Page", **stands}]}):
        (message,) = twilio.messages
    shown = message.resource(10_000.0)
    assert (shown["status"], shown["error_code"]) == (status, error_code)


def test_a_message_from_a_person_was_received() -> None:
    twilio = LocalTwilio(clock=lambda: 10_000.0)
    with scenario(twilio, {"messages": [{"from": PERSON, "to": FROM_PHONE, "body": "yes"}]}):
        (message,) = twilio.messages
    assert (message.is_inbound, message.person, message.status(10_000.0)) == (True, PERSON, "received")


def test_a_person_replies_once_to_the_first_text_that_arrives() -> None:
    twilio = LocalTwilio(clock=lambda: 10_000.0, outcome=Outcome("delivered", 1.0))
    with scenario(twilio, {"replies": {PERSON: "yes"}}):
        twilio.receive(PERSON, FROM_PHONE, "Who is there?")
        for text in ("Isolate?", "Thank you"):
            twilio.add_message(PERSON, text)
    replies = [message for message in twilio.messages if message.is_inbound and message.created > 10_000.0]
    assert [(reply.from_, reply.to, reply.body) for reply in replies] == [(PERSON, FROM_PHONE, "yes")]
    assert replies[0].created > 10_001.0 + 2.0  # a word counts from two whole seconds after the question on


def test_who_is_not_reached_in_the_run_does_not_reply() -> None:
    twilio = LocalTwilio()
    twilio.outcomes[PERSON] = Outcome("undelivered", 1.0)
    with scenario(twilio, {"replies": {PERSON: "yes"}}):
        twilio.add_message(PERSON, "Isolate?")
    del twilio.outcomes[PERSON]
    twilio.add_message(PERSON, "Of another run")
    assert [message.body for message in twilio.messages] == ["Isolate?", "Of another run"]


def test_a_person_who_is_called_does_what_the_scenario_says() -> None:
    twilio = LocalTwilio()
    with scenario(twilio, {"calls": {PERSON: {"status": "busy", "after_s": 2.0}}}):
        assert twilio.call_log.outcomes == {PERSON: CallOutcome("busy", 2.0)}


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (3, "local_twilio is 3, not an object"),
        ({"mesages": []}, "local_twilio has 'mesages'; it knows messages, replies, calls alone"),
        ({"messages": {}}, "'messages' of local_twilio is {}, not a list"),
        ({"messages": ["x"]}, 'message 1 of local_twilio is "x", not an object'),
        ({"messages": [{"to": PERSON}]}, "message 1 of local_twilio has no 'body'"),
        ({"messages": [{"to": PERSON, "body": "x", "sidd": SID}]}, "message 1 of local_twilio has 'sidd'"),
        ({"messages": [{"to": PERSON, "body": 1}]}, "'body' of message 1 of local_twilio is 1, not a text"),
        (
            {"messages": [{"to": PERSON, "body": "x", "status": "lost"}]},
            "'status' of message 1 of local_twilio is",
        ),
        (
            {"messages": [{"to": PERSON, "body": "x", "status": "sent", "error_code": 30003}]},
            "message 1 of local_twilio is sent, and has no error_code",
        ),
        (
            {"messages": [{"from": PERSON, "to": FROM_PHONE, "body": "x", "status": "sent"}]},
            "message 1 of local_twilio came from a person: it is received",
        ),
        ({"replies": 3}, "'replies' of local_twilio is 3, not an object"),
        ({"replies": {PERSON: 1}}, f"'{PERSON}' of replies of local_twilio is 1, not a text"),
        ({"calls": {PERSON: {"keyz": "1"}}}, f"the call to {PERSON} of local_twilio has 'keyz'"),
        ({"calls": {PERSON: {"after_s": "x"}}}, f"""'after_s' of the call to {PERSON} of local_twilio is "x", not a"""),
        ({"calls": {PERSON: {"after_s": True}}}, "is true, not a number"),
        ({"calls": {PERSON: {"status": "asleep"}}}, "the outcome of a call is one of"),
    ],
)
def test_what_cannot_be_understood_is_named(spec: Any, says: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(says)), scenario(LocalTwilio(), spec):
        pass
