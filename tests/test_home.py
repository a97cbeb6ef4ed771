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
"""The project is at home in any folder, on any machine, in any shell: what a newcomer's first minute rests on."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.command_line import main as sandbox
from sandbox.soar import APP_DIR
from tests.harness import TEXT, TO


pytestmark = pytest.mark.development

DEAD = "127.0.0.1:9"  # nothing listens there
SETTINGS_OF_A_SHELL = {
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "TWILIO_AUTH_TOKEN": "2" * 32,
    "TWILIO_FROM_PHONE": "+15005550006",
    "HTTP_PROXY": f"http://{DEAD}",
    "http_proxy": f"http://{DEAD}",
    "HTTPS_PROXY": f"http://{DEAD}",
    "https_proxy": f"http://{DEAD}",
    "ALL_PROXY": f"socks5://{DEAD}",
    "REQUESTS_CA_BUNDLE": "/nowhere/ca.pem",
    "CURL_CA_BUNDLE": "/nowhere/ca.pem",
    "NO_PROXY": "example.com",
}


# --- the folder


def test_no_folder_of_tests_is_a_package() -> None:
    # With an __init__.py, pytest names a test module after the folders above it, as far as they have one. The app's
    # folder has one, so a checkout named `twilio` would hide the library of that name.
    assert list((APP_DIR / "tests").rglob("__init__.py")) == []


def test_a_checkout_is_the_same_to_the_byte_whatever_git_makes_of_line_ends(tmp_path: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    origin.mkdir()
    shutil.copy(APP_DIR / ".gitattributes", origin)
    shutil.copy(APP_DIR / "Makefile", origin)
    git = ["git", "-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "First"]):
        subprocess.run([*git, *words], cwd=origin, check=True)  # noqa: S603
    subprocess.run([*git, "clone", "--quiet", "-c", "core.autocrlf=true", origin, clone], check=True)  # noqa: S603
    assert (clone / "Makefile").read_bytes() == (APP_DIR / "Makefile").read_bytes()


# --- the shell


def test_no_setting_of_the_shell_is_left() -> None:
    assert not os.environ.keys() & SETTINGS_OF_A_SHELL.keys()


def test_no_test_finds_what_the_shell_exports() -> None:
    left = "import json, os, tests.conftest; print(json.dumps([*os.environ]))"
    environment = {**os.environ, **SETTINGS_OF_A_SHELL}
    ran = subprocess.run([sys.executable, "-c", left], cwd=APP_DIR, env=environment, capture_output=True, text=True)  # noqa: S603
    assert not set(json.loads(ran.stdout)) & SETTINGS_OF_A_SHELL.keys()


def test_a_message_reaches_the_local_twilio_whatever_the_shell_exports(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS_OF_A_SHELL.items():
        if not name.startswith("TWILIO_"):
            monkeypatch.setenv(name, value)
    assert sandbox(["send", TO, TEXT, "--after", "0.1"]) == 0


# --- make


# Whatever a shell or make might take for its own
TRAPS = """it's $5 $(shell touch executed) $(HOME) ${HOME} $HOME $$ $@
`touch executed` $(touch executed); touch executed & touch executed | cat
a = b := c # no comment "quoted" \\ \\n * ? [a] ~ ! % {x,y} \N{JACK-O-LANTERN} ünïcödé

blanks at the end  """


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """A folder with the Makefile, and a sandbox that does nothing but print what it is called with."""
    shutil.copy(APP_DIR / "Makefile", tmp_path)
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "__main__.py").write_text("import json, sys; print(json.dumps(sys.argv[1:]))")
    return tmp_path


def make(
    folder: Path, *words: str, environment: Mapping[str, str] | None = None, python: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    """Run make on a Python, as from a shell of its own."""
    made_by_make = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "TO", "MESSAGE", "INPUT", "TESTS", "PYTHONS")
    clean = {name: value for name, value in os.environ.items() if name not in made_by_make}
    command = ["make", "-s", *words, f"DEV_PYTHON={python}"]
    return subprocess.run(command, cwd=folder, env={**clean, **(environment or {})}, capture_output=True, text=True)  # noqa: S603


@pytest.mark.parametrize(
    ("text", "by"),
    [
        (TRAPS, "command line"),
        ("--", "command line"),
        ("", "command line"),
        (f"  {TRAPS}", "environment"),
        ("", "environment"),
    ],
    ids=["traps", "a dash", "nothing", "traps in the environment", "nothing in the environment"],
)
def test_make_hands_everything_over_byte_for_byte(recorder: Path, text: str, by: str) -> None:
    names = ("TO", "MESSAGE", "PEOPLE", "ALERT", "QUESTION", "ANSWER", "KEY", "ATTEMPTS", "ACKNOWLEDGE", "INPUT")
    commands = ("send", "ask", "call", "page", "poll", "run")
    if by == "environment":
        ran = make(recorder, *commands, environment=dict.fromkeys(names, text))
    else:
        ran = make(recorder, *commands, *(f"{name}={text}" for name in names))
    assert [json.loads(line) for line in ran.stdout.splitlines()] == [
        ["send", "--", text, text],
        ["ask", f"--answer={text}", "--", text, text],
        ["call", f"--key={text}", f"--attempts={text}", f"--acknowledge={text}", "--", text, text],
        ["page", "--", text, text],
        ["poll"],
        ["run", "--", text],
    ]
    assert not (recorder / "executed").exists()


def test_make_runs_a_python_in_a_folder_of_any_name(recorder: Path, tmp_path: Path) -> None:
    folder = tmp_path / """it's $5 & "quoted" `touch executed` #1"""
    folder.mkdir()
    (folder / "python").symlink_to(sys.executable)
    ran = make(recorder, "send", python=str(folder / "python"), environment={"PYTHONPATH": _packages()})
    assert json.loads(ran.stdout)[0] == "send"
    assert not (recorder / "executed").exists()


