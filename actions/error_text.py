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
"""An error in words for a person: what happened, what follows from it, and what to do."""

from __future__ import annotations

from actions.error_advice import USUAL_NAMES, Names, advice_for
from twilio_api.errors import (
    AccountNotActive,
    CallError,
    Cancelled,
    ChangeFailed,
    ConnectionFailed,
    FlowMissing,
    HostDown,
    InternalError,
    MessageNotFound,
    NotAsked,
    NotSent,
    NumberNotFound,
    OtherAccount,
    OutcomeUnknown,
    Refused,
    TwilioError,
)
from twilio_api.values import WrongValue
from twilio_consts import REPEAT_S


_CANCELLED = "The action was cancelled."
_WHEN_NOT_CONNECTED = "Check base_url of the asset, and the network and proxy of this machine"


def text_of(error: Exception) -> str:
    """Return the sentences of an error. An exception of another kind may hold anything, so that its class is named."""
    if isinstance(error, NotSent):
        return _not_sent(error)
    if isinstance(error, OutcomeUnknown):
        return _outcome_unknown(error)
    if isinstance(error, ChangeFailed):
        return _change_failed(error)
    if isinstance(error, CallError):
        return _with_advice(error)
    if isinstance(error, Refused):
        return _with_advice(error.cause)
    if isinstance(error, FlowMissing):
        what = "Nobody was called: the Studio flow that asks for the key could be neither found nor made."
        return f"{what} {_with_advice(error.cause)}"
    if isinstance(error, MessageNotFound):
        return f"{error.cause} {error} It may have been deleted; otherwise check the SID."
    if isinstance(error, NumberNotFound):
        return f"{error.cause} {error} Check phone, and base_url of the asset."
    if isinstance(error, AccountNotActive):
        return f"{error} See the Twilio console."
    return str(error if isinstance(error, (TwilioError, WrongValue)) else InternalError(error))


def cause_of(error: Exception, names: Names) -> str:
    """Return the sentences on why something was not created; they do not say whether to repeat it."""
    if isinstance(error, NotSent):
        return sentence(error.cause)
    if isinstance(error, NotAsked):
        return f"{error.why[:1].upper()}{error.why[1:]}"
    if isinstance(error, Refused):
        return _with_advice(error.cause, names)
    return sentence(error) if isinstance(error, FlowMissing) else text_of(error)


def happened(error: TwilioError) -> str:
    """Return what happened, and nothing of what follows from it."""
    if isinstance(error, Cancelled):
        return _CANCELLED
    if isinstance(error, OtherAccount):
        return f"{error}: check base_url of the asset."
    return str(error)


def clause(error: TwilioError) -> str:
    """Return what happened for the inside of a sentence: without its full stop."""
    return happened(error).rstrip(".")


def sentence(error: TwilioError) -> str:
    """Return what happened with the full stop that further sentences need before them."""
    return with_full_stop(happened(error))


def repetition_line(error: CallError) -> str:
    """Return the progress line of a request that failed and is repeated."""
    return f"{sentence(error)} The request is repeated for up to {REPEAT_S:.0f} seconds in all"


def with_full_stop(text: str) -> str:
    """Return a text with a full stop, which one that ends with Twilio's JSON needs not."""
    return text if text.endswith((".", "}")) else f"{text}."


def _not_sent(error: NotSent) -> str:
    cause = error.cause
    if isinstance(cause, Cancelled):
        return "Nothing was sent: the action was cancelled."
    if isinstance(cause, ConnectionFailed):
        return f"{cause} Nothing was sent. {_WHEN_NOT_CONNECTED}, and run the action again."
    if isinstance(cause, HostDown):
        return f"Nothing was sent: {cause}"
    return f"{cause} Nothing was sent. Run the action again in a minute."


def _outcome_unknown(error: OutcomeUnknown) -> str:
    if error.search_error is not None:
        searched = f"{error.log} could not be read ({clause(error.search_error)})"
    else:
        searched = f"{error.log} does not show it for certain"
    return (
        f"{sentence(error.cause)} It cannot be known whether Twilio took {error.what}; it was not sent again. "
        f"{searched}. Search there before anything is repeated."
    )


def _change_failed(error: ChangeFailed) -> str:
    if error.is_too_early:
        too_early = "The message is still on its way, and Twilio changes or deletes it only after that."
        return f"{error.cause} {too_early} Try again later."
    if error.may_be_done:
        unknown = "It cannot be known whether Twilio did it. It is safe to run this action again."
        return f"{sentence(error.cause)} {unknown}"
    return _with_advice(error.cause)


def _with_advice(cause: CallError, names: Names = USUAL_NAMES) -> str:
    if isinstance(cause, ConnectionFailed):
        return f"{cause} {_WHEN_NOT_CONNECTED}."
    return f"{happened(cause)} {advice_for(cause.code, names)}".rstrip()
