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
"""No eight characters in a row of a secret are shown, however they are spelled; all else stays to the letter."""

from __future__ import annotations

import html
import json
import quopri
import re
import time
from base64 import b64decode, b64encode, encodebytes, urlsafe_b64encode
from urllib.parse import quote, unquote

import pytest
from hypothesis import assume, given, settings, strategies as st

from twilio_api.redaction import Redactor


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


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_a_spelling_of_the_token_is_hidden(spelling: str) -> None:
    before, after = "Denied <b>you</b> &amp; 100%25 \\n: ", ". =41 Bye"
    redacted = REDACT(before + spelling + after)
    assert redacted.startswith(before)
    assert redacted.endswith(after)
    assert "***" in redacted
    assert len(redacted) < len(before + after) + 32
    assert not leaks(redacted, TOKEN)


@pytest.mark.parametrize("layers", range(1, 9))
def test_an_unfinished_tag_before_a_spelling_of_many_layers_hides_none_of_them(layers: int) -> None:
    spelling = TOKEN
    for _ in range(layers):
        spelling = spelling.replace("%", "%25") if "%" in spelling else in_each("%{:02x}", spelling)
    spelling = spelling.replace("%", "<wbr>%")
    redacted = REDACT(f"<g {html.escape(spelling)} >")
    assert redacted.startswith("<g ")
    assert redacted.endswith(" >")
    assert not leaks(redacted, TOKEN)


def test_a_text_that_is_escaped_in_more_ways_than_can_be_searched_is_hidden_as_a_whole() -> None:
    assert REDACT("<b>&amp;%41" * 100 + "%" + "25" * 600 + "41") == "***"


@pytest.mark.parametrize("user", ["x", "xy", "xyz", ""])
def test_the_header_is_hidden_wherever_the_secret_begins_in_it(user: str) -> None:
    header = b64encode(f"{user}:{TOKEN}".encode()).decode()
    assert Redactor(user, TOKEN)(f"Basic {header.rstrip('=')};") == "Basic ***;"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing to hide",
        TOKEN[:7],
        f"{TOKEN[:7]} {TOKEN[10:17]}",
        TOKEN[::-1],
        "<p>Caf\u00e9 &eacute; \u0130 %C3%A9 \\u00e9 =E9 &unknown; % & \\ < = \\",
        USER,
        "\ud83d",
    ],
)
def test_a_text_that_does_not_show_the_token_stays_as_it_is(text: str) -> None:
    assert REDACT(text) == text


def test_each_of_several_is_hidden() -> None:
    text = f"{TOKEN} and {in_each('%{:02x}')} and {BASIC}"
    assert REDACT(text) == "*** and *** and ***" + "=" * BASIC.count("=")


@pytest.mark.parametrize("secret", ["pass", "S3cr3t!", "x"])
def test_a_short_secret_is_hidden_as_a_whole(secret: str) -> None:
    redact = Redactor("me", secret)
    header = b64encode(f"me:{secret}".encode()).decode()
    assert redact(f"[{secret}] [{quote(secret, safe='')}] [{header}]") == f"[***] [***] [***{'=' * header.count('=')}]"


def test_without_a_secret_nothing_is_hidden() -> None:
    assert Redactor("", "")("Basic Og== and more") == "Basic Og== and more"


@pytest.mark.parametrize("secret", ["***", "**", "*"])
def test_a_secret_that_looks_like_what_it_is_replaced_with_does_no_harm(secret: str) -> None:
    assert Redactor("me", secret)(f"a {secret} b") == f"a {secret} b"


def test_the_secret_is_in_no_text_about_the_redactor() -> None:
    assert TOKEN not in f"{REDACT!r} {REDACT} {[REDACT]}"


# --- generated secrets and spellings

HEX_TOKENS = st.text("0123456789abcdef", min_size=32, max_size=32)
KEYS = st.text("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8, max_size=40)
PRINTABLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=40)
AROUND = st.text("ghij <>&;=\n\"'.,:/{}[]ÄéИ😀", max_size=30)


def decoded(text: str) -> str:
    """What a text shows when all that can be decoded is: made of other parts than those that are tested."""
    for _ in range(6):
        text = re.sub(r"=[ \t]*\r?\n|[\s\u200b\u00ad]+|<[a-zA-Z/][^<>]*>", "", html.unescape(unquote(text)))
        text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
        text = re.sub(r"\\[nrt]", "", text).replace('\\"', '"').replace("\\/", "/").replace("\\\\", "\\")
    return text


def shows(text: str, secret: str) -> bool:
    low = text.lower().replace("-", "+").replace("_", "/")
    secret = secret.lower().replace("-", "+").replace("_", "/")
    return any(secret[at : at + 8] in low for at in range(len(secret) - 7))


