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
"""Polls: the schedule's, and the one of a person who presses "Poll Now"."""

from __future__ import annotations

from typing import Any

from sandbox.soar import SoarStore, poll
from tests.sandbox.soar.toaster import CONFIG, MANIFEST, Toaster
from tests.tables import for_each


NOW = 1_700_000_000.5


def test_a_scheduled_poll_asks_for_everything_in_its_window() -> None:
    app = Toaster()
    poll(CONFIG, SoarStore(), now=NOW, connector=app, manifest=MANIFEST)
    assert not app.is_poll_now()
    assert app.get_action_results()[0].get_param() == {
        "start_time": 1_699_999_700_500,
        "end_time": 1_700_000_000_500,
        "container_count": 4294967295,
        "artifact_count": 4294967295,
    }


@for_each("given, label", [({}, "events"), ({"ingest": {"container_label": "sms"}}, "sms")])
def test_the_asset_says_which_label_its_containers_get(given: dict[str, Any], label: str) -> None:
    app = Toaster()
    poll({**CONFIG, **given}, SoarStore(), now=NOW, connector=app, manifest=MANIFEST)
    assert app.get_config()["ingest"] == {"container_label": label}


def test_polls_share_containers_and_state() -> None:
    store = SoarStore()

    def ingest(app: Toaster) -> None:
        state = app.load_state() or {}
        number = state.get("cursor", 0) + 1
        app.save_container({"name": "SMS", "source_data_identifier": f"SM{number}"})
        app.save_state({"cursor": number})

    for _ in range(3):
        poll(CONFIG, store, now=NOW, connector=Toaster(ingest), manifest=MANIFEST)
    assert store.source_data_identifiers == ["SM1", "SM2", "SM3"]


def test_assets_poll_with_states_of_their_own() -> None:
    store = SoarStore()
    for asset_id in ("1", "2"):
        writer = Toaster(lambda app: app.save_state({"cursor": app.get_asset_id()}))
        poll(CONFIG, store, now=NOW, connector=writer, manifest=MANIFEST, asset_id=asset_id)
    assert ((store.load_state("1") or {})["cursor"], (store.load_state("2") or {})["cursor"]) == ("1", "2")
