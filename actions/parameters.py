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

from collections.abc import Callable
from typing import Any, TypeVar

from actions.asset import Asset
from twilio_api.phone_number import to_e164
from twilio_api.sender import parse_sender
from twilio_api.twiml import checked_language
from twilio_api.values import (
    WrongValue,
    checked_sid,
    is_given,
    parse_number,
    parse_whole_number,
    parts_of,
    quoted,
)
from twilio_consts import MAX_TIMEOUT_MIN


_D = TypeVar("_D")
_T = TypeVar("_T")
DEFAULT_LANGUAGE = "en-US"
_SID_EXAMPLE = "SM0123456789abcdef0123456789abcdef"


def optional(param: dict[str, Any], name: str, default: _D, parse: Callable[[Any, str], _T]) -> _D | _T:
    """Return what `parse` makes of a parameter and the words that name it; the default where it is not given."""
    value = param.get(name)
    return parse(value, f"The parameter '{name}'") if is_given(value) else default


def whole_number(param: dict[str, Any], name: str, unit: str, least: int, most: int, default: _D) -> _D | int:
    """Return a whole number of so many at least and at most."""
    return optional(param, name, default, lambda value, where: parse_whole_number(value, where, unit, least, most))


def minutes(param: dict[str, Any], name: str, default: float) -> float:
    """Return how long to wait for an answer, in minutes; a fraction is allowed."""
    return optional(
        param, name, default, lambda value, where: parse_number(value, where, "minutes", 0.0, MAX_TIMEOUT_MIN)
    )


def language(param: dict[str, Any]) -> str:
    """Return the language that a call speaks."""
    return optional(param, "language", DEFAULT_LANGUAGE, checked_language)


def phone_numbers(param: dict[str, Any], name: str, most: int) -> tuple[str, ...]:
    """Return the phone numbers of a list in E.164, each once, in their order."""
    try:
        numbers = tuple(dict.fromkeys(to_e164(spelling) for spelling in parts_of(param.get(name))))
    except WrongValue as error:
        raise WrongValue(f"The parameter '{name}' is wrong: {error}") from None
    if not 1 <= len(numbers) <= most:
        raise WrongValue(f"The parameter '{name}' has {len(numbers)} phone numbers; give 1 to {most}.")
    return numbers


def message_sid(param: dict[str, Any], name: str = "message_sid") -> str:
    """Return the SID of the message that an action is about, from the parameter of this name."""
    return checked_sid(param.get(name), ("SM", "MM"), f"The parameter '{name}'", _SID_EXAMPLE)


def caller_of(param: dict[str, Any], asset: Asset, name: str = "from_phone") -> str:
    """Return the number that a call is made from: the parameter's, else the asset's. Raises WrongValue without one."""
    given = param.get(name)
    if not is_given(given) and asset.caller_phone:
        return asset.caller_phone
    try:
        from_ = parse_sender(given, name) if is_given(given) else asset.sender
    except WrongValue:  # its text names kinds of senders that cannot call
        raise _no_caller(given, name) from None
    if not from_.is_number:
        raise _no_caller(from_.value, name)
    return from_.value


def _no_caller(value: object, name: str) -> WrongValue:
    return WrongValue(
        f"A call needs a phone number to call from, and {quoted(value)} is not one. "
        f"Set the parameter '{name}', or caller_phone of the asset, to a phone number of the account, such as "
        "+15101281337."
    )
