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
"""The life of a run on the local SOAR, and the result JSON that it leaves."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from phantom.action_result import ActionResult
from phantom.app import APP_ERROR
from sandbox.soar import load_manifest, run_action, run_input
from tests.sandbox.soar.toaster import CONFIG, MANIFEST, Toaster
from tests.tables import for_each
from twilio_connector import TwilioConnector


def _toast(app: Toaster, *breads: str, **options: Any) -> dict[str, Any]:
    rows = [{"bread": bread} for bread in breads or ("rye",)]
    return run_action("toast bread", CONFIG, rows, connector=app, manifest=MANIFEST, **options)


def _summarize(app: Toaster) -> None:
    for result in app.get_action_results():
        result.update_summary({"completed_late": "yes"})


def test_the_order_is_initialize_each_parameter_set_finalize() -> None:
    app = Toaster()
    _toast(app, "rye", "oat")
    assert app.calls == ["initialize", "handle rye", "handle oat", "finalize"]


def test_a_failed_initialize_ends_the_run() -> None:
    app = Toaster(initializes=False)
    result = _toast(app)
    assert app.calls == ["initialize"]
    assert (result["status"], result["message"], result["result_data"]) == ("failed", "wrong {setting}", [])


def test_the_result_is_made_after_finalize() -> None:
    result = _toast(Toaster(at_the_end=_summarize))
    assert result["result_data"][0]["summary"] == {"completed_late": "yes"}


def test_without_a_message_it_is_made_of_the_summary() -> None:
    result = _toast(Toaster(at_the_end=_summarize))
    assert result["result_data"][0]["message"] == "Completed late: yes"


def test_the_summary_counts_results_and_successes() -> None:
    def fail_the_first(app: Toaster) -> None:
        app.get_action_results()[0].set_status(APP_ERROR, "burnt")

    result = _toast(Toaster(at_the_end=fail_the_first), "rye", "oat")
    assert result["result_summary"] == {"total_objects": 2, "total_objects_successful": 1}
    assert [row["status"] for row in result["result_data"]] == ["failed", "success"]


def test_the_summary_of_the_run_stands_beside_the_counts() -> None:
    result = _toast(Toaster(lambda app: app.update_summary({"slices": 2})))
    assert result["result_summary"]["slices"] == 2


def test_a_run_whose_only_result_failed_is_failed_with_its_message() -> None:
    def burn(app: Toaster) -> None:
        app.get_action_results()[0].set_status(APP_ERROR, "burnt")

    result = _toast(Toaster(at_the_end=burn))
    assert (result["status"], result["message"]) == ("failed", "burnt")


def test_an_exception_fails_the_run() -> None:
    def raise_it(app: Toaster) -> None:
        raise RuntimeError("boom {x}")

    app = Toaster(raise_it)
    result = _toast(app, "rye", "oat")
    assert result["status"] == "failed"
    assert app.calls == ["initialize", "handle rye"]


def test_messages_are_formatted_so_that_a_lone_brace_raises() -> None:
    result = ActionResult({})
    result.set_status(APP_ERROR, "{{one}} {}", None, "two")
    assert result.get_message() == "{one} two"
    with pytest.raises((KeyError, ValueError, IndexError)):
        result.set_status(APP_ERROR, '{"code": 1}')


def test_a_context_stands_beside_the_parameters() -> None:
    in_json = {"identifier": "toast_bread", "parameters": [{"bread": "rye", "context": {"guid": "g"}}]}
    result = run_input(in_json, connector=Toaster())
    assert result["result_data"][0]["parameter"] == {"bread": "rye"}
    assert result["result_data"][0]["context"] == {"guid": "g"}
    assert json.loads(json.dumps(result)) == result


def test_the_assets_environment_holds_during_the_run_only() -> None:
    values: list[str | None] = []
    app = Toaster(lambda app: values.append(os.environ.get("SANDBOX_PROXY")))
    _toast(app, environment={"SANDBOX_PROXY": "here"})
    assert (values, os.environ.get("SANDBOX_PROXY")) == (["here"], None)


@for_each("variable", ["here", {"type": "string", "value": "here"}])
def test_a_saved_input_holds_its_environment_as_the_platform_writes_it_or_as_plain_text(variable: object) -> None:
    values: list[str | None] = []
    app = Toaster(lambda app: values.append(os.environ.get("SANDBOX_PROXY")))
    in_json = {"identifier": "toast_bread", "parameters": [{"bread": "rye"}]}
    run_input({**in_json, "environment_variables": {"SANDBOX_PROXY": variable}}, connector=app)
    assert values == ["here"]


def test_the_app_knows_asset_container_and_manifest() -> None:
    app = Toaster()
    _toast(app, asset_id="7", container_id=12)
    assert (app.get_asset_id(), app.get_container_id(), app.get_app_json()["name"]) == ("7", 12, "Toaster")


def test_without_a_connector_the_one_of_the_manifests_main_module_runs() -> None:
    result = run_input({"identifier": "test_connectivity", "config": {}, "parameters": [{}]})
    assert result["status"] == "failed"
    assert "base_url" in result["message"]


def test_a_saved_input_runs_with_the_apps_own_manifest() -> None:
    app = TwilioConnector()
    run_input({"identifier": "test_connectivity", "config": {}, "parameters": [{}]}, connector=app)
    assert app.get_app_json() == load_manifest()
