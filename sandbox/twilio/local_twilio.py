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
"""The local Twilio: one account, its messages, and the server that they are reached through."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from types import MappingProxyType

from flask import Flask

from sandbox.twilio import defaults
from sandbox.twilio.account import Account
from sandbox.twilio.api import Api
from sandbox.twilio.call import Call
from sandbox.twilio.call_log import CallLog
from sandbox.twilio.calls import Calls
from sandbox.twilio.credentials import ApiKey
from sandbox.twilio.dates import rfc2822
from sandbox.twilio.fault_plan import FaultPlan
from sandbox.twilio.flows import Flows
from sandbox.twilio.inbox import Inbox
from sandbox.twilio.incoming_phone_numbers import IncomingPhoneNumbers
from sandbox.twilio.lookups import Lookups
from sandbox.twilio.media import Attachment
from sandbox.twilio.media_files import MediaFiles
from sandbox.twilio.message import Message, Outcome
from sandbox.twilio.message_log import MessageLog
from sandbox.twilio.messages import Messages
from sandbox.twilio.messaging_services import MessagingServices
from sandbox.twilio.phone_page import PAGE_PATH, PhonePage
from sandbox.twilio.recorded_request import RecordedRequest
from sandbox.twilio.routes import API_PATH, Resource
from sandbox.twilio.senders import MessagingService, PhoneNumber, Senders
from sandbox.twilio.server import Server
from sandbox.twilio.studio import Studio
from sandbox.twilio.throttle import Throttle


class LocalTwilio:
    """A Twilio of one account on this machine, for development: it keeps messages, and sends none.

    Serve it with start() and stop(), or as a context manager. It responds at `base_url`. Its clock (seconds since the
    epoch) dates everything: a message's status is a matter of the time since its creation, and of its Outcome, which
    is `outcomes[recipient]` or else `outcome`. `sleep` makes the pauses: `latency_s` before each response, and those of
    faults. Everything that arrives is in `requests`, every message that was accepted is in `messages`, and `faults`
    makes things go wrong. People write to the account through receive(). `call_log` is about calls (what the people
    called do, too), `studio` about flows and executions, `lookups` about what is known of numbers, and `media_files`
    about the store of media.

    `account` with its `senders` and `keys`, `log` and `throttle` may be changed while they are served. By default the
    account has the phone number `from_phone`, a Messaging Service with that number in its pool, a short code, a sender
    ID, a WhatsApp sender, a template and a Standard key, all named in `sandbox.twilio`.
    """

    def __init__(
        self,
        *,
        account_sid: str = defaults.ACCOUNT_SID,
        auth_token: str = defaults.AUTH_TOKEN,
        from_phone: str = defaults.FROM_PHONE,
        numbers: Iterable[PhoneNumber] | None = None,
        services: Mapping[str, Iterable[str]] | None = None,
        short_codes: Iterable[str] = (defaults.SHORT_CODE,),
        sender_ids: Iterable[str] = (defaults.SENDER_ID,),
        whatsapp_senders: Iterable[str] = (defaults.WHATSAPP_SENDER,),
        templates: Mapping[str, str] = MappingProxyType({defaults.CONTENT_SID: defaults.TEMPLATE}),
        keys: Iterable[ApiKey] = (defaults.STANDARD_KEY,),
        account_status: str = "active",
        account_type: str = "Full",
        verified: Collection[str] | None = None,
        test_credentials: bool = False,
        outcome: Outcome = Outcome("delivered", after_s=1.0),  # noqa: B008 a frozen value
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
        latency_s: float = 0.0,
        max_concurrent: int | None = None,
        ssl_context: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.from_phone = from_phone
        self.clock = clock
        self.sleep = sleep
        self.latency_s = latency_s
        self.edge_ahead_s = 0.0  # of the clock that dates responses, before the one that dates rows
        self.ssl_context = ssl_context
        self.host = "127.0.0.1"
        self.port = port
        pools = {defaults.SERVICE_SID: (from_phone,)} if services is None else services
        senders = Senders(
            numbers=[PhoneNumber(from_phone)] if numbers is None else list(numbers),
            services=[MessagingService(sid, list(pool)) for sid, pool in pools.items()],
            short_codes=list(short_codes),
            sender_ids=list(sender_ids),
            whatsapp_senders=list(whatsapp_senders),
            is_trial=lambda: self.account.is_trial,
        )
        self.account = Account(
            account_sid,
            auth_token,
            created=rfc2822(clock()),
            senders=senders,
            keys=list(keys),
            templates=dict(templates),
            status=account_status,
            type=account_type,
            verified=verified,
            test_credentials=test_credentials,
        )
        self.unsubscribed = self.account.opt_outs.everywhere
        self.requests: list[RecordedRequest] = []
        self.faults = FaultPlan()
        self.throttle = Throttle(max_concurrent)
        self.log = MessageLog(self.account.uri, outcome, clock)
        self.outcomes = self.log.outcomes
        self.call_log = CallLog(self.account, clock)
        self.studio = Studio(account_sid, self.call_log)
        self.lookups = Lookups()
        self.media_files = MediaFiles(self.log, clock)
        self._inbox = Inbox(self.account, self.log)
        self._messages = Messages(self.account, self.log, clock)
        resources: list[Resource] = [
            self.account,
            self._messages,
            self.media_files,
            IncomingPhoneNumbers(self.account, clock),
            MessagingServices(self.account),
            Calls(self.call_log, clock),
            Flows(self.studio, clock),
            self.lookups,
        ]
        self.api = Api(self.account, resources)
        self.phone_page = PhonePage(self.account, self.log, self.call_log, self._inbox, clock)
        self._server: Server | None = None

    @cached_property
    def pages(self) -> Flask:
        """The pages for people as a Flask application, made when somebody opens one."""
        app = Flask("local_twilio.pages", static_folder=None)
        app.register_blueprint(self.phone_page.blueprint())
        return app

    @property
    def base_url(self) -> str:
        """Where the API is, such as "http://127.0.0.1:8080/2010-04-01"; the port is known from the first start() on."""
        return f"{self.origin}{API_PATH}"

    @property
    def origin(self) -> str:
        """Where all APIs are, such as "http://127.0.0.1:8080"."""
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def phone_url(self) -> str:
        """Where the page with the phones is, for a browser."""
        return f"{self.origin}{PAGE_PATH}"

    @property
    def scheme(self) -> str:
        """http or https."""
        return "https" if self.ssl_context else "http"

    @property
    def messages(self) -> list[Message]:
        """All messages in order of their creation."""
        return self.log.in_order()

    @property
    def calls(self) -> list[Call]:
        """All calls in order of their creation."""
        return self.call_log.in_order()

    @property
    def log_lag_s(self) -> float:
        """How long after its creation a message appears in the list (seconds)."""
        return self.log.lag_s

    @log_lag_s.setter
    def log_lag_s(self, lag_s: float) -> None:
        self.log.lag_s = lag_s

    def add_message(self, to: str, body: str, *, created: float | None = None, from_: str | None = None) -> Message:
        """Put a message in the log by hand, such as one of an earlier run; created now unless said otherwise."""
        message = self.log.draft(to, self.from_phone if from_ is None else from_, body, created)
        self.log.add(message)
        return message

    def shows(self, query: Mapping[str, str], message: Message) -> bool:
        """Whether the page of the message list that is asked for so shows a message now."""
        return any(row["sid"] == message.sid for row in self._messages.shown_page(query)["messages"])

    def receive(
        self,
        from_: str,
        to: str,
        body: str,
        *,
        media: Iterable[Attachment] = (),
        created: float | None = None,
        after_s: float = 0.0,
    ) -> Message:
        """Let a person write to one of the account's addresses; sent now unless said otherwise.

        `media` are files, or URLs of files, which nobody fetches. The text is `receiving` for `after_s` seconds, then
        `received`. STOP, START and HELP have the effect that they have at Twilio, its own replies among the messages
        included. Raises ValueError where nobody can write from or to such an address.
        """
        return self._inbox.receive(from_, to, body, media, created, after_s)

    def start(self) -> None:
        """Serve; after a stop(), on the same port as before. Raises PortError where that is in use."""
        self._server = Server(self)
        self.port = self._server.port
        self._server.start()

    def stop(self) -> None:
        """Refuse new connections and close the open ones."""
        if self._server:
            self._server.stop()
            self._server = None

    def __enter__(self) -> LocalTwilio:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()
