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

import json
import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.soar import ProcessDied, SoarStore, StoreFault, poll, poll_now, run_action
from sandbox.twilio import WHATSAPP_SENDER, Fault, Message, Outcome, RecordedRequest
from tests.harness import E164, Harness
from twilio_connector import TwilioConnector
from twilio_consts import MAX_FAILED_POLLS


OTHER = "+15101112222"
MINUTE, HOUR = 60.0, 3600.0
Watch = Callable[[TwilioConnector, str], None]


class Polls:
    """An asset that polls the local Twilio, and the people who write to it."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.twilio = harness.twilio
        self.store = SoarStore()
        self.progress: list[str] = []

    def receive(self, body: str, *, ago: float = 0.0, from_: str = E164, **details: Any) -> Message:
        """Let a person write to the account, so many seconds ago."""
        created = self.harness.clock.time() - ago
        return self.twilio.receive(from_, details.pop("to", self.twilio.from_phone), body, created=created, **details)

    def poll(self, watch: Watch | None = None, **details: Any) -> dict[str, Any]:
        """Let the schedule poll, and return the only action result."""
        return self._run(poll, watch, **details)

    def poll_now(self, count: int, watch: Watch | None = None) -> dict[str, Any]:
        """Press "Poll Now", and return the only action result."""
        return self._run(poll_now, watch, container_count=count)

    def poll_counting(self, count: int) -> dict[str, Any]:
        """Poll with a limit, as a schedule with one does, and return the only action result."""

        def run(config: dict[str, Any], store: SoarStore, now: float, **details: Any) -> dict[str, Any]:
            return run_action("on poll", config, [{"container_count": count}], store=store, **details)

        return self._run(run, None)

    def crash(self) -> None:
        """Let the schedule poll, with a process that dies."""
        with pytest.raises(ProcessDied):
            self.poll()

    def _run(self, run: Callable[..., dict[str, Any]], watch: Watch | None, **details: Any) -> dict[str, Any]:
        app = details.pop("connector", None) or TwilioConnector()
        app.clock = self.harness.clock_for_run()
        result = run(
            self.harness.config,
            details.pop("store", self.store),
            now=self.harness.clock.time(),
            connector=app,
            progress=lambda line, kept: watch(app, line) if watch else None,
            **details,
        )
        self.progress = app.progress_lines
        (only,) = result["result_data"]
        return dict(only)

    @property
    def ingested(self) -> list[str]:
        """The texts of the containers, in the order in which they were saved."""
        return [container["data"]["body"] for container in self.store.containers]

    @property
    def artifacts(self) -> list[str]:
        """The texts of the artifacts, in the order in which they were saved."""
        return [artifact["cef"]["messageBody"] for artifact in self.store.artifacts]

    @property
    def cursor(self) -> Any:
        """The cursor in the asset's state."""
        return (self.store.load_state("1") or {}).get("cursor")


@pytest.fixture
def polls(harness: Harness) -> Polls:
    """An asset that polls the local Twilio."""
    return Polls(harness)


def test_each_text_becomes_a_container_the_oldest_first(polls: Polls) -> None:
    polls.receive("two", ago=20.0)
    polls.receive("one", ago=30.0, from_=OTHER)
    result = polls.poll()
    assert (result["status"], result["message"]) == ("success", "2 texts ingested.")
    assert polls.ingested == polls.artifacts == ["one", "two"]
    assert polls.progress == ["2 texts ingested."]


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
    assert [polls.poll()["message"] for _ in range(3)] == ["1 text ingested.", *["0 texts ingested."] * 2]
    assert (polls.ingested, polls.store.duplicate_containers) == (["one"], [])


def test_without_a_text_nothing_is_saved(polls: Polls) -> None:
    assert polls.poll()["message"] == "0 texts ingested."
    assert polls.store.containers == []


# --- the first poll, the cursor


