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
"""The runs of the local SOAR: an action's input goes in, the app runs, its result JSON comes out."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from phantom.base_connector import BaseConnector
from sandbox.soar.form import fill_asset, fill_parameters, find_action
from sandbox.soar.store import SoarStore


APP_DIR = Path(__file__).resolve().parent.parent.parent
MANIFEST = "twilio.json"


@cache  # because each of thousands of runs in the tests reads it
def load_manifest() -> dict[str, Any]:
    """Read the app JSON; not to be changed."""
    return dict(json.loads((APP_DIR / MANIFEST).read_text(encoding="utf-8")))


def run_action(
    action: str,
    config: Mapping[str, Any],
    parameters: Sequence[Mapping[str, Any]] = ({},),
    *,
    connector: BaseConnector | None = None,
    progress: Callable[[str, bool], None] | None = None,
    environment: Mapping[str, str] | None = None,
    store: SoarStore | None = None,
    asset_id: str = "1",
    container_id: int = 1,
    is_poll_now: bool = False,
    checks_form: bool = True,
    manifest: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Run an action, given by its name or identifier, once for each parameter set, and return the result JSON.

    `progress` is called with each line, and whether the platform keeps it. `environment` holds the asset's environment
    variables, such as a proxy. `store` keeps containers and the asset's state from run to run. `checks_form` false
    hands over the values as they are, as a playbook may. Raises FormError where the form would not let a person
    start the run, and ProcessDied where a fault of the store or `progress` killed it.
    """
    manifest = load_manifest() if manifest is None else manifest
    entry = find_action(manifest, action)
    in_json = {
        "action": entry["action"],
        "identifier": entry["identifier"],
        "config": fill_asset(manifest, config) if checks_form else dict(config),
        "parameters": [fill_parameters(entry, row) if checks_form else dict(row) for row in parameters],
        "appid": manifest["appid"],
        "main_module": manifest["main_module"],
        "asset_id": asset_id,
        "container_id": container_id,
        "debug_level": 3,
        "environment_variables": {
            name: {"type": "string", "value": value} for name, value in (environment or {}).items()
        },
        "poll_now": is_poll_now,
        "user_session_token": "",
    }
    return run_input(in_json, connector=connector, progress=progress, store=store, manifest=manifest)


def run_input(
    in_json: Mapping[str, Any],
    *,
    connector: BaseConnector | None = None,
    progress: Callable[[str, bool], None] | None = None,
    store: SoarStore | None = None,
    manifest: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Run the whole input JSON of an action as it is, and return the result JSON.

    Without a `store`, the connector's own is used, or an empty one. Raises ProcessDied where a fault killed the run.
    """
    manifest = load_manifest() if manifest is None else manifest
    runner = _new_connector(manifest) if connector is None else connector
    runner.store = store or runner.store or SoarStore()
    runner.app_json = dict(manifest)
    if progress is not None:
        runner.progress = progress
    with _environment(in_json.get("environment_variables") or {}):
        return dict(json.loads(runner._handle_action(json.dumps(in_json), None)))


def _new_connector(manifest: Mapping[str, Any]) -> BaseConnector:
    """Import the app's main module, as the platform does for each run, and make its connector."""
    module = importlib.import_module(Path(manifest["main_module"]).stem)
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, BaseConnector)]
    (connector,) = (kind for kind in kinds if kind.__module__ == module.__name__)
    return connector()


@contextmanager
def _environment(variables: Mapping[str, Any]) -> Iterator[None]:
    """Set the environment variables of an input: an object with a `value` each, or plain texts, as in older inputs."""
    values = {name: str(row.get("value", "") if isinstance(row, dict) else row) for name, row in variables.items()}
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
