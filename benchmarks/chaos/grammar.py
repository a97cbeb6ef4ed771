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
"""What may happen to a connection, to a call, and to the whole of Twilio for a while; drawn by chance.

A grammar and not a list of cases: a fault is a step of the way, how it goes wrong there, at which byte, and for how
long. All times are seconds.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum


FOREVER_S = 10_000.0


class Route(Enum):
    """The way to Twilio."""

    HTTP = "plain http"  # to this machine only
    TLS = "TLS"
    PROXY = "TLS through a proxy"


class CallKind(Enum):
    """What a call is for."""

    CREATE = "create"
    SEARCH = "search"  # a page of the log with one recipient's messages
    PAGE = "page"  # a page of the log with everybody's
    FETCH = "fetch"


# --- opening a connection


class Opening(Enum):
    """How the opening of a connection goes wrong: at which step, and what happens there."""

    NAME_FAILS = ("name", "fails")
    NAME_HANGS = ("name", "hangs")
    TCP_REFUSED = ("TCP", "refused")
    TCP_HANGS = ("TCP", "hangs")
    TCP_RESET = ("TCP", "reset once it stands")
    PROXY_CLOSES = ("proxy", "closes")
    PROXY_RESETS = ("proxy", "resets")
    PROXY_HANGS = ("proxy", "hangs")
    PROXY_JUNK = ("proxy", "answers junk")
    PROXY_REFUSES = ("proxy", "refuses, and echoes the request")
    PROXY_DRIPS = ("proxy", "drips")
    TLS_CLOSES = ("TLS", "closes")
    TLS_RESETS = ("TLS", "resets")
    TLS_HANGS = ("TLS", "hangs")
    TLS_JUNK = ("TLS", "answers junk")
    TLS_ALERT = ("TLS", "alert")
    TLS_CUT_OFF = ("TLS", "cut off within the handshake")
    TLS_UNTRUSTED = ("TLS", "untrusted certificate")

    def __init__(self, step: str, how: str) -> None:
        self.step = step
        self.how = how

    @property
    def text(self) -> str:
        """The fault in words."""
        return f"{self.step}: {self.how}"

    def is_possible(self, route: Route) -> bool:
        """Whether a connection on this route comes to this step."""
        return (self.step != "proxy" or route is Route.PROXY) and (self.step != "TLS" or route is not Route.HTTP)


@dataclass(frozen=True)
class OpeningFault:
    """A connection that goes wrong while it is opened: `for_s` is how long it hangs, `share` how far it comes."""

    opening: Opening
    for_s: float = 0.0
    share: float = 0.0


# --- one call


class Content(Enum):
    """What comes back: Twilio's own response, or something else in its place."""

    TWILIOS = "Twilio's response"
    PAGE = "a page that echoes the request"
    API_ERROR = "an error in Twilio's form"
    NO_MESSAGE = "JSON that is no message"
    EMPTY = "an empty body"
    REDIRECT = "a redirect"


class Form(Enum):
    """The form in which a response comes; a harmless one says the same in another way."""

    PLAIN = ("as it is", True)
    GZIP = ("gzip", True)
    CHUNKED = ("in chunks", True)
    ANOTHER_TYPE = ("labelled as something else", True)
    UTF_16 = ("UTF-16", True)
    INTERIM = ("after a 100 Continue", True)
    GZIP_BROKEN = ("broken gzip", False)
    GZIP_BOMB = ("gzip bomb", False)
    CHUNK_LENGTH_WRONG = ("wrong chunk length", False)
    CHUNK_LENGTH_ENDLESS = ("chunk length without end", False)
    LENGTH_SHORT = ("Content-Length too small", False)
    LENGTH_LONG = ("Content-Length too large", False)
    LENGTH_JUNK = ("junk for a Content-Length", False)
    ENCODING_UNKNOWN = ("encoding that nobody asked for", False)
    HEADER_JUNK = ("junk header", False)
    HEADER_LONG = ("header of 100 kB", False)
    HEADERS_MANY = ("150 headers", False)
    HEADERS_ENDLESS = ("headers without end", False)
    LOCATION_UNPARSABLE = ("unparsable Location", False)
    RETRY_AFTER_JUNK = ("junk for a Retry-After", False)
    STATUS_JUNK = ("junk for a status line", False)
    BODY_ENDLESS = ("a body without end", False)
    NUMBER_HUGE = ("a number of 5000 digits", False)
    NESTED_DEEPLY = ("lists nested 100,000 times", False)
    SECOND_RESPONSE = ("a second response that nobody asked for", False)

    def __init__(self, text: str, is_harmless: bool) -> None:
        self.text = text
        self.is_harmless = is_harmless


