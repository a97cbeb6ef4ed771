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
"""API keys: Standard ones may do almost all, Restricted ones what they are allowed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from twilio.rest import Client

from sandbox.twilio import KEY_SECRET, KEY_SID, RESTRICTED_KEY, ApiKey, LocalTwilio
from tests.sandbox.twilio.clients import START, TO, error_of, library


# What each route needs, by what uses it: the library, and the SID of a message with one picture
USES: dict[str, Callable[[Client, str], Any]] = {
    "twilio/messaging/messages/create": lambda client, sid: client.messages.create(
        to=TO, from_="+15101281337", body="Hello"
    ),
    "twilio/messaging/messages/list": lambda client, sid: client.messages.list(),
    "twilio/messaging/messages/read": lambda client, sid: client.messages(sid).fetch(),
    "twilio/messaging/messages/update": lambda client, sid: client.messages(sid).update(body=""),
    "twilio/messaging/messages/delete": lambda client, sid: client.messages(sid).delete(),
    "twilio/messaging/messages.media/list": lambda client, sid: client.messages(sid).media.list(),
    "twilio/phone-numbers/active-numbers/list": lambda client, sid: client.incoming_phone_numbers.list(),
}


def restricted(twilio: LocalTwilio, *permissions: str) -> Client:
    """Twilio's library with a key that has these permissions."""
    key = dataclasses.replace(RESTRICTED_KEY, permissions=permissions)
    twilio.account.keys.append(key)
    return library(twilio, key.sid, key.secret)


def test_a_standard_key_sends_and_reads(twilio: LocalTwilio) -> None:
    client = library(twilio, KEY_SID, KEY_SECRET)
    client.messages.create(to=TO, from_=twilio.from_phone, body="Hello")
    assert len(client.messages.list()) == 1


@pytest.mark.parametrize("key", [ApiKey(KEY_SID, KEY_SECRET), RESTRICTED_KEY], ids=["standard", "restricted"])
def test_a_key_may_not_read_the_account(twilio: LocalTwilio, key: ApiKey) -> None:
    twilio.account.keys[:] = [key]
    client = library(twilio, key.sid, key.secret)
    status, code, message = error_of(client.api.accounts(twilio.account_sid).fetch)
    assert (status, code) == (401, 20003)
    assert message == "Authenticate"


@pytest.mark.parametrize(
    ("sid", "secret"),
    [(KEY_SID, "wrong"), ("SK" + "0" * 32, KEY_SECRET), (KEY_SID, LocalTwilio().auth_token)],
    ids=["wrong secret", "unknown key", "the account's token"],
)
def test_a_wrong_key_is_refused_like_a_wrong_token(twilio: LocalTwilio, sid: str, secret: str) -> None:
    assert error_of(library(twilio, sid, secret).messages.list)[:2] == (401, 20003)


@pytest.mark.parametrize("permission", USES)
def test_a_restricted_key_may_do_what_its_permission_says(twilio: LocalTwilio, permission: str) -> None:
    sid = twilio.receive(TO, twilio.from_phone, "Hi", media=["https://example.com/a.png"], created=START - 9).sid
    USES[permission](restricted(twilio, permission), sid)


@pytest.mark.parametrize("permission", USES)
def test_the_error_names_the_permission_that_is_missing(twilio: LocalTwilio, permission: str) -> None:
    sid = twilio.receive(TO, twilio.from_phone, "Hi", media=["https://example.com/a.png"], created=START - 9).sid
    client = restricted(twilio, *(other for other in USES if other != permission))
    status, code, message = error_of(lambda: USES[permission](client, sid))
    assert (status, code) == (401, 70051)
    assert message == f"Authorization Error: required permission {permission} is missing"
