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
"""No setting of the shell reaches a test: to import this module takes credentials, proxies and CA bundles away.

With them, tests would send real messages. A command in the background of a shell ignores Ctrl-C, and so would the
programs that its tests start: that is undone, too. It is a plugin where there is no conftest.py:
`-p tests.clean_shell`.
"""

from __future__ import annotations

import os
import signal


_NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle")


for name in list(os.environ):
    if name.startswith("TWILIO_") or name.lower() in _NAMES:
        del os.environ[name]

signal.signal(signal.SIGINT, signal.default_int_handler)
