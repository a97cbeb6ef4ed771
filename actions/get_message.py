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
"""The action "get message"."""

from __future__ import annotations

from typing import Any

from actions.action import Action, Report, set_report, set_row
from actions.delivery_report import status_text
from actions.parameters import message_sid
from phantom.action_result import ActionResult
from twilio_api.messages import read_message
from twilio_consts import SUMMARY_DELIVERY_STATUS


class GetMessage(Action):
    """Reads one message; a success whenever it could be read, whatever became of it."""

    async def handle(self, param: dict[str, Any], result: ActionResult) -> None:
        """Read the message."""
        message = await read_message(self.run.twilio, message_sid(param))
        set_row(result, message.resource)
        result.update_summary({SUMMARY_DELIVERY_STATUS: message.status})
        set_report(result, Report(True, status_text(message)))
