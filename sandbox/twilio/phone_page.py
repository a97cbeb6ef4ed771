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
"""A page in the browser with the phones of the people that the account writes to and calls: read, reply, switch off."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sandbox.twilio.account import Account
from sandbox.twilio.addresses import is_phone_number, is_whatsapp, phone_number, spelled
from sandbox.twilio.call import CallOutcome
from sandbox.twilio.call_log import CallLog
from sandbox.twilio.errors import delivery_error
from sandbox.twilio.inbox import Inbox
from sandbox.twilio.media import File, Media
from sandbox.twilio.message import Message, Outcome
from sandbox.twilio.message_log import MessageLog
from sandbox.twilio.shown_call import KEYPAD, ShownCall


PAGE_PATH = "/phone"
MAX_TEXT_CHARS = 1600
MAX_PICTURE_BYTES = 5_000_000  # what carriers take: https://www.twilio.com/docs/messaging/guides/accepted-mime-types
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")  # what a page may show without running anything

# What a page may load: its own files, and nothing of anybody else's
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    + "; ".join(f"{kind}-src 'self'" for kind in ("connect", "img", "script", "style"))
)
_GOOD, _BAD = frozenset({"delivered", "read"}), frozenset({"undelivered", "failed", "canceled"})
_AnyOutcome = TypeVar("_AnyOutcome")
# A reply that a text asks for, such as "4211 for yes", or "4211 to take it"
_SUGGESTION = re.compile(r"\b([0-9]{3,6}) (?:for|to) ([^,.;!?\n]{1,40})")


@dataclass(frozen=True)
class Reach:
    """How a phone can be reached: what becomes of the messages and calls to it, where not what becomes of others."""

    name: str
    label: str
    status: str = ""
    error_code: int | None = None
    call: CallOutcome | None = None

    def outcome(self, default: Outcome) -> Outcome | None:
        """What becomes of a message, if not `default`."""
        return Outcome(self.status, default.after_s, self.error_code) if self.status else None


REACHES = {
    reach.name: reach
    for reach in (
        Reach("on", "Switched on"),
        Reach("off", "Switched off", "undelivered", 30003, CallOutcome("completed", 0.0, "machine_start")),
        Reach("unknown", "Number not in use", "undelivered", 30005, CallOutcome("failed", 0.0)),
        Reach("landline", "Landline, takes no texts", "undelivered", 30006),
        Reach("filtered", "Carrier filters texts", "undelivered", 30007),
        Reach("silent", "Carrier sends no receipt", "sent"),
    )
}


@dataclass(frozen=True)
class Bubble:
    """A message as a phone shows it."""

    message: Message
    now: float

    @property
    def status(self) -> str:
        """The status that Twilio shows."""
        return self.message.status(self.now)

    @property
    def reason(self) -> str:
        """Why it was not delivered: code and text, or empty."""
        code = self.message.outcome.error_code if self.status in _BAD else None
        return f"{code} {delivery_error(code) or ''}".strip() if code else ""

    @property
    def kind(self) -> str:
        """How it is drawn: written here, or pending, arrived or lost."""
        if self.message.is_inbound:
            return "written"
        if self.status in _GOOD:
            return "arrived"
        return "lost" if self.status in _BAD else "pending"

    @property
    def pictures(self) -> list[Media]:
        """The media of the message that are pictures from a phone."""
        return [media for media in self.message.media if not media.url]

    @property
    def links(self) -> list[tuple[str, str]]:
        """The other media of the message: a name and a URL of the web each."""
        urls = [media.url for media in self.message.media if media.url.startswith(("https://", "http://"))]
        return [(urlsplit(url).path.rpartition("/")[2] or url, url) for url in urls]

    @property
    def time(self) -> datetime:
        """When it was created, by the clock of this machine."""
        return datetime.fromtimestamp(self.message.created).astimezone()


@dataclass(frozen=True)
class Phone:
    """One person's phone."""

    person: str
    bubbles: Sequence[Bubble]
    reply_addresses: Sequence[str]
    reach: str
    calls: Sequence[ShownCall]

    @property
    def id(self) -> str:
        """What it is called in the document."""
        return "phone-" + re.sub(r"[^0-9a-z]", "", self.person.lower())

    @property
    def label(self) -> str:
        """The number as people write it."""
        return spelled(phone_number(self.person))

    @property
    def is_whatsapp(self) -> bool:
        """Whether it is on WhatsApp."""
        return is_whatsapp(self.person)

    @property
    def has_several_senders(self) -> bool:
        """Whether the account wrote to it from several addresses."""
        return len({bubble.message.own_address for bubble in self.bubbles}) > 1

    @property
    def suggestions(self) -> list[tuple[str, str]]:
        """The replies that the last text asks for, as long as none was sent: what to send, and what it stands for."""
        last = self.bubbles[-1].message if self.bubbles else None
        return [] if last is None or last.is_inbound else _SUGGESTION.findall(last.body)


