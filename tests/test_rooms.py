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
"""The rooms of the project: which module may import which, and what the app loads at its start."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from actions import ACTIONS


pytestmark = pytest.mark.xdist_group("rooms")  # all modules are parsed once

ROOT = Path(__file__).resolve().parent.parent
PLATFORM = ROOT / "sandbox" / "soar" / "platform"
ACTION_MODULES = [f"actions.{place.split(':')[0]}" for place in ACTIONS.values()]

# The sandbox, by its folders: which packages and modules each part may import beside its own, from top to bottom.
SANDBOX_PARTS: dict[str, list[str]] = {
    "sandbox.__main__": ["sandbox.command_line"],
    "sandbox.command_line": [
        *("sandbox.assets", "sandbox.scenario", "sandbox.soar", "sandbox.twilio", "twilio_connector"),
        *("twilio_api.phone_number", "twilio_api.values", "twilio_consts"),
    ],
    "sandbox.messages_picture": ["sandbox.assets", "sandbox.browser", "sandbox.soar", "sandbox.twilio"],
    "sandbox.page_picture": [
        *("sandbox.assets", "sandbox.memory_transport", "sandbox.soar", "sandbox.twilio", "sandbox.virtual_time"),
        "twilio_connector",
    ],
    "sandbox.escalation_picture": ["sandbox.escalation"],
    "sandbox.escalation": [
        *("sandbox.assets", "sandbox.memory_transport", "sandbox.soar", "sandbox.twilio", "sandbox.virtual_time"),
        "twilio_connector",
    ],
    "sandbox.assets": ["sandbox.soar", "sandbox.twilio"],
    "sandbox.scenario": ["sandbox.twilio"],
    "sandbox.phone_picture": ["sandbox.browser", "sandbox.twilio"],
    "sandbox.picture": [],
    "sandbox.browser": [],
    "sandbox.raw_server": [],
    "sandbox.memory_transport": [
        *("sandbox.twilio", "sandbox.virtual_time", "twilio_api.errors", "twilio_api.response", "twilio_consts"),
    ],
    "sandbox.virtual_time": [],
    "sandbox.soar": ["phantom"],
    "sandbox.twilio": ["twilio_api.text"],
    "phantom": [],
    "sandbox": [],
}
NEVER_IMPORTED = ("tests", "benchmarks", "release")
LICENCE_LINES = 13  # at the top of each file
KNOWS_PHANTOM = ("twilio_connector", "actions.", "sandbox.soar", "phantom")


def module_of(path: Path) -> str:
    """The name under which a file is imported."""
    base = PLATFORM if PLATFORM in path.parents else ROOT
    parts = list(path.relative_to(base).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


FILES = {
    module_of(path): path
    for pattern in ("*.py", "actions/*.py", "twilio_api/*.py", "sandbox/**/*.py")
    for path in sorted(ROOT.glob(pattern))
}
APP = [module for module in FILES if not module.startswith(("sandbox", "phantom"))]
SANDBOX = [module for module in FILES if module not in APP]


def imports_of(module: str) -> Iterator[str]:
    """What a module imports of the project, at its top or later, also for its types alone."""
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            submodules = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in FILES else node.module for name in submodules]
        yield from (name for name in names if name in FILES or name.split(".")[0] in NEVER_IMPORTED)


@cache
def imports() -> dict[str, set[str]]:
    """What each module imports of the project."""
    return {module: set(imports_of(module)) for module in FILES}


def part_of(module: str) -> str:
    """The part of the sandbox that a module belongs to."""
    owners = [part for part in SANDBOX_PARTS if module == part or module.startswith(f"{part}.")]
    return max(owners, key=len)


# --- where each module belongs


def test_every_module_of_the_sandbox_belongs_to_a_part() -> None:
    assert [module for module in SANDBOX if part_of(module) == "sandbox"] == ["sandbox"], "no row of SANDBOX_PARTS"


def test_every_part_of_the_sandbox_is_there() -> None:
    assert [module for module in SANDBOX_PARTS if module not in FILES] == []


# --- which way the arrows point


def test_the_sandbox_imports_only_what_its_parts_may() -> None:
    def may_import(module: str, name: str) -> bool:
        part = part_of(module)
        is_own = part_of_or_app(name) == part
        return is_own or any(name == may or name.startswith(f"{may}.") for may in SANDBOX_PARTS[part])

    pairs = [(module, name) for module in SANDBOX for name in imports()[module]]
    assert [(module, name) for module, name in pairs if not may_import(module, name)] == []


def part_of_or_app(module: str) -> str:
    """The part of the sandbox that a module belongs to, else the module itself."""
    return part_of(module) if module in SANDBOX else module


def test_parts_of_the_sandbox_import_only_what_stands_below_them() -> None:
    parts = list(SANDBOX_PARTS)
    for part, allowed in SANDBOX_PARTS.items():
        below = parts[parts.index(part) + 1 :]
        assert [may for may in allowed if may in parts and may not in below] == []


def test_only_the_connector_and_the_actions_know_the_platform() -> None:
    knowing = [module for module, names in imports().items() if any(name.startswith("phantom") for name in names)]
    assert [module for module in knowing if not module.startswith(KNOWS_PHANTOM)] == []


def test_what_calls_twilio_does_not_name_the_platform() -> None:
    found = {}
    for module in APP:
        if module.startswith("twilio_api"):
            lines = FILES[module].read_text(encoding="utf-8").splitlines()
            assert lines[0] == "# Copyright (c) 2026 Splunk Inc."
            text = "\n".join(lines[LICENCE_LINES:])
            found[module] = re.findall(r"(?i)soar|phantom|splunk|playbook|\basset\b|from_phone|to_phone", text)
    assert {module: names for module, names in found.items() if names} == {}


def test_nothing_imports_in_a_circle() -> None:
    done: set[str] = set()

    def visit(module: str, way: list[str]) -> None:
        assert module not in way, " imports ".join([*way[way.index(module) :], module])
        if module in done:
            return
        for name in sorted(imports().get(module, ())):
            visit(name, [*way, module])
        done.add(module)

    for module in FILES:
        visit(module, [])


# --- the rooms of the app, as docs/modules.md shows them


def rooms_of_the_page() -> list[list[str]]:
    """The modules in each row of the page's table; the row with a pattern has the actions that no other row names."""
    rows = []
    for line in (ROOT / "docs" / "modules.md").read_text(encoding="utf-8").partition("|---")[2].splitlines():
        folder, modules = "", []
        for name in re.findall(r"`([\w/<>]+)\.py`", line.split(" | ")[0]):
            folder, _, base = name.rpartition("/") if "/" in name else (folder, "", name)
            parts = [part for part in (folder, base) if part and part != "__init__"]
            modules.append(".".join(parts))
        rows.append(modules)
    named = {module for modules in rows for module in modules}
    unnamed = [module for module in ACTION_MODULES if module not in named]
    return [unnamed if modules == ["actions.<action>"] else modules for modules in rows]


