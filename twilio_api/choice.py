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
"""The choices of a question: how they are offered, and which of them a person's text names.

A text names a choice

- by code, where it holds exactly one code of the question, as a number by itself, no other number of three or more
  digits and no word of another choice. What stands in the choice's own word is no other number;
- or by word, where it is a choice's word alone, in any case, without the punctuation around it.

A text that asks back or denies, that is struck out or shown in another order than it stands there, and one that quotes
the reply line among other words, or what is left of it where the quotation is cut off, names none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from twilio_api.text import is_blank
from twilio_api.values import WrongValue, parts_of, quoted


MAX_CHOICES = 9
LONG_CODE_DIGITS = 6  # of a code where nothing but a code counts
QUESTION_NUMBERS = range(200, 980)
# Those of 2.2.0: with these first two digits no code of three digits reads like 911, 112, 988 or another service's.
_OLD_QUESTION_NUMBERS = frozenset(number for number in range(20, 98) if number % 10 != 1)
_NAME_CHARS = 40  # of a question's own words in its reply line

# Texts that carriers and Twilio act upon: https://help.twilio.com/articles/223134027
_OPT_OUTS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_REFUSED_CHOICES = _OPT_OUTS | {"help", "info"}
_KEYWORDS = _REFUSED_CHOICES | {"start", "unstop"}

_REPLY = re.compile(r"(?<!\S)Reply (?=[0-9])")
_CHOICE = re.compile(r"(?P<code>[0-9]{3,4}|[0-9]{6}) (?P<joint>for|to) (?P<word>.+)")

# A number by itself is not part of a word, of a host's name, a longer number, an amount or a phone number, nor struck
# out. The marks are those that strike out what stands before them.
_BEFORE = r"(?<![^\W_])(?<![~+$€£¥])(?<![^\W_][-_./@\\])(?<![0-9][,:'])"
_AFTER = r"(?![^\W_])(?![~%€£¥\u0300-\u036f\u20d0-\u20f0])(?![-_.,:/'@][0-9])"
_GREEK_QUESTION = re.compile(r";[^\w;]*\Z")  # Greek keyboards write a semicolon
_NEGATION = re.compile(r"(?<!\w)!(?=\w)")  # who writes programs means "not yes" by "!yes"
# Beside a code they make it doubtful, in the languages of most people who are on call.
_DENIALS = frozenset(
    {"no", "nope", "nah", "not", "never", "cannot", "negative", "wrong", "ignore", "disregard"}
    | {"dont", "wont", "cant", "isnt", "didnt", "doesnt", "havent", "couldnt", "wouldnt", "shouldnt"}
    | {"deny", "denied", "reject", "rejected", "refuse", "abort", "cancel", "stop"}
    | {"nein", "nicht", "kein", "keine", "nee", "niet", "nej", "ikke", "inte", "ei", "non", "pas", "não", "nao"}
    | {"nunca", "nie", "ne", "не", "нет", "ні", "hayir"}
)
_QUERIES = frozenset({"what", "what's", "whats", "who", "why", "which", "huh", "wtf"})  # many leave the sign out
_DENYING_SIGNS = frozenset("👎❌🚫⛔✖❎✗✘🙅")
_OVERRIDES = frozenset("\u202d\u202e")
_REORDERING = _OVERRIDES | frozenset("\u202a\u202b\u202c\u2066\u2067\u2068\u2069")
_STRAIGHT = str.maketrans("‘’‚“”„‐‑‒–—", "'''\"\"\"-----")


class Choice(NamedTuple):
    """One way to answer: its code, and its word as the question shows it, with what stands between them."""

    code: str
    word: str
    joint: str = "for"  # or "to", before what somebody does


# --- how choices are offered


def parse_choices(value: object) -> tuple[str, ...]:
    """Return the words of a list of choices, in text with commas, or in JSON. Raises WrongValue for wrong ones."""
    if isinstance(value, (bool, dict)):
        raise WrongValue(
            "The parameter 'responses' is not a list of choices. Give words separated by commas, such as yes,no."
        )
    words = tuple(" ".join(part.split()) for part in parts_of(value))
    if not 1 <= len(words) <= MAX_CHOICES:
        raise WrongValue(f"The parameter 'responses' has {len(words)} choices; give 1 to {MAX_CHOICES}.")
    known: set[str] = set()
    for word in words:
        said, choice = bare(word), f"The choice {quoted(word)} of 'responses'"
        if any(unicodedata.category(char) in ("Cs", "Cc") or char in _REORDERING for char in word):
            raise WrongValue(
                f"The choice {word!a} of 'responses' holds half of a character, or one that changes the order of "
                "what is shown. Remove it."
            )
        if is_blank(said) or "," in word or _is_doubtful(word):
            raise WrongValue(f"{choice} cannot be answered: use letters or digits.")
        if said in _REFUSED_CHOICES:
            raise WrongValue(
                f"{choice} is a keyword of carriers and Twilio: a person who answers it may be opted out. "
                "Use another word."
            )
        if re.fullmatch("[0-9]{3,6}", said):
            raise WrongValue(f"{choice} looks like a code. Use another word.")
        if said in known:
            raise WrongValue(
                f"The choice {quoted(word)} appears in 'responses' twice. Upper and lower case count as the same."
            )
        known.add(said)
    return words


def draw_number(text: str, taken: Collection[int], choose: Callable[[Sequence[int]], int]) -> int | None:
    """Draw a question's number, which its own text does not hold and which is not taken; None where none is free."""
    held = re.findall("[0-9]+", _plain(text))
    free = [
        number for number in QUESTION_NUMBERS if number not in taken and not any(str(number) in run for run in held)
    ]
    return choose(free) if free else None


