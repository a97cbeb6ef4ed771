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

from actions.asset import Asset, recipient_of_test


TOKEN = "0123456789abcdef0123456789abcdef"
CONFIG = {
    "base_url": "https://api.twilio.com/2010-04-01",
    "account_sid": "AC" + "0" * 32,
    "auth_token": TOKEN,
    "from_phone": "+15101281337",
}


def asset(**changes: Any) -> Asset:
    return Asset.from_config({**CONFIG, **changes})


def test_good_settings_are_taken_as_they_are() -> None:
    assert asset()._asdict() == CONFIG


@pytest.mark.parametrize(
    "url",
    [
        "https://api.twilio.com/2010-04-01/",
        " https://api.twilio.com/2010-04-01// \n",
        "https://api.dublin.ie1.twilio.com/2010-04-01",
        "HTTPS://api.twilio.com/2010-04-01",
        "http://localhost:8080/2010-04-01",
        "http://127.0.0.1/2010-04-01",
        "http://127.8.9.1/2010-04-01",
        "http://[::1]:9/2010-04-01",
    ],
)
def test_an_address_of_twilio_or_of_this_machine_is_good(url: str) -> None:
    assert asset(base_url=url).base_url == url.strip().rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        None,
        "twilio",
        "api.twilio.com/2010-04-01",
        "ftp://api.twilio.com",
        "https://",
        "https:///2010-04-01",
        "https://api.twilio.com:port",
        "https://api.twilio.com:99999",
        "https://user:pass@api.twilio.com",
        "https://api.twilio.com\\@evil.example",
        "https://api.twilio.com/?x=1",
        "https://api.twilio.com/#x",
        "https://api twilio.com",
        "https://[::1",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_url_is_refused_by_name(url: object) -> None:
    with pytest.raises(ValueError, match=r"^base_url of the asset is not a URL"):
        asset(base_url=url)


@pytest.mark.parametrize(
    "url",
    ["http://api.twilio.com", "http://10.0.0.1", "http://localhost.evil.example", "http://127.0.0.1.evil.example"],
)
def test_plain_http_off_this_machine_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="in clear"):
        asset(base_url=url)


@pytest.mark.parametrize(
    "sid",
    [
        "",
        "AC",
        "AC" + "0" * 31,
        "AC" + "0" * 33,
        "SK" + "0" * 32,
        "AC" + "g" * 32,
        "AC" + "0" * 30 + "/x",
        "ac" + "0" * 32,
    ],
)
def test_an_account_sid_is_ac_and_32_hex_digits(sid: str) -> None:
    with pytest.raises(ValueError, match=r"^account_sid of the asset is wrong"):
        asset(account_sid=sid)


def test_blanks_around_settings_are_stripped() -> None:
    padded = asset(account_sid=f" {CONFIG['account_sid']}\n", auth_token=f"\t{TOKEN} ", from_phone=" +15101281337 ")
    assert padded == asset()


@pytest.mark.parametrize("token", ["", None, "to ken", "tök\u2014en"])
def test_a_token_that_can_be_none_is_refused_without_showing_it(token: str | None) -> None:
    with pytest.raises(ValueError, match=r"^auth_token of the asset is missing or holds") as caught:
        asset(auth_token=token)
    assert not token or token not in str(caught.value)


def test_the_token_is_in_no_text_of_the_asset() -> None:
    assert TOKEN not in f"{asset()!r} {asset()} {[asset()]}"


@pytest.mark.parametrize("number", ["+15101281337", "+1 (510) 128-1337", "+44 (0)20 7946 0958"])
def test_a_sender_carries_its_country_code(number: str) -> None:
    assert asset(from_phone=number).from_phone.startswith("+")


@pytest.mark.parametrize(
    "number", ["", "5101281337", "0015101281337", "12345", "+12", "TWILIO", "whatsapp:+15101281337"]
)
def test_a_sender_without_one_is_refused_with_an_example(number: str) -> None:
    with pytest.raises(
        ValueError, match=r"^from_phone of the asset is wrong: .* starting with \+, such as \+15101281337"
    ):
        asset(from_phone=number)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_the_tests_recipient_may_be_missing(value: str | None) -> None:
    assert recipient_of_test({"to_phone": value}) is None


def test_the_tests_recipient_is_normalised() -> None:
    assert recipient_of_test({"to_phone": "(510) 111-2345"}) == "+15101112345"


def test_a_wrong_recipient_of_test_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"^to_phone of the asset is wrong: '12345'"):
        recipient_of_test({"to_phone": "12345"})
