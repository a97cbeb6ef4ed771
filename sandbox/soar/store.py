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
"""The database of the local SOAR: what the platform keeps from run to run, and the faults that it can be given."""

from __future__ import annotations

import hashlib
import json
import mimetypes
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from phantom.base_connector import ProcessDied


DUPLICATE_CONTAINER = "Duplicate container found"
# A foreign text with braces, which apps must double before they set it as a message
REFUSAL = 'Failed to save: {"failed": true}'
OPERATIONS = ("save_container", "save_artifacts", "load_state", "save_state", "vault_add", "vault_info")
WITHOUT_ID = ("load_state", "save_state", "vault_info")
SEVERITIES = ("low", "medium", "high")

_TIMES = ("start_time", "end_time", "due_time")


class StoreFault(Enum):
    """What goes wrong with one call, and whether the database did what it was asked to before that."""

    REFUSES = ("refuses", False)
    """A failed status without an id; a state that cannot be read or written."""
    REFUSES_AFTER_SAVING = ("refuses", True)
    GIVES_NO_ID = ("gives no id", False)
    """A good status without an id."""
    GIVES_NO_ID_AFTER_SAVING = ("gives no id", True)
    RAISES = ("raises", False)
    """An exception of the platform, a RuntimeError."""
    RAISES_AFTER_SAVING = ("raises", True)
    CRASHES = ("crashes", False)
    """The death of the process, a ProcessDied."""
    CRASHES_AFTER_SAVING = ("crashes", True)

    @property
    def kind(self) -> str:
        """What the caller meets."""
        return self.value[0]

    @property
    def takes_effect(self) -> bool:
        """Whether the database did what it was asked to."""
        return self.value[1]


@dataclass
class _FaultRule:
    operation: str
    fault: StoreFault
    times: int | None
    after: int
    source_data_identifier: str | None

    def matches(self, operation: str, item: Mapping[str, Any]) -> bool:
        wanted = self.source_data_identifier
        return self.operation == operation and wanted in (None, item.get("source_data_identifier"))


