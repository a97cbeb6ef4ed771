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
"""Tables of values: one test goes through all rows, and its failure names each row that is wrong."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import pytest


Test = Callable[..., None]


def for_each(names: str, rows: Iterable[Any]) -> Callable[[Test], Test]:
    """Call a test with each row, within one test; pytest.mark.parametrize, which makes a test of each, costs far more.

    It is for questions that leave nothing behind: the rows share the fixtures of the test.

    Args:
        names: The parameters that a row gives, separated by commas.
        rows: A tuple with a value for each of them, or the value itself where there is one parameter.
    """
    parameters = [name.strip() for name in names.split(",")]
    table = [row if len(parameters) > 1 else (row,) for row in rows]

    def with_table(test: Test) -> Test:
        @wraps(test)
        def test_all(**fixtures: Any) -> None:
            wrong = []
            for row in table:
                try:
                    test(**dict(zip(parameters, row)), **fixtures)
                except (Exception, pytest.fail.Exception) as error:
                    wrong.append(f"{ascii(row)[:200]}: {type(error).__name__}: {error}")
            assert table, "the table has no rows"
            assert not wrong, f"{len(wrong)} of {len(table)} rows are wrong\n" + "\n".join(wrong)

        signature = inspect.signature(test)
        kept = [one for name, one in signature.parameters.items() if name not in parameters]
        test_all.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return test_all

    return with_table
