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
"""What the tests of several resources need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.twilio_api.scripted_transport import Scripted
from tests.twilio_api.twilio_client import Setup, local_setup


@pytest.fixture
def setup() -> Iterator[Setup]:
    """A local Twilio, and a client for it."""
    with local_setup() as made:
        yield made


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """A client whose transport makes no calls."""
    with Scripted() as made:
        yield made
