"""Somebody else at the same computer: a user to whom some of its folders are closed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: A user with no rights and nothing of their own.
_NOBODY = 65534


@contextmanager
def closed_to_us(folder: Path) -> Iterator[None]:
    """Close a folder, and be a user to whom it is closed: to root no folder is.

    Args:
        folder: lies in `shared_folder`, so that the way to it is open.
    """
    root = os.geteuid() == 0
    folder.chmod(0)
    if root:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o700)
