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
"""Takes the pictures of "list messages" that the README shows: python -m sandbox.messages_picture docs

The action runs on the local SOAR against a local Twilio, and Chromium shows what its view makes of the result.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.assets import local_asset
from sandbox.browser import take_pictures
from sandbox.soar import run_action
from sandbox.soar.views import Theme, page, render_view
from sandbox.twilio import FROM_PHONE, LocalTwilio, Outcome


if TYPE_CHECKING:
    from playwright.sync_api import Browser

NOW = 1_793_491_200.0  # a Halloween; seconds since the epoch
PERSON = "+15101112345"
WIDTH_PX = 700
PICTURES: tuple[tuple[Theme, str], ...] = (("light", "messages.png"), ("dark", "messages_dark.png"))


def scene() -> LocalTwilio:
    """A local Twilio with a conversation: a question and its answer, an attachment, a message that failed."""
    twilio = LocalTwilio(clock=lambda: NOW, outcome=Outcome("delivered", 4.0))
    twilio.add_message(PERSON, "INC-7: mail-01 talks to a known bad address.", created=NOW - 9 * 3600)
    twilio.receive(PERSON, FROM_PHONE, "This is what I see", created=NOW - 600, media=["https://a.example/screen.png"])
    twilio.add_message(PERSON, "Isolate mail-01?\nReply 4211 for yes, 4212 for no", created=NOW - 540)
    twilio.receive(PERSON, FROM_PHONE, "Yes 4211", created=NOW - 380)
    twilio.add_message(PERSON, "Thank you. mail-01 is isolated.", created=NOW - 370)
    twilio.outcomes[PERSON] = Outcome("undelivered", 4.0, 30003)
    twilio.add_message(PERSON, "Call us when you are back.", created=NOW - 120)
    return twilio


def conversation() -> str:
    """The HTML of a real run of "list messages"."""
    with scene() as twilio:
        result = run_action("list messages", local_asset(twilio), [{"phone": PERSON}])
    return render_view(result, "list messages")


def take(browser: Browser, folder: Path) -> list[Path]:
    """Write the pictures into a folder and return their paths."""
    html = conversation()
    paths = []
    shown = browser.new_page(viewport={"width": WIDTH_PX, "height": 100})
    for theme, name in PICTURES:
        shown.set_content(page(html, theme=theme))
        paths.append(folder / name)
        shown.screenshot(path=paths[-1], full_page=True)
    shown.close()
    return paths


def main(folder: str) -> int:
    """Take the pictures, and return the exit status."""
    return take_pictures(take, Path(folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
