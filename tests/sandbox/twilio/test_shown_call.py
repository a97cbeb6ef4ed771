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
"""The calls on the phones in the browser, as the server renders them."""

from __future__ import annotations

import html
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup, Tag

from sandbox.twilio import FROM_PHONE, Call, CallOutcome, LocalTwilio, twiml
from sandbox.twilio.call import NewCall, Script
from tests.sandbox.twilio.clients import TO, Clock
from tests.sandbox.twilio.flows_for_tests import as_json, definition


KEYS = [*"123456789*0#"]
SPEAK = "Say “Hello?”"
TWIML = '<Response><Say>Disk full</Say><Pause length="1"/><Say>on db1</Say></Response>'
SAID_S = len("Disk full") / twiml.SPOKEN_CHARS_PER_S


@pytest.fixture(autouse=True)
def by_hand(twilio: LocalTwilio) -> None:
    twilio.call_log.outcome = CallOutcome(by_hand=True)


def dial(twilio: LocalTwilio, clock: Clock, said: str = TWIML, to: str = TO) -> Call:
    """A call that rings, and says what its TwiML holds."""
    call = twilio.call_log.place(NewCall(to, FROM_PHONE, timeout_s=30), Script(twiml.parse(said)))
    clock.now += 1.0
    return call


def ask_again() -> dict[str, Any]:
    """A flow that asks again whatever key is pressed."""
    raw = definition()
    raw["states"][3]["transitions"] = [{"event": "noMatch", "next": "ask"}]
    return raw


def dial_by_flow(
    twilio: LocalTwilio, clock: Clock, message: str = "Disk full.", flow: dict[str, Any] | None = None
) -> Call:
    """A call that rings, and asks for a key."""
    made = twilio.studio.create_flow("Acknowledge", "published", as_json(flow or definition()))
    twilio.studio.create_execution(made, TO, FROM_PHONE, {"message": message})
    clock.now += 0.3
    call = twilio.calls[-1]
    clock.now += 0.7
    return call


def page(twilio: LocalTwilio) -> BeautifulSoup:
    """The page as it is now."""
    return BeautifulSoup(requests.get(twilio.phone_url, timeout=5).text, "html.parser")


def texts(parent: Tag, selector: str) -> list[str]:
    """The texts of elements, blanks at their ends aside."""
    return [element.get_text(" ", strip=True) for element in parent.select(selector)]


def state(twilio: LocalTwilio) -> str:
    """How the only call stands, in words."""
    (words,) = texts(page(twilio), ".state span")
    return words


def buttons(twilio: LocalTwilio) -> list[str]:
    """What the person can do with the calls."""
    return texts(page(twilio), ".acts button")


def submit(twilio: LocalTwilio, **fields: str) -> requests.Response:
    """Send the form of a call, without following where it leads."""
    return requests.post(f"{twilio.phone_url}/call", data=fields, timeout=5, allow_redirects=False)


# --- what a phone shows


def test_who_is_called_has_a_phone_that_names_the_caller(twilio: LocalTwilio, clock: Clock) -> None:
    dial(twilio, clock)
    shown = page(twilio)
    assert texts(shown, "h2") == ["+1 510-111-2345"]
    assert texts(shown, ".caller") == ["Call from +1 510-128-1337"]


def test_a_call_rings_until_its_time_is_over(twilio: LocalTwilio, clock: Clock) -> None:
    dial(twilio, clock)
    assert (state(twilio), texts(page(twilio), ".left")) == ("Ringing", ["for 30 s more, if you let it ring"])
    clock.now += 29.0
    assert (state(twilio), texts(page(twilio), ".left")) == ("Ringing", ["for 1 s more, if you let it ring"])
    clock.now += 1.0
    assert (state(twilio), texts(page(twilio), ".left"), buttons(twilio)) == ("Not answered", [""], [])


def test_a_call_that_ends_its_ringing_by_itself_does_not_say_when(twilio: LocalTwilio, clock: Clock) -> None:
    twilio.call_log.outcome = CallOutcome("busy", after_s=3.0)
    dial(twilio, clock)
    assert (state(twilio), texts(page(twilio), ".left")) == ("Ringing", [""])


def test_a_call_is_about_to_ring_before_anything_can_be_done_with_it(twilio: LocalTwilio, clock: Clock) -> None:
    dial(twilio, clock)
    clock.now -= 0.9
    assert (state(twilio), buttons(twilio)) == ("About to ring", [])


