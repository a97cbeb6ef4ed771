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
"""The actions "ask question" and "get response", as a playbook meets them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.soar import APP_DIR
from sandbox.twilio import SERVICE_SID, Fault, Message, Outcome, RecordedRequest
from tests.harness import E164, TO, Harness, Run
from twilio_connector import TwilioConnector


QUESTION = "Isolate host WS-0417?"
OTHER = "+15101112299"
SERVICE_CHOOSES_AT = 0.05  # of the time that a delivery takes

Watch = Callable[[TwilioConnector, str], None]


def questions(harness: Harness) -> list[Message]:
    """The questions that were sent, in their order."""
    return [message for message in harness.twilio.messages if "\nReply " in message.body]


def code_for(question: Message, word: str) -> str:
    """The code of a choice, as the person reads it."""
    (code,) = re.findall(rf"([0-9]+) for {re.escape(word)}(?:,|$)", question.body)
    return str(code)


def reply(harness: Harness, text: str, *, after_s: float = 3.0, person: str = E164) -> Message:
    """Let a person write to the sender, so many seconds from now."""
    return harness.twilio.receive(person, harness.twilio.from_phone, text, created=harness.clock.time() + after_s)


def when_asked(act: Callable[[], object]) -> Watch:
    """Do something once, as soon as the first question was accepted."""
    done: list[bool] = []

    def watch(app: TwilioConnector, line: str) -> None:
        if line.startswith("Twilio accepted") and not done:
            done.append(True)
            act()

    return watch


def ask(harness: Harness, watch: Watch | None = None, **parameters: Any) -> Run:
    """Ask one person, two minutes long unless said otherwise."""
    given = {"to_phone": TO, "question": QUESTION, "timeout": 2, **parameters}
    return harness.run("ask question", given, watch=watch)


def get(harness: Harness, question_id: str) -> Run:
    """Fetch an answer."""
    return harness.run("get response", {"question_id": question_id})


def readme_figure(pattern: str) -> int:
    """A number of the README's table of what a wait costs."""
    table = (APP_DIR / "manual_readme_content.md").read_text(encoding="utf-8").partition("| what a wait costs |")[2]
    found = re.search(pattern.replace(" | ", " \\| "), table)
    assert found is not None, pattern
    return int(found[1])


# --- what is sent


def test_the_question_is_sent_with_a_code_for_each_choice(harness: Harness) -> None:
    ask(harness, timeout=0, responses="isolate, wait, call me")
    (message,) = harness.twilio.messages
    question, line = message.body.split("\n")
    assert question == QUESTION
    assert re.sub("[0-9]{2}([123])", r"..\1", line) == "Reply ..1 for isolate, ..2 for wait, ..3 for call me"


def test_without_responses_the_choices_are_yes_and_no(harness: Harness) -> None:
    ask(harness, timeout=0)
    assert re.search(r"\nReply [0-9]{2}1 for yes, [0-9]{2}2 for no$", harness.twilio.messages[0].body)


def test_with_require_code_each_choice_has_six_digits_of_its_own(harness: Harness) -> None:
    ask(harness, timeout=0, require_code=True)
    assert re.search(r"\nReply [0-9]{6} for yes, [0-9]{6} for no$", harness.twilio.messages[0].body)


def test_two_questions_to_a_person_have_different_codes(unhurried: Harness) -> None:
    outcomes = [ask(unhurried, timeout=0).result["summary"]["outcome"] for _ in range(8)]
    assert outcomes == ["asked"] * 8
    assert len({code_for(question, "yes") for question in questions(unhurried)}) == 8


