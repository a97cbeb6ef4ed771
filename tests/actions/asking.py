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
"""What the tests of questions share: a run that asks, and a person who answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.soar import APP_DIR
from sandbox.twilio import Message
from tests.harness import E164, TO, Harness, Run
from twilio_connector import TwilioConnector


QUESTION = "Isolate host WS-0417?"  # which never draws the number 417, so that other questions of tests have it
OTHER = "+15101112299"

Watch = Callable[[TwilioConnector, str], None]


def questions(harness: Harness) -> list[Message]:
    """The questions that were sent, in their order."""
    return [message for message in harness.twilio.messages if "\nReply " in message.body]


def code_for(question: Message, word: str) -> str:
    """The code of a choice, as the person reads it."""
    (code,) = re.findall(rf"([0-9]+) for {re.escape(word)}(?:,|$)", question.body)
    return str(code)


def reply(
    harness: Harness, text: str, *, after_s: float = 3.0, person: str = E164, to: str = "", **details: Any
) -> Message:
    """Let a person write to the sender, so many seconds from now."""
    created = harness.clock.time() + after_s
    message = harness.twilio.receive(person, to or harness.twilio.from_phone, text, created=created, **details)
    message.listed_at = max(message.listed_at, created)
    return message


def when_asked(act: Callable[[], object]) -> Watch:
    """Do something once, as soon as the first question was accepted."""
    done: list[bool] = []

    def watch(app: TwilioConnector, line: str) -> None:
        if (line.startswith("Twilio accepted") or " questions: " in line) and questions_are_sent(line) and not done:
            done.append(True)
            act()

    return watch


def texting(harness: Harness, texts: Mapping[float, str]) -> Watch:
    """Let the person who is asked write texts, by seconds after the question; {yes} and {no} stand for its codes."""

    def write() -> None:
        question = questions(harness)[0]
        for after_s, text in texts.items():
            for word in re.findall("{([a-z]+)}", text):
                text = text.replace(f"{{{word}}}", code_for(question, word))
            reply(harness, text, after_s=after_s)

    return when_asked(write)


def questions_are_sent(line: str) -> bool:
    """Whether a line of progress does not say that no question was sent yet."""
    return " questions: 0 sent" not in line


def ask(harness: Harness, watch: Watch | None = None, **parameters: Any) -> Run:
    """Ask one person, two minutes long unless said otherwise."""
    given = {"to_phone": TO, "question": QUESTION, "timeout": 2, **parameters}
    return harness.run("ask question", given, watch=watch)


def get(harness: Harness, question_id: str) -> Run:
    """Fetch an answer."""
    return harness.run("get response", {"question_id": question_id})


def readme_figure(pattern: str) -> int:
    """A number of the documented table of what a wait costs."""
    table = (APP_DIR / "docs" / "answers.md").read_text(encoding="utf-8").partition("| what a wait costs |")[2]
    found = re.search(pattern.replace(" | ", " \\| "), table)
    assert found is not None, pattern
    return int(found[1])