class Then(Enum):
    """What happens at the byte where a request or a response breaks off."""

    RESET = "reset"
    CLOSE = "closed"
    HANG = "hangs"
    PAUSE = "pauses"
    DRIP = "drips"
    GARBAGE = "garbage"


class Part(Enum):
    """Where the break is."""

    REQUEST = "request"
    HEAD = "head"
    BODY = "body"


@dataclass(frozen=True)
class Break:
    """Where a call breaks off (`share` of the bytes of a part), what happens then, and for how long."""

    part: Part
    share: float
    then: Then
    for_s: float = 0.0

    @property
    def text(self) -> str:
        """The break in words."""
        return f"{self.part.value}: {self.then.value}"


@dataclass(frozen=True)
class CallFault:
    """What happens to one call.

    After `arrives_after_s` Twilio gets the request if `is_taken`; `responds_after_s` later the response goes back:
    `content` with `status` (0: its own; `code` is Twilio's) in some form, which may break off.
    """

    is_taken: bool = True
    arrives_after_s: float = 0.0
    responds_after_s: float = 0.0
    content: Content = Content.TWILIOS
    status: int = 0
    code: int = 0
    retry_after: str = ""
    form: Form = Form.PLAIN
    break_: Break | None = None

    @property
    def is_harmless(self) -> bool:
        """Whether the caller gets Twilio's own response, whole."""
        return self.content is Content.TWILIOS and self.form.is_harmless and self.break_ is None

    @property
    def kinds(self) -> list[str]:
        """What it is made of, in words."""
        found = [] if self.is_taken else ["Twilio does not get it"]
        if self.arrives_after_s or self.responds_after_s:
            found.append("late")
        if self.content is not Content.TWILIOS:
            found.append(f"{self.content.value}{f', {self.status}' if self.status else ''}")
        if self.form is not Form.PLAIN:
            found.append(self.form.text)
        return found + ([self.break_.text] if self.break_ else [])


_LATE_SHARE = 0.15
_MAX_LATE_S = 30.0
_PAGE_STATUSES = (200, 201, 302, 400, 403, 403, 404, 407, 408, 413, 429, 500, 502, 503, 504)
# A 4xx with a code of Twilio's but 408 says that the call was turned down: Twilio took none of these
_ERRORS_IF_TAKEN = ((500, 20500), (503, 20503), (408, 20408), (504, 0), (403, 0), (400, 400))
_ERRORS = (*_ERRORS_IF_TAKEN, (429, 20429), (429, 20429), (429, 21611), (400, 21211), (403, 20403), (401, 20003))
_RETRY_AFTERS = ("", "", "1", "4", "30", "86400", "0.5", "-3", "nan", "soon", "1e9", "Wed, 21 Oct 2026 07:28:00 GMT")
_EMPTY_STATUSES = (200, 201, 202, 204, 205)
_REDIRECTS = (301, 302, 303, 307, 308, 300, 304, 305)


def draw_call_fault(chance: random.Random, kind: CallKind) -> CallFault:
    """Draw what happens to a call that meets a fault."""
    is_taken = chance.random() < 0.5
    contents = [Content.TWILIOS] * 5 if is_taken else []
    content = chance.choice([*contents, *list(Content)[1:]])
    fault = CallFault(is_taken=is_taken, content=content)
    if content is Content.PAGE:
        fault = replace(fault, status=chance.choice(_PAGE_STATUSES))
    elif content is Content.API_ERROR:
        status, code = chance.choice(_ERRORS_IF_TAKEN if is_taken else _errors(kind))
        fault = replace(fault, status=status, code=code, retry_after=chance.choice(_RETRY_AFTERS))
    elif content is Content.NO_MESSAGE:
        fault = replace(fault, status=chance.choice((200, 201)))
    elif content is Content.EMPTY:
        fault = replace(fault, status=chance.choice(_EMPTY_STATUSES))
    elif content is Content.REDIRECT:
        fault = replace(fault, status=chance.choice(_REDIRECTS))
    if chance.random() < 0.4:
        fault = replace(fault, form=chance.choice(list(Form)[1:]))
    if chance.random() < 0.4 or (is_taken and content is Content.TWILIOS and fault.form is Form.PLAIN):
        fault = replace(fault, break_=_draw_break(chance, is_taken))
    if chance.random() < _LATE_SHARE:
        fault = replace(fault, arrives_after_s=chance.uniform(0.1, _MAX_LATE_S))
    if chance.random() < _LATE_SHARE:
        fault = replace(fault, responds_after_s=chance.uniform(0.1, _MAX_LATE_S))
    return fault


