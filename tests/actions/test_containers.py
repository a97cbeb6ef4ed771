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

from actions.containers import artifact, container_of, storable
from actions.ingestion import Text
from tests.tables import for_each


SID = "SM" + "1" * 32
NOON = 1795348800.0


def text(**resource: Any) -> Text:
    usual = {"sid": SID, "from": "+15101112345", "to": "+15101281337", "body": "Hello", "num_media": "0"}
    return Text(SID, NOON, {**usual, **resource})


def artifacts(**resource: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = container_of(text(**resource), "")["artifacts"]
    return found


# --- the container


def test_a_container_is_known_by_the_sid_and_holds_the_whole_resource() -> None:
    container = container_of(text(), "events")
    assert (container["source_data_identifier"], container["data"]) == (SID, text().resource)
    assert (container["start_time"], container["label"]) == ("2026-11-22T12:00:00.000000Z", "events")
    assert container["severity"] == "medium"


@for_each(
    "resource, name",
    [
        ({}, "SMS from +15101112345: Hello"),
        ({"body": " two\n lines "}, "SMS from +15101112345: two lines"),
        ({"body": "x" * 60}, f"SMS from +15101112345: {'x' * 60}"),
        ({"body": "x" * 61}, f"SMS from +15101112345: {'x' * 59}…"),
        ({"body": ""}, "SMS from +15101112345: (no text)"),
        ({"body": None, "num_media": "2"}, "SMS from +15101112345: (no text, 2 media)"),
        ({"from": None}, "SMS from unknown: Hello"),
        ({"from": "12345"}, "SMS from 12345: Hello"),
        ({"from": "whatsapp:+15101112345"}, "WhatsApp message from +15101112345: Hello"),
        ({"from": "whatsapp:DE.1a2b"}, "WhatsApp message from DE.1a2b: Hello"),
        ({"from": "rcs:+15101112345"}, "RCS message from +15101112345: Hello"),
        ({"from": "messenger:1234"}, "Messenger message from 1234: Hello"),
        # what would hide or turn round the text beside it
        ({"body": "\u202egnp.exe\u202c\u200b \x1b[31mred"}, "SMS from +15101112345: gnp.exe [31mred"),
        ({"body": "\u2066Hi\u2069\u2028there\x07"}, "SMS from +15101112345: Hi there"),
        ({"from": "\u200e+1510\u202c1112345"}, "SMS from +15101112345: Hello"),
        ({"body": "👩\u200d💻 می\u200cخواهم"}, "SMS from +15101112345: 👩\u200d💻 می\u200cخواهم"),
    ],
)
def test_the_name_shows_who_wrote_and_how_the_text_begins(resource: dict[str, Any], name: str) -> None:
    assert container_of(text(**resource), "")["name"] == name


@for_each(
    "sender, recipient, description",
    [
        ("+15101112345", "+15101281337", "SMS from +15101112345 to +15101281337"),
        ("whatsapp:+15101112345", "whatsapp:+15101281337", "WhatsApp message from +15101112345 to +15101281337"),
        ("rcs:+15101112345", "rcs:AcmeAgent", "RCS message from +15101112345 to AcmeAgent"),
    ],
)
def test_the_description_shows_both_sides(sender: str, recipient: str, description: str) -> None:
    assert container_of(text(**{"from": sender, "to": recipient}), "")["description"] == description


def test_an_asset_without_a_label_gives_none() -> None:
    assert "label" not in container_of(text(), "")


@for_each("body", ["\x00", "a\ud800", "\udfff"])
def test_what_no_database_keeps_becomes_a_question_mark(body: str) -> None:
    container = container_of(text(body=body, subresource_uris={"media": body}), "")
    (made,) = container["artifacts"]
    clean = body.replace("\x00", "?").replace("\ud800", "?").replace("\udfff", "?")
    assert container["data"]["body"] == container["data"]["subresource_uris"]["media"] == clean
    assert made["cef"]["messageBody"] == clean
    assert container["name"] == f"SMS from +15101112345: {clean}"


def test_all_other_values_stay() -> None:
    value = {"a": [1, None, "é😀", {"b": True}]}
    assert storable(value) == value


# --- the artifacts


def test_an_artifact_holds_all_that_matters() -> None:
    (made,) = artifacts()
    assert (made["name"], made["label"], made["severity"]) == ("Text message", "message", "medium")
    assert made["cef"] == {
        "fromPhone": "+15101112345",
        "toPhone": "+15101281337",
        "messageBody": "Hello",
        "messageSid": SID,
        "receivedAt": "2026-11-22T12:00:00.000000Z",
        "numMedia": "0",
    }


def test_the_values_lead_to_actions() -> None:
    (made,) = artifacts(body="http://a.example")
    assert made["cef_types"] == {
        "fromPhone": ["phone number", "phone"],
        "toPhone": ["phone number", "phone"],
        "messageSid": ["twilio message sid"],
        "requestURL": ["url"],
    }


def test_the_values_of_a_file_lead_to_actions() -> None:
    file = artifact("Media", SID, {"vaultId": "0badcafe", "fileName": "x.png", "fileHashSha256": "00"})
    assert file["cef_types"] == {
        "vaultId": ["vault id"],
        "fileName": ["file name"],
        "fileHashSha256": ["sha256", "hash"],
    }


def test_a_link_stands_in_the_artifact_and_each_further_one_in_its_own() -> None:
    first, *further = artifacts(body="http://a.example http://b.example http://c.example http://a.example")
    assert (first["name"], first["cef"]["requestURL"]) == ("Text message", "http://a.example")
    assert [(made["name"], made["cef"]) for made in further] == [
        ("Link", {"fromPhone": "+15101112345", "messageSid": SID, "requestURL": "http://b.example"}),
        ("Link", {"fromPhone": "+15101112345", "messageSid": SID, "requestURL": "http://c.example"}),
    ]


def test_each_artifact_of_a_text_has_an_identifier_of_its_own() -> None:
    found = artifacts(body="http://a.example http://b.example http://c.example")
    assert [made["source_data_identifier"] for made in found] == [SID, f"{SID}-1", f"{SID}-2"]
