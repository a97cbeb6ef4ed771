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
"""A local Splunk SOAR: checks an action's input against the app's manifest, runs it, and gives back its result JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from phantom.base_connector import BaseConnector
from twilio_connector import TwilioConnector


APP_DIR = Path(__file__).resolve().parent.parent.parent
MANIFEST = "twilio.json"


class FormError(Exception):
    """The platform's form would not let a person start this run; the text says which field is missing or wrong."""


def load_manifest(app_dir: Path = APP_DIR) -> dict[str, Any]:
    """Read the app JSON."""
    return dict(json.loads((app_dir / MANIFEST).read_text(encoding="utf-8")))


def run_action(
    action: str,
    config: Mapping[str, Any],
    parameters: Sequence[Mapping[str, Any]] = ({},),
    *,
    connector: BaseConnector | None = None,
    progress: Callable[[str, bool], None] | None = None,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Run an action, given by its name or identifier, once for each parameter set, and return the result JSON.

    `progress` is told each line, and whether the platform keeps it. `environment` holds the asset's environment
    variables, such as a proxy. Raises FormError where the manifest asks for more than is given.
    """
    manifest = load_manifest()
    found = next((row for row in manifest["actions"] if action in (row["action"], row["identifier"])), None)
    if found is None:
        raise FormError(f"The app has no action '{action}'")
    in_json = {
        "action": found["action"],
        "identifier": found["identifier"],
        "config": _filled("asset", manifest["configuration"], config),
        "parameters": [_filled(f"action '{found['action']}'", found["parameters"], row) for row in parameters],
        "appid": manifest["appid"],
        "app_json": manifest,
        "main_module": manifest["main_module"],
        "asset_id": "1",
        "container_id": 1,
        "debug_level": 3,
        "environment_variables": dict(environment or {}),
        "user_session_token": "",
    }
    return run_input(in_json, connector=connector, progress=progress)


def run_input(
    in_json: Mapping[str, Any],
    *,
    connector: BaseConnector | None = None,
    progress: Callable[[str, bool], None] | None = None,
) -> dict[str, Any]:
    """Run the whole input JSON of an action as it is, and return the result JSON."""
    runner = TwilioConnector() if connector is None else connector
    if progress is not None:
        runner.progress = progress
    with _environment(in_json.get("environment_variables") or {}):
        return dict(json.loads(runner._handle_action(json.dumps(in_json), None)))


def _filled(where: str, fields: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The given values with the manifest's defaults; raises FormError for a required one that is missing."""
    values = dict(given)
    for name, field in fields.items():
        if values.get(name) in (None, "") and "default" in field:
            values[name] = field["default"]
        if field.get("required") and values.get(name) in (None, ""):
            raise FormError(f"The {where} lacks '{name}' ({field['description']})")
    return values


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
