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
"""The action "call phone"."""

from __future__ import annotations

from typing import Any

from actions.action import Run
from actions.calling import Calling
from actions.creations import CreatingAction
from actions.parameters import sender
from phantom.action_result import ActionResult
from twilio_api.calls import CallDraft
from twilio_api.executions import flow_message
from twilio_api.phone_number import to_e164
from twilio_api.twiml import checked_language
from twilio_api.values import WrongValue, checked_text, is_given, parse_truth, parse_whole_number, quoted
from twilio_consts import DEFAULT_LANGUAGE, DEFAULT_RINGING_S, MAX_RINGING_S, MIN_RINGING_S


_MESSAGE = "The parameter 'message'"


class CallPhone(CreatingAction):
    """Calls one person for each parameter set, and says a message; with `acknowledge`, waits for the key 1."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._calling = Calling(run, self.fail)

    def start(self, param: dict[str, Any], result: ActionResult) -> None:
        """Call one person, or leave it to the threads that call."""
        with self._calling.refusing(result):
            acknowledge = parse_truth(param.get("acknowledge"), "The parameter 'acknowledge'")
            draft = self._draft(param)
            # Either raises WrongValue for what cannot be said, before any request
            if acknowledge:
                flow_message(draft, _MESSAGE)
            else:
                draft.form(_MESSAGE)
        self._calling.call(draft, result, acknowledge=acknowledge)

    def finish(self) -> None:
        """Wait for all calls."""
        self._calling.wait()

    def _draft(self, param: dict[str, Any]) -> CallDraft:
        language = param.get("language")
        return CallDraft(
            to_e164(param.get("to_phone")),
            self._caller(param),
            checked_text(param.get("message"), _MESSAGE),
            checked_language(language, "The parameter 'language'") if is_given(language) else DEFAULT_LANGUAGE,
            _ringing_s(param),
        )

    def _caller(self, param: dict[str, Any]) -> str:
        try:
            from_ = sender(param, self.run.asset)
        except WrongValue:  # its text names kinds of senders that cannot call
            raise _no_caller(param.get("from_phone")) from None
        if not from_.is_number:
            raise _no_caller(from_.value)
        return from_.value


def _no_caller(value: object) -> WrongValue:
    return WrongValue(
        f"A call needs a phone number as its caller, and {quoted(value)} is none. "
        "Set the parameter 'from_phone' to a phone number of the account, such as +15101281337."
    )


def _ringing_s(param: dict[str, Any]) -> int:
    given = param.get("timeout")
    if not is_given(given):
        return DEFAULT_RINGING_S
    return parse_whole_number(given, "The parameter 'timeout'", "seconds", MIN_RINGING_S, MAX_RINGING_S)
