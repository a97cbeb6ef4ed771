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
"""The commands of the sandbox: send, ask, call, page, poll, connectivity, run, twilio, phone.

Progress goes to standard error, and the result JSON alone to standard output; "poll" lists there what it saved. The
exit status is 0 where the action succeeded, 1 where it failed, 2 where it was not started, and 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.assets import CREDENTIALS, CommandError, describe, local_asset, local_twilio, phone_url, real_asset
from sandbox.scenario import FAILURES, KEY as SCENARIO, STATUSES, ScenarioError, scenario
from sandbox.soar import FormError, SoarStore, poll, run_action, run_input
from sandbox.twilio import CallOutcome, LocalTwilio, Outcome
from sandbox.twilio.call import KEYS
from sandbox.twilio.server import PortError
from twilio_api.phone_number import to_e164
from twilio_api.values import WrongValue, parts_of
from twilio_connector import as_json, read_input
from twilio_consts import MAX_CALL_ATTEMPTS


DELIVERED, UNDELIVERED = "delivered", "undelivered"
INTERRUPTED = 130

# What somebody who is called may do instead of pressing a key: fields of CallOutcome
REACTIONS: dict[str, dict[str, Any]] = {
    "voicemail": {"answered_by": "machine_start"},
    "decline": {"status": "busy", "after_s": 1.0},
    "no-answer": {"status": "no-answer"},
}
LAST_POLL_S = 1.5  # for the page in the browser to show what came last, such as who has taken an alert
BY_HAND_RINGING_S = 120  # time to open the page
WAITING_MIN = 10.0  # for an answer at the phone in the browser
PHONES_PORT = 8417  # where it is free, so that a page that is open shows the next run, too
_CLEAR_LINE = "\r\x1b[2K"

_DESCRIPTION = """\
Runs the app on a local SOAR and a local Twilio. Where TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM_PHONE are
set in the environment, it talks to the real Twilio instead, and says so first.
"""
_EXAMPLES = """\
examples:
  python -m sandbox send "(510) 111-2345" "Happy Halloween to GV"
  python -m sandbox send -- 5101112345 "-a text that begins with a dash"
  python -m sandbox send --outcome undelivered --error-code 30003 5101112345 "a message that is not delivered"
  python -m sandbox send --outcome sent 5101112345 "a message without a receipt: followed for a minute"
  python -m sandbox ask 5101112345 "Isolate host WS-0417?"
  python -m sandbox ask --answer yes 5101112345 "Isolate host WS-0417?"
  python -m sandbox call 5101112345 "The mail gateway is down"
  python -m sandbox call --key 1 5101112345 "The mail gateway is down"
  python -m sandbox poll
  python -m sandbox page 5101110001,5101110002,5101110003 "Ransomware on DC-01"
  python -m sandbox connectivity --to 5101112345
  python -m sandbox run sandbox/inputs/send_text.json
  python -m sandbox twilio --port 8080
  python -m sandbox phone

