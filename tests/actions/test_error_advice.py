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
"""Advice for Twilio's error codes: there for each known code, short, and never an invitation to send twice."""

from __future__ import annotations

import re

from actions.error_advice import _ADVICE, advice_for


# What only the operation that got the error may say, since only it knows whether anything was sent
FORBIDDEN = re.compile(
    r"\b(again|retry|retries|repeat|repeats|resend|re-send|rerun|once more|another time|second time|later)\b"
    r"|nothing was sent|was not sent|not been sent",
    re.IGNORECASE,
)
KNOWN = [
    *(20001, 20003, 20005, 20008, 20009, 20403, 20404, 20409, 20429, 20500, 20503, 70051),
    *(13227, 14107, 21210, 21215, 21216, 21217, 21219, 21264),
    *(21211, 21212, 21265, 21266, 21267, 21268, 21408, 21602, 21603, 21604, 21606, 21608, 21610, 21611, 21612, 21614),
    *(21617, 21619, 21620, 21623, 21635, 21659, 21660, 21661, 21701, 21703, 21704, 21705, 21711, 21910),
    *(30001, 30002, 30003, 30004, 30005, 30006, 30007, 30008, 30011, 30017, 30019, 30022, 30023, 30027, 30032, 30033),
    *(30034, 30035, 30036, 30037, 30038, 30039, 30040, 30041, 30042, 30044, 30409, 30410, 30450, 30485, 30610, 30640),
    *(60600, 60606, 60607, 60608, 63003, 63007, 63015, 63016, 63024),
    *(13224, 13225, 20004, 20006, 21605, 21654, 21658, 21664, 21666, 21702, 30018, 30024, 30046, 30453, 30454),
    *(60601, 60610, 60611, 60612, 60613, 60614, 60616, 60619, 63018, 63032, 63033, 63036, 63049, 63051),
]


def test_each_known_code_has_advice() -> None:
    assert [code for code in KNOWN if not advice_for(code)] == []


def test_an_unknown_code_has_none() -> None:
    assert [advice_for(code) for code in (None, 0, 99999)] == ["", "", ""]


def test_advice_is_one_or_two_sentences() -> None:
    def is_short(advice: str) -> bool:
        begins_well = advice[0].isupper() or advice.startswith(("from_phone", "to_phone"))
        sentences = len(re.findall(r"\.(?=\s|$)", advice))
        is_tidy = advice.endswith(".") and advice == " ".join(advice.split())
        return begins_well and is_tidy and sentences in (1, 2) and len(advice) <= 200

    assert {code: advice for code in _ADVICE if not is_short(advice := advice_for(code))} == {}


def test_advice_says_nothing_of_what_only_the_operation_knows() -> None:
    said = {code: advice_for(code) for code in _ADVICE}
    said[30036] = said[30036].replace("so it was not sent", "")  # Twilio's own fact about this code
    assert {code: advice for code, advice in said.items() if FORBIDDEN.search(advice)} == {}


def test_the_advice_for_a_wrong_key_or_token_names_each_setting_that_can_cause_it() -> None:
    for setting in ("account_sid", "api_sid", "auth_token", "base_url", "belong to one region"):
        assert setting in advice_for(20003)


def test_a_message_whose_validity_ran_out_was_not_sent() -> None:
    assert advice_for(30036).startswith("Its validity ran out in Twilio's queue, so it was not sent.")
