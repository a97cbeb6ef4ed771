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
"""What takes a real browser: the page with the phones is live, works by keyboard and on a narrow window, and runs
nothing of a text; the app at a phone; and the pictures of the README.

One page is opened once and shows one local Twilio after another. Its timers stand under virtual time: next_poll() is
the moment when it asks the server again.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Semaphore
from typing import TYPE_CHECKING

import pytest

from sandbox import messages_picture, phone_picture
from sandbox.browser import find_chromium, headless_chromium
from sandbox.twilio import FROM_PHONE, SHORT_CODE, Call, CallOutcome, LocalTwilio, Outcome
from sandbox.twilio.call import NewCall, Script
from sandbox.virtual_time import VirtualClock
from tests.harness import TEXT, Harness
from tests.sandbox.twilio.clients import START, TO, Clock
from tests.sandbox.twilio.flows_for_tests import as_json, definition


if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page

pytestmark = [
    pytest.mark.skipif(
        find_chromium() is None, reason="NOT TESTED: pages and pictures in a browser. Install chromium for it."
    ),
    pytest.mark.xdist_group("browser"),  # it is started once
]

SOON_MS = 30_000  # only a test that fails waits as long
POLL_MS = 600
SIZE: tuple[int, int] = (1280, 720)
PHONE = "#phone-15101112345"
CONVERSATION = f"{PHONE}-conversation"
REPLY = f"{PHONE}-text"
PIXEL = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</section><script>alert(1)</script>",
    "'\"><svg onload=alert(1)>",
    "<b>b</b>",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    with headless_chromium() as running:
        yield running


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what goes wrong on it: scripts that fail, dialogs that open."""
    faults: list[str] = []

    def refuse(dialog: Dialog) -> None:
        faults.append(dialog.message)
        dialog.dismiss()

    def note(message: ConsoleMessage) -> None:
        # a response of 400, or none, is what some tests are about
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            faults.append(message.text)

    opened = browser.new_page(reduced_motion="reduce")
    opened.set_default_timeout(SOON_MS)
    opened.clock.install()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", note)
    opened.on("dialog", refuse)
    yield opened, faults
    opened.close()


@pytest.fixture
def page(window: tuple[Page, list[str]], twilio: LocalTwilio) -> Iterator[Page]:
    """The page with the phones, on which no script fails and no dialog opens."""
    opened, faults = window
    yield from _show(opened, faults, twilio.phone_url)


def _show(opened: Page, faults: list[str], url: str) -> Iterator[Page]:
    faults.clear()
    opened.unroute_all()
    opened.emulate_media(color_scheme="light")
    opened.set_viewport_size({"width": SIZE[0], "height": SIZE[1]})
    opened.goto(url)
    yield opened
    assert faults == []


def next_poll(page: Page, selector: str) -> None:
    """Let the page ask the server again, and wait for an element."""
    page.clock.fast_forward(POLL_MS)
    page.wait_for_selector(selector)


def click(page: Page, selector: str) -> None:
    """Click a button, and wait until the server has answered."""
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.click(selector)


def texts(page: Page, selector: str) -> list[str]:
    """The texts of elements, blanks at their ends aside."""
    return [text.strip() for text in page.locator(selector).all_inner_texts()]


def ring(twilio: LocalTwilio, clock: Clock, message: str = "Disk full.") -> Call:
    """A call by a flow that asks for a key, which rings until somebody does something."""
    twilio.call_log.outcome = CallOutcome(by_hand=True)
    flow = twilio.studio.create_flow("Acknowledge", "published", as_json(definition()))
    twilio.studio.create_execution(flow, TO, FROM_PHONE, {"message": message})
    clock.now += 0.3
    call = twilio.calls[-1]
    clock.now += 0.7
    return call


def tab_to(page: Page, element_id: str) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == element_id:
            return
    raise AssertionError(f"Tab does not lead to {element_id}")


# --- texts


def test_a_phone_appears_when_its_person_is_written_to_and_shows_how_the_text_gets_on(
    page: Page, twilio: LocalTwilio, clock: Clock
) -> None:
    assert texts(page, ".phone") == []
    twilio.outcomes[TO] = Outcome("delivered", 10.0)
    twilio.add_message(TO, "Happy Halloween to GV")
    next_poll(page, f"{PHONE} >> text=queued")
    assert texts(page, f"{CONVERSATION} .text") == ["Happy Halloween to GV"]
    assert page.locator("#empty").inner_text() == ""
    clock.now += 5.0
    next_poll(page, "text=sent")
    clock.now += 5.0
    next_poll(page, "text=delivered")