def numbered_choices(number: int, words: Iterable[str], joint: str = "for") -> tuple[Choice, ...]:
    """Give each word the code of a question's number and its place."""
    return tuple(Choice(f"{number}{place}", word, joint) for place, word in enumerate(words, start=1))


def long_choices(words: Iterable[str], draw_digits: Callable[[], int]) -> tuple[Choice, ...]:
    """Give each word six digits of its own; `draw_digits` draws from 0 to 999999, unpredictably."""
    choices: dict[str, Choice] = {}
    for word in words:
        while (code := f"{draw_digits():0{LONG_CODE_DIGITS}d}") in choices:
            pass
        choices[code] = Choice(code, word)
    return tuple(choices.values())


def reply_line(choices: Iterable[Choice], question: str = "") -> str:
    """Return how to answer, such as "Reply 4211 for yes, 4212 for no", after the first words of a question.

    It is one line, so that nobody takes it for a question.
    """
    codes = "Reply " + ", ".join(f"{choice.code} {choice.joint} {choice.word}" for choice in choices)
    name = " ".join(question.split())
    if len(name) > _NAME_CHARS:
        name = name[: _NAME_CHARS + 1].rpartition(" ")[0] or name[:_NAME_CHARS]
        name += "..."
    return f'"{name}" {codes}' if name else codes


@lru_cache(maxsize=4096)  # the same rows are judged again after each poll
def parse_reply_line(line: str) -> tuple[Choice, ...]:
    """Return the choices of a reply line, whatever stands before it; none where this app would not write them."""
    for found in reversed(list(_REPLY.finditer(line))):
        parts = [_CHOICE.fullmatch(part) for part in line[found.end() :].split(", ")]
        choices = tuple(Choice(part["code"], part["word"], part["joint"]) for part in parts if part)
        if len(choices) == len(parts) <= MAX_CHOICES and _are_codes([choice.code for choice in choices]):
            return choices
    return ()


def _are_codes(codes: Sequence[str]) -> bool:
    if all(len(code) == LONG_CODE_DIGITS for code in codes):
        return len(set(codes)) == len(codes)
    number = codes[0][:-1]
    is_known = int(number) in (_OLD_QUESTION_NUMBERS if len(number) == 2 else QUESTION_NUMBERS)
    return is_known and list(codes) == [f"{number}{place}" for place in range(1, len(codes) + 1)]


# --- which choice a text names


