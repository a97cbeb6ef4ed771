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
"""The action "page on call", as a playbook meets it: whoever was asked can take the alert until somebody has."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.memory_transport import REFUSED, MemoryRequest, Trouble
from sandbox.raw_server import http_response
from sandbox.twilio import SERVICE_SID, CallOutcome, Fault, Message, Outcome, PhoneNumber
from sandbox.twilio.call import NewCall, Script
from tests.harness import Harness, Run
from twilio_api.timestamps import iso_of
from twilio_connector import TwilioConnector


ANN, BEN, CAT = "+15101112001", "+15101112002", "+15101112003"
PEOPLE = "5101112001, 5101112002, 5101112003"
ALERT = "Ransomware on DC-01"
PRESSES_1 = CallOutcome(keys="1", key_after_s=3.0)
SLEEPS = CallOutcome("no-answer")
MOST_READS_A_MINUTE = 90  # while three texts a minute leave, each after a look at what its person got before


@pytest.fixture
def on_call(harness: Harness) -> Harness:
    """Three people whose phones are delivered to at once, and who do not answer calls."""
    harness.twilio.call_log.outcome = SLEEPS
    return harness


def page(
    harness: Harness,
    people: str = PEOPLE,
    *,
    watch: Callable[[TwilioConnector, str], None] | None = None,
    connector: TwilioConnector | None = None,
    cancelled_after_s: float | None = None,
    **parameters: Any,
) -> Run:
    alert = {"people": people, "message": ALERT, **parameters}
    options: dict[str, Any] = {"watch": watch, "connector": connector, "cancelled_after_s": cancelled_after_s}
    return harness.run("page on call", alert, checks_form=False, **options)


def questions(harness: Harness, person: str) -> list[Message]:
    return [message for message in harness.twilio.messages if message.to == person and "\nReply " in message.body]


def reply(harness: Harness, person: str, after_s: float, what: str = "take it", which: int = -1) -> None:
    """Let a person answer the question that stands on their phone then, or another one, by its code."""

    def answer() -> None:
        question = questions(harness, person)[which]
        (code,) = re.findall(rf"([0-9]{{4}}) to {what}", question.body)
        harness.twilio.receive(person, question.from_, code)

    harness.clock.call_later(after_s, answer)


def page_two(harness: Harness) -> Run:
    """Two alerts at once, both to the first person, whose call for the first one is due a little before the other's."""
    alert = {"people": "5101112001", "call_attempts": 1}
    first = {**alert, "message": "Alert 1", "text_timeout": 0.5}
    return harness.run("page on call", first, {**alert, "message": "Alert 2", "text_timeout": 0.51})


def steps(run: Run) -> list[tuple[str, str, str]]:
    return [(row["person"], row["kind"], row["outcome"]) for row in run.result["data"]]


def notices(harness: Harness) -> list[str]:
    return [message.to for message in harness.twilio.messages if "has taken it" in message.body]


# --- how it ends


def test_the_first_person_takes_it_by_text(on_call: Harness) -> None:
    reply(on_call, ANN, 30.0)
    run = page(on_call)
    assert (run.status, steps(run)) == ("success", [(ANN, "text", "taken")])
    assert re.fullmatch(rf"Taken by {re.escape(ANN)} by text after 3\d s", run.message)
    summary = run.summary
    assert (summary["outcome"], summary["taken_by"], summary["taken_with"]) == ("taken", ANN, "text")
    assert 30 <= summary["seconds_to_take"] < 40
    assert summary["people_asked"] == 1
    assert notices(on_call) == []


def test_what_is_texted_says_how_to_take_it_and_how_to_pass_it_on(on_call: Harness) -> None:
    page(on_call, people="5101112001", text_timeout=0.1, call=False)
    text, line = questions(on_call, ANN)[0].body.split("\n")
    number = re.findall(r"[0-9]{3}", line)[0]
    assert (text, line) == (ALERT, f"Reply {number}1 to take it, {number}2 to pass it on")


