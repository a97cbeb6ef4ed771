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
"""What every action is and gets, and the one place where an outcome or an error becomes an action result."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import phantom.app as phantom
from actions.asset import Asset
from actions.error_text import clause, happened, repetition_line, sentence, text_of
from phantom.action_result import ActionResult
from twilio_api.client import TwilioClient
from twilio_api.creation import Kind, Standing
from twilio_api.errors import CallError, NotAsked, NotSent, Refused
from twilio_api.values import WrongValue
from twilio_consts import OUTCOME_NOT_SENT, OUTCOME_UNKNOWN, SUMMARY_OUTCOME


_NOTHING_SENT = (NotSent, NotAsked, Refused, WrongValue)


class Soar(Protocol):
    """What actions need of the platform. A status is true for a success; no id is a failure all the same."""

    def get_config(self) -> dict[str, Any]:
        """Return the asset's configuration."""

    def get_container_id(self) -> Any:
        """Return the id of the container that the action runs in; None where there is none."""

    def is_poll_now(self) -> bool:
        """Whether a person pressed "Poll Now"."""

    def load_state(self) -> dict[str, Any] | None:
        """Return the asset's state, None where it cannot be read."""

    def save_state(self, state: dict[str, Any]) -> Any:
        """Replace the asset's state."""

    def save_container(self, container: dict[str, Any]) -> tuple[bool, str, Any]:
        """Save a container with its artifacts; return status, message and id."""

    def save_artifacts(self, artifacts: list[dict[str, Any]]) -> tuple[bool, str, Any]:
        """Save artifacts, each of which names its container; return status, message and ids."""


@dataclass(eq=False)
class Run:
    """What the parameter sets of a run share.

    `progress` shows a line: `progress(text)` keeps it, `progress(text, kept=False)` lets the next replace it; it never
    raises. `creation_over` is done once the first creation of the run is over, however it ended. `results` are those of
    the parameter sets so far, and `ended` those whose stories have ended. `turns` lets the stories of one key enter one
    after the other, in the order in which they came.
    """

    asset: Asset
    twilio: TwilioClient
    soar: Soar
    progress: Callable[..., None]
    creation_over: asyncio.Future[None]
    results: list[ActionResult] = field(default_factory=list)
    ended: list[ActionResult] = field(default_factory=list)
    turns: defaultdict[Hashable, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    @property
    def is_of_many(self) -> bool:
        """Whether there are several parameter sets: then progress shows their counts."""
        return len(self.results) > 1

    def show(self, line: str, *, kept: bool = True) -> None:
        """Show a line about one parameter set; of a run of many, only their counts are shown."""
        if not self.is_of_many:
            self.progress(line, kept=kept)

    def note_creation_over(self) -> None:
        """Note that a creation of the run is over."""
        if not self.creation_over.done():
            self.creation_over.set_result(None)


class Action:
    """One action of the app, made once for each run.

    Making it may raise WrongValue for a setting of the asset that only this action uses.
    """

    # Whether it creates something for each parameter set: its result then says in its outcome whether that was sent
    creates = False

    def __init__(self, run: Run) -> None:
        self.run = run

    @classmethod
    def refuse_run(cls, why: str, progress: Callable[..., None]) -> None:
        """Show that a run was not begun; nothing to do where the message of the run is enough."""

    @classmethod
    def refuse(cls, result: ActionResult, why: str) -> None:
        """End a result of a run that was not begun."""
        set_report(result, Report(False, why, OUTCOME_NOT_SENT if cls.creates else ""))

    def note_waiting(self, result: ActionResult) -> None:
        """Say what is known of a result whose story has not begun, should the run end before it does."""
        if self.creates:
            set_report(result, Report(False, "Nothing was sent: the message waits for its turn.", OUTCOME_NOT_SENT))

    async def handle(self, param: dict[str, Any], result: ActionResult) -> None:
        """Tell the story of one parameter set. At each await, what `result` says is true. What it raises fails it."""
        raise NotImplementedError

    async def end(self) -> None:
        """End what goes on at Twilio although its story has ended: asked once, in a run that was cancelled."""

    def fail(self, result: ActionResult, error: Exception) -> None:
        """Let an error end a result, and show it. One that does not say what was sent leaves the outcome as it is."""
        outcome = str(result.get_summary().get(SUMMARY_OUTCOME, ""))
        if self.creates and (not outcome or isinstance(error, _NOTHING_SENT)):
            outcome = OUTCOME_NOT_SENT
        set_report(result, Report(False, text_of(error), outcome))
        self.run.show(text_of(error))

    def counts(self) -> str:
        """Return what progress says of how a run of many stands; empty for nothing."""
        return ""


@dataclass(eq=False)
class ResultStanding(Standing):
    """Lets a result say how far a creation is: it is not sent while it waits, and unknown once its call may leave."""

    run: Run
    result: ActionResult
    kind: Kind

    def say(self, report: Report) -> None:
        """Let the result say what a report does."""
        set_report(self.result, report)

    def leaving(self) -> None:
        """Say that the request may leave."""
        text = f"It cannot be known whether Twilio took the {self.kind.noun}: the request that creates it did not end."
        self.say(Report(False, text, OUTCOME_UNKNOWN))

    def unsent(self, error: CallError) -> None:
        """Say that nothing was sent so far."""
        self.say(Report(False, f"Nothing was sent so far: {happened(error)}", OUTCOME_NOT_SENT))
        self.run.show(repetition_line(error), kept=False)

    def searching(self, error: CallError) -> None:
        """Say, and show, that the log is searched."""
        noun, log = self.kind.noun, self.kind.log
        text = (
            f"It cannot be known whether Twilio took the {noun}: the request that creates it failed "
            f"({clause(error)}), and the search of {log} for it did not end."
        )
        self.say(Report(False, text, OUTCOME_UNKNOWN))
        self.run.show(f"{sentence(error)} Searching {log} for the {noun}", kept=False)


class Report(NamedTuple):
    """What a result says: `is_success` decides its status, `text` is its message, `outcome` the word of its summary.

    Without an outcome, the summary stays as it is.
    """

    is_success: bool
    text: str
    outcome: str = ""


def set_report(result: ActionResult, report: Report) -> None:
    """Let a result say what a report does. The outcome comes first: playbooks branch on it."""
    if report.outcome:
        result.update_summary({SUMMARY_OUTCOME: report.outcome})
    result.set_status(phantom.APP_SUCCESS if report.is_success else phantom.APP_ERROR, literal(report.text))


def add_sentence(result: ActionResult, text: str) -> None:
    """Add a sentence to a result's message."""
    message = result.get_message()
    result.set_status(result.get_status(), literal(f"{message}{'' if message.endswith('.') else '.'} {text}"))


def set_row(result: ActionResult, resource: dict[str, Any]) -> None:
    """Let a resource, as Twilio sent it, be the first row of a result's data, in place of what it held so far."""
    result.get_data()[:1] = [dict(resource)]


def literal(text: str) -> str:
    """A text that reads the same after the platform ran str.format on it, and that any log can write."""
    return text.encode("utf-8", "replace").decode().replace("{", "{{").replace("}", "}}")
