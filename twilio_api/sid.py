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
"""The SIDs that Twilio gives to everything."""

from __future__ import annotations

import re
from typing import Any


# Two capitals and 32 hex digits; being part of a path, they are held to letters and digits
_SID = re.compile(r"[A-Z]{2}[0-9A-Za-z]{1,64}")


def sid_of(resource: dict[str, Any]) -> str:
    """Return the SID of a resource, empty where it has none that can stand in a path."""
    sid = resource.get("sid")
    return sid if isinstance(sid, str) and _SID.fullmatch(sid) else ""
