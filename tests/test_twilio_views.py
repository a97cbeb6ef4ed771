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
"""The view of "list messages": conversations with bubbles, escaped whatever a text holds."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

from bs4 import BeautifulSoup, Tag
from hypothesis import given, settings, strategies as st

from actions.list_messages import DEFAULT_LIST_LIMIT
from sandbox.soar import APP_DIR
from sandbox.soar.views import render_view
from tests.tables import for_each
from twilio_views import show_messages


PERSON, OWN, OTHER_OWN = "+15101112345", "+15101281337", "+15105550001"
NOON = datetime(2017, 11, 1, 12, 0, tzinfo=timezone.utc)
PHONE = ["phone number", "phone"]
MESSAGE_SID = ["twilio message sid"]
VAULT_ID = ["vault id"]

HOSTILE = [
    "<script>alert('x')</script>",
    "</p></div><img src=x onerror=alert(1)>",
    "\"'><svg/onload=alert(1)>",
    "'}], 0, 1, null, false); alert(1); context_menu(this, [{'contains': [], 'value': '",
    "\\'); alert(1); //",
    "{{ 7|add:1 }} {% now 'Y' %} {# gone #}",
    "&lt;b&gt; &amp; &#39;",
    "</style></script><!--",
    "javascript:alert(1)",
    "\u202etxt.exe \u2067 \u200f",
    "line\u2028and\u2029paragraph",
    "two\nlines\tand a tab",
    "😀 👩‍💻 שלום مرحبا",
]
# Every element that the widget and the view make, but links and scripts
ALLOWED_TAGS = {
    *("section", "header", "h2", "h3", "div", "style"),
    *("ul", "ol", "li", "article", "h4", "p", "b", "span", "bdi", "button"),
}


def _row(body: str | None = "Hello", *, minute: Any = 0, inbound: Any = False, **fields: Any) -> dict[str, Any]:
    """A message resource, sent or received so many minutes after noon."""
    sent = format_datetime(NOON + timedelta(minutes=minute))
    return {
        "sid": f"SM{minute:032x}",
        "body": body,
        "direction": "inbound" if inbound else "outbound-api",
        "from": PERSON if inbound else OWN,
        "to": OWN if inbound else PERSON,
        "status": "received" if inbound else "delivered",
        "num_media": "0",
        "date_created": sent,
        "date_sent": sent,
        "error_code": None,
        "error_message": None,
        "messaging_service_sid": None,
        **fields,
    }


def _result(
    *rows: Any, status: str = "success", message: str = "", param: dict[str, Any] | None = None
) -> dict[str, Any]:
    """An action result; the rows are given oldest first and stand newest first, as Twilio lists them."""
    return {
        "parameter": {"phone": PERSON} if param is None else param,
        "data": list(reversed(rows)),
        "summary": {"message_count": len(rows)},
        "status": status,
        "message": message,
    }


def _html(*results: dict[str, Any], **options: Any) -> str:
    run = {"result_data": list(results), "result_summary": {}}
    return render_view(run, "list messages", **options)


def _show(*rows: Any, **result: Any) -> Tag:
    """Show one result, and return what is inside the widget."""
    return _parse(_html(_result(*rows, **result)))


def _parse(html: str) -> Tag:
    found = BeautifulSoup(html, "html.parser").find(class_="twilio-messages")
    assert isinstance(found, Tag)
    return found


def _all(tag: Tag, selector: str) -> list[Tag]:
    return list(tag.select(selector))


def _texts(tag: Tag, selector: str) -> list[str]:
    return [" ".join(found.get_text().split()) for found in _all(tag, selector)]


def _links(tag: Tag) -> list[tuple[list[str], str, str]]:
    """What each element passes to the menu of actions: contains, value, container."""
    links = []
    for element in _all(tag, "[onclick]"):
        call = re.fullmatch(
            r"context_menu\(this, \[\{'contains': \[([^]]*)\], 'value': '([^'\\]*(?:\\u[0-9A-F]{4}[^'\\]*)*)'\}\], "
            r"0, (\d+|null), null, false\);",
            str(element["onclick"]),
        )
        assert call is not None, element["onclick"]
        contains, value, container = call.groups()
        links.append((json.loads(f"[{contains}]".replace("'", '"')), json.loads(f'"{value}"'), container))
    return links


# --- the conversation


def test_a_conversation_is_read_from_the_top() -> None:
    shown = _show(_row("Isolate?", minute=1), _row("421", minute=2, inbound=True), _row("Done", minute=3))
    assert _texts(shown, ".twilio-body") == ["Isolate?", "421", "Done"]


def test_each_side_has_its_own_bubbles() -> None:
    shown = _show(_row("Isolate?", minute=1), _row("421", minute=2, inbound=True))
    assert _texts(shown, ".twilio-outbound .twilio-body") == ["Isolate?"]
    assert _texts(shown, ".twilio-inbound .twilio-body") == ["421"]


@for_each("direction", ["outbound-api", "outbound-call", "outbound-reply"])
def test_every_outbound_direction_is_ones_own_side(direction: str) -> None:
    assert _all(_show(_row(direction=direction)), ".twilio-outbound")


def test_a_message_shows_status_and_time() -> None:
    shown = _show(_row(minute=61))
    assert _texts(shown, ".twilio-status") == ["delivered"]
    assert _texts(shown, ".twilio-day") == ["Wed 1 Nov 2017"]
    assert "13:01 UTC" in _texts(shown, ".twilio-meta")[0]


def test_times_of_other_zones_are_shown_in_utc() -> None:
    assert "20:56 UTC" in _texts(_show(_row(date_sent="Wed, 01 Nov 2017 15:56:57 -0500")), ".twilio-meta")[0]


def test_a_day_is_shown_once() -> None:
    shown = _show(_row(minute=1), _row(minute=2), _row(minute=24 * 60))
    assert _texts(shown, ".twilio-day") == ["Wed 1 Nov 2017", "Thu 2 Nov 2017"]


def test_what_is_not_sent_yet_has_the_time_of_its_creation() -> None:
    shown = _show(_row(minute=5, status="queued", date_sent=None))
    assert "12:05 UTC" in _texts(shown, ".twilio-meta")[0]


@for_each(
    "status, quality",
    [
        ("delivered", "good"),
        ("read", "good"),
        ("received", "good"),
        ("undelivered", "bad"),
        ("failed", "bad"),
        ("canceled", "bad"),
        ("sent", "open"),
        ("queued", "open"),
        ("something new", "open"),
    ],
)
def test_good_bad_and_open_statuses_are_shown_differently(status: str, quality: str) -> None:
    shown = _show(_row(status=status))
    assert _texts(shown, f".twilio-{quality} .twilio-status") == [status]


def test_a_message_that_failed_says_why() -> None:
    row = _row(status="undelivered", error_code=30003, error_message="Unreachable destination handset")
    shown = _show(row)
    assert _texts(shown, ".twilio-reason") == ["Error 30003 Unreachable destination handset"]
    assert _all(shown, ".twilio-reason a")[0]["href"] == "https://www.twilio.com/docs/errors/30003"


def test_an_error_code_that_is_no_number_is_no_part_of_an_address() -> None:
    shown = _show(_row(status="failed", error_code="30003/../../evil", error_message="odd"))
    assert _all(shown, "a") == []
    assert _texts(shown, ".twilio-reason") == ["odd"]


@for_each("number, text", [("1", "1 attachment"), ("2", "2 attachments"), (3, "3 attachments")])
def test_media_are_counted(number: Any, text: str) -> None:
    assert _texts(_show(_row(num_media=number)), ".twilio-media") == [f"📎 {text}"]


def _file(name: str = "MM1-ME2.png", size: Any = 34_567, vault_id: str = "0badcafe") -> dict[str, Any]:
    return {"file_name": name, "size": size, "vault_id": vault_id}


@for_each(
    "size, text",
    [
        (999, "ME2.png, 999 bytes"),
        (1000, "ME2.png, 1 kB"),
        (34_567, "ME2.png, 35 kB"),
        (1_000_000, "ME2.png, 1.0 MB"),
        (5_250_000, "ME2.png, 5.2 MB"),
        (None, "ME2.png"),
    ],
)
def test_media_in_the_vault_are_shown_by_name_and_size(size: Any, text: str) -> None:
    shown = _show(_row(num_media="1", media=[_file(size=size)]))
    assert _texts(shown, ".twilio-media") == [f"📎 {text}"]
    assert (VAULT_ID, "0badcafe", "1") in _links(shown)


def test_media_that_are_not_in_the_vault_are_counted_beside_those_that_are() -> None:
    shown = _show(_row(num_media="3", media=[_file()]))
    assert _texts(shown, ".twilio-media") == ["📎 ME2.png, 35 kB", "📎 2 more attachments"]


@for_each("media", [None, [], ["x", None], 0])
def test_what_is_no_file_is_left_out(media: Any) -> None:
    assert _texts(_show(_row(media=media)), ".twilio-media") == []


@for_each("number", ["0", None, "", "many"])
def test_without_media_nothing_is_said_of_them(number: Any) -> None:
    assert _texts(_show(_row(num_media=number)), ".twilio-media") == []


@for_each("body", ["", None])
def test_a_message_without_text_says_so(body: str | None) -> None:
    assert _texts(_show(_row(body)), ".twilio-bubble") == ["No text"]


def test_a_picture_without_text_is_just_the_picture() -> None:
    assert _texts(_show(_row("", num_media="1")), ".twilio-bubble") == ["📎 1 attachment"]


# --- who talks with whom


def test_each_person_has_a_conversation_the_latest_first() -> None:
    other = "+442079460958"
    shown = _show(_row("a", minute=1), _row("b", minute=2, to=other), _row("c", minute=3, to=other, **{"from": OWN}))
    assert _texts(shown, "h4 b") == [other, PERSON]
    assert [_texts(talk, ".twilio-body") for talk in _all(shown, ".twilio-conversation")] == [["b", "c"], ["a"]]


def test_the_own_number_stands_in_the_heading() -> None:
    shown = _show(_row(minute=1), _row(minute=2, inbound=True))
    assert _texts(shown, ".twilio-own") == [f"with {OWN}"]
    assert OWN not in _texts(shown, ".twilio-meta")[0]


def test_with_several_own_numbers_each_message_names_its_own() -> None:
    shown = _show(_row(minute=1), _row(minute=2, inbound=True, to=OTHER_OWN))
    assert _texts(shown, ".twilio-own") == [f"with {OTHER_OWN}, {OWN}"]
    assert [text.split(" ●")[0][:17] for text in _texts(shown, ".twilio-meta")] == [f"from {OWN}", f"to {OTHER_OWN} r"]


def test_a_whatsapp_address_is_a_number_on_a_channel() -> None:
    shown = _show(_row(to=f"whatsapp:{PERSON}", **{"from": f"whatsapp:{OWN}"}))
    assert _texts(shown, "h4")[0] == f"{PERSON} WhatsApp with {OWN}"
    assert (PHONE, PERSON, "1") in _links(shown)


def test_the_same_number_by_sms_and_whatsapp_is_two_conversations() -> None:
    shown = _show(_row("a", minute=1), _row("b", minute=2, to=f"whatsapp:{PERSON}"))
    assert len(_all(shown, ".twilio-conversation")) == 2


def test_a_message_of_a_service_without_a_sender_yet_names_the_service() -> None:
    shown = _show(_row(messaging_service_sid="MG0123", status="accepted", **{"from": None}))
    assert _texts(shown, ".twilio-own") == ["with MG0123"]


# --- links to other actions


def test_person_and_message_lead_to_other_actions() -> None:
    html = _html(_result(_row(sid="SM1")), container_id=1234)
    assert _links(_parse(html)) == [
        (PHONE, PERSON, "1234"),
        (PHONE, PERSON, "1234"),
        (MESSAGE_SID, "SM1", "1234"),
    ]


def test_a_long_sid_is_shown_short_and_passed_whole() -> None:
    sid = "SM0123b6decd8146398c975ae9c3123456"
    shown = _show(_row(sid=sid))
    button = _all(shown, f'[title="{sid}"]')[0]
    assert button.get_text() == "SM0123…3456"
    assert (MESSAGE_SID, sid, "1") in _links(shown)


@for_each("sender", ["ACME SOC", "12345", "unknown"])
def test_what_is_no_number_is_no_link(sender: str) -> None:
    shown = _show(_row(inbound=True, **{"from": sender}), param={})
    assert _texts(shown, "h4 b") == [sender]
    assert [contains for contains, _, _ in _links(shown)] == [MESSAGE_SID]


@for_each(
    "container, shown_as",
    [({"id": 7}, "7"), (SimpleNamespace(id=7), "7"), (7, "7"), (None, "null"), ({}, "null"), ("1, evil()", "null")],
)
def test_the_container_is_a_number_or_null(container: Any, shown_as: str) -> None:
    context: dict[str, Any] = {"container": container}
    show_messages("list messages", [], context)
    assert context["container_id"] == shown_as


# --- parameter sets


def test_each_parameter_set_has_its_own_section() -> None:
    results = [_result(_row("a")), _result(_row("b"), param={"direction": "inbound"})]
    sections = _all(_parse(_html(*results)), "section")
    assert [_texts(section, ".twilio-body") for section in sections] == [["a"], ["b"]]


def test_a_section_says_what_was_asked_for() -> None:
    param = {"phone": "(510) 111-2345", "direction": "all", "start_time": "2017-11-01", "end_time": "", "limit": 100}
    shown = _show(_row(), _row(minute=1), param=param)
    assert _texts(shown, ".twilio-filters li") == [
        "Phone: (510) 111-2345",
        "Direction: all",
        "From: 2017-11-01",
        "Limit: 100",
        "2 messages",
    ]


@for_each("limit", [None, "many"])
def test_a_full_page_warns_too_where_no_limit_was_given(limit: Any) -> None:
    shown = _show(*(_row(minute=number) for number in range(DEFAULT_LIST_LIMIT)), param={"limit": limit})
    assert _texts(shown, ".twilio-note") == ["The limit is reached: older messages may not be shown."]


@for_each("limit", [2, "2", 2.0])
def test_a_full_page_warns_that_there_may_be_more(limit: Any) -> None:
    shown = _show(_row(), _row(minute=1), param={"limit": limit})
    assert _texts(shown, ".twilio-note") == ["The limit is reached: older messages may not be shown."]


@for_each("limit", [3, None, "many", 0])
def test_below_the_limit_nothing_is_said(limit: Any) -> None:
    assert _texts(_show(_row(), _row(minute=1), param={"limit": limit}), ".twilio-note") == []


def test_an_empty_result_says_so() -> None:
    shown = _show()
    assert _texts(shown, ".twilio-note") == ["No messages found"]
    assert _all(shown, ".twilio-conversation") == []


def test_a_failed_result_shows_its_message() -> None:
    message = 'Error from server. Status Code: 401 Data from server: {"code": 20003}'
    shown = _show(status="failed", message=message)
    assert _texts(shown, ".twilio-error") == [message]
    assert _texts(shown, ".twilio-note") == []


def test_a_failed_result_keeps_what_was_read_before() -> None:
    shown = _show(_row("Hello"), status="failed", message="A page could not be read")
    assert _texts(shown, ".twilio-error") == ["A page could not be read"]
    assert _texts(shown, ".twilio-body") == ["Hello"]


def test_a_run_without_results_says_so() -> None:
    assert _texts(_parse(_html()), ".twilio-note") == ["No results"]


# --- whatever a row holds


@for_each("text", HOSTILE)
def test_whatever_is_hostile_is_only_text(text: str) -> None:
    fields = ("body", "sid", "status", "error_message", "from", "to")
    rows = [*(_row(**{field: text}) for field in fields), _row(media=[_file(text, vault_id=text)])]
    hostile = _result(*rows, param={"phone": text, "direction": text})
    html = _html(hostile, _result(status="failed", message=text))
    tags = BeautifulSoup(html, "html.parser").find_all(True)
    assert {tag.name for tag in tags} <= ALLOWED_TAGS
    assert {name for tag in tags for name in tag.attrs if name.startswith("on")} == {"onclick"}
    shown = _parse(html)
    assert _links(shown)[0] == (PHONE, text, "1")
    assert all((contains, text, "1") in _links(shown) for contains in (MESSAGE_SID, VAULT_ID))
    assert _all(shown, ".twilio-error")[0].get_text() == text


@settings(max_examples=20)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_is_shown_as_it_is(text: str) -> None:
    assert _all(_show(_row(f"[{text}]")), ".twilio-body")[0].get_text() == f"[{text}]"


def test_half_a_character_pair_does_not_break_the_page() -> None:
    shown = _html(_result(_row("a \ud83d b")))
    assert _texts(_parse(shown), ".twilio-body") == ["a ? b"]
    shown.encode("utf-8")


def test_directions_of_a_text_end_with_it() -> None:
    (body,) = _all(_show(_row("\u202eevil")), ".twilio-body")
    assert body["dir"] == "auto"


@for_each("row", [{}, {"sid": None, "body": None, "date_sent": None}, {"body": 5, "date_sent": 7}])
def test_a_row_with_little_in_it_is_shown(row: dict[str, Any]) -> None:
    shown = _show(row)
    assert (len(_all(shown, ".twilio-bubble")), _texts(shown, "h4 b")) == (1, ["unknown"])


@for_each("date", ["", "yesterday", "Wed, 99 Nov 2017 20:56:57 +0000", 5, None, "-"])
def test_an_unreadable_time_is_left_out(date: Any) -> None:
    shown = _show(_row(date_sent=date, date_created=date))
    assert _texts(shown, ".twilio-day") == []
    assert "UTC" not in _texts(shown, ".twilio-meta")[0]


def test_a_message_without_a_time_stays_where_it_stood() -> None:
    shown = _show(_row("a", minute=1), _row("b", date_sent=None, date_created=None), _row("c", minute=3))
    assert _texts(shown, ".twilio-body") == ["a", "b", "c"]


def test_rows_out_of_order_are_sorted() -> None:
    shown = _show(_row("b", minute=2), _row("a", minute=1), _row("c", minute=3))
    assert _texts(shown, ".twilio-body") == ["a", "b", "c"]


def test_what_is_no_row_is_left_out() -> None:
    assert _texts(_show(_row("a"), "no row", None), ".twilio-body") == ["a"]


# --- the module and its template


def test_the_view_needs_nothing_else_of_the_app() -> None:
    code = "import runpy, sys; print('show_messages' in runpy.run_path(sys.argv[1]))"
    words = [sys.executable, "-I", "-c", code, str(APP_DIR / "twilio_views.py")]
    ran = subprocess.run(words, capture_output=True, text=True, cwd="/")  # noqa: S603
    assert ran.stdout.strip() == "True", ran.stderr


def test_the_template_never_switches_escaping_off() -> None:
    template = (APP_DIR / "templates" / "messages.html").read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe|autoescape|safeseq|mark_safe", template)


def test_every_value_in_a_script_is_escaped_for_it() -> None:
    template = (APP_DIR / "templates" / "messages.html").read_text(encoding="utf-8")
    scripts = re.findall(r'onclick="([^"]*)"', template)
    values = [value.strip() for script in scripts for value in re.findall(r"\{\{(.*?)\}\}", script)]
    assert values
    assert all(value == "container_id" or value.endswith("|escapejs") for value in values)


@for_each("theme", ["", r"\.dark-theme "])
def test_a_bubble_that_failed_is_red_on_both_sides_in_both_themes(theme: str) -> None:
    html = _html(_result(_row()))
    places = [
        [
            match.start()
            for match in re.finditer(rf"^.*{theme}{re.escape(kind)} \.twilio-bubble \{{", html, re.MULTILINE)
        ]
        for kind in (".twilio-inbound", ".twilio-bad")
    ]
    assert places[0][0] < places[1][0]  # of rules of the same weight, the later one counts


def test_both_themes_are_styled() -> None:
    html = _html(_result(_row()))
    assert ".dark-theme .twilio-bubble" in html
    assert re.search(r"^\s*\.twilio-bubble", html, re.MULTILINE)
