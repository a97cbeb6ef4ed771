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
"""The Studio flow that asks for a key, found or made, and its executions: begun once, read, and ended."""

from __future__ import annotations

import asyncio
import json
import math
from collections import defaultdict
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from twilio_api.acknowledgement import (
    MESSAGE_PARAMETER,
    RUN_PARAMETER,
    Context,
    Speech,
    definition,
    flow_name,
    is_same_definition,
    spoken_message,
)
from twilio_api.calls import CallDraft
from twilio_api.client import TwilioClient
from twilio_api.creation import SEARCH_PAGE_SIZE, Attempt, Kind, Standing, create_once
from twilio_api.errors import CallError, Cancelled, FlowMissing, NotSent, UnexpectedResponse
from twilio_api.response import Response, rows_of_response, sid_of_response
from twilio_api.timestamps import parse_iso_date
from twilio_api.values import sid_of
from twilio_consts import FLOW_MADE_BY, OUTAGE_S


_ENDED = "ended"
_KIND = Kind(noun="call", resource="execution", log="Studio's list of executions")
_FLOWS_PAGE_SIZE, _MAX_FLOWS_PAGES = 100, 50
_SURE_S = 60.0  # for which a flow that was read is used
_CLOCKS_APART_S = 60.0  # of Twilio's hosts, at the most
_MAX_SEARCH_PAGES = 20  # Studio begins 20 executions a second at the most, and a create call lasts 15 s


# --- the flow


