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
"""The action "list messages"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from actions.action import Action, set_succeeded
from phantom.action_result import ActionResult
from twilio_api.errors import Cancelled
from twilio_api.log_pages import Horizon, logged_at, page_size_for, read_pages
from twilio_api.phone_number import split_channel, to_e164
from twilio_api.values import WrongValue, is_given, parse_moment, parse_whole_number, quoted
from twilio_consts import DEFAULT_LIST_LIMIT, LOG_PAGE_SIZE, MAX_LIST_LIMIT, SUMMARY_MESSAGE_COUNT


_ALL, _INBOUND, _OUTBOUND = "all", "inbound", "outbound"


class Query(NamedTuple):
    """Which messages are wanted: of whom (an address as Twilio shows it), in which direction, of when, how many.

    `begin` (inclusive) and `end` (exclusive) are in seconds since the epoch; None where there is no such limit.
    """

    person: str
    direction: str
    begin: float | None
    end: float | None
    limit: int

    @classmethod
    def from_param(cls, param: Mapping[str, Any]) -> Query:
        """Read a parameter set; raises WrongValue, naming the parameter, for a wrong one."""
        start, end, limit = (param.get(name) for name in ("start_time", "end_time", "limit"))
        query = cls(
            person=_person(param.get("phone")),
            direction=_direction(param.get("direction")),
            begin=parse_moment(start, "The parameter 'start_time'").begin if is_given(start) else None,
            end=parse_moment(end, "The parameter 'end_time'").end if is_given(end) else None,
            limit=parse_whole_number(limit, "The parameter 'limit'", "messages", 1, MAX_LIST_LIMIT)
            if is_given(limit)
            else DEFAULT_LIST_LIMIT,
        )
        if query.begin is not None and query.end is not None and query.begin >= query.end:
            raise WrongValue("The parameter 'start_time' is later than 'end_time': there can be no message between.")
        return query

    @property
    def filters(self) -> list[dict[str, str]]:
        """What is asked of Twilio, once for each list. Twilio has no filter for a direction.

        Dates are not asked for: a message that was not sent yet has none.
        """
        if not self.person:
            return [{}]
        sides = {_INBOUND: {"From": self.person}, _OUTBOUND: {"To": self.person}}
        return [sides[self.direction]] if self.direction in sides else list(sides.values())

    @property
    def page_size(self) -> int:
        """How many rows to ask for at once."""
        shows_all = self.end is None and (self.direction == _ALL or self.person)
        return page_size_for(self.limit) if shows_all else LOG_PAGE_SIZE

    def wants(self, row: Mapping[str, Any]) -> bool:
        """Whether a row of the log is one of the messages."""
        if self.direction != _ALL and not str(row.get("direction")).startswith(self.direction):
            return False
        time = logged_at(row)
        if time is None:
            return True
        return (self.begin is None or time >= self.begin) and (self.end is None or time < self.end)


class ListMessages(Action):
    """Lists messages from Twilio's message log, the newest first."""

    async def handle(self, param: dict[str, Any], result: ActionResult) -> None:
        """List the messages that one parameter set asks for."""
        query = Query.from_param(param)
        rows = {row.get("sid"): row for filters in query.filters for row in await self._read(query, filters)}
        newest = sorted(rows.values(), key=_age)[: query.limit]
        for row in newest:
            result.add_data(row)
        result.update_summary({SUMMARY_MESSAGE_COUNT: len(newest)})
        more = f". There may be more: the limit is {query.limit}" if len(newest) == query.limit else ""
        set_succeeded(result, f"Message count: {len(newest)}{more}")

    async def _read(self, query: Query, filters: Mapping[str, str]) -> list[dict[str, Any]]:
        """Read one list to the page that completes the limit, or to the start time, or to its end."""
        horizon = Horizon(float("-inf") if query.begin is None else query.begin)
        found: list[dict[str, Any]] = []
        read = 0
        async for page in read_pages(self.run.twilio, {**filters, "PageSize": str(query.page_size)}):
            for row in page.rows:
                if horizon.is_passed(row):
                    return found
                if query.wants(row):
                    found.append(row)
            read += len(page.rows)
            if len(found) >= query.limit:
                return found
            if self.run.cancellation.check():
                raise Cancelled
            self.run.progress(f"Messages read: {read}, found so far: {len(found)}", kept=False)
        return found


def _age(row: Mapping[str, Any]) -> float:
    """A key that sorts the newest first; a message without a date is on its way, and newer than any other."""
    time = logged_at(row)
    return float("-inf") if time is None else -time


def _person(given: object) -> str:
    if not is_given(given):
        return ""
    try:
        channel, spelling = split_channel(given)
        number = to_e164(spelling)
    except WrongValue as error:
        raise WrongValue(f"The parameter 'phone' is wrong: {error}") from None
    return f"{channel}{number}"


def _direction(given: object) -> str:
    direction = str(given).strip().lower() if is_given(given) else _ALL
    if direction not in (_ALL, _INBOUND, _OUTBOUND):
        raise WrongValue(
            f"The parameter 'direction' is wrong: {quoted(given)} is not {_ALL}, {_INBOUND} or {_OUTBOUND}."
        )
    return direction
