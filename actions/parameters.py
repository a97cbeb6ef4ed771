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
"""The parameters that several actions share; each error is a WrongValue that names the parameter."""

from __future__ import annotations

from typing import Any

from actions.asset import Asset
from twilio_api.sender import Sender, parse_sender
from twilio_api.values import checked_json_object, checked_sid, is_given, parse_whole_number
from twilio_consts import MAX_VALIDITY_S, MIN_VALIDITY_S


_SID_EXAMPLE = "SM0123456789abcdef0123456789abcdef"
_VARIABLES_EXAMPLE = '{"1": "12 Oct", "2": "3 pm"}'


def sender(param: dict[str, Any], asset: Asset) -> Sender:
    """Return the sender of this parameter set, else the asset's."""
    given = param.get("from_phone")
    return parse_sender(given, "The parameter 'from_phone'") if is_given(given) else asset.sender


def message_sid(param: dict[str, Any], name: str = "message_sid") -> str:
    """Return the SID of the message that an action is about, from the parameter of this name."""
    return checked_sid(param.get(name), ("SM", "MM"), f"The parameter '{name}'", _SID_EXAMPLE)


def validity_s(param: dict[str, Any]) -> int | None:
    """Return how long the message may wait in Twilio's queue in seconds; None where that is not limited."""
    given = param.get("validity_period")
    if not is_given(given):
        return None
    return parse_whole_number(given, "The parameter 'validity_period'", "seconds", MIN_VALIDITY_S, MAX_VALIDITY_S)


def content_variables(param: dict[str, Any]) -> str:
    """Return the variables of a template as the JSON object that was given; empty where none was."""
    return checked_json_object(param.get("content_variables"), "The parameter 'content_variables'", _VARIABLES_EXAMPLE)
