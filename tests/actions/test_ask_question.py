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
"""The action "ask question": what is sent, what its results say, how long it waits, and what that costs."""

from __future__ import annotations

import re
from typing import Any
from unittest.mock import Mock

import pytest

from sandbox.twilio import SERVICE_SID, Fault, Outcome, RecordedRequest
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
from tests.harness import E164, TO, Harness
from twilio_connector import TwilioConnector


# --- what is sent


def test_the_question_is_sent_with_a_code_for_each_choice(harness: Harness) -> None:
    ask(harness, timeout=0, responses="isolate, wait, call me")
    (message,) = harness.twilio.messages
    question, line = message.body.split("\n")
    assert question == QUESTION
    assert re.fullmatch(
        r"Reply ([2-9][0-9]{2})1 for isolate, \g<1>2 for wait, \g<1>3 for call me".replace("\\g<1>", "(?:\\1)"), line
    )


def test_without_responses_the_choices_are_yes_and_no(harness: Harness) -> None:
    ask(harness, timeout=0)
    assert re.search(r"\nReply [0-9]{3}1 for yes, [0-9]{3}2 for no$", harness.twilio.messages[0].body)


def test_with_require_code_each_choice_has_six_digits_of_its_own(harness: Harness) -> None:
    ask(harness, timeout=0, require_code=True)
    assert re.search(r"\nReply [0-9]{6} for yes, [0-9]{6} for no$", harness.twilio.messages[0].body)


def test_a_person_who_got_many_messages_is_asked_after_few_reads(harness: Harness) -> None:
    for number in range(600):
        harness.twilio.add_message(E164, f"alert {number}", created=harness.clock.time() - 60.0 * number)
    ask(harness, timeout=0)
    assert len(harness.requests("GET")) == 4  # one more than the addresses that a person may have


def test_a_further_question_to_a_person_costs_one_read_an_address(harness: Harness) -> None:
    given = {"to_phone": TO, "question": QUESTION, "timeout": 0}
    harness.run("ask question", given, given)
    assert len(questions(harness)) == 2
    assert len(harness.requests("GET")) == 3 + 3


def test_where_the_log_cannot_be_read_nothing_is_sent(harness: Harness) -> None:
    harness.fault(Fault.ERROR_503, "GET", times=999)
    run = ask(harness)
    assert run.message.startswith("Nothing was sent: the message log could not be read")
    assert (run.status, run.outcome) == ("failed", "not_sent")
    assert harness.requests("POST") == []


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"question": " "}, "'question' is blank"),
        (
            {"question": "x" * 1590},
            "With its reply line, the question is 1622 characters long; Twilio takes at most 1600. Shorten it by 22.",
        ),
        ({"responses": "yes,stop"}, "keyword"),
        ({"responses": "yes,Yes"}, "twice"),
        ({"responses": "4211,no"}, "looks like a code"),
        ({"timeout": -1}, "'timeout' is wrong"),
        ({"timeout": 1441}, "'timeout' is wrong"),
        ({"to_phone": "12345"}, "12345"),
    ],
)
def test_a_wrong_parameter_is_refused_before_any_request(
    harness: Harness, parameters: dict[str, Any], says: str
) -> None:
    run = ask(harness, **parameters)
    assert says in run.message
    assert (run.status, run.outcome) == ("failed", "not_sent")
    assert harness.twilio.requests == []


def test_a_sender_that_nobody_can_answer_is_refused_before_any_request(harness: Harness) -> None:
    run = harness.run("ask question", {"to_phone": TO, "question": QUESTION}, from_phone="ACME SOC")
    assert run.status == "failed"
    assert "Nobody can reply to ACME SOC" in run.message
    assert harness.twilio.requests == []


# --- an answer


