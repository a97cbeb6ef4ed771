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

import pytest

from actions.asset import DEFAULT_POLL_INTERVAL_S, DEFAULT_TIMEOUT_MIN, MAX_POLL_INTERVAL_S
from actions.ingestion import FIRST_POLL_WINDOW_S
from release.readme import readme
from sandbox.soar import APP_DIR, load_manifest
from tests.tables import for_each
from twilio_api.caller import CALL_BUDGET_S, MAX_CALL_BUDGET_S
from twilio_api.connections import MAX_CONNECTIONS
from twilio_api.delivery import LONG_WAIT_FROM_S, LONG_WAIT_SHARE, POLL_GAP_SHARE, POLL_LEAD_S, POLL_MIN_GAP_S
from twilio_api.question import ANSWER_WINDOW_S, MAX_WRONG_CODES
from twilio_consts import (
    APP_VERSION,
    CONNECT_TIMEOUT_S,
    DELIVERY_BUDGET_S,
    MAX_BODY_BYTES,
    MAX_BODY_CHARS,
    MAX_MEDIA,
    MAX_TIMEOUT_MIN,
    OUTAGE_S,
    READ_TIMEOUT_S,
    REPEAT_S,
    REQUEST_DEADLINE_S,
)


pytestmark = pytest.mark.development

MANIFEST = load_manifest()
VERSION = MANIFEST["app_version"]
ACTIONS = MANIFEST["actions"]


def read(name: str) -> str:
    return (APP_DIR / name).read_text(encoding="utf-8")


README = read("README.md")


def test_the_readme_is_what_make_readme_makes() -> None:
    (year,) = re.findall(r"^Copyright (\d{4}) Splunk Inc\.$", README, re.MULTILINE)
    assert readme(MANIFEST, read("manual_readme_content.md"), int(year)) == README, "run make readme"


def test_the_readme_says_of_each_action_what_it_does() -> None:
    table = README.partition("## What it does\n")[2].partition("\n## ")[0]
    first_cells = re.findall(r"^\| (.+?) \|", table, re.MULTILINE)
    named = [name for cell in first_cells for name in cell.split(", ")]
    assert sorted(named) == sorted(["action", *(action["action"] for action in ACTIONS)])


IN_WORDS = {
    1 / 5: "a fifth",
    1 / 3: "a third",
    5: "five",
    60: "a minute",
    3 * 60: "three minutes",
    30 * 60: "half an hour",
    60 * 60: "one hour",
    24 * 60 * 60: "one day",
}


@for_each(
    "promise",
    [
        f'Minutes that "ask question" waits for an answer, {DEFAULT_TIMEOUT_MIN:.0f} by default',
        f"checks for an answer, {DEFAULT_POLL_INTERVAL_S:.0f} by default; from 1 to {MAX_POLL_INTERVAL_S:.0f}",
        f"no receipt came within {IN_WORDS[DELIVERY_BUDGET_S]}",
        f"A call is followed for {IN_WORDS[CALL_BUDGET_S]} and its `timeout` after it left Twilio's queue, "
        f"{IN_WORDS[MAX_CALL_BUDGET_S]} at the most",
        f"up to {ANSWER_WINDOW_S // 3600} hours after the question",
        f"over at most {MAX_CONNECTIONS} connections",
        f"after {IN_WORDS[MAX_WRONG_CODES]} wrong codes",
        f"{MAX_TIMEOUT_MIN / 60:.0f} hours (`timeout` {MAX_TIMEOUT_MIN:.0f})",
        f"the first poll goes back {IN_WORDS[FIRST_POLL_WINDOW_S]}",
        f"`message` is at most {MAX_BODY_CHARS} characters",
        f"`media_url` takes up to {MAX_MEDIA} `https` addresses",
        f"is repeated for up to {REPEAT_S:.0f} s",
        f"failed for {OUTAGE_S:.0f} s, from the first to the last",
        "within 45 s on a server that is dead from the start",
        f"{OUTAGE_S + REQUEST_DEADLINE_S:.0f} s ({OUTAGE_S:.0f} s of repetitions, and one call)",
        f"{CONNECT_TIMEOUT_S:.0f} s to open a connection, {READ_TIMEOUT_S:.0f} s of silence, "
        f"{REQUEST_DEADLINE_S:.0f} s for a whole call, {MAX_BODY_BYTES // 2**20} MiB of a response",
        f"within {IN_WORDS[POLL_GAP_SHARE]} of the time it took ({POLL_MIN_GAP_S + POLL_LEAD_S:.1f} s for the fast "
        f"ones), {IN_WORDS[LONG_WAIT_SHARE]} beyond {LONG_WAIT_FROM_S:.0f} s",
    ],
)
def test_a_documented_number_is_that_of_the_code(promise: str) -> None:
    assert promise.lower() in (README + read("docs/answers.md")).lower()


