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
"""The action "send template"."""

from __future__ import annotations

from typing import Any

from actions.parameters import optional
from actions.send_message import SendMessage
from twilio_api.messages import Draft
from twilio_api.sender import parse_sender
from twilio_api.values import checked_json_object, checked_sid


_SID_EXAMPLE = "HXb5b62575e6e4ff6129ad7c8efe1f983e"
_VARIABLES_EXAMPLE = '{"1": "12 Oct", "2": "3 pm"}'


class SendTemplate(SendMessage):
    """Sends an approved template to one phone number for each parameter set."""

    def draft(self, param: dict[str, Any]) -> Draft:
        """Return the template to send, filled in."""
        from_ = optional(param, "from_phone", self.run.asset.sender, parse_sender)
        return Draft(
            from_.recipient(param.get("to_phone"), "from_phone"),
            from_,
            content_sid=checked_sid(param.get("content_sid"), ("HX",), "The parameter 'content_sid'", _SID_EXAMPLE),
            content_variables=checked_json_object(
                param.get("content_variables"), "The parameter 'content_variables'", _VARIABLES_EXAMPLE
            ),
        )