@pytest.mark.parametrize(
    ("text", "word", "answered_with"), [("{yes}", "yes", "code"), ("Reply {no}", "no", "code"), ("Yes!", "yes", "word")]
)
def test_an_answer_completes_the_result(harness: Harness, text: str, word: str, answered_with: str) -> None:
    run = ask(harness, texting(harness, {30.0: text}))
    question = questions(harness)[0]
    assert run.status == "success"
    assert run.message == f"Response received: True, Question id: {question.sid}, Response: {word}"
    assert re.fullmatch("20[0-9-]{8}T[0-9:]{8}Z", run.summary["answered_at"])
    assert {name: value for name, value in run.summary.items() if name != "answered_at"} == {
        "question_id": question.sid,
        "response_received": True,
        "response": word,
        "outcome": "answered",
        "answered_with": answered_with,
        "seconds_to_answer": 30,
    }


def test_the_data_are_question_answer_and_other_texts_as_twilio_shows_them(harness: Harness) -> None:
    run = ask(harness, texting(harness, {10.0: "Yes please", 30.0: "No"}))
    assert set(run.row) == {"question", "response_message", "other_messages"}
    assert run.row["question"]["sid"] == questions(harness)[0].sid
    assert (run.row["response_message"]["body"], run.row["response_message"]["direction"]) == ("No", "inbound")
    assert [message["body"] for message in run.row["other_messages"]] == ["Yes please"]


def test_the_first_answer_counts(harness: Harness) -> None:
    run = ask(harness, texting(harness, {3.0: "no", 4.0: "yes"}))
    assert run.summary["response"] == "no"
    assert get(harness, run.summary["question_id"]).result["summary"]["response"] == "no"


@pytest.mark.parametrize("said", [["yes", "no"], ["{yes}", "no"]])
def test_two_different_answers_in_one_second_are_none_even_where_the_log_is_read_between_them(
    harness: Harness, said: list[str]
) -> None:
    texts = list(said)
    second = harness.clock.time() + 10.0

    def at_each_reading(request: RecordedRequest) -> None:
        if "From" in request.query and texts and harness.clock.time() >= second:
            text = texts.pop(0).format(yes=code_for(questions(harness)[0], "yes"))
            harness.twilio.receive(E164, harness.twilio.from_phone, text, created=second)

    harness.twilio.faults.choose = at_each_reading
    run = ask(harness, timeout=0.5)
    assert texts == []
    assert run.summary["response_received"] is False


def test_a_code_is_no_answer_where_the_log_shows_another_answer_of_its_second_late(harness: Harness) -> None:
    def answer() -> None:
        second = float(int(harness.clock.time() + 10.0))
        code = code_for(questions(harness)[0], "yes")
        for text, at in ((code, second), ("no", second + 0.9)):
            harness.twilio.receive(E164, harness.twilio.from_phone, text, created=at).listed_at = at + 1.5

    run = ask(harness, when_asked(answer), timeout=0.5)
    assert run.summary["response_received"] is False


@pytest.mark.parametrize("text", ["yes", "{yes}"])
def test_an_answer_in_the_last_second_is_waited_for(harness: Harness, text: str) -> None:
    run = ask(harness, texting(harness, {11.8: text}), timeout=0.2)
    assert run.summary["response_received"] is True


def test_a_text_of_another_person_is_no_answer(harness: Harness) -> None:
    run = ask(harness, when_asked(lambda: reply(harness, "yes", person=OTHER)), timeout=0.5)
    assert run.summary["response_received"] is False
    assert "other_messages" not in run.row


def test_a_word_is_no_answer_where_another_run_asked_while_this_one_chose_its_codes(harness: Harness) -> None:
    def watch(app: TwilioConnector, line: str) -> None:
        if line.startswith("Sending "):  # the codes are drawn, the question is not created yet
            harness.twilio.add_message(E164, "Call you?\nReply 4171 for yes, 4172 for no")
            harness.clock.advance(3.0)
        elif line.startswith("Twilio accepted"):
            reply(harness, "yes")

    run = ask(harness, watch, timeout=0.5)
    assert len(questions(harness)) == 2
    assert run.summary["response_received"] is False


def test_with_require_code_a_word_is_no_answer(harness: Harness) -> None:
    run = ask(harness, texting(harness, {3.0: "yes"}), timeout=0.5, require_code=True)
    assert run.summary["response_received"] is False


