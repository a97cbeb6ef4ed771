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
"""Which text answers which question, read from Twilio's log: docs/answers.md is the table, and this test reads it."""

from __future__ import annotations

import re
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chaos_questions import conversations
from tests.tables import for_each
from twilio_api import question as module
from twilio_api.choice import Choice, numbered_choices, reply_line
from twilio_api.person import addresses_of, person_of
from twilio_api.question import (
    LOG_WINDOW_S,
    QuestionState,
    parse_question,
    question_text,
    read_states,
    taken_numbers,
)
from twilio_api.timestamps import created_at
from twilio_consts import TRIAL_PREFIX


ANN, BEN = "+15101112345", "+15101112346"
OURS, ALSO_OURS = "+15101281337", "+15101281338"
SERVICE = "MG0123456789abcdef0123456789abcdef"
NOON = 1_700_000_000.0  # seconds since the epoch; each test counts from here
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
YES_NO = ("yes", "no")
A, B = numbered_choices(421, YES_NO), numbered_choices(571, YES_NO)
CODED = (Choice("271828", "yes"), Choice("314159", "no"))

Row = dict[str, Any]


def date(at: float) -> str:
    return formatdate(NOON + at, usegmt=True)


def sent(body: str, *, at: float = 0.0, to: str = ANN, from_: str | None = OURS, **fields: Any) -> Row:
    """A message of the account, so many seconds after noon."""
    row = {"sid": "SMsent", "direction": "outbound-api", "to": to, "from": from_, "body": body, "status": "delivered"}
    dates = dict.fromkeys(("date_created", "date_sent", "date_updated"), date(at))
    return {**row, **dates, "messaging_service_sid": None, "num_media": "0", **fields}


def asked(choices: tuple[Choice, ...] = A, *, text: str = "Isolate host?", **fields: Any) -> Row:
    return sent(question_text(text, choices), **{"sid": "SMa", **fields})


def texted(body: str, *, at: float = MINUTE, from_: str = ANN, to: str = OURS, **fields: Any) -> Row:
    row = {"sid": f"SM{at}{body}", "direction": "inbound", "from": from_, "to": to, "body": body, "status": "received"}
    return {**row, "date_created": date(at), "date_sent": date(at), **fields}


def state_of(*rows: Row, sid: str = "SMa") -> QuestionState:
    return read_states(rows)[sid]


def answer_to(*rows: Row, sid: str = "SMa") -> str | None:
    answer = state_of(*rows, sid=sid).answer
    return answer.choice.word if answer else None


# --- the page


def rows_under(heading: str) -> list[tuple[str, ...]]:
    page = (Path(__file__).parents[2] / "docs" / "answers.md").read_text(encoding="utf-8")
    section = page.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line.strip("| \n").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return [tuple(cell.strip() for cell in line) for line in lines[2:]]


@for_each("text, answer, why", rows_under("By its words"))
def test_what_a_text_says(text: str, answer: str, why: str) -> None:
    question = asked(text="Isolate host WS-0417?")
    assert (answer_to(question, texted(text.strip("`"))) or "none") == answer, why


@for_each("steps, answers, why", rows_under("By what else was sent"))
def test_what_else_was_sent(steps: str, answers: str, why: str) -> None:
    states = read_states(log_of(re.findall("`([^`]+)`", steps)))
    found = [f"{sid} {state.answer.choice.word}" for sid, state in sorted(states.items()) if state.answer]
    assert (", ".join(found) or "nothing") == answers, why


def log_of(steps: list[str]) -> list[Row]:
    """The rows of a log after these steps of the page."""
    log: dict[str, Row] = {}
    at, gap = 0.0, MINUTE
    for step in steps:
        if found := re.fullmatch(r"\+([0-9]+) (s|h)", step):
            seconds = float(found[1]) * (HOUR if found[2] == "h" else 1.0)
            gap = seconds if gap == MINUTE else gap + seconds
            continue
        at, gap = at + gap, MINUTE
        take_step(step, at, log)
    return list(log.values())


