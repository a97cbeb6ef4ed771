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
"""The flow that asks for a key: what happens on every way through it, its name, and what its context says."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from sandbox.twilio.flow_definition import parse
from tests.tables import for_each
from tests.twilio_api.studio_interpreter import CALL_SID, HANG_UP, KEYS, SILENCE, SPEECH, Interpreter, Way
from twilio_api.acknowledgement import (
    QUESTIONS,
    Context,
    Speech,
    definition,
    flow_name,
    is_same_definition,
    spoken_message,
)
from twilio_api.twiml import phrases
from twilio_api.values import WrongValue


MESSAGE = "Disk full."
SPEECH_30 = Speech(30, "en-US")
WORDS = phrases("en-US")
WAYS = list(Interpreter(definition(SPEECH_30), {"message": MESSAGE}).ways())
CONVERSATIONS = [way for way in WAYS if "answered" in way.events]
TO_THE_END = [way for way in CONVERSATIONS if HANG_UP not in way.events]


def way_of(*events: str) -> Way:
    """The one way on which this happened, to its end."""
    (found,) = [way for way in WAYS if way.events == events]
    return found


def ended(*events: str) -> Context:
    return Context(way_of(*events).context)


# --- every way through the flow, as Studio's own rules have it


def test_all_ways_are_walked() -> None:
    wrong = len(KEYS) - 1
    asked = [1, wrong, wrong * wrong]  # ways to the first, second and third question
    # at each question: 1 (which may be hung up on while it is confirmed), silence (the same), or the line is hung up
    assert len(WAYS) == 3 + 1 + 5 * sum(asked) + 2 * wrong**3


def test_nobody_is_asked_more_than_three_times() -> None:
    assert max(way.questions for way in WAYS) == 3


def test_speech_is_not_listened_for() -> None:
    assert not any(SPEECH in way.events for way in WAYS)


def test_the_interpreter_would_show_a_flow_that_listens_for_speech() -> None:
    raw = definition(SPEECH_30)
    for state in raw["states"]:
        for transition in state["transitions"]:
            if transition["event"] == "speech":
                transition["next"] = "no_key"
    assert any(SPEECH in way.events for way in Interpreter(raw, {}).ways())


def test_only_who_pressed_1_has_acknowledged() -> None:
    wrong = [way.events for way in WAYS if Context(way.context).is_acknowledged != ("1" in way.events)]
    assert wrong == []


def test_key_1_hears_that_it_was_acknowledged() -> None:
    confirmed = [way for way in CONVERSATIONS if "1" in way.events]
    assert {way.heard[-1] for way in confirmed} == {WORDS.acknowledged}


def test_whoever_stays_without_a_1_hears_a_farewell() -> None:
    assert {way.heard[-1] for way in TO_THE_END if "1" not in way.events} == {WORDS.farewell}


def test_the_message_is_spoken_twice_and_once_more_after_a_wrong_key() -> None:
    question = f"{MESSAGE} {WORDS.press_1}"
    again = f"{WORDS.not_understood} {question}"
    assert way_of("answered", "2", "#", SILENCE).heard == (question, question, again, again, WORDS.farewell)


@for_each("event, status", [("busy", "busy"), ("noAnswer", "no-answer"), ("failed", "failed")])
def test_what_was_never_answered_is_known_although_the_branch_is_empty(event: str, status: str) -> None:
    context = ended(event)
    assert (context.call, context.not_answered_status, context.is_answered, context.is_over) == (
        {},
        status,
        False,
        True,
    )


def test_every_end_but_a_hang_up_is_known_by_the_context_alone() -> None:
    assert all(Context(way.context).is_over for way in WAYS if HANG_UP not in way.events)


def test_who_hung_up_before_a_key_left_no_end() -> None:
    hung_up = [way for way in CONVERSATIONS if way.events[-1] == HANG_UP and way.heard[-1:] != (WORDS.acknowledged,)]
    ends = {Context(way.context).end for way in hung_up if way.heard[-1:] != (WORDS.farewell,)}
    assert ends == {""}


@for_each("answered_by", ["human", "machine_start", "fax", "unknown", ""])
def test_a_machine_is_asked_like_a_person_since_detection_errs(answered_by: str) -> None:
    ways = Interpreter(definition(SPEECH_30), {"message": MESSAGE}, answered_by).ways()
    (silent,) = [way for way in ways if way.events == ("answered", SILENCE)]
    context = Context(silent.context)
    assert (context.answered_by, context.end, silent.questions) == (answered_by, "no_key", 1)


# --- the definition


@for_each("speech", [Speech(600, "en-US"), Speech(5, "ja-JP", "Polly.Takumi"), Speech(30, "cy-GB")])
def test_studio_takes_the_definition(speech: Speech) -> None:
    assert parse(json.dumps(definition(speech))).initial_state == "Trigger"


def test_a_machine_is_detected_and_one_key_of_any_kind_ends_the_listening() -> None:
    widgets = {state["name"]: state["properties"].items() for state in definition(SPEECH_30)["states"]}
    assert {"detect_answering_machine": True, "machine_detection": "Enable"}.items() <= widgets["call"]
    for question in QUESTIONS:
        assert {"number_of_digits": 1, "finish_on_key": "", "stop_gather": True}.items() <= widgets[question]


def test_several_people_may_be_called_by_one_flow_at_a_time() -> None:
    assert definition(SPEECH_30)["flags"] == {"allow_concurrent_calls": True}


def test_what_twilio_asks_for_as_text_is_text() -> None:
    (call,) = [state for state in definition(SPEECH_30)["states"] if state["type"] == "make-outgoing-call-v2"]
    assert (call["properties"]["trim"], call["properties"]["machine_detection_timeout"]) == ("do-not-trim", "30")


def test_everything_is_spoken_by_the_voice_that_was_asked_for() -> None:
    states = definition(Speech(30, "de-DE", "Polly.Vicki"))["states"]
    speaking = [state["properties"] for state in states if "say" in state["properties"]]
    assert len(speaking) == 5
    assert {(how["voice"], how["language"]) for how in speaking} == {("Polly.Vicki", "de-DE")}


def test_each_flow_has_a_name_of_its_own() -> None:
    speeches = [SPEECH_30, Speech(31, "en-US"), Speech(30, "en-GB"), Speech(30, "en-US", "woman")]
    assert len({flow_name(speech) for speech in speeches}) == len(speeches)


@for_each("voice, how", [("", "(en-US, 30 s, "), ("woman", "(en-US, woman, 30 s, ")])
def test_the_name_says_how_the_flow_speaks(voice: str, how: str) -> None:
    assert how in flow_name(Speech(30, "en-US", voice))


def test_the_name_changes_with_what_the_flow_does(monkeypatch: pytest.MonkeyPatch) -> None:
    before = flow_name(SPEECH_30)
    monkeypatch.setattr("twilio_api.acknowledgement._KEY_TIMEOUT_S", 11)
    assert flow_name(SPEECH_30) != before


# --- a flow of that name that does something else


def edited(change: Any) -> dict[str, Any]:
    raw = copy.deepcopy(definition(SPEECH_30))
    change(raw, {state["name"]: state for state in raw["states"]})
    return raw


@for_each(
    "change",
    [
        lambda raw, states: raw["states"].reverse(),
        lambda raw, states: raw.update(description="another"),
        lambda raw, states: [state["properties"].update(offset={"x": 7, "y": -3}) for state in raw["states"]],
        lambda raw, states: [way.setdefault("next", "") for state in raw["states"] for way in state["transitions"]],
        lambda raw, states: states["call"]["properties"].update(record=None),
        lambda raw, states: states["question"]["transitions"].reverse(),
        lambda raw, states: states["question"]["transitions"].pop(1),  # speech, which leads nowhere
    ],
)
def test_what_makes_no_difference_is_not_looked_at(change: Any) -> None:
    assert is_same_definition(edited(change), SPEECH_30)


@for_each(
    "change",
    [
        lambda raw, states: states["question"].update(name="ask"),
        lambda raw, states: states["question"]["transitions"][1].update(next="no_key"),
        lambda raw, states: states["key_of_question"]["transitions"][1]["conditions"][0].update(value="2"),
        lambda raw, states: states["key_of_question"]["transitions"][1].update(next="farewell"),
        lambda raw, states: states["acknowledged"]["properties"].update(say="You have declined."),
        lambda raw, states: states["call"]["properties"].update(timeout=29),
        lambda raw, states: states["call"]["properties"].update(record=True),
        lambda raw, states: raw["states"].pop(),
        lambda raw, states: raw.update(initial_state="call"),
    ],
)
def test_a_flow_that_somebody_edited_is_not_this_one(change: Any) -> None:
    assert not is_same_definition(edited(change), SPEECH_30)


@for_each("shown", [None, {}, [], "", {"states": None}, {"states": [None, 7]}, 7])
def test_what_is_no_definition_is_not_this_one(shown: object) -> None:
    assert not is_same_definition(shown, SPEECH_30)


# --- what a context says


@for_each("digits", ["2", "11", "0", "#", "", None, "01", " 1", "１", ["1"], True])
def test_nothing_but_the_key_1_acknowledges(digits: object) -> None:
    assert not Context({"widgets": {"call": {}, "question": {"Digits": digits}}}).is_acknowledged


def test_the_key_counts_nowhere_else() -> None:
    assert not Context({"widgets": {"call": {"Digits": "1"}, "other": {"Digits": "1"}, "question": {}}}).is_acknowledged


@for_each(
    "raw", [{}, {"widgets": None}, {"widgets": []}, {"widgets": {"question": None}}, {"widgets": {"question": ["1"]}}]
)
def test_a_context_of_another_shape_says_nothing(raw: dict[str, Any]) -> None:
    context = Context(raw)
    assert (context.is_acknowledged, context.keys, context.end, context.call_sid, context.run_id) == (
        False,
        (),
        "",
        "",
        "",
    )


def test_where_twilio_says_more_of_a_call_that_failed_that_counts() -> None:
    refused = Context(
        {"widgets": {"call": {"CallStatus": "canceled", "CallSid": CALL_SID}, "failed": {"end": "failed"}}}
    )
    assert (refused.not_answered_status, refused.call_sid, refused.is_answered) == ("canceled", CALL_SID, False)


@for_each("where", [{"flow": {"variables": {"end": "busy"}}, "widgets": {}}, {"widgets": {"busy": {}}}])
def test_a_mark_counts_wherever_studio_shows_it(where: dict[str, Any]) -> None:
    assert Context(where).not_answered_status == "busy"


@for_each("message, says", [("{}", "holds nothing that can be spoken"), ("x" * 4000, "is too long")])
def test_what_cannot_be_said_is_refused(message: str, says: str) -> None:
    with pytest.raises(WrongValue, match=f"The parameter 'message' {says}"):
        spoken_message(message, "en-US", "The parameter 'message'")


def test_what_is_said_ends_before_the_question() -> None:
    assert spoken_message("R&D: disk > 90%", "en-US", "x") == "R and D: disk greater than 90%."