def test_what_was_spoken_so_far_is_shown(twilio: LocalTwilio, clock: Clock) -> None:
    call = dial(twilio, clock)
    assert texts(page(twilio), ".spoken p") == []
    call.answer()
    assert (state(twilio), texts(page(twilio), ".spoken p")) == ("Speaking", ["Disk full"])
    clock.now += SAID_S + 1.1
    assert texts(page(twilio), ".spoken p") == ["Disk full", "on db1"]


def test_what_was_spoken_again_is_counted(twilio: LocalTwilio, clock: Clock) -> None:
    dial(twilio, clock, '<Response><Say loop="3">Disk full</Say></Response>').answer()
    clock.now += 2.5 * SAID_S
    assert texts(page(twilio), ".spoken p") == ["Disk full 3 times"]


def test_a_flow_asks_for_a_key_once_it_is_known_who_answered(twilio: LocalTwilio, clock: Clock) -> None:
    dial_by_flow(twilio, clock).answer()
    assert (state(twilio), buttons(twilio)) == ("Answered: Twilio listens whether it is a person", [SPEAK, "Hang up"])
    clock.now += 2.0
    assert (state(twilio), buttons(twilio)) == ("Waiting for a key", [*KEYS, SPEAK, "Hang up"])
    assert texts(page(twilio), ".spoken p") == ["Disk full. Press 1 to acknowledge."]


def test_a_key_that_was_pressed_is_shown_and_what_is_said_to_it(twilio: LocalTwilio, clock: Clock) -> None:
    call = dial_by_flow(twilio, clock)
    call.answer()
    clock.now += 3.0
    call.press("1")
    clock.now += 0.1
    assert (state(twilio), buttons(twilio)) == ("Speaking: 1 was pressed", [SPEAK, "Hang up"])
    assert texts(page(twilio), ".spoken p")[-1] == "Thank you."
    clock.now += 60.0
    assert (state(twilio), buttons(twilio)) == ("Over: 1 was pressed", [])


def test_a_wrong_key_and_a_word_are_shown_and_the_question_goes_on(twilio: LocalTwilio, clock: Clock) -> None:
    call = dial_by_flow(twilio, clock, flow=ask_again())
    call.answer()
    clock.now += 3.0
    for fields in ({"act": "speak"}, {"key": "9"}):
        assert submit(twilio, sid=call.sid, **fields).status_code == 303
        clock.now += 0.1
    assert state(twilio) == "Waiting for a key: 9 was pressed, somebody spoke"


def test_voicemail_presses_no_keys(twilio: LocalTwilio, clock: Clock) -> None:
    dial_by_flow(twilio, clock).voicemail()
    clock.now += 3.0
    assert (state(twilio), buttons(twilio)) == ("Voicemail is taking the call", [])
    clock.now += 60.0
    assert state(twilio) == "Voicemail took the call"


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (CallOutcome("busy", 1.0), "Declined"),
        (CallOutcome("no-answer"), "Not answered"),
        (CallOutcome("failed", 1.0), "Could not be put through"),
        (CallOutcome("completed", 1.0), "Over"),
    ],
)
def test_a_call_that_is_over_says_how_it_ended(
    twilio: LocalTwilio, clock: Clock, outcome: CallOutcome, says: str
) -> None:
    twilio.call_log.outcome = outcome
    dial(twilio, clock)
    clock.now += 60.0
    assert state(twilio) == says


def test_a_call_that_its_caller_ends_says_so(twilio: LocalTwilio, clock: Clock) -> None:
    dial(twilio, clock).end("completed")
    assert state(twilio) == "The caller gave up"


def test_all_calls_that_go_on_are_shown_and_the_last_one_that_is_over(twilio: LocalTwilio, clock: Clock) -> None:
    for said in ("first", "second", "third", "fourth"):
        dial(twilio, clock, f'<Response><Say>{said}</Say><Pause length="9"/></Response>').answer()
        clock.now += 0.1
        if said in ("first", "second"):
            twilio.calls[-1].hang_up()
    assert texts(page(twilio), ".spoken p") == ["fourth", "third", "second"]


def test_each_call_is_shown_on_the_phone_that_it_rings(twilio: LocalTwilio, clock: Clock) -> None:
    dial(twilio, clock)
    other = dial(twilio, clock, to="+15103334444")
    (phone,) = page(twilio).select("#phone-15103334444")
    assert [call["id"] for call in phone.select(".call")] == [f"call-{other.sid}"]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}"])