TO_WHOM = {
    "Ann": (ANN, OURS),
    "Ben": (BEN, OURS),
    "Ann by WhatsApp": (f"whatsapp:{ANN}", OURS),
    "Ann by RCS": (f"rcs:{ANN}", OURS),
    "Ann to another number": (ANN, ALSO_OURS),
    "Ann to the service's other number": (ANN, "+15105550002"),
}
ASKED: dict[str, Row] = {
    "ask A": {"choices": A},
    "ask A again": {"choices": A, "sid": "other A"},
    "ask B": {"choices": B},
    "ask A with codes": {"choices": CODED},
    "ask A as 2.2.0": {"choices": numbered_choices(42, YES_NO)},
    "ask A by service": {"choices": A, "messaging_service_sid": SERVICE},
    "queue A": {"choices": A, "status": "queued", "date_sent": None},
}


def take_step(step: str, at: float, log: dict[str, Row]) -> None:
    if ": " in step:
        (from_, to), (who, body) = TO_WHOM[step.split(": ")[0]], step.split(": ", 1)
        service = SERVICE if "service" in who else None
        text = texted(body, at=at, from_=from_, to=to, messaging_service_sid=service)
        log[f"{step} {at}"] = {**text, "sid": f"{step} {at}"}
    elif step in ASKED:
        row = asked(at=at, **{"sid": step.split()[1], **ASKED[step]})
        log[row["sid"]] = row
    elif step.startswith("reply line"):
        log[step] = sent(reply_line({"A": A, "B": B}[step[-1]]), at=at, sid=step)
    elif step == "send":
        log[step] = sent("Lunch?", at=at, sid=step)
    elif step.startswith("redact"):
        log[step.split()[1]]["body"] = ""
    else:
        changes: dict[str, Row] = {
            "leaves": {"status": "sent", "date_sent": date(at)},
            "is undelivered": {"status": "undelivered", "date_updated": date(at)},
        }
        sid, what = step.split(" ", 1)
        log[sid].update(changes[what])


# --- the independent rules


@for_each("number", range(4))
def test_random_conversations_are_judged_as_the_written_rules_say(number: int) -> None:
    _, differences = conversations.compare(50, seed=number)
    assert differences == []


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("WORD_FROM_S", 0.0),
        ("ANSWER_WINDOW_S", DAY + 1),
        ("MAX_WRONG_CODES", 4),
        ("person_of", str),
        ("is_opt_out", lambda text: False),
    ],
)
def test_a_rule_that_is_broken_is_noticed(monkeypatch: pytest.MonkeyPatch, name: str, wrong: Any) -> None:
    monkeypatch.setattr(module, name, wrong)
    assert any(conversations.compare(20, seed=seed)[1] for seed in range(40))


# --- persons


@for_each(
    "addresses",
    [
        ("+15101112345", "whatsapp:+15101112345", "rcs:+15101112345"),
        ("+525512345678", "whatsapp:+525512345678", "whatsapp:+5215512345678"),
        ("+5491112345678", "whatsapp:+5491112345678", "whatsapp:+541112345678"),
        ("+5511987654321", "whatsapp:+5511987654321", "whatsapp:+551187654321"),
        ("whatsapp:US.ann", "US.ann"),
    ],
)
def test_addresses_of_one_person(addresses: tuple[str, ...]) -> None:
    assert len({person_of(address) for address in addresses}) == 1


@for_each(
    "one, other",
    [
        (ANN, BEN),
        ("+551123456789", "+5511923456789"),  # a Brazilian landline and a mobile number
        ("+5215512345678", "+15512345678"),
        ("+52155123456", "+5255123456"),  # too short for a Mexican number
        ("", ANN),
    ],
)
def test_addresses_of_two_persons(one: str, other: str) -> None:
    assert person_of(one) != person_of(other)


@for_each("address", ["+525512345678", "whatsapp:+5215512345678"])
def test_a_person_is_looked_for_under_every_address(address: str) -> None:
    channels, numbers = ("", "whatsapp:", "rcs:"), ("+525512345678", "+5215512345678")
    assert set(addresses_of(address)) == {channel + number for channel in channels for number in numbers}


def test_a_question_by_whatsapp_is_answered_in_the_spelling_of_whatsapp() -> None:
    question = asked(to="whatsapp:+525512345678", from_=f"whatsapp:{OURS}")
    assert answer_to(question, texted("4211", from_="whatsapp:+5215512345678", to=f"whatsapp:{OURS}")) == "yes"


# --- numbers of a service


def test_a_number_that_wrote_for_the_service_is_one_of_its_numbers() -> None:
    question = asked(messaging_service_sid=SERVICE)
    another = sent("Lunch?", sid="SMb", to=BEN, messaging_service_sid=SERVICE, from_=ALSO_OURS)
    assert answer_to(question, texted("4211", to=ALSO_OURS)) is None
    assert answer_to(question, another, texted("4211", to=ALSO_OURS)) == "yes"


