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
"""Errors: what they say, and what may be done after them."""

from __future__ import annotations

import pytest

from twilio_api.error_advice import advice_for
from twilio_api.errors import ErrorAnswer, GaveUp, NoAnswer, OutcomeUnknown, StrangeAnswer, Unreachable


BODY = '{"code": 20404, "message": "not found", "more_info": "https://www.twilio.com/docs/errors/20404", "status": 404}'
CODES = [
    *(20003, 20008, 20404, 20429, 20500, 20503),
    *(21211, 21212, 21266, 21408, 21602, 21603, 21604, 21606, 21608, 21610, 21611, 21612, 21614, 21617),
    *(30001, 30002, 30003, 30004, 30005, 30006, 30007, 30008, 30034),
]


@pytest.mark.parametrize("code", CODES)
def test_each_known_code_has_a_hint_of_one_or_two_sentences(code: int) -> None:
    assert advice_for(code).endswith(".")
    assert len(advice_for(code)) <= 120


@pytest.mark.parametrize("code", [None, 0, 99999])
def test_an_unknown_code_has_none(code: int | None) -> None:
    assert advice_for(code) == ""


def test_an_error_answer_begins_with_the_body_as_twilio_sent_it_and_ends_with_the_hint() -> None:
    error = ErrorAnswer(404, BODY, {"code": 20404, "message": "not found", "more_info": "https://x"})
    assert str(error) == f"Error from server. Status Code: 404 Data from server: {BODY} {advice_for(20404)}"
    assert (error.status, error.code, error.text, error.more_info) == (404, 20404, "not found", "https://x")


def test_an_error_answer_without_twilios_fields_is_told_all_the_same() -> None:
    error = ErrorAnswer(400, '{"a": 1}', {"a": 1, "code": "x"})
    assert str(error) == 'Error from server. Status Code: 400 Data from server: {"a": 1}'
    assert (error.code, error.text, error.more_info) == (None, "", "")


@pytest.mark.parametrize(
    ("status", "arrived", "passing", "barred"),
    [
        (400, False, False, False),
        (401, False, False, True),
        (403, False, False, True),
        (404, False, False, False),
        (408, None, True, False),
        (429, False, True, False),
        (500, None, True, False),
        (503, None, True, False),
    ],
)
def test_what_an_error_answer_allows(status: int, arrived: bool | None, passing: bool, barred: bool) -> None:
    error = ErrorAnswer(status, "{}", {})
    assert (error.arrived, error.passing, error.barred) == (arrived, passing, barred)


@pytest.mark.parametrize(
    ("status", "arrived", "passing"),
    [
        (200, None, True),
        (302, None, True),
        (403, False, False),
        (408, None, True),
        (429, False, True),
        (502, None, True),
    ],
)
def test_what_a_strange_answer_allows(status: int, arrived: bool | None, passing: bool) -> None:
    error = StrangeAnswer(status, "Data from server: a page")
    assert (error.arrived, error.passing, error.barred) == (arrived, passing, False)
    assert str(error) == f"Status Code: {status}. Data from server: a page"


def test_only_429_with_code_20429_was_turned_away_unread() -> None:
    assert ErrorAnswer(429, "{}", {"code": 20429}).was_too_many
    assert not ErrorAnswer(429, "{}", {"code": 21611}).was_too_many
    assert not ErrorAnswer(400, "{}", {"code": 20429}).was_too_many


def test_only_403_with_code_20008_means_test_credentials() -> None:
    assert ErrorAnswer(403, "{}", {"code": 20008}).means_test_credentials
    assert not ErrorAnswer(403, "{}", {"code": 20003}).means_test_credentials


def test_what_was_never_sent_says_so() -> None:
    assert "Nothing was sent" in str(Unreachable("h", "refused"))
    assert "Nothing was sent" in str(GaveUp("h", 25.0))
    assert Unreachable("h", "refused").arrived is GaveUp("h", 25.0).arrived is False


def test_an_unknown_outcome_says_why_that_it_cannot_be_known_and_what_to_do() -> None:
    error = OutcomeUnknown(NoAnswer("h", "the connection broke"), "The log does not show it.")
    assert str(error) == (
        "No answer from h: the connection broke. It cannot be known whether Twilio took the message; "
        "it was not sent again. The log does not show it. Look into Twilio's message log before you send it once more."
    )
