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
"""The media of a message."""

from __future__ import annotations

from urllib.parse import urlsplit

from twilio_api.lists import parts_of
from twilio_api.quoting import quoted
from twilio_consts import MAX_MEDIA


def parse_media_urls(given: object) -> tuple[str, ...]:
    """Return the URLs in a comma-separated list, or in a list; none where nothing is given.

    Raises ValueError for one that is not https, and for more than MAX_MEDIA
    (https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource). A comma inside a URL must be
    written as %2C.
    """
    urls = tuple(parts_of(given or ""))
    if len(urls) > MAX_MEDIA:
        raise ValueError(f"The parameter 'media_url' has {len(urls)} URLs; Twilio takes at most {MAX_MEDIA}.")
    for url in urls:
        if not _is_https(url):
            raise ValueError(
                f"The parameter 'media_url' is wrong: {quoted(url)} is not an https URL that Twilio can fetch, "
                "such as https://example.com/map.png."
            )
    return urls


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and not any(char.isspace() for char in url)
    except ValueError:
        return False
