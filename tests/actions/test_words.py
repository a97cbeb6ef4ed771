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
"""Every sentence of docs/results.md appears in a run of the whole app; `tests.words` checks that no run says more."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import Any, Optional
from unittest.mock import patch

import pytest
import trustme

from actions.error_advice import _ADVICE
from sandbox.memory_transport import BASE_URL, MemoryRequest, Trouble
from sandbox.raw_server import RawConnection, RawServer, Script, http_response, respond, server_context
from sandbox.soar import SoarStore, StoreFault, load_manifest
from sandbox.twilio import (
    CONTENT_SID,
    KEY_SECRET,
    KEY_SID,
    SENDER_ID,
    SERVICE_SID,
    CallOutcome,
    Fault,
    File,
    Message,
    Outcome,
)
from tests.actions.asking import reply, texting, when_asked
from tests.harness import E164, TEXT, TO, CutShort, Harness, Run, ServedHarness
from tests.words import ADVICE, REPEAT, SENTENCES, check_words
from twilio_api.errors import ApiError, CallError, ConnectionFailed, NoResponse, UnexpectedResponse
from twilio_api.response import Response
from twilio_api.transport import Transport
from twilio_connector import TwilioConnector
from twilio_consts import MAX_BODY_BYTES


PAGE = {"to_phone": TO, "message": TEXT}
QUESTION = {"to_phone": TO, "question": "Isolate host WS-0417?", "timeout": 2}
TEMPLATE = {"to_phone": TO, "content_sid": CONTENT_SID}
CALL = {"to_phone": TO, "message": "The mail gateway is down"}
ACKNOWLEDGE = {**CALL, "acknowledge": True, "timeout": 10}
OTHER_SID = "SM" + "7" * 32
MOMENT_S = 0.3  # after which a call to a server that stays silent is given up
PATIENCE_S = 10.0  # for a server that responds at once, also on a busy machine

Watch = Callable[[TwilioConnector, str], None]
Troubles = Callable[[MemoryRequest], Optional[Trouble]]


class Scenarios:
    """Runs of the whole app, each made when its turn comes. `said` are their messages and lines of progress."""

    def __init__(self) -> None:
        self.said: set[str] = set()

    def note(self, run: Run) -> None:
        """Keep what a run said."""
        self.said |= {run.json["message"], *(result["message"] for result in run.results), *run.lines}

    def play(
        self,
        action: str,
        parameters: Any,
        prepare: Callable[[Harness], object] = lambda harness: None,
        *,
        trouble: Troubles | None = None,
        watch: Watch | None = None,
        connector: TwilioConnector | None = None,
        twilio: Any = None,
        **config: Any,
    ) -> Harness:
        """Run an action, on one parameter set or a list of several, in virtual time."""
        made = Harness(**(twilio or {}))
        prepare(made)
        if trouble is not None:
            made.network.trouble = trouble
        self.again(made, action, parameters, watch, connector, **config)
        return made

    def again(
        self,
        made: Harness,
        action: str,
        parameters: Any,
        watch: Watch | None = None,
        connector: TwilioConnector | None = None,
        **config: Any,
    ) -> None:
        """Run an action on a local Twilio that is there already."""
        rows = parameters if isinstance(parameters, list) else [parameters]
        self.note(made.run(action, *rows, connector=connector, watch=watch, checks_form=False, **config))

    def served(
        self,
        parameters: Any,
        *,
        meanwhile: AbstractContextManager[object] | None = None,
        deadline_s: float = PATIENCE_S,
        **options: Any,
    ) -> None:
        """Send a message over sockets, and stop at the first call that fails; each is given up after `deadline_s`."""
        app = TwilioConnector()
        app.new_transport = partial(Impatient, deadline_s)
        at_once = patch("actions.run_loop._CHECK_S", 0.02)
        with ServedHarness() as harness, at_once, meanwhile or nullcontext():
            self.note(harness.run("send message", parameters, connector=app, watch=STOP_AFTER_ONE_CALL, **options))


class Impatient(Transport):
    """The real transport, with a deadline of its own for each call."""

    def __init__(self, deadline_s: float, *args: Any) -> None:
        super().__init__(*args)
        self._each_s = deadline_s

    async def call(self, *args: Any, **options: Any) -> Response:
        """Make one call."""
        return await super().call(*args, **{**options, "deadline_s": self._each_s})


def stop_at(*texts: str) -> Watch:
    """Cancel a run at the first line with one of these texts."""
    return lambda app, line: app.cancel() if any(text in line for text in texts) else None


STOP_AFTER_ONE_CALL = stop_at("The request is repeated", "Searching Twilio")


class Terminated(TwilioConnector):
    """A run whose process ends so many seconds after all parameter sets were handed over."""

    def __init__(self, harness: Harness, after_s: float) -> None:
        super().__init__()
        self._harness = harness
        self._after_s = after_s

    def finalize(self) -> bool:
        """End."""
        self._harness.clock.call_later(self._after_s, _terminate)
        with suppress(SystemExit):
            super().finalize()
        return True


def _terminate() -> None:
    raise SystemExit


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
PROXIES: list[Script] = [
    respond(b"HTTP/1.1 403 Not from here\r\n\r\n"),
    respond(b"HTTP/1.1 407 Who are you?\r\n\r\n"),
    respond(b"What?\r\n"),
]


def _too_late(*args: object, **options: object) -> None:
    time.sleep(MOMENT_S + 0.2)


def calls_that_fail(run: Scenarios) -> None:
    once = partial(run.served, PAGE)
    in_vain = partial(once, deadline_s=MOMENT_S)

    def proxy_at(server: RawServer) -> dict[str, str]:
        return {"HTTPS_PROXY": f"http://127.0.0.1:{server.port}", "NO_PROXY": ""}

    for script in PROMPT:
        with RawServer(script) as server:
            once(base_url=f"{server.url}/2010-04-01")
    for script in SILENT:
        with RawServer(script) as server:
            in_vain(base_url=f"{server.url}/2010-04-01")
    with RawServer(_wait) as server:
        url = f"https://127.0.0.1:{server.port}/2010-04-01"
        in_vain(base_url=url)
        in_vain(environment=proxy_at(server), base_url=BASE_URL)
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
    in_vain(meanwhile=patch.object(socket, "getaddrinfo", _too_late), base_url=BASE_URL)
    for error in (socket.timeout("timed out"), OSError(101, "unreachable")):
        once(meanwhile=patch.object(socket.socket, "connect", side_effect=error))
    in_vain(meanwhile=patch("twilio_api.transport.Transport.send", _too_late))
    retired = "https://api.au1.twilio.com/2010-04-01"
    once(meanwhile=patch.object(socket, "getaddrinfo", side_effect=socket.gaierror(-2, "unknown")), base_url=retired)
    once(environment={"HTTPS_PROXY": "socks5://127.0.0.1:9", "NO_PROXY": ""}, base_url=BASE_URL)
    once(meanwhile=patch("twilio_api.http_call.Thread.start", side_effect=RuntimeError("no more threads")))


def junk_from_twilio(run: Scenarios) -> None:
    body = b'{"sid": "%s", "status": "queued", "to": "%s"}' % (OTHER_SID.encode(), E164.encode())
    created = Trouble(response=http_response(body, "201 Created"))
    another = Trouble(response=http_response(b'{"sid": "SM%s", "status": "sent"}' % (b"8" * 32)))
    run.play("send message", PAGE, trouble=lambda request: created if request.is_create else another)
    for following in ("/2010-04-01/Accounts/{sid}/Messages.json?Page=0", "https://elsewhere.example/x"):
        following = following.format(sid=Harness().twilio.account_sid)
        page = http_response(b'{"messages": [], "next_page_uri": "%s"}' % following.encode())
        run.play("list messages", {}, lambda harness, page=page: harness.respond(page))  # type: ignore[misc]
    token = Harness().twilio.auth_token.encode()
    run.play("send message", PAGE, lambda made: made.respond(http_response(b"<p>" + token, "502 Bad Gateway")))
    with patch("actions.delivery_report.segments", side_effect=KeyError("a mistake")):
        run.play("send message", PAGE)


# --- messages

NO_RESPONSE = NoResponse("api.twilio.com", "it was silent for 10 seconds")
REFUSED = ConnectionFailed("api.twilio.com", "the connection was refused")


def api_error(status: int, code: int) -> ApiError:
    return ApiError(status, f'{{"code": {code}}}', {"code": code, "status": status})


def failing(error: CallError, seconds: float = 0.0) -> Trouble:
    """Let a call fail, which Twilio never gets."""
    return Trouble(error=error, lost_before=True, response_s=seconds)


def creating(error: CallError) -> Troubles:
    """Let create calls fail."""
    return lambda request: failing(error) if request.is_create else None


def everything(error: CallError, seconds: float = 0.0) -> Troubles:
    """Let all calls fail."""
    return lambda request: failing(error, seconds)


def reading(error: CallError, seconds: float = 0.0) -> Troubles:
    """Let reads fail."""
    return lambda request: failing(error, seconds) if request.method == "GET" else None


def with_outcome(outcome: Outcome) -> Callable[[Harness], None]:
    def prepare(made: Harness) -> None:
        made.twilio.log.outcome = outcome

    return prepare


def messages(run: Scenarios) -> None:
    run.play("send message", PAGE)
    run.play("send template", {**TEMPLATE, "content_variables": '{"1": "x", "2": "y"}'})
    for status in ("sent", "queued"):
        run.play("send message", PAGE, with_outcome(Outcome(status, 1.0)))
    run.play("send message", PAGE, twilio={"test_credentials": True}, from_phone="+15005550006")
    run.play("send message", PAGE, connector=CutShort())
    run.play("send message", PAGE, with_outcome(Outcome("delivered", 9.0)), watch=stop_at(": sent"))
    made = Harness()
    made.network.trouble = reading(NO_RESPONSE)
    run.again(made, "send message", PAGE, connector=Terminated(made, 5.0))
    for trouble in (creating(NO_RESPONSE), everything(NO_RESPONSE), creating(REFUSED), creating(api_error(429, 20429))):
        run.play("send message", PAGE, trouble=trouble)
    run.play("send message", PAGE, _set_the_edge_back, trouble=creating(NO_RESPONSE))


def _set_the_edge_back(harness: Harness) -> None:
    harness.twilio.edge_ahead_s = -300.0
    harness.twilio.add_message(E164, "a text of another run")


def many_messages(run: Scenarios) -> None:
    people = [{"to_phone": f"+1510{2_000_000 + number}", "message": TEXT} for number in range(12)]
    run.play("send message", people)
    for prepare in (_hang_after_the_first, _lose_after_the_first, _turn_away_after_the_first):
        harness = Harness()
        prepare(harness)
        run.again(harness, "send message", people, connector=Terminated(harness, 1.0))
    run.play("send message", people, trouble=everything(NO_RESPONSE, 9.0))
    run.play("send message", people * 2, with_outcome(Outcome("sent", 1.0)), trouble=reading(NO_RESPONSE, 14.0))
    run.play("call phone", [{**CALL, "to_phone": row["to_phone"]} for row in people[:3]])


def _lose_after_the_first(harness: Harness) -> None:
    harness.twilio.log_lag_s = 60.0
    harness.fault(Fault.RESET_AFTER, skip=1, times=99)


def _hang_after_the_first(harness: Harness) -> None:
    harness.fault(Fault.HANG_BEFORE, skip=1, times=99)


def _turn_away_after_the_first(harness: Harness) -> None:
    harness.fault(Fault.TOO_MANY, skip=1, times=99)


def every_advice(run: Scenarios) -> None:
    people = {code: f"+1510{2_000_000 + code}" for code in _ADVICE}

    def prepare(harness: Harness) -> None:
        for code, to in people.items():
            harness.twilio.outcomes[to] = Outcome("undelivered", 0.5, code)

    run.play("send message", [{"to_phone": to, "message": TEXT} for to in people.values()], prepare)


# --- questions


def ask(
    run: Scenarios, *texts: str, trouble: Any = None, prepare: Any = None, watch: Any = None, **parameters: Any
) -> None:
    made = Harness()
    if prepare is not None:
        prepare(made)
    if trouble is not None:
        made.network.trouble = trouble
    answers = texting(made, {3.0 * number: text for number, text in enumerate(texts, start=1)})
    run.again(made, "ask question", {**QUESTION, **parameters}, watch or answers)
    for message in made.twilio.messages[:1]:
        run.again(made, "get response", {"question_id": message.sid})


def after_the_first(error: CallError) -> Troubles:
    """Let all create calls but the first fail."""
    made: list[MemoryRequest] = []

    def trouble(request: MemoryRequest) -> Trouble | None:
        if not request.is_create:
            return None
        made.append(request)
        return failing(error) if len(made) > 1 else None

    return trouble


def questions(run: Scenarios) -> None:
    ask(run, "yes", confirmation="Thank you.")
    ask(run)
    ask(run, timeout=0)
    ask(run, watch=stop_at("Waiting for an answer"))
    ask(run, *[f"{number}" for number in (111111, 222222, 333333, 444444, 555555)], require_code=True)
    ask(run, "yes", confirmation="Thank you.", trouble=after_the_first(NO_RESPONSE))
    ask(run, "what?", trouble=after_the_first(api_error(400, 21610)))
    ask(run, trouble=reading(NO_RESPONSE))
    ask(run, "STOP")
    ask(run, prepare=_redacting_its_texts)
    made = Harness()

    def ask_with_the_same_codes() -> None:
        made.twilio.add_message(E164, made.twilio.messages[0].body)
        reply(made, "hello", after_s=5.0)

    run.again(made, "ask question", QUESTION, when_asked(ask_with_the_same_codes))
    run.play("ask question", QUESTION, connector=CutShort())
    run.play("ask question", [QUESTION, {**QUESTION, "to_phone": "+15101110002"}])
    run.play("ask question", QUESTION, from_phone=SENDER_ID)
    with patch("twilio_api.conversations.draw_number", return_value=None):
        ask(run)
    asked = run.play("ask question", {**QUESTION, "timeout": 0})
    asked.clock.advance(25 * 3600.0)
    run.again(asked, "get response", {"question_id": asked.twilio.messages[0].sid})
    other = Harness()
    sid = other.twilio.add_message(E164, TEXT).sid
    run.again(other, "get response", {"question_id": sid})


def _redacting_its_texts(made: Harness) -> None:
    made.twilio.account.redacts_texts = True


# --- calls


def call(
    run: Scenarios,
    outcome: CallOutcome,
    parameters: Any = CALL,
    *,
    studio: dict[str, Any] | None = None,
    calls: dict[str, Any] | None = None,
    after_s: float | None = None,
    ended_after_s: float | None = None,
    **options: Any,
) -> Harness:
    """Call somebody; the run is cancelled after so many seconds, or its flow ended by hand."""

    def prepare(made: Harness) -> None:
        made.twilio.call_log.outcome = outcome
        for settings, values in ((made.twilio.studio.settings, studio), (made.twilio.call_log, calls)):
            for name, value in (values or {}).items():
                setattr(settings, name, value)
        if ended_after_s is not None:
            made.clock.call_later(ended_after_s, lambda: made.twilio.studio.executions[0].end())

    return run.play("call phone", parameters, prepare, cancelled_after_s=after_s, **options)


def calls(run: Scenarios) -> None:
    for outcome in (
        *(CallOutcome(), CallOutcome(answered_by="unknown"), CallOutcome(answered_by="machine_start")),
        *(CallOutcome("busy"), CallOutcome("no-answer"), CallOutcome("failed")),
    ):
        call(run, outcome)
    call(run, CallOutcome(by_hand=True), connector=CutShort())
    call(run, CallOutcome(), twilio={"test_credentials": True}, from_phone="+15005550006")
    call(run, CallOutcome(by_hand=True), watch=stop_at("ringing"))
    call(run, CallOutcome(by_hand=True), watch=stop_at("ringing"), trouble=_cannot_be_ended)
    call(run, CallOutcome(), {**CALL, "message": TEXT * 20}, watch=stop_at("in-progress"), calls={"ending_s": 30.0})
    call(run, CallOutcome("busy"), {**CALL, "attempts": 2})
    call(run, CallOutcome("busy"), {**CALL, "attempts": 2}, trouble=_second_is_refused())
    with patch("twilio_api.caller.MAX_CALL_BUDGET_S", 60.0):
        call(run, CallOutcome(), [CALL, {**CALL, "to_phone": "+15101110002"}], calls={"calls_per_s": 1e-6})


def _cannot_be_ended(request: MemoryRequest) -> Trouble | None:
    is_end = request.method == "POST" and ("/Calls/" in request.path or "/Executions/" in request.path)
    return failing(NO_RESPONSE) if is_end else None


def _second_is_refused() -> Callable[[MemoryRequest], Trouble | None]:
    calls = iter(range(99))
    return lambda request: failing(REFUSED) if request.is_create and next(calls) else None


def acknowledgements(run: Scenarios) -> None:
    rings, talks = CallOutcome(by_hand=True), CallOutcome(hang_up_after_s=60.0)
    for outcome in (
        *(CallOutcome(keys="1", key_after_s=5.0), CallOutcome(keys="234", key_gap_s=5.0), CallOutcome()),
        *(CallOutcome(answered_by="machine_start"), CallOutcome("busy"), CallOutcome("no-answer")),
        *(CallOutcome("failed"), CallOutcome(hang_up_after_s=4.0)),
    ):
        call(run, outcome, ACKNOWLEDGE)
    call(run, CallOutcome(hang_up_after_s=4.0), ACKNOWLEDGE, studio={"end_lag_s": 1.0})
    call(run, CallOutcome(), ACKNOWLEDGE, studio={"end_lag_s": 1e6, "step_lag_s": 1e6})
    call(run, rings, ACKNOWLEDGE, connector=CutShort())
    call(run, CallOutcome(), ACKNOWLEDGE, trouble=lambda request: _failing_at(request, "/Flows"))
    for shows_code in (True, False):
        made = Harness()
        made.twilio.studio.settings.failures_leave_nothing = not shows_code
        made.twilio.call_log.refusals[E164] = 21215
        run.again(made, "call phone", ACKNOWLEDGE)
    # Cancelled after so many seconds
    call(run, rings, ACKNOWLEDGE, after_s=3.0)
    call(run, rings, ACKNOWLEDGE, after_s=3.0, trouble=_cannot_be_ended)
    call(run, rings, ACKNOWLEDGE, after_s=3.0, trouble=_reading("/Calls"))
    call(run, rings, {**ACKNOWLEDGE, "timeout": 60}, after_s=3.0, studio={"end_ends_call": False})
    call(run, talks, ACKNOWLEDGE, ended_after_s=8.0, studio={"end_ends_call": False, "call_end_lag_s": 1.0})


def _failing_at(request: MemoryRequest, path: str) -> Trouble | None:
    return failing(REFUSED) if path in request.path else None


def _reading(path: str) -> Callable[[MemoryRequest], Trouble | None]:
    return lambda request: failing(NO_RESPONSE) if request.method == "GET" and path in request.path else None


# --- alerts

ALERT = {"people": TO, "message": "Ransomware on DC-01", "text_timeout": 0.5, "call_attempts": 1}


def with_calls(outcome: CallOutcome) -> Callable[[Harness], None]:
    def prepare(made: Harness) -> None:
        made.twilio.call_log.outcome = outcome

    return prepare


def alerts(run: Scenarios) -> None:
    sleep, press_1 = with_calls(CallOutcome("no-answer")), with_calls(CallOutcome(keys="1", key_after_s=3.0))
    run.play("page on call", ALERT, press_1)
    run.play("page on call", {**ALERT, "text_timeout": 1.5}, press_1)
    people = "5101112345, 5101112346, 5101112347"
    run.play("page on call", {**ALERT, "people": people, "text_timeout": 0.1, "call": False})
    run.play("page on call", ALERT, sleep, trouble=creating(REFUSED))
    run.play("page on call", ALERT, sleep, trouble=reading(NO_RESPONSE))
    run.play("page on call", ALERT, trouble=_log_fails_after_a_text)
    made = Harness()
    _lose_after_the_first(made)
    run.again(made, "page on call", [ALERT, {**ALERT, "people": "5101112346"}], connector=Terminated(made, 1.0))
    with patch("twilio_api.conversations.draw_number", return_value=None):
        run.play("page on call", ALERT, sleep)


def _log_fails_after_a_text(request: MemoryRequest) -> Trouble | None:
    return failing(NO_RESPONSE) if "From" in request.params and request.method == "GET" else None


# --- the message log, numbers, texts from people


def message_log(run: Scenarios) -> None:
    made = Harness()
    sids = [made.twilio.add_message(E164, TEXT, created=made.clock.now - 60.0 - number).sid for number in range(150)]
    run.again(made, "list messages", {}, stop_at("Messages read"))
    run.play("get message", {"message_sid": sids[0]}, trouble=reading(NO_RESPONSE, 9.0), cancelled_after_s=1.0)
    run.again(made, "redact message", {"message_sid": sids[0]})
    run.again(made, "list messages", {"end_time": "2026-01-01"})
    run.again(made, "delete message", {"message_sid": sids[0]})
    run.again(made, "delete message", {"message_sid": sids[0]})
    fresh = made.twilio.add_message(E164, TEXT, created=made.clock.now).sid
    run.again(made, "delete message", {"message_sid": fresh})


PICTURE = File(b"picture", "image/png")


def with_pictures(made: Harness, number: int = 1) -> Message:
    return made.twilio.receive(E164, made.twilio.from_phone, TEXT, media=[PICTURE] * number)


def files(run: Scenarios) -> None:
    made = Harness()
    message = with_pictures(made, 11)
    get_media = {"message_sid": message.sid}
    run.again(made, "get media", get_media)
    run.again(made, "get media", get_media, container_id=0)
    made.fault(Fault.ERROR_503, "DELETE", 99, skip=1)
    run.again(made, "redact message", get_media)
    for response in (
        b"HTTP/1.1 307 Redirect\r\nLocation: https://evil.example/x\r\n\r\n",
        http_response(b"{}"),
        http_response(b"", "204 No Content"),
        http_response(b"part", length=9),
        http_response(b'{"media_list": [{"sid": "../x"}]}'),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx",
    ):
        made = Harness()
        message = with_pictures(made)
        is_list = b"{" in response
        made.network.trouble = _for_part("Media.json" if is_list else "/Media/", response)
        run.again(made, "get media", {"message_sid": message.sid})
    made = Harness()
    message = with_pictures(made)
    full = UnexpectedResponse(200, "The file could not be written on this machine: No space left on device")
    made.network.trouble = lambda request: Trouble(error=full) if "mms" in request.url else None
    run.again(made, "get media", {"message_sid": message.sid})
    made.network.trouble = _for_part(
        "twilio", b"HTTP/1.1 307 Redirect\r\nLocation: https://mms.twiliocdn.com/x\r\n\r\n"
    )
    run.again(made, "get media", {"message_sid": message.sid})


def _for_part(part: str, response: bytes) -> Callable[[MemoryRequest], Trouble | None]:
    def trouble(request: MemoryRequest) -> Trouble | None:
        is_meant = part in request.url and ("Media.json" in part or not request.url.endswith(".json"))
        return Trouble(response=response) if is_meant else None

    return trouble


def look_ups(run: Scenarios) -> None:
    made = Harness()
    valid = "+15102222345"
    made.twilio.lookups.fail(valid, "caller_name", 60606)
    run.again(made, "lookup phone", {"phone": valid})
    known = "+15102222346"
    made.twilio.lookups.know(known, "caller_name", caller_name="JANE DOE")
    for swapped in (True, False):
        period = {"swapped_in_period": swapped, "swapped_period": "PT24H"}
        made.twilio.lookups.know(known, "sim_swap", last_sim_swap=period)
        run.again(made, "lookup phone", {"phone": known, "fields": "caller_name,line_status,sim_swap"})
    made.twilio.lookups.leave_out = {"line_status"}
    run.again(made, "lookup phone", {"phone": known, "fields": "line_status"})
    made.twilio.lookups.unknown = {known}
    run.again(made, "lookup phone", {"phone": known})
    run.again(made, "lookup phone", {"phone": valid, "fields": "line_type_intelligence,caller_name"})
    run.again(made, "lookup phone", {"phone": TO})


def polls(run: Scenarios) -> None:
    def received(count: int) -> Harness:
        made = Harness()
        for number in range(count):
            made.twilio.receive(E164, made.twilio.from_phone, f"text {number}", created=made.clock.now - 60.0 - number)
        return made

    def poll(made: Harness, store: SoarStore, *, is_poll_now: bool = False, **parameters: Any) -> None:
        run.again(made, "on poll", parameters, store=store, is_poll_now=is_poll_now)

    made, store = received(3), SoarStore()
    poll(made, store, container_count=2)
    store = SoarStore()
    store.fail("save_container", StoreFault.REFUSES)
    poll(made, store, is_poll_now=True, container_count=3)
    poll(made, store)
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
        made.clock.advance(60.0)
    made, store = Harness(), SoarStore()
    run.again(made, "ask question", QUESTION, texting(made, {3.0: "yes"}))
    poll(made, store)


def polls_that_fail(run: Scenarios) -> None:
    def poll(made: Harness, store: SoarStore, times: int = 1, **details: Any) -> None:
        for _ in range(times):
            made.clock.advance(60.0)
            run.again(made, "on poll", {}, store=store, **details)

    def unreadable(made: Harness, is_unreadable: Callable[[MemoryRequest], bool]) -> None:
        made.network.trouble = lambda request: Trouble(fault=Fault.ERROR_503) if is_unreadable(request) else None

    # the cursor
    made, store = Harness(), SoarStore()
    store.save_state("1", {"cursor": {"since": made.clock.now + 1e6, "settled": {}, "attempts": {}}})
    poll(made, store)
    store = SoarStore()
    text = made.twilio.receive(E164, made.twilio.from_phone, TEXT)
    store.fail("save_container", StoreFault.REFUSES)
    poll(made, store)
    made.twilio.log.hides = lambda message: message is text
    unreadable(made, lambda request: text.sid in request.path)
    poll(made, store)
    unreadable(made, lambda request: False)
    made.twilio.log.remove(text)
    poll(made, store)
    # the log of one person, a page of the account's
    made, store = Harness(), SoarStore()
    made.twilio.receive(E164, made.twilio.from_phone, TEXT)
    unreadable(made, lambda request: request.params.get("To") == E164)
    poll(made, store, 11)
    made, store = Harness(), SoarStore()
    for number in range(60):
        made.twilio.add_message(E164, TEXT, created=made.clock.now - number)
    unreadable(made, lambda request: "Page" in request.params or "DateSent<" in request.params)
    with patch("actions.on_poll.LOG_PAGE_SIZE", 50):
        poll(made, store, 10)
        poll(made, SoarStore(), is_poll_now=True)
    made = Harness()

    def without_end(request: MemoryRequest) -> Trouble:
        page = f"{request.path}?Page={len(made.network.calls)}"
        return Trouble(response=http_response(b'{"messages": [], "next_page_uri": "%s"}' % page.encode()))

    made.network.trouble = without_end
    poll(made, SoarStore())
    # media
    made, store = Harness(), SoarStore()
    message = with_pictures(made)
    unreadable(made, lambda request: "Media" in request.path)
    poll(made, store, 10, save_media=True)
    for _ in range(5):
        with_pictures(made)
    poll(made, SoarStore(), is_poll_now=True, save_media=True)
    made, store = Harness(), SoarStore()
    message = with_pictures(made)
    unreadable(made, lambda request: "Media" in request.path)
    poll(made, store, save_media=True)
    made.twilio.log.remove(message)
    unreadable(made, lambda request: False)
    poll(made, store, save_media=True)
    made, store = Harness(), SoarStore()
    with_pictures(made, 11)
    made.twilio.receive(E164, made.twilio.from_phone, TEXT, media=[File(b"x" * 17_000_000, "video/mp4")])
    poll(made, store, save_media=True)


# --- the test of the asset


def asset_tests(run: Scenarios) -> None:
    run.play("test connectivity", {}, twilio={"account_status": "suspended"})
    run.play("test connectivity", {}, twilio={"test_credentials": True})
    run.play("test connectivity", {}, api_sid=KEY_SID, auth_token=KEY_SECRET)
    run.play("test connectivity", {}, from_phone="+15101281338")
    for service in (SERVICE_SID, "MG" + "9" * 32):
        run.play("test connectivity", {}, from_phone=service)
    run.play("test connectivity", {}, to_phone="12345")


# --- wrong parameters and settings

# An action, the parameters that it needs, and what is wrong with them
WRONG: list[tuple[str, dict[str, Any], list[dict[str, Any]]]] = [
    (
        "send message",
        PAGE,
        [
            *({"to_phone": to} for to in ("nobody", None, "1112345", "06 12 34 56 78", "5101112345, 5101112346")),
            *({"to_phone": to} for to in ("5101112345 x12", "1-800-FLOWERS", "+1510111", "+151011123456", OTHER_SID)),
            *({"to_phone": to} for to in ("1510111234567", "whatsapp:+15101112345", "rcs:+15101112345")),
            {"to_phone": "+6155555555555"},
            *({"message": text} for text in (" ", True, float("nan"), ["x"], {"x": 1}, "x" * 1601, "half \ud83d")),
            *({"from_phone": "5101281337"}, {"validity_period": "soon"}, {"validity_period": 1.5}),
            *({"media_url": urls} for urls in ("http://example.com/a", ",".join(["https://example.com/a"] * 11))),
        ],
    ),
    ("send template", TEMPLATE, [{"content_sid": "HX1"}, *({"content_variables": it} for it in ("x", '{"1": NaN}'))]),
    (
        "ask question",
        QUESTION,
        [
            *({"responses": choices} for choices in ({"a": 1}, ",".join("abcdefghijk"), "yes,?", "yes,stop")),
            *({"responses": choices} for choices in ("yes,421", "yes,YES", "yes,\ud83d")),
            *({"question": "x" * 1600}, {"require_code": "perhaps"}),
        ],
    ),
    (
        "call phone",
        CALL,
        [
            *({"message": "\ud83d"}, {"message": "x" * 5000}, {"language": "klingon!"}, {"voice": "a nice one"}),
            *({"to_phone": "whatsapp:+15101112345"}, {"to_phone": "rcs:+15101112345"}),
        ],
    ),
    (
        "list messages",
        {},
        [
            *({"phone": "nobody I know"}, {"direction": "sideways"}, {"start_time": "yesterday"}),
            {"start_time": "2026-11-23", "end_time": "2026-11-22"},
        ],
    ),
    ("lookup phone", {"phone": TO}, [{"fields": "caller name"}]),
    (
        "page on call",
        ALERT,
        [
            *({"people": ""}, {"people": "5101112345, Ann"}, {"text_timeout": 0, "call": False}),
            *({"from_phone": SENDER_ID}, {"caller_phone": "12345"}),
        ],
    ),
]
WRONG_SETTINGS: list[dict[str, Any]] = [
    *({"base_url": url} for url in ("", "twilio", "http://api.twilio.com")),
    *({"account_sid": "AC1"}, {"auth_token": " "}, {"caller_phone": "12345"}),
]


def wrong_input(run: Scenarios) -> None:
    for action, parameters, changes in WRONG:
        for change in changes:
            run.play(action, {**parameters, **change})
    for config in WRONG_SETTINGS:
        run.play("send message", PAGE, **config)
    pigeon = {"action": "send pigeon", "identifier": "send_pigeon", "type": "generic", "parameters": {}}
    manifest = load_manifest()
    with patch("sandbox.soar.runner.load_manifest", lambda: {**manifest, "actions": [*manifest["actions"], pigeon]}):
        run.play("send pigeon", {})


SCENARIOS = (
    *(calls_that_fail, junk_from_twilio, messages, many_messages, every_advice, questions, calls),
    *(acknowledgements, alerts, message_log, files, look_ups, polls, polls_that_fail, asset_tests, wrong_input),
)


pytestmark = pytest.mark.xdist_group("words")  # the costly fixture is made once


@pytest.fixture(scope="module")
def said() -> set[str]:
    """What all scenarios said."""
    scenarios = Scenarios()
    for scenario in SCENARIOS:
        scenario(scenarios)
    return scenarios.said


# --- the page is complete, and says nothing that the app does not


def test_the_page_has_all_columns() -> None:
    assert len(SENTENCES) > 150
    assert {sentence.repeat for sentence in SENTENCES} == set(REPEAT)
    assert len({sentence.text for sentence in SENTENCES}) == len(SENTENCES)


def test_the_page_lists_the_advice_for_each_code() -> None:
    assert ADVICE == _ADVICE


def test_each_sentence_of_the_page_appears_in_a_run(said: set[str]) -> None:
    assert [sentence.text for sentence in SENTENCES if not any(map(sentence.is_in, said))] == []


def test_each_advice_appears_in_a_run(said: set[str]) -> None:
    everything_said = "\n".join(said)
    assert [code for code, advice in ADVICE.items() if advice not in everything_said] == []


# --- what holds of every run of a test


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        ("delivered", "A pigeon was sent"),
        ("unknown", "Nothing was sent: the action was cancelled. It cannot be known whether Twilio took the message"),
        ("delivered", "Run the action again in a minute."),
        ("unknown", "The action was cancelled."),
        ("unconfirmed", "Nobody was called: the Studio flow that asks for the key could be neither found nor made."),
    ],
)
def test_a_run_whose_result_says_what_it_must_not_fails_its_test(outcome: str, message: str) -> None:
    result = {"message": message, "summary": {"outcome": outcome}}
    with pytest.raises(AssertionError, match=re.escape(message)):
        check_words({"result_data": [result]}, [])


def test_a_run_whose_progress_says_what_is_not_on_the_page_fails_its_test() -> None:
    with pytest.raises(AssertionError, match="A pigeon is on its way"):
        check_words(
            {"result_data": [{"message": "The action was cancelled.", "summary": {}}]}, ["A pigeon is on its way"]
        )
