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
"""The transport in memory: what befalls a call there is what befalls it over a socket."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from unittest.mock import patch

import pytest

from sandbox.memory_transport import DEAD, REFUSED, SILENT, Network, Trouble
from sandbox.raw_server import http_response
from sandbox.twilio import Fault, LocalTwilio
from sandbox.virtual_time import VirtualClock, run
from twilio_api.errors import CallError
from twilio_api.response import Response
from twilio_api.transport import Transport


TO = "+15101112345"
TEXT = "Hällo & 1+1=2 ☺"
MOMENT_S = 0.3


def nothing_hidden(text: str) -> str:
    """Redact nothing."""
    return text


@pytest.fixture
def network() -> Network:
    """A network to a local Twilio, half a second from here."""
    clock = VirtualClock()
    return Network(LocalTwilio(clock=clock.time, sleep=clock.advance), clock, round_trip_s=0.5)


def messages_url(twilio: LocalTwilio, origin: str = "https://api.twilio.com") -> str:
    return f"{origin}/2010-04-01/Accounts/{twilio.account_sid}/Messages.json"


async def create(
    transport: Any, twilio: LocalTwilio, origin: str = "https://api.twilio.com", **options: Any
) -> Response:
    """Create a message."""
    form = {"To": TO, "From": twilio.from_phone, "Body": TEXT}
    found: Response = await transport.call("POST", messages_url(twilio, origin), form, **options)
    return found


def transport_of(network: Network) -> Any:
    return network.transport((network.twilio.account_sid, network.twilio.auth_token), nothing_hidden)


def failure(network: Network, **options: Any) -> tuple[CallError, float]:
    """The error that a create call ends with, and how many seconds it took."""
    with pytest.raises(CallError) as caught:
        run(create(transport_of(network), network.twilio, **options), network.clock)
    return caught.value, network.clock.monotonic()


def test_a_call_takes_one_round_trip_and_arrives_after_half_of_it(network: Network) -> None:
    found = run(create(transport_of(network), network.twilio), network.clock)
    (message,) = network.twilio.messages
    assert (found.status, found.json["sid"], message.body) == (201, message.sid, TEXT)
    assert network.clock.now - message.created == pytest.approx(0.25)
    assert network.clock.monotonic() == 0.5
    assert found.server_time == float(int(message.created))


@pytest.mark.parametrize("fault", [None, *Fault], ids=lambda fault: fault.name if fault else "none")
def test_a_call_comes_to_the_same_as_over_a_socket(fault: Fault | None) -> None:
    def said(result: Response | CallError, host: str) -> tuple[type, str]:
        text = str(result.status) if isinstance(result, Response) else str(result)
        return type(result), re.sub(r"localhost(:\d+)?", "localhost", text.replace(host, "HOST"))

    async def outcome(transport: Any, twilio: LocalTwilio, origin: str) -> Response | CallError:
        try:
            return await create(transport, twilio, origin, deadline_s=MOMENT_S)
        except CallError as error:
            return error

    clock = VirtualClock()
    memory = LocalTwilio(clock=clock.time, sleep=clock.advance)
    with LocalTwilio() as served, patch("sandbox.twilio.fault_effects.DRIP_GAP_S", 0.05):
        for twilio in (memory, served):
            if fault is not None:
                twilio.faults.add(fault)
        real = Transport((served.account_sid, served.auth_token), nothing_hidden)
        over_a_socket = asyncio.run(outcome(real, served, served.origin))
        real.close()
        in_memory = run(outcome(transport_of(Network(memory, clock)), memory, "https://api.twilio.com"), clock)
        host = served.origin.split("//")[1]
        assert said(in_memory, "api.twilio.com") == said(over_a_socket, host)
        assert len(memory.messages) == len(served.messages)


@pytest.mark.parametrize("fault", [Fault.HANG_BEFORE, Fault.HANG_AFTER])
def test_a_response_that_does_not_come_is_waited_for_ten_seconds(network: Network, fault: Fault) -> None:
    network.twilio.faults.add(fault)
    error, took = failure(network)
    assert (str(error), took) == ("No response from api.twilio.com: it was silent for 10 seconds.", 10.0)


@pytest.mark.parametrize(
    ("trouble", "text", "seconds"),
    [
        (REFUSED, "Could not connect to api.twilio.com: the connection was refused.", 0.0),
        (DEAD, "Could not connect to api.twilio.com: timed out while connecting.", 4.0),
        (SILENT, "No response from api.twilio.com: it was silent for 10 seconds.", 10.0),
        (Trouble(lost_before=True), "No response from api.twilio.com: the connection broke.", 0.5),
        (Trouble(lost=True), "No response from api.twilio.com: the connection broke.", 0.5),
        (Trouble(response=b"Hello\r\n\r\n"), "No response from api.twilio.com: what it sent is not HTTP.", 0.5),
        (Trouble(response=http_response(b"", "201 Created")), "Status Code: 201. The response is empty", 0.5),
    ],
)
def test_trouble_on_the_way_is_put_in_the_words_of_the_real_transport(
    network: Network, trouble: Trouble, text: str, seconds: float
) -> None:
    network.trouble = lambda request: trouble
    error, took = failure(network)
    assert (str(error), took) == (text, seconds)
    is_processed = trouble.lost or trouble.response is not None
    assert len(network.twilio.messages) == is_processed
    assert (error.sent_at is None) == bool(trouble.refusal)


def test_a_call_that_is_given_up_before_it_left_never_arrives(network: Network) -> None:
    network.trouble = lambda request: Trouble(connect_s=5.0)
    error, took = failure(network, deadline_s=3.0)
    assert (error.sent_at, took) == (None, 3.0)
    network.clock.advance(60.0)
    assert network.twilio.messages == []


def test_a_call_that_is_cancelled_after_it_left_arrives(network: Network) -> None:
    async def cancelled() -> None:
        call = asyncio.ensure_future(create(transport_of(network), network.twilio))
        await asyncio.sleep(0.1)
        call.cancel()
        await asyncio.wait({call})

    run(cancelled(), network.clock)
    assert (network.under_way, network.twilio.messages) == (0, [])
    network.clock.advance(0.2)
    assert len(network.twilio.messages) == 1


def test_calls_one_after_the_other_share_a_connection_and_those_at_a_time_do_not(network: Network) -> None:
    async def calls() -> None:
        transport = transport_of(network)
        await create(transport, network.twilio)
        await create(transport, network.twilio)
        await asyncio.gather(*(create(transport, network.twilio) for _ in range(3)))

    run(calls(), network.clock)
    assert [request.connection for request in network.twilio.requests] == [1, 1, 1, 2, 3]


def test_too_many_at_a_time_are_turned_away(network: Network) -> None:
    network.twilio.latency_s = 0.2
    network.twilio.throttle.max_concurrent = 2

    async def calls() -> list[Any]:
        transport = transport_of(network)
        three = [create(transport, network.twilio) for _ in range(3)]
        found: list[Any] = await asyncio.gather(*three, return_exceptions=True)
        return [each.status for each in found]

    assert run(calls(), network.clock) == [201, 201, 429]
