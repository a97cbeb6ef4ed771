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
"""Speed, measured on the local Twilio in real time, beside a plain client of the usual kind.

    python -m benchmarks.speed

Prints one table in Markdown. "Ideal" is what no client can beat: the delivery time itself, or, for many recipients,
one create call after the other and then the delivery of the last. The plain client does what connectors usually do: a
new connection for each call, a fixed sleep of five seconds between looks, one recipient after the other.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from benchmarks.progress import progress_bar
from sandbox.soar import APP_DIR, run_action
from sandbox.twilio import LocalTwilio, Outcome


DELIVERIES_S = (0.4, 1.0, 2.0, 4.0, 8.0, 20.0)
RECIPIENTS = (1, 10, 40, 100)
PLAIN_RECIPIENTS = (1, 10)  # its waits are a sum: a hundred would take ten minutes
MANY_TAKE_S = 3.0
CALL_LATENCY_S = 0.02
PLAIN_SLEEP_S = 5.0
IMPORT_RUNS = 15
COLD_STARTS = ("import", "memory after import")
HEADINGS = (
    "what",
    "ideal",
    "app",
    "app / ideal",
    "known after delivery",
    "requests / connections",
    "plain client",
    "plain / ideal",
    "its requests / connections",
)

Row = tuple[str, ...]
Sender = Callable[[LocalTwilio, Sequence[str]], None]


@dataclass(frozen=True)
class Measured:
    """One send or one run: seconds from start to end, and from delivery to known; requests and connections it cost."""

    total_s: float
    known_after_s: float
    requests: int
    connections: int


def send_with_app(twilio: LocalTwilio, recipients: Sequence[str]) -> None:
    """Send through the app, all recipients in one run."""
    config = {
        "base_url": twilio.base_url,
        "account_sid": twilio.account_sid,
        "auth_token": twilio.auth_token,
        "from_phone": twilio.from_phone,
    }
    result = run_action("send message", config, [{"to_phone": to, "message": "Page"} for to in recipients])
    if result["result_summary"]["total_objects_successful"] != len(recipients):
        raise RuntimeError(f"not all delivered: {result}")


def send_plainly(twilio: LocalTwilio, recipients: Sequence[str]) -> None:
    """Send as connectors usually do."""
    auth = (twilio.account_sid, twilio.auth_token)
    url = f"{twilio.base_url}/Accounts/{twilio.account_sid}/Messages"
    for to in recipients:
        form = {"To": to, "From": twilio.from_phone, "Body": "Page"}
        message: dict[str, Any] = requests.post(f"{url}.json", data=form, auth=auth, timeout=30).json()
        while message["status"] != "delivered":
            time.sleep(PLAIN_SLEEP_S)
            message = requests.get(f"{url}/{message['sid']}.json", auth=auth, timeout=30).json()


def measure(sender: Sender, recipients: int, delivered_after_s: float, latency_s: float) -> Measured:
    """Send to so many recipients through a fresh local Twilio."""
    with LocalTwilio(outcome=Outcome("delivered", delivered_after_s), latency_s=latency_s) as twilio:
        began = time.time()
        sender(twilio, [f"+1510{2_000_000 + number}" for number in range(recipients)])
        ended = time.time()
        delivered = max(message.created for message in twilio.messages) + delivered_after_s
        connections = {seen.connection for seen in twilio.requests}
        return Measured(ended - began, ended - delivered, len(twilio.requests), len(connections))


def started(codes: Sequence[str], what: str) -> list[float]:
    """Run each code in fresh Pythons, all modules compiled before; return the median of the number `what` gives.

    The runs take turns, so that a busy moment of the machine strikes all alike.
    """
    path = os.pathsep.join([str(APP_DIR), str(APP_DIR / "sandbox" / "soar" / "platform")])
    found: list[list[float]] = [[] for _ in codes]
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONPYCACHEPREFIX": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for _ in range(IMPORT_RUNS + 1):
            for code, numbers in zip(codes, found):
                program = f"import time; began = time.perf_counter()\n{code}\nprint({what})"
                words = [sys.executable, "-c", program]
                ran = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)  # noqa: S603
                numbers.append(float(ran.stdout))
    return [statistics.median(numbers[1:]) for numbers in found]  # the first run compiles


def _rows_of_one_message() -> Iterator[Row]:
    for after_s in DELIVERIES_S:
        app = measure(send_with_app, 1, after_s, CALL_LATENCY_S)
        plain = measure(send_plainly, 1, after_s, CALL_LATENCY_S)
        yield (f"1 message, delivered after {after_s:g} s", f"{after_s:.2f} s", *_cells(app, plain, after_s))


def _rows_of_many_messages() -> Iterator[Row]:
    for count in RECIPIENTS:
        ideal_s = count * CALL_LATENCY_S + MANY_TAKE_S
        app = measure(send_with_app, count, MANY_TAKE_S, CALL_LATENCY_S)
        plain = measure(send_plainly, count, MANY_TAKE_S, CALL_LATENCY_S) if count in PLAIN_RECIPIENTS else None
        people = "1 recipient" if count == 1 else f"{count} recipients"
        yield (f"{people}, {MANY_TAKE_S:g} s each", f"{ideal_s:.2f} s", *_cells(app, plain, ideal_s))


def _cells(app: Measured, plain: Measured | None, ideal_s: float) -> Row:
    return (
        f"{app.total_s:.2f} s",
        f"{app.total_s / ideal_s:.2f}",
        f"{app.known_after_s:.2f} s",
        f"{app.requests} / {app.connections}",
        f"{plain.total_s:.2f} s" if plain else "not run",
        f"{plain.total_s / ideal_s:.2f}" if plain else "",
        f"{plain.requests} / {plain.connections}" if plain else "",
    )


def _rows_of_a_cold_start() -> Iterator[Row]:
    elapsed_ms = "(time.perf_counter() - began) * 1000"
    memory_mb = "int(open('/proc/self/statm').read().split()[1]) * 4096 / 1e6"
    for name, what, unit in zip(COLD_STARTS, (elapsed_ms, memory_mb), ("ms", "MB")):
        plain, app = started(("import requests", "import twilio_connector"), what)
        yield (name, f"{plain:.0f} {unit}", f"{app:.0f} {unit}", f"{app / plain:.2f}", "", "", "", "", "")


def main() -> int:
    """Measure and print the table."""
    print(f"| {' | '.join(HEADINGS)} |")
    print("|---" * len(HEADINGS) + "|", flush=True)
    with progress_bar(len(DELIVERIES_S) + len(RECIPIENTS) + len(COLD_STARTS), "rows") as bar:
        for rows in (_rows_of_one_message, _rows_of_many_messages, _rows_of_a_cold_start):
            for row in rows():
                bar.write(f"| {' | '.join(row)} |", file=sys.stdout)
                bar.update()
    print("\nThe ideal of import and memory is `import requests` alone.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
