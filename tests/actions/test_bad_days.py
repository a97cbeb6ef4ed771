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
"""Bad days, as whole actions meet them: outages, silence, junk, and what is said of each."""

from __future__ import annotations

import itertools
import re
import zlib
from typing import Any

import pytest

from sandbox.memory_transport import REFUSED, MemoryRequest, Trouble
from sandbox.raw_server import http_response
from sandbox.twilio import CONTENT_SID, Fault, Outcome, RecordedRequest
from tests.harness import E164, TEXT, TO, Harness, Run, people
from tests.tables import for_each
from tests.words import invites


UNTRUSTED = Trouble(refusal="its TLS certificate is not trusted", is_transient=False)


def messages(run: Run) -> list[str]:
    """The message of each result."""
    return [str(result["message"]) for result in run.results]


# --- what a result says never contradicts itself, nor invites to send twice what may have been sent


def test_a_message_that_may_have_been_taken_is_never_reported_as_not_sent(harness: Harness) -> None:
    """Taken, a response without a body, then refused connections while the log is searched."""
    taken = Trouble(response=http_response(b"", "201 Created"))
    harness.network.trouble = lambda request: taken if request.is_create else REFUSED
    run = harness.send()
    assert run.outcomes == ["unknown"]
    assert "It cannot be known whether Twilio took the message; it was not sent again" in run.message
    assert "the connection was refused" in run.message
    assert not invites(run.message)


# --- whatever a server sends, nobody's message is forgotten

JUNK: dict[str, bytes] = {
    "a Location that no parser takes": http_response(b"", "302 Found", "Location: http://[half-an-address"),
    "a Location of another protocol": http_response(b"", "302 Found", "Location: file:///etc/passwd"),
    "no status line": b"Hello there\r\n\r\n",
    "a status that is no number": b"HTTP/1.1 OK\r\n\r\n",
    "an endless header": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    "ten thousand headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
    "a page on which parsers assert": http_response(b"<html><![x<!-", "502 Bad Gateway", "Content-Type: text/html"),
    "a number of 5,000 digits": http_response(b'{"sid": ' + b"9" * 5000 + b"}", "201 Created"),
    "broken gzip": http_response(b"no gzip", "201 Created", "Content-Encoding: gzip"),
    "a bomb": http_response(zlib.compress(b" " * 9_000_000), "201 Created", "Content-Encoding: deflate"),
    "an encoding that nobody knows": http_response(b"{}", "201 Created", "Content-Encoding: sdch"),
    "a charset that nobody knows": http_response(b"{}", "201 Created", "Content-Type: text/html; charset=x-none"),
    "a charset without a name": http_response(b"<p>", "201 Created", "Content-Type: text/html; charset"),
    "a dead chunk length": b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n",
    "a negative length": b"HTTP/1.1 201 Created\r\nContent-Length: -5\r\n\r\n{}",
    "JSON that nests without end": http_response(b'{"sid":' * 50_000, "201 Created"),
    "a resource without a SID": http_response(b'{"status": "queued"}', "201 Created"),
}


@pytest.mark.parametrize("kind", JUNK)
def test_junk_ends_in_its_result_and_nobody_is_forgotten(harness: Harness, kind: str) -> None:
    junk = Trouble(lost_before=True, response=JUNK[kind])
    harness.network.trouble = lambda request: junk if request.is_create else None
    run = harness.send()
    assert run.outcomes == ["unknown"]
    assert [request.is_create for request in harness.network.calls].count(True) == 1
    assert "cannot be known" in run.message
    assert "Traceback" not in run.everything()
    assert "Internal error" not in run.everything()


def test_junk_after_acceptance_never_loses_the_sid(harness: Harness) -> None:
    responses = itertools.cycle(JUNK.values())
    harness.network.trouble = lambda request: None if request.is_create else Trouble(response=next(responses))
    run = harness.send()
    assert (run.status, run.outcomes) == ("success", ["unconfirmed"])
    assert run.row["sid"] == harness.twilio.messages[0].sid


# --- an outage of ten seconds costs nobody their page


def test_a_short_outage_at_the_start_costs_nobody_their_page(harness: Harness) -> None:
    harness.refuse_connections(23.0)
    run = harness.send_all(people(20))
    assert run.outcomes == ["delivered"] * 20
    assert len(harness.twilio.messages) == 20


def test_a_short_outage_in_the_middle_costs_nobody_their_page(harness: Harness) -> None:
    harness.twilio.log.outcome = Outcome("delivered", 15.0)
    harness.network.round_trip_s = 0.5
    harness.clock.call_later(1.1, lambda: harness.refuse_connections(10.5))
    run = harness.send_all(people(20))
    assert run.outcomes == ["delivered"] * 20
    assert len(harness.twilio.messages) == 20


