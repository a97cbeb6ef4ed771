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
"""The vault: files of containers, as `phantom.vault` and `phantom.rules` give apps access to them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from phantom.base_connector import BaseConnector, ProcessDied
from phantom.rules import vault_add, vault_info
from phantom.vault import Vault
from sandbox.soar import SoarStore, StoreFault, run_action
from tests.sandbox.soar.toaster import CONFIG, MANIFEST, Toaster


CONTENT = b"toast"
SHA1 = hashlib.sha1(CONTENT, usedforsecurity=False).hexdigest()


@pytest.fixture
def store() -> SoarStore:
    """An empty database."""
    return SoarStore()


def in_run(store: SoarStore, work: Callable[[], Any], container_id: int = 7) -> Any:
    """Let an app do something in a run on a container, and return what it got."""
    found: list[Any] = []

    def act(app: BaseConnector) -> None:
        found.append(work())

    app = Toaster(act)
    run_action(
        *("toast bread", CONFIG, [{"bread": "rye"}]),
        connector=app,
        manifest=MANIFEST,
        store=store,
        container_id=container_id,
    )
    return next(iter(found), None)


def write(name: str = "toast.bin", content: bytes = CONTENT) -> Path:
    path = Path(Vault.get_vault_tmp_dir()) / name
    path.write_bytes(content)
    return path


def add(name: str = "toast.png", container: int = 7) -> Any:
    return vault_add(container=container, file_location=str(write()), file_name=name, metadata={"a": 1})


def test_a_file_is_added_to_the_container_of_the_run(store: SoarStore) -> None:
    assert in_run(store, add) == (True, "File added", SHA1)
    (file,) = store.files
    assert (file["name"], file["size"], file["mime_type"]) == ("toast.png", len(CONTENT), "image/png")
    assert (file["container_id"], file["metadata"], Path(file["path"]).read_bytes()) == (7, {"a": 1}, CONTENT)


def test_a_file_is_added_to_a_container_that_was_saved(store: SoarStore) -> None:
    store.save_container("1", {"name": "x"})
    assert in_run(store, lambda: add(container=1))[0]


def test_the_vault_takes_the_file_over(store: SoarStore) -> None:
    assert not in_run(store, lambda: (path := write(), vault_add(7, str(path), "x.png"), path.exists()))[2]


def test_the_file_may_stay_where_it_was() -> None:
    store = SoarStore(documented_only=True)
    assert in_run(store, lambda: (path := write(), vault_add(7, str(path), "x.png"), path.exists()))[2]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: add(container=8),
        lambda: vault_add(7, str(Path(Vault.get_vault_tmp_dir()) / "not there"), "x.png"),
        lambda: vault_add(7, str(Path(Vault.get_vault_tmp_dir()).parent / "elsewhere"), "x.png"),
        lambda: vault_add(7, __file__, "x.png"),
    ],
)
def test_what_the_vault_refuses_fails_without_an_id(store: SoarStore, wrong: Callable[[], Any]) -> None:
    status, message, vault_id = in_run(store, wrong)
    assert (status, vault_id, store.files) == (False, None, [])
    assert message


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"container_id": 7}, ["a.png", "b.png"]),
        ({"vault_id": SHA1}, ["a.png", "b.png"]),
        ({"vault_id": SHA1, "file_name": "b.png"}, ["b.png"]),
        ({"container_id": 8}, []),
    ],
)
def test_files_are_found_by_what_is_known_of_them(store: SoarStore, query: dict[str, Any], names: list[str]) -> None:
    in_run(store, lambda: [add("a.png"), add("b.png")])
    status, _, files = in_run(store, lambda: vault_info(**query))
    assert (status, [file["name"] for file in files]) == (True, names)


def test_a_search_for_nothing_fails(store: SoarStore) -> None:
    assert in_run(store, vault_info)[0] is False


def test_the_vault_meets_faults_like_the_rest_of_the_platform(store: SoarStore) -> None:
    store.fail("vault_add", StoreFault.GIVES_NO_ID)
    store.fail("vault_info", StoreFault.REFUSES)
    assert in_run(store, add) == (True, "File added", None)
    assert in_run(store, lambda: vault_info(container_id=7))[0] is False


def test_a_process_that_dies_in_the_vault_leaves_no_result(store: SoarStore) -> None:
    store.fail("vault_add", StoreFault.CRASHES_AFTER_SAVING)
    with pytest.raises(ProcessDied):
        in_run(store, add)
    assert len(store.files) == 1


def test_outside_a_run_there_is_no_vault() -> None:
    with pytest.raises(LookupError):
        Vault.get_vault_tmp_dir()
