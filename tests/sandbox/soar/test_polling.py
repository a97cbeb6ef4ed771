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

from sandbox.soar import SoarStore, poll, poll_now, run_action
from tests.sandbox.soar.toaster import CONFIG, MANIFEST, Toaster


NOW = 1_700_000_000.5


def test_a_scheduled_poll_asks_for_everything_in_its_window() -> None:
    app = Toaster()
    poll(CONFIG, SoarStore(), now=NOW, interval_s=60, connector=app, manifest=MANIFEST)
    assert app.get_action_results()[0].get_param() == {
        "start_time": 1_699_999_940_500,
        "end_time": 1_700_000_000_500,
        "container_count": 4294967295,
        "artifact_count": 4294967295,
    }


def test_a_scheduled_poll_is_no_poll_now() -> None:
    asked: list[bool] = []
    app = Toaster(lambda app: asked.append(app.is_poll_now()))
    poll(CONFIG, SoarStore(), now=NOW, connector=app, manifest=MANIFEST)
    assert asked == [False]


def test_poll_now_asks_for_as_many_as_the_person_wants() -> None:
    asked: list[bool] = []
    app = Toaster(lambda app: asked.append(app.is_poll_now()))
    poll_now(CONFIG, SoarStore(), 3, now=NOW, artifact_count=5, connector=app, manifest=MANIFEST)
    param = app.get_action_results()[0].get_param()
    assert (param["container_count"], param["artifact_count"], asked) == (3, 5, [True])


def test_another_action_is_no_poll_now() -> None:
    app = Toaster()
    run_action("toast bread", CONFIG, [{"bread": "rye"}], connector=app, manifest=MANIFEST)
    assert not app.is_poll_now()


def test_the_asset_says_which_label_its_containers_get() -> None:
    app = Toaster()
    poll(CONFIG, SoarStore(), now=NOW, connector=app, manifest=MANIFEST)
    assert app.get_config()["ingest"] == {"container_label": "events"}


def test_an_asset_with_a_label_of_its_own_keeps_it() -> None:
    app = Toaster()
    config: dict[str, Any] = {**CONFIG, "ingest": {"container_label": "sms"}}
    poll_now(config, SoarStore(), now=NOW, connector=app, manifest=MANIFEST)
    assert app.get_config()["ingest"] == {"container_label": "sms"}


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