def test_make_finds_the_project_in_a_shell_that_keeps_the_current_folder_off_the_path(recorder: Path) -> None:
    ran = make(recorder, "send", environment={"PYTHONSAFEPATH": "1"})
    assert json.loads(ran.stdout)[0] == "send"


def test_the_output_of_an_action_is_json_alone() -> None:
    assert json.loads(make(APP_DIR, "connectivity").stdout)["status"] == "success"


def test_make_alone_and_make_help_show_each_command_within_80_columns() -> None:
    shown = make(APP_DIR).stdout
    assert make(APP_DIR, "help").stdout == shown
    assert [name for name in _commands() if f"\n  make {name} " not in shown] == ["help"]
    assert [line for line in shown.splitlines() if len(line) > 79] == []


def test_each_command_of_make_is_declared() -> None:
    makefile = (APP_DIR / "Makefile").read_text()
    assert set(re.findall(r"^([a-z-]+):(?!=)", makefile, re.MULTILINE)) == {"environment", *_commands()}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["send", f"to={TO}"], 'There is no variable "to"'),
        (["send", TO, TEXT], f'There is no command "{TO} {TEXT}"'),
        (["chaos", "SEND=10000"], 'There is no variable "SEND"'),
        (["snd"], 'There is no command "snd"'),
    ],
)
def test_a_slip_of_the_pen_is_refused_before_anything_is_sent(recorder: Path, words: list[str], says: str) -> None:
    ran = make(recorder, *words)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert says in ran.stderr


