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
"""The asset's settings."""

from __future__ import annotations

from typing import Any

import pytest

from actions.asset import Asset, read_asset
from tests.tables import for_each
from twilio_api.sender import SenderKind
from twilio_api.values import WrongValue


TOKEN = "0123456789abcdef0123456789abcdef"
KEY_SID, SERVICE = "SK" + "0" * 32, "MG" + "0" * 32
CONFIG = {
    "base_url": "https://api.twilio.com/2010-04-01",
    "account_sid": "AC" + "0" * 32,
    "auth_token": TOKEN,
    "from_phone": "+15101281337",
}


def asset(**changes: Any) -> Asset:
    return read_asset({**CONFIG, **changes})


def test_the_settings_of_an_earlier_version_are_taken_as_they_are() -> None:
    found = asset()
    assert (found.base_url, found.credentials) == (
        CONFIG["base_url"],
        (CONFIG["account_sid"], CONFIG["account_sid"], TOKEN),
    )
    assert (found.sender.kind, found.sender.value) == (SenderKind.NUMBER, "+15101281337")
    assert (found.to_phone, found.caller_phone) == ("", "")
    assert (found.timeout_min, found.poll_interval_s) == (30.0, 5.0)


@for_each(
    "url",
    [
        *("https://api.twilio.com/2010-04-01/", " https://api.twilio.com/2010-04-01// \n"),
        *("https://api.dublin.ie1.twilio.com/2010-04-01", "HTTPS://api.twilio.com/2010-04-01"),
        *("http://localhost:8080/2010-04-01", "http://127.0.0.1/2010-04-01", "http://127.8.9.1/2010-04-01"),
        "http://[::1]:9/2010-04-01",
    ],
)
def test_an_address_of_twilio_or_of_this_machine_is_good(url: str) -> None:
    assert asset(base_url=url).base_url == url.strip().rstrip("/")


@for_each("url", ["", None, "  "])
def test_an_address_that_is_missing_is_said_to_be_missing(url: str | None) -> None:
    with pytest.raises(WrongValue, match=r"^base_url of the asset is missing\. .* https://api\.twilio\.com/2010-04-01"):
        asset(base_url=url)


@for_each(
    "url",
    [
        *("twilio", "api.twilio.com/2010-04-01", "ftp://api.twilio.com", "https://", "https:///2010-04-01"),
        *("https://api.twilio.com:port", "https://api.twilio.com:99999", "https://[::1", "javascript:alert(1)"),
        *("https://user:pass@api.twilio.com", "https://api.twilio.com\\@evil.example"),
        *("https://api.twilio.com/?x=1", "https://api.twilio.com/#x", "https://api twilio.com"),
        "https://api.twilio\u3002com",
    ],
)
def test_what_is_no_url_is_refused_by_name(url: str) -> None:
    with pytest.raises(WrongValue, match=r"^base_url of the asset is not a URL"):
        asset(base_url=url)


@for_each(
    "url",
    ["http://api.twilio.com", "http://10.0.0.1", "http://localhost.evil.example", "http://127.0.0.1.evil.example"],
)
def test_plain_http_off_this_machine_is_refused(url: str) -> None:
    with pytest.raises(WrongValue, match="unencrypted"):
        asset(base_url=url)


@for_each(
    "sid",
    [
        *("", "AC", "AC" + "0" * 31, "AC" + "0" * 33, "SK" + "0" * 32, "AC" + "g" * 32, "AC" + "0" * 30 + "/x"),
        "ac" + "0" * 32,
    ],
)
def test_an_account_sid_is_ac_and_32_hex_digits(sid: str) -> None:
    with pytest.raises(WrongValue, match=r"^account_sid of the asset is wrong"):
        asset(account_sid=sid)


def test_blanks_around_settings_are_stripped() -> None:
    padded = asset(account_sid=f" {CONFIG['account_sid']}\n", auth_token=f"\t{TOKEN} ", from_phone=" +15101281337 ")
    assert padded == asset()


@for_each("token", ["", None, "to ken", "tök\u2014en"])
def test_a_token_that_can_be_none_is_refused_without_showing_it(token: str | None) -> None:
    with pytest.raises(WrongValue, match=r"^auth_token of the asset is missing or holds") as caught:
        asset(auth_token=token)
    assert not token or token not in str(caught.value)


def test_the_token_is_in_no_text_of_the_asset() -> None:
    assert TOKEN not in f"{asset()!r} {asset()} {[asset()]} {asset().credentials!r}"