def test_where_the_log_cannot_be_read_nothing_is_sent(harness: Harness) -> None:
    harness.fault(Fault.ERROR_503, "GET", times=999)
    run = ask(harness)
    assert run.status == "failed"
    assert run.message.startswith("Nothing was sent: the message log could not be read")
    assert run.result["summary"]["outcome"] == "not_sent"
    assert harness.requests("POST") == []


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"question": " "}, "'question' is blank"),
        ({"question": "x" * 1590}, "1620 characters with its reply line; Twilio takes at most 1600. Shorten it by 20."),
        ({"responses": "yes,stop"}, "keyword"),
        ({"responses": "yes,Yes"}, "twice"),
        ({"responses": "421,no"}, "reads like a code"),
        ({"timeout": -1}, "'timeout' is wrong"),
        ({"timeout": 1441}, "'timeout' is wrong"),
        ({"to_phone": "12345"}, "12345"),
    ],
)
def test_a_wrong_parameter_is_refused_before_any_request(
    harness: Harness, parameters: dict[str, Any], says: str
) -> None:
    run = ask(harness, **parameters)
    assert run.status == "failed"
    assert says in run.message
    assert run.result["summary"]["outcome"] == "not_sent"
    assert harness.twilio.requests == []


def test_a_sender_that_nobody_can_answer_is_refused_before_any_request(harness: Harness) -> None:
    run = harness.run("ask question", {"to_phone": TO, "question": QUESTION}, from_phone="ACME SOC")
    assert run.status == "failed"
    assert "Nobody can answer to ACME SOC" in run.message
    assert harness.twilio.requests == []


# --- answers


@pytest.mark.parametrize("spelling", ["{}", "Yes {}", "{} - yes!", " {}. "])
def test_an_answer_by_code_completes_the_result(harness: Harness, spelling: str) -> None:
    def answer() -> None:
        reply(harness, spelling.format(code_for(questions(harness)[0], "yes")))

    run = ask(harness, when_asked(answer))
    question = questions(harness)[0]
    assert run.status == "success"
    assert run.message == f"Response received: True, Question id: {question.sid}, Response: yes"
    assert run.result["summary"] == {
        "question_id": question.sid,
        "response_received": True,
        "response": "yes",
        "outcome": "answered",
    }


def test_the_data_are_question_and_answer_as_twilio_shows_them(harness: Harness) -> None:
    run = ask(harness, when_asked(lambda: reply(harness, "No")))
    assert run.row["question"]["sid"] == questions(harness)[0].sid
    assert (run.row["response_message"]["body"], run.row["response_message"]["direction"]) == ("No", "inbound")


def test_a_quick_answer_is_noticed_quickly(harness: Harness) -> None:
    run = ask(harness, when_asked(lambda: reply(harness, "yes", after_s=3.0)))
    assert run.result["summary"]["response"] == "yes"
    assert run.seconds < 9.0


def test_the_first_answer_counts(harness: Harness) -> None:
    def answer() -> None:
        reply(harness, "no", after_s=3.0)
        reply(harness, "yes", after_s=4.0)

    run = ask(harness, when_asked(answer))
    assert run.result["summary"]["response"] == "no"
    assert get(harness, run.result["summary"]["question_id"]).result["summary"]["response"] == "no"


def test_two_different_answers_in_one_second_are_none_even_where_the_log_is_read_between_them(harness: Harness) -> None:
    texts = ["yes", "no"]
    times: list[float] = []

    def at_each_reading(request: RecordedRequest) -> None:
        if questions(harness) and request.path.endswith("/Messages.json") and "To" not in request.query and texts:
            times.append(float(int(harness.clock.time())))
            if times[0] > questions(harness)[0].created:  # a word counts from the next second on
                harness.twilio.receive(E164, harness.twilio.from_phone, texts.pop(0), created=times[0])
            else:
                times.clear()

    harness.twilio.faults.choose = at_each_reading
    run = ask(harness, timeout=0.5)
    assert texts == []
    assert run.result["summary"]["response_received"] is False


def test_an_answer_in_the_last_second_is_waited_for(harness: Harness) -> None:
    run = ask(harness, when_asked(lambda: reply(harness, "yes", after_s=11.8)), timeout=0.2)
    assert run.result["summary"]["response_received"] is True


def test_a_text_of_another_person_is_no_answer(harness: Harness) -> None:
    run = ask(harness, when_asked(lambda: reply(harness, "yes", person=OTHER)), timeout=0.5)
    assert run.result["summary"]["response_received"] is False


