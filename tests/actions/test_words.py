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
"""Every sentence of docs/results.md appears in a run of the whole app, and no result contradicts itself."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, NamedTuple, Optional
from unittest.mock import patch

import pytest
import trustme

from actions.error_advice import _ADVICE
from sandbox.raw_server import RawConnection, RawServer, Script, http_response, respond, server_context
from sandbox.soar import SoarStore, StoreFault
from sandbox.twilio import CONTENT_SID, KEY_SECRET, KEY_SID, SENDER_ID, CallOutcome, Fault, Outcome
from tests.harness import E164, SPEED, TEXT, TO, Harness, Run
from tests.offline import BASE_URL, MANIFEST, Failure, Offline, Request
from tests.words import ADVICE, CAUSES, REPEAT, SENTENCES, Sentence, contradicts_itself, invites, unlisted
from twilio_api.errors import ApiError, CallError, ConnectionFailed, NoResponse
from twilio_connector import TwilioConnector
from twilio_consts import MAX_BODY_BYTES, REQUEST_DEADLINE_S


PAGE = {"to_phone": TO, "message": TEXT}
QUESTION = {"to_phone": TO, "question": "Isolate host WS-0417?", "timeout": 2}
CALL = {"to_phone": TO, "message": "The mail gateway is down"}
ACKNOWLEDGE = {**CALL, "acknowledge": True, "timeout": 10}
OTHER_SID = "SM" + "7" * 32
PATIENCE_S = 5.0

Watch = Callable[[TwilioConnector, str], None]
Fails = Callable[[Request], Optional[Failure]]


class Said(NamedTuple):
    """What one run said: the scenario it came from, the message and outcome of each result, and the progress lines."""

    scenario: str
    results: list[tuple[str, str]]
    lines: list[str]

    @property
    def texts(self) -> list[str]:
        """Each message and line."""
        return [*(message for message, _ in self.results), *self.lines]


class Scenarios:
    """Runs of the whole app, each made when its turn comes. `said` is what they said."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.name = ""

    def note(self, run: Run, app: TwilioConnector) -> None:
        """Keep what a run said."""
        results = [(str(result["message"]), str(result["summary"].get("outcome", ""))) for result in run.results]
        if not results:  # a wrong setting
            results = [(str(run.json["message"]), "")]
        self.said.append(Said(self.name, results, [line.text for line in app.progress_log]))

    def offline(
        self,
        action: str,
        parameters: Any,
        prepare: Callable[[Offline], object] = lambda offline: None,
        *,
        fails: Fails | None = None,
        watch: Watch | None = None,
        connector: TwilioConnector | None = None,
        store: SoarStore | None = None,
        is_poll_now: bool = False,
        twilio: Any = None,
        **config: Any,
    ) -> Offline:
        """Run an action without a network."""
        made = Offline(**(twilio or {}))
        prepare(made)
        if fails is not None:
            made.fails = fails
        self.again(made, action, parameters, watch, connector, store=store, is_poll_now=is_poll_now, **config)
        return made

    def again(
        self,
        made: Offline,
        action: str,
        parameters: Any,
        watch: Watch | None = None,
        connector: TwilioConnector | None = None,
        **config: Any,
    ) -> None:
        """Run an action on a local Twilio that is there already."""
        app = connector or TwilioConnector()
        self.note(made.run(action, parameters, connector=app, watch=watch, **config), app)

    def online(
        self,
        action: str,
        *parameters: Any,
        prepare: Callable[[Harness], object] = lambda harness: None,
        watch: Watch | None = None,
        connector: TwilioConnector | None = None,
        environment: Any = None,
        speed: float | None = None,
        meanwhile: AbstractContextManager[object] | None = None,
        **config: Any,
    ) -> None:
        """Run an action against the local Twilio, or whatever base_url leads to."""
        app = connector or TwilioConnector()
        with Harness(speed=speed) as harness, meanwhile or nullcontext():
            prepare(harness)
            self.note(
                harness.run(
                    action,
                    *parameters,
                    connector=app,
                    watch=watch,
                    environment=environment,
                    checks_form=False,
                    **config,
                ),
                app,
            )


