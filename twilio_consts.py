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
"""Names and numbers that several modules share, each with its unit. Nothing here imports anything."""

APP_VERSION = "2.3.0"  # the same as app_version in twilio.json
USER_AGENT = f"splunk-soar-twilio/{APP_VERSION}"

# What a person reads, and playbooks may search for
SUMMARY_DELIVERY_STATUS = "message_delivery_status"
SUMMARY_OUTCOME = "outcome"

# summary.outcome of the actions that send a message
OUTCOME_DELIVERED = "delivered"
OUTCOME_UNDELIVERED = "undelivered"
OUTCOME_UNCONFIRMED = "unconfirmed"
OUTCOME_NOT_SENT = "not_sent"
OUTCOME_UNKNOWN = "unknown"

# summary.outcome of the actions that ask; "answered" also of "call phone"
OUTCOME_ANSWERED = "answered"
OUTCOME_ASKED = "asked"
OUTCOME_NO_RESPONSE = "no_response"

# Whose a Studio flow is, in its name and its definition: another value makes other flows. `twilio_api` itself does not
# name the platform.
FLOW_OWNER = "Splunk SOAR"
FLOW_MADE_BY = "Made by the Twilio app of Splunk SOAR"

# Twilio's limits and habits
MAX_BODY_CHARS = 1600  # https://www.twilio.com/docs/api/errors/21617
MAX_MEDIA = 10  # https://www.twilio.com/docs/api/errors/21623
DEFAULT_RINGING_S = 30
MAX_CALL_ATTEMPTS = 5
TRIAL_PREFIX = "Sent from your Twilio trial account - "
ACCOUNT_ACTIVE = "active"
WHATSAPP_PREFIX = "whatsapp:"  # of an address on WhatsApp, before the number
RCS_PREFIX = "rcs:"  # of an address on RCS, before a person's number or an agent's name

# Waiting for an answer to a question
MAX_TIMEOUT_MIN = 1440.0
LOG_MARGIN_S = 120.0  # rows of the log may come late or not in order by as much

# Statuses of a message (https://www.twilio.com/docs/messaging/api/message-resource#message-status-values)
DELIVERED_STATUSES = frozenset({"delivered", "read"})
UNDELIVERED_STATUSES = frozenset({"undelivered", "failed", "canceled"})
FINAL_STATUSES = DELIVERED_STATUSES | UNDELIVERED_STATUSES  # a status that cannot change any more
STATUSES_AT_TWILIO = frozenset({"accepted", "scheduled", "queued", "sending"})  # no carrier has it yet
STATUS_UNKNOWN = "unknown"  # shown where a resource names no status

# Statuses of a call (https://www.twilio.com/docs/voice/api/call-resource#call-status-values)
CALL_QUEUED = "queued"
CALL_COMPLETED = "completed"
CALL_CANCELED = "canceled"
CALL_NOT_ANSWERED_STATUSES = frozenset({"busy", "no-answer", "failed", CALL_CANCELED})
ANSWERED_BY_HUMAN = "human"

# One HTTP call
CONNECT_TIMEOUT_S = 4.0  # for each step of opening a connection
READ_TIMEOUT_S = 10.0  # of silence while a response is awaited or read
REQUEST_DEADLINE_S = 15.0  # for a whole exchange, however slowly the response drips
FILE_DEADLINE_S = 60.0  # for a file, which may be long
MAX_BODY_BYTES = 2 * 1024 * 1024  # of a response, before and after it is unpacked

# Outages and repetition
REPEAT_S = 25.0  # for which a call that failed is repeated where that does no harm, from its first failure
OUTAGE_S = 25.0  # of calls that fail, from the first to the last: then no more of their kind is made

# Waiting for a message to become final
DELIVERY_BUDGET_S = 60.0  # after Twilio let go of it, or of another one of its queue

# Reading the message log page by page
DEFAULT_PAGE_SIZE = 50  # Twilio's
MAX_PAGE_SIZE = 1000  # Twilio's
LOG_PAGE_SIZE = 500  # where many rows are wanted, and how many is not known
