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
"""The action "test connectivity"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actions.action import Run, set_succeeded
from actions.creations import CreatingAction
from actions.error_text import text_of
from actions.sending import Sending
from phantom.action_result import ActionResult
from twilio_api.account import can_send_sms, read_account, read_newest_message
from twilio_api.errors import AccountNotActive, ApiError, ReadFailed
from twilio_api.messages import Draft
from twilio_consts import CODE_SENDER_NOT_YOURS, TEST_FAILED, TEST_MESSAGE, TEST_PASSED


class TestConnectivity(CreatingAction):
    """Proves that the asset reaches its account, and with to_phone also that a message arrives."""

    __test__ = False  # it is not a test of pytest's

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._recipient = run.asset.test_recipient()
        self._sending = Sending(run, super().fail)  # which shows an error by itself
        self._result: ActionResult | None = None

    @classmethod
    def refuse_run(cls, why: str, progress: Callable[..., None]) -> None:
        """Show a person who pressed the button what is wrong, and that the test failed."""
        progress(why)
        progress(TEST_FAILED)

    def start(self, param: dict[str, Any], result: ActionResult) -> None:
        """Check credentials, account and sender, and send the test message."""
        self._result = result
        self._check_credentials()
        set_succeeded(result, TEST_PASSED)
        if self._recipient:
            self._sending.send(Draft(self._recipient, self.run.asset.sender, body=TEST_MESSAGE), result)
        else:
            self.run.progress("No test message is sent, since to_phone of the asset is empty")

    def finish(self) -> None:
        """Wait for the test message, and say whether the test passed."""
        self._sending.wait()
        if self._result is not None:
            self.run.progress(TEST_PASSED if self._result.is_success() else TEST_FAILED)

    def fail(self, result: ActionResult, error: Exception) -> None:
        """Let an error end the test, and show it."""
        super().fail(result, error)
        self.run.progress(text_of(error))

    def _check_credentials(self) -> None:
        asset, progress = self.run.asset, self.run.progress
        try:
            if asset.api_sid:
                progress(f"Reading the message log of {asset.account_sid} with the API key {asset.api_sid}")
                read_newest_message(self.run.twilio)
                progress("The API key works")
            else:
                self._check_account()
        except ReadFailed as error:
            if not (isinstance(error.cause, ApiError) and error.cause.is_test_credentials):
                raise
            progress("Twilio knows these as test credentials: messages are checked, but nothing will really be sent")
            return
        self._check_sender()

    def _check_account(self) -> None:
        self.run.progress(f"Reading account {self.run.asset.account_sid} at {self.run.twilio.host}")
        account = read_account(self.run.twilio)
        if not account.is_active:
            raise AccountNotActive(account.friendly_name, account.status)
        self.run.progress(f"The account {account.friendly_name} ({account.type}) is {account.status}")

    def _check_sender(self) -> None:
        """Say whether the sender is a number of the account; no more than a warning, since numbers can be shared."""
        sender = self.run.asset.sender
        if not sender.is_number:
            return
        try:
            can_send = can_send_sms(self.run.twilio, sender.value)
        except ReadFailed:  # a key may lack this permission, and the test does not depend on it
            return
        if can_send:
            self.run.progress(f"The sender {sender.value} is a number of this account that can send SMS")
        else:
            self.run.progress(
                f"The sender {sender.value} is not among the numbers of this account that can send SMS. "
                f"If Twilio refuses messages with error {CODE_SENDER_NOT_YOURS}, change from_phone"
            )
