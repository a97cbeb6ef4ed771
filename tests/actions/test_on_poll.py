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
"""The action "on poll", as the platform meets it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from actions.ingestion import MAX_FAILED_POLLS
from sandbox.memory_transport import DEAD, REFUSED, SILENT, MemoryRequest, Trouble
from sandbox.soar import ProcessDied, SoarStore, StoreFault
from sandbox.soar.polling import UNLIMITED_COUNT
from sandbox.twilio import WHATSAPP_SENDER, Fault, File, Message, Outcome, RecordedRequest
from sandbox.twilio.filters import _span as span
from tests.harness import E164, Harness
from twilio_api.errors import ResponseTooLong
from twilio_connector import TwilioConnector


OTHER = "+15101112222"
MINUTE, HOUR = 60.0, 3600.0
BEGUN = "No earlier poll has left a state, so this one began with the last 24 hours."
Watch = Callable[[TwilioConnector, str], None]


class Polls:
    """An asset that polls the local Twilio, and the people who write to it."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.twilio = harness.twilio
        self.store = SoarStore()
        self.config: dict[str, Any] = {}
        self.progress: list[str] = []

    def receive(self, body: str, *, ago: float = 0.0, from_: str = E164, **details: Any) -> Message:
        """Let a person write to the account, so many seconds ago."""
        created = self.harness.clock.time() - ago
        return self.twilio.receive(from_, details.pop("to", self.twilio.from_phone), body, created=created, **details)

    def poll(self, watch: Watch | None = None, **options: Any) -> dict[str, Any]:
        """Let the schedule poll, and return the only action result."""
        options = {"ingest": {"container_label": "events"}, "store": self.store, **self.config, **options}
        parameters = {"container_count": options.pop("count", UNLIMITED_COUNT)}
        run = self.harness.run("on poll", parameters, watch=watch, **options)
        self.progress = run.progress
        return run.result

    def poll_now(self, count: int) -> dict[str, Any]:
        """Press "Poll Now", and return the only action result."""
        return self.poll(count=count, is_poll_now=True)

    def crash(self) -> None:
        """Let the schedule poll, with a process that dies."""
        with pytest.raises(ProcessDied):
            self.poll()

    def next_polls(self, number: int) -> list[str]:
        """Poll so often, a minute apart, with a new text each time; return the messages."""
        messages = []
        for _ in range(number):
            self.harness.clock.advance(MINUTE)
            self.receive("new", from_=OTHER)
            messages.append(str(self.poll()["message"]))
        return messages

    def meanwhile(self, work: Callable[[], object]) -> Watch:
        """Let something happen once, when a poll shows its first line; that poll stands still until then."""
        lines: list[str] = []

        def watch(app: TwilioConnector, line: str) -> None:
            lines.append(line)
            if len(lines) == 1:
                self.harness.clock.leave()
                work()
                self.harness.clock.enter()

        return watch

    @property
    def ingested(self) -> list[str]:
        """The texts of the containers, in the order in which they were saved."""
        return [container["data"]["body"] for container in self.store.containers]

    @property
    def artifacts(self) -> list[str]:
        """The texts of the artifacts, in the order in which they were saved."""
        return [artifact["cef"]["messageBody"] for artifact in self.store.artifacts]

    @property
    def state(self) -> dict[str, Any]:
        """The asset's state."""
        return self.store.load_state("1") or {}

    @property
    def cursor(self) -> Any:
        """The cursor in the asset's state."""
        return self.state.get("cursor")


@pytest.fixture
def polls(harness: Harness) -> Polls:
    """An asset that polls the local Twilio."""
    return Polls(harness)


def test_each_text_becomes_a_container_the_oldest_first(polls: Polls) -> None:
    polls.receive("two", ago=20.0)
    polls.receive("one", ago=30.0, from_=OTHER)
    result = polls.poll()
    assert (result["status"], result["message"]) == ("success", f"2 texts ingested. {BEGUN}")
    assert polls.ingested == polls.artifacts == ["one", "two"]
    assert polls.progress == [result["message"]]


def test_a_container_holds_the_message_as_twilio_shows_it(polls: Polls) -> None:
    message = polls.receive("hello")
    polls.poll()
    (container,) = polls.store.containers
    assert container["data"] == message.resource(polls.harness.clock.time())
    assert (container["name"], container["label"]) == (f"SMS from {E164}: hello", "events")
    assert container["source_data_identifier"] == message.sid


def test_nothing_but_what_people_send_is_ingested(polls: Polls) -> None:
    polls.twilio.add_message(E164, "to a person")
    polls.receive("STOP")  # to which Twilio replies itself
    polls.poll()
    assert polls.ingested == ["STOP"]


def test_texts_to_every_number_of_the_account_are_ingested(polls: Polls) -> None:
    polls.receive("on WhatsApp", from_=f"whatsapp:{E164}", to=WHATSAPP_SENDER)
    polls.receive("with media", media=["https://example.com/a.png"])
    polls.poll()
    assert sorted(polls.ingested) == ["on WhatsApp", "with media"]


def test_a_text_is_ingested_once_however_many_polls_see_it(polls: Polls) -> None:
    polls.receive("one")
    assert [polls.poll()["message"][:17] for _ in range(3)] == ["1 text ingested. ", *["0 texts ingested."] * 2]
    assert (polls.ingested, polls.store.duplicate_containers) == (["one"], [])


def test_without_a_text_nothing_is_saved(polls: Polls) -> None:
    assert polls.poll()["message"] == f"0 texts ingested. {BEGUN}"
    assert polls.store.containers == []


# --- the first poll, the cursor


def test_the_first_poll_ingests_what_came_within_the_day_before(polls: Polls) -> None:
    polls.receive("history", ago=25 * HOUR)
    polls.receive("lately", ago=23 * HOUR)
    polls.poll()
    assert polls.ingested == ["lately"]


def test_a_text_that_came_while_first_polls_failed_is_not_lost(polls: Polls) -> None:
    polls.receive("one")
    polls.store.fail("save_container", StoreFault.CRASHES, times=2)
    for _ in range(2):
        polls.crash()
        polls.harness.clock.advance(23 * HOUR)
    polls.poll()
    assert polls.ingested == ["one"]


def test_a_text_that_the_log_shows_late_is_ingested(polls: Polls) -> None:
    polls.twilio.log_lag_s = 20 * MINUTE
    late = polls.receive("late")
    polls.twilio.log_lag_s = 0.0
    polls.harness.clock.advance(MINUTE)
    polls.receive("in time")
    polls.poll()
    assert (polls.ingested, late.listed_at > polls.harness.clock.time()) == (["in time"], True)
    polls.harness.clock.advance(20 * MINUTE)
    polls.poll()
    assert polls.ingested == ["in time", "late"]


def test_messages_that_were_never_sent_do_not_hide_a_text_wherever_the_log_lists_them(polls: Polls) -> None:
    polls.twilio.log.unsent_first = True
    polls.twilio.outcomes[E164] = Outcome("failed", 1.0, 30036)
    for number in range(30):
        polls.twilio.add_message(E164, f"page {number}", created=polls.harness.clock.time() - 3 * 3600.0)
    polls.receive("phishing", ago=30.0)
    polls.poll()
    assert polls.ingested == ["phishing"]


