"""What lies in the evidence store and should not."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from worker.evidence.bagstore import BUILDING, ORPHANS
from worker.evidence.locking import LOCKED

#: Half-built, orphaned and locked bags: what lies there counts for nothing.
_ASIDE = frozenset({BUILDING, ORPHANS, LOCKED})
_YEAR, _MONTH = re.compile(r"[0-9]{4}"), re.compile(r"[0-9]{2}")
_UNKNOWN = "no row of the database knows this bag"
_NOT_OURS = "this does not belong in the evidence store"


def strays(root: Path, known: Collection[str]) -> Iterator[tuple[str, str]]:
    """Everything in the store that belongs to no row, hidden names too: where, and what it is, in words.

    A name that is more than one line of plain characters is written as code: it could pretend to be a result.

    Args:
        known: the places of all bags that rows know.
    """
    for place, what in _found(root, known):
        yield (place if place.isprintable() else repr(place)), what


def _found(root: Path, known: Collection[str]) -> Iterator[tuple[str, str]]:
    for entry in _entries(root):
        if entry.name in _ASIDE:
            continue
        if not _folder(entry, _YEAR):
            yield entry.name, _NOT_OURS
            continue
        for month in _entries(Path(entry.path)):
            place = f"{entry.name}/{month.name}"
            if not _folder(month, _MONTH):
                yield place, _NOT_OURS
                continue
            for bag in _entries(Path(month.path)):
                if f"{place}/{bag.name}" not in known:
                    yield f"{place}/{bag.name}", _UNKNOWN


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _folder(entry: os.DirEntry[str], name: re.Pattern[str]) -> bool:
    """Whether it is a folder of ours; a link to one is not."""
    return entry.is_dir(follow_symlinks=False) and name.fullmatch(entry.name) is not None
