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
"""A call that asks for a key: the Studio flow that the app brings, and what an execution of it says.

The flow is known by what it does. Its name holds a hash of its definition, and one of that name whose definition
differs, because somebody edited it, is not used. Studio takes the time of ringing, the language and the voice as
literals, so each combination has a flow of its own (https://www.twilio.com/docs/studio/flow-definition).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from twilio_api.twiml import SAY_TIMES, as_sentence, check_speech, phrases, speakable_without_markup
from twilio_api.values import sid_of
from twilio_consts import CALL_NOT_ANSWERED_STATUSES, FLOW_MADE_BY, FLOW_OWNER


ACKNOWLEDGE_KEY = "1"
MESSAGE_PARAMETER = "message"
RUN_PARAMETER = "run_id"

# Widgets of the flow
CALL = "call"
QUESTIONS = ("question", "question_2", "question_3")
# The ends that the flow marks, each by a widget of that name, since Studio's failure branches leave no variables. Of a
# person who hangs up, nothing is left either way.
NO_KEY, WRONG_KEYS = "no_key", "wrong_keys"
_STATUSES = {"busy": "busy", "no_answer": "no-answer", "failed": "failed"}  # of a call with such an end
_ENDS = (*_STATUSES, NO_KEY, WRONG_KEYS)
_END_VARIABLE = "end"

_KEY_TIMEOUT_S = 10  # after a question was spoken
_DETECTION_TIMEOUT = "30"  # seconds for machine detection, Twilio's default


class Speech(NamedTuple):
    """How a call rings and speaks: seconds of ringing, a language, and a voice (empty: Twilio's choice)."""

    ringing_s: int
    language: str
    voice: str = ""


def definition(speech: Speech) -> dict[str, Any]:
    """Return the definition of the flow: call, say the message, and wait for the key 1.

    Keys alone are listened for: a `speech` event that leads nowhere leaves speech recognition off. Another key is told
    that it was not understood and asked again, up to three times in all. Nobody hears the line go dead without a word.
    """
    words = phrases(speech.language)
    voice = {"language": speech.language, **({"voice": speech.voice} if speech.voice else {})}
    message = f"{{{{flow.data.{MESSAGE_PARAMETER}}}}} {words.press_1}"
    states = [
        _state("Trigger", "trigger", {"incomingMessage": "", "incomingCall": "", "incomingRequest": CALL}),
        _state(
            CALL,
            "make-outgoing-call-v2",
            {"answered": QUESTIONS[0], "busy": "busy", "noAnswer": "no_answer", "failed": "failed"},
            to="{{contact.channel.address}}",
            **{"from": "{{flow.channel.address}}"},
            timeout=speech.ringing_s,
            detect_answering_machine=True,
            machine_detection="Enable",
            machine_detection_timeout=_DETECTION_TIMEOUT,
            trim="do-not-trim",
        ),
    ]
    for name, following in zip(QUESTIONS, (*QUESTIONS[1:], WRONG_KEYS)):
        is_first = name == QUESTIONS[0]
        digits = f"{{{{widgets.{name}.Digits}}}}"
        states += [
            _state(
                name,
                "gather-input-on-call",
                {"keypress": f"key_of_{name}", "speech": "", "timeout": NO_KEY},
                **voice,
                say=message if is_first else f"{words.not_understood} {message}",
                loop=SAY_TIMES if is_first else 1,
                number_of_digits=1,
                finish_on_key="",
                stop_gather=True,
                timeout=_KEY_TIMEOUT_S,
            ),
            _state(f"key_of_{name}", "split-based-on", {"noMatch": following}, input=digits),
        ]
        is_key = {"friendly_name": "acknowledged", "arguments": [digits], "type": "equal_to", "value": ACKNOWLEDGE_KEY}
        states[-1]["transitions"].append({"event": "match", "next": "acknowledged", "conditions": [is_key]})
    for end in _ENDS:
        following = "" if end in _STATUSES else "farewell"
        states.append(
            _state(end, "set-variables", {"next": following}, variables=[{"key": _END_VARIABLE, "value": end}])
        )
    for name, text in {"acknowledged": words.acknowledged, "farewell": words.farewell}.items():
        states.append(_state(name, "say-play", {"audioComplete": ""}, **voice, say=text, loop=1))
    return {
        "description": f"Calls a person, who acknowledges by pressing 1. {FLOW_MADE_BY}.",
        "initial_state": "Trigger",
        "flags": {"allow_concurrent_calls": True},
        "states": states,
    }


def flow_name(speech: Speech) -> str:
    """Return the name of the flow: how it speaks, and a hash of its definition."""
    digest = hashlib.sha256(json.dumps(definition(speech), sort_keys=True).encode()).hexdigest()[:12]
    how = ", ".join([part for part in (speech.language, speech.voice) if part] + [f"{speech.ringing_s} s", digest])
    return f"{FLOW_OWNER}: press 1 to acknowledge ({how})"


def is_same_definition(shown: object, speech: Speech) -> bool:
    """Whether a definition as Studio shows it does what the app's own does.

    Where its widgets are drawn, and whether what leads nowhere is left out or empty, makes no difference.
    """
    return bool(_essence(shown) == _essence(definition(speech)))


def spoken_message(message: str, language: str, where: str = "The message") -> str:
    """Return what the flow says before "press 1".

    Raises WrongValue where nothing is left of a text, or it is too long; `where` names it there.
    """
    speech = speakable_without_markup(message, language)
    sentence = as_sentence(speech)
    words = phrases(language)
    check_speech(speech, len(f"{words.not_understood} {sentence} {words.press_1}"), where)
    return sentence


@dataclass(frozen=True)
class Context:
    """What an execution has come to know, as Twilio showed it last; empty as long as it shows nothing."""

    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        """Whether Twilio shows what widgets left; right after the creation there is nothing yet."""
        return isinstance(self.raw.get("widgets"), dict)

    @property
    def run_id(self) -> str:
        """What the run that began the execution is known by."""
        return str(_part(self.raw, "flow", "data").get(RUN_PARAMETER) or "")

    @property
    def call_sid(self) -> str:
        """The SID of its call, once Twilio shows it; a call that nobody answered may leave none."""
        return sid_of({"sid": self.call.get("CallSid")})

    @property
    def call(self) -> dict[str, Any]:
        """What the widget that calls left."""
        return _part(self.raw, "widgets", CALL)

    @property
    def answered_by(self) -> str:
        """Who answered, as machine detection found; empty where it did not say."""
        found = self.call.get("AnsweredBy")
        return found if isinstance(found, str) else ""

    @property
    def is_answered(self) -> bool:
        """Whether somebody or something picked up: the call goes on, or was asked a question."""
        is_asked = any(name in _part(self.raw, "widgets") for name in QUESTIONS)
        return is_asked or (bool(self.call_sid) and not self.not_answered_status)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that were pressed, in order."""
        pressed = [_part(self.raw, "widgets", name).get("Digits") for name in QUESTIONS]
        return tuple(str(key) for key in pressed if key not in (None, ""))

    @property
    def is_acknowledged(self) -> bool:
        """Whether a person pressed the key that acknowledges."""
        return ACKNOWLEDGE_KEY in self.keys

    @property
    def end(self) -> str:
        """The mark of how it ended; empty where it goes on, or somebody pressed 1 or hung up."""
        marked = _part(self.raw, "flow", "variables").get(_END_VARIABLE)
        widgets = _part(self.raw, "widgets")
        return next((end for end in _ENDS if end == marked or end in widgets), "")

    @property
    def not_answered_status(self) -> str:
        """The status of a call that nobody answered; empty where somebody did, or it is not known yet."""
        status = self.call.get("CallStatus")
        if status in CALL_NOT_ANSWERED_STATUSES:
            return str(status)
        return _STATUSES.get(self.end, "")

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to come that matters."""
        return self.is_acknowledged or bool(self.end or self.not_answered_status)


def _part(raw: object, *names: str) -> dict[str, Any]:
    """Return a part of what a server sent, by its path; empty where it is not there, or of another shape."""
    for name in names:
        raw = raw.get(name) if isinstance(raw, dict) else None
    return raw if isinstance(raw, dict) else {}


def _state(name: str, kind: str, transitions: dict[str, str], **properties: object) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "properties": {"offset": {"x": 0, "y": 0}, **properties},
        "transitions": [
            {"event": event, "next": following} if following else {"event": event}
            for event, following in transitions.items()
        ],
    }


def _essence(raw: Any) -> Any:
    """Return a definition without what makes no difference to what it does."""
    if isinstance(raw, list):
        parts = [_essence(part) for part in raw]
        # The order of states and of ways out of them says nothing, and there is one condition a way
        return sorted((part for part in parts if part is not None), key=lambda part: json.dumps(part, sort_keys=True))
    if not isinstance(raw, dict):
        return raw
    if "event" in raw and not raw.get("next"):
        return None  # a way out that leads nowhere
    kept = {name: _essence(value) for name, value in raw.items() if name not in ("offset", "description")}
    return {name: value for name, value in kept.items() if value is not None}
