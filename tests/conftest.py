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

import os
from collections.abc import Iterator


_PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_CA_VARIABLES = ("requests_ca_bundle", "curl_ca_bundle")


def _forget_settings_of_the_shell() -> None:
    """Take credentials, proxies and CA bundles out of the environment: with them, tests would send real messages."""
    for name in list(os.environ):
        if name.startswith("TWILIO_") or name.lower() in _PROXY_VARIABLES + _CA_VARIABLES:
            del os.environ[name]


_forget_settings_of_the_shell()  # before anything is imported that could read them

import pytest

from tests.harness import Harness


@pytest.fixture
def harness() -> Iterator[Harness]:
    """A local Twilio with a full account, whose messages are delivered within a second, and an asset for it."""
    with Harness() as made:
        yield made
