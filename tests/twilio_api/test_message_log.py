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

from collections.abc import Iterator
from typing import Any

import pytest

from tests.twilio_api.scripted_transport import (
    ACCOUNT_SID,
    BASE_URL,
    NOON,
    SILENCE,
    After,
    Scripted,
    response,
    rfc2822,
)
from twilio_api.creation import Attempt
from twilio_api.errors import CallError, UnexpectedResponse
from twilio_api.message_log import MessageLog
from twilio_api.messages import Draft, Message
from twilio_api.response import Response
from twilio_api.sender import Sender, SenderKind
from twilio_consts import TRIAL_PREFIX


LOG_URL = f"{BASE_URL}/Accounts/{ACCOUNT_SID}/Messages.json"
TO, FROM, BODY = "+15101112345", "+15101281337", "Page {1} & more"
SERVICE = "MG" + "0" * 32
SID, OTHER_SID = "SM" + "1" * 32, "SM" + "2" * 32
NUMBER_SENDER, SERVICE_SENDER = Sender(SenderKind.NUMBER, FROM), Sender(SenderKind.SERVICE, SERVICE)
DRAFT = Draft(TO, NUMBER_SENDER, BODY)
TEMPLATE = Draft(TO, NUMBER_SENDER, content_sid="HX" + "0" * 32)


def row(ago_s: float = 0.0, **changes: Any) -> dict[str, Any]:
    """A row of the log: the message that is searched for, but for the changes, created so long before noon."""
    created = rfc2822(NOON - ago_s)
    return {"sid": SID, "to": TO, "from": FROM, "body": BODY, "num_media": "0", "date_created": created, **changes}


def other(ago_s: float = 0.0, **changes: Any) -> dict[str, Any]:
    """A row with another SID."""
    return row(ago_s, **{"sid": OTHER_SID, **changes})


def page(*rows: Any, server_time: float | None = NOON, **fields: Any) -> Response:
    """A page of the log, newest first, that the server shows at noon."""
    return response({"messages": list(rows), **fields}, server_time=server_time)


class Logged(Scripted):
    """A message log. The search begins ten seconds after the client was made."""

    def __init__(self) -> None:
        super().__init__()
        self.log = MessageLog(self.client)
        self.clock.advance(10.0)

    def find(self, *rows: Any, draft: Draft = DRAFT, left_s: float = 0.0, failed_s: float = 0.0) -> str | None:
        """Return the SID that is found for a call that left and failed so many seconds ago, on a page of these rows."""
        if rows:
            self.http.on("GET", page(*rows))
        found: Message | None = self.run(self.log.find(draft, Attempt(self.now - left_s, self.now - failed_s)))
        if found is None:
            return None
        self.client.claimed.add(found.sid)
        return found.sid


@pytest.fixture
def logged() -> Iterator[Logged]:
    with Logged() as made:
        yield made


# --- what is searched for


def test_the_log_is_asked_once_for_recipient_and_sender(logged: Logged) -> None:
    logged.find(row())
    (call,) = logged.http.calls
    assert (call.url, call.params) == (LOG_URL, {"To": TO, "From": FROM, "PageSize": "50"})


def test_a_services_messages_are_searched_for_by_recipient_alone(logged: Logged) -> None:
    of_service = {**row(), "from": None, "messaging_service_sid": SERVICE}
    assert logged.find(of_service, draft=Draft(TO, SERVICE_SENDER, BODY)) == SID
    assert logged.http.calls[0].params == {"To": TO, "PageSize": "50"}


def test_the_row_is_found_as_it_is(logged: Logged) -> None:
    as_it_is = row(status="sending", price=None)
    logged.http.on("GET", page(as_it_is))
    assert logged.run(logged.log.find(DRAFT, Attempt(logged.now, logged.now))) == (SID, as_it_is)


