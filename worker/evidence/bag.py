"""A BagIt bag (RFC 8493) as plain files: what is in one, and writing one so that it is really on the disk.

The bagit library changes the whole process's working folder while it makes a bag, rearranges in place and
never asks for a flush: with several threads none of that will do. So bags are written here, and the tests
hold every one of them against `bagit.py --validate` and `sha256sum -c`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

#: Signs some bytes: a detached CMS signature in DER.
Sign = Callable[[bytes], bytes]

PAYLOAD = "data"
DECLARATION = "bagit.txt"
INFO = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
TAGMANIFEST = "tagmanifest-sha256.txt"
DECLARATION_TEXT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
#: Beside the tagmanifest, and about exactly its bytes: the Trust's signature (detached CMS, DER), there from
#: the moment of sealing; the timestamp (RFC 3161 reply, DER), which comes later; and, where several bags
#: share one timestamp, what was stamped and the path that leads to it from here.
SIGNATURE = f"{TAGMANIFEST}.p7s"
TIMESTAMP = f"{TAGMANIFEST}.tsr"
STAMPED_ROOT = f"{TAGMANIFEST}.root"
STAMPED_PATH = f"{TAGMANIFEST}.path"
STAMP_FILES = (TIMESTAMP, STAMPED_ROOT, STAMPED_PATH)
SIDECARS = (SIGNATURE, *STAMP_FILES)
#: What the tagmanifest covers; together with it, all that lies beside the payload.
TAG_FILES = (DECLARATION, INFO, MANIFEST)


@dataclass(frozen=True, slots=True)
class Label:
    """What bag-info.txt says, beside what is counted.

    Attributes:
        organisation: the Trust's name.
        identifier: which snapshot of which case this is.
        agent: the software and its version.
        bagged_at: when, by the clock that was handed in.
    """

    organisation: str
    identifier: str
    agent: str
    bagged_at: datetime


@dataclass(frozen=True, slots=True)
class Hashes:
    """SHA-256 of a bag's two manifests, in hex: together they stand for every byte of it."""

    manifest: str
    tagmanifest: str


def write_bag(folder: Path, files: Mapping[str, bytes], label: Label, sign: Sign) -> Hashes:
    """Write a whole bag into an empty folder, signed. Nothing is flushed yet: see `sync`.

    Args:
        files: the payload, by plain file name.
        sign: makes the detached signature over the tagmanifest's bytes.

    Raises:
        OSError: the disk would not take it.
    """
    (folder / PAYLOAD).mkdir()
    for name, content in files.items():
        _write(folder / PAYLOAD / name, content)
    manifest = _manifest({f"{PAYLOAD}/{name}": content for name, content in files.items()})
    tags = {DECLARATION: DECLARATION_TEXT, INFO: _info(label, files), MANIFEST: manifest}
    for name in TAG_FILES:
        _write(folder / name, tags[name])
    tagmanifest = _manifest(tags)
    _write(folder / TAGMANIFEST, tagmanifest)
    _write(folder / SIGNATURE, sign(tagmanifest))
    return Hashes(sha256(manifest), sha256(tagmanifest))


def sync(folder: Path) -> None:
    """Have the system put every file and folder of a bag on the disk, the innermost first.

    After all of them are written, not each as it is: the disk then writes them together.
    """
    for parent, _folders, names in os.walk(folder, topdown=False):
        for name in names:
            sync_one(Path(parent, name))
        sync_one(Path(parent))


def sync_one(path: Path) -> None:
    """Have the system put one file, or one folder's list of names, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_read_only(folder: Path) -> None:
    """Take everybody's right to write away. Stops accidents; not the owner, who can give it back."""
    for parent, _folders, names in os.walk(folder, topdown=False):
        for name in names:
            Path(parent, name).chmod(0o444)
        Path(parent).chmod(0o555)


def sha256(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
    try:
        left = memoryview(content)
        while left:
            left = left[os.write(descriptor, left) :]
    finally:
        os.close(descriptor)


def _manifest(files: Mapping[str, bytes]) -> bytes:
    return "".join(f"{sha256(content)}  {name}\n" for name, content in sorted(files.items())).encode()


def _info(label: Label, files: Mapping[str, bytes]) -> bytes:
    size = sum(len(content) for content in files.values())
    lines = (
        ("Source-Organization", label.organisation),
        ("External-Identifier", label.identifier),
        ("Bagging-Date", f"{label.bagged_at:%Y-%m-%d}"),
        ("Bag-Software-Agent", label.agent),
        ("Payload-Oxum", f"{size}.{len(files)}"),
    )
    return _one_line_each(lines).encode()


def _one_line_each(lines: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{name}: {' '.join(value.split())}\n" for name, value in lines)
