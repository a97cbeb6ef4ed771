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
"""Studio takes a definition only as a whole: every problem in it is named by its path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.twilio.flow_definition import InvalidDefinition, parse
from tests.sandbox.twilio.flows_for_tests import as_json, definition
from tests.tables import for_each


def problems(raw: object) -> list[str]:
    """The paths of what is wrong."""
    with pytest.raises(InvalidDefinition) as refusal:
        parse(as_json(raw))
    return [path for path, _ in refusal.value.problems]


def changed(change: Callable[[dict[str, Any]], object]) -> list[str]:
    """The paths of what is wrong once the test's flow was changed."""
    raw = definition()
    change(raw)
    return problems(raw)


def test_a_definition_is_its_states_and_the_first_of_them() -> None:
    parsed = parse(as_json(definition()))
    assert parsed.initial_state == "Trigger"
    assert list(parsed.states) == ["Trigger", "call", "ask", "check", "note", "thank"]
    assert parsed.states["Trigger"].next_state("incomingRequest") == "call"
    assert parsed.states["call"].next_state("busy") is None


@for_each("text", ["", "{", "[]", "null", '"Trigger"'])
def test_a_definition_is_a_json_object(text: str) -> None:
    with pytest.raises(InvalidDefinition):
        parse(text)


@for_each("name", ["states", "initial_state"])
def test_states_and_the_first_of_them_must_be_there(name: str) -> None:
    assert f"#/{name}" in changed(lambda raw: raw.pop(name))


@for_each(
    "change, path",
    [
        (lambda raw: raw.update(initial_state="call"), "#/initial_state"),
        (lambda raw: raw["states"][0].update(type="send-message"), "#/states/0/type"),
        (lambda raw: raw["states"][1].update(name="ask"), "#/states/1/name"),
        (lambda raw: raw["states"].append("hang up"), "#/states/6"),
        (lambda raw: raw["states"][2].pop("properties"), "#/states/2/properties"),
        (lambda raw: raw["states"][2].pop("transitions"), "#/states/2/transitions"),
        (lambda raw: raw["states"][2]["properties"].update(num_digits=1), "#/states/2/properties/num_digits"),
        (lambda raw: raw["states"][2]["properties"].update(timeout="10"), "#/states/2/properties/timeout"),
        (lambda raw: raw["states"][2]["properties"].update(loop=True), "#/states/2/properties/loop"),
        (lambda raw: raw["states"][2]["properties"].update(say="{{flow.data"), "#/states/2/properties/say"),
        (lambda raw: raw["states"][1]["properties"].pop("to"), "#/states/1/properties/to"),
        (lambda raw: raw["states"][1]["transitions"][0].update(event="pickedUp"), "#/states/1/transitions/0/event"),
        (lambda raw: raw["states"][1]["transitions"][0].update(next="nowhere"), "#/states/1/transitions/0/next"),
        (lambda raw: raw["states"][3]["transitions"][1].pop("conditions"), "#/states/3/transitions/1/conditions"),
        (
            lambda raw: raw["states"][3]["transitions"][1]["conditions"][0].update(type="is"),
            "#/states/3/transitions/1/conditions/0/type",
        ),
        (lambda raw: raw["states"][4]["properties"].update(variables=[{}]), "#/states/4/properties/variables/0"),
    ],
)
def test_what_does_not_fit_is_named(change: Callable[[dict[str, Any]], object], path: str) -> None:
    assert path in changed(change)


def test_all_problems_are_named_at_once() -> None:
    raw = definition(timeout="10", loop="2")
    assert problems(raw) == ["#/states/2/properties/loop", "#/states/2/properties/timeout"]
