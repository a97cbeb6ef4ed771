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
"""The page with the phones, as the server renders it."""

from __future__ import annotations

import html
import re

import pytest
import requests
from bs4 import BeautifulSoup, Tag

from sandbox.twilio import FROM_PHONE, SENDER_ID, SHORT_CODE, WHATSAPP_SENDER, File, LocalTwilio, Outcome
from tests.sandbox.twilio.clients import START, TO, Clock, call


def page(twilio: LocalTwilio) -> BeautifulSoup:
    """The page as it is now."""
    response = requests.get(twilio.phone_url, timeout=5)
    assert response.status_code == 200
    return BeautifulSoup(response.text, "html.parser")


def submit(twilio: LocalTwilio, form: str, **fields: str) -> requests.Response:
    """Send a form of the page, without following where it leads."""
    return requests.post(f"{twilio.phone_url}/{form}", data=fields, timeout=5, allow_redirects=False)


def texts(parent: Tag, selector: str) -> list[str]:
    """The texts of elements, blanks at their ends aside."""
    return [element.get_text(" ", strip=True) for element in parent.select(selector)]


def notice(response: requests.Response) -> str:
    """What the page says about a form that it does not accept."""
    assert response.status_code == 400
    (text,) = texts(BeautifulSoup(response.text, "html.parser"), "#notices")
    return text


def test_without_messages_the_page_says_what_makes_a_phone_appear(twilio: LocalTwilio) -> None:
    assert texts(page(twilio), "#empty") == [
        "No phone yet. A phone appears here for each person whom the app texts or calls, "
        "and for each person who texts the account: give a number and a text above."
    ]
    assert page(twilio).select_one("#another[open]")
    assert page(twilio).select(".phone") == []


def test_everybody_who_was_written_to_or_wrote_has_a_phone(twilio: LocalTwilio) -> None:
    twilio.add_message(TO, "Hello")
    twilio.receive("+442079460958", FROM_PHONE, "Hi")
    twilio.add_message(f"whatsapp:{TO}", "Hello", from_=WHATSAPP_SENDER)
    assert texts(page(twilio), "h2") == ["+1 510-111-2345", "+44 20 7946 0958", "+1 510-111-2345 WhatsApp"]


def test_a_phone_shows_its_conversation_in_order_with_both_sides(twilio: LocalTwilio) -> None:
    twilio.add_message(TO, "Isolate mail-01?", created=START - 60)
    twilio.receive(TO, FROM_PHONE, "Yes", created=START - 30)
    shown = page(twilio)
    assert texts(shown, ".bubble .text") == ["Isolate mail-01?", "Yes"]
    assert texts(shown, ".bubble.written .text") == ["Yes"]


@pytest.mark.parametrize(
    ("outcome", "kind", "says"),
    [
        (Outcome("delivered", 1.0), "arrived", "delivered"),
        (Outcome("read", 1.0), "arrived", "read"),
        (Outcome("sent", 1.0), "pending", "sent"),
        (Outcome("undelivered", 1.0, 30003), "lost", "undelivered"),
        (Outcome("failed", 1.0), "lost", "failed"),
    ],
)
def test_a_message_shows_its_status(twilio: LocalTwilio, outcome: Outcome, kind: str, says: str) -> None:
    twilio.outcomes[TO] = outcome
    twilio.add_message(TO, "Hello", created=START - 60)
    assert texts(page(twilio), f".bubble.{kind} .status span") == [says]


def test_a_message_that_was_not_delivered_says_why(twilio: LocalTwilio) -> None:
    twilio.outcomes[TO] = Outcome("undelivered", 1.0, 30003)
    twilio.add_message(TO, "Hello", created=START - 60)
    assert texts(page(twilio), ".reason") == ["30003 Unreachable destination handset"]