class SoarStore:
    """Containers, artifacts, files and states of all assets. Outlives the runs that use it; any thread may call it.

    A container is known by its asset and `source_data_identifier`; one without is always new. States are files in
    `state_dir`, one an asset, or kept in memory. Files are kept in a vault, named by their SHA-1.

    The platform may do more than its documentation says, and apps should not rely on it: an artifact whose
    `source_data_identifier` its container holds already is left out, the artifacts of a duplicate container are added
    to the one that is there, and a file that the vault takes over is gone from where it was. A store that is
    `documented_only` does nothing of this kind.
    """

    def __init__(self, state_dir: Path | None = None, *, documented_only: bool = False) -> None:
        self.documented_only = documented_only
        self._state_dir = state_dir
        self._lock = threading.RLock()
        self._containers: list[dict[str, Any]] = []
        self._artifacts: list[dict[str, Any]] = []
        self._known: dict[tuple[object, str], int] = {}  # ids, by the asset or container and source_data_identifier
        self._files: list[dict[str, Any]] = []
        self._vault: Path | None = None
        self._states: dict[str, str] = {}
        self._duplicate_containers: list[str] = []
        self._rules: list[_FaultRule] = []
        self._draw: Callable[[str], StoreFault | None] = lambda operation: None

    # --- what tests see

    @property
    def containers(self) -> list[dict[str, Any]]:
        """The containers in the order in which they were saved, each with `id` and `asset_id`."""
        with self._lock:
            return [_copy(container) for container in self._containers]

    @property
    def artifacts(self) -> list[dict[str, Any]]:
        """The artifacts in the order in which they were saved, each with `id` and `container_id`."""
        with self._lock:
            return [_copy(artifact) for artifact in self._artifacts]

    def artifacts_of(self, container_id: int) -> list[dict[str, Any]]:
        """The artifacts of a container."""
        return [artifact for artifact in self.artifacts if artifact["container_id"] == container_id]

    @property
    def files(self) -> list[dict[str, Any]]:
        """The files of the vault in the order in which they were added, as `vault_info` shows them."""
        with self._lock:
            return [_copy(file) for file in self._files]

    @property
    def source_data_identifiers(self) -> list[str]:
        """The identifiers of the containers in the order in which they were saved."""
        return [str(container.get("source_data_identifier", "")) for container in self.containers]

    @property
    def duplicate_containers(self) -> list[str]:
        """The identifier of each container that was offered again, once for each time."""
        with self._lock:
            return list(self._duplicate_containers)

    # --- faults

    def fail(
        self,
        operation: str,
        fault: StoreFault,
        *,
        times: int | None = 1,
        after: int = 0,
        source_data_identifier: str | None = None,
    ) -> None:
        """Let calls of an operation (one of OPERATIONS) meet a fault.

        It meets the next `times` calls, all where that is None, but not the first `after` of them;
        `source_data_identifier` narrows it to one container.
        """
        if operation not in OPERATIONS:
            raise ValueError(f"'{operation}' is no operation of the store: {', '.join(OPERATIONS)}")
        if fault.kind == "gives no id" and operation in WITHOUT_ID:
            raise ValueError(f"{operation} gives no id")
        with self._lock:
            self._rules.append(_FaultRule(operation, fault, times, after, source_data_identifier))

    def draw_faults(self, draw: Callable[[str], StoreFault | None]) -> None:
        """Ask `draw` at each call, with the name of the operation, which fault it meets."""
        self._draw = draw

    def _fault(self, operation: str, item: Mapping[str, Any]) -> StoreFault | None:
        for rule in self._rules:
            if not rule.matches(operation, item) or rule.times == 0:
                continue
            if rule.after > 0:
                rule.after -= 1
                continue
            if rule.times is not None:
                rule.times -= 1
            return rule.fault
        return self._draw(operation)

    def _run(
        self, operation: str, item: Mapping[str, Any], work: Callable[[], Any], *, refused: Any, without_id: Any = None
    ) -> Any:
        """Do the work of one call, with the fault that it meets."""
        with self._lock:
            fault = self._fault(operation, item)
            if fault is None:
                return work()
            if fault.takes_effect:
                work()
        if fault.kind == "crashes":
            raise ProcessDied(f"the process died in {operation}")
        if fault.kind == "raises":
            raise RuntimeError(f"{operation} failed on demand")
        return refused if fault.kind == "refuses" else without_id

    # --- what the platform does

    def save_container(self, asset_id: str, container: Mapping[str, Any]) -> tuple[bool, str, int | None]:
        """Save a container with the artifacts in it; return status, message and id."""
        refused, without_id = (False, REFUSAL, None), (True, "Container saved", None)
        saved: tuple[bool, str, int | None] = self._run(
            "save_container",
            container,
            lambda: self._save_container(asset_id, container),
            refused=refused,
            without_id=without_id,
        )
        return saved

    def _save_container(self, asset_id: str, container: Mapping[str, Any]) -> tuple[bool, str, int | None]:
        artifacts = container.get("artifacts") or []
        wrong = _wrong_container(container) or next(filter(None, map(_wrong_artifact, artifacts)), None)
        if wrong:
            return False, wrong, None
        identifier = container.get("source_data_identifier")
        container_id = self._known.get((asset_id, str(identifier)))
        message = "Container saved"
        if container_id is not None:
            self._duplicate_containers.append(str(identifier))
            message = DUPLICATE_CONTAINER
            artifacts = [] if self.documented_only else artifacts
        else:
            container_id = len(self._containers) + 1
            if identifier:
                self._known[asset_id, str(identifier)] = container_id
            fields = {key: value for key, value in container.items() if key != "artifacts"}
            self._containers.append({**_copy(fields), "id": container_id, "asset_id": asset_id})
        for artifact in artifacts:
            self._save_artifact({**artifact, "container_id": container_id})
        return True, message, container_id

    def save_artifacts(
        self, asset_id: str, artifacts: Sequence[Mapping[str, Any]]
    ) -> tuple[bool, str, list[int] | None]:
        """Save artifacts, each of which names its `container_id`; return status, message and ids."""
        refused, without_id = (False, REFUSAL, None), (True, "Artifacts saved", None)
        saved: tuple[bool, str, list[int] | None] = self._run(
            "save_artifacts", {}, lambda: self._save_artifacts(artifacts), refused=refused, without_id=without_id
        )
        return saved

    def _save_artifacts(self, artifacts: Sequence[Mapping[str, Any]]) -> tuple[bool, str, list[int] | None]:
        known = {container["id"] for container in self._containers}
        for artifact in artifacts:
            wrong = _wrong_artifact(artifact)
            if not wrong and artifact.get("container_id") not in known:
                wrong = f"There is no container {artifact.get('container_id')}"
            if wrong:
                return False, wrong, None
        return True, "Artifacts saved", [self._save_artifact(artifact) for artifact in artifacts]

    def _save_artifact(self, artifact: Mapping[str, Any]) -> int:
        identifier, artifact_id = artifact.get("source_data_identifier"), len(self._artifacts) + 1
        if identifier and not self.documented_only:
            known = self._known.setdefault((artifact["container_id"], str(identifier)), artifact_id)
            if known != artifact_id:
                return known
        self._artifacts.append({**_copy(artifact), "id": artifact_id})
        return artifact_id

    def vault_tmp_dir(self) -> Path:
        """Return the folder in which apps write what they add to the vault."""
        with self._lock:
            if self._vault is None:
                self._vault = Path(tempfile.mkdtemp(prefix="soar-vault-")).resolve()
                weakref.finalize(self, shutil.rmtree, self._vault, ignore_errors=True)
            folder = self._vault / "tmp"
            folder.mkdir(exist_ok=True)
            return folder

    def vault_add(
        self,
        container_id: int,
        location: str,
        name: str,
        metadata: Mapping[str, Any] | None,
        *,
        known_id: object = None,
    ) -> tuple[bool, str, str | None]:
        """Add a file to a container; return status, message and its id in the vault.

        `known_id` is that of a container which exists although this store has not saved it.
        """
        refused, without_id = (False, REFUSAL, None), (True, "File added", None)
        added: tuple[bool, str, str | None] = self._run(
            "vault_add",
            {},
            lambda: self._vault_add(container_id, Path(location), name, metadata, known_id),
            refused=refused,
            without_id=without_id,
        )
        return added

    def _vault_add(
        self, container_id: int, location: Path, name: str, metadata: Mapping[str, Any] | None, known_id: object
    ) -> tuple[bool, str, str | None]:
        folder = self.vault_tmp_dir()
        if container_id not in (known_id, *(container["id"] for container in self._containers)):
            return False, f"There is no container {container_id}", None
        if folder not in location.resolve().parents:
            return False, f"The file is not in {folder}", None
        if not location.is_file():
            return False, f"There is no file {location}", None
        content = location.read_bytes()
        vault_id = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        path = folder.parent / vault_id
        if self.documented_only:
            shutil.copyfile(location, path)
        else:
            location.replace(path)
        self._files.append(
            {
                "id": len(self._files) + 1,
                "vault_id": vault_id,
                "container_id": container_id,
                "name": name,
                "path": str(path),
                "size": len(content),
                "mime_type": mimetypes.guess_type(name)[0] or "application/octet-stream",
                "metadata": _copy(metadata or {}),
            }
        )
        return True, "File added", vault_id

    def vault_info(
        self, vault_id: str | None = None, file_name: str | None = None, container_id: int | None = None
    ) -> tuple[bool, str, list[dict[str, Any]]]:
        """Find files of the vault by what is given of them; return status, message and a row for each."""
        wanted = {"vault_id": vault_id, "name": file_name, "container_id": container_id}
        wanted = {key: value for key, value in wanted.items() if value is not None}

        def find() -> tuple[bool, str, list[dict[str, Any]]]:
            if not wanted:
                return False, "Neither a file nor a container is given", []
            return True, "Success", [file for file in self.files if wanted.items() <= file.items()]

        nothing: list[dict[str, Any]] = []
        found: tuple[bool, str, list[dict[str, Any]]] = self._run(
            "vault_info", {}, find, refused=(False, REFUSAL, nothing)
        )
        return found

    def load_state(self, asset_id: str) -> dict[str, Any] | None:
        """Return the state of an asset, empty where there is none, None where it cannot be read."""
        state: dict[str, Any] | None = self._run("load_state", {}, lambda: self._load_state(asset_id), refused=None)
        return state

    def _load_state(self, asset_id: str) -> dict[str, Any] | None:
        path = self._state_path(asset_id)
        if path is not None:
            text = path.read_text(encoding="utf-8") if path.exists() else "{}"
        else:
            text = self._states.get(asset_id, "{}")
        try:
            state = json.loads(text)
        except ValueError:
            return None
        return state if isinstance(state, dict) else None

    def save_state(self, asset_id: str, state: Mapping[str, Any]) -> bool:
        """Replace the state of an asset as a whole; return whether that worked. Raises TypeError if it is not JSON."""
        text = json.dumps(state)
        return bool(self._run("save_state", {}, lambda: self._save_state(asset_id, text), refused=False))

    def _save_state(self, asset_id: str, text: str) -> bool:
        path = self._state_path(asset_id)
        if path is None:
            self._states[asset_id] = text
        else:
            new = path.with_suffix(".new")
            new.write_text(text, encoding="utf-8")
            os.replace(new, path)
        return True

    def _state_path(self, asset_id: str) -> Path | None:
        return None if self._state_dir is None else self._state_dir / f"{asset_id}_state.json"


