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
"""Holds what the app said against what the local Twilio really took, word by word."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from benchmarks.chaos.fault_injector import Call
from benchmarks.chaos.run import AppRun, Key, PlayedPlan
from sandbox.twilio import Message
from sandbox.twilio.errors import delivery_error
from twilio_consts import DELIVERY_BUDGET_S, OUTAGE_S, REQUEST_DEADLINE_S, TRIAL_PREFIX


PROMISES = (
    "doubled",  # taken more often than asked, or one message claimed by two results
    "lost",  # taken, and reported as not sent; or shown by the log, and reported as unknown
    "misreported",  # anything else in which a result is not what is
    "contradicting",  # words that invite to send again what is or may be sent, or the like
    "untrue meanwhile",  # what a result said while the run went on
    "late",  # the run ended later than it may
    "secrets shown",
    "memory",
    "tracebacks",
)

MAX_PEAK_BYTES = 60 * 1024 * 1024
_DEAD_END_S = 40.0
_LATE_MARGIN_S = 3.0  # of fast time: a few hundredths of a real second
_PROMPT_S = 5.0  # a whole response that came so soon was certainly read
# Twilio dates rows and responses in whole seconds, and a response takes its time, more where the process stood still
_SAME_SECONDS_S = 3.0
_SHOWN_AT_MOST = 7  # characters in a row of a secret

_NOTHING_SENT = "Nothing was sent"
_INVITATIONS = re.compile(r"(?<!not )(?:run the action again|try again|send it again|again in a minute)", re.IGNORECASE)
_UNKNOWN = "It cannot be known whether Twilio took the message; it was not sent again."
_NOT_SHOWN = "Twilio's message log does not show it for certain."
_NOT_READ = "Twilio's message log could not be read ("
_UNCONFIRMED = "Delivery is not confirmed: "
_STATUS_CODE = re.compile(r"(?:Error from server\. )?Status Code: (\d+)")
_STATUS_OF = {
    "delivered": "success",
    "unconfirmed": "success",
    "undelivered": "failed",
    "not_sent": "failed",
    "unknown": "failed",
}
_FINAL = {"delivered": {"delivered", "read"}, "undelivered": {"undelivered", "failed", "canceled"}}


@dataclass
class Verdict:
    """What was counted: outcomes of sends, broken promises, and what was broken where."""

    sends: int = 0
    runs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    ambiguous: int = 0  # two runs that cannot tell their equal texts apart, as the README says

    def broke(self, promise: str, what: str) -> None:
        """Count a broken promise, and keep what happened."""
        self.broken[promise] += 1
        self.wrong.append(f"{promise}: {what}")


def judge(played: PlayedPlan) -> Verdict:
    """Count the broken promises of a plan that was played."""
    verdict = Verdict()
    for run in played.runs:
        _Judge(played, run, verdict).judge()
    _judge_claims(played, verdict)
    if played.peak_bytes > MAX_PEAK_BYTES:
        verdict.broke("memory", f"{played.peak_bytes / 1e6:.0f} MB")
    for text in played.log.tracebacks:
        verdict.broke("tracebacks", text)
    where = f"seed {played.plan.seed}, run {played.plan.number}"
    verdict.wrong = [f"{where}: {what}" for what in verdict.wrong]
    return verdict


def _judge_claims(played: PlayedPlan, verdict: Verdict) -> None:
    """One message belongs to one result, but where two runs sent it in the same seconds."""
    claims: Counter[str] = Counter()
    for run in played.runs:
        claimed = Counter(sid for result in run.results if (sid := _sid(result)))
        for sid, times in claimed.items():
            if times > 1:
                verdict.broke("doubled", f"{sid} was claimed {times} times")
        claims.update(claimed.keys())
    verdict.ambiguous += sum(times > 1 for times in claims.values())


class _Judge:
    """Judges one run of the app."""

    def __init__(self, played: PlayedPlan, run: AppRun, verdict: Verdict) -> None:
        self._played = played
        self._run = run
        self._verdict = verdict
        self._rivals = [other for other in played.runs if other is not run]
        self._creates: dict[Key, list[Call]] = {}
        for call in run.record.creates():
            self._creates.setdefault((call.to, call.body), []).append(call)

    def judge(self) -> None:
        results = self._run.results
        self._verdict.runs += 1
        self._verdict.sends += len(self._played.plan.recipients)
        if len(results) != len(self._played.plan.recipients):
            self._broke("tracebacks", f"{len(results)} results: {self._run.json.get('message')}")
        for result in results:
            self._judge_result(result)
        self._judge_counts(results)
        self._judge_summary(results)
        self._judge_time()
        self._judge_secrets()
        for lie in self._run.lies:
            self._broke("untrue meanwhile", lie)

    def _broke(self, promise: str, what: str) -> None:
        self._verdict.broke(promise, what)

    # --- one result

    def _judge_result(self, result: dict[str, Any]) -> None:
        outcome, message = result["summary"].get("outcome"), str(result["message"])
        self._verdict.outcomes[str(outcome)] += 1
        problem = next(self._problems(result, outcome, message), None)
        if problem:
            self._broke("misreported", f"{result['parameter']}, {outcome}: {problem}: {message!r}")
        if "Internal error" in message:
            self._broke("tracebacks", message)
        for words in _contradictions(outcome, message):
            self._broke("contradicting", f"{outcome}, {words}: {message!r}")

    def _problems(self, result: dict[str, Any], outcome: object, message: str) -> Iterator[str]:
        if outcome not in _STATUS_OF:
            yield "no outcome of the table"
            return
        if result["status"] != _STATUS_OF[str(outcome)]:
            yield f"its status is {result['status']}"
        if outcome in ("not_sent", "unknown"):
            yield from self._problems_without_message(result, outcome, message)
        else:
            yield from self._problems_with_message(result, str(outcome), message)

    def _problems_without_message(self, result: dict[str, Any], outcome: object, message: str) -> Iterator[str]:
        if result["data"] or "message_delivery_status" in result["summary"]:
            yield "it has data"
        creates = self._creates.get(_key(result), [])
        refusal = _STATUS_CODE.match(message)
        if outcome == "unknown":
            if _UNKNOWN not in message or (_NOT_SHOWN not in message and _NOT_READ not in message):
                yield "it does not say so"
            if _NOT_SHOWN in message and not self._searches(_key(result)):
                yield "the log was not searched"
        elif refusal and not any(call.status == int(refusal.group(1)) for call in creates):
            yield "nobody turned it down so"
        elif not refusal and _NOTHING_SENT not in message:
            yield "it does not say that nothing was sent"
        elif refusal and _NOTHING_SENT not in message and not any(call.is_refusal for call in creates):
            yield "Twilio did not turn it down"

    def _problems_with_message(self, result: dict[str, Any], outcome: str, message: str) -> Iterator[str]:
        if len(result["data"]) != 1:
            yield f"it has {len(result['data'])} rows of data"
            return
        row = result["data"][0]
        truth = self._played.messages.get(str(row.get("sid")))
        if truth is None or not self._is_own(truth, _key(result)):
            yield f"Twilio has no such message of this run as {row.get('sid')}"
            return
        if not any(row == known for known in _resources(truth)):
            yield f"its row is not what Twilio shows: {row}"
        if result["summary"].get("message_delivery_status") != row["status"]:
            yield "the summary has another status than the row"
        headline = f"Message delivery status: {row['status']}"
        if not message.startswith(headline):
            yield "its message has another status than the row"
        if outcome in _FINAL:
            yield from self._problems_of_end(truth, row, outcome, message, headline)
        else:
            yield from self._problems_of_wait(truth, row, message, headline)

    def _problems_of_end(
        self, truth: Message, row: dict[str, Any], outcome: str, message: str, headline: str
    ) -> Iterator[str]:
        if row["status"] not in _FINAL[outcome] or truth.status(self._played.now) != row["status"]:
            yield f"it is {truth.status(self._played.now)}"
        code = truth.outcome.error_code
        expected = headline if code is None else f"{headline}. Error code {code}: {delivery_error(code)}."
        if not message.startswith(expected) or (code is None and message != headline):
            yield f"its message is not {expected!r}"

    def _problems_of_wait(self, truth: Message, row: dict[str, Any], message: str, headline: str) -> Iterator[str]:
        if row["status"] in _FINAL["delivered"] | _FINAL["undelivered"]:
            yield "its status is final"
        if not message.startswith(f"{headline}. {_UNCONFIRMED}") or truth.sid not in message:
            yield "it does not say that delivery is not confirmed, or of what"
        if "do not send it again" not in message:
            yield "it does not say not to send it again"
        elif "could not be read" not in message and truth.final_at is not None:
            accepted_at = self._accepted_at(truth)
            end_at = accepted_at + DELIVERY_BUDGET_S - _LATE_MARGIN_S - self._played.stalls_s
            if truth.final_at - self._played.epoch < end_at:
                yield f"it was final {truth.final_at - self._played.epoch - accepted_at:.1f} s after acceptance"
        if "it is on its way" in message:
            yield "nobody waited for it"

    def _accepted_at(self, truth: Message) -> float:
        times = [call.taken_at for call in self._run.record.creates() if call.sid == truth.sid]
        return next((time for time in times if time is not None), truth.created - self._played.epoch)

    def _is_own(self, truth: Message, key: Key) -> bool:
        """Whether a message is of this run, or cannot be distinguished from one."""
        body = truth.body[len(TRIAL_PREFIX) :] if truth.body.startswith(TRIAL_PREFIX) else truth.body
        if (truth.to, body) != key:
            return False
        if any(call.sid == truth.sid for call in self._creates.get(key, [])):
            return True
        is_rivals = any(call.sid == truth.sid for rival in self._rivals for call in rival.record.creates())
        came = (self._played.epoch + call.came_at for call in self._creates.get(key, []))
        earliest = min(came, default=truth.created) - _SAME_SECONDS_S - self._played.stalls_s
        return is_rivals and truth.created >= earliest

    def _searches(self, key: Key) -> list[Call]:
        return [call for call in list(self._run.record.calls) if call.kind.value == "search" and call.to == key[0]]

    # --- the whole run

    def _judge_counts(self, results: list[dict[str, Any]]) -> None:
        asked = Counter(map(_key, results))
        known = Counter(_key(result) for result in results if _sid(result))
        unknown = Counter(_key(result) for result in results if result["summary"].get("outcome") == "unknown")
        excused = self._run.record.bare_resets
        for key, times in asked.items():
            creates = self._creates.get(key, [])
            taken = sum(bool(call.sid) for call in creates)
            if taken > times:
                self._broke("doubled", f"{key}: asked {times} times, taken {taken} times")
            if taken > known[key] + unknown[key]:
                self._broke("lost", f"{key}: taken {taken} times, {known[key]} known, {unknown[key]} unknown")
            uncertain = sum(self._is_uncertain(call) for call in creates)
            if unknown[key] > uncertain:
                excess = unknown[key] - uncertain
                if excess > excused:
                    self._broke("misreported", f"{key}: {excess} reported as unknown that are known")
                excused -= excess
            if unknown[key]:
                self._judge_search(key)

    def _is_uncertain(self, call: Call) -> bool:
        """Whether the app cannot know from a create call alone whether Twilio took it."""
        return not self._is_read(call) or not (call.sid or call.is_refusal)

    def _judge_search(self, key: Key) -> None:
        """A message that the log showed, whole and in time, to the search for it is not unknown."""
        if self._rivals or any(call.to == key[0] and call.body != key[1] for call in self._run.record.creates()):
            return  # its searches cannot be distinguished from others, or its message not from another run's
        claimed = {_sid(result) for result in self._run.results}
        creates = self._creates.get(key, [])
        for number, create in enumerate(creates):
            next_at = creates[number + 1].came_at if number + 1 < len(creates) else float("inf")
            is_shown = any(
                create.sid in search.sids and create.came_at < search.came_at < next_at and self._is_read(search)
                for search in self._searches(key)
            )
            if create.sid and create.sid not in claimed and is_shown:
                self._broke("lost", f"{key}: the log showed {create.sid}, and it is reported as unknown")

    def _is_read(self, call: Call) -> bool:
        """Whether the app certainly read a response: it was whole, and the call could not have met its deadline."""
        may_have_begun_early = call.is_first and self._run.record.late_names
        is_prompt = call.ended_at - call.came_at < _PROMPT_S and self._played.stalls_s < REQUEST_DEADLINE_S / 2
        return is_prompt and not call.is_harmed and not may_have_begun_early

    def _judge_summary(self, results: list[dict[str, Any]]) -> None:
        good = sum(result["status"] == "success" for result in results)
        summary = self._run.json.get("result_summary", {})
        if (summary.get("total_objects"), summary.get("total_objects_successful")) != (len(results), good):
            self._broke("misreported", f"{good} of {len(results)} succeeded, and the summary is {summary}")

    def _judge_time(self) -> None:
        """25 s after the last create call that Twilio took, the length of one call, and the minute."""
        answered = [
            call.taken_at if call.taken_at is not None else call.ended_at
            for call in self._run.record.creates()
            if call.sid or (not call.is_harmed and call.status < 500 and call.status != 429)
        ]
        answered = [time for time in answered if time <= self._run.ended_at]
        claimed = any(_sid(result) for result in self._run.results)  # another run's message, if none was taken
        took = claimed or any(call.sid for call in self._run.record.creates())
        begin = max(answered, default=self._run.began_at)
        bound = begin + OUTAGE_S + REQUEST_DEADLINE_S + (DELIVERY_BUDGET_S if took else 0.0)
        bound = max(bound, self._run.began_at + _DEAD_END_S)
        late = self._run.ended_at - bound - _LATE_MARGIN_S - self._played.stalls_s
        if late > 0.0:
            self._broke(
                "late", f"ended after {self._run.ended_at - self._run.began_at:.0f} s, {late:.0f} s later than it may"
            )

    def _judge_secrets(self) -> None:
        run = self._run
        shown = json.dumps([run.json, run.progress, run.debug_data, self._played.log.lines], ensure_ascii=False)
        for user, secret in self._played.secrets:
            for part in parts_shown(shown, user, secret):
                self._broke("secrets shown", part)


def _key(result: dict[str, Any]) -> Key:
    return result["parameter"]["to_phone"], result["parameter"]["message"]


def _sid(result: dict[str, Any]) -> str:
    return str(result["data"][0].get("sid")) if result["data"] else ""


def _resources(message: Message) -> Iterator[dict[str, object]]:
    """A message as Twilio showed it, at any time."""
    yield message.resource_when_created()
    for time, _ in message.steps:
        yield message.resource(time)


def _contradictions(outcome: object, message: str) -> Iterator[str]:
    if outcome == "not_sent":
        if "cannot be known" in message or "Twilio has the message" in message:
            yield "it may be sent"
        return
    if _NOTHING_SENT in message:
        yield "nothing was sent"
    found = _INVITATIONS.search(message)
    if found:
        yield found.group()


# --- secrets, found without the app's own means


def parts_shown(text: str, user: str, secret: str) -> list[str]:
    """Find what a text shows of a secret, or of the base64 of it: eight characters in a row, in any spelling."""
    pieces = {
        spelling[at : at + _SHOWN_AT_MOST + 1]
        for spelling in _spellings(user, secret)
        for at in range(len(spelling) - _SHOWN_AT_MOST)
    }
    views = list(_views(text))
    return sorted(
        {view[max(at - 20, 0) : at + 40] for view in views for piece in pieces if (at := view.find(piece)) >= 0}
    )[:1]


def _spellings(user: str, secret: str) -> Iterator[str]:
    yield secret.lower()
    yield _base64(f"{user}:{secret}")
    for before in ("", "-", "--"):  # at each place in something longer
        yield _base64(before + secret)[4 if before else 0 :]


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode().rstrip("=").lower()


def _views(text: str) -> Iterator[str]:
    text = text.replace("-", "+").replace("_", "/")
    for unescaped in (text, html.unescape(text), unquote(text), unquote(unquote(text)), _unescape_json(text)):
        lower = unescaped.lower()
        yield lower
        yield re.sub(r"[\s\u200b]|\\n|\\u200b|<[^<>]*>", "", lower)


def _unescape_json(text: str) -> str:
    text = text.replace("\\\\", "\\")
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found.group(1), 16)), text)
