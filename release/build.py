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

It holds one top folder with exactly the app's files. The publisher's own build packs a clone instead, without what
exclude_files.txt names: the same files, as a test shows. The same files give the same
bytes: entries are sorted, owners and modes fixed, and every time is the manifest's `utctime_updated`. At the command
line only what is committed is built, so that the tarball is the same for all who build that commit.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any


APP_DIR = Path(__file__).resolve().parent.parent
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
    "docs/*",
    "release_notes/*.md",
    "wheels/*/*.whl",
)
_MODE = 0o644


class BuildError(Exception):
    """The tarball cannot be built; the text says what is missing or does not fit."""


class NoCheckout(Exception):
    """There is no git checkout to ask: no git, no `.git`, or one that git does not trust."""


def build(folder: Path, app_dir: Path = APP_DIR) -> Path:
    """Build the tarball of the app's files as they are now into a folder, and return its path.

    Raises BuildError where a file is missing.
    """
    manifest = json.loads((app_dir / MANIFEST).read_text(encoding="utf-8"))
    files = dict(_app_files(app_dir))
    missing = sorted(_named_wheels(manifest) - files.keys())
    if missing:
        raise BuildError(f"{MANIFEST} names {', '.join(missing)}, which is not there")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{manifest['package_name']}-{manifest['app_version']}.tgz"
    path.write_bytes(_tarball(manifest["package_name"], files, _updated(manifest)))
    return path


def changed_files(app_dir: Path = APP_DIR) -> list[str]:
    """The app's files that are not what the checked-out commit has; raises NoCheckout where git cannot tell."""
    if Path(_git(app_dir, "rev-parse", "--show-toplevel")).resolve() != app_dir.resolve():
        raise NoCheckout(f"{app_dir} is not the top folder of a git checkout")
    patterns = [f":(glob){pattern}" for pattern in APP_FILES]
    words = ("status", "--porcelain", "--untracked-files=all", "--ignored", "--", *patterns)
    return _git(app_dir, *words).splitlines()


def _app_files(app_dir: Path) -> Iterator[tuple[str, bytes]]:
    for pattern in APP_FILES:
        found = sorted(app_dir.glob(pattern))
        if not found:
            raise BuildError(f"The app lacks {pattern}")
        for path in found:
            yield path.relative_to(app_dir).as_posix(), path.read_bytes()


def _named_wheels(manifest: dict[str, Any]) -> set[str]:
    return {
        row["input_file"] for key in ("pip39_dependencies", "pip313_dependencies") for row in manifest[key]["wheel"]
    }


def _updated(manifest: dict[str, Any]) -> int:
    """When the manifest was updated, in seconds since the epoch."""
    moment = datetime.strptime(manifest["utctime_updated"], "%Y-%m-%dT%H:%M:%S.%fZ")
    return int(moment.replace(tzinfo=timezone.utc).timestamp())


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


def _git(app_dir: Path, *words: str) -> str:
    try:
        ran = subprocess.run(["git", *words], cwd=app_dir, capture_output=True, text=True)  # noqa: S603, S607
    except FileNotFoundError as error:
        raise NoCheckout("git is not installed") from error
    if ran.returncode:
        raise NoCheckout(ran.stderr.strip().partition("\n")[0])
    return ran.stdout.rstrip()


def main(arguments: Sequence[str]) -> int:
    """Build what is committed into a folder, `dist` where none is given, and list what it holds."""
    try:
        changed = changed_files()
    except NoCheckout as error:
        print(f"Built from the files as they are, of whatever commit, since git cannot tell: {error}", file=sys.stderr)
        changed = []
    try:
        if changed:
            raise BuildError("\n".join(["Commit these files first; they are not what the commit has:", *changed]))
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
