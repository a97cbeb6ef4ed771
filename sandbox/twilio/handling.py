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
"""One request to the local Twilio, without a connection: what its server does with it, and so do tests in memory."""

from __future__ import annotations

from typing import Any

from sandbox.twilio.dates import http_date
from sandbox.twilio.errors import ApiError
from sandbox.twilio.fault import Fault
from sandbox.twilio.recorded_request import RecordedRequest
from sandbox.twilio.responses import Response
from sandbox.twilio.throttle import Admission


def handle(twilio: Any, request: RecordedRequest, admission: Admission) -> tuple[Response, Fault | None]:
    """Let the local Twilio handle a request, and record it; return its response, and the fault that it meets.

    The response is empty where a fault comes before the request is processed.
    """
    fault = None if admission.is_throttled else twilio.faults.next_for(request)
    request.fault, request.is_throttled = fault, admission.is_throttled
    twilio.requests.append(request)
    response = Response()
    if admission.is_throttled:
        response = ApiError(20429).response()
    elif fault is None or fault.is_processed:
        response = twilio.api.respond(request)
    # Not by the clock: a busy machine would put time between what a page of the log shows and its Date
    response.headers["Date"] = http_date(request.time + twilio.latency_s + twilio.edge_ahead_s)
    response.headers["Twilio-Concurrent-Requests"] = str(admission.concurrent)
    return response, fault
