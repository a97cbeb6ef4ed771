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
"""What a call says: texts of any characters become speech, and never break the XML around them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from sandbox.twilio import twiml as local_twiml
from tests.tables import for_each
from twilio_api.twiml import (
    as_sentence,
    checked_language,
    checked_voice,
    phrases,
    say,
    speakable,
    speakable_without_markup,
)
from twilio_api.values import WrongValue


LANGUAGES = ("en", "da", "de", "es", "fi", "fr", "it", "ja", "ko", "nb", "nl", "pl", "pt", "sv", "zh")


def spoken(text: str) -> list[str]:
    """What Twilio makes of the TwiML for a text."""
    return [utterance.text for utterance in local_twiml.parse(say(text, "en-US"))]


def test_a_text_is_spoken_twice_in_its_language() -> None:
    assert say("Disk full", "de-DE") == '<Response><Say language="de-DE" loop="2">Disk full</Say></Response>'
    assert spoken("Disk full") == ["Disk full", "Disk full"]


def test_a_voice_speaks_where_one_was_asked_for() -> None:
    assert ' voice="Polly.Vicki"' in say("Disk full", "de-DE", "Polly.Vicki")


@for_each(
    "text",
    [
        "a < b && c > d",
        "</Say></Response><Hangup/>",
        "\"double\" and 'single'",
        "<![CDATA[ ]]>",
        "&lt; &amp; &#0;",
        "<?xml version='1.0'?>",
        "Größe 🔥 日本語",
        "{{flow.data.message}} {% if %}",
        "<!-- -->",
    ],
)
def test_markup_in_a_text_is_spoken_as_it_is(text: str) -> None:
    assert spoken(text) == [text, text]


@given(st.text(st.characters(), min_size=1, max_size=200))
def test_no_text_breaks_the_twiml(text: str) -> None:
    speech = speakable(text)
    if speech:
        assert spoken(text) == [speech, speech]


@for_each(
    "text, speech",
    [
        ("a\x00b\x1b[31mc", "a b [31mc"),
        ("half \ud83d of a character", "half of a character"),
        ("no\ufffecharacter\uffff", "no character"),
        (" two\n\tlines \x85", "two lines"),
    ],
)
def test_what_cannot_be_spoken_is_left_out(text: str, speech: str) -> None:
    assert speakable(text) == speech


@for_each("text", ["\x00", "\ud83d", " \n"])
def test_a_text_of_which_nothing_is_left_is_refused(text: str) -> None:
    with pytest.raises(WrongValue, match="The message holds nothing that can be spoken"):
        say(text, "en-US")


def test_4000_characters_of_twiml_pass_and_one_more_is_refused() -> None:
    room = 4000 - len(say("x", "en-US")) + 1
    assert len(say("x" * room, "en-US")) == 4000
    with pytest.raises(WrongValue, match=r"4001 characters of TwiML, and Twilio takes at most 4000\. Shorten it by 1"):
        say("x" * (room + 1), "en-US")


def test_what_is_escaped_counts_as_long_as_it_is_sent() -> None:
    with pytest.raises(WrongValue, match="characters of TwiML"):
        say("&" * 1000, "en-US")


@for_each(
    "text, sentence",
    [("CPU 99%", "CPU 99%."), *((said, said) for said in ("Go home.", "Wake up!", "Who?", "起きて。"))],
)
def test_a_text_ends_before_what_is_said_next(text: str, sentence: str) -> None:
    assert as_sentence(text) == sentence


# --- texts for a place where nobody knows whether they are escaped


@for_each(
    "text, speech",
    [
        ("R&D", "R and D"),
        ("load > 90 < 95", "load greater than 90 less than 95"),
        ("{{flow.sid}} {% assign %}", "flow.sid % assign %"),
        ("<b>", "less than b greater than"),
    ],
)
def test_characters_with_a_meaning_become_words_or_blanks(text: str, speech: str) -> None:
    assert speakable_without_markup(text, "en-GB") == speech


def test_the_words_are_of_the_language() -> None:
    assert speakable_without_markup("A & B > C", "de-DE") == "A und B größer als C"


@given(st.text(st.characters(), max_size=200))
def test_nothing_is_left_that_could_be_taken_for_markup(text: str) -> None:
    assert not set("<>&{}") & set(speakable_without_markup(text, "en-US"))


# --- what the app itself says


def test_it_speaks_fifteen_languages() -> None:
    spoken_in = {phrases(language).press_1 for language in LANGUAGES}
    assert len(spoken_in) == len(LANGUAGES) == 15


@for_each("language", LANGUAGES)
def test_each_sentence_of_the_app_names_the_key_and_ends(language: str) -> None:
    words = phrases(language)
    assert re.search(r"\b1\b|1[を번确]", words.press_1)
    assert all(text.endswith((".", "。")) for text in words[:4])


@for_each("language", LANGUAGES)
def test_the_app_has_words_for_markup_and_none_that_hold_it(language: str) -> None:
    *says, of_chars = phrases(language)
    assert set(of_chars) == set("<>&")
    assert not set("<>&{}") & set(" ".join([*says, *of_chars.values()]))


@for_each(
    "language, other",
    [("pt-BR", "pt"), ("cmn-TW", "zh"), ("yue-HK", "zh"), ("no-NO", "nb"), ("nn-NO", "nb"), ("DE-at", "de")],
)
def test_a_language_goes_by_its_first_part_and_by_other_names(language: str, other: str) -> None:
    assert phrases(language) == phrases(other) != phrases("en")


def test_a_language_that_the_app_does_not_know_is_addressed_in_english() -> None:
    assert phrases("cy-GB") == phrases("en-US")


# --- names of languages and voices


@for_each("language", ["en-US", "de", "cmn-CN", "es-419", " fr-CA "])
def test_a_language_is_known_by_its_shape(language: str) -> None:
    assert checked_language(language, "x") == language.strip()


@for_each("language", ["English", "en_US", "e", 'en"/>', "", "{{x}}"])
def test_what_can_be_no_language_is_refused(language: str) -> None:
    with pytest.raises(WrongValue, match="The parameter 'language' is wrong"):
        checked_language(language, "The parameter 'language'")


@for_each("voice", ["woman", "Polly.Joanna-Neural", "Google.en-US-Chirp3-HD-Aoede", " alice "])
def test_a_voice_is_known_by_its_shape(voice: str) -> None:
    assert checked_voice(voice, "x") == voice.strip()


@for_each("voice", ["Polly Joanna", "Polly.", ".Joanna", 'x"/>', "{{x}}", "a" * 21, ["woman"]])
def test_what_can_be_no_voice_is_refused(voice: object) -> None:
    with pytest.raises(WrongValue, match="The parameter 'voice' is wrong"):
        checked_voice(voice, "The parameter 'voice'")
