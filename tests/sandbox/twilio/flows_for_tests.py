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
"""A flow that calls a person and asks for a key, as Studio's editor would write it."""

from __future__ import annotations

import json
from typing import Any


CALL_TIMEOUT_S = 30
QUESTION_TIMEOUT_S = 10


def definition(**properties_of_question: object) -> dict[str, Any]:
    """The flow: call, ask twice for a key, and thank who pressed 1."""
    question = {
        "say": "{{flow.data.message}} Press 1 to acknowledge.",
        "language": "en-US",
        "loop": 2,
        "number_of_digits": 1,
        "timeout": QUESTION_TIMEOUT_S,
        "finish_on_key": "",
        "stop_gather": True,
        **properties_of_question,
    }
    return {
        "description": "Press 1 to acknowledge",
        "initial_state": "Trigger",
        "flags": {"allow_concurrent_calls": True},
        "states": [
            _state("Trigger", "trigger", {"incomingMessage": None, "incomingRequest": "call"}),
            _state(
                "call",
                "make-outgoing-call-v2",
                {"answered": "ask", "busy": None, "noAnswer": None, "failed": None},
                {
                    "to": "{{contact.channel.address}}",
                    "from": "{{flow.channel.address}}",
                    "timeout": CALL_TIMEOUT_S,
                    "detect_answering_machine": True,
                    "machine_detection": "Enable",
                },
            ),
            _state("ask", "gather-input-on-call", {"keypress": "check", "speech": None, "timeout": None}, question),
            {
                "name": "check",
                "type": "split-based-on",
                "properties": {"input": "{{widgets.ask.Digits}}"},
                "transitions": [
                    {"event": "noMatch"},
                    {
                        "event": "match",
                        "next": "note",
                        "conditions": [
                            {
                                "friendly_name": "1",
                                "arguments": ["{{widgets.ask.Digits}}"],
                                "type": "equal_to",
                                "value": "1",
                            }
                        ],
                    },
                ],
            },
            _state(
                "note", "set-variables", {"next": "thank"}, {"variables": [{"key": "thanks", "value": "Thank you."}]}
            ),
            _state("thank", "say-play", {"audioComplete": None}, {"say": "{{flow.variables.thanks}}", "loop": 1}),
        ],
    }


def as_json(raw: object) -> str:
    return json.dumps(raw)


def _state(
    name: str, type_: str, transitions: dict[str, str | None], properties: dict[str, object] | None = None
) -> dict[str, Any]:
    return {
        "name": name,
        "type": type_,
        "properties": {"offset": {"x": 0, "y": 0}, **(properties or {})},
        "transitions": [
            {"event": event, "next": following} if following else {"event": event}
            for event, following in transitions.items()
        ],
    }
