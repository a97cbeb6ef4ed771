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
"""Makes README.md of twilio.json and manual_readme_content.md: `python -m release.readme`.

The publisher has a tool of its own for this, `build-docs`, which a commit hook runs. It needs GitHub and a newer Python
than some that this project supports; this module makes the same bytes without it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import mdformat


APP_DIR = Path(__file__).resolve().parent.parent
MANIFEST = "twilio.json"
MANUAL_PART = "manual_readme_content.md"
README = "README.md"

_LICENCE = """\
______________________________________________________________________

Auto-generated Splunk SOAR Connector documentation.

Copyright {year} Splunk Inc.

Licensed under the Apache License, Version 2.0 (the "License");
you may not use this file except in compliance with the License.
You may obtain a copy of the License at

http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing,
software distributed under the License is distributed on an "AS IS" BASIS,
WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
See the License for the specific language governing permissions and limitations under the License.
"""


def readme(manifest: Mapping[str, Any], manual_part: str, year: int) -> str:
    """Return the README: who the app is, what is written by hand, and the reference of the manifest."""
    parts = [_head(manifest), manual_part, _configuration(manifest), _list_of_actions(manifest["actions"])]
    parts += [_action(action) for action in manifest["actions"]]
    return str(mdformat.text("\n".join([*parts, _LICENCE.format(year=year)])))


def _head(manifest: Mapping[str, Any]) -> str:
    return f"""\
# {_text(manifest["name"])}

Publisher: {_text(manifest["publisher"])} <br>
Connector Version: {_text(manifest["app_version"])} <br>
Product Vendor: {_text(manifest["product_vendor"])} <br>
Product Name: {_text(manifest["product_name"])} <br>
Minimum Product Version: {_text(manifest["min_phantom_version"])}

{_text(manifest["description"])}
"""


def _configuration(manifest: Mapping[str, Any]) -> str:
    rows = [
        (f"**{_text(name)}**", _need(row), _text(row["data_type"]), _text(row["description"]))
        for name, row in manifest["configuration"].items()
    ]
    return f"""
### Configuration variables
This table lists the configuration variables required to operate {_text(manifest["name"])}. These variables are \
specified when configuring a {_text(manifest["product_name"])} asset in Splunk SOAR.

{_table(("VARIABLE", "REQUIRED", "TYPE", "DESCRIPTION"), rows)}
"""


def _list_of_actions(actions: Iterable[Mapping[str, Any]]) -> str:
    lines = (f"[{row['action']}](#{_anchor(_title(row))}) - {_text(row['description'])}" for row in actions)
    return "### Supported Actions\n" + " <br>\n".join(lines) + "\n"


def _action(action: Mapping[str, Any]) -> str:
    return f"""
## {_title(action)}
{_text(action["description"])}

Type: **{_text(action["type"])}** <br>
Read only: **{action["read_only"]}**

{_text(action.get("verbose", ""))}

#### Action Parameters
{_parameters(action["parameters"])}

#### Action Output
{_outputs(action["output"])}
"""


def _title(action: Mapping[str, Any]) -> str:
    return f"action: '{action['action']}'"


def _anchor(title: str) -> str:
    """The fragment by which GitHub knows a heading."""
    return re.sub(r"\s", "-", re.sub(r"[^a-z0-9\s-]", "", title.lower()))


def _parameters(parameters: Mapping[str, Mapping[str, Any]]) -> str:
    if not parameters:
        return "No parameters are required for this action"
    rows = [
        (f"**{_text(name)}**", _need(row), _text(row["description"]), _text(row["data_type"]), _contains(row))
        for name, row in parameters.items()
    ]
    return _table(("PARAMETER", "REQUIRED", "DESCRIPTION", "TYPE", "CONTAINS"), rows)


def _outputs(outputs: Iterable[Mapping[str, Any]]) -> str:
    rows = [
        (_text(row["data_path"]), _text(row["data_type"]), _contains(row), " ".join(_examples(row))) for row in outputs
    ]
    return _table(("DATA PATH", "TYPE", "CONTAINS", "EXAMPLE VALUES"), rows) if rows else "No Output"


def _examples(row: Mapping[str, Any]) -> Iterator[str]:
    for value in row.get("example_values", ()):
        yield _text(str(value).strip().replace("\n", " "))


def _need(row: Mapping[str, Any]) -> str:
    return "required" if row.get("required") else "optional"


def _contains(row: Mapping[str, Any]) -> str:
    return " ".join(f"`{_text(kind)}`" for kind in row.get("contains", ()))


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    head = [" | ".join(titles), " | ".join("-" * len(title) for title in titles)]
    return "\n".join([*head, *(" | ".join(row) + " |" for row in rows)])


def _text(value: str) -> str:
    """Escape what Markdown would take for emphasis."""
    return re.sub(r"([\\*])", r"\\\1", value)


def main() -> int:
    """Write README.md, and say whether it has changed."""
    manifest = json.loads((APP_DIR / MANIFEST).read_text(encoding="utf-8"))
    manual_part = (APP_DIR / MANUAL_PART).read_text(encoding="utf-8")
    text = readme(manifest, manual_part, datetime.now(timezone.utc).year)
    path = APP_DIR / README
    changed = path.read_text(encoding="utf-8") != text
    path.write_text(text, encoding="utf-8")
    print(f"{README} is {'written anew' if changed else 'as it was'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
