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
"""How a measuring program ends."""

from __future__ import annotations

import sys
from collections.abc import Callable


INTERRUPTED = 130  # the exit status of a program that Ctrl-C ended


def run_program(main: Callable[[], int]) -> None:
    """Run a program and exit with its status; Ctrl-C ends it without a traceback."""
    try:
        status = main()
    except KeyboardInterrupt:
        print("Interrupted: nothing was counted to the end.", file=sys.stderr)
        status = INTERRUPTED
    sys.exit(status)
