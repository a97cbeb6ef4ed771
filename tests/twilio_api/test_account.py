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

from tests.twilio_api.scripted_transport import (
    ACCOUNT_SID,
    BASE_URL,
    SILENCE,
    TOKEN,
    Scripted,
    api_error,
    response,
)
from twilio_api.account import can_send_sms, has_service, read_account, read_newest_message
from twilio_api.errors import CallError, UnexpectedResponse


NUMBER = "+15101281337"
SERVICE = "MG" + "0" * 32


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


def test_the_account_is_what_twilio_says_of_it(scripted: Scripted) -> None:
    scripted.http.on("GET", response(account()))
    found = scripted.run(read_account(scripted.client))
    assert (found, found.is_active) == (("Ops", "active", "Full"), True)
    assert scripted.http.calls[0].url == f"{BASE_URL}/Accounts/{ACCOUNT_SID}.json"


def test_a_name_that_shows_the_token_is_not_shown(scripted: Scripted) -> None:
    scripted.http.on("GET", response(account(friendly_name=f"Ops {TOKEN}")))
    assert TOKEN not in repr(scripted.run(read_account(scripted.client)))


@pytest.mark.parametrize("status", ["suspended", "closed", "brand new", None])
def test_any_other_status_than_active_cannot_send(scripted: Scripted, status: str | None) -> None:
    scripted.http.on("GET", response(account(status=status)))
    assert not scripted.run(read_account(scripted.client)).is_active


@pytest.mark.parametrize("json", [{}, {"sid": "AC" + "1" * 32}, {"sid": None}, {"messages": []}], ids=str)
def test_another_response_than_this_account_is_not_believed(scripted: Scripted, json: dict[str, Any]) -> None:
    scripted.http.on("GET", response(json))
    with pytest.raises(CallError, match="not this account"):
        scripted.run(read_account(scripted.client))


def test_the_case_of_the_account_sid_does_not_matter(scripted: Scripted) -> None:
    scripted.http.on("GET", response(account(sid=ACCOUNT_SID.lower())))
    assert scripted.run(read_account(scripted.client)).is_active


def test_a_permission_that_a_key_lacks_is_named(scripted: Scripted) -> None:
    scripted.http.on("GET", api_error(401, 70051))
    with pytest.raises(CallError, match="70051"):
        scripted.run(read_newest_message(scripted.client))


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
    scripted: Scripted, row: Any, can_send: bool
) -> None:
    scripted.http.on("GET", response(numbers({"phone_number": "+1", "capabilities": {"sms": True}}, row)))
    assert scripted.run(can_send_sms(scripted.client, NUMBER)) is can_send
    assert scripted.http.calls[0].params == {"PhoneNumber": NUMBER}


def test_an_account_without_numbers_has_none_that_can_send(scripted: Scripted) -> None:
    scripted.http.on("GET", response(numbers()))
    assert not scripted.run(can_send_sms(scripted.client, NUMBER))


def test_what_is_no_list_of_numbers_is_not_believed(scripted: Scripted) -> None:
    scripted.http.on("GET", response({"incoming_phone_numbers": None}))
    with pytest.raises(UnexpectedResponse, match="not a list of phone numbers"):
        scripted.run(can_send_sms(scripted.client, NUMBER))


@pytest.mark.parametrize("ask", [can_send_sms, has_service], ids=["the list of numbers", "the Messaging Service"])
@pytest.mark.parametrize("error", [SILENCE, api_error(503, 20503), api_error(401, 70051)], ids=str)
def test_what_is_only_asked_for_advice_is_asked_for_once(scripted: Scripted, ask: Any, error: CallError) -> None:
    scripted.http.on("GET", error)
    with pytest.raises(type(error)):
        scripted.run(ask(scripted.client, NUMBER))
    assert (len(scripted.http.calls), scripted.now) == (1, 0.0)


@pytest.mark.parametrize(
    ("step", "is_there"),
    [(response({"sid": SERVICE}), True), (response({"sid": SERVICE.lower()}), True), (api_error(404, 20404), False)],
    ids=["there", "in other case", "not there"],
)
def test_a_messaging_service_is_the_accounts_where_twilio_knows_it(
    scripted: Scripted, step: Any, is_there: bool
) -> None:
    scripted.http.on("GET", step)
    assert scripted.run(has_service(scripted.client, SERVICE)) is is_there
    assert scripted.http.calls[0].url == f"https://messaging.twilio.com/v1/Services/{SERVICE}"


def test_another_service_is_not_believed(scripted: Scripted) -> None:
    scripted.http.on("GET", response({"sid": "MG" + "1" * 32}))
    with pytest.raises(UnexpectedResponse, match="not this Messaging Service"):
        scripted.run(has_service(scripted.client, SERVICE))
