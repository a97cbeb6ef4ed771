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
"""The Studio flow that the app brings: it calls a person and asks for a key (https://www.twilio.com/docs/studio).

It is found again by its name, which holds a digest of its definition, and made where it is missing. Studio takes the
time of ringing and the language as literals, so each pair of them has a flow of its own. Several of one name do no
harm: the oldest is used.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from twilio_api.acknowledgement import Speech, definition, flow_name
from twilio_api.client import TwilioClient
from twilio_api.creation import Kind, create_once
from twilio_api.errors import CallError, FlowMissing, NotSent, OutcomeUnknown, ReadFailed, Refused, UnexpectedResponse
from twilio_api.response import Response
from twilio_api.sid import sid_of
from twilio_consts import FLOW_MADE_BY, OUTAGE_S


_LIST_PAGE_SIZE = 100
_KIND = Kind(noun="flow", log="Studio's list of flows")


class Flows:
    """The flows that this run uses, each found or made once, or tried once. Safe to use from several threads."""

    def __init__(self, client: TwilioClient) -> None:
        self._client = client
        self._sids: dict[str, str] = {}
        self._missing: dict[str, CallError] = {}
        self._lock = Lock()

    @property
    def url(self) -> str:
        """Where flows are listed and created."""
        return f"{self._client.product_url('studio')}/v2/Flows"

    def sid_for(self, ringing_s: int, language: str) -> str:
        """Return the SID of the flow that rings so long (seconds) and speaks this language.

        What could not be had is not tried again in this run, so that many people cost no more time than one. Raises
        FlowMissing, or NotSent in an outage.
        """
        speech = Speech(ringing_s, language)
        raw, name = definition(speech), flow_name(speech)
        with self._lock:
            if name in self._missing:
                raise FlowMissing(self._missing[name])
            if name not in self._sids:
                circuit = self._client.outage()
                if circuit is not None:
                    raise NotSent(circuit)
                try:
                    self._sids[name] = self._find_or_make(name, raw)
                except FlowMissing as error:
                    self._missing[name] = error.cause
                    raise
            return self._sids[name]

    def _find_or_make(self, name: str, raw: dict[str, Any]) -> str:
        """Making a flow twice does no harm, so a lost response is no reason to call nobody.

        Raises FlowMissing, or NotSent in an outage, which says nothing of the flow.
        """
        began = self._client.clock.monotonic()
        while True:
            try:
                return self._find(name) or self._make(name, raw)
            except OutcomeUnknown as error:
                if self._client.clock.monotonic() >= began + OUTAGE_S or self._client.is_cancelled():
                    raise FlowMissing(error.cause) from error
            except (ReadFailed, Refused) as error:
                raise FlowMissing(error.cause) from error

    def _find(self, name: str) -> str:
        """Return the SID of the oldest published flow of a name, empty where there is none. Raises ReadFailed."""
        return self._oldest(name, lambda query: self._client.read(self.url, _parse_page, params=query))

    def _find_made(self, name: str) -> str | None:
        """The same, with each page read once. Raises CallError."""
        return self._oldest(name, lambda query: self._client.call("GET", self.url, _parse_page, params=query)) or None

    def _oldest(self, name: str, read_page: Callable[[dict[str, str]], _Page]) -> str:
        found: list[tuple[str, str]] = []
        query: dict[str, str] | None = {"PageSize": str(_LIST_PAGE_SIZE)}
        while query:
            page = read_page(query)
            found += [(flow.created, flow.sid) for flow in page.flows if flow.name == name and flow.is_published]
            query = page.next_query
        return min(found)[1] if found else ""

    def _make(self, name: str, raw: dict[str, Any]) -> str:
        form = {
            "FriendlyName": name,
            "Status": "published",
            "Definition": json.dumps(raw),
            "CommitMessage": FLOW_MADE_BY,
        }

        def find(attempted_at: float) -> str | None:
            return self._find_made(name)

        made = create_once(self._client, self.url, form, kind=_KIND, parse=_parse_flow, find=find)
        try:
            return self._find(name) or made  # another run may have made an older one meanwhile
        except ReadFailed:
            return made


class _Flow(NamedTuple):
    sid: str
    name: str
    status: str
    created: str  # ISO 8601, always in UTC, so that it sorts as text

    @property
    def is_published(self) -> bool:
        return self.status == "published"


class _Page(NamedTuple):
    flows: list[_Flow]
    next_query: dict[str, str] | None


def _parse_page(response: Response) -> _Page:
    rows, meta = response.json.get("flows"), response.json.get("meta")
    if not isinstance(rows, list):
        raise UnexpectedResponse(response.status, "The response is not a list of flows.")
    flows = [
        _Flow(sid, str(row.get("friendly_name")), str(row.get("status")), str(row.get("date_created")))
        for row in rows
        if isinstance(row, dict) and (sid := sid_of(row))
    ]
    next_page = meta.get("next_page_url") if isinstance(meta, dict) else None
    # Its query alone: a response must not lead to another address
    query = dict(parse_qsl(urlsplit(next_page).query)) if isinstance(next_page, str) and flows else {}
    return _Page(flows, query or None)


def _parse_flow(response: Response) -> str:
    sid = sid_of(response.json)
    if not sid.startswith("FW"):
        raise UnexpectedResponse(response.status, "The response is not a flow.")
    return sid
