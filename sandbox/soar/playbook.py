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
"""What a playbook has: `phantom.act`, `phantom.collect2` and their like, over the local SOAR.

A playbook's code is run as the platform runs it: `on_start(container)` first, and a callback when an action's run has
ended. Here an action runs at once, and its callback after what called it.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from unittest import mock

import phantom


RunAction = Callable[[str, Sequence[Mapping[str, Any]]], dict[str, Any]]
Callback = Callable[..., None]
_ARTIFACTS = "artifact:*."


class ActionRun(NamedTuple):
    """An action that a playbook ran: under which name, what it was given, and the result JSON that came of it."""

    name: str
    action: str
    parameters: list[dict[str, Any]]
    result: dict[str, Any]


class LocalPlaybook:
    """The module `phantom.rules` of one playbook. `run` runs an action on an asset, given its parameter sets.

    `runs` holds each run in its order, `lines` what the playbook said with `debug` and `error`.
    """

    def __init__(self, run: RunAction) -> None:
        self._run = run
        self._callbacks: deque[Callable[[], None]] = deque()
        self.runs: list[ActionRun] = []
        self.lines: list[str] = []

    def play(self, code: str, container: Mapping[str, Any] | None = None) -> None:
        """Run a playbook's code on a container, to the end of its last callback."""
        names: dict[str, Any] = {"phantom": self}
        # For a playbook that imports it: as a module, and as an attribute of its package, where an app has imported it
        with (
            mock.patch.dict(sys.modules, {"phantom.rules": self}),
            mock.patch.object(phantom, "rules", self, create=True),
        ):
            exec(compile(code, "<playbook>", "exec"), names)  # noqa: S102 this is what a playbook is
        names["on_start"](dict(container or {"id": 1}))
        while self._callbacks:
            self._callbacks.popleft()()

    def act(
        self,
        action: str,
        parameters: Sequence[Mapping[str, Any]] = ({},),
        assets: Sequence[str] | None = None,
        callback: Callback | None = None,
        name: str = "",
        **_: Any,
    ) -> None:
        """Run an action, once for each parameter set, and call back with its results."""
        given = [dict(row) for row in parameters]
        if not given:
            return
        run = ActionRun(name or action, action, given, self._run(action, given))
        self.runs.append(run)
        if callback is not None:
            self._callbacks.append(
                lambda: callback(
                    action=run.name,
                    success=run.result["status"] == "success",
                    container={"id": 1},
                    results=[{"name": run.name, "action_results": run.result["result_data"]}],
                    handle=None,
                )
            )

    def collect2(
        self,
        container: Mapping[str, Any] | None = None,
        datapath: Sequence[str] = (),
        action_results: Sequence[Mapping[str, Any]] = (),
        **_: Any,
    ) -> list[list[Any]]:
        """Return a row for each result or artifact, and for each row of data where a path crosses a list."""
        rows: list[list[Any]] = []
        if container and all(path.startswith(_ARTIFACTS) for path in datapath):
            artifacts = container.get("artifacts") or []
            steps = [path[len(_ARTIFACTS) :].split(".") for path in datapath]
            return [[_values(artifact, step)[0] for step in steps] for artifact in artifacts]
        for run in action_results:
            for result in run["action_results"]:
                columns = [_values(result, _path_in(path, run["name"])) for path in datapath]
                for number in range(max(map(len, columns))):
                    rows.append([column[min(number, len(column) - 1)] for column in columns])
        return rows

    def debug(self, text: object) -> None:
        """Write into the playbook's log."""
        self.lines.append(str(text))

    error = debug


def _path_in(path: str, name: str) -> list[str]:
    """The steps of a data path such as "send_message_1:action_result.summary.outcome" within an action result."""
    run, _, steps = path.rpartition(":")
    if run not in ("", name) or not steps.startswith("action_result."):
        raise ValueError(f"{path} is no data path of {name}")
    return steps.split(".")[1:]


def _values(found: Any, steps: Sequence[str]) -> list[Any]:
    """The values under a path; None where there is none."""
    if not steps:
        return [found]
    step, *rest = steps
    if step == "*":
        rows = found if isinstance(found, list) else []
        return [value for row in rows for value in _values(row, rest)] or [None]
    return _values(found.get(step), rest) if isinstance(found, dict) else [None]
