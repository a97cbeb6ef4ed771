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
"""The state of an asset: what it holds, who writes it, and where it lies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.soar import SoarStore, run_action
from tests.sandbox.soar.toaster import APP_VERSION, CONFIG, MANIFEST, Toaster


@pytest.fixture(params=["files", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SoarStore:
    """A database that keeps states in files, and one that keeps them in memory."""
    return SoarStore(tmp_path) if request.param == "files" else SoarStore()


def _load(store: SoarStore, asset_id: str = "1") -> dict[str, Any] | None:
    states: list[dict[str, Any] | None] = []
    _run(store, Toaster(lambda app: states.append(app.load_state())), asset_id)
    return states[0]


def _save(store: SoarStore, state: dict[str, Any], asset_id: str = "1") -> None:
    _run(store, Toaster(lambda app: app.save_state(state)), asset_id)


def _run(store: SoarStore, app: Toaster, asset_id: str) -> None:
    rows = [{"bread": "rye"}]
    run_action("toast bread", CONFIG, rows, connector=app, manifest=MANIFEST, store=store, asset_id=asset_id)


def test_an_asset_without_a_state_has_the_version_of_the_app(store: SoarStore) -> None:
    assert _load(store) == {"app_version": APP_VERSION}


def test_a_state_is_there_in_the_next_run(store: SoarStore) -> None:
    _save(store, {"cursor": "SM1"})
    assert _load(store) == {"app_version": APP_VERSION, "cursor": "SM1"}


def test_a_state_is_replaced_whole(store: SoarStore) -> None:
    _save(store, {"cursor": "SM1", "failed": 2})
    _save(store, {"cursor": "SM2"})
    assert _load(store) == {"app_version": APP_VERSION, "cursor": "SM2"}


def test_the_last_writer_wins(store: SoarStore) -> None:
    def overtaken(app: Toaster) -> None:
        app.load_state()
        _save(store, {"cursor": "of another run"})
        app.save_state({"cursor": "mine"})

    _run(store, Toaster(overtaken), "1")
    assert (_load(store) or {})["cursor"] == "mine"


def test_each_asset_has_its_own(store: SoarStore) -> None:
    _save(store, {"cursor": "SM1"}, "1")
    assert _load(store, "2") == {"app_version": APP_VERSION}


def test_a_state_comes_back_as_json_keeps_it(store: SoarStore) -> None:
    _save(store, {"pair": (1, 2), "by_number": {1: "a"}})
    assert (_load(store) or {})["pair"] == [1, 2]
    assert (_load(store) or {})["by_number"] == {"1": "a"}


def test_what_is_no_json_is_not_saved(store: SoarStore) -> None:
    with pytest.raises(TypeError):
        store.save_state("1", {"settled": {1, 2}})
    assert store.load_state("1") == {}


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_a_damaged_file_cannot_be_read(tmp_path: Path, content: str) -> None:
    store = SoarStore(tmp_path)
    _save(store, {"cursor": "SM1"})
    (path,) = tmp_path.iterdir()
    path.write_text(content)
    assert _load(store) is None


def test_a_file_is_named_after_its_asset(tmp_path: Path) -> None:
    _save(SoarStore(tmp_path), {"cursor": "SM1"}, "7")
    assert [path.name for path in tmp_path.iterdir()] == ["7_state.json"]
