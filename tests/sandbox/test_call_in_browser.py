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
"""A call of the app that somebody takes, or not, at the phone in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from sandbox.twilio import CallOutcome
from tests.harness import TEXT, TO, Run, ServedHarness
from tests.sandbox.pages import IN_BROWSER, open_page, texts


if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [IN_BROWSER, pytest.mark.xdist_group("calls in a browser")]  # the browser is started once

RINGING_S = 120


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


def begin_call(threads: ThreadPoolExecutor, harness: ServedHarness, *, acknowledge: bool) -> Future[Run]:
    """Let the app call, while the test goes on."""
    parameters = {"to_phone": TO, "message": TEXT, "acknowledge": acknowledge, "timeout": RINGING_S}
    return threads.submit(harness.run, "call phone", parameters)


def outcome(run: Future[Run]) -> tuple[str, str]:
    """Status and outcome of the action."""
    ended = run.result(timeout=60)
    return ended.status, ended.result["summary"]["outcome"]


def test_who_answers_and_presses_1_acknowledges(
    page: Page, harness: ServedHarness, threads: ThreadPoolExecutor
) -> None:
    run = begin_call(threads, harness, acknowledge=True)
    page.click("text=Answer")
    page.wait_for_selector(".keypad")
    assert TEXT in texts(page, ".spoken p")[0]
    page.click(".keypad >> text=1")
    assert outcome(run) == ("success", "acknowledged")


def test_who_presses_a_wrong_key_or_speaks_is_asked_again(
    page: Page, harness: ServedHarness, threads: ThreadPoolExecutor
) -> None:
    run = begin_call(threads, harness, acknowledge=True)
    page.click("text=Answer")
    page.click(".keypad >> text=2")
    page.wait_for_selector(".spoken >> text=That was not understood")
    page.click("text=Hello?")
    page.wait_for_selector("text=somebody spoke")
    page.click(".keypad >> text=1")
    assert outcome(run) == ("success", "acknowledged")


def test_who_hangs_up_ends_the_call(page: Page, harness: ServedHarness, threads: ThreadPoolExecutor) -> None:
    run = begin_call(threads, harness, acknowledge=False)
    page.click("text=Answer")
    page.click("text=Hang up")
    assert outcome(run) == ("success", "unconfirmed")


def test_a_declined_call_is_not_answered(page: Page, harness: ServedHarness, threads: ThreadPoolExecutor) -> None:
    run = begin_call(threads, harness, acknowledge=True)
    page.click("text=Decline")
    assert outcome(run) == ("failed", "not_answered")


def test_voicemail_is_known_as_a_machine(page: Page, harness: ServedHarness, threads: ThreadPoolExecutor) -> None:
    run = begin_call(threads, harness, acknowledge=False)
    page.click("text=Voicemail")
    page.wait_for_selector("text=Voicemail is taking the call")
    assert outcome(run) == ("success", "unconfirmed")


def test_a_plain_call_is_answered_and_listened_to(
    page: Page, harness: ServedHarness, threads: ThreadPoolExecutor
) -> None:
    run = begin_call(threads, harness, acknowledge=False)
    page.click("text=Answer")
    page.wait_for_selector(f".spoken >> text={TEXT}")
    assert texts(page, ".keypad") == []
    assert outcome(run) == ("success", "answered")