def stop_at(*texts: str) -> Watch:
    """Cancel a run at the first line with one of these texts."""
    return lambda app, line: app.cancel() if any(text in line for text in texts) else None


STOP_AFTER_ONE_CALL = stop_at("The call is repeated", "Searching Twilio")


class CutShort(TwilioConnector):
    """A run that ends before its end: at once, or when a result says a certain thing."""

    def __init__(self, when: str = "") -> None:
        super().__init__()
        self._when = when

    def finalize(self) -> bool:
        """End as soon as it is said."""
        patience_until = time.monotonic() + PATIENCE_S
        while time.monotonic() < patience_until:
            if any(self._when in result.get_message() for result in self.get_action_results()):
                break
            time.sleep(0.001)
        return True


# --- what happened to a call: sockets that speak bytes, names that are unknown, proxies


def _wait(connection: RawConnection) -> None:
    connection.read_until_closed()


def _reset(connection: RawConnection) -> None:
    connection.receive()
    connection.reset()


def _plain_text(connection: RawConnection) -> None:
    connection.receive()
    connection.send(b"220 mail.example ESMTP\r\n")


def _read_and_hang_up(connection: RawConnection) -> None:
    connection.read_request()


def _drip_head(connection: RawConnection) -> None:
    connection.read_request()
    connection.send(b"HTTP/1.1 200 OK\r\nX: ")
    connection.drip(b"x")


def _drip_body(connection: RawConnection) -> None:
    connection.read_request()
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    connection.drip(b" ")


def _cut_off(connection: RawConnection) -> None:
    connection.read_request()
    connection.send(http_response(b"{", length=9))