def test_who_passes_it_on_is_not_called_and_the_next_is_asked_at_once(on_call: Harness) -> None:
    reply(on_call, ANN, 10.0, "pass it on")
    reply(on_call, BEN, 40.0)
    run = page(on_call)
    assert steps(run) == [(ANN, "text", "passed"), (BEN, "text", "taken"), (ANN, "notice", "sent")]
    assert run.seconds < 60.0
    assert on_call.twilio.calls == []


def test_without_an_answer_in_time_the_phone_rings(on_call: Harness) -> None:
    on_call.twilio.call_log.outcomes[ANN] = PRESSES_1
    run = page(on_call)
    assert steps(run) == [(ANN, "text", "no_response"), (ANN, "call", "acknowledged")]
    assert (run.summary["taken_with"], run.status) == ("call", "success")
    assert run.summary["seconds_to_take"] >= 300


def test_a_text_that_does_not_arrive_goes_on_to_the_call_at_once(on_call: Harness) -> None:
    on_call.twilio.outcomes[ANN] = Outcome("undelivered", 1.0, 30003)
    on_call.twilio.call_log.outcomes[ANN] = PRESSES_1
    run = page(on_call)
    assert steps(run)[:2] == [(ANN, "text", "undelivered"), (ANN, "call", "acknowledged")]
    assert run.summary["seconds_to_take"] < 120


def test_who_was_asked_first_can_take_it_while_the_third_is_called_and_that_call_is_ended(on_call: Harness) -> None:
    def watch(app: TwilioConnector, line: str) -> None:
        if line.startswith(f"Calling {CAT}"):
            reply(on_call, ANN, 5.0)

    run = page(on_call, text_timeout=1, call_attempts=1, watch=watch)
    assert (run.status, run.summary["taken_by"]) == ("success", ANN)
    (call,) = [call for call in on_call.twilio.calls if call.to == CAT]
    assert call.status == "canceled"
    assert sorted(notices(on_call)) == [BEN, CAT]


def test_nobody_takes_it(on_call: Harness) -> None:
    run = page(on_call, text_timeout=0, rounds=2, call_attempts=1)
    assert (run.status, run.outcome) == ("failed", "not_taken")
    assert run.message == f"Nobody has taken the alert. People asked: {ANN}, {BEN}, {CAT}."
    assert steps(run) == [(person, "call", "not_answered") for person in (ANN, BEN, CAT)] * 2
    assert notices(on_call) == []


def test_of_two_who_take_it_the_first_one_has_it(on_call: Harness) -> None:
    reply(on_call, ANN, 70.0)
    reply(on_call, BEN, 72.0)
    run = page(on_call, text_timeout=1, call=False)
    assert run.summary["taken_by"] == ANN
    assert notices(on_call) == [BEN]


@pytest.mark.parametrize(("first", "second"), [(ANN, BEN), (BEN, ANN)])
def test_of_two_answers_that_one_poll_shows_the_first_one_has_it(on_call: Harness, first: str, second: str) -> None:
    on_call.network.trouble = lambda request: REFUSED if 380.0 < request.at < 500.0 else None
    reply(on_call, first, 400.0)
    reply(on_call, second, 460.0)
    run = page(on_call, call=False)
    assert run.summary["taken_by"] == first
    outcomes = {row["person"]: row["outcome"] for row in run.result["data"] if row["kind"] == "text"}
    assert outcomes == {first: "taken", second: "too_late"}
    assert notices(on_call) == [second]


