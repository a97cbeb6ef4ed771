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
"""Chaos for questions: people answer at any moment and in any way, with faults everywhere, and a count of mistakes.

    python -m benchmarks.chaos_questions [--questions 500] [--seed 1] [--share 0.25]

Several runs of "ask question" go side by side and ask the same few people, from senders of all kinds (`plan`). People
answer before the time-out, near its end, after it, or never; by code, by word, or by both, in all spellings; they chat,
change their minds, guess codes, text STOP, and write to other numbers; strangers write between (`people`). Requests of
every kind meet a `Fault` with the given chance, connections are refused, there are outages (`faults`), and rows come
into the message log late and out of order. Some runs are killed and some are cancelled. While all that happens,
"get response" reads answers from elsewhere, and afterwards once more for each question.

Each result (`run_judge`, `response_judge`) is held against the local Twilio's own record (`record`), from which
`answer_rules` tells the right answer at any moment:

- asked twice: Twilio took a question twice
- wrong answers: an answer was reported that is not right at any moment until then
- lost answers: an answer came in time, and neither action reports it
- misreported: status, message, data or summary say something else than what happened
- sent twice: a reply line or a confirmation, more than once or without a cause
- late: a run that goes on long after its questions timed out, or after it was cancelled
- tracebacks: errors that nobody expected

All must be 0. "Overtaken" is counted apart: an answer that was right by what the log showed when it was reported, and
that a row which the log showed later would have undone.
"""

from benchmarks.chaos_questions.chaos import chaos_questions
from benchmarks.chaos_questions.counts import Counts


__all__ = ["Counts", "chaos_questions"]
