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
"""Every action with every cause: what a result says is true, keeps the cause, and contradicts itself nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from actions.error_text import clause
from sandbox.memory_transport import MemoryRequest, Trouble
from sandbox.soar import SoarStore, load_manifest
from sandbox.twilio import CONTENT_SID
from tests.harness import TEXT, TO, Harness, Run
from twilio_api.errors import (
    ApiError,
    CallError,
    ConnectionFailed,
    InternalError,
    NoResponse,
    ResponseTooLong,
    UnexpectedResponse,
)


HOST = "api.twilio.com"


def _api_error(status: int, code: int) -> ApiError:
    return ApiError(status, f'{{"code": {code}, "status": {status}}}', {"code": code, "status": status})


CAUSES: dict[str, CallError] = {
    "no connection": ConnectionFailed(HOST, "the connection was refused"),
    "no trust": ConnectionFailed(HOST, "its TLS certificate is not trusted", is_transient=False),
    "no response": NoResponse(HOST, "it was silent for 10 seconds"),
    "a portal": UnexpectedResponse(200, "Data from server: Please sign in"),
    "a redirect": UnexpectedResponse(302, "The server redirects to portal.example, which is never followed"),
    "a proxy's refusal": UnexpectedResponse(403, "Data from server: Access denied, policy 12"),
    "a gateway's page": UnexpectedResponse(502, "Data from server: Bad Gateway"),
    "too long": ResponseTooLong(200, "The response is longer than 2097152 bytes"),
    "400": _api_error(400, 21211),
    "401": _api_error(401, 20003),
    "403": _api_error(403, 20005),
    "404": _api_error(404, 20404),
    "408": _api_error(408, 20408),
    "409": _api_error(409, 20409),
    "429": _api_error(429, 20429),
    "queue full": _api_error(429, 21611),
    "503": _api_error(503, 20503),
    "a mistake": InternalError(KeyError("x")),
}


def _is_unclear(cause: CallError) -> bool:
    """Whether Twilio may have processed a call that failed so."""
    is_refusal = isinstance(cause, (ApiError, UnexpectedResponse)) and 400 <= cause.status < 500 and cause.status != 408
    return not cause.is_unsent and not is_refusal


UNCLEAR = {name: cause for name, cause in CAUSES.items() if _is_unclear(cause)}


class Operation(NamedTuple):
    """An action with parameters; `config` changes the asset, `longest_s` is how long it may take."""

    name: str
    action: str
    parameters: dict[str, Any]
    config: dict[str, Any] = {}
    longest_s: float = 40.0


CALL = {"to_phone": TO, "message": "The mail gateway is down", "timeout": 5}
MINUTE_S = 25.0 + 15.0 + 60.0
CREATING = [
    Operation("send message", "send message", {"to_phone": TO, "message": TEXT}, {}, MINUTE_S),
    Operation(
        "send template",
        "send template",
        {"to_phone": TO, "content_sid": CONTENT_SID, "content_variables": '{"1": "x", "2": "y"}'},
        {},
        MINUTE_S,
    ),
    Operation("ask question", "ask question", {"to_phone": TO, "question": "Isolate?", "timeout": 0.2}, {}, MINUTE_S),
    Operation("call phone", "call phone", CALL, {}, 280.0),
    Operation("call phone and ask", "call phone", {**CALL, "acknowledge": True}, {}, 330.0),
    Operation("test with a message", "test connectivity", {}, {"to_phone": TO}, 40.0 + MINUTE_S),
]
_SID = "SM" + "7" * 32
READING = [
    Operation("test connectivity", "test connectivity", {}),
    Operation("get response", "get response", {"question_id": _SID}),
    Operation("list messages", "list messages", {"phone": TO}),
    Operation("get message", "get message", {"message_sid": _SID}),
    Operation("get media", "get media", {"message_sid": _SID}),
    Operation("redact message", "redact message", {"message_sid": _SID}),
    Operation("delete message", "delete message", {"message_sid": _SID}),
    Operation("lookup phone", "lookup phone", {"phone": TO}),
    Operation("on poll", "on poll", {}),
]
GOOD = (
    "delivered",
    "unconfirmed",
    "answered",
    "asked",
    "no_response",
    "not_answered",
    "acknowledged",
    "not_acknowledged",
)


class Trial:
    """One run in which calls fail."""

    def __init__(
        self, operation: Operation, cause: CallError, *, reads: bool, creates: bool, is_processed: bool = False
    ) -> None:
        self._operation, self._cause = operation, cause
        self._reads, self._creates, self._is_processed = reads, creates, is_processed
        self.failed: list[MemoryRequest] = []
        self.harness = Harness()
        self.harness.network.trouble = self._trouble
        self.run: Run = self.harness.run(
            operation.action, operation.parameters, store=SoarStore(), checks_form=False, **operation.config
        )
        self.message = self.run.message
        self.outcome = str(self.run.summary.get("outcome", ""))

    def _trouble(self, request: MemoryRequest) -> Trouble | None:
        if not (self._creates if request.is_create else self._reads):
            return None
        self.failed.append(request)
        is_lost = not (self._is_processed and request.is_create)
        return Trouble(error=self._cause, lost_before=is_lost, response_s=1.0)

    @property
    def created(self) -> int:
        """How many messages and calls it created."""
        return len(self.harness.twilio.messages) + len(self.harness.twilio.calls)

    @property
    def faults(self) -> list[str]:
        """What does not hold of it and holds whatever happens."""
        creates = [request for request in self.failed if request.is_create]
        rules = {
            "at most one is created": self.created <= 1,
            "what is not sent is not there": self.outcome != "not_sent" or self.created == 0,
            "what is good is there": self.outcome not in GOOD or self.created == 1,
            "what is unclear is not repeated": self._cause not in UNCLEAR.values() or len(creates) <= 1,
            "it takes no longer than it may": self.run.seconds <= self._operation.longest_s,
        }
        return [rule for rule, holds in rules.items() if not holds]

    @property
    def keeps_the_cause(self) -> bool:
        """Whether the message says what happened."""
        return clause(self._cause) in self.message


def wrong(
    operations: list[Operation], causes: dict[str, CallError], is_right: Callable[[Trial], bool], **how: bool
) -> dict[tuple[str, str], tuple[list[str], str]]:
    """Each operation and cause whose run is not right: what does not hold of it, and what its result says."""
    found = {}
    for operation in operations:
        for name, cause in causes.items():
            trial = Trial(operation, cause, **how)
            faults = trial.faults + [f"{is_right.__name__}, {trial.outcome}"] * (not is_right(trial))
            if faults:
                found[operation.name, name] = (faults, trial.message)
    return found


def is_reported_by_its_cause(trial: Trial) -> bool:
    return trial.outcome in ("not_sent", "unknown") and trial.keeps_the_cause


def is_found(trial: Trial) -> bool:
    return trial.outcome in GOOD


def loses_nothing(trial: Trial) -> bool:
    if trial.created:
        return bool(trial.run.row) and trial.outcome in (*GOOD, "unknown")
    return trial.outcome == "not_sent" and trial.keeps_the_cause


def fails_with_the_cause(trial: Trial) -> bool:
    return trial.run.status == "failed" and trial.keeps_the_cause and trial.created == 0


def test_each_action_meets_each_cause() -> None:
    # A page makes several create calls: its tests let each of them meet what is told of one here
    actions = {row["action"] for row in load_manifest()["actions"]} - {"page on call"}
    assert {operation.action for operation in (*CREATING, *READING)} == actions


def test_a_create_call_that_fails_is_reported_by_its_cause() -> None:
    assert wrong(CREATING, CAUSES, is_reported_by_its_cause, reads=False, creates=True) == {}


def test_what_was_created_in_spite_of_it_is_found() -> None:
    assert wrong(CREATING, UNCLEAR, is_found, reads=False, creates=True, is_processed=True) == {}


def test_where_nothing_works_it_is_reported_by_the_cause() -> None:
    assert wrong(CREATING, CAUSES, is_reported_by_its_cause, reads=True, creates=True) == {}


def test_where_reads_fail_nothing_is_lost() -> None:
    assert wrong(CREATING, CAUSES, loses_nothing, reads=True, creates=False) == {}


def test_what_only_reads_fails_with_the_cause_and_does_no_harm() -> None:
    assert wrong(READING, CAUSES, fails_with_the_cause, reads=True, creates=True) == {}
