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
from twilio_api.creation import Attempt, Kind, Standing, claim, create_once, creation_window
from twilio_api.errors import (
    ApiError,
    CallError,
    Cancelled,
    FlowMissing,
    NotSent,
    OutcomeUnknown,
    ReadFailed,
    Refused,
    UnexpectedResponse,
)
from twilio_api.response import Response
from twilio_api.sid import sid_of
from twilio_api.timestamps import parse_iso_date
from twilio_consts import EXECUTION_ENDED, FLOW_MADE_BY, REPEAT_S


CODE_CONFLICT = 20409  # https://www.twilio.com/docs/studio/rest-api/v2/execution
_KIND = Kind(noun="call", log="Studio's list of executions")
_FLOW_KIND = Kind(noun="flow", log="Studio's list of flows")
_FLOWS_PAGE_SIZE, _MAX_FLOWS_PAGES = 100, 50
_SEARCH_PAGE_SIZE = 50  # newest first, so more than enough for an execution of a few seconds ago


# --- the flow


class Flows:
    """The flows that this run uses, each found or made once.

    One that could not be had is not tried again in this run, so that many people cost no more time than one.
    """

    def __init__(self, client: TwilioClient) -> None:
        self.url = f"{client.product_url('studio')}/v2/Flows"
        self._client = client
        self._urls: dict[Speech, str] = {}
        self._missing: dict[Speech, FlowMissing] = {}
        self._turn: asyncio.Lock | None = None

    async def url_for(self, speech: Speech) -> str:
        """Return the address of the flow that rings and speaks so. Raises FlowMissing, or NotSent in an outage."""
        if self._turn is None:
            self._turn = asyncio.Lock()  # made here, for Python 3.9 binds it to the loop that is current
        async with self._turn:
            if self._client.is_cancelled:
                raise NotSent(Cancelled())
            if speech in self._missing:
                raise self._missing[speech]
            if speech not in self._urls:
                down = self._client.outage(self.url).admit(self._client.now)
                if down is not None:
                    raise NotSent(down)
                try:
                    self._urls[speech] = f"{self.url}/{await self._find_or_make(speech)}"
                except FlowMissing as error:
                    if isinstance(error.cause, Cancelled):
                        raise NotSent(error.cause) from error
                    self._missing[speech] = error
                    raise
            return self._urls[speech]

    async def _find_or_make(self, speech: Speech) -> str:
        """Making a flow twice does no harm, so a lost response is no reason to call nobody."""
        give_up_at = self._client.now + REPEAT_S
        while True:
            try:
                return await self._find(speech) or await self._make(speech)
            except OutcomeUnknown as error:
                if self._client.now >= give_up_at or self._client.is_cancelled:
                    raise FlowMissing(error.cause) from error
            except (ReadFailed, Refused) as error:
                raise FlowMissing(error.cause) from error

    async def _find(self, speech: Speech) -> str:
        """Return the SID of the oldest published flow of this name that does what its name says; empty without one.

        The list does not show definitions. Its pages are read up to the last, or to one that was read before.
        """
        name, found = flow_name(speech), []
        query, read = {"PageSize": str(_FLOWS_PAGE_SIZE)}, list[dict[str, str]]()
        while query and query not in read and len(read) < _MAX_FLOWS_PAGES:
            read.append(query)
            page = await self._client.read(self.url, _parse_flows, params=query)
            found += [(flow.created, flow.sid) for flow in page.flows if flow.name == name and flow.is_published]
            query = page.next_query
        for _, sid in sorted(found):
            shown = await self._client.read(f"{self.url}/{sid}", _parse_flow)
            if shown.is_published and is_same_definition(shown.definition, speech):
                return sid
        return ""

    async def _make(self, speech: Speech) -> str:
        form = {
            "FriendlyName": flow_name(speech),
            "Status": "published",
            "Definition": json.dumps(definition(speech)),
            "CommitMessage": FLOW_MADE_BY,
        }

        def parse(response: Response) -> str:
            return _parse_flow(response).sid

        async def find(attempt: Attempt) -> str | None:
            try:
                return await self._find(speech) or None
            except ReadFailed as error:
                raise error.cause from error

        return await create_once(
            self._client, self.url, form, kind=_FLOW_KIND, parse=parse, find=find, standing=_Silent()
        )


class _Silent:
    """Says nothing of how far the making of a flow is: it is no call yet."""

    def leaving(self) -> None:
        pass

    def unsent(self, error: CallError) -> None:
        pass

    def searching(self, error: CallError) -> None:
        pass


