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
"""The installable tarball: its files, its bytes, and each action run from where it was unpacked.

It is built from the files as they are, committed or not, so that these tests judge what a commit would ship.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
import venv
import zipfile
from contextlib import ExitStack
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from release.build import APP_DIR, BuildError, NoCheckout, build, changed_files
from sandbox.assets import local_asset, local_twilio
from sandbox.scenario import KEY as SCENARIO, scenario
from sandbox.soar import load_manifest
from sandbox.twilio import Outcome


pytestmark = pytest.mark.xdist_group("package")  # the tarball is built once

MANIFEST = load_manifest()
TOP = "phantom_twilio"
WHEELS = [row["input_file"] for row in MANIFEST["pip39_dependencies"]["wheel"]]
EXCLUDED = (APP_DIR / "exclude_files.txt").read_text(encoding="utf-8").split()
# What the publisher's build leaves out of every app, as far as this repository has it
EXCLUDED_EVERYWHERE = ["__pycache__", "*.pyc", ".git", ".gitignore", ".pre-commit-config.yaml", ".pytest_cache"]
EXCLUDED_EVERYWHERE += ["Makefile", "exclude_files.txt", "build", "playbooks", "stubs", "*.yml", "*.pem", "*.tgz"]
PLATFORM_SHIPS = ["requests", "beautifulsoup4"]


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tarball of the files as they are."""
    return build(tmp_path_factory.mktemp("dist"))


def test_it_is_named_after_app_and_version(tarball: Path) -> None:
    assert tarball.name == f"{TOP}-{MANIFEST['app_version']}.tgz"


def test_it_holds_exactly_the_apps_files_under_one_top_folder(tarball: Path) -> None:
    with tarfile.open(tarball) as tar:
        names = {member.name for member in tar.getmembers() if member.isfile()}
    rooms = ("twilio_*.py", "actions/*.py", "twilio_api/*.py", "templates/*.html", "docs/*")
    modules = {path.relative_to(APP_DIR).as_posix() for room in rooms for path in APP_DIR.glob(room)}
    notes = {f"release_notes/{path.name}" for path in (APP_DIR / "release_notes").glob("*.md")}
    others = {"__init__.py", "twilio.json", "requirements.txt", "LICENSE", "NOTICE", "README.md"}
    logos = {"logo_twilio.svg", "logo_twilio_dark.svg"}
    assert names == {f"{TOP}/{name}" for name in modules | notes | others | logos | set(WHEELS)}


def test_it_holds_whatever_the_readme_links_to_and_shows(tarball: Path) -> None:
    readme = (APP_DIR / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"\]\(([^)\s#]+)", readme) + re.findall(r"(?:src|srcset|href)=\"([^\"#]+)", readme))
    files = {target for target in targets if "://" not in target and not target.startswith("mailto:")}
    with tarfile.open(tarball) as tar:
        names = set(tar.getnames())
    assert {"docs/results.md", "docs/send_message.svg"} <= files
    assert {file for file in files if f"{TOP}/{file}" not in names} == set()


def test_the_same_files_give_the_same_bytes_wherever_they_lie(tarball: Path, tmp_path: Path) -> None:
    copied = tmp_path / "somewhere else"
    leave_out = shutil.ignore_patterns(".*", "tests", "__pycache__")
    shutil.copytree(APP_DIR, copied, ignore=leave_out, copy_function=shutil.copy)  # of today's date
    assert build(tmp_path / "dist", copied).read_bytes() == tarball.read_bytes()


def test_a_file_that_is_not_of_the_commit_is_named(tmp_path: Path) -> None:
    repository = _repository(tmp_path)
    assert changed_files(repository) == []
    (repository / "twilio_consts.py").write_text("changed = True\n")
    (repository / "twilio_new.py").write_text("")
    (repository / "notes.txt").write_text("no file of the app")
    assert changed_files(repository) == [" M twilio_consts.py", "?? twilio_new.py"]


def test_without_a_checkout_it_is_not_known_what_is_of_the_commit(tmp_path: Path) -> None:
    with pytest.raises(NoCheckout):
        changed_files(tmp_path)


def test_a_folder_inside_another_checkout_is_none(tmp_path: Path) -> None:
    (_repository(tmp_path) / "app").mkdir()
    with pytest.raises(NoCheckout):
        changed_files(tmp_path / "app")


def test_a_wheel_that_the_manifest_names_and_nobody_committed_is_named(tmp_path: Path) -> None:
    copied = tmp_path / "app"
    leave_out = shutil.ignore_patterns(".*", "tests", "sandbox", "__pycache__", "phonenumberslite*")
    shutil.copytree(APP_DIR, copied, ignore=leave_out)
    with pytest.raises(BuildError, match="names wheels/shared/phonenumberslite"):
        build(tmp_path / "dist", copied)


