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
"""The sandbox at the command line, and the app's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.__main__ import main as sandbox
from tests.harness import TEXT, TO, Harness
from twilio_connector import main as connector


FAST = ["--after", "0.2"]


def test_send_shows_progress_as_it_comes_and_the_result_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert sandbox(["send", TO, TEXT, *FAST]) == 0
    out = capsys.readouterr().out
    assert out.index("Sending 1 segment (GSM-7) to +15101112345") < out.index('"result_data"')
    assert '"message": "Message delivery status: delivered"' in out


def test_the_exit_status_tells_a_failed_action(capsys: pytest.CaptureFixture[str]) -> None:
    assert sandbox(["send", TO, TEXT, "--outcome", "undelivered", "--error-code", "30003", *FAST]) == 1
    assert "Message delivery status: undelivered" in capsys.readouterr().out


def test_connectivity_presses_the_test_button(capsys: pytest.CaptureFixture[str]) -> None:
    assert sandbox(["connectivity", "--to", TO, *FAST]) == 0
    assert "Test Connectivity Passed" in capsys.readouterr().out


def test_the_form_refuses_a_missing_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert sandbox(["send", TO, ""]) == 2
    assert "lacks 'message'" in capsys.readouterr().err


def test_a_saved_input_runs_on_a_local_twilio(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "send.json"
    saved.write_text(json.dumps({"identifier": "send_text", "parameters": [{"to_phone": TO, "message": TEXT}]}))
    assert sandbox(["run", str(saved), *FAST]) == 0
    assert '"to_phone": "5101112345"' in capsys.readouterr().out


def test_real_credentials_are_used_and_announced_first(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable, value in {
        "TWILIO_ACCOUNT_SID": harness.twilio.account_sid,
        "TWILIO_AUTH_TOKEN": harness.twilio.auth_token,
        "TWILIO_FROM_PHONE": harness.twilio.from_phone,
        "TWILIO_BASE_URL": harness.twilio.base_url,
    }.items():
        monkeypatch.setenv(variable, value)
    assert sandbox(["send", TO, TEXT]) == 0
    assert capsys.readouterr().out.startswith("REAL TWILIO: account AC")
    assert len(harness.twilio.messages) == 1


def test_the_app_runs_a_saved_input_by_itself(
    harness: Harness, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "test.json"
    saved.write_text(json.dumps({"identifier": "test_connectivity", "config": harness.config, "parameters": [{}]}))
    assert connector([str(saved)]) == 0
    assert '"status": "success"' in capsys.readouterr().out


def test_the_app_tells_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert connector([]) == 2
    assert "TEST.json" in capsys.readouterr().err
