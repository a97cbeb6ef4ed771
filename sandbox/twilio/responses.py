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
"""HTTP answers, and their bytes on the wire."""

from __future__ import annotations

import json
import uuid

from werkzeug.http import http_date
from werkzeug.wrappers import Response


def json_response(content: object, status: int = 200) -> Response:
    """An answer of Twilio's API."""
    answer = Response(json.dumps(content), status, content_type="application/json")
    answer.headers["Twilio-Request-Id"] = f"RQ{uuid.uuid4().hex}"
    return answer


def head(answer: Response, now: float) -> bytes:
    """Status line and headers of an answer given at `now` (seconds since the epoch), with the blank line after them."""
    answer.headers["Date"] = http_date(now)
    lines = [f"HTTP/1.1 {answer.status}", *(f"{name}: {value}" for name, value in answer.headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
