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

import importlib.util
import json
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Union

import django
from django.conf import settings
from django.template import Context, Engine
from django.utils.safestring import mark_safe

from phantom.action_result import ActionResult
from phantom.base_connector import BaseConnector
from sandbox.soar.form import find_action
from sandbox.soar.runner import APP_DIR, load_manifest


Run = Union[Mapping[str, Any], BaseConnector]
Theme = Literal["light", "dark"]

_TEMPLATES = Path(__file__).parent / "templates"
_LIBRARIES = {"custom_template": "sandbox.soar.custom_template"}


class ViewError(Exception):
    """The platform cannot show a view; the text says what is wrong with it."""


def render_view(
    runs: Run | Sequence[Run],
    action: str,
    *,
    container_id: int = 1,
    manifest: Mapping[str, Any] | None = None,
    app_dir: Path = APP_DIR,
) -> str:
    """Return the HTML of an action's custom view for one or several runs, each a result JSON or a finished connector.

    Raises FormError for an action that the manifest does not know, and ViewError where its `render` names no custom
    view, the function cannot be found, or what it returns is no template of the app.
    """
    manifest = load_manifest(app_dir) if manifest is None else manifest
    entry = find_action(manifest, action)
    view = _load_view(entry, app_dir)
    context: dict[str, Any] = {
        "QS": {},
        "container": {"id": container_id},
        "title1": manifest["name"],
        "title2": entry["render"].get("title", entry["action"]),
    }
    several = [runs] if isinstance(runs, (Mapping, BaseConnector)) else runs
    path = view(entry["action"], [_app_run(run) for run in several], context)
    if not isinstance(path, str) or not (app_dir / path).is_file() or Path(path).is_absolute() or ".." in path:
        raise ViewError(f"The view of '{entry['action']}' returned {path!r}, which is no template of the app")
    return str(_engine(app_dir).get_template(path).render(Context(context)))


def page(html: str, *, theme: Theme = "light") -> str:
    """Return a whole HTML page that shows a view's HTML in one of the platform's themes."""
    shown = {"theme": theme, "widget": mark_safe(html)}  # noqa: S308 the view has escaped it
    return str(_engine(_TEMPLATES).get_template("page.html").render(Context({"page": shown})))


def write_page(path: Path, html: str, *, theme: Theme = "light") -> None:
    """Write a whole HTML page that shows a view's HTML in one of the platform's themes."""
    path.write_text(page(html, theme=theme), encoding="utf-8")


@cache  # because an engine keeps the templates that it has read
def _engine(folder: Path) -> Engine:
    if not settings.configured:
        settings.configure(USE_TZ=True, LOGGING_CONFIG=None)
        django.setup()
    return Engine(dirs=[str(folder), str(_TEMPLATES)], libraries=_LIBRARIES)


def _load_view(entry: Mapping[str, Any], app_dir: Path) -> Any:
    """Return the function that `render` names as "module.function", with the module in the app's folder."""
    render = entry.get("render") or {}
    name = str(render.get("view") or "")
    module, _, function = name.partition(".")
    if render.get("type") != "custom" or not function.isidentifier():
        raise ViewError(f"The render of '{entry['action']}' names no custom view as \"module.function\": {render}")
    path = app_dir / f"{module}.py"
    if not path.is_file():
        raise ViewError(f"The app has no module '{module}' for the view {name}")
    view = getattr(_load_module(module, path), function, None)
    if not callable(view):
        raise ViewError(f"The module '{module}' has no function '{function}'")
    return view


def _load_module(name: str, path: Path) -> ModuleType:
    """Load a module from its file, under a name of its own, since an app's folder need not be importable there."""
    name = f"{name} of {path.parent}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ViewError(f"{path} cannot be imported")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _app_run(run: Run) -> tuple[dict[str, Any], list[ActionResult]]:
    """Return summary and results of a run, as they come back from the platform's database."""
    if isinstance(run, BaseConnector):
        rows: list[dict[str, Any]] = [result.get_dict() for result in run.get_action_results()]
        summary: dict[str, Any] = run.get_summary()
    else:
        rows, summary = run["result_data"], run["result_summary"]
    return _from_json(summary), [_action_result(_from_json(row)) for row in rows]


def _from_json(value: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(json.dumps(value)))


def _action_result(row: Mapping[str, Any]) -> ActionResult:
    result = ActionResult(dict(row["parameter"]))
    for item in row["data"]:
        result.add_data(item)
    result.set_summary(row["summary"])
    result.set_status(row["status"] == "success", row["message"].replace("{", "{{").replace("}", "}}"))
    return result
