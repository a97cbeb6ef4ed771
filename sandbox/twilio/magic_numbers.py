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
"""Numbers with a fixed effect: https://www.twilio.com/docs/iam/test-credentials#test-sms-messages"""

from __future__ import annotations


MAGIC_FROM = "+15005550006"  # valid with test credentials, and here with any

MAGIC_FROM_CODES = {"+15005550001": 21212, "+15005550008": 21611}  # with test credentials
MAGIC_TO_CODES = {  # with any credentials
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
