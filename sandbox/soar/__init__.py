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
"""A local Splunk SOAR: a stand-in for `phantom`, and what starts actions, keeps their containers, and shows views.

Importing this makes `phantom` importable: the stand-in of `platform/`, or on a SOAR box the platform's own, which
comes first.
"""

import sys
from pathlib import Path


sys.path.append(str(Path(__file__).parent / "platform"))

from phantom.base_connector import ProcessDied
from sandbox.soar.form import FormError
from sandbox.soar.polling import poll
from sandbox.soar.runner import APP_DIR, load_manifest, run_action, run_input
from sandbox.soar.store import SoarStore, StoreFault


__all__ = [
    "APP_DIR",
    "FormError",
    "ProcessDied",
    "SoarStore",
    "StoreFault",
    "load_manifest",
    "poll",
    "run_action",
    "run_input",
]
