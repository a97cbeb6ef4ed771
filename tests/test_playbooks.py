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
"""The playbooks that the README and docs/playbooks.md show, each run on the local SOAR."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from sandbox.soar import APP_DIR
from sandbox.soar.playbook import LocalPlaybook
from sandbox.soar.store import SoarStore
from sandbox.twilio import CallOutcome, Fault, File, Outcome
from tests.harness import E164, Harness


PAGES = [(APP_DIR / name).read_text(encoding="utf-8") for name in ("docs/playbooks.md", "manual_readme_content.md")]
BRITISH = "+442079460958"


def playbook_under(heading: str) -> str:
    """The playbook under a heading of either page."""
    sections = [part for page in PAGES for part in re.split(r"^#+ ", page, flags=re.MULTILINE)]
    found = [part for part in sections if part.startswith(f"{heading}\n") and "```python" in part]
    return found[0].partition("```python\n")[2].partition("```")[0]


def play(harness: Harness, heading: str, act: Callable[[], None] = lambda: None) -> list[str]:
    """Run a playbook, and return what it said. `act` is called once, when Twilio has accepted the first message."""
    done: list[bool] = []

    def watch(app: Any, line: str) -> None:
        if line.startswith("Twilio accepted") and not done:
            done.append(True)
            act()

    playbook = LocalPlaybook(lambda action, parameters: harness.run(action, *parameters, watch=watch).json)
    playbook.play(playbook_under(heading))
    return playbook.lines


def reply(harness: Harness, word: str, after_s: float = 3.0) -> None:
    """Let the person who was asked answer by code."""
    question = next(message for message in harness.twilio.messages if "\nReply " in message.body)
    (code,) = re.findall(rf"([0-9]+) for {word}", question.body)
    harness.twilio.receive(E164, harness.twilio.from_phone, code, created=harness.clock.time() + after_s)


# --- each of them, where the asset is wrong


@pytest.mark.parametrize(
    ("heading", "line"),
    [
        ("Branching", "The asset is wrong: the run ended before anything was sent"),
        ("An approval", "The asset is wrong: nobody was asked"),
        ("Ask now, fetch later", "The asset is wrong: nobody was asked"),
        ("Page on call", "The asset is wrong: nobody was asked"),
    ],
)
def test_a_wrong_asset_is_not_passed_over_in_silence(harness: Harness, heading: str, line: str) -> None:
    harness.config["account_sid"] = "AC12"
    assert play(harness, heading) == [line]


# --- Page on call


def test_an_alert_that_somebody_takes_when_called(harness: Harness) -> None:
    harness.twilio.log.outcome = Outcome("undelivered", 0.5, 30003)  # so that no answer is waited for
    harness.twilio.call_log.outcomes[BRITISH] = CallOutcome(keys="1", key_after_s=3.0)
    harness.twilio.call_log.outcomes[E164] = CallOutcome("no-answer")
    assert play(harness, "Page on call") == [f"{BRITISH} has it"]


def test_an_alert_that_nobody_takes(harness: Harness) -> None:
    harness.twilio.log.outcome = Outcome("undelivered", 0.5, 30003)  # so that no answer is waited for
    harness.twilio.call_log.outcome = CallOutcome("no-answer")
    assert play(harness, "Page on call") == [f"Nobody has taken the alert. People asked: {E164}, {BRITISH}."]


# --- Branching


def test_a_page_that_arrived(harness: Harness) -> None:
    assert play(harness, "Branching") == ["5101112345 has it", "+44 20 7946 0958 has it"]


def test_a_page_without_a_receipt_is_not_sent_again(harness: Harness) -> None:
    harness.twilio.outcomes[BRITISH] = Outcome("sent", 0.5)
    line = play(harness, "Branching")[1]
    sid = next(message.sid for message in harness.twilio.messages if message.to == BRITISH)
    assert line == f"+44 20 7946 0958 probably has it ({sid}): do not send it again"


def test_a_page_that_did_not_arrive(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("undelivered", 0.5, 30003)
    assert play(harness, "Branching")[0].startswith("5101112345 does not have it, reach them another way: ")


def test_a_page_of_which_nobody_knows(harness: Harness) -> None:
    harness.fault(Fault.RESET_BEFORE)
    assert play(harness, "Branching")[0].startswith("5101112345: nobody knows, look into Twilio's log first: ")


# --- An approval


@pytest.mark.parametrize(("word", "says"), [("yes", "Approved: isolate DC-01"), ("no", "Refused: leave DC-01 alone")])
def test_an_approval(harness: Harness, word: str, says: str) -> None:
    assert play(harness, "An approval", lambda: reply(harness, word)) == [says]


def test_an_approval_that_nobody_gave(harness: Harness) -> None:
    (line,) = play(harness, "An approval")
    assert line == f"No answer (no_response, {harness.twilio.messages[0].sid}): ask somebody else"


# --- Ask now, fetch later


def test_an_answer_that_is_fetched_later(harness: Harness) -> None:
    def answer() -> None:
        reply(harness, "yes", after_s=0.0)
        harness.clock.advance(2.0)  # an answer counts once its second is over

    assert play(harness, "Ask now, fetch later", answer) == ["The answer is yes"]


def test_a_question_that_was_refused(harness: Harness) -> None:
    harness.twilio.unsubscribed.add(E164)
    (line,) = play(harness, "Ask now, fetch later")
    assert line.startswith('Error from server. Status Code: 400 Data from server: {"code": 21610')


def test_an_answer_that_is_not_there_yet(harness: Harness) -> None:
    assert play(harness, "Ask now, fetch later") == ["Not answered yet: fetch it later, within a day of the question"]


# --- Smishing reports with pictures


@pytest.mark.parametrize(("pictures", "detonated"), [(0, []), (2, ["png", "png"])])
def test_pictures_of_a_report_are_detonated(harness: Harness, pictures: int, detonated: list[str]) -> None:
    store = SoarStore()
    harness.twilio.receive(E164, harness.twilio.from_phone, "Look", media=[File(b"a", "image/png")] * pictures)
    harness.run("on poll", {}, store=store)
    (container,) = store.containers
    looked_at: list[Any] = []

    def run(action: str, parameters: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        if action == "detonate file":
            looked_at.extend(parameters)
            return {"status": "success", "result_data": []}
        return harness.run(action, *parameters, store=store, container_id=container["id"]).json

    artifacts = store.artifacts_of(container["id"])
    LocalPlaybook(run).play(playbook_under("Smishing reports with pictures"), {**container, "artifacts": artifacts})
    assert [file["file_name"].rpartition(".")[2] for file in looked_at] == detonated
    assert [file["vault_id"] for file in looked_at] == [file["vault_id"] for file in store.files]


# --- Texts as events


@pytest.mark.parametrize(("text", "replies"), [("I think I got a phishing mail", 1), ("Lunch?", 0)])
def test_a_text_becomes_a_container_whose_playbook_answers(harness: Harness, text: str, replies: int) -> None:
    store = SoarStore()
    harness.twilio.receive(E164, harness.twilio.from_phone, text)
    harness.run("on poll", {}, store=store)
    (container,) = store.containers
    playbook = LocalPlaybook(lambda action, parameters: harness.run(action, *parameters).json)
    artifacts = store.artifacts_of(container["id"])
    playbook.play(playbook_under("Texts as events"), {**container, "artifacts": artifacts})
    thanks = [post.form for post in harness.requests("POST")]
    assert [form["To"] for form in thanks] == [E164] * replies
