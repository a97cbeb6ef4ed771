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
"""How approvals were lost or forged once, and are not any more: one test for each way that somebody found."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.memory_transport import REFUSED
from sandbox.twilio import SERVICE_SID, Message, Outcome, PhoneNumber
from tests.actions.asking import (
    OTHER,
    QUESTION,
    ask,
    code_for,
    get,
    questions,
    readme_figure,
    reply,
    texting,
    when_asked,
)
from tests.harness import E164, Harness, Run
from twilio_connector import TwilioConnector


ANOTHER = "Reset the VPN of Ann?\nReply 4171 for yes, 4172 for no"  # a question of another playbook
POOL = ("+15105550001", "+15105550002", "+15105550003")
SERVICE: dict[str, Any] = {"numbers": [PhoneNumber(number) for number in POOL], "services": {SERVICE_SID: POOL}}


def yes(harness: Harness) -> str:
    """The code for yes of the first question."""
    return code_for(questions(harness)[0], "yes")


def later(harness: Harness, after_s: float, body: str, to: str = E164) -> None:
    """Let another run send a message to a person, so many seconds from now."""
    harness.clock.call_later(after_s, lambda: harness.twilio.add_message(to, body))


def response(run: Run) -> object:
    return run.summary.get("response")


def other_traffic(harness: Harness, messages_per_s: float) -> None:
    """Let a broadcast drain from its queue, whose rows stand in front of the log as they leave."""
    harness.twilio.log.segments_per_s = messages_per_s
    harness.twilio.log.outcome = Outcome("delivered", 0.5)
    for number in range(int(messages_per_s * 60)):
        harness.twilio.add_message(f"+1202555{number:04}", f"alert {number}", from_="+15109990000")


# --- a busy account


@pytest.mark.parametrize("people", [1, 6])
def test_no_answer_is_lost_on_a_busy_account(harness: Harness, people: int) -> None:
    persons = [f"+1510111{number:04}" for number in range(people)]

    def answer() -> None:
        for question in questions(harness):
            reply(harness, code_for(question, "no"), after_s=12.0, person=question.to)

    other_traffic(harness, 75.0)
    harness.clock.call_later(20.0, answer)
    sets = [{"to_phone": person, "question": QUESTION, "timeout": 1} for person in persons]
    run = harness.run("ask question", *sets)
    assert [result["summary"].get("response") for result in run.results] == ["no"] * people
    assert run.seconds < 32.0 + 9.0


def test_another_playbooks_question_is_found_on_a_busy_account(harness: Harness) -> None:
    other_traffic(harness, 40.0)
    later(harness, 5.0, ANOTHER)
    run = ask(harness, texting(harness, {15.0: "yes"}), timeout=1)
    assert response(run) is None


# --- what else was sent to the person


def test_a_word_after_the_code_of_another_question_approves_nothing(harness: Harness) -> None:
    later(harness, 5.0, ANOTHER)
    assert response(ask(harness, texting(harness, {20.0: "4171", 22.0: "Yes"}), timeout=1)) is None


def test_a_word_to_a_later_message_approves_nothing(harness: Harness) -> None:
    later(harness, 5.0, "Are you in the office today?")
    assert response(ask(harness, texting(harness, {20.0: "Yes"}), timeout=1)) is None


# --- words that come too early


def test_a_word_before_the_question_left_twilio_approves_nothing(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("delivered", 30.0, sent_after_s=20.0)
    assert response(ask(harness, texting(harness, {10.0: "yes"}), timeout=1)) is None


def test_a_word_while_a_service_still_chooses_a_number_approves_nothing(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("delivered", 60.0)
    harness.config["from_phone"] = SERVICE_SID
    assert response(ask(harness, texting(harness, {2.5: "yes"}), timeout=1)) is None


def test_a_doubled_word_approves_one_question_and_not_the_next(harness: Harness) -> None:
    first = ask(harness, texting(harness, {10.0: "Yes"}))
    second = ask(harness, question="And host WS-0418?", timeout=0)
    reply(harness, "Yes", after_s=1.0)
    harness.clock.advance(60.0)
    assert response(first) == "yes"
    assert response(get(harness, second.summary["question_id"])) is None


# --- what is done to another question meanwhile


@pytest.mark.parametrize("how", ["redact", "delete"])
def test_redacting_or_deleting_a_question_makes_no_approval_of_a_word(harness: Harness, how: str) -> None:
    def remove() -> None:
        (another,) = (message for message in harness.twilio.messages if message.body == ANOTHER)
        if how == "redact":
            another.body = ""
        else:
            harness.twilio.log.remove(another)

    later(harness, 5.0, ANOTHER)
    harness.clock.call_later(40.0, remove)
    run = ask(harness, texting(harness, {20.0: "yes"}))
    assert response(run) is None
    assert response(get(harness, run.summary["question_id"])) is None


# --- what a wait costs, and what it survives


@pytest.mark.parametrize("people", [1, 4])
def test_a_wait_costs_a_bounded_number_of_reads_and_ends_in_time(harness: Harness, people: int) -> None:
    other_traffic(harness, 50.0)
    sets = [{"to_phone": f"+1510111{number:04}", "question": QUESTION, "timeout": 1} for number in range(people)]
    run = harness.run("ask question", *sets)
    polls = 32  # 1 s apart for ten seconds, then a tenth of the age of the question
    assert len(harness.requests("GET")) <= 3 * people + polls * (people + (people > 3)) + 9
    if people == 1:
        figure = readme_figure("reads in the first minute, for 1 person | about ([0-9]+)")
        assert len(harness.requests("GET")) == pytest.approx(figure, rel=0.05)
    assert 60.0 < run.seconds < 63.0


@pytest.mark.parametrize("share", [0.02, 0.2])
def test_reads_that_fail_lose_no_answer(harness: Harness, share: float) -> None:
    calls = iter(range(10_000))
    harness.network.trouble = lambda request: (
        REFUSED if request.method == "GET" and next(calls) % round(1 / share) == 0 else None
    )
    run = ask(harness, texting(harness, {30.0: "{yes}"}), timeout=1)
    assert response(run) == "yes"


# --- a key with few permissions


def test_a_key_that_may_create_and_list_is_enough(harness: Harness) -> None:
    harness.use_key("twilio/messaging/messages/create", "twilio/messaging/messages/list")
    harness.twilio.outcomes[E164] = Outcome("sent", 1.0)
    run = ask(harness, texting(harness, {20.0: "who is this?", 40.0: "yes"}))
    assert response(run) == "yes"
    assert len(harness.requests("POST")) == 2  # the question, and its reply line
    silent = ask(harness, timeout=0.5)
    assert 30.0 < silent.seconds < 34.0
    assert "could not be read" not in silent.message


# --- several numbers of one service


@pytest.mark.parametrize("text_to", range(3))
def test_a_code_to_any_number_of_the_service_counts_and_the_reply_line_comes_from_the_one_that_asked(
    text_to: int,
) -> None:
    harness = Harness(**SERVICE, from_phone=POOL[0])
    harness.config["from_phone"] = SERVICE_SID
    for service in harness.twilio.account.senders.services:
        service.is_sticky = False

    def chat() -> None:
        reply(harness, "who is this?", after_s=10.0)
        reply(harness, yes(harness), after_s=30.0, to=POOL[text_to])

    run = ask(harness, when_asked(chat))
    assert response(run) == "yes"
    question, line = (message for message in harness.twilio.messages if "Reply " in message.body)
    assert line.from_ == question.from_


# --- a wait that ends before its time


def test_a_late_undelivered_is_reported_within_a_minute(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("undelivered", 140.0, 30003, sent_after_s=1.0)
    run = ask(harness, timeout=30)
    assert run.outcome == run.row["question"]["status"] == "undelivered"
    assert run.message.startswith("Message delivery status: undelivered. Error code 30003")
    assert 140.0 <= run.seconds < 200.0


@pytest.mark.parametrize("text", ["STOP", "Stop.", "unsubscribe"])
def test_stop_ends_the_wait(harness: Harness, text: str) -> None:
    run = ask(harness, texting(harness, {20.0: text}), timeout=30)
    assert run.message.startswith("The person texted STOP")
    assert run.outcome == "no_response"
    assert run.seconds < 30.0


# --- codes


@pytest.mark.parametrize("require_code", [True, False])
def test_the_hundredth_question_of_a_day_to_one_person_is_asked_with_codes_of_its_own(
    harness: Harness, require_code: bool
) -> None:
    for number in range(200, 299):
        body = f"Again?\nReply {number}1 for yes, {number}2 for no"
        harness.twilio.add_message(E164, body, created=harness.clock.time() - 600.0 * (300 - number))
    run = ask(harness, timeout=0, require_code=require_code)
    assert run.outcome == "asked"
    codes = re.findall(" ([0-9]{4,6}) for", " ".join(question.body for question in questions(harness)))
    assert len(set(codes)) == len(codes) == 99 * 2 + 2


def test_two_runs_that_draw_the_same_number_say_so_and_repeat_no_dead_code(harness: Harness) -> None:
    def watch(app: TwilioConnector, line: str) -> None:
        if line.startswith("Twilio accepted"):
            line = questions(harness)[0].body.split("\n")[1]
            harness.twilio.add_message(E164, f"Call you?\n{line}")
            reply(harness, yes(harness), after_s=10.0)

    run = ask(harness, watch, timeout=30)
    assert response(run) is None
    assert "carries the same codes, so an answer to one cannot be told from an answer to the other" in run.message
    assert run.seconds < 30.0
    assert len(harness.requests("POST")) == 1
    assert "carries the same codes" in get(harness, run.summary["question_id"]).message


def test_a_number_that_stands_in_the_question_is_never_drawn(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twilio_api.conversations.secrets.choice", lambda numbers: numbers[0])
    ask(harness, timeout=0, question="Ticket 2004, policy:\nReply 2011 for no", responses="room 202,room 203")
    assert code_for(questions(harness)[0], "room 202") == "2041"


# --- what a person may write around a code


@pytest.mark.parametrize("text", ["{yes} for yes", "Reply {yes}", "{yes} 👍", "reply {yes} for yes."])
def test_the_apps_own_words_are_understood(harness: Harness, text: str) -> None:
    run = ask(harness, texting(harness, {3.0: text}))
    assert response(run) == "yes"


def test_texts_that_are_no_answer_stand_in_the_result(harness: Harness) -> None:
    run = ask(harness, texting(harness, dict.fromkeys((5.0, 15.0, 25.0), "Yes please")), timeout=1)
    assert run.outcome == "no_response"
    assert [message["body"] for message in run.row["other_messages"]] == ["Yes please"] * 3


# --- other channels


def test_an_answer_by_rcs_to_a_service_is_found() -> None:
    harness = Harness(numbers=[PhoneNumber(POOL[0])], services={SERVICE_SID: ("rcs:AcmeSOC",)})
    harness.config["from_phone"] = SERVICE_SID

    def answer() -> None:
        reply(harness, yes(harness), person=f"rcs:{E164}", to="rcs:AcmeSOC")

    run = ask(harness, when_asked(answer))
    assert response(run) == "yes"
    assert run.seconds < 10.0  # long before the end of the wait


def test_an_answer_in_the_spelling_of_whatsapp_is_found(harness: Harness) -> None:
    sender = f"whatsapp:{harness.twilio.from_phone}"
    harness.config["from_phone"] = sender
    harness.twilio.receive("whatsapp:+525512345678", sender, "hi")  # opens the 24 hours of free text

    def answer() -> None:
        reply(harness, yes(harness), person="whatsapp:+5215512345678", to=sender)

    assert response(ask(harness, when_asked(answer), to_phone="+525512345678")) == "yes"


def test_an_answer_on_another_channel_than_the_questions_is_noticed_soon(harness: Harness) -> None:
    def answer() -> None:
        to = f"whatsapp:{harness.twilio.from_phone}"
        reply(harness, yes(harness), after_s=100.0, person=f"whatsapp:{E164}", to=to)

    run = ask(harness, when_asked(answer), timeout=30)
    assert response(run) == "yes"
    assert run.seconds < 100.0 + readme_figure("another channel than the question's is noticed | within ([0-9]+) s")


@pytest.mark.parametrize("timeout", [1, 2])
def test_a_wrong_clock_of_twilio_hides_no_answer_on_another_channel(harness: Harness, timeout: int) -> None:
    def answer() -> None:
        harness.twilio.edge_ahead_s = 0.0
        to = f"whatsapp:{harness.twilio.from_phone}"
        reply(harness, yes(harness), after_s=50.0 * timeout, person=f"whatsapp:{E164}", to=to)

    harness.twilio.edge_ahead_s = 5400.0
    assert response(ask(harness, when_asked(answer), timeout=timeout)) == "yes"


def test_a_no_by_whatsapp_comes_before_a_later_yes_by_text(harness: Harness) -> None:
    def answer() -> None:
        to = f"whatsapp:{harness.twilio.from_phone}"
        reply(harness, "no", after_s=10.0, person=f"whatsapp:{E164}", to=to)
        reply(harness, yes(harness), after_s=20.0)

    run = ask(harness, when_asked(answer))
    assert response(run) == "no"
    assert response(get(harness, run.summary["question_id"])) == "no"


# --- an account that redacts its texts


def test_an_account_that_redacts_its_texts_is_named_at_once(harness: Harness) -> None:
    harness.twilio.account.redacts_texts = True
    run = ask(harness, timeout=30)
    assert "this account redacts its messages, so no answer can be read" in run.message
    assert (run.status, run.outcome) == ("failed", "no_response")
    assert run.seconds < 5.0


# --- what would be read in another way


@pytest.mark.parametrize("responses", ["yes,n\ud83do", "yes,\u202eno", "ısıt,isit"])
def test_responses_that_read_as_others_are_refused(harness: Harness, responses: str) -> None:
    run = ask(harness, responses=responses)
    assert run.outcome == "not_sent"
    assert harness.twilio.requests == []


def test_the_reply_line_names_its_question_where_several_are_open(harness: Harness) -> None:
    later(harness, 5.0, ANOTHER)
    ask(harness, texting(harness, {20.0: "yes"}), timeout=1)
    (line,) = [post.form["Body"] for post in harness.requests("POST")][1:]
    assert line == f'"{QUESTION}" {questions(harness)[0].body.split(chr(10))[1]}'


def test_a_text_that_is_still_being_received_calls_for_no_reply_line(harness: Harness) -> None:
    def picture() -> Message:
        return harness.twilio.receive(E164, harness.twilio.from_phone, "look", after_s=999.0)

    ask(harness, when_asked(picture), timeout=1)
    assert len(harness.requests("POST")) == 1


# --- an hour with several playbooks


def test_questions_of_several_runs_at_once_are_each_answered_by_their_code(harness: Harness) -> None:
    def other_run() -> dict[str, Any]:
        body = "Reset the VPN?\nReply 4171 for yes, 4172 for no"
        reply(harness, "4172", after_s=15.0)
        reply(harness, yes(harness), after_s=25.0)
        return {"sid": harness.twilio.add_message(E164, body).sid}

    found: list[dict[str, Any]] = []
    run = ask(harness, when_asked(lambda: found.append(other_run())))
    assert response(run) == "yes"
    assert response(get(harness, found[0]["sid"])) == "no"
    assert OTHER not in {message.to for message in harness.twilio.messages}
