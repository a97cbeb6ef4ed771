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
"""The sandbox at the command line, and the app's own.

Time is virtual, and the app reaches Twilio in memory, but for the tests of a process at the end.
"""

from __future__ import annotations

import hashlib
import json
import re
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import pytest
import requests

from sandbox import assets, command_line
from sandbox.assets import describe
from sandbox.command_line import main as sandbox
from sandbox.memory_transport import Network
from sandbox.soar import APP_DIR, load_manifest
from sandbox.twilio import (
    FROM_PHONE,
    KEY_SECRET,
    KEY_SID,
    SENDER_ID,
    SERVICE_SID,
    SHORT_CODE,
    WHATSAPP_SENDER,
    LocalTwilio,
)
from sandbox.virtual_time import VirtualClock, VirtualTimeLoop
from tests.harness import E164, TEXT, TO, Harness
from twilio_connector import TwilioConnector, as_json, main as connector


SEND = ["send", TO, TEXT]
INPUTS = APP_DIR / "sandbox" / "inputs"
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> VirtualClock:
    """The time of the local Twilio that a command serves, and of the app."""
    running = VirtualClock()

    def local(**options: Any) -> LocalTwilio:
        twilio = LocalTwilio(clock=running.time, sleep=running.advance, **options)
        lead(monkeypatch, Network(twilio, running))
        return twilio

    monkeypatch.setattr(assets, "LocalTwilio", local)
    monkeypatch.setattr(command_line, "time", SimpleNamespace(time=running.time, sleep=running.advance))
    return running


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> Harness:
    """A Twilio that no command serves."""
    made = Harness()
    lead(monkeypatch, made.network)
    return made


def lead(monkeypatch: pytest.MonkeyPatch, network: Network) -> None:
    """Let the app of a command run over this network, in virtual time."""
    monkeypatch.setattr(TwilioConnector, "new_transport", network.transport)
    monkeypatch.setattr(TwilioConnector, "new_event_loop", staticmethod(lambda: VirtualTimeLoop(network.clock)))
    monkeypatch.setattr(TwilioConnector, "time", staticmethod(network.clock.time))


def saved_input(folder: Path, **fields: Any) -> str:
    """Save the input JSON of "send message" with these fields, and return its path."""
    path = folder / "saved.json"
    in_json = {"identifier": "send_text", "parameters": [{"to_phone": TO, "message": TEXT}], **fields}
    path.write_text(json.dumps(in_json))
    return str(path)


# --- send, connectivity


def test_send_shows_progress_on_standard_error_and_the_result_alone_on_standard_output(capsys: Capture) -> None:
    assert sandbox(SEND) == 0
    shown = capsys.readouterr()
    result = json.loads(shown.out)
    assert (result["status"], result["message"]) == ("success", "Message delivery status: delivered")
    assert shown.err.startswith("Local Twilio at http://127.0.0.1:")
    assert "Sending 1 segment (GSM-7) to +15101112345" in shown.err


@pytest.mark.parametrize("options", [["--outcome", "undelivered", "--error-code", "30005"], ["--error-code", "30005"]])
def test_a_message_that_ends_undelivered_makes_the_exit_status_1(options: list[str], capsys: Capture) -> None:
    assert sandbox([*SEND, *options]) == 1
    (result,) = json.loads(capsys.readouterr().out)["result_data"]
    assert (result["data"][0]["status"], result["data"][0]["error_code"]) == ("undelivered", 30005)


@pytest.mark.parametrize("text", ["-urgent", "--outcome", "--", "-- 1", "\\0"])
def test_after_two_dashes_nothing_is_an_option(text: str, capsys: Capture) -> None:
    assert sandbox(["send", "--", TO, text]) == 0
    assert json.loads(capsys.readouterr().out)["result_data"][0]["data"][0]["body"] == text


def test_the_result_shows_letters_as_they_are(capsys: Capture) -> None:
    assert sandbox(["send", TO, "Grüße 🎃"]) == 0
    assert '"body": "Grüße 🎃"' in capsys.readouterr().out