def _errors(kind: CallKind) -> Sequence[tuple[int, int]]:
    return _ERRORS if kind is CallKind.CREATE else (*_ERRORS, (404, 20404), (401, 70051))


def _draw_break(chance: random.Random, is_taken: bool) -> Break:
    part = chance.choice(list(Part)[1:] if is_taken else list(Part))
    then = chance.choice(list(Then) if part is not Part.REQUEST else [Then.RESET, Then.CLOSE, Then.HANG])
    for_s = chance.uniform(0.5, 40.0) if then in (Then.HANG, Then.PAUSE, Then.DRIP) else 0.0
    return Break(part, chance.random(), then, for_s)


def draw_opening_fault(chance: random.Random, route: Route) -> OpeningFault:
    """Draw how a connection goes wrong while it is opened."""
    opening = chance.choice([each for each in Opening if each.is_possible(route)])
    if opening is Opening.TLS_UNTRUSTED and chance.random() < 0.7:
        opening = Opening.TLS_CUT_OFF  # the one fault that is noticed at once, and so spares the client the others
    return OpeningFault(opening, chance.uniform(0.5, 40.0), chance.random())


# --- a while in which everything of a kind goes wrong


@dataclass(frozen=True)
class Outage:
    """A while in which all calls of some kinds meet the same fault, or no connection can be opened."""

    starts_at_s: float  # since the run began
    length_s: float
    kinds: frozenset[CallKind]
    opening: OpeningFault | None = None  # of all new connections, whatever they are for
    call: CallFault | None = None

    def holds_at(self, seconds: float) -> bool:
        """Whether it goes on so many seconds after the run began."""
        return self.starts_at_s <= seconds < self.starts_at_s + self.length_s

    @property
    def text(self) -> str:
        """The outage in words."""
        which = {ALL_CALLS: "all calls", CREATES: "create calls", READS: "reads"}[self.kinds]
        how = self.opening.opening.text if self.opening else ", ".join(self.call.kinds) if self.call else ""
        return f"{which}: {how}"


ALL_CALLS = frozenset(CallKind)
CREATES = frozenset({CallKind.CREATE})
READS = ALL_CALLS - CREATES
_HANG = Break(Part.HEAD, 0.0, Then.HANG, FOREVER_S)
_RESET = Break(Part.HEAD, 0.0, Then.RESET)
_OUTAGE_CALLS = (
    CallFault(is_taken=False, break_=_HANG),
    CallFault(is_taken=False, break_=_RESET),
    CallFault(is_taken=False, content=Content.API_ERROR, status=503, code=20503),
    CallFault(is_taken=False, content=Content.API_ERROR, status=429, code=20429, retry_after="2"),
    CallFault(is_taken=False, content=Content.PAGE, status=502),
    CallFault(break_=_HANG),
    CallFault(break_=_RESET),
    CallFault(content=Content.PAGE, status=504),
    CallFault(is_taken=False, content=Content.PAGE, status=403),
    CallFault(content=Content.PAGE, status=403),
)


def draw_outage(chance: random.Random, route: Route) -> Outage:
    """Draw an outage: 5 to 40 s in the middle, or dead from the start."""
    starts_at_s = chance.choice((0.0, chance.uniform(0.0, 5.0), chance.uniform(2.0, 20.0), chance.uniform(0.0, 70.0)))
    length_s = FOREVER_S if chance.random() < 0.08 else chance.uniform(5.0, 40.0)
    kinds = chance.choice((ALL_CALLS, ALL_CALLS, CREATES, READS))
    if kinds == ALL_CALLS and chance.random() < 0.6:
        openings = [each for each in Opening if each.is_possible(route) and each is not Opening.TLS_UNTRUSTED]
        opening = OpeningFault(chance.choice(openings), FOREVER_S, chance.random())
        return Outage(starts_at_s, length_s, kinds, opening=opening, call=CallFault(is_taken=False, break_=_RESET))
    return Outage(starts_at_s, length_s, kinds, call=chance.choice(_OUTAGE_CALLS))


# --- a whole run


@dataclass(frozen=True)
class Recipient:
    """One parameter set, and what becomes of its message: the last status after so many seconds, and why."""

    to: str
    text: str
    status: str = "delivered"
    after_s: float = 1.0
    error_code: int | None = None
    is_unsubscribed: bool = False


