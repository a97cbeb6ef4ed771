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
"""Speed, on the local Twilio: in virtual time, then in real time beside a plain client of the usual kind.

    python -m benchmarks.speed [--virtual] [--picture docs/speed.svg]

Prints tables in Markdown: one message by the time its delivery takes, and many recipients at two round trips, first in
virtual time, which no busy machine changes, then in real time; at last a cold start. "Ideal" is what no client can
beat: the slowest delivery and one round trip. The plain client does what connectors usually do: a new connection for
each call, a fixed sleep of five seconds between two polls, one recipient after the other. It is measured with few
recipients; with more its time is a multiple.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import requests

from benchmarks.program import run_program
from benchmarks.progress import progress_bar
from sandbox.assets import local_asset
from sandbox.memory_transport import BASE_URL, Network
from sandbox.soar import APP_DIR, run_action
from sandbox.twilio import LocalTwilio, Outcome
from sandbox.virtual_time import VirtualClock
from twilio_connector import TwilioConnector


DELIVERIES_S = (0.4, 1.0, 2.0, 4.0, 8.0, 20.0)
ROUND_TRIPS_S = (0.02, 0.15)
RECIPIENTS = (1, 10, 40, 200)
MOST_RECIPIENTS = 1000
MANY = [(count, trip) for trip in ROUND_TRIPS_S for count in RECIPIENTS] + [(MOST_RECIPIENTS, ROUND_TRIPS_S[0])]
PLAIN_RECIPIENTS = (1, 10)  # its waits are a sum: two hundred would take a quarter of an hour
MANY_TAKE_S = 3.0
PLAIN_SLEEP_S = 5.0
IMPORT_RUNS = 21
PATH = os.pathsep.join([str(APP_DIR), str(APP_DIR / "sandbox" / "soar" / "platform")])


class Measured(NamedTuple):
    """What a run took: seconds, when its last create call came, calls, connections, and memory above the import."""

    seconds: float
    last_create_s: float
    creates: int
    reads: int
    connections: int
    memory_mb: float


def send_with_app(twilio: LocalTwilio, recipients: int) -> tuple[float, float]:
    """Send through the app, all recipients in one run; return its seconds and its memory in MB."""
    config = local_asset(twilio)
    words = [sys.executable, "-m", "benchmarks.app_run", json.dumps(config), str(recipients)]
    environment = {**os.environ, "PYTHONPATH": PATH}
    ran = subprocess.run(words, capture_output=True, text=True, check=True, cwd=APP_DIR, env=environment)  # noqa: S603
    found = json.loads(ran.stdout)
    if found["delivered"] != recipients:
        raise RuntimeError(f"not all delivered: {found}")
    return found["seconds"], found["memory_mb"]


def send_plainly(twilio: LocalTwilio, recipients: int) -> tuple[float, float]:
    """Send as connectors usually do; return the seconds it took."""
    auth = (twilio.account_sid, twilio.auth_token)
    url = f"{twilio.base_url}/Accounts/{twilio.account_sid}/Messages"
    began = time.monotonic()
    for number in range(recipients):
        form = {"To": f"+1510{2_000_000 + number}", "From": twilio.from_phone, "Body": "Page"}
        message: dict[str, Any] = requests.post(f"{url}.json", data=form, auth=auth, timeout=30).json()
        while message["status"] != "delivered":
            time.sleep(PLAIN_SLEEP_S)
            message = requests.get(f"{url}/{message['sid']}.json", auth=auth, timeout=30).json()
    return time.monotonic() - began, 0.0


def measure(
    send: Callable[[LocalTwilio, int], tuple[float, float]],
    recipients: int,
    delivered_after_s: float,
    round_trip_s: float,
) -> Measured:
    """Send to so many recipients through a fresh local Twilio."""
    with LocalTwilio(outcome=Outcome("delivered", delivered_after_s), latency_s=round_trip_s) as twilio:
        seconds, memory_mb = send(twilio, recipients)
        creates = [request for request in twilio.requests if request.method == "POST"]
        return Measured(
            seconds=seconds,
            last_create_s=creates[-1].time - twilio.requests[0].time,
            creates=len(creates),
            reads=len(twilio.requests) - len(creates),
            connections=len({request.connection for request in twilio.requests}),
            memory_mb=memory_mb,
        )


def measure_virtually(recipients: int, delivered_after_s: float, round_trip_s: float) -> tuple[float, int, int]:
    """Send to so many recipients in virtual time; return the seconds it took, and the create calls and reads."""
    clock = VirtualClock()
    twilio = LocalTwilio(clock=clock.time, sleep=clock.advance, outcome=Outcome("delivered", delivered_after_s))
    app = TwilioConnector()
    Network(twilio, clock, round_trip_s=round_trip_s).prepare(app, random.Random(0))
    parameters = [{"to_phone": f"+1510{2_000_000 + number}", "message": "Page"} for number in range(recipients)]
    run_action("send message", {**local_asset(twilio), "base_url": BASE_URL}, parameters, connector=app)
    delivered = sum(result.get_summary()["outcome"] == "delivered" for result in app.get_action_results())
    if delivered != recipients:
        raise RuntimeError(f"not all delivered: {delivered}")
    creates = sum(request.method == "POST" for request in twilio.requests)
    return clock.monotonic(), creates, len(twilio.requests) - creates


# --- the tables


ONE_VIRTUAL_HEADINGS = ("delivered after", "known after", "later by", "requests")
MANY_VIRTUAL_HEADINGS = ("recipients", "round trip", "ideal", "app", "app / ideal", "create calls", "reads")
ONE_HEADINGS = ("delivered after", "known after", "later by", "of the time", "requests", "plain client knows after")
MANY_HEADINGS = (
    "recipients",
    "round trip",
    "ideal",
    "app",
    "app / ideal",
    "last one sent after",
    "create calls",
    "reads",
    "connections",
    "memory",
    "plain client",
    "plain / ideal",
)
START_HEADINGS = ("cold start", "`import requests`", "the app", "ratio")


def virtual_rows_of_one_message() -> Iterator[Sequence[str]]:
    """How soon a delivery is noticed, in virtual time."""
    for after_s in DELIVERIES_S:
        seconds, creates, reads = measure_virtually(1, after_s, ROUND_TRIPS_S[0])
        yield (f"{after_s:g} s", f"{seconds:.2f} s", f"{seconds - after_s:.2f} s", str(creates + reads))


def virtual_rows_of_many_messages() -> Iterator[Sequence[str]]:
    """How long many recipients take, in virtual time."""
    for count, trip in MANY:
        ideal = MANY_TAKE_S + trip
        seconds, creates, reads = measure_virtually(count, MANY_TAKE_S, trip)
        yield (
            str(count),
            f"{trip * 1000:.0f} ms",
            f"{ideal:.2f} s",
            f"{seconds:.2f} s",
            f"{seconds / ideal:.2f}",
            str(creates),
            str(reads),
        )


def rows_of_one_message() -> Iterator[Sequence[str]]:
    """How soon a delivery is noticed."""
    for after_s in DELIVERIES_S:
        app = measure(send_with_app, 1, after_s, ROUND_TRIPS_S[0])
        plain = measure(send_plainly, 1, after_s, ROUND_TRIPS_S[0])
        late = app.seconds - after_s
        yield (
            f"{after_s:g} s",
            f"{app.seconds:.2f} s",
            f"{late:.2f} s",
            f"{late / after_s:.0%}",
            str(app.creates + app.reads),
            f"{plain.seconds:.2f} s",
        )


def rows_of_many_messages(figures: dict[tuple[int, float], tuple[float, float | None]]) -> Iterator[Sequence[str]]:
    """How long many recipients take; adds seconds of app and plain client to `figures`."""
    for count, trip in MANY:
        ideal = MANY_TAKE_S + trip
        app = measure(send_with_app, count, MANY_TAKE_S, trip)
        plain = measure(send_plainly, count, MANY_TAKE_S, trip) if count in PLAIN_RECIPIENTS else None
        figures[count, trip] = (app.seconds, plain.seconds if plain else None)
        yield (
            str(count),
            f"{trip * 1000:.0f} ms",
            f"{ideal:.2f} s",
            f"{app.seconds:.2f} s",
            f"{app.seconds / ideal:.2f}",
            f"{app.last_create_s:.2f} s",
            str(app.creates),
            str(app.reads),
            str(app.connections),
            f"{app.memory_mb:.0f} MB",
            f"{plain.seconds:.1f} s" if plain else "not run",
            f"{plain.seconds / ideal:.1f}" if plain else "–",
        )


def rows_of_a_cold_start() -> Iterator[Sequence[str]]:
    """What importing the app costs."""
    elapsed_ms = "(time.perf_counter() - began) * 1000"
    memory_mb = "int(open('/proc/self/statm').read().split()[1]) * 4096 / 1e6"
    for name, what, unit in (("time", elapsed_ms, "ms"), ("memory", memory_mb, "MB")):
        plain, app = medians_of_starts(("import requests", "import twilio_connector"), what)
        yield (name, f"{plain:.0f} {unit}", f"{app:.0f} {unit}", f"{app / plain:.2f}")


def medians_of_starts(codes: Sequence[str], what: str) -> list[float]:
    """Run each code in fresh Pythons, all modules compiled before; return the median of the number `what` gives.

    The runs take turns, so that a busy moment of the machine strikes all alike.
    """
    found: list[list[float]] = [[] for _ in codes]
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "PYTHONPATH": PATH, "PYTHONPYCACHEPREFIX": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for _ in range(IMPORT_RUNS + 1):
            for code, numbers in zip(codes, found):
                program = f"import time; began = time.perf_counter()\n{code}\nprint({what})"
                words = [sys.executable, "-c", program]
                ran = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)  # noqa: S603
                numbers.append(float(ran.stdout))
    return [statistics.median(numbers[1:]) for numbers in found]  # the first run compiles


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables, and draw the picture where one is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description="Measure speed.")
    parser.add_argument("--virtual", action="store_true", help="print the tables of virtual time alone")
    parser.add_argument("--picture", type=Path, help="draw the real time of many recipients as an SVG file")
    args = parser.parse_args(arguments)
    figures: dict[tuple[int, float], tuple[float, float | None]] = {}
    tables: list[tuple[Sequence[str], Iterator[Sequence[str]]]] = [
        (ONE_VIRTUAL_HEADINGS, virtual_rows_of_one_message()),
        (MANY_VIRTUAL_HEADINGS, virtual_rows_of_many_messages()),
    ]
    rows_in_all = len(DELIVERIES_S) + len(MANY)
    if not args.virtual:
        tables += [
            (ONE_HEADINGS, rows_of_one_message()),
            (MANY_HEADINGS, rows_of_many_messages(figures)),
            (START_HEADINGS, rows_of_a_cold_start()),
        ]
        rows_in_all = 2 * rows_in_all + 2
    with progress_bar(rows_in_all, "rows") as bar:
        for headings, rows in tables:
            bar.write(f"| {' | '.join(headings)} |\n{'|---' * len(headings)}|", file=sys.stdout)
            for row in rows:
                bar.write(f"| {' | '.join(row)} |", file=sys.stdout)
                bar.update()
            bar.write("", file=sys.stdout)
    if args.picture and not args.virtual:
        from benchmarks.speed_picture import draw

        trip = ROUND_TRIPS_S[-1]
        args.picture.write_text(
            draw(RECIPIENTS, [figures[count, trip] for count in RECIPIENTS], MANY_TAKE_S + trip), encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    run_program(main)