def test_a_call_that_could_not_be_begun_yet_is_not_begun_once_somebody_has_taken_it(on_call: Harness) -> None:
    on_call.network.trouble = lambda request: (
        REFUSED if request.path.endswith("/Executions") and request.at < 75.0 else None
    )
    reply(on_call, ANN, 68.0)
    run = page(on_call, text_timeout=1)
    assert steps(run) == [(ANN, "text", "taken")]
    assert on_call.twilio.studio.executions == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_text_that_could_not_be_sent_yet_is_not_sent_once_somebody_has_taken_it(
    on_call: Harness, method: str
) -> None:
    """Neither after its person's log was read, nor after its refused create call: each would succeed from 75 s on."""
    refused: list[float] = []

    def trouble(request: MemoryRequest) -> Trouble | None:
        is_for_ben = BEN in (request.params.get("To"), request.params.get("From"), request.form.get("To"))
        if request.method != method or not is_for_ben or request.at >= 75.0:
            return None
        refused.append(request.at)
        return REFUSED

    on_call.network.trouble = trouble
    reply(on_call, ANN, 68.0)
    run = page(on_call, text_timeout=1, call=False)
    assert 60.0 <= refused[0] < 68.0 < refused[-1]
    assert run.summary["taken_by"] == ANN
    assert [message.to for message in on_call.twilio.messages if message.from_ == on_call.twilio.from_phone] == [ANN]


def test_without_texts_people_are_called_alone(on_call: Harness) -> None:
    on_call.twilio.call_log.outcomes[BEN] = PRESSES_1
    run = page(on_call, text_timeout=0, call_attempts=2)
    assert steps(run) == [
        (ANN, "call", "not_answered"),
        (ANN, "call", "not_answered"),
        (BEN, "call", "acknowledged"),
        (ANN, "notice", "sent"),
    ]


def test_two_alerts_ask_with_different_codes_and_call_a_person_one_after_the_other(on_call: Harness) -> None:
    on_call.twilio.call_log.outcome = CallOutcome(keys="1", key_after_s=5.0)
    rows = [{"people": "5101112001", "message": f"Alert {number}", "text_timeout": 1} for number in (1, 2)]
    run = on_call.run("page on call", *rows)
    assert run.outcomes == ["taken", "taken"]
    first, second = questions(on_call, ANN)
    assert first.body.rpartition("\n")[2] != second.body.rpartition("\n")[2]
    one, other = on_call.twilio.calls
    assert other.created >= one.created + 5.0


def test_who_passes_it_on_while_a_further_text_leaves_is_not_waited_for(on_call: Harness) -> None:
    texts: list[float] = []

    def trouble(request: MemoryRequest) -> Trouble | None:
        if not request.is_create:
            return None
        texts.append(request.at)
        return Trouble(response_s=8.0) if len(texts) == 2 else None

    on_call.network.trouble = trouble
    on_call.clock.call_later(9.0, lambda: reply(on_call, ANN, 0.0, "pass it on", which=0))
    run = page(on_call, people="5101112001", text_timeout=0.1, call=False, rounds=2)
    assert steps(run) == [(ANN, "text", "passed"), (ANN, "text", "no_response")]
    assert run.seconds < 40.0


@pytest.mark.parametrize(
    ("what", "taker", "says"),
    [
        (
            "pass it on",
            BEN,
            "The flow was ended because the alert was passed on before anybody answered. The alert is over for this "
            "person, so the call was ended.",
        ),
        (
            "take it",
            ANN,
            "The flow was ended with the alert before anybody answered. The alert is over, so the call was ended.",
        ),
    ],
)
def test_a_call_that_is_ended_says_why(on_call: Harness, what: str, taker: str, says: str) -> None:
    reply(on_call, ANN, 70.0, what)
    if taker == BEN:
        reply(on_call, BEN, 100.0)
    run = page(on_call, text_timeout=1)
    assert run.summary["taken_by"] == taker
    assert steps(run)[1] == (ANN, "call", "not_answered")
    assert says in run.result["data"][1]["text"]


def test_a_call_that_never_leaves_the_queue_is_ended_and_says_why(on_call: Harness) -> None:
    on_call.twilio.call_log.calls_per_s = 1 / 7200
    on_call.twilio.call_log.place(NewCall(CAT, on_call.twilio.from_phone, 30), Script(()))
    run = page(on_call, people="5101112001", text_timeout=0, call_attempts=1)
    assert steps(run) == [(ANN, "call", "not_answered")]
    text = run.result["data"][0]["text"]
    assert "The flow was ended because its time was over before anybody answered." in text
    assert text.endswith("Its time was over, so the call was ended.")
    assert on_call.twilio.calls[1].status == "canceled"


