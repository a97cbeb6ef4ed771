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


_MAX_TWIML_CHARS = 4000  # https://www.twilio.com/docs/api/errors/32018
SAY_TIMES = 2  # a message is spoken twice

# What XML has no place for, and the control characters: https://www.w3.org/TR/xml/#charsets
_UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SENTENCE_ENDS = (".", "!", "?", "…", ":", ";", "。", "！", "？")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
# Such as "woman", "Polly.Joanna-Neural", "Google.en-US-Chirp3-HD-Aoede": https://www.twilio.com/docs/voice/twiml/say
_VOICE = re.compile(r"[A-Za-z]{1,20}(\.[A-Za-z0-9_-]{1,60})?")


class Phrases(NamedTuple):
    """What the app itself says in a language, and its words for characters."""

    press_1: str
    not_understood: str
    acknowledged: str
    farewell: str
    of_chars: dict[str, str]


# By the language's first part, as in "pt-BR": 15 languages. In others, the app speaks English.
_PHRASES = {
    "en": Phrases(
        "Press 1 to acknowledge.",
        "That was not understood.",
        "Thank you. You have acknowledged.",
        "You have not acknowledged. Goodbye.",
        {"&": "and", "<": "less than", ">": "greater than"},
    ),
    "da": Phrases(
        "Tryk på 1 for at bekræfte.",
        "Svaret blev ikke forstået.",
        "Tak. Du har bekræftet.",
        "Du har ikke bekræftet. Farvel.",
        {"&": "og", "<": "mindre end", ">": "større end"},
    ),
    "de": Phrases(
        "Drücken Sie die 1, um zu bestätigen.",
        "Das wurde nicht verstanden.",
        "Danke. Sie haben bestätigt.",
        "Sie haben nicht bestätigt. Auf Wiederhören.",
        {"&": "und", "<": "kleiner als", ">": "größer als"},
    ),
    "es": Phrases(
        "Pulse 1 para confirmar.",
        "No se ha entendido la respuesta.",
        "Gracias. Ha confirmado.",
        "No ha confirmado. Adiós.",
        {"&": "y", "<": "menor que", ">": "mayor que"},
    ),
    "fi": Phrases(
        "Vahvista painamalla 1.",
        "Valintaa ei ymmärretty.",
        "Kiitos. Olet vahvistanut.",
        "Et ole vahvistanut. Kuulemiin.",
        {"&": "ja", "<": "pienempi kuin", ">": "suurempi kuin"},
    ),
    "fr": Phrases(
        "Appuyez sur 1 pour confirmer.",
        "Votre réponse n'a pas été comprise.",
        "Merci. Vous avez confirmé.",
        "Vous n'avez pas confirmé. Au revoir.",
        {"&": "et", "<": "inférieur à", ">": "supérieur à"},
    ),
    "it": Phrases(
        "Premere 1 per confermare.",
        "La risposta non è stata riconosciuta.",
        "Grazie. Ha confermato.",
        "Non ha confermato. Arrivederci.",
        {"&": "e", "<": "minore di", ">": "maggiore di"},
    ),
    "ja": Phrases(
        "確認するには、1を押してください。",
        "入力を認識できませんでした。",
        "ありがとうございます。確認されました。",
        "確認されませんでした。失礼いたします。",
        {"&": "と", "<": "小なり", ">": "大なり"},
    ),
    "ko": Phrases(
        "확인하시려면 1번을 눌러 주세요.",
        "입력을 인식하지 못했습니다.",
        "감사합니다. 확인되었습니다.",
        "확인되지 않았습니다. 안녕히 계세요.",
        {"&": "그리고", "<": "보다 작음", ">": "보다 큼"},
    ),
    "nb": Phrases(
        "Trykk 1 for å bekrefte.",
        "Svaret ble ikke forstått.",
        "Takk. Du har bekreftet.",
        "Du har ikke bekreftet. Ha det bra.",
        {"&": "og", "<": "mindre enn", ">": "større enn"},
    ),
    "nl": Phrases(
        "Druk op 1 om te bevestigen.",
        "Uw antwoord is niet begrepen.",
        "Bedankt. U hebt bevestigd.",
        "U hebt niet bevestigd. Tot ziens.",
        {"&": "en", "<": "kleiner dan", ">": "groter dan"},
    ),
    "pl": Phrases(
        "Naciśnij 1, aby potwierdzić.",
        "Nie rozpoznano odpowiedzi.",
        "Dziękujemy. Odbiór został potwierdzony.",
        "Odbiór nie został potwierdzony. Do usłyszenia.",
        {"&": "i", "<": "mniejsze niż", ">": "większe niż"},
    ),
    "pt": Phrases(
        "Pressione 1 para confirmar.",
        "A resposta não foi compreendida.",
        "Obrigado. A mensagem foi confirmada.",
        "A mensagem não foi confirmada. Até logo.",
        {"&": "e", "<": "menor que", ">": "maior que"},
    ),
    "sv": Phrases(
        "Tryck 1 för att bekräfta.",
        "Svaret kunde inte tolkas.",
        "Tack. Du har bekräftat.",
        "Du har inte bekräftat. Hej då.",
        {"&": "och", "<": "mindre än", ">": "större än"},
    ),
    "zh": Phrases(
        "请按1确认。",
        "未能识别您的输入。",
        "谢谢。您已确认。",
        "您没有确认。再见。",
        {"&": "和", "<": "小于", ">": "大于"},
    ),
}
_OTHER_NAMES = {"cmn": "zh", "yue": "zh", "no": "nb", "nn": "nb"}  # of Chinese and Norwegian


