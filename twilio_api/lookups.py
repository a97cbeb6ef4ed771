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
from twilio_api.errors import UnexpectedResponse
from twilio_api.response import Response
from twilio_api.values import WrongValue, parts_of, quoted


LINE_TYPE_PACKAGE = "line_type_intelligence"
SIM_SWAP_PACKAGE = "sim_swap"
_PACKAGE = re.compile(r"[A-Za-z][A-Za-z_]*")  # which ones there are is for Twilio to say


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
        return self._text(LINE_TYPE_PACKAGE, "type")

    @property
    def carrier_name(self) -> str | None:
        """The name of its carrier; None where Twilio does not say."""
        return self._text(LINE_TYPE_PACKAGE, "carrier_name") or self._text(SIM_SWAP_PACKAGE, "carrier_name")

    @property
    def errors(self) -> list[str]:
        """Why Twilio takes the number for no valid one, in its words."""
        found = self.resource.get("validation_errors")
        return [str(error) for error in found] if isinstance(found, list) else []

    @property
    def failed(self) -> list[FailedPackage]:
        """The packages that failed."""
        codes = {name: self._part(name).get("error_code") for name in self.packages}
        return [FailedPackage(name, code) for name, code in codes.items() if isinstance(code, int)]

    def _text(self, package: str, key: str) -> str | None:
        value = self._part(package).get(key)
        return value if isinstance(value, str) and value else None

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
    """Ask Twilio about a number in E.164; without packages that is free. Raises ReadFailed."""

    def parse(response: Response) -> Lookup:
        if not isinstance(response.json.get("valid"), bool):
            raise UnexpectedResponse(response.status, "The response is not a look-up of a phone number.")
        return Lookup(response.json, packages)

    url = f"{client.product_url('lookups')}/v2/PhoneNumbers/{quote(number, safe='')}"
    return await client.read(url, parse, params={"Fields": ",".join(packages)} if packages else {})


def _no_package(value: object, where: str) -> WrongValue:
    return WrongValue(
        f"{where} is wrong: {quoted(value)} is not the name of a Lookup package. "
        f"Give names separated by commas, such as {LINE_TYPE_PACKAGE},caller_name."
    )
