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
"""The client's rules, call by call: what is sent, what is repeated, what is looked for, what is believed."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProxyError

from actions.asset import Asset
from tests.fake_clock import FakeClock
from twilio_api.client import TwilioClient
from twilio_api.errors import (
    ErrorAnswer,
    GaveUp,
    NoAnswer,
    OutcomeUnknown,
    StrangeAnswer,
    TwilioError,
    Unreachable,
)
from twilio_consts import CALL_RETRIES, MAX_ANSWER_BYTES


TOKEN = "0123456789abcdef0123456789abcdef"
ACCOUNT = "AC" + "0" * 32
ASSET = Asset("https://api.twilio.com/2010-04-01", ACCOUNT, TOKEN, "+15101281337")
ACCOUNT_URL = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}.json"
LOG_URL = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
TO, BODY = "+15101112345", "Page {1} & more"
SID, OTHER_SID = "SM" + "1" * 32, "SM" + "2" * 32
NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=timezone.utc).timestamp()  # by the server's clock


@pytest.fixture
def time() -> FakeClock:
    """The app's clock, which has nothing to do with the server's."""
    return FakeClock()


@pytest.fixture
def client(time: FakeClock) -> TwilioClient:
    """A client that never really sleeps."""
    return TwilioClient(ASSET, time.for_app())


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    """Answers that are declared, each used once, the last one again and again."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def rfc2822(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, timezone.utc))


def message(**changes: Any) -> dict[str, Any]:
    return {"sid": SID, "status": "queued", "to": TO, "body": BODY, "date_created": rfc2822(NOON), **changes}


def log(*rows: dict[str, Any]) -> dict[str, Any]:
    """The declaration of a message log that the server showed at noon."""
    return {"url": LOG_URL, "json": {"messages": list(rows)}, "headers": {"Date": rfc2822(NOON)}}


def methods(http: responses.RequestsMock) -> list[str]:
    return [str(call.request.method) for call in http.calls]


# --- what is sent


