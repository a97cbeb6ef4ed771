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
"""What the runs asked, and what the local Twilio took and holds: all that a result is held against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks.chaos_questions.answer_rules import DAY_S, Verdict, is_overtaken, shown_at, verdicts_between
from benchmarks.chaos_questions.plan import Question
from benchmarks.chaos_questions.run import AppRun
from sandbox.fast_clock import FastClock
from sandbox.twilio import LocalTwilio, Message


UNDELIVERED = ("undelivered", "failed")  # statuses of a question that did not arrive
UNORDERED_S = 4.0  # rows that are younger stand in the log in any order
SECOND_S = 3.0  # after a text, until it is certain that no other comes in its second, at the latest


def text_of(body: str) -> str:
    """The text of a question whose message has this body; empty where no reply line follows."""
    return body.rpartition("\n")[0]


def reply_line_of(body: str) -> str:
    """The last line of a message, where a question has its codes."""
    return body.rpartition("\n")[2]


class Record:
    """The runs and their questions, and the messages at the local Twilio. Times are in seconds since the epoch."""

    def __init__(self, twilio: LocalTwilio, time: FastClock) -> None:
        self._twilio, self._time = twilio, time
        self._runs: dict[str, AppRun] = {}  # by the text of a question
        self._questions: dict[str, Question] = {}  # by its text

    # --- what was asked

    def add(self, run: AppRun) -> None:
        """Add a run that is going to ask its questions."""
        for question in run.plan.questions:
            self._runs[question.text] = run
            self._questions[question.text] = question

    def run_of(self, body: str) -> AppRun | None:
        """The run whose question a message with this body is, if it is one."""
        return self._runs.get(text_of(body))

    def question_of(self, body: str) -> Question | None:
        """The question that a message with this body is, if it is one."""
        return self._questions.get(text_of(body))

    # --- what Twilio holds

    def taken(self, runs: Iterable[AppRun]) -> list[Message]:
        """The questions of these runs that Twilio took."""
        texts = {question.text for run in runs for question in run.plan.questions}
        return [message for message in self._twilio.messages if text_of(message.body) in texts]

    def of_person(self, person: str) -> list[Message]:
        """All messages to and from a person."""
        return [message for message in self._twilio.messages if message.person == person]

    def requests(self, since: float, until: float) -> Iterator[tuple[float, str]]:
        """The time and the body of each request between two times that was to send a message."""
        for request in self._twilio.requests:
            body = request.form.get("Body", "")
            if body and since <= request.time <= until:
                yield request.time, body

    # --- what is right by it

    def verdicts(
        self, question: Message, since: float, until: float, run: AppRun | None, unread_s: float = 0.0
    ) -> list[Verdict]:
        """What the right answer was at each moment between two times, the last one last.

        The run that asked knows its own questions from their creation on, whenever the log shows them.
        """
        own = {row.sid for row in self.taken([run])} if run else {question.sid}
        return verdicts_between(self.of_person(question.to), question.sid, since, until, own, unread_s)

    def verdict_now(self, question: Message) -> Verdict:
        """What the right answer is by what the log shows now."""
        now = self._time.time()
        return self.verdicts(question, now, now, None)[-1]

    def is_overtaken(self, question: Message, word: str, until: float) -> bool:
        """Whether nothing but rows that came late made an answer wrong that was reported at `until` or before."""
        now = self._time.time()
        rows = [message for message in self.of_person(question.to) if shown_at(message) <= now]
        return is_overtaken(rows, question.sid, word, until)

    def story(self, question: Message) -> str:
        """What Twilio holds about a person, for whoever investigates a broken promise."""
        rows = (
            f"{row.created - question.created:+.2f} s (listed {row.listed_at - row.created:+.1f}) "
            f"{row.from_} > {row.to} {row.body!r}"
            for row in self.of_person(question.to)
            if abs(row.created - question.created) < 2 * DAY_S
        )
        return "\n    ".join([f"{question.sid}", *rows])
