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
"""Tests of the sandbox run on one Python alone, but for what every test of the app stands on."""

from __future__ import annotations

import pytest


ON_EACH_PYTHON = {"test_memory_transport.py", "test_virtual_time.py"}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests of this folder as those of development."""
    if item.path.name not in ON_EACH_PYTHON:
        item.add_marker(pytest.mark.development)