def test_a_text_that_is_still_being_received_waits_for_the_next_poll(polls: Polls) -> None:
    polls.receive("slow", after_s=4 * MINUTE)
    polls.poll()
    assert polls.ingested == []
    polls.harness.clock.advance(4 * MINUTE)
    polls.poll()
    assert polls.ingested == ["slow"]


def test_polls_go_on_over_days(polls: Polls) -> None:
    sent: list[str] = []
    for hour in range(50):
        for _ in range(hour % 3):
            sent.append(f"text {len(sent)}")
            polls.receive(sent[-1])
        polls.poll()
        polls.harness.clock.advance(HOUR)
    assert polls.ingested == sent
    assert polls.store.duplicate_containers == []
    assert len(polls.cursor["settled"]) < 10


def test_after_a_pause_of_days_all_that_came_is_ingested(polls: Polls) -> None:
    polls.poll()
    for number in range(30):
        polls.receive(str(number))
        polls.harness.clock.advance(3 * HOUR)
    polls.poll()
    assert polls.ingested == [str(number) for number in range(30)]


def test_the_time_is_the_servers_and_not_this_machines() -> None:
    harness = Harness(skew_s=-30 * 24 * HOUR)
    polls = Polls(harness)
    polls.receive("history", ago=25 * HOUR)
    polls.receive("lately", ago=23 * HOUR)
    polls.poll()
    assert polls.ingested == ["lately"]


# --- many texts


def test_a_poll_saves_as_many_as_asked_and_the_next_one_goes_on(polls: Polls) -> None:
    polls.poll()
    for number in range(5):
        polls.receive(str(number), ago=100.0 - number)
    messages = [polls.poll(count=2)["message"] for _ in range(3)]
    assert messages == [*["2 texts ingested. Further texts wait for the next poll."] * 2, "1 text ingested."]
    assert polls.ingested == ["0", "1", "2", "3", "4"]


def test_a_backlog_of_many_pages_is_worked_off(polls: Polls) -> None:
    polls.poll()
    for number in range(1200):
        polls.receive(str(number), ago=1200.0 - number, from_=f"+1510111{number % 5:04}")
    polls.poll()
    assert len(polls.ingested) == 1000
    polls.poll()
    assert polls.ingested == [str(number) for number in range(1200)]
    assert polls.store.duplicate_containers == []


def test_a_cancelled_poll_keeps_what_it_saved(polls: Polls) -> None:
    polls.poll()
    for number in range(120):
        polls.receive(str(number), ago=200.0 - number)
    result = polls.poll(lambda app, line: app.cancel() if line.startswith("50 of") else None)
    assert (result["status"], result["message"]) == (
        "success",
        "50 texts ingested. Further texts wait for the next poll.",
    )
    polls.poll()
    assert polls.ingested == [str(number) for number in range(120)]


# --- answers to questions


def question(harness: Harness, number: int = 52, ago: float = 0.0, to: str = E164) -> str:
    """Ask a person something, some time ago, with this number in the codes; return the code of "yes"."""
    body = f"Call you?\nReply {number}1 for yes, {number}2 for no"
    harness.twilio.add_message(to, body, created=harness.clock.time() - ago)
    return f"{number}1"


def test_a_text_that_answers_a_question_is_left_out(polls: Polls) -> None:
    code = question(polls.harness)
    polls.harness.clock.advance(MINUTE)
    polls.receive(f"{code} yes!")
    polls.receive("yes", from_=OTHER)
    polls.receive("what is host X?")
    result = polls.poll()
    assert sorted(polls.ingested) == ["what is host X?", "yes"]
    assert "1 text left out: they answer questions of this app." in result["message"]
    polls.poll()
    assert len(polls.ingested) == 2


def test_an_answer_on_another_channel_than_the_questions_is_left_out(polls: Polls) -> None:
    code = question(polls.harness, ago=MINUTE, to=f"rcs:{E164}")
    polls.receive(code)
    polls.poll()
    assert polls.ingested == []


def test_a_late_answer_is_left_out_and_one_after_a_day_is_a_text(polls: Polls) -> None:
    code = question(polls.harness)
    polls.poll()
    for hours in (23, 2):
        polls.harness.clock.advance(hours * HOUR)
        polls.receive(code)
        polls.poll()
    assert polls.ingested == [code]


def test_a_word_alone_to_a_question_that_did_not_arrive_becomes_a_container(polls: Polls) -> None:
    polls.twilio.outcomes[E164] = Outcome("undelivered", 1.0, 30003)
    question(polls.harness)
    polls.harness.clock.advance(MINUTE)
    polls.receive("yes")
    polls.poll()
    assert polls.ingested == ["yes"]


def test_words_that_were_no_answer_become_containers_however_long_questions_overlap(polls: Polls) -> None:
    polls.poll()
    # Each is open when the word after the next one comes, so that none of these words is an answer
    for number, ago, word_ago in ((52, 60.5, None), (53, 45.5, 44.5), (54, 23.5, 22.5), (55, 1.5, 0.5)):
        question(polls.harness, number, ago * HOUR)
        if word_ago:
            polls.receive("yes", ago=word_ago * HOUR)
    polls.poll()
    assert polls.ingested == ["yes", "yes"]


@pytest.mark.parametrize(("second", "ingested"), [("no", ["no", "yes"]), ("hello", ["hello"])])
def test_what_a_text_of_this_second_answers_is_decided_when_the_second_is_over(
    polls: Polls, second: str, ingested: list[str]
) -> None:
    question(polls.harness, 52, MINUTE)
    polls.poll()
    yes = polls.receive("yes")
    late = polls.twilio.receive(E164, yes.to, second, created=yes.created + 0.01)
    late.listed_at = math.inf

    def while_the_log_is_read(request: RecordedRequest) -> None:
        if request.query.get("From") == E164 and late.listed_at == math.inf:
            late.listed_at = polls.harness.clock.time() + 0.2

    polls.twilio.faults.choose = while_the_log_is_read
    polls.poll()
    polls.harness.clock.advance(MINUTE)
    polls.poll()
    assert sorted(polls.ingested) == ingested


def test_a_text_of_this_second_of_somebody_who_was_asked_nothing_is_ingested_at_once(polls: Polls) -> None:
    polls.receive("phishing")
    began = polls.harness.clock.time()
    polls.poll()
    assert (polls.ingested, polls.harness.clock.time()) == (["phishing"], began)


def test_a_poll_that_is_cancelled_while_it_waits_for_a_second_saves_nothing_uncertain(polls: Polls) -> None:
    question(polls.harness, 52, MINUTE)
    polls.receive("yes")
    app = TwilioConnector()
    polls.harness.clock.call_later(0.1, app.cancel)
    polls.poll(connector=app)
    assert polls.ingested == []


@pytest.mark.parametrize("sender", ["ACME Bank", "12345", None])
def test_a_sender_that_is_no_phone_number_is_asked_nothing_and_ingested(polls: Polls, sender: str | None) -> None:
    text = polls.receive("one")
    text.from_ = sender  # type: ignore[assignment]
    polls.poll()
    assert polls.ingested == ["one"]
    assert len(polls.twilio.requests) == 1