def test_nobody_is_said_to_have_ended_a_call_that_was_over_long_before_its_time_was(on_call: Harness) -> None:
    on_call.twilio.call_log.outcome = CallOutcome()  # somebody listens, and presses nothing
    on_call.network.trouble = lambda request: (
        REFUSED if request.path.endswith("/Context") and 2.0 < request.at < 230.0 else None
    )
    run = page(on_call, people="5101112001", text_timeout=0, call_attempts=1)
    assert run.seconds > 200.0
    assert run.result["data"][0]["text"] == (
        "Call status: completed. Not acknowledged. Somebody answered, but pressed no key. Its time was over."
    )


@pytest.mark.parametrize("is_taken_meanwhile", [False, True])
def test_a_call_that_could_not_be_ended_is_waited_for_unless_nobody_needs_the_next_one_any_more(
    on_call: Harness, is_taken_meanwhile: bool
) -> None:
    on_call.twilio.call_log.outcome = CallOutcome(after_s=20.0)  # somebody listens, and presses nothing
    on_call.network.trouble = lambda request: (
        REFUSED if request.method == "POST" and re.search("/(Calls|Executions)/", request.path) else None
    )
    reply(on_call, ANN, 38.0, which=0)
    if is_taken_meanwhile:
        reply(on_call, ANN, 60.0, which=1)
    run = page_two(on_call)
    calls = on_call.twilio.calls
    assert len(calls) == 2 - is_taken_meanwhile
    assert all(calls[0].ended_at(call.created) for call in calls[1:])
    assert run.outcomes == [
        "taken",
        "taken" if is_taken_meanwhile else "not_taken",
    ]


def test_each_round_asks_anew_and_the_first_question_can_still_be_answered_in_the_last(on_call: Harness) -> None:
    reply(on_call, CAT, 205.0, which=0)
    run = page(on_call, text_timeout=0.2, rounds=2, call_attempts=1)
    asked = [(row["person"], row["kind"]) for row in run.result["data"] if row["kind"] != "notice"]
    turns = [(person, kind) for person in (ANN, BEN, CAT) for kind in ("text", "call")]
    assert asked == (turns * 2)[: len(asked)]
    assert len(asked) == 10  # the last one is the second person's
    asked_with = [(person, message.body) for person in (ANN, BEN, CAT) for message in questions(on_call, person)]
    assert (len(asked_with), len(set(asked_with))) == (5, 5)
    assert (run.summary["taken_by"], run.summary["people_asked"]) == (CAT, 3)
    assert sorted(notices(on_call)) == [ANN, BEN]


def test_studio_that_is_down_for_one_call_is_tried_again_for_the_next(on_call: Harness) -> None:
    on_call.network.trouble = lambda request: REFUSED if "//studio." in request.url and request.at < 100.0 else None
    on_call.twilio.call_log.outcomes[BEN] = PRESSES_1
    run = page(on_call, text_timeout=1)
    assert steps(run) == [
        (ANN, "text", "no_response"),
        (ANN, "call", "not_sent"),
        (BEN, "text", "no_response"),
        (BEN, "call", "acknowledged"),
        (ANN, "notice", "sent"),
    ]


def test_an_answer_that_came_while_twilio_was_down_takes_the_alert(on_call: Harness) -> None:
    on_call.network.trouble = lambda request: REFUSED if 50.0 < request.at < 200.0 else None
    reply(on_call, ANN, 70.0)
    run = page(on_call, text_timeout=1, call=False, rounds=2)
    assert (run.summary["taken_by"], run.result["data"][0]["outcome"]) == (ANN, "taken")
    assert run.seconds < 240.0


