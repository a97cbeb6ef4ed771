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
"""API keys: what test connectivity proves with one, and which permissions each action needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.twilio import FROM_PHONE, KEY_SECRET, KEY_SID, SERVICE_SID, ApiKey
from tests.harness import TEXT, TO, Harness, Run


MESSAGES = "twilio/messaging/messages"


def asset_of(key: ApiKey) -> dict[str, str]:
    """The settings of an asset that uses this key."""
    return {"api_sid": key.sid, "auth_token": key.secret}


def restricted(*permissions: str) -> ApiKey:
    """A restricted key with just these permissions."""
    return ApiKey("SK" + "a1" * 16, "SecretOfTheKeyThatIsTested000001", frozenset(permissions))


@pytest.fixture
def with_key(harness: Harness) -> Callable[..., Harness]:
    """A harness whose account has this key, and whose asset uses it."""

    def make(key: ApiKey) -> Harness:
        harness.twilio.account.keys.append(key)
        harness.config.update(asset_of(key))
        return harness

    return make


def test_a_standard_key_passes_without_reading_the_account(harness: Harness) -> None:
    run = harness.test_connectivity(api_sid=KEY_SID, auth_token=KEY_SECRET)
    assert run.progress[-1] == "Test Connectivity Passed"
    assert not [
        request for request in harness.twilio.requests if request.path.endswith(f"{harness.twilio.account_sid}.json")
    ]
    assert [request.query for request in harness.twilio.requests if request.path.endswith("/Messages.json")] == [
        {"PageSize": "1"}
    ]


def test_a_standard_key_sends(harness: Harness) -> None:
    run = harness.send(api_sid=KEY_SID, auth_token=KEY_SECRET)
    assert run.result["summary"]["outcome"] == "delivered"


def test_a_wrong_secret_fails_and_names_key_secret_and_region(harness: Harness) -> None:
    run = harness.test_connectivity(api_sid=KEY_SID, auth_token="0" * 32)
    assert run.status == "failed"
    assert '"code": 20003' in run.message
    assert "api_sid" in run.message
    assert "region" in run.message


def test_a_missing_permission_is_named(with_key: Callable[..., Harness]) -> None:
    run = with_key(restricted(f"{MESSAGES}/create")).test_connectivity()
    assert run.status == "failed"
    assert '"code": 70051' in run.message
    assert f"{MESSAGES}/list" in run.message


def test_what_is_no_key_is_refused_before_any_request(harness: Harness) -> None:
    run = harness.test_connectivity(api_sid="SK12")
    assert run.json["message"].startswith("api_sid of the asset is wrong")
    assert harness.twilio.requests == []


# --- whether the sender is one of the account's


def test_a_number_of_the_account_is_reported_as_able_to_send(harness: Harness) -> None:
    assert any(FROM_PHONE in line and "can send SMS" in line for line in harness.test_connectivity().progress)


def test_another_number_is_reported_with_its_error_and_does_not_fail_the_test(harness: Harness) -> None:
    run = harness.test_connectivity(from_phone="+15105550199")
    assert run.progress[-1] == "Test Connectivity Passed"
    assert any("+15105550199" in line and "21606" in line for line in run.progress)


@pytest.mark.parametrize("sender", [SERVICE_SID, "ACME SOC", "12345"])
def test_other_senders_are_not_asked_for(harness: Harness, sender: str) -> None:
    harness.test_connectivity(from_phone=sender)
    assert not [request for request in harness.twilio.requests if "IncomingPhoneNumbers" in request.path]


def test_a_key_that_may_not_ask_skips_the_step_in_silence(with_key: Callable[..., Harness]) -> None:
    run = with_key(restricted(f"{MESSAGES}/list")).test_connectivity()
    assert run.progress[-1] == "Test Connectivity Passed"
    assert not any("21606" in line or "70051" in line for line in run.progress)


# --- permissions


def send(harness: Harness) -> Run:
    """Send one message."""
    return harness.send()


def send_many(harness: Harness) -> Run:
    """Send several, which are followed by pages of the message log."""
    return harness.send_all([f"+1510111{number:04}" for number in range(5)])


def ask(harness: Harness) -> Run:
    """Ask without waiting."""
    return harness.run("ask question", {"to_phone": TO, "question": TEXT, "timeout": 0})


@pytest.mark.parametrize(
    ("act", "permissions", "missing"),
    [
        (send, ["create", "read"], "create"),
        (ask, ["create", "list"], "list"),
        (ask, ["create", "list"], "create"),
    ],
)
def test_with_one_permission_less_an_action_fails_and_names_it(
    with_key: Callable[..., Harness], act: Callable[[Harness], Run], permissions: list[str], missing: str
) -> None:
    key = restricted(*(f"{MESSAGES}/{name}" for name in permissions if name != missing))
    run = act(with_key(key))
    assert run.status == "failed"
    assert f"{MESSAGES}/{missing}" in run.message


@pytest.mark.parametrize(("act", "permissions"), [(send, ["create", "read"]), (ask, ["create", "list"])])
def test_with_just_its_permissions_an_action_works(
    with_key: Callable[..., Harness], act: Callable[[Harness], Run], permissions: list[str]
) -> None:
    assert act(with_key(restricted(*(f"{MESSAGES}/{name}" for name in permissions)))).status == "success"


def test_without_the_permission_to_list_many_messages_are_followed_one_by_one(
    with_key: Callable[..., Harness],
) -> None:
    run = send_many(with_key(restricted(f"{MESSAGES}/create", f"{MESSAGES}/read")))
    outcomes: list[Any] = [result["summary"]["outcome"] for result in run.results]
    assert outcomes == ["delivered"] * 5
