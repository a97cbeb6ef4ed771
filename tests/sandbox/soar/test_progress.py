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
"""What a person and a log come to see while an app runs, and how a person cancels it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from sandbox.soar import run_action
from tests.sandbox.soar.toaster import CONFIG, MANIFEST, Toaster


def _run(app: Toaster, *breads: str, **options: Any) -> dict[str, Any]:
    rows = [{"bread": bread} for bread in breads or ("rye",)]
    return run_action("toast bread", CONFIG, rows, connector=app, manifest=MANIFEST, **options)


# --- progress


def test_progress_is_kept_or_overwritten_by_the_next() -> None:
    def work(app: Toaster) -> None:
        app.save_progress("{} of {{2}} {what}", 1, what="slices")
        app.send_progress("waiting")

    shown: list[tuple[str, bool]] = []
    app = Toaster(work)
    _run(app, progress=lambda line, is_kept: shown.append((line, is_kept)))
    assert shown == [("1 of {2} slices", True), ("waiting", False)]
    assert app.progress_lines == ["1 of {2} slices"]


def test_progress_is_formatted_so_that_a_lone_brace_raises() -> None:
    with pytest.raises((KeyError, ValueError, IndexError)):
        Toaster().save_progress('{"code": 1}')


def test_progress_remembers_which_thread_reported_it() -> None:
    def work(app: Toaster) -> None:
        app.save_progress("mine")
        helper = threading.Thread(target=app.send_progress, args=("another's",), name="helper")
        helper.start()
        helper.join()

    app = Toaster(work)
    _run(app)
    assert [(line.text, line.thread) for line in app.progress_log] == [
        ("mine", app.run_thread),
        ("another's", "helper"),
    ]
    assert app.progress_threads == {app.run_thread, "helper"}


def test_the_thread_of_the_run_is_the_one_that_started_it() -> None:
    app = Toaster(lambda app: app.save_progress("mine"))
    runner = threading.Thread(target=_run, args=(app,), name="platform")
    runner.start()
    runner.join()
    assert (app.run_thread, app.progress_threads) == ("platform", {"platform"})


# --- cancelling


def test_a_cancelled_run_handles_no_further_parameter_set() -> None:
    app = Toaster(lambda app: app.cancel())
    _run(app, "rye", "oat")
    assert app.calls == ["initialize", "handle rye", "finalize"]


def test_an_app_can_ask_whether_it_was_cancelled() -> None:
    asked: list[bool] = []

    def work(app: Toaster) -> None:
        asked.append(app.is_action_cancelled())
        app.cancel()
        asked.append(app.is_action_cancelled())

    _run(Toaster(work))
    assert asked == [False, True]


def test_a_run_can_be_cancelled_from_another_thread() -> None:
    is_waiting = threading.Event()

    def work(app: Toaster) -> None:
        is_waiting.set()
        while not app.is_action_cancelled():
            threading.Event().wait(0.001)

    app = Toaster(work)
    run = threading.Thread(target=_run, args=(app,))
    run.start()
    assert is_waiting.wait(5)
    app.cancel()
    run.join(5)
    assert not run.is_alive()
