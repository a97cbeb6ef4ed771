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
"""A text that shows eight characters in a row of a secret, however they are spelled, is hidden; any other stays."""

from __future__ import annotations

import html
import json
import quopri
import re
import sys
from base64 import b64encode, encodebytes, urlsafe_b64encode
from collections.abc import Callable
from importlib import import_module
from random import Random
from types import FrameType
from typing import Any
from urllib.parse import quote

from hypothesis import example, given, settings, strategies as st

from tests.tables import for_each
from twilio_api import redaction
from twilio_api.redaction import HIDDEN, Redactor


USER = "AC" + "0123456789abcdef" * 2
TOKEN = "0fedcba987654321e5d4c3b2a1907f8e"
REDACT = Redactor(USER, TOKEN)
BASIC = b64encode(f"{USER}:{TOKEN}".encode()).decode()


def in_each(form: str, text: str = TOKEN) -> str:
    """Each character of a text in a form such as "&#{:d};"."""
    return "".join(form.format(ord(char)) for char in text)


# --- a table of spellings

SPELLINGS = {
    "plain": TOKEN,
    "capitals": TOKEN.upper(),
    "the header": BASIC,
    "the header without padding": BASIC.rstrip("="),
    "the header in other case": BASIC.swapcase(),
    "the header for a URL": urlsafe_b64encode(f"{USER}:{TOKEN}".encode()).decode(),
    "the header wrapped": encodebytes(f"{USER}:{TOKEN}".encode()).decode().strip(),
    "base64 of the secret": b64encode(TOKEN.encode()).decode(),
    "base64 of something longer": b64encode(f'{{"auth": "{TOKEN}"}}'.encode()).decode(),
    "base64 of something longer by one": b64encode(f'{{"auth": " {TOKEN}"}}'.encode()).decode(),
    "base64 of something longer by two": b64encode(f'{{"auth": "  {TOKEN}"}}'.encode()).decode(),
    "percent": in_each("%{:02X}"),
    "percent in small letters": in_each("%{:02x}"),
    "percent twice": in_each("%25{:02x}"),
    "percent three times": in_each("%2525{:02x}"),
    "percent with u": in_each("%u{:04x}"),
    "JSON": in_each("\\u{:04x}"),
    "JSON in capitals": in_each("\\U{:04X}"),
    "JSON twice": in_each("\\\\u{:04x}"),
    "JavaScript": in_each("\\x{:02x}"),
    "JavaScript with braces": in_each("\\u{{{:x}}}"),
    "HTML": in_each("&#{:d};"),
    "HTML in hex": in_each("&#x{:X};"),
    "HTML with zeros": in_each("&#x000{:x};"),
    "HTML without semicolons": in_each("&#x{:06x}"),
    "HTML twice": in_each("&amp;#{:d};"),
    "HTML in JSON": in_each("\\u0026#{:d};"),
    "JSON in HTML": in_each("&#92;u{:04x}"),
    "HTML in a URL": in_each("%26%23{:d}%3B"),
    "a mail": in_each("={:02X}"),
    "wrapped as in a mail": f"{TOKEN[:11]}=\r\n{TOKEN[11:20]}=\n{TOKEN[20:]}",
    "wrapped": f"{TOKEN[:11]}\r\n    {TOKEN[11:20]}\n{TOKEN[20:]}",
    "wrapped in JSON": f"{TOKEN[:11]}\\r\\n{TOKEN[11:20]}\\n{TOKEN[20:]}",
    "spread": " ".join(TOKEN),
    "with blanks of HTML": "&nbsp;".join(TOKEN),
    "with blanks that are not shown": "\u200b".join(TOKEN),
    "with zeros between, as UTF-16 read in another charset": "\0".join(TOKEN),
    "with soft hyphens": "&shy;".join(TOKEN),
    "split by tags": "<wbr/>".join(TOKEN),
    "split by tags and lines": "</b>\n<b class='x'>".join(TOKEN),
    "split by tags in JSON": "\\u003cb\\u003e".join(TOKEN),
    "split by tags in HTML": "&lt;b&gt;".join(TOKEN),
    "in three layers inside of a tag": f'<a href="{in_each("%25{:02x}")[:70]}\\n{in_each("%25{:02x}")[70:]}">',
    "without its beginning": TOKEN[5:],
    "without its end": TOKEN[:-5],
    "a middle of eight": TOKEN[9:17],
    "the header without its beginning": BASIC[31:],
    "the header without its end": BASIC[:-9],
    "the header's end": BASIC.rstrip("=")[-8:],
}


