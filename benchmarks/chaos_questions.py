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
"""Chaos for questions: people answer at any moment and in any way, with faults everywhere, and a judge counts.

    python -m benchmarks.chaos_questions [--questions 500] [--seed 1] [--share 0.25]

Several runs of "ask question" go side by side and ask the same few people, from senders of all kinds. People answer
before the time-out, near its end, after it, or never; by code, by word, or by both, in all spellings; they chat, change
their minds, guess codes, text STOP, and write to other numbers; strangers write between. Requests of every kind meet a
`Fault` with the given chance, connections are refused, there are outages, and rows come into the message log late and
out of order. Some runs are killed and some are cancelled. While all that happens, "get response" reads answers from
elsewhere, and afterwards once more for each question.

Each result is held against a judge (`benchmarks.question_judge`) that reads the local Twilio's own record:

- asked twice: Twilio took a question twice
- wrong answers: an answer was reported that the judge does not give at any moment until then
- lost answers: an answer came in time, and neither action reports it
- misreported: status, message, data or summary say something else than what happened
- sent twice: a reply line or a confirmation, more than once or without a cause
- late: a run that goes on long after its questions timed out, or after it was cancelled
- tracebacks: errors that nobody expected

All must be 0. "Overtaken" is counted apart: an answer that was right by what the log showed when it was reported, and
that a row which the log showed later would have undone.
"""

from __future__ import annotations

import argparse
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from benchmarks.program import run_program
from benchmarks.progress import progress_bar
from benchmarks.promise_counts import PromiseCounts
from benchmarks.question_judge import (
    DAY_S,
    Verdict,
    codes_of,
    has_lasting_answer,
    is_overtaken,
    shown_at,
    verdicts_between,
)
from benchmarks.refused_connections import connections_refused
from benchmarks.table import counts_table
from sandbox.fast_clock import FastClock
from sandbox.soar import ProcessDied, run_action
from sandbox.twilio import (
    FROM_PHONE,
    SERVICE_SID,
    SHORT_CODE,
    WHATSAPP_SENDER,
    Fault,
    LocalTwilio,
    Message,
    Outcome,
    PhoneNumber,
    RecordedRequest,
)
from twilio_connector import TwilioConnector


UNDELIVERED = ("undelivered", "failed")  # statuses of a question that did not arrive
SPEED = 40.0
MOST_RUNS = 5  # side by side
TIMEOUTS_S = (0.0, 12.0, 30.0, 60.0, 90.0)
GROUP_GAP_S = 200.0  # that pass between two groups of runs, so that the log read by one holds little of the other
LATE_ROW_S = 15.0  # after its creation, a late row comes into the log at the latest
UNORDERED_S = 4.0
SECOND_S = 3.0  # after a text, until it is certain that no other comes in its second, at the latest
OUTAGE_EVERY_S, OUTAGE_S = 200.0, 15.0
FETCH_TRIES = 12

# What a run may take on top of the time of its last question: an outage at the end, and calls that hang
GRACE_S = 25.0 + 3 * 15.0
# and on top of its last reply line or confirmation, whose call may hang and is searched for then
ASIDE_GRACE_S = 25.0 + 15.0 + 7.0 + 4 * 15.0
ENDLESS_S = 1000.0  # after which a run is not waited for any more
MACHINE_S = 40.0  # for a machine that is busy: one real second

ALSO_OURS, POOL_NUMBER = "+15101281338", "+15101281339"
NUMBERS = (FROM_PHONE, ALSO_OURS, POOL_NUMBER)
SENDERS = (FROM_PHONE, FROM_PHONE, ALSO_OURS, SERVICE_SID, SHORT_CODE, WHATSAPP_SENDER)
RESPONSES = ("yes,no", "yes,no", "isolate,wait,call me", "Ja,Nein", "1,2,3", "approve,deny")
CHAT = ("who is this?", "ok, let me see", "on my way", "👍", "yes or no?", "555", "call 911", "Reply 421 for yes")
KEYWORDS = ("STOP", "HELP", "INFO", "START", "stop")
OUTCOMES = (
    *(Outcome("delivered", 1.0),) * 6,
    Outcome("delivered", 20.0),
    Outcome("sent", 1.0),
    Outcome("undelivered", 4.0, 30003),
    Outcome("undelivered", 90.0, 30003),  # long after its delivery was followed
)


