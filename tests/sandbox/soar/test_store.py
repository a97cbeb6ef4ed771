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
"""Containers and artifacts as the platform keeps them."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from sandbox.soar import SoarStore, run_action
from tests.sandbox.soar.toaster import CONFIG, MANIFEST, Toaster


SMS: dict[str, Any] = {"name": "SMS from +1510", "label": "events", "source_data_identifier": "SM1", "data": {"a": 1}}
LINK: dict[str, Any] = {"name": "link", "source_data_identifier": "SM1-0", "cef": {"requestURL": "https://x"}}


class Saver(Toaster):
    """An app of an asset, outside any run."""

    def __init__(self, store: SoarStore, asset_id: str = "1") -> None:
        super().__init__()
        self.store = store
        self._in_json = {"asset_id": asset_id}


@pytest.fixture
def store() -> SoarStore:
    """An empty database."""
    return SoarStore()


@pytest.fixture
def app(store: SoarStore) -> Saver:
    """An app that saves into it."""
    return Saver(store)


# --- containers


def test_a_saved_container_has_an_id(app: Saver) -> None:
    status, message, container_id = app.save_container(SMS)
    assert (status, message, container_id) == (True, "Container saved", 1)


def test_containers_are_kept_in_order(app: Saver, store: SoarStore) -> None:
    for identifier in ("SM2", "SM1", "SM3"):
        app.save_container({**SMS, "source_data_identifier": identifier})
    assert store.source_data_identifiers == ["SM2", "SM1", "SM3"]
    assert [container["id"] for container in store.containers] == [1, 2, 3]


def test_a_duplicate_is_a_success_with_the_id_of_the_one_there(app: Saver, store: SoarStore) -> None:
    app.save_container({**SMS, "source_data_identifier": "SM0"})
    _, _, first = app.save_container(SMS)
    assert app.save_container({**SMS, "name": "again"}) == (True, "Duplicate container found", first)
    assert [container["name"] for container in store.containers] == [SMS["name"]] * 2
    assert store.duplicate_containers == ["SM1"]


def test_another_assets_container_is_no_duplicate(app: Saver, store: SoarStore) -> None:
    app.save_container(SMS)
    assert Saver(store, "2").save_container(SMS) == (True, "Container saved", 2)


def test_without_an_identifier_each_container_is_new(app: Saver, store: SoarStore) -> None:
    anonymous = {"name": "SMS"}
    app.save_container(anonymous)
    app.save_container(anonymous)
    assert len(store.containers) == 2
    assert store.duplicate_containers == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": None},
        {"severity": "awful"},
        {"data": {1, 2}},
        {"start_time": "Wed, 01 Nov 2017 20:56:57 +0000"},
    ],
)
def test_what_the_platform_refuses_fails_without_an_id(app: Saver, store: SoarStore, wrong: dict[str, Any]) -> None:
    status, message, container_id = app.save_container({**SMS, **wrong})
    assert (status, container_id, store.containers) == (False, None, [])
    assert message


@pytest.mark.parametrize("time", ["2017-11-01T20:56:57Z", "2017-11-01T20:56:57.123456Z", "2017-11-01T20:56:57+00:00"])
def test_times_are_iso_8601(app: Saver, time: str) -> None:
    assert app.save_container({**SMS, "start_time": time})[0]


def test_what_the_app_changes_later_does_not_change_what_was_saved(app: Saver, store: SoarStore) -> None:
    mine = {**SMS, "data": {"a": 1}}
    app.save_container(mine)
    mine["data"]["a"] = 2
    store.containers[0]["data"]["a"] = 3
    assert store.containers[0]["data"] == {"a": 1}


# --- artifacts


def test_artifacts_in_a_container_are_saved_with_it(app: Saver, store: SoarStore) -> None:
    _, _, container_id = app.save_container({**SMS, "artifacts": [LINK, {**LINK, "source_data_identifier": "SM1-1"}]})
    assert [(row["container_id"], row["source_data_identifier"]) for row in store.artifacts] == [
        (container_id, "SM1-0"),
        (container_id, "SM1-1"),
    ]
    assert "artifacts" not in store.containers[0]


def test_a_wrong_artifact_keeps_its_container_out(app: Saver, store: SoarStore) -> None:
    status, _, container_id = app.save_container({**SMS, "artifacts": [{**LINK, "cef": "no object"}]})
    assert (status, container_id, store.containers, store.artifacts) == (False, None, [], [])


def test_artifacts_of_a_duplicate_container_are_left_out_where_the_platform_knows_them(store: SoarStore) -> None:
    app = Saver(store)
    for _ in range(2):
        app.save_container({**SMS, "artifacts": [LINK]})
    assert len(store.artifacts) == 1


def test_artifacts_of_a_duplicate_container_may_be_no_artifacts_of_the_one_that_is_there() -> None:
    store = SoarStore(documented_only=True)
    app = Saver(store)
    app.save_container(SMS)
    app.save_container({**SMS, "artifacts": [LINK]})
    assert store.artifacts == []


def test_artifacts_that_are_saved_twice_may_stand_there_twice() -> None:
    store = SoarStore(documented_only=True)
    app = Saver(store)
    app.save_container(SMS)
    for _ in range(2):
        app.save_artifacts([{**LINK, "container_id": 1}])
    assert len(store.artifacts) == 2


def test_artifacts_saved_apart_name_their_container(app: Saver, store: SoarStore) -> None:
    _, _, container_id = app.save_container(SMS)
    assert container_id
    status, _, ids = app.save_artifacts([{**LINK, "container_id": container_id}, {"container_id": container_id}])
    assert (status, ids) == (True, [1, 2])
    assert len(store.artifacts_of(container_id)) == 2


def test_artifacts_of_no_container_are_refused_as_a_whole(app: Saver, store: SoarStore) -> None:
    app.save_container(SMS)
    status, _, ids = app.save_artifacts([{**LINK, "container_id": 1}, {**LINK, "container_id": 9}])
    assert (status, ids, store.artifacts) == (False, None, [])


# --- runs


def test_the_database_outlives_a_run(store: SoarStore) -> None:
    for _ in range(2):
        saver = Toaster(lambda app: app.save_container(SMS))
        run_action("toast bread", CONFIG, [{"bread": "rye"}], connector=saver, manifest=MANIFEST, store=store)
    assert store.source_data_identifiers == ["SM1"]
    assert store.duplicate_containers == ["SM1"]


def test_without_a_database_a_run_gets_one_of_its_own() -> None:
    ids: list[int | None] = []
    for _ in range(2):
        saver = Toaster(lambda app: ids.append(app.save_container(SMS)[2]))
        run_action("toast bread", CONFIG, [{"bread": "rye"}], connector=saver, manifest=MANIFEST)
    assert ids == [1, 1]


def test_a_connector_keeps_the_database_that_it_brings(store: SoarStore) -> None:
    saver = Toaster(lambda app: app.save_container(SMS))
    saver.store = store
    run_action("toast bread", CONFIG, [{"bread": "rye"}], connector=saver, manifest=MANIFEST)
    assert store.source_data_identifiers == ["SM1"]


def test_runs_at_the_same_time_lose_and_double_nothing(store: SoarStore) -> None:
    def save_all() -> None:
        for number in range(50):
            Saver(store).save_container({**SMS, "source_data_identifier": f"SM{number}", "artifacts": [LINK]})

    threads = [threading.Thread(target=save_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(store.source_data_identifiers) == sorted(f"SM{number}" for number in range(50))
    assert len(store.duplicate_containers) == 150
    assert len(store.artifacts) == 50
