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
"""What a local Twilio holds before a run, and what people do meanwhile, as a saved input describes it:

    "local_twilio": {
        "messages": [{"sid": "SM…", "from": "+15101112345", "to": "+15101281337", "body": "yes", "minutes_ago": 5,
                      "media": ["https://example.com/screenshot.png"]},
                     {"to": "+15101112345", "body": "hello", "status": "undelivered", "error_code": 30003}],
        "replies": {"+15101112345": "yes"},
        "calls": {"+15101112345": {"after_s": 1.0, "keys": "1", "key_after_s": 1.0}}
    }

A message without `from` is the account's own. It is delivered a little later, unless it has a `status`, which it has
from the beginning: one of those that Twilio shows, with an `error_code` where it did not arrive. Whoever is named in
`replies` replies once, to the first text that reaches them during the run. `calls` says what people do when they are
called: the fields of CallOutcome.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

from sandbox.twilio import CallOutcome, LocalTwilio, Message, Outcome


KEY = "local_twilio"
FAILURES = ("undelivered", "failed", "canceled")
STATUSES = ("delivered", "read", *FAILURES, "sent", "sending", "queued")  # that a message can end with, or stay at
_THINKING_S = 3.5  # between reading a text and the reply to it; a word counts from two whole seconds on

_TEXT, _NUMBER, _TRUTH = "a text", "a number", "true or false"
_TYPES: dict[str, tuple[type, ...]] = {
    _TEXT: (str,),
    _NUMBER: (int, float),
    _TRUTH: (bool,),
    "a list": (list,),
    "an object": (dict,),
}
_SCENARIO = {"messages": "a list", "replies": "an object", "calls": "an object"}
_MESSAGE = {
    "to": _TEXT,
    "body": _TEXT,
    "from": _TEXT,
    "sid": _TEXT,
    "minutes_ago": _NUMBER,
    "media": "a list",
    "status": _TEXT,
    "error_code": _NUMBER,
}
_KINDS_OF_FIELDS = {"str": _TEXT, "float": _NUMBER, "float | None": _NUMBER, "bool": _TRUTH}
_CALL = {field.name: _KINDS_OF_FIELDS[str(field.type)] for field in fields(CallOutcome)}


class ScenarioError(Exception):
    """The scenario of a saved input cannot be understood; the text says why."""


@contextmanager
def scenario(twilio: LocalTwilio, spec: Any) -> Iterator[None]:
    """Put the messages of a scenario into a local Twilio, and let its people reply until the end of the block.

    Raises ScenarioError.
    """
    parts = _checked(spec, KEY, _SCENARIO)
    for number, row in enumerate(parts.get("messages", ()), 1):
        message = _checked(row, f"message {number} of {KEY}", _MESSAGE, required=("to", "body"))
        _add_message(twilio, f"message {number} of {KEY}", sender=message.pop("from", None), **message)
    for person, row in parts.get("calls", {}).items():
        reaction = _checked(row, f"the call to {person} of {KEY}", _CALL)
        try:
            twilio.call_log.outcomes[person] = CallOutcome(**reaction)
        except ValueError as error:
            raise ScenarioError(f"{KEY}: {error}") from error
    replies = _checked(parts.get("replies", {}), f"replies of {KEY}", dict.fromkeys(parts.get("replies", {}), _TEXT))
    twilio.log.on_add = lambda message: _reply(twilio, replies, message)
    try:
        yield
    finally:
        twilio.log.on_add = None


def _checked(value: Any, where: str, kinds: Mapping[str, str], required: Sequence[str] = ()) -> dict[str, Any]:
    """Return a copy of an object whose members are of these kinds. Raises ScenarioError, which names `where`."""
    if not isinstance(value, dict):
        raise ScenarioError(f"{where} is {json.dumps(value)}, not an object")
    for name in value.keys() - kinds.keys():
        raise ScenarioError(f"{where} has '{name}'; it knows {', '.join(kinds)} alone")
    for name in required:
        if name not in value:
            raise ScenarioError(f"{where} has no '{name}'")
    for name, found in value.items():
        types = _TYPES[kinds[name]]
        if not isinstance(found, types) or (isinstance(found, bool) and bool not in types):
            raise ScenarioError(f"'{name}' of {where} is {json.dumps(found)}, not {kinds[name]}")
    return dict(value)


def _add_message(
    twilio: LocalTwilio,
    where: str,
    *,
    to: str,
    body: str,
    sender: str | None,
    sid: str = "",
    minutes_ago: float = 0.0,
    media: Sequence[object] = (),
    status: str = "",
    error_code: float | None = None,
) -> None:
    details: dict[str, Any] = {"sid": sid, "attachments": [str(url) for url in media]}
    if status or error_code is not None:
        if sender is not None:
            raise ScenarioError(f"{where} came from a person: it is received, and has no status or error_code")
        details["outcome"] = _standing(where, status or "undelivered", error_code)
    elif sender is not None:
        details.update(direction="inbound", outcome=Outcome("received", 0.0))
    created = twilio.clock() - minutes_ago * 60.0
    twilio.log.add(twilio.log.draft(to, sender or twilio.from_phone, body, created, **details))


def _standing(where: str, status: str, error_code: float | None) -> Outcome:
    if status not in STATUSES:
        raise ScenarioError(f"'status' of {where} is {json.dumps(status)}; it is one of {', '.join(STATUSES)}")
    if error_code is not None and status not in FAILURES:
        raise ScenarioError(f"{where} is {status}, and has no error_code: that is for {', '.join(FAILURES)}")
    return Outcome(status, 0.0, None if error_code is None else int(error_code))


def _reply(twilio: LocalTwilio, replies: dict[str, str], message: Message) -> None:
    """Let the person whom a message reaches reply to it, if they are still to reply."""
    if message.is_inbound or message.reached_at is None or message.person not in replies:
        return
    text = replies.pop(message.person)
    twilio.receive(message.person, message.own_address, text, created=message.reached_at + _THINKING_S)