def _copy(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as it comes back from a database that keeps JSON."""
    return dict(json.loads(json.dumps(row)))


def _wrong_container(container: Mapping[str, Any]) -> str | None:
    """What the platform would refuse about a container."""
    if not isinstance(container.get("name"), str) or not container["name"].strip():
        return "The container lacks a name"
    return _wrong_row("container", container)


def _wrong_artifact(artifact: Mapping[str, Any]) -> str | None:
    """What the platform would refuse about an artifact."""
    if not isinstance(artifact.get("cef", {}), dict):
        return "The artifact's cef is not an object"
    return _wrong_row("artifact", artifact)


def _wrong_row(kind: str, row: Mapping[str, Any]) -> str | None:
    try:
        json.dumps(row)
    except (TypeError, ValueError) as error:
        return f"The {kind} is not JSON: {error}"
    if row.get("severity", SEVERITIES[0]) not in SEVERITIES:
        return f"The {kind}'s severity '{row['severity']}' is none of {', '.join(SEVERITIES)}"
    wrong = next((name for name in _TIMES if row.get(name) is not None and not _is_iso_8601(row[name])), None)
    return f"The {kind}'s {wrong} '{row[wrong]}' is not an ISO 8601 time" if wrong else None


def _is_iso_8601(value: Any) -> bool:
    try:
        datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return False
    return True
