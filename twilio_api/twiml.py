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
"""What a call says: a text of any characters, made speakable, and TwiML (https://www.twilio.com/docs/voice/twiml)."""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.etree import ElementTree

from twilio_api.values import WrongValue, quoted
from twilio_consts import MAX_TWIML_CHARS


SAY_TIMES = 2  # a message is spoken twice

# What XML has no place for, and the control characters: https://www.w3.org/TR/xml/#charsets
_UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SENTENCE_ENDS = (".", "!", "?", "…", ":", ";", "。", "！", "？")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class Phrases(NamedTuple):
    """What the app itself says in a language, and its words for three characters."""

    press_1: str
    thanks: str
    not_1: str
    and_: str
    less_than: str
    greater_than: str


_ENGLISH = Phrases(
    "Press 1 to acknowledge.",
    "Thank you. You have acknowledged.",
    "That was not 1. You have not acknowledged.",
    "and",
    "less than",
    "greater than",
)
_PHRASES = {
    "en": _ENGLISH,
    "de": Phrases(
        "Drücken Sie die 1, um zu bestätigen.",
        "Danke. Sie haben bestätigt.",
        "Das war nicht die 1. Sie haben nicht bestätigt.",
        "und",
        "kleiner als",
        "größer als",
    ),
    "es": Phrases(
        "Pulse 1 para confirmar.",
        "Gracias. Ha confirmado.",
        "Eso no era el 1. No ha confirmado.",
        "y",
        "menor que",
        "mayor que",
    ),
    "fr": Phrases(
        "Appuyez sur 1 pour confirmer.",
        "Merci. Vous avez confirmé.",
        "Ce n'était pas le 1. Vous n'avez pas confirmé.",
        "et",
        "inférieur à",
        "supérieur à",
    ),
    "it": Phrases(
        "Premere 1 per confermare.",
        "Grazie. Ha confermato.",
        "Non era 1. Non ha confermato.",
        "e",
        "minore di",
        "maggiore di",
    ),
    "pt": Phrases(
        "Pressione 1 para confirmar.",
        "Obrigado. Está confirmado.",
        "Não era o 1. Não está confirmado.",
        "e",
        "menor que",
        "maior que",
    ),
}


def phrases(language: str) -> Phrases:
    """Return what the app says in a language such as "en-US"; in English where it does not know the language."""
    return _PHRASES.get(language.split("-")[0].lower(), _ENGLISH)


def checked_language(value: object, where: str) -> str:
    """Return the language of a text to speak, as Twilio names it. Raises WrongValue for what can be no language."""
    language = str(value).strip()
    if not _LANGUAGE.fullmatch(language):
        raise WrongValue(
            f"{where} is wrong: {quoted(value)} is not a language. Give one that Twilio speaks, such as en-US."
        )
    return language


def speakable(text: str) -> str:
    """Return a text without what cannot be spoken: control characters, unpaired surrogates."""
    return " ".join(_UNSPEAKABLE.sub(" ", text).split())


def speakable_without_markup(text: str, language: str) -> str:
    """Return a text that is spoken as it is, whether or not it is taken for XML or a Liquid template on its way.

    The characters that would mean something there become words, or blanks.
    """
    words = phrases(language)
    for char, word in {"&": words.and_, "<": words.less_than, ">": words.greater_than, "{": "", "}": ""}.items():
        text = text.replace(char, f" {word} ")
    return speakable(text)


def as_sentence(text: str) -> str:
    """Return a text with a full stop where it has no mark at its end, so that a voice pauses before what follows."""
    return text if text.endswith(_SENTENCE_ENDS) else f"{text}."


def say(text: str, language: str, where: str = "The message") -> str:
    """Return the TwiML that speaks a text. Raises WrongValue where nothing is left of it, or it is too long."""
    response = ElementTree.Element("Response")
    verb = ElementTree.SubElement(response, "Say", {"language": language, "loop": str(SAY_TIMES)})
    verb.text = speakable(text)
    check_speakable(verb.text, where)
    twiml = ElementTree.tostring(response, encoding="unicode")
    check_length(len(twiml), where)
    return twiml


def check_speakable(text: str, where: str) -> None:
    """Raise WrongValue where nothing is left to speak."""
    if not text:
        raise WrongValue(f"{where} holds nothing that can be spoken. Give a text.")


def check_length(chars: int, where: str) -> None:
    """Raise WrongValue where what is spoken is longer than Twilio takes (https://www.twilio.com/docs/api/errors/32018)."""
    if chars > MAX_TWIML_CHARS:
        raise WrongValue(
            f"{where} is too long for a call: it makes {chars} characters of TwiML, and Twilio takes "
            f"at most {MAX_TWIML_CHARS}. Shorten it by {chars - MAX_TWIML_CHARS}."
        )
