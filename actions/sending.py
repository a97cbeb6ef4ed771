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
"""What the actions that send messages share: send each once, side by side, wait for all, complete each result."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from actions.action import Action, Run, set_failed, set_outcome, set_row, set_succeeded, text_of
from actions.delivery import delivery_report
from actions.senders import Senders
from phantom.action_result import ActionResult
from twilio_api.creation import Attempt
from twilio_api.errors import CallError, InternalError, NotSent, OutcomeUnknown, Refused, TwilioError
from twilio_api.message_log import MessageLog
from twilio_api.messages import Draft, Message, create_message, fetch_message, next_poll_s, parse_rows
from twilio_api.text import segments
from twilio_api.waiter import Pending, Source, Waiter
from twilio_consts import (
    DELIVERY_BUDGET_S,
    OUTAGE_S,
    OUTCOME_NOT_SENT,
    OUTCOME_UNKNOWN,
    PROGRESS_GAP_S,
    SUMMARY_DELIVERY_STATUS,
    SUMMARY_OUTCOME,
)


class Delivery(Pending[Message]):
    """A message on its way, with the action result that it completes and the status that was shown last."""

    def __init__(self, message: Message, result: ActionResult, *, started_at: float, accepted_at: float) -> None:
        end_at = accepted_at + DELIVERY_BUDGET_S
        super().__init__(message.sid, message, started_at=started_at, accepted_at=accepted_at, end_at=end_at)
        self.result = result
        self.shown_status = message.status


class Sending:
    """Sends the messages of a run, each once, and waits for all of them together.

    The first is sent before `send` returns; those that follow are sent by a few threads. A result says "not sent" while
    it waits for its turn, and "cannot be known" from the moment its create call may leave until that call ended.
    Messages of the same key are sent one after the other. Progress is shown by the thread that runs the action.

    `fail` ends a result with an error, `complete` brings one up to what was last seen of its message. `tick` is called
    at least every half second while `wait` runs.
    """

    def __init__(
        self,
        run: Run,
        fail: Callable[[ActionResult, Exception], None],
        complete: Callable[[Delivery], None] | None = None,
        tick: Callable[[], None] | None = None,
    ) -> None:
        self._run = run
        self._fail = fail
        self._complete = complete or complete_delivery
        self._on_tick = tick
        self.log = MessageLog(run.twilio)
        self._senders = Senders()
        self._results: list[ActionResult] = []
        self._deliveries: list[Delivery] = []
        self._unsent: list[ActionResult] = []
        self._reported_at = float("-inf")
        source = Source(
            read_one=lambda sid: fetch_message(run.twilio, sid),
            read_page=self._read_page,
            is_final=lambda message: message.is_final,
            next_poll_s=next_poll_s,
        )
        self._waiter: Waiter[Delivery] = Waiter(
            run.clock, source, on_update=self._update, on_tick=self._tick, is_cancelled=run.is_cancelled
        )

    def send(self, draft: Draft, result: ActionResult) -> None:
        """Send one message: at once if it is the first, else soon."""
        key = (draft.recipient, draft.sender, draft.body, draft.content_sid)
        self.send_prepared(key, lambda: draft, result)

    def send_prepared(self, key: Hashable, prepare: Callable[[], Draft], result: ActionResult) -> None:
        """Send one message, whose draft is made when its turn has come."""
        set_outcome(result, OUTCOME_NOT_SENT)
        set_failed(result, "Nothing was sent: the message waits for its turn.")
        self._results.append(result)
        if len(self._results) == 1:
            self._send(prepare, result, self._run.progress)
        else:
            self._senders.put(key, lambda: self._send(prepare, result, _no_progress))

    def send_aside(self, draft: Draft, on_error: Callable[[TwilioError], None]) -> None:
        """Send a message that has no result of its own, soon and once; it is not followed."""

        def job() -> None:
            try:
                create_message(self._run.twilio, self.log, draft)
            except TwilioError as error:
                on_error(error)
            except Exception as error:
                on_error(InternalError(error))
            self._waiter.wake()

        self._senders.put(draft, job)

    def forget(self, delivery: Delivery) -> None:
        """Do not wait for this message any more."""
        self._waiter.drop(delivery)

    def wait(self) -> None:
        """Wait until every message is final or its minute is over, and complete the results."""
        self._waiter.wait(is_complete=lambda: self._senders.are_idle)
        self.drain()
        if len(self._results) > 1:
            self._run.progress(self._counts())

    def drain(self) -> None:
        """Wait for the threads that send; of a cancelled run, what was not begun is not sent."""
        self._senders.drain()

    # --- sending, in any thread

    def _send(self, prepare: Callable[[], Draft], result: ActionResult, progress: Callable[..., None]) -> None:
        began = self._run.clock.monotonic()

        def observe(attempt: Attempt, error: CallError | None) -> None:
            nonlocal began
            if attempt is Attempt.SENDING:
                began = self._run.clock.monotonic()
                set_outcome(result, OUTCOME_UNKNOWN)
                set_failed(result, "It cannot be known whether Twilio took the message: its create call did not end.")
            elif attempt is Attempt.UNSENT:
                set_outcome(result, OUTCOME_NOT_SENT)
                set_failed(result, f"Nothing was sent so far: {error}")
                progress(f"{error} The call is repeated for up to {OUTAGE_S:.0f} seconds", kept=False)
            else:
                progress(f"{error} Searching Twilio's message log for the message", kept=False)

        try:
            draft = prepare()
            progress(_sending_line(draft))
            message = create_message(self._run.twilio, self.log, draft, observe)
        except Exception as error:  # ends this result, and no other
            self._fail(result, error)
            self._unsent.append(result)
            progress(text_of(error))
        else:
            self._accept(message, result, began)
            progress(f"Twilio accepted the message to {draft.recipient} as {message.sid}")
        self._waiter.wake()

    def _accept(self, message: Message, result: ActionResult, began: float) -> None:
        delivery = Delivery(message, result, started_at=began, accepted_at=self._run.clock.monotonic())
        self._complete(delivery)
        self._deliveries.append(delivery)
        self._waiter.add(delivery)

    # --- waiting, in the thread of the run

    def _read_page(self, size: int) -> dict[str, Message]:
        return {message.sid: message for message in parse_rows(self.log.page(PageSize=str(size)).rows)}

    def _update(self, delivery: Delivery) -> None:
        self._complete(delivery)
        if len(self._results) > 1:
            return
        to, status = delivery.value.resource.get("to"), delivery.value.status
        if delivery.is_done:
            self._run.progress(f"{to}: {delivery.result.get_message()}")
        elif delivery.shown_status != status:
            self._run.progress(f"{to}: {status}", kept=False)
        delivery.shown_status = status

    def _tick(self) -> None:
        """Show how a run of many messages stands, once in a while."""
        if self._on_tick is not None:
            self._on_tick()
        now = self._run.clock.monotonic()
        if len(self._results) > 1 and now >= self._reported_at + PROGRESS_GAP_S:
            self._reported_at = now
            self._run.progress(self._counts(), kept=False)

    def _counts(self) -> str:
        reports = [delivery_report(delivery) for delivery in list(self._deliveries)]
        delivered = sum(report.is_delivered for report in reports)
        failed = len(self._unsent) + sum(not report.is_success for report in reports)
        done = len(self._unsent) + sum(delivery.is_done for delivery in list(self._deliveries))
        return (
            f"{len(self._results)} messages: {len(reports)} sent, {delivered} delivered, {failed} failed, "
            f"{len(self._results) - done} waiting"
        )


def complete_delivery(delivery: Delivery) -> None:
    """Bring an action result up to what was last seen of its message."""
    report = delivery_report(delivery)
    set_row(delivery.result, delivery.value.resource)
    delivery.result.update_summary({SUMMARY_DELIVERY_STATUS: delivery.value.status})
    set_outcome(delivery.result, report.outcome)
    (set_succeeded if report.is_success else set_failed)(delivery.result, report.text)


class SendingAction(Action):
    """An action that sends one message for each parameter set. A new one says how a draft is made of its parameters."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._sending = Sending(run, self.fail)

    def draft(self, param: dict[str, Any]) -> Draft:
        """Return the message to send; raises ValueError for a wrong parameter, before any request."""
        raise NotImplementedError

    def start(self, param: dict[str, Any], result: ActionResult) -> None:
        """Send the message, or leave it to the threads that send."""
        self._sending.send(self.draft(param), result)

    def finish(self) -> None:
        """Wait for all messages."""
        self._sending.wait()

    def fail(self, result: ActionResult, error: Exception) -> None:
        """Let an error end a result, and say in its outcome whether anything was sent."""
        super().fail(result, error)
        set_outcome(result, outcome_of(error, result))


def outcome_of(error: Exception, result: ActionResult) -> str:
    """Whether anything was sent when an error ended a result; an unexpected one leaves what was known."""
    if isinstance(error, (NotSent, Refused, ValueError)):
        return OUTCOME_NOT_SENT
    if isinstance(error, OutcomeUnknown):
        return OUTCOME_UNKNOWN
    return str(result.get_summary().get(SUMMARY_OUTCOME) or OUTCOME_NOT_SENT)


def _no_progress(text: str, *, kept: bool = True) -> None:
    """Progress of many messages is shown by their counts."""


def _sending_line(draft: Draft) -> str:
    if draft.content_sid:
        return f"Sending template {draft.content_sid} to {draft.recipient}"
    size = segments(draft.body)
    parts = "1 segment" if size.number == 1 else f"{size.number} segments"
    return f"Sending {parts} ({size.encoding}) to {draft.recipient}"
