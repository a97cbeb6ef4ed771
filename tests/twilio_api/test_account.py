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
"""The account: what is believed of it, and what may be said of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fake_clock import FakeClock
from tests.twilio_api.scripted_transport import (
    ACCOUNT_SID,
    BASE_URL,
    TOKEN,
    ScriptedTransport,
    api_error,
    response,
    script,
    scripted_client,
)
from twilio_api.account import can_send_sms, read_account, read_newest_message
from twilio_api.client import TwilioClient
from twilio_api.errors import AccountNotActive, ReadFailed


NUMBER = "+15101281337"


def account(**changes: Any) -> dict[str, Any]:
    return {
        "sid": ACCOUNT_SID,
        "status": "active",
        "type": "Full",
        "friendly_name": "Ops",
        "auth_token": TOKEN,
        **changes,
    }


def numbers(*rows: Any) -> dict[str, Any]:
    return {"incoming_phone_numbers": list(rows)}


@pytest.fixture
def client() -> TwilioClient:
    return scripted_client(FakeClock())


@pytest.fixture
def http(client: TwilioClient) -> ScriptedTransport:
    return script(client)


def test_the_account_is_reported_without_its_token(client: TwilioClient, http: ScriptedTransport) -> None:
    http.on("GET", response(account(friendly_name=f"Ops {TOKEN}")))
    found = read_account(client)
    assert (found.status, found.type, found.is_active) == ("active", "Full", True)
    assert found.friendly_name.startswith("Ops ")
    assert TOKEN not in repr(found)
    assert http.calls[0].url == f"{BASE_URL}/Accounts/{ACCOUNT_SID}.json"


@pytest.mark.parametrize("status", ["suspended", "closed", "brand new", None])
def test_any_other_status_than_active_cannot_send(
    client: TwilioClient, http: ScriptedTransport, status: str | None
) -> None:
    http.on("GET", response(account(status=status)))
    assert not read_account(client).is_active


def test_an_account_that_cannot_send_is_called_what_it_is() -> None:
    assert str(AccountNotActive("Ops", "suspended")).startswith("The Twilio account Ops is suspended, not active")


@pytest.mark.parametrize("json", [{}, {"sid": "AC" + "1" * 32}, {"sid": None}, {"messages": []}], ids=str)
def test_another_response_than_this_account_is_not_believed(
    client: TwilioClient, http: ScriptedTransport, json: dict[str, Any]
) -> None:
    http.on("GET", response(json))
    with pytest.raises(ReadFailed, match="not this account"):
        read_account(client)


def test_the_case_of_the_account_sid_does_not_matter(client: TwilioClient, http: ScriptedTransport) -> None:
    http.on("GET", response(account(sid=ACCOUNT_SID.lower())))
    assert read_account(client).is_active


def test_a_key_is_tried_on_one_row_of_the_message_log(client: TwilioClient, http: ScriptedTransport) -> None:
    http.on("GET", response({"messages": []}))
    read_newest_message(client)
    (call,) = http.calls
    assert call.url.endswith("/Messages.json")
    assert call.params == {"PageSize": "1"}


def test_a_permission_that_a_key_lacks_is_named(client: TwilioClient, http: ScriptedTransport) -> None:
    http.on("GET", api_error(401, 70051))
    with pytest.raises(ReadFailed, match="70051"):
        read_newest_message(client)


@pytest.mark.parametrize(
    ("row", "can_send"),
    [
        ({"phone_number": NUMBER, "capabilities": {"sms": True}}, True),
        ({"phone_number": NUMBER, "capabilities": {"sms": False}}, False),
        ({"phone_number": NUMBER, "capabilities": {"sms": "yes"}}, False),
        ({"phone_number": NUMBER, "capabilities": {}}, False),
        ({"phone_number": NUMBER, "capabilities": None}, False),
        ({"phone_number": NUMBER}, False),
        ({"phone_number": "+15101281338", "capabilities": {"sms": True}}, False),
        (None, False),
    ],
    ids=str,
)
def test_a_number_can_send_where_it_is_the_accounts_and_has_the_capability(
    client: TwilioClient, http: ScriptedTransport, row: Any, can_send: bool
) -> None:
    http.on("GET", response(numbers({"phone_number": "+1", "capabilities": {"sms": True}}, row)))
    assert can_send_sms(client, NUMBER) is can_send
    assert http.calls[0].params == {"PhoneNumber": NUMBER}


def test_an_account_without_numbers_has_none_that_can_send(client: TwilioClient, http: ScriptedTransport) -> None:
    http.on("GET", response(numbers()))
    assert not can_send_sms(client, NUMBER)


def test_what_is_no_list_of_numbers_is_not_believed(client: TwilioClient, http: ScriptedTransport) -> None:
    http.on("GET", response({"incoming_phone_numbers": None}))
    with pytest.raises(ReadFailed, match="not a list of phone numbers"):
        can_send_sms(client, NUMBER)