def test_the_first_poll_ingests_what_came_within_the_hour_before(polls: Polls) -> None:
    polls.receive("history", ago=2 * HOUR)
    polls.receive("lately", ago=0.9 * HOUR)
    polls.poll()
    assert polls.ingested == ["lately"]


def test_a_text_that_came_while_first_polls_failed_is_not_lost(polls: Polls) -> None:
    polls.receive("one")
    polls.store.fail("save_container", StoreFault.CRASHES, times=2)
    for _ in range(2):
        polls.crash()
        polls.harness.clock.advance(0.9 * HOUR)
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
    with Harness(skew_s=-30 * 24 * HOUR) as harness:
        polls = Polls(harness)
        polls.receive("history", ago=2 * HOUR)
        polls.receive("lately", ago=0.9 * HOUR)
        polls.poll()
        assert polls.ingested == ["lately"]


# --- many texts


def test_a_poll_saves_as_many_as_asked_and_the_next_one_goes_on(polls: Polls) -> None:
    for number in range(5):
        polls.receive(str(number), ago=100.0 - number)
    messages = [polls.poll_counting(2)["message"] for _ in range(3)]
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


def ask(polls: Polls, person: str = E164) -> str:
    """Ask a person a question, and return the code of "yes"."""
    polls.harness.run("ask question", {"to_phone": person, "question": "Isolate host X?", "timeout": 0})
    question = next(message for message in reversed(polls.twilio.messages) if message.to == person)
    return question.body.split("Reply ")[1].split()[0]


def test_a_text_that_answers_a_question_is_left_out(polls: Polls) -> None:
    code = ask(polls)
    polls.harness.clock.advance(MINUTE)
    polls.receive(f"{code} yes!")
    polls.receive("yes", from_=OTHER)
    polls.receive("what is host X?")
    result = polls.poll()
    assert sorted(polls.ingested) == ["what is host X?", "yes"]
    assert "1 text left out: they answer questions of this app." in result["message"]
    polls.poll()
    assert len(polls.ingested) == 2


def test_a_late_answer_is_left_out_and_one_after_a_day_is_a_text(polls: Polls) -> None:
    code = ask(polls)
    polls.poll()
    for hours in (23, 2):
        polls.harness.clock.advance(hours * HOUR)
        polls.receive(code)
        polls.poll()
    assert polls.ingested == [code]


def test_a_word_alone_to_a_question_that_did_not_arrive_becomes_a_container(polls: Polls) -> None:
    polls.twilio.outcomes[E164] = Outcome("undelivered", 1.0, 30003)
    ask(polls)
    polls.harness.clock.advance(MINUTE)
    polls.receive("yes")
    polls.poll()
    assert polls.ingested == ["yes"]


def question(harness: Harness, number: int, ago: float) -> None:
    """A question that was asked some time ago, with this number in its codes."""
    body = f"Call you?\nReply {number}1 for yes, {number}2 for no"
    harness.twilio.add_message(E164, body, created=harness.clock.time() - ago)


def test_a_word_that_was_no_answer_becomes_a_container_however_long_questions_overlap(polls: Polls) -> None:
    polls.poll()
    # Each is open when the word after the next one comes, so that none of these words is an answer
    for number, ago, word_ago in ((52, 60.5, None), (53, 45.5, 44.5), (54, 23.5, 22.5), (55, 1.5, 0.5)):
        question(polls.harness, number, ago * HOUR)
        if word_ago:
            polls.receive("yes", ago=word_ago * HOUR)
    polls.poll()
    assert polls.ingested == ["yes"]


