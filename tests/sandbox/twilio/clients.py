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
"""What the tests of the local Twilio share: a clock that stands still, and clients that are not the app's."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from werkzeug.datastructures import Authorization

from sandbox.twilio import LocalTwilio


TO = "+15101112345"
START = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 +0000
SOON_S = 0.2  # a client's timeout where no response comes


_TWILIO_ORIGIN = re.compile(r"^https://[a-z]+\.twilio\.com(?=/)")


class Clock:
    """A clock that moves when a test says so; its sleep moves it, too."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class _ToLocal:
    """An HTTP client for Twilio's library that sends to the local Twilio what is meant for any of Twilio's hosts."""

    def __init__(self, twilio: LocalTwilio) -> None:
        self._http = TwilioHttpClient()
        self._origin = twilio.base_url.rpartition("/")[0]

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return self._http.request(method, _TWILIO_ORIGIN.sub(self._origin, url), *args, **kwargs)


def library(twilio: LocalTwilio, username: str | None = None, password: str | None = None) -> Client:
    """Twilio's library, with the account's credentials or others, such as an API key's SID and secret."""
    return Client(
        username or twilio.account_sid,
        password or twilio.auth_token,
        account_sid=twilio.account_sid,
        http_client=_ToLocal(twilio),
    )


def error_of(use: Callable[[], object]) -> tuple[int, int, str]:
    """HTTP status, code and message of the error that a use of Twilio's library raises."""
    with pytest.raises(TwilioException) as error:
        use()
    if isinstance(error.value, TwilioRestException):
        return error.value.status, error.value.code, error.value.msg.partition(": ")[2]
    # what a list raises
    response = error.value.args[1]
    content = json.loads(response.text)
    return response.status_code, content["code"], content["message"]


def messages_url(twilio: LocalTwilio) -> str:
    return f"{twilio.base_url}/Accounts/{twilio.account_sid}/Messages.json"


def call(twilio: LocalTwilio, method: str = "POST", timeout: float = 5.0, **form: str) -> requests.Response:
    """One request for Messages.json, without following redirects."""
    form = form or {"To": TO, "From": twilio.from_phone, "Body": "Hello"}
    return requests.request(
        method,
        messages_url(twilio),
        data=form if method == "POST" else None,
        auth=(twilio.account_sid, twilio.auth_token),
        timeout=timeout,
        allow_redirects=False,
    )


def refusal(twilio: LocalTwilio, to: str = TO, from_: str | None = None, body: str = "Hello") -> tuple[int, int, str]:
    """HTTP status, code and message with which a message is refused."""
    response = call(twilio, To=to, From=twilio.from_phone if from_ is None else from_, Body=body)
    error = response.json()
    assert error["status"] == response.status_code
    assert error["more_info"] == f"https://www.twilio.com/docs/errors/{error['code']}"
    return response.status_code, error["code"], error["message"]


def raw(twilio: LocalTwilio) -> socket.socket:
    """A connection on which a POST for a message has just been sent."""
    body = urlencode({"To": TO, "From": twilio.from_phone, "Body": "Hello"})
    credentials = Authorization("basic", {"username": twilio.account_sid, "password": twilio.auth_token})
    lines = (
        f"POST {urlsplit(messages_url(twilio)).path} HTTP/1.1",
        "Host: local",
        f"Authorization: {credentials}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        "",
        body,
    )
    connection = socket.create_connection((twilio.host, twilio.port), timeout=5.0)
    connection.sendall("\r\n".join(lines).encode())
    return connection


def read_all(connection: socket.socket) -> bytes:
    with connection:
        return b"".join(iter(lambda: connection.recv(65536), b""))
