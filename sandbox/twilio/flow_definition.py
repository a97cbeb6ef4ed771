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
"""The definition of a Studio flow, checked by its shape: https://www.twilio.com/docs/studio/rest-api/v2/flow-definition

Names and types of properties are those that Twilio's own definitions have. What this check does not know, it refuses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.twilio.liquid import LiquidError, render


_VOICE = {"say": str, "play": str, "voice": str, "language": str, "loop": int}


@dataclass(frozen=True)
class WidgetType:
    """A kind of state: the properties that it may have, by their type; those that it must have; and its events."""

    properties: Mapping[str, type]
    required: tuple[str, ...]
    events: tuple[str, ...]


WIDGETS = {
    "trigger": WidgetType(
        {},
        (),
        ("incomingMessage", "incomingCall", "incomingConversationMessage", "incomingRequest", "incomingParent"),
    ),
    "make-outgoing-call-v2": WidgetType(
        {
            "to": str,
            "from": str,
            "timeout": int,
            "detect_answering_machine": bool,
            "machine_detection": str,
            "machine_detection_timeout": str,
            "machine_detection_speech_threshold": str,
            "machine_detection_speech_end_threshold": str,
            "machine_detection_silence_timeout": str,
            "record": bool,
            "recording_channels": str,
            "recording_status_callback": str,
            "send_digits": str,
            "sip_auth_username": str,
            "sip_auth_password": str,
            "trim": str,
        },
        ("to", "from"),
        ("answered", "busy", "noAnswer", "failed"),
    ),
    "gather-input-on-call": WidgetType(
        {
            **_VOICE,
            "number_of_digits": int,
            "timeout": int,
            "finish_on_key": str,
            "stop_gather": bool,
            "gather_language": str,
            "hints": str,
            "profanity_filter": str,
            "speech_model": str,
            "speech_timeout": str,
        },
        (),
        ("keypress", "speech", "timeout"),
    ),
    "say-play": WidgetType({**_VOICE, "digits": str}, (), ("audioComplete",)),
    "set-variables": WidgetType({"variables": list}, (), ("next",)),
    "split-based-on": WidgetType({"input": str}, ("input",), ("match", "noMatch")),
}

# What a condition says of a text and the value that it is compared with
CONDITIONS: Mapping[str, Callable[[str, str], bool]] = {
    "equal_to": lambda text, value: text == value,
    "not_equal_to": lambda text, value: text != value,
    "contains": lambda text, value: value in text,
    "is_blank": lambda text, value: not text.strip(),
    "is_not_blank": lambda text, value: bool(text.strip()),
}

_PROPERTIES: Mapping[str, type] = {"description": str, "states": list, "initial_state": str, "flags": dict}


class InvalidDefinition(ValueError):
    """A definition that Studio refuses; `problems` holds pairs of a property's path and what is wrong with it."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{path}: {problem}" for path, problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class State:
    """A state of a flow: a widget with its settings, and where it leads."""

    name: str
    type: str
    properties: Mapping[str, Any]
    transitions: tuple[Mapping[str, Any], ...]

    def next_state(self, event: str) -> str | None:
        """The name of the state that follows an event; None where the flow ends."""
        return next((way.get("next") or None for way in self.transitions if way["event"] == event), None)


@dataclass(frozen=True)
class FlowDefinition:
    """A definition that passed all checks: its states by their names, and the first of them."""

    states: Mapping[str, State]
    initial_state: str


def parse(text: str) -> FlowDefinition:
    """Check a definition, given as JSON. Raises InvalidDefinition."""
    try:
        raw = json.loads(text)
    except ValueError:
        raise InvalidDefinition([("#", "Definition is not valid JSON")]) from None
    problems = list(_problems(raw))
    if problems:
        raise InvalidDefinition(problems)
    states = {
        state["name"]: State(state["name"], state["type"], state["properties"], tuple(state["transitions"]))
        for state in raw["states"]
    }
    return FlowDefinition(states, raw["initial_state"])


