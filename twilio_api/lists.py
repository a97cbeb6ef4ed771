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
"""Lists that playbooks and people give: as a list, or as text with commas."""

from __future__ import annotations


def parts_of(value: object) -> list[str]:
    """Return the parts of a list, or of a text with commas, without the blanks around them and without empty ones."""
    parts = value if isinstance(value, (list, tuple)) else str("" if value is None else value).split(",")
    return [text for part in parts if (text := str(part).strip())]
