"""Files that hold keys: ours alone, written whole or not at all."""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.errors import EvidenceFault

#: How the names of files begin that are not whole yet.
ASIDE = ".writing-"
_MOST_BYTES = 64 * 1024
_LOCK = ".lock"


class KeyringFault(EvidenceFault):
    """The signing key is missing, damaged, open to others or out of date: nothing is signed."""


class KeysOfAnother(KeyringFault):
    """The keys belong to another user of the computer: this says nothing about whether they sign."""


def read_private(path: Path) -> bytes:
    """Read a file that is ours alone; a link is not followed.

    Raises:
        KeyringFault: others can reach it.
        OSError: it is not there, or cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        only_ours(path, os.fstat(descriptor))
        return file.read(_MOST_BYTES)


def only_ours(path: Path, facts: os.stat_result) -> None:
    """Refuse a file or folder that another user owns or can reach.

    Raises:
        KeysOfAnother: another user of the computer owns it.
        KeyringFault: others can reach it; says how to close it.
    """
    mode = "700" if stat.S_ISDIR(facts.st_mode) else "600"
    if facts.st_uid != os.geteuid():
        # No word of giving it to whoever runs this: that may be a second person, who must not have the keys.
        raise KeysOfAnother(
            f"{path} belongs to another user of the computer than the one that runs this.",
            safe="Nothing was signed.",
            do="Run this as Upstander's own user. If you are that user, find out who changed its owner.",
        )
    if facts.st_mode & 0o077:
        raise KeyringFault(
            f"Others on this machine can reach {path}.",
            safe="Nothing was signed.",
            do=f"Close it: chmod {mode} {path}. If anybody may have read it, also: upstander keys rotate",
        )


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, ours alone from its first moment.

    Raises:
        OSError: the disk would not take it.
    """
    aside = path.with_name(f"{ASIDE}{secrets.token_hex(8)}")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        aside.rename(path)
    finally:
        aside.unlink(missing_ok=True)
    sync_folder(path.parent)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep every other process from changing a folder of keys until the block ends.

    Raises:
        OSError: the folder is not there, or cannot be written to.
    """
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Have the system put a folder's list of names on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