def test_a_reply_is_written_and_sent_by_keyboard_alone(page: Page, twilio: LocalTwilio) -> None:
    twilio.add_message(TO, "Isolate mail-01?")
    next_poll(page, PHONE)
    tab_to(page, REPLY.lstrip("#"))
    page.keyboard.type("Yes, do")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{CONVERSATION} .written")
    assert [(message.from_, message.to, message.body) for message in twilio.messages[1:]] == [
        (TO, FROM_PHONE, "Yes, do")
    ]
    assert page.input_value(REPLY) == ""
    assert page.evaluate("document.activeElement.id") == REPLY.lstrip("#")


def test_a_picture_is_chosen_sent_and_shown(page: Page, twilio: LocalTwilio) -> None:
    twilio.add_message(TO, "What did you get?")
    next_poll(page, PHONE)
    page.set_input_files(f"{PHONE}-picture", {"name": "screenshot.gif", "mimeType": "image/gif", "buffer": PIXEL})
    assert page.locator(".attach.chosen").count() == 1
    page.click(f"{PHONE} .reply button")
    page.wait_for_selector(f"{CONVERSATION} .picture img")
    assert page.evaluate("document.querySelector('.picture img').complete")
    assert [media.file.content for media in twilio.messages[1].media] == [PIXEL]
    assert page.locator(".attach.chosen").count() == 0


def test_a_code_that_a_text_asks_for_is_sent_with_one_click(page: Page, twilio: LocalTwilio) -> None:
    twilio.add_message(TO, "Isolate mail-01?\nReply 4211 for yes, 4212 for no")
    next_poll(page, PHONE)
    page.click("button:has-text('4211')")
    page.wait_for_selector(f"{CONVERSATION} .written")
    assert twilio.messages[1].body == "4211"
    assert texts(page, ".suggestions button") == []


def test_what_is_being_typed_stays_when_messages_come(page: Page, twilio: LocalTwilio) -> None:
    twilio.add_message(TO, "One")
    next_poll(page, PHONE)
    page.fill(REPLY, "half a sent")
    twilio.add_message(TO, "Two", from_=SHORT_CODE)
    next_poll(page, f"{CONVERSATION} >> text=Two")
    page.keyboard.type("ence")
    assert page.input_value(REPLY) == "half a sentence"


def test_a_phone_is_switched_off_by_its_choice(page: Page, twilio: LocalTwilio, clock: Clock) -> None:
    twilio.add_message(TO, "Hello")
    next_poll(page, PHONE)
    with page.expect_response("**/phone/reach"):
        page.select_option(f"{PHONE}-reach", "off")
    clock.now += 10.0
    next_poll(page, "text=30003")
    assert texts(page, f"{CONVERSATION} .lost .text") == ["Hello"]


def test_a_mistake_in_a_form_is_explained_until_the_next_form(page: Page) -> None:
    page.fill("#another input[name=person]", "Bob")
    page.fill("#another input[name=text]", "Hi")
    page.click("#another button")
    page.wait_for_selector("text=Bob is no phone number")
    assert page.input_value("#another input[name=text]") == "Hi"
    page.fill("#another input[name=person]", TO)
    page.click("#another button")
    page.wait_for_selector(f"{CONVERSATION} .written")
    assert page.locator("#notices").inner_text() == ""


def test_a_deleted_message_goes_and_a_new_one_stands_at_the_end_in_view(page: Page, twilio: LocalTwilio) -> None:
    for number in range(30):
        twilio.add_message(TO, f"Message {number}", created=START - 60 + number)
    next_poll(page, f"{CONVERSATION} >> text=Message 29")
    twilio.log.remove(twilio.messages[0])
    twilio.add_message(TO, "A long one " * 30)
    twilio.add_message(TO, "The last one")
    next_poll(page, "text=The last one")
    assert len(texts(page, f"{CONVERSATION} .text")) == 31
    box = page.locator("article:has-text('The last one')").bounding_box()
    around = page.locator(CONVERSATION).bounding_box()
    assert box is not None
    assert around is not None
    assert around["y"] < box["y"] < around["y"] + around["height"]


# --- calls


def test_a_call_rings_and_changes_while_one_watches(page: Page, twilio: LocalTwilio, clock: Clock) -> None:
    call = ring(twilio, clock)
    next_poll(page, f"{PHONE} >> text=for 30 s more")
    clock.now += 5.0
    next_poll(page, f"{PHONE} >> text=for 25 s more")
    call.answer()
    next_poll(page, "text=Answered: Twilio listens whether it is a person")
    clock.now += 2.0
    next_poll(page, "text=Waiting for a key")
    assert texts(page, ".spoken p") == ["Disk full. Press 1 to acknowledge."]
    page.click("text=Hang up")
    page.wait_for_selector("text=Over")
    assert texts(page, ".acts button") == []


