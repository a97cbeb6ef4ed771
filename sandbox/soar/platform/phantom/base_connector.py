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
"""The class that every app derives from."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Callable, NamedTuple, Protocol, TypeVar

from phantom.action_result import ActionResult, Status


logger = logging.getLogger("phantom.app")

_Value = TypeVar("_Value")


class Store(Protocol):
    """What the stand-in needs of a database: containers, artifacts, files and states that outlive a run."""

    def save_container(self, asset_id: str, container: Mapping[str, Any]) -> tuple[bool, str, int | None]:
        """Save a container with its artifacts; return status, message and id."""

    def save_artifacts(
        self, asset_id: str, artifacts: Sequence[Mapping[str, Any]]
    ) -> tuple[bool, str, list[int] | None]:
        """Save artifacts; return status, message and ids."""

    def load_state(self, asset_id: str) -> dict[str, Any] | None:
        """Return the state of an asset, empty where there is none, None where it cannot be read."""

    def save_state(self, asset_id: str, state: Mapping[str, Any]) -> bool:
        """Replace the state of an asset; return whether that worked."""

    def vault_tmp_dir(self) -> Path:
        """Return the folder in which apps write what they add to the vault."""

    def vault_add(
        self,
        container_id: int,
        location: str,
        name: str,
        metadata: Mapping[str, Any] | None,
        *,
        known_id: object = None,
    ) -> tuple[bool, str, str | None]:
        """Add a file to a container; return status, message and its id in the vault."""

    def vault_info(
        self, vault_id: str | None = None, file_name: str | None = None, container_id: int | None = None
    ) -> tuple[bool, str, list[dict[str, Any]]]:
        """Find files of the vault by what is given of them; return status, message and a row for each."""


class ProcessDied(SystemExit):
    """The process of a run was killed: no `except Exception` survives it, nor does an event loop."""


class ProgressLine(NamedTuple):
    """A line of progress: its text, whether the platform keeps it, and the name of the thread that reported it."""

    text: str
    is_kept: bool
    thread: str


class BaseConnector:
    """The life of an action run: initialize, handle_action for each parameter set, finalize, then the result JSON.

    A run whose process died (`ProcessDied`, raised by the store, by the progress hook, or after `kill`) leaves no
    result; whatever the app still calls on the platform, in a `finally` or in another thread, raises again.
    """

    def __init__(self) -> None:
        self._run = Status()
        self._in_json: dict[str, Any] = {}
        self._action_results: list[ActionResult] = []
        self._cancelled = False
        self._death: ProcessDied | None = None
        self.print_progress_message = False
        # Hooks of the stand-in: the manifest, the database, who gets each progress line, and what a run leaves behind
        self.app_json: dict[str, Any] = {}
        self.store: Store | None = None
        self.progress: Callable[[str, bool], None] = lambda text, is_kept: None
        self.progress_log: list[ProgressLine] = []
        self.run_thread = ""

    # --- what apps override

    def initialize(self) -> bool:
        """Prepare the run; where this returns APP_ERROR no parameter set is handled."""
        return True

    def handle_action(self, param: dict[str, Any]) -> bool:
        """Handle one parameter set."""
        raise NotImplementedError

    def finalize(self) -> bool:
        """Finish the run, after the last parameter set."""
        return True

    # --- what the platform does

    def _handle_action(self, in_json: str, handle: Any) -> str:
        """Run an action: its input as JSON in, its result as JSON out. Raises ProcessDied and nothing else."""
        self._in_json = json.loads(in_json)
        self.run_thread = threading.current_thread().name
        crash: BaseException | None = None
        token = RUNNING.set(self)
        try:
            if self.initialize():
                for param in self._in_json.get("parameters") or [{}]:
                    if self._cancelled:
                        break
                    self.handle_action(param)
                self.finalize()
        except Exception as error:
            crash = error
            logger.exception("the app raised")
            self._run.set_status(False, "Exception Occurred. {}", None, error)
        finally:
            RUNNING.reset(token)
        self._check_alive()
        return json.dumps(self._result(crash is not None))

    def _result(self, crashed: bool) -> dict[str, Any]:
        results = [result.get_dict() for result in self._action_results]
        good = sum(result["status"] == "success" for result in results)
        if results and not crashed:
            is_good, message = (
                good > 0,
                results[0]["message"] if len(results) == 1 else f"{good} of {len(results)} succeeded",
            )
        else:
            is_good, message = self._run.get_status() and not crashed, self._run.get_message()
        return {
            "identifier": self.get_action_identifier(),
            "action": self.get_action_name(),
            "status": "success" if is_good else "failed",
            "message": message,
            "result_data": results,
            "result_summary": {
                "total_objects": len(results),
                "total_objects_successful": good,
                **self._run.get_summary(),
            },
        }

    # --- hooks of the stand-in

    def cancel(self) -> None:
        """Cancel the run, as a person does in the platform's interface."""
        self._cancelled = True

    def kill(self) -> None:
        """Let the process die at its next call on the platform. Any thread may call this."""
        self._death = self._death or ProcessDied("the process was killed")

    @property
    def progress_lines(self) -> list[str]:
        """The lines of progress that the platform keeps."""
        return [line.text for line in self.progress_log if line.is_kept]

    @property
    def progress_threads(self) -> set[str]:
        """The names of the threads that reported progress; the platform's own is `run_thread`."""
        return {line.thread for line in self.progress_log}

    def _check_alive(self) -> None:
        if self._death is not None:
            raise self._death

    def _platform(self, call: Callable[[], _Value]) -> _Value:
        """Make a call on the platform, which a dead process cannot."""
        self._check_alive()
        try:
            return call()
        except ProcessDied as death:
            self._death = death
            raise

    def _database(self) -> Store:
        if self.store is None:
            raise RuntimeError("This run has no database: set `store` before it, as sandbox.soar.run_action does")
        return self.store

    def on_database(self, call: Callable[[Store], _Value]) -> _Value:
        """Let the other modules of the stand-in call the database of this run."""
        return self._platform(lambda: call(self._database()))

    # --- what apps call

    def add_action_result(self, result: ActionResult) -> ActionResult:
        """Add the result of a parameter set and return it."""
        self._action_results.append(result)
        return result

    def get_action_results(self) -> list[ActionResult]:
        """Return the results of all parameter sets so far."""
        return self._action_results

    def get_config(self) -> dict[str, Any]:
        """Return the asset's configuration."""
        return dict(self._in_json.get("config") or {})

    def get_action_identifier(self) -> str:
        """Return the identifier of the action that runs."""
        return str(self._in_json.get("identifier", ""))

    def get_action_name(self) -> str:
        """Return the name of the action that runs."""
        return str(self._in_json.get("action", ""))

    def get_asset_id(self) -> str:
        """Return the id of the asset."""
        return str(self._in_json.get("asset_id", ""))

    def get_app_json(self) -> dict[str, Any]:
        """Return the app's manifest."""
        return dict(self.app_json)

    def get_container_id(self) -> Any:
        """Return the id of the container that the action runs on."""
        return self._in_json.get("container_id")

    def set_status(
        self, code: bool, message: str = "", exception: BaseException | None = None, *args: Any, **kwargs: Any
    ) -> bool:
        """Set status and message of the whole run, and return the status."""
        return self._run.set_status(code, message, exception, *args, **kwargs)

    def get_status(self) -> bool:
        """Return the status of the whole run."""
        return self._run.get_status()

    def update_summary(self, summary: dict[str, Any]) -> dict[str, Any]:
        """Add to the summary of the whole run and return it."""
        return self._run.update_summary(summary)

    def set_summary(self, summary: dict[str, Any]) -> None:
        """Replace the summary of the whole run."""
        self._run.set_summary(summary)

    def get_summary(self) -> dict[str, Any]:
        """Return the summary of the whole run."""
        return self._run.get_summary()

    def save_progress(self, text: str, *args: Any, **kwargs: Any) -> None:
        """Show a line of progress and keep it."""
        self._report(text.format(*args, **kwargs), True)

    def send_progress(self, text: str, *args: Any, **kwargs: Any) -> None:
        """Show a line of progress until the next one."""
        self._report(text.format(*args, **kwargs), False)

    def _report(self, line: str, is_kept: bool) -> None:
        self._check_alive()
        self.progress_log.append(ProgressLine(line, is_kept, threading.current_thread().name))
        if is_kept and self.print_progress_message:
            print(line)
        self._platform(lambda: self.progress(line, is_kept))

    def is_action_cancelled(self) -> bool:
        """Return whether a person cancelled the run."""
        self._check_alive()
        return self._cancelled

    def is_poll_now(self) -> bool:
        """Return whether a person pressed "Poll Now"; a scheduled poll is none."""
        return bool(self._in_json.get("poll_now"))

    def load_state(self) -> dict[str, Any] | None:
        """Return the asset's state with its `app_version`, or None where it cannot be read."""
        state = self._platform(lambda: self._database().load_state(self.get_asset_id()))
        return None if state is None else {"app_version": self._app_version(), **state}

    def save_state(self, state: dict[str, Any]) -> bool:
        """Replace the asset's state as a whole; return APP_ERROR where that failed."""
        whole = {**state, "app_version": self._app_version()}
        return self._platform(lambda: self._database().save_state(self.get_asset_id(), whole))

    def _app_version(self) -> str:
        return str(self.get_app_json().get("app_version", ""))

    def save_container(self, container: dict[str, Any]) -> tuple[bool, str, int | None]:
        """Save a container, with the artifacts in it; return status, message and id.

        A container that the asset has already saved, known by its `source_data_identifier`, is a success with the
        message "Duplicate container found" and the id of the one that is there.
        """
        return self._platform(lambda: self._database().save_container(self.get_asset_id(), container))

    def save_artifacts(self, artifacts: list[dict[str, Any]]) -> tuple[bool, str, list[int] | None]:
        """Save artifacts, each of which names its `container_id`; return status, message and ids."""
        return self._platform(lambda: self._database().save_artifacts(self.get_asset_id(), artifacts))


# The run that the functions of `phantom.vault` and `phantom.rules` are called in
RUNNING: ContextVar[BaseConnector] = ContextVar("running")
