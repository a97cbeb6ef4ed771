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
"""Custom views as the platform shows them: the view function chooses a template, Django's engine renders it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import django
from django.conf import settings
from django.template import Context, Engine
from django.utils.safestring import mark_safe

from phantom.action_result import ActionResult
from sandbox.soar.form import find_action
from sandbox.soar.runner import APP_DIR, load_manifest


Theme = Literal["light", "dark"]

_TEMPLATES = Path(__file__).parent / "templates"
_LIBRARIES = {"custom_template": "sandbox.soar.custom_template"}


def render_view(run: Mapping[str, Any], action: str, *, container_id: int = 1) -> str:
    """Return the HTML of an action's custom view for a result JSON, as it comes back from the platform's database."""
    entry = find_action(load_manifest(), action)
    module, _, function = entry["render"]["view"].partition(".")
    context: dict[str, Any] = {
        "QS": {},
        "container": {"id": container_id},
        "title1": load_manifest()["name"],
        "title2": entry["render"].get("title", entry["action"]),
    }
    stored = json.loads(json.dumps(run))
    app_run = stored["result_summary"], [_action_result(row) for row in stored["result_data"]]
    template = getattr(import_module(module), function)(entry["action"], [app_run], context)
    return str(_engine(APP_DIR).get_template(template).render(Context(context)))


def page(html: str, *, theme: Theme = "light") -> str:
    """Return a whole HTML page that shows a view's HTML in one of the platform's themes."""
    shown = {"theme": theme, "widget": mark_safe(html)}  # noqa: S308 the view has escaped it
    return str(_engine(_TEMPLATES).get_template("page.html").render(Context({"page": shown})))


@cache  # because an engine keeps the templates that it has read
def _engine(folder: Path) -> Engine:
    if not settings.configured:
        settings.configure(USE_TZ=True, LOGGING_CONFIG=None)
        django.setup()
    return Engine(dirs=[str(folder), str(_TEMPLATES)], libraries=_LIBRARIES)


def _action_result(row: Mapping[str, Any]) -> ActionResult:
    result = ActionResult(dict(row["parameter"]))
    for item in row["data"]:
        result.add_data(item)
    result.set_summary(row["summary"])
    result.set_status(row["status"] == "success", row["message"].replace("{", "{{").replace("}", "}}"))
    return result