def test_the_page_shows_each_module_in_one_room() -> None:
    shown = [module for modules in rooms_of_the_page() for module in modules]
    assert sorted(shown) == sorted(module for module in APP if module not in ("__init__", "twilio_api"))


def test_the_imports_point_down_its_table() -> None:
    room = {module: number for number, modules in enumerate(rooms_of_the_page()) for module in modules}
    upward = [
        (module, name) for module in room for name in imports()[module] if room.get(name, len(room)) < room[module]
    ]
    assert upward == []


# --- what the app loads at its start

# What every action needs
NEEDED = {
    *("twilio_connector", "twilio_consts", "dataclasses"),
    *("actions", "actions.action", "actions.asset", "actions.error_advice", "actions.error_text", "actions.run_loop"),
    "twilio_api",
    *(
        f"twilio_api.{name}"
        for name in (
            *("client", "connections", "creation", "errors", "http_call", "outage", "phone_number", "redaction"),
            *("response", "sender", "text", "timestamps", "transport", "values"),
        )
    ),
}
RARE = ("bs4", "phonenumbers", "multiprocessing", "html.parser", "uuid")


def loaded(statement: str) -> tuple[set[str], int]:
    """What a statement loads in a fresh interpreter beside requests, asyncio and the platform; how many threads."""
    program = (
        "import asyncio, json, sys, threading, requests, phantom.app, phantom.action_result, phantom.base_connector\n"
        "before = set(sys.modules)\n"
        f"{statement}\n"
        "print(json.dumps([sorted(set(sys.modules) - before), threading.active_count()]))"
    )
    path = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(PLATFORM)!r}]\n"
    shown = subprocess.run(  # noqa: S603
        [sys.executable, "-c", path + program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    modules, threads = json.loads(shown.stdout)
    return set(modules), int(threads)


@pytest.fixture(scope="module")
def at_start() -> tuple[set[str], int]:
    """What importing the connector loads."""
    return loaded("import twilio_connector")


def test_importing_the_app_loads_hardly_more_than_requests_and_asyncio(at_start: tuple[set[str], int]) -> None:
    assert at_start[0] - NEEDED == set()


def test_importing_the_app_loads_no_action(at_start: tuple[set[str], int]) -> None:
    assert at_start[0] & set(ACTION_MODULES) == set()


def test_what_is_rarely_needed_is_not_loaded_at_the_start(at_start: tuple[set[str], int]) -> None:
    assert [module for module in at_start[0] if any(f"{module}.".startswith(f"{rare}.") for rare in RARE)] == []


def test_importing_the_app_starts_no_thread(at_start: tuple[set[str], int]) -> None:
    assert at_start[1] == 1


def test_an_action_loads_no_other_action_and_nothing_that_is_rarely_needed() -> None:
    modules, _ = loaded("from actions import find_action\nfind_action('send_text')")
    assert modules & set(ACTION_MODULES) == {"actions.send_message"}
    assert [rare for rare in RARE if rare in modules] == []
