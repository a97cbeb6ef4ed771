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
"""Connections that are refused before they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from urllib3.util import connection as urllib3_connection


@contextmanager
def connections_refused(is_refused: Callable[[], bool]) -> Iterator[None]:
    """Ask for each new connection of this process whether it is refused."""
    connect = urllib3_connection.create_connection

    def create_connection(*args: Any, **kwargs: Any) -> Any:
        if is_refused():
            raise ConnectionRefusedError(111, "Connection refused")
        return connect(*args, **kwargs)

    with mock.patch.object(urllib3_connection, "create_connection", create_connection):
        yield
