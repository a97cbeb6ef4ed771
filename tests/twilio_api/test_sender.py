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
"""The kinds of senders, and what is different about each."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tests.tables import for_each
from twilio_api.sender import Sender, SenderKind, parse_sender
from twilio_api.values import WrongValue


SERVICE = "MG" + "0123456789abcdef" * 2
NUMBER_SENDER = Sender(SenderKind.NUMBER, "+15101281337")
SERVICE_SENDER = Sender(SenderKind.SERVICE, SERVICE)
SHORT_CODE_SENDER = Sender(SenderKind.SHORT_CODE, "12345")
NAME_SENDER = Sender(SenderKind.NAME, "ACME SOC")
WHATSAPP_SENDER = Sender(SenderKind.WHATSAPP, "whatsapp:+15101281337")
RCS_SENDER = Sender(SenderKind.RCS, "rcs:AcmeSOC")
ALL = [NUMBER_SENDER, SERVICE_SENDER, SHORT_CODE_SENDER, NAME_SENDER, WHATSAPP_SENDER, RCS_SENDER]
TO = "+15101112345"


def sender(spelling: object) -> Sender:
    return parse_sender(spelling, "from_phone of the asset")


# --- which sender a spelling stands for

# Each sender with its spellings
SPELLINGS: dict[Sender, list[object]] = {
    NUMBER_SENDER: ["+15101281337", " +1 (510) 128-1337\n", "tel:+1-510-128-1337", "\uff0b15101281337"],
    SERVICE_SENDER: [SERVICE, f" {SERVICE}\n"],
    SHORT_CODE_SENDER: ["12345", " 12345 ", "'12345'", 12345, 12345.0],
    NAME_SENDER: ["ACME SOC", " ACME SOC "],
    WHATSAPP_SENDER: ["whatsapp:+15101281337", "WhatsApp: +1 (510) 128-1337"],
    RCS_SENDER: ["rcs:AcmeSOC", " RCS: AcmeSOC ", '"rcs:AcmeSOC"'],
    # What is kept as it is: among it names that only begin like a SID
    **{Sender(SenderKind.SHORT_CODE, code): [code] for code in ("123", "123456")},
    **{Sender(SenderKind.RCS, agent): [agent] for agent in ("rcs:brand_acme_agent", "rcs:acme-soc.24", "rcs:24x7")},
    **{
        Sender(SenderKind.NAME, name): [name]
        for name in (
            *("A", "SOC 24 7", "24x7", "Abcdefghijk", "ACE", "ACDC", "Accenture", "SKODA", "MG Motors", "Mgmt"),
            *("AC ME 24", "Nonesuch"),
        )
    },
}


@for_each("found, spelling", [(found, spelling) for found in SPELLINGS for spelling in SPELLINGS[found]])
def test_each_kind_of_sender_is_read_in_any_spelling(found: Sender, spelling: object) -> None:
    assert sender(spelling) == found


@for_each(
    "spelling",
    [
        *("", None, "5101281337", "0015101281337", "12", "+12", "1234567", "+12345", "+15101281337, +15101281338"),
        *("ACME-SOC", "Abcdefghijkl", "Über", "2 4"),
        *("whatsapp:5101281337", "whatsapp:", "whatsapp:ACME"),
        *("rcs:", "rcs:+15101281337", "rcs:12345", "rcs:Acme SOC", "rcs:Äcme"),
        *("MG123", "mg0a1b2c", "AC0123456", "SK1", "MGxxxxxxxx", "ACXXXX"),
        *("MG" + "0" * 31, "MG" + "0" * 33, "MG" + "g" * 32, "AC" + "0" * 32),
        *("None", "none", "null", "NULL", "NaN", "undefined", " None "),
        *(True, float("nan"), float("inf"), ["+15101281337"]),
    ],
)
def test_anything_else_is_refused_with_an_example_of_each_kind(spelling: object) -> None:
    with pytest.raises(WrongValue, match=r"^from_phone of the asset is wrong: '.*' is not a sender\. ") as caught:
        sender(spelling)
    examples = ("starting with +, such as +15101281337", "MG and 32", "12345", "ACME SOC", "whatsapp:+1510", "rcs:Acme")
    assert [example for example in examples if example not in str(caught.value)] == []


def test_the_error_names_the_field_and_shows_the_input() -> None:
    with pytest.raises(WrongValue, match=r"^The parameter 'from_phone' is wrong: '5101281337' is not a sender\."):
        parse_sender("5101281337", "The parameter 'from_phone'")


@given(st.text(max_size=40))
def test_any_text_is_a_sender_of_one_kind_or_refused(spelling: str) -> None:
    with suppress(WrongValue):
        found = sender(spelling)
        assert sender(found.value) == found


# --- what each kind is


def test_each_kind_says_what_it_is() -> None:
    assert [kind for kind in ALL if kind.is_number] == [NUMBER_SENDER]
    assert [kind for kind in ALL if kind.is_service] == [SERVICE_SENDER]
    assert [kind for kind in ALL if not kind.can_receive] == [NAME_SENDER]


# --- how each stands in the message log


@for_each("kind", ALL)
def test_the_log_is_searched_by_sender_but_not_by_a_service_whose_messages_have_none_at_first(kind: Sender) -> None:
    assert kind.log_filter() == ({} if kind is SERVICE_SENDER else {"From": kind.value})


@for_each(
    "kind, row, is_from_it",
    [
        (NUMBER_SENDER, {"from": "+15101281337", "messaging_service_sid": None}, True),
        (NUMBER_SENDER, {"from": "+15101281337", "messaging_service_sid": SERVICE}, True),
        (NUMBER_SENDER, {"from": "+15101281338"}, False),
        (NUMBER_SENDER, {"from": "whatsapp:+15101281337"}, False),
        (NUMBER_SENDER, {"from": None}, False),
        (NUMBER_SENDER, {}, False),
        (SERVICE_SENDER, {"from": None, "messaging_service_sid": SERVICE}, True),
        (SERVICE_SENDER, {"from": "+15101281337", "messaging_service_sid": SERVICE}, True),
        (SERVICE_SENDER, {"from": SERVICE, "messaging_service_sid": None}, False),
        (SERVICE_SENDER, {"from": "+15101281337", "messaging_service_sid": "MG" + "1" * 32}, False),
        (SHORT_CODE_SENDER, {"from": "12345"}, True),
        (SHORT_CODE_SENDER, {"from": 12345}, False),
        (NAME_SENDER, {"from": "ACME SOC"}, True),
        (NAME_SENDER, {"from": "Acme Soc"}, True),
        (NAME_SENDER, {"from": "ACME"}, False),
        (WHATSAPP_SENDER, {"from": "whatsapp:+15101281337"}, True),
        (WHATSAPP_SENDER, {"from": "+15101281337"}, False),
        (RCS_SENDER, {"from": "rcs:AcmeSOC"}, True),
        (RCS_SENDER, {"from": "rcs:acmesoc"}, True),
        (RCS_SENDER, {"from": "AcmeSOC"}, False),
    ],
)
def test_a_row_of_the_log_is_from_a_sender(kind: Sender, row: dict[str, Any], is_from_it: bool) -> None:
    assert kind.matches(row) is is_from_it


# --- who is written to


@for_each("spelling", ["5101112345", "+15101112345", "(510) 111-2345", 5101112345, "5101112345.0"])
def test_a_recipient_is_one_phone_number(spelling: object) -> None:
    assert NUMBER_SENDER.recipient(spelling) == TO


@for_each("spelling", [None, "", "12345", "a, b", ["+15101112345"], True])
def test_what_is_not_one_phone_number_is_refused(spelling: object) -> None:
    with pytest.raises(WrongValue, match=r"phone number|short code|country code"):
        NUMBER_SENDER.recipient(spelling)


@for_each(
    "spelling, from_, person",
    [
        (f"whatsapp:{TO}", WHATSAPP_SENDER, f"whatsapp:{TO}"),
        (TO, WHATSAPP_SENDER, f"whatsapp:{TO}"),
        ("whatsapp:+5215512345678", WHATSAPP_SENDER, "whatsapp:+5215512345678"),
        (f"WhatsApp: {TO}", SERVICE_SENDER, f"whatsapp:{TO}"),
        (f"rcs:{TO}", RCS_SENDER, f"rcs:{TO}"),
        ("(510) 111-2345", RCS_SENDER, f"rcs:{TO}"),
        (f"RCS: {TO}", SERVICE_SENDER, f"rcs:{TO}"),
        (TO, SERVICE_SENDER, TO),
    ],
)
def test_who_is_written_to_through_which_channel(spelling: str, from_: Sender, person: str) -> None:
    assert from_.recipient(spelling) == person


@for_each(
    "from_, channel, what, name",
    [
        *(
            (from_, "whatsapp:", "a WhatsApp", "WhatsApp")
            for from_ in ALL
            if from_ not in (SERVICE_SENDER, WHATSAPP_SENDER)
        ),
        *((from_, "rcs:", "an RCS", "RCS") for from_ in ALL if from_ not in (SERVICE_SENDER, RCS_SENDER)),
    ],
)
def test_no_sender_but_its_own_and_a_service_writes_to_a_channel(
    from_: Sender, channel: str, what: str, name: str
) -> None:
    with pytest.raises(WrongValue) as caught:
        from_.recipient(f"{channel}{TO}", "from_phone")
    assert str(caught.value) == (
        f"'{channel}{TO}' is {what} address, but the sender {from_.value} is not on {name}. "
        f"Leave out '{channel}', or use {what} sender or a Messaging Service as from_phone."
    )