@pytest.mark.parametrize(("second", "ingested"), [("no", ["no", "yes"]), ("hello", ["hello"])])
def test_what_a_text_of_this_second_answers_is_decided_when_the_second_is_over(
    unhurried: Harness, second: str, ingested: list[str]
) -> None:
    polls = Polls(unhurried)
    question(unhurried, 52, MINUTE)
    polls.poll()
    unhurried.clock.advance(1.0 - unhurried.clock.time() % 1.0)
    yes = polls.receive("yes")
    late = unhurried.twilio.receive(E164, yes.to, second, created=yes.created + 0.01)
    late.listed_at = math.inf

    def while_the_log_is_read(request: RecordedRequest) -> None:
        if request.query.get("From") == E164 and late.listed_at == math.inf:
            late.listed_at = unhurried.clock.time() + 0.2

    unhurried.twilio.faults.choose = while_the_log_is_read
    polls.poll()
    unhurried.clock.advance(MINUTE)
    polls.poll()
    assert sorted(polls.ingested) == ingested


def test_a_poll_that_is_cancelled_while_it_waits_for_a_second_saves_nothing_uncertain(unhurried: Harness) -> None:
    polls = Polls(unhurried)
    question(unhurried, 52, MINUTE)
    polls.receive("yes")
    app = TwilioConnector()

    def cancel(request: RecordedRequest) -> None:
        if request.query.get("From") == E164:
            app.cancel()

    unhurried.twilio.faults.choose = cancel
    polls.poll(connector=app)
    assert polls.ingested == []


def test_where_answers_cannot_be_recognised_nothing_is_saved_yet_and_nothing_lost(polls: Polls) -> None:
    polls.receive("one")
    polls.harness.fault(Fault.ERROR_503, "GET", 200, skip=1)
    result = polls.poll()
    assert (result["status"], polls.ingested) == ("failed", [])
    assert '"code": 20503' in result["message"]
    polls.twilio.faults.clear()
    polls.poll()
    assert polls.ingested == ["one"]


# --- faults of Twilio


def test_a_log_that_cannot_be_read_fails_the_poll_and_loses_nothing(polls: Polls) -> None:
    polls.receive("one")
    polls.harness.fault(Fault.HTML_502_BEFORE, "GET", 1000)
    result = polls.poll()
    assert (result["status"], polls.progress) == ("failed", [result["message"]])
    assert result["message"].startswith("Status Code: 502. Data from server:")
    polls.twilio.faults.clear()
    polls.poll()
    assert polls.ingested == ["one"]


def test_a_page_that_cannot_be_read_loses_nothing(polls: Polls) -> None:
    polls.poll()
    for number in range(700):
        polls.receive(str(number), ago=700.0 - number)
    polls.harness.fault(Fault.ERROR_503, "GET", 1000, skip=1)
    assert polls.poll()["status"] == "failed"
    polls.twilio.faults.clear()
    polls.poll()
    assert polls.ingested == [str(number) for number in range(700)]


# --- faults of the platform

REFUSALS = [fault for fault in StoreFault if fault.kind in ("refuses", "gives no id", "raises")]
CRASH_FAULTS = [StoreFault.CRASHES, StoreFault.CRASHES_AFTER_SAVING]


@pytest.mark.parametrize("operation", ["save_container", "save_artifacts"])
@pytest.mark.parametrize("fault", REFUSALS)
def test_a_text_that_is_not_saved_is_tried_again(polls: Polls, operation: str, fault: StoreFault) -> None:
    for number, body in enumerate(["one", "two", "three"]):
        polls.receive(body, ago=60.0 - number)
    polls.store.fail(operation, fault, after=1)
    result = polls.poll()
    failed = polls.twilio.messages[1].sid
    assert result["status"] == "failed"
    assert f"2 texts ingested. 1 text could not be saved: {failed} (" in result["message"]
    assert polls.poll()["status"] == "success"
    assert (sorted(polls.ingested), sorted(polls.artifacts)) == (["one", "three", "two"], ["one", "three", "two"])


def test_the_platforms_reason_is_shown_with_single_braces(polls: Polls) -> None:
    polls.receive("one")
    polls.store.fail("save_container", StoreFault.REFUSES)
    assert '(Failed to save: {"failed": true})' in polls.poll()["message"]


