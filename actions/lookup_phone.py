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
"""The action "lookup phone"."""

from __future__ import annotations

from typing import Any

from actions.action import Action, Report, set_report, set_row
from actions.error_advice import advice_for
from phantom.action_result import ActionResult
from twilio_api.lookups import CALLER_NAME, LINE_STATUS, LINE_TYPE, SIM_SWAP, Lookup, look_up, parse_packages
from twilio_api.phone_number import split_channel, to_e164


class LookupPhone(Action):
    """Shows what Twilio knows about one phone number for each parameter set."""

    async def handle(self, param: dict[str, Any], result: ActionResult) -> None:
        """Look up one number."""
        packages = parse_packages(param.get("fields"), "The parameter 'fields'")
        _, spelling = split_channel(param.get("phone"))  # as the rows of "list messages" have it
        number = to_e164(spelling)
        self.run.progress(f"Looking up {number}" + (f" with {', '.join(packages)}" if packages else ""))
        lookup = await look_up(self.run.twilio, number, packages)
        set_row(result, lookup.resource)
        result.update_summary(_summary(lookup))
        set_report(result, Report(True, _message(number, lookup)))


def _summary(lookup: Lookup) -> dict[str, Any]:
    found: dict[str, Any] = {"valid": lookup.is_valid}
    if LINE_TYPE in lookup.packages:
        found["line_type"] = lookup.line_type
    if {LINE_TYPE, SIM_SWAP} & set(lookup.packages):
        found["carrier_name"] = lookup.carrier_name
    return found


def _message(number: str, lookup: Lookup) -> str:
    if not lookup.is_valid:
        why = f" ({', '.join(lookup.errors)})" if lookup.errors else ""
        sentences = [f"{number} is not a valid phone number{why}."]
    else:
        what = [text for text in (lookup.line_type, lookup.carrier_name) if text]
        details = f": {', '.join(what)}" if what else ""
        sentences = [f"{number} is a valid phone number{details}."]
    # What was paid for
    if name := lookup.text(CALLER_NAME, "caller_name"):
        sentences.append(f"Its caller name is {name}.")
    if status := lookup.text(LINE_STATUS, "status"):
        sentences.append(f"Its line is {status}.")
    if lookup.is_sim_swapped is not None:
        was = "was" if lookup.is_sim_swapped else "was not"
        sentences.append(f"Its SIM {was} swapped within {lookup.sim_swap_period}.")
    for name, code in lookup.failed:
        sentences.append(f"{name} failed with error code {code}. {advice_for(code)}".rstrip())
    if lookup.missing:
        sentences.append(f"Twilio's response says nothing about {', '.join(lookup.missing)}.")
    return " ".join(sentences)
