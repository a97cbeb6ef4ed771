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
"""Twilio's error codes: https://www.twilio.com/docs/api/errors"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.twilio.responses import Response, json_response


@dataclass(frozen=True)
class ErrorKind:
    """What an error code says (with `{}` fields to fill in), and the HTTP status it comes with."""

    message: str
    status: int = 400


ERRORS = {
    12100: ErrorKind("Document parse failure"),
    12200: ErrorKind("Schema validation warning: {verb}"),
    13227: ErrorKind("Geo Permission configuration is not permitting call to {to}"),
    20001: ErrorKind("Invalid value for {parameter}"),
    20003: ErrorKind("Authenticate", 401),
    20005: ErrorKind("Account not active", 403),
    20008: ErrorKind("Resource not accessible with Test Account Credentials", 403),
    20009: ErrorKind("The message cannot be changed or deleted before its delivery has ended", 409),
    20403: ErrorKind("Forbidden: the account is closed", 403),
    20404: ErrorKind("The requested resource {path} was not found", 404),
    20409: ErrorKind(
        "Execution {sid} is already active for this contact. End the active Execution before creating a new one", 409
    ),
    20429: ErrorKind("Too Many Requests", 429),
    20500: ErrorKind("Internal Server Error", 500),
    20503: ErrorKind("Service Unavailable", 503),
    21201: ErrorKind("No 'To' number is specified"),
    21205: ErrorKind("Url parameter is required."),
    21210: ErrorKind(
        "The source phone number provided, {from_}, is not yet verified for your account. "
        "You may only make calls from phone numbers that you've verified or purchased from Twilio."
    ),
    21211: ErrorKind("Invalid 'To' Phone Number: {masked_to}"),
    21212: ErrorKind("The 'From' number {from_} is not a valid phone number, shortcode, or alphanumeric sender ID."),
    21213: ErrorKind("No 'From' number (caller ID) is specified"),
    21214: ErrorKind("'To' phone number cannot be reached"),
    21215: ErrorKind(
        "Account not authorized to call {to}. Perhaps you need to enable some international permissions: "
        "https://www.twilio.com/console/voice/calls/geo-permissions/low-risk"
    ),
    21216: ErrorKind("Account not allowed to call {to}"),
    21217: ErrorKind("Phone number does not appear to be valid: {to}"),
    21219: ErrorKind("The number {to} is unverified. Trial accounts may only make calls to verified numbers."),
    21220: ErrorKind("Invalid call state: the call is not in progress"),
    21264: ErrorKind("'From' phone number {from_} is not verified for your account"),
    21266: ErrorKind("'To' and 'From' number cannot be the same"),
    21267: ErrorKind("Alphanumeric Sender ID {from_} cannot be used as the sender on trial accounts"),
    21408: ErrorKind(
        "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {to}."
    ),
    21602: ErrorKind("Message body is required."),
    21603: ErrorKind("A 'From' phone number is required."),
    21604: ErrorKind("A 'To' phone number is required."),
    21606: ErrorKind(
        "The 'From' phone number provided ({from_}) is not a valid message-capable Twilio phone number "
        "for this destination"
    ),
    21608: ErrorKind(
        "The number {to} is unverified. Trial accounts cannot send messages to unverified numbers; verify {to} at "
        "twilio.com/user/account/phone-numbers/verified, or purchase a Twilio number to send messages to "
        "unverified numbers"
    ),
    21610: ErrorKind("Attempt to send to unsubscribed recipient"),
    21611: ErrorKind("SMS queue is full.", 429),
    21612: ErrorKind(
        "Message cannot be sent with the current combination of 'To' ({to}) and/or 'From' ({from_}) parameters"
    ),
    21614: ErrorKind("To number: {to}, is not a mobile number"),
    21617: ErrorKind("The concatenated message body exceeds the 1600 character limit."),
    21619: ErrorKind("A text message body or media urls must be specified."),
    21620: ErrorKind("Invalid media URL(s)"),
    21623: ErrorKind("Number of media files exceeds the limit of 10"),
    21655: ErrorKind("The ContentSid is invalid"),
    21656: ErrorKind("The ContentVariables parameter is invalid"),
    21659: ErrorKind("'From' {from_} is not a Twilio phone number or Short Code country mismatch"),
    21661: ErrorKind("'From' number {from_} is not SMS-capable"),
    21701: ErrorKind("The Messaging Service {service} does not exist"),
    21703: ErrorKind("The Messaging Service {service} has no sender that fits the recipient {to}"),
    21704: ErrorKind("The Messaging Service {service} contains no phone numbers"),
    21705: ErrorKind("The Messaging Service SID {service} is invalid"),
    21711: ErrorKind("The 'From' number {from_} does not belong to the Messaging Service {service}"),
    21910: ErrorKind("Invalid 'From' and 'To' pair: both must be addresses of the same channel"),
    32018: ErrorKind("Twiml size exceeded maximum allowed value of 4000 characters"),
    60618: ErrorKind("Lookup Malformed Request Parameter: {parameter}"),
    63007: ErrorKind("Twilio could not find a Channel with the specified 'From' address {from_}"),
    70051: ErrorKind("Authorization Error: required permission {permission} is missing", 401),
    81022: ErrorKind("Flow definition validation failed"),
}

# Why a message that Twilio accepted was not delivered: its `error_code` and `error_message`
DELIVERY_ERRORS = {
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30011: "MMS not supported by the receiving phone number in this region",
    30017: "Carrier network congestion",
    30019: "Media file size exceeds the limits of the receiving carrier",
    30022: "US A2P 10DLC - Rate limits exceeded",
    30023: "US A2P 10DLC - Daily message cap reached",
    30032: "Toll-free number has not been verified",
    30034: "US A2P 10DLC - Message from an Unregistered Number",
    30036: "Validity period expired",
    30410: "Provider timeout error",
    30450: "Message delivery blocked by pumping protection",
    63016: "Free text is outside the allowed window: use a message template",
    63024: "Invalid message recipient",
}


def delivery_error(code: int) -> str | None:
    """The `error_message` of a message with this `error_code`."""
    if code in ERRORS:
        return ERRORS[code].message
    return DELIVERY_ERRORS.get(code)


class NotSimulated(Exception):
    """A request that Twilio would serve and the local Twilio cannot; the text says what it lacks."""

    def response(self) -> Response:
        """The error as the local Twilio responds with it: none of Twilio's own, so without a code."""
        return json_response({"message": f"The local Twilio does not simulate {self}", "status": 501}, 501)


class NotFound(Exception):
    """There is nothing at the path of the request."""


class ApiError(Exception):
    """A request that Twilio refuses, by its code; `values` fill the fields of the code's message.

    `details` is what some errors hold beside their message.
    """

    def __init__(self, code: int, *, details: Mapping[str, object] | None = None, **values: str) -> None:
        kind = ERRORS[code]
        self.code = code
        self.details = details
        self.status = kind.status
        self.message = kind.message.format(**values)
        super().__init__(f"{code}: {self.message}")

    def response(self) -> Response:
        """The error as Twilio responds with it."""
        content: dict[str, object] = {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        if self.details:
            content["details"] = dict(self.details)
        response = json_response(content, self.status)
        if self.status == 401:
            response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
        return response
