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
"""Questions by text: what is sent, and which text answers which question. Where it is not certain, it is no answer."""

from __future__ import annotations

import random
import re
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from twilio_api.question import (
    ANSWER_WINDOW_S,
    LOG_WINDOW_S,
    MAX_WRONG_CODES,
    QUESTION_NUMBERS,
    Choice,
    Question,
    QuestionState,
    draw_number,
    has_text_since,
    is_keyword,
    long_choices,
    parse_choices,
    parse_question,
    question_text,
    read_states,
    reply_line,
    short_choices,
    taken_numbers,
)
from twilio_api.values import WrongValue
from twilio_consts import TRIAL_PREFIX


ANNA, BEN = "+15101112345", "+15101112346"
OURS, ALSO_OURS = "+15101281337", "+15101281338"
NOON = 1_700_000_000.0  # seconds since the epoch; each test counts from here
HOUR = 3600.0
YES_NO = short_choices(42, ("yes", "no"))
CODED = (Choice("271828", "yes"), Choice("314159", "no"))

Row = dict[str, Any]


def row(sid: str, at: float, **fields: Any) -> Row:
    return {"sid": sid, "date_created": formatdate(NOON + at, usegmt=True), "status": "delivered", **fields}


def asked(
    choices: tuple[Choice, ...] = YES_NO,
    *,
    at: float = 0.0,
    sid: str = "SMquestion",
    to: str = ANNA,
    from_: Any = OURS,
    text: str = "Isolate host X?",
) -> Row:
    """A question, so many seconds after noon."""
    return row(sid, at, to=to, from_=from_, direction="outbound-api", body=question_text(text, choices)) | {
        "from": from_
    }


def texted(body: str, *, at: float = 60.0, sid: str = "", from_: str = ANNA, to: str = OURS) -> Row:
    """A person's text, so many seconds after noon."""
    return {**row(sid or f"SM{at}{body}", at, to=to, direction="inbound", body=body), "from": from_}


def state_of(*rows: Row, sid: str = "SMquestion") -> QuestionState:
    return read_states(rows)[sid]


def answer_to(*rows: Row, sid: str = "SMquestion") -> str | None:
    answer = state_of(*rows, sid=sid).answer
    return answer.choice.word if answer else None


# --- the choices


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("yes,no", ("yes", "no")),
        (" Yes , call  me ,\nlater, ", ("Yes", "call me", "later")),
        ("ok", ("ok",)),
        ("1,2,3", ("1", "2", "3")),
        ("room 101,room 102", ("room 101", "room 102")),
        ("start,wait", ("start", "wait")),
        (["yes", "no"], ("yes", "no")),
        (' ["yes", "call me"]', ("yes", "call me")),  # as playbooks join a list
        ("[a], [b]", ("[a]", "[b]")),
        ("👍,👎", ("👍", "👎")),
        ("a,b,c,d,e,f,g,h,i", tuple("abcdefghi")),
    ],
)
def test_choices_are_separated_by_commas_or_a_list(text: object, words: tuple[str, ...]) -> None:
    assert parse_choices(text) == words


@pytest.mark.parametrize("word", ["STOP", "StopAll", "unsubscribe", "cancel", "END", "quit", "help", "info", "Stop!"])
def test_a_keyword_of_the_carriers_is_no_choice(word: str) -> None:
    with pytest.raises(WrongValue, match=rf"^The choice '{word}' of 'responses' is a keyword of carriers and Twilio"):
        parse_choices(f"yes,{word}")


@pytest.mark.parametrize("text", ["yes,no,yes", "yes,YES", "Straße,STRASSE", "yes,yes!", "call me,Call  Me"])
def test_a_choice_that_stands_there_twice_is_refused(text: str) -> None:
    with pytest.raises(WrongValue, match="stands in 'responses' twice"):
        parse_choices(text)


@pytest.mark.parametrize("word", ["421", "123456", "000", "421.", "４２１", "٤٢١"])
def test_a_number_of_three_or_six_digits_is_no_choice(word: str) -> None:
    with pytest.raises(WrongValue, match="reads like a code"):
        parse_choices(f"yes,{word}")


