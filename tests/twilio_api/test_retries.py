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
"""How long to pause before a call is repeated: a list of numbers."""

from __future__ import annotations

import pytest

from twilio_api.retries import backoff_s, next_pause_s


def test_pauses_double_up_to_five_seconds() -> None:
    assert [backoff_s(tries, random=0.0) for tries in range(1, 8)] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0]


@pytest.mark.parametrize(("random", "pause"), [(0.0, 1.0), (0.5, 1.25), (1.0, 1.5)])
def test_jitter_makes_a_pause_up_to_half_as_long_again(random: float, pause: float) -> None:
    assert backoff_s(2, random) == pause


def test_many_tries_do_not_overflow() -> None:
    assert backoff_s(1000, random=0.0) == 5.0


@pytest.mark.parametrize(
    ("backoff", "retry_after", "left", "pause"),
    [
        (0.5, 0.0, 25.0, 0.5),
        (0.5, 3.0, 25.0, 3.0),  # the server asked for more
        (4.0, 3.0, 25.0, 4.0),  # the server asked for less
        (5.0, 0.0, 2.0, 2.0),  # the last try comes when the time is over
        (0.5, 3.0, 2.0, None),  # a server that asks for more than is left gets no further try
        (0.5, 0.0, 0.0, None),
        (0.5, 0.0, -1.0, None),
    ],
)
def test_the_next_pause_fits_into_the_time_that_is_left(
    backoff: float, retry_after: float, left: float, pause: float | None
) -> None:
    assert next_pause_s(backoff, retry_after, left) == pause
