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
"""The wheels that travel with the app, downloaded once: `python -m release.wheels`.

`requirements.txt` pins the version of each, and `release/wheels.txt` has the hash of its file.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path


APP_DIR = Path(__file__).resolve().parent.parent
CACHE = APP_DIR / ".venv" / "wheels"
HASHES = "release/wheels.txt"
PINS = "requirements.txt"


class WheelError(Exception):
    """A wheel cannot be had; the text says which, and why."""


def wheels(app_dir: Path = APP_DIR, cache: Path = CACHE) -> list[Path]:
    """Return the file of each wheel, downloaded from PyPI where the cache lacks it; raises WheelError."""
    return [_wheel(name, _version(name, app_dir), sha256, cache) for name, sha256 in _hashes(app_dir).items()]


def _hashes(app_dir: Path) -> dict[str, str]:
    lines = (app_dir / HASHES).read_text(encoding="utf-8").splitlines()
    rows = (line.split(" sha256:") for line in lines if line and not line.startswith("#"))
    return dict(rows)


def _version(name: str, app_dir: Path) -> str:
    pins = (line.partition("==") for line in (app_dir / PINS).read_text(encoding="utf-8").splitlines())
    found = [version for pinned, _, version in pins if pinned == name and version]
    if len(found) != 1:
        raise WheelError(f"{PINS} does not pin {name}, which {HASHES} names")
    return found[0]


def _wheel(name: str, version: str, sha256: str, cache: Path) -> Path:
    for path in cache.glob(f"{name}-{version}-*.whl"):
        if hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
            return path
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as downloads:
        wanted = Path(downloads) / "wanted.txt"
        wanted.write_text(f"{name}=={version} --hash=sha256:{sha256}\n", encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        pip += ["--only-binary", ":all:", "--require-hashes", "--dest", downloads, "--requirement", str(wanted)]
        ran = subprocess.run(pip, capture_output=True, text=True)  # noqa: S603 our own command
        if ran.returncode:
            raise WheelError(f"The wheel of {name} {version} could not be downloaded from PyPI:\n{ran.stderr}")
        (downloaded,) = Path(downloads).glob("*.whl")
        return downloaded.replace(cache / downloaded.name)


def main() -> int:
    """Download what the cache lacks."""
    try:
        wheels()
    except WheelError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