COMMAND --help shows the options of a command. The result JSON alone goes to standard output, progress to standard
error. Exit status: 0 the action succeeded, 1 it failed, 2 it was not started, 130 interrupted.
"""
_PORT_HELP = f"0 to 65535, where 0 is any free one (default: {PHONES_PORT}, or any free one)"
# Marks a word after "--", so that argparse takes none of them for an option, not even another "--".
# No word of a command line can hold this character itself.
_TAKEN_AS_IT_IS = "\0"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if "--" in words:
        at = words.index("--")
        words[at:] = [_TAKEN_AS_IT_IS + word for word in words[at + 1 :]]
    args = _parser().parse_args(words)
    try:
        return int(args.command(args))
    except FormError as error:
        _say(f"Refused by the form of the local SOAR: {error}")
    except (CommandError, ScenarioError) as error:
        _say(str(error))
    except KeyboardInterrupt:
        _say("\nInterrupted.")
        return INTERRUPTED
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="name")

    send = commands.add_parser("send", help="send a message", allow_abbrev=False)
    send.add_argument("to", type=_as_it_is, help="the recipient's phone number, as a person spells it")
    send.add_argument("message", type=_as_it_is, help="the text")
    _add_outcome(send)
    send.set_defaults(command=_send)

    ask = commands.add_parser(
        "ask",
        help="ask a question, which is answered at the phone in the browser",
        description="Asks a question and waits for the answer, which is given at the phone of the person in the "
        "browser; with --answer the person answers without it.",
        allow_abbrev=False,
    )
    ask.add_argument("to", type=_as_it_is, help="the phone number of the person, as a person spells it")
    ask.add_argument("question", type=_as_it_is, help="the question")
    ask.add_argument("--responses", default="yes,no", help="the choices, separated by commas (default: yes,no)")
    ask.add_argument("--timeout", type=_minutes, metavar="MINUTES", help="how long to wait (default: 10)")
    ask.add_argument("--answer", default="", help="what the person answers without the browser, such as yes")
    _add_outcome(ask)
    ask.set_defaults(command=_ask)

    call = commands.add_parser(
        "call",
        help="call somebody, who answers and presses a key at the phone in the browser",
        description="Calls somebody, and waits for the key 1. The call rings at the phone of the person in the "
        "browser; with --key the person answers and presses that key without it. With --attempts, the person is "
        "called again where nobody answered, voicemail did, or nobody pressed 1.",
        allow_abbrev=False,
    )
    call.add_argument("to", type=_as_it_is, help="the phone number of the person, as a person spells it")
    call.add_argument("message", type=_as_it_is, help="the text that is spoken")
    call.add_argument(
        "--key",
        default="",
        help=f"the key that the person presses without the browser, such as 1, or up to three, such as 21 (the second "
        f"one when asked again); or {', '.join(REACTIONS)}",
    )
    call.add_argument(
        "--attempts",
        type=int,
        choices=range(1, MAX_CALL_ATTEMPTS + 1),
        default=1,
        metavar="N",
        help="how often the person is called at the most (default: 1)",
    )
    call.add_argument(
        "--acknowledge",
        choices=("yes", "no"),
        default="yes",
        help="whether the person has to press 1, or just listens (default: yes)",
    )
    call.set_defaults(command=_call, outcome=None, error_code=None, after=0.0)

    polls = commands.add_parser(
        "poll",
        help="show what becomes of texts and pictures that are sent from the phones in the browser",
        description="Polls again and again, until Ctrl-C, and shows each container, artifact and file of the vault "
        "that is made of the texts and pictures that people send from the phones in the browser.",
        allow_abbrev=False,
    )
    polls.add_argument(
        "--every", type=_seconds, default=2.0, metavar="SECONDS", help="how long to wait between two polls (default: 2)"
    )
    polls.set_defaults(command=_poll, outcome=None, error_code=None, after=0.0)

    page = commands.add_parser(
        "page",
        help="page people on call, one of whom takes the alert at their phone in the browser",
        description="Pages people on call one after the other, by text and by call, until somebody takes the alert at "
        "their phone in the browser: by a reply, or by the key 1.",
        allow_abbrev=False,
    )
    page.add_argument("people", type=_as_it_is, help="their phone numbers in order, separated by commas")
    page.add_argument("message", type=_as_it_is, help="the alert")
    page.add_argument(
        "--text-timeout", type=_minutes, default=1.0, metavar="MINUTES", help="from a text to the call (default: 1)"
    )
    _add_outcome(page)
    page.set_defaults(command=_page)

    connectivity = commands.add_parser("connectivity", help="press the test button of the asset", allow_abbrev=False)
    connectivity.add_argument("--to", default="", help="to_phone of the asset: send a test message there")
    _add_outcome(connectivity)
    connectivity.set_defaults(command=_connectivity)

    run = commands.add_parser(
        "run",
        help="run the saved input JSON of an action",
        description="Runs the saved input JSON of an action. Where its config has a base_url, it is run as it is. "
        "Otherwise what its config lacks is that of the real Twilio or of a local one, as for the other commands; "
        "a local one has the credentials of the config, as far as there are any, and the messages and people of the "
        "scenario that the input tells as local_twilio, which sandbox/scenario.py explains.",
        allow_abbrev=False,
    )
    run.add_argument("input", type=lambda word: Path(_as_it_is(word)), help="such as sandbox/inputs/send_text.json")
    _add_outcome(run)
    run.set_defaults(command=_run)

    twilio = commands.add_parser("twilio", help="serve the local Twilio alone, until Ctrl-C", allow_abbrev=False)
    twilio.add_argument("--port", type=_port, help=_PORT_HELP)
    _add_outcome(twilio)
    twilio.set_defaults(command=_serve)

    phone = commands.add_parser(
        "phone",
        help="serve the local Twilio with the phones of the people written to and called, for a browser",
        description="Serves the local Twilio and shows in the browser the phones of the people written to and called, "
        "who can reply and answer there. Each line typed here is a phone number and a text, which the app sends; after "
        "the word call, the app calls instead.",
        allow_abbrev=False,
    )
    phone.add_argument("--port", type=_port, help=_PORT_HELP)
    _add_outcome(phone)
    phone.set_defaults(command=_phone)
    return parser


def _add_outcome(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what becomes of messages on the local Twilio")
    group.add_argument(
        "--outcome",
        choices=STATUSES,
        metavar="STATUS",
        help=f"their last status: {', '.join(STATUSES)} (default: {DELIVERED}, or {UNDELIVERED} with --error-code)",
    )
    group.add_argument("--error-code", type=_error_code, metavar="CODE", help="of undelivered messages, such as 30003")
    group.add_argument("--after", type=_seconds, default=2.0, metavar="SECONDS", help="when it comes (default: 2)")


def _as_it_is(word: str) -> str:
    return word[len(_TAKEN_AS_IT_IS) :] if word.startswith(_TAKEN_AS_IT_IS) else word


def _port(word: str) -> int:
    if not (word.isdecimal() and int(word) <= 65535):
        raise argparse.ArgumentTypeError(f"{word!r} is not a port: a number from 0 to 65535")
    return int(word)


def _error_code(word: str) -> int:
    if not (word.isdecimal() and len(word) == 5):
        raise argparse.ArgumentTypeError(f"{word!r} is not an error code of Twilio's: five digits, such as 30003")
    return int(word)


def _seconds(word: str) -> float:
    return _amount(word, "seconds")


def _minutes(word: str) -> float:
    return _amount(word, "minutes")


def _amount(word: str, unit: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = -1.0
    if not (math.isfinite(number) and number >= 0):
        raise argparse.ArgumentTypeError(f"{word!r} is not a number of {unit}")
    return number


def _outcome(args: argparse.Namespace) -> Outcome:
    """What becomes of messages; raises CommandError where the options contradict each other."""
    status = args.outcome or (UNDELIVERED if args.error_code else DELIVERED)
    if args.error_code and status not in FAILURES:
        raise CommandError(f"--error-code is for --outcome {', '.join(FAILURES)}; a message that is {status} has none.")
    return Outcome(status, args.after, args.error_code)


def _send(args: argparse.Namespace) -> int:
    with _asset(args) as config:
        parameters = {"to_phone": args.to, "message": args.message}
        return _show(run_action("send message", config, [parameters], progress=_show_progress))


def _ask(args: argparse.Namespace) -> int:
    timeout = WAITING_MIN if args.timeout is None else args.timeout
    parameters = {"to_phone": args.to, "question": args.question, "responses": args.responses, "timeout": timeout}
    waits = timeout > 0.0
    if args.answer and not waits:
        raise CommandError("--timeout 0 asks and does not wait: nobody can --answer before the command ends.")
    if args.answer and args.timeout is None and not _ends_the_wait(args.answer, args.responses):
        raise CommandError(
            f"{args.answer!r} is none of the choices {args.responses}: the app would wait {WAITING_MIN:.0f} minutes. "
            "To see what it does meanwhile, give python -m sandbox ask a short --timeout."
        )
    replies = {"replies": {_number(args.to): args.answer}} if args.answer else {}
    return _run_with_person(args, "ask question", parameters, replies, by_hand=waits and not args.answer)


def _ends_the_wait(answer: str, responses: str) -> bool:
    words = [word.strip().casefold() for word in responses.split(",")]
    return answer.strip(" .!").casefold() in (*words, "stop")


def _call(args: argparse.Namespace) -> int:
    parameters = {"to_phone": args.to, "message": args.message, "acknowledge": args.acknowledge == "yes"}
    if args.attempts > 1:
        parameters["attempts"] = args.attempts
    if args.key:
        reaction = _reaction(args.key)
    else:
        reaction = {"by_hand": True}
        parameters["timeout"] = BY_HAND_RINGING_S
    calls = {"calls": {_number(args.to): reaction}}
    return _run_with_person(args, "call phone", parameters, calls, by_hand=not args.key)


def _page(args: argparse.Namespace) -> int:
    parameters = {"people": args.people, "message": args.message, "text_timeout": args.text_timeout}
    calls = {"calls": {_number(person): {"by_hand": True} for person in parts_of(args.people)}}
    return _run_with_person(args, "page on call", parameters, calls, by_hand=True)


def _reaction(key: str) -> dict[str, Any]:
    """What somebody does who is to press a key, or do something else; raises CommandError."""
    if key in REACTIONS:
        return REACTIONS[key]
    if 1 <= len(key) <= 3 and set(key) <= set(KEYS):
        return {"after_s": 1.0, "keys": key, "key_after_s": 3.0, "key_gap_s": 1.0}
    raise CommandError(
        f"{key!r} is not one to three keys of a phone ({' '.join(KEYS)}), nor one of {', '.join(REACTIONS)}."
    )


def _run_with_person(
    args: argparse.Namespace, action: str, parameters: Mapping[str, Any], spec: Mapping[str, Any], *, by_hand: bool
) -> int:
    """Run an action that waits for a person, who is in the browser (`by_hand`) or in the scenario `spec`."""
    with _asset(args, spec=spec, with_phones=by_hand) as config:
        if by_hand and config["base_url"].startswith("http:"):
            _say(f"Answer at the phone in the browser: {phone_url(config['base_url'])}")
        status = _show(run_action(action, config, [parameters], progress=_show_progress))
        if by_hand:
            time.sleep(LAST_POLL_S)
        return status


def _poll(args: argparse.Namespace) -> int:
    store, shown, said = SoarStore(), set[str](), ""
    with _asset(args, {"save_media": True}, with_phones=True) as config:
        if config["base_url"].startswith("http:"):
            print(f"Send texts and pictures from the phones in the browser: {phone_url(config['base_url'])}")
        print("Ctrl-C ends it.", flush=True)
        try:
            while True:
                message = str(poll(config, store, now=time.time())["message"])
                new = [line for line in _saved(store) if line not in shown]
                if new or message != said:
                    print("\n".join([message, *new]), flush=True)
                shown.update(new)
                said = message
                time.sleep(args.every)
        except KeyboardInterrupt:
            print()
    return 0


def _saved(store: SoarStore) -> Iterator[str]:
    """A line for each container, artifact and file of the platform's database."""
    for row in store.containers:
        yield f"  Container {row['id']}: {row['name']}"
    for row in store.artifacts:
        yield f"  Artifact {row['id']} of container {row['container_id']}: {row['name']} {json.dumps(row['cef'])}"
    for row in store.files:
        where = f"of container {row['container_id']}, {row['size']} bytes at {row['path']}"
        yield f"  File {row['id']} {where}: {row['name']}"


