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
"""Executions of the flow that asks for a key: created once, read with their context and call, and ended."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from twilio_api.calls import Call, CallDraft, CallLog, end_call, fetch_call
from twilio_api.client import TwilioClient
from twilio_api.creation import Kind, Observer, Step, create_once
from twilio_api.errors import ApiError, CallError, UnexpectedResponse
from twilio_api.flows import (
    ACKNOWLEDGE_KEY,
    CALL_WIDGET,
    MESSAGE_PARAMETER,
    NO_KEY_WIDGET,
    QUESTION_WIDGETS,
    RUN_PARAMETER,
)
from twilio_api.response import Response
from twilio_api.sid import sid_of
from twilio_api.timestamps import parse_date, parse_iso_date
from twilio_api.twiml import as_sentence, check_length, check_speakable, phrases, speakable_without_markup
from twilio_consts import CALL_NOT_ANSWERED_STATUSES, CONTEXT_LAG_S, EXECUTION_ENDED, SEARCH_PAGE_SIZE


_KIND = Kind(noun="call", log="Studio's list of executions")


class Execution(NamedTuple):
    """An execution as Twilio last showed it.

    `resource` and `context` are as they came; `call` is the call that it made, None as long as it is not known.
    `attempted_at` is when its create call began, `read_at` when it was read last, and `ended_since` when a reading
    first showed it as ended (seconds of Clock.monotonic).
    """

    sid: str
    url: str
    draft: CallDraft
    attempted_at: float
    resource: dict[str, Any]
    context: dict[str, Any] = {}
    call: Call | None = None
    read_at: float = 0.0
    ended_since: float | None = None

    @property
    def is_ended(self) -> bool:
        """Whether it is over."""
        return self.resource.get("status") == EXECUTION_ENDED

    @property
    def is_final(self) -> bool:
        """Whether nothing of it can change any more.

        Where its context does not tell how it ended, or its call could not be read, that is waited for a while.
        """
        if not self.is_ended or not self.has_context:
            return False
        made_no_call = self.has_rung and not self.call_sid
        is_call_over = self.call.is_final if self.call is not None else made_no_call
        if is_call_over and self._tells_its_end:
            return True
        is_settled = self.ended_since is not None and self.read_at >= self.ended_since + CONTEXT_LAG_S
        return is_settled and (self.call is None or self.call.is_final)

    @property
    def digits(self) -> str | None:
        """The key that was pressed; None where none was."""
        pressed = [self.widget(name).get("Digits") for name in QUESTION_WIDGETS]
        return next((str(digits) for digits in pressed if digits not in (None, "")), None)

    @property
    def is_acknowledged(self) -> bool:
        """Whether a person pressed the key that acknowledges, in this very execution."""
        return self.digits == ACKNOWLEDGE_KEY

    @property
    def call_sid(self) -> str:
        """The SID of its call, as its context shows it once the ringing is over; empty before."""
        return sid_of({"sid": self.widget(CALL_WIDGET).get("CallSid")})

    @property
    def has_context(self) -> bool:
        """Whether it is known what its widgets left; right after the creation there is nothing yet."""
        return isinstance(self.context.get("widgets"), dict)

    @property
    def has_rung(self) -> bool:
        """Whether its context shows how the ringing ended."""
        return CALL_WIDGET in self._widgets

    @property
    def ended_before_call(self) -> bool | None:
        """Whether it ended while its call went on, or its call ended first, which ends it, too.

        None where that is not known: Twilio dates both in whole seconds.
        """
        ended_at = parse_iso_date(self.resource.get("date_updated")) if self.is_ended else None
        call_ended_at = parse_date(self.call.resource.get("end_time")) if self.call is not None else None
        if ended_at is None or call_ended_at is None or ended_at == call_ended_at:
            return None
        return ended_at < call_ended_at

    @property
    def got_no_key(self) -> bool:
        """Whether nobody pressed a key in time."""
        return NO_KEY_WIDGET in self._widgets

    def widget(self, name: str) -> dict[str, Any]:
        """What a widget left."""
        found = self._widgets.get(name)
        return found if isinstance(found, dict) else {}

    @property
    def _tells_its_end(self) -> bool:
        """Whether its widgets left how it ended; of a person who hung up they leave nothing."""
        was_not_answered = self.widget(CALL_WIDGET).get("CallStatus") in CALL_NOT_ANSWERED_STATUSES
        return was_not_answered or self.got_no_key or self.digits is not None

    @property
    def _widgets(self) -> dict[str, Any]:
        found = self.context.get("widgets")
        return found if isinstance(found, dict) else {}


def flow_message(draft: CallDraft, where: str = "The message") -> str:
    """Return what the flow is to say before "press 1".

    Raises WrongValue, naming the message as `where`, if nothing is left of it, or it is too long.
    """
    message = speakable_without_markup(draft.message, draft.language)
    check_speakable(message, where)
    message = as_sentence(message)
    check_length(len(f"{message} {phrases(draft.language).press_1}"), where)
    return message


def create_execution(
    client: TwilioClient,
    calls: CallLog,
    flow_url: str,
    draft: CallDraft,
    run_id: str,
    observe: Observer,
) -> Execution:
    """Begin an execution once, and return it as Twilio accepted it. Raises NotSent, Refused or OutcomeUnknown.

    `run_id` is known to nobody else: by it an execution is found again.
    """
    url = f"{flow_url}/Executions"
    attempted_at = client.clock.monotonic()
    form = {
        "To": draft.to,
        "From": draft.caller,
        "Parameters": json.dumps({MESSAGE_PARAMETER: flow_message(draft), RUN_PARAMETER: run_id}),
    }

    def note_and_observe(step: Step, error: CallError | None) -> None:
        nonlocal attempted_at
        if step is Step.SENDING:
            attempted_at = client.clock.monotonic()
        observe(step, error)

    def made(sid: str, resource: dict[str, Any]) -> Execution:
        return Execution(sid, f"{url}/{sid}", draft, attempted_at, resource)

    def parse(response: Response) -> Execution:
        sid, resource = _parse_execution(response)
        calls.claims.add_created(sid, response, "execution")
        return made(sid, resource)

    def find(attempted_at: float) -> Execution | None:
        for sid, resource in _candidates(client, url, draft, attempted_at):
            if run_id in json.dumps(_fetch_context(client, f"{url}/{sid}", sid)):
                calls.claims.add(sid)
                return made(sid, resource)
        return None

    return create_once(client, url, form, kind=_KIND, parse=parse, find=find, observe=note_and_observe)


def fetch_execution(client: TwilioClient, calls: CallLog, last: Execution) -> Execution:
    """Read an execution, then its context, then its call; each once. Raises CallError unless it is just the call."""

    def parse(response: Response) -> dict[str, Any]:
        sid, resource = _parse_execution(response)
        if sid != last.sid:
            raise UnexpectedResponse(response.status, "The response is another execution.")
        return resource

    resource = client.call("GET", last.url, parse)
    context = _fetch_context(client, last.url, last.sid) or last.context
    read = last._replace(resource=resource, context=context, read_at=client.clock.monotonic())
    if read.is_ended and read.ended_since is None:
        read = read._replace(ended_since=read.read_at)
    try:
        return read._replace(call=_read_call(client, calls, read))
    except CallError:  # what matters stands in the context
        return read


def end_execution(client: TwilioClient, calls: CallLog, last: Execution) -> None:
    """End an execution and its call, whether or not Studio ends the one with the other. Raises CallError.

    A call that the context does not name yet may be another run's: it is ended only while it rings.
    """
    client.call("POST", last.url, _parse_execution, form={"Status": EXECUTION_ENDED})
    call = _read_call(client, calls, last)
    if call is not None and not call.is_final:
        end_call(client, call.sid, also_when_answered=call.sid == last.call_sid)


def _read_call(client: TwilioClient, calls: CallLog, execution: Execution) -> Call | None:
    """Read the call of an execution: the one that its context names, or before that the only one that it can be.

    Before that it is searched each time: a second one that fits tells that the first may be another run's.
    """
    sid, last = execution.call_sid, execution.call
    if sid:
        calls.claims.add(sid)
        return last if last is not None and last.sid == sid and last.is_final else fetch_call(client, sid)
    if execution.has_rung:  # and made no call
        return None
    return calls.find_own(execution.draft.to, execution.draft.caller, execution.attempted_at)


def _candidates(
    client: TwilioClient, url: str, draft: CallDraft, attempted_at: float
) -> list[tuple[str, dict[str, Any]]]:
    """Read the executions of a flow that an attempt may have created."""

    def parse(response: Response) -> list[tuple[str, dict[str, Any]]]:
        rows = response.json.get("executions")
        if not isinstance(rows, list):
            raise UnexpectedResponse(response.status, "The response is not a list of executions.")
        earliest = int(client.server_clock.at(attempted_at).earliest)
        return [
            (sid, row)
            for row in rows
            if isinstance(row, dict)
            and (sid := sid_of(row))
            and row.get("contact_channel_address", draft.to) == draft.to
            and (parse_iso_date(row.get("date_created")) or earliest) >= earliest
        ]

    return client.call("GET", url, parse, params={"PageSize": str(SEARCH_PAGE_SIZE)})


def _fetch_context(client: TwilioClient, url: str, sid: str) -> dict[str, Any]:
    """Read what an execution has come to know; empty as long as Twilio does not show it. Raises CallError."""

    def parse(response: Response) -> dict[str, Any]:
        context = response.json.get("context")
        if not isinstance(context, dict) or response.json.get("execution_sid") != sid:
            raise UnexpectedResponse(response.status, "The response is not the context of this execution.")
        return context

    try:
        return client.call("GET", f"{url}/Context", parse)
    except ApiError as error:
        if error.status == 404:
            return {}
        raise


def _parse_execution(response: Response) -> tuple[str, dict[str, Any]]:
    sid = sid_of(response.json)
    if not sid.startswith("FN"):
        raise UnexpectedResponse(response.status, "The response is not an execution.")
    return sid, response.json
