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
"""README, manifest, release notes and version tell the same."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.soar import APP_DIR, load_manifest
from twilio_consts import APP_VERSION


MANIFEST = load_manifest()
VERSION = MANIFEST["app_version"]
ACTIONS = MANIFEST["actions"]


def read(name: str) -> str:
    return (APP_DIR / name).read_text(encoding="utf-8")


def cells(line: str) -> str:
    """A line of a table without Markdown's escapes and with single blanks, so that only its words count."""
    return " ".join(line.replace("\\", "").split())


README = read("README.md")
README_LINES = {cells(line) for line in README.splitlines()}


def lines_of(action: str) -> set[str]:
    """The lines of the README's reference of an action."""
    _, _, rest = README.partition(f"## action: '{action}'\n")
    return {cells(line) for line in rest.partition("\n## action: ")[0].splitlines()}


def test_the_readme_begins_with_the_manual_part() -> None:
    head, _, _ = README.partition("### Configuration variables")
    assert read("manual_readme_content.md").strip() in head


def test_the_readme_shows_the_version() -> None:
    assert f"Connector Version: {VERSION} <br>" in README


@pytest.mark.parametrize("name", list(MANIFEST["configuration"]))
def test_the_readme_lists_each_configuration_variable(name: str) -> None:
    row = MANIFEST["configuration"][name]
    need = "required" if row["required"] else "optional"
    assert cells(f"**{name}** | {need} | {row['data_type']} | {row['description']} |") in README_LINES


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action["action"])
def test_the_readme_describes_each_action(action: dict[str, Any]) -> None:
    assert f"## action: '{action['action']}'\n\n{action['description']}\n\nType: **{action['type']}** <br>" in README


@pytest.mark.parametrize(("action", "name"), [(row["action"], name) for row in ACTIONS for name in row["parameters"]])
def test_the_readme_lists_each_parameter(action: str, name: str) -> None:
    row = next(row for row in ACTIONS if row["action"] == action)["parameters"][name]
    need = "required" if row.get("required") else "optional"
    contains = " ".join(f"`{kind}`" for kind in row.get("contains", []))
    assert cells(f"**{name}** | {need} | {row['description']} | {row['data_type']} | {contains} |") in lines_of(action)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action["action"])
def test_the_readme_lists_each_data_path(action: dict[str, Any]) -> None:
    shown = lines_of(action["action"])
    for row in action["output"]:
        contains = " ".join(f"`{kind}`" for kind in row.get("contains", []))
        examples = " ".join(str(value) for value in row.get("example_values", []))
        assert cells(f"{row['data_path']} | {row['data_type']} | {contains} | {examples} |") in shown


def test_the_app_knows_its_version() -> None:
    assert APP_VERSION == VERSION


def test_this_version_has_release_notes() -> None:
    assert read(f"release_notes/{VERSION}.md").strip()


def test_the_next_versions_notes_begin_as_the_publisher_expects() -> None:
    first, *notes = read("release_notes/unreleased.md").strip().splitlines()
    assert first == "**Unreleased**"
    assert all(re.match(r"\s*\* .", note) for note in notes)


@pytest.mark.parametrize("key", ["pip39_dependencies", "pip313_dependencies"])
def test_the_wheels_are_what_requirements_pins(key: str) -> None:
    pinned = dict(line.split("==") for line in read("requirements.txt").splitlines() if "==" in line)
    assert pinned
    wheels = {row["module"]: row["input_file"] for row in MANIFEST[key]["wheel"]}
    assert wheels == {name: f"wheels/shared/{name}-{version}-py2.py3-none-any.whl" for name, version in pinned.items()}


def test_the_notice_names_the_versions_that_requirements_pins() -> None:
    pinned = dict(line.split("==") for line in read("requirements.txt").splitlines() if "==" in line)
    assert dict(re.findall(r"^Library: (\S+) - (\S+)$", read("NOTICE"), re.MULTILINE)).items() >= pinned.items()


def test_the_commit_hook_formats_with_the_same_ruff_as_the_checks() -> None:
    (pinned,) = re.findall(r"^ruff==(.+)$", read("requirements-dev.txt"), re.MULTILINE)
    assert re.search(rf"ruff-pre-commit\n +rev: v{re.escape(pinned)}\n", read(".pre-commit-config.yaml"))


@pytest.mark.parametrize("name", ["LICENSE", "NOTICE", "twilio.json"])
def test_the_licence_line_is_the_same_everywhere(name: str) -> None:
    assert MANIFEST["license"] in read(name)


def test_each_source_file_carries_the_licence() -> None:
    folders = [path for path in APP_DIR.iterdir() if path.is_dir() and not path.name.startswith(".")]
    files = [*APP_DIR.glob("*.py"), *(path for folder in folders for path in folder.rglob("*.py"))]
    licence = f"# {MANIFEST['license']}\n"
    assert [path for path in files if not path.read_text(encoding="utf-8").startswith(licence)] == []