SILENT: list[Script] = [_wait, _drip_head, _drip_body]
PROMPT: list[Script] = [
    _read_and_hang_up,
    _cut_off,
    respond(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
    respond(http_response(b"<h1>Access denied</h1>", "403 Forbidden")),
    respond(http_response(b"", "201 Created")),
    respond(http_response(b"<html></html>", "502 Bad Gateway")),
    respond(http_response(b"no gzip", "201 Created", "Content-Encoding: gzip")),
    respond(http_response(b"x", "201 Created", "Content-Encoding: sdch")),
    respond(http_response(b" " * (MAX_BODY_BYTES + 1), "201 Created")),
    respond(http_response(b"", "302 Found", "Location: https://portal.example/login")),
    respond(http_response(b"", "300 Multiple Choices")),
    respond(http_response(b"", "304 Not Modified")),
    respond(http_response(b"", "305 Use Proxy")),
    respond(http_response(b'{"fine": true}')),
]
PROXIES: list[Script] = [respond(b"HTTP/1.1 407 Who are you?\r\n\r\n"), respond(b"What?\r\n")]


def _too_late(*args: object, **options: object) -> None:
    time.sleep(REQUEST_DEADLINE_S / SPEED + 0.2)


def calls_that_fail(run: Scenarios) -> None:
    # What comes at once may take its time on a busy machine; what never comes is waited for in fast time
    once = partial(run.online, "send message", PAGE, watch=STOP_AFTER_ONE_CALL)
    wait = partial(run.online, "send message", PAGE, watch=STOP_AFTER_ONE_CALL, speed=SPEED)

    def proxy_at(server: RawServer) -> dict[str, str]:
        return {"HTTPS_PROXY": f"http://127.0.0.1:{server.port}", "NO_PROXY": ""}

    for make, scripts in ((once, PROMPT), (wait, SILENT)):
        for script in scripts:
            with RawServer(script) as server:
                make(base_url=f"{server.url}/2010-04-01")
    with RawServer(_wait) as server:
        url = f"https://127.0.0.1:{server.port}/2010-04-01"
        wait(base_url=url)
        wait(environment=proxy_at(server), base_url=BASE_URL)
    once(base_url=url)  # nothing listens there any more
    for script in (_reset, _plain_text):  # in place of a TLS handshake
        with RawServer(script) as server:
            once(base_url=f"https://127.0.0.1:{server.port}/2010-04-01")
    with RawServer(_wait, tls=server_context(trustme.CA(), "127.0.0.1")) as server:
        once(base_url=f"https://127.0.0.1:{server.port}/2010-04-01")
    for script in PROXIES:
        with RawServer(script) as server:
            once(environment=proxy_at(server), base_url=BASE_URL)
    once(environment={"REQUESTS_CA_BUNDLE": "/nowhere/ca.pem"}, base_url=BASE_URL)
    once(base_url="https://.example.com/2010-04-01")
    once(meanwhile=patch.object(socket, "getaddrinfo", side_effect=socket.gaierror(-2, "unknown")), base_url=BASE_URL)
    wait(meanwhile=patch.object(socket, "getaddrinfo", _too_late), base_url=BASE_URL)
    for error in (socket.timeout("timed out"), OSError(101, "unreachable")):
        once(meanwhile=patch.object(socket.socket, "connect", side_effect=error))
    wait(meanwhile=patch("twilio_api.transport._environment", _too_late))
    once(meanwhile=patch("twilio_api.transport.Thread.start", side_effect=RuntimeError("no more threads")))


def junk_from_twilio(run: Scenarios) -> None:
    body = b'{"sid": "%s", "status": "queued", "to": "%s"}' % (OTHER_SID.encode(), E164.encode())
    created = http_response(body, "201 Created")
    another = http_response(b'{"sid": "SM%s", "status": "sent"}' % (b"8" * 32))

    def script(connection: RawConnection) -> None:
        while True:
            connection.send(created if connection.read_request().startswith(b"POST ") else another)

    with RawServer(script) as server:
        run.online("send message", PAGE, base_url=f"{server.url}/2010-04-01")
    for following in ("/2010-04-01/Accounts/{sid}/Messages.json?Page=0", "https://elsewhere.example/x"):
        with Harness() as harness:
            following = following.format(sid=harness.twilio.account_sid)
        page = http_response(b'{"messages": [], "next_page_uri": "%s"}' % following.encode())
        with RawServer(respond(page)) as server:
            run.online("list messages", {}, base_url=f"{server.url}/2010-04-01")
    with patch("actions.sending.segments", side_effect=KeyError("a mistake")):
        run.offline("send message", PAGE)


# --- messages

NO_RESPONSE = NoResponse("api.twilio.com", "it was silent for 10 seconds")
REFUSED = ConnectionFailed("api.twilio.com", "the connection was refused")


def api_error(status: int, code: int) -> ApiError:
    return ApiError(status, f'{{"code": {code}}}', {"code": code, "status": status})


def creating(error: CallError, *, seconds: float = 0.0) -> Fails:
    """Let create calls fail."""
    return lambda request: Failure(error, False, seconds) if request.is_create else None


def everything(error: CallError, seconds: float = 0.0) -> Fails:
    """Let all calls fail."""
    return lambda request: Failure(error, False, seconds)


def reading(error: CallError) -> Fails:
    """Let reads fail."""
    return lambda request: Failure(error) if request.method == "GET" else None


def with_outcome(outcome: Outcome) -> Callable[[Offline], None]:
    def prepare(made: Offline) -> None:
        made.twilio.log.outcome = outcome

    return prepare


def messages(run: Scenarios) -> None:
    run.offline("send message", PAGE)
    template = {"to_phone": TO, "content_sid": CONTENT_SID, "content_variables": '{"1": "x", "2": "y"}'}
    run.offline("send template", template)
    for status in ("sent", "queued"):
        run.offline("send message", PAGE, with_outcome(Outcome(status, 1.0)))
    run.offline("send message", PAGE, with_outcome(Outcome("undelivered", 1.0, 30003)))
    run.offline("send message", {**PAGE, "to_phone": "+15005550009"})
    run.offline("send message", PAGE, fails=reading(NO_RESPONSE))
    run.offline("send message", PAGE, twilio={"test_credentials": True}, from_phone="+15005550006")
    run.offline("send message", PAGE, connector=CutShort())
    for fails in (creating(NO_RESPONSE), everything(NO_RESPONSE), creating(REFUSED), creating(api_error(429, 20429))):
        run.offline("send message", PAGE, fails=fails)
    made = Offline()
    made.fails = everything(NO_RESPONSE, 30.0)
    run.again(made, "test connectivity", {})
    with patch("actions.sending.Sending.send_prepared", _send_in_an_outage):
        run.offline("send message", PAGE, fails=everything(NO_RESPONSE, 26.0))
        run.offline("send message", PAGE, fails=creating(NO_RESPONSE, seconds=13.0))


def _send_in_an_outage(self: Any, key: Any, prepare: Any, result: Any) -> None:
    """Send a message three times, as a run of many does when everything fails."""
    for _ in range(3):
        self._results.clear()
        self.begin(key, lambda creation: self._send(prepare(), creation), result)


def many_messages(run: Scenarios) -> None:
    people = [{"to_phone": f"+1510{2_000_000 + number}", "message": TEXT} for number in range(12)]
    run.online("send message", *people)
    run.online("send message", *people, connector=CutShort("did not end"), prepare=_hang_after_the_first)
    run.online("send message", *people, connector=CutShort("so far"), prepare=_turn_away_after_the_first)
    run.online("send message", *people, watch=stop_at("12 messages"), prepare=_turn_away_after_the_first)
    run.online("call phone", *({**CALL, "to_phone": row["to_phone"]} for row in people[:3]))


def _hang_after_the_first(harness: Harness) -> None:
    harness.fault(Fault.HANG_BEFORE, skip=1, times=99)


def _turn_away_after_the_first(harness: Harness) -> None:
    harness.fault(Fault.TOO_MANY, skip=1, times=99)


def every_advice(run: Scenarios) -> None:
    people = {code: f"+1510{2_000_000 + code}" for code in _ADVICE}

    def prepare(harness: Harness) -> None:
        for code, to in people.items():
            harness.twilio.outcomes[to] = Outcome("undelivered", 0.5, code)

    run.online("send message", *({"to_phone": to, "message": TEXT} for to in people.values()), prepare=prepare)
    run.offline("send message", PAGE, lambda made: made.twilio.outcomes.update({E164: Outcome("failed", 0.5, 39999)}))
    without_text = api_error(400, 99999)
    run.offline("send message", PAGE, fails=creating(without_text))


# --- questions


def _replies(*texts: str, gap_s: float = 3.0) -> Watch:
    """Let the person write as soon as the question was accepted."""
    done: list[str] = []

    def watch(app: TwilioConnector, line: str) -> None:
        if line.startswith("Twilio accepted") and not done:
            done.append(line)
            offline = _OFFLINE[-1]
            for number, text in enumerate(texts, start=1):
                created = offline.time.now + number * gap_s
                offline.twilio.receive(E164, offline.twilio.from_phone, text, created=created)

    return watch


_OFFLINE: list[Offline] = []


def ask(
    run: Scenarios, *texts: str, fails: Any = None, prepare: Any = None, watch: Any = None, **parameters: Any
) -> None:
    made = Offline()
    _OFFLINE.append(made)
    if prepare is not None:
        prepare(made)
    if fails is not None:
        made.fails = fails
    run.again(made, "ask question", {**QUESTION, **parameters}, watch or _replies(*texts))
    for message in made.twilio.messages[:1]:
        run.again(made, "get response", {"question_id": message.sid})


def after_the_first(error: CallError) -> Fails:
    """Let all create calls but the first fail."""
    made: list[Request] = []

    def fails(request: Request) -> Failure | None:
        if not request.is_create:
            return None
        made.append(request)
        return Failure(error) if len(made) > 1 else None

    return fails


def questions(run: Scenarios) -> None:
    ask(run, "yes", confirmation="Thank you.")
    ask(run)
    ask(run, timeout=0)
    ask(run, watch=stop_at("Waiting for answers"))
    ask(run, *[f"{number}" for number in (111111, 222222, 333333, 444444, 555555)], require_code=True)
    ask(run, "yes", confirmation="Thank you.", fails=after_the_first(api_error(400, 21610)))
    ask(run, "yes", confirmation="Thank you.", fails=after_the_first(NO_RESPONSE))
    ask(run, "what?", fails=after_the_first(api_error(400, 21610)))
    ask(run, fails=reading(NO_RESPONSE))
    ask(run, prepare=with_outcome(Outcome("undelivered", 1.0, 30003)))
    ask(run, "yes", prepare=with_outcome(Outcome("sent", 1.0)), fails=_message_cannot_be_read)
    run.offline("ask question", QUESTION, connector=CutShort())
    run.online("ask question", QUESTION, {**QUESTION, "to_phone": "+15101110002"})
    run.offline("ask question", QUESTION, from_phone=SENDER_ID)
    made = Offline()
    made.fails = lambda request: Failure(NO_RESPONSE) if made.creates and request.method == "GET" else None
    run.again(made, "ask question", QUESTION)
    with patch("actions.conversations.draw_number", return_value=None):
        ask(run)
    asked = run.offline("ask question", {**QUESTION, "timeout": 0})
    asked.time.sleep(25 * 3600.0)
    run.again(asked, "get response", {"question_id": asked.twilio.messages[0].sid})
    other = Offline()
    sid = other.twilio.add_message(E164, TEXT).sid
    run.again(other, "get response", {"question_id": sid})


def _message_cannot_be_read(request: Request) -> Failure | None:
    return Failure(NO_RESPONSE) if request.method == "GET" and "/Messages/" in request.path else None


# --- calls


def call(run: Scenarios, outcome: CallOutcome, parameters: Any = CALL, **options: Any) -> Offline:
    def prepare(made: Offline) -> None:
        made.twilio.call_log.outcome = outcome
        _OFFLINE.append(made)

    return run.offline("call phone", parameters, prepare, **options)


def calls(run: Scenarios) -> None:
    for outcome in (
        *(CallOutcome(), CallOutcome(answered_by="unknown"), CallOutcome(answered_by="machine_start")),
        *(CallOutcome("busy"), CallOutcome("no-answer"), CallOutcome("failed")),
    ):
        call(run, outcome)
    call(run, CallOutcome(by_hand=True), connector=CutShort())
    call(run, CallOutcome(), fails=reading(NO_RESPONSE))
    call(run, CallOutcome(), twilio={"test_credentials": True}, from_phone="+15005550006")
    call(run, CallOutcome(by_hand=True), watch=stop_at("ringing"))
    call(run, CallOutcome(by_hand=True), watch=stop_at("ringing"), fails=_cannot_be_ended)
    call(run, CallOutcome(), watch=stop_at("in-progress"))
    run.offline("call phone", CALL, from_phone=SENDER_ID)
    queued = Offline()
    queued.twilio.call_log.calls_per_s = 1e-6
    for _ in range(2):
        run.again(queued, "call phone", CALL)


def _cannot_be_ended(request: Request) -> Failure | None:
    is_end = request.method == "POST" and ("/Calls/" in request.path or "/Executions/" in request.path)
    return Failure(NO_RESPONSE) if is_end else None


def acknowledgements(run: Scenarios) -> None:
    for outcome in (
        *(CallOutcome(keys="1", key_after_s=5.0), CallOutcome(keys="2"), CallOutcome()),
        *(CallOutcome(answered_by="machine_start"), CallOutcome("busy"), CallOutcome("no-answer")),
        CallOutcome(hang_up_after_s=4.0),
    ):
        call(run, outcome, ACKNOWLEDGE)
    call(run, CallOutcome("busy"), ACKNOWLEDGE, fails=_executions_cannot_be_read)
    call(run, CallOutcome(by_hand=True), ACKNOWLEDGE, connector=CutShort())
    call(run, CallOutcome(by_hand=True), ACKNOWLEDGE, watch=stop_at("ringing"), fails=_cannot_be_ended)
    call(run, CallOutcome(by_hand=True), ACKNOWLEDGE, watch=stop_at("accepted the call"))
    for ends_call in (True, False):
        made = Offline()
        _OFFLINE.append(made)
        made.twilio.studio.settings.end_ends_call = ends_call
        made.twilio.call_log.outcome = CallOutcome("no-answer")
        run.again(made, "call phone", ACKNOWLEDGE, partial(_end_the_flow, "ringing"))
    hung_up = Offline()
    hung_up.twilio.studio.settings.end_lag_s = 1.0
    hung_up.twilio.call_log.outcome = CallOutcome(hang_up_after_s=4.0)
    run.again(hung_up, "call phone", ACKNOWLEDGE)
    outlived = Offline()
    _OFFLINE.append(outlived)
    outlived.twilio.studio.settings.end_ends_call = False
    outlived.twilio.studio.settings.call_end_lag_s = 1.0
    run.again(outlived, "call phone", ACKNOWLEDGE, partial(_end_the_flow, "in-progress"))
    hidden = Offline()
    _OFFLINE.append(hidden)
    hidden.twilio.studio.settings.end_ends_call = False
    hidden.fails = lambda request: (
        Failure(NO_RESPONSE) if request.method == "GET" and "/Calls" in request.path else None
    )
    run.again(hidden, "call phone", ACKNOWLEDGE, partial(_end_the_flow, "is being called"))
    call(run, CallOutcome(), ACKNOWLEDGE, fails=lambda request: Failure(REFUSED) if "/Flows" in request.path else None)
    refused = Offline()
    refused.twilio.call_log.refusals[E164] = 21215
    run.again(refused, "call phone", ACKNOWLEDGE)
    endless = Offline()
    endless.twilio.studio.settings.end_lag_s = 1e6
    run.again(endless, "call phone", ACKNOWLEDGE)


def _executions_cannot_be_read(request: Request) -> Failure | None:
    return Failure(NO_RESPONSE) if request.method == "GET" and "/Executions/" in request.path else None


def _end_the_flow(when: str, app: TwilioConnector, line: str) -> None:
    if when in line:
        _OFFLINE[-1].twilio.studio.executions[0].end()


# --- the message log, numbers, texts from people


def message_log(run: Scenarios) -> None:
    made = Offline()
    sids = [made.twilio.add_message(E164, TEXT, created=made.time.now - 60.0 - number).sid for number in range(150)]
    run.again(made, "list messages", {"limit": 100})
    run.again(made, "list messages", {"phone": TO})
    run.again(made, "list messages", {}, stop_at("Messages read"))
    run.again(made, "get message", {"message_sid": sids[0]})
    run.again(made, "redact message", {"message_sid": sids[0]})
    run.again(made, "delete message", {"message_sid": sids[0]})
    run.again(made, "delete message", {"message_sid": sids[0]})
    fresh = made.twilio.add_message(E164, TEXT, created=made.time.now).sid
    run.again(made, "delete message", {"message_sid": fresh})
    for fails in (lambda request: Failure(NO_RESPONSE), lambda request: Failure(REFUSED)):
        made.fails = fails
        run.again(made, "redact message", {"message_sid": sids[1]})
        run.again(made, "get message", {"message_sid": sids[1]})


def look_ups(run: Scenarios) -> None:
    made = Offline()
    valid = "+15102222345"
    made.twilio.lookups.fail(valid, "caller_name", 60606)
    run.again(made, "lookup phone", {"phone": valid})
    run.again(made, "lookup phone", {"phone": valid, "fields": "line_type_intelligence,caller_name"})
    run.again(made, "lookup phone", {"phone": TO})
    with RawServer(respond(http_response(b'{"valid": false, "phone_number": "+15101112345"}'))) as server:
        run.online("lookup phone", {"phone": TO}, base_url=f"{server.url}/2010-04-01")


def polls(run: Scenarios) -> None:
    def received(count: int) -> Offline:
        made = Offline()
        for number in range(count):
            made.twilio.receive(E164, made.twilio.from_phone, f"text {number}", created=made.time.now - 60.0 - number)
        return made

    def poll(made: Offline, store: SoarStore, *, is_poll_now: bool = False, **parameters: Any) -> None:
        run.again(made, "on poll", parameters, store=store, is_poll_now=is_poll_now)

    made, store = received(3), SoarStore()
    poll(made, store, container_count=2)
    poll(made, store)
    poll(made, SoarStore())
    store = SoarStore()
    poll(made, store, is_poll_now=True, container_count=3)
    poll(made, store)
    store = SoarStore()
    store.fail("save_container", StoreFault.REFUSES)
    poll(made, store)
    store = SoarStore()
    store.fail("save_container", StoreFault.REFUSES)
    poll(made, store, is_poll_now=True, container_count=3)
    store = SoarStore()
    store.fail("load_state", StoreFault.REFUSES, times=99)
    poll(made, store)
    store = SoarStore()
    store.fail("save_state", StoreFault.REFUSES, times=99)
    poll(made, store)
    poll(received(60), SoarStore())
    made, store = received(2), SoarStore()
    bad = made.twilio.messages[0].sid
    store.fail("save_container", StoreFault.REFUSES, times=None, source_data_identifier=bad)
    for number in range(11):
        made.twilio.receive(E164, made.twilio.from_phone, f"new {number}")
        poll(made, store)
        made.time.now += 60.0
    made, store = Offline(), SoarStore()
    _OFFLINE.append(made)
    run.again(made, "ask question", QUESTION, _replies("yes"))
    poll(made, store)


# --- the test of the asset


def asset_tests(run: Scenarios) -> None:
    run.offline("test connectivity", {}, to_phone=TO)
    run.offline("test connectivity", {}, twilio={"account_status": "suspended"})
    run.offline("test connectivity", {}, twilio={"test_credentials": True})
    run.offline("test connectivity", {}, api_sid=KEY_SID, auth_token=KEY_SECRET)
    run.offline("test connectivity", {}, from_phone="+15101281338")
    run.offline("test connectivity", {}, auth_token="0" * 32)
    run.offline("test connectivity", {}, to_phone="whatsapp:+15101112345")
    run.offline("test connectivity", {}, to_phone="12345")


# --- wrong parameters and settings

WRONG: list[tuple[str, dict[str, Any]]] = [
    *(
        ("send message", {**PAGE, "to_phone": to})
        for to in (
            *("nobody", "12345", "1112345", "06 12 34 56 78", "5101112345, 5101112346", "5101112345 x12"),
            *("1-800-FLOWERS", "+1510111", "+151011123456", "1510111234567", "+491", "whatsapp:+15101112345"),
            *(None, OTHER_SID, "+4930", "+390612345678901", "+3906", "+6155555555555", "+64123", "+4412345678"),
        )
    ),
    *(
        ("send message", {**PAGE, "message": text})
        for text in (" ", True, float("nan"), ["x"], {"x": 1}, "x" * 1601, "half \ud83d")
    ),
    ("send message", {**PAGE, "from_phone": "5101281337"}),
    ("send message", {**PAGE, "media_url": "http://example.com/a.png"}),
    ("send message", {**PAGE, "media_url": ",".join(["https://example.com/a.png"] * 11)}),
    ("send message", {**PAGE, "validity_period": "soon"}),
    ("send message", {**PAGE, "validity_period": 1.5}),
    ("send template", {"to_phone": TO, "content_sid": "HX1"}),
    ("send template", {"to_phone": TO, "content_sid": CONTENT_SID, "content_variables": "x"}),
    *(
        ("ask question", {**QUESTION, "responses": responses})
        for responses in ({"a": 1}, ",".join("abcdefghijk"), "yes,?", "yes,stop", "yes,421", "yes,YES")
    ),
    ("ask question", {**QUESTION, "question": "x" * 1600}),
    ("ask question", {**QUESTION, "require_code": "perhaps"}),
    ("call phone", {**CALL, "message": "\ud83d"}),
    ("call phone", {**CALL, "message": "x" * 5000}),
    ("call phone", {**CALL, "language": "klingon!"}),
    ("call phone", {**CALL, "to_phone": "whatsapp:+15101112345"}),
    ("list messages", {"phone": "nobody"}),
    ("list messages", {"direction": "sideways"}),
    ("list messages", {"start_time": "yesterday"}),
    ("list messages", {"start_time": "2026-11-23", "end_time": "2026-11-22"}),
    ("lookup phone", {"phone": TO, "fields": "caller name"}),
    ("get message", {"message_sid": "SM1"}),
]
WRONG_SETTINGS: list[dict[str, Any]] = [
    {"base_url": ""},
    {"base_url": "twilio"},
    {"base_url": "http://api.twilio.com"},
    {"account_sid": "AC1"},
    {"auth_token": " "},
    {"timeout": "long"},
    {"api_sid": "SK1"},
]


def wrong_input(run: Scenarios) -> None:
    for action, parameters in WRONG:
        run.offline(action, parameters)
    for config in WRONG_SETTINGS:
        run.offline("send message", PAGE, **config)
    pigeon = {"action": "send pigeon", "identifier": "send_pigeon", "type": "generic", "parameters": {}}
    with patch.dict(MANIFEST, actions=[*MANIFEST["actions"], pigeon]):
        run.offline("send pigeon", {})


SCENARIOS = (
    *(calls_that_fail, junk_from_twilio, messages, many_messages, every_advice, questions, calls, acknowledgements),
    *(message_log, look_ups, polls, asset_tests, wrong_input),
)


pytestmark = pytest.mark.xdist_group("words")  # the costly fixture is made once


@pytest.fixture(scope="module")
def said() -> list[Said]:
    """What all scenarios said."""
    scenarios = Scenarios()
    for scenario in SCENARIOS:
        scenarios.name = scenario.__name__
        scenario(scenarios)
    return scenarios.said


# --- the page is complete, and says nothing that the app does not


def test_the_page_has_all_columns() -> None:
    assert len(SENTENCES) > 150
    assert {sentence.repeat for sentence in SENTENCES} == set(REPEAT)
    assert len({sentence.text for sentence in SENTENCES}) == len(SENTENCES)


def test_the_page_lists_the_advice_for_each_code() -> None:
    assert ADVICE == _ADVICE


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence.text[:60])
def test_each_sentence_of_the_page_appears_in_a_run(said: list[Said], sentence: Sentence) -> None:
    assert any(sentence.is_in(text) for one in said for text in one.texts)


