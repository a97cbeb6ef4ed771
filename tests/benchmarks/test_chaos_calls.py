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
"""The quick version of chaos for calls; the long one is `python -m benchmarks.chaos_calls`."""

from __future__ import annotations

from contextlib import suppress
from unittest import mock

import pytest

from benchmarks.chaos_calls import Chaos, Counts, chaos


COSTLY = pytest.mark.xdist_group("chaos of calls")  # the costly fixture is made once


@pytest.fixture(scope="module")
def counts() -> Counts:
    """What was counted with forty calls and faults."""
    return chaos(calls=40, seed=3, share=0.2)


@COSTLY
def test_faults_are_injected(counts: Counts) -> None:
    assert counts.calls == 40
    assert counts.faults > counts.requests / 10
    assert counts.refused_connections > 0
    assert counts.acknowledged > 0


@COSTLY
@pytest.mark.parametrize("promise", Counts.PROMISES)
def test_no_promise_is_broken_by_faults(counts: Counts, promise: str) -> None:
    assert getattr(counts, promise) == 0, counts.wrong


class Found(Exception):
    """The mistake was found: there is no need to go on."""


@pytest.mark.parametrize(
    ("place", "mistake", "promise"),
    [
        ("twilio_api.executions.Execution.is_acknowledged", property(lambda self: True), "acknowledged_without_a_key"),
        ("twilio_api.creation._is_unprocessed", lambda error: error.is_transient, "called_twice"),
        ("twilio_api.creation._is_refusal", lambda error: True, "lost"),
        ("twilio_api.calls.Call.is_answered_by_person", property(lambda self: True), "misreported"),
    ],
    ids=[
        "each call counts as acknowledged",
        "what may have been sent is repeated",
        "it is reported as refused",
        "a person",
    ],
)
def test_chaos_finds_a_mistake(place: str, mistake: object, promise: str) -> None:
    run = Chaos(seed=3, share=0.3)

    def stop_where_it_is_found(calls: int) -> None:
        if getattr(run.counts, promise) > 0:
            raise Found

    with mock.patch(place, mistake), suppress(Found):
        run.run(40, stop_where_it_is_found)
    assert getattr(run.counts, promise) > 0