class _Flow(NamedTuple):
    sid: str
    name: str
    status: str
    created: str  # ISO 8601, always in UTC, so that it sorts as text
    definition: object

    @property
    def is_published(self) -> bool:
        return self.status == "published"


class _Page(NamedTuple):
    flows: list[_Flow]
    next_query: dict[str, str]


def _flow(row: dict[str, Any]) -> _Flow:
    name, status, created = (str(row.get(field)) for field in ("friendly_name", "status", "date_created"))
    return _Flow(sid_of(row), name, status, created, row.get("definition"))


def _parse_flow(response: Response) -> _Flow:
    flow = _flow(response.json)
    if not flow.sid.startswith("FW"):
        raise UnexpectedResponse(response.status, "The response is not a flow.")
    return flow


def _parse_flows(response: Response) -> _Page:
    rows, meta = response.json.get("flows"), response.json.get("meta")
    if not isinstance(rows, list):
        raise UnexpectedResponse(response.status, "The response is not a list of flows.")
    flows = [_flow(row) for row in rows if isinstance(row, dict) and sid_of(row)]
    next_page = meta.get("next_page_url") if isinstance(meta, dict) else None
    # Its query alone: a response must not lead to another address
    return _Page(flows, dict(parse_qsl(urlsplit(next_page).query)) if isinstance(next_page, str) else {})


# --- its executions


class Execution(NamedTuple):
    """An execution as Twilio last showed it: `resource` is the response as it came, `url` its address."""

    sid: str
    url: str
    resource: dict[str, Any]

    @property
    def is_ended(self) -> bool:
        """Whether it is over."""
        return self.resource.get("status") == EXECUTION_ENDED

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
        created = _parse_execution(response, url)
        claim(client, created.sid, response, "execution")
        return created

    async def find(attempt: Attempt) -> Execution | None:
        for execution in await _begun_since(client, url, draft, attempt):
            if (await fetch_context(client, execution, despite_cancel=True)).run_id == run_id:
                client.claimed.add(execution.sid)
                return execution
        return None

    return await create_once(client, url, form, kind=_KIND, parse=parse, find=find, standing=standing)


def conflicting_sid(error: Exception) -> str:
    """Return the SID of the execution for which Twilio refused another one to the same person; empty without one."""
    cause = getattr(error, "cause", None)
    if not isinstance(cause, ApiError) or cause.code != CODE_CONFLICT:
        return ""
    return sid_of({"sid": cause.details.get("conflicting_execution_sid")})


async def fetch_execution(client: TwilioClient, execution: Execution, *, despite_cancel: bool = False) -> Execution:
    """Read an execution, once. Raises CallError."""
    return await client.call("GET", execution.url, _parse_this(execution), despite_cancel=despite_cancel)


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
            return Context({})
        raise


async def end_execution(client: TwilioClient, execution: Execution) -> Execution:
    """End an execution, and return it; also in a cancelled run. Raises CallError."""
    form = {"Status": EXECUTION_ENDED}
    return await client.call("POST", execution.url, _parse_this(execution), form=form, despite_cancel=True)


async def _begun_since(client: TwilioClient, url: str, draft: CallDraft, attempt: Attempt) -> list[Execution]:
    """Read the executions of a flow that an attempt may have begun."""

    def parse(response: Response) -> tuple[list[dict[str, Any]], float | None]:
        rows = response.json.get("executions")
        if not isinstance(rows, list):
            raise UnexpectedResponse(response.status, "The response is not a list of executions.")
        return [row for row in rows if isinstance(row, dict) and sid_of(row)], response.server_time

    query = {"PageSize": str(_SEARCH_PAGE_SIZE)}
    rows, server_time = await client.call("GET", url, parse, params=query, despite_cancel=True)
    dates = [parse_iso_date(row.get("date_created")) or 0.0 for row in rows]
    window = creation_window(client, attempt, server_time, dates)
    return [
        Execution(sid_of(row), f"{url}/{sid_of(row)}", row)
        for row, date in zip(rows, dates)
        if row.get("contact_channel_address", draft.to) == draft.to and window.earliest <= date <= window.latest
    ]


def _parse_execution(response: Response, url: str) -> Execution:
    sid = sid_of(response.json)
    if not sid.startswith("FN"):
        raise UnexpectedResponse(response.status, "The response is not an execution.")
    return Execution(sid, f"{url}/{sid}", response.json)


def _parse_this(execution: Execution) -> Any:
    def parse(response: Response) -> Execution:
        found = _parse_execution(response, execution.url.rpartition("/")[0])
        if found.sid != execution.sid:
            raise UnexpectedResponse(response.status, "The response is another execution.")
        return found

    return parse