@pytest.mark.parametrize("word", ["...", "\u200b", "\u2800", "why?", "!"])
def test_a_choice_that_nobody_could_type_is_refused(word: str) -> None:
    with pytest.raises(WrongValue, match="cannot be answered"):
        parse_choices(f"yes,{word}")


@pytest.mark.parametrize("text", ["", None, " , ,", [], "a,b,c,d,e,f,g,h,i,j"])
def test_there_are_one_to_nine_choices(text: object) -> None:
    with pytest.raises(WrongValue, match="give 1 to 9"):
        parse_choices(text)


@pytest.mark.parametrize("value", [True, False, {"yes": 1}])
def test_what_is_no_list_is_refused(value: object) -> None:
    with pytest.raises(WrongValue, match="is not a list of choices"):
        parse_choices(value)


# --- codes


def test_no_code_reads_like_a_services_number() -> None:
    codes = {choice.code for number in QUESTION_NUMBERS for choice in short_choices(number, "abcdefghi")}
    services = {f"{digit}11" for digit in range(2, 10)} | {"112", "988", "999", "000", "100", "101", "110", "119"}
    assert not codes & services
    assert not [code for code in codes if code[1] == "1"]
    assert min(codes) == "201"
    assert max(codes) == "979"
    assert len(QUESTION_NUMBERS) == 70


def test_a_number_is_drawn_among_those_that_are_free() -> None:
    taken = set(QUESTION_NUMBERS) - {42, 97}
    assert {draw_number(taken, random.choice) for _ in range(50)} == {42, 97}


def test_where_no_number_is_free_there_is_none() -> None:
    assert draw_number(set(QUESTION_NUMBERS), random.choice) is None


def test_long_codes_have_six_digits_and_differ() -> None:
    drawn = iter([7, 7, 999_999])
    assert [choice.code for choice in long_choices(("yes", "no"), lambda: next(drawn))] == ["000007", "999999"]


def test_the_numbers_of_the_last_day_are_taken() -> None:
    rows = [
        asked(short_choices(20, ("a",)), at=-23 * HOUR, sid="SM1"),
        asked(short_choices(30, ("a",)), at=-25 * HOUR, sid="SM2"),
        asked(short_choices(40, ("a",)), at=-1 * HOUR, sid="SM3", to=BEN),
        asked(short_choices(50, ("a",)), at=-1 * HOUR, sid="SM4", from_=ALSO_OURS),
        asked(CODED, at=-1 * HOUR, sid="SM5"),
        asked(short_choices(60, ("a",)), at=-1 * HOUR, sid="SM6", from_=None),
        texted(question_text("Who?", short_choices(70, ("a",))), at=-1 * HOUR),
    ]
    assert taken_numbers(rows, ANNA, NOON) == {20, 50, 60}


# --- the question's own text


def test_the_question_ends_with_how_to_answer_it() -> None:
    assert question_text("Isolate host X?", YES_NO) == "Isolate host X?\nReply 421 for yes, 422 for no"


@pytest.mark.parametrize("prefix", ["", TRIAL_PREFIX])
@pytest.mark.parametrize(
    "choices", [YES_NO, CODED, short_choices(97, "abcdefghi"), short_choices(20, ("for one", "Ü 👍"))]
)
def test_a_question_is_read_back_from_its_text(prefix: str, choices: tuple[Choice, ...]) -> None:
    question = asked(choices, text="Two\nlines?")
    question["body"] = prefix + question["body"]
    assert parse_question(question) == Question("SMquestion", ANNA, OURS, NOON, choices)


@given(
    st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=9),
    st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=60).filter(str.strip),
    st.sampled_from(QUESTION_NUMBERS),
)
def test_whatever_the_choices_are_they_are_read_back(words: list[str], text: str, number: int) -> None:
    try:
        choices = short_choices(number, parse_choices([word.replace(",", "") for word in words]))
    except WrongValue:
        return
    found = parse_question(asked(choices, text=text))
    assert found is not None
    assert found.choices == choices


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Hello",
        "Reply 421 for yes, 422 for no",
        f"{TRIAL_PREFIX}Reply 421 for yes, 422 for no",
        " \nReply 421 for yes, 422 for no",
        "Isolate?\nReply 421 for yes, 422 for no\nThanks",
        "Isolate?\nReply 421 for yes, 423 for no",
        "Isolate?\nReply 421 for yes, 432 for no",
        "Isolate?\nReply 911 for yes, 912 for no",
        "Isolate?\nReply 4211 for yes",
        "Isolate?\nReply 271828 for yes, 271828 for no",
        "Isolate?\nReply 271828 for yes, 422 for no",
        "Isolate?\nReply 422 for yes",
        "Isolate? Reply 421 for yes, 422 for no",
        "Isolate?\nreply 421 for yes, 422 for no",
    ],
)
def test_any_other_text_is_no_question(body: str) -> None:
    assert parse_question({**asked(), "body": body}) is None


