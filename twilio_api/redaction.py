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
"""Hides the credentials in texts of servers."""

from __future__ import annotations


class Redactor:
    """Hides a secret in a text."""

    def __init__(self, user: str, secret: str) -> None:
        self._user = user
        self._secret = secret

    def __call__(self, text: str) -> str:
        """Return the text without the secret."""
        return text.replace(self._secret, "***")
