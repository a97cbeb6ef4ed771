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
"""Polls of the local SOAR: the schedule's, and the one of a person who presses "Poll Now"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.soar.runner import run_action
from sandbox.soar.store import SoarStore


ON_POLL = "on_poll"
CONTAINER_LABEL = "events"
# What a scheduled poll passes for "as many as there are"
UNLIMITED_COUNT = 4294967295
POLL_INTERVAL_S = 300.0


def poll(
    config: Mapping[str, Any], store: SoarStore, *, now: float, interval_s: float = POLL_INTERVAL_S, **run: Any
) -> dict[str, Any]:
    """Poll as the schedule does, and return the result JSON.

    `now` is in seconds since the epoch; the window begins `interval_s` before. Further arguments are run_action's.
    """
    parameters = {**_window(now, interval_s), "container_count": UNLIMITED_COUNT, "artifact_count": UNLIMITED_COUNT}
    return _run(config, store, parameters, is_poll_now=False, **run)


def poll_now(
    config: Mapping[str, Any],
    store: SoarStore,
    container_count: int = 1,
    *,
    now: float,
    artifact_count: int = 10,
    interval_s: float = POLL_INTERVAL_S,
    **run: Any,
) -> dict[str, Any]:
    """Poll as a person does who asks for so many containers, and return the result JSON."""
    parameters = {
        **_window(now, interval_s),
        "container_count": container_count,
        "artifact_count": artifact_count,
    }
    return _run(config, store, parameters, is_poll_now=True, **run)


def _window(now: float, interval_s: float) -> dict[str, int]:
    return {"start_time": int((now - interval_s) * 1000), "end_time": int(now * 1000)}


def _run(config: Mapping[str, Any], store: SoarStore, parameters: Mapping[str, Any], **run: Any) -> dict[str, Any]:
    asset = {"ingest": {"container_label": CONTAINER_LABEL}, **config}
    return run_action(ON_POLL, asset, [parameters], store=store, **run)
