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
"""The stand-in for the platform behaves as apps see the real one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from phantom.action_result import ActionResult
from phantom.base_connector import BaseConnector
from sandbox.soar import FormError, run_action, run_input


class Recorder(BaseConnector):
    """An app that notes what is called, and can be told to misbehave."""

    def __init__(self, *, initializes: bool = True, raises: Exception | None = None) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.exceptions: list[BaseException] = []
        self._initializes, self._raises = initializes, raises

    def initialize(self) -> bool:
        self.calls.append("initialize")
        if not self._initializes:
            self.set_status(False, "wrong {{setting}}")
        return self._initializes

    def handle_action(self, param: dict[str, Any]) -> bool:
        self.calls.append(f"handle {param['to_phone']}")
        if self._raises:
            raise self._raises
        return self.add_action_result(ActionResult(dict(param))).set_status(True)

    def finalize(self) -> bool:
        self.calls.append("finalize")
        for result in self.get_action_results():
            result.update_summary({"completed_late": "yes"})
        return True

    def handle_exception(self, exception: BaseException) -> None:
        self.exceptions.append(exception)


CONFIG = {"base_url": "https://x.invalid", "account_sid": "AC", "auth_token": "secret", "from_phone": "+1"}
FIRST, SECOND = {"to_phone": "a", "message": "m"}, {"to_phone": "b", "message": "m"}


def test_the_order_is_initialize_each_parameter_set_finalize() -> None:
    app = Recorder()
    run_action("send message", CONFIG, [FIRST, SECOND], connector=app)
    assert app.calls == ["initialize", "handle a", "handle b", "finalize"]


def test_a_failed_initialize_ends_the_run() -> None:
    app = Recorder(initializes=False)
    result = run_action("send_text", CONFIG, [FIRST], connector=app)
    assert app.calls == ["initialize"]
    assert (result["status"], result["message"], result["result_data"]) == ("failed", "wrong {setting}", [])


def test_the_result_is_made_after_finalize() -> None:
    result = run_action("send message", CONFIG, [FIRST], connector=Recorder())
    assert result["result_data"][0]["summary"] == {"completed_late": "yes"}


def test_without_a_message_it_is_made_of_the_summary() -> None:
    result = run_action("send message", CONFIG, [FIRST], connector=Recorder())
    assert result["result_data"][0]["message"] == "Completed late: yes"


def test_the_summary_counts_results_and_successes() -> None:
    result = run_action("send message", CONFIG, [FIRST, SECOND], connector=Recorder())
    assert result["result_summary"] == {"total_objects": 2, "total_objects_successful": 2}


def test_an_exception_fails_the_run_and_reaches_handle_exception() -> None:
    crash = RuntimeError("boom {x}")
    app = Recorder(raises=crash)
    result = run_action("send message", CONFIG, [FIRST, SECOND], connector=app)
    assert result["status"] == "failed"
    assert app.exceptions == [crash]
    assert app.calls == ["initialize", "handle a"]


def test_messages_are_formatted_so_that_a_lone_brace_raises() -> None:
    result = ActionResult({})
    result.set_status(False, "{{one}} {}", None, "two")
    assert result.get_message() == "{one} two"
    with pytest.raises((KeyError, ValueError, IndexError)):
        result.set_status(False, '{"code": 1}')


def test_progress_is_formatted_kept_or_overwritten() -> None:
    shown: list[tuple[str, bool]] = []
    app = Recorder()
    app.progress = lambda line, kept: shown.append((line, kept))
    app.save_progress("{} of {{2}}", 1)
    app.send_progress("waiting")
    assert shown == [("1 of {2}", True), ("waiting", False)]
    assert app.progress_lines == ["1 of {2}"]


@pytest.mark.parametrize("missing", ["base_url", "account_sid", "auth_token", "from_phone"])
def test_the_form_asks_for_each_required_variable(missing: str) -> None:
    config = {name: value for name, value in CONFIG.items() if name != missing}
    if missing == "base_url":
        app = Recorder()
        run_action("send message", config, [FIRST], connector=app)
        assert app.get_config()["base_url"] == "https://api.twilio.com/2010-04-01"  # the manifest's default
    else:
        with pytest.raises(FormError, match=missing):
            run_action("send message", config, [FIRST], connector=Recorder())


def test_an_unknown_action_is_refused() -> None:
    with pytest.raises(FormError, match="make coffee"):
        run_action("make coffee", CONFIG, connector=Recorder())


def test_the_assets_environment_holds_during_the_run_only() -> None:
    seen: list[str | None] = []

    class Looker(Recorder):
        def initialize(self) -> bool:
            seen.append(os.environ.get("SANDBOX_PROXY"))
            return True

    run_action("send message", CONFIG, [FIRST], connector=Looker(), environment={"SANDBOX_PROXY": "here"})
    assert (seen, os.environ.get("SANDBOX_PROXY")) == (["here"], None)


def test_state_is_kept_for_the_assets_next_run(tmp_path: Path) -> None:
    first, second = Recorder(), Recorder()
    first.state_dir = second.state_dir = tmp_path
    assert first.load_state() == {}
    first.save_state({"last": 1})
    assert second.load_state() == {"last": 1}


def test_a_context_stands_beside_the_parameters() -> None:
    param = {**FIRST, "context": {"guid": "g"}}
    result = run_input({"identifier": "send_text", "parameters": [param]}, connector=Recorder())
    assert result["result_data"][0]["parameter"] == FIRST
    assert result["result_data"][0]["context"] == {"guid": "g"}
    assert json.loads(json.dumps(result)) == result
