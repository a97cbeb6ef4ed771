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
"""The files of a message: https://www.twilio.com/docs/messaging/api/media-resource"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import urljoin, urlsplit

from twilio_api.client import TwilioClient
from twilio_api.errors import CallError, ChangeFailed, MessageNotFound, UnexpectedResponse
from twilio_api.messages import repeat_change
from twilio_api.response import Redirect, Response, StoredFile, check_deleted, rows_of_response
from twilio_api.values import is_loopback


MAX_FILES = 50  # of a message that are listed; Twilio takes 10
_SID = re.compile(r"ME[0-9a-fA-F]{32}")
# Twilio's own hosts, and the store of accounts that want no authentication for media
# (https://help.twilio.com/articles/223183748)
_HOSTS = re.compile(r"(?:.+\.)?twilio(?:cdn)?\.com|s3-external-1\.amazonaws\.com", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[0-9A-Za-z.:\[\]-]+/[!-~]*")
# What is made of a content type for the end of a name; all others end in .bin
_ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "image/heic": "heic",
    "image/bmp": "bmp", "image/tiff": "tiff", "image/svg+xml": "svg", "video/mp4": "mp4", "video/3gpp": "3gp",
    "video/quicktime": "mov", "audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/amr": "amr", "audio/mp4": "m4a",
    "audio/3gpp": "3gp", "application/pdf": "pdf", "text/vcard": "vcf", "text/x-vcard": "vcf", "text/calendar": "ics",
    "text/plain": "txt", "text/csv": "csv", "application/smil": "smil",
}  # fmt: skip


class Media(NamedTuple):
    """One file of a message, by its SID."""

    message_sid: str
    sid: str
    content_type: str

    @property
    def file_name(self) -> str:
        """A name that is made of SIDs and type alone: nothing that a server says becomes a part of a path."""
        return f"{self.message_sid}-{self.sid}.{_ENDINGS.get(self.content_type, 'bin')}"


async def list_media(client: TwilioClient, message_sid: str) -> list[Media]:
    """Return the files of a message, for up to REPEAT_S. Raises MessageNotFound or CallError."""

    def parse(response: Response) -> list[Media]:
        return [_media(message_sid, row) for row in rows_of_response(response, "media_list", "a list of media")]

    url = f"{_url(client, message_sid)}.json"
    try:
        return await client.read(url, parse, {"PageSize": str(MAX_FILES)})
    except CallError as error:
        if error.is_not_found:
            raise MessageNotFound(message_sid, error) from error
        raise


async def download(client: TwilioClient, media: Media, file: BinaryIO) -> StoredFile:
    """Write what a person sent into a file, trying for up to REPEAT_S. Raises CallError.

    Twilio redirects to its store. That one redirect is followed, without credentials, and to a store of Twilio's alone.
    """

    async def download() -> StoredFile:
        file.seek(0)
        file.truncate()
        url = f"{_url(client, media.message_sid)}/{media.sid}"
        found = await client.download(url, file, with_credentials=True)
        if isinstance(found, Redirect):
            address = urljoin(url, found.location)
            if not _is_trusted(address, client):
                raise UnexpectedResponse(403, "The redirect to the file leads to an address that is not Twilio's.")
            found = await client.download(address, file, with_credentials=False)
        if isinstance(found, Redirect):
            raise UnexpectedResponse(403, "The store of the file redirects once more, which is not followed.")
        return found

    return await client.repeat(download)


async def delete_media(client: TwilioClient, media: Media) -> None:
    """Remove a file at Twilio; one that is gone already is removed, too. Raises ChangeFailed."""
    url = f"{_url(client, media.message_sid)}/{media.sid}.json"
    try:
        await repeat_change(client, lambda: client.call("DELETE", url, check_deleted))
    except ChangeFailed as error:
        if not error.cause.is_not_found:
            raise


def _url(client: TwilioClient, message_sid: str) -> str:
    return f"{client.account_url}/Messages/{message_sid}/Media"


def _media(message_sid: str, row: Mapping[str, Any]) -> Media:
    sid, content_type = row.get("sid"), str(row.get("content_type") or "")
    if not isinstance(sid, str) or not _SID.fullmatch(sid):
        raise UnexpectedResponse(200, "The list of media has an entry without a SID.")
    return Media(message_sid, sid, content_type.partition(";")[0].strip().lower())


def _is_trusted(address: str, client: TwilioClient) -> bool:
    """Whether an address is one of Twilio's; on this machine only where base_url is."""
    if not _ADDRESS.fullmatch(address):
        return False
    try:
        parts, here = urlsplit(address), urlsplit(client.account_url)
        host = parts.hostname or ""
        if is_loopback(host):
            return is_loopback(here.hostname or "")
        return parts.scheme == "https" and parts.port in (None, 443) and bool(_HOSTS.fullmatch(host))
    except ValueError:
        return False
