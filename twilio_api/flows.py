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

import hashlib
import json
from collections.abc import Callable
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from twilio_api.client import TwilioClient
from twilio_api.creation import Kind, create_once
from twilio_api.errors import CallError, FlowMissing, NotSent, OutcomeUnknown, ReadFailed, Refused, UnexpectedResponse
from twilio_api.response import Response
from twilio_api.sid import sid_of
from twilio_api.twiml import SAY_TIMES, phrases
from twilio_consts import FLOW_MADE_BY, FLOW_OWNER, OUTAGE_S


CALL_WIDGET = "call"
# Speech, such as a "Hello?", ends a question as a key does; so it is asked again, some times
QUESTION_WIDGETS = ("question", "question_2", "question_3")
NO_KEY_WIDGET = "no_key"
ACKNOWLEDGE_KEY = "1"
MESSAGE_PARAMETER = "message"
RUN_PARAMETER = "run_id"

_KEY_TIMEOUT_S = 10  # after the question was spoken
_LIST_PAGE_SIZE = 100
_KIND = Kind(noun="flow", log="Studio's list of flows")


def definition(ringing_s: int, language: str) -> dict[str, Any]:
    """Return the definition of the flow: call, say the message twice, and wait for the key 1.

    Every end leaves its mark in the execution's context: `call` is there once the ringing is over, the last question
    holds the key that was pressed, and `no_key` is there where none came in time.
    """
    words = phrases(language)
    voice = {"language": language}
    mark = {"key": NO_KEY_WIDGET, "value": "1"}
    states = [
        _state("Trigger", "trigger", {"incomingMessage": None, "incomingCall": None, "incomingRequest": CALL_WIDGET}),
        _state(
            CALL_WIDGET,
            "make-outgoing-call-v2",
            {"answered": QUESTION_WIDGETS[0], "busy": None, "noAnswer": None, "failed": None},
            {
                "to": "{{contact.channel.address}}",
                "from": "{{flow.channel.address}}",
                "timeout": ringing_s,
                "detect_answering_machine": True,
                "machine_detection": "Enable",
            },
        ),
    ]
    for number, name in enumerate(QUESTION_WIDGETS):
        again = QUESTION_WIDGETS[number + 1] if number + 1 < len(QUESTION_WIDGETS) else NO_KEY_WIDGET
        states += [
            _state(
                name,
                "gather-input-on-call",
                {"keypress": f"key_of_{name}", "speech": again, "timeout": NO_KEY_WIDGET},
                {
                    **voice,
                    "say": f"{{{{flow.data.{MESSAGE_PARAMETER}}}}} {words.press_1}",
                    "loop": SAY_TIMES,
                    "number_of_digits": 1,
                    "finish_on_key": "",
                    "stop_gather": True,
                    "timeout": _KEY_TIMEOUT_S,
                },
            ),
            _key_state(f"key_of_{name}", name),
        ]
    return {
        "description": f"Calls a person, who acknowledges by pressing 1. {FLOW_MADE_BY}.",
        "initial_state": "Trigger",
        "flags": {"allow_concurrent_calls": True},
        "states": [
            *states,
            _state("thanks", "say-play", {"audioComplete": None}, {**voice, "say": words.thanks, "loop": 1}),
            _state("not_1", "say-play", {"audioComplete": None}, {**voice, "say": words.not_1, "loop": 1}),
            _state(NO_KEY_WIDGET, "set-variables", {"next": None}, {"variables": [mark]}),
        ],
    }


def flow_name(raw: dict[str, Any], ringing_s: int, language: str) -> str:
    """Return the name of the flow with this definition."""
    digest = hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()[:12]
    return f"{FLOW_OWNER}: press 1 to acknowledge ({language}, {ringing_s} s, {digest})"


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
        raw = definition(ringing_s, language)
        name = flow_name(raw, ringing_s, language)
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


def _state(
    name: str, kind: str, transitions: dict[str, str | None], properties: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "properties": {"offset": {"x": 0, "y": 0}, **(properties or {})},
        "transitions": [
            {"event": event, "next": following} if following else {"event": event}
            for event, following in transitions.items()
        ],
    }


def _key_state(name: str, question: str) -> dict[str, Any]:
    """Thank who pressed the right key, and tell others that they did not."""
    digits = f"{{{{widgets.{question}.Digits}}}}"
    condition = {
        "friendly_name": "acknowledged",
        "arguments": [digits],
        "type": "equal_to",
        "value": ACKNOWLEDGE_KEY,
    }
    return {
        "name": name,
        "type": "split-based-on",
        "properties": {"offset": {"x": 0, "y": 0}, "input": digits},
        "transitions": [
            {"event": "noMatch", "next": "not_1"},
            {"event": "match", "next": "thanks", "conditions": [condition]},
        ],
    }