@for_each("spelling", SPELLINGS.values())
def test_a_text_with_a_spelling_of_the_token_is_hidden(spelling: str) -> None:
    assert REDACT(spelling) == HIDDEN
    assert REDACT(f"Denied <b>you</b> &amp; 100%25 \\n: {spelling}. =41 Bye") == HIDDEN


@for_each("layers", range(1, 13))
def test_the_token_is_found_under_many_layers(layers: int) -> None:
    spelling = TOKEN
    for _ in range(layers):
        spelling = spelling.replace("%", "%25") if "%" in spelling else in_each("%{:02x}", spelling)
    assert REDACT(f"<g {html.escape(spelling)} >") == HIDDEN


def test_a_text_of_more_layers_than_are_taken_off_is_hidden_unread() -> None:
    assert REDACT("%" + "25" * 600 + "41") == HIDDEN


@for_each("encode", [b64encode, urlsafe_b64encode])
def test_both_alphabets_of_base64_are_read(encode: Callable[[bytes], bytes]) -> None:
    secret = "?>?>?>?>"
    assert Redactor("me", secret)(f"[{encode(secret.encode()).decode()}]") == HIDDEN


@for_each("user", ["x", "xy", "xyz", ""])
def test_the_header_is_found_wherever_the_secret_begins_in_it(user: str) -> None:
    header = b64encode(f"{user}:{TOKEN}".encode()).decode()
    assert Redactor(user, TOKEN)(f"Basic {header.rstrip('=')};") == HIDDEN


@for_each(
    "text",
    [
        *("", "nothing to hide", TOKEN[:7], f"{TOKEN[:7]} {TOKEN[10:17]}", TOKEN[::-1], USER, "\ud83d"),
        "<p>Caf\u00e9 &eacute; \u0130 %C3%A9 \\u00e9 =E9 &unknown; % & \\ < = \\",
    ],
)
def test_a_text_that_does_not_show_the_token_stays_as_it_is(text: str) -> None:
    assert REDACT(text) == text


@for_each("secret", ["pass", "S3cr3t!", "x"])
def test_a_short_secret_is_hidden_where_all_of_it_is_shown(secret: str) -> None:
    redact = Redactor("me", secret)
    header = b64encode(f"me:{secret}".encode()).decode()
    assert [redact(f"[{text}]") for text in (secret, quote(secret, safe=""), header, "0123")] == [
        *[HIDDEN] * 3,
        "[0123]",
    ]


def test_without_a_secret_nothing_is_hidden() -> None:
    assert Redactor("", "")("Basic Og== and more") == "Basic Og== and more"


def test_what_stands_in_its_place_is_a_sentence_for_a_person() -> None:
    assert HIDDEN == "[hidden, since it shows credentials]"


def test_the_secret_is_in_no_text_about_the_redactor() -> None:
    assert TOKEN not in f"{REDACT!r} {REDACT} {[REDACT]}"


# --- generated secrets and spellings

HEX_TOKENS = st.text("0123456789abcdef", min_size=32, max_size=32)
KEYS = st.text("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8, max_size=40)
PRINTABLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=40)
AROUND = st.text("ghij <>&;=\n\"'.,:/{}[]ÄéИ😀", max_size=30)