class Flows:
    """The flows that this run uses, each found or made once.

    One that could not be had is not tried again for OUTAGE_S, so that many people cost no more time than one. In a run
    that lasts, somebody may remove or edit one: before a call it is read again, once in _SURE_S at the most.
    """

    def __init__(self, client: TwilioClient) -> None:
        self.url = f"{client.product_url('studio')}/v2/Flows"
        self._client = client
        self._sids: dict[Speech, str] = {}
        self._read_at: dict[Speech, float] = {}  # when each was read last, in seconds of the event loop
        self._missing: dict[Speech, FlowMissing] = {}
        self._missing_until: defaultdict[Speech, float] = defaultdict(float)  # in seconds of the event loop
        self._turns: defaultdict[Speech, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def url_for(self, speech: Speech) -> str:
        """Return the address of the flow that rings and speaks so. Raises FlowMissing, or NotSent in an outage."""
        async with self._turns[speech]:
            if self._client.ask_cancelled():
                raise NotSent(Cancelled())
            if self._client.now < self._missing_until[speech]:
                raise self._missing[speech]
            if speech in self._sids and await self._is_gone(speech):
                del self._sids[speech]
            if speech not in self._sids:
                down = self._client.outage(self.url).why_down(self._client.now, is_try=True)
                if down is not None:
                    raise NotSent(down)
                try:
                    self._sids[speech] = await self._find_or_make(speech)
                except FlowMissing as error:
                    if isinstance(error.cause, Cancelled):
                        raise NotSent(error.cause) from error
                    self._missing[speech] = error
                    self._missing_until[speech] = self._client.now + OUTAGE_S
                    raise
                self._read_at[speech] = self._client.now
            return f"{self.url}/{self._sids[speech]}"

    async def _is_gone(self, speech: Speech) -> bool:
        """Whether a flow of this run does not do any more what it did. What cannot be read proves nothing."""
        if self._client.now - self._read_at[speech] < _SURE_S:
            return False
        self._read_at[speech] = self._client.now
        try:
            flow = await self._client.call("GET", f"{self.url}/{self._sids[speech]}", _parse_flow)
        except CallError as error:
            return error.is_not_found
        return not _does(flow, speech)

    async def _find_or_make(self, speech: Speech) -> str:
        """Return the SID of the flow. Raises FlowMissing.

        Two flows do no harm, so making it is repeated; but it is looked for before, also after the page of a server on
        the way, which may have come when Studio had made it.
        """
        form = {
            "FriendlyName": flow_name(speech),
            "Status": "published",
            "Definition": json.dumps(definition(speech)),
            "CommitMessage": FLOW_MADE_BY,
        }

        async def find_or_make() -> str:
            found = await self._find(speech)
            return found or sid_of(await self._client.call("POST", self.url, _parse_flow, form))

        try:
            return await self._client.repeat(find_or_make)
        except CallError as error:
            found = "" if error.is_twilios else await self._find(speech)
            if not found:
                raise FlowMissing(error) from error
            return found

    async def _find(self, speech: Speech) -> str:
        """Return the SID of the oldest published flow of this name that does what its name says; empty without one.

        The list does not show definitions. Its pages are read up to the last, or to one that was read before. Raises
        FlowMissing: a read that failed was repeated already.
        """
        name, found = flow_name(speech), []
        query, read = {"PageSize": str(_FLOWS_PAGE_SIZE)}, list[dict[str, str]]()
        try:
            while query and query not in read and len(read) < _MAX_FLOWS_PAGES:
                read.append(query)
                flows, query = await self._client.read(self.url, _parse_flows, query)
                flows = [flow for flow in flows if flow.get("friendly_name") == name]
                # Dates are in ISO 8601 and always in UTC, so that they sort as text
                found += [(str(flow.get("date_created")), sid_of(flow)) for flow in flows]
            for _, sid in sorted(found):
                flow = await self._client.read(f"{self.url}/{sid}", _parse_flow)
                if _does(flow, speech):
                    return sid
        except CallError as error:
            raise FlowMissing(error) from error
        return ""


def _does(flow: dict[str, Any], speech: Speech) -> bool:
    """Whether a flow can be used, and does what the app's own does."""
    return flow.get("status") == "published" and is_same_definition(flow.get("definition"), speech)


def _parse_flow(response: Response) -> dict[str, Any]:
    sid_of_response(response, "FW", "a flow")
    return response.json


def _parse_list(key: str, what: str, response: Response) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Read a page of a list of Studio's, and the query for the next one; empty after the last."""
    rows, meta = rows_of_response(response, key, what), response.json.get("meta")
    next_page = meta.get("next_page_url") if isinstance(meta, dict) else None
    # Its query alone: a response must not lead to another address
    query = dict(parse_qsl(urlsplit(next_page).query)) if isinstance(next_page, str) else {}
    return [row for row in rows if sid_of(row)], query


_parse_flows = partial(_parse_list, "flows", "a list of flows")
_parse_executions = partial(_parse_list, "executions", "a list of executions")


# --- its executions


class Execution(NamedTuple):
    """An execution as Twilio last showed it: `resource` is the response as it came, `url` its address.

    Without a SID, it is none, and nothing of it goes on.
    """

    sid: str = ""
    url: str = ""
    resource: dict[str, Any] = {"status": _ENDED}

    @property
    def is_ended(self) -> bool:
        """Whether it is over."""
        return self.resource.get("status") == _ENDED

    @property
    def created_at(self) -> float | None:
        """When Twilio created it, in whole seconds since the epoch; None where it does not say."""
        return parse_iso_date(self.resource.get("date_created"))

    @property
    def ended_at(self) -> float | None:
        """When it ended, in whole seconds since the epoch; None where it did not, or Twilio does not say."""
        return parse_iso_date(self.resource.get("date_updated")) if self.is_ended else None


async def create_execution(
    client: TwilioClient, flow_url: str, draft: CallDraft, run_id: str, standing: Standing
) -> Execution:
    """Begin an execution once, and return it as Twilio accepted it. Raises NotSent, Refused or OutcomeUnknown.

    `run_id` is known to nobody else: by it an execution whose response was lost is found again.
    """
    url = f"{flow_url}/Executions"
    message = spoken_message(draft.message, draft.language)
    form = {
        "To": draft.to,
        "From": draft.caller,
        "Parameters": json.dumps({MESSAGE_PARAMETER: message, RUN_PARAMETER: run_id}),
    }

    def parse(response: Response) -> Execution:
        sid = sid_of_response(response, "FN", "an execution")
        return Execution(sid, f"{url}/{sid}", response.json)

    async def find(attempt: Attempt) -> Execution | None:
        """Search back to the attempt: the list is that of all people, and many may have been called since.

        Dates prove nothing here, since the run's id does; they only end the search.
        """
        query = {"PageSize": str(SEARCH_PAGE_SIZE)}
        for _ in range(_MAX_SEARCH_PAGES):
            rows, query = await client.call("GET", url, _parse_executions, query, despite_cancel=True)
            least, _ = client.server_times(attempt.left_at) or (-math.inf, math.inf)
            earliest = least - _CLOCKS_APART_S
            recent = [row for row in rows if (parse_iso_date(row.get("date_created")) or math.inf) >= earliest]
            for row in recent:
                if row.get("contact_channel_address", draft.to) == draft.to:
                    execution = Execution(sid_of(row), f"{url}/{sid_of(row)}", row)
                    context = await fetch_context(client, execution, despite_cancel=True)
                    if context.run_id == run_id:
                        return execution
            if not query or len(recent) < len(rows):
                break
        return None

    created = await create_once(client, url, form, kind=_KIND, parse=parse, find=find, standing=standing)
    return created.resource


async def fetch_execution(client: TwilioClient, execution: Execution) -> Execution:
    """Read an execution, once. Raises CallError."""
    return await client.call("GET", execution.url, partial(_parse_same, execution))


async def end_execution(client: TwilioClient, execution: Execution) -> Execution:
    """End an execution, and return it; also in a cancelled run. Raises CallError."""
    form = {"Status": _ENDED}
    return await client.call("POST", execution.url, partial(_parse_same, execution), form, despite_cancel=True)


async def fetch_context(client: TwilioClient, execution: Execution, *, despite_cancel: bool = False) -> Context:
    """Read what an execution has come to know, once; empty as long as Twilio does not show it. Raises CallError."""

    def parse(response: Response) -> Context:
        context = response.json.get("context")
        if not isinstance(context, dict) or response.json.get("execution_sid") != execution.sid:
            raise UnexpectedResponse(response.status, "The response is not the context of this execution.")
        return Context(context)

    try:
        return await client.call("GET", f"{execution.url}/Context", parse, despite_cancel=despite_cancel)
    except CallError as error:
        if error.is_not_found:
            return Context()
        raise


def _parse_same(execution: Execution, response: Response) -> Execution:
    """Read how an execution stands now. Raises UnexpectedResponse where it is another one, or none."""
    sid_of_response(response, "FN", "an execution", execution.sid)
    return execution._replace(resource=response.json)
