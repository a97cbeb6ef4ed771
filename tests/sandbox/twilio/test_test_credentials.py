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
"""Test credentials: everything is checked, nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from twilio.base.exceptions import TwilioRestException

from sandbox.twilio import LocalTwilio
from tests.sandbox.twilio.clients import TO, call, library, refusal


@pytest.fixture(scope="module")
def practice() -> Iterator[LocalTwilio]:
    with LocalTwilio(test_credentials=True) as server:
        yield server


@pytest.mark.parametrize(
    ("from_", "status", "code"),
    [
        ("+15005550001", 400, 21212),
        ("+15005550007", 400, 21606),
        ("+15005550008", 429, 21611),
        ("+15101281337", 400, 21606),
    ],
)
def test_with_test_credentials_other_senders_are_refused_before_the_recipient_is_checked(
    practice: LocalTwilio, from_: str, status: int, code: int
) -> None:
    assert refusal(practice, to="+15005550001", from_=from_)[:2] == (status, code)


def test_with_test_credentials_a_message_is_accepted_and_not_kept(practice: LocalTwilio) -> None:
    message = library(practice).messages.create(to=TO, from_="+15005550006", body="Hello")
    assert message.status == "queued"
    assert practice.messages == []


def test_with_test_credentials_nothing_can_be_read(practice: LocalTwilio) -> None:
    client = library(practice)
    for read in (client.messages(f"SM{'0' * 32}").fetch, client.api.accounts(practice.account_sid).fetch):
        with pytest.raises(TwilioRestException) as error:
            read()
        assert (error.value.status, error.value.code) == (403, 20008)
    assert call(practice, "GET").json()["code"] == 20008
