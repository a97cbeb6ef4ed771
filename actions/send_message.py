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
"""The action "send message": send once, follow, and let the result say how it stands."""

from __future__ import annotations

from typing import Any

from actions.action import Action, ResultStanding, Run, set_report, set_row
from actions.delivery_report import delivery_report, sending_line
from actions.parameters import optional, whole_number
from phantom.action_result import ActionResult
from twilio_api.delivery import Deliveries, Delivery
from twilio_api.messages import KIND, Draft
from twilio_api.sender import parse_sender
from twilio_api.values import checked_body, parse_media_urls
from twilio_consts import OUTCOME_DELIVERED, SUMMARY_DELIVERY_STATUS, SUMMARY_OUTCOME


MIN_VALIDITY_S, MAX_VALIDITY_S = 1, 36000  # https://www.twilio.com/docs/messaging/api/message-resource


class SendMessage(Action):
    """Sends a text, with or without media, to one phone number for each parameter set.

    An action that sends something else says in `draft` what.
    """

    creates = True

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._deliveries = Deliveries(run.twilio)

    def draft(self, param: dict[str, Any]) -> Draft:
        """Return the message to send; raises WrongValue for a wrong parameter, before any request."""
        from_ = optional(param, "from_phone", self.run.asset.sender, parse_sender)
        return Draft(
            from_.recipient(param.get("to_phone"), "from_phone"),
            from_,
            body=checked_body(param.get("message"), "The parameter 'message'"),
            media_urls=parse_media_urls(param.get("media_url"), "The parameter 'media_url'"),
            validity_s=whole_number(param, "validity_period", "seconds", MIN_VALIDITY_S, MAX_VALIDITY_S, None),
        )

    async def handle(self, param: dict[str, Any], result: ActionResult) -> None:
        """Send the message, and follow it until its status is final or its time is over."""
        draft = self.draft(param)
        self.run.show(sending_line(draft))
        try:
            delivery = await self._deliveries.send(draft, ResultStanding(self.run, result, KIND))
        finally:
            self.run.note_creation_over()
        complete(result, delivery)
        self.run.show(f"Twilio accepted the message to {delivery.recipient} as {delivery.message.sid}")
        shown = ""
        async for _ in self._deliveries.follow(delivery):
            complete(result, delivery)
            line = f"{delivery.recipient}: {delivery.message.status}"
            if delivery.is_followed and line != shown:
                self.run.show(line, kept=False)
                shown = line
        self.run.show(f"{delivery.recipient}: {result.get_message()}")

    def counts(self) -> str:
        """Say how many messages were sent, and what became of them."""
        results, ended = self.run.results, self.run.ended
        sent = sum(bool(result.get_data()) for result in results)
        delivered = sum(result.get_summary().get(SUMMARY_OUTCOME) == OUTCOME_DELIVERED for result in results)
        failed = sum(not result.is_success() for result in ended)
        at_twilio = self._deliveries.at_twilio
        line = (
            f"{len(results)} messages: {sent} sent, {delivered} delivered, {failed} failed, "
            f"{len(results) - len(ended)} waiting"
        )
        return f"{line}, {at_twilio} of them in Twilio's queue" if at_twilio else line


def complete(result: ActionResult, delivery: Delivery) -> None:
    """Let a result say what is known of its message."""
    set_row(result, delivery.message.resource)
    result.update_summary({SUMMARY_DELIVERY_STATUS: delivery.message.status})
    set_report(result, delivery_report(delivery))