def test_a_call_is_answered_and_a_key_pressed_by_keyboard_alone(page: Page, twilio: LocalTwilio, clock: Clock) -> None:
    call = ring(twilio, clock)
    next_poll(page, "text=Answer")
    tab_to(page, f"call-{call.sid}-answer")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Hang up")
    assert page.evaluate("document.activeElement.id") == f"call-{call.sid}"
    clock.now += 2.0
    next_poll(page, ".keypad")
    page.keyboard.press("1")
    page.wait_for_selector("text=1 was pressed")
    assert [key for _, key in call.keys] == ["1"]


def test_a_digit_typed_into_a_reply_is_no_key_of_the_call(page: Page, twilio: LocalTwilio, clock: Clock) -> None:
    twilio.add_message(TO, "Hello")
    call = ring(twilio, clock)
    call.answer()
    clock.now += 2.0
    next_poll(page, ".keypad")
    page.focus(REPLY)
    page.keyboard.press("1")
    assert page.input_value(REPLY) == "1"
    assert call.keys == []


def test_a_call_is_not_taken(page: Page, twilio: LocalTwilio, clock: Clock) -> None:
    for button, status, says in (
        ("Decline", "busy", "Declined"),
        ("Voicemail", "in-progress", "Voicemail is taking the call"),
    ):
        call = ring(twilio, clock)
        next_poll(page, ".acts button")
        page.click(f".acts >> text={button}")
        page.wait_for_selector(f"text={says}")
        assert call.status == status


def test_an_answer_that_comes_too_late_is_explained(page: Page, twilio: LocalTwilio, clock: Clock) -> None:
    ring(twilio, clock)
    next_poll(page, "text=Answer")
    page.evaluate("generation = 1e9")  # as if the page had not asked since
    page.route(twilio.phone_url, lambda route: route.abort())
    clock.now += 60.0
    page.click(".acts >> text=Answer")
    page.wait_for_selector("text=To answer, the call must be ringing: it is no-answer.")


# --- whatever is shown


def test_no_text_runs_or_becomes_markup_written_or_spoken(page: Page, twilio: LocalTwilio, clock: Clock) -> None:
    for text in HOSTILE:
        twilio.add_message(TO, text)
        twilio.receive(TO, FROM_PHONE, text)
    ring(twilio, clock, " ".join(HOSTILE)).answer()
    clock.now += 2.0
    next_poll(page, ".spoken p")
    assert texts(page, f"{CONVERSATION} .text") == [text for text in HOSTILE for _ in range(2)]
    assert texts(page, ".spoken p") == [f"{' '.join(HOSTILE)} Press 1 to acknowledge."]


def test_a_narrow_window_needs_no_scrolling_sideways(page: Page, twilio: LocalTwilio, clock: Clock) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    twilio.add_message(TO, "x" * 200)
    ring(twilio, clock, "x" * 200)
    next_poll(page, f"{PHONE} >> text=Answer")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    twilio.calls[0].answer()
    clock.now += 2.0
    next_poll(page, ".keypad")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_texts_stand_out_from_what_is_behind_them(page: Page, twilio: LocalTwilio, clock: Clock) -> None:
    twilio.add_message(TO, "Delivered", created=START - 60)
    twilio.outcomes[TO] = Outcome("undelivered", 1.0, 30003)
    twilio.add_message(TO, "Undelivered", created=START - 50)
    twilio.receive(TO, FROM_PHONE, "Reply")
    twilio.add_message(TO, "Reply 4211 for yes")
    ring(twilio, clock).answer()
    clock.now += 2.0
    twilio.call_log.place(NewCall(TO, FROM_PHONE), Script(()))
    clock.now += 1.0
    next_poll(page, "text=Decline")
    backgrounds = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        backgrounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        ratios = page.evaluate(_CONTRASTS)
        assert ratios.keys() >= {"Delivered", "Undelivered", "Reply", "Decline", "Hang up", "1", "4211"}
        assert {text: ratio for text, ratio in ratios.items() if ratio < 4.5} == {}
    assert len(backgrounds) == 2


def test_a_server_that_is_gone_is_reported_and_found_again(page: Page, twilio: LocalTwilio) -> None:
    twilio.stop()
    next_poll(page, "#offline:visible")
    twilio.start()
    page.clock.fast_forward(POLL_MS)
    page.wait_for_selector("#offline", state="hidden")


# --- the app, which runs in virtual time


