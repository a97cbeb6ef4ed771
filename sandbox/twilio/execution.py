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
"""An execution of a Studio flow: one person's way through it, state by state."""

from __future__ import annotations

import math
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.twilio import twiml
from sandbox.twilio.call import DEFAULT_TIMEOUT_S, Call, NewCall
from sandbox.twilio.call_log import CallLog
from sandbox.twilio.dates import iso8601
from sandbox.twilio.errors import ApiError
from sandbox.twilio.flow import Flow
from sandbox.twilio.flow_definition import CONDITIONS, State
from sandbox.twilio.liquid import render


MAX_STEPS = 1000  # of an execution
DEFAULT_GATHER_TIMEOUT_S = 5
DEFAULT_FINISH_KEY = "#"
MAX_DIGITS = 1000  # where a question does not say how many
MAX_TWIML_CHARS = 64_000  # of what Studio makes of a widget

_RING_EVENTS = {"busy": "busy", "no-answer": "noAnswer", "failed": "failed", "canceled": "failed"}


@dataclass
class StudioSettings:
    """What real Studio does, where that is not known in every detail.

    `begin_after_s` is how long after its creation an execution leaves its trigger; `context_lag_s` for how long a new
    execution's context is 404 (or empty, without `context_lag_is_404`), and `step_lag_s` how long after a step its
    context shows it; `list_lag_s` how long after its creation a flow or an execution appears in its list; `end_lag_s`
    how long an execution stays active once all is over; `end_ends_call` whether ending an execution ends its call at
    once, and `call_end_lag_s` how long a call outlives its execution otherwise; `escapes_say` whether a text that a
    widget speaks is escaped (if not, it is taken for markup, and where that is malformed, call and execution end);
    `failures_leave_nothing` whether a call that was not answered leaves its widget no variables.
    """

    begin_after_s: float = 0.2
    context_lag_s: float = 0.0
    context_lag_is_404: bool = True
    step_lag_s: float = 0.0
    list_lag_s: float = 0.0
    end_lag_s: float = 0.0
    end_ends_call: bool = True
    call_end_lag_s: float = 0.0
    escapes_say: bool = True
    failures_leave_nothing: bool = True


@dataclass
class Walk:
    """How far an execution came: what its widgets left, what was spoken when, and when it ended, if it did."""

    widgets: dict[str, Mapping[str, object]] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    spoken: list[tuple[float, str]] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    ended_at: float = math.inf
    call: Call | None = None
    call_count: int = 0
    heard_until: float = -math.inf  # the last key or word that counted: it counts once


@dataclass(frozen=True)
class _Step:
    """The end of a state: when (seconds since the epoch), the state that follows, if any, and what the widget left."""

    at: float
    following: str | None = None
    result: Mapping[str, object] = field(default_factory=dict)