def test_calls_that_an_outage_cuts_are_found_again(harness: Harness) -> None:
    harness.network.round_trip_s = 0.5
    began = harness.clock.monotonic()

    def trouble(request: MemoryRequest) -> Trouble | None:
        at = request.at - began
        return Trouble(lost=True) if 0.3 < at < 0.6 else REFUSED if 0.6 <= at < 11.0 else None

    harness.network.trouble = trouble
    run = harness.send_all(people(20))
    assert run.outcomes == ["delivered"] * 20
    assert len(harness.twilio.messages) == 20


def test_a_twilio_that_stays_away_is_given_up_after_25_seconds_for_all(harness: Harness) -> None:
    harness.refuse_connections(3600.0)
    run = harness.send_all(people(20))
    assert run.outcomes == ["not_sent"] * 20
    assert 20.0 < run.seconds < 25.0 + 15.0
    assert messages(run)[0].endswith("and run the action again.")
    for message in messages(run)[1:]:
        assert "the connection was refused" in message
        assert "Nothing was sent" in message


@pytest.mark.parametrize(
    "trouble",
    [REFUSED, Trouble(fault=Fault.ERROR_503), Trouble(fault=Fault.HTML_403_BEFORE), Trouble(fault=Fault.HANG_BEFORE)],
    ids=["refused", "503", "blocked", "silent"],
)
def test_a_list_that_is_down_keeps_nobody_from_being_paged(harness: Harness, trouble: Trouble) -> None:
    """The one response that is lost cannot be searched for."""
    lost = iter([Trouble(lost=True)])
    harness.network.trouble = lambda request: (
        next(lost, None) if request.is_create else trouble if request.path.endswith("/Messages.json") else None
    )
    assert harness.send_all(people(20)).outcomes == ["unknown"] + ["delivered"] * 19


@pytest.mark.parametrize("stands_still_at", [0.1, 0.4, 0.65])
def test_a_machine_that_stands_still_keeps_nobody_from_being_paged(harness: Harness, stands_still_at: float) -> None:
    """Its connections do not outlast it."""
    harness.network.round_trip_s = 0.15
    harness.clock.call_later(stands_still_at, lambda: harness.clock.advance(30.0))
    harness.network.trouble = lambda request: (
        Trouble(lost=True, response_s=1.0) if 0.0 <= stands_still_at - request.at < 0.15 else None
    )
    assert harness.send_all(people(40)).outcomes == ["delivered"] * 40


def test_a_gateways_clock_of_1970_makes_no_message_of_minutes_ago_ones_own(harness: Harness) -> None:
    for to in people(20):
        harness.twilio.add_message(f"+1{to}" if to[0] != "+" else to, TEXT, created=harness.clock.now - 240.0)
    body = b'{"code": 10000, "message": "Bad gateway"}'
    gateway = http_response(body, "502 Bad Gateway", "Date: Thu, 01 Jan 1970 00:00:00 GMT")
    harness.network.trouble = lambda request: Trouble(lost_before=True, response=gateway) if request.is_create else None
    run = harness.send_all(people(20))
    assert set(run.outcomes) <= {"unknown", "not_sent"}


def test_what_another_run_writes_after_a_template_failed_is_not_taken_for_it(harness: Harness) -> None:
    harness.network.trouble = lambda request: Trouble(lost_before=True) if request.is_create else None
    harness.clock.call_later(2.5, lambda: harness.twilio.add_message(E164, "Your pizza is here"))
    run = harness.run("send template", {"to_phone": TO, "content_sid": CONTENT_SID})
    assert (run.outcomes, run.result["data"]) == (["unknown"], [])


def test_everybody_in_the_queue_of_one_number_is_followed(harness: Harness) -> None:
    """One US long code lets go of one segment a second."""
    harness.twilio.log.segments_per_s = 1.0
    run = harness.send_all(people(100))
    assert run.outcomes == ["delivered"] * 100
    assert run.seconds < 101.0 + 15.0
    waiting = [int(found[1]) for line in run.lines if (found := re.search(r", (\d+) of them in Twilio's queue", line))]
    assert waiting[1:] == sorted(waiting[1:], reverse=True)
    assert max(waiting) > 90 > 10 > waiting[-1]


def test_a_proxy_that_lets_two_calls_through_at_a_time_leaves_nobody_out(harness: Harness) -> None:
    """Each person's call may be turned away for longer than an outage lasts, while others get through."""
    free_at = [0.0, 0.0]

    def trouble(request: MemoryRequest) -> Trouble:
        place = min((0, 1), key=lambda number: free_at[number])
        if free_at[place] > request.at:
            return REFUSED
        free_at[place] = request.at + 1.0
        return Trouble(response_s=1.0)

    harness.network.trouble = trouble
    assert harness.send_all(people(60)).outcomes == ["delivered"] * 60