@pytest.mark.parametrize(
    "changed",
    [{"direction": "inbound"}, {"direction": None}, {"date_created": None}, {"date_created": "soon"}, {"body": None}],
)
def test_a_row_that_is_not_sent_by_this_account_or_lacks_its_date_is_no_question(changed: Row) -> None:
    assert parse_question({**asked(), **changed}) is None


# --- an answer by code


@pytest.mark.parametrize(
    "body",
    [
        "421",
        " 421\n",
        "421.",
        "421!",
        '"421"',
        "“421”",
        "(421)",
        "*421*",
        "#421",
        "Yes 421",
        "YES, 421!",
        "421 - yes!",
        "421: yes",
        "yes/421",
        "\u200b421\ufeff",
        "\u202a421\u202c",
        "４２１",
        "٤٢١",
        "४२१",
        "𝟒𝟐𝟏",
        "421\u00a0yes",
        "421\ufe0f",
    ],
)
def test_a_code_is_an_answer_alone_or_with_its_own_word(body: str) -> None:
    assert answer_to(asked(), texted(body)) == "yes"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "No 421",
        "421 no",
        "421 422",
        "421/422",
        "421 or 422",
        "not 421",
        "421 please",
        "421 yes yes",
        "421 421",
        "4 2 1",
        "4-2-1",
        "4.21",
        "0421",
        "4211",
        "42",
        "423",
        "420",
        "+421",
        "-+421",
        "421?",
        "Yes 421?",
        "421;",
        "!421",
        "421\u037e yes",
        "¿421",
        "421 👎",
        "421yes",
        "~421~",
        "\u202e421",
        'Liked "Isolate host X?\nReply 421 for yes, 422 for no"',
        "four two one",
    ],
)
def test_a_code_beside_anything_else_is_no_answer(body: str) -> None:
    assert answer_to(asked(), texted(body)) is None


def test_a_code_counts_from_the_questions_own_second_on() -> None:
    assert answer_to(asked(), texted("421", at=0.0)) == "yes"
    assert answer_to(asked(), texted("421", at=-1.0)) is None


def test_an_answer_counts_for_24_hours() -> None:
    assert answer_to(asked(), texted("421", at=ANSWER_WINDOW_S)) == "yes"
    assert answer_to(asked(), texted("421", at=ANSWER_WINDOW_S + 1)) is None


def test_each_choice_has_its_code() -> None:
    words = ("isolate", "wait", "call me")
    choices = short_choices(42, words)
    assert [answer_to(asked(choices), texted(code)) for code in ("421", "422", "423")] == list(words)
    assert answer_to(asked(choices), texted("Call me 423")) == "call me"


# --- an answer by word


@pytest.mark.parametrize(
    "body", ["yes", "YES", " Yes. ", '"yes"', "yes!!!", "(Yes)", "ｙｅｓ", "\u200eyes", "- yes -", "'yes'"]
)
def test_a_word_alone_is_an_answer(body: str) -> None:
    assert answer_to(asked(), texted(body)) == "yes"


@pytest.mark.parametrize(
    "body",
    [
        *(
            "yes?",
            "yes;",
            "!yes",
            '"!yes"',
            '"yes;" ',
            "yes\u037e",
            "yes please",
            "yes no",
            "yes and no",
            "ye s",
            "y\u0435s",
            "y",
            "ok",
            "oui",
            "yes 42",
            "noyes",
        ),
        *("yes 👍", "👍", "~yes~", "n\u0336o\u0336", "не"),
    ],
)
def test_anything_but_the_word_is_no_answer(body: str) -> None:
    assert answer_to(asked(), texted(body)) is None