class Execution:
    """One person's way through a flow; the conversation of the calls that it makes."""

    def __init__(
        self,
        flow: Flow,
        to: str,
        from_: str,
        parameters: Mapping[str, object],
        created: float,
        calls: CallLog,
        settings: StudioSettings,
    ) -> None:
        self.sid = f"FN{uuid.uuid4().hex}"
        self.flow = flow
        self.to = to
        self.from_ = from_
        self.parameters = parameters
        self.created = created
        self.ended_by_client_at = math.inf
        self.calls: list[Call] = []
        self._definition = flow.definition
        self._flow_version = flow.revision
        self._log = calls
        self._settings = settings
        self._lock = threading.RLock()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self.flow.url}/Executions/{self.sid}"

    def status_at(self, now: float) -> str:
        """Its status at `now` (seconds since the epoch): active or ended."""
        return "ended" if self._shown_end(self.walk(now)) <= now else "active"

    def end(self) -> None:
        """End it as a client asked to."""
        with self._lock:
            now = self._log.clock()
            if self.status_at(now) == "ended":
                return
            if self._settings.end_ends_call:  # first, since a conversation ends with its execution
                for call in self.calls:
                    if call.is_live:
                        call.end("completed")
            self.ended_by_client_at = now

    def walk(self, now: float) -> Walk:
        """Go through the flow as far as it is by `now` (seconds since the epoch), and make the calls that are due."""
        with self._lock:
            walk = Walk()
            time = self.created + self._settings.begin_after_s
            state: State | None = self._definition.states[self._definition.initial_state]
            while state is not None and time <= now and time < self.ended_by_client_at:
                walk.states.append(state.name)
                step = _WIDGETS[state.type](self, state, time, walk)
                time = step.at
                if min(now, self.ended_by_client_at) < time:
                    break
                walk.widgets[state.name] = step.result
                following = step.following if len(walk.states) < MAX_STEPS else None
                state = self._definition.states[following] if following else None
            walk.ended_at = min(time if state is None else math.inf, self.ended_by_client_at)
            return walk

    # The conversation of its calls

    def spoken(self, call: Call, now: float) -> list[str]:
        """The texts that were begun by `now` (seconds since the epoch)."""
        return [text for time, text in self.walk(now).spoken if time <= now and time < call.cut_off_at]

    def ended_at(self, call: Call, now: float) -> float | None:
        """When the call ended with the execution (seconds since the epoch), if it had by `now`."""
        ended_at = max(self.walk(now).ended_at, call.answered_at) + self._settings.call_end_lag_s
        return ended_at if ended_at <= now else None

    def waits_for_key(self, call: Call, now: float) -> bool:
        """Whether a question is being asked on this call."""
        walk = self.walk(now)
        is_going_on = walk.call is call and now < walk.ended_at
        return is_going_on and self._definition.states[walk.states[-1]].type == "gather-input-on-call"

    # What the client sees

    def resource(self, now: float) -> dict[str, object]:
        """The execution as Twilio shows it at `now` (seconds since the epoch)."""
        walk = self.walk(now)
        return {
            "sid": self.sid,
            "account_sid": self.flow.account_sid,
            "flow_sid": self.flow.sid,
            "flow_version": self._flow_version,
            "contact_channel_address": self.to,
            "contact_sid": None,
            "context": {},
            "status": self.status_at(now),
            "date_created": iso8601(self.created),
            "date_updated": iso8601(min(self._shown_end(walk), now)),
            "initiated_by": None,
            "url": self.url,
            "links": {"steps": f"{self.url}/Steps", "execution_context": f"{self.url}/Context"},
        }

    def context(self, now: float) -> dict[str, object]:
        """What it was given, and what its widgets had left by `now`: empty at first, if so set. Raises ApiError."""
        if now < self.created + self._settings.context_lag_s:
            if self._settings.context_lag_is_404:
                raise ApiError(20404, path=f"/v2/Flows/{self.flow.sid}/Executions/{self.sid}/Context")
            return {}
        return self.variables(self.walk(max(now - self._settings.step_lag_s, self.created)))

    def variables(self, walk: Walk) -> dict[str, object]:
        """What templates can use at a point of its way."""
        return {
            "flow": {
                "sid": self.sid,
                "flow_sid": self.flow.sid,
                "channel": {"address": self.from_},
                "data": self.parameters,
                "variables": walk.variables,
            },
            "contact": {"channel": {"address": self.to}},
            "trigger": {"request": {"to": self.to, "from": self.from_, "parameters": self.parameters}},
            "widgets": walk.widgets,
        }

    def _shown_end(self, walk: Walk) -> float:
        """When it is ended as Twilio shows it: late where all is over, at once where a client asked for it."""
        return min(walk.ended_at + self._settings.end_lag_s, self.ended_by_client_at)

    # What each type of widget does: it begins at `time`, and all times are seconds since the epoch

    def trigger(self, state: State, time: float, walk: Walk) -> _Step:
        """An execution by REST comes in as a request."""
        return _Step(time, state.next_state("incomingRequest"))

    def make_outgoing_call(self, state: State, time: float, walk: Walk) -> _Step:
        """Call the person, and go on once it is clear who picked up, if anybody did."""
        properties = state.properties
        if walk.call_count == len(self.calls):
            new = NewCall(
                self._render(properties["to"], walk),
                self._render(properties["from"], walk),
                properties.get("timeout", DEFAULT_TIMEOUT_S),
                properties.get("detect_answering_machine", False),
            )
            result: dict[str, object]
            try:
                self.calls.append(self._log.place(new, self, time))
            except ApiError as error:
                result = {"CallStatus": "failed", "ErrorCode": str(error.code)}
                return _Step(time, state.next_state("failed"), self._left_by_failure(result))
        call = walk.call = self.calls[walk.call_count]
        walk.call_count += 1
        at, status = call.ring_end
        result = {"CallSid": call.sid, "CallStatus": status, "To": call.to, "From": call.from_}
        if status != "completed":
            return _Step(at, state.next_state(_RING_EVENTS[status]), self._left_by_failure(result))
        if call.cut_off_at < call.conversation_from:
            return _Step(call.cut_off_at, None, result)
        if call.new.detects_machines:
            result["AnsweredBy"] = call.answered_by_at(call.conversation_from)
        return _Step(call.conversation_from, state.next_state("answered"), {**result, "CallStatus": "in-progress"})

    def gather_input_on_call(self, state: State, time: float, walk: Walk) -> _Step:
        """Ask, and wait for keys; and for speech, where that leads anywhere. What comes first counts."""
        call = walk.call
        said_at = self._say(state, time, walk)
        if call is None or said_at is None:
            return _Step(time)
        properties = state.properties
        keys = [
            (pressed_at, key)
            for pressed_at, key in sorted(call.keys)
            if pressed_at >= time and pressed_at > walk.heard_until
        ]
        at, digits = _gathered(
            keys,
            said_at,
            properties.get("timeout", DEFAULT_GATHER_TIMEOUT_S),
            properties.get("number_of_digits", MAX_DIGITS),
            properties.get("finish_on_key", DEFAULT_FINISH_KEY),
        )
        speech = [(said, text) for said, text in sorted(call.speech) if said >= time and said > walk.heard_until]
        listens = bool(speech) and state.next_state("speech") is not None
        words = speech[0][1] if listens and speech[0][0] < (keys[0][0] if digits else at) else None
        if words is not None:
            at = speech[0][0]
        # whatever counts interrupts what is spoken
        walk.spoken[:] = [(begun, text) for begun, text in walk.spoken if begun <= at]
        if call.cut_off_at <= at:
            return _Step(call.cut_off_at)
        if words is not None or digits is not None:
            walk.heard_until = at
        if words is not None:
            result = {"SpeechResult": words, "Confidence": "0.9", "CallSid": call.sid}
            return _Step(at, state.next_state("speech"), result)
        if digits is None:
            return _Step(at, state.next_state("timeout"))
        return _Step(at, state.next_state("keypress"), {"Digits": digits, "CallSid": call.sid})

    def say_play(self, state: State, time: float, walk: Walk) -> _Step:
        """Say something."""
        said_at = self._say(state, time, walk)
        if walk.call is None or said_at is None:
            return _Step(time)
        if walk.call.cut_off_at <= said_at:
            return _Step(walk.call.cut_off_at)
        return _Step(said_at, state.next_state("audioComplete"))

    def set_variables(self, state: State, time: float, walk: Walk) -> _Step:
        """Set variables of the flow, which stand in the widget's own, too."""
        new = {pair["key"]: self._render(pair["value"], walk) for pair in state.properties.get("variables", [])}
        walk.variables.update(new)
        return _Step(time, state.next_state("next"), new)

    def split_based_on(self, state: State, time: float, walk: Walk) -> _Step:
        """Go where the first conditions that hold lead."""
        for transition in state.transitions:
            conditions = transition.get("conditions", [])
            if transition["event"] == "match" and all(self._holds(condition, walk) for condition in conditions):
                return _Step(time, transition.get("next"))
        return _Step(time, state.next_state("noMatch"))

    def _left_by_failure(self, result: dict[str, object]) -> dict[str, object]:
        return {} if self._settings.failures_leave_nothing else result

    def _holds(self, condition: Mapping[str, Any], walk: Walk) -> bool:
        value = " ".join(self._render(argument, walk) for argument in condition["arguments"])
        return CONDITIONS[condition["type"]](value, self._render(condition.get("value", ""), walk))

    def _say(self, state: State, time: float, walk: Walk) -> float | None:
        """Speak a widget's text: when it is over, or None where nobody is on the phone, or the TwiML is malformed."""
        call = walk.call
        if call is None or not call.answered_at <= time < call.cut_off_at:
            return None
        text = self._render(state.properties.get("say", ""), walk)
        to_twiml = twiml.say if self._settings.escapes_say else twiml.say_markup
        try:
            utterances = twiml.parse(to_twiml(text, state.properties.get("loop", 1)), MAX_TWIML_CHARS)
        except ApiError:
            return None
        for utterance in utterances:
            if utterance.text:
                walk.spoken.append((time, utterance.text))
            time += utterance.duration_s
        return time

    def _render(self, template: object, walk: Walk) -> str:
        return render(str(template), self.variables(walk))


_Widget = Callable[[Execution, State, float, Walk], _Step]
_WIDGETS: dict[str, _Widget] = {
    "trigger": Execution.trigger,
    "make-outgoing-call-v2": Execution.make_outgoing_call,
    "gather-input-on-call": Execution.gather_input_on_call,
    "say-play": Execution.say_play,
    "set-variables": Execution.set_variables,
    "split-based-on": Execution.split_based_on,
}


def _gathered(
    keys: Sequence[tuple[float, str]], said_at: float, timeout_s: float, number_of_digits: int, finish_key: str
) -> tuple[float, str | None]:
    """When a question is over (seconds since the epoch), and the digits it got; None if no key came in time."""
    digits: str | None = None
    deadline = said_at + timeout_s
    for pressed_at, key in keys:
        if pressed_at > deadline:
            break
        digits = digits or ""
        if key == finish_key:
            return pressed_at, digits
        digits += key
        if len(digits) == number_of_digits:
            return pressed_at, digits
        deadline = pressed_at + timeout_s
    return deadline, digits