def leaks(text: str, secret: str) -> bool:
    views = [text, decoded(text), unquote(text), html.unescape(text)]
    if any(shows(view, secret) for view in views):
        return True
    for run in re.findall(r"[A-Za-z0-9+/_-]{8,}", text + " " + decoded(text)):
        for cut in range(4):
            part = run[cut:].replace("-", "+").replace("_", "/")
            if shows(b64decode(part[: len(part) // 4 * 4]).decode("latin-1"), secret):
                return True
    return False


def encodings(secret: str) -> dict[str, str]:
    """A secret as the usual functions spell it."""
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
        "base64": b64encode(secret.encode()).decode(),
        "base64 without padding": b64encode(secret.encode()).decode().rstrip("="),
        "base64 for URLs": urlsafe_b64encode(secret.encode()).decode(),
        "header": b64encode(f"{USER}:{secret}".encode()).decode(),
        "header in a URL": quote(b64encode(f"{USER}:{secret}".encode()).decode(), safe=""),
    }


@settings(max_examples=100, deadline=None)
@given(secret=HEX_TOKENS | KEYS | PRINTABLE, before=AROUND, after=AROUND)
def test_whatever_function_spelled_it_no_eight_characters_are_shown(secret: str, before: str, after: str) -> None:
    redact = Redactor(USER, secret)
    assume(redact(before) == before and redact(after) == after)
    for name, spelling in encodings(secret).items():
        redacted = redact(f"{before} И {spelling} И {after}")
        assert redacted.startswith(before), name
        assert redacted.endswith(after), name
        assert "***" in redacted, name
        hidden = redacted[len(before) : len(redacted) - len(after)]
        assert not shows(hidden, secret), name
        assert not shows(hidden, b64encode(f"{USER}:{secret}".encode()).decode().rstrip("=")), name


FORMS: list[str] = ["{}", "%{:02X}", "%{:02x}", "&#{:d};", "&#x{:x};", "\\u{:04x}", "\\x{:02x}", "%25{:02X}"]
NOISE = ["", "", " ", "\n", "\r\n  ", "<wbr>", "</b>\n<b>", "&nbsp;", "\u200b", "=\n"]


@st.composite
def mixed_spellings(draw: st.DrawFn) -> tuple[str, str]:
    """A token, and a spelling in which each character has a form of its own, with noise between them."""
    secret = draw(HEX_TOKENS | KEYS)
    forms = draw(st.lists(st.sampled_from(FORMS), min_size=1, max_size=3))
    noise = draw(st.lists(st.sampled_from(NOISE), min_size=1, max_size=3))
    spelling = ""
    for char in secret:
        form = draw(st.sampled_from(forms))
        spelling += (char if form == "{}" else form.format(ord(char))) + draw(st.sampled_from(noise))
    return secret, draw(st.sampled_from([spelling, html.escape(spelling), json.dumps(spelling)[1:-1]]))


@settings(max_examples=200, deadline=None)
@given(mixed=mixed_spellings(), before=AROUND, after=AROUND)
def test_in_any_mixture_of_spellings_no_eight_characters_are_shown(
    mixed: tuple[str, str], before: str, after: str
) -> None:
    secret, spelling = mixed
    redact = Redactor(USER, secret)
    assume(redact(before) == before and redact(after) == after)
    redacted = redact(f"{before} И {spelling} И {after}")
    assert redacted.startswith(before)
    assert redacted.endswith(after)
    assert not leaks(redacted[len(before) : len(redacted) - len(after)], secret)


@settings(max_examples=100, deadline=None)
@given(secret=HEX_TOKENS | KEYS, data=st.data())
def test_cut_off_at_either_end_no_eight_characters_are_shown(secret: str, data: st.DataObject) -> None:
    name, spelling = data.draw(st.sampled_from(sorted(encodings(secret).items())))
    start = data.draw(st.integers(0, len(spelling)), label=name)
    end = data.draw(st.integers(start, len(spelling)))
    assert not leaks(Redactor(USER, secret)(f"... {spelling[start:end]} ..."), secret)


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=300) | st.text("<>&;#x%=\\u0041bBnr/ \n", max_size=300))
def test_any_other_text_stays_to_the_letter(text: str) -> None:
    assert Redactor(USER, "Zq7kWv9pXy3mTj5rNh8sLg2dFc4b")(text) == text


@settings(max_examples=200, deadline=None)
@given(secret=st.text(min_size=1, max_size=12), text=st.text("ab*<>&;%=\\u", max_size=60))
def test_whatever_the_secret_is_a_text_is_read_to_its_end(secret: str, text: str) -> None:
    Redactor("", secret)(f"{text}{secret}{text}")


# --- time


@pytest.mark.parametrize(
    "part",
    [
        "word ",
        "<b>x</b>&amp;",
        "<b>x</b>&amp;%41\\x41=41<",
        "%41",
        "&#65;",
        "\\u0041",
        "<",
        "&",
        "\\",
        "=",
        "&#0",
        "<a",
        " ",
        "0",
        f"{TOKEN} ",
    ],
    ids=lambda part: part[:8],
)
def test_half_a_mebibyte_takes_a_moment(part: str) -> None:
    text = (part * (2**19 // len(part) + 1))[: 2**19]
    began = time.thread_time()
    REDACT(text)
    assert time.thread_time() - began < 5.0  # of the processor; 0.5 s is usual, and quadratic time would be minutes
