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
"""The action "get media"."""

from __future__ import annotations

from typing import Any

from actions.action import Action, Report, set_report
from actions.parameters import message_sid
from actions.vault import VaultFailed, save_file, why
from phantom.action_result import ActionResult
from twilio_api.errors import CallError
from twilio_api.media import list_media
from twilio_api.values import WrongValue
from twilio_consts import MAX_MEDIA


class GetMedia(Action):
    """Saves the media of a message into the vault of the container that it runs in."""

    async def handle(self, param: dict[str, Any], result: ActionResult) -> None:
        """Save the media, each as far as that can be done."""
        sid = message_sid(param)
        result.update_summary({"media_count": 0})
        container_id = self.run.soar.get_container_id()
        if not container_id:
            raise WrongValue("Media are saved into the vault of a container, but this action does not run in one.")
        found = await list_media(self.run.twilio, sid)
        problems: list[str] = []
        for number, media in enumerate(found[:MAX_MEDIA], start=1):
            self.run.progress(f"File {number} of {len(found)}", kept=False)
            try:
                file = await save_file(self.run.twilio, media, container_id)
            except (CallError, VaultFailed) as error:
                problems.append(f"{media.sid} could not be saved: {why(error)}")
                continue
            result.add_data(file.row())
            result.update_summary({"media_count": result.get_data_size()})
        if len(found) > MAX_MEDIA:
            problems.append(f"Only the first {MAX_MEDIA} of {len(found)} files were read.")
        count = result.get_data_size()
        sentences = [f"Media count: {count}" if not problems else f"Media count: {count}.", *problems]
        set_report(result, Report(not problems, " ".join(sentences)))
