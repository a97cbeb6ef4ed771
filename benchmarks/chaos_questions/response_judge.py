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
"""Reads answers by "get response", and holds them against what is right by the local Twilio's record."""

from __future__ import annotations

from benchmarks.chaos_questions.answer_rules import Verdict
from benchmarks.chaos_questions.counts import Counts
from benchmarks.chaos_questions.record import SECOND_S, UNDELIVERED, Record
from benchmarks.chaos_questions.run import Runner
from sandbox.fast_clock import FastClock
from sandbox.twilio import Message


_FETCH_TRIES = 12


class ResponseJudge:
    """Fetches the answers to questions, judges what is reported, and counts."""

    def __init__(self, counts: Counts, record: Record, runner: Runner, time: FastClock) -> None:
        self._counts, self._record, self._runner, self._time = counts, record, runner, time

    def fetch(self, taken: Message, *, is_last: bool = False) -> None:
        """Read an answer by "get response", as often as it takes to read it, and judge it."""
        for _ in range(_FETCH_TRIES):
            began = self._time.time()
            result = self._runner.get_response(taken.sid)
            if result["summary"]:
                break
            if "Internal error" in result["message"]:
                self._counts.broke("tracebacks", result["message"])
        else:
            if is_last:
                self._counts.broke("lost_answers", f"cannot be read at all: {result}")
            return
        if "outcome" not in result["summary"]:  # the question was read, and then not its answers
            if is_last:
                self.fetch(taken, is_last=True)
            return
        self._counts.fetched += 1
        now = self._time.time()
        allowed = self._record.verdicts(taken, began - SECOND_S, now, None)
        is_settled = len(set(allowed)) == 1
        summary, message = result["summary"], result["message"]
        word = summary.get("response", "")
        # A word alone is no answer to a question that did not arrive
        was_lost, is_lost = (taken.outcome.status in UNDELIVERED and taken.is_final(time) for time in (began, now))
        allowed_outcomes = {"answered"} if word else {"no_response"}
        if is_lost and not word and not message.startswith("Too many wrong codes"):
            allowed_outcomes = {"undelivered"} if was_lost else {"undelivered", "no_response"}
        is_by_word = self._is_by_word(taken, allowed[-1])
        if word and ((was_lost and is_by_word) or not any(each.word == word for each in allowed)):
            self._counts.broke("wrong_answers", f"fetched {word!r}: {self._record.story(taken)}")
        if not word and is_settled and allowed[0].word and not (is_lost and is_by_word):
            self._counts.broke("lost_answers", f"fetched {message}: {self._record.story(taken)}")
        if not word and is_settled and allowed[0].is_locked != message.startswith("Too many wrong codes"):
            self._counts.broke("misreported", f"fetched {message}: {self._record.story(taken)}")
        is_right = (
            summary["question_id"] == taken.sid
            and summary["response_received"] == bool(word)
            and summary["outcome"] in allowed_outcomes
            and result["status"] == ("success" if word else "failed")
        )
        if not is_right:
            self._counts.broke("misreported", f"fetched {result}")

    def _is_by_word(self, taken: Message, found: Verdict) -> bool:
        """Whether there is an answer, and no code in it."""
        bodies = [row.body for row in self._record.of_person(taken.to) if row.sid in found.text_sids]
        return bool(bodies) and not any(sum(char.isdecimal() for char in body) >= 3 for body in bodies)
