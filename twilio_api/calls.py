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
"""Calls: created once, read by their SID, ended, and what their status means."""

from __future__ import annotations

from typing import Any, NamedTuple

from twilio_api.claims import Claims
from twilio_api.client import TwilioClient
from twilio_api.creation import Kind, Observer, create_once
from twilio_api.errors import UnexpectedResponse
from twilio_api.response import Response
from twilio_api.sid import sid_of
from twilio_api.timestamps import created_at
from twilio_api.twiml import say
from twilio_consts import (
    ANSWERED_BY_HUMAN,
    CALL_CANCELED,
    CALL_COMPLETED,
    CALL_IN_PROGRESS,
    CALL_NOT_ANSWERED_STATUSES,
    CALL_POLL_GAP_SHARE,
    CALL_POLL_MAX_GAP_S,
    CALL_POLL_MIN_GAP_S,
    CALL_QUEUED,
    SEARCH_PAGE_SIZE,
    STATUS_UNKNOWN,
)


_KIND = Kind(noun="call", log="Twilio's call log")


class CallDraft(NamedTuple):
    """A call to make: both numbers in E.164, what is said in which language, and how long it rings (seconds)."""

    to: str
    caller: str
    message: str
    language: str
    ringing_s: int

    def form(self, where: str = "The message") -> dict[str, Any]:
        """The fields of the create call. Raises WrongValue, naming the message as `where`, if it is too long."""
        return {
            "To": self.to,
            "From": self.caller,
            "Twiml": say(self.message, self.language, where),
            "Timeout": str(self.ringing_s),
            "MachineDetection": "Enable",
        }


class Call(NamedTuple):
    """A call as Twilio last showed it: `resource` is the response as it came, `sid` the name Twilio gave it."""

    sid: str
    resource: dict[str, Any]

    @property
    def status(self) -> str:
        """Twilio's status; "unknown" where the resource names none."""
        return str(self.resource.get("status") or STATUS_UNKNOWN)

    @property
    def is_final(self) -> bool:
        """Whether its status cannot change any more."""
        return self.status == CALL_COMPLETED or self.status in CALL_NOT_ANSWERED_STATUSES

    @property
    def is_queued(self) -> bool:
        """Whether Twilio has not dialed it yet."""
        return self.status == CALL_QUEUED

    @property
    def is_answered(self) -> bool:
        """Whether somebody or something picked up and did not hang up yet."""
        return self.status == CALL_IN_PROGRESS

    @property
    def is_canceled(self) -> bool:
        """Whether it was ended before anybody picked up."""
        return self.status == CALL_CANCELED

    @property
    def answered_by(self) -> str | None:
        """Who picked up, as machine detection found; None where it has not, or did not say."""
        found = self.resource.get("answered_by")
        return found if isinstance(found, str) else None

    @property
    def is_answered_by_person(self) -> bool:
        """Whether machine detection found a person."""
        return self.answered_by == ANSWERED_BY_HUMAN


class CallLog:
    """The account's calls, and which of them, or of the executions that make them, this run claims as its own.

    Safe to use from several threads.
    """

    def __init__(self, client: TwilioClient) -> None:
        self.claims = Claims()
        self._client = client

    @property
    def url(self) -> str:
        """Where calls are listed and created."""
        return f"{self._client.account_url}/Calls.json"

    def newest(self, size: int) -> dict[str, Call]:
        """Read so many of the newest calls, by their SID. Raises CallError."""
        return {call.sid: call for call in self._page({"PageSize": str(size)})}

    def find_own(self, to: str, caller: str, since: float) -> Call | None:
        """Find the one call between two numbers that Twilio created since a moment (seconds of Clock.monotonic).

        The server's clock decides; Twilio dates in whole seconds. A call that this run claimed does not count. Where
        several fit, none is returned: what they say cannot be compared. The search names no StartTime, which a queued
        call does not have. Raises CallError.
        """
        calls = self._page({"To": to, "From": caller, "PageSize": str(SEARCH_PAGE_SIZE)})
        earliest = int(self._client.server_clock.at(since).earliest)
        found = [
            call
            for call in calls
            if (call.resource.get("to"), call.resource.get("from")) == (to, caller)
            and call.sid not in self.claims
            and (created_at(call.resource) or 0.0) >= earliest
        ]
        return found[0] if len(found) == 1 else None

    def _page(self, query: dict[str, str]) -> list[Call]:
        return self._client.call("GET", self.url, _parse_page, params=query)


def next_poll_s(age_s: float) -> float:
    """Return when to poll a call next, in seconds of its age, if the last poll started at `age_s`."""
    return age_s + min(max(CALL_POLL_MIN_GAP_S, CALL_POLL_GAP_SHARE * age_s), CALL_POLL_MAX_GAP_S)


def create_call(client: TwilioClient, log: CallLog, draft: CallDraft, observe: Observer) -> Call:
    """Call once, and return the call as Twilio accepted it. Raises NotSent, Refused or OutcomeUnknown."""

    def parse(response: Response) -> Call:
        created = parse_call(response)
        log.claims.add_created(created.sid, response, "call")
        return created

    def find(attempted_at: float) -> Call | None:
        found = log.find_own(draft.to, draft.caller, attempted_at)
        return found if found is not None and log.claims.add(found.sid) else None

    return create_once(client, log.url, draft.form(), kind=_KIND, parse=parse, find=find, observe=observe)


def fetch_call(client: TwilioClient, sid: str) -> Call:
    """Read a call by its SID, once. Raises CallError."""

    def parse(response: Response) -> Call:
        found = parse_call(response)
        if found.sid != sid:
            raise UnexpectedResponse(response.status, "The response is another call.")
        return found

    return client.call("GET", _call_url(client, sid), parse)


def end_call(client: TwilioClient, sid: str, *, also_when_answered: bool) -> Call:
    """End a call, and return it; one that somebody answered goes on unless said otherwise. Raises CallError."""
    form = {"Status": CALL_COMPLETED if also_when_answered else CALL_CANCELED}
    return client.call("POST", _call_url(client, sid), parse_call, form=form)


def parse_call(response: Response) -> Call:
    """Read a call resource. Raises UnexpectedResponse where it is none."""
    sid = sid_of(response.json)
    if not sid.startswith("CA"):
        raise UnexpectedResponse(response.status, "The response is not a call.")
    return Call(sid, response.json)


def _parse_page(response: Response) -> list[Call]:
    rows = response.json.get("calls")
    if not isinstance(rows, list):
        raise UnexpectedResponse(response.status, "The response is not a call log.")
    return [Call(sid, row) for row in rows if isinstance(row, dict) and (sid := sid_of(row))]


def _call_url(client: TwilioClient, sid: str) -> str:
    return f"{client.account_url}/Calls/{sid}.json"
