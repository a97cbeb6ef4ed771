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
"""The actions of the app: identifier → module and class. A module is imported only when its action runs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from twilio_api.values import WrongValue


if TYPE_CHECKING:
    from actions.action import Action

ACTIONS = {
    "test_connectivity": "test_connectivity:TestConnectivity",
    "send_text": "send_message:SendMessage",
    "send_template": "send_template:SendTemplate",
    "ask_question": "ask_question:AskQuestion",
    "get_response": "get_response:GetResponse",
    "call_phone": "call_phone:CallPhone",
    "page_on_call": "page_on_call:PageOnCall",
    "lookup_phone": "lookup_phone:LookupPhone",
    "list_messages": "list_messages:ListMessages",
    "get_message": "get_message:GetMessage",
    "get_media": "get_media:GetMedia",
    "redact_message": "redact_message:RedactMessage",
    "delete_message": "delete_message:DeleteMessage",
    "on_poll": "on_poll:OnPoll",
}


def find_action(identifier: str) -> type[Action]:
    """Return the class of an action. Raises WrongValue where the app has no such action."""
    if identifier not in ACTIONS:
        raise WrongValue(f"This app has no action '{identifier}'.")
    module, name = ACTIONS[identifier].split(":")
    action: type[Action] = getattr(import_module(f"actions.{module}"), name)
    return action
