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
"""A playbook of Splunk SOAR that finds somebody on call: a text first, then a call, then the next person."""

import phantom.rules as phantom


ON_CALL = ["+15101110001", "+15101110002"]  # one after the other
ALERT = "The mail gateway is down"


def on_start(container):
    text(container, ON_CALL[0])


def text(container, person):
    question = {"to_phone": person, "question": f"{ALERT}. Do you take it?", "timeout": 5}  # minutes
    phantom.act("ask question", parameters=[question], assets=["twilio"], callback=texted, name="text")


def texted(action=None, success=None, container=None, results=None, handle=None, **kwargs):
    paths = ["parameter.to_phone", "summary.outcome", "summary.response"]
    rows = phantom.collect2(datapath=[f"text:action_result.{path}" for path in paths], action_results=results)
    if not rows:
        phantom.error("The asset is wrong: nobody was texted")
    for person, outcome, response in rows:
        if outcome == "answered" and response == "yes":
            phantom.debug(f"{person} takes it")
        elif outcome == "answered":
            ask_the_next(container, person)
        else:  # no answer in five minutes, or no text that arrived
            call(container, person)


def call(container, person):
    call_ = {"to_phone": person, "message": ALERT, "acknowledge": True, "timeout": 30}  # seconds of ringing
    phantom.act("call phone", parameters=[call_], assets=["twilio"], callback=called, name="call")


def called(action=None, success=None, container=None, results=None, handle=None, **kwargs):
    paths = ["parameter.to_phone", "summary.outcome"]
    rows = phantom.collect2(datapath=[f"call:action_result.{path}" for path in paths], action_results=results)
    if not rows:
        phantom.error("The asset is wrong: nobody was called")
    for person, outcome in rows:
        if outcome == "acknowledged":
            phantom.debug(f"{person} takes it")
        else:  # nobody is known to be awake, whatever the reason
            ask_the_next(container, person)


def ask_the_next(container, person):
    left = ON_CALL[ON_CALL.index(person) + 1 :]
    if left:
        text(container, left[0])
    else:
        phantom.error("Nobody on call could be reached")