def test_a_python_without_the_packages_is_refused_in_a_sentence(recorder: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    venv.create(bare, with_pip=False)
    ran = make(recorder, "send", python=str(bare / "bin" / "python"))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("DEV_PYTHON does not start, or lacks packages of requirements-dev.txt")
    assert "Traceback" not in ran.stderr


def _commands() -> list[str]:
    (listed,) = re.findall(r"^COMMANDS := (.+)$", (APP_DIR / "Makefile").read_text(), re.MULTILINE)
    return str(listed).split()


# --- Python


TOOLS = ("bash", "cat", "chmod", "cmp", "cp", "dirname", "env", "grep", "ln", "mkdir", "rm", "rmdir")
PYTHON_THAT_MAKES_ENVIRONMENTS = """\
#!/bin/sh
case "$*" in
  "-m venv "*) mkdir -p "$3/bin" "$3/site" && cp "$0" "$3/bin/python" ;;
  *"pip"*install*) ! grep -q no-such-package requirements-dev.txt ;;
  *ensurepip*) echo "$0 3.13" ;;
  *version_info*) echo 3.13 ;;
  *getsitepackages*) echo "${0%/bin/python}/site" ;;
esac
"""


class Machine:
    """A machine with nothing on PATH but the tools of the scripts and the Pythons that are put there."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.project = folder / "project"
        self.project.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(str(shutil.which(tool)))
        shutil.copytree(APP_DIR / ".ci", self.project / ".ci")
        self.require("")

    def require(self, development: str) -> None:
        """Write what the project requires."""
        (self.project / "requirements.txt").write_text("")
        (self.project / "requirements-dev.txt").write_text(development)

    def add_python(self, name: str, version: str) -> None:
        """Put a Python on PATH that tells this version of itself."""
        path = self.bin / name
        path.write_text(f"#!{shutil.which('sh')}\necho {path} {version}\n")
        path.chmod(0o755)

    def add_python_that_makes_environments(self, name: str) -> None:
        """Put a Python on PATH that makes environments in no time, and installs what is not called no-such-package."""
        path = self.bin / name
        path.write_text(PYTHON_THAT_MAKES_ENVIRONMENTS.replace("/bin/sh", str(shutil.which("sh"))))
        path.chmod(0o755)

    def add_environment(self, name: str) -> None:
        """Put an environment into the project, whose Python says that it is 3.12.1, and how pytest is called."""
        (self.project / ".ci" / "environment").write_text("exit 0\n")
        python = self.project / ".venv" / name / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(
            f'#!{shutil.which("sh")}\n[ "$1" = -c ] && echo 3.12.1 || echo "$@" "${{PYTEST_ADDOPTS:-}}"\n'
        )
        python.chmod(0o755)

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a script of `.ci`."""
        clean = {"PATH": str(self.bin), **environment}
        command = ["bash", f".ci/{words[0]}", *words[1:]]
        return subprocess.run(command, cwd=self.project, env=clean, capture_output=True, text=True)  # noqa: S603


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine without any Python."""
    return Machine(tmp_path)


@pytest.mark.parametrize(
    ("pythons", "wanted", "found"),
    [
        ({"python3.9": "3.9"}, ["3.9"], "python3.9"),
        ({"python3": "3.6", "python3.11": "3.11"}, [], "python3.11"),
        ({"python3": "3.12", "python3.9": "3.9"}, [], "python3.9"),
    ],
    ids=["without HOME", "behind an old python3", "one of SOAR before others"],
)
def test_a_python_is_found(machine: Machine, pythons: dict[str, str], wanted: list[str], found: str) -> None:
    for name, version in pythons.items():
        machine.add_python(name, version)
    assert machine.run("find-python", *wanted).stdout == f"{machine.bin / found}\n"


def test_where_no_python_is_new_enough_the_need_is_named_and_nothing_left_behind(machine: Machine) -> None:
    machine.add_python("python3", "3.6")
    ran = machine.run("environment", "dev")
    assert ran.returncode == 1
    assert ran.stderr.startswith("Python 3.9 or later is needed")
    assert not (machine.project / ".venv").exists()


def test_a_python_that_was_named_and_is_too_old_is_refused(machine: Machine) -> None:
    machine.bin.joinpath("old").write_text(f"#!{shutil.which('sh')}\nexit 1\n")
    ran = machine.run("environment", "dev", PYTHON=str(machine.bin / "old"))
    assert ran.returncode == 1
    assert "is not Python 3.9 or later" in ran.stderr
    assert not (machine.project / ".venv").exists()


def test_an_environment_that_could_not_be_made_leaves_nothing_behind(machine: Machine) -> None:
    machine.add_python_that_makes_environments("python3")
    machine.require("no-such-package==1.0")
    ran = machine.run("environment", "dev")
    assert ran.returncode == 1
    assert "could not be installed" in ran.stderr
    assert not (machine.project / ".venv").exists()


def test_an_environment_is_made_once_and_again_where_what_it_holds_has_changed(machine: Machine) -> None:
    machine.add_python_that_makes_environments("python3")
    assert machine.run("environment", "dev").returncode == 0
    assert (machine.project / ".venv" / "dev").resolve() == machine.project / ".venv" / "3.13"
    machine.require("")  # a new file of the same content
    (machine.bin / "python3").unlink()  # needs no Python, let alone a network
    again = machine.run("environment", "dev")
    assert (again.returncode, again.stderr) == (0, "")
    machine.add_python_that_makes_environments("python3")
    machine.require("no-such-package==1.0")
    assert "could not be installed" in machine.run("environment", "dev").stderr


def test_where_no_python_of_soar_is_found_the_last_lines_say_so(machine: Machine) -> None:
    machine.add_environment("dev")
    ran = machine.run("test", PYTHONS="3.98 3.99", TESTS="tests/test_home.py -x")
    *_, pytest_words, passed, missing = ran.stdout.splitlines()
    assert pytest_words == "-m pytest tests/test_home.py -x"
    assert passed == "The tests passed on Python 3.12.1."
    assert missing.startswith("NOT on Python 3.98 and 3.99, which SOAR runs: not found on this machine")


def test_what_is_about_development_runs_on_one_python_alone(machine: Machine) -> None:
    for version in ("3.9", "3.13"):
        machine.add_python(f"python{version}", version)
        machine.add_environment(version)
    ran = machine.run("test")
    selected = [line.rpartition(" -m ")[2] for line in ran.stdout.splitlines() if line.startswith("-m pytest")]
    assert selected == ["not development ", " "]
    assert ran.stdout.endswith("The tests passed on Python 3.12.1 and 3.12.1.\n")


def _packages() -> str:
    return str(Path(pytest.__file__).parent.parent)
