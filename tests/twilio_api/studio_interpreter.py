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
"""Walks every way through a Studio flow, by its definition alone: it knows Studio's widgets, and nothing of the app.

Rules of Studio: https://www.twilio.com/docs/studio/widget-library. A question listens for speech only where its event
`speech` leads somewhere. Failure branches leave no variables, and a person who hangs up ends the flow where it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


KEYS = "0123456789*#"
CALL_SID = "CA" + "0" * 32
SPEECH, SILENCE, HANG_UP = "speech", "silence", "hang-up"


@dataclass(frozen=True)
class Way:
    """A way through a flow: what the person did, what was heard, and what stands in the context of the execution."""

    events: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    questions: int = 0
    widgets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)

    def does(self, *events: str) -> Way:
        """The way on which a person did this, too."""
        return replace(self, events=(*self.events, *events))

    def left(self, name: str, **variables: str) -> Way:
        """The way once a widget was left, with what it leaves in the context."""
        return replace(self, widgets={**self.widgets, name: variables})

    @property
    def context(self) -> dict[str, Any]:
        """The context as Studio shows it."""
        return {"flow": {"variables": dict(self.variables)}, "widgets": {k: dict(v) for k, v in self.widgets.items()}}


class Interpreter:
    """A flow, with the parameters of an execution of it, and who picks up where anybody does."""

    def __init__(self, definition: Mapping[str, Any], data: Mapping[str, str], answered_by: str = "human") -> None:
        self._states = {state["name"]: state for state in definition["states"]}
        self._first = str(definition["initial_state"])
        self._data = data
        self._answered_by = answered_by

    def ways(self) -> Iterator[Way]:
        """Walk every way, to its end."""
        yield from self._from(self._first, Way())

    def _from(self, name: str, way: Way) -> Iterator[Way]:
        if not name:
            yield way
            return
        assert way.questions < 20, f"it asks again and again: {way.events}"
        state = self._states[name]
        walk = getattr(self, f"_{state['type'].replace('-', '_')}")
        for event, following in walk(state, way):
            if event == HANG_UP:
                yield following.does(HANG_UP)
            else:
                yield from self._from(self._next(state, event), following)

    # What each widget does: pairs of an event that may come, and the way on which it has come

    def _trigger(self, state: Mapping[str, Any], way: Way) -> Iterator[tuple[str, Way]]:
        yield "incomingRequest", way.left(state["name"])

    def _make_outgoing_call_v2(self, state: Mapping[str, Any], way: Way) -> Iterator[tuple[str, Way]]:
        for event in ("busy", "noAnswer", "failed"):
            yield event, way.does(event).left(state["name"])
        answer = {"CallSid": CALL_SID, "CallStatus": "in-progress", "AnsweredBy": self._answered_by}
        yield HANG_UP, way.does("answered").left(state["name"], **answer)
        yield "answered", way.does("answered").left(state["name"], **answer)

    def _gather_input_on_call(self, state: Mapping[str, Any], way: Way) -> Iterator[tuple[str, Way]]:
        asked = replace(self._says(state, way), questions=way.questions + 1)
        for key in KEYS:
            yield "keypress", asked.does(key).left(state["name"], Digits=key, CallSid=CALL_SID)
        if self._next(state, "speech"):
            yield "speech", asked.does(SPEECH).left(state["name"], SpeechResult="Hello?", CallSid=CALL_SID)
        yield "timeout", asked.does(SILENCE).left(state["name"], CallSid=CALL_SID)
        yield HANG_UP, asked

    def _say_play(self, state: Mapping[str, Any], way: Way) -> Iterator[tuple[str, Way]]:
        yield HANG_UP, self._says(state, way)
        yield "audioComplete", self._says(state, way).left(state["name"])

    def _set_variables(self, state: Mapping[str, Any], way: Way) -> Iterator[tuple[str, Way]]:
        new = {pair["key"]: self._render(pair["value"], way) for pair in state["properties"]["variables"]}
        yield "next", replace(way, variables={**way.variables, **new}).left(state["name"], **new)

    def _split_based_on(self, state: Mapping[str, Any], way: Way) -> Iterator[tuple[str, Way]]:
        (match,) = (transition for transition in state["transitions"] if transition["event"] == "match")
        holds = all(
            condition["type"] == "equal_to" and self._render(condition["arguments"][0], way) == condition["value"]
            for condition in match["conditions"]
        )
        yield "match" if holds else "noMatch", way

    def _says(self, state: Mapping[str, Any], way: Way) -> Way:
        text = self._render(state["properties"]["say"], way)
        return replace(way, heard=(*way.heard, *[text] * state["properties"]["loop"]))

    def _next(self, state: Mapping[str, Any], event: str) -> str:
        (name,) = (transition.get("next") or "" for transition in state["transitions"] if transition["event"] == event)
        return str(name)

    def _render(self, template: str, way: Way) -> str:
        scope = {"flow": {"data": self._data, "variables": way.variables}, "widgets": way.widgets}

        def value(match: re.Match[str]) -> str:
            found: Any = scope
            for name in match[1].strip().split("."):
                found = found.get(name) if isinstance(found, Mapping) else None
            return found if isinstance(found, str) else ""

        return re.sub(r"\{\{(.*?)\}\}", value, template)
