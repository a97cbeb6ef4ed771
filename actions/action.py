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

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import phantom.app as phantom
from actions.asset import Asset
from actions.error_text import text_of
from phantom.action_result import ActionResult
from twilio_api.client import TwilioClient
from twilio_api.clock import Clock
from twilio_consts import SUMMARY_OUTCOME


class Soar(Protocol):
    """What "on poll" needs of the platform. A status is true for a success; no id is a failure all the same."""

    def get_config(self) -> dict[str, Any]:
        """Return the asset's configuration."""

    def is_poll_now(self) -> bool:
        """Whether a person pressed "Poll Now"."""

    def load_state(self) -> dict[str, Any] | None:
        """Return the asset's state, None where it cannot be read."""

    def save_state(self, state: dict[str, Any]) -> Any:
        """Replace the asset's state."""

    def save_container(self, container: dict[str, Any]) -> tuple[bool, str, Any]:
        """Save a container; return status, message and id."""

    def save_artifacts(self, artifacts: list[dict[str, Any]]) -> tuple[bool, str, Any]:
        """Save artifacts, each of which names its container; return status, message and ids."""


class Run(NamedTuple):
    """What an action gets.

    `progress` shows a line: `progress(text)` keeps it, `progress(text, kept=False)` lets the next replace it. Only the
    thread that runs the action may call it.
    """

    asset: Asset
    twilio: TwilioClient
    clock: Clock
    progress: Callable[..., None]
    is_cancelled: Callable[[], bool]
    soar: Soar


class Action:
    """One action of the app, made once for each run.

    Making it may raise WrongValue for a setting of the asset that only this action uses.
    """

    def __init__(self, run: Run) -> None:
        self.run = run

    @classmethod
    def refuse_run(cls, why: str, progress: Callable[..., None]) -> None:
        """Show that a run was not begun; nothing to do where the message of the run is enough."""

    @classmethod
    def refuse(cls, result: ActionResult, why: str) -> None:
        """End a result of a run that was not begun."""
        set_failed(result, why)

    def start(self, param: dict[str, Any], result: ActionResult) -> None:
        """Handle one parameter set; when this returns, what `result` says is true. What it raises fails the result."""
        raise NotImplementedError

    def finish(self) -> None:
        """Complete the results that `start` left open; nothing to do for most actions."""

    def fail(self, result: ActionResult, error: Exception) -> None:
        """Let an error end a result."""
        set_failed(result, text_of(error))


class Report(NamedTuple):
    """What a result says: `is_success` decides its status, `outcome` is the word of its summary, `text` its message."""

    is_success: bool
    outcome: str
    text: str


def set_status(result: ActionResult, text: str, *, is_success: bool) -> None:
    """Set a result's status, and its message."""
    result.set_status(phantom.APP_SUCCESS if is_success else phantom.APP_ERROR, literal(text))


def set_succeeded(result: ActionResult, text: str) -> None:
    """Set a result's status to success, and its message."""
    set_status(result, text, is_success=True)


def set_failed(result: ActionResult, text: str) -> None:
    """Set a result's status to failed, and its message."""
    set_status(result, text, is_success=False)


def add_sentence(result: ActionResult, text: str) -> None:
    """Add a sentence to a result's message."""
    message = result.get_message()
    result.set_status(result.get_status(), literal(f"{message}{'' if message.endswith('.') else '.'} {text}"))


def set_report(result: ActionResult, report: Report) -> None:
    """Let a result say what a report does."""
    set_outcome(result, report.outcome)
    set_status(result, report.text, is_success=report.is_success)


def set_outcome(result: ActionResult, outcome: str) -> None:
    """Set the one word of a result that playbooks branch on."""
    result.update_summary({SUMMARY_OUTCOME: outcome})


def set_row(result: ActionResult, resource: dict[str, Any]) -> None:
    """Let a resource, as Twilio sent it, be the result's only row of data."""
    rows = result.get_data()
    if not rows:
        result.add_data(dict(resource))
        return
    row = rows[0]
    row.update(resource)  # at no moment is it without its SID
    for name in row.keys() - resource.keys():
        del row[name]


def literal(text: str) -> str:
    """A text that reads the same after the platform ran str.format on it, and that any log can write."""
    return text.encode("utf-8", "replace").decode().replace("{", "{{").replace("}", "}}")
