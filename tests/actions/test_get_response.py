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
"""The action "get response": the answer to a question, read from Twilio's log and from nothing else."""

from __future__ import annotations

import pytest

from sandbox.twilio import Outcome, RecordedRequest
from tests.actions.asking import ask, code_for, get, questions, reply
from tests.harness import E164, Harness


def asked(harness: Harness) -> str:
    """Ask without waiting; return the question's SID."""
    return str(ask(harness, timeout=0).result["summary"]["question_id"])


@pytest.mark.parametrize("with_code", [True, False])
def test_an_answer_that_came_later_is_fetched(harness: Harness, with_code: bool) -> None:
    question_id = asked(harness)
    reply(harness, code_for(questions(harness)[0], "no") if with_code else "No", after_s=60.0)
    harness.clock.advance(70.0)
    run = get(harness, question_id)
    assert run.message == f"Response received: True, Question id: {question_id}, Response: no"
    assert run.outcome == "answered"
    assert run.summary["answered_with"] == ("code" if with_code else "word")
    assert run.summary["seconds_to_answer"] == 60
    assert run.row["response_message"]["direction"] == "inbound"


def test_an_answer_that_is_not_there_yet_fails(harness: Harness) -> None:
    question_id = asked(harness)
    run = get(harness, question_id)
    assert (run.status, run.message) == ("failed", f"Response to question not available, Question id: {question_id}")
    assert run.summary == {
        "question_id": question_id,
        "response_received": False,
        "outcome": "no_response",
    }


def test_what_a_text_of_this_moment_means_is_waited_for(harness: Harness) -> None:
    question_id = asked(harness)
    harness.clock.advance(60.0)
    reply(harness, "yes", after_s=0.0)
    run = get(harness, question_id)
    assert run.summary["response"] == "yes"
    assert run.seconds < 5.0


@pytest.mark.parametrize(("answer", "hours"), [("yes", 0.0), (None, 25.0)])
def test_a_text_of_this_moment_that_changes_nothing_is_not_waited_for(
    harness: Harness, answer: str | None, hours: float
) -> None:
    question_id = asked(harness)
    if answer:
        reply(harness, answer, after_s=10.0)
    harness.clock.advance(60.0 + hours * 3600.0)
    reply(harness, "no", after_s=0.0)
    run = get(harness, question_id)
    assert run.summary.get("response") == answer
    assert run.seconds == 0.0


@pytest.mark.parametrize(("text", "received"), [("yes", False), ("{no}", True)])
def test_a_question_that_did_not_arrive_is_answered_by_its_code_alone(
    harness: Harness, text: str, received: bool
) -> None:
    harness.twilio.outcomes[E164] = Outcome("undelivered", 1.0, 30003)
    question_id = asked(harness)
    reply(harness, text.format(no=code_for(questions(harness)[0], "no")), after_s=30.0)
    harness.clock.advance(60.0)
    run = get(harness, question_id)
    assert run.summary["response_received"] == received
    assert run.outcome == ("answered" if received else "undelivered")
    assert run.message.startswith("Response received" if received else "Message delivery status: undelivered")


def test_a_word_is_no_answer_where_another_question_was_asked_while_the_log_is_read(harness: Harness) -> None:
    question_id = asked(harness)
    harness.clock.advance(60.0)
    pages: list[RecordedRequest] = []

    def between_the_sides(request: RecordedRequest) -> None:
        pages.extend([request] if request.path.endswith("/Messages.json") else [])
        if len(pages) == 4:
            harness.twilio.add_message(E164, "Call you?\nReply 4171 for yes, 4172 for no")
            reply(harness, "yes", after_s=0.0)

    harness.twilio.faults.choose = between_the_sides
    assert get(harness, question_id).result["summary"]["response_received"] is False
    assert get(harness, question_id).result["summary"]["response_received"] is False


def test_a_question_that_shares_its_codes_is_named_as_such_though_the_person_texted_stop(harness: Harness) -> None:
    question_id = asked(harness)
    harness.twilio.add_message(E164, questions(harness)[0].body.replace("host", "also"))
    reply(harness, "STOP", after_s=10.0)
    harness.clock.advance(60.0)
    assert "carries the same codes" in get(harness, question_id).message


def test_after_a_day_no_answer_is_promised_any_more(harness: Harness) -> None:
    question_id = asked(harness)
    harness.clock.advance(24.5 * 3600.0)
    run = get(harness, question_id)
    assert run.outcome == "no_response"
    assert run.message.startswith("The question is more than 24 hours old, so no answer to it counts any more")


def test_a_question_of_the_version_before_is_understood(harness: Harness) -> None:
    question = harness.twilio.add_message(E164, "Isolate?\nReply 421 for yes, 422 for no")
    reply(harness, "421", after_s=30.0)
    harness.clock.advance(60.0)
    assert get(harness, question.sid).result["summary"]["response"] == "yes"


def test_a_message_that_is_no_question_is_named_as_such(harness: Harness) -> None:
    run = get(harness, harness.send().row["sid"])
    assert run.status == "failed"
    assert "is not a question of this app" in run.message


def test_a_question_that_was_redacted_is_named_as_such(harness: Harness) -> None:
    question_id = asked(harness)
    questions(harness)[0].body = ""
    assert "it was redacted, and its codes with it" in get(harness, question_id).message


def test_it_only_reads(harness: Harness) -> None:
    question_id = asked(harness)
    reply(harness, "hm", after_s=1.0)
    harness.clock.advance(60.0)
    get(harness, question_id)
    assert len(harness.requests("POST")) == 1
