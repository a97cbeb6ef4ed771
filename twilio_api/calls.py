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
"""Calls: created once, read by their SID, ended, searched in the log, and what their status means."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from twilio_api.client import TwilioClient
from twilio_api.creation import SEARCH_PAGE_SIZE, Attempt, Kind, Standing, create_once, creation_window
from twilio_api.response import Response, rows_of_response, sid_of_response
from twilio_api.timestamps import created_at, parse_date
from twilio_api.twiml import say
from twilio_api.values import sid_of
from twilio_consts import (
    CALL_CANCELED,
    CALL_COMPLETED,
    CALL_NOT_ANSWERED_STATUSES,
    CALL_QUEUED,
    DEFAULT_RINGING_S,
    STATUS_UNKNOWN,
)


KIND = Kind(noun="call", resource="call", log="Twilio's call log")


class CallDraft(NamedTuple):
    """A call to make: both numbers in E.164, what is said in which language, how long it rings (seconds), and a voice.

    Without a voice, Twilio chooses one.
    """

    to: str
    caller: str
    message: str
    language: str
    ringing_s: int = DEFAULT_RINGING_S
    voice: str = ""

    def form(self, where: str = "The message") -> dict[str, Any]:
        """The fields of the create call; WrongValue, naming the message as `where`, if Twilio takes no such text."""
        return {
            "To": self.to,
            "From": self.caller,
            "Twiml": say(self.message, self.language, self.voice, where),
            "Timeout": str(self.ringing_s),
            "MachineDetection": "Enable",
        }


class Call(NamedTuple):
    """A call as Twilio last showed it: `resource` is the response as it came, `sid` the name Twilio gave it.

    Without a SID, it is a call that Twilio has not shown.
    """

    sid: str = ""
    resource: dict[str, Any] = {}

    @property
    def status(self) -> str:
        """Twilio's status; "unknown" where the resource names none."""
        return str(self.resource.get("status") or STATUS_UNKNOWN)

    @property
    def is_final(self) -> bool:
        """Whether its status cannot change any more."""
        return self.status == CALL_COMPLETED or self.is_not_answered

    @property
    def is_not_answered(self) -> bool:
        """Whether it ended before anybody picked up."""
        return self.status in CALL_NOT_ANSWERED_STATUSES

    @property
    def is_queued(self) -> bool:
        """Whether Twilio has not dialed it yet."""
        return self.status == CALL_QUEUED

    @property
    def is_canceled(self) -> bool:
        """Whether it was ended before anybody picked up."""
        return self.status == CALL_CANCELED

    @property
    def answered_by(self) -> str:
        """Who picked up, as machine detection found; empty where it has not, or did not say."""
        found = self.resource.get("answered_by")
        return found if isinstance(found, str) else ""

    @property
    def created_at(self) -> float | None:
        """When Twilio created it, in whole seconds since the epoch; None where it does not say."""
        return created_at(self.resource)

    @property
    def ended_at(self) -> float | None:
        """When it ended, in whole seconds since the epoch; None where it did not, or Twilio does not say."""
        return parse_date(self.resource.get("end_time"))


async def newest_calls(client: TwilioClient, size: int) -> dict[str, Call]:
    """Read so many of the newest calls, by their SID. Raises CallError."""
    return {call.sid: call for call in (await _read_page(client, {"PageSize": str(size)}))[0]}


async def calls_created_since(
    client: TwilioClient, draft: CallDraft, left_at: float, until: float | None = None
) -> list[Call]:
    """Find the calls between two numbers that Twilio created since a moment, and this run does not know as its own.

    `left_at` and `until` are seconds of the event loop; the clock of the page itself decides. The search names no
    StartTime, which a queued call does not have. Raises CallError.
    """
    query = {"To": draft.to, "From": draft.caller, "PageSize": str(SEARCH_PAGE_SIZE)}
    calls, server_time = await _read_page(client, query)
    dates = {call.sid: date for call in calls if (date := created_at(call.resource)) is not None}
    attempt = Attempt(left_at, client.now if until is None else until)
    window = creation_window(client, attempt, server_time, dates.values())
    return [
        call
        for call in calls
        if (call.resource.get("to"), call.resource.get("from")) == (draft.to, draft.caller)
        and call.sid not in client.claimed
        and window.earliest <= dates.get(call.sid, 0.0) <= window.latest
    ]


async def create_call(client: TwilioClient, draft: CallDraft, standing: Standing) -> Call:
    """Call once, and return the call as Twilio accepted it. Raises NotSent, Refused or OutcomeUnknown.

    Where the response was lost, a call is taken for it only if it is the only one that it can be: what calls say
    cannot be compared.
    """

    async def find(attempt: Attempt) -> Call | None:
        found = await calls_created_since(client, draft, attempt.left_at, attempt.failed_at)
        return found[0] if len(found) == 1 else None

    url = _calls_url(client)
    created = await create_once(client, url, draft.form(), kind=KIND, parse=_parse_call, find=find, standing=standing)
    return created.resource


async def fetch_call(client: TwilioClient, sid: str, *, despite_cancel: bool = False) -> Call:
    """Read a call by its SID, once. Raises CallError."""
    return await client.call(
        "GET", _calls_url(client, sid), partial(_parse_call, sid=sid), despite_cancel=despite_cancel
    )


async def end_call(client: TwilioClient, sid: str) -> Call:
    """End a call that rings, or that somebody answered, and return it; also in a cancelled run. Raises CallError."""
    form = {"Status": CALL_COMPLETED}  # of a call that nobody answered, it makes "canceled"
    parse = partial(_parse_call, sid=sid)
    return await client.call("POST", _calls_url(client, sid), parse, form, despite_cancel=True)


def _parse_call(response: Response, sid: str = "") -> Call:
    return Call(sid_of_response(response, "CA", "a call", sid), response.json)


def _parse_page(response: Response) -> tuple[list[Call], float | None]:
    rows = rows_of_response(response, "calls", "a call log")
    return [Call(sid, row) for row in rows if (sid := sid_of(row))], response.server_time


async def _read_page(client: TwilioClient, query: dict[str, str]) -> tuple[list[Call], float | None]:
    return await client.call("GET", _calls_url(client), _parse_page, query, despite_cancel=True)


def _calls_url(client: TwilioClient, sid: str = "") -> str:
    return f"{client.account_url}/Calls{f'/{sid}' if sid else ''}.json"