def _problems(raw: object) -> Iterator[tuple[str, str]]:
    if not isinstance(raw, dict):
        yield "#", "Definition is not a JSON object"
        return
    for name, kind in _PROPERTIES.items():
        if name in raw and not isinstance(raw[name], kind):
            yield f"#/{name}", f"expected type {_named(kind)}"
    for name in ("states", "initial_state"):
        if name not in raw:
            yield f"#/{name}", "required property is missing"
    if isinstance(raw.get("states"), list):
        yield from _problems_of_states(raw["states"], raw.get("initial_state"))


def _problems_of_states(states: list[Any], initial_state: object) -> Iterator[tuple[str, str]]:
    names = [state.get("name") for state in states if isinstance(state, dict)]
    triggers = [state for state in states if isinstance(state, dict) and state.get("type") == "trigger"]
    if len(triggers) != 1 or triggers[0].get("name") != initial_state:
        yield "#/initial_state", "must name the one state of type trigger"
    for index, state in enumerate(states):
        path = f"#/states/{index}"
        if not isinstance(state, dict):
            yield path, "expected type object"
            continue
        if not isinstance(state.get("name"), str) or not state["name"] or names.count(state["name"]) > 1:
            yield f"{path}/name", "widget names must be there and unique"
        widget = WIDGETS.get(str(state.get("type")))
        if widget is None:
            yield f"{path}/type", f"unknown widget type {state.get('type')!r}"
            continue
        yield from _problems_of_properties(f"{path}/properties", state.get("properties"), widget)
        yield from _problems_of_transitions(f"{path}/transitions", state.get("transitions"), widget, names)


def _problems_of_properties(path: str, properties: object, widget: WidgetType) -> Iterator[tuple[str, str]]:
    if not isinstance(properties, dict):
        yield path, "required property of type object"
        return
    for name in widget.required:
        if name not in properties:
            yield f"{path}/{name}", "required property is missing"
    for name, value in properties.items():
        kind = {**widget.properties, "offset": dict}.get(name)
        if kind is None:
            yield f"{path}/{name}", "property is not allowed here"
        elif not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            yield f"{path}/{name}", f"expected type {_named(kind)}"
    yield from _problems_of_templates(path, properties)
    variables = properties.get("variables", [])
    for index, variable in enumerate(variables if isinstance(variables, list) else []):
        if not isinstance(variable, dict) or not {"key", "value"} <= set(variable):
            yield f"{path}/variables/{index}", "needs key and value"


def _problems_of_transitions(
    path: str, transitions: object, widget: WidgetType, names: list[object]
) -> Iterator[tuple[str, str]]:
    if not isinstance(transitions, list):
        yield path, "required property of type array"
        return
    for index, transition in enumerate(transitions):
        place = f"{path}/{index}"
        if not isinstance(transition, dict) or transition.get("event") not in widget.events:
            yield f"{place}/event", f"expected one of {', '.join(widget.events)}"
            continue
        if transition.get("next", "") not in ("", *names):
            yield f"{place}/next", f"references the widget {transition['next']!r}, which does not exist"
        if transition["event"] == "match":
            yield from _problems_of_conditions(f"{place}/conditions", transition.get("conditions"))


def _problems_of_conditions(path: str, conditions: object) -> Iterator[tuple[str, str]]:
    if not isinstance(conditions, list) or not conditions:
        yield path, "required property of type array"
        return
    for index, condition in enumerate(conditions):
        place = f"{path}/{index}"
        if not isinstance(condition, dict) or not isinstance(condition.get("arguments"), list):
            yield place, "needs friendly_name, arguments, type and value"
        elif condition.get("type") not in CONDITIONS:
            yield f"{place}/type", f"unknown condition {condition.get('type')!r}"
        else:
            yield from _problems_of_templates(place, condition)


def _problems_of_templates(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        try:
            render(value, {})
        except LiquidError as error:
            yield path, str(error)
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _problems_of_templates(f"{path}/{name}", part)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _problems_of_templates(f"{path}/{index}", part)


def _named(kind: type) -> str:
    return {str: "string", int: "integer", bool: "boolean", list: "array", dict: "object"}[kind]
