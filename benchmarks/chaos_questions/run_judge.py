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
"""Holds what a run of "ask question" reported against what happened at the local Twilio."""

from __future__ import annotations

from typing import Any

from benchmarks.chaos_questions.answer_rules import has_lasting_answer
from benchmarks.chaos_questions.counts import Counts
from benchmarks.chaos_questions.plan import Question
from benchmarks.chaos_questions.record import SECOND_S, UNDELIVERED, UNORDERED_S, Record, reply_line_of, text_of
from benchmarks.chaos_questions.run import AppRun
from sandbox.twilio import Message


# What a run may take on top of the time of its last question: an outage at the end, and calls that hang
_GRACE_S = 25.0 + 3 * 15.0
# and on top of its last reply line or confirmation, whose call may hang and is searched for then
_ASIDE_GRACE_S = 25.0 + 15.0 + 7.0 + 4 * 15.0
_MACHINE_S = 40.0  # for a machine that is busy: one real second


class RunJudge:
    """Judges runs that ended, and counts."""

    def __init__(self, counts: Counts, record: Record) -> None:
        self._counts, self._record = counts, record

    def judge(self, run: AppRun) -> None:
        """Count what came of a run, and the promises that it broke."""
        counts = self._counts
        counts.runs += 1
        results = [None] * len(run.plan.questions) if run.json is None else run.json["result_data"]
        counts.killed += run.json is None
        counts.cancelled += run.cancel_at is not None
        lines = [line.text for line in run.connector.progress_log]
        lines += [result["message"] for result in results if result]
        for line in [*lines, str((run.json or {}).get("message"))]:
            if "Internal error" in line or "Exception Occurred" in line or "Traceback" in line:
                counts.broke("tracebacks", line)
        if len(results) != len(run.plan.questions) and run.cancel_at is None:
            counts.broke("misreported", f"{len(results)} results for {len(run.plan.questions)} questions")
        for question, result in zip(run.plan.questions, results):
            taken = [message for message in self._record.taken([run]) if message.body.startswith(question.text)]
            if len(taken) > 1:
                counts.broke("asked_twice", f"{question.text} {len(taken)} times")
            if result is not None:
                counts_as = result["summary"].get("outcome", "")
                setattr(counts, counts_as, getattr(counts, counts_as) + 1)
                what = self._misreport(run, question, result, taken[0] if taken else None)
                if what:
                    counts.broke("misreported", f"{question.text} {what}: {result}")
            if taken:
                self._judge_answer(run, question, result, taken[0])
                self._judge_asides(question, result, taken[0])
        self._judge_end(run)

    def _misreport(self, run: AppRun, question: Question, result: dict[str, Any], taken: Message | None) -> str | None:
        """What a result says wrongly, if anything, the answer itself aside."""
        summary, message = dict(result["summary"]), result["message"]
        outcome, status = summary.pop("outcome"), result["status"]
        if outcome in ("not_sent", "unknown"):
            if summary or result["data"] or status != "failed":
                return "says more than it can know"
            if outcome == "not_sent" and taken:
                return "says that nothing was sent"
            is_known = "cannot be known" in message
            return "has another message than outcome" if is_known != (outcome == "unknown") else None
        if taken is None:
            return "has a question that Twilio does not have"
        row = result["data"][0]
        sid, word = taken.sid, summary.get("response")
        expected: dict[str, Any] = {"question_id": sid, "response_received": outcome == "answered"}
        if outcome == "answered":
            expected["response"] = word
        if summary != expected or len(result["data"]) != 1 or row["question"].get("sid") != sid:
            return "has wrong data or summary"
        if ("response_message" in row) != (outcome == "answered"):
            return "has a text that answers, or none"
        is_final = taken.final_at is not None and taken.final_at <= run.ended_at
        is_bad = taken.outcome.status in UNDELIVERED
        starts: dict[str, tuple[str, bool]] = {
            "answered": (f"Response received: True, Question id: {sid}, Response: {word}", True),
            "asked": (f"Question sent, Question id: {sid}", question.timeout_s == 0.0),
            "undelivered": ("Message delivery status: ", is_final and is_bad),
        }
        if outcome == "no_response":
            is_over = run.ended_at >= taken.created + question.timeout_s - 1.0
            is_locked = any(each.is_locked for each in self._record.verdicts(taken, taken.created, run.ended_at, run))
            is_cancelled = run.cancel_at is not None and run.ended_at >= run.cancel_at
            starts = {
                "timed out": (f"Question timed out with no response, Question id: {sid}", is_over),
                "locked": ("Too many wrong codes came, so that no answer to the question counts any more", is_locked),
                "cancelled": (f"The wait for an answer was cancelled, Question id: {sid}", is_cancelled),
            }
            fits = any(message.startswith(start) and applies for start, applies in starts.values())
        else:
            start, applies = starts[outcome]
            fits = message.startswith(start) and applies
        is_good = status == ("success" if outcome in ("answered", "asked") else "failed")
        return None if fits and is_good else "has a wrong status or message"

    def _judge_answer(self, run: AppRun, question: Question, result: dict[str, Any] | None, taken: Message) -> None:
        """Hold what a run reported against what was right at any moment until its end."""
        if result is None or result["summary"]["outcome"] in ("not_sent", "unknown"):
            return
        word = result["summary"].get("response", "")
        if word:
            moments = self._record.verdicts(taken, taken.created, run.ended_at, run)
            text_sid = result["data"][0]["response_message"]["sid"]
            if not any(each.word == word and text_sid in each.text_sids for each in moments):
                self._counts.broke("wrong_answers", f"{question.text} {word!r}: {self._record.story(taken)}")
            elif self._record.verdict_now(taken).word == word:
                return
            elif self._record.is_overtaken(taken, word, run.ended_at):
                self._counts.overtaken += 1
                self._counts.notes.append(f"overtaken: {question.text} {word!r}: {self._record.story(taken)}")
            else:
                self._counts.broke(
                    "wrong_answers", f"{question.text} {word!r} did not last: {self._record.story(taken)}"
                )
        elif "timed out" in result["message"] and "could not be read at the end" not in result["message"]:
            # What stood in the log shortly before the end of the time, and still when the run ended, was read. What did
            # not last may have come and gone between two readings: of two answers in one second, the other came late.
            in_time = taken.created + question.timeout_s - UNORDERED_S - SECOND_S
            moments = self._record.verdicts(taken, max(in_time, taken.created), run.ended_at, run)
            if has_lasting_answer(moments) and question.person not in self._unsure(run):
                self._counts.broke("lost_answers", f"{question.text} {result['message']}: {self._record.story(taken)}")

    def _unsure(self, run: AppRun) -> set[str]:
        """The people of whom a run does not know whether it asked them one more question, so that no word counts."""
        results = run.json["result_data"] if run.json else []
        return {
            question.person
            for question, result in zip(run.plan.questions, results)
            if result["summary"].get("outcome") == "unknown"
        }

    def _judge_asides(self, question: Question, result: dict[str, Any] | None, taken: Message) -> None:
        """Count reply lines and confirmations that were sent twice, or without a cause, or silently not at all."""
        rows = [row for row in self._record.of_person(taken.to) if row.direction == "outbound-api"]
        line = reply_line_of(taken.body)
        lines = [row for row in rows if row.body == line]
        carriers = [row for row in rows if text_of(row.body) and reply_line_of(row.body) == line]
        if len(lines) > len(carriers):
            self._counts.broke("sent_twice", f"{question.text} {len(lines)} reply lines: {self._record.story(taken)}")
        for row in lines:
            moments = [
                each
                for carrier in carriers
                for unread_s in (0.0, 1.0, 2.0, SECOND_S)  # a text may answer that is not read yet
                for each in self._record.verdicts(
                    carrier, carrier.created, row.created, self._record.run_of(carrier.body), unread_s
                )
            ]
            if not any(each.needs_line for each in moments):
                self._counts.broke(
                    "sent_twice", f"{question.text} reply line without a cause: {self._record.story(taken)}"
                )
        if not question.confirmation:
            return
        confirmations = sum(row.body == question.confirmation for row in rows)
        is_answered = result is not None and result["summary"]["outcome"] == "answered"
        if confirmations > 1 or (confirmations and result is not None and not is_answered):
            self._counts.broke("sent_twice", f"{question.text} {confirmations} confirmations: {result}")
        message = "" if result is None else str(result["message"])
        says_unsent = "the confirmation was not sent" in message
        is_silent = not says_unsent and "whether the confirmation was sent" not in message
        if is_answered and (says_unsent if confirmations else is_silent):
            self._counts.broke("misreported", f"{question.text} {confirmations} confirmations: {message}")

    def _judge_end(self, run: AppRun) -> None:
        """Count a run that went on for too long."""
        if run.json is None:
            return
        texts = {question.text: question for question in run.plan.questions}
        asides = {question.confirmation for question in run.plan.questions}
        asides.update(reply_line_of(message.body) for message in self._record.taken([run]))
        ends = [run.started_at + 80.0 * len(run.plan.questions)]  # where no call could leave
        for time, body in self._record.requests(run.started_at, run.ended_at):
            question = texts.get(text_of(body))
            if question is not None:
                wait_s = question.timeout_s
                if run.cancel_at is not None:
                    wait_s = min(wait_s, max(run.cancel_at - time, 0.0))
                ends.append(time + wait_s + _GRACE_S + 25.0)
            elif body in asides:
                ends.append(time + _ASIDE_GRACE_S)
        if run.ended_at > max(ends) + _MACHINE_S:
            self._counts.broke("late", f"{run.ended_at - max(ends):.0f} s too late: {run.json}")
