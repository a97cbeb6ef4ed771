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
"""The manifest holds every row that the app was ordered with, and every data path of it is found in a real result."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest

from actions import ACTIONS as APP_ACTIONS
from actions.ask_question import DEFAULT_RESPONSES
from actions.asset import DEFAULT_POLL_INTERVAL_S, DEFAULT_TIMEOUT_MIN, MAX_POLL_INTERVAL_S
from actions.call_phone import MAX_RINGING_S, MIN_RINGING_S
from actions.list_messages import DEFAULT_LIST_LIMIT, MAX_LIST_LIMIT
from actions.parameters import DEFAULT_LANGUAGE
from actions.send_message import MAX_VALIDITY_S, MIN_VALIDITY_S
from sandbox.soar import APP_DIR, SoarStore, load_manifest
from sandbox.twilio import SERVICE_SID, CallOutcome, Outcome
from sandbox.twilio.lookups import PACKAGES
from tests.harness import E164, TEXT, Harness
from tests.tables import for_each
from twilio_api.choice import MAX_CHOICES
from twilio_consts import DEFAULT_RINGING_S, MAX_MEDIA, MAX_TIMEOUT_MIN


MANIFEST = load_manifest()
ACTIONS = {action["action"]: action for action in MANIFEST["actions"]}
SEND = ACTIONS["send message"]
OUTPUT = {row["data_path"]: row for row in SEND["output"]}
PHONE = ["phone number", "phone"]

CONFIGURATION = [
    ("base_url", "required", "string", "Twilio Base URL (e.g. https://api.twilio.com/2010-04-01)"),
    ("account_sid", "required", "string", "Account SID"),
    ("auth_token", "required", "password", "Auth Token"),
    ("from_phone", "required", "string", "From Phone Number (Twilio Assigned, e.g. +15101281337)"),
    ("to_phone", "optional", "string", "To Phone Number (Used only for test connectivity)"),
]

PARAMETERS = [
    ("to_phone", "To Phone Number. If country code not specified will default to +1", "string", PHONE),
    ("message", "Message to send", "string", []),
]

MESSAGE_URI = "/2010-04-01/Accounts/ABCDEF48541a49795fef18219497c47101/Messages/"
OUTPUT_ROWS: list[tuple[str, str, list[str], list[Any]]] = [
    ("action_result.parameter.to_phone", "string", PHONE, ["5101112345"]),
    ("action_result.parameter.message", "string", [], ["Happy Halloween to GV"]),
    ("action_result.status", "string", [], ["success", "failed"]),
    (
        "action_result.message",
        "string",
        [],
        [
            'Error from server. Status Code: 404 Data from server: {"code": 20404, "message": "The requested resource '
            '/2010-04-01/Accounts/ABCDEF48541a12345fef18219497c47101/Messages.json was not found", "more_info": '
            '"https://www.twilio.com/docs/errors/20404", "status": 404}',
            "Message delivery status: delivered",
        ],
    ),
    ("summary.total_objects", "numeric", [], [1]),
    ("summary.total_objects_successful", "numeric", [], [1, 0]),
    ("action_result.data.*.body", "string", [], ["Sent from your Twilio trial account - Happy Halloween to GV"]),
    ("action_result.data.*.status", "string", [], ["queued", "delivered"]),
    ("action_result.data.*.direction", "string", [], ["outbound-api"]),
    ("action_result.data.*.from", "string", [], ["+15123456789"]),
    ("action_result.data.*.num_segments", "string", [], ["1"]),
    (
        "action_result.data.*.date_updated",
        "string",
        [],
        ["Wed, 01 Nov 2017 20:56:57 +0000", "Wed, 01 Nov 2017 22:31:18 +0000"],
    ),
    (
        "action_result.data.*.uri",
        "string",
        [],
        [
            f"{MESSAGE_URI}SM0123b6decd8146398c975ae9c3111111.json",
            f"{MESSAGE_URI}SAZ123AB33c7764e599999970933d6d68f.json",
        ],
    ),
    ("action_result.data.*.account_sid", "string", [], ["ABCDEF48541a49795fef18219497c47101"]),
    ("action_result.data.*.num_media", "string", [], ["0"]),
    ("action_result.data.*.to", "string", [], ["+15101112222"]),
    (
        "action_result.data.*.sid",
        "string",
        [],
        ["SM0123b6decd8146398c975ae9c3123456", "SAZ123AB33c7764e599123456789d6d68f"],
    ),
    (
        "action_result.data.*.date_created",
        "string",
        [],
        ["Wed, 01 Nov 2017 20:56:57 +0000", "Wed, 01 Nov 2017 22:31:16 +0000"],
    ),
    (
        "action_result.data.*.subresource_uris.media",
        "string",
        [],
        [
            f"{MESSAGE_URI}SM0123b6decd8146398c975ae9c3111111/Media.json",
            f"{MESSAGE_URI}SAZ123AB33c7764e599999970933d6d68f/Media.json",
        ],
    ),
    ("action_result.data.*.price_unit", "string", [], ["USD"]),
    ("action_result.data.*.api_version", "string", [], ["2010-04-01"]),
    ("action_result.data.*.date_sent", "string", [], ["Wed, 01 Nov 2017 22:31:16 +0000"]),
    ("action_result.data.price", "string", [], []),
    ("action_result.data.error_message", "string", [], []),
    ("action_result.data.messaging_service_sid", "string", [], []),
    ("action_result.data.error_code", "string", [], []),
    ("action_result.summary.message_delivery_status", "string", [], ["delivered"]),
    ("action_result.data.*.price", "string", [], []),
    ("action_result.data.*.error_code", "string", [], []),
    ("action_result.data.*.error_message", "string", [], []),
    ("action_result.data.*.subresource_uris.feedback", "string", [], []),
    ("action_result.data.*.messaging_service_sid", "string", [], []),
]


def test_identity() -> None:
    identity = {
        "name": "Twilio",
        "publisher": "Splunk",
        "product_vendor": "Twilio",
        "product_name": "Twilio",
        "description": "This app integrates with Twilio for sending messages",
        "appid": "52806877-edb2-4d80-bf32-a6ca13c4b58f",
        "package_name": "phantom_twilio",
        "main_module": "twilio_connector.py",
        "type": "devops",
        "min_phantom_version": "4.9.39220",
        "product_version_regex": ".*",
        "python_version": "3.9, 3.13",
    }
    assert {field: MANIFEST[field] for field in identity} == identity


def test_the_configuration_variables_of_the_order_come_first() -> None:
    rows = [
        (name, "required" if row["required"] else "optional", row["data_type"], row["description"])
        for name, row in MANIFEST["configuration"].items()
    ]
    assert rows[: len(CONFIGURATION)] == CONFIGURATION
    assert {need for _, need, _, _ in rows[len(CONFIGURATION) :]} == {"optional"}


@for_each(
    "name, identifier, kind, read_only, description",
    [
        (
            "test connectivity",
            "test_connectivity",
            "test",
            True,
            "Validate the asset configuration for connectivity using supplied configuration",
        ),
        ("send message", "send_text", "generic", False, "Send an SMS Text"),
    ],
)
def test_the_actions(name: str, identifier: str, kind: str, read_only: bool, description: str) -> None:
    action = ACTIONS[name]
    assert (action["identifier"], action["type"], action["read_only"]) == (identifier, kind, read_only)
    assert action["description"] == description
    assert action["lock"] == {"enabled": False}


def test_each_action_is_in_the_app_and_each_of_the_app_is_here() -> None:
    assert [action["identifier"] for action in ACTIONS.values()] == list(APP_ACTIONS)


def test_each_parameter_has_its_output_row() -> None:
    def has_its_row(action: dict[str, Any], name: str) -> bool:
        rows = {row["data_path"]: row for row in action["output"]}
        row, parameter = rows.get(f"action_result.parameter.{name}", {}), action["parameters"][name]
        return [row.get(key) for key in ("data_type", "contains")] == [
            parameter.get(key) for key in ("data_type", "contains")
        ]

    parameters = [
        (action, name)
        for action, row in ACTIONS.items()
        if row["type"] not in ("test", "ingest")
        for name in row["parameters"]
    ]
    assert len(parameters) > len(ACTIONS)
    assert [(action, name) for action, name in parameters if not has_its_row(ACTIONS[action], name)] == []


def test_the_columns_run_without_a_gap() -> None:
    columns = {
        name: sorted(row["column_order"] for row in action["output"] if "column_order" in row)
        for name, action in ACTIONS.items()
    }
    assert columns == {name: list(range(len(orders))) for name, orders in columns.items()}


DEFAULTS: dict[str, dict[str, Any]] = {
    "ask question": {"responses": DEFAULT_RESPONSES},
    "call phone": {"timeout": DEFAULT_RINGING_S, "language": DEFAULT_LANGUAGE},
    "list messages": {"limit": DEFAULT_LIST_LIMIT},
}


def test_a_default_of_the_form_is_that_of_the_code() -> None:
    shown = {
        action: {name: ACTIONS[action]["parameters"][name]["default"] for name in defaults}
        for action, defaults in DEFAULTS.items()
    }
    assert shown == DEFAULTS


def test_a_default_of_the_asset_is_that_of_the_code() -> None:
    shown = {name: MANIFEST["configuration"][name]["default"] for name in ("timeout", "response_poll_interval")}
    assert shown == {"timeout": DEFAULT_TIMEOUT_MIN, "response_poll_interval": DEFAULT_POLL_INTERVAL_S}


@for_each(
    "fields, name, limits",
    [
        (MANIFEST["configuration"], "timeout", f"(0 to {MAX_TIMEOUT_MIN:.0f})"),
        (MANIFEST["configuration"], "response_poll_interval", f"(1 to {MAX_POLL_INTERVAL_S:.0f})"),
        (SEND["parameters"], "media_url", f"at most {MAX_MEDIA}"),
        (SEND["parameters"], "validity_period", f"({MIN_VALIDITY_S} to {MAX_VALIDITY_S})"),
        (ACTIONS["ask question"]["parameters"], "responses", f"at most {MAX_CHOICES}"),
        (ACTIONS["call phone"]["parameters"], "timeout", f"({MIN_RINGING_S} to {MAX_RINGING_S})"),
        (ACTIONS["list messages"]["parameters"], "limit", f"(1 to {MAX_LIST_LIMIT})"),
    ],
)
def test_a_limit_of_the_form_is_that_of_the_code(fields: dict[str, Any], name: str, limits: str) -> None:
    assert limits in fields[name]["description"]


def test_send_message_is_described_at_length() -> None:
    assert SEND["verbose"] == "Sends an SMS text to the specified Phone number."


def test_test_connectivity_has_neither_parameters_nor_output() -> None:
    assert (ACTIONS["test connectivity"]["parameters"], ACTIONS["test connectivity"]["output"]) == ({}, [])


def test_the_parameters_of_send_message_that_were_ordered_come_first() -> None:
    rows = [
        (name, row["description"], row["data_type"], row.get("contains", []))
        for name, row in SEND["parameters"].items()
    ]
    assert rows[: len(PARAMETERS)] == PARAMETERS
    required = [row["required"] for row in SEND["parameters"].values()]
    assert required == [True, True, False, False, False]


def test_the_output_rows_of_the_order_come_first() -> None:
    rows = [
        (row["data_path"], row["data_type"], row.get("contains", []), row.get("example_values", []))
        for row in SEND["output"]
    ]
    assert rows[: len(OUTPUT_ROWS)] == OUTPUT_ROWS


def test_the_table_shows_recipient_message_status_and_why() -> None:
    columns = sorted((row["column_order"], row["column_name"]) for row in SEND["output"] if "column_order" in row)
    assert [name for _, name in columns] == [
        "To Phone",
        "Message",
        "Delivery Status",
        "Status",
        "Outcome",
        "Explanation",
    ]


def test_order_numbers_run_without_a_gap() -> None:
    forms = {"configuration": MANIFEST["configuration"]}
    forms.update((name, action["parameters"]) for name, action in ACTIONS.items())
    orders = {name: [field["order"] for field in fields.values()] for name, fields in forms.items()}
    assert orders == {name: list(range(len(fields))) for name, fields in forms.items()}


@for_each("theme", ["logo", "logo_dark"])
def test_the_logos_are_svg_files_of_a_size(theme: str) -> None:
    root = ElementTree.parse(APP_DIR / MANIFEST[theme]).getroot()  # noqa: S314 our own file
    assert root.tag.endswith("svg")
    assert root.get("width")
    assert root.get("height")


def test_the_manifest_is_the_only_json_beside_the_app() -> None:
    assert [path.name for path in APP_DIR.glob("*.json")] == ["twilio.json"]


# --- the data paths against real results


def messages(harness: Harness, store: SoarStore) -> dict[str, list[dict[str, Any]]]:
    """Send, list, read and change messages of all kinds: of a service, with media, undelivered, from a person."""
    now, twilio = harness.clock.time(), harness.twilio
    everything = {"media_url": "https://example.com/map.png", "validity_period": 600, "from_phone": twilio.from_phone}
    delivered = harness.run("send message", {"to_phone": E164, "message": TEXT, **everything})
    twilio.outcomes[E164] = Outcome("undelivered", 0.0, 30003)
    undelivered = harness.send(E164, from_phone=SERVICE_SID)
    received = twilio.receive(E164, twilio.from_phone, TEXT, media=["https://example.com/a.png"], created=now - 60.0)
    window = {"start_time": "2020-01-01", "end_time": "2040-01-01"}
    runs = {"send message": [delivered, undelivered]}
    runs["get media"] = [harness.run("get media", {"message_sid": received.sid}, store=store)]
    everything = {"phone": E164, "direction": "all", "limit": 10, **window}
    runs["list messages"] = [harness.run("list messages", everything, store=store)]
    for action in ("get message", "redact message", "delete message"):
        runs[action] = [harness.run(action, {"message_sid": sid}) for sid in (undelivered.row["sid"], received.sid)]
    return {action: [run.json for run in each] for action, each in runs.items()}


def calls(harness: Harness) -> list[dict[str, Any]]:
    """Call somebody who presses 1, somebody who does not, and one whom Twilio does not call; and without a key."""
    call = {"to_phone": E164, "message": TEXT}
    harness.twilio.call_log.outcomes[E164] = CallOutcome(keys="1", key_after_s=4.0)
    harness.twilio.call_log.refusals["+15101110002"] = 21215
    people = (E164, "+15101110001", "+15101110002")
    runs = [harness.run("call phone", {**call, "to_phone": to, "acknowledge": True, "timeout": 5}) for to in people]
    return [run.json for run in (harness.run("call phone", call), *runs)]


@pytest.fixture(scope="module")
def runs() -> dict[str, list[dict[str, Any]]]:
    """Results of actions, which together show every field of them."""
    packages = {"phone": "+15102222345", "fields": ",".join(PACKAGES)}
    return {
        **messages(Harness(), SoarStore()),
        "call phone": calls(Harness()),
        "lookup phone": [Harness().run("lookup phone", packages).json],
    }


def found(path: str, run: dict[str, Any]) -> list[Any]:
    """The values that a playbook finds under a data path."""
    root, _, rest = path.partition(".")
    values: list[Any] = run["result_data"] if root == "action_result" else [run["result_summary"]]
    for key in rest.split("."):
        if key == "*":
            values = [item for value in values for item in value]
        else:
            values = [value[key] for value in values if isinstance(value, dict) and key in value]
    return values


# Twilio sends no such entry for a new message
ABSENT = {"action_result.data.*.subresource_uris.feedback"}
# The seed's rows that lead to nothing, since data is a list; playbooks may name them
UNSTARRED = {path for path in OUTPUT if re.fullmatch(r"action_result\.data\.[a-z_]+", path)}
# The seed has numbers under them as texts
NUMBERS = {"action_result.data.*.error_code"}
TYPES: dict[str, tuple[type, ...]] = {"string": (str,), "numeric": (int,)}


@pytest.mark.parametrize("action", ["send message", "list messages", "get message", "redact message", "delete message"])
def test_each_data_path_is_found_with_its_type(action: str, runs: dict[str, list[dict[str, Any]]]) -> None:
    wrong = {}
    for row in ACTIONS[action]["output"]:
        path = row["data_path"]
        values = [value for run in runs[action] for value in found(path, run) if value is not None]
        types = (*TYPES[row["data_type"]], *([int] if path in NUMBERS else []))
        if path not in UNSTARRED | ABSENT and not (values and all(isinstance(value, types) for value in values)):
            wrong[path] = values
    assert wrong == {}


# The other fields of a result are the platform's
OF_THE_APP = ("parameter", "data", "summary", "status", "message")


def leaves(value: Any, path: str) -> Iterator[str]:
    """The data paths of all values that hold no others."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, f"{path}.{name}")
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part, f"{path}.*")
    else:
        yield path


def test_everything_in_a_result_is_in_the_manifest(runs: dict[str, list[dict[str, Any]]]) -> None:
    for action, each in runs.items():
        paths = {row["data_path"] for row in ACTIONS[action]["output"]}
        results = [{name: result[name] for name in OF_THE_APP} for run in each for result in run["result_data"]]
        shown = {path for result in results for path in leaves(result, "action_result")}
        assert (action, shown - paths) == (action, set())


@for_each("action", ["list messages", "get message", "redact message", "delete message"])
def test_the_sid_of_a_message_leads_from_one_action_to_another(action: str) -> None:
    rows = [row for row in ACTIONS[action]["output"] if row["data_path"].endswith((".message_sid", "data.*.sid"))]
    assert rows
    assert all(row["contains"] == ["twilio message sid"] for row in rows)
