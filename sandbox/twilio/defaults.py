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
"""What the account of the local Twilio has by default."""

from __future__ import annotations

from sandbox.twilio.credentials import ApiKey


_HEX = "0123456789abcdef"

ACCOUNT_SID = "AC" + _HEX * 2
AUTH_TOKEN = _HEX[::-1] * 2
FROM_PHONE = "+15101281337"
SERVICE_SID = "MG" + _HEX * 2
SHORT_CODE = "12345"
SENDER_ID = "ACME SOC"
WHATSAPP_SENDER = f"whatsapp:{FROM_PHONE}"
CONTENT_SID = "HX" + _HEX * 2
TEMPLATE = "Alert {{1}} on {{2}}: please look into it."
KEY_SID = "SK" + _HEX * 2
KEY_SECRET = "SecretOfAStandardKey0123456789ab"
RESTRICTED_KEY_SID = "SK" + _HEX[::-1] * 2
RESTRICTED_KEY_SECRET = "SecretOfARestrictedKey0123456789"

STANDARD_KEY = ApiKey(KEY_SID, KEY_SECRET)
# Not one of the account's unless it is given to it: a key for messages alone
RESTRICTED_KEY = ApiKey(
    RESTRICTED_KEY_SID,
    RESTRICTED_KEY_SECRET,
    frozenset(f"twilio/messaging/messages/{verb}" for verb in ("create", "read", "list", "update", "delete")),
)
