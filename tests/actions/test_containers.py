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
"""What a text becomes in SOAR."""

from __future__ import annotations

from typing import Any

import pytest

from actions.containers import artifacts_of, container_of, links, storable
from actions.ingestion import Text


SID = "SM" + "1" * 32
NOON = 1795348800.0


def text(**resource: Any) -> Text:
    usual = {"sid": SID, "from": "+15101112345", "to": "+15101281337", "body": "Hello", "num_media": "0"}
    return Text(SID, NOON, {**usual, **resource})


def cefs(body: str) -> list[dict[str, Any]]:
    return [artifact["cef"] for artifact in artifacts_of(text(body=body), 7)]


# --- the container


def test_a_container_is_known_by_the_sid_and_holds_the_whole_resource() -> None:
    container = container_of(text(), "events")
    assert (container["source_data_identifier"], container["data"]) == (SID, text().resource)
    assert (container["start_time"], container["label"]) == ("2026-11-22T12:00:00.000000Z", "events")


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ({}, "SMS from +15101112345: Hello"),
        ({"body": " two\n lines "}, "SMS from +15101112345: two lines"),
        ({"body": "x" * 60}, f"SMS from +15101112345: {'x' * 60}"),
        ({"body": "x" * 61}, f"SMS from +15101112345: {'x' * 59}…"),
        ({"body": ""}, "SMS from +15101112345: (no text)"),
        ({"body": None, "num_media": "2"}, "SMS from +15101112345: (no text, 2 media)"),
        ({"from": None}, "SMS from unknown: Hello"),
        ({"from": "whatsapp:+15101112345"}, "WhatsApp message from +15101112345: Hello"),
    ],
)
def test_the_name_shows_who_wrote_and_how_the_text_begins(resource: dict[str, Any], name: str) -> None:
    assert container_of(text(**resource), "")["name"] == name


def test_an_asset_without_a_label_gives_none() -> None:
    assert "label" not in container_of(text(), "")


@pytest.mark.parametrize("body", ["\x00", "a\ud800", "\udfff"])
def test_what_no_database_keeps_becomes_a_question_mark(body: str) -> None:
    container = container_of(text(body=body, subresource_uris={"media": body}), "")
    (artifact,) = artifacts_of(text(body=body), 7)
    clean = body.replace("\x00", "?").replace("\ud800", "?").replace("\udfff", "?")
    assert container["data"]["body"] == container["data"]["subresource_uris"]["media"] == clean
    assert artifact["cef"]["messageBody"] == clean
    assert container["name"] == f"SMS from +15101112345: {clean}"


def test_all_other_values_stay() -> None:
    value = {"a": [1, None, "é😀", {"b": True}]}
    assert storable(value) == value


# --- the artifacts


def test_an_artifact_holds_all_that_matters() -> None:
    (artifact,) = artifacts_of(text(), 7)
    assert artifact["cef"] == {
        "fromPhone": "+15101112345",
        "toPhone": "+15101281337",
        "messageBody": "Hello",
        "messageSid": SID,
        "receivedAt": "2026-11-22T12:00:00.000000Z",
        "numMedia": "0",
    }
    assert (artifact["container_id"], artifact["source_data_identifier"]) == (7, SID)


def test_the_values_lead_to_actions() -> None:
    (artifact,) = artifacts_of(text(body="http://a.example"), 7)
    assert artifact["cef_types"] == {
        "fromPhone": ["phone number", "phone"],
        "toPhone": ["phone number", "phone"],
        "messageSid": ["twilio message sid"],
        "requestURL": ["url"],
    }


def test_a_link_stands_in_the_artifact_and_each_further_one_in_its_own() -> None:
    first, *further = cefs("http://a.example http://b.example http://c.example http://a.example")
    assert (first["messageBody"][:16], first["requestURL"]) == ("http://a.example", "http://a.example")
    assert further == [
        {"messageSid": SID, "requestURL": "http://b.example"},
        {"messageSid": SID, "requestURL": "http://c.example"},
    ]


def test_each_artifact_of_a_text_has_an_identifier_of_its_own() -> None:
    artifacts = artifacts_of(text(body="http://a.example http://b.example http://c.example"), 7)
    assert [artifact["source_data_identifier"] for artifact in artifacts] == [SID, f"{SID}-1", f"{SID}-2"]


# --- links


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("no link, v1.2/3 e.g./x and/or 12.5/day a@b.example/x", []),
        ("see https://a.example/x?y=1&z=2#f now", ["https://a.example/x?y=1&z=2#f"]),
        ("HTTP://A.EXAMPLE", ["HTTP://A.EXAMPLE"]),
        ("www.a.example", ["www.a.example"]),
        ("your parcel: bit.ly/3xY-z_", ["bit.ly/3xY-z"]),
        ("a.b-c.example/", ["a.b-c.example/"]),
        ("Go to http://a.example/x.", ["http://a.example/x"]),
        ("(http://a.example/x), 'http://b.example'!", ["http://a.example/x", "http://b.example"]),
        ("http://a.example/x_(y) [http://b.example/]", ["http://a.example/x_(y)", "http://b.example/"]),
        ("<http://a.example>http://b.example", ["http://a.example", "http://b.example"]),
        ("https://münchen.example/ü 😀", ["https://münchen.example/ü"]),
        ("http://a.example\nhttp://b.example", ["http://a.example", "http://b.example"]),
        ("ftp://a.example/x", ["a.example/x"]),
    ],
)
def test_links_are_found_as_they_stand(body: str, found: list[str]) -> None:
    assert links(body) == found


def test_a_long_text_is_searched_quickly() -> None:
    assert links("a-." * 5000) == links("." * 5000) == links("a" * 20000) == []