@for_each("spelling", ["", "5101281337", "MG123", "None"])
def test_what_is_no_sender_is_refused_by_name(spelling: str) -> None:
    with pytest.raises(WrongValue, match=rf"^from_phone of the asset is wrong: '{spelling}' is not a sender\. "):
        asset(from_phone=spelling)


# --- the caller


@for_each("value, number", [(None, ""), (" ", ""), ("+1 (510) 128-1338", "+15101281338")])
def test_the_caller_is_a_phone_number_or_the_sender(value: str | None, number: str) -> None:
    assert asset(caller_phone=value).caller_phone == number


@for_each("value", ["5101281338", "12345", "ACME SOC", "MG123", "whatsapp:+15101281337", "nonsense!"])
def test_a_caller_that_is_no_phone_number_is_refused_by_name(value: str) -> None:
    with pytest.raises(WrongValue) as caught:
        asset(caller_phone=value)
    assert str(caught.value) == (
        f"caller_phone of the asset is wrong: '{value}' is not a phone number with its country code, "
        "such as +15101281337."
    )


# --- secrets in the wrong field


@for_each("name", ["from_phone", "caller_phone", "timeout", "response_poll_interval", "to_phone"])
def test_a_token_in_another_field_is_not_shown(name: str) -> None:
    with pytest.raises(WrongValue, match=f"^{name} of the asset is wrong: ") as caught:
        asset(**{name: TOKEN}).test_recipient()
    assert not any(TOKEN[at : at + 8] in str(caught.value) for at in range(len(TOKEN) - 7))


# --- an API key


def test_with_a_key_it_calls_for_the_account() -> None:
    assert asset(api_sid=f" {KEY_SID} ").credentials == (CONFIG["account_sid"], KEY_SID, TOKEN)


@for_each("sid", ["SK", "AC" + "0" * 32, "SK" + "0" * 31, "SK" + "0" * 30 + "/x"])
def test_a_key_is_sk_and_32_hex_digits(sid: str) -> None:
    with pytest.raises(WrongValue, match=r"^api_sid of the asset is wrong: it is SK and 32 hexadecimal digits"):
        asset(api_sid=sid)


# --- waiting for an answer


@for_each("value, minutes", [(None, 30.0), ("", 30.0), ("0.5", 0.5), (90, 90.0), (0, 0.0), (2.5, 2.5)])
def test_the_timeout_is_in_minutes_and_may_be_a_fraction(value: Any, minutes: float) -> None:
    assert asset(timeout=value).timeout_min == minutes


@for_each("value, seconds", [(None, 5.0), ("", 5.0), ("1", 1.0), (30, 30.0)])
def test_the_poll_interval_is_in_seconds(value: Any, seconds: float) -> None:
    assert asset(response_poll_interval=value).poll_interval_s == seconds


@for_each(
    "name, value, unit",
    [
        *(("timeout", value, "minutes from 0 to 1440") for value in ("soon", "-1", "1441", "nan", "inf")),
        *(("response_poll_interval", value, "seconds from 1 to 3600") for value in ("often", "0", "3601")),
    ],
)
def test_any_other_time_is_refused_by_name(name: str, value: str, unit: str) -> None:
    with pytest.raises(WrongValue, match=rf"^{name} of the asset is wrong: '{value}' is not a number of {unit}\.$"):
        asset(**{name: value})


# --- the recipient of the test


@for_each(
    "to, from_, recipient",
    [
        *((to, "+15101281337", "") for to in (None, "", "  ")),
        *((to, "+15101281337", "+15101112345") for to in ("(510) 111-2345", "+15101112345", " 5101112345 ")),
        *(("whatsapp:5101112345", from_, "whatsapp:+15101112345") for from_ in ("whatsapp:+15101281337", SERVICE)),
    ],
)
def test_the_tests_recipient_may_be_missing_and_is_written_to_by_the_sender(
    to: str | None, from_: str, recipient: str
) -> None:
    assert asset(to_phone=to, from_phone=from_).test_recipient() == recipient


@for_each("value", ["12345", "nonsense", "whatsapp:+15101112345"])
def test_a_wrong_recipient_of_the_test_is_refused_by_name_and_only_where_it_is_used(value: str) -> None:
    found = asset(to_phone=value)
    with pytest.raises(WrongValue, match=r"^to_phone of the asset is wrong: "):
        found.test_recipient()
