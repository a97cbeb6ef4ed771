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
from typing import Any

from sandbox.twilio.account import Account
from sandbox.twilio.addresses import RCS, is_rcs, is_whatsapp, phone_number
from sandbox.twilio.errors import ApiError, NotFound, NotSimulated
from sandbox.twilio.filters import DATE_COMPARISONS, date_filter
from sandbox.twilio.message import Message, Outcome
from sandbox.twilio.message_log import MessageLog
from sandbox.twilio.new_message import NewMessage
from sandbox.twilio.paging import page
from sandbox.twilio.recorded_request import RecordedRequest
from sandbox.twilio.responses import Response, empty_response, json_response
from sandbox.twilio.routes import ACCOUNT_PATH, Route


_LIST_PATH = f"{ACCOUNT_PATH}/Messages.json"
_MESSAGE_PATH = f"{ACCOUNT_PATH}/Messages/<sid>.json"
_PERMISSION = "twilio/messaging/messages"
_FILTERS = ("To", "From", *(f"DateSent{comparison}" for comparison in DATE_COMPARISONS))
_WHATSAPP_WINDOW_S = 86_400.0  # after a person's last message, in which free text reaches them
# With a Messaging Service, what is wrong with the recipient comes to light only after the message was accepted
_LATE_CODES = frozenset({21408, 21610, 21612, 21614})


class Messages:
    """Creates, shows, changes and deletes the messages of an account."""

    def __init__(self, account: Account, log: MessageLog, clock: Callable[[], float]) -> None:
        self._account = account
        self._log = log
        self._clock = clock

    def routes(self) -> list[Route]:
        """The list, and each message by its SID."""
        return [
            Route("POST", _LIST_PATH, self.create, f"{_PERMISSION}/create", takes_test_credentials=True),
            Route("GET", _LIST_PATH, self.list_page, f"{_PERMISSION}/list"),
            Route("GET", _MESSAGE_PATH, self.fetch, f"{_PERMISSION}/read"),
            Route("POST", _MESSAGE_PATH, self.update, f"{_PERMISSION}/update"),
            Route("DELETE", _MESSAGE_PATH, self.delete, f"{_PERMISSION}/delete"),
        ]

    def create(self, request: RecordedRequest) -> Response:
        """Create a message; with test credentials, nothing is kept."""
        new = NewMessage.from_request(request)
        new.check_form()
        sender = self._account.choose_sender(new)
        text = self._account.body_to_send(new.text(self._account.templates))
        message = self._log.draft(
            RCS + phone_number(new.to) if is_rcs(sender) else new.to,
            sender,
            text,
            outcome=self._outcome(new, sender),
            service_sid=new.service_sid or None,
            attachments=new.media_urls,
            validity_s=new.validity_s,
        )
        if not self._account.test_credentials:
            self._log.add(message)
        response = json_response(message.resource_when_created(), 201)
        if self._account.redacts_texts:
            message.body = ""
        return response

    def list_page(self, request: RecordedRequest) -> Response:
        """Show a page of the log."""
        return json_response(self.shown_page(request.query, request.path))

    def shown_page(self, query: Mapping[str, str], path: str = "") -> dict[str, Any]:
        """What a page of the log holds, with links to others of the same path."""
        now = self._clock()
        found = self._log.visible(_filter(query, now), address=query.get("To", query.get("From")))
        return page(found, query, "messages", _FILTERS, path, now)

    def fetch(self, request: RecordedRequest, sid: str) -> Response:
        """Show one message."""
        return json_response(self._find(sid).resource(self._clock()))

    def update(self, request: RecordedRequest, sid: str) -> Response:
        """Redact a message by an empty Body; NotSimulated where it is to be canceled."""
        message, now = self._find(sid), self._clock()
        if "Status" in request.form:
            raise NotSimulated("the cancellation of a message")
        if request.form.get("Body") != "":
            raise ApiError(20001, parameter="Body")
        if not message.can_be_deleted(now):
            raise ApiError(20009)
        message.body = ""
        return json_response(message.resource(now))

    def delete(self, request: RecordedRequest, sid: str) -> Response:
        """Remove one message from the log."""
        message = self._find(sid)
        if not message.can_be_deleted(self._clock()):
            raise ApiError(20009)
        self._log.remove(message)
        return empty_response()

    def _outcome(self, new: NewMessage, sender: str) -> Outcome:
        """What becomes of a new message; raises ApiError where it is refused for its recipient."""
        outcome = self._log.outcome_for(new.to)
        code = self._account.recipient_code(new, sender)
        if code in _LATE_CODES and new.service_sid:
            return Outcome("failed", outcome.after_s, code)
        if code:
            raise new.refusal(code)
        if is_whatsapp(new.to) and not new.is_template:
            last_inbound_at = self._log.last_inbound_at(new.to, sender)
            if last_inbound_at is None or self._clock() >= last_inbound_at + _WHATSAPP_WINDOW_S:
                return Outcome("undelivered", 0.0, 63016)
        return outcome

    def _find(self, sid: str) -> Message:
        message = self._log.find(sid)
        if message is None:
            raise NotFound
        return message


def _filter(query: Mapping[str, str], now: float) -> Callable[[Message], bool]:
    """A function that says whether a message passes the filters of a query."""
    to, from_ = query.get("To"), query.get("From")
    is_in_time = date_filter(query, "DateSent")
    has_dates = any(name.startswith("DateSent") for name in query)

    def passes(message: Message) -> bool:
        if to is not None and message.to != to:
            return False
        if from_ is not None and (message.from_ != from_ or message.shown_sender(now) != from_):
            return False
        return not has_dates or is_in_time(message.sent_at(now))

    return passes