def test_until_a_service_chose_a_number_a_code_to_another_question_calls_for_no_reply_line() -> None:
    unchosen = asked(B, sid="SMb", status="accepted", date_sent=None, from_=None)
    assert state_of(asked(), unchosen, texted("5711")).unanswered is None
    assert state_of(asked(), unchosen, texted("hm 5711 then")).unanswered is None
    assert state_of(asked(), unchosen, texted("hm")).unanswered is not None


# --- the log


@for_each("prefix", ["", TRIAL_PREFIX])
@for_each("line_end", ["\n", "\r\n"])
@for_each("choices", [A, CODED, numbered_choices(42, YES_NO), numbered_choices(979, "abcdefghi")])
def test_a_question_is_read_back_from_its_text(prefix: str, line_end: str, choices: tuple[Choice, ...]) -> None:
    row = asked(choices, text="Two\nlines?")
    question = parse_question({**row, "body": prefix + row["body"].replace("\n", line_end)})
    assert question is not None
    assert (question.text, question.choices, question.asked_at) == ("Two\nlines?", choices, NOON)


@for_each(
    "body",
    [
        "",
        "Hello",
        "Reply 4211 for yes, 4212 for no",
        '"Isolate host?" Reply 4211 for yes, 4212 for no',
        f"{TRIAL_PREFIX}Reply 4211 for yes, 4212 for no",
        " \nReply 4211 for yes, 4212 for no",
        "Isolate?\nReply 4211 for yes, 4212 for no\nThanks",
        "Isolate?\nOr Reply 4211 for yes, 4212 for no",
        "Isolate?\nReply 4211 for yes, 4213 for no",
        "Isolate?\nReply 4212 for yes",
        "Isolate?\nReply 1991 for yes, 1992 for no",
        "Isolate?\nReply 9801 for yes",
        "Isolate?\nReply 911 for yes, 912 for no",
        "Isolate?\nReply 42111 for yes",
        "Isolate?\nReply 271828 for yes, 271828 for no",
        "Isolate?\nReply 271828 for yes, 4212 for no",
    ],
)
def test_any_other_text_is_no_question(body: str) -> None:
    assert parse_question(sent(body)) is None


@for_each(
    "changed",
    [{"direction": "inbound"}, {"direction": None}, {"date_created": None}, {"date_created": "soon"}, {"body": None}],
)
def test_a_row_without_what_a_question_has_is_no_question(changed: Row) -> None:
    assert parse_question({**asked(), **changed}) is None


def test_a_text_with_a_reply_line_of_its_own_does_not_confuse_the_codes() -> None:
    question = asked(text="Policy says\nReply 5711 for no")
    assert answer_to(question, texted("4211")) == "yes"
    assert answer_to(question, texted("5711")) is None


def test_the_numbers_of_the_last_two_days_to_a_person_are_taken() -> None:
    rows = [
        asked(numbered_choices(200, YES_NO), at=-47 * HOUR),
        asked(numbered_choices(300, YES_NO), at=-49 * HOUR),
        asked(numbered_choices(500, YES_NO), at=-HOUR, to=f"rcs:{ANN}", from_=ALSO_OURS),
        asked(CODED, at=-HOUR),
        texted(question_text("Who?", numbered_choices(700, YES_NO)), at=-HOUR),
    ]
    assert taken_numbers(rows, NOON) == {200, 500}


def test_texts_of_a_second_that_is_not_over_are_left_for_the_next_reading() -> None:
    rows = [asked(), texted("4211", at=60)]
    assert read_states(rows, until=NOON + 60)["SMa"] == state_of(asked())
    assert read_states(rows, until=NOON + 61)["SMa"].answer is not None


def test_how_much_of_the_log_was_read_makes_no_difference() -> None:
    older = [asked(B, at=-LOG_WINDOW_S - 1.0, sid="SMb"), texted("hm", at=-LOG_WINDOW_S)]
    rows = [asked(), texted("yes")]
    assert state_of(*older, *rows) == state_of(*rows)