def test_an_answer_to_another_number_of_the_service_that_asked_takes_the_alert() -> None:
    pool = ["+15101281337", "+15101281338"]
    harness = Harness(numbers=map(PhoneNumber, pool), services={SERVICE_SID: pool})
    harness.twilio.account.senders.services[0].is_sticky = False

    def answer() -> None:
        (question,) = questions(harness, ANN)
        (code,) = re.findall("([0-9]{4}) to take it", question.body)
        harness.twilio.receive(ANN, next(number for number in pool if number != question.from_), code)

    harness.clock.call_later(70.0, answer)
    alert = {"people": PEOPLE, "message": ALERT, "text_timeout": 1, "call": False}
    run = harness.run("page on call", alert, from_phone=SERVICE_SID)
    assert (run.summary["taken_by"], run.summary["seconds_to_take"] < 80) == (ANN, True)
    (notice,) = [message for message in harness.twilio.messages if "has taken it" in message.body]
    assert (notice.to, notice.from_) == (BEN, questions(harness, BEN)[0].from_)


# --- what is true at any moment


def test_a_person_cancels_while_a_phone_rings(on_call: Harness) -> None:
    run = page(on_call, text_timeout=1, cancelled_after_s=68.0)
    assert run.outcome == "not_taken"
    assert run.message == f"Nobody is known to have taken the alert. People asked: {ANN}. The action was cancelled."
    assert run.seconds < 74.0
    (call,) = on_call.twilio.calls
    assert call.status == "canceled"
    assert {row["person"] for row in run.result["data"]} == {ANN}
    assert notices(on_call) == []


def test_nobody_says_of_an_answer_that_was_not_read_any_more_that_it_does_not_exist(on_call: Harness) -> None:
    reply(on_call, ANN, 100.0)
    run = page(on_call, cancelled_after_s=101.0)
    assert "Nobody has taken" not in run.message


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (1, "By text to +15101112001: The message log could not be read, so no unused codes could be chosen for"),
        (0, "By call to +15101112001: The Studio flow that asks for the key could be neither found nor made: Could"),
    ],
)
def test_a_page_that_is_cancelled_while_nothing_can_be_sent_says_what_hinders_it(
    on_call: Harness, texts: int, says: str
) -> None:
    on_call.network.trouble = lambda request: REFUSED
    run = page(on_call, text_timeout=texts, cancelled_after_s=5.0)
    assert run.message.startswith(f"Nothing was sent: nobody could be reached. {says}")
    assert run.message.count("The action was cancelled.") == 1


def test_a_page_that_is_cancelled_before_anything_was_sent_says_so_once(on_call: Harness) -> None:
    on_call.network.trouble = lambda request: Trouble(response_s=5.0)
    run = page(on_call, cancelled_after_s=1.0)
    assert run.message == "Nothing was sent: nobody could be reached. The action was cancelled."
    assert run.result["data"] == []


@pytest.mark.parametrize(
    ("after_s", "outcome", "rows"),
    [
        (20.0, "not_taken", [("text", "asked")]),
        (70.0, "unknown", [("text", "asked"), ("call", "unknown")]),
    ],
)
def test_a_process_that_ends_leaves_what_is_true(
    on_call: Harness, after_s: float, outcome: str, rows: list[tuple[str, str]]
) -> None:
    def terminate() -> None:
        raise SystemExit

    app = TwilioConnector()
    on_call.clock.call_later(after_s, terminate)
    with pytest.raises(SystemExit):
        page(on_call, text_timeout=1, connector=app)
    (result,) = app.get_action_results()
    assert result.get_summary()["outcome"] == outcome
    assert "Nobody has taken" not in result.get_message()
    assert [(row["kind"], row["outcome"]) for row in result.get_data()] == rows
    requests = len(on_call.network.calls)
    on_call.clock.advance(600.0)
    assert len(on_call.network.calls) == requests


def test_a_platform_that_fails_to_show_progress_changes_nothing(on_call: Harness) -> None:
    def fail(app: TwilioConnector, line: str) -> None:
        raise BrokenPipeError

    on_call.twilio.call_log.outcomes[ANN] = PRESSES_1
    run = page(on_call, text_timeout=1, watch=fail)
    assert (run.summary["taken_by"], run.status) == (ANN, "success")


