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
"""Lookup, version 2: what Twilio knows about a number. https://www.twilio.com/docs/lookup/v2-api"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set

import phonenumbers

from sandbox.twilio.errors import ApiError, NotFound
from sandbox.twilio.recorded_request import RecordedRequest
from sandbox.twilio.responses import Response, json_response
from sandbox.twilio.routes import Route


DEFAULT_COUNTRY = "US"

MISSING_PARAMETERS = 60617

# The packages, each with what it says of a number that nothing was set for
PACKAGES: dict[str, dict[str, object]] = {
    "caller_name": {"caller_name": None, "caller_type": None},
    "sim_swap": {
        "last_sim_swap": {"last_sim_swap_date": None, "swapped_period": "PT24H", "swapped_in_period": False},
        "carrier_name": "Example Wireless",
        "mobile_country_code": "310",
        "mobile_network_code": "000",
    },
    "call_forwarding": {"call_forwarding_enabled": False},
    "line_status": {"status": "active"},
    "line_type_intelligence": {
        "type": "mobile",
        "carrier_name": "Example Wireless",
        "mobile_country_code": "310",
        "mobile_network_code": "000",
    },
    "identity_match": {
        **dict.fromkeys(
            f"{part}_match"
            for part in (
                *("first_name", "last_name", "address_lines", "city", "state", "postal_code"),
                *("address_country", "national_id", "date_of_birth"),
            )
        ),
        "summary_score": 0,
        "error_message": None,
    },
    "reassigned_number": {"last_verified_date": None, "is_number_reassigned": None},
    "sms_pumping_risk": {
        "sms_pumping_risk_score": 0,
        "carrier_risk_category": "low",
        "number_blocked": False,
        "number_blocked_date": None,
        "number_blocked_last_3_months": False,
    },
    "phone_number_quality_score": {
        f"{what}_{kind}": value
        for what in ("carrier_risk", "disposable_phone_risk", "quality", "velocity_risk")
        for kind, value in (("score", 0), ("category", "low"))
    },
    "pre_fill": {
        "first_name": "Jane",
        "last_name": "Doe",
        "address_line": "321 Main Street",
        "country_code": "US",
        "state": "WA",
        "postal_code": "98117",
    },
}
# Parameters of which a package needs one at least
_PARAMETERS = {"identity_match": ("FirstName", "LastName"), "reassigned_number": ("LastVerifiedDate",)}

_ERRORS = {
    phonenumbers.ValidationResult.TOO_SHORT: "TOO_SHORT",
    phonenumbers.ValidationResult.TOO_LONG: "TOO_LONG",
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "INVALID_COUNTRY_CODE",
    phonenumbers.ValidationResult.INVALID_LENGTH: "INVALID_LENGTH",
}


class Lookups:
    """What is known of numbers, and the resource that shows it.

    A number is valid or not as in the world, and those in `unknown` are not found. What packages in `leave_out` say is
    missing in the response. `billed` counts the packages that were paid for: those that did not fail.
    """

    def __init__(self) -> None:
        self.billed: Counter[str] = Counter()
        self.leave_out: Set[str] = frozenset()
        self.unknown: Set[str] = frozenset()
        self._known: dict[tuple[str, str], Mapping[str, object]] = {}

    def know(self, number: str, package: str, **data: object) -> None:
        """Let a package say this of a number, beside what it says of any."""
        self._known[number, package] = {**PACKAGES[package], **data}

    def fail(self, number: str, package: str, error_code: int) -> None:
        """Let a package fail for a number, inside the response: 60600, 60606, 60607 or 60608."""
        self._known[number, package] = {**dict.fromkeys(PACKAGES[package]), "error_code": error_code}

    def routes(self) -> list[Route]:
        """Each number."""
        return [Route("GET", "/v2/PhoneNumbers/<number>", self.fetch, "twilio/lookup/phone-numbers/read")]

    def fetch(self, request: RecordedRequest, number: str) -> Response:
        """Show one number."""
        packages = [name for name in request.query.get("Fields", "").split(",") if name]
        if not set(packages) <= set(PACKAGES):
            raise ApiError(60618, parameter="Fields")
        if number in self.unknown or not any(character.isdigit() for character in number):
            raise NotFound
        query = request.query
        found = _describe(number, query.get("CountryCode", DEFAULT_COUNTRY))
        data = {name: self._data(str(found["phone_number"]), name, query) for name in packages if found["valid"]}
        shown = {**found, **dict.fromkeys(PACKAGES), **data, "url": _url(number)}
        return json_response({name: part for name, part in shown.items() if name not in self.leave_out})

    def _data(self, number: str, package: str, given: Mapping[str, str]) -> Mapping[str, object]:
        needed = _PARAMETERS.get(package, ())
        if needed and not any(given.get(name) for name in needed):
            return {**dict.fromkeys(PACKAGES[package]), "error_code": MISSING_PARAMETERS}
        data = {"error_code": None, **self._known.get((number, package), PACKAGES[package])}
        if data["error_code"] is None:
            self.billed[package] += 1
        return data


def _describe(number: str, country: str) -> dict[str, object]:
    """The part of a response that costs nothing."""
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return _invalid(number, "NOT_A_NUMBER")
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if not phonenumbers.is_valid_number(parsed):
        return _invalid(number, _ERRORS.get(reason, "INVALID_BUT_POSSIBLE"))
    return {
        "calling_country_code": str(parsed.country_code),
        "country_code": phonenumbers.region_code_for_number(parsed),
        "phone_number": phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164),
        "national_format": phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL),
        "valid": True,
        "validation_errors": [],
    }


def _invalid(number: str, error: str) -> dict[str, object]:
    return {
        "calling_country_code": None,
        "country_code": None,
        "phone_number": number,
        "national_format": None,
        "valid": False,
        "validation_errors": [error],
    }


def _url(number: str) -> str:
    return f"https://lookups.twilio.com/v2/PhoneNumbers/{number}"