# --- what cannot be read at Twilio


def unreadable(polls: Polls, is_unreadable: Callable[[MemoryRequest], bool]) -> None:
    """Let these requests fail for ever."""
    polls.harness.network.trouble = lambda request: Trouble(fault=Fault.ERROR_503) if is_unreadable(request) else None


def test_a_log_that_cannot_be_read_fails_the_poll_and_loses_nothing(polls: Polls) -> None:
    polls.receive("one")
    polls.harness.fault(Fault.HTML_502_BEFORE, "GET", 1000)
    result = polls.poll()
    assert (result["status"], polls.progress) == ("failed", [result["message"]])
    assert result["message"].startswith("Status Code: 502. Data from server:")
    polls.twilio.faults.clear()
    polls.poll()
    assert polls.ingested == ["one"]


def test_the_log_of_one_person_that_cannot_be_read_holds_back_nobody_else(polls: Polls) -> None:
    polls.receive("whose log cannot be read", ago=30.0)
    unreadable(polls, lambda request: request.params.get("To") == E164)
    polls.receive("new", from_=OTHER)
    first = polls.poll()
    assert (first["status"], polls.ingested) == ("failed", ["new"])
    assert f"The questions to {E164} cannot be read: " in first["message"]
    messages = polls.next_polls(MAX_FAILED_POLLS)
    assert polls.ingested.count("new") == MAX_FAILED_POLLS + 1
    says = "was ingested after 10 polls, although the questions to its sender cannot be read."
    assert says in messages[MAX_FAILED_POLLS - 2]
    assert messages[-1] == "1 text ingested."
    assert "whose log cannot be read" in polls.ingested


def test_a_text_that_cannot_be_read_once_after_its_sender_could_not_be_looked_up_nine_times_is_kept(
    polls: Polls,
) -> None:
    text = polls.receive("kept", ago=30.0)
    unreadable(polls, lambda request: request.params.get("To") == E164)
    polls.next_polls(MAX_FAILED_POLLS - 1)
    polls.twilio.log.hides = lambda message: message is text
    unreadable(polls, lambda request: request.path.endswith(f"{text.sid}.json"))
    assert f"{text.sid} could not be read: " in polls.poll()["message"]
    unreadable(polls, lambda request: False)
    polls.poll()
    assert polls.ingested.count("kept") == 1


def test_an_outage_that_begins_while_people_are_looked_up_is_no_persons_fault(polls: Polls) -> None:
    polls.poll()
    for number in range(4):
        polls.receive(str(number), from_=f"+1510111{number:04}")
    for _ in range(MAX_FAILED_POLLS + 1):
        polls.harness.fault(Fault.ERROR_503, "GET", 1000, skip=1)
        result = polls.poll()
        assert result["status"] == "failed"
        assert '"code": 20503' in result["message"]
        polls.twilio.faults.clear()
    assert (polls.ingested, polls.cursor["attempts"]) == ([], {})
    polls.poll()
    assert len(polls.ingested) == 4


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page of the log have 50 rows, so that few texts make several."""
    monkeypatch.setattr("actions.on_poll.LOG_PAGE_SIZE", 50)


def log_of(polls: Polls, number: int) -> None:
    """Let so many texts stand in the log, a second apart, which an asset that polled before them has not seen."""
    polls.poll()
    polls.harness.clock.advance(2 * HOUR)
    for each in range(number):
        polls.receive(str(each), ago=float(number - each), from_=SHORT_CODE_OF_A_PERSON)


SHORT_CODE_OF_A_PERSON = "+15101113333"


@pytest.mark.usefixtures("short_pages")
def test_a_page_deep_in_the_log_that_cannot_be_read_holds_back_nothing_that_can(polls: Polls) -> None:
    log_of(polls, 120)
    unreadable(polls, lambda request: "Page" in request.params or "DateSent<" in request.params)
    result = polls.poll()
    assert result["status"] == "failed"
    assert "The message log could not be read right before 2026-" in result["message"]
    assert polls.ingested == [str(number) for number in range(70, 120)]
    messages = polls.next_polls(MAX_FAILED_POLLS - 1)
    assert GIVEN_UP in messages[-1]
    assert polls.next_polls(2) == ["1 text ingested."] * 2


GIVEN_UP = "that have no container yet were given up: 10 polls could not read all of the message log before then."
LOG_IN_VAIN = "The message log could not be read right before 2026-"
ERROR_503 = Trouble(fault=Fault.ERROR_503)


def rows_of(polls: Polls, *messages: Message, trouble: Trouble = ERROR_503) -> None:
    """Let each page fail that shows one of these messages, also of a person's log."""

    def shows_one(request: MemoryRequest) -> bool:
        is_log = request.path.endswith("/Messages.json")
        return is_log and any(polls.twilio.shows(request.params, message) for message in messages)

    polls.harness.network.trouble = lambda request: trouble if shows_one(request) else None


def bad_log(polls: Polls, newer: int, trouble: Trouble = ERROR_503) -> Message:
    """Let a bad row stand on the first page, with so many newer texts and 20 older ones, all of them a second apart."""
    log_of(polls, 20)
    bad = polls.receive("bad", from_=OTHER)
    for number in range(20, 20 + newer):
        polls.harness.clock.advance(1.0)
        polls.receive(str(number), from_=SHORT_CODE_OF_A_PERSON)
    rows_of(polls, bad, trouble=trouble)
    return bad


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(fault=Fault.ERROR_500_AFTER),
        Trouble(fault=Fault.HTML_200_AFTER),
        Trouble(fault=Fault.HTML_403_AFTER),
        Trouble(error=ResponseTooLong(200, "The response is longer than 2097152 bytes")),
        Trouble(fault=Fault.HANG_BEFORE),
    ],
    ids=["an error", "no JSON", "a proxy's page", "too long", "silence"],
)
@pytest.mark.parametrize("newer", [0, 1, 37], ids=["the newest", "one is newer", "many are newer"])
def test_a_row_that_makes_the_first_page_unreadable_holds_back_no_other_text(
    polls: Polls, trouble: Trouble, newer: int
) -> None:
    bad_log(polls, newer, trouble)
    result = polls.poll()
    assert (result["status"], LOG_IN_VAIN in result["message"]) == ("failed", True)
    assert polls.ingested == [str(number) for number in range(20 + newer)]


@pytest.mark.parametrize("trouble", [ERROR_503, Trouble(fault=Fault.HTML_403_AFTER)], ids=["an error", "a page"])
def test_three_rows_that_make_their_pages_unreadable_lose_no_other_text(polls: Polls, trouble: Trouble) -> None:
    bad = []
    for number in range(4):
        polls.harness.clock.advance(MINUTE)
        polls.receive(str(number))
        polls.harness.clock.advance(MINUTE)
        bad.append(polls.receive("bad", from_=OTHER))
    rows_of(polls, *bad[1:], trouble=trouble)
    began = polls.harness.clock.time()
    polls.poll()
    assert polls.harness.clock.time() - began <= 180.0
    messages = polls.next_polls(MAX_FAILED_POLLS)
    assert [GIVEN_UP in message for message in messages].index(True) == MAX_FAILED_POLLS - 2
    assert sorted(set(polls.ingested)) == ["0", "1", "2", "3", "bad", "new"]
    assert messages[-1] == "1 text ingested."


