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

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from sandbox.memory_transport import MemoryRequest, Trouble
from sandbox.soar import SoarStore, StoreFault
from sandbox.twilio import Fault, File, Message
from tests.harness import E164, Harness, Run
from tests.tables import for_each
from twilio_api.media import Media


PICTURE, VIDEO = File(b"\x89PNG what a person saw", "image/png"), File(b"film", "video/mp4; codecs=avc1")
MIB = 1024 * 1024


@pytest.fixture
def store() -> SoarStore:
    """The platform's database, with its vault."""
    return SoarStore()


def receive(harness: Harness, *files: File) -> Message:
    return harness.twilio.receive(E164, harness.twilio.from_phone, "look", media=files)


def get_media(harness: Harness, store: SoarStore, message: Message, **details: Any) -> Run:
    run = harness.run("get media", {"message_sid": message.sid}, store=store, container_id=7, **details)
    assert list(store.vault_tmp_dir().iterdir()) == []
    return run


def test_each_file_goes_into_the_vault_of_the_container(harness: Harness, store: SoarStore) -> None:
    message = receive(harness, PICTURE, VIDEO)
    run = get_media(harness, store, message)
    assert (run.status, run.message, run.summary) == ("success", "Media count: 2", {"media_count": 2})
    assert [Path(file["path"]).read_bytes() for file in store.files] == [PICTURE.content, VIDEO.content]
    assert {file["container_id"] for file in store.files} == {7}
    assert run.result["data"] == [
        {
            "vault_id": file["vault_id"],
            "file_name": f"{message.sid}-{media.sid}.{ending}",
            "content_type": content_type,
            "size": len(media.file.content),
            "sha256": hashlib.sha256(media.file.content).hexdigest(),
            "media_sid": media.sid,
        }
        for file, media, ending, content_type in zip(
            store.files, message.media, ("png", "mp4"), ("image/png", "video/mp4")
        )
    ]


@for_each(
    "content_type, ending",
    [
        *((f"image/{kind}", kind) for kind in ("png", "gif", "webp", "heic", "bmp", "tiff")),
        *(("image/jpeg", "jpg"), ("image/svg+xml", "svg"), ("video/mp4", "mp4"), ("video/3gpp", "3gp")),
        *(("video/quicktime", "mov"), ("audio/mpeg", "mp3"), ("audio/ogg", "ogg"), ("audio/amr", "amr")),
        *(("audio/mp4", "m4a"), ("audio/3gpp", "3gp"), ("application/pdf", "pdf"), ("application/smil", "smil")),
        *((f"text/{kind}", "vcf") for kind in ("vcard", "x-vcard")),
        *(("text/calendar", "ics"), ("text/plain", "txt"), ("text/csv", "csv"), ("text/html", "bin"), ("", "bin")),
    ],
)
def test_the_name_of_a_file_ends_as_its_type_does(content_type: str, ending: str) -> None:
    assert Media("MM1", "ME2", content_type).file_name == f"MM1-ME2.{ending}"


def test_a_message_without_media_is_a_success_with_none(harness: Harness, store: SoarStore) -> None:
    run = get_media(harness, store, receive(harness))
    assert (run.status, run.message, run.result["data"]) == ("success", "Media count: 0", [])
    assert run.summary == {"media_count": 0}


def test_media_that_are_fetched_again_stand_in_the_vault_once(harness: Harness, store: SoarStore) -> None:
    message = receive(harness, PICTURE)
    rows = [get_media(harness, store, message).row for _ in range(2)]
    assert rows[0] == rows[1]
    assert len(store.files) == 1


@pytest.mark.parametrize("is_signed", [True, False], ids=["signed store", "open store"])
def test_one_redirect_is_followed_to_twilios_store_without_credentials(
    harness: Harness, store: SoarStore, is_signed: bool
) -> None:
    harness.twilio.media_files.is_signed = is_signed  # both stores refuse credentials
    assert get_media(harness, store, receive(harness, PICTURE)).status == "success"
    assert [request.url.split("/")[2] for request in harness.network.calls[1:]] == [
        "api.twilio.com",
        "mms.twiliocdn.com" if is_signed else "s3-external-1.amazonaws.com",
    ]


# --- where the file is said to be


def redirecting(address: str) -> Callable[[MemoryRequest], Trouble | None]:
    """Let Twilio say that the file is at another address."""
    head = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {address}\r\nContent-Length: 0\r\n\r\n"

    def trouble(request: MemoryRequest) -> Trouble | None:
        is_file = "/Media/" in request.path and request.url.startswith("https://api.twilio.com/")
        return Trouble(response=head.encode()) if is_file else None

    return trouble


@pytest.mark.parametrize(
    "address",
    [
        "http://mms.twiliocdn.com/x",
        "https://evil.example/x",
        "https://twiliocdn.com.evil.example/x",
        "https://eviltwiliocdn.com/x",
        "https://s3-external-1.amazonaws.com.evil.example/x",
        "https://bucket.s3.amazonaws.com/x",
        "https://mms.twiliocdn.com@evil.example/x",
        "https://evil.example\\@mms.twiliocdn.com/x",
        "https://mms.twiliocdn.com:8443/x",
        "https://mms.twiliocdn.com:x/x",
        "https://:443/x",
        "https://169.254.169.254/latest/meta-data",
        "http://127.0.0.1/x",
        "https://localhost/x",
        "https://[::1]/x",
        "//evil.example/x",
        "ftp://mms.twiliocdn.com/x",
        "file:///etc/passwd",
    ],
)
def test_no_other_address_is_asked(harness: Harness, store: SoarStore, address: str) -> None:
    harness.network.trouble = redirecting(address)
    run = get_media(harness, store, receive(harness, PICTURE))
    assert (run.status, run.result["data"], store.files) == ("failed", [], [])
    assert "The redirect to the file leads to an address that is not Twilio's." in run.message
    assert len(harness.network.calls) == 2


