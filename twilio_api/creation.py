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
"""Creating something at Twilio: once, never twice, and found again where the response was lost."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple, Optional, TypeVar

from twilio_api.client import TwilioClient
from twilio_api.errors import (
    ApiError,
    CallError,
    Cancelled,
    InternalError,
    NotSent,
    OutcomeUnknown,
    Refused,
    Sent,
)
from twilio_api.response import Response
from twilio_api.retries import backoff_s, next_pause_s
from twilio_consts import LAST_TRY_LEAD_S, OUTAGE_S, SEARCH_PAUSES_S


_T = TypeVar("_T")


class Step(Enum):
    """A step of creating something."""

    SENDING = "sending"  # from now on a request may leave
    UNSENT = "unsent"  # the last call provably sent nothing, and will be repeated
    SEARCHING = "searching"  # the last call may have been processed


Observer = Callable[[Step, Optional[CallError]], None]  # gets each step, and the error that it follows from


class Kind(NamedTuple):
    """What is created and where it is searched for, in words for a person: "message", "Twilio's message log"."""

    noun: str
    log: str


def unobserved(step: Step, error: CallError | None) -> None:
    """Ignore the steps of a creation."""


def create_once(
    client: TwilioClient,
    url: str,
    form: dict[str, Any],
    *,
    kind: Kind,
    parse: Callable[[Response], _T],
    find: Callable[[float], _T | None],
    observe: Observer = unobserved,
) -> _T:
    """Create something and return what `parse` makes of it.

    Twilio has no idempotency key (https://www.twilio.com/docs/api/errors/20500), so the call is repeated only while it
    provably was not processed: no connection stood, or Twilio turned it away unread (429 with code 20429). That goes
    on with backoff for up to OUTAGE_S, unless an outage is known or the run is cancelled. Any other 4xx of Twilio's own
    is a refusal. After anything else Twilio may have processed it, also after the 4xx of a server on the way: a proxy
    that scans responses sends its page when Twilio has taken the call. Then `find` searches for it a few times, given
    when the request left (seconds of Clock.monotonic): what others created while a connection was opened is not this.

    `observe` is called before each step. Raises NotSent, Refused, or OutcomeUnknown.
    """
    attempts: list[float] = []  # when each call began; the first may have waited for a free connection
    departures: list[float] = []  # when the request of each left, of those that got as far

    def prepare() -> None:
        circuit = client.outage()
        if circuit is not None:
            raise NotSent(circuit)
        if client.is_cancelled():
            raise NotSent(Cancelled())
        attempts.append(client.clock.monotonic())
        observe(Step.SENDING, None)

    def on_send() -> None:
        departures.append(client.clock.monotonic())

    with client.creating():
        while True:
            try:
                return client.create(url, parse, form, prepare, on_send)
            except CallError as error:
                failure = error
            if not _is_unprocessed(failure):
                break
            observe(Step.UNSENT, failure)
            left = attempts[0] + OUTAGE_S - LAST_TRY_LEAD_S - client.clock.monotonic()
            pause = next_pause_s(backoff_s(len(attempts), client.clock.random()), failure.retry_after_s, left)
            if pause is None or not failure.is_transient:
                raise NotSent(failure) from failure
            if not client.pause(pause, stop=client.outage):
                raise NotSent(Cancelled() if client.is_cancelled() else failure)
        if _is_refusal(failure):
            raise Refused(failure) from failure
        observe(Step.SEARCHING, failure)
        return _search(client, kind, failure, lambda: find((departures or attempts)[-1]))


def _search(client: TwilioClient, kind: Kind, cause: CallError, find: Callable[[], _T | None]) -> _T:
    """Return what was created in spite of `cause`, or raise OutcomeUnknown.

    It is searched for until SEARCH_PAUSES_S have passed in which the search worked and did not show it. A search that
    fails is repeated as any reading call, and also after a page of a server on the way: so a proxy that turns every
    call away ends in an outage, and not in a search for each recipient. A server that responds to nothing is not
    searched; one that takes no create calls, but lets itself be read, is searched once, and so is the log of a
    cancelled run.
    """
    circuit = client.outage_of_all_calls()
    if circuit is not None:
        raise OutcomeUnknown(cause, what=f"the {kind.noun}", log=kind.log, search_error=circuit) from cause
    search_error: CallError | None = None
    give_up_at = client.clock.monotonic() + OUTAGE_S
    failures = 0
    pauses = iter(SEARCH_PAUSES_S)
    pause = next(pauses, None)
    while pause is not None and (not pause or client.pause(pause, stop=client.outage)):
        try:
            found = find()
        except Exception as error:
            search_error = error if isinstance(error, CallError) else InternalError(error)
            failures += 1
            left = give_up_at - client.clock.monotonic() if _may_pass(search_error) else 0.0
            pause = next_pause_s(backoff_s(failures, client.clock.random()), search_error.retry_after_s, left)
        else:
            if found is not None:
                return found
            search_error = None
            pause = next(pauses, None)
    raise OutcomeUnknown(cause, what=f"the {kind.noun}", log=kind.log, search_error=search_error) from cause


def _is_unprocessed(error: CallError) -> bool:
    """Whether the call never reached Twilio, or was turned away unread."""
    return error.sent is Sent.NEVER or (isinstance(error, ApiError) and error.is_too_many_requests)


def _is_refusal(error: CallError) -> bool:
    """Whether Twilio itself read the call and turned it down: any 4xx but 408, which is a time-out."""
    return error.is_twilios and 400 <= error.status < 500 and error.status != 408


def _may_pass(error: CallError) -> bool:
    """Whether a search may work after this error: it is transient, or not said by Twilio itself."""
    return error.is_transient or (error.status > 0 and not error.is_twilios)
