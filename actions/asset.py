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
from twilio_consts import MAX_TIMEOUT_MIN


DEFAULT_TIMEOUT_MIN = 30.0
DEFAULT_POLL_INTERVAL_S = 5.0
MAX_POLL_INTERVAL_S = 3600.0
_DEFAULTS = {"timeout": DEFAULT_TIMEOUT_MIN, "response_poll_interval": DEFAULT_POLL_INTERVAL_S}
_URL_EXAMPLE = "such as https://api.twilio.com/2010-04-01"
_KEY_EXAMPLE = "SK" + "0123456789abcdef" * 2
_WRONG_URL = f"base_url of the asset is {{}}. Set it to Twilio's address, {_URL_EXAMPLE}."
_UNENCRYPTED_URL = (
    "base_url of the asset starts with http, so the auth token would travel unencrypted. "
    f"Set it to an https address, {_URL_EXAMPLE}."
)
_WRONG_ACCOUNT_SID = (
    "account_sid of the asset is wrong: it is AC and 32 hexadecimal digits, "
    "as the Twilio console shows it under Account Info."
)
_WRONG_AUTH = (
    "auth_token of the asset is missing or holds characters that no token has. "
    "Copy it from the Twilio console, Account Info; where api_sid is set, it is the secret of that API key."
)


class Asset(NamedTuple):
    """Checked settings. `base_url` has no trailing slash.

    `caller_phone` is the number that calls are made from, in E.164; empty where it is the sender. `timeout_min` is how
    long "ask question" waits, in minutes; `poll_interval_s` the longest time between two checks for an answer, in
    seconds.
    """

    base_url: str
    credentials: Credentials
    sender: Sender
    to_phone: str
    caller_phone: str
    timeout_min: float
    poll_interval_s: float

    def test_recipient(self) -> str:
        """The recipient that test connectivity writes to, empty where to_phone is not set; WrongValue if wrong."""
        if not self.to_phone:
            return ""
        try:
            return self.sender.recipient(self.to_phone, "from_phone")
        except WrongValue as error:
            raise WrongValue(f"to_phone of the asset is wrong: {error}") from None


def read_asset(config: Mapping[str, Any]) -> Asset:
    """Read the asset's configuration variables; raises WrongValue, naming the variable, for a wrong one."""
    given: defaultdict[str, Any] = defaultdict(str, _DEFAULTS)
    given.update((name, text) for name, value in config.items() if value is not None and (text := str(value).strip()))
    base_url = _base_url(given["base_url"])
    account_sid, secret, key = given["account_sid"], given["auth_token"], given["api_sid"]
    if not re.fullmatch(r"AC[0-9a-fA-F]{32}", account_sid):
        raise WrongValue(_WRONG_ACCOUNT_SID)
    if not re.fullmatch(r"[\x21-\x7e]+", secret):
        raise WrongValue(_WRONG_AUTH)
    sender = parse_sender(given["from_phone"], "from_phone of the asset")
    user = checked_sid(key, ("SK",), "api_sid of the asset", _KEY_EXAMPLE) if key else account_sid
    caller = given["caller_phone"] and _caller_phone(given["caller_phone"])
    timeout_min = parse_number(given["timeout"], "timeout of the asset", "minutes", 0.0, MAX_TIMEOUT_MIN)
    interval = given["response_poll_interval"]
    interval_s = parse_number(interval, "response_poll_interval of the asset", "seconds", 1.0, MAX_POLL_INTERVAL_S)
    credentials = Credentials(account_sid, user, secret)
    return Asset(base_url, credentials, sender, given["to_phone"], caller, timeout_min, interval_s)


def _base_url(url: str) -> str:
    wrong = WrongValue(_WRONG_URL.format("not a URL" if url else "missing"))
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise wrong from None
    # Two parsers of one URL may disagree on these, and the token would go to another host than the one checked here
    if not host or parts.scheme not in ("http", "https") or re.search(r"[\s\\@?#]|[^\x21-\x7e]", url):
        raise wrong
    if parts.scheme == "http" and not is_loopback(host):
        raise WrongValue(_UNENCRYPTED_URL)
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
