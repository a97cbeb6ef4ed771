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

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from twilio_api.client import Credentials
from twilio_api.sender import Sender, parse_sender
from twilio_api.values import WrongValue, checked_sid, is_loopback, parse_number, quoted
from twilio_consts import DEFAULT_POLL_INTERVAL_S, DEFAULT_TIMEOUT_MIN, MAX_POLL_INTERVAL_S, MAX_TIMEOUT_MIN


_URL_EXAMPLE = "such as https://api.twilio.com/2010-04-01"
_KEY_EXAMPLE = "SK" + "0123456789abcdef" * 2
_WRONG_ACCOUNT_SID = (
    "account_sid of the asset is wrong: it is AC and 32 hexadecimal digits, "
    "as the Twilio console shows it under Account Info."
)
_WRONG_AUTH = (
    "auth_token of the asset is missing or holds characters that no token has. "
    "Copy it from the Twilio console, Account Info; where api_sid is set, it is the secret of that API key."
)


class Asset(NamedTuple):
    """Checked settings. `base_url` has no trailing slash; `auth_token` is the secret of `api_sid` where that is set.

    `caller_phone` is the number that calls are made from, in E.164; empty where it is the sender. `timeout_min` is how
    long "ask question" waits, in minutes; `poll_interval_s` the longest time between two checks for an answer, in
    seconds. The token is not part of the repr.
    """

    base_url: str
    account_sid: str
    auth_token: str
    sender: Sender
    api_sid: str
    to_phone: str
    caller_phone: str
    timeout_min: float
    poll_interval_s: float

    def __repr__(self) -> str:
        return f"Asset({self.base_url}, {self.account_sid}, {self.sender.value})"

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Asset:
        """Read the asset's configuration variables; raises WrongValue, naming the variable, for a wrong one."""
        given = defaultdict(str, ((name, str(value).strip()) for name, value in config.items() if value is not None))
        timeout, poll_interval = given["timeout"], given["response_poll_interval"]
        return cls(
            base_url=_base_url(given["base_url"]),
            account_sid=_matching(r"AC[0-9a-fA-F]{32}", given["account_sid"], _WRONG_ACCOUNT_SID),
            auth_token=_matching(r"[\x21-\x7e]+", given["auth_token"], _WRONG_AUTH),
            sender=parse_sender(given["from_phone"], "from_phone of the asset"),
            api_sid=given["api_sid"] and checked_sid(given["api_sid"], ("SK",), "api_sid of the asset", _KEY_EXAMPLE),
            to_phone=given["to_phone"],
            caller_phone=given["caller_phone"] and _caller_phone(given["caller_phone"]),
            timeout_min=parse_number(
                timeout or DEFAULT_TIMEOUT_MIN, "timeout of the asset", "minutes", 0.0, MAX_TIMEOUT_MIN
            ),
            poll_interval_s=parse_number(
                poll_interval or DEFAULT_POLL_INTERVAL_S,
                "response_poll_interval of the asset",
                "seconds",
                1.0,
                MAX_POLL_INTERVAL_S,
            ),
        )

    @property
    def credentials(self) -> Credentials:
        """What calls to Twilio are made with."""
        return Credentials(self.account_sid, self.api_sid or self.account_sid, self.auth_token)

    def test_recipient(self) -> str:
        """The recipient that test connectivity writes to, empty where to_phone is not set; WrongValue if wrong."""
        if not self.to_phone:
            return ""
        try:
            return self.sender.recipient(self.to_phone, "from_phone")
        except WrongValue as error:
            raise WrongValue(f"to_phone of the asset is wrong: {error}") from None


def _matching(pattern: str, text: str, wrong: str) -> str:
    if not re.fullmatch(pattern, text):
        raise WrongValue(wrong)
    return text


def _base_url(url: str) -> str:
    if not url:
        raise WrongValue(f"base_url of the asset is missing. Set it to Twilio's address, {_URL_EXAMPLE}.")
    wrong = WrongValue(f"base_url of the asset is not a URL. Set it to Twilio's address, {_URL_EXAMPLE}.")
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
    if parts.scheme == "http" and not is_loopback(host):
        raise WrongValue(
            "base_url of the asset starts with http, so the auth token would travel unencrypted. "
            f"Set it to an https address, {_URL_EXAMPLE}."
        )
    return url.rstrip("/")


def _caller_phone(text: str) -> str:
    try:
        caller = parse_sender(text, "caller_phone of the asset")
        if caller.is_number:
            return caller.value
    except WrongValue:  # its text names kinds of senders that cannot call
        pass
    raise WrongValue(
        f"caller_phone of the asset is wrong: {quoted(text)} is not a phone number with its country code, "
        "such as +15101281337."
    )