def test_a_machine_that_is_out_of_threads_for_a_while_leaves_nobody_out(harness: Harness) -> None:
    no_thread = Trouble(refusal="no thread could be started")
    harness.network.trouble = lambda request: no_thread if request.at < 15.0 else None
    assert harness.send_all(people(20)).outcomes == ["delivered"] * 20


# --- accepted, then silence


def silence(harness: Harness, begin_s: float, end_s: float) -> None:
    """Let reads hang from so many seconds after the first message was created."""

    def choose(request: RecordedRequest) -> Fault | None:
        age = request.time - harness.twilio.messages[0].created if harness.twilio.messages else 0.0
        return Fault.HANG_BEFORE if request.method == "GET" and begin_s <= age < end_s else None

    harness.twilio.faults.choose = choose


@pytest.mark.parametrize("recipients", [1, 20])
def test_after_21_seconds_of_silence_accepted_messages_are_polled_again(harness: Harness, recipients: int) -> None:
    silence(harness, 0.5, 22.0)
    harness.twilio.log.outcome = Outcome("delivered", 3.0)
    run = harness.send_all(people(recipients))
    assert run.outcomes == ["delivered"] * recipients


@pytest.mark.parametrize("recipients", [1, 20])
def test_the_poll_at_the_end_of_the_minute_is_always_made(harness: Harness, recipients: int) -> None:
    silence(harness, 0.5, 57.0)
    harness.twilio.log.outcome = Outcome("delivered", 40.0)
    run = harness.send_all(people(recipients))
    assert run.outcomes == ["delivered"] * recipients


# --- a partial outage ends


def test_create_calls_that_hang_while_reads_work_end_the_run(harness: Harness) -> None:
    harness.twilio.faults.choose = lambda request: Fault.HANG_BEFORE if request.method == "POST" else None
    run = harness.send_all(people(40))
    assert run.seconds < 25.0 + 15.0 + 60.0
    tried = len(harness.requests("POST"))
    assert tried <= 10
    assert run.outcomes.count("unknown") == tried
    assert run.outcomes.count("not_sent") == 40 - tried
    assert "accepted no message or call for 25 seconds" in messages(run)[-1]


def test_what_was_taken_although_create_calls_hang_is_found(harness: Harness) -> None:
    harness.twilio.faults.choose = lambda request: Fault.HANG_AFTER if request.method == "POST" else None
    run = harness.send_all(people(40))
    assert run.outcomes == ["delivered"] * 40
    assert len(harness.requests("POST")) == 40
    assert run.seconds <= 10.0 * (2 + 40 / 8)  # the first one, then eight at a time
    assert {row["sid"] for result in run.results for row in result["data"]} == {m.sid for m in harness.twilio.messages}


def test_create_calls_that_are_turned_away_while_reads_work_end_the_run(harness: Harness) -> None:
    harness.twilio.faults.choose = lambda request: (
        Fault.TOO_MANY if request.method == "POST" and len(harness.twilio.messages) >= 3 else None
    )
    harness.twilio.log.outcome = Outcome("delivered", 40.0)
    run = harness.send_all(people(40))
    delivered = len(harness.twilio.messages)
    assert 3 <= delivered <= 3 + 8  # calls that were under way
    assert run.outcomes.count("delivered") == delivered
    assert run.outcomes.count("not_sent") == 40 - delivered
    assert run.seconds < 25.0 + 15.0 + 60.0


# --- a proxy that turns calls away with a page


@pytest.mark.parametrize("methods", [["POST"], ["POST", "GET"]], ids=["create calls", "all calls"])
def test_a_proxy_that_turns_calls_away_is_reported_to_everybody_whose_call_it_met(
    harness: Harness, methods: list[str]
) -> None:
    for method in methods:
        harness.fault(Fault.HTML_403_BEFORE, method, times=999)
    run = harness.send_all(people(40))
    tried = len(harness.requests("POST"))
    assert (run.outcomes.count("unknown"), run.outcomes.count("not_sent")) == (tried, 40 - tried)
    assert all("Access Denied" in message for message in messages(run))
    assert run.seconds < 40.0


def test_what_was_taken_although_a_proxy_keeps_the_responses_is_found(harness: Harness) -> None:
    harness.fault(Fault.HTML_403_AFTER, "POST", times=999)
    run = harness.send_all(people(10))
    assert run.outcomes == ["delivered"] * 10
    assert len(harness.twilio.messages) == len(harness.requests("POST")) == 10


# --- two messages to one person


