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
"""The media of texts that were ingested: each goes into the vault of its container, with an artifact."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from actions.action import Run
from actions.containers import artifact
from actions.ingestion import MAX_FAILED_POLLS, MediaAttempt
from actions.vault import SavedFile, VaultFailed, asked, save_file, why
from twilio_api.errors import CallError, MessageNotFound, ResponseTooLong
from twilio_api.media import list_media
from twilio_consts import MAX_MEDIA


_MAX_FAILURES = 5  # messages whose media one poll tries to save in vain, which may take half a minute each


class TextMedia:
    """The media that are still to be saved, by the SID of their text (`waiting`).

    A file stands in the vault once however often it is saved. Its artifact comes after it, so that a playbook that
    starts with the artifact finds the file. A process that dies between the two, or after them and before the state is
    written, saves the artifact again, and so does a poll after "Poll Now": a platform that deduplicates artifacts knows
    it by its identifier.

    What fails is tried again by the next polls, unless `is_tried_again` is False: "Poll Now" keeps no state.
    """

    def __init__(self, run: Run, *, is_tried_again: bool) -> None:
        self.waiting: dict[str, MediaAttempt] = {}
        self.settled: set[str] = set()  # texts of whose media nothing is to be saved any more
        self.files = 0
        self.problems: list[str] = []
        self._run = run
        self._is_tried_again = is_tried_again
        self._new: set[str] = set()

    def note(self, sid: str, container_id: int) -> None:
        """Note that the media of a text are to be saved."""
        if sid not in self.waiting:
            self.waiting[sid] = MediaAttempt(container_id)
            self._new.add(sid)

    async def save_each(self) -> AsyncIterator[None]:
        """Save the media of text after text, new ones first and those last that failed most; come back after each."""
        failures = 0
        for sid in sorted(self.waiting, key=lambda sid: (sid not in self._new, self.waiting[sid].failures)):
            if self._run.twilio.ask_cancelled() or (failures == _MAX_FAILURES and self._is_tried_again):
                return
            if failures == _MAX_FAILURES:
                why_not = f"they were not tried, since those of {failures} texts before failed."
                self.problems.append(f"Media of {sid} could not be saved: {why_not}")
                continue
            reason = await self._save(sid)
            if reason and self._run.twilio.ask_cancelled():
                return
            attempt = self.waiting[sid] = self.waiting[sid]._replace(failures=self.waiting[sid].failures + 1)
            failures += bool(reason)
            if not reason or attempt.failures >= MAX_FAILED_POLLS:
                del self.waiting[sid]
                self.settled.add(sid)
            if reason and sid in self.settled:
                then = f"are given up after {MAX_FAILED_POLLS} polls"
                self._give_up(f"Media of {sid} could not be saved, and {then}: {reason}")
            elif reason:
                then = ", and the next poll tries again" if self._is_tried_again else ""
                self.problems.append(f"Media of {sid} could not be saved{then}: {reason}")
            yield

    def _give_up(self, sentence: str) -> None:
        """Say what will never be saved, at once: a process that dies after it is settled leaves no result."""
        self.problems.append(sentence)
        self._run.progress(sentence)

    async def _save(self, sid: str) -> str:
        """Save what is left of the media of a text, and return why some could not be saved; empty for none."""
        reason = ""
        try:
            found = await list_media(self._run.twilio, sid)
        except MessageNotFound:
            self._give_up(f"The media of {sid} were deleted at Twilio before they could be saved.")
            return ""
        except CallError as error:
            return why(error)
        for media in found[:MAX_MEDIA]:
            attempt = self.waiting[sid]
            if media.sid in attempt.saved:
                continue
            try:
                file = await save_file(self._run.twilio, media, attempt.container_id)
                self._save_artifact(file, attempt.container_id)
                self.files += 1
            except (CallError, VaultFailed) as error:
                if not isinstance(error, ResponseTooLong):
                    reason = why(error)
                    continue
                self._give_up(f"{media.sid} of {sid} was not saved: {why(error)}")
            self.waiting[sid] = attempt._replace(saved=(*attempt.saved, media.sid))
        if len(found) > MAX_MEDIA:
            self._give_up(f"Only the first {MAX_MEDIA} of the {len(found)} media of {sid} are saved.")
        return reason

    def _save_artifact(self, file: SavedFile, container_id: int) -> None:
        media = file.media
        cef: dict[str, Any] = {
            "messageSid": media.message_sid,
            "vaultId": file.vault_id,
            "fileName": media.file_name,
            "fileHashSha256": file.sha256,
            "mimeType": media.content_type,
        }
        row = {**artifact("Media", f"{media.message_sid}-{media.sid}", cef), "container_id": container_id}
        ids = asked(lambda: self._run.soar.save_artifacts([row]))
        if not ids or not all(ids):
            raise VaultFailed("the platform gave no id")
