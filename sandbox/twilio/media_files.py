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
"""The media resource, and the store where its files are: https://www.twilio.com/docs/messaging/api/media-resource"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable

from sandbox.twilio.errors import NotFound
from sandbox.twilio.media import Media
from sandbox.twilio.message import Message
from sandbox.twilio.message_log import MessageLog
from sandbox.twilio.paging import page
from sandbox.twilio.recorded_request import RecordedRequest
from sandbox.twilio.responses import Response, empty_response, json_response
from sandbox.twilio.routes import ACCOUNT_PATH, Route


_LIST_PATH = f"{ACCOUNT_PATH}/Messages/<sid>/Media.json"
_MEDIA_PATH = f"{ACCOUNT_PATH}/Messages/<sid>/Media/<media_sid>.json"
_FILE_PATH = f"{ACCOUNT_PATH}/Messages/<sid>/Media/<media_sid>"
_PERMISSION = "twilio/messaging/messages.media"
# Hosts of Twilio's stores: one takes signed addresses alone, the other shows a file to everybody. Here they are paths.
STORES = _SIGNED_STORE, _OPEN_STORE = "/mms.twiliocdn.com", "/s3-external-1.amazonaws.com"
_SIGNED_FOR_S = 4 * 60 * 60


class MediaFiles:
    """Shows and deletes the media of messages, and leads to their files.

    A file is fetched from a store, to which the API redirects. Where the account demands authentication for media
    (`is_signed`), the address holds a signature that is valid for four hours; else everybody can read it.
    """

    def __init__(self, log: MessageLog, clock: Callable[[], float]) -> None:
        self.is_signed = True
        self._log = log
        self._clock = clock
        self._key = secrets.token_bytes()

    def routes(self) -> list[Route]:
        """The list of a message, each of its media, its file, and the stores."""
        store_path = "/<sid>/<media_sid>"
        return [
            Route("GET", _LIST_PATH, self.list_page, f"{_PERMISSION}/list"),
            Route("GET", _MEDIA_PATH, self.fetch, f"{_PERMISSION}/read"),
            Route("DELETE", _MEDIA_PATH, self.delete, f"{_PERMISSION}/delete"),
            Route("GET", _FILE_PATH, self.redirect, f"{_PERMISSION}/read"),
            Route("GET", _SIGNED_STORE + store_path, self.serve_signed, None),
            Route("GET", _OPEN_STORE + store_path, self.serve, None),
        ]

    def list_page(self, request: RecordedRequest, sid: str) -> Response:
        """Show the media of one message."""
        return json_response(
            page(self._message(sid).media, request.query, "media_list", (), request.path, self._clock())
        )

    def fetch(self, request: RecordedRequest, sid: str, media_sid: str) -> Response:
        """Show one of the media of a message, without its file."""
        return json_response(self._media(sid, media_sid).resource(self._clock()))

    def delete(self, request: RecordedRequest, sid: str, media_sid: str) -> Response:
        """Remove one of the media of a message, with its file."""
        self._message(sid).media.remove(self._media(sid, media_sid))
        return empty_response()

    def redirect(self, request: RecordedRequest, sid: str, media_sid: str) -> Response:
        """Lead to the file."""
        self._media(sid, media_sid)
        store, signed = _OPEN_STORE, ""
        if self.is_signed:
            expires = str(int(self._clock()) + _SIGNED_FOR_S)
            store, signed = _SIGNED_STORE, f"?Expires={expires}&Signature={self._signature(media_sid, expires)}"
        # Asked by Twilio's own name, as in memory, it says the store's own name
        origin = f"https:/{store}" if request.origin.endswith(".twilio.com") else request.origin
        return Response(status=307, headers={"Location": f"{origin}{store}/{sid}/{media_sid}{signed}"})

    def serve_signed(self, request: RecordedRequest, sid: str, media_sid: str) -> Response:
        """Send a file to whoever has a signed address that is still valid."""
        expires, signature = request.query.get("Expires", ""), request.query.get("Signature", "")
        is_right = hmac.compare_digest(signature.encode(), self._signature(media_sid, expires).encode())
        if not is_right or int(expires) <= self._clock():
            return _refusal(403, "AccessDenied")
        return self.serve(request, sid, media_sid)

    def serve(self, request: RecordedRequest, sid: str, media_sid: str) -> Response:
        """Send a file; as S3 does, refuse credentials that it does not know."""
        if request.credentials is not None:
            return _refusal(400, "InvalidArgument")
        try:
            media = self._media(sid, media_sid)
        except NotFound:
            return _refusal(404, "NoSuchKey")
        return Response(media.file.content, headers={"Content-Type": media.file.content_type})

    def _signature(self, media_sid: str, expires: str) -> str:
        return hmac.new(self._key, f"{media_sid} {expires}".encode(), hashlib.sha256).hexdigest()

    def _media(self, sid: str, media_sid: str) -> Media:
        for media in self._message(sid).media:
            if media.sid == media_sid:
                return media
        raise NotFound

    def _message(self, sid: str) -> Message:
        message = self._log.find(sid)
        if message is None:
            raise NotFound
        return message


def _refusal(status: int, code: str) -> Response:
    """An error of a store."""
    content = f"<Error><Code>{code}</Code></Error>"
    return Response(content.encode(), status, {"Content-Type": "application/xml"})
