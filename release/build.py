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
"""Builds the tarball that Splunk SOAR installs: `python -m release.build [folder]`.

It holds one top folder with exactly the app's files as git tracks them, and the wheels that the manifest names,
downloaded from PyPI by their hashes. The same commit gives the same bytes: entries are sorted, owners and modes fixed,
and every time is that of the commit.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any


APP_DIR = Path(__file__).resolve().parent.parent
WHEEL_HASHES = APP_DIR / "release" / "wheels.txt"
MANIFEST = "twilio.json"
# Where the platform looks for each; everything else in the repository is for development
APP_FILES = (
    "__init__.py",
    "twilio_*.py",
    "actions/*.py",
    "twilio_api/*.py",
    "templates/*.html",
    MANIFEST,
    "logo_twilio*.svg",
    "requirements.txt",
    "LICENSE",
    "NOTICE",
    "README.md",
    "release_notes/*.md",
)
_MODE = 0o644


class BuildError(Exception):
    """The tarball cannot be built; the text says what is missing or does not fit."""


def build(folder: Path) -> Path:
    """Build the tarball of the commit that is checked out into a folder, and return its path.

    Raises BuildError where a file is missing or differs from the commit.
    """
    manifest = json.loads((APP_DIR / MANIFEST).read_text(encoding="utf-8"))
    files = dict(_app_files())
    with tempfile.TemporaryDirectory() as downloads:
        files.update(_wheels(manifest, Path(downloads)))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{manifest['package_name']}-{manifest['app_version']}.tgz"
    path.write_bytes(_tarball(manifest["package_name"], files, int(_git("log", "-1", "--format=%ct"))))
    return path


def _app_files() -> Iterator[tuple[str, bytes]]:
    changed = _git("status", "--porcelain", "--", *APP_FILES)
    if changed:
        raise BuildError(
            f"These files of the app differ from the commit, so it would not be the same for all:\n{changed}"
        )
    tracked = _git("ls-files").splitlines()
    for pattern in APP_FILES:
        # A star of fnmatch crosses folders
        names = [name for name in tracked if fnmatch(name, pattern) and name.count("/") == pattern.count("/")]
        if not names:
            raise BuildError(f"The app lacks {pattern}")
        for name in names:
            yield name, (APP_DIR / name).read_bytes()


def _wheels(manifest: dict[str, Any], downloads: Path) -> Iterator[tuple[str, bytes]]:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    pip += ["--only-binary", ":all:", "--require-hashes", "--dest", str(downloads), "--requirement", str(WHEEL_HASHES)]
    ran = subprocess.run(pip, capture_output=True, text=True)  # noqa: S603 our own command
    if ran.returncode:
        raise BuildError(f"The wheels could not be downloaded from PyPI:\n{ran.stderr}")
    found = {path.name: path for path in downloads.iterdir()}
    named = {
        row["input_file"] for key in ("pip39_dependencies", "pip313_dependencies") for row in manifest[key]["wheel"]
    }
    if {name.rsplit("/", 1)[-1] for name in named} != set(found):
        raise BuildError(f"The manifest names {sorted(named)}, but {WHEEL_HASHES.name} gives {sorted(found)}")
    for name in named:
        yield name, found[name.rsplit("/", 1)[-1]].read_bytes()


def _tarball(top: str, files: dict[str, bytes], time: int) -> bytes:
    """A gzipped tar of these files under a top folder, every time set to `time` (seconds since the epoch)."""
    folders = {parent.as_posix() for name in files for parent in Path(name).parents if parent.name}
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(["", *folders, *files]):
            entry = tarfile.TarInfo(f"{top}/{name}".rstrip("/"))
            entry.mtime = time
            if name in files:
                entry.mode, entry.size = _MODE, len(files[name])
                tar.addfile(entry, io.BytesIO(files[name]))
            else:
                entry.mode, entry.type = 0o755, tarfile.DIRTYPE
                tar.addfile(entry)
    zipped = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=zipped, mode="wb", mtime=time) as packed:
        packed.write(raw.getvalue())
    return zipped.getvalue()


def _git(*words: str) -> str:
    command = ["git", *words]
    return subprocess.run(command, cwd=APP_DIR, capture_output=True, text=True, check=True).stdout.rstrip()  # noqa: S603


def main(arguments: Sequence[str]) -> int:
    """Build into a folder, `dist` where none is given, and tell what was built."""
    try:
        path = build(Path(arguments[0]) if arguments else APP_DIR / "dist")
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    with tarfile.open(path) as tar:
        print("\n".join(member.name for member in tar.getmembers() if member.isfile()))
    print(f"{path}: {path.stat().st_size} bytes, sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
