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
"""`make poll` alone: a picture that is sent from a phone in a real browser arrives in the vault of its container."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import IO, TYPE_CHECKING, Any

import pytest

from sandbox.soar import APP_DIR
from tests.harness import E164
from tests.sandbox.pages import IN_BROWSER, open_page


if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [IN_BROWSER, pytest.mark.xdist_group("calls in a browser")]  # the browser is started once

PIXEL = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"


@contextmanager
def make_poll() -> Iterator[IO[str]]:
    """Run `make poll` until the test ends, a minute at the most, and give what it prints; Ctrl-C ends it."""
    command = ["make", "-s", "poll", f"DEV_PYTHON={sys.executable}"]
    with subprocess.Popen(command, cwd=APP_DIR, text=True, stdout=subprocess.PIPE, start_new_session=True) as process:  # noqa: S603
        assert process.stdout is not None
        too_late = Timer(60.0, os.killpg, (process.pid, signal.SIGKILL))
        too_late.start()
        try:
            yield process.stdout
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait()
            too_late.cancel()


def line_with(text: str, output: IO[str]) -> str:
    """Read on to a line that holds a text; empty where the process ends before."""
    return next((line for line in output if text in line), "")


def cef(artifact: str) -> dict[str, Any]:
    """The fields of an artifact in the line that shows it."""
    return dict(json.loads(artifact[artifact.index("{") :]))


def test_a_picture_from_the_phone_page_arrives_in_the_vault_of_its_container(browser: Browser) -> None:
    with make_poll() as output:
        url = line_with("/phone", output).split()[-1]
        line_with("0 texts ingested.", output)
        with open_page(browser, url) as page:
            page.fill("#another input[name=person]", E164)
            page.fill("#another input[name=text]", "Is this you? bit.ly/3xYz_")
            page.set_input_files(
                "#another input[name=picture]", {"name": "screenshot.gif", "mimeType": "image/gif", "buffer": PIXEL}
            )
            page.click("#another button")
            page.wait_for_selector(".picture img")
        said, container, text, media, file = (
            line_with(found, output)
            for found in ("1 text ingested", "Container 1", "Artifact 1", "Artifact 2", "File 1")
        )
        stored = Path(file.rpartition(": ")[0].split(" at ")[1]).read_bytes()
    assert said == "1 text ingested. Files saved into the vault: 1.\n"
    assert container == f"  Container 1: SMS from {E164}: Is this you? bit.ly/3xYz_\n"
    assert "Artifact 1 of container 1: Text message" in text
    assert (cef(text)["requestURL"], cef(text)["numMedia"]) == ("bit.ly/3xYz_", "1")
    assert "Artifact 2 of container 1: Media" in media
    assert (cef(media)["fileHashSha256"], cef(media)["mimeType"]) == (hashlib.sha256(PIXEL).hexdigest(), "image/gif")
    assert file.startswith(f"  File 1 of container 1, {len(PIXEL)} bytes at /")
    assert file.endswith(f": {cef(media)['fileName']}\n")
    assert stored == PIXEL
