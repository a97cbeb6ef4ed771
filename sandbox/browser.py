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
"""A headless Chromium, for tests and pictures of pages."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from playwright.sync_api import Browser


NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """The path of a Chromium on this machine, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def headless_chromium() -> Iterator[Browser]:
    """A running Chromium without a window. Raises LookupError where none is found."""
    from playwright.sync_api import sync_playwright

    path = find_chromium()
    if path is None:
        raise LookupError(f"No Chromium was found on PATH, under none of the names {', '.join(NAMES)}")
    # Chromium's own sandbox does not work for root, which is who runs in a container
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


def take_pictures(take: Callable[[Browser, Path], Iterable[Path]], folder: Path) -> int:
    """Let `take` write pictures into a folder, and print their paths; return 2 where no Chromium is found, else 0."""
    try:
        with headless_chromium() as browser:
            for path in take(browser, folder):
                print(path)
    except LookupError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
