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

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Generic, NamedTuple, Optional, Protocol, TypeVar

from twilio_api.client import Parse, TwilioClient
from twilio_api.errors import (
    CallError,
    Cancelled,
    InternalError,
    NotSent,
    OutcomeUnknown,
    Refused,
    UnexpectedResponse,
)
from twilio_api.outage import is_healthy
from twilio_api.response import Response
from twilio_consts import OUTAGE_S, REPEAT_S


if TYPE_CHECKING:
    from twilio_api.transport import Fields

SEARCH_PAGE_SIZE = 50  # newest first, so more than enough for what was created a few minutes ago
# From the first try to the last, a little less than OUTAGE_S. Of 40 people at a host that refuses connections, one is
# tried for so long; the others then try once each, which completes OUTAGE_S, and whoever comes later is not tried.
_TRY_S = OUTAGE_S - 0.5
_TWO_CLOCKS_S = 1.0  # between the clock that dates responses and the clock that dates rows
_SEARCH_PAUSES_S = (1.0, 2.0, 4.0)  # between two searches that work


class _Resource(Protocol):
    """What can be created: Twilio gives it a SID."""

    @property
    def sid(self) -> str: ...


_T = TypeVar("_T", bound=_Resource)
_Find = Callable[["Attempt"], Awaitable[Optional[_T]]]


class Kind(NamedTuple):
    """What is created, as which resource of Twilio's, and where it is searched for, in words for a person.

    A "call", for example, may be created as an "execution", which "Studio's list of executions" shows.
    """

    noun: str
    resource: str
    log: str


class Attempt(NamedTuple):
    """One create call: when its request left and when it failed, in seconds of the event loop."""

    left_at: float
    failed_at: float


@dataclass(eq=False)
class Created(Generic[_T]):
    """What a create call made, and when its request left, in seconds of the event loop."""

    resource: _T
    left_at: float


class Window(NamedTuple):
    """When Twilio can have created what an attempt asked for, in seconds since the epoch, by Twilio's clocks.

    `expected` is the moment at which the request left at the earliest; `earliest` and `latest` are the dates that what
    it created can have. Where a response took long, nobody knows when in that time it was dated: what is dated before
    `surely_since` may be older than the attempt.
    """

    expected: float
    earliest: float
    surely_since: float
    latest: float


class Standing:
    """What a creation tells of how far it is; this one keeps it to itself. None of these may raise."""

    def leaving(self) -> None:
        """From now on the request may leave."""

    def unsent(self, error: CallError) -> None:
        """The last call provably sent nothing, and will be repeated."""

    def searching(self, error: CallError) -> None:
        """The last call may have been processed, and is searched for."""


async def create_once(
    client: TwilioClient, url: str, form: Fields, *, kind: Kind, parse: Parse[_T], find: _Find[_T], standing: Standing
) -> Created[_T]:
    """Create something and return what `parse` makes of it. Raises NotSent, Refused, or OutcomeUnknown.

    Twilio has no idempotency key (https://www.twilio.com/docs/api/errors/20500), so the call is repeated only while it
    provably was not processed: no connection stood, or Twilio turned it away unread (429 with code 20429). That goes on
    with backoff for up to _TRY_S, and as long as other create calls get through: a proxy may let only a few at a time.
    It ends where an outage is known or the run is cancelled: with a host that takes nothing, everybody who waits has
    ended after about OUTAGE_S, however many they are. Any other 4xx of Twilio's own is a refusal. After anything else
    Twilio may have processed it, also after the 4xx of a server on the way: a proxy that scans responses sends its page
    when Twilio has taken the call. Then `find` searches for it a few times.
    """
    tries, first_at = 0, 0.0
    connections, outage = client.connections, client.outage(url, of_creates=True)
    while True:
        async with connections.one(creates=True) as admission:
            down = outage.why_down(client.now, is_try=True)
            if down is not None:
                raise NotSent(down)
            if client.ask_cancelled():
                raise NotSent(Cancelled())
            began = client.now
            first_at = first_at if tries else began
            tries += 1
            standing.leaving()
            try:
                created = await client.create(url, partial(_created, client, kind, parse), form)
            except CallError as error:
                failure = error
                if is_healthy(error) and error.status != 429:  # a queue that is full tells to slow down, too
                    outage.succeeded(client.now)
                else:
                    connections.decrease(admission)
                    outage.failed(began, client.now, error)
            else:
                connections.increase()
                outage.succeeded(client.now)
                return created
        if not _is_unprocessed(failure):
            if failure.is_refusal:
                raise Refused(failure)
            standing.searching(failure)
            attempt = Attempt(began if failure.sent_at is None else failure.sent_at, client.now)
            return await _search(client, url, kind, failure, attempt, find)
        give_up_at = max(first_at, outage.succeeded_at) + _TRY_S  # of any that succeeded: others get through
        pause = client.next_pause_s(tries, failure, give_up_at)
        if pause is None or not failure.is_transient:
            raise NotSent(failure)
        standing.unsent(failure)
        if not await client.pause(pause):
            raise NotSent(Cancelled())


