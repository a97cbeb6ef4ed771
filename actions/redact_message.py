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
"""The action "redact message"."""

from __future__ import annotations

from typing import Any

from actions.action import Action, Report, set_report, set_row
from actions.error_text import text_of
from actions.parameters import message_sid
from phantom.action_result import ActionResult
from twilio_api.errors import TwilioError
from twilio_api.media import delete_media, list_media
from twilio_api.messages import redact_message
from twilio_api.values import num_media


class RedactMessage(Action):
    """Empties the text of one message at Twilio, and removes its media there, which Twilio itself would leave."""

    async def handle(self, param: dict[str, Any], result: ActionResult) -> None:
        """Redact the message."""
        message = await redact_message(self.run.twilio, message_sid(param))
        set_row(result, message.resource)
        done = f"The text of {message.sid} was emptied at Twilio"
        if num_media(message.resource) == "0":
            set_report(result, Report(True, done))
            return
        removed = 0
        try:
            for media in await list_media(self.run.twilio, message.sid):
                await delete_media(self.run.twilio, media)
                removed += 1
        except TwilioError as error:
            why = f"Not all of them could be removed, so run the action again: {text_of(error)}"
            set_report(result, Report(False, f"{done}. Media files removed: {removed}. {why}"))
            return
        set_report(result, Report(True, f"{done}. Media files removed: {removed}"))
