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
"""What a text becomes in SOAR: a container with its artifacts."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timezone
from typing import Any

from actions.ingestion import Text
from actions.links import links
from twilio_api.values import num_media


_NAME_CHARS = 60  # of a text, in the name of its container
_CHANNELS = {"": "SMS", "whatsapp": "WhatsApp message", "rcs": "RCS message"}
_JOINERS = "\u200c\u200d"  # of letters and emoji: the only invisible characters that a name needs
_PHONE = ["phone number", "phone"]
_CEF_TYPES = {
    "fromPhone": _PHONE,
    "toPhone": _PHONE,
    "messageSid": ["twilio message sid"],
    "requestURL": ["url"],
    "vaultId": ["vault id"],
    "fileName": ["file name"],
    "fileHashSha256": ["sha256", "hash"],
}


def container_of(text: Text, label: str) -> dict[str, Any]:
    """Return the container of a text with its artifacts; `label` is the asset's, empty where it has none.

    One artifact has all that matters, and each link after the first has one of its own.
    """
    resource = storable(text.resource)
    channel, sender = _address(resource.get("from"))
    name = f"{channel} from {sender}"
    container = {
        "name": f"{name}: {_beginning(resource)}",
        "description": f"{name} to {_address(resource.get('to'))[1]}",
        "severity": "medium",
        "source_data_identifier": text.sid,
        "start_time": iso8601(text.created),
        "data": resource,
        "artifacts": _artifacts(text.sid, text.created, resource),
    }
    return {**container, "label": label} if label else container


def _artifacts(sid: str, created: float, resource: dict[str, Any]) -> list[dict[str, Any]]:
    sender = resource.get("from")
    first, *further = links(str(resource.get("body") or "")) or [""]
    text = {
        "fromPhone": sender,
        "toPhone": resource.get("to"),
        "messageBody": resource.get("body"),
        "messageSid": sid,
        "receivedAt": iso8601(created),
        "numMedia": resource.get("num_media"),
        **({"requestURL": first} if first else {}),
    }
    return [
        artifact("Text message", sid, text),
        *(
            artifact("Link", f"{sid}-{number}", {"fromPhone": sender, "messageSid": sid, "requestURL": link})
            for number, link in enumerate(further, start=1)
        ),
    ]


def artifact(name: str, identifier: str, cef: dict[str, Any]) -> dict[str, Any]:
    """Return an artifact; its identifier is its own, so that the platform can tell when it is saved again."""
    return {
        "name": name,
        "label": "message",
        "severity": "medium",
        "source_data_identifier": identifier,
        "cef": cef,
        "cef_types": {key: kinds for key, kinds in _CEF_TYPES.items() if key in cef},
    }


def iso8601(seconds: float) -> str:
    """A time as SOAR wants it, such as "2026-11-23T14:30:00.000000Z"; `seconds` since the epoch."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def storable(value: Any) -> Any:
    """Return a value with what no database keeps replaced by a question mark: a NUL, an unpaired surrogate."""
    if isinstance(value, str):
        return value.replace("\x00", "?").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return [storable(item) for item in value] if isinstance(value, list) else value


def _address(value: Any) -> tuple[str, str]:
    """Return what comes over the channel of an address, and the address without it; both fit into a name."""
    prefix, colon, rest = _visible(str(value or "unknown")).partition(":")
    channel = prefix.lower() if colon else ""
    return _CHANNELS.get(channel, f"{prefix.title()} message"), rest if colon else prefix


def _beginning(resource: dict[str, Any]) -> str:
    body = _visible(str(resource.get("body") or ""))
    if body:
        return body if len(body) <= _NAME_CHARS else f"{body[: _NAME_CHARS - 1]}…"
    media = num_media(resource)
    return "(no text)" if media == "0" else f"(no text, {media} media)"


def _visible(text: str) -> str:
    """Return a text on one line, without what would hide or turn round the text beside it."""
    on_one_line = " ".join(text.split())
    return "".join(char for char in on_one_line if char in _JOINERS or unicodedata.category(char) not in ("Cc", "Cf"))
