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
"""The calls resource: https://www.twilio.com/docs/voice/api/call-resource"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.twilio import twiml
from sandbox.twilio.call import DEFAULT_TIMEOUT_S, Call, NewCall, Script
from sandbox.twilio.call_log import CallLog
from sandbox.twilio.errors import ApiError, NotFound, NotSimulated
from sandbox.twilio.paging import page
from sandbox.twilio.recorded_request import RecordedRequest
from sandbox.twilio.responses import Response, json_response
from sandbox.twilio.routes import ACCOUNT_PATH, Route


MAX_TIMEOUT_S = 600
MACHINE_DETECTION = ("Enable", "DetectMessageEnd")

_LIST_PATH = f"{ACCOUNT_PATH}/Calls.json"
_CALL_PATH = f"{ACCOUNT_PATH}/Calls/<sid>.json"
_PERMISSION = "twilio/voice/calls"
_PARAMETERS = frozenset(("To", "From", "Twiml", "Timeout", "MachineDetection"))
_FILTERS = ("To", "From")


class Calls:
    """Creates, shows and ends the calls of an account. What a call says is TwiML in `Twiml`: there are no webhooks."""

    def __init__(self, log: CallLog, clock: Callable[[], float]) -> None:
        self._log = log
        self._clock = clock

    def routes(self) -> list[Route]:
        """The list, and each call by its SID."""
        return [
            Route("POST", _LIST_PATH, self.create, f"{_PERMISSION}/create", takes_test_credentials=True),
            Route("GET", _LIST_PATH, self.list, f"{_PERMISSION}/list"),
            Route("GET", _CALL_PATH, self.fetch, f"{_PERMISSION}/read"),
            Route("POST", _CALL_PATH, self.update, f"{_PERMISSION}/update"),
        ]

    def create(self, request: RecordedRequest) -> Response:
        """Create a call; NotSimulated where its instructions are at a Url, or anything else is asked of it."""
        form = request.form
        unknown = sorted(set(form) - _PARAMETERS)
        if unknown:
            raise NotSimulated(f"the parameter {unknown[0]} of a call")
        new = NewCall(form.get("To", ""), form.get("From", ""), _timeout_s(form), _detects_machines(form))
        self._log.check(new)
        if not form.get("Twiml"):
            raise ApiError(21205)
        call = self._log.place(new, Script(twiml.parse(form["Twiml"])))
        return json_response(call.resource_when_created(), 201)

    def list(self, request: RecordedRequest) -> Response:
        """Show a page of the log."""
        query = request.query
        matching = [
            call
            for call in self._log.visible()
            if query.get("To", call.to) == call.to and query.get("From", call.from_) == call.from_
        ]
        return json_response(page(matching, query, "calls", _FILTERS, request.path, self._clock()))

    def fetch(self, request: RecordedRequest, sid: str) -> Response:
        """Show one call."""
        return json_response(self._find(sid).resource(self._clock()))

    def update(self, request: RecordedRequest, sid: str) -> Response:
        """End a call, by its Status; NotSimulated where it is to get other instructions."""
        call = self._find(sid)
        if "Url" in request.form or "Twiml" in request.form:
            raise NotSimulated("other instructions for a call under way")
        status = request.form.get("Status", "")
        if status not in ("completed", "canceled"):
            raise ApiError(20001, parameter="Status")
        call.end(status, self._log.ending_s)
        return json_response(call.resource(self._clock()))

    def _find(self, sid: str) -> Call:
        call = self._log.find(sid)
        if call is None:
            raise NotFound
        return call


def _timeout_s(form: Mapping[str, str]) -> int:
    text = form.get("Timeout", str(DEFAULT_TIMEOUT_S))
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= MAX_TIMEOUT_S:
        raise ApiError(20001, parameter="Timeout")
    return int(text)


def _detects_machines(form: Mapping[str, str]) -> bool:
    mode = form.get("MachineDetection")
    if mode is not None and mode not in MACHINE_DETECTION:
        raise ApiError(20001, parameter="MachineDetection")
    return mode is not None
