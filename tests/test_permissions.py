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
"""The README's table of what each action needs, held against a local Twilio with restricted keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox.soar import APP_DIR, load_manifest
from sandbox.twilio import CONTENT_SID, SERVICE_SID, WHATSAPP_SENDER, CallOutcome, File, Message
from tests.harness import E164, TEXT, TO, Harness


PREFIXES = {
    "messages": "twilio/messaging/",
    "messages.media": "twilio/messaging/",
    "calls": "twilio/voice/",
    "flows": "twilio/studio/",
    "executions": "twilio/studio/",
    "executions.context": "twilio/studio/",
    "phone-numbers": "twilio/lookup/",
}

Result = dict[str, Any]


def table() -> Iterator[tuple[str, set[str], list[str]]]:
    """Each action of the README's table, the hosts that it asks, and the permissions that it needs."""
    manual = (APP_DIR / "manual_readme_content.md").read_text(encoding="utf-8")
    section = manual.partition("### What each action needs\n")[2].partition("\n### ")[0]
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and "`" in cells[2]:
            hosts, permissions = (re.findall("`([^`]+)`", cell) for cell in cells[1:3])
            yield cells[0], set(hosts), [full(name) for name in permissions]


def full(name: str) -> str:
    """The whole name of a permission."""
    return PREFIXES[name.rpartition("/")[0]] + name


NEEDS = {action: permissions for action, _, permissions in table()}
HOSTS = {action: hosts for action, hosts, _ in table()}


def check_asset(harness: Harness) -> Result:
    """Press the test button of an asset whose sender is a service, and of one whose sender is a number."""
    harness.test_connectivity(from_phone=SERVICE_SID)
    return harness.test_connectivity().json


def act(harness: Harness, action: str, **parameters: Any) -> Result:
    """Run an action with its parameters."""
    return harness.run(action, parameters).json


def on_message(harness: Harness, action: str) -> Result:
    """Run an action on a message that was delivered a while ago."""
    message = harness.twilio.add_message(E164, TEXT, created=harness.clock.time() - 600.0)
    return act(harness, action, message_sid=message.sid)


def get_response(harness: Harness) -> Result:
    """Fetch the answer to a question of a while ago."""
    asked = harness.clock.time() - 600.0
    question = harness.twilio.add_message(E164, "Isolate?\nReply 4211 for yes, 4212 for no", created=asked)
    harness.twilio.receive(E164, harness.twilio.from_phone, "4211", created=asked + 60.0)
    return act(harness, "get response", question_id=question.sid)


def call(harness: Harness, *, acknowledge: bool) -> Result:
    """Call somebody who presses 1, cancel a call that rings and one that was answered, and call one who hangs up.

    The status is that of the first, and the message holds those of all. A conversation outlives its execution.
    """
    answers = (
        (CallOutcome(keys="1", key_after_s=3.0), None, 0.0),
        (CallOutcome(by_hand=True), 3.0, 0.0),
        (CallOutcome(hang_up_after_s=60.0), 8.0, 60.0),
        (CallOutcome(hang_up_after_s=4.0), None, 0.0),
    )
    runs = []
    for answer, cancelled_after_s, outlives_s in answers:
        harness.clock.advance(300.0)
        harness.twilio.call_log.outcome = answer
        harness.twilio.studio.settings.end_ends_call = not outlives_s
        harness.twilio.studio.settings.call_end_lag_s = outlives_s
        parameters = {"to_phone": TO, "message": TEXT, "acknowledge": acknowledge}
        runs.append(harness.run("call phone", parameters, cancelled_after_s=cancelled_after_s))
        assert not any(made.is_live for made in harness.twilio.calls[-1:]) or "70051" in runs[-1].message
    return {**runs[0].json, "message": " ".join(run.message for run in runs)}


def with_picture(harness: Harness) -> Message:
    """A text that somebody sent with a picture."""
    return harness.twilio.receive(E164, harness.twilio.from_phone, TEXT, media=[File(b"picture", "image/png")])


def on_poll_with_media(harness: Harness) -> Result:
    """Poll a text with a picture."""
    with_picture(harness)
    return harness.run("on poll", {}, save_media=True).json


def page(harness: Harness) -> Result:
    """Page somebody who takes it when called, after the text was read and not answered."""
    harness.twilio.call_log.outcome = CallOutcome(keys="1", key_after_s=3.0)
    return act(harness, "page on call", people=TO, message=TEXT, text_timeout=0.5)


RUNS: dict[str, Callable[[Harness], Result]] = {
    "test connectivity": check_asset,
    "send message": lambda harness: act(harness, "send message", to_phone=TO, message=TEXT),
    "send template": lambda harness: act(
        harness, "send template", to_phone=TO, content_sid=CONTENT_SID, from_phone=WHATSAPP_SENDER
    ),
    "ask question": lambda harness: act(harness, "ask question", to_phone=TO, question=TEXT, timeout=0),
    "get response": get_response,
    "list messages": lambda harness: act(harness, "list messages"),
    "get message": lambda harness: on_message(harness, "get message"),
    "redact message": lambda harness: on_message(harness, "redact message"),
    "delete message": lambda harness: on_message(harness, "delete message"),
    "get media": lambda harness: act(harness, "get media", message_sid=with_picture(harness).sid),
    "on poll": lambda harness: act(harness, "on poll"),
    "on poll with save_media": on_poll_with_media,
    "call phone": lambda harness: call(harness, acknowledge=False),
    "call phone with acknowledge": lambda harness: call(harness, acknowledge=True),
    "page on call": page,
    "lookup phone": lambda harness: act(harness, "lookup phone", phone=TO),
}


def run_with(action: str, permissions: list[str]) -> Result:
    """Run an action with a key that has just these permissions."""
    harness = Harness()
    harness.use_key(*permissions)
    return RUNS[action](harness)


def test_the_table_has_a_row_for_each_action() -> None:
    names = {action["action"] for action in load_manifest()["actions"]}
    assert {name.partition(" with ")[0] for name in NEEDS} == names
    assert NEEDS.keys() == RUNS.keys()


@pytest.mark.parametrize("action", NEEDS)
def test_with_just_its_permissions_an_action_works(action: str) -> None:
    run = run_with(action, NEEDS[action])
    assert run["status"] == "success"
    assert "70051" not in run["message"]


@pytest.mark.parametrize("action", HOSTS)
def test_an_action_asks_no_host_that_is_not_in_the_table(action: str) -> None:
    harness = Harness()
    RUNS[action](harness)
    asked = {str(urlsplit(call.url).hostname).removesuffix(".twilio.com") for call in harness.network.calls}
    assert asked <= HOSTS[action]


def test_a_page_needs_what_its_questions_and_calls_need() -> None:
    assert set(NEEDS["page on call"]) == {*NEEDS["ask question"], *NEEDS["call phone with acknowledge"]}


ONE_LESS = [(action, name) for action, names in NEEDS.items() if action != "page on call" for name in names]


@pytest.mark.parametrize(("action", "missing"), ONE_LESS)
def test_with_one_less_the_message_names_it(action: str, missing: str) -> None:
    run = run_with(action, [name for name in NEEDS[action] if name != missing])
    assert missing in run["message"]
