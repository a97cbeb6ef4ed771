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
"""What an error code of Twilio means for the person who has to act on it (https://www.twilio.com/docs/api/errors).

Whether anything was sent is known to the operation that got the code, and to nobody else. So no sentence here says that
nothing was sent, or invites to repeat anything, but for 30036, which is said of a message that Twilio has.
"""

from __future__ import annotations

from typing import NamedTuple

from twilio_consts import MAX_BODY_CHARS, MAX_MEDIA


_ANOTHER_WAY = "reach the person another way"

_ADVICE = {
    # Credentials, permissions, and calls of the API
    20001: "Twilio does not know a parameter of this request, or its value: check the parameters of the action.",
    20003: (
        "Check account_sid, api_sid, auth_token and base_url of the asset: they do not belong together, or one was "
        "replaced. Tokens and keys belong to one region."
    ),
    20004: "This address of Twilio does not take such a request: check base_url of the asset.",
    **dict.fromkeys(
        (20005, 20403), "The Twilio account is suspended or closed: its owner sees why in the Twilio console."
    ),
    20006: (
        "Twilio denies access with these credentials: an administrator can see their permissions in the Twilio console."
    ),
    20008: "These are test credentials: with them Twilio checks a message, but sends nothing and shows nothing.",
    20009: "Twilio changes or deletes a message only once it has its final status.",
    20404: (
        "Twilio has nothing at this address: check the SID, and account_sid and base_url of the asset, such as "
        "https://api.twilio.com/2010-04-01."
    ),
    20409: (
        "Another call to this person is running. If none is, end the execution that Twilio names: in the Twilio "
        "console, Studio, the logs of the flow."
    ),
    20429: "The Twilio account makes too many API requests at a time: let fewer actions run side by side.",
    **dict.fromkeys((20500, 20503), "Twilio has a fault of its own: see status.twilio.com."),
    70051: "The API key lacks the permission that Twilio names: an administrator of the account can add it to the key.",
    # Calls
    13224: "Twilio cannot call this number, or it does not exist: check to_phone.",
    13225: f"Twilio blocks all calls to this number: {_ANOTHER_WAY}, or ask Twilio's support.",
    **dict.fromkeys(
        (13227, 21215),
        "The account may not call this country: allow it in the Twilio console, Voice Geographic Permissions.",
    ),
    **dict.fromkeys(
        (21210, 21264),
        "The caller is neither a number of this account nor verified: check from_phone, or verify it in the console.",
    ),
    21216: "Twilio does not let this account call this number: ask Twilio's support.",
    21217: "The number to call does not exist: check to_phone.",
    21219: (
        "A trial account can only call verified numbers: verify the recipient in the Twilio console, or upgrade the "
        "account."
    ),
    # Messages that Twilio refused
    14107: "More than 30 messages went between these two numbers within 30 seconds: send fewer, and look for a loop.",
    21211: "The recipient's number does not exist: check to_phone.",
    21212: (
        "Twilio knows no such sender: check from_phone. For an alphanumeric sender ID, an administrator may have to "
        "register it with Twilio."
    ),
    21265: "The recipient is a short code, which cannot be texted: check to_phone.",
    21266: "Recipient and sender are the same number: check to_phone.",
    21267: (
        "A trial account cannot send from an alphanumeric sender ID: use a phone number as from_phone, or upgrade the "
        "account."
    ),
    21268: "The recipient is a premium number, which cannot be texted: check to_phone.",
    21408: "The account may not write to this country: allow it in the Twilio console, Geo permissions.",
    21602: "The message has no text.",
    21603: "The message has no sender: set from_phone.",
    21604: "The message has no recipient: set to_phone.",
    21605: "The text is too long for this outdated address of Twilio: check base_url of the asset.",
    **dict.fromkeys(
        (21606, 21659, 21660, 21661),
        "The sender is not this account's, or cannot send SMS to this recipient: check from_phone.",
    ),
    21608: (
        "A trial account can only write to verified numbers: verify the recipient in the Twilio console, or upgrade "
        "the account."
    ),
    21610: "The person texted STOP to this sender: they get nothing from it until they text START.",
    21611: "Ten hours of messages wait for this sender: wait until they are out, or use another sender.",
    21612: (
        "This sender cannot reach this recipient: use a sender for the recipient's country. An alphanumeric sender ID "
        "reaches nobody in the USA or Canada."
    ),
    21614: "The number is a landline or cannot get SMS: use a mobile number.",
    21617: f"The text is too long: at most {MAX_BODY_CHARS} characters.",
    21619: "The message has nothing in it: give a text, media or a template.",
    21620: "A URL of media_url is wrong: it must be public, so that Twilio can fetch it.",
    21623: f"There are too many media: at most {MAX_MEDIA} in a message.",
    21635: "The number is a landline: use a mobile number.",
    21654: "The variables have no template: set content_sid.",
    21655: "The account has no such template: check content_sid.",
    21656: "The variables do not fit the template: check content_variables.",
    21658: "A parameter is longer than Twilio takes: shorten the text, or the values of content_variables.",
    **dict.fromkeys((21664, 21666), "A fallback sender works only with a Messaging Service: use one as from_phone."),
    **dict.fromkeys((21701, 21705), "This account has no such Messaging Service: check from_phone."),
    21702: "The Messaging Service cannot send: see its senders and settings in the Twilio console.",
    21703: "No sender of the Messaging Service can reach this recipient: add one for their country in the console.",
    21704: "The Messaging Service has no senders: add one in the Twilio console.",
    21711: "The sender is not in the Messaging Service: add it in the Twilio console, or use another as from_phone.",
    21910: "One side is WhatsApp, the other is not: check from_phone and to_phone.",
    # Messages that Twilio took and that did not arrive
    30001: "Too many messages wait for this sender: send fewer at a time, or use a sender with a higher rate.",
    30002: "The Twilio account was suspended after it took the message: its owner sees why in the Twilio console.",
    30003: f"The phone is off, out of reach, or gets no SMS: {_ANOTHER_WAY}.",
    30004: f"The recipient or their carrier blocks this sender: {_ANOTHER_WAY}.",
    30005: "The number is no longer in use: check to_phone.",
    30006: "The number is a landline, or its carrier cannot be reached: use a mobile number.",
    30007: "A carrier took the message for spam: change its text, leave out links, register the sender.",
    30008: f"The carrier gave no reason: {_ANOTHER_WAY}.",
    30011: "The recipient's network takes no media: send only a text, with a link in it.",
    30017: f"The carrier's network is congested: {_ANOTHER_WAY}.",
    **dict.fromkeys(
        (30018, 30040, 30041, 30042),
        "The recipient's country wants this sender registered: an administrator can do so in the Twilio console.",
    ),
    30019: "The media are too big for the recipient's network: use smaller ones.",
    30022: "The sender's rate at US carriers is exceeded: send fewer at a time, or apply for more at Twilio.",
    **dict.fromkeys(
        (30023, 30027),
        "The daily limit that US carriers set for this sender is used up. An administrator can apply for more at "
        "Twilio.",
    ),
    30024: (
        "The recipient's carrier does not know this sender. After a registration, this takes a while; otherwise, an "
        "administrator has to register the sender."
    ),
    30032: "The toll-free number is not verified: an administrator can have it verified in the Twilio console.",
    **dict.fromkeys(
        (30033, 30035),
        "The sender's US A2P 10DLC campaign is not active yet, or no longer active: see it in the Twilio console.",
    ),
    30034: (
        "US carriers block numbers without A2P 10DLC registration: an administrator can register the sender in the "
        "Twilio console."
    ),
    30036: "Its validity ran out in Twilio's queue, so it was not sent. Give it a longer validity_period, or none.",
    30037: "Outgoing messages are switched off for this account: ask Twilio's support.",
    30038: "Twilio took the text for a one-time password, which it does not let this account send: change the text.",
    30039: "Twilio stopped a loop of messages: look for an automatic reply between the two numbers.",
    30044: "The text has too many segments for a trial account: shorten it, or upgrade the account.",
    30046: "RCS gave no receipt. Whether the person got the message is not known: ask them.",
    30409: "The message had left Twilio's queue before it could be canceled.",
    30410: "A provider did not answer in time. Whether the person got the message is not known: ask them.",
    30450: "Twilio blocked it as SMS pumping. It lifts the block after half an hour, or its support does.",
    30453: "Twilio blocked it as SMS pumping. It lifts the block after a few hours, or its support does.",
    30454: "The trial account has sent as many messages as it may: upgrade the account.",
    **dict.fromkeys(
        (30485, *range(30610, 30641)),
        "Twilio's Compliance Toolkit blocked it (quiet hours, consent and the like): see its rules in the console.",
    ),
    # WhatsApp and RCS
    **dict.fromkeys((63003, 63024), f"The recipient is not on WhatsApp: check to_phone, or {_ANOTHER_WAY}."),
    63007: "This account has no such WhatsApp sender: check from_phone.",
    63015: "The recipient has not joined the WhatsApp sandbox: the Twilio console shows the code to join it with.",
    63016: "The person has not written for 24 hours, so WhatsApp takes only an approved template: use send template.",
    63018: "The sender is over its rate, or over its number of people a day: send fewer, or have the limit raised.",
    63032: f"WhatsApp lets no business write to this person for now: {_ANOTHER_WAY}.",
    63033: f"The person blocks this sender: {_ANOTHER_WAY}.",
    63036: "The phone is off, offline, or has no RCS: use a Messaging Service, which sends an SMS in its place.",
    63049: "Meta does not deliver marketing templates to this person: use a template of the category Utility.",
    63051: "WhatsApp has locked the sender's business account: its owner sees why at Meta.",
    # Parts of a look-up
    60600: "Twilio's provider has no data about this number.",
    60601: "The account may not look up Canadian numbers: an administrator can ask Twilio's support for it.",
    60606: "The package is not switched on for this account: an administrator can do so in the Twilio console.",
    60607: "Twilio does not offer this package for the number's country.",
    60608: "Twilio's provider could not answer.",
    60610: "Twilio's providers do not cover this number.",
    60611: "The account has used up its look-ups with this package: ask Twilio's support for more.",
    60612: "The package covers only mobile numbers, and this is not one.",
    60613: "A provider of Twilio's has a fault, so the data may come from another one.",
    **dict.fromkeys(
        (60614, 60619),
        "Twilio makes this look-up in another of its regions only: leave the package out of fields, or use an asset of "
        "that region.",
    ),
    60616: "The account makes too many look-ups with this package at a time: let fewer actions run side by side.",
    60617: "The package compares the number with data that this action does not give: leave it out of fields.",
    60618: "Twilio does not know a value of this look-up: check the names in fields.",
}


class Names(NamedTuple):
    """What an action calls the parameters that advice is about."""

    to_phone: str = "to_phone"
    from_phone: str = "from_phone"

    def tell(self, advice: str) -> str:
        """Return advice of the app's own with these names in it."""
        return advice.replace("to_phone", self.to_phone).replace("from_phone", self.from_phone)


USUAL_NAMES = Names()


def advice_for(code: int | None, names: Names = USUAL_NAMES) -> str:
    """Say in a sentence or two what to do about an error code of Twilio; empty where there is nothing to add."""
    return names.tell(_ADVICE.get(code, "")) if code is not None else ""