def test_no_spoken_text_becomes_markup(twilio: LocalTwilio, clock: Clock, text: str) -> None:
    dial_by_flow(twilio, clock, text).answer()
    clock.now += 2.0
    assert texts(page(twilio), ".spoken p") == [f"{text} Press 1 to acknowledge."]
    content = requests.get(twilio.phone_url, timeout=5).text
    assert html.escape(text) in content.replace("&#34;", "&quot;")
    assert len(page(twilio).select("script")) == 1


# --- what a person does


@pytest.mark.parametrize(
    ("act", "status", "says"),
    [
        ("answer", "in-progress", "Answered: Twilio listens whether it is a person"),
        ("decline", "busy", "Declined"),
        ("voicemail", "in-progress", "Voicemail is taking the call"),
    ],
)
def test_a_call_that_rings_is_taken_or_not(twilio: LocalTwilio, clock: Clock, act: str, status: str, says: str) -> None:
    call = dial_by_flow(twilio, clock)
    assert buttons(twilio) == ["Answer", "Decline", "Voicemail"]
    assert submit(twilio, sid=call.sid, act=act).status_code == 303
    assert (call.status, state(twilio)) == (status, says)


@pytest.mark.parametrize("key", ["1", "0", "#", "*"])
def test_a_key_reaches_the_flow(twilio: LocalTwilio, clock: Clock, key: str) -> None:
    call = dial_by_flow(twilio, clock)
    submit(twilio, sid=call.sid, act="answer")
    clock.now += 2.0
    assert submit(twilio, sid=call.sid, key=key).status_code == 303
    (execution,) = twilio.studio.executions
    assert execution.walk(clock.now + 0.1).widgets["ask"]["Digits"] == key


def test_a_person_hangs_up(twilio: LocalTwilio, clock: Clock) -> None:
    call = dial(twilio, clock)
    submit(twilio, sid=call.sid, act="answer")
    submit(twilio, sid=call.sid, act="hang-up")
    assert (call.status, state(twilio)) == ("completed", "Over")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"act": "hang-up"}, "To hang up, the call must be in-progress: it is ringing."),
        ({"key": "1"}, "To press a key, the call must be in-progress: it is ringing."),
        ({"act": "explode"}, "There is no such call, or nothing to do with it."),
        ({}, "There is no such call, or nothing to do with it."),
        ({"sid": "CA" + "0" * 32, "act": "answer"}, "There is no such call, or nothing to do with it."),
    ],
)
def test_what_cannot_be_done_with_a_call_is_explained(
    twilio: LocalTwilio, clock: Clock, fields: dict[str, str], says: str
) -> None:
    call = dial(twilio, clock)
    response = submit(twilio, **{"sid": call.sid, **fields})
    assert response.status_code == 400
    assert texts(BeautifulSoup(response.text, "html.parser"), "#notices") == [says]
    assert call.status == "ringing"


def test_forms_of_other_sites_are_refused(twilio: LocalTwilio, clock: Clock) -> None:
    call = dial(twilio, clock)
    response = requests.post(
        f"{twilio.phone_url}/call",
        data={"sid": call.sid, "act": "answer"},
        headers={"Origin": "https://example.com"},
        timeout=5,
    )
    assert (response.status_code, call.status) == (403, "ringing")
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("reach", "says"), [("off", "Voicemail is taking the call"), ("unknown", "Could not be put through")]
)
def test_a_phone_that_cannot_be_reached_does_not_ring(twilio: LocalTwilio, clock: Clock, reach: str, says: str) -> None:
    twilio.add_message(TO, "Hello")
    requests.post(f"{twilio.phone_url}/reach", data={"person": TO, "reach": reach}, timeout=5)
    dial(twilio, clock)
    assert (state(twilio), buttons(twilio)) == (says, [])


def test_a_phone_that_is_switched_on_again_rings(twilio: LocalTwilio, clock: Clock) -> None:
    twilio.add_message(TO, "Hello")
    for reach in ("off", "on"):
        requests.post(f"{twilio.phone_url}/reach", data={"person": TO, "reach": reach}, timeout=5)
    dial(twilio, clock)
    assert state(twilio) == "Ringing"


def test_two_calls_ring_on_one_phone_and_each_is_answered_by_itself(twilio: LocalTwilio, clock: Clock) -> None:
    first, second = dial(twilio, clock), dial(twilio, clock)
    assert submit(twilio, sid=second.sid, act="answer").status_code == 303
    assert (first.status, second.status) == ("ringing", "in-progress")
    assert sorted(texts(page(twilio), ".state span")) == ["Ringing", "Speaking"]
