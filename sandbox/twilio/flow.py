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
"""A Studio flow."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.twilio.dates import iso8601
from sandbox.twilio.errors import ApiError
from sandbox.twilio.flow_definition import FlowDefinition, InvalidDefinition, parse


@dataclass
class Flow:
    """A flow, with the revision that was saved last."""

    account_sid: str
    friendly_name: str
    status: str
    raw_definition: Mapping[str, Any]
    definition: FlowDefinition
    created: float
    updated: float
    commit_message: str | None = None
    revision: int = 1
    sid: str = field(default_factory=lambda: f"FW{uuid.uuid4().hex}")

    @property
    def url(self) -> str:
        """Where it is."""
        return f"https://studio.twilio.com/v2/Flows/{self.sid}"

    def revise(
        self, status: str, friendly_name: str | None, definition: str | None, commit_message: str | None, now: float
    ) -> None:
        """Save a new revision; what is not given stays. Executions under way keep theirs. Raises ApiError."""
        if definition:
            self.definition, self.raw_definition = check_definition(definition)
        self.status = status
        self.friendly_name = friendly_name or self.friendly_name
        self.commit_message = commit_message
        self.revision += 1
        self.updated = now

    def resource(self, now: float) -> dict[str, object]:
        """The flow as Twilio shows it, whenever that is."""
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "author_sid": None,
            "friendly_name": self.friendly_name,
            "definition": self.raw_definition,
            "status": self.status,
            "revision": self.revision,
            "commit_message": self.commit_message,
            "valid": True,
            "errors": [],
            "warnings": [],
            "date_created": iso8601(self.created),
            "date_updated": iso8601(self.updated),
            "webhook_url": f"https://webhooks.twilio.com/v1/Accounts/{self.account_sid}/Flows/{self.sid}",
            "url": self.url,
            "links": {
                "executions": f"{self.url}/Executions",
                "revisions": f"{self.url}/Revisions",
                "test_users": f"{self.url}/TestUsers",
            },
        }


def check_definition(text: str) -> tuple[FlowDefinition, Mapping[str, Any]]:
    """A definition that Studio takes, parsed and as it was given. Raises ApiError with all that is wrong with it."""
    try:
        return parse(text), json.loads(text)
    except InvalidDefinition as error:
        errors = [{"message": problem, "property_path": path} for path, problem in error.problems]
        raise ApiError(81022, details={"errors": errors}) from None
