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
"""The message log: its pages, and how a run finds its own message there."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.fake_clock import FakeClock
from tests.twilio_api.scripted_transport import (
    ACCOUNT_SID,
    BASE_URL,
    NOON,
    SILENCE,
    After,
    ScriptedTransport,
    response,
    rfc2822,
    script,
    scripted_client,
)
from twilio_api.client import TwilioClient
from twilio_api.errors import CallError, ReadFailed, UnexpectedResponse
from twilio_api.message_log import MessageLog, OwnMessage
from twilio_api.response import Response
from twilio_api.sender import Sender, SenderKind


LOG_URL = f"{BASE_URL}/Accounts/{ACCOUNT_SID}/Messages.json"
TO, FROM, BODY = "+15101112345", "+15101281337", "Page {1} & more"
SERVICE = "MG" + "0" * 32
SID, OTHER_SID = "SM" + "1" * 32, "SM" + "2" * 32
NUMBER_SENDER, SERVICE_SENDER = Sender(SenderKind.NUMBER, FROM), Sender(SenderKind.SERVICE, SERVICE)
OWN = OwnMessage(TO, NUMBER_SENDER, BODY)
TEMPLATE = OwnMessage(TO, NUMBER_SENDER, None)


def row(**changes: Any) -> dict[str, Any]:
    """A row of the log: the message that is searched for, created at noon, but for the changes."""
    return {"sid": SID, "to": TO, "from": FROM, "body": BODY, "date_created": rfc2822(NOON), **changes}


def page(*rows: Any, server_time: float | None = NOON, **fields: Any) -> Response:
    """A page of the log, newest first, that the server shows at noon."""
    return response({"messages": list(rows), **fields}, server_time=server_time)


@pytest.fixture
def time() -> FakeClock:
    """The app's clock, which has nothing to do with the server's."""
    return FakeClock()


@pytest.fixture
def client(time: FakeClock) -> TwilioClient:
    return scripted_client(time)


@pytest.fixture
def http(client: TwilioClient) -> ScriptedTransport:
    return script(client)


@pytest.fixture
def log(client: TwilioClient) -> MessageLog:
    return MessageLog(client)


def find(log: MessageLog, own: OwnMessage = OWN, *, seconds_ago: float = 0.0) -> str | None:
    """The SID of the message that an attempt so many seconds ago created."""
    found = log.claim_own(own, log._client.clock.monotonic() - seconds_ago)
    return None if found is None else str(found["sid"])


# --- what is searched for


def test_the_log_is_asked_once_for_recipient_and_sender(log: MessageLog, http: ScriptedTransport) -> None:
    http.on("GET", page(row()))
    find(log)
    (call,) = http.calls
    assert (call.url, call.params) == (LOG_URL, {"To": TO, "From": FROM, "PageSize": "50"})


def test_a_services_messages_are_searched_for_by_recipient_alone(log: MessageLog, http: ScriptedTransport) -> None:
    http.on("GET", page(row(**{"from": None, "messaging_service_sid": SERVICE})))
    assert find(log, OwnMessage(TO, SERVICE_SENDER, BODY)) == SID
    assert http.calls[0].params == {"To": TO, "PageSize": "50"}


def test_the_row_is_found_as_it_is(log: MessageLog, http: ScriptedTransport) -> None:
    http.on("GET", page(row(status="sending", price=None)))
    assert log.claim_own(OWN, 1000.0) == row(status="sending", price=None)


def test_a_trial_accounts_prefix_belongs_to_the_text(log: MessageLog, http: ScriptedTransport) -> None:
    http.on("GET", page(row(body=f"Sent from your Twilio trial account - {BODY}")))
    assert find(log) == SID


@pytest.mark.parametrize(
    "other",
    [
        {"body": f"{BODY}!"},
        {"body": f"Re: {BODY}"},
        {"body": None},
        {"to": "+15101112346"},
        {"from": "+15101281338"},
        {"from": None},
        {"date_created": rfc2822(NOON - 300)},
        {"date_created": None},
        {"date_created": "yesterday"},
        {"date_created": 1},
        {"sid": "SM/x"},
        {"sid": None},
    ],
    ids=str,
)
def test_another_message_is_not_taken_for_this_one(
    log: MessageLog, http: ScriptedTransport, other: dict[str, Any]
) -> None:
    http.on("GET", page(row(**other)))
    assert find(log) is None


def test_rows_that_are_no_messages_do_no_harm(log: MessageLog, http: ScriptedTransport) -> None:
    http.on("GET", page(None, 1, [], {}, "x", row()))
    assert find(log) == SID


# --- when it was created, by the server's clock


@pytest.mark.parametrize(
    ("age_s", "seconds_ago", "is_own"),
    [
        (0, 0.0, True),
        (3, 3.0, True),  # created at once, found three seconds later
        (3, 3.9, True),  # the attempt was within the second before
        (4, 3.9, True),  # Twilio dates in whole seconds: within the second of the attempt
        (5, 3.9, False),
        (1, 0.0, False),
        (60, 10.0, False),
        (-2, 0.0, True),
    ],
)
def test_only_a_message_created_since_the_attempt_is_ones_own(
    log: MessageLog, http: ScriptedTransport, age_s: int, seconds_ago: float, is_own: bool
) -> None:
    http.on("GET", page(row(date_created=rfc2822(NOON - age_s))))
    assert find(log, seconds_ago=seconds_ago) == (SID if is_own else None)


@pytest.mark.parametrize("skew_s", [-86400.0, 0.0, 86400.0])
def test_the_local_clock_may_be_wrong(time: FakeClock, skew_s: float) -> None:
    client = scripted_client(time, time=lambda: NOON + skew_s)
    script(client).on("GET", page(row(), row(sid=OTHER_SID, date_created=rfc2822(NOON - 60))))
    assert find(MessageLog(client)) == SID


def test_without_the_servers_clock_the_local_one_stands_in(time: FakeClock) -> None:
    client = scripted_client(time, time=lambda: NOON + 5.0)
    script(client).on("GET", page(row(), row(sid=OTHER_SID, date_created=rfc2822(NOON - 60)), server_time=None))
    assert find(MessageLog(client), seconds_ago=5.0) == SID


# --- which of several


def test_the_message_created_closest_after_the_attempt_is_taken(log: MessageLog, http: ScriptedTransport) -> None:
    later = row(sid=OTHER_SID, date_created=rfc2822(NOON - 1))
    http.on("GET", page(later, row(date_created=rfc2822(NOON - 3))))
    assert find(log, seconds_ago=3.0) == SID


def test_another_runs_message_right_before_the_attempt_is_not_taken(log: MessageLog, http: ScriptedTransport) -> None:
    before = row(sid=OTHER_SID, date_created=rfc2822(NOON - 5))
    http.on("GET", page(row(date_created=rfc2822(NOON - 4)), before))
    assert find(log, seconds_ago=4.0) == SID


def test_another_runs_message_of_seconds_before_is_not_taken_although_the_response_took_its_time(
    time: FakeClock, log: MessageLog, http: ScriptedTransport
) -> None:
    http.on("GET", page(server_time=NOON))
    log.page()  # so that the server's clock is known
    before = row(sid=OTHER_SID, date_created=rfc2822(NOON + 1))
    http.on("GET", After(0.9, page(row(date_created=rfc2822(NOON + 3)), before, server_time=NOON + 4)))
    time.now += 4.5  # the attempt was at 3.3
    assert find(log, seconds_ago=1.2) == SID


def test_a_message_of_the_second_after_is_closer_than_one_of_the_second_in_which_the_attempt_began(
    log: MessageLog, http: ScriptedTransport
) -> None:
    before = row(sid=OTHER_SID, date_created=rfc2822(NOON - 4))
    http.on("GET", page(row(date_created=rfc2822(NOON - 3)), before))
    assert find(log, seconds_ago=3.1) == SID


def test_of_several_of_the_same_second_the_oldest_is_taken(log: MessageLog, http: ScriptedTransport) -> None:
    http.on("GET", page(row(sid=OTHER_SID), row()))
    assert find(log) == SID


def test_each_message_is_claimed_once_in_a_run(log: MessageLog, http: ScriptedTransport) -> None:
    http.on("GET", page(row(), row(sid=OTHER_SID)))
    assert {find(log), find(log)} == {SID, OTHER_SID}
    assert find(log) is None


def test_a_message_that_was_accepted_before_is_not_found_again(log: MessageLog, http: ScriptedTransport) -> None:
    assert log.claims.add(SID)
    assert not log.claims.add(SID)
    http.on("GET", page(row()))
    assert find(log) is None


def test_a_template_is_known_by_recipient_sender_and_time(log: MessageLog, http: ScriptedTransport) -> None:
    http.on("GET", page(row(body="Alert 12 on host 7")))
    assert find(log, TEMPLATE) == SID


def test_a_template_is_not_found_where_another_message_could_be_meant(log: MessageLog, http: ScriptedTransport) -> None:
    http.on("GET", page(row(body="Alert 12"), row(sid=OTHER_SID, body="Lunch?")))
    assert find(log, TEMPLATE) is None


def test_a_message_that_this_run_claimed_is_no_candidate_for_a_template(
    log: MessageLog, http: ScriptedTransport
) -> None:
    log.claims.add(OTHER_SID)
    http.on("GET", page(row(body="Alert 12"), row(sid=OTHER_SID, body="Lunch?")))
    assert find(log, TEMPLATE) == SID


# --- pages


@pytest.mark.parametrize("json", [{}, {"messages": None}, {"messages": {}}, {"calls": []}], ids=str)
def test_what_is_no_page_of_the_log_is_said_to_be_none(
    log: MessageLog, http: ScriptedTransport, json: dict[str, Any]
) -> None:
    http.on("GET", response(json))
    with pytest.raises(UnexpectedResponse, match="The response is not a message log"):
        log.page()


def test_a_page_is_read_once_and_not_repeated(log: MessageLog, http: ScriptedTransport) -> None:
    http.on("GET", SILENCE)
    with pytest.raises(CallError):
        log.page(PageSize="1")
    assert len(http.calls) == 1


def test_reading_ends_with_a_page_on_which_every_row_is_older(log: MessageLog, http: ScriptedTransport) -> None:
    before = rfc2822(NOON - 100)
    old, older = (row(sid=sid, date_created=before, date_sent=before) for sid in (OTHER_SID, "SM" + "3" * 32))
    http.on("GET", page(row(), old, next_page_uri=f"{LOG_URL}?Page=1"), page(older, next_page_uri=f"{LOG_URL}?Page=2"))
    assert [found["sid"] for found in log.rows_since(NOON - 50).rows] == [SID]
    assert len(http.calls) == 2


def test_a_page_of_messages_that_were_never_sent_does_not_end_the_reading(
    log: MessageLog, http: ScriptedTransport
) -> None:
    never_sent = row(sid=OTHER_SID, date_created=rfc2822(NOON - 100), date_sent=None)
    http.on("GET", page(never_sent, next_page_uri=f"{LOG_URL}?Page=1"), page(row()))
    assert [found["sid"] for found in log.rows_since(NOON - 50).rows] == [SID]


def test_a_page_of_rows_that_an_earlier_page_had_does_not_end_the_reading(
    log: MessageLog, http: ScriptedTransport
) -> None:
    http.on(
        "GET",
        page(row(), next_page_uri=f"{LOG_URL}?Page=1"),
        page(row(), next_page_uri=f"{LOG_URL}?Page=2"),  # as many came at its head meanwhile
        page(row(sid=OTHER_SID)),
    )
    assert [found["sid"] for found in log.rows_since(NOON - 50).rows] == [SID, OTHER_SID]


def test_a_conversation_is_read_from_the_persons_side_first(log: MessageLog, http: ScriptedTransport) -> None:
    http.on("GET", page(row(), server_time=NOON + 10), page(row(sid=OTHER_SID), server_time=NOON + 20))
    found = log.conversation_since(NOON - 50, TO)
    assert [(call.params.get("From"), call.params.get("To")) for call in http.calls] == [(TO, None), (None, TO)]
    assert ([each["sid"] for each in found.rows], found.complete_until) == ([SID, OTHER_SID], NOON + 9)


def test_the_rows_of_the_last_seconds_are_known_by_the_servers_clock(log: MessageLog, http: ScriptedTransport) -> None:
    http.on("GET", page(row(date_created=rfc2822(NOON - 50)), row(date_created=rfc2822(NOON - 70))))
    found = log.rows_of_last(60.0)
    assert len(found.rows) == 1
    assert found.server_time == NOON


@pytest.mark.parametrize(("server_time", "complete_until"), [(NOON, NOON - 1.0), (None, math.inf)])
def test_rows_of_the_second_in_which_the_log_is_read_may_not_be_complete(
    log: MessageLog, http: ScriptedTransport, server_time: float | None, complete_until: float
) -> None:
    http.on("GET", page(row(), server_time=server_time))
    assert log.rows_since(NOON - 50).complete_until == complete_until


@pytest.mark.parametrize(("repeat", "error"), [(True, ReadFailed), (False, CallError)])
def test_pages_are_repeated_unless_the_caller_repeats_them(
    log: MessageLog, http: ScriptedTransport, repeat: bool, error: type[Exception]
) -> None:
    http.on("GET", SILENCE)
    with pytest.raises(error):
        log.rows_since(NOON, repeat=repeat)
    assert (len(http.calls) > 1) == repeat