def test_a_word_counts_from_the_next_second_on() -> None:
    assert answer_to(asked(), texted("yes", at=0.0)) is None
    assert answer_to(asked(), texted("yes", at=1.0)) == "yes"


@pytest.mark.parametrize("status", ["undelivered", "failed", "canceled"])
def test_a_word_is_no_answer_to_a_question_that_did_not_arrive(status: str) -> None:
    question = {**asked(), "status": status}
    assert state_of(question, texted("yes")).final_answer is None


@pytest.mark.parametrize(("status", "body"), [("undelivered", "421"), ("sent", "yes"), ("delivered", "yes")])
def test_any_other_answer_is_final(status: str, body: str) -> None:
    state = state_of({**asked(), "status": status}, texted(body))
    assert state.final_answer is state.answer is not None


def test_a_semicolon_within_a_choice_does_no_harm() -> None:
    choices = short_choices(42, parse_choices("isolate; now, wait"))
    assert answer_to(asked(choices), texted("Isolate; now")) == "isolate; now"


def test_an_emoji_can_be_a_choice() -> None:
    choices = short_choices(42, ("👍", "👎"))
    assert answer_to(asked(choices), texted("👍")) == "👍"
    assert answer_to(asked(choices), texted("👎\ufe0f")) == "👎"
    assert answer_to(asked(choices), texted("👍👎")) is None


def test_a_text_that_is_one_choices_code_and_another_choices_word_is_no_answer() -> None:
    choices = short_choices(42, ("room", "room 421"))
    assert answer_to(asked(choices), texted("room 421")) is None
    assert answer_to(asked(choices), texted("422")) == "room 421"
    assert answer_to(asked(choices), texted("room")) == "room"


def test_a_text_that_names_two_choices_is_no_answer() -> None:
    choices = short_choices(42, ("422 x", "x 421"))
    assert answer_to(asked(choices), texted("422 x 421")) is None


def test_a_word_that_holds_a_number_is_an_answer_where_it_is_no_code() -> None:
    choices = short_choices(42, ("room 101", "room 102"))
    assert answer_to(asked(choices), texted("Room 102")) == "room 102"


# --- who, to whom, how


@pytest.mark.parametrize("body", ["421", "yes", "Yes 421"])
def test_a_text_of_another_person_is_no_answer(body: str) -> None:
    assert state_of(asked(), texted(body, from_=BEN)) == state_of(asked())


@pytest.mark.parametrize("body", ["421", "yes"])
def test_a_text_to_another_number_is_no_answer(body: str) -> None:
    assert state_of(asked(), texted(body, to=ALSO_OURS)) == state_of(asked())


@pytest.mark.parametrize("body", ["421", "yes"])
def test_until_a_service_chose_a_number_no_answer_is_certain(body: str) -> None:
    assert answer_to(asked(from_=None), texted(body)) is None
    assert answer_to(asked(from_=OURS), texted(body)) == "yes"


def test_a_message_of_this_account_is_no_answer() -> None:
    assert answer_to(asked(), {**texted("421"), "direction": "outbound-api"}) is None


@pytest.mark.parametrize("body", ["421", "yes"])
def test_on_whatsapp_an_answer_comes_from_the_same_address(body: str) -> None:
    question = asked(to=f"whatsapp:{ANNA}", from_=f"whatsapp:{OURS}")
    assert answer_to(question, texted(body, from_=f"whatsapp:{ANNA}", to=f"whatsapp:{OURS}")) == "yes"
    assert answer_to(question, texted(body)) is None


# --- which of several answers


def test_the_first_answer_counts() -> None:
    assert answer_to(asked(), texted("422", at=60), texted("421", at=61), texted("yes", at=62)) == "no"


def test_the_answers_row_is_given_as_twilio_shows_it() -> None:
    reply = texted("Yes 421", sid="SMreply")
    answer = state_of(asked(), reply).answer
    assert answer is not None
    assert answer.row is reply


def test_two_different_answers_in_one_second_are_none() -> None:
    state = state_of(asked(), texted("421", sid="SM1"), texted("422", sid="SM2"))
    assert state.answer is None
    assert state.needs_reminder
    assert answer_to(asked(), texted("421", sid="SM1"), texted("422", sid="SM2"), texted("422", at=90)) == "no"


