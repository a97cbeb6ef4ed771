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
"""Names and numbers with a meaning, each with its unit. Nothing here imports anything."""

APP_VERSION = "2.1.0"  # the same as app_version in twilio.json
USER_AGENT = f"splunk-soar-twilio/{APP_VERSION}"

# Action identifiers, as in twilio.json
ACTION_TEST_CONNECTIVITY = "test_connectivity"
ACTION_SEND_MESSAGE = "send_text"

# What a person is told, and playbooks may look for
SUMMARY_DELIVERY_STATUS = "message_delivery_status"
DELIVERY_STATUS_MESSAGE = "Message delivery status: {}"
TEST_PASSED = "Test Connectivity Passed"
TEST_FAILED = "Test Connectivity Failed"
TEST_MESSAGE = "Test message from Splunk SOAR: the Twilio asset works."

# Twilio's limits and habits
MAX_BODY_CHARS = 1600  # https://www.twilio.com/docs/api/errors/21617
TRIAL_PREFIX = "Sent from your Twilio trial account - "
ACCOUNT_ACTIVE = "active"

# Twilio's error codes that decide what the app does (all others are only shown)
CODE_TEST_CREDENTIALS = 20008
CODE_TOO_MANY_REQUESTS = 20429

# Statuses of a message (https://www.twilio.com/docs/messaging/api/message-resource#message-status-values)
GOOD_STATUSES = frozenset({"delivered", "read"})
BAD_STATUSES = frozenset({"undelivered", "failed", "canceled"})
STATUS_UNKNOWN = "unknown"  # shown where a resource names no status

# One HTTP call
CONNECT_TIMEOUT_S = 4.0  # to open a connection, each try
READ_TIMEOUT_S = 10.0  # of silence while an answer is awaited or read
CALL_DEADLINE_S = 15.0  # for a whole call with all its tries, however slowly the answer drips
MAX_ANSWER_BYTES = 2 * 1024 * 1024  # a page of the message log is far below
CALL_RETRIES = 4  # after the first try, with backoff: 7.5 s and jitter in all
BACKOFF_S = 0.5  # before the first repetition, doubled for each further one
BACKOFF_JITTER = 0.5  # up to this share more, so that many runs do not knock together
MAX_RETRY_AFTER_S = 10.0  # a longer Retry-After is cut to this

# A server that stays silent or broken
OUTAGE_BUDGET_S = 25.0  # from the first failed call without a good answer since; then nothing more is tried

# Creating a message
TOO_MANY_RETRIES = 4  # after 429 with code 20429, which Twilio did not process
LOG_LOOK_PAUSES_S = (0.0, 1.0, 2.0, 4.0)  # before each look for a message whose fate is unknown
LOG_PAGE_SIZE = 50  # newest first, so more than enough for a message of a few seconds ago

# Following messages to their final status
DELIVERY_BUDGET_S = 60.0  # from acceptance
LOOK_MIN_GAP_S = 0.28  # between two looks at one message
LOOK_SHARE = 0.2  # of the time since acceptance: the gap to the next look
LOOK_LEAD_S = 0.02  # taken off that gap, for the call itself
LONG_WAIT_FROM_S = 20.0  # from here on, looks are spread wider to stay within 25 requests a message
LONG_WAIT_SHARE = 0.31
PARALLEL_LOOKS = 8  # connections at the most while many messages are followed
