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
from sandbox.twilio.fault import Fault
from sandbox.twilio.message import Message, Outcome
from sandbox.twilio.recorded_request import RecordedRequest
from sandbox.twilio.server import ACCOUNT_SID, AUTH_TOKEN, FROM_PHONE, LocalTwilio


__all__ = [
    "ACCOUNT_SID",
    "AUTH_TOKEN",
    "FROM_PHONE",
    "Call",
    "CallOutcome",
    "Fault",
    "LocalTwilio",
    "Message",
    "Outcome",
    "RecordedRequest",
]
