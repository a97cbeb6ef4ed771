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
"""The media of a message."""

from __future__ import annotations

from typing import Any

import pytest

from twilio_api.media import parse_media_urls


A, B = "https://example.com/a.png", "https://example.com/b.png?x=1%2C2"


@pytest.mark.parametrize("given", [None, "", " ", " , ", []])
def test_a_message_may_have_none(given: Any) -> None:
    assert parse_media_urls(given) == ()


@pytest.mark.parametrize("given", [f"{A},{B}", f" {A} ,\n{B},", [A, B]])
def test_several_are_separated_by_commas(given: Any) -> None:
    assert parse_media_urls(given) == (A, B)


@pytest.mark.parametrize(
    "url", ["http://example.com/a.png", "ftp://x/a", "example.com/a.png", "https://", "https://[::1"]
)
def test_what_twilio_cannot_fetch_is_refused_and_shown(url: str) -> None:
    with pytest.raises(ValueError, match=r"^The parameter 'media_url' is wrong: ") as caught:
        parse_media_urls(f"{A},{url}")
    assert f"'{url}' is not an https URL" in str(caught.value)


def test_a_blank_inside_a_url_is_refused() -> None:
    with pytest.raises(ValueError, match="is not an https URL"):
        parse_media_urls("https://example.com/a b.png")


def test_at_most_ten_are_taken() -> None:
    assert len(parse_media_urls(",".join([A] * 10))) == 10
    with pytest.raises(ValueError, match="has 11 URLs; Twilio takes at most 10"):
        parse_media_urls(",".join([A] * 11))
