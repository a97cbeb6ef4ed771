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
"""A small app of its own for the tests of the local SOAR: its manifest, and a connector that a test scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from phantom.action_result import ActionResult
from phantom.base_connector import BaseConnector


APP_VERSION = "1.2.3"
CONFIG = {"host": "x.invalid"}

MANIFEST: dict[str, Any] = {
    "appid": "00000000-0000-0000-0000-000000000000",
    "name": "Toaster",
    "app_version": APP_VERSION,
    "main_module": "toaster_connector.py",
    "configuration": {
        "host": {"description": "Host", "data_type": "string", "required": True, "order": 0},
        "timeout": {"description": "Seconds", "data_type": "numeric", "required": False, "default": 30, "order": 1},
    },
    "actions": [
        {
            "action": "toast bread",
            "identifier": "toast_bread",
            "parameters": {
                "bread": {"description": "Bread", "data_type": "string", "required": True, "order": 0},
                "minutes": {"description": "Minutes", "data_type": "numeric", "order": 1},
                "is_buttered": {"description": "Butter", "data_type": "boolean", "order": 2},
                "colour": {
                    "description": "Colour",
                    "data_type": "string",
                    "value_list": ["light", "brown"],
                    "default": "light",
                    "order": 3,
                },
                "toppings": {
                    "description": "Toppings",
                    "data_type": "string",
                    "value_list": ["jam", "cheese"],
                    "allow_list": True,
                    "order": 4,
                },
            },
        },
        {
            "action": "on poll",
            "identifier": "on_poll",
            "parameters": {
                name: {"description": name, "data_type": data_type, "order": order}
                for order, (name, data_type) in enumerate(
                    [
                        ("start_time", "numeric"),
                        ("end_time", "numeric"),
                        ("container_id", "string"),
                        ("container_count", "numeric"),
                        ("artifact_count", "numeric"),
                    ]
                )
            },
        },
    ],
}


class Toaster(BaseConnector):
    """Notes what is called, and does what the test asks for."""

    def __init__(
        self,
        work: Callable[[Toaster], object] = lambda app: None,
        *,
        at_the_end: Callable[[Toaster], object] = lambda app: None,
        initializes: bool = True,
    ) -> None:
        super().__init__()
        self.calls: list[str] = []
        self._work, self._at_the_end, self._initializes = work, at_the_end, initializes

    def initialize(self) -> bool:
        self.calls.append("initialize")
        if not self._initializes:
            self.set_status(False, "wrong {{setting}}")
        return self._initializes

    def handle_action(self, param: dict[str, Any]) -> bool:
        self.calls.append(f"handle {param.get('bread')}")
        result = self.add_action_result(ActionResult(dict(param)))
        self._work(self)
        return result.set_status(True)

    def finalize(self) -> bool:
        self.calls.append("finalize")
        self._at_the_end(self)
        return True