def test_media_are_links(twilio: LocalTwilio) -> None:
    twilio.receive(TO, FROM_PHONE, "", media=["https://example.com/a/map.png", "javascript:alert(1)"])
    assert [(link.get_text(), link["href"]) for link in page(twilio).select(".media a")] == [
        ("map.png", "https://example.com/a/map.png")
    ]


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</article></section>", "&lt;b&gt;", "{{ 7*7 }}"],
)
def test_no_text_becomes_markup(twilio: LocalTwilio, text: str) -> None:
    twilio.add_message(TO, text)
    twilio.receive(TO, FROM_PHONE, text)
    content = requests.get(twilio.phone_url, timeout=5).text
    assert texts(page(twilio), ".bubble .text") == [text, text]
    assert html.escape(text) in content.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
    assert len(page(twilio).select("script")) == 1


def test_what_a_person_types_reaches_the_account(twilio: LocalTwilio) -> None:
    twilio.add_message(TO, "Isolate mail-01?")
    assert submit(twilio, "send", person=TO, to=FROM_PHONE, text="Yes 4211").status_code == 303
    message = twilio.messages[-1]
    assert (message.direction, message.from_, message.to, message.body) == ("inbound", TO, FROM_PHONE, "Yes 4211")


# the smallest picture: https://en.wikipedia.org/wiki/GIF#Example_GIF_file
PIXEL = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"


def submit_picture(twilio: LocalTwilio, content: bytes, content_type: str, text: str = "") -> requests.Response:
    """Send a picture by the form of a phone."""
    return requests.post(
        f"{twilio.phone_url}/send",
        data={"person": TO, "to": FROM_PHONE, "text": text},
        files={"picture": ("screenshot", content, content_type)},
        timeout=5,
        allow_redirects=False,
    )


@pytest.mark.parametrize("text", ["", "Look at this"])
def test_a_picture_that_a_person_sends_reaches_the_account(twilio: LocalTwilio, text: str) -> None:
    assert submit_picture(twilio, PIXEL, "image/gif", text).status_code == 303
    (message,) = twilio.messages
    assert (message.sid[:2], message.body) == ("MM", text)
    assert [(media.file.content, media.file.content_type) for media in message.media] == [(PIXEL, "image/gif")]


def test_a_phone_shows_the_picture_that_was_sent(twilio: LocalTwilio) -> None:
    submit_picture(twilio, PIXEL, "image/gif")
    (picture,) = page(twilio).select(".written .picture img")
    response = requests.get(f"{twilio.origin}{picture['src']}", timeout=5)
    assert (response.content, response.headers["Content-Type"]) == (PIXEL, "image/gif")


@pytest.mark.parametrize(
    ("content", "content_type", "says"),
    [
        (b"<script>", "text/html", "A phone here sends pictures alone: PNG, JPEG, GIF or WebP."),
        (b"<svg/>", "image/svg+xml", "A phone here sends pictures alone: PNG, JPEG, GIF or WebP."),
        (b"x" * 5_000_001, "image/png", "The picture is too large: carriers take 5 MB."),
    ],
    ids=["a page", "a picture that can run scripts", "too large"],
)
def test_what_is_no_picture_for_a_phone_is_explained(
    twilio: LocalTwilio, content: bytes, content_type: str, says: str
) -> None:
    assert notice(submit_picture(twilio, content, content_type)) == says
    assert twilio.messages == []


def test_there_is_no_page_for_a_file_of_another_kind(twilio: LocalTwilio) -> None:
    message = twilio.receive(TO, FROM_PHONE, "", media=[File(b"<script>", "text/html")])
    url = f"{twilio.phone_url}/pictures/{message.sid}/{message.media[0].sid}"
    assert requests.get(url, timeout=5).status_code == 404


