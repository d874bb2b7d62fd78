"""Where files for a hand-over are made: one at a time, and what dead attempts left there is removed."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

from worker.errors import Conflict, EvidenceFault
from worker.evidence.copies import aside_of, half_made, in_the_making


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder of exports from the first look at a row until its file counts.

    Two that made the same export at once would take each other's file away. The hold ends with the process.

    Raises:
        Conflict: somebody is making a file there.
        EvidenceFault: there is no such folder and it cannot be made.
    """
    with told():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                "A file for a hand-over is being made at this moment, by you or by somebody else.",
                safe="No second file was made, and that one is left alone.",
                do="Wait until it is made, look with `upstander evidence export list`, then try again.",
            ) from error
        yield
    finally:
        os.close(descriptor)


def aside(folder: Path, export_id: int) -> Path:
    """A new place for the file in the making. Of what lies there only such is removed, never a file in place.

    Args:
        folder: of exports, held by whoever asks.
    """
    _remove(in_the_making(folder, export_id))
    return folder / f"{aside_of(export_id)}{secrets.token_hex(8)}"


def clear(folder: Path, export_id: int) -> None:
    """Remove all that dead attempts left of an export that never will be made.

    Args:
        folder: of exports, held by whoever asks.
    """
    _remove(half_made(folder, export_id))


def _remove(paths: Sequence[Path]) -> None:
    for left in paths:
        if left.is_dir():
            rmtree(left)
        else:
            left.unlink(missing_ok=True)


@contextmanager
def told() -> Iterator[None]:
    """Tell in words what the disk would not do."""
    try:
        yield
    except OSError as error:
        raise EvidenceFault(
            f"The hand-over could not be written: {error.strerror}.",
            safe="No file was made; the evidence itself was only read.",
            do="See that the folder of exports can be written and has room, then try again.",
        ) from error
