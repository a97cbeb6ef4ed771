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
"""Custom views, rendered by the platform's template engine."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from sandbox.soar import FormError, run_action
from sandbox.soar.views import ViewError, page, render_view, write_page
from tests.sandbox.soar.toaster import CONFIG, MANIFEST, Toaster


VIEW = """
def show(provides, all_app_runs, context):
    context["provides"] = provides
    context["rows"] = [
        (result.get_param(), result.get_summary(), result.get_data(), result.get_message(), result.is_fail(), summary)
        for summary, results in all_app_runs
        for result in results
    ]
    return "templates/toast.html"

def nothing(provides, all_app_runs, context):
    return None

def outside(provides, all_app_runs, context):
    return "../templates/toast.html"

def missing(provides, all_app_runs, context):
    return "toast.html"

no_function = "text"
"""
TEMPLATE = """{% extends 'widgets/widget_template.html' %}
{% load custom_template %}
{% block custom_title_prop %}id="title"{% endblock %}
{% block title1 %}{{ title1 }}{% endblock %}
{% block title2 %}{{ title2 }}{% endblock %}
{% block custom_tools %}<i></i>{% endblock %}
{% block widget_content %}
<b>{{ provides }}</b><u>{{ container.id }}</u>
{% for param, summary, data, message, is_fail, of_run in rows %}
<p>{{ param.bread }}|{{ summary.slices }}|{{ data.0.text }}|{{ message }}|{{ is_fail }}|{{ of_run.total_objects }}</p>
{% endfor %}
{% endblock %}
"""


@pytest.fixture
def app_dir(tmp_path: Path) -> Path:
    """The folder of an app with one view."""
    (tmp_path / "toaster_view.py").write_text(VIEW)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "toast.html").write_text(TEMPLATE)
    return tmp_path


def _manifest(view: str = "toaster_view.show", **render: Any) -> dict[str, Any]:
    manifest = copy.deepcopy(MANIFEST)
    manifest["actions"][0]["render"] = {"type": "custom", "view": view, "title": "Toasts", **render}
    return manifest


def _toast(text: str = "warm", breads: tuple[str, ...] = ("rye",)) -> Toaster:
    def work(app: Toaster) -> None:
        result = app.get_action_results()[-1]
        result.add_data({"text": text})
        result.update_summary({"slices": 2})

    app = Toaster(work)
    run_action("toast bread", CONFIG, [{"bread": bread} for bread in breads], connector=app, manifest=MANIFEST)
    return app


def _rows(html: str) -> list[str]:
    return [row.text for row in BeautifulSoup(html, "html.parser").find_all("p")]


def test_a_view_shows_the_results_of_a_connector(app_dir: Path) -> None:
    html = render_view(_toast(), "toast bread", manifest=_manifest(), app_dir=app_dir)
    assert _rows(html) == ["rye|2|warm|Slices: 2|False|"]


def test_a_view_shows_a_saved_result_json(app_dir: Path) -> None:
    def burn(app: Toaster) -> None:
        app.get_action_results()[-1].set_status(False, "burnt {{it}}")

    rows = [{"bread": "rye"}]
    result = run_action("toast bread", CONFIG, rows, connector=Toaster(at_the_end=burn), manifest=MANIFEST)
    html = render_view(result, "toast bread", manifest=_manifest(), app_dir=app_dir)
    assert _rows(html) == ["rye|||burnt {it}|True|1"]


def test_a_view_shows_every_parameter_set_of_every_run(app_dir: Path) -> None:
    runs = [_toast(breads=("rye", "oat")), _toast(breads=("corn",))]
    html = render_view(runs, "toast bread", manifest=_manifest(), app_dir=app_dir)
    assert [row.split("|")[0] for row in _rows(html)] == ["rye", "oat", "corn"]


def test_a_view_gets_the_name_of_the_action_and_the_container(app_dir: Path) -> None:
    html = render_view(_toast(), "toast_bread", manifest=_manifest(), app_dir=app_dir, container_id=12)
    soup = BeautifulSoup(html, "html.parser")
    assert [soup.b and soup.b.text, soup.u and soup.u.text] == ["toast bread", "12"]


def test_the_template_fills_the_blocks_of_the_platforms_widget(app_dir: Path) -> None:
    soup = BeautifulSoup(render_view(_toast(), "toast bread", manifest=_manifest(), app_dir=app_dir), "html.parser")
    title = soup.find(id="title")
    assert title is not None
    assert title.text.split() == ["Toaster", "Toasts"]
    assert title.find("i") is not None


def test_the_template_escapes_as_the_platforms_does(app_dir: Path) -> None:
    html = render_view(_toast("<script>alert(1)</script>"), "toast bread", manifest=_manifest(), app_dir=app_dir)
    assert "<script>" not in html
    assert "<script>alert(1)</script>" in _rows(html)[0]


@pytest.mark.parametrize(
    ("view", "wrong"),
    [
        ("toaster_view.nothing", "None, which is no template"),
        ("toaster_view.outside", "which is no template of the app"),
        ("toaster_view.missing", "which is no template of the app"),
        ("toaster_view.unknown", "no function 'unknown'"),
        ("toaster_view.no_function", "no function 'no_function'"),
        ("other_view.show", "no module 'other_view'"),
        ("actions.toaster_view.show", 'names no custom view as "module.function"'),
        ("show", 'names no custom view as "module.function"'),
    ],
)
def test_a_view_that_the_platform_cannot_show_says_why(app_dir: Path, view: str, wrong: str) -> None:
    with pytest.raises(ViewError, match=wrong):
        render_view(_toast(), "toast bread", manifest=_manifest(view), app_dir=app_dir)


def test_a_table_is_no_custom_view(app_dir: Path) -> None:
    with pytest.raises(ViewError, match="names no custom view"):
        render_view(_toast(), "toast bread", manifest=_manifest(type="table"), app_dir=app_dir)


def test_an_action_without_a_render_has_no_view(app_dir: Path) -> None:
    with pytest.raises(ViewError, match="names no custom view"):
        render_view(_toast(), "toast bread", manifest=MANIFEST, app_dir=app_dir)


def test_an_unknown_action_has_no_view(app_dir: Path) -> None:
    with pytest.raises(FormError, match="make coffee"):
        render_view(_toast(), "make coffee", manifest=_manifest(), app_dir=app_dir)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_shows_a_view_in_a_theme(tmp_path: Path, theme: Any) -> None:
    write_page(tmp_path / "page.html", "<p>toast</p>", theme=theme)
    soup = BeautifulSoup((tmp_path / "page.html").read_text(encoding="utf-8"), "html.parser")
    assert soup.body is not None
    assert soup.body["class"] == [f"{theme}-theme"]
    assert _rows(str(soup)) == ["toast"]


def test_a_page_is_light_unless_asked_otherwise() -> None:
    assert '<body class="light-theme">' in page("")
