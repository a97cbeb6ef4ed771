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
"""The page with the phones in a real browser: live, by keyboard, on a narrow window, and nothing of a text runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from sandbox.twilio import FROM_PHONE, SHORT_CODE, Call, CallOutcome, LocalTwilio, Outcome
from sandbox.twilio.call import NewCall, Script
from tests.sandbox.pages import IN_BROWSER, open_page, texts
from tests.sandbox.twilio.clients import START, TO, Clock
from tests.sandbox.twilio.flows_for_tests import as_json, definition


if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [IN_BROWSER, pytest.mark.xdist_group("phones in a browser")]  # the browser is started once

PHONE = "#phone-15101112345"
CONVERSATION = f"{PHONE}-conversation"
REPLY = f"{PHONE}-text"
PIXEL = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"


@pytest.fixture
def page(browser: Browser, twilio: LocalTwilio) -> Iterator[Page]:
    """The page with the phones."""
    with open_page(browser, twilio.phone_url) as opened:
        yield opened


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


def test_a_phone_appears_when_its_person_is_written_to(page: Page, twilio: LocalTwilio) -> None:
    assert texts(page, ".phone") == []
    twilio.add_message(TO, "Happy Halloween to GV")
    page.wait_for_selector(PHONE)
    assert texts(page, f"{CONVERSATION} .text") == ["Happy Halloween to GV"]
    assert page.locator("#empty").inner_text() == ""


def test_a_status_changes_while_one_watches(page: Page, twilio: LocalTwilio, clock: Clock) -> None:
    twilio.outcomes[TO] = Outcome("delivered", 10.0)
    twilio.add_message(TO, "Hello")
    page.wait_for_selector("text=queued")
    clock.now += 5.0
    page.wait_for_selector("text=sent")
    clock.now += 5.0
    page.wait_for_selector("text=delivered")


def test_a_reply_is_written_and_sent_by_keyboard_alone(page: Page, twilio: LocalTwilio) -> None:
    twilio.add_message(TO, "Isolate mail-01?")
    page.wait_for_selector(PHONE)
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
    page.set_input_files(f"{PHONE}-picture", {"name": "screenshot.gif", "mimeType": "image/gif", "buffer": PIXEL})
    assert page.locator(".attach.chosen").count() == 1
    page.click(f"{PHONE} .reply button")
    page.wait_for_selector(f"{CONVERSATION} .picture img")
    assert page.evaluate("document.querySelector('.picture img').complete")
    assert [media.file.content for media in twilio.messages[1].media] == [PIXEL]
    assert page.locator(".attach.chosen").count() == 0


def test_a_code_that_a_text_asks_for_is_sent_with_one_click(page: Page, twilio: LocalTwilio) -> None:
    twilio.add_message(TO, "Isolate mail-01?\nReply 4211 for yes, 4212 for no")
    page.click("button:has-text('4211')")
    page.wait_for_selector(f"{CONVERSATION} .written")
    assert twilio.messages[1].body == "4211"
    assert texts(page, ".suggestions button") == []


def test_what_is_being_typed_stays_when_messages_come(page: Page, twilio: LocalTwilio) -> None:
    twilio.add_message(TO, "One")
    page.fill(REPLY, "half a sent")
    twilio.add_message(TO, "Two", from_=SHORT_CODE)
    page.wait_for_selector(f"{CONVERSATION} >> text=Two")
    page.keyboard.type("ence")
    assert page.input_value(REPLY) == "half a sentence"


def test_a_phone_is_switched_off_by_its_choice(page: Page, twilio: LocalTwilio, clock: Clock) -> None:
    twilio.add_message(TO, "Hello")
    with page.expect_response("**/phone/reach"):
        page.select_option(f"{PHONE}-reach", "off")
    clock.now += 10.0
    page.wait_for_selector("text=30003")
    assert texts(page, f"{CONVERSATION} .lost .text") == ["Hello"]


def test_a_mistake_in_a_form_is_explained_until_the_next_form(page: Page, twilio: LocalTwilio) -> None:
    page.fill("#another input[name=person]", "Bob")
    page.fill("#another input[name=text]", "Hi")
    page.click("#another button")
    page.wait_for_selector("text=Bob is no phone number")
    assert page.input_value("#another input[name=text]") == "Hi"
    page.fill("#another input[name=person]", TO)
    page.click("#another button")
    page.wait_for_selector(f"{CONVERSATION} .written")
    assert page.locator("#notices").inner_text() == ""


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "'\"><svg onload=alert(1)>", "<b>bold</b>"]
)
def test_no_text_runs_or_becomes_markup(page: Page, twilio: LocalTwilio, text: str) -> None:
    twilio.add_message(TO, text)
    twilio.receive(TO, FROM_PHONE, text)
    page.wait_for_selector(f"{CONVERSATION} .written")
    assert texts(page, f"{CONVERSATION} .text") == [text, text]


def test_a_deleted_message_goes_and_a_new_one_stands_at_the_end_in_view(page: Page, twilio: LocalTwilio) -> None:
    for number in range(30):
        twilio.add_message(TO, f"Message {number}", created=START - 60 + number)
    page.wait_for_selector(f"{CONVERSATION} >> text=Message 29")
    twilio.log.remove(twilio.messages[0])
    twilio.add_message(TO, "The last one")
    page.wait_for_selector("text=The last one")
    assert len(texts(page, f"{CONVERSATION} .text")) == 30
    box = page.locator("article:has-text('The last one')").bounding_box()
    around = page.locator(CONVERSATION).bounding_box()
    assert box is not None
    assert around is not None
    assert around["y"] < box["y"] < around["y"] + around["height"]


def test_a_call_rings_and_changes_while_one_watches(page: Page, twilio: LocalTwilio, clock: Clock) -> None:
    call = ring(twilio, clock)
    page.wait_for_selector(f"{PHONE} >> text=for 30 s more")
    clock.now += 5.0
    page.wait_for_selector(f"{PHONE} >> text=for 25 s more")
    call.answer()
    page.wait_for_selector("text=Answered: Twilio listens whether it is a person")
    clock.now += 2.0
    page.wait_for_selector("text=Waiting for a key")
    assert texts(page, ".spoken p") == ["Disk full. Press 1 to acknowledge."]
    call.hang_up()
    page.wait_for_selector("text=Over")
    assert texts(page, ".acts button") == []


def test_a_call_is_answered_and_a_key_pressed_by_keyboard_alone(page: Page, twilio: LocalTwilio, clock: Clock) -> None:
    call = ring(twilio, clock)
    page.wait_for_selector("text=Answer")
    tab_to(page, f"call-{call.sid}-answer")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Hang up")
    assert page.evaluate("document.activeElement.id") == f"call-{call.sid}"
    clock.now += 2.0
    page.wait_for_selector(".keypad")
    page.keyboard.press("1")
    page.wait_for_selector("text=1 was pressed")
    assert [key for _, key in call.keys] == ["1"]


def test_a_key_is_pressed_with_one_click(page: Page, twilio: LocalTwilio, clock: Clock) -> None:
    call = ring(twilio, clock)
    call.answer()
    clock.now += 2.0
    page.click(".keypad >> text=#")
    page.wait_for_selector("text=# was pressed")
    assert [key for _, key in call.keys] == ["#"]


def test_a_digit_typed_into_a_reply_is_no_key_of_the_call(page: Page, twilio: LocalTwilio, clock: Clock) -> None:
    twilio.add_message(TO, "Hello")
    call = ring(twilio, clock)
    call.answer()
    clock.now += 2.0
    page.wait_for_selector(".keypad")
    page.focus(REPLY)
    page.keyboard.press("1")
    assert page.input_value(REPLY) == "1"
    assert call.keys == []


@pytest.mark.parametrize(
    ("button", "status", "says"),
    [("Decline", "busy", "Declined"), ("Voicemail", "in-progress", "Voicemail is taking the call")],
)
def test_a_call_is_not_taken(
    page: Page, twilio: LocalTwilio, clock: Clock, button: str, status: str, says: str
) -> None:
    call = ring(twilio, clock)
    page.click(f".acts >> text={button}")
    page.wait_for_selector(f"text={says}")
    assert call.status == status


def test_an_answer_that_comes_too_late_is_explained(page: Page, twilio: LocalTwilio, clock: Clock) -> None:
    ring(twilio, clock)
    page.wait_for_selector("text=Answer")
    page.evaluate("generation = 1e9")  # as if the page had not asked since
    page.route(twilio.phone_url, lambda route: route.abort())
    clock.now += 60.0
    page.click(".acts >> text=Answer")
    page.wait_for_selector("text=To answer, the call must be ringing: it is no-answer.")


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "</section><script>alert(1)</script>"])
def test_no_spoken_text_runs_or_becomes_markup(page: Page, twilio: LocalTwilio, clock: Clock, text: str) -> None:
    ring(twilio, clock, text).answer()
    clock.now += 2.0
    page.wait_for_selector(".spoken p")
    assert texts(page, ".spoken p") == [f"{text} Press 1 to acknowledge."]


def test_a_narrow_window_needs_no_scrolling_sideways(page: Page, twilio: LocalTwilio, clock: Clock) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    twilio.add_message(TO, "x" * 200)
    ring(twilio, clock, "x" * 200)
    page.wait_for_selector(f"{PHONE} >> text=Answer")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    twilio.calls[0].answer()
    clock.now += 2.0
    page.wait_for_selector(".keypad")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_what_is_behind_them(page: Page, twilio: LocalTwilio, clock: Clock, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    twilio.add_message(TO, "Delivered", created=START - 60)
    twilio.outcomes[TO] = Outcome("undelivered", 1.0, 30003)
    twilio.add_message(TO, "Undelivered", created=START - 50)
    twilio.receive(TO, FROM_PHONE, "Reply")
    twilio.add_message(TO, "Reply 4211 for yes")
    ring(twilio, clock).answer()
    clock.now += 2.0
    twilio.call_log.place(NewCall(TO, FROM_PHONE), Script(()))
    clock.now += 1.0
    page.wait_for_selector(".suggestions button")
    page.wait_for_selector(".keypad")
    page.wait_for_selector("text=Decline")
    page.wait_for_timeout(300)  # until bubbles have faded in
    ratios = page.evaluate(_CONTRASTS)
    assert len(ratios) > 10
    assert {text: ratio for text, ratio in ratios.items() if ratio < 4.5} == {}


def test_a_server_that_is_gone_is_reported_and_found_again(page: Page, twilio: LocalTwilio) -> None:
    twilio.stop()
    page.wait_for_selector("#offline:visible")
    twilio.start()
    page.wait_for_selector("#offline", state="hidden")


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
