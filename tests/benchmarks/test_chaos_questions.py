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
"""The quick version of chaos for questions, and proof that its judge notices mistakes."""

from __future__ import annotations

import pytest

from benchmarks.chaos_questions import Counts, chaos_questions
from benchmarks.chaos_questions.answer_rules import (
    DAY_S,
    Verdict,
    has_lasting_answer,
    is_overtaken,
    verdicts,
    verdicts_between,
)
from sandbox.twilio import Message, Outcome
from twilio_api import question as app


pytestmark = pytest.mark.xdist_group("chaos_questions")  # the costly fixture is made once

QUESTION = "Isolate host X?\nReply 421 for yes, 422 for no"
OTHER_QUESTION = "Call you?\nReply 971 for yes, 972 for no"
LONG_CODES = "Isolate host X?\nReply 271828 for yes, 314159 for no"
OURS, ANNA = "+15101281337", "+15101112345"


@pytest.fixture(scope="module")
def counts() -> Counts:
    """What was counted with a few questions and faults."""
    return chaos_questions(14, seed=2, share=0.2, timeouts_s=(0.0, 8.0, 15.0))


def test_faults_are_injected(counts: Counts) -> None:
    assert counts.questions == 14
    assert counts.faults > counts.requests / 10
    assert counts.refused_connections > 0
    assert counts.answered > 0
    assert counts.fetched > 0


@pytest.mark.parametrize("promise", Counts.PROMISES)
def test_no_promise_is_broken_by_faults(counts: Counts, promise: str) -> None:
    assert getattr(counts, promise) == 0, counts.wrong


# --- the judge notices mistakes


def is_found_out() -> bool:
    """Whether wrong answers are counted; a few seeds are tried, since what happens depends a little on timing."""
    return any(chaos_questions(16, seed, share=0.0, timeouts_s=(8.0,)).wrong_answers for seed in (6, 1, 8, 9))


def test_an_app_that_takes_words_while_two_questions_are_open_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    by_word = app._chosen_by_word

    def of_any(at: float, tokens: tuple[str, ...], asked: list[app.QuestionState]) -> list[tuple[str, app.Choice]]:
        return [found for state in reversed(asked) for found in by_word(at, tokens, [state])][:1]

    monkeypatch.setattr(app, "_chosen_by_word", of_any)
    assert is_found_out()


def test_an_app_that_lets_the_last_answer_win_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    after = app._after

    def last(state: app.QuestionState, readings: list[app._Reading]) -> app.QuestionState:
        new = after(state._replace(answer=None), readings)
        return new if new.answer else state

    monkeypatch.setattr(app, "_after", last)
    assert is_found_out()


# --- the judge's own rules


def asked(body: str = QUESTION, *, at: float = 0.0, sid: str = "SMquestion") -> Message:
    return Message("", ANNA, OURS, body, 1000.0 + at, Outcome("delivered", 1.0), sid=sid)


def texted(body: str, *, at: float = 60.0, to: str = OURS, late_s: float = 0.0) -> Message:
    """A text that the log shows so many seconds late."""
    outcome, sid = Outcome("received", 0.0), f"SM{at}{body}"
    return Message("", to, ANNA, body, 1000.0 + at, outcome, "inbound", sid=sid, listed_at=1000.0 + at + late_s)


def verdict(*messages: Message) -> Verdict:
    return verdicts(messages)["SMquestion"]


@pytest.mark.parametrize("body", ["421", "yes", "YES!", "Yes 421", "421 - yes!", "“421”", "٤٢١", "\u200e421\ufe0f"])
def test_a_code_or_word_is_an_answer(body: str) -> None:
    assert verdict(asked(), texted(body)).word == "yes"


@pytest.mark.parametrize("body", ["no 421", "421 no", "421?", "yes 👍", "421 please", "423", "not yes", ""])
def test_anything_else_is_none(body: str) -> None:
    assert verdict(asked(), texted(body)) == Verdict(needs_line=True)


def test_the_first_answer_counts() -> None:
    assert verdict(asked(), texted("422"), texted("421", at=70.0)).word == "no"


def test_two_answers_in_one_second_are_none() -> None:
    assert verdict(asked(), texted("422", at=60.1), texted("421", at=60.9)).word == ""


def test_a_word_is_no_answer_while_another_question_is_open() -> None:
    other = asked(OTHER_QUESTION, at=-5.0, sid="SMother")
    assert verdict(other, asked(), texted("yes")).word == ""
    assert verdict(other, asked(), texted("971", at=50.0), texted("yes")).word == "yes"


def test_a_code_of_two_questions_answers_neither() -> None:
    assert verdict(asked(), asked(sid="SMother"), texted("421")).word == ""


def test_a_text_to_another_number_is_none() -> None:
    assert verdict(asked(), texted("421", to="+15101281338")) == Verdict()


@pytest.mark.parametrize(("at", "word"), [(DAY_S, "yes"), (DAY_S + 1.0, "")])
def test_an_answer_counts_for_a_day(at: float, word: str) -> None:
    assert verdict(asked(), texted("421", at=at)).word == word


def test_a_word_counts_from_the_next_second_on_and_a_code_at_once() -> None:
    assert verdict(asked(), texted("yes", at=0.5)).word == ""
    assert verdict(asked(), texted("421", at=0.5)).word == "yes"


def test_five_wrong_codes_lock_a_question_that_needs_one() -> None:
    guesses = [texted(f"99999{number}", at=10.0 + number) for number in range(5)]
    assert verdict(asked(LONG_CODES), *guesses, texted("271828")).is_locked
    assert verdict(asked(LONG_CODES), *guesses[:4], texted("271828")).word == "yes"
    assert verdict(asked(LONG_CODES), texted("yes")).word == ""


def lasts(*messages: Message, since: float, until: float) -> bool:
    """Whether the answer that the log shows at one time is still there at another, in seconds after the question."""
    return has_lasting_answer(verdicts_between(messages, "SMquestion", 1000.0 + since, 1000.0 + until, ()))


def test_an_answer_that_another_one_of_its_second_undid_before_the_run_ended_is_not_lost() -> None:
    answer, late = texted("422", at=2.0), texted("421", at=2.3, late_s=6.4)
    assert not lasts(asked(), answer, late, since=5.0, until=12.0)
    assert lasts(asked(), answer, late, since=5.0, until=8.0)
    assert lasts(asked(), answer, since=5.0, until=12.0)


def test_a_text_before_an_answer_that_is_not_read_yet_needs_the_reply_line() -> None:
    chat, answer = texted("who is this?", at=10.0, late_s=10.5), texted("yes", at=20.0)

    def needs_line(unread_s: float) -> bool:
        found = verdicts_between([asked(), chat, answer], "SMquestion", 1000.0, 1021.0, (), unread_s)
        return any(verdict.needs_line for verdict in found)

    assert not needs_line(0.0)
    assert needs_line(1.0)


def test_an_answer_is_overtaken_where_nothing_but_a_late_row_makes_it_wrong() -> None:
    answer = texted("421", at=61.5)
    assert is_overtaken([asked(), answer, texted("422", at=61.8, late_s=4.8)], "SMquestion", "yes", 1064.0)
    assert not is_overtaken([asked(), answer, texted("422", at=61.8)], "SMquestion", "yes", 1064.0)
    assert not is_overtaken([asked(), answer, texted("422", at=61.8, late_s=4.8)], "SMquestion", "yes", 1061.6)