@pytest.mark.parametrize(
    "changes",
    [
        {"body": f"{BODY}!"},
        {"body": f"Re: {BODY}"},
        {"body": None},
        {"num_media": "1"},
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
def test_another_message_is_not_taken_for_this_one(logged: Logged, changes: dict[str, Any]) -> None:
    assert logged.find(row(**changes)) is None


def test_rows_that_are_no_messages_do_no_harm(logged: Logged) -> None:
    assert logged.find(None, 1, [], {}, "x", row()) == SID


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (BODY, f"{TRIAL_PREFIX}{BODY}"),
        ("\u201cDisk\u201d isn\u2019t full \u2013 yet\u2026", '"Disk" isn\'t full - yet...'),
        ("  Disk full \n", "Disk full"),
        ("Disk\r\nfull\rnow", "Disk\nfull\nnow"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("Disk\u00a0full\u200b", "Disk full"),
    ],
    ids=["trial prefix", "smart encoding", "blanks at the ends", "line ends", "composed letters", "invisible"],
)
def test_a_text_is_known_as_twilio_stores_it(logged: Logged, sent: str, stored: str) -> None:
    assert logged.find(row(body=stored), draft=Draft(TO, NUMBER_SENDER, sent)) == SID


@pytest.mark.parametrize(
    ("media", "num_media", "found"), [(2, "2", SID), (2, "0", None), (0, "2", None), (0, None, SID)]
)
def test_a_text_is_not_known_by_its_words_alone_but_also_by_the_number_of_its_media(
    logged: Logged, media: int, num_media: str | None, found: str | None
) -> None:
    draft = DRAFT._replace(media_urls=("https://example.com/map.png",) * media)
    assert logged.find(row(num_media=num_media), draft=draft) == found


# --- when it was created, by the clock of the page


@pytest.mark.parametrize(
    ("ago_s", "left_s", "is_own"),
    [
        (0, 0.0, True),
        (3, 3.0, True),  # created at once, found three seconds later
        (1, 3.0, True),
        (1, 0.0, True),  # Twilio's edge and its backend are two clocks
        (4, 3.9, True),  # Twilio dates in whole seconds: within the second of the attempt
        (5, 3.9, True),  # and within the second before, by the other clock
        (6, 3.9, False),
        (2, 0.0, False),
        (60, 10.0, False),
        (-1, 0.0, True),
    ],
)
def test_only_a_message_created_since_the_call_left_is_ones_own(
    logged: Logged, ago_s: int, left_s: float, is_own: bool
) -> None:
    assert logged.find(row(ago_s), left_s=left_s) == (SID if is_own else None)


@pytest.mark.parametrize("skew_s", [-86400.0, 0.0, 86400.0])
def test_the_local_clock_may_be_wrong(logged: Logged, skew_s: float) -> None:
    logged.client.time = lambda: NOON + skew_s
    assert logged.find(row(), other(60)) == SID


@pytest.mark.parametrize("server_time", [None, 0.0, NOON - 300.0, NOON - 2.0])
def test_a_page_whose_clock_cannot_be_trusted_proves_nothing(logged: Logged, server_time: float | None) -> None:
    """A proxy that is five minutes slow, and a gateway that shows 1970, date neither rows nor the attempt."""
    logged.http.on("GET", page(row(), other(240), server_time=server_time))
    with pytest.raises(UnexpectedResponse, match="The date of the response is missing, or does not fit Twilio's log"):
        logged.find()


def test_the_message_of_minutes_ago_is_not_found_by_an_empty_head_of_the_log(logged: Logged) -> None:
    assert logged.find(other(240)) is None


@pytest.mark.parametrize("slip_s", [-0.9, -0.5, 0.0, 0.5, 0.9])
@pytest.mark.parametrize("tenth", range(0, 10, 3))
def test_rows_may_be_dated_by_another_clock_than_responses(logged: Logged, slip_s: float, tenth: int) -> None:
    """However the moment lies within the second, and whichever of the two clocks is ahead."""
    edge = NOON + tenth / 10
    created = rfc2822(int(edge - 0.5 + slip_s))
    logged.http.on("GET", page(row(date_created=created), server_time=float(int(edge))))
    assert logged.find(left_s=0.5) == SID


# --- which of several


def test_the_message_created_closest_to_the_attempt_is_taken(logged: Logged) -> None:
    assert logged.find(other(1), row(3), left_s=3.0) == SID


def test_another_runs_message_right_before_the_attempt_is_not_taken(logged: Logged) -> None:
    assert logged.find(row(4), other(5), left_s=4.0) == SID


def test_a_page_that_took_its_time_makes_no_message_of_seconds_before_ones_own(logged: Logged) -> None:
    logged.http.on("GET", After(3.0, page(row(3), other(6))))
    assert logged.find() == SID


def test_a_page_that_was_dated_long_before_it_came_makes_no_message_of_seconds_before_ones_own(logged: Logged) -> None:
    logged.http.on("GET", After(9.0, page(row(5), other(12))))
    assert logged.find(left_s=5.0) == SID


def test_a_page_that_took_long_is_read_by_the_clock_that_others_showed(logged: Logged) -> None:
    logged.http.on("GET", page())
    logged.run(logged.log.page())
    logged.http.on("GET", After(9.0, page(other(12))))
    assert logged.find(left_s=5.0) is None


def test_a_clock_that_was_put_right_is_believed_again(logged: Logged) -> None:
    logged.http.on("GET", page(server_time=NOON + 300.0))
    logged.run(logged.log.page())
    assert logged.find(row()) == SID


def test_of_several_of_the_same_second_the_oldest_is_taken(logged: Logged) -> None:
    assert logged.find(other(), row()) == SID


def test_each_message_is_claimed_once_in_a_run(logged: Logged) -> None:
    assert {logged.find(row(), other()), logged.find(row(), other())} == {SID, OTHER_SID}
    assert logged.find(row(), other()) is None


def test_a_message_that_was_accepted_before_is_not_found_again(logged: Logged) -> None:
    logged.client.claimed.add(SID)
    assert logged.find(row()) is None


# --- a text that Twilio makes


def test_a_template_is_known_by_recipient_sender_and_time(logged: Logged) -> None:
    assert logged.find(row(body="Alert 12 on host 7"), draft=TEMPLATE) == SID


def test_a_template_is_not_found_where_another_message_could_be_meant(logged: Logged) -> None:
    assert logged.find(row(body="Alert 12"), other(body="Lunch?"), draft=TEMPLATE) is None


def test_a_message_that_this_run_claimed_is_no_candidate_for_a_template(logged: Logged) -> None:
    logged.client.claimed.add(OTHER_SID)
    assert logged.find(row(body="Alert 12"), other(body="Lunch?"), draft=TEMPLATE) == SID


@pytest.mark.parametrize(("ago_s", "found"), [(10, SID), (9, SID), (8, SID), (7, None), (6, None), (0, None)])
def test_what_another_run_sends_after_the_call_failed_is_not_taken_for_a_template(
    logged: Logged, ago_s: int, found: str | None
) -> None:
    pizza = row(ago_s, body="Your pizza is here")
    assert logged.find(pizza, draft=TEMPLATE, left_s=9.0, failed_s=8.5) == found


@pytest.mark.parametrize("recipient", [TO, f"whatsapp:{TO}"])
def test_while_one_template_to_a_person_is_unresolved_no_other_is_taken(logged: Logged, recipient: str) -> None:
    logged.log.note_unresolved(recipient)
    assert logged.find(row(body="Alert 12"), draft=TEMPLATE) is None
    assert logged.find(row(), draft=DRAFT) == SID


# --- pages


@pytest.mark.parametrize("json", [{}, {"messages": None}, {"messages": {}}, {"calls": []}], ids=str)
def test_what_is_no_page_of_the_log_is_said_to_be_none(logged: Logged, json: dict[str, Any]) -> None:
    logged.http.on("GET", response(json))
    with pytest.raises(UnexpectedResponse, match="The response is not a message log"):
        logged.run(logged.log.page())


def test_a_page_is_read_once_and_not_repeated(logged: Logged) -> None:
    logged.http.on("GET", SILENCE)
    with pytest.raises(CallError):
        logged.run(logged.log.page(PageSize="1"))
    assert len(logged.http.calls) == 1