def test_anybody_can_text_the_account_first(twilio: LocalTwilio) -> None:
    assert [option["value"] for option in page(twilio).select("#another option")] == [FROM_PHONE, SHORT_CODE]
    submit(twilio, "send", person="+1 (510) 333-4444", to=SHORT_CODE, text="Hi")
    assert twilio.messages[0].from_ == "+15103334444"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"person": "Bob", "to": FROM_PHONE, "text": "Hi"}, "Bob is no phone number: give one such as +15101112345."),
        ({"person": TO, "to": FROM_PHONE, "text": " "}, "There is no text to send."),
        ({"person": TO, "to": SENDER_ID, "text": "Hi"}, "Nobody can write to ACME SOC: "),
    ],
)
def test_a_form_that_makes_no_sense_is_explained(twilio: LocalTwilio, fields: dict[str, str], says: str) -> None:
    assert notice(submit(twilio, "send", **fields)).startswith(says)
    assert twilio.messages == []


def test_a_text_that_asks_for_codes_offers_them(twilio: LocalTwilio) -> None:
    twilio.add_message(TO, "Isolate mail-01?\nReply 4211 for yes, 4212 for not now")
    assert texts(page(twilio), ".suggestions button") == ["4211 yes", "4212 not now"]
    submit(twilio, "send", person=TO, to=FROM_PHONE, text="4211")
    assert texts(page(twilio), ".suggestions button") == []


def test_nobody_can_reply_to_a_sender_id(twilio: LocalTwilio) -> None:
    twilio.add_message("+447700900123", "Hello", from_=SENDER_ID)
    shown = page(twilio)
    assert shown.select(".reply") == []
    assert texts(shown, ".one-way") == ["Nobody can reply to this sender."]


def test_a_reply_goes_to_the_last_sender_or_another_one(twilio: LocalTwilio) -> None:
    twilio.add_message(TO, "Hello", created=START - 9)
    twilio.add_message(TO, "Hello again", from_=SHORT_CODE)
    assert [option["value"] for option in page(twilio).select(".reply option")] == [SHORT_CODE, FROM_PHONE]


def test_a_phone_that_is_switched_off_gets_nothing_more(twilio: LocalTwilio, clock: Clock) -> None:
    twilio.add_message(TO, "Before")
    submit(twilio, "reach", person=TO, reach="off")
    call(twilio)
    clock.now += 60.0
    assert texts(page(twilio), ".bubble.lost .text") == ["Before", "Hello"]
    assert [option["value"] for option in page(twilio).select(".reach option[selected]")] == ["off"]


def test_a_phone_that_is_switched_on_again_gets_the_next_message(twilio: LocalTwilio, clock: Clock) -> None:
    twilio.add_message(TO, "Before")
    submit(twilio, "reach", person=TO, reach="off")
    clock.now += 60.0
    submit(twilio, "reach", person=TO, reach="on")
    call(twilio)
    clock.now += 60.0
    assert [bubble["class"][1] for bubble in page(twilio).select(".bubble")] == ["lost", "arrived"]


def test_only_phones_that_are_there_can_be_switched(twilio: LocalTwilio) -> None:
    assert notice(submit(twilio, "reach", person=TO, reach="off")) == "There is no such phone."
    assert twilio.outcomes == {}


def test_forms_of_other_sites_are_refused(twilio: LocalTwilio) -> None:
    fields = {"person": TO, "to": FROM_PHONE, "text": "Hi"}
    response = requests.post(
        f"{twilio.phone_url}/send", data=fields, headers={"Origin": "https://example.com"}, timeout=5
    )
    assert response.status_code == 403
    assert twilio.messages == []


def test_the_page_loads_nothing_but_its_own_files(twilio: LocalTwilio) -> None:
    response = requests.get(twilio.phone_url, timeout=5)
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    paths = re.findall(r'(?:src|href)="(/[^"]+)"', response.text)
    assert len(paths) == 3
    for path in paths:
        assert requests.get(f"{twilio.origin}{path}", timeout=5).status_code == 200


def test_the_page_is_none_of_the_requests_to_twilio(twilio: LocalTwilio) -> None:
    twilio.throttle.max_concurrent = 0
    assert page(twilio).title
    assert twilio.requests == []
