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
"""The promises on trust, each proven in whole actions: never twice, never lost, always an end, no secret anywhere."""

from __future__ import annotations

import base64
import logging
from pathlib import Path

import pytest
import trustme

from sandbox.memory_transport import DEAD, REFUSED, SILENT, Trouble
from sandbox.raw_server import http_response, server_context
from sandbox.twilio import Fault, Outcome
from tests.harness import E164, TEXT, TO, Harness, ServedHarness
from tests.tables import for_each


TAKEN = [fault for fault in Fault if fault.is_processed]
REPEATABLE = [Fault.TOO_MANY, Fault.TOO_MANY_RETRY_AFTER]
TURNED_DOWN = [Fault.QUEUE_FULL]
UNKNOWN = [fault for fault in Fault if not fault.is_processed and fault not in REPEATABLE + TURNED_DOWN]


# --- never twice


@pytest.mark.parametrize("fault", TAKEN, ids=lambda fault: fault.name)
def test_a_message_that_twilio_took_in_spite_of_a_fault_is_found_and_followed(harness: Harness, fault: Fault) -> None:
    harness.fault(fault)
    run = harness.send()
    (message,) = harness.twilio.messages
    assert (run.message, run.row["sid"]) == ("Message delivery status: delivered", message.sid)
    assert len(harness.requests("POST")) == 1


@pytest.mark.parametrize("fault", UNKNOWN, ids=lambda fault: fault.name)
def test_a_message_whose_outcome_is_unknown_is_not_sent_again(harness: Harness, fault: Fault) -> None:
    harness.fault(fault)
    run = harness.send()
    assert (run.status, run.summary, run.result["data"]) == ("failed", {"outcome": "unknown"}, [])
    assert "cannot be known" in run.message
    assert "not sent again" in run.message
    assert len(harness.requests("POST")) == 1


@pytest.mark.parametrize("fault", REPEATABLE, ids=lambda fault: fault.name)
def test_a_call_that_twilio_turned_away_unread_is_repeated(harness: Harness, fault: Fault) -> None:
    harness.fault(fault, times=2)
    run = harness.send()
    assert run.message == "Message delivery status: delivered"
    assert len(harness.twilio.messages) == 1


@pytest.mark.parametrize("fault", TURNED_DOWN, ids=lambda fault: fault.name)
def test_a_refusal_is_neither_repeated_nor_searched_for(harness: Harness, fault: Fault) -> None:
    harness.fault(fault)
    run = harness.send()
    assert (run.status, run.summary) == ("failed", {"outcome": "not_sent"})
    assert [request.method for request in harness.twilio.requests] == ["POST"]


def test_a_gateways_page_is_reported_by_its_visible_text(harness: Harness) -> None:
    harness.fault(Fault.HTML_502_BEFORE)
    assert harness.send().message.startswith("Status Code: 502. Data from server: 502 Bad Gateway")


def test_a_server_error_is_shown_before_its_outcome(harness: Harness) -> None:
    harness.fault(Fault.ERROR_500_BEFORE)
    message = harness.send().message
    assert message.startswith('Error from server. Status Code: 500 Data from server: {"code": 20500')


def test_a_proxys_page_is_shown_before_its_outcome(harness: Harness) -> None:
    harness.fault(Fault.HTML_403_BEFORE)
    run = harness.send()
    assert run.message.startswith("Status Code: 403. Data from server: Access Denied Your organization's policy")
    assert "Twilio's message log does not show it for certain. Search there" in run.message


def test_an_equal_text_of_minutes_before_is_not_taken_for_this_one(harness: Harness) -> None:
    harness.twilio.add_message(to=E164, body=TEXT, created=harness.clock.time() - 180.0)
    harness.fault(Fault.RESET_BEFORE)
    assert "cannot be known" in harness.send().message


@pytest.mark.parametrize("fault", [Fault.ERROR_503, Fault.HTML_502_BEFORE, Fault.RESET_BEFORE], ids=lambda it: it.name)
def test_an_equal_text_of_another_run_while_a_connection_was_opened_is_not_taken_for_this_one(
    harness: Harness, fault: Fault
) -> None:
    harness.network.trouble = lambda request: Trouble(connect_s=3.5, fault=fault) if request.is_create else None
    harness.clock.call_later(0.5, lambda: harness.twilio.add_message(E164, TEXT))
    assert "cannot be known" in harness.send().message


@for_each("skew_s", [-86400.0, 86400.0])
def test_a_wrong_local_clock_does_no_harm(skew_s: float) -> None:
    harness = Harness(skew_s=skew_s)
    harness.twilio.add_message(to=E164, body=TEXT, created=harness.clock.time() - 180.0)
    harness.fault(Fault.RESET_AFTER)
    run = harness.send()
    assert run.row["sid"] == harness.twilio.messages[-1].sid


def test_equal_texts_in_one_run_are_each_claimed_once(harness: Harness) -> None:
    harness.fault(Fault.RESET_AFTER, times=3)
    run = harness.send_all([TO, TO, TO, TO])
    sids = [result["data"][0]["sid"] for result in run.results]
    assert sorted(sids) == sorted(message.sid for message in harness.twilio.messages)
    assert len(set(sids)) == 4


def test_a_message_accepted_before_is_not_claimed_by_an_equal_one_that_was_lost(harness: Harness) -> None:
    harness.fault(Fault.RESET_BEFORE, skip=1)
    run = harness.send_all([TO, TO])
    assert [result["status"] for result in run.results] == ["success", "failed"]
    assert "cannot be known" in run.results[1]["message"]


def test_a_trial_accounts_prefix_does_not_hide_the_message() -> None:
    harness = Harness(account_type="Trial")
    harness.fault(Fault.RESET_AFTER)
    assert harness.send().message == "Message delivery status: delivered"


