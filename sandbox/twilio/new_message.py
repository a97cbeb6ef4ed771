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
"""A message that a client asks for, before anything of it is known to be right."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from sandbox.twilio.errors import ApiError, NotSimulated
from sandbox.twilio.recorded_request import RecordedRequest


MAX_BODY_CHARS = 1600
MAX_MEDIA = 10
MAX_VALIDITY_S = 36_000

_PARAMETERS = frozenset(
    ("To", "From", "Body", "MessagingServiceSid", "MediaUrl", "ContentSid", "ContentVariables", "ValidityPeriod")
)
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True)
class NewMessage:
    """The parameters of a message to create, as a client gave them; empty where it gave none."""

    to: str
    from_: str = ""
    body: str = ""
    service_sid: str = ""
    media_urls: tuple[str, ...] = ()
    content_sid: str = ""
    content_variables: str = ""
    validity_period: str = ""

    @classmethod
    def from_request(cls, request: RecordedRequest) -> NewMessage:
        """The parameters of a request; raises NotSimulated for any other than these."""
        form = request.form
        unknown = sorted(set(form) - _PARAMETERS)
        if unknown:
            raise NotSimulated(f"the parameter {unknown[0]} of a message")
        return cls(
            to=form.get("To", ""),
            from_=form.get("From", ""),
            body=form.get("Body", ""),
            service_sid=form.get("MessagingServiceSid", ""),
            media_urls=request.media_urls,
            content_sid=form.get("ContentSid", ""),
            content_variables=form.get("ContentVariables", ""),
            validity_period=form.get("ValidityPeriod", ""),
        )

    @property
    def is_template(self) -> bool:
        """Whether its text is a template's."""
        return bool(self.content_sid)

    @property
    def validity_s(self) -> float | None:
        """How long the message may wait in the queue (seconds), if there is a limit."""
        return float(self.validity_period) if self.validity_period else None

    def refusal(self, code: int) -> ApiError:
        """The error with which Twilio refuses the message."""
        return ApiError(code, to=self.to, from_=self.from_, service=self.service_sid, masked_to=f"{self.to[:-4]}XXXX")

    def check_form(self) -> None:
        """Raise ApiError for a parameter that is missing, or has no meaning whatever the account has."""
        has_content = self.body or self.media_urls or self.content_sid
        checks = (
            (21604, not self.to),
            (21603, not self.from_ and not self.service_sid),
            (21602, not has_content),
            (21617, len(self.body) > MAX_BODY_CHARS),
            (21623, len(self.media_urls) > MAX_MEDIA),
            (21620, not all(map(_is_public_url, self.media_urls))),
        )
        code = next((code for code, applies in checks if applies), None)
        if code:
            raise self.refusal(code)
        if self.validity_period and not _is_validity(self.validity_period):
            raise ApiError(20001, parameter="ValidityPeriod")

    def text(self, templates: Mapping[str, str]) -> str:
        """The text to send: its own, or a template's with the variables filled in."""
        if not self.is_template:
            return self.body
        template = templates.get(self.content_sid)
        if template is None:
            raise self.refusal(21655)
        variables = self._variables()
        return _VARIABLE.sub(lambda match: variables.get(match[1], ""), template)

    def _variables(self) -> dict[str, str]:
        try:
            given = json.loads(self.content_variables or "{}")
        except ValueError:
            raise self.refusal(21656) from None
        if not isinstance(given, dict):
            raise self.refusal(21656)
        return {str(name): str(value) for name, value in given.items()}


def _is_public_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _is_validity(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_VALIDITY_S
