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
"""Claims: what a run created belongs to one result of it alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from twilio_api.claims import Claims
from twilio_api.errors import UnexpectedResponse
from twilio_api.response import Response


SID = "SM" + "1" * 32
CREATED = Response(201, {"sid": SID}, "", 0.0, None)


def test_a_sid_is_claimed_once() -> None:
    claims = Claims()
    assert SID not in claims
    assert [claims.add(SID), claims.add(SID)] == [True, False]
    assert SID in claims


def test_of_several_threads_one_claims_it() -> None:
    claims = Claims()
    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(lambda _: claims.add(SID), range(64))) == 1


def test_a_response_that_shows_what_was_claimed_before_is_that_of_another_call() -> None:
    claims = Claims()
    claims.add_created(SID, CREATED, "message")
    with pytest.raises(UnexpectedResponse, match=r"^Status Code: 201\. The response is another message\.$"):
        claims.add_created(SID, CREATED, "message")