@pytest.mark.parametrize("newer", [0, 1, 37], ids=["the newest", "one is newer", "many are newer"])
def test_a_row_that_makes_the_first_page_unreadable_is_given_up_after_ten_polls_by_the_time(
    polls: Polls, newer: int
) -> None:
    bad = bad_log(polls, newer)
    messages = polls.next_polls(MAX_FAILED_POLLS)
    assert [GIVEN_UP in message for message in messages] == [False] * (MAX_FAILED_POLLS - 1) + [True]
    assert all(LOG_IN_VAIN in message for message in messages)
    assert polls.next_polls(5) == ["1 text ingested."] * 5
    assert sorted(polls.ingested) == sorted([*(str(number) for number in range(20 + newer)), *["new"] * 15])
    assert (polls.store.duplicate_containers, bad.sid in polls.cursor["settled"]) == ([], False)


def test_the_time_before_which_texts_are_given_up_is_the_one_that_late_texts_are_passed_over_to(polls: Polls) -> None:
    bad_log(polls, 0)
    polls.next_polls(1)
    polls.twilio.log_lag_s = 25 * MINUTE
    late = [polls.receive(f"late {number}", ago=10.0 - 600.0 * number) for number in range(2)]
    polls.twilio.log_lag_s = 0.0
    message = polls.next_polls(MAX_FAILED_POLLS - 1)[-1]
    until = datetime.strptime(message.split("sent before ")[1][:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    polls.harness.clock.advance(HOUR)
    polls.poll()
    assert [text.created < until.timestamp() for text in late] == [True, False]
    assert [text.body in polls.ingested for text in late] == [False, True]


def test_a_bad_row_that_stays_the_newest_is_given_up_and_the_next_polls_are_quiet(polls: Polls) -> None:
    bad_log(polls, 0)
    messages = []
    for _ in range(MAX_FAILED_POLLS + 2):
        polls.harness.clock.advance(5 * MINUTE)
        messages.append(polls.poll()["message"])
    assert GIVEN_UP in messages[MAX_FAILED_POLLS - 1]
    assert messages[MAX_FAILED_POLLS:] == ["0 texts ingested."] * 2


def test_the_very_first_poll_goes_round_a_bad_row_that_is_the_newest(polls: Polls) -> None:
    polls.receive("before", ago=HOUR)
    rows_of(polls, polls.receive("bad", from_=OTHER))
    assert polls.poll()["status"] == "failed"
    assert polls.ingested == ["before"]
    messages = polls.next_polls(MAX_FAILED_POLLS)
    assert GIVEN_UP in messages[-2]
    assert messages[-1] == "1 text ingested."


def test_a_twilio_that_heeds_only_the_day_of_a_date_holds_back_nothing_newer_and_nothing_of_the_days_before(
    polls: Polls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.twilio.filters._span", lambda name, text: span(name, text[:10]))
    polls.poll()
    polls.harness.clock.advance(2 * 24 * HOUR)
    polls.receive("yesterday", ago=24 * HOUR)
    rows_of(polls, polls.receive("bad", from_=OTHER))
    messages = polls.next_polls(MAX_FAILED_POLLS + 2)
    assert polls.ingested == ["yesterday", *["new"] * (MAX_FAILED_POLLS + 2)]
    assert GIVEN_UP in messages[MAX_FAILED_POLLS - 1]


@pytest.mark.usefixtures("short_pages")
def test_a_cursor_in_the_future_hides_no_text_behind_a_bad_row(polls: Polls) -> None:
    bad_log(polls, 60)
    with_cursor(polls, since=polls.harness.clock.time() + 23 * HOUR)
    polls.poll()
    assert polls.ingested == [str(number) for number in range(80)]


def test_other_texts_of_the_sender_of_a_bad_row_hold_back_nobody_else(polls: Polls) -> None:
    polls.poll()
    question(polls.harness, ago=HOUR, to=OTHER)
    polls.receive("of the same person", from_=OTHER, ago=30.0)
    polls.receive("of another", ago=20.0)
    rows_of(polls, polls.receive("bad", from_=OTHER))
    assert f"The questions to {OTHER} cannot be read: " in polls.poll()["message"]
    assert polls.ingested == ["of another"]


def test_a_bad_row_costs_a_poll_few_requests_and_little_time(polls: Polls) -> None:
    bad_log(polls, 400)
    polls.twilio.requests.clear()
    began = polls.harness.clock.time()
    polls.poll()
    assert len(polls.twilio.requests) <= 70
    assert polls.harness.clock.time() - began <= 60.0


def test_a_poll_is_cancelled_at_once_while_it_goes_round_a_bad_row(polls: Polls) -> None:
    bad_log(polls, 0, Trouble(fault=Fault.HANG_BEFORE))
    app = TwilioConnector()
    polls.harness.clock.call_later(45.0, app.cancel)
    began = polls.harness.clock.time()
    polls.poll(connector=app)
    assert polls.harness.clock.time() - began <= 47.0


def test_an_outage_of_hours_is_no_matter_of_a_row_and_loses_nothing(polls: Polls) -> None:
    log_of(polls, 20)
    unreadable(polls, lambda request: True)
    for _ in range(2 * MAX_FAILED_POLLS):
        polls.harness.clock.advance(20 * MINUTE)
        result = polls.poll()
        assert (result["status"], LOG_IN_VAIN in result["message"]) == ("failed", False)
    assert polls.cursor["gap"] is None
    unreadable(polls, lambda request: False)
    assert polls.poll()["message"] == "20 texts ingested."


@pytest.mark.parametrize("trouble", [ERROR_503, REFUSED, DEAD, SILENT, Trouble(fault=Fault.TOO_MANY)])
def test_a_poll_in_an_outage_makes_one_request_more_at_the_most_to_tell_it_from_a_bad_row(
    polls: Polls, trouble: Trouble
) -> None:
    log_of(polls, 20)
    polls.harness.network.trouble = lambda request: trouble
    polls.harness.network.calls.clear()
    began = polls.harness.clock.time()
    polls.poll()
    calls = polls.harness.network.calls
    assert len([call for call in calls if "DateSent<" in call.params]) <= 1
    assert len(calls) <= 12
    assert polls.harness.clock.time() - began <= 50.0


def test_poll_now_shows_the_texts_that_are_newer_than_a_bad_row(polls: Polls) -> None:
    bad_log(polls, 7)
    result = polls.poll_now(100)
    assert "The message log could not be read any further: " in result["message"]
    assert polls.ingested == [str(number) for number in range(20, 27)]


def answered(content: dict[str, Any]) -> Trouble:
    """The response of a page that is this JSON."""
    body = json.dumps(content).encode()
    return Trouble(response=b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def test_a_log_of_empty_pages_without_end_ends_the_poll(polls: Polls) -> None:
    def next_page(request: MemoryRequest) -> Trouble:
        number = int(request.params.get("Page", 0)) + 1
        return answered(
            {"messages": [], "next_page_uri": f"{request.path}?PageSize=500&Page={number}&PageToken=PA{number}"}
        )

    polls.harness.network.trouble = next_page
    result = polls.poll()
    assert result["status"] == "failed"
    assert "10 pages of the message log in a row show nothing new." in result["message"]


@pytest.mark.parametrize("next_page_uri", [7, True, {}, ["/x"], {"uri": "/x"}])
def test_a_next_page_that_is_no_address_is_not_the_end_of_the_log(polls: Polls, next_page_uri: Any) -> None:
    row = polls.receive("one").resource(polls.harness.clock.time())
    polls.harness.network.trouble = lambda request: (
        None if "To" in request.params else answered({"messages": [row], "next_page_uri": next_page_uri})
    )
    result = polls.poll()
    assert (result["status"], polls.ingested) == ("failed", ["one"])
    assert "The next page of the message log is at an address that is not the log's." in result["message"]


def test_rows_that_were_never_sent_do_not_make_each_poll_read_the_whole_log(polls: Polls) -> None:
    polls.twilio.log.unsent_first = True
    polls.twilio.outcomes[E164] = Outcome("failed", 1.0, 30036)
    for number in range(5000):
        polls.twilio.add_message(E164, "page", created=polls.harness.clock.time() - 5 * HOUR - number)
    for number in range(30):
        polls.receive("long ago", ago=4 * 24 * HOUR + number)
    polls.receive("new", ago=30.0)
    polls.poll()
    assert polls.ingested == ["new"]
    assert len([request for request in polls.twilio.requests if "To" not in request.query]) <= 4


def test_a_text_that_the_log_shows_again_behind_many_messages_that_were_never_sent_is_ingested_once(
    polls: Polls,
) -> None:
    polls.twilio.outcomes[E164] = Outcome("failed", 1.0, 30036)
    for number in range(1600):
        polls.twilio.add_message(E164, "page", created=polls.harness.clock.time() - HOUR - number)
    polls.receive("new", ago=30.0)
    assert polls.poll()["message"] == f"1 text ingested. {BEGUN}"
    assert any("DateSent>" in request.query for request in polls.twilio.requests)
    assert polls.ingested == ["new"]


def test_texts_without_a_date_of_sending_do_not_make_each_poll_read_the_whole_log(polls: Polls) -> None:
    for number in range(2000):
        polls.receive("long ago", ago=4 * 24 * HOUR + number).sent_at = lambda now: None  # type: ignore[method-assign]
    polls.receive("new").sent_at = lambda now: None  # type: ignore[method-assign]
    polls.poll()
    assert polls.ingested == ["new"]
    assert len([request for request in polls.twilio.requests if "To" not in request.query]) == 1


@pytest.mark.usefixtures("short_pages")
def test_a_page_that_can_be_read_again_loses_nothing(polls: Polls) -> None:
    log_of(polls, 120)
    unreadable(polls, lambda request: "Page" in request.params or "DateSent<" in request.params)
    for _ in range(MAX_FAILED_POLLS - 1):
        polls.poll()
    unreadable(polls, lambda request: False)
    polls.poll()
    assert sorted(polls.ingested, key=int) == [str(number) for number in range(120)]
    assert polls.poll()["message"] == "0 texts ingested."


@pytest.mark.parametrize("trouble", [REFUSED, Trouble(fault=Fault.TOO_MANY)], ids=["no connection", "throttled"])
@pytest.mark.usefixtures("short_pages")
def test_an_outage_that_begins_behind_the_first_page_gives_up_no_text(polls: Polls, trouble: Trouble) -> None:
    log_of(polls, 120)
    polls.harness.network.trouble = lambda request: trouble if "Page" in request.params else None
    messages = [polls.poll()["message"] for _ in range(2 * MAX_FAILED_POLLS)]
    assert [GIVEN_UP in message for message in messages] == [False] * len(messages)
    unreadable(polls, lambda request: False)
    polls.poll()
    assert len(polls.ingested) == 120


@pytest.mark.usefixtures("short_pages")
def test_a_message_that_was_never_sent_says_nothing_of_where_the_log_could_not_be_read(polls: Polls) -> None:
    log_of(polls, 120)
    polls.twilio.log.unsent_first = True
    polls.twilio.outcomes[OTHER] = Outcome("failed", 1.0, 30036)
    polls.twilio.add_message(OTHER, "page", created=polls.harness.clock.time() - 7 * 24 * HOUR)
    unreadable(polls, lambda request: "Page" in request.params or "DateSent<" in request.params)
    assert GIVEN_UP in [polls.poll()["message"] for _ in range(MAX_FAILED_POLLS)][-1]
    assert polls.poll()["message"] == "0 texts ingested."


# --- cursors that are wrong


def with_cursor(polls: Polls, **changes: Any) -> None:
    """Let the asset's state hold another cursor."""
    polls.store.save_state("1", {"cursor": {**polls.cursor, **changes}})


def test_a_cursor_in_the_future_is_put_right_and_reported_and_nothing_is_skipped(polls: Polls) -> None:
    polls.poll()
    polls.receive("meanwhile")
    with_cursor(polls, since=polls.harness.clock.time() + 23 * HOUR)
    polls.harness.clock.advance(MINUTE)
    result = polls.poll()
    assert (result["status"], polls.ingested) == ("failed", ["meanwhile"])
    assert "By Twilio's clock, the last poll was in the future" in result["message"]
    assert polls.poll()["message"] == "0 texts ingested."


@pytest.mark.parametrize("since", [1e18, 1e12, -1e12, -1e18, 1e300])
def test_a_cursor_that_is_no_date_is_put_right_and_reported_and_nothing_is_skipped(polls: Polls, since: float) -> None:
    polls.poll()
    polls.receive("meanwhile")
    with_cursor(polls, since=since)
    message = polls.poll()["message"]
    assert message.startswith("1 text ingested. The state of the asset could not be read, so a new one was begun: ")
    assert polls.poll()["message"] == "0 texts ingested."
    assert polls.ingested == ["meanwhile"]


def test_a_state_that_is_gone_is_reported_and_the_last_day_gone_through_again(polls: Polls, tmp_path: Path) -> None:
    polls.store = SoarStore(tmp_path, documented_only=True)
    polls.receive("this morning", ago=10 * HOUR)
    polls.poll()
    (tmp_path / "1_state.json").unlink()
    polls.receive("new")
    assert polls.poll()["message"] == f"1 text ingested. 1 text already had a container. {BEGUN}"
    assert polls.ingested == polls.artifacts == ["this morning", "new"]


# --- faults of the platform

FAULTS = [fault for fault in StoreFault if fault.kind in ("refuses", "gives no id", "raises")]
DEATHS = [StoreFault.CRASHES, StoreFault.CRASHES_AFTER_SAVING]


@pytest.fixture(params=[False, True], ids=["deduplicating", "documented only"])
def any_platform(polls: Polls, request: pytest.FixtureRequest) -> Polls:
    """A platform that deduplicates artifacts, and one that does nothing that is not documented."""
    polls.store = SoarStore(documented_only=request.param)
    return polls


@pytest.mark.parametrize("fault", FAULTS)
def test_a_text_that_is_not_saved_is_tried_again(any_platform: Polls, fault: StoreFault) -> None:
    polls = any_platform
    for number, body in enumerate(["one", "two", "three"]):
        polls.receive(body, ago=60.0 - number)
    polls.store.fail("save_container", fault, after=1)
    result = polls.poll()
    assert result["status"] == "failed"
    assert f"1 text could not be saved: {polls.twilio.messages[1].sid} (" in result["message"]
    assert "The next poll tries again." in result["message"]
    polls.poll()
    assert sorted(polls.ingested) == sorted(polls.artifacts) == ["one", "three", "two"]


def test_why_the_platform_did_not_save_a_text_is_said_in_its_own_words(polls: Polls) -> None:
    polls.receive("one")
    polls.store.fail("save_container", StoreFault.REFUSES)
    assert '(Failed to save: {"failed": true})' in polls.poll()["message"]


@pytest.mark.parametrize(
    ("operation", "after"),
    [(operation, after) for operation, calls in (("save_container", 3), ("save_state", 2)) for after in range(calls)],
)
@pytest.mark.parametrize("fault", DEATHS)
def test_a_poll_that_dies_at_any_step_loses_nothing_and_doubles_nothing(
    any_platform: Polls, operation: str, after: int, fault: StoreFault
) -> None:
    polls = any_platform
    for number, body in enumerate(["one", "two", "three"]):
        polls.receive(body, ago=60.0 - number)
    polls.store.fail(operation, fault, after=after)
    polls.crash()
    polls.poll()
    polls.poll()
    assert polls.ingested == polls.artifacts == ["one", "two", "three"]


@pytest.mark.parametrize(("is_unreadable", "says"), [(False, "1 text ingested."), (True, "2 texts ingested.")])
def test_after_a_poll_that_died_the_next_one_goes_on_behind_the_fiftieth_text(
    polls: Polls, is_unreadable: bool, says: str
) -> None:
    polls.poll()
    for number in range(1, 52):
        polls.receive(str(number), ago=60.0 - number, from_=OTHER if number == 50 else E164)
    unreadable(polls, lambda request: is_unreadable and request.params.get("To") == OTHER)
    polls.store.fail("save_container", StoreFault.CRASHES, after=49 if is_unreadable else 50)
    polls.crash()
    unreadable(polls, lambda request: False)
    assert polls.poll()["message"] == says


@pytest.mark.parametrize("fault", [*FAULTS, *DEATHS])
def test_poll_now_leaves_no_container_without_its_artifacts(any_platform: Polls, fault: StoreFault) -> None:
    polls = any_platform
    polls.receive("one")
    polls.store.fail("save_container", fault)
    with suppress(ProcessDied):
        polls.poll_now(1)
    assert polls.ingested == polls.artifacts
    polls.poll()
    assert polls.ingested == polls.artifacts == ["one"]


def test_a_container_that_is_there_already_gets_no_artifacts_again(any_platform: Polls) -> None:
    polls = any_platform
    polls.receive("one")
    polls.poll_now(1)
    assert polls.poll()["message"].startswith("0 texts ingested. 1 text already had a container.")
    assert polls.artifacts == ["one"]


def test_one_bad_text_does_not_hold_up_others_and_is_given_up_by_name(polls: Polls) -> None:
    bad = polls.receive("bad", ago=60.0)
    polls.poll_now(1)
    polls.store = SoarStore()
    polls.store.fail("save_container", StoreFault.REFUSES, times=None, source_data_identifier=bad.sid)
    messages = polls.next_polls(MAX_FAILED_POLLS + 1)
    assert polls.ingested == ["new"] * (MAX_FAILED_POLLS + 1)
    assert all("1 text could not be saved" in message for message in messages[:-2])
    assert messages[-2:] == [
        f'1 text ingested. {bad.sid} was given up after it failed in 10 polls: Failed to save: {{"failed": true}}.',
        "1 text ingested.",
    ]


@pytest.mark.parametrize(
    ("is_unreadable", "saves_before", "says"),
    [
        (lambda request: False, 0, "{sid} was given up after it failed in 10 polls: "),
        (
            lambda request: "Page" in request.params or "DateSent<" in request.params,
            0,
            "were given up: 10 polls could not read all of the message log",
        ),
        (lambda request: "Media" in request.path, 1, "Media of {sid} could not be saved, and are given up after 10"),
    ],
    ids=["a text", "a page of the log", "media"],
)
@pytest.mark.usefixtures("short_pages")
def test_what_is_given_up_is_named_although_the_process_dies_once_that_is_written(
    polls: Polls, is_unreadable: Callable[[MemoryRequest], bool], saves_before: int, says: str
) -> None:
    polls.config = {"save_media": True}
    log_of(polls, 60)
    text = polls.receive("bad", media=[PICTURE])
    if "after it failed" in says:
        polls.store.fail("save_container", StoreFault.REFUSES, times=None, source_data_identifier=text.sid)
    unreadable(polls, is_unreadable)
    polls.next_polls(MAX_FAILED_POLLS - 1)
    polls.receive("new")
    polls.store.fail("save_state", StoreFault.CRASHES_AFTER_SAVING, after=saves_before)
    lines: list[str] = []
    with pytest.raises(ProcessDied):
        polls.poll(lambda app, line: lines.append(line))
    assert [line for line in lines if says.format(sid=text.sid) in line] != []
    assert polls.next_polls(2)[-1] == "1 text ingested."


def test_a_bad_text_takes_no_others_place_where_few_are_asked_for(polls: Polls) -> None:
    bad = polls.receive("bad", ago=60.0)
    polls.store.fail("save_container", StoreFault.REFUSES, times=None, source_data_identifier=bad.sid)
    for number in range(3):
        polls.receive(str(number), ago=30.0 - number)
    for _ in range(4):
        polls.poll(count=1)
    assert polls.ingested == ["0", "1", "2"]


def test_an_outage_of_the_platform_blames_no_text(polls: Polls) -> None:
    polls.receive("one")
    polls.store.fail("save_container", StoreFault.REFUSES, times=2 * MAX_FAILED_POLLS)
    for _ in range(2 * MAX_FAILED_POLLS):
        assert polls.poll()["status"] == "failed"
    polls.poll()
    assert polls.ingested == ["one"]


def test_a_failed_text_that_is_deleted_at_twilio_is_reported_and_holds_nothing_on_a_quiet_account(polls: Polls) -> None:
    text = polls.receive("bad")
    polls.store.fail("save_container", StoreFault.REFUSES)
    polls.poll()
    polls.twilio.log.remove(text)
    result = polls.poll()
    assert result["message"] == f"0 texts ingested. {text.sid} was deleted at Twilio before it could be saved."
    assert (result["status"], polls.cursor["attempts"]) == ("failed", {})
    assert polls.poll()["status"] == "success"


def test_a_failed_text_that_the_log_does_not_show_any_more_is_saved_all_the_same(polls: Polls) -> None:
    text = polls.receive("one")
    polls.store.fail("save_container", StoreFault.REFUSES)
    polls.poll()
    polls.twilio.log.hides = lambda message: message is text
    polls.poll()
    assert polls.ingested == ["one"]


def test_texts_that_cannot_be_read_by_their_sids_take_a_poll_few_minutes(polls: Polls) -> None:
    failed = [polls.receive("bad", ago=60.0) for _ in range(40)]
    polls.store.fail("save_container", StoreFault.REFUSES, times=40)
    polls.poll()
    polls.twilio.log.hides = lambda message: message in failed
    unreadable(polls, lambda request: "/Messages/" in request.path)
    polls.receive("new")
    began = polls.harness.clock.time()
    assert polls.poll()["status"] == "failed"
    assert polls.harness.clock.time() - began <= 3 * MINUTE
    unreadable(polls, lambda request: False)
    polls.poll()
    assert polls.ingested == ["new", *["bad"] * 40]


# --- the state


def test_a_state_that_cannot_be_written_is_reported_and_doubles_nothing(any_platform: Polls) -> None:
    polls = any_platform
    polls.receive("one")
    polls.store.fail("save_state", StoreFault.REFUSES, times=3)
    result = polls.poll()
    assert result["status"] == "failed"
    assert "The state of the asset could not be written" in result["message"]
    polls.poll()
    assert polls.ingested == polls.artifacts == ["one"]


def test_a_state_that_cannot_be_read_for_a_moment_is_read_again(polls: Polls) -> None:
    polls.poll()
    before = polls.cursor
    polls.receive("one")
    polls.store.fail("load_state", StoreFault.REFUSES, times=2)
    assert polls.poll()["message"] == "1 text ingested."
    assert polls.cursor["since"] >= before["since"]


@pytest.mark.parametrize("content", ["", "[]", '{"cursor": {"since": NaN, "settled": {}, "attempts": {}}}'])
def test_a_broken_state_is_reported_and_begun_anew_a_day_back(polls: Polls, tmp_path: Path, content: str) -> None:
    polls.store = SoarStore(tmp_path, documented_only=True)
    polls.receive("yesterday", ago=23 * HOUR)
    polls.receive("known", ago=0.5 * HOUR)
    polls.poll()
    (tmp_path / "1_state.json").write_text(content)
    result = polls.poll()
    assert result["status"] == "failed"
    assert "The state of the asset could not be read, so a new one was begun" in result["message"]
    assert polls.ingested == polls.artifacts == ["yesterday", "known"]
    assert polls.poll()["message"] == "0 texts ingested."


def test_the_state_of_an_earlier_version_is_gone_on_with(polls: Polls) -> None:
    polls.poll()
    cursor = {name: polls.cursor[name] for name in ("since", "settled", "attempts")}
    polls.store.save_state("1", {"cursor": cursor, "unfinished": {"0badcafe": 1.0}})
    polls.receive("one")
    assert polls.poll()["message"] == "1 text ingested."


def test_the_state_stays_json_that_a_person_can_read(polls: Polls) -> None:
    polls.receive("one")
    polls.poll()
    assert set(polls.state) == {"cursor", "app_version"}
    assert json.loads(json.dumps(polls.state)) == polls.state


# --- polls that overlap


def test_polls_that_overlap_ingest_each_text_once(any_platform: Polls) -> None:
    polls = any_platform
    for number in range(60):
        polls.receive(str(number), ago=100.0 - number)
    inner: list[str] = []
    polls.poll(polls.meanwhile(lambda: inner.append(polls.poll()["message"])))
    polls.poll()
    assert inner[0].startswith("60 texts ingested.")
    assert polls.ingested == polls.artifacts == [str(number) for number in range(60)]


# --- Poll Now


@pytest.fixture
def five(polls: Polls) -> Polls:
    """Five texts, of which the newest is "5"."""
    for number in range(1, 6):
        polls.receive(str(number), ago=100.0 - number)
    return polls


def test_poll_now_shows_the_newest_texts_the_oldest_of_them_first(five: Polls) -> None:
    result = five.poll_now(3)
    assert (result["status"], result["message"]) == ("success", "3 texts ingested.")
    assert five.ingested == five.artifacts == ["3", "4", "5"]


def test_poll_now_neither_reads_nor_writes_the_state(five: Polls) -> None:
    five.store.fail("load_state", StoreFault.CRASHES, times=None)
    five.store.fail("save_state", StoreFault.CRASHES, times=None)
    assert five.poll_now(2)["status"] == "success"


def test_a_poll_after_poll_now_ingests_the_others(five: Polls) -> None:
    five.poll_now(2)
    five.poll()
    assert five.ingested == ["4", "5", "1", "2", "3"]


def test_poll_now_shows_texts_of_any_age(polls: Polls) -> None:
    polls.receive("long ago", ago=90 * 24 * HOUR)
    polls.poll_now(5)
    assert polls.ingested == ["long ago"]


def test_poll_now_leaves_out_answers_and_reads_further_back_instead(polls: Polls) -> None:
    polls.receive("before", ago=MINUTE)
    code = question(polls.harness)
    polls.receive(code)
    polls.poll_now(1)
    assert polls.ingested == ["before"]


def test_poll_now_reads_the_log_of_a_person_once_for_all_their_texts(polls: Polls) -> None:
    for days in (3, 2, 1):
        polls.receive("again", ago=days * 24 * HOUR)
    polls.poll_now(5)
    assert polls.ingested == ["again"] * 3
    assert len([request for request in polls.harness.requests("GET") if "To" in request.query]) == 3  # one an address


def test_poll_now_says_what_could_not_be_saved(five: Polls) -> None:
    five.store.fail("save_container", StoreFault.REFUSES)
    result = five.poll_now(2)
    assert result["status"] == "failed"
    assert result["message"].startswith(f"1 text ingested. 1 text could not be saved: {five.twilio.messages[3].sid} (")


def test_poll_now_shows_what_it_found_before_twilio_could_not_be_read(polls: Polls) -> None:
    senders = [f"+1510111{number:04}" for number in range(7)]
    for number, sender in enumerate(senders):
        polls.receive(sender, from_=sender, ago=float(number))
    unreadable(polls, lambda request: request.params.get("To") in senders[1:])
    assert "The message log could not be read any further: " in polls.poll_now(7)["message"]
    assert polls.ingested == senders[:1]


def test_poll_now_saves_nothing_after_it_is_cancelled(five: Polls) -> None:
    app = TwilioConnector()
    five.store.draw_faults(lambda operation: app.cancel() if five.store.containers else None)
    assert five.poll(connector=app, count=5, is_poll_now=True)["message"] == "2 texts ingested."
    assert five.ingested == ["1", "2"]


# --- media


PICTURE, VIDEO = File(b"\x89PNG what a person saw", "image/png"), File(b"film", "video/mp4")


@pytest.fixture
def media_polls(polls: Polls) -> Polls:
    """An asset that saves media, on a platform that does nothing that is not documented."""
    polls.store = SoarStore(documented_only=True)
    polls.config = {"save_media": True}
    return polls


def media_artifacts(polls: Polls) -> list[dict[str, Any]]:
    return [artifact["cef"] for artifact in polls.store.artifacts if artifact["name"] == "Media"]


def test_media_go_into_the_vault_of_their_container_with_an_artifact_each(media_polls: Polls) -> None:
    polls = media_polls
    message = polls.receive("look", media=[PICTURE, VIDEO])
    result = polls.poll()
    assert result["message"] == f"1 text ingested. Files saved into the vault: 2. {BEGUN}"
    (container,) = polls.store.containers
    picture, video = polls.store.files
    assert (picture["container_id"], picture["name"]) == (container["id"], f"{message.sid}-{message.media[0].sid}.png")
    assert (Path(picture["path"]).read_bytes(), Path(video["path"]).read_bytes()) == (PICTURE.content, VIDEO.content)
    assert media_artifacts(polls) == [
        {
            "messageSid": message.sid,
            "vaultId": file["vault_id"],
            "fileName": file["name"],
            "fileHashSha256": hashlib.sha256(sent.content).hexdigest(),
            "mimeType": sent.content_type,
        }
        for file, sent in ((picture, PICTURE), (video, VIDEO))
    ]
    assert list(polls.store.vault_tmp_dir().iterdir()) == []


def test_without_save_media_nothing_is_downloaded(polls: Polls) -> None:
    polls.receive("look", media=[PICTURE])
    polls.poll()
    assert (polls.ingested, polls.store.files) == (["look"], [])


def test_media_of_a_text_are_saved_once_however_many_polls_see_it(media_polls: Polls) -> None:
    polls = media_polls
    polls.receive("look", media=[PICTURE])
    for _ in range(3):
        polls.poll()
    assert (len(polls.store.files), len(media_artifacts(polls))) == (1, 1)


def test_media_that_poll_now_saved_are_not_saved_again(polls: Polls) -> None:
    polls.config = {"save_media": True}
    polls.receive("look", media=[PICTURE])
    polls.poll_now(1)
    polls.poll()
    assert (len(polls.store.files), len(media_artifacts(polls))) == (1, 1)


@pytest.mark.parametrize("fault", [*FAULTS, *DEATHS])
def test_media_whose_artifact_poll_now_could_not_save_get_it_with_the_next_poll(
    polls: Polls, fault: StoreFault
) -> None:
    polls.config = {"save_media": True}
    polls.receive("look", media=[PICTURE])
    polls.store.fail("save_artifacts", fault)
    with suppress(ProcessDied):
        polls.poll_now(1)
    polls.poll()
    assert (len(polls.store.files), len(media_artifacts(polls))) == (1, 1)


def test_media_that_cannot_be_read_hold_no_text_back_and_are_tried_again(media_polls: Polls) -> None:
    polls = media_polls
    message = polls.receive("look", media=[PICTURE, VIDEO])
    unreadable(polls, lambda request: request.path.endswith(message.media[0].sid))
    result = polls.poll()
    assert (result["status"], polls.ingested) == ("failed", ["look"])
    assert f"Media of {message.sid} could not be saved, and the next poll tries again: " in result["message"]
    assert [cef["mimeType"] for cef in media_artifacts(polls)] == ["video/mp4"]
    unreadable(polls, lambda request: False)
    assert polls.poll()["message"] == "0 texts ingested. Files saved into the vault: 1."
    assert [cef["mimeType"] for cef in media_artifacts(polls)] == ["video/mp4", "image/png"]
    assert polls.poll()["message"] == "0 texts ingested."


def test_media_that_wait_are_saved_only_while_save_media_is_on(media_polls: Polls) -> None:
    polls = media_polls
    polls.receive("look", media=[PICTURE])
    unreadable(polls, lambda request: "Media" in request.path)
    polls.poll()
    unreadable(polls, lambda request: False)
    assert polls.poll(save_media=False)["message"] == "0 texts ingested."
    assert polls.poll()["message"] == "0 texts ingested. Files saved into the vault: 1."


def test_media_that_can_never_be_read_are_given_up_by_name(media_polls: Polls) -> None:
    polls = media_polls
    message = polls.receive("look", media=[PICTURE])
    unreadable(polls, lambda request: "Media" in request.path)
    messages = [polls.poll()["message"] for _ in range(MAX_FAILED_POLLS + 1)]
    assert all("and the next poll tries again: " in message for message in messages[:-2])
    assert f"Media of {message.sid} could not be saved, and are given up after 10 polls: " in messages[-2]
    assert messages[-1] == "0 texts ingested."


def test_poll_now_names_each_text_whose_media_it_did_not_try(polls: Polls) -> None:
    polls.config = {"save_media": True}
    sids = [polls.receive("look", media=[PICTURE], ago=100.0 - number).sid for number in range(7)]
    unreadable(polls, lambda request: "Media" in request.path)
    message = polls.poll_now(7)["message"]
    assert [f"Media of {sid} could not be saved: " in message for sid in sids] == [True] * 7
    assert message.endswith("they were not tried, since those of 5 texts before failed.")
    assert "next poll" not in message


def test_bad_media_hold_back_no_others(media_polls: Polls) -> None:
    polls = media_polls
    bad = {polls.receive("bad", media=[PICTURE], ago=100.0 - number).sid for number in range(10)}
    unreadable(polls, lambda request: "Media" in request.path and bool(bad & set(request.path.split("/"))))
    polls.poll()
    polls.receive("good", media=[VIDEO])
    polls.poll()
    assert [cef["mimeType"] for cef in media_artifacts(polls)] == ["video/mp4"]


def test_media_that_were_deleted_are_reported_and_not_waited_for(media_polls: Polls) -> None:
    polls = media_polls
    message = polls.receive("look", media=[PICTURE])
    unreadable(polls, lambda request: "Media" in request.path)
    polls.poll()
    unreadable(polls, lambda request: False)
    polls.twilio.log.remove(message)
    assert f"The media of {message.sid} were deleted at Twilio before" in polls.poll()["message"]
    assert polls.poll()["message"] == "0 texts ingested."


def test_a_file_that_is_too_long_is_reported_and_not_waited_for(media_polls: Polls) -> None:
    polls = media_polls
    message = polls.receive("look", media=[File(b"x" * (16 * 1024 * 1024 + 1), "video/mp4"), PICTURE])
    result = polls.poll()
    assert f"{message.media[0].sid} of {message.sid} was not saved: " in result["message"]
    assert "The file is longer than 16 MiB" in result["message"]
    assert [cef["mimeType"] for cef in media_artifacts(polls)] == ["image/png"]
    assert polls.poll()["message"] == "0 texts ingested."


@pytest.mark.parametrize("operation", ["vault_info", "vault_add", "save_artifacts"])
@pytest.mark.parametrize("fault", [*FAULTS, *DEATHS])
def test_a_fault_of_the_vault_leaves_no_file_without_its_artifact(
    polls: Polls, operation: str, fault: StoreFault
) -> None:
    if operation == "vault_info" and fault.kind == "gives no id":
        return  # it gives none in any case
    polls.config = {"save_media": True}
    polls.receive("look", media=[PICTURE])
    polls.store.fail(operation, fault)
    with suppress(ProcessDied):
        polls.poll()
    assert list(polls.store.vault_tmp_dir().iterdir()) == []
    polls.poll()
    assert (polls.ingested, len(polls.store.files), len(media_artifacts(polls))) == (["look"], 1, 1)


def test_a_wrong_save_media_is_refused_by_name(polls: Polls) -> None:
    run = polls.harness.run("on poll", {}, save_media="perhaps", checks_form=False)
    assert run.json["message"] == "save_media of the asset is wrong: 'perhaps' is neither true nor false."
