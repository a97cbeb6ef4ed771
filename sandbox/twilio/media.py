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
"""Files that a message brings along."""

from __future__ import annotations

import mimetypes
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Union
from urllib.parse import urlsplit

from sandbox.twilio.dates import rfc2822


_DEFAULT_TYPE = "image/jpeg"


@dataclass(frozen=True)
class File:
    """A file that a person sends."""

    content: bytes
    content_type: str


Attachment = Union[str, File]  # the URL of a file, or the file itself


@dataclass(frozen=True)
class Media:
    """One file of a message. `url` is where it came from, empty for one that a person sent."""

    message_uri: str
    file: File
    created: float
    url: str = ""
    sid: str = field(default_factory=lambda: f"ME{uuid.uuid4().hex}")

    @property
    def message_sid(self) -> str:
        """The message that it belongs to."""
        return self.message_uri.rpartition("/")[2]

    def resource(self, now: float) -> dict[str, object]:
        """The file as Twilio shows it."""
        _, _, account_sid, _, message_sid = self.message_uri.strip("/").split("/")
        return {
            "account_sid": account_sid,
            "content_type": self.file.content_type,
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(self.created),
            "parent_sid": message_sid,
            "sid": self.sid,
            "uri": f"{self.message_uri}/Media/{self.sid}.json",
        }


def media_of(message_uri: str, attachments: Iterable[Attachment], created: float) -> list[Media]:
    """The files of a message; nothing is fetched, so that the content and type of a URL are made up from it."""
    return [
        Media(message_uri, each, created)
        if isinstance(each, File)
        else Media(message_uri, File(f"What is at {each}".encode(), _type_of(each)), created, each)
        for each in attachments
    ]


def _type_of(url: str) -> str:
    return mimetypes.guess_type(urlsplit(url).path)[0] or _DEFAULT_TYPE