def test_each_advice_appears_in_a_run(said: list[Said]) -> None:
    everything_said = "\n".join(text for one in said for text in one.texts)
    assert [code for code, advice in ADVICE.items() if advice not in everything_said] == []


def test_each_run_says_nothing_but_sentences_of_the_page(said: list[Said]) -> None:
    found = {(one.scenario, unlisted(text), text) for one in said for text in one.texts}
    assert sorted((scenario, text) for scenario, rest, text in found if rest) == []


# --- no two sentences of one result contradict


def test_no_result_contradicts_itself(said: list[Said]) -> None:
    assert [message for one in said for message, _ in one.results if contradicts_itself(message)] == []


def test_a_result_invites_to_repeat_only_where_nothing_was_sent(said: list[Said]) -> None:
    inviting = {outcome for one in said for message, outcome in one.results if invites(message)}
    assert inviting <= {"not_sent", ""}


def test_what_may_have_been_taken_is_said_in_those_words(said: list[Said]) -> None:
    unknown = [message for one in said for message, outcome in one.results if outcome == "unknown"]
    assert len(unknown) > 10
    assert [message for message in unknown if not re.search("cannot be known|is not known", message)] == []


def test_the_page_says_of_no_such_result_that_the_action_may_be_repeated(said: list[Said]) -> None:
    repeatable = [row for row in SENTENCES if row.repeat in ("yes", "once mended") and row.section != CAUSES]
    found = [
        (message, row.text)
        for one in said
        for message, outcome in one.results
        if outcome in ("unknown", "unconfirmed", "delivered", "answered", "asked")
        for row in repeatable
        if row.is_in(message)
    ]
    assert found == []
