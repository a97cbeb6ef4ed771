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
"""Media of a message."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox.twilio import Fault, File, LocalTwilio, Message
from tests.sandbox.twilio.clients import TO, Clock


PICTURES = ["https://example.com/map.png?size=2", "https://example.com/photo"]


def test_a_message_with_media_has_an_mm_sid_and_shows_their_number(twilio: LocalTwilio, client: Client) -> None:
    message = client.messages.create(to=TO, from_=twilio.from_phone, body="Look", media_url=PICTURES)
    assert str(message.sid).startswith("MM")
    assert message.num_media == "2"


def test_media_need_no_text(twilio: LocalTwilio, client: Client) -> None:
    assert client.messages.create(to=TO, from_=twilio.from_phone, media_url=PICTURES).body == ""


def test_media_are_listed(twilio: LocalTwilio, client: Client) -> None:
    message = client.messages.create(to=TO, from_=twilio.from_phone, media_url=PICTURES)
    listed = message.media.list()
    assert [media.content_type for media in listed] == ["image/png", "image/jpeg"]
    assert listed[0].parent_sid == message.sid


def test_each_of_the_media_is_shown_by_its_sid(twilio: LocalTwilio, client: Client) -> None:
    message = client.messages.create(to=TO, from_=twilio.from_phone, media_url=PICTURES)
    (listed, _) = message.media.list()
    shown = listed.fetch()
    assert (shown.sid, shown.content_type, shown.parent_sid) == (listed.sid, "image/png", message.sid)


def test_other_media_are_not_found(twilio: LocalTwilio, client: Client) -> None:
    message = client.messages.create(to=TO, from_=twilio.from_phone, body="Hello")
    assert message.media.list() == []
    with pytest.raises(TwilioRestException) as error:
        client.messages(str(message.sid)).media("ME" + "0" * 32).delete()
    assert error.value.code == 20404


@pytest.mark.parametrize(
    ("urls", "code"),
    [(["ftp://example.com/a.png"], 21620), (["example.com"], 21620), (["https://[::"], 21620), (PICTURES * 6, 21623)],
    ids=["not of the web", "no URL", "not parseable", "too many"],
)
def test_media_that_twilio_cannot_fetch_are_refused(
    twilio: LocalTwilio, client: Client, urls: list[str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as error:
        client.messages.create(to=TO, from_=twilio.from_phone, media_url=urls)
    assert (error.value.status, error.value.code) == (400, code)


# --- files that people send

PICTURE = File(b"\x89PNG what a person saw", "image/png")


def receive(twilio: LocalTwilio) -> tuple[Message, str]:
    """Let a person send a picture; return the message, and the address of its file."""
    message = twilio.receive(TO, twilio.from_phone, "Look", media=[PICTURE])
    return message, f"{twilio.origin}{message.uri}/Media/{message.media[0].sid}"


def get(twilio: LocalTwilio, url: str, *, auth: bool = False) -> requests.Response:
    """Ask for a file, without following where it leads."""
    credentials = (twilio.account_sid, twilio.auth_token) if auth else None
    return requests.get(url, auth=credentials, timeout=5, allow_redirects=False)


def store_address(twilio: LocalTwilio) -> str:
    """Let a person send a picture, and return where its file is."""
    return get(twilio, receive(twilio)[1], auth=True).headers["Location"]


def test_a_picture_that_a_person_sends_is_listed(twilio: LocalTwilio, client: Client) -> None:
    message, _ = receive(twilio)
    (listed,) = client.messages(message.sid).media.list()
    assert (listed.content_type, listed.parent_sid) == ("image/png", message.sid)


@pytest.mark.parametrize(
    ("is_signed", "store"),
    [(True, "mms.twiliocdn.com"), (False, "s3-external-1.amazonaws.com")],
    ids=["signed", "open"],
)
def test_the_api_leads_to_a_file_in_a_store(twilio: LocalTwilio, is_signed: bool, store: str) -> None:
    twilio.media_files.is_signed = is_signed
    address = store_address(twilio)
    assert (store in address, "Signature=" in address) == (True, is_signed)
    file = get(twilio, address)
    assert (file.status_code, file.content, file.headers["Content-Type"]) == (200, PICTURE.content, "image/png")


def test_the_api_wants_credentials_for_media(twilio: LocalTwilio) -> None:
    assert get(twilio, receive(twilio)[1]).json()["code"] == 20003


@pytest.mark.parametrize("is_signed", [True, False], ids=["signed", "open"])
def test_a_store_refuses_credentials(twilio: LocalTwilio, is_signed: bool) -> None:
    twilio.media_files.is_signed = is_signed
    assert get(twilio, store_address(twilio), auth=True).status_code == 400


def without_signature(address: str, clock: Clock) -> str:
    return address.partition("?")[0]


def with_another_signature(address: str, clock: Clock) -> str:
    return f"{address}0"


def after_four_hours(address: str, clock: Clock) -> str:
    clock.now += 4 * 3600.0
    return address


@pytest.mark.parametrize("spoil", [without_signature, with_another_signature, after_four_hours])
def test_a_store_refuses_an_address_that_is_not_signed_or_not_valid_any_more(
    twilio: LocalTwilio, clock: Clock, spoil: Callable[[str, Clock], str]
) -> None:
    assert get(twilio, spoil(store_address(twilio), clock)).status_code == 403


def test_a_store_meets_faults_like_the_api(twilio: LocalTwilio) -> None:
    address = store_address(twilio)
    twilio.faults.add(Fault.ERROR_503, path="mms.twiliocdn.com")
    assert get(twilio, address).status_code == 503


def test_a_file_that_was_deleted_is_gone(twilio: LocalTwilio, client: Client) -> None:
    message, url = receive(twilio)
    address = get(twilio, url, auth=True).headers["Location"]
    assert client.messages(message.sid).media(message.media[0].sid).delete()
    assert (client.messages(message.sid).media.list(), get(twilio, address).status_code) == ([], 404)


def test_redacting_a_message_leaves_its_media_and_deleting_it_removes_them(
    twilio: LocalTwilio, client: Client, clock: Clock
) -> None:
    message, url = receive(twilio)
    clock.now += 1.0
    client.messages(message.sid).update(body="")
    assert len(client.messages(message.sid).media.list()) == 1
    client.messages(message.sid).delete()
    assert get(twilio, url, auth=True).status_code == 404