@pytest.mark.parametrize(("text", "encoding"), [("Grüße", "ascii"), ("\ud83d", "utf-8")])
def test_a_letter_that_the_output_cannot_show_is_escaped(text: str, encoding: str) -> None:
    shown = as_json({"body": text}, encoding)
    assert shown.encode(encoding)
    assert json.loads(shown) == {"body": text}


def test_connectivity_presses_the_test_button(capsys: Capture) -> None:
    assert sandbox(["connectivity", "--to", TO]) == 0
    assert "Test Connectivity Passed" in capsys.readouterr().err


def test_the_form_refuses_a_missing_text(capsys: Capture) -> None:
    assert sandbox(["send", TO, ""]) == 2
    assert "lacks 'message'" in capsys.readouterr().err


# --- help, and what is refused


def test_help_shows_how_messages_end_undelivered_and_how_a_saved_input_is_run(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        sandbox(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "--outcome undelivered --error-code 30003" in shown
    assert "run sandbox/inputs/send_text.json" in shown


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([*SEND, "--outcome", "undeliverd"], "invalid choice: 'undeliverd'"),
        ([*SEND, "--out", "read"], "unrecognized arguments"),
        ([*SEND, "--error-code", "303"], "'303' is not an error code"),
        ([*SEND, "--after", "-1"], "'-1' is not a number of seconds"),
        ([*SEND, "--after", "inf"], "'inf' is not a number of seconds"),
        (["twilio", "--port", "99999"], "'99999' is not a port"),
        (["twilio", "--port", "-1"], "'-1' is not a port"),
        (["sned", TO, TEXT], "invalid choice: 'sned'"),
        ([], "COMMAND"),
    ],
)
def test_a_typo_is_refused_at_once(arguments: Sequence[str], says: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        sandbox(arguments)
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--answer", "maybe"], "'maybe' is none of the choices yes,no: the app would wait 10 minutes"),
        (["--answer", "yes", "--responses", "1,2"], "'yes' is none of the choices 1,2"),
        (["--answer", "yes", "--timeout", "0"], "nobody can --answer before the command ends"),
    ],
)
def test_an_answer_that_the_app_would_wait_after_is_refused(words: list[str], says: str, capsys: Capture) -> None:
    assert sandbox(["ask", TO, "Isolate?", *words]) == 2
    assert says in capsys.readouterr().err


def test_a_delivered_message_has_no_error_code(capsys: Capture) -> None:
    assert sandbox([*SEND, "--outcome", "delivered", "--error-code", "30003"]) == 2
    assert "a message that is delivered has none" in capsys.readouterr().err


# --- the phones in the browser


def test_the_phones_have_the_same_address_again_where_it_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalTwilio() as earlier:
        free = earlier.port
    monkeypatch.setattr(command_line, "PHONES_PORT", free)
    with command_line._serving(LocalTwilio(), with_phones=True) as first:
        assert first.port == free
        with command_line._serving(LocalTwilio(), with_phones=True) as second:
            assert second.port not in (0, free)


