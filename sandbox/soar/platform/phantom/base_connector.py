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
from pathlib import Path
from typing import Any, Callable

from phantom.action_result import ActionResult, Status


logger = logging.getLogger("phantom.app")


class BaseConnector:
    """The life of an action run: initialize, handle_action for each parameter set, finalize, then the result JSON."""

    def __init__(self) -> None:
        self._run = Status()
        self._in_json: dict[str, Any] = {}
        self._action_results: list[ActionResult] = []
        self._current_param: dict[str, Any] = {}
        self._cancelled = False
        self.print_progress_message = False
        # Hooks of the stand-in: where state is kept, and who listens to progress
        self.state_dir: Path | None = None
        self.progress: Callable[[str, bool], None] = lambda text, is_kept: None
        self.progress_lines: list[str] = []

    # --- what apps override

    def initialize(self) -> bool:
        """Prepare the run; where it returns APP_ERROR no parameter set is handled."""
        return True

    def handle_action(self, param: dict[str, Any]) -> bool:
        """Handle one parameter set."""
        raise NotImplementedError

    def finalize(self) -> bool:
        """Finish the run, after the last parameter set."""
        return True

    def handle_exception(self, exception: BaseException) -> None:
        """Hear of an exception that left handle_action."""

    def handle_cancel(self) -> None:
        """Hear of a cancelled run."""

    # --- what the platform does

    def _handle_action(self, in_json: str, handle: Any) -> str:
        """Run an action: its input as JSON in, its result as JSON out. Never raises."""
        self._in_json = json.loads(in_json)
        crash: BaseException | None = None
        try:
            if self.initialize():
                for param in self._in_json.get("parameters") or [{}]:
                    if self._cancelled:
                        break
                    self._current_param = param
                    self.handle_action(param)
                self._current_param = {}
                self.finalize()
        except Exception as error:
            crash = error
            logger.exception("the app raised")
            self.handle_exception(error)
            self._run.set_status(False, "Exception Occurred. {}", None, error)
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

    def cancel(self) -> None:
        """Cancel the run, as a person does in the platform's interface."""
        self._cancelled = True
        self.handle_cancel()

    # --- what apps call

    def add_action_result(self, result: ActionResult) -> ActionResult:
        """Add the result of a parameter set and return it."""
        self._action_results.append(result)
        return result

    def get_action_results(self) -> list[ActionResult]:
        """The results of all parameter sets so far."""
        return self._action_results

    def get_config(self) -> dict[str, Any]:
        """The asset's configuration."""
        return dict(self._in_json.get("config") or {})

    def get_action_identifier(self) -> str:
        """The identifier of the action that runs."""
        return str(self._in_json.get("identifier", ""))

    def get_action_name(self) -> str:
        """The name of the action that runs."""
        return str(self._in_json.get("action", ""))

    def get_asset_id(self) -> str:
        """The id of the asset."""
        return str(self._in_json.get("asset_id", ""))

    def get_app_id(self) -> str:
        """The id of the app."""
        return str(self._in_json.get("appid", ""))

    def get_app_json(self) -> dict[str, Any]:
        """The app's manifest."""
        return dict(self._in_json.get("app_json") or {})

    def get_container_id(self) -> Any:
        """The id of the container that the action runs on."""
        return self._in_json.get("container_id")

    def get_current_param(self) -> dict[str, Any]:
        """The parameter set that is handled now."""
        return self._current_param

    def set_status(
        self, code: bool, message: str = "", exception: BaseException | None = None, *args: Any, **kwargs: Any
    ) -> bool:
        """Set status and message of the whole run, and return the status."""
        return self._run.set_status(code, message, exception, *args, **kwargs)

    def get_status(self) -> bool:
        """The status of the whole run."""
        return self._run.get_status()

    def get_status_message(self) -> str:
        """The message of the whole run."""
        return self._run.get_message()

    def append_to_message(self, text: str) -> None:
        """Add a sentence to the message of the whole run."""
        self._run.append_to_message(text)

    def update_summary(self, summary: dict[str, Any]) -> dict[str, Any]:
        """Add to the summary of the whole run."""
        return self._run.update_summary(summary)

    def set_summary(self, summary: dict[str, Any]) -> None:
        """Replace the summary of the whole run."""
        self._run.set_summary(summary)

    def get_summary(self) -> dict[str, Any]:
        """The summary of the whole run."""
        return self._run.get_summary()

    def save_progress(self, text: str, *args: Any) -> None:
        """Show a line of progress and keep it."""
        line = text.format(*args)
        self.progress_lines.append(line)
        if self.print_progress_message:
            print(line)
        self.progress(line, True)

    def send_progress(self, text: str, *args: Any) -> None:
        """Show a line of progress until the next one."""
        self.progress(text.format(*args), False)

    def debug_print(self, tag: str, dump: Any = "") -> None:
        """Write into the app's log, where it is set to debug."""
        logger.debug("%s %s", tag, dump)

    def error_print(self, tag: str, dump: Any = "") -> None:
        """Write into the app's log."""
        logger.error("%s %s", tag, dump)

    def is_action_cancelled(self) -> bool:
        """Whether a person cancelled the run."""
        return self._cancelled

    def is_poll_now(self) -> bool:
        """Whether a person pressed "poll now"."""
        return False

    def load_state(self) -> dict[str, Any]:
        """Read the state that the asset's last run saved."""
        path = self._state_path()
        return dict(json.loads(path.read_text())) if path is not None and path.exists() else {}

    def save_state(self, state: dict[str, Any]) -> bool:
        """Keep a state for the asset's next run."""
        path = self._state_path()
        if path is not None:
            path.write_text(json.dumps(state))
        return True

    def _state_path(self) -> Path | None:
        return None if self.state_dir is None else self.state_dir / f"{self.get_asset_id()}_state.json"