def test_after_five_wrong_codes_no_answer_counts(harness: Harness) -> None:
    def guess() -> None:
        right = code_for(questions(harness)[0], "yes")
        for second in range(5):
            reply(harness, f"{(int(right) + second + 7) % 10**6:06d}", after_s=2.0 + second)
        reply(harness, right, after_s=20.0)

    run = ask(harness, when_asked(guess), require_code=True)
    assert run.message.startswith("Too many wrong codes came")
    assert (run.status, run.outcome) == ("failed", "no_response")
    assert get(harness, run.summary["question_id"]).message.startswith("Too many wrong codes came")


# --- the reply line and the confirmation


def test_another_text_is_answered_once_with_the_reply_line(harness: Harness) -> None:
    run = ask(harness, texting(harness, {3.0: "who is this?", 8.0: "hello?", 15.0: "yes"}))
    assert run.summary["response"] == "yes"
    assert f"{E164} texted something else: the reply line is sent" in run.progress
    line = questions(harness)[0].body.split("\n")[1]
    assert [message.body for message in harness.twilio.messages].count(line) == 1


def test_a_reply_line_that_fails_is_not_sent_again_and_reported(harness: Harness) -> None:
    harness.fault(Fault.QUEUE_FULL, "POST", skip=1)
    run = ask(harness, texting(harness, {3.0: "who is this?", 8.0: "hello?", 15.0: "yes"}))
    assert "Response: yes. The reply line was not sent: Error from server. Status Code: 429" in run.message
    assert len(harness.requests("POST")) == 2


def test_a_word_counts_though_nobody_knows_whether_the_questions_own_reply_line_was_sent(harness: Harness) -> None:
    harness.fault(Fault.RESET_BEFORE, "POST", skip=1)
    run = ask(harness, texting(harness, {3.0: "who is this?", 15.0: "yes"}), timeout=0.5)
    assert "Response: yes. It cannot be known whether the reply line was sent" in run.message


def test_a_keyword_is_not_answered(harness: Harness) -> None:
    ask(harness, texting(harness, {3.0: "HELP"}), timeout=0.5)
    assert len(harness.requests("POST")) == 1


def test_the_confirmation_is_sent_after_the_answer(harness: Harness) -> None:
    run = ask(harness, texting(harness, {3.0: "yes"}), confirmation="Thank you.")
    assert run.message.endswith("Response: yes")
    assert [post.form["Body"] for post in harness.requests("POST")][1:] == ["Thank you."]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault.QUEUE_FULL, "The confirmation was not sent: Error from server. Status Code: 429"),
        (Fault.RESET_BEFORE, "It cannot be known whether the confirmation was sent: No response"),
    ],
)
def test_a_confirmation_that_fails_changes_nothing_but_the_message(harness: Harness, fault: Fault, says: str) -> None:
    harness.fault(fault, "POST", skip=1)
    run = ask(harness, texting(harness, {3.0: "yes"}), confirmation="Thank you.")
    assert (run.status, run.outcome) == ("success", "answered")
    assert f"Response: yes. {says}" in run.message
    assert len(harness.requests("POST")) == 2


# --- no answer


def test_a_question_without_an_answer_fails_in_time_and_keeps_its_id(harness: Harness) -> None:
    run = ask(harness, timeout=0.5)
    (question,) = questions(harness)
    assert (run.status, run.message) == ("failed", f"Question timed out with no response, Question id: {question.sid}")
    assert run.summary == {
        "question_id": question.sid,
        "response_received": False,
        "outcome": "no_response",
    }
    assert 30.0 < run.seconds < 34.0


def test_progress_says_how_long_the_wait_goes_on_and_how_it_ended(harness: Harness) -> None:
    run = ask(harness, timeout=1.5)
    waiting = [line for line in run.lines if line.startswith("Waiting for an answer")]
    assert re.fullmatch(r"Waiting for an answer from \+15101112345, 1 min [0-9]+ s left", waiting[0])
    assert re.fullmatch(r"Waiting for an answer from \+15101112345, [0-9]+ s left", waiting[-1])
    assert run.progress[-1] == f"{E164}: {run.message}"


def test_a_question_that_is_not_waited_for_is_a_success(harness: Harness) -> None:
    run = ask(harness, timeout=0)
    (question,) = questions(harness)
    assert (run.status, run.message) == ("success", f"Question sent, Question id: {question.sid}")
    assert run.outcome == "asked"
    assert run.seconds < 2.0