@pytest.mark.parametrize(("until", "word"), [(60, None), (61, "yes")])
def test_an_answer_counts_once_its_second_is_over(until: float, word: str | None) -> None:
    answer = read_states([asked(), texted("421", at=60)], until=NOON + until)["SMquestion"].answer
    assert (answer and answer.choice.word) == word


def test_whether_a_text_came_of_a_second_that_is_not_over() -> None:
    rows = [asked(at=70), texted("421", at=60)]
    assert has_text_since(rows, NOON + 60)
    assert not has_text_since(rows, NOON + 61)


def test_the_same_answer_twice_in_one_second_is_one() -> None:
    assert answer_to(asked(), texted("421", sid="SM1"), texted("yes", sid="SM2")) == "yes"


def test_of_a_code_and_its_word_in_one_second_the_code_is_the_answer() -> None:
    answer = state_of(asked(), texted("yes", sid="SM1"), texted("421", sid="SM2")).answer
    assert answer is not None
    assert answer.is_by_code


def test_a_row_that_stands_there_twice_is_one_text() -> None:
    guess = texted("111111", sid="SMguess")
    assert state_of(asked(CODED), guess, dict(guess)).wrong_codes == 1


# --- several questions to one person

OTHER = short_choices(57, ("yes", "no"))


def test_a_code_answers_its_own_question() -> None:
    rows = [asked(sid="SM1"), asked(OTHER, at=10, sid="SM2"), texted("572", at=60), texted("421", at=70)]
    assert answer_to(*rows, sid="SM1") == "yes"
    assert answer_to(*rows, sid="SM2") == "no"


def test_a_word_is_no_answer_while_two_questions_are_open() -> None:
    rows = [asked(sid="SM1"), asked(OTHER, at=10, sid="SM2"), texted("yes")]
    assert answer_to(*rows, sid="SM1") is None
    assert answer_to(*rows, sid="SM2") is None


@pytest.mark.parametrize("at", [-23 * HOUR, -1.0, 0.0, 59.0, 60.0])
def test_a_question_is_open_for_a_day_from_its_own_second_on(at: float) -> None:
    assert answer_to(asked(), asked(OTHER, at=at, sid="SMother"), texted("yes", at=60)) is None


@pytest.mark.parametrize("at", [-25 * HOUR, 61.0])
def test_a_question_of_another_time_does_not_matter(at: float) -> None:
    assert answer_to(asked(), asked(OTHER, at=at, sid="SMother"), texted("yes", at=60)) == "yes"


def test_a_question_from_another_number_is_open_as_well() -> None:
    assert answer_to(asked(), asked(OTHER, sid="SMother", from_=ALSO_OURS), texted("yes")) is None
    assert answer_to(asked(), asked(OTHER, sid="SMother", from_=None), texted("yes")) is None


def test_a_question_that_needs_a_code_is_open_as_well() -> None:
    assert answer_to(asked(), asked(CODED, sid="SMother"), texted("yes")) is None


def test_a_question_to_another_person_does_not_matter() -> None:
    assert answer_to(asked(), asked(OTHER, sid="SMother", to=BEN), texted("yes")) == "yes"


@pytest.mark.parametrize("first", ["571", "no 572", "yes"])
def test_once_the_other_question_is_answered_a_word_is_an_answer(first: str) -> None:
    rows = [asked(OTHER, at=-100, sid="SMother"), texted(first, at=-50), asked(), texted("no")]
    assert answer_to(*rows) == "no"


def test_another_questions_answer_in_the_same_second_leaves_it_open() -> None:
    assert answer_to(asked(), asked(OTHER, sid="SMother"), texted("571", sid="SM1"), texted("yes", sid="SM2")) is None


def test_a_word_after_an_ambiguous_one_is_still_no_answer() -> None:
    rows = [asked(sid="SM1"), asked(OTHER, sid="SM2"), texted("yes", at=60), texted("571", at=70), texted("yes", at=80)]
    assert answer_to(*rows, sid="SM2") == "yes"
    assert answer_to(*rows, sid="SM1") == "yes"
    assert answer_to(*rows[:4], sid="SM1") is None


