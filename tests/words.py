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
"""The sentences of docs/results.md, and what a result is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sandbox.soar import APP_DIR


CAUSES = "What happened to a call"  # the section of sentences that say nothing of what follows
PAGE = APP_DIR / "docs" / "results.md"
REPEAT = ("yes", "once fixed", "no", "–")

# What the words in capitals stand for; a mark is what takes the place of a sentence that was recognised
MARK = "\0"
_WORDS = {
    "NUMBER": r"(?:whatsapp:|rcs:)?\+\d+",
    "NUMBERS": r"\+\d+(?:, \+\d+)*",
    "SID": r"[A-Z]{2}[0-9A-Za-z]{1,64}",
    "HOST": r"[\w.:\[\]-]*[\w\]](?: through the proxy [\w.:\[\]-]*[\w\]])?",
    "N": r"-?\d[\d.]*?",
    "STATUS": r"[a-z_-]+",
    "NAME": r"[^.:;'\"(){}\0]{1,60}?",
    "WHERE": r"(?:The parameter '\w+'|\w+ of the asset)",
    "WHOSE": r"(?:its|the proxy's)",
    "WHY": r"(?:The action was cancelled|The alert is over(?: for this person)?|Its time was over)",
    "HOW": r"(?:by hand|with the action|with the alert|because the alert was passed on|because its time was over)",
    "TEXT": r"[^\0]*?",
}
_WORD = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b")
_LITERALS = re.compile(rf"{_WORD.pattern}|\b(?:texts|segments)\b")


class Sentence(NamedTuple):
    """A row of the page, under the heading `section`."""

    section: str
    text: str
    when: str
    repeat: str
    what_to_do: str

    @property
    def pattern(self) -> str:
        """A regular expression for the sentence in a result, with or without its full stop."""
        text = self.text.rstrip(".")
        pieces = [re.escape(piece) for piece in _WORD.split(text)]
        words = [_WORDS[word] for word in _WORD.findall(text)]
        found = "".join(piece + word for piece, word in zip(pieces, [*words, ""]))
        found = found.replace(f"'{_WORDS['TEXT']}'", r"'[^'\0]*'")
        found = re.sub(r"\b(texts|segments)\b", lambda word: f"{word[0]}?", found)  # "1 text"
        return found[: -len("*?")] + "*" if found.endswith(_WORDS["TEXT"]) else rf"{found}(?=[.,)\0]|\s|\Z)"

    @property
    def literal_chars(self) -> int:
        """How much of it is always the same."""
        return len(_WORD.sub("", self.text.replace("WHY", "The action was cancelled")))

    def is_in(self, text: str) -> bool:
        """Whether a text holds it."""
        return _landmark(self) in text and _compiled(self).search(text) is not None


@cache
def _compiled(sentence: Sentence) -> re.Pattern[str]:
    return re.compile(sentence.pattern, re.DOTALL)


@cache
def _landmark(sentence: Sentence) -> str:
    """Return the longest part of a sentence that is the same in every result, by which it is found quickly."""
    return max(_LITERALS.split(sentence.text.rstrip(".")), key=len)


def read_sentences(page: Path = PAGE) -> list[Sentence]:
    """Read the rows of the page."""
    sections = page.read_text(encoding="utf-8").split("\n## ")[1:]
    row = re.compile(r"^\| `(.+?)` \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
    return [Sentence(text.partition("\n")[0], *cells) for text in sections for cells in row.findall(text)]


def read_advice(page: Path = PAGE) -> dict[int, str]:
    """Read the advice for each error code of Twilio's."""
    rows = re.findall(r"^\| (\d+)(?: to (\d+))? \| (.+?) \|$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {code: advice for first, last, advice in rows for code in range(int(first), int(last or first) + 1)}


SENTENCES = read_sentences()
REPEATABLE = [row for row in SENTENCES if row.repeat in ("yes", "once fixed") and row.section != CAUSES]
ADVICE = read_advice()
_BY_LENGTH = sorted({advice.rstrip(".") for advice in ADVICE.values()}, key=lambda advice: (-len(advice), advice))
_IN_ORDER = [(advice, re.compile(re.escape(advice))) for advice in _BY_LENGTH]
_IN_ORDER += [
    (_landmark(sentence), _compiled(sentence))
    for sentence in sorted(
        SENTENCES, key=lambda sentence: (not sentence.text.endswith("(TEXT)"), -sentence.literal_chars, sentence.text)
    )
]


@cache
def unlisted(text: str) -> str:
    """Return what is left of a text without the sentences of the page; empty where it is made of nothing else."""
    # A line of progress may be a sentence of a result with its person before it
    text = re.sub(r"^(?:whatsapp:|rcs:)?\+\d+: (?=[A-Z])", "", text.replace(MARK, ""))
    for landmark, pattern in _IN_ORDER:
        if landmark in text:
            text = pattern.sub(MARK, text)
    return text.replace(MARK, "").strip(" .()")


# --- what contradicts what

# Nothing was sent, or: send it again
INVITES = re.compile(
    r"nothing was sent|was not sent\b|run the action again|run it again|try again|tries again|nobody was called"
    r"|send it once more|repeat it",
    re.IGNORECASE,
)
# Twilio has it, or may have it
WARNS = re.compile(
    r"cannot be known whether Twilio took|Twilio has the|not sent again|do not send it again"
    r"|before anything is repeated|before the person is called again|accepted the|is not confirmed|delivered\b"
    r"|Response received|Question id|The outcome of the call is not known|Whether anybody acknowledged is not known",
)
# Words of these two that say nothing of the message itself
_HARMLESS = re.compile(
    r"The (?:confirmation|reply line) was not sent: .*|it was not sent again"
    r"|Its validity ran out in Twilio's queue, so it was not sent",
    re.DOTALL,
)


def contradicts_itself(message: str) -> bool:
    """Whether a result both invites to send again and warns of it."""
    bare = _HARMLESS.sub(" ", message)
    return bool(INVITES.search(bare)) and bool(WARNS.search(message))


def invites(message: str) -> bool:
    """Whether a result invites to send again."""
    return bool(INVITES.search(_HARMLESS.sub(" ", message)))


# --- what holds of every run


def check_words(run: Mapping[str, Any], lines: Iterable[str]) -> None:
    """Fail where a run said what no sentence of the page is, or what leads somebody to send a second time."""
    results = run["result_data"] or [{"message": run["message"], "summary": {}}]  # there is none after a wrong setting
    for result in results:
        message, outcome = str(result["message"]), result["summary"].get("outcome", "")
        assert not unlisted(message), f"docs/results.md does not say: {message}"
        assert not contradicts_itself(message), message
        assert outcome in ("not_sent", "") or not invites(message), message
        assert outcome != "unknown" or re.search("cannot be known|is not known", message), message
        if outcome in ("unknown", "unconfirmed", "delivered", "answered", "asked"):
            assert not any(row.is_in(message) for row in REPEATABLE), f"docs/results.md says to repeat: {message}"
    for line in lines:
        assert not unlisted(line), f"docs/results.md does not say: {line}"
