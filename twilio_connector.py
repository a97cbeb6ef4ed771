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

import asyncio
import json
import random
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import phantom.app as phantom
from actions import find_action
from actions.action import Action, Run, literal
from actions.asset import Asset, read_asset
from actions.error_text import repetition_line
from actions.run_loop import RunLoop
from phantom.action_result import ActionResult
from phantom.base_connector import BaseConnector
from twilio_api.client import TwilioClient
from twilio_api.errors import CallError
from twilio_api.transport import Transport
from twilio_api.values import WrongValue


class TwilioConnector(BaseConnector):
    """Runs one action of the app on each parameter set.

    SOAR calls `initialize` once, `handle_action` for each parameter set, and `finalize` once. Every error ends in its
    own action result; nothing a server does raises out of here. An exception of the platform that ends the run, such as
    the SystemExit of a signal, ends everything that the run began.
    """

    # What a test replaces to play a run in a time of its own
    new_event_loop = staticmethod(asyncio.new_event_loop)
    new_transport = staticmethod(Transport)
    rng = random.Random()  # noqa: S311 for jitter, which is no secret
    time = staticmethod(time.time)

    _kind: type[Action] = Action
    _refusal = ""  # why the run was not begun
    _loop: RunLoop | None = None

    def initialize(self) -> bool:
        """Check the asset's settings; a wrong one ends the run before any request."""
        try:
            self._kind = find_action(self.get_action_identifier())
            self._begin(read_asset(self.get_config()))
        except WrongValue as error:
            self._refusal = str(error)
            self._kind.refuse_run(self._refusal, self._progress)
            return bool(self.set_status(phantom.APP_ERROR, literal(self._refusal)))
        return bool(phantom.APP_SUCCESS)

    def handle_action(self, param: dict[str, Any]) -> bool:
        """Run the action on one parameter set, whose result is added whatever happens."""
        result = self.add_action_result(ActionResult(dict(param)))
        if self._loop is None:
            self._kind.refuse(result, self._refusal)
        else:
            self._loop.begin(param, result)
        return bool(result.get_status())

    def finalize(self) -> bool:
        """Complete the results that are still open."""
        if self._loop is not None:
            self._loop.finish()
        return bool(phantom.APP_SUCCESS)

    def _begin(self, asset: Asset) -> None:
        loop, credentials = self.new_event_loop(), asset.credentials
        try:
            twilio = TwilioClient(
                asset.base_url,
                credentials,
                self.new_transport((credentials.user, credentials.secret), credentials.redact),
                loop,
                self.rng,
                time=self.time,
                asks_cancelled=self.is_action_cancelled,
                on_repeat=self._show_repetition,
            )
            run = Run(asset, twilio, self, self._progress, loop.create_future())
            self._loop = RunLoop(loop, run, self._kind(run))
        except BaseException:
            loop.close()
            raise

    def _show_repetition(self, error: CallError) -> None:
        self._progress(repetition_line(error), kept=False)

    def _progress(self, text: str, *, kept: bool = True) -> None:
        """Show a line. Whether the platform can show it changes nothing of the run."""
        with suppress(Exception):
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
    print(as_json(result, sys.stdout.encoding))
    return 0 if result.get("status") == "success" else 1


def as_json(result: dict[str, Any], encoding: str) -> str:
    """Return a result as people read it, with the letters as they are where this encoding has them all."""
    text = json.dumps(result, indent=4, ensure_ascii=False)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(result, indent=4)
    return text


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