def escapes(secret: str) -> dict[str, str]:
    """A secret, or a part of it, as the usual functions escape it."""
    json_text = json.dumps(secret)[1:-1]
    return {
        "plain": secret,
        "quote": quote(secret, safe=""),
        "quote twice": quote(quote(secret, safe=""), safe=""),
        "quote in small letters": re.sub("%..", lambda match: match[0].lower(), quote(secret, safe="")),
        "html.escape": html.escape(secret),
        "html.escape twice": html.escape(html.escape(secret)),
        "json.dumps": json_text,
        "json.dumps twice": json.dumps(json_text)[1:-1],
        "json.dumps for PHP": json_text.replace("/", "\\/"),
        "html.escape of json.dumps": html.escape(json_text),
        "json.dumps of html.escape": json.dumps(html.escape(secret))[1:-1],
        "quote of json.dumps": quote(json_text, safe=""),
        "quopri": quopri.encodestring(secret.encode()).decode().strip(),
        "all percent": in_each("%{:02X}", secret),
        "all numbers": in_each("&#{:d};", secret),
        "all hex numbers": in_each("&#x{:x};", secret),
        "all JSON": in_each("\\u{:04x}", secret),
    }


def encodings(secret: str) -> dict[str, str]:
    """A secret as the usual functions spell it."""
    return {
        **escapes(secret),
        "base64": b64encode(secret.encode()).decode(),
        "base64 without padding": b64encode(secret.encode()).decode().rstrip("="),
        "base64 for URLs": urlsafe_b64encode(secret.encode()).decode(),
        "header": b64encode(f"{USER}:{secret}".encode()).decode(),
        "header in a URL": quote(b64encode(f"{USER}:{secret}".encode()).decode(), safe=""),
    }


@given(secret=HEX_TOKENS | KEYS, before=AROUND, after=AROUND)
def test_whatever_function_spelled_it_the_text_is_hidden(secret: str, before: str, after: str) -> None:
    redact, spellings = Redactor(USER, secret), encodings(secret)
    assert [name for name in spellings if redact(f"{before}{spellings[name]}{after}") != HIDDEN] == []


ONCE = (
    *("plain", "quote", "html.escape", "json.dumps", "quopri", "all percent", "all numbers", "all JSON", "base64"),
    "header",
)


@given(secret=PRINTABLE, before=AROUND, after=AROUND)
def test_a_password_of_any_characters_is_found_in_each_spelling(secret: str, before: str, after: str) -> None:
    redact, spellings = Redactor(USER, secret), encodings(secret)
    assert [name for name in ONCE if redact(f"{before} {spellings[name]} {after}") != HIDDEN] == []


ANOTHER = "99aabbccddeeff001122334455667788"


@for_each(
    "text",
    [
        json.dumps({"status": "active", "auth_token": ANOTHER}),
        json.dumps(json.dumps({"auth_token": ANOTHER})),
        html.escape(json.dumps({"auth_token": ANOTHER}, indent=4)),
        f"<AuthToken>{ANOTHER}</AuthToken>",
        f"<td>auth_token</td><td>{ANOTHER}</td>",
        f"X-Auth-Token: {ANOTHER}",
        quote(f"auth_token={ANOTHER}", safe=""),
        f'cut off at its beginning oken", "auth_token": "{ANOTHER[:8]}',
    ],
)
def test_a_field_that_is_called_an_auth_token_is_hidden_whatever_it_holds(text: str) -> None:
    assert REDACT(text) == HIDDEN


@for_each("text", ["Your AccountSid or AuthToken was incorrect.", "Set auth_token.", "auth_token: (secret)"])
def test_a_text_about_the_auth_token_stays_as_it_is(text: str) -> None:
    assert REDACT(text) == text


@for_each("secret", ["pässwörtchen", "sécrèté-çà", "пароль12", "密码密码", "ÄÖÜäöüß"])
def test_a_password_with_letters_beyond_ascii_is_found_in_each_spelling(secret: str) -> None:
    redact, spellings = Redactor(USER, secret), encodings(secret)
    del spellings["all percent"]  # which has no form for them
    assert [name for name in ONCE if name in spellings and redact(f"[{spellings[name]}]") != HIDDEN] == []


@for_each("secret", ["pässwörtchen", "sécrèté-çà", "ÄÖÜäöüß"])
def test_the_header_is_found_in_latin_1_too(secret: str) -> None:
    header = b64encode(f"{USER}:{secret}".encode("latin-1")).decode()
    assert Redactor(USER, secret)(f"[{header[len(b64encode(USER.encode())) :]}]") == HIDDEN


