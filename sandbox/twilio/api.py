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
"""The resources of the API that are there: the account and its messages."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from flask import Flask, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from sandbox.twilio.account import API_PATH, Account, NewMessage
from sandbox.twilio.errors import ApiError
from sandbox.twilio.messages import Message, MessageLog
from sandbox.twilio.paging import page
from sandbox.twilio.responses import json_response


class Api:
    """Answers the requests of clients from an account and its message log."""

    def __init__(self, account: Account, log: MessageLog, clock: Callable[[], float]) -> None:
        self._account = account
        self._log = log
        self._clock = clock

    def fetch_account(self, account_sid: str) -> Response:
        """GET Accounts/{AC}.json"""
        return json_response(self._account.resource())

    def create_message(self, account_sid: str) -> Response:
        """POST Accounts/{AC}/Messages.json: with test credentials, nothing is kept."""
        if self._account.status != "active":
            raise ApiError(20005)
        new = NewMessage(*(request.form.get(name, "") for name in ("To", "From", "Body")))
        self._account.check(new)
        message = self._log.draft(new.to, new.from_, self._account.body_to_send(new.body))
        if not self._account.test_credentials:
            self._log.add(message)
        return json_response(message.resource_when_created(), 201)

    def list_messages(self, account_sid: str) -> Response:
        """GET Accounts/{AC}/Messages.json"""
        return json_response(page(self._log.visible(), request.args, request.path, self._clock()))

    def fetch_message(self, account_sid: str, sid: str) -> Response:
        """GET Accounts/{AC}/Messages/{SM}.json"""
        return json_response(self._message(sid).resource(self._clock()))

    def redact_message(self, account_sid: str, sid: str) -> Response:
        """POST Accounts/{AC}/Messages/{SM}.json with an empty Body, which is all that can be changed here."""
        message = self._message(sid)
        if request.form.get("Body") != "":
            raise ApiError(20001, parameter="Body")
        message.body = ""
        return json_response(message.resource(self._clock()))

    def delete_message(self, account_sid: str, sid: str) -> Response:
        """DELETE Accounts/{AC}/Messages/{SM}.json"""
        self._log.remove(self._message(sid))
        answer = json_response(None, 204)
        answer.data = b""
        return answer

    def admit(self) -> None:
        """Let a request through to its resource, or raise the ApiError that comes before all others."""
        if not request.path.startswith(f"{API_PATH}/"):
            return
        if not self._knows_the_client():
            raise ApiError(20003)
        asked_sid = (request.view_args or {}).get("account_sid", self._account.sid)
        if asked_sid != self._account.sid:
            raise _not_found()
        if self._account.test_credentials and request.endpoint != "create_message":
            raise ApiError(20008)

    def _knows_the_client(self) -> bool:
        given = request.authorization
        if given is None or given.type != "basic":
            return False
        # bytes, because compare_digest takes no text beyond ASCII
        pairs = ((given.username, self._account.sid), (given.password, self._account.auth_token))
        return all(secrets.compare_digest((value or "").encode(), right.encode()) for value, right in pairs)

    def _message(self, sid: str) -> Message:
        message = self._log.find(sid)
        if message is None:
            raise _not_found()
        return message


_ROUTES = (
    ("GET", "/Accounts/<account_sid>.json", "fetch_account"),
    ("POST", "/Accounts/<account_sid>/Messages.json", "create_message"),
    ("GET", "/Accounts/<account_sid>/Messages.json", "list_messages"),
    ("GET", "/Accounts/<account_sid>/Messages/<sid>.json", "fetch_message"),
    ("POST", "/Accounts/<account_sid>/Messages/<sid>.json", "redact_message"),
    ("DELETE", "/Accounts/<account_sid>/Messages/<sid>.json", "delete_message"),
)


def make_app(account: Account, log: MessageLog, clock: Callable[[], float]) -> Flask:
    """The API as a Flask application; `clock` gives seconds since the epoch."""
    api = Api(account, log, clock)
    app = Flask("local_twilio", static_folder=None)
    for method, path, name in _ROUTES:
        app.add_url_rule(f"{API_PATH}{path}", name, getattr(api, name), methods=[method])
    app.before_request(api.admit)
    app.register_error_handler(ApiError, ApiError.answer)
    app.register_error_handler(HTTPException, _http_error)
    return app


def _http_error(error: HTTPException) -> Response:
    """A path or method that is not there; or a mistake in this package, which Flask has logged."""
    codes = {405: 20004, 500: 20500}
    refusal = ApiError(codes[error.code]) if error.code in codes else _not_found()
    return refusal.answer()


def _not_found() -> ApiError:
    return ApiError(20404, path=request.path)