def _number(spelling: str) -> str:
    try:
        return to_e164(spelling)
    except WrongValue as error:
        raise CommandError(str(error)) from error


def _connectivity(args: argparse.Namespace) -> int:
    with _asset(args, {"to_phone": args.to} if args.to else {}) as config:
        return _show(run_action("test connectivity", config, progress=_show_progress))


def _run(args: argparse.Namespace) -> int:
    try:
        in_json = read_input(args.input)
    except ValueError as error:
        raise CommandError(str(error)) from error
    given = {name: value for name, value in in_json.get("config", {}).items() if value not in (None, "")}
    if "base_url" in given:
        _say(f"The asset is that of {args.input}, at {given['base_url']}")
        with _at_a_twilio_that_goes_on():
            return _show(run_input(in_json, progress=_show_progress))
    with _asset(args, given, in_json.get(SCENARIO)) as config:
        if given:
            _say(f"The asset has {', '.join(given)} of {args.input}; the rest leads to the Twilio above")
        if SCENARIO in in_json and real_asset(os.environ) is not None:
            _say(f"{SCENARIO} of {args.input} is for the local Twilio alone, and is left out")
        return _show(run_input({**in_json, "config": config}, progress=_show_progress))


def _serve(args: argparse.Namespace) -> int:
    with _serving(local_twilio({}, _outcome(args), args.port or 0), with_phones=args.port is None) as twilio:
        print("\n".join(["A local Twilio is up.", *describe(twilio)]))
        print(f"The phones of the people written to: {twilio.phone_url}")
        print("Ctrl-C ends it.", flush=True)
        _wait_for_interrupt()
    return 0


