"""Is this folder a whole, unaltered bag? Told in words, without a database, on any copy of a bag.

Whether its signature and its timestamp hold is asked in `sidecars`.

Goes further than the public tools where they are silent: a file beside the payload that no manifest
lists, a missing tagmanifest, a link or device in place of a file, a path that leads out of the bag.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from worker.evidence.bag import (
    DECLARATION,
    DECLARATION_TEXT,
    INFO,
    MANIFEST,
    PAYLOAD,
    SIDECARS,
    TAG_FILES,
    TAGMANIFEST,
    Hashes,
    sha256,
)

#: More than any manifest or tag file of ours can have: a planted giant is not read into memory.
_LARGEST_TAG_FILE = 4 * 1024 * 1024
_CHUNK = 1024 * 1024
_COUNT = re.compile(r"^Payload-Oxum: ([0-9]{1,18})\.", re.MULTILINE)
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
    # Not pathlib's: those raise for a name that is too long or holds what no name can hold.
    if not os.path.isdir(folder) or os.path.islink(folder):  # noqa: PTH112, PTH114 -- as said above
        found.add("folder", "", [f"there is no folder {folder} that this user may open"])
        return Report(str(folder), tuple(found.checks), None)
    files, odd = _list(folder)
    found.add("kinds", "nothing but ordinary files and folders", odd)
    tags = {name: _tag_file(folder, name, files) for name in (*TAG_FILES, TAGMANIFEST)}
    missing = [f"{name} is missing or cannot be read" for name, content in tags.items() if content is None]
    found.add("tag files", "all four tag files are there", missing)
    tag_lines = _lines(TAGMANIFEST, tags[TAGMANIFEST], found)
    payload_lines = _lines(MANIFEST, tags[MANIFEST], found)
    _declared(tags[DECLARATION], found)
    _match(TAGMANIFEST, tag_lines, set(TAG_FILES), lambda name: _hash_of(tags[name]), found)
    payload = {name: size for name, size in files.items() if _payload(name)}
    giants = _giants(tags[INFO], payload, found)
    _match(
        MANIFEST,
        {name: expected for name, expected in payload_lines.items() if name not in giants},
        payload.keys() - giants,
        lambda name: _hash(folder / name),
        found,
    )
    beside = (*TAG_FILES, TAGMANIFEST, *SIDECARS)
    planted = sorted(name for name in files if not _payload(name) and name not in beside)
    found.add("beside", "nothing beside the payload", [f"{name!r} does not belong here" for name in planted])
    _counted(tags[INFO], list(payload.values()), found)
    return Report(str(folder), tuple(found.checks), _hashes(tags))


def _list(folder: Path) -> tuple[dict[str, int], list[str]]:
    """All ordinary files with their sizes, and in words what is neither a file nor a folder."""
    files: dict[str, int] = {}
    odd: list[str] = []
    # Not os.walk: it calls itself for each folder within a folder, and a deep enough one ends it.
    left = [folder]
    while left:
        parent = left.pop()
        inside = parent.relative_to(folder).as_posix()
        try:
            with os.scandir(parent) as entries:
                facts = {each.name: each.stat(follow_symlinks=False) for each in entries}
        except OSError as error:
            odd.append(f"{inside[:200]!r} cannot be looked into: {error.strerror}")
            continue
        if not facts:
            odd.append(f"{inside[:200]!r} is an empty folder")
        for name in sorted(facts):
            relative = (parent / name).relative_to(folder).as_posix()
            if stat.S_ISREG(facts[name].st_mode):
                files[relative] = facts[name].st_size
            elif stat.S_ISDIR(facts[name].st_mode):
                left.append(parent / name)
            else:
                odd.append(f"{relative!r} is a link or a device, not a file")
    return files, odd


def read_small(path: Path, most: int) -> bytes | None:
    """A plain file's bytes, whatever was planted in its place: no link is followed, no pipe waited for.

    Args:
        most: a larger file is not read.

    Returns:
        None where there is no plain file, or it is too large, or cannot be read.
    """
    try:
        content = b"".join(_chunks(path, most))
    except OSError:
        return None
    return content if len(content) <= most else None


def listed_in(manifest: bytes) -> dict[str, str]:
    """The SHA-256 of each file that a manifest lists, by path in the bag; lines that are odd are left out."""
    return _lines(MANIFEST, manifest, _Findings())


def read_tag_file(folder: Path, name: str) -> bytes | None:
    """A bag's manifest or tag file, whatever was planted in its place; None where it cannot be read."""
    return read_small(folder / name, _LARGEST_TAG_FILE)


def _tag_file(folder: Path, name: str, files: Mapping[str, int]) -> bytes | None:
    return read_tag_file(folder, name) if name in files else None


def _chunks(path: Path, most: int | None = None) -> Iterator[bytes]:
    """A plain file in pieces; reading ends at the latest with the first piece that is more than `most`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise OSError(errno.EINVAL, "it is no plain file")
        read = 0
        while (most is None or read <= most) and (chunk := os.read(descriptor, _CHUNK)):
            read += len(chunk)
            yield chunk
    finally:
        os.close(descriptor)


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


def _match(
    name: str,
    listed: Mapping[str, str],
    there: set[str],
    hash_of: Callable[[str], str | None],
    found: _Findings,
) -> None:
    """Compare what a manifest lists with what is there, both ways, byte by byte."""
    problems = [f"{path!r} is not listed in {name}: it was added" for path in sorted(there - set(listed))]
    problems += [
        f"{path!r} has no place in {name}" for path in sorted(set(listed) - there) if not _payload(path)
    ]
    for path, expected in listed.items():
        if path not in there:
            problems += [f"{path!r} is missing"] if _payload(path) else []
            continue
        actual = hash_of(path)
        if actual is None:
            problems.append(f"{path!r} cannot be read")
        elif actual != expected:
            problems.append(f"{path!r} was altered: its SHA-256 is {actual}, {name} says {expected}")
    found.add(name, f"every file is as {name} says", problems)


def _payload(path: str) -> bool:
    return path.startswith(f"{PAYLOAD}/")


def _giants(info: bytes | None, payload: Mapping[str, int], found: _Findings) -> set[str]:
    """Files of the payload that are not worth hashing: each is larger than all are counted to be."""
    counted = _COUNT.search((info or b"").decode("utf-8", "replace"))
    giants = {name for name, size in payload.items() if counted is not None and size > int(counted[1])}
    grown = [f"{name!r} grew: it is larger than {INFO} counts for all files" for name in sorted(giants)]
    found.add("sizes", "no file is larger than all are counted to be", grown)
    return giants


def _hash_of(content: bytes | None) -> str | None:
    return None if content is None else sha256(content)


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
