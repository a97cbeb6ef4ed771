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
"""One run of "send message" in a process of its own, as the platform starts one: used by `benchmarks.speed`.

    python -m benchmarks.app_run CONFIG RECIPIENTS

Prints JSON: seconds of the run, and the memory in MB that it took above what importing the app had taken.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module

from benchmarks.memory import PeakMemory
from sandbox.soar import run_action


def main(arguments: list[str]) -> int:
    """Send, and print what it took."""
    config, recipients = json.loads(arguments[0]), int(arguments[1])
    parameters = [{"to_phone": f"+1510{2_000_000 + number}", "message": "Page"} for number in range(recipients)]
    memory = PeakMemory()
    began = time.monotonic()
    import_module("twilio_connector")
    memory.begin()
    result = run_action("send message", config, parameters)
    seconds = time.monotonic() - began
    delivered = [row["summary"]["outcome"] for row in result["result_data"]].count("delivered")
    print(json.dumps({"seconds": seconds, "memory_mb": memory.bytes / 1e6, "delivered": delivered}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