def test_a_second_redirect_is_not_followed(harness: Harness, store: SoarStore) -> None:
    message = receive(harness, PICTURE)
    harness.network.trouble = redirecting(f"https://mms.twiliocdn.com{message.uri}/Media/{message.media[0].sid}")
    run = get_media(harness, store, message)
    assert run.status == "failed"
    assert store.files == []
    assert len(harness.network.calls) == 3


def test_on_this_machine_the_store_may_be_on_this_machine(harness: Harness, store: SoarStore) -> None:
    run = get_media(harness, store, receive(harness, PICTURE), base_url="http://127.0.0.1:8080/2010-04-01")
    assert run.status == "success"
    assert harness.network.calls[-1].url.startswith("http://127.0.0.1:8080/mms.twiliocdn.com/")


# --- bounds


def test_a_file_of_16_mib_is_saved_and_a_longer_one_is_reported(harness: Harness, store: SoarStore) -> None:
    message = receive(harness, File(b"x" * (16 * MIB + 1), "video/mp4"), File(b"x" * 16 * MIB, "video/mp4"))
    run = get_media(harness, store, message)
    assert (run.status, run.summary, run.row["size"]) == ("failed", {"media_count": 1}, 16 * MIB)
    assert run.message.startswith(f"Media count: 1. {message.media[0].sid} could not be saved: ")
    assert "The file is longer than 16 MiB" in run.message


def test_ten_files_are_saved_and_further_ones_are_reported(harness: Harness, store: SoarStore) -> None:
    run = get_media(harness, store, receive(harness, *[PICTURE] * 11))
    assert (run.status, run.summary) == ("failed", {"media_count": 10})
    assert run.message == "Media count: 10. Only the first 10 of 11 files were read."


# --- faults


@pytest.mark.parametrize("path", ["Media.json", "Media/ME", "mms.twiliocdn.com"])
@pytest.mark.parametrize("fault", [Fault.RESET_BEFORE, Fault.ERROR_503, Fault.CUT_OFF_AFTER])
def test_what_went_wrong_is_repeated_since_it_only_reads(
    harness: Harness, store: SoarStore, path: str, fault: Fault
) -> None:
    harness.fault(fault, "GET", path=path)
    run = get_media(harness, store, receive(harness, PICTURE))
    assert (run.status, [Path(file["path"]).read_bytes() for file in store.files]) == ("success", [PICTURE.content])


def test_a_file_that_cannot_be_read_keeps_no_other_from_being_saved(harness: Harness, store: SoarStore) -> None:
    message = receive(harness, PICTURE, VIDEO)
    harness.fault(Fault.ERROR_503, "GET", 1000, path=message.media[0].sid)
    run = get_media(harness, store, message)
    assert (run.status, run.row["content_type"], run.summary) == ("failed", "video/mp4", {"media_count": 1})
    assert f"{message.media[0].sid} could not be saved: Error from server. Status Code: 503" in run.message


def test_a_message_that_is_not_there_is_reported(harness: Harness, store: SoarStore) -> None:
    message = receive(harness, PICTURE)
    harness.twilio.log.remove(message)
    assert f"The account has no message {message.sid}" in get_media(harness, store, message).message


@pytest.mark.parametrize("operation", ["vault_add", "vault_info"])
@pytest.mark.parametrize("fault", [StoreFault.REFUSES, StoreFault.RAISES, StoreFault.RAISES_AFTER_SAVING])
def test_what_the_vault_refuses_is_reported_in_its_words(
    harness: Harness, store: SoarStore, operation: str, fault: StoreFault
) -> None:
    store.fail(operation, fault)
    run = get_media(harness, store, receive(harness, PICTURE))
    assert (run.status, run.result["data"]) == ("failed", [])
    assert ('{"failed": true}' if fault is StoreFault.REFUSES else "Internal error (RuntimeError)") in run.message


def test_a_folder_that_cannot_be_written_is_reported_for_each_file(
    harness: Harness, store: SoarStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = receive(harness, PICTURE, VIDEO)
    monkeypatch.setattr("actions.vault.Vault.get_vault_tmp_dir", Mock(side_effect=PermissionError("/opt")))
    run = get_media(harness, store, message)
    assert (run.status, run.result["data"]) == ("failed", [])
    assert run.message.count(" could not be saved: Internal error (PermissionError).") == 2


def test_a_cancelled_run_leaves_no_file_behind(harness: Harness, store: SoarStore) -> None:
    harness.network.trouble = lambda request: Trouble(response_s=5.0) if "mms" in request.url else None
    run = get_media(harness, store, receive(harness, PICTURE, VIDEO), cancelled_after_s=1.0)
    assert (run.status, store.files) == ("failed", [])
    assert "The action was cancelled." in run.message
    assert run.seconds < 3.0


def test_without_a_container_there_is_no_vault(harness: Harness, store: SoarStore) -> None:
    message = receive(harness, PICTURE)
    run = harness.run("get media", {"message_sid": message.sid}, store=store, container_id=0)
    assert (run.status, harness.twilio.requests) == ("failed", [])
    assert run.message == "Media are saved into the vault of a container, but this action does not run in one."


@pytest.mark.parametrize("name", ["../../x", "a/b", "ME" + "0" * 31, 7, None])
def test_a_sid_that_is_none_never_becomes_a_path(harness: Harness, store: SoarStore, name: Any) -> None:
    message = receive(harness, PICTURE)
    object.__setattr__(message.media[0], "sid", name)
    run = get_media(harness, store, message)
    assert (run.status, store.files) == ("failed", [])
    assert "The list of media has an entry without a SID." in run.message