def _created(client: TwilioClient, kind: Kind, parse: Parse[_T], response: Response) -> Created[_T]:
    """Return what the response to a create call shows, and claim it as this run's own.

    Raises UnexpectedResponse where it is claimed already: then this is the response to an earlier call, from a
    connection that is out of step.
    """
    resource = parse(response)
    if resource.sid in client.claimed:
        raise UnexpectedResponse(response.status, f"The response shows another {kind.resource}.")
    client.claimed.add(resource.sid)
    return Created(resource, client.now if response.sent_at is None else response.sent_at)


async def _search(
    client: TwilioClient, url: str, kind: Kind, cause: CallError, attempt: Attempt, find: _Find[_T]
) -> Created[_T]:
    """Return what an attempt created in spite of `cause`, and claim it, or raise OutcomeUnknown.

    The log may show it late, so it is searched a few times, as _SEARCH_PAUSES_S says. A search that fails is repeated
    for up to REPEAT_S, also after a page of a server on the way. A host that responds to nothing is not searched.
    """
    give_up_at = client.now + REPEAT_S
    pauses = iter(_SEARCH_PAUSES_S)
    failures = 0
    search_error: CallError | None
    while True:  # in a cancelled run, too, it is searched once: a person is to know whether it was sent
        search_error = client.outage(url).why_down(client.now, is_try=True)
        if search_error is not None:
            break
        try:
            found = await find(attempt)
        except Exception as error:
            search_error = error if isinstance(error, CallError) else InternalError(error)
            failures += 1
            pause = client.next_pause_s(failures, search_error, give_up_at) if _may_pass(search_error) else None
        else:
            if found is not None:
                client.claimed.add(found.sid)
                client.connections.increase(had_failed=True)
                client.outage(url, of_creates=True).succeeded(client.now)
                return Created(found, attempt.left_at)
            pause = next(pauses, None)
        if pause is None or not await client.pause(pause):
            break
    raise OutcomeUnknown(cause, what=f"the {kind.noun}", log=kind.log, search_error=search_error)


def creation_window(
    client: TwilioClient, attempt: Attempt, server_time: float | None, dates: Iterable[float]
) -> Window:
    """Return when Twilio can have created what an attempt asked for.

    The clock is Twilio's own, and that of the page that is searched (`server_time`) must not be behind its own rows
    (`dates`): else it proves nothing, and UnexpectedResponse is raised. Twilio dates in whole seconds, and rows by
    another clock than responses.
    """
    server_times = client.server_times(attempt.left_at)
    if server_time is None or server_times is None or any(date > server_time + _TWO_CLOCKS_S for date in dates):
        raise UnexpectedResponse(200, "The date of the response is missing, or does not fit Twilio's log.")
    least, most = server_times
    return Window(
        expected=least,
        earliest=int(least) - _TWO_CLOCKS_S,
        surely_since=int(max(least, most - 1.0)) - _TWO_CLOCKS_S,
        latest=least + (attempt.failed_at - attempt.left_at) + _TWO_CLOCKS_S,
    )


def _is_unprocessed(error: CallError) -> bool:
    """Whether the call never reached Twilio, or was turned away unread."""
    return error.is_unsent or error.is_too_many_requests


def _may_pass(error: CallError) -> bool:
    """Whether a search may work after this error: it is transient, or not said by Twilio itself."""
    return error.is_transient or (error.status > 0 and not error.is_twilios)