def test_the_publishers_build_of_a_clone_holds_the_same_files(tarball: Path, tmp_path: Path) -> None:
    packed = tmp_path / "published.tgz"
    words = [f"--exclude={pattern}" for pattern in [*EXCLUDED, *EXCLUDED_EVERYWHERE]]
    subprocess.run(["tar", *words, "-zcf", str(packed), APP_DIR.name], cwd=APP_DIR.parent, check=True)  # noqa: S603, S607

    def files(path: Path) -> set[str]:
        with tarfile.open(path) as tar:
            return {member.name.partition("/")[2] for member in tar.getmembers() if member.isfile()}

    assert files(packed) == files(tarball)


def _repository(folder: Path) -> Path:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    (folder / "twilio_consts.py").write_text("")
    git = ["git", "-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "First"]):
        subprocess.run([*git, *words], cwd=folder, check=True)  # noqa: S603
    return folder


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
    venv.create(folder, with_pip=False)
    (site,) = folder.glob("lib/python*/site-packages")
    for name in _with_what_they_need(PLATFORM_SHIPS):
        _copy_package(name, site)
    for wheel in WHEELS:
        with zipfile.ZipFile(unpacked / wheel) as archive:
            archive.extractall(site)  # noqa: S202 our own wheel
    return folder / "bin" / "python"


def _with_what_they_need(names: list[str]) -> set[str]:
    needed: set[str] = set()
    while names:
        name = names.pop().lower()
        needed.add(name)
        requirements = (Requirement(line) for line in metadata.requires(name) or [])
        wanted = {row.name.lower() for row in requirements if not row.marker or row.marker.evaluate({"extra": ""})}
        names = [*names, *(wanted - needed)]
    return needed


def _copy_package(name: str, site: Path) -> None:
    for file in metadata.files(name) or []:
        if ".." not in file.parts and "__pycache__" not in file.parts:
            target = site / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(file.locate()), target)


# Inputs come in, and results go out; each run has the platform's database. They run side by side, because they wait.
RUN_SIDE_BY_SIDE = """\
import json, runpy, sys
from concurrent.futures import ThreadPoolExecutor
from twilio_connector import TwilioConnector
SoarStore = runpy.run_path(sys.argv[1])["SoarStore"]
def run(in_json):
    app = TwilioConnector()
    app.store = SoarStore()
    return json.loads(app._handle_action(json.dumps(in_json), None))
inputs = json.load(sys.stdin)
with ThreadPoolExecutor(len(inputs)) as threads:
    print(json.dumps(list(threads.map(run, inputs))))
"""


def _run(python: Path, app: Path, inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The results of these inputs, which the app runs in its own folder, on this Python."""
    soar = APP_DIR / "sandbox" / "soar"
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONHOME"},
        "PYTHONPATH": str(soar / "platform"),
    }
    words = [str(python), "-c", RUN_SIDE_BY_SIDE, str(soar / "store.py")]
    ran = subprocess.run(words, cwd=app, env=environment, input=json.dumps(inputs), capture_output=True, text=True)  # noqa: S603
    assert ran.returncode == 0, ran.stderr
    return list(json.loads(ran.stdout))


def test_each_action_runs_from_the_unpacked_folder(platform_python: Path, unpacked: Path) -> None:
    identifiers = [action["identifier"] for action in MANIFEST["actions"]]
    inputs, twilios = [], []
    with ExitStack() as until_all_have_run:
        for identifier in identifiers:
            in_json = json.loads((APP_DIR / "sandbox" / "inputs" / f"{identifier}.json").read_text())
            world = in_json.pop(SCENARIO, {})
            for message in world.get("messages", []):
                message.pop("media", None)  # a run of the connector alone has no vault to save them into
            twilios.append(until_all_have_run.enter_context(local_twilio({}, Outcome("delivered", 0.2))))
            until_all_have_run.enter_context(scenario(twilios[-1], world))
            inputs.append({**in_json, "config": {**in_json["config"], **local_asset(twilios[-1])}})
        results = _run(platform_python, unpacked, inputs)
    assert [twilio.port for twilio in twilios if not twilio.requests] == []
    assert {result["identifier"]: result["message"] for result in results if result["status"] != "success"} == {}
    assert [result["identifier"] for result in results] == identifiers


def test_nothing_of_development_travels_along(platform_python: Path, unpacked: Path) -> None:
    code = "import importlib.util as u; print([n for n in ('sandbox', 'tests', 'flask', 'twilio') if u.find_spec(n)])"
    ran = subprocess.run([str(platform_python), "-c", code], cwd=unpacked, capture_output=True, text=True, check=True)  # noqa: S603
    assert ran.stdout.strip() == "[]"
