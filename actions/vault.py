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
"""The platform's vault: the files of a message go into it, each streamed through a file in the vault's own folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, NamedTuple

import phantom.rules as phantom_rules
from actions.error_text import text_of, with_full_stop
from phantom.vault import Vault
from twilio_api.client import TwilioClient
from twilio_api.errors import CallError, InternalError
from twilio_api.media import Media, download


class VaultFailed(Exception):
    """The platform did not save or show a file; the error's own text says why."""


class SavedFile(NamedTuple):
    """A file of a message in the vault; `size` in bytes."""

    media: Media
    vault_id: str
    size: int
    sha256: str

    def row(self) -> dict[str, Any]:
        """The file as "get media" shows it."""
        return {
            "vault_id": self.vault_id,
            "file_name": self.media.file_name,
            "content_type": self.media.content_type,
            "size": self.size,
            "sha256": self.sha256,
            "media_sid": self.media.sid,
        }


def files_of(container_id: Any) -> dict[str, dict[str, Any]]:
    """Return the files of a container by their names. Raises VaultFailed."""
    rows = asked(lambda: phantom_rules.vault_info(container_id=container_id))
    return {str(row.get("name")): dict(row) for row in rows or []}


async def save_file(twilio: TwilioClient, media: Media, container_id: Any) -> SavedFile:
    """Download a file into the vault of a container, where it stands once however often it is saved.

    Raises CallError or VaultFailed. Nothing is left in the vault's folder, whatever happens.
    """
    with _temporary_file() as (path, file):
        stored = await download(twilio, media, file)
        file.flush()
        known = files_of(container_id).get(media.file_name)
        if known:
            vault_id = known["vault_id"]
        else:
            about = {"media_sid": media.sid, "message_sid": media.message_sid}
            vault_id = asked(lambda: phantom_rules.vault_add(container_id, path, media.file_name, about))
            if not vault_id:
                raise VaultFailed("the platform gave no id")
    return SavedFile(media, str(vault_id), stored.size, stored.sha256)


def why(error: CallError | VaultFailed) -> str:
    """Return why something could not be read or saved, as a sentence."""
    text = text_of(error) if isinstance(error, CallError) else f"{str(error)[:1].upper()}{str(error)[1:]}"
    return with_full_stop(text)


def asked(ask: Callable[[], tuple[bool, str, Any]]) -> Any:
    """Ask the platform, and return what it found or made. Raises VaultFailed."""
    try:
        is_success, message, found = ask()
    except Exception as error:  # of the platform, which has no errors of its own
        raise VaultFailed(str(InternalError(error))) from error
    if not is_success:
        raise VaultFailed(str(message))
    return found


@contextmanager
def _temporary_file() -> Iterator[tuple[str, BinaryIO]]:
    """Give a new file in the vault's folder, which is gone afterwards: the vault may take it over, or copy it."""
    try:
        number, path = tempfile.mkstemp(prefix="twilio-", dir=Vault.get_vault_tmp_dir())
    except Exception as error:  # of the platform, or a folder that cannot be written
        raise VaultFailed(str(InternalError(error))) from error
    try:
        with open(number, "w+b") as file:
            yield path, file
    finally:
        with suppress(OSError):
            os.unlink(path)