def test_a_word_is_no_answer_while_another_question_is_open(harness: Harness) -> None:
    ask(harness, timeout=0)
    run = ask(harness, when_asked(lambda: reply(harness, "yes")), timeout=0.5)
    assert run.result["summary"]["response_received"] is False


def test_a_word_is_no_answer_where_another_run_asked_while_this_one_chose_its_codes(harness: Harness) -> None:
    def watch(app: TwilioConnector, line: str) -> None:
        if line.startswith("Sending "):  # the codes are drawn, the question is not created yet
            harness.twilio.add_message(E164, "Call you?\nReply 971 for yes, 972 for no")
            harness.clock.advance(3.0)
        elif line.startswith("Twilio accepted"):
            reply(harness, "yes")

    run = ask(harness, watch, timeout=0.5)
    assert len(questions(harness)) == 2
    assert run.result["summary"]["response_received"] is False


def test_with_require_code_a_word_is_no_answer(harness: Harness) -> None:
    run = ask(harness, when_asked(lambda: reply(harness, "yes")), timeout=0.5, require_code=True)
    assert run.result["summary"]["response_received"] is False


def test_after_five_wrong_codes_no_answer_counts(harness: Harness) -> None:
    def guess() -> None:
        right = code_for(questions(harness)[0], "yes")
        for second in range(5):
            reply(harness, f"{(int(right) + second + 7) % 10**6:06d}", after_s=2.0 + second)
        reply(harness, right, after_s=20.0)

    run = ask(harness, when_asked(guess), require_code=True)
    assert run.status == "failed"
    assert run.message.startswith("Too many wrong codes came")
    assert run.result["summary"]["outcome"] == "no_response"
    assert get(harness, run.result["summary"]["question_id"]).message.startswith("Too many wrong codes came")


def test_another_text_is_answered_once_with_the_reply_line(harness: Harness) -> None:
    def chat() -> None:
        reply(harness, "who is this?", after_s=3.0)
        reply(harness, "hello?", after_s=8.0)
        reply(harness, "yes", after_s=15.0)

    run = ask(harness, when_asked(chat))
    assert run.result["summary"]["response"] == "yes"
    reply_line = questions(harness)[0].body.split("\n")[1]
    assert [message.body for message in harness.twilio.messages].count(reply_line) == 1


def test_a_keyword_is_not_answered(harness: Harness) -> None:
    ask(harness, when_asked(lambda: reply(harness, "HELP")), timeout=0.5)
    assert len(harness.requests("POST")) == 1


def test_the_confirmation_is_sent_after_the_answer(harness: Harness) -> None:
    run = ask(harness, when_asked(lambda: reply(harness, "yes")), confirmation="Thank you.")
    assert run.message.endswith("Response: yes")
    assert [post.form["Body"] for post in harness.requests("POST")][1:] == ["Thank you."]


def test_a_confirmation_that_fails_changes_nothing_but_the_message(harness: Harness) -> None:
    harness.fault(Fault.QUEUE_FULL, "POST", skip=1)
    run = ask(harness, when_asked(lambda: reply(harness, "yes")), confirmation="Thank you.")
    assert (run.status, run.result["summary"]["outcome"]) == ("success", "answered")
    assert "Response: yes. Only the confirmation was not sent: Error from server. Status Code: 429" in run.message
    assert len(harness.requests("POST")) == 2


# --- no answer


def test_a_question_without_an_answer_fails_in_time_and_keeps_its_id(harness: Harness) -> None:
    run = ask(harness, timeout=0.5)
    (question,) = questions(harness)
    assert run.status == "failed"
    assert run.message == f"Question timed out with no response, Question id: {question.sid}"
    assert run.result["summary"] == {
        "question_id": question.sid,
        "response_received": False,
        "outcome": "no_response",
    }
    assert 29.0 < run.seconds < 45.0