def chosen_by_code(text: str, choices: Sequence[Choice]) -> Choice | None:
    """Return the choice whose code a text holds."""
    if not any(choice.code in numbers_in(text) for choice in choices) or _is_doubtful(text):
        return None
    found = [choice for choice in choices if _names(_folded(text), choice, choices)]
    return found[0] if len(found) == 1 else None


def _names(said: str, choice: Choice, choices: Sequence[Choice]) -> bool:
    own = _places(choice.word, said)
    rest = "".join(" " if any(start <= at < end for start, end in own) else char for at, char in enumerate(said))
    numbers = [number for number in re.findall("[0-9]+", rest) if len(number) >= 3]
    if set(numbers) != {choice.code} or len(re.findall(_BEFORE + choice.code + _AFTER, rest)) != len(numbers):
        return False
    for other in choices:
        if other is not choice and any(
            not any(start <= first and last <= end for start, end in own) for first, last in _places(other.word, said)
        ):
            return False
    others = [word.strip("'") for word in re.findall(r"[\w']+", rest)]
    is_contracted_not = any(word.endswith("n't") for word in others)  # don't, won't, isn't
    if is_contracted_not or not (_DENIALS | _QUERIES).isdisjoint(others) or not _DENYING_SIGNS.isdisjoint(rest):
        return False
    quoted_line = _folded(reply_line(choices))
    if quoted_line in said and re.search(r"\w", said.replace(quoted_line, "")):
        return False
    cut_off = re.search(rf"(?<!\w)reply {choice.code}", said)
    return cut_off is None or not bare(said[: cut_off.start()])


def chosen_by_word(text: str, choices: Sequence[Choice]) -> Choice | None:
    """Return the choice whose word a text is."""
    said = "" if _is_doubtful(text) else bare(text)
    found = [choice for choice in choices if said and bare(choice.word) == said]
    return found[0] if len(found) == 1 else None


def is_keyword(text: str) -> bool:
    """Whether a text is one that carriers and Twilio act upon, such as STOP, START or HELP."""
    return bare(text) in _KEYWORDS


def is_opt_out(text: str) -> bool:
    """Whether a text stops all further messages."""
    return bare(text) in _OPT_OUTS


def numbers_in(text: str) -> list[str]:
    """Return every run of digits in a text, in the digits 0 to 9."""
    return re.findall("[0-9]+", _plain(text))


def bare(text: str) -> str:
    """Return a text in the form in which words are compared: in lower case, without punctuation around it."""
    word = _folded(text)
    letters = [at for at, char in enumerate(word) if not (char == " " or unicodedata.category(char)[0] == "P")]
    return word[letters[0] : letters[-1] + 1] if letters else ""


def _folded(text: str) -> str:
    """A text in lower case. The two letters i of Turkish count as one: its capital I is that of the dotless one."""
    return _plain(text).casefold().replace("i\u0307", "i").replace("ı", "i")


def _plain(text: str) -> str:
    """A text without what nobody sees, in the digits 0 to 9, with straight quotes and dashes, and single blanks."""
    shown = []
    for char in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(char)
        if category == "Nd":
            shown.append(str(unicodedata.digit(char)))
        elif category != "Cf" and not "\ufe00" <= char <= "\ufe0f" and char != "\u20e3":
            shown.append(char)
    return " ".join("".join(shown).translate(_STRAIGHT).split())


def _is_doubtful(text: str) -> bool:
    """Whether a text asks back, or may mean the opposite of its words."""
    said = unicodedata.normalize("NFKC", text)
    asks = any(word in unicodedata.name(char, "") for char in text + said for word in ("QUESTION MARK", "INTERROBANG"))
    is_reordered = not _OVERRIDES.isdisjoint(said)
    return asks or is_reordered or bool(_GREEK_QUESTION.search(said) or _NEGATION.search(said))


def _places(word: str, said: str) -> list[tuple[int, int]]:
    """Where a choice's word stands in a text, as a word by itself."""
    word = bare(word) or _folded(word)
    before, after = r"(?<!\w)" if re.match(r"\w", word) else "", r"(?!\w)" if re.search(r"\w\Z", word) else ""
    return [found.span() for found in re.finditer(before + re.escape(word) + after, said)]