def test_a_message_log_that_lags_is_searched_again(harness: Harness) -> None:
    harness.twilio.log_lag_s = 2.0
    harness.fault(Fault.RESET_AFTER)
    assert harness.send().message == "Message delivery status: delivered"


def test_a_message_log_that_fails_leaves_the_outcome_unknown(harness: Harness) -> None:
    harness.fault(Fault.RESET_AFTER)
    harness.fault(Fault.ERROR_503, "GET", times=99, path="Messages.json")
    run = harness.send()
    assert run.status == "failed"
    assert "cannot be known" in run.message
    assert "Twilio's message log could not be read" in run.message
    assert len(harness.twilio.messages) == 1


def test_a_connection_that_was_refused_is_tried_again(harness: Harness) -> None:
    harness.refuse_connections(3600.0)
    run = harness.send()
    assert (run.status, run.summary) == ("failed", {"outcome": "not_sent"})
    assert "Could not connect to api.twilio.com: the connection was refused. Nothing was sent." in run.message
    assert len(harness.network.calls) > 5
    assert 20.0 < run.seconds <= 25.0


# --- never lost


@pytest.mark.parametrize(
    "fault",
    [Fault.RESET_BEFORE, Fault.HANG_AFTER, Fault.HTML_200_AFTER, Fault.REDIRECT, Fault.ENDLESS_BODY, Fault.TOO_MANY],
    ids=lambda fault: fault.name,
)
def test_once_twilio_gave_a_sid_no_fault_loses_it(harness: Harness, fault: Fault) -> None:
    harness.fault(fault, "GET", times=999)
    run = harness.send()
    assert run.status == "success"
    assert "Delivery is not confirmed: its status could not be read any more" in run.message
    assert (run.row["sid"], run.summary["message_delivery_status"]) == (harness.twilio.messages[0].sid, "queued")


def test_reading_goes_on_after_a_fault(harness: Harness) -> None:
    harness.fault(Fault.RESET_BEFORE, "GET", times=3)
    assert harness.send().message == "Message delivery status: delivered"


def test_the_last_known_status_is_kept_when_reading_fails_later(harness: Harness) -> None:
    harness.twilio.outcomes[E164] = Outcome("delivered", 40.0)
    harness.twilio.faults.choose = lambda request: (
        Fault.ERROR_503
        if [message.status(request.time) for message in harness.twilio.messages] == ["delivered"]
        else None
    )
    run = harness.send()
    assert (run.status, run.summary["message_delivery_status"], run.row["status"]) == ("success", "sent", "sent")


# --- a run always ends


@pytest.mark.parametrize("recipients", [1, 5, 200])
@pytest.mark.parametrize("trouble", [SILENT, DEAD, REFUSED], ids=["silent", "no connection", "refused"])
def test_a_dead_server_ends_the_run_within_45_seconds(harness: Harness, trouble: Trouble, recipients: int) -> None:
    harness.network.trouble = lambda request: trouble
    run = harness.send_all([f"+1510111{number:04}" for number in range(recipients)])
    assert {result["status"] for result in run.results} == {"failed"}
    assert run.seconds <= 45.0


def test_after_an_outage_the_other_recipients_are_informed_that_nothing_was_sent(harness: Harness) -> None:
    harness.network.trouble = lambda request: SILENT
    run = harness.send_all([TO, *(f"+1510111{number:04}" for number in range(20))])
    assert "cannot be known" in run.results[0]["message"]
    assert run.results[-1]["message"].startswith("Nothing was sent: api.twilio.com")


@pytest.mark.parametrize("fault", [Fault.DRIP_HEADERS, Fault.DRIP_BODY, Fault.ENDLESS_BODY, Fault.HANG_BEFORE])
def test_a_server_that_drips_or_never_stops_ends_the_test_within_40_seconds(harness: Harness, fault: Fault) -> None:
    harness.fault(fault, "GET", times=99)
    run = harness.test_connectivity()
    assert run.status == "failed"
    assert run.seconds < 40.0


# --- whom the app talks to


@pytest.mark.parametrize("fault", [Fault.REDIRECT, Fault.REDIRECT_AWAY])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_redirects_are_never_followed(harness: Harness, fault: Fault, method: str) -> None:
    harness.fault(fault, method, times=99)
    harness.send()
    assert {request.path.startswith("/2010-04-01/Accounts/") for request in harness.twilio.requests} == {True}


def test_a_certificate_of_the_environments_ca_is_trusted(tmp_path: Path) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with ServedHarness(ssl_context=server_context(ca, "127.0.0.1")) as harness:
        run = harness.send(environment={"REQUESTS_CA_BUNDLE": str(tmp_path / "ca.pem")})
    assert run.message == "Message delivery status: delivered"


# --- no secret anywhere


@pytest.mark.parametrize("page", ["{token}", "Authorization: Basic {basic}"])
def test_no_output_holds_the_token_though_a_server_echoes_it(
    harness: Harness, page: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = harness.twilio.auth_token
    basic = base64.b64encode(f"{harness.twilio.account_sid}:{token}".encode()).decode()
    harness.respond(http_response(page.format(token=token, basic=basic).encode(), "502 Bad Gateway"))
    with caplog.at_level(logging.DEBUG):
        shown = harness.test_connectivity(to_phone=TO).everything() + harness.send().everything() + caplog.text
    assert token not in shown
    assert basic not in shown


def test_no_log_of_a_library_holds_the_token(caplog: pytest.LogCaptureFixture) -> None:
    with ServedHarness() as harness, caplog.at_level(logging.DEBUG):
        harness.send()
    assert caplog.records  # the libraries do log
    assert harness.twilio.auth_token not in caplog.text
