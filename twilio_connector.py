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
"""The app as Splunk SOAR runs it: reads the asset, dispatches the action, and makes the results."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import phantom.app as phantom
from actions.asset import Asset, recipient_of_test
from phantom.action_result import ActionResult
from phantom.base_connector import BaseConnector
from twilio_api.client import TwilioClient
from twilio_api.clock import Clock
from twilio_api.errors import AccountNotActive, ErrorAnswer, TwilioError
from twilio_api.phone_number import to_e164
from twilio_api.text import checked_body, segments
from twilio_api.waiter import Followed, Message, follow, report
from twilio_consts import (
    ACTION_SEND_MESSAGE,
    ACTION_TEST_CONNECTIVITY,
    SUMMARY_DELIVERY_STATUS,
    TEST_FAILED,
    TEST_MESSAGE,
    TEST_PASSED,
)


class _Sent(Followed):
    """A message on its way, with the action result that it completes and the status that was told last."""

    def __init__(self, message: Message, accepted_at: float, result: ActionResult) -> None:
        super().__init__(message, accepted_at)
        self.result = result
        self.told = message.status


class TwilioConnector(BaseConnector):
    """Sends SMS through Twilio.

    "send message" sends in handle_action, once for each parameter set, and leaves a result that is already true:
    accepted, delivery not confirmed. finalize then follows all messages of the run together and completes their
    results. Every error ends in its own action result; nothing a server does raises out of here.
    """

    clock = Clock()

    def __init__(self) -> None:
        super().__init__()
        self._actions: dict[str, Callable[[dict[str, Any], ActionResult], bool]] = {
            ACTION_TEST_CONNECTIVITY: self._test_connectivity,
            ACTION_SEND_MESSAGE: self._send_message,
        }
        self._asset: Asset
        self._client: TwilioClient
        self._test_recipient: str | None = None
        self._sent: list[_Sent] = []
        self._at_the_end = ExitStack()

    # --- the life of a run

    def initialize(self) -> bool:
        """Check the asset's settings; a wrong one ends the run before any request."""
        config = self.get_config()
        try:
            self._asset = Asset.from_config(config)
            if self.get_action_identifier() == ACTION_TEST_CONNECTIVITY:
                self._test_recipient = recipient_of_test(config)
        except ValueError as error:
            return bool(self.set_status(phantom.APP_ERROR, _literal(str(error))))
        self._client = TwilioClient(self._asset, self.clock)
        self._at_the_end.callback(self._client.close)
        return bool(phantom.APP_SUCCESS)

    def handle_action(self, param: dict[str, Any]) -> bool:
        """Run the action on one parameter set, whose result is added whatever happens."""
        result = self.add_action_result(ActionResult(dict(param)))
        identifier = self.get_action_identifier()
        action = self._actions.get(identifier)
        if action is None:
            return self._fail(result, f"This app has no action '{identifier}'.")
        try:
            return action(param, result)
        except TwilioError as error:
            return self._fail(result, str(error))

    def finalize(self) -> bool:
        """Follow the messages of the run to their final status and complete their results."""
        with self._at_the_end:
            if self._sent:
                self._follow(self._sent)
        return bool(phantom.APP_SUCCESS)

    # --- the actions

    def _test_connectivity(self, param: dict[str, Any], result: ActionResult) -> bool:
        try:
            self._check_account()
            if self._test_recipient:
                self._follow([self._create(self._test_recipient, TEST_MESSAGE, result)])
            else:
                result.set_status(phantom.APP_SUCCESS, TEST_PASSED)
        except TwilioError as error:
            self._fail(result, str(error))
            self._say(str(error))
        self._say(TEST_PASSED if phantom.is_success(result.get_status()) else TEST_FAILED)
        return bool(result.get_status())

    def _check_account(self) -> None:
        """Tell a person which account the asset reaches; raises TwilioError unless it can send."""
        self._say(f"Reading account {self._asset.account_sid} at {self._asset.host}")
        try:
            account = self._client.account()
        except ErrorAnswer as error:
            if not error.means_test_credentials:
                raise
            self._say("Twilio knows these as test credentials: messages are checked, but nothing will really be sent")
            return
        if not account.is_active:
            raise AccountNotActive(account.friendly_name, account.status)
        self._say(f"The account {account.friendly_name} ({account.type}) is {account.status}")

    def _send_message(self, param: dict[str, Any], result: ActionResult) -> bool:
        try:
            to, body = to_e164(param.get("to_phone")), checked_body(param.get("message"))
        except ValueError as error:
            return self._fail(result, str(error))
        self._sent.append(self._create(to, body, result))
        return bool(result.get_status())

    # --- their common steps

    def _create(self, to: str, body: str, result: ActionResult) -> _Sent:
        """Send one message; from here on the result holds what Twilio said of it."""
        size = segments(body)
        parts = "1 segment" if size.number == 1 else f"{size.number} segments"
        self._say(f"Sending {parts} ({size.encoding}) to {to}")
        message = self._client.create(to, body)
        sent = _Sent(message, self.clock.monotonic(), result)
        result.add_data(dict(message.resource))
        self._complete(sent)
        self._say(f"Twilio accepted the message to {to} as {message.sid}")
        return sent

    def _follow(self, sent: list[_Sent]) -> None:
        """Follow messages together, each result completed as soon as its message is."""

        def seen(item: _Sent) -> None:
            self._complete(item)
            to, status = item.message.resource.get("to"), item.message.status
            waiting = sum(other.look_at is not None for other in sent)
            if item.look_at is None:
                self._say(f"{to}: {item.result.get_message()}")
            elif item.told != status:
                self._say(f"{to}: {status}", kept=False)
            elif waiting > 1:
                self._say(f"Waiting for {waiting} of {len(sent)} messages", kept=False)
            item.told = status

        follow(sent, self._client.message, self.clock, seen=seen, cancelled=self.is_action_cancelled)

    def _complete(self, sent: _Sent) -> None:
        """Bring an action result up to what was last seen of its message."""
        row = sent.result.get_data()[0]
        row.clear()
        row.update(sent.message.resource)
        sent.result.update_summary({SUMMARY_DELIVERY_STATUS: sent.message.status})
        told = report(sent)
        sent.result.set_status(phantom.APP_SUCCESS if told.ok else phantom.APP_ERROR, _literal(told.text))

    def _fail(self, result: ActionResult, text: str) -> bool:
        return bool(result.set_status(phantom.APP_ERROR, _literal(text)))

    def _say(self, text: str, *, kept: bool = True) -> None:
        (self.save_progress if kept else self.send_progress)(_literal(text))


def _literal(text: str) -> str:
    """A text that reads the same after the platform ran str.format on it, and that any log can write."""
    return text.encode("utf-8", "replace").decode().replace("{", "{{").replace("}", "}}")


def main(arguments: list[str]) -> int:
    """Run the saved input of an action, as app developers do on a SOAR box; returns the exit status."""
    if len(arguments) != 1:
        print("Usage: python twilio_connector.py TEST.json", file=sys.stderr)
        return 2
    connector = TwilioConnector()
    connector.print_progress_message = True
    result = json.loads(connector._handle_action(Path(arguments[0]).read_text(), None))
    print(json.dumps(result, indent=4))
    return 0 if result.get("status") == "success" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
