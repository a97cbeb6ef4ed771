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

from actions.action import Report, set_report
from actions.send_message import SendMessage
from phantom.action_result import ActionResult
from twilio_api.account import can_send_sms, has_service, read_account, read_newest_message
from twilio_api.errors import AccountNotActive, CallError
from twilio_api.messages import Draft


_PASSED = "Test Connectivity Passed"
_FAILED = "Test Connectivity Failed"
_MESSAGE = "Test message from Splunk SOAR: the Twilio asset works."
_CODE_SENDER_NOT_YOURS = 21606
_SENDER_CHECK_S = 5.0  # after which an optional step is given up


class TestConnectivity(SendMessage):
    """Proves that the asset reaches its account, and with to_phone also that a message arrives."""

    __test__ = False  # it is not a test of pytest's

    @classmethod
    def refuse_run(cls, why: str, progress: Callable[..., None]) -> None:
        """Show a person who pressed the button what is wrong, and that the test failed."""
        progress(why)
        progress(_FAILED)

    def note_waiting(self, result: ActionResult) -> None:
        """Say nothing: a test need not send anything."""

    def draft(self, param: dict[str, Any]) -> Draft:
        """Return the test message."""
        return Draft(self.run.asset.test_recipient(), self.run.asset.sender, body=_MESSAGE)

    async def handle(self, param: dict[str, Any], result: ActionResult) -> None:
        """Check credentials, account and sender, and send the test message."""
        recipient = self.run.asset.test_recipient()
        if await self._are_test_credentials():
            self.run.progress("These are test credentials: Twilio checks messages, but nothing will really be sent")
        else:
            await self._check_sender()
        set_report(result, Report(True, _PASSED))
        if recipient:
            await super().handle(param, result)
        else:
            self.run.progress("No test message is sent, since to_phone of the asset is empty")
        self.run.progress(_PASSED if result.is_success() else _FAILED)

    def fail(self, result: ActionResult, error: Exception) -> None:
        """Let an error end the test, and show it."""
        super().fail(result, error)
        self.run.progress(_FAILED)

    async def _are_test_credentials(self) -> bool:
        """Read the account, or with an API key the message log; say whether Twilio turned down test credentials.

        Raises CallError or AccountNotActive.
        """
        account_sid, user, _ = self.run.asset.credentials
        progress = self.run.progress
        try:
            if user != account_sid:
                progress(f"Reading the message log of {account_sid} with the API key {user}")
                await read_newest_message(self.run.twilio)
                progress("The API key works")
                return False
            progress(f"Reading account {account_sid} at {self.run.twilio.host}")
            account = await read_account(self.run.twilio)
        except CallError as error:
            if error.is_test_credentials:
                return True
            raise
        if not account.is_active:
            raise AccountNotActive(account.friendly_name, account.status)
        progress(f"The account {account.friendly_name} ({account.type}) is {account.status}")
        return False

    async def _check_sender(self) -> None:
        """Say whether the sender is the account's; no more than a warning, since numbers can be shared.

        It is one read, and whatever befalls it decides nothing else: a key may lack its permission.
        """
        sender, twilio = self.run.asset.sender, self.run.twilio
        if not (sender.is_number or sender.is_service):
            return
        check = can_send_sms if sender.is_number else has_service
        try:
            is_fit = await twilio.within(_SENDER_CHECK_S, check(twilio, sender.value))
        except CallError:
            return
        if sender.is_service:
            self.run.progress(
                f"The Messaging Service {sender.value} is one of this account"
                if is_fit
                else f"This account has no Messaging Service {sender.value}: check from_phone"
            )
        elif is_fit:
            self.run.progress(f"The sender {sender.value} is a number of this account that can send SMS")
        else:
            self.run.progress(
                f"The sender {sender.value} is not among the numbers of this account that can send SMS. "
                f"If Twilio refuses messages with error {_CODE_SENDER_NOT_YOURS}, change from_phone"
            )
