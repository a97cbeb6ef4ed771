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
"""An alert that somebody takes at their phone in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from sandbox.twilio import CallOutcome
from tests.harness import Run, ServedHarness
from tests.sandbox.pages import IN_BROWSER, open_page


if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [IN_BROWSER, pytest.mark.xdist_group("calls in a browser")]  # the browser is started once

PEOPLE = ("+15101110001", "+15101110002", "+15101110003")


@pytest.fixture
def harness() -> Iterator[ServedHarness]:
    with ServedHarness() as made:
        made.twilio.call_log.outcome = CallOutcome(by_hand=True)
        yield made


@pytest.fixture
def page(browser: Browser, harness: ServedHarness) -> Iterator[Page]:
    with open_page(browser, harness.twilio.phone_url) as opened:
        opened.set_default_timeout(20_000)
        yield opened


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as running:
        yield running


def begin_page(threads: ThreadPoolExecutor, harness: ServedHarness, text_timeout_min: float) -> Future[Run]:
    """Let the app page three people, while the test goes on."""
    parameters = {"people": ", ".join(PEOPLE), "message": "Ransomware on DC-01", "text_timeout": text_timeout_min}
    return threads.submit(harness.run, "page on call", parameters)


def taken(run: Future[Run]) -> tuple[str, str]:
    """Who has taken the alert, and by what."""
    summary = run.result(timeout=60).result["summary"]
    return summary["taken_by"], summary["taken_with"]


def test_one_press_on_a_reply_takes_the_alert(page: Page, harness: ServedHarness, threads: ThreadPoolExecutor) -> None:
    run = begin_page(threads, harness, 5)
    page.click(".suggestions >> text=take it")
    assert taken(run) == (PEOPLE[0], "text")


def test_who_answers_and_presses_1_takes_the_alert_after_somebody_passed_it_on(
    page: Page, harness: ServedHarness, threads: ThreadPoolExecutor
) -> None:
    run = begin_page(threads, harness, 0.1)
    page.click(".suggestions >> text=pass it on")
    page.click("text=Answer")
    page.click(".keypad >> text=1")
    assert taken(run) == (PEOPLE[1], "call")
    page.wait_for_selector(f"text={PEOPLE[1]} has taken it")
