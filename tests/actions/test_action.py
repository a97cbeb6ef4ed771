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
"""The one place where an outcome or an error becomes an action result, and the table of actions."""

from __future__ import annotations

import inspect

import pytest

import sandbox.soar  # noqa: F401 makes phantom importable
from actions import ACTIONS, find_action
from actions.action import (
    Action,
    Report,
    literal,
    set_report,
    set_row,
)
from phantom.action_result import ActionResult
from twilio_api.values import WrongValue


@pytest.fixture
def result() -> ActionResult:
    return ActionResult({"to_phone": "1"})


BRACES = 'Data from server: {"code": 20404, "list": [{}]} {0.__class__} {x} {'


def test_a_text_with_braces_reads_the_same_in_the_result(result: ActionResult) -> None:
    set_report(result, Report(False, BRACES))
    assert (result.get_status(), result.get_message()) == (False, BRACES)
    set_report(result, Report(True, BRACES))
    assert (result.get_status(), result.get_message()) == (True, BRACES)


def test_half_a_character_does_no_harm(result: ActionResult) -> None:
    set_report(result, Report(False, "half \ud83d of it"))
    assert result.get_message().encode() == b"half ? of it"


def test_a_text_is_literal() -> None:
    assert literal(BRACES).format() == BRACES


def test_an_outcome_is_one_word_beside_what_the_summary_says_already(result: ActionResult) -> None:
    result.update_summary({"message_delivery_status": "sent"})
    set_report(result, Report(False, "lost", "unknown"))
    set_report(result, Report(True, "found", "unconfirmed"))
    assert result.get_summary() == {"message_delivery_status": "sent", "outcome": "unconfirmed"}


def test_a_resource_is_the_only_row_however_often_it_is_read(result: ActionResult) -> None:
    set_row(result, {"sid": "SM1", "status": "queued", "only at first": 1})
    set_row(result, {"sid": "SM1", "status": "sent", "nested": {"a": [None]}})
    assert result.get_data() == [{"sid": "SM1", "status": "sent", "nested": {"a": [None]}}]


def test_the_row_is_not_the_resource_itself(result: ActionResult) -> None:
    resource = {"sid": "SM1"}
    set_row(result, resource)
    set_row(result, {"sid": "SM2"})
    assert resource == {"sid": "SM1"}


# --- the table of actions


@pytest.mark.parametrize("identifier", ACTIONS)
def test_each_identifier_leads_to_an_action_with_a_handler_and_a_docstring(identifier: str) -> None:
    action = find_action(identifier)
    assert issubclass(action, Action)
    assert action.handle is not Action.handle
    assert inspect.getdoc(action)


@pytest.mark.parametrize("identifier", ["", "send message", "delete_everything"])
def test_an_unknown_identifier_leads_nowhere(identifier: str) -> None:
    with pytest.raises(WrongValue, match=f"^This app has no action '{identifier}'"):
        find_action(identifier)
