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
"""The platform's form: what it fills in and what it refuses, by the app's manifest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


# What the platform itself adds to the parameters of a run
_OF_THE_PLATFORM = ("context",)


class FormError(Exception):
    """The platform's form would not let a person start this run; the text says which field is missing or wrong."""


def find_action(manifest: Mapping[str, Any], action: str) -> dict[str, Any]:
    """Return the manifest's entry of an action, given by its name or identifier. Raises FormError where it has none."""
    found = next((row for row in manifest["actions"] if action in (row["action"], row["identifier"])), None)
    if found is None:
        raise FormError(f"The app has no action '{action}'")
    return dict(found)


def fill_asset(manifest: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the asset's configuration with defaults. Raises FormError for a variable that is missing or wrong.

    Variables that the manifest does not know are let through: an asset keeps those of an earlier version.
    """
    return _fill("asset", manifest["configuration"], config)


def fill_parameters(action: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a parameter set with defaults. Raises FormError for a parameter that is missing, wrong or unknown."""
    where, fields = f"action '{action['action']}'", action["parameters"]
    unknown = [name for name in given if name not in fields and name not in _OF_THE_PLATFORM]
    if unknown:
        raise FormError(f"The {where} has no parameter '{unknown[0]}'")
    return _fill(where, fields, given)


def _fill(where: str, fields: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(given)
    for name, field in fields.items():
        if _is_empty(values.get(name)) and "default" in field:
            values[name] = field["default"]
        if not _is_empty(values.get(name)):
            _check(f"'{name}' of the {where}", field, values[name])
        elif field.get("required"):
            raise FormError(f"The {where} lacks '{name}' ({field['description']})")
    return values


def _is_empty(value: Any) -> bool:
    return value is None or value == ""


def _check(what: str, field: Mapping[str, Any], value: Any) -> None:
    data_type = field.get("data_type")
    if data_type == "numeric" and not _is_number(value):
        raise FormError(f"{what} is not a number: {value!r}")
    if data_type == "boolean" and not _is_boolean(value):
        raise FormError(f"{what} is neither true nor false: {value!r}")
    choices = field.get("value_list") or []
    if choices:
        chosen = [part.strip() for part in str(value).split(",")] if field.get("allow_list") else [value]
        wrong = [part for part in chosen if part not in choices]
        if wrong:
            raise FormError(f"{what} is none of {', '.join(map(str, choices))}: {wrong[0]!r}")


def _is_number(value: Any) -> bool:
    """Whether this is a number, or its text as a playbook may pass it."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return False
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


def _is_boolean(value: Any) -> bool:
    """Whether this is a truth value, or its text as a playbook may pass it."""
    return isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in ("true", "false"))
