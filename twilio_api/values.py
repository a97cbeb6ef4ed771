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
"""Values as people, forms and programs give them: read and checked, or refused with a sentence for a person.

Most functions take `where`: how that sentence names the value, such as "The parameter 'timeout'".
"""

from __future__ import annotations

import ipaddress
import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from twilio_api.text import is_blank
from twilio_consts import MAX_BODY_CHARS, MAX_MEDIA


class WrongValue(Exception):
    """A value that was given cannot be used. The text is a sentence for a person."""


# --- any value

_SHOWN_CHARS = 60
# No phone number is as long, but tokens, secrets and SIDs are longer. People paste secrets into wrong fields.
_LONG_WORD = r"(\w{4})\w{16,}"  # compiled when a value is shown, which few runs do
_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "„": "“", "‘": "’", "«": "»"}
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no", ""})


def quoted(value: object) -> str:
    """Return a value in quotes, as an error shows it: what is no text is written as JSON.

    Of a word of 20 characters or more, which may be a secret, and of a longer text only the beginning is shown.
    """
    text = value if isinstance(value, str) else as_text(value)
    if text is None:
        text = json.dumps(value, ensure_ascii=False, default=str)
    text = re.sub(_LONG_WORD, r"\1…", text)
    return f"'{text}'" if len(text) <= _SHOWN_CHARS else f"'{text[:_SHOWN_CHARS]}…'"


def is_given(value: object) -> bool:
    """Whether an optional value was filled in."""
    return value is not None and str(value).strip() != ""


def as_text(value: object) -> str | None:
    """Return a value that is text or a number as text, without blanks and quotes around it; None for any other value.

    A number that is whole has no decimals; NaN and infinity are no numbers; nothing at all is empty.
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    if isinstance(value, float):
        return None if not math.isfinite(value) else str(int(value)) if value.is_integer() else str(value)
    text = str(value).strip()
    return text[1:-1].strip() if len(text) > 1 and _QUOTES.get(text[0]) == text[-1] else text


def parts_of(value: object) -> list[str]:
    """Return the parts of a list, without the blanks around them and without empty ones.

    It is a list, a text that is one in JSON, or a text with commas between the parts. None, which a program has where a
    value is missing, is empty.
    """
    if isinstance(value, str) and value.lstrip().startswith("["):
        with suppress(ValueError, RecursionError):  # of a text with commas that begins with a bracket
            value = json.loads(value)
    if not isinstance(value, (list, tuple)):
        value = str("" if value is None else value).split(",")
    parts = (int(part) if isinstance(part, float) and part.is_integer() else part for part in value)
    return [text for part in parts if part is not None and (text := str(part).strip())]


def parse_truth(value: object, where: str) -> bool:
    """Return a truth value, which may have been given as a word or as a number. Raises WrongValue."""
    text = str(value) if isinstance(value, bool) else as_text(value)
    if text is None or text.lower() not in _TRUE | _FALSE:
        raise WrongValue(f"{where} is wrong: {quoted(value)} is neither true nor false.")
    return text.lower() in _TRUE


# --- numbers and times

_DAY_S = 24 * 60 * 60
# Compiled when a time is read, which few runs do.
_TIME = (
    r"(?ia)(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?P<fraction>[.,]\d+)?)?"
    r" ?(?P<zone>Z|(?P<sign>[+-])(?P<zone_hours>\d\d):?(?P<zone_minutes>\d\d)?)?)?"
)


class Moment(NamedTuple):
    """A time that a person gave, in seconds since the epoch: where it begins, and the first second after it.

    A date alone lasts a day, any other time a second, since Twilio dates in whole seconds.
    """

    begin: float
    end: float


def parse_number(value: object, where: str, unit: str, least: float, most: float) -> float:
    """Return a number, which may have been given as text. Raises WrongValue for one that is out of range, too."""
    number = math.nan
    with suppress(ValueError):
        number = float(as_text(value) or "")
    if not least <= number <= most:
        raise WrongValue(f"{where} is wrong: {quoted(value)} is not a number of {unit} from {least:g} to {most:g}.")
    return number


def parse_whole_number(value: object, where: str, unit: str, least: int, most: int) -> int:
    """Return a whole number, which may have been given as text, or with decimals of zero. Raises WrongValue."""
    number = parse_number(value, where, unit, least, most)
    if not number.is_integer():
        raise WrongValue(f"{where} is wrong: {quoted(value)} is not a whole number of {unit}.")
    return int(number)


def parse_moment(value: object, where: str) -> Moment:
    """Return the time that a text in ISO 8601 stands for: a date alone or with a time, in UTC unless it has a zone.

    Raises WrongValue for anything else.
    """
    found = re.fullmatch(_TIME, as_text(value) or "")
    try:
        if found is None:
            raise ValueError
        day = datetime.strptime(found["date"], "%Y-%m-%d").replace(tzinfo=timezone.utc)
        if not found["hour"]:
            return Moment(day.timestamp(), day.timestamp() + _DAY_S)
        clock = [int(found[part] or 0) for part in ("hour", "minute", "second", "zone_hours", "zone_minutes")]
        hour, minute, second, zone_hours, zone_minutes = clock
        offset = timedelta(hours=zone_hours, minutes=zone_minutes) * (-1 if found["sign"] == "-" else 1)
        time = day.replace(hour=hour, minute=minute, second=second, tzinfo=timezone(offset))
        begin = time.timestamp() + float((found["fraction"] or ".0").replace(",", "."))
    except (ValueError, OverflowError):
        raise WrongValue(
            f"{where} is wrong: {quoted(value)} is not a time in ISO 8601, such as 2026-11-23 or 2026-11-23T14:30:00Z "
            "(UTC where no zone is given)."
        ) from None
    return Moment(begin, math.floor(begin) + 1.0)


# --- names that Twilio gives, and texts that it takes

# Two capitals and 32 hex digits; being part of a path, they are held to letters and digits
_SID = re.compile(r"[A-Z]{2}[0-9A-Za-z]{1,64}")


def checked_sid(value: object, kinds: tuple[str, ...], where: str, example: str) -> str:
    """Return a SID of one of these kinds, without blanks. Raises WrongValue for anything else."""
    sid = as_text(value) or ""
    if not re.fullmatch(rf"(?:{'|'.join(kinds)})[0-9a-fA-F]{{32}}", sid):
        raise WrongValue(f"{where} is wrong: it is {' or '.join(kinds)} and 32 hexadecimal digits, such as {example}.")
    return sid


def sid_of(resource: dict[str, Any]) -> str:
    """Return the SID of a resource of Twilio's, empty where it has none that can stand in a path."""
    sid = resource.get("sid")
    return sid if isinstance(sid, str) and _SID.fullmatch(sid) else ""


