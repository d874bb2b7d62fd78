"""The times that the disk gives a bag's files: no evidence, but one that was changed is told.

Anybody who may write a file may give it any time, and every copy changes them; so nothing rests on them.
When a snapshot was taken is in its custody.json, and the timestamp holds that. But a bag's files are written
within moments of each other, and all of a copy's too: one that stands apart was touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median_low

from worker.evidence.bag import PAYLOAD, SIGNATURE, TAG_FILES, TAGMANIFEST

#: A slow disk, or a copy that was interrupted for a moment, spreads them no further (seconds).
_TOGETHER = 600


def changed_times(folder: Path) -> tuple[str, ...]:
    """Which files of a bag have another time than its others, in words. What cannot be looked at is left out.

    All files moved alike cannot be told from a copy, and are not.
    """
    times = _times(folder)
    if not times:
        return ()
    usual = median_low(times.values())
    return tuple(
        f"the time of {name!r} was changed: the disk says {_shown(at)}, and of the bag's other files "
        f"{_shown(usual)}; what it holds is as it was sealed, and custody.json says when"
        for name, at in sorted(times.items())
        if abs(at - usual) > _TOGETHER
    )


def _times(folder: Path) -> Mapping[str, float]:
    """When each sealed file was last written, as the disk has it; those that came later are left out."""
    found: dict[str, float] = {}
    try:
        payload = sorted(path for path in (folder / PAYLOAD).iterdir())
    except OSError:
        payload = []
    for path in (*payload, *(folder / name for name in (*TAG_FILES, TAGMANIFEST, SIGNATURE))):
        try:
            found[path.relative_to(folder).as_posix()] = path.lstat().st_mtime
        except OSError:
            continue
    return found


def _shown(at: float) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError):
        return "a time that there is not"
