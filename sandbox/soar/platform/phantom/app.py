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
"""The platform's constants, and functions that test them."""

from __future__ import annotations


APP_SUCCESS = True
APP_ERROR = False


def is_success(status: bool) -> bool:
    """Return whether a status is APP_SUCCESS."""
    return bool(status)


def is_fail(status: bool) -> bool:
    """Return whether a status is APP_ERROR."""
    return not status
