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
"""The installable tarball: its files, its bytes, and both actions run from where it was unpacked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import venv
from pathlib import Path
from typing import Any

import pytest

from release.build import APP_DIR, build
from tests.harness import E164, TEXT, Harness


TOP = "phantom_twilio"
WHEEL = "phonenumberslite-9.0.42-py2.py3-none-any.whl"
PLATFORM_SHIPS = ["requests", "beautifulsoup4"]


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tarball of this commit."""
    command = ["git", "status", "--porcelain", "--", "*.py", "*.json", "*.md"]
    if subprocess.run(command, cwd=APP_DIR, capture_output=True, check=True).stdout:  # noqa: S603
        pytest.skip("built from a commit, and this tree has changes")
    return build(tmp_path_factory.mktemp("dist"))


def test_it_is_named_after_app_and_version(tarball: Path) -> None:
    assert tarball.name == "phantom_twilio-2.1.0.tgz"


def test_it_holds_exactly_the_apps_files_under_one_top_folder(tarball: Path) -> None:
    with tarfile.open(tarball) as tar:
        names = {member.name for member in tar.getmembers() if member.isfile()}
    rooms = ("twilio_*.py", "actions/*.py", "twilio_api/*.py", "templates/*.html")
    modules = {path.relative_to(APP_DIR).as_posix() for room in rooms for path in APP_DIR.glob(room)}
    notes = {f"release_notes/{path.name}" for path in (APP_DIR / "release_notes").glob("*.md")}
    others = {"__init__.py", "twilio.json", "requirements.txt", "LICENSE", "NOTICE", "README.md"}
    logos = {"logo_twilio.svg", "logo_twilio_dark.svg"}
    assert names == {f"{TOP}/{name}" for name in modules | notes | others | logos | {f"wheels/shared/{WHEEL}"}}


def test_the_same_commit_gives_the_same_bytes(tarball: Path, tmp_path: Path) -> None:
    assert build(tmp_path).read_bytes() == tarball.read_bytes()


@pytest.fixture(scope="module")
def unpacked(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app's folder, unpacked far from this one."""
    folder = tmp_path_factory.mktemp("apps")
    subprocess.run(["tar", "-xzf", str(tarball), "-C", str(folder)], check=True)  # noqa: S603, S607
    return folder / TOP


@pytest.fixture(scope="module")
def platform_python(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has what the platform ships and the wheels of the tarball, and nothing else."""
    folder = tmp_path_factory.mktemp("platform")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    wheels = [str(unpacked / row["input_file"]) for row in _dependencies(unpacked)]
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PLATFORM_SHIPS]
    subprocess.run(pip, check=True)  # noqa: S603
    subprocess.run([*pip[: -len(PLATFORM_SHIPS)], "--no-index", *wheels], check=True)  # noqa: S603
    return python


def _dependencies(app: Path) -> list[dict[str, str]]:
    manifest = json.loads((app / "twilio.json").read_text())
    key = "pip39_dependencies" if sys.version_info < (3, 13) else "pip313_dependencies"
    return list(manifest[key]["wheel"])


def _run(python: Path, app: Path, in_json: dict[str, Any], folder: Path) -> subprocess.CompletedProcess[str]:
    saved = folder / "test.json"
    saved.write_text(json.dumps(in_json))
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONHOME"},
        "PYTHONPATH": str(APP_DIR / "sandbox" / "soar" / "platform"),
    }
    words = [str(python), "twilio_connector.py", str(saved)]
    return subprocess.run(words, cwd=app, env=environment, capture_output=True, text=True)  # noqa: S603


def test_test_connectivity_passes_from_the_unpacked_folder(
    harness: Harness, platform_python: Path, unpacked: Path, tmp_path: Path
) -> None:
    in_json = {"identifier": "test_connectivity", "config": harness.config, "parameters": [{}]}
    ran = _run(platform_python, unpacked, in_json, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "Test Connectivity Passed" in ran.stdout


def test_send_message_delivers_from_the_unpacked_folder(
    harness: Harness, platform_python: Path, unpacked: Path, tmp_path: Path
) -> None:
    in_json = {"identifier": "send_text", "config": harness.config, "parameters": [{"to_phone": E164, "message": TEXT}]}
    ran = _run(platform_python, unpacked, in_json, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert '"message": "Message delivery status: delivered"' in ran.stdout
    assert [message.body for message in harness.twilio.messages] == [TEXT]


def test_nothing_of_development_travels_along(platform_python: Path, unpacked: Path) -> None:
    code = "import importlib.util as u; print([n for n in ('sandbox', 'tests', 'flask', 'twilio') if u.find_spec(n)])"
    ran = subprocess.run([str(platform_python), "-c", code], cwd=unpacked, capture_output=True, text=True, check=True)  # noqa: S603
    assert ran.stdout.strip() == "[]"