@pytest.mark.parametrize("operation", ["save_container", "save_artifacts", "save_state", "load_state"])
@pytest.mark.parametrize("fault", CRASH_FAULTS)
@pytest.mark.parametrize("after", range(3))
def test_a_poll_that_dies_at_any_step_loses_nothing(
    polls: Polls, operation: str, fault: StoreFault, after: int
) -> None:
    for number, body in enumerate(["one", "two", "three"]):
        polls.receive(body, ago=60.0 - number)
    polls.store.fail(operation, fault, after=after)
    polls.crash()
    polls.poll()
    polls.poll()
    assert polls.ingested == ["one", "two", "three"]
    assert polls.artifacts == ["one", "two", "three"]


def test_a_poll_that_dies_between_container_and_artifacts_is_made_good(polls: Polls) -> None:
    polls.receive("one")
    polls.store.fail("save_container", StoreFault.CRASHES_AFTER_SAVING)
    polls.crash()
    assert (polls.ingested, polls.artifacts) == (["one"], [])
    assert polls.poll()["message"] == "0 texts ingested. 1 text had a container already."
    assert (polls.ingested, polls.artifacts) == (["one"], ["one"])


@pytest.mark.parametrize("pause", [MINUTE, 12 * HOUR])
def test_a_poll_that_died_is_made_good_however_much_later_and_then_forgotten(polls: Polls, pause: float) -> None:
    polls.receive("one")
    polls.store.fail("save_container", StoreFault.CRASHES_AFTER_SAVING)
    polls.crash()
    polls.harness.clock.advance(pause)
    polls.poll()
    assert polls.artifacts == ["one"]
    polls.harness.clock.advance(2 * HOUR)
    polls.poll()
    assert (polls.store.load_state("1") or {})["unfinished"] == {}


def test_a_container_that_is_there_already_gets_no_artifacts_again(polls: Polls) -> None:
    polls.store = SoarStore(documented_only=True)
    polls.receive("one")
    polls.poll_now(1)
    assert polls.poll()["message"] == "0 texts ingested. 1 text had a container already."
    assert polls.artifacts == ["one"]


def test_one_bad_text_does_not_hold_up_others_and_is_given_up_by_name(polls: Polls) -> None:
    bad = polls.receive("bad", ago=60.0)
    polls.store.fail("save_container", StoreFault.REFUSES, times=None, source_data_identifier=bad.sid)
    messages = []
    for number in range(MAX_FAILED_POLLS + 1):
        polls.receive(str(number))
        messages.append(polls.poll()["message"])
        polls.harness.clock.advance(MINUTE)
    assert polls.ingested == [str(number) for number in range(MAX_FAILED_POLLS + 1)]
    assert all("1 text could not be saved" in message for message in messages[:-2])
    assert messages[-2] == (
        f"1 text ingested. {bad.sid} is given up, since it failed in 10 polls that saved others: "
        'Failed to save: {"failed": true}.'
    )
    assert messages[-1] == "1 text ingested."


def test_a_bad_text_takes_no_others_place_where_few_are_asked_for(polls: Polls) -> None:
    bad = polls.receive("bad", ago=60.0)
    polls.store.fail("save_container", StoreFault.REFUSES, times=None, source_data_identifier=bad.sid)
    for number in range(3):
        polls.receive(str(number), ago=30.0 - number)
    for _ in range(4):
        polls.poll_counting(1)
    assert polls.ingested == ["0", "1", "2"]


def test_an_outage_of_the_platform_blames_no_text(polls: Polls) -> None:
    polls.receive("one")
    polls.store.fail("save_container", StoreFault.REFUSES, times=2 * MAX_FAILED_POLLS)
    for _ in range(2 * MAX_FAILED_POLLS):
        assert polls.poll()["status"] == "failed"
    polls.poll()
    assert polls.ingested == ["one"]


# --- the state


def test_a_state_that_cannot_be_written_is_reported_and_doubles_nothing(polls: Polls) -> None:
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


