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
"""Files that a message brings along: https://www.twilio.com/docs/messaging/api/media-resource"""

from __future__ import annotations

import mimetypes
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sandbox.twilio.dates import rfc2822


_DEFAULT_TYPE = "image/jpeg"


@dataclass(frozen=True)
class Media:
    """One file of a message, known by the URL that it came from."""

    message_uri: str
    url: str
    created: float
    sid: str = field(default_factory=lambda: f"ME{uuid.uuid4().hex}")

    @property
    def content_type(self) -> str:
        """Its media type, guessed from the URL, because nothing is fetched here."""
        return mimetypes.guess_type(urlsplit(self.url).path)[0] or _DEFAULT_TYPE

    def resource(self, now: float) -> dict[str, object]:
        """The file as Twilio shows it."""
        _, _, account_sid, _, message_sid = self.message_uri.strip("/").split("/")
        return {
            "account_sid": account_sid,
            "content_type": self.content_type,
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(self.created),
            "parent_sid": message_sid,
            "sid": self.sid,
            "uri": f"{self.message_uri}/Media/{self.sid}.json",
        }


def media_of(message_uri: str, urls: Iterable[str], created: float) -> tuple[Media, ...]:
    """The files of a message."""
    return tuple(Media(message_uri, url, created) for url in urls)
