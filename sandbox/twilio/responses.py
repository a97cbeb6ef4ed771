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
"""HTTP responses, and the bytes that they are sent as."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from http import HTTPStatus

from sandbox.twilio.dates import http_date


@dataclass
class Response:
    """A response: its body, its status, and its headers by their usual names."""

    content: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def json_response(content: object, status: int = 200) -> Response:
    """A response of Twilio's API."""
    headers = {"Content-Type": "application/json", "Twilio-Request-Id": f"RQ{uuid.uuid4().hex}"}
    return Response(json.dumps(content).encode(), status, headers)


def empty_response() -> Response:
    """The response to a deletion: 204, without a body."""
    return Response(status=204, headers={"Twilio-Request-Id": f"RQ{uuid.uuid4().hex}"})


def status_line(response: Response) -> str:
    """The first line of a response."""
    return f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"


def response_head(response: Response, now: float) -> bytes:
    """Status line and headers of a response, and the blank line after them.

    Without a Date of its own it gets that of `now` (seconds since the epoch).
    """
    response.headers.setdefault("Date", http_date(now))
    lines = [status_line(response), *(f"{name}: {value}" for name, value in response.headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
