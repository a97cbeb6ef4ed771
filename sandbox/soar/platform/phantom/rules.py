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
"""What playbooks and apps call by name, of which this has the vault's part."""

from __future__ import annotations

from typing import Any

from phantom.base_connector import RUNNING


def vault_add(
    container: int, file_location: str, file_name: str = "", metadata: dict[str, Any] | None = None, trace: bool = False
) -> tuple[bool, str, str | None]:
    """Add a file to a container, which takes it over; return status, message and the file's id in the vault."""
    run = RUNNING.get()
    known_id = run.get_container_id()
    return run.on_database(
        lambda store: store.vault_add(container, file_location, file_name, metadata, known_id=known_id)
    )


def vault_info(
    vault_id: str | None = None, file_name: str | None = None, container_id: int | None = None, trace: bool = False
) -> tuple[bool, str, list[dict[str, Any]]]:
    """Find files of the vault; return status, message and a row for each."""
    return RUNNING.get().on_database(lambda store: store.vault_info(vault_id, file_name, container_id))