class StandStill:
    """Lets a run stand still at certain moments (in seconds), one after the other, while a test acts in the browser."""

    def __init__(self, clock: VirtualClock, *moments_s: float) -> None:
        self._come, self._go_on = Semaphore(0), Semaphore(0)
        for moment_s in moments_s:
            clock.call_later(moment_s, self._stand)

    def _stand(self) -> None:
        self._come.release()
        self._go_on.acquire(timeout=2 * SOON_MS / 1000)

    def __enter__(self) -> None:
        """Wait for the next moment."""
        assert self._come.acquire(timeout=2 * SOON_MS / 1000)

    def __exit__(self, *exc_info: object) -> None:
        """Let the run go on."""
        self._go_on.release()


@pytest.fixture
def served(harness: Harness) -> Iterator[Harness]:
    """A harness whose phones are served, and ring until somebody does something."""
    harness.twilio.call_log.outcome = CallOutcome(by_hand=True)
    with harness.twilio:
        yield harness


@pytest.fixture
def app_page(window: tuple[Page, list[str]], served: Harness) -> Iterator[Page]:
    """The page with the phones of the harness."""
    opened, faults = window
    yield from _show(opened, faults, served.twilio.phone_url)


def test_whoever_answers_is_asked_again_until_1_is_pressed(app_page: Page, served: Harness) -> None:
    moment = StandStill(served.clock, 5.0, 10.0, 14.0, 18.0)
    with ThreadPoolExecutor() as threads:
        run = threads.submit(served.run, "call phone", {"to_phone": TO, "message": TEXT, "acknowledge": True})
        with moment:
            next_poll(app_page, "text=Answer")
            click(app_page, "text=Answer")
        with moment:
            next_poll(app_page, ".keypad")
            assert TEXT in texts(app_page, ".spoken p")[0]
            click(app_page, ".keypad >> text=2")
        with moment:
            next_poll(app_page, ".spoken >> text=That was not understood")
            click(app_page, "text=Hello?")
            app_page.wait_for_selector("text=somebody spoke")
        with moment:
            next_poll(app_page, ".keypad")
            click(app_page, ".keypad >> text=1")
    assert run.result().result["summary"]["outcome"] == "acknowledged"


def test_an_alert_that_one_passes_on_is_taken_by_the_next_when_called(app_page: Page, served: Harness) -> None:
    first, second = "+15101110001", "+15101110002"
    parameters = {"people": f"{first}, {second}", "message": "Ransomware on DC-01", "text_timeout": 1}
    moment = StandStill(served.clock, 10.0, 90.0, 100.0)
    with ThreadPoolExecutor() as threads:
        run = threads.submit(served.run, "page on call", parameters)
        with moment:
            next_poll(app_page, ".suggestions")
            click(app_page, ".suggestions >> text=pass it on")
        with moment:
            next_poll(app_page, "text=Answer")
            click(app_page, "text=Answer")
        with moment:
            next_poll(app_page, ".keypad")
            click(app_page, ".keypad >> text=1")
    summary = run.result().result["summary"]
    assert (summary["taken_by"], summary["taken_with"]) == (second, "call")
    next_poll(app_page, f"text={second} has taken it")


# --- pictures

PNG = b"\x89PNG\r\n"
MAX_BYTES = 60_000  # of a picture of messages, which everybody downloads with the repository


def test_the_pictures_are_light_and_dark_and_small(browser: Browser, tmp_path: Path) -> None:
    for take in (phone_picture.take, messages_picture.take):
        light, dark = (path.read_bytes() for path in take(browser, tmp_path))
        assert light.startswith(PNG)
        assert dark.startswith(PNG)
        assert light != dark
    assert max(len(light), len(dark)) < MAX_BYTES


# The contrast of each text with the nearest background, by WCAG 2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
_CONTRASTS = """() => {
  const rgb = (colour) => colour.match(/[0-9.]+/g).map(Number);
  const isSeen = (colour) => rgb(colour).length < 4 || rgb(colour)[3] > 0;
  const luminance = (colour) => {
    const [r, g, b] = rgb(colour).slice(0, 3).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratios = {};
  for (const element of document.querySelectorAll("body *")) {
    const text = Array.from(element.childNodes, (node) => node.nodeType === 3 ? node.data.trim() : "").join("");
    if (!text || !element.checkVisibility()) continue;
    let behind = element;
    while (!isSeen(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
    const colours = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor];
    const [darker, lighter] = colours.map(luminance).sort((a, b) => a - b);
    ratios[text] = (lighter + 0.05) / (darker + 0.05);
  }
  return ratios;
}"""
