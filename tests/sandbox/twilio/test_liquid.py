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
"""Texts in a Studio flow are Liquid templates."""

from __future__ import annotations

import pytest

from sandbox.twilio.liquid import LiquidError, render
from tests.tables import for_each


CONTEXT = {
    "flow": {"data": {"message": "Disk full", "trick": "{{flow.data.message}}", "count": 3}},
    "widgets": {"ask-1": {"Digits": "1"}},
}


@for_each(
    "template, text",
    [
        ("{{flow.data.message}}", "Disk full"),
        ("Alert: {{ flow.data.message }}!", "Alert: Disk full!"),
        ("{{-widgets.ask-1.Digits-}}", "1"),
        ("{{flow.data.count}}", "3"),
        ("{{flow.data.nothing}}{{contact.channel.address}}", ""),
        ("{{flow.data.nothing | default: 'none'}}", "none"),
        ("{{flow.data.message | default: 'none'}}", "Disk full"),
        ("no template", "no template"),
    ],
)
def test_outputs_are_replaced_by_values(template: str, text: str) -> None:
    assert render(template, CONTEXT) == text


def test_a_value_that_looks_like_a_template_stays_as_it_is() -> None:
    assert render("{{flow.data.trick}}", CONTEXT) == "{{flow.data.message}}"


def test_a_value_is_escaped_where_the_template_says_so() -> None:
    assert render("{{text | escape}}", {"text": "<a> & 'b'"}) == "&lt;a&gt; &amp; &#39;b&#39;"


@for_each("template", ["{{flow.data", "{{flow..data}}", "{{a | shout}}", "{% if a %}b{% endif %}", "{{}}"])
def test_a_template_that_cannot_be_read_is_an_error(template: str) -> None:
    with pytest.raises(LiquidError):
        render(template, CONTEXT)