@dataclass
class Counts(PromiseCounts):
    """What a chaos run counted."""

    GROUPS = {
        "What happened": (
            *("questions", "runs", "killed", "cancelled", "fetched"),
            *("requests", "faults", "refused_connections"),
        ),
        "Outcomes": ("answered", "asked", "no_response", "undelivered", "not_sent", "unknown"),
    }
    PROMISES = ("asked_twice", "wrong_answers", "lost_answers", "misreported", "sent_twice", "late", "tracebacks")

    questions: int = 0
    runs: int = 0
    requests: int = 0
    faults: int = 0
    refused_connections: int = 0
    answered: int = 0
    asked: int = 0
    no_response: int = 0
    undelivered: int = 0
    not_sent: int = 0
    unknown: int = 0
    killed: int = 0
    cancelled: int = 0
    fetched: int = 0
    overtaken: int = 0
    asked_twice: int = 0
    wrong_answers: int = 0
    lost_answers: int = 0
    misreported: int = 0
    sent_twice: int = 0
    late: int = 0
    tracebacks: int = 0
    notes: list[str] = field(default_factory=list)

    def remarks(self) -> Iterator[str]:
        """What was overtaken."""
        yield from counts_table(self, ("overtaken",))
        yield "  Right by what the log showed when they were reported. A row that came later would have undone them:"
        yield "  another open question, where the answer was a bare word, or a different answer of the same second."
        yield from self.notes
        yield ""


@dataclass
class Question:
    """One question that is to be asked. `person` is the recipient as Twilio writes it; times are in seconds."""

    text: str
    person: str
    words: tuple[str, ...]
    needs_code: bool
    timeout_s: float
    confirmation: str

    def parameters(self) -> dict[str, Any]:
        """The parameter set."""
        return {
            "to_phone": self.person,
            "question": self.text,
            "responses": ",".join(self.words),
            "confirmation": self.confirmation,
            "timeout": self.timeout_s / 60.0,
            "require_code": self.needs_code,
        }


@dataclass
class RunOfQuestions:
    """One run of "ask question". It starts, is cancelled or dies so many seconds after its group began, if at all."""

    sender: str
    questions: list[Question]
    start_after_s: float
    cancel_at: float | None = None  # seconds of the clock
    kill_at: float | None = None
    dies_when_asked: bool = False
    connector: Any = None
    json: dict[str, Any] | None = None
    started_at: float = 0.0
    ended_at: float = 0.0


class _Connector(TwilioConnector):
    """The app, which a person cancels or a fault kills at a given time (seconds since the epoch)."""

    run: RunOfQuestions
    now: Callable[[], float]

    def is_action_cancelled(self) -> bool:
        if self.run.kill_at is not None and self.now() >= self.run.kill_at:
            self.kill()
        if self.run.cancel_at is not None and self.now() >= self.run.cancel_at:
            self.cancel()
        return super().is_action_cancelled()