def test_progress_says_who_is_asked_and_since_when(on_call: Harness) -> None:
    run = page(on_call, text_timeout=0.1, call=False)
    waiting = [line for line in run.lines if line.startswith("Waiting for")]
    assert re.fullmatch(rf"Waiting for {re.escape(ANN)}, text since \d\d:\d\d:\d\d UTC", waiting[0])
    assert any(line.endswith("; others who can take it by text: 2") for line in waiting)


def test_progress_of_several_alerts_says_how_many_are_taken_and_how_many_people_were_asked(on_call: Harness) -> None:
    reply(on_call, ANN, 40.0, which=0)
    run = page_two(on_call)
    assert "2 alerts: 0 taken, 0 not taken, 2 waiting; people asked: 1 by text, 0 by call" in run.lines
    assert "2 alerts: 1 taken, 0 not taken, 1 waiting; people asked: 1 by text, 1 by call" in run.lines
    assert run.progress[-1] == "2 alerts: 1 taken, 1 not taken, 0 waiting; people asked: 1 by text, 1 by call"


@pytest.mark.parametrize(
    ("path", "code", "says"),
    [
        ("/Messages.json", 21211, "The recipient's number does not exist: check people."),
        ("/Messages.json", 21606, "cannot send SMS to this recipient: check from_phone."),
        ("/Executions", 21210, "neither a number of this account nor verified: check caller_phone,"),
        ("/Executions", 13224, "or it does not exist: check people."),
        ("/Executions", 13224, 'Data from server: {"code": 13224, "status": 400, "message": "No to or from_phone"'),
    ],
)
def test_advice_names_the_parameters_of_this_action_and_twilios_words_stay(
    on_call: Harness, path: str, code: int, says: str
) -> None:
    body = json.dumps(
        {"code": code, "status": 400, "message": "No to or from_phone", "more_info": "https://www.twilio.com/docs"}
    )
    on_call.network.trouble = lambda request: (
        Trouble(lost_before=True, response=http_response(body.encode(), "400 Bad Request"))
        if request.is_create and request.path.endswith(path)
        else None
    )
    run = page(on_call, people="5101112001", text_timeout=0.1, call_attempts=1)
    assert says in run.message
    assert "to_phone" not in run.everything()


@pytest.mark.parametrize("leaves_nothing", [False, True])
def test_a_call_that_could_not_be_connected_names_the_parameter_of_this_action(
    on_call: Harness, leaves_nothing: bool
) -> None:
    on_call.twilio.call_log.outcomes[ANN] = CallOutcome("failed")
    on_call.twilio.studio.settings.failures_leave_nothing = leaves_nothing
    run = page(on_call, people="5101112001", text_timeout=0, call_attempts=1)
    assert "could not connect the call: check people." in run.result["data"][0]["text"]


def test_an_answer_in_the_last_second_is_not_lost(on_call: Harness) -> None:
    on_call.clock.call_later(60.5, lambda: reply(on_call, ANN, 0.0))
    run = page(on_call, people="5101112001", text_timeout=1, call=False)
    assert (run.status, run.summary["taken_by"]) == ("success", ANN)


@pytest.mark.parametrize("skew_s", [86_400.0, -86_400.0])
def test_times_are_by_twilios_clock_though_the_machines_is_wrong(skew_s: float) -> None:
    harness = Harness(skew_s=skew_s)
    harness.twilio.call_log.outcome = PRESSES_1
    began = harness.clock.time()
    run = page(harness, text_timeout=1)
    asked, called = (row["at"] for row in run.result["data"])
    assert (asked, called) == (iso_of(began), iso_of(began + 60.0))
    assert run.summary["taken_at"] == iso_of(began + run.summary["seconds_to_take"])