def _phone(args: argparse.Namespace) -> int:
    with _serving(local_twilio({}, _outcome(args), args.port or 0), with_phones=args.port is None) as twilio:
        print(f"The phones are at {twilio.phone_url}")
        twilio.call_log.outcome = CallOutcome(by_hand=True)
        print("Type a phone number without blanks, a blank and a text: the app sends it there.")
        print('With "call" and a blank before it, the app calls there. Ctrl-C ends it.', flush=True)
        try:
            for line in sys.stdin:
                _send_line(line, local_asset(twilio))
        except KeyboardInterrupt:
            print()
            return 0
        _wait_for_interrupt()
    return 0


def _send_line(line: str, config: Mapping[str, Any]) -> None:
    """Send or speak what one line says, and say how that ended."""
    action, more = "send message", {}
    to, _, message = line.strip().partition(" ")
    if to == "call":
        action, more = "call phone", {"acknowledge": True, "timeout": BY_HAND_RINGING_S}
        to, _, message = message.strip().partition(" ")
    if not message:
        if line.strip():
            _say(f"{line.strip()!r} has no text: type a phone number, a blank and a text.")
        return
    parameters = {"to_phone": to, "message": message, **more}
    result = run_action(action, config, [parameters], progress=_show_progress)
    _say(f"Result: {result['status']}. {result['message']}")


