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
"""Messages: created once, read by their SID, and what their status means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, NamedTuple, TypeVar

from twilio_api.client import TwilioClient
from twilio_api.creation import Kind
from twilio_api.errors import (
    CallError,
    Cancelled,
    ChangeFailed,
    MessageNotFound,
    UnexpectedResponse,
)
from twilio_api.response import Response, check_deleted, sid_of_response
from twilio_api.sender import Sender
from twilio_api.text import as_stored
from twilio_api.values import num_media, sid_of
from twilio_consts import FINAL_STATUSES, RCS_PREFIX, STATUS_UNKNOWN, STATUSES_AT_TWILIO, TRIAL_PREFIX


_T = TypeVar("_T")
KIND = Kind(noun="message", resource="message", log="Twilio's message log")
_SID_KINDS = ("SM", "MM", "SA")  # a text, one with media, and what examples of older responses show


class Draft(NamedTuple):
    """A message to create: the recipient as Twilio knows it, and what it says: a text, media, or a template."""

    recipient: str
    sender: Sender
    body: str = ""
    media_urls: tuple[str, ...] = ()
    validity_s: int | None = None
    content_sid: str = ""
    content_variables: str = ""

    def form(self) -> dict[str, Any]:
        """The fields of the create call (https://www.twilio.com/docs/messaging/api/message-resource)."""
        fields = {
            "To": self.recipient,
            "MessagingServiceSid" if self.sender.is_service else "From": self.sender.value,
            "Body": self.body,
            "MediaUrl": list(self.media_urls),
            "ValidityPeriod": self.validity_s and str(self.validity_s),
            "ContentSid": self.content_sid,
            "ContentVariables": self.content_variables,
        }
        return {name: value for name, value in fields.items() if value}

    @property
    def addresses(self) -> tuple[str, ...]:
        """The recipient as Twilio may show it: a service with an RCS sender in its pool writes through RCS."""
        to = self.recipient
        return (to, f"{RCS_PREFIX}{to}") if self.sender.is_service and to[:1] == "+" else (to,)

    def matches(self, row: dict[str, Any]) -> bool:
        """Whether a row of the log can be this message, as Twilio stores it; the text of a template is Twilio's own."""
        if row.get("to") not in self.addresses or not self.sender.matches(row):
            return False
        if self.content_sid:
            return True
        body = str(row.get("body") or "").removeprefix(TRIAL_PREFIX)
        return as_stored(body) == as_stored(self.body) and num_media(row) == str(len(self.media_urls))


class Message(NamedTuple):
    """A message as Twilio last showed it: `resource` is the response as it came, `sid` the name Twilio gave it."""

    sid: str
    resource: dict[str, Any]

    @property
    def status(self) -> str:
        """Twilio's status; "unknown" where the resource names none."""
        return str(self.resource.get("status") or STATUS_UNKNOWN)

    @property
    def is_final(self) -> bool:
        """Whether its status cannot change any more."""
        return self.status in FINAL_STATUSES

    @property
    def is_at_twilio(self) -> bool:
        """Whether no carrier has it yet."""
        return self.status in STATUSES_AT_TWILIO


async def fetch_message(client: TwilioClient, sid: str) -> Message:
    """Read a message by its SID, once. Raises CallError."""
    return await client.call("GET", message_url(client, sid), partial(parse_message, sid=sid))


async def read_message(client: TwilioClient, sid: str) -> Message:
    """Read a message by its SID, for up to REPEAT_S. Raises MessageNotFound or CallError."""
    try:
        return await client.read(message_url(client, sid), partial(parse_message, sid=sid))
    except CallError as error:
        if error.is_not_found:
            raise MessageNotFound(sid, error) from error
        raise


async def redact_message(client: TwilioClient, sid: str) -> Message:
    """Empty the text of a message at Twilio, and return what is left. Raises MessageNotFound or ChangeFailed."""

    def parse(response: Response) -> Message:
        found = parse_message(response)
        if found.sid != sid or found.resource.get("body"):
            raise UnexpectedResponse(response.status, "The response is not the redacted message.")
        return found

    try:
        return await repeat_change(client, lambda: client.call("POST", message_url(client, sid), parse, {"Body": ""}))
    except ChangeFailed as error:
        if error.cause.is_not_found:
            raise MessageNotFound(sid, error.cause) from error
        raise


async def delete_message(client: TwilioClient, sid: str) -> None:
    """Remove a message at Twilio. Raises MessageNotFound or ChangeFailed.

    Where a call ended so that Twilio may have processed it and the next one does not find the message, the first one
    removed it.
    """
    try:
        await repeat_change(client, lambda: client.call("DELETE", message_url(client, sid), check_deleted))
    except ChangeFailed as error:
        if not error.cause.is_not_found:
            raise
        if not error.may_be_done:
            raise MessageNotFound(sid, error.cause) from error


async def repeat_change(client: TwilioClient, call: Callable[[], Awaitable[_T]]) -> _T:
    """Make a call that changes or deletes something, and return what comes of it. Raises ChangeFailed.

    To do so twice is to do it once, so the call is repeated as a read is.
    """
    may_be_done = False

    async def change() -> _T:
        nonlocal may_be_done
        was_cancelled = client.cancelled.done()
        try:
            return await call()
        except CallError as error:
            was_given_up = isinstance(error, Cancelled) and not was_cancelled
            may_be_done = may_be_done or was_given_up or not (error.is_unsent or error.is_refusal)
            raise

    try:
        return await client.repeat(change)
    except CallError as error:
        raise ChangeFailed(error, may_be_done=may_be_done) from error


def message_url(client: TwilioClient, sid: str) -> str:
    """The address of a message."""
    return f"{client.account_url}/Messages/{sid}.json"


def parse_message(response: Response, sid: str = "") -> Message:
    """Read a message resource, the one of this SID where one is given. Raises UnexpectedResponse where it is not."""
    return Message(sid_of_response(response, _SID_KINDS, "a message", sid), response.json)


def parse_rows(rows: Iterable[dict[str, Any]]) -> list[Message]:
    """Read the rows of a page of the message log; those without a SID are left out."""
    return [Message(sid, row) for row in rows if (sid := sid_of(row))]
