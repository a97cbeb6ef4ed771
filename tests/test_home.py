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

import os
import subprocess
import sys

import pytest

from sandbox.__main__ import main as sandbox
from sandbox.soar import APP_DIR
from tests.harness import TEXT, TO


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


# --- the shell


def test_no_setting_of_the_shell_is_left() -> None:
    assert not os.environ.keys() & SETTINGS_OF_A_SHELL.keys()


def test_no_test_finds_what_the_shell_exports() -> None:
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"{__file__}::{_inner_test()}"]
    environment = {**os.environ, **SETTINGS_OF_A_SHELL}
    ran = subprocess.run(words, cwd=APP_DIR, env=environment, capture_output=True, text=True)  # noqa: S603
    assert "1 passed" in ran.stdout, ran.stdout + ran.stderr


def _inner_test() -> str:
    return test_no_setting_of_the_shell_is_left.__name__


@pytest.mark.parametrize("name", [name for name in SETTINGS_OF_A_SHELL if not name.startswith("TWILIO_")])
def test_a_message_reaches_the_local_twilio_whatever_the_shell_exports(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, SETTINGS_OF_A_SHELL[name])
    assert sandbox(["send", TO, TEXT, "--after", "0.1"]) == 0
