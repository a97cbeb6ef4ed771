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
"""How many requests Twilio handles at a time and in a second."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import requests

from sandbox.twilio import LocalTwilio
from tests.sandbox.twilio.clients import call


def at_once(twilio: LocalTwilio, number: int) -> list[requests.Response]:
    """The responses to requests of which none ends before all have come."""
    barrier = threading.Barrier(number)
    twilio.latency_s = 1.0
    twilio.sleep = lambda seconds: barrier.wait(timeout=5)
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(lambda _: call(twilio), range(number)))


def test_a_response_says_how_many_requests_there_were_at_a_time(twilio: LocalTwilio) -> None:
    assert call(twilio).headers["Twilio-Concurrent-Requests"] == "1"
    counts = [response.headers["Twilio-Concurrent-Requests"] for response in at_once(twilio, 3)]
    assert sorted(counts) == ["1", "2", "3"]


def test_requests_beyond_the_limit_are_turned_away_unprocessed() -> None:
    with LocalTwilio(max_concurrent=2) as twilio:
        responses = at_once(twilio, 4)
        assert sorted(response.status_code for response in responses) == [201, 201, 429, 429]
        assert {response.json()["code"] for response in responses if response.status_code == 429} == {20429}
        assert len(twilio.messages) == 2
        assert [request.is_throttled for request in twilio.requests].count(True) == 2


def test_a_request_counts_until_its_response_was_sent() -> None:
    with LocalTwilio(max_concurrent=1) as twilio:
        assert [call(twilio).status_code for _ in range(3)] == [201, 201, 201]
