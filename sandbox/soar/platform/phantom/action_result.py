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
"""The result of one action on one parameter set."""

from __future__ import annotations

from typing import Any


class Status:
    """A status with its message, as both an action result and a whole run have one.

    Like the platform, it runs `str.format` on every message that is set, so that a lone brace raises and a doubled one
    reads as one.
    """

    def __init__(self) -> None:
        self._status = False
        self._message = ""
        self._summary: dict[str, Any] = {}

    def set_status(
        self, code: bool, message: str = "", exception: BaseException | None = None, *args: Any, **kwargs: Any
    ) -> bool:
        """Set status and message, and return the status."""
        self._status = bool(code)
        self._message = message.format(*args, **kwargs)
        if exception is not None:
            self._message = f"{self._message}. {exception}" if self._message else str(exception)
        return self._status

    def get_status(self) -> bool:
        """Return APP_SUCCESS or APP_ERROR; an error until something else was set."""
        return self._status

    def set_summary(self, summary: dict[str, Any]) -> None:
        """Replace the summary."""
        self._summary = summary

    def update_summary(self, summary: dict[str, Any]) -> dict[str, Any]:
        """Add to the summary and return it."""
        self._summary.update(summary)
        return self._summary

    def get_summary(self) -> dict[str, Any]:
        """Return the summary itself, not a copy."""
        return self._summary

    def get_message(self) -> str:
        """Return the message, or one made from the summary where none was set: {"lost": 1} reads "Lost: 1"."""
        if self._message:
            return self._message
        return ", ".join(f"{key.replace('_', ' ').capitalize()}: {value}" for key, value in self._summary.items())


class ActionResult(Status):
    """The status, data and summary that an app gives for one parameter set."""

    def __init__(self, param: dict[str, Any] | None = None) -> None:
        super().__init__()
        self._param = param or {}
        self._data: list[Any] = []

    def is_success(self) -> bool:
        """Return whether the status is APP_SUCCESS."""
        return self._status

    def is_fail(self) -> bool:
        """Return whether the status is APP_ERROR."""
        return not self._status

    def add_data(self, item: Any) -> Any:
        """Append a row of data and return it."""
        self._data.append(item)
        return item

    def get_data(self) -> list[Any]:
        """Return the rows themselves."""
        return self._data

    def get_data_size(self) -> int:
        """Return the number of rows."""
        return len(self._data)

    def get_param(self) -> dict[str, Any]:
        """Return the parameter set."""
        return self._param

    def get_dict(self) -> dict[str, Any]:
        """Return the result as it stands in the JSON of the run."""
        return {
            "data": self._data,
            "extra_data": [],
            "summary": self._summary,
            "status": "success" if self._status else "failed",
            "message": self.get_message(),
            "parameter": {key: value for key, value in self._param.items() if key != "context"},
            "context": self._param.get("context", {}),
        }