class PhonePage:
    """Shows the phones and does what their people do."""

    def __init__(
        self, account: Account, log: MessageLog, calls: CallLog, inbox: Inbox, clock: Callable[[], float]
    ) -> None:
        self._account = account
        self._log = log
        self._calls = calls
        self._inbox = inbox
        self._clock = clock

    def blueprint(self) -> Blueprint:
        """The page, its files, and its forms."""
        page = Blueprint("phone", __name__, url_prefix=PAGE_PATH, template_folder="templates", static_folder="static")
        page.add_url_rule("", "show", self.show)
        page.add_url_rule("/send", "send", self.send, methods=["POST"])
        page.add_url_rule("/reach", "reach", self.set_reach, methods=["POST"])
        page.add_url_rule("/pictures/<sid>/<media_sid>", "picture", self.picture)
        page.add_url_rule("/call", "call", self.act, methods=["POST"])
        page.before_request(_refuse_other_sites)
        page.after_request(_restrict)
        return page

    def show(self, notice: str = "", status: int = 200) -> Response:
        """All phones, and what is to be said of a form that was not accepted."""
        content = render_template(
            "phones.html",
            phones=[self._phone(person) for person in self._people()],
            reaches=REACHES.values(),
            own_addresses=self._own_addresses(),
            notice=notice,
            max_text_chars=MAX_TEXT_CHARS,
            pictures=PICTURES,
            spelled=spelled,
            keys=KEYPAD,
        )
        return make_response(content, status)

    def send(self) -> AnyResponse:
        """A text, a picture, or both, that a person sends."""
        form, pictures = request.form, [each for each in request.files.getlist("picture") if each.filename]
        person, text = re.sub(r"[\s().-]", "", form.get("person", "")), form.get("text", "")[:MAX_TEXT_CHARS]
        if not is_phone_number(phone_number(person)):
            return self.show(f"{person or 'Nothing'} is no phone number: give one such as +15101112345.", 400)
        if not text.strip() and not pictures:
            return self.show("There is no text to send.", 400)
        files = [File(each.read(), each.mimetype) for each in pictures]
        if any(file.content_type not in PICTURES for file in files):
            return self.show("A phone here sends pictures alone: PNG, JPEG, GIF or WebP.", 400)
        if sum(len(file.content) for file in files) > MAX_PICTURE_BYTES:
            return self.show("The picture is too large: carriers take 5 MB.", 400)
        try:
            self._inbox.receive(person, form.get("to", ""), text, files)
        except ValueError as error:
            return self.show(f"{error}.", 400)
        return redirect(url_for("phone.show"), 303)

    def picture(self, sid: str, media_sid: str) -> AnyResponse:
        """A picture that a person sent."""
        message = self._log.find(sid)
        file = next((media.file for media in message.media if media.sid == media_sid), None) if message else None
        if file is None or file.content_type not in PICTURES:
            return make_response("There is no such picture.", 404)
        return Response(file.content, content_type=file.content_type)

    def set_reach(self) -> AnyResponse:
        """A phone that is switched on or off, or cannot be reached for another reason."""
        person, reach = request.form.get("person", ""), REACHES.get(request.form.get("reach", ""))
        if reach is None or person not in self._people():
            return self.show("There is no such phone.", 400)
        _set(self._log.outcomes, person, reach.outcome(self._log.outcome))
        _set(self._calls.outcomes, person, reach.call)
        now = self._clock()
        for message in self._log.in_order():
            if message.to == person and not message.is_final(now):
                message.change_outcome(self._log.outcome_for(person), now)
        return redirect(url_for("phone.show"), 303)

    def act(self) -> AnyResponse:
        """What a person does with a call: one of the acts, or a key."""
        form = request.form
        call = self._calls.find(form.get("sid", ""))
        try:
            if call is None or not ShownCall(call, self._clock()).act(form.get("act", ""), form.get("key", "")):
                return self.show("There is no such call, or nothing to do with it.", 400)
        except ValueError as error:
            return self.show(f"{str(error)[:1].upper()}{str(error)[1:]}.", 400)
        return redirect(url_for("phone.show"), 303)

    def _people(self) -> list[str]:
        """Everybody who was written to or wrote, in the order in which that began; then those who were called."""
        people = [message.person for message in self._log.in_order()]
        return list(dict.fromkeys([*people, *(call.to for call in self._calls.in_order())]))

    def _phone(self, person: str) -> Phone:
        now = self._clock()
        messages = [message for message in self._log.in_order() if message.person == person]
        latest_first = dict.fromkeys(message.own_address for message in reversed(messages))
        outcome = self._log.outcomes.get(person)
        reach = next((reach.name for reach in REACHES.values() if reach.outcome(self._log.outcome) == outcome), "")
        return Phone(
            person,
            [Bubble(message, now) for message in messages],
            [address for address in latest_first if self._account.senders.can_receive(address)],
            reach,
            self._shown_calls(person, now),
        )

    def _shown_calls(self, person: str, now: float) -> list[ShownCall]:
        """The calls to a person that are not over, and the last one that is; the latest first."""
        calls = [ShownCall(call, now) for call in reversed(self._calls.in_order()) if call.to == person]
        live = [call for call in calls if call.kind != "over"]
        return [*live, *[call for call in calls if call.kind == "over"][:1]]

    def _own_addresses(self) -> list[str]:
        senders = self._account.senders
        addresses = [*(number.number for number in senders.numbers), *senders.short_codes]
        return [address for address in addresses if senders.can_receive(address)]


def _set(outcomes: dict[str, _AnyOutcome], person: str, outcome: _AnyOutcome | None) -> None:
    if outcome is None:
        outcomes.pop(person, None)
    else:
        outcomes[person] = outcome


def _refuse_other_sites() -> AnyResponse | None:
    """Refuse what a form or script on somebody else's page sends here."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin is not None and urlsplit(origin).netloc != request.host:
        return make_response("This is for the page of the local Twilio alone.", 403)
    return None


def _restrict(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _CONTENT_SECURITY_POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
