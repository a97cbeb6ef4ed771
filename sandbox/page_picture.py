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
"""Draws the steps of a page that wakes the third person, from what the app did: `docs/page_on_call.svg`.

    python -m sandbox.page_picture docs/page_on_call.svg

`play` lets three people sleep until the third one's phone rings, who presses 1, and counts the requests of that page.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from sandbox.assets import local_asset
from sandbox.memory_transport import BASE_URL, Network
from sandbox.soar import run_action
from sandbox.twilio import CallOutcome, LocalTwilio
from sandbox.virtual_time import VirtualClock
from twilio_connector import TwilioConnector


PEOPLE = ("+15101110001", "+15101110002", "+15101110003")
ALERT = "Ransomware on DC-01"
_LEFT_PX, _RIGHT_PX, _TOP_PX, _LANE_PX, _BAR_PX = 130, 40, 50, 62, 18
_TIME_PX = 620
_BACK, _TEXT, _DIM, _ASKED, _CALL, _GOOD, _NOTICE = (
    *("#16181d", "#e9ecef", "#868e96", "#364fc7", "#c92a2a", "#2b8a3e", "#ffd43b"),
)


class Span(NamedTuple):
    """A step in the picture: whose lane (0 is the first person's), of which kind, from when to when in seconds."""

    lane: int
    kind: str
    begin: float
    end: float


class Played(NamedTuple):
    """What a page did: its steps, after how many seconds somebody took it, its rows of data and its requests."""

    spans: tuple[Span, ...]
    taken_after_s: float
    rows: Sequence[dict[str, Any]]
    requests: int


def play() -> Played:
    """Page three people with the defaults; the third one presses 1."""
    clock = VirtualClock()
    twilio = LocalTwilio(clock=clock.time, sleep=clock.advance)
    network = Network(twilio, clock, round_trip_s=0.15)
    twilio.call_log.outcome = CallOutcome("no-answer")
    twilio.call_log.outcomes[PEOPLE[-1]] = CallOutcome(after_s=6.0, keys="1", key_after_s=6.0)
    app = network.prepare(TwilioConnector(), random.Random(0))
    parameters = {"people": ", ".join(PEOPLE), "message": ALERT}
    asset = {**local_asset(twilio), "base_url": BASE_URL}
    result = run_action("page on call", asset, [parameters], connector=app)["result_data"][0]
    began, taken_after_s = clock.now - clock.monotonic(), float(result["summary"]["seconds_to_take"])
    spans = []
    for message in twilio.messages:
        is_notice = "has taken it" in message.body
        begin = message.created - began
        end = begin if is_notice else taken_after_s
        spans.append(Span(PEOPLE.index(message.to), "notice" if is_notice else "text", begin, end))
    for call in twilio.calls:
        ended_at = call.ended_at(clock.now) or clock.now
        spans.append(Span(PEOPLE.index(call.to), "call", call.created - began, ended_at - began))
    return Played(tuple(spans), taken_after_s, result["data"], len(network.calls))


def draw(played: Played) -> str:
    """Return the SVG: a lane for each person, and time from left to right."""
    longest_s = max(span.end for span in played.spans)
    width, height = _LEFT_PX + _TIME_PX + _RIGHT_PX, _TOP_PX + len(PEOPLE) * _LANE_PX + 30

    def x(seconds: float) -> float:
        return round(_LEFT_PX + _TIME_PX * seconds / longest_s, 1)

    taken, bottom = x(played.taken_after_s), height - 30
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-size="12" '
        'font-family="system-ui, Helvetica, Arial, sans-serif">',
        f'<rect width="{width}" height="{height}" rx="8" fill="{_BACK}"/>',
        *(_legend(number, colour, what) for number, (colour, what) in enumerate(_LEGEND)),
        *(_words(10, _TOP_PX + lane * _LANE_PX + 30, f"person {lane + 1}") for lane in range(len(PEOPLE))),
        *(_span(span, x(span.begin), x(span.end)) for span in played.spans),
        f'<path d="M{taken} {_TOP_PX} L{taken} {bottom}" stroke="{_GOOD}" stroke-width="2"/>',
        *(_minute(x(60.0 * minute), bottom + 18, minute) for minute in range(0, int(longest_s // 60) + 1, 2)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


_LEGEND = (
    *((_ASKED, "can take it by text"), (_CALL, "is called"), (_GOOD, "presses 1: taken")),
    (_NOTICE, "is told who has it"),
)


def _legend(number: int, colour: str, what: str) -> str:
    x = _LEFT_PX + number * 165
    return f'<rect x="{x}" y="18" width="12" height="12" rx="2" fill="{colour}"/>{_words(x + 18, 28, what)}'


def _words(x: float, y: float, words: str, colour: str = _TEXT) -> str:
    return f'<text x="{x}" y="{y}" fill="{colour}">{escape(words)}</text>'


def _span(span: Span, left: float, right: float) -> str:
    top = _TOP_PX + span.lane * _LANE_PX
    if span.kind == "notice":
        return f'<circle cx="{left}" cy="{top + 28}" r="6" fill="{_NOTICE}"/>'
    y, colour = (top + 6, _ASKED) if span.kind == "text" else (top + 30, _CALL)
    width = max(round(right - left, 1), 4.0)
    return f'<rect x="{left}" y="{y}" width="{width}" height="{_BAR_PX}" rx="3" fill="{colour}"/>'


def _minute(x: float, y: float, minute: int) -> str:
    return f'<text x="{x}" y="{y}" fill="{_DIM}" text-anchor="middle">{minute} min</text>'


def main(arguments: list[str]) -> int:
    """Play the page, and draw it into the file given."""
    (path,) = arguments
    Path(path).write_text(draw(play()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
