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

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter, Rule

from sandbox.twilio.account import Account
from sandbox.twilio.credentials import ApiKey, authenticate
from sandbox.twilio.errors import ApiError, NotFound, NotSimulated
from sandbox.twilio.media_files import STORES
from sandbox.twilio.recorded_request import RecordedRequest
from sandbox.twilio.responses import Response
from sandbox.twilio.routes import API_PATH, Resource, Route


_API_PREFIXES = (f"{API_PATH}/", "/v1/", "/v2/")
_INACTIVE_CODES = {"suspended": 20005, "closed": 20403}


class Api:
    """The routes of all resources; credentials, account and permission are checked before a resource sees a request."""

    def __init__(self, account: Account, resources: Iterable[Resource]) -> None:
        self._account = account
        self._routes = {route.name: route for resource in resources for route in resource.routes()}
        self._urls = _urls(tuple((route.name, route.method, route.path) for route in self._routes.values()))

    def respond(self, request: RecordedRequest) -> Response:
        """Return the response to a request, also to one that Twilio refuses."""
        account = self._account
        try:
            if request.path.startswith(STORES):
                route, variables = self._find(request)
                return route.handler(request, **variables)
            if not request.path.startswith(_API_PREFIXES):
                raise NotFound
            key = authenticate(request.credentials, account.sid, account.auth_token, account.keys)
            route, variables = self._find(request)
            if variables.pop("account_sid", account.sid) != account.sid:
                raise NotFound
            self._check(route, key)
            return route.handler(request, **variables)
        except NotFound:
            return ApiError(20404, path=request.path).response()
        except (ApiError, NotSimulated) as error:
            return error.response()

    def _find(self, request: RecordedRequest) -> tuple[Route, dict[str, Any]]:
        """The route of a request, and the variables of its path."""
        try:
            name, variables = _match(self._urls, request.path, request.method)
        except HTTPException:
            raise NotSimulated(f"{request.method} {request.path}") from None
        return self._routes[name], dict(variables)

    def _check(self, route: Route, key: ApiKey | None) -> None:
        """Raise ApiError where these credentials, or an account like this, may not use a route."""
        account = self._account
        if account.test_credentials and not route.takes_test_credentials:
            raise ApiError(20008)
        if key:
            key.check(route.permission)
        if route.needs_active_account and account.status != "active":
            raise ApiError(_INACTIVE_CODES[account.status])


@lru_cache(maxsize=1024)
def _match(urls: MapAdapter, path: str, method: str) -> tuple[str, Mapping[str, Any]]:
    """The name of the route to a path, and the variables of that: kept, because clients poll the same few paths."""
    return urls.match(path, method)


@lru_cache
def _urls(routes: tuple[tuple[str, str, str], ...]) -> MapAdapter:
    """Routes of a name, a method and a path, compiled: kept, because that takes longer than a short test."""
    return Map([Rule(path, methods=[method], endpoint=name) for name, method, path in routes]).bind("localhost")