def test_an_undelivered_question_fails_as_a_message_does(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("undelivered", 1.0, 30003)
    run = ask(harness)
    assert run.message.startswith("Message delivery status: undelivered. Error code 30003")
    assert (run.status, run.outcome) == ("failed", "undelivered")
    assert run.summary["question_id"] == questions(harness)[0].sid
    assert run.seconds < 4.0


def test_a_question_that_is_not_waited_for_fails_where_it_is_known_that_it_did_not_arrive(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("undelivered", 0.01, 30003)
    harness.twilio.log_lag_s = 0.5
    harness.fault(Fault.RESET_AFTER, "POST")  # so that the question is found in the log
    run = ask(harness, timeout=0)
    assert run.status == "failed"
    assert run.outcome == run.row["question"]["status"] == "undelivered"


def test_a_refused_question_fails_as_a_message_does(harness: Harness) -> None:
    run = ask(harness, to_phone="+15005550009")
    assert run.message.startswith("Error from server. Status Code: 400")
    assert run.outcome == "not_sent"


def test_a_wait_survives_an_outage(harness: Harness) -> None:
    def answer() -> None:
        harness.fault(Fault.ERROR_503, "GET", times=40)
        reply(harness, "yes", after_s=50.0)

    run = ask(harness, when_asked(answer), timeout=4)
    assert run.summary["response"] == "yes"


def test_where_the_log_cannot_be_read_at_the_end_the_message_says_so(harness: Harness) -> None:
    run = ask(harness, when_asked(lambda: harness.fault(Fault.ERROR_503, "GET", times=999)), timeout=0.5)
    assert "The message log could not be read at the end (Error from server. Status Code: 503" in run.message
    assert run.outcome == "no_response"
    assert run.seconds < 30.0 + 27.0


def test_texts_that_are_later_than_the_pages_that_show_them_are_blamed_on_a_clock(harness: Harness) -> None:
    def answer() -> None:
        harness.fault(Fault.ERROR_503, "GET", times=2)  # which is over long before the end
        reply(harness, "yes", after_s=10.0)

    harness.twilio.edge_ahead_s = -3600.0
    run = ask(harness, when_asked(answer), timeout=0.5)
    assert run.outcome == "no_response"
    assert "(it shows texts that are later than the time of its pages, so a clock is wrong)" in run.message


@pytest.mark.parametrize("people", [1, 10])
def test_a_cancelled_wait_ends_within_two_seconds_and_keeps_the_id(harness: Harness, people: int) -> None:
    def watch(app: TwilioConnector, line: str) -> None:
        all_are_sent = "Twilio accepted" if people == 1 else f"{people} questions: {people} sent"
        if line.startswith(all_are_sent) and not ended:
            ended.append(True)
            harness.network.round_trip_s = 9.0  # each reading hangs, too
            harness.clock.call_later(20.0, app.cancel)

    ended: list[bool] = []
    sets = [{"to_phone": f"+1510111{2345 + number}", "question": QUESTION, "timeout": 9} for number in range(people)]
    run = harness.run("ask question", *sets, watch=watch)
    assert run.seconds < 23.0
    for result in run.results:
        assert "cancelled" in result["message"]
        assert result["summary"]["question_id"].startswith("SM")
        assert result["summary"]["outcome"] == "no_response"


def test_a_mistake_of_the_app_while_it_waits_ends_the_wait_and_keeps_the_id(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twilio_api.conversations.Side.read_page", Mock(side_effect=KeyError("a mistake")))
    run = ask(harness)
    assert (run.status, run.message) == ("failed", "Internal error (KeyError).")
    assert run.result["summary"]["outcome"] == "no_response"
    assert run.result["summary"]["question_id"] == harness.twilio.messages[0].sid


def test_messages_that_were_never_sent_do_not_hide_an_answer_wherever_the_log_lists_them(harness: Harness) -> None:
    harness.twilio.log.unsent_first = True
    harness.twilio.outcomes[OTHER] = Outcome("failed", 1.0, 30036)
    for number in range(60):
        harness.twilio.add_message(OTHER, f"page {number}", created=harness.clock.time() - 3 * 3600.0)
    run = ask(harness, texting(harness, {3.0: "yes"}))
    assert run.summary["response"] == "yes"


# --- what becomes of the question meanwhile


def test_a_code_counts_however_late_the_service_chose_its_number(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("delivered", 150.0 / 0.05)  # of which it takes a twentieth to choose
    harness.config["from_phone"] = SERVICE_SID
    run = ask(harness, texting(harness, {180.0: "{yes}"}), timeout=20)
    assert run.summary["response"] == "yes"


@pytest.mark.parametrize("change", ["redacted", "deleted"])
def test_an_answer_counts_although_the_question_was_redacted_or_deleted_meanwhile(
    harness: Harness, change: str
) -> None:
    def change_and_answer() -> None:
        (question,) = questions(harness)
        reply(harness, code_for(question, "yes"), after_s=90.0)
        if change == "redacted":
            harness.clock.call_later(60.0, lambda: setattr(question, "body", ""))
        else:
            harness.clock.call_later(60.0, lambda: harness.twilio.log.remove(question))

    run = ask(harness, when_asked(change_and_answer))
    assert run.summary["response"] == "yes"


# --- what a wait costs: the documented figures


def other_traffic(harness: Harness, seconds: int = 0) -> None:
    """Let the account send a text a second to somebody else."""
    harness.twilio.add_message(OTHER, f"alert {seconds}")
    harness.clock.call_later(1.0, lambda: other_traffic(harness, seconds + 1))


def reads_of_asking(harness: Harness, people: int, *, minutes: int) -> list[float]:
    """Ask so many people, of whom nobody answers, and return when reads were made, in seconds."""
    began = harness.clock.time()
    sets = ({"to_phone": f"+1510111{number:04}", "question": QUESTION, "timeout": minutes} for number in range(people))
    harness.run("ask question", *sets)
    return [request.time - began for request in harness.requests("GET")]


def test_an_hour_of_waiting_for_one_person_costs_as_many_reads_as_the_readme_says(harness: Harness) -> None:
    a_person = readme_figure("in an hour, for each of up to 3 people in one action call | about ([0-9]+)")
    assert len(reads_of_asking(harness, 1, minutes=60)) == pytest.approx(a_person, rel=0.05)


def test_each_of_three_people_costs_as_many_reads_on_a_busy_account_as_one_on_an_idle_one(harness: Harness) -> None:
    alone = len(reads_of_asking(Harness(), 1, minutes=3))
    other_traffic(harness)
    assert len(reads_of_asking(harness, 3, minutes=3)) == pytest.approx(3 * alone, rel=0.05)


@pytest.mark.parametrize("people", [4, 20])
def test_an_hour_of_waiting_for_many_costs_as_many_reads_as_the_readme_says(harness: Harness, people: int) -> None:
    other_traffic(harness)
    reads = reads_of_asking(harness, people, minutes=3)
    # What these three minutes cost, and 57 as the second, since all but the first and the last are alike
    in_an_hour = len(reads) + 57 * sum(60.0 <= at < 120.0 for at in reads)
    row = "in an hour, for more people in one action call | about "
    in_all, a_person = readme_figure(row + "([0-9]+)"), readme_figure(row + "[0-9]+, and ([0-9]+) more for each")
    assert in_an_hour == pytest.approx(in_all + people * a_person, rel=0.01)


def test_who_has_answered_is_not_read_any_more_while_others_are_waited_for(harness: Harness) -> None:
    watch = when_asked(lambda: reply(harness, "yes", person=OTHER))
    harness.run(
        "ask question", *({"to_phone": to, "question": QUESTION, "timeout": 2} for to in (OTHER, TO)), watch=watch
    )
    reads = [request.time for request in harness.requests("GET") if request.query.get("From") == OTHER]
    assert max(reads) < harness.clock.time() - 60.0


def test_a_burst_that_pushes_an_answer_off_the_page_that_all_are_looked_for_on_hides_it_from_nobody(
    harness: Harness,
) -> None:
    people = [f"+1510111{number:04}" for number in range(4)]

    def answer() -> None:
        reply(harness, "yes", after_s=30.0, person=people[0])
        harness.clock.call_later(30.1, lambda: [harness.twilio.add_message(OTHER, f"{n}") for n in range(900)])

    sets = ({"to_phone": to, "question": QUESTION, "timeout": 5, "confirmation": "Noted"} for to in people)
    harness.run("ask question", *sets, watch=when_asked(answer))
    began = questions(harness)[0].created
    assert [message.created < began + 40.0 for message in harness.twilio.messages if message.body == "Noted"] == [True]


@pytest.mark.parametrize("answered_after_s", [4.9, 604.0])
def test_an_answer_is_noticed_as_soon_as_the_readme_says(harness: Harness, answered_after_s: float) -> None:
    run = ask(harness, texting(harness, {answered_after_s: "yes"}), timeout=60)
    assert run.summary["response"] == "yes"
    assert run.seconds < answered_after_s + readme_figure("an answer is noticed | within ([0-9]+) s")


# --- several people, and several questions of one run


@pytest.mark.parametrize("people", [3, 10])
def test_several_people_are_asked_at_once_and_each_result_has_its_own_answer(harness: Harness, people: int) -> None:
    words = {f"+1510111{number:04}": "yes" if number % 2 else "no" for number in range(people)}

    def answer() -> None:
        for number, (person, word) in enumerate(words.items()):
            reply(harness, word, after_s=10.0 + number, person=person)

    sets = [{"to_phone": person, "question": QUESTION, "timeout": 2} for person in words]
    run = harness.run("ask question", *sets, watch=when_asked(answer))
    assert [result["summary"]["response"] for result in run.results] == list(words.values())
    assert run.progress[-1] == f"{people} questions: {people} sent, {people} answered, 0 failed"
    assert run.seconds < 27.0


def test_a_question_with_a_wrong_parameter_counts_among_those_that_failed(harness: Harness) -> None:
    sets = [{"to_phone": to, "question": QUESTION, "timeout": 0} for to in ("12", TO, "+15101110001")]
    run = harness.run("ask question", *sets)
    assert run.outcomes == ["not_sent", "asked", "asked"]
    assert run.progress[-1] == "3 questions: 2 sent, 0 answered, 1 failed"


def test_codes_differ_from_those_of_a_question_that_twilio_may_have_and_the_log_does_not_show(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twilio_api.conversations.secrets.choice", lambda numbers: numbers[0])
    harness.twilio.log.lag_s = 300.0
    harness.fault(Fault.RESET_AFTER, "POST")
    sets = [{"to_phone": TO, "question": f"Question {number}?", "timeout": 0} for number in (1, 2)]
    run = harness.run("ask question", *sets)
    assert run.outcomes == ["unknown", "asked"]
    first, second = (code_for(question, "yes") for question in questions(harness))
    assert first != second


@pytest.mark.parametrize(
    ("fault", "text", "responses"),
    [
        (Fault.HANG_AFTER, "yes", [None, None]),
        (Fault.RESET_AFTER, "yes", [None, None]),
        (Fault.HANG_AFTER, "{no}", ["no", None]),
        (Fault.QUEUE_FULL, "yes", ["yes", None]),  # it is known that the second one was not sent
    ],
)
def test_a_word_is_no_answer_while_twilio_may_have_another_question_of_the_run(
    harness: Harness, fault: Fault, text: str, responses: list[str | None]
) -> None:
    harness.twilio.log.lag_s = 20.0  # the log shows the second question later than the text
    bodies: list[str] = []

    def choose(request: RecordedRequest) -> Fault | None:
        if request.method != "POST":
            return None
        bodies.append(request.form["Body"])
        if len(bodies) != 2:
            return None
        no = code_for(questions(harness)[0], "no")
        answer = reply(harness, text.format(no=no), after_s=3.0)
        answer.listed_at = answer.created
        return fault

    harness.twilio.faults.choose = choose
    sets = [{"to_phone": TO, "question": f"Question {number}?", "timeout": 1} for number in (1, 2)]
    run = harness.run("ask question", *sets)
    assert [result["summary"].get("response") for result in run.results] == responses
