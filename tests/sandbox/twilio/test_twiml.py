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
"""TwiML says what a call speaks, and is read strictly."""

from __future__ import annotations

import pytest

from sandbox.twilio.errors import ApiError
from sandbox.twilio.twiml import SPOKEN_CHARS_PER_S, Utterance, parse, say, say_markup
from tests.tables import for_each


@for_each(
    "twiml, spoken",
    [
        ("<Response><Say>Disk full</Say></Response>", ["Disk full"]),
        ('<Response><Say loop="2">Disk full</Say></Response>', ["Disk full", "Disk full"]),
        ("<Response><Say>Disk\n  full on <emphasis>db1</emphasis></Say></Response>", ["Disk full on db1"]),
        ("<Response><Say>a &amp; b &lt;c&gt;</Say></Response>", ["a & b <c>"]),
        ('<Response><Say>One</Say><Pause length="3"/><Say>Two</Say></Response>', ["One", "", "Two"]),
        ("<Response><Say>One</Say><Hangup/><Say>Two</Say></Response>", ["One"]),
        ('<Response><Gather timeout="4"><Say>Press 1</Say></Gather></Response>', ["Press 1", ""]),
        ("<Response/>", []),
    ],
)
def test_a_call_speaks_what_its_verbs_say_in_order(twiml: str, spoken: list[str]) -> None:
    assert [utterance.text for utterance in parse(twiml)] == spoken


def test_speaking_and_pausing_take_time() -> None:
    document = '<Response><Say>123456789012345</Say><Pause length="3"/><Pause/></Response>'
    assert [utterance.duration_s for utterance in parse(document)] == [15 / SPOKEN_CHARS_PER_S, 3.0, 1.0]


@for_each(
    "inputs, listens_for",
    [("", {"dtmf"}), (' input="speech"', {"speech"}), (' input="dtmf speech"', {"dtmf", "speech"})],
)
def test_a_gather_listens_for_keys_unless_it_says_otherwise(inputs: str, listens_for: set[str]) -> None:
    said, asked, waits = parse(f"<Response><Say>One</Say><Gather{inputs}><Say>Two</Say></Gather></Response>")
    assert [set(each.listens_for) for each in (said, asked, waits)] == [set(), listens_for, listens_for]


@for_each(
    "twiml, code",
    [
        ("Disk full", 12100),
        ("<Response><Say>a & b</Say></Response>", 12100),
        ("<Response><Say>Disk full</Response>", 12100),
        ("<Response><Say>\x0b</Say></Response>", 12100),
        ("<response><Say>Disk full</Say></response>", 12100),
        ("<Response><say>Disk full</say></Response>", 12200),
        ("<Response><Gather><Hangup/></Gather></Response>", 12200),
        ('<Response><Pause length="long"/></Response>', 12200),
        ('<Response><Gather input="eyes"/></Response>', 12200),
        (f"<Response><Say>{'a' * 4000}</Say></Response>", 32018),
    ],
)
def test_twiml_that_twilio_cannot_read_is_refused(twiml: str, code: int) -> None:
    with pytest.raises(ApiError) as refusal:
        parse(twiml)
    assert refusal.value.code == code


def test_4000_characters_are_not_too_long() -> None:
    frame = "<Response><Say></Say></Response>"
    text = "a" * (4000 - len(frame))
    assert parse(frame.replace("><", f">{text}<", 2).replace(text, "", 1))[0].text == text


def test_a_text_is_escaped_and_markup_is_not() -> None:
    assert parse(say('1 < 2 & "x"')) == (Utterance('1 < 2 & "x"', 11 / SPOKEN_CHARS_PER_S),)
    assert parse(say_markup("a <break/> b"))[0].text == "a b"
    with pytest.raises(ApiError):
        parse(say_markup("1 < 2"))
