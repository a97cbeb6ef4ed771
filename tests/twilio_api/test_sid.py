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
"""The SIDs of things at Twilio, which become part of paths."""

from __future__ import annotations

from typing import Any

from tests.tables import for_each
from twilio_api.sid import sid_of


@for_each("sid", ["SM" + "0" * 32, "MM0123456789abcdef0123456789abcdef", "SMabc"])
def test_a_resource_is_named_by_its_sid(sid: str) -> None:
    assert sid_of({"sid": sid}) == sid


@for_each("sid", [None, 7, "", "SM", "SM/../x", "SM%2e", "sm" + "0" * 32, "SM" + "0" * 65, "SM 0", ["SM0"]])
def test_what_cannot_stand_in_a_path_is_no_sid(sid: Any) -> None:
    assert sid_of({"sid": sid}) == ""


def test_a_resource_without_a_sid_has_none() -> None:
    assert sid_of({}) == ""
