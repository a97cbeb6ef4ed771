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
"""Inputs that assets and playbooks of earlier versions hand over: all that those branch on is as it was.

`saved_inputs/VERSION/NAME.json` is an input as the platform passed it to that version; it is run as it is, but at the
local Twilio. `NAME.result.json` is what that version itself made of it, in the same circumstances.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sandbox.soar import load_manifest, run_input
from sandbox.twilio import CallOutcome, Outcome
from tests.harness import Harness
from twilio_connector import TwilioConnector


INPUTS = Path(__file__).parent / "saved_inputs"

# What the app advises after an error, which may be said better from version to version
ADVICE = re.compile(r"(?<=\}) .*|(?<=\.) Give .*")
# What differs from run to run
SID = re.compile(r"\bSM[0-9a-f]{32}")
OF_ONE_RUN = ("sid", "uri", "subresource_uris", "date_created", "date_updated", "date_sent")


def names(version: str) -> list[str]:
    """The inputs of a version."""
    return sorted(path.stem for path in (INPUTS / version).glob("*.json") if ".result" not in path.name)


def read(version: str, name: str) -> dict[str, Any]:
    """What was saved under a name."""
    return dict(json.loads((INPUTS / version / f"{name}.json").read_text(encoding="utf-8")))


def run(version: str, name: str) -> tuple[dict[str, Any], list[str]]:
    """Run a saved input as it is, and return the result JSON and the progress lines.

    One of the people is out of reach, one's carrier sends no receipts, one texted STOP, and one presses 1 in a call.
    """
    harness = Harness()
    harness.twilio.call_log.outcomes["+15103334444"] = CallOutcome("busy")
    harness.twilio.call_log.outcomes["+15101112346"] = CallOutcome(keys="1")
    harness.twilio.outcomes["+15103334444"] = Outcome("undelivered", 1.0, 30003)
    harness.twilio.outcomes["+15105556666"] = Outcome("sent", 1.0)
    harness.twilio.unsubscribed.add("+15107778888")
    in_json = read(version, name)
    app = harness.network.prepare(TwilioConnector(), Random(0))
    return run_input(in_json, connector=app), app.progress_lines


def gist(message: str) -> str:
    """A message without what differs from run to run, and without advice."""
    return ADVICE.sub("", SID.sub("SM…", message))


def found(path: str, results: list[dict[str, Any]]) -> list[Any]:
    """The values that a playbook finds under a data path of the form action_result.data.*.NAME."""
    names_of_keys = path.split(".")[3:]
    values = [row for result in results for row in result["data"]]
    for name in names_of_keys:
        values = [value[name] for value in values if name in value]
    return values


# --- 2.0.3: what its README promised


@pytest.mark.parametrize("name", names("2.0.3"))
def test_an_asset_of_2_0_3_names_what_the_form_of_today_asks_for(name: str) -> None:
    needed = {key for key, row in load_manifest()["configuration"].items() if row["required"]}
    assert needed <= read("2.0.3", name)["config"].keys()


@pytest.mark.parametrize("name", ["test_connectivity", "test_connectivity_with_to_phone"])
def test_an_asset_of_2_0_3_passes_its_test(name: str) -> None:
    result, progress = run("2.0.3", name)
    assert result["status"] == "success"
    assert progress[-1] == "Test Connectivity Passed"


def test_a_message_of_2_0_3_is_delivered() -> None:
    result, _ = run("2.0.3", "send_message")
    (one,) = result["result_data"]
    assert (one["status"], one["message"]) == ("success", "Message delivery status: delivered")
    assert one["summary"]["message_delivery_status"] == "delivered"
    assert one["parameter"] == {"to_phone": "5101112345", "message": "Happy Halloween to GV"}
    assert result["result_summary"] == {"total_objects": 1, "total_objects_successful": 1}


def test_every_data_path_of_2_0_3_is_found() -> None:
    result, _ = run("2.0.3", "send_message")
    for path, value in {
        "action_result.data.*.body": "Happy Halloween to GV",
        "action_result.data.*.status": "delivered",
        "action_result.data.*.direction": "outbound-api",
        "action_result.data.*.from": "+15101281337",
        "action_result.data.*.to": "+15101112345",
        "action_result.data.*.account_sid": "AC0123456789abcdef0123456789abcdef",
        "action_result.data.*.num_segments": "1",
        "action_result.data.*.num_media": "0",
        "action_result.data.*.price_unit": "USD",
        "action_result.data.*.api_version": "2010-04-01",
        "action_result.data.*.error_code": None,
        "action_result.data.*.error_message": None,
        "action_result.data.*.messaging_service_sid": None,
    }.items():
        assert found(path, result["result_data"]) == [value], path
    for path in ("sid", "uri", "date_created", "date_updated", "date_sent", "price", "subresource_uris.media"):
        (value,) = found(f"action_result.data.*.{path}", result["result_data"])
        assert isinstance(value, str), path


def test_a_playbook_of_2_0_3_that_writes_to_several_people_branches_on_each_result() -> None:
    result, _ = run("2.0.3", "send_message_to_several")
    rows = [(one["status"], one["summary"].get("message_delivery_status")) for one in result["result_data"]]
    assert rows == [("success", "delivered"), ("failed", "undelivered"), ("success", "sent"), ("failed", None)]
    assert result["result_summary"] == {"total_objects": 4, "total_objects_successful": 2}
    assert result["status"] == "success"


def test_an_error_from_the_server_reads_as_in_2_0_3() -> None:
    result, _ = run("2.0.3", "send_message_to_a_wrong_base_url")
    (one,) = result["result_data"]
    head, _, body = one["message"].partition(" Data from server: ")
    error, _ = json.JSONDecoder().raw_decode(body)
    assert (one["status"], head) == ("failed", "Error from server. Status Code: 404")
    assert (error["code"], error["status"]) == (20404, 404)


# --- 2.1.0: what it made of the same input


@pytest.mark.parametrize("name", names("2.1.0"))
def test_a_result_is_that_of_2_1_0_but_for_advice_and_what_is_new(name: str) -> None:
    before, now = read("2.1.0", f"{name}.result"), run("2.1.0", name)[0]
    for field in ("identifier", "action", "status", "result_summary"):
        assert now[field] == before[field]
    assert gist(now["message"]) == gist(before["message"])
    assert len(now["result_data"]) == len(before["result_data"])
    for one, other in zip(now["result_data"], before["result_data"]):
        assert (one["status"], gist(one["message"])) == (other["status"], gist(other["message"]))
        assert one["parameter"] == other["parameter"]
        assert one["summary"].items() >= other["summary"].items()
        assert len(one["data"]) == len(other["data"])
        for row, old_row in zip(one["data"], other["data"]):
            assert {key: row[key] for key in old_row if key not in OF_ONE_RUN} == {
                key: value for key, value in old_row.items() if key not in OF_ONE_RUN
            }
            assert {key: type(row[key]) for key in OF_ONE_RUN} == {key: type(old_row[key]) for key in OF_ONE_RUN}


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("test_connectivity", "Test Connectivity Passed"),
        ("test_connectivity_with_to_phone", "Test Connectivity Passed"),
        ("test_connectivity_that_is_not_delivered", "Test Connectivity Failed"),
    ],
)
def test_the_test_button_ends_with_the_line_of_2_1_0(name: str, last: str) -> None:
    assert run("2.1.0", name)[1][-1] == last


# --- 2.2.0: the whole result, to the letter

# What differs from run to run: SIDs, dates, and the codes of a question, which have four digits now
OF_ONE_RUN_OF_2_2_0 = re.compile(
    r"\b[A-Z]{2}[0-9a-f]{32}\b|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} \+0000|"
    r"[0-9-]{10}T[0-9:]{8}Z|\b[0-9]{3,4}(?= for )"
)
# What 2.3.0 does in another way: the flow of a call with acknowledge, and how long it speaks
NEW_FLOW = ("execution", "execution_context", "duration")
FIRST_POLL = " No earlier poll has left a state, so this one began with the last 24 hours."  # was not told


def lasting(result: dict[str, Any]) -> Any:
    """A result without what differs from run to run, or is new in 2.3.0."""
    for row in (row for one in result["result_data"] for row in one["data"] if "execution" in row):
        for name in NEW_FLOW:
            row[name] = type(row[name]).__name__
    return json.loads(OF_ONE_RUN_OF_2_2_0.sub("…", json.dumps(result).replace(FIRST_POLL, "")))


@pytest.mark.parametrize("name", names("2.2.0"))
def test_the_whole_result_is_that_of_2_2_0(name: str) -> None:
    assert lasting(run("2.2.0", name)[0]) == lasting(read("2.2.0", f"{name}.result"))
