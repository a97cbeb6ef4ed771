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
"""The asset: the settings an administrator made, checked before anything is sent."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from twilio_api.phone_number import to_e164


_ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
_URL_EXAMPLE = "such as https://api.twilio.com/2010-04-01"


class Asset(NamedTuple):
    """Checked settings. `base_url` has no trailing slash, `from_phone` is E.164; the token is not part of the repr."""

    base_url: str
    account_sid: str
    auth_token: str
    from_phone: str

    def __repr__(self) -> str:
        return f"Asset({self.base_url}, {self.account_sid}, {self.from_phone})"

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Asset:
        """Read the asset's configuration variables; raises ValueError, naming the variable, for a wrong one."""
        return cls(
            base_url=_base_url(_text(config, "base_url")),
            account_sid=_account_sid(_text(config, "account_sid")),
            auth_token=_auth_token(_text(config, "auth_token")),
            from_phone=_from_phone(_text(config, "from_phone")),
        )

    @property
    def host(self) -> str:
        """Twilio's host, for a person."""
        return urlsplit(self.base_url).netloc

    @property
    def is_in_clear(self) -> bool:
        """Whether calls are not encrypted, which only a server on this machine may ask for."""
        return urlsplit(self.base_url).scheme == "http"


def recipient_of_test(config: Mapping[str, Any]) -> str | None:
    """The E.164 number that test connectivity writes to, None where to_phone is not set; ValueError if it is wrong."""
    spelling = _text(config, "to_phone")
    if not spelling:
        return None
    try:
        return to_e164(spelling)
    except ValueError as error:
        raise ValueError(f"to_phone of the asset is wrong: {error}") from None


def _text(config: Mapping[str, Any], name: str) -> str:
    value = config.get(name)
    return "" if value is None else str(value).strip()


def _base_url(url: str) -> str:
    wrong = ValueError(f"base_url of the asset is not a URL. Set it to Twilio's address, {_URL_EXAMPLE}.")
    # Two parsers of one URL may disagree on these, and the token would go to another host than the one checked here
    if re.search(r"[\s\\@?#]|[^\x21-\x7e]", url):
        raise wrong
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise wrong from None
    if not host or parts.scheme not in ("http", "https"):
        raise wrong
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError(
            "base_url of the asset starts with http, so the auth token would travel in clear. "
            f"Set it to an https address, {_URL_EXAMPLE}."
        )
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _account_sid(sid: str) -> str:
    if not _ACCOUNT_SID.fullmatch(sid):
        raise ValueError(
            "account_sid of the asset is wrong: it is AC and 32 hexadecimal digits, "
            "as the Twilio console shows it under Account Info."
        )
    return sid


def _auth_token(token: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise ValueError(
            "auth_token of the asset is missing or holds characters that no token has. "
            "Copy it from the Twilio console, Account Info."
        )
    return token


def _from_phone(spelling: str) -> str:
    try:
        number = to_e164(spelling)
    except ValueError:
        number = ""
    if not number or "+" not in spelling:
        raise ValueError(
            f"from_phone of the asset is wrong: '{spelling}' is not a phone number with a country code. "
            "Set it to a number that Twilio assigned to you, starting with +, such as +15101281337."
        )
    return number