@dataclass(frozen=True)
class RunPlan:
    """All that a run will meet.

    `fault_share` is the chance of a call of each kind to meet a fault, `opening_share` that of a connection. Rows of
    the log come up to `log_lag_s` late, a share of `hidden_share` never, and those of the last `unordered_s` in any
    order. `earlier` are texts equal to a recipient's, sent so many seconds before. `rival_after_s`: another run with
    equal texts begins so many seconds after this one; None: there is none.
    """

    seed: int
    number: int
    recipients: tuple[Recipient, ...]
    route: Route = Route.HTTP
    has_service: bool = False
    is_trial: bool = False
    fault_share: dict[CallKind, float] = field(default_factory=dict)
    opening_share: float = 0.0
    outages: tuple[Outage, ...] = ()
    log_lag_s: float = 0.0
    hidden_share: float = 0.0
    unordered_s: float = 0.0
    clock_skew_s: float = 0.0
    latency_s: float = 0.0
    max_concurrent: int | None = None
    earlier: tuple[tuple[int, float], ...] = ()
    rival_after_s: float | None = None

    @property
    def sends(self) -> int:
        """How many messages are to be sent."""
        return len(self.recipients) * (1 if self.rival_after_s is None else 2)


_BATCHES = (1, 1, 2, 3, 5, 8, 13, 20, 30, 40)
_LATENCIES_S = (0.0, 0.02, 0.15, 0.3)
_SHARES = (0.0, 0.05, 0.2, 0.5, 0.9)
_SKEWS_S = (0.0, 0.0, -86_400.0, 3_600.0)


def draw_run(seed: int, number: int, chance: random.Random, max_sends: int) -> RunPlan:
    """Draw a run of so many sends at the most."""
    has_rival = max_sends > 1 and chance.random() < 0.15
    size = min(chance.choice(_BATCHES), max_sends // (2 if has_rival else 1))
    recipients = _draw_recipients(chance, number, size)
    route = chance.choice(list(Route))
    outages = tuple(draw_outage(chance, route) for _ in range(chance.choice((0, 0, 1, 1, 2))))
    return RunPlan(
        seed,
        number,
        recipients,
        route=route,
        has_service=chance.random() < 0.35,
        is_trial=chance.random() < 0.2,
        fault_share={kind: chance.choice(_SHARES) for kind in CallKind},
        opening_share=chance.choice((0.0, 0.05, 0.3, 0.7)),
        outages=outages,
        log_lag_s=chance.choice((0.0, 0.0, 1.5, 6.0, 12.0)),
        hidden_share=chance.choice((0.0, 0.0, 0.1, 0.5)),
        unordered_s=chance.choice((0.0, 0.0, 5.0, 60.0)),
        clock_skew_s=chance.choice(_SKEWS_S),
        latency_s=chance.choice(_LATENCIES_S),
        max_concurrent=chance.choice((None, None, 2, 4)),
        earlier=tuple((chance.randrange(size), chance.uniform(2.5, 200.0)) for _ in range(chance.choice((0, 1, 4)))),
        rival_after_s=chance.uniform(0.0, 12.0) if has_rival else None,
    )


def _draw_recipients(chance: random.Random, number: int, size: int) -> tuple[Recipient, ...]:
    recipients: list[Recipient] = []
    for place in range(size):
        if recipients and chance.random() < 0.2:  # the same text to the same person again
            recipients.append(chance.choice(recipients))
            continue
        status, code = chance.choice(_ENDINGS)
        to = f"+1510{2_000_000 + 100 * (number % 1000) + place}"
        recipients.append(
            Recipient(
                to=to if not recipients or chance.random() < 0.9 else chance.choice(recipients).to,
                text=f"Page {number}.{place}: {chance.choice(_TEXTS)}",
                status=status,
                after_s=chance.choice((0.5, 2.0, 5.0, chance.uniform(0.5, 70.0))),
                error_code=code,
                is_unsubscribed=chance.random() < 0.05,
            )
        )
    return tuple(recipients)


_ENDINGS = (
    ("delivered", None),
    ("delivered", None),
    ("delivered", None),
    ("undelivered", 30003),
    ("failed", 30008),
    ("sent", None),
    ("queued", None),
)
_TEXTS = ("disk full", "{braces} & <tags>", "50 % of ü\u2028ß😀", 'call +1 510 555 0100 \\ "now"', "it's down\nhost a")