def test_a_lost_template_is_not_mixed_up_with_another_one_to_the_same_person(harness: Harness) -> None:
    harness.twilio.latency_s = 0.2
    harness.fault(Fault.RESET_AFTER, skip=1, times=2)
    parameters = {"content_sid": CONTENT_SID, "content_variables": '{"1": "12", "2": "host 7"}'}
    run = harness.run("send template", *({"to_phone": to, **parameters} for to in ["+15102000000", TO, TO]))
    assert run.outcomes == ["delivered"] * 3
    assert len({row["sid"] for result in run.results for row in result["data"]}) == 3


# --- a delivery is noticed in time, whatever a round trip takes


@for_each("delivered_s", [1.0, 2.2, 6.4])
def test_at_300_ms_a_round_trip_a_delivery_is_noticed_in_time(delivered_s: float) -> None:
    harness = Harness(round_trip_s=0.3, outcome=Outcome("delivered", delivered_s))
    run = harness.send()
    (message,) = harness.twilio.messages
    noticed_s = harness.requests("GET")[-1].time - message.created
    assert run.message == "Message delivery status: delivered"
    assert noticed_s - delivered_s <= max(0.3, 0.2 * delivered_s) + 0.3


# --- the cause is kept


def test_what_a_proxy_said_and_for_how_long_is_reported_to_everybody(harness: Harness) -> None:
    page = b"<html><title>Blocked</title><h1>Access Denied, policy 12</h1></html>"
    harness.respond(http_response(page, "503 Service Unavailable", "X: y"))
    run = harness.send_all(people(30))
    assert all("Access Denied, policy 12" in message for message in messages(run))
    assert set(run.outcomes) <= {"unknown", "not_sent"}
    assert {found for message in messages(run) for found in re.findall(r"for (\d+) seconds", message)} == {"25"}


@pytest.mark.parametrize("fault", [Fault.QUEUE_FULL, Fault.RESET_BEFORE], ids=lambda fault: fault.name)
def test_the_test_of_the_asset_says_whether_its_message_was_sent(harness: Harness, fault: Fault) -> None:
    harness.fault(fault)
    run = harness.test_connectivity(to_phone=TO)
    assert run.outcomes == ["not_sent" if fault is Fault.QUEUE_FULL else "unknown"]


# --- nobody waits in silence


def test_each_repetition_is_shown_with_its_cause(harness: Harness) -> None:
    harness.refuse_connections(10.0)
    run = harness.send()
    repeated = [line for line in run.lines if "The request is repeated for up to 25 seconds in all" in line]
    assert len(repeated) >= 3
    assert "the connection was refused" in repeated[0]
    assert run.silence_s < 10.0


@pytest.mark.parametrize("trouble", [UNTRUSTED, REFUSED])
def test_a_repetition_is_shown_only_where_one_follows(harness: Harness, trouble: Trouble) -> None:
    harness.network.trouble = lambda request: trouble
    run = harness.send()
    assert sum("The request is repeated" in line for line in run.lines) == len(harness.network.calls) - 1


@pytest.mark.parametrize(
    ("action", "parameters"),
    [("test connectivity", {}), ("get message", {"message_sid": "SM" + "7" * 32}), ("list messages", {})],
)
def test_on_a_wrong_network_a_read_shows_that_it_repeats_and_then_what_to_check(
    harness: Harness, action: str, parameters: dict[str, Any]
) -> None:
    harness.network.trouble = lambda request: REFUSED
    run = harness.run(action, parameters)
    cause = "Could not connect to api.twilio.com: the connection was refused."
    assert run.message == f"{cause} Check base_url of the asset, and the network and proxy of this machine."
    assert run.lines.count(f"{cause} The request is repeated for up to 25 seconds in all") >= 3
    assert run.silence_s < 10.0


def test_the_search_for_a_message_is_shown_with_its_cause(harness: Harness) -> None:
    harness.fault(Fault.ERROR_500_BEFORE)
    run = harness.send()
    (searching,) = [line for line in run.lines if "Searching Twilio's message log for the message" in line]
    assert '"code": 20500' in searching


def test_a_cause_and_what_is_done_about_it_are_two_sentences(harness: Harness) -> None:
    harness.fault(Fault.EMPTY_AFTER)
    run = harness.send()
    searching = "Status Code: 201. The response is empty. Searching Twilio's message log for the message"
    assert searching in run.lines


def test_a_run_of_many_shows_how_it_stands_while_calls_are_repeated(harness: Harness) -> None:
    harness.twilio.faults.choose = lambda request: (
        Fault.TOO_MANY if request.method == "POST" and len(harness.twilio.messages) >= 2 else None
    )
    run = harness.send_all(people(10))
    assert run.silence_s < 4.0