class RandomFaults:
    """Decides, from a seed, which request and which connection meets a fault; and has outages."""

    def __init__(self, seed: int, share: float, on_question: Callable[[str], None]) -> None:
        self._seed, self._share, self._on_question = seed, share, on_question
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.began = 0.0
        self.faults = 0
        self.refused = 0

    def fault(self, request: RecordedRequest) -> Fault | None:
        """The fault that a request meets, if any."""
        if request.method == "POST":
            self._on_question(request.form.get("Body", ""))
        key = (
            request.form.get("Body", "") or request.query.get("To", "") + request.query.get("From", "") or request.path
        )
        rng = self._rng(f"{request.method} {key}")
        if self._is_outage(request.time):
            self.faults += 1
            return Fault.ERROR_503
        if rng.random() >= self._share:
            return None
        self.faults += 1
        return rng.choice(list(Fault))

    def refuses(self) -> bool:
        """Whether a new connection is refused."""
        refused = self._rng("connection").random() < self._share
        self.refused += refused
        return refused

    def _is_outage(self, time: float) -> bool:
        number, since = divmod(time - self.began, OUTAGE_EVERY_S)
        start = random.Random(f"{self._seed} outage {number}").uniform(0.0, OUTAGE_EVERY_S - OUTAGE_S)
        return self._share > 0.0 and start <= since < start + OUTAGE_S

    def _rng(self, kind: str) -> random.Random:
        with self._lock:
            self._asked[kind] += 1
            return random.Random(f"{self._seed} {kind} {self._asked[kind]}")


class People:
    """The people who are asked, and what they text."""

    def __init__(self, seed: int, twilio: LocalTwilio) -> None:
        self._seed, self._twilio = seed, twilio
        self._codes: dict[str, list[dict[str, str]]] = {}  # of the questions to each person so far

    def react(self, question: Question, message: Message) -> None:
        """Let the person who got a question text whatever they are going to."""
        rng = random.Random(f"{self._seed} {question.text} {message.to}")
        words = {word: code for code, word in codes_of(message.body).items()}
        known = self._codes.setdefault(message.to, [])
        wait_s = question.timeout_s or 30.0
        delay = rng.choices(
            (rng.uniform(0.5, wait_s * 0.8), wait_s + rng.uniform(-2.0, 2.0), wait_s + rng.uniform(2.0, 60.0), None),
            (8, 2, 2, 2),
        )[0]
        if rng.random() < 0.1:
            self._text(message, self._answer(rng, words), 0.01)  # in the question's own second, or almost
        if delay is not None:
            self._text(message, self._answer(rng, words), delay)
            if rng.random() < 0.4:
                self._text(message, self._answer(rng, words), delay + rng.choice((0.0, 0.3, 1.5, 4.0, 9.0)))
        if rng.random() < 0.3:
            self._text(message, rng.choice(CHAT), rng.uniform(0.2, wait_s))
        if rng.random() < 0.05:
            self._text(message, rng.choice(KEYWORDS), rng.uniform(0.2, wait_s))
        if rng.random() < 0.2 and known:
            self._text(message, self._answer(rng, rng.choice(known)), rng.uniform(0.2, wait_s))
        if question.needs_code:
            for _ in range(rng.choice((0, 0, 1, 4, 5, 6))):
                self._text(message, str(rng.randrange(900_000, 1_000_000)), rng.uniform(0.2, wait_s))
        if rng.random() < 0.2 and not message.to.startswith("whatsapp:"):
            elsewhere = rng.choice([number for number in NUMBERS if number != message.from_])
            self._text(message, self._answer(rng, words), rng.uniform(0.2, wait_s), to=elsewhere)
        if rng.random() < 0.2:
            stranger = f"+1212{rng.randrange(2_000_000, 9_999_999)}"
            sender = f"whatsapp:{stranger}" if message.to.startswith("whatsapp:") else stranger
            self._text(message, self._answer(rng, words), rng.uniform(0.2, wait_s), person=sender)
        if rng.random() < 0.1:
            # to the second a day later, when it still counts, or a second after that
            day_later = int(message.created) + DAY_S + rng.randrange(2) - message.created
            self._text(message, rng.choice(list(words.values())), day_later)
        known.append(words)

    def _text(self, question: Message, body: str, after_s: float, *, person: str = "", to: str = "") -> None:
        self._twilio.receive(person or question.to, to or question.from_, body, created=question.created + after_s)

    def _answer(self, rng: random.Random, codes: dict[str, str]) -> str:
        """An answer to the question with these codes, in one of the spellings of people; some are none."""
        word = rng.choice(list(codes))
        code, other = codes[word], rng.choice(list(codes))
        text = rng.choices(
            (code, word, f"{word} {code}", f"{code} - {word}!", f"{other} {code}", f"{code} please", f"not {word}"),
            (7, 6, 2, 2, 1, 1, 1),
        )[0]
        dressed = (
            text,
            text.upper(),
            f"“{text}”",
            f"  {text}. \n",
            f"({text})!!",
            f"\u200e{text}\ufe0f",
            f"{text} 👍",
            f"{text}?",
            _in_digits_of("٠", text),
            _in_digits_of("०", text),
            _in_digits_of("０", text),
        )
        return rng.choices(dressed, (9, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1))[0]


