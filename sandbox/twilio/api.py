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
"""The API: the routes of all resources, and what is checked before any of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from flask import Flask, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from sandbox.twilio.account import Account
from sandbox.twilio.credentials import authenticate
from sandbox.twilio.errors import ApiError, NotSimulated
from sandbox.twilio.routes import API_PATH, Resource, Route


# Where each path is Twilio's, also one that has no resource; Studio and Lookup have version 2
_API_PREFIXES = (f"{API_PATH}/", "/v1/", "/v2/")
_INACTIVE_CODES = {"suspended": 20005, "closed": 20403}


def make_app(account: Account, resources: Iterable[Resource]) -> Flask:
    """The routes of all resources as one Flask application."""
    # The folder is named, because Flask would look for one, which takes longer than a request
    app = Flask("local_twilio", static_folder=None, instance_path="/")
    gate = _Gate(account, [route for resource in resources for route in resource.routes()])
    app.url_map = _url_map(tuple((route.name, route.method, route.path) for route in gate.routes.values()))
    app.view_functions = {route.name: route.call for route in gate.routes.values()}
    app.before_request(gate.check)
    app.register_error_handler(ApiError, ApiError.response)
    app.register_error_handler(NotSimulated, NotSimulated.response)
    app.register_error_handler(HTTPException, _http_error)
    return app


@lru_cache
def _url_map(routes: tuple[tuple[str, str, str], ...]) -> Map:
    """Routes of a name, a method and a path, compiled: kept, because that takes longer than a short test."""
    return Map([Rule(path, methods=[method], endpoint=name) for name, method, path in routes])


class _Gate:
    """What is checked before any resource sees a request: credentials, account, permission."""

    def __init__(self, account: Account, routes: Iterable[Route]) -> None:
        self.routes = {route.name: route for route in routes}
        self._account = account

    def check(self) -> None:
        """Let a request through to its resource, or raise the ApiError that comes before all others."""
        if not request.path.startswith(_API_PREFIXES):
            return
        account = self._account
        key = authenticate(request.authorization, account.sid, account.auth_token, account.keys)
        if (request.view_args or {}).get("account_sid", account.sid) != account.sid:
            raise _not_found()
        route = self.routes.get(request.endpoint or "")
        if account.test_credentials and not (route and route.takes_test_credentials):
            raise ApiError(20008)
        if route is None:
            return
        if key:
            key.check(route.permission)
        if route.needs_active_account and account.status != "active":
            raise ApiError(_INACTIVE_CODES[account.status])


def _http_error(error: HTTPException) -> Response:
    """A path or method that is not there; or a mistake in this package, which Flask has logged."""
    codes = {405: 20004, 500: 20500}
    refusal = ApiError(codes[error.code]) if error.code in codes else _not_found()
    return refusal.response()


def _not_found() -> ApiError:
    return ApiError(20404, path=request.path)
