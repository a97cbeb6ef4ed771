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
"""The action "list messages"."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.soar import SoarStore, StoreFault
from sandbox.soar.views import render_view
from sandbox.twilio import SHORT_CODE, Fault, File, Outcome
from sandbox.twilio.dates import iso8601
from tests.harness import E164, TO, Harness, Run


OTHER = "+15101112222"
HOUR = 3600.0


def bodies(run: Run) -> list[str]:
    return [row["body"] for row in run.result["data"]]


def fill(harness: Harness, messages: int, *, inbound: bool = False, gap_s: float = 1.0) -> None:
    """Put messages into the log, the newest first: "0" of now, "1" of a second ago, and so on."""
    now = harness.clock.time()
    for number in range(messages):
        created = now - number * gap_s
        if inbound:
            harness.twilio.receive(E164, harness.twilio.from_phone, str(number), created=created)
        else:
            harness.twilio.add_message(E164, str(number), created=created)


@pytest.fixture
def log(harness: Harness) -> Harness:
    """A log of messages from and to two people, one an hour: the oldest is "9", nine hours old, the newest "1"."""
    harness.twilio.outcomes.update({E164: Outcome("delivered", 0.0), OTHER: Outcome("delivered", 0.0)})
    for hours in range(9, 0, -1):
        person, created = (E164, OTHER)[hours % 2], harness.clock.time() - hours * HOUR
        if hours % 3:
            harness.twilio.receive(person, harness.twilio.from_phone, str(hours), created=created)
        else:
            harness.twilio.add_message(person, str(hours), created=created)
    return harness


def test_without_parameters_the_whole_log_is_listed_as_twilio_shows_it_the_newest_first(log: Harness) -> None:
    run = log.run("list messages", {})
    now = log.clock.time()
    assert bodies(run) == ["1", "2", "3", "4", "5", "6", "7", "8", "9"]
    assert run.result["data"] == [message.resource(now) for message in reversed(log.twilio.messages)]
    assert (run.status, run.message, run.summary) == ("success", "Message count: 9", {"message_count": 9})


def test_no_message_at_all_is_a_success(harness: Harness) -> None:
    run = harness.run("list messages", {})
    assert (run.status, run.message, run.summary) == ("success", "Message count: 0", {"message_count": 0})


def test_the_messages_are_shown_as_a_conversation(harness: Harness) -> None:
    harness.twilio.add_message(E164, "Isolate <b>host</b>?", created=harness.clock.time() - 60.0)
    harness.twilio.receive(E164, harness.twilio.from_phone, "yes & now")
    html = render_view(harness.run("list messages", {"phone": E164}).json, "list messages")
    assert "Isolate &lt;b&gt;host&lt;/b&gt;?" in html
    assert "yes &amp; now" in html


# --- whose, in which direction


@pytest.mark.parametrize("phone", [E164, TO, "(510) 111-2345", 5101112345])
def test_both_directions_of_a_person_are_merged_the_newest_first(log: Harness, phone: Any) -> None:
    assert bodies(log.run("list messages", {"phone": phone})) == ["2", "4", "6", "8"]


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("all", "2468"), ("inbound", "248"), ("outbound", "6"), ("Inbound ", "248"), ("", "2468"), (None, "2468")],
)
def test_the_direction_narrows_a_persons_messages(log: Harness, direction: Any, expected: str) -> None:
    run = log.run("list messages", {"phone": E164, "direction": direction}, checks_form=False)
    assert "".join(bodies(run)) == expected


@pytest.mark.parametrize(("direction", "expected"), [("inbound", "124578"), ("outbound", "369")])
def test_the_direction_narrows_the_whole_log(log: Harness, direction: str, expected: str) -> None:
    assert "".join(bodies(log.run("list messages", {"direction": direction}))) == expected


def test_messages_on_whatsapp_are_those_of_another_address(log: Harness) -> None:
    sender = log.twilio.account.senders.whatsapp_senders[0]
    log.twilio.receive(f"whatsapp:{E164}", sender, "on WhatsApp")
    assert bodies(log.run("list messages", {"phone": f"whatsapp:{TO}"})) == ["on WhatsApp"]
    assert bodies(log.run("list messages", {"phone": TO})) == ["2", "4", "6", "8"]


@pytest.mark.parametrize(
    ("phone", "address"),
    [
        ("12345", SHORT_CODE),
        (12345.0, SHORT_CODE),
        ("ACME Bank", "ACME Bank"),
        ("rcs:AcmeAgent", "rcs:AcmeAgent"),
        (f"RCS:{TO}", f"rcs:{E164}"),
        ("whatsapp:DE.1a2b3c", "whatsapp:DE.1a2b3c"),
        ("whatsapp:+52 1 55 1234 5678", "whatsapp:+5215512345678"),
        ("messenger:1234", "messenger:1234"),
    ],
)
def test_messages_of_short_codes_and_names_are_listed_as_the_log_shows_them(
    harness: Harness, phone: Any, address: str
) -> None:
    log, now = harness.twilio.log, harness.clock.time()
    received = Outcome("received", 0.0)
    log.add(log.draft(harness.twilio.from_phone, address, "one", now, direction="inbound", outcome=received))
    harness.twilio.add_message(E164, "another")
    assert bodies(harness.run("list messages", {"phone": phone}, checks_form=False)) == ["one"]


def test_a_row_whose_sid_is_garbled_or_missing_is_listed_too(harness: Harness) -> None:
    rows = [{"sid": "SM" + "1" * 32, "body": "one"}, {"sid": ["SM"], "body": "two"}, *({"body": text} for text in "34")]
    body = json.dumps({"messages": rows, "next_page_uri": None}).encode()
    harness.respond(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    assert sorted(bodies(harness.run("list messages", {}))) == ["3", "4", "one", "two"]


# --- when, how many


def test_start_and_end_time_are_both_included(log: Harness) -> None:
    times = {message.body: iso8601(message.created) for message in log.twilio.messages}
    run = log.run("list messages", {"start_time": times["6"], "end_time": times["3"]})
    assert bodies(run) == ["3", "4", "5", "6"]


def test_times_are_taken_as_the_rows_have_them(log: Harness) -> None:
    log.twilio.receive(E164, log.twilio.from_phone, "a second later", created=log.clock.time() - 3 * HOUR + 1.0)
    dates = {row["body"]: row["date_sent"] for row in log.run("list messages", {}).result["data"]}
    assert dates["3"].endswith(" +0000")
    assert bodies(log.run("list messages", {"start_time": dates["6"], "end_time": dates["3"]})) == ["3", "4", "5", "6"]


@pytest.mark.parametrize(("direction", "note"), [("inbound", False), ("all", True), ("outbound", True)])
def test_what_is_wanted_of_old_is_not_read_from_the_head_of_the_log(
    harness: Harness, direction: str, note: bool
) -> None:
    fill(harness, 1200, inbound=direction != "outbound", gap_s=60.0)
    harness.twilio.receive(E164, harness.twilio.from_phone, "old", created=harness.clock.time() - 30 * 24 * HOUR)
    harness.twilio.outcomes[E164] = Outcome("delivered", 0.0)
    harness.twilio.add_message(E164, "old", created=harness.clock.time() - 30 * 24 * HOUR)
    end = iso8601(harness.clock.time() - 20 * 24 * HOUR)
    run = harness.run("list messages", {"end_time": end, "direction": direction, "limit": 5})
    assert set(bodies(run)) == {"old"}
    assert ("Messages that were never sent have no date at Twilio, and are left out" in run.message) == note
    assert len(harness.twilio.requests) == 1


def test_what_is_younger_than_two_days_is_listed_though_it_was_never_sent(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("queued", 0.0)
    harness.twilio.add_message(E164, "queued", created=harness.clock.time() - 40 * HOUR)
    run = harness.run("list messages", {"end_time": iso8601(harness.clock.time() - 36 * HOUR)})
    assert (bodies(run), run.message) == (["queued"], "Message count: 1")


def test_a_date_alone_includes_its_whole_day(harness: Harness) -> None:
    noon = 1789819200.0  # 2026-09-19, 12:00 UTC
    for day in range(3):
        harness.twilio.receive(E164, harness.twilio.from_phone, str(day), created=noon + (day - 1) * 24 * HOUR)
    assert bodies(harness.run("list messages", {"start_time": "2026-09-19", "end_time": "2026-09-19"})) == ["1"]


@pytest.mark.parametrize(("phone", "shown"), [("", ["1", "2", "3"]), (E164, ["2", "4", "6"])])
def test_the_limit_keeps_the_newest_and_says_that_there_may_be_more(log: Harness, phone: str, shown: list[str]) -> None:
    run = log.run("list messages", {"phone": phone, "limit": " 3.0 "})
    assert bodies(run) == shown
    assert run.message == "Message count: 3. There may be more: the limit is 3"


@pytest.mark.parametrize("checks_form", [True, False], ids=["from the form", "from a playbook"])
def test_without_a_limit_a_hundred_are_listed(harness: Harness, checks_form: bool) -> None:
    fill(harness, 120, inbound=True)
    run = harness.run("list messages", {"limit": ""}, checks_form=checks_form)
    assert bodies(run) == [str(number) for number in range(100)]
    assert len(harness.twilio.requests) == 1


def test_a_message_that_is_on_its_way_is_never_missed(log: Harness) -> None:
    log.twilio.outcomes[E164] = Outcome("queued", 0.0)
    log.twilio.add_message(E164, "queued")
    start = iso8601(log.clock.time() - 2.5 * HOUR)
    run = log.run("list messages", {"phone": E164, "start_time": start})
    assert bodies(run) == ["queued", "2"]
    assert run.result["data"][0]["date_sent"] is None


# --- media in the vault


def test_media_in_the_vault_of_the_container_are_named_with_their_size(harness: Harness) -> None:
    store = SoarStore()
    message = harness.twilio.receive(E164, harness.twilio.from_phone, "look", media=[File(b"picture", "image/png")] * 2)
    harness.twilio.receive(E164, harness.twilio.from_phone, "nothing to see")
    harness.run("get media", {"message_sid": message.sid}, store=store)
    run = harness.run("list messages", {}, store=store)
    media = {row["body"]: row.get("media") for row in run.result["data"]}
    assert media == {
        "look": [{"file_name": file["name"], "size": 7, "vault_id": file["vault_id"]} for file in store.files],
        "nothing to see": None,
    }
    html = render_view(run.json, "list messages")
    assert f"{message.media[0].sid}.png" in html
    assert ", 7 bytes" in html


def test_a_vault_that_cannot_be_read_keeps_no_message_from_being_listed(harness: Harness) -> None:
    store = SoarStore()
    store.fail("vault_info", StoreFault.RAISES)
    harness.twilio.receive(E164, harness.twilio.from_phone, "look", media=[File(b"picture", "image/png")])
    run = harness.run("list messages", {}, store=store)
    assert (run.status, bodies(run)) == ("success", ["look"])


# --- pages


def test_further_pages_are_followed_until_the_limit(harness: Harness) -> None:
    fill(harness, 1200)
    run = harness.run("list messages", {"limit": 1100})
    assert bodies(run) == [str(number) for number in range(1100)]
    assert [request.query["PageSize"] for request in harness.twilio.requests] == ["1000", "1000"]


def test_reading_ends_at_the_start_time(harness: Harness) -> None:
    fill(harness, 3000, gap_s=10.0)
    start = next(message.created for message in harness.twilio.messages if message.body == "300")
    run = harness.run("list messages", {"start_time": iso8601(start), "limit": 1000})
    assert bodies(run) == [str(number) for number in range(301)]
    assert len(harness.twilio.requests) == 1


def test_no_filter_of_twilios_leaves_out_what_has_no_date_yet(log: Harness) -> None:
    log.run("list messages", {"phone": E164, "start_time": "2020-01-01", "end_time": "2040-01-01"})
    assert {name for request in log.twilio.requests for name in request.query} == {"To", "From", "PageSize"}


def test_faults_between_the_pages_are_sat_out(harness: Harness) -> None:
    fill(harness, 600, inbound=True)
    harness.fault(Fault.ERROR_503, "GET", skip=1)
    harness.fault(Fault.CUT_OFF_AFTER, "GET", skip=1)
    run = harness.run("list messages", {"direction": "inbound", "limit": 600})
    assert bodies(run) == [str(number) for number in range(600)]


def test_a_cancelled_run_stops_reading(harness: Harness) -> None:
    fill(harness, 1500)
    run = harness.run(
        "list messages",
        {"direction": "inbound"},
        watch=lambda app, line: app.cancel() if line.startswith("Messages read: 500,") else None,
    )
    assert (run.status, run.message) == ("failed", "The action was cancelled.")
    assert len(harness.twilio.requests) == 2


# --- wrong parameters


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"phone": "nobody I know"}, "The parameter 'phone' is wrong: 'nobody I know' "),
        ({"phone": "None"}, "The parameter 'phone' is wrong: 'None' "),
        ({"phone": "555-0123"}, "The parameter 'phone' is wrong: '555-0123' "),
        ({"phone": ["x"]}, "The parameter 'phone' is wrong: '[\"x\"]' "),
        ({"start_time": ["x"]}, "The parameter 'start_time' is wrong: '[\"x\"]' "),
        ({"start_time": "Mon, 31 Feb 2026 14:30:00 +0000"}, "The parameter 'start_time' is wrong: 'Mon, 31 Feb"),
        ({"direction": "up"}, "The parameter 'direction' is wrong: 'up' is not all, inbound or outbound."),
        ({"start_time": "yesterday"}, "The parameter 'start_time' is wrong: 'yesterday' is not a time in ISO 8601"),
        ({"end_time": "2026-13-01"}, "The parameter 'end_time' is wrong: '2026-13-01' is not a time in ISO 8601"),
        ({"end_time": "x", "start_time": "x", "direction": "up"}, "The parameter 'direction' is wrong: "),
        ({"limit": 0}, "The parameter 'limit' is wrong: '0' is not a number of messages from 1 to 10000."),
        ({"limit": "1.5"}, "The parameter 'limit' is wrong: '1.5' is not a whole number of messages."),
        ({"limit": "many"}, "The parameter 'limit' is wrong: 'many' is not a number of messages"),
        (
            {"start_time": "2026-11-23T12:00:01Z", "end_time": "2026-11-23T12:00Z"},
            "The parameter 'start_time' is later than 'end_time'",
        ),
    ],
)
def test_a_wrong_parameter_is_named_before_any_request(harness: Harness, parameters: dict[str, Any], says: str) -> None:
    run = harness.run("list messages", parameters, checks_form=False)
    assert run.status == "failed"
    assert run.message.startswith(says)
    assert harness.twilio.requests == []