def test_progress_says_how_long_the_wait_goes_on_and_how_it_ended(harness: Harness) -> None:
    lines: list[str] = []
    run = ask(harness, lambda app, line: lines.append(line), timeout=1.5)
    waiting = [line for line in lines if line.startswith("Waiting for answers")]
    assert re.fullmatch("Waiting for answers: 1 of 1 missing, 1 min [0-9]+ s left", waiting[0])
    assert re.fullmatch("Waiting for answers: 1 of 1 missing, [0-9]+ s left", waiting[-1])
    assert run.progress[-2:] == [f"{E164}: Message delivery status: delivered", f"{E164}: {run.message}"]


def test_progress_says_that_a_text_was_no_answer(harness: Harness) -> None:
    run = ask(harness, when_asked(lambda: reply(harness, "who is this?")), timeout=0.5)
    assert f"{E164} texted something else: the reply line is sent" in run.progress


def test_a_question_that_is_not_waited_for_is_a_success(harness: Harness) -> None:
    run = ask(harness, timeout=0)
    (question,) = questions(harness)
    assert (run.status, run.message) == ("success", f"Question sent, Question id: {question.sid}")
    assert run.result["summary"]["outcome"] == "asked"
    assert run.seconds < 10.0


def test_an_undelivered_question_fails_as_a_message_does(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("undelivered", 1.0, 30003)
    run = ask(harness)
    assert run.status == "failed"
    assert run.message.startswith("Message delivery status: undelivered. Error code 30003")
    assert run.result["summary"]["outcome"] == "undelivered"
    assert run.result["summary"]["question_id"] == questions(harness)[0].sid


def test_a_refused_question_fails_as_a_message_does(harness: Harness) -> None:
    run = ask(harness, to_phone="+15005550009")
    assert run.message.startswith("Error from server. Status Code: 400")
    assert run.result["summary"]["outcome"] == "not_sent"


def test_a_wait_survives_an_outage(harness: Harness) -> None:
    def answer() -> None:
        harness.fault(Fault.ERROR_503, "GET", times=40)
        reply(harness, "yes", after_s=50.0)

    run = ask(harness, when_asked(answer))
    assert run.result["summary"]["response"] == "yes"


def test_a_cancelled_wait_ends_soon_and_keeps_the_id(harness: Harness) -> None:
    run = ask(harness, lambda app, line: app.cancel() if line.startswith("Waiting for answers") else None)
    assert run.seconds < 12.0
    assert "cancelled" in run.message
    assert run.result["summary"]["question_id"] == questions(harness)[0].sid
    assert run.result["summary"]["outcome"] == "no_response"


def test_messages_that_were_never_sent_do_not_hide_an_answer_wherever_the_log_lists_them(harness: Harness) -> None:
    harness.twilio.log.unsent_first = True
    harness.twilio.outcomes[OTHER] = Outcome("failed", 1.0, 30036)
    for number in range(60):
        harness.twilio.add_message(OTHER, f"page {number}", created=harness.clock.time() - 3 * 3600.0)
    run = ask(harness, when_asked(lambda: reply(harness, "yes")))
    assert run.result["summary"]["response"] == "yes"


# --- what Twilio says late of a question


@pytest.mark.parametrize("after_s", [70.0, 200.0])
def test_a_word_is_no_answer_to_a_question_of_which_the_carrier_said_late_that_it_did_not_arrive(
    harness: Harness, after_s: float
) -> None:
    harness.twilio.outcomes[E164] = Outcome("undelivered", after_s, 30003)
    run = ask(
        harness,
        when_asked(lambda: reply(harness, "yes", after_s=after_s + 20.0)),
        timeout=5,
        confirmation="Isolating the host now.",
    )
    assert run.status == "failed"
    assert run.message.startswith("Message delivery status: undelivered. Error code 30003")
    assert run.result["summary"]["outcome"] == "undelivered"
    assert run.row["question"]["status"] == "undelivered"
    assert len(harness.requests("POST")) == 1


def test_a_question_that_nobody_answers_says_at_its_end_that_it_did_not_arrive(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("undelivered", 200.0, 30003)
    run = ask(harness, timeout=6)
    assert run.message.startswith("Message delivery status: undelivered. Error code 30003")
    assert run.result["summary"]["outcome"] == "undelivered"


def test_a_question_that_is_not_waited_for_fails_where_it_is_known_that_it_did_not_arrive(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("undelivered", 0.01, 30003)
    harness.twilio.log_lag_s = 0.5
    harness.fault(Fault.RESET_AFTER, "POST")  # so that the question is found in the log
    run = ask(harness, timeout=0)
    assert run.status == "failed"
    assert run.result["summary"]["outcome"] == run.row["question"]["status"] == "undelivered"


@pytest.mark.parametrize("text", [lambda question: "yes", lambda question: code_for(question, "yes")])
@pytest.mark.parametrize("after_s", [30.0, 150.0, 300.0])
def test_an_answer_counts_whenever_the_service_chose_its_number(
    harness: Harness, after_s: float, text: Callable[[Message], str]
) -> None:
    harness.twilio.outcomes[E164] = Outcome("delivered", after_s / SERVICE_CHOOSES_AT)
    harness.config["from_phone"] = SERVICE_SID
    run = ask(
        harness,
        when_asked(lambda: reply(harness, text(questions(harness)[0]), after_s=after_s + 30.0)),
        timeout=20,
    )
    assert run.result["summary"]["response"] == "yes"
    assert run.row["question"]["from"] == harness.twilio.from_phone


def test_an_answer_counts_although_twilio_shows_only_then_which_number_the_service_chose(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("delivered", 150.0 / SERVICE_CHOOSES_AT)
    harness.config["from_phone"] = SERVICE_SID
    run = ask(
        harness, when_asked(lambda: reply(harness, code_for(questions(harness)[0], "yes"), after_s=140.0)), timeout=20
    )
    assert run.result["summary"]["response"] == "yes"
    assert run.seconds < 170.0


def fail_reading_the_question(harness: Harness) -> None:
    """Let a question be readable in the log, and not by its SID."""

    def choose(request: RecordedRequest) -> Fault | None:
        return Fault.ERROR_503 if request.method == "GET" and "/Messages/" in request.path else None

    harness.twilio.faults.choose = choose


def test_a_word_is_no_answer_while_it_cannot_be_read_what_became_of_the_question(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("sent", 1.0)
    fail_reading_the_question(harness)
    run = ask(harness, when_asked(lambda: reply(harness, "yes", after_s=90.0)))
    assert run.result["summary"]["outcome"] == "no_response"
    assert "What became of the question could not be read at the end" in run.message


def test_a_code_is_an_answer_although_it_cannot_be_read_what_became_of_the_question(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("sent", 1.0)
    fail_reading_the_question(harness)
    run = ask(harness, when_asked(lambda: reply(harness, code_for(questions(harness)[0], "yes"), after_s=90.0)))
    assert run.result["summary"]["response"] == "yes"


@pytest.mark.parametrize("change", ["redacted", "deleted"])
def test_an_answer_counts_although_the_question_was_redacted_or_deleted_meanwhile(
    harness: Harness, change: str
) -> None:
    harness.twilio.outcomes[E164] = Outcome("sent", 1.0)

    def change_and_answer() -> None:
        (question,) = questions(harness)
        reply(harness, code_for(question, "yes"), after_s=90.0)
        if change == "redacted":
            question.body = ""
        else:
            harness.twilio.log.remove(question)

    run = ask(harness, when_asked(change_and_answer))
    assert run.result["summary"]["response"] == "yes"


# --- what a wait costs: the figures of the README


@pytest.mark.parametrize(("people", "row"), [(1, "for 1 person"), (40, "for 40 people in one action call")])
def test_an_hour_of_waiting_costs_as_many_reads_as_the_readme_says(unhurried: Harness, people: int, row: str) -> None:
    recipients = [{"to_phone": f"+1510111{number:04}", "question": QUESTION, "timeout": 60} for number in range(people)]
    unhurried.run("ask question", *recipients)
    assert len(unhurried.requests("GET")) == pytest.approx(readme_figure(f"{row} | about ([0-9]+)"), rel=0.05)


@pytest.mark.parametrize(
    ("answered_after_s", "figure"), [(4.2, "within ([0-9]+) s while the question is young"), (600.2, "([0-9]+) s \\(")]
)
def test_an_answer_is_noticed_as_soon_as_the_readme_says(
    unhurried: Harness, answered_after_s: float, figure: str
) -> None:
    run = ask(unhurried, when_asked(lambda: reply(unhurried, "yes", after_s=answered_after_s)), timeout=60)
    assert run.result["summary"]["response"] == "yes"
    assert run.seconds < answered_after_s + readme_figure(figure) + 0.5  # until it was asked


# --- several people


def test_several_people_are_asked_at_once_and_each_result_has_its_own_answer(harness: Harness) -> None:
    people = {f"+1510111{number:04}": "yes" if number % 2 else "no" for number in range(10)}

    def answer() -> None:
        for number, (person, word) in enumerate(people.items()):
            reply(harness, word, after_s=10.0 + number, person=person)

    parameters = [{"to_phone": person, "question": QUESTION, "timeout": 2} for person in people]
    run = harness.run("ask question", *parameters, watch=when_asked(answer))
    assert [result["summary"]["response"] for result in run.results] == list(people.values())
    assert run.seconds < 40.0


# --- several questions of one run to one person


def draws_the_first_that_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actions.conversations.secrets.choice", lambda numbers: numbers[0])


def test_a_question_with_a_wrong_parameter_counts_among_those_that_failed(harness: Harness) -> None:
    sets = [{"to_phone": to, "question": QUESTION, "timeout": 0} for to in ("12", TO, "+15101110001")]
    run = harness.run("ask question", *sets)
    assert [result["summary"]["outcome"] for result in run.results] == ["not_sent", "asked", "asked"]
    assert re.fullmatch("3 messages: 2 sent, .* 1 failed, .*", run.progress[-1])


def test_codes_differ_from_those_of_a_question_that_twilio_may_have_and_the_log_does_not_show(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws_the_first_that_is_free(monkeypatch)
    harness.twilio.log.lag_s = 300.0
    harness.fault(Fault.RESET_AFTER, "POST")
    parameters = [{"to_phone": TO, "question": f"Question {number}?", "timeout": 0} for number in (1, 2)]
    run = harness.run("ask question", *parameters)
    assert [result["summary"]["outcome"] for result in run.results] == ["unknown", "asked"]
    first, second = (code_for(question, "yes") for question in questions(harness))
    assert first != second


def ask_twice(harness: Harness, fault: Fault, text: Callable[[Message], str]) -> Run:
    """Ask a person two questions; the second meets a fault, and while it is not known the person texts something."""
    harness.twilio.log.lag_s = 20.0  # the log shows the second question later than the text
    bodies: list[str] = []

    def choose(request: RecordedRequest) -> Fault | None:
        if request.method != "POST":
            return None
        bodies.append(request.form["Body"])
        if len(bodies) != 2:
            return None
        answer = reply(harness, text(questions(harness)[0]), after_s=1.5)
        answer.listed_at = answer.created
        return fault

    harness.twilio.faults.choose = choose
    parameters = [{"to_phone": TO, "question": f"Question {number}?", "timeout": 1} for number in (1, 2)]
    return harness.run("ask question", *parameters)


@pytest.mark.parametrize("fault", [Fault.HANG_AFTER, Fault.RESET_AFTER])
def test_a_word_is_no_answer_while_twilio_may_have_another_question_of_the_run(harness: Harness, fault: Fault) -> None:
    run = ask_twice(harness, fault, lambda question: "yes")
    assert len(questions(harness)) == 2
    assert [result["summary"].get("response") for result in run.results] == [None, None]


def test_a_code_is_an_answer_at_once(harness: Harness) -> None:
    run = ask_twice(harness, Fault.HANG_AFTER, lambda question: code_for(question, "no"))
    assert run.results[0]["summary"]["response"] == "no"


def test_a_word_is_an_answer_once_it_is_known_that_the_other_question_was_not_sent(harness: Harness) -> None:
    run = ask_twice(harness, Fault.QUEUE_FULL, lambda question: "yes")
    assert [result["summary"].get("response") for result in run.results] == ["yes", None]
    assert run.results[1]["summary"]["outcome"] == "not_sent"


# --- get response


def test_an_answer_that_came_too_late_is_fetched_later(harness: Harness) -> None:
    question_id = ask(harness, timeout=0.1).result["summary"]["question_id"]
    reply(harness, f"{code_for(questions(harness)[0], 'no')}", after_s=0.0)
    harness.clock.advance(3.0)
    run = get(harness, question_id)
    assert run.message == f"Response received: True, Question id: {question_id}, Response: no"
    assert run.result["summary"]["outcome"] == "answered"


def test_an_answer_that_is_not_there_yet_fails(harness: Harness) -> None:
    question_id = ask(harness, timeout=0).result["summary"]["question_id"]
    run = get(harness, question_id)
    assert run.status == "failed"
    assert run.message.startswith("Response to question not available")
    assert run.result["summary"] == {
        "question_id": question_id,
        "response_received": False,
        "outcome": "no_response",
    }


def ask_without_delivery(harness: Harness) -> str:
    """Ask a question that does not arrive, do not wait, and return its SID."""
    harness.twilio.outcomes[E164] = Outcome("undelivered", 1.0, 30003)
    question_id = str(ask(harness, timeout=0).result["summary"]["question_id"])
    harness.clock.advance(3.0)
    return question_id


def test_a_question_that_did_not_arrive_is_reported_as_ask_question_reports_it(harness: Harness) -> None:
    question_id = ask_without_delivery(harness)
    reply(harness, "yes", after_s=0.0)
    harness.clock.advance(3.0)
    run = get(harness, question_id)
    assert run.status == "failed"
    assert run.message.startswith("Message delivery status: undelivered. Error code 30003")
    assert run.result["summary"] == {
        "question_id": question_id,
        "response_received": False,
        "outcome": "undelivered",
    }


def test_a_code_answers_a_question_whatever_the_carrier_said_of_its_delivery(harness: Harness) -> None:
    question_id = ask_without_delivery(harness)
    reply(harness, code_for(questions(harness)[0], "no"), after_s=0.0)
    harness.clock.advance(3.0)
    assert get(harness, question_id).result["summary"]["response"] == "no"


def test_a_word_is_no_answer_where_another_question_was_asked_while_the_log_is_read(harness: Harness) -> None:
    question_id = ask(harness, timeout=0).result["summary"]["question_id"]
    pages: list[RecordedRequest] = []

    def between_the_sides(request: RecordedRequest) -> None:
        pages.extend([request] if request.path.endswith("/Messages.json") else [])
        if len(pages) == 2:
            harness.twilio.add_message(E164, "Call you?\nReply 971 for yes, 972 for no")
            reply(harness, "yes", after_s=0.0)

    harness.clock.advance(5.0)
    harness.twilio.faults.choose = between_the_sides
    assert get(harness, question_id).result["summary"]["response_received"] is False
    assert get(harness, question_id).result["summary"]["response_received"] is False


def test_after_a_day_no_answer_is_promised_any_more(harness: Harness) -> None:
    question_id = ask(harness, timeout=0).result["summary"]["question_id"]
    harness.clock.advance(24.5 * 3600.0)
    run = get(harness, question_id)
    assert run.result["summary"]["outcome"] == "no_response"
    assert run.message.startswith("The question is more than 24 hours old, so that no answer to it counts any more")


def test_a_message_that_is_no_question_is_named_as_such(harness: Harness) -> None:
    sid = harness.send().row["sid"]
    run = get(harness, sid)
    assert run.status == "failed"
    assert "is not a question of this app" in run.message


def test_get_response_only_reads(harness: Harness) -> None:
    question_id = ask(harness, timeout=0).result["summary"]["question_id"]
    get(harness, question_id)
    assert len(harness.requests("POST")) == 1
