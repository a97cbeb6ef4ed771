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
"""The account, its state and its credentials."""

from __future__ import annotations

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox.twilio import LocalTwilio
from tests.sandbox.twilio.clients import TO, call, library, messages_url, refusal
from tests.tables import for_each


def test_the_account_shows_its_state_and_its_token(twilio: LocalTwilio, client: Client) -> None:
    account = client.api.accounts(twilio.account_sid).fetch()
    assert (account.sid, account.status, account.type) == (twilio.account_sid, "active", "Full")
    assert account.auth_token == twilio.auth_token


def test_wrong_credentials_are_refused(twilio: LocalTwilio) -> None:
    with pytest.raises(TwilioRestException) as error:
        library(twilio, password="wrong").api.accounts(twilio.account_sid).fetch()
    assert (error.value.status, error.value.code) == (401, 20003)


def test_a_refusal_of_credentials_asks_for_basic_authentication(twilio: LocalTwilio) -> None:
    response = requests.post(messages_url(twilio), timeout=5)
    assert response.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
    assert response.json()["message"] == "Authenticate"


def test_another_accounts_messages_are_not_found(twilio: LocalTwilio) -> None:
    path = f"/2010-04-01/Accounts/AC{'f' * 32}/Messages.json"
    url = twilio.base_url.replace("/2010-04-01", path)
    response = requests.get(url, auth=(twilio.account_sid, twilio.auth_token), timeout=5)
    assert (response.status_code, response.json()["code"]) == (404, 20404)
    assert response.json()["message"] == f"The requested resource {path} was not found"


@for_each("status, code", [("suspended", 20005), ("closed", 20403)])
def test_an_account_that_is_not_active_shows_it_and_nothing_else(status: str, code: int) -> None:
    with LocalTwilio(account_status=status) as twilio:
        assert library(twilio).api.accounts(twilio.account_sid).fetch().status == status
        assert refusal(twilio)[:2] == (403, code)
        assert call(twilio, "GET").json()["code"] == code


def test_a_trial_account_puts_a_sentence_before_the_text() -> None:
    with LocalTwilio(account_type="Trial") as twilio:
        assert call(twilio).json()["body"] == "Sent from your Twilio trial account - Hello"


def test_a_trial_account_sends_to_verified_numbers_only() -> None:
    with LocalTwilio(account_type="Trial", verified={TO}) as twilio:
        assert call(twilio).status_code == 201
        assert refusal(twilio, to="+15103334444")[:2] == (400, 21608)
