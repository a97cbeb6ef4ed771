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
"""Faults of the platform on demand: what an app meets, and what is left when its process dies."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from sandbox.soar import ProcessDied, SoarStore, StoreFault, run_action
from tests.sandbox.soar.toaster import CONFIG, MANIFEST, Toaster


SMS: dict[str, Any] = {"name": "SMS", "source_data_identifier": "SM1"}
CRASH_FAULTS = (StoreFault.CRASHES, StoreFault.CRASHES_AFTER_SAVING)


@pytest.fixture
def store() -> SoarStore:
    """An empty database."""
    return SoarStore()


def _run(store: SoarStore, work: Callable[[Toaster], Any], **options: Any) -> Toaster:
    app = Toaster(lambda app: work(app))
    rows = [{"bread": "rye"}, {"bread": "oat"}]
    run_action("toast bread", CONFIG, rows, connector=app, manifest=MANIFEST, store=store, **options)
    return app


def _saved(store: SoarStore, container: dict[str, Any] = SMS) -> tuple[bool, str, int | None]:
    return store.save_container("1", container)


# --- of a container


def test_a_refused_container_has_no_id_and_is_not_there(store: SoarStore) -> None:
    store.fail("save_container", StoreFault.REFUSES)
    status, _, container_id = _saved(store)
    assert (status, container_id, store.containers) == (False, None, [])


def test_the_text_of_a_refusal_has_braces(store: SoarStore) -> None:
    store.fail("save_container", StoreFault.REFUSES)
    assert "{" in _saved(store)[1]


def test_a_container_can_be_there_although_it_was_refused(store: SoarStore) -> None:
    store.fail("save_container", StoreFault.REFUSES_AFTER_SAVING)
    assert _saved(store)[0] is False
    assert _saved(store) == (True, "Duplicate container found", 1)


def test_a_good_status_can_come_without_an_id(store: SoarStore) -> None:
    store.fail("save_container", StoreFault.GIVES_NO_ID)
    status, _, container_id = _saved(store)
    assert (status, container_id, store.containers) == (True, None, [])


def test_a_container_without_an_id_can_be_there_all_the_same(store: SoarStore) -> None:
    store.fail("save_container", StoreFault.GIVES_NO_ID_AFTER_SAVING)
    assert _saved(store)[2] is None
    assert store.source_data_identifiers == ["SM1"]


@pytest.mark.parametrize(("fault", "count"), [(StoreFault.RAISES, 0), (StoreFault.RAISES_AFTER_SAVING, 1)])
def test_the_platform_can_raise_before_and_after_saving(store: SoarStore, fault: StoreFault, count: int) -> None:
    store.fail("save_container", fault)
    with pytest.raises(RuntimeError):
        _saved(store)
    assert len(store.containers) == count


def test_artifacts_fail_like_containers(store: SoarStore) -> None:
    _saved(store)
    store.fail("save_artifacts", StoreFault.REFUSES)
    assert store.save_artifacts("1", [{"container_id": 1}])[::2] == (False, None)
    assert store.artifacts == []


# --- of a state


def test_a_state_can_be_unreadable(store: SoarStore) -> None:
    states: list[Any] = []
    store.save_state("1", {"cursor": "SM1"})
    store.fail("load_state", StoreFault.REFUSES)
    _run(store, lambda app: states.append(app.load_state()))
    assert states[0] is None
    assert states[1]["cursor"] == "SM1"


def test_a_state_that_could_not_be_written_leaves_the_old_one(store: SoarStore) -> None:
    store.save_state("1", {"cursor": "SM1"})
    store.fail("save_state", StoreFault.REFUSES)
    assert store.save_state("1", {"cursor": "SM2"}) is False
    assert store.load_state("1") == {"cursor": "SM1"}


@pytest.mark.parametrize("fault", [StoreFault.GIVES_NO_ID, StoreFault.GIVES_NO_ID_AFTER_SAVING])
def test_a_state_has_no_id_to_lack(store: SoarStore, fault: StoreFault) -> None:
    with pytest.raises(ValueError, match="no id"):
        store.fail("save_state", fault)


# --- which call meets a fault


def test_a_fault_is_met_once(store: SoarStore) -> None:
    store.fail("save_container", StoreFault.REFUSES)
    assert [_saved(store)[0] for _ in range(3)] == [False, True, True]


def test_a_fault_can_be_met_several_times_and_later(store: SoarStore) -> None:
    store.fail("save_container", StoreFault.REFUSES, times=2, after=1)
    assert [_saved(store)[0] for _ in range(5)] == [True, False, False, True, True]


def test_a_fault_can_be_met_for_ever_by_one_container(store: SoarStore) -> None:
    store.fail("save_container", StoreFault.REFUSES, times=None, source_data_identifier="SM1")
    assert [_saved(store)[0] for _ in range(3)] == [False] * 3
    assert _saved(store, {**SMS, "source_data_identifier": "SM2"})[0]


def test_faults_can_be_drawn_call_by_call(store: SoarStore) -> None:
    asked: list[str] = []

    def draw(operation: str) -> StoreFault | None:
        asked.append(operation)
        return StoreFault.REFUSES if len(asked) % 2 else None

    store.draw_faults(draw)
    assert [_saved(store)[0] for _ in range(4)] == [False, True, False, True]
    assert set(asked) == {"save_container"}


def test_a_fault_of_an_unknown_operation_is_a_mistake(store: SoarStore) -> None:
    with pytest.raises(ValueError, match="save_everything"):
        store.fail("save_everything", StoreFault.REFUSES)


# --- the death of the process


@pytest.mark.parametrize("fault", CRASH_FAULTS)
@pytest.mark.parametrize("operation", ["save_container", "save_state"])
def test_a_crash_passes_an_app_that_catches_every_exception(
    store: SoarStore, operation: str, fault: StoreFault
) -> None:
    def careful(app: Toaster) -> None:
        try:
            app.save_container(SMS)
            app.save_state({"cursor": "SM1"})
        except Exception:
            pytest.fail("a dead process catches nothing")

    store.fail(operation, fault)
    with pytest.raises(ProcessDied):
        _run(store, careful)


@pytest.mark.parametrize(("fault", "count"), [(StoreFault.CRASHES, 0), (StoreFault.CRASHES_AFTER_SAVING, 1)])
def test_a_crash_comes_before_or_after_saving(store: SoarStore, fault: StoreFault, count: int) -> None:
    store.fail("save_container", fault)
    with pytest.raises(ProcessDied):
        _run(store, lambda app: app.save_container(SMS))
    assert len(store.containers) == count


def test_a_dead_process_does_nothing_more(store: SoarStore) -> None:
    app = Toaster(lambda app: app.save_container(SMS))
    store.fail("save_container", StoreFault.CRASHES)
    with pytest.raises(ProcessDied):
        run_action("toast bread", CONFIG, [{"bread": "rye"}], connector=app, manifest=MANIFEST, store=store)
    assert app.calls == ["initialize", "handle rye"]


@pytest.mark.parametrize(
    "last_wish",
    [
        lambda app: app.save_state({"cursor": "SM1"}),
        lambda app: app.load_state(),
        lambda app: app.save_container(SMS),
        lambda app: app.save_artifacts([{"container_id": 1}]),
        lambda app: app.save_progress("alive"),
        lambda app: app.send_progress("alive"),
        lambda app: app.is_action_cancelled(),
    ],
)
def test_what_a_dead_process_calls_in_finally_is_not_done(
    store: SoarStore, last_wish: Callable[[Toaster], Any]
) -> None:
    refused: list[bool] = []

    def dies(app: Toaster) -> None:
        try:
            app.save_container(SMS)
        finally:
            try:
                last_wish(app)
            except ProcessDied:
                refused.append(True)

    store.fail("save_container", StoreFault.CRASHES)
    with pytest.raises(ProcessDied):
        _run(store, dies)
    assert refused == [True]
    assert (store.containers, store.load_state("1")) == ([], {})


def test_an_app_that_swallows_its_death_leaves_no_result(store: SoarStore) -> None:
    def swallows(app: Toaster) -> None:
        with suppress(BaseException):
            app.save_container(SMS)

    store.fail("save_container", StoreFault.CRASHES)
    with pytest.raises(ProcessDied):
        _run(store, swallows)


def test_a_run_can_be_killed_from_outside(store: SoarStore) -> None:
    def killed(app: Toaster) -> None:
        killer = threading.Thread(target=app.kill)
        killer.start()
        killer.join()
        app.save_container(SMS)

    with pytest.raises(ProcessDied):
        _run(store, killed)
    assert store.containers == []


def test_whoever_hears_progress_can_kill_the_run(store: SoarStore) -> None:
    def hears(line: str, is_kept: bool) -> None:
        raise ProcessDied

    def works(app: Toaster) -> None:
        try:
            app.save_progress("at work")
        finally:
            app.save_container(SMS)

    with pytest.raises(ProcessDied):
        _run(store, works, progress=hears)
    assert store.containers == []


def test_the_next_run_lives_again(store: SoarStore) -> None:
    store.fail("save_container", StoreFault.CRASHES_AFTER_SAVING)
    with pytest.raises(ProcessDied):
        _run(store, lambda app: app.save_container(SMS))
    _run(store, lambda app: app.save_container(SMS))
    assert store.source_data_identifiers == ["SM1"]
