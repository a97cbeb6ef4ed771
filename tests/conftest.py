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
"""What several test modules need, and first of all: no setting of the shell reaches a test."""

from __future__ import annotations

import gc

import pytest
from hypothesis import HealthCheck, settings

import tests.clean_shell  # noqa: F401 first of all
from tests.harness import Harness


# A machine that is busy with other tests is no reason to fail. Each run draws the same examples, unless it explores.
_any_machine = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("tests", _any_machine, max_examples=50, derandomize=True)
settings.register_profile("explore", _any_machine, max_examples=3000)
settings.load_profile("tests")

# What the tests themselves are made of is there to the end: the garbage collector comes seldom, and passes over it
gc.set_threshold(20_000, 20, 20)


def pytest_collection_finish() -> None:
    """Let no collection of garbage go through the tests again, nor through what they imported."""
    gc.freeze()


@pytest.fixture
def harness() -> Harness:
    """A local Twilio with a full account, whose messages are delivered within a second, and an asset for it."""
    return Harness()
