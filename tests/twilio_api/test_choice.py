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
"""The choices of a question: how they are offered, and which of them a text names."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, strategies as st

from tests.tables import for_each
from twilio_api.choice import (
    QUESTION_NUMBERS,
    Choice,
    bare,
    chosen_by_code,
    chosen_by_word,
    draw_number,
    is_keyword,
    is_opt_out,
    long_choices,
    numbered_choices,
    parse_choices,
    parse_reply_line,
    reply_line,
)
from twilio_api.values import WrongValue


YES_NO = numbered_choices(421, ("yes", "no"))
LONG = (Choice("271828", "yes"), Choice("314159", "no"))
# Words that deny or ask, in several languages
DENIALS = (
    "no nope nah not never cannot negative wrong ignore disregard deny denied reject rejected refuse abort cancel stop "
    "dont wont cant isnt didnt doesnt havent couldnt wouldnt shouldnt nein nicht kein keine nee niet nej ikke inte ei "
    "non pas não nao nunca nie ne не нет ні hayır what what's whats who why which huh wtf"
)


def by_code(text: str, choices: tuple[Choice, ...] = YES_NO) -> str | None:
    found = chosen_by_code(text, choices)
    return found.word if found else None


def by_word(text: str, *words: str) -> str | None:
    found = chosen_by_word(text, numbered_choices(421, words or ("yes", "no")))
    return found.word if found else None


# --- what is offered


@for_each(
    "value, words",
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
        ("👩‍💻,no", ("👩‍💻", "no")),
        ("C,C++", ("C", "C++")),
        ("a,b,c,d,e,f,g,h,i", tuple("abcdefghi")),
    ],
)
def test_choices_are_separated_by_commas_or_a_list(value: object, words: tuple[str, ...]) -> None:
    assert parse_choices(value) == words


@for_each(
    "value, why",
    [
        *(
            (f"yes,{word}", "is a keyword of carriers and Twilio")
            for word in ("STOP", "StopAll", "unsubscribe", "Stop!", "revoke", "OptOut")
        ),
        *((f"yes,{word}", "is a keyword of carriers and Twilio") for word in ("cancel", "END", "quit", "help", "info")),
        *((text, "appears in 'responses' twice") for text in ("yes,no,yes", "yes,YES", "Straße,STRASSE", "yes,yes!")),
        *((text, "appears in 'responses' twice") for text in ("call me,Call  Me", "ısıt,isit", "İSİT,isit")),
        *((f"yes,{word}", "looks like a code") for word in ("421", "4211", "12345", "123456", "421.", "４２１", "٤٢١")),
        *((f"yes,{word}", "cannot be answered") for word in ("...", "\u200b", "\u2800", "why?", "!", "؟")),
        *((f"yes,no{char}", "holds half of a character, or") for char in ("\ud83d", "\u202e", "\u2066", "\x07")),
        *((text, "give 1 to 9") for text in ("", " , ,", "a,b,c,d,e,f,g,h,i,j")),
        (None, "give 1 to 9"),
        ([], "give 1 to 9"),
        *((value, "is not a list of choices") for value in (True, False, {"yes": 1})),
    ],
)
def test_choices_that_nobody_could_answer_safely_are_refused(value: object, why: str) -> None:
    with pytest.raises(WrongValue, match=re.escape(why)):
        parse_choices(value)


def test_a_refusal_can_be_shown() -> None:
    with pytest.raises(WrongValue, match="half") as found:
        parse_choices("yes,\ud83d")
    assert str(found.value).encode()


# --- codes


def test_a_number_is_drawn_among_those_that_are_free() -> None:
    taken = set(QUESTION_NUMBERS) - {421, 979}
    assert {draw_number("Isolate?", taken, random.choice) for _ in range(50)} == {421, 979}
    assert draw_number("Isolate?", set(QUESTION_NUMBERS), random.choice) is None


@for_each("text", ["Host 421?", "WS-04217", "Reply 4211 for no", "٤٢١", "room 4 421"])
def test_a_number_that_stands_in_the_text_is_not_drawn(text: str) -> None:
    taken = set(QUESTION_NUMBERS) - {421, 888}
    assert {draw_number(text, taken, random.choice) for _ in range(50)} == {888}


def test_codes_are_a_number_and_the_place_of_the_choice() -> None:
    assert [choice.code for choice in numbered_choices(200, "abcdefghi")] == [f"200{place}" for place in range(1, 10)]


def test_long_codes_have_six_digits_and_differ() -> None:
    drawn = iter([7, 7, 999_999])
    assert [choice.code for choice in long_choices(("yes", "no"), lambda: next(drawn))] == ["000007", "999999"]


# --- the reply line


@for_each(
    "question, line",
    [
        ("", "Reply 4211 for yes, 4212 for no"),
        ("Isolate?", '"Isolate?" Reply 4211 for yes, 4212 for no'),
        ("Isolate\nWS-0417?", '"Isolate WS-0417?" Reply 4211 for yes, 4212 for no'),
        (f"Isolate {'host ' * 20}", f'"Isolate{" host" * 6}..." Reply 4211 for yes, 4212 for no'),
        (f"{'x' * 19} {'y' * 20} z", f'"{"x" * 19} {"y" * 20}..." Reply 4211 for yes, 4212 for no'),
        (f"{'x' * 20} {'y' * 20} z", f'"{"x" * 20}..." Reply 4211 for yes, 4212 for no'),
        ("x" * 99, f'"{"x" * 40}..." Reply 4211 for yes, 4212 for no'),
    ],
)
def test_the_reply_line_names_a_question_by_its_first_words(question: str, line: str) -> None:
    assert reply_line(YES_NO, question) == line


@for_each("question", ["", "Isolate?", "Reply 5711 for no", "Reply 4211 for yes, 4212 for no"])
@for_each("choices", [YES_NO, LONG, numbered_choices(42, ("for one", "Reply 3"))])
def test_a_reply_line_is_read_back(choices: tuple[Choice, ...], question: str) -> None:
    assert parse_reply_line(reply_line(choices, question)) == choices


@given(
    st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=9),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=60),
    st.sampled_from(QUESTION_NUMBERS),
)
def test_whatever_the_choices_are_they_are_read_back(words: list[str], question: str, number: int) -> None:
    try:
        choices = numbered_choices(number, parse_choices([word.replace(",", "") for word in words]))
    except WrongValue:
        return
    assert parse_reply_line(reply_line(choices, question)) == choices


# --- by code


@for_each(
    "text",
    [
        *("4211", " 4211\n", "4211.", "4211!", '"4211"', "“4211”", "(4211)", "*4211*", "_4211_", "#4211", "4211👍"),
        *("Yes 4211", "YES, 4211!", "4211 - yes!", "4211: yes", "yes/4211", "yes-4211", "4211-yes", "4211 yes yes"),
        *("4211 for yes", "Reply 4211", "reply 4211 for yes", "4211 👍", "👍🏽 4211", "ok 4211 thanks", "4211 4211"),
        *("\u200b4211\ufeff", "\u202a4211\u202c", "４２１１", "٤٢١١", "४२११", "𝟒𝟐𝟏𝟏", "4211\u00a0yes", "4️⃣2️⃣1️⃣1️⃣"),
    ],
)
def test_a_code_as_people_write_it(text: str) -> None:
    assert by_code(text) == "yes"


@for_each(
    "text",
    [
        *("", "yes", "No 4211", "4211 no", "4211 4212", "4211/4212", "4211 or 4212", "4211 999", "4 2 1 1", "4-2-1-1"),
        *("42.11", "4.211", "4,211", "4211.50", "1.4211", "04211", "42110", "421", "4213", "4210", "+4211", "-+4211"),
        *("4211yes", "WS-4211", "a.4211", "INC_4211", "ann@4211", "12:4211", "$4211", "4211%", "~4211~", "4211\u0336"),
        *("4211?", "Yes 4211?", "4211;", "!4211", "4211\u037e yes", "¿4211", "4211 ❓", "4211 yes‽", "4211؟"),
        *(f"{word} 4211" for word in DENIALS.split()),
        *(f"4211 {sign}" for sign in "👎❌🚫⛔✖❎✗✘🙅"),
        *("don't 4211", "Don’t 4211", "HAYIR 4211", "\u202e4211"),
        *('Liked "Isolate?\nReply 4211 for yes, 4212 for no"', "Reply 4211 for yes, 4212 for no", "four two one one"),
        *("Disliked “Isolate DC-01\nReply 4211 for yes, 42…”", "👎🏽 “Reply 4211 for…”", "> Reply 4211 for yes"),
        *(
            "won't 4211",
            "It isn’t 4211",
            "Não 4211",
            "'not' 4211",
            "Who sent 4211",
            "Rejected: 4211",
            "4211 wrong host",
        ),
        *("4211 isnt me", "4211, I didnt do it"),
    ],
)
def test_what_is_no_code(text: str) -> None:
    assert by_code(text) is None


@for_each(
    "words, text, word",
    [
        (("room 101", "room 102"), "4211 room 101", "room 101"),  # a number in its own word is no other one
        (("room 101", "room 102"), "4211 room 102", None),
        (("yes", "yes please"), "4211 yes please", None),
        (("yes", "yes please"), "4212 yes please", "yes please"),
        (("yes", "yes please"), "4212 yes, yes please", None),
        (("isolate", "do not isolate"), "4212 do not isolate", "do not isolate"),
        (("isolate", "do not isolate"), "4211 do not isolate", None),
        (("isolate", "wait"), "no 4211", None),
        (("👍", "👎"), "4211 👎", None),
        (("👍", "👎"), "4212 👎", "👎"),
        (("ok",), "4211 ok", "ok"),
        (("ok",), "Reply 4211 for ok", "ok"),
        (("ok",), "Liked “Isolate? Reply 4211 for ok”", None),
        (("ok",), "👎 “Reply 4211 for ok”", None),
    ],
)
def test_a_code_beside_words_of_choices(words: tuple[str, ...], text: str, word: str | None) -> None:
    assert by_code(text, numbered_choices(421, words)) == word


@for_each("text, word", [("271828", "yes"), ("No: 314159.", "no"), ("271 828", None)])
def test_a_long_code(text: str, word: str | None) -> None:
    assert by_code(text, LONG) == word


@given(st.text(max_size=30) | st.text("0123456789 yesno.,-", max_size=12))
def test_no_text_names_a_long_code_by_chance(text: str) -> None:
    if by_code(text, LONG):
        assert "271828" in bare(text) or "314159" in bare(text)


# --- by word


@for_each("text", ["yes", "YES", " Yes. ", '"yes"', "yes!!!", "(Yes)", "ｙｅｓ", "\u200eyes", "- yes -", "*yes*"])
def test_a_word_alone(text: str) -> None:
    assert by_word(text) == "yes"


@for_each(
    "text",
    [
        *("", "yes?", "yes;", "!yes", '"yes;" ', "yes\u037e", "yes please", "yes no", "yes and no", "ye s", "y"),
        *("ok", "oui", "yes 42", "noyes", "yes 👍", "👍", "~yes~", "n\u0336o\u0336", "не", "y\u0435s", "yes\ud83d"),
    ],
)
def test_anything_but_the_word(text: str) -> None:
    assert by_word(text) is None


@for_each(
    "words, text, word",
    [
        (("call me", "wait"), "Call  me!", "call me"),
        (("don't", "do"), "Don’t", "don't"),
        (("Straße", "x"), "STRASSE", "Straße"),
        (("ısıt", "dur"), "ISIT", "ısıt"),
        (("isit", "dur"), "İSİT", "isit"),
        (("ısıt", "isit"), "ISIT", None),  # the capitals of both; such choices are not offered
        (("C", "C++"), "c++", "C++"),
        (("👍", "👎"), "👎\ufe0f", "👎"),
        (("👍", "👎"), "👍👎", None),
    ],
)
def test_a_word_in_any_case(words: tuple[str, ...], text: str, word: str | None) -> None:
    assert by_word(text, *words) == word


@for_each(
    "text, is_one, opts_out",
    [
        *(
            (text, True, True)
            for text in ("STOP", "stop.", "StopAll", "unsubscribe", "cancel", "END", "quit", "revoke")
        ),
        *(("OptOut", True, True), ("help", True, False), ("INFO", True, False)),
        *(("start", True, False), ("Unstop", True, False), ("stop it", False, False)),
    ],
)
def test_keywords(text: str, is_one: bool, opts_out: bool) -> None:
    assert (is_keyword(text), is_opt_out(text)) == (is_one, opts_out)
