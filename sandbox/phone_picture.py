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
"""Takes pictures of the phones in the browser: `python -m sandbox.phone_picture docs` (phones.png, phones_dark.png)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.browser import take_pictures
from sandbox.twilio import FROM_PHONE, CallOutcome, LocalTwilio, Outcome
from sandbox.twilio.call import NewCall, Script


if TYPE_CHECKING:
    from playwright.sync_api import Browser

NOW = 1_793_491_200.0  # a Halloween; seconds since the epoch
FIRST, SECOND, THIRD = "+15101112345", "+15103334444", "+442079460958"
WIDTH_PX, HEIGHT_PX = 1120, 640

QUESTION = "Isolate host mail-01?\nReply 4211 for yes, 4212 for no"


def scene() -> LocalTwilio:
    """A local Twilio at a moment that shows much: an answer, a question, a phone that is off, a call that rings."""
    twilio = LocalTwilio(clock=lambda: NOW, outcome=Outcome("delivered", 4.0))
    twilio.outcomes[SECOND] = Outcome("undelivered", 4.0, 30003)
    twilio.add_message(FIRST, "INC-7: host mail-01 talks to a known bad address.", created=NOW - 300)
    twilio.receive(FIRST, FROM_PHONE, "On it 🎃", created=NOW - 240)
    twilio.add_message(FIRST, QUESTION, created=NOW - 60)
    twilio.add_message(SECOND, "INC-7: host mail-01 talks to a known bad address.", created=NOW - 300)
    twilio.add_message(THIRD, "INC-7: host mail-01 talks to a known bad address.", created=NOW - 300)
    twilio.call_log.outcome = CallOutcome(by_hand=True)
    twilio.call_log.place(NewCall(THIRD, FROM_PHONE, timeout_s=30), Script(()), created=NOW - 5)
    return twilio


def take(browser: Browser, folder: Path) -> list[Path]:
    """Write the pictures into a folder and return their paths."""
    paths = []
    page = browser.new_page(
        viewport={"width": WIDTH_PX, "height": HEIGHT_PX}, reduced_motion="reduce", timezone_id="UTC"
    )
    with scene() as twilio:
        page.goto(twilio.phone_url)
        for scheme, name in (("light", "phones.png"), ("dark", "phones_dark.png")):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            paths.append(folder / name)
            page.screenshot(path=paths[-1])
        page.close()
    return paths


def main(folder: str) -> int:
    """Take the pictures, and return the exit status."""
    return take_pictures(take, Path(folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
