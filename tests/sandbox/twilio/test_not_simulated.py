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
"""What the local Twilio cannot do: it says so, and neither ignores it nor answers in Twilio's name."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timezone

import pytest
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from sandbox.twilio import FROM_PHONE, SERVICE_SID
from tests.sandbox.twilio.clients import START, TO


CALL_SID, FLOW_SID, EXECUTION_SID, MESSAGE_SID = (kind + "0" * 32 for kind in ("CA", "FW", "FN", "SM"))
TOMORROW = datetime.fromtimestamp(START + 24 * 60 * 60, timezone.utc)
USES: dict[str, tuple[Callable[[Client], object], str]] = {
    "a scheduled message": (
        lambda c: c.messages.create(
            to=TO, messaging_service_sid=SERVICE_SID, body="Hello", schedule_type="fixed", send_at=TOMORROW
        ),
        "the parameter ScheduleType of a message",
    ),
    "instructions at a URL": (
        lambda c: c.calls.create(to=TO, from_=FROM_PHONE, url="https://example.com/call.xml"),
        "the parameter Url of a call",
    ),
    "a filter of numbers by name": (
        lambda c: c.incoming_phone_numbers.list(friendly_name="Main"),
        "the filter FriendlyName of incoming_phone_numbers",
    ),
    "a filter of numbers by Beta": (
        lambda c: c.incoming_phone_numbers.list(beta=False),
        "the filter Beta of incoming_phone_numbers",
    ),
    "a filter of calls by parent": (
        lambda c: c.calls.list(parent_call_sid=CALL_SID),
        "the filter ParentCallSid of calls",
    ),
    "the list of accounts": (lambda c: c.api.accounts.list(), "GET /2010-04-01/Accounts.json"),
    "the balance": (
        lambda c: c.balance.fetch(),
        "GET /2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Balance.json",
    ),
    "the cancellation of a message": (
        lambda c: c.messages(c.messages.create(to=TO, from_=FROM_PHONE, body="Hello").sid).update(status="canceled"),
        "the cancellation of a message",
    ),
    "feedback": (lambda c: c.messages(MESSAGE_SID).feedback.create(), "POST "),
    "the deletion of a call": (lambda c: c.calls(CALL_SID).delete(), "DELETE "),
    "the deletion of an execution": (
        lambda c: c.studio.v2.flows(FLOW_SID).executions(EXECUTION_SID).delete(),
        f"DELETE /v2/Flows/{FLOW_SID}/Executions/{EXECUTION_SID}",
    ),
}


@pytest.mark.parametrize(("use", "lacking"), USES.values(), ids=USES)
def test_it_says_that_it_does_not_simulate(use: Callable[[Client], object], lacking: str, client: Client) -> None:
    with pytest.raises(TwilioException, match=re.escape(f"The local Twilio does not simulate {lacking}")):
        use(client)
    assert client.calls.list() == []


def test_a_call_under_way_gets_no_other_instructions(client: Client) -> None:
    call = client.calls.create(to=TO, from_=FROM_PHONE, twiml="<Response><Say>Hello</Say></Response>")
    with pytest.raises(TwilioException, match="does not simulate other instructions for a call under way"):
        call.update(twiml="<Response><Say>Goodbye</Say></Response>")
