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
"""Lookup, version 2: what Twilio knows about a phone number (https://www.twilio.com/docs/lookup/v2-api)."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import quote

from twilio_api.client import TwilioClient
from twilio_api.errors import CallError, NumberNotFound, UnexpectedResponse
from twilio_api.response import Response
from twilio_api.values import WrongValue, parts_of, quoted


LINE_TYPE = "line_type_intelligence"
SIM_SWAP = "sim_swap"
CALLER_NAME = "caller_name"
LINE_STATUS = "line_status"
_PACKAGE = re.compile(r"[A-Za-z][A-Za-z_]*")  # which ones there are is for Twilio to say
_HOURS = re.compile(r"PT(\d+)H")  # an ISO 8601 duration


class FailedPackage(NamedTuple):
    """A package that gave an error in place of data, inside a good response."""

    name: str
    code: int


class Lookup(NamedTuple):
    """What Twilio said of a number: `resource` is the response as it came, `packages` are those that were asked for."""

    resource: dict[str, Any]
    packages: tuple[str, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Whether it is a number that can exist."""
        return bool(self.resource["valid"])

    @property
    def line_type(self) -> str | None:
        """The type of its line, such as mobile or landline; None where Twilio does not say."""
        return self.text(LINE_TYPE, "type")

    @property
    def carrier_name(self) -> str | None:
        """The name of its carrier; None where Twilio does not say."""
        return self.text(LINE_TYPE, "carrier_name") or self.text(SIM_SWAP, "carrier_name")

    @property
    def is_sim_swapped(self) -> bool | None:
        """Whether its SIM was changed within Twilio's period; None where Twilio does not say."""
        found = self._last_sim_swap.get("swapped_in_period")
        return found if isinstance(found, bool) else None

    @property
    def sim_swap_period(self) -> str:
        """That period, such as "24 hours"."""
        found = _HOURS.fullmatch(str(self._last_sim_swap.get("swapped_period")))
        return f"{found[1]} hours" if found else "Twilio's period"

    @property
    def errors(self) -> list[str]:
        """Why Twilio takes the number for no valid one, in its words."""
        found = self.resource.get("validation_errors")
        return [str(error) for error in found] if isinstance(found, list) else []

    @property
    def failed(self) -> list[FailedPackage]:
        """The packages that failed."""
        codes = {name: str(self._part(name).get("error_code")) for name in self.packages}
        return [FailedPackage(name, int(code)) for name, code in codes.items() if code.isdecimal()]

    @property
    def missing(self) -> list[str]:
        """The packages of which the response says nothing; of a number that is not valid, it never does."""
        return [name for name in self.packages if self.is_valid and not self._part(name)]

    def text(self, package: str, key: str) -> str | None:
        """What a package says, where that is a text."""
        value = self._part(package).get(key)
        return value if isinstance(value, str) and value else None

    @property
    def _last_sim_swap(self) -> dict[str, Any]:
        found = self._part(SIM_SWAP).get("last_sim_swap")
        return found if isinstance(found, dict) else {}

    def _part(self, package: str) -> dict[str, Any]:
        part = self.resource.get(package)
        return part if isinstance(part, dict) else {}


def parse_packages(value: object, where: str) -> tuple[str, ...]:
    """Return the names of packages in a list, or in text with commas. Raises WrongValue for what can be no name."""
    if value is not None and not isinstance(value, (str, list, tuple)):
        raise _no_package(value, where)
    names = parts_of(value)
    for name in names:
        if not _PACKAGE.fullmatch(name):
            raise _no_package(name, where)
    return tuple(dict.fromkeys(name.lower() for name in names))


async def look_up(client: TwilioClient, number: str, packages: tuple[str, ...]) -> Lookup:
    """Ask Twilio about a number in E.164; without packages that is free. Raises NumberNotFound or CallError."""

    def parse(response: Response) -> Lookup:
        if not isinstance(response.json.get("valid"), bool):
            raise UnexpectedResponse(response.status, "The response is not a look-up of a phone number.")
        return Lookup(response.json, packages)

    url = f"{client.product_url('lookups')}/v2/PhoneNumbers/{quote(number, safe='')}"
    try:
        return await client.read(url, parse, {"Fields": ",".join(packages)} if packages else {})
    except CallError as error:
        if error.is_not_found:
            raise NumberNotFound(number, error) from error
        raise


def _no_package(value: object, where: str) -> WrongValue:
    return WrongValue(
        f"{where} is wrong: {quoted(value)} is not the name of a Lookup package. "
        f"Give names separated by commas, such as {LINE_TYPE},{CALLER_NAME}."
    )