@pytest.mark.parametrize("content", ["", "[]", "{", '{"cursor": 7}', '{"cursor": {"since": "x"}}', '{"unfinished": 7}'])
def test_a_broken_state_is_reported_and_begun_anew_a_day_back(polls: Polls, tmp_path: Path, content: str) -> None:
    polls.store = SoarStore(tmp_path, documented_only=True)
    polls.receive("yesterday", ago=23 * HOUR)
    polls.receive("known", ago=0.5 * HOUR)
    polls.poll()
    (tmp_path / "1_state.json").write_text(content)
    result = polls.poll()
    assert result["status"] == "failed"
    assert "The state of the asset could not be read, so it was begun anew" in result["message"]
    assert (polls.ingested, polls.artifacts) == (["known", "yesterday"], ["known", "yesterday"])
    assert polls.poll()["message"] == "0 texts ingested."


def test_the_state_stays_json_that_a_person_can_read(polls: Polls) -> None:
    polls.receive("one")
    polls.poll()
    state = polls.store.load_state("1") or {}
    assert set(state) == {"cursor", "unfinished", "app_version"}
    assert json.loads(json.dumps(state)) == state


# --- polls that overlap


def test_polls_that_overlap_ingest_each_text_once(polls: Polls) -> None:
    for number in range(60):
        polls.receive(str(number), ago=100.0 - number)
    threads = [threading.Thread(target=polls.poll) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    polls.poll()
    assert sorted(polls.ingested, key=int) == [str(number) for number in range(60)]
    assert sorted(polls.artifacts, key=int) == [str(number) for number in range(60)]


def meanwhile(work: Callable[[], object]) -> Watch:
    """Let something happen once, when a poll has read the log."""
    lines: list[str] = []

    def watch(app: TwilioConnector, line: str) -> None:
        lines.append(line)
        if len(lines) == 1:
            work()

    return watch


def test_a_container_that_a_poll_that_died_meanwhile_left_without_artifacts_gets_them(polls: Polls) -> None:
    polls.receive("one")

    def let_another_die() -> None:
        polls.store.fail("save_container", StoreFault.CRASHES_AFTER_SAVING)
        polls.crash()

    assert polls.poll(meanwhile(let_another_die))["message"] == "0 texts ingested. 1 text had a container already."
    assert polls.ingested == polls.artifacts == ["one"]


def test_a_container_that_another_poll_meanwhile_could_not_complete_gets_its_artifacts(polls: Polls) -> None:
    polls.receive("one")

    def let_another_fail() -> None:
        polls.store.fail("save_artifacts", StoreFault.REFUSES)
        assert polls.poll()["status"] == "failed"

    assert polls.poll(meanwhile(let_another_fail))["message"] == "0 texts ingested. 1 text had a container already."
    assert polls.ingested == polls.artifacts == ["one"]


def test_what_another_poll_meanwhile_could_not_complete_is_not_forgotten(polls: Polls) -> None:
    polls.receive("one")

    def let_another_fail() -> None:
        polls.store.fail("save_artifacts", StoreFault.REFUSES)
        assert polls.poll()["status"] == "failed"
        polls.harness.fault(Fault.ERROR_503, "GET", 1000)  # so that this one saves nothing, but writes its state

    assert polls.poll(meanwhile(let_another_fail))["status"] == "failed"
    polls.twilio.faults.clear()
    polls.poll()
    assert polls.ingested == polls.artifacts == ["one"]


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
    code = ask(polls)
    polls.receive(code)
    polls.poll_now(1)
    assert polls.ingested == ["before"]


def test_poll_now_says_what_could_not_be_saved(five: Polls) -> None:
    five.store.fail("save_container", StoreFault.REFUSES)
    result = five.poll_now(2)
    assert result["status"] == "failed"
    assert result["message"].startswith(f"1 text ingested. 1 text could not be saved: {five.twilio.messages[3].sid} (")