def test_the_app_knows_its_version() -> None:
    assert APP_VERSION == VERSION


def test_this_version_has_release_notes() -> None:
    assert read(f"release_notes/{VERSION}.md").strip()


def test_the_next_versions_notes_begin_as_the_publisher_expects() -> None:
    first, *notes = read("release_notes/unreleased.md").strip().splitlines()
    assert first == "**Unreleased**"
    assert all(re.match(r"\s*\* .", note) for note in notes)


@for_each("key", ["pip39_dependencies", "pip313_dependencies"])
def test_the_wheels_are_what_requirements_pins(key: str) -> None:
    pinned = dict(line.split("==") for line in read("requirements.txt").splitlines() if "==" in line)
    assert pinned
    wheels = {row["module"]: row["input_file"] for row in MANIFEST[key]["wheel"]}
    assert wheels.keys() == pinned.keys()
    for name, version in pinned.items():
        assert re.fullmatch(rf"wheels/(shared|py3)/{name}-{re.escape(version)}-(py2\.)?py3-none-any\.whl", wheels[name])


def test_the_notice_names_the_versions_that_requirements_pins() -> None:
    pinned = dict(line.split("==") for line in read("requirements.txt").splitlines() if "==" in line)
    assert dict(re.findall(r"^Library: (\S+) - (\S+)$", read("NOTICE"), re.MULTILINE)).items() >= pinned.items()


def test_the_commit_hook_formats_with_the_same_ruff_as_the_checks() -> None:
    (pinned,) = re.findall(r"^ruff==(.+)$", read("requirements-dev.txt"), re.MULTILINE)
    assert re.search(rf"ruff-pre-commit\n +rev: v{re.escape(pinned)}\n", read(".pre-commit-config.yaml"))


@for_each("name", ["LICENSE", "NOTICE", "twilio.json"])
def test_the_licence_line_is_the_same_everywhere(name: str) -> None:
    assert MANIFEST["license"] in read(name)


def test_each_source_file_carries_the_licence() -> None:
    folders = [path for path in APP_DIR.iterdir() if path.is_dir() and not path.name.startswith(".")]
    files = [*APP_DIR.glob("*.py"), *(path for folder in folders for path in folder.rglob("*.py"))]
    licence = f"# {MANIFEST['license']}\n"
    assert [path for path in files if not path.read_text(encoding="utf-8").startswith(licence)] == []


def test_the_page_for_contributors_names_files_that_are_there() -> None:
    named = re.findall(r"`([a-z_]+(?:/[a-z_]+)*\.(?:py|json|md|txt))`", read("CONTRIBUTING.md"))
    assert "actions/call_phone.py" in named
    assert [path for path in named if not (APP_DIR / path).is_file()] == []


def test_how_to_add_an_action_takes_ten_lines() -> None:
    steps = read("CONTRIBUTING.md").partition("**Add an action**")[2].partition("\n\n")[2].partition("\n\n")[0]
    assert [line[:3] for line in steps.splitlines()] == ["1. "] * 10
