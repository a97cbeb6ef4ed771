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
"""The action "send message"."""

from __future__ import annotations

from typing import Any

from actions.parameters import sender, validity_s
from actions.sending import SendingAction
from twilio_api.messages import Draft
from twilio_api.values import checked_body, parse_media_urls


class SendMessage(SendingAction):
    """Sends a text, with or without media, to one phone number for each parameter set."""

    def draft(self, param: dict[str, Any]) -> Draft:
        """Return the message of one parameter set."""
        from_ = sender(param, self.run.asset)
        return Draft(
            from_.recipient(param.get("to_phone"), "from_phone"),
            from_,
            body=checked_body(param.get("message"), "The parameter 'message'"),
            media_urls=parse_media_urls(param.get("media_url"), "The parameter 'media_url'"),
            validity_s=validity_s(param),
        )
