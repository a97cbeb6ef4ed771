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
"""Values as a form or a playbook gives them; each error is a ValueError whose text names the field."""

from __future__ import annotations


_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no", ""})


def is_given(value: object) -> bool:
    """Whether an optional value was filled in."""
    return value is not None and str(value).strip() != ""


def parse_number(value: object, where: str, unit: str, least: float, most: float) -> float:
    """Return a number that may have been given as text."""
    try:
        number = float("nan") if isinstance(value, bool) else float(str(value).strip())
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        raise ValueError(f"{where} is wrong: '{value}' is not a number of {unit} from {least:g} to {most:g}.")
    return number


def parse_truth(value: object, where: str) -> bool:
    """Return a truth value that may have been given as text."""
    text = "" if value is None else str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise ValueError(f"{where} is wrong: '{value}' is neither true nor false.")
    return text in _TRUE
