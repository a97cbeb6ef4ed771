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
"""What an error code of Twilio means for the person who has to act on it (https://www.twilio.com/docs/api/errors)."""

from __future__ import annotations


_ADVICE = {
    20003: "Check account_sid and auth_token of the asset: they do not belong together, or the token was replaced.",
    20005: "The Twilio account is not active: see the Twilio console.",
    20008: "These are test credentials: with them Twilio checks a message, but sends nothing and shows nothing.",
    20404: "Check account_sid and base_url of the asset: Twilio does not know this account there.",
    20429: "Too many calls at a time on this Twilio account: nothing was sent. Try again in a minute.",
    20500: "Twilio has a fault of its own: see status.twilio.com.",
    20503: "Twilio has a fault of its own: see status.twilio.com.",
    21211: "The recipient's number does not exist: check to_phone.",
    21212: "from_phone of the asset is not a sender that Twilio knows.",
    21266: "Recipient and sender are the same number: check to_phone.",
    21408: "The account may not write to this country: allow it in the Twilio console, Geo permissions.",
    21602: "The message has no text.",
    21603: "The message has no sender: set from_phone of the asset.",
    21604: "The message has no recipient.",
    21606: "The sender is not yours, or cannot send SMS there: check from_phone of the asset.",
    21608: "A trial account can only write to verified numbers: verify the recipient in the Twilio console.",
    21610: "The person texted STOP to this sender: they must text START before they can be written to again.",
    21611: "Ten hours of messages wait for this sender: wait until they are out, or use another sender.",
    21612: "This sender cannot reach this recipient: use a sender for the recipient's country.",
    21614: "The number is a landline or cannot get SMS: use a mobile number.",
    21617: "The text is too long: at most 1600 characters.",
    30001: "Too many messages wait for this sender: send fewer, or later.",
    30002: "The Twilio account was suspended after it took the message: see the Twilio console.",
    30003: "The phone is off, out of reach, or gets no SMS: reach the person another way.",
    30004: "The recipient or their carrier blocks this sender: reach the person another way.",
    30005: "The number is not in use any more: check to_phone.",
    30006: "The number is a landline, or its carrier cannot be reached: use a mobile number.",
    30007: "A carrier took the message for spam: change its text, leave out links, register the sender.",
    30008: "The carrier gave no reason: try again, or reach the person another way.",
    30034: "US carriers block numbers without A2P 10DLC registration: register the sender in the Twilio console.",
}


def advice_for(code: int | None) -> str:
    """Say in a sentence or two what to do about an error code of Twilio; empty where there is nothing to add."""
    return _ADVICE.get(code, "") if code is not None else ""
