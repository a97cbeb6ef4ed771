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
"""What the platform's form asks for and refuses, by the app's manifest."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sandbox.soar import FormError, run_action
from tests.sandbox.soar.toaster import CONFIG, MANIFEST, Toaster
from tests.tables import for_each


def _toast(config: dict[str, Any] = CONFIG, **parameters: Any) -> dict[str, Any]:
    """Toast, and return the parameters as the app was given them."""
    app = Toaster()
    run_action("toast bread", config, [{"bread": "rye", **parameters}], connector=app, manifest=MANIFEST)
    return app.get_action_results()[0].get_param()


@for_each("name", ["toast bread", "toast_bread"])
def test_an_action_is_known_by_name_and_identifier(name: str) -> None:
    app = Toaster()
    run_action(name, CONFIG, [{"bread": "rye"}], connector=app, manifest=MANIFEST)
    assert (app.get_action_name(), app.get_action_identifier()) == ("toast bread", "toast_bread")


def test_an_unknown_action_is_refused() -> None:
    with pytest.raises(FormError, match="make coffee"):
        run_action("make coffee", CONFIG, connector=Toaster(), manifest=MANIFEST)


@for_each("value", [None, ""])
def test_a_required_variable_of_the_asset_is_asked_for(value: str | None) -> None:
    with pytest.raises(FormError, match="asset lacks 'host'"):
        _toast({"host": value})


@for_each("value", [None, ""])
def test_a_required_parameter_is_asked_for(value: str | None) -> None:
    with pytest.raises(FormError, match="lacks 'bread'"):
        _toast(bread=value)


def test_a_required_variable_with_a_default_is_filled_in() -> None:
    manifest = copy.deepcopy(MANIFEST)
    manifest["configuration"]["host"]["default"] = "toaster.invalid"
    app = Toaster()
    run_action("toast bread", {}, [{"bread": "rye"}], connector=app, manifest=manifest)
    assert app.get_config() == {"host": "toaster.invalid", "timeout": 30}


def test_defaults_fill_what_was_left_empty() -> None:
    assert _toast(colour="") == {"bread": "rye", "colour": "light"}


def test_a_variable_of_an_earlier_version_stays_in_the_asset() -> None:
    app = Toaster()
    run_action("toast bread", {**CONFIG, "old": 1}, [{"bread": "rye"}], connector=app, manifest=MANIFEST)
    assert app.get_config()["old"] == 1


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(FormError, match="no parameter 'marmalade'"):
        _toast(marmalade="yes")


def test_the_context_that_the_platform_adds_is_no_unknown_parameter() -> None:
    assert _toast(context={"guid": "g"})["context"] == {"guid": "g"}


@for_each("value", [3, 2.5, "3", "2.5", " 3 ", -1])
def test_a_number_may_be_a_text_or_a_float_and_arrives_as_given(value: Any) -> None:
    assert _toast(minutes=value)["minutes"] == value


@for_each("value", ["soon", "3 min", True, [3], "nan", "inf"])
def test_what_is_no_number_is_refused_for_a_numeric_parameter(value: Any) -> None:
    with pytest.raises(FormError, match=r"'minutes' .* is not a number"):
        _toast(minutes=value)


def test_what_is_no_number_is_refused_for_a_numeric_variable() -> None:
    with pytest.raises(FormError, match="'timeout' of the asset is not a number"):
        _toast({**CONFIG, "timeout": "soon"})


@for_each("value", [True, False, "true", "False"])
def test_a_truth_value_may_be_a_text(value: Any) -> None:
    assert _toast(is_buttered=value)["is_buttered"] == value


@for_each("value", [1, 0, "yes", "1", [True]])
def test_what_is_no_truth_value_is_refused_for_a_boolean(value: Any) -> None:
    with pytest.raises(FormError, match=r"'is_buttered' .* neither true nor false"):
        _toast(is_buttered=value)


def test_a_value_of_the_value_list_is_taken() -> None:
    assert _toast(colour="brown")["colour"] == "brown"


@for_each("value", ["black", "Brown", "light,brown"])
def test_a_value_outside_the_value_list_is_refused(value: str) -> None:
    with pytest.raises(FormError, match=r"'colour' .* is none of light, brown"):
        _toast(colour=value)


def test_of_a_list_each_value_is_checked() -> None:
    assert _toast(toppings="jam, cheese")["toppings"] == "jam, cheese"
    with pytest.raises(FormError, match="'soap'"):
        _toast(toppings="jam,soap")


def test_a_text_is_not_checked_since_a_playbook_may_pass_anything() -> None:
    assert _toast(bread=["rye"])["bread"] == ["rye"]


def test_a_playbooks_values_can_be_handed_over_unchecked() -> None:
    app = Toaster()
    run_action("toast bread", {}, [{"minutes": "soon"}], connector=app, manifest=MANIFEST, checks_form=False)
    assert app.get_action_results()[0].get_param() == {"minutes": "soon"}


@for_each("missing", ["account_sid", "auth_token", "from_phone"])
def test_the_apps_own_manifest_is_used_where_none_is_given(missing: str) -> None:
    config = {"account_sid": "AC", "auth_token": "t", "from_phone": "+1", missing: ""}
    with pytest.raises(FormError, match=missing):
        run_action("send message", config, [{"to_phone": "a", "message": "m"}], connector=Toaster())