def _in_digits_of(zero: str, text: str) -> str:
    return "".join(chr(ord(zero) + int(char)) if char in "0123456789" else char for char in text)


class _FewDraws:
    """In the place of `secrets`: draws codes from so few that runs side by side often draw the same."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)

    def choice(self, numbers: list[int]) -> int:
        return self._rng.choice(numbers[:6])

    def randbelow(self, end: int) -> int:
        return 100_000 + self._rng.randrange(40)


class Chaos:
    """The whole: a local Twilio, its people, the runs that ask them, and what is counted."""

    def __init__(
        self, twilio: LocalTwilio, time: FastClock, seed: int, share: float, timeouts_s: tuple[float, ...]
    ) -> None:
        self.counts = Counts()
        self._timeouts_s = timeouts_s
        self._twilio, self._time, self._seed = twilio, time, seed
        self._rng = random.Random(seed)
        self._runs: dict[str, RunOfQuestions] = {}  # by the text of a question
        self._questions: dict[str, Question] = {}  # by its text
        self._people: list[str] = []
        self._lateness = random.Random(seed)
        self._people_s_texts = People(seed, twilio)
        self._share = share
        self._add = twilio.log.add
        self.faults = RandomFaults(seed, share, self._kill_when_asked)
        self.faults.began = time.time()
        twilio.log.unordered_s = UNORDERED_S

    # --- what happens at the local Twilio

    def add(self, message: Message) -> None:
        """Put a message into Twilio's log, where it may appear late, and let its person react to a question."""
        if self._share and self._lateness.random() < 0.15:
            message.listed_at = message.created + self._lateness.uniform(0.0, LATE_ROW_S)
        self._add(message)
        question = self._questions.get(message.body.rpartition("\n")[0])
        if question is not None and message.direction == "outbound-api":
            self._people_s_texts.react(question, message)

    def _kill_when_asked(self, body: str) -> None:
        run = self._runs.get(body.rpartition("\n")[0])
        if run is not None and run.dies_when_asked:
            run.connector.kill()

    # --- a group of runs

    def run_group(self, most: int) -> int:
        """Let a few runs ask at most so many questions side by side, judge them, and return how many it were."""
        runs = self._draw_group(most)
        began = self._time.time()
        for run in runs:
            for question in run.questions:
                self._questions[question.text] = question
                self._runs[question.text] = run
            run.cancel_at = None if run.cancel_at is None else began + run.cancel_at
            run.kill_at = None if run.kill_at is None else began + run.kill_at
        threads = [threading.Thread(target=self._run, args=(run,), name="run", daemon=True) for run in runs]
        for thread in threads:
            thread.start()
        prober = random.Random(f"{self._seed} prober {began}")
        while any(thread.is_alive() for thread in threads) and self._time.time() < began + ENDLESS_S:
            self._time.sleep(prober.uniform(2.0, 8.0))
            questions = self._taken(runs)
            if questions:
                self._fetch(prober.choice(questions))
        self._settle()
        for run, thread in zip(runs, threads):
            if thread.is_alive():
                self.counts.broke("late", f"a run never ended: {run.connector.progress_log[-3:]}")
            else:
                self._judge_run(run)
        for message in self._taken(runs):
            self._fetch(message, is_last=True)
        self._time.advance(GROUP_GAP_S)
        return sum(len(run.questions) for run in runs)

    def a_day_later(self) -> None:
        """Fetch once more the answers to questions that somebody answered a day later."""
        now = self._time.time()
        waiting = {message.person for message in self._twilio.messages if message.created > now + DAY_S / 2}
        self._time.advance(DAY_S + 60.0)
        questions = [message for message in self._twilio.messages if codes_of(message.body) and message.to in waiting]
        for message in questions[:: max(len(questions) // 60, 1)]:
            self._fetch(message, is_last=True)

    def _draw_group(self, most: int) -> list[RunOfQuestions]:
        rng = self._rng
        fresh = [f"+1510{2_000_000 + len(self._people) + number}" for number in range(rng.randint(2, 6))]
        self._people += fresh
        for person in fresh:
            self._twilio.outcomes[person] = rng.choice(OUTCOMES)
        people = [*fresh, rng.choice(self._people)]
        runs: list[RunOfQuestions] = []
        while most > 0 and len(runs) < MOST_RUNS:
            sender = rng.choice(SENDERS)
            run = RunOfQuestions(sender, [], rng.choice((0.0, 0.0, rng.uniform(0.0, 15.0))))
            for person in (rng.choice(people) for _ in range(min(rng.randint(1, 4), most))):
                run.questions.append(self._draw_question(rng, person, sender))
            most -= len(run.questions)
            end = rng.choices(("as it is", "cancelled", "killed", "killed when asked"), (8, 1, 1, 1))[0]
            if end == "cancelled":
                run.cancel_at = rng.uniform(1.0, 60.0)
            elif end == "killed":
                run.kill_at = rng.uniform(1.0, 60.0)
            run.dies_when_asked = end == "killed when asked"
            runs.append(run)
            if sender == WHATSAPP_SENDER:
                for question in run.questions:
                    self._twilio.receive(question.person, sender, "Hello")  # opens WhatsApp's window of 24 hours
        return runs

    def _draw_question(self, rng: random.Random, number: str, sender: str) -> Question:
        count = self.counts.questions
        self.counts.questions += 1
        return Question(
            text=f"Isolate host WS-{count:04}?",
            person=f"whatsapp:{number}" if sender == WHATSAPP_SENDER else number,
            words=tuple(rng.choice(RESPONSES).split(",")),
            needs_code=rng.random() < 0.25,
            timeout_s=rng.choice(self._timeouts_s),
            confirmation=f"Thank you for WS-{count:04}." if rng.random() < 0.5 else "",
        )

    def _run(self, run: RunOfQuestions) -> None:
        self._time.sleep(run.start_after_s)
        app = _Connector()
        app.run, app.now, run.connector = run, self._time.time, app
        run.started_at = self._time.time()
        try:
            run.json = self._act(app, "ask question", [question.parameters() for question in run.questions], run.sender)
        except ProcessDied:
            run.json = None
        run.ended_at = self._time.time()

    def _act(
        self, app: TwilioConnector, action: str, parameters: list[dict[str, Any]], sender: str = FROM_PHONE
    ) -> dict[str, Any]:
        app.clock = self._time.for_app()
        config = {
            "base_url": self._twilio.base_url,
            "account_sid": self._twilio.account_sid,
            "auth_token": self._twilio.auth_token,
            "from_phone": sender,
        }
        return run_action(action, config, parameters, connector=app)

    def _settle(self) -> None:
        """Let the time pass until every text of now has come, and stands in the log."""
        now = self._time.time()
        times = [shown_at(message) for message in self._twilio.messages]
        self._time.advance(max([time for time in times if time < now + DAY_S / 2] + [now]) - now + SECOND_S)

    # --- judging

    def _taken(self, runs: Iterable[RunOfQuestions]) -> list[Message]:
        texts = {question.text for run in runs for question in run.questions}
        return [message for message in self._twilio.messages if message.body.rpartition("\n")[0] in texts]

    def _of_person(self, person: str) -> list[Message]:
        return [message for message in self._twilio.messages if message.person == person]

    def _run_of(self, question: Message) -> RunOfQuestions | None:
        return self._runs.get(question.body.rpartition("\n")[0])

    def _shown_rows(self, person: str) -> list[Message]:
        now = self._time.time()
        return [message for message in self._of_person(person) if shown_at(message) <= now]

    def _verdicts(
        self, question: Message, since: float, until: float, run: RunOfQuestions | None, unread_s: float = 0.0
    ) -> list[Verdict]:
        """What the right answer was at each moment between two times, the last one last.

        The run that asked knows its own questions from their creation on, whenever the log shows them.
        """
        own = {row.sid for row in self._taken([run])} if run else {question.sid}
        return verdicts_between(self._of_person(question.to), question.sid, since, until, own, unread_s)

    def _judge_run(self, run: RunOfQuestions) -> None:
        counts = self.counts
        counts.runs += 1
        results = [None] * len(run.questions) if run.json is None else run.json["result_data"]
        counts.killed += run.json is None
        counts.cancelled += run.cancel_at is not None
        lines = [line.text for line in run.connector.progress_log]
        lines += [result["message"] for result in results if result]
        for line in [*lines, str((run.json or {}).get("message"))]:
            if "Internal error" in line or "Exception Occurred" in line or "Traceback" in line:
                counts.broke("tracebacks", line)
        if len(results) != len(run.questions) and run.cancel_at is None:
            counts.broke("misreported", f"{len(results)} results for {len(run.questions)} questions")
        for question, result in zip(run.questions, results):
            taken = [message for message in self._taken([run]) if message.body.startswith(question.text)]
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

    def _misreport(
        self, run: RunOfQuestions, question: Question, result: dict[str, Any], taken: Message | None
    ) -> str | None:
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
            is_locked = any(each.is_locked for each in self._verdicts(taken, taken.created, run.ended_at, run))
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

    def _judge_answer(
        self, run: RunOfQuestions, question: Question, result: dict[str, Any] | None, taken: Message
    ) -> None:
        """Hold what a run reported against what the judge says of any moment until its end."""
        if result is None or result["summary"]["outcome"] in ("not_sent", "unknown"):
            return
        word = result["summary"].get("response", "")
        if word:
            moments = self._verdicts(taken, taken.created, run.ended_at, run)
            text_sid = result["data"][0]["response_message"]["sid"]
            if not any(each.word == word and text_sid in each.text_sids for each in moments):
                self.counts.broke("wrong_answers", f"{question.text} {word!r}: {self._story(taken)}")
            elif self._verdicts(taken, self._time.time(), self._time.time(), None)[-1].word == word:
                return
            elif is_overtaken(self._shown_rows(taken.to), taken.sid, word, run.ended_at):
                self.counts.overtaken += 1
                self.counts.notes.append(f"overtaken: {question.text} {word!r}: {self._story(taken)}")
            else:
                self.counts.broke("wrong_answers", f"{question.text} {word!r} did not last: {self._story(taken)}")
        elif "timed out" in result["message"] and "could not be read at the end" not in result["message"]:
            # What stood in the log shortly before the end of the time, and still when the run ended, was read. What did
            # not last may have come and gone between two readings: of two answers in one second, the other came late.
            in_time = taken.created + question.timeout_s - UNORDERED_S - SECOND_S
            moments = self._verdicts(taken, max(in_time, taken.created), run.ended_at, run)
            if has_lasting_answer(moments) and question.person not in self._unsure(run):
                self.counts.broke("lost_answers", f"{question.text} {result['message']}: {self._story(taken)}")

    def _unsure(self, run: RunOfQuestions) -> set[str]:
        """The people of whom a run does not know whether it asked them one more question, so that no word counts."""
        results = run.json["result_data"] if run.json else []
        return {
            question.person
            for question, result in zip(run.questions, results)
            if result["summary"].get("outcome") == "unknown"
        }

    def _judge_asides(self, question: Question, result: dict[str, Any] | None, taken: Message) -> None:
        """Count reply lines and confirmations that were sent twice, or without a cause, or silently not at all."""
        rows = [row for row in self._of_person(taken.to) if row.direction == "outbound-api"]
        line = taken.body.rpartition("\n")[2]
        lines = [row for row in rows if row.body == line]
        carriers = [row for row in rows if row.body.rpartition("\n")[0] and row.body.rpartition("\n")[2] == line]
        if len(lines) > len(carriers):
            self.counts.broke("sent_twice", f"{question.text} {len(lines)} reply lines: {self._story(taken)}")
        for row in lines:
            moments = [
                each
                for carrier in carriers
                for unread_s in (0.0, 1.0, 2.0, SECOND_S)  # a text may answer that is not read yet
                for each in self._verdicts(carrier, carrier.created, row.created, self._run_of(carrier), unread_s)
            ]
            if not any(each.needs_line for each in moments):
                self.counts.broke("sent_twice", f"{question.text} reply line without a cause: {self._story(taken)}")
        if not question.confirmation:
            return
        confirmations = sum(row.body == question.confirmation for row in rows)
        is_answered = result is not None and result["summary"]["outcome"] == "answered"
        if confirmations > 1 or (confirmations and result is not None and not is_answered):
            self.counts.broke("sent_twice", f"{question.text} {confirmations} confirmations: {result}")
        message = "" if result is None else str(result["message"])
        says_unsent = "the confirmation was not sent" in message
        is_silent = not says_unsent and "whether the confirmation was sent" not in message
        if is_answered and (says_unsent if confirmations else is_silent):
            self.counts.broke("misreported", f"{question.text} {confirmations} confirmations: {message}")

    def _judge_end(self, run: RunOfQuestions) -> None:
        """Count a run that went on for too long."""
        if run.json is None:
            return
        texts = {question.text: question for question in run.questions}
        asides = {question.confirmation for question in run.questions}
        asides.update(message.body.rpartition("\n")[2] for message in self._taken([run]))
        ends = [run.started_at + 80.0 * len(run.questions)]  # where no call could leave
        for request in self._twilio.requests:
            body = request.form.get("Body", "")
            if not body or not run.started_at <= request.time <= run.ended_at:
                continue
            question = texts.get(body.rpartition("\n")[0])
            if question is not None:
                wait_s = question.timeout_s
                if run.cancel_at is not None:
                    wait_s = min(wait_s, max(run.cancel_at - request.time, 0.0))
                ends.append(request.time + wait_s + GRACE_S + 25.0)
            elif body in asides:
                ends.append(request.time + ASIDE_GRACE_S)
        if run.ended_at > max(ends) + MACHINE_S:
            self.counts.broke("late", f"{run.ended_at - max(ends):.0f} s too late: {run.json}")

    def _fetch(self, taken: Message, *, is_last: bool = False) -> None:
        """Read an answer by "get response", as often as it takes to read it, and judge it."""
        for _ in range(FETCH_TRIES):
            began = self._time.time()
            app = TwilioConnector()
            (result,) = self._act(app, "get response", [{"question_id": taken.sid}])["result_data"]
            if result["summary"]:
                break
            if "Internal error" in result["message"]:
                self.counts.broke("tracebacks", result["message"])
        else:
            if is_last:
                self.counts.broke("lost_answers", f"cannot be read at all: {result}")
            return
        if "outcome" not in result["summary"]:  # the question was read, and then not its answers
            if is_last:
                self._fetch(taken, is_last=True)
            return
        self.counts.fetched += 1
        now = self._time.time()
        allowed = self._verdicts(taken, began - SECOND_S, now, None)
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
            self.counts.broke("wrong_answers", f"fetched {word!r}: {self._story(taken)}")
        if not word and is_settled and allowed[0].word and not (is_lost and is_by_word):
            self.counts.broke("lost_answers", f"fetched {message}: {self._story(taken)}")
        if not word and is_settled and allowed[0].is_locked != message.startswith("Too many wrong codes"):
            self.counts.broke("misreported", f"fetched {message}: {self._story(taken)}")
        is_right = (
            summary["question_id"] == taken.sid
            and summary["response_received"] == bool(word)
            and summary["outcome"] in allowed_outcomes
            and result["status"] == ("success" if word else "failed")
        )
        if not is_right:
            self.counts.broke("misreported", f"fetched {result}")

    def _is_by_word(self, taken: Message, found: Verdict) -> bool:
        """Whether there is an answer, and no code in it."""
        bodies = [row.body for row in self._of_person(taken.to) if row.sid in found.text_sids]
        return bool(bodies) and not any(sum(char.isdecimal() for char in body) >= 3 for body in bodies)

    def _story(self, taken: Message) -> str:
        """What stands in Twilio's record about a person, for whoever investigates a broken promise."""
        rows = (
            f"{row.created - taken.created:+.2f} s (listed {row.listed_at - row.created:+.1f}) "
            f"{row.from_} > {row.to} {row.body!r}"
            for row in self._of_person(taken.to)
            if abs(row.created - taken.created) < 2 * DAY_S
        )
        return "\n    ".join([f"{taken.sid}", *rows])


def chaos_questions(
    questions: int,
    seed: int,
    share: float,
    *,
    timeouts_s: tuple[float, ...] = TIMEOUTS_S,
    on_asked: Callable[[int], object] = lambda asked: None,
) -> Counts:
    """Ask so many questions with faults on this share of the requests, and count what went wrong.

    `timeouts_s` are the seconds for which questions are waited for, 0 among them for those that are not.
    `on_asked` is called after each group of runs with the number of its questions.
    """
    time = FastClock(SPEED, skew_s=random.Random(seed).uniform(-7200.0, 7200.0), seed=seed)
    numbers = [PhoneNumber(number) for number in NUMBERS]
    services = {SERVICE_SID: (FROM_PHONE, POOL_NUMBER)}
    with LocalTwilio(clock=time.time, sleep=time.sleep, numbers=numbers, services=services) as twilio:
        chaos = Chaos(twilio, time, seed, share, timeouts_s)
        twilio.faults.choose = chaos.faults.fault
        with _patched(chaos, twilio, seed):
            left = questions
            while left > 0:
                asked = chaos.run_group(left)
                left -= asked
                on_asked(asked)
            chaos.a_day_later()
        counts = chaos.counts
        counts.requests, counts.faults = len(twilio.requests), chaos.faults.faults
        counts.refused_connections = chaos.faults.refused
    return counts


@contextmanager
def _patched(chaos: Chaos, twilio: LocalTwilio, seed: int) -> Iterator[None]:
    def note(hook: threading.ExceptHookArgs) -> None:
        if not issubclass(hook.exc_type, ProcessDied):
            chaos.counts.broke("tracebacks", f"in thread {hook.thread}: {hook.exc_value!r}")

    with ExitStack() as stack:
        stack.enter_context(connections_refused(chaos.faults.refuses))
        stack.enter_context(mock.patch.object(threading, "excepthook", note))
        stack.enter_context(mock.patch.object(twilio.log, "add", chaos.add))
        stack.enter_context(mock.patch("actions.ask_question.secrets", _FewDraws(seed)))
        yield


def main(arguments: list[str] | None = None) -> int:
    """Run chaos at the command line; the exit status is 0 where no promise was broken."""
    parser = argparse.ArgumentParser(description="Asks questions with faults injected and counts broken promises.")
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.25, help="of the requests that meet a fault")
    args = parser.parse_args(arguments)
    with progress_bar(args.questions, "questions") as bar:
        counts = chaos_questions(args.questions, args.seed, args.share, on_asked=bar.update)
    print("\n".join(counts.lines()))
    return 1 if counts.broken_promises else 0


if __name__ == "__main__":
    run_program(main)