def num_media(message: Mapping[str, Any]) -> str:
    """Return how many files a message of Twilio's has, in digits, as Twilio says it; "0" where it does not say."""
    return str(message.get("num_media") or "0")


def checked_text(value: object, where: str) -> str:
    """Return a text unchanged, and a number as its digits. Raises WrongValue where it is blank or no text."""
    text = value if isinstance(value, str) else as_text(value)
    if text is None:
        raise WrongValue(f"{where} is {_what_else(value)}, not a text. Give a text.")
    if is_blank(text):
        raise WrongValue(f"{where} is blank. Give a text.")
    return text


def checked_body(value: object, where: str) -> str:
    """Return the text of a message, unchanged, if Twilio can take it.

    Raises WrongValue where it is blank or no text, longer than MAX_BODY_CHARS
    (https://www.twilio.com/docs/api/errors/21617), or cannot be encoded.
    """
    body = checked_text(value, where)
    if len(body) > MAX_BODY_CHARS:
        raise WrongValue(f"{where} has {len(body)} characters; Twilio takes at most {MAX_BODY_CHARS}. Shorten it.")
    if half := re.search("[\ud800-\udfff]", body):
        at = half.start() + 1
        raise WrongValue(f"{where} holds half of a character at position {at}, which cannot be sent. Remove it.")
    return body


def checked_json_object(value: object, where: str, example: str) -> str:
    """Return a JSON object as text; empty where nothing is given.

    Raises WrongValue for anything else, and for an object with NaN, infinity or half of a character in it, which Python
    writes and other readers of JSON refuse.
    """
    if not is_given(value):
        return ""
    try:
        found = value if isinstance(value, dict) else json.loads(str(value))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise WrongValue(f"{where} is wrong: it is a JSON object, such as {example}.")
    try:
        json.dumps(found, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise WrongValue(
            f"{where} is wrong: it holds NaN, infinity or half of a character, which cannot be sent."
        ) from None
    return json.dumps(found) if isinstance(value, dict) else str(value).strip()


def parse_media_urls(value: object, where: str) -> tuple[str, ...]:
    """Return the URLs of a message's media: those of a list, in text with commas or in JSON; none where none is given.

    Raises WrongValue for one that is not https, and for more than MAX_MEDIA
    (https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource). In a text with commas, a
    comma inside a URL is written as %2C.
    """
    urls = parts_of(value)
    if len(urls) > MAX_MEDIA:
        raise WrongValue(f"{where} has {len(urls)} URLs; Twilio takes at most {MAX_MEDIA}.")
    return tuple(_checked_url(url, where) for url in urls)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _checked_url(url: str, where: str) -> str:
    with suppress(ValueError):
        url.encode()
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname and not any(char.isspace() for char in url):
            return url
    raise WrongValue(
        f"{where} is wrong: {quoted(url)} is not an https URL that Twilio can fetch, "
        "such as https://example.com/map.png."
    )


def _what_else(value: object) -> str:
    """What a value that is no text is called in JSON."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "NaN or infinite" if isinstance(value, float) else "an object"
