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
"""The quick version of chaos for "on poll"; the long one is `python -m benchmarks.chaos_polling`."""

from __future__ import annotations

import pytest

from benchmarks.chaos_polling import Counts, chaos


pytestmark = pytest.mark.xdist_group("chaos of polling")  # the costly fixture is made once


@pytest.fixture(scope="module")
def counts() -> Counts:
    """What was counted with some hundred texts and faults."""
    return chaos(texts=400, seed=7, share=0.1)


def test_faults_are_injected(counts: Counts) -> None:
    assert counts.texts >= 400
    assert counts.answers > 0
    assert counts.ingested > 300
    assert counts.faults > 0
    assert counts.platform_faults > 0
    assert counts.died > 0
    assert counts.overlapping > 0
    assert counts.offered_again > 0


@pytest.mark.parametrize("promise", Counts.PROMISES)
def test_no_promise_is_broken_by_faults(counts: Counts, promise: str) -> None:
    assert getattr(counts, promise) == 0, counts.wrong