@for_each(
    "junk",
    [
        {},
        {"date_created": None, "direction": "inbound", "body": "4211", "from": ANN, "to": OURS},
        {**texted("x"), "body": None},
        {**texted("x"), "from": None},
        {**texted("x"), "from": ["+1"], "to": {}},
        {**texted("x"), "body": 4211, "date_created": "soon"},
        {**asked(sid="SMjunk"), "to": None},
        {**asked(sid="SMjunk"), "body": ["x"], "date_created": None},
    ],
)
def test_a_row_that_is_not_as_expected_does_no_harm(junk: Row) -> None:
    assert answer_to(asked(), junk, texted("4211", at=120)) == "yes"


# --- what a result tells besides


def test_other_texts_are_kept_in_order_before_and_after_the_answer() -> None:
    rows = [texted("hm"), texted("4211", at=90), texted("4212 sorry", at=120), texted("x", from_=BEN)]
    state = state_of(asked(), *rows)
    assert [row["body"] for row in state.other_texts] == ["hm", "4212 sorry"]
    assert state.answer == (A[0], rows[1], "code")


@for_each("body", ["STOP", "stop.", "Unsubscribe", "quit", "CANCEL", "end", "revoke", "opt out", "optout"])
def test_an_opt_out_stops_the_wait(body: str) -> None:
    assert (state_of(asked(), texted(body)).stopped_by is not None) == (body != "opt out")


@for_each("stop", [texted("STOP", from_=BEN), texted("STOP", to=ALSO_OURS)])
def test_an_opt_out_of_somebody_else_or_elsewhere_does_not(stop: Row) -> None:
    assert state_of(asked(), stop).stopped_by is None


# --- the reply line


def needs_reply_line(*rows: Row) -> bool:
    return state_of(*rows).needs_reply_line


@for_each("body", ["who is this?", "", "No 4211", "yes?", "4213", "👍", "STOP it", "421"])
def test_another_text_calls_for_the_reply_line(body: str) -> None:
    assert needs_reply_line(asked(), texted(body))


@for_each("body", ["STOP", "stop.", "START", "unstop", "Help", "INFO"])
def test_a_keyword_does_not(body: str) -> None:
    assert not needs_reply_line(asked(), texted(body))


def test_a_text_that_is_still_being_received_does_not() -> None:
    assert not needs_reply_line(asked(), texted("look", status="receiving"))


def test_a_text_that_answers_another_question_does_not() -> None:
    other = asked(B, sid="SMb")
    assert not needs_reply_line(asked(), other, texted("5711"))
    assert not needs_reply_line(asked(), other, texted("5711"), texted("5712", at=90))  # nor a second one


def test_a_code_that_went_to_another_number_than_its_questions_does() -> None:
    assert needs_reply_line(asked(), asked(B, sid="SMb", from_=ALSO_OURS), texted("5711"))


@for_each("prefix", ["", TRIAL_PREFIX, '"Isolate host?" '])
def test_it_is_sent_once(prefix: str) -> None:
    reminder = sent(prefix + reply_line(A), at=70, sid="SMr")
    assert not needs_reply_line(asked(), texted("hello"), reminder, texted("hello?", at=80))
    assert needs_reply_line(asked(), texted("hello"), {**reminder, "body": reply_line(B)})


@for_each("later", [texted("4211", at=70), texted("stop", at=70)])
def test_it_is_not_sent_where_the_wait_is_over(later: Row) -> None:
    assert not needs_reply_line(asked(), texted("hello"), later)


def test_codes_that_two_questions_carry_are_not_repeated() -> None:
    state = state_of(asked(), asked(A, sid="SMb", at=1), texted("hello"))
    assert (state.shares_codes, state.needs_reply_line) == (True, False)
    assert not state_of(asked(), asked(B, sid="SMb", at=1), texted("hello")).shares_codes


@for_each("others, is_one", [([], False), ([asked(B, sid="SMb")], True)])
def test_a_question_knows_whether_others_are_open_with_it(others: list[Row], is_one: bool) -> None:
    assert state_of(asked(), *others).is_one_of_several == is_one
    assert not state_of(asked(), *others, texted("5711")).is_one_of_several


# --- by property


def test_what_comes_later_changes_no_answer() -> None:
    for log in conversations.conversations(100, seed=1):
        rows = [row for row in log if row["direction"] == "inbound" or row["status"] == "delivered"]
        rows = [row for row in rows if "Reply" not in str(row["body"]) or "\n" in str(row["body"])]
        now = read_states(rows)
        for at in sorted({created_at(row) or 0.0 for row in rows}):
            then = read_states([row for row in rows if (created_at(row) or 0.0) <= at])
            for sid, state in then.items():
                assert state.answer is None or now[sid].answer == state.answer
