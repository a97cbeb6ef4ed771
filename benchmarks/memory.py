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
"""How much memory a process takes."""

from __future__ import annotations

from pathlib import Path


_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class PeakMemory:
    """The most memory that the process took since `begin`, in bytes; 0 where the system does not tell."""

    def begin(self) -> None:
        """Measure from now on."""
        try:
            _CLEAR.write_text("5")  # forget the peak so far
        except OSError:
            self._began: int | None = None
        else:
            self._began = _status_bytes("VmRSS")

    @property
    def bytes(self) -> int:
        """The peak above what was taken at the beginning."""
        return 0 if self._began is None else max(_status_bytes("VmHWM") - self._began, 0)


def _status_bytes(name: str) -> int:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024
