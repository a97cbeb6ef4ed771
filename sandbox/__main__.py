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
"""The sandbox at the command line: `python -m sandbox send NUMBER TEXT`, and more (see --help)."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.soar import FormError, run_action, run_input
from sandbox.twilio import LocalTwilio, Outcome


# Each configuration variable of the asset, and where real credentials for it may stand in the environment
_FROM_ENVIRONMENT = {
    "account_sid": "TWILIO_ACCOUNT_SID",
    "auth_token": "TWILIO_AUTH_TOKEN",
    "from_phone": "TWILIO_FROM_PHONE",
    "base_url": "TWILIO_BASE_URL",
    "to_phone": "TWILIO_TO_PHONE",
}
_NEEDED = ("account_sid", "auth_token", "from_phone")


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit status is 0 where the action succeeded."""
    args = _parser().parse_args(arguments)
    try:
        return int(args.command(args))
    except FormError as error:
        print(f"Refused by the form of the local SOAR: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="Runs the app on a local SOAR and a local Twilio. Where TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and "
        "TWILIO_FROM_PHONE are set, it talks to the real Twilio instead.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    send = commands.add_parser("send", help="send a message")
    send.add_argument("to", help="the recipient's phone number, as a person spells it")
    send.add_argument("message", help="the text")
    _add_ending(send)
    send.set_defaults(command=_send)

    connectivity = commands.add_parser("connectivity", help="press the asset's test button")
    connectivity.add_argument("--to", default="", help="to_phone of the asset: send a test message there")
    _add_ending(connectivity)
    connectivity.set_defaults(command=_connectivity)

    run = commands.add_parser("run", help="run the saved input JSON of an action; one without base_url runs locally")
    run.add_argument("input", type=Path)
    _add_ending(run)
    run.set_defaults(command=_run)

    twilio = commands.add_parser("twilio", help="serve the local Twilio alone, until Ctrl-C")
    twilio.add_argument("--port", type=int, default=0)
    _add_ending(twilio)
    twilio.set_defaults(command=_serve)
    return parser


def _add_ending(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--outcome", default="delivered", help="status that messages end with on the local Twilio")
    parser.add_argument("--error-code", type=int, help="their error code, such as 30003 with --outcome undelivered")
    parser.add_argument("--after", type=float, default=2.0, metavar="SECONDS", help="how long they take")


def _send(args: argparse.Namespace) -> int:
    with _asset(args) as config:
        return _show(run_action("send message", config, [_parameters(args)], progress=_print_progress))


def _connectivity(args: argparse.Namespace) -> int:
    with _asset(args) as config:
        if args.to:
            config["to_phone"] = args.to
        return _show(run_action("test connectivity", config, progress=_print_progress))


def _run(args: argparse.Namespace) -> int:
    in_json = json.loads(args.input.read_text(encoding="utf-8"))
    config = in_json.setdefault("config", {})
    if config.get("base_url"):
        return _show(run_input(in_json, progress=_print_progress))
    with _asset(args) as local:
        in_json["config"] = {**local, **config}
        return _show(run_input(in_json, progress=_print_progress))


def _serve(args: argparse.Namespace) -> int:
    with _local_twilio(args) as twilio:
        print("A local Twilio is up. For the asset form of the app:")
        for name, value in _config(twilio).items():
            print(f"  {name:<12} {value}")
        print("Ctrl-C ends it.", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()
    return 0


@contextmanager
def _asset(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """An asset of the real Twilio where the environment holds credentials, else one of a local Twilio."""
    real = {name: os.environ[variable] for name, variable in _FROM_ENVIRONMENT.items() if os.environ.get(variable)}
    if all(real.get(name) for name in _NEEDED):
        print(f"REAL TWILIO: account {real['account_sid']} from the environment; messages are sent and cost money")
        yield real
        return
    with _local_twilio(args) as twilio:
        print(f"Local Twilio at {twilio.base_url}; nothing leaves this machine")
        yield _config(twilio)


def _local_twilio(args: argparse.Namespace) -> LocalTwilio:
    return LocalTwilio(outcome=Outcome(args.outcome, args.after, args.error_code), port=getattr(args, "port", 0))


def _config(twilio: LocalTwilio) -> dict[str, Any]:
    return {
        "base_url": twilio.base_url,
        "account_sid": twilio.account_sid,
        "auth_token": twilio.auth_token,
        "from_phone": twilio.from_phone,
    }


def _parameters(args: argparse.Namespace) -> dict[str, str]:
    return {"to_phone": args.to, "message": args.message}


def _print_progress(line: str, is_kept: bool) -> None:
    print(f"  {line}" if is_kept else f"  … {line}", flush=True)


def _show(result: dict[str, Any]) -> int:
    print(json.dumps(result, indent=4))
    return 0 if result["status"] == "success" else 1


if __name__ == "__main__":
    sys.exit(main())
