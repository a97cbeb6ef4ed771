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
"""A message in words: what is sent, and what became of it."""

from __future__ import annotations

from typing import Any

from actions.action import Report
from actions.error_advice import USUAL_NAMES, Names, advice_for
from actions.error_text import clause
from twilio_api.delivery import Delivery
from twilio_api.errors import CallError, Cancelled
from twilio_api.messages import Draft, Message
from twilio_api.text import segments
from twilio_consts import (
    DELIVERED_STATUSES,
    DELIVERY_BUDGET_S,
    OUTCOME_DELIVERED,
    OUTCOME_UNCONFIRMED,
    OUTCOME_UNDELIVERED,
    UNDELIVERED_STATUSES,
)


def sending_line(draft: Draft) -> str:
    """Say what is sent, and to whom."""
    if draft.content_sid:
        return f"Sending template {draft.content_sid} to {draft.recipient}"
    size = segments(draft.body)
    return f"Sending {size.number} segment{'' if size.number == 1 else 's'} ({size.encoding}) to {draft.recipient}"


def delivery_report(delivery: Delivery) -> Report:
    """Say what became of a message that Twilio took, as far as it is known now."""
    message, text = delivery.message, status_text(delivery.message)
    if message.status in DELIVERED_STATUSES:
        return Report(True, text, OUTCOME_DELIVERED)
    if message.status in UNDELIVERED_STATUSES:
        return Report(False, text, OUTCOME_UNDELIVERED)
    return Report(True, f"{text}. Delivery is not confirmed: {_why_unconfirmed(delivery)}", OUTCOME_UNCONFIRMED)


def status_text(message: Message, names: Names = USUAL_NAMES) -> str:
    """Say which status a message has, and why, if it is a bad one."""
    why = _why_undelivered(message.resource, names) if message.status in UNDELIVERED_STATUSES else ""
    headline = f"Message delivery status: {message.status}"
    return f"{headline}. {why}" if why else headline


def _why_unconfirmed(delivery: Delivery) -> str:
    error = delivery.last_error
    if error is not None and error.is_test_credentials:
        return "these are test credentials, with which Twilio checks a message, but sends nothing."
    if error is not None:
        reason = _why_not_read(error, "at the latest poll" if delivery.is_followed else "any more")
    elif delivery.is_followed:
        reason = "the message is still on its way"
    elif delivery.message.is_at_twilio:
        reason = f"it is still waiting at Twilio after {max(delivery.waited_s, DELIVERY_BUDGET_S):.0f} seconds"
    else:
        reason = f"no final status came within {DELIVERY_BUDGET_S:.0f} seconds, and many carriers never send a receipt"
    advice = advice_for(error.code) if error is not None and error.is_unauthorized else ""
    return f"{reason}. Twilio has the message ({delivery.message.sid}), so do not send it again. {advice}".rstrip()


def _why_not_read(error: CallError, when: str) -> str:
    if isinstance(error, Cancelled):
        return "the action was cancelled before a final status came"
    return f"its status could not be read {when} ({clause(error)})"


def _why_undelivered(resource: dict[str, Any], names: Names) -> str:
    code = resource.get("error_code")
    text = str(resource.get("error_message") or "").strip().rstrip(".").rstrip()
    if code is None:
        return f"{text}." if text else ""
    advice = advice_for(code, names) if isinstance(code, int) else ""
    return f"Error code {code}{': ' if text else ''}{text}. {advice}".rstrip()