def unanswered_chain() -> list[Row]:
    """Questions of several days, each of which leaves the word after the next one without a meaning."""
    first, second, third = (short_choices(number, ("yes", "no")) for number in (52, 53, 54))
    return [
        asked(first, at=-60 * HOUR, sid="SM1"),
        asked(second, at=-45 * HOUR, sid="SM2"),
        texted("yes", at=-44 * HOUR),  # no answer: two questions are open
        asked(third, at=-23 * HOUR, sid="SM3"),
        texted("yes", at=-22 * HOUR),  # none either
        asked(at=-1 * HOUR),
        texted("yes", at=-0.5 * HOUR),
    ]


def test_whether_a_question_was_open_follows_from_those_of_the_days_before() -> None:
    assert answer_to(*unanswered_chain()) is None
    assert answer_to(*unanswered_chain()[1:]) == "yes"


def test_how_much_of_the_log_was_read_makes_no_difference() -> None:
    older = asked(at=-LOG_WINDOW_S - HOUR - 1.0, sid="SMolder", choices=short_choices(55, ("yes", "no")))
    word = texted("yes", at=-LOG_WINDOW_S - HOUR)
    rows = unanswered_chain()
    assert state_of(older, word, *rows) == state_of(*rows)


@pytest.mark.parametrize(("body", "is_by_code"), [("421", True), ("YES 421!", True), ("٤٢١", True), ("yes", False)])
def test_an_answer_says_whether_it_is_by_code(body: str, is_by_code: bool) -> None:
    answer = state_of(asked(), texted(body)).answer
    assert answer is not None
    assert answer.is_by_code == is_by_code


@pytest.mark.parametrize("body", ["421", "Yes 421", "yes"])
def test_a_code_that_two_questions_carry_answers_neither(body: str) -> None:
    rows = [asked(sid="SM1"), asked(at=1, sid="SM2", from_=ALSO_OURS), texted(body), texted(body, to=ALSO_OURS)]
    assert answer_to(*rows, sid="SM1") is None
    assert answer_to(*rows, sid="SM2") is None


def test_a_code_of_a_question_older_than_a_day_can_be_used_anew() -> None:
    assert answer_to(asked(), asked(at=-25 * HOUR, sid="SMold"), texted("421")) == "yes"


def test_a_word_with_the_code_of_another_question_in_it_is_no_answer() -> None:
    choices = short_choices(42, ("room 571", "room 572"))
    assert answer_to(asked(choices), texted("room 571")) == "room 571"
    assert answer_to(asked(choices), asked(OTHER, sid="SMother"), texted("571", at=30), texted("room 571")) is None


# --- where a code is required


def test_a_long_code_is_an_answer() -> None:
    assert answer_to(asked(CODED), texted("271828")) == "yes"
    assert answer_to(asked(CODED), texted("No: 314159.")) == "no"


@pytest.mark.parametrize("body", ["yes", "no", "YES!", "27", "271 828", "271-828", "yes 314159", "271828 314159"])
def test_nothing_but_a_code_counts_where_one_is_required(body: str) -> None:
    assert answer_to(asked(CODED), texted(body)) is None


def guesses(number: int, at: float = 10.0) -> list[Row]:
    return [texted(f"{100_000 + index}", at=at + index) for index in range(number)]


def test_after_five_wrong_codes_no_answer_counts() -> None:
    state = state_of(asked(CODED), *guesses(MAX_WRONG_CODES), texted("271828"))
    assert state.answer is None
    assert state.is_locked
    assert not state.needs_reminder


def test_after_four_wrong_codes_an_answer_counts() -> None:
    assert answer_to(asked(CODED), *guesses(MAX_WRONG_CODES - 1), texted("271828")) == "yes"


def test_wrong_codes_after_the_answer_change_nothing() -> None:
    state = state_of(asked(CODED), texted("271828", at=5), *guesses(9))
    assert (state.is_locked, state.answer is not None) == (False, True)


def test_a_fifth_wrong_code_in_the_second_of_the_right_one_locks() -> None:
    assert answer_to(asked(CODED), *guesses(4), texted("999999", at=60), texted("271828", at=60)) is None


