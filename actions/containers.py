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

import re
from datetime import datetime, timezone
from typing import Any

from actions.ingestion import Text
from twilio_consts import WHATSAPP_PREFIX


_NAME_CHARS = 60  # of a text, in the name of its container
_PHONE = ["phone number", "phone"]
_CEF_TYPES = {"fromPhone": _PHONE, "toPhone": _PHONE, "messageSid": ["twilio message sid"], "requestURL": ["url"]}
_LINK = re.compile(
    r"\b(?:https?://|www\.)[^\s<>\"]+"
    # such as bit.ly/x, as phishing by text likes it
    r"|(?<![\w@.-])(?:[a-z0-9-]+\.)+[a-z]{2,24}/[^\s<>\"]*",
    re.IGNORECASE | re.ASCII,
)
_AFTER_A_LINK = ".,;:!?'*_~"
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def container_of(text: Text, label: str) -> dict[str, Any]:
    """Return the container of a text, without its artifacts; `label` is the asset's, empty where it has none."""
    resource = storable(text.resource)
    sender, recipient = str(resource.get("from") or "unknown"), str(resource.get("to") or "unknown")
    channel = "WhatsApp message" if sender.startswith(WHATSAPP_PREFIX) else "SMS"
    sender, recipient = sender.replace(WHATSAPP_PREFIX, ""), recipient.replace(WHATSAPP_PREFIX, "")
    container = {
        "name": f"{channel} from {sender}: {_beginning(resource)}",
        "description": f"{channel} from {sender} to {recipient}",
        "severity": "medium",
        "source_data_identifier": text.sid,
        "start_time": iso8601(text.created),
        "data": resource,
    }
    return {**container, "label": label} if label else container


def artifacts_of(text: Text, container_id: object) -> list[dict[str, Any]]:
    """Return the artifacts of a text: one with all that matters, and one for each link after the first."""
    resource = storable(text.resource)
    found = links(str(resource.get("body") or ""))
    first = {
        "fromPhone": resource.get("from"),
        "toPhone": resource.get("to"),
        "messageBody": resource.get("body"),
        "messageSid": text.sid,
        "receivedAt": iso8601(text.created),
        "numMedia": resource.get("num_media"),
        **({"requestURL": found[0]} if found else {}),
    }
    cefs: list[dict[str, Any]] = [first, *({"messageSid": text.sid, "requestURL": link} for link in found[1:])]
    return [
        {
            "container_id": container_id,
            "name": "Link" if number else "Text message",
            "label": "message",
            "severity": "medium",
            "source_data_identifier": f"{text.sid}-{number}" if number else text.sid,
            "cef": cef,
            "cef_types": {key: kinds for key, kinds in _CEF_TYPES.items() if key in cef},
        }
        for number, cef in enumerate(cefs)
    ]


def links(body: str) -> list[str]:
    """Return the links in a text, each once, in their order and as they stand there."""
    return list(dict.fromkeys(link for found in _LINK.findall(body) if (link := _without_punctuation(found))))


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


def _beginning(resource: dict[str, Any]) -> str:
    body = " ".join(str(resource.get("body") or "").split())
    if body:
        return body if len(body) <= _NAME_CHARS else f"{body[: _NAME_CHARS - 1]}…"
    media = str(resource.get("num_media") or "0")
    return "(no text)" if media == "0" else f"(no text, {media} media)"


def _without_punctuation(link: str) -> str:
    """A link without what belongs to the sentence around it."""
    while link and (link[-1] in _AFTER_A_LINK or link.count(link[-1]) > link.count(_BRACKETS.get(link[-1], link[-1]))):
        link = link[:-1]
    return link
