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
"""TwiML, the XML that tells a call what to say: parsed, and refused where Twilio could not read it.

The verbs that are there are Say, Play, Pause, Gather and Hangup. A Gather listens for keys, or for what its `input`
names: https://www.twilio.com/docs/voice/twiml/gather
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from sandbox.twilio.errors import ApiError


MAX_CHARS = 4000
SPOKEN_CHARS_PER_S = 15.0
PLAY_S = 2.0  # what an audio file takes
DEFAULT_PAUSE_S = 1.0
DEFAULT_GATHER_TIMEOUT_S = 5.0
ENDLESS_LOOPS = 1000  # what loop="0" comes to

_VERBS = frozenset({"Say", "Play", "Pause", "Gather", "Hangup"})
_VERBS_IN_GATHER = frozenset({"Say", "Play", "Pause"})


@dataclass(frozen=True)
class Utterance:
    """A piece of a call: what is spoken (nothing in a pause) and how long it takes (seconds).

    Within a Gather, `listens_for` names what ends it: dtmf (keys), speech.
    """

    text: str
    duration_s: float
    listens_for: frozenset[str] = frozenset()


def parse(text: str, max_chars: int = MAX_CHARS) -> tuple[Utterance, ...]:
    """What TwiML makes a call say, in order, up to its end.

    Raises ApiError for a text that is too long (32018), no XML or no Response (12100), or has another verb (12200).
    """
    if len(text) > max_chars:
        raise ApiError(32018)
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 a client on this machine wrote it
    except ElementTree.ParseError:
        raise ApiError(12100) from None
    if root.tag != "Response":
        raise ApiError(12100)
    return tuple(_utterances(root, _VERBS))


def say(text: str, loops: int = 1) -> str:
    """TwiML that speaks a text of any characters but those that XML has no place for."""
    return f'<Response><Say loop="{loops}">{escape(text)}</Say></Response>'


def say_markup(markup: str, loops: int = 1) -> str:
    """TwiML that speaks what is already XML."""
    return f'<Response><Say loop="{loops}">{markup}</Say></Response>'


def _utterances(parent: ElementTree.Element, verbs: frozenset[str]) -> Iterator[Utterance]:
    for element in parent:
        if element.tag not in verbs:
            raise ApiError(12200, verb=element.tag)
        if element.tag == "Hangup":
            return
        yield from _of_verb(element)


def _of_verb(element: ElementTree.Element) -> Iterator[Utterance]:
    if element.tag == "Pause":
        yield Utterance("", _number(element, "length", DEFAULT_PAUSE_S))
    elif element.tag == "Gather":
        inputs = frozenset(element.get("input", "dtmf").split())
        if not inputs <= {"dtmf", "speech"}:
            raise ApiError(12200, verb=element.tag)
        for utterance in _utterances(element, _VERBS_IN_GATHER):
            yield replace(utterance, listens_for=inputs)
        yield Utterance("", _number(element, "timeout", DEFAULT_GATHER_TIMEOUT_S), inputs)
    else:
        text = " ".join("".join(element.itertext()).split()) if element.tag == "Say" else ""
        duration_s = PLAY_S if element.tag == "Play" else len(text) / SPOKEN_CHARS_PER_S
        loops = int(_number(element, "loop", 1)) or ENDLESS_LOOPS
        yield from [Utterance(text, duration_s)] * loops


def _number(element: ElementTree.Element, name: str, default: float) -> float:
    value = element.get(name, "")
    if not value:
        return default
    if not (value.isascii() and value.isdigit()):
        raise ApiError(12200, verb=element.tag)
    return float(value)