def test_where_the_answers_cannot_be_read_it_is_not_known_whether_somebody_took_it(on_call: Harness) -> None:
    on_call.network.trouble = lambda request: Trouble(lost_before=True) if "From" in request.params else None
    run = page(on_call, people="5101112001", text_timeout=1, call=False)
    assert (run.status, run.outcome) == ("failed", "unknown")
    assert "The message log could not be read at the end" in run.message


def test_ten_people_who_were_asked_cost_hardly_more_than_one_page_of_the_log_a_poll(on_call: Harness) -> None:
    people = ",".join(f"510111{number:04}" for number in range(2001, 2011))
    run = page(on_call, people=people, text_timeout=0.3, call=False)
    minutes = [0] * int(run.seconds // 60.0 + 1)
    for request in on_call.network.calls:
        minutes[int(request.at // 60.0)] += request.method == "GET"
    assert len(minutes) == 4
    assert max(minutes[1:3]) <= MOST_READS_A_MINUTE


def test_nothing_can_be_sent(on_call: Harness) -> None:
    on_call.network.trouble = lambda request: REFUSED
    run = page(on_call, text_timeout=1)
    assert (run.status, run.outcome) == ("failed", "not_sent")
    assert run.message.startswith("Nothing was sent: nobody could be reached. ")
    assert run.summary["people_asked"] == 0


def test_a_text_of_which_nobody_knows_goes_on_to_the_call_at_once(on_call: Harness) -> None:
    on_call.fault(Fault.RESET_BEFORE, path="/Messages.json", times=99)
    on_call.twilio.call_log.outcomes[ANN] = PRESSES_1
    run = page(on_call, people="5101112001")
    assert steps(run) == [(ANN, "text", "unknown"), (ANN, "call", "acknowledged")]


def test_where_a_text_may_have_gone_out_and_nobody_took_it_the_outcome_is_unknown(on_call: Harness) -> None:
    on_call.fault(Fault.RESET_BEFORE, path="/Messages.json", times=99)
    run = page(on_call, people="5101112001", call=False)
    assert (run.status, run.outcome) == ("failed", "unknown")


def test_a_notice_that_fails_changes_nothing_of_who_has_it(on_call: Harness) -> None:
    reply(on_call, ANN, 10.0, "pass it on")
    reply(on_call, BEN, 30.0)
    on_call.fault(Fault.ERROR_500_BEFORE, skip=2)
    run = page(on_call)
    assert (run.status, run.summary["taken_by"]) == ("success", BEN)
    assert steps(run)[-1] == (ANN, "notice", "unknown")


# --- bad input


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"people": ""}, "The parameter 'people' has 0 phone numbers; give 1 to 20."),
        ({"people": ",".join(f"510111{n:04}" for n in range(21))}, "has 21 phone numbers"),
        ({"people": "5101112001, Ann"}, "The parameter 'people' is wrong: 'Ann' is not a phone number."),
        ({"from_phone": "ACME SOC"}, "Nobody can reply to ACME SOC"),
        ({"caller_phone": "12345"}, "A call needs a phone number to call from"),
        ({"text_timeout": 0, "call": False}, "nobody would be asked"),
        ({"text_timeout": 1441}, "The parameter 'text_timeout' is wrong: '1441' is not a number of minutes"),
        ({"call_attempts": 4}, "The parameter 'call_attempts' is wrong"),
        ({"rounds": 0}, "The parameter 'rounds' is wrong"),
        ({"message": " "}, "The parameter 'message' is blank"),
        ({"message": "x" * 1600}, "Shorten it by"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_any_request(
    on_call: Harness, parameters: dict[str, Any], says: str
) -> None:
    run = page(on_call, **{"people": PEOPLE, **parameters})
    assert (run.status, run.outcome) == ("failed", "not_sent")
    assert says in run.message
    assert on_call.network.calls == []


def test_the_same_number_in_two_spellings_is_asked_once(on_call: Harness) -> None:
    run = page(on_call, people='["5101112001", "+1 (510) 111-2001"]', text_timeout=1, call=False)
    assert steps(run) == [(ANN, "text", "no_response")]
