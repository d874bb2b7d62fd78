"""Files that hold keys: ours alone, written whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from worker.errors import EvidenceFault

#: How the names of files begin that are not whole yet.
ASIDE = ".writing-"
_MOST_BYTES = 64 * 1024


class KeyringFault(EvidenceFault):
    """The signing key is missing, damaged, open to others or out of date: nothing is signed."""


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
        KeyringFault: it is so; says how to close it.
    """
    mode = "700" if stat.S_ISDIR(facts.st_mode) else "600"
    if facts.st_uid != os.geteuid():
        raise KeyringFault(
            f"{path} belongs to another user than the one that Upstander runs as.",
            safe="Nothing was signed.",
            do=f"Run this as that user, or give it back: chown -R {os.geteuid()} {path}",
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


def sync_folder(folder: Path) -> None:
    """Have the system put a folder's list of names on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