def phrases(language: str) -> Phrases:
    """Return what the app says in a language such as "en-US"; in English where it does not know the language."""
    name = language.split("-")[0].lower()
    return _PHRASES.get(_OTHER_NAMES.get(name, name), _PHRASES["en"])


def checked_language(value: object, where: str) -> str:
    """Return the language of a text to speak, as Twilio names it. Raises WrongValue for what can be no language."""
    language = str(value).strip()
    if not _LANGUAGE.fullmatch(language):
        raise WrongValue(
            f"{where} is wrong: {quoted(value)} is not a language. Give one that Twilio speaks, such as en-US."
        )
    return language


def checked_voice(value: object, where: str) -> str:
    """Return the name of a voice that speaks, as Twilio writes it. Raises WrongValue for what can be no such name."""
    voice = str(value).strip()
    if not _VOICE.fullmatch(voice):
        raise WrongValue(
            f"{where} is wrong: {quoted(value)} is not the name of a voice. Give one of Twilio's, such as Polly.Joanna."
        )
    return voice


def speakable(text: str) -> str:
    """Return a text without what cannot be spoken: control characters, unpaired surrogates."""
    return " ".join(_UNSPEAKABLE.sub(" ", text).split())


def speakable_without_markup(text: str, language: str) -> str:
    """Return a text that is spoken as it is, whether or not it is taken for XML or a Liquid template on its way.

    The characters that would mean something there become words, or blanks.
    """
    for char, word in {**phrases(language).of_chars, "{": "", "}": ""}.items():
        text = text.replace(char, f" {word} ")
    return speakable(text)


def as_sentence(text: str) -> str:
    """Return a text with a full stop where it has no mark at its end, so that a voice pauses before what follows."""
    return text if text.endswith(_SENTENCE_ENDS) else f"{text}."


def say(text: str, language: str, voice: str = "", where: str = "The message") -> str:
    """Return the TwiML that speaks a text; by Twilio's own choice of a voice where `voice` is empty.

    Raises WrongValue where nothing is left of the text, or it is too long; `where` names it there.
    """
    response = ElementTree.Element("Response")
    how = {"language": language, "loop": str(SAY_TIMES), **({"voice": voice} if voice else {})}
    verb = ElementTree.SubElement(response, "Say", how)
    verb.text = speakable(text)
    twiml = ElementTree.tostring(response, encoding="unicode")
    check_speech(verb.text, len(twiml), where)
    return twiml


def check_speech(text: str, chars: int, where: str) -> None:
    """Raise WrongValue where nothing is left to speak, or where it makes more characters of TwiML than Twilio takes.

    See https://www.twilio.com/docs/api/errors/32018.
    """
    if not text:
        raise WrongValue(f"{where} holds nothing that can be spoken. Give a text.")
    if chars > _MAX_TWIML_CHARS:
        raise WrongValue(
            f"{where} is too long for a call: it makes {chars} characters of TwiML, and Twilio takes at most "
            f"{_MAX_TWIML_CHARS}. Shorten it by {chars - _MAX_TWIML_CHARS}."
        )
