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

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

from actions.action import Action, Report, set_report
from actions.parameters import optional, whole_number
from actions.vault import VaultFailed, files_of
from phantom.action_result import ActionResult
from twilio_api.errors import Cancelled
from twilio_api.log_pages import Horizon, logged_at, page_size_for, read_pages
from twilio_api.phone_number import split_channel, to_address
from twilio_api.timestamps import parse_date
from twilio_api.values import Moment, WrongValue, as_text, num_media, parse_moment, quoted, sid_of
from twilio_consts import LOG_PAGE_SIZE


DEFAULT_LIST_LIMIT = 100
MAX_LIST_LIMIT = 10000
_ALL, _INBOUND, _OUTBOUND = "all", "inbound", "outbound"
_DAY_S = 24 * 60 * 60.0
# An address that is no phone number, as the log shows it: a short code, a name, or somebody on another channel
_ADDRESS = re.compile(r"[0-9]{3,6}|(?=.*[A-Za-z])[A-Za-z0-9 +_&.-]{1,11}|[A-Za-z]{1,12}:\S{1,100}")
_NO_NAMES = ("none", "null", "nan", "undefined")  # the words of an empty variable
# Messages as Twilio's own data have them, such as "Mon, 23 Nov 2026 14:30:00 +0000"
_RFC_2822 = re.compile(r"(?:[A-Z][a-z]{2}, ?)?[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}\b.*")


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
    def from_param(cls, param: dict[str, Any]) -> Query:
        """Read a parameter set; raises WrongValue, naming the parameter, for a wrong one."""
        person = optional(param, "phone", "", _person)
        direction = optional(param, "direction", _ALL, _direction)
        start, end = (optional(param, name, None, _moment) for name in ("start_time", "end_time"))
        query = cls(
            person=person,
            direction=direction,
            begin=start.begin if start else None,
            end=end.end if end else None,
            limit=whole_number(param, "limit", "messages", 1, MAX_LIST_LIMIT, DEFAULT_LIST_LIMIT),
        )
        if query.begin is not None and query.end is not None and query.begin >= query.end:
            raise WrongValue(
                "The parameter 'start_time' is later than 'end_time': there can be no message between them."
            )
        return query

    def filters(self, now: float) -> list[dict[str, str]]:
        """What is asked of Twilio at `now`, once for each list. Twilio has no filter for a direction.

        A date is only asked for where all that is wanted is old: a message that was not sent yet has none.
        """
        old = {"DateSent<": _day_after(self.end)} if self.end is not None and self.is_old(now) else {}
        if not self.person:
            return [old]
        sides = {_INBOUND: {"From": self.person, **old}, _OUTBOUND: {"To": self.person, **old}}
        return [sides[self.direction]] if self.direction in sides else list(sides.values())

    def is_old(self, now: float) -> bool:
        """Whether the newest message that is wanted is so old that it must have been sent by now, if ever."""
        return self.end is not None and self.end < now - 2 * _DAY_S

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
        query, now = Query.from_param(param), self.run.twilio.time()
        found = [row for filters in query.filters(now) for row in await self._read(query, filters)]
        rows = {sid_of(row) or number: row for number, row in enumerate(found)}
        newest = sorted(rows.values(), key=_age)[: query.limit]
        for row in self._with_media(newest):
            result.add_data(row)
        result.update_summary({"message_count": len(newest)})
        more = f". There may be more: the limit is {query.limit}" if len(newest) == query.limit else ""
        if query.is_old(now) and query.direction != _INBOUND:
            more += ". Messages that were never sent have no date at Twilio, and are left out"
        set_report(result, Report(True, f"Message count: {len(newest)}{more}"))

    def _with_media(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Add to each message which of its media are in the vault of the container, where any are."""
        container_id = self.run.soar.get_container_id()
        if not container_id or not any(num_media(row) != "0" for row in rows):
            return rows
        try:
            files = files_of(container_id).items()
        except VaultFailed:
            return rows  # they are an extra
        return [{**row, "media": media} if (media := _media_of(row, files)) else row for row in rows]

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
            if self.run.twilio.ask_cancelled():
                raise Cancelled
            self.run.progress(f"Messages read: {read}, found so far: {len(found)}", kept=False)
        return found


def _age(row: Mapping[str, Any]) -> float:
    """A key that sorts the newest first; a message without a date is on its way, and newer than any other."""
    time = logged_at(row)
    return float("-inf") if time is None else -time


def _media_of(row: Mapping[str, Any], files: Iterable[tuple[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    return [
        {"file_name": name, "size": file.get("size"), "vault_id": file.get("vault_id")}
        for name, file in files
        if name.startswith(f"{row.get('sid')}-")
    ]


def _person(given: object, where: str) -> str:
    """Return an address as the log shows it: a number in E.164, perhaps on a channel, a short code or a name."""
    text = as_text(given) or ""
    try:
        return to_address(*split_channel(given))
    except WrongValue as error:
        if _ADDRESS.fullmatch(text) and text.lower() not in _NO_NAMES:
            return text
        raise WrongValue(f"{where} is wrong: {error}") from None


def _moment(given: object, where: str) -> Moment:
    """Return a time that a person gave, or that Twilio's own data have."""
    text = as_text(given) or ""
    date = parse_date(text) if _RFC_2822.fullmatch(text) else None
    return parse_moment(given, where) if date is None else Moment(date, date + 1.0)


def _day_after(time: float) -> str:
    return datetime.fromtimestamp(time + _DAY_S, timezone.utc).strftime("%Y-%m-%d")


def _direction(given: object, where: str) -> str:
    direction = str(given).strip().lower()
    if direction not in (_ALL, _INBOUND, _OUTBOUND):
        raise WrongValue(f"{where} is wrong: {quoted(given)} is not {_ALL}, {_INBOUND} or {_OUTBOUND}.")
    return direction
