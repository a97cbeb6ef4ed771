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
"""What a run claims as its own creations, so that none of them is taken for another one."""

from __future__ import annotations

from threading import Lock

from twilio_api.errors import UnexpectedResponse
from twilio_api.response import Response


class Claims:
    """The SIDs that this run claimed, each once. Safe to use from several threads."""

    def __init__(self) -> None:
        self._sids: set[str] = set()
        self._lock = Lock()

    def add(self, sid: str) -> bool:
        """Claim a SID; False where that was done before."""
        with self._lock:
            is_new = sid not in self._sids
            self._sids.add(sid)
            return is_new

    def __contains__(self, sid: str) -> bool:
        with self._lock:
            return sid in self._sids

    def add_created(self, sid: str, response: Response, noun: str) -> None:
        """Claim the SID that the response to a create call names.

        Raises UnexpectedResponse where it is claimed already: then this is the response to an earlier call, from a
        connection that is out of step.
        """
        if not self.add(sid):
            raise UnexpectedResponse(response.status, f"The response is another {noun}.")