def _wait_for_interrupt() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print()


@contextmanager
def _asset(
    args: argparse.Namespace, given: Mapping[str, Any] | None = None, spec: Any = None, *, with_phones: bool = False
) -> Iterator[dict[str, Any]]:
    """The asset of a run: what is given, and the rest of the real Twilio's or a local one's.

    `spec` describes the scenario of the local one.
    """
    given = given or {}
    outcome = _outcome(args)
    real = real_asset(os.environ)
    if real is not None:
        _refuse_what_is_local(args)
        twice = [name for name in CREDENTIALS if name in given]
        if twice:
            raise CommandError(
                f"The saved input has {', '.join(twice)}, and the environment names another asset: "
                "give the input a base_url, or unset TWILIO_ACCOUNT_SID and its like."
            )
        _say(
            f"REAL TWILIO: account {real['account_sid']} of the environment; messages and calls are real and cost money"
        )
        with _at_a_twilio_that_goes_on():
            yield {**real, **given}
        return
    with _serving(local_twilio(given, outcome), with_phones=with_phones) as twilio:
        _say(f"Local Twilio at {twilio.base_url}; nothing leaves this machine")
        with scenario(twilio, {} if spec is None else spec):
            yield {**local_asset(twilio), **given}


@contextmanager
def _at_a_twilio_that_goes_on() -> Iterator[None]:
    """What is not served by this command does not end with it, and Ctrl-C says so."""
    try:
        yield
    except KeyboardInterrupt:
        _say("\nWhat Twilio accepted before goes on all the same.")
        raise


def _refuse_what_is_local(args: argparse.Namespace) -> None:
    """Raise CommandError for an option that the real Twilio would ignore."""
    names = ("outcome", "error_code", "answer", "key")
    options = [f"--{name.replace('_', '-')}" for name in names if getattr(args, name, None)]
    if options:
        raise CommandError(
            f"{', '.join(options)} is for the local Twilio alone, and the environment names the real one: "
            "leave it out, or unset TWILIO_ACCOUNT_SID and its like."
        )


@contextmanager
def _serving(twilio: LocalTwilio, *, with_phones: bool = False) -> Iterator[LocalTwilio]:
    """A local Twilio that is up; one whose phones somebody opens is at the same address each time, if that is free."""
    if with_phones:
        twilio.port = PHONES_PORT
        try:
            twilio.start()
        except PortError:
            twilio.port, with_phones = 0, False
    try:
        if not with_phones:
            twilio.start()
    except PortError as error:
        raise CommandError(f"Port {twilio.port} cannot be used: {error}") from error
    try:
        yield twilio
    finally:
        twilio.stop()


def _show_progress(line: str, is_kept: bool) -> None:
    if is_kept or not sys.stderr.isatty():
        _say(f"  {line}" if is_kept else f"  … {line}")
        return
    # the next line takes its place, so that what stands above stays in view
    width = shutil.get_terminal_size().columns
    print(_CLEAR_LINE + f"  … {line}"[: width - 1], end="", file=sys.stderr, flush=True)


def _say(line: str) -> None:
    print(_CLEAR_LINE * sys.stderr.isatty() + line, file=sys.stderr, flush=True)


def _show(result: dict[str, Any]) -> int:
    if sys.stderr.isatty():
        print(end=_CLEAR_LINE, file=sys.stderr, flush=True)
    print(as_json(result, sys.stdout.encoding))
    return 0 if result["status"] == "success" else 1
