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
"""What a result says of an alert and its steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.action import Report, set_report
from actions.answers import why_unanswered
from actions.asking import Asked
from phantom.action_result import ActionResult
from twilio_api.question import Ending
from twilio_consts import (
    OUTCOME_NO_RESPONSE,
    OUTCOME_NOT_SENT,
    OUTCOME_NOT_TAKEN,
    OUTCOME_TAKEN,
    OUTCOME_UNDELIVERED,
    OUTCOME_UNKNOWN,
)


NOTICE = "notice"  # the kind of step that asks nobody
_NOTICE_CHARS = 60  # of the alert that a notice repeats
_WHERE_A_CAUSE_MATTERS = (OUTCOME_NOT_SENT, OUTCOME_UNKNOWN)


def set_taken(result: ActionResult, person: str, means: str, at: str, after_s: float) -> None:
    """Let a result say that a person has taken the alert, by text or by call, so many seconds after it began."""
    minutes, seconds = divmod(int(after_s), 60)
    after = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    result.update_summary({"taken_by": person, "taken_with": means, "taken_at": at, "seconds_to_take": int(after_s)})
    set_report(result, Report(True, OUTCOME_TAKEN, f"Taken by {person} by {means} after {after}"))


def set_steps(result: ActionResult, rows: Sequence[dict[str, Any]]) -> None:
    """Let a result say how many people were asked."""
    result.update_summary({"people_asked": len(people_asked(rows))})


def notice(taker: str, alert: str) -> str:
    """Return the text that tells a person who has taken an alert."""
    return f"{taker} has taken it: {alert if len(alert) <= _NOTICE_CHARS else alert[: _NOTICE_CHARS - 1] + '…'}"


def unanswered(asked: Asked, ending: Ending) -> Report:
    """Say what became of a text whose answer is not waited for any more.

    Where no answer could be read, the person may have taken the alert.
    """
    outcome = OUTCOME_UNDELIVERED if ending is Ending.UNDELIVERED else OUTCOME_NO_RESPONSE
    if ending in (Ending.UNREAD, Ending.HIDDEN, Ending.SHARED):
        outcome = OUTCOME_UNKNOWN
    return Report(False, outcome, ". ".join((why_unanswered(asked.message, ending), *asked.notes)))


def set_open(result: ActionResult, rows: Sequence[dict[str, Any]], *, is_cancelled: bool) -> None:
    """Let a result say that nobody has taken the alert, who was asked, and why steps failed."""
    asked, outcomes = people_asked(rows), {row["outcome"] for row in rows}
    if not asked:
        outcome, text = OUTCOME_NOT_SENT, "Nothing was sent: nobody could be reached."
    elif OUTCOME_UNKNOWN in outcomes:
        text = f"It cannot be known whether anybody has taken it. People asked: {', '.join(asked)}."
        outcome = OUTCOME_UNKNOWN
    else:
        outcome, text = OUTCOME_NOT_TAKEN, f"Nobody has taken it. People asked: {', '.join(asked)}."
    ending = ["The action was cancelled."] if is_cancelled else []
    set_report(result, Report(False, outcome, " ".join((text, *_causes(rows), *ending))))


def people_asked(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the people to whom a step went out, or may have, in their order."""
    return list(dict.fromkeys(row["person"] for row in rows if row["outcome"] != OUTCOME_NOT_SENT))


def _causes(rows: Sequence[dict[str, Any]]) -> list[str]:
    """One sentence for each cause, with the people whom it concerns."""
    people: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row["outcome"] in _WHERE_A_CAUSE_MATTERS and row["text"]:
            people.setdefault((row["kind"], row["text"]), []).append(row["person"])
    return [
        f"By {kind} to {', '.join(dict.fromkeys(concerned))}: {text}{'' if text.endswith(('.', '}')) else '.'}"
        for (kind, text), concerned in people.items()
    ]
