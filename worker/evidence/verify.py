"""Is this folder a whole, unaltered bag? Told in words, without a database, on any copy of a bag.

Goes further than the public tools where they are silent: a file beside the payload that no manifest
lists, a missing tagmanifest, a link or device in place of a file, a path that leads out of the bag.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from worker.evidence.bag import (
    DECLARATION,
    DECLARATION_TEXT,
    INFO,
    MANIFEST,
    PAYLOAD,
    TAG_FILES,
    TAGMANIFEST,
    Hashes,
    sha256,
)

#: More than any manifest or tag file of ours can have: a planted giant is not read into memory.
_LARGEST_TAG_FILE = 4 * 1024 * 1024
_CHUNK = 1024 * 1024
_LINE = re.compile(r"([0-9a-f]{64})  ([^\r\n]+)")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: its short, stable name.
        found: what was found, in words.
    """

    name: str
    ok: bool
    found: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one bag.

    Attributes:
        hashes: of the manifests as they are now, or None where one cannot be read.
    """

    folder: str
    checks: tuple[Check, ...]
    hashes: Hashes | None

    @property
    def ok(self) -> bool:
        """Whether every check held."""
        return all(check.ok for check in self.checks)

    @property
    def problems(self) -> tuple[str, ...]:
        """What did not hold, in words."""
        return tuple(check.found for check in self.checks if not check.ok)


@dataclass(slots=True)
class _Findings:
    """Collects checks: one good line where a check found nothing, else one line a problem."""

    checks: list[Check] = field(default_factory=list)

    def add(self, name: str, good: str, problems: list[str]) -> None:
        self.checks += [Check(name, ok=False, found=problem) for problem in problems]
        if not problems:
            self.checks.append(Check(name, ok=True, found=good))


def verify_bag(folder: Path) -> Report:
    """Look at every byte of a bag.

    Args:
        folder: the bag itself.

    Returns:
        A report that is ok only if every check held. Never raises for what it finds in the folder.
    """
    found = _Findings()
    if not folder.is_dir() or folder.is_symlink():
        found.add("folder", "", [f"there is no folder {folder}"])
        return Report(str(folder), tuple(found.checks), None)
    files, odd = _list(folder)
    found.add("kinds", "nothing but ordinary files and folders", odd)
    tags = {name: _tag_file(folder, name, files) for name in (*TAG_FILES, TAGMANIFEST)}
    missing = [f"{name} is missing or cannot be read" for name, content in tags.items() if content is None]
    found.add("tag files", "all four tag files are there", missing)
    tag_lines = _lines(TAGMANIFEST, tags[TAGMANIFEST], found)
    payload_lines = _lines(MANIFEST, tags[MANIFEST], found)
    _declared(tags[DECLARATION], found)
    _match(TAGMANIFEST, folder, tag_lines, set(TAG_FILES), found)
    _match(MANIFEST, folder, payload_lines, {name for name in files if name.startswith(f"{PAYLOAD}/")}, found)
    planted = sorted(
        name for name in files if not name.startswith(f"{PAYLOAD}/") and name not in (*TAG_FILES, TAGMANIFEST)
    )
    found.add("beside", "nothing beside the payload", [f"{name!r} does not belong here" for name in planted])
    _counted(tags[INFO], [files[name] for name in files if name.startswith(f"{PAYLOAD}/")], found)
    return Report(str(folder), tuple(found.checks), _hashes(tags))


def _list(folder: Path) -> tuple[dict[str, int], list[str]]:
    """All ordinary files with their sizes, and in words what is neither a file nor a folder."""
    files: dict[str, int] = {}
    odd: list[str] = []
    for parent, folders, names in os.walk(folder, followlinks=False):
        if not folders and not names:
            odd.append(f"{Path(parent).relative_to(folder).as_posix()!r} is an empty folder")
        for name in (*folders, *names):
            path = Path(parent, name)
            relative = path.relative_to(folder).as_posix()
            facts = path.lstat()
            if stat.S_ISREG(facts.st_mode):
                files[relative] = facts.st_size
            elif not stat.S_ISDIR(facts.st_mode):
                odd.append(f"{relative!r} is a link or a device, not a file")
    return files, odd


def _tag_file(folder: Path, name: str, files: Mapping[str, int]) -> bytes | None:
    if files.get(name, _LARGEST_TAG_FILE + 1) > _LARGEST_TAG_FILE:
        return None
    try:
        return b"".join(_chunks(folder / name))
    except OSError:
        return None


def _chunks(path: Path) -> Iterator[bytes]:
    # A link that took a file's place since it was listed is refused, not followed.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _lines(name: str, content: bytes | None, found: _Findings) -> dict[str, str]:
    """The hash of each path that a manifest lists. Lines that are odd in any way are problems."""
    listed: dict[str, str] = {}
    problems: list[str] = []
    text = (content or b"").decode("utf-8", "replace")
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            problems.append(f"{name} line {number} is not a SHA-256 and a path")
        elif not _inside(match[2]):
            problems.append(f"{name} line {number} names a path that leads out of the bag")
        elif match[2] in listed:
            problems.append(f"{name} names {match[2]!r} twice")
        else:
            listed[match[2]] = match[1]
    found.add(f"{name} lines", f"{name} reads well", problems)
    return listed


def _inside(path: str) -> bool:
    """Whether a manifest's path is plain and relative and stays in the bag."""
    parts = path.split("/")
    return not any(part in {"", ".", ".."} for part in parts) and "\\" not in path and "\x00" not in path


def _match(name: str, folder: Path, listed: Mapping[str, str], there: set[str], found: _Findings) -> None:
    """Compare what a manifest lists with what is there, both ways, byte by byte."""
    problems = [f"{path!r} is not listed in {name}: it was added" for path in sorted(there - set(listed))]
    problems += [
        f"{path!r} has no place in {name}" for path in sorted(set(listed) - there) if not _payload(path)
    ]
    for path, expected in listed.items():
        if path not in there:
            problems += [f"{path!r} is missing"] if _payload(path) else []
            continue
        actual = _hash(folder / path)
        if actual is None:
            problems.append(f"{path!r} cannot be read")
        elif actual != expected:
            problems.append(f"{path!r} was altered: its SHA-256 is {actual}, {name} says {expected}")
    found.add(name, f"every file is as {name} says", problems)


def _payload(path: str) -> bool:
    return path.startswith(f"{PAYLOAD}/")


def _hash(path: Path) -> str | None:
    digest = hashlib.sha256()
    try:
        for chunk in _chunks(path):
            digest.update(chunk)
    except OSError:
        return None
    return digest.hexdigest()


def _declared(content: bytes | None, found: _Findings) -> None:
    problems = [] if content == DECLARATION_TEXT else [f"{DECLARATION} does not say what a bag of ours says"]
    found.add("declaration", "BagIt 1.0 in UTF-8", problems)


def _counted(info: bytes | None, sizes: list[int], found: _Findings) -> None:
    expected = f"Payload-Oxum: {sum(sizes)}.{len(sizes)}"
    lines = (info or b"").decode("utf-8", "replace").splitlines()
    problems = [] if expected in lines else [f"{INFO} counts other files than there are ({expected})"]
    found.add("count", f"{len(sizes)} files, {sum(sizes)} bytes", problems)


def _hashes(tags: Mapping[str, bytes | None]) -> Hashes | None:
    manifest, tagmanifest = tags[MANIFEST], tags[TAGMANIFEST]
    if manifest is None or tagmanifest is None:
        return None
    return Hashes(sha256(manifest), sha256(tagmanifest))
