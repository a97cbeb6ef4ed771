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
"""The local Twilio: a stand-in for Twilio's REST API on loopback, for development only."""

from sandbox.twilio.call import Call, CallOutcome
from sandbox.twilio.credentials import ApiKey
from sandbox.twilio.defaults import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    CONTENT_SID,
    FROM_PHONE,
    KEY_SECRET,
    KEY_SID,
    RESTRICTED_KEY,
    SENDER_ID,
    SERVICE_SID,
    SHORT_CODE,
    STANDARD_KEY,
    TEMPLATE,
    WHATSAPP_SENDER,
)
from sandbox.twilio.fault import Fault
from sandbox.twilio.local_twilio import LocalTwilio
from sandbox.twilio.media import File
from sandbox.twilio.message import Message, Outcome
from sandbox.twilio.phone_page import PAGE_PATH
from sandbox.twilio.recorded_request import RecordedRequest
from sandbox.twilio.senders import PhoneNumber


__all__ = [
    "ACCOUNT_SID",
    "AUTH_TOKEN",
    "CONTENT_SID",
    "FROM_PHONE",
    "KEY_SECRET",
    "KEY_SID",
    "PAGE_PATH",
    "RESTRICTED_KEY",
    "SENDER_ID",
    "SERVICE_SID",
    "SHORT_CODE",
    "STANDARD_KEY",
    "TEMPLATE",
    "WHATSAPP_SENDER",
    "ApiKey",
    "Call",
    "CallOutcome",
    "Fault",
    "File",
    "LocalTwilio",
    "Message",
    "Outcome",
    "PhoneNumber",
    "RecordedRequest",
]
