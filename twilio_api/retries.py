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
"""How long to pause before a call is repeated."""

from __future__ import annotations

from twilio_consts import BACKOFF_JITTER, BACKOFF_S, MAX_BACKOFF_S


def backoff_s(tries: int, random: float) -> float:
    """Return the pause in seconds after so many tries: exponential, with jitter. `random` is from 0 up to 1."""
    return min(BACKOFF_S * 2.0 ** (tries - 1), MAX_BACKOFF_S) * (1.0 + BACKOFF_JITTER * random)


def next_pause_s(backoff: float, retry_after_s: float, left_s: float) -> float | None:
    """Return the pause in seconds before the next try, None where `left_s` leaves no time for one.

    The last try comes when the time is over. A server that asks for a longer pause than is left gets no further try.
    """
    if left_s <= 0.0 or retry_after_s > left_s:
        return None
    return min(max(backoff, retry_after_s), left_s)
