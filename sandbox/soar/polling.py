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
"""The scheduled poll of the local SOAR."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.soar.runner import run_action
from sandbox.soar.store import SoarStore


CONTAINER_LABEL = "events"
# What a scheduled poll passes for "as many as there are"
UNLIMITED_COUNT = 4294967295
POLL_INTERVAL_S = 300.0


def poll(config: Mapping[str, Any], store: SoarStore, *, now: float, **run: Any) -> dict[str, Any]:
    """Poll as the schedule does, and return the result JSON.

    `now` is in seconds since the epoch; the window begins POLL_INTERVAL_S before. Further arguments are run_action's.
    """
    asset = {"ingest": {"container_label": CONTAINER_LABEL}, **config}
    parameters = {
        "start_time": int((now - POLL_INTERVAL_S) * 1000),
        "end_time": int(now * 1000),
        "container_count": UNLIMITED_COUNT,
        "artifact_count": UNLIMITED_COUNT,
    }
    return run_action("on_poll", asset, [parameters], store=store, **run)
