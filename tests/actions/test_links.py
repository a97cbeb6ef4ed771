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
"""Links in a text."""

from __future__ import annotations

from actions.links import links
from tests.tables import for_each


@for_each(
    "body, found",
    [
        # with a scheme
        ("see https://a.example/x?y=1&z=2#f now", ["https://a.example/x?y=1&z=2#f"]),
        ("HTTP://A.EXAMPLE", ["HTTP://A.EXAMPLE"]),
        ("http://localhost:8080/x", ["http://localhost:8080/x"]),
        ("ftp://a.example/x", ["ftp://a.example/x"]),
        ("http://[2001:db8::1]:80/x", ["http://[2001:db8::1]:80/x"]),
        ("https://apple.example@evil.example/x", ["https://apple.example@evil.example/x"]),
        ("https://münchen.example/ü 😀", ["https://münchen.example/ü"]),
        ("http://a.example\nhttp://b.example", ["http://a.example", "http://b.example"]),
        ("http://b.example http://a.example http://b.example", ["http://b.example", "http://a.example"]),
        (
            "http://a.example/x,http://b.example;https://c.example",
            ["http://a.example/x", "http://b.example", "https://c.example"],
        ),
        ("[a](http://a.example),[b](http://b.example)", ["http://a.example", "http://b.example"]),
        ("请看https://a.example/x", ["https://a.example/x"]),
        ("http://%65vil.com/x", ["http://%65vil.com/x"]),
        # a domain alone
        ("evil.com/x", ["evil.com/x"]),
        ("evil.com", ["evil.com"]),
        ("log in at secure-bank.co.uk:8443/a?b today", ["secure-bank.co.uk:8443/a?b"]),
        ("your parcel: bit.ly/3xYz", ["bit.ly/3xYz"]),
        ("www.a.example", ["www.a.example"]),
        ("github.io/x", ["github.io/x"]),
        ("пример.рф/вход", ["пример.рф/вход"]),
        ("xn--e1afmkfd.xn--p1ai", ["xn--e1afmkfd.xn--p1ai"]),
        ("visit:bit.ly/x", ["bit.ly/x"]),
        ("te\u0301st.com/x", ["te\u0301st.com/x"]),
        ("हिन्दी.com", ["हिन्दी.com"]),
        ("ไทยแลนด์.com", ["ไทยแลนด์.com"]),
        ("中国.cn 例え.jp/x", ["中国.cn", "例え.jp/x"]),
        # what is no link
        ("v1.2/3 e.g./x and/or 12.5/day a.m. readme.txt node.js co.uk no.suchending/x", []),
        ("write to a@evil.com, john.doe@evil.com/x or me.it@evil.com", []),
        ("http:// https://. http://[ www. .com", []),
    ],
)
def test_a_link_has_a_scheme_or_a_known_ending(body: str, found: list[str]) -> None:
    assert links(body) == found


@for_each(
    "body, link",
    [
        # what is kept
        ("https://bit.ly/3xYz_", "https://bit.ly/3xYz_"),
        ("https://bit.ly/3xYz-", "https://bit.ly/3xYz-"),
        ("https://a.example/x/", "https://a.example/x/"),
        ("https://a.example/x_(y)", "https://a.example/x_(y)"),
        ("https://a.example/?q[]=1&r={2}", "https://a.example/?q[]=1&r={2}"),
        ("https://a.example/?q[1]", "https://a.example/?q[1]"),
        ("https://a.example/{id}", "https://a.example/{id}"),
        ("https://a.example/x_（y）", "https://a.example/x_（y）"),
        ("https://a.example/x=", "https://a.example/x="),
        ("https://a.example/a–b'c!d", "https://a.example/a–b'c!d"),
        # punctuation of the sentence around it
        ("Go to https://a.example/x.", "https://a.example/x"),
        ("https://a.example/x_(y).", "https://a.example/x_(y)"),
        ("https://a.example/x...", "https://a.example/x"),
        ("Is it https://a.example/x?!", "https://a.example/x"),
        ("'https://a.example/x'", "https://a.example/x"),
        ('"https://a.example/x"', "https://a.example/x"),
        ("(https://a.example/x), and", "https://a.example/x"),
        ("[here](https://a.example/x)[there]", "https://a.example/x"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("{https://a.example/x}", "https://a.example/x"),
        ("[see (https://a.example/(x]y", "https://a.example/(x"),
        # of other scripts
        ("“https://a.example/x”", "https://a.example/x"),
        ("‘https://a.example/x’s", "https://a.example/x"),
        ("„https://a.example/x“", "https://a.example/x"),
        ("«https://a.example/x»", "https://a.example/x"),
        ("「https://a.example/x」を", "https://a.example/x"),
        ("（https://a.example/x）を", "https://a.example/x"),
        ("https://a.example/x。请点击", "https://a.example/x"),
        ("https://a.example/x，请点击", "https://a.example/x"),
        ("https://a.example/x…", "https://a.example/x"),
        ("https://a.example/x؟", "https://a.example/x"),
        ("https://a.example/x।", "https://a.example/x"),
        # of scripts without blanks
        ("点击bit.ly/3xYz领取", "bit.ly/3xYz"),
        ("詳細はhttps://a.example/3xYzをご覧", "https://a.example/3xYz"),
        ("링크evil.com으로", "evil.com"),
        ("คลิกhttps://a.exampleเลย", "https://a.example"),
        ("https://a.example/wiki/日本", "https://a.example/wiki/日本"),
        ("https://a.example/?q=東京", "https://a.example/?q=東京"),
        # what cannot be seen, emoji, and formatting
        ("https://a.example/x\u202e is", "https://a.example/x"),
        ("\u200ehttps://a.example/x\u200b", "https://a.example/x"),
        ("https://a.example/x👈🏻❤️👩\u200d💻", "https://a.example/x"),
        ("*https://a.example/x*", "https://a.example/x"),
        ("_https://a.example/x_", "https://a.example/x"),
        ("~https://a.example/x_~", "https://a.example/x_"),
        ("*evil.com/x*", "evil.com/x"),
    ],
)
def test_a_link_ends_where_people_and_browsers_end_it(body: str, link: str) -> None:
    assert links(body) == [link]


@for_each(
    "body, link",
    [
        ("hxxp://evil.com/x", "http://evil.com/x"),
        ("hXXps://evil.com/x", "https://evil.com/x"),
        ("hxxps[:]//evil[.]com/x", "https://evil.com/x"),
        ("http[://]evil.com/x", "http://evil.com/x"),
        ("evil[.]com/x", "evil.com/x"),
        ("www[.]evil(.)co{.}uk", "www.evil.co.uk"),
        ("https://evil[dot]com/x", "https://evil.com/x"),
    ],
)
def test_a_link_that_was_made_harmless_is_understood(body: str, link: str) -> None:
    assert links(body) == [link]


@for_each(
    "part",
    ["(http://a)", "a-.", ".", "a", "a.", "http://", "(", ")", "a.com/(", "evil[.]", "😀", "*_", "あa", "あa.com"],
)
def test_a_long_text_is_searched_quickly(part: str) -> None:
    assert len(links(part * 10_000)) <= 20