@pytest.mark.parametrize("body", ["hello", "yes", "421", "12345", "1234567", "271828 no", "STOP"])
def test_a_text_without_a_code_or_with_a_right_one_is_no_wrong_code(body: str) -> None:
    assert state_of(asked(CODED), asked(sid="SMother"), texted(body)).wrong_codes == 0


@pytest.mark.parametrize("body", ["123456", "my code is 123456", "１２３４５６", "123456!"])
def test_a_text_with_six_digits_that_are_no_code_is_a_wrong_code(body: str) -> None:
    assert state_of(asked(CODED), texted(body)).wrong_codes == 1


def test_wrong_codes_of_others_or_to_other_numbers_lock_nothing() -> None:
    rows = [{**guess, "from": BEN} for guess in guesses(9)] + [{**guess, "to": ALSO_OURS} for guess in guesses(9)]
    assert answer_to(asked(CODED), *rows, texted("271828")) == "yes"


def test_wrong_codes_do_not_lock_a_question_that_takes_words() -> None:
    assert answer_to(asked(), *guesses(9), texted("421")) == "yes"


# --- the reply line


@pytest.mark.parametrize("body", ["who is this?", "", "No 421", "yes?", "423", "👍", "STOP it"])
def test_another_text_needs_the_reply_line(body: str) -> None:
    assert state_of(asked(), texted(body)).needs_reminder


@pytest.mark.parametrize(
    "body", ["STOP", "stop.", "Unsubscribe", "START", "unstop", "Help", "INFO", "quit", "cancel", "end"]
)
def test_a_keyword_is_neither_answered_nor_an_answer(body: str) -> None:
    state = state_of(asked(), texted(body))
    assert (state.answer, state.needs_reminder, is_keyword(body)) == (None, False, True)


def test_a_keyword_is_no_answer_even_where_a_question_offers_it() -> None:
    assert answer_to(asked(short_choices(42, ("stop", "go"))), texted("STOP")) is None


def test_a_text_that_answers_another_question_needs_no_reply_line() -> None:
    assert not state_of(asked(), asked(OTHER, sid="SMother"), texted("571")).needs_reminder


def test_a_code_that_went_to_another_number_than_its_questions_needs_it() -> None:
    assert state_of(asked(), asked(OTHER, sid="SMother", from_=ALSO_OURS), texted("571")).needs_reminder


def test_a_text_that_may_answer_another_question_needs_no_reply_line_until_its_service_chose_a_number() -> None:
    assert not state_of(asked(), asked(OTHER, sid="SMother", from_=None), texted("571")).needs_reminder
    assert state_of(asked(), asked(OTHER, sid="SMother", from_=None), texted("571, what?")).needs_reminder


def test_a_repeated_answer_to_another_question_needs_none_either() -> None:
    rows = [asked(), asked(OTHER, sid="SMother"), texted("571", at=60), texted("572", at=70)]
    assert not state_of(*rows).needs_reminder


@pytest.mark.parametrize("prefix", ["", TRIAL_PREFIX])
def test_the_reply_line_is_sent_once(prefix: str) -> None:
    reminder = {**asked(at=70, sid="SMreminder"), "body": prefix + reply_line(YES_NO)}
    state = state_of(asked(), texted("hello"), reminder, texted("hello?", at=80))
    assert (state.was_reminded, state.needs_reminder) == (True, False)


def test_the_reply_line_of_another_question_is_not_this_ones() -> None:
    reminder = {**asked(at=70, sid="SMreminder"), "body": reply_line(OTHER)}
    assert state_of(asked(), texted("hello"), reminder).needs_reminder


def test_a_question_of_the_same_codes_is_not_its_reply_line() -> None:
    assert not state_of(asked(), asked(at=70, sid="SMagain")).was_reminded


def test_once_it_is_answered_a_question_needs_no_reply_line() -> None:
    assert not state_of(asked(), texted("hello"), texted("yes", at=70), texted("thanks", at=80)).needs_reminder


# --- junk


@pytest.mark.parametrize(
    "junk",
    [
        {},
        {"date_created": None, "direction": "inbound", "body": "421", "from": ANNA, "to": OURS},
        {**texted("x"), "body": None},
        {**texted("x"), "from": None},
        {**texted("x"), "from": ["+1"], "to": {}},
        {**texted("x"), "body": 421},
        {**asked(sid="SMjunk"), "to": None},
        {**asked(sid="SMjunk"), "body": ["x"]},
    ],
)
def test_a_row_that_is_not_as_expected_does_no_harm(junk: Row) -> None:
    assert answer_to(asked(), junk, texted("421", at=120)) == "yes"


