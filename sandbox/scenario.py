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
        "messages": [{"sid": "SM…", "from": "+15101112345", "to": "+15101281337", "body": "yes", "minutes_ago": 5}],
        "replies": {"+15101112345": "yes"},
        "calls": {"+15101112345": {"after_s": 1.0, "keys": "1", "key_after_s": 1.0}}
    }

A message without `from` is the account's own. Whoever is named in `replies` replies once, to the first text that
reaches them during the run. `calls` says what people do when they are called: the fields of CallOutcome.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sandbox.twilio import CallOutcome, LocalTwilio, Outcome


KEY = "local_twilio"
_NAMES = {"messages", "replies", "calls"}
_POLL_S = 0.05
_THINKING_S = 1.5  # between reading a text and the reply to it


class ScenarioError(Exception):
    """The scenario of a saved input cannot be understood; the text says why."""


@contextmanager
def scenario(twilio: LocalTwilio, spec: Mapping[str, Any]) -> Iterator[None]:
    """Put the messages of a scenario into a local Twilio, and let its people reply until the end of the block.

    Raises ScenarioError.
    """
    unknown = sorted(spec.keys() - _NAMES)
    if unknown:
        raise ScenarioError(f"{KEY} has {', '.join(unknown)}; it knows {', '.join(sorted(_NAMES))} alone")
    try:
        for row in spec.get("messages", ()):
            _add_message(twilio, **{**row, "sender": row.get("from")})
        replies = dict(spec.get("replies", {}))
        for person, row in spec.get("calls", {}).items():
            twilio.call_log.outcomes[person] = CallOutcome(**row)
    except (AttributeError, TypeError, ValueError) as error:
        raise ScenarioError(f"{KEY} cannot be understood: {error}") from error
    run_is_over = threading.Event()
    people = threading.Thread(target=_reply, args=(twilio, replies, run_is_over), daemon=True)
    people.start()
    try:
        yield
    finally:
        run_is_over.set()
        people.join()


def _add_message(
    twilio: LocalTwilio, *, to: str, body: str, sender: str | None, sid: str = "", minutes_ago: float = 0.0, **row: Any
) -> None:
    if row.keys() - {"from"}:
        raise ValueError(f"a message has no {', '.join(sorted(row.keys() - {'from'}))}")
    details: dict[str, Any] = {"sid": sid}
    if sender is not None:
        details.update(direction="inbound", outcome=Outcome("received", 0.0))
    created = twilio.clock() - minutes_ago * 60.0
    twilio.log.add(twilio.log.draft(to, sender or twilio.from_phone, body, created, **details))


def _reply(twilio: LocalTwilio, replies: dict[str, str], run_is_over: threading.Event) -> None:
    before = {message.sid for message in twilio.messages}
    while replies and not run_is_over.wait(_POLL_S):
        for message in twilio.messages:
            if message.sid in before or message.is_inbound or message.delivered_at is None:
                continue
            text = replies.pop(message.person, None)
            if text is not None:
                when = message.delivered_at + _THINKING_S
                twilio.receive(message.person, message.own_address, text, created=when)