def test_a_create_call_is_one_form_with_basic_auth(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.post(LOG_URL, json=message(), status=201)
    assert client.create(TO, BODY).sid == SID
    (call,) = http.calls
    assert parse_qs(str(call.request.body)) == {"To": [TO], "From": [ASSET.from_phone], "Body": [BODY]}
    assert call.request.headers["Authorization"] == "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    assert call.request.headers["User-Agent"].startswith("splunk-soar-twilio/")


def test_a_created_message_is_the_resource_as_it_came(client: TwilioClient, http: responses.RequestsMock) -> None:
    resource = message(error_code=None, price=None, nested={"a": [1]})
    http.post(LOG_URL, json=resource, status=201)
    assert client.create(TO, BODY).resource == resource


# --- the account


def account(**changes: Any) -> dict[str, Any]:
    return {"sid": ACCOUNT, "status": "active", "type": "Full", "friendly_name": "Ops", "auth_token": TOKEN, **changes}


def test_the_account_is_told_without_its_token(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.get(ACCOUNT_URL, json=account(friendly_name=f"Ops {TOKEN}"))
    found = client.account()
    assert (found.friendly_name, found.status, found.type) == ("Ops ***", "active", "Full")
    assert found.is_active
    assert TOKEN not in repr(found)


@pytest.mark.parametrize("status", ["suspended", "closed", "brand new"])
def test_any_other_status_than_active_cannot_send(
    client: TwilioClient, http: responses.RequestsMock, status: str
) -> None:
    http.get(ACCOUNT_URL, json=account(status=status))
    assert not client.account().is_active


@pytest.mark.parametrize("answer", [{}, {"sid": "AC" + "1" * 32}, {"sid": None}, {"messages": []}])
def test_another_answer_than_this_account_is_strange(
    client: TwilioClient, http: responses.RequestsMock, answer: dict[str, Any]
) -> None:
    http.get(ACCOUNT_URL, json=answer)
    with pytest.raises(StrangeAnswer, match="not this account"):
        client.account()


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_reading_the_account_is_repeated_with_growing_pauses(
    client: TwilioClient, http: responses.RequestsMock, time: FakeClock, status: int
) -> None:
    for _ in range(3):
        http.get(ACCOUNT_URL, json={"code": 1}, status=status)
    http.get(ACCOUNT_URL, json=account())
    assert client.account().is_active
    assert time.slept == [0.5, 1.0, 2.0]


def test_the_pauses_are_jittered(http: responses.RequestsMock, time: FakeClock) -> None:
    http.get(ACCOUNT_URL, status=503)
    http.get(ACCOUNT_URL, json=account())
    TwilioClient(ASSET, time.for_app(random=lambda: 0.5)).account()
    assert time.slept == [0.625]


@pytest.mark.parametrize(
    ("asked", "kept"), [("3", 3.0), ("3600", 10.0), ("0", 0.5), ("-1", 0.5), ("nan", 0.5), ("soon", 10.0)]
)
def test_retry_after_is_heeded_up_to_a_cap(
    client: TwilioClient, http: responses.RequestsMock, time: FakeClock, asked: str, kept: float
) -> None:
    http.get(ACCOUNT_URL, status=503, json={}, headers={"Retry-After": asked})
    http.get(ACCOUNT_URL, json=account())
    client.account()
    assert time.slept == [kept]


def test_reading_gives_up_after_some_repetitions(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.get(ACCOUNT_URL, body=requests.ConnectionError("reset"))
    with pytest.raises(NoAnswer):
        client.account()
    assert len(http.calls) == 1 + CALL_RETRIES


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refused_read_is_not_repeated(client: TwilioClient, http: responses.RequestsMock, status: int) -> None:
    http.get(ACCOUNT_URL, json={"code": 20003}, status=status)
    with pytest.raises(ErrorAnswer):
        client.account()
    assert len(http.calls) == 1


# --- a create call: refused, turned away, never arrived


@pytest.mark.parametrize(
    ("status", "code"), [(400, 21211), (401, 20003), (403, 20005), (404, 20404), (429, 21611), (429, None), (400, None)]
)
def test_a_refusal_is_neither_repeated_nor_searched_for(
    client: TwilioClient, http: responses.RequestsMock, status: int, code: int | None
) -> None:
    http.post(LOG_URL, json={"code": code, "message": "no"}, status=status)
    with pytest.raises(ErrorAnswer) as caught:
        client.create(TO, BODY)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert methods(http) == ["POST"]


def test_a_proxys_refusal_is_told_by_its_visible_text(client: TwilioClient, http: responses.RequestsMock) -> None:
    page = "<html><style>p {x}</style><script>alert(1)</script><h1>Access</h1><p>denied &amp; logged</p></html>"
    http.post(LOG_URL, body=page, status=403, content_type="application/json")
    with pytest.raises(StrangeAnswer, match=r"^Status Code: 403\. Data from server: Access denied & logged$"):
        client.create(TO, BODY)
    assert methods(http) == ["POST"]


def test_429_with_code_20429_is_repeated_with_growing_pauses(
    client: TwilioClient, http: responses.RequestsMock, time: FakeClock
) -> None:
    for _ in range(CALL_RETRIES):
        http.post(LOG_URL, json={"code": 20429}, status=429)
    http.post(LOG_URL, json=message(), status=201)
    assert client.create(TO, BODY).sid == SID
    assert time.slept == [0.5, 1.0, 2.0, 4.0]


def test_a_server_that_turns_everything_away_is_given_up(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.post(LOG_URL, json={"code": 20429}, status=429)
    with pytest.raises(ErrorAnswer, match="20429"):
        client.create(TO, BODY)
    assert methods(http) == ["POST"] * (1 + CALL_RETRIES)


def test_a_connection_that_was_never_made_is_tried_again(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.post(LOG_URL, body=requests.ConnectTimeout("timed out"))
    http.post(LOG_URL, json=message(), status=201)
    assert client.create(TO, BODY).sid == SID


def wrapped(reason: Exception) -> requests.ConnectionError:
    """What requests raises for an error of urllib3."""
    return requests.ConnectionError(MaxRetryError(None, "/", reason))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        (NewConnectionError(None, "[Errno -2] Name or service not known"), "its name cannot be resolved"),  # type: ignore[arg-type]
        (NewConnectionError(None, "[Errno 111] Connection refused"), "the connection was refused"),  # type: ignore[arg-type]
        (NewConnectionError(None, "[Errno 101] Network is unreachable"), "the network does not lead there"),  # type: ignore[arg-type]
        (ConnectTimeoutError(None, "connection timed out"), "timed out while connecting"),
        (ProxyError("no", OSError("Tunnel connection failed: 407 Authentication Required")), "the proxy said: .* 407"),
        (ProxyError("no", NewConnectionError(None, "Connection refused")), "the connection was refused"),  # type: ignore[arg-type]
    ],
    ids=["name", "refused", "no route", "timed out", "proxy refuses", "proxy gone"],
)
def test_why_no_connection_was_made_is_told(
    client: TwilioClient, http: responses.RequestsMock, reason: Exception, says: str
) -> None:
    http.post(LOG_URL, body=wrapped(reason))
    with pytest.raises(Unreachable, match=rf"^Could not connect to api\.twilio\.com: {says}.*\. Nothing was sent\."):
        client.create(TO, BODY)
    assert methods(http) == ["POST"] * (1 + CALL_RETRIES)


def test_a_reset_behind_a_proxy_is_unclear(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.post(LOG_URL, body=wrapped(ProxyError("no", ConnectionResetError("reset"))))
    http.get(**log())
    with pytest.raises(OutcomeUnknown):
        client.create(TO, BODY)
    assert methods(http).count("POST") == 1


def test_an_untrusted_certificate_is_not_tried_again(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.post(LOG_URL, body=requests.exceptions.SSLError(ssl.SSLCertVerificationError("self-signed")))
    with pytest.raises(Unreachable, match="its TLS certificate is not trusted"):
        client.create(TO, BODY)
    assert methods(http) == ["POST"]


# --- a create call whose fate is unknown

UNCLEAR: dict[str, dict[str, Any]] = {
    "read timeout": {"body": requests.ReadTimeout("timed out")},
    "reset": {"body": requests.ConnectionError("reset")},
    "cut off while read": {"body": requests.exceptions.ChunkedEncodingError("incomplete")},
    "500": {"json": {"code": 20500}, "status": 500},
    "503": {"json": {"code": 20503}, "status": 503},
    "408": {"json": {"code": 1}, "status": 408},
    "a gateway's page": {"body": "<h1>Bad Gateway</h1>", "status": 502},
    "a page with status 200": {"body": "<h1>Welcome</h1>", "status": 200},
    "empty": {"body": "", "status": 201},
    "an array": {"json": [], "status": 201},
    "cut-off JSON": {"body": '{"sid": "SM', "status": 201},
    "not UTF-8": {"body": b'{"sid": "\xff"}', "status": 201},
    "nested without end": {"body": "[" * 100_000, "status": 201},
    "no number": {"body": '{"sid": NaN}', "status": 201},
    "no SID": {"json": {"status": "queued"}, "status": 201},
    "a SID that leads elsewhere": {"json": message(sid="SM/../../x"), "status": 201},
    "a redirect": {"status": 302, "headers": {"Location": "https://elsewhere.example/"}},
}


@pytest.fixture(params=list(UNCLEAR.values()), ids=list(UNCLEAR))
def unclear(request: pytest.FixtureRequest, http: responses.RequestsMock) -> None:
    """A create call that ends unclear."""
    http.post(LOG_URL, **request.param)


@pytest.mark.usefixtures("unclear")
def test_an_unclear_create_call_goes_on_with_what_the_log_shows(
    client: TwilioClient, http: responses.RequestsMock
) -> None:
    http.get(**log(message(status="sending")))
    assert client.create(TO, BODY) == (SID, message(status="sending"))
    assert methods(http) == ["POST", "GET"]


@pytest.mark.usefixtures("unclear")
def test_an_unclear_create_call_that_the_log_does_not_show_is_never_repeated(
    client: TwilioClient, http: responses.RequestsMock, time: FakeClock
) -> None:
    http.get(**log())
    with pytest.raises(OutcomeUnknown, match=r"cannot be known .* not sent again"):
        client.create(TO, BODY)
    assert methods(http) == ["POST"] + ["GET"] * 4
    assert time.slept == [0.0, 1.0, 2.0, 4.0]


@pytest.fixture
def lost(http: responses.RequestsMock) -> None:
    """A create call whose answer got lost."""
    http.post(LOG_URL, body=requests.ReadTimeout("timed out"))


@pytest.mark.usefixtures("lost")
def test_the_log_is_asked_for_recipient_and_sender(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.get(**log(message()))
    client.create(TO, BODY)
    asked = parse_qs(urlsplit(str(http.calls[1].request.url)).query)
    assert asked == {"To": [TO], "From": [ASSET.from_phone], "PageSize": ["50"]}


@pytest.mark.usefixtures("lost")
def test_a_log_that_lags_is_looked_into_again(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.get(**log())
    http.get(**log())
    http.get(**log(message(date_created=rfc2822(NOON - 3))))  # created at once, shown three seconds later
    assert client.create(TO, BODY).sid == SID


@pytest.mark.usefixtures("lost")
def test_a_trial_accounts_prefix_is_looked_through(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.get(**log(message(body=f"Sent from your Twilio trial account - {BODY}")))
    assert client.create(TO, BODY).sid == SID


@pytest.mark.parametrize(
    "other",
    [
        {"body": f"{BODY}!"},
        {"body": f"Re: {BODY}"},
        {"body": None},
        {"to": "+15101112346"},
        {"date_created": rfc2822(NOON - 300)},
        {"date_created": None},
        {"date_created": "yesterday"},
        {"sid": "SM/x"},
        {"sid": None},
    ],
    ids=str,
)
@pytest.mark.usefixtures("lost")
def test_another_message_is_not_taken_for_this_one(
    client: TwilioClient, http: responses.RequestsMock, other: dict[str, Any]
) -> None:
    http.get(**log(message(**other)))
    with pytest.raises(OutcomeUnknown):
        client.create(TO, BODY)


@pytest.mark.parametrize("skew_s", [-86400.0, 0.0, 86400.0])
@pytest.mark.usefixtures("lost")
def test_only_the_servers_clock_counts(http: responses.RequestsMock, time: FakeClock, skew_s: float) -> None:
    http.get(**log(message(sid=OTHER_SID, date_created=rfc2822(NOON - 60)), message()))
    assert TwilioClient(ASSET, time.for_app(time=lambda: NOON + skew_s)).create(TO, BODY).sid == SID


@pytest.mark.usefixtures("lost")
def test_without_the_servers_clock_the_local_one_stands_in(http: responses.RequestsMock, time: FakeClock) -> None:
    http.get(LOG_URL, json={"messages": [message()]})
    assert TwilioClient(ASSET, time.for_app(time=lambda: NOON)).create(TO, BODY).sid == SID


def test_a_message_is_claimed_once_in_a_run(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.post(LOG_URL, json=message(), status=201)
    http.post(LOG_URL, body=requests.ReadTimeout("timed out"))
    http.get(**log(message(), message(sid=OTHER_SID)))
    assert [client.create(TO, BODY).sid, client.create(TO, BODY).sid] == [SID, OTHER_SID]
    with pytest.raises(OutcomeUnknown):
        client.create(TO, BODY)


@pytest.mark.parametrize(
    "failure",
    [{"status": 503}, {"body": "<h1>Busy</h1>"}, {"json": {"messages": None}}, {"body": requests.ConnectionError("x")}],
    ids=["503", "a page", "no log", "reset"],
)
@pytest.mark.usefixtures("lost")
def test_a_log_that_cannot_be_read_leaves_the_fate_unknown(
    client: TwilioClient, http: responses.RequestsMock, failure: dict[str, Any]
) -> None:
    http.get(LOG_URL, **failure)
    with pytest.raises(OutcomeUnknown, match="message log could not be read either"):
        client.create(TO, BODY)
    assert methods(http).count("POST") == 1


@pytest.mark.usefixtures("lost")
def test_a_log_with_odd_rows_is_read_all_the_same(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.get(LOG_URL, json={"messages": [None, 1, [], {}, message()]}, headers={"Date": rfc2822(NOON)})
    assert client.create(TO, BODY).sid == SID


@pytest.mark.usefixtures("lost")
def test_the_message_created_first_after_the_attempt_is_taken(
    client: TwilioClient, http: responses.RequestsMock
) -> None:
    http.get(**log(message(sid=OTHER_SID, date_created=rfc2822(NOON + 1)), message()))
    assert client.create(TO, BODY).sid == SID


# --- reading a message


def test_a_message_is_read_by_its_sid(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.get(LOG_URL.replace(".json", f"/{SID}.json"), json=message(status="sent"))
    assert client.message(SID).status == "sent"


@pytest.mark.parametrize("answer", [{}, {"sid": OTHER_SID, "status": "delivered"}, {"status": "delivered"}])
def test_another_message_is_not_believed(
    client: TwilioClient, http: responses.RequestsMock, answer: dict[str, Any]
) -> None:
    http.get(LOG_URL.replace(".json", f"/{SID}.json"), json=answer)
    with pytest.raises(StrangeAnswer):
        client.message(SID)


def test_a_look_is_not_repeated_by_the_client(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.get(LOG_URL.replace(".json", f"/{SID}.json"), status=503, json={"code": 20503})
    with pytest.raises(ErrorAnswer):
        client.message(SID)
    assert len(http.calls) == 1


# --- what an answer is


@pytest.mark.parametrize("label", ["application/json", "APPLICATION/Json ;charset=utf8", "text/html", "image/png", ""])
def test_the_body_counts_not_its_label(client: TwilioClient, http: responses.RequestsMock, label: str) -> None:
    http.post(LOG_URL, json=message(), status=201, content_type=label)
    assert client.create(TO, BODY).sid == SID


def test_a_byte_order_mark_does_no_harm(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.get(ACCOUNT_URL, body=b"\xef\xbb\xbf" + b'{"sid": "%s", "status": "active"}' % ACCOUNT.encode())
    assert client.account().is_active


def test_an_answer_is_read_up_to_a_sane_size(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.get(LOG_URL.replace(".json", f"/{SID}.json"), body=b" " * (MAX_ANSWER_BYTES + 1))
    with pytest.raises(StrangeAnswer, match="longer than"):
        client.message(SID)


def test_a_redirect_is_told_and_not_followed(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.get(ACCOUNT_URL, status=301, headers={"Location": "https://elsewhere.example/x"})
    with pytest.raises(
        StrangeAnswer, match=r"^Status Code: 301\. The server redirects to elsewhere\.example, .* never"
    ):
        client.account()
    assert {str(call.request.url) for call in http.calls} == {ACCOUNT_URL}


def test_cookies_are_not_kept(client: TwilioClient, http: responses.RequestsMock) -> None:
    http.get(ACCOUNT_URL, json=account(), headers={"Set-Cookie": "tracker=1; Path=/"})
    client.account()
    client.account()
    assert "Cookie" not in http.calls[1].request.headers


# --- secrets


@pytest.mark.parametrize(
    "body", [f'{{"message": "{TOKEN}"}}', f"<p>{TOKEN}</p>", base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()]
)
def test_a_server_that_echoes_the_credentials_is_told_without_them(
    client: TwilioClient, http: responses.RequestsMock, body: str
) -> None:
    http.post(LOG_URL, body=body, status=400)
    with pytest.raises(TwilioError, match=r"\*\*\*") as caught:
        client.create(TO, BODY)
    error = caught.value
    assert body not in f"{error} {error!r} {vars(error)}"
    assert TOKEN not in f"{error} {error!r} {vars(error)}"


def test_the_client_shows_no_token(client: TwilioClient) -> None:
    assert TOKEN not in repr(client)


# --- an outage


def test_after_a_long_outage_nothing_more_is_tried(
    client: TwilioClient, http: responses.RequestsMock, time: FakeClock
) -> None:
    http.get(LOG_URL.replace(".json", f"/{SID}.json"), body=requests.ConnectionError("reset"))
    with pytest.raises(NoAnswer):
        client.message(SID)
    time.now += 25.0
    with pytest.raises(GaveUp, match="gave no good answer for 25 seconds"):
        client.message(SID)
    assert len(http.calls) == 1


def test_a_create_call_is_only_begun_where_a_whole_call_fits(
    client: TwilioClient, http: responses.RequestsMock, time: FakeClock
) -> None:
    http.get(LOG_URL.replace(".json", f"/{SID}.json"), body=requests.ConnectionError("reset"))
    with pytest.raises(NoAnswer):
        client.message(SID)
    time.now += 11.0
    with pytest.raises(GaveUp, match="Nothing was sent"):
        client.create(TO, BODY)
    assert methods(http) == ["GET"]


@pytest.mark.parametrize("good", [{"json": message()}, {"json": {"code": 20404}, "status": 404}])
def test_a_good_answer_ends_an_outage(
    client: TwilioClient, http: responses.RequestsMock, time: FakeClock, good: dict[str, Any]
) -> None:
    url = LOG_URL.replace(".json", f"/{SID}.json")
    for declared in ({"body": requests.ConnectionError("reset")}, good, {"body": requests.ConnectionError("reset")}):
        http.get(url, **declared)
    for _ in range(3):
        with suppress(TwilioError):
            client.message(SID)
        time.now += 15.0
    with pytest.raises(NoAnswer):
        client.message(SID)
    assert len(http.calls) == 4
