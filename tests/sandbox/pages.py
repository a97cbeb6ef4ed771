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
"""What tests of a page in a real browser share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from sandbox.browser import find_chromium


if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page

IN_BROWSER = pytest.mark.skipif(
    find_chromium() is None, reason="NOT TESTED: the page in a browser. Install chromium for it."
)
SOON_MS = 5_000


@contextmanager
def open_page(browser: Browser, url: str) -> Iterator[Page]:
    """An open page, on which no script fails and no dialog opens."""
    faults: list[str] = []

    def refuse(dialog: Dialog) -> None:
        faults.append(dialog.message)
        dialog.dismiss()

    opened = browser.new_page()
    opened.set_default_timeout(SOON_MS)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text) if _is_fault(message) else None)
    opened.on("dialog", refuse)
    opened.goto(url)
    yield opened
    opened.close()
    assert faults == []


def _is_fault(message: ConsoleMessage) -> bool:
    # a response of 400, or none, is what some tests are about
    return message.type == "error" and not message.text.startswith("Failed to load resource")


def texts(page: Page, selector: str) -> list[str]:
    """The texts of elements, blanks at their ends aside."""
    return [text.strip() for text in page.locator(selector).all_inner_texts()]