@for_each("secret", ["000000\\<", "%41%42%43%44<", "\\n\\n\\n\\n&lt;", '&amp;&amp;"', "=41=42=43=44<"])
def test_a_password_may_resemble_an_escape(secret: str) -> None:
    for name in ONCE:
        assert Redactor(USER, secret)(f"[{encodings(secret)[name]}]") == HIDDEN, name


FORMS: list[str] = ["{}", "%{:02X}", "%{:02x}", "&#{:d};", "&#x{:x};", "\\u{:04x}", "\\x{:02x}", "%25{:02X}"]
NOISE = ["", "", " ", "\n", "\r\n  ", "<wbr>", "</b>\n<b>", "&nbsp;", "\u200b", "=\n"]


@st.composite
def mixed_spellings(draw: st.DrawFn) -> tuple[str, str]:
    """A token, and a spelling in which each character has a form of its own, with noise between them."""
    secret, rng = draw(HEX_TOKENS | KEYS), Random(draw(st.integers(0, 2**32)))  # to draw each character takes long
    forms, noise = rng.choices(FORMS, k=rng.randint(1, 3)), rng.choices(NOISE, k=rng.randint(1, 3))
    spelling = ""
    for char in secret:
        form = rng.choice(forms)
        spelling += (char if form == "{}" else form.format(ord(char))) + rng.choice(noise)
    return secret, rng.choice([spelling, html.escape(spelling), json.dumps(spelling)[1:-1]])


@settings(max_examples=100)
@example(mixed=("00000000", "%30%30%30&lt;b&gt;%30&amp;nbsp;%30%30%30%30"), before="=", after="")
@given(mixed=mixed_spellings(), before=AROUND, after=AROUND)
def test_in_any_mixture_of_spellings_the_text_is_hidden(mixed: tuple[str, str], before: str, after: str) -> None:
    secret, spelling = mixed
    assert Redactor(USER, secret)(f"{before}{spelling}{after}") == HIDDEN


@given(secret=HEX_TOKENS | KEYS, data=st.data())
def test_cut_off_at_either_end_a_part_of_eight_characters_is_hidden(secret: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(secret) - 8))
    part = secret[start : data.draw(st.integers(start + 8, len(secret)))]
    spelling = data.draw(st.sampled_from(sorted(escapes(part).values())))
    assert Redactor(USER, secret)(f"... {spelling} ...") == HIDDEN


@settings(max_examples=100)
@given(text=st.text(max_size=300) | st.text("<>&;#x%=\\u0041bBnr/ \n", max_size=300))
def test_any_other_text_stays_to_the_letter(text: str) -> None:
    assert Redactor(USER, "Zq7kWv9pXy3mTj5rNh8sLg2dFc4b")(text) == text


@settings(max_examples=100)
@given(secret=st.text(min_size=1, max_size=12), text=st.text("ab*<>&;%=\\u", max_size=60))
def test_whatever_the_secret_is_a_text_is_read_to_its_end(secret: str, text: str) -> None:
    Redactor("", secret)(f"{text}{secret}{text}")


# --- time


def steps_of(text: str) -> int:
    """How many instructions of Python it takes to read a text."""
    steps = 0

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal steps
        frame.f_trace_opcodes = True
        steps += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        REDACT(text)
    finally:
        sys.settrace(before)
    return steps


@for_each(
    "part",
    [
        *("word ", "<b>x</b>&amp;", "<b>x</b>&amp;%41\\x41=41<", "%41", "&#65;", "\\u0041", "<", "&", "\\", "=", "&#0"),
        *("<a", " ", "0", TOKEN[:7]),
    ],
)
def test_a_text_of_twice_the_length_takes_twice_the_steps(part: str) -> None:
    short, long = (steps_of((part * 400)[:chars]) for chars in (100, 200))
    assert short <= long < 2.2 * short


@for_each("pattern", [*redaction._PATTERNS, redaction._BLANK, redaction._TAG, redaction._TOKEN_FIELD])
def test_from_no_place_in_a_text_a_pattern_looks_far(pattern: re.Pattern[str]) -> None:
    parser = import_module("sre_parse" if sys.version_info < (3, 11) else "re._parser")
    assert parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE).getwidth()[1] <= 600
