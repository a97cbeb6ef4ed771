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
"""The messages resource: https://www.twilio.com/docs/messaging/api/message-resource"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import request
from werkzeug.wrappers import Response

from sandbox.twilio.account import Account, NewMessage
from sandbox.twilio.errors import ApiError
from sandbox.twilio.filters import DATE_COMPARISONS, date_matches
from sandbox.twilio.message import Message
from sandbox.twilio.message_log import MessageLog
from sandbox.twilio.paging import page
from sandbox.twilio.responses import empty_response, json_response
from sandbox.twilio.routes import ACCOUNT_PATH, Route


_LIST_PATH = f"{ACCOUNT_PATH}/Messages.json"
_MESSAGE_PATH = f"{ACCOUNT_PATH}/Messages/<sid>.json"
_PERMISSION = "twilio/messaging/messages"
_FILTERS = ("To", "From", *(f"DateSent{comparison}" for comparison in DATE_COMPARISONS))


class Messages:
    """Creates, shows and deletes the messages of an account."""

    def __init__(self, account: Account, log: MessageLog, clock: Callable[[], float]) -> None:
        self._account = account
        self._log = log
        self._clock = clock

    def routes(self) -> list[Route]:
        """The list, and each message by its SID."""
        return [
            Route("POST", _LIST_PATH, self.create, f"{_PERMISSION}/create", takes_test_credentials=True),
            Route("GET", _LIST_PATH, self.list, f"{_PERMISSION}/list"),
            Route("GET", _MESSAGE_PATH, self.fetch, f"{_PERMISSION}/read"),
            Route("POST", _MESSAGE_PATH, self.update, f"{_PERMISSION}/update"),
            Route("DELETE", _MESSAGE_PATH, self.delete, f"{_PERMISSION}/delete"),
        ]

    def create(self) -> Response:
        """Create a message; with test credentials, nothing is kept."""
        new = NewMessage(*(request.form.get(name, "") for name in ("To", "From", "Body")))
        self._account.check(new)
        message = self._log.draft(new.to, new.from_, self._account.body_to_send(new.body))
        if not self._account.test_credentials:
            self._log.add(message)
        return json_response(message.resource_when_created(), 201)

    def list(self) -> Response:
        """Show a page of the log."""
        now = self._clock()
        matching = [message for message in self._log.visible() if _matches(message, request.args, now)]
        return json_response(page(matching, request.args, "messages", _FILTERS, request.path, now))

    def fetch(self, sid: str) -> Response:
        """Show one message."""
        return json_response(self._find(sid).resource(self._clock()))

    def update(self, sid: str) -> Response:
        """Redact a message, by an empty Body."""
        message = self._find(sid)
        if request.form.get("Body") != "":
            raise ApiError(20001, parameter="Body")
        message.body = ""
        return json_response(message.resource(self._clock()))

    def delete(self, sid: str) -> Response:
        """Remove one message from the log."""
        self._log.remove(self._find(sid))
        return empty_response()

    def _find(self, sid: str) -> Message:
        message = self._log.find(sid)
        if message is None:
            raise ApiError(20404, path=request.path)
        return message


def _matches(message: Message, query: Mapping[str, str], now: float) -> bool:
    """Whether a message passes the filters of a query."""
    if query.get("To", message.to) != message.to or query.get("From", message.from_) != message.from_:
        return False
    return date_matches(query, "DateSent", message.sent_at(now))
