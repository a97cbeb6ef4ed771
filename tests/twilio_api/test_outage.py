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
"""When there is an outage, as a table of histories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tests.tables import for_each
from twilio_api.errors import CallError, NoResponse
from twilio_api.outage import Outage


ERROR, LAST_ERROR = NoResponse("twilio", "the connection broke"), NoResponse("twilio", "what it sent is not HTTP")


class Failed(NamedTuple):
    """A call that failed `at` a second, so long after it began."""

    at: float
    took_s: float = 0.0
    error: CallError = ERROR


class Succeeded(NamedTuple):
    """A call that succeeded `at` a second."""

    at: float = 0.0


OK = Succeeded()
EACH_SECOND = [Failed(float(second)) for second in range(26)]


def outage_after(*events: Failed | Succeeded) -> Outage:
    outage = Outage("twilio took no call")
    for event in events:
        if isinstance(event, Failed):
            outage.failed(event.at - event.took_s, event.at, event.error)
        else:
            outage.succeeded(event.at)
    return outage


DOWN: dict[str, Sequence[Failed | Succeeded]] = {
    "calls fail each second, from the first to the last for 25 s": EACH_SECOND,
    "two long calls, one after the other": [Failed(13.0, 13.0), Failed(26.0, 13.0)],
    "their pauses count": [Failed(0.0), Failed(10.0), Failed(25.0)],
    "a success before the first of them": [OK, *EACH_SECOND],
    "calls side by side": [Failed(10.0, 10.0), Failed(10.0, 10.0), Failed(20.0, 10.0), Failed(25.0, 5.0)],
    "a call that began before the last failure": [Failed(11.0, 11.0), Failed(12.0, 12.0), Failed(26.0, 14.0)],
}
UP: dict[str, Sequence[Failed | Succeeded]] = {
    "nothing was asked": [],
    "one failure": [Failed(10.0, 10.0)],
    "one call that took longer than any may": [Failed(60.0, 60.0)],
    "a little less than 25 s": [Failed(12.0, 12.0), Failed(24.9, 12.9)],
    "many failures in a short time": [Failed(1.0)] * 50,
    "a success between": [*EACH_SECOND[:13], OK, *EACH_SECOND[13:]],
    "a success at the end": [*EACH_SECOND, OK],
    "a success while the first of them was under way": [Succeeded(9.0), Failed(15.0, 15.0), Failed(26.0, 11.0)],
    "a failure long ago proves nothing": [Failed(0.0), Failed(14.0), Failed(100.0), Failed(110.0)],
    "two failures with nothing asked between them": [Failed(0.0), Failed(50.0)],
}


@for_each("events", DOWN.values())
def test_a_host_is_down(events: Sequence[Failed | Succeeded]) -> None:
    down = outage_after(*events).why_down(26.5)
    assert down is not None
    assert str(down) == f"twilio took no call for 25 seconds. The last error: {ERROR}"


@for_each("events", UP.values())
def test_a_host_is_not_down(events: Sequence[Failed | Succeeded]) -> None:
    assert outage_after(*events).why_down(26.5) is None


@for_each("under_way", [1, 8])
def test_a_machine_that_stood_still_proves_nothing(under_way: int) -> None:
    """All calls under way fail as it goes on, and the clock says that they took 31 s."""
    outage = outage_after(OK, *[Failed(31.0, 31.0)] * under_way)
    assert outage.why_down(31.0) is None
    for at in (31.5, 32.5, 45.5, 55.5):
        outage.failed(at, at, ERROR)
    assert outage.why_down(55.5) is None
    outage.failed(56.1, 56.1, ERROR)
    assert outage.why_down(56.1) is not None


def test_the_last_error_is_the_one_that_is_shown() -> None:
    down = outage_after(*EACH_SECOND, Failed(26.0, error=LAST_ERROR)).why_down(26.0)
    assert down is not None
    assert str(down).endswith(f"The last error: {LAST_ERROR}")


def test_while_it_lasts_one_call_every_25_seconds_may_try() -> None:
    outage = outage_after(*EACH_SECOND)  # the last at 25 s
    asked = [25.0, 49.0, 50.0, 50.1, 74.0, 75.0, 76.0]
    assert [at for at in asked if outage.why_down(at, is_try=True) is None] == [50.0, 75.0]


def test_whoever_only_asks_does_not_use_that_call_up() -> None:
    outage = outage_after(*EACH_SECOND)
    assert [outage.why_down(50.0), outage.why_down(50.0), outage.why_down(50.0, is_try=True)] == [None] * 3
    assert outage.why_down(50.0) is not None


def test_the_failure_of_that_call_prolongs_it() -> None:
    outage = outage_after(*EACH_SECOND, Failed(60.0, 10.0))
    assert [at for at in (60.0, 75.0, 84.0, 85.0) if outage.why_down(at, is_try=True) is None] == [85.0]


def test_its_success_ends_it() -> None:
    outage = outage_after(*EACH_SECOND)
    assert outage.why_down(50.0, is_try=True) is None
    outage.succeeded(50.0)
    assert outage.why_down(50.1, is_try=True) is None
