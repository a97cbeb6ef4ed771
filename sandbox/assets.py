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
"""The asset of a run at the command line: of the real Twilio, where the environment names one, or of a local Twilio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from sandbox.soar import load_manifest
from sandbox.twilio import PAGE_PATH, RESTRICTED_KEY, STANDARD_KEY, ApiKey, LocalTwilio, Outcome


# What says whose account it is: these belong together, and never to two assets
CREDENTIALS = ("account_sid", "auth_token", "from_phone")


class CommandError(Exception):
    """What is given is not enough for a command, or contradicts itself; the text says what to change."""


def variable(name: str) -> str:
    """The environment variable that holds a configuration variable of the real asset."""
    return f"TWILIO_{name.upper()}"


def real_asset(environment: Mapping[str, str]) -> dict[str, Any] | None:
    """The asset of the real Twilio that the environment names, or None where it names none.

    Raises CommandError where it names a part of one.
    """
    config = {
        name: environment[variable(name)]
        for name in load_manifest()["configuration"]
        if environment.get(variable(name))
    }
    missing = [variable(name) for name in CREDENTIALS if name not in config]
    if len(missing) == len(CREDENTIALS):
        return None
    if missing:
        raise CommandError(
            f"Not set in the environment: {', '.join(missing)}. The real Twilio needs all of "
            f"{', '.join(map(variable, CREDENTIALS))}; unset them all to use the local Twilio."
        )
    return config


def local_twilio(given: Mapping[str, Any], outcome: Outcome, port: int = 0) -> LocalTwilio:
    """A local Twilio with the given credentials, and its own in place of those that are not given."""
    own: dict[str, Any] = {name: given[name] for name in CREDENTIALS if isinstance(given.get(name), str)}
    if not own.get("from_phone", "").startswith("+"):
        own.pop("from_phone", None)  # a sender of another kind; it has one of each
    if given.get("api_sid") and "auth_token" in own:
        own["keys"] = [ApiKey(str(given["api_sid"]), own.pop("auth_token"))]
    own.setdefault("keys", [STANDARD_KEY, RESTRICTED_KEY])
    return LocalTwilio(outcome=outcome, port=port, **own)


def local_asset(twilio: LocalTwilio) -> dict[str, Any]:
    """The asset of a local Twilio."""
    return {
        "base_url": twilio.base_url,
        "account_sid": twilio.account_sid,
        "auth_token": twilio.auth_token,
        "from_phone": twilio.from_phone,
    }


def phone_url(base_url: str) -> str:
    """The address of the page with the phones, for the base_url of a local Twilio."""
    return urljoin(base_url, PAGE_PATH)


def describe(twilio: LocalTwilio) -> list[str]:
    """Lines that say what to enter in an asset form for a local Twilio, with one sender and one key of each kind."""
    senders = twilio.account.senders
    others = [
        *((service.sid, "a Messaging Service") for service in senders.services),
        *((code, "a short code, for numbers of the USA and Canada") for code in senders.short_codes),
        *((name, "a sender ID, for numbers of other countries; nobody can reply") for name in senders.sender_ids),
        *((sender, "WhatsApp: free text to those who wrote first") for sender in senders.whatsapp_senders),
    ]
    return [
        "For the asset form of the app:",
        *(f"  {name:<12} {value}" for name, value in local_asset(twilio).items()),
        "Other senders for from_phone:",
        *(f"  {sender:<36} {kind}" for sender, kind in others),
        "API keys, with api_sid and the secret as auth_token:",
        *(
            f"  {key.sid}   {key.secret}   {'may do all' if key.permissions is None else 'for messages only'}"
            for key in twilio.account.keys
        ),
    ]