def test_on_a_terminal_a_line_that_passes_gives_way_to_the_next(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert sandbox(SEND) == 0
    shown = capsys.readouterr().err
    lines = [re.sub(r".*\r\x1b\[2K", "", line) for line in shown.split("\n")]
    assert "…" in shown
    assert [line for line in lines if "…" in line] == []


# --- run


@pytest.mark.parametrize("action", load_manifest()["actions"], ids=lambda action: action["identifier"])
def test_each_action_has_a_saved_input_that_runs(action: dict[str, Any], capsys: Capture) -> None:
    path = INPUTS / f"{action['identifier']}.json"
    assert path.exists(), f"save an input of '{action['action']}' that people can try, as {path}"
    assert json.loads(path.read_text())["identifier"] == action["identifier"]
    assert sandbox(["run", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["result_summary"]["total_objects_successful"] > 0


def test_no_saved_input_is_of_an_action_that_is_no_more() -> None:
    identifiers = {action["identifier"] for action in load_manifest()["actions"]}
    assert {path.stem for path in INPUTS.iterdir()} == identifiers


def test_a_saved_input_with_a_base_url_is_run_as_it_is(harness: Harness, tmp_path: Path, capsys: Capture) -> None:
    path = saved_input(tmp_path, config=harness.config)
    assert sandbox(["run", path]) == 0
    assert len(harness.twilio.messages) == 1
    assert capsys.readouterr().err.startswith(f"The asset is that of {path}, at {harness.config['base_url']}")


def test_the_credentials_of_a_saved_input_are_those_of_the_local_twilio(tmp_path: Path, capsys: Capture) -> None:
    account_sid = "AC" + "7" * 32
    path = saved_input(tmp_path, config={"account_sid": account_sid, "auth_token": "", "from_phone": "+15105550100"})
    assert sandbox(["run", path]) == 0
    shown = capsys.readouterr()
    (message,) = json.loads(shown.out)["result_data"][0]["data"]
    assert (message["account_sid"], message["from"]) == (account_sid, "+15105550100")
    assert f"The asset has account_sid, from_phone of {path}; the rest leads to the Twilio above" in shown.err


def test_the_key_of_a_saved_input_is_one_of_the_local_twilio(tmp_path: Path, capsys: Capture) -> None:
    config = {"api_sid": "SK" + "7" * 32, "auth_token": "7" * 32}
    assert sandbox(["run", saved_input(tmp_path, config=config)]) == 0
    assert json.loads(capsys.readouterr().out)["message"] == "Message delivery status: delivered"


def test_a_scenario_that_cannot_be_understood_is_refused(tmp_path: Path, capsys: Capture) -> None:
    assert sandbox(["run", saved_input(tmp_path, local_twilio={"mesages": []})]) == 2
    assert "local_twilio has 'mesages'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read: No such file or directory"),
        ("Happy Halloween", "is not JSON: Expecting value"),
        ("", "is not JSON: Expecting value"),
        ("\xff", "is not JSON: "),
        ("[]", "is not the input of an action"),
        ("{}", "is not the input of an action"),
        ('"send_text"', "is not the input of an action"),
        ('{"identifier": ""}', "is not the input of an action"),
        ('{"identifier": "send_text", "config": []}', "is not the input of an action"),
        ('{"identifier": "send_text", "parameters": {}}', "is not the input of an action"),
        ('{"identifier": "send_text", "parameters": ["5101112345"]}', "is not the input of an action"),
    ],
)
def test_a_file_that_is_no_input_is_refused_in_one_sentence(
    content: str | None, says: str, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "saved.json"
    if content is not None:
        path.write_bytes(content.encode("latin-1"))
    for main, arguments in ((sandbox, ["run", str(path)]), (connector, [str(path)])):
        assert main(arguments) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err.startswith(f"{path} {says}")
        assert len(shown.err.splitlines()) == 1


# --- the real Twilio


def export(monkeypatch: pytest.MonkeyPatch, harness: Harness) -> None:
    """Let the environment name the harness's Twilio as the real one."""
    for name, value in harness.config.items():
        monkeypatch.setenv(f"TWILIO_{name.upper()}", value)


def test_real_credentials_are_used_and_announced_first(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    export(monkeypatch, harness)
    assert sandbox(SEND) == 0
    assert capsys.readouterr().err.startswith("REAL TWILIO: account AC")
    assert len(harness.twilio.messages) == 1


@pytest.mark.parametrize("missing", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM_PHONE"])
def test_two_of_the_three_credentials_are_refused_and_the_third_is_named(
    missing: str, harness: Harness, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    export(monkeypatch, harness)
    monkeypatch.delenv(missing)
    assert sandbox(SEND) == 2
    assert capsys.readouterr().err.startswith(f"Not set in the environment: {missing}.")
    assert harness.twilio.requests == []


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ([*SEND, "--outcome", "sent"], "--outcome"),
        ([*SEND, "--error-code", "30003"], "--error-code"),
        (["ask", "--answer", "yes", TO, TEXT], "--answer"),
        (["call", "--key", "1", TO, TEXT], "--key"),
    ],
)
def test_what_only_the_local_twilio_can_do_is_refused_with_a_real_one(
    words: list[str], option: str, harness: Harness, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    export(monkeypatch, harness)
    assert sandbox(words) == 2
    assert capsys.readouterr().err.startswith(f"{option} is for the local Twilio alone, and the environment names")
    assert harness.twilio.requests == []


def test_the_scenario_of_a_saved_input_is_left_out_with_a_real_one(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    export(monkeypatch, harness)
    assert sandbox(["run", saved_input(tmp_path, local_twilio={"replies": {}})]) == 0
    assert "local_twilio of" in capsys.readouterr().err
    assert len(harness.twilio.messages) == 1


def test_a_saved_input_never_mixes_its_credentials_with_those_of_the_environment(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    export(monkeypatch, harness)
    assert sandbox(["run", saved_input(tmp_path, config={"account_sid": "AC" + "7" * 32})]) == 2
    assert "has account_sid, and the environment names another asset" in capsys.readouterr().err
    assert harness.twilio.requests == []


# --- Ctrl-C


def press_ctrl_c() -> None:
    """Do what Python does at a SIGINT."""
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ([*SEND, "--outcome", "sent"], "accepted"),
        (["call", TO, TEXT], "is being called"),
        (["call", "--acknowledge", "no", TO, TEXT], "ringing"),
    ],
)
def test_an_interrupted_command_ends_in_one_line(
    words: list[str], until: str, clock: VirtualClock, capsys: Capture
) -> None:
    clock.call_later(20.0, press_ctrl_c)
    assert sandbox(words) == 130
    shown = capsys.readouterr()
    assert until in shown.err
    assert shown.err.endswith("\nInterrupted.\n")
    assert "What Twilio accepted" not in shown.err
    assert shown.out == ""


def test_an_interrupted_command_at_another_twilio_says_that_messages_go_on(
    harness: Harness, tmp_path: Path, capsys: Capture
) -> None:
    harness.clock.call_later(0.5, press_ctrl_c)
    assert sandbox(["run", saved_input(tmp_path, config=harness.config)]) == 130
    assert capsys.readouterr().err.endswith("\nWhat Twilio accepted before goes on all the same.\n\nInterrupted.\n")


def test_ctrl_c_while_a_command_is_being_imported_ends_it_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capfd: Capture
) -> None:
    class Interrupting:
        """A finder of modules that is interrupted."""

        @staticmethod
        def find_spec(name: str, *more: object) -> None:
            if name == "sandbox.command_line":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "sandbox.command_line")
    monkeypatch.setattr(sys, "meta_path", [Interrupting, *sys.meta_path])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("sandbox", run_name="__main__")
    assert ended.value.code == 130
    assert capfd.readouterr().err == "\nInterrupted.\n"


# --- the app's own command line


def test_the_app_runs_a_saved_input_by_itself(harness: Harness, tmp_path: Path, capsys: Capture) -> None:
    path = saved_input(tmp_path, config=harness.config)
    assert connector([path]) == 0
    assert '"status": "success"' in capsys.readouterr().out


def test_the_app_says_how_it_is_called(capsys: Capture) -> None:
    assert connector([]) == 2
    assert "TEST.json" in capsys.readouterr().err


def test_help_of_the_app_says_how_it_is_called(capsys: Capture) -> None:
    assert connector(["--help"]) == 0
    assert "TEST.json" in capsys.readouterr().out


def test_an_asset_of_each_kind_is_printed() -> None:
    lines = "\n".join(describe(LocalTwilio()))
    for value in (SERVICE_SID, SHORT_CODE, SENDER_ID, WHATSAPP_SENDER, FROM_PHONE, KEY_SID, KEY_SECRET):
        assert value in lines


def test_ask_is_answered_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert sandbox(["ask", "--answer", "yes", TO, "Isolate host WS-0417?"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["result_data"][0]["summary"]["response"] == "yes"


def test_ask_says_where_to_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert sandbox(["ask", "--timeout", "1", TO, "Isolate host WS-0417?"]) == 1
    assert "Answer at the phone in the browser: http://127.0.0.1:" in capsys.readouterr().err


def test_ask_that_does_not_wait_names_no_phone_that_would_be_gone(capsys: Capture) -> None:
    assert sandbox(["ask", "--timeout", "0", TO, "Isolate host WS-0417?"]) == 0
    assert "in the browser" not in capsys.readouterr().err


def test_ask_that_does_not_wait_takes_no_answer(capsys: Capture) -> None:
    assert sandbox(["ask", "--timeout", "0", "--answer", "yes", TO, "Isolate host WS-0417?"]) == 2
    assert "--timeout 0 asks and does not wait" in capsys.readouterr().err


def test_a_question_without_a_receipt_is_answered_too(capsys: Capture) -> None:
    assert sandbox(["ask", "--outcome", "sent", "--answer", "yes", TO, "Isolate host WS-0417?"]) == 0
    assert json.loads(capsys.readouterr().out)["result_data"][0]["summary"]["response"] == "yes"


# --- call


def called(capsys: Capture) -> tuple[str, str]:
    """Status of the action, and its outcome."""
    (result,) = json.loads(capsys.readouterr().out)["result_data"]
    return result["status"], result["summary"]["outcome"]


def test_call_is_answered_and_acknowledged_by_itself(capsys: Capture) -> None:
    assert sandbox(["call", "--key", "1", TO, TEXT]) == 0
    assert called(capsys) == ("success", "acknowledged")


def test_a_wrong_key_may_be_followed_by_the_right_one(capsys: Capture) -> None:
    assert sandbox(["call", "--key", "21", TO, "Up"]) == 0
    assert called(capsys) == ("success", "acknowledged")


def test_call_shows_its_attempts(capsys: Capture) -> None:
    assert sandbox(["call", "--key", "decline", "--attempts", "2", TO, TEXT]) == 1
    assert ", call 2 of 2" in capsys.readouterr().err


def test_a_call_is_declined_by_itself(capsys: Capture) -> None:
    assert sandbox(["call", "--key", "decline", TO, TEXT]) == 1
    assert called(capsys) == ("failed", "not_answered")


def test_a_call_without_acknowledgement_is_answered(capsys: Capture) -> None:
    assert sandbox(["call", "--acknowledge", "no", "--key", "1", TO, "Up"]) == 0
    assert called(capsys) == ("success", "answered")


def test_a_page_to_nobody_is_not_begun(capsys: Capture) -> None:
    assert sandbox(["page", "5101112345, Ann", TEXT]) == 2
    assert "'Ann' is not a phone number" in capsys.readouterr().err


@pytest.mark.parametrize("key", ["1111", "x", "-1", "Voicemail"])
def test_what_is_no_key_of_a_phone_is_refused(key: str, capsys: Capture) -> None:
    assert sandbox(["call", f"--key={key}", TO, TEXT]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(f"{key!r} is not one to three keys of a phone (0 1 2")
    assert shown.out == ""


def test_call_says_where_to_answer_and_rings_until_somebody_does(clock: VirtualClock, capsys: Capture) -> None:
    def decline() -> None:
        (url,) = re.findall("Answer at the phone in the browser: (.+)", capsys.readouterr().err)
        page = requests.get(url, timeout=5).text
        (sid,) = re.findall('name="sid" value="(CA[0-9a-f]{32})"', page)
        assert re.search("for [0-9]{2} s more", page)
        requests.post(f"{url}/call", data={"sid": sid, "act": "decline"}, timeout=5)

    clock.call_later(60.0, decline)
    assert sandbox(["call", TO, TEXT]) == 1
    assert json.loads(capsys.readouterr().out)["result_data"][0]["summary"]["call_status"] == "busy"


def test_page_says_where_to_take_the_alert(clock: VirtualClock, capsys: Capture) -> None:
    def take() -> None:
        (url,) = re.findall("Answer at the phone in the browser: (.+)", capsys.readouterr().err)
        requests.post(f"{url}/send", data={"person": E164, "to": FROM_PHONE, "text": "take it"}, timeout=5)

    clock.call_later(20.0, take)
    assert sandbox(["page", f"{TO}, +442079460958", TEXT]) == 0
    assert json.loads(capsys.readouterr().out)["result_data"][0]["summary"]["taken_by"] == E164


# --- poll

PIXEL = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"


def test_poll_shows_what_becomes_of_a_picture_that_a_phone_sends(clock: VirtualClock, capsys: Capture) -> None:
    printed: list[str] = []
    stored: list[bytes] = []

    def send_picture() -> None:
        printed.extend(capsys.readouterr().out.splitlines())
        url = printed.pop(0).split()[-1]
        form = {"person": E164, "to": FROM_PHONE, "text": "Is this you? bit.ly/3xYz_"}
        requests.post(f"{url}/send", data=form, files={"picture": ("a.gif", PIXEL, "image/gif")}, timeout=5)

    def end() -> None:
        printed.extend(capsys.readouterr().out.splitlines())
        (path,) = (line.rpartition(": ")[0].split(" at ")[1] for line in printed if line.startswith("  File"))
        stored.append(Path(path).read_bytes())
        press_ctrl_c()

    clock.call_later(5.0, send_picture)
    clock.call_later(15.0, end)
    assert sandbox(["poll"]) == 0
    ends, first, nothing, said, container, text, media, file, nothing_more = printed
    assert ends == "Ctrl-C ends it."
    assert first.startswith("0 texts ingested. No earlier poll has left a state")
    assert (nothing, nothing_more) == ("0 texts ingested.", "0 texts ingested.")
    assert said == "1 text ingested. Files saved into the vault: 1."
    assert container == f"  Container 1: SMS from {E164}: Is this you? bit.ly/3xYz_"
    assert text.startswith("  Artifact 1 of container 1: Text message {")
    assert media.startswith("  Artifact 2 of container 1: Media {")
    of_text, of_media = (json.loads(line[line.index("{") :]) for line in (text, media))
    assert (of_text["requestURL"], of_text["numMedia"]) == ("bit.ly/3xYz_", "1")
    assert (of_media["fileHashSha256"], of_media["mimeType"]) == (hashlib.sha256(PIXEL).hexdigest(), "image/gif")
    assert file.startswith(f"  File 1 of container 1, {len(PIXEL)} bytes at /")
    assert file.endswith(f": {of_media['fileName']}")
    assert stored == [PIXEL]


# --- processes, in real time


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A command as a process of its own, which ends with the test whatever becomes of it."""
    command = [sys.executable, "-u", "-m", "sandbox", *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=APP_DIR, text=True, stdin=pipe, stdout=pipe, stderr=pipe) as process:  # noqa: S603
        try:
            yield process
        finally:
            process.kill()


def lines_before(last: str, output: IO[str]) -> list[str]:
    """Read the lines of a process up to a certain one, without it; fails where the process ends before."""
    lines: list[str] = []
    for line in output:
        if line == last:
            return lines
        lines.append(line)
    raise AssertionError(f"{last!r} did not come after {lines}")


def test_the_phones_are_served_while_what_is_typed_is_sent_and_ctrl_c_ends_them() -> None:
    with started("phone", "--after", "0.1") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().split()[-1]
        process.stdin.write(f"{TO} {TEXT}\n{TO}\ncall {TO}\ncall {TO} {TEXT}\n")
        process.stdin.flush()
        lines = lines_before(f"  … {E164}: is being called\n", process.stderr)
        assert "Result: success. Message delivery status: delivered\n" in lines
        for words in (TO, f"call {TO}"):
            assert f"'{words}' has no text: type a phone number, a blank and a text.\n" in lines
        assert TEXT in requests.get(url, timeout=5).text
        time.sleep(0.1)  # until the command waits: Python drops a Ctrl-C that meets it in a callback of its own
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")


def test_a_port_in_use_is_refused(capsys: Capture) -> None:
    with LocalTwilio() as other:
        assert sandbox(["twilio", "--port", str(other.port)]) == 2
    assert capsys.readouterr().err == f"Port {other.port} cannot be used: Address already in use\n"
