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
"""The app as Splunk SOAR runs it: the life of a run, and nothing else."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import phantom.app as phantom
from actions import find_action
from actions.action import Action, Run, literal
from actions.asset import Asset
from actions.error_text import text_of
from phantom.action_result import ActionResult
from phantom.base_connector import BaseConnector
from twilio_api.client import TwilioClient
from twilio_api.clock import Clock
from twilio_api.values import WrongValue


class TwilioConnector(BaseConnector):
    """Runs one action of the app on each parameter set.

    SOAR calls `initialize` once, `handle_action` for each parameter set, and `finalize` once. Every error ends in its
    own action result; nothing a server does raises out of here.
    """

    clock = Clock()

    def __init__(self) -> None:
        super().__init__()
        self._kind: type[Action] | None = None
        self._action: Action | None = None
        self._refusal = ""
        self._twilio: TwilioClient | None = None

    def initialize(self) -> bool:
        """Check the asset's settings; a wrong one ends the run before any request."""
        identifier = self.get_action_identifier()
        self._kind = find_action(identifier)
        self._refusal = f"This app has no action '{identifier}'."
        try:
            asset = Asset.from_config(self.get_config())
            twilio = TwilioClient(asset.base_url, asset.credentials, self.clock, is_cancelled=self.is_action_cancelled)
            self._twilio = twilio
            if self._kind is not None:
                self._action = self._kind(
                    Run(asset, twilio, self.clock, self._progress, self.is_action_cancelled, self)
                )
        except WrongValue as error:
            self._refusal = str(error)
            (self._kind or Action).refuse_run(self._refusal, self._progress)
            return bool(self.set_status(phantom.APP_ERROR, literal(self._refusal)))
        return bool(phantom.APP_SUCCESS)

    def handle_action(self, param: dict[str, Any]) -> bool:
        """Run the action on one parameter set, whose result is added whatever happens."""
        result = self.add_action_result(ActionResult(dict(param)))
        if self._action is None:
            (self._kind or Action).refuse(result, self._refusal)
            return bool(result.get_status())
        try:
            self._action.start(param, result)
        except Exception as error:  # ends this result, and no other
            self._action.fail(result, error)
        return bool(result.get_status())

    def finalize(self) -> bool:
        """Complete the results that are still open."""
        try:
            if self._action is not None:
                self._action.finish()
        except Exception as error:  # every result says already what is known of it
            self._progress(text_of(error))
        finally:
            if self._twilio is not None:
                self._twilio.close()
        return bool(phantom.APP_SUCCESS)

    def _progress(self, text: str, *, kept: bool = True) -> None:
        (self.save_progress if kept else self.send_progress)(literal(text))


def main(arguments: list[str]) -> int:
    """Run the saved input of an action, as app developers do on a SOAR box, and return the exit status.

    It is 0 where the action succeeded, 1 where it failed, and 2 where nothing could be run.
    """
    usage = "Usage: python twilio_connector.py TEST.json, where TEST.json is the saved input JSON of an action"
    if arguments in (["-h"], ["--help"]):
        print(usage)
        return 0
    try:
        if len(arguments) != 1:
            raise ValueError(usage)
        in_json = read_input(Path(arguments[0]))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    connector = TwilioConnector()
    connector.print_progress_message = True
    result = json.loads(connector._handle_action(json.dumps(in_json), None))
    print(json.dumps(result, indent=4))
    return 0 if result.get("status") == "success" else 1


def read_input(path: Path) -> dict[str, Any]:
    """Read the saved input JSON of an action; raises ValueError, which says what is wrong with the file."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from error
    fields = found if isinstance(found, dict) else {}
    parameters = fields.get("parameters", [])
    if (
        not (isinstance(fields.get("identifier"), str) and fields["identifier"])
        or not isinstance(fields.get("config", {}), dict)
        or not (isinstance(parameters, list) and all(isinstance(row, dict) for row in parameters))
    ):
        raise ValueError(
            f"{path} is not the input of an action: it must be an object with the action's identifier, such as "
            '{"identifier": "test_connectivity", "config": {}, "parameters": [{}]}'
        )
    return fields


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