# --- by property

WORDS = ("yes", "no", "call me")
QUESTIONS = st.lists(
    st.tuples(
        st.integers(-90_000, 300),
        st.sampled_from([42, 57, 63]),
        st.booleans(),
        st.sampled_from([OURS, ALSO_OURS, None]),
    ),
    min_size=1,
    max_size=4,
)
BODIES = st.sampled_from(
    [
        *("yes", "no", "call me", "421", "571", "631", "422", "Yes 421", "no 421", "271828", "yes 271828"),
        *("123456", "999999", "STOP", "hello", "", "421?", "call me 633", "57 1"),
    ]
)
TIMES = st.integers(-90_000, 90_000) | st.integers(-3, 305)
TEXTS = st.lists(
    st.tuples(TIMES, BODIES, st.sampled_from([ANNA, BEN]), st.sampled_from([OURS, ALSO_OURS])), max_size=14
)


@st.composite
def logs(draw: st.DrawFn) -> list[Row]:
    """A message log: questions to one person, and texts of two."""
    rows = []
    for index, (at, number, needs_code, from_) in enumerate(draw(QUESTIONS)):
        choices = (*CODED, Choice("161803", "call me")) if needs_code else short_choices(number, WORDS)
        rows.append(asked(choices, at=at, sid=f"SMq{index}", from_=from_))
    for index, (at, body, from_, to) in enumerate(draw(TEXTS)):
        rows.append(texted(body, at=at, sid=f"SMt{index}", from_=from_, to=to))
    return rows


@settings(max_examples=300)
@given(logs(), st.randoms())
def test_the_order_of_the_rows_makes_no_difference(rows: list[Row], order: random.Random) -> None:
    shuffled = list(rows)
    order.shuffle(shuffled)
    assert read_states(shuffled) == read_states(rows)


@settings(max_examples=300)
@given(logs(), st.integers(-90_000, 90_000))
def test_what_comes_later_changes_no_answer(rows: list[Row], at: int) -> None:
    earlier = [row for row in rows if row["date_created"] and seconds_of(row) <= at]
    now, then = read_states(rows), read_states(earlier)
    for sid, state in then.items():
        if state.answer is not None:
            assert now[sid].answer == state.answer


@settings(max_examples=500)
@given(logs())
def test_every_answer_keeps_every_rule(rows: list[Row]) -> None:
    states = read_states(rows)
    questions = [state.question for state in states.values()]
    for state in states.values():
        if state.answer is None:
            continue
        question, (choice, reply) = state.question, state.answer
        at = seconds_of(reply)
        age = at - (question.asked_at - NOON)
        others = [
            other
            for other in questions
            if other is not question and 0 <= at - (other.asked_at - NOON) <= ANSWER_WINDOW_S
        ]
        assert (reply["from"], reply["to"]) == (question.person, question.number)
        assert 0 <= age <= ANSWER_WINDOW_S
        assert choice in question.choices
        said = re.sub(r"[^a-z0-9 ]", "", reply["body"].lower()).strip()
        if said == choice.word:  # a word alone
            assert age >= 1
            assert not question.needs_code
            answered = [states[other.sid].answer for other in others]
            assert all(answer is not None and seconds_of(answer.row) < at for answer in answered)
        else:
            assert said in (choice.code, f"{choice.word} {choice.code}", f"{choice.code} {choice.word}")
            assert not [other for other in others if choice in other.choices]


@settings(max_examples=300)
@given(st.text(max_size=30) | st.text("0123456789 yesno.,-", max_size=12))
def test_no_text_answers_by_chance(body: str) -> None:
    plain = "".join(char for char in body.lower() if char.isalnum())
    answer = answer_to(asked(CODED), texted(body))
    if answer is not None:
        assert re.sub("yes|no", "", plain) in ("271828", "314159")


def seconds_of(a_row: Row) -> float:
    """When a row was created, in seconds after noon."""
    return parsedate_to_datetime(a_row["date_created"]).timestamp() - NOON
