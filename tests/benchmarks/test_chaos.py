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
"""A quick version of chaos, and proof that its judge notices what is wrong; the long one is `make chaos`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from actions.creations import Creation
from benchmarks.chaos.chance import Chance
from benchmarks.chaos.chaos import plans, play_and_judge
from benchmarks.chaos.grammar import (
    ALL_CALLS,
    CREATES,
    FOREVER_S,
    Break,
    CallFault,
    CallKind,
    Content,
    Form,
    Opening,
    OpeningFault,
    Outage,
    Part,
    Recipient,
    Route,
    RunPlan,
    Then,
    draw_call_fault,
)
from benchmarks.chaos.judge import PROMISES, parts_shown
from benchmarks.chaos.network import Network
from benchmarks.chaos.report import Report
from benchmarks.chaos.response import Response, in_form
from benchmarks.chaos.spelling import SPELLINGS
from sandbox.raw_server import RawServer, respond_once
from tests.harness import MAX_SPEED
from twilio_api import creation, redaction
from twilio_api.circuit_breaker import CircuitBreaker
from twilio_api.claims import Claims
from twilio_api.clock import Clock
from twilio_api.errors import NotSent
from twilio_api.message_log import MessageLog
from twilio_api.transport import Transport
from twilio_consts import MIN_ERROR_CODE


pytestmark = pytest.mark.xdist_group("chaos")  # the costly fixture is made once

SPEED = min(40.0, MAX_SPEED)
RECIPIENTS = tuple(  # each person gets the same text twice
    recipient
    for person in range(6)
    for recipient in [
        Recipient(
            f"+1510200000{person}", f"Page {person // 2}", *(("delivered", 1.0), ("failed", 2.0, 30008))[person % 2]
        )
    ]
    * 2
)
FAULTS = RunPlan(
    seed=7,
    number=1,
    recipients=RECIPIENTS,
    fault_share={CallKind.CREATE: 0.6, CallKind.SEARCH: 0.2, CallKind.PAGE: 0.2, CallKind.FETCH: 0.2},
    opening_share=0.2,
    log_lag_s=1.5,
    earlier=((0, 5.0), (4, 120.0)),
)
PLANS = (
    replace(FAULTS, outages=(Outage(3.0, 6.0, ALL_CALLS, opening=OpeningFault(Opening.TCP_REFUSED)),)),
    replace(FAULTS, number=2, route=Route.TLS, has_service=True, is_trial=True, clock_skew_s=-86_400.0),
    replace(FAULTS, number=3, route=Route.PROXY, rival_after_s=1.0, recipients=RECIPIENTS[:6]),
)


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    """The network of the runs of this module."""
    with Network().installed() as installed:
        yield installed


@pytest.fixture(scope="module")
def report(network: Network) -> Report:
    """What was counted in a few runs with faults."""
    total = Report()
    for plan in PLANS:
        total.add(play_and_judge(plan, network, SPEED))
    return total


def test_faults_are_injected(report: Report) -> None:
    assert report.verdict.sends == 36
    assert sum(report.faults.values()) > 20
    assert report.samples > 100
    assert {"delivered", "undelivered"} <= set(report.verdict.outcomes)
    assert {kind.partition(",")[0] for kind in report.faults} >= {"connection", "create call", "outage"}


@pytest.mark.parametrize("promise", PROMISES)
def test_no_promise_is_broken_by_faults(report: Report, promise: str) -> None:
    assert report.verdict.broken[promise] == 0, report.verdict.wrong


def test_the_report_names_what_happened_and_what_broke(report: Report) -> None:
    text = "\n".join(report.lines())
    assert "doubled" in text
    assert "outage, all calls: TCP: refused" in text


def test_runs_follow_from_the_seed() -> None:
    assert list(plans(200, seed=1)) == list(plans(200, seed=1)) != list(plans(200, seed=2))
    assert sum(plan.sends for plan in plans(200, seed=1)) == 200


# --- the judge notices a broken client


def _searches_nothing(client: object, kind: object, cause: Any, find: object) -> None:
    raise NotSent(cause)


class _Forgetful(Claims):
    def add(self, sid: str) -> bool:
        return True

    def __contains__(self, sid: str) -> bool:
        return False


def _claims_nothing(log: Any, *args: Any, original: Callable[..., None] = MessageLog.__init__) -> None:
    original(log, *args)
    log.claims = _Forgetful()


RESET = Break(Part.HEAD, 0.0, Then.RESET)
SILENT = CallFault(is_taken=False, break_=Break(Part.HEAD, 0.0, Then.HANG, FOREVER_S))
DEAD = replace(FAULTS, recipients=RECIPIENTS[:1] * 6, outages=(Outage(0.0, FOREVER_S, CREATES, call=SILENT),))
# Twilio takes each, and says so only after a while
LOST = replace(FAULTS, recipients=RECIPIENTS[::2], outages=(Outage(0.0, 10.0, CREATES, call=CallFault(break_=RESET)),))
EQUAL = replace(FAULTS, recipients=RECIPIENTS[:2] * 6, opening_share=0.0)
PAGES = Outage(0.0, FOREVER_S, CREATES, call=CallFault(content=Content.PAGE, status=502))
BROKEN: dict[str, tuple[str, RunPlan, list[tuple[object, str, Any]]]] = {
    "a create call is repeated after any fault": (
        "doubled",
        LOST,
        [(creation, "_is_unprocessed", lambda error: True)],
    ),
    "messages are not claimed": ("doubled", EQUAL, [(MessageLog, "__init__", _claims_nothing)]),
    "the log is not searched": ("lost", LOST, [(creation, "_search", _searches_nothing)]),
    "a result says too late that its call may have left": (
        "untrue meanwhile",
        LOST,
        [(Creation, "observe", lambda *args: None)],
    ),
    "a proxy's page is taken for a refusal": (
        "lost",
        replace(LOST, outages=(replace(PAGES, call=CallFault(content=Content.PAGE, status=403)),)),
        [(creation, "_is_refusal", lambda error: 400 <= error.status < 500)],
    ),
    "no outage is noticed": ("late", DEAD, [(CircuitBreaker, "outage", lambda breaker: None)]),
    "secrets are shown": (
        "secrets shown",
        replace(LOST, outages=(PAGES,)),
        [(redaction.Redactor, "__call__", lambda redactor, text: text)],
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_judge_notices_that(name: str, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    promise, plan, patches = BROKEN[name]
    for owner, attribute, broken in patches:
        monkeypatch.setattr(owner, attribute, broken)
    runs = (replace(plan, seed=seed) for seed in range(1, 6))  # timing may spare the client in one of them
    assert any(play_and_judge(run, network, SPEED).verdict.broken[promise] for run in runs)


# --- and secrets


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_judge_notices_a_secret_that_is_spelled(spelling: str) -> None:
    chance = Chance(1).next("fault")
    secret = "0123456789abcdeffedcba9876543210"
    assert parts_shown(f"<p>{SPELLINGS[spelling](secret, chance)}</p>", "AC0", secret)


def test_the_judge_notices_no_secret_where_there_is_none() -> None:
    assert not parts_shown("0123456 ? fedcba9 *** bcdeffe", "AC0", "0123456789abcdeffedcba9876543210")


# --- the grammar


def test_what_twilio_took_is_never_said_to_be_turned_down() -> None:
    chance = Chance(1).next("fault")
    faults = [draw_call_fault(chance, CallKind.CREATE) for _ in range(2000)]
    taken = [fault for fault in faults if fault.is_taken and 400 <= fault.status < 500]
    assert {fault.status for fault in taken if fault.code >= MIN_ERROR_CODE} == {408}
    assert {400, 403, 404} <= {fault.status for fault in taken}  # which prove nothing


@pytest.mark.parametrize("form", [form for form in Form if form.is_harmless], ids=lambda form: form.name)
def test_a_harmless_form_says_the_same(form: Form) -> None:
    response = Response(201, (("Content-Type", "application/json"),), b'{"sid": "SM1"}')
    head, body, _ = in_form(response, form, lambda: "", Chance(1).next("form"))
    transport = Transport(("AC0", "s3cret"), clock=Clock(), redact=lambda text: text)
    with RawServer(respond_once(head + body)) as server:
        assert transport.call("GET", server.url).json == {"sid": "SM1"}
