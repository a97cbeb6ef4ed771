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
"""The action "delete message"."""

from __future__ import annotations

from typing import Any

from actions.action import Action, Report, set_report
from actions.parameters import message_sid
from phantom.action_result import ActionResult
from twilio_api.messages import delete_message


class DeleteMessage(Action):
    """Removes one message at Twilio."""

    async def handle(self, param: dict[str, Any], result: ActionResult) -> None:
        """Delete the message."""
        sid = message_sid(param)
        await delete_message(self.run.twilio, sid)
        set_report(result, Report(True, f"{sid} was deleted at Twilio"))
