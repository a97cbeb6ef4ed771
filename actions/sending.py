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

from actions.action import Run, set_report, set_row
from actions.creations import Created, CreatingAction, Creation, Creations
from actions.delivery_report import delivery_report
from phantom.action_result import ActionResult
from twilio_api.errors import InternalError, TwilioError
from twilio_api.message_log import MessageLog
from twilio_api.messages import KIND, Draft, Message, create_message, fetch_message, next_poll_s, parse_rows
from twilio_api.pending import Source
from twilio_api.text import segments
from twilio_consts import DELIVERY_BUDGET_S, OUTCOME_DELIVERED, SUMMARY_DELIVERY_STATUS


class Delivery(Created[Message]):
    """A message on its way to a recipient, as Twilio knows it."""

    def __init__(
        self, message: Message, recipient: str, result: ActionResult, *, started_at: float, accepted_at: float
    ) -> None:
        end_at = accepted_at + DELIVERY_BUDGET_S
        super().__init__(message.sid, message, result, started_at=started_at, accepted_at=accepted_at, end_at=end_at)
        self.recipient = recipient


class Sending(Creations[Delivery]):
    """Sends the messages of a run, each once, and waits for all of them together.

    `complete` updates a result to the latest state of its message; without it, the result reports the delivery.
    """

    kind = KIND

    def __init__(
        self,
        run: Run,
        fail: Callable[[ActionResult, Exception], None],
        complete: Callable[[Delivery], None] | None = None,
        tick: Callable[[], None] | None = None,
    ) -> None:
        source = Source(
            read_one=lambda sid: fetch_message(run.twilio, sid),
            read_page=self._read_page,
            is_final=lambda message: message.is_final,
            next_poll_s=next_poll_s,
        )
        super().__init__(run, source, fail, tick)
        self.log = MessageLog(run.twilio)
        self._complete = complete or _complete_delivery

    def send(self, draft: Draft, result: ActionResult) -> None:
        """Send one message: at once if it is the first, else soon, and after those to the same person.

        The log may show no more of a message of one's own than its recipient, so no two of them are under way at once.
        """
        self.send_prepared(draft.recipient, lambda: draft, result)

    def send_prepared(self, key: Hashable, prepare: Callable[[], Draft], result: ActionResult) -> None:
        """Send one message, whose draft is made when its turn has come."""
        self.begin(key, lambda creation: self._send(prepare(), creation), result)

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

        self._workers.submit(draft, job)

    def forget(self, delivery: Delivery) -> None:
        """Do not wait for this message any more."""
        self._waiter.drop(delivery)

    def complete(self, created: Delivery) -> None:
        """Update a result to the latest state of its message."""
        self._complete(created)

    def accepted_line(self, created: Delivery) -> str:
        """Say that Twilio accepted a message."""
        return f"Twilio accepted the message to {created.recipient} as {created.sid}"

    def update_line(self, created: Delivery) -> str:
        """Say how a message stands."""
        what = delivery_report(created).text if created.is_done else created.value.status
        return f"{created.recipient}: {what}"

    def counts(self, created: list[Delivery], unsent: int) -> str:
        """Say how many messages were sent, and what became of them."""
        reports = [delivery_report(delivery) for delivery in created]
        delivered = sum(report.outcome == OUTCOME_DELIVERED for report in reports)
        failed = unsent + sum(not report.is_success for report in reports)
        waiting = len(self._results) - unsent - sum(delivery.is_done for delivery in created)
        return (
            f"{len(self._results)} messages: {len(reports)} sent, {delivered} delivered, {failed} failed, "
            f"{waiting} waiting"
        )

    def _send(self, draft: Draft, creation: Creation) -> Delivery:
        creation.progress(_sending_line(draft))
        message = create_message(self._run.twilio, self.log, draft, creation.observe)
        accepted_at = self._run.clock.monotonic()
        return Delivery(message, draft.recipient, creation.result, started_at=creation.began, accepted_at=accepted_at)

    def _read_page(self, size: int) -> dict[str, Message]:
        return {message.sid: message for message in parse_rows(self.log.page(PageSize=str(size)).rows)}


def _complete_delivery(delivery: Delivery) -> None:
    """Report the delivery of a message in its result, as far as it is known."""
    report = delivery_report(delivery)
    set_row(delivery.result, delivery.value.resource)
    delivery.result.update_summary({SUMMARY_DELIVERY_STATUS: delivery.value.status})
    set_report(delivery.result, report)


class SendingAction(CreatingAction):
    """An action that sends one message for each parameter set. A new one says how a draft is made of its parameters."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._sending = Sending(run, self.fail)

    def draft(self, param: dict[str, Any]) -> Draft:
        """Return the message to send; raises WrongValue for a wrong parameter, before any request."""
        raise NotImplementedError

    def start(self, param: dict[str, Any], result: ActionResult) -> None:
        """Send the message, or leave it to the threads that send."""
        with self._sending.refusing(result):
            draft = self.draft(param)
        self._sending.send(draft, result)

    def finish(self) -> None:
        """Wait for all messages."""
        self._sending.wait()


def _sending_line(draft: Draft) -> str:
    if draft.content_sid:
        return f"Sending template {draft.content_sid} to {draft.recipient}"
    size = segments(draft.body)
    parts = "1 segment" if size.number == 1 else f"{size.number} segments"
    return f"Sending {parts} ({size.encoding}) to {draft.recipient}"
